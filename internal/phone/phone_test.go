package phone

import (
	"flag"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/dynsync/dynsync/internal/fold"
	"github.com/dynsync/dynsync/internal/madeof"
	"github.com/dynsync/dynsync/internal/phone/phonegen"
	"github.com/dynsync/dynsync/internal/testsize"
)

var drawn = flag.Int("numbers", 0, "how many spellings `TestAgreesWithTheLibrary` draws in each region")

// TestAgreesWithTheLibrary compares what is read of spellings of drawn numbers of every region,
// and how these numbers are written.
func TestAgreesWithTheLibrary(t *testing.T) {
	if !madeof.Current(t, tables, phonegen.Library) {
		return
	}
	n := testsize.Of(100, 2000, 300)
	if *drawn > 0 {
		n = *drawn
	}
	counts := map[string]int{}
	for i, id := range IDs() {
		d := &drawer{rand.New(rand.NewPCG(uint64(i), 19)), Find(id), examplesOf(id)}
		for range n {
			text := fold.Plain(d.spelling())
			compare(t, text, id, counts)
		}
		if t.Failed() {
			break
		}
	}
	t.Log(counts)
	if counts["valid"] < counts["all"]/5 || counts["no number"] < counts["all"]/50 || counts["extension"] < counts["all"]/50 {
		t.Error("too few of a sort")
	}
}

// compare compares everything that is said of a text.
func compare(t *testing.T, text, region string, counts map[string]int) {
	t.Helper()
	counts["all"]++
	got, ok := Parse(text, Find(region))
	want, err := phonenumbers.Parse(text, region)
	if ok != (err == nil) {
		t.Errorf("%q in %s: %+v, want %v, %v", text, region, got, want, err)
		return
	}
	if !ok {
		counts["no number"]++
		return
	}
	type all struct {
		code                              int
		national, extension               string
		possible, valid, home             bool
		region, e164, inside, abroad, nat string
	}
	a := all{
		got.Code, got.National, got.Extension, got.IsPossible(), got.IsValid(), got.IsValidIn(Find(region)),
		"", got.E164(), got.Formatted(false), got.Formatted(true), "",
	}
	if r := got.Region(); r != nil {
		a.region = r.ID()
	}
	b := all{
		int(want.GetCountryCode()), phonenumbers.GetNationalSignificantNumber(want), want.GetExtension(),
		phonenumbers.IsPossibleNumber(want), phonenumbers.IsValidNumber(want), phonenumbers.IsValidNumberForRegion(want, region),
		phonenumbers.GetRegionCodeForNumber(want), phonenumbers.Format(want, phonenumbers.E164),
		phonenumbers.Format(want, phonenumbers.NATIONAL), phonenumbers.Format(want, phonenumbers.INTERNATIONAL), "",
	}
	if a != b {
		t.Errorf("%q in %s:\n%+v, want\n%+v", text, region, a, b)
	}
	for what, is := range map[string]bool{"valid": a.valid, "possible": a.possible, "extension": a.extension != ""} {
		if is {
			counts[what]++
		}
	}
}

// examplesOf returns national numbers of a region, of all types.
func examplesOf(region string) (examples []string) {
	for kind := phonenumbers.FIXED_LINE; kind <= phonenumbers.VOICEMAIL; kind++ {
		if n := phonenumbers.GetExampleNumberForType(region, kind); n != nil {
			examples = append(examples, phonenumbers.GetNationalSignificantNumber(n))
		}
	}
	return examples
}

// A drawer draws spellings of numbers of a region.
type drawer struct {
	*rand.Rand
	region   *Region
	examples []string
}

func (d *drawer) pick(list ...string) string { return list[d.IntN(len(list))] }

func (d *drawer) digits(n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte('0' + d.IntN(10))
	}
	return string(out)
}

