package dynsync

import (
	"bytes"
	"encoding/base64"
	"hash/maphash"
	"slices"

	"github.com/dynsync/dynsync/internal/wire"
)

// A leakCheck is what an exec needs to check items. The methods that note something
// do nothing on nil, which is how the check is off. The memory is reused from item
// to item.
type leakCheck struct {
	min int

	// What is collected while the rules run.
	originals []original
	parts     []original // of the value at hand
	results   []result   // in the item that is being written, ascending
	within    [][]byte   // drawn values and quoted names that ended up in results
	kept      leafSet    // what Passthrough kept within the transformer that runs
	keeping   []uint64   // kept, in order
	given     leafSet    // what Each gave to the transformer in it
	nested    int        // a transformer runs the default on a part of its value

	// What the search needs.
	set     needleSet
	needles []needle
	numbers map[uint64]int // originals by a hash of their value
	binary  bool           // an original is a binary that is not ASCII
	skipped int            // of results: those in front of the leaf at hand
	moved   bool           // what is searched is not what results is about
	written []byte         // what results is about
	read    []byte         // the item as it was read
	item    []byte         // that is searched
	leaf    leaf           // that is searched
	chance  chance         // of the leaf
	came    leafSet        // what a transformer returned
	placed  leafSet        // the same with where it stands

	// What was drawn, collected when something is found where it may stand.
	collected bool
	drawn     needleSet // the texts, folded; a needle's number is its length
	whole     leafSet   // the leaves
	leaves    leafSet   // of the item as it was read, collected when moved or for names
	reach     []uint32  // of the text that is searched, see covered

	text      []byte // a leaf, decoded
	folded    []byte
	unescaped []byte // what its escapes stand for
	lines     []byte // base64 in either, of several lines
	decoded   []byte // what base64 stands for
}

// An original is a value of the item as it was read, or a part of one.
type original struct {
	raw  []byte // between its quotes
	of   uint32 // where the value stands, in exec.src
	kind Kind   // S, N or B
	name bool   // of a map's member
	part bool
}

// A result is where something stands that a transformer made.
type result struct {
	at    wire.Span
	drawn bool // it is not searched
}

// A needle is one form of an original.
type needle struct {
	original int
	n        int  // bytes
	whole    bool // no digit may stand beside it
}

// newLeakCheck returns what an exec needs, nil if items are not checked.
func newLeakCheck(cfg *leakConfig) *leakCheck {
	if cfg == nil {
		return nil
	}
	return &leakCheck{min: cfg.min, numbers: map[uint64]int{}, kept: leafSet{}, given: leafSet{}, came: leafSet{}, placed: leafSet{}, whole: leafSet{}, leaves: leafSet{}}
}

// begin forgets the item before.
func (l *leakCheck) begin() {
	l.originals, l.parts, l.results, l.within, l.nested = l.originals[:0], l.parts[:0], l.results[:0], l.within[:0], 0
	l.forget()
}

// forget forgets what a transformer kept and was given.
func (l *leakCheck) forget() {
	l.keeping = l.keeping[:0]
	clear(l.kept)
	clear(l.given)
}

// A leakMark is how much is noted of the transformer that runs, to go back to.
type leakMark struct{ keeping, parts, within int }

func (l *leakCheck) mark() leakMark {
	if l == nil {
		return leakMark{}
	}
	return leakMark{len(l.keeping), len(l.parts), len(l.within)}
}

// undo forgets what was noted since m by a transformer that turned out not to apply.
func (l *leakCheck) undo(m leakMark) {
	if l == nil {
		return
	}
	for _, h := range l.keeping[m.keeping:] {
		delete(l.kept, h)
	}
	l.keeping, l.parts, l.within = l.keeping[:m.keeping], l.parts[:m.parts], l.within[:m.within]
}

// took notes the values at v, of which a transformer made out.
func (l *leakCheck) took(src []byte, v wire.Span, kind Kind, out Value) {
	if l == nil || l.nested > 0 {
		return
	}
	l.placeParts(v.Start)
	inPlace := kind.isContainer() && out.kind == kind
	if inPlace || len(l.kept) > 0 {
		l.cameOut(out, inPlace)
	}
	eachLeaf(src, v, kind, 0, func(f leaf) bool {
		if !f.name && !l.stays(src, f) {
			l.originals = append(l.originals, original{raw: src[f.at.Start:f.at.End], of: f.at.Start, kind: f.kind})
		}
		return true
	})
	l.forget()
	clear(l.placed)
	clear(l.came)
}

// placeParts makes originals of the parts of the value or name that stands there.
func (l *leakCheck) placeParts(at uint32) {
	for _, p := range l.parts {
		p.of = at
		l.originals = append(l.originals, p)
	}
	l.parts = l.parts[:0]
}

