package dynsync

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/deadletter"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/groups"
	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/logrec"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/side"
	"github.com/dynsync/dynsync/internal/span"
	"github.com/dynsync/dynsync/internal/survey"
	"github.com/dynsync/dynsync/internal/uses"
	"github.com/dynsync/dynsync/internal/wire"
)

// An account says what becomes of the items of a table in one run: it counts them,
// tells the caller of those that are not written, and makes the report. It is safe
// for concurrent use.
type account struct {
	table string // its name in the job
	job   *job
	sides *side.Pair     // the tables of the run
	key   *pseudonym.Key // lost items are known by digests under it
	keys  *wire.Keys     // of the table; nil until they are known
	tag   string         // see run.keyTag
	tally tally

	writtenBefore int64 // items, by earlier runs of the job

	mu     sync.Mutex // of report.Findings and report.Resumed
	report *TableReport
}

// settle counts an item that needs no further work and no report to the caller.
func (a *account) settle(m *checkpoint.Mark, v ledger.Verdict) {
	a.tally.counts[v].Add(1)
	m.Settle(v)
}

// leave counts an item that the run, which has ended, did not reach or may have written.
func (a *account) leave(m *checkpoint.Mark) {
	a.tally.counts[ledger.Unsettled].Add(1)
	m.Stay()
}

// leaveAll counts items of a page that nobody received.
func (a *account) leaveAll(items int64) { a.tally.counts[ledger.Unsettled].Add(items) }

// unwritten counts an item that was not written, for which nothing is left to do, and
// tells the caller. The error ends the run.
func (a *account) unwritten(ctx context.Context, m *checkpoint.Mark, f Failure) error {
	v, class := f.Outcome.verdict(), reason.Items
	if item, ok := f.Err.(*ItemError); ok {
		class = item.stated()
	}
	if class == reason.Leak || class == reason.Refused {
		v = ledger.Barred
	}
	a.tally.counts[v].Add(1)
	f.Table, f.tag = a.table, a.tag
	if v.IsLost() {
		lost := a.lostItem(v, f.Key)
		a.tally.keep(f, lost.Digest)
		a.tally.classes[class].Add(1)
		if m != nil {
			m.Note(lost)
		}
	}
	if err := a.job.tell(ctx, f); err != nil {
		m.Stay()
		return err
	}
	m.Settle(v)
	return nil
}

// tooPersonal returns the error that ends the run where keys or names of too many items
// look personal, or nil.
func (a *account) tooPersonal(s *survey.Survey) error {
	found := s.TooMany()
	if len(found) == 0 {
		return nil
	}
	return tableFault(reason.Refused, a.table, "rules", survey.Explain(found), nil)
}

// lostItem returns what a ledger keeps of an item that was lost.
func (a *account) lostItem(v ledger.Verdict, key *Record) ledger.Item {
	item := ledger.Item{Verdict: v, Key: key.item}
	if digest, ok := debtDigest(a.key, a.table, a.keys, key); ok {
		item.Digest = digest
	}
	return item
}

// debtDigest returns the digest under which a ledger knows the item of a key, in the
// table that the job knows by that name.
func debtDigest(secret *pseudonym.Key, table string, keys *wire.Keys, key *Record) (digest ledger.Digest, ok bool) {
	canonical, err := wire.AppendItemKey(append([]byte(table), 0), keys, key.item, key.attrs)
	if err != nil {
		return digest, false
	}
	var buf [32]byte
	copy(digest[:], secret.Mac(buf[:0], "lost", canonical))
	return digest, true
}

// arrived counts items that were read, or taken from a stream.
func (a *account) arrived(items, bytes int64) {
	a.tally.read.Add(items)
	a.tally.bytes.Add(bytes)
}

// wrote counts items that DynamoDB acknowledged.
func (a *account) wrote(items, bytes int64) {
	a.tally.counts[ledger.Written].Add(items)
	a.tally.bytesWritten.Add(bytes)
}

