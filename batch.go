package dynsync

import (
	"bytes"
	"context"
	"errors"
	"slices"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/dynsync/dynsync/internal/rawapi"
)

// The limits of a batch. DynamoDB takes 25 items and 16 MiB of JSON; the second
// bound is lower to bound memory, and does not hold for a single item.
const (
	maxBatchItems = 25
	maxBatchBytes = 4 << 20
)

// A batch is the items of one BatchWriteItem request, encoded, and what is
// needed to settle each of them.
type batch struct {
	raw  rawapi.Batch
	keys []byte    // canonical keys, one behind the other
	ends []int     // where each ends in keys
	read []*Record // key records as read, where the plan changes keys
}

func (r *run) newBatch() *batch {
	select {
	case b := <-r.batches:
		return b
	default:
		b := new(batch)
		b.reset(r)
		return b
	}
}

func (r *run) releaseBatch(b *batch) {
	b.reset(r)
	select {
	case r.batches <- b:
	default:
	}
}

func (b *batch) reset(r *run) {
	b.raw.Reset(r.table.cfg.destination)
	clear(b.keys)
	clear(b.read)
	b.keys, b.ends, b.read = b.keys[:0], b.ends[:0], b.read[:0]
}

func (b *batch) key(i int) []byte {
	start := 0
	if i > 0 {
		start = b.ends[i-1]
	}
	return b.keys[start:b.ends[i]]
}

// fits reports whether an item can go into this batch: there is room, and no
// item of the same key.
func (b *batch) fits(item, key []byte) bool {
	n := b.raw.Len()
	return n == 0 || n < maxBatchItems && b.raw.Size()+len(item) <= maxBatchBytes && b.find(key) < 0
}

// find returns the index of the item with that canonical key, or -1.
func (b *batch) find(key []byte) int {
	for i := range b.ends {
		if bytes.Equal(b.key(i), key) {
			return i
		}
	}
	return -1
}

func (b *batch) add(item, key []byte, asRead *Record) {
	b.raw.Add(item)
	b.keys = append(b.keys, key...)
	b.ends = append(b.ends, len(b.keys))
	if asRead != nil {
		b.read = append(b.read, asRead)
	}
}

// keyRecord returns the key record, as read, of item i.
func (b *batch) keyRecord(r *run, i int) *Record {
	if i < len(b.read) {
		return b.read[i]
	}
	rec := &Record{item: b.raw.Item(i), keys: r.plan.keys}
	if rec.index() != nil {
		return &Record{item: []byte("{}"), keys: r.plan.keys}
	}
	return rec.Key()
}

// copyOf returns a batch of the items of those indexes.
func (r *run) copyOf(b *batch, indexes []int) *batch {
	part := r.newBatch()
	for _, i := range indexes {
		var asRead *Record
		if i < len(b.read) {
			asRead = b.read[i]
		}
		part.add(b.raw.Item(i), b.key(i), asRead)
	}
	return part
}

// only reduces the batch to the items of those indexes.
func (b *batch) only(r *run, indexes []int) {
	part := r.copyOf(b, indexes)
	*b, *part = *part, *b
	r.releaseBatch(part)
}

// abandon fails the items of a batch that will not be written, since the run
// ended for this cause; sent says that a request with them may have reached
// DynamoDB.
func (r *run) abandon(ctx context.Context, b *batch, cause error, sent bool) error {
	if b.raw.Len() == 0 {
		return nil
	}
	err := r.failBatch(ctx, b, func() *ItemError { return r.unsettled(cause, sent) })
	b.reset(r)
	return err
}

