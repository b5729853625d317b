package dynsync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/fitting"
	"github.com/dynsync/dynsync/internal/guard"
	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/onetoone"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/side"
	"github.com/dynsync/dynsync/internal/span"
	"github.com/dynsync/dynsync/internal/survey"
	"github.com/dynsync/dynsync/internal/tablearn"
	"github.com/dynsync/dynsync/internal/tabledesc"
	"github.com/dynsync/dynsync/internal/wire"
)

// needs says which sides of a table a call uses, and so checks.
type needs struct{ source, destination bool }

// preflight checks the tables against DynamoDB before anything is written, and
// returns a run for each; what is wrong with a table is its report's Err.
func (s *Syncer) preflight(ctx context.Context, j *job, tables []*table, n needs) []*run {
	if j.span == nil { // of a call that makes its job by itself
		j.span = span.Begin(ctx, 0)
	}
	known := tables
	if n.destination {
		known = s.tables // a destination must not be the source of any of them
	}
	sources := map[string]described{}
	if s.reader != nil {
		sources = describeSources(ctx, s.cfg, known)
	}
	runs := make([]*run, len(tables))
	for i, t := range tables {
		runs[i] = newRun(s, j, t)
		runs[i].account.end("preflight", runs[i].learn(ctx, sources[t.cfg.source], n))
	}
	for _, r := range runs {
		err := checkNotSource(r.target, sources)
		r.mayWrite = r.mayWrite && err == nil
		r.account.end("preflight", err)
		if n.source && n.destination && !r.account.ended() {
			r.account.end("preflight", r.reader.probe(ctx))
		}
	}
	j.spent.Store(0) // or a small budget would never get past the preflight
	return runs
}

// describeSources describes the source of each table, by name.
func describeSources(ctx context.Context, cfg *jobConfig, tables []*table) map[string]described {
	sources := map[string]described{}
	for _, t := range tables {
		name := t.cfg.source
		if _, done := sources[name]; !done {
			table, err := describeTable(ctx, cfg.source, cfg.giveUp, &side.Table{Role: side.Source, Name: name, Side: side.Of(cfg.source)})
			sources[name] = described{table, err}
		}
	}
	return sources
}

// learn asks what the tables are and completes the run with it. Each step relies on
// those before it.
func (r *run) learn(ctx context.Context, source described, n needs) error {
	if err := r.describe(ctx, source, n); err != nil {
		return err
	}
	if err := checkIndex(r.source, r.table.cfg.source, r.table.cfg.index, r.table.cfg.consistent); err != nil {
		return err
	}
	if err := r.completePlan(ctx); err != nil {
		return err
	}
	if n.source {
		if err := r.planReads(); err != nil {
			return err
		}
	}
	if err := r.limit(); err != nil {
		return err
	}
	if err := tellEffects(r, n.source); err != nil {
		return err
	}
	if err := checkKeyRules(r.plan.Keys, r.table.rules, r.s.cfg.key.Given(), func(name string) string { return string(tabledesc.AttributeType(cmp.Or(r.source, r.target), name)) }); err != nil {
		return err
	}
	if err := r.reader.look.checkWildcards(); err != nil {
		return err
	}
	return r.trackKeys()
}

// describe takes the source's description and asks for the destination's.
func (r *run) describe(ctx context.Context, source described, n needs) (err error) {
	r.account.sides = side.PairOf(r.s.cfg.source, r.table.cfg.source, r.s.cfg.destination, r.table.cfg.destination)
	if r.source = source.table; r.source != nil {
		r.account.sides.Source.ARN = aws.ToString(r.source.TableArn)
	}
	if n.destination && (source.err == nil || r.job.call == callPlan) { // which tells of both sides
		if r.target, err = describeTable(ctx, r.s.cfg.destination, r.s.cfg.giveUp, &r.account.sides.Destination); err == nil {
			err = r.s.cfg.guard.Refuse(r.s.cfg.destination, r.source, r.target)
			r.mayWrite = err == nil
		}
	}
	switch {
	case source.err != nil:
		return source.err
	case err != nil || r.source == nil || r.target == nil:
		return err
	}
	return sameKeys(r.source, r.target)
}

// tellEffects says what the writes of a run set off at its destination. The error refuses
// them.
func tellEffects(r *run, reads bool) error {
	return effectsOf(r, reads).Tell(func(c finding.Code, text string) {
		r.account.add(newFinding(c, finding.Destination, r.table.cfg.name, "", text))
	})
}

// effectsOf returns what the writes of a run set off at its destination. reads says that the
// run reads its source, by which the number of writes is known.
func effectsOf(r *run, reads bool) *guard.Effects {
	cfg := r.table.cfg
	e := &guard.Effects{Target: r.target, Accepted: cfg.streamRecords}
	if reads {
		e.Items, e.Sample, e.Limit, e.Units = tabledesc.Items(r.source, cfg.index), cfg.sample, cfg.limit, newEstimate(r).writeUnits
	}
	return e
}

