package engine

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/wire"
)

// conflicts returns an error for each rule that no item can have a use for, since other
// rules transform the maps and lists above everything that it selects. Where only some
// items have such a map or list, the rule above wins there, and there is no conflict.
func (set *Rules) conflicts(lists bool) (errs []error) {
	sk, takers := newSketch(set), takersOf(set)
	for _, below := range set.rules {
		if !takers.mayTake(below) {
			continue
		}
		s := search{sketch: sk, rule: below, way: wayTo(set.root, below), seen: map[string]bool{}}
		s.at.activate(set.root)
		takes := Kinds(0).With(wire.L)
		if lists {
			takes = 0
		}
		if !s.below(slices.Clone(s.at.nodes), takes, false) && s.above != nil {
			errs = append(errs, &conflict{below, s.above})
		}
	}
	return errs
}

// takers are the rules that take a value in whole, by the name that their patterns begin
// with.
type takers struct {
	all    []*Rule
	named  map[string][]*Rule
	others []*Rule // begin with no name
}

func takersOf(set *Rules) *takers {
	t := &takers{named: map[string][]*Rule{}}
	for _, r := range set.rules {
		if r.OnNames || r.Op.Act == Pass || r.Op.Act == Remove {
			continue
		}
		t.all = append(t.all, r)
		if name, ok := firstName(r); ok {
			t.named[name] = append(t.named[name], r)
		} else {
			t.others = append(t.others, r)
		}
	}
	return t
}

func firstName(r *Rule) (name string, ok bool) {
	if len(r.Pattern) == 0 || r.Pattern[0].Kind != docpath.Name {
		return "", false
	}
	return r.Pattern[0].Name, true
}

// mayTake reports whether a rule may take what is above the values that another selects.
func (t *takers) mayTake(below *Rule) bool {
	isAbove := func(r *Rule) bool { return r != below && mayBeAbove(r, below) }
	if name, ok := firstName(below); ok {
		return slices.ContainsFunc(t.named[name], isAbove) || slices.ContainsFunc(t.others, isAbove)
	}
	return slices.ContainsFunc(t.all, isAbove)
}

// mayBeAbove reports whether a rule may select what is above the values, or the names,
// that another selects.
func mayBeAbove(r, below *Rule) bool {
	isDeep := func(s docpath.Segment) bool { return s.Kind == docpath.Deep }
	if slices.ContainsFunc(r.Pattern, isDeep) || slices.ContainsFunc(below.Pattern, isDeep) {
		return true
	}
	n := len(below.Pattern)
	if !below.OnNames {
		n--
	}
	if len(r.Pattern) > n {
		return false
	}
	for i, s := range r.Pattern {
		if !meet(s, below.Pattern[i]) {
			return false
		}
	}
	return true
}

// meet reports whether two segments, of which none is **, can be one step.
func meet(a, b docpath.Segment) bool {
	isName := func(s docpath.Segment) bool { return s.Kind == docpath.Name || s.Kind == docpath.AnyName }
	switch {
	case isName(a) != isName(b):
		return false
	case a.Kind == b.Kind:
		return a == b
	}
	return true
}

// wayTo returns the nodes on the way to a rule's, which is the last.
func wayTo(root *node, r *Rule) []*node {
	way := []*node{root}
	for _, s := range r.Pattern {
		way = append(way, way[len(way)-1].next(s))
	}
	return way
}

// A sketch is what searches know of the rules.
type sketch struct {
	ids   map[*node]uint64
	opens map[*node]bool // there is a rule in it or below that may keep others from taking a map or list in whole
	name  string         // that no rule holds
	index int            // that no rule holds
}

func newSketch(set *Rules) *sketch {
	sk := &sketch{ids: map[*node]uint64{}, opens: map[*node]bool{}}
	for _, r := range set.rules {
		for _, s := range r.Pattern {
			if len(s.Name) >= len(sk.name) {
				sk.name = s.Name + "-"
			}
			sk.index = max(sk.index, s.Index+1)
		}
	}
	sk.add(set.root)
	return sk
}

// add adds a node and all below it, and reports whether it opens.
func (sk *sketch) add(n *node) bool {
	sk.ids[n] = uint64(len(sk.ids))
	opens := n.rule != nil && !n.rule.takesWhole(wire.M, true)
	for _, c := range n.children() {
		opens = sk.add(c) || opens
	}
	sk.opens[n] = opens
	return opens
}

// children returns the nodes right below n.
func (n *node) children() []*node {
	all := slices.Collect(maps.Values(n.names))
	all = slices.AppendSeq(all, maps.Values(n.indexes))
	for _, c := range []*node{n.star, n.elem, n.deep} {
		if c != nil {
			all = append(all, c)
		}
	}
	return all
}

// takesWhole reports whether a rule takes maps or lists of a kind in whole, so that no
// rule below them holds. A rule for names holds where one does not apply.
func (r *Rule) takesWhole(kind wire.Kind, names bool) bool {
	return r.Op.Act != Pass && r.Op.Act != Remove && (!names || r.Op.Takes.Has(kind))
}

