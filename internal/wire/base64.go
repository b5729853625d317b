package wire

import "encoding/base64"

// consumeBase64 validates base64 in the standard alphabet, padded, whose text
// starts at b[i], and returns the index behind it: of the first byte that is
// not of the alphabet, past the padding. It returns 0 if what is there is not
// base64.
func consumeBase64(b []byte, i int) int {
	start := i
	for len(b)-i >= 8 && base64Word(load(b, i)) {
		i += 8
	}
	for i < len(b) && base64Byte[b[i]] {
		i++
	}
	switch n := i - start; n & 3 {
	case 0:
		return i
	case 2:
		if len(b)-i >= 2 && b[i] == '=' && b[i+1] == '=' {
			return i + 2
		}
	case 3:
		if i < len(b) && b[i] == '=' {
			return i + 1
		}
	}
	return 0
}

// base64Word reports whether all eight bytes are letters, digits, '+' or '/'.
// The sums stay within their byte, as every term is under 0x80 where v is
// ASCII; where it is not, the last step says no.
func base64Word(v uint64) bool {
	a := v &^ high
	folded := a | 0x20*ones
	letter := (folded + (0x80-'a')*ones) &^ (folded + (0x7F-'z')*ones)
	digit := (a + (0x80-'/')*ones) &^ (a + (0x7F-'9')*ones) // '/' stands before '0'
	plus := ^((a ^ '+'*ones) + 0x7F*ones)
	return (letter|digit|plus)&^v&high == high
}

var base64Byte = func() (t [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = true
	}
	return t
}()

// appendBase64 appends the bytes that text, base64 without escapes, stands for.
// Of text that is not base64 it appends nothing.
func appendBase64(dst, text []byte) []byte {
	n := len(dst)
	dst, err := base64.StdEncoding.AppendDecode(dst, text)
	if err != nil {
		return dst[:n]
	}
	return dst
}

// base64Len returns the number of bytes that text stands for.
func base64Len(text []byte) int {
	n := len(text) / 4 * 3
	for i := len(text) - 1; i >= 0 && text[i] == '=' && n > 0; i-- {
		n--
	}
	return n
}
