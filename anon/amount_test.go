package anon

import (
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
)

// amounts are texts of numbers, the numbers in plain decimal text with as many decimals, and
// patterns of texts of the same form, where # stands for groups of digits in threes.
var amounts = []struct{ text, plain, pattern string }{
	{"$1,234.50", "1234.50", `\$#\.\d\d`}, {"1.234,50 €", "1234.50", `[\d.]+,\d\d €`}, {"-1 234,5", "-1234.5", `-[\d ]+,\d`}, {"(1,234.50)", "-1234.50", `\(#\.\d\d\)`},
	{"USD 12", "12", `USD \d+`}, {"1'234.00 CHF", "1234.00", `[\d']+\.\d\d CHF`}, {"₹1,23,456.00", "123456.00", `₹(\d\d?,)?(\d\d,)*\d{3}\.\d\d`}, {"12%", "12", `\d+%`},
	{"1,234", "1234", `#`}, {"1,2", "1.2", `\d+,\d`}, {"0,500", "0.500", `\d+,\d{3}`}, {"12,34", "12.34", `\d+,\d\d`}, {"1,234,567", "1234567", `#`}, {"1.234.567", "1234567", `[\d.]+`},
	{"1.234.567,89", "1234567.89", `[\d.]+,\d\d`}, {"1 234 567.89", "1234567.89", `[\d ]+\.\d\d`}, {"1\u00a0234,50\u00a0€", "1234.50", "[\\d\u00a0]+,\\d\\d\u00a0€"}, {"1\u202f234,50 €", "1234.50", "[\\d\u202f]+,\\d\\d €"},
	{"-$1,234.50", "-1234.50", `-\$#\.\d\d`}, {"$-1,234.50", "-1234.50", `\$-#\.\d\d`}, {"$1,234.50-", "-1234.50", `\$#\.\d\d-`}, {"($1,234.50)", "-1234.50", `\(\$#\.\d\d\)`}, {"$ (1,234.50)", "-1234.50", `\$ \(#\.\d\d\)`},
	{"−12,50 €", "-12.50", `−\d+,\d\d €`}, {"+1,234.50", "1234.50", `\+#\.\d\d`}, {"€ 1.234", "1234", `€ [\d.]+`}, {"1.234 €", "1234", `[\d.]+ €`}, {"1.234 KWD", "1.234", `\d+\.\d{3} KWD`},
	{"R$ 1.234,56", "1234.56", `R\$ [\d.]+,\d\d`}, {"1 234,56 zł", "1234.56", `[\d ]+,\d\d zł`}, {"1.234,00 kr.", "1234.00", `[\d.]+,\d\d kr\.`}, {"CHF 1’234.50", "1234.50", `CHF [\d’]+\.\d\d`}, {"¥123,456", "123456", `¥#`},
	{"12.5 %", "12.5", `\d+\.\d %`}, {"99.9%", "99.9", `\d+\.\d%`}, {" 12.50", "12.50", ` \d+\.\d\d`}, {"12.50\n", "12.50", `\d+\.\d\d\n`}, {"1_234_567", "1234567", `[\d_]+`}, {"$1,234.50 USD", "1234.50", `\$#\.\d\d USD`},
	{"12,34,567", "1234567", `(\d\d?,)?(\d\d,)*\d{3}`}, {"EUR12.345,67", "12345.67", `EUR[\d.]+,\d\d`}, {"0.99 €", "0.99", `\d+\.\d\d €`}, {"1,234.5678", "1234.5678", `#\.\d{4}`}, {"฿1,500", "1500", `฿#`}, {"12,50 руб.", "12.50", `\d+,\d\d руб\.`}, {"1,500円", "1500", `#円`}, {"5,5 Euro", "5.5", `\d+,\d Euro`},
	{"Rp 1.234.500", "1234500", `Rp [\d.]+`}, {"Rp1.234.500,00", "1234500.00", `Rp[\d.]+,\d\d`}, {"RM1,234.50", "1234.50", `RM#\.\d\d`}, {"R 1 234,50", "1234.50", `R [\d ]+,\d\d`}, {"R1,234.50", "1234.50", `R#\.\d\d`}, {"US $1,234.50", "1234.50", `US \$#\.\d\d`},
	{"MX$1,234.50", "1234.50", `MX\$#\.\d\d`}, {"KSh 1,234.50", "1234.50", `KSh #\.\d\d`}, {"1 234,50 лв.", "1234.50", `[\d ]+,\d\d лв\.`}, {"د.إ 1,234.50", "1234.50", `د\.إ #\.\d\d`}, {"1.234 د.ك", "1.234", `\d+\.\d{3} د\.ك`},
	{"1234.50 eur", "1234.50", `\d+\.\d\d eur`}, {"usd 1,234", "1234", `usd #`}, {"1.234 eur", "1234", `[\d.]+ eur`}, {"1.234 kwd", "1.234", `\d+\.\d{3} kwd`}, {"Rs. 1,23,456/-", "123456", `Rs\. (\d\d?,)?(\d\d,)*\d{3}/-`}, {"1 234,50 р.", "1234.50", `[\d ]+,\d\d р\.`},
}

