package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/survey"
	"github.com/dynsync/dynsync/internal/uses"
	"github.com/dynsync/dynsync/internal/wire"
)

// An Exec runs a plan, one item after the other. Every goroutine has its own; its
// buffers are reused from item to item.
type Exec struct {
	where   // in the item at hand
	made    pseudonyms
	walk    walk // over that item
	leak    *leak.Check
	scanner wire.Scanner
	subs    map[*Rules]*Exec // run the rules of an op within a value
	usage

	ctx     context.Context
	running string // the op that runs, for faults
	guard   guard  // of the op that makes a key attribute
	last    *Fault // the one made last, to know it again
	recheck bool   // an op returned a map or list, which may nest too deeply

	// The item at hand: attrs refer to src.
	src     []byte
	item    wire.Span
	attrs   []wire.Attr
	views   *Views
	key     []byte // its canonical key
	late    lateItem
	out     []byte
	scratch []wire.Attr
}

// A usage counts what the rules of an Exec are used for.
type usage struct {
	uses    uses.Table
	counts  int64 // how much a value counts: 0 in a second pass over an item
	items   int   // how many went through the rules
	left    bool  // attributes of the item at hand were left out
	trimmed int64 // items that attributes were left out of, since TakeTrimmed
}

// applied counts a value that the rule's op applied to.
func (u *usage) applied(r *Rule) { u.uses[r.ID].Applied += u.counts }

// failed counts a value for which the rule failed the item. The end of the run is no failure.
func (u *usage) failed(r *Rule, err error) {
	var f *Fault
	if errors.As(err, &f) {
		u.uses[r.ID].Failed += u.counts
	}
}

// declined counts a value that the rule did not apply to, and gave to the default: err is
// what came of that.
func (x *Exec) declined(r *Rule, v Value, why, err error) {
	if err != nil {
		x.failed(r, err)
		return
	}
	x.uses[r.ID].Except(x.counts, v.Kind, func() uses.Exception {
		return uses.Exception{Kind: v.Kind, Why: whyDeclined(why), Fits: x.plan.fitting(v)}
	})
}

// TakeUses adds what the rules of x were used for since the last call to all, and returns
// the sum. all may be nil.
func TakeUses(x *Exec, all uses.Table) uses.Table { return all.Take(x.uses) }

// TakeTrimmed returns of how many items x has left out attributes since the last call: see
// [Plan.LeavesOut].
func TakeTrimmed(x *Exec) (items int64) {
	items, x.trimmed = x.trimmed, 0
	return items
}

// New returns an Exec of a plan.
func New(p *Plan) *Exec {
	x := &Exec{where: where{plan: p, look: survey.NewLooker(p.Survey)}, made: pseudonyms{gen: p.Secret.NewGenerator(p.SeedName), seeds: p.Secret.NewSeeder()}, usage: usage{uses: make(uses.Table, len(p.Rules.rules))}, views: &Views{}}
	x.walk.x = x
	if p.CheckLeaks {
		x.leak = leak.New(p.LeakLength)
		x.leak.Values, x.leak.Fails = p.Values, p.LeaksFail
	}
	return x
}

// Items returns how many items went through the rules.
func (x *Exec) Items() int { return x.items }

// Process runs the filter, the rules and the record transform on the item that stands
// at span in src and has these attributes. It returns the item to write, which is good
// until the next call; keep is false for one that is not to be copied. The error is a
// [*Fault], or the end of ctx.
func (x *Exec) Process(ctx context.Context, src []byte, item wire.Span, attrs []wire.Attr) (out []byte, keep bool, err error) {
	x.begin(ctx, src, item, attrs)
	defer func() {
		if p := recover(); p != nil {
			out, keep, err = nil, true, panicFault(x, reason.Caught(p))
			if x.counts > 0 {
				markRest(x)
			}
		}
	}()
	if err := x.findKey(); err != nil {
		return nil, true, err
	}
	if !x.takes() {
		return nil, false, nil
	}
	x.items++
	x.counts = 1
	x.look.Sample(src, attrs)
	if out, err = x.transform(); err != nil {
		markRest(x)
		return nil, true, err
	}
	x.made.countGrowth(out, x.items)
	if x.left {
		x.trimmed++
	}
	return out, true, nil
}

