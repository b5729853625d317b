package capacity

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Throttling halves the limit once for all requests that were under way, and
// answers without it raise it again by one a round.
func TestPacerFollowsTheDestination(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(16)
		if p.limit != gentleStart || NewPacer(2).limit != 2 {
			t.Errorf("it begins with %v in flight", p.limit)
		}
		p.limit = 16
		round := func(throttled bool) (inFlight int) {
			began := time.Now()
			n := int(p.limit)
			for range n {
				if err := p.Acquire(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(10 * time.Millisecond)
			for range n {
				p.Release(began, throttled)
			}
			return n
		}
		var seen []int
		for _, throttled := range []bool{false, true, true, true, true, true, true, false, false, false} {
			seen = append(seen, round(throttled))
			time.Sleep(time.Millisecond)
		}
		if want := "[16 16 8 4 2 1 1 1 2 2]"; fmt.Sprint(seen) != want {
			t.Errorf("in flight were %v, want %s", seen, want)
		}
		for range 40 {
			round(false)
		}
		if p.limit != 16 || p.inFlight != 0 {
			t.Errorf("the limit went back to %v, with %d in flight", p.limit, p.inFlight)
		}
	})
}

// Many goroutines, some of which go away: never more than the limit at once, and
// in the end nobody holds anything.
func TestPacerUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(5)
		var now, most, went, left atomic.Int64
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				rnd := rand.New(rand.NewPCG(uint64(i), 1))
				for range 20 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rnd.IntN(30))*time.Millisecond)
					if err := p.Acquire(ctx); err != nil {
						left.Add(1)
						if !errors.Is(err, context.DeadlineExceeded) {
							t.Errorf("%v", err)
						}
						cancel()
						continue
					}
					went.Add(1)
					n := now.Add(1)
					for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
					}
					began := time.Now()
					time.Sleep(time.Duration(rnd.IntN(5)) * time.Millisecond)
					now.Add(-1)
					p.Release(began, rnd.IntN(6) == 0)
					cancel()
				}
			})
		}
		all.Wait()
		if most.Load() > 5 || went.Load() == 0 || left.Load() == 0 {
			t.Errorf("%d at once; %d went, %d left", most.Load(), went.Load(), left.Load())
		}
		if p.inFlight != 0 || len(p.waiting) != 0 || p.limit < 1 || p.limit > 5 {
			t.Errorf("%+v", p)
		}
	})
}
