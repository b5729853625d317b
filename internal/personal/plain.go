package personal

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/fold"
)

// mostEscapes is how often escapes within escapes are resolved.
const mostEscapes = 3

// appendPlain appends a text as recognizers read it: what escapes stand for, and forms of
// ASCII as ASCII, without characters that nobody sees.
func appendPlain(dst, text []byte) []byte {
	for range mostEscapes {
		unescaped, changed := appendUnescaped(dst[:0], text)
		dst, text = unescaped, unescaped
		if !changed {
			break
		}
	}
	plain := dst[:0] // no form of a character is longer than the character
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			if text[i] >= ' ' && text[i] != 0x7f || text[i] == '\n' || text[i] == '\t' || text[i] == '\r' {
				plain = append(plain, text[i])
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if p := plainRune(r); p >= 0 && p < utf8.RuneSelf {
			plain = append(plain, byte(p))
		} else if p >= 0 {
			plain = append(plain, text[i:i+size]...)
		}
		i += size
	}
	return plain
}

// appendUnescaped appends a text with what the escapes of URLs, JSON and HTML in it stand
// for, and reports whether there were any. The result is no longer than text, which dst
// may share its beginning with.
func appendUnescaped(dst, text []byte) (out []byte, changed bool) {
	for i := 0; i < len(text); {
		switch b, r, n := escape(text[i:]); {
		case n == 0:
			dst = append(dst, text[i])
			i++
			continue
		case r >= 0:
			dst, i = utf8.AppendRune(dst, r), i+n
		default:
			dst, i = append(dst, b), i+n
		}
		changed = true
	}
	return dst, changed
}

// escape returns what the escape stands for that a text begins with, and how long it is: a
// byte, or a character if r is not negative. n is 0 if there is none.
func escape(text []byte) (b byte, r rune, n int) {
	switch text[0] {
	case '%':
		if code, ok := hexAt(text, 1, 2); ok {
			return byte(code), -1, 3
		}
		if code, ok := hexAt(text, 2, 4); ok && text[1]|0x20 == 'u' {
			return 0, code, 6
		}
	case '\\':
		if code, ok := hexAt(text, 2, 4); ok && text[1] == 'u' {
			return 0, code, 6
		}
		if code, ok := hexAt(text, 2, 2); ok && text[1] == 'x' {
			return byte(code), -1, 4
		}
	case '&':
		r, n = reference(text)
		return 0, r, n
	}
	return 0, 0, 0
}

// hexAt returns the value of so many hexadecimal digits at a place.
func hexAt(text []byte, at, n int) (value rune, ok bool) {
	if len(text) < at+n {
		return 0, false
	}
	for _, b := range text[at : at+n] {
		digit := hexOf(b)
		if digit < 0 {
			return 0, false
		}
		value = value<<4 | rune(digit)
	}
	return value, true
}

// reference returns the character that the character reference of HTML stands for that a
// text begins with, and how long it is: "&#64;", "&#x40;", "&commat;".
func reference(text []byte) (r rune, n int) {
	const longest = len("&#x10ffff;")
	end := bytes.IndexByte(text[:min(len(text), longest)], ';')
	if end < len("&#1") {
		return 0, 0
	}
	name, base := string(text[1:end]), 10
	if name[0] != '#' {
		r, named := references[name]
		if !named {
			return 0, 0
		}
		return r, end + 1
	}
	if name = name[1:]; name[0]|0x20 == 'x' {
		name, base = name[1:], 16
	}
	code, err := strconv.ParseUint(name, base, 32)
	if err != nil || code > utf8.MaxRune {
		return 0, 0
	}
	return rune(code), end + 1
}

// references are the names of characters of ASCII that stand in addresses and numbers.
var references = map[string]rune{"commat": '@', "plus": '+', "period": '.', "hyphen": '-', "dash": '-', "nbsp": ' ', "lpar": '(', "rpar": ')', "num": '#', "amp": '&'}

func hexOf(b byte) int {
	switch {
	case IsDigit(b):
		return int(b - '0')
	case b|0x20 >= 'a' && b|0x20 <= 'f':
		return int(b|0x20-'a') + 10
	}
	return -1
}

// plainRune returns the character of ASCII that stands for r, -1 for nothing, and else r.
// The ideographic full stop ends labels of a domain, as browsers read it.
func plainRune(r rune) rune {
	if r == '。' || r == '｡' {
		return '.'
	}
	return fold.ASCII(r)
}
