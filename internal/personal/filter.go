package personal

// A filter tells in one pass over a text what is worth a look. Most keys have digits, of
// dates, counters and ids, and none of them looks personal.
type filter struct {
	text  []byte
	plain bool // the text is in its plain form, in which what is coded stands for itself

	// What the pass finds.
	at      bool // an @
	coded   bool // bytes that stand for others, or are not of ASCII
	numbers bool // numbers or IBANs may stand in the text
	named   bool // a listed name

	// The run of groups of digits at hand.
	sizes  uint64 // four bits for each group, the last one the lowest
	first  int    // where it begins
	groups int
	total  int  // digits
	others int  // separators that are no dots
	long   bool // a group may be a number of its own
}

// pass reads the text.
func (f *filter) pass() {
	letters := 0 // directly before the byte
	for i := 0; i < len(f.text); {
		switch b := f.text[i]; classes[b] {
		case isLetter:
			end, name := wordEnd(f.text, i)
			letters = end - i
			if letters <= mostListed && letters >= leastListed && listed.has(name) {
				f.named = true
			}
			f.end()
			i = end
			continue
		case isDigit:
			end := digitsEnd(f.text, i+1)
			f.group(i, end, letters)
			i, letters = end, 0
			continue
		case isJoiner:
			if b != '.' {
				f.others++
			}
		case isSign:
			f.at = true
			f.end()
		case isCoded:
			if f.coded = !f.plain; f.coded {
				return
			}
			f.end()
		default:
			f.end()
		}
		letters = 0
		i++
	}
	f.end()
}

// group takes the next group of digits. Letters stand directly before it.
func (f *filter) group(start, end, letters int) {
	n := end - start
	if letters >= 2 && n >= 2 && ibanLengths[ibanIndex(f.text[start-2], f.text[start-1])] > 0 {
		f.numbers = true
	}
	if 0 < letters && letters < leastGlued || end < len(f.text) && classes[f.text[end]] == isLetter && f.text[end]|0x20 != 'x' {
		return // glued to a letter
	}
	if f.groups == 0 {
		f.first, f.others, f.long, f.sizes, f.total = start, 0, false, 0, 0
	}
	f.groups++
	f.total += n
	f.sizes = f.sizes<<4 | uint64(min(n, 15))
	f.long = f.long || n >= leastTold
	if n >= leastBare && !f.isRecent(start, n) || f.groups > 1 && mayEnd(f.sizes) || f.groups == mostGroups {
		f.numbers = true
	}
}

// isRecent reports whether digits are seconds or milliseconds of the years 2001 to 2033.
func (f *filter) isRecent(start, n int) bool { return f.text[start] == '1' && (n == 10 || n == 13) }

// mayEnd reports whether a number may end with the last of groups of these sizes.
func mayEnd(sizes uint64) bool {
	switch sizes & 0xfff {
	case 0x334, 0x324, 0x445, 0x456:
		return true
	case 0x333:
		return sizes&0xffff == 0x4333
	}
	three := sizes & 0xff0
	return sizes&0xff == 0x6d || three == 0x440 || three == 0x460
}

// end ends the run. Its digits may look like something together behind a plus, or because
// there are enough of them.
func (f *filter) end() {
	if f.groups == 0 {
		return
	}
	before := ByteAt(f.text, f.first-1)
	plus := before == '+' || before == '('
	if plus && f.total >= leastPhone || f.total >= leastTold && !f.isKnown() {
		f.numbers = true
	}
	f.groups = 0
}

// isKnown reports whether a run is a recent epoch, a counter of eight digits, a year and
// other groups, or a few numbers with dots.
func (f *filter) isKnown() bool {
	switch f.groups {
	case 1:
		return f.isRecent(f.first, f.total) || f.total == leastTold && f.text[f.first] == '0' && f.text[f.first+1] == '0'
	case 2, 3, 4:
		first := f.text[f.first]
		if f.others == 0 && (first != '0' || f.text[f.first+1] == '.') {
			return true
		}
	}
	return beginsWithYear(f.text[f.first:]) && !f.long
}
