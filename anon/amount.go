package anon

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dynsync/dynsync/internal/fold"
)

// An amount is how a text writes a number: with what around it, in which groups of digits.
type amount struct {
	normal        string // the number as [normalNumber] has it
	before, after []affix
	group         string // between groups of digits; "" for no groups
	pairs         bool   // groups before the last have two digits, as in India
	point         string // before the decimals
	decimals      int
}

// An affix is a piece of what stands around the digits: with a positive and with a negative
// number.
type affix struct{ positive, negative string }

func (a affix) isSign() bool { return a.positive != a.negative }

// maxAmount bounds the texts that are read as amounts.
const maxAmount = 128

// A notation says what texts are amounts.
type notation struct {
	// signs returns the affix that a text begins with and that says which sign the number
	// has, and how long it is, 0 if there is none.
	signs func(text string) (a affix, negative bool, length int)
	// units returns how long what stands for a unit is at the beginning of a text.
	units func(text string) int
	// degrees says that the number has no groups of digits: a comma precedes decimals.
	degrees bool
}

// money is the notation of amounts, also with a currency or as a percentage.
var money = notation{signs: signOf, units: unitOf}

// degreesOf returns the notation of coordinates whose directions are the letters.
func degreesOf(positive, negative string) notation {
	direction := func(text string) (affix, bool, int) {
		for _, p := range []affix{{positive, negative}, {fold.PlainCase(positive), fold.PlainCase(negative)}} {
			if strings.HasPrefix(text, p.positive) || strings.HasPrefix(text, p.negative) {
				return p, strings.HasPrefix(text, p.negative), 1
			}
		}
		return signOf(text)
	}
	degree := func(text string) int {
		if strings.HasPrefix(text, "°") {
			return len("°")
		}
		return 0
	}
	return notation{direction, degree, true}
}

// signOf returns the sign that a text begins with.
func signOf(text string) (a affix, negative bool, length int) {
	r, size := utf8.DecodeRuneInString(text)
	switch r {
	case '-', '−', '–', '(', ')':
		return affix{"", text[:size]}, true, size
	case '+':
		return affix{"+", "-"}, false, size
	}
	return affix{}, false, 0
}

// unitOf returns how long the currency or the percent sign is that a text begins with.
func unitOf(text string) int {
	begins := func(unit string) bool { return strings.HasPrefix(text, unit) }
	if i := slices.IndexFunc(units, begins); i >= 0 {
		return len(units[i])
	}
	if len(text) >= 3 && strings.Contains(currencies, " "+upperASCII(text[:3])+" ") {
		return 3
	}
	if r, size := utf8.DecodeRuneInString(text); r >= '₠' && r <= '⃀' || strings.ContainsRune("$¢£¤¥֏؋৳฿៛﷼", r) {
		return size
	}
	if i := slices.IndexFunc(shortUnits, begins); i >= 0 {
		return len(shortUnits[i])
	}
	return 0
}

// units are what stands at amounts, the longer before the shorter.
var units = []string{"US$", "AU$", "CA$", "NZ$", "HK$", "SFr.", "Mex$", "MX$", "NT$", "RD$", "TT$", "US $", "A$", "C$", "R$", "S$", "J$", "Fr.", "kr.", "kr", "zł", "Kč", "Ft", "lei", "Rs.", "Rs", "euros", "Euro", "euro", "DM", "TL", "S/", "Bs.", "Bs", "руб.", "руб", "грн", "лв.", "лв", "ден", "дин.", "дин", "din.", "kn", "KSh", "TSh", "USh", "GH₵", "元", "円", "원", "บาท", "đ", "د.إ", "ر.س", "د.ك", "ج.م", "/-", "%", "‰"}

// shortUnits are what codes of ISO 4217 begin with, too.
var shortUnits = []string{"Rp.", "Rp", "RM", "R", "р.", "р"}

// currencies are the codes of ISO 4217.
const currencies = ` AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL `

// threeDecimals are the currencies with a thousand units in each.
const threeDecimals = "BHD IQD JOD KWD LYD OMR TND د.ك"

