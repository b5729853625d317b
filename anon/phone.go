package anon

import (
	"errors"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/fold"
	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/phone"
)

// Phone replaces a phone number, as a string or a number, with one that nobody has: one
// reserved for fiction in the country of the value. The United States, Canada, the
// United Kingdom, France, Germany, Australia, Ireland and Sweden reserve such numbers;
// for all other countries Phone takes those of the United States. Pseudonyms may
// collide: there are 30,200 numbers for the United States, 14,000 for the United
// Kingdom, and 490 for Sweden. Libphonenumber accepts all as valid except Ireland's.
// The numbers do not show whether the value is a mobile number.
//
// Phone applies to a value that libphonenumber accepts as a number with a length of its
// country, with a label ("Tel. ", "tel:") or note (" (home)") or none. A code after a + determines the country. Any other value belongs to
// [Region], or if it is not a number there, to the country whose code it begins with.
// Spellings of one number count as equal, as do a string and a number. What counts as a
// number depends on this package's release of the metadata, and on that of no library.
//
// It takes:
//   - [Place]: an area code of the item's place, for a pseudonym of the United States.
//   - [PhoneFormat]: "asInput", the default, "e164" ("+12025550123"), "national"
//     ("(202) 555-0123"), "international" ("+1 202-555-0123") or "digits", as dialled
//     within the country ("2025550123"). "asInput" keeps the groups and separators of
//     the value ("202.555.0123") if the pseudonym has as many digits, the same country
//     code, and an area code of the same length. Otherwise it selects the form that the
//     value has, with the groups of the country, and the value's separator if that has
//     one sort. It keeps labels, notes and URIs
//     ("tel:+1-202-555-0123;ext=12"), and draws other digits for an extension. Spaces
//     and dashes of all kinds become those of ASCII. All other formats write the number
//     alone. If the pseudonym's country is neither the value's nor Region's, a national
//     form gets a + and the country code, since it could be a subscriber's number
//     elsewhere.
//   - [Region]: two letters of CLDR (ISO 3166-1); the default is "US".
//   - [AnyNumber]: draws from all numbers of the country.
//   - [PreserveLength]: as many digits as the value, from a range with numbers of that
//     length. If there is none, Phone adds or cuts digits at the end of a number of the
//     United States. Phone does not keep a length with fewer than 64 results.
//   - [MinLength], 1 to 30, and [MaxLength], 8 to 100,000, in characters: Phone writes
//     a number that is too long without separators and then cuts it, and adds digits to
//     one that is too short. A cut number is no longer valid.
//
// An N becomes an N without a leading 0. With "national" and "digits", and with
// "asInput" if the value has no country code, it has the digits after the trunk prefix;
// otherwise the country code precedes them.
func Phone(opts ...Option) dynsync.Transformer { return makeNamed("phone", opts) }

// PhoneFormat sets how [Phone] writes numbers: "asInput", which is the default, "e164",
// "national", "international" or "digits".
func PhoneFormat(format string) Option { return option{"phoneFormat", format} }

// Region sets a country by its two letters (ISO 3166-1): for [Phone] and [Text] the
// country of numbers without a country code, with the default "US"; for [IBAN] the
// country of the results, with the value's country as the default.
func Region(code string) Option { return option{"region", code} }

// AnyNumber makes [Phone] draw from all numbers of the value's country that
// libphonenumber accepts as valid, and [SSN] from all that can be issued. A result may
// be a stranger's: never send anything to it.
func AnyNumber() Option { return option{"anyNumber", true} }

var phoneEntry = entry{
	name: "phone", doc: "Replaces a phone number with one reserved for fiction.", takes: "a phone number",
	kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindN}, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
	options: []catalog.Option{
		{Name: "phoneFormat", Type: catalog.String, Doc: "The format of the results.", Default: "asInput", Enum: []string{"asInput", "e164", "national", "international", "digits"}},
		{Name: "region", Type: catalog.String, Doc: "The country of numbers without a country code, as two letters of CLDR.", Default: "US"},
		{Name: "anyNumber", Type: catalog.Bool, Doc: "Draw from all numbers of the country. A result may be a stranger's.", Default: false},
		placeSpec(),
		{Name: "preserveLength", Type: catalog.Bool, Doc: "Keep the number of digits.", Default: false},
		{Name: "minLength", Type: catalog.Int, Doc: "The least number of characters of the result.", Min: 1, Max: 30},
		{Name: "maxLength", Type: catalog.Int, Doc: "The greatest number of characters of the result.", Min: 8, Max: maxText},
	},
	lists: &phoneList,
	build: buildPhone,
}

// A phoner is the options of Phone.
type phoner struct {
	cfg    *config
	region *phone.Region
	form   string
	any    bool
	place  *placer // nil without the option
	least  int
	most   int
}

