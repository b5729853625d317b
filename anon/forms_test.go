package anon

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/testsize"
)

// A timeForm writes times in a form of its own, by package time where that has it.
type timeForm struct {
	name  string
	write func(t time.Time) string
	// says is the smallest unit that the form says.
	says time.Duration
	opts []Option
	// number says that the text is one of an N, too.
	number bool
}

// goForm is the form of a layout of Go.
func goForm(layout string, says time.Duration, opts ...Option) timeForm {
	return timeForm{name: layout, write: func(t time.Time) string { return t.Format(layout) }, says: says, opts: opts}
}

// stated is the form of a layout that an option states.
func stated(layout string, says time.Duration) timeForm {
	f := goForm(layout, says, Layout(layout))
	f.name = "stated " + f.name
	return f
}

// upperForm is goForm with capital letters only.
func upperForm(layout string, says time.Duration) timeForm {
	return timeForm{name: "upper " + layout, write: func(t time.Time) string { return strings.ToUpper(t.Format(layout)) }, says: says}
}

// lowerForm is goForm without capital letters.
func lowerForm(layout string, says time.Duration) timeForm {
	return timeForm{name: "lower " + layout, write: func(t time.Time) string { return strings.ToLower(t.Format(layout)) }, says: says}
}

func countForm(name string, unit time.Duration, opts ...Option) timeForm {
	return timeForm{name, func(t time.Time) string {
		n := t.Unix() * int64(time.Second/unit)
		return fmt.Sprint(n + int64(t.Nanosecond())/int64(unit))
	}, unit, opts, true}
}

// since returns how often 100 nanoseconds passed since the beginning of a year.
func since(t time.Time, year int) string {
	seconds := t.Unix() - time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	return fmt.Sprintf("%d%07d", seconds, t.Nanosecond()/100)
}

const (
	month = 0 // units of other lengths
	year  = -1
)

