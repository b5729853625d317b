package personal

// SSNs calls do for each US social security number of a run: AAA-GG-SSSS with hyphens or
// spaces, and nine digits at once behind a word that says so.
func SSNs(text string, run []Span, do func(Span)) {
	for i, g := range run {
		if g.Size() == 9 && isWordOf(text, g) && HasKeyword(text, g.Start, 40, ssnWords) && IsSSN(text[g.Start:g.End]) {
			do(g)
		}
		if i+2 < len(run) && isWrittenSSN(text, run[i:i+3]) {
			do(Span{g.Start, run[i+2].End})
		}
	}
}

var ssnWords = []string{"ssn", "social security", "soc sec", "seguro social"}

func isWrittenSSN(text string, run []Span) bool {
	return isSpacedSSN(text, run) && isWordOf(text, Span{run[0].Start, run[2].End}) && !(text[run[0].End] == ' ' && amongNumbers(text, run[0].Start, run[2].End))
}

// isSpacedSSN reports whether three groups are those of a social security number, with a
// hyphen or a space between them.
func isSpacedSSN[T Text](text T, run []Span) bool {
	a, g, s := run[0], run[1], run[2]
	if a.Size() != 3 || g.Size() != 2 || s.Size() != 4 || s.End-a.Start != len("ddd-dd-dddd") {
		return false
	}
	separator := text[a.End]
	var memory [9]byte
	return (separator == '-' || separator == ' ') && text[g.End] == separator && IsSSN(appendDigits(memory[:0], text[a.Start:s.End]))
}

// amongNumbers reports whether other digits stand next to a place, with a space
// between.
func amongNumbers(text string, start, end int) bool {
	before := ByteAt(text, start-1) == ' ' && IsDigit(ByteAt(text, start-2))
	after := ByteAt(text, end) == ' ' && IsDigit(ByteAt(text, end+1))
	return before || after || ByteAt(text, start-1) == '+'
}

// IsSSN reports whether nine digits can be a US social security number: areas 000,
// 666 and 900 to 999, group 00 and serial 0000 are never issued.
func IsSSN[T Text](digits T) bool {
	area, group, serial := string(digits[:3]), string(digits[3:5]), string(digits[5:])
	return area != "000" && area != "666" && area[0] != '9' && group != "00" && serial != "0000"
}

// separatedSSN reports whether a run begins with a social security number in three groups.
func (s *scan) separatedSSN(run []Span) bool {
	if len(run) < 3 || !isSpacedSSN(s.text, run[:3]) {
		return false
	}
	whole := Span{run[0].Start, run[2].End}
	return s.standsAlone(whole, s.text[run[0].End], tellsSSN) && !s.withinISBN(whole)
}

// withinISBN reports whether three groups are those of an ISBN: one of the prefixes 978
// and 979 stands before them, or they begin as the ISBNs of some countries do and a check
// digit stands behind them.
func (s *scan) withinISBN(at Span) bool {
	before := s.text[:at.Start]
	if n := len(before); n >= 4 && before[n-1] == '-' && before[n-4] == '9' && before[n-3] == '7' && (before[n-2] == '8' || before[n-2] == '9') {
		return true
	}
	after := s.text[at.End:]
	return s.text[at.Start] == '6' && s.text[at.Start+1] < '5' && len(after) >= 2 && after[0] == '-' && (IsDigit(after[1]) || after[1] == 'X') && !isWord(ByteAt(after, 2))
}
