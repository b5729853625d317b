package anon

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/fold"
	"github.com/dynsync/dynsync/internal/wire"
)

// maxSignificant is how many significant digits a number of DynamoDB's has at
// most.
const maxSignificant = 38

// normalNumber returns a number in the one form that DynamoDB returns it in:
// without exponent and needless zeros. It is false for text that is no number
// of DynamoDB's.
func normalNumber(text string) (string, bool) {
	out, err := wire.AppendNumber(nil, []byte(text))
	return string(out), err == nil
}

// foldNumber makes equal numbers one, and other text one that reads the same: for what
// replaces anything.
func foldNumber(text string) (string, bool) {
	text = fold.Trim(fold.Case(text))
	if normal, ok := normalNumber(fold.Plain(text)); ok {
		return normal, true
	}
	return text, true
}

// A fixed is a number as a count of units of a decimal place: coef × 10^-scale.
type fixed struct {
	coef  *big.Int
	scale int // 0 or more
}

// parseFixed reads a number in normal form with at least scale decimals.
func parseFixed(normal string, scale int) fixed {
	whole, fraction, _ := strings.Cut(normal, ".")
	scale = max(scale, len(fraction))
	coef, ok := new(big.Int).SetString(whole+fraction+strings.Repeat("0", scale-len(fraction)), 10)
	if !ok { // the normal form is made of digits
		coef = new(big.Int)
	}
	return fixed{coef, scale}
}

// fixedOf returns the shortest decimal that reads back as f.
func fixedOf(f float64, scale int) fixed {
	return parseFixed(strconv.FormatFloat(f, 'f', -1, 64), scale)
}

// String returns the number with all of its decimals, and 0 without a sign.
func (f fixed) String() string {
	digits, sign := new(big.Int).Abs(f.coef).String(), ""
	if f.coef.Sign() < 0 {
		sign = "-"
	}
	if f.scale == 0 {
		return sign + digits
	}
	if short := f.scale + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	point := len(digits) - f.scale
	return sign + digits[:point] + "." + digits[point:]
}

// rounded returns f with no more than 38 significant digits, by leaving out the
// last ones.
func (f fixed) rounded() fixed {
	over := len(new(big.Int).Abs(f.coef).String()) - maxSignificant
	if over <= 0 {
		return f
	}
	unit := powerOfTen(over)
	coef := new(big.Int).Quo(f.coef, unit)
	return fixed{coef.Mul(coef, unit), f.scale}
}

func (f fixed) plus(delta *big.Int) fixed {
	return fixed{new(big.Int).Add(f.coef, delta), f.scale}
}

func powerOfTen(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// numberText returns the text of f for a value of the kind: for an N in normal
// form, and for an S with all decimals. It is false if f is out of DynamoDB's
// range.
func numberText(kind dynsync.Kind, f fixed) (string, bool) {
	text := f.String()
	normal, ok := normalNumber(text)
	if kind == dynsync.KindN {
		return normal, ok
	}
	if strings.HasPrefix(text, "-") && normal == "0" {
		text = text[1:]
	}
	return text, ok
}

// readNumber returns the number that a call is about, with the decimals that its
// text has, or as many as scale says if those are more.
func readNumber(c *call, scale int) (fixed, error) {
	if a := amountOf(c); a != nil {
		return parseFixed(c.canonical, max(scale, a.decimals)), nil
	}
	if c.kind == dynsync.KindN {
		return parseFixed(c.canonical, scale), nil
	}
	if !isPlain(c.text) {
		return fixed{}, errMisfit
	}
	_, fraction, _ := strings.Cut(c.text, ".")
	return parseFixed(c.canonical, max(scale, len(fraction))), nil
}

// isPlain reports whether a text is plain decimal text: a sign, digits without superfluous
// zeros before them, a fraction.
func isPlain(text string) bool {
	whole, fraction, pointed := strings.Cut(strings.TrimLeft(text, "+-"), ".")
	if len(whole) > 1 && whole[0] == '0' || pointed && fraction == "" {
		return false
	}
	return whole != "" && allIn(whole, digits) && allIn(fraction, digits)
}

// allIn reports whether text has no bytes but those of an ASCII alphabet.
func allIn(text, alphabet string) bool {
	return strings.Trim(text, alphabet) == ""
}

// fraction returns n × x, rounded down, for an x of [0, 1) of 256 bits. The bits
// are those of the seed, so that the same value gives the same x at any scale.
func (d *draw) fraction(n *big.Int) *big.Int {
	x := new(big.Int).SetBytes(d.seed()[:])
	return x.Rsh(x.Mul(x, n), 256)
}

// jitter returns a number from -reach to reach, both included.
func (d *draw) jitter(reach *big.Int) *big.Int {
	n := new(big.Int).Lsh(reach, 1)
	x := d.fraction(n.Add(n, big.NewInt(1)))
	return x.Sub(x, reach)
}
