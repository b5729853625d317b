package wire

import (
	"errors"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// numberForm is the form of a number, as a slow and obvious oracle.
var numberForm = regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

func isNumber(text string) bool { return len(text) <= maxNumberLen && numberForm.MatchString(text) }

// ratOf returns the value of a number text with a small exponent.
func ratOf(t interface{ Fatalf(string, ...any) }, text string) *big.Rat {
	text = strings.TrimPrefix(text, "+")
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("math/big refuses %q", text)
	}
	return r
}

// normalOracle is AppendNumber by math/big.
func normalOracle(r *big.Rat) (string, error) {
	if r.Sign() == 0 {
		return "0", nil
	}
	const scale = 1200 // more decimals than any text in these tests has
	text := strings.TrimRight(strings.TrimRight(r.FloatString(scale), "0"), ".")
	if digits := strings.Trim(strings.Replace(strings.TrimPrefix(text, "-"), ".", "", 1), "0"); len(digits) > 38 {
		return "", ErrPrecision
	}
	magnitude := new(big.Rat).Abs(r)
	tenTo := func(n int64) *big.Rat {
		return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil))
	}
	if magnitude.Cmp(tenTo(126)) >= 0 || magnitude.Cmp(new(big.Rat).Inv(tenTo(130))) < 0 {
		return "", ErrRange
	}
	return text, nil
}

func TestAppendNumber(t *testing.T) {
	zeros := func(n int) string { return strings.Repeat("0", n) }
	nines := strings.Repeat("9", 38)
	for _, test := range []struct {
		reason, text, want string
		err                error
	}{
		{"measured: trailing zero", "1.0", "1", nil},
		{"measured: exponent", "1e3", "1000", nil},
		{"measured: exponent and point", "1.5E2", "150", nil},
		{"measured: leading zeros", "0001", "1", nil},
		{"measured: leading zeros", "00042", "42", nil},
		{"measured: trailing zeros", "3.1400", "3.14", nil},
		{"measured: minus zero", "-0", "0", nil},
		{"measured: plus", "+1", "1", nil},
		{"measured: no digit before the point", ".5", "0.5", nil},
		{"measured: no digit behind the point", "5.", "5", nil},
		{"measured: the largest power", "1E125", "1" + zeros(125), nil},
		{"measured: the smallest", "1E-130", "0." + zeros(129) + "1", nil},
		{"measured: the largest", "9." + nines[1:] + "E+125", nines + zeros(88), nil},
		{"measured: 38 digits stay", nines, nines, nil},
		{"measured: 39 do not", nines + "9", "", ErrPrecision},
		{"measured: trailing zeros do not count", nines + zeros(5) + ".000", nines + zeros(5), nil},
		{"leading zeros do not count", zeros(100) + "." + zeros(2) + nines, "0.00" + nines, nil},
		{"measured: too large", "1e126", "", ErrRange},
		{"measured: too small", "1e-131", "", ErrRange},
		{"too large without exponent", "1" + zeros(126), "", ErrRange},
		{"the negatives have the same range", "-1e126", "", ErrRange},
		{"digits on both sides", "-120.0450", "-120.045", nil},
		{"an exponent that moves the point left", "1234.5e-2", "12.345", nil},
		{"an exponent that moves it past the digits", "12.5e-4", "0.00125", nil},
		{"an exponent that moves it among the digits", "1.2345e2", "123.45", nil},
		{"an exponent that makes zeros", "1.2e4", "12000", nil},
		{"zero of any exponent", "0.000e999999999999999999999", "0", nil},
		{"an exponent beyond int64", "1e99999999999999999999999", "", ErrRange},
		{"a negative one", "1e-99999999999999999999999", "", ErrRange},
		{"the longest text", zeros(maxNumberLen-1) + "7", "7", nil},
		{"longer", zeros(maxNumberLen) + "7", "", ErrNumber},
		{"nothing", "", "", ErrNumber},
		{"a sign", "-", "", ErrNumber},
		{"a point", ".", "", ErrNumber},
		{"a signed point", "-.", "", ErrNumber},
		{"two points", "1.2.3", "", ErrNumber},
		{"two signs", "--1", "", ErrNumber},
		{"an exponent without digits", "1e", "", ErrNumber},
		{"an exponent of a sign", "1e+", "", ErrNumber},
		{"an exponent without mantissa", "e5", "", ErrNumber},
		{"an exponent with a point", "1e1.5", "", ErrNumber},
		{"not a number", "NaN", "", ErrNumber},
		{"infinity", "Infinity", "", ErrNumber},
		{"hexadecimal", "0x10", "", ErrNumber},
		{"separators", "1_000", "", ErrNumber},
		{"space in front", " 1", "", ErrNumber},
		{"space behind", "1 ", "", ErrNumber},
		{"JSON escapes are not number text", `\u0031`, "", ErrNumber},
		{"the byte below 0", "/", "", ErrNumber},
		{"the byte above 9", "1:", "", ErrNumber},
	} {
		t.Run(test.reason, func(t *testing.T) {
			got, err := AppendNumber([]byte("-"), []byte(test.text))
			if !errors.Is(err, test.err) || string(got) != "-"+test.want {
				t.Fatalf("AppendNumber(%s) = %s, %v; want %s, %v", test.text, got[1:], err, test.want, test.err)
			}
			if err == nil && len(test.want) > normalLen {
				t.Fatalf("normalLen is too small for %s", test.want)
			}
		})
	}
}

