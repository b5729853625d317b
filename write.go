package dynsync

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dynsync/dynsync/internal/rawapi"
)

// Write writes a stream of records to the destination of a table. A record that
// [Syncer.Records] of that table yielded is written as it is; every other one,
// of [Syncer.Scan] or [NewRecord] say, goes through the table's filter and
// transformers first. Records may be in any order.
//
// Write ranges over the stream on the caller's goroutine and blocks until every
// record it accepted is settled. When ctx ends it takes no further record; a
// stream that blocks has to watch ctx itself. Records are written in groups of
// 25, the last when the stream ends. A later [Syncer.Sync] is a new job, and writes over
// what Write wrote. Of two records of one key, which one stays is
// not determined. Where items can collide, a second Write to a destination inserts
// only; see [WithAllowExisting]. Write returns the stream's error, if there is one;
// otherwise a [*TableError] or an [*ItemsFailedError]. The report is never nil.
func (s *Syncer) Write(ctx context.Context, name string, records iter.Seq2[*Record, error]) (*TableReport, error) {
	t, err := s.table(name)
	if err != nil {
		return &TableReport{Table: name}, err
	}
	if s.writer == nil {
		return &TableReport{Table: name}, errors.New("dynsync: Write needs WithDestination")
	}
	if records == nil {
		return &TableReport{Table: name}, errors.New("dynsync: Write needs a stream of records, and was given nil")
	}
	if err := s.checkRecordKey(ctx); err != nil {
		return &TableReport{Table: name}, err
	}
	j, err := s.newJob(callWrite)
	if err != nil {
		return &TableReport{Table: name}, err
	}
	r, streamErr := s.write(ctx, j, t, part{records: records})
	rep := r.report
	if err := j.close(); err != nil && rep.Err == nil {
		rep.Err = newTableError(name, "failure", err)
	}
	if streamErr != nil {
		return rep, streamErr
	}
	return rep, rep.end()
}

// A part is records of which all are written in one way.
type part struct {
	records iter.Seq2[*Record, error]
	inserts bool // none is written over an item
}

// write writes streams of records, one after the other, for a call of several tables
// or of one. The error is a stream's own.
func (s *Syncer) write(ctx context.Context, j *job, t *table, parts ...part) (*run, error) {
	r := s.preflight(ctx, j, []*table{t}, needs{destination: true})[0]
	defer s.destinations.leave(r) // also where the stream panics
	if slices.ContainsFunc(parts, func(p part) bool { return p.inserts }) {
		r.fail("preflight", r.checkInserts("Replay"))
	}
	if r.report.Err != nil {
		r.finish(ctx)
		return r, nil
	}
	r.begins(ctx)
	for _, p := range parts {
		r.onlyInserts = p.inserts
		r.sender = r.newSender()
		streamErr := r.writePart(ctx, p.records)
		if streamErr != nil {
			r.fail("stream", &TableError{Table: t.cfg.name, Op: "stream", Reason: "the stream of records ended with an error", Err: streamErr})
			r.finish(ctx)
			return r, streamErr
		}
		if r.report.Err != nil {
			break
		}
	}
	r.finish(ctx)
	return r, nil
}

// writePart writes a stream of records. The error is the stream's own.
func (r *run) writePart(ctx context.Context, records iter.Seq2[*Record, error]) (streamErr error) {
	err := r.pipe(ctx, func(ctx context.Context, emit func(chunk) error) error {
		streamErr = r.takeRecords(ctx, records, emit)
		return nil
	})
	r.fail("write", err)
	return streamErr
}

// sync copies the table, unless its preflight failed.
func (r *run) sync(ctx context.Context) *TableReport {
	if stopped := r.job.stopped.Load(); stopped != nil {
		r.fail("sync", refuse("the job was stopped by an earlier table (WithOnFailure, WithMaxFailures or WithDeadLetters)"))
	}
	if r.report.Err == nil && !r.from.done() {
		r.begins(ctx)
		r.fail("sync", r.watched(ctx, func(ctx context.Context) error { return r.checkpointed(ctx, r.copy) }))
	}
	rep := r.finish(ctx)
	r.tellEnd()
	return rep
}

