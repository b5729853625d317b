package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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

// isTooLarge reports whether an item is larger than DynamoDB takes. An item is not
// larger than its JSON.
func isTooLarge(item []byte) bool {
	return len(item) > wire.MaxItemSize && wire.ItemSize(item) > wire.MaxItemSize
}

// becameTooLarge returns the fault of an item that the rules made too large. It blames the
// record transform where the item had fitted before.
func becameTooLarge(x *Exec, out []byte) error {
	x.running = ""
	if x.plan.Finish != nil && !isTooLarge(x.out) {
		x.running = "WithRecordTransform"
	}
	return tooLarge(x, out, fmt.Sprintf(", and had %d as read", wire.ItemSize(x.item.Of(x.src))))
}

// CheckReady returns the fault of an item that rules have already transformed, if DynamoDB
// would refuse it for its size or for the key of an index. x has no item at hand after it.
func CheckReady(x *Exec, item []byte, attrs []wire.Attr) error {
	x.running = ""
	x.leave()
	defer x.leave()
	if len(x.plan.Indexed) > 0 {
		for _, a := range attrs {
			name := a.NameIn(item)
			if err := x.indexFault(name, x.plan.demandOf(name), Value{a.Kind, a.Value.Of(item)}); err != nil {
				return err
			}
		}
	}
	if isTooLarge(item) {
		return tooLarge(x, item, "")
	}
	return nil
}

// tooLarge returns the fault of an item that is too large. It says how large it is, as a
// clause how large it was, and which attributes are the largest, with their rules.
func tooLarge(x *Exec, item []byte, was string) error {
	largest := strings.Join(largestIn(x, item), ", ")
	return x.fault(wire.Invalid, fmt.Sprintf("%s: it has %d%s; largest are %s; shorten what the rules make, or leave the item out by WithFilter", tooLargeText, wire.ItemSize(item), was, largest), nil)
}

// largestIn describes the three largest attributes of an item, with their largest members or
// elements, in bytes as DynamoDB counts them.
func largestIn(x *Exec, item []byte) (texts []string) {
	attrs := slices.Collect(wire.ItemMembers(item).All())
	size := func(a wire.Attr) int { return wire.ValueSize(a.Value.Of(item)) }
	slices.SortStableFunc(attrs, func(a, b wire.Attr) int { return size(b) - size(a) })
	for _, a := range attrs[:min(len(attrs), 3)] {
		x.leave()
		x.activate(x.plan.Rules.root)
		hi := len(x.nodes)
		x.pushName(a.Name.Of(item), a.Escaped, 0, hi)
		value := a.Value.Of(item)
		texts = append(texts, sizeAt(x, value)+largestWithin(x, value, hi, len(x.nodes)))
	}
	x.leave()
	return texts
}

// largestWithin describes the largest member or element of a value at the active nodes
// [lo, hi), as a clause; "" if there is none.
func largestWithin(x *Exec, value []byte, lo, hi int) string {
	members := slices.Collect(wire.MembersOf(value).All())
	var elements [][]byte
	for _, e := range wire.ElementsOf(value).All() {
		elements = append(elements, e)
	}
	var part []byte
	switch {
	case len(members) > 0:
		a := slices.MaxFunc(members, func(a, b wire.Attr) int {
			return cmp.Compare(wire.ValueSize(a.Value.Of(value)), wire.ValueSize(b.Value.Of(value)))
		})
		x.pushName(a.Name.Of(value), a.Escaped, lo, hi)
		part = a.Value.Of(value)
	case len(elements) > 0:
		part = slices.MaxFunc(elements, func(a, b []byte) int { return cmp.Compare(wire.ValueSize(a), wire.ValueSize(b)) })
		x.pushIndex(slices.IndexFunc(elements, func(e []byte) bool { return &e[0] == &part[0] }), lo, hi)
	default:
		return ""
	}
	return " (in it " + sizeAt(x, part) + ")"
}

// sizeAt describes the value at the place at hand: its path, kind, size and rule.
func sizeAt(x *Exec, value []byte) string {
	text := fmt.Sprintf("%s (%v) %d", x.safePath(), wire.KindOf(value), wire.ValueSize(value))
	if r := x.plan.Rules.At(x.path(), x.plan).Rule; r != nil {
		text += fmt.Sprintf(" by the rule %q (%s)", r.Text, r.Op.Name)
	}
	return text
}
