package dynsync

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/logrec"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

// Scan returns the items of a table as read, before any filter or transform. Each record
// owns its bytes and belongs to the caller.
//
// Each range starts a new scan. A non-nil error is yielded once, last. Breaking out of
// the loop stops all background work before the loop exits.
//
// An item that is not valid DynamoDB JSON is skipped. [WithOnFailure] receives it, and
// the last error is an [*ItemsFailedError] that reports it, joined with the error that
// ended the scan early if there is one.
func (s *Syncer) Scan(ctx context.Context, table string) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		streamTable(ctx, s, "Scan", table, (*stream).asRead, yield)
	}
}

// Transformed returns the items of a table after the filter, the rules and the record
// transform: the items that [Syncer.Sync] would write. Each record owns its bytes and
// belongs to the caller. If it is passed to [Syncer.Write] of the same table and job,
// Write writes it as it is.
//
// Each range starts a new scan. A non-nil error is yielded once, last. Breaking out of
// the loop stops all background work before the loop exits.
//
// An item that fails is skipped. [WithOnFailure] receives it, and the last error is an
// [*ItemsFailedError] that reports it, joined with the error that ended the scan early if
// there is one.
func (s *Syncer) Transformed(ctx context.Context, table string) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		streamTable(ctx, s, "Transformed", table, (*stream).transformed, yield)
	}
}

// Transform returns a record as the filter, the rules and the record transform of a table
// make it: the item that [Syncer.Sync] would write. It is for tests of rules, and needs
// no clients. But without a client the key attributes of a record of [NewRecord] are not
// known. Those of the table and of its indexes are then like all other attributes: one
// that no rule selects gets the default transform, where Sync keeps it, and so does one
// to which its rule does not apply, where Sync fails the item. Default pseudonyms, which
// depend on the key, differ from those of Sync. The TTL attribute is known only from
// [WithTTLAttribute].
//
// If the job has a client, Transform describes the table once, so that the result is that
// of Sync. Package dynsynctest has a server for tests that need the keys. A record that
// was read in a run knows its key attributes without a client.
//
// [WithSample], [WithMaxItems] and [WithoutExpired] do not apply. A record that
// [WithFilter] drops becomes one without attributes. A record that [Syncer.Transformed]
// of the table yielded is returned as it is. The result owns its bytes, and
// [Syncer.Write] writes it as it is.
//
// The record is never nil. The error of a record that cannot be transformed is an
// [*ItemError]. Transform is safe for concurrent use.
func (s *Syncer) Transform(ctx context.Context, table string, rec *Record) (*Record, error) {
	none := &Record{item: []byte("{}")}
	t, err := s.table(table)
	if err != nil {
		return none, err
	}
	if rec == nil {
		return none, reason.Refuse(reason.Configuration, "Transform needs a record, and was given nil")
	}
	if rec.rules == t.rules.compiled {
		return rec.Clone(), nil
	}
	p, err := t.alone(ctx, s, rec.keys)
	if err != nil {
		return none, err
	}
	out, keep, err := engine.New(p).Process(ctx, rec.item, wire.Span{End: uint32(len(rec.item))}, rec.attrs)
	switch {
	case ctx.Err() != nil:
		return none, endOf(ctx)
	case err != nil:
		return none, itemErrorOf(table, err)
	case !keep:
		return none, nil
	}
	made := transformedRecord(p, out)
	made.from = rec.keyIn(p.Keys)
	if t.cfg.mode.spec().merges {
		made.removed = removedNames(p, rec.item, rec.attrs, out)
	}
	if err := made.index(); err != nil {
		return none, &ItemError{Table: table, Reason: "the record is not a DynamoDB item", Err: err}
	}
	return made, nil
}

