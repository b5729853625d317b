package engine

import (
	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/wire"
)

// A walk takes the rules over an item, or over a value that an op gave to the default,
// and writes what becomes of it. All spans and attributes refer to src.
type walk struct {
	x      *Exec
	src    []byte
	ed     wire.Editor
	latest int         // where in the editor's output the value written last begins
	whole  uint32      // where in src the value began that it was written for
	strict bool        // a rule did not apply: nothing below may pass through
	passed passedOver  // the value to which it did not
	from   leak.Source // of the values that are taken
}

// begin readies the walk for src.
func (w *walk) begin(dst, src []byte) {
	w.src, w.strict, w.from, w.whole = src, false, leak.Source{}, 0
	w.ed.Reset(dst, src)
}

// A fate is what became of a value.
type fate uint8

const (
	kept fate = iota // it is still to be copied
	replaced
	removed
)

// overItem walks the item at hand, and appends what becomes of it.
func (w *walk) overItem(dst []byte) ([]byte, error) {
	w.begin(dst, w.x.src)
	w.ed.SkipTo(w.x.item.Start)
	if err := w.attributes(); err != nil {
		return dst, err
	}
	w.ed.CopyTo(w.x.item.End)
	return w.ed.Dst, nil
}

// attributes walks the attributes of the item at hand.
func (w *walk) attributes() error {
	x := w.x
	x.activate(x.plan.Rules.root)
	hi := len(x.nodes)
	t := &x.top.front
	for i := range x.attrs {
		a := &x.attrs[i]
		t = x.after(t, w.src, a)
		x.look.Enter(t.seen)
		if t.open != nil {
			w.lookAtKey(t, a)
		}
		if t.still {
			w.attributePasses(t, a)
			continue
		}
		if t.left {
			w.leaveOut(a)
			continue
		}
		x.enter(t)
		var stays bool
		var err error
		switch {
		case t.last != nil:
			w.postpone(t.last, *a)
		case t.isProtected(a.Kind):
			err = w.protectedAttribute(t, *a)
		default:
			stays, err = w.attribute(t, *a, hi)
		}
		if err != nil {
			return err
		}
		x.nodes = x.nodes[:hi]
		x.pop()
		if stays {
			w.lookAtAttribute(t, a)
		}
	}
	return nil
}

// attributePasses looks at an attribute to which nothing can happen.
func (w *walk) attributePasses(t *topLevel, a *wire.Attr) {
	w.lookAtAttribute(t, a)
	if a.Kind.IsContainer() && !t.key {
		w.x.push(pathStep{name: t.name, known: t.known})
		w.lookInside(a.Value, a.Kind, 0, 0)
		w.x.pop()
	}
}

// leaveOut leaves an attribute out of the item. It is no data, for which the leak check
// would search.
func (w *walk) leaveOut(a *wire.Attr) {
	w.x.left = true
	w.ed.RemoveMember(a.Quoted().Start, a.Value.End)
}

// attribute transforms an attribute, and reports whether it stays.
func (w *walk) attribute(t *topLevel, a wire.Attr, lo int) (stays bool, err error) {
	w.from = leak.Source{Default: true}
	done, err := w.visit(a.Value, a.Kind, lo, len(w.x.nodes), w.x.plan.Rules.cover)
	switch {
	case err != nil:
		return false, err
	case done == removed:
		w.ed.RemoveMember(a.Quoted().Start, a.Value.End)
	}
	if t.index != nil {
		err = checkIndex(w, t, a, done)
	}
	return done != removed, err
}

// checkIndex checks what became of an attribute that is a key of an index.
func checkIndex(w *walk, t *topLevel, a wire.Attr, done fate) error {
	v := Value{a.Kind, a.Value.Of(w.src)}
	switch {
	case done == removed:
		return nil
	case done == replaced && w.whole == a.Value.Start:
		v = valueOf(w.ed.Dst[w.latest:])
	}
	return w.x.indexFault(string(t.name), t.index, v)
}

