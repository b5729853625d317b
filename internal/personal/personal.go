// Package personal tells whether a text holds personal data: e-mail addresses, phone
// numbers, bank accounts, social security numbers, payment cards, names. It goes by form
// alone. It has the recognizers of the look at keys and names, and of [anon.Text].
//
// A look is strong if little else has its form. It is weak if ids have that form, too.
// Dates, times and epochs are never strong, and neither are UUIDs, versions, prices and
// the like.
//
// [anon.Text]: https://pkg.go.dev/github.com/dynsync/dynsync/anon#Text
package personal

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
		"digits that may be a phone or social security number",
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
// text is, or "" for a text that is a name itself. A name of an attribute such as "phone",
// and a prefix such as "PHONE#", make weak looks of their kind strong.
func LookAt(text []byte, attribute string) Look {
	s := scan{text: text, attribute: attribute}
	return s.look()
}

// Strong returns the kind of the look of a text, and whether that is strong. It is
// LookAt for those who need no more.
func Strong(text []byte, attribute string) (Kind, bool) {
	l := LookAt(text, attribute)
	return l.Kind, l.Strength == StrongLook
}

// stronger returns the stronger of two looks, and the first of equally strong ones.
func stronger(a, b Look) Look {
	if b.Strength > a.Strength {
		return b
	}
	return a
}
