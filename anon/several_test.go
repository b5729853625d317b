package anon

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/growth"
)

// marked are values in the tables of this file: ‹value›, and ‹name:the name of an address›.
var marked = regexp.MustCompile(`‹(name:)?([^›]*)›`)

// unmarked returns a text without the marks, and what becomes of it if each value becomes
// what it would become alone.
func unmarked(t *testing.T, tr dynsync.Transformer, text string) (in, want string) {
	t.Helper()
	in = marked.ReplaceAllString(text, "$2")
	want = marked.ReplaceAllStringFunc(text, func(m string) string {
		of := marked.FindStringSubmatch(m)
		if of[1] != "" {
			return outText(t, FullName(), of[2])
		}
		return outText(t, tr, of[2])
	})
	return in, want
}

// severalCases returns texts of several values, by what replaces them.
func severalCases() []severalCase {
	return []severalCase{
		{Email(), []string{
			"‹alice@example.com›, ‹bob@example.org›", "‹alice@example.com›;‹bob@example.org›;‹carol@example.net›", "‹a@x.org› ; ‹b@x.org›;", ",‹a@x.org›,,‹b@x.org›",
			"‹a@x.org›|‹b@x.org›", "‹a@x.org›\n‹b@x.org›\r\n‹c@x.org›\n", "‹a@x.org›\t‹b@x.org›", "‹a@x.org› ‹b@x.org›", "‹a@x.org› and ‹b@x.org›", "‹a@x.org› AND ‹b@x.org›",
			"‹a@x.org›, ‹b@x.org› & ‹c@x.org›", "‹a@x.org› / ‹b@x.org›", "‹a@x.org›/‹b@x.org›", "‹a@x.org›、‹b@x.org›", "‹a@x.org›，‹b@x.org›；‹c@x.org›", "‹a@x.org›,\u00a0‹b@x.org›", "‹a＠x.org›, ‹b@x.org›", "‹A@X.org›, ‹a@x.org›",
			"‹name:Alice Lee› <‹alice@x.org›>", `"‹name:Lee, Alice›" <‹a@x.org›>`, `'‹name:Alice›' <‹a@x.org›>`, "‹name:Lee, Alice› <‹a@x.org›>; ‹name:Ray, Bob› <‹b@x.org›>",
			`"‹name:Lee, Alice›" <‹a@x.org›>, ‹name:Bob Ray› <‹b@x.org›>, ‹c@x.org›`, "‹name:Alice›<‹a@x.org›>", `"‹a@x.org›" <‹a@x.org›>`, "‹a@x.org› <mailto:‹a@x.org›>", "‹a@x.org› (‹name:Alice Lee›)",
			"<‹a@x.org›>", "<‹a@x.org›>, <‹b@x.org›>", "mailto:‹alice@x.org›", "MAILTO:‹a@x.org›,‹b@x.org›", "<mailto:‹a@x.org›>", "SMTP:‹a@x.org›;smtp:‹b@x.org›", "sip:‹a@x.org›",
			`["‹a@x.org›","‹b@y.org›"]`, `["‹a@x.org›"]`, "['‹a@x.org›', '‹b@y.org›']", "{‹a@x.org›,‹b@y.org›}", `"‹a@x.org›","‹b@y.org›"`, "'‹a@x.org›'", "(‹a@x.org›; ‹b@y.org›)", " ‹a@x.org› , ‹b@x.org› ",
			`‹"a;b"@x.org›, ‹o'brien@x.org›`, "‹a/b@x.org›; ‹r&d@x.org›", "‹name:Ann & Bob Lee› <‹a@x.org›>", "‹name:N/A› <‹a@x.org›>",
		}},
		{IP(), []string{
			"‹203.0.113.7›, ‹198.51.100.2›", "‹203.0.113.7›:443", "‹203.0.113.7›:443, ‹10.0.0.1›:80", "[‹2001:db8::1›]:443", "[‹::1›]", "‹10.0.0.0›/8", "‹2001:db8::›/32", "‹10.0.0.0›/8;‹172.16.0.0›/12",
			"unknown, ‹10.0.0.1›", "‹10.0.0.1›, unknown", "‹10.0.0.1›, -", "‹10.0.0.1›/255.255.255.0", "‹10.0.0.1›-‹10.0.0.9›", "‹10.0.0.1› – ‹10.0.0.9›", "‹10.0.0.1›:80 -> ‹10.0.0.2›:443",
			"‹10.0.0.1› ‹10.0.0.2›", "‹10.0.0.1›|‹10.0.0.2›", `["‹10.0.0.1›","‹::1›"]`, `"[‹2001:db8::1›]:4711", "‹192.0.2.43›"`, "‹10.0.0.1›\n‹10.0.0.2›\n", "‹10.0.0.1›:*", "‹10.0.0.1› and ‹fe80::1›",
			"‹2001:db8::1›, ‹10.0.0.1›, ‹::ffff:10.0.0.1›", "{‹10.0.0.1›,‹10.0.0.2›/31}", "for=‹192.0.2.60›;proto=http;by=‹203.0.113.43›", `For="[‹2001:db8::1›]:4711", for=‹192.0.2.43›`, "for=‹192.0.2.43›, for=unknown",
			"By=‹203.0.113.43›;For=‹192.0.2.60›;Proto=http", "FOR=‹192.0.2.60›;PROTO=HTTPS", "for=‹192.0.2.43›, For=Unknown", "Unknown, ‹10.0.0.1›", "‹10.0.0.1›, UNKNOWN",
		}},
		{Phone(), []string{
			"‹+44 20 7946 0958› / ‹+44 20 7946 0959›", "‹2125550123›;‹2125550124›", "‹212-555-0123›, ‹(212) 555-0124›", "‹(212) 555-0123› or ‹(212) 555-0124›", "‹+49 30 901820›\n‹+49 30 901821›",
			"‹+12125550123›|‹+12125550124›", `["‹+12125550123›","‹+442071838750›"]`, "‹+1 212 555 0123› & ‹+1 212 555 0124›", "‹+12125550123› ; ‹+12125550124›;", "‹+12125550123›,‹+12125550124›,‹+12125550125›",
			"‹+1 212-555-0123 ext. 5›; ‹+1 212-555-0124›", "‹212.555.0123› / ‹212.555.0124›", "‹+12125550123›;", "‹212-555-0123› /",
		}},
		{Phone(Region("DE")), []string{"‹030 901820› / ‹030 901821›", "‹030/901820›; ‹0171/3920050›", "‹+49 30 901820›, ‹089 32168›", "‹030 901820› (home) / ‹0171 3920050› (work)", "‹+49 30 901820› (privat), ‹+43 664 123456› mobil"}},
		{FullName(), []string{
			"‹Ann Lee› & ‹Bob Ray›", "‹Ann Lee›; ‹Bob Ray›", "‹Ann Lee› and ‹Bob Ray›", "‹Ann Lee› / ‹Bob Ray›", "‹Ann Lee›/‹Bob Ray›", "‹Ann Lee›\n‹Bob Ray›", "‹Ann Lee›|‹Bob Ray›|‹Cid Poe›",
			"‹Lee, Ann›; ‹Ray, Bob›", "‹Lee, Ann› & ‹Ray, Bob›", "‹Ann Lee›, ‹Bob Ray›, ‹Cid Poe›", "‹Ann Lee›, ‹Bob Ray› and ‹Cid Poe›", "‹Ann Lee›; ‹Bob Ray›;",
			"‹Ann› & ‹Bob Lee›", `["‹Ann Lee›","‹Bob Ray›"]`, "‹Jörg Weiß› und ‹Zoë Großmann›", "‹José Ortega y Gasset›; ‹Ann Lee›", "‹Ann Lee›; N/A", "‹Dr. Ann Lee› & ‹Mr. Bob Ray›", "‹Ann Lee› + ‹Bob Ray›",
			"‹李 小龙›、‹Ann Lee›、‹Bob Ray›", "‹李 小龙›；‹Ann\u00a0Lee›", "‹Ａｎｎ Lee›＆‹Bob Ray›", "‹Lee, Ann, PhD›; ‹Bob Ray Jr.›", "‹Ann Lee›;", "(‹Lee, Ann›)", `"‹Lee, Ann›"`, "|‹Ann Lee›|", "‹ann lee› AND ‹BOB RAY›",
		}},
		{FirstName(), []string{"‹Ann›, ‹Bob›", "‹Ann› & ‹Bob›", "‹Ann›,‹Bob›,‹Cid›", "‹Anna-Maria› and ‹Bob›", "‹Ann›/‹Bob›", "‹Ann Marie›; ‹Bob›"}},
		{LastName(), []string{"‹Lee›/‹Ray›", "‹van der Berg› & ‹Lee›", "‹Lee›, ‹Ray›", "‹Lee›; ‹Ray›"}},
		{Username(), []string{"‹ann›,‹bob›", "‹ann.lee›; ‹bob_ray›", "‹@ann›|‹@bob›", "‹ann›\n‹bob›", `["‹ann›","‹bob›"]`}},
		{URL(), []string{
			"‹https://a.test/x›, ‹https://b.test/y›", "‹https://a.test/x›,‹https://b.test/y›", "‹https://a.test/x,y›;‹http://b.test›", "‹https://a.test/x› ‹ftp://b.test›", "‹https://a.test›\n‹https://b.test›\n", `["‹https://a.test›","‹https://b.test›"]`,
			"<‹https://a.test›>", "‹https://a.test/?u=1,2›|‹HTTPS://b.test›",
		}},
		{UUID(), []string{
			"‹6ba7b810-9dad-41d1-80b4-00c04fd430c8›,‹6ba7b810-9dad-41d1-80b4-00c04fd430c9›", `["‹6ba7b810-9dad-41d1-80b4-00c04fd430c8›"]`, "‹{6ba7b810-9dad-41d1-80b4-00c04fd430c8}›; ‹6ba7b8109dad41d180b400c04fd430c9›",
			"‹6ba7b810-9dad-41d1-80b4-00c04fd430c8›/‹6ba7b810-9dad-41d1-80b4-00c04fd430c9›", "‹6ba7b810-9dad-41d1-80b4-00c04fd430c8› ‹6ba7b810-9dad-41d1-80b4-00c04fd430c9›",
		}},
		{SSN(), []string{"‹512-03-1234›, ‹512-03-1235›", "‹512031234›/‹512031235›", "‹512 03 1234›; ‹512-03-1235›"}},
		{CardNumber(), []string{"‹4111 1111 1111 1111›; ‹4012-8888-8888-1881›", "‹4111111111111111›,‹378282246310005›"}},
		{IBAN(), []string{"‹DE89 3704 0044 0532 0130 00›, ‹GB82WEST12345698765432›", "‹DE89370400440532013000›\n‹NO9386011117947›"}},
	}
}

