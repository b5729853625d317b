package anon

import (
	"strings"
	"time"
)

// Programs write a time that stands for none where there is no time: their zero time, an
// end of time, the last number of a type. It is nobody's, and programs compare with it.
// So it stays as it is, as an empty string does.

// Times up to the first, and from the second on, stand for none: the first day of the
// year 1 and the last of the year 9999, in any time zone.
var (
	startOfTime = time.Date(1, time.January, 2, 0, 0, 0, 0, time.UTC)
	endOfTime   = time.Date(9999, time.December, 30, 10, 0, 0, 0, time.UTC)
)

// isNothing reports whether the value of a call is a time that stands for none.
func isNothing(c *call) bool {
	s, ok := c.parsed.(*stamp)
	return ok && s.standsForNone() || isNoTime(c.text)
}

// standsForNone reports whether a stamp is none: in the first day of the year 1 or
// before it, in the last day of the year 9999 or behind it, or the start of 1970, to
// the second.
func (s *stamp) standsForNone() bool {
	if s.isEndOfTime() {
		return true
	}
	if s.unit < unitHour || s.wall.Add(-s.zone).Unix() != 0 {
		return false
	}
	return s.isWhole()
}

// isEndOfTime reports whether a stamp is at one of the ends of the years 1 to 9999, as
// far as its form tells.
func (s *stamp) isEndOfTime() bool {
	end := s.wall
	switch s.unit {
	case unitYear:
		end = end.AddDate(1, 0, -1)
	case unitMonth:
		end = end.AddDate(0, 1, -1)
	case unitWeek:
		end = end.AddDate(0, 0, 6)
	}
	return !s.wall.After(startOfTime) || !end.Before(endOfTime)
}

// isWhole reports whether a stamp has no fraction of a second but 0.
func (s *stamp) isWhole() bool {
	if s.count != nil {
		return allIn(s.count.over, "0")
	}
	for _, p := range s.parts {
		if p.field == fieldFraction && zeroed(p.text) != p.text {
			return false
		}
	}
	return true
}

// noTimes are times that stand for none, beside those in the range of stamps.
var noTimes = setOfTexts(
	// The zero time of Go in seconds, milliseconds, microseconds and nanoseconds, also as
	// UnixNano has it, and the year 0.
	"-62135596800", "-62135596800000", "-62135596800000000", "-62135596800000000000", "-6795364578871345152",
	"-62167219200", "-62167219200000", "-62135769600", "-62135769600000",
	// The last day of 9999, and what follows.
	"253402214400", "253402214400000", "253402214400000000", "253402214400000000000",
	"253402300799", "253402300799000", "253402300799999", "253402300799000000", "253402300799999999", "253402300799000000000", "253402300799999999999",
	"253402300800", "253402300800000", "253402300800000000", "253402300800000000000",
	// The ends of the types of numbers, and of JavaScript's dates.
	"2147483647", "-2147483648", "4294967295", "2147483647000", "-2147483648000", "4294967295000",
	"9223372036854775807", "-9223372036854775808", "18446744073709551615", "9223372036854775", "-9223372036854775",
	"9007199254740991", "-9007199254740991", "8640000000000000", "-8640000000000000", "9999999999", "9999999999999",
	// What counts down to no time, and the ends of .NET's ticks and of Windows' times.
	"-1", "3155378975999999999", "3155378976000000000", "3155378112000000000", "2650466880000000000", "2650467743999999999", "2650467744000000000",
	// The ends of the times of PostgreSQL, Java and JavaScript.
	"infinity", "-infinity", "Infinity", "-Infinity",
	"+1000000000-12-31T23:59:59.999999999Z", "-1000000000-01-01T00:00:00Z",
	"+999999999-12-31", "-999999999-01-01", "+999999999-12-31T23:59:59.999999999", "-999999999-01-01T00:00:00", "-999999999-01-01T00:00",
	"+999999999-12-31T23:59:59.999999999-18:00", "-999999999-01-01T00:00:00+18:00", "-999999999-01-01T00:00+18:00",
	"+275760-09-13T00:00:00.000Z", "-271821-04-20T00:00:00.000Z", "+292278994-08-17T07:12:55.807Z", "-292275055-05-16T16:47:04.192Z",
	"294276-12-31 23:59:59.999999", "4714-11-24 00:00:00 BC", "4713-01-01 00:00:00 BC",
)

func setOfTexts(texts ...string) map[string]struct{} {
	set := make(map[string]struct{}, len(texts))
	for _, text := range texts {
		set[text] = struct{}{}
	}
	return set
}

// isNoTime reports whether a text is one of the times that stand for none, whatever the
// forms are that are read: 0, a date of zeros such as 0000-00-00 00:00:00, or one in the
// list. A fraction of zeros or nines may follow a number.
func isNoTime(text string) bool {
	if len(text) > maxStampLen {
		return false
	}
	whole, fraction, pointed := strings.Cut(text, ".")
	if pointed && fraction != "" && (allIn(fraction, "0") || allIn(fraction, "9") && len(whole) == len("253402300799")) {
		text = whole
	}
	if _, ok := noTimes[text]; ok || text == "0" {
		return true
	}
	return strings.Count(text, "0") >= len("00000000") && allIn(text, "0-/.: TZ")
}
