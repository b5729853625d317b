package personal

// The classes of bytes that a scan tells apart. A byte has one.
const (
	isDigit  = 1 << iota
	isLetter // of ASCII
	isJoiner // it may stand within a number
	isSign   // an @
	isCoded  // it stands for others, or is not of ASCII, or not shown
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
		case c == '%' || c == '&' || c == '\\' || c < ' ' || c >= 0x7f && !isLatin(c):
			of[b] = isCoded
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

// isLatin reports whether a byte is of the UTF-8 of Latin letters beyond ASCII, none of
// which stands for a character of ASCII: of U+00C0 to U+024F.
func isLatin(b byte) bool { return 0x80 <= b && b < 0xc0 || 0xc3 <= b && b <= 0xc9 }

// look returns the strongest look. One pass over the text decides of most.
func (s *scan) look() Look {
	f := filter{text: s.text}
	f.pass()
	if f.coded {
		return s.plain()
	}
	return s.found(&f)
}

// plain looks at a text in its plain form.
func (s *scan) plain() Look {
	var memory [256]byte
	again := scan{text: appendPlain(memory[:0], s.text), attribute: s.attribute}
	f := filter{text: again.text, plain: true}
	f.pass()
	return again.found(&f)
}

// found looks at what the filter says.
func (s *scan) found(f *filter) (found Look) {
	if f.at {
		found = s.emails()
	}
	if f.numbers && found.Strength < StrongLook {
		found = stronger(found, s.numbers())
	}
	if f.named && found.Strength < StrongLook {
		found = stronger(found, s.names())
	}
	return found
}