type severalCase struct {
	tr    dynsync.Transformer
	texts []string
}

// TestSeveralValues: in a text of several values each becomes what it becomes alone, and
// the rest stays. The canonical form of the text has the same result, and is its own.
func TestSeveralValues(t *testing.T) {
	for _, tt := range severalCases() {
		name, canonical := describe(tt.tr).Name, describe(tt.tr).Canonical
		for _, text := range tt.texts {
			in, want := unmarked(t, tt.tr, text)
			if got := outText(t, tt.tr, in); got != want || got == in {
				t.Errorf("%s: %q became %q, not %q", name, in, got, want)
			}
			form, ok := canonical(in)
			if again, okAgain := canonical(form); !ok || !okAgain || again != form {
				t.Errorf("%s: %q has the canonical form %q, %t, and that %q, %t", name, in, form, ok, again, okAgain)
			}
			if set, err := apply(t, tt.tr, []string{in, "‽"}); err == nil && !strings.Contains(fmt.Sprint(set), want) {
				t.Errorf("%s: %q in a set became %q", name, in, set)
			}
		}
	}
}

// TestNoneOfSeveral: what holds something else besides values is none of several.
func TestNoneOfSeveral(t *testing.T) {
	refused(t, Email, "alice@x.org, Alice", "Alice", "Team: a@x.org, b@x.org", "a@x.org, b@", ";", ", ,", "Alice <alice>", "<a@x.org", "a@x.org>", "mailto:", "mailto:?to=a@x.org",
		`"Lee <a@x.org>`, "=?latin-9?q?Al=EFce?= <a@x.org>", "https://x.org/?q=a@x.org", "a@x.org b", "[a@x.org}", "((((a@x.org))))", "a@x.org -> b")
	refused(t, IP, "10.0.0.1:99999", "10.0.0.1:", "host:80", "10.0.0.0/33", "10.0.0.0/a", "10.0.0.0/08", "::1/129", "[10.0.0.1]:80x", "10.0.0.1, host", "10.0.0.1 up", "for=host", "for=10.0.0.1;host=x.org", "for=_hidden", "10.0.0.1/10.0.0.2/x", "2001:db8::1.443")
	refused(t, func(opts ...Option) dynsync.Transformer { return IP(append(opts, IPClass("v4"))...) }, "2001:db8::/64")
	refused(t, func(opts ...Option) dynsync.Transformer { return IP(append(opts, IPClass("v6"))...) }, "10.0.0.0/33", "10.0.0.0/128")
	refused(t, Phone, "+1 212 555 0123 / home", "+1 212 555 0123; 212 55")
	refused(t, SSN, "512-03-1234, 7", "512-03-1234, x")
	refused(t, UUID, "6ba7b810-9dad-41d1-80b4-00c04fd430c8, x")
	refused(t, IBAN, "DE89 3704 0044 0532 0130 00, DE89 3704 0044 0532 0130 01")
	refused(t, func(opts ...Option) dynsync.Transformer { return Email(append(opts, MaxLength(80))...) }, strings.Repeat("a@x.org,", 10))
	for tr, texts := range map[dynsync.Transformer][]string{
		FullName(): {"Lee, Ann", "Lee, Ann, PhD", "N/A", "Ramesh s/o Suresh", "García López, Juan Carlos", "Ortega y Gasset", "-/-"},
		LastName(): {"King, Jr.", "n/a"},
		Username(): {"Lee, Ann Marie"},
		URL():      {"https://a.test/x,y", "https://a.test/a;b=1", "https://a.test/?next=https://b.test"},
		Phone():    {"(212) 736-5000", "+49 (0)30/901820", "+1 212 555 0123, ext. 5"},
	} {
		for _, text := range texts {
			a := tr.(*anonymizer)
			if parts := a.divided(dynsync.KindS, text, true); parts != nil {
				t.Errorf("%s divides %q", a.desc.Name, text)
			}
		}
	}
}