// completePlan adds to the rules what the tables' descriptions say.
func (r *run) completePlan(ctx context.Context) error {
	schema := r.source
	if schema == nil {
		schema = r.target
	}
	p := r.table.plan(r.s.key, tabledesc.Keys(schema))
	if p.Keys.Partition == "" {
		return reason.Refuse(reason.Unexpected, "DescribeTable names no partition key")
	}
	addIndexKeys(p, cmp.Or(r.target, r.source), r.source)
	p.MaxKeyBytes = tabledesc.KeyBytes(cmp.Or(r.target, r.source))
	if p.TTL == "" {
		var err error
		if p.TTL, err = r.lookUpTTL(ctx); err != nil {
			return err
		}
	}
	takePart(p, r.table.cfg, r.job.call)
	r.plan, r.effects = p, keyEffectsOf(r, p)
	p.OneToOne = guards(r)
	r.account.keys, r.reader.keys, r.writer.keys = p.Keys, p.Keys, p.Keys
	r.writer.changesKeys = r.effects.change
	r.reader.quota = p.Quota
	r.reader.look = &keyLook{rules: r.table.rules, plan: p, ttl: r.table.cfg.ttl, tables: len(r.s.tables), tell: r.account.findAt, planning: r.job.call == callPlan}
	return nil
}

// plan returns what happens to the items of a table, as far as its options say.
func (t *table) plan(key *pseudonym.Key, keys *wire.Keys) *engine.Plan {
	cfg := t.cfg
	p := &engine.Plan{
		Table: cfg.name, SeedName: tablearn.NameOf(cfg.name), Rules: t.rules.compiled, Secret: key, Keys: keys,
		TTL: cfg.ttl, Indexed: map[string]engine.IndexKey{}, Survey: survey.New(), Fits: fitting.Names,
		CheckLeaks: cfg.leak.length() > 0, LeaksFail: cfg.leak.fails(), LeakLength: cfg.leak.length(), Values: &leak.Values{},
	}
	if cfg.filter != nil {
		p.Filter = func(c engine.Call) bool { return cfg.filter(recordOf(c)) }
	}
	if cfg.finish != nil {
		p.Finish = func(ctx context.Context, c engine.Call, item []byte, attrs []wire.Attr) ([]byte, []wire.Attr, error) {
			rec := &Record{item: item, attrs: attrs, keys: keys, rules: p.Rules}
			err := cfg.finish(ctx, rec)
			return rec.item, rec.attrs, faultOf(c, err)
		}
	}
	return p
}

// addIndexKeys adds what the indexes of a table demand, and the key attributes of those that
// only the source has.
func addIndexKeys(p *engine.Plan, t, source *types.TableDescription) {
	p.Indexed = indexKeys(t)
	for name := range indexKeys(source) {
		if _, known := p.Indexed[name]; !known {
			p.Indexed[name] = engine.IndexKey{}
		}
	}
	maps.DeleteFunc(p.Indexed, func(name string, _ engine.IndexKey) bool { return p.Keys.Holds(name) })
}

// lookUpTTL asks for the TTL attribute. Where it cannot be known the report says so.
func (r *run) lookUpTTL(ctx context.Context) (string, error) {
	client, at := any(r.s.cfg.source), r.account.sides.Source
	if r.source == nil {
		client, at = r.s.cfg.destination, r.account.sides.Destination
	}
	ttl, unknown, err := lookUpTTL(ctx, client, r.s.cfg.giveUp, at)
	if unknown != "" {
		r.account.add(newFinding(finding.TTLUnknown, at.Role, r.table.cfg.name, "", "the TTL attribute is not known ("+unknown+"), so it is treated like any other"))
	}
	return ttl, err
}

// runBefore returns a run without a preflight, as far as the descriptions of its tables
// tell, which may be nil, and so may be the names of their keys: what its rules do to keys.
func runBefore(s *Syncer, t *table, source, target *types.TableDescription, keys *wire.Keys) *run {
	r := newRun(s, &job{call: callPlan}, t)
	r.source, r.target = source, target
	if keys == nil {
		return r
	}
	r.plan = t.plan(s.key, keys)
	addIndexKeys(r.plan, cmp.Or(target, source), source)
	r.effects = keyEffectsOf(r, r.plan)
	r.plan.OneToOne = guards(r)
	return r
}

// keyEffects are what rules and the record transform do to the keys of items.
type keyEffects struct {
	change  bool             // an item's key can change
	collide bool             // and two items can end on one
	verdict onetoone.Verdict // whether they do not, under the guard of Plan.OneToOne
}

