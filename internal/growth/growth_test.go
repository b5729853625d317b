package growth

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// recorder takes the errors of a test.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestLinear(t *testing.T) {
	micro := func(n int) { time.Sleep(time.Duration(n) * time.Microsecond) }
	interrupted := 0
	for _, tt := range []struct {
		name string
		run  func(n int)
		ok   bool
	}{
		{"constant", func(int) { micro(1e6) }, true},
		{"linear", func(n int) { micro(1000 * n) }, true},
		{"n log n", func(n int) { micro(1000 * n * len(fmt.Sprintf("%b", n))) }, true},
		{"quadratic", func(n int) { micro(n * n) }, false},
		{"quadratic, too short to tell", func(n int) { micro(n * n / 1e6) }, true},
		{"cubic", func(n int) { micro(n * n * n / 1e4) }, false},
		{"linear, once interrupted", func(n int) {
			if micro(1000 * n); n == 4000 && interrupted == 0 {
				interrupted++
				micro(1e9)
			}
		}, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := &recorder{TB: t}
			linear(r, tt.name, 4000, tt.run, wallTime)
			if ok := len(r.errors) == 0; ok != tt.ok {
				t.Errorf("%s: %v", tt.name, r.errors)
			}
		})
	}
}

// The time of other goroutines and of waiting does not count where the system tells.
func TestThreadTime(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("the time of the wall counts on this system")
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := threadTime()
	time.Sleep(50 * time.Millisecond)
	if waited := threadTime() - before; waited > 25*time.Millisecond {
		t.Errorf("a sleep counts %v", waited)
	}
	for before = threadTime(); threadTime() == before; { // work counts
	}
}
