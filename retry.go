package dynsync

import (
	"cmp"
	"context"
	"math/rand/v2"
	"time"
)

// The retry policy, for every request of a run. A transient error (see
// Retryable), and items that DynamoDB left unprocessed, are tried again after a
// random time between 0 and a bound that doubles from retryBase to retryCap
// ("full jitter": Brooker, "Exponential Backoff And Jitter", AWS Architecture
// Blog, 2015). The bound starts again from retryBase after progress. A request
// that makes no progress for giveUpAfter has failed; one of the preflight, where
// a wrong endpoint shows, for giveUpEarly.
const (
	retryBase   = 50 * time.Millisecond
	retryCap    = 5 * time.Second
	giveUpAfter = 2 * time.Minute
	giveUpEarly = 5 * time.Second
)

// A backoff is the state of one request's retries. The zero value is ready.
type backoff struct {
	patience time.Duration // how long to go on without progress; 0 is giveUpAfter
	bound    time.Duration
	since    time.Time // when progress was last made
}

// progress starts the policy again.
func (b *backoff) progress() { *b = backoff{patience: b.patience} }

// wait blocks for the next delay. It returns false, at once, if ctx ended or
// too much time has passed without progress.
func (b *backoff) wait(ctx context.Context) bool {
	now := time.Now()
	if b.since.IsZero() {
		b.since, b.bound = now, retryBase
	}
	if now.Sub(b.since) > cmp.Or(b.patience, giveUpAfter) {
		return false
	}
	timer := time.NewTimer(rand.N(b.bound))
	defer timer.Stop()
	b.bound = min(2*b.bound, retryCap)
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// retryTransient calls fn until it succeeds, fails for good, or the policy gives
// up, and returns how often it called again.
func retryTransient(ctx context.Context, patience time.Duration, fn func() error) (retries int64, err error) {
	b := backoff{patience: patience}
	for {
		err := fn()
		if err == nil || !Retryable(err) || ctx.Err() != nil || !b.wait(ctx) {
			return retries, err
		}
		retries++
	}
}
