package anon

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dynsync/dynsync"
)

func TestUnixTimeAndTimestamp(t *testing.T) {
	from, to := time.Date(2020, 2, 28, 0, 0, 0, 0, time.UTC), time.Date(2020, 3, 1, 12, 0, 0, 0, time.UTC)
	bounds := []Option{From("2020-02-28"), To("2020-03-01T13:00:00+01:00")}
	within := func(x time.Time) bool { return !x.Before(from) && x.Before(to) }
	for i := range 200 {
		v := number(strconv.Itoa(i))
		if s, err := strconv.ParseInt(outText(t, UnixTime(bounds...), v), 10, 64); err != nil || !within(time.Unix(s, 0)) {
			t.Error(s, err)
		}
		if ms, err := strconv.ParseInt(outText(t, UnixTime(append(bounds, Millis())...), fmt.Sprint("v", i)), 10, 64); err != nil || !within(time.UnixMilli(ms)) {
			t.Error(ms, err)
		}
		if x, err := time.Parse("2006-01-02T15:04:05Z", outText(t, Timestamp(bounds...), fmt.Sprint("v", i))); err != nil || !within(x) {
			t.Error(x, err)
		}
		if x, err := time.Parse(time.RFC3339, outText(t, Timestamp(), fmt.Sprint("v", i))); err != nil || x.Year() < 2000 || x.Year() > 2029 {
			t.Error(x, err)
		}
	}
	if got := outText(t, Timestamp(From("2020-01-01T00:00:00Z"), To("2020-01-01T00:00:01Z")), "x"); got != "2020-01-01T00:00:00Z" {
		t.Error(got)
	}
	if got := outText(t, Timestamp(From("2020-01-01T00:00:00.5Z"), To("2020-01-01T00:00:02Z")), "x"); got != "2020-01-01T00:00:01Z" {
		t.Error(got)
	}
	faulty(t, UnixTime(From("yesterday")), UnixTime(From("2030-01-01")), Timestamp(To("1999-01-01")), UnixTime(From("0001-12-31")), Timestamp(To("9999-01-02")), Timestamp(Millis()), UnixTime(To(10)))
}

// shapes of dates and times that are taken.
var stampTexts = []any{
	"2024-02-29", "20240229", "0001-12-31", "2024-02-29T23:59", "2024-02-29T23:59:59", "2024-02-29 23:59:59",
	"2024-02-29T23:59:59Z", "2024-02-29t23:59:59z", "2024-02-29T23:59:59.123456789Z", "2024-02-29T23:59:59,5+01:00",
	"2024-02-29 10:15:00 +0200", "2024-02-29T10:15:00-08", "2024-02-29 10:15:00 UTC", "2024-02-29T10:15+01:00",
	number("1706696130"), "1706696130", "1706696130.250", number("1706696130.25"), number("1706696130500"), "1706696130500",
	number("20240229"), number("1.706696130E9"),
}

// notStamps are none in any form, or in more than one.
var notStamps = []any{
	"tomorrow", "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-10", "2024-01-00", "2024-02-29T25:00:00", "2024-02-29T24:00:01", "2024-02-29T10:60:00Z", "2024-02-29T10:15:61Z",
	"2024-02-29T", "2024-02-29T10:15:00.Z", "2024-02-29T10:15:00[Bob]", "2024-02-29T10:15:00[Bob/Marley]", "0706696130", "00", "-0", "+1706696130", "--5",
	"1706696130.", ".5", "1e9", " 2024-02-29", "2024-02-29 ", "٢٠٢٤-٠٢-٢٩", strings.Repeat("1", 100_000), strings.Repeat("1", 21), "2024-02-29T10:15:00." + strings.Repeat("1", 100_000),
	"01/02/2024", "02-01-2024", "05/05/2024", "31/31/2024", "01/02/24", "31.01.24", "2024", number("2024"), "2199.5", "01/24", "Jan 24", "24-Jan", "May", "10:15:30", "T10:15",
	"Bob, 31 Jan 2024", "31 Bob 2024", "31 jAN 2024", "31 Janu 2024", "Wed, 31 Jan 2024 10:15:30 +0100 (Bob Marley)", "Wed, 31 Jan 2024 10:15:30 +0100 (BOB)", "31 Jan 2024 10:15:30 BOB",
	"Wed Jan 31 2024 10:15:30 GMT+0100 (Bob 4711 Time)", "/Date(1706696130500)", "/Date(x)/", "/Date(1706696130500.5)/", "/Date()/", "Date(5)", "2024-W54", "2023-W53-1", "2024-W05-8", "2024-366x", "2023-366", "2024-000",
	"123 Main Street", "+49 30 1234567", "512-03-1234", "192.0.2.1", "1.2.3", "12:30", "2024-01-31T10:15:30+1", "2024-01-31T10:15:30+01:0", "2024-01-31T10:15:30m=+5",
}

