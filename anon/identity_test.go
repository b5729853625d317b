package anon

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/lists"
)

type number = attributevalue.Number

func matches(pattern string) func(string) bool {
	return regexp.MustCompile("^(?:" + pattern + ")$").MatchString
}

func oneOfList(lists ...[]string) func(string) bool {
	return func(s string) bool { return slices.Contains(slices.Concat(lists...), s) }
}

// madeOf reports whether all parts of a name are in lists.
func madeOf(lists ...[]string) func(string) bool {
	listed := oneOfList(lists...)
	return func(s string) bool {
		return !slices.ContainsFunc(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '-' }), func(part string) bool { return !listed(part) })
	}
}

// inputs are values of S of every sort: personal, empty of meaning, long,
// of other scripts, and not UTF-8 in Go's sense.
var inputs = []string{
	"a", "Alice", "Łukasz Żółć", "山田太郎", "👩‍👩‍👧", "x\x00y", "\xed\xa0\x80", " \t", strings.Repeat("long ", 20_000),
	"example", "(202) 555-0123", "alice@example.org", "https://example.org/a?b=c#d", "192.0.2.1", "2001:db8::1",
}

// anyText are the anonymizers that take each of inputs, and what their results
// are like.
func anyText() []anyTextCase {
	return []anyTextCase{
		{"FirstName", FirstName(), madeOf(lists.FirstNames)},
		{"FirstName MaxLength", FirstName(MaxLength(3)), matches("[A-Z][a-z]{1,2}")},
		{"LastName", LastName(), madeOf(lists.LastNames)},
		{"LastName MaxLength", LastName(MaxLength(2)), matches("[A-Z][a-z]")},
		{"FullName", FullName(), madeOf(lists.FirstNames, lists.LastNames)},
		{"FullName MaxLength", FullName(MaxLength(7)), matches("[A-Za-z]{2,4} [A-Za-z]{2,4}|[A-Z][a-z]{1,6}")},
		{"FullName least MaxLength", FullName(MaxLength(5)), matches("[A-Z][a-z] [A-Z][a-z]|[A-Z][a-z]{1,4}")},
		{"Username", Username(), matches("[a-z]{3,13}[0-9]{4}")},
		{"Username MaxLength", Username(MaxLength(6)), matches("[a-z]{2}[0-9]{4}")},
		{"BusinessName", BusinessName(), matches(`[A-Za-z]+( (Inc|LLC|Group|and Sons)|-[A-Za-z]+|, [A-Za-z]+ and [A-Za-z]+)`)},
		{"BusinessName MaxLength", BusinessName(MaxLength(6)), matches("[A-Z][a-z] LLC")},
		{"Gender", Gender(), matches("female|male|nonbinary|undefined|[FMNU]")},
		{"Gender Abbreviate", Gender(Abbreviate()), matches("[FMNU]")},
		{"OneOf", OneOf([]string{"red", "green"}), matches("red|green")},
		{"City", City(), oneOfList(lists.Cities)},
		{"City MaxLength", City(MaxLength(4)), matches("[A-Z][a-z]{1,3}")},
		{"Country", Country(), oneOfList(slices.Concat(lists.Countries, lists.CountryCodes))},
		{"Country Abbreviate", Country(Abbreviate()), oneOfList(lists.CountryCodes)},
		{"State", State(MaxLength(4)), matches("Iowa|Ohio|Utah|[A-Z]{2}")},
		{"State Abbreviate", State(Abbreviate()), matches("[A-Z]{2}")},
		{"StreetAddress", StreetAddress(), matches("[1-9][0-9]{0,3} [A-Za-z]+ [A-Z][a-z]+")},
		{"StreetAddress MaxLength", StreetAddress(MaxLength(10)), matches("[1-9] .{6,8}")},
		{"FullAddress", FullAddress(), matches("[1-9][0-9]{0,3} [A-Za-z]+ [A-Z][a-z]+, [A-Za-z ./-]+, [A-Z]{2} [0-9]{5}")},
		{"FullAddress MaxLength", FullAddress(MaxLength(26)), func(s string) bool {
			return len(s) <= 26 && matches("[1-9] [A-Za-z]+ [A-Z][a-z]+, [A-Za-z]+, [A-Z]{2} [0-9]{5}")(s)
		}},
		{"ZipCode", ZipCode(), matches("[0-9]{5}")},
		{"ZipCode Plus4", ZipCode(Plus4()), matches("[0-9]{5}-[0-9]{4}")},
		{"Token", Token(), matches("[0-9A-Za-z]{22}")},
		{"Token Prefix", Token(Prefix("cus_"), Length(8)), matches("cus_[0-9A-Za-z]{8}")},
		{"Token longest", Token(Length(86)), matches("[0-9A-Za-z]{86}")},
		{"Hash", Hash(), matches("[0-9a-f]{64}")},
		{"String", String(), matches("[0-9a-z]{1,100}")},
		{"String bounds", String(MinLength(7), MaxLength(9)), matches("[0-9a-z]{7,9}")},
	}
}

