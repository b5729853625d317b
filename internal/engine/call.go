package engine

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/survey"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Call is what an op may ask of the Exec that runs it. The zero Call stands for no
// run: there is no place, no item, no default, and a key that everybody knows.
type Call struct {
	x       *Exec
	attempt int // how many results for the value did not fit
}

// IsRun reports whether an Exec runs the op.
func (c Call) IsRun() bool { return c.x != nil }

// Table returns the name of the table.
func (c Call) Table() string {
	if c.x == nil {
		return ""
	}
	return c.x.plan.Table
}

// Views are what the caller of the engine made of the item at hand, to have it again:
// the engine empties it, and does not look at it.
type Views struct{ Item, Transformed any }

// Views returns the views of the item at hand; nil outside of a run.
func (c Call) Views() *Views {
	if c.x == nil {
		return nil
	}
	c.reads()
	return c.x.views
}

// IsLast reports whether f is the fault that the Exec made last. An op that returns it
// passes it on, with its place.
func (c Call) IsLast(f *Fault) bool { return f != nil && c.x != nil && f == c.x.last }

// Path returns where the value stands, in the item as it was read.
func (c Call) Path() []wire.Step {
	if c.x == nil {
		return nil
	}
	return c.x.path()
}

// Item returns the item as it was read, borrowed, and new attributes of it; nil outside
// of a run.
func (c Call) Item() ([]byte, []wire.Attr) {
	if c.x == nil {
		return nil, nil
	}
	c.reads()
	attrs := make([]wire.Attr, len(c.x.attrs))
	for i, a := range c.x.attrs {
		attrs[i] = a.Within(c.x.item)
	}
	return c.x.src[c.x.item.Start:c.x.item.End:c.x.item.End], attrs
}

// Transformed returns the item as all rules but those that come last left it, and its
// attributes, borrowed; nil for an op that does not come last.
func (c Call) Transformed() ([]byte, []wire.Attr) {
	if c.x == nil {
		return nil, nil
	}
	c.reads()
	return c.x.late.item, c.x.late.attrs
}

// Keys returns the names of the table's key attributes, or nil.
func (c Call) Keys() *wire.Keys {
	if c.x == nil {
		return nil
	}
	return c.x.plan.Keys
}

// Seed returns keyed randomness for a value in a domain: the same in every item.
func (c Call) Seed(domain string, raw []byte) [32]byte {
	if c.x == nil {
		return noKey().NewSeeder().Value(domain, raw)
	}
	return c.x.made.seeds.Value(domain, raw)
}

// ItemSeed returns keyed randomness for a value at the place where the Exec is.
func (c Call) ItemSeed(domain string, raw []byte) [32]byte {
	if c.x == nil {
		return noKey().NewSeeder().Place(domain, nil, raw)
	}
	c.reads()
	return c.x.made.seeds.Place(domain, c.x.place(c.x.key), raw)
}

// noKey returns the key of values that belong to no run, which everybody knows.
var noKey = sync.OnceValue(func() *pseudonym.Key {
	key, err := pseudonym.NewKey([]byte("there is no key outside of a run."))
	if err != nil {
		panic(err)
	}
	return key
})

// Enter and Leave bracket the work on a part of the value, so that paths and item seeds
// are those of the part.
func (c Call) Enter(s wire.Step) {
	if c.x != nil {
		c.x.pushStep(s)
	}
}

// Leave ends what Enter began.
func (c Call) Leave() {
	if c.x != nil {
		c.x.pop()
	}
}

// Run runs an op on a value if it takes its kind, and on the members of a set if it
// takes theirs. The error is ErrNotApplicable if it takes neither.
func (c Call) Run(ctx context.Context, op *Op, v Value) (Value, error) {
	undo := c.trial()
	out, err := op.runOn(ctx, c, op.Takes, v)
	if isDeclined(err) {
		undo.back()
	}
	return c.madeBy(op, out, err)
}

