package anon

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/nothing"
	"github.com/dynsync/dynsync/internal/reason"
)

// UnixTime replaces a value with a time in seconds since 1970, or with [Millis] in
// milliseconds, from [From] up to but not including [To]. All times have equal
// probability. The defaults are 2000-01-01 and 2030-01-01. Pseudonyms may collide.
// UnixTime applies to any N, and to any S, which becomes the decimal text. There are as
// many results as times in the range.
func UnixTime(opts ...Option) dynsync.Transformer { return makeNamed("unixTime", opts) }

// Timestamp replaces a string with an RFC 3339 time in UTC without a fraction, such as
// "2011-05-17T08:30:21Z", from [From] up to but not including [To]. All seconds have
// equal probability. The defaults are 2000-01-01 and 2030-01-01. Pseudonyms may
// collide. Timestamp applies to any S. There are as many results as seconds in the
// range.
func Timestamp(opts ...Option) dynsync.Transformer { return makeNamed("timestamp", opts) }

// ShiftTime moves a date or time by an offset that all values of one subject share, so
// that their order and intervals stay. The subject is the item, by its key, or what
// [Subject] names. The offset goes up to [MaxDays] days back or forward (the default is
// 365), and is never 0. It is a whole number of days; [Granularity] selects weeks or
// seconds. There are two offsets for each day of [MaxDays], or for each week or second.
//
// ShiftTime applies to dates and times of these forms, and keeps the form: all but the
// numbers and names that say the date stays as it is, such as the zone, the separators,
// upper and lower case and the digits of a fraction.
//
//	2024-01-31                         20240131, 2024/01/31, 2024-031, 2024-W05-3
//	2024-01-31T10:15[:30[.5]]          t, _ or a space for T; a comma for the point; at the end
//	                                   Z, UTC, GMT, +01, +01:00, +0100, [Europe/Berlin], CET
//	20240131T101530Z                   2024-01-31T101530, 20240131101530, 240131101530Z
//	2024-01                            202401, 01/2024, Jan-2024
//	2024:01:31 10:15:30                as in photos; 2024_01_31_10_15_30
//	31.01.2024 10:15:30                31 Jan 2024, January 31, 2024 10:15 AM, 31-JAN-24
//	Wed, 31 Jan 2024 10:15:30 +0100    as in mail, cookies and logs of web servers
//	Wed Jan 31 10:15:30 CET 2024       as in C, Unix, Java and JavaScript
//	2024-01-31 10:15:30.5 +0100 CET    as Go prints it
//	/Date(1706696130500)/              as .NET writes it
//	1706696130[.5]                     seconds since 1970
//	1706696130500                      and milliseconds, microseconds, nanoseconds
//	638422929301234567                 ticks of .NET and times of Windows files
//
// [Layout] adds other forms, and those that can mean several dates. Without it, ShiftTime
// applies to 01/31/2024 and 31/01/2024 and not to 01/02/2024, and never to a year of two
// digits between points or slashes, or to a year alone. Twelve digits before a zone have
// a year of four digits if that is one from 1950 to 2099; Layout("060102150405Z07:00")
// says that it has two, as in certificates. A number is a date if it reads as one of 8
// digits and of a year from 1600 to 2199, or of 6, 12, 14 or 17 digits and a year from
// 1900 to 2199, or of a year from 9900. One of 18 digits is a number of 100 nanoseconds,
// since the year 1 or since 1601, if that is a time from 1950 to 2099. Else a number of
// up to 10 digits is in seconds, of up to 13 in milliseconds, of up to 16 in microseconds
// and of up to 19 in nanoseconds; each is a time from 1653 to 2286. It may be negative,
// before 1970. State the unit by Layout for other years, for nanoseconds of 1973, 1974,
// 1989 and 1990, for milliseconds or less within 115 days of the start of 1970, which
// have fewer digits, and for seconds within 12 days of it that are no whole number of
// days: of other small numbers, too much would stay.
//
// A time that stands for none stays as it is, since it is nobody's and programs compare
// with it: the first day of the year 1 and what is before it, the last day of 9999, the
// start of 1970 with a time of day or as 0, -1, a date of zeros (0000-00-00), "infinity", the
// ends of the types of numbers (2147483647) and of the times of Java and JavaScript. A
// time that would leave the years between these ends, or those that two digits can say,
// moves by the same offset in the other direction.
//
// A form that has no seconds moves by whole minutes, hours, days, weeks, months or
// years: ShiftTime rounds the offset up, away from 0, and the intervals to times of other
// forms are exact to that unit.
//
// The intervals always stay, and by default the time of day: anyone who knows one date
// of a subject knows all of them. Different values of one subject and form stay
// different; pseudonyms of different subjects may collide. With [PerItem], which
// excludes Subject, each place in an item has its own offset.
func ShiftTime(opts ...Option) dynsync.Transformer { return makeNamed("shiftTime", opts) }