// readAmount returns how a text writes a number; false if it is none, or in plain decimal
// text.
func (n notation) readAmount(text string) (*amount, bool) {
	start, end := strings.IndexAny(text, digits), strings.LastIndexAny(text, digits)+1
	if start < 0 || len(text) > maxAmount || isPlain(text) {
		return nil, false
	}
	before, negativeBefore, ok := n.affixes(text[:start])
	after, negativeAfter, okAfter := n.affixes(text[end:])
	a, negative := &amount{before: before, after: after}, negativeBefore || negativeAfter
	if !ok || !okAfter || !a.isSigned() {
		return nil, false
	}
	whole, fraction, ok := a.readDigits(text[start:end], n.degrees, a.hasUnit(text[:start]+text[end:]))
	if !ok {
		return nil, false
	}
	plain := whole
	if fraction != "" {
		plain += "." + fraction
	}
	if negative {
		plain = "-" + plain
	}
	a.normal, ok = normalNumber(plain)
	return a.withSign(), ok && isPlain(plain)
}

// affixes returns what stands around the digits of a number, and whether it makes the number
// negative.
func (n notation) affixes(text string) (all []affix, negative, ok bool) {
	for text != "" {
		a, minus, length := n.signs(text)
		if length == 0 {
			r, size := utf8.DecodeRuneInString(text)
			if length = n.units(text); length == 0 && fold.IsSpace(r) {
				length = size
			}
			a = affix{text[:length], text[:length]}
		}
		if length == 0 {
			return nil, false, false
		}
		all, negative, text = append(all, a), negative || minus, text[length:]
	}
	return all, negative, true
}

// isSigned reports whether there is one sign at most, or a pair of brackets around.
func (a *amount) isSigned() bool {
	count := func(list []affix, of string) (n int) {
		for _, x := range list {
			if x.isSign() && (of == "" || x.negative == of) {
				n++
			}
		}
		return n
	}
	signs := count(a.before, "") + count(a.after, "")
	brackets := count(a.before, "(") + count(a.after, "(") + count(a.before, ")") + count(a.after, ")")
	return signs <= 1 && brackets == 0 || signs == 2 && count(a.before, "(") == 1 && count(a.after, ")") == 1
}

// hasUnit reports whether there is a currency around the number that has no three decimals.
func (a *amount) hasUnit(around string) bool {
	for code := range strings.SplitSeq(threeDecimals, " ") {
		if strings.Contains(upperASCII(around), code) {
			return false
		}
	}
	return strings.Trim(around, " +-−–()%‰°\u00a0\u202f") != ""
}

// separatorsIn returns what stands between the digits of a text, and the digits. It is false
// for what is no separator of a number.
func separatorsIn(text string) (between, parts []string, ok bool) {
	start := 0
	for i, r := range text {
		switch {
		case r >= '0' && r <= '9':
			continue
		case i == start || !strings.ContainsRune(".,'’_ \u00a0\u2009\u202f", r):
			return nil, nil, false
		}
		parts, between = append(parts, text[start:i]), append(between, string(r))
		start = i + utf8.RuneLen(r)
	}
	return between, append(parts, text[start:]), true
}

// readDigits returns the digits before and behind the decimal mark of a number. It is false
// if what stands between digits divides them in no known way.
func (a *amount) readDigits(text string, degrees, hasUnit bool) (whole, fraction string, ok bool) {
	between, parts, ok := separatorsIn(text)
	if !ok {
		return "", "", false
	}
	n := len(between)
	if n == 0 {
		return text, "", true
	}
	last := between[n-1]
	groups, group := parts, last
	if (n == 1 && (degrees || !isGrouped(last, parts, hasUnit)) || n > 1 && last != between[0]) && (last == "." || last == ",") {
		a.point, fraction = last, parts[n]
		groups, between, group = parts[:n], between[:n-1], ""
		if n > 1 {
			group = between[0]
		}
	}
	if slices.ContainsFunc(between, func(s string) bool { return s != group }) || degrees && len(groups) > 1 {
		return "", "", false
	}
	a.decimals = len(fraction)
	if len(groups) > 1 {
		a.group, a.pairs = group, isInGroups(groups, 2)
		ok = a.pairs || isInGroups(groups, 3)
	}
	return strings.Join(groups, ""), fraction, ok
}

// isGrouped reports whether a number of two parts has them as groups of digits, not as its
// decimals. Three digits behind a comma are a group, behind a dot at a currency alone.
func isGrouped(separator string, parts []string, hasUnit bool) bool {
	return isInGroups(parts, 3) && parts[0] != "0" && (separator != "." || hasUnit)
}