// protectedAttribute transforms a key or TTL attribute if a literal rule names it.
func (w *walk) protectedAttribute(t *topLevel, a wire.Attr) error {
	n := t.exact
	if n == nil || n.rule == nil {
		return checkIndex(w, t, a, kept)
	}
	if n.rule.Op.Act == Pass {
		w.x.applied(n.rule)
		return checkIndex(w, t, a, kept)
	}
	if err := protectedByRule(w, t, n.rule, a); err != nil {
		w.x.failed(n.rule, err)
		return err
	}
	w.x.applied(n.rule)
	return nil
}

// protectedByRule carries out the rule of a key or TTL attribute.
func protectedByRule(w *walk, t *topLevel, r *Rule, a wire.Attr) error {
	w.x.guard.begin(t.key && w.x.plan.OneToOne)
	done, err := w.carryOut(r, a.Value, a.Kind)
	err = w.x.guard.end(w.x, a.Kind, err)
	switch {
	case isDeclined(err) && t.key:
		return w.x.fault(a.Kind, declines(keyAttribute, err, w.x.plan.fitting(Value{a.Kind, a.Value.Of(w.src)})), nil)
	case isDeclined(err):
		return w.x.fault(a.Kind, declines(ttlAttribute, err, nil), nil)
	case err != nil:
		return err
	case done == removed && t.key:
		return w.x.fault(a.Kind, keyRemoved, nil)
	case done == removed:
		w.ed.RemoveMember(a.Quoted().Start, a.Value.End)
	case done == replaced && t.key:
		return w.checkKey(a)
	}
	return checkIndex(w, t, a, done)
}

// checkKey checks the value just written in place of a key attribute.
func (w *walk) checkKey(a wire.Attr) error {
	if out := valueOf(w.ed.Dst[w.latest:]); out.Kind != a.Kind || out.isEmpty() {
		return w.x.fault(out.Kind, keyChanged(a.Kind), nil)
	}
	return nil
}

// visit decides about the value at span by the active nodes [lo, hi) and what
// covers it, and writes it unless it is kept or removed.
func (w *walk) visit(v wire.Span, kind wire.Kind, lo, hi int, cover Action) (fate, error) {
	i := w.x.firstRule(lo, hi)
	if i == hi || w.strict { // under a rule that did not apply, no other does
		return w.covered(v, kind, lo, hi, cover)
	}
	n := w.x.nodes[i]
	was := w.from
	w.from = leak.Source{Canonical: n.rule.Op.Canonical}
	var done fate
	var err error
	switch n.rule.Op.Act {
	case Pass:
		w.x.applied(n.rule)
		done, err = w.covered(v, kind, lo, hi, Pass)
	case Remove:
		w.x.applied(n.rule)
		done, err = w.covered(v, kind, lo, lo+lastBelowRemove(w.x.nodes[lo:hi], i-lo), Remove)
	default:
		done, err = w.decide(n.rule, v, kind, lo, hi)
	}
	w.from = was
	return done, err
}

// lastBelowRemove returns how many of the active nodes, of which the i-th removes the
// value, hold below it: what is less specific does not carve out of it.
func lastBelowRemove(nodes []*node, i int) int {
	if nodes[i].deep != nil {
		return i + 2 // it stands behind its node
	}
	return i + 1
}

// covered decides about a value that no rule takes as a whole.
func (w *walk) covered(v wire.Span, kind wire.Kind, lo, hi int, cover Action) (fate, error) {
	leads := w.x.leads(lo, hi)
	switch {
	case kind.IsContainer() && (leads || cover == byDefault):
		return w.container(v, kind, lo, hi, cover)
	case leads && kind >= wire.SS && !w.strict:
		if r := w.x.memberRule(lo, hi); r != nil {
			return w.decideMembers(r, v, kind)
		}
	}
	switch cover {
	case Pass:
		return kept, nil
	case keepAll:
		w.lookInside(v, kind, 0, 0)
		return kept, nil
	case Remove:
		return w.remove(v), nil
	}
	return w.byDefault(v, kind)
}

