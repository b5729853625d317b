package dynsync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A simStore keeps the checkpoints of a job or a share. It outlives processes.
type simStore struct {
	data   map[string][]byte
	holder *simProcess
	calls  int // in the step
	every  int // which of them fail; 0 for none
}

// holds reports whether there is a checkpoint of a table.
func (s *simStore) holds(table int) bool {
	for name := range s.data {
		if strings.HasPrefix(name, fmt.Sprintf("T%d-", table)) {
			return true
		}
	}
	return false
}

// A simLease is a store as a process sees it.
type simLease struct {
	store   *simStore
	process *simProcess
}

var (
	errSimStore  = errors.New("the store fails")
	errSimKilled = errors.New("the process is dead")
)

// call does something at the store, in the time that it takes. What fails may have
// been done all the same.
func (l *simLease) call(ctx context.Context, what string, do func()) error {
	p := l.process
	if p.killed() {
		return errSimKilled
	}
	times := p.w.sent("store " + what)
	if !p.pause(ctx, time.Millisecond, "store", what, times) {
		return errors.Join(errSimKilled, ctx.Err())
	}
	l.store.calls++
	fails := l.store.every > 0 && l.store.calls%l.store.every == 0
	if !fails || p.w.draw("half", what, times)%2 == 0 {
		do()
	}
	p.w.note("p%d store %d: %s, fails %v", p.n, p.share, what, fails)
	if !p.pause(ctx, time.Millisecond, "stored", what, times) {
		return errors.Join(errSimKilled, ctx.Err())
	}
	if fails {
		return errSimStore
	}
	return nil
}

func (l *simLease) Lock(ctx context.Context) (func() error, error) {
	held := false
	err := l.call(ctx, "lock", func() {
		if held = l.store.holder != nil; !held {
			l.store.holder = l.process
		}
	})
	switch {
	case held:
		return nil, ErrCheckpointInUse
	case err != nil:
		if l.store.holder == l.process && l.process.life.Err() == nil { // a store's caller has no lock to release
			l.store.holder = nil
		}
		return nil, err
	}
	return func() error {
		if l.store.holder == l.process && l.process.life.Err() == nil {
			l.store.holder = nil
		}
		return nil
	}, nil
}

func (l *simLease) Load(ctx context.Context, name string) (data []byte, err error) {
	err = l.call(ctx, "load "+name, func() { data = bytes.Clone(l.store.data[name]) })
	if err != nil {
		return nil, err
	}
	return data, nil
}

func (l *simLease) Save(ctx context.Context, name string, data []byte) error {
	own := slices.Clone(data)
	return l.call(ctx, "save "+name, func() { l.store.data[name] = own })
}

func (l *simLease) Delete(ctx context.Context, name string) error {
	return l.call(ctx, "delete "+name, func() { delete(l.store.data, name) })
}
