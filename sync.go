package dynsync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/dynsync/dynsync/internal/deadletter"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/logrec"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/seal"
	"github.com/dynsync/dynsync/internal/side"
	"github.com/dynsync/dynsync/internal/span"
)

// Sync copies every table of the job, one after the other in the order of [WithTable]: it
// reads, transforms and writes the items. A preflight first checks all tables. Sync does
// not write to a table that fails the preflight. A table that fails later does not end
// the others.
//
// Sync blocks until every item that it read is settled. When ctx ends, it returns within
// a second, plus the time that WithOnFailure takes. If the store of [WithCheckpoint] is
// slow, it returns within 3 seconds; see [CheckpointStore].
//
// With [WithCheckpoint], Sync ends before it writes anything if the job's key, or the scheme
// of pseudonyms, differs from that of the last run; see [NewKey]. Afterwards [Syncer.LastRun] returns the record
// of the run.
//
// The report is never nil. It has no tables if the job could not begin, for example
// because the checkpoint or the file of [WithDeadLetters] could not be opened. The error
// is nil exactly if every item was written, filtered, or in the destination before
// ([ModeInsert]). It joins a [*TableError] for each table that ended early and, if items
// failed or collided in this run or in an earlier run that it resumes, one
// [*ItemsFailedError].
func (s *Syncer) Sync(ctx context.Context) (result *Report, err error) {
	log := openLog(ctx, s, "Sync")
	defer func() { endLog(ctx, log, result, err) }()
	report := newReport(s)
	if s.reader == nil || s.writer == nil {
		return report, report.end(reason.Refuse(reason.Configuration, "Sync needs WithSource and WithDestination"))
	}
	j, err := s.newJob(ctx, callSync)
	if err != nil {
		return report, report.end(err)
	}
	j.log = log
	kept, err := s.keeper.hold(ctx, s.tables)
	if err != nil {
		return report, report.end(err, j.close())
	}
	defer func() { _ = kept.release() }() // also where a callback of the caller's panics
	record, err := kept.openRecord(ctx, s, report)
	if err != nil {
		return report, report.end(err, kept.release(), j.close())
	}
	if record != nil {
		if !s.cfg.checkpoint.startOver {
			j.unfinished = unfinished(record.last, s.byName)
		}
	}
	runs := s.preflight(ctx, j, s.tables, needs{source: true, destination: true})
	defer func() { // also where a callback of the caller's panics
		for _, r := range runs {
			r.leaveDestination()
		}
	}()
	var errs []error
	for _, r := range runs {
		r.kept = kept
		r.account.end("checkpoint", r.resume(ctx))
	}
	goBeyond(runs)
	if err := record.begin(ctx, runs); err != nil {
		return report, report.end(err, kept.release(), j.close())
	}
	log.Begin(func() logrec.Start { return startOf(s, runs) })
	for _, r := range runs {
		report.Tables = append(report.Tables, r.sync(ctx))
	}
	errs = append(errs, checkInherited(runs)...)
	deadErr := j.dead.Sync()
	err = record.end(ctx, report, append(errs, deadErr))
	if err == nil && deadErr == nil {
		err = dropCheckpoints(ctx, kept, runs)
	}
	report.checkAccepted()
	return report, report.end(append(errs, err, kept.release(), j.close())...)
}

// newJob opens what the tables of a call share, once the job's key is there.
func (s *Syncer) newJob(ctx context.Context, c call) (j *job, err error) {
	if err := s.keys.Ready(ctx); err != nil {
		return nil, err
	}
	j = &job{call: c, span: span.Begin(ctx, s.cfg.stopAfter), onFailure: s.cfg.onFailure, telling: &s.notifyMu, maxFailures: s.cfg.maxFailures, budget: s.cfg.budget}
	if c == callStream || s.cfg.deadLetterPath == "" {
		return j, nil
	}
	key := s.key
	if s.cfg.deadLetterClear {
		key = nil
	}
	j.dead, err = deadletter.Open(s.cfg.deadLetterPath, key, s.cfg.deadLetterItems)
	return j, err
}

