package personal

// Cards calls do for each card number of a run: 13 to 19 digits with an issuer's first
// digits and a valid check digit (ISO/IEC 7812-1), in one group or in several with one
// space, hyphen or dot between them.
func Cards(text string, run []Span, do func(Span)) {
	for i := 0; i < len(run); i++ {
		if last := cardFrom(text, run[i:]); last >= 0 {
			do(Span{run[i].Start, run[i+last].End})
			i += last
		}
	}
}

// The bounds of the length of card numbers.
const (
	leastCard = 13
	mostCard  = 19
)

// cardFrom returns the last group of the longest card number that a run begins
// with, and -1 if there is none.
func cardFrom(text string, run []Span) int {
	found, n := -1, 0
	if !BeginsWord(text, run[0].Start) {
		return found
	}
	for i, g := range run {
		if i > 0 && !joinsCard(text[run[i-1].End:g.Start]) || i == 1 && n < 4 || i > 1 && run[i-1].Size() < 3 {
			break
		}
		if n += g.Size(); n > mostCard {
			break
		}
		if n >= leastCard && EndsWord(text, g.End) && isCard(DigitsOf(text[run[0].Start:g.End])) {
			found = i
		}
	}
	return found
}

func joinsCard(separator string) bool {
	return separator == " " || separator == "-" || separator == "."
}

// cardIssuers are the first digits of card numbers, from and to, and the lengths
// that they come with: those of Visa, Mastercard, American Express, Diners Club,
// Discover, JCB, UnionPay, Maestro, RuPay, Mir and Troy.
var cardIssuers = []struct {
	from, to    string
	least, most int
}{
	{"4", "4", 13, 19},
	{"51", "55", 16, 16}, {"2221", "2720", 16, 16},
	{"34", "34", 15, 15}, {"37", "37", 15, 15},
	{"300", "305", 14, 19}, {"36", "36", 14, 19}, {"38", "39", 14, 19},
	{"3528", "3589", 16, 19},
	{"50", "50", 13, 19}, {"56", "69", 13, 19}, {"81", "81", 16, 19},
	{"2200", "2204", 16, 19}, {"9792", "9792", 16, 16},
}

// isCard reports whether 13 to 19 digits are a card number.
func isCard[T Text](number T) bool {
	for _, is := range cardIssuers {
		head := string(number[:len(is.from)])
		if is.from <= head && head <= is.to && is.least <= len(number) && len(number) <= is.most {
			return luhnSum(number)%10 == 0 && !isRepeated(number)
		}
	}
	return false
}

// isRepeated reports whether all bytes of a text are the same.
func isRepeated[T Text](text T) bool {
	for i := range len(text) {
		if text[i] != text[0] {
			return false
		}
	}
	return true
}

// luhnSum returns the sum of the formula of ISO/IEC 7812-1, annex B.
func luhnSum[T Text](number T) int {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			d = d/10 + d%10
		}
		sum += d
	}
	return sum
}

// cardLayouts are the sizes of the groups in which card numbers are embossed and typed,
// the last one the least and the greatest.
var cardLayouts = []struct {
	before      []int
	least, most int
}{
	{[]int{4, 4, 4}, 1, 7},    // of most issuers
	{[]int{4, 4, 4, 4}, 1, 3}, // of 17 to 19 digits
	{[]int{4, 6}, 4, 9},       // American Express and Diners Club
	{[]int{4, 4}, 5, 5},       // Maestro
	{[]int{4, 5}, 6, 6},
	{[]int{4, 3, 3}, 3, 3},
	{[]int{6}, 13, 13}, // UnionPay
}

// groupedCard reports whether a run begins with a card number in one of the layouts, with
// one kind of separator.
func (s *scan) groupedCard(run []Span) bool {
	for _, layout := range cardLayouts {
		n := len(layout.before) + 1
		if len(run) >= n && hasSizes(run, layout.before) && layout.least <= run[n-1].Size() && run[n-1].Size() <= layout.most &&
			s.isGroupedCard(run[:n]) {
			return true
		}
	}
	return false
}

func hasSizes(run []Span, sizes []int) bool {
	for i, size := range sizes {
		if run[i].Size() != size {
			return false
		}
	}
	return true
}

// isGroupedCard reports whether the digits of groups are a card number, with the same
// separator between them and no group of four digits beside them.
func (s *scan) isGroupedCard(groups []Span) bool {
	first, last := groups[0], groups[len(groups)-1]
	separator := s.text[first.End]
	for i := range groups[1:] {
		if groups[i+1].Start-groups[i].End != 1 || s.text[groups[i].End] != separator || separator != ' ' && separator != '-' && separator != '.' {
			return false
		}
	}
	var memory [mostCard]byte
	number := appendDigits(memory[:0], s.text[first.Start:last.End])
	return isCard(number) && s.standsAlone(Span{first.Start, last.End}, separator, tellsCard) && !s.goesOn(groups, separator)
}

// goesOn reports whether a group of four digits, or one of its own size, stands beside
// groups, behind the same separator.
func (s *scan) goesOn(groups []Span, separator byte) bool {
	start, end := groups[0].Start, groups[len(groups)-1].End
	after := 0
	if ByteAt(s.text, end) == separator {
		after = digitsEnd(s.text, end+1) - end - 1
	}
	before := 0
	if ByteAt(s.text, start-1) == separator {
		for IsDigit(ByteAt(s.text, start-2-before)) && before < 5 {
			before++
		}
	}
	return before == 4 || after == 4
}
