package dynsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Mode is how items are written to a table; see [WithMode].
type Mode uint8

// The modes of writing. Beside dynamodb:DescribeTable each needs the actions
// named, on the destination.
const (
	// ModePut replaces the item of the same key, if there is one: afterwards the
	// destination has the attributes of the transformed item and no others. It
	// writes by BatchWriteItem (dynamodb:BatchWriteItem).
	ModePut Mode = iota

	// ModeInsert writes items whose key is not there yet. It never changes an
	// item: one that is there counts as [Existing], with an equal one also, and
	// stays as it is (but see [WithAllowExisting]). It writes by PartiQL INSERT, and items that no statement can
	// hold by PutItem under a condition (dynamodb:PartiQLInsert, PutItem). Where
	// the answer to a request was lost, or a checkpoint is resumed, an item that
	// is there may be the run's own: it is read back (dynamodb:GetItem), and
	// counts as written if it equals what was to be written.
	ModeInsert

	// ModeMerge changes the item of the same key, or makes it: attributes of the
	// transformed item are set, each as a whole, those that rules removed are
	// removed, and those that only the destination has stay. It writes by
	// UpdateItem, item by item (dynamodb:UpdateItem), atomically but for two kinds
	// of items.
	//
	// One of more than about 460 attributes, or close to 400 KB, takes several
	// updates, of which each is atomic; the report says so. One that no update can
	// hold is read, merged and put (dynamodb:GetItem, PutItem), on condition that
	// the attributes that only the destination has are as they were read. One that
	// somebody else adds to the item in between is lost.
	ModeMerge
)

// A modeSpec is what the parts of a run have to know of a mode.
type modeSpec struct {
	name      string
	needs     []string // methods that the destination's client needs beside those of DestinationClient
	overwrite bool     // an item of another source item would be lost
	merges    bool     // an item of another source item would be mixed up with this one, and attributes that rules removed are needed
	newSender func(*sending) sender
}

var modeSpecs = [...]modeSpec{
	ModePut:    {name: "ModePut", overwrite: true, newSender: newPutSender},
	ModeInsert: {name: "ModeInsert", needs: []string{"BatchExecuteStatement", "PutItem", "GetItem"}, newSender: newInsertSender},
	ModeMerge:  {name: "ModeMerge", needs: []string{"UpdateItem", "PutItem", "GetItem"}, overwrite: true, merges: true, newSender: newMergeSender},
}

// known reports whether there is such a mode.
func (m Mode) known() bool { return int(m) < len(modeSpecs) }

func (m Mode) spec() *modeSpec { return &modeSpecs[m] }

// String returns the name of the mode.
func (m Mode) String() string {
	if m.known() {
		return m.spec().name
	}
	return fmt.Sprintf("Mode(%d)", uint8(m))
}

// A sender sends the items of a batch, once, in the way of a [Mode].
type sender interface {
	// send returns what became of the items. After an error nothing is known of
	// any of them but what the error says.
	send(ctx context.Context, b *batch) (sent, error)
	// path says for the report how items are written.
	path() string
}

// A sent is DynamoDB's answer to a batch. The items that it does not name were
// written.
type sent struct {
	left     []int         // to be sent again
	why      error         // why, where the answer says more than that they are left
	existing []int         // not written, since an item of that key is there
	collided []int         // not written, since a different item of that key is there, which is a collision
	refused  map[int]error // not written, and never to be
	units    float64       // write capacity consumed
}

// A sending is what senders need of the run.
type sending struct {
	client   *rawapi.Writer
	table    string
	keys     *wire.Keys
	patience time.Duration // of a request
	slots    int           // requests for single items at a time
	account  *account

	merges    bool // what is written is merged into what is there
	resumed   bool // an earlier run may have written some of the items
	exclusive bool // of two different items on one key, the second has collided
}

// once sends a request to the destination, once, and cuts it off if it takes too
// long. A batch may need several; one that hangs must not take the time of others.
func once[In, Out any](ctx context.Context, s *sending, in In, op func(context.Context, In, ...func(*dynamodb.Options)) (Out, error)) (out Out, err error) {
	err = awserr.Attempt(ctx, s.patience, func(ctx context.Context) (err error) {
		out, err = op(ctx, in)
		return err
	})
	return out, err
}

// itemRequests bounds the requests for single items: those of a batch, and, by
// [WithWriteConcurrency], those of the run.
type itemRequests chan struct{}

const itemRequestsPerBatch = 8

func newItemRequests(s *sending) itemRequests { return make(itemRequests, s.slots) }

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
	*sending

	mu    sync.Mutex
	sent  sent
	heard bool // DynamoDB answered for the batch, if not well
	doubt bool // a write may have been carried out, in full or in part, although it is not known
}

