package phone

import "strings"

// A step is an instruction of a program, which finds a prefix of digits.
type step struct {
	op          operation
	digits      uint16 // opDigit: bit n is set for digit n. opCapture: the index in capture
	next, other uint16 // where it goes on, and where if that fails
}

type operation uint8

const (
	opMatch operation = iota
	opDigit
	opSplit
	opCapture
	opEnd // of the digits
)

// A prefix is what a program found: the digits up to end, -1 if nothing, and the places of
// groups.
type prefix struct {
	end     int
	capture [6]int // of group n, the places 2n and 2n+1; 0 at 2n+1 if it did not match
	digits  string
}

// match returns the prefix of digits that a program finds, which is none for program 0.
func match(program uint16, digits string) prefix {
	p := prefix{end: -1, digits: digits}
	if program > 0 {
		p.end = p.run(program, 0)
	}
	return p
}

// run returns where the match ends that continues with a step at a place, and -1 if there is
// none. Of several it takes the one that an expression of Perl does.
func (p *prefix) run(at uint16, i int) int {
	for {
		switch s := &steps[at]; s.op {
		case opMatch:
			return i
		case opDigit:
			if i == len(p.digits) || s.digits>>(p.digits[i]-'0')&1 == 0 {
				return -1
			}
			i++
			at = s.next
		case opSplit:
			if end := p.run(s.next, i); end >= 0 {
				return end
			}
			at = s.other
		case opCapture:
			before := p.capture[s.digits]
			p.capture[s.digits] = i
			end := p.run(s.next, i)
			if end < 0 {
				p.capture[s.digits] = before
			}
			return end
		case opEnd:
			if i < len(p.digits) {
				return -1
			}
			at = s.next
		}
	}
}

// group returns what a group matched, "" if it did not.
func (p *prefix) group(n int) string {
	return p.digits[p.capture[2*n]:max(p.capture[2*n], p.capture[2*n+1])]
}

// cutPrefix returns digits without what is dialled before a number within the region, or with
// what it stands for. It leaves digits that are a number if the rest is none.
func (r *Region) cutPrefix(digits string) string {
	p := match(r.prefix, digits)
	if p.end < 0 || digits == "" {
		return digits
	}
	rest := digits[p.end:]
	if r.transform != "" && p.capture[2*r.groups+1] > 0 {
		rest = strings.NewReplacer("$1", p.group(1), "$2", p.group(2)).Replace(r.transform) + rest
	}
	if r.isGeneral(digits) && !r.isGeneral(rest) {
		return digits
	}
	return rest
}
