package anon

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/brianvoe/gofakeit/v7/data"
	"github.com/nyaruka/phonenumbers"

	"github.com/dynsync/dynsync"
)

type number = attributevalue.Number

func matches(pattern string) func(string) bool {
	return regexp.MustCompile("^(?:" + pattern + ")$").MatchString
}

func oneOfList(lists ...[]string) func(string) bool {
	return func(s string) bool { return slices.Contains(slices.Concat(lists...), s) }
}

func validPhone(s string) bool {
	n, err := phonenumbers.Parse(s, "US")
	return err == nil && phonenumbers.IsValidNumber(n)
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
		{"FirstName", FirstName(), oneOfList(data.Person["first"])},
		{"FirstName MaxLength", FirstName(MaxLength(3)), matches("[A-Z][a-z]{1,2}")},
		{"LastName", LastName(), oneOfList(data.Person["last"])},
		{"LastName MaxLength", LastName(MaxLength(2)), matches("[A-Z][a-z]")},
		{"FullName", FullName(), matches("[A-Za-z]+ [A-Za-z]+")},
		{"FullName MaxLength", FullName(MaxLength(7)), matches("[A-Za-z]{2,4} [A-Za-z]{2,4}")},
		{"FullName least MaxLength", FullName(MaxLength(5)), matches("[A-Z][a-z] [A-Z][a-z]")},
		{"Username", Username(), matches("[a-z]{3,13}[0-9]{4}")},
		{"Username MaxLength", Username(MaxLength(6)), matches("[a-z]{2}[0-9]{4}")},
		{"BusinessName", BusinessName(), matches(`[A-Za-z]+( (Inc|LLC|Group|and Sons)|-[A-Za-z]+|, [A-Za-z]+ and [A-Za-z]+)`)},
		{"BusinessName MaxLength", BusinessName(MaxLength(6)), matches("[A-Z][a-z] LLC")},
		{"Gender", Gender(), matches("female|male|nonbinary|undefined")},
		{"Gender Abbreviate", Gender(Abbreviate()), matches("[FMNU]")},
		{"OneOf", OneOf([]string{"red", "green"}), matches("red|green")},
		{"City", City(), oneOfList(data.Address["city"])},
		{"City MaxLength", City(MaxLength(4)), matches("[A-Z][a-z]{1,3}")},
		{"Country", Country(), oneOfList(data.Address["country"])},
		{"Country Abbreviate", Country(Abbreviate()), oneOfList(data.Address["country_abr"])},
		{"State", State(MaxLength(4)), matches("Iowa|Ohio|Utah")},
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
			t.Errorf("%v of %s is %v: %v", tt.tr.(dynsync.Describer).Describe().Options, tt.in, out, err)
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

func TestEmail(t *testing.T) {
	name := `[a-z]+\.[a-z]+\.[a-z2-7]{10}@`
	tests := []struct {
		opts    []Option
		in      string
		pattern string
	}{
		{nil, "Bob@Gmail.com", name + `example\.com`},
		{nil, "  bob@gmail.com\n", name + `example\.com`},
		{nil, `"a b"@x.org`, name + `example\.com`},
		{nil, "用户@例子.广告", name + `example\.com`},
		{nil, "ruth.kuhn.4x2mq7bzca@example.com", name + `example\.com`},
		{[]Option{EmailFormat("token")}, "bob@gmail.com", `[a-z2-7]{26}@example\.com`},
		{[]Option{Domain("Test.Invalid")}, "bob@gmail.com", name + `test\.invalid`},
		{[]Option{PreserveDomain()}, "bob@Gmail.com", name + `gmail\.com`},
		{[]Option{ExcludeDomains("corp.example", "X.org")}, "bob@x.org", name + `x\.org`},
		{[]Option{ExcludeDomains("x.org")}, "bob@y.org", name + `example\.com`},
		{[]Option{PreserveDomain(), ExcludeDomains("x.org")}, "bob@x.org", name + `example\.com`},
		{[]Option{PreserveDomain(), ExcludeDomains("x.org")}, "bob@y.org", name + `y\.org`},
		{[]Option{MaxLength(16)}, "bob@gmail.com", `[a-z2-7]{4}@example\.com`},
		{[]Option{MaxLength(46)}, "bob@gmail.com", `[a-z2-7]{26}@example\.com`},
		{[]Option{MaxLength(47)}, "bob@gmail.com", name + `example\.com`},
		{[]Option{MaxLength(30), PreserveDomain()}, "b@" + strings.Repeat("x", 17) + ".org", `[a-z2-7]{18}@example\.com`},
		{[]Option{PreserveLength()}, "bob@gmail.com", `[a-z2-7]{6}@a\.test`},
		{[]Option{PreserveLength()}, "b@c.de", `[a-z2-7]{2}@a\.test`},
		{[]Option{PreserveLength()}, "bob@example-of-a-host.com", `[a-z2-7]{13}@example\.com`},
		{[]Option{PreserveLength(), PreserveDomain()}, "b@gmail.com", `[a-z2-7]{4}@a\.test`},
		{[]Option{PreserveLength(), PreserveDomain()}, "bob@gmail.com", `[a-z2-7]{3}@gmail\.com`},
		{[]Option{PreserveLength(), PreserveDomain()}, strings.Repeat("b", 60) + "@gmail.com", `[a-z]+\.[a-z]+\.[a-z2-7]+@gmail\.com`},
	}
	for _, tt := range tests {
		out, err := apply(t, Email(tt.opts...), tt.in)
		if err != nil || !matches(tt.pattern)(out.(string)) {
			t.Errorf("%v %q: %v %v", tt.opts, tt.in, out, err)
		}
	}
	for _, in := range []string{"alice", "a@", "@b.org", "Alice <a@b.org>", "<a@b.org>", "a@b@c.org", "a@b.org, c@d.org",
		strings.Repeat("a", 65) + "@b.org", "a@" + strings.Repeat("b", 260) + ".org", strings.Repeat("a@b.org", 20_000)} {
		if out, err := apply(t, Email(), in); !errors.Is(err, dynsync.ErrNotApplicable) {
			t.Errorf("%.30q becomes %v: %v", in, out, err)
		}
	}
}

func TestEmailKeepsLengthsAndStaysValid(t *testing.T) {
	for n := 9; n <= 254; n++ {
		in := "ab@" + strings.Repeat(strings.Repeat("b", 40)+".", n/41+1)[:n-6] + "xyz"
		for _, tr := range []dynsync.Transformer{Email(PreserveLength(), MaxLength(maxText)), Email(PreserveLength(), PreserveDomain(), MaxLength(maxText))} {
			out, err := apply(t, tr, in)
			if err != nil || len(out.(string)) != n {
				t.Fatalf("%d characters become %q: %v", n, out, err)
			}
			if _, err := mail.ParseAddress(out.(string)); err != nil {
				t.Fatalf("%q: %v", out, err)
			}
		}
	}
}

func TestEmailIsNoLongerThanAddresses(t *testing.T) {
	for _, label := range []string{"b234567890.", "bé.", "日本."} {
		for n := 1; n < 80; n++ {
			in := "a@" + strings.Repeat(label, n) + "org"
			out, err := apply(t, Email(PreserveDomain(), MaxLength(maxText)), in)
			if err != nil {
				break // the value is too long
			}
			if _, err := apply(t, Email(), out); err != nil {
				t.Errorf("%q becomes %q: %v", in, out, err)
			}
		}
	}
}

func TestPhone(t *testing.T) {
	us := `[2-9][0-9]{2}-555-01[0-9]{2}`
	national := `\([2-9][0-9]{2}\) 555-01[0-9]{2}`
	tests := []struct {
		opts    []Option
		in      string
		pattern string
	}{
		{nil, "(212) 736-5000", national},
		{nil, "212.736.5000 x12", national},
		{nil, "+12127365000", `\+1[2-9][0-9]{2}55501[0-9]{2}`},
		{nil, "+1 (212) 736-5000", `\+1 ` + us},
		{nil, "tel:+1-212-736-5000", `\+1 ` + us},
		{nil, "2127365000", `[2-9][0-9]{2}55501[0-9]{2}`},
		{nil, "12127365000", `1[2-9][0-9]{2}55501[0-9]{2}`},
		{nil, "+442071838750", `\+44[12][0-9]{9}`},
		{nil, "0044 20 71838750", `\+44 [0-9 ]+`},
		{nil, "442071838750", `44[12][0-9]{9}`},
		{nil, "+4930901820", `\+49[0-9]{10,11}`},
		{nil, "+33 1 42 68 53 00", `\+33 [1-5] [0-9]{2} [0-9]{2} [0-9]{2} [0-9]{2}`},
		{nil, "+81 3-1234-5678", `\+1 ` + us},
		{[]Option{Region("JP")}, "03-1234-5678", `\+1 ` + us},
		{[]Option{Region("JP")}, "0312345678", `\+1[2-9][0-9]{2}55501[0-9]{2}`},
		{[]Option{Region("gb")}, "020 7183 8750", `0[12][0-9 ]{9,12}`},
		{[]Option{PhoneFormat("e164")}, "(212) 736-5000", `\+1[2-9][0-9]{2}55501[0-9]{2}`},
		{[]Option{PhoneFormat("national")}, "+12127365000", national},
		{[]Option{PhoneFormat("international")}, "2127365000", `\+1 ` + us},
		{[]Option{PhoneFormat("digits")}, "+1 212 736 5000", `[2-9][0-9]{2}55501[0-9]{2}`},
		{[]Option{PhoneFormat("digits")}, "+442071838750", `0[12][0-9]{9}`},
		{[]Option{PreserveLength()}, "+4915123456789", `\+49176040690[0-9]{2}`},
		{[]Option{PreserveLength()}, "+4930901820", `\+1[2-9][0-9]{2}555[0-9]{3}`},
		{[]Option{PreserveLength()}, "+818012345678", `\+1[2-9][0-9]{2}55501[0-9]{3}`},
		{[]Option{PreserveLength()}, "1-800-FLOWERS", national},
		{[]Option{MaxLength(10)}, "(212) 736-5000", `[2-9][0-9]{2}55501[0-9]{2}`},
		{[]Option{MinLength(18)}, "(212) 736-5000", national + `[0-9]{4}`},
	}
	for _, tt := range tests {
		out, err := apply(t, Phone(tt.opts...), tt.in)
		if err != nil || !matches(tt.pattern)(out.(string)) {
			t.Errorf("%v %q: %v %v", tt.opts, tt.in, out, err)
		}
	}
	for _, in := range []string{"alice", "1", "+", "00", "-", "12345678901234567890", strings.Repeat("5", 100_000)} {
		if out, err := apply(t, Phone(), in); !errors.Is(err, dynsync.ErrNotApplicable) {
			t.Errorf("%.30q becomes %v: %v", in, out, err)
		}
	}
}

func TestSpellingsOfANumberAgree(t *testing.T) {
	want, _ := apply(t, Phone(PhoneFormat("e164")), "+12127365000")
	for _, in := range []any{"(212) 736-5000", "1-212-736-5000", "2127365000", " +1 212 736 5000", number("2127365000"), number("12127365000")} {
		out, err := apply(t, Phone(PhoneFormat("e164")), in)
		if n, ok := out.(number); ok {
			out = "+" + string(n)
		}
		if err != nil || out != want {
			t.Errorf("%v becomes %v, not %v: %v", in, out, want, err)
		}
	}
	if out, _ := apply(t, Phone(PhoneFormat("e164")), "(212) 736-5000 ext. 7"); out == want {
		t.Error("an extension makes no difference")
	}
}

func TestFictionIsValid(t *testing.T) {
	for region, ranges := range fiction {
		for _, r := range ranges {
			for i := range r.size() {
				text := r.prefix + big.NewInt(int64(r.size() + i)).String()[1:]
				n := numberOf(region, text)
				if region != "IE" && !phonenumbers.IsValidNumberForRegion(n, region) {
					t.Fatalf("%s of %s is not valid", text, region)
				}
				if i > 20 {
					break
				}
			}
		}
	}
}

func TestAnyNumberIsValidEverywhere(t *testing.T) {
	for region := range phonenumbers.GetSupportedRegions() {
		tr := Phone(Region(region), AnyNumber())
		for _, in := range []string{"e164", "national"} {
			example := phonenumbers.GetExampleNumber(region)
			text := phonenumbers.Format(example, phonenumbers.E164)
			if in == "national" {
				text = phonenumbers.Format(example, phonenumbers.NATIONAL)
			}
			out, err := apply(t, tr, text)
			if err != nil {
				t.Errorf("%s in %s: %v", text, region, err)
				continue
			}
			n, err := phonenumbers.Parse(out.(string), region)
			if err != nil || !phonenumbers.IsValidNumber(n) || n.GetCountryCode() != example.GetCountryCode() {
				t.Errorf("%s in %s becomes %v: %v", text, region, out, err)
			}
		}
		if out := generate(t, Phone(Region(region))); !validPhone(out.(string)) && region != "IE" {
			t.Errorf("%s generates %v", region, out)
		}
	}
}

func TestIP(t *testing.T) {
	tests := []struct{ class, in, within string }{
		{"auto", "8.8.8.8", "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24"},
		{"auto", "::ffff:8.8.8.8", "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24"},
		{"auto", "2001:4860:4860::8888", "2001:db8::/32"},
		{"documentation", " 2001:db8::1 ", "2001:db8::/32"},
		{"v4", "2001:4860:4860::8888", "192.0.2.0/24 198.51.100.0/24 203.0.113.0/24"},
		{"v6", "8.8.8.8", "2001:db8::/32"},
		{"public", "8.8.8.8", "0.0.0.0/0"},
		{"public", "2001:4860:4860::8888", "2000::/3"},
		{"privateA", "8.8.8.8", "10.0.0.0/8"},
		{"privateB", "::1", "172.16.0.0/12"},
		{"privateC", "8.8.8.8", "192.168.0.0/16"},
		{"loopback", "8.8.8.8", "127.0.0.0/8"},
		{"loopback", "::1", "127.0.0.0/8"},
		{"linkLocal", "8.8.8.8", "169.254.0.0/16"},
		{"linkLocal", "fe80::1%eth0", "fe80::/64"},
		{"multicast", "8.8.8.8", "233.252.0.0/24"},
		{"multicast", "ff02::1", "ff0e::db8:0:0/96"},
	}
	for _, tt := range tests {
		for domain := range strings.SplitSeq("a b c d e f g h i j", " ") {
			out, err := apply(t, IP(IPClass(tt.class), In(domain)), tt.in)
			if err != nil {
				t.Fatal(tt, err)
			}
			addr, err := netip.ParseAddr(out.(string))
			inBlock := func(p string) bool { return netip.MustParsePrefix(p).Contains(addr) }
			if err != nil || addr.String() != out || !slices.ContainsFunc(strings.Fields(tt.within), inBlock) {
				t.Errorf("%v: %v", tt, out)
			}
			if tt.class == "public" && (!addr.IsGlobalUnicast() || addr.IsPrivate() || within(addr, special["public"])) {
				t.Errorf("%v is not public", out)
			}
		}
	}
	for _, in := range []string{"8.8.8", "8.8.8.8/24", "8.8.8.8:80", "[::1]", "host", "08.8.8.8", strings.Repeat("1", 100_000)} {
		if out, err := apply(t, IP(), in); !errors.Is(err, dynsync.ErrNotApplicable) {
			t.Errorf("%.30q becomes %v: %v", in, out, err)
		}
	}
}

func TestURL(t *testing.T) {
	const host, part = `[a-z2-7]{16}\.example`, `[a-z2-7]{8}`
	tests := []struct {
		opts    []Option
		in      string
		pattern string
	}{
		{nil, "https://shop.test", "https://" + host},
		{nil, "HTTP://shop.test:8080/", "http://" + host + "/"},
		{nil, "bob-smith://shop.test/x", "https://" + host + "/" + part},
		{nil, "Postgres://bob@db.test/x", "postgres://" + part + "@" + host + "/" + part},
		{[]Option{PreserveDomain()}, "http://[fe80::1%25en0]:80/x", `http://\[fe80::1%25en0\]:80/` + part},
		{nil, "https://bob@shop.test", "https://" + part + "@" + host},
		{nil, "ftp://bob:secret@shop.test/bob/cv.pdf", "ftp://" + part + ":" + part + "@" + host + "/" + part + "/" + part},
		{nil, "https://shop.test/a//b/?q=bob&r&&s=#bob", "https://" + host + "/" + part + "//" + part + `/\?` + part + "=" + part + "&" + part + "&&" + part + "=" + part + "#" + part},
		{nil, "https://[2001:db8::1]:80/ü/%20", "https://" + host + "/" + part + "/" + part},
		{nil, "https://shop.test/" + strings.Repeat("a/", 50_000), "https://" + host + "(/" + part + "){31}"},
		{nil, "https://shop.test/?" + strings.Repeat("a=b&", 25_000), "https://" + host + `/\?(` + part + "=" + part + "&){31}" + part},
		{[]Option{PreserveDomain()}, "https://u@shop.test:81/bob?q=bob", "https://" + part + `@shop\.test:81/` + part + `\?` + part + "=" + part},
		{[]Option{PreserveDomain()}, "https://shop.test/", "https://" + host + "/"},
		{[]Option{PreserveDomain(), PreservePath()}, "https://shop.test:81/bob", `https://shop\.test:81/` + part},
		{[]Option{PreserveDomain(), PreservePath()}, "https://shop.test/?&", "https://" + host + `/\?&`},
		{[]Option{PreserveDomain(), PreservePath()}, "https://shop.test/bob?q=bob", `https://shop\.test/bob\?q=` + part},
		{[]Option{PreservePath()}, "https://shop.test/find/it?q=bob&bob", "https://" + host + `/find/it\?q=` + part + "&" + part},
	}
	for _, tt := range tests {
		out, err := apply(t, URL(tt.opts...), tt.in)
		if err != nil || !matches(tt.pattern)(out.(string)) {
			t.Errorf("%v %.60q: %.200v %v", tt.opts, tt.in, out, err)
			continue
		}
		if _, err := url.Parse(out.(string)); err != nil {
			t.Error(err)
		}
	}
	for _, in := range []string{"shop.test", "/a/b", "mailto:bob@shop.test", "https://", "http://:80", "https://%zz", "data:text/plain,bob", "file:///home/bob"} {
		if out, err := apply(t, URL(), in); !errors.Is(err, dynsync.ErrNotApplicable) {
			t.Errorf("%.30q becomes %v: %v", in, out, err)
		}
	}
}

func TestUUID(t *testing.T) {
	const hyphenated = "0190163d-8694-739b-aea5-966c26f8ad91"
	bare, v4 := strings.ReplaceAll(hyphenated, "-", ""), `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`
	bareV4 := strings.ReplaceAll(v4, "}-", "}")
	tests := []struct {
		opts    []Option
		in      string
		pattern string
	}{
		{nil, hyphenated, v4},
		{nil, " " + strings.ToUpper(hyphenated), v4},
		{nil, bare, bareV4},
		{nil, "{" + strings.ToUpper(hyphenated) + "}", `\{` + v4 + `\}`},
		{nil, "URN:UUID:" + hyphenated, "urn:uuid:" + v4},
		{nil, "00000000-0000-0000-0000-000000000000", v4},
		{[]Option{Hyphens(true)}, bare, v4},
		{[]Option{Hyphens(false)}, hyphenated, bareV4},
	}
	for _, tt := range tests {
		out, err := apply(t, UUID(tt.opts...), tt.in)
		if err != nil || !matches(tt.pattern)(out.(string)) {
			t.Errorf("%v %s: %v %v", tt.opts, tt.in, out, err)
		}
	}
	want, _ := apply(t, UUID(), bare)
	raw, _ := new(big.Int).SetString(bare, 16)
	out, err := apply(t, UUID(), raw.FillBytes(make([]byte, 16)))
	if b, ok := out.([]byte); err != nil || !ok || len(b) != 16 || new(big.Int).SetBytes(b).Text(16) != strings.TrimLeft(want.(string), "0") {
		t.Errorf("bytes and text disagree: %x, %v: %v", out, want, err)
	}
	for _, in := range []any{"0190163d-8694-739b-aea5-966c26f8ad9", "0190163d8694-739b-aea5-966c26f8ad91-", "sixteen letters.", "{" + bare, bare + "00",
		strings.Repeat("0", 100_000), []byte("short"), []byte(bare)} {
		if out, err := apply(t, UUID(), in); !errors.Is(err, dynsync.ErrNotApplicable) {
			t.Errorf("%.30q becomes %v: %v", in, out, err)
		}
	}
	if !matches(v4)(generate(t, UUID()).(string)) || !matches(bareV4)(generate(t, UUID(Hyphens(false))).(string)) {
		t.Error("what is generated is no UUID")
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
		{UUID(), "0190163D-8694-739B-AEA5-966C26F8AD91", "0190163d-8694-739b-aea5-966c26f8ad91"},
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
			t.Errorf("%T %v: %v", tt.members, tt.tr.(dynsync.Describer).Describe().Name, err)
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
		if d := tr.(dynsync.Describer).Describe(); d.Err == nil {
			t.Errorf("%s %s is legal", d.Name, d.Options)
		}
	}
}

func TestOptionsByNameTakeAllNumbers(t *testing.T) {
	for _, v := range []any{7, int8(7), int32(7), int64(7), uint8(7), uint64(7), float32(7), 7.0, json.Number("7")} {
		for _, name := range []string{"int", "float"} {
			tr, err := New(name, map[string]any{"min": v, "max": v})
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
		if _, err := New("int", map[string]any{"min": v}); err == nil {
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
		{Email(), dynsync.PracticallyUnique, true},
		{Email(MaxLength(25)), dynsync.PracticallyUnique, true},
		{Email(MaxLength(24)), dynsync.ManyToOne, true},
		{Email(MaxLength(maxText), Domain(strings.Repeat("a234567890.", 22)+"org")), dynsync.ManyToOne, true},
		{Email(PreserveLength()), dynsync.ManyToOne, true},
		{Email(PreserveDomain()), dynsync.PracticallyUnique, false},
		{Email(ExcludeDomains("x.org")), dynsync.PracticallyUnique, false},
		{URL(), dynsync.PracticallyUnique, true},
		{URL(PreserveDomain()), dynsync.ManyToOne, false},
		{URL(PreservePath()), dynsync.PracticallyUnique, false},
		{IP(), dynsync.ManyToOne, true},
		{IP(IPClass("v6")), dynsync.PracticallyUnique, true},
		{Token(Length(11)), dynsync.PracticallyUnique, true},
		{Token(Length(10)), dynsync.ManyToOne, true},
		{String(MinLength(13)), dynsync.PracticallyUnique, true},
		{String(MinLength(13), PreserveLength()), dynsync.ManyToOne, true},
		{String(), dynsync.ManyToOne, true},
		{Phone(AnyNumber()), dynsync.ManyToOne, true},
	} {
		if d := tt.tr.(dynsync.Describer).Describe(); d.Err != nil || d.Uniqueness != tt.want || d.Drawn != tt.drawn {
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
					opts = append(slices.Clone(opts), Option{"choices", []string{"left", "right"}})
				}
				tr := makeNamed(e.name, opts)
				if d := tr.(dynsync.Describer).Describe(); d.Err != nil || !slices.Contains(d.Kinds, dynsync.KindS) {
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
				if got == text && len(text) > 12 && tr.(dynsync.Describer).Describe().Drawn {
					t.Errorf("%s %v leaves %q as it is", e.name, opts, text)
				}
			}
		}
	})
}
