package personal

// A filter tells in one pass whether digits of a text may look like something. Most keys
// have digits, of dates, counters and ids, and none of them looks personal.
type filter struct {
	text   []byte
	sizes  uint64 // of the groups of the run, four bits each, the last one the lowest
	first  int    // where the run begins
	groups int    // in the run
	total  int    // digits in the run
	others int    // separators that are no dots
	long   bool   // a group of the run may be a number of its own
}

// mayHold reports whether numbers or IBANs may stand in the text: it is false only where
// numbers finds nothing.
func (f *filter) mayHold() bool {
	letters := 0 // directly before the byte
	for i := 0; i < len(f.text); {
		switch b := f.text[i]; classes[b] {
		case isDigit:
			end := digitsEnd(f.text, i+1)
			if f.group(i, end, letters) {
				return true
			}
			i, letters = end, 0
			continue
		case isJoiner:
			letters = 0
			if b != '.' {
				f.others++
			}
		case isLetter:
			letters++
			if f.end() {
				return true
			}
		default:
			letters = 0
			if f.end() {
				return true
			}
		}
		i++
	}
	return f.end()
}

// group takes the next group of digits, and reports whether something may end with it.
// Letters stand directly before it.
func (f *filter) group(start, end, letters int) bool {
	n := end - start
	if letters >= 2 && n >= 2 && ibanLengths[ibanIndex(f.text[start-2], f.text[start-1])] > 0 {
		return true
	}
	const shortestWord = len("tel")
	if 0 < letters && letters < shortestWord || end < len(f.text) && classes[f.text[end]] == isLetter && f.text[end]|0x20 != 'x' {
		return false // glued to a letter
	}
	if f.groups == 0 {
		f.first, f.others, f.long = start, 0, false
	}
	f.groups++
	f.total += n
	f.long = f.long || n >= leastTold
	f.sizes = f.sizes<<4 | uint64(min(n, 15))
	return n >= leastBare && !f.isRecent(start, n) || mayEnd(f.sizes) || f.groups == mostGroups
}

// isRecent reports whether digits are seconds or milliseconds of the years 2001 to 2033.
func (f *filter) isRecent(start, n int) bool { return f.text[start] == '1' && (n == 10 || n == 13) }

// mayEnd reports whether a number may end with the last of groups of these sizes.
func mayEnd(sizes uint64) bool {
	switch sizes & 0xfff {
	case 0x334, 0x324, 0x333, 0x445, 0x456:
		return true
	}
	three := sizes & 0xff0
	return sizes&0xff == 0x6d || three == 0x440 || three == 0x460
}

// end ends the run, and reports whether its digits may look like something together: behind
// a plus, or because there are enough of them.
func (f *filter) end() bool {
	if f.groups == 0 {
		return false
	}
	before := ByteAt(f.text, f.first-1)
	plus := before == '+' || before == '('
	may := plus && f.total >= leastPhone || f.total >= leastTold && !f.isKnown()
	f.sizes, f.groups, f.total = 0, 0, 0
	return may
}

// isKnown reports whether a run is a recent epoch, a year and other groups, or a few
// numbers with dots.
func (f *filter) isKnown() bool {
	switch f.groups {
	case 1:
		return f.isRecent(f.first, f.total)
	case 2, 3, 4:
		first := f.text[f.first]
		if f.others == 0 && (first != '0' || f.text[f.first+1] == '.') {
			return true
		}
	}
	return beginsWithYear(f.text[f.first:]) && !f.long
}
