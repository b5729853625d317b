package dynsync

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/capacity"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/wire"
)

// The length of the default pseudonym told "male" from "female", in 400 of 400 items.
func TestLengthsDoNotTellShortWords(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		items := map[string]map[string]any{}
		words := []string{"male", "female", "M", "diverse", "not specified"}
		for i := range 400 {
			word := words[i%len(words)]
			id := fmt.Sprint(i)
			items[id] = map[string]any{"Id": id, "s": word, "b": []byte(word), "ss": []string{word}, "bs": [][]byte{[]byte(word)},
				"m": map[string]any{"s": word}, "l": []any{word}, "json": `{"s":"` + word + `"}`}
		}
		w.fill(t, w.source, "Source", items)
		w.copyOne(t, "s", WithTransform("json", JSON(WithTransform("none", Passthrough()))))
		lengths := map[string]map[int]bool{}
		for _, item := range contents(t, w.plain, "Destination") {
			for name, v := range item {
				if name == "Id" {
					continue
				}
				if lengths[name] == nil {
					lengths[name] = map[int]bool{}
				}
				lengths[name][len(fmt.Sprintf("%s", v))] = true
			}
		}
		for name, all := range lengths {
			if len(all) != 1 {
				t.Errorf("%s has lengths %v", name, all)
			}
		}
		if len(lengths) != 7 {
			t.Errorf("there are %v", lengths)
		}
	})
}

func TestAtLeast(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		opts   []PseudonymOption
		in     int
		want   int
		reason string
	}{
		{nil, 1, 16, "the default"},
		{nil, 16, 16, "as many as the default"},
		{nil, 17, 32, "one more"},
		{nil, 0, 0, "nothing stays nothing"},
		{[]PseudonymOption{AtLeast(1)}, 1, 1, "the least that is legal"},
		{[]PseudonymOption{AtLeast(1)}, 3, 4, "powers of two above it"},
		{[]PseudonymOption{AtLeast(20)}, 17, 20, "no power of two"},
		{[]PseudonymOption{AtLeast(20)}, 21, 32, "powers of two above it, all the same"},
		{[]PseudonymOption{AtLeast(1024)}, 1, 1024, "the most that is legal"},
		{[]PseudonymOption{AtLeast(1024)}, 1025, 2048, "one more"},
		{[]PseudonymOption{AtLeast(8), AtLeast(64)}, 9, 64, "the second replaces the first"},
		{[]PseudonymOption{KeepShape(), AtLeast(64)}, 9, 9, "a shape has its own length"},
	} {
		plan := testPlan(t, WithTransform("a", Pseudonym(tt.opts...)))
		rec, err := NewRecord(map[string]any{"Id": "1", "a": strings.Repeat("x", tt.in)})
		if err != nil {
			t.Fatal(err)
		}
		out, err := runPlan(plan, rec)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := out.Get("a")
		if text, _ := v.Text(); len(text) != tt.want {
			t.Errorf("%d bytes became %d, want %d: %s", tt.in, len(text), tt.want, tt.reason)
		}
	}
}

func TestAtLeastIsChecked(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{-1: false, 0: false, 1: true, 16: true, 1024: true, 1025: false} {
		for place, opt := range map[string]TableOption{
			"a rule":         WithTransform("a", Pseudonym(AtLeast(n))),
			"the default":    WithDefaultTransform(Pseudonym(AtLeast(n))),
			"a combinator":   WithTransform("a", Each(FirstOf(Pseudonym(AtLeast(n))))),
			"rules of JSON":  WithTransform("a", JSON(WithTransform("b", Pseudonym(AtLeast(n))))),
			"a key's names":  WithTransformKeys("a", Pseudonym(AtLeast(n))),
			"a rule of sets": WithTransform("a[*]", Pseudonym(AtLeast(n))),
		} {
			_, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination", opt))
			if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), fmt.Sprintf("AtLeast must be 1 to 1024, not %d", n)) {
				t.Errorf("AtLeast(%d) in %s: %v", n, place, err)
			}
		}
	}
}

