package awserr

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
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
	if c.awake.look(time.Now(), GiveUpEarly/2, GiveUpEarly/4) > GiveUpEarly {
		return false
	}
	if client, ok := c.Client.(interface{ Options() dynamodb.Options }); ok && class == expired {
		if cache, ok := client.Options().Credentials.(*aws.CredentialsCache); ok {
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
