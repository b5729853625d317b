package fold

// A form is how characters are written.
type form uint8

const (
	canonical  form = iota // NFC
	compatible             // NFKC
	written                // Form
	plain                  // Plain
	forms
)

// normalize returns a text in a form.
func normalize(text string, f form) string {
	if f.holds(text) {
		return text
	}
	var short [64]rune
	runes := f.decompose(short[:0], text)
	reorder(runes)
	runes = compose(runes)
	out := make([]byte, 0, len(text)+len(text)/8)
	for _, r := range runes {
		out = encode(out, r)
	}
	if string(out) == text {
		return text
	}
	return string(out)
}

// holds reports whether a text is plainly in a form: of characters that the form leaves
// and that don't combine with one before, with marks in their order.
func (f form) holds(text string) bool {
	i := f.asciiPrefix(text)
	last := uint8(0)
	for i < len(text) {
		r, size := decode(text, i)
		i += size
		if r < 0 {
			last = 0
			continue
		}
		p := recordOf(r)
		if p.class&(changes<<f|combines) != 0 || p.mark != 0 && p.mark < last {
			return false
		}
		last = p.mark
	}
	return true
}

// ascii reports whether a text is of ASCII that the form leaves.
func (f form) ascii(text string) bool { return f.asciiPrefix(text) == len(text) }

// asciiPrefix returns how many bytes a text begins with that are of ASCII and that the
// form leaves.
func (f form) asciiPrefix(text string) int {
	for i := range len(text) {
		if b := text[i]; b >= 0x80 || left[b]>>f&1 == 0 {
			return i
		}
	}
	return len(text)
}

// left says of each character of ASCII which forms leave it, as bits.
var left = func() (left [0x80]uint8) {
	for b := range left {
		left[b] = ^uint8(recordOf(rune(b)).class / changes)
	}
	return left
}()

// decompose appends the characters of a text, taken apart as the form has it. A byte that
// is not UTF-8 becomes -1 - b.
func (f form) decompose(runes []rune, text string) []rune {
	for i := 0; i < len(text); {
		r, size := decode(text, i)
		if r < 0 {
			r = -1 - rune(text[i])
		}
		runes = f.appendParts(runes, r)
		i += size
	}
	return runes
}

// appendParts appends the parts of a character.
func (f form) appendParts(runes []rune, r rune) []rune {
	if r >= hangulFirst && r < hangulFirst+hangulCount {
		return appendJamo(runes, r-hangulFirst)
	}
	p := recordOf(r)
	if p.class&invisible != 0 && f >= written {
		return runes
	}
	if p.class&decomposes != 0 {
		if parts := f.in(r); parts != "" {
			for _, part := range parts {
				runes = append(runes, part)
			}
			return runes
		}
	}
	return append(runes, r)
}

// The syllables of Hangul are composed by a formula: chapter 3.12 of the standard.
const (
	hangulFirst = 0xac00
	hangulCount = leadCount * vowelCount * tailCount
	leadFirst   = 0x1100
	leadCount   = 19
	vowelFirst  = 0x1161
	vowelCount  = 21
	tailFirst   = 0x11a7 // one before the first, for none
	tailCount   = 28
)

func appendJamo(runes []rune, n rune) []rune {
	runes = append(runes, leadFirst+n/(vowelCount*tailCount), vowelFirst+n/tailCount%vowelCount)
	if tail := n % tailCount; tail > 0 {
		runes = append(runes, tailFirst+tail)
	}
	return runes
}

// markOf returns the combining class of a character; 0 is none.
func markOf(r rune) uint8 {
	if r < 0 {
		return 0
	}
	return recordOf(r).mark
}

// reorder puts the marks behind each character in the order of their classes.
func reorder(runes []rune) {
	for i := 0; i < len(runes); i++ {
		if markOf(runes[i]) == 0 {
			continue
		}
		start := i
		for i < len(runes) && markOf(runes[i]) != 0 {
			i++
		}
		sortMarks(runes[start:i])
	}
}

// few is how many marks are sorted by insertion.
const few = 16

// sortMarks sorts marks by class, equal ones in their order, in linear time.
func sortMarks(marks []rune) {
	if len(marks) > few {
		countMarks(marks)
		return
	}
	for i := 1; i < len(marks); i++ {
		for j := i; j > 0 && markOf(marks[j-1]) > markOf(marks[j]); j-- {
			marks[j-1], marks[j] = marks[j], marks[j-1]
		}
	}
}

// countMarks sorts many marks by counting.
func countMarks(marks []rune) {
	var next [256]int
	for _, r := range marks {
		next[markOf(r)]++
	}
	sum := 0
	for class, n := range next {
		next[class], sum = sum, sum+n
	}
	sorted := make([]rune, len(marks))
	for _, r := range marks {
		class := markOf(r)
		sorted[next[class]] = r
		next[class]++
	}
	copy(marks, sorted)
}

// compose composes characters in place: each with the last one before it without a class,
// if no mark of at least its class is between.
func compose(runes []rune) []rune {
	const adjacent = -1
	out, starter, last := runes[:0], -1, adjacent
	for _, r := range runes {
		class := int(markOf(r))
		if starter >= 0 && last < class {
			if c := composed(out[starter], r); c != 0 {
				out[starter] = c
				continue
			}
		}
		out = append(out, r)
		switch {
		case r < 0:
			starter = -1
		case class == 0:
			starter, last = len(out)-1, adjacent
		default:
			last = class
		}
	}
	return out
}

// composed returns what two characters compose to, and 0 for nothing.
func composed(a, b rune) rune {
	if b < 0 || recordOf(b).class&combines == 0 {
		return 0
	}
	switch lead, syllable := a-leadFirst, a-hangulFirst; {
	case lead >= 0 && lead < leadCount && b >= vowelFirst && b < vowelFirst+vowelCount:
		return hangulFirst + (lead*vowelCount+b-vowelFirst)*tailCount
	case syllable >= 0 && syllable < hangulCount && syllable%tailCount == 0 && b > tailFirst && b < tailFirst+tailCount:
		return a + b - tailFirst
	}
	return composition(a, b)
}

// composition looks a pair up in the table, which is sorted.
func composition(a, b rune) rune {
	lo, hi := 0, len(compositions)
	for lo < hi {
		mid := (lo + hi) / 2
		if c := &compositions[mid]; c[0] < a || c[0] == a && c[1] < b {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(compositions) && compositions[lo][0] == a && compositions[lo][1] == b {
		return compositions[lo][2]
	}
	return 0
}

// decode returns the character of a text at a place, and -1 for a byte that is not UTF-8.
func decode(text string, i int) (r rune, size int) {
	if b := text[i]; b < 0x80 {
		return rune(b), 1
	}
	for _, r = range text[i:min(len(text), i+4)] {
		break
	}
	switch {
	case r == '\ufffd' && (len(text)-i < 3 || text[i:i+3] != "\ufffd"):
		return -1, 1
	case r < 0x800:
		return r, 2
	case r < 0x10000:
		return r, 3
	}
	return r, 4
}

// decodeLast returns the last character of a text, and -1 for a byte that is not UTF-8.
func decodeLast(text string) (r rune, size int) {
	for n := 1; n <= min(4, len(text)); n++ {
		if r, size := decode(text, len(text)-n); r >= 0 && size == n {
			return r, n
		}
	}
	return -1, 1
}

// encode appends a character, or the byte that a negative one stands for.
func encode(out []byte, r rune) []byte {
	if r < 0 {
		return append(out, byte(-1-r))
	}
	return append(out, string(r)...)
}
