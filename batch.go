package dynsync

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/capacity"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
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
	raw     rawapi.Batch
	keys    []byte     // canonical keys, one behind the other
	ends    []int      // where each ends in keys
	read    []*Record  // key records as read, where the plan changes keys
	marks   []*mark    // of the pages that the items came with
	removed [][]string // under ModeMerge: names of top-level attributes that each item had as read
	doubt   bool       // a request with these items was sent and not answered: they may be there
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
	clear(b.marks)
	clear(b.removed)
	b.keys, b.ends, b.read, b.marks, b.removed, b.doubt = b.keys[:0], b.ends[:0], b.read[:0], b.marks[:0], b.removed[:0], false
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

func (b *batch) add(item, key []byte, asRead *Record, m *mark, removed []string) {
	if removed != nil || len(b.removed) > 0 {
		b.removed = append(b.removed, make([][]string, len(b.ends)-len(b.removed))...)
		b.removed = append(b.removed, removed)
	}
	b.raw.Add(item)
	b.marks = append(b.marks, m)
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
	rec := &Record{item: b.raw.Item(i), keys: r.plan.Keys}
	if rec.index() != nil {
		return &Record{item: []byte("{}"), keys: r.plan.Keys}
	}
	return rec.Key()
}

// inDoubt adds to the reason why items failed what is not known of them.
func (b *batch) inDoubt(reason string) string {
	if b.doubt {
		return reason + " (a request with the item was not answered: whether it was written is not known)"
	}
	return reason
}

// refusal returns the error of an item that is refused.
func (b *batch) refusal(r *run, err error) *ItemError {
	refusal := r.refusal(err)
	refusal.Reason = b.inDoubt(refusal.Reason)
	return refusal
}

// failure returns item i as one that was not written.
func (b *batch) failure(r *run, i int, err error) Failure {
	return Failure{Key: b.keyRecord(r, i), Err: err, item: b.raw.Item(i)}
}

// copyOf returns a batch of the items of those indexes.
func (r *run) copyOf(b *batch, indexes []int) *batch {
	part := r.newBatch()
	part.doubt = b.doubt
	for _, i := range indexes {
		var asRead *Record
		if i < len(b.read) {
			asRead = b.read[i]
		}
		part.add(b.raw.Item(i), b.key(i), asRead, b.marks[i], b.removedFrom(i))
	}
	return part
}

// only reduces the batch to the items of those indexes.
func (b *batch) only(r *run, indexes []int) {
	part := r.copyOf(b, indexes)
	*b, *part = *part, *b
	r.releaseBatch(part)
}

// abandon leaves the items of a batch unsettled, since the run has ended: it does
// not know whether those that were sent are written.
func (r *run) abandon(b *batch) {
	for _, m := range b.marks {
		r.unsettle(m)
	}
	b.reset(r)
}

