package dynsync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/rawapi"
)

// A Syncer is a job: tables, where they are read and written, and what happens
// to their items on the way. It is made by [New], holds no connections and no
// goroutines of its own, and is safe for concurrent use.
type Syncer struct {
	cfg    *jobConfig
	key    *pseudonym.Key
	reader *rawapi.Reader // nil without a source
	writer *rawapi.Writer // nil without a destination
	tables []*table
	byName map[string]*table

	notifyMu sync.Mutex // held while WithOnFailure runs
	limits   limits

	destinations destinations
	keyChecked   atomic.Bool // by checkRecordKey
}

// A table is a table of a job with its rules compiled.
type table struct {
	cfg   *tableConfig
	rules *ruleSet
	read  *statement
}

// New checks the options and returns the job. It needs no network: what DynamoDB
// has to say is checked before anything is written. The error joins every fault
// it found.
func New(opts ...Option) (*Syncer, error) {
	cfg := defaultConfig()
	for _, o := range opts {
		o.applyJob(cfg)
	}
	s := &Syncer{cfg: cfg, byName: map[string]*table{}}
	errs := slices.Concat(s.checkJob(), s.checkCheckpointJob(), s.checkShare())
	for _, tc := range cfg.tables {
		t, tableErrs := newTable(tc, cfg.defaults)
		tableErrs = slices.Concat(tableErrs, s.checkCheckpoint(t), checkMode(tc.mode, cfg.destination), s.checkTableShare(t), s.checkSampling(t))
		for _, err := range tableErrs {
			errs = append(errs, fmt.Errorf("dynsync: table %s: %w", tc.name, err))
		}
		if s.byName[tc.name] != nil {
			errs = append(errs, fmt.Errorf("dynsync: two tables of the job are named %q; tell them apart by WithName", tc.name))
		}
		s.byName[tc.name] = t
		s.tables = append(s.tables, t)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	if cfg.source != nil {
		s.reader = rawapi.NewReader(cfg.source, cfg.vouchedSteps).NoRetries()
	}
	if cfg.destination != nil {
		newWriter := rawapi.NewWriter
		if cfg.direct {
			newWriter = rawapi.NewDirectWriter
		}
		s.writer = newWriter(cfg.destination, cfg.vouchedSteps).NoRetries()
	}
	return s, nil
}

// checkJob checks the options of the job and makes its key.
func (s *Syncer) checkJob() []error {
	cfg := s.cfg
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("dynsync: "+format, args...))
		}
	}
	check(len(cfg.tables) > 0, "the job has no table; add one by WithTable")
	check(cfg.source != nil || cfg.destination != nil, "the job has neither WithSource nor WithDestination")
	check(!isNilPointer(cfg.source), "the client of WithSource is nil")
	check(!isNilPointer(cfg.destination), "the client of WithDestination is nil")
	check(cfg.logger != nil, "WithLogger needs a logger")
	check(cfg.workers >= 1 && cfg.workers <= 1024, "WithWorkers must be 1 to 1024, not %d", cfg.workers)
	check(!cfg.budgetSet || cfg.budget > 0, "WithBudget must be more than 0, not %v", cfg.budget)
	check(cfg.maxFailures >= 0, "WithMaxFailures must be 0 or more, not %d", cfg.maxFailures)
	check(cfg.giveUp > 0, "WithGiveUpAfter must be more than 0, not %v", cfg.giveUp)
	check(cfg.maxTrackedKeys >= 1, "WithMaxTrackedKeys must be 1 or more, not %d", cfg.maxTrackedKeys)
	check(cfg.deadLetterPath == "" || cfg.keySet || cfg.deadLetterClear, "WithDeadLetters needs WithKey, under which the keys in the file are encrypted; without a key of yours nobody could read them (InTheClear writes them as plain text)")
	check(cfg.deadLetterPath != "" || !cfg.deadLetterItems, "WithPersonalDataInDeadLetters needs WithDeadLetters")
	check(cfg.requests >= 1 && cfg.requests <= 1024, "WithWriteConcurrency must be 1 to 1024, not %d", cfg.requests)
	var err error
	if cfg.keySet {
		s.key, err = pseudonym.NewKey(cfg.key)
		check(err == nil, "WithKey needs 32 bytes or more, from a random source; it has %d", len(cfg.key))
		check(err != nil || differentBytes(cfg.key) >= minDifferentBytes, "WithKey needs 32 bytes or more, from a random source; it has fewer than eight different ones")
	} else {
		s.key, err = pseudonym.RandomKey()
		check(err == nil, "no random key could be made")
	}
	return errs
}

// minDifferentBytes is how many different bytes a key has at least. A random one of
// fewer does not come (of 32 hexadecimal digits, one in 20 million has): what has fewer
// is a buffer that nobody filled, or a word again and again.
const minDifferentBytes = 8

