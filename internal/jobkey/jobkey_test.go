package jobkey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dynsync/dynsync/internal/reason"
)

var master = []byte("0123456789abcdef0123456789abcdef")

func TestFaults(t *testing.T) {
	give := func(context.Context) ([]byte, error) { return master, nil }
	tests := []struct {
		config Config
		want   string // part of the text of the errors; "" for none
	}{
		{Config{}, ""},
		{Config{Set: true, Master: master}, ""},
		{Config{AskSet: true, Ask: give}, ""},
		{Config{InSet: true, Environment: "demo"}, ""},
		{Config{InSet: true, Environment: " ~"}, ""},
		{Config{InSet: true, Environment: strings.Repeat("x", 64)}, ""},
		{Config{Set: true}, "WithKey needs 32 bytes or more, from a random source; it has 0"},
		{Config{Set: true, Master: master[:31]}, "it has 31"},
		{Config{Set: true, Master: bytes.Repeat([]byte("1234567"), 5)}, "it has fewer than eight different ones"},
		{Config{Set: true, Master: master, AskSet: true, Ask: give}, "WithKey and WithKeyFrom are both given"},
		{Config{AskSet: true}, "the function of WithKeyFrom is nil"},
		{Config{InSet: true}, "WithEnvironment needs a name of 1 to 64 printable ASCII characters"},
		{Config{InSet: true, Environment: strings.Repeat("x", 65)}, "WithEnvironment needs"},
		{Config{InSet: true, Environment: "a\nb"}, "WithEnvironment needs"},
		{Config{InSet: true, Environment: "müll"}, "WithEnvironment needs"},
		{Config{InSet: true, Environment: "\x7f"}, "WithEnvironment needs"},
	}
	for _, tt := range tests {
		err := errors.Join(tt.config.Faults()...)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.config, err, tt.want)
		}
	}
}

// waiting returns a source that waits a minute for the function.
func waiting(t *testing.T, ask Asker) (*Source, func() string) {
	t.Helper()
	s, key, err := New(Config{Ask: ask, AskSet: true}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return s, key.Fingerprint
}

// quoting is an error whose text nobody may print.
type quoting struct{}

func (quoting) Error() string { return "canary" }

func TestReadyTellsWhatIsWrong(t *testing.T) {
	tests := []struct {
		what  string
		ask   Asker
		want  string
		class reason.Class
		cause error
	}{
		{"an error", func(context.Context) ([]byte, error) { return master, quoting{} }, "returned an error instead of a key", reason.Access, quoting{}},
		{"an error that wraps one of this module", func(context.Context) ([]byte, error) {
			return nil, fmt.Errorf("canary: %w", reason.Because(reason.Resumable, quoting{}, "the secret is not there"))
		}, "dynsync: WithKeyFrom: the secret is not there", reason.Resumable, quoting{}},
		{"nothing", func(context.Context) ([]byte, error) { return nil, nil }, "its function returned 0", reason.Configuration, nil},
		{"too little", func(context.Context) ([]byte, error) { return master[:31], nil }, "its function returned 31", reason.Configuration, nil},
		{"an empty buffer", func(context.Context) ([]byte, error) { return make([]byte, 64), nil }, "fewer than eight different ones", reason.Configuration, nil},
		{"a panic", func(context.Context) ([]byte, error) { panic(quoting{}) }, "panicked at jobkey_test.go", reason.Unexpected, quoting{}},
		{"a panic with a text", func(context.Context) ([]byte, error) { panic("canary") }, "panicked", reason.Unexpected, nil},
		{"a panic with nothing", func(context.Context) ([]byte, error) { panic(nil) }, "panicked", reason.Unexpected, nil},
		{"the end of its goroutine", func(context.Context) ([]byte, error) { runtime.Goexit(); return master, nil }, "panicked", reason.Unexpected, nil},
		{"the end of its own time", func(context.Context) ([]byte, error) { return nil, context.DeadlineExceeded }, "returned an error", reason.Access, context.DeadlineExceeded},
	}
	for _, tt := range tests {
		asked := 0
		s, fingerprint := waiting(t, func(ctx context.Context) ([]byte, error) { asked++; return tt.ask(ctx) })
		for range 2 {
			err := s.Ready(t.Context())
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "canary") {
				t.Errorf("%s: %#v", tt.what, err)
			}
			if got := reason.Stated(err); got != tt.class {
				t.Errorf("%s: class %v, want %v", tt.what, got, tt.class)
			}
			if tt.cause != nil && !errors.Is(err, tt.cause) {
				t.Errorf("%s: the cause is lost", tt.what)
			}
		}
		if asked != 2 || fingerprint() != "" {
			t.Errorf("%s: asked %d times; the fingerprint is %q", tt.what, asked, fingerprint())
		}
	}
}

// Calls at one time ask once, and so do all calls after it.
func TestCallsAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		s, fingerprint := waiting(t, func(context.Context) ([]byte, error) {
			asked.Add(1)
			time.Sleep(time.Second)
			return master, nil
		})
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if err := s.Ready(t.Context()); err != nil || fingerprint() == "" {
					t.Errorf("%v, %q", err, fingerprint())
				}
			})
		}
		all.Wait()
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Ready(ended); err != nil || asked.Load() != 1 {
			t.Errorf("asked %d times: %v", asked.Load(), err)
		}
	})
}

// Where the first call's answer is an error, each of the others asks for itself.
func TestAnErrorIsOfOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		s, _ := waiting(t, func(context.Context) ([]byte, error) {
			time.Sleep(time.Second)
			if asked.Add(1) < 3 {
				return nil, quoting{}
			}
			return master, nil
		})
		var failed atomic.Int32
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if s.Ready(t.Context()) != nil {
					failed.Add(1)
				}
			})
		}
		all.Wait()
		if failed.Load() != 2 || asked.Load() != 3 {
			t.Errorf("%d calls of 5 failed, and %d asked", failed.Load(), asked.Load())
		}
	})
}

// A function that does not return holds up no call for longer than its context and the
// wait allow, is not called beside itself, and counts when it returns.
func TestAFunctionThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		s, fingerprint := waiting(t, func(context.Context) ([]byte, error) {
			asked.Add(1)
			time.Sleep(time.Hour) // whatever becomes of the context
			return master, nil
		})
		began := time.Now()
		short, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		err := s.Ready(short)
		if took := time.Since(began); took != 5*time.Second || !errors.Is(err, context.DeadlineExceeded) || reason.Stated(err) != reason.Resumable {
			t.Errorf("after %v: %v", took, err)
		}
		began = time.Now()
		err = s.Ready(t.Context())
		if took := time.Since(began); took != time.Minute || reason.Stated(err) != reason.Access || !strings.Contains(err.Error(), "not returned a key within 1m0s") {
			t.Errorf("after %v: %v", took, err)
		}
		time.Sleep(time.Hour)
		if err := s.Ready(t.Context()); err != nil || asked.Load() != 1 || fingerprint() == "" {
			t.Errorf("asked %d times: %v", asked.Load(), err)
		}
	})
}

// A function that heeds its context is told when nobody waits any more.
func TestAFunctionThatHeedsItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := waiting(t, func(ctx context.Context) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() })
		for _, wait := range []time.Duration{time.Second, 2 * time.Minute} {
			began := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			if err := s.Ready(ctx); err == nil || time.Since(began) != min(wait, time.Minute) {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		}
	})
}
