package engine

import (
	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/wire"
)

// A renamer makes the names of a map's members.
type renamer struct {
	rule     *Rule
	used     map[string]struct{}
	name     Value // to which the rule did not apply, if to one
	declined error // why
}

// newRenamer returns the renamer for a map at the active nodes [lo, hi), or nil.
func (x *Exec) newRenamer(lo, hi int) *renamer {
	r := x.nameRule(lo, hi)
	if r == nil {
		return nil
	}
	return &renamer{rule: r, used: map[string]struct{}{}}
}

// settle counts a map whose names were made.
func (rn *renamer) settle(x *Exec) {
	switch {
	case rn == nil:
	case rn.declined != nil:
		x.declined(rn.rule, rn.name, rn.declined, nil)
	default:
		x.applied(rn.rule)
	}
}

// forget frees the name of a member that was removed.
func (rn *renamer) forget(name string) {
	if rn != nil {
		delete(rn.used, name)
	}
}

// rename writes the new name of a member in place of the name, and returns it.
func (w *walk) rename(rn *renamer, a wire.Attr) (string, error) {
	text := a.NameIn(w.src)
	old := Value{wire.S, wire.AppendS(make([]byte, 0, len(text)+wire.TextOverhead), text)}
	made, by, err := rn.newName(w.x, old)
	if err != nil {
		w.x.failed(rn.rule, err)
		return "", err
	}
	text, _ = wire.DecodeText(made.Raw)
	rn.used[text] = struct{}{}
	start := w.writeName(a, text)
	w.x.leak.TookName(w.src, a.Name, old.Raw, made.Raw, leak.Source{Canonical: rn.rule.Op.Canonical})
	w.x.leak.Wrote(w.ed.Dst, start, by)
	return text, nil
}

// newName returns what the rule makes of a name, a string that is not empty and that no
// other member has, and how that is made. A name that the rule does not apply to gets the
// built-in pseudonym.
func (rn *renamer) newName(x *Exec, name Value) (made Value, by leak.Making, err error) {
	op := rn.rule.Op
	x.running, by = op.Name, op.Makes
	made, err = x.invoke(op, op.Takes, name)
	if isDeclined(err) {
		rn.name, rn.declined = name, err
		by, made.Kind = leak.Fixed, wire.S
		if made.Raw, err = x.appendPseudonym(nil, builtin.Shape, name.Raw); err != nil {
			err = x.callFault(wire.S, err)
		}
	}
	switch {
	case err != nil:
		return made, by, err
	case made.Kind != wire.S || made.isEmpty():
		return made, by, x.fault(made.Kind, "a map key must be transformed to a nonempty string", nil)
	}
	text, _ := wire.DecodeText(made.Raw)
	if _, clash := rn.used[text]; clash {
		return made, by, x.fault(wire.S, "two keys of the map became equal, because the transformer reads them alike or has few results; take one that keeps them apart, such as anon.Token, or correct the item", nil)
	}
	return made, by, nil
}

// writeName writes a name in place of that of a member, and returns where in the output
// it begins.
func (w *walk) writeName(a wire.Attr, name string) (start int) {
	w.ed.CopyTo(a.Quoted().Start)
	start = len(w.ed.Dst)
	w.ed.Dst = wire.AppendQuote(w.ed.Dst, name)
	w.ed.SkipTo(a.Quoted().End)
	return start
}