// genNumber returns a number text with an exponent that math/big can take.
func genNumber(c chooser) string {
	digits := func(max int) string {
		b := make([]byte, c.IntN(max+1))
		for i := range b {
			b[i] = "0009123456789"[c.IntN(13)]
		}
		return string(b)
	}
	s := []string{"", "-", "+"}[c.IntN(3)] + digits(20)
	if c.IntN(2) == 0 {
		s += "." + digits(30)
	}
	if c.IntN(3) == 0 {
		s += []string{"e", "E"}[c.IntN(2)] + []string{"", "-", "+"}[c.IntN(3)] + digits(2)
	}
	return s
}

func TestNumberPropertiesAgainstMathBig(t *testing.T) {
	checkProperty(t, func(t *rapid.T, c chooser) { checkNumbers(t, genNumber(c), genNumber(c)) })
}

// checkNumbers holds two number texts, or other texts, against the oracles.
func checkNumbers(t interface{ Fatalf(string, ...any) }, a, b string) {
	normal, err := AppendNumber(nil, []byte(a))
	if isNumber(a) == errors.Is(err, ErrNumber) {
		t.Fatalf("%q: %v", a, err)
	}
	if n := consumePlainNumber([]byte(a+`"`), 0); n > 0 && n == len(a) && !isNumber(a) {
		t.Fatalf("the fast path takes %q", a)
	}
	if !isNumber(a) || !isNumber(b) || bigExponent(a) || bigExponent(b) {
		return
	}
	x, y := ratOf(t, a), ratOf(t, b)
	if got, want := sign(CompareNumber([]byte(a), []byte(b))), x.Cmp(y); got != want {
		t.Fatalf("CompareNumber(%s, %s) = %d, want %d", a, b, got, want)
	}
	want, wantErr := normalOracle(x)
	if err != wantErr || string(normal) != want {
		t.Fatalf("AppendNumber(%s) = %s, %v; want %s, %v", a, normal, err, want, wantErr)
	}
	if err != nil {
		return
	}
	if again, err := AppendNumber(nil, normal); err != nil || string(again) != want {
		t.Fatalf("the normal form %s becomes %s, %v", normal, again, err)
	}
	if other, err := AppendNumber(nil, []byte(b)); err == nil && (string(other) == want) != (x.Cmp(y) == 0) {
		t.Fatalf("%s and %s have the forms %s and %s", a, b, normal, other)
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// bigExponent reports whether the exponent is too large for math/big to be
// asked.
func bigExponent(text string) bool {
	i := strings.IndexAny(text, "eE")
	return i >= 0 && len(strings.TrimLeft(text[i+1:], "+-0")) > 2
}

func TestCompareNumber(t *testing.T) {
	// Ascending; each differs from the next.
	ordered := []string{
		"-1e999999999999", "-9.99e125", "-100", "-99.9", "-1.5", "-1", "-0.5", "-1e-130",
		"0", "1e-999999999999", "1e-130", "0.5", "1", "1.00000000000000000001", "1.5", "9", "10", "12", "120", "1e2000",
	}
	for i, a := range ordered {
		for k, b := range ordered {
			if got, want := sign(CompareNumber([]byte(a), []byte(b))), sign(i-k); got != want {
				t.Errorf("CompareNumber(%s, %s) = %d, want %d", a, b, got, want)
			}
		}
	}
	for _, same := range [][2]string{
		{"0", "-0.000e5"}, {"1", "1.0"}, {"1e2", "100"}, {"0.1", ".1"}, {"1200", "1.2e3"}, {"-5", "-5."},
		{"1", `\u0031`}, {`1E\u002b2`, "100"}, {"no number", "0"},
	} {
		if got := CompareNumber([]byte(same[0]), []byte(same[1])); got != 0 {
			t.Errorf("CompareNumber(%s, %s) = %d, want 0", same[0], same[1], got)
		}
	}
}

func FuzzNumber(f *testing.F) {
	for i, a := range numberTexts {
		f.Add(a, numberTexts[(i+1)%len(numberTexts)])
	}
	f.Add("1e", "1.2.3")
	f.Fuzz(func(t *testing.T, a, b string) { checkNumbers(t, a, b) })
}
