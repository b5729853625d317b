package anon

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/testsize"
)

func TestTextIsRedactedWhole(t *testing.T) {
	for _, text := range []string{"Call lena@example.com", "x", redacted, strings.Repeat("a@b.example ", 10_000)} {
		if got, err := apply(t, Text(), text); err != nil || got != redacted {
			t.Error(got, err)
		}
	}
	desc := Text().(describer).Describe()
	if !desc.Drawn || desc.Uniqueness != dynsync.UniquenessNone || desc.Err != nil {
		t.Error(desc)
	}
	desc = Text(Find("all")).(describer).Describe()
	if desc.Drawn || desc.Uniqueness != dynsync.UniquenessNone || desc.Err != nil {
		t.Error(desc)
	}
	if got, err := Generate(Text()).Transform(context.Background(), dynsync.Input{}); err != nil || got.Any() != redacted {
		t.Error(got.Any(), err)
	}
}

func TestTextOptionsAreChecked(t *testing.T) {
	legal := [][]Option{
		{Find("email")}, {Find("all")}, {Find("email", "all")}, {Find("all"), Names("Lena")}, {Find("names"), Names("Lena")},
		{Find("recordNames"), NamesAt("Name", "Owner.Names[0]", `"a.b"`)}, {Find("phone"), option{"region", "de"}}, {Find("ip"), In("x"), PerItem(), Strict()},
	}
	for _, opts := range legal {
		if err := Text(opts...).(describer).Describe().Err; err != nil {
			t.Error(opts, err)
		}
	}
	wrong := [][]Option{
		{Find()}, {Find("mail")}, {Find("")}, {Find("names")}, {Find("recordNames")}, {Names("Lena")}, {NamesAt("Name")}, {option{"region", "DE"}},
		{Find("email"), Names("Lena")}, {Find("email"), NamesAt("Name")}, {Find("all"), NamesAt("a[")}, {Find("all"), NamesAt("a.*")}, {Find("phone"), option{"region", "XX"}},
		{option{"find", "email"}}, {MaxLengthForTest},
	}
	for _, opts := range wrong {
		if err := Text(opts...).(describer).Describe().Err; err == nil {
			t.Error(opts, "are taken")
		}
	}
}

// MaxLengthForTest is an option that Text has not.
var MaxLengthForTest = option{"maxLength", 10}

// finds returns what a Text finds, as "kind:text".
func finds(tx *texter, text string) []string {
	var out []string
	for _, f := range tx.find(text, dynsync.Input{}) {
		out = append(out, findingNames[f.kind]+":"+text[f.start:f.end])
	}
	return out
}