// A search looks for a place in some item at which a rule holds. It takes the steps that
// the walk over such an item would.
type search struct {
	*sketch
	rule  *Rule
	way   []*node // to the rule's node
	at    where
	seen  map[string]bool // states from which no place is found
	above *Rule           // one that takes a map or list in whole on the way
}

// maxStates is how many states a search looks at. After more it counts as successful:
// the run tells of a rule that selects nothing.
const maxStates = 10_000

// place reports whether the rule holds at a place with these active nodes, or below it, or
// would if Remove did not make nothing of the place. If strict, a rule above did not
// apply, so that only rules for names hold.
func (s *search) place(nodes []*node, strict bool) bool {
	target := s.way[len(s.way)-1]
	isHere := slices.Contains(nodes, target)
	if isHere && !s.rule.OnNames {
		return true
	}
	first := slices.IndexFunc(nodes, func(n *node) bool { return n.rule != nil })
	if strict || first < 0 {
		return isHere || s.below(nodes, 0, strict)
	}
	r := nodes[first].rule
	switch {
	case r.Op.Act == Pass:
		return isHere || s.below(nodes, 0, false)
	case r.Op.Act == Remove:
		left := lastBelowRemove(nodes, first)
		return isHere || slices.ContainsFunc(nodes[left:], s.isOnWay) || s.below(nodes[:left], 0, false)
	case !s.rule.OnNames:
		s.takenBy(nodes[first])
		return false
	}
	var takes Kinds
	for _, k := range []wire.Kind{wire.M, wire.L} {
		if r.takesWhole(k, true) {
			takes = takes.With(k)
		}
	}
	if takes != 0 {
		s.takenBy(nodes[first])
	}
	return isHere && !takes.Has(wire.M) || s.below(nodes, takes, true)
}

// takenBy notes that the rule of a node takes a map or list in whole. Of several such rules
// it prefers one on the way to the rule, which takes it wherever the rule selects.
func (s *search) takenBy(n *node) {
	if s.above == nil || s.isOnWay(n) {
		s.above = n.rule
	}
}

// below reports whether the rule holds below a place with these active nodes. What is of
// the kinds in taken is not entered.
func (s *search) below(nodes []*node, taken Kinds, strict bool) bool {
	if !slices.ContainsFunc(nodes, s.isOnWay) {
		return false
	}
	state := s.state(nodes, taken, strict)
	switch {
	case s.seen[state]:
		return false
	case len(s.seen) == maxStates:
		return true
	}
	s.seen[state] = true
	if !taken.Has(wire.M) {
		for _, name := range s.namesBelow(nodes) {
			if s.place(s.enter(nodes, func(hi int) { s.at.activateName([]byte(name), false, 0, hi) }), strict) {
				return true
			}
		}
	}
	if !taken.Has(wire.L) {
		for _, index := range s.indexesBelow(nodes) {
			if s.place(s.enter(nodes, func(hi int) { s.at.pushIndex(index, 0, hi) }), strict) {
				return true
			}
		}
	}
	return false
}

// isOnWay reports whether a node is the rule's, or above it.
func (s *search) isOnWay(n *node) bool { return slices.Contains(s.way, n) }

// enter returns the active nodes behind a step from others.
func (s *search) enter(nodes []*node, step func(hi int)) []*node {
	s.at.leave()
	s.at.nodes = append(s.at.nodes, nodes...)
	step(len(nodes))
	return slices.Clone(s.at.nodes[len(nodes):])
}

// namesBelow returns the names to enter: those on the way to the rule, one that no rule
// holds, and those below which a rule opens what others take. All other names lead to the
// places of the one that no rule holds, or to fewer.
func (s *search) namesBelow(nodes []*node) []string {
	return below(s, nodes, s.name, func(n *node) map[string]*node { return n.names })
}

// indexesBelow is namesBelow for the elements of lists.
func (s *search) indexesBelow(nodes []*node) []int {
	return below(s, nodes, s.index, func(n *node) map[int]*node { return n.indexes })
}

// below returns the children of nodes to enter, and other, which no rule holds: first
// those on the way to the rule, the nearest to it in front.
func below[K cmp.Ordered](s *search, nodes []*node, other K, childrenOf func(*node) map[K]*node) []K {
	left := map[K]int{} // steps from there to the rule
	for _, n := range nodes {
		for k, c := range childrenOf(n) {
			switch i := slices.Index(s.way, c); {
			case i >= 0:
				left[k] = len(s.way) - i
			case s.opens[c] && left[k] == 0:
				left[k] = len(s.way) + 2
			}
		}
	}
	left[other] = len(s.way) + 1
	return slices.SortedFunc(maps.Keys(left), func(a, b K) int { return cmp.Or(left[a]-left[b], cmp.Compare(a, b)) })
}

// state returns what tells one state from another.
func (s *search) state(nodes []*node, taken Kinds, strict bool) string {
	b := binary.AppendUvarint(nil, uint64(taken))
	if strict {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	for _, n := range nodes {
		b = binary.AppendUvarint(b, s.ids[n])
	}
	return string(b)
}
