// Package growth tests how the time of a function grows with its input.
//
// A test that compares a time with seconds fails on a busy machine and passes on a fast
// one. Here two times of one run are compared, of a small and a large input. Their ratio is
// that of the sizes if the time is linear, and its square if it is quadratic. Where the
// system tells it, the time is that of the processor, since a busy machine interrupts a
// long run and not a short one.
package growth

import (
	"runtime"
	"testing"
	"time"
)

const (
	// factor is how many times as large the large input is.
	factor = 16
	// most is the largest ratio of the times: between factor and its square.
	most = 4 * factor
	// tries are how often the times are taken before the ratio counts. Another process can
	// stop the run with the large input, and not each time.
	tries = 3
	// least is the longest time that is not compared: a busy machine makes any run as long.
	least = 300 * time.Millisecond
)

// Linear reports an error if the time of run grows faster than the size it is called with.
// It calls run with sizes up to size, a few times, and counts the work of its goroutine
// alone. what says in the error what takes so long.
func Linear(t testing.TB, what string, size int, run func(size int)) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	linear(t, what, size, run, threadTime)
}

// linear is Linear by a clock.
func linear(t testing.TB, what string, size int, run func(size int), clock func() time.Duration) {
	t.Helper()
	var small, large time.Duration
	for range tries {
		small, large = timeOf(run, size/factor, clock), timeOf(run, size, clock)
		if large < least || large <= most*small {
			return
		}
	}
	t.Errorf("%s: size %d takes %v, size %d takes %v", what, size/factor, small, size, large)
}

func timeOf(run func(size int), size int, clock func() time.Duration) time.Duration {
	start := clock()
	run(size)
	return clock() - start
}

var began = time.Now()

// wallTime returns the time since the program began.
func wallTime() time.Duration { return time.Since(began) }
