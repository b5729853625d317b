// Package growth tests how the time of a function grows with its input.
//
// A test that compares a time with seconds fails on a busy machine and passes on a fast
// one. Here two times of one run are compared, of a small and a large input. Their ratio is
// that of the sizes if the time is linear, and its square if it is quadratic.
package growth

import (
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
// It calls run with sizes up to size, a few times. what says in the error what takes so long.
func Linear(t testing.TB, what string, size int, run func(size int)) {
	t.Helper()
	var small, large time.Duration
	for range tries {
		small, large = timeOf(run, size/factor), timeOf(run, size)
		if large < least || large <= most*small {
			return
		}
	}
	t.Errorf("%s: size %d takes %v, size %d takes %v", what, size/factor, small, size, large)
}

func timeOf(run func(size int), size int) time.Duration {
	start := time.Now()
	run(size)
	return time.Since(start)
}