func buildPhone(cfg *config) built {
	p := &phoner{
		cfg: cfg, region: phone.Find(upperASCII(cfg.text("region"))), form: cfg.text("phoneFormat"),
		any: cfg.flag("anyNumber"), least: int(cfg.number("minLength")), most: cfg.maxLength(),
	}
	b := built{plain: true, parse: p.canon, spelling: spellPhone, run: p.make, size: p.size}
	p.place, b.err = newPlacer(cfg)
	b.perItem = p.place != nil
	switch {
	case p.region == nil:
		b.err = errNoRegion
	case p.least > p.most:
		b.err = errors.New("minLength must not exceed maxLength")
	}
	return b
}

var errNoRegion = errors.New("region must be a country with phone numbers, as two letters of CLDR such as US")

func isDigits(text string) bool { return text != "" && strings.Trim(text, digits) == "" }

// canon returns the E.164 form, the extension behind it, and the number.
func (p *phoner) canon(text string) (canonical string, parsed any, ok bool) {
	n, ok := p.parse(text)
	if !ok {
		return "", nil, false
	}
	canonical = n.E164()
	if n.Extension != "" {
		canonical += ";ext=" + n.Extension
	}
	return canonical, n, true
}

// spellPhone returns a number as it is written.
func spellPhone(text, _ string) string { return fold.Trim(text) }

// regionOf returns the country of a number, by its code if it is not valid.
func regionOf(n phone.Number) *phone.Region {
	if r := n.Region(); r != nil {
		return r
	}
	return n.Main()
}

func (p *phoner) make(c *call) (string, error) {
	if c.generated {
		return p.fit(c, p.write(p.draw(c, p.region, 0), nil, p.formOr("e164"), p.region), false), nil
	}
	t := c.parsed.(*phoneText)
	if c.kind == dynsync.KindN && !isDigits(c.text) {
		return "", errMisfit
	}
	sameLength := p.cfg.flag("preserveLength") && p.sizeOf(c, true) >= enough
	got := p.draw(c, regionOf(t.Number), lengthOf(t.Number, sameLength))
	out := p.fit(c, p.writeLike(c, got), sameLength)
	if c.kind == dynsync.KindN || p.form != "asInput" {
		return out, nil
	}
	if dressed := t.dress(out, func(n int) string { return c.from(digits, n) }); len(dressed) <= p.most {
		return dressed, nil
	}
	return out, nil
}

// lengthOf returns how many digits a number is to have after the country's code, 0 for
// any.
func lengthOf(n phone.Number, same bool) int {
	if !same {
		return 0
	}
	return len(n.National)
}

// writeLike returns a number as the value of a call is written, or the options say, without
// what stands around it.
func (p *phoner) writeLike(c *call, got phone.Number) string {
	t := c.parsed.(*phoneText)
	if c.kind == dynsync.KindN {
		return p.numeric(got, t.Number, c.text)
	}
	if p.form != "asInput" {
		return p.write(got, regionOf(t.Number), p.form, p.region)
	}
	if out, ok := t.like(got); ok {
		return out
	}
	return t.separated(p.write(got, regionOf(t.Number), t.form(), p.region))
}

// size returns how many results there are at least.
func (p *phoner) size(c *call) float64 {
	if p.cfg.flag("preserveLength") {
		if size := p.sizeOf(c, true); size >= enough {
			return size
		}
	}
	return p.sizeOf(c, false)
}

// sizeOf returns how many results there are at least with or without the length of the
// value. Those of [AnyNumber] are some hundreds in every country.
func (p *phoner) sizeOf(c *call, sameLength bool) float64 {
	if !sameLength && p.most == maxText {
		if p.place != nil {
			return leastOfPlace
		}
		return leastFiction
	}
	n := c.parsed.(*phoneText).Number
	code, ranges := p.ranges(c, regionOf(n), lengthOf(n, sameLength))
	size, left := 0.0, map[int][]numberRange{}
	for _, r := range ranges {
		left[len(r.prefix)+r.digits] = append(left[len(r.prefix)+r.digits], r)
	}
	for length, ranges := range left {
		// What is written is cut at its end, so that as many digits are gone.
		out := p.writeLike(c, phone.Number{Code: code, National: ranges[0].prefix + strings.Repeat("0", ranges[0].digits)})
		lost := max(0, countDigits(out)-countDigits(p.trim(c, out, sameLength)))
		size += float64(beginnings(ranges, length-lost))
	}
	return size
}

func (p *phoner) formOr(asInput string) string {
	if p.form == "asInput" {
		return asInput
	}
	return p.form
}

// startsWithCode reports whether digits are those of the E.164 form.
func startsWithCode(text string, n phone.Number) bool {
	return "+"+text == n.E164()
}

// write returns a number in a form. The numbers around it are of the country of
// the value and of another, that of Region.
func (p *phoner) write(n phone.Number, value *phone.Region, form string, reader *phone.Region) string {
	foreign := !shareCode(n, value) && !shareCode(n, reader)
	switch {
	case form == "international", form == "national" && foreign:
		return n.Formatted(true)
	case form == "e164", foreign:
		return n.E164()
	case form == "codeDigits":
		return n.E164()[1:]
	case form == "digits":
		return personal.DigitsOf(n.Formatted(false))
	}
	return n.Formatted(false)
}

