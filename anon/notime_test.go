package anon

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dynsync/dynsync"
)

// stays checks that values stay as they are, whatever the key is.
func stays(t *testing.T, values ...any) {
	t.Helper()
	for _, v := range values {
		for i := range 5 {
			domain := In(strconv.Itoa(i))
			for _, tr := range []dynsync.Transformer{
				ShiftTime(domain), ShiftTime(domain, Granularity("second"), MaxDays(1)), ShiftTime(domain, MaxDays(36_500)), ShiftTTL(domain), ShiftTTL(domain, JitterDays(10)),
				TruncateTime(domain, Unit("year")), TruncateTime(domain, Unit("hour")),
			} {
				if got := outText(t, tr, v); got != fmt.Sprint(v) {
					t.Errorf("%s(%s): %v became %s", describe(tr).Name, describe(tr).Options, v, got)
				}
			}
		}
	}
}

// TestTimesThatStandForNoneStay: in every form.
func TestTimesThatStandForNoneStay(t *testing.T) {
	zero, end := time.Time{}, time.Date(9999, time.December, 31, 23, 59, 59, 999999999, time.UTC)
	tried := 0
	for _, f := range timeForms {
		for _, at := range []time.Time{zero, zero.Add(day - 1), end, end.Truncate(day), time.Unix(0, 0).UTC()} {
			text := f.write(at)
			switch {
			case strings.Contains(f.name, "nano") && f.number && at.Unix() != 0: // more than 64 bits
				continue
			case at.Unix() == 0 && (f.says >= day || f.says == month || f.says == year):
				continue // somebody's day
			case strings.Contains(f.name, "06") && !strings.Contains(f.name, "2006"), strings.HasPrefix(f.name, "upper 02-Jan-06"):
				continue // some other year
			case f.number && !strings.HasPrefix(f.name, "stated") && strings.Contains(f.name, "seconds") && at != zero && at.Unix() != 0 && at != end.Truncate(day) && at != end:
				continue // only the first second is known
			case f.number && (f.name == "ticks" || f.name == "file time") && at.Before(end.Truncate(day)) && at.Unix() != 0:
				continue // Windows counts from 1601, and only the first of the ticks is known
			}
			tried++
			for _, v := range f.values(text) {
				if v == number(text) && text[0] == '0' && text != "0" {
					continue // an N has no zeros before it
				}
				tr := ShiftTime(append(f.opts, In(text))...)
				if got := outText(t, tr, v); got != text {
					t.Errorf("%s: %s became %s", f.name, text, got)
				}
			}
		}
	}
	if tried < 300 {
		t.Errorf("only %d were tried", tried)
	}
}

// TestNobodysTimesStay: what programs, languages and databases write where there is no
// time.
func TestNobodysTimesStay(t *testing.T) {
	stays(t,
		// Go, Java, .NET, JavaScript, Python, PostgreSQL, MySQL
		"0001-01-01T00:00:00Z", "0001-01-01 00:00:00 +0000 UTC", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.9999999", "9999-12-31T23:59:59.999-05:00",
		"9999-12-30T23:00:00.000Z", "0001-01-01T00:00:00+01:00", "0000-12-31T19:00:00-05:00", "/Date(-62135596800000)/", "/Date(253402300799999)/", "/Date(0)/", "0000-00-00", "0000-00-00 00:00:00", "0000-00-00T00:00:00Z",
		"00.00.0000", "00000000", "00000000000000", "infinity", "-infinity", "+1000000000-12-31T23:59:59.999999999Z", "-1000000000-01-01T00:00:00Z", "+999999999-12-31", "+275760-09-13T00:00:00.000Z",
		"31.12.9999", "12/31/9999", "01.01.0001", "9999/12/31", "99991231", "00010101", "9999-12", "0001-01", "Fri, 31 Dec 9999 23:59:59 GMT", "Fri Dec 31 23:59:59 UTC 9999", "9999-W52-5", "9999-365", "31-DEC-9999", "20000000000000000000000000000000-00-00"[20:],
		// the start of 1970
		"1970-01-01T00:00:00Z", "1970-01-01T00:00:00", "1970-01-01 00:00:00.000", "1970-01-01T01:00:00+01:00", "1969-12-31T19:00:00-05:00", "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00Z", "Thu Jan 01 1970 01:00:00 GMT+0100 (CET)", "19700101T000000Z", "0", "0.0", number("0"),
		// numbers
		number("-62135596800"), "-62135596800", number("-62135596800000"), number("-62135596800000000"), number("-62135596800000000000"), number("-6795364578871345152"),
		number("253402300799"), number("253402300799.999"), "253402300799.000", number("253402300799999"), number("253402300800"), number("253402214400"),
		number("-1"), "-1", "-1.0", number("3155378975999999999"), number("2650467743999999999"), number("621355968000000000"), number("116444736000000000"), "+292278994-08-17T07:12:55.807Z",
		number("2147483647"), number("4294967295"), number("9223372036854775807"), number("-9223372036854775808"), number("9999999999"), number("9999999999999"), number("9007199254740991"), number("8640000000000000"), number("99991231"), number("99991231235959"), number("999912"),
	)
}

