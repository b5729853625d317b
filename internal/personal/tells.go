package personal

// tells are the kinds of numbers and words that a name tells of.
type tells uint8

const (
	tellsEmail tells = 1 << iota
	tellsPhone
	tellsIBAN
	tellsSSN
	tellsCard
	tellsName
)

// mostName bounds the names that are looked at, in bytes.
const mostName = 64

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
// brackets and spaces, may stand behind: "PHONE#", "tel: (", "ssn_".
func (s *scan) prefixTells(at int) tells {
	end := at
	for end > 0 && at-end < 4 && isSeparator(s.text[end-1]) {
		end--
	}
	start := end
	for start > 0 && end-start < mostName && (IsLetter(s.text[start-1]) || s.text[start-1] == '_' || s.text[start-1] == '-') {
		start--
	}
	if start == end {
		return 0
	}
	return nameTells(s.text[start:end])
}

func isSeparator(b byte) bool {
	return classes[b] == isJoiner || b == '#' || b == ':' || b == '=' || b == '_' || b == '|' || b == '+' || b == '"' || b == '~' || b == ',' || b == ';'
}

// nameTells returns what a name tells by its words, which begin with upper-case letters
// or stand between other characters.
func nameTells[T Text](name T) (of tells) {
	if len(name) > mostName {
		return 0
	}
	var memory [mostName]byte
	start, person := 0, false
	word := memory[:0]
	flush := func() {
		t, p := wordTells(word)
		of |= t
		person = person || p
		start += len(word)
		word = memory[start:start]
	}
	for i := range len(name) {
		b := name[i]
		if !IsLetter(b) || i > 0 && b&0x20 == 0 && IsLetter(name[i-1]) && name[i-1]&0x20 != 0 {
			flush()
		}
		if IsLetter(b) {
			word = append(word, b|0x20)
		}
	}
	flush()
	if of&tellsName != 0 && start > len("name") && !person {
		of &^= tellsName // "productName"
	}
	return of
}

// wordTells returns what a word in lower case tells, and whether it is one that stands
// before "name" for the name of a person.
func wordTells(word []byte) (of tells, person bool) {
	switch string(word) {
	case "email", "emails", "mail", "mailto", "emailaddress":
		return tellsEmail, false
	case "phone", "phones", "tel", "telephone", "telefon", "telefono", "telephon", "mobile", "mobil", "cell", "cellphone", "msisdn", "fax",
		"sms", "whatsapp", "handy", "movil", "phonenumber", "phoneno", "mobilenumber", "telno", "gsm":
		return tellsPhone, false
	case "iban", "ibans":
		return tellsIBAN, false
	case "ssn", "socialsecurity", "socialsecuritynumber", "social", "ssns":
		return tellsSSN, false
	case "card", "cards", "creditcard", "cardnumber", "cardno", "pan", "ccn", "ccnumber", "debitcard":
		return tellsCard, false
	case "name", "names":
		return tellsName, false
	case "firstname", "lastname", "fullname", "surname", "givenname", "familyname", "username", "lname", "fname":
		return tellsName, true
	case "first", "last", "full", "given", "family", "user", "customer", "person", "contact", "patient", "employee", "maiden", "middle", "owner", "guest", "member", "nick":
		return 0, true
	}
	return 0, false
}