// ShiftTTL moves an expiry time into the future by [Days], so that items live on in the
// destination. The default is 365. [JitterDays] adds a random number of seconds, up to
// that many days, which depends on the value. Without jitter ShiftTTL is injective;
// with it, pseudonyms may collide. It applies to the forms of [ShiftTime] and keeps
// them, milliseconds too, and a time that stands for none stays. ShiftTTL does not apply
// where the result would leave the years 1 to 9999, or could be read in another form
// than the value. If the TTL attribute holds a text or number that ShiftTTL does not
// apply to, the item fails.
//
// DynamoDB deletes items by a number of seconds only, and none that expired more than
// five years ago. A time has one result, or one for each second of [JitterDays].
func ShiftTTL(opts ...Option) dynsync.Transformer { return makeNamed("shiftTTL", opts) }

// TruncateTime sets a date or time back to the start of its [Unit]: year, month, day or
// hour. The default is "month". It applies to the forms of [ShiftTime] and keeps them.
// The start is that of the zone in the text, or of UTC for numbers. A value at the start
// of its unit stays as it is, as dates do with "day" and "hour", and so does a time that
// stands for none. Pseudonyms may collide. A time has one result.
func TruncateTime(opts ...Option) dynsync.Transformer { return makeNamed("truncateTime", opts) }

// Millis makes [UnixTime] count milliseconds since 1970. The default is seconds.
func Millis() Option { return option{"millis", true} }

// From sets the inclusive start of the range of [UnixTime] and [Timestamp]: a date,
// such as "2000-01-01", which begins at midnight UTC, or an RFC 3339 time. The default
// is 2000-01-01. The range lies within the years 2 to 9998. [To] sets the end.
func From(time string) Option { return option{"from", time} }

// Subject names the value whose dates [ShiftTime] moves together: the document path of
// an S, N or B in the item as it was read, such as "CustomerId". Dates of items with
// equal values there move alike, in every table. ShiftTime does not apply to an item
// without such a value. The default is the item's key.
func Subject(path string) Option { return option{"subject", path} }

// Layout adds forms to those that [ShiftTime], [ShiftTTL] and [TruncateTime] apply to,
// and is tried before them: 1 to 100 layouts of package time, such as "01/02/2006" or
// "02.01.06", each with a year. Where a text has a 0 before a number, so has the result.
// "unix", "unixMilli", "unixMicro" and "unixNano" say that numbers are seconds,
// milliseconds, microseconds or nanoseconds since 1970, "ticks" and "fileTime" that they
// count 100 nanoseconds, since the year 1 as .NET does, or since 1601 as Windows does. The
// default is none.
//
//	anon.ShiftTime(anon.Layout("01/02/2006", "01/06")) // as on cards and in the United States
func Layout(layouts ...string) Option { return option{"layout", layouts} }

// MaxDays sets the greatest number of days by which [ShiftTime] moves dates: 1 to
// 36,500. The default is 365.
func MaxDays(n int) Option { return option{"maxDays", n} }

// Granularity sets the unit of [ShiftTime]'s offsets: "second", "day" or "week", which
// keeps the day of the week. The default is "day".
func Granularity(unit string) Option { return option{"granularity", unit} }

// Days sets the number of days by which [ShiftTTL] moves times: 1 to 36,500. The
// default is 365.
func Days(n int) Option { return option{"days", n} }

// JitterDays sets the greatest number of days that [ShiftTTL] adds at random: 0 to
// 36,500. The default is 0.
func JitterDays(n int) Option { return option{"jitterDays", n} }

// Unit sets the unit whose start [TruncateTime] selects: "year", "month", "day" or
// "hour". The default is "month".
func Unit(unit string) Option { return option{"unit", unit} }

const maxDays = 36_500