// TestSomebodysTimesMove: what looks like those and is not.
func TestSomebodysTimesMove(t *testing.T) {
	for _, v := range []any{
		"0001-01-03", "9999-12-29", "1970-01-01", "1970-01-02T00:00:00Z", "1970-01-01T00:00:01Z", "1970-01-01T00:00:00.001Z", "1970-01-01T00:00:00-01:00", "1970-01", "1900-01-01", "1900-01-01T00:00:00Z",
		"2000-01-01T00:00:00Z", "2038-01-19T03:14:07Z", "0001-02", "9999-11", "86400", "-86400", "1000000.5", number("86400"), number("-1000001"), number("1000000.001"), number("2147483646"), number("-62135596799"), "1999-12-31", "2099-12-31",
	} {
		for i := range 20 {
			if got := outText(t, ShiftTime(In(strconv.Itoa(i))), v); got == fmt.Sprint(v) {
				t.Errorf("%v stays", v)
			}
		}
	}
}

// TestEdgesStayInForm: at the ends of what a form can say, a time moves the other way.
func TestEdgesStayInForm(t *testing.T) {
	const most = 400
	letter := regexp.MustCompile(`[A-Za-z]`)
	shape := func(text string) string { return letter.ReplaceAllString(anyDigit.ReplaceAllString(text, "0"), "A") }
	for _, in := range []string{
		"0001-01-03", "9999-12-29", "0001-03-01T10:15:30.5Z", "9999-06-30 23:59:59", "0001-02", "9999-11", "99991130", "00010301", "9999-W40-1", "Mon, 01 Mar 0001 10:15:30 GMT", "01-JAN-69", "31-DEC-68",
		"31.10.9999", "9999-300", "02-JAN-69 10.15.30.000000 PM",
	} {
		was, _ := new(stampReader).read(in)
		for i := range 100 {
			out := outText(t, ShiftTime(In(strconv.Itoa(i)), MaxDays(most)), in)
			is, ok := new(stampReader).read(out)
			if out == in || shape(out) != shape(in) || !ok || is.wall.Sub(was.wall).Abs() > (most+31)*day {
				t.Errorf("%s became %s", in, out)
			}
		}
	}
}

// TestTimesBefore1973: the seconds, milliseconds and text of one date move alike,
// whenever it was.
func TestTimesBefore1973(t *testing.T) {
	dates := []string{"1961-01-01", "1969-12-31", "1970-01-02", "1972-06-30", "1931-05-17", "1900-01-01", "1968-02-29", "1972-12-31", "1970-07-08", "1945-05-08", "1853-10-01", "2200-01-01"}
	r := rand.New(rand.NewPCG(9, 10))
	for range 200 {
		dates = append(dates, time.Unix(r.Int64N(8_000_000_000)-5_000_000_000, 0).Format(time.DateOnly))
	}
	for i, date := range dates {
		at, _ := time.Parse(time.DateOnly, date)
		domain := In(strconv.Itoa(i))
		moved, err := time.Parse(time.DateOnly, outText(t, ShiftTime(domain), date))
		if err != nil {
			t.Fatal(err)
		}
		if _, isDate := new(stampReader).read(at.Format("20060102")); fmt.Sprint(at.Unix()) != at.Format("20060102") && isDate {
			for unit, name := range map[time.Duration]string{time.Second: "unix", time.Millisecond: "unixMilli", time.Microsecond: "unixMicro"} {
				n := int64(time.Second / unit)
				opts := []Option{domain}
				if n > 1 && at.Sub(time.Unix(0, 0)).Abs() < 116*day {
					opts = append(opts, Layout(name))
				}
				if got := outText(t, ShiftTime(opts...), number(fmt.Sprint(at.Unix()*n))); got != fmt.Sprint(moved.Unix()*n) {
					t.Errorf("%s in %s: %d became %s, not %d", date, name, at.Unix()*n, got, moved.Unix()*n)
				}
			}
		}
	}
}
