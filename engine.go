package dynsync

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/wire"
)

// A plan is everything that happens to the items of one table: the rules and
// what the preflight learned of the table. It is immutable and shared by all
// goroutines.
type plan struct {
	table     string // as errors and reports name it
	seedName  string // as default pseudonyms and [Input.ItemSeed] depend on it
	rules     *ruleSet
	key       *pseudonym.Key
	keys      *keyNames
	ttl       string              // "" where there is none or it is not known
	indexKeys map[string]struct{} // key attributes of secondary indexes, those of the table left out
	filter    func(*Record) bool
	finish    func(context.Context, *Record) error
	leak      *leakConfig // nil if originals are not searched
	sample    sample
	now       time.Time     // expired items are left out, as of then; zero if they are not
	quota     *atomic.Int64 // how many items are still to be taken; nil for no limit

	changesKeys bool // a rule or the record transform can change an item's key
	canCollide  bool // and two items can end on one
}

// identity reports whether the plan leaves every item as it is.
func (p *plan) identity() bool {
	return p.rules.cover == actPass && len(p.rules.rules) == 0 && p.finish == nil
}

func (p *plan) isKey(name []byte) bool {
	return string(name) == p.keys.partition || p.keys.sort != "" && string(name) == p.keys.sort
}

// An exec runs a plan, one item after the other. Every goroutine has its own;
// its buffers are reused from item to item.
type exec struct {
	plan    *plan
	ctx     context.Context
	gen     *pseudonym.Generator
	scanner wire.Scanner
	matched []bool // by rule id: it selected something in some item
	items   int    // how many went through the rules

	// What pseudonyms added to items, since it was last merged.
	pseudonymBytes, pseudonymUnits int64

	// The item at hand: attrs and the editor's offsets refer to src.
	src   []byte
	whole []byte // src, also while src is a value that a transformer took out of it
	item  wire.Span
	attrs []wire.Attr
	ed    wire.Editor
	out   []byte
	rec   *Record // the item as read, once somebody asked for it

	late        []lateValue // attributes whose rules come last
	transformed *Record     // the item as those rules see it

	subs map[*ruleSet]*exec // run the rules of a transformer within a value

	itemKey []byte // canonical bytes of its key
	top     topLevels
	nodes   []*node
	steps   []pathStep
	places  []byte // the steps as bytes, for keyed randomness
	running string // the transformer that runs, for errors

	started bool // gen knows the item's key
	exact   bool // pseudonyms keep the exact length
	rounded bool // a pseudonym was made, so that exact may make the item smaller
	grown   int  // how many bytes pseudonyms added to the item
	strict  bool // a rule did not apply: nothing below may pass through
	recheck bool // a transformer returned a map or list, which may nest too deeply

	last      *ItemError // the error that the engine made last, to know it again
	lastValue int        // where in the editor's output the value written last begins

	leak      *leak.Check // nil if originals are not searched
	lateDrawn bool        // the result of the rule that came last is drawn
}

// A pathStep is a segment of the place that is being worked on.
type pathStep struct {
	name   []byte // decoded; borrowed from the item or copied
	index  int
	elem   bool
	known  bool // a rule or the key schema holds the name, so that errors may print it
	places int  // length of exec.places before it
}

func newExec(p *plan) *exec {
	return &exec{plan: p, gen: p.key.NewGenerator(p.seedName), matched: make([]bool, len(p.rules.rules)), leak: newLeakCheck(p.leak)}
}

// process runs the filter, the rules and the record transform on the item that
// stands at span in src and has these attributes. It returns the item to write,
// which is good until the next call; keep is false for one that the filter
// drops. The error is an [*ItemError], or that of ctx.
func (x *exec) process(ctx context.Context, src []byte, item wire.Span, attrs []wire.Attr) (out []byte, keep bool, err error) {
	x.ctx, x.src, x.whole, x.item, x.attrs, x.rec = ctx, src, src, item, attrs, nil
	x.last = nil
	x.begin()
	defer func() {
		if p := recover(); p != nil {
			out, keep, err = nil, true, x.fault(KindInvalid, "it panicked", &panicError{p})
		}
	}()
	if err := x.findKey(); err != nil {
		return nil, true, err
	}
	if !x.takes() {
		return nil, false, nil
	}
	if x.plan.filter != nil {
		x.running = "WithFilter"
		if !x.plan.filter(x.record()) {
			return nil, false, nil
		}
	}
	if !x.admit() {
		return nil, false, nil
	}
	x.items++
	if out, err = x.transform(); err == nil {
		x.countGrowth(out)
	}
	return out, true, err
}

