package dynsynctest

import (
	"fmt"
	"strings"
)

// maxDigits is the precision of a DynamoDB number.
const maxDigits = 38

// decimal is a number as DynamoDB understands it: ±0.d₁d₂d₃… × 10^exp, with
// neither leading nor trailing zeros among the digits. Zero has no digits.
type decimal struct {
	neg    bool
	digits string
	exp    int // digits before the decimal point; negative for leading zeros after it
}

const (
	errNotNumber = "The parameter cannot be converted to a numeric value"
	errPrecision = "DynamoDB only supports precision up to 38 digits"
	errTooLarge  = "Number overflow. Attempting to store a number with magnitude larger than supported range"
	errTooSmall  = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
)

// parseDecimal reads the text of an N. The second result is empty, or says
// what is wrong with it in the service's words.
func parseDecimal(text string) (decimal, string) {
	d, ok := scanDecimal(text)
	switch {
	case !ok:
		return decimal{}, errNotNumber
	case len(d.digits) > maxDigits:
		return decimal{}, errPrecision
	case d.digits == "":
		return decimal{}, ""
	case d.exp > 126:
		return decimal{}, errTooLarge
	case d.exp < -129:
		return decimal{}, errTooSmall
	}
	return d, ""
}

func scanDecimal(text string) (d decimal, ok bool) {
	s := text
	if s != "" && (s[0] == '-' || s[0] == '+') {
		d.neg = s[0] == '-'
		s = s[1:]
	}
	whole := digitsOf(s)
	s = s[len(whole):]
	fraction := ""
	if s != "" && s[0] == '.' {
		fraction = digitsOf(s[1:])
		s = s[1+len(fraction):]
	}
	if whole == "" && fraction == "" {
		return d, false
	}
	exponent := 0
	if s != "" {
		if exponent, ok = scanExponent(s); !ok {
			return d, false
		}
	}
	digits := whole
	if fraction != "" {
		digits += fraction
	}
	d.exp = len(whole) + exponent
	trimmed := strings.TrimLeft(digits, "0")
	d.exp -= len(digits) - len(trimmed)
	d.digits = strings.TrimRight(trimmed, "0")
	if d.digits == "" {
		return decimal{}, true
	}
	return d, true
}

// scanExponent reads e5, E+5, e-5. A magnitude beyond anything that fits is
// cut, so that it cannot overflow and still is out of range.
func scanExponent(s string) (int, bool) {
	if s[0] != 'e' && s[0] != 'E' {
		return 0, false
	}
	s = s[1:]
	sign := 1
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	if s == "" || len(digitsOf(s)) != len(s) {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		n = min(n*10+int(s[i]-'0'), 1<<30)
	}
	return sign * n, true
}

func digitsOf(s string) string {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return s[:i]
		}
	}
	return s
}

// String is the normal form: no exponent, no zero that says nothing.
func (d decimal) String() string {
	if d.digits == "" {
		return "0"
	}
	var b strings.Builder
	if d.neg {
		b.WriteByte('-')
	}
	switch {
	case d.exp <= 0:
		b.WriteString("0.")
		b.WriteString(zeros[:-d.exp])
		b.WriteString(d.digits)
	case d.exp >= len(d.digits):
		b.WriteString(d.digits)
		b.WriteString(zeros[:d.exp-len(d.digits)])
	default:
		b.WriteString(d.digits[:d.exp])
		b.WriteByte('.')
		b.WriteString(d.digits[d.exp:])
	}
	return b.String()
}

var zeros = strings.Repeat("0", 130)

// size is what the number counts for in an item: two digits a byte, the parts
// before and after the point rounded up apart.
func (d decimal) size() int {
	if d.digits == "" {
		return 1
	}
	whole := min(max(d.exp, 0), len(d.digits))
	n := 1 + (whole+1)/2 + (len(d.digits)-whole+1)/2
	if d.neg {
		n++
	}
	return n
}

