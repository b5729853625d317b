package anon

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A findingKind is what a detector looks for. Where two findings are equally
// long, the lesser kind wins.
type findingKind uint8

const (
	findEmail findingKind = iota
	findIBAN
	findCard
	findSSN
	findPhone
	findIP
	findName
	findRecordName
	findingKinds
)

// findingNames are the names of the kinds in the option find.
var findingNames = [findingKinds]string{"email", "iban", "card", "ssn", "phone", "ip", "names", "recordNames"}

// A finding is a place in a text.
type finding struct {
	kind       findingKind
	start, end int
	// text is what was found, as a plainText spells it.
	text string
	// role is which name it is, for findName and findRecordName.
	role nameRole
}

func (f finding) size() int { return f.end - f.start }

// A plainText is a text in which characters that look like ASCII are ASCII: digits
// of all scripts, full-width forms, spaces and dashes. Characters of format, which
// nobody sees, are left out. Detectors read it, so that none of these hides
// anything from them.
type plainText struct {
	text string
	// at are the offsets in the original of each byte, and of the end. It is nil
	// where the original is the text.
	at []int
}

func newPlainText(text string) plainText {
	if isASCII(text) {
		return plainText{text: text}
	}
	var b strings.Builder
	b.Grow(len(text))
	at := make([]int, 0, len(text)+1)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if p := plainRune(r); p >= 0 {
			before := b.Len()
			writeRune(&b, p, text[i:i+size])
			for range b.Len() - before {
				at = append(at, i)
			}
		}
		i += size
	}
	return plainText{b.String(), append(at, len(text))}
}

// writeRune writes p, or bytes that are not UTF-8 as they are.
func writeRune(b *strings.Builder, p rune, raw string) {
	if p == utf8.RuneError {
		b.WriteString(raw)
		return
	}
	b.WriteRune(p)
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// plainRune returns what stands for r in a plainText, and -1 for nothing.
func plainRune(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return r
	case r >= '！' && r <= '～': // the full-width forms of ! to ~
		return r - '！' + '!'
	case unicode.Is(unicode.Cf, r):
		return -1
	case unicode.Is(unicode.Zs, r):
		return ' '
	case unicode.Is(unicode.Pd, r), r == '−':
		return '-'
	case unicode.Is(unicode.Nd, r):
		return '0' + digitOf(r)
	}
	return r
}

// digitOf returns the value of a decimal digit of any script. The ranges of Nd
// begin with a zero, and hold ten digits or a multiple of that.
func digitOf(r rune) rune {
	for _, b := range unicode.Nd.R16 {
		if rune(b.Lo) <= r && r <= rune(b.Hi) {
			return (r - rune(b.Lo)) % 10
		}
	}
	for _, b := range unicode.Nd.R32 {
		if rune(b.Lo) <= r && r <= rune(b.Hi) {
			return (r - rune(b.Lo)) % 10
		}
	}
	return 0
}

// span returns the finding of the bytes from start to end of the plain text, at
// its place in the original. Characters that are left out behind it count in.
func (p plainText) span(kind findingKind, start, end int) finding {
	f := finding{kind: kind, start: start, end: end, text: p.text[start:end]}
	if p.at != nil {
		f.start, f.end = p.at[start], p.at[end]
	}
	return f
}

// settle returns findings that do not overlap, by place. Of those that do, the
// longest stays, or the first of equally long ones, and is widened to cover all of
// them: nothing that was found is left.
func settle(found []finding) []finding {
	slices.SortFunc(found, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end), cmp.Compare(a.kind, b.kind))
	})
	out := found[:0]
	longest := 0 // of the findings that the last one of out covers
	for _, f := range found {
		if n := len(out); n > 0 && f.start < out[n-1].end {
			out[n-1], longest = merged(out[n-1], f, longest)
			continue
		}
		out = append(out, f)
		longest = f.size()
	}
	return out
}

// merged returns a finding that covers two, and how long the one is that it is
// about.
func merged(a, b finding, longest int) (finding, int) {
	start, end := a.start, max(a.end, b.end)
	if b.size() > longest {
		a, longest = b, b.size()
	}
	a.start, a.end = start, end
	return a, longest
}

// asciiDigit and asciiLetter report on one byte.
func asciiDigit(b byte) bool  { return b-'0' < 10 }
func asciiLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// byteAt returns the byte at i, and 0 outside of the text.
func byteAt(text string, i int) byte {
	if i < 0 || i >= len(text) {
		return 0
	}
	return text[i]
}

// hasKeyword reports whether one of the words, which are in lower case, stands
// within the n bytes before a place.
func hasKeyword(text string, at, n int, words []string) bool {
	before := strings.ToLower(text[max(0, at-n):at])
	for _, w := range words {
		if strings.Contains(before, w) {
			return true
		}
	}
	return false
}
