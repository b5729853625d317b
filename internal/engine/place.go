package engine

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/survey"
	"github.com/dynsync/dynsync/internal/wire"
)

// A where is a place in an item: the rules' active nodes there, the path, and the
// path's bytes for keyed randomness.
type where struct {
	plan      *Plan
	nodes     []*node
	steps     []pathStep
	text      []byte // scratch
	pathBytes []byte
	top       topLevels
	look      *survey.Looker // at keys and names there; within a value, that of the item
	attempt   int            // at the value within which the rules run; 0 for the item
	base      int            // steps to the value within which the rules run; 0 for the item
}

// A pathStep is a step of the path.
type pathStep struct {
	name  []byte // decoded; borrowed from the item or copied
	index int
	elem  bool
	known bool // a rule or the key schema holds the name, so that errors may print it
	data  bool // the name is data, whoever else has it: a rule for names selects it, or it holds an original
	bytes int  // length of where.pathBytes before it
}

// leave leaves the item.
func (at *where) leave() {
	at.nodes, at.steps, at.pathBytes = at.nodes[:0], at.steps[:0], at.pathBytes[:0]
}

// activate makes n active, and the node of a ** that is entered with it.
func (at *where) activate(n *node) {
	at.nodes = append(at.nodes, n)
	if n.deep != nil {
		at.nodes = append(at.nodes, n.deep)
	}
}

// pushName enters the member of that name. It returns the decoded name.
func (at *where) pushName(raw []byte, escaped bool, lo, hi int) []byte {
	s := at.activateName(raw, escaped, lo, hi)
	at.push(s)
	return s.name
}

// activateName makes the nodes of the member of that name active, behind those
// of its map, [lo, hi). It returns the step to the member.
func (at *where) activateName(raw []byte, escaped bool, lo, hi int) pathStep {
	name := raw
	if escaped {
		name = wire.AppendUnquote(nil, raw)
	}
	known, data := false, false
	for _, n := range at.nodes[lo:hi] {
		data = data || n.onNames != nil
		if c := n.names[string(name)]; c != nil {
			at.activate(c)
			known = true
		}
		if n.star != nil {
			at.activate(n.star)
		}
		if n.loop {
			at.nodes = append(at.nodes, n)
		}
	}
	return pathStep{name: name, known: known, data: data}
}

// pushIndex enters an element of a list, whose nodes are [lo, hi).
func (at *where) pushIndex(i, lo, hi int) {
	for _, n := range at.nodes[lo:hi] {
		if c := n.indexes[i]; c != nil {
			at.activate(c)
		}
		if n.elem != nil {
			at.activate(n.elem)
		}
		if n.loop {
			at.nodes = append(at.nodes, n)
		}
	}
	at.push(pathStep{index: i, elem: true})
}

// pushStep enters a part of a value, without the rules.
func (at *where) pushStep(s wire.Step) {
	at.push(pathStep{name: []byte(s.Name), index: s.Index, elem: s.Elem})
}

func (at *where) push(s pathStep) {
	s.bytes = len(at.pathBytes)
	if s.elem {
		at.pathBytes = binary.AppendUvarint(append(at.pathBytes, 1), uint64(s.index))
	} else {
		at.pathBytes = binary.AppendUvarint(append(at.pathBytes, 0), uint64(len(s.name)))
		at.pathBytes = append(at.pathBytes, s.name...)
	}
	at.steps = append(at.steps, s)
}

func (at *where) pop() {
	last := len(at.steps) - 1
	at.pathBytes = at.pathBytes[:at.steps[last].bytes]
	at.steps = at.steps[:last]
}

// firstRule returns the index of the first of the active nodes [lo, hi) that has a rule
// for the whole value, or hi.
func (at *where) firstRule(lo, hi int) int {
	for i, n := range at.nodes[lo:hi] {
		if n.rule != nil {
			return lo + i
		}
	}
	return hi
}

// leads reports whether a rule of the active nodes [lo, hi) can stand below.
func (at *where) leads(lo, hi int) bool {
	for _, n := range at.nodes[lo:hi] {
		if n.leads() || n.onNames != nil {
			return true
		}
	}
	return false
}

// memberRule returns the rule that a [*] makes for the members of a set.
func (at *where) memberRule(lo, hi int) *Rule {
	for _, n := range at.nodes[lo:hi] {
		if n.elem != nil && n.elem.rule != nil {
			return n.elem.rule
		}
	}
	return nil
}

// nameRule returns the rule for the names of a map's members, or nil.
func (at *where) nameRule(lo, hi int) *Rule {
	for _, n := range at.nodes[lo:hi] {
		if n.onNames != nil {
			return n.onNames
		}
	}
	return nil
}