// appendSortable appends bytes that compare as the numbers do, and are equal
// exactly when the numbers are.
func (d decimal) appendSortable(dst []byte) []byte {
	if d.digits == "" {
		return append(dst, 1)
	}
	exp := d.exp + 256
	if !d.neg {
		dst = append(dst, 2, byte(exp>>8), byte(exp))
		return append(dst, d.digits...)
	}
	dst = append(dst, 0, ^byte(exp>>8), ^byte(exp))
	for i := range len(d.digits) {
		dst = append(dst, ^d.digits[i])
	}
	return append(dst, 0xFF) // of two negatives the longer is the smaller
}

// compareDecimals orders two numbers by value.
func compareDecimals(a, b decimal) int {
	return strings.Compare(string(a.appendSortable(nil)), string(b.appendSortable(nil)))
}

// add returns a+b exactly; the caller checks the range of the result.
func (d decimal) add(b decimal) decimal {
	if d.digits == "" {
		return b
	}
	if b.digits == "" {
		return d
	}
	low := min(d.exp-len(d.digits), b.exp-len(b.digits))
	high := max(d.exp, b.exp)
	x, y := d.aligned(low, high), b.aligned(low, high)
	var sum []byte
	neg := d.neg
	switch {
	case d.neg == b.neg:
		sum = addDigits(x, y)
	case string(x) >= string(y):
		sum = subtractDigits(x, y)
	default:
		sum, neg = subtractDigits(y, x), b.neg
	}
	return decimalOf(neg, sum, low)
}

// negated returns -d.
func (d decimal) negated() decimal {
	d.neg = !d.neg && d.digits != ""
	return d
}

// aligned returns the digits from 10^high down to 10^low.
func (d decimal) aligned(low, high int) []byte {
	out := make([]byte, 0, high-low)
	for range high - d.exp {
		out = append(out, '0')
	}
	out = append(out, d.digits...)
	for len(out) < high-low {
		out = append(out, '0')
	}
	return out
}

func addDigits(x, y []byte) []byte {
	out := make([]byte, len(x)+1)
	carry := byte(0)
	for i := len(x) - 1; i >= 0; i-- {
		n := x[i] - '0' + y[i] - '0' + carry
		out[i+1], carry = '0'+n%10, n/10
	}
	out[0] = '0' + carry
	return out
}

func subtractDigits(x, y []byte) []byte {
	out := make([]byte, len(x)+1)
	out[0] = '0'
	borrow := byte(0)
	for i := len(x) - 1; i >= 0; i-- {
		n := 10 + x[i] - y[i] - borrow
		out[i+1], borrow = '0'+n%10, 1-n/10
	}
	return out
}

// decimalOf makes a decimal of digits whose last one stands for 10^low.
func decimalOf(neg bool, digits []byte, low int) decimal {
	trimmed := strings.TrimLeft(string(digits), "0")
	exp := low + len(trimmed)
	trimmed = strings.TrimRight(trimmed, "0")
	if trimmed == "" {
		return decimal{}
	}
	return decimal{neg: neg, digits: trimmed, exp: exp}
}

// javaNumber writes a number as Java's BigDecimal prints what it parsed: 2e1 as
// 2E+1, but 20 and 1.50 as they are. DynamoDB Local answers so in the number
// sets within lists and maps.
func javaNumber(text string) string {
	d, _ := scanDecimal(text)
	mantissa := text
	exponent := 0
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa = text[:i]
		exponent, _ = scanExponent(text[i:])
	}
	whole, fraction, _ := strings.Cut(strings.TrimLeft(mantissa, "+-"), ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	scale := len(fraction) - exponent
	if digits == "" {
		digits = "0"
	}
	adjusted := len(digits) - 1 - scale
	sign := ""
	if d.neg {
		sign = "-"
	}
	switch {
	case scale == 0:
		return sign + digits
	case scale > 0 && adjusted >= -6 && scale < len(digits):
		return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	case scale > 0 && adjusted >= -6:
		return sign + "0." + zeros[:scale-len(digits)] + digits
	case len(digits) > 1:
		digits = digits[:1] + "." + digits[1:]
	}
	return sign + digits + fmt.Sprintf("E%+d", adjusted)
}