type anyTextCase struct {
	name  string
	tr    dynsync.Transformer
	valid func(string) bool
}

func TestResultsLookLikeWhatTheyStandFor(t *testing.T) {
	for _, tt := range anyText() {
		for _, in := range inputs {
			out, err := apply(t, tt.tr, in)
			if err != nil {
				t.Fatalf("%s of %.20q: %v", tt.name, in, err)
			}
			if s, ok := out.(string); !ok || !tt.valid(s) {
				t.Errorf("%s of %.20q is %.200q", tt.name, in, out)
			}
		}
		if out := generate(t, tt.tr); !tt.valid(out.(string)) {
			t.Errorf("%s generates %.200q", tt.name, out)
		}
	}
}

// generate returns what Generate makes of an anonymizer.
func generate(t *testing.T, tr dynsync.Transformer) any {
	t.Helper()
	out, err := Generate(tr).Transform(context.Background(), dynsync.Input{Value: dynsync.MissingValue()})
	if err != nil {
		t.Fatal(err)
	}
	return out.Any()
}

func TestPreserveLengthKeepsTheLength(t *testing.T) {
	for name, tr := range map[string]dynsync.Transformer{
		"FirstName": FirstName(PreserveLength()), "LastName": LastName(PreserveLength()), "FullName": FullName(PreserveLength()),
		"String": String(PreserveLength()), "String bounds": String(PreserveLength(), MaxLength(maxText)),
	} {
		for _, n := range []int{2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 20, 23, 24, 25, 26, 27, 30, 48, 100, 1000, 100_000} {
			in := strings.Repeat("é", n)
			out, err := apply(t, tr, in)
			if err != nil || utf8.RuneCountInString(out.(string)) != n || strings.HasSuffix(out.(string), " ") {
				t.Errorf("%s of %d characters is %.40q: %v", name, n, out, err)
			}
		}
	}
	if out, _ := apply(t, FullName(PreserveLength(), MaxLength(12)), strings.Repeat("x", 90)); len(out.(string)) != 12 {
		t.Errorf("maxLength does not bound preserveLength: %q", out)
	}
	if out, err := apply(t, String(PreserveLength(), MinLength(200)), "x"); err != nil || len(out.(string)) != 200 {
		t.Error(out, err)
	}
	if out := generate(t, String(PreserveLength(), MinLength(200))).(string); len(out) != 200 {
		t.Error(out)
	}
	for in, want := range map[string]int{"1": 5, "12": 2, "12345": 5, "12345-678": 9, "12345-6789": 10, "SW1A 1AA": 8, strings.Repeat("9", 50): 10} {
		if out, _ := apply(t, ZipCode(PreserveLength()), in); len(out.(string)) != want {
			t.Errorf("ZIP code of %q is %q", in, out)
		}
	}
}

