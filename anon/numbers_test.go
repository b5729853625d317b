package anon

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
)

func rat(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return r
}

func TestInt(t *testing.T) {
	seen := map[string]bool{}
	negative := 0
	for i := range 500 {
		text := outText(t, Int(Min(3), Max(5)), number(strconv.Itoa(i)))
		seen[text] = true
		if outText(t, Int(RandomSign()), fmt.Sprint("v", i))[0] == '-' {
			negative++
		}
		if n, err := strconv.Atoi(outText(t, Int(), fmt.Sprint("v", i))); err != nil || n < 1 || n > 10000 {
			t.Error(n, err)
		}
	}
	if len(seen) != 3 || !seen["3"] || !seen["5"] {
		t.Error(seen)
	}
	if negative < 200 || negative > 300 {
		t.Error(negative, "of 500 are negative")
	}
	if got := outText(t, Int(Min(0), Max(0), RandomSign()), "x"); got != "0" {
		t.Error(got)
	}
	if a, b, c := outText(t, Int(), number("7.0")), outText(t, Int(), number("7")), outText(t, Int(), "7"); a != b || b != c {
		t.Error("equal numbers differ:", a, b, c)
	}
	widest := Int(Min(int64(math.MinInt64)), Max(int64(math.MaxInt64)), RandomSign())
	for i := range 50 {
		rat(t, outText(t, widest, number(strconv.Itoa(i))))
	}
	outText(t, Int(), strings.Repeat("x", 100_000))
	faulty(t, Int(Min(5), Max(4)), Int(Min(0.5)), Int(Max(0)), Int(Decimals(2)))
	isUniqueness(t, Int(), dynsync.UniquenessNone)
}

func TestFloat(t *testing.T) {
	form := regexp.MustCompile(`^-?\d+\.\d\d\d$`)
	seen := map[string]bool{}
	for i := range 300 {
		text := outText(t, Float(Min(-0.0015), Max(0.0029), Decimals(3)), strconv.Itoa(i))
		seen[text] = true
		if !form.MatchString(text) {
			t.Error(text)
		}
	}
	if want := []string{"-0.001", "0.000", "0.001", "0.002"}; len(seen) != len(want) || !seen["-0.001"] || !seen["0.000"] {
		t.Error(seen, "want", want)
	}
	for i := range 300 {
		text := outText(t, Float(Max(9e6), Decimals(7)), number(strconv.Itoa(i)))
		if normal, ok := normalNumber(text); !ok || normal != text {
			t.Errorf("%s is not in normal form", text)
		}
	}
	if got := outText(t, Float(Min(0.1), Max(0.1)), "x"); got != "0.10" {
		t.Error(got)
	}
	if got := outText(t, Float(Min(2), Max(2), Decimals(0)), "x"); got != "2" {
		t.Error(got)
	}
	faulty(t, Float(Min(0.101), Max(0.109)), Float(Min(2), Max(1)), Float(Max(1e19), Decimals(0)), Float(Decimals(16)), Float(Min(math.NaN())))
}

func TestNoise(t *testing.T) {
	for _, tt := range []struct {
		in    any
		opts  []Option
		reach string
	}{
		{number("1000"), nil, "100"},
		{number("-1000"), nil, "100"},
		{"1000.00", []Option{Percent(1)}, "10"},
		{"12.50", []Option{Amount(0.75)}, "0.75"},
		{"0.5", []Option{Amount(3)}, "3"},
		{number("7"), nil, "1"},
		{"0.000", nil, "0.001"},
		{number("12345678901234567890123456789012345678"), []Option{Amount(5)}, "5"},
		{number("99999999999999999999999999999999999999"), nil, "1E37"},
		{number("9.9999E125"), nil, "1E125"},
		{number("1E125"), nil, "1E124"},
		{number("1E-130"), nil, "1E-130"},
		{number("1E-130"), []Option{Amount(1e20)}, "1E20"},
	} {
		seen := map[string]bool{}
		for i := range 50 {
			tr := Noise(append(slices.Clone(tt.opts), In(strconv.Itoa(i)))...)
			text := outText(t, tr, tt.in)
			seen[text] = true
			moved := rat(t, text)
			moved.Sub(moved, rat(t, fmt.Sprint(tt.in)))
			// Cutting to 38 digits can take away a little more.
			limit := rat(t, tt.reach)
			if moved.Abs(moved).Cmp(limit.Mul(limit, rat(t, "1.000001"))) > 0 {
				t.Errorf("%v by %v became %s", tt.in, tt.opts, text)
			}
			if s, ok := tt.in.(string); ok && decimalsOf(text) != decimalsOf(s) {
				t.Errorf("%v became %s: other decimals", tt.in, text)
			}
		}
		if len(seen) < 2 {
			t.Errorf("%v by %v stays", tt.in, tt.opts)
		}
	}
	for i := range 50 {
		if text := outText(t, Noise(In(strconv.Itoa(i))), number("0")); text != "0" && text != "1" {
			t.Error("0 became", text)
		}
		if text := outText(t, Noise(Percent(100), In(strconv.Itoa(i))), "-1"); text[0] != '-' && text != "0" {
			t.Error("-1 became", text)
		}
	}
	// The same number in other words is moved alike.
	if a, b := outText(t, Noise(), number("1E3")), outText(t, Noise(), "1000"); a != b {
		t.Error(a, b)
	}
	refused(t, Noise, "abc", "007", "1e5", "1.", ".5", "1_00", "--5", "٥", strings.Repeat("9", 39), strings.Repeat("9", 100_000))
	faulty(t, Noise(Amount(1), Percent(1)), Noise(Amount(0)), Noise(Amount(-1)), Noise(Percent(101)))
	faulty(t, Generate(Noise()), Generate(Latitude()))
}

