// Package shape knows how the items of a sample are built: which places they have, of which
// types, and how long their lists are. It says what a pattern that selects nothing in them
// was probably meant to be. It holds names of attributes and no values.
package shape

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/docpath"
)

// maxNodes bounds the places that are told apart. Others are not known.
const maxNodes = 1000

// A Shape is what the items have in common that were added. The zero Shape is of none.
type Shape struct {
	items int
	nodes int
	root  node
}

// A node is a place of items, or the elements of lists there.
type node struct {
	count
	kinds   map[string]*count // by type
	members map[string]*node
	elem    *node // nil where there is no list with elements
	longest int   // of the lists and sets
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

// Add adds an item.
func (s *Shape) Add(item map[string]types.AttributeValue) {
	s.items++
	s.visit(&s.root, &types.AttributeValueMemberM{Value: item})
}

func (s *Shape) visit(n *node, v types.AttributeValue) {
	kind := kindOf(v)
	if n.kinds[kind] == nil {
		if n.kinds == nil {
			n.kinds = map[string]*count{}
		}
		n.kinds[kind] = new(count)
	}
	n.see(s.items)
	n.kinds[kind].see(s.items)
	switch v := v.(type) {
	case *types.AttributeValueMemberM:
		for _, name := range slices.Sorted(maps.Keys(v.Value)) {
			if m := s.member(n, name); m != nil {
				s.visit(m, v.Value[name])
			}
		}
	case *types.AttributeValueMemberL:
		n.longest = max(n.longest, len(v.Value))
		for _, e := range v.Value {
			if n.elem == nil && s.nodes < maxNodes {
				s.nodes++
				n.elem = new(node)
			}
			if n.elem != nil {
				s.visit(n.elem, e)
			}
		}
	}
}

// member returns the place of a member, nil if there is no room for it.
func (s *Shape) member(n *node, name string) *node {
	m := n.members[name]
	if m == nil && s.nodes < maxNodes {
		s.nodes++
		m = new(node)
		if n.members == nil {
			n.members = map[string]*node{}
		}
		n.members[name] = m
	}
	return m
}

// kindOf returns the type of a value, as DynamoDB names it: S, M, SS and so on.
func kindOf(v types.AttributeValue) string {
	switch v.(type) {
	case *types.AttributeValueMemberS:
		return "S"
	case *types.AttributeValueMemberN:
		return "N"
	case *types.AttributeValueMemberB:
		return "B"
	case *types.AttributeValueMemberBOOL:
		return "BOOL"
	case *types.AttributeValueMemberM:
		return "M"
	case *types.AttributeValueMemberL:
		return "L"
	case *types.AttributeValueMemberSS:
		return "SS"
	case *types.AttributeValueMemberNS:
		return "NS"
	case *types.AttributeValueMemberBS:
		return "BS"
	}
	return "NULL"
}

// Selects returns how many items at least have something that a pattern selects: of names,
// a map.
func (s *Shape) Selects(p docpath.Pattern, names bool) (items int) {
	for _, n := range s.at(p) {
		switch {
		case !names:
			items = max(items, n.items)
		case n.kinds["M"] != nil:
			items = max(items, n.kinds["M"].items)
		}
	}
	return items
}

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
	return n.kinds["SS"] != nil || n.kinds["NS"] != nil || n.kinds["BS"] != nil
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
func has(places []*node, kinds string) (items int) {
	for _, n := range places {
		for kind, c := range n.kinds {
			if slices.Contains(strings.Fields(kinds), kind) {
				items = max(items, c.items)
			}
		}
	}
	return items
}
