package dynsync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/capacity"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
)

// Scan returns the items of a table as they are read: before any filter or
// transform. Each record owns its bytes and belongs to the caller.
//
// Each range starts a new scan. A non-nil error is yielded once, last. Breaking
// out of the loop stops all background work before the loop exits.
//
// An item that is not valid DynamoDB JSON is left out, given to WithOnFailure
// and reported by the last error, an [*ItemsFailedError].
func (s *Syncer) Scan(ctx context.Context, table string) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		s.stream(ctx, table, (*stream).asRead, yield)
	}
}

// Records returns the items of a table after the filter, the rules and the
// record transform: what [Syncer.Sync] would write. Each record owns its bytes
// and belongs to the caller. [Syncer.Write] to the same table of the same job
// writes such a record as it is.
//
// Each range starts a new scan. A non-nil error is yielded once, last. Breaking
// out of the loop stops all background work before the loop exits.
//
// An item that fails is left out, given to WithOnFailure and reported by the
// last error, an [*ItemsFailedError].
func (s *Syncer) Records(ctx context.Context, table string) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		s.stream(ctx, table, (*stream).transformed, yield)
	}
}

// A stream hands the items of a run to the caller's loop.
type stream struct {
	run   *run
	exec  *engine.Exec
	ctx   context.Context
	yield func(*Record, error) bool
}

