package anon

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A reading takes a text apart by the elements of a layout.
type reading struct {
	rest   string
	parts  []part
	values [fields]int
	has    [fields]bool
}

// read reads a text as a layout has it.
func (l *layout) read(text string) (*stamp, bool) { return l.readInto(new(reading), text) }

// readInto is read. It uses the memory of r, and none of its contents.
func (l *layout) readInto(r *reading, text string) (*stamp, bool) {
	if r.parts == nil {
		r.parts = make([]part, 0, 16)
	}
	*r = reading{rest: text, parts: r.parts[:0]}
	if !r.all(l.elements) || r.rest != "" {
		return nil, false
	}
	wall, ok := r.wall(l.own)
	if !ok {
		return nil, false
	}
	return &stamp{wall: wall, unit: r.unit(), parts: r.parts, own: l.own, short: r.has[fieldShortYear], zone: r.zone()}, true
}

// all reads elements, and reports whether they stand there.
func (r *reading) all(elements []element) bool {
	for i := range elements {
		e := &elements[i]
		if e.field == fieldGroup {
			before := *r
			if !r.all(e.group) {
				*r = before
			}
			continue
		}
		n := r.one(e)
		if n < 0 {
			return false
		}
		r.take(e, n)
		if e.field == fieldSecond && (i+1 == len(elements) || elements[i+1].field != fieldFraction) {
			r.fraction()
		}
	}
	return true
}

func (r *reading) take(e *element, n int) {
	r.parts = append(r.parts, part{e, r.rest[:n]})
	r.has[e.field] = true
	r.rest = r.rest[n:]
}

// one reads an element, and returns how many bytes it has, -1 if it does not stand
// there.
func (r *reading) one(e *element) int {
	switch e.field {
	case fieldMonthName, fieldWeekday:
		names := monthNames
		if e.field == fieldWeekday {
			names = weekdayNames
		}
		i, n := nameAt(r.rest, names, e.names)
		r.values[e.field] = i
		return n
	case fieldHalf:
		n := e.scan(r.rest)
		if n > 0 && (r.rest[0] == 'p' || r.rest[0] == 'P') {
			r.values[fieldHalf] = 1
		}
		return n
	case fieldFraction: // that of the seconds before it
		if r.has[fieldSecond] {
			return e.scan(r.rest)
		}
		return -1
	case fieldText, fieldZone, fieldMonotonic:
		switch {
		case e.scan != nil:
			return e.scan(r.rest)
		case strings.HasPrefix(r.rest, e.text):
			return len(e.text)
		}
		return -1
	}
	return r.number(e)
}

// fraction takes the fraction of a second, which a text may have where the layout has
// none.
func (r *reading) fraction() {
	if n := scanFraction(r.rest); n > 0 {
		r.take(anyFraction, n)
	}
}

var anyFraction = &element{field: fieldFraction, scan: scanFraction}

// widths are how many digits the fields have at most.
var widths = [fields]int{
	fieldYear: 4, fieldISOYear: 4, fieldShortYear: 2, fieldMonth: 2, fieldISOWeek: 2, fieldISODay: 1, fieldDay: 2,
	fieldYearDay: 3, fieldHour: 2, fieldMinute: 2, fieldSecond: 2,
}

var tens = [...]int{1, 10, 100, 1000}

// number reads a number.
func (r *reading) number(e *element) int {
	width := widths[e.field]
	spaces := 0
	if e.pad == '_' {
		for spaces < width-1 && strings.HasPrefix(r.rest[spaces:], " ") {
			spaces++
		}
	}
	n := digitsAt(r.rest[spaces:], width-spaces)
	fixed := e.pad == '0' || width == 4
	if n == 0 || fixed && n < width || e.field == fieldYearDay && spaces+n < width {
		return -1
	}
	r.values[e.field], _ = strconv.Atoi(r.rest[spaces : spaces+n])
	return spaces + n
}