func keyEffectsOf(r *run, p *engine.Plan) keyEffects {
	e := keyEffects{change: p.Finish != nil, collide: p.Finish != nil, verdict: judgeKeys(r, p)}
	for _, rule := range keyRules(p.Keys, r.table.rules) {
		e.change = true
		e.collide = e.collide || rule.desc.Uniqueness != UniquenessExact || rule.desc.PerItem || rule.desc.Last || rule.desc.Canonical != nil
	}
	return e
}

// judgeKeys decides whether the keys of the run's items are one-to-one.
func judgeKeys(r *run, p *engine.Plan) onetoone.Verdict {
	if p.Finish != nil {
		return onetoone.Verdict{Why: "WithRecordTransform may change the key; do that by a rule"}
	}
	if names := r.sharers(); len(names) > 0 {
		return onetoone.Verdict{Why: fmt.Sprintf("the table %q has the same destination", names[0])}
	}
	keys := &onetoone.Keys{Items: tabledesc.Items(r.source, ""), At: func(path []wire.Step) onetoone.Place { return placeOf(p, r.table.rules, path) }}
	for _, rule := range keyRules(p.Keys, r.table.rules) {
		keys.Rules = append(keys.Rules, onetoone.Rule{Text: rule.Text, Collides: rule.clashes, Maker: makerOf(rule.t)})
	}
	return keys.Judge()
}

// placeOf returns what a table's rules do with the value at a path.
func placeOf(p *engine.Plan, rules *ruleSet, path []wire.Step) onetoone.Place {
	placed := p.Rules.At(path, p)
	place := onetoone.Place{Keeps: placed.Passes}
	if placed.Rule != nil {
		place.Rule = placed.Rule.Text
	}
	if placed.Op != nil {
		place.Maker = makerOf(rules.rules[placed.Rule.ID].t)
	}
	return place
}

// guards reports whether items whose keys might not be one-to-one fail: if another run of
// the job, or another share, could write over them, or they over its items. It is the same
// for a call that only shows what a run would write.
func guards(r *run) bool {
	cfg := r.table.cfg
	overwrites := cfg.mode.spec().overwrite && !cfg.allowExisting
	return r.effects.change && r.effects.verdict.Holds() && manyRuns(r.s) && overwrites && !r.replaysOtherKeys()
}

// manyRuns reports whether several runs, or shares, write the items of a job.
func manyRuns(s *Syncer) bool { return s.cfg.checkpoint.set || s.cfg.share.divided() }

// limit makes the run keep to the limits of its tables.
func (r *run) limit() (err error) {
	shared := r.job.call != callPlan
	if r.source != nil {
		units, _ := tabledesc.Provisioned(r.source)
		if r.reader.meter, err = r.s.limits.meter(r.table.physical(readSide), units, r.defaultReadRate(), shared); err != nil {
			return reason.Refuse(reason.Configuration, "WithReadCapacity: %v", err)
		}
	}
	if r.target != nil {
		_, units := tabledesc.Provisioned(r.target)
		if r.writer.meter, err = r.s.limits.meter(r.table.physical(writeSide), units, math.Inf(1), shared); err != nil {
			return reason.Refuse(reason.Configuration, "WithWriteCapacity: %v", err)
		}
	}
	return nil
}

// renewLimits sets the limits again, since there may be fewer readers, or another run
// may have set them.
func (r *run) renewLimits() {
	r.writer.records = effectsOf(r, false).Room(r.account.writtenBefore)
	if r.reader.meter != nil {
		r.s.limits.renew(r.reader.meter, r.defaultReadRate())
	}
	if r.writer.meter != nil {
		r.s.limits.renew(r.writer.meter, math.Inf(1))
	}
}

// defaultReadRate returns how many capacity units a second the whole job reads where
// no limit was asked for.
func (r *run) defaultReadRate() float64 {
	if units, _ := tabledesc.Provisioned(r.source); units > 0 {
		return defaultReadShare * float64(units)
	}
	return float64(cursorUnits * r.reader.atATime() * max(r.s.cfg.share.n, 1))
}

// askedReadRate returns the limit of reads of the whole job, in capacity units a second; it
// is 0 where reads follow the readers.
func (r *run) askedReadRate() float64 {
	units, _ := tabledesc.Provisioned(r.source)
	return r.s.limits.askedRate(r.table.physical(readSide), units, defaultReadShare*float64(units))
}

// Where two items can end on one key, runs that write to one table have to know of
// each other. What runs of one Syncer write at the same time, and what the tables of
// one Sync write, they know by the keys. What was written before, by another
// process, or by another share, they find at the destination: such a run only
// inserts, and compares what is there (run.inserts).

