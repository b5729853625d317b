package wire

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// Eight bytes are looked at as one little-endian word. Each mask below has the
// high bit of a byte set where the byte is of the class it is named for.
// Subtraction borrows upwards, so a bit above the first one set may be wrong;
// the lowest, the only one used, is right.
const (
	ones = 0x0101010101010101
	high = 0x8080808080808080
)

// load returns the eight bytes of b from i on. They must be there.
func load(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }

// special marks the quotes, backslashes and control characters in v. Flipping
// bit 1 puts the quote at 0x20 and the controls below it, and moves nothing
// that is above into their range but '#', which lands on '!'.
func special(v uint64) uint64 {
	return (((v ^ 0x02*ones) - 0x21*ones) | ((v ^ '\\'*ones) - ones)) &^ v & high
}

// unplain marks what special does, and all that is not ASCII: that has its high
// bit set to begin with.
func unplain(v uint64) uint64 {
	return (((v ^ 0x02*ones) - 0x21*ones) | ((v ^ '\\'*ones) - ones) | v) & high
}

// delimiter marks the quotes and backslashes in v.
func delimiter(v uint64) uint64 {
	q, s := v^'"'*ones, v^'\\'*ones
	return ((q-ones)&^q | (s-ones)&^s) & high
}

// first returns the index of the lowest byte that mask marks.
func first(mask uint64) int { return bits.TrailingZeros64(mask) >> 3 }

// consumeString validates the string whose contents start at b[i], behind the
// opening quote, and returns the index of the closing quote.
func consumeString(b []byte, i int) (n int, escaped bool, err error) {
	start := i
	var seen uint64
	for {
		for len(b)-i >= 8 {
			v := load(b, i)
			seen |= v
			if m := special(v); m != 0 {
				i += first(m)
				goto found
			}
			i += 8
		}
		for ; i < len(b); i++ {
			c := b[i]
			seen |= uint64(c)
			if c == '"' || c == '\\' || c < ' ' {
				goto found
			}
		}
		return 0, false, errorAt(b, i, "")

	found:
		switch b[i] {
		case '"':
			if seen&high != 0 && !validUTF8(b[start:i]) {
				return 0, false, errorAt(b, start+invalidUTF8(b[start:i]), "invalid UTF-8 in a string")
			}
			return i, escaped, nil
		case '\\':
			escaped = true
			if i+1 < len(b) && shortEscape[b[i+1]] {
				i += 2
			} else if i, err = consumeLongEscape(b, i); err != nil {
				return 0, false, err
			}
		default:
			return 0, false, errorAt(b, i, "control character in a string")
		}
	}
}

// skipPlain returns the index of the first byte from b[i] on that is special or
// not ASCII.
func skipPlain(b []byte, i int) int {
	for ; len(b)-i >= 8; i += 8 {
		if m := unplain(load(b, i)); m != 0 {
			return i + first(m)
		}
	}
	for i < len(b) && b[i] >= ' ' && b[i] < 0x80 && b[i] != '"' && b[i] != '\\' {
		i++
	}
	return i
}

// consumeLongEscape validates the escape at b[i], a backslash, unless it is a short
// one, and returns the index behind it.
func consumeLongEscape(b []byte, i int) (int, error) {
	if i+1 >= len(b) || b[i+1] != 'u' {
		return 0, errorAt(b, i+1, "invalid escape in a string")
	}
	for k := i + 2; k < i+6; k++ {
		if k >= len(b) || !isHex[b[k]] {
			return 0, errorAt(b, k, "invalid escape in a string")
		}
	}
	return i + 6, nil
}

// What escapes a text has, nobody can predict, a processor neither: a look-up
// costs less than a switch.
var (
	shortEscape = byteSet(`"\/bfnrt`)
	isHex       = byteSet("0123456789abcdefABCDEF")
)

func byteSet(members string) (t [256]bool) {
	for _, c := range []byte(members) {
		t[c] = true
	}
	return t
}

// skipString returns the index of the quote that ends the validated string
// whose contents start at b[i], len(b) if there is none.
func skipString(b []byte, i int) (n int, escaped bool) {
	for {
		var c byte
		for len(b)-i >= 8 {
			if m := delimiter(load(b, i)); m != 0 {
				i += first(m)
				goto found
			}
			i += 8
		}
		for i < len(b) && b[i] != '"' && b[i] != '\\' {
			i++
		}
		if i >= len(b) {
			return len(b), escaped
		}
	found:
		if c = b[i]; c == '"' {
			return i, escaped
		}
		escaped = true
		i += 2
	}
}

// AppendUnquote appends to dst the decoded text of raw, the validated contents
// of a JSON string between its quotes. A lone surrogate becomes the three bytes
// of its code point (WTF-8); a surrogate pair becomes its character.
func AppendUnquote(dst, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:i]...)
		r, n := decodeEscape(raw[i:])
		dst = appendRune(dst, r)
		raw = raw[i+n:]
	}
}