// giveUpBatch fails every item of a batch that DynamoDB did not take for too long,
// while it took others.
func (r *run) giveUpBatch(ctx context.Context, b *batch, cause error) error {
	why := b.inDoubt("DynamoDB did not take the item for too long, while it took others")
	var first error
	for i, m := range b.marks {
		first = cmp.Or(first, r.account(ctx, m, b.failure(r, i, r.itemError(why, cause))))
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

// A sender sends the items of a batch, once, in the way of a [Mode].
type sender interface {
	// send returns what became of the items. After an error nothing is known of
	// any of them but what the error says.
	send(ctx context.Context, b *batch) (sent, error)
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

// writeBatch writes the items of b, and again those that DynamoDB did not take.
// The error ends the run.
func (r *run) writeBatch(ctx context.Context, b *batch) error {
	wait := awserr.Backoff{Patience: r.s.cfg.giveUp}
	var before int64 // items written when this batch last made progress
	for {
		res, err := r.send(ctx, b, &wait)
		if err == nil {
			if end := r.acknowledge(ctx, b, res, &wait); end != nil {
				return r.giveUp(ctx, b, end) // the user's word, even if it reads like an error to try again for
			}
			if b.raw.Len() == 0 {
				return nil
			}
			err = res.why
		}
		if done, end := r.refused(ctx, b, err); done {
			return end
		}
		if wait.Fresh() {
			before = r.tally.counts[wasWritten].Load()
		}
		if !wait.Wait(ctx) {
			if ctx.Err() == nil && r.tally.counts[wasWritten].Load() > before {
				return r.giveUpBatch(ctx, b, err)
			}
			return r.giveUp(ctx, b, err)
		}
		r.tally.retries.Add(1)
	}
}

// send sends the batch once its turn has come, and learns from the answer how
// much the destination takes.
func (r *run) send(ctx context.Context, b *batch, wait *awserr.Backoff) (sent, error) {
	asked := time.Now()
	if r.pace.Acquire(ctx) != nil {
		return sent{}, endOf(ctx)
	}
	estimate := b.estimate()
	permit, err := r.writing.Begin(ctx, estimate)
	if err != nil {
		r.pace.Release(time.Time{}, false)
		return sent{}, endOf(ctx)
	}
	wait.Excuse(asked)
	began := time.Now()
	res, err := r.sender.send(r.requests, b)
	throttled := r.tally.throttle(err) || r.tally.throttle(res.why)
	r.pace.Release(began, throttled)
	units := r.countWrite(b, res, err, estimate)
	r.writing.End(permit, units)
	if throttled {
		r.writing.Throttled()
	}
	b.doubt = b.doubt || awserr.MayHaveApplied(err) ||
		r.s.cfg.direct && (err != nil || len(res.left) > 0) // a direct attempt went before, and of that nothing is known
	return res, err
}

// countWrite counts what a request cost, and returns it: what DynamoDB says, or
// what it was estimated at, where it does not.
func (r *run) countWrite(b *batch, res sent, err error, estimate float64) float64 {
	r.tally.units(0, res.units)
	units := res.units
	if err == nil {
		r.destination.Accepted()
		if units == 0 && len(res.left) < b.raw.Len() {
			units = estimate
		}
	}
	if awserr.MayHaveApplied(err) {
		units = max(units, estimate)
	}
	r.spent(units)
	return units
}

// acknowledge settles what the answer says of the items and reduces b to those
// that are left.
func (r *run) acknowledge(ctx context.Context, b *batch, a sent, wait *awserr.Backoff) error {
	n := b.raw.Len()
	if len(a.left)+len(a.existing)+len(a.collided)+len(a.refused) == 0 {
		r.written(b, nil)
		wait.Progress()
		b.reset(r)
		return nil
	}
	settled := make([]bool, n)
	for _, i := range slices.Concat(a.left, a.existing, a.collided, slices.Collect(maps.Keys(a.refused))) {
		if i < 0 || i >= n || settled[i] {
			return errForeign
		}
		settled[i] = true
	}
	var first error
	unwritten := func(indexes []int, o Outcome, why string) {
		for _, i := range indexes {
			f := b.failure(r, i, r.itemError(why, nil))
			f.Outcome = o
			first = cmp.Or(first, r.account(ctx, b.marks[i], f))
		}
	}
	unwritten(a.existing, Existing, "an item of this key exists at the destination")
	unwritten(a.collided, Collided, "a different item of this key exists at the destination; another run, share or call of the job may have written it (to accept that, use WithAllowExisting)")
	for _, i := range slices.Sorted(maps.Keys(a.refused)) {
		first = cmp.Or(first, r.account(ctx, b.marks[i], b.failure(r, i, b.refusal(r, a.refused[i]))))
	}
	r.written(b, settled)
	if len(a.left) < n {
		wait.Progress()
	}
	if len(a.left) == 0 {
		b.reset(r)
	} else if len(a.left) < n {
		slices.Sort(a.left)
		b.only(r, a.left)
	}
	return first
}

// written counts the items of a batch as written, but for those that something
// else became of.
func (r *run) written(b *batch, otherwise []bool) {
	var items, bytes int64
	for i, m := range b.marks {
		if otherwise == nil || !otherwise[i] {
			items++
			bytes += int64(len(b.raw.Item(i)))
			m.settle(wasWritten)
		}
	}
	r.tally.counts[wasWritten].Add(items)
	r.tally.bytesWritten.Add(bytes)
}

// indexIn returns the index of an item that DynamoDB sent back, by its key: the
// order of items and the text of numbers need not be those that were sent.
func (r *run) indexIn(b *batch, item []byte) int {
	rec := &Record{item: item}
	if rec.index() != nil {
		return -1
	}
	key, err := wire.AppendItemKey(nil, r.plan.Keys, item, rec.attrs)
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
	case err == nil, ctx.Err() == nil && (Retryable(err) || r.destination.Try(err)):
		return false, nil
	case ctx.Err() != nil:
		r.abandon(b)
		return true, endOf(ctx)
	case errors.As(err, &item) && b.raw.Len() > 1:
		return true, r.writeApart(ctx, b, item.Index)
	case errors.As(err, &item):
		return true, r.account(ctx, b.marks[0], b.failure(r, 0,
			r.itemError("a string holds a lone surrogate, which a client that is not a plain *dynamodb.Client cannot write", err)))
	case awserr.RefusesItems(err) && b.raw.Len() > 1:
		return true, r.bisect(ctx, b)
	case awserr.RefusesItems(err):
		return true, r.account(ctx, b.marks[0], b.failure(r, 0, b.refusal(r, err)))
	}
	return true, r.giveUp(ctx, b, err)
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
			r.abandon(part)
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

// giveUp leaves the items of a batch unsettled and ends the run.
func (r *run) giveUp(ctx context.Context, b *batch, err error) error {
	r.abandon(b)
	if ctx.Err() != nil {
		return endOf(ctx)
	}
	return newTableError(r.table.cfg.name, "write", err)
}

// estimate returns what the writing of a batch costs at most, but for indexes. An
// item is not larger than its JSON.
func (b *batch) estimate() float64 {
	var units float64
	for i := range b.raw.Len() {
		units += capacity.WriteUnits(len(b.raw.Item(i)))
	}
	return units
}

// removedFrom returns the top-level attributes that item i had as it was read,
// and was to lose.
func (b *batch) removedFrom(i int) []string {
	if i < len(b.removed) {
		return b.removed[i]
	}
	return nil
}
