package personal

import "github.com/dynsync/dynsync/internal/personal/phonedata"

// mostPhone is how many digits a phone number has at most, with its country's code
// (ITU-T E.164), leastPhone how many one has at least that a + tells of, and leastInvalid
// how many it has if it is not valid: a sum with a sign has fewer.
const (
	leastPhone   = 7
	leastInvalid = 10
	mostPhone    = 15
)

// international reports whether a run behind a + begins with a country's code and a phone
// number. One that is not valid, as those in examples are not, has leastInvalid digits or
// more and a length that numbers of the country have.
func (s *scan) international(run []Span) bool {
	if decimal, phone := s.decimal(run); decimal {
		return phone
	}
	var memory [mostPhone]byte
	digits := memory[:0]
	for i, g := range run {
		if i == 1 && s.isDateBehind(run) {
			return false
		}
		if i > 0 && !s.joinsPhone(run[i-1].End, g.Start) || len(digits)+g.Size() > mostPhone {
			return false
		}
		if s.isTrunkZero(i, g) {
			continue
		}
		digits = append(digits, s.text[g.Start:g.End]...)
		if len(digits) >= leastPhone && s.isInternational(run[0].Start, g.End, digits) {
			return true
		}
	}
	return false
}

// isDateBehind reports whether a date stands behind the first group of a run, which is an
// offset then: "UTC+1 2024-01-15". A year behind a day and a month is a part of a number
// where the separators are all the same: "+54-9-11-2187-4006".
func (s *scan) isDateBehind(run []Span) bool {
	if !beginsWithDate(s.text[run[1].Start:run[len(run)-1].End]) {
		return false
	}
	return run[1].Size() == 4 || s.text[run[0].End] != s.text[run[1].End]
}

// decimal reports whether a run behind a + begins with a decimal, which may be a price or
// a coordinate, and whether it is a phone number all the same, with a dot behind the
// country's code.
func (s *scan) decimal(run []Span) (decimal, phone bool) {
	if len(run) < 2 || !isDecimal(s.text[run[0].Start:run[1].End]) || len(run) > 2 && s.text[run[1].End] == '.' {
		return false, false
	}
	const widest = 180 // degrees
	whole := valueOf(s.text[run[0].Start:min(run[0].End, run[0].Start+mostBare)])
	switch {
	case run[0].Size() <= 3 && whole > widest:
		return false, false
	case run[0].Size() > 3 || s.inCoordinates(Span{run[0].Start, run[1].End}):
		return true, false
	}
	var memory [mostPhone]byte
	if run[0].Size()+run[1].Size() > mostPhone || run[0].Size()+run[1].Size() < 10 {
		return true, false
	}
	digits := append(append(memory[:0], s.text[run[0].Start:run[0].End]...), s.text[run[1].Start:run[1].End]...)
	return true, phonedata.Valid(digits) && s.isInternational(run[0].Start, run[1].End, digits)
}

// isInternational reports whether digits behind a +, which are written at a place, are a
// phone number.
func (s *scan) isInternational(start, end int, digits []byte) bool {
	if after := ByteAt(s.text, end); IsLetter(after) && !s.isExtension(end) {
		return false
	}
	valid := phonedata.Valid(digits)
	if !valid && (len(digits) < leastInvalid || !phonedata.Possible(digits)) {
		return false
	}
	plus := start - 1
	if s.text[plus] != '+' {
		plus--
	}
	switch before := ByteAt(s.text, plus-1); {
	case IsDigit(before):
		return false
	case IsLetter(before):
		return valid && len(digits) >= 10 || s.prefixTells(plus)&tellsPhone != 0
	}
	return true
}

// joinsPhone reports whether what stands between two groups of digits can stand within a
// phone number: spaces, brackets and one other separator.
func (s *scan) joinsPhone(end, start int) bool {
	others := 0
	for _, b := range s.text[end:start] {
		if b != '(' && b != ')' && b != ' ' {
			others++
		}
	}
	return others <= 1
}

// isTrunkZero reports whether a group is the zero of "+49 (0)30", which is dialled within
// the country only.
func (s *scan) isTrunkZero(i int, g Span) bool {
	return i > 0 && g.Size() == 1 && s.text[g.Start] == '0' && ByteAt(s.text, g.Start-1) == '(' && ByteAt(s.text, g.End) == ')'
}

// isExtension reports whether an x and a digit stand at a place.
func (s *scan) isExtension(at int) bool {
	return ByteAt(s.text, at)|0x20 == 'x' && IsDigit(ByteAt(s.text, at+1))
}

// american reports whether a run begins with a phone number as it is written in North
// America: an area code and an exchange, neither of which begins with 0 or 1, and four
// digits. In brackets the area code suffices.
func (s *scan) american(run []Span) bool {
	if len(run) < 3 || run[1].Size() != 3 || run[2].Size() != 4 || s.text[run[0].Start] < '2' {
		return false
	}
	before := string(s.text[run[0].End:run[1].Start])
	between := s.text[run[1].End]
	if run[2].Start-run[1].End != 1 || between != '-' && between != '.' && between != ' ' {
		return false
	}
	at := Span{run[0].Start, run[2].End}
	bracketed := ByteAt(s.text, at.Start-1) == '('
	switch before {
	case ") ", ")", ")-", ").":
		if !bracketed {
			return false
		}
		at.Start--
	case "-", ".", " ":
		if s.text[run[1].Start] < '2' || before[0] != between && (before != " " || between != '-') {
			return false
		}
	case "/":
		if s.text[run[1].Start] < '2' || between != '-' {
			return false
		}
	default:
		return false
	}
	if s.isExtension(at.End) {
		at.End += len("x1")
		at.End = digitsEnd(s.text, at.End)
	}
	return s.standsAlone(s.withOne(at), between, tellsPhone)
}

// withOne returns the place of a number with the 1 that long distance numbers begin with.
func (s *scan) withOne(at Span) Span {
	if i := at.Start - 2; i >= 0 && s.text[i] == '1' && classes[s.text[i+1]] == isJoiner && !isWord(ByteAt(s.text, i-1)) {
		at.Start = i
	}
	return at
}

// isAbroad reports whether digits are a phone number behind 00.
func isAbroad(digits []byte) bool {
	return len(digits) > len("00")+leastPhone && digits[0] == '0' && digits[1] == '0' && phonedata.Valid(digits[len("00"):])
}

// isDialled reports whether digits may be a phone number where something tells of one: of
// a length that some number has, and no counter, which begins with zeros.
func isDialled(digits []byte) bool {
	if len(digits) >= 2 && digits[0] == '0' && digits[1] == '0' {
		return isAbroad(digits)
	}
	return len(digits) <= mostPhone && !isRepeated(digits)
}