// RunPart is Run for a part of the value. What comes of it is a part of what the op
// returns.
func (c Call) RunPart(ctx context.Context, op *Op, part Value) (Value, error) {
	if op.Merges && c.Guarded() {
		return Value{}, reason.Error(op.Name + ": " + partMerges)
	}
	out, err := c.Run(ctx, op, part)
	if check := c.check(); check != nil && err == nil {
		check.TookPart(part.Raw, out.Raw, leak.Source{Canonical: op.Canonical})
	}
	return out, err
}

const partMerges = "a part of the key has a result that other texts have, too, so another key could become the same, and a job with WithCheckpoint or WithShare would not notice; write keys without such parts at the source, or take a transformer for the key that keeps all of them apart, such as anon.Token"

// RunMembers runs an op on the members of a set. The error is ErrNotApplicable if it
// does not take their kind.
func (c Call) RunMembers(ctx context.Context, op *Op, set Value) (Value, error) {
	elem, isSet := set.Kind.Element()
	if !isSet || !op.Takes.Has(elem) {
		return Value{}, ErrNotApplicable
	}
	out, err := op.runOnMembers(ctx, c, set, elem)
	return c.madeBy(op, out, err)
}

// RunOrDefault runs an op on a part of the value, and the default op where it does not
// apply to it.
func (c Call) RunOrDefault(ctx context.Context, op *Op, part Value) (Value, error) {
	c.check().Give(part.Raw)
	out, err := c.Run(ctx, op, part)
	if isDeclined(err) {
		return c.byDefault(part, err)
	}
	return out, err
}

// Default returns what the default op makes of a part of the value, at the path entered
// last.
func (c Call) Default(part Value) (Value, error) { return c.byDefault(part, nil) }

// byDefault is Default for a part to which an op did not apply, as declined says.
func (c Call) byDefault(part Value, declined error) (Value, error) {
	if c.x == nil {
		return Value{}, ErrNotApplicable
	}
	defer func(was int) { c.x.attempt = was }(c.x.attempt)
	c.x.attempt = c.attempt
	return c.x.fallbackValue(part, 0, 0, declined)
}

// madeBy passes on what an op returned that another may make a part of its result.
func (c Call) madeBy(op *Op, out Value, err error) (Value, error) {
	if err == nil {
		c.check().DrewPart(out.Raw, op.Makes)
	}
	return out, err
}

// AppendPseudonym appends the built-in pseudonym of a value object, at the place where
// the Exec is. Outside of a run the error is ErrNotApplicable.
func (c Call) AppendPseudonym(dst []byte, shape *pseudonym.Options, raw []byte) ([]byte, error) {
	if c.x == nil {
		return dst, ErrNotApplicable
	}
	path := c.x.pathBytes
	defer func() { c.x.pathBytes = path }()
	if c.attempt > 0 { // as if it were elsewhere
		c.x.pathBytes = binary.AppendUvarint(append(slices.Clone(path), otherAttempt), uint64(c.attempt))
	}
	return c.x.appendPseudonym(dst, shape, raw)
}

// otherAttempt begins no step of a path.
const otherAttempt = 2

// Within applies rules to a map or list that an op took out of the item. If the value
// comes out as it was, that is meant unless a rule returned what it was given. It
// applies within a run only.
func (c Call) Within(rules *Rules, v Value) (out Value, meant bool, err error) {
	if c.x == nil {
		return Value{}, false, ErrNotApplicable
	}
	c.reads()
	return c.x.runWithin(rules, v, c.attempt)
}

// Try begins a trial: what ops do until undo is called is forgotten.
func (c Call) Try() (undo func()) { return c.trial().back }

// NameStays says that the op keeps the name of the member that was entered last, and
// decides nothing about it. The sort says of what the name is.
func (c Call) NameStays(sort survey.Sort) {
	if c.x == nil {
		return
	}
	s := c.x.steps[len(c.x.steps)-1]
	c.x.pop()
	c.x.walk.lookAtNameOf(sort, s, nil)
	c.x.push(s)
}

// A trial is what is to be forgotten if an op does not apply.
type trial struct {
	x      *Exec
	leak   leak.Mark
	looked int
}

