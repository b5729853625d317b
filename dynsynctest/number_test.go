package dynsynctest

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNumbers(t *testing.T) {
	nines := strings.Repeat("9", 38)
	for _, test := range []struct {
		reason, text, want string
		fault              string
	}{
		{reason: "zeros after the point say nothing", text: "1.0", want: "1"},
		{reason: "an exponent is written out", text: "1e3", want: "1000"},
		{reason: "a fraction with an exponent", text: "1.5E2", want: "150"},
		{reason: "leading zeros", text: "00042", want: "42"},
		{reason: "trailing zeros", text: "3.1400", want: "3.14"},
		{reason: "there is no negative zero", text: "-0", want: "0"},
		{reason: "nor a negative zero with a fraction", text: "-0.00e5", want: "0"},
		{reason: "a plus sign", text: "+1", want: "1"},
		{reason: "no digit before the point", text: ".5", want: "0.5"},
		{reason: "no digit after the point", text: "5.", want: "5"},
		{reason: "the largest power of ten", text: "1E125", want: "1" + strings.Repeat("0", 125)},
		{reason: "the smallest number", text: "1E-130", want: "0." + strings.Repeat("0", 129) + "1"},
		{reason: "the largest number", text: "9." + nines[1:] + "E125", want: nines + strings.Repeat("0", 88)},
		{reason: "38 digits are kept", text: nines, want: nines},
		{reason: "zeros are no digits", text: nines + "000", want: nines + "000"},
		{reason: "39 digits are one too many", text: nines + "9", fault: errPrecision},
		{reason: "too large", text: "1e126", fault: errTooLarge},
		{reason: "too small", text: "1e-131", fault: errTooSmall},
		{reason: "an exponent that overflows an int is still just too large", text: "1e99999999999999999999", fault: errTooLarge},
		{reason: "zero has no magnitude", text: "0e999999", want: "0"},
		{reason: "no digits", text: "", fault: errNotNumber},
		{reason: "a sign alone", text: "-", fault: errNotNumber},
		{reason: "a point alone", text: ".", fault: errNotNumber},
		{reason: "an exponent without digits", text: "1e", fault: errNotNumber},
		{reason: "two signs", text: "--1", fault: errNotNumber},
		{reason: "white space", text: " 1", fault: errNotNumber},
		{reason: "not a number", text: "NaN", fault: errNotNumber},
		{reason: "hexadecimal", text: "0x1", fault: errNotNumber},
		{reason: "separators", text: "1_000", fault: errNotNumber},
		{reason: "digits of another script", text: "٣", fault: errNotNumber},
	} {
		d, fault := parseDecimal(test.text)
		if fault != test.fault || fault == "" && d.String() != test.want {
			t.Errorf("%s: %q gave %q, %q; want %q, %q", test.reason, test.text, d, fault, test.want, test.fault)
		}
	}
}

func TestNumberSizes(t *testing.T) {
	for _, test := range []struct {
		text string
		want int
	}{
		{"0", 1}, {"1", 2}, {"10", 2}, {"101", 3}, {"1001", 3}, {"-1", 3}, {"123.45", 4}, {"-123.45", 5},
		{"0.001", 2}, {"0.00123", 3}, {"1E125", 2}, {"1E-130", 2}, {strings.Repeat("7", 38), 20},
	} {
		d, _ := parseDecimal(test.text)
		if got := d.size(); got != test.want {
			t.Errorf("%s counts %d bytes; want %d", test.text, got, test.want)
		}
	}
}

func TestJavaNumbers(t *testing.T) {
	for text, want := range map[string]string{
		"20": "20", "2e1": "2E+1", "1e3": "1E+3", "1.50": "1.50", "3.00": "3.00", "0.00000001": "1E-8", "-5e-9": "-5E-9",
		"1E+20": "1E+20", "0.000001": "0.000001", "12.5e3": "1.25E+4", "-0": "0", "+7": "7", ".5": "0.5", "0.00": "0.00",
	} {
		if got := javaNumber(text); got != want {
			t.Errorf("%s gave %s; want %s", text, got, want)
		}
	}
}

// numbers draws the text of a number in range.
func numbers(t *rapid.T) string {
	text := rapid.StringMatching(`[+-]?[0-9]{1,20}(\.[0-9]{0,18})?`).Draw(t, "mantissa")
	if rapid.Bool().Draw(t, "has exponent") {
		text += rapid.StringMatching(`[eE][+-]?[0-9]{1,2}`).Draw(t, "exponent")
	}
	return text
}

// big.Rat is the oracle: slow, and sure of its arithmetic.
func TestNumbersAgreeWithRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := [2]string{numbers(t), numbers(t)}
		var values [2]decimal
		var rats [2]*big.Rat
		for i, text := range texts {
			var fault string
			if values[i], fault = parseDecimal(text); fault != "" {
				t.Skip(fault)
			}
			rats[i], _ = new(big.Rat).SetString(strings.TrimSuffix(strings.ReplaceAll(text, ".e", "e"), "."))
			if rats[i] == nil {
				rats[i], _ = new(big.Rat).SetString(strings.ReplaceAll(text, ".E", "E"))
			}
			normal, _ := new(big.Rat).SetString(values[i].String())
			if normal.Cmp(rats[i]) != 0 {
				t.Fatalf("%s became %s", text, values[i])
			}
			if again, _ := parseDecimal(values[i].String()); again != values[i] {
				t.Fatalf("%s is not in normal form", values[i])
			}
		}
		if got, want := compareDecimals(values[0], values[1]), rats[0].Cmp(rats[1]); got != want {
			t.Fatalf("%s against %s: %d; want %d", texts[0], texts[1], got, want)
		}
		sum, _ := new(big.Rat).SetString(values[0].add(values[1]).String())
		if want := new(big.Rat).Add(rats[0], rats[1]); sum.Cmp(want) != 0 {
			t.Fatalf("%s + %s = %s", texts[0], texts[1], sum)
		}
		difference, _ := new(big.Rat).SetString(values[0].add(values[1].negated()).String())
		if want := new(big.Rat).Sub(rats[0], rats[1]); difference.Cmp(want) != 0 {
			t.Fatalf("%s - %s = %s", texts[0], texts[1], difference)
		}
	})
}
