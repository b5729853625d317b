package dynsync

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/wire"
)

// This file keeps track of where in an item an exec is: the active nodes of the
// rules, the path, and the path's bytes for keyed randomness.

// activate makes n active, and the node of a ** that is entered with it.
func (x *exec) activate(n *node) {
	x.nodes = append(x.nodes, n)
	if n.deep != nil {
		x.nodes = append(x.nodes, n.deep)
	}
}

// pushName enters the member of that name. It returns the decoded name.
func (x *exec) pushName(raw []byte, escaped bool, lo, hi int) []byte {
	s := x.activateName(raw, escaped, lo, hi)
	x.push(s)
	return s.name
}

// activateName makes the nodes of the member of that name active, behind those
// of its map, [lo, hi). It returns the step to the member.
func (x *exec) activateName(raw []byte, escaped bool, lo, hi int) pathStep {
	name := raw
	if escaped {
		name = wire.AppendUnquote(nil, raw)
	}
	known := false
	for _, n := range x.nodes[lo:hi] {
		if c := n.names[string(name)]; c != nil {
			x.activate(c)
			known = true
		}
		if n.star != nil {
			x.activate(n.star)
		}
		if n.loop {
			x.nodes = append(x.nodes, n)
		}
	}
	return pathStep{name: name, known: known}
}

// pushIndex enters an element of a list, likewise.
func (x *exec) pushIndex(i, lo, hi int) {
	for _, n := range x.nodes[lo:hi] {
		if c := n.indexes[i]; c != nil {
			x.activate(c)
		}
		if n.elem != nil {
			x.activate(n.elem)
		}
		if n.loop {
			x.nodes = append(x.nodes, n)
		}
	}
	x.push(pathStep{index: i, elem: true})
}

// pushStep enters a part of a value that a transformer takes apart.
func (x *exec) pushStep(s wire.Step) {
	x.push(pathStep{name: []byte(s.Name), index: s.Index, elem: s.Elem})
}

func (x *exec) push(s pathStep) {
	s.places = len(x.places)
	if s.elem {
		x.places = binary.AppendUvarint(append(x.places, 1), uint64(s.index))
	} else {
		x.places = binary.AppendUvarint(append(x.places, 0), uint64(len(s.name)))
		x.places = append(x.places, s.name...)
	}
	x.steps = append(x.steps, s)
}

func (x *exec) pop() {
	last := len(x.steps) - 1
	x.places = x.places[:x.steps[last].places]
	x.steps = x.steps[:last]
}

// place returns new bytes that identify where in the table the exec is: the
// item's key and the path.
func (x *exec) place() []byte {
	table := binary.AppendUvarint(nil, uint64(len(x.plan.seedName)))
	return slices.Concat(append(table, x.plan.seedName...), x.itemKey, x.places)
}

// path returns where in the item the exec is.
func (x *exec) path() Path {
	steps := make([]wire.Step, len(x.steps))
	for i, s := range x.steps {
		steps[i] = wire.Step{Name: string(s.name), Index: s.index, Elem: s.elem}
	}
	return Path{steps}
}

// safePath returns the path as errors print it: names that no rule and no key
// schema holds are '*', since they may be personal data.
func (x *exec) safePath() string {
	var b []byte
	for i, s := range x.steps {
		if !s.elem && !x.isKnown(i) {
			b = segment{kind: segStar}.append(b)
			continue
		}
		b = appendStep(b, wire.Step{Name: string(s.name), Index: s.index, Elem: s.elem})
	}
	return string(b)
}

// isKnown reports whether a rule or a key schema holds the name of a step.
func (x *exec) isKnown(i int) bool {
	s := &x.steps[i]
	return s.known || i == 0 && (x.plan.isKey(s.name) || string(s.name) == x.plan.ttl || x.isIndexKey(s.name))
}

