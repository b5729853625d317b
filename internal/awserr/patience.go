package awserr

import (
	"context"
	"fmt"
	"time"

	"github.com/dynsync/dynsync/internal/reason"
)

// A Backoff is the state of one request's retries. It counts the time without progress by
// looking at the clock at each Wait. A process that was stopped, or a host that was
// suspended, shows as more time between two looks than an attempt and its delay can take.
// Of that time the delay counts and an attempt's limit, or half of the patience where that
// is less, so that nobody runs out of it asleep.
type Backoff struct {
	Patience time.Duration // how long to go on without progress
	Limit    time.Duration // how long a request may take at most between two calls of Wait; 0 for a quarter of Patience

	bound time.Duration // of the next delay
	awake stopwatch     // since progress was last made
	delay time.Duration // that the last Wait asked for
}

// Excuse takes the time since then out of that without progress: the request had to
// wait for its turn.
func (b *Backoff) Excuse(then time.Time) { b.awake.excuse(time.Since(then)) }

// Fresh reports whether no Wait came since the beginning, or since Progress.
func (b *Backoff) Fresh() bool { return !b.awake.runs() }

// Progress starts the policy again.
func (b *Backoff) Progress() { *b = Backoff{Patience: b.Patience, Limit: b.Limit} }

// Wait blocks for the next delay. It returns false, at once, if ctx ended or
// too much time has passed without progress.
func (b *Backoff) Wait(ctx context.Context) bool {
	limit := b.Limit
	if limit == 0 {
		limit = b.Patience / 4
	}
	if b.Fresh() {
		b.bound = baseDelay
	}
	if b.awake.look(time.Now(), b.delay+limit, b.delay+b.Patience/2) > b.Patience {
		return false
	}
	b.delay = DrawDelay(b.bound)
	timer := time.NewTimer(b.delay)
	defer timer.Stop()
	b.bound = min(2*b.bound, MaxDelay, max(b.Patience, baseDelay))
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// GaveUp returns the error of the last attempt, as that of a request that was tried for as
// long as it was.
func (b *Backoff) GaveUp(err error) error {
	if err == nil || b.Fresh() {
		return err
	}
	return &gaveUp{b.awake.spent, err}
}

// A gaveUp is the error of a request for which patience has ended.
type gaveUp struct {
	after time.Duration // awake
	err   error
}

func (e *gaveUp) Error() string { return Remedy(e.err) }
func (e *gaveUp) Unwrap() error { return e.err }

// Format prints what Error returns for every verb.
func (e *gaveUp) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// slack is how much later than its timer a goroutine that is awake may run.
const slack = time.Second

// A stopwatch counts the time that a process was awake between looks at the clock. The
// zero stopwatch starts at the first look. It reads the monotonic clock, so that a change
// of the wall clock does not matter; but that clock goes on while a process is stopped.
type stopwatch struct {
	last  time.Time // of the last look
	spent time.Duration
}

func (w *stopwatch) runs() bool { return !w.last.IsZero() }

// excuse takes time out of that since the last look.
func (w *stopwatch) excuse(d time.Duration) {
	if w.runs() {
		w.last = w.last.Add(d)
	}
}

// look returns the time awake up to now. Between two looks most passes at most in a
// process that is awake; of more than that, asleep counts at most.
func (w *stopwatch) look(now time.Time, most, asleep time.Duration) time.Duration {
	if w.runs() {
		gap := max(now.Sub(w.last), 0)
		if gap > most+slack {
			gap = min(most, asleep)
		}
		w.spent += gap
	}
	w.last = now
	return w.spent
}