// differentBytes returns how many different bytes b holds.
func differentBytes(b []byte) int {
	var seen [256]bool
	n := 0
	for _, c := range b {
		if !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}

// isNilPointer reports whether v holds a pointer that is nil, unlike v itself.
func isNilPointer(v any) bool {
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}

// tableName is what DynamoDB takes as the name of a table or index.
var tableName = regexp.MustCompile(`^[A-Za-z0-9_.-]{3,255}$`)

// newTable applies a table's options and compiles its rules.
func newTable(cfg *tableConfig, defaults []TableOption) (*table, []error) {
	cfg.inheriting = true
	for _, o := range defaults {
		o.applyTable(cfg)
	}
	cfg.inheriting = false
	for _, o := range cfg.opts {
		o.applyTable(cfg)
	}
	errs := checkTable(cfg)
	rules := make([]*rule, 0, len(cfg.rules))
	for _, rc := range cfg.rules {
		r, err := newRule(rc.pattern, rc.t, rc.opts)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if rc.onNames && r.desc.Last {
			errs = append(errs, fmt.Errorf("rule %q: %s comes after all other rules, and cannot transform names", r.text, r.desc.Name))
		}
		r.onNames, r.inherited = rc.onNames, rc.inherited
		rules = append(rules, r)
	}
	set, ruleErrs := compileRules(rules, cfg.defaults)
	read, err := newStatement(cfg)
	if err != nil {
		errs = append(errs, err)
	}
	cfg.opts, cfg.rules = nil, nil // they are compiled, and what is kept costs every garbage collection
	return &table{cfg: cfg, rules: set, read: read}, append(errs, ruleErrs...)
}

func checkTable(cfg *tableConfig) []error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	const legal = "3 to 255 of the characters a-z, A-Z, 0-9, '_', '-' and '.'"
	check(tableName.MatchString(cfg.source), "the source table's name %q is not legal: it has %s", cfg.source, legal)
	check(cfg.destination != "", "the destination table has no name")
	check(cfg.index == "" || tableName.MatchString(cfg.index), "WithIndex: the name %q is not legal: it has %s", cfg.index, legal)
	check(cfg.name != "", "WithName needs a name")
	for _, limit := range []struct {
		name string
		c    Capacity
	}{{"WithReadLimit", cfg.readLimit}, {"WithWriteLimit", cfg.writeLimit}} {
		if limit.c != (Capacity{}) && limit.c.check() != nil {
			errs = append(errs, fmt.Errorf("%s: %w", limit.name, limit.c.check()))
		}
	}
	check(cfg.shuffle >= 0 && cfg.shuffle <= maxReaders, "WithShuffle must be 1 to 64")
	check(cfg.segments <= maxSegments, "WithSegments must be 1 to 1000000")
	check(cfg.leak == nil || cfg.leak.min >= 1, "LeakMinLength must be 1 or more")
	check(cfg.pageSize >= 0 && cfg.pageSize <= 1_000_000, "WithPageSize must be 0 to 1000000, not %d", cfg.pageSize)
	for _, k := range slices.Sorted(maps.Keys(cfg.defaults)) {
		t := cfg.defaults[k]
		if k < KindS || k > KindNULL {
			errs = append(errs, fmt.Errorf("WithDefault takes KindS, KindN, KindB, KindBOOL and KindNULL, not %v; sets follow their members' kind, and maps and lists what they hold", k))
			delete(cfg.defaults, k)
			continue
		}
		if fs := faults(t); len(fs) > 0 {
			errs = append(errs, fmt.Errorf("WithDefault for %v: %w", k, errors.Join(fs...)))
			delete(cfg.defaults, k)
			continue
		}
		if d := describe(t); d.Last {
			errs = append(errs, fmt.Errorf("WithDefault for %v: %s comes after all other rules, and needs one of its own", k, d.Name))
		}
	}
	return errs
}

// table returns the table of that name.
func (s *Syncer) table(name string) (*table, error) {
	t := s.byName[name]
	if t == nil {
		return nil, fmt.Errorf("dynsync: the job has no table named %q; WithTable adds one", name)
	}
	return t, nil
}

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
	unlock, err := s.lockCheckpoint(ctx)
	if err != nil {
		return report, errors.Join(err, j.close())
	}
	record, err := s.openRecord(ctx, report)
	if err != nil {
		return report, errors.Join(err, unlock(), j.close())
	}
	if record != nil {
		j.last = record.last
	}
	runs := s.preflight(ctx, j, s.tables, needs{source: true, destination: true})
	defer func() { // also where a callback of the caller's panics
		for _, r := range runs {
			s.destinations.leave(r)
		}
	}()
	var errs []error
	for _, r := range runs {
		r.fail("checkpoint", r.resume(ctx))
	}
	goBeyond(runs)
	if err := record.begin(ctx, runs); err != nil {
		return report, errors.Join(err, unlock(), j.close())
	}
	for _, r := range runs {
		report.Tables = append(report.Tables, r.sync(ctx))
	}
	errs = append(errs, s.checkInherited(runs)...)
	deadErr := j.dead.sync()
	err = record.end(ctx, report, append(errs, deadErr))
	if err == nil && deadErr == nil {
		err = s.dropCheckpoints(ctx, runs)
	}
	return report, report.err(append(errs, err, unlock(), j.close()))
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
			if !rule.inherited {
				return
			}
			if hit && r.tally.matched != nil {
				fine[rule.text] = true
			} else if !hit && !rule.optional && r.table.rules.passesByDefault() {
				suspect[rule.text] += r.report.Written
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

// err returns the error of a job with this report.
func (r *Report) err(errs []error) error {
	failed := false
	for _, t := range r.Tables {
		if t.Err != nil {
			errs = append(errs, t.Err)
		}
		failed = failed || t.lostItems() > 0
	}
	if failed {
		errs = append(errs, &ItemsFailedError{r})
	}
	return errors.Join(errs...)
}