// timeForms are the forms that the tests try, with the zone or fraction that they have.
var timeForms = []timeForm{
	goForm("2006-01-02", day), goForm("2006-01-02T15:04", time.Minute), goForm("2006-01-02T15:04:05", time.Second), goForm("2006-01-02t15:04:05z", time.Second),
	goForm("2006-01-02T15:04:05Z", time.Second), goForm(time.RFC3339, time.Second), goForm(time.DateTime, time.Second), goForm("2006-01-02_15:04:05", time.Second),
	goForm("2006-01-02T15:04:05.000Z", time.Millisecond), goForm("2006-01-02T15:04:05.000000-07:00", time.Microsecond), goForm("2006-01-02 15:04:05.000000000-07", time.Nanosecond),
	goForm("2006-01-02T15:04:05,00-0700", 10*time.Millisecond), goForm("2006-01-02 15:04:05.0000000 -07:00", 100*time.Nanosecond), goForm("2006-01-02T15:04:05-07:00:00", time.Second),
	goForm("2006-01-02 15:04:05 UTC", time.Second), goForm("2006-01-02T15:04:05GMT", time.Second), goForm("2006-01-02T15", time.Hour), goForm("2006-01-02 15", time.Hour),
	goForm("2006-01-02T15:04:05-07:00[Europe/Berlin]", time.Second), goForm("2006-01-02T15:04:05.000Z[UTC]", time.Millisecond), goForm("2006-01-02T15:04[America/Argentina/Buenos_Aires]", time.Minute),
	goForm("20060102", day), goForm("20060102T1504", time.Minute), goForm("20060102T150405", time.Second), goForm("20060102T150405Z", time.Second), goForm("20060102T150405.000-0700", time.Millisecond),
	goForm("20060102T15:04:05Z", time.Second), goForm("20060102 150405", time.Second), goForm("20060102-150405", time.Second), goForm("20060102_1504", time.Minute),
	goForm("2006-01-02T150405", time.Second), goForm("2006-01-02T150405.000000Z", time.Microsecond), goForm("2006-01-02T1504Z", time.Minute),
	goForm("2006-01-02Z", day), goForm("2006-01-02-07:00", day), goForm("2006-01-02-15.04.05.000000", time.Microsecond), goForm("2006-01-02_15-04-05", time.Second), goForm("2006-01-02-15-04", time.Minute),
	goForm("2006-01-02 03:04:05 PM", time.Second), goForm("2006-002", day), goForm("2006-002T15:04:05Z", time.Second), goForm("2006-01", month), goForm("2006/01", month), goForm("01/2006", month), goForm("01.2006", month), goForm("200601", month),
	goForm("2006-01-02 15:04:05.999999999 -0700 MST", time.Nanosecond), goForm("2006-01-02 15:04:05.000 -0700 -07", time.Millisecond),
	{name: "monotonic", write: func(t time.Time) string { return t.Truncate(time.Second).String() + " m=+0.012345678" }, says: time.Second},
	goForm("2006/01/02", day), goForm("2006/01/02 15:04:05", time.Second), goForm("2006.01.02", day), goForm("2006/01/02 15:04:05.000 -0700", time.Millisecond),
	goForm("02.01.2006", day), goForm("02.01.2006 15:04", time.Minute), goForm("02.01.2006, 15:04:05", time.Second), goForm("02.01.2006 15:04:05.000", time.Millisecond),
	goForm(time.RFC1123, time.Second), goForm(time.RFC1123Z, time.Second), goForm("02 Jan 2006 15:04:05 -0700", time.Second), goForm("Mon, 02 Jan 2006 15:04 GMT", time.Minute), goForm("Mon, 02 Jan 2006 15:04:05 -0700 (MST)", time.Second),
	upperForm("Mon, 02 Jan 2006 15:04:05 GMT", time.Second), upperForm("02-Jan-2006", day), upperForm("Monday, January 02, 2006", day), lowerForm("Mon, 02 Jan 2006 15:04:05", time.Second), goForm("02 Jan 2006", day), stated("02 January 2006", day), goForm("Monday, 02 January 2006", day), goForm("02-Jan-2006", day), goForm("02-Jan-2006 15:04:05", time.Second),
	goForm(time.RFC850, time.Second), goForm(time.RFC822, time.Minute), goForm(time.RFC822Z, time.Minute), goForm("Mon, 02-Jan-2006 15:04:05 GMT", time.Second), goForm("02-Jan-06", day),
	goForm("02/Jan/2006:15:04:05 -0700", time.Second), goForm("[02/Jan/2006:15:04:05 -0700]", time.Second), goForm("02/Jan/2006", day),
	goForm("Mon Jan 02 15:04:05 2006", time.Second), goForm("Mon Jan 02 15:04:05 MST 2006", time.Second), goForm(time.RubyDate, time.Second), goForm("Mon Jan 02 15:04:05 GMT-07:00 2006", time.Second),
	goForm("Mon Jan 02 2006 15:04:05 GMT-0700 (Central European Standard Time)", time.Second), goForm("Mon Jan 02 2006", day), goForm("Mon Jan 02 2006 15:04:05 GMT-0700 (MST)", time.Second),
	stated("January 02, 2006", day), goForm("Jan 02, 2006", day), goForm("Monday, January 02, 2006", day), goForm("Jan 02, 2006, 03:04:05 PM", time.Second), goForm("Monday, January 02, 2006 at 03:04 pm", time.Minute),
	goForm("Jan 02, 2006, 03:04:05\u202fPM", time.Second), goForm("Jan 2006", month),
	goForm("20060102150405Z", time.Second), goForm("20060102150405.000-0700", time.Millisecond), goForm("200601021504Z", time.Minute), goForm("20060102150405.000", time.Millisecond),
	goForm("2006-Jan-02", day), goForm("2006 Jan 02, 15:04", time.Minute), goForm("2006年01月02日", day), goForm("2006. 01. 02.", day), goForm("02Jan2006", day), goForm("Jan-02-2006", day), goForm("Jan 02 2006 03:04PM", time.Minute),
	upperForm("02Jan06:15:04:05.000", time.Millisecond), goForm("Jan 02, 2006 at 03:04pm (MST)", time.Minute), goForm("2006-01-02 15:04:05 MST", time.Second), goForm("2006-01-02T15:04:05.000000000-07:00", 1),
	upperForm("02-Jan-06 03.04.05.000000 PM", time.Microsecond),
	goForm("2006-01-02 15:04:05.000 Europe/Berlin", time.Millisecond), goForm("2006-01-02 15:04 America/New_York", time.Minute), goForm("2006:01:02 15:04:05", time.Second), goForm("2006:01:02", day),
	goForm("2006_01_02", day), goForm("2006_01_02_15_04_05", time.Second), goForm("2006-01-02-15:04:05", time.Second), goForm("02/Jan/06 03:04 PM", time.Minute), goForm("02/Jan/2006 15:04:05", time.Second),
	goForm("Mon Jan 02 15:04:05.000000 2006 MST", time.Microsecond), goForm("Mon 02 Jan 15:04:05.000000 2006", time.Microsecond), goForm("[Mon Jan 02 15:04:05.000000 2006]", time.Microsecond),
	goForm("Mon 02 Jan 2006 03:04:05 PM MST", time.Second), goForm("Mon Jan 02 03:04:05 PM MST 2006", time.Second), goForm("Mon, 02 Jan 2006 15:04:05.000000000 MST -07:00", 1),
	goForm("02.01.2006 15:04:05.000000 MST", time.Microsecond), goForm("Jan-2006", month), upperForm("Jan/2006", month), upperForm("02-Jan-06 03.04.05.000000 PM EUROPE/BERLIN", time.Microsecond),
	goForm("060102150405Z", time.Second), goForm("060102150405-0700", time.Second), goForm("Mon Jan 02 2006 15:04:05 GMT-0700 (Mitteleuropäische Normalzeit)", time.Second),
	goForm("Mon Jan 02 2006 15:04:05 GMT-0700 (heure normale d’Europe centrale)", time.Second), goForm("Mon Jan 02 2006 15:04:05 GMT-0700 (日本標準時)", time.Second),
	{name: "2024-W05", write: func(t time.Time) string { y, w := t.ISOWeek(); return fmt.Sprintf("%04d-W%02d", y, w) }, says: 7 * day},
	{name: "2024-W05-3", write: func(t time.Time) string {
		y, w := t.ISOWeek()
		return fmt.Sprintf("%04d-W%02d-%d", y, w, (t.Weekday()+6)%7+1)
	}, says: day},
	{name: "2024W053", write: func(t time.Time) string {
		y, w := t.ISOWeek()
		return fmt.Sprintf("%04dW%02d%d", y, w, (t.Weekday()+6)%7+1)
	}, says: day},
	{name: "/Date(1)/", write: func(t time.Time) string { return fmt.Sprintf("/Date(%d)/", t.UnixMilli()) }, says: time.Millisecond},
	{name: "/Date(1+0100)/", write: func(t time.Time) string { return fmt.Sprintf(`\/Date(%d+0100)\/`, t.UnixMilli()) }, says: time.Millisecond},

	countForm("seconds", time.Second), countForm("milliseconds", time.Millisecond), countForm("microseconds", time.Microsecond), countForm("nanoseconds", time.Nanosecond),
	countForm("stated seconds", time.Second, Layout("unix")), countForm("stated milliseconds", time.Millisecond, Layout("unixMilli")), countForm("stated microseconds", time.Microsecond, Layout("unixMicro")), countForm("stated nanoseconds", time.Nanosecond, Layout("unixNano")),
	{"ticks", func(t time.Time) string { return since(t, 1) }, 100, nil, true}, {"stated ticks", func(t time.Time) string { return since(t, 1) }, 100, []Option{Layout("ticks")}, true},
	{"file time", func(t time.Time) string { return since(t, 1601) }, 100, nil, true}, {"stated file time", func(t time.Time) string { return since(t, 1601) }, 100, []Option{Layout("fileTime")}, true},
	{"yyyymmddhhmm alone", func(t time.Time) string { return t.Format("200601021504") }, time.Minute, nil, true},
	{"yyyymmdd", func(t time.Time) string { return t.Format("20060102") }, day, nil, true}, {"yyyymm", func(t time.Time) string { return t.Format("200601") }, month, nil, true},
	{"yyyymmddhhmmss", func(t time.Time) string { return t.Format("20060102150405") }, time.Second, nil, true},
	{"yyyymmddhhmmssmmm", func(t time.Time) string { return strings.Replace(t.Format("20060102150405.000"), ".", "", 1) }, time.Millisecond, nil, true},
	{"year", func(t time.Time) string { return t.Format("2006") }, year, []Option{Layout("2006")}, true},
	{"yyyymmddhhmm", func(t time.Time) string { return t.Format("200601021504") }, time.Minute, []Option{Layout("200601021504")}, true},

	stated("01/02/2006", day), stated("02/01/2006", day), stated("1/2/2006", day), stated("2.1.06", day), stated("02.01.06 15:04", time.Minute), stated("01/06", month), stated("06", year), stated("2006", year),
	stated("Jan _2 2006", day), stated("1/2/2006 3:04:05 PM", time.Second), stated("Monday, 2 January 2006", day), stated("__2/2006", day), stated("2006-01-02T15:04:05.999999999Z07:00", time.Nanosecond),
	stated("Year 2006, day 002", day), stated("150405 020106", time.Second), stated("2006年1月2日", day), stated("02.01.2006 15:04:05,000 MST", time.Millisecond), stated("2006-01-02T15:04:05Z0700", time.Second), stated(time.ANSIC, time.Second),
}

