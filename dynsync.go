package dynsync

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/given"
	"github.com/dynsync/dynsync/internal/jobkey"
	"github.com/dynsync/dynsync/internal/keyset"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/scheme"
)

// A Syncer is a job: its tables, their source and destination, and the rules for their
// items. [New] returns one. A Syncer holds no connections and no goroutines between
// calls, and is safe for concurrent use. The zero Syncer is not usable.
type Syncer struct {
	cfg    *jobConfig
	keys   *jobkey.Source
	key    *pseudonym.Key // once keys is ready
	keeper *keeper
	reader *rawapi.Reader // nil without a source
	writer *rawapi.Writer // nil without a destination
	tables []*table
	byName map[string]*table

	notifyMu sync.Mutex // held while WithOnFailure runs
	limits   *limits

	destinations keyset.Destinations
	keyChecked   atomic.Bool // by checkRecordKey
}

// Format implements [fmt.Formatter]: every verb prints the type alone, and nothing of the
// job's key.
func (s *Syncer) Format(f fmt.State, _ rune) { reason.Print(f, "dynsync.Syncer") }

// A table is a table of a job with its rules compiled.
type table struct {
	cfg   *tableConfig
	rules *ruleSet
	read  *statement
	known atomic.Pointer[engine.Plan] // of [Syncer.Transform], once the table was described
}

// New checks the options and returns the job. It does not use the network; calls such as
// [Syncer.Sync] check the tables themselves before anything is written. The error joins
// all faults of the options. A job with neither [WithSource] nor [WithDestination] is good
// for [Syncer.Transform] only.
func New(opts ...Option) (*Syncer, error) {
	cfg := defaultConfig()
	for _, o := range given.Options("New", opts, &cfg.faults) {
		o.applyJob(cfg)
	}
	s := &Syncer{cfg: cfg, byName: map[string]*table{}, limits: newLimits(cfg.share.n)}
	errs := checkJob(cfg)
	for _, tc := range cfg.tables {
		t, tableErrs := newTable(tc, cfg.defaults)
		for _, err := range append(tableErrs, checkInJob(cfg, tc, t.rules)...) {
			errs = append(errs, fmt.Errorf("dynsync: table %s: %w", tc.name, err))
		}
		if s.byName[tc.name] != nil {
			errs = append(errs, fmt.Errorf("dynsync: two tables of the job are named %q; tell them apart by WithName", tc.name))
		}
		s.byName[tc.name] = t
		s.tables = append(s.tables, t)
		s.limits.ask(t.physical(readSide), tc.readLimit)
		s.limits.ask(t.physical(writeSide), tc.writeLimit)
	}
	if len(errs) > 0 {
		return nil, &optionsError{errs}
	}
	var err error
	if s.keys, s.key, err = jobkey.New(cfg.key, cfg.giveUp); err != nil {
		return nil, reason.Refuse(reason.Unexpected, "no key could be made")
	}
	clear(cfg.key.Master) // nothing needs it any more
	cfg.key.Master = nil
	s.keeper = &keeper{&cfg.checkpoint, s.key, scheme.Number}
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

// newTable applies a table's options and compiles its rules.
func newTable(cfg *tableConfig, defaults []TableOption) (*table, []error) {
	index, arnErrs := splitARN(cfg)
	cfg.inheriting = true
	for _, o := range defaults {
		o.applyTable(cfg)
	}
	cfg.inheriting = false
	for _, o := range given.Options("WithTable", cfg.opts, &cfg.faults) {
		o.applyTable(cfg)
	}
	errs := slices.Concat(cfg.faults, arnErrs, checkTable(cfg, index))
	rules, ruleErrs := newRules(cfg.rules, checkTableRule)
	errs = append(errs, ruleErrs...)
	set, conflicts := compileRules(rules, cfg.defaults, false)
	read := &statement{source: cfg.source, index: cfg.index, consistent: cfg.consistent, pageSize: cfg.pageSize, where: cfg.where}
	if err := read.compile(cfg.params); err != nil {
		errs = append(errs, err)
	}
	cfg.opts, cfg.rules, cfg.faults = nil, nil, nil // they are compiled, and what is kept costs every garbage collection
	return &table{cfg: cfg, rules: set, read: read}, append(errs, conflicts...)
}

// A keeper reads what a job keeps in the store of WithCheckpoint.
type keeper struct {
	*checkpointConfig
	key    *pseudonym.Key
	scheme int // of pseudonyms
}

// table returns the table with that name.
func (s *Syncer) table(name string) (*table, error) {
	t := s.byName[name]
	if t == nil {
		return nil, reason.Refuse(reason.Configuration, "the job has no table named %q; WithTable adds one", name)
	}
	return t, nil
}

// physical identifies the table to which capacity belongs.
func (t *table) physical(of direction) meterName {
	if of == readSide {
		return meterName{of, t.cfg.source}
	}
	return meterName{of, t.cfg.destination}
}

// SetReadCapacity replaces the limit of [WithReadCapacity]. If the table is being read,
// the new limit applies within a second. It is safe for concurrent use. It returns an
// error if the job has no such table, if the limit is outside its legal range, and for a
// percentage of an on-demand table.
func (s *Syncer) SetReadCapacity(table string, c Capacity) error {
	t, err := s.table(table)
	if err != nil {
		return err
	}
	return s.limits.replace(t.physical(readSide), table, c)
}

// SetWriteCapacity replaces the limit of [WithWriteCapacity], as SetReadCapacity does for
// reads.
func (s *Syncer) SetWriteCapacity(table string, c Capacity) error {
	t, err := s.table(table)
	if err != nil {
		return err
	}
	return s.limits.replace(t.physical(writeSide), table, c)
}
