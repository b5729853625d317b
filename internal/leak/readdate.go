package leak

import (
	"strings"
	"time"
)

// A date is a day and perhaps the time of it, in digits.
type date struct {
	year, month, day int
	clock            []byte // the digits behind, of hours, minutes, seconds and their parts
	zone             bool   // it is in UTC, or in another zone
	offset           int    // seconds east of UTC
	memory           [clockDigits]byte
}

// read reads a date with its time, and returns how many bytes it has, 0 if there is none.
// It reads 2024-05-18 and 20240518, 18.05.2024 and 18/05/2024, and 05/18/2024 where the
// day tells.
func (d *date) read(text []byte) int {
	n := d.readDay(text)
	if n == 0 || d.month < 0 || d.day < 0 || d.year < 0 {
		if m := d.readNamed(text); m > 0 {
			n = m
		}
	}
	if n == 0 || d.month < 1 || d.month > 12 || d.day < 1 || d.day > 31 || d.year < 1000 {
		return 0
	}
	if n == len(text) {
		return n
	}
	if c := text[n]; c != 'T' && c != 't' && c != ' ' || n+1 == len(text) || !isDigit(text[n+1]) {
		return 0
	}
	return d.readClock(text, n+1)
}

func (d *date) readDay(text []byte) int {
	digits := func(from, to int) int {
		v := 0
		for _, c := range text[from:to] {
			if !isDigit(c) {
				return -1 << 20
			}
			v = v*10 + int(c-'0')
		}
		return v
	}
	isMark := func(c byte) bool { return c == '-' || c == '.' || c == '/' }
	switch {
	case len(text) >= 10 && isMark(text[4]) && text[4] == text[7]:
		d.year, d.month, d.day = digits(0, 4), digits(5, 7), digits(8, 10)
		return 10
	case len(text) >= 10 && isMark(text[2]) && text[2] == text[5]:
		d.day, d.month, d.year = digits(0, 2), digits(3, 5), digits(6, 10)
		if d.month > 12 {
			d.day, d.month = d.month, d.day
		}
		return 10
	case len(text) >= 8:
		d.year, d.month, d.day = digits(0, 4), digits(4, 6), digits(6, 8)
		if d.year < 1800 || d.year > 2199 {
			return 0
		}
		return 8
	}
	return 0
}

// longestNamed is how many bytes a date with the name of its month has at most: 30th
// September, 2024
const longestNamed = 21

// readNamed reads 18 May 2024, May 18th, 2024 and 18-May-2024.
func (d *date) readNamed(text []byte) int {
	if len(text) < 9 || len(text) > longestNamed {
		return 0
	}
	*d = date{}
	size := len(text)
	for fields := 0; len(text) > 0; fields++ {
		n := 0
		for n < len(text) && traitsOf[text[n]]&isBone != 0 {
			n++
		}
		if fields == 3 || !d.readField(text[:n]) {
			return 0
		}
		for text = text[n:]; len(text) > 0 && strings.IndexByte(" ,.-/", text[0]) >= 0; {
			text = text[1:]
		}
	}
	if d.year == 0 || d.month == 0 || d.day == 0 {
		return 0
	}
	return size
}

// isNamedDate reports whether a text is a date with the name of its month.
func isNamedDate(text []byte) bool {
	if n := len(text); n < 9 || n > longestNamed || !isDigit(text[0]) && !isDigit(text[n-1]) {
		return false
	}
	var d date
	return d.readNamed(text) > 0
}

// readField reads the year, the day or the name of the month.
func (d *date) readField(field []byte) bool {
	v, n := 0, 0
	for n < len(field) && n < yearDigits && isDigit(field[n]) {
		v, n = v*10+int(field[n]-'0'), n+1
	}
	rest := len(field) - n
	switch {
	case n == yearDigits && rest == 0 && d.year == 0:
		d.year = v
	case (n == 1 || n == 2) && (rest == 0 || rest == 2 && !isDigit(field[n])) && d.day == 0:
		d.day = v
	case n == 0 && rest > 0 && d.month == 0:
		d.month = monthOf(field)
		return d.month > 0
	default:
		return false
	}
	return true
}

// readClock reads the time of day from a byte on.
func (d *date) readClock(text []byte, from int) int {
	i := from
	for i < len(text) && (isDigit(text[i]) || text[i] == ':' || text[i] == '.' || text[i] == ',') {
		i++
	}
	d.clock = text[from:i]
	switch rest := text[i:]; {
	case len(rest) == 0:
	case len(rest) == 1 && rest[0]|0x20 == 'z':
		d.zone = true
	case len(rest) >= 3 && (rest[0] == '+' || rest[0] == '-'):
		d.zone = true
		d.offset = offsetOf(rest)
	default:
		return 0
	}
	return len(text)
}

// offsetOf returns the seconds of +02:00.
func offsetOf(zone []byte) int {
	v, n := 0, 0
	for _, c := range zone[1:] {
		if isDigit(c) {
			v, n = v*10+int(c-'0'), n+1
		}
	}
	if n < 4 {
		v *= 100
	}
	seconds := (v/100)*3600 + (v%100)*60
	if zone[0] == '-' {
		return -seconds
	}
	return seconds
}

// readEpoch reads the seconds of an epoch of these years, behind which those of parts of a
// second may stand.
func (d *date) readEpoch(digits []byte) bool {
	if !isEpoch(digits) {
		return false
	}
	seconds := int64(0)
	for _, c := range digits[:len("1716027072")] {
		if !isDigit(c) {
			return false
		}
		seconds = seconds*10 + int64(c-'0')
	}
	t := time.Unix(seconds, 0).UTC()
	d.year, d.month, d.day = t.Year(), int(t.Month()), t.Day()
	d.clock = t.AppendFormat(d.memory[:0], "150405")
	d.zone = true
	return true
}