func TestTextFinds(t *testing.T) {
	tests := []struct {
		text string
		want string // joined by |
	}{
		{"", ""},
		{"@", ""}, {"a@", ""}, {"@b.example", ""}, {"a@b", ""}, {"a@@b.example", ""}, {"a@.b", ""}, {"a@b.c", ""}, {"a@1.2.3", ""},
		{"a@b.example@c.example", "email:a@b.example"},
		{"...a.b@c.example...", "email:a.b@c.example"},
		{"a..b@c.example", "email:a..b@c.example"},
		{"a@b.example.Then", "email:a@b.example.Then"},
		{"a@b.com2024 a@b.com--x", "email:a@b.com|email:a@b.com"},
		{"a@b.com_x a@b.com-", "email:a@b.com|email:a@b.com"},
		{`"a b"@c.example, "x" y@c.example`, `email:"a b"@c.example|email:y@c.example`},
		{"a@[192.0.2.1]", "email:a@[192.0.2.1]"},
		{"bob:secret@host.example/x", "email:secret@host.example"},
		{"bounce+bob=b.example@l.example", "email:bounce+bob=b.example@l.example"},
		{"?mail=bob@b.example&cc=eve%40e.example", "email:bob@b.example|email:eve%40e.example"},
		{"ａｌｉｃｅ＠ｂ．ｅｘａｍｐｌｅ", "email:ａｌｉｃｅ＠ｂ．ｅｘａｍｐｌｅ"},
		{"al\u200bice@b\u00ad.example\u200b!", "email:al\u200bice@b\u00ad.example\u200b"},
		{"请写alice@b.example谢谢", "email:alice@b.example"},
		{"用户@例子.公司。", "email:用户@例子.公司"},
		{"\xffa@b.example\xff", "email:a@b.example"},

		{"4111 1111 1111 1111 123", "card:4111 1111 1111 1111"},
		{"4111 1111 1111 1111 12/27", "card:4111 1111 1111 1111"},
		{"４１１１１１１１１１１１１１１１", "card:４１１１１１１１１１１１１１１１"},
		{"٤١١١١١١١١١١١١١١١", "card:٤١١١١١١١١١١١١١١١"},
		{"4111–1111–1111–1111", "card:4111–1111–1111–1111"},
		{"4111.1111.1111.1111", "card:4111.1111.1111.1111"},
		{"卡4111111111111111号", "card:4111111111111111"},
		{"ID-4111111111111111.", "card:4111111111111111"},
		{"4111111111111112", ""}, {"0000000000000000", ""}, {"a4111111111111111", ""}, {"4111111111111111f", ""}, {"3.4111111111111111", ""},
		{"14111111111111111", ""},
		{"4111 1111 1111 1111 5555 5555 5555 4444", "card:4111 1111 1111 1111|card:5555 5555 5555 4444"},

		{"DE89370400440532013000", "iban:DE89370400440532013000"},
		{"de89 3704 0044 0532 0130 00.", "iban:de89 3704 0044 0532 0130 00"},
		{"GB82 WEST 1234 5698 7654 32 and", "iban:GB82 WEST 1234 5698 7654 32"},
		{"GB82WEST12345698765433", ""}, {"XDE89370400440532013000", ""}, {"DE893704004405320130001", ""}, {"ZZ89370400440532013000", ""},

		{"123-45-6789", "ssn:123-45-6789"}, {"(123-45-6789)", "ssn:123-45-6789"}, {"123 45 6789", "ssn:123 45 6789"},
		{"000-45-6789 666-45-6789 900-45-6789 123-00-6789 123-45-0000", ""},
		{"123-45 6789 1123-45-6789 123-45-67890 A123-45-6789 1-123-45-6789", ""},
		{"12 123 45 6789 11", ""}, {"123456789", ""}, {"SSN 123456789", "ssn:123456789"}, {"\u202d123‑45‑6789", "ssn:123‑45‑6789"},

		{"192.0.2.1, 192.0.2.2.", "ip:192.0.2.1|ip:192.0.2.2"}, {"192.0.2.1:80 192.0.2.0/24", "ip:192.0.2.1|ip:192.0.2.0"},
		{"256.0.0.1 1.2.3 1.2.3.4.5 01.2.3.4 v1.2.3.4 version 1.2.3.4", ""},
		{"::1 :: 10:30:15 aa:bb:cc:dd:ee:ff a::b std::cout", "ip:::1"},
		{"[2001:db8::1]:80 2001:db8::2. 2001:db8::3: fe80::1%eth0", "ip:2001:db8::1|ip:2001:db8::2|ip:2001:db8::3|ip:fe80::1"},
		{"::ffff:192.0.2.1:80 ip:192.0.2.7", "ip:::ffff:192.0.2.1|ip:192.0.2.7"},

		{"(212) 555-0123, ext. 5", "phone:(212) 555-0123, ext. 5"}, {"(+44 20 7946 0123)", "phone:+44 20 7946 0123"}, {"(212-555-0123)", "phone:212-555-0123"},
		{"212-555-0123 or 212-555-0124", "phone:212-555-0123|phone:212-555-0124"}, {"123-456-7890 2125550123 555-0123", ""},
		{"112-212-555-0123 212-555-0123-4", ""}, {"+123", ""}, {"+12125550123456789", ""}, {"+1 212 555 0123 4", "phone:+1 212 555 0123"},
		{"2024-05-17 10:30 17.05.2024", ""},

		{"7,123-45-6789,1985,415-555-2671,4111111111111111,x", "ssn:123-45-6789|phone:415-555-2671|card:4111111111111111"},
		{"1001,DE89370400440532013000,100.00 4111111111111111/1226 4111111111111111:123", "iban:DE89370400440532013000|card:4111111111111111|card:4111111111111111"},
		{"2024-01-31,+4917612345678,5 415-555-2671/415-555-2672", "phone:+4917612345678|phone:415-555-2671|phone:415-555-2672"},
		{"phone=415-555-2671&tel=(415) 555-2671&cell=4155552671", "phone:415-555-2671|phone:(415) 555-2671|phone:4155552671"},
		{"415-555-2671x123 (415) 555-2671ext123 +14155552671x123", "phone:415-555-2671x123|phone:(415) 555-2671ext123|phone:+14155552671x123"},
		{`phone:\n415-555-2671\t4111111111111111\nssn:\r\n123-45-6789`, "phone:415-555-2671|card:4111111111111111|ssn:123-45-6789"},
		{"_415-555-2671_ _123-45-6789_ id_123-45-6789", "phone:415-555-2671|ssn:123-45-6789"},
		{"1,234,567.89 12:30:45,123 1/2/2024 10/20", ""},
		{"alice@mail_server.corp.example _bob@b.example_", "email:alice@mail_server.corp.example|email:bob@b.example"},

		{"Lena, LENA’S leNa lenas alena", "names:Lena|names:LENA|names:leNa"},
		{"o'hara OʼHARA", "names:o'hara|names:OʼHARA"},
		{"Lena\nVogt Lena - Vogt Lena and Vogt", "names:Lena\nVogt|names:Lena - Vogt|names:Lena|names:Vogt"},
		{"JU\u0308RGEN GROSS", "names:JU\u0308RGEN GROSS"},
		{"田中さん", "names:田中"},
		{"lena@b.example", "email:lena@b.example"},
	}
	tx := sentenceFinder(t, "US")
	for _, tt := range tests {
		if got := strings.Join(finds(tx, tt.text), "|"); got != tt.want {
			t.Errorf("%q:\n got %q\nwant %q", tt.text, got, tt.want)
		}
	}
}

