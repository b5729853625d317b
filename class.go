package dynsync

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/wire"
)

// A classing says in which class a transformer is for values of a kind, and what it
// keeps where that is MayKeep.
type classing func(Kind) (c Class, keeps string)

// setClasses makes the description say what of says of the kinds that the transformer
// takes: Class is the weakest, and Classes are those of the kinds in a stronger one.
func (d *Description) setClasses(of classing) {
	classes, kept := map[Kind]Class{}, []string{}
	d.Class, d.Classes, d.Keeps = Independent, nil, ""
	for k := KindS; k <= KindBS; k++ {
		if !d.takesKind(k) {
			continue
		}
		c, keeps := of(k)
		classes[k], d.Class = c, min(d.Class, c)
		if c == MayKeep {
			kept = append(kept, keeps)
		}
	}
	d.Keeps = joinKept(kept)
	maps.DeleteFunc(classes, func(_ Kind, c Class) bool { return c == d.Class })
	if len(classes) > 0 {
		d.Classes = classes
	}
}

// classing returns what a description says.
func (d Description) classing() classing {
	return func(k Kind) (Class, string) {
		if c := d.ClassOf(k); c != MayKeep {
			return c, ""
		}
		return MayKeep, d.Keeps
	}
}

// mayPass reports whether a value of that kind, or a part of it, may come out of a
// transformer as it was. A value for which no rule decides so may not be given to it.
func mayPass(t Transformer, k Kind) bool { return describe(t).ClassOf(k) == MayKeep }

// takesKind reports whether the transformer is applied to values of a kind, or to the
// members of such a set.
func (d Description) takesKind(k Kind) bool {
	elem, isSet := k.element()
	return d.takes(k) || isSet && d.takes(elem)
}

// takes reports whether the transformer is applied to values of a kind as they are.
func (d Description) takes(k Kind) bool { return kindsOf(d.Kinds).Has(wire.Kind(k)) }

// weakestOf returns the class of one of several transformers: the weakest of those
// that take the kind. Where none does, none gives a result.
func weakestOf(ts []Transformer) classing {
	return func(k Kind) (Class, string) {
		weakest, kept := Independent, []string{}
		for _, t := range ts {
			if t == nil {
				return MayKeep, ""
			}
			d := describe(t)
			if !d.takesKind(k) {
				continue
			}
			c, keeps := d.classing()(k)
			if weakest = min(weakest, c); c == MayKeep {
				kept = append(kept, keeps)
			}
		}
		return weakest, joinKept(kept)
	}
}

// keptOr stands between what different transformers keep.
const keptOr = ", or "

// joinKept returns what several transformers keep as one phrase, and "" where that is
// not known of one of them.
func joinKept(all []string) string {
	if slices.Contains(all, "") {
		return ""
	}
	var phrases []string
	for _, keeps := range all {
		for phrase := range strings.SplitSeq(keeps, keptOr) { // it may be one of several, too
			if !slices.Contains(phrases, phrase) {
				phrases = append(phrases, phrase)
			}
		}
	}
	return strings.Join(phrases, keptOr)
}

// anyKind returns the weakest class over all kinds that a transformer takes, for values
// whose kind is not known.
func anyKind(d Description) (c Class, keeps string) {
	c = Independent
	for k := KindS; k <= KindBS; k++ {
		if d.takesKind(k) {
			c = min(c, d.ClassOf(k))
		}
	}
	if c == MayKeep {
		keeps = d.Keeps
	}
	return c, keeps
}

// ofChain returns the class of transformers that are applied one after the other. What
// comes out of an independent one has nothing of the value, and neither has what others
// make of that, unless they may hold anything of the item. Of other chains nothing
// holds: one step can undo what another changed.
func ofChain(ts []Transformer) classing {
	return func(k Kind) (Class, string) {
		independent, kept := false, []string{}
		for i, t := range ts {
			if t == nil {
				return MayKeep, ""
			}
			d := describe(t)
			c, keeps := d.classing()(k)
			if i > 0 { // the step before may have made another kind of it
				c, keeps = anyKind(d)
			}
			switch {
			case c == Independent:
				independent, kept = true, nil
			case c == MayKeep && (keeps == "" || d.Last):
				independent, kept = false, append(kept, keeps)
			case len(ts) == 1:
				return c, keeps
			default:
				kept = append(kept, cmp.Or(keeps, "what one of its steps undoes of another"))
			}
		}
		if independent {
			return Independent, ""
		}
		return MayKeep, joinKept(kept)
	}
}

// ofElements returns the class of t applied to the elements of a container. Elements
// that t does not apply to get the default transformer, whose class is its own matter.
func ofElements(t Transformer) classing {
	return func(k Kind) (Class, string) {
		if t == nil {
			return MayKeep, ""
		}
		d := describe(t)
		if elem, isSet := k.element(); isSet {
			return d.classing()(elem)
		}
		c, keeps := anyKind(d)
		const names = "the names of members"
		switch {
		case k != KindM:
			return c, keeps
		case c == MayKeep:
			return MayKeep, joinKept([]string{names, keeps})
		}
		return MayKeep, names
	}
}
