package anon

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dynsync/dynsync"
)

// A stamp is a date or time as a text has it, taken apart so that it can be
// written again in the same form.
type stamp struct {
	form stampForm
	// wall is what the text says, as if it were UTC.
	wall time.Time
	// The rest is the text around it: the letter before the time of day, the
	// seconds if there are any, their fraction with its point, and the zone.
	between  string
	seconds  bool
	fraction string
	zone     string
}

type stampForm uint8

const (
	formDate     stampForm = iota // 2024-01-31
	formBasic                     // 20240131
	formDateTime                  // 2024-01-31T10:15:30.5+01:00
	formEpoch                     // seconds since 1970, with a fraction or without
	formMillis                    // milliseconds since 1970
)

// The epochs that are taken have 9 or 10 digits in seconds, 12 or 13 in
// milliseconds: times from 1973 to 2286.
const (
	minEpoch = 100_000_000
	maxEpoch = 9_999_999_999
)

var dateTimePattern = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)(?:([Tt ])(\d\d:\d\d)(?::(\d\d)([.,]\d{1,12})?)?( ?(?:Z|z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?)?$`)

// maxStampLen is longer than any text that dateTimePattern matches.
const maxStampLen = 64

// parseStamp reads a date or time, and reports whether text is one.
func parseStamp(text string) (stamp, bool) {
	if len(text) > maxStampLen {
		return stamp{}, false
	}
	if whole, fraction, pointed := strings.Cut(text, "."); allIn(whole, digits) && allIn(fraction, digits) {
		return parseCount(whole, fraction, pointed)
	}
	m := dateTimePattern.FindStringSubmatch(text)
	if m == nil {
		return stamp{}, false
	}
	if m[2] == "" {
		wall, err := time.Parse(time.DateOnly, m[1])
		return stamp{form: formDate, wall: wall}, err == nil && wall.Year() > 0
	}
	s := stamp{form: formDateTime, between: m[2], seconds: m[4] != "", fraction: m[5], zone: m[6]}
	clock := m[3] + ":00"
	if s.seconds {
		clock = m[3] + ":" + m[4]
	}
	var err error
	s.wall, err = time.Parse(time.DateTime, m[1]+" "+clock)
	return s, err == nil && s.wall.Year() > 0
}

// parseCount reads a text of digits: a date without hyphens, or an epoch.
func parseCount(whole, fraction string, pointed bool) (stamp, bool) {
	switch n := len(whole); {
	case n == 8 && !pointed:
		wall, err := time.Parse("20060102", whole)
		return stamp{form: formBasic, wall: wall}, err == nil && wall.Year() > 0
	case n == 9 || n == 10:
		seconds, err := strconv.ParseInt(whole, 10, 64)
		s := stamp{form: formEpoch, wall: time.Unix(seconds, 0).UTC()}
		if pointed {
			s.fraction = "." + fraction
		}
		return s, err == nil && whole[0] != '0' && pointed == (fraction != "")
	case (n == 12 || n == 13) && !pointed:
		millis, err := strconv.ParseInt(whole, 10, 64)
		return stamp{form: formMillis, wall: time.UnixMilli(millis).UTC()}, err == nil && whole[0] != '0'
	}
	return stamp{}, false
}

// text returns the stamp in the form in which it was read. It is false where the
// form cannot say it.
func (s stamp) text() (string, bool) {
	switch s.form {
	case formEpoch:
		seconds := s.wall.Unix()
		return strconv.FormatInt(seconds, 10) + s.fraction, seconds >= minEpoch && seconds <= maxEpoch
	case formMillis:
		millis := s.wall.UnixMilli()
		return strconv.FormatInt(millis, 10), millis >= minEpoch*1000 && millis <= maxEpoch*1000+999
	}
	if y := s.wall.Year(); y < 1 || y > 9999 {
		return "", false
	}
	switch {
	case s.form == formBasic:
		return s.wall.Format("20060102"), true
	case s.form == formDate:
		return s.wall.Format(time.DateOnly), true
	case s.seconds:
		return s.wall.Format(time.DateOnly) + s.between + s.wall.Format(time.TimeOnly) + s.fraction + s.zone, true
	}
	return s.wall.Format(time.DateOnly) + s.between + s.wall.Format("15:04") + s.zone, true
}

// foldStamp makes equal numbers one, and takes nothing but stamps.
func foldStamp(text string) (string, bool) {
	if _, ok := parseStamp(text); ok {
		return text, true
	}
	normal, ok := normalNumber(text)
	if !ok {
		return "", false
	}
	_, ok = parseStamp(normal)
	return normal, ok
}

// changeStamp returns the value of a call as change leaves the date or time that
// it holds.
func changeStamp(c *call, change func(*stamp)) (string, error) {
	text := c.text
	if c.kind == dynsync.KindN {
		text = c.canonical
	}
	s, ok := parseStamp(text)
	if !ok {
		return "", errMisfit
	}
	change(&s)
	out, ok := s.text()
	if !ok {
		return "", errMisfit
	}
	if c.kind == dynsync.KindN {
		out, _ = normalNumber(out)
	}
	return out, nil
}