// What looks like a space, a dot, a dash or a digit, or like nothing, hid what it stands
// in. Each form is put into each kind of finding.
func TestNoCharacterHidesAFinding(t *testing.T) {
	tests := []struct {
		old, new string
		in       []string // kinds
		reason   string
	}{
		{" ", "  ", numbers, "two spaces"},
		{" ", "\t", numbers, "a tab, of a table"},
		{" ", " \t   ", numbers, "several of both"},
		{" ", "\u00a0\u2003", numbers, "two spaces of Unicode"},
		{" ", "\u3000", numbers, "an ideographic space"},
		{" ", "\u2800", numbers, "a Braille pattern without dots"},
		{"1", "1\ufe0f", numbers, "a variation selector"},
		{"1", "1\u034f", numbers, "a combining grapheme joiner"},
		{"1", "\u31641", numbers, "a Hangul filler"},
		{"1", "1\uffa0", numbers, "its half-width form"},
		{"1", "1\u115f", numbers, "a Hangul leading filler"},
		{"1", "1\u17b4", numbers, "a Khmer vowel that is not shown"},
		{"1", "1\u180b", numbers, "a Mongolian variation selector"},
		{"1", "1\u2060", numbers, "a word joiner"},
		{"1", "1\U000e0101", numbers, "a variation selector of the supplement"},
		{"1", "1\U000e0041", numbers, "a tag"},
		{"1", "1\U0001d173", numbers, "the beginning of a musical beam"},
		{"1", "1\x00", numbers, "a null"},
		{"1", "1\x7f", numbers, "a delete"},
		{"1", "1\u0080", numbers, "a control character of Latin-1"},
		{"1", "１", numbers, "a full-width digit"},
		{"1", "𝟏", numbers, "a mathematical digit, bold"},
		{"1", "𝟙", numbers, "a mathematical digit, double-struck"},
		{"1", "𝟷", numbers, "a mathematical digit, monospaced"},
		{"1", "\U0001fbf1", numbers, "a segmented digit"},
		{"1", "१", numbers, "a digit of Devanagari"},
		{"1", "\U0001e951", numbers, "a digit of Adlam"},
		{"-", "\u2011", dashed, "a hyphen that does not break"},
		{"-", "\ufe63", dashed, "a small hyphen"},
		{"-", "\uff0d", dashed, "a full-width hyphen"},
		{"-", "\u2043", dashed, "a hyphen bullet"},
		{"-", "\u02d7", dashed, "a modifier letter minus"},
		{"-", "\u30fc", dashed, "a sign of a long vowel"},
		{"-", "\uff70", dashed, "its half-width form"},
		{".", "\u3002", dotted, "an ideographic full stop"},
		{".", "\uff61", dotted, "its half-width form"},
		{".", "\uff0e", dotted, "a full-width full stop"},
		{".", "\ufe52", dotted, "a small full stop"},
		{".", "\u2024", dotted, "a one dot leader"},
		{"@", "\ufe6b", []string{"email"}, "a small commercial at"},
		{"@", "\uff20", []string{"email"}, "a full-width commercial at"},
		{"@", "\u3164@", []string{"email"}, "a filler before it"},
		{"@", "@\u034f", []string{"email"}, "a joiner behind it"},
		{"@", "\x01@\x02", []string{"email"}, "control characters around it"},
		{"n", "𝐧", []string{"email"}, "a mathematical letter"},
		{"n", "ｎ", []string{"email"}, "a full-width letter"},
		{"D", "𝐃", []string{"iban"}, "a mathematical letter"},
		{"E", "Ｅ", []string{"iban"}, "a full-width letter"},
		{"+", "\ufe62", []string{"phone"}, "a small plus"},
		{"+", "\uff0b", []string{"phone"}, "a full-width plus"},
	}
	tx := sentenceFinder(t, "US")
	for _, tt := range tests {
		for _, kind := range tt.in {
			hidden := strings.ReplaceAll(hideable[kind], tt.old, tt.new)
			if hidden == hideable[kind] {
				continue // the kind has no such character
			}
			text := "x, " + hidden + ", end"
			got := tx.find(text, dynsync.Input{})
			if len(got) != 1 || findingNames[got[0].kind] != kind || !strings.Contains(text[got[0].start:got[0].end], strings.TrimLeft(hidden, "\u3164")) {
				t.Errorf("%s in %s: %q, found %q", tt.reason, kind, text, finds(tx, text))
			}
			if len(got) == 1 && got[0].text != hideable[kind] {
				t.Errorf("%s in %s: it is given on as %q, not as %q", tt.reason, kind, got[0].text, hideable[kind])
			}
		}
	}
}

