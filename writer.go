package dynsync

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/capacity"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/guard"
	"github.com/dynsync/dynsync/internal/keyset"
	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/send"
	"github.com/dynsync/dynsync/internal/wire"
)

// A writer writes batches to a table's destination. It is safe for concurrent use once
// the preflight has completed it.
type writer struct {
	renewal  *awserr.Renewal // of the client's credentials
	patience time.Duration   // how long a batch is tried
	direct   bool            // WithDirectRequests: an unseen direct attempt may precede a request
	account  *account
	batches  *batchPool
	pace     *capacity.Pacer

	keys  *wire.Keys
	meter *metered

	changesKeys bool                // an item may be written under another key than it was read under
	dest        *keyset.Destination // nil where items cannot collide
	taken       *keyset.Set         // keys that runs under way write to the destination; nil where none need be known
	records     *guard.Records      // that may still go into the stream of the destination
	inserts     bool                // nothing is written over an item, whatever the mode
	sender      send.Sender
	requests    context.Context // of requests: it outlives the run's for a moment
}

// writeBatches writes batches until there are no more. It settles every item of a batch
// exactly once.
func (w *writer) writeBatches(ctx context.Context, batches <-chan *batch) error {
	for b := range batches {
		w.account.tally.batches.Add(1)
		err := w.writeWithin(ctx, b)
		w.batches.put(b)
		if err != nil {
			return err
		}
	}
	return nil
}

// writeWithin writes the items of b for which the stream of the destination has room. The
// error ends the run.
func (w *writer) writeWithin(ctx context.Context, b *batch) error {
	for {
		all := send.Indexes(b.Len())
		room := w.records.Take(len(all))
		switch room {
		case len(all):
			return w.writeBatch(ctx, b)
		case 0:
			return w.giveUp(ctx, b, w.records.Spent())
		}
		part := w.batches.copyOf(b, all[:room])
		w.reduce(b, all[room:])
		err := w.writeBatch(ctx, part)
		w.batches.put(part)
		if err != nil {
			w.abandon(b)
			return err
		}
	}
}

// writeBatch writes the items of b, and writes those again that DynamoDB left. The error
// ends the run.
func (w *writer) writeBatch(ctx context.Context, b *batch) error {
	wait := awserr.Backoff{Patience: w.patience, Limit: w.patience / 2} // a batch can be several requests in a row
	var before int64                                                    // items written when this batch last made progress
	for {
		res, err := w.send(ctx, b, &wait)
		if err == nil {
			if end := w.acknowledge(ctx, b, res, &wait); end != nil {
				return w.giveUp(ctx, b, end) // the user's word, even if it reads like an error to try again for
			}
			if b.Len() == 0 {
				return nil
			}
			err = res.Why
		}
		if ctx.Err() != nil || !w.mayHelp(err) {
			return w.settle(ctx, b, err)
		}
		if wait.Fresh() {
			before = w.account.tally.counts[ledger.Written].Load()
		}
		if !wait.Wait(ctx) {
			if ctx.Err() == nil && w.account.tally.counts[ledger.Written].Load() > before {
				return w.failAll(ctx, b, err)
			}
			return w.giveUp(ctx, b, wait.GaveUp(err))
		}
		w.account.tally.retries.Add(1)
	}
}

// send sends the batch when it is its turn. The answer adapts the pace to what the
// destination takes.
func (w *writer) send(ctx context.Context, b *batch, wait *awserr.Backoff) (send.Sent, error) {
	asked := time.Now()
	if w.pace.Acquire(ctx) != nil {
		return send.Sent{}, endOf(ctx)
	}
	estimate := estimateOf(b)
	permit, err := w.meter.Begin(ctx, estimate)
	if err != nil {
		w.pace.Release(time.Time{}, false)
		return send.Sent{}, endOf(ctx)
	}
	wait.Excuse(asked)
	began := time.Now()
	res, err := w.sender.Send(w.requests, &b.Batch)
	throttled := w.account.throttled(ctx, finding.Destination, err) || w.account.throttled(ctx, finding.Destination, res.Why)
	w.pace.Release(began, throttled)
	units := w.count(ctx, b, res, err, estimate)
	w.meter.End(permit, units)
	if throttled {
		w.meter.Throttled()
	}
	b.Doubt = b.Doubt || awserr.MayHaveApplied(err) ||
		w.direct && (err != nil || len(res.Left) > 0) // a direct attempt went before, and of that nothing is known
	return res, err
}

