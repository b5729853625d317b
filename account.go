package dynsync

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
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

// settle counts an item for which nothing is left to do. Nobody is told of it.
func (r *run) settle(m *mark, v verdict) {
	r.tally.counts[v].Add(1)
	m.settle(v)
}

// unsettle counts an item that the run, which has ended, did not come to. It may also
// have been written: the run does not know.
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
			m.note(r.s.lostItem(r.table, r.plan.Keys, v, f.Key))
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
			end = &refusal{"WithOnFailure panicked", &reason.Panic{Value: p}}
		}
	}()
	if err := s.cfg.onFailure(ctx, f); err != nil {
		return &refusal{"WithOnFailure returned an error", err}
	}
	return nil
}

// A verdict is what became of an item that was read.
type verdict uint8

const (
	wasWritten verdict = iota
	wasFiltered
	wasFailed
	wasCollided
	wasExisting
	wasUnsettled // the run ended before it knew
	verdicts     = iota
)

// verdict returns what an item of that outcome counts as.
func (o Outcome) verdict() verdict {
	switch o {
	case Collided:
		return wasCollided
	case Existing:
		return wasExisting
	}
	return wasFailed
}

// isLost reports whether an item with this verdict is missing at the destination,
// and no later run comes back to it.
func (v verdict) isLost() bool { return v == wasFailed || v == wasCollided }

// outcomes returns counts, one for each verdict, with their sum.
func outcomes(counts [verdicts]int64) Outcomes {
	o := Outcomes{
		Written: counts[wasWritten], Filtered: counts[wasFiltered], Failed: counts[wasFailed],
		Collided: counts[wasCollided], Existing: counts[wasExisting], Unsettled: counts[wasUnsettled],
	}
	for _, n := range counts {
		o.Read += n
	}
	return o
}

const (
	// maxLostKeys and maxLostBytes bound the keys of lost items in a checkpoint.
	maxLostKeys  = 64
	maxLostBytes = 16 << 10
	// maxDebts bounds the lost items that a ledger knows one by one.
	maxDebts = 8192
)

// A ledger is what became of the items of a table, in all runs of a job, as far as
// the checkpoint covers them.
type ledger struct {
	counts [verdicts]int64
	lost   []lostItem // the first, within maxLostKeys and maxLostBytes
	debts  debts      // the first maxDebts
}

// A lostItem is an item that failed or collided.
type lostItem struct {
	verdict verdict
	key     []byte    // DynamoDB JSON of the key attributes, as read
	digest  keyDigest // of the key; zero where the item has no valid key
}

// A keyDigest is a keyed hash of an item's key.
type keyDigest [16]byte

// add counts an item of a page that is behind the position.
func (l *ledger) add(items []lostItem, counts [verdicts]int64) {
	for v, n := range counts {
		l.counts[v] += n
	}
	size := 0
	for _, item := range l.lost {
		size += len(item.key)
	}
	for _, item := range items {
		if size += len(item.key); len(l.lost) < maxLostKeys && size <= maxLostBytes {
			l.lost = append(l.lost, item)
		}
		l.debts = l.debts.with(item)
	}
}

// pay counts an item that was lost as written, if the ledger knows it. It reports
// whether it does.
func (l *ledger) pay(digest keyDigest) bool {
	v, ok := l.debts.remove(digest)
	if !ok {
		return false
	}
	l.counts[v]--
	l.counts[wasWritten]++
	l.lost = slices.DeleteFunc(l.lost, func(item lostItem) bool { return item.digest == digest })
	return true
}

// balanced reports whether the counts are possible.
func (l *ledger) balanced() bool {
	for _, n := range l.counts {
		if n < 0 {
			return false
		}
	}
	return l.counts[wasUnsettled] == 0 && int64(len(l.debts)/debtLen) <= l.counts[wasFailed]+l.counts[wasCollided]
}

// Debts are lost items, one behind the other: the verdict and the digest of each.
// They are only ever appended to while a run is under way, so that a copy of the
// slice is a copy of the debts.
type debts []byte

const debtLen = 1 + len(keyDigest{})

// with returns the debts with one more, if there is room and it has a digest.
func (d debts) with(item lostItem) debts {
	if item.digest == (keyDigest{}) || len(d) >= maxDebts*debtLen {
		return d
	}
	return append(append(d, byte(item.verdict)), item.digest[:]...)
}

// remove takes out a debt, in a slice of its own.
func (d *debts) remove(digest keyDigest) (verdict, bool) {
	for at := 0; at < len(*d); at += debtLen {
		if keyDigest((*d)[at+1:at+debtLen]) == digest {
			v := verdict((*d)[at])
			*d = slices.Concat((*d)[:at], (*d)[at+debtLen:])
			return v, true
		}
	}
	return 0, false
}

// legal reports whether the bytes are debts.
func (d debts) legal() bool {
	if len(d)%debtLen != 0 || len(d) > maxDebts*debtLen {
		return false
	}
	for at := 0; at < len(d); at += debtLen {
		if !verdict(d[at]).isLost() {
			return false
		}
	}
	return true
}

