package engine

import (
	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/wire"
)

// A lateItem is what the rules that come last work on.
type lateItem struct {
	values []lateValue // the attributes that they are for
	item   []byte      // as they see it, without those; nil while they do not run
	attrs  []wire.Attr // of item
}

// A lateValue is an attribute whose rule comes last.
type lateValue struct {
	rule  *Rule
	value Value
	at    wire.Span // of the value, in Exec.src
}

// postpone takes an attribute out of the item until all other rules are done.
func (w *walk) postpone(r *Rule, a wire.Attr) {
	w.x.late.values = append(w.x.late.values, lateValue{r, Value{a.Kind, a.Value.Of(w.src)}, a.Value})
	w.ed.RemoveMember(a.Quoted().Start, a.Value.End)
}

// runLast runs the rules that come last, each of which sees the item without
// the attributes of the others.
func (x *Exec) runLast(item []byte) ([]byte, error) {
	attrs, err := x.scanner.Index(nil, item)
	if err != nil {
		return nil, x.formFault(err)
	}
	x.late.item, x.late.attrs, x.views.Transformed = item, attrs, nil
	defer func() { x.late.item, x.late.attrs = nil, nil }()
	for _, r := range x.plan.Rules.last {
		name, _ := r.Pattern.Attribute()
		at := []wire.Step{{Name: name}}
		x.enterLast(name)
		late := x.postponed(r)
		out, by, err := x.applyLast(r, late.value, name)
		if err != nil {
			x.failed(r, err)
			return nil, err
		}
		x.leak.Took(x.src, late.at, late.value.Kind, out.Raw, leak.Source{Canonical: r.Op.Canonical})
		if out.Kind == Missing {
			continue
		}
		before := len(item)
		item, _ = wire.AppendReplaced(nil, item, at, out.Raw)
		x.leak.Inserted(before, item, at, by)
	}
	return item, nil
}

// enterLast enters the attribute of a rule that comes last. Only its nodes are active.
func (x *Exec) enterLast(name string) {
	x.leave()
	x.activate(x.plan.Rules.root)
	root := len(x.nodes)
	x.pushName([]byte(name), false, 0, root)
	x.look.Return(name)
	x.nodes = append(x.nodes[:0], x.nodes[root:]...)
}

// postponed returns what a rule was postponed with.
func (x *Exec) postponed(r *Rule) lateValue {
	for _, l := range x.late.values {
		if l.rule == r {
			return l
		}
	}
	return lateValue{rule: r, value: missing}
}

// applyLast returns what becomes of an attribute whose rule comes last, and whether that
// is made.
func (x *Exec) applyLast(r *Rule, v Value, name string) (out Value, by leak.Making, err error) {
	switch {
	case v.Kind == Missing && !r.Op.TakesMissing:
		return v, leak.Made, nil
	case v.Kind == wire.M && r.Op.mayKeepNames() && x.nameRule(0, len(x.nodes)) != nil:
		return v, leak.Made, x.fault(wire.M, namesOfWhole, nil)
	}
	isKey := x.plan.Keys.Holds(name)
	x.running, by = r.Op.Name, r.Op.Makes
	x.guard.begin(isKey && x.plan.OneToOne)
	out, err = x.invoke(r.Op, r.Op.Takes, v)
	err = x.guard.end(x, v.Kind, err)
	var declined error
	if isDeclined(err) {
		declined, by = err, leak.Made // what the default draws, it notes itself
		out, err = x.declinedLast(v, name, declined)
	}
	if err == nil && (out.Kind != Missing || isKey) {
		err = x.checkLast(out, v.Kind, name)
	}
	if err == nil {
		x.usage.settleLast(x, r, v, out, declined)
	}
	return out, by, err
}

// settleLast counts what a rule that comes last made of a value, or where none was.
func (u *usage) settleLast(x *Exec, r *Rule, v, out Value, declined error) {
	switch {
	case v.Kind == Missing && (declined != nil || out.Kind == Missing):
	case declined != nil:
		x.declined(r, v, declined, nil)
	default:
		u.applied(r)
	}
}

// declinedLast returns what becomes of an attribute that its rule, which comes last, does
// not apply to, as declined says.
func (x *Exec) declinedLast(v Value, name string, declined error) (Value, error) {
	switch {
	case v.Kind == Missing:
		return v, nil
	case x.plan.Keys.Holds(name):
		return v, x.fault(v.Kind, declines(keyAttribute, declined, x.plan.fitting(v)), nil)
	case name == x.plan.TTL && (v.Kind == wire.N || v.Kind == wire.S):
		return v, x.fault(v.Kind, declines(ttlAttribute, declined, nil), nil)
	}
	return x.fallbackValue(v, 0, len(x.nodes), declined)
}

// checkLast checks a result that no part of the engine has seen yet.
func (x *Exec) checkLast(out Value, was wire.Kind, name string) error {
	if out.Kind == Missing {
		return x.fault(was, keyRemoved, nil)
	}
	if err := x.accept(out); err != nil {
		return err
	}
	if !x.plan.Keys.Holds(name) {
		return x.indexFault(name, x.plan.demandOfRules(name), out)
	}
	if out.Kind != was || out.isEmpty() {
		return x.fault(out.Kind, keyChanged(was), nil)
	}
	return nil
}
