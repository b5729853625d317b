package anon

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/nothing"
)

func TestMask(t *testing.T) {
	same := option{"preserveLength", true}
	for _, tt := range []struct {
		in   string
		opts []Option
		want string
	}{
		{"secret", nil, "********"},
		{"x", nil, "********"},
		{"4111111111111111", []Option{KeepLast(4)}, "********1111"},
		{"4111111111111111", []Option{KeepLast(4), same}, "************1111"},
		{"jane@example.com", []Option{KeepFirst(2), KeepLast(4), MaskRune("#")}, "ja########.com"},
		{"12345678", []Option{KeepFirst(2), KeepLast(2), same}, "12****78"},
		{"1234567", []Option{KeepFirst(2), KeepLast(2), same}, "*******"},
		{"1234567", []Option{KeepFirst(2), KeepLast(2)}, "********"},
		{"äöüß", []Option{KeepFirst(1), KeepLast(1), same, MaskRune("•")}, "ä••ß"},
		{"日本語😀", []Option{KeepLast(2)}, "********語😀"},
		{"********", nil, "********"},
		{strings.Repeat("x", 100_000) + "yz", []Option{KeepLast(2)}, "********yz"},
	} {
		if got := outText(t, Mask(tt.opts...), tt.in); got != tt.want {
			t.Errorf("%.50s: got %.50s, want %.50s", tt.in, got, tt.want)
		}
	}
	faulty(t, Mask(MaskRune("")), Mask(MaskRune("ab")), Mask(MaskRune("\xff")), Mask(KeepFirst(-1)))
	if !describe(Mask()).Drawn || describe(Mask(KeepFirst(1))).Drawn {
		t.Error("what is kept is not drawn")
	}
	if _, err := apply(t, Mask(), []string{"a", "b"}); err == nil || !strings.Contains(err.Error(), "became equal") {
		t.Error(err)
	}
}

func TestRedact(t *testing.T) {
	if got := outText(t, Redact(), "secret"); got != "[redacted]" {
		t.Error(got)
	}
	if got := outText(t, Redact(Replacement("—")), "[redacted]"); got != "—" {
		t.Error(got)
	}
	if got, err := apply(t, Redact(Replacement("x")), []byte{0, 0xff}); err != nil || !bytes.Equal(got.([]byte), []byte("x")) {
		t.Error(got, err)
	}
	if _, err := apply(t, Redact(), []string{"a", "b"}); err == nil {
		t.Error("two members became one")
	}
	faulty(t, Redact(Replacement("")))
}

func TestTruncate(t *testing.T) {
	for in, want := range map[string]string{"10115": "10", "äöü": "äö", "😀😀😀": "😀😀", strings.Repeat("x", 100_000): "xx"} {
		if got := outText(t, Truncate(Length(2)), in); got != want {
			t.Errorf("%.50s: got %.50s, want %s", in, got, want)
		}
	}
	refused(t, func(o ...Option) dynsync.Transformer { return Truncate(append(o, Length(2))...) }, "10", "ä", "ßß")
	faulty(t, Truncate(), Truncate(Length(0)))
}

func TestScramble(t *testing.T) {
	for _, tt := range []struct {
		in, pattern, want string // want is a regular expression
	}{
		{"Jane Doe-12", "", `^[A-Z][a-z]{3} [A-Z][a-z]{2}-\d\d$`},
		{"ÄÖü ß-٣½", "", `^[A-Z]{2}[a-z] [a-z]-\d\d$`},
		{"日本語 हिन्दी", "", `^[a-z]{3} [a-z]{6}$`},
		{"ⓐⒷ🅰🄱 ⅳ", "", `^[a-z][A-Z]{3} \d$`},
		{"(555) 010-99😀", "", `^\(\d{3}\) \d{3}-\d\d😀$`},
		{"\xff\xfeab", "", "^\uFFFD+[a-z]{2}$"}, // an S holds UTF-8
		{"order 12345 of Jane", `\d+`, `^order \d{5} of Jane$`},
		{"no digits", `\d+`, `^[a-z]{2} [a-z]{6}$`},
		{"a-b", `-`, `^[a-z]-[a-z]$`},
		{"abc", `x*`, `^[a-z]{3}$`},
		// Indexes of bytes, where letters of several bytes have become one.
		{"ÄÄÄÄ secret ÖÖÖÖ secret ÜÜ", `[Ä-Ü]+|secret`, `^[A-Z]{4} [a-z]{6} [A-Z]{4} [a-z]{6} [A-Z]{2}$`},
		{"größe: 12 straße: 34", `\d\d`, `^größe: \d\d straße: \d\d$`},
	} {
		var opts []Option
		if tt.pattern != "" {
			opts = append(opts, Pattern(tt.pattern))
		}
		changed := false
		for _, domain := range []string{"a", "b", "c", "d"} {
			out := outText(t, Scramble(append(opts, In(domain))...), tt.in)
			if !regexp.MustCompile(tt.want).MatchString(out) {
				t.Errorf("%q became %q", tt.in, out)
			}
			changed = changed || out != tt.in
		}
		if !changed {
			t.Errorf("%q stays", tt.in)
		}
	}
	if got := outText(t, Scramble(Pattern("[a-z]+")), "ÜÜ ab ÜÜ"); !strings.HasPrefix(got, "ÜÜ ") || !strings.HasSuffix(got, " ÜÜ") {
		t.Error(got)
	}
	if got := outText(t, Scramble(), strings.Repeat("ä", 50_000)); len(got) != 50_000 {
		t.Error(len(got))
	}
	refused(t, Scramble, "-", "😀 …", "a", "7!")
	faulty(t, Scramble(Pattern("(")))
	if out, err := apply(t, Scramble(), []string{"a1", "b2", "c3", "d4", "e5", "f6", "g7", "h8"}); err != nil || len(out.([]string)) != 8 {
		t.Error(out, err)
	}
	if !describe(Scramble()).Drawn || describe(Scramble(Pattern("a"))).Drawn {
		t.Error("what does not match a pattern stays")
	}
	faulty(t, Generate(Scramble()))
}

