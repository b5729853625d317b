package dynsync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A simStore keeps the checkpoints of a job or a share. It outlives processes.
type simStore struct {
	data   map[string][]byte
	holder map[string]*simProcess
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

// A simView is a store as a process sees it.
type simView struct {
	store   *simStore
	process *simProcess
	lost    chan struct{}       // closed when all leases are lost
	saves   map[string][][]byte // by the name of a lease: what it kept, one after the other
}

// A simLease is a lease that a process holds.
type simLease struct {
	*simView
	name string
}

var (
	errSimStore  = errors.New("the store fails")
	errSimKilled = errors.New("the process is dead")
)

// call does something at the store, in the time that it takes. What fails may have
// been done all the same.
func (l *simView) call(ctx context.Context, what string, do func()) error {
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

func (l *simView) Limits() CheckpointLimits { return CheckpointLimits{SaveLags: l.process.w.q.lags} }

// lose makes the process lose its leases.
func (l *simView) lose() {
	l.process.w.note("p%d loses its leases", l.process.n)
	close(l.lost)
}

func (l *simView) isLost() bool {
	select {
	case <-l.lost:
		return true
	default:
		return false
	}
}

// lag makes what a killed process saved last be lost, back to some save of the lease.
func (l *simView) lag() {
	for _, name := range slices.Sorted(maps.Keys(l.saves)) {
		saves := l.saves[name]
		l.store.data[name] = saves[l.process.w.draw("lag", name, l.process.n)%uint64(len(saves))]
	}
}

func (l *simView) Acquire(ctx context.Context, name string) (Lease, error) {
	held := false
	err := l.call(ctx, "acquire "+name, func() {
		if held = l.store.holder[name] != nil; !held {
			l.store.holder[name] = l.process
		}
	})
	lease := &simLease{l, name}
	switch {
	case held:
		return nil, ErrCheckpointInUse
	case err != nil:
		lease.free() // a store's caller has no lease to release
		return nil, err
	}
	return lease, nil
}

func (l *simView) Load(ctx context.Context, name string) (data []byte, err error) {
	err = l.call(ctx, "load "+name, func() { data = bytes.Clone(l.store.data[name]) })
	if err != nil {
		return nil, err
	}
	return data, nil
}

// free frees the lease, if the process lives and holds it.
func (l *simLease) free() {
	if l.store.holder[l.name] == l.process && l.process.life.Err() == nil {
		delete(l.store.holder, l.name)
	}
}

func (l *simLease) Load(ctx context.Context) ([]byte, error) { return l.simView.Load(ctx, l.name) }

func (l *simLease) Save(ctx context.Context, data []byte) error {
	own := slices.Clone(data)
	return l.change(ctx, "save "+l.name, func() {
		l.store.data[l.name], l.saves[l.name] = own, append(l.saves[l.name], own)
	})
}

func (l *simLease) Delete(ctx context.Context) error {
	return l.change(ctx, "delete "+l.name, func() {
		delete(l.store.data, l.name)
		delete(l.saves, l.name)
	})
}

// change changes something, unless the lease is lost.
func (l *simLease) change(ctx context.Context, what string, do func()) error {
	if l.isLost() {
		l.process.w.bad(claimKept, "p%d: %s with a lease that is lost", l.process.n, what)
		return ErrCheckpointInUse
	}
	lost := false
	err := l.call(ctx, what, func() {
		if lost = l.isLost(); !lost {
			do()
		}
	})
	if lost {
		return ErrCheckpointInUse
	}
	return err
}

func (l *simLease) Release(context.Context) error {
	if l.free(); l.process.life.Err() == nil {
		delete(l.saves, l.name)
	}
	return nil
}

func (l *simLease) Lost() <-chan struct{} { return l.lost }
