// Package leak finds values of an item, as it was read, that still stand in what was made
// of it. While the rules run, a [Check] notes what they replaced and where their results
// stand; [Check.Search] then searches the finished item. The package knows DynamoDB JSON,
// and nothing of rules and transformers. Values are value objects, {"S":…}; nil is a
// missing one.
package leak

import (
	"bytes"
	"encoding/base64"
	"hash/maphash"
	"math"
	"slices"

	"github.com/dynsync/dynsync/internal/wire"
)

// A Check collects what became of an item's values, and searches what was made of the
// item for those that were replaced. The methods that note something do nothing on nil,
// which is how the check is off. The memory is reused from item to item. A Check serves
// one goroutine.
type Check struct {
	Values *Values // of the table, or nil
	Fails  bool    // the first find that is not only counted ends the search

	min int

	// What is collected while the rules run.
	originals []original
	parts     []original // of the value at hand
	results   []result   // in the item that is being written, ascending
	within    []piece    // drawn values and quoted names that ended up in results
	kept      leafSet    // what Passthrough kept within the transformer that runs
	keeping   []uint64   // kept, in order
	given     leafSet    // what Each gave to the transformer in it
	came      leafSet    // what a transformer returned
	placed    leafSet    // the same with where it stands
	nested    int        // a transformer runs the default on a part of its value

	searcher
}

// A Source says where an original comes from.
type Source struct {
	// Canonical returns the form of a text that the transformer reads, which is nil if it
	// reads the text itself.
	Canonical func(text string) (canonical string, ok bool)
	Default   bool // no rule selects it, and the default took it
}

// An original is a value of the item as it was read, or a part of one.
type original struct {
	raw  []byte    // between its quotes
	of   uint32    // where the value stands, in the source
	kind wire.Kind // S, N or B
	name bool      // of a map's member
	part bool
	Source
	phone uint8 // whether it is a phone number, once that is known
}

// A Making says how a transformer made a result.
type Making uint8

// The makings.
const (
	Made  Making = iota // of anything
	Drawn               // by keyed randomness: nothing of the value is in it, but by chance
	Fixed               // it is always the same, or drawn by dynsync itself
)

// A result is where something stands that a transformer made.
type result struct {
	at wire.Span
	by Making
}

// A piece is something drawn or fixed that a transformer may make a part of its result.
type piece struct {
	raw   []byte // a value, or a name in its quotes
	fixed bool
}

// New returns a check of originals of that many characters and more.
func New(min int) *Check {
	l := &Check{min: min, kept: leafSet{}, given: leafSet{}, came: leafSet{}, placed: leafSet{}}
	l.start()
	return l
}

// Begin forgets the item before.
func (l *Check) Begin() {
	l.originals, l.parts, l.results, l.within, l.nested = l.originals[:0], l.parts[:0], l.results[:0], l.within[:0], 0
	l.forget()
}

// forget forgets what a transformer kept and was given.
func (l *Check) forget() {
	l.keeping = l.keeping[:0]
	l.kept.empty()
	l.given.empty()
}

// A Mark is how much is noted of the transformer that runs, to go back to.
type Mark struct{ keeping, parts, within int }

// Mark returns how much is noted.
func (l *Check) Mark() Mark {
	if l == nil {
		return Mark{}
	}
	return Mark{len(l.keeping), len(l.parts), len(l.within)}
}

// Undo forgets what was noted since m by a transformer that turned out not to apply.
func (l *Check) Undo(m Mark) {
	if l == nil {
		return
	}
	for _, h := range l.keeping[m.keeping:] {
		delete(l.kept, h)
	}
	l.keeping, l.parts, l.within = l.keeping[:m.keeping], l.parts[:m.parts], l.within[:m.within]
}

