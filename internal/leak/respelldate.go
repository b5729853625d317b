package leak

import (
	"strconv"
	"time"
)

// time adds the year of a date and time, around which the rest may stand in any order, and
// the forms without it: two digits of the year, and an epoch. It reports whether the text
// is one.
func (sp *speller) time(text []byte) bool {
	var d date
	if d.read(text) != len(text) || len(text) == 0 {
		return false
	}
	sp.year(&d)
	sp.namedDay(&d)
	if len(d.clock) > 0 {
		sp.epochs(&d)
		return true
	}
	sp.epoch(time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC))
	sp.shortDays(&d, 2)
	if d.day < 10 || d.month < 10 {
		sp.shortDays(&d, 1)
	}
	return true
}

// year adds the year of a date.
func (sp *speller) year(d *date) {
	sp.buf = strconv.AppendInt(sp.buf[:0], int64(d.year), 10)
	sp.l.numbers.add(sp.original, sp.buf, year, false)
	sp.l.numbers.needles[len(sp.l.numbers.needles)-1].more = 2
}

// shortDays adds a date in three orders, with two digits of the year and the least width of
// the days and months.
func (sp *speller) shortDays(d *date, width int) {
	var memory [3][2]byte
	y, m, day := appendInt(memory[0][:0], d.year%100, 2), appendInt(memory[1][:0], d.month, width), appendInt(memory[2][:0], d.day, width)
	for _, order := range [...][3][]byte{{y, m, day}, {day, m, y}, {m, day, y}} {
		sp.buf = append(append(append(sp.buf[:0], order[0]...), order[1]...), order[2]...)
		sp.addDigits(sp.buf)
	}
}

// namedDay adds 18-MAY-24, with the time of day if there is one.
func (sp *speller) namedDay(d *date) {
	sp.buf = append(appendInt(sp.buf[:0], d.day, 2), months[d.month-1][0][:3]...)
	sp.buf = appendInt(sp.buf, d.year%100, 2)
	n := len(sp.buf)
	sp.buf = appendDigitsOf(sp.buf, d.clock)
	sp.addBones(sp.buf[:min(len(sp.buf), n+clockDigits)])
}

// appendInt appends a number below 100 of a least width of one or two digits.
func appendInt(dst []byte, v, width int) []byte {
	if v >= 10 || width == 2 {
		dst = append(dst, byte('0'+v/10))
	}
	return append(dst, byte('0'+v%10))
}

// epochs adds the seconds since 1970, and the time in UTC.
func (sp *speller) epochs(d *date) {
	var clock [3]int
	part, n := 0, 0
	for _, c := range d.clock {
		if !isDigit(c) && c != ':' || part == len(clock) {
			break
		}
		if isDigit(c) {
			clock[part] = clock[part]*10 + int(c-'0')
			if n++; n%2 == 0 {
				part++
			}
		}
	}
	t := time.Date(d.year, time.Month(d.month), d.day, clock[0], clock[1], clock[2]-d.offset, 0, time.UTC)
	sp.epoch(t)
	if d.offset != 0 {
		sp.buf = t.AppendFormat(sp.buf[:0], "20060102150405")
		sp.addDigits(sp.buf)
	}
}

// epoch adds the digits of the seconds since 1970, behind which those of parts of a second
// may stand.
func (sp *speller) epoch(t time.Time) {
	s := t.Unix()
	sp.buf = strconv.AppendInt(sp.buf[:0], max(s, -s), 10)
	if len(sp.buf) > digitTail {
		sp.l.numbers.add(sp.original, sp.buf, epoch, false)
	}
}
