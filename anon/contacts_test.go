package anon

import (
	"errors"
	"math/big"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/phone"
)

func validPhone(s string) bool {
	n, ok := phone.Parse(s, phone.Find("US"))
	return ok && n.IsValid()
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
	for _, in := range []string{"alice", "a@", "@b.org", "a@b@c.org", "a@b.org, c", "a@{b.org}", "a@b's",
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
		{nil, "212.736.5000 x12", `[2-9][0-9]{2}\.555\.01[0-9]{2} x[0-9]{2}`},
		{nil, "+12127365000", `\+1[2-9][0-9]{2}55501[0-9]{2}`},
		{nil, "+1 (212) 736-5000", `\+1 ` + national},
		{nil, "tel:+1-212-736-5000", `tel:\+1-` + us},
		{nil, "2127365000", `[2-9][0-9]{2}55501[0-9]{2}`},
		{nil, "12127365000", `1[2-9][0-9]{2}55501[0-9]{2}`},
		{nil, "+442071838750", `\+44[12][0-9]{9}`},
		{nil, "0044 20 71838750", `0044( [0-9]+){3}`},
		{nil, "442071838750", `44[12][0-9]{9}`},
		{nil, "+4930901820", `\+49[0-9]{10,11}`},
		{nil, "+33 1 42 68 53 00", `\+33 [1-5] [0-9]{2} [0-9]{2} [0-9]{2} [0-9]{2}`},
		{nil, "+81 3-1234-5678", `\+1 ` + us},
		{[]Option{Region("JP")}, "03-1234-5678", `\+1-` + us},
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
		{[]Option{PreserveLength()}, "1-800-FLOWERS", us},
		{[]Option{MaxLength(10)}, "(212) 736-5000", `[2-9][0-9]{2}55501[0-9]{2}`},
		{[]Option{MinLength(18)}, "(212) 736-5000", national + `[0-9]{4}`},
	}
	for _, tt := range tests {
		out, err := apply(t, Phone(tt.opts...), tt.in)
		if err != nil || !matches(tt.pattern)(out.(string)) {
			t.Errorf("%v %q: %v %v", tt.opts, tt.in, out, err)
		}
	}
	for _, in := range []string{"alice", "1", "+", "00", "12345678901234567890", strings.Repeat("5", 100_000)} {
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
				n := phone.Number{Code: phone.Find(region).Code(), National: text}
				if region != "IE" && !n.IsValidIn(phone.Find(region)) {
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
	for _, region := range phone.IDs() {
		tr := Phone(Region(region), AnyNumber())
		for _, in := range []string{"e164", "national"} {
			_, fixedLine := phone.Find(region).Examples()
			example := phone.Number{Code: phone.Find(region).Code(), National: fixedLine}
			text := example.E164()
			if in == "national" {
				text = example.Formatted(false)
			}
			out, err := apply(t, tr, text)
			if err != nil {
				t.Errorf("%s in %s: %v", text, region, err)
				continue
			}
			n, ok := phone.Parse(out.(string), phone.Find(region))
			if !ok || !n.IsValid() || n.Code != example.Code {
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
	for _, in := range []string{"8.8.8", "8.8.8.8/33", "8.8.8.8:65536", "[8.8.8.8]:x", "host", "08.8.8.8", strings.Repeat("1", 100_000)} {
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
	bareV4, upperV4 := strings.ReplaceAll(v4, "}-", "}"), strings.NewReplacer("a-f", "A-F", "89ab", "89AB").Replace(v4)
	tests := []struct {
		opts    []Option
		in      string
		pattern string
	}{
		{nil, hyphenated, v4},
		{nil, " " + strings.ToUpper(hyphenated), upperV4},
		{nil, "0190163D-8694-739b-aea5-966c26f8ad91", v4},
		{nil, "０１９０１６３Ｄ-8694-739B-AEA5-966C26F8AD91", upperV4},
		{nil, bare, bareV4},
		{nil, strings.ToUpper(bare), strings.NewReplacer("a-f", "A-F", "89ab", "89AB").Replace(bareV4)},
		{nil, "{" + strings.ToUpper(hyphenated) + "}", `\{` + upperV4 + `\}`},
		{nil, "{" + hyphenated + "}", `\{` + v4 + `\}`},
		{nil, "URN:UUID:" + hyphenated, "urn:uuid:" + v4},
		{nil, "urn:uuid:" + strings.ToUpper(hyphenated), "urn:uuid:" + upperV4},
		{[]Option{Hyphens(false)}, strings.ToUpper(hyphenated), strings.NewReplacer("a-f", "A-F", "89ab", "89AB").Replace(bareV4)},
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
	upper, _ := apply(t, UUID(), strings.ToUpper(hyphenated))
	if lower, _ := apply(t, UUID(), hyphenated); upper != strings.ToUpper(lower.(string)) {
		t.Errorf("in capitals it becomes %v, and else %v", upper, lower)
	}
	for _, in := range []string{hyphenated, strings.ToUpper(hyphenated), strings.ToUpper(bare), "{" + strings.ToUpper(hyphenated) + "}"} {
		if canonical, ok := describe(UUID()).Canonical(in); !ok || canonical != in {
			t.Errorf("the canonical form of %s is %s", in, canonical)
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