var (
	// hideable has a finding of each kind.
	hideable = map[string]string{
		"email": "ann.lee@mail-host.com", "card": "4111 1111 1111 1111", "iban": "DE89 3704 0044 0532 0130 00",
		"phone": "+49 171 5550123", "ssn": "123-45-6789", "ip": "192.0.2.1",
	}
	numbers = []string{"card", "iban", "phone", "ssn", "ip"}
	dashed  = []string{"ssn", "email"}
	dotted  = []string{"email", "ip"}
)

// What the forms above are next to is not taken for a part of it.
func TestWhatIsNoPartOfAFinding(t *testing.T) {
	for _, tt := range []struct{ text, want, reason string }{
		{"a@b.example。谢谢", "email:a@b.example", "the end of a sentence"},
		{"用户@例子.公司。谢谢", "email:用户@例子.公司", "of a script without spaces"},
		{"a@b.example。", "email:a@b.example", "the end of a text"},
		{"call 212-555-0123¹", "phone:212-555-0123", "a footnote"},
		{"4111 1111 1111 1111²", "card:4111 1111 1111 1111", "a footnote"},
		{"①4111 1111 1111 1111", "card:4111 1111 1111 1111", "a circled number of a list"},
		{"コード4111111111111111カード", "card:4111111111111111", "a long vowel of a word"},
		{"7\t123 45 6789\t9", "ssn:123 45 6789", "columns of a table"},
		{"1  2  3\t4  5  6  7  8", "", "a table of numbers"},
		{"415-555-2671\t4111111111111111", "phone:415-555-2671|card:4111111111111111", "two numbers in columns"},
		{"4111 1111\n1111 1111", "", "broken over lines, which is not claimed"},
		{"x\ufe0f  \u3164", "", "nothing"},
	} {
		if got := strings.Join(finds(sentenceFinder(t, "US"), tt.text), "|"); got != tt.want {
			t.Errorf("%s: %q:\n got %q\nwant %q", tt.reason, tt.text, got, tt.want)
		}
	}
}