var anyDigit = regexp.MustCompile(`\d`)

func TestShiftTimeKeepsTheForm(t *testing.T) {
	for _, unit := range []string{"second", "day", "week"} {
		for i, in := range stampTexts {
			out := outText(t, ShiftTime(Granularity(unit)), in)
			want := fmt.Sprint(in)
			if i == len(stampTexts)-1 {
				want = "1706696130"
			}
			if out == want || anyDigit.ReplaceAllString(out, "0") != anyDigit.ReplaceAllString(want, "0") {
				t.Errorf("%s: %s became %s", unit, want, out)
			}
		}
	}
	refused(t, ShiftTime, notStamps...)
	faulty(t, ShiftTime(MaxDays(0)), ShiftTime(MaxDays(36_501)), ShiftTime(Granularity("month")), ShiftTime(Subject("a[")), ShiftTime(Subject("a.*")),
		ShiftTime(Subject("")), ShiftTime(Subject("a"), PerItem()), ShiftTime(MaxDays(6), Granularity("week")))
	isUniqueness(t, ShiftTime(), dynsync.UniquenessNone)
}

func TestShiftTimeMovesAllFormsAlike(t *testing.T) {
	const days = 20
	for i := range 100 {
		domain, most := In(strconv.Itoa(i)), MaxDays(days)
		first, _ := time.Parse(time.DateOnly, outText(t, ShiftTime(domain, most), "2024-01-31"))
		second, _ := time.Parse(time.RFC3339Nano, outText(t, ShiftTime(domain, most), "2024-02-03T10:00:00.5+01:00"))
		if d := second.Sub(first); d != 3*day+9*time.Hour+time.Second/2 {
			t.Errorf("the interval became %v", d)
		}
		epoch, _ := strconv.ParseInt(outText(t, ShiftTime(domain, most), number("1706659200")), 10, 64)
		if epoch != first.Unix() {
			t.Error(epoch, first.Unix())
		}
		moved := first.Sub(time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC))
		if moved == 0 || moved.Abs() > days*day || moved%day != 0 {
			t.Errorf("moved by %v", moved)
		}
		week, _ := time.Parse(time.DateOnly, outText(t, ShiftTime(domain, Granularity("week")), "2024-01-31"))
		if week.Weekday() != time.Wednesday {
			t.Error(week)
		}
	}
}

// Offsets of less than a day move dates too, and those of less than a minute times.
func TestShiftTimeMovesEveryForm(t *testing.T) {
	for i := range 300 {
		tr := ShiftTime(In(strconv.Itoa(i)), MaxDays(1), Granularity("second"))
		for _, in := range []any{"2024-02-29", "20240229", number("20240229"), "2024-02-29T10:15Z"} {
			if out := outText(t, tr, in); out == fmt.Sprint(in) {
				t.Fatalf("%v stays", in)
			}
		}
		date, _ := time.Parse(time.DateOnly, outText(t, tr, "2024-02-29"))
		exact, _ := time.Parse(time.RFC3339, outText(t, tr, "2024-02-29T00:00:00Z"))
		if d := date.Sub(exact); d.Abs() >= day {
			t.Errorf("the interval became %v", d)
		}
	}
	offsets := []struct{ offset, want time.Duration }{{1, 1}, {-1, -1}, {day, 1}, {-day, -1}, {day + 1, 2}, {-2*day - 1, -3}}
	for _, o := range offsets {
		if got := roundAway(o.offset, day); got != o.want {
			t.Errorf("a date moves by %v for %v", got, o.offset)
		}
	}
}

