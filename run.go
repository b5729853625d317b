package dynsync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/capacity"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/rawapi"
)

// A run is one pass over one table: a Sync, a Write or a stream.
type run struct {
	s      *Syncer
	job    *job
	table  *table
	plan   *engine.Plan
	report *TableReport
	noteMu sync.Mutex // of report.Notes and report.Resumed

	changesKeys bool // a rule or the record transform can change an item's key
	canCollide  bool // and two items can end on one

	keysLooked atomic.Int64 // items whose keys have been looked at
	tally      tally
	start      time.Time

	source *types.TableDescription // nil if the call does not use the side
	target *types.TableDescription

	pages   chan *rawapi.Page // those that are free
	batches chan *batch       // likewise

	origin       *awserr.Renewal // of the source client's credentials
	destination  *awserr.Renewal // likewise
	reads        readMethod
	reading      *metered     // of the source; nil if the call does not use the side
	writing      *metered     // of the destination; likewise
	from         reading      // where the reading begins
	segmentsDone atomic.Int64 // by all runs
	deaf         atomic.Bool  // WithProgress panicked
	readsAnew    bool         // of resumed: no item that an earlier run read is behind the position
	resumed      bool         // an earlier run, of the same checkpoint, wrote a part

	sender      sender
	requests    context.Context // of write requests: it outlives the run's for a moment
	pace        *capacity.Pacer
	dest        *destination // nil where items cannot collide
	taken       *keySet      // keys that runs under way write to it
	beyond      bool         // items can collide with others whose keys are not in taken
	onlyInserts bool         // nothing is written over an item, whatever the mode
	progress    *progress    // nil without a checkpoint
	tag         string       // see keyTag
	fingerprint string       // of the job, for the checkpoint
	began       time.Time    // when the first run on the checkpoint began
}

func newRun(s *Syncer, j *job, t *table) *run {
	r := &run{
		s:     s,
		job:   j,
		table: t,
		start: time.Now(),
		report: &TableReport{
			Table:       t.cfg.name,
			Source:      t.cfg.source,
			Destination: t.cfg.destination,
		},
		pages:       make(chan *rawapi.Page, s.cfg.workers+maxReaders+1),
		batches:     make(chan *batch, s.cfg.workers+s.cfg.requests),
		pace:        capacity.NewPacer(s.cfg.requests),
		origin:      &awserr.Renewal{Client: s.cfg.source},
		destination: &awserr.Renewal{Client: s.cfg.destination},
	}
	return r
}

// fail records what ended the run, if nothing did before.
func (r *run) fail(op string, err error) {
	if err != nil && r.report.Err == nil {
		r.report.Err = newTableError(r.table.cfg.name, op, err)
	}
}

// begins logs that the run's work begins.
func (r *run) begins(ctx context.Context) {
	r.start, r.tag = time.Now(), r.keyTag()
	r.noteInserts()
	r.sender = r.newSender()
	_ = r.meter() // of several runs on one table, the last to begin sets the default
	r.s.cfg.logger.InfoContext(ctx, "dynsync: table begins", "table", r.table.cfg.name)
}

// finish completes the report and returns it.
func (r *run) finish(ctx context.Context) *TableReport {
	r.s.destinations.leave(r)
	rep := r.report
	r.fillReport()
	rep.Duration = time.Since(r.start)
	if r.s.reader != nil && rep.Pages > 0 {
		rep.ReadPath = r.s.reader.Path().String()
	}
	if r.s.writer != nil && rep.Batches > 0 {
		rep.WritePath = r.writePath()
	}
	r.checkUnmatched()
	if !rep.balanced() {
		rep.Err = errors.Join(rep.Err, newTableError(rep.Table, "accounting", refuse("%d items were read, and %d written, %d filtered, %d failed, %d collided, %d existing and %d unsettled; do not trust the copy (unless a callback ended its goroutine, this is a bug of dynsync)",
			rep.Read, rep.Written, rep.Filtered, rep.Failed, rep.Collided, rep.Existing, rep.Unsettled)))
	}
	r.s.cfg.logger.InfoContext(ctx, "dynsync: table ended", "table", rep.Table, "read", rep.Read, "written", rep.Written,
		"filtered", rep.Filtered, "failed", rep.Failed, "collided", rep.Collided, "existing", rep.Existing, "unsettled", rep.Unsettled,
		"read path", rep.ReadPath, "write path", rep.WritePath)
	return rep
}

