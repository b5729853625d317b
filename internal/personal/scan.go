package personal

// The classes of bytes that a scan tells apart. A byte has one.
const (
	isDigit   = 1 << iota
	isLetter  // of ASCII
	isJoiner  // it may stand within a number
	isSign    // an @
	isEscape  // a percent sign
	isForeign // it is not of ASCII, or not shown
)

// classes are the classes of all bytes.
var classes = func() (of [256]uint8) {
	for b := range of {
		switch c := byte(b); {
		case IsDigit(c):
			of[b] = isDigit
		case IsLetter(c):
			of[b] = isLetter
		case c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')':
			of[b] = isJoiner
		case c == '@':
			of[b] = isSign
		case c == '%':
			of[b] = isEscape
		case c < ' ' || c >= 0x7f:
			of[b] = isForeign
		}
	}
	return of
}()

// A scan looks at one text.
type scan struct {
	text           []byte
	attribute      string
	tells          tells // what the attribute's name tells
	attributeKnown bool
}

// leastDigits is how many digits a text has at least that holds a number: an IBAN has two.
const leastDigits = 2

// look returns the strongest look. It decides of most texts by the first pass, which
// reads every byte once.
func (s *scan) look() Look {
	seen, digits := uint8(0), 0
	for _, b := range s.text {
		c := classes[b]
		seen |= c
		digits += int(c & isDigit)
	}
	if seen&(isEscape|isForeign) != 0 {
		return s.plain()
	}
	return s.shown(seen, digits)
}

// plain looks at a text in its plain form.
func (s *scan) plain() Look {
	var memory [256]byte
	text := appendPlain(memory[:0], s.text)
	again := scan{text: text, attribute: s.attribute}
	seen, digits := uint8(0), 0
	for _, b := range text {
		c := classes[b]
		seen |= c
		digits += int(c & isDigit)
	}
	return again.shown(seen, digits)
}

// shown looks at a plain text that has bytes of these classes and so many digits.
func (s *scan) shown(seen uint8, digits int) (found Look) {
	if seen&isSign != 0 {
		if found = s.emails(); found.Strength == StrongLook {
			return found
		}
	}
	if digits >= leastDigits {
		f := filter{text: s.text}
		if f.mayHold() {
			found = stronger(found, s.numbers())
		}
		if found.Strength == StrongLook {
			return found
		}
	}
	if seen&isLetter != 0 {
		found = stronger(found, s.names())
	}
	return found
}