// EqualName reports whether raw, the validated contents of a JSON string,
// decodes to name. It allocates nothing. If escaped is false, raw holds no
// backslash.
func EqualName(raw []byte, escaped bool, name string) bool {
	if !escaped {
		return string(raw) == name
	}
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return string(raw) == name
		}
		if len(name) < i || string(raw[:i]) != name[:i] {
			return false
		}
		r, n := decodeEscape(raw[i:])
		raw, name = raw[i+n:], name[i:]
		var buf [utf8.UTFMax]byte
		text := appendRune(buf[:0], r)
		if len(name) < len(text) || string(text) != name[:len(text)] {
			return false
		}
		name = name[len(text):]
	}
}

// decodeEscape decodes the escape that raw starts with. Both halves of a
// surrogate pair are taken together. Of text that is no escape it takes the
// backslash.
func decodeEscape(raw []byte) (r rune, n int) {
	if len(raw) < 2 {
		return '\\', 1
	}
	switch c := raw[1]; c {
	case '"', '\\', '/':
		return rune(c), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r := decodeHex(raw)
		if r < 0 {
			return '\\', 1
		}
		if utf16.IsSurrogate(r) && len(raw) >= 12 && raw[6] == '\\' && raw[7] == 'u' {
			if pair := utf16.DecodeRune(r, decodeHex(raw[6:])); pair != utf8.RuneError {
				return pair, 12
			}
		}
		return r, 6
	}
	return '\\', 1
}

// decodeHex returns the code unit of the escape \uXXXX that raw starts with,
// or -1.
func decodeHex(raw []byte) rune {
	if len(raw) < 6 {
		return -1
	}
	var r rune
	for _, c := range raw[2:6] {
		d := hexDigit(c)
		if d < 0 {
			return -1
		}
		r = r<<4 | d
	}
	return r
}

func hexDigit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c - 'a' + 10)
	case 'A' <= c && c <= 'F':
		return rune(c - 'A' + 10)
	}
	return -1
}

// appendRune is utf8.AppendRune for surrogates as well.
func appendRune(dst []byte, r rune) []byte {
	if utf16.IsSurrogate(r) {
		return append(dst, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0xBF, 0x80|byte(r)&0xBF)
	}
	return utf8.AppendRune(dst, r)
}

// AppendQuote appends s as a JSON string with its quotes. It escapes the quote,
// the backslash and control characters, and nothing else. A surrogate in WTF-8
// becomes \udXXX; any other byte that is not UTF-8 becomes U+FFFD.
func AppendQuote[T ~string | ~[]byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	start := len(dst)
	dst = append(dst, s...)
	plain := plainLen(dst[start:])
	if plain < len(s) {
		dst = appendEscaped(dst[:start+plain], s[plain:])
	}
	return append(dst, '"')
}

// plainLen returns how much of b can stand in a JSON string as it is. It stops
// short at a text that is not all UTF-8.
func plainLen(b []byte) int {
	i := 0
	var seen uint64
	for ; len(b)-i >= 8; i += 8 {
		v := load(b, i)
		if m := special(v); m != 0 {
			break
		}
		seen |= v
	}
	for ; i < len(b); i++ {
		c := b[i]
		if c == '"' || c == '\\' || c < ' ' {
			break
		}
		seen |= uint64(c)
	}
	if seen&high != 0 && !validUTF8(b[:i]) {
		return invalidUTF8(b[:i])
	}
	return i
}

func appendEscaped[T ~string | ~[]byte](dst []byte, s T) []byte {
	const hex = "0123456789abcdef"
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			r, n := decodeRune(s[i:])
			if utf16.IsSurrogate(r) {
				dst = append(dst, '\\', 'u', 'd', hex[r>>8&15], hex[r>>4&15], hex[r&15])
			} else {
				dst = utf8.AppendRune(dst, r)
			}
			i += n
			continue
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ':
			dst = append(dst, c)
		case c == '\b':
			dst = append(dst, '\\', 'b')
		case c == '\f':
			dst = append(dst, '\\', 'f')
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
	}
	return dst
}

// decodeRune is utf8.DecodeRune for WTF-8: it returns surrogates as they are.
func decodeRune[T ~string | ~[]byte](s T) (rune, int) {
	if len(s) >= 3 && s[0] == 0xED && s[1] >= 0xA0 && s[1] < 0xC0 && s[2] >= 0x80 && s[2] < 0xC0 {
		return 0xD000 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F), 3
	}
	var buf [utf8.UTFMax]byte
	n := copy(buf[:], s)
	return utf8.DecodeRune(buf[:n])
}