// newReport returns the report of a job that begins.
func newReport(s *Syncer) *Report {
	return &Report{
		Scheme:   s.keeper.scheme,
		accepted: &s.cfg.accepted,
		Began:    time.Now().UTC(),
		Source:   side.Of(s.cfg.source).String(), Destination: side.Of(s.cfg.destination).String(),
	}
}

// openLog opens the log of a call.
func openLog(ctx context.Context, s *Syncer, call string) *logrec.Journal {
	return logrec.Open(ctx, s.cfg.logger, call, func() logrec.Start { return startOf(s, nil) })
}

// endLog logs the end of a call, which panicked or ended its goroutine if it has no result.
func endLog(ctx context.Context, log *logrec.Journal, result *Report, err error) {
	if result != nil {
		logFindings(ctx, log, result.Findings)
	}
	log.End(ctx, endingOf(ctx, err, result != nil))
}

// startOf returns what the log says when runs begin.
func startOf(s *Syncer, runs []*run) logrec.Start {
	rec := s.newRecord(runs)
	start := logrec.Start{Tables: len(runs), Source: side.Of(s.cfg.source).String(), Destination: side.Of(s.cfg.destination).String(), Key: rec.KeyID, Scheme: rec.Scheme, Version: rec.Version}
	for i, r := range runs {
		t := rec.Tables[i]
		source, destination := cmp.Or(t.SourceARN, r.table.cfg.source), cmp.Or(t.DestinationARN, r.table.cfg.destination)
		how := fmt.Sprintf("%v, %v", r.reader.method, r.table.cfg.mode)
		if r.account.ended() {
			how = "not copied"
		} else {
			start.Rules = rec.Rules
		}
		start.Plan = append(start.Plan, fmt.Sprintf("%s: %s → %s, %s", t.Table, source, destination, how))
	}
	return start
}

// begin records that these runs begin. Nothing may be written where it returns an
// error. A checkpoint of another key, where there was no record to tell, is one: the
// record would take that job for this key's.
func (rc *recorder) begin(ctx context.Context, runs []*run) error {
	if rc == nil {
		return nil
	}
	for _, r := range runs {
		if seal.IsOtherKey(r.account.report.Err) {
			return r.account.report.Err
		}
	}
	rc.rec, rc.runs = rc.s.newRecord(runs), runs
	if err := rc.kept.checkSize(rc.rec); err != nil {
		return err
	}
	return rc.kept.saveRecord(ctx, rc.rec)
}

// end records how the runs ended. errs are the errors that no table's report contains. It
// comes before the checkpoints are dropped, so that the store always has one or the
// other.
func (rc *recorder) end(ctx context.Context, report *Report, errs []error) error {
	if rc == nil {
		return nil
	}
	rc.rec.Ended = time.Now().UTC()
	rc.rec.Outcome = runOutcome(report, errors.Join(errs...))
	for i, t := range report.Tables {
		rc.rec.Tables[i].count(t)
		rc.rec.Tables[i].debts = rc.runs[i].reader.progress.Debts()
	}
	err := rc.kept.saveRecord(ctx, rc.rec)
	for i, r := range rc.runs {
		forgotten := r.reader.progress.Debts().Len() - rc.rec.Tables[i].debts.Len()
		if n := max(forgotten, r.saved.counted); n > 0 {
			r.account.find(finding.LostItemsCounted, "the store of WithCheckpoint takes %d bytes, so the job only counts %d items that failed or collided; Replay takes no such item off", rc.kept.maxBytes(), n)
		}
	}
	return err
}

// dropCheckpoints deletes the checkpoints of a job if all tables are complete, so that
// the next run begins anew.
func dropCheckpoints(ctx context.Context, kept *holder, runs []*run) error {
	var tables []*table
	for _, r := range runs {
		if r.reader.progress == nil {
			return nil
		}
		if at, _ := r.reader.progress.Reached(); !at.Done() {
			return nil
		}
		tables = append(tables, r.table)
	}
	return kept.drop(ctx, tables)
}