// settle notes how the write of item i ended.
func (t *tray) settle(i int, err error) {
	var own *ItemError
	switch {
	case err == nil:
	case errors.Is(err, errMoved):
		t.leave(i, nil)
	case errors.Is(err, rawapi.ErrSurrogate):
		t.refuse(i, t.account.surrogate(err))
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
// kept: one that ends the run, or one that slows it down. Who gets the result
// counts that one.
func (t *tray) leave(i int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent.left = append(t.sent.left, i)
	if gravity(err) > gravity(t.sent.why) {
		t.sent.why, err = err, t.sent.why
	}
	t.account.tally.throttle(err)
}

func (t *tray) refuse(i int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sent.refused == nil {
		t.sent.refused = map[int]error{}
	}
	t.sent.refused[i] = err
}

// exists notes that there is another item of the key of item i.
func (t *tray) exists(i int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent.existing = append(t.sent.existing, i)
}

// collides notes that the item of the key of item i is of another source item, for
// all that is known.
func (t *tray) collides(i int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent.collided = append(t.sent.collided, i)
}

func (t *tray) markDoubt() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.doubt = true
}

// consumed adds the write capacity of a request.
func (t *tray) consumed(c *types.ConsumedCapacity) {
	if c == nil || c.CapacityUnits == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sent.units += *c.CapacityUnits
}

// result returns what became of the batch, of which nothing is under way any
// more. Where nothing but errors came of its requests, that is an error.
func (t *tray) result(b *batch) (sent, error) {
	b.doubt = b.doubt || t.doubt
	if !t.heard && len(t.sent.left) == b.raw.Len() && t.sent.why != nil {
		return sent{units: t.sent.units}, t.sent.why
	}
	return t.sent, nil
}

func gravity(err error) int {
	switch {
	case err == nil:
		return 0
	case len(awserr.ThrottleReasons(err)) > 0:
		return 2
	case Retryable(err):
		return 1
	}
	return 3
}

// getStored reads the item of a key as it is at the destination, nil if there is
// none.
func (t *tray) getStored(ctx context.Context, key *Record) ([]byte, error) {
	got, err := once(ctx, t.sending, getItemInput(t.table, key), t.client.GetItem)
	if err != nil {
		return nil, &callError{"reading an item of the destination (GetItem)", err}
	}
	t.account.consumedRead(got.ConsumedCapacity)
	return got.Item, nil
}

// getItemInput returns the request for the item of a key, as it is.
func getItemInput(table string, key *Record) *dynamodb.GetItemInput {
	return &dynamodb.GetItemInput{TableName: &table, Key: key.Item(), ConsistentRead: aws.Bool(true)}
}

// conditionFailed is the code of a write whose condition does not hold.
const conditionFailed = "ConditionalCheckFailedException"

// errMoved says that an item was changed by others again and again.
var errMoved = errors.New("the item changed between reading and writing it")

// errForeign reports an answer that names what the request did not hold.
var errForeign = refuse("DynamoDB's answer names unprocessed items that were not in the request")

// putSender writes by BatchWriteItem: an item of the same key is replaced.
type putSender struct{ *sending }

func newPutSender(s *sending) sender { return putSender{s} }

func (p putSender) path() string { return p.client.Path().String() }

func (p putSender) send(ctx context.Context, b *batch) (sent, error) {
	res, err := once(ctx, p.sending, &b.raw, func(ctx context.Context, items *rawapi.Batch, _ ...func(*dynamodb.Options)) (rawapi.Result, error) {
		return p.client.BatchWrite(ctx, p.table, items)
	})
	if err != nil {
		return sent{}, err
	}
	var out sent
	for _, c := range res.ConsumedCapacity {
		if c.CapacityUnits != nil {
			out.units += *c.CapacityUnits
		}
	}
	for _, item := range res.Unprocessed {
		i := p.indexIn(b, item)
		if i < 0 || slices.Contains(out.left, i) {
			return sent{}, errForeign
		}
		out.left = append(out.left, i)
	}
	if len(out.left) > 0 {
		out.why = errUnprocessed
	}
	return out, nil
}

// indexIn returns the index of an item that DynamoDB sent back, by its key: the
// order of items and the text of numbers need not be those that were sent.
func (p putSender) indexIn(b *batch, item []byte) int {
	rec := &Record{item: item}
	if rec.index() != nil {
		return -1
	}
	key, err := wire.AppendItemKey(nil, p.keys, item, rec.attrs)
	if err != nil {
		return -1
	}
	return b.find(key)
}

// errUnprocessed says that DynamoDB left a part of a batch. It does so when it
// throttles.
var errUnprocessed = &smithy.GenericAPIError{Code: "UnprocessedItems"}
