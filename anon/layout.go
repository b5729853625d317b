package anon

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A layout is a form of dates and times, as elements that stand one behind the other.
type layout struct {
	elements []element
	// own says that it is one of the package's, not an option's: where a text does not
	// show whether numbers below 10 have a 0 before them, numbers keep their length.
	own bool
}

// An element is a part of a layout.
type element struct {
	field field
	text  string // of a fieldText
	// pad is what stands before a number below 10: '0', '_' for a space, or 0 for
	// nothing.
	pad byte
	// names are the names that are taken.
	names nameLength
	// mayIsLong says that May, which is as long in both lengths, is a long name if the
	// weekday is.
	mayIsLong bool
	// twelve says that hours go from 1 to 12; where it is false, they do so if AM or PM
	// stands behind them.
	twelve bool
	// scan returns how many bytes of a text are the element, -1 if none are.
	scan func(text string) int
	// group are elements that stand in the text all together, or not at all.
	group []element
}

// A field is what an element says of a time.
type field uint8

const (
	fieldText      field = iota // nothing; it stays as it is
	fieldGroup                  // what the elements in it say
	fieldYear                   // of four digits
	fieldShortYear              // of two digits, from 1969 to 2068
	fieldISOYear                // the year that the ISO week is of
	fieldMonth
	fieldMonthName
	fieldISOWeek
	fieldISODay // of the ISO week, from 1, which is Monday
	fieldDay
	fieldYearDay
	fieldWeekday // a name
	fieldHour
	fieldHalf // AM or PM
	fieldMinute
	fieldSecond
	fieldFraction  // of a second, with its point
	fieldMonotonic // the reading of another clock
	fieldZone
	fields
)

// A nameLength says which names of months and days are taken.
type nameLength uint8

const (
	shortNames nameLength = 1 << iota // of three letters
	longNames
)

// The first and last year of two digits.
const (
	firstShortYear = 1969
	lastShortYear  = 2068
)

// chunks are the elements of Go layouts by their text, and those of the package's own
// layouts, in braces. Of two that begin alike the longer one stands first.
var chunks = []struct {
	text string
	element
}{
	{"January", element{field: fieldMonthName, names: longNames}},
	{"Jan", element{field: fieldMonthName, names: shortNames}},
	{"Monday", element{field: fieldWeekday, names: longNames}},
	{"Mon", element{field: fieldWeekday, names: shortNames}},
	{"MST", element{field: fieldZone, scan: scanAbbreviation}},
	{"2006", element{field: fieldYear}},
	{"002", element{field: fieldYearDay, pad: '0'}},
	{"__2", element{field: fieldYearDay, pad: '_'}},
	{"01", element{field: fieldMonth, pad: '0'}},
	{"02", element{field: fieldDay, pad: '0'}},
	{"03", element{field: fieldHour, pad: '0', twelve: true}},
	{"04", element{field: fieldMinute, pad: '0'}},
	{"05", element{field: fieldSecond, pad: '0'}},
	{"06", element{field: fieldShortYear, pad: '0'}},
	{"15", element{field: fieldHour, pad: '0'}},
	{"_2", element{field: fieldDay, pad: '_'}},
	{"1", element{field: fieldMonth}},
	{"2", element{field: fieldDay}},
	{"3", element{field: fieldHour, twelve: true}},
	{"4", element{field: fieldMinute}},
	{"5", element{field: fieldSecond}},
	{"PM", element{field: fieldHalf, scan: scanHalf}},
	{"pm", element{field: fieldHalf, scan: scanHalf}},
	{"-07:00:00", element{field: fieldZone, scan: scanZone}},
	{"-070000", element{field: fieldZone, scan: scanZone}},
	{"-07:00", element{field: fieldZone, scan: scanZone}},
	{"-0700", element{field: fieldZone, scan: scanZone}},
	{"-07", element{field: fieldZone, scan: scanZone}},
	{"Z07:00:00", element{field: fieldZone, scan: scanZone}},
	{"Z070000", element{field: fieldZone, scan: scanZone}},
	{"Z07:00", element{field: fieldZone, scan: scanZone}},
	{"Z0700", element{field: fieldZone, scan: scanZone}},
	{"Z07", element{field: fieldZone, scan: scanZone}},

	{"{T}", element{scan: oneOf("T", "t", " ", "_")}},
	{"{,}", element{scan: oneOf(", at ", ", ", " at ", " ", "T")}},
	{"{ }", element{scan: oneOf(" ", "\u202f", "\u00a0", "")}},
	{"{[}", element{text: "["}},
	{"{]}", element{text: "]"}},
	{"{YYYY}", element{field: fieldISOYear}},
	{"{week}", element{field: fieldISOWeek, pad: '0'}},
	{"{day}", element{field: fieldISODay}},
	{"{wd}", element{field: fieldWeekday, names: shortNames | longNames}},
	{"{mon}", element{field: fieldMonthName, names: shortNames | longNames}},
	{"{month}", element{field: fieldMonthName, names: shortNames | longNames, mayIsLong: true}},
	{"{h}", element{field: fieldHour}},
	{"{PM}", element{field: fieldHalf, scan: scanHalf}},
	{"{.}", element{field: fieldFraction, scan: scanFraction}},
	{"{000}", element{field: fieldFraction, scan: scanMillis}},
	{"{zone}", element{field: fieldZone, scan: scanZone}},
	{"{xzone}", element{field: fieldZone, scan: scanDateZone}},
	{"{MST}", element{scan: scanKnownZone}},
	{"{region}", element{scan: scanRegion}},
	{"{area}", element{scan: scanArea}},
	{"{name}", element{scan: scanZoneName}},
	{"{m=}", element{field: fieldMonotonic, scan: scanMonotonic}},
}