// National forms of regions whose numbers begin otherwise than with a 0.
func TestTextFindsNationalPhones(t *testing.T) {
	for text, region := range map[string]string{
		"Звоните: <8 (495) 123-45-67>":      "RU",
		"телефон <89123456789>, заказ 4512": "RU",
		"моб. 1985-1986, <8 912 345-67-89>": "RU",
		"Ligue <(11) 98765-4321> hoje":      "BR",
		"Mobile: <9876543210>, order 12345": "IN",
		"电话<13800138000>，订单9":               "CN",
		"<01701234567>,<01701234568>;7":     "DE",
	} {
		var want []string
		for rest := text; ; {
			_, after, ok := strings.Cut(rest, "<")
			if !ok {
				break
			}
			number, after, _ := strings.Cut(after, ">")
			want, rest = append(want, "phone:"+number), after
		}
		got := finds(sentenceFinder(t, region), strings.NewReplacer("<", "", ">", "").Replace(text))
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// Names that overlap are one finding, so that nothing is left of either.
func TestOverlappingNames(t *testing.T) {
	f := newListFinder([]string{"Anna Maria", "Maria Lopez", "Maria"})
	p := newPlainText("Anna Maria Lopez")
	var found []finding
	f.find(p, tokens(p.text), func(f finding) { found = append(found, f) })
	if found = settle(found); len(found) != 1 || found[0].start != 0 || found[0].end != len(p.text) {
		t.Errorf("%+v", found)
	}
}

// TestFindingsAreSpelledForTheirAnonymizers holds what inner anonymizers get.
func TestFindingsAreSpelledForTheirAnonymizers(t *testing.T) {
	tx := sentenceFinder(t, "US")
	for text, want := range map[string]string{
		"4111.1111.1111.1111":         "4111 1111 1111 1111",
		"DE89-3704-0044-0532-0130-00": "DE89 3704 0044 0532 0130 00",
		"0044 20 7946 0123":           "0044 20 7946 0123",
		"eve%40e.example":             "eve@e.example",
		"１２３－４５－６７８９":                 "123-45-6789",
	} {
		if got := tx.find(text, dynsync.Input{}); len(got) != 1 || got[0].text != want || got[0].size() != len(text) {
			t.Errorf("%q: %v, want %q", text, got, want)
		}
	}
}

func TestSettleLeavesNothing(t *testing.T) {
	got := settle([]finding{{kind: findPhone, start: 4, end: 9}, {kind: findCard, start: 0, end: 5}, {kind: findIP, start: 8, end: 20}, {kind: findName, start: 30, end: 31}, {kind: findSSN, start: 30, end: 31}})
	if len(got) != 2 || got[0].kind != findIP || got[0].start != 0 || got[0].end != 20 || got[1].kind != findSSN {
		t.Error(got)
	}
}

// TestTextGivesWhatTheFieldGets holds that a finding becomes what it becomes in an
// attribute of its own.
func TestTextGivesWhatTheFieldGets(t *testing.T) {
	tests := []struct{ name, value string }{
		{"email", "Lena@Example.com"}, {"phone", "+44 20 7946 0123"}, {"cardNumber", "4111-1111-1111-1111"},
		{"iban", "DE89 3704 0044 0532 0130 00"}, {"ip", "10.1.2.3"}, {"ssn", "123-45-6789"}, {"firstName", "Tariq"}, {"fullName", "Lena Vogt"}, {"lastName", "Ziemann"},
	}
	for _, domain := range [][]Option{nil, {In("customer")}} {
		opts := append([]Option{Find("all"), Names("Tariq", "Lena Vogt", "Ziemann")}, domain...)
		for _, tt := range tests {
			got, err := apply(t, Text(opts...), "<"+tt.value+">")
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(got.(string), tt.value) {
				t.Errorf("%s stays: %q", tt.name, got)
			}
			e := lookUp(tt.name)
			if e == nil || tt.name == "lastName" { // which role Ziemann has is that of the lists
				continue
			}
			want, err := apply(t, newAnonymizer(e, domain), tt.value)
			if err != nil || got != "<"+want.(string)+">" {
				t.Errorf("%s: %q, want %q (%v)", tt.name, got, want, err)
			}
		}
	}
}

// Spellings of one address in two members of a set get different addresses, and
// what cannot be told apart fails, however long the members are.
func TestTextInASet(t *testing.T) {
	set := []string{"mail a@x.org", "mail A@x.org"}
	out, err := apply(t, Text(Find("email")), set)
	if texts, ok := out.([]string); err != nil || !ok || len(texts) != 2 || texts[0] == texts[1] {
		t.Error(out, err)
	}
	long := strings.Repeat("word ", 40_000)
	for _, tr := range []dynsync.Transformer{Text(), Redact(), Mask(), Text(Find("phone"))} {
		if _, err := apply(t, tr, []string{long + "+1 202 736 5000", long + "+12027365000"}); err != nil && strings.Contains(err.Error(), "word") {
			t.Error(err)
		}
	}
}

func TestTextKeepsTheRest(t *testing.T) {
	const text = "Größe 10 €, a@b.example; 请 \xff\r\n\t192.0.2.1!"
	got, err := apply(t, Text(Find("email")), text)
	before, rest, _ := strings.Cut(got.(string), ", ")
	if err != nil || before != "Größe 10 €" || !strings.HasSuffix(rest, "; 请 \ufffd\r\n\t192.0.2.1!") || strings.Contains(rest, "b.example") {
		t.Errorf("%q %v", got, err)
	}
	if got, _ := apply(t, Text(Find("ip", "ssn", "card")), "nothing here"); got != "nothing here" {
		t.Error(got)
	}
	if got, err := apply(t, Text(Find("email")), []string{"a@b.example", "c"}); err != nil || slices.Contains(got.([]string), "a@b.example") || !slices.Contains(got.([]string), "c") {
		t.Error(got, err)
	}
	if _, err := apply(t, Text(), []string{"a", "b"}); err == nil {
		t.Error("two texts became one member of a set")
	}
}

func TestNamesOfTheRecord(t *testing.T) {
	record, err := dynsync.NewRecord(map[string]any{
		"Name": "Lena Vogt-Ng", "Owner": map[string]any{"LastName": "Bo", "Age": 7}, "Aliases": []string{"Kit"}, "X": []any{"田中"}, "Long": "Dr. Al van Os, jr",
		"Contacts": []any{map[string]any{"First": "Ida", "Last": "Quux"}, []string{"Zoe"}, 7, true, nil},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := newRecordFinder(record, []string{"Name", "Owner.LastName", "Owner.Age", "Aliases", "X[0]", "Long", "None", "Contacts"})
	p := newPlainText("LENA und Vogt ng, vogt-ng, Lena Vogt Ng; bo 7 kit 田中様 van Al Os jr dr al van os jr; ida + quux / zoe")
	var got []string
	f.find(p, tokens(p.text), func(f finding) { got = append(got, f.text+"/"+[]string{"first", "last", "full"}[f.role]) })
	want := "lena/first|vogt-ng/last|vogt-ng/last|Lena Vogt-Ng/full|Bo/last|Kit/first|田中/full|Dr. Al van Os, jr/full|Ida/first|Quux/last|Zoe/first"
	if strings.Join(got, "|") != want {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, "|"), want)
	}
}

// TestTextIsLinear runs texts that make scanners slow. Where the work grew with
// the square of a text's length, half a megabyte would take longer than go test waits;
// where the calls of libphonenumber did, the allocations would show it.
func TestTextIsLinear(t *testing.T) {
	tx := sentenceFinder(t, "US")
	allocs := func(unit string, size int) float64 {
		text := strings.Repeat(unit, size/len(unit))
		return testing.AllocsPerRun(1, func() { tx.find(text, dynsync.Input{}) })
	}
	for _, unit := range []string{"a", "@", "a@", "1", "1 ", "12-", "+1 ", "(", "((1", "DE89 ", "DE89370400440532013", "a.", "a:", ":", "1.", "1.2.3.4.", "\"", "a=", "+=", "Lena ", "\u0301", "田", "\u200b", "555-", "555-555-", "%40", "a%40b."} {
		tx.find(strings.Repeat(unit, testsize.Of(200_000, 500_000, 100_000)/len(unit)), dynsync.Input{})
	}
	for _, unit := range []string{"4111 1111 ", "+1 212 555 ", "DE89 ", "555-", "001 ", "011 "} {
		if short, long := allocs(unit, 2_000), allocs(unit, 20_000); long > 12*short+100 {
			t.Errorf("%q: %v allocations in 2 KB, %v in 20 KB", unit, short, long)
		}
	}
}

// Names that begin alike, and a name that is a long text, make it no slower: this
// would not end within the time of a test.
func TestNamesAreFoundInLinearTime(t *testing.T) {
	var alike []string
	for i := range 100_000 {
		alike = append(alike, fmt.Sprint("Smith John", i))
	}
	f := newListFinder(alike)
	f.add(strings.Repeat("Smith ", 200_000)+"Jones", roleFull)
	p := newPlainText(strings.Repeat("Smith ", 29) + "x " + strings.Repeat("Smith ", 200_000) + "John7")
	var got []string
	f.find(p, tokens(p.text), func(f finding) { got = append(got, f.text) })
	if len(got) != 200_000-maxNameWords+2 || got[len(got)-1] != "Smith John7" {
		t.Errorf("%d names", len(got))
	}
}

func FuzzText(f *testing.F) {
	for _, s := range generateSentences(3)[:60] {
		f.Add(s.Text)
	}
	f.Add("4111 1111 1111 1111123-45-6789a@b.example@c.example")
	f.Add("\xff\xfe@\x00.ex\u200bample")
	tx := sentenceFinder(f, "US")
	f.Fuzz(func(t *testing.T, text string) {
		text, _ = dynsync.StringValue(text).Text()
		c := &call{ctx: context.Background(), text: text, kind: dynsync.KindS}
		out, err := tx.make(c)
		if err != nil {
			t.Fatal(err)
		}
		checkKept(t, tx, text, out)
	})
}

// checkKept checks that a second pass finds no address, card or social security
// number in what the first one kept.
func checkKept(t *testing.T, tx *texter, text, out string) {
	c := &call{ctx: context.Background(), text: text, kind: dynsync.KindS}
	first := tx.find(text, dynsync.Input{})
	made := make([]finding, 0, len(first)) // where the pseudonyms stand in out
	shift := 0
	for _, f := range first {
		pseudonym, err := tx.replace(c, f)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, finding{start: f.start + shift, end: f.start + shift + len(pseudonym)})
		shift += len(pseudonym) - f.size()
	}
	for _, f := range tx.find(out, dynsync.Input{}) {
		touches := func(m finding) bool { return f.start <= m.end && m.start <= f.end }
		if f.kind <= findSSN && !slices.ContainsFunc(made, touches) {
			t.Errorf("%s %q stays in %q, made of %q", findingNames[f.kind], f.text, out, text)
		}
	}
}

// BenchmarkText finds everything in a text of 1 KB with ten findings.
func BenchmarkText(b *testing.B) {
	var text strings.Builder
	text.WriteString("Lena Vogt wrote from lena@example.com on 2024-05-17 at 10:30, phone (212) 555-0123, SSN 123-45-6789. " +
		"Paid $1,299.00 with 4111 1111 1111 1111; refund to DE89 3704 0044 0532 0130 00. Login from 192.0.2.1 and 2001:db8::1. " +
		"Tariq can be called at +44 20 7946 0123 or t.ng@mail.example.org. ")
	for text.Len() < 1024 {
		text.WriteString("The order 112-3456789-1234567 of 2024-05-17 was late again, and nobody answered. ")
	}
	value := dynsync.StringValue(text.String()[:1024])
	tr := Text(Find("all"), Names(latinNames...))
	b.SetBytes(1024)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := tr.Transform(context.Background(), dynsync.Input{Value: value}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestANilOptionIsAFault(t *testing.T) {
	t.Parallel()
	err := Email(PerItem(), nil).(describer).Describe().Err
	if err == nil || err.Error() != "anon.Email: option 2 is nil" {
		t.Errorf("%v", err)
	}
}
