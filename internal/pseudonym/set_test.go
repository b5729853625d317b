package pseudonym

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dynsync/dynsync/internal/wire"
)

// quoted returns n members made by format, as a set of the given kind.
func quoted(kind string, from, to int, format func(i int) string) string {
	var all []string
	for i := from; i <= to; i++ {
		all = append(all, string(wire.AppendQuote(nil, format(i))))
	}
	return `{"` + kind + `":[` + strings.Join(all, ",") + `]}`
}

// A set can use up every pseudonym that its members may have, and then the last
// of them has only one left.
func TestDenseSets(t *testing.T) {
	decimal := func(i int) string { return fmt.Sprint(i) }
	b64 := func(i int) string { return base64.StdEncoding.EncodeToString([]byte{byte(i)}) }
	for _, tt := range []struct {
		value  string
		o      Options
		same   bool // the result is the same set
		reason string
	}{
		{quoted("NS", 0, 9, decimal), Options{}, true, "all ten digits"},
		{quoted("NS", -9, -1, decimal), Options{}, true, "all negative digits"},
		{quoted("NS", -9, 9, decimal), Options{}, true, "two full classes"},
		{quoted("NS", 10, 99, decimal), Options{}, true, "all 90 two-digit numbers"},
		{quoted("NS", 0, 999, decimal), Options{}, true, "three full classes"},
		{quoted("NS", 1, 9, func(i int) string { return fmt.Sprint("0.00", i) }), Options{}, true, "all single digits of a fraction"},
		{quoted("NS", 1, 9, func(i int) string { return fmt.Sprint(i, "e125") }), Options{ExactLength: true}, true, "all digits before 125 zeros"},
		{quoted("NS", 0, 80, func(i int) string { return fmt.Sprintf("-%d.%d", 1+i/9, 1+i%9) }), Options{}, true,
			"all of one digit and one decimal"},
		{quoted("BS", 0, 255, b64), Options{ExactLength: true}, true, "all single bytes"},
		{quoted("BS", 0, 255, b64), Options{}, false, "rounded up there is room"},
		{quoted("SS", '0', '9', func(i int) string { return string(rune(i)) }), Options{Shape: true}, false, "all digits as strings, which become tokens"},
		{quoted("SS", 'A', 'z', func(i int) string { return string(rune(i)) }), Options{Shape: true}, false,
			"all letters; what is between them has no shape and becomes tokens"},
		{quoted("SS", 0, 99, func(i int) string { return fmt.Sprintf("%02d-\"", i) }), Options{Shape: true}, true, "escaped punctuation in each"},
		{quoted("SS", 0, 127, func(i int) string { return string(rune(i)) }), Options{ExactLength: true}, false,
			"more one-byte strings than there are letters and digits"},
		{quoted("SS", 0x4e00, 0x4eff, func(i int) string { return string(rune(i)) }), Options{Shape: true}, false,
			"256 characters whose shape is one of 26 letters"},
		{quoted("SS", 0x4e00, 0x4eff, func(i int) string { return string(rune(i)) }), Options{Shape: true, ExactLength: true}, false,
			"256 characters whose shape is one of 26 letters, then tokens of three bytes"},
	} {
		for _, item := range []string{"a", "b", "c"} {
			g := testKey(t).NewGenerator("table")
			g.StartItem([]byte(item))
			out := mustAppend(t, g, "p", tt.value, tt.o)
			checkPseudonym(t, tt.value, out, tt.o)
			if got := sameSet(t, tt.value, out); got != tt.same {
				t.Errorf("item %s: the same set: %v, want %v: %s", item, got, tt.same, tt.reason)
			}
		}
	}
}

