package personal

import (
	"bytes"

	"github.com/dynsync/dynsync/internal/fold"
)

// tells are the kinds of numbers and words that a name tells of.
type tells uint8

const (
	tellsEmail tells = 1 << iota
	tellsPhone
	tellsIBAN
	tellsSSN
	tellsCard
	tellsName  // of a person
	tellsAName // of somebody or something
)

// mostName bounds the names that are looked at, in bytes.
const mostName = 64

// leastGlued is how long a word is at least that tells of digits without a separator
// between: "TEL5125550143".
const leastGlued = 3

// tellsOf returns what the name of the attribute and the prefix before a place tell.
func (s *scan) tellsOf(at int) tells { return s.attributeTells() | s.prefixTells(at) }

// strength returns how strong a weak look of a kind at a place is.
func (s *scan) strength(at int, kind tells) Strength {
	if s.tellsOf(at)&kind != 0 {
		return StrongLook
	}
	return WeakLook
}

func (s *scan) attributeTells() tells {
	if !s.attributeKnown {
		s.attributeKnown, s.tells = true, nameTells(s.attribute)
	}
	return s.tells
}

// prefixTells returns what the name before a place tells, which one separator, or several
// brackets and spaces, may stand behind: "PHONE#", "tel: (", "ssn_", "PHONE_1#".
func (s *scan) prefixTells(at int) tells {
	end := at
	for end > 0 && at-end < 4 && isSeparator(s.text[end-1]) {
		end--
	}
	if end < at {
		end = s.countStart(end)
	}
	start := s.nameStart(end)
	switch {
	case start == end, end == at && !s.isGlued(at):
		return 0
	case start > 0 && s.text[start-1] == ' ' && isNumberWord(s.text[start:end]): // "phone number 5125550143"
		start = s.nameStart(start - 1)
	case string(s.text[start:end]) == "me" && bytes.HasSuffix(s.text[:start], []byte("wa.")): // of links to WhatsApp
		return tellsPhone
	}
	of := nameTells(s.text[start:end])
	if of&tellsAName != 0 {
		of |= tellsName
	}
	return of
}

// isGlued reports whether the word directly before a place is long enough to tell.
func (s *scan) isGlued(at int) bool {
	for n := range leastGlued {
		if !IsLetter(ByteAt(s.text, at-1-n)) {
			return false
		}
	}
	return true
}

// countStart returns where the one or two digits begin that end a name at a place, or the
// place.
func (s *scan) countStart(end int) int {
	for start := end - 1; start > 0 && end-start <= 2 && IsDigit(s.text[start]); start-- {
		if b := s.text[start-1]; IsLetter(b) || b == '_' {
			return start
		}
	}
	return end
}

// nameStart returns where the name begins that ends at a place.
func (s *scan) nameStart(end int) int {
	start := end
	for start > 0 && end-start < mostName && (IsLetter(s.text[start-1]) || s.text[start-1] == '_' || s.text[start-1] == '-') {
		start--
	}
	return start
}

// isSeparator reports whether a byte is a sign of ASCII, or a space.
func isSeparator(b byte) bool { return ' ' <= b && b < 0x7f && !isWord(b) }

// nameTells returns what a name tells by its words, which begin with upper-case letters
// or stand between other characters.
func nameTells[T Text](name T) tells {
	if len(name) > mostName {
		return 0
	}
	var memory [mostName]byte
	var l listener
	start := 0
	word := memory[:0]
	for i := range len(name) {
		b := name[i]
		if !IsLetter(b) || i > 0 && b&0x20 == 0 && IsLetter(name[i-1]) && name[i-1]&0x20 != 0 {
			l.hear(word)
			start += len(word)
			word = memory[start:start]
		}
		if IsLetter(b) {
			word = append(word, b|0x20)
		}
	}
	l.hear(word)
	return l.told()
}

// A listener hears the words of a name.
type listener struct {
	of     tells
	held   tells // what the word before tells unless it describes another word
	words  int
	person bool // a word stands for a person
	social bool // the word before is "social"
}

// hear hears the next word, in lower case.
func (l *listener) hear(word []byte) {
	if len(word) == 0 {
		return
	}
	l.words++
	of, sort := wordTells(word)
	if sort == numberWord || of&l.held != 0 {
		of |= l.held
	}
	l.held = 0
	switch {
	case sort == adjective:
		l.held = of
	case l.social && string(word) == "security":
		l.of |= tellsSSN
	default:
		l.of |= of
	}
	l.person = l.person || sort == personWord
	l.social = string(word) == "social"
}

// told returns what the words tell. A name is of something else than a person behind
// another word: "productName".
func (l *listener) told() tells {
	of := l.of | l.held
	if of&tellsName == 0 || l.person {
		return of
	}
	of &^= tellsName
	if l.words == 1 {
		of |= tellsAName
	}
	return of
}

// A wordSort is what a word does to the words beside it.
type wordSort uint8

const (
	noun       wordSort = iota
	adjective           // it tells at the end of a name, or before a number: "mobile", and not "mobile_session"
	numberWord          // "number"
	personWord          // it stands for a person, and before "name" for the name of one
)

// wordTells returns what a word in lower case tells.
func wordTells(word []byte) (tells, wordSort) {
	switch string(word) {
	case "email", "emails", "mail", "mailto", "emailaddress":
		return tellsEmail, noun
	case "phone", "phones", "tel", "telephone", "telefon", "telefono", "telephon", "cellphone", "msisdn",
		"whatsapp", "phonenumber", "phoneno", "mobilenumber", "telno", "callto", "smsto", "viber", "facetime":
		return tellsPhone, noun
	case "mobile", "mobil", "cell", "fax", "sms", "handy", "movil", "gsm":
		return tellsPhone, adjective
	case "iban", "ibans":
		return tellsIBAN, noun
	case "ssn", "socialsecurity", "socialsecuritynumber", "ssns":
		return tellsSSN, noun
	case "card", "cards", "creditcard", "cardnumber", "cardno", "cardnum", "pan", "cc", "ccn", "ccnum", "ccnumber", "debitcard":
		return tellsCard, noun
	case "name", "names":
		return tellsName, noun
	case "firstname", "lastname", "fullname", "surname", "givenname", "familyname", "username", "lname", "fname":
		return tellsName, personWord
	case "number", "num", "no", "nr":
		return 0, numberWord
	}
	if owner, is := bytes.CutSuffix(word, []byte("phone")); is && isOwner(owner) {
		return tellsPhone, noun
	}
	if isPerson(word) {
		return 0, personWord
	}
	return 0, noun
}

func isNumberWord(word []byte) bool {
	_, sort := wordTells([]byte(fold.PlainCase(string(word))))
	return sort == numberWord
}

// isPerson reports whether a word stands for a person, or a part of a name.
func isPerson(word []byte) bool {
	switch string(word) {
	case "first", "last", "full", "given", "family", "user", "customer", "person", "contact", "patient", "employee", "maiden", "middle", "owner", "guest", "member", "nick":
		return true
	}
	return false
}

// isOwner reports whether a word stands for whom a phone belongs to, or where it is.
func isOwner(word []byte) bool {
	switch string(word) {
	case "home", "work", "office", "business", "private", "mobile", "day", "daytime", "evening", "main", "client", "buyer", "driver", "emergency", "billing", "shipping":
		return true
	}
	return isPerson(word)
}
