package dynsync

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/guard"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/side"
	"github.com/dynsync/dynsync/internal/tablearn"
)

// checkJob returns what is wrong with the options of the job, for New.
func checkJob(cfg *jobConfig) []error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("dynsync: "+format, args...))
		}
	}
	for _, fault := range slices.Concat(cfg.faults, cfg.key.Faults()) {
		check(false, "%w", fault)
	}
	check(len(cfg.tables) > 0, "the job has no table; add one by WithTable")
	check(!cfg.sourceSet || cfg.source != nil && !isNilPointer(cfg.source), "the client of WithSource is nil")
	check(!cfg.destinationSet || cfg.destination != nil && !isNilPointer(cfg.destination), "the client of WithDestination is nil")
	from, to := side.Of(cfg.source).Fault(), side.Of(cfg.destination).Fault()
	check(from == side.NoFault, "WithSource: %s", from)
	check(to == side.NoFault, "WithDestination: %s", to)
	check(cfg.logger != nil, "WithLogger needs a logger")
	check(cfg.workers >= 1 && cfg.workers <= 1024, "WithWorkers must be 1 to 1024, not %d", cfg.workers)
	check(!cfg.budgetSet || cfg.budget > 0, "WithMaxCapacity must be more than 0, not %v", cfg.budget)
	check(!cfg.stopSet || cfg.stopAfter > 0, "WithStopAfter must be more than 0, not %v", cfg.stopAfter)
	if err := cfg.accepted.Read(); err != nil {
		check(false, "WithAcceptedFindings: %w", err)
	}
	check(cfg.maxFailures >= 0, "WithMaxFailures must be 0 or more, not %d", cfg.maxFailures)
	check(cfg.giveUp > 0, "WithGiveUpAfter must be more than 0, not %v", cfg.giveUp)
	check(cfg.maxTrackedKeys >= 1, "WithMaxTrackedKeys must be 1 or more, not %d", cfg.maxTrackedKeys)
	check(cfg.deadLetterPath == "" || cfg.key.Given() || cfg.deadLetterClear, "WithDeadLetters needs WithKey or WithKeyFrom, whose key encrypts the keys in the file; under a random key nobody could read them (InTheClear writes them as plain text)")
	check(cfg.requests >= 1 && cfg.requests <= 1024, "WithWriteConcurrency must be 1 to 1024, not %d", cfg.requests)
	return slices.Concat(errs, checkGuard(cfg), checkCheckpointJob(cfg), checkShare(cfg))
}

// checkGuard returns what is wrong with what WithDestination says of the tables that the
// job may write to.
func checkGuard(cfg *jobConfig) []error {
	var errs []error
	for _, fault := range cfg.guard.Faults() {
		errs = append(errs, fmt.Errorf("dynsync: WithDestination: %w", fault))
	}
	if cfg.destination != nil && !isNilPointer(cfg.destination) && !cfg.guard.Given() {
		if why := guard.Needed(cfg.destination); why != "" {
			errs = append(errs, errors.New("dynsync: WithDestination: "+why))
		}
	}
	return errs
}

// isNilPointer reports whether v holds a pointer that is nil, unlike v itself.
func isNilPointer(v any) bool {
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}

// splitARN takes an ARN of an index as a source apart into the ARN of the table, and the name
// of the index.
func splitARN(cfg *tableConfig) (index string, errs []error) {
	if !tablearn.Is(cfg.source) {
		return "", nil
	}
	a, err := tablearn.Parse(cfg.source)
	if err != nil {
		return "", []error{fmt.Errorf("the source table: %w", err)}
	}
	cfg.source, cfg.index = a.OfTable().String(), a.Index
	return a.Index, nil
}

// checkRegion returns what keeps the client of a side, of that option, from a table that is
// named by its ARN.
func checkRegion(role, table, option string, of side.Side) []error {
	a, err := tablearn.Parse(table)
	if err != nil || of.Local() || of.Region == "" || of.Region == a.Region {
		return nil
	}
	return []error{fmt.Errorf("the %s table %s is in the region %s, and the client of %s is of %s; give it a client of the table's region", role, table, a.Region, option, of.Region)}
}

// checkDestination returns what is wrong with the name or the ARN of a destination.
func checkDestination(destination string) error {
	if !tablearn.Is(destination) {
		return nil
	}
	a, err := tablearn.Parse(destination)
	switch {
	case err != nil:
		return fmt.Errorf("the destination table: %w", err)
	case a.Index != "":
		return fmt.Errorf("the destination table: the ARN %q is that of an index, which only reads; write that of the table, %s", destination, a.OfTable())
	}
	return nil
}