// unfinished returns the tables, by the ARN of their destination, that the job's last run
// did not complete and that this job does not have.
func unfinished(last *RunRecord, tables map[string]*table) map[string]string {
	if last == nil || last.Outcome != runRunning && last.Outcome != runEndedEarly {
		return nil
	}
	left := map[string]string{}
	for _, t := range slices.Backward(last.Tables) { // the first of several stays
		if tables[t.Table] == nil && t.DestinationARN != "" {
			left[t.DestinationARN] = t.Table
		}
	}
	return left
}

// goBeyond tells the runs of a Sync whether earlier runs may have written to their
// destinations.
func goBeyond(runs []*run) {
	earlier := slices.ContainsFunc(runs, func(r *run) bool {
		return r.metEarlierKeys() || r.account.report.Err != nil && r.s.cfg.checkpoint.set
	})
	for _, r := range runs {
		if r.writer.dest != nil && !r.beyond && (r.metEarlierKeys() || earlier && len(r.sharers()) > 0) {
			r.goBeyond(false)
		}
	}
}

// metEarlierKeys reports whether items of earlier runs have keys that this run does not
// know. A run that reads all items again, and writes over existing ones, gets to know all
// keys.
func (r *run) metEarlierKeys() bool {
	return r.resumed && (!r.readsAnew || !r.table.cfg.mode.spec().overwrite)
}

// Write writes a stream of records to the destination of a table. A record from
// [Syncer.Transformed] of the same table and job is written as it is. Any other record,
// for example from [Syncer.Scan] or [NewRecord], first passes the table's filter, rules
// and record transform. Records may come in any order. If two records have the same key,
// it is not determined which one remains.
//
// Write ranges over the stream on the caller's goroutine and blocks until every record
// that it took is settled. It writes records in groups of 25, and the rest when the
// stream ends. When ctx ends, Write takes no further record, but cannot interrupt a
// stream that blocks.
//
// A later [Syncer.Sync] is a new job and writes over what Write wrote. If items can
// collide, a second Write to the same destination inserts only; see [WithAllowExisting].
//
// The report is never nil. The error joins what ended Write early, which is the stream's
// error or a [*TableError], and, if items failed or collided, an [*ItemsFailedError].
func (s *Syncer) Write(ctx context.Context, name string, records iter.Seq2[*Record, error]) (result *TableReport, err error) {
	log := openLog(ctx, s, "Write")
	defer func() { endLog(ctx, log, reportOf(result), err) }()
	t, err := s.table(name)
	if err != nil {
		return notBegun(name, err)
	}
	if s.writer == nil {
		return notBegun(name, reason.Refuse(reason.Configuration, "Write needs WithDestination"))
	}
	if records == nil {
		return notBegun(name, reason.Refuse(reason.Configuration, "Write needs a stream of records, and was given nil"))
	}
	if err := s.checkRecordKey(ctx); err != nil {
		return notBegun(name, err)
	}
	j, err := s.newJob(ctx, callWrite)
	if err != nil {
		return notBegun(name, err)
	}
	j.log = log
	r, streamErr := s.write(ctx, j, t, part{records: records})
	rep := r.account.report
	if err := j.close(); err != nil && rep.Err == nil {
		rep.Err = newTableError(name, "failure", err)
	}
	if streamErr != nil {
		return rep, rep.endWith(streamErr)
	}
	return rep, rep.end()
}

// reportOf returns a report of a table, or nil if there is none.
func reportOf(t *TableReport) *Report {
	if t == nil {
		return nil
	}
	return &Report{Tables: []*TableReport{t}}
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
	if j.call == callWrite {
		j.log.Begin(func() logrec.Start { return startOf(s, []*run{r}) })
	}
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
			r.account.end("stream", ofStream(j, t.cfg.name, streamErr))
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

// ofStream returns the error of a table whose stream of records ended with an error. What
// Replay streams, it has read itself.
func ofStream(j *job, table string, err error) error {
	if j.call == callReplay {
		return err
	}
	return tableFault(reason.Unstated, table, "stream", "the stream of records ended with an error", err)
}