// fillReport copies the counts into the report: this run's, and the job's, which
// without a checkpoint are the same.
func (r *run) fillReport() {
	rep := r.report
	r.tally.fill(rep)
	if r.progress == nil {
		rep.Job = rep.outcomes()
		return
	}
	_, l := r.progress.reached()
	rep.Job = outcomes(l.counts)
}

// eachRule calls fn for every rule, and whether it selected something. Where no
// item went through the rules, nothing can be said against one.
func (r *run) eachRule(fn func(rule *rule, hit bool)) {
	for _, rule := range r.table.rules.rules {
		fn(rule, r.tally.matched == nil || r.tally.matched[rule.ID])
	}
}

// checkUnmatched reports the rules that selected nothing. Under a default that may keep
// values, and for a key, such a rule may be a typing error that let its values through.
func (r *run) checkUnmatched() {
	if r.tally.matched == nil {
		return
	}
	var suspect error
	r.eachRule(func(rule *rule, hit bool) {
		if names := r.misspelt(rule); !hit && suspect == nil && len(names) > 0 {
			suspect = refuse("%s", misspeltKey(rule, names[0]))
		}
		if hit || rule.optional {
			return
		}
		r.report.Unmatched = append(r.report.Unmatched, rule.Text)
		shared := rule.Inherited && len(r.s.tables) > 1 // it may match in another table: Sync looks at all of them
		if suspect == nil && !shared && r.table.rules.compiled.PassesByDefault() {
			suspect = refuse("the rule %q matched nothing, under a default that may keep values%s; correct its pattern or mark it Optional", rule.Text, inTheClear(r.report.Written))
		}
	})
	r.fail("rules", suspect)
}

// inTheClear says what a rule that matched nothing may have done.
func inTheClear(written int64) string {
	if written == 0 {
		return ""
	}
	return fmt.Sprintf(", and the %d items that are written may hold what it was for in the clear", written)
}

// lostGoroutine returns the error of a table of which a goroutine ended without a
// word.
func (r *run) lostGoroutine() *TableError {
	return &TableError{Table: r.table.cfg.name, Op: "callback", Reason: "a callback ended its goroutine (runtime.Goexit)"}
}

// itemError returns the error of an item that no transformer is to blame for.
func (r *run) itemError(reason string, cause error) *ItemError {
	return &ItemError{Table: r.table.cfg.name, Reason: reason, Err: cause}
}

// note adds something to know to the report.
func (r *run) note(text string) {
	r.noteMu.Lock()
	defer r.noteMu.Unlock()
	r.report.Notes = append(r.report.Notes, text)
}

// checkInherited reports rules of the defaults that matched in no table, where
// a typing error in them would pass values through.
func (s *Syncer) checkInherited(runs []*run) []error {
	if len(runs) == 1 {
		return nil // its report says so
	}
	fine, suspect := map[string]bool{}, map[string]int64{} // with the items written
	for _, r := range runs {
		r.eachRule(func(rule *rule, hit bool) {
			if !rule.Inherited {
				return
			}
			if hit && r.tally.matched != nil {
				fine[rule.Text] = true
			} else if !hit && !rule.optional && r.table.rules.compiled.PassesByDefault() {
				suspect[rule.Text] += r.report.Written
			}
		})
	}
	var errs []error
	for _, text := range slices.Sorted(maps.Keys(suspect)) {
		if !fine[text] {
			errs = append(errs, fmt.Errorf("dynsync: the rule %q of WithDefaults matched nothing in any table, under a default that may keep values%s; correct its pattern or mark it Optional", text, inTheClear(suspect[text])))
		}
	}
	return errs
}

// spent takes capacity units from the job's budget.
func (r *run) spent(units float64) { r.job.spent.Add(int64(math.Ceil(2 * units))) }

// overBudget reports whether the job has spent its budget.
func (r *run) overBudget() bool {
	return r.s.cfg.budgetSet && float64(r.job.spent.Load()) >= 2*r.s.cfg.budget
}

// ErrBudgetSpent is the error of a table that is not complete since the job's
// [WithBudget] is used up.
var ErrBudgetSpent = errors.New("dynsync: the budget of capacity units is spent; run the job again to go on")

// inserts reports whether the run writes only items whose key is free, whatever
// its mode, and takes an item that differs from its own for a collision.
func (r *run) inserts() bool { return r.onlyInserts || r.beyond && !r.table.cfg.allowExisting }
