package anon

import (
	"flag"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/ff1"
)

var ff1Inputs = flag.Int("inputs", 200_000, "how many numbers of 7 digits to encrypt; 10000000 are all")

// All texts of 7 digits map to different ones, among them.
func TestDigitsAreAPermutation(t *testing.T) {
	tr := Digits().(*anonymizer)
	seen := make([]uint64, 10_000_000/64+1)
	same := 0
	for i := range *ff1Inputs {
		in := fmt.Sprintf("%07d", i)
		out, err := tr.anonymize(t.Context(), dynsync.Input{}, dynsync.KindS, in, 0)
		n, bad := strconv.Atoi(out)
		if err != nil || bad != nil || len(out) != 7 {
			t.Fatalf("%s became %s, %v", in, out, err)
		}
		if seen[n/64]>>(n%64)&1 == 1 {
			t.Fatalf("%s comes out twice", out)
		}
		seen[n/64] |= 1 << (n % 64)
		if in == out {
			same++
		}
	}
	if same > 10 { // 1 is expected
		t.Errorf("%d stay as they are", same)
	}
}

// The same for numbers, which get no superfluous zeros.
func TestDigitsOfNumbersAreAPermutation(t *testing.T) {
	tr := Digits().(*anonymizer)
	for _, form := range []struct {
		where string
		make  func(i int) string
		n     int
	}{
		{"whole", func(i int) string { return strconv.Itoa(i + 1_000_000) }, min(*ff1Inputs/2, 9_000_000)},
		{"negative, with decimals", func(i int) string { return fmt.Sprintf("-%d.%04d%d", i%9+1, i/81%10_000, i/9%9+1) }, min(*ff1Inputs/4, 810_000)},
		{"below 1", func(i int) string { return fmt.Sprintf("0.%05d1", i) }, min(*ff1Inputs/4, 100_000)},
	} {
		seen := map[string]bool{}
		for i := range form.n {
			in := form.make(i)
			out, err := tr.anonymize(t.Context(), dynsync.Input{}, dynsync.KindN, in, 0)
			normal, ok := normalNumber(out)
			if err != nil || !ok || normal != out || len(out) != len(in) || strings.IndexByte(out, '.') != strings.IndexByte(in, '.') {
				t.Fatalf("%s: %s became %s, %v", form.where, in, out, err)
			}
			if seen[out] {
				t.Fatalf("%s: %s comes out twice", form.where, out)
			}
			seen[out] = true
		}
	}
}

// TestDigitsOfShortNumbersAreAPermutation: whole numbers of up to six digits become such, each
// another one.
func TestDigitsOfShortNumbersAreAPermutation(t *testing.T) {
	tr := Digits().(*anonymizer)
	for _, sign := range []string{"", "-"} {
		seen, short, same := map[string]bool{}, 0, 0
		n := min(*ff1Inputs/8, 1_000_000)
		for i := range n {
			if sign != "" {
				i++
			}
			in := sign + strconv.Itoa(i)
			out, err := tr.anonymize(t.Context(), dynsync.Input{}, dynsync.KindN, in, 0)
			normal, ok := normalNumber(out)
			if err != nil || !ok || normal != out || !isShort(out) || strings.HasPrefix(out, "-") != (sign != "") {
				t.Fatalf("%s became %s, %v", in, out, err)
			}
			if seen[out] {
				t.Fatalf("%s comes out twice", out)
			}
			seen[out] = true
			if len(out) <= len("999")+len(sign) {
				short++
			}
			if in == out {
				same++
			}
		}
		if short > n/500 || same > 10 {
			t.Errorf("of %d numbers, %d became shorter than four digits, and %d stay", n, short, same)
		}
	}
}

// decrypt reverses Digits and Alphanumeric, as who has the key can.
func decrypt(t *testing.T, tr dynsync.Transformer, alphabet string, kind dynsync.Kind, text string) string {
	t.Helper()
	key := tr.(*anonymizer).cfg.subkey(dynsync.Input{}, "ff1")
	c, err := ff1.New(key[:], len(alphabet))
	if err != nil {
		t.Fatal(err)
	}
	f := &fpe{alphabet: alphabet}
	x := f.numerals(text)
	for {
		if err := c.Decrypt(nil, x); err != nil {
			t.Fatal(err)
		}
		if out := f.replace(text, x); kind != dynsync.KindN || isNormal(out) {
			return out
		}
	}
}

