package pseudonym

// maxDigits is how many significant digits a number of DynamoDB has at most.
const maxDigits = 38

// A coefficient is the part of a number's text that a pseudonym replaces: the
// digits in text[start:end], a decimal point maybe among them.
type coefficient struct {
	start, end  int
	first, last byte // the least digit at start and at end-1: 0 or 1
}

// coefficientOf takes a number in normal form apart. All numbers with the same
// text outside of the coefficient and a coefficient of the same form make up a
// class, and a pseudonym is drawn from the class of its number, so no number is
// the pseudonym of one of another class.
func coefficientOf(text []byte, o Options) coefficient {
	start := 0
	for start < len(text) && (text[start] < '1' || text[start] > '9') {
		start++
	}
	if start == len(text) { // 0
		return coefficient{0, 1, 0, 0}
	}
	c := coefficient{start: start, end: len(text), first: 1}
	digits, fraction := 0, start > 0 && text[start-1] != '-'
	lastNonZero := start
	for i := start; i < len(text); i++ {
		if text[i] == '.' {
			fraction = true
			continue
		}
		if digits++; digits == maxDigits {
			c.end = i + 1
		}
		if text[i] != '0' {
			lastNonZero = i
		}
	}
	switch {
	case fraction:
		c.last = 1 // in normal form it is not 0: the number of decimals stays
	case o.ExactLength && len(text) > 1:
		c.end, c.last = lastNonZero+1, 1
	case len(text) == 1:
		c.first = 0
	}
	return c
}

// appendNumber appends the pseudonym of a number in normal form.
func (g *Generator) appendNumber(dst, text []byte, o Options) []byte {
	n := len(dst)
	dst = append(dst, text...)
	g.drawDigits(dst[n:], coefficientOf(text, o))
	return dst
}

// drawDigits replaces the digits of the coefficient by random ones.
func (g *Generator) drawDigits(text []byte, c coefficient) {
	var d digits
	for i := c.start; i < c.end; i++ {
		switch {
		case text[i] == '.':
		case c.least(i) == 1:
			text[i] = '1' + byte(g.rand.below(9))
		default:
			text[i] = d.next(&g.rand)
		}
	}
}

// least returns the least digit that may stand at text[i].
func (c coefficient) least(i int) byte {
	switch {
	case i == c.start && c.first == 1, i == c.end-1 && c.last == 1:
		return 1
	}
	return 0
}

// nextNumber changes a number to the next of its class, the last to the first.
func nextNumber(text []byte, c coefficient) {
	for i := c.end - 1; i >= c.start; i-- {
		switch text[i] {
		case '.':
		case '9':
			text[i] = '0' + c.least(i)
		default:
			text[i]++
			return
		}
	}
}