var zonesOfTests = []*time.Location{time.UTC, time.FixedZone("CET", 3600), time.FixedZone("EST", -5*3600), time.FixedZone("IST", 5*3600+1800), time.FixedZone("NST", -3*3600-1800)}

// aTime returns a random time that every form can say, of 1970 to 2067.
func aTime(r *rand.Rand) time.Time {
	return time.Unix(r.Int64N(3_000_000_000)+40_000_000, int64(r.IntN(1_000_000_000))).In(zonesOfTests[r.IntN(len(zonesOfTests))])
}

// rounded returns a time as a form says it.
func (f timeForm) rounded(t time.Time) time.Time {
	y, m, d := t.Date()
	h, mi, s := t.Clock()
	switch f.says {
	case year:
		return time.Date(y, 1, 1, 0, 0, 0, 0, t.Location())
	case month:
		return time.Date(y, m, 1, 0, 0, 0, 0, t.Location())
	case 7 * day:
		return time.Date(y, m, d-int(t.Weekday()+6)%7, 0, 0, 0, 0, t.Location())
	case day:
		return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
	case time.Hour:
		return time.Date(y, m, d, h, 0, 0, 0, t.Location())
	case time.Minute:
		return time.Date(y, m, d, h, mi, 0, 0, t.Location())
	}
	return time.Date(y, m, d, h, mi, s, t.Nanosecond()/int(f.says)*int(f.says), t.Location())
}

