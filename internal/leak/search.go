package leak

import (
	"bytes"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/nothing"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Finding is where an original still stands.
type Finding struct {
	At   uint32    // of the value or name in the item that was searched
	Kind wire.Kind // S, N or B
	Name bool      // it stands in the name of a member

	From     uint32    // where the original's value stood in the source
	FromKind wire.Kind // of the original
	FromPart bool      // the original is a part of that
	FromName bool      // the original is the name of a member
	Encoded  bool      // it stands there in an encoding, such as base64

	// Counted says that the find does not fail the item: the original is one of the default
	// that says little of anybody.
	Counted bool
	// Cut says that nothing was found, and that the item was not searched to the end: its
	// values are encoded more often or to more bytes than are decoded.
	Cut bool
}

// A searcher is what a Check needs to search an item.
type searcher struct {
	letters channel // searches letters and digits
	numbers channel // searches digits
	bytes   channel // searches texts as they are
	decoder

	own, spelt skeleton // of an original, and of another way to write it
	scratch    []byte
	plain      []byte
	day        date   // of an original
	pairs      []byte // an original with two letters for each umlaut
	text       []byte // a leaf, decoded

	skipped int    // of results: those in front of the leaf at hand
	moved   bool   // the search is in item, and results describe written
	written []byte // the item that results describe
	read    []byte // the item as it was read
	readAt  uint32 // where that stood in the source
	item    []byte // that is searched
	leaf    leaf   // that is searched
	result  *result
	chance  chance // of the leaf
	at      *layer // of the leaf, that is searched
	found   []found
	names   nameCache
	nothing map[string]bool // texts that were found: whether each says that there is no value

	// What was drawn, collected when something is found where it may stand.
	collected bool
	drawn     needleSet // the skeletons; a needle's number is its length
	fixed     needleSet // of those, what is always the same
	whole     leafSet   // the leaves
	leaves    leafSet   // of the item as it was read, collected when moved or for names
	reach     reach     // of the skeleton that is searched
	fixedTo   reach     // the same of what is fixed

	onBones, onDigits, onBytes func(n *needle, end int) bool
}

// found is an original that was found in a leaf.
type found struct {
	original uint32
	encoded  bool
	counted  bool
}

// start readies what stays.
func (l *Check) start() {
	l.whole, l.leaves = leafSet{}, leafSet{}
	l.names.begin()
	l.search = l.searchLayer
	l.onBones, l.onDigits, l.onBytes = l.foundBones, l.foundDigits, l.foundBytes
}

// Search searches item for the originals of an item that stood in src at read. Written is
// what the rules wrote; it is the same slice as item unless something made the item anew
// after them. Each find is reported, until report returns an error.
func (l *Check) Search(written, src []byte, read wire.Span, item []byte, report func(Finding) error) error {
	if len(l.originals) == 0 {
		return nil
	}
	l.written, l.read, l.readAt, l.item = written, read.Of(src), read.Start, item
	l.moved = len(item) > 0 && &item[0] != &written[0]
	l.collected = false
	l.leaves.empty()
	var err error
	if l.index() {
		l.eachText(func() bool {
			for i := 0; i < len(l.found) && err == nil; i++ {
				err = report(l.finding(&l.found[i]))
			}
			return err == nil
		})
	}
	l.shrink()
	if err == nil && l.cut {
		err = report(Finding{Cut: true})
	}
	return err
}

// eachText searches each leaf of the item, and calls fn behind it, until fn returns false.
func (l *Check) eachText(fn func() bool) {
	l.skipped, l.spent, l.cut = 0, 0, false
	l.names.begin()
	l.eachLeafToSearch(func(f leaf) bool {
		l.searchLeaf(f)
		return fn()
	})
}

// finding returns what was found in the leaf.
func (l *Check) finding(f *found) Finding {
	from := &l.originals[f.original]
	return Finding{
		At: l.leaf.at.Start, Kind: l.leaf.kind, Name: l.leaf.name, Encoded: f.encoded, Counted: f.counted,
		From: from.of, FromKind: from.kind, FromPart: from.part, FromName: from.name,
	}
}

// largest is how many bytes of a decoded text are kept for the next item.
const largest = 1 << 20

// shrink lets go of the memory of large layers.
func (l *Check) shrink() {
	if l.spent < largest {
		return
	}
	for i := range l.layers {
		l.layers[i] = layer{}
	}
}

// searchLeaf looks for the originals in a leaf.
func (l *Check) searchLeaf(f leaf) {
	l.found = l.found[:0]
	l.leaf, l.chance, l.result = f, unknownDrawn, l.resultAt(f)
	raw := l.item[f.at.Start:f.at.End]
	if f.name && l.result == nil && !l.names.holdData(raw) {
		return
	}
	if l.result != nil && l.result.by != Made && (l.result.by == Fixed || len(raw) < chanceLength) {
		return
	}
	t := &l.layers[0]
	l.isBytes = f.kind == wire.B
	if !l.isBytes || len(raw) <= longestID {
		t.read(raw)
	}
	if l.isBytes && len(raw) <= longestID && l.searchLayer(t) { // base64 is one of the ways to write an id
		return
	}
	if l.isBytes || t.traits&hasCode != 0 && bytes.IndexByte(raw, '\\') >= 0 {
		l.text = appendLeaf(l.text[:0], raw, f.kind)
		t.read(l.text)
	}
	switch {
	case l.result != nil && l.result.by == Drawn:
		l.searchLayer(t)
	case f.kind == wire.N:
		l.searchNumber(t)
	default:
		l.followRead(0, t)
	}
}

// longestID is how many characters the bytes of a UUID have in base64.
const longestID = 24

// searchNumber looks for the originals in a number, as it is written and in plain digits.
func (l *Check) searchNumber(t *layer) {
	if l.searchLayer(t) {
		return
	}
	text := t.raw
	if !bytes.ContainsAny(text, "eE") && text[len(text)-1] != '0' {
		return
	}
	plain, err := wire.AppendNumber(l.text[:0], text)
	l.text = plain
	if err == nil && !bytes.Equal(plain, text) {
		t.skeleton.read(plain)
		l.searchLayer(t)
	}
}

// searchLayer looks for the originals in a layer. It returns true to stop.
func (l *Check) searchLayer(t *layer) bool {
	l.at, l.reach, l.fixedTo = t, l.reach[:0], l.fixedTo[:0]
	return len(l.letters.needles) > 0 && l.letters.search(t.bones, all, l.onBones) ||
		len(l.numbers.needles) > 0 && l.numbers.search(t.digits, digitTail, l.onDigits) ||
		len(l.bytes.needles) > 0 && l.bytes.search(t.raw, all, l.onBytes)
}

// hit notes a find in bones[start:end], unless it is chance, or schema. It returns true to
// stop.
func (l *Check) hit(n *needle, start, end int) bool {
	if l.isNoted(n) || l.isChance(start, end) || l.isSchema(n, start, end) {
		return false
	}
	return l.note(n)
}

// isSchema reports whether a find in bones[start:end] is in a name in JSON text that is no
// data. An original that is JSON text itself, with one name and no other letters, is more
// than the name: it is found where all of it stands.
func (l *Check) isSchema(n *needle, start, end int) bool {
	from, to := l.at.span(start, end)
	name := memberName(l.at.raw, from, to)
	if name == nil || isData(name) {
		return false
	}
	whole := l.originals[n.original].text(&l.scratch)
	around := l.at.raw[max(0, from-len(whole)):min(len(l.at.raw), to+len(whole))]
	return len(whole) <= len(name) || !bytes.Contains(around, whole)
}

// mostTexts is how many texts are remembered that were found.
const mostTexts = 256

// isNothing reports whether a text says that there is no value.
func (l *Check) isNothing(text []byte) bool {
	is, known := l.nothing[string(text)]
	if known {
		return is
	}
	if l.nothing == nil || len(l.nothing) == mostTexts {
		l.nothing = map[string]bool{}
	}
	is = nothing.Value(string(text))
	l.nothing[string(text)] = is
	return is
}

// isNoted reports whether the original was found in the leaf already.
func (l *Check) isNoted(n *needle) bool {
	return slices.ContainsFunc(l.found, func(f found) bool { return f.original == n.original })
}

// mostFound is how many originals are told of that are found in one leaf.
const mostFound = 8

// note notes a find. It returns true to stop: if the item fails, or if there are many.
func (l *Check) note(n *needle) bool {
	o := &l.originals[n.original]
	if l.isNoted(n) || l.isNothing(o.text(&l.scratch)) {
		return false
	}
	counted := n.counted || l.isOneOfFew(o)
	fails := !counted && l.Fails
	if fails || len(l.found) < mostFound {
		l.found = append(l.found, found{n.original, l.at != &l.layers[0], counted})
	}
	return fails || !l.Fails && len(l.found) == mostFound
}

// A chance says how much of a leaf may be drawn.
type chance uint8

const (
	unknownDrawn chance = iota
	nothingDrawn
	partsDrawn
	allDrawn
)

// chanceLength is how many letters and digits of an original in a drawn text are no
// chance. A keyed draw makes such a text of 32 hexadecimal digits with a probability of
// 2^-128, and of parts that come from lists with one below that of any shorter text.
const chanceLength = 32

// chanceOf returns how much of the leaf that is searched may be drawn.
func (l *Check) chanceOf() chance {
	if l.chance == unknownDrawn {
		l.chance = l.findChance()
	}
	return l.chance
}

// findChance computes the result of chanceOf. A leaf that no transformer made contains
// nothing drawn. If the record transform rebuilt the item, that is a leaf that the item
// as read contains, unless it is the whole of a drawn result.
func (l *Check) findChance() chance {
	switch {
	case l.result != nil && l.result.by == Drawn:
		return allDrawn
	case !l.moved && (l.result == nil || l.leaf.name && l.wasRead()):
		return nothingDrawn
	}
	l.collect()
	switch {
	case l.whole.has(l.leaf.hashIn(l.item)):
		return allDrawn
	case l.moved && l.wasRead():
		return nothingDrawn
	}
	return partsDrawn
}

// wasRead reports whether the item as it was read has the leaf that is searched.
func (l *Check) wasRead() bool {
	if len(l.leaves) == 0 {
		eachItemLeaf(l.read, func(f leaf) bool {
			l.leaves.add(f.hashIn(l.read))
			return true
		})
	}
	return l.leaves.has(l.leaf.hashIn(l.item))
}

// isChance reports whether an original in bones[start:end] is within a drawn text, and not
// too long for chance, or within a fixed one.
func (l *Check) isChance(start, end int) bool {
	c := l.chanceOf()
	if c == nothingDrawn {
		return false
	}
	if end-start < chanceLength || utf8.RuneCount(l.at.bones[start:end]) < chanceLength {
		return c == allDrawn || l.reach.covers(&l.drawn, l.at.bones, start, end)
	}
	return l.collected && l.fixedTo.covers(&l.fixed, l.at.bones, start, end)
}

// A reach has for each place in a text the least start of a needle that ends there or
// later.
type reach []uint32

// covers reports whether a needle of a set covers text[start:end].
func (r *reach) covers(set *needleSet, text []byte, start, end int) bool {
	if len(set.nodes) == 0 {
		return false
	}
	if len(*r) == 0 {
		*r = slices.Grow(*r, len(text)+1)[:len(text)+1]
		for i := range *r {
			(*r)[i] = math.MaxUint32
		}
		set.walk(text, func(v uint32, end int) bool {
			(*r)[end] = uint32(end) - set.nodes[v].needle
			return true
		})
		for i := len(text) - 1; i >= 0; i-- {
			(*r)[i] = min((*r)[i], (*r)[i+1])
		}
	}
	return (*r)[end] <= uint32(start)
}

// collect collects what was drawn, and what is fixed.
func (l *Check) collect() {
	if l.collected {
		return
	}
	l.collected = true
	l.drawn.reset()
	l.fixed.reset()
	l.whole.empty()
	for _, r := range l.results {
		if r.by != Made {
			l.collectFrom(piece{l.written[r.at.Start:r.at.End], r.by == Fixed})
		}
	}
	for _, p := range l.within {
		l.collectFrom(p)
	}
}

// collectFrom collects the texts of a drawn or fixed value, or of a name in its quotes.
func (l *Check) collectFrom(p piece) {
	raw := p.raw
	add := func(f leaf) bool {
		l.scratch = appendLeaf(l.scratch[:0], raw[f.at.Start:f.at.End], f.kind)
		l.own.readBones(l.scratch)
		if n := uint32(len(l.own.bones)); n > 0 {
			l.drawn.add(l.own.bones).needle = n
			if p.fixed {
				l.fixed.add(l.own.bones).needle = n
			}
		}
		l.whole.add(f.hashIn(raw))
		return true
	}
	if raw[0] == '"' {
		add(leaf{at: wire.Span{Start: 1, End: uint32(len(raw) - 1)}, kind: wire.S})
		return
	}
	eachLeaf(raw, wholeOf(raw), wire.KindOf(raw), 0, add)
}

// resultAt returns the result that a leaf of the item to write is of, or nil. Leaves
// come in order.
func (l *Check) resultAt(f leaf) *result {
	for l.skipped < len(l.results) && l.results[l.skipped].at.End <= f.at.Start {
		l.skipped++
	}
	if l.moved || l.skipped == len(l.results) || l.results[l.skipped].at.Start > f.at.Start {
		return nil
	}
	return &l.results[l.skipped]
}
