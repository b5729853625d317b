package personal

// The latest epochs, in seconds, that are taken for one: those until the year 2100, and,
// where something tells of a personal number, those below the least phone number of North
// America with an area code.
const (
	latestEpoch = 4102444800
	latestTold  = 2010000000
)

// isEpoch reports whether digits are seconds, milliseconds, microseconds or nanoseconds
// since 1970: from 2001 on, when seconds came to have ten digits, until the latest one.
func isEpoch(digits []byte, latest uint64) bool {
	const least = 1_000_000_000
	switch len(digits) {
	case 10, 13, 16, 19:
	default:
		return false
	}
	seconds := valueOf(digits[:10])
	return least <= seconds && seconds <= latest
}

// valueOf returns the value of at most 19 digits.
func valueOf(digits []byte) (value uint64) {
	for _, b := range digits {
		value = value*10 + uint64(b-'0')
	}
	return value
}

// isBasicDate reports whether digits are a date without separators, YYYYMMDD with a time
// behind it or not, DDMMYYYY, MMDDYYYY or YYMMDDhhmmss.
func isBasicDate(digits []byte) bool {
	switch len(digits) {
	case 8, 10, 12, 14, 17, 20:
	default:
		return false
	}
	if isYear(digits[:4]) && isMonthDay(digits[4:8]) && isClock(digits[8:]) {
		return true
	}
	switch len(digits) {
	case 8:
		return isYear(digits[4:]) && (isMonthDay(digits[:4]) || isDayMonth(digits[:4]))
	case 12:
		return isMonthDay(digits[2:6]) && isClock(digits[6:])
	}
	return false
}

func isYear(digits []byte) bool {
	y := valueOf(digits)
	return 1800 <= y && y < 2200
}

func isMonthDay(digits []byte) bool {
	m, d := valueOf(digits[:2]), valueOf(digits[2:])
	return 1 <= m && m <= 12 && 1 <= d && d <= 31
}

func isDayMonth(digits []byte) bool {
	d, m := valueOf(digits[:2]), valueOf(digits[2:])
	return 1 <= m && m <= 12 && 1 <= d && d <= 31
}

// isClock reports whether digits are hours, minutes, seconds and a fraction, or as many of
// them as there are.
func isClock(digits []byte) bool {
	for i, below := range [...]uint64{24, 60, 61} {
		if len(digits) < 2*i+2 {
			return len(digits) == 2*i
		}
		if valueOf(digits[2*i:2*i+2]) >= below {
			return false
		}
	}
	return true
}

// beginsWithDate reports whether a text of digits and separators begins with a date: a
// year of four digits, a month and a day, the year first or last.
func beginsWithDate(text []byte) bool {
	var sizes, values [3]int
	var separator byte
	i := 0
	for n := range sizes {
		end := digitsEnd(text, i)
		if end == i || end-i > 4 {
			return false
		}
		sizes[n], values[n] = end-i, int(valueOf(text[i:end]))
		if n < 2 {
			if end == len(text) || n == 1 && text[end] != separator {
				return n == 1 && sizes[0] == 4 && isCalendar(values[0], values[1], 1)
			}
			separator = text[end]
		}
		i = end + 1
	}
	if sizes[1] > 2 {
		return false
	}
	if sizes[0] == 4 && sizes[2] <= 2 {
		return isCalendar(values[0], values[1], values[2])
	}
	return sizes[0] <= 2 && sizes[2] == 4 && (isCalendar(values[2], values[1], values[0]) || isCalendar(values[2], values[0], values[1]))
}

// beginsWithYear reports whether a text begins with a year of four digits and a separator,
// and not as a phone number of two groups of four digits.
func beginsWithYear(text []byte) bool {
	if len(text) < 6 || digitsEnd(text[:5], 0) != 4 || classes[text[4]] != isJoiner || text[4] == ')' || !isYear(text[:4]) {
		return false
	}
	end := digitsEnd(text, 5)
	return end != 9 || end < len(text) && classes[text[end]] == isJoiner && end+1 < len(text) && IsDigit(text[end+1])
}

func isCalendar(year, month, day int) bool {
	return 1800 <= year && year < 2200 && 1 <= month && month <= 12 && 1 <= day && day <= 31
}

// inTime reports whether digits at a place follow a colon and digits before it, as the
// seconds of a time do, or stand before one.
func (s *scan) inTime(at Span) bool {
	before := ByteAt(s.text, at.Start-1) == ':' && IsDigit(ByteAt(s.text, at.Start-2))
	return before || ByteAt(s.text, at.End) == ':' && IsDigit(ByteAt(s.text, at.End+1))
}

// inDotted reports whether digits at a place are one of several numbers with dots.
func (s *scan) inDotted(at Span) bool {
	before := ByteAt(s.text, at.Start-1) == '.' && IsDigit(ByteAt(s.text, at.Start-2))
	return before || ByteAt(s.text, at.End) == '.' && IsDigit(ByteAt(s.text, at.End+1))
}

// isDotted reports whether a text begins with two to four numbers with dots between them,
// as decimals, versions, addresses and pairs of coordinates are, the first of which begins
// with no zero.
func isDotted(text []byte) bool {
	dots := 0
	for i, b := range text {
		if b == '.' {
			dots++
		} else if !IsDigit(b) {
			return dots == 3 && b == '/' || dots > 0 && isDecimal(text[i+1:])
		}
	}
	return 1 <= dots && dots <= 3 && (text[0] != '0' || text[1] == '.')
}

// isDecimal reports whether a text is digits, a point and digits.
func isDecimal(text []byte) bool {
	point := digitsEnd(text, 0)
	return point > 0 && point < len(text) && text[point] == '.' && digitsEnd(text, point+1) == len(text)
}

// inCoordinates reports whether a decimal, with a plus before it, stands next to another
// one, behind a comma, a slash or a sign.
func (s *scan) inCoordinates(at Span) bool {
	rest := s.text[at.End:]
	for len(rest) > 0 && isBetween(rest[0]) {
		rest = rest[1:]
	}
	point := digitsEnd(rest, 0)
	if point > 0 && ByteAt(rest, point) == '.' && len(rest) < len(s.text)-at.End {
		return true
	}
	i := at.Start - len("+") - 1
	for i >= 0 && isBetween(s.text[i]) {
		i--
	}
	end := i
	for i >= 0 && IsDigit(s.text[i]) {
		i--
	}
	return i < end && i > 0 && s.text[i] == '.' && IsDigit(s.text[i-1])
}

// isBetween reports whether a byte may stand between coordinates.
func isBetween(b byte) bool {
	return b == ',' || b == ' ' || b == '/' || b == '+' || b == '-' || b == ';'
}

// inUUID reports whether what stands at a place is a part of a UUID.
func (s *scan) inUUID(at Span) bool {
	const size = len("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
	for _, before := range [...]int{0, 9, 14, 19, 24} {
		if start := at.Start - before; start >= 0 && start+size <= len(s.text) && isUUID(s.text[start:start+size]) {
			return true
		}
	}
	return false
}

func isUUID(text []byte) bool {
	for i, b := range text {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (b == '-') || !dash && !IsDigit(b) && (b|0x20 < 'a' || b|0x20 > 'f') {
			return false
		}
	}
	return true
}