func TestShiftTimeBySubject(t *testing.T) {
	items := []map[string]any{
		{"Id": "1", "Name": "a", "Customer": map[string]any{"No": 7}, "Born": "1980-05-17", "Seen": "2024-05-17", "Own": "1980-05-17"},
		{"Id": "2", "Name": "b", "Customer": map[string]any{"No": 7}, "Born": "1980-05-17", "Seen": "2024-05-17", "Own": "1980-05-17"},
		{"Id": "3", "Name": "c", "Customer": map[string]any{"No": 8}, "Born": "1980-05-17", "Seen": "2024-05-17", "Own": "1980-05-17"},
		{"Id": "4", "Name": "d", "Born": "1980-05-17", "Seen": "2024-05-17", "Own": "1980-05-17"},
	}
	most := MaxDays(36_500)
	out := transformed(t, items,
		dynsync.WithTransform("Born", ShiftTime(most, Subject("Customer.No"))),
		dynsync.WithTransform("Seen", ShiftTime(most)),
		dynsync.WithTransform("Own", ShiftTime(most)))
	born := func(name string) string { return textAt(t, out[name], "Born") }
	if born("a") != born("b") || born("a") == born("c") {
		t.Error(born("a"), born("b"), born("c"))
	}
	if _, err := time.Parse(time.DateOnly, born("d")); err == nil {
		t.Error("without a subject, the default transformer made", born("d"))
	}
	seen := map[string]bool{}
	for name, rec := range out {
		a, errA := time.Parse(time.DateOnly, textAt(t, rec, "Own"))
		b, errB := time.Parse(time.DateOnly, textAt(t, rec, "Seen"))
		if errA != nil || errB != nil || b.Sub(a) != 16071*day {
			t.Errorf("%s: the interval became %v", name, b.Sub(a))
		}
		seen[textAt(t, rec, "Own")] = true
	}
	if len(seen) != len(items) {
		t.Error("items are moved alike:", seen)
	}
	if _, err := apply(t, ShiftTime(Subject("Nobody"), Strict()), "2024-05-17"); err == nil || !strings.Contains(err.Error(), "subject") {
		t.Error(err)
	}
}

func TestKeyTextIsThatOfTheKey(t *testing.T) {
	a, _ := dynsync.NewRecord([]byte(`{"a":{"S":"x"},"b":{"N":"1.0"},"c":{"B":"AAE="}}`))
	b, _ := dynsync.NewRecord([]byte(`{"b":{"N":"1"},"c":{"B":"AAE="},"a":{"S":"\u0078"}}`))
	c, _ := dynsync.NewRecord([]byte(`{"b":{"S":"1"},"c":{"B":"AAE="},"a":{"S":"x"}}`))
	if keyText(a) != keyText(b) || keyText(a) == keyText(c) {
		t.Error(keyText(a), keyText(b), keyText(c))
	}
}

func TestShiftTTL(t *testing.T) {
	if got := outText(t, ShiftTTL(Days(30)), number("1706696130")); got != strconv.Itoa(1706696130+30*86400) {
		t.Error(got)
	}
	seen := map[string]bool{}
	for i := range 100 {
		n, err := strconv.Atoi(outText(t, ShiftTTL(JitterDays(2)), number(strconv.Itoa(1706696130+i))))
		seen[strconv.Itoa(n-i)] = true
		if moved := n - 1706696130 - i - 365*86400; err != nil || moved < 0 || moved > 2*86400 {
			t.Error(moved, err)
		}
	}
	if len(seen) < 90 {
		t.Error(len(seen), "different moves")
	}
	refused(t, ShiftTTL, notStamps...)
	isUniqueness(t, ShiftTTL(), dynsync.UniquenessExact)
	isUniqueness(t, ShiftTTL(JitterDays(1)), dynsync.UniquenessNone)
	faulty(t, ShiftTTL(Days(0)), ShiftTTL(JitterDays(-1)))
}

