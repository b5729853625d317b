package leak

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// appendUncoded appends text with what escapes in it stand for: those of mail, or those of
// URLs, HTML and JSON. They are read apart, since =20 is an escape of mail, and the
// beginning of a year in a URL. What is no escape stays. It reports whether there were any.
// Text is read once.
func appendUncoded(dst, text []byte, mail bool) (out []byte, any bool) {
	for i := 0; i < len(text); {
		if traitsOf[text[i]]&hasCode != 0 && (text[i] == '=') == mail {
			if n, made := uncoded(dst, text[i:]); n > 0 {
				dst, i, any = made, i+n, true
				continue
			}
		}
		dst = append(dst, text[i])
		i++
	}
	return dst, any
}

// uncoded appends what the escape stands for that text begins with, and returns how many
// bytes it takes, 0 if there is none.
func uncoded(dst, text []byte) (n int, out []byte) {
	switch text[0] {
	case '%':
		return percent(dst, text)
	case '&':
		return entity(dst, text)
	case '=':
		return quoted(dst, text)
	}
	return backslash(dst, text)
}

// percent reads %40 and %u0040.
func percent(dst, text []byte) (int, []byte) {
	if v, ok := hexByte(text, 1); ok {
		return 3, append(dst, v)
	}
	if len(text) >= 6 && text[1] == 'u' {
		if r := hexRune(text[2:6]); r >= 0 {
			return 6, utf8.AppendRune(dst, r)
		}
	}
	return 0, dst
}

// longestCharset is how many bytes the name of a charset has at most.
const longestCharset = 32

// encodedWord returns how many bytes the beginning of an encoded word of quoted-printable
// has (RFC 2047): =?utf-8?q?
func encodedWord(text []byte) int {
	if len(text) < 2 || text[1] != '?' {
		return 0
	}
	end := bytes.IndexByte(text[2:min(len(text), 2+longestCharset)], '?') + 2
	if end > 2 && len(text) > end+2 && text[end+1]|0x20 == 'q' && text[end+2] == '?' {
		return end + 3
	}
	return 0
}

// quoted reads =C3 and the end of a line in quoted-printable (RFC 2045), and the beginning
// of an encoded word.
func quoted(dst, text []byte) (int, []byte) {
	if n := encodedWord(text); n > 0 {
		return n, dst
	}
	if len(text) > 1 && text[1] == '\n' {
		return 2, dst
	}
	if len(text) > 2 && text[1] == '\r' && text[2] == '\n' {
		return 3, dst
	}
	v, ok := hexByte(text, 1)
	if !ok || text[1] >= 'a' || text[2] >= 'a' {
		return 0, dst
	}
	return 3, append(dst, v)
}

// longestEntity is how many bytes an entity of HTML has at most: &CounterClockwiseContourIntegral;
const longestEntity = 33

// entity reads &amp; &#64; and &#x40;
func entity(dst, text []byte) (int, []byte) {
	if len(text) > 2 && text[1] == '#' {
		return numericEntity(dst, text)
	}
	end := bytes.IndexByte(text[:min(len(text), longestEntity)], ';')
	if end < 2 {
		return 0, dst
	}
	name := text[1:end]
	for _, c := range name {
		if traitsOf[c]&isBone == 0 {
			return 0, dst
		}
	}
	if string(name) == "amp" {
		return end + 1, append(dst, '&')
	}
	made := html.UnescapeString(string(text[:end+1]))
	if made[0] == '&' {
		return 0, dst
	}
	return end + 1, append(dst, made...)
}

// longestNumeric is how many digits an entity has at most, with zeros in front.
const longestNumeric = 8

// numericEntity reads &#64; and &#x40; which browsers also read without the semicolon.
func numericEntity(dst, text []byte) (int, []byte) {
	i, base := 2, rune(10)
	if text[i]|0x20 == 'x' {
		i, base = 3, 16
	}
	r, from := rune(0), i
	for i < min(len(text), from+longestNumeric) && hexDigit[text[i]] >= 0 && rune(hexDigit[text[i]]) < base && r <= utf8.MaxRune {
		r = r*base + rune(hexDigit[text[i]])
		i++
	}
	if i == from || r > utf8.MaxRune {
		return 0, dst
	}
	if i < len(text) && text[i] == ';' {
		i++
	}
	return i, utf8.AppendRune(dst, r)
}

// backslash reads the escapes of JSON, and \x40, \100, \u{40} and \U00000040 of programs.
func backslash(dst, text []byte) (int, []byte) {
	if len(text) < 2 {
		return 0, dst
	}
	if i := strings.IndexByte("\"\\/bfnrt'", text[1]); i >= 0 {
		return 2, append(dst, "\"\\/\b\f\n\r\t'"[i])
	}
	switch text[1] {
	case '0', '1', '2', '3':
		if len(text) >= 4 && text[2]&^7 == '0' && text[3]&^7 == '0' {
			return 4, append(dst, (text[1]&3)<<6|(text[2]&7)<<3|text[3]&7)
		}
	case 'x':
		if v, ok := hexByte(text, 2); ok {
			return 4, append(dst, v)
		}
	case 'U':
		if len(text) >= 10 {
			if r := hexRune(text[2:10]); r >= 0 {
				return 10, utf8.AppendRune(dst, r)
			}
		}
	case 'u':
		return unicodeEscape(dst, text)
	}
	return 0, dst
}

