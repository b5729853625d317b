package awserr

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/internal/rawapi"
)

// The retry policy, for every request of a run. A transient error (see
// [Retryable]), and items that DynamoDB left unprocessed, are tried again after a
// random time between 0 and a bound that doubles from baseDelay to MaxDelay
// ("full jitter": Brooker, "Exponential Backoff And Jitter", AWS Architecture
// Blog, 2015). The bound starts again from baseDelay after progress. A request
// that makes no progress for the time of WithGiveUpAfter has failed; one of the
// preflight, where a wrong endpoint shows, for GiveUpEarly. An attempt that is not
// answered within a quarter of that time is cut off, which is a transient error:
// an HTTP client need not have a timeout. The SDK's own retries are off. Expired
// credentials are fetched anew, a request whose signature is refused is signed anew, and
// both are tried again (see [Renewal]). Only time that the process was awake counts (see
// [Backoff]).
const (
	baseDelay   = 50 * time.Millisecond
	MaxDelay    = 5 * time.Second
	GiveUpAfter = 2 * time.Minute
	GiveUpEarly = 5 * time.Second
)

// DrawDelay returns a random time below the bound. The simulation draws it from
// its seed.
var DrawDelay = func(bound time.Duration) time.Duration { return rand.N(bound) }

// RetryTransient calls fn, a request of the preflight by that client, until it succeeds,
// fails for good, or the policy gives up, where giveUp is that of WithGiveUpAfter.
func RetryTransient(ctx context.Context, giveUp time.Duration, client any, fn func(context.Context) error) error {
	b, creds := Backoff{Patience: min(giveUp, GiveUpEarly), Limit: giveUp / 4}, Renewal{Client: client}
	for {
		err := Attempt(ctx, giveUp, fn)
		if err == nil || ctx.Err() != nil || !Retryable(err) && !creds.Try(err) {
			return creds.Explain(ctx, err)
		}
		if !b.Wait(ctx) {
			return creds.Explain(ctx, b.GaveUp(err))
		}
	}
}

// Attempt calls fn, which sends a request once, under a context that ends when a
// quarter of that time has passed.
func Attempt(ctx context.Context, patience time.Duration, fn func(context.Context) error) error {
	limit := patience / 4
	limited, cancel := context.WithTimeoutCause(ctx, limit, unanswered(limit))
	defer cancel()
	err := fn(limited)
	if err != nil && ctx.Err() == nil && limited.Err() != nil {
		return context.Cause(limited)
	}
	return err
}

// An unanswered is the error of an attempt that took so long that it was cut
// off.
type unanswered time.Duration

func (e unanswered) Error() string { return fmt.Sprintf("no answer within %v", time.Duration(e)) }

// Timeout and Temporary make it a [net.Error], and so Retryable.
func (e unanswered) Timeout() bool   { return true }
func (e unanswered) Temporary() bool { return true }

// Once is the option under which the SDK does not try again by itself: a lost
// answer must not be repeated unseen, nor throttling end as a failure because
// the SDK's quota of retries is used up.
func Once(o *dynamodb.Options) { rawapi.Once(o) }
