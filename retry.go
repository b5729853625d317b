package dynsync

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/dynsync/dynsync/internal/rawapi"
)

// The retry policy, for every request of a run. A transient error (see
// Retryable), and items that DynamoDB left unprocessed, are tried again after a
// random time between 0 and a bound that doubles from retryBase to retryCap
// ("full jitter": Brooker, "Exponential Backoff And Jitter", AWS Architecture
// Blog, 2015). The bound starts again from retryBase after progress. A request
// that makes no progress for the time of WithGiveUpAfter has failed; one of the
// preflight, where a wrong endpoint shows, for giveUpEarly. An attempt that is not
// answered within a quarter of that time is cut off, which is a transient error:
// an HTTP client need not have a timeout. The SDK's own retries are off. Expired
// credentials are fetched anew, and the request is tried again.
const (
	retryBase   = 50 * time.Millisecond
	retryCap    = 5 * time.Second
	giveUpAfter = 2 * time.Minute
	giveUpEarly = 5 * time.Second
)

// drawDelay returns a random time below the bound. The simulation draws it from
// its seed.
var drawDelay = func(bound time.Duration) time.Duration { return rand.N(bound) }

// A backoff is the state of one request's retries.
type backoff struct {
	patience time.Duration // how long to go on without progress
	bound    time.Duration
	since    time.Time // when progress was last made
}

// excuse takes the time since then out of that without progress: the request had to
// wait for its turn.
func (b *backoff) excuse(then time.Time) {
	if !b.since.IsZero() {
		b.since = b.since.Add(time.Since(then))
	}
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
	if now.Sub(b.since) > b.patience {
		return false
	}
	timer := time.NewTimer(drawDelay(b.bound))
	defer timer.Stop()
	b.bound = min(2*b.bound, retryCap)
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// retryTransient calls fn, a request of that client, until it succeeds, fails for
// good, or the policy gives up.
func retryTransient(ctx context.Context, patience time.Duration, client any, fn func(context.Context) error) error {
	b, creds := backoff{patience: patience}, renewal{client: client}
	for {
		err := attempt(ctx, giveUpAfter, fn)
		if err == nil || ctx.Err() != nil || !Retryable(err) && !creds.try(err) || !b.wait(ctx) {
			return err
		}
	}
}

// attempt calls fn, which sends a request once, under a context that ends when a
// quarter of that time has passed.
func attempt(ctx context.Context, patience time.Duration, fn func(context.Context) error) error {
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

// once is the option under which the SDK does not try again by itself: a lost
// answer must not be repeated unseen, nor throttling end as a failure because
// the SDK's quota of retries is used up.
func once(o *dynamodb.Options) { rawapi.Once(o) }

// A renewal is the state of expired credentials of one client. Requests under
// them fail for good, until the client is told to fetch new ones.
type renewal struct {
	client any
	since  atomic.Int64 // in Unix nanoseconds, when they were first refused; 0 while they are accepted
}

// accepted notes that a request was answered.
func (c *renewal) accepted() { c.since.Store(0) }

// try reports whether the error says that the credentials have expired, and new
// ones may be had. If those are refused too for giveUpEarly, it is over.
func (c *renewal) try(err error) bool {
	switch errorCode(err) {
	case "ExpiredTokenException", "ExpiredToken":
	default:
		return false
	}
	now := time.Now().UnixNano()
	if !c.since.CompareAndSwap(0, now) && now-c.since.Load() > int64(giveUpEarly) {
		return false
	}
	if client, ok := c.client.(interface{ Options() dynamodb.Options }); ok {
		if cache, ok := client.Options().Credentials.(*aws.CredentialsCache); ok {
			cache.Invalidate()
		}
	}
	return true
}

// mayHaveApplied reports whether a request that failed so may have been carried
// out all the same: there was no answer, or one that does not say.
func mayHaveApplied(err error) bool {
	if err == nil {
		return false
	}
	var item *rawapi.ItemError
	var resp *smithyhttp.ResponseError
	var api smithy.APIError
	switch {
	case errors.As(err, &item):
		return false // nothing was sent
	case errors.As(err, &resp) && resp.Response != nil && resp.Response.Response != nil:
		status := resp.HTTPStatusCode()
		return status < 400 || status >= 500
	case errors.As(err, &api): // in a slot of a batch, or of a client that is not the SDK's
		return faultCodes[api.ErrorCode()]
	}
	return true
}

// faultCodes are the error codes of faults of the service.
var faultCodes = map[string]bool{"InternalServerError": true, "InternalFailure": true, "ServiceUnavailable": true, "ServiceUnavailableException": true}
