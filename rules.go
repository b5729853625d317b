package dynsync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/given"
	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/onetoone"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

// A rule is one WithTransform of a table, or of the defaults.
type rule struct {
	*engine.Rule
	t        Transformer
	desc     Description
	optional bool
	clashes  bool // AllowCollisions
}

func newRule(rc ruleConfig) (*rule, error) {
	pattern, err := docpath.Parse(rc.pattern)
	if err != nil {
		return nil, err
	}
	if errs := faults(rc.t); len(errs) > 0 {
		return nil, fmt.Errorf("rule %q: %w", rc.pattern, errors.Join(errs...))
	}
	r := &rule{t: rc.t, desc: describe(rc.t)}
	r.Rule = &engine.Rule{Pattern: pattern, Text: pattern.String(), Op: opOf(rc.t), OnNames: rc.onNames, Inherited: rc.inherited}
	var nils []error
	for _, o := range given.Options(rc.taker(), rc.opts, &nils) {
		o.applyRule(r)
	}
	if len(nils) > 0 {
		return nil, fmt.Errorf("rule %q: %w", rc.pattern, errors.Join(nils...))
	}
	if _, ok := pattern.Attribute(); r.desc.Last && !ok {
		return nil, fmt.Errorf("rule %q: %s runs last, and its path must be the name of an attribute", rc.pattern, r.desc.Name)
	}
	if _, literal := pattern.Literal(); r.desc.TakesMissing && !literal {
		return nil, fmt.Errorf("rule %q: %s handles missing values, and its path must not have wildcards", rc.pattern, r.desc.Name)
	}
	return r, nil
}

// taker returns the name of the option that made the rule.
func (c ruleConfig) taker() string {
	if c.onNames {
		return "WithTransformKeys"
	}
	return "WithTransform"
}

// directive is a transformer that the engine acts on without calling it.
type directive struct {
	act  engine.Action
	name string
}

func (d *directive) Describe() Description {
	if d.act == engine.Pass {
		return Description{Name: d.name, Uniqueness: UniquenessExact, Keeps: "the whole value"}
	}
	return Description{Name: d.name, Class: ClassIndependent}
}

func (d *directive) Transform(_ context.Context, in Input) (Value, error) {
	switch d.act {
	case engine.Pass:
		in.keepWhole()
		return in.Value, engine.CheckKept(in.call, toEngine(in.Value))
	case engine.Remove:
		return MissingValue(), nil
	}
	return Value{}, engine.ErrRejected
}

// newRules makes rules, and gives each to check. It returns every fault it finds, in the
// order of the rules.
func newRules(cfgs []ruleConfig, check func(*rule) []error) (rules []*rule, errs []error) {
	for _, rc := range cfgs {
		r, err := newRule(rc)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, check(r)...)
		rules = append(rules, r)
	}
	return rules, errs
}

// A ruleSet is the rules of a table.
type ruleSet struct {
	compiled *engine.Rules
	rules    []*rule // those that hold, by their ID
	defaults map[Kind]Transformer
}

// defaultKinds are the kinds that have a default.
var defaultKinds = kindsIn(engine.Scalars)

func kindsIn(list []wire.Kind) (kinds []Kind) {
	for _, k := range list {
		kinds = append(kinds, Kind(k))
	}
	return kinds
}

// compileRules compiles rules and defaults, for items or for JSON, which may be a list. It
// returns every conflict it finds.
func compileRules(rules []*rule, defaults map[Kind]Transformer, lists bool) (*ruleSet, []error) {
	set := &ruleSet{defaults: map[Kind]Transformer{}}
	ops := map[wire.Kind]*engine.Op{}
	for _, k := range defaultKinds {
		t := defaults[k]
		if t == nil && k != KindNULL { // a NULL holds nothing to hide
			t = Pseudonym()
		}
		if t != nil {
			set.defaults[k], ops[wire.Kind(k)] = t, opOf(t)
		}
	}
	list := make([]*engine.Rule, len(rules))
	for i, r := range rules {
		list[i] = r.Rule
	}
	var errs []error
	set.compiled, errs = engine.Compile(list, ops, lists)
	for _, r := range rules {
		if r.Holds() {
			set.rules = append(set.rules, r)
			set.wantFor(r.t)
		}
	}
	return set, errs
}

// wantFor makes the results for attributes in the templates of a transformer fit there.
func (set *ruleSet) wantFor(t Transformer) {
	b, _ := t.(*builtin)
	if b == nil {
		return
	}
	for _, inner := range b.inner {
		set.wantFor(inner)
	}
	if b.template == nil {
		return
	}
	for i, p := range b.template.Placeholders {
		set.compiled.Want(engine.Want{Path: p.Path, Should: func(v engine.Value) string {
			if text, _ := wire.DecodeText(v.Raw); text != "" {
				return b.template.Unfit(i, text)
			}
			return ""
		}})
	}
}

