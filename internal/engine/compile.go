package engine

import (
	"fmt"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Rule gives the values that a pattern selects to an op.
type Rule struct {
	Pattern   docpath.Pattern
	Text      string // of the pattern
	Op        *Op
	OnNames   bool // the op makes the names of a map's members
	Inherited bool // a rule of the table with the same pattern takes its place
	ID        int  // its index among the rules that hold; Compile sets it
}

// Holds reports whether no other rule took its place when it was compiled.
func (r *Rule) Holds() bool { return r.ID >= 0 }

// A node is a state of the automaton that the rules of a table compile to: a
// trie over segments, in which ** is a node that stays active below itself.
// While an item is walked, the active nodes are held in order of precedence.
type node struct {
	names   map[string]*node
	indexes map[int]*node
	star    *node
	elem    *node
	deep    *node // entered together with this node
	loop    bool  // this is the node of a **
	rule    *Rule
	onNames *Rule
}

// leads reports whether a rule can stand below n.
func (n *node) leads() bool {
	return n.loop || len(n.names) > 0 || len(n.indexes) > 0 || n.star != nil || n.elem != nil || n.deep != nil
}

func (n *node) next(s docpath.Segment) *node {
	switch s.Kind {
	case docpath.Name:
		return childOf(&n.names, s.Name)
	case docpath.Index:
		return childOf(&n.indexes, s.Index)
	case docpath.AnyName:
		return orNew(&n.star)
	case docpath.AnyElem:
		return orNew(&n.elem)
	}
	deep := orNew(&n.deep)
	deep.loop = true
	return deep
}

func orNew(n **node) *node {
	if *n == nil {
		*n = &node{}
	}
	return *n
}

func childOf[K comparable](m *map[K]*node, k K) *node {
	if *m == nil {
		*m = map[K]*node{}
	}
	n := (*m)[k]
	if n == nil {
		n = &node{}
		(*m)[k] = n
	}
	return n
}

// at returns the node of a pattern, which it makes where there is none.
func (n *node) at(p docpath.Pattern) *node {
	for _, s := range p {
		n = n.next(s)
	}
	return n
}

// Rules are the compiled rules of a table.
type Rules struct {
	root     *node
	rules    []*Rule
	missing  []*Rule          // those that act where a value is missing
	last     []*Rule          // those that come after all others
	wants    []Want           // what results must be
	defaults [wire.BS + 1]*Op // by kind; those of S, N and B serve the sets too
	cover    Action           // what holds where no rule does: keepAll, Remove or byDefault
}

// A conflict is two rules that cannot both hold.
type conflict struct {
	Rule  *Rule
	Above *Rule // it, or it and others, transform all of what Rule selects; nil where there is another rule with Rule's pattern
}

func (c *conflict) Error() string {
	if c.Above == nil {
		both := ""
		if c.Rule.Inherited {
			both = ", both of WithAllTables"
		}
		return fmt.Sprintf("two rules have the pattern %q%s; keep one", c.Rule.Text, both)
	}
	return fmt.Sprintf("rule %q lies below rule %q%s, whose %s already transforms everything there; only Passthrough and Remove leave room for deeper rules",
		c.Rule.Text, c.Above.Text, c.origin(), c.Above.Op.Name)
}

// origin says where the rules stand that are not among those of the table.
func (c *conflict) origin() string {
	switch {
	case c.Rule.Inherited && c.Above.Inherited:
		return " (both of WithAllTables)"
	case c.Above.Inherited:
		return " (of WithAllTables)"
	case c.Rule.Inherited:
		return " (of the table; the rule below it is of WithAllTables)"
	}
	return ""
}

// Scalars are the kinds that have a default.
var Scalars = []wire.Kind{wire.S, wire.N, wire.B, wire.BOOL, wire.NULL}

// Compile builds the automaton. A rule takes the place of an inherited one with the same
// pattern. defaults has an op for each of Scalars, but for NULL, where nil keeps the
// value. lists says that the rules may be for a list, and not for an item. It returns
// every conflict it finds.
func Compile(rules []*Rule, defaults map[wire.Kind]*Op, lists bool) (*Rules, []error) {
	set := &Rules{root: &node{}}
	var errs []error
	for _, r := range rules {
		n := set.root.at(r.Pattern)
		place := &n.rule
		if r.OnNames {
			place = &n.onNames
		}
		switch old := *place; {
		case old == nil || old.Inherited && !r.Inherited:
			*place = r
		case old.Inherited == r.Inherited:
			errs = append(errs, &conflict{Rule: r})
		}
	}
	set.collect(rules)
	set.setDefaults(defaults)
	return set, append(errs, set.conflicts(lists)...)
}

// collect numbers the rules that hold.
func (set *Rules) collect(rules []*Rule) {
	for _, r := range rules {
		n := set.root.at(r.Pattern)
		if n.rule != r && n.onNames != r {
			r.ID = -1
			continue
		}
		r.ID = len(set.rules)
		set.rules = append(set.rules, r)
		switch {
		case r.Op.Last:
			set.last = append(set.last, r)
		case r.Op.TakesMissing:
			set.missing = append(set.missing, r)
		}
	}
}

func (set *Rules) setDefaults(defaults map[wire.Kind]*Op) {
	same := map[Action]int{}
	for _, k := range Scalars {
		op := defaults[k]
		if op == nil {
			continue // a NULL holds nothing to hide
		}
		set.defaults[k] = op
		same[op.Act]++
	}
	set.cover = byDefault
	switch len(Scalars) {
	case same[Pass]:
		set.cover = keepAll
	case same[Remove]:
		set.cover = Remove
	}
}

// Names reports whether a literal rule is for the attribute of that name.
func (set *Rules) Names(attribute string) bool {
	n := set.root.names[attribute]
	return n != nil && n.rule != nil
}

// PassesByDefault reports whether values of some kind may pass through where no rule
// selects them.
func (set *Rules) PassesByDefault() bool {
	for _, k := range Scalars {
		if k != wire.NULL && set.defaults[k].MayPass.Has(k) {
			return true
		}
	}
	return false
}

// A Want is a demand on the result for the value at a path.
type Want struct {
	Path   []wire.Step
	Should func(Value) string
}

// Want makes the rules' results for the values at some paths meet demands.
func (set *Rules) Want(wants ...Want) { set.wants = append(set.wants, wants...) }
