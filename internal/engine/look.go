package engine

import (
	"bytes"
	"encoding/base64"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/survey"
	"github.com/dynsync/dynsync/internal/wire"
)

// Values pass where a rule says so. Key attributes and names pass where no rule says
// otherwise. So the engine looks at each of them that no rule decides about and that stays
// in the item. The item fails if one looks personal beyond doubt.
//
// A rule decides about a name if it transforms the names of the map, if it is Passthrough
// and selects the map or the member, if it spells the name out, or if its transformer
// makes the whole map. No default decides about a name, nor does a rule that does not
// apply.

// note notes that the text at the place, with that step behind it, looks like something.
func (at *where) note(s pathStep, c *survey.Count, look personal.Look, kind wire.Kind, text []byte) {
	at.push(s)
	defer at.pop()
	top := &at.steps[0]
	defer func(known bool) { top.known = known }(top.known)
	top.known = at.mayPrint(0)
	var site survey.Site
	if look.Strength == personal.StrongLook {
		site.Path = at.safePath()
	}
	if top.known {
		site.Top = string(top.name)
	}
	if len(at.steps) > 1 {
		site.Below, site.Within = belowTop(at.steps), at.within()
	}
	at.look.Note(c, look, kind, text, site)
}

// belowTop returns the pattern of a path behind its first step.
func belowTop(steps []pathStep) string {
	const top = "x"
	return string(appendPattern([]byte(top), steps[1:]))[len(top):]
}

// within returns the pattern of the object that has the name at the place, for rules
// within its text; "" outside of JSON text, and for the text itself.
func (at *where) within() string {
	if at.base == 0 {
		return ""
	}
	in := at.steps[at.base:]
	return string(appendPattern(nil, in[:len(in)-1]))
}

// appendPattern appends a pattern that selects steps: names print as * unless they are
// known.
func appendPattern(b []byte, steps []pathStep) []byte {
	for _, s := range steps {
		p := docpath.Segment{Kind: docpath.AnyName}
		switch {
		case s.elem:
			p.Kind = docpath.AnyElem
		case s.known:
			p = docpath.Segment{Kind: docpath.Name, Name: string(s.name)}
		}
		b = p.Append(b)
	}
	return b
}

// lookAtAttribute looks at the name of an attribute that stays.
func (w *walk) lookAtAttribute(t *topLevel, a *wire.Attr) {
	if t.decided {
		return
	}
	c := w.x.look.Names()
	c.Looked++
	if t.look.Strength == personal.NoLook {
		return
	}
	w.x.note(pathStep{name: t.name}, c, t.look, wire.Invalid, a.Name.Of(w.src))
}

// lookAtName looks at the name of a member that stays, of the map where w is.
func (w *walk) lookAtName(s pathStep, text []byte) {
	sort := survey.Member
	if w.x.base > 0 {
		sort = survey.InJSON
	}
	w.lookAtNameOf(sort, s, text)
}

// lookAtNameOf looks at a name of a sort.
func (w *walk) lookAtNameOf(sort survey.Sort, s pathStep, text []byte) {
	x := w.x
	c := x.look.Member(sort, len(x.steps))
	c.Looked++
	look := personal.LookAt(s.name, "")
	if look.Strength == personal.NoLook {
		return
	}
	x.note(s, c, look, wire.Invalid, text)
}

// lookInside looks at the names in a map or list that passes. Rules of the active nodes
// [lo, hi) decide about names; there are none where the value passes for good.
func (w *walk) lookInside(v wire.Span, kind wire.Kind, lo, hi int) {
	switch kind {
	case wire.M:
		w.lookAtMembers(v, lo, hi)
	case wire.L:
		w.lookAtElements(v, lo, hi)
	}
}

func (w *walk) lookAtMembers(v wire.Span, lo, hi int) {
	x := w.x
	named := x.nameRule(lo, hi) != nil
	it := wire.MembersOf(v.Of(w.src))
	for a, ok := it.Next(); ok; a, ok = it.Next() {
		text := a.Name.Shift(v.Start).Of(w.src)
		top := len(x.nodes)
		s := x.activateName(text, a.Escaped, lo, hi)
		if x.firstRule(top, len(x.nodes)) == len(x.nodes) {
			if !named && !s.known && w.mayStay(a.Value.Shift(v.Start), a.Kind) {
				w.lookAtName(s, text)
			}
			if a.Kind.IsContainer() {
				x.push(s)
				w.lookInside(a.Value.Shift(v.Start), a.Kind, top, len(x.nodes))
				x.pop()
			}
		}
		x.nodes = x.nodes[:top]
	}
}

func (w *walk) lookAtElements(v wire.Span, lo, hi int) {
	x := w.x
	it := wire.ElementsOf(v.Of(w.src))
	i := -1
	for s, ok := it.Next(); ok; s, ok = it.Next() {
		i++
		s = s.Shift(v.Start)
		if kind := wire.KindOf(s.Of(w.src)); kind.IsContainer() {
			top := len(x.nodes)
			x.pushIndex(i, lo, hi)
			if x.firstRule(top, len(x.nodes)) == len(x.nodes) {
				w.lookInside(s, kind, top, len(x.nodes))
			}
			x.nodes = x.nodes[:top]
			x.pop()
		}
	}
}

// lookAtKey looks at the value of a key attribute that passes.
func (w *walk) lookAtKey(t *topLevel, a *wire.Attr) {
	x := w.x
	_, quoted := wire.Payload(a.Value.Of(w.src))
	raw := quoted[1 : len(quoted)-1]
	text := raw
	switch {
	case a.Kind == wire.B:
		var err error
		if x.text, err = base64.StdEncoding.AppendDecode(x.text[:0], raw); err != nil || !utf8.Valid(x.text) {
			return
		}
		text = x.text
	case bytes.IndexByte(raw, '\\') >= 0:
		x.text = wire.AppendUnquote(x.text[:0], raw)
		text = x.text
	}
	t.open.Looked++
	look := personal.LookAt(text, t.open.Top)
	if look.Strength == personal.NoLook || a.Kind == wire.N && look.Strength == personal.WeakLook {
		return
	}
	x.note(pathStep{name: t.name}, t.open, look, a.Kind, raw)
}