// trial begins a trial.
func (c Call) trial() trial {
	if c.x == nil {
		return trial{}
	}
	return trial{c.x, c.x.leak.Mark(), c.x.look.Mark()}
}

// back goes back to where the trial began.
func (t trial) back() {
	if t.x != nil {
		t.x.leak.Undo(t.leak)
		t.x.look.Undo(t.looked)
	}
}

// Keep says that the op returns a value as it was, and means to.
func (c Call) Keep(v Value) { c.check().Keep(v.Raw) }

// Meant reports whether an op that made out of a part changed it, or said by Keep that
// it may stay.
func (c Call) Meant(part, out Value) bool { return c.x == nil || c.x.leak.Meant(part.Raw, out.Raw) }

func (c Call) check() *leak.Check {
	if c.x == nil {
		return nil
	}
	return c.x.leak
}

// Guarded reports whether the op makes a key attribute that must be a one-to-one function
// of the attribute as read.
func (c Call) Guarded() bool { return c.x != nil && c.x.guard.on }

// Trial reports whether the op is only asked whether it applies; see [Call.Applies].
func (c Call) Trial() bool { return c.x != nil && c.x.guard.trial }

// Unguarded lets a guarded op read the item until the returned function is called.
func (c Call) Unguarded() (guarded func()) {
	if c.x == nil {
		return func() {}
	}
	was := c.x.guard.on
	c.x.guard.on = false
	return func() { c.x.guard.on = was }
}

// reads notes that an op reads the item, or something that depends on it.
func (c Call) reads() {
	if c.x != nil {
		c.x.guard.read = c.x.guard.read || c.x.guard.on
	}
}

// Applies reports whether an op applies to a value, by the value alone. An op that fails
// applies. It is for guarded ops only.
func (c Call) Applies(ctx context.Context, op *Op, v Value) bool {
	depth, was := len(c.x.steps), c.x.guard.trial
	undo := c.Try()
	c.x.guard.trial = true
	_, err := op.runOn(ctx, c, op.Takes, v)
	c.x.guard.trial = was
	undo()
	for len(c.x.steps) > depth {
		c.x.pop()
	}
	return !isDeclined(err)
}

// RunAt runs on a text, which stands in a key, what the rules make of the value at a
// path, and returns the text that comes of it. fold has left of the value, and so leaves
// of what comes of it, less than all. The value is an S if the op takes S, and else an N.
// The error is not ErrNotApplicable. If the value stays as it is, kept is true.
func (c Call) RunAt(ctx context.Context, at []wire.Step, text string, fold func(string) string) (made string, kept bool, err error) {
	placed := c.x.plan.Rules.At(at, c.x.plan)
	switch {
	case placed.Passes:
		return text, true, nil
	case placed.Op == nil:
		return "", false, ErrUnplaced
	}
	made, err = c.runText(ctx, placed.Op, c.x.plan.fitAt(at), text, fold)
	return made, false, err
}

// runText runs an op on a text, as RunAt says, until the result fits.
func (c Call) runText(ctx context.Context, op *Op, fit Fit, text string, fold func(string) string) (string, error) {
	canonical := op.Canonical
	if canonical == nil {
		canonical = func(text string) (string, bool) { return text, true }
	}
	if form, ok := canonical(text); ok && fold(form) == text { // no other text has both
		text = form
	}
	v := Value{wire.S, wire.AppendS(nil, text)}
	if !op.Takes.Has(wire.S) {
		normal, err := wire.AppendNumber(nil, []byte(text))
		if err != nil || string(normal) != text {
			return "", ErrUnplaced
		}
		v = Value{wire.N, wire.AppendN(nil, normal)}
	}
	out, err := untilFit(ctx, c, op, v, fit, func(c Call, v Value) (Value, error) { return c.Run(ctx, op, v) })
	switch {
	case isDeclined(err):
		return "", ErrUnplaced
	case err != nil:
		return "", err
	}
	made, kind := wire.DecodeText(out.Raw)
	if kind != wire.S && kind != wire.N || made == "" {
		return "", ErrUnplaced
	}
	if !isFoundAgain(made, canonical, fold) {
		return "", ErrFolded
	}
	return made, nil
}