// throttled counts err if a side throttled a request, logs it, and reports whether it is
// throttling.
func (a *account) throttled(ctx context.Context, side string, err error) bool {
	if !a.tally.throttles.Count(err) {
		return false
	}
	awserr.EachThrottle(err, func(reason, resource string) { a.job.log.Throttle(ctx, a.table, side, reason, resource) })
	return true
}

// consumedRead counts the read capacity of a request, where DynamoDB says it.
func (a *account) consumedRead(c *types.ConsumedCapacity) {
	if c != nil && c.CapacityUnits != nil {
		a.tally.units(*c.CapacityUnits, 0)
	}
}

// end records what ended the run, if nothing did before.
func (a *account) end(op string, err error) {
	if err != nil && a.report.Err == nil {
		a.report.Err = a.tableError(op, err)
	}
}

// ended reports whether something ended the run.
func (a *account) ended() bool { return a.report.Err != nil }

// find adds a finding about the table to the report.
func (a *account) find(c finding.Code, format string, args ...any) {
	a.add(newFinding(c, "", a.table, "", fmt.Sprintf(format, args...)))
}

// findAt adds a finding about a place of the source, such as a column of the condition.
func (a *account) findAt(c finding.Code, path, text string) {
	a.add(newFinding(c, finding.Source, a.table, path, text))
}

// add adds a finding to the report.
func (a *account) add(f Finding) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.report.Findings = addFinding(a.report.Findings, f)
}

// goOn says what earlier runs settled.
func (a *account) goOn(l ledger.Ledger) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.writtenBefore = l.Counts[ledger.Written]
	a.report.Resumed, a.report.LostBefore = outcomes(l.Counts).Read, lostBefore(a.table, l)
}

// resumed returns how many items earlier runs settled.
func (a *account) resumed() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.report.Resumed
}

// fill copies the counts into the report: this run's, and the job's, as its ledger
// has them. Without a checkpoint, where there is no ledger, these are the same.
func (a *account) fill(p *checkpoint.Tracker) {
	a.tally.fill(a.report)
	a.report.Groups, a.report.Ungrouped = a.tally.grouped()
	if p == nil {
		a.report.Job, a.report.barred = a.report.outcomes(), a.tally.counts[ledger.Barred].Load()
		return
	}
	_, l := p.Reached()
	a.report.Job, a.report.barred = outcomes(l.Counts), l.Counts[ledger.Barred]
}

// judge ends the account of a table that has ended: it refuses counts that do not add up,
// and adds findings about items that failed or were not there. whole tells that the run
// was to read all items.
func (a *account) judge(tolerated float64, whole bool) {
	a.checkBalance()
	rep := a.report
	if a.job.call != callSync && a.job.call != callWrite { // a Replay is there to write what failed; streams have no report
		return
	}
	if rep.tolerate(tolerated) {
		a.find(finding.Tolerated, "%d items failed, which WithTolerate(%v) allows", rep.Tolerated, tolerated)
	}
	switch {
	case !whole || rep.Err != nil || rep.Written > 0 || rep.outcomes().lost() > 0:
	case rep.Read > 0:
		a.find(finding.NothingWritten, "nothing was written: %v", rep.outcomes())
	case a.job.call == callSync && !slices.ContainsFunc(rep.Findings, func(f Finding) bool { return f.Code == finding.ConditionSelectedNone.Kind().Name }):
		a.find(finding.NothingRead, "there was no item to read")
	}
}

// checkBalance refuses a report whose counts do not add up.
func (a *account) checkBalance() {
	rep := a.report
	if rep.balanced() {
		return
	}
	rep.Err = errors.Join(rep.Err, a.tableError("accounting", reason.Refuse(reason.Unexpected, "%d items were read, and %d written, %d filtered, %d failed, %d collided, %d existing and %d unsettled; do not trust the copy (unless a callback ended its goroutine, this is a bug of dynsync)",
		rep.Read, rep.Written, rep.Filtered, rep.Failed, rep.Collided, rep.Existing, rep.Unsettled)))
}