// count counts the side facts of an answer and returns the cost of the request: as
// DynamoDB reports it, or else the estimate.
func (w *writer) count(ctx context.Context, b *batch, res send.Sent, err error, estimate float64) float64 {
	w.account.tally.units(res.ReadUnits, res.WriteUnits)
	for _, other := range res.Also {
		w.account.throttled(ctx, finding.Destination, other)
	}
	if res.InParts {
		w.account.find(finding.MergedInParts, "items too large for one UpdateItem (about 460 attributes, or close to 400 KB) were merged by several, each atomic but not all together: readers may have seen such an item half merged, and a failed one may still be")
	}
	units := res.WriteUnits
	if err == nil {
		w.renewal.Accepted()
		if units == 0 && len(res.Left) < b.Len() {
			units = estimate
		}
	}
	if awserr.MayHaveApplied(err) {
		units = max(units, estimate)
	}
	w.account.job.spend(units)
	return units
}

// estimateOf returns the maximum cost of a batch, without indexes. An item is not larger
// than its JSON.
func estimateOf(b *batch) float64 {
	var units float64
	for i := range b.Len() {
		units += capacity.WriteUnits(len(b.Item(i)))
	}
	return units
}

// mayHelp reports whether the same request can succeed later. If the error is about
// credentials, it makes the client get new ones.
func (w *writer) mayHelp(err error) bool {
	return err == nil || Retryable(err) || w.renewal.Try(err)
}

// acknowledge settles the items that the answer covers and reduces b to the rest.
func (w *writer) acknowledge(ctx context.Context, b *batch, a send.Sent, wait *awserr.Backoff) error {
	n := b.Len()
	if len(a.Left)+len(a.Existing)+len(a.Collided)+len(a.Refused) == 0 {
		w.written(b, nil)
		wait.Progress()
		w.batches.clear(b)
		return nil
	}
	settled := make([]bool, n)
	for _, i := range slices.Concat(a.Left, a.Existing, a.Collided, slices.Collect(maps.Keys(a.Refused))) {
		if i < 0 || i >= n || settled[i] {
			return send.ErrForeign
		}
		settled[i] = true
	}
	first := cmp.Or(
		w.there(ctx, b, a.Existing, OutcomeExisting, "an item of this key exists at the destination"),
		w.there(ctx, b, a.Collided, OutcomeCollided, "a different item of this key exists at the destination; another run, share or call of the job may have written it (to accept that, use WithAllowExisting)"))
	for _, i := range slices.Sorted(maps.Keys(a.Refused)) {
		first = cmp.Or(first, w.fail(ctx, b, i, w.refusal(b, a.Refused[i])))
	}
	w.written(b, settled)
	if len(a.Left) < n {
		wait.Progress()
	}
	if len(a.Left) == 0 {
		w.batches.clear(b)
	} else if len(a.Left) < n {
		slices.Sort(a.Left)
		w.reduce(b, a.Left)
	}
	return first
}

// written counts the items of a batch as written, except those in otherwise.
func (w *writer) written(b *batch, otherwise []bool) {
	var items, bytes int64
	for i, m := range b.marks {
		if otherwise == nil || !otherwise[i] {
			items++
			bytes += int64(len(b.Item(i)))
			m.Settle(ledger.Written)
		}
	}
	w.account.wrote(items, bytes)
}

// there accounts for items that were not written because their keys exist.
func (w *writer) there(ctx context.Context, b *batch, indexes []int, o Outcome, why string) error {
	var first error
	for _, i := range indexes {
		f := w.failure(b, i, w.account.itemError(why, nil))
		f.Outcome = o
		w.records.Return(1)
		first = cmp.Or(first, w.account.unwritten(ctx, b.marks[i], f))
	}
	return first
}

// fail accounts for item i, which failed.
func (w *writer) fail(ctx context.Context, b *batch, i int, err error) error {
	return w.account.unwritten(ctx, b.marks[i], w.failure(b, i, err))
}

// failure returns item i as one that was not written.
func (w *writer) failure(b *batch, i int, err error) Failure {
	return Failure{Key: b.key(w.keys, i), Err: err, item: b.Item(i)}
}

