// Package personal tells whether a text looks like personal data: an e-mail
// address, a phone number, a US social security number. It goes by form alone, and
// takes what may as well be an id for one.
package personal

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A Kind is a kind of personal data.
type Kind uint8

// The kinds of personal data.
const (
	Email  Kind = iota // an e-mail address
	Phone              // a phone number
	IBAN               // an international bank account number
	SSN                // a US social security number
	Card               // the number of a payment card
	Name               // a word that is a first or last name
	Digits             // digits in a row that may be one of several kinds
	Kinds  int  = iota // how many kinds there are
)

// String returns the kind as words, with an article.
func (k Kind) String() string {
	return [...]string{
		"an e-mail address", "a phone number", "an IBAN", "a US social security number", "the number of a payment card", "a name",
		"digits that may be a phone, card or social security number",
	}[k]
}

// A Strength is how sure it is that a text is what it looks like.
type Strength uint8

// The strengths, the least first.
const (
	NoLook     Strength = iota // it looks like nothing personal
	WeakLook                   // ids look like that, too
	StrongLook                 // little else looks like that
)

// A Look is what a text looks like.
type Look struct {
	Kind     Kind // meaningful unless Strength is NoLook
	Strength Strength
}

// LookAt returns the strongest look of what stands in a text, which may be all of it or
// parts between separators. Attribute is the name of the key attribute whose value the
// text is, or "" for a text that is a name itself.
func LookAt(text []byte, attribute string) Look {
	of := looksOf(string(text))
	for kind, does := range of {
		if does {
			return Look{Kind(kind), StrongLook}
		}
	}
	return Look{}
}

// Strong returns the kind of the look of a text, and whether that is strong. It is
// LookAt for those who need no more.
func Strong(text []byte, attribute string) (Kind, bool) {
	l := LookAt(text, attribute)
	return l.Kind, l.Strength == StrongLook
}

// looksOf returns what a text looks like, whole or in the parts that the separators
// of composite keys make of it.
func looksOf(text string) (of [Kinds]bool) {
	parts := strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune("#|:/,; ", c) })
	for _, part := range append(parts, strings.TrimSpace(text)) {
		of[Email] = of[Email] || isEmail(part)
		of[SSN] = of[SSN] || isWrittenSSN(part)
		of[Phone] = of[Phone] || isPhone(part)
	}
	of[Phone] = of[Phone] || slices.ContainsFunc(strings.FieldsFunc(text, splitsPhones), isPhone)
	return of
}

// splitsPhones reports whether c separates parts of a text that may be phone numbers with
// spaces in them.
func splitsPhones(c rune) bool { return strings.ContainsRune("#|:,;", c) }

// isEmail reports whether s looks like name@host.tld.
func isEmail(s string) bool {
	name, host, ok := strings.Cut(s, "@")
	dot := strings.LastIndexByte(host, '.')
	if !ok || name == "" || dot < 1 || len(s) > 254 || strings.Contains(host, "..") {
		return false
	}
	tld := host[dot+1:]
	return len(tld) >= 2 && !strings.ContainsFunc(tld, func(c rune) bool { return !isLetter(c) }) &&
		!strings.ContainsFunc(host, func(c rune) bool { return !isLetter(c) && !isNumeral(c) && c != '-' && c != '.' }) &&
		!strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || strings.ContainsRune(`"(),:;<>@[\]`, c) })
}

// isLetter takes letters of other scripts too: host names have them.
func isLetter(c rune) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c >= utf8.RuneSelf }

func isNumeral(c rune) bool { return '0' <= c && c <= '9' }

// isPhone reports whether s looks like a phone number: with a leading + and 8 to
// 15 digits, or formatted as they are in North America. Plain digits are ids.
func isPhone(s string) bool {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "+"); ok {
		return isInternational(rest)
	}
	return matchesDigits(s, "(ddd) ddd-dddd") || matchesDigits(s, "(ddd)ddd-dddd") || matchesDigits(s, "ddd-ddd-dddd")
}

// isInternational reports whether s is a number of 8 to 15 digits, with single
// separators and parentheses between them.
func isInternational(s string) bool {
	digits, before := 0, rune('+')
	for _, c := range s {
		switch {
		case isNumeral(c):
			digits++
		case !strings.ContainsRune(" -./()", c), strings.ContainsRune("+-./", before) && strings.ContainsRune("-./", c):
			return false
		}
		before = c
	}
	return digits >= 8 && digits <= 15 && s[0] != '0' && (isNumeral(rune(s[0])) || s[0] == '(') && isNumeral(before)
}

// isWrittenSSN reports whether s looks like a US social security number: AAA-GG-SSSS.
func isWrittenSSN(s string) bool {
	return matchesDigits(s, "ddd-dd-dddd") && IsSSN(s[:3]+s[4:6]+s[7:])
}

// IsSSN reports whether nine digits can be a US social security number: areas 000,
// 666 and 900 to 999, group 00 and serial 0000 are never issued.
func IsSSN(digits string) bool {
	area, group, serial := digits[:3], digits[3:5], digits[5:]
	return area != "000" && area != "666" && area[0] != '9' && group != "00" && serial != "0000"
}

// matchesDigits reports whether s has digits where the form has a d, and else the
// form's own characters.
func matchesDigits(s, form string) bool {
	if len(s) != len(form) {
		return false
	}
	for i := range len(s) {
		if form[i] == 'd' && !isNumeral(rune(s[i])) || form[i] != 'd' && form[i] != s[i] {
			return false
		}
	}
	return true
}
