// Package shape knows how the items of a sample are built: which places they have, of which
// types, and how long their lists are. It says what a pattern that selects nothing in them
// was probably meant to be. It holds names of attributes and no values.
package shape

import (
	"maps"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/wire"
)

// maxNodes bounds the places that are told apart. Others are not known.
const maxNodes = 1000

// A Shape is what the items have in common that were added. The zero Shape is of none.
type Shape struct {
	items int
	nodes int
	root  node
	name  []byte // the buffer of a name with escapes
}

// A node is a place of items, or the elements of lists there.
type node struct {
	count
	kinds   [wire.BS + 1]count // by type
	members map[string]*node
	elem    *node // nil where there is no list with elements
	longest int   // of the lists
}

// A count is how many items have something.
type count struct{ items, last int }

func (c *count) see(item int) {
	if c.last != item {
		c.items++
		c.last = item
	}
}

// Items returns how many items were added.
func (s *Shape) Items() int { return s.items }

// Add adds an item that package wire validated. It keeps no part of it but names that no
// earlier item has.
func (s *Shape) Add(item []byte) {
	s.items++
	s.see(&s.root, wire.M)
	s.visitMembers(&s.root, item, wire.ItemMembers(item))
}

func (s *Shape) see(n *node, kind wire.Kind) {
	n.see(s.items)
	n.kinds[kind].see(s.items)
}

func (s *Shape) visit(n *node, value []byte) {
	kind := wire.KindOf(value)
	s.see(n, kind)
	switch kind {
	case wire.M:
		s.visitMembers(n, value, wire.MembersOf(value))
	case wire.L:
		s.visitElements(n, value, wire.ElementsOf(value))
	}
}

// visitMembers visits members that stand in text.
func (s *Shape) visitMembers(n *node, text []byte, members wire.Members) {
	for a, ok := members.Next(); ok; a, ok = members.Next() {
		name := a.Name.Of(text)
		if a.Escaped {
			s.name = wire.AppendUnquote(s.name[:0], name)
			name = s.name
		}
		if m := s.member(n, name); m != nil {
			s.visit(m, a.Value.Of(text))
		}
	}
}

// visitElements visits elements that stand in text.
func (s *Shape) visitElements(n *node, text []byte, elements wire.Elements) {
	length := 0
	for e, ok := elements.Next(); ok; e, ok = elements.Next() {
		length++
		if n.elem == nil && s.nodes < maxNodes {
			s.nodes++
			n.elem = new(node)
		}
		if n.elem != nil {
			s.visit(n.elem, e.Of(text))
		}
	}
	n.longest = max(n.longest, length)
}

// member returns the place of a member, nil if there is no room for it.
func (s *Shape) member(n *node, name []byte) *node {
	m := n.members[string(name)]
	if m == nil && s.nodes < maxNodes {
		s.nodes++
		m = new(node)
		if n.members == nil {
			n.members = map[string]*node{}
		}
		n.members[string(name)] = m
	}
	return m
}

// Selects returns how many items at least have something that a pattern selects: of names,
// a map.
func (s *Shape) Selects(p docpath.Pattern, names bool) (items int) {
	for _, n := range s.at(p) {
		switch {
		case !names:
			items = max(items, n.items)
		default:
			items = max(items, n.kinds[wire.M].items)
		}
	}
	return items
}

// Types returns the types of the values that a pattern selects.
func (s *Shape) Types(p docpath.Pattern) []string { return strings.Split(kindsIn(s.at(p)), " or ") }

// at returns the places that a pattern selects.
func (s *Shape) at(p docpath.Pattern) []*node {
	places := []*node{&s.root}
	for _, segment := range p {
		places = next(places, segment)
	}
	return places
}

// next returns the places that a segment selects below others.
func next(places []*node, segment docpath.Segment) (all []*node) {
	add := func(n *node) {
		if n != nil && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	for _, n := range places {
		switch segment.Kind {
		case docpath.Name:
			add(n.members[segment.Name])
		case docpath.Index:
			if n.elem != nil && segment.Index < n.longest {
				add(n.elem)
			}
		case docpath.AnyName:
			for _, name := range slices.Sorted(maps.Keys(n.members)) {
				add(n.members[name])
			}
		case docpath.AnyElem:
			add(n.elem)
			if n.isSet() {
				add(&node{count: n.count})
			}
		case docpath.Deep:
			n.each(add)
		}
	}
	return all
}

func (n *node) isSet() bool {
	return n.kinds[wire.SS].items+n.kinds[wire.NS].items+n.kinds[wire.BS].items > 0
}

// each calls do for a place and all below it.
func (n *node) each(do func(*node)) {
	do(n)
	for _, name := range slices.Sorted(maps.Keys(n.members)) {
		n.members[name].each(do)
	}
	if n.elem != nil {
		n.elem.each(do)
	}
}

// namesIn returns how many items at most have which member of some places.
func namesIn(places []*node) map[string]int {
	all := map[string]int{}
	for _, n := range places {
		for name, m := range n.members {
			all[name] = max(all[name], m.items)
		}
	}
	return all
}

// byCount returns names, those that most items have first.
func byCount(names map[string]int) []string {
	list := slices.Sorted(maps.Keys(names))
	slices.SortStableFunc(list, func(a, b string) int { return names[b] - names[a] })
	return list
}

// has reports whether some of the places are of one of the types, and how many items.
func has(places []*node, kinds ...wire.Kind) (items int) {
	for _, n := range places {
		for _, kind := range kinds {
			items = max(items, n.kinds[kind].items)
		}
	}
	return items
}