// nextChunk returns the element that a layout begins with, and the text behind it.
func nextChunk(text string, own bool) (element, string) {
	for _, c := range chunks {
		rest, ok := strings.CutPrefix(text, c.text)
		switch {
		case !ok || c.text[0] == '{' && !own:
		case (c.text == "Jan" || c.text == "Mon") && rest != "" && rest[0] >= 'a' && rest[0] <= 'z':
		case c.text == "_2" && strings.HasPrefix(rest, "006"):
		default:
			return c.element, rest
		}
	}
	if n := fractionChunk(text); n > 0 {
		e := element{field: fieldFraction, scan: scanFraction}
		if text[1] == '9' { // it may be missing
			e.scan = func(text string) int { return max(scanFraction(text), 0) }
		}
		return e, text[n:]
	}
	return element{text: text[:1]}, text[1:]
}

// fractionChunk returns how long the fraction of a second is that a Go layout begins
// with: a point or comma and zeros or nines, and no other digit behind them.
func fractionChunk(text string) int {
	if len(text) < 2 || text[0] != '.' && text[0] != ',' || text[1] != '0' && text[1] != '9' {
		return 0
	}
	rest := strings.TrimLeft(text[1:], text[1:2])
	if rest != "" && isDigit(rest[0]) {
		return 0
	}
	return len(text) - len(rest)
}

// parseLayout returns a layout of the package's. In its text, brackets stand around
// what may be missing.
func parseLayout(text string) *layout {
	elements, _ := parseElements(text, true)
	return &layout{elements: elements, own: true}
}

// parseElements returns the elements of a layout up to the end of the group that it is
// in, and the text behind that.
func parseElements(text string, own bool) (all []element, rest string) {
	for text != "" {
		var e element
		switch {
		case own && text[0] == ']':
			return all, text[1:]
		case own && text[0] == '[':
			e.field = fieldGroup
			e.group, text = parseElements(text[1:], own)
		default:
			e, text = nextChunk(text, own)
		}
		if last := len(all) - 1; last >= 0 && isPlainText(e) && isPlainText(all[last]) {
			all[last].text += e.text
			continue
		}
		all = append(all, e)
	}
	return all, ""
}

func isPlainText(e element) bool { return e.field == fieldText && e.scan == nil }

// newLayout returns the layout of an option.
func newLayout(text string) (*layout, error) {
	elements, _ := parseElements(text, false)
	l := &layout{elements: elements}
	has := func(f field) bool { return slices.ContainsFunc(elements, func(e element) bool { return e.field == f }) }
	switch {
	case !has(fieldYear) && !has(fieldShortYear):
		return nil, errors.New("has no year, which is written 2006 or 06")
	case has(fieldDay) && !has(fieldMonth) && !has(fieldMonthName):
		return nil, errors.New("has a day and no month, which is written 01, 1, Jan or January")
	case !l.readsItself(text):
		return nil, errors.New("cannot be read: a number of one or two digits stands directly before another, or the layout is too long")
	}
	return l, nil
}