func (x *Exec) begin(ctx context.Context, src []byte, item wire.Span, attrs []wire.Attr) {
	x.ctx, x.src, x.item, x.attrs = ctx, src, item, attrs
	if v := x.views; v.Item != nil || v.Transformed != nil {
		*v = Views{}
	}
	x.last, x.recheck, x.made.exact, x.made.rounded, x.left, x.counts = nil, false, false, false, false, 0
	x.look.Begin()
	x.reset()
}

// reset readies the Exec for a pass over the item.
func (x *Exec) reset() {
	x.leave()
	x.late.values, x.running, x.made.grown, x.guard, x.attempt = x.late.values[:0], "", 0, guard{}, 0
	if x.leak != nil {
		x.leak.Begin()
	}
}

// takes decides whether the item at hand, whose key is known, is to be copied, and counts
// it against the quota.
func (x *Exec) takes() bool {
	p := x.plan
	if !p.samples(x.key, x.src, x.attrs) {
		return false
	}
	if p.Filter != nil {
		x.running = "WithFilter"
		if !p.Filter(Call{x: x}) {
			return false
		}
	}
	return p.Quota == nil || p.Quota.Add(-1) >= 0
}

// transform runs the rules; again with exact lengths if the rounded lengths of
// pseudonyms took the item past DynamoDB's limit.
func (x *Exec) transform() ([]byte, error) {
	out, err := x.once()
	if err == nil && x.made.rounded && isTooLarge(out) {
		x.made.exact, x.counts = true, 0
		x.look.Begin()
		x.reset()
		out, err = x.once()
	}
	switch {
	case err != nil:
		return nil, err
	case isTooLarge(out):
		return nil, becameTooLarge(x, out)
	}
	if s := x.look.Settle(x.plan.finished(out)); s != nil {
		return nil, &Fault{Path: s.Path, Kind: s.Kind, Reason: s.Why, Class: reason.Refused}
	}
	if err := checkLeaks(x, out, x.plan.LeaksFail); err != nil {
		return nil, err
	}
	return out, nil
}

// KeyMakers says what makes the keys of items, and what to do where two got one key.
func KeyMakers(p *Plan) (text string) {
	for _, name := range []string{p.Keys.Partition, p.Keys.Sort} {
		r := p.Rules.At([]wire.Step{{Name: name}}, p).Rule
		if name == "" || r == nil || r.Op.Act != Apply {
			continue
		}
		text += fmt.Sprintf("; the rule %q (%s) makes %s", r.Text, r.Op.Name, name)
		if !r.Op.Exact {
			text += ", and may make the same of different values: take one that keeps them apart, such as anon.Token"
		}
	}
	switch {
	case p.Finish != nil:
		text += "; WithRecordTransform may change keys: do that by a rule"
	case text == "":
		text = "; no rule changes keys, so two items were read with this one, as from two tables with one destination"
	}
	return text
}

// missingRule says which rule would keep out what is at the place at hand, which prints
// as path.
func (at *where) missingRule(path string) string {
	if placed := at.plan.Rules.At(at.path(), at.plan); placed.Rule != nil {
		return "take another transformer in the rule " + placed.Rule.Text + " (" + placed.Rule.Op.Name + ")"
	}
	return "add a rule for " + path
}

// indexFault returns the fault of the item at a top-level attribute that an index refuses,
// or nil.
func (x *Exec) indexFault(name string, k *IndexKey, v Value) error {
	why := k.wrong(v)
	if why == "" {
		return nil
	}
	by := x.plan.Rules.At([]wire.Step{{Name: name}}, x.plan).Rule
	where := "add a rule for " + name + " that makes"
	x.running = ""
	if by != nil {
		x.running, where = by.Op.Name, "add a branch to its rule that makes"
	}
	return x.keyFault(name, v.Kind, why+"; "+where+" another value of it, or removes it, as FirstOf(…, Remove()) does")
}