func TestNumbersStayNumbers(t *testing.T) {
	tests := []struct {
		tr      dynsync.Transformer
		in      string
		pattern string
	}{
		{ZipCode(), "501", "[1-9][0-9]{4}"},
		{ZipCode(Plus4()), "43016", "[1-9][0-9]{8}"},
		{ZipCode(PreserveLength()), "123", "[1-9][0-9]{2}"},
		{ZipCode(PreserveLength()), "1234567890123", "[1-9][0-9]{9}"},
		{OneOf([]string{"1", "-2.5"}), "7", "1|-2.5"},
		{Phone(), "2127365000", `[2-9][0-9]{2}55501[0-9]{2}`},
		{Phone(), "12127365000", `1[2-9][0-9]{2}55501[0-9]{2}`},
		{Phone(PhoneFormat("e164")), "2127365000", `1[2-9][0-9]{2}55501[0-9]{2}`},
		{Phone(PhoneFormat("digits")), "12127365000", `[2-9][0-9]{2}55501[0-9]{2}`},
		{Phone(Region("GB")), "2079460123", `[12][0-9]{9}`},
		{Phone(Region("IT")), "3123456789", `1[2-9][0-9]{2}55501[0-9]{2}`},
		{Phone(Region("IT"), PreserveLength()), "3123456789", `1[2-9][0-9]{2}55501[0-9]`},
		{Phone(MinLength(14)), "2127365000", `[2-9][0-9]{2}55501[0-9]{6}`},
		{Phone(MaxLength(8)), "2127365000", `[2-9][0-9]{2}55501`},
	}
	for _, tt := range tests {
		out, err := apply(t, tt.tr, number(tt.in))
		if n, ok := out.(number); err != nil || !ok || !matches(tt.pattern)(string(n)) {
			t.Errorf("%v of %s is %v: %v", tt.tr.(describer).Describe().Options, tt.in, out, err)
		}
	}
	for _, tr := range []dynsync.Transformer{OneOf([]string{"1", "x"}), Phone()} {
		if out, err := apply(t, tr, number("-1.5")); !errors.Is(err, dynsync.ErrNotApplicable) {
			t.Errorf("a number that does not fit becomes %v: %v", out, err)
		}
	}
}

func TestBoolIsDrawn(t *testing.T) {
	if out, err := apply(t, Bool(), true); err != nil || out != true && out != false {
		t.Error(out, err)
	}
	if Bool().(*anonymizer).cfg.perItem != true {
		t.Error("a pseudonym of the value alone is the same for every true")
	}
}

func TestBytesStayBytes(t *testing.T) {
	if out, err := apply(t, Hash(), []byte{0, 255}); err != nil || len(out.([]byte)) != 32 {
		t.Error(out, err)
	}
	if out, err := apply(t, Token(), []byte{0, 255}); err != nil || !matches("[0-9A-Za-z]{22}")(string(out.([]byte))) {
		t.Error(out, err)
	}
}

func TestEverySpellingOfAValueAgrees(t *testing.T) {
	for _, tt := range []struct {
		tr   dynsync.Transformer
		a, b string
	}{
		{FullName(), "Ada  Lovelace", "ADA LOVELACE "},
		{FullName(), "Γιώργος", "ΓΙΏΡΓΟΣ"},
		{Timestamp(), "Γιώργος", "ΓΙΏΡΓΟΣ "},
		{Email(), "Ada@Lovelace.org", "ada@lovelace.org"},
		{IP(IPClass("v6")), "2001:DB8:0::1", "2001:db8::1"},
		{URL(), "HTTPS://Ada.org/x", "https://ada.org/x"},
		{UUID(), "0190163d-8694-739B-AEA5-966C26F8AD91", " 0190163d-8694-739b-aea5-966c26f8ad91"},
	} {
		a, _ := apply(t, tt.tr, tt.a)
		b, _ := apply(t, tt.tr, tt.b)
		if a == nil || a != b {
			t.Errorf("%q becomes %v and %q becomes %v", tt.a, a, tt.b, b)
		}
	}
	for _, tr := range []dynsync.Transformer{OneOf([]string{"1", "2", "3", "4", "5", "6", "7", "8"}), Phone(), ZipCode(), CardNumber(), Int()} {
		for _, n := range []string{"2127365000", "4111111111111111"} {
			want, _ := apply(t, tr, number(n))
			for _, form := range []number{number("0" + n), number("+" + n + ".0"), number(n + "00E-2")} {
				if out, _ := apply(t, tr, form); out != want {
					t.Errorf("%s of %s is %v, not %v", describe(tr).Name, form, out, want)
				}
			}
		}
	}
	a, _ := apply(t, Token(), "a")
	b, _ := apply(t, Token(), "A")
	if a == b {
		t.Error("tokens fold case")
	}
}

