package leak

import (
	"bytes"
	"math"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/wire"
)

// all says that the whole of each needle is searched.
const all = math.MaxInt

// index makes needles of the originals. It returns false if there are none.
func (l *Check) index() bool {
	l.letters.reset()
	l.numbers.reset()
	l.bytes.reset()
	l.binary = false
	for i := range l.originals {
		l.add(i)
	}
	l.least = min(l.letters.prepare(all), l.numbers.prepare(digitTail), l.bytes.prepare(all))
	l.stretch = min(max(l.least, leastText), longestText)
	return l.least != all
}

// add makes needles of an original.
func (l *Check) add(i int) {
	o := &l.originals[i]
	text := o.text(&l.scratch)
	switch o.kind {
	case wire.N:
		l.addNumber(i, text)
	case wire.B:
		l.addBinary(i, text)
	default:
		if utf8.RuneCount(text) >= l.min {
			l.addText(i, text)
		}
	}
}

// text returns what stands between the quotes of an original, decoded.
func (o *original) text(scratch *[]byte) []byte {
	if o.kind != wire.B && bytes.IndexByte(o.raw, '\\') < 0 {
		return o.raw
	}
	*scratch = appendLeaf((*scratch)[:0], o.raw, o.kind)
	return *scratch
}

// shortest is how many characters an original of the default has at least whose find
// fails the item.
const shortest = 6

// isCounted reports whether a find of an original is only counted: it says little of
// anybody, and stands elsewhere by accident.
func (o *original) isCounted(text []byte) bool {
	return o.Default && (len(text) < shortest || utf8.RuneCount(text) < shortest || isTime(text))
}

// isTime reports whether a text is a date or a time, or a number that is an epoch of
// these years.
func isTime(text []byte) bool {
	if isNamedDate(text) {
		return true
	}
	if len(text) == 0 || !isDigit(text[0]) {
		return false
	}
	digits, marks := 0, 0
	for i, c := range text {
		switch {
		case isDigit(c):
			digits++
		case c == '-' || c == ':' || c == '.' || c == '/':
			marks++
		case c == 'T' || c == 't' || c == 'Z' || c == 'z' || c == ' ' || c == '+':
		case i > 0 && marks >= 2 && (c|0x20 >= 'a' && c|0x20 <= 'z' || c == '[' || c == ']'): // a zone
		default:
			return false
		}
	}
	if marks >= 2 {
		var d date
		return d.read(text) > 0 || digits <= 9 && bytes.IndexByte(text, ':') > 0
	}
	return marks == 0 && digits == len(text) && isEpoch(text)
}

// isEpoch reports whether a number counts the seconds since 1970, or parts of them, up to
// a time from 2001 to 2036.
func isEpoch(digits []byte) bool {
	switch len(digits) {
	case 10, 13, 16, 19:
		return digits[0] == '1' || digits[0] == '2' && digits[1] == '0'
	}
	return false
}

// addText makes needles of a string.
func (l *Check) addText(i int, text []byte) {
	counted := l.originals[i].isCounted(text)
	s := &l.own
	s.readBones(text)
	switch {
	case len(s.bones) < min(l.min, window):
		l.bytes.add(i, text, asIs, counted)
		return
	case len(s.digits) == len(s.bones):
		l.numbers.add(i, s.digits, asIs, counted)
		l.addEpoch(i, text, counted)
	case s.traits&hasSign != 0 && !counted && l.addAddress(i, text, s):
	default:
		l.letters.add(i, s.bones, asIs, counted)
	}
	if !counted && (s.traits&(hasSpace|hasColon|hasPoint|isBeyond) != 0 || len(text) == 8) {
		l.respell(i, text, s)
	}
}

// addNumber makes needles of a number: of its digits, and of its text if that has an
// exponent.
func (l *Check) addNumber(i int, text []byte) {
	digits := unsigned(text)
	if len(digits) < l.min {
		return
	}
	counted := l.originals[i].isCounted(text)
	if bytes.ContainsAny(digits, "eE") {
		l.own.readBones(digits)
		l.letters.add(i, l.own.bones, number, counted)
	}
	plain, err := wire.AppendNumber(l.plain[:0], text)
	if err != nil { // out of DynamoDB's range: it has no plain form
		plain = append(plain, text...)
	}
	l.plain = plain
	plain = unsigned(plain)
	if len(plain) < l.min {
		plain = digits
	}
	l.own.readBones(plain)
	l.numbers.add(i, l.own.digits, number, counted)
	l.addEpoch(i, digits, counted)
}

// addEpoch makes a needle of the year of an epoch.
func (l *Check) addEpoch(i int, digits []byte, counted bool) {
	if !counted && l.day.readEpoch(digits) {
		sp := speller{l: l, original: i, buf: l.plain}
		sp.year(&l.day)
		l.plain = sp.buf
	}
}

// addBinary makes needles of the bytes of a binary, as of a string if they are one.
func (l *Check) addBinary(i int, data []byte) {
	switch {
	case len(data) < l.min:
	case utf8.Valid(data):
		l.addText(i, data)
	default:
		l.binary = true
		l.bytes.add(i, data, asIs, l.originals[i].isCounted(data))
	}
}

func unsigned(number []byte) []byte {
	if len(number) > 0 && (number[0] == '-' || number[0] == '+') {
		return number[1:]
	}
	return number
}
