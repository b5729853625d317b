package dynsync

import (
	"errors"

	"github.com/dynsync/dynsync/internal/wire"
)

// A lateValue is an attribute whose rule comes last.
type lateValue struct {
	rule  *rule
	value Value
	at    wire.Span // of the value, in exec.src
}

// postpone takes an attribute out of the item until all other rules are done.
func (x *exec) postpone(r *rule, a wire.Attr) {
	x.matched[r.id] = true
	x.late = append(x.late, lateValue{r, Value{Kind(a.Kind), x.src[a.Value.Start:a.Value.End]}, a.Value})
	x.ed.RemoveMember(a.Name.Start-1, a.Value.End)
}

// runLast runs the rules that come last, each of which sees the item without
// the attributes of the others.
func (x *exec) runLast(item []byte) ([]byte, error) {
	x.transformed = &Record{item: item, keys: x.plan.keys}
	defer func() { x.transformed = nil }()
	if err := x.transformed.index(); err != nil {
		return nil, x.formFault(err)
	}
	for _, r := range x.plan.rules.last {
		name, _ := r.pattern.attribute()
		step := wire.Step{Name: name}
		x.enterLast(name)
		late := x.postponed(r)
		out, err := x.applyLast(r, late.value, name)
		if err != nil {
			return nil, err
		}
		x.leak.Took(x.src, late.at, wire.Kind(late.value.kind), out.raw)
		if out.IsMissing() {
			continue
		}
		before := len(item)
		item, _ = wire.AppendReplaced(nil, item, []wire.Step{step}, out.raw)
		x.leak.Inserted(before, item, []wire.Step{step}, x.lateDrawn)
	}
	return item, nil
}

// enterLast enters the attribute of a rule that comes last. Only its nodes are active.
func (x *exec) enterLast(name string) {
	x.nodes, x.steps, x.places = x.nodes[:0], x.steps[:0], x.places[:0]
	x.activate(x.plan.rules.root)
	root := len(x.nodes)
	x.pushName([]byte(name), false, 0, root)
	x.nodes = append(x.nodes[:0], x.nodes[root:]...)
}

// postponed returns what a rule was postponed with.
func (x *exec) postponed(r *rule) lateValue {
	for _, l := range x.late {
		if l.rule == r {
			return l
		}
	}
	return lateValue{rule: r, value: MissingValue()}
}

// applyLast returns what becomes of an attribute whose rule comes last.
func (x *exec) applyLast(r *rule, v Value, name string) (Value, error) {
	if v.IsMissing() && !r.desc.TakesMissing {
		return v, nil
	}
	if v.kind == KindM && x.nameRule(0, len(x.nodes)) != nil {
		return v, x.fault(KindM, namesOfWhole, nil)
	}
	x.running, x.lateDrawn = r.desc.Name, r.desc.Drawn
	isKey, was := x.plan.keys.holds(name), v.kind
	out, err := x.invoke(r.t, r.takes, v)
	switch {
	case errors.Is(err, ErrNotApplicable) && v.IsMissing():
		return v, nil
	case errors.Is(err, ErrNotApplicable) && isKey:
		return v, x.fault(was, declinesKey, nil)
	case errors.Is(err, ErrNotApplicable):
		x.lateDrawn = false // what the default draws, it notes itself
		out, err = x.fallbackValue(v, 0, len(x.nodes))
	}
	if err != nil || out.IsMissing() && !isKey {
		return out, err
	}
	return out, x.checkLast(out, was, name)
}

// checkLast checks a result that no part of the engine has seen yet.
func (x *exec) checkLast(out Value, was Kind, name string) error {
	if out.IsMissing() {
		return x.fault(was, "a key attribute cannot be removed", nil)
	}
	if out.raw == nil {
		return x.callFault(KindInvalid, errInvalidValue)
	}
	if err := wire.CheckValue(out.raw); err != nil {
		return x.callFault(out.kind, refusedValue(err))
	}
	x.recheck = x.recheck || out.kind.isContainer()
	if !x.plan.keys.holds(name) && !x.isIndexKey([]byte(name)) {
		return nil
	}
	if was != KindMissing && !was.isContainer() && out.kind != was || emptyKey(out) {
		return x.fault(out.kind, "a key attribute, also of a secondary index, keeps its type and is never emptied", nil)
	}
	return nil
}
