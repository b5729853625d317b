package personal

import (
	"unicode"
	"unicode/utf8"
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
func plainRune(r rune) rune {
	switch {
	case r >= '！' && r <= '～': // full width
		return r - '！' + '!'
	case r == utf8.RuneError:
		return r
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return -1
	case unicode.Is(unicode.Zs, r), r == '\u2800':
		return ' '
	case unicode.Is(unicode.Pd, r), r == '−', r == '⁃', r == '˗':
		return '-'
	case unicode.Is(unicode.Nd, r):
		return '0' + digitOf(r)
	case r == '﹫':
		return '@'
	case r == '﹢':
		return '+'
	case r == '。', r == '｡', r == '․', r == '﹒':
		return '.'
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