func TestMembersOfSetsStayDistinct(t *testing.T) {
	sets := []struct {
		tr      dynsync.Transformer
		members any
	}{
		{FirstName(MaxLength(2)), []string{"a", "b", "c", "A"}},
		{Country(Abbreviate()), manyTexts(200, func(s string) string { return s })},
		{City(), manyTexts(60, func(s string) string { return s })},
		{IP(), manyTexts(100, func(s string) string { return "10.0.0." + s })},
		{Phone(), manyTexts(90, func(s string) string { return "+46840200" + (s + "00")[:2] })},
		{URL(), []string{"http://a.org", "HTTP://A.org", "http://b.org"}},
		{UUID(), []string{"0190163D-8694-739B-AEA5-966C26F8AD91", "0190163d-8694-739b-aea5-966c26f8ad91"}},
		{ZipCode(), []number{"1", "2", "3"}},
		{OneOf([]string{"1", "1.0", "2", "3"}), []number{"1", "2", "3"}},
		{Token(), [][]byte{{1}, {2}}},
	}
	for _, tt := range sets {
		out, err := apply(t, tt.tr, tt.members)
		if err != nil {
			t.Errorf("%T %v: %v", tt.members, tt.tr.(describer).Describe().Name, err)
			continue
		}
		switch out := out.(type) {
		case []string:
			if slices.Sort(out); len(slices.Compact(out)) != len(tt.members.([]string)) {
				t.Error(out)
			}
		case []number:
			different := map[string]bool{}
			for _, n := range out {
				normal, _ := normalNumber(string(n))
				different[normal] = true
			}
			if len(different) != 3 {
				t.Error(out)
			}
		case [][]byte:
			if len(out) != 2 {
				t.Error(out)
			}
		}
	}
	if _, err := apply(t, Gender(), []string{"1", "2", "3", "4", "5"}); err == nil || strings.Contains(err.Error(), "5") {
		t.Errorf("five members of four genders: %v", err)
	}
}