// after returns a time that an offset of days moved, as a form says it.
func (f timeForm) after(t time.Time, days int) time.Time {
	t = f.rounded(t)
	up := func(unit float64) int {
		n := int(float64(days) / unit)
		if float64(n)*unit != float64(days) {
			n += map[bool]int{true: 1, false: -1}[days > 0]
		}
		return n
	}
	switch f.says {
	case year:
		return t.AddDate(up(365.2425), 0, 0)
	case month:
		return t.AddDate(0, up(30.436875), 0)
	case 7 * day:
		return t.AddDate(0, 0, 7*up(7))
	}
	return t.Add(time.Duration(days) * day)
}

// values returns a text as what transformers are given.
func (f timeForm) values(text string) []any {
	if f.number {
		return []any{text, number(text)}
	}
	return []any{text}
}

// isOther reports whether a text of a form is more likely one of another: nanoseconds are
// ticks, and a year of two digits is the beginning of one of four.
func (f timeForm) isOther(text string) bool {
	_, ok := readTicks(text)
	return ok && f.name == "nanoseconds" || strings.HasPrefix(f.name, "060102150405") && strings.HasPrefix(text, "20")
}

// daysOf returns by how many days a domain moves everything of one item.
func daysOf(t *testing.T, opts ...Option) int {
	t.Helper()
	at, err := time.Parse(time.DateOnly, outText(t, ShiftTime(opts...), "2020-01-01"))
	if err != nil {
		t.Fatal(err)
	}
	return int(at.Sub(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)) / day)
}

// TestShiftTimeInEveryForm: a time in any form is as package time writes the moved time,
// so that the form stays to the letter, and so do order and intervals.
func TestShiftTimeInEveryForm(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, f := range timeForms {
		for i := range testsize.Of(10, 30, 100) {
			at := f.rounded(aTime(r))
			opts := []Option{In(strconv.Itoa(i)), MaxDays(100)}
			days := daysOf(t, opts...)
			want := f.write(f.after(at, days))
			if f.isOther(f.write(at)) {
				continue
			}
			for _, v := range f.values(f.write(at)) {
				if got := outText(t, ShiftTime(append(opts, f.opts...)...), v); got != want {
					t.Fatalf("%s: %v moved by %d days became %s, not %s", f.name, v, days, got, want)
				}
			}
		}
	}
	if len(timeForms) < 100 {
		t.Errorf("there are %d forms", len(timeForms))
	}
}

