package dynsync

import (
	"context"
	"errors"
	"iter"
	"slices"
)

// Write writes a stream of records to the destination of a table. A record that
// [Syncer.Transformed] of that table yielded is written as it is; every other one,
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
		return notBegun(name, err)
	}
	if s.writer == nil {
		return notBegun(name, errors.New("dynsync: Write needs WithDestination"))
	}
	if records == nil {
		return notBegun(name, errors.New("dynsync: Write needs a stream of records, and was given nil"))
	}
	if err := s.checkRecordKey(ctx); err != nil {
		return notBegun(name, err)
	}
	j, err := s.newJob(callWrite)
	if err != nil {
		return notBegun(name, err)
	}
	r, streamErr := s.write(ctx, j, t, part{records: records})
	rep := r.account.report
	if err := j.close(); err != nil && rep.Err == nil {
		rep.Err = newTableError(name, "failure", err)
	}
	if streamErr != nil {
		return rep, streamErr
	}
	return rep, rep.end()
}

// notBegun returns the report of a table that was not begun, and why.
func notBegun(name string, err error) (*TableReport, error) {
	return &TableReport{Table: name, Err: err}, err
}

// write writes streams of records, one after the other, for a call of several tables
// or of one. The error is a stream's own.
func (s *Syncer) write(ctx context.Context, j *job, t *table, parts ...part) (*run, error) {
	r := s.preflight(ctx, j, []*table{t}, needs{destination: true})[0]
	defer r.leaveDestination() // also where the stream panics
	if slices.ContainsFunc(parts, func(p part) bool { return p.inserts }) {
		r.account.end("preflight", checkInserts(s.cfg.destination, "Replay"))
	}
	if r.account.report.Err != nil {
		r.finish(ctx)
		return r, nil
	}
	r.begin(ctx)
	for _, p := range parts {
		streamErr := r.writePart(ctx, p)
		if streamErr != nil {
			r.account.end("stream", &TableError{Table: t.cfg.name, Op: "stream", Reason: "the stream of records ended with an error", Err: streamErr})
			r.finish(ctx)
			return r, streamErr
		}
		if r.account.report.Err != nil {
			break
		}
	}
	r.finish(ctx)
	return r, nil
}
