package engine

import (
	"bytes"
	"slices"

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
	index bool      // an attribute of the key of a secondary index
	ttl   bool      // the attribute that holds the time to live
	still bool      // nothing can happen to it
	next  *topLevel // of the attribute that came next last time, or nil
}

// after returns what is known of an attribute that stands behind that of t.
func (w *where) after(t *topLevel, src []byte, a *wire.Attr) *topLevel {
	raw := a.Name.Of(src)
	if t.next != nil && t.next.raw == string(raw) {
		return t.next
	}
	return w.search(t, raw, a.Escaped)
}

// search is after for another attribute than the one that came next last time.
func (w *where) search(t *topLevel, raw []byte, escaped bool) *topLevel {
	next := w.top.byName[string(raw)]
	if next == nil {
		next = w.lookUp(raw, escaped)
		if w.top.byName == nil {
			w.top.byName = make(map[string]*topLevel)
		}
		if len(w.top.byName) == maxTopLevels {
			return next
		}
		w.top.byName[next.raw] = next
	}
	t.next = next
	return next
}

// enter enters the attribute of t, whose nodes become active behind the root's.
func (w *where) enter(t *topLevel) {
	w.nodes = append(w.nodes, t.nodes...)
	w.push(pathStep{name: t.name, known: t.known})
}

// lookUp looks up the name of a top-level attribute in the plan. The root's
// nodes are active.
func (w *where) lookUp(raw []byte, escaped bool) *topLevel {
	p, hi := w.plan, len(w.nodes)
	t := &topLevel{raw: string(raw)}
	t.name = bytes.Clone(w.pushName(raw, escaped, 0, hi))
	t.known = w.steps[0].known
	t.nodes = slices.Clone(w.nodes[hi:])
	t.exact = p.Rules.root.names[string(t.name)]
	if e := t.exact; e != nil && e.rule != nil && e.rule.Op.Last {
		t.last = e.rule
	}
	t.key = p.Keys.Holds(string(t.name))
	t.index = p.isIndexKey(string(t.name))
	t.ttl = p.TTL != "" && string(t.name) == p.TTL
	t.still = len(t.nodes) == 0 && (t.key || p.Rules.cover == Pass)
	w.nodes = w.nodes[:hi]
	w.pop()
	return t
}

// protected reports whether only a literal rule transforms the attribute.
// DynamoDB takes a number as an item's time to live, and nothing else.
func (t *topLevel) protected(kind wire.Kind) bool { return t.key || t.ttl && kind == wire.N }
