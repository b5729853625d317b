package personal

import "github.com/dynsync/dynsync/internal/personal/phonedata"

// mostGroups bounds the groups of digits that are looked at together. No number has half
// as many.
const mostGroups = 16

// numbers looks at what digits and IBANs stand in the text.
func (s *scan) numbers() (found Look) {
	var memory [mostGroups]Span
	run := memory[:0]
	for i := 0; i < len(s.text); {
		if classes[s.text[i]] != isDigit {
			i++
			continue
		}
		g := Span{i, digitsEnd(s.text, i)}
		i = g.End
		if g.Size() >= 2 && s.isIBAN(g.Start-2) {
			return Look{IBAN, StrongLook}
		}
		if n := len(run); n > 0 && (n == mostGroups || !s.joins(run[n-1].End, g.Start)) {
			if found = stronger(found, s.run(run)); found.Strength == StrongLook {
				return found
			}
			run = append(run[:0], run[s.kept(run, g):]...)
		}
		run = append(run, g)
	}
	if len(run) == 0 {
		return found
	}
	return stronger(found, s.run(run))
}

// joins reports whether what stands between two groups of digits can stand within a
// number.
func (s *scan) joins(end, start int) bool {
	const most = 3
	if start-end > most {
		return false
	}
	for _, b := range s.text[end:start] {
		if classes[b] != isJoiner {
			return false
		}
	}
	return true
}

// kept returns how many groups of a run need not be looked at again with the next one.
func (s *scan) kept(run []Span, next Span) int {
	if n := len(run); s.joins(run[n-1].End, next.Start) {
		return n - mostGroups/2
	}
	return len(run)
}

// run looks at a run of groups of digits.
func (s *scan) run(run []Span) (found Look) {
	if b := ByteAt(s.text, run[0].Start-1); b == '+' || b == '(' && ByteAt(s.text, run[0].Start-2) == '+' {
		if s.international(run) {
			return Look{Phone, StrongLook}
		}
	}
	for i, g := range run {
		if found = stronger(found, s.number(run[i:], g)); found.Strength == StrongLook {
			return found
		}
	}
	return stronger(found, s.toldNumber(run))
}

// number looks at the number that a run begins with.
func (s *scan) number(run []Span, first Span) Look {
	switch n := first.Size(); {
	case n == 3 && s.american(run):
		return Look{Phone, StrongLook}
	case n == 3 && s.separatedSSN(run):
		return Look{SSN, StrongLook}
	case (n == 4 || n == 6) && len(run) > 1 && s.groupedCard(run):
		return Look{Card, StrongLook}
	case n >= leastBare:
		return s.bare(first)
	}
	return Look{}
}

// standsAlone reports whether no letter is glued to what stands at a place, and no other
// number is joined to it by its separator: a space or a dot, since a
// hyphen separates the parts of keys, too. A word that tells of such a number may be
// glued to its beginning.
func (s *scan) standsAlone(at Span, separator byte, kind tells) bool {
	before, after := ByteAt(s.text, at.Start-1), ByteAt(s.text, at.End)
	if IsLetter(after) || IsLetter(before) && s.prefixTells(at.Start)&kind == 0 {
		return false
	}
	if separator == '-' || separator == 0 {
		return true
	}
	return !(before == separator && IsDigit(ByteAt(s.text, at.Start-2))) && !(after == separator && IsDigit(ByteAt(s.text, at.End+1)))
}

// The bounds of the number of digits in a row that are looked at.
const (
	leastBare = 9
	mostBare  = 19
)

// bare looks at digits in a row, of which no look is strong unless something tells of it.
func (s *scan) bare(at Span) Look {
	digits := s.text[at.Start:at.End]
	if len(digits) > mostBare || !s.standsAlone(at, 0, 0) || isEpoch(digits, latestEpoch) || isBasicDate(digits) || s.inDotted(at) || s.inUUID(at) {
		return Look{}
	}
	switch n := len(digits); {
	case n >= leastCard && isCard(digits):
		return Look{Card, WeakLook}
	case isAbroad(digits):
		return Look{Phone, WeakLook}
	case n == 9 && IsSSN(digits), n == 10 && digits[0] != '0', n <= mostPhone && phonedata.Valid(digits):
		return Look{Digits, WeakLook}
	}
	return Look{}
}

// toldNumber looks at numbers that are personal only if something tells so: the name of
// the attribute, or a prefix. It also looks for phone numbers with a trunk prefix.
func (s *scan) toldNumber(run []Span) (found Look) {
	whole := Span{run[0].Start, run[len(run)-1].End}
	if len(run) > 1 && len(run) < mostGroups {
		if found = s.told(whole); found.Strength == StrongLook {
			return found
		}
	}
	for _, g := range run {
		if g.Size() < leastTold || g.Size() > mostBare {
			continue
		}
		if found = stronger(found, s.told(g)); found.Strength == StrongLook {
			return found
		}
	}
	return found
}

// leastTold is how many digits a number has at least that something tells of. Others are
// counters more often.
const leastTold = 8

// told looks at what may be a number if something tells of it.
func (s *scan) told(at Span) Look {
	var memory [mostBare]byte
	digits := memory[:0]
	for _, b := range s.text[at.Start:at.End] {
		if IsDigit(b) {
			if len(digits) == mostBare {
				return Look{}
			}
			digits = append(digits, b)
		}
	}
	if len(digits) < leastTold || s.isOther(at, digits) {
		return Look{}
	}
	trunk := len(digits) > leastTold && len(digits) <= 12 && digits[0] == '0' && digits[1] != '0' && s.standsAlone(at, '.', 0)
	switch n := len(digits); {
	case n == 9 && s.isTold(at, tellsSSN) && IsSSN(digits):
		return Look{SSN, StrongLook}
	case n >= leastCard && s.isTold(at, tellsCard) && isCard(digits):
		return Look{Card, StrongLook}
	case n <= mostPhone+len("00") && s.isTold(at, tellsPhone) && isDialled(digits):
		return Look{Phone, StrongLook}
	}
	if trunk {
		return Look{Phone, WeakLook}
	}
	return Look{}
}

// isTold reports whether something tells that a number at a place, which stands alone, is
// of a kind.
func (s *scan) isTold(at Span, kind tells) bool {
	return s.tellsOf(at.Start)&kind != 0 && s.standsAlone(at, '.', kind)
}

// isOther reports whether digits at a place are something else than a personal number,
// whatever is told of them: a date, an epoch, a part of an UUID, a decimal, an address.
func (s *scan) isOther(at Span, digits []byte) bool {
	text := s.text[at.Start:at.End]
	return beginsWithDate(text) || beginsWithYear(text) || isBasicDate(digits) || isEpoch(digits, latestTold) || isDotted(text) ||
		s.inTime(at) || s.inDotted(at) || s.inUUID(at)
}
