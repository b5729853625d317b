package personal

import (
	"strings"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/fold"
)

// IsDigit reports whether a byte is a digit of ASCII.
func IsDigit(b byte) bool { return b-'0' < 10 }

// IsLetter reports whether a byte is a letter of ASCII.
func IsLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }

// isWord reports whether a byte is a letter or a digit of ASCII.
func isWord(b byte) bool { return IsDigit(b) || IsLetter(b) }

// A Text is what recognizers read.
type Text interface{ string | []byte }

// ByteAt returns the byte at i, and 0 outside of the text.
func ByteAt[T Text](text T, i int) byte {
	if i < 0 || i >= len(text) {
		return 0
	}
	return text[i]
}

// A Span is where something stands in a text, in bytes.
type Span struct{ Start, End int }

// Size returns how many bytes it has.
func (s Span) Size() int { return s.End - s.Start }

// DigitRuns calls do for each run of groups of digits of a text that have at most three
// separators between them: spaces, hyphens, dots, slashes, brackets. The run is valid
// until do returns.
func DigitRuns(text string, do func(run []Span)) {
	const maxSeparator = 3
	var run []Span
	for i := 0; i < len(text); {
		if !IsDigit(text[i]) {
			i++
			continue
		}
		g := Span{i, digitsEnd(text, i)}
		i = g.End
		if n := len(run); n > 0 && (g.Start-run[n-1].End > maxSeparator || strings.Trim(text[run[n-1].End:g.Start], " -./()") != "") {
			do(run)
			run = run[:0]
		}
		run = append(run, g)
	}
	if len(run) > 0 {
		do(run)
	}
}

// digitsEnd returns where the digits end that stand at a place.
func digitsEnd[T Text](text T, at int) int {
	for at < len(text) && IsDigit(text[at]) {
		at++
	}
	return at
}

// BeginsWord reports whether a number can begin at a place of prose: not within a word,
// nor behind a digit and a character that joins numbers.
func BeginsWord(text string, at int) bool {
	before := ByteAt(text, at-2)
	switch ByteAt(text, at-1) {
	case '.', '-':
		return !IsDigit(before)
	case '_': // of Markdown
		return !isWord(before)
	case '%':
		return false
	case 'n', 'r', 't': // a line of text that was escaped
		return before == '\\'
	}
	r, _ := utf8.DecodeLastRuneInString(text[:at])
	return !fold.IsLetter(r) || fold.IsUnspaced(r)
}

// EndsWord is the same for the end of a number.
func EndsWord(text string, at int) bool {
	after := ByteAt(text, at+1)
	switch ByteAt(text, at) {
	case '.', '-':
		return !IsDigit(after)
	case '_':
		return !isWord(after)
	case '%':
		return false
	}
	r, _ := utf8.DecodeRuneInString(text[at:])
	return !fold.IsLetter(r) || fold.IsUnspaced(r)
}

func isWordOf(text string, s Span) bool { return BeginsWord(text, s.Start) && EndsWord(text, s.End) }

// DigitsOf returns the digits of a text.
func DigitsOf(text string) string {
	return string(appendDigits(nil, text))
}

// appendDigits appends the digits of a text.
func appendDigits[T Text](dst []byte, text T) []byte {
	for i := range len(text) {
		if IsDigit(text[i]) {
			dst = append(dst, text[i])
		}
	}
	return dst
}

// HasKeyword reports whether one of the words, which are as fold.Case has them, stands within the
// n bytes before a place.
func HasKeyword(text string, at, n int, words []string) bool {
	before := fold.Case(text[max(0, at-n):at])
	for _, w := range words {
		if strings.Contains(before, w) {
			return true
		}
	}
	return false
}