func TestTruncateTime(t *testing.T) {
	for _, tt := range []struct {
		unit string
		in   any
		want string
	}{
		{"year", "2024-05-17", "2024-01-01"},
		{"month", "2024-05-17", "2024-05-01"},
		{"day", "2024-05-17", "2024-05-17"},
		{"hour", "2024-05-17", "2024-05-17"},
		{"month", "20240517", "20240501"},
		{"hour", "2024-05-17T10:15:30.25+02:00", "2024-05-17T10:00:00.00+02:00"},
		{"day", "2024-05-17 10:15 UTC", "2024-05-17 00:00 UTC"},
		{"year", "2024-05-17T10:15:30,5Z", "2024-01-01T00:00:00,0Z"},
		{"hour", number("1706696130.25"), "1706695200"},
		{"hour", "1706696130.25", "1706695200.00"},
		{"day", number("1706696130500"), "1706659200000"},
		{"year", number("20240517"), "20240101"},
	} {
		if got := outText(t, TruncateTime(Unit(tt.unit)), tt.in); got != tt.want {
			t.Errorf("%v to the %s: got %s, want %s", tt.in, tt.unit, got, tt.want)
		}
	}
	if got := outText(t, TruncateTime(), "2024-05-17"); got != "2024-05-01" {
		t.Error(got)
	}
	refused(t, TruncateTime, notStamps...)
	faulty(t, TruncateTime(Unit("minute")))
}

// TestKeysHaveTextsOfTheirOwn: two keys that differ have texts that differ, whatever they
// hold, and one key has one text in every order and spelling.
func TestKeysHaveTextsOfTheirOwn(t *testing.T) {
	seen := map[string]string{}
	for _, key := range []string{
		`{"a":{"S":"x"}}`, `{"a":{"S":"x"},"b":{"S":""}}`, `{"a":{"S":""},"b":{"S":"x"}}`, `{"a":{"S":"S1:x"}}`, `{"aS1":{"S":"x"}}`, `{"a1":{"S":"x"}}`,
		`{"a":{"N":"1"}}`, `{"a":{"S":"1"}}`, `{"a":{"B":"MQ=="}}`, `{"a":{"S":"\u0378"}}`, `{"a":{"S":"\\u0378"}}`, `{"a":{"S":"\u200b"}}`, `{"a":{"S":"\""}}`,
		`{"a":{"B":"/w=="}}`, `{"a":{"S":"x1:bS1:y"}}`, `{"a":{"S":"x"},"b":{"S":"y"}}`, `{"a":{"S":"y"},"b":{"S":"x"}}`, `{"A":{"S":"x"}}`, `{"\u0378":{"S":"x"}}`,
	} {
		rec, err := dynsync.NewRecord([]byte(key))
		if err != nil {
			t.Fatal(err)
		}
		text := keyText(rec)
		if before, ok := seen[text]; ok {
			t.Errorf("%s and %s have the text %q", before, key, text)
		}
		seen[text] = key
	}
	for _, same := range [][2]string{
		{`{"a":{"S":"x"},"b":{"N":"1"}}`, `{"b":{"N":"1.0"},"a":{"S":"\u0078"}}`},
		{`{"a":{"N":"100"}}`, `{"a":{"N":"1E2"}}`},
	} {
		a, _ := dynsync.NewRecord([]byte(same[0]))
		b, _ := dynsync.NewRecord([]byte(same[1]))
		if keyText(a) != keyText(b) {
			t.Errorf("%s has the text %q, and %s %q", same[0], keyText(a), same[1], keyText(b))
		}
	}
}
