package send

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/rawapi"
)

// itemRequests bounds the requests for single items: those of a batch, and, by
// Config.Slots, those of the run.
type itemRequests chan struct{}

const itemRequestsPerBatch = 8

// each calls fn for the indexes, in order, for several at a time, and returns when
// all calls have.
func (q itemRequests) each(indexes []int, fn func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(itemRequestsPerBatch, len(indexes)) {
		all.Go(func() {
			for {
				q <- struct{}{} // whoever has it is in a request, which ctx ends
				n := int(next.Add(1))
				if n <= len(indexes) {
					fn(indexes[n-1])
				}
				<-q
				if n >= len(indexes) {
					return
				}
			}
		})
	}
	all.Wait()
}

// A tray collects what became of the items of a batch that were sent one by one.
// It is safe for concurrent use.
type tray struct {
	*Config

	mu    sync.Mutex
	sent  Sent
	heard bool // DynamoDB answered for the batch, if not well
	doubt bool // a write may have been carried out, in full or in part, although it is not known
}

// settle notes how the write of item i ended.
func (t *tray) settle(i int, err error) {
	var own *Refusal
	switch {
	case err == nil:
	case errors.Is(err, errMoved):
		t.leave(i, nil)
	case errors.Is(err, rawapi.ErrSurrogate):
		t.refuse(i, &Refusal{Surrogate, err})
	case errors.As(err, &own):
		t.refuse(i, own)
	case awserr.RefusesItems(err):
		t.refuse(i, err)
	default:
		t.leave(i, err)
		if awserr.MayHaveApplied(err) {
			t.markDoubt()
		}
	}
}

// leave notes that item i is to be sent again. Of several reasons the worst is
// kept: one that ends the run, or one that slows it down. The others are kept, too.
func (t *tray) leave(i int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent.Left = append(t.sent.Left, i)
	if gravity(err) > gravity(t.sent.Why) {
		t.sent.Why, err = err, t.sent.Why
	}
	if err != nil {
		t.sent.Also = append(t.sent.Also, err)
	}
}

func (t *tray) refuse(i int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sent.Refused == nil {
		t.sent.Refused = map[int]error{}
	}
	t.sent.Refused[i] = err
}

// exists notes that there is another item of the key of item i.
func (t *tray) exists(i int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent.Existing = append(t.sent.Existing, i)
}

// collides notes that the item of the key of item i is of another source item, for
// all that is known.
func (t *tray) collides(i int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent.Collided = append(t.sent.Collided, i)
}

func (t *tray) markDoubt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.doubt = true
}

// markParts notes that an item is merged by several requests.
func (t *tray) markParts() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent.InParts = true
}

// consumed adds the write capacity of a request.
func (t *tray) consumed(c *types.ConsumedCapacity) {
	if c == nil || c.CapacityUnits == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent.WriteUnits += *c.CapacityUnits
}

// result returns the result of the batch after its last request has ended. If its
// requests had nothing but errors, that is an error.
func (t *tray) result(b *Batch) (Sent, error) {
	b.Doubt = b.Doubt || t.doubt
	if !t.heard && len(t.sent.Left) == b.Len() && t.sent.Why != nil {
		why := t.sent.Why
		t.sent.Left, t.sent.Why = nil, nil
		return t.sent, why
	}
	return t.sent, nil
}

func gravity(err error) int {
	switch {
	case err == nil:
		return 0
	case len(awserr.ThrottleReasons(err)) > 0:
		return 2
	case awserr.Retryable(err):
		return 1
	}
	return 3
}

// stored reads the item of a key as it is at the destination, nil if there is none.
func (t *tray) stored(ctx context.Context, key map[string]types.AttributeValue) ([]byte, error) {
	got, err := once(ctx, t.Config, &dynamodb.GetItemInput{TableName: &t.Table, Key: key, ConsistentRead: aws.Bool(true)}, t.Client.GetItem)
	if err != nil {
		return nil, &awserr.CallError{What: "reading an item of the destination (GetItem)", Err: err}
	}
	if c := got.ConsumedCapacity; c != nil && c.CapacityUnits != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.sent.ReadUnits += *c.CapacityUnits
	}
	return got.Item, nil
}
