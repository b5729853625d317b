package checkpoint

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
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
	refused atomic.Bool // a method said that it is lost
}

func (l *held) isLost() bool {
	select {
	case <-l.Lost():
		return true
	default:
		return l.refused.Load()
	}
}

// Acquire acquires the leases of names, or none.
func Acquire(ctx context.Context, acquire func(context.Context, string) (Lease, error), first string, others []string) (*Leases, error) {
	lease, err := acquire(ctx, first)
	if err != nil {
		return nil, err
	}
	all := &Leases{first: &held{Lease: lease}, others: map[string]*held{}}
	for _, name := range others {
		if lease, err = acquire(ctx, name); err != nil {
			return nil, errors.Join(err, all.Release(context.WithoutCancel(ctx)))
		}
		all.others[name] = &held{Lease: lease}
	}
	return all, nil
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
// error is ErrInUse, as it is where the method finds so.
func (all *Leases) Use(name string, call func(Lease) error) error {
	if all.IsLost(name) {
		return ErrInUse
	}
	lease := all.named(name)
	err := call(lease)
	if errors.Is(err, ErrInUse) {
		lease.refused.Store(true)
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
		case <-all.named(name).Lost():
		case <-all.first.Lost():
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
			if err := lease.Release(ctx); err != nil && !lease.isLost() && !errors.Is(err, ErrInUse) {
				errs = append(errs, err)
			}
		}
		for _, lease := range all.others {
			release(lease)
		}
		release(all.first)
	})
	return errors.Join(errs...)
}