// alone returns what happens to a record of the table that is no part of a run. Without a
// client, the record says which attributes are its key.
func (t *table) alone(ctx context.Context, s *Syncer, keys *wire.Keys) (*engine.Plan, error) {
	if err := s.keys.Ready(ctx); err != nil {
		return nil, err
	}
	if s.reader == nil && s.writer == nil {
		if keys == nil {
			keys = &wire.Keys{}
		}
		return runBefore(s, t, nil, nil, keys).plan, nil
	}
	if p := t.known.Load(); p != nil {
		return p, nil
	}
	side := needs{source: s.reader != nil, destination: s.reader == nil}
	r := s.preflight(ctx, &job{call: callPlan}, []*table{t}, side)[0]
	if err := r.account.report.Err; err != nil {
		return nil, err
	}
	p := *r.plan
	p.Sample, p.Quota, p.Now, p.Survey = nil, nil, time.Time{}, nil
	t.known.Store(&p)
	return &p, nil
}

// A stream yields the items of a run to the caller's loop.
type stream struct {
	run   *run
	exec  *engine.Exec
	ctx   context.Context
	stop  context.CancelFunc // ends the reads
	why   error              // what ended the stream, or nil
	yield func(*Record, error) bool
	next  func(st *stream, p *wire.Page, i int) (*Record, error) // returns item i, nil if the filter drops it
}