func decimalsOf(text string) int {
	_, fraction, _ := strings.Cut(text, ".")
	return len(fraction)
}

func TestNoiseOfASetStaysDistinct(t *testing.T) {
	in := []number{"1", "2", "3", "4", "5", "6", "7", "8", "9"}
	out, err := apply(t, Noise(Amount(5)), in)
	if err != nil || len(slices.Compact(out.([]number))) != len(in) {
		t.Error(out, err)
	}
}

func TestRound(t *testing.T) {
	for _, tt := range []struct {
		in   any
		to   Option
		want string
	}{
		{number("14"), To(10), "10"},
		{number("15"), To(10), "20"},
		{number("-15"), To(10), "-20"},
		{number("-14"), To(10), "-10"},
		{number("4"), To(10), "0"},
		{"-4", To(10), "0"},
		{"-0.04", To(0.1), "0.00"},
		{"12.34", To(0.5), "12.50"},
		{"12.34", To(10), "10.00"},
		{"3", To(0.5), "3"},
		{"3.2", To(0.25), "3.25"},
		{number("0.3"), To(0.1), "0.3"},
		{number("0.15"), To(0.1), "0.2"},
		{number("1.005"), To(0.01), "1.01"}, // binary floats make 1 of it
		{number("12345678901234567890123456789012345678"), To(10), "12345678901234567890123456789012345680"},
		{number("99999999999999999999999999999999999999"), To(10), "100000000000000000000000000000000000000"},
		{number("99999999999999999999999999999999999999"), To(7), "99999999999999999999999999999999999998"},
		{number("1E-130"), To(10), "0"},
		{number("149"), To(100), "100"},
	} {
		if got := outText(t, Round(tt.to), tt.in); got != tt.want {
			t.Errorf("%v to %v: got %s, want %s", tt.in, tt.to, got, tt.want)
		}
	}
	if got := outText(t, Round(), number("44")); got != "40" {
		t.Error(got)
	}
	refused(t, Round, "x", "007", "1e3", strings.Repeat("1", 100_000))
	refused(t, func(o ...Option) dynsync.Transformer { return Round(append(o, To(3))...) }, number("1E125"))
	faulty(t, Round(To(0)), Round(To(-1)), Round(To("x")))
}

func TestLatitudeAndLongitude(t *testing.T) {
	for _, tt := range []struct {
		make   func(...Option) dynsync.Transformer
		in     any
		meters int
	}{
		{Latitude, number("52.520008"), 1000},
		{Latitude, "52.520008", 1000},
		{Latitude, number("52.5"), 1000},
		{Latitude, "-33.9", 25},
		{Latitude, number("0"), 1},
		{Longitude, number("13.404954"), 5000},
		{Longitude, "13", 1_000_000},
	} {
		seen := map[string]bool{}
		for i := range 50 {
			text := outText(t, tt.make(Meters(tt.meters), In(strconv.Itoa(i))), tt.in)
			seen[text] = true
			before, _ := strconv.ParseFloat(fmt.Sprint(tt.in), 64)
			after, err := strconv.ParseFloat(text, 64)
			if d := math.Abs(after-before) * metersPerDegree; err != nil || d > float64(tt.meters)+1e-6 {
				t.Errorf("%v became %s, %v meters away", tt.in, text, d)
			}
			if _, ok := tt.in.(string); ok && decimalsOf(text) < decimalsOf(fmt.Sprint(tt.in)) {
				t.Errorf("%v became %s: fewer decimals", tt.in, text)
			}
		}
		if len(seen) < 15 {
			t.Errorf("%v moved by %d meters has %d results", tt.in, tt.meters, len(seen))
		}
	}
	east, west, poles := 0, 0, 0
	for i := range 50 {
		if text := outText(t, Longitude(In(strconv.Itoa(i))), number("180")); text[0] == '-' {
			east++
		}
		if text := outText(t, Longitude(In(strconv.Itoa(i))), "-179.9999"); text[0] != '-' {
			west++
		}
		if text := outText(t, Latitude(In(strconv.Itoa(i))), number("-90")); text == "-90" {
			poles++
		}
	}
	if east == 0 || west == 0 || poles == 0 || poles == 50 {
		t.Error(east, west, poles)
	}
	refused(t, Latitude, "90.0001", number("-91"), "north", "52° E", "1e1")
	refused(t, Longitude, number("180.00000001"), "-181")
	faulty(t, Latitude(Meters(0)), Longitude(Meters(1_000_001)))
}
