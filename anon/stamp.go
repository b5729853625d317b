package anon

import (
	"strings"
	"time"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/nothing"
)

// A stamp is a date or time as a text has it, taken apart so that it can be
// written again in the same form.
type stamp struct {
	// wall is what the text says, as if it were UTC.
	wall time.Time
	unit timeUnit // the smallest that the form can say
	// parts are the text by the elements of its layout; nil for a count.
	parts []part
	own   bool // the layout is the package's
	count *count
	short bool // a year has two digits
	zone  time.Duration
}

// A part is what stands for an element in a text.
type part struct {
	*element
	text string
}

// A timeUnit is a unit of time, from the largest to the smallest.
type timeUnit uint8

const (
	unitYear timeUnit = iota
	unitMonth
	unitWeek
	unitDay
	unitHour
	unitMinute
	unitSecond
)

// unitLengths are how long the units are, years and months on average.
var unitLengths = [...]time.Duration{
	unitYear: 31_556_952 * time.Second, unitMonth: 2_629_746 * time.Second,
	unitWeek: 7 * day, unitDay: day, unitHour: time.Hour, unitMinute: time.Minute, unitSecond: time.Second,
}

const day = 24 * time.Hour

// maxStampLen is longer than the text of any form.
const maxStampLen = 128

// A stampForm is a form that an option states: a layout, or the unit of a number.
type stampForm struct {
	layout *layout
	unit   *countUnit
}

// A stampReader reads dates and times: in the forms of an option, and then in those
// that are not ambiguous.
type stampReader struct{ stated []stampForm }

// newStampReader returns the reader by the option layout.
func newStampReader(cfg *config) (*stampReader, error) {
	stated, err := checkLayouts(cfg.texts("layout"))
	return &stampReader{stated}, err
}

// read reads a date or time, and reports whether text is one.
func (r *stampReader) read(text string) (*stamp, bool) {
	if text == "" || len(text) > maxStampLen {
		return nil, false
	}
	for _, form := range r.stated {
		if form.layout == nil {
			if s, ok := parseCount(text, form.unit); ok {
				return s, true
			}
		} else if s, ok := form.layout.read(text); ok {
			return s, true
		}
	}
	if strings.Trim(text, digits+"-.") == "" {
		if s, ok := readDigits(text); ok {
			return s, true
		}
	}
	return readForm(text)
}

// built returns an anonymizer of what the reader reads, but for times that stand for
// none. In the calls of run, parsed is a *stamp, or nil for what does not fit.
func (r *stampReader) built(run maker) built {
	return built{parse: r.parse, spelling: asWritten, isNothing: isNothing, run: run}
}

// parse returns the canonical form of a date or time, and its stamp; no stamp for a time
// that stands for none in another form, and for a number in another spelling than that
// of an N.
func (r *stampReader) parse(text string) (canonical string, parsed any, ok bool) {
	if nothing.Time(text) {
		return text, nil, true
	}
	if s, ok := r.read(text); ok {
		return text, s, true
	}
	if normal, ok := normalNumber(text); ok && normal != text {
		canonical, _, ok = r.parse(normal)
		return canonical, nil, ok
	}
	return "", nil, false
}

// changeStamp returns the value of a call as change leaves the date or time that it
// holds. change returns false for one that does not fit.
func changeStamp(c *call, change func(*stamp) bool) (string, error) {
	s, ok := c.parsed.(*stamp)
	if !ok || !change(s) {
		return "", errMisfit
	}
	out := s.text()
	if c.kind == dynsync.KindN {
		if out, ok = normalNumber(out); !ok {
			return "", errMisfit
		}
	}
	return out, nil
}

// text returns the stamp in the form in which it was read.
func (s *stamp) text() string {
	if s.count != nil {
		return s.count.text(s.wall.Unix())
	}
	return s.write()
}

// moved returns the time of a stamp moved by an offset, rounded to what its form can
// say, away from 0, so that no offset leaves a value as it is. It is false where the
// form cannot say the result.
func (s *stamp) moved(offset time.Duration) (time.Time, bool) {
	n := int(roundAway(offset, unitLengths[s.unit]))
	var wall time.Time
	switch s.unit {
	case unitYear:
		wall = s.wall.AddDate(n, 0, 0)
	case unitMonth:
		wall = s.wall.AddDate(0, n, 0)
	default:
		wall = s.wall.Add(time.Duration(n) * unitLengths[s.unit])
	}
	return wall, s.holds(wall)
}

// roundAway returns how many units an offset is, rounded away from 0.
func roundAway(offset, unit time.Duration) time.Duration {
	n := offset / unit
	switch rest := offset % unit; {
	case rest > 0:
		n++
	case rest < 0:
		n--
	}
	return n
}

// holds reports whether the form can say a time, and the time does not stand for none.
func (s *stamp) holds(wall time.Time) bool {
	if y := wall.Year(); s.short && (y < firstShortYear || y > lastShortYear) {
		return false
	}
	moved := *s
	moved.wall = wall
	return !moved.isEndOfTime()
}

// truncate sets a stamp to the start of a unit.
func (s *stamp) truncate(unit string) {
	y, m, d := s.wall.Date()
	h := 0
	switch unit {
	case "year":
		m, d = time.January, 1
	case "month":
		d = 1
	case "hour":
		h = s.wall.Hour()
	}
	s.wall = time.Date(y, m, d, h, 0, 0, 0, time.UTC)
	if s.count != nil {
		s.count.over = zeroed(s.count.over)
	}
	for i := range s.parts {
		if p := &s.parts[i]; p.element.field == fieldFraction || p.element.field == fieldMonotonic {
			p.text = zeroed(p.text)
		}
	}
}

// zeroed returns text with its digits replaced by 0.
func zeroed(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '0'
		}
		return r
	}, text)
}