// spelling returns a number as someone writes it.
func (d *drawer) spelling() string {
	switch d.IntN(20) {
	case 0:
		return d.garbage()
	case 1:
		return d.vanity()
	}
	national := d.national()
	var out string
	switch d.IntN(8) {
	case 0:
		out = d.pick("+", "+", "00", "011", "0011", "010", "810", "+ ", "++", "(+", "00 ") + strconv.Itoa(d.Code()) + d.pick("", " ", "-", " (0)", "(", ".", "/") + d.spaced(national)
	case 1:
		out = d.Trunk() + d.spaced(national)
	case 2:
		out = d.pick("0", "1", "8", "06", "01", "044", "15", "9") + d.spaced(national)
	case 3:
		out = strconv.Itoa(d.Code()) + d.spaced(national)
	case 4:
		n := Number{d.Code(), national, ""}
		out = n.Formatted(d.IntN(2) == 0)
	case 5:
		other := &regions[d.IntN(len(regions))]
		out = d.pick("+", "00", "011") + strconv.Itoa(other.Code()) + d.pick("", " ", "-") + d.pick(other.mobile, other.fixedLine, national)
	default:
		out = d.spaced(national)
	}
	return d.pick("", "", "", "", "", "", "tel:", "Tel. ", "phone: ", "(", " ", "tel:;") + out + d.tail()
}

func (d *drawer) Code() int { return d.region.Code() }

func (d *drawer) Trunk() string { return d.region.Trunk() }

// national returns digits that are more or less a number of the region.
func (d *drawer) national() string {
	out := d.pick(d.examples...)
	switch d.IntN(6) {
	case 0:
		return out
	case 1:
		return d.digits(1 + d.IntN(18))
	case 2: // of another length
		return out[:d.IntN(len(out)+1)] + d.digits(d.IntN(6))
	}
	kept := d.IntN(len(out) + 1)
	return out[:kept] + d.digits(len(out)-kept)
}

// spaced returns digits with separators.
func (d *drawer) spaced(digits string) string {
	separator := d.pick("", "", " ", "-", ".", "/", "\u00a0", " - ", "–", ") ", "x", "~", "*")
	if separator == "" {
		return digits
	}
	var out strings.Builder
	for i := 0; i < len(digits); {
		n := min(1+d.IntN(4), len(digits)-i)
		if i > 0 {
			out.WriteString(separator)
		}
		out.WriteString(digits[i : i+n])
		i += n
	}
	return out.String()
}

// tail returns what may stand behind a number.
func (d *drawer) tail() string {
	if d.IntN(3) > 0 {
		return ""
	}
	label := d.pick(" ext. ", ";ext=", "x", " x", " ext", " extension ", ", ext. ", "#", " #", ",", ",,", ";", ",,;", " int ", " int. ", "ext:", " доб. ", " anexo ", "~", " - ", "\t", " extensión ", " Ext-", ",:", ",,.", " EXTN ", " , , ", "/x", "/ x", ";isub=", ";phone-context=", ";phone-context=+1-", ";phone-context=example.", ",-", "xt ", " XT", " Доб ")
	return label + d.digits(d.IntN(8)) + d.pick("", "", "", "", "#", ".", ")", " ", d.digits(14), "/x23", ";ext=7", "example.com", "-a")
}

func (d *drawer) garbage() string {
	const letters = "0123456789+-x() ./~#,;:=ext*\tABz[]\\óé"
	list := []rune(letters)
	var out strings.Builder
	for range d.IntN(24) {
		out.WriteRune(list[d.IntN(len(list))%len(list)])
	}
	return out.String()
}

func (d *drawer) vanity() string {
	out := []byte(d.national())
	for i := range out {
		if i > d.IntN(6) && d.IntN(2) == 0 {
			out[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcxyz"[d.IntN(32)]
		}
	}
	return d.pick("", "1-", "+1 ", "0", "+"+strconv.Itoa(d.Code())) + string(out) + d.tail()
}