// TestDigitsKeepIntegers: what a program holds as an integer stays one that it holds, and what
// it does not hold stays too large, so that they stay different.
func TestDigitsKeepIntegers(t *testing.T) {
	for _, tt := range []struct {
		sign, from, limit string // from is the least number of as many digits, or the one above another limit
		text              bool   // a string, too
	}{
		{"", "1000000000", "2147483647", false}, {"", "2147483648", "4294967295", false}, {"", "1000000000000000", "9007199254740991", false},
		{"", "1000000000000000000", "9223372036854775807", true}, {"", "10000000000000000000", "18446744073709551615", true},
		{"-", "1000000000", "2147483648", false}, {"-", "2147483649", "4294967295", false}, {"-", "1000000000000000", "9007199254740991", false},
		{"-", "1000000000000000000", "9223372036854775808", true}, {"-", "10000000000000000000", "18446744073709551615", true},
	} {
		least, _ := new(big.Int).SetString(tt.from, 10)
		limit, _ := new(big.Int).SetString(tt.limit, 10)
		seen := map[string]bool{}
		for i := range int64(200) {
			inside, outside := new(big.Int).Sub(limit, big.NewInt(i)), new(big.Int).Add(limit, big.NewInt(i+1))
			for _, n := range []*big.Int{inside, new(big.Int).Add(least, big.NewInt(i)), outside} {
				text := tt.sign + n.String()
				out, _ := new(big.Int).SetString(outText(t, Digits(), number(text)), 10)
				seen[out.String()] = true
				abs := new(big.Int).Abs(out)
				if (abs.Cmp(limit) > 0) != (n.Cmp(limit) > 0) || abs.Cmp(least) < 0 && n.Cmp(limit) <= 0 || (out.Sign() < 0) != (tt.sign == "-") {
					t.Fatalf("%s became %s", text, out)
				}
				if tt.text && outText(t, Digits(), number(text)) != outText(t, Digits(), text) && outText(t, Digits(), text)[len(tt.sign)] != '0' {
					t.Errorf("%s became another as a string", text)
				}
				if asText, ok := new(big.Int).SetString(outText(t, Digits(), text), 10); tt.text && (!ok || (asText.CmpAbs(limit) > 0) != (n.Cmp(limit) > 0)) {
					t.Errorf("%q became %s", text, asText)
				}
			}
		}
		if len(seen) != 3*200 {
			t.Errorf("%s%s: %d numbers became %d", tt.sign, tt.limit, 3*200, len(seen))
		}
	}
}

func TestDigitsAndAlphanumericKeepTheForm(t *testing.T) {
	const all = digits + uppers + lowers
	for _, tt := range []struct {
		tr       dynsync.Transformer
		alphabet string
		in       any
	}{
		{Digits(), digits, "1234567"},
		{Digits(), digits, "+1 (555) 010-9999"},
		{Digits(), digits, "Kundennr. 0000000 für Grüße 😀"},
		{Digits(), digits, number("1234567")},
		{Digits(), digits, number("-1234.567")},
		{Digits(), digits, number("0.00000012")},
		{Digits(), digits, number("12345678901234567890123456789012345678")},
		{Digits(), digits, strings.Repeat("7", ff1.MaxLen)},
		{Digits(), digits, strings.Repeat("ü", 100_000) + "123456"},
		{Alphanumeric(), all, "aB3-xY9"},
		{Alphanumeric(), all, "straße 12"},
		{Alphanumeric(), all, "0000"},
		{Digits(In("x")), digits, "1234567"},
	} {
		out := outText(t, tt.tr, tt.in)
		in := fmt.Sprint(tt.in)
		if out == in || hide(out, tt.alphabet) != hide(in, tt.alphabet) {
			t.Errorf("%.50s became %.50s", in, out)
		}
		kind := dynsync.KindS
		if _, ok := tt.in.(number); ok {
			kind = dynsync.KindN
		}
		if back := decrypt(t, tt.tr, tt.alphabet, kind, out); back != in {
			t.Errorf("%.50s came back as %.50s", in, back)
		}
	}
	if a, b := outText(t, Digits(), "1234567"), outText(t, Digits(In("x")), "1234567"); a == b {
		t.Error("domains agree")
	}
	if a, b := outText(t, Digits(), number("1234567.0")), outText(t, Digits(), number("1234567")); a != b {
		t.Error("equal numbers differ:", a, b)
	}
	refused(t, Digits, "12345", "no digits", "١٢٣٤٥٦٧", number("1234.5"), number("1E100"), number("1E-38"), strings.Repeat("1", ff1.MaxLen+1), strings.Repeat("1", 100_000))
	refused(t, Alphanumeric, "abc", "äöüß日本語", strings.Repeat("x", 100_000))
	isUniqueness(t, Digits(), dynsync.UniquenessExact)
	isUniqueness(t, Alphanumeric(), dynsync.UniquenessExact)
	isUniqueness(t, Alphanumeric(PerItem()), dynsync.UniquenessNone)
	if describe(Digits()).Drawn {
		t.Error("digits keep separators")
	}
}

// hide replaces the characters of an alphabet.
func hide(text, alphabet string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(alphabet, r) {
			return 'x'
		}
		return r
	}, text)
}

func TestDigitsAreThoseOfTheKeyAndItem(t *testing.T) {
	items := []map[string]any{
		{"Id": "1", "Name": "a", "Equal": "12345678", "Own": "12345678"},
		{"Id": "2", "Name": "b", "Equal": "12345678", "Own": "12345678"},
	}
	out := transformed(t, items,
		dynsync.WithTransform("Id", dynsync.Passthrough()),
		dynsync.WithTransform("Equal", Digits()),
		dynsync.WithTransform("Own", Digits(PerItem())))
	if a, b := textAt(t, out["a"], "Equal"), textAt(t, out["b"], "Equal"); a != b || a == outText(t, Digits(), "12345678") {
		t.Error(a, b)
	}
	if a, b := textAt(t, out["a"], "Own"), textAt(t, out["b"], "Own"); a == b {
		t.Error("equal in two items:", a)
	}
}

func BenchmarkDigits(b *testing.B) {
	tr, v := Digits(), dynsync.StringValue("4111-1111")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tr.Transform(b.Context(), dynsync.Input{Value: v}); err != nil {
			b.Fatal(err)
		}
	}
}