var timeEntries = []entry{
	{
		name: "unixTime", doc: "Replaces the value with a time of a range, in seconds or milliseconds since 1970.",
		kinds: scalarNumbers, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		few:     "There are as many results as times in the range.",
		options: append(slices.Clone(rangeSpecs), catalog.Option{Name: "millis", Type: catalog.Bool, Doc: "Use milliseconds instead of seconds.", Default: false}),
		build:   buildUnixTime,
	},
	{
		name: "timestamp", doc: "Replaces the value with a time of a range, as RFC 3339 in UTC.",
		kinds: []dynsync.Kind{dynsync.KindS}, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassIndependent,
		few:     "There are as many results as seconds in the range.",
		ownForm: true,
		options: rangeSpecs,
		build:   buildTimestamp,
	},
	{
		name: "shiftTime", doc: "Moves a date or time by an offset that all values of one subject share. Intervals stay.",
		takes: "a date or time of the known forms; the option layout adds others", kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindN}, unique: dynsync.UniquenessNone, drawn: true, class: dynsync.ClassChanges,
		few: "There are two offsets for each day of [MaxDays], or for each week or second.",
		options: []catalog.Option{
			{Name: "subject", Type: catalog.String, Doc: "The document path of the value whose dates move together. The default is the item's key."},
			layoutSpec,
			{Name: "maxDays", Type: catalog.Int, Doc: "The greatest offset, in days.", Default: 365, Min: 1, Max: maxDays},
			{Name: "granularity", Type: catalog.String, Doc: "The unit of offsets.", Default: "day", Enum: []string{"second", "day", "week"}},
		},
		build: buildShiftTime,
	},
	{
		name: "shiftTTL", doc: "Moves an expiry time into the future.",
		takes: "a date or time of the known forms; the option layout adds others", kinds: []dynsync.Kind{dynsync.KindN, dynsync.KindS}, unique: dynsync.UniquenessExact, class: dynsync.ClassChanges,
		few: "A time has one result, or one for each second of [JitterDays].",
		options: []catalog.Option{
			{Name: "days", Type: catalog.Int, Doc: "The number of days to add.", Default: 365, Min: 1, Max: maxDays},
			layoutSpec,
			{Name: "jitterDays", Type: catalog.Int, Doc: "The greatest number of days to add at random. Equal values get the same.", Default: 0, Max: maxDays},
		},
		build: buildShiftTTL,
	},
	{
		name: "truncateTime", doc: "Sets a date or time back to the start of its year, month, day or hour.",
		takes: "a date or time of the known forms; the option layout adds others", kinds: []dynsync.Kind{dynsync.KindS, dynsync.KindN}, unique: dynsync.UniquenessNone, keeps: "the time down to its unit, and all of a time at the start of its unit",
		few: "A time has one result.",
		options: []catalog.Option{
			layoutSpec,
			{Name: "unit", Type: catalog.String, Doc: "The unit whose start is the result.", Default: "month", Enum: []string{"year", "month", "day", "hour"}},
		},
		build: buildTruncateTime,
	},
}

var layoutSpec = catalog.Option{
	Name: "layout", Type: catalog.Strings, Min: 1, Max: 100,
	Doc: "Forms beside those that are always taken, as layouts of Go's package time, such as 02.01.06; unix, unixMilli, unixMicro, unixNano, ticks or fileTime for the unit of numbers.",
}

var rangeSpecs = []catalog.Option{
	{Name: "from", Type: catalog.String, Doc: "The inclusive start of the range, as a date or an RFC 3339 time.", Default: "2000-01-01"},
	{Name: "to", Type: catalog.String, Doc: "The exclusive end of the range, as a date or an RFC 3339 time.", Default: "2030-01-01"},
}

