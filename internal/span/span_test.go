package span

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// An error about the context says how long the call had, or that it was cancelled; any
// other error, and one of a context that has not ended, is not the context's.
func TestWhy(t *testing.T) {
	within := func(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
		return func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, d) }
	}
	cancelled := func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx, cancel
	}
	late := context.DeadlineExceeded
	for _, tt := range []struct {
		context func(context.Context) (context.Context, context.CancelFunc)
		err     error
		want    string
	}{
		{within(time.Second), late, "the context's deadline passed, 1s after the call began"},
		{within(15*time.Minute + 400*time.Millisecond), late, "the context's deadline passed, 15m0s after the call began"},
		{within(1234567 * time.Microsecond), late, "the context's deadline passed, 1.23s after the call began"},
		{within(12345 * time.Millisecond), late, "the context's deadline passed, 12.3s after the call began"},
		{within(300 * time.Millisecond), fmt.Errorf("wrapped: %w", late), "the context's deadline passed, 300ms after the call began"},
		{within(45*time.Microsecond + 67), late, "the context's deadline passed, 45.1µs after the call began"},
		{within(time.Second), context.Canceled, "the context's deadline passed, 1s after the call began"}, // a part of the call was cancelled by it
		{within(-time.Second), late, "the context's deadline had passed before the call began"},
		{within(time.Second), errors.Join(io.EOF, late), "the context's deadline passed, 1s after the call began"},
		{within(time.Second), io.EOF, ""},
		{within(time.Hour), late, ""}, // of an HTTP client's own
		{cancelled, context.Canceled, "the context was cancelled"},
		{cancelled, late, "the context was cancelled"},
		{cancelled, io.EOF, ""},
		{cancelled, nil, ""},
		{func(ctx context.Context) (context.Context, context.CancelFunc) { return own{ctx}, func() {} }, late, "the context's deadline passed"},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := tt.context(t.Context())
			defer cancel()
			s := Begin(ctx, 0)
			time.Sleep(20 * time.Minute)
			if got := s.Why(tt.err); got != tt.want {
				t.Errorf("%v: %q, want %q", tt.err, got, tt.want)
			}
		})
	}
}

// An own is a context that is past a deadline that it does not tell.
type own struct{ context.Context }

func (own) Err() error { return context.DeadlineExceeded }

// The time for reading is over when it has passed, and a request that reads ends then.
func TestStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("over")
		s := Begin(t.Context(), time.Minute)
		ctx, cancel := s.Reading(t.Context(), cause)
		defer cancel()
		time.Sleep(time.Minute - 1)
		synctest.Wait()
		if s.Over() || ctx.Err() != nil {
			t.Error("it is over too early")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if !s.Over() || context.Cause(ctx) != cause {
			t.Errorf("over: %v; the cause is %v", s.Over(), context.Cause(ctx))
		}
		for _, s := range []*Span{nil, Begin(t.Context(), 0)} {
			if ctx, _ := s.Reading(t.Context(), cause); s.Over() || ctx.Err() != nil {
				t.Error("a call that reads to its end is over")
			}
		}
	})
}
