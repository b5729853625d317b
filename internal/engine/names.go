package engine

import (
	"github.com/dynsync/dynsync/internal/wire"
)

// A renamer makes the names of a map's members.
type renamer struct {
	op   *Op
	used map[string]struct{}
}

// newNames returns the renamer for a map at the active nodes [lo, hi), or nil.
func (x *Exec) newNames(lo, hi int) *renamer {
	r := x.nameRule(lo, hi)
	if r == nil {
		return nil
	}
	x.matched[r.ID] = true
	return &renamer{r.Op, map[string]struct{}{}}
}

// forget frees the name of a member that was removed.
func (rn *renamer) forget(name string) {
	if rn != nil {
		delete(rn.used, name)
	}
}

// rename writes the new name of a member in place of the name, and returns it. A name
// that the op does not apply to gets the built-in pseudonym.
func (w *walk) rename(rn *renamer, a wire.Attr) (string, error) {
	x := w.x
	x.running = rn.op.Name
	text := a.NameIn(w.src)
	name := Value{wire.S, wire.AppendS(make([]byte, 0, len(text)+wire.TextOverhead), text)}
	out, err := x.invoke(rn.op, rn.op.Takes, name)
	drawn := rn.op.Drawn
	if isDeclined(err) {
		drawn = true
		out.Kind = wire.S
		if out.Raw, err = x.appendPseudonym(nil, builtin.Shape, name.Raw); err != nil {
			err = x.callFault(wire.S, err)
		}
	}
	if err != nil {
		return "", err
	}
	text = ""
	if out.Kind == wire.S {
		text, _ = wire.DecodeText(out.Raw)
	}
	if text == "" {
		return "", x.fault(out.Kind, "the name of a map's member must be transformed to a string that is not empty", nil)
	}
	if _, clash := rn.used[text]; clash {
		return "", x.fault(wire.S, "two members of the map were given the same name", nil)
	}
	rn.used[text] = struct{}{}
	w.ed.CopyTo(a.Quoted().Start)
	start := len(w.ed.Dst)
	w.ed.Dst = wire.AppendQuote(w.ed.Dst, text)
	x.leak.TookName(w.src, a.Name, name.Raw, out.Raw)
	x.leak.Wrote(w.ed.Dst, start, drawn)
	w.ed.SkipTo(a.Quoted().End)
	return text, nil
}
