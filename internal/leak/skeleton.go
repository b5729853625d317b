package leak

import (
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/fold"
)

// A skeleton is what is left of a text where only letters and digits count. A value has
// the same skeleton in all of its spellings that differ in case, accents, separators and
// invisible characters.
type skeleton struct {
	raw    []byte // the text
	bones  []byte // its letters and digits, folded
	digits []byte // the digits of bones
	traits traits // of all characters
	shapes shapes // that encodings may have

	at      []uint32 // where in raw the character of each byte of bones is, and the end; see mapped
	digitAt []uint32 // where in bones each digit is
}

// traits are what a text has, as bits.
type traits uint8

const (
	isBone   traits = 1 << iota // a letter or digit
	hasDigit                    // a digit
	hasCode                     // what escapes begin with
	hasSpace                    // a space or a comma
	hasSign                     // an @
	hasColon                    // a colon
	hasPoint                    // a point, hyphen or slash
	isBeyond                    // it is not ASCII
)

// traitsOf has the traits of each byte.
var traitsOf = func() (of [256]traits) {
	for b := range of {
		switch c := byte(b); {
		case '0' <= c && c <= '9':
			of[b] = isBone | hasDigit
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			of[b] = isBone
		case c == '%' || c == '&' || c == '\\' || c == '=':
			of[b] = hasCode
		case c == ' ' || c == ',':
			of[b] = hasSpace
		case c == '@':
			of[b] = hasSign
		case c == ':':
			of[b] = hasColon
		case c == '.' || c == '-' || c == '/':
			of[b] = hasPoint
		case c >= utf8.RuneSelf:
			of[b] = isBeyond
		}
	}
	return of
}()

// shapes are rows of characters that encodings may have, as bits of a number for each
// character: bit i of a row stands for its character i ("shift-and", Baeza-Yates and Gonnet,
// "A new approach to text searching", 1992). The bits below are those of traits.
type shapes uint64

const (
	firstRun   = 8                    // of base64
	firstHex   = firstRun + minBase64 // hexadecimal digits
	firstPairs = firstHex + minHex    // pairs of them, with a mark between two
	lastPairs  = firstPairs + minHex/2*3 - 2

	shapesBegin = 1<<firstRun | 1<<firstHex | 1<<firstPairs

	// What a text has if it has the whole row.
	hasRun   = 1 << (firstHex - 1)
	hasHex   = 1 << (firstPairs - 1)
	hasPairs = 1 << lastPairs
)

// bytesOf has the traits of each byte, and its places in shapes.
var bytesOf = func() (of [256]uint64) {
	for c := range of {
		of[c] = uint64(traitsOf[c])
		if base64Digit[c] >= 0 {
			of[c] |= 1<<firstHex - 1<<firstRun
		}
		if hexDigit[c] >= 0 {
			of[c] |= 1<<firstPairs - 1<<firstHex
		}
		for at := firstPairs; at <= lastPairs; at++ {
			if isMark := (at-firstPairs)%3 == 2; isMark && isPairMark[c] || !isMark && hexDigit[c] >= 0 {
				of[c] |= 1 << at
			}
		}
	}
	return of
}()

// lower has each byte of ASCII in lower case.
var lower = func() (t [256]byte) {
	for c := range t {
		t[c] = byte(c)
		if 'A' <= c && c <= 'Z' {
			t[c] += 'a' - 'A'
		}
	}
	return t
}()

// read makes the skeleton of a text, which it borrows, and finds the shapes in it.
func (s *skeleton) read(raw []byte) {
	bones, n := s.room(raw), 0
	seen, row, rows := uint64(0), uint64(0), uint64(0)
	for _, c := range raw {
		b := bytesOf[c]
		seen |= b
		row = (row<<1 | shapesBegin) & b
		rows |= row
		bones[n] = c | 0x20 // a letter in lower case, or a digit
		n += int(b & uint64(isBone))
	}
	s.shapes = shapes(rows)
	s.finish(raw, n, traits(seen))
}