// manyTexts returns the decimal numbers from 0 to n-1, put through f.
func manyTexts(n int, f func(string) string) []string {
	var out []string
	for i := range n {
		out = append(out, f(big.NewInt(int64(i)).String()))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestIdentityOptionsAreChecked(t *testing.T) {
	for _, tr := range []dynsync.Transformer{
		FirstName(MaxLength(1)), FullName(MaxLength(4)), Username(MaxLength(5)), BusinessName(MaxLength(5)), City(MaxLength(3)),
		StreetAddress(MaxLength(9)), FullAddress(MaxLength(25)), Email(MaxLength(15)), Email(EmailFormat("x")), Email(Domain("a b")),
		Email(Domain("")), Email(Domain("-a.org")), Email(Domain("a..b")), Email(Domain("a.example.org"), MaxLength(14)), Phone(Region("XX")), Phone(Region("usa")),
		Phone(MinLength(20), MaxLength(10)), Phone(PhoneFormat("x")), Phone(MaxLength(7)), IP(IPClass("v5")), Token(Length(7)), Token(Length(87)),
		String(MinLength(0)), String(MinLength(5), MaxLength(4)), String(MaxLength(maxText + 1)), OneOf(nil), Hash(Length(8)), FirstName(Abbreviate()),
	} {
		if d := tr.(describer).Describe(); d.Err == nil {
			t.Errorf("%s %s is legal", d.Name, d.Options)
		}
	}
}

func TestOptionsByNameTakeAllNumbers(t *testing.T) {
	for _, v := range []any{7, int8(7), int32(7), int64(7), uint8(7), uint64(7), float32(7), 7.0, json.Number("7")} {
		for _, name := range []string{"int", "float"} {
			tr, err := catalog.New(name, map[string]any{"min": v, "max": v})
			if err != nil {
				t.Errorf("%s of a %T: %v", name, v, err)
				continue
			}
			if out, err := apply(t, tr, number("1")); err != nil || out != number("7") {
				t.Error(out, err)
			}
		}
	}
	for _, v := range []any{nil, true, "7", 7.5, float32(7.5), uint64(1 << 63)} {
		if _, err := catalog.New("int", map[string]any{"min": v}); err == nil {
			t.Errorf("%v is taken", v)
		}
	}
}

func TestOptionsTellListsApart(t *testing.T) {
	if a, b := describe(OneOf([]string{"a b", "c"})).Options, describe(OneOf([]string{"a", "b c"})).Options; a == b {
		t.Error(a)
	}
}

func TestUniquenessFollowsTheOptions(t *testing.T) {
	for _, tt := range []struct {
		tr    dynsync.Transformer
		want  dynsync.Uniqueness
		drawn bool
	}{
		{Email(), dynsync.UniquenessPractical, true},
		{Email(MaxLength(25)), dynsync.UniquenessPractical, true},
		{Email(MaxLength(24)), dynsync.UniquenessNone, true},
		{Email(MaxLength(maxText), Domain(strings.Repeat("a234567890.", 22)+"org")), dynsync.UniquenessNone, true},
		{Email(PreserveLength()), dynsync.UniquenessNone, true},
		{Email(PreserveDomain()), dynsync.UniquenessPractical, false},
		{Email(ExcludeDomains("x.org")), dynsync.UniquenessPractical, false},
		{URL(), dynsync.UniquenessPractical, true},
		{URL(PreserveDomain()), dynsync.UniquenessNone, false},
		{URL(PreservePath()), dynsync.UniquenessPractical, false},
		{IP(), dynsync.UniquenessNone, true},
		{IP(IPClass("v6")), dynsync.UniquenessPractical, true},
		{Token(Length(11)), dynsync.UniquenessPractical, true},
		{Token(Length(10)), dynsync.UniquenessNone, true},
		{String(MinLength(13)), dynsync.UniquenessPractical, true},
		{String(MinLength(13), PreserveLength()), dynsync.UniquenessNone, true},
		{String(), dynsync.UniquenessNone, true},
		{Phone(AnyNumber()), dynsync.UniquenessNone, true},
	} {
		if d := tt.tr.(describer).Describe(); d.Err != nil || d.Uniqueness != tt.want || d.Drawn != tt.drawn {
			t.Errorf("%s %s: %v %v %v", d.Name, d.Options, d.Uniqueness, d.Drawn, d.Err)
		}
	}
}

// identityEntries are the anonymizers of names, places, contacts and identifiers.
func identityEntries() []entry {
	return slices.Concat(nameEntries, contactEntries, placeEntries, idEntries)
}

// FuzzIdentities holds that any text becomes another of its kind, or does not
// fit, and that the same text becomes the same.
func FuzzIdentities(f *testing.F) {
	for _, s := range inputs {
		f.Add(cut(s, 2000))
	}
	for _, s := range []string{"+81 3-1234-5678", "0044 20 7183 8750", "+800 1234 5678", "+979 123 456 789", "1-800-FLOWERS", "tel:+1-201-555-0123;isub=1", "０２０７１８３８７５０",
		"urn:uuid:0190163d-8694-739b-aea5-966c26f8ad91", `"a b"@[192.0.2.1]`, "http://[fe80::1%25en0]/"} {
		f.Add(s)
	}
	options := [][]Option{nil, {PreserveLength()}, {AnyNumber(), PreserveLength()}, {PhoneFormat("national"), Region("DE")}, {PreserveDomain()}, {PreserveDomain(), PreserveLength()}, {PreservePath()}}
	f.Fuzz(func(t *testing.T, text string) {
		value := dynsync.StringValue(text)
		for _, e := range identityEntries() {
			for _, opts := range options {
				if e.name == "oneOf" {
					opts = append(slices.Clone(opts), option{"choices", []string{"left", "right"}})
				}
				tr := makeNamed(e.name, opts)
				if d := tr.(describer).Describe(); d.Err != nil || !slices.Contains(d.Kinds, dynsync.KindS) {
					continue
				}
				out, err := tr.Transform(context.Background(), dynsync.Input{Value: value})
				again, _ := tr.Transform(context.Background(), dynsync.Input{Value: value})
				if errors.Is(err, dynsync.ErrNotApplicable) {
					continue
				}
				if err != nil || out.Kind() != dynsync.KindS {
					t.Fatalf("%s of %q: %v %v", e.name, text, out, err)
				}
				got, _ := out.Text()
				if twice, _ := again.Text(); got != twice {
					t.Errorf("%s of %q is %q and then %q", e.name, text, got, twice)
				}
				if got == text && len(text) > 12 && tr.(describer).Describe().Drawn {
					t.Errorf("%s %v leaves %q as it is", e.name, opts, text)
				}
			}
		}
	})
}
