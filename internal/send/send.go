// Package send writes batches of encoded items to a table. Each [Sender] does so in a way
// of its own: it sends the items of a batch once and says what became of each. It knows
// requests and their answers; when a batch is sent, and when again, others decide.
package send

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Sender sends the items of a batch. It is safe for concurrent use.
type Sender interface {
	// Send returns what became of the items. After an error nothing is known of any of
	// them but what the error says.
	Send(ctx context.Context, b *Batch) (Sent, error)
	// Path says for people how items are written.
	Path() string
}

// A Sent is DynamoDB's answer to a batch. The items that it does not name were written.
type Sent struct {
	Left     []int         // to be sent again
	Why      error         // why, where the answer says more than that they are left
	Existing []int         // not written, since an item of that key is there
	Collided []int         // not written, since a different item of that key is there, which is a collision
	Refused  map[int]error // not written, and never to be; a *Refusal is the sender's own word

	ReadUnits, WriteUnits float64 // capacity units that DynamoDB said were consumed

	Also    []error // other errors of requests, which say how DynamoDB fares
	InParts bool    // an item was merged by several requests
}

// A Config is what a sender needs.
type Config struct {
	Client   *rawapi.Writer
	Table    string
	IsName   bool // Table is a table's name, and not an ARN
	Keys     *wire.Keys
	Patience time.Duration // of a request
	Slots    int           // requests for single items at a time

	Merges    bool // what is written is merged into what is there
	Resumed   bool // an earlier run may have written some of the items
	Exclusive bool // of two different items on one key, the second has collided
}

// once sends a request, once, and cuts it off if it takes too long. A batch may need
// several; one that hangs must not take the time of others.
func once[In, Out any](ctx context.Context, c *Config, in In, op func(context.Context, In, ...func(*dynamodb.Options)) (Out, error)) (out Out, err error) {
	err = awserr.Attempt(ctx, c.Patience, func(ctx context.Context) (err error) {
		out, err = op(ctx, in)
		return err
	})
	return out, err
}

// A Refusal says why an item is not sent, or not sent again.
type Refusal struct {
	Reason string
	Err    error
}

func (e *Refusal) Error() string { return "dynsync: " + e.Reason }
func (e *Refusal) Unwrap() error { return e.Err }

// Format prints what Error returns for every verb.
func (e *Refusal) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// Surrogate is the reason of an item that cannot be sent since it is no Unicode.
const Surrogate = "a string contains a lone surrogate, which only a plain *dynamodb.Client can write"

// illFormed refuses an item that a record transform spoilt.
func illFormed(err error) *Refusal { return &Refusal{"the transformed item is malformed", err} }

// ErrForeign reports an answer that names what the request did not hold.
const ErrForeign = reason.Error("DynamoDB's answer names unprocessed items that were not in the request")

// conditionFailed is the code of a write whose condition does not hold.
const conditionFailed = "ConditionalCheckFailedException"