// checkTable returns what is wrong with the options of a table. arnIndex is the index that
// the ARN of its source names.
func checkTable(cfg *tableConfig, arnIndex string) []error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	const legal = tablearn.Legal
	isARN := tablearn.Is(cfg.source)
	check(isARN || tablearn.IsName(cfg.source), "the source table's name %q is not legal: it has %s", cfg.source, legal)
	_, malformed := tablearn.Parse(cfg.source) // which is told where the ARN is read
	check(!isARN || malformed != nil || cfg.segmentsSet, "the source table is named by the ARN %q, which PartiQL does not take, so that it can only be read by Scan; add WithSegments(AutoSegments), or a number", cfg.source)
	check(arnIndex == "" || cfg.index == arnIndex, "WithIndex(%q) contradicts the ARN of the source, which is that of the index %q; leave one out", cfg.index, arnIndex)
	check(cfg.destination != "", "the destination table has no name")
	if err := checkDestination(cfg.destination); err != nil {
		errs = append(errs, err)
	}
	check(cfg.index == "" || tablearn.IsName(cfg.index), "WithIndex: the name %q is not legal: it has %s", cfg.index, legal)
	check(cfg.name != "", "WithName needs a name")
	for _, limit := range []struct {
		name string
		c    Capacity
	}{{"WithReadCapacity", cfg.readLimit}, {"WithWriteCapacity", cfg.writeLimit}} {
		if limit.c != (Capacity{}) && limit.c.check() != nil {
			errs = append(errs, fmt.Errorf("%s: %w", limit.name, limit.c.check()))
		}
	}
	check(!cfg.shuffleSet || cfg.shuffle >= 1 && cfg.shuffle <= maxReaders, "WithShuffle must be 1 to %d, not %d", maxReaders, cfg.shuffle)
	check(!cfg.segmentsSet || cfg.segments == AutoSegments || cfg.segments >= 1 && cfg.segments <= maxSegments, "WithSegments must be 1 to %d, or AutoSegments, not %d", maxSegments, cfg.segments)
	check(cfg.leak.length() >= 0, "LeakMinLength must be 0 or more")
	check(cfg.tolerate >= 0 && !math.IsInf(cfg.tolerate, 0), "WithTolerate must be 0 or more and finite, not %v", cfg.tolerate)
	check(cfg.pageSize >= 0 && cfg.pageSize <= 1_000_000, "WithPageSize must be 0 to 1000000, not %d", cfg.pageSize)
	for _, k := range slices.Sorted(maps.Keys(cfg.defaults)) {
		t := cfg.defaults[k]
		if k < KindS || k > KindNULL {
			errs = append(errs, fmt.Errorf("WithDefaultTransform takes KindS, KindN, KindB, KindBOOL and KindNULL, not %v; sets follow their members, and maps and lists their values", k))
			delete(cfg.defaults, k)
			continue
		}
		if fs := faults(t); len(fs) > 0 {
			errs = append(errs, fmt.Errorf("WithDefaultTransform for %v: %w", k, errors.Join(fs...)))
			delete(cfg.defaults, k)
			continue
		}
		if d := describe(t); d.Last {
			errs = append(errs, fmt.Errorf("WithDefaultTransform for %v: %s runs last, and needs its own rule", k, d.Name))
		}
	}
	return errs
}

// checkInJob returns what is wrong with a table in this job, for New, which names the
// table.
func checkInJob(job *jobConfig, cfg *tableConfig, rules *ruleSet) []error {
	return slices.Concat(
		checkRegion(side.Source, cfg.source, "WithSource", side.Of(job.source)),
		checkRegion(side.Destination, cfg.destination, "WithDestination", side.Of(job.destination)),
		checkCheckpoint(cfg, rules, &job.checkpoint),
		checkMode(cfg.mode, job.destination),
		checkTableShare(cfg, job.share),
		checkSampling(cfg, job.checkpoint.set))
}

// checkMode returns what is wrong with a table's mode for a destination client,
// which may be nil.
func checkMode(m Mode, client DestinationClient) []error {
	if !m.known() {
		return []error{fmt.Errorf("WithMode must be %s, not %v", modeNames(), m)}
	}
	if client == nil {
		return nil
	}
	has := map[string]bool{}
	_, has["PutItem"] = client.(rawapi.PutItemAPI)
	_, has["GetItem"] = client.(rawapi.GetItemAPI)
	_, has["BatchExecuteStatement"] = client.(rawapi.BatchExecuteStatementAPI)
	_, has["UpdateItem"] = client.(rawapi.UpdateItemAPI)
	var lacks []string
	for _, method := range m.spec().needs {
		if !has[method] {
			lacks = append(lacks, method)
		}
	}
	if len(lacks) == 0 {
		return nil
	}
	return []error{fmt.Errorf("%v needs methods that the client of WithDestination (%T) does not have: %s", m, client, strings.Join(lacks, ", "))}
}

// modeNames returns the names of all modes, joined for a sentence.
func modeNames() string {
	last := len(modeSpecs) - 1
	var names []string
	for _, m := range modeSpecs[:last] {
		names = append(names, m.name)
	}
	return strings.Join(names, ", ") + " or " + modeSpecs[last].name
}

// maxSegments is the maximum of TotalSegments of a DynamoDB Scan.
const maxSegments = 1_000_000