// copy reads the table and writes what it reads.
func (r *run) copy(ctx context.Context) error {
	return r.pipe(ctx, func(ctx context.Context, emit func(chunk) error) error {
		return r.readPages(ctx, func(p *rawapi.Page, m *mark) error { return emit(chunk{page: p, mark: m}) })
	})
}

// A chunk is what a worker takes at a time: a page of the source, or records of
// a stream.
type chunk struct {
	page    *rawapi.Page
	mark    *mark // of the page
	records []*Record
}

// chunkRecords is how many records of a stream make a chunk: one batch.
const chunkRecords = maxBatchItems

// takeRecords ranges over a stream and emits its records in chunks. The error
// is the stream's own. When ctx ends, it takes no further record.
func (r *run) takeRecords(ctx context.Context, records iter.Seq2[*Record, error], emit func(chunk) error) error {
	var open []*Record
	flush := func() {
		if len(open) > 0 && emit(chunk{records: open}) != nil {
			for range open {
				r.unsettle(nil)
			}
		}
		open = nil
	}
	defer flush()
	for rec, err := range records {
		if err != nil {
			return err
		}
		if rec == nil {
			continue
		}
		own := *rec // the caller may change its record as soon as it goes on
		r.tally.read.Add(1)
		r.tally.bytes.Add(int64(len(own.item)))
		if open = append(open, &own); len(open) == chunkRecords {
			flush()
		}
		if ctx.Err() != nil {
			return nil // the run's own error says why
		}
	}
	return nil
}

// pipe moves what produce emits through the workers and into requests. produce
// runs on the caller's goroutine; pipe returns when everything is settled.
func (r *run) pipe(parent context.Context, produce func(ctx context.Context, emit func(chunk) error) error) error {
	parent, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	g, ctx := errgroup.WithContext(parent)
	var endRequests func()
	r.requests, endRequests = draining(ctx)
	defer endRequests()
	chunks, batches := make(chan chunk), make(chan *batch)
	var workers sync.WaitGroup
	guard := func(work func() error) func() error { // ends the run if work ends its goroutine
		return func() error {
			returned := false
			defer func() {
				if !returned {
					cancel(r.lostGoroutine())
				}
			}()
			err := work()
			returned = true
			return err
		}
	}
	for range r.s.cfg.workers {
		workers.Add(1)
		g.Go(guard(func() error {
			defer workers.Done()
			return newWorker(r, batches).work(ctx, chunks)
		}))
	}
	g.Go(func() error {
		workers.Wait()
		close(batches)
		return nil
	})
	for range r.s.cfg.requests {
		g.Go(guard(func() error { return r.writeBatches(ctx, batches) }))
	}
	produced := false
	defer func() {
		if !produced { // produce panicked: leave no goroutine behind
			cancel(nil)
			close(chunks)
			_ = g.Wait()
		}
	}()
	// A read that fails does not cancel what was read before it.
	readErr := produce(ctx, func(c chunk) error { return send(ctx, chunks, c) })
	produced = true
	close(chunks)
	if err := g.Wait(); err != nil {
		return err
	}
	var lost *TableError
	if errors.As(context.Cause(parent), &lost) { // all others had finished
		return lost
	}
	return readErr
}

// drainTime is how long requests that are under way may go on when a run ends,
// so that their outcome is known.
const drainTime = 700 * time.Millisecond

// draining returns a context that ends drainTime after ctx, for the same cause.
func draining(ctx context.Context) (_ context.Context, end func()) {
	requests, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(drainTime)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel(context.Cause(ctx))
		case <-requests.Done():
		}
	})
	return requests, func() {
		stop()
		cancel(nil)
	}
}