// place returns new bytes that identify the place in the table: that of the item with
// this key, and the path.
func (at *where) place(key []byte) []byte {
	table := binary.AppendUvarint(nil, uint64(len(at.plan.SeedName)))
	return slices.Concat(append(table, at.plan.SeedName...), key, at.pathBytes)
}

// path returns the path.
func (at *where) path() []wire.Step {
	steps := make([]wire.Step, len(at.steps))
	for i, s := range at.steps {
		steps[i] = wire.Step{Name: string(s.name), Index: s.index, Elem: s.elem}
	}
	return steps
}

// safePath returns the path as faults print it: names that may not be printed are '*',
// since they may be personal data.
func (at *where) safePath() string {
	var b []byte
	for i, s := range at.steps {
		if !s.elem && !at.mayPrint(i) {
			b = docpath.Segment{Kind: docpath.AnyName}.Append(b)
			continue
		}
		b = docpath.AppendStep(b, wire.Step{Name: string(s.name), Index: s.index, Elem: s.elem})
	}
	return string(b)
}

// shownPath is safePath, with the kind of the value behind a name that may not be printed.
func (at *where) shownPath(kind wire.Kind) string {
	path := at.safePath()
	if strings.HasSuffix(path, "*") {
		path += " (" + kind.String() + ")"
	}
	return path
}

// keyWords says of which key the place is an attribute, if of any.
func (at *where) keyWords() string {
	name := string(at.steps[0].name)
	switch {
	case len(at.steps) > 1:
		return ""
	case name == at.plan.Keys.Partition:
		return "the partition key "
	case name == at.plan.Keys.Sort:
		return "the sort key "
	case at.plan.isIndexKey(name):
		return "the index key "
	}
	return ""
}

// mayPrint reports whether the name of a step may be printed: a rule, the key schema or an
// index holds it, or it is no data, so many items have it that it tells nothing of one, and
// it does not look personal.
func (at *where) mayPrint(i int) bool {
	switch {
	case at.isKnown(i):
		return true
	case at.look == nil, at.steps[i].data:
		return false
	case i == 0:
		return at.look.MayPrintName(at.steps[0].name)
	}
	return at.look.MayPrintMember(at.steps[0].name, i, at.steps[i].name)
}

// isKnown reports whether a rule or a key schema holds the name of a step.
func (at *where) isKnown(i int) bool {
	s, p := &at.steps[i], at.plan
	name := string(s.name)
	return s.known || i == 0 && (p.Keys.Holds(name) || name == p.TTL || p.isIndexKey(name))
}

// goTo enters the item that stands at a span of src, down to what stands at off in src.
func (at *where) goTo(src []byte, item wire.Span, off uint32) {
	at.leave()
	at.activate(at.plan.Rules.root)
	at.goToMember(src, item.Start, wire.ItemMembers(item.Of(src)), 0, off)
}

func (at *where) goToMember(src []byte, base uint32, members wire.Members, lo int, off uint32) {
	for a := range members.All() {
		if v := a.Value.Shift(base); off < v.End {
			hi := len(at.nodes)
			at.pushName(a.Name.Shift(base).Of(src), a.Escaped, lo, hi)
			at.goInto(src, v, hi, off)
			return
		}
	}
}

// goInto goes on to off if that lies in the value at v.
func (at *where) goInto(src []byte, v wire.Span, lo int, off uint32) {
	if off <= v.Start {
		return // in the name, or the value as a whole
	}
	value := v.Of(src)
	at.goToMember(src, v.Start, wire.MembersOf(value), lo, off)
	it := wire.ElementsOf(value)
	for i := 0; ; i++ {
		s, ok := it.Next()
		if !ok {
			return
		}
		if e := s.Shift(v.Start); off < e.End {
			hi := len(at.nodes)
			at.pushIndex(i, lo, hi)
			at.goInto(src, e, hi, off)
			return
		}
	}
}

// isConstrained reports whether something may be demanded of a result of that size at the
// place.
func (at *where) isConstrained(size int) bool {
	for _, w := range at.plan.Rules.wants {
		if at.is(w.Path) {
			return true
		}
	}
	return len(at.steps) == 1 && size > minKeyBytes
}

// is reports whether the place is at a path.
func (at *where) is(path []wire.Step) bool {
	return slices.EqualFunc(at.steps, path, func(s pathStep, p wire.Step) bool {
		return s.elem == p.Elem && s.index == p.Index && string(s.name) == p.Name
	})
}

// minKeyBytes is the least of DynamoDB's greatest lengths of key attributes.
const minKeyBytes = 1024
