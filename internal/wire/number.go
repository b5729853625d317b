package wire

import (
	"bytes"
	"cmp"
	"errors"
)

// Errors of [AppendNumber] and [AppendKey]; [CheckValue] wraps them.
var (
	// ErrNumber: the text is not a number.
	ErrNumber = errors.New("not a number")
	// ErrPrecision: a number has more than 38 significant digits.
	ErrPrecision = errors.New("number with over 38 significant digits")
	// ErrRange: a number other than 0 has a magnitude under 1E-130 or over
	// 9.99…E+125.
	ErrRange = errors.New("number out of range")
)

const (
	maxDigits   = 38
	maxExponent = 125
	minExponent = -130

	// maxNumberLen bounds the text of a number, in bytes. DynamoDB sends 168 at
	// most; the rest is room for other writers' leading and trailing zeros.
	maxNumberLen = 1024

	// normalLen is the longest normal form: a minus, a 0, a point, the zeros
	// and digits of a number near the smallest.
	normalLen = 3 - minExponent - 1 + maxDigits
)

// nonDigit marks the bytes of v that are no digits. The flip puts the digits at 0
// to 9, and nothing else below 10. The sums stay within their byte, as both terms
// are under 0x80, and reach 0x80 from 10 on.
func nonDigit(v uint64) uint64 {
	v ^= '0' * ones
	return (v&^high + (0x80-10)*ones | v) & high
}

// consumeDigits returns the index of the first byte from b[i] on that is no
// digit.
func consumeDigits(b []byte, i int) int {
	for ; len(b)-i >= 8; i += 8 {
		if m := nonDigit(load(b, i)); m != 0 {
			return i + first(m)
		}
	}
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	return i
}

// A decimal is a number taken apart: ±d.ddd × 10^exp, its digits still in the
// text they were read from.
type decimal struct {
	neg    bool
	digits []byte // from the first digit that is not 0 to the last, maybe with a point between; empty for 0
	n      int    // digits in it, without the point
	exp    int    // of the first digit
}

// parseDecimal reads a number: an optional sign, digits with an optional point
// anywhere among them, an optional exponent.
func parseDecimal(text []byte) (d decimal, ok bool) {
	if len(text) > maxNumberLen {
		return d, false
	}
	i := 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		d.neg = text[i] == '-'
		i++
	}
	start := i
	i = consumeDigits(text, i)
	point, count := i, i-start
	if i < len(text) && text[i] == '.' {
		i = consumeDigits(text, i+1)
		count += i - point - 1
	}
	if count == 0 {
		return d, false
	}
	end := i
	exp := 0
	if i < len(text) && text[i]|0x20 == 'e' {
		if exp, i = parseExponent(text, i+1); i == 0 {
			return d, false
		}
	}
	if i != len(text) {
		return d, false
	}

	for start < end && (text[start] == '0' || text[start] == '.') {
		start++
	}
	for end > start && (text[end-1] == '0' || text[end-1] == '.') {
		end--
	}
	if start == end {
		d.neg = false
		return d, true
	}
	d.digits, d.n = text[start:end], end-start
	if start < point {
		d.exp = exp + point - start - 1
		if point < end {
			d.n--
		}
	} else {
		d.exp = exp + point - start
	}
	return d, true
}

// parseExponent reads the exponent at text[i], behind the letter. It returns
// the index behind it, 0 if there is none. An exponent too large to matter is
// cut to one that is still far out of range.
func parseExponent(text []byte, i int) (exp, n int) {
	const limit = 1e8
	neg := false
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		neg = text[i] == '-'
		i++
	}
	start := i
	for ; i < len(text) && text[i]-'0' <= 9; i++ {
		exp = min(exp*10+int(text[i]-'0'), limit)
	}
	if i == start {
		return 0, 0
	}
	if neg {
		exp = -exp
	}
	return exp, i
}

// CompareNumber compares two numbers by value: the result is negative if a < b,
// 0 if they are equal, positive if a > b. It takes whatever number text a
// [Scanner] accepts, with or without JSON escapes in it. A text that is not a
// number counts as 0.
func CompareNumber(a, b []byte) int {
	x, y := decimalOf(a), decimalOf(b)
	switch sx, sy := x.sign(), y.sign(); {
	case sx != sy:
		return sx - sy
	case sx < 0:
		return -compareMagnitude(x, y)
	case sx > 0:
		return compareMagnitude(x, y)
	}
	return 0
}

func decimalOf(raw []byte) decimal {
	d, ok := parseDecimal(raw)
	if !ok && bytes.IndexByte(raw, '\\') >= 0 {
		d, ok = parseDecimal(AppendUnquote(nil, raw))
	}
	if !ok {
		return decimal{}
	}
	return d
}

func (d decimal) sign() int {
	switch {
	case d.n == 0:
		return 0
	case d.neg:
		return -1
	}
	return 1
}

// compareMagnitude compares two numbers other than 0 without their signs.
func compareMagnitude(x, y decimal) int {
	if x.exp != y.exp {
		return cmp.Compare(x.exp, y.exp)
	}
	a, b := x.digits, y.digits
	for {
		if len(a) > 0 && a[0] == '.' {
			a = a[1:]
		}
		if len(b) > 0 && b[0] == '.' {
			b = b[1:]
		}
		// No trailing zeros are left, so the longer one is the larger.
		if len(a) == 0 || len(b) == 0 {
			return cmp.Compare(len(a), len(b))
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
}

// AppendNumber appends a number in the form in which DynamoDB stores and
// returns it: without exponent, without needless zeros, "0" for every zero.
// Two numbers are equal exactly if their forms are. The error is [ErrNumber],
// [ErrPrecision] or [ErrRange]; dst is then returned as it was.
//
// The text is decimal text, without JSON escapes.
func AppendNumber(dst, text []byte) ([]byte, error) {
	d, ok := parseDecimal(text)
	switch {
	case !ok:
		return dst, ErrNumber
	case d.n == 0:
		return append(dst, '0'), nil
	case d.n > maxDigits:
		return dst, ErrPrecision
	case d.exp < minExponent || d.exp > maxExponent:
		return dst, ErrRange
	}
	if d.neg {
		dst = append(dst, '-')
	}
	if d.exp < 0 {
		dst = append(dst, '0', '.')
		dst = appendZeros(dst, -d.exp-1)
		return d.appendDigits(dst, d.n+1), nil
	}
	dst = d.appendDigits(dst, d.exp+1)
	return appendZeros(dst, d.exp+1-d.n), nil
}

// appendDigits appends the digits of d with a point before digit number at,
// if there is a digit there.
func (d decimal) appendDigits(dst []byte, at int) []byte {
	for _, c := range d.digits {
		if c == '.' {
			continue
		}
		if at == 0 {
			dst = append(dst, '.')
		}
		at--
		dst = append(dst, c)
	}
	return dst
}

func appendZeros(dst []byte, n int) []byte {
	for ; n > 0; n-- {
		dst = append(dst, '0')
	}
	return dst
}

// size returns the bytes that DynamoDB counts for a number: 1, 1 for each pair of
// digits, and 1 for a minus, 21 at most. Pairs are counted from the point in both
// directions, so that 12 is one and 120 and 0.012 are two; those that are 00
// count between others only.
func (d decimal) size() int {
	if d.n == 0 {
		return 1
	}
	last := d.exp - d.n + 1
	n := 1 + d.exp>>1 - last>>1 + 1 // the shift rounds down below the point as well
	if d.neg {
		n++
	}
	return min(n, 21)
}
