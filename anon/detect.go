package anon

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/fold"
	"github.com/dynsync/dynsync/internal/personal"
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

// A plainText is a text in which characters that look like ASCII are ASCII: decimal
// digits of all scripts and styles, compatibility forms of letters and punctuation,
// spaces and dashes. Characters that nobody sees are left out. Detectors read it, so
// that none of these hides anything from them.
type plainText struct {
	text string
	// at are the offsets in the original of each byte, and of the end. It is nil
	// where the original is the text.
	at []int
}

func newPlainText(text string) plainText {
	if isShownASCII(text) {
		return plainText{text: text}
	}
	b := plainBuilder{at: make([]int, 0, len(text)+1)}
	b.Grow(len(text))
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		p := fold.ASCII(r)
		if dash, ok := betweenASCII[r]; ok && b.endsInWord() && beginsInWord(text[i+size:]) {
			p = dash
		}
		b.add(p, text[i:i+size], i)
		i += size
	}
	return plainText{b.String(), append(b.at, len(text))}
}

// A plainBuilder builds the text of a plainText and its offsets.
type plainBuilder struct {
	strings.Builder
	at []int
}

// add writes p, or bytes that are not UTF-8 as they are, which stand at an offset of
// the original. It writes nothing for -1.
func (b *plainBuilder) add(p rune, raw string, at int) {
	before := b.Len()
	switch p {
	case -1:
	case utf8.RuneError:
		b.WriteString(raw)
	default:
		b.WriteRune(p)
	}
	for range b.Len() - before {
		b.at = append(b.at, at)
	}
}

// endsInWord reports whether the text ends in a letter or digit of ASCII.
func (b *plainBuilder) endsInWord() bool { return b.Len() > 0 && asciiWord(b.String()[b.Len()-1]) }

// beginsInWord reports whether a text begins with what is a letter or digit of ASCII in
// a plainText.
func beginsInWord(text string) bool {
	for _, r := range text {
		if p := fold.ASCII(r); p >= 0 {
			return p < utf8.RuneSelf && asciiWord(byte(p))
		}
	}
	return false
}

func asciiWord(b byte) bool { return personal.IsDigit(b) || personal.IsLetter(b) }

// squeezed returns the text with one space for each tab and each run of spaces and
// tabs, and false if that is the same text.
func (p plainText) squeezed() (plainText, bool) {
	if !strings.Contains(p.text, "\t") && !strings.Contains(p.text, "  ") {
		return p, false
	}
	text, at := make([]byte, 0, len(p.text)), make([]int, 0, len(p.text)+1)
	for i := range len(p.text) {
		b := p.text[i]
		if b == '\t' {
			b = ' '
		}
		if n := len(text); b == ' ' && n > 0 && text[n-1] == ' ' {
			continue
		}
		text, at = append(text, b), append(at, p.place(i))
	}
	return plainText{string(text), append(at, p.place(len(p.text)))}, true
}

// place returns the offset in the original of one in the text.
func (p plainText) place(i int) int {
	if p.at == nil {
		return i
	}
	return p.at[i]
}

// isShownASCII reports whether a text is ASCII that is seen, and white space.
func isShownASCII(text string) bool {
	for i := range len(text) {
		if b := text[i]; b >= utf8.RuneSelf || b < ' ' && !whiteControl(rune(b)) || b == 0x7f {
			return false
		}
	}
	return true
}

// whiteControl reports whether a control character is a tab or ends a line.
func whiteControl(r rune) bool { return r >= '\t' && r <= '\r' || r == 0x85 }

// betweenASCII are characters that are more often something else, and that stand for a
// dot or a dash between letters or digits of ASCII: the ideographic full stop, by which
// browsers end labels of a domain, and the Japanese sign of a long vowel.
var betweenASCII = map[rune]rune{'。': '.', '｡': '.', 'ー': '-', 'ｰ': '-'}

// span returns the finding of the bytes from start to end of the plain text, at
// its place in the original. Characters that are left out behind it count in.
func (p plainText) span(kind findingKind, start, end int) finding {
	return finding{kind: kind, start: p.place(start), end: p.place(end), text: p.text[start:end]}
}

// email returns the finding of an e-mail address, whose parts stand there.
func (p plainText) email(local, domain personal.Span) finding {
	f := p.span(findEmail, local.Start, domain.End)
	f.text = p.text[local.Start:local.End] + "@" + p.text[domain.Start:domain.End]
	return f
}

// spaced returns a finding that has spaces in its text where others have separators.
func (p plainText) spaced(kind findingKind, at personal.Span, separator string) finding {
	f := p.span(kind, at.Start, at.End)
	f.text = strings.ReplaceAll(f.text, separator, " ")
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