// failBatch fails every item of a batch.
func (r *run) failBatch(ctx context.Context, b *batch, why func() *ItemError) error {
	var first error
	for i := range b.ends {
		if err := r.failItem(ctx, b.keyRecord(r, i), why()); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// writeBatches writes batches until there are no more. Every batch it receives
// it settles, item by item, exactly once.
func (r *run) writeBatches(ctx context.Context, batches <-chan *batch) error {
	for b := range batches {
		r.tally.batches.Add(1)
		err := r.writeBatch(ctx, b)
		r.releaseBatch(b)
		if err != nil {
			return err
		}
	}
	return nil
}

// writeBatch writes the items of b, and again those that DynamoDB did not take.
// The error ends the run.
func (r *run) writeBatch(ctx context.Context, b *batch) error {
	var wait backoff
	var before int64 // items written when this batch last made progress
	for {
		res, err := r.s.writer.BatchWrite(ctx, r.table.cfg.destination, &b.raw)
		if err == nil {
			err = r.acknowledge(b, res.Unprocessed, &wait)
			if err == nil && b.raw.Len() == 0 {
				return nil
			}
		}
		if done, end := r.refused(ctx, b, err); done {
			return end
		}
		if wait.since.IsZero() {
			before = r.tally.written.Load()
		}
		if !wait.wait(ctx) {
			if ctx.Err() == nil && r.tally.written.Load() > before { // others are written: these items are to blame
				return r.failBatch(ctx, b, func() *ItemError {
					return r.itemError("DynamoDB did not take the item for too long, while it took others", err)
				})
			}
			return r.giveUp(ctx, b, err)
		}
		r.tally.retries.Add(1)
	}
}

// acknowledge settles the items that DynamoDB took and reduces b to the others.
func (r *run) acknowledge(b *batch, unprocessed [][]byte, wait *backoff) error {
	left := make([]int, 0, len(unprocessed))
	for _, item := range unprocessed {
		i := r.indexIn(b, item)
		if i < 0 || slices.Contains(left, i) {
			return refuse("DynamoDB's answer names unprocessed items that were not in the request")
		}
		left = append(left, i)
	}
	written := b.raw.Len() - len(left)
	r.tally.written.Add(int64(written))
	if written > 0 {
		wait.progress()
	}
	if len(left) == 0 {
		b.reset(r)
	} else if written > 0 {
		slices.Sort(left)
		b.only(r, left)
	}
	return nil
}

// indexIn returns the index of an item that DynamoDB sent back, by its key: the
// order of items and the text of numbers need not be those that were sent.
func (r *run) indexIn(b *batch, item []byte) int {
	rec := &Record{item: item}
	if rec.index() != nil {
		return -1
	}
	key, err := appendItemKey(nil, r.plan.keys, item, rec.attrs)
	if err != nil {
		return -1
	}
	return b.find(key)
}

// refused settles a batch that DynamoDB did not take and will not take as it
// is. It is not done with one that is to be tried again.
func (r *run) refused(ctx context.Context, b *batch, err error) (done bool, end error) {
	var item *rawapi.ItemError
	switch {
	case err == nil, ctx.Err() == nil && Retryable(err):
		return false, nil
	case ctx.Err() != nil:
		return true, errors.Join(r.abandon(ctx, b, endOf(ctx), true), endOf(ctx))
	case errors.As(err, &item) && b.raw.Len() > 1:
		return true, r.writeApart(ctx, b, item.Index)
	case errors.As(err, &item):
		return true, r.failBatch(ctx, b, func() *ItemError {
			return r.itemError("a string holds a lone surrogate, which a client that is not a plain *dynamodb.Client cannot write", err)
		})
	case refusesItems(err) && b.raw.Len() > 1:
		return true, r.bisect(ctx, b)
	case refusesItems(err):
		return true, r.failBatch(ctx, b, func() *ItemError { return r.itemError("DynamoDB refuses the item", err) })
	}
	return true, r.giveUp(ctx, b, err)
}

// refusesItems reports whether DynamoDB refused a request for what is in it, so
// that parts of it may pass.
func refusesItems(err error) bool {
	switch errorCode(err) {
	case "ValidationException", "ItemCollectionSizeLimitExceededException":
		return true
	}
	var resp *smithyhttp.ResponseError
	return errors.As(err, &resp) && resp.HTTPStatusCode() == 413
}

// bisect writes the halves of a batch apart, down to the guilty items.
func (r *run) bisect(ctx context.Context, b *batch) error {
	n := b.raw.Len()
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return r.writeParts(ctx, b, all[:n/2], all[n/2:])
}

// writeApart writes one item of a batch apart from the others.
func (r *run) writeApart(ctx context.Context, b *batch, index int) error {
	var others []int
	for i := range b.raw.Len() {
		if i != index {
			others = append(others, i)
		}
	}
	return r.writeParts(ctx, b, []int{index}, others)
}

func (r *run) writeParts(ctx context.Context, b *batch, parts ...[]int) error {
	var first error
	for _, indexes := range parts {
		part := r.copyOf(b, indexes)
		var err error
		if first != nil { // the run has ended
			err = r.abandon(ctx, part, first, false)
		} else {
			err = r.writeBatch(ctx, part)
		}
		r.releaseBatch(part)
		if first == nil {
			first = err
		}
	}
	return first
}

// giveUp fails the items of a batch for good and ends the run.
func (r *run) giveUp(ctx context.Context, b *batch, err error) error {
	if ctx.Err() != nil {
		return errors.Join(r.abandon(ctx, b, endOf(ctx), true), endOf(ctx))
	}
	end := newTableError(r.table.cfg.name, "write", err)
	if err == nil {
		end.Reason = "DynamoDB left items unprocessed for too long; the destination has too little write capacity"
	}
	if failed := r.failBatch(ctx, b, func() *ItemError { return r.itemError("the table's writing ended: "+end.Reason, end.Err) }); failed != nil {
		return failed
	}
	return end
}