// The bounds of the times that are drawn: those of the years that stand for none are out.
var (
	firstDrawn = time.Date(2, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
	lastDrawn  = time.Date(9999, time.January, 1, 0, 0, 0, 0, time.UTC).Unix()
)

// timeRange returns the first and last second of the range.
func timeRange(cfg *config) (first, last int64, err error) {
	for _, end := range []struct {
		name string
		unix *int64
	}{{"from", &first}, {"to", &last}} {
		t, err := parseBound(cfg.text(end.name))
		if err != nil {
			return 0, 0, fmt.Errorf("%s %w", end.name, err)
		}
		*end.unix = t.Unix()
		if end.name == "from" && t.Nanosecond() > 0 {
			*end.unix++ // the second before begins too early
		}
	}
	switch {
	case first >= last:
		return 0, 0, errors.New("from must be before to")
	case first < firstDrawn || last > lastDrawn:
		return 0, 0, errors.New("from and to must be between 0002-01-01 and 9999-01-01")
	}
	return first, last - 1, nil
}

func parseBound(text string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("must be a date such as 2000-01-01 or an RFC 3339 time")
}

func buildUnixTime(cfg *config) built {
	first, last, err := timeRange(cfg)
	if err != nil {
		return built{err: err}
	}
	millis := cfg.flag("millis")
	return built{canon: foldNumber, size: of(float64(last - first + 1)), run: func(c *call) (string, error) {
		t := c.between(first, last)
		if millis {
			t = t*1000 + int64(c.below(1000))
		}
		return strconv.FormatInt(t, 10), nil
	}}
}

func buildTimestamp(cfg *config) built {
	first, last, err := timeRange(cfg)
	if err != nil {
		return built{err: err}
	}
	return built{canon: foldNumber, size: of(float64(last - first + 1)), run: func(c *call) (string, error) {
		return time.Unix(c.between(first, last), 0).UTC().Format(time.RFC3339), nil
	}}
}

// A shift is ShiftTime with its options.
type shift struct {
	cfg     *config
	subject string
	unit    time.Duration
	most    int64 // units
}

func buildShiftTime(cfg *config) built {
	reader, err := newStampReader(cfg)
	if err != nil {
		return built{err: err}
	}
	sh := &shift{cfg: cfg, subject: cfg.text("subject"), unit: granularities[cfg.text("granularity")]}
	sh.most = int64(time.Duration(cfg.number("maxDays")) * day / sh.unit)
	switch {
	case sh.most == 0:
		return built{err: errors.New("maxDays must be at least 7 with the granularity week")}
	case cfg.has("subject") && cfg.perItem:
		return built{err: errors.New("subject and perItem exclude each other; give one")}
	case cfg.has("subject"):
		if _, err := docpath.ParsePath(sh.subject); err != nil {
			return built{err: err}
		}
	}
	b := reader.built(sh.run)
	b.perItem, b.needs, b.tries = true, true, 1
	return b
}

var granularities = map[string]time.Duration{"second": time.Second, "day": day, "week": 7 * day}

func (sh *shift) run(c *call) (string, error) {
	offset, err := sh.offset(c.in)
	if err != nil {
		return "", err
	}
	return changeStamp(c, func(s *stamp) bool { return s.move(offset) || s.move(-offset) })
}

// move moves a stamp by an offset, and reports whether its form can say the result.
func (s *stamp) move(offset time.Duration) bool {
	wall, ok := s.moved(offset)
	if ok {
		s.wall = wall
	}
	return ok
}

// offset returns the offset of the subject that a value belongs to.
func (sh *shift) offset(in dynsync.Input) (time.Duration, error) {
	from, err := sh.source(in)
	if err != nil {
		return 0, err
	}
	d := from.draw()
	n := d.between(1, 2*sh.most)
	if n > sh.most {
		n = sh.most - n
	}
	return time.Duration(n) * sh.unit, nil
}

// source returns what the offset of the subject is drawn from.
func (sh *shift) source(in dynsync.Input) (source, error) {
	from := source{in, sh.cfg, "subject", sh.cfg.perItem}
	switch {
	case sh.cfg.perItem:
		from.in.Value = dynsync.StringValue("")
		return from, nil
	case sh.subject == "":
		from.in.Value = dynsync.StringValue(keyText(in.Record().Key()))
		return from, nil
	}
	v, ok := in.Record().Get(sh.subject)
	if k := v.Kind(); !ok || k != dynsync.KindS && k != dynsync.KindN && k != dynsync.KindB {
		return source{}, sh.nobody()
	}
	from.in.Value = v
	return from, nil
}

// nobody returns the error for an item without a subject.
func (sh *shift) nobody() error {
	if sh.cfg.strict {
		return reason.Error("anon.ShiftTime: the item has no S, N or B at the path that the option subject names")
	}
	return errMisfit
}

// keyText returns a text that is equal for equal keys, and for no others: the attributes
// in one order, each as its name, its kind and its value, with numbers in normal form.
func keyText(key *dynsync.Record) string {
	var parts []string
	for name, v := range key.Attributes() {
		text, _ := v.Text()
		switch v.Kind() {
		case dynsync.KindN:
			text, _ = normalNumber(text)
		case dynsync.KindB:
			b, _ := v.Bytes()
			text = string(b)
		}
		parts = append(parts, fmt.Sprintf("%d:%s%s%d:%s", len(name), name, v.Kind(), len(text), text))
	}
	slices.Sort(parts)
	return strings.Join(parts, "")
}

func buildShiftTTL(cfg *config) built {
	reader, err := newStampReader(cfg)
	if err != nil {
		return built{err: err}
	}
	days, jitter := time.Duration(cfg.number("days"))*day, cfg.number("jitterDays")*86400
	b := reader.built(func(c *call) (string, error) {
		offset := days + time.Duration(c.between(0, jitter))*time.Second
		out, err := changeStamp(c, func(s *stamp) bool { return s.move(offset) })
		if err == nil && !reader.returns(out, -offset, c.text) {
			return "", errMisfit // another value may become the same
		}
		return out, err
	})
	if jitter > 0 {
		b.unique = dynsync.UniquenessNone
	}
	return b
}

// returns reports whether a text is a time that moves to another one by an offset.
func (r *stampReader) returns(text string, offset time.Duration, to string) bool {
	s, ok := r.read(text)
	return ok && !nothing.Time(text) && !s.standsForNone() && s.move(offset) && s.text() == to
}

func buildTruncateTime(cfg *config) built {
	reader, err := newStampReader(cfg)
	if err != nil {
		return built{err: err}
	}
	unit := cfg.text("unit")
	return reader.built(func(c *call) (string, error) {
		return changeStamp(c, func(s *stamp) bool {
			s.truncate(unit)
			return true
		})
	})
}
