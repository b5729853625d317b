package anon

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/personal"
)

// CardNumber replaces a card number with another that has as many digits, the same
// separators and a valid check digit (Luhn, ISO/IEC 7812-1). Its first digits are those
// of issuers whose numbers payment providers publish for tests. [PreserveIssuer] keeps
// the value's first 6 digits instead. Luhn(false) makes the check digit wrong, so that
// no software takes the result for a card number.
//
// It applies to an S or N with 12 to 19 digits. In an S, single spaces or hyphens may
// separate them; dashes and other spaces become these. Numbers that differ only in
// separators get the same digits. Pseudonyms may collide: there are some billions with
// 16 digits.
func CardNumber(opts ...Option) dynsync.Transformer { return makeNamed("cardNumber", opts) }

// IBAN replaces an IBAN with another of the same country, or of [Region]. The result
// has the country's length and structure (SWIFT's IBAN Registry) and valid check digits
// (ISO 13616, ISO 7064 MOD 97-10); bank and account number are random. IBAN does not
// compute the check digits that some countries embed in the account number, so most
// results belong to no account. Some in 100,000 German results name a bank that exists.
//
// It applies to a string with a valid IBAN of a country that Region takes, in either
// case, with or without spaces. The result has spaces in the same places, or after
// every fourth character if its country is another. Pseudonyms may collide.
func IBAN(opts ...Option) dynsync.Transformer { return makeNamed("iban", opts) }

// SSN replaces a US social security number with one that was never issued and never
// will be: area 900 to 999 and group 01 to 49, where there are no taxpayer numbers
// (ITINs) either. [AnyNumber] draws from numbers that may be somebody's.
//
// It applies to an S of 9 digits, or of 3, 2 and 4 digits with hyphens or spaces
// between them, which stay. It applies to an N of 7 to 9 digits, since a number has
// lost its leading zeros. Equal numbers get equal pseudonyms in every form. Pseudonyms
// may collide: there are 49 million.
func SSN(opts ...Option) dynsync.Transformer { return makeNamed("ssn", opts) }

// PreserveIssuer keeps the first 6 digits of a card number, which identify the bank and
// the type of card.
func PreserveIssuer() Option { return option{"preserveIssuer", true} }

// Luhn sets whether the check digit of a card number is valid. The default is true.
func Luhn(valid bool) Option { return option{"luhn", valid} }

var financeEntries = []entry{
	{
		name: "cardNumber", doc: "Replaces a card number with a test number of the same length.",
		takes: "a card number of 12 to 19 digits",
		kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindN}, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		options: []catalog.Option{
			{Name: "preserveIssuer", Type: catalog.Bool, Doc: "Keep the first 6 digits, which identify the issuer.", Default: false, Keeps: "the first 6 digits"},
			{Name: "luhn", Type: catalog.Bool, Doc: "Whether the check digit is valid.", Default: true},
		},
		lists: &plainList,
		build: buildCardNumber,
	},
	{
		name: "iban", doc: "Replaces an IBAN with another of the same country.",
		takes: "an IBAN",
		kinds: []dynsync.Kind{dynsync.KindS}, unique: dynsync.UniquenessNone, class: dynsync.ClassIndependent, keeps: "the country",
		options: []catalog.Option{
			{Name: "region", Type: catalog.String, Doc: "The country of the results, as a two-letter code. The default is the country of the value.", Enum: slices.Sorted(maps.Keys(personal.IBANStructures)), Frees: true},
		},
		lists: &plainList,
		build: buildIBAN,
	},
	{
		name: "ssn", doc: "Replaces a US social security number with one that is never issued.",
		takes: "a US social security number",
		kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindN}, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		options: []catalog.Option{
			{Name: "anyNumber", Type: catalog.Bool, Doc: "Draw from all numbers that can be issued. A result may be a stranger's.", Default: false},
		},
		lists: &plainList,
		build: buildSSN,
	},
}

