package anon_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
)

// copied returns items as a job copies them, by Id, with the errors of those that fail.
func copied(t *testing.T, items []map[string]any, opts ...dynsync.TableOption) (out map[string]*dynsync.Record, failures []error) {
	t.Helper()
	w := newWorld(t)
	w.create(t, "Items")
	for i, item := range items {
		item["Id"] = fmt.Sprint(i)
		w.put(t, "Items", item)
	}
	s, err := dynsync.New(dynsync.WithSource(w.from), dynsync.WithDestination(w.to), dynsync.WithKey(testKey), dynsync.WithTable("Items", "Items", opts...),
		dynsync.WithOnFailure(func(_ context.Context, f dynsync.Failure) error {
			failures = append(failures, f.Err)
			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sync(t.Context()); err != nil && len(failures) == 0 {
		t.Fatal(err)
	}
	return w.all(t, "Items"), failures
}

// TestTimesThatStandForNoneInARun: programs that compare with the zero time, or with an
// end of time, find it in the copy, in sets and lists too.
func TestTimesThatStandForNoneInARun(t *testing.T) {
	values := map[string]any{
		"Zero": "0001-01-01T00:00:00Z", "Never": "9999-12-31T23:59:59Z", "Day": "9999-12-31", "Epoch": 0, "Seconds": attributevalue.Number("-62135596800"),
		"SQL": "9999-12-31 23:59:59.9999999", "MySQL": "0000-00-00 00:00:00", "Java": "+999999999-12-31", "Max": attributevalue.Number("9223372036854775807"), "Unset": "1970-01-01T00:00:00.000Z",
		"Mail": "Thu, 01 Jan 1970 00:00:00 GMT", "Month": "9999-12",
	}
	for _, tr := range []dynsync.Transformer{anon.ShiftTime(), anon.ShiftTTL(), anon.TruncateTime(anon.Unit("year")), anon.ShiftTime(anon.Strict(), anon.Subject("Id"))} {
		var items []map[string]any
		var rules []dynsync.TableOption
		for range 40 {
			item := map[string]any{"Set": []string{"9999-12-31", "0001-01-01", "0"}, "List": []any{"9999-12-31", 0}}
			for name, v := range values {
				item[name] = v
			}
			items = append(items, item)
		}
		for name := range items[0] {
			rules = append(rules, dynsync.WithTransform(name, dynsync.FirstOf(tr, dynsync.Each(tr))))
		}
		out, failures := copied(t, items, append(rules, dynsync.WithLeakCheck())...)
		if len(out) != 40 {
			t.Fatalf("%d items; %v", len(out), failures)
		}
		for i, item := range items {
			for name, v := range item {
				was, _ := dynsync.ValueOf(v)
				if got, _ := out[fmt.Sprint(i)].Get(name); name != "Id" && !got.Equal(was) {
					t.Errorf("%s: %v became %v", name, was, got)
				}
			}
		}
	}
}

// TestDatesOfAnItemAgree: the seconds and milliseconds of a date move with its text,
// before 1973 and before 1970, too.
func TestDatesOfAnItemAgree(t *testing.T) {
	var items []map[string]any
	for _, date := range []string{"1961-01-01", "1969-12-31", "1970-01-02", "1972-06-30", "1931-05-17", "1900-01-01", "1966-12-31", "1853-05-17", "1968-02-29", "2024-02-29", "1971-07-04", "2199-12-31"} {
		at, _ := time.Parse(time.DateOnly, date)
		items = append(items, map[string]any{
			"Text": date, "Seconds": at.Unix(), "Digits": fmt.Sprint(at.Unix()), "Half": attributevalue.Number(fmt.Sprint(at.Unix(), ".5")), "Millis": at.UnixMilli(), "Go": at.String(), "US": at.Format("01/02/2006"), "Mail": at.Format(time.RFC1123),
		})
	}
	shift := anon.ShiftTime()
	out, _ := copied(t, items,
		dynsync.WithTransform("Text", shift), dynsync.WithTransform("Seconds", shift), dynsync.WithTransform("Digits", shift), dynsync.WithTransform("Go", shift), dynsync.WithTransform("Mail", shift),
		dynsync.WithTransform("Millis", anon.ShiftTime(anon.Layout("unixMilli"))), dynsync.WithTransform("US", anon.ShiftTime(anon.Layout("01/02/2006"))), dynsync.WithTransform("Half", shift))
	for i, item := range items {
		rec := out[fmt.Sprint(i)]
		moved, err := time.Parse(time.DateOnly, get(t, rec, "Text"))
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]any{"Seconds": moved.Unix(), "Digits": moved.Unix(), "Millis": moved.UnixMilli(), "Go": moved, "US": moved.Format("01/02/2006"), "Mail": moved.Format(time.RFC1123)} {
			if got := get(t, rec, name); got != fmt.Sprint(want) {
				t.Errorf("%v: %s became %s, not %v", item["Text"], name, got, want)
			}
		}
		var seconds float64
		if day := strings.TrimPrefix(fmt.Sprint(item["Digits"]), "-"); len(day) < len("1000000") {
			continue // half seconds within 12 days of 1970
		}
		if _, err := fmt.Sscan(get(t, rec, "Half"), &seconds); err != nil || seconds-float64(moved.Unix()) != 0.5 && seconds-float64(moved.Unix()) != -0.5 {
			t.Errorf("%v: half a second later became %s (%v)", item["Text"], get(t, rec, "Half"), err)
		}
	}
}

// TestFormsInARun: dates in common forms keep them, and one that may mean two dates
// does with a layout.
func TestFormsInARun(t *testing.T) {
	form := func(text string) string { return regexp.MustCompile(`\d`).ReplaceAllString(text, "9") }
	var items []map[string]any
	for _, v := range []string{
		"2024-01-31", "20240131T101530Z", "2019-09-25T010101", "2024-01", "01/31/2024", "31.01.2024", "2024-01-31 10:15:30 +0000 UTC", "2024-01-31 10:15:30.123456789 +0100 CET m=+0.000012345",
		"2024-031", "202401", "20240131101530", "2024/01/31 10:15:30", "2024-01-31T10:15:30+01:00[Europe/Berlin]", "31.01.2024 10:15", "2024-01-31-10.15.30.123456", "/Date(1706696130500)/", "2024-01-31T10:15:30,5",
	} {
		items = append(items, map[string]any{"V": v})
	}
	out, _ := copied(t, items, dynsync.WithTransform("V", anon.ShiftTime(anon.Strict())))
	for i, item := range items {
		if rec := out[fmt.Sprint(i)]; rec == nil || form(get(t, rec, "V")) != form(item["V"].(string)) || get(t, rec, "V") == item["V"] {
			t.Errorf("%v became %v", item["V"], rec)
		}
	}
	stated := []map[string]any{{"V": "01/02/2024"}, {"V": "12/31/2024"}, {"V": "31.01.24"}, {"V": "05/24"}, {"V": "2024"}}
	out, failures := copied(t, stated, dynsync.WithTransform("V", anon.ShiftTime(anon.Layout("01/02/2006", "02.01.06", "01/06", "2006"), anon.Strict())))
	for i, item := range stated {
		if rec := out[fmt.Sprint(i)]; rec == nil || form(get(t, rec, "V")) != form(item["V"].(string)) || get(t, rec, "V") == item["V"] {
			t.Errorf("%v became %v, %v", item["V"], rec, failures)
		}
	}
}

// TestExpiryTimesKeepTheirUnit: an expiry time moves in its unit and form, as a number
// and as text, and is never drawn.
func TestExpiryTimesKeepTheirUnit(t *testing.T) {
	number := func(text string) attributevalue.Number { return attributevalue.Number(text) }
	tests := []struct{ in, want any }{ // in 365 days; nil where the item fails
		{number("1706696130"), number("1738232130")}, {number("1706696130000"), number("1738232130000")}, {number("1706696130000000"), number("1738232130000000")}, {number("1706696130000000000"), number("1738232130000000000")},
		{number("1706696130.5"), number("1738232130.5")}, {number("1706696130500.25"), number("1738232130500.25")}, {number("0"), number("0")}, {number("-62135596800"), number("-62135596800")}, {number("2147483647"), number("2147483647")},
		{number("9999999999"), number("9999999999")}, {number("86400"), number("31622400")}, {number("-86400"), number("31449600")}, {number("20240131"), number("20250130")}, {number("20240131101530"), number("20250130101530")},
		{"1706696130", "1738232130"}, {"1706696130500", "1738232130500"}, {"1706696130.5", "1738232130.5"}, {"2024-01-31T10:15:30Z", "2025-01-30T10:15:30Z"}, {"2024-01-31", "2025-01-30"}, {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"}, {"", ""},
		{"Wed, 31 Jan 2024 10:15:30 GMT", "Thu, 30 Jan 2025 10:15:30 GMT"}, {number("-31536000"), nil}, {number("2024"), nil}, {number("1E30"), nil}, {number("9999999998"), nil}, {"tomorrow", nil}, {"Bob", nil}, {"9999-06-30", nil}, {"0001-01-01", "0001-01-01"},
	}
	var items, kept []map[string]any
	for _, tt := range tests {
		items, kept = append(items, map[string]any{"ttl": tt.in}), append(kept, map[string]any{"ttl": tt.in})
	}
	shift := anon.ShiftTTL(anon.Days(365))
	ttl := dynsync.WithTTLAttribute("ttl")
	out, failures := copied(t, items, ttl, dynsync.WithTransform("ttl", shift), dynsync.WithLeakCheck())
	failed := 0
	for i, tt := range tests {
		rec := out[fmt.Sprint(i)]
		if tt.want == nil {
			failed++
			if rec != nil {
				t.Errorf("%v became %v", tt.in, rec)
			}
			continue
		}
		want, _ := dynsync.ValueOf(tt.want)
		if rec == nil {
			t.Errorf("%v failed", tt.in)
		} else if got, _ := rec.Get("ttl"); !got.Equal(want) {
			t.Errorf("%v became %v, not %v", tt.in, got, want)
		}
	}
	if len(failures) != failed {
		t.Errorf("%d items failed, not %d", len(failures), failed)
	}
	for _, err := range failures {
		if !strings.Contains(err.Error(), "TTL attribute") || !strings.Contains(err.Error(), "FirstOf") || strings.Contains(err.Error(), "Bob") {
			t.Error(err)
		}
	}
	// A rule can say what stays.
	out, failures = copied(t, kept, ttl, dynsync.WithTransform("ttl", dynsync.FirstOf(shift, dynsync.Passthrough())))
	if len(failures) > 0 || len(out) != len(tests) {
		t.Error(failures)
	}
	if v, _ := out[fmt.Sprint(len(tests)-4)].Get("ttl"); v.Any() != "tomorrow" && v.Any() != "Bob" {
		t.Errorf("the value became %v", v)
	}
}
