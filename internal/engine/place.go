package engine

import (
	"encoding/binary"
	"slices"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/wire"
)

// A where is a place in an item: the rules' active nodes there, the path, and the
// path's bytes for keyed randomness.
type where struct {
	plan   *Plan
	nodes  []*node
	steps  []pathStep
	places []byte
	top    topLevels
}

// A pathStep is a step of the path.
type pathStep struct {
	name   []byte // decoded; borrowed from the item or copied
	index  int
	elem   bool
	known  bool // a rule or the key schema holds the name, so that errors may print it
	places int  // length of where.places before it
}

// leave leaves the item.
func (w *where) leave() { w.nodes, w.steps, w.places = w.nodes[:0], w.steps[:0], w.places[:0] }

// activate makes n active, and the node of a ** that is entered with it.
func (w *where) activate(n *node) {
	w.nodes = append(w.nodes, n)
	if n.deep != nil {
		w.nodes = append(w.nodes, n.deep)
	}
}

// pushName enters the member of that name. It returns the decoded name.
func (w *where) pushName(raw []byte, escaped bool, lo, hi int) []byte {
	s := w.activateName(raw, escaped, lo, hi)
	w.push(s)
	return s.name
}

// activateName makes the nodes of the member of that name active, behind those
// of its map, [lo, hi). It returns the step to the member.
func (w *where) activateName(raw []byte, escaped bool, lo, hi int) pathStep {
	name := raw
	if escaped {
		name = wire.AppendUnquote(nil, raw)
	}
	known := false
	for _, n := range w.nodes[lo:hi] {
		if c := n.names[string(name)]; c != nil {
			w.activate(c)
			known = true
		}
		if n.star != nil {
			w.activate(n.star)
		}
		if n.loop {
			w.nodes = append(w.nodes, n)
		}
	}
	return pathStep{name: name, known: known}
}

// pushIndex enters an element of a list, whose nodes are [lo, hi).
func (w *where) pushIndex(i, lo, hi int) {
	for _, n := range w.nodes[lo:hi] {
		if c := n.indexes[i]; c != nil {
			w.activate(c)
		}
		if n.elem != nil {
			w.activate(n.elem)
		}
		if n.loop {
			w.nodes = append(w.nodes, n)
		}
	}
	w.push(pathStep{index: i, elem: true})
}

// pushStep enters a part of a value, without the rules.
func (w *where) pushStep(s wire.Step) {
	w.push(pathStep{name: []byte(s.Name), index: s.Index, elem: s.Elem})
}

func (w *where) push(s pathStep) {
	s.places = len(w.places)
	if s.elem {
		w.places = binary.AppendUvarint(append(w.places, 1), uint64(s.index))
	} else {
		w.places = binary.AppendUvarint(append(w.places, 0), uint64(len(s.name)))
		w.places = append(w.places, s.name...)
	}
	w.steps = append(w.steps, s)
}

func (w *where) pop() {
	last := len(w.steps) - 1
	w.places = w.places[:w.steps[last].places]
	w.steps = w.steps[:last]
}

// leads reports whether a rule of the active nodes [lo, hi) can stand below.
func (w *where) leads(lo, hi int) bool {
	for _, n := range w.nodes[lo:hi] {
		if n.leads() || n.onNames != nil {
			return true
		}
	}
	return false
}

// memberRule returns the rule that a [*] makes for the members of a set.
func (w *where) memberRule(lo, hi int) *Rule {
	for _, n := range w.nodes[lo:hi] {
		if n.elem != nil && n.elem.rule != nil {
			return n.elem.rule
		}
	}
	return nil
}

// nameRule returns the rule for the names of a map's members, or nil.
func (w *where) nameRule(lo, hi int) *Rule {
	for _, n := range w.nodes[lo:hi] {
		if n.onNames != nil {
			return n.onNames
		}
	}
	return nil
}

// place returns new bytes that identify the place in the table: that of the item with
// this key, and the path.
func (w *where) place(key []byte) []byte {
	table := binary.AppendUvarint(nil, uint64(len(w.plan.SeedName)))
	return slices.Concat(append(table, w.plan.SeedName...), key, w.places)
}

// path returns the path.
func (w *where) path() []wire.Step {
	steps := make([]wire.Step, len(w.steps))
	for i, s := range w.steps {
		steps[i] = wire.Step{Name: string(s.name), Index: s.index, Elem: s.elem}
	}
	return steps
}

// safePath returns the path as faults print it: names that no rule and no key schema
// holds are '*', since they may be personal data.
func (w *where) safePath() string {
	var b []byte
	for i, s := range w.steps {
		if !s.elem && !w.isKnown(i) {
			b = docpath.Segment{Kind: docpath.AnyName}.Append(b)
			continue
		}
		b = docpath.AppendStep(b, wire.Step{Name: string(s.name), Index: s.index, Elem: s.elem})
	}
	return string(b)
}

// isKnown reports whether a rule or a key schema holds the name of a step.
func (w *where) isKnown(i int) bool {
	s, p := &w.steps[i], w.plan
	name := string(s.name)
	return s.known || i == 0 && (p.Keys.Holds(name) || name == p.TTL || p.isIndexKey(name))
}

// goTo enters the place in an item, which stands at span in src, of what stands
// at off.
func (w *where) goTo(src []byte, item wire.Span, off uint32) {
	w.leave()
	w.activate(w.plan.Rules.root)
	w.goToMember(src, item.Start, wire.ItemMembers(item.Of(src)), 0, off)
}

func (w *where) goToMember(src []byte, base uint32, members wire.Members, lo int, off uint32) {
	for a := range members.All() {
		if v := a.Value.Shift(base); off < v.End {
			hi := len(w.nodes)
			w.pushName(a.Name.Shift(base).Of(src), a.Escaped, lo, hi)
			w.goInto(src, v, hi, off)
			return
		}
	}
}

// goInto goes on to off if that lies in the value at v.
func (w *where) goInto(src []byte, v wire.Span, lo int, off uint32) {
	if off <= v.Start {
		return // in the name, or the value as a whole
	}
	value := v.Of(src)
	w.goToMember(src, v.Start, wire.MembersOf(value), lo, off)
	it := wire.ElementsOf(value)
	for i := 0; ; i++ {
		s, ok := it.Next()
		if !ok {
			return
		}
		if e := s.Shift(v.Start); off < e.End {
			hi := len(w.nodes)
			w.pushIndex(i, lo, hi)
			w.goInto(src, e, hi, off)
			return
		}
	}
}
