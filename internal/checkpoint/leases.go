package checkpoint

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// A Lease is the root's Lease.
type Lease interface {
	Load(ctx context.Context) ([]byte, error)
	Save(ctx context.Context, data []byte) error
	Delete(ctx context.Context) error
	Release(ctx context.Context) error
	Lost() <-chan struct{}
}

// Leases are what a run holds of a store: the lease of a first name, which it needs for
// everything, and those of others. They are safe for concurrent use.
type Leases struct {
	first  *held
	others map[string]*held
	once   sync.Once
}

// A held lease is one that was acquired, and may be lost since.
type held struct {
	Lease
	lost    <-chan struct{} // what Lost returned
	refused atomic.Bool     // a method said that it is lost
}

func (l *held) isLost() bool {
	select {
	case <-l.lost:
		return true
	default:
		return l.refused.Load()
	}
}

// releaseTime bounds the time in which leases are given back that are of no use, because
// another one could not be acquired.
const releaseTime = time.Second

// Acquire acquires the leases of names, or none.
func Acquire(ctx context.Context, acquire func(context.Context, string) (Lease, error), first string, others []string) (*Leases, error) {
	all := &Leases{others: map[string]*held{}}
	lease, err := take(ctx, acquire, first)
	all.first = lease
	for _, name := range others {
		if err != nil {
			break
		}
		if lease, err = take(ctx, acquire, name); lease != nil {
			all.others[name] = lease
		}
	}
	if err == nil {
		return all, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseTime)
	defer cancel()
	return nil, errors.Join(err, all.Release(ctx))
}

// take acquires one lease. If it returns a lease and an error, the lease is held but
// cannot be used.
func take(ctx context.Context, acquire func(context.Context, string) (Lease, error), name string) (*held, error) {
	l := &held{}
	err := Guard("Acquire", func() (err error) {
		l.Lease, err = acquire(ctx, name)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case l.Lease == nil:
		return nil, &Breach{"Acquire returned neither a lease nor an error", nil}
	}
	return l, Guard("Lease.Lost", func() error {
		l.lost = l.Lost()
		return nil
	})
}

func (all *Leases) named(name string) *held {
	if lease := all.others[name]; lease != nil {
		return lease
	}
	return all.first
}

// IsLost reports whether the lease of a name is lost, or the first one.
func (all *Leases) IsLost(name string) bool { return all.first.isLost() || all.named(name).isLost() }

// Use calls a method of the lease of a name, unless that or the first is lost: then the
// error is ErrInUse, as it is where the method finds so. The context of the call ends
// when one of them is lost.
func (all *Leases) Use(ctx context.Context, name, method string, call func(context.Context, Lease) error) error {
	if all.IsLost(name) {
		return ErrInUse
	}
	lease := all.named(name)
	err := all.During(ctx, name, ErrInUse, func(ctx context.Context) error {
		return Guard("Lease."+method, func() error { return call(ctx, lease.Lease) })
	})
	switch {
	case errors.Is(err, ErrInUse):
		lease.refused.Store(true)
	case err != nil && all.IsLost(name):
		return errors.Join(ErrInUse, err)
	}
	return err
}

// During runs work. Its context ends with a cause when the lease of the name is lost, or
// the first one.
func (all *Leases) During(ctx context.Context, name string, lost error, work func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var watcher sync.WaitGroup
	defer watcher.Wait()
	defer cancel(nil)
	watcher.Go(func() {
		select {
		case <-all.named(name).lost:
		case <-all.first.lost:
		case <-ctx.Done():
			return
		}
		cancel(lost)
	})
	return work(ctx)
}

// Release gives the leases back, the first at last, so that a run that begins gets all.
// It does so once. What happens to a lease that is lost is no error.
func (all *Leases) Release(ctx context.Context) error {
	var errs []error
	all.once.Do(func() {
		release := func(lease *held) {
			err := Guard("Lease.Release", func() error { return lease.Release(ctx) })
			if err != nil && !lease.isLost() && !errors.Is(err, ErrInUse) {
				errs = append(errs, err)
			}
		}
		for _, lease := range all.others {
			release(lease)
		}
		if all.first != nil {
			release(all.first)
		}
	})
	return errors.Join(errs...)
}