// TestShiftTTLInEveryForm: an expiry time in any form moves by the days in its form, or
// ShiftTTL does not apply.
func TestShiftTTLInEveryForm(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, f := range timeForms {
		applied := 0
		for range testsize.Of(10, 20, 60) {
			at := f.rounded(aTime(r))
			if f.isOther(f.write(at)) {
				continue
			}
			want := f.write(f.after(at, 30))
			out, err := apply(t, ShiftTTL(append(f.opts, Days(30))...), f.write(at))
			if err == nil && out != want {
				t.Fatalf("%s: %s became %v, not %s", f.name, f.write(at), out, want)
			}
			if err == nil {
				applied++
			}
		}
		if applied == 0 {
			t.Errorf("ShiftTTL does not apply to %s", f.name)
		}
	}
}

// TestTruncateTimeInEveryForm: the start of a unit in any form is as package time writes
// it.
func TestTruncateTimeInEveryForm(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, f := range timeForms {
		if f.says == 7*day {
			continue // a week does not begin with a month
		}
		for range testsize.Of(10, 20, 60) {
			at := f.rounded(aTime(r))
			if f.number || strings.Contains(f.name, "Date(") {
				at = at.UTC() // whose day a number tells
			}
			if f.isOther(f.write(at)) {
				continue
			}
			want := anyMonotonic.Replace(f.write(timeForm{says: month}.rounded(at)))
			if got := outText(t, TruncateTime(f.opts...), f.write(at)); got != want && !strings.Contains(f.name, ".999") {
				t.Fatalf("%s: %s became %s, not %s", f.name, f.write(at), got, want)
			}
		}
	}
}

var anyMonotonic = strings.NewReplacer("m=+0.012345678", "m=+0.000000000")

// TestOrderAndIntervalsHold: of a subject's times, in whatever forms, the order and
// every interval stays, as exactly as the forms say.
func TestOrderAndIntervalsHold(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	exact := []timeForm{goForm("2006-01-02T15:04:05.999999999Z07:00", 1), goForm("2006-01-02 15:04:05.000000000 -0700 MST", 1), goForm("20060102T150405.000000000-0700", 1), countForm("unixNano", 1, Layout("unixNano"))}
	for i := range testsize.Of(20, 100, 200) {
		unit := []string{"second", "day", "week"}[i%3]
		opts := []Option{In(strconv.Itoa(i)), Granularity(unit)}
		var first, moved time.Time
		for n := range 10 {
			// Before 1970 and far away, too.
			at := time.Unix(r.Int64N(9_000_000_000*2)-9_000_000_000, int64(r.IntN(1e9))).In(zonesOfTests[r.IntN(len(zonesOfTests))])
			f := exact[r.IntN(len(exact))]
			text := outText(t, ShiftTime(append(opts, f.opts...)...), f.write(at))
			out := readExact(t, text)
			if n == 0 {
				first, moved = at, out
			}
			if at.Sub(first) != out.Sub(moved) {
				t.Fatalf("%s: the interval %v became %v (%s)", f.write(at), at.Sub(first), out.Sub(moved), text)
			}
		}
	}
}

func readExact(t *testing.T, text string) time.Time {
	t.Helper()
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return time.Unix(0, n)
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.000000000 -0700 MST", "20060102T150405.000000000-0700"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	t.Fatalf("%q cannot be read", text)
	return time.Time{}
}