// refill returns text with its ASCII letters and digits replaced, one for one, by
// the characters of chars.
func refill(text, chars string) string {
	out := []byte(text)
	for i, b := range out {
		if !isAlphanumeric(b) {
			continue
		}
		if chars == "" {
			return string(out[:i])
		}
		out[i], chars = chars[0], chars[1:]
	}
	return string(out)
}

func isAlphanumeric(b byte) bool {
	return b-'0' < 10 || b|0x20 >= 'a' && b|0x20 <= 'z'
}

// spells reports whether the text of a call is its canonical form but for
// separators: it may also be a number in another form, which only an N can be.
func (c *call) spells(separators string) bool {
	kept := strings.Map(func(r rune) rune {
		if strings.ContainsRune(separators, r) {
			return -1
		}
		return r
	}, c.text)
	return kept == c.canonical
}

// testIssuers are the first digits of card numbers that payment providers publish
// for tests, by the length of the number: of Visa, Mastercard, Discover and JCB, of
// American Express, and of Diners Club. Other lengths get those of Visa.
var testIssuers = map[int][]string{
	14: {"305693", "385200"},
	15: {"371449", "378282"},
	16: {"400000", "401288", "411111", "424242", "510510", "520082", "555555", "601100", "601111", "353011"},
}

var visaIssuers = []string{"400000", "401288", "411111", "422222", "424242"}

const issuerDigits = 6

func buildCardNumber(cfg *config) built {
	keep, valid := cfg.flag("preserveIssuer"), cfg.flag("luhn")
	return built{plain: true, canon: cardDigits, spelling: asWritten, size: func(c *call) float64 { return power(10, len(c.canonical)-issuerDigits-1) }, run: func(c *call) (string, error) {
		layout, number := c.text, c.canonical
		if c.generated {
			layout = strings.Repeat("0", 16)
			number = layout
		}
		issuer := number[:issuerDigits]
		if !keep || c.generated {
			issuer = c.pick(issuersOf(len(number)))
		}
		body := issuer + c.from(digits, len(number)-issuerDigits-1)
		check := luhnDigit(body)
		if !valid {
			check = digits[(uint64(check-'0')+1+c.below(9))%10]
		}
		switch {
		case c.kind == dynsync.KindN:
			return body + string(check), nil
		case !c.generated && !c.spells(" -"):
			return "", errMisfit
		}
		return refill(layout, body+string(check)), nil
	}}
}

func issuersOf(length int) []string {
	if list := testIssuers[length]; list != nil {
		return list
	}
	return visaIssuers
}

// cardDigits returns the digits of a card number.
func cardDigits(text string) (string, bool) {
	if normal, ok := normalNumber(text); ok {
		text = leadingZeros(text, normal)
	}
	number, ok := separated(text, " -")
	return number, ok && len(number) >= 12 && len(number) <= 19
}

// leadingZeros returns the text of a number in normal form, or as it is if it is
// digits alone: the zeros before a card number belong to it.
func leadingZeros(text, normal string) string {
	if allIn(text, digits) {
		return text
	}
	return normal
}

// maxFormLen is longer than any identifier of this file with its separators.
const maxFormLen = 64

// separated returns the digits of a text in which single separators may stand
// between digits. It is false if there is anything else in it.
func separated(text, separators string) (string, bool) {
	if len(text) > maxFormLen {
		return "", false
	}
	var out []byte
	gap := true // a separator may not follow here
	for i := range len(text) {
		switch {
		case text[i]-'0' < 10:
			out = append(out, text[i])
			gap = false
		case gap || strings.IndexByte(separators, text[i]) < 0:
			return "", false
		default:
			gap = true
		}
	}
	return string(out), !gap
}