// sameSet compares members by value.
func sameSet(t *testing.T, a, b string) bool {
	x, y := members(t, a), members(t, b)
	if strings.HasPrefix(a, `{"NS"`) {
		for i := range x {
			x[i], y[i] = normal(x[i]), normal(y[i])
		}
	}
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// Real DynamoDB promises no order of a set's members, so a set read twice may
// come in two orders.
func TestSetsHaveNoOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	g := testGenerator(t)
	for _, set := range []string{
		quoted("NS", 0, 9, func(i int) string { return fmt.Sprint(i) }),
		quoted("NS", -50, 150, func(i int) string { return fmt.Sprint(i) }),
		quoted("SS", 0, 99, func(i int) string { return fmt.Sprintf("%02d", i) }),
		quoted("BS", 0, 99, func(i int) string { return base64.StdEncoding.EncodeToString([]byte{byte(i)}) }),
	} {
		kind, all := set[2:4], members(t, set)
		for _, o := range allOptions {
			want := mustAppend(t, g, "p", set, o)
			for range 20 {
				r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
				shuffled := quoted(kind, 0, len(all)-1, func(i int) string { return all[i] })
				if got := mustAppend(t, g, "p", shuffled, o); got != want {
					t.Fatalf("another order gives another result: %s, then %s", want, got)
				}
			}
		}
	}
}

// Which member became which must not show in the order of the results.
func TestSetOrderSaysNothing(t *testing.T) {
	g := testGenerator(t)
	first := 0 // how often the least member has the least pseudonym
	const items = 2000
	for i := range items {
		g.StartItem(fmt.Append(nil, i))
		out := members(t, mustAppend(t, g, "p", `{"SS":["a","b"]}`, Options{}))
		if !slices.IsSorted(out) {
			t.Fatalf("the results are not sorted: %v", out)
		}
		// The pseudonym of "a" is drawn first and meets no clash.
		alone := members(t, mustAppend(t, g, "p", `{"SS":["a"]}`, Options{}))
		if out[0] == alone[0] {
			first++
		}
	}
	// Six standard deviations round the half.
	if first < 866 || first > 1134 {
		t.Errorf("the least member comes first in %d of %d items", first, items)
	}
}

// The next function visits every pseudonym of a class before it comes back.
func TestNextVisitsAll(t *testing.T) {
	number := func(s string) func([]byte) {
		c := coefficientOf([]byte(s), Options{})
		return func(b []byte) { nextNumber(b, c) }
	}
	for _, tt := range []struct {
		start  string
		next   func([]byte)
		want   int
		reason string
	}{
		{"a", nextToken, 62, "letters and digits"},
		{"zZ", nextToken, 62 * 62, "the carry"},
		{"B-3", nextShape, 260, "punctuation stays"},
		{`q\"Z`, nextShape, 26 * 26, "an escape stays"},
		{"\xff", nextBytes, 256, "all bytes"},
		{"\x01\x02", nextBytes, 65536, "the carry"},
		{"5", number("5"), 10, "any digit"},
		{"-5", number("-5"), 9, "never -0"},
		{"57", number("57"), 90, "no zero in front"},
		{"0.5", number("0.5"), 9, "no 0.0"},
		{"0.057", number("0.057"), 81, "first and last digit are not 0"},
		{"1.5", number("1.5"), 81, "the carry crosses the point"},
		{"1.05", number("1.05"), 810, "a digit between may be 0"},
	} {
		seen := map[string]bool{}
		for b := []byte(tt.start); !seen[string(b)]; tt.next(b) {
			seen[string(b)] = true
		}
		if len(seen) != tt.want {
			t.Errorf("from %q: %d, want %d: %s", tt.start, len(seen), tt.want, tt.reason)
		}
	}
}

func TestBigSet(t *testing.T) {
	g := testGenerator(t)
	in := quoted("NS", 10000, 50000, func(i int) string { return fmt.Sprint(i) })
	out := mustAppend(t, g, "p", in, Options{})
	checkPseudonym(t, in, out, Options{})
	if diff := cmp.Diff(out, mustAppend(t, g, "p", in, Options{})); diff != "" {
		t.Error("a second time it is another")
	}
}
