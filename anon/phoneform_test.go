package anon

import (
	"errors"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/fold"
	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/phone"
)

// shapeOf returns a text with a 9 for each digit.
func shapeOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '9'
		}
		return r
	}, text)
}

// TestPhoneKeepsItsForm: where a pseudonym has as many digits, nothing but digits changes, and
// what is dialled before the number stays.
func TestPhoneKeepsItsForm(t *testing.T) {
	tests := []struct{ region, in, kept string }{
		{"US", "212.736.5000", ""}, {"US", "212-736-5000", ""}, {"US", "212 736 5000", ""}, {"US", "212/736-5000", ""}, {"US", "(212) 736.5000", ""}, {"US", "(212)7365000", ""}, {"US", "212/736/5000", ""},
		{"US", "+1.212.736.5000", "+1."}, {"US", "1.212.736.5000", "1."}, {"US", "1 (212) 736-5000", "1 ("}, {"US", "+1-212-736-5000", "+1-"}, {"US", "+12127365000", "+1"},
		{"US", "212\u00a0736\u00a05000", ""}, {"US", "212–736–5000", ""}, {"US", "[212] 736 5000", "["}, {"US", "(212-736-5000)", "("}, {"US", "2127365000", ""}, {"US", "12127365000", "1"},
		{"US", "tel:+1-212-736-5000", "tel:+1-"}, {"US", "tel:+12127365000", "tel:+1"}, {"US", "TEL:+1.212.736.5000", "TEL:+1."}, {"US", "tel:(212)736-5000", "tel:("}, {"US", "tel:212-736-5000;ext=12", "tel:"}, {"US", "tel:+1-212-736-5000;ext=5678", "tel:+1-"},
		{"US", "callto:+12127365000", "callto:+1"}, {"US", "sms:+12127365000", "sms:+1"}, {"US", "whatsapp:+12127365000", "whatsapp:+1"},
		{"US", "212-736-5000 x12", ""}, {"US", "212.736.5000x12", ""}, {"US", "(212) 736-5000 ext. 5", "("}, {"US", "(212) 736-5000, ext 55", "("}, {"US", "212-736-5000 extension 123", ""}, {"US", "212-736-5000 Ext: 9", ""}, {"US", "212-736-5000 #45", ""}, {"US", "+1 212 736 5000,,22#", "+1 "}, {"US", "+1 212 736 5000;77", "+1 "}, {"US", "212-736-5000 доб. 12", ""}, {"US", "212 736 5000 int 7", ""},
		{"US", "Tel. 212-736-5000", "Tel. "}, {"US", "Phone: (212) 736-5000", "Phone: ("}, {"US", "Mobile - 212 736 5000", "Mobile - "}, {"US", "Home phone: 212.736.5000", "Home phone: "}, {"US", "T: +1 212 736 5000", "T: +1 "}, {"US", "Cell 212-736-5000", "Cell "}, {"US", "Fax:2127365000", "Fax:"}, {"US", "ph.212-736-5000", "ph."}, {"US", "Тел.: +1 212 736-50-00", "Тел.: +1 "},
		{"US", "212-736-5000 (home)", ""}, {"US", "212-736-5000 (cell)", ""}, {"US", "(212) 736-5000 mobile", "("}, {"US", "+12127365000 - work", "+1"}, {"US", "212-736-5000 x12 (office)", ""}, {"US", "212-736-5000.", ""}, {"US", "212-736-5000,", ""}, {"US", "Office: 212-736-5000 (direct)", "Office: "},
		{"GB", "02071838750", "0"}, {"US", "00442071838750", "0044"}, {"US", "+44 2071838750", "+44 "}, {"GB", "tel:+442071838750", "tel:+44"},
		{"FR", "01.42.68.53.00", "0"}, {"FR", "01-42-68-53-00", "0"}, {"FR", "01 42 68 53 00", "0"}, {"FR", "+33 (0)1 42 68 53 00", "+33 (0)"}, {"FR", "Tél. : 01 42 68 53 00", "Tél. : 0"},
		{"AU", "(02) 9374 4000", "(0"}, {"AU", "02-9374-4000", "0"}, {"AU", "+61.2.9374.4000", "+61."}, {"AU", "tel:+61-2-9374-4000", "tel:+61-"},
	}
	for _, tt := range tests {
		out, err := apply(t, Phone(Region(tt.region)), tt.in)
		if err != nil {
			t.Errorf("%q: %v", tt.in, err)
			continue
		}
		in, got := fold.Plain(tt.in), out.(string)
		if shapeOf(got) != shapeOf(in) || !strings.HasPrefix(got, tt.kept) || got == in {
			t.Errorf("%q becomes %q", tt.in, got)
		}
		if n, ok := (&phoner{region: phone.Find(tt.region)}).parse(got); !ok || !n.IsValid() {
			t.Errorf("%q becomes %q, which is not valid", tt.in, got)
		}
	}
}