// isFoundAgain reports whether what fold leaves of a result tells which result it was: the
// canonical form that folds to it, or else it itself.
func isFoundAgain(made string, canonical func(string) (string, bool), fold func(string) string) bool {
	folded := fold(made)
	if form, ok := canonical(folded); ok && fold(form) == folded {
		return made == form
	}
	return made == folded
}

// ErrUnplaced is returned for a text in a key to which the rule for the attribute that it
// is made of does not apply.
const ErrUnplaced = reason.Error("the rule for an attribute in the template does not apply to its part of the key")

// ErrFolded is returned for a result of which a template loses a part.
const ErrFolded = reason.Error("the modifiers of the template lose a part of a result, so another key could get it too; leave them out, or use ModeInsert")

// A Placed is what the rules do with the value at a path.
type Placed struct {
	Passes bool  // the value stays
	Op     *Op   // that a rule runs on exactly this value, or nil
	Rule   *Rule // that decides, or nil
}

// At returns what the rules do with a value that is no map, list or set at a path.
func (set *Rules) At(path []wire.Step, p *Plan) Placed {
	at := where{plan: &Plan{Rules: set}}
	at.activate(set.root)
	lo, cover := 0, set.cover
	if len(path) == 1 && (p.Keys.Holds(path[0].Name) || path[0].Name == p.TTL) {
		return set.atProtected(path[0].Name)
	}
	var by *Rule
	for i, s := range path {
		hi := len(at.nodes)
		if s.Elem {
			at.pushIndex(s.Index, lo, hi)
		} else {
			at.pushName([]byte(s.Name), false, lo, hi)
		}
		lo = hi
		first := at.firstRule(lo, len(at.nodes))
		if first == len(at.nodes) {
			continue
		}
		by = at.nodes[first].rule
		switch act := by.Op.Act; {
		case act == Pass || act == Remove:
			cover = act
		case i == len(path)-1 && act == Apply:
			return Placed{Op: by.Op, Rule: by}
		default:
			return Placed{Rule: by}
		}
	}
	return Placed{Passes: cover == Pass || cover == keepAll, Rule: by}
}

// atProtected is At for a key attribute, or that of the time to live.
func (set *Rules) atProtected(name string) Placed {
	n := set.root.names[name]
	switch {
	case n == nil || n.rule == nil:
		return Placed{Passes: true}
	case n.rule.Op.Act == Apply:
		return Placed{Op: n.rule.Op, Rule: n.rule}
	}
	return Placed{Passes: n.rule.Op.Act == Pass, Rule: n.rule}
}

// SetLater says whether what runs next is a later branch, which takes the values that no
// earlier one takes. It returns what was said before.
func SetLater(c Call, later bool) (was bool) {
	if c.x == nil {
		return false
	}
	was, c.x.guard.later = c.x.guard.later, later
	return was
}

// CheckKept returns a fault if a later branch keeps a key attribute, also of a secondary
// index, or a part of one, that looks personal beyond doubt. Who writes such a branch has
// keys of other forms in mind.
func CheckKept(c Call, v Value) error {
	x := c.x
	if x == nil || !x.guard.later || x.guard.trial || len(x.steps) != 1 {
		return nil
	}
	name := string(x.steps[0].name)
	if !x.plan.Keys.Holds(name) && !x.plan.isIndexKey(name) {
		return nil
	}
	text := formOf(v)
	look := personal.LookAt([]byte(text), name)
	if look.Strength != personal.StrongLook || !strings.Contains(formOf(valueIn(x.src, x.attrs, name)), text) {
		return nil
	}
	f := x.fault(v.Kind, fmt.Sprintf(keptLater, look.Kind), nil)
	f.Class = reason.Refused
	return f
}

const keptLater = "FirstOf: no branch before Passthrough takes this key, and it looks like %v; add a branch for keys of this form; to keep them, use When(cond, Passthrough()), or a rule that is Passthrough alone"
