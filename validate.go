package dynsync

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/rawapi"
)

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

// isNilPointer reports whether v holds a pointer that is nil, unlike v itself.
func isNilPointer(v any) bool {
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}

// tableName is what DynamoDB takes as the name of a table or index.
var tableName = regexp.MustCompile(`^[A-Za-z0-9_.-]{3,255}$`)

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

// checkMode returns what is wrong with a table's mode for a destination client,
// which may be nil.
func checkMode(m Mode, client DestinationClient) []error {
	if m > ModeMerge {
		return []error{fmt.Errorf("WithMode must be ModePut, ModeInsert or ModeMerge, not %v", m)}
	}
	if m == ModePut || client == nil {
		return nil
	}
	var lacks []string
	need := func(method string, has bool) {
		if !has {
			lacks = append(lacks, method)
		}
	}
	_, put := client.(rawapi.PutItemAPI)
	_, get := client.(rawapi.GetItemAPI)
	_, insert := client.(rawapi.BatchExecuteStatementAPI)
	_, update := client.(rawapi.UpdateItemAPI)
	need("BatchExecuteStatement", insert || m != ModeInsert)
	need("UpdateItem", update || m != ModeMerge)
	need("PutItem", put)
	need("GetItem", get)
	if len(lacks) == 0 {
		return nil
	}
	return []error{fmt.Errorf("%v needs methods that the client of WithDestination (%T) does not have: %s", m, client, strings.Join(lacks, ", "))}
}

// checkShare returns what is wrong with the job's share.
func (s *Syncer) checkShare() []error {
	sh := s.cfg.share
	if !s.cfg.shareSet {
		return nil
	}
	var errs []error
	if sh.n < 1 || sh.n > maxSegments || sh.i < 0 || sh.i >= sh.n {
		errs = append(errs, fmt.Errorf("dynsync: WithShare(%d, %d): the first number is 0 or more and less than the second, which is 1 to 1000000", sh.i, sh.n))
	}
	if !s.cfg.keySet {
		errs = append(errs, errors.New("dynsync: WithShare needs WithKey: under random keys the processes would make different pseudonyms"))
	}
	return errs
}

// checkTableShare returns what keeps a table from being shared, for New.
func (s *Syncer) checkTableShare(t *table) []error {
	sh := s.cfg.share
	switch {
	case !sh.divided():
		return nil
	case t.cfg.segments == autoSegments:
		return []error{errors.New("WithAutoSegments cannot be used together with WithShare: the processes must agree on a number; use WithSegments")}
	case t.cfg.segments < sh.n:
		return []error{fmt.Errorf("WithShare needs WithSegments of %d or more, the number of shares", sh.n)}
	}
	return nil
}

// checkSampling returns what is wrong with a table's limit or sample, for New.
func (s *Syncer) checkSampling(t *table) []error {
	cfg := t.cfg
	var errs []error
	if cfg.limitSet && cfg.limit < 1 {
		errs = append(errs, fmt.Errorf("WithLimit must be 1 or more, not %d", cfg.limit))
	}
	if cfg.limitSet && s.cfg.checkpoint.set {
		errs = append(errs, errors.New("WithLimit cannot be used with WithCheckpoint: a resumed run does not know which items the one before took"))
	}
	if cfg.sampleSet && !(cfg.sample > 0 && cfg.sample <= 1) {
		errs = append(errs, fmt.Errorf("WithSample must be more than 0 and at most 1, not %v", cfg.sample))
	}
	return errs
}

// checkCheckpointJob returns what keeps the job from having checkpoints, for New.
func (s *Syncer) checkCheckpointJob() []error {
	var errs []error
	cfg := s.cfg.checkpoint
	file, isFile := cfg.store.(*fileStore)
	switch {
	case !cfg.set:
		return nil
	case cfg.store == nil || isNilPointer(cfg.store):
		errs = append(errs, errors.New("dynsync: the store of WithCheckpoint is nil"))
	case isFile && file.dir == "":
		errs = append(errs, errors.New("dynsync: FileCheckpoint needs a directory"))
	}
	if cfg.fresh < 0 {
		errs = append(errs, fmt.Errorf("dynsync: FreshFor must be 0 or more, not %v", cfg.fresh))
	}
	if !s.cfg.keySet {
		errs = append(errs, errors.New("dynsync: WithCheckpoint needs WithKey: under a random key a resumed run would make other pseudonyms than the one before"))
	}
	return errs
}

// checkCheckpoint returns what keeps a table from having a checkpoint, for New,
// which names the table.
func (s *Syncer) checkCheckpoint(t *table) []error {
	if !s.cfg.checkpoint.set {
		return nil
	}
	var errs []error
	if code := t.code(); len(code) > 0 && s.cfg.checkpoint.rulesVersion == "" {
		errs = append(errs, fmt.Errorf("WithCheckpoint needs WithRulesVersion, to tell whether a resumed run transforms items as the one before did; it cannot tell by itself of %s", strings.Join(code, ", ")))
	}
	return errs
}

// code returns what of the table is code of which nothing tells one version
// from another.
func (t *table) code() []string {
	var code []string
	for _, r := range t.rules.rules {
		if name := codeIn(r.t); name != "" {
			code = append(code, fmt.Sprintf("the rule %q (%s)", r.Text, name))
		}
	}
	for _, k := range defaultKinds {
		if name := codeIn(t.rules.defaults[k]); name != "" {
			code = append(code, fmt.Sprintf("WithDefault (%s)", name))
		}
	}
	if t.cfg.filter != nil {
		code = append(code, "WithFilter")
	}
	if t.cfg.finish != nil {
		code = append(code, "WithRecordTransform")
	}
	return slices.Compact(code)
}

// plainBuiltins are the transformers of type builtin that consist of what they
// describe and of the transformers in them. The others hold a function of the
// caller's.
var plainBuiltins = []string{"Constant", "Null", "Chain", "FirstOf", "OnKind", "IfMissing", "Each", "Delimited"}

// codeIn returns the name of a transformer, t or one in it, that runs code of
// which nothing tells one version from another; "" if there is none.
func codeIn(t Transformer) string {
	switch t := t.(type) {
	case nil:
		return ""
	case *builtin:
		if !slices.Contains(plainBuiltins, t.desc.Name) {
			return t.desc.Name
		}
		for _, inner := range t.inner {
			if name := codeIn(inner); name != "" {
				return name
			}
		}
		return ""
	case Describer:
		if t.Describe().Name != "" {
			return ""
		}
	}
	return typeName(t)
}