// unicodeEscape reads \u0040, also of a pair of surrogates, and \u{40}.
func unicodeEscape(dst, text []byte) (int, []byte) {
	if len(text) > 3 && text[2] == '{' {
		end := bytes.IndexByte(text[:min(len(text), 12)], '}')
		if end < 4 {
			return 0, dst
		}
		if r := hexRune(text[3:end]); r >= 0 {
			return end + 1, utf8.AppendRune(dst, r)
		}
		return 0, dst
	}
	r := codeUnit(text)
	if r < 0 {
		return 0, dst
	}
	if pair := utf16.DecodeRune(r, codeUnit(text[6:])); pair != utf8.RuneError {
		return 12, utf8.AppendRune(dst, pair)
	}
	return 6, utf8.AppendRune(dst, r)
}

// codeUnit returns what the \u that text begins with stands for, -1 if there is none.
func codeUnit(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	return hexRune(text[2:6])
}

// hexByte returns the byte that two digits stand for.
func hexByte(text []byte, at int) (v byte, ok bool) {
	if len(text) < at+2 {
		return 0, false
	}
	hi, lo := hexDigit[text[at]], hexDigit[text[at+1]]
	return byte(hi<<4 | lo), hi >= 0 && lo >= 0
}

// hexRune returns the character that digits stand for, -1 if there is none.
func hexRune(digits []byte) (r rune) {
	for _, c := range digits {
		if hexDigit[c] < 0 || r > utf8.MaxRune {
			return -1
		}
		r = r<<4 | rune(hexDigit[c])
	}
	if r > utf8.MaxRune {
		return -1
	}
	return r
}

// hexDigit is the value of a hexadecimal digit, -1 for all other bytes.
var hexDigit = digitTable(func(set func(c byte, v int)) {
	for i, c := range []byte("0123456789abcdef") {
		set(c, i)
	}
	for i, c := range []byte("ABCDEF") {
		set(c, 10+i)
	}
})

// base64Digit is the value of a digit of either alphabet of base64, -1 for all other bytes.
var base64Digit = digitTable(func(set func(c byte, v int)) {
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		set(c, i)
	}
	set('-', 62)
	set('_', 63)
})

func digitTable(fill func(set func(c byte, v int))) (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	fill(func(c byte, v int) { t[c] = int8(v) })
	return t
}

// appendHex appends what pairs of hexadecimal digits stand for.
func appendHex(dst, digits []byte) []byte {
	for ; len(digits) > 1; digits = digits[2:] {
		dst = append(dst, byte(hexDigit[digits[0]]<<4|hexDigit[digits[1]]))
	}
	return dst
}

// appendBase64 appends what digits of either alphabet stand for.
func appendBase64(dst, run []byte) []byte {
	for ; len(run) >= 4; run = run[4:] {
		v := uint32(base64Digit[run[0]])<<18 | uint32(base64Digit[run[1]])<<12 | uint32(base64Digit[run[2]])<<6 | uint32(base64Digit[run[3]])
		dst = append(dst, byte(v>>16), byte(v>>8), byte(v))
	}
	switch len(run) {
	case 2:
		dst = append(dst, byte(base64Digit[run[0]])<<2|byte(base64Digit[run[1]])>>4)
	case 3:
		v := uint32(base64Digit[run[0]])<<10 | uint32(base64Digit[run[1]])<<4 | uint32(base64Digit[run[2]])>>2
		dst = append(dst, byte(v>>8), byte(v))
	}
	return dst
}

// appendUTF16 appends what bytes in UTF-16 stand for. first says which byte of a unit is
// the more significant.
func appendUTF16(dst, b []byte, first int) []byte {
	unit := func(i int) rune { return rune(b[i+first])<<8 | rune(b[i+1-first]) }
	for i := 0; i+1 < len(b); i += 2 {
		r := unit(i)
		if i+3 < len(b) {
			if pair := utf16.DecodeRune(r, unit(i+2)); pair != utf8.RuneError {
				r, i = pair, i+2
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// utf16Orders returns in which orders bytes may be UTF-16: with the more significant byte
// of a unit first, and second. Any says that no more is known of them than that they are a
// binary.
func utf16Orders(b []byte, any bool) (orders [2]bool) {
	if len(b) < 8 || len(b)%2 != 0 {
		return orders
	}
	if b[0] == 0xfe && b[1] == 0xff || b[0] == 0xff && b[1] == 0xfe {
		orders[b[0]&1] = true
		return orders
	}
	low := 0 // bytes as characters of the first scripts have them
	for _, c := range b {
		if c < ' ' {
			low++
		}
	}
	if any || low > len(b)/16 || !utf8.Valid(b) {
		return [2]bool{true, true}
	}
	return orders
}