// TestNumbersOfTexts: numbers without a 0 before them stay so, and with one, too.
func TestNumbersOfTexts(t *testing.T) {
	for _, tt := range []struct{ in, want string }{ // moved by 15 days
		{"1/31/2024", "2/15/2024"}, {"01/31/2024", "02/15/2024"}, {"12/31/2024", "01/15/2025"}, {"12/24/2024 9:05 AM", "1/8/2025 9:05 AM"}, {"1.2.2024", "16.2.2024"}, {"20.2.2024", "6.3.2024"},
		{"20.12.2024", "04.01.2025"}, {"20.02.2024", "06.03.2024"}, {"31. 1. 2024", "15. 2. 2024"}, {"3 Jan 2024", "18 Jan 2024"}, {"Wed Jan  3 10:15:30 2024", "Thu Jan 18 10:15:30 2024"},
		{"Sun Dec 31 10:15:30 2023", "Mon Jan 15 10:15:30 2024"}, {"2024/1/31", "2024/2/15"}, {"2024-1-31", "2024-2-15"}, {"Tue, 3 Dec 2024 10:15:30 GMT", "Wed, 18 Dec 2024 10:15:30 GMT"}, {"25-May-2024", "09-Jun-2024"}, {"Saturday, May 25, 2024", "Sunday, June 09, 2024"},
		{"2024-01-31T24:00:00Z", "2024-02-16T00:00:00Z"}, {"2016-12-31T23:59:60Z", "2017-01-16T00:00:00Z"}, {"Mon, 31 Jan 2024 10:15:30 GMT", "Thu, 15 Feb 2024 10:15:30 GMT"},
		{"31/12/2024 11:30 p.m.", "15/01/2025 11:30 p.m."}, {"30-12-2024", "14-01-2025"}, {"12-30-2024", "01-14-2025"}, {"-86400", "1209600"}, {"86400", "1382400"},
		{"-1296000.75", "-0.75"}, {"-1295999.25", "0.75"}, {"-283996800.000", "-282700800.000"}, {"-1296001500000", "-1294705500000"}, {"68256000000", "69552000000"},
		{"1706696130500.25", "1707992130500.25"}, {"-62104060800", "-60808060800"},
	} {
		domain := In("")
		for i := range 10_000 {
			if domain = In(strconv.Itoa(i)); daysOf(t, domain, MaxDays(20)) == 15 {
				break
			}
		}
		if got := outText(t, ShiftTime(domain, MaxDays(20)), tt.in); got != tt.want {
			t.Errorf("%s became %s, not %s", tt.in, got, tt.want)
		}
	}
}

// TestTwelveDigitsWithAZone: the year has four digits where that is one of 1950 to 2099,
// unless a layout says that it has two.
func TestTwelveDigitsWithAZone(t *testing.T) {
	for text, want := range map[string][2]string{
		"200602042144Z": {"200603042144Z", "200630042144Z"}, "190603042144Z": {"190701042144Z", "190701042144Z"},
		"240131101530Z": {"240228101530Z", "240228101530Z"}, "199901022359Z": {"199901302359Z", ""},
	} {
		if got := outText(t, ShiftTTL(Days(28)), text); got != want[0] {
			t.Errorf("%s becomes %s", text, got)
		}
		if want[1] == "" {
			continue
		}
		if got := outText(t, ShiftTTL(Days(28), Layout("060102150405Z07:00")), text); got != want[1] {
			t.Errorf("by the layout, %s becomes %s", text, got)
		}
	}
}

// TestSmallNumbers: an offset would leave most of their digits as they are, so that
// they are times only where a layout says so.
func TestSmallNumbers(t *testing.T) {
	small := []any{"5", "-2", "42", "2024", "2199.5", "52.520008", "-0.25", "1500.5", "123456", "999999", "-999999", number("904208.968280782"), number("2024"), number("42"), number("0.5")}
	for _, makeOne := range []func(...Option) dynsync.Transformer{ShiftTime, ShiftTTL, TruncateTime} {
		refused(t, makeOne, small...)
		for _, v := range small {
			outText(t, makeOne(Layout("unix")), v)
		}
	}
	if got := outText(t, ShiftTTL(Days(1), Layout("unix")), "-0.25"); got != "86399.75" {
		t.Error(got)
	}
	refused(t, ShiftTime, "1706696130.1234567890", "1706696130500.1234567", "1706696130500000000.5")
}

// TestLayoutsThatCannotBe: New says what is wrong with a layout.
func TestLayoutsThatCannotBe(t *testing.T) {
	for layout, want := range map[string]string{
		"": "year", "15:04": "year", "Jan 2": "year", "2006 02": "month", "2006-2": "month", "200612": "one or two digits", "2006" + strings.Repeat("-", 200): "too long", "unixSeconds": "year",
	} {
		for _, tr := range []dynsync.Transformer{ShiftTime(Layout(layout)), ShiftTTL(Layout(layout)), TruncateTime(Layout("2006", layout))} {
			if err := describe(tr).Err; err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), strconv.Quote(layout)) {
				t.Errorf("%q: %v", layout, err)
			}
		}
	}
	faulty(t, ShiftTime(Layout()), UnixTime(Layout("2006")))
	if got := outText(t, TruncateTime(Layout("02/01/2006")), "05/05/2024"); got != "01/05/2024" {
		t.Error(got)
	}
}

