package dynsync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Sync copies every table of the job: scan, transform, write. A preflight of all
// tables comes first; a table that fails it is not written to, and a table that
// fails later does not end the others. Sync blocks until everything in flight is
// settled; when ctx ends it returns within a second, but for the time that
// WithOnFailure takes.
//
// With [WithCheckpoint] the job ends before anything is written where its key is not
// that of its last run, see [NewKey], and [Syncer.LastRun] tells of it afterwards.
//
// The report is never nil. The error joins a [*TableError] for each table that
// ended early and, if items failed or collided in this run or in an earlier one that it
// resumes, one [*ItemsFailedError]. It is nil only if every item was written, filtered,
// or in the destination before ([ModeInsert]).
func (s *Syncer) Sync(ctx context.Context) (*Report, error) {
	report := &Report{}
	if s.reader == nil || s.writer == nil {
		return report, errors.New("dynsync: Sync needs WithSource and WithDestination")
	}
	j, err := s.newJob(callSync)
	if err != nil {
		return report, err
	}
	j.kept, err = s.keeper.hold(ctx, s.tables)
	if err != nil {
		return report, errors.Join(err, j.close())
	}
	defer func() { _ = j.kept.release() }() // also where a callback of the caller's panics
	record, err := j.kept.openRecord(ctx, s, report)
	if err != nil {
		return report, errors.Join(err, j.kept.release(), j.close())
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
		r.account.end("checkpoint", r.resume(ctx))
	}
	goBeyond(runs)
	if err := record.begin(ctx, runs); err != nil {
		return report, errors.Join(err, j.kept.release(), j.close())
	}
	for _, r := range runs {
		report.Tables = append(report.Tables, r.sync(ctx))
	}
	errs = append(errs, checkInherited(runs)...)
	deadErr := j.dead.sync()
	err = record.end(ctx, report, append(errs, deadErr))
	if err == nil && deadErr == nil {
		err = j.kept.drop(ctx, runs)
	}
	return report, report.err(append(errs, err, j.kept.release(), j.close()))
}

// unfinished returns the tables, by the ARN of the destination, that the job's last run
// did not complete and that this job lacks.
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

// checkInherited reports rules of the defaults that matched in no table, where
// a typing error in them would pass values through.
func checkInherited(runs []*run) []error {
	if len(runs) == 1 {
		return nil // its report says so
	}
	fine, suspect := map[string]bool{}, map[string]int64{} // with the items written
	for _, r := range runs {
		r.eachRule(func(rule *rule, hit bool) {
			if !rule.Inherited {
				return
			}
			if hit && r.account.tally.matched != nil {
				fine[rule.Text] = true
			} else if !hit && !rule.optional && r.table.rules.compiled.PassesByDefault() {
				suspect[rule.Text] += r.account.report.Written
			}
		})
	}
	var errs []error
	for _, text := range slices.Sorted(maps.Keys(suspect)) {
		if !fine[text] {
			errs = append(errs, fmt.Errorf("dynsync: the rule %q of WithAllTables matched nothing in any table, under a default that may keep values%s; correct its pattern or mark it Optional", text, inTheClear(suspect[text])))
		}
	}
	return errs
}

// goBeyond tells the runs of a Sync that earlier runs may have written to their
// destinations.
func goBeyond(runs []*run) {
	earlier := slices.ContainsFunc(runs, func(r *run) bool {
		return r.metEarlierKeys() || r.account.report.Err != nil && r.s.cfg.checkpoint.set
	})
	for _, r := range runs {
		if r.dest != nil && !r.beyond && (r.metEarlierKeys() || earlier && len(r.sharers()) > 0) {
			r.goBeyond(false)
		}
	}
}

// metEarlierKeys reports whether items that earlier runs wrote hold keys that this
// run does not know. A run that reads all items again, and writes over what is there,
// comes to know all keys.
func (r *run) metEarlierKeys() bool {
	return r.resumed && (!r.readsAnew || !r.table.cfg.mode.spec().overwrite)
}
