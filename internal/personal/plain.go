package personal

import (
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/fold"
)

// mostEscapes is how often escapes within escapes are resolved.
const mostEscapes = 3

// appendPlain appends a text as recognizers read it: what percent escapes stand for, and
// forms of ASCII as ASCII, without characters that nobody sees.
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

// appendUnescaped appends a text with what its percent escapes stand for, and reports
// whether there were any. The result is no longer than text, which dst may share its
// beginning with.
func appendUnescaped(dst, text []byte) (out []byte, changed bool) {
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if hi, lo := hexOf(text[i+1]), hexOf(text[i+2]); hi >= 0 && lo >= 0 {
				dst, changed = append(dst, byte(hi<<4|lo)), true
				i += 2
				continue
			}
		}
		dst = append(dst, text[i])
	}
	return dst, changed
}

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