// trackKeys makes the run remember its keys if two items can end on one.
func (r *run) trackKeys() error {
	if r.target == nil {
		return nil
	}
	if table, ok := r.job.unfinished[aws.ToString(r.target.TableArn)]; ok {
		return reason.Refuse(reason.Configuration, "the job's last run did not end, and wrote the table %s to the same destination; run the job as it was, or begin a new one with StartOver", table)
	}
	if !mayCollide(r) && !r.replaysOtherKeys() {
		return nil
	}
	if err := r.checkKeysBeyond(); err != nil {
		return err
	}
	others := r.job.call != callPlan && r.enterDestination()
	if others || r.s.cfg.share.divided() || r.job.call == callReplay || r.job.call == callWrite && r.writer.dest.Before {
		r.goBeyond(others)
	}
	if r.inserts() {
		return checkInserts(r.s.cfg.destination, "this run")
	}
	return nil
}

// mayCollide reports whether two items of a run can end on one key. It is true if nothing
// is known of the keys, and there are rules.
func mayCollide(r *run) bool {
	if r.plan != nil {
		return !r.plan.OneToOne && (r.effects.collide || len(r.sharers()) > 0)
	}
	return len(r.sharers()) > 0 || r.table.cfg.finish != nil || len(r.table.rules.rules) > 0
}

// replaysOtherKeys reports whether the run replays items of a job that put them on other
// keys than this one does.
func (r *run) replaysOtherKeys() bool {
	for tag := range r.job.keyTags[r.table.cfg.name] {
		if tag != r.keyTag() {
			return true
		}
	}
	return false
}

// goBeyond says that the run does not know all keys that the job wrote. A run that only
// inserts need not remember keys, since DynamoDB keeps items apart, unless another call
// that writes over items is under way.
func (r *run) goBeyond(others bool) {
	r.beyond = true
	if r.inserts() && !others {
		r.writer.taken = nil
	}
}

// enterDestination notes that the run writes to its destination, and reports whether
// another call does so already.
func (r *run) enterDestination() (others bool) {
	name := cmp.Or(aws.ToString(r.target.TableArn), r.table.cfg.destination) // another table of the job may name it by the other of these
	r.writer.dest, others = r.s.destinations.Enter(name, r.job, r.plan.Secret, r.s.cfg.maxTrackedKeys)
	r.writer.taken = r.writer.dest.Taken
	return others
}

// leaveDestination notes that the run has ended.
func (r *run) leaveDestination() {
	if r.writer.dest == nil {
		return
	}
	counts := &r.account.tally.counts
	r.s.destinations.Leave(r.writer.dest, r.job, counts[ledger.Written].Load()+counts[ledger.Unsettled].Load() > 0)
	r.writer.dest, r.writer.taken = nil, nil
}

// sharers returns the names of the other tables of the job that are written to the same
// table.
func (r *run) sharers() (names []string) {
	destinations := []string{r.table.cfg.destination}
	if r.target != nil {
		destinations = append(destinations, aws.ToString(r.target.TableArn), aws.ToString(r.target.TableName))
	}
	for _, t := range r.s.tables {
		if t != r.table && slices.Contains(destinations, t.cfg.destination) {
			names = append(names, t.cfg.name)
		}
	}
	slices.Sort(names)
	return names
}

// checkKeysBeyond refuses a job whose later runs, or other shares, could neither know
// the keys that were written nor find them at the destination.
func (r *run) checkKeysBeyond() error {
	mode := r.table.cfg.mode.spec()
	if !mode.overwrite || r.table.cfg.allowExisting {
		return nil
	}
	why := r.effects.verdict.Why
	switch {
	case r.s.cfg.share.divided():
		return reason.Refuse(reason.Configuration, "WithShare needs keys that are one-to-one, or WithMode(ModeInsert): no process knows the keys of the others, and an item could overwrite another; or accept that with WithAllowExisting. The keys are not one-to-one: %s", why)
	case r.s.cfg.checkpoint.set && mode.merges:
		return reason.Refuse(reason.Configuration, "WithCheckpoint with ModeMerge needs keys that are one-to-one: a run that resumes does not know the keys of the run before, and would merge an item into another; take ModePut or ModeInsert, or accept that with WithAllowExisting. The keys are not one-to-one: %s", why)
	case r.s.cfg.checkpoint.set:
		return checkInserts(r.s.cfg.destination, "WithCheckpoint")
	}
	return nil
}

// checkInserts checks that the client has what a run needs that only inserts.
func checkInserts(client DestinationClient, why string) error {
	if errs := checkMode(ModeInsert, client); len(errs) > 0 {
		return reason.Refuse(reason.Configuration, "items can collide, so %s inserts only: %v", why, errs[0])
	}
	return nil
}