// opOf returns what the engine runs for a transformer, nil for nil.
func opOf(t Transformer) *engine.Op {
	if t == nil {
		return nil
	}
	d := describe(t)
	op := &engine.Op{Name: d.Name, Takes: kindsOf(d.Kinds), Last: d.Last, TakesMissing: d.TakesMissing, Redraws: d.Redraws, Exact: d.Uniqueness == UniquenessExact, Makes: making(t, d), Canonical: d.Canonical, Run: runOf(t)}
	for k := KindS; k <= KindBS; k++ {
		if d.ClassOf(k) == ClassMayKeep {
			op.MayPass = op.MayPass.With(wire.Kind(k))
		}
	}
	switch t := t.(type) {
	case *builtin: // its Transform only calls fn
		op.Run = func(ctx context.Context, c engine.Call, v engine.Value) (engine.Value, error) {
			out, err := t.fn(ctx, inputOf(c, v))
			return returned(c, out, err)
		}
	case *directive:
		op.Act = t.act
	case *pseudonymizer:
		op.Shape = &t.shape
	}
	return op
}

// making returns how a transformer makes its results.
func making(t Transformer, d Description) leak.Making {
	b, ok := t.(*builtin)
	_, own := t.(*pseudonymizer)
	switch {
	case own:
		return leak.Fixed
	case ok && b.constant.raw != nil && d.Drawn:
		return leak.Fixed
	case d.Drawn:
		return leak.Drawn
	}
	return leak.Made
}

// runOf returns what the engine calls for a transformer. It converts in place: what it
// calls would not be inlined where it is itself.
func runOf(t Transformer) func(context.Context, engine.Call, engine.Value) (engine.Value, error) {
	return func(ctx context.Context, c engine.Call, v engine.Value) (engine.Value, error) {
		out, err := t.Transform(ctx, Input{Value{Kind(v.Kind), v.Raw}, c})
		if err != nil {
			return returned(c, out, err)
		}
		return engine.Value{Kind: wire.Kind(out.kind), Raw: out.raw}, nil
	}
}

// keyRules returns the rules that may change a key attribute.
func keyRules(keys *wire.Keys, rules *ruleSet) []*rule {
	var some []*rule
	for _, rule := range rules.rules {
		if name, ok := rule.Pattern.Attribute(); ok && keys.Holds(name) && !rule.OnNames && rule.Op.Act != engine.Pass {
			some = append(some, rule)
		}
	}
	return some
}

// checkKeyRules refuses rules on key attributes that cannot work.
func checkKeyRules(keys *wire.Keys, rules *ruleSet, keySet bool, kindOf func(name string) string) error {
	for _, rule := range keyRules(keys, rules) {
		name, _ := rule.Pattern.Attribute()
		kind := kindNamed(kindOf(name))
		switch {
		case kind != wire.Invalid && rule.Op.Act == engine.Apply && !rule.Op.Takes.Has(kind):
			return reason.Refuse(reason.Configuration, "rule %q: %s takes %v, and the key attribute is of type %v, so every item would fail; use a transformer that takes %[4]s%[5]s", rule.Text, rule.desc.Name, rule.Op.Takes, kind, suitable[kind])
		case rule.Op.Act == engine.Remove:
			return reason.Refuse(reason.Configuration, "rule %q removes a key attribute; every item needs its key", rule.Text)
		case rule.desc.Uniqueness == UniquenessNone && !rule.clashes:
			return reason.Refuse(reason.Configuration, "rule %q: %s gives different items the same key; use one that is UniquenessExact or UniquenessPractical, or accept lost items with AllowCollisions", rule.Text, rule.desc.Name)
		case !keySet:
			return reason.Refuse(reason.Configuration, "rule %q transforms a key attribute, which needs WithKey or WithKeyFrom: under a random key a second run would write every item again", rule.Text)
		}
	}
	return nil
}

// suitable has transformers for keys of a type.
var suitable = map[wire.Kind]string{wire.S: ", such as anon.Token()", wire.N: ", such as anon.Digits()", wire.B: ", such as anon.Token()"}

// kindNamed returns the kind of a key attribute by DynamoDB's name of its type.
func kindNamed(name string) wire.Kind {
	for _, k := range []wire.Kind{wire.S, wire.N, wire.B} {
		if k.String() == name {
			return k
		}
	}
	return wire.Invalid
}

// makerOf returns what the judge of keys has to know of a transformer.
func makerOf(t Transformer) *onetoone.Maker {
	d := describe(t)
	m := &onetoone.Maker{
		Name: d.Name, Exact: d.Uniqueness == UniquenessExact, Practical: d.Uniqueness == UniquenessPractical,
		Bits: d.Bits, PerItem: d.PerItem, Last: d.Last, Canonical: d.Canonical,
	}
	switch t := t.(type) {
	case *directive: // it keeps the value, or fails the item
		m.Keeps = true
	case *builtin:
		m.Join, m.Template = t.join, t.template
		for _, inner := range t.inner {
			m.Parts = append(m.Parts, makerOf(inner))
		}
	}
	return m
}

