package anon

import (
	"time"

	"github.com/dynsync/dynsync/internal/nothing"
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
	return ok && s.standsForNone() || nothing.Time(c.text)
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
