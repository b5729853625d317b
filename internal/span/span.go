// Package span knows the time of a call: when it began, when it is to stop reading, and
// what ended its context.
package span

import (
	"context"
	"errors"
	"time"
)

// A Span is the time of a call. All methods may be called on nil, which knows of no end,
// and are safe for concurrent use.
type Span struct {
	ctx   context.Context // of the call
	began time.Time
	stop  time.Time // zero where the call reads to its end
}

// Begin returns the span of a call that begins now, and that stops reading after that
// time; 0 is never.
func Begin(ctx context.Context, stopAfter time.Duration) *Span {
	s := &Span{ctx: ctx, began: time.Now()}
	if stopAfter > 0 {
		s.stop = s.began.Add(stopAfter)
	}
	return s
}

// Over reports whether the time for reading is over.
func (s *Span) Over() bool {
	return s != nil && !s.stop.IsZero() && !time.Now().Before(s.stop)
}

// Reading returns a context for a request that reads. It ends with that cause when the
// time for reading is over.
func (s *Span) Reading(ctx context.Context, cause error) (context.Context, context.CancelFunc) {
	if s == nil || s.stop.IsZero() {
		return ctx, func() {}
	}
	return context.WithDeadlineCause(ctx, s.stop, cause)
}

// Why says what ended the context of the call, where err says that it ended; else it
// returns "".
func (s *Span) Why(err error) string {
	if s == nil || s.ctx.Err() == nil || !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return ""
	}
	deadline, ok := s.ctx.Deadline()
	switch length := deadline.Sub(s.began); {
	case !errors.Is(s.ctx.Err(), context.DeadlineExceeded):
		return "the context was cancelled"
	case !ok: // a context of the caller's own making
		return "the context's deadline passed"
	case length <= 0:
		return "the context's deadline had passed before the call began"
	default:
		return "the context's deadline passed, " + rounded(length).String() + " after the call began"
	}
}

// Ended is Why for an error of a request to who. Where the context of the call has not
// ended, a context or timeout of the request's own did.
func (s *Span) Ended(err error, who string) string {
	switch why := s.Why(err); {
	case why != "":
		return why
	case errors.Is(err, context.DeadlineExceeded):
		return who + " did not answer in time; check it, and run the job again"
	case errors.Is(err, context.Canceled):
		return who + " was cancelled within its own call; check it, and run the job again"
	}
	return ""
}

// rounded returns a length of time to three digits or so.
func rounded(d time.Duration) time.Duration {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= 100*unit {
			return d.Round(unit)
		}
		if d >= 10*unit {
			return d.Round(unit / 10)
		}
		if d >= unit {
			return d.Round(unit / 100)
		}
	}
	return d
}