// TestPhoneKeepsItsSeparator: where the pseudonym has other digits, it is written as in its
// country, with the value's separator.
func TestPhoneKeepsItsSeparator(t *testing.T) {
	tests := []struct{ region, in, pattern string }{
		{"GB", "020 7183 8750", `0[0-9]+ [0-9]+ [0-9]+`}, {"GB", "020-7183-8750", `0[0-9]+-[0-9]+-[0-9]+`}, {"GB", "(020) 71838750", `\(?0[0-9]+\)? [0-9]+( [0-9]+)?`}, {"US", "+44 (0)20 7183 8750", `\+44 \(0\)[0-9]+ [0-9]+ [0-9]+`},
		{"US", "0044 20 7183 8750", `0044 [0-9]+ [0-9]+ [0-9]+`}, {"US", "+44.20.7183.8750", `\+44(\.[0-9]+){3}`}, {"US", "011 44 20 7183 8750", `011 44( [0-9]+){3}`}, {"DE", "0049 30 901820", `0049( [0-9]+){2,3}`},
		{"DE", "004930901820", `0049[0-9]{10,11}`}, {"DE", "+49 171 5550123", `\+49( [0-9]+){2,3}`}, {"DE", "+49 (0)171/5550123", `\+49 \(0\)[0-9]+.[0-9]+`},
		{"DE", "030.901820", `0[0-9]+\.[0-9]+`}, {"DE", "030/901820", `0[0-9]+/[0-9]+`}, {"DE", "030-901820", `0[0-9]+-[0-9]+`}, {"DE", "+49.30.901820", `\+49(\.[0-9]+)+`},
		{"DE", "030 901820", `0[0-9]+ [0-9]+( [0-9]+)?`}, {"JP", "03.1234.5678", `\+1\.[0-9]{3}\.555\.01[0-9]{2}`}, {"US", "+81-3-1234-5678", `\+1-[0-9]{3}-555-01[0-9]{2}`},
		{"US", "tel:+81312345678", `tel:\+1-?[0-9]{3}-?555-?01[0-9]{2}`}, {"US", "tel:+81-3-1234-5678;ext=12", `tel:\+1-[0-9]{3}-555-01[0-9]{2};ext=[0-9]{2}`},
		{"US", "tel:+81.3-1234-5678", `tel:\+1-[0-9]{3}-555-01[0-9]{2}`}, {"US", "tel:863-1234;phone-context=+1-914", `tel:\+?1?-?[0-9]{3}-?555-?01[0-9]{2}`}, {"US", "736-5000", `[0-9]{3}-555-01[0-9]{2}`}, {"US", "736.5000", `[0-9]{3}\.555\.01[0-9]{2}`},
		{"US", "+1 (212) 736-5000 x302/x2303", `\+1.*[0-9]{3}.555.01[0-9]{2} ext\. [0-9]{3}`}, {"SE", "08-123 456 78", `0[0-9 -]+`}, {"DE", "(030) 901820", `\(?0[0-9]+\)? [0-9]+`},
	}
	for _, tt := range tests {
		out, err := apply(t, Phone(Region(tt.region)), tt.in)
		if err != nil || !matches(tt.pattern)(out.(string)) {
			t.Errorf("%q in %s becomes %v: %v", tt.in, tt.region, out, err)
		}
	}
}