// opsOf returns the ops of several transformers.
func opsOf(ts []Transformer) []*engine.Op {
	ops := make([]*engine.Op, len(ts))
	for i, t := range ts {
		ops[i] = opOf(t)
	}
	return ops
}

// checkTableRule returns what is wrong with a rule in a table.
func checkTableRule(r *rule) (errs []error) {
	if r.OnNames && r.desc.Last {
		errs = append(errs, fmt.Errorf("rule %q: %s runs last, and cannot transform map keys", r.Text, r.desc.Name))
	}
	return errs
}

// toEngine returns a value as the engine has it.
func toEngine(v Value) engine.Value { return engine.Value{Kind: wire.Kind(v.kind), Raw: v.raw} }

// inputOf returns the input of a call with a value.
func inputOf(c engine.Call, v engine.Value) Input { return Input{Value{Kind(v.Kind), v.Raw}, c} }

// returned returns to the engine what a transformer returned.
func returned(c engine.Call, out Value, err error) (engine.Value, error) {
	if err != nil {
		err = faultOf(c, err)
	}
	return toEngine(out), err
}

// fromEngine returns what the engine returned.
func (in Input) fromEngine(v engine.Value, err error) (Value, error) {
	if err != nil {
		return Value{}, itemErrorOf(in.call.Table(), err)
	}
	return Value{Kind(v.Kind), v.Raw}, nil
}

// run applies an op to the value as a rule does.
func (in Input) run(ctx context.Context, op *engine.Op) (Value, error) {
	return in.fromEngine(in.call.Run(ctx, op, toEngine(in.Value)))
}

// runOrMake is like run, but also takes a missing value.
func (in Input) runOrMake(ctx context.Context, op *engine.Op) (Value, error) {
	if in.Value.IsMissing() {
		return in.fromEngine(op.Run(ctx, in.call, toEngine(in.Value)))
	}
	return in.run(ctx, op)
}

// runOrDefault applies an op to a part of the value, or the default transformer if the op
// does not apply to the part.
func (in Input) runOrDefault(ctx context.Context, op *engine.Op, part Value) (Value, error) {
	return in.fromEngine(in.call.RunOrDefault(ctx, op, toEngine(part)))
}

// knownFaults returns the faults of b, for which it looks once.
func (b *builtin) knownFaults() []error {
	if known := b.checked.Load(); known != nil {
		return *known
	}
	errs := faults(b)
	b.checked.Store(&errs)
	return errs
}

// options returns transformers as text, for a fingerprint.
func options(ts []Transformer) string {
	var b strings.Builder
	for i, t := range ts {
		if i > 0 {
			b.WriteString(", ")
		}
		if t == nil {
			continue
		}
		d := describe(t)
		b.WriteString(d.Name)
		if d.Options != "" {
			b.WriteString("(" + d.Options + ")")
		}
	}
	return b.String()
}

// weakest returns the uniqueness of several transformers together: that of the one that
// separates values the least. UniquenessUnknown counts as weaker than all but
// UniquenessNone.
func weakest(ts []Transformer) Uniqueness {
	u := UniquenessExact
	for _, t := range ts {
		got := UniquenessUnknown
		if t != nil {
			got = describe(t).Uniqueness
		}
		switch {
		case got == UniquenessNone:
			return UniquenessNone
		case got == UniquenessUnknown || u == UniquenessUnknown:
			u = UniquenessUnknown
		default:
			u = max(u, got)
		}
	}
	return u
}

// faults returns the errors of t and the transformers inside it.
func faults(t Transformer) []error {
	if t == nil {
		return []error{errors.New("the transformer is nil")}
	}
	d := describe(t)
	var errs []error
	for _, k := range d.Kinds {
		if k < KindS || k > KindBS {
			errs = append(errs, fmt.Errorf("%s describes a kind that does not exist (%d)", d.Name, k))
		}
	}
	if d.Err != nil {
		errs = append(errs, d.Err)
	}
	for _, c := range append(slices.Collect(maps.Values(d.Classes)), d.Class) {
		if c > ClassIndependent {
			errs = append(errs, fmt.Errorf("%s describes a class that does not exist (%d)", d.Name, c))
		}
	}
	if b, ok := t.(*builtin); ok {
		for _, inner := range b.inner {
			errs = append(errs, faults(inner)...)
		}
	}
	return errs
}

// taken returns the kinds of which a transformer takes every value. It is never
// [ErrNotApplicable] for one.
func taken(t Transformer) engine.Kinds {
	switch t := t.(type) {
	case *directive:
		return engine.Every
	case *pseudonymizer:
		return kindsOf(t.Describe().Kinds)
	case *builtin:
		return t.taken
	}
	return 0
}