// container walks a map or list.
func (w *walk) container(v wire.Span, kind wire.Kind, lo, hi int, cover Action) (fate, error) {
	mark := w.ed.Mark()
	var left, total int
	var err error
	if kind == wire.M {
		left, total, err = w.members(v, lo, hi, cover)
	} else {
		left, total, err = w.elements(v, lo, hi, cover)
	}
	switch {
	case err != nil:
		return kept, err
	case total == 0:
		return w.emptyContainer(kind, cover)
	case left == 0 && cover == Remove:
		w.ed.Rewind(mark)
		w.x.leak.Rewound(len(w.ed.Dst))
		return removed, nil
	}
	return replaced, nil
}

func (w *walk) emptyContainer(kind wire.Kind, cover Action) (fate, error) {
	null := Apply
	if op := w.x.plan.Rules.defaults[wire.NULL]; op != nil {
		null = op.Act
	}
	switch {
	case cover == Remove, cover == byDefault && null == Remove:
		return removed, nil
	case cover == byDefault && null == Reject:
		return kept, w.x.fault(kind, string(ErrRejected), nil)
	}
	return kept, nil
}

// members walks a map; left counts the members that stay.
func (w *walk) members(v wire.Span, lo, hi int, cover Action) (left, total int, err error) {
	x := w.x
	names := x.newRenamer(lo, hi)
	it := wire.MembersOf(v.Of(w.src))
	for {
		a, ok := it.Next()
		if !ok {
			names.settle(x)
			return left, total, nil
		}
		a.Name = a.Name.Shift(v.Start)
		a.Value = a.Value.Shift(v.Start)
		total++
		top := len(x.nodes)
		step := x.activateName(a.Name.Of(w.src), a.Escaped, lo, hi)
		if still := (cover == Pass || cover == keepAll) && names == nil && len(x.nodes) == top; still { // nothing can happen to it
			left++
			if cover == keepAll {
				w.memberPasses(step, a)
			}
			continue
		}
		decided := names != nil || step.known || cover == Pass || !w.strict && x.passes(top, len(x.nodes))
		before := w.ed.Mark()
		x.push(step)
		var name string
		if names != nil {
			if name, err = w.rename(names, a); err != nil {
				return 0, 0, err
			}
		}
		done, err := w.visit(a.Value, a.Kind, top, len(x.nodes), cover)
		if err != nil {
			return 0, 0, err
		}
		if done == removed {
			w.ed.Rewind(before)
			x.leak.Rewound(len(w.ed.Dst))
			w.ed.RemoveMember(a.Quoted().Start, a.Value.End)
			names.forget(name)
		} else {
			left++
		}
		x.nodes = x.nodes[:top]
		x.pop()
		if done != removed && !decided {
			w.lookAtName(step, a.Name.Of(w.src))
		}
	}
}

// memberPasses looks at a member to which nothing can happen.
func (w *walk) memberPasses(step pathStep, a wire.Attr) {
	w.lookAtName(step, a.Name.Of(w.src))
	if a.Kind.IsContainer() {
		w.x.push(step)
		w.lookInside(a.Value, a.Kind, 0, 0)
		w.x.pop()
	}
}

// elements walks a list; left counts the elements that stay.
func (w *walk) elements(v wire.Span, lo, hi int, cover Action) (left, total int, err error) {
	x := w.x
	it := wire.ElementsOf(v.Of(w.src))
	for ; ; total++ {
		span, ok := it.Next()
		if !ok {
			return left, total, nil
		}
		span = span.Shift(v.Start)
		top := len(x.nodes)
		x.pushIndex(total, lo, hi)
		done, err := w.visit(span, wire.KindOf(span.Of(w.src)), top, len(x.nodes), cover)
		if err != nil {
			return 0, 0, err
		}
		if done == removed {
			w.ed.RemoveMember(span.Start, span.End)
		} else {
			left++
		}
		x.nodes = x.nodes[:top]
		x.pop()
	}
}

// mayStay reports whether a default may leave a value of a kind in the item. An empty map
// or list goes where NULL does.
func (w *walk) mayStay(v wire.Span, kind wire.Kind) bool {
	if elem, ok := kind.Element(); ok {
		kind = elem
	}
	if null := w.x.plan.Rules.defaults[wire.NULL]; kind.IsContainer() && null != nil && null.Act == Remove && isEmptyContainer(v.Of(w.src)) {
		return false
	}
	op := w.x.plan.Rules.defaults[kind]
	return op == nil || op.Act == Pass || op.Shape != nil
}

