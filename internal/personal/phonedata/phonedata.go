// Package phonedata knows which digits are telephone numbers. It has the numbers of all
// countries that libphonenumber takes for valid, as one automaton, and imports nothing.
package phonedata

//go:generate go test -run ^TestGenerated$ -update

// A plan is what numbers there are behind a country calling code.
type plan struct {
	code    uint16
	start   uint16 // the state in which numbers begin
	lengths uint32 // bit n is set if numbers have n digits
}

// planOf returns the plan of the country calling code that digits begin with, and how
// long the code is, 0 if it is none. No code begins with another.
func planOf[T string | []byte](digits T) (p *plan, n int) {
	code := uint16(0)
	for n < min(len(digits), 3) {
		code = code*10 + uint16(digits[n]-'0')
		n++
		if p := find(code); p != nil && digits[0] != '0' {
			return p, n
		}
	}
	return nil, 0
}

func find(code uint16) *plan {
	from, to := 0, len(plans)
	for from < to {
		middle := (from + to) / 2
		switch p := &plans[middle]; {
		case p.code == code:
			return p
		case p.code < code:
			from = middle + 1
		default:
			to = middle
		}
	}
	return nil
}

// Possible reports whether digits, which are ASCII, are a country calling code and as many
// more as numbers there have.
func Possible[T string | []byte](digits T) bool {
	p, n := planOf(digits)
	return n > 0 && len(digits)-n < 32 && p.lengths>>(len(digits)-n)&1 == 1
}

// Valid reports whether digits, which are ASCII, are a country calling code and a number
// that can be assigned there.
func Valid[T string | []byte](digits T) bool {
	p, n := planOf(digits)
	if n == 0 {
		return false
	}
	return Match(edges, uint32(p.start), digits[n:])
}
