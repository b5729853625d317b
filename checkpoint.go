package dynsync

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/seal"
	"github.com/dynsync/dynsync/internal/span"
)

// A lastSave tells of the saves of a checkpoint.
type lastSave struct {
	once    bool // there was one
	counted int  // lost items that the last one only counts
}

// resume determines where the run begins.
func (r *run) resume(ctx context.Context) error {
	if r.s.cfg.checkpoint.store == nil || r.account.report.Err != nil {
		return nil
	}
	r.fingerprint, r.began = r.jobFingerprint(), time.Now()
	st, err := r.usableCheckpoint(ctx)
	if err != nil {
		return err
	}
	if st == nil {
		r.reader.progress = checkpoint.NewTracker(r.reader.from, ledger.Ledger{})
		return nil
	}
	return r.resumeAt(st)
}

// usableCheckpoint returns the state to resume from, or nil if the table is copied from
// its beginning.
func (r *run) usableCheckpoint(ctx context.Context) (*checkpoint.State, error) {
	st, err := r.kept.load(ctx, r.table, r.fingerprint)
	var over startedOver
	if errors.As(err, &over) {
		r.account.find(finding.StartedOver, "the table was copied from its beginning: %s", string(over))
		if !r.table.cfg.mode.spec().overwrite {
			r.account.find(finding.ItemsKept, "ModeInsert keeps the items at the destination as the job before wrote them")
		}
		return nil, nil
	}
	if err != nil || st == nil || !st.At.Done() {
		return st, err
	}
	if age, fresh := time.Since(st.Finished), r.s.cfg.checkpoint.fresh; age >= fresh || age < 0 { // a clock that was ahead
		r.account.find(finding.CopiedAnew, "an earlier run finished the table %s, longer ago than FreshFor (%v); it is copied again", at(st.Finished), fresh)
		return nil, nil
	}
	r.account.find(finding.NotReadAgain, "an earlier run finished the table %s, and it was not read again (FreshFor)", at(st.Finished))
	return st, nil
}

// at returns a time as text for a finding.
func at(t time.Time) string { return "at " + t.UTC().Format(time.RFC3339) }

// resumeAt makes the run resume from a state.
func (r *run) resumeAt(st *checkpoint.State) error {
	r.reader.from = st.At
	if r.reader.method.segmented() {
		r.reader.method.segments, r.reader.method.end = st.Segments, st.At.End
	}
	r.resumed, r.began = true, st.Began
	r.account.tally.usedBefore(len(r.table.rules.rules), st)
	for i := range r.reader.from.Open {
		if at := &r.reader.from.Open[i].At; at.Expired() {
			r.outlive(at, st)
		}
	}
	r.readsAnew = st.Ledger.Counts == ledger.Counts{}
	if !st.At.Done() && !r.readsAnew {
		lag := ""
		if r.kept.limits().SaveLags {
			lag = "; its store may lag, so the job may write more items again"
		}
		r.account.find(finding.Resumed, "the table resumes where a run was %s; the first run began %s%s", at(st.Saved), at(st.Began), lag)
	}
	r.account.goOn(st.Ledger)
	r.reader.progress = checkpoint.NewTracker(r.reader.from, st.Ledger)
	r.reader.segmentsDone.Store(int64(r.reader.method.end - r.reader.method.first - r.reader.from.Left()))
	r.renewLimits() // there may be fewer readers
	return nil
}

// outlive replaces a position whose paging token has expired.
func (r *run) outlive(at *checkpoint.Position, st *checkpoint.State) {
	if why := r.reader.whyNoScan(*at); why != "" {
		r.account.find(finding.ReadAgain, "the checkpoint's token has expired, an hour after it was made, and the table was read from its beginning")
		*at, st.Ledger = checkpoint.Position{}, ledger.Ledger{}
		return
	}
	r.account.find(finding.ReadOnByScan, "the checkpoint's token has expired, an hour after it was made; a Scan continued after the last key")
	at.Token = ""
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
		case <-r.reader.progress.Moved():
			if err := r.saveCheckpoint(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		default:
		}
	}
}

