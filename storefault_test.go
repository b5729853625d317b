package dynsync

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/checkpoint"
)

// A faultyStore is a memoryStore that does what fault does before each of its methods.
type faultyStore struct {
	memoryStore
	fault func(ctx context.Context, method, name string) error
	bare  string        // the name for which Acquire returns nothing
	lost  chan struct{} // closed when the leases are lost
}

func (s *faultyStore) Acquire(ctx context.Context, name string) (Lease, error) {
	if err := s.fault(ctx, "Acquire", name); err != nil || name == s.bare {
		return nil, err
	}
	lease, err := s.memoryStore.Acquire(ctx, name)
	return &faultyLease{lease, s, name}, err
}

type faultyLease struct {
	Lease
	store *faultyStore
	name  string
}

func (l *faultyLease) Load(ctx context.Context) ([]byte, error) {
	if err := l.store.fault(ctx, "Lease.Load", l.name); err != nil {
		return nil, err
	}
	return l.Lease.Load(ctx)
}

func (l *faultyLease) Save(ctx context.Context, data []byte) error {
	if err := l.store.fault(ctx, "Lease.Save", l.name); err != nil {
		return err
	}
	return l.Lease.Save(ctx, data)
}

func (l *faultyLease) Delete(ctx context.Context) error {
	return errors.Join(l.store.fault(ctx, "Lease.Delete", l.name), l.Lease.Delete(ctx))
}

func (l *faultyLease) Release(ctx context.Context) error {
	return errors.Join(l.store.fault(ctx, "Lease.Release", l.name), l.Lease.Release(ctx))
}

func (l *faultyLease) Lost() <-chan struct{} {
	_ = l.store.fault(context.Background(), "Lease.Lost", l.name)
	return l.store.lost
}

// A store hangs from the moment on at which the run is cancelled, or loses its lease.
// The run ends all the same.
func TestAStoreThatHangsDoesNotKeepARun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		hangs  []string
		lost   bool
		within time.Duration
		is     error
	}{
		{"saves hang after the cancel", []string{"Lease.Save"}, false, lastSaves, context.Canceled},
		{"everything hangs after the cancel", []string{"Lease.Save", "Lease.Delete", "Lease.Release"}, false, lastRelease, context.Canceled},
		{"a save hangs while the lease is lost", []string{"Lease.Save"}, true, time.Second, ErrCheckpointInUse},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.fill(t, w.source, "Source", numbered(200, func(int) bool { return false }))
				w.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Delay(time.Second) })
				ctx, cancel := context.WithCancel(t.Context())
				var ended atomic.Pointer[time.Time]
				end := func() { now := time.Now(); ended.Store(&now) }
				store := &faultyStore{lost: make(chan struct{})}
				store.fault = func(ctx context.Context, method, _ string) error {
					for _, m := range tt.hangs {
						if m == method && ended.Load() != nil {
							<-ctx.Done()
							return ctx.Err()
						}
					}
					return nil
				}
				time.AfterFunc(2500*time.Millisecond, func() {
					end()
					if tt.lost {
						time.AfterFunc(time.Second, func() { end(); close(store.lost) })
					} else {
						cancel()
					}
				})
				n := newNightly(w)
				n.opts = []Option{WithCheckpoint(store)}
				_, err := n.syncer(t).Sync(ctx)
				cancel()
				if took := time.Since(*ended.Load()); took > tt.within || !errors.Is(err, tt.is) || ExitCode(err) != 6 {
					t.Errorf("Sync returned %v after the end, exit code %d: %v", took, ExitCode(err), err)
				}
			})
		})
	}
}

// A store that panics ends the table, or the run, with an error that names the method.
// Nothing of it stays held.
func TestAStoreThatPanics(t *testing.T) {
	t.Parallel()
	boom := errors.New("canary")
	for _, which := range []string{recordName, checkpoint.Name("Source")} {
		for _, method := range []string{"Acquire", "Lease.Lost", "Lease.Load", "Lease.Save", "Lease.Delete", "Lease.Release"} {
			for _, nth := range []int{1, 2} {
				inBubble(t, func(t *testing.T, w *world) {
					w.fill(t, w.source, "Source", numbered(100, func(int) bool { return false }))
					w.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Delay(time.Second) })
					calls := 0
					store := &faultyStore{fault: func(_ context.Context, m, name string) error {
						if m == method && name == which {
							if calls++; calls == nth {
								panic(boom)
							}
						}
						return nil
					}}
					n := newNightly(w)
					n.opts = []Option{WithCheckpoint(store)}
					_, err := n.syncer(t).Sync(t.Context())
					if calls < nth {
						return
					}
					if !errors.Is(err, boom) || ExitCode(err) != 1 || !strings.Contains(err.Error(), method+" panicked") || strings.Contains(err.Error(), "canary") {
						t.Errorf("%s %s, call %d: exit code %d: %v", method, which, nth, ExitCode(err), err)
					}
					if len(store.held) > 0 && method != "Lease.Release" {
						t.Errorf("%s %s, call %d: %v is held", method, which, nth, store.held)
					}
				})
			}
		}
	}
}