// cameOut notes what a transformer returned.
func (l *leakCheck) cameOut(out Value, inPlace bool) {
	eachLeaf(out.raw, wholeOf(out.raw), out.kind, 0, func(f leaf) bool {
		h := f.hashIn(out.raw)
		l.came.add(h)
		if inPlace {
			l.placed.add(h ^ f.place)
		}
		return true
	})
}

// stays reports whether a leaf was not meant to be replaced.
func (l *leakCheck) stays(src []byte, f leaf) bool {
	if len(l.kept) == 0 && len(l.placed) == 0 {
		return false
	}
	h := f.hashIn(src)
	return l.kept.has(h) && l.came.has(h) || l.placed.has(h^f.place) && !l.given.has(h)
}

// tookName notes the name of a map's member, which a transformer was given.
func (l *leakCheck) tookName(src []byte, at wire.Span, name, out Value) {
	if l == nil {
		return
	}
	if l.nested > 0 {
		l.tookPart(name, out)
		return
	}
	l.placeParts(at.Start)
	if !l.kept.hasAll(name) || !l.kept.hasAll(out) {
		l.originals = append(l.originals, original{raw: src[at.Start:at.End], of: at.Start, kind: KindS, name: true})
	}
	l.forget()
}

// tookPart notes a part of the value at hand, of which a transformer made out.
func (l *leakCheck) tookPart(v, out Value) {
	if l == nil || l.kept.hasAll(v) && l.kept.hasAll(out) {
		return
	}
	eachLeaf(v.raw, wholeOf(v.raw), v.kind, 0, func(f leaf) bool {
		raw := slices.Clone(v.raw[f.at.Start:f.at.End]) // the value may be one that is made anew for each member of a set
		l.parts = append(l.parts, original{raw: raw, kind: f.kind, part: true})
		return true
	})
}

// drewPart notes a drawn value that a transformer may make a part of its result.
func (l *leakCheck) drewPart(v Value) {
	if l != nil && len(v.raw) > 0 {
		l.within = append(l.within, slices.Clone(v.raw))
	}
}

// tookWithin notes what the rules within a value noted, of which they wrote out. The
// names of members that rules hold count as drawn.
func (l *leakCheck) tookWithin(inner *leakCheck, out []byte, set *ruleSet) {
	if l == nil {
		return
	}
	for _, o := range inner.originals {
		o.part = true
		l.parts = append(l.parts, o)
	}
	for _, r := range inner.results {
		if r.drawn {
			l.within = append(l.within, out[r.at.Start:r.at.End])
		}
	}
	l.within = append(append(l.within, inner.within...), set.quoted...)
}

// keep notes what Passthrough kept within a transformer.
func (l *leakCheck) keep(v Value) {
	if l == nil {
		return
	}
	eachLeaf(v.raw, wholeOf(v.raw), v.kind, 0, func(f leaf) bool {
		if h := f.hashIn(v.raw); !l.kept.has(h) {
			l.kept.add(h)
			l.keeping = append(l.keeping, h)
		}
		return true
	})
}

// meant reports whether a part that came out as out did not just stay as it was: it
// changed, was kept or was drawn.
func (l *leakCheck) meant(v, out Value) bool {
	return l == nil || !bytes.Equal(v.raw, out.raw) || l.kept.hasAll(v) ||
		slices.ContainsFunc(l.within, func(drawn []byte) bool { return bytes.Equal(drawn, out.raw) })
}

// drewAll reports whether all that was replaced is where something drawn stands in
// what was written, which is as long.
func (l *leakCheck) drewAll() bool {
	l.skipped = 0
	return !slices.ContainsFunc(l.originals, func(o original) bool {
		r := l.resultAt(leaf{at: wire.Span{Start: o.of}})
		return r == nil || !r.drawn
	})
}

// give notes what Each gives to the transformer in it.
func (l *leakCheck) give(v Value) {
	if l != nil && !v.kind.isContainer() {
		l.given.addLeaves(v.raw)
	}
}

// wrote notes a result, the end of what is written from start on, which is drawn or
// not.
func (l *leakCheck) wrote(dst []byte, start int, drawn bool) {
	switch {
	case l == nil:
	case l.nested == 0:
		l.results = append(l.results, result{wire.Span{Start: uint32(start), End: uint32(len(dst))}, drawn})
	case drawn:
		l.within = append(l.within, slices.Clone(dst[start:]))
	}
}

// rewound forgets results that are no longer written: only n bytes are. What is
// written within a transformer's value is not in results.
func (l *leakCheck) rewound(n int) {
	if l == nil || l.nested > 0 {
		return
	}
	for len(l.results) > 0 && int(l.results[len(l.results)-1].at.End) > n {
		l.results = l.results[:len(l.results)-1]
	}
}

// inserted moves the results behind a value that was put into an item of that
// many bytes.
func (l *leakCheck) inserted(before int, item []byte, at []wire.Step, drawn bool) {
	if l == nil {
		return
	}
	v, _ := wire.Find(item, at)
	by := uint32(len(item) - before)
	i := 0
	for j := range l.results {
		r := &l.results[j]
		if r.at.Start+by < v.End {
			i = j + 1
			continue
		}
		r.at = r.at.Shift(by)
	}
	l.results = slices.Insert(l.results, i, result{v, drawn})
}