// Default pseudonyms, and the seeds of an item, were the same in every table.
func TestDefaultPseudonymsDifferBetweenTables(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	item := map[string]any{"Id": "1", "s": "a value", "n": int64(1234567890123456), "ss": []string{"a"}, "json": `{"s":"a value"}`, "item": "x", "value": "x"}
	p.create(t, p.source.Client(), "Source2")
	p.fill(t, item)
	p.fillTable(t, "Source2", item)
	copied := func(source, name string) map[string]string {
		opts := []TableOption{WithTransform("json", JSON(WithTransform("none", Passthrough()))), WithTransform("item", seeded(Input.ItemSeed)), WithTransform("value", seeded(Input.Seed))}
		if name != "" {
			opts = append(opts, WithName(name))
		}
		s := p.syncer(t, WithTable(source, "Destination", opts...))
		got := map[string]string{}
		for rec, err := range s.Transformed(t.Context(), cmp.Or(name, source)) {
			if err != nil {
				t.Fatal(err)
			}
			for attribute, v := range rec.Attributes() {
				got[attribute] = string(v.DynamoDBJSON())
			}
		}
		return got
	}
	const arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/Source"
	one := copied("Source", "")
	for _, tt := range []struct {
		source, name string
		same         bool
		reason       string
	}{
		{"Source", "", true, "another run"},
		{"Source", "Source", true, "its own name"},
		{"Source2", "Source", true, "another table that has the name in the job"},
		{"Source", arn, true, "its ARN"},
		{"Source", arn + "/index/byName", true, "the ARN of its index"},
		{"Source2", "", false, "another table"},
		{"Source", "users", false, "another name"},
		{"Source", "source", false, "another case"},
		{"Source", "Sourc", false, "the beginning of the name"},
		{"Source", "arn:aws:dynamodb:eu-west-1:123456789012:table/Source2", false, "another table's ARN"},
	} {
		other := copied(tt.source, tt.name)
		for name := range one {
			if same := one[name] == other[name]; same != (tt.same || name == "Id" || name == "value") {
				t.Errorf("%s: %s is %s, and was %s", tt.reason, name, other[name], one[name])
			}
		}
	}
}

// seeded gives a value its seed.
type seeded func(in Input, domain string) [32]byte

func (f seeded) Transform(_ context.Context, in Input) (Value, error) {
	seed := f(in, "test")
	return ValueOf(seed[:])
}

func TestTheReportTellsWhatPseudonymsAdd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		item         map[string]any
		opts         []TableOption
		bytes, units int64
		reason       string
	}{
		{map[string]any{"Id": "1", "a": "male"}, nil, 12, 0, "from 4 bytes to 16"},
		{map[string]any{"Id": "1", "a": "José"}, nil, 11, 0, "from 5 bytes of UTF-8"},
		{map[string]any{"Id": "1", "a": []byte{1}}, nil, 15, 0, "a binary"},
		{map[string]any{"Id": "1", "a": []string{"x", "yy"}}, nil, 29, 0, "a set"},
		{map[string]any{"Id": "1", "a": [][]byte{{1, 2, 3}}}, nil, 13, 0, "a set of binaries"},
		{map[string]any{"Id": "1", "a": map[string]any{"b": []any{"x"}}}, nil, 15, 0, "within a map and a list"},
		{map[string]any{"Id": "1", "a": `{"b":"x"}`}, []TableOption{WithTransform("a", JSON(WithTransform("none", Passthrough())))}, 15, 0, "within JSON"},
		{map[string]any{"Id": "1", "a": 1234, "b": true, "c": nil}, nil, 0, 0, "numbers, booleans and NULL keep their size"},
		{map[string]any{"Id": "1", "a": "sixteen bytes..."}, nil, 0, 0, "the same length"},
		{map[string]any{"Id": "1", "a": "male"}, []TableOption{WithDefaultTransform(Pseudonym(AtLeast(1)), KindS)}, 0, 0, "another least length"},
		{map[string]any{"Id": "1", "a": "male"}, []TableOption{WithDefaultTransform(Pseudonym(KeepShape()), KindS)}, 0, 0, "a shape"},
		{map[string]any{"Id": "1", "a": "male"}, []TableOption{WithDefaultTransform(Constant(strings.Repeat("x", 2000)), KindS)}, 0, 0, "no pseudonym"},
		{map[string]any{"Id": "1", "pad": strings.Repeat("x", 1002), "a": "male"}, []TableOption{WithTransform("pad", Passthrough())}, 12, 1, "past 1 KB"},
		{map[string]any{"Id": "1", "pad": strings.Repeat("x", 1001), "a": "male"}, []TableOption{WithTransform("pad", Passthrough())}, 12, 0, "to 1 KB"},
		{map[string]any{"Id": "1", "a": strings.Repeat("x", 2049)}, nil, 2047, 2, "past 3 KB and 4"},
		{map[string]any{"Id": "1", "a": strings.Repeat("x", 300_000)}, nil, 0, 0, "not past 400 KB"},
	} {
		inBubble(t, func(t *testing.T, w *world) {
			w.fill(t, w.source, "Source", map[string]map[string]any{"1": tt.item})
			_, rep := w.copyOne(t, "Id", tt.opts...)
			if rep.PseudonymBytes != tt.bytes || rep.PseudonymUnits != tt.units {
				t.Errorf("%s: %d bytes and %d units, want %d and %d", tt.reason, rep.PseudonymBytes, rep.PseudonymUnits, tt.bytes, tt.units)
			}
			told := strings.Contains((&Report{Tables: []*TableReport{rep}}).String(), fmt.Sprintf("pseudonyms made items %d bytes longer", tt.bytes))
			if told != (tt.bytes > 0) {
				t.Errorf("%s: the report tells it: %t", tt.reason, told)
			}
		})
	}
}