// wall returns the time that was read. Layouts of the package take 24:00 and the leap
// second, too.
func (r *reading) wall(own bool) (time.Time, bool) {
	at, ok := r.date()
	hour, hourOK := r.hour(own)
	minute, second := r.values[fieldMinute], r.values[fieldSecond]
	late := own && (hour == 24 && minute == 0 && second == 0 || second == 60 && minute < 60 && hour < 24)
	if !ok || !hourOK || !late && (hour > 23 || minute > 59 || second > 59) {
		return at, false
	}
	return at.Add(time.Duration(hour*3600+minute*60+second) * time.Second), true
}

// date returns the day that was read.
func (r *reading) date() (time.Time, bool) {
	if r.has[fieldISOYear] {
		return r.isoDate()
	}
	year, month, day := r.year(), 1, 1
	switch {
	case r.has[fieldMonth]:
		month = r.values[fieldMonth]
	case r.has[fieldMonthName]:
		month = r.values[fieldMonthName] + 1
	}
	if r.has[fieldDay] {
		day = r.values[fieldDay]
	}
	at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if r.has[fieldYearDay] {
		at = time.Date(year, time.January, r.values[fieldYearDay], 0, 0, 0, 0, time.UTC)
		return at, at.Year() == year && r.values[fieldYearDay] > 0
	}
	return at, at.Month() == time.Month(month) && at.Day() == day && at.Year() == year
}

func (r *reading) year() int {
	if !r.has[fieldShortYear] {
		return r.values[fieldYear]
	}
	year := 1900 + r.values[fieldShortYear]
	if year < firstShortYear {
		year += 100
	}
	return year
}

// isoDate returns the day, or the Monday, of an ISO week.
func (r *reading) isoDate() (time.Time, bool) {
	year, week, weekday := r.values[fieldISOYear], r.values[fieldISOWeek], 1
	if r.has[fieldISODay] {
		weekday = r.values[fieldISODay]
	}
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC) // is always in the first week
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	at := monday.AddDate(0, 0, 7*(week-1)+weekday-1)
	isoYear, isoWeek := at.ISOWeek()
	return at, isoYear == year && isoWeek == week && weekday >= 1 && weekday <= 7
}

// hour returns the hour from 0 that was read.
func (r *reading) hour(own bool) (int, bool) {
	hour := r.values[fieldHour]
	twelve := own && r.has[fieldHalf] || slices.ContainsFunc(r.parts, func(p part) bool { return p.twelve })
	switch {
	case twelve && hour > 12:
		return 0, false
	case !r.has[fieldHalf]:
	case r.values[fieldHalf] == 1 && hour < 12:
		hour += 12
	case r.values[fieldHalf] == 0 && hour == 12:
		hour = 0
	}
	return hour, true
}

// unit returns the smallest unit that was read, with all larger ones.
func (r *reading) unit() timeUnit {
	switch has := &r.has; {
	case has[fieldISOYear] && !has[fieldISODay]:
		return unitWeek
	case has[fieldISOYear] || has[fieldYearDay]:
	case !has[fieldMonth] && !has[fieldMonthName]:
		return unitYear
	case !has[fieldDay]:
		return unitMonth
	}
	for _, smaller := range []struct {
		field field
		above timeUnit
	}{{fieldHour, unitDay}, {fieldMinute, unitHour}, {fieldSecond, unitMinute}} {
		if !r.has[smaller.field] {
			return smaller.above
		}
	}
	return unitSecond
}

// zone returns how far the zone is from UTC, 0 where the text does not tell.
func (r *reading) zone() time.Duration {
	for _, p := range r.parts {
		at := strings.IndexAny(p.text, "+-")
		if p.field != fieldZone || at < 0 {
			continue
		}
		var parts [3]int
		rest := strings.ReplaceAll(p.text[at+1:], ":", "")
		for i := range parts {
			parts[i], _ = strconv.Atoi(rest[min(2*i, len(rest)):min(2*i+2, len(rest))])
		}
		offset := time.Duration(parts[0]*3600+parts[1]*60+parts[2]) * time.Second
		if p.text[at] == '-' {
			offset = -offset
		}
		return offset
	}
	return 0
}