// enterPart and leavePart bracket the work of the default on a part of a value
// that a transformer holds: what it is given is not noted, since the transformer's
// whole value is, and what it draws is known by its value.
func (l *leakCheck) enterPart() {
	if l != nil {
		l.nested++
	}
}

func (l *leakCheck) leavePart() {
	if l != nil {
		l.nested--
	}
}

// A leafSet is a set of hashes of leaves.
type leafSet map[uint64]struct{}

func (s leafSet) add(h uint64) { s[h] = struct{}{} }

func (s leafSet) has(h uint64) bool {
	_, ok := s[h]
	return ok
}

// addLeaves adds the leaves of a value.
func (s leafSet) addLeaves(raw []byte) {
	if len(raw) == 0 {
		return
	}
	eachLeaf(raw, wholeOf(raw), Kind(wire.KindOf(raw)), 0, func(f leaf) bool {
		s.add(f.hashIn(raw))
		return true
	})
}

// hasAll reports whether every leaf of a value is in s.
func (s leafSet) hasAll(v Value) bool {
	return len(s) > 0 && eachLeaf(v.raw, wholeOf(v.raw), v.kind, 0, func(f leaf) bool { return s.has(f.hashIn(v.raw)) })
}

// A leaf is a string, number or binary, a member of a set, or a name.
type leaf struct {
	at    wire.Span // between its quotes
	kind  Kind      // S, N or B
	name  bool
	place uint64 // a hash of the names that lead to it
}

var leafSeed = maphash.MakeSeed()

// hashIn returns a hash of the leaf's kind and value.
func (f leaf) hashIn(b []byte) uint64 {
	raw := b[f.at.Start:f.at.End]
	var scratch [64]byte
	switch {
	case f.kind == KindN:
		if normal, err := wire.AppendNumber(scratch[:0], raw); err == nil {
			raw = normal
		}
	case slices.Contains(raw, '\\'):
		raw = wire.AppendUnquote(scratch[:0], raw)
	}
	return maphash.Bytes(leafSeed, raw) + uint64(f.kind)
}

// appendLeaf appends what stands between the quotes of a leaf, decoded.
func appendLeaf(dst, raw []byte, kind Kind) []byte {
	n := len(dst)
	if slices.Contains(raw, '\\') {
		dst = wire.AppendUnquote(dst, raw)
	} else {
		dst = append(dst, raw...)
	}
	if kind != KindB {
		return dst
	}
	size, err := base64.StdEncoding.Decode(dst[n:], dst[n:])
	if err != nil {
		return dst[:n]
	}
	return dst[:n+size]
}

func wholeOf(b []byte) wire.Span { return wire.Span{End: uint32(len(b))} }

// eachItemLeaf calls fn for each leaf of an item, the names of its attributes too,
// in order, until fn returns false.
func eachItemLeaf(item []byte, fn func(leaf) bool) bool {
	return eachMemberLeaf(item, 0, wire.ItemMembers(item), 0, fn)
}

// eachLeaf calls fn for each leaf of the value at v, likewise.
func eachLeaf(b []byte, v wire.Span, kind Kind, place uint64, fn func(leaf) bool) bool {
	value := b[v.Start:v.End]
	switch elem, isSet := kind.element(); {
	case isSet:
		for it := wire.StringsOf(value); ; {
			s, ok := it.Next()
			if !ok {
				return true
			}
			if !fn(leaf{at: s.Shift(v.Start), kind: elem, place: place}) {
				return false
			}
		}
	case kind == KindM:
		return eachMemberLeaf(b, v.Start, wire.MembersOf(value), place, fn)
	case kind == KindL:
		for it := wire.ElementsOf(value); ; {
			s, ok := it.Next()
			if !ok {
				return true
			}
			if !eachLeaf(b, s.Shift(v.Start), Kind(wire.KindOf(value[s.Start:s.End])), place+1, fn) {
				return false
			}
		}
	case kind == KindS || kind == KindN || kind == KindB:
		_, payload := wire.Payload(value)
		start := v.Start + uint32(cap(value)-cap(payload)) // payload is a part of value
		return fn(leaf{at: wire.Span{Start: start + 1, End: start + uint32(len(payload)) - 1}, kind: kind, place: place})
	}
	return true
}

func eachMemberLeaf(b []byte, base uint32, it wire.Members, place uint64, fn func(leaf) bool) bool {
	for {
		a, ok := it.Next()
		if !ok {
			return true
		}
		name := leaf{at: a.Name.Shift(base), kind: KindS, name: true}
		if !fn(name) || !eachLeaf(b, a.Value.Shift(base), Kind(a.Kind), (place+name.hashIn(b))*0x9E3779B97F4A7C15, fn) {
			return false
		}
	}
}
