package anon

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dynsync/dynsync/internal/fold"
	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/phone"
)

// A phoneText is a phone number as a value writes it.
type phoneText struct {
	phone.Number
	lead   string // a label before it, or the scheme of a URI: "Tel. ", "tel:"
	number string // its digits, with what stands between
	label  string // what tells of the extension: " ext. "
	hash   string // a # behind the extension
	tail   string // a note behind it: " (home)"
	whole  bool   // the text holds nothing else
}

// parse returns the number that a text is, and false if it is none.
func (p *phoner) parse(text string) (*phoneText, bool) {
	text = fold.Trim(text)
	t := &phoneText{}
	start := strings.IndexAny(text, "+0123456789")
	if start < 0 {
		return nil, false
	}
	if start > 0 && (text[start-1] == '(' || text[start-1] == '[') {
		start--
	}
	t.lead = text[:start]
	if !isPhoneNote(t.lead) {
		return nil, false
	}
	body := text[start:]
	ends := [...]int{len(body), noteStart(body)}
	if personal.IsPhoneLabel(body[ends[1]:]) && countDigits(body[:ends[1]]) >= leastPhone {
		slices.Reverse(ends[:]) // the letters of a note are no digits
	}
	for _, end := range ends {
		n, ok := p.numberOf(body[:end])
		if ok && isPhoneNote(body[end:]) {
			t.Number, t.tail = n, body[end:]
			t.divide(body[:end])
			return t, true
		}
	}
	return nil, false
}

// isPhoneNote reports whether what stands beside a number is a label, or signs.
func isPhoneNote(text string) bool { return !hasWord(text) || personal.IsPhoneLabel(text) }

// noteStart returns where a note can begin behind a number.
func noteStart(text string) int {
	end := strings.LastIndexAny(text, "0123456789#") + 1
	if end < len(text) && text[end] == ')' && strings.Count(text[:end], "(") > strings.Count(text[:end], ")") {
		end++
	}
	if strings.Contains(text[end:], "/") {
		return len(text)
	}
	return end
}

// numberOf returns the number that a text without a label is.
func (p *phoner) numberOf(text string) (phone.Number, bool) {
	if n, ok := phone.Parse(text, p.region); ok && n.IsPossible() {
		return n, true
	}
	rest, abroad := strings.CutPrefix(text, "00")
	if !abroad && !isDigits(text) {
		return phone.Number{}, false
	}
	n, ok := phone.Parse("+"+rest, p.region)
	return n, ok && n.IsValid()
}

// divide divides the text of a number into that and the extension.
func (t *phoneText) divide(text string) {
	t.number = text
	start, digits := phone.FindExtension(text)
	switch {
	case t.Extension == "":
	case digits == t.Extension:
		end := strings.TrimSuffix(text, "#")
		t.number, t.label, t.hash = text[:start], text[start:len(end)-len(digits)], text[len(end):]
	default:
		t.label = " ext. "
	}
	t.whole = !strings.Contains(text, ";phone-context=") && strings.HasSuffix(personal.DigitsOf(t.number), t.National)
}

// isURI reports whether the text is a URI of RFC 3966.
func (t *phoneText) isURI() bool { return fold.PlainCase(t.lead) == "tel:" }

// dress returns a written number with what stands around that of the text. Digits makes as
// many digits as it is told.
func (t *phoneText) dress(number string, digits func(n int) string) string {
	if t.Extension != "" {
		number += t.label + digits(len(t.Extension)) + t.hash
	}
	return t.lead + number + t.tail
}

// form returns how the text writes the number: a name of PhoneFormat, or "codeDigits" for
// digits with the country's code and no +.
func (t *phoneText) form() string {
	text := t.number
	switch {
	case text[0] == '+' && isDigits(text[1:]), strings.HasPrefix(text, "00") && isDigits(text):
		return "e164"
	case strings.Contains(text, "+"), strings.HasPrefix(text, "00"), t.isAbroad():
		return "international"
	case isDigits(text) && "+"+text == t.E164():
		return "codeDigits"
	case isDigits(text):
		return "digits"
	}
	return "national"
}

// isAbroad reports whether a prefix of calls abroad stands before the country's code.
func (t *phoneText) isAbroad() bool {
	before, ok := strings.CutSuffix(personal.DigitsOf(t.number), strconv.Itoa(t.Code)+t.National)
	return ok && before != ""
}

// like returns another number of the same country code as the text is written, and false if
// that is not possible: behind what is dialled before the text's, in its groups if the first
// of them is an area code of the same length, and otherwise in those of the country.
func (t *phoneText) like(n phone.Number) (string, bool) {
	if !t.whole || n.Code != t.Code {
		return "", false
	}
	prefix := t.number[:nationalStart(t.number, t.National)]
	written := n.Formatted(true)
	switch area := areaOf(t.number, t.National); {
	case len(n.National) == len(t.National) && (area == len(t.National) || area == areaOf(written, n.National)):
		return t.inGroups(n), true
	case isDigits(strings.TrimPrefix(t.number, "+")):
		return prefix + n.National, true
	case t.form() == "national" || strings.Count(prefix, "(") != strings.Count(prefix, ")"):
		return "", false
	}
	return prefix + t.separated(written[nationalStart(written, n.National):]), true
}

// nationalStart returns where the national number begins that a written number ends with.
func nationalStart(text, national string) int {
	left := len(national)
	for i := len(text) - 1; i >= 0; i-- {
		if personal.IsDigit(text[i]) {
			if left--; left == 0 {
				return i
			}
		}
	}
	return 0
}

// areaOf returns how many digits the first group of the national number has that a written
// number ends with.
func areaOf(text, national string) int {
	rest := text[nationalStart(text, national):]
	return len(rest) - len(strings.TrimLeft(rest, digits))
}

// inGroups returns another number with its digits at the places of the text's.
func (t *phoneText) inGroups(n phone.Number) string {
	out := []byte(t.number)
	left := len(n.National)
	for i := len(out) - 1; left > 0; i-- {
		if personal.IsDigit(out[i]) {
			left--
			out[i] = n.National[left]
		}
	}
	return string(out)
}

// separated returns a written number with the separator of the text, if that has one sort.
func (t *phoneText) separated(out string) string {
	separator, bracketed := t.separator()
	if separator == 0 {
		return out
	}
	b := make([]byte, 0, len(out))
	for i := 0; i < len(out); i++ {
		switch c := out[i]; {
		case c == '+' || personal.IsDigit(c):
			b = append(b, c)
		case bracketed && (c == '(' || c == ')'):
			b = append(b, c)
		case c != '(' && len(b) > 0 && b[len(b)-1] != separator && (c != ')' || i+1 < len(out) && personal.IsDigit(out[i+1])):
			b = append(b, separator)
		}
	}
	return string(b)
}

// separator returns the only sort of separator of the text, 0 if there is not one, and
// whether there are brackets. A URI has hyphens.
func (t *phoneText) separator() (separator byte, bracketed bool) {
	if t.isURI() {
		return '-', false
	}
	for i := range len(t.number) {
		switch c := t.number[i]; c {
		case '(', ')':
			bracketed = true
		case ' ', '.', '-', '/':
			if separator != 0 && separator != c {
				return 0, bracketed
			}
			separator = c
		}
	}
	return separator, bracketed
}
