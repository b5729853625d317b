package anon

import (
	"strconv"
	"strings"
	"time"
)

// A count is a time as a number of units since the start of 1970.
type count struct {
	before, behind string // what stands around the number
	decimals       int    // digits behind the point, -1 if there is none
	over           string // the digits behind those of whole seconds, from 0 up
	since          int64  // of the unit
}

// A countUnit is the unit of a count: of how many digits a second is.
type countUnit struct {
	digits int
	// most is how many digits a number of this unit has at most where no layout says
	// what the unit is: those of the times from 1653 to 2286 in that unit that are not
	// such times in a larger one.
	most int
	// since is how many seconds before 1970 the count begins.
	since int64
}

// nanos is how many digits a fraction of a second has at most in a count.
const nanos = 9

// countUnits are seconds, milliseconds, microseconds and nanoseconds.
var countUnits = []*countUnit{{0, 10, 0}, {3, 13, 0}, {6, 16, 0}, {9, 19, 0}}

// Units of 100 nanoseconds, as .NET counts them from the year 1 and Windows from 1601.
var (
	ticks    = &countUnit{digits: 7, since: 62_135_596_800}
	fileTime = &countUnit{digits: 7, since: 11_644_473_600}
)

var unitNames = map[string]*countUnit{
	"unix": countUnits[0], "unixMilli": countUnits[1], "unixMicro": countUnits[2], "unixNano": countUnits[3],
	"ticks": ticks, "fileTime": fileTime,
}

// A numberForm is a form of dates and times that is a number.
type numberForm struct {
	layout      *layout
	first, last int // the years that are more likely than the number as a count
	end         int // and all from this one on
}

// numberForms are the forms of numbers of so many characters, or digits before the point.
var numberForms = map[int]numberForm{
	6:  {parseLayout("200601"), 1900, 2199, 9900},
	7:  {parseLayout("01.2006"), 1900, 2199, 9900},
	8:  {parseLayout("20060102"), 1600, 2199, 9900},
	12: {parseLayout("200601021504"), 1900, 2199, 9999},
	14: {parseLayout("20060102150405[{.}]"), 1900, 2199, 9900},
	17: {parseLayout("20060102150405{000}"), 1900, 2199, 9900},
}

// readDigits reads a text of digits, a sign and a point: a date, or a count.
func readDigits(text string) (*stamp, bool) {
	whole, _, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	for _, n := range []int{len(text), len(whole)} {
		if form, ok := numberForms[n]; ok {
			if s, ok := form.layout.read(text); ok && form.isLikely(s, text) {
				return s, true
			}
		}
	}
	if s, ok := readTicks(text); ok {
		return s, true
	}
	for _, unit := range countUnits {
		if len(whole) <= unit.most {
			s, ok := parseCount(text, unit)
			return s, ok && (len(whole) > unit.digits+mostSmall || s.isMidnight())
		}
	}
	return nil, false
}

// readTicks reads a number that is more likely one of .NET or Windows than one of
// nanoseconds: a time from 1950 to 2099, which as nanoseconds is one of a year and a half
// around 1974 or 1990.
func readTicks(text string) (*stamp, bool) {
	for _, unit := range []*countUnit{ticks, fileTime} {
		if s, ok := parseCount(text, unit); ok && s.count.decimals < 0 && s.wall.Year() >= 1950 && s.wall.Year() <= 2099 {
			return s, true
		}
	}
	return nil, false
}

// isLikely reports whether a number is more likely a date than a count: one of a year that
// data is of or close to the end of time, or with a 0 before it.
func (f numberForm) isLikely(s *stamp, text string) bool {
	year := s.wall.Year()
	return year >= f.first && year <= f.last || year >= f.end || text[0] == '0'
}

// mostSmall is how many digits a small number of seconds has at most. An offset of whole
// days leaves the digits of a small number as they are, all of one below 100: so one is
// a time only where a layout says so, or where it is a whole number of days. Years are
// small numbers.
const mostSmall = 6

// isMidnight reports whether a count is a whole number of days, but 0.
func (s *stamp) isMidnight() bool {
	return s.isWhole() && s.wall.Unix() != 0 && s.wall.Unix()%86400 == 0
}

// parseCount reads a count of a unit: plain decimal text.
func parseCount(text string, unit *countUnit) (*stamp, bool) {
	number, negative := strings.CutPrefix(text, "-")
	whole, fraction, pointed := strings.Cut(number, ".")
	if whole == "" || len(whole) > 21 || !allIn(whole, digits) || !allIn(fraction, digits) || pointed && fraction == "" || len(fraction) > nanos-unit.digits || whole[0] == '0' && len(whole) > 1 {
		return nil, false
	}
	if short := unit.digits + 1 - len(whole); short > 0 {
		whole = strings.Repeat("0", short) + whole
	}
	point := len(whole) - unit.digits
	seconds, err := strconv.ParseInt(whole[:point], 10, 64)
	c := &count{decimals: -1, over: whole[point:] + fraction, since: unit.since}
	if pointed {
		c.decimals = len(fraction)
	}
	if negative {
		seconds, c.over = negate(seconds, c.over)
	}
	s := &stamp{wall: time.Unix(seconds-unit.since, 0).UTC(), unit: unitSecond, count: c}
	return s, err == nil && s.wall.Year() >= 0 && s.wall.Year() <= 9999 && !(negative && seconds == 0)
}

// negate returns the whole part and the digits behind it of a number's negative, where
// the digits count up from the whole part.
func negate(whole int64, over string) (int64, string) {
	if allIn(over, "0") {
		return -whole, over
	}
	out := []byte(over)
	last := len(strings.TrimRight(over, "0")) - 1
	for i := range out[:last] {
		out[i] = '9' - out[i] + '0'
	}
	out[last] = '9' - out[last] + '1'
	return -whole - 1, string(out)
}

// text returns the count for another number of whole seconds since 1970.
func (c *count) text(seconds int64) string {
	sign, over := "", c.over
	seconds += c.since
	if seconds < 0 {
		sign = "-"
		seconds, over = negate(seconds, over)
	}
	number := strconv.FormatInt(seconds, 10) + over
	if c.decimals < 0 {
		return c.before + sign + withoutZeros(number) + c.behind
	}
	point := len(number) - c.decimals
	return c.before + sign + withoutZeros(number[:point]) + "." + number[point:] + c.behind
}

// withoutZeros returns a whole number without needless zeros before it.
func withoutZeros(number string) string {
	if short := strings.TrimLeft(number, "0"); short != "" {
		return short
	}
	return "0"
}