// readBones makes the skeleton of a text, which it borrows, without its shapes.
func (s *skeleton) readBones(raw []byte) {
	bones, n := s.room(raw), 0
	seen := traits(0)
	for _, c := range raw {
		t := traitsOf[c]
		seen |= t
		bones[n] = c | 0x20
		n += int(t & isBone)
	}
	s.finish(raw, n, seen)
}

// room returns the memory for the bones of a text of ASCII.
func (s *skeleton) room(raw []byte) []byte {
	if cap(s.bones) < len(raw) {
		s.bones = make([]byte, 0, 2*len(raw)+64)
	}
	return s.bones[:cap(s.bones)]
}

// finish finishes the skeleton of a text that was read as if it were ASCII, with n bones.
func (s *skeleton) finish(raw []byte, n int, seen traits) {
	s.bones = s.bones[:n]
	if seen&isBeyond != 0 {
		seen |= appendBeyond(&s.bones, 0, raw)
		s.shapes = hasRun | hasHex | hasPairs
	}
	s.raw, s.traits = raw, seen
	s.at, s.digitAt = s.at[:0], s.digitAt[:0]
	if seen&hasDigit != 0 {
		s.readDigits()
	} else {
		s.digits = s.digits[:0]
	}
}

// readDigits finds the digits of the bones.
func (s *skeleton) readDigits() {
	if cap(s.digits) < len(s.bones) {
		s.digits = make([]byte, 0, 2*len(s.bones)+64)
	}
	digits := s.digits[:cap(s.digits)]
	m := 0
	for _, c := range s.bones {
		digits[m] = c
		m += int(traitsOf[c] >> 1 & 1)
	}
	s.digits = digits[:m]
}

// appendBeyond appends the bones of a text that is not of ASCII to n bones, and returns its
// traits.
func appendBeyond(to *[]byte, n int, raw []byte) (seen traits) {
	bones := (*to)[:n]
	for len(raw) > 0 {
		c := raw[0]
		t := traitsOf[c]
		seen |= t
		if t&isBeyond == 0 {
			if t&isBone != 0 {
				bones = append(bones, lower[c])
			}
			raw = raw[1:]
			continue
		}
		r, size := decodeRune(raw)
		if r != utf8.RuneError {
			n := len(bones)
			bones = fold.AppendSkeleton(bones, r)
			if len(bones) > n && isDigit(bones[n]) {
				seen |= hasDigit
			}
		}
		raw = raw[size:]
	}
	*to = bones
	return seen
}

// decodeRune returns the first character of a text and its bytes. What is no UTF-8 may be a
// letter of ISO 8859-1, as in old URLs and mails.
func decodeRune(text []byte) (rune, int) {
	r, size := utf8.DecodeRune(text)
	if r == utf8.RuneError && size == 1 && text[0] >= 0xc0 {
		return rune(text[0]), 1
	}
	return r, size
}

// mapped makes known where in the text the skeleton's bytes are. It takes as long as read,
// so it is called once a text, where something was found.
func (s *skeleton) mapped() {
	if len(s.at) > 0 {
		return
	}
	var memory [128]byte
	for i := 0; i < len(s.raw); {
		r, size := decodeRune(s.raw[i:])
		n := 0
		switch {
		case r < utf8.RuneSelf:
			n = int(traitsOf[r] & isBone)
		case r != utf8.RuneError:
			n = len(fold.AppendSkeleton(memory[:0], r))
		}
		for range n {
			s.at = append(s.at, uint32(i))
		}
		i += size
	}
	s.at = append(s.at, uint32(len(s.raw)))
	for i, c := range s.bones {
		if isDigit(c) {
			s.digitAt = append(s.digitAt, uint32(i))
		}
	}
}

// span returns where in the text bones[start:end] are, from the first character to the
// last one, with its marks.
func (s *skeleton) span(start, end int) (from, to int) {
	s.mapped()
	to = int(s.at[end-1])
	_, size := utf8.DecodeRune(s.raw[to:])
	for to += size; to < len(s.raw); to += size {
		var r rune
		if r, size = utf8.DecodeRune(s.raw[to:]); !fold.IsMark(r) {
			break
		}
	}
	return int(s.at[start]), to
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