// write returns the stamp in its layout.
func (s *stamp) write() string {
	out := make([]byte, 0, maxStampLen)
	for _, p := range s.parts {
		out = s.appendPart(out, p)
	}
	return string(out)
}

func (s *stamp) appendPart(out []byte, p part) []byte {
	switch p.field {
	case fieldText, fieldZone, fieldFraction, fieldMonotonic:
		return append(out, p.text...)
	case fieldMonthName:
		return append(out, s.name(p, s.wall.Month().String())...)
	case fieldWeekday:
		return append(out, s.name(p, s.wall.Weekday().String())...)
	case fieldHalf:
		return append(out, inHalf(p.text, s.wall.Hour())...)
	}
	n, pad := s.number(p), s.padding(p)
	for limit := tens[widths[p.field]-1]; pad != 0 && n < limit && limit > 1; limit /= 10 {
		out = append(out, pad)
	}
	return strconv.AppendInt(out, int64(n), 10)
}

// number returns the value of a field.
func (s *stamp) number(p part) int {
	switch p.field {
	case fieldYear:
		return s.wall.Year()
	case fieldShortYear:
		return s.wall.Year() % 100
	case fieldISOYear:
		year, _ := s.wall.ISOWeek()
		return year
	case fieldISOWeek:
		_, week := s.wall.ISOWeek()
		return week
	case fieldISODay:
		return (int(s.wall.Weekday())+6)%7 + 1
	case fieldMonth:
		return int(s.wall.Month())
	case fieldDay:
		return s.wall.Day()
	case fieldYearDay:
		return s.wall.YearDay()
	case fieldMinute:
		return s.wall.Minute()
	case fieldSecond:
		return s.wall.Second()
	}
	hour := s.wall.Hour()
	if p.twelve || s.own && s.hasHalf() {
		hour = (hour+11)%12 + 1
	}
	return hour
}

func (s *stamp) hasHalf() bool {
	return slices.ContainsFunc(s.parts, func(p part) bool { return p.field == fieldHalf })
}

// name returns the name of a month or day as long as that in the text, and in the same
// case. After May, it is short unless the layout, or the weekday before it, says more.
func (s *stamp) name(p part, name string) string {
	if long := len(p.text) > 3 || p.names == longNames || p.mayIsLong && s.hasLongWeekday(); !long {
		name = name[:3]
	}
	return inCaseOf(p.text, name)
}

func (s *stamp) hasLongWeekday() bool {
	return slices.ContainsFunc(s.parts, func(p part) bool { return p.field == fieldWeekday && len(p.text) > 3 })
}

// inHalf returns AM or PM as a text has it.
func inHalf(text string, hour int) string {
	letter := "a"
	if hour >= 12 {
		letter = "p"
	}
	if !isLower(text[0]) {
		letter = upperASCII(letter)
	}
	return letter + text[1:]
}

// padding returns what stands before a number that has fewer digits than its field, 0
// for nothing. A number of the package's layouts is as long as in the text, unless
// another number of it is below 10 and has no 0 before it.
func (s *stamp) padding(p part) byte {
	width := widths[p.field]
	switch {
	case p.text[0] == ' ', p.pad == '_' && !s.own && p.text[0] != '0' && len(p.text) == width:
		return ' '
	case width == 4, p.pad == '0', p.text[0] == '0' && len(p.text) > 1, s.own && len(p.text) > 1 && !s.isBare():
		return '0'
	}
	return 0
}

// isBare reports whether a number below 10 has no 0 before it in the text.
func (s *stamp) isBare() bool {
	return slices.ContainsFunc(s.parts, func(p part) bool { return p.pad != '0' && widths[p.field] == 2 && len(p.text) == 1 })
}