// luhnDigit returns the digit that makes a row of digits with it behind valid by
// ISO/IEC 7812-1, annex B.
func luhnDigit(body string) byte {
	sum := 0
	for i := range len(body) {
		d := int(body[len(body)-1-i] - '0')
		if i%2 == 0 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return digits[(10-sum%10)%10]
}

func buildIBAN(cfg *config) built {
	country := cfg.text("region")
	codeOf := func(c *call) string { return cmp.Or(country, cut(c.canonical, 2)) }
	size := func(c *call) float64 { return bbans(personal.IBANStructures[codeOf(c)]) }
	return built{plain: true, canon: ibanDigits, spelling: spellIBAN, tries: maxAttempts, size: size, run: func(c *call) (string, error) {
		code := codeOf(c)
		bban := c.bban(personal.IBANStructures[code])
		iban := code + ibanCheck(code, bban) + bban
		if len(iban) == len(c.canonical) {
			return refill(c.text, iban), nil
		}
		if strings.Contains(c.text, " ") {
			return inFours(iban), nil
		}
		return iban, nil
	}}
}

// inFours returns an IBAN as it is printed.
func inFours(iban string) string {
	var b strings.Builder
	for group := range slices.Chunk([]byte(iban), 4) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.Write(group)
	}
	return b.String()
}

// bban draws the part of an IBAN behind the check digits. Where letters and
// digits are allowed it takes digits, as most banks do.
func (d *draw) bban(structure string) string {
	var out string
	for class, n := range personal.IBANClasses(structure) {
		if class == 'a' {
			out += d.from(uppers, n)
		} else {
			out += d.from(digits, n)
		}
	}
	return out
}

// bbans returns how many results bban has.
func bbans(structure string) float64 {
	size := 1.0
	for class, n := range personal.IBANClasses(structure) {
		if class == 'a' {
			size *= power(len(uppers), n)
		} else {
			size *= power(len(digits), n)
		}
	}
	return size
}

// ibanCheck returns the check digits of ISO 7064 MOD 97-10.
func ibanCheck(code, bban string) string {
	return fmt.Sprintf("%02d", 98-personal.Mod97(bban+code+"00"))
}

// ibanDigits returns an IBAN in upper case without spaces.
func ibanDigits(text string) (string, bool) {
	if len(text) > maxFormLen || strings.HasPrefix(text, " ") || strings.HasSuffix(text, " ") {
		return "", false
	}
	iban := upperASCII(strings.ReplaceAll(text, " ", ""))
	if len(iban) < 5 || !allIn(iban, digits+uppers) || !allIn(iban[2:4], digits) {
		return "", false
	}
	return iban, personal.IsIBAN(iban)
}

// spellIBAN returns an IBAN in upper case, with its spaces.
func spellIBAN(text, _ string) string { return upperASCII(text) }

func buildSSN(cfg *config) built {
	area, areas, groups := uint64(900), uint64(100), uint64(49)
	if cfg.flag("anyNumber") {
		area, areas, groups = 1, 899, 99
	}
	return built{plain: true, canon: ssnDigits, spelling: asWritten, size: of(float64((areas - 1) * groups * 9999)), run: func(c *call) (string, error) {
		a := area + c.below(areas)
		for a == 666 { // never issued either
			a = area + c.below(areas)
		}
		number := fmt.Sprintf("%03d%02d%04d", a, 1+c.below(groups), 1+c.below(9999))
		switch {
		case c.kind == dynsync.KindN:
			return strings.TrimLeft(number, "0"), nil
		case c.generated:
			return refill("000-00-0000", number), nil
		case !c.spells(" -"):
			return "", errMisfit
		}
		return refill(c.text, number), nil
	}}
}

// ssnDigits returns the 9 digits of a social security number. 7 and 8 digits are
// those of a number that has lost its zeros.
func ssnDigits(text string) (string, bool) {
	if len(text) == 11 {
		for _, separator := range []string{"-", " "} {
			if text[3:4] == separator && text[6:7] == separator {
				text = text[:3] + text[4:6] + text[7:]
				return text, allIn(text, digits) && len(text) == 9
			}
		}
	}
	if !allIn(text, digits) {
		text, _ = normalNumber(text)
	}
	if len(text) < 7 || len(text) > 9 || !allIn(text, digits) {
		return "", false
	}
	return strings.Repeat("0", 9-len(text)) + text, true
}