// Took notes the values at v, from which a transformer made out.
func (l *Check) Took(src []byte, v wire.Span, kind wire.Kind, out []byte, from Source) {
	if l == nil || l.nested > 0 {
		return
	}
	if len(l.parts) > 0 {
		l.placeParts(v.Start)
	}
	inPlace := kind.IsContainer() && kindOf(out) == kind
	if inPlace || len(l.kept) > 0 {
		l.cameOut(out, inPlace)
	}
	if (kind == wire.S || kind == wire.N || kind == wire.B) && len(l.kept) == 0 && len(l.given) == 0 {
		at := scalarAt(src, v)
		l.originals = append(l.originals, original{raw: src[at.Start:at.End], of: at.Start, kind: kind, Source: from})
		return
	}
	place := uint64(placeless)
	if len(l.placed) > 0 {
		place = 0
	}
	eachLeaf(src, v, kind, place, func(f leaf) bool {
		if raw := src[f.at.Start:f.at.End]; (!f.name || l.names.holdData(raw)) && !l.stays(src, f) {
			l.originals = append(l.originals, original{raw: raw, of: f.at.Start, kind: f.kind, name: f.name, Source: from})
		}
		return true
	})
	l.forget()
	l.placed.empty()
	l.came.empty()
}

// placeParts makes originals of the parts of the value or name that stands there.
func (l *Check) placeParts(at uint32) {
	for _, p := range l.parts {
		p.of = at
		l.originals = append(l.originals, p)
	}
	l.parts = l.parts[:0]
}

// kindOf returns the kind of a value, 0 of a missing one.
func kindOf(v []byte) wire.Kind {
	if len(v) == 0 {
		return 0
	}
	return wire.KindOf(v)
}

// cameOut notes what a transformer returned.
func (l *Check) cameOut(out []byte, inPlace bool) {
	eachLeaf(out, wholeOf(out), kindOf(out), 0, func(f leaf) bool {
		h := f.hashIn(out)
		l.came.add(h)
		if inPlace {
			l.placed.add(h ^ f.place)
		}
		return true
	})
}

// stays reports whether a leaf was not meant to be replaced.
func (l *Check) stays(src []byte, f leaf) bool {
	if len(l.kept) == 0 && len(l.placed) == 0 {
		return false
	}
	h := f.hashIn(src)
	return l.kept.has(h) && l.came.has(h) || l.placed.has(h^f.place) && !l.given.has(h)
}

// TookName notes the name of a map's member, which a transformer was given.
func (l *Check) TookName(src []byte, at wire.Span, name, out []byte, from Source) {
	if l == nil {
		return
	}
	if l.nested > 0 {
		l.TookPart(name, out, from)
		return
	}
	l.placeParts(at.Start)
	if !l.kept.hasAll(name) || !l.kept.hasAll(out) {
		l.originals = append(l.originals, original{raw: src[at.Start:at.End], of: at.Start, kind: wire.S, name: true, Source: from})
	}
	l.forget()
}

// TookPart notes a part of the current value, from which a transformer made out.
func (l *Check) TookPart(v, out []byte, from Source) {
	if l == nil || l.kept.hasAll(v) && l.kept.hasAll(out) {
		return
	}
	eachLeaf(v, wholeOf(v), kindOf(v), 0, func(f leaf) bool {
		raw := slices.Clone(v[f.at.Start:f.at.End]) // the value may be one that is made anew for each member of a set
		l.parts = append(l.parts, original{raw: raw, kind: f.kind, part: true, Source: from})
		return true
	})
}

// DrewPart notes a value, drawn or fixed, that a transformer may make a part of its result.
func (l *Check) DrewPart(v []byte, by Making) {
	if l != nil && len(v) > 0 && by != Made {
		l.within = append(l.within, piece{slices.Clone(v), by == Fixed})
	}
}

// TookWithin notes what the rules within a value noted; out is their result.
func (l *Check) TookWithin(inner *Check, out []byte) {
	if l == nil {
		return
	}
	for _, o := range inner.originals {
		o.part = true
		l.parts = append(l.parts, o)
	}
	for _, r := range inner.results {
		if r.by != Made {
			l.within = append(l.within, piece{out[r.at.Start:r.at.End], r.by == Fixed})
		}
	}
	l.within = append(l.within, inner.within...)
}