// checkShare returns what is wrong with the job's share.
func checkShare(cfg *jobConfig) []error {
	sh := cfg.share
	if !cfg.shareSet {
		return nil
	}
	var errs []error
	if sh.n < 1 || sh.n > maxSegments || sh.i < 0 || sh.i >= sh.n {
		errs = append(errs, fmt.Errorf("dynsync: WithShare(%d, %d): the first number is 0 or more and less than the second, which is 1 to %d", sh.i, sh.n, maxSegments))
	}
	if !cfg.key.Given() {
		errs = append(errs, errors.New("dynsync: WithShare needs WithKey or WithKeyFrom: under random keys the processes would make different pseudonyms"))
	}
	return errs
}

// checkTableShare returns the errors that keep a table from being shared.
func checkTableShare(cfg *tableConfig, sh share) []error {
	switch {
	case !sh.divided():
		return nil
	case cfg.segments == AutoSegments:
		return []error{errors.New("WithSegments(AutoSegments) cannot be used together with WithShare: the processes must agree on a number")}
	case cfg.segments < sh.n:
		return []error{fmt.Errorf("WithShare needs WithSegments of %d or more, the number of shares", sh.n)}
	}
	return nil
}

// checkSampling returns what is wrong with a table's limit or sample.
func checkSampling(cfg *tableConfig, checkpoint bool) []error {
	var errs []error
	if cfg.limitSet && cfg.limit < 1 {
		errs = append(errs, fmt.Errorf("WithMaxItems must be 1 or more, not %d", cfg.limit))
	}
	if cfg.limitSet && checkpoint {
		errs = append(errs, errors.New("WithMaxItems cannot be used with WithCheckpoint: a resumed run does not know which items the one before took"))
	}
	if cfg.sampleSet && !(cfg.sample > 0 && cfg.sample <= 1) {
		errs = append(errs, fmt.Errorf("WithSample must be more than 0 and at most 1, not %v", cfg.sample))
	}
	return errs
}

// checkCheckpointJob returns what keeps the job from having checkpoints.
func checkCheckpointJob(job *jobConfig) []error {
	var errs []error
	cfg := job.checkpoint
	files, isFiles := cfg.store.(*fileStore)
	switch {
	case !cfg.set:
		return nil
	case cfg.store == nil || isNilPointer(cfg.store):
		errs = append(errs, errors.New("dynsync: the store of WithCheckpoint is nil"))
	case isFiles && files.Path == "":
		errs = append(errs, errors.New("dynsync: FileCheckpoint needs a directory"))
	default:
		if most := cfg.store.Limits().MaxBytes; most != 0 && most < checkpoint.MinSize {
			errs = append(errs, fmt.Errorf("dynsync: CheckpointLimits.MaxBytes of the store of WithCheckpoint must be 0 or at least %d, not %d: a checkpoint can be so large", checkpoint.MinSize, most))
		}
	}
	if cfg.fresh < 0 {
		errs = append(errs, fmt.Errorf("dynsync: FreshFor must be 0 or more, not %v", cfg.fresh))
	}
	if !job.key.Given() {
		errs = append(errs, errors.New("dynsync: WithCheckpoint needs WithKey or WithKeyFrom: under a random key a resumed run would make different pseudonyms"))
	}
	return errs
}

// checkCheckpoint returns what keeps a table from having a checkpoint.
func checkCheckpoint(cfg *tableConfig, rules *ruleSet, checkpoint *checkpointConfig) []error {
	if !checkpoint.set {
		return nil
	}
	var errs []error
	if code := codeOf(cfg, rules); len(code) > 0 && checkpoint.rulesVersion == "" {
		errs = append(errs, fmt.Errorf("WithCheckpoint needs RulesVersion, to tell whether a resumed run transforms items as before: dynsync cannot compare the code of %s", strings.Join(code, ", ")))
	}
	return errs
}

// codeOf names the parts of a table that run the caller's code, whose versions dynsync
// cannot tell apart.
func codeOf(cfg *tableConfig, rules *ruleSet) []string {
	var code []string
	for _, r := range rules.rules {
		if name := codeIn(r.t); name != "" {
			code = append(code, fmt.Sprintf("the rule %q (%s)", r.Text, name))
		}
	}
	for _, k := range defaultKinds {
		if name := codeIn(rules.defaults[k]); name != "" {
			code = append(code, fmt.Sprintf("WithDefaultTransform (%s)", name))
		}
	}
	if cfg.filter != nil {
		code = append(code, "WithFilter")
	}
	if cfg.finish != nil {
		code = append(code, "WithRecordTransform")
	}
	return slices.Compact(code)
}

// codeIn returns the name of a transformer, t or one inside it, that runs the caller's
// code, or "" if there is none.
func codeIn(t Transformer) string {
	switch t := t.(type) {
	case nil:
		return ""
	case *builtin:
		if !t.described {
			return t.desc.Name
		}
		for _, inner := range t.inner {
			if name := codeIn(inner); name != "" {
				return name
			}
		}
		return ""
	case describer:
		if t.Describe().Name != "" {
			return ""
		}
	}
	return typeName(t)
}
