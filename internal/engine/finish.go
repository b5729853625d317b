package engine

import (
	"github.com/dynsync/dynsync/internal/wire"
)

// fillMissing runs the rules that act on what is missing, where it is.
func (x *Exec) fillMissing(item []byte) ([]byte, error) {
	for _, r := range x.plan.Rules.missing {
		at, _ := r.Pattern.Literal()
		if isThere(x.item.Of(x.src), at) || isThere(item, at) { // a member may have been given that name
			continue
		}
		out, err := x.makeMissing(r, at)
		if err != nil {
			x.failed(r, err)
			return nil, err
		}
		if out.Kind == Missing {
			continue
		}
		if grown, ok := wire.AppendReplaced(nil, item, at, out.Raw); ok {
			x.leak.Inserted(len(item), grown, at, r.Op.Makes)
			item = grown
			x.applied(r)
		}
	}
	return item, nil
}

func isThere(item []byte, at []wire.Step) bool {
	_, there := wire.Find(item, at)
	return there
}

// makeMissing returns what a rule makes at a path where no value is, or Missing.
func (x *Exec) makeMissing(r *Rule, at []wire.Step) (Value, error) {
	x.steps, x.pathBytes = x.steps[:0], x.pathBytes[:0]
	for _, s := range at {
		x.pushStep(s)
		x.steps[len(x.steps)-1].known = true
	}
	x.running = r.Op.Name
	out, err := x.invoke(r.Op, r.Op.Takes, missing)
	switch {
	case isDeclined(err) || err == nil && out.Kind == Missing:
		return missing, nil
	case err != nil:
		return Value{}, err
	}
	if err := x.accept(out); err != nil {
		return Value{}, err
	}
	if len(at) > 1 {
		return out, nil
	}
	return out, x.indexFault(at[0].Name, x.plan.demandOfRules(at[0].Name), out)
}

// finishItem runs the record transform and checks what the rules alone could
// not have broken.
func (x *Exec) finishItem(item []byte) ([]byte, error) {
	x.steps, x.pathBytes = x.steps[:0], x.pathBytes[:0]
	if x.plan.Finish == nil && !x.recheck {
		return item, nil
	}
	attrs, err := x.scanner.Index(nil, item)
	if err != nil {
		return nil, x.formFault(err)
	}
	if x.plan.Finish == nil {
		return item, nil
	}
	return x.runFinish(item, attrs)
}

// runFinish runs the record transform on an item with these attributes.
func (x *Exec) runFinish(item []byte, attrs []wire.Attr) ([]byte, error) {
	x.running = "WithRecordTransform"
	item, attrs, err := x.plan.Finish(x.ctx, Call{x: x}, item, attrs)
	if err != nil {
		return nil, x.callFault(wire.Invalid, err)
	}
	return item, x.checkFinished(item, attrs)
}

// checkFinished checks an item, with these attributes, that user code had in its hands.
func (x *Exec) checkFinished(item []byte, attrs []wire.Attr) error {
	for _, a := range attrs {
		name, v := a.NameIn(item), Value{a.Kind, a.Value.Of(item)}
		if err := wire.CheckValue(v.Raw); err != nil {
			x.pushStep(wire.Step{Name: name})
			return x.fault(v.Kind, string(refused(err)), nil)
		}
		if why := x.plan.demandOf(name).wrong(v); why != "" {
			return x.keyFault(name, v.Kind, why)
		}
	}
	for _, a := range x.attrs {
		name := a.NameIn(x.src)
		if !x.plan.Keys.Holds(name) {
			continue
		}
		switch v := valueIn(item, attrs, name); {
		case v.Kind == Missing:
			return x.keyFault(name, Missing, keyRemoved)
		case v.Kind != a.Kind || v.isEmpty():
			return x.keyFault(name, v.Kind, keyChanged(a.Kind))
		}
	}
	return nil
}

// valueIn returns the value of the attribute of that name, or missing.
func valueIn(item []byte, attrs []wire.Attr, name string) Value {
	for _, a := range attrs {
		if wire.EqualName(a.Name.Of(item), a.Escaped, name) {
			return Value{a.Kind, a.Value.Of(item)}
		}
	}
	return missing
}