func amountPattern(text string) func(string) bool {
	return matches(strings.ReplaceAll(text, "#", `\d{1,3}(?:,\d{3})*`))
}

// signedDigits returns the digits of a number, and its sign.
func signedDigits(text string) string {
	out := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
	if strings.ContainsAny(strings.TrimSuffix(text, "/-"), "-−(") {
		return "-" + out
	}
	return out
}

// TestAmountsKeepTheirForm: what becomes of an amount is what becomes of the number in plain
// decimal text, in the form of the amount.
func TestAmountsKeepTheirForm(t *testing.T) {
	for _, tt := range amounts {
		for _, tr := range []dynsync.Transformer{Noise(), Noise(Percent(3)), Round(), Round(To(0.01))} {
			got, want := outText(t, tr, tt.text), outText(t, tr, tt.plain)
			if signedDigits(got) != signedDigits(want) || !amountPattern(tt.pattern)(got) {
				t.Errorf("%s(%s): %q became %q, and %q became %q", describe(tr).Name, describe(tr).Options, tt.text, got, tt.plain, want)
			}
		}
		for _, tr := range []dynsync.Transformer{Int(), Float(), Float(Min(-5000), Max(5000))} {
			got := outText(t, tr, tt.text)
			positive := strings.NewReplacer("-", "-?", "−", "[−-]?", `\(`, `\(?`, `\)`, `\)?`, `\+`, `[+-]?`).Replace(tt.pattern)
			form := "-?" + positive
			if strings.TrimSpace(tt.text) == tt.plain {
				form = `-?\d+(\.\d\d)?`
			}
			if !amountPattern(form)(got) && !(strings.Contains(got, "-") && amountPattern(form)(strings.Replace(got, "-", "", 1))) {
				t.Errorf("%s(%s): %q became %q", describe(tr).Name, describe(tr).Options, tt.text, got)
			}
		}
		if got, want := outText(t, Int(), tt.text), outText(t, Int(), number(tt.plain)); strings.TrimRight(signedDigits(got), "0") != strings.TrimRight(signedDigits(want), "0") {
			t.Errorf("Int: %q became %q, and the number %q", tt.text, got, want)
		}
	}
}

// TestNegativeAmounts: a number that changes its sign is written with it.
func TestNegativeAmounts(t *testing.T) {
	for text, want := range map[string]string{"$1,234.50": "-$2,345.67", " 5 €": " -2345.67 €", "+7.00 €": "-2345.67 €", "(1,2)": "(2345,67)", "5-": "2345.67-"} {
		if got := rewritten(t, text, "-2345.67"); got != want {
			t.Errorf("%q is written %q, not %q", text, got, want)
		}
	}
	for text, want := range map[string]string{"-$1,234.50": "$2,345.67", "+7.00 €": "+2345.67 €", "(1,2)": "2345,67", "5-": "2345.67", "− 1": " 2345.67"} {
		if got := rewritten(t, text, "2345.67"); got != want {
			t.Errorf("%q is written %q, not %q", text, got, want)
		}
	}
}

// rewritten returns a number as a text writes another.
func rewritten(t *testing.T, text, plain string) string {
	t.Helper()
	a, ok := money.readAmount(text)
	if !ok {
		t.Fatalf("%q is no amount", text)
	}
	return a.write(plain)
}