// readsItself reports whether times in a Go layout can be read in l.
func (l *layout) readsItself(text string) bool {
	for _, at := range []time.Time{
		time.Date(2006, time.January, 2, 3, 4, 5, 0, time.UTC), time.Date(1999, time.December, 31, 23, 59, 58, 987654321, time.UTC),
		time.Date(2012, time.November, 3, 12, 5, 45, 0, time.UTC), time.Date(2001, time.March, 14, 0, 30, 0, 0, time.UTC),
	} {
		want := at.Format(text)
		s, ok := l.read(want)
		if !ok || len(want) > maxStampLen || s.text() != want {
			return false
		}
	}
	return true
}

func mustBeLayouts(texts ...string) []*layout {
	all := make([]*layout, len(texts))
	for i, text := range texts {
		all[i] = parseLayout(text)
	}
	return all
}

// The months and days by name.
var (
	monthNames   = namesOf(12, func(i int) string { return time.Month(i + 1).String() })
	weekdayNames = namesOf(7, func(i int) string { return time.Weekday(i).String() })
)

func namesOf(n int, name func(int) string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = name(i)
	}
	return all
}

// nameAt returns which name a text begins with, and how many bytes it has, in upper
// or lower case or with a capital; -1 if it begins with none. Another letter must not
// follow.
func nameAt(text string, names []string, taken nameLength) (i, n int) {
	for i, name := range names {
		if text == "" || text[0]|' ' != name[0]|' ' { // but for the case
			continue
		}
		for _, length := range []struct {
			is nameLength
			n  int
		}{{longNames, len(name)}, {shortNames, 3}} {
			n := length.n
			if taken&length.is == 0 || len(text) < n || len(text) > n && isLetter(text[n]) {
				continue
			}
			if inCaseOf(text[:n], name[:n]) == text[:n] {
				return i, n
			}
		}
	}
	return -1, -1
}

// inCaseOf returns a name of ASCII with a capital in upper or lower case if text is, or
// else as it is.
func inCaseOf(text, name string) string {
	switch {
	case isLower(text[0]):
		return string(name[0]-'A'+'a') + name[1:]
	case len(text) > 1 && !isLower(text[1]):
		return upperASCII(name)
	}
	return name
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLower(c byte) bool  { return c >= 'a' && c <= 'z' }
func isLetter(c byte) bool { return isLower(c) || c >= 'A' && c <= 'Z' }

// digitsAt returns how many digits a text begins with, n at most.
func digitsAt(text string, n int) int {
	i := 0
	for i < n && i < len(text) && isDigit(text[i]) {
		i++
	}
	return i
}

// oneOf returns a scan for the first of texts that stands there.
func oneOf(texts ...string) func(string) int {
	return func(text string) int {
		for _, t := range texts {
			if strings.HasPrefix(text, t) {
				return len(t)
			}
		}
		return -1
	}
}

// maxFraction is how many digits a fraction of a second has at most.
const maxFraction = 12

func scanFraction(text string) int {
	if text == "" || text[0] != '.' && text[0] != ',' {
		return -1
	}
	if n := digitsAt(text[1:], maxFraction); n > 0 {
		return 1 + n
	}
	return -1
}

func scanMillis(text string) int {
	if digitsAt(text, 4) == 3 {
		return 3
	}
	return -1
}

func scanHalf(text string) int {
	for _, half := range []string{"a.m.", "p.m.", "am", "pm"} {
		if n := len(half); len(text) >= n && (text[:n] == half || text[:n] == upperASCII(half)) && (len(text) == n || !isLetter(text[n])) {
			return n
		}
	}
	return -1
}

// scanMonotonic takes the reading of the monotonic clock that Go prints.
func scanMonotonic(text string) int {
	rest, ok := strings.CutPrefix(text, " m=")
	if !ok || rest == "" || rest[0] != '+' && rest[0] != '-' {
		return -1
	}
	whole := digitsAt(rest[1:], 12)
	fraction := scanFraction(rest[1+whole:])
	if whole == 0 || fraction < 0 {
		return -1
	}
	return len(" m=+") + whole + fraction
}

// checkLayouts returns the layouts of an option, by unit where one names a unit.
func checkLayouts(texts []string) ([]stampForm, error) {
	var forms []stampForm
	for _, text := range texts {
		if unit, ok := unitNames[text]; ok {
			forms = append(forms, stampForm{unit: unit})
			continue
		}
		l, err := newLayout(text)
		if err != nil {
			return nil, fmt.Errorf("the layout %q %w", text, err)
		}
		forms = append(forms, stampForm{layout: l})
	}
	return forms, nil
}