// goTo enters the place in an item, which stands at span in src, of what stands
// at off.
func (x *exec) goTo(src []byte, item wire.Span, off uint32) {
	x.nodes, x.steps, x.places = x.nodes[:0], x.steps[:0], x.places[:0]
	x.activate(x.plan.rules.root)
	x.goToMember(src, item.Start, wire.ItemMembers(src[item.Start:item.End]), 0, off)
}

func (x *exec) goToMember(src []byte, base uint32, it wire.Members, lo int, off uint32) {
	for a, ok := it.Next(); ok; a, ok = it.Next() {
		if v := a.Value.Shift(base); off < v.End {
			hi := len(x.nodes)
			name := a.Name.Shift(base)
			x.pushName(src[name.Start:name.End], a.Escaped, lo, hi)
			x.goInto(src, v, hi, off)
			return
		}
	}
}

// goInto goes on to off if that lies in the value at v.
func (x *exec) goInto(src []byte, v wire.Span, lo int, off uint32) {
	value := src[v.Start:v.End]
	if off <= v.Start {
		return // in the name, or the value as a whole
	}
	x.goToMember(src, v.Start, wire.MembersOf(value), lo, off)
	it := wire.ElementsOf(value)
	for i := 0; ; i++ {
		s, ok := it.Next()
		if !ok {
			return
		}
		if e := s.Shift(v.Start); off < e.End {
			hi := len(x.nodes)
			x.pushIndex(i, lo, hi)
			x.goInto(src, e, hi, off)
			return
		}
	}
}

func (x *exec) isIndexKey(name []byte) bool {
	_, ok := x.plan.indexKeys[string(name)]
	return ok
}

// record returns the item as it was read.
func (x *exec) record() *Record {
	if x.rec == nil {
		attrs := make([]wire.Attr, len(x.attrs))
		for i, a := range x.attrs {
			a.Name = wire.Span{Start: a.Name.Start - x.item.Start, End: a.Name.End - x.item.Start}
			a.Value = wire.Span{Start: a.Value.Start - x.item.Start, End: a.Value.End - x.item.Start}
			attrs[i] = a
		}
		x.rec = &Record{item: x.whole[x.item.Start:x.item.End:x.item.End], attrs: attrs, keys: x.plan.keys}
	}
	return x.rec
}

// fault returns the error of the item at the place where the exec is.
func (x *exec) fault(kind Kind, reason string, cause error) *ItemError {
	x.last = &ItemError{
		Table:       x.plan.table,
		Path:        x.safePath(),
		Kind:        kind,
		Transformer: x.running,
		Reason:      strings.TrimPrefix(reason, x.running+": "),
		Err:         cause,
	}
	return x.last
}

// callFault returns the error for what user code returned, of which nothing is
// printed. An error that the engine itself made, further in, passes; so does the
// end of the run.
func (x *exec) callFault(kind Kind, err error) error {
	if item, ok := err.(*ItemError); ok && item == x.last {
		return item
	}
	if x.ctx.Err() != nil {
		return endOf(x.ctx)
	}
	var reason reasonError
	if errors.As(err, &reason) {
		return x.fault(kind, string(reason), err)
	}
	return x.fault(kind, "the transformer returned an error", err)
}

// keyFault returns the error for a key attribute.
func (x *exec) keyFault(name string, kind Kind, reason string) *ItemError {
	x.steps = append(x.steps[:0], pathStep{name: []byte(name), known: true})
	return x.fault(kind, reason, nil)
}

// formFault returns the error for an item that is no longer well formed after
// user code had it: nested too deeply, that is.
func (x *exec) formFault(err error) *ItemError {
	if errors.Is(err, wire.ErrDepth) {
		return x.fault(KindInvalid, "the transformed item nests deeper than DynamoDB's 32 levels", err)
	}
	return x.fault(KindInvalid, "the transformed item is not well formed", err)
}

func (e *panicError) Unwrap() error {
	err, _ := e.value.(error)
	return err
}