func (x *exec) begin() {
	x.exact, x.rounded, x.recheck = false, false, false
	x.reset()
}

func (x *exec) reset() {
	x.nodes, x.steps, x.places = x.nodes[:0], x.steps[:0], x.places[:0]
	x.late, x.strict, x.running, x.grown = x.late[:0], false, "", 0
	if x.leak != nil {
		x.leak.Begin()
	}
}

// transform runs the rules; again with exact lengths if the rounded lengths of
// pseudonyms took the item past DynamoDB's limit.
func (x *exec) transform() ([]byte, error) {
	out, err := x.once()
	if err == nil && x.rounded && len(out) > wire.MaxItemSize && wire.ItemSize(out) > wire.MaxItemSize {
		x.exact = true
		x.reset()
		out, err = x.once()
	}
	if err != nil {
		return nil, err
	}
	if len(out) > wire.MaxItemSize && wire.ItemSize(out) > wire.MaxItemSize {
		x.steps = x.steps[:0]
		return nil, x.fault(KindInvalid, tooLarge, nil)
	}
	if x.leak != nil {
		if err := x.checkLeaks(out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

const tooLarge = "the item is larger than DynamoDB's 400 KB (409,600 bytes)"

// once makes one pass of the rules and the record transform over the item.
func (x *exec) once() ([]byte, error) {
	if x.plan.identity() {
		return x.src[x.item.Start:x.item.End], nil
	}
	x.ed.Reset(x.out[:0], x.src)
	x.ed.SkipTo(x.item.Start)
	if err := x.visitItem(); err != nil {
		return nil, err
	}
	x.ed.CopyTo(x.item.End)
	x.out = x.ed.Dst
	var err error
	if len(x.plan.rules.missing) > 0 {
		if x.out, err = x.fillMissing(x.out); err != nil {
			return nil, err
		}
	}
	if len(x.plan.rules.last) > 0 {
		if x.out, err = x.runLast(x.out); err != nil {
			return nil, err
		}
	}
	return x.finishItem(x.out)
}

// visitItem walks the item's attributes.
func (x *exec) visitItem() error {
	x.activate(x.plan.rules.root)
	hi := len(x.nodes)
	t := &x.top.front
	for _, a := range x.attrs {
		if t = x.after(t, a); t.still {
			continue
		}
		x.enter(t)
		var err error
		switch {
		case t.last != nil:
			x.postpone(t.last, a)
		case t.protected(a.Kind):
			err = x.visitProtected(t.exact, a)
		default:
			err = x.visitAttribute(a, hi, t.name)
		}
		if err != nil {
			return err
		}
		x.nodes = x.nodes[:hi]
		x.pop()
	}
	return nil
}

func (x *exec) visitAttribute(a wire.Attr, lo int, name []byte) error {
	done, err := x.visit(a.Value, a.Kind, lo, len(x.nodes), x.plan.rules.cover)
	if err != nil {
		return err
	}
	switch done {
	case removed:
		x.ed.RemoveMember(a.Name.Start-1, a.Value.End)
	case replaced:
		if x.isIndexKey(name) && !Kind(a.Kind).isContainer() {
			return x.checkKey(a, "the key of a secondary index keeps its type and is never emptied")
		}
	}
	return nil
}

// An outcome is what became of a value.
type outcome uint8

const (
	kept outcome = iota // it is still to be copied
	replaced
	removed
)

// visit decides about the value at span by the active nodes [lo, hi) and what
// covers it, and writes it unless it is kept or removed.
func (x *exec) visit(v wire.Span, kind wire.Kind, lo, hi int, cover action) (outcome, error) {
	for i := lo; i < hi && !x.strict; i++ { // under a rule that did not apply, no other does
		r := x.nodes[i].rule
		if r == nil {
			continue
		}
		x.matched[r.id] = true
		switch r.act {
		case actPass:
			cover = actPass
		case actRemove: // what is less specific does not carve out of it
			cover, hi = actRemove, i+1
			if x.nodes[i].deep != nil {
				hi++ // it stands behind its node
			}
		default:
			return x.decide(r, v, kind, lo, hi)
		}
		break
	}
	return x.visitCovered(v, kind, lo, hi, cover)
}

func (x *exec) visitCovered(v wire.Span, kind wire.Kind, lo, hi int, cover action) (outcome, error) {
	leads := x.leads(lo, hi)
	switch {
	case Kind(kind).isContainer() && (leads || cover == actDefault):
		return x.container(v, kind, lo, hi, cover)
	case leads && kind >= wire.SS && !x.strict:
		if r := x.memberRule(lo, hi); r != nil {
			return x.decideMembers(r, v, kind)
		}
	}
	switch cover {
	case actPass:
		return kept, nil
	case actRemove:
		return x.remove(v), nil
	}
	return x.byDefault(v, kind)
}

func (x *exec) leads(lo, hi int) bool {
	for _, n := range x.nodes[lo:hi] {
		if n.leads() || n.onNames != nil {
			return true
		}
	}
	return false
}

// memberRule returns the rule that a [*] makes for the members of a set.
func (x *exec) memberRule(lo, hi int) *rule {
	for _, n := range x.nodes[lo:hi] {
		if n.elem != nil && n.elem.rule != nil {
			return n.elem.rule
		}
	}
	return nil
}

// decide carries out a rule on the whole value at span, and gives the value to
// the default transformer if the rule's does not apply.
func (x *exec) decide(r *rule, v wire.Span, kind wire.Kind, lo, hi int) (outcome, error) {
	if names := x.nameRule(lo, hi); names != nil && kind == wire.M && r.act == actApply {
		return kept, x.fault(KindM, namesOfWhole, nil)
	}
	done, err := x.carryOut(r, v, kind)
	if errors.Is(err, ErrNotApplicable) {
		return x.fallback(v, kind, lo, hi)
	}
	return done, err
}

const namesOfWhole = "a rule for the names of this map's members cannot hold, since another rule transforms the map as a whole"

// decideMembers carries out the rule of a [*] on the members of a set.
func (x *exec) decideMembers(r *rule, v wire.Span, kind wire.Kind) (outcome, error) {
	x.matched[r.id] = true
	if r.act != actApply {
		return x.carryOut(r, v, kind)
	}
	x.running = r.desc.Name
	done, err := x.call(r.members, everyKind, r.desc.Drawn, v, kind)
	if errors.Is(err, ErrNotApplicable) {
		return x.fallback(v, kind, 0, 0)
	}
	return done, err
}

// carryOut carries out a rule on the whole value at span. The error is
// ErrNotApplicable if the rule's transformer does not apply.
func (x *exec) carryOut(r *rule, v wire.Span, kind wire.Kind) (outcome, error) {
	x.running = r.desc.Name
	switch r.act {
	case actPass:
		return kept, nil
	case actRemove:
		return x.remove(v), nil
	case actReject:
		return kept, x.fault(Kind(kind), "Reject: no value is expected at this path", nil)
	}
	return x.call(r.t, r.takes, r.desc.Drawn, v, kind)
}

// call runs a transformer on the value at span and writes the result, which is
// drawn or not.
func (x *exec) call(t Transformer, takes kindSet, drawn bool, v wire.Span, kind wire.Kind) (outcome, error) {
	raw := x.src[v.Start:v.End]
	if own, ok := t.(*pseudonymizer); ok && takes.has(Kind(kind)) {
		return x.pseudonymize(own, v)
	}
	out, err := x.invoke(t, takes, Value{Kind(kind), raw})
	if err != nil {
		return kept, err
	}
	done, err := x.emit(v, out)
	if x.leak != nil {
		x.tellLeakCheck(v, out, done == replaced, drawn)
	}
	return done, err
}

// remove is what becomes of the value at span where nothing is to be left of it.
func (x *exec) remove(v wire.Span) outcome {
	if x.leak != nil {
		x.tellLeakCheck(v, MissingValue(), false, false)
	}
	return removed
}

// tellLeakCheck says what was made of the value at span, and whether that was
// written, last, and is drawn.
func (x *exec) tellLeakCheck(v wire.Span, out Value, written, drawn bool) {
	x.leak.Took(x.src, v, wire.KindOf(v.Of(x.src)), out.raw)
	if written {
		x.leak.Wrote(x.ed.Dst, x.lastValue, drawn)
	}
}

// invoke calls a transformer with a value. The error is ErrNotApplicable, an
// [*ItemError] or the end of the run.
func (x *exec) invoke(t Transformer, takes kindSet, v Value) (out Value, err error) {
	depth := len(x.steps)
	in := Input{Value: v, exec: x}
	before := x.leak.Mark()
	if v.IsMissing() {
		out, err = t.Transform(x.ctx, in)
	} else {
		out, err = transformKinds(x.ctx, t, takes, in)
	}
	switch {
	case errors.Is(err, ErrNotApplicable):
		x.leak.Undo(before)
		err = ErrNotApplicable
	case err != nil:
		err = x.callFault(v.kind, err)
	}
	for len(x.steps) > depth { // an error left them, which a transformer may have swallowed
		x.pop()
	}
	return out, err
}

// emit writes what a transformer returned in place of the value at span.
func (x *exec) emit(v wire.Span, out Value) (outcome, error) {
	switch {
	case out.kind == KindMissing:
		return removed, nil
	case out.raw == nil:
		return kept, x.callFault(KindInvalid, errInvalidValue)
	}
	if err := wire.CheckValue(out.raw); err != nil {
		return kept, x.callFault(out.kind, refusedValue(err))
	}
	x.recheck = x.recheck || out.kind.isContainer()
	x.ed.CopyTo(v.Start)
	x.lastValue = len(x.ed.Dst)
	x.ed.Dst = append(x.ed.Dst, out.raw...)
	x.ed.SkipTo(v.End)
	return replaced, nil
}

func (x *exec) pseudonymize(p *pseudonymizer, v wire.Span) (outcome, error) {
	x.ed.CopyTo(v.Start)
	x.lastValue = len(x.ed.Dst)
	dst, err := p.append(x.ed.Dst, x, x.src[v.Start:v.End])
	if err != nil {
		return kept, x.fault(KindInvalid, "the value has no pseudonym", err)
	}
	x.ed.Dst = dst
	x.ed.SkipTo(v.End)
	if x.leak != nil {
		x.tellLeakCheck(v, Value{}, true, true)
	}
	return replaced, nil
}

// container walks a map or list.
func (x *exec) container(v wire.Span, kind wire.Kind, lo, hi int, cover action) (outcome, error) {
	mark := x.ed.Mark()
	var left, total int
	var err error
	if kind == wire.M {
		left, total, err = x.members(v, lo, hi, cover)
	} else {
		left, total, err = x.elements(v, lo, hi, cover)
	}
	switch {
	case err != nil:
		return kept, err
	case total == 0:
		return x.emptyContainer(kind, cover)
	case left == 0 && cover == actRemove:
		x.ed.Rewind(mark)
		x.leak.Rewound(len(x.ed.Dst))
		return removed, nil
	}
	return replaced, nil
}

func (x *exec) emptyContainer(kind wire.Kind, cover action) (outcome, error) {
	switch null := &x.plan.rules.defaults[KindNULL]; {
	case cover == actRemove, cover == actDefault && null.act == actRemove:
		return removed, nil
	case cover == actDefault && null.act == actReject:
		return kept, x.fault(Kind(kind), "Reject: no value is expected at this path", nil)
	}
	return kept, nil
}

// members walks a map; left counts the members that stay.
func (x *exec) members(v wire.Span, lo, hi int, cover action) (left, total int, err error) {
	names := x.newNames(lo, hi)
	it := wire.MembersOf(x.src[v.Start:v.End])
	for {
		a, ok := it.Next()
		if !ok {
			return left, total, nil
		}
		a.Name = a.Name.Shift(v.Start)
		a.Value = a.Value.Shift(v.Start)
		total++
		top := len(x.nodes)
		step := x.activateName(x.src[a.Name.Start:a.Name.End], a.Escaped, lo, hi)
		if still := cover == actPass && names == nil && len(x.nodes) == top; still { // nothing can happen to it
			left++
			continue
		}
		before := x.ed.Mark()
		x.push(step)
		var name string
		if names != nil {
			if name, err = names.rename(x, a); err != nil {
				return 0, 0, err
			}
		}
		done, err := x.visit(a.Value, a.Kind, top, len(x.nodes), cover)
		if err != nil {
			return 0, 0, err
		}
		if done == removed {
			x.ed.Rewind(before)
			x.leak.Rewound(len(x.ed.Dst))
			x.ed.RemoveMember(a.Name.Start-1, a.Value.End)
			names.forget(name)
		} else {
			left++
		}
		x.nodes = x.nodes[:top]
		x.pop()
	}
}

// elements walks a list.
func (x *exec) elements(v wire.Span, lo, hi int, cover action) (left, total int, err error) {
	it := wire.ElementsOf(x.src[v.Start:v.End])
	for ; ; total++ {
		span, ok := it.Next()
		if !ok {
			return left, total, nil
		}
		span = span.Shift(v.Start)
		top := len(x.nodes)
		x.pushIndex(total, lo, hi)
		done, err := x.visit(span, wire.KindOf(x.src[span.Start:span.End]), top, len(x.nodes), cover)
		if err != nil {
			return 0, 0, err
		}
		if done == removed {
			x.ed.RemoveMember(span.Start, span.End)
		} else {
			left++
		}
		x.nodes = x.nodes[:top]
		x.pop()
	}
}

// byDefault gives a value to the default transformer of its kind.
func (x *exec) byDefault(v wire.Span, kind wire.Kind) (outcome, error) {
	k := Kind(kind)
	if elem, ok := k.element(); ok {
		k = elem
	}
	s := &x.plan.rules.defaults[k]
	x.running = "default"
	switch {
	case s.t == nil: // NULL
		return kept, nil
	case s.own != nil:
		return x.pseudonymize(s.own, v)
	case x.strict && s.passes && k != KindNULL:
		return kept, x.fault(Kind(kind), s.passesByFallback(), nil)
	}
	switch s.act {
	case actPass:
		return kept, nil
	case actRemove:
		return x.remove(v), nil
	case actReject:
		return kept, x.fault(Kind(kind), "Reject: no value is expected at this path", nil)
	}
	t, takes := s.t, s.takes
	if k != Kind(kind) {
		t, takes = s.members, everyKind
	}
	done, err := x.call(t, takes, s.drawn, v, kind)
	switch {
	case errors.Is(err, ErrNotApplicable) && k == KindNULL:
		return kept, nil
	case errors.Is(err, ErrNotApplicable):
		return x.pseudonymize(&builtinPseudonym, v)
	}
	return done, err
}

// passesByFallback is why a value that a rule does not apply to may not be given to the
// default.
func (s *slot) passesByFallback() string {
	return "the rule does not apply to this value, and the default, " + describe(s.t).Name + ", may keep it or a part of it; say what happens to it by FirstOf, or take a default that keeps nothing"
}

var builtinPseudonym pseudonymizer

// fallback gives a value that a rule selects, but does not apply to, to the
// default transformer. Of the active nodes [lo, hi) only the rules for names hold.
func (x *exec) fallback(v wire.Span, kind wire.Kind, lo, hi int) (outcome, error) {
	was := x.strict
	x.strict = true
	defer func() { x.strict = was }()
	if Kind(kind).isContainer() {
		return x.container(v, kind, lo, hi, actDefault)
	}
	return x.byDefault(v, kind)
}

// fallbackValue is fallback for a value that a transformer holds in its hands.
func (x *exec) fallbackValue(v Value, lo, hi int) (Value, error) {
	src, ed, running := x.src, x.ed, x.running
	x.leak.EnterPart()
	defer func() {
		x.src, x.ed, x.running = src, ed, running
		x.leak.LeavePart()
	}()
	x.src, x.ed = v.raw, wire.Editor{}
	x.ed.Reset(make([]byte, 0, len(v.raw)+16), v.raw)
	done, err := x.fallback(wire.Span{End: uint32(len(v.raw))}, wire.Kind(v.kind), lo, hi)
	switch {
	case err != nil:
		return Value{}, err
	case done == removed:
		return MissingValue(), nil
	case done == kept:
		return v, nil
	}
	return borrow(x.ed.Finish()), nil
}
