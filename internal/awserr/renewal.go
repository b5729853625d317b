package awserr

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/internal/reason"
)

// A Renewal is the state of requests of one client that are refused for their signature,
// or for credentials that have expired. The same bytes would be refused for good, but the
// next attempt is signed anew: with new credentials, which the client is told to fetch,
// and at the server's time, which the SDK has learned from the answer that refused. It is
// safe for concurrent use.
type Renewal struct {
	Client any

	refused atomic.Bool // since the last answer
	mu      sync.Mutex
	awake   stopwatch // since the first refusal
}

// Accepted notes that a request was answered.
func (c *Renewal) Accepted() {
	if !c.refused.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.awake = stopwatch{}
	c.refused.Store(false)
}

// Try reports whether the request may be accepted when it is signed anew. If nothing but
// refusals came for GiveUpEarly, it is over.
func (c *Renewal) Try(err error) bool {
	class := classOf(Code(err))
	if class != expired && class != signature && !isSkew(err) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused.Store(true)
	if c.awake.look(time.Now(), MaxDelay, GiveUpEarly/2) > GiveUpEarly {
		return false
	}
	if client, ok := c.Client.(interface{ Options() dynamodb.Options }); ok && class == expired {
		if cache, ok := client.Options().Credentials.(interface{ Invalidate() }); ok {
			cache.Invalidate()
		}
	}
	return true
}

// isSkew reports whether the SDK found that the request was refused because its clock was
// off, which it has corrected for the next attempt. Services use several codes for that.
func isSkew(err error) bool {
	var skew interface{ RetryableError() bool }
	return Code(err) != "" && errors.As(err, &skew) && skew.RetryableError()
}

// Explain returns the error of a request of the client, which failed for good, as a
// [CredentialsError] if the client gets none: the SDK's error has no type to tell.
func (c *Renewal) Explain(ctx context.Context, err error) error {
	holder, ok := c.Client.(interface{ Options() dynamodb.Options })
	if err == nil || ctx.Err() != nil || lackIn(err) != nil || Code(err) != "" || IsDamaged(err) || !ok {
		return err
	}
	provider := holder.Options().Credentials
	if provider == nil {
		return err
	}
	if _, lack := provider.Retrieve(ctx); lack != nil && ctx.Err() == nil {
		if own := lackIn(lack); own != nil {
			return own
		}
		return &CredentialsError{Text: noCredentials, Class: reason.Access, Err: err}
	}
	return err
}

// noCredentials is what is said of a provider that says nothing for itself.
const noCredentials = "the client gets no credentials: its provider fails; check profile, environment, role or single sign-on (Unwrap has the cause)"