// tableError returns the error that ends the work in op. A request's names its table.
func (a *account) tableError(op string, err error) *TableError {
	var known *TableError
	if why := a.job.span.Why(err); why != "" && !errors.As(err, &known) {
		return tableFault(reason.Resumable, a.table, op, why, err)
	}
	return newTableError(a.table, op, awserr.At(a.sides.Of(op), err))
}

// itemError returns the error of an item that no transformer is to blame for.
func (a *account) itemError(reason string, cause error) *ItemError {
	return &ItemError{Table: a.table, Reason: reason, Err: cause}
}

// malformed returns the error of an item that the scanner refused.
func (a *account) malformed(err error) *ItemError {
	var syntax *wire.SyntaxError
	switch {
	case errors.Is(err, wire.ErrDepth):
		return a.itemError("the item nests deeper than DynamoDB's 32 levels", err)
	case errors.As(err, &syntax):
		return a.itemError(fmt.Sprintf("the source sent an item that is not valid DynamoDB JSON, at byte %d of the response: %s", syntax.Offset, syntax.Reason), err)
	}
	return a.itemError("the source sent an item that is not valid DynamoDB JSON", err)
}

// lostBefore returns the lost items of a ledger for a report.
func lostBefore(table string, l ledger.Ledger) []Failure {
	var all []Failure
	for _, item := range l.Lost {
		key := &Record{item: item.Key}
		if key.index() != nil {
			continue
		}
		f := Failure{Table: table, Key: key, Outcome: OutcomeFailed}
		if item.Verdict == ledger.Collided {
			f.Outcome = OutcomeCollided
		}
		f.Err = &ItemError{Table: table, Reason: "the item " + f.Outcome.String() + " in an earlier run of the job; its reason is in the file of WithDeadLetters, if the job has one"}
		all = append(all, f)
	}
	return all
}

// A tally counts while goroutines work.
type tally struct {
	read                                         atomic.Int64
	counts                                       [ledger.Verdicts]atomic.Int64
	pages, batches, retries, bytes, bytesWritten atomic.Int64
	pseudonymBytes, pseudonymUnits, trimmed      atomic.Int64
	classes                                      [reason.Classes]atomic.Int64 // lost items by the class of their error

	throttles awserr.Throttles

	mu                    sync.Mutex
	failures              []Failure
	groups                groups.Groups // of all failures
	uses                  uses.Table    // nil if no item went through the rules
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
	t.trimmed.Add(engine.TakeTrimmed(x))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.uses = engine.TakeUses(x, t.uses)
}

// usedBefore notes what earlier runs used the rules for. There are that many rules.
func (t *tally) usedBefore(rules int, st *checkpoint.State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.uses = uses.New(rules, st.Matched, st.Applied)
}

// used returns the ids of the rules that selected something, and of those that applied.
func (t *tally) used() (seen, applied []int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.uses.Seen(), t.uses.Applied()
}

// keep counts a failure by its cause, and remembers it, if there is room.
func (t *tally) keep(f Failure, key ledger.Digest) {
	cause := f.cause()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.groups.Add(cause, func() string { return key.String() })
	if len(t.failures) < failuresKept {
		f.item = nil // its bytes are borrowed
		t.failures = append(t.failures, f)
	}
}