// saveCheckpoint saves the position of the run. Before that, it syncs the dead letters of
// the items that the checkpoint counts.
func (r *run) saveCheckpoint(ctx context.Context) error {
	st := &checkpoint.State{Job: r.fingerprint, Segments: r.reader.method.segments, Began: r.began}
	st.At, st.Ledger = r.reader.progress.Reached()
	if err := r.job.syncDeadLetters(r.table.cfg.name); err != nil {
		return err
	}
	st.Matched, st.Applied = r.account.tally.used()
	if st.At.Done() {
		st.Finished = time.Now()
	}
	err := r.kept.save(ctx, r.table, st)
	if r.saved.once && errors.Is(err, checkpoint.ErrTooLarge) {
		r.account.find(finding.SavesSkipped, "the checkpoint was at times larger than the %d bytes that the store of WithCheckpoint takes, and was not saved then", r.kept.maxBytes())
		return nil // what was saved before stands
	}
	if err == nil {
		r.saved.once, r.saved.counted = true, st.Dropped
	}
	return err
}

// checkpointed runs work and saves the checkpoint while work runs and after it.
func (r *run) checkpointed(parent context.Context, work func(context.Context) error) error {
	if r.reader.progress == nil {
		return work(parent)
	}
	// Whoever resumes has to know that this run may have written something.
	if err := r.saveCheckpoint(parent); err != nil {
		return err
	}
	var keepErr error
	err := r.kept.during(parent, r.table, func(held context.Context) error {
		ctx, cancel := context.WithCancelCause(held)
		defer cancel(nil)
		var beside sync.WaitGroup
		beside.Go(func() {
			if keepErr = r.keepCheckpoint(ctx); keepErr != nil {
				cancel(keepErr)
			}
		})
		err := work(ctx)
		cancel(nil)
		beside.Wait()
		return err
	})
	if saveErr := r.saveCheckpoint(parent); keepErr == nil {
		keepErr = saveErr
	}
	if keepErr != nil {
		return keepErr
	}
	return err
}

const (
	saveTimeout = 10 * time.Second // bounds the time of a call that changes the store
	lastSaves   = 2 * time.Second  // the time for all of them after the run's context has ended
	lastRelease = 3 * time.Second  // the time until all leases are given back
)

// limits returns those of the store.
func (k *keeper) limits() CheckpointLimits {
	if k.store == nil {
		return CheckpointLimits{}
	}
	return k.store.Limits()
}

// maxBytes returns the size of the largest data that the store takes, 0 for no limit.
func (k *keeper) maxBytes() int { return k.limits().MaxBytes }

// hold acquires the leases of the record and of tables, for a run. Without
// WithCheckpoint it returns nil.
func (k *keeper) hold(ctx context.Context, tables []*table) (*holder, error) {
	if k.store == nil {
		return nil, nil
	}
	call, names := span.Begin(ctx, 0), []string(nil)
	for _, t := range tables {
		names = append(names, checkpoint.Name(t.cfg.name))
	}
	acquire := func(ctx context.Context, name string) (checkpoint.Lease, error) { return k.store.Acquire(ctx, name) }
	leases, err := checkpoint.Acquire(ctx, acquire, recordName, names)
	if err != nil {
		err = errors.Join(err, ctx.Err()) // the store may know the cause alone
		return nil, &checkpointError{k.class(err), "acquiring", k.reason(call, err), err}
	}
	return newHolder(ctx, k, leases, call), nil
}

// A holder keeps the checkpoints of a job, and the record of its last run, while it
// holds their leases. All methods may be called on nil, that of a job without
// WithCheckpoint, which keeps nothing.
type holder struct {
	*keeper
	leases          *checkpoint.Leases
	saving, freeing context.Context // end some time after the run's
	forget          func()          // the run's context
	call            *span.Span      // since the leases were asked for
}

func newHolder(ctx context.Context, k *keeper, leases *checkpoint.Leases, call *span.Span) *holder {
	saving, endSaves := context.WithCancel(context.WithoutCancel(ctx))
	freeing, endRelease := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(lastSaves, endSaves)
		time.AfterFunc(lastRelease, endRelease)
	})
	return &holder{k, leases, saving, freeing, func() { stop() }, call}
}