// fuzzed are anonymizers that take text of any kind without a panic.
func fuzzed() []fuzzCase {
	return []fuzzCase{
		{true, Int(), `\d`},
		{true, Float(RandomSign()), `\d`},
		{true, Noise(), `\d`},
		{true, Noise(Amount(1e9)), `\d`},
		{true, Round(To(0.25)), `\d`},
		{true, Latitude(), `\d`},
		{true, Longitude(Meters(1)), `\d`},
		{true, Digits(), ``},
		{false, Alphanumeric(), ``},
		{true, UnixTime(), `^\d+$`},
		{false, Timestamp(), `^20[012]\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$`},
		{true, ShiftTime(), ``},
		{true, TruncateTime(), ``},
		{true, CardNumber(), `\d[ \-\d]+\d`},
		{false, IBAN(), `[A-Z]{2}[ A-Z\d]+`},
		{true, SSN(), `9\d\d[- ]?\d\d[- ]?\d{4}`},
		{false, Mask(KeepFirst(1)), ``},
		{false, Redact(), `^\[redacted\]$`},
		{false, Truncate(Length(1)), ``},
		{false, Scramble(), ``},
		{false, Scramble(Pattern(`\w+`)), ``},
	}
}

type fuzzCase struct {
	number bool
	tr     dynsync.Transformer
	form   string // that results for any S have or contain, if it is known
}

func FuzzAnonymizers(f *testing.F) {
	for _, seed := range []string{"", "0", "-0.50", "1E125", "1E-130", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "123-45-6789",
		"2024-02-29T10:15:00.5+01:00", "20240229", "1706696130", "1706696130500", "ÄÖü 日本語 😀 12", "\xff\xed\xa0\x80", "52.520008", "Wed, 31 Jan 2024 10:15:30 +0100 (CET)",
		"!", "n/a", "31.1.2024 9:05", "/Date(-1500)/", "2024-W05-3", "2024-01-31 10:15:30.5 +0100 CET m=+0.5", "-1500.25", "Jan 31, 2024 10:15 AM"} {
		f.Add(seed)
	}
	cases := fuzzed()
	forms := make([]*regexp.Regexp, len(cases))
	for i := range cases {
		forms[i] = regexp.MustCompile(cases[i].form)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values := []dynsync.Value{dynsync.StringValue(text)}
		if n, err := dynsync.NumberValue(text); err == nil {
			values = append(values, n)
		}
		for i, a := range cases {
			for _, v := range values {
				if v.Kind() == dynsync.KindN && !a.number {
					continue
				}
				out, err := a.tr.Transform(t.Context(), dynsync.Input{Value: v})
				if err != nil {
					continue
				}
				got, _ := out.Text()
				if out.Kind() != v.Kind() || !utf8.ValidString(got) && utf8.ValidString(text) {
					t.Errorf("%s made %q, a %v, of %q", describe(a.tr).Name, got, out.Kind(), text)
				}
				if normal, ok := normalNumber(got); v.Kind() == dynsync.KindN && (!ok || normal != got) {
					t.Errorf("%s made %q of the number %q", describe(a.tr).Name, got, text)
				}
				if v.Kind() == dynsync.KindS && text != "" && !forms[i].MatchString(got) && (got != text || !nothing.Word(text)) {
					t.Errorf("%s made %q of %q", describe(a.tr).Name, got, text)
				}
			}
		}
	})
}
