package personal

import (
	"cmp"
	"encoding/base64"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"

	"github.com/dynsync/dynsync/internal/personal/phonedata"
	"github.com/dynsync/dynsync/internal/testsize"
)

var draws = flag.Int("draws", 0, "how many texts of each sort to draw; 0 for as many as the size of tests says")

// drawSize returns how many texts of each sort are drawn.
func drawSize() int { return cmp.Or(*draws, testsize.Of(3000, 10_000, 6000)) }

const (
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	base62    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	hex       = "0123456789abcdef"
	digits    = "0123456789"
	uppers    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// A draw draws texts.
type draw struct{ *rand.Rand }

func newDraw(seed uint64) draw { return draw{rand.New(rand.NewPCG(seed, 1))} }

func (d draw) from(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[d.IntN(len(alphabet))]
	}
	return string(b)
}

func pick[T any](d draw, of ...T) T { return of[d.IntN(len(of))] }

// moment returns a time between the beginnings of two years.
func (d draw) moment(from, to int) time.Time {
	a, b := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano(), time.Date(to, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	zone := time.FixedZone("", 900*(d.IntN(4*26)-48))
	return time.Unix(0, a+d.Int64N(b-a)).In(zone)
}

// like returns a layout with letters and digits in the place of A and 9.
func (d draw) like(layout string) string {
	var b strings.Builder
	for _, c := range layout {
		switch c {
		case 'A':
			b.WriteByte(uppers[d.IntN(26)])
		case '9':
			b.WriteByte(digits[d.IntN(10)])
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// An other is what keys hold that is not personal, whatever it looks like.
type other struct {
	name string
	// timely is what is not personal where something tells of a phone number, too.
	timely bool
	draw   func(d draw) string
}

var others = []other{
	{"epoch seconds", true, func(d draw) string { return fmt.Sprint(d.moment(2002, 2033).Unix()) }},
	{"epoch seconds of all years", false, func(d draw) string { return fmt.Sprint(d.moment(1970, 2100).Unix()) }},
	{"epoch milliseconds", true, func(d draw) string { return fmt.Sprint(d.moment(2002, 2033).UnixMilli()) }},
	{"epoch milliseconds of all years", false, func(d draw) string { return fmt.Sprint(d.moment(1970, 2100).UnixMilli()) }},
	{"epoch microseconds", true, func(d draw) string { return fmt.Sprint(d.moment(2002, 2033).UnixMicro()) }},
	{"epoch nanoseconds", true, func(d draw) string { return fmt.Sprint(d.moment(2002, 2033).UnixNano()) }},
	{"decimal epochs", true, func(d draw) string {
		t := d.moment(2002, 2033)
		return fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000)
	}},
	{"dates", true, func(d draw) string {
		return d.moment(1900, 2100).Format(pick(d, "2006-01-02", "2006/01/02", "2006.01.02", "02.01.2006", "01/02/2006", "02-01-2006", "2006-01", "2006-002", "2006-002-150405", "02/01/2006 150405", "01-02-2006-15-04-05", "2006 01 02"))
	}},
	{"basic dates", true, func(d draw) string {
		return d.moment(1900, 2100).Format(pick(d, "20060102", "02012006", "01022006", "200601021504", "20060102150405", "2006010215", "060102150405", "20060102T150405Z"))
	}},
	{"times", true, func(d draw) string {
		return d.moment(1900, 2100).Format(pick(d, "15:04:05", "15:04", "150405", "15:04:05.000000", "15.04.05"))
	}},
	{"date-times", true, func(d draw) string {
		return d.moment(1900, 2100).Format(pick(d, time.RFC3339, time.RFC3339Nano, "2006-01-02T15:04:05.000Z0700", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05.999999999 -0700", time.RFC1123Z, time.ANSIC, "2006-01-02T15:04:05.000000000", "20060102T150405.000000-0700", "2006-01-02_15-04-05", "2006-01-02-15-04-05-000000", "2006/01/02/15/04"))
	}},
	{"ULIDs", false, func(d draw) string { return pick(d, "0", "1", "01")[:1] + d.from(crockford, 25) }},
	{"UUIDs", true, func(d draw) string {
		alphabet := pick(d, hex, strings.ToUpper(hex), digits, hex, hex)
		return fmt.Sprintf("%s-%s-4%s-8%s-%s", d.from(alphabet, 8), d.from(alphabet, 4), d.from(alphabet, 3), d.from(alphabet, 3), d.from(alphabet, 12))
	}},
	{"UUIDs without hyphens", false, func(d draw) string { return d.from(hex, 32) }},
	{"KSUIDs", false, func(d draw) string { return d.from(base62, 27) }},
	{"ObjectIds", false, func(d draw) string { return d.from(hex, 24) }},
	{"Nano IDs", false, func(d draw) string { return d.from(base62+"_-", 21) }},
	{"counters", true, func(d draw) string {
		return pick(d, fmt.Sprint(d.IntN(10_000_000)), fmt.Sprintf("%08d", d.IntN(1_000_000)), fmt.Sprintf("%012d", d.IntN(1_000_000_000)))
	}},
	{"SKUs", false, func(d draw) string {
		return d.like(pick(d, "AAA-99999", "AA-999-AA", "9999-AA-99", "AAA-999-9999", "SKU-999999", "999-AAA-9999", "AA999999AA", "99-9999-99", "999-9999999-9999999", "A-9999999999", "9999999999999", "99999-999", "AAAA-9999-9999", "999999-99", "99-99999-99", "AA-99-9999-A"))
	}},
	{"ISBNs", false, func(d draw) string {
		return pick(d, "978", "979") + d.like(pick(d, "-9-99-999999-9", "-999-99-9999-9", "-9-9999-9999-9", "-99-999-9999-9", "9999999999"))
	}},
	{"versions", true, func(d draw) string {
		v := fmt.Sprintf("%d.%d.%d", d.IntN(200), d.IntN(100), d.IntN(10000))
		return pick(d, v, "v"+v, v+fmt.Sprintf(".%d", d.IntN(10000)), v+"-rc.1", v+"-beta+20240115103000", "pkg@"+v, "2024.1."+fmt.Sprint(d.IntN(100)), v+"+build.4912")
	}},
	{"prices", true, func(d draw) string {
		cents := fmt.Sprintf("%d.%02d", d.IntN(10_000_000), d.IntN(100))
		return pick(d, cents, "+"+cents, "-"+cents, "USD "+cents, fmt.Sprintf("1,%03d,%03d.%02d", d.IntN(1000), d.IntN(1000), d.IntN(100)), fmt.Sprintf("1.%03d.%03d,%02d", d.IntN(1000), d.IntN(1000), d.IntN(100)))
	}},
	{"IPs", true, func(d draw) string {
		var a [4]byte
		var b [16]byte
		for i := range a {
			a[i] = byte(d.IntN(256))
		}
		for i := range b {
			b[i] = byte(d.IntN(256))
		}
		return pick(d, netip.AddrFrom4(a).String(), netip.AddrFrom4(a).String()+":8080", netip.AddrFrom16(b).String(), netip.AddrFrom4(a).String()+"/24")
	}},
	{"coordinates", true, func(d draw) string {
		p := d.IntN(8) + 2
		lat, lon := d.Float64()*180-90, d.Float64()*360-180
		return pick(d, fmt.Sprintf("%.*f,%.*f", p, lat, p, lon), fmt.Sprintf("%+.*f%+.*f/", p, lat, p, lon), fmt.Sprintf("%.*f", p, lat), fmt.Sprintf("%+.*f,%+.*f", p, lat, p, lon))
	}},
	{"ids of 10 digits", false, func(d draw) string { return d.from(digits, 10) }},
	{"ids of 16 digits", false, func(d draw) string { return d.from(digits, 16) }},
	{"ids of some digits", false, func(d draw) string { return d.from(digits, 1+d.IntN(24)) }},
	{"base64", false, func(d draw) string {
		return pick(d, base64.StdEncoding, base64.URLEncoding).EncodeToString([]byte(d.from(base62, 6+d.IntN(30))))
	}},
	{"base64 of bytes", false, func(d draw) string {
		b := make([]byte, 8+d.IntN(56))
		for i := range b {
			b[i] = byte(d.IntN(256))
		}
		return pick(d, base64.StdEncoding, base64.RawURLEncoding).EncodeToString(b)
	}},
}

// keysWith are composite keys with a part %s.
var keysWith = []string{"%s", "ORDER#%s", "USER#42#%s", "%s#META", "TENANT#7|ORDER#%s|v1", "a/b/%s/c", "item_%s", "EVENT:%s:7", "%s,%s", "x %s y", "T#%s~Z", "{%s}"}

// TestOthersAreNeverStrong draws what is not personal, alone and as parts of keys, and
// what is timely also where names tell of phones.
func TestOthersAreNeverStrong(t *testing.T) {
	n := drawSize()
	for i, o := range others {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			d := newDraw(uint64(i))
			for range n {
				text := o.draw(d)
				check := func(key, attribute string) {
					filtersRightly(t, key, attribute)
					if kind, strong := Strong([]byte(key), attribute); strong {
						t.Fatalf("%q in %q looks like %v", key, attribute, kind)
					}
				}
				check(text, "")
				check(text, "PK")
				check(strings.ReplaceAll(pick(d, keysWith...), "%s", text), "SK")
				if o.timely {
					check(text, pick(d, "phone", "customerPhone", "Mobile", "tel", "PHONE_NUMBER", "msisdn"))
					check(pick(d, "PHONE#", "TEL#", "MOBILE:", "USER#1#PHONE#", "tel=", "Fax: ", "phone-")+text, "PK")
				}
			}
		})
	}
}

// filtersRightly checks that the filter does not hide what numbers and names find.
func filtersRightly(t *testing.T, key, attribute string) {
	t.Helper()
	text := appendPlain(nil, []byte(key))
	s, f := scan{text: text, attribute: attribute}, filter{text: text, plain: true}
	f.pass()
	if found := s.numbers(); found.Strength > NoLook && !f.numbers || s.names().Strength > NoLook && !f.named {
		t.Fatalf("the filter hides %v in %q of %q", found, key, attribute)
	}
}

// A plant draws a text of a strong look.
type plant struct {
	kind Kind
	name string
	draw func(d draw) string
}

func plants() []plant {
	all := []plant{
		{Email, "e-mail addresses", func(d draw) string {
			local := d.from("abcdefghijklmnopqrstuvwxyz", 1+d.IntN(8)) + pick(d, "", ".", "_", "+", "-") + d.from(base62, 1+d.IntN(6))
			return local + "@" + d.from("abcdefghijklmnopqrstuvwxyz0123456789", 1+d.IntN(10)) + "." + pick(d, "com", "example", "co.uk", "de", "museum", "xn--p1ai")
		}},
		{Phone, "phones of North America", func(d draw) string {
			a, b, c := 200+d.IntN(800), 200+d.IntN(800), d.IntN(10_000)
			return fmt.Sprintf(pick(d, "%03d-%03d-%04d", "(%03d) %03d-%04d", "%03d.%03d.%04d", "%03d %03d %04d", "1-%03d-%03d-%04d", "1 (%03d) %03d-%04d", "1.%03d.%03d.%04d", "+1 %03d %03d %04d", "+1-%03d-%03d-%04d", "+1.%03d.%03d.%04d", "+1 (%03d) %03d-%04d", "(%03d)%03d-%04d", "1 %03d %03d %04d", "+1%03d%03d%04d", "%03d %03d-%04d", "%03d/%03d-%04d", "(%03d) %03d.%04d"), a, b, c)
		}},
		{SSN, "social security numbers", func(d draw) string {
			for {
				area := 1 + d.IntN(899)
				if area != 666 {
					return fmt.Sprintf(pick(d, "%03d-%02d-%04d", "%03d %02d %04d"), area, 1+d.IntN(99), 1+d.IntN(9999))
				}
			}
		}},
		{Card, "cards", drawCard},
		{IBAN, "IBANs", drawIBAN},
	}
	for _, code := range slices.Sorted(codes()) {
		all = append(all, plant{Phone, fmt.Sprintf("phones of +%d", code), func(d draw) string { return drawPhone(d, code) }})
	}
	return all
}

func codes() func(func(int) bool) {
	return func(yield func(int) bool) {
		for code := range phonenumbers.GetSupportedCallingCodes() {
			if !yield(code) {
				return
			}
		}
	}
}

// drawPhone returns a valid number behind a country's code, as the library formats it or
// with other separators.
func drawPhone(d draw, code int) string {
	regions := phonenumbers.GetRegionCodesForCountryCode(code)
	for {
		var example *phonenumbers.PhoneNumber
		if region := pick(d, regions...); region == "001" {
			example = phonenumbers.GetExampleNumberForNonGeoEntity(code)
		} else {
			example = phonenumbers.GetExampleNumberForType(region, pick(d, phonenumbers.MOBILE, phonenumbers.FIXED_LINE, phonenumbers.TOLL_FREE))
		}
		if example == nil {
			continue
		}
		national := phonenumbers.GetNationalSignificantNumber(example)
		kept := d.IntN(len(national) + 1)
		national = national[:kept] + d.from(digits, len(national)-kept)
		n, err := phonenumbers.Parse("+"+strconv.Itoa(code)+national, "ZZ")
		if err != nil || !phonenumbers.IsValidNumber(n) || int(n.GetCountryCode()) != code {
			continue
		}
		if !phonedata.Valid(phonenumbers.Format(n, phonenumbers.E164)[1:]) {
			continue // the library may be newer than the tables
		}
		international := phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
		return pick(d, international, phonenumbers.Format(n, phonenumbers.E164), strings.NewReplacer(" ", ".", "-", ".").Replace(international), strings.ReplaceAll(international, " ", "-"))
	}
}

func drawCard(d draw) string {
	is := pick(d, cardIssuers...)
	for {
		from, _ := strconv.Atoi(is.from)
		to, _ := strconv.Atoi(is.to)
		n := is.least + d.IntN(is.most-is.least+1)
		number := fmt.Sprint(from+d.IntN(to-from+1)) + d.from(digits, n)
		number = number[:n-1]
		for check := range 10 {
			if isCard(number + fmt.Sprint(check)) {
				return grouped(d, number+fmt.Sprint(check))
			}
		}
	}
}

// grouped returns a card number with separators, as cards of its length have them.
func grouped(d draw, number string) string {
	sizes := []int{4, 4, 4, 4, 4}
	switch {
	case len(number) == 15, len(number) == 14:
		sizes = []int{4, 6, 5}
	case len(number) == 19 && d.IntN(2) == 0:
		sizes = []int{6, 13}
	}
	separator, out := pick(d, " ", "-", "."), ""
	for _, size := range sizes {
		if number == "" {
			break
		}
		size = min(size, len(number))
		out, number = out+separator+number[:size], number[size:]
	}
	return out[1:]
}

func drawIBAN(d draw) string {
	country := pick(d, slices.Sorted(func(yield func(string) bool) {
		for c := range IBANStructures {
			if !yield(c) {
				return
			}
		}
	})...)
	bban := ""
	for class, n := range IBANClasses(IBANStructures[country]) {
		bban += d.from(map[byte]string{'n': digits, 'a': uppers, 'c': digits + uppers}[class], n)
	}
	iban := country + fmt.Sprintf("%02d", 98-Mod97(bban+country+"00")) + bban
	switch d.IntN(3) {
	case 0:
		return iban
	case 1:
		return strings.ToLower(iban)
	}
	var groups []string
	for group := range slices.Chunk([]byte(iban), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, " ")
}

// spellings are other ways to write a text.
var spellings = map[string]func(d draw, text string) string{
	"as it is": func(_ draw, text string) string { return text },
	"escaped": func(_ draw, text string) string {
		return strings.NewReplacer("@", "%40", "+", "%2B", " ", "%20", "(", "%28", ")", "%29").Replace(text)
	},
	"all escaped": func(_ draw, text string) string {
		var b strings.Builder
		for i := range len(text) {
			fmt.Fprintf(&b, "%%%02x", text[i])
		}
		return b.String()
	},
	"escaped twice": func(_ draw, text string) string {
		return strings.NewReplacer("@", "%2540", "+", "%252b", " ", "%2520").Replace(text)
	},
	"full width": func(_ draw, text string) string {
		return strings.Map(func(r rune) rune {
			if r == ' ' {
				return '\u3000'
			}
			return r - '!' + '！'
		}, text)
	},
	"no-break spaces and hyphens": func(_ draw, text string) string {
		return strings.NewReplacer(" ", "\u00a0", "-", "\u2011").Replace(text)
	},
	"other digits and signs": func(_ draw, text string) string {
		zero := rune('٠')
		return strings.Map(func(r rune) rune {
			switch {
			case '0' <= r && r <= '9':
				return r - '0' + zero
			case r == '@':
				return '﹫'
			case r == '+':
				return '﹢'
			case r == '-':
				return '–'
			}
			return r
		}, text)
	},
	"soft hyphens": func(d draw, text string) string {
		at := d.IntN(len(text) + 1)
		return text[:at] + pick(d, "\u00ad", "\u200b", "\u2060", "\ufeff", "\u200e") + text[at:]
	},
}

// strongIn are composite keys with a strong part %s.
var strongIn = append([]string{"%s#2024-01-31T10:15:30#T1", "USER#%s", "u:%s", "%s;%s", "A|%s|B", "x-%s", "%s-x", "a_%s_b", "(%s)", "'%s'", "tenant/%s", "k=%s&l=2", "ÄÖ#%s", "顧客#%s", "Клиент %s", "100%#%s", "é%s"}, keysWith...)

// TestPlantsAreStrong plants what is personal.
func TestPlantsAreStrong(t *testing.T) {
	n := drawSize()
	all := plants()
	for i, p := range all {
		d := newDraw(uint64(i))
		each := n
		if strings.HasPrefix(p.name, "phones of +") {
			each = n / 200
		}
		missed := 0
		for range each {
			text := p.draw(d)
			for how, spell := range spellings {
				layout := pick(d, strongIn...)
				key := strings.ReplaceAll(layout, "%s", spell(d, text))
				filtersRightly(t, key, "")
				if kind, strong := Strong([]byte(key), pick(d, "", "PK")); (!strong || kind != p.kind && layout == "%s") && missed < 3 {
					missed++
					t.Errorf("%s, %s: %q does not look like %v, but %v (%v)", p.name, how, key, p.kind, kind, strong)
				}
			}
		}
	}
}