// release gives the leases back, once.
func (h *holder) release() error {
	if h == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(h.freeing, saveTimeout)
	defer cancel()
	defer h.forget()
	if err := h.leases.Release(ctx); err != nil {
		return &checkpointError{h.class(err), "releasing", h.reason(h.call, err), err}
	}
	return nil
}

// during runs work on a table. Its context ends when a lease that it needs is lost.
func (h *holder) during(ctx context.Context, t *table, work func(context.Context) error) error {
	if h == nil {
		return work(ctx)
	}
	return h.leases.During(ctx, checkpoint.Name(t.cfg.name), h.lost(t, ErrCheckpointInUse), work)
}

// lost returns the error of a table whose lease is lost.
func (h *holder) lost(t *table, cause error) *TableError {
	return h.fault(reason.Resumable, t, "the run lost its lease of the checkpoint, which another run may hold, and ended without saving more; run the job again to go on", cause)
}

// drop deletes the checkpoints of tables, or none.
func (h *holder) drop(ctx context.Context, tables []*table) error {
	for _, t := range tables {
		if h.leases.IsLost(checkpoint.Name(t.cfg.name)) {
			return h.lost(t, ErrCheckpointInUse)
		}
	}
	var errs []error
	for _, t := range tables {
		errs = append(errs, h.delete(ctx, t))
	}
	return errors.Join(errs...)
}

// A checkpointError is an error of a job's store that belongs to no table. Like a
// TableError it does not print the text of its cause.
type checkpointError struct {
	class      reason.Class
	op, reason string
	err        error
}

func (e *checkpointError) Error() string { return "dynsync: " + e.op + " the checkpoint: " + e.reason }
func (e *checkpointError) Unwrap() error { return e.err }

func (e *checkpointError) stated() reason.Class { return e.class }

