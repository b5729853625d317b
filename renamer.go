package dynsync

import (
	"errors"

	"github.com/dynsync/dynsync/internal/wire"
)

// A renamer transforms the names of a map's members.
type renamer struct {
	rule *rule
	used map[string]struct{}
}

// newNames returns the renamer for a map at the active nodes [lo, hi), or nil.
func (x *exec) newNames(lo, hi int) *renamer {
	r := x.nameRule(lo, hi)
	if r == nil {
		return nil
	}
	x.matched[r.id] = true
	return &renamer{r, map[string]struct{}{}}
}

// nameRule returns the rule for the names of a map's members, or nil.
func (x *exec) nameRule(lo, hi int) *rule {
	for _, n := range x.nodes[lo:hi] {
		if n.onNames != nil {
			return n.onNames
		}
	}
	return nil
}

// forget frees the name of a member that was removed.
func (rn *renamer) forget(name string) {
	if rn != nil {
		delete(rn.used, name)
	}
}

// rename writes the transformed name of a member in place of the name, and
// returns it. A name that the transformer does not apply to gets the built-in
// pseudonym.
func (rn *renamer) rename(x *exec, a wire.Attr) (string, error) {
	x.running = rn.rule.desc.Name
	name := StringValue(a.NameIn(x.src))
	out, err := x.invoke(rn.rule.t, rn.rule.takes, name)
	drawn := rn.rule.desc.Drawn
	if errors.Is(err, ErrNotApplicable) {
		drawn = true
		out, err = x.invoke(&builtinPseudonym, everyKind, name)
	}
	if err != nil {
		return "", err
	}
	text, ok := out.Text()
	if !ok || out.kind != KindS || text == "" {
		return "", x.fault(out.kind, "the name of a map's member must be transformed to a string that is not empty", nil)
	}
	if _, clash := rn.used[text]; clash {
		return "", x.fault(KindS, "two members of the map were given the same name", nil)
	}
	rn.used[text] = struct{}{}
	x.ed.CopyTo(a.Name.Start - 1)
	start := len(x.ed.Dst)
	x.ed.Dst = wire.AppendQuote(x.ed.Dst, text)
	x.leak.TookName(x.src, a.Name, name.raw, out.raw)
	x.leak.Wrote(x.ed.Dst, start, drawn)
	x.ed.SkipTo(a.Name.End + 1)
	return text, nil
}