// TestDamagedTexts: a text in which a few characters are others is either no time or
// one that is written in its form again.
func TestDamagedTexts(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	reader, taken := new(stampReader), 0
	const characters = "0123456789 -/:.,+TZWJanPM()[]_m=\u202f"
	for range testsize.Of(20_000, 100_000, 100_000) {
		f := timeForms[r.IntN(len(timeForms))]
		text := []byte(f.write(f.rounded(aTime(r))))
		for range 1 + r.IntN(3) {
			i := r.IntN(len(text))
			switch c := characters[r.IntN(len(characters))]; r.IntN(3) {
			case 0:
				text[i] = c
			case 1:
				text = append(text[:i], text[i+1:]...)
			default:
				text = append(text[:i], append([]byte{c}, text[i:]...)...)
			}
			if len(text) == 0 {
				text = []byte("0")
			}
		}
		s, ok := reader.read(string(text))
		if !ok {
			continue
		}
		taken++
		again, ok := reader.read(s.text())
		if !ok || !again.wall.Equal(s.wall) || again.text() != s.text() || again.unit != s.unit {
			t.Fatalf("%q is read, and is %q", text, s.text())
		}
		if s.move(365 * day) {
			again, ok := reader.read(s.text())
			// A year of 1000 may be a count, and twelve digits have a year of two or of four.
			if ok && !again.wall.Equal(s.wall) && s.count == nil && again.count == nil && s.short == again.short {
				t.Fatalf("%q becomes %q, which is another time", text, s.text())
			}
		}
	}
	if taken < 1000 {
		t.Errorf("only %d were times", taken)
	}
}

// TestShiftTTLKeepsPairsApart: texts that mean one time, or two that would get the same
// result in different forms.
func TestShiftTTLKeepsPairsApart(t *testing.T) {
	for _, pair := range [][2]any{
		{"11/01/2023 10:00", "11/1/2023 10:00"}, {"13/01/2023", "13/1/2023"}, {"2023-12-31T24:00:00", "2024-01-01T00:00:00"}, {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
		{"Wed, 31 Jan 2024 10:15:30 GMT", "Mon, 31 Jan 2024 10:15:30 GMT"}, {"20231231", "-11294770"}, {number("20231231"), number("-11294770")}, {number("-31536000"), number("0")},
		{"10031535999", "-21504464001"}, {"9999999998", "-21504464002"}, {"2023-12-01", "2023-12-1"}, {"1.12.2023", "01.12.2023"}, {"May 18, 2023", "MAY 18, 2023"}, {"2024-366", "2025-001"}, {"9999-06-30", "9997-06-30"},
	} {
		a, errA := apply(t, ShiftTTL(), pair[0])
		b, errB := apply(t, ShiftTTL(), pair[1])
		if errA == nil && errB == nil && a == b {
			t.Errorf("%v and %v become %v", pair[0], pair[1], a)
		}
	}
}

// TestShiftTTLIsInjective: different texts never become one, however they are written.
func TestShiftTTLIsInjective(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	from := map[string]string{}
	for i := range testsize.Of(5_000, 30_000, 40_000) {
		at := time.Date(2023+r.IntN(2), time.Month(1+r.IntN(12)), 1+r.IntN(31), 9+r.IntN(4), 0, 0, 0, time.UTC)
		f := timeForms[r.IntN(len(timeForms))]
		text := f.write(f.rounded(at))
		switch i % 4 {
		case 1:
			text = strings.ReplaceAll(text, "0", "")
		case 2:
			text = strings.Replace(text, "Mon", "Tue", 1)
		case 3:
			text = at.Format([]string{"1/2/2006", "01/02/2006", "01/2/2006", "2.1.2006", "2.01.2006", "2006/1/2", "Jan 2 2006", "2006-01-02T24:00:00", "-1136185445", "1136185445"}[r.IntN(10)])
		}
		out, err := apply(t, ShiftTTL(), text)
		if err != nil {
			continue
		}
		if before, ok := from[out.(string)]; ok && before != text {
			t.Fatalf("%q and %q become %v", before, text, out)
		}
		from[out.(string)] = text
	}
	if len(from) < 1000 {
		t.Errorf("only %d were times", len(from))
	}
}
