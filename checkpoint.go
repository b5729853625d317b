package dynsync

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// checkpointEvery is how often a checkpoint is saved while a table is copied. A
// killed job repeats at most the writes of this time, and those under way.
const checkpointEvery = time.Second

// lockCheckpoint excludes other runs on the job's checkpoint. The function that
// it returns ends that.
func (s *Syncer) lockCheckpoint(ctx context.Context) (unlock func() error, err error) {
	if s.cfg.checkpoint.store == nil {
		return func() error { return nil }, nil
	}
	return s.lockStore(ctx)
}

// resume finds out where the run begins.
func (r *run) resume(ctx context.Context) error {
	if r.s.cfg.checkpoint.store == nil || r.report.Err != nil {
		return nil
	}
	r.fingerprint, r.began = r.jobFingerprint(), time.Now()
	st, err := r.usableCheckpoint(ctx)
	if err != nil {
		return err
	}
	if st == nil {
		r.progress = newProgress(r.from, ledger{})
		return nil
	}
	return r.resumeAt(st)
}

// usableCheckpoint returns the state to go on from, nil for a table that is copied
// from its beginning.
func (r *run) usableCheckpoint(ctx context.Context) (*checkpointState, error) {
	st, err := r.s.loadCheckpoint(ctx, r.table, r.fingerprint)
	var over startedOver
	if errors.As(err, &over) {
		r.note("the table was copied from its beginning: " + string(over))
		if r.table.cfg.mode == ModeInsert {
			r.note("ModeInsert leaves items that are at the destination as they are, and so as the job before made them; to have them made anew, empty the destination")
		}
		return nil, nil
	}
	if err != nil || st == nil || !st.done() {
		return st, err
	}
	if age, fresh := time.Since(st.Finished), r.s.cfg.checkpoint.fresh; age >= fresh || age < 0 { // a clock that was ahead
		r.note(fmt.Sprintf("an earlier run finished the table %s; that is longer ago than FreshFor (%v), and it is copied anew", at(st.Finished), fresh))
		return nil, nil
	}
	r.note(fmt.Sprintf("an earlier run finished the table %s, and it was not read again (FreshFor)", at(st.Finished)))
	return st, nil
}

// at returns a time as a part of a note.
func at(t time.Time) string { return "at " + t.UTC().Format(time.RFC3339) }

// resumeAt makes the run go on from a state.
func (r *run) resumeAt(st *checkpointState) (err error) {
	if r.from, err = st.reading(); err != nil {
		return err
	}
	if r.reads.segmented() {
		r.reads.segments, r.reads.end = st.Segments, st.End
	}
	r.resumed, r.began = true, st.Began
	r.tally.match(len(r.table.rules.rules), st.Matched)
	for i := range r.from.open {
		if at := &r.from.open[i].at; at.token != "" && time.Since(at.since) > tokenLife {
			r.outlive(at, st)
		}
	}
	r.readsAnew = st.Ledger.counts == [verdicts]int64{}
	if !st.done() && !r.readsAnew {
		r.note("the table goes on where a run stood " + at(st.Saved) + "; the first run on it began " + at(st.Began))
	}
	r.report.Resumed, r.report.LostBefore = outcomes(st.Ledger.counts).Read, st.Ledger.failures(r.table.cfg.name)
	r.progress = newProgress(r.from, st.Ledger)
	r.segmentsDone.Store(int64(r.reads.end - r.reads.first - len(r.from.open) - (r.from.end - r.from.next)))
	return r.meter() // there may be fewer readers
}

// outlive replaces a position whose token DynamoDB no longer takes.
func (r *run) outlive(at *position, st *checkpointState) {
	if why := r.whyNoScan(*at); why != "" {
		r.note("the checkpoint's token has expired, an hour after it was made, and the table was read from its beginning; to go on by Scan, allow WithScanResume")
		*at, st.Ledger = position{}, ledger{}
		return
	}
	r.note("the checkpoint's token has expired, an hour after it was made; the reading went on by Scan, behind the last key")
	at.token = ""
}

