package engine

import (
	"bytes"
	"slices"

	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/survey"
	"github.com/dynsync/dynsync/internal/wire"
)

// Items of a table mostly have the same few attributes, in the same order. So it is
// remembered by name what the plan has to say about an attribute, and for each which one
// came next: what is looked up in the rules once, and not in every item, is most of the
// cost of rules that leave an attribute alone.
type topLevels struct {
	byName map[string]*topLevel // by the name as it stands in the item
	front  topLevel             // stands in front of the first attribute
}

// maxTopLevels is how many names are remembered. Tables whose attribute names
// are data have more; those are looked up every time.
const maxTopLevels = 1000

// A topLevel is what is the same for every top-level attribute of one name.
type topLevel struct {
	raw   string    // the name as it stands in the item
	name  []byte    // decoded
	known bool      // a rule holds the name
	nodes []*node   // active in the attribute
	exact *node     // the rules' node of exactly that name, or nil
	last  *Rule     // the rule of exactly that name, if it comes last
	key   bool      // an attribute of the table's key
	index *IndexKey // what an index of the destination demands of it, or nil
	ttl   bool      // the attribute that holds the time to live
	left  bool      // it is left out: see Plan.LeavesOut
	still bool      // nothing can happen to it

	look    personal.Look // of the name
	spelled bool          // a rule or a key schema has the name
	decided bool          // a rule decides about the name, or a key schema has it
	open    *survey.Count // of a key attribute that passes; nil for another
	seen    *survey.Top   // nil if the name is not remembered, or looks personal
	next    *topLevel     // of the attribute that came next last time, or nil
}

// after returns what is known of an attribute that stands behind that of t.
func (at *where) after(t *topLevel, src []byte, a *wire.Attr) *topLevel {
	raw := a.Name.Of(src)
	if t.next != nil && t.next.raw == string(raw) {
		return t.next
	}
	return at.search(t, raw, a.Escaped)
}

// search is after for another attribute than the one that came next last time.
func (at *where) search(t *topLevel, raw []byte, escaped bool) *topLevel {
	next := at.top.byName[string(raw)]
	if next == nil {
		next = at.lookUp(raw, escaped)
		if at.top.byName == nil {
			at.top.byName = make(map[string]*topLevel)
		}
		if len(at.top.byName) == maxTopLevels {
			return next
		}
		at.top.byName[next.raw] = next
		if next.look.Strength == personal.NoLook {
			next.seen = at.look.NewTop(string(next.name), next.spelled)
		}
	}
	t.next = next
	return next
}

// enter enters the attribute of t, whose nodes become active behind the root's.
func (at *where) enter(t *topLevel) {
	at.nodes = append(at.nodes, t.nodes...)
	at.push(pathStep{name: t.name, known: t.known})
}

// lookUp looks up the name of a top-level attribute in the plan. The root's
// nodes are active.
func (at *where) lookUp(raw []byte, escaped bool) *topLevel {
	p, hi := at.plan, len(at.nodes)
	t := &topLevel{raw: string(raw)}
	t.name = bytes.Clone(at.pushName(raw, escaped, 0, hi))
	t.known = at.steps[0].known
	t.nodes = slices.Clone(at.nodes[hi:])
	t.exact = p.Rules.root.names[string(t.name)]
	if e := t.exact; e != nil && e.rule != nil && e.rule.Op.Last {
		t.last = e.rule
	}
	t.key = p.Keys.Holds(string(t.name))
	t.index = p.demandOfRules(string(t.name))
	t.ttl = p.TTL != "" && string(t.name) == p.TTL
	t.left = p.LeavesOut(string(t.name))
	t.still = len(t.nodes) == 0 && (t.key || p.Rules.cover == keepAll) && !t.left && t.index == nil
	at.lookAt(t, hi)
	at.nodes = at.nodes[:hi]
	at.pop()
	return t
}

// lookAt looks at the name of the attribute that was entered, behind nodes up to hi.
func (at *where) lookAt(t *topLevel, hi int) {
	t.look = personal.LookAt(t.name, "")
	t.spelled = at.isKnown(0)
	t.decided = t.spelled || at.passes(hi, len(at.nodes))
	if t.key && (t.exact == nil || t.exact.rule == nil) {
		t.open = at.look.Key(string(t.name))
	}
}

// passes reports whether the first of the active nodes [lo, hi) that has a rule keeps the
// value.
func (at *where) passes(lo, hi int) bool {
	i := at.firstRule(lo, hi)
	return i < hi && at.nodes[i].rule.Op.Act == Pass
}

// isProtected reports whether only a literal rule transforms the attribute. DynamoDB
// takes a number as an item's time to live, and nothing else; a string in that attribute,
// for which no literal rule is, is like any other.
func (t *topLevel) isProtected(kind wire.Kind) bool {
	return t.key || t.ttl && (kind == wire.N || kind == wire.S && t.exact != nil && t.exact.rule != nil)
}
