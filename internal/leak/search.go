package leak

import (
	"bytes"
	"hash/maphash"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/nothing"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Finding is where an original still stands.
type Finding struct {
	At   uint32    // of the value or name in the item that was searched
	Kind wire.Kind // S, N or B
	Name bool      // it stands in the name of a member

	From     uint32 // where the original's value stood in the source
	FromPart bool   // the original is a part of that
	FromName bool   // the original is the name of a member
	Base64   bool   // it stands there in base64
}

// Search searches item for the originals of an item that stood in read. Written is what
// the rules wrote; it is the same slice as item unless something made the item anew after
// them. Each find is reported, until report returns an error.
func (l *Check) Search(written, read, item []byte, report func(Finding) error) error {
	if !l.index() {
		return nil
	}
	l.written, l.read, l.item = written, read, item
	l.collected, l.skipped = false, 0
	clear(l.leaves)
	l.moved = len(item) > 0 && &item[0] != &written[0]
	var err error
	eachItemLeaf(item, func(f leaf) bool {
		if r := l.resultAt(f); r != nil && r.drawn {
			return true
		}
		if found, ok := l.search(item, f); ok {
			from := l.originals[found.original]
			err = report(Finding{f.at.Start, f.kind, f.name, from.of, from.part, from.name, found.base64})
		}
		return err == nil
	})
	return err
}

// index makes needles of the originals. It returns false if there are none.
func (l *Check) index() bool {
	if len(l.originals) == 0 {
		return false
	}
	l.set.reset()
	clear(l.numbers)
	l.needles, l.binary = l.needles[:0], false
	for i, o := range l.originals {
		l.text = appendLeaf(l.text[:0], o.raw, o.kind)
		switch o.kind {
		case wire.N:
			l.addNumber(i)
		case wire.B:
			l.addBinary(i)
		default:
			if utf8.RuneCount(l.text) >= l.min {
				l.folded = appendFold(l.folded[:0], l.text)
				l.addNeedle(i, l.folded, false)
			}
		}
	}
	return len(l.needles) > 0
}

// addNumber makes needles of the number in l.text: as it is written, in plain
// digits, and its value.
func (l *Check) addNumber(i int) {
	digits := unsigned(l.text)
	if len(digits) < l.min {
		return
	}
	l.folded = appendFold(l.folded[:0], digits)
	l.addNeedle(i, l.folded, true)
	value, err := wire.AppendNumber(l.folded[:0], l.text)
	if err != nil { // out of DynamoDB's range: it has no plain form
		return
	}
	l.folded = value
	l.numbers[maphash.Bytes(leafSeed, value)] = i
	if plain := unsigned(value); len(plain) >= l.min {
		l.addNeedle(i, plain, true)
	}
}

// addBinary makes needles of the bytes in l.text: folded as those of a string are,
// and as bytes.
func (l *Check) addBinary(i int) {
	if len(l.text) < l.min {
		return
	}
	l.folded = appendFold(l.folded[:0], l.text)
	l.addNeedle(i, l.folded, false)
	if slices.ContainsFunc(l.text, func(c byte) bool { return c >= utf8.RuneSelf }) {
		l.binary = true
		l.folded = appendFoldASCII(l.folded[:0], l.text)
		l.addNeedle(i, l.folded, false)
	}
}

// addNeedle adds a form of an original. One that may stand anywhere takes the
// place of one that may not.
func (l *Check) addNeedle(original int, text []byte, whole bool) {
	if len(text) == 0 {
		return
	}
	end := l.set.add(text)
	if end.needle > 0 && (whole || !l.needles[end.needle-1].whole) {
		return
	}
	l.needles = append(l.needles, needle{original, len(text), whole})
	end.needle = uint32(len(l.needles))
}

func unsigned(number []byte) []byte {
	if len(number) > 0 && (number[0] == '-' || number[0] == '+') {
		return number[1:]
	}
	return number
}

// A finding is an original that was found.
type finding struct {
	original int
	base64   bool
}

// search looks for the originals in a leaf.
func (l *Check) search(item []byte, f leaf) (finding, bool) {
	l.leaf, l.chance = f, unknownDrawn
	l.text = appendLeaf(l.text[:0], item[f.at.Start:f.at.End], f.kind)
	if f.kind == wire.B {
		return l.searchBytes(l.text)
	}
	if f.kind == wire.N {
		return l.searchNumber()
	}
	return l.searchText()
}

// maxEscaped is how deep in one another texts of JSON are searched.
const maxEscaped = 4

// searchText looks for the originals in l.text, in what the escapes of JSON in it
// stand for, and in turn in what those in that do; and in the base64 of each.
func (l *Check) searchText() (finding, bool) {
	text := l.text
	for depth := 0; ; depth++ {
		l.folded = appendFold(l.folded[:0], text)
		if found, ok := l.searchFolded(); ok {
			return found, true
		}
		if found, ok := l.searchBase64(text); ok || depth == maxEscaped || !slices.Contains(text, '\\') {
			return found, ok
		}
		l.unescaped = appendUnescaped(l.unescaped[:0], text)
		text = l.unescaped
	}
}

// appendUnescaped appends text with what the escapes of JSON in it stand for. What is
// no escape stays. The result is no longer than text, which dst may share its
// beginning with.
func appendUnescaped(dst, text []byte) []byte {
	for {
		n := bytes.IndexByte(text, '\\')
		if n < 0 {
			return append(dst, text...)
		}
		dst, text = append(dst, text[:n]...), text[n:]
		r, n := escaped(text)
		if n == 0 {
			dst, text = append(dst, '\\'), text[1:]
			continue
		}
		dst, text = utf8.AppendRune(dst, r), text[n:]
	}
}

// escaped returns the character of the escape that text begins with, and how many
// bytes it takes, 0 if it is none.
func escaped(text []byte) (r rune, n int) {
	if len(text) < 2 {
		return 0, 0
	}
	if i := strings.IndexByte("\"\\/bfnrt", text[1]); i >= 0 {
		return rune("\"\\/\b\f\n\r\t"[i]), 2
	}
	if r = codeUnit(text); r < 0 {
		return 0, 0
	}
	if pair := utf16.DecodeRune(r, codeUnit(text[6:])); pair != utf8.RuneError {
		return pair, 12
	}
	return r, 6
}

// codeUnit returns what the \u that text begins with stands for, -1 if there is none.
func codeUnit(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	v, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(v)
}

// searchFolded looks for the originals in l.folded.
func (l *Check) searchFolded() (found finding, ok bool) {
	text := l.folded
	l.reach = l.reach[:0]
	l.set.walk(text, func(v uint32, end int) bool {
		for ; v != 0; v = l.set.nodes[v].dict {
			n := l.needles[l.set.nodes[v].needle-1]
			start := end - n.n
			if n.whole && l.withinNumber(text, start, end) || nothing.Value(string(text[start:end])) {
				continue
			}
			if l.isChance(text, start, end) {
				break // so are all that are shorter and end here
			}
			found, ok = finding{original: n.original}, true
			return false
		}
		return true
	})
	return found, ok
}

// withinNumber reports whether [start, end) of the text is a part of a number. In an
// N, decimals belong to it; in other text a point may be anything.
func (l *Check) withinNumber(text []byte, start, end int) bool {
	belongs := func(at int) bool {
		return at >= 0 && at < len(text) && (isDigit(text[at]) || text[at] == '.' && l.leaf.kind == wire.N)
	}
	return belongs(start-1) || belongs(end)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// searchNumber looks for the originals in the number in l.text, and for one of its
// value.
func (l *Check) searchNumber() (finding, bool) {
	l.folded = appendFold(l.folded[:0], l.text)
	if found, ok := l.searchFolded(); ok {
		return found, true
	}
	value, err := wire.AppendNumber(l.folded[:0], l.text)
	if err != nil {
		return finding{}, false
	}
	l.folded = value
	i, ok := l.numbers[maphash.Bytes(leafSeed, value)]
	return finding{original: i}, ok && l.chanceOf() != allDrawn && !nothing.Value(string(value))
}

// A chance says how much of a leaf may be drawn.
type chance uint8

const (
	unknownDrawn chance = iota
	nothingDrawn
	partsDrawn
	allDrawn
)

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
	if !l.moved && (l.resultAt(l.leaf) == nil || l.leaf.name && l.wasRead()) {
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

// isChance reports whether an original in text[start:end] is within a drawn text.
func (l *Check) isChance(text []byte, start, end int) bool {
	c := l.chanceOf()
	return c == allDrawn || c == partsDrawn && l.covered(text, start, end)
}

// covered reports whether a drawn text contains text[start:end]. l.reach[i] is the least
// start of a drawn text that ends at i or later.
func (l *Check) covered(text []byte, start, end int) bool {
	if len(l.reach) == 0 {
		for range len(text) + 1 {
			l.reach = append(l.reach, math.MaxUint32)
		}
		l.drawn.walk(text, func(v uint32, end int) bool {
			l.reach[end] = uint32(end) - l.drawn.nodes[v].needle
			return true
		})
		for i := len(text) - 1; i >= 0; i-- {
			l.reach[i] = min(l.reach[i], l.reach[i+1])
		}
	}
	return l.reach[end] <= uint32(start)
}

// collect collects what was drawn.
func (l *Check) collect() {
	if l.collected {
		return
	}
	l.collected = true
	l.drawn.reset()
	clear(l.whole)
	for _, r := range l.results {
		if r.drawn {
			l.collectFrom(l.written[r.at.Start:r.at.End])
		}
	}
	for _, raw := range l.within {
		l.collectFrom(raw)
	}
}

// collectFrom collects the texts of a drawn value, or of a name in its quotes.
func (l *Check) collectFrom(raw []byte) {
	var text, folded []byte
	add := func(f leaf) bool {
		text = appendLeaf(text[:0], raw[f.at.Start:f.at.End], f.kind)
		folded = appendFold(folded[:0], text)
		l.addDrawn(folded)
		if f.kind == wire.B {
			folded = appendFoldASCII(folded[:0], text)
			l.addDrawn(folded)
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

func (l *Check) addDrawn(folded []byte) {
	if len(folded) > 0 {
		l.drawn.add(folded).needle = uint32(len(folded))
	}
}

// searchBytes looks for the originals in bytes that may be text or not.
func (l *Check) searchBytes(b []byte) (finding, bool) {
	l.folded = appendFold(l.folded[:0], b)
	if found, ok := l.searchFolded(); ok || !l.binary {
		return found, ok
	}
	l.folded = appendFoldASCII(l.folded[:0], b)
	return l.searchFolded()
}

// minBase64 is how long a run of base64's characters, with its padding, is to be
// worth a look.
const minBase64 = 8

// minLine is how many characters of base64 a line has at least that goes on in the
// next: 64 in PEM (RFC 7468), 76 in MIME (RFC 2045), or somewhat less.
const minLine = 60

// searchBase64 looks for the originals in what the base64 in a text stands for, in
// one line or several.
func (l *Check) searchBase64(text []byte) (found finding, ok bool) {
	l.lines = l.lines[:0]
	for i := 0; i < len(text) && !ok; i++ {
		start := i
		for i < len(text) && base64Digit[text[i]] >= 0 {
			i++
		}
		run := text[start:i]
		if len(run)+padding(text[i:]) >= minBase64 {
			found, ok = l.searchRun(run)
		}
		wrapped := 0
		if len(run) >= minLine {
			wrapped = lineBreak(text[i:])
		}
		switch {
		case ok:
		case wrapped > 0:
			l.lines = append(l.lines, run...)
			i += wrapped - 1
		case len(l.lines) > 0:
			found, ok = l.searchRun(append(l.lines, run...))
			l.lines = l.lines[:0]
		}
	}
	if !ok && len(l.lines) > 0 {
		found, ok = l.searchRun(l.lines)
	}
	found.base64 = ok
	return found, ok
}

// lineBreak returns how many bytes the line break has that text begins with.
func lineBreak(text []byte) int {
	switch {
	case bytes.HasPrefix(text, []byte("\r\n")):
		return 2
	case bytes.HasPrefix(text, []byte("\n")), bytes.HasPrefix(text, []byte("\r")):
		return 1
	}
	return 0
}

// padding returns how many characters of padding stand in front.
func padding(text []byte) int {
	n := 0
	for n < min(2, len(text)) && text[n] == '=' {
		n++
	}
	return n
}

// searchRun decodes a run from its beginning and, since the characters that
// separate words and segments of paths are base64 too, from behind each of those.
func (l *Check) searchRun(run []byte) (finding, bool) {
	for at, starts := range base64Starts(run) {
		if !starts {
			continue
		}
		l.decoded = appendBase64(l.decoded[:0], run[at:])
		if found, ok := l.searchBytes(l.decoded); ok {
			return found, true
		}
	}
	return finding{}, false
}

// base64Starts returns where, modulo 4, base64 can begin in a run.
func base64Starts(run []byte) [4]bool {
	starts := [4]bool{true}
	for i, c := range run {
		if base64Digit[c] >= 62 {
			starts[(i+1)&3] = true
		}
	}
	return starts
}

// appendBase64 appends what digits of either alphabet stand for.
func appendBase64(dst, run []byte) []byte {
	for ; len(run) >= 4; run = run[4:] {
		v := uint32(base64Digit[run[0]])<<18 | uint32(base64Digit[run[1]])<<12 | uint32(base64Digit[run[2]])<<6 | uint32(base64Digit[run[3]])
		dst = append(dst, byte(v>>16), byte(v>>8), byte(v))
	}
	switch len(run) {
	case 2:
		dst = append(dst, byte(base64Digit[run[0]])<<2|byte(base64Digit[run[1]])>>4)
	case 3:
		v := uint32(base64Digit[run[0]])<<10 | uint32(base64Digit[run[1]])<<4 | uint32(base64Digit[run[2]])>>2
		dst = append(dst, byte(v>>8), byte(v))
	}
	return dst
}

// base64Digit is the value of a digit of either alphabet, -1 for all other bytes.
var base64Digit = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = int8(i)
	}
	t['-'], t['_'] = 62, 63
	return t
}()

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