// isInGroups reports whether parts are groups of digits: three in the last, and as many as
// given in those before; the first may have fewer. Pairs are such only if there are some.
func isInGroups(parts []string, size int) bool {
	n := len(parts) - 1
	if len(parts[0]) > size || len(parts[n]) != 3 || size == 2 && n < 2 {
		return false
	}
	for _, p := range parts[1:n] {
		if len(p) != size {
			return false
		}
	}
	return true
}

// write returns a number in plain decimal text as the amount is written.
func (a *amount) write(plain string) string {
	digits, negative := strings.CutPrefix(plain, "-")
	whole, fraction, pointed := strings.Cut(digits, ".")
	var out strings.Builder
	a.writeAffixes(&out, a.before, negative)
	a.writeGroups(&out, whole)
	if pointed {
		out.WriteString(a.decimalMark() + fraction)
	}
	a.writeAffixes(&out, a.after, negative)
	return out.String()
}

// writeAffixes writes what stands around the digits. A sign that the amount has no place for
// precedes all but space.
func (a *amount) writeAffixes(out *strings.Builder, list []affix, negative bool) {
	for _, x := range list {
		if negative {
			out.WriteString(x.negative)
		} else {
			out.WriteString(x.positive)
		}
	}
}

func (a *amount) writeGroups(out *strings.Builder, whole string) {
	for i := range len(whole) {
		left := len(whole) - i
		if i > 0 && a.group != "" && (left == 3 || left > 3 && (a.pairs && left%2 == 1 || !a.pairs && left%3 == 0)) {
			out.WriteString(a.group)
		}
		out.WriteByte(whole[i])
	}
}

// decimalMark returns what the amount has before decimals, or would have.
func (a *amount) decimalMark() string {
	switch {
	case a.point != "":
		return a.point
	case a.group == ".":
		return ","
	}
	return "."
}

// withSign returns the amount with a place for the sign of a negative number.
func (a *amount) withSign() *amount {
	isSign := func(x affix) bool { return x.isSign() }
	if slices.ContainsFunc(a.before, isSign) || slices.ContainsFunc(a.after, isSign) {
		return a
	}
	at := 0
	for at < len(a.before) && fold.Trim(a.before[at].positive) == "" {
		at++
	}
	a.before = slices.Insert(a.before, at, affix{"", "-"})
	return a
}

// parse returns the canonical form of a number, and how it is written if it is not in plain
// decimal text. It is false for anything else.
func (n notation) parse(text string) (canonical string, parsed any, ok bool) {
	if normal, ok := normalNumber(text); ok {
		return normal, nil, true
	}
	if a, ok := n.readAmount(text); ok {
		return a.normal, a, true
	}
	return "", nil, false
}

// amountIn returns how a text, which may be any, writes a number, and the text in the form
// in which it does. Plain decimal text is none, however it is spelt.
func amountIn(text string) (a *amount, form string) {
	if isPlain(fold.Trim(fold.Plain(text))) {
		return nil, text
	}
	for _, form := range []string{text, fold.Plain(text), fold.Trim(fold.Case(text))} {
		if a, ok := money.readAmount(form); ok {
			return a, form
		}
	}
	return nil, text
}

// parseAny is parse for what replaces any text.
func parseAny(text string) (canonical string, parsed any, ok bool) {
	if a, _ := amountIn(text); a != nil {
		return a.normal, a, true
	}
	canonical, ok = foldNumber(text)
	return canonical, nil, ok
}

// spellAmount is the spelling of numbers that replace any text: as the amount is written.
func spellAmount(text, canonical string) string {
	if a, form := amountIn(text); a != nil {
		return form
	}
	return canonical
}

// inForm returns a maker of plain decimal text that is written as the value is.
func inForm(run maker) maker {
	return func(c *call) (string, error) {
		text, err := run(c)
		if a := amountOf(c); a != nil && err == nil {
			return a.write(text), nil
		}
		return text, err
	}
}

// amountOf returns how the value of a call writes its number; nil for plain decimal text,
// and for no number.
func amountOf(c *call) *amount {
	a, _ := c.parsed.(*amount)
	return a
}