// Keep notes what Passthrough kept within a transformer.
func (l *Check) Keep(v []byte) {
	if l == nil {
		return
	}
	eachLeaf(v, wholeOf(v), kindOf(v), 0, func(f leaf) bool {
		if h := f.hashIn(v); !l.kept.has(h) {
			l.kept.add(h)
			l.keeping = append(l.keeping, h)
		}
		return true
	})
}

// Meant reports whether a part that came out as out did not just stay as it was: it
// changed, was kept or was drawn.
func (l *Check) Meant(v, out []byte) bool {
	return l == nil || !bytes.Equal(v, out) || l.kept.hasAll(v) ||
		slices.ContainsFunc(l.within, func(p piece) bool { return bytes.Equal(p.raw, out) })
}

// DrewAll reports whether a drawn result is at the place of every original. What was
// written must be as long as what was read.
func (l *Check) DrewAll() bool {
	l.skipped = 0
	return !slices.ContainsFunc(l.originals, func(o original) bool {
		r := l.resultAt(leaf{at: wire.Span{Start: o.of}})
		return r == nil || r.by == Made
	})
}

// Give notes what Each gives to the transformer in it.
func (l *Check) Give(v []byte) {
	if l != nil && !kindOf(v).IsContainer() {
		l.given.addLeaves(v)
	}
}

// Wrote notes a result, the end of what is written from start on.
func (l *Check) Wrote(dst []byte, start int, by Making) {
	switch {
	case l == nil:
	case l.nested == 0:
		l.results = append(l.results, result{wire.Span{Start: uint32(start), End: uint32(len(dst))}, by})
	default:
		l.DrewPart(dst[start:], by)
	}
}

// Rewound forgets results that are no longer written: only n bytes are. What is
// written within a transformer's value is not in results.
func (l *Check) Rewound(n int) {
	if l == nil || l.nested > 0 {
		return
	}
	for len(l.results) > 0 && int(l.results[len(l.results)-1].at.End) > n {
		l.results = l.results[:len(l.results)-1]
	}
}

// Inserted moves the results behind a value that was put into an item of that
// many bytes.
func (l *Check) Inserted(before int, item []byte, at []wire.Step, by Making) {
	if l == nil {
		return
	}
	v, _ := wire.Find(item, at)
	grown := uint32(len(item) - before)
	i := 0
	for j := range l.results {
		r := &l.results[j]
		if r.at.Start+grown < v.End {
			i = j + 1
			continue
		}
		r.at = r.at.Shift(grown)
	}
	l.results = slices.Insert(l.results, i, result{v, by})
}

// EnterPart and leavePart bracket the work of the default on a part of a value
// that a transformer holds: what it is given is not noted, since the transformer's
// whole value is, and what it draws is known by its value.
func (l *Check) EnterPart() {
	if l != nil {
		l.nested++
	}
}

func (l *Check) LeavePart() {
	if l != nil {
		l.nested--
	}
}

// A leafSet is a set of hashes of leaves.
type leafSet map[uint64]struct{}

func (s leafSet) add(h uint64) { s[h] = struct{}{} }

// empty empties the set. Most are empty already.
func (s leafSet) empty() {
	if len(s) > 0 {
		clear(s)
	}
}

func (s leafSet) has(h uint64) bool {
	_, ok := s[h]
	return ok
}

// addLeaves adds the leaves of a value.
func (s leafSet) addLeaves(raw []byte) {
	if len(raw) == 0 {
		return
	}
	eachLeaf(raw, wholeOf(raw), wire.KindOf(raw), 0, func(f leaf) bool {
		s.add(f.hashIn(raw))
		return true
	})
}

// hasAll reports whether every leaf of a value is in s.
func (s leafSet) hasAll(v []byte) bool {
	return len(s) > 0 && eachLeaf(v, wholeOf(v), kindOf(v), 0, func(f leaf) bool { return s.has(f.hashIn(v)) })
}