// keepCheckpoint saves the run's progress from time to time until ctx ends.
func (r *run) keepCheckpoint(ctx context.Context) error {
	tick := time.NewTicker(r.s.cfg.checkpointEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if ctx.Err() != nil { // where both were ready, chance chose
			return nil
		}
		select {
		case <-r.progress.moved:
			if err := r.saveCheckpoint(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		default:
		}
	}
}

// saveCheckpoint saves where the run stands. The dead letters of what it counts are on
// disk before.
func (r *run) saveCheckpoint(ctx context.Context) error {
	at, l := r.progress.reached()
	st, err := newCheckpointState(r.fingerprint, r.reads.segments, at, l)
	if err != nil {
		return err
	}
	if err := r.job.dead.sync(); err != nil {
		return r.stop(newTableError(r.table.cfg.name, "failure", err).Reason, err)
	}
	st.Matched, st.Began = r.tally.matchedRules(), r.began
	if st.done() {
		st.Finished = time.Now()
	}
	return r.s.saveCheckpoint(ctx, r.table, st)
}

// checkpointed runs work, and keeps the checkpoint meanwhile and after it.
func (r *run) checkpointed(parent context.Context, work func(context.Context) error) error {
	if r.progress == nil {
		return work(parent)
	}
	// Whoever resumes has to know that this run may have written something.
	if err := r.saveCheckpoint(parent); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(parent)
	kept := make(chan error, 1)
	go func() {
		err := r.keepCheckpoint(ctx)
		if err != nil {
			cancel(err)
		}
		kept <- err
	}()
	err := work(ctx)
	cancel(nil)
	keepErr := <-kept
	last, stop := context.WithTimeout(context.WithoutCancel(parent), giveUpEarly)
	defer stop()
	if saveErr := r.saveCheckpoint(last); keepErr == nil {
		keepErr = saveErr
	}
	if keepErr != nil {
		return keepErr
	}
	return err
}

// dropCheckpoints deletes the checkpoints of a job of which all tables are
// complete: the next run begins anew.
func (s *Syncer) dropCheckpoints(ctx context.Context, runs []*run) error {
	if s.cfg.checkpoint.store == nil {
		return nil
	}
	for _, r := range runs {
		if r.progress == nil {
			return nil
		}
		if at, _ := r.progress.reached(); !at.done() {
			return nil
		}
	}
	var errs []error
	for _, r := range runs {
		errs = append(errs, s.deleteCheckpoint(ctx, r.table))
	}
	return errors.Join(errs...)
}

// payDebts counts items as written that the checkpoint of a table counts as lost, if it is
// of this job, or the record of the last run, if that had the same source and destination.
func (s *Syncer) payDebts(ctx context.Context, t *table, job string, keys *keyNames, written []*Record) error {
	if s.cfg.checkpoint.store == nil {
		return nil
	}
	var digests []keyDigest
	for _, key := range written {
		if digest, ok := s.debtDigest(t, keys, key); ok {
			digests = append(digests, digest)
		}
	}
	return errors.Join(s.payInCheckpoint(ctx, t, job, digests), s.payInRecord(ctx, t, job, digests))
}

func (s *Syncer) payInCheckpoint(ctx context.Context, t *table, job string, digests []keyDigest) error {
	st, err := s.readCheckpoint(ctx, t, func(string) error { return nil })
	var over startedOver
	if errors.As(err, &over) {
		return nil // it is given up, and with it what it counts
	}
	if st == nil || sameJob(st.Job, job) != nil {
		return err
	}
	paid := false
	for _, d := range digests {
		paid = st.Ledger.pay(d) || paid
	}
	if !paid {
		return nil
	}
	return s.saveCheckpoint(ctx, t, st)
}

func (s *Syncer) payInRecord(ctx context.Context, t *table, job string, digests []keyDigest) error {
	rec, err := s.loadRecord(ctx)
	if rec == nil || !rec.payDebts(t.cfg.name, job, digests) {
		return err
	}
	return s.saveRecord(ctx, rec)
}
