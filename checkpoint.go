package dynsync

import (
	"context"
	"errors"
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
	r.fingerprint = r.jobFingerprint()
	st, err := r.s.loadCheckpoint(ctx, r.table, r.fingerprint)
	if err != nil {
		return err
	}
	if st == nil {
		r.progress = newProgress(r.from, 0)
		return nil
	}
	if r.from, err = st.reading(); err != nil {
		return err
	}
	if r.reads.segmented() {
		r.reads.segments, r.reads.end = st.Segments, st.End
	}
	r.resumed, r.report.Resumed = true, st.Settled
	r.tally.match(len(r.table.rules.rules), st.Matched)
	for i := range r.from.open {
		if at := &r.from.open[i].at; at.token != "" && time.Since(at.since) > tokenLife {
			r.outlive(at)
		}
	}
	r.progress = newProgress(r.from, r.report.Resumed)
	r.segmentsDone.Store(int64(r.reads.end - r.reads.first - len(r.from.open) - (r.from.end - r.from.next)))
	return r.meter() // there may be fewer readers
}

// outlive replaces a position whose token DynamoDB no longer takes.
func (r *run) outlive(at *position) {
	if why := r.whyNoScan(*at); why != "" {
		r.note("the checkpoint's token has expired, an hour after it was made, and the table was read from its beginning; to go on by Scan, allow WithScanResume")
		*at, r.report.Resumed = position{}, 0
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

// saveCheckpoint saves where the run stands.
func (r *run) saveCheckpoint(ctx context.Context) error {
	at, settled := r.progress.reached()
	st, err := newCheckpointState(r.fingerprint, r.reads.segments, at, settled)
	if err != nil {
		return err
	}
	st.Matched = r.tally.matchedRules()
	return r.s.saveCheckpoint(ctx, r.table, st)
}

// checkpointed runs work, and keeps the checkpoint meanwhile and after it.
func (r *run) checkpointed(parent context.Context, work func(context.Context) error) error {
	if r.progress == nil {
		return work(parent)
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