// A leaf is a string, number or binary, a member of a set, or a name.
type leaf struct {
	at    wire.Span // between its quotes
	kind  wire.Kind // S, N or B
	name  bool
	place uint64 // a hash of the names that lead to it
}

var leafSeed = maphash.MakeSeed()

// hashIn returns a hash of the leaf's kind and value.
func (f leaf) hashIn(b []byte) uint64 {
	raw := b[f.at.Start:f.at.End]
	var scratch [64]byte
	switch {
	case f.kind == wire.N:
		if normal, err := wire.AppendNumber(scratch[:0], raw); err == nil {
			raw = normal
		}
	case slices.Contains(raw, '\\'):
		raw = wire.AppendUnquote(scratch[:0], raw)
	}
	return maphash.Bytes(leafSeed, raw) + uint64(f.kind)
}

// appendLeaf appends what stands between the quotes of a leaf, decoded.
func appendLeaf(dst, raw []byte, kind wire.Kind) []byte {
	n := len(dst)
	if slices.Contains(raw, '\\') {
		dst = wire.AppendUnquote(dst, raw)
	} else {
		dst = append(dst, raw...)
	}
	if kind != wire.B {
		return dst
	}
	size, err := base64.StdEncoding.Decode(dst[n:], dst[n:])
	if err != nil {
		return dst[:n]
	}
	return dst[:n+size]
}

func wholeOf(b []byte) wire.Span { return wire.Span{End: uint32(len(b))} }

// placeless is the place of leaves whose place does not matter.
const placeless = math.MaxUint64

// eachItemLeaf calls fn for each leaf of an item, the names of its attributes too,
// in order, until fn returns false. The leaves have no place.
func eachItemLeaf(item []byte, fn func(leaf) bool) bool {
	return eachMemberLeaf(item, 0, wire.ItemMembers(item), placeless, fn)
}

// eachLeaf calls fn for each leaf of the value at v, in order, until fn returns false.
func eachLeaf(b []byte, v wire.Span, kind wire.Kind, place uint64, fn func(leaf) bool) bool {
	if kind == wire.S || kind == wire.N || kind == wire.B {
		return fn(leaf{at: scalarAt(b, v), kind: kind, place: place})
	}
	value := b[v.Start:v.End]
	switch elem, isSet := kind.Element(); {
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
	case kind == wire.M:
		return eachMemberLeaf(b, v.Start, wire.MembersOf(value), place, fn)
	case kind == wire.L:
		for it := wire.ElementsOf(value); ; {
			s, ok := it.Next()
			if !ok {
				return true
			}
			if !eachLeaf(b, s.Shift(v.Start), wire.KindOf(s.Of(value)), below(place, 1), fn) {
				return false
			}
		}
	}
	return true
}

// scalarAt returns where the text of a string, number or binary is, between its quotes.
func scalarAt(b []byte, v wire.Span) wire.Span {
	value := b[v.Start:v.End]
	if n := len(value); n > 7 && string(value[3:6]) == `":"` && value[n-2] == '"' { // {"S":"…"}
		return wire.Span{Start: v.Start + 6, End: v.End - 2}
	}
	_, payload := wire.Payload(value)
	start := v.Start + uint32(cap(value)-cap(payload)) // payload is a part of value
	return wire.Span{Start: start + 1, End: start + uint32(len(payload)) - 1}
}

func eachMemberLeaf(b []byte, base uint32, it wire.Members, place uint64, fn func(leaf) bool) bool {
	for {
		a, ok := it.Next()
		if !ok {
			return true
		}
		name := leaf{at: a.Name.Shift(base), kind: wire.S, name: true}
		if !fn(name) {
			return false
		}
		inside := place
		if place != placeless {
			inside = below(place, name.hashIn(b))
		}
		if !eachLeaf(b, a.Value.Shift(base), a.Kind, inside, fn) {
			return false
		}
	}
}

// below returns the place of what a step leads to.
func below(place, step uint64) uint64 {
	if place == placeless {
		return place
	}
	return (place + step) * 0x9E3779B97F4A7C15
}
