package dynsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dynsync/dynsync/internal/engine"
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
	rules, ruleErrs := newRules(cfg.rules)
	errs = append(errs, ruleErrs...)
	for _, r := range rules {
		if r.OnNames && r.desc.Last {
			errs = append(errs, fmt.Errorf("rule %q: %s comes after all other rules, and cannot transform names", r.Text, r.desc.Name))
		}
	}
	set, conflicts := compileRules(rules, cfg.defaults, engine.Compile)
	read, err := newStatement(cfg)
	if err != nil {
		errs = append(errs, err)
	}
	cfg.opts, cfg.rules = nil, nil // they are compiled, and what is kept costs every garbage collection
	return &table{cfg: cfg, rules: set, read: read}, append(errs, conflicts...)
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