// TestPhoneKeepsAreaCodes: no group of the value divides the area code of a pseudonym, which has
// another length.
func TestPhoneKeepsAreaCodes(t *testing.T) {
	for _, tt := range [][2]string{{"GB", "020 7183 8750"}, {"GB", "01539 412 345"}, {"DE", "+49 171 5550123"}, {"DE", "+49 3301 123456"}, {"SE", "08-123 456 78"}} {
		home := phone.Find(tt[0])
		for i := range 50 {
			out, err := apply(t, Phone(Region(tt[0]), In(string(rune('a'+i)))), tt[1])
			if err != nil {
				t.Fatal(err)
			}
			n, ok := phone.Parse(out.(string), home)
			if got, want := areaOf(out.(string), n.National), areaOf(n.Formatted(true), n.National); !ok || got != want {
				t.Errorf("%s becomes %v, whose area code has %d digits", tt[1], out, want)
			}
		}
	}
}

// TestPhoneNotesAreNoDigits: the letters of a note behind a number are none of its digits, as
// those of "1-800-FLOWERS" are, and the number with the note is that without.
func TestPhoneNotesAreNoDigits(t *testing.T) {
	for _, number := range []string{"+49 30 123456", "+49 1512 3456789", "+43 664 123456", "+7 301 123-45-67", "+972 2-123-4567", "+971 2 234 5678", "+234 802 123 4567", "+81 3-1234-5678", "+82 2-212-3456", "+62 812-345-678", "+66 81 234 5678", "+63 2 3234 5678", "+1 212 736 5000"} {
		for _, note := range []string{" (home)", " (work)", " mobile", " - office", "(cell)", " [fax]", " (home phone)", " PHONE"} {
			if got, want := outText(t, Phone(), number+note), outText(t, Phone(), number)+note; got != want {
				t.Errorf("%q becomes %q, not %q", number+note, got, want)
			}
		}
	}
	for text, digits := range map[string]string{"1-800-FLOWERS": "18003569377", "1-800-CALL-ATT": "18002255288", "1-888-FAX-HOME": "18883294663"} {
		if got, want := outText(t, Phone(PhoneFormat("e164")), text), outText(t, Phone(PhoneFormat("e164")), digits); got != want {
			t.Errorf("%q becomes %q, and %q %q", text, got, digits, want)
		}
	}
}

// TestPhoneOfOtherLabels: Phone does not apply to a number beside words that are no label, which
// may be personal.
func TestPhoneOfOtherLabels(t *testing.T) {
	for _, in := range []string{"Bob 212-736-5000", "call Bob at 212-736-5000", "212-736-5000 Bob", "212-736-5000 (Bob's cell)", "order 2127365000", "Bob: +12127365000", "+1 212 736 5000 / home",
		"SKU-212-736-5000", "http://x.org/2127365000", "tel:212-736-5000?x=Bob", "Tel. Tel. Tel. Tel. 212-736-5000", "mother's number 212-736-5000"} {
		if out, err := apply(t, Phone(), in); !errors.Is(err, dynsync.ErrNotApplicable) {
			t.Errorf("%q becomes %v: %v", in, out, err)
		}
	}
}

// TestPhoneDrawsExtensions: the digits of an extension are drawn, and numbers that differ in
// them alone differ.
func TestPhoneDrawsExtensions(t *testing.T) {
	seen, same := map[string]bool{}, 0
	for _, label := range []string{" x", " ext. ", ";ext=", " #"} {
		for _, ext := range []string{"4711", "4712", "0815"} {
			out, err := apply(t, Phone(), "212-736-5000"+label+ext)
			if err != nil {
				t.Fatal(err)
			}
			text := out.(string)
			if text[len(text)-4:] == ext {
				same++
			}
			seen[personal.DigitsOf(text)] = true
		}
	}
	if same > 1 || len(seen) != 3 {
		t.Errorf("%d extensions stayed, and there are %d numbers, want 3: an extension is the same behind any label", same, len(seen))
	}
	for _, format := range []string{"e164", "national", "international", "digits"} {
		out, err := apply(t, Phone(PhoneFormat(format)), "Tel. 212-736-5000 x4711 (home)")
		if err != nil || countDigits(out.(string)) > 11 || strings.ContainsAny(out.(string), "xTh") {
			t.Errorf("%s: %v, %v", format, out, err)
		}
	}
	if out, err := apply(t, Phone(MaxLength(14)), "Tel. 212-736-5000 x4711"); err != nil || len(out.(string)) > 14 {
		t.Errorf("%v: %v", out, err)
	}
	if out, err := apply(t, Phone(PreserveLength()), "212-736-5000 x4711"); err != nil || shapeOf(out.(string)) != "999-999-9999 x9999" {
		t.Errorf("%v: %v", out, err)
	}
}
