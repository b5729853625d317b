package stages

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

var (
	errLost = errors.New("lost")
	errRead = errors.New("read")
	errWork = errors.New("work")
)

// doubled sends twice what it takes until there is no more.
func doubled(in <-chan int) func(context.Context, chan<- int) error {
	return func(ctx context.Context, out chan<- int) error {
		for n := range in {
			select {
			case out <- 2 * n:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	}
}

func numbers(n int, err error) func(context.Context, chan<- int) error {
	return func(ctx context.Context, out chan<- int) error {
		for i := range n {
			select {
			case out <- i:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return err
	}
}

func TestStages(t *testing.T) {
	for _, tt := range []struct {
		name    string
		produce func(context.Context, chan<- int) error
		last    func(n int) error
		want    error
		sum     int64 // -1 for any
	}{
		{"all goes well", numbers(100, nil), nil, nil, 9900},
		{"what was read before an error is worked off", numbers(100, errRead), nil, errRead, 9900},
		{"an error of a goroutine comes first", numbers(100, errRead), func(n int) error {
			if n == 20 {
				return errWork
			}
			return nil
		}, errWork, -1},
		{"a goroutine ends without a word", numbers(100, nil), func(n int) error {
			if n == 20 {
				runtime.Goexit()
			}
			return nil
		}, errLost, -1},
		{"the last one does", numbers(1, nil), func(int) error { runtime.Goexit(); return nil }, errLost, -1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := New(t.Context(), errLost)
			in, out := make(chan int), make(chan int)
			var sum atomic.Int64
			Feed(s, 3, out, doubled(in))
			s.Start(2, func(context.Context) error {
				for n := range out {
					sum.Add(int64(n))
					if tt.last == nil {
						continue
					}
					if err := tt.last(n); err != nil {
						return err
					}
				}
				return nil
			})
			err := Run(s, in, tt.produce)
			synctest.Wait()
			if !errors.Is(err, tt.want) && err != tt.want || tt.sum >= 0 && sum.Load() != tt.sum {
				t.Errorf("%s: %v, sum %d", tt.name, err, sum.Load())
			}
		})
	}
}

// The bubble of the test fails if a goroutine is left.
func TestPanicLeavesNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(t.Context(), errLost)
		in, out := make(chan int), make(chan int)
		Feed(s, 3, out, doubled(in))
		s.Start(2, func(context.Context) error {
			for range out {
			}
			return nil
		})
		defer func() {
			if recover() != "mine" {
				t.Error("another panic")
			}
		}()
		_ = Run(s, in, func(_ context.Context, out chan<- int) error {
			out <- 1
			panic("mine")
		})
	})
}