// lostItem returns what a ledger keeps of an item that was lost.
func (s *Syncer) lostItem(t *table, keys *wire.Keys, v verdict, key *Record) lostItem {
	item := lostItem{verdict: v, key: key.item}
	if digest, ok := s.debtDigest(t, keys, key); ok {
		item.digest = digest
	}
	return item
}

// debtDigest returns the digest under which a ledger knows the item of a key.
func (s *Syncer) debtDigest(t *table, keys *wire.Keys, key *Record) (digest keyDigest, ok bool) {
	canonical, err := wire.AppendItemKey(append([]byte(t.cfg.name), 0), keys, key.item, key.attrs)
	if err != nil {
		return digest, false
	}
	var buf [32]byte
	copy(digest[:], s.key.Mac(buf[:0], "lost", canonical))
	return digest, true
}

// failures returns the lost items for a report.
func (l *ledger) failures(table string) []Failure {
	var all []Failure
	for _, item := range l.lost {
		key := &Record{item: item.key}
		if key.index() != nil {
			continue
		}
		f := Failure{Table: table, Key: key, Outcome: Failed}
		if item.verdict == wasCollided {
			f.Outcome = Collided
		}
		f.Err = &ItemError{Table: table, Reason: "the item " + f.Outcome.String() + " in an earlier run of the job; its reason is in the file of WithDeadLetters, if the job has one"}
		all = append(all, f)
	}
	return all
}

// legal reports whether what a checkpoint holds of a lost item is possible.
func (item lostItem) legal(scan *wire.Scanner) bool {
	attrs, err := scan.Index(nil, item.key)
	return item.verdict.isLost() && err == nil && (len(attrs) > 0 || item.digest == keyDigest{})
}

// A tally counts while goroutines work.
type tally struct {
	read                                         atomic.Int64
	counts                                       [verdicts]atomic.Int64
	pages, batches, retries, bytes, bytesWritten atomic.Int64
	pseudonymBytes, pseudonymUnits               atomic.Int64

	mu                    sync.Mutex
	failures              []Failure
	matched               []bool // by rule id; nil if no item went through the rules
	throttles             map[string]int64
	readUnits, writeUnits float64
}

// merge adds what a worker saw of the rules, if it saw an item.
func (t *tally) merge(x *engine.Exec) {
	if x.Items() == 0 {
		return
	}
	bytes, units := x.TakeGrowth()
	t.pseudonymBytes.Add(bytes)
	t.pseudonymUnits.Add(units)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.matched == nil {
		t.matched = make([]bool, len(x.Matched()))
	}
	for i, m := range x.Matched() {
		t.matched[i] = t.matched[i] || m
	}
}

// match notes that rules, of that many, selected something.
func (t *tally) match(rules int, ids []int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.matched = make([]bool, rules)
	for _, id := range ids {
		if id >= 0 && id < rules {
			t.matched[id] = true
		}
	}
}

// matchedRules returns the ids of the rules that selected something.
func (t *tally) matchedRules() []int {
	t.mu.Lock()
	defer t.mu.Unlock()
	var ids []int
	for id, m := range t.matched {
		if m {
			ids = append(ids, id)
		}
	}
	return ids
}

// keep remembers a failure, if there is room.
func (t *tally) keep(f Failure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.failures) < failuresKept {
		f.item = nil // its bytes are borrowed
		t.failures = append(t.failures, f)
	}
}

// units adds the capacity that a request consumed.
func (t *tally) units(read, write float64) {
	if read == 0 && write == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.readUnits += read
	t.writeUnits += write
}

// throttle counts err if it is throttling, and reports whether it is.
func (t *tally) throttle(err error) bool {
	reasons := awserr.ThrottleReasons(err)
	if len(reasons) == 0 {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, reason := range reasons {
		if t.throttles == nil {
			t.throttles = map[string]int64{}
		}
		t.throttles[reason]++
	}
	return true
}

// fill copies the counts into a report.
func (t *tally) fill(r *TableReport) {
	r.Read, r.Written, r.Filtered, r.Failed = t.read.Load(), t.counts[wasWritten].Load(), t.counts[wasFiltered].Load(), t.counts[wasFailed].Load()
	r.Collided, r.Existing, r.Unsettled = t.counts[wasCollided].Load(), t.counts[wasExisting].Load(), t.counts[wasUnsettled].Load()
	r.Pages, r.Batches, r.Retries = t.pages.Load(), t.batches.Load(), t.retries.Load()
	r.BytesRead, r.BytesWritten = t.bytes.Load(), t.bytesWritten.Load()
	r.PseudonymBytes, r.PseudonymUnits = t.pseudonymBytes.Load(), t.pseudonymUnits.Load()
	t.mu.Lock()
	defer t.mu.Unlock()
	r.Failures, r.Throttles, r.ReadUnits, r.WriteUnits = t.failures, t.throttles, t.readUnits, t.writeUnits
}

// newJob opens what the tables of a call share.
func (s *Syncer) newJob(c call) (*job, error) {
	dead, err := s.openDeadLetters()
	if err != nil {
		return nil, err
	}
	return &job{call: c, dead: dead}, nil
}

func (j *job) close() error { return j.dead.close() }