// streamTable reads a table page by page on its own goroutine, one page ahead, and yields
// on the caller's goroutine.
func streamTable(ctx context.Context, s *Syncer, call, name string, next func(*stream, *wire.Page, int) (*Record, error), yield func(*Record, error) bool) {
	log, result := openLog(ctx, s, call), (*Report)(nil)
	r, err := s.open(ctx, name, log)
	defer func() { endLog(ctx, log, result, err) }()
	if err != nil {
		result = &Report{}
		yield(nil, err)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	pages, readErr := readAhead(ctx, r.reader)
	defer func() { // on return, break and panic alike: the reader is gone before the loop exits
		cancel()
		for range pages {
		}
	}()
	st := &stream{run: r, exec: engine.New(r.plan), ctx: ctx, stop: cancel, yield: yield, next: next}
	if !st.all(pages) {
		st.leave(ctx, pages)
		result = &Report{}
		return
	}
	err, result = st.end(pages, readErr), &Report{}
	if err != nil {
		yield(nil, err)
	}
}

// open prepares a run that reads a table.
func (s *Syncer) open(ctx context.Context, name string, log *logrec.Journal) (*run, error) {
	t, err := s.table(name)
	if err != nil {
		return nil, err
	}
	if s.reader == nil {
		return nil, reason.Refuse(reason.Configuration, "reading needs WithSource")
	}
	j, err := s.newJob(ctx, callStream)
	if err != nil {
		return nil, err
	}
	j.log = log
	r := s.preflight(ctx, j, []*table{t}, needs{source: true})[0]
	log.Begin(func() logrec.Start { return startOf(s, []*run{r}) })
	logStart(ctx, r)
	return r, r.account.report.Err
}

// ended reports whether no further item is yielded.
func (st *stream) ended() bool { return st.why != nil || st.ctx.Err() != nil }

// all yields the items of pages until there are no more or the stream ends. It returns
// false if the caller left its loop.
func (st *stream) all(pages <-chan chunk) bool {
	for c := range pages {
		if !st.page(&c.page.Page) {
			return false
		}
		if st.ended() {
			break
		}
		st.run.reader.pages.Put(c.page)
	}
	return true
}

// page yields the items of a page until the stream ends. It returns false if the caller
// left its loop.
func (st *stream) page(p *wire.Page) bool {
	account := st.run.account
	for i := range p.Items {
		if st.ended() {
			account.leave(nil)
			continue
		}
		switch rec, err := st.next(st, p, i); {
		case err != nil && st.ctx.Err() != nil:
			account.leave(nil)
		case err != nil:
			st.why = account.unwritten(st.ctx, nil, Failure{Key: keyOf(st.run.plan.Keys, p, i), Err: err})
		case rec == nil:
			account.settle(nil, ledger.Filtered)
		default:
			if !st.yield(rec, nil) {
				account.leaveAll(int64(len(p.Items) - i))
				return false
			}
			account.settle(nil, ledger.Written)
		}
	}
	engine.Settle(st.exec)
	if st.why == nil {
		st.why = account.tooPersonal(st.run.plan.Survey)
	}
	return true
}

// leave logs that the caller left its loop.
func (st *stream) leave(ctx context.Context, pages <-chan chunk) {
	st.stop()
	for c := range pages {
		st.run.account.leaveAll(int64(len(c.page.Items)))
	}
	rep := st.run.account.report
	st.run.account.fill(nil)
	rep.Duration = time.Since(st.run.start)
	logEnd(ctx, st.run.job.log, rep, logrec.Ending{Outcome: logrec.Stopped, Error: "the caller left its loop"})
}

// end returns the error that ends the stream. If the stream ended early, it counts the
// items of the remaining pages as unsettled.
func (st *stream) end(pages <-chan chunk, readErr <-chan error) error {
	err := cmp.Or(st.why, endOf(st.ctx))
	if err == nil {
		err = <-readErr
	}
	st.stop()
	for c := range pages {
		st.run.account.leaveAll(int64(len(c.page.Items)))
	}
	st.run.account.tally.merge(st.exec)
	st.run.account.end("read", err)
	return st.run.finish(st.ctx).end()
}

// asRead returns an item of a page as read.
func (st *stream) asRead(p *wire.Page, i int) (*Record, error) {
	if err := p.Items[i].Err; err != nil {
		return nil, st.run.account.malformed(err)
	}
	item := p.Items[i]
	attrs := make([]wire.Attr, 0, item.N)
	for _, a := range p.ItemAttrs(i) {
		attrs = append(attrs, a.Within(item.Span))
	}
	return &Record{item: bytes.Clone(p.Item(i)), attrs: attrs, keys: st.run.plan.Keys}, nil
}

// transformed returns an item of a page transformed, or nil if the filter drops it.
func (st *stream) transformed(p *wire.Page, i int) (*Record, error) {
	if err := p.Items[i].Err; err != nil {
		return nil, st.run.account.malformed(err)
	}
	out, keep, err := st.exec.Process(st.ctx, p.Body, p.Items[i].Span, p.ItemAttrs(i))
	if err != nil || !keep {
		return nil, itemErrorOf(st.run.table.cfg.name, err)
	}
	rec := transformedRecord(st.run.plan, out)
	if st.run.effects.change {
		rec.from = keyOf(st.run.plan.Keys, p, i)
	}
	if st.run.table.cfg.mode.spec().merges {
		rec.removed = removedNames(st.run.plan, p.Body, p.ItemAttrs(i), out)
	}
	return rec, rec.index()
}

// transformedRecord returns a record, without its index, of what the rules of a plan made.
func transformedRecord(p *engine.Plan, item []byte) *Record {
	return &Record{item: bytes.Clone(item), keys: p.Keys, rules: p.Rules}
}

// readAhead reads the table on its own goroutine. When pages is closed, why contains the
// reader's error.
func readAhead(ctx context.Context, rd *reader) (pages <-chan chunk, why <-chan error) {
	out, ended := make(chan chunk), make(chan error, 1)
	go func() {
		err := error(lostGoroutine(rd.account.table)) // unless the reader returns
		defer func() {
			ended <- err
			close(out)
		}()
		err = rd.readPages(ctx, out)
	}()
	return out, ended
}

// takeFirst reads the first items of a table, and puts them through the rules. It calls made
// with each item that they make. The text says how many fail, and is "" if none does, or if
// the items cannot be read.
func takeFirst(ctx context.Context, r *run, made func(map[string]types.AttributeValue)) (fails string) {
	pages, err := r.reader.sample(ctx)
	defer r.reader.release(pages)
	if err != nil {
		return ""
	}
	looked, failed := 0, 0
	st := &stream{run: r, exec: engine.New(r.plan), ctx: ctx}
	for _, p := range pages {
		for i := range p.Items {
			looked++
			rec, err := st.transformed(&p.Page, i)
			switch {
			case err != nil && ctx.Err() != nil:
				return ""
			case err != nil:
				if failed++; failed == 1 {
					fails = strings.TrimPrefix(err.Error(), "dynsync: ")
				}
			case rec != nil:
				made(rec.AttributeValues())
			}
		}
	}
	if failed == 0 {
		return ""
	}
	return fmt.Sprintf("%d of the first %d items fail, the first: %s", failed, looked, fails)
}