// TestNoAmounts: other texts with digits are no numbers.
func TestNoAmounts(t *testing.T) {
	refused(t, Noise, "10.1.2.3", "2024-01-31", "31.01.2024", "12:30", "1,23,45", "1,2345,678", "12 34", "1.234.56", "1,234,56", "1.2.3", "007", "$007", "1 apple", "12 kg", "(212) 736-5000", "212-555-0123", "1,,234", "1, 234",
		"(5", "5)", "-(5)", "--5", "-5-", ")5(", "$", "€ ", "1,234.567.890", "1e3", "½", "5 ABC", "0x12", "1'23", strings.Repeat("1,234", 40))
	for _, text := range []string{"2024-01-31", "room 12", "12:30", "(212) 736-5000", " 5 ", "7"} {
		for _, tr := range []dynsync.Transformer{Int(), Float(Decimals(0))} {
			if got := outText(t, tr, text); !matches(`\d+`)(got) {
				t.Errorf("%q became %q", text, got)
			}
		}
	}
}

// TestDegrees: coordinates are read with space, a degree sign and a direction.
func TestDegrees(t *testing.T) {
	for text, plain := range map[string]string{
		" 48.137": "48.137", "48.137 ": "48.137", "48.137°": "48.137", "48.137° N": "48.137", "N 48.137": "48.137", "48.137°S": "-48.137", "s48.137": "-48.137", "48,137": "48.137", "-48,137°": "-48.137", "+48.137": "48.137", "−48.137": "-48.137",
	} {
		got, want := outText(t, Latitude(), text), outText(t, Latitude(), plain)
		if strings.TrimLeft(signedDigits(got), "-") != strings.TrimLeft(signedDigits(want), "-") || got == text {
			t.Errorf("%q became %q, and %q became %q", text, got, plain, want)
		}
		if strings.Join(strings.FieldsFunc(got, isOfNumber), "#") != strings.Join(strings.FieldsFunc(text, isOfNumber), "#") && text != "+48.137" {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := outText(t, Longitude(), "179.9999° E"); !matches(`17\d\.\d{4}° [EW]`)(got) {
		t.Error(got)
	}
	refused(t, Latitude, "48.137, 11.575", "48.137 11.575", `48°08'13"N`, "91", "-90.1° N", "48.137 E", "N 48.137 S", "48.1.2", "1,048.1")
	refused(t, Longitude, "48.137 N", "181", "180.5 W")
	pair := dynsync.Delimited(",", Latitude(), Longitude())
	for text, form := range map[string]string{"48.137,11.575": `48\.1\d+,11\.5\d+`, "48.137, 11.575": `48\.1\d+, 11\.5\d+`, "-33.8688, 151.2093": `-33\.8\d+, 151\.2\d+`} {
		if got := outText(t, pair, text); !matches(form)(got) {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got := outText(t, dynsync.Delimited(", ", Latitude(), Longitude()), "48.137, 11.575"); !matches(`48\.1\d+, 11\.5\d+`)(got) {
		t.Error(got)
	}
}

func isOfNumber(r rune) bool { return strings.ContainsRune(digits+".,", r) }

// TestFormsOfAmounts: the canonical form of a number that replaces any text is that in which
// it is written, and amounts are equal as numbers.
func TestFormsOfAmounts(t *testing.T) {
	for _, texts := range [][]string{{"$1,234.50", "＄1,234.50"}, {"1.234,50 €", "１.234,50 €"}, {"5", " 5", "5.0", "5 "}} {
		canonical := describe(Int()).Canonical
		want, _ := canonical(texts[0])
		for _, text := range texts {
			if got, ok := canonical(text); !ok || got != want || outText(t, Int(), text) != outText(t, Int(), texts[0]) {
				t.Errorf("%q has the form %q, not %q", text, got, want)
			}
		}
	}
	var moved []string
	for _, text := range []string{"$1,234.50", "1.234,50 €", "1 234,50", "1'234.50", "1234.50"} {
		moved = append(moved, signedDigits(outText(t, Noise(), text)))
	}
	if len(slices.Compact(moved)) != 1 {
		t.Errorf("equal numbers move to %q", moved)
	}
}