// grouped returns the failures by their causes, and the number of those beyond.
func (t *tally) grouped() (of []FailureGroup, other int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all, other := t.groups.All()
	for _, g := range all {
		f := FailureGroup{Path: g.Path, Transformer: g.Op, Reason: g.Reason, Code: g.Code, Count: g.Count, Key: g.First}
		if g.Outcome == OutcomeCollided.String() {
			f.Outcome = OutcomeCollided
		}
		of = append(of, f)
	}
	return of, other
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

// fill copies the counts into a report.
func (t *tally) fill(r *TableReport) {
	r.Read, r.Written, r.Filtered, r.Failed = t.read.Load(), t.counts[ledger.Written].Load(), t.counts[ledger.Filtered].Load(), t.counts[ledger.Failed].Load()+t.counts[ledger.Barred].Load()
	r.Collided, r.Existing, r.Unsettled = t.counts[ledger.Collided].Load(), t.counts[ledger.Existing].Load(), t.counts[ledger.Unsettled].Load()
	r.Leaked, r.Refused = t.classes[reason.Leak].Load(), t.classes[reason.Refused].Load()
	r.Pages, r.Batches, r.Retries = t.pages.Load(), t.batches.Load(), t.retries.Load()
	r.BytesRead, r.BytesWritten = t.bytes.Load(), t.bytesWritten.Load()
	r.PseudonymBytes, r.PseudonymUnits = t.pseudonymBytes.Load(), t.pseudonymUnits.Load()
	r.Throttles = t.throttles.Counts()
	t.mu.Lock()
	defer t.mu.Unlock()
	r.Failures, r.ReadUnits, r.WriteUnits = t.failures, t.readUnits, t.writeUnits
}

// A call is the method that the caller called.
type call uint8

const (
	callStream call = iota // nothing is written
	callPlan               // nothing is written, and no other call is to notice
	callSync
	callWrite
	callReplay
)

// A job is what the tables of one call share: the functions that receive unwritten items,
// and the limits of failures and capacity.
type job struct {
	call       call
	span       *span.Span
	log        *logrec.Journal
	keyTags    map[string]map[string]bool // of the lines that are replayed, by table
	unfinished map[string]string          // tables that this job lacks and its last run did not complete, by ARN of the destination

	onFailure   func(context.Context, Failure) error // or nil
	telling     *sync.Mutex                          // held while onFailure runs, in any call of the Syncer
	dead        *deadletter.File                     // nil without WithDeadLetters
	maxFailures int                                  // 0 for any number
	failures    atomic.Int64
	stopped     atomic.Pointer[TableError]

	budget float64      // of capacity units; 0 for none
	spent  atomic.Int64 // half capacity units, read and written
}

// tell reports an item that was not written to the caller. An error stops the job.
func (j *job) tell(ctx context.Context, f Failure) error {
	if err := writeLetter(j.dead, f); err != nil {
		return j.stop(newTableError(f.Table, "failure", err))
	}
	if j.onFailure != nil {
		if end := j.notify(ctx, f); end != nil {
			return j.stop(tableFault(end.class, f.Table, "failure", end.reason, end.err))
		}
	}
	if limit := j.maxFailures; f.Outcome != OutcomeExisting && j.failures.Add(1) > int64(limit) && limit > 0 {
		return j.stop(tableFault(reason.Items, f.Table, "failure", fmt.Sprintf("more than %d items failed, which is the limit of WithMaxFailures", limit), nil))
	}
	return nil
}

// A refusal is an error or panic of WithOnFailure.
type refusal struct {
	class  reason.Class
	reason string
	err    error
}

// notify calls WithOnFailure, one call at a time.
func (j *job) notify(ctx context.Context, f Failure) (end *refusal) {
	j.telling.Lock()
	defer j.telling.Unlock()
	defer func() {
		if p := recover(); p != nil {
			caught := reason.Caught(p)
			end = &refusal{reason.Unexpected, "WithOnFailure panicked" + caught.Place, caught}
		}
	}()
	if err := j.onFailure(ctx, f); err != nil {
		return &refusal{reason.Unstated, "WithOnFailure returned an error", err}
	}
	return nil
}

// stop ends the job, and returns the error that ends the run of the table.
func (j *job) stop(err *TableError) error {
	j.stopped.CompareAndSwap(nil, err)
	return err
}

// syncDeadLetters returns when the lines of all items that a table's run has reported are
// on disk. An error stops the job.
func (j *job) syncDeadLetters(table string) error {
	if err := j.dead.Sync(); err != nil {
		return j.stop(newTableError(table, "failure", err))
	}
	return nil
}

// spend takes capacity units from the budget.
func (j *job) spend(units float64) { j.spent.Add(int64(math.Ceil(2 * units))) }

// overBudget reports whether the budget is spent.
func (j *job) overBudget() bool { return j.budget > 0 && float64(j.spent.Load()) >= 2*j.budget }

func (j *job) close() error { return j.dead.Close() }