// Format prints what Error returns for every verb.
func (e *checkpointError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// load returns the progress of a table, or nil where there is none. What was saved by
// another job, where job is the fingerprint of this one, is an error that says what
// differs. The error is a *TableError.
func (h *holder) load(ctx context.Context, t *table, job string) (*checkpoint.State, error) {
	return h.read(ctx, t, func(saved string) error { return sameJob(saved, job) })
}

// read returns the progress of a table of a job whose fingerprint passes check.
func (h *holder) read(ctx context.Context, t *table, check func(job string) error) (*checkpoint.State, error) {
	if h == nil {
		return nil, nil
	}
	var data []byte
	err := h.leases.Use(ctx, checkpoint.Name(t.cfg.name), "Load", func(ctx context.Context, l checkpoint.Lease) (err error) {
		data, err = l.Load(ctx)
		return err
	})
	switch {
	case errors.Is(err, ErrCheckpointInUse):
		return nil, h.lost(t, err)
	case err != nil:
		return nil, h.fault(h.class(err), t, "the checkpoint cannot be read: "+h.reason(h.call, err), err)
	case data == nil:
		return nil, nil
	}
	return h.opened(t, data, check)
}

// opened returns the progress of a table of a job whose fingerprint passes check, from
// what was saved.
func (k *keeper) opened(t *table, data []byte, check func(job string) error) (*checkpoint.State, error) {
	st, err := checkpoint.Open(k.key, t.cfg.name, data)
	if err == nil {
		err = check(st.Job)
	}
	why, class := ownText(err)
	switch {
	case err == nil:
		return st, nil
	case k.newKey && (seal.IsOtherKey(err) || class == reason.Refused): // or of another scheme
		return nil, startedOver(why + " (NewKey)")
	case k.startOver && !seal.IsOtherKey(err):
		return nil, startedOver(why + " (StartOver)")
	}
	if seal.IsOtherKey(err) {
		return nil, k.fault(reason.Refused, t, why+", or delete "+k.place(checkpoint.Name(t.cfg.name)), err)
	}
	return nil, k.fault(class, t, why+"; to start over, use StartOver, or delete "+k.place(checkpoint.Name(t.cfg.name)), nil)
}

// payInCheckpoint counts items as written that the checkpoint of a table counts as lost.
func (h *holder) payInCheckpoint(ctx context.Context, t *table, job string, digests []ledger.Digest) error {
	st, err := h.read(ctx, t, func(string) error { return nil })
	var over startedOver
	if errors.As(err, &over) {
		return nil // it is given up, and with it what it counts
	}
	if st == nil || sameJob(st.Job, job) != nil {
		return err
	}
	paid := false
	for _, d := range digests {
		paid = st.Ledger.Pay(d) || paid
	}
	if !paid {
		return nil
	}
	return h.save(ctx, t, st)
}

// A startedOver is why a checkpoint is given up, which is what the caller wants.
type startedOver string

func (e startedOver) Error() string { return string(e) }

// save keeps the progress of a table. It does so when ctx has ended,
// too: what a cancelled run has settled is worth keeping. The error is a *TableError.
func (h *holder) save(ctx context.Context, t *table, st *checkpoint.State) error {
	if h == nil {
		return nil
	}
	data, err := st.Seal(h.key, t.cfg.name, h.maxBytes())
	switch {
	case errors.Is(err, checkpoint.ErrTooLarge):
		return h.fault(reason.Configuration, t, fmt.Sprintf("the checkpoint is larger than the %d bytes that the store of WithCheckpoint takes", h.maxBytes()), err)
	case err != nil:
		return h.fault(reason.Unexpected, t, "the checkpoint cannot be encoded", err)
	}
	return h.change(ctx, t, "Save", "the checkpoint cannot be saved, so a later run could not resume: ",
		func(ctx context.Context, l checkpoint.Lease) error { return l.Save(ctx, data) })
}

// delete forgets the progress of a table, also when ctx has ended. The error is a
// *TableError.
func (h *holder) delete(ctx context.Context, t *table) error {
	if h == nil {
		return nil
	}
	return h.change(ctx, t, "Delete", "the checkpoint cannot be deleted, so the next run would resume from it: ",
		func(ctx context.Context, l checkpoint.Lease) error { return l.Delete(ctx) })
}

// change calls a method of a table's lease that changes what is kept. The error says what
// could not be done.
func (h *holder) change(ctx context.Context, t *table, method, what string, call func(context.Context, checkpoint.Lease) error) error {
	err := h.use(ctx, checkpoint.Name(t.cfg.name), method, call)
	switch {
	case errors.Is(err, ErrCheckpointInUse):
		return h.lost(t, err)
	case err != nil:
		return h.fault(h.class(err), t, what+h.reason(h.call, err), err)
	}
	return nil
}

// use calls a method of a lease that changes what is kept, also when ctx has ended, as long
// as the run has time for it.
func (h *holder) use(ctx context.Context, name, method string, call func(context.Context, checkpoint.Lease) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	stop := context.AfterFunc(h.saving, cancel)
	defer stop()
	return h.leases.Use(ctx, name, method, call)
}

func (k *keeper) fault(c reason.Class, t *table, why string, cause error) *TableError {
	return tableFault(c, t.cfg.name, "checkpoint", why, cause)
}

// class returns the class of an error of the store.
func (k *keeper) class(err error) reason.Class {
	var breach *checkpoint.Breach
	switch {
	case errors.Is(err, ErrCheckpointInUse):
		return reason.Resumable
	case errors.As(err, &breach):
		return reason.Unexpected
	}
	if _, ok := k.store.(*fileStore); ok && awserr.IsBadPath(err) {
		return reason.Configuration
	}
	return awserr.ClassOf(err)
}

// place returns the words for where the store keeps what has that name.
func (k *keeper) place(name string) string {
	if dir, ok := k.store.(*fileStore); ok {
		return dir.File(name)
	}
	return fmt.Sprintf("%q from the store", name)
}

// reason returns what may be printed of an error of the store: of the file store's all,
// since it is of the operating system and names files; of others' nothing.
func (k *keeper) reason(call *span.Span, err error) string {
	inUse := errors.Is(err, ErrCheckpointInUse)
	if why := call.Ended(err, "the store"); why != "" && !inUse {
		return why
	}
	if dir, ok := k.store.(*fileStore); ok {
		if text, ok := dir.Reason(err); ok {
			return text
		}
	}
	var breach *checkpoint.Breach
	switch {
	case inUse:
		return "it is in use by another run; wait until it has ended, or give each job a store of its own"
	case errors.As(err, &breach):
		return "the store broke its contract: " + breach.How
	}
	return "the store failed; Unwrap has the cause"
}