// TestHostsOfTheOtherFamily: a port stays behind an address of whatever family.
func TestHostsOfTheOtherFamily(t *testing.T) {
	for text, form := range map[string]string{"10.0.0.1:80": `\[2001:db8:[0-9a-f:]+\]:80`, "[::1]:80": `\[2001:db8:[0-9a-f:]+\]:80`, "10.0.0.0/8": `2001:db8:[0-9a-f:]+/8`} {
		if got := outText(t, IP(IPClass("v6")), text); !matches(form)(got) {
			t.Errorf("%q became %q", text, got)
		}
	}
	for text, form := range map[string]string{"10.0.0.1:80": `[0-9.]+:80`, "[::1]:80": `[0-9.]+:80`, "::/8": `[0-9.]+/8`} {
		if got := outText(t, IP(IPClass("v4")), text); !matches(form)(got) {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestOptionsOfSeveral: options hold for each value, a greatest length for all of them.
func TestOptionsOfSeveral(t *testing.T) {
	for _, tt := range []struct {
		tr   dynsync.Transformer
		text string
	}{
		{Email(PreserveDomain()), "‹a@corp.test›; ‹b@x.org›"}, {Email(In("other")), "‹a@x.org›,‹b@x.org›"}, {Email(PreserveLength()), "‹alice@x.org›, ‹bob.marley@example.com›"}, {Email(MaxLength(100)), "‹a@x.org›, ‹b@x.org›"},
		{FullName(PreserveLength()), "‹Ann Lee› & ‹Bob Raymond›"}, {CardNumber(PreserveIssuer()), "‹4111111111111111›,‹4242424242424242›"}, {UUID(Hyphens(true)), "‹6ba7b8109dad41d180b400c04fd430c9›, ‹6ba7b8109dad41d180b400c04fd430c8›"},
		{IBAN(Region("NL")), "‹DE89370400440532013000›, ‹GB82WEST12345698765432›"}, {Phone(PhoneFormat("e164")), "‹212-555-0123›, ‹(212) 555-0124›"},
	} {
		in, want := unmarked(t, tt.tr, tt.text)
		if got := outText(t, tt.tr, in); got != want {
			t.Errorf("%s: %q became %q, not %q", describe(tt.tr).Options, in, got, want)
		}
	}
	if got := outText(t, Email(In("other")), "Ann <a@x.org>"); !strings.HasPrefix(got, outText(t, FullName(In("other")), "Ann")+" <") {
		t.Errorf("the name has another domain: %q", got)
	}
	if got, want := outText(t, Email(), "=?utf-8?q?Jos=C3=A9?= Lee <a@x.org>"), outText(t, FullName(), "José Lee")+" <"+outText(t, Email(), "a@x.org")+">"; got != want {
		t.Errorf("%q, not %q", got, want)
	}
	if got := outText(t, FirstName(MaxLength(8)), "Ann, Bob, Cid, Dee"); len(got) > 8 {
		t.Errorf("%q is too long", got)
	}
	if got, want := outText(t, Email(), "mailto:a@x.org,b%40x.org?subject=Alice"), "mailto:"+outText(t, Email(), "a@x.org")+","+outText(t, Email(), "b@x.org"); got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

// TestSeveralNamesAgree: names of a list are those of the text that mentions them, and of
// the address that is composed of the first.
func TestSeveralNamesAgree(t *testing.T) {
	out := transformed(t, []map[string]any{{"Id": "1", "Name": "1", "Owner": "Ann Pfeiffer & Bob Raylander", "Mail": "a@x.org", "Note": "call Pfeiffer or Bob Raylander"}},
		dynsync.WithTransform("Owner", FullName()), dynsync.WithTransform("Mail", Email(Person("Id", "Owner"))), dynsync.WithTransform("Note", Text(Find("recordNames"), NamesAt("Owner"))))["1"]
	owner := textAt(t, out, "Owner")
	if strings.Contains(owner, "Pfeiffer") || !strings.Contains(owner, " & ") {
		t.Errorf("the owners became %q", owner)
	}
	first, second, _ := strings.Cut(owner, " & ")
	_, last, _ := strings.Cut(first, " ")
	if note := textAt(t, out, "Note"); note != "call "+last+" or "+second {
		t.Errorf("owners %q, note %q", owner, note)
	}
	if mail := textAt(t, out, "Mail"); !strings.HasPrefix(mail, strings.ToLower(strings.Replace(first, " ", ".", 1))+".") {
		t.Errorf("owners %q, address %q", owner, mail)
	}
}

// TestLongTexts: a text as long as an item takes time in proportion to its length.
func TestLongTexts(t *testing.T) {
	for _, unit := range []string{";", ",", " ,", "a;", "a,", "/", " and ", "\"", "'", "\"'", "[", "<", "(", "{\"", "a@x.org,", "a@x.org ", "a@x.org <", "10.0.0.1,", "10.0.0.1:", "mailto:", "for=", "https://", ",https://a.test", "=?", "1,", "512-03-1234;", "Ann ", "Ann/", "jr.", "dr.", "van.", "née "} {
		for _, form := range []string{"%s", `"%s" <a@x.org>`, "[%s]"} {
			for _, tr := range []dynsync.Transformer{Email(), IP(), Phone(), URL(), UUID(), SSN(), Noise(), FirstName(), FullName()} {
				growth.Linear(t, fmt.Sprintf("%s of %q in %q", describe(tr).Name, unit, form), 60_000, func(size int) {
					text := strings.Repeat(unit, size/len(unit))
					if _, err := apply(t, tr, strings.Replace(form, "%s", text, 1)); err != nil && !errors.Is(err, dynsync.ErrNotApplicable) {
						t.Error(err)
					}
				})
			}
		}
	}
}
