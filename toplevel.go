package dynsync

import (
	"bytes"
	"slices"

	"github.com/dynsync/dynsync/internal/wire"
)

// Items of a table mostly have the same few attributes, in the same order. So an
// exec remembers by name what the plan has to say about an attribute, and for
// each which one came next: what is looked up in the rules once, and not in
// every item, is most of the cost of rules that leave an attribute alone.
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
	last  *rule     // the rule of exactly that name, if it comes last
	key   bool      // an attribute of the table's key
	ttl   bool      // the attribute that holds the time to live
	still bool      // nothing can happen to it
	next  *topLevel // of the attribute that came next last time, or nil
}

// after returns what is known of an attribute that stands behind that of t.
func (x *exec) after(t *topLevel, a wire.Attr) *topLevel {
	raw := x.src[a.Name.Start:a.Name.End]
	if next := t.next; next != nil && next.raw == string(raw) {
		return next
	}
	next := x.top.byName[string(raw)]
	if next == nil {
		next = x.lookUp(raw, a.Escaped)
		if x.top.byName == nil {
			x.top.byName = make(map[string]*topLevel)
		}
		if len(x.top.byName) == maxTopLevels {
			return next
		}
		x.top.byName[next.raw] = next
	}
	t.next = next
	return next
}

// enter enters the attribute of t, whose nodes become active behind the root's.
func (x *exec) enter(t *topLevel) {
	x.nodes = append(x.nodes, t.nodes...)
	x.push(pathStep{name: t.name, known: t.known})
}

// lookUp looks up the name of a top-level attribute in the plan. The root's
// nodes are active.
func (x *exec) lookUp(raw []byte, escaped bool) *topLevel {
	hi := len(x.nodes)
	t := &topLevel{raw: string(raw)}
	t.name = bytes.Clone(x.pushName(raw, escaped, 0, hi))
	t.known = x.steps[0].known
	t.nodes = slices.Clone(x.nodes[hi:])
	t.exact = x.plan.rules.root.names[string(t.name)]
	if e := t.exact; e != nil && e.rule != nil && e.rule.desc.Last {
		t.last = e.rule
	}
	t.key = x.plan.isKey(t.name)
	t.ttl = x.plan.ttl != "" && string(t.name) == x.plan.ttl
	t.still = len(t.nodes) == 0 && (t.key || x.plan.rules.cover == actPass)
	x.nodes = x.nodes[:hi]
	x.pop()
	return t
}

// protected reports whether only a literal rule transforms the attribute.
// DynamoDB takes a number as an item's time to live, and nothing else.
func (t *topLevel) protected(kind wire.Kind) bool { return t.key || t.ttl && kind == wire.N }