// isEmptyContainer reports whether a map or list has no members.
func isEmptyContainer(raw []byte) bool {
	members, elements := wire.MembersOf(raw), wire.ElementsOf(raw)
	_, member := members.Next()
	_, element := elements.Next()
	return !member && !element
}

// preview looks at the keys and names of an item without running rules.
func (w *walk) preview() {
	x := w.x
	w.begin(nil, x.src)
	x.activate(x.plan.Rules.root)
	hi := len(x.nodes)
	t := &x.top.front
	for i := range x.attrs {
		a := &x.attrs[i]
		t = x.after(t, w.src, a)
		x.look.Enter(t.seen)
		if t.open != nil {
			w.lookAtKey(t, a)
		}
		x.enter(t)
		open := x.plan.Rules.cover != Remove && x.firstRule(hi, len(x.nodes)) == len(x.nodes) && !t.isProtected(a.Kind)
		if open {
			w.lookInside(a.Value, a.Kind, hi, len(x.nodes))
		}
		x.nodes = x.nodes[:hi]
		x.pop()
		if open && w.mayStay(a.Value, a.Kind) {
			w.lookAtAttribute(t, a)
		}
	}
}

// A marker marks the rules that select something in an item, and runs none of them.
type marker struct{ x *Exec }

// markRest marks the rules that select something in the item at hand, which failed, so that
// none of them seems to match nothing because another one failed its items. It does nothing
// where every rule has selected something.
func markRest(x *Exec) {
	if m := (marker{x}); x.uses.Open() {
		m.item()
	}
}

// see marks a rule, if there is one.
func (m marker) see(r *Rule) {
	if r != nil {
		m.x.uses[r.ID].Seen = true
	}
}

func (m marker) item() {
	x := m.x
	x.leave()
	x.activate(x.plan.Rules.root)
	hi := len(x.nodes)
	t := &x.top.front
	for i := range x.attrs {
		a := &x.attrs[i]
		if t = x.after(t, x.src, a); t.left {
			continue
		}
		x.enter(t)
		switch {
		case t.last != nil:
			m.see(t.last)
		case !t.isProtected(a.Kind):
			m.value(a.Value.Of(x.src), a.Kind, hi, len(x.nodes))
		case t.exact != nil:
			m.see(t.exact.rule)
		}
		x.nodes = x.nodes[:hi]
		x.pop()
	}
	for _, r := range x.plan.Rules.missing {
		at, _ := r.Pattern.Literal()
		if _, there := wire.Find(x.item.Of(x.src), at); !there {
			m.see(r)
		}
	}
	x.leave()
}

// value marks the rules of the active nodes [lo, hi) that select a value, or something below
// it.
func (m marker) value(raw []byte, kind wire.Kind, lo, hi int) {
	x := m.x
	if i := x.firstRule(lo, hi); i < hi {
		r := x.nodes[i].rule
		m.see(r)
		switch r.Op.Act {
		case Pass:
		case Remove:
			hi = lo + lastBelowRemove(x.nodes[lo:hi], i-lo)
		default:
			return
		}
	}
	switch {
	case !x.leads(lo, hi):
	case kind == wire.M:
		m.members(raw, lo, hi)
	case kind == wire.L:
		m.elements(raw, lo, hi)
	case kind >= wire.SS:
		m.see(x.memberRule(lo, hi))
	}
}

func (m marker) members(raw []byte, lo, hi int) {
	x := m.x
	m.see(x.nameRule(lo, hi))
	for a := range wire.MembersOf(raw).All() {
		top := len(x.nodes)
		x.pushName(a.Name.Of(raw), a.Escaped, lo, hi)
		m.value(a.Value.Of(raw), a.Kind, top, len(x.nodes))
		x.nodes = x.nodes[:top]
		x.pop()
	}
}

func (m marker) elements(raw []byte, lo, hi int) {
	x := m.x
	for i, element := range wire.ElementsOf(raw).All() {
		top := len(x.nodes)
		x.pushIndex(i, lo, hi)
		m.value(element, wire.KindOf(element), top, len(x.nodes))
		x.nodes = x.nodes[:top]
		x.pop()
	}
}