// stream reads a table page by page on a goroutine of its own, which is one
// page ahead, and yields on the caller's.
func (s *Syncer) stream(ctx context.Context, name string, next func(*stream, *wire.Page, int) (*Record, error), yield func(*Record, error) bool) {
	r, err := s.open(ctx, name)
	if err != nil {
		yield(nil, err)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	pages := make(chan *rawapi.Page)
	readErr := error(r.lostGoroutine()) // unless the reader says otherwise
	go func() {
		defer close(pages)
		readErr = r.readPages(ctx, func(p *rawapi.Page, _ *mark) error { return send(ctx, pages, p) })
	}()
	defer func() { // on return, break and panic alike: the reader is gone before the loop exits
		cancel()
		for range pages {
		}
	}()
	st := &stream{run: r, exec: engine.New(r.plan), ctx: ctx, yield: yield}
	for p := range pages {
		if !st.page(&p.Page, next) {
			return
		}
		if ctx.Err() != nil {
			break
		}
		r.release(p)
	}
	if ctx.Err() == nil { // the reader has closed pages, and readErr is its last word
		err = readErr
	} else {
		err = endOf(ctx)
		for p := range pages {
			r.tally.counts[wasUnsettled].Add(int64(len(p.Items)))
		}
	}
	if err := st.end(err); err != nil {
		yield(nil, err)
	}
}

// open prepares a run that reads a table.
func (s *Syncer) open(ctx context.Context, name string) (*run, error) {
	t, err := s.table(name)
	if err != nil {
		return nil, err
	}
	if s.reader == nil {
		return nil, errors.New("dynsync: reading needs WithSource")
	}
	r := s.preflight(ctx, &job{}, []*table{t}, needs{source: true})[0]
	return r, r.report.Err
}

// page yields the items of a page, until the context ends; false ends the
// stream at once.
func (st *stream) page(p *wire.Page, next func(*stream, *wire.Page, int) (*Record, error)) bool {
	for i := range p.Items {
		if st.ctx.Err() != nil {
			st.run.unsettle(nil)
			continue
		}
		rec, err := next(st, p, i)
		if err != nil && st.ctx.Err() != nil {
			st.run.unsettle(nil)
			continue
		}
		if err != nil {
			if err := st.run.account(st.ctx, nil, Failure{Key: keyOf(st.run.plan.Keys, p, i), Err: err}); err != nil {
				st.yield(nil, err)
				return false
			}
			continue
		}
		if rec == nil {
			st.run.settle(nil, wasFiltered)
			continue
		}
		if !st.yield(rec, nil) {
			return false
		}
		st.run.settle(nil, wasWritten)
	}
	return true
}

// end returns the error that ends the stream.
func (st *stream) end(readErr error) error {
	st.run.tally.merge(st.exec)
	st.run.fail("read", readErr)
	rep := st.run.finish(st.ctx)
	return rep.end()
}

// asRead returns an item of a page as it was read.
func (st *stream) asRead(p *wire.Page, i int) (*Record, error) {
	if err := p.Items[i].Err; err != nil {
		return nil, st.run.malformed(err)
	}
	item := p.Items[i]
	attrs := make([]wire.Attr, 0, item.N)
	for _, a := range p.ItemAttrs(i) {
		attrs = append(attrs, a.Within(item.Span))
	}
	return &Record{item: bytes.Clone(p.Item(i)), attrs: attrs, keys: st.run.plan.Keys}, nil
}

// transformed returns an item of a page transformed, or nil if the filter drops
// it.
func (st *stream) transformed(p *wire.Page, i int) (*Record, error) {
	if err := p.Items[i].Err; err != nil {
		return nil, st.run.malformed(err)
	}
	out, keep, err := st.exec.Process(st.ctx, p.Body, p.Items[i].Span, p.ItemAttrs(i))
	if err != nil || !keep {
		return nil, itemErrorOf(st.run.table.cfg.name, err)
	}
	rec := &Record{item: bytes.Clone(out), keys: st.run.plan.Keys, rules: st.run.plan.Rules}
	if st.run.changesKeys {
		rec.from = keyOf(st.run.plan.Keys, p, i)
	}
	if st.run.table.cfg.mode == ModeMerge {
		rec.removed = removedNames(p.Body, p.ItemAttrs(i), out)
	}
	return rec, rec.index()
}

// malformed returns the error of an item that the scanner refused.
func (r *run) malformed(err error) *ItemError {
	switch {
	case errors.Is(err, wire.ErrDepth):
		return r.itemError("the item nests deeper than DynamoDB's 32 levels", err)
	}
	var syntax *wire.SyntaxError
	if errors.As(err, &syntax) {
		return r.itemError(fmt.Sprintf("the source sent an item that is not valid DynamoDB JSON, at byte %d of the response: %s", syntax.Offset, syntax.Reason), err)
	}
	return r.itemError("the source sent an item that is not valid DynamoDB JSON", err)
}

// keyOf returns the key record of an item of a page, empty for one that could
// not be read.
func keyOf(keys *wire.Keys, p *wire.Page, i int) *Record {
	rec := &Record{item: p.Item(i), keys: keys}
	if p.Items[i].Err != nil || rec.index() != nil {
		return &Record{item: []byte("{}"), keys: keys}
	}
	return rec.Key()
}

// request sends a request for a page to the source, when the limit allows for it,
// and again while that can help, for as long as patience.
func (r *run) request(ctx context.Context, patience time.Duration, p *rawapi.Page, send func(context.Context) error) error {
	b := awserr.Backoff{Patience: patience}
	for {
		asked := time.Now()
		permit, err := r.reading.Begin(ctx, r.worstPage())
		if err != nil {
			return endOf(ctx)
		}
		b.Excuse(asked)
		err = awserr.Attempt(ctx, r.s.cfg.giveUp, send)
		if err == nil {
			r.origin.Accepted()
			units := r.costOf(p)
			r.reading.End(permit, units)
			r.spent(units)
			return nil
		}
		r.reading.End(permit, 0)
		if r.tally.throttle(err) {
			r.reading.Throttled()
		}
		if ctx.Err() != nil || !Retryable(err) && !r.origin.Try(err) || !b.Wait(ctx) {
			return err
		}
		r.tally.retries.Add(1)
	}
}

// worstPage returns the most that a page may cost.
func (r *run) worstPage() float64 {
	if r.table.cfg.consistent {
		return 2 * capacity.WorstPage
	}
	return capacity.WorstPage
}

// costOf returns what a page cost: what DynamoDB says, or what its size says,
// where it does not.
func (r *run) costOf(p *rawapi.Page) float64 {
	if c := p.ConsumedCapacity; c != nil && c.CapacityUnits != nil {
		return *c.CapacityUnits
	}
	return capacity.ReadUnits(int(sizeOf(p)), r.table.cfg.consistent)
}

// sizeOf returns the size of a page's items, in bytes of JSON.
func sizeOf(p *rawapi.Page) (bytes int64) {
	for _, item := range p.Items {
		bytes += int64(item.End - item.Start)
	}
	return bytes
}

func (r *run) readError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return endOf(ctx)
	}
	e := newTableError(r.table.cfg.name, "read", err)
	if awserr.Code(err) == "ValidationException" {
		e.Reason = "DynamoDB refuses the SELECT; check the condition of WithWhere, the types of its parameters and the index (Unwrap has the service's text, which can quote the statement)"
	}
	return e
}

func (r *run) freePage() *rawapi.Page {
	select {
	case p := <-r.pages:
		return p
	default:
		return new(rawapi.Page)
	}
}

func (r *run) release(p *rawapi.Page) {
	select {
	case r.pages <- p:
	default:
	}
}

// send sends v unless ctx ends first.
func send[T any](ctx context.Context, ch chan<- T, v T) error {
	if ctx.Err() != nil { // a select would choose by chance
		return endOf(ctx)
	}
	select {
	case ch <- v:
		return nil
	case <-ctx.Done():
		return endOf(ctx)
	}
}
