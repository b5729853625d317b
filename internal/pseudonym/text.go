package pseudonym

import (
	"slices"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/fold"
)

// alphabet holds the characters of tokens, and two more that six bits can choose
// and no token keeps.
const (
	alphabet   = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789??"
	characters = 62
)

// appendString appends the pseudonym of a string, as the contents of a JSON
// string.
func (g *Generator) appendString(dst, text []byte, o Options) []byte {
	if o.Shape && hasShape(text) {
		return g.appendShape(dst, text)
	}
	return g.appendToken(dst, length(len(text), o))
}

// appendToken appends n letters and digits. Six bits choose one; two of the 64
// combinations are none, and the next six are taken.
func (g *Generator) appendToken(dst []byte, n int) []byte {
	i := len(dst)
	dst = slices.Grow(dst, n)[:i+n]
	for {
		x := g.rand.word()
		for range 10 {
			if i >= len(dst) {
				return dst
			}
			// Writing first and counting then saves the processor a branch that
			// it cannot predict.
			dst[i] = alphabet[x&63]
			if x&63 < characters {
				i++
			}
			x >>= 6
		}
	}
}

// hasShape says whether two characters of the text or more would be replaced. Of one
// there would be 26 at most, so that it would often become itself; of two there are 100.
func hasShape(text []byte) bool {
	for replaced := 0; len(text) > 0; {
		r, size := decodeRune(text)
		text = text[size:]
		if r >= utf8.RuneSelf || !keepsCharacter(byte(r)) {
			replaced++
		}
		if replaced == 2 {
			return true
		}
	}
	return false
}

// keepsCharacter says whether c is ASCII punctuation or a space.
func keepsCharacter(c byte) bool {
	return c >= ' ' && c < 0x7F && !isLetter(c) && !isDigit(c)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// appendShape appends a string of the shape of text.
func (g *Generator) appendShape(dst, text []byte) []byte {
	var d digits
	var l letters
	for len(text) > 0 {
		r, n := rune(text[0]), 1
		if r >= utf8.RuneSelf {
			r, n = decodeRune(text)
		}
		text = text[n:]
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < utf8.RuneSelf && keepsCharacter(byte(r)):
			dst = append(dst, byte(r))
		case fold.IsDigit(r):
			dst = append(dst, d.next(&g.rand))
		case fold.IsUpper(r) && fold.IsLetter(r):
			dst = append(dst, 'A'+l.next(&g.rand))
		default:
			dst = append(dst, 'a'+l.next(&g.rand))
		}
	}
	return dst
}

// decodeRune is utf8.DecodeRune, but takes a lone surrogate, which is three
// bytes in WTF-8, for one character.
func decodeRune(b []byte) (rune, int) {
	if len(b) >= 3 && b[0] == 0xED && b[1] >= 0xA0 && b[1] <= 0xBF && b[2]&0xC0 == 0x80 {
		return utf8.RuneError, 3
	}
	return utf8.DecodeRune(b)
}

// nextToken changes a token to the next of its length, the last to the first.
func nextToken(b []byte) {
	for i := len(b) - 1; i >= 0; i-- {
		switch c := b[i]; c {
		case '9':
			b[i] = 'A'
			continue
		case 'Z':
			b[i] = 'a'
		case 'z':
			b[i] = '0'
		default:
			b[i] = c + 1
		}
		return
	}
}

// nextShape changes a string to the next of its shape, the last to the first.
// Escaped characters keep: neither '"' nor '\\' is a letter or digit.
func nextShape(b []byte) {
	for i := len(b) - 1; i >= 0; i-- {
		switch c := b[i]; {
		case !isLetter(c) && !isDigit(c):
			continue
		case c == 'Z' || c == 'z':
			b[i] -= 25
			continue
		case c == '9':
			b[i] = '0'
			continue
		}
		b[i]++
		return
	}
}

// nextBytes changes bytes to the next of their length, the last to the first.
func nextBytes(b []byte) {
	for i := len(b) - 1; i >= 0; i-- {
		if b[i]++; b[i] != 0 {
			return
		}
	}
}
