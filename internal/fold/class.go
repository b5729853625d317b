package fold

// A class is what a character is, as bits.
type class uint32

const (
	letter    class = 1 << iota
	mark            // categories Mn, Mc, Me
	digit           // category Nd
	number          // categories Nd, Nl, No
	upper           // categories Lu, Lt and property Other_Uppercase
	lower           // category Ll and property Other_Lowercase
	space           // property White_Space
	invisible       // property Default_Ignorable_Code_Point, category Cf, control characters that end no line
	unspaced        // of a script without spaces between words
	// combines says that a pair composes to another character with this one behind.
	combines
	// decomposes says that a form takes the character apart or replaces it.
	decomposes
	// changes is the first of as many bits as there are forms: the character is none of
	// that form.
	changes
)

// A record is what the tables say of characters.
type record struct {
	class class
	mark  uint8 // the canonical combining class
	// ascii is what [ASCII] returns, 0 for the character itself.
	ascii int8
	// fold, lower and upper lead to the character without case, by simple folding, to the
	// small letter and to the capital.
	fold, lower, upper int32
}

// recordOf returns the record of a character.
func recordOf(r rune) record {
	const size = 1 << blockBits
	if r < 0 || r > 0x10ffff {
		return records[0]
	}
	return records[blocks[int(index[r>>blockBits])*size+int(r)%size]]
}

// fullOf returns the characters that a character is by full case folding, "" if it is one.
func fullOf(r rune) string {
	lo, hi := 0, len(folds)
	for lo < hi {
		if mid := (lo + hi) / 2; folds[mid].from < r {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(folds) || folds[lo].from != r {
		return ""
	}
	return folds[lo].to
}

// A special is a character that is several by full case folding.
type special struct {
	from rune
	to   string
}

// A span is a part of [texts]: its offset times 128, and its length.
type span uint32

func (s span) text() string { return texts[s>>7 : s>>7+s&0x7f] }

// A mapping is what a character is in each form: texts in their order, with [apart] between.
// An empty one stands for the character itself, and the last one for all that are missing.
type mapping struct {
	from rune
	to   span
}

const apart = '\x01'

// in returns what a character that decomposes is in a form.
func (f form) in(r rune) string {
	text := mappingOf(r)
	for ; f > 0; f-- {
		end := cutAt(text)
		if end == len(text) {
			break
		}
		text = text[end+1:]
	}
	return text[:cutAt(text)]
}

func cutAt(text string) int {
	for i := range len(text) {
		if text[i] == apart {
			return i
		}
	}
	return len(text)
}

func mappingOf(r rune) string {
	lo, hi := 0, len(mappings)
	for lo < hi {
		if mid := (lo + hi) / 2; mappings[mid].from < r {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(mappings) || mappings[lo].from != r {
		return ""
	}
	return mappings[lo].to.text()
}

func is(r rune, c class) bool { return recordOf(r).class&c != 0 }

// IsLetter reports whether a character is a letter.
func IsLetter(r rune) bool { return is(r, letter) }

// IsMark reports whether a character is a mark that belongs to the one before.
func IsMark(r rune) bool { return is(r, mark) }

// IsDigit reports whether a character is a decimal digit of any script.
func IsDigit(r rune) bool { return is(r, digit) }

// IsNumber reports whether a character is a digit or another character of numbers.
func IsNumber(r rune) bool { return is(r, number) }

// IsUpper reports whether a character is a capital, or a letter that begins as one, or a
// capital in a circle or square.
func IsUpper(r rune) bool { return is(r, upper) }

// IsLower reports whether a character is a small letter, or is one in a circle.
func IsLower(r rune) bool { return is(r, lower) }

// Simple returns a character without case, by simple case folding: İ is i.
func Simple(r rune) rune { return r + recordOf(r).fold }

// Lower returns the small letter of a capital, and any other character.
func Lower(r rune) rune { return r + recordOf(r).lower }

// Upper returns the capital of a small letter that has one, and any other character.
func Upper(r rune) rune { return r + recordOf(r).upper }

// IsSpace reports whether a character is white space.
func IsSpace(r rune) bool { return is(r, space) }

// IsInvisible reports whether nobody sees a character, which is no white space.
func IsInvisible(r rune) bool { return is(r, invisible) }

// IsUnspaced reports whether a character is of a script that is written without spaces
// between words, or that appends particles to them: Han, Hiragana, Katakana, Hangul and
// Thai.
func IsUnspaced(r rune) bool { return is(r, unspaced) }

// ASCII returns the character of ASCII that stands for r in [Plain]: -1 for a character
// that is left out, and r if there is none. Shapes of an apostrophe that can be
// quotation marks stay, and so do quotation marks.
func ASCII(r rune) rune {
	switch a := recordOf(r).ascii; {
	case a == 0:
		return r
	default:
		return rune(a)
	}
}