// What is estimated of many items is what all of them cost, but for a few percent.
func TestWriteUnitsOfPseudonymsAreEstimated(t *testing.T) {
	t.Parallel()
	const items = 10_000
	x := engine.New(testPlan(t))
	var got, want float64
	for i := range items {
		rec, err := NewRecord(typicalItem(i))
		if err != nil {
			t.Fatal(err)
		}
		out, _, err := x.Process(t.Context(), rec.item, wire.Span{End: uint32(len(rec.item))}, rec.attrs)
		if err != nil {
			t.Fatal(err)
		}
		grown, units := x.TakeGrowth()
		want += capacity.WriteUnits(wire.ItemSize(out)) - capacity.WriteUnits(wire.ItemSize(out)-int(grown))
		got += float64(units)
	}
	if got < 0.95*want || got > 1.05*want {
		t.Errorf("%.0f units, want about %.0f", got, want)
	}
}

// TestWhatPseudonymsAddToATypicalItem measures what the least length costs items of
// some 1 KB, as the README states it.
func TestWhatPseudonymsAddToATypicalItem(t *testing.T) {
	t.Parallel()
	const items = 1000
	var sum int
	sizes := map[int]int64{} // by least length
	units := map[int]int64{}
	for i := range items {
		rec, err := NewRecord(typicalItem(i))
		if err != nil {
			t.Fatal(err)
		}
		sum += wire.ItemSize(rec.item)
		for _, least := range []int{1, 4, 8, 16, 32} {
			x := engine.New(testPlan(t, WithDefaultTransform(Pseudonym(AtLeast(least)))))
			if _, _, err := x.Process(t.Context(), rec.item, wire.Span{End: uint32(len(rec.item))}, rec.attrs); err != nil {
				t.Fatal(err)
			}
			grown, more := x.TakeGrowth()
			sizes[least] += grown
			units[least] += more
		}
	}
	t.Logf("items of %d bytes on average", sum/items)
	for _, least := range []int{1, 4, 8, 16, 32} {
		t.Logf("AtLeast(%d) adds %d bytes to an item, and %.2f write units", least, sizes[least]/items, float64(units[least])/items)
	}
	if more := (sizes[16] - sizes[4]) / items; more > 200 {
		t.Errorf("a least length of 16 adds %d bytes more than one of 4", more)
	}
}

// typicalItem is a customer with an address, preferences and a few notes.
func typicalItem(i int) map[string]any {
	words := strings.Fields("late order was sent again to the old address and nobody answered the door so it went back")
	note := func(n int) string {
		var text []string
		for k := range n {
			text = append(text, words[(i+k*7)%len(words)])
		}
		return strings.Join(text, " ")
	}
	return map[string]any{
		"Id": fmt.Sprintf("customer-%06d", i), "FirstName": []string{"Ann", "Christopher", "Lena"}[i%3], "LastName": []string{"Ng", "Vogt", "Featherstone"}[i%3],
		"Email": fmt.Sprintf("ann.lee.%d@mail-host.example", i), "Phone": "+49 171 5550123", "Gender": []string{"male", "female"}[i%2], "Status": "active",
		"Country": "DE", "Language": "en", "Born": "1984-03-07", "Created": "2021-11-05T10:22:31Z", "Visits": i % 400, "Balance": "129.95", "Vip": i%9 == 0,
		"Address":     map[string]any{"Street": "12 Long Lane", "City": "Springfield", "Zip": "12345", "State": "IL", "Country": "US"},
		"Preferences": map[string]any{"Theme": "dark", "Mail": "weekly", "Currency": "EUR", "TimeZone": "Europe/Berlin"},
		"Tags":        []string{"new", "b2c", "newsletter"}, "Session": []byte(fmt.Sprintf("%020d", i)),
		"Notes": []any{note(20 + i%60), note(30), note(i % 80)},
	}
}