// refusal returns the error of an item that DynamoDB or a sender rejected. The reason of
// a sender is kept.
func (w *writer) refusal(b *batch, err error) *ItemError {
	if own, ok := err.(*send.Refusal); ok {
		return w.account.itemError(b.inDoubt(own.Reason), own.Err)
	}
	return w.account.itemError(b.inDoubt("DynamoDB refuses the item"), err)
}

// failAll fails every item of a batch that DynamoDB did not take for too long although it
// took others.
func (w *writer) failAll(ctx context.Context, b *batch, cause error) error {
	why := b.inDoubt("DynamoDB did not take the item for too long, while it took others")
	var first error
	for i := range b.marks {
		first = cmp.Or(first, w.fail(ctx, b, i, w.account.itemError(why, cause)))
	}
	return first
}

// settle settles a batch that DynamoDB will not take as it is.
func (w *writer) settle(ctx context.Context, b *batch, err error) error {
	var item *rawapi.ItemError
	alone := b.Len() == 1
	switch {
	case ctx.Err() != nil:
	case errors.As(err, &item) && alone:
		return w.fail(ctx, b, 0, w.account.itemError(send.Surrogate, err))
	case errors.As(err, &item):
		return w.writeApart(ctx, b, item.Index)
	case awserr.RefusesItems(err) && alone:
		return w.fail(ctx, b, 0, w.refusal(b, err))
	case awserr.RefusesItems(err):
		return w.bisect(ctx, b)
	}
	return w.giveUp(ctx, b, err)
}

// bisect writes the halves of a batch separately, down to the items at fault.
func (w *writer) bisect(ctx context.Context, b *batch) error {
	all := send.Indexes(b.Len())
	return w.writeParts(ctx, b, all[:len(all)/2], all[len(all)/2:])
}

// writeApart writes one item of a batch separately.
func (w *writer) writeApart(ctx context.Context, b *batch, index int) error {
	others := slices.DeleteFunc(send.Indexes(b.Len()), func(i int) bool { return i == index })
	return w.writeParts(ctx, b, []int{index}, others)
}

func (w *writer) writeParts(ctx context.Context, b *batch, parts ...[]int) error {
	var first error
	for _, indexes := range parts {
		part := w.batches.copyOf(b, indexes)
		if first != nil { // the run has ended
			w.abandon(part)
		} else {
			first = w.writeBatch(ctx, part)
		}
		w.batches.put(part)
	}
	return first
}

// reduce reduces a batch to the items of those indexes.
func (w *writer) reduce(b *batch, indexes []int) {
	part := w.batches.copyOf(b, indexes)
	*b, *part = *part, *b
	w.batches.put(part)
}

// giveUp leaves the items of a batch unsettled and ends the run.
func (w *writer) giveUp(ctx context.Context, b *batch, err error) error {
	w.abandon(b)
	if ctx.Err() != nil {
		return endOf(ctx)
	}
	return w.account.tableError("write", w.renewal.Explain(ctx, err))
}

// abandon leaves the items of a batch unsettled because the run has ended. It does not
// know which of them are written.
func (w *writer) abandon(b *batch) {
	for _, m := range b.marks {
		w.account.leave(m)
	}
	w.batches.clear(b)
}

// claim claims the key of an item to be written. The key is not fresh if another item of
// the job has it. The error ends the run.
func (w *writer) claim(canonical []byte) (digest keyset.Digest, fresh bool, err error) {
	digest, fresh, err = w.taken.Claim(canonical, w.inserts)
	if err != nil {
		err = w.account.tableError("write", reason.Refuse(reason.Configuration, "items can collide, and there are more than the %d keys of WithMaxTrackedKeys; raise it (32 bytes a key), or use transformers that are UniquenessExact on key attributes", w.taken.Limit()))
	}
	return digest, fresh, err
}

// drainTime is how long requests in flight may go on after the end of a run, so that
// their outcome is known.
const drainTime = 700 * time.Millisecond

// drainAfter lets requests go on until drainTime after ctx ends, for the same cause.
func (w *writer) drainAfter(ctx context.Context) (end func()) {
	requests, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	w.requests = requests
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(drainTime)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel(context.Cause(ctx))
		case <-requests.Done():
		}
	})
	return func() {
		stop()
		cancel(nil)
	}
}
