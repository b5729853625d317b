package anon

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// findEmails adds the e-mail addresses of a text: what stands around an @, or a
// %40 as URLs have it, as far as it can belong to an address.
func findEmails(p plainText, add func(finding)) {
	from := 0 // where the address before ends, or the @ before
	for i := 0; i < len(p.text); i++ {
		n := atSign(p.text[i:])
		if n == 0 {
			continue
		}
		start, end := localStart(p.text, from, i), domainEnd(p.text, i+n)
		if start < i && end > i+n {
			f := p.span(findEmail, start, end)
			f.text = p.text[start:i] + "@" + p.text[i+n:end]
			add(f)
			from = end
		}
		from = max(from, i+n)
	}
}

// atSign returns how long the @ is that a text begins with, and 0 if there is none.
func atSign(text string) int {
	if text[0] == '@' {
		return 1
	}
	if strings.HasPrefix(text, "%40") {
		return len("%40")
	}
	return 0
}

// localStart returns where what stands before an @ begins, from the place from on.
func localStart(text string, from, at int) int {
	if byteAt(text, at-1) == '"' {
		if open := strings.LastIndexByte(text[max(from, at-maxQuoted):at-1], '"'); open >= 0 {
			return max(from, at-maxQuoted) + open
		}
	}
	start, script := at, false
	for start > from {
		r, size := utf8.DecodeLastRuneInString(text[from:start])
		if !inLocal(r) && !(r == '=' && returnsTo(text[from:start])) {
			break
		}
		if start == at {
			script = unspaced(r)
		} else if !script && unspaced(r) {
			break // the words before an address of a script without spaces
		}
		start -= size
	}
	for start < at {
		r, size := utf8.DecodeRuneInString(text[start:])
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			break
		}
		start += size
	}
	return start
}

// maxQuoted bounds a quoted local part: RFC 5321 has 64 bytes.
const maxQuoted = 66

// inLocal reports whether an address can have r before its @, unquoted. RFC 5322
// has more, and these are more often around an address than in it: * / = ? ^ ` { | }.
func inLocal(r rune) bool {
	if r < utf8.RuneSelf {
		return asciiLetter(byte(r)) || asciiDigit(byte(r)) || strings.ContainsRune("._+-'%~&$#!", r)
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

// returnsTo reports whether a text that ends in a = is the beginning of a return
// path that holds another address: "bounce+alice=example.com@lists.example.org".
func returnsTo(text string) bool {
	word := text[strings.LastIndexAny(text[:len(text)-1], " \t\n<>\"(),;:=?")+1:]
	return strings.Contains(word, "+") || strings.HasPrefix(strings.ToLower(word), "bounce")
}

// unspaced reports whether r is of a script that is written without spaces between
// words, or that appends particles to them.
func unspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
}

// domainEnd returns the end of the domain that begins at start, or start if there is
// none. A domain is an address in brackets, or two or more labels of letters, digits,
// hyphens and, though no host has them, underscores. Its last label begins with two
// letters.
func domainEnd(text string, start int) int {
	if byteAt(text, start) == '[' {
		if n := strings.IndexByte(text[start:min(len(text), start+maxLiteral)], ']'); n > 1 {
			return start + n + 1
		}
	}
	end, good, labels := start, start, 0
	for {
		next := labelEnd(text, end)
		if next == end {
			return good
		}
		if labels++; labels > 1 {
			if top := topEnd(text[end:next]); top > 0 {
				good = end + top
			}
		}
		if byteAt(text, next) != '.' {
			return good
		}
		end = next + 1
	}
}

// maxLiteral is longer than any address in brackets.
const maxLiteral = 64

// labelEnd returns where a label of a domain ends. Words of a script without
// spaces don't belong to a label of another.
func labelEnd(text string, start int) int {
	end, script := start, false
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			break
		}
		if end == start {
			script = unspaced(r)
		} else if !script && unspaced(r) {
			break
		}
		end += size
	}
	for end > start && (text[end-1] == '-' || text[end-1] == '_') {
		end--
	}
	return end
}

// topEnd returns how much of a label can be a top-level domain: its first letters,
// two at least, or all of one in Punycode.
func topEnd(label string) int {
	if len(label) > 4 && strings.EqualFold(label[:4], "xn--") {
		return len(label)
	}
	end, n := 0, 0
	for _, r := range label {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) {
			break
		}
		end += utf8.RuneLen(r)
		n++
	}
	if n < 2 {
		return 0
	}
	return end
}