// shareCode reports whether a number has the country code of a region.
func shareCode(n phone.Number, region *phone.Region) bool {
	return region != nil && n.Code == region.Code()
}

// numeric returns the digits of a number in place of the value's, an N.
func (p *phoner) numeric(n, value phone.Number, text string) string {
	form := p.form
	if form == "asInput" && startsWithCode(text, value) {
		form = "e164"
	}
	foreign := n.Code != value.Code && !shareCode(n, p.region)
	if form == "e164" || form == "international" || foreign {
		return n.E164()[1:]
	}
	return strings.TrimLeft(n.National, "0")
}

// fit returns a written number with the length that the options ask for.
func (p *phoner) fit(c *call, out string, sameLength bool) string {
	if sameLength {
		out += c.from(digits, max(0, digitsIn(c)-countDigits(out)))
	}
	out = p.trim(c, out, sameLength)
	return out + c.from(digits, max(0, p.least-len(out)))
}

// trim returns a written number cut to the length that the options ask for.
func (p *phoner) trim(c *call, out string, sameLength bool) string {
	if sameLength {
		out = cutDigits(out, digitsIn(c))
	}
	if len(out) > p.most {
		out = compact(out)
	}
	return cut(out, p.most)
}

// digitsIn returns how many digits the number of a call has as it is written, or the number
// itself if it has more, as those with letters for digits do ("1-800-FLOWERS").
func digitsIn(c *call) int {
	t := c.parsed.(*phoneText)
	return max(countDigits(t.number), len(t.National))
}

// compact returns the digits of a number, and a + that it begins with.
func compact(text string) string {
	sign := ""
	if strings.HasPrefix(text, "+") {
		sign = "+"
	}
	return sign + personal.DigitsOf(text)
}

func countDigits(text string) int {
	n := 0
	for i := range len(text) {
		if text[i] >= '0' && text[i] <= '9' {
			n++
		}
	}
	return n
}

// withDigits returns a number with n digits: it adds some or cuts at the end.
func withDigits(d *draw, text string, n int) string {
	return cutDigits(text+d.from(digits, max(0, n-countDigits(text))), n)
}

// cutDigits returns a number with n digits at most: it cuts at the end.
func cutDigits(text string, n int) string {
	if countDigits(text) <= n {
		return text
	}
	for i := range len(text) {
		if countDigits(text[:i]) == n {
			return text[:i]
		}
	}
	return text
}

// draw returns a number of a country; length is how many digits it is to have
// after the country's code, or 0.
func (p *phoner) draw(c *call, region *phone.Region, length int) phone.Number {
	if p.any {
		if n, ok := anyNumber(c.draw, region, length); ok {
			return n
		}
	}
	code, ranges := p.ranges(c, region, length)
	return phone.Number{Code: code, National: drawFrom(c.draw, ranges)}
}

// leastOfPlace is how many numbers for fiction an area code has.
const leastOfPlace = 100

// ranges is [fictionOf], with those of the item's place for a number of the United States.
func (p *phoner) ranges(c *call, region *phone.Region, length int) (code int, ranges []numberRange) {
	id, ranges := fictionOf(region.ID(), length)
	if at, ok := p.place.of(c); ok && id == "US" {
		ranges = lines555(strings.Join(at.areas, " "))
	}
	return phone.Find(id).Code(), ranges
}

// anyTries is how many numbers are drawn, of each kind, for a valid one.
const anyTries = 100

// anyNumber returns a number that is valid in a region, and false if none is found, which is
// so for regions without an example number.
func anyNumber(d *draw, region *phone.Region, length int) (n phone.Number, ok bool) {
	mobile, fixedLine := region.Examples()
	examples := [...]string{mobile, fixedLine}
	first := d.below(2)
	for i := range uint64(len(examples)) {
		example := examples[(first+i)%2]
		if example == "" {
			continue
		}
		if n, ok := numberLike(d, example, region, length); ok {
			return n, true
		}
	}
	return n, false
}

// numberLike returns a valid number that shares as little of its beginning with an
// example as need be; false if none is found.
func numberLike(d *draw, example string, region *phone.Region, length int) (n phone.Number, ok bool) {
	if length > 0 && length != len(example) {
		example = withDigits(d, example, length)
	}
	n.Code = region.Code()
	for _, kept := range []int{0, 1, len(example) - 6, len(example) - 3} {
		for range anyTries {
			n.National = cut(example, max(0, kept)) + d.from(digits, len(example)-max(0, kept))
			if n.IsValidIn(region) && readsBack(n, region) {
				return n, true
			}
		}
	}
	return n, false
}

// readsBack reports whether a number is also valid as it is dialled within the region.
// Some numbers that libphonenumber accepts as valid are not.
func readsBack(n phone.Number, region *phone.Region) bool {
	again, ok := phone.Parse(n.Formatted(false), region)
	return ok && again.IsValidIn(region)
}