// finished returns the item that is to be written if the record transform has made it,
// and nil otherwise.
func (p *Plan) finished(item []byte) []byte {
	if p.Finish == nil {
		return nil
	}
	return item
}

// once makes one pass of the rules and the record transform over the item.
func (x *Exec) once() ([]byte, error) {
	if x.plan.identity() && !wire.HasReplication(x.src, x.attrs) {
		x.walk.begin(nil, x.src)
		return x.item.Of(x.src), x.walk.attributes()
	}
	var err error
	if x.out, err = x.walk.overItem(x.out[:0]); err != nil {
		return nil, err
	}
	if len(x.plan.Rules.missing) > 0 {
		if x.out, err = x.fillMissing(x.out); err != nil {
			return nil, err
		}
	}
	if len(x.plan.Rules.last) > 0 {
		if x.out, err = x.runLast(x.out); err != nil {
			return nil, err
		}
	}
	return x.finishItem(x.out)
}

// invoke calls an op with a value, if that is of these kinds, or missing. The error is
// ErrNotApplicable, a [*Fault] or the end of the run. A panic is a fault, too, so that it
// counts for the rules that are under way.
func (x *Exec) invoke(op *Op, takes Kinds, v Value) (out Value, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = Value{}, panicFault(x, reason.Caught(p))
		}
	}()
	depth := len(x.steps)
	c := Call{x, x.attempt}
	trial := c.trial()
	later := SetLater(c, false)
	if v.Kind == Missing {
		out, err = op.Run(x.ctx, c, v)
	} else if out, err = op.runOn(x.ctx, c, takes, v); err == nil && x.isConstrained(len(out.Raw)) {
		out, err = toFit(x.ctx, c, trial, op, v, out, x.plan.fitAt(x.path()), func(c Call, v Value) (Value, error) {
			return op.runOn(x.ctx, c, takes, v)
		})
	}
	SetLater(c, later)
	switch {
	case isDeclined(err):
		trial.back()
		if err != ErrNotApplicable {
			err = Declined(err)
		}
	case err != nil:
		err = x.callFault(v.Kind, err)
	}
	for len(x.steps) > depth { // an error left them, which a transformer may have swallowed
		x.pop()
	}
	return out, err
}

// accept checks a value that an op made.
func (x *Exec) accept(out Value) error {
	if out.Raw == nil {
		return x.callFault(out.Kind, ErrInvalid)
	}
	if err := wire.CheckValue(out.Raw); err != nil {
		return x.callFault(out.Kind, refused(err))
	}
	x.recheck = x.recheck || out.Kind.IsContainer()
	return nil
}

// A guard watches the op that makes a key attribute.
type guard struct {
	on    bool
	trial bool // the op is only asked whether it applies
	read  bool // the item was read, or something that depends on it
	later bool // a later branch runs: see SetLater
}

// begin begins to watch if the value is of a key attribute.
func (g *guard) begin(key bool) { *g = guard{on: key} }

// end ends the watch. It returns the fault of an op that read the item, or else err.
func (g *guard) end(x *Exec, kind wire.Kind, err error) error {
	read := g.on && g.read
	*g = guard{}
	if !read || x.ctx.Err() != nil {
		return err
	}
	return x.fault(kind, readsItem, err)
}

const readsItem = "with WithCheckpoint or WithShare, a key may depend on the source key only, and the transformer reads the item (Record, Transformed, ItemSeed or a default); take the value from the key, or use ModeInsert"

// Settle tells the plan's survey what x has counted since it last did.
func Settle(x *Exec) { x.plan.Survey.Take(x.look) }

// Preview looks at the keys and names of an item about which no rule decides, and runs no
// rule and no callback: it does not look below a value that a rule selects. It counts the
// item, unless that is not to be copied.
func Preview(x *Exec, src []byte, item wire.Span, attrs []wire.Attr) {
	x.begin(context.Background(), src, item, attrs)
	if x.findKey() == nil && x.plan.samples(x.key, src, attrs) {
		x.look.Sample(src, attrs)
		x.walk.preview()
		if x.leak != nil && x.leak.Values != nil {
			x.leak.Values.Sample(x.item.Of(src))
		}
		x.look.Settle(nil)
	}
}
