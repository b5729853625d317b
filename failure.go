package dynsync

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/dynsync/dynsync/internal/reason"
)

// An Outcome says why an item was not written.
type Outcome uint8

// The outcomes of items that were not written.
const (
	Failed   Outcome = iota // a transformer or DynamoDB refused it
	Collided                // another item of the job has its key at the destination
	Existing                // under ModeInsert, an item of that key was there
)

// String returns the outcome as a word.
func (o Outcome) String() string {
	switch o {
	case Failed:
		return "failed"
	case Collided:
		return "collided"
	case Existing:
		return "existing"
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// A Failure is an item that was not written.
type Failure struct {
	Table   string  // the name of the table in the job
	Key     *Record // the item's key attributes, as read; it holds personal data where keys do
	Outcome Outcome
	Err     error // an [*ItemError]; its text holds no values

	item []byte // as far as it came; nil where it is not at hand
	tag  string // see run.keyTag
}

// Format prints the outcome and the error for every verb.
func (f Failure) Format(s fmt.State, _ rune) { reason.Print(s, f.summary()) }

// LogValue is what slog logs: the outcome and the error.
func (f Failure) LogValue() slog.Value { return slog.StringValue(f.summary()) }

func (f Failure) summary() string { return fmt.Sprintf("%v: %v", f.Outcome, f.Err) }

// A call is what the caller asked for.
type call uint8

const (
	callStream call = iota // nothing is written
	callSync
	callWrite
	callReplay
)

// A job is what the tables of one call share.
type job struct {
	call     call
	last     *RunRecord                 // of the last run; nil where there is none, or it is not known
	keyTags  map[string]map[string]bool // of the lines that are replayed, by table
	failures atomic.Int64
	dead     *deadLetters // nil without WithDeadLetters
	stopped  atomic.Pointer[TableError]
	spent    atomic.Int64 // half capacity units, read and written
}

// settle counts an item for which nothing is left to do, and of which there is
// nothing to tell.
func (r *run) settle(m *mark, v verdict) {
	r.tally.counts[v].Add(1)
	m.settle(v)
}

// unsettle counts an item that the run did not come to, or of which it does not
// know whether it was written: the run has ended.
func (r *run) unsettle(m *mark) {
	r.tally.counts[wasUnsettled].Add(1)
	m.stay()
}

// account counts an item that was not written, for which nothing is left to do, and
// tells the caller. The error ends the run.
func (r *run) account(ctx context.Context, m *mark, f Failure) error {
	v := f.Outcome.verdict()
	r.tally.counts[v].Add(1)
	f.Table, f.tag = r.table.cfg.name, r.tag
	if v.isLost() {
		r.tally.keep(f)
		if m != nil {
			m.note(r.s.lostItem(r.table, r.plan.keys, v, f.Key))
		}
	}
	if err := r.tell(ctx, f); err != nil {
		m.stay()
		return err
	}
	m.settle(v)
	return nil
}

// tell hands an item that was not written to the caller. The error stops the
// job.
func (r *run) tell(ctx context.Context, f Failure) error {
	if err := r.job.dead.write(f); err != nil {
		return r.stop(newTableError(r.table.cfg.name, "failure", err).Reason, err)
	}
	if r.s.cfg.onFailure != nil {
		if err := r.s.notify(ctx, f); err != nil {
			return r.stop(err.reason, err.err)
		}
	}
	if limit := r.s.cfg.maxFailures; f.Outcome != Existing && r.job.failures.Add(1) > int64(limit) && limit > 0 {
		return r.stop(fmt.Sprintf("more than %d items failed, which is the limit of WithMaxFailures", limit), nil)
	}
	return nil
}

// stop ends the job, and returns the error that ends the run.
func (r *run) stop(reason string, cause error) error {
	err := &TableError{Table: r.table.cfg.name, Op: "failure", Reason: reason, Err: cause}
	r.job.stopped.CompareAndSwap(nil, err)
	return err
}

// A refusal is what WithOnFailure returned, or that it panicked.
type refusal struct {
	reason string
	err    error
}

// notify calls WithOnFailure, one call at a time.
func (s *Syncer) notify(ctx context.Context, f Failure) (end *refusal) {
	s.notifyMu.Lock()
	defer s.notifyMu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			end = &refusal{"WithOnFailure panicked", &panicError{p}}
		}
	}()
	if err := s.cfg.onFailure(ctx, f); err != nil {
		return &refusal{"WithOnFailure returned an error", err}
	}
	return nil
}