// LastRun takes no lease, and a panic is an error there, too.
func TestLastRunOfAStoreThatPanics(t *testing.T) {
	t.Parallel()
	s, _ := checkpointSyncer(t, struct{ CheckpointStore }{})
	if _, err := s.LastRun(t.Context()); err == nil || !strings.Contains(err.Error(), "Load panicked") {
		t.Error(err)
	}
}

// A store that returns neither a lease nor an error is told so.
func TestAStoreWithoutALease(t *testing.T) {
	t.Parallel()
	for _, which := range []string{recordName, checkpoint.Name("Source")} {
		store := &faultyStore{bare: which, fault: func(context.Context, string, string) error { return nil }}
		s, tab := checkpointSyncer(t, store)
		_, err := s.keeper.hold(t.Context(), []*table{tab})
		if err == nil || !strings.Contains(err.Error(), "Acquire returned neither a lease nor an error") || len(store.held) > 0 {
			t.Errorf("%s: %v is held: %v", which, store.held, err)
		}
	}
}

// Whatever a store was asked for when the context ended, the error says what ended it.
func TestWhatEndedAStoresCallIsTold(t *testing.T) {
	for want, end := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"the context's deadline passed, 20s after the call began": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 20*time.Second)
		},
		"the context was cancelled": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(5*time.Second, cancel)
			return ctx, cancel
		},
	} {
		for _, hangs := range []string{"Acquire", "Lease.Load", "Lease.Save", "Lease.Delete"} {
			for _, of := range []string{recordName, checkpoint.Name("Source")} {
				if hangs == "Lease.Delete" && of == recordName { // it stays
					continue
				}
				t.Run(want+", "+hangs+" "+of, func(t *testing.T) {
					inBubble(t, func(t *testing.T, w *world) {
						w.fill(t, w.source, "Source", map[string]map[string]any{"a": {"Id": "a"}})
						ctx, cancel := end(t.Context())
						defer cancel()
						// The last save can do without the call's context, and has its time after that.
						store := &faultyStore{fault: func(held context.Context, method, name string) error {
							if method != hangs || name != of {
								return nil
							}
							<-ctx.Done()
							<-held.Done()
							return held.Err()
						}}
						s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey), WithCheckpoint(store),
							WithTable("Source", "Destination", clearCopy()))
						if err != nil {
							t.Fatal(err)
						}
						_, err = s.Sync(ctx)
						if err == nil || !strings.Contains(err.Error(), ": "+want) || strings.Contains(err.Error(), "the context ended") || ExitCode(err) != 6 {
							t.Errorf("exit code %d: %v", ExitCode(err), err)
						}
					})
				})
			}
		}
	}
}

// A cancel with a cause of the caller's own is an end of the context, whatever the store
// says of it.
func TestACauseIsAnEndOfTheContext(t *testing.T) {
	t.Parallel()
	cause := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	own := &faultyStore{fault: func(ctx context.Context, _, _ string) error { return context.Cause(ctx) }}
	for _, store := range []CheckpointStore{FileCheckpoint(t.TempDir()), own} {
		s, tab := checkpointSyncer(t, store)
		_, err := s.keeper.hold(ctx, []*table{tab})
		if !errors.Is(err, cause) || !errors.Is(err, context.Canceled) || ExitCode(err) != 6 || !strings.HasSuffix(err.Error(), ": the context was cancelled") {
			t.Errorf("%T: exit code %d: %v", store, ExitCode(err), err)
		}
	}
	if code := ExitCode(ErrCheckpointInUse); code != 6 {
		t.Errorf("ErrCheckpointInUse has exit code %d", code)
	}
	dir := FileCheckpoint(t.TempDir())
	for _, want := range []int{0, 6} {
		if _, err := dir.Acquire(t.Context(), "a"); ExitCode(err) != want {
			t.Errorf("exit code %d, want %d: %v", ExitCode(err), want, err)
		}
	}
}

// What does not fit into the store is not saved, and the report tells of it.
func TestSavesThatAreSkippedAreTold(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		w.fill(t, w.source, "Source", numbered(3, func(int) bool { return false }))
		store := &faultyStore{}
		store.fault = func(_ context.Context, method, name string) error {
			if method == "Lease.Save" && name != recordName {
				store.max = 100 // no other save of the table fits
			}
			return nil
		}
		n := newNightly(w)
		n.opts = []Option{WithCheckpoint(store)}
		report, _ := n.syncer(t).Sync(t.Context())
		if !strings.Contains(report.String(), "[saves-skipped]") {
			t.Error(report)
		}
	})
}
