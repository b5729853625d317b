package pseudonym

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/wire"
)

// These tests look at how pseudonyms are spread. The key and the items are
// fixed, so each either passes always or never. A bound is given as the chance
// that a right implementation fails it for another key.

// chiSquared returns how far counts are from equal ones, in standard deviations
// of the chi-squared distribution's normal approximation.
func chiSquared(counts map[string]int, classes int) float64 {
	total := 0
	for _, n := range counts {
		total += n
	}
	expected := float64(total) / float64(classes)
	x := float64(classes-len(counts)) * expected
	for _, n := range counts {
		d := float64(n) - expected
		x += d * d / expected
	}
	free := float64(classes - 1)
	return (x - free) / math.Sqrt(2*free)
}

func TestPseudonymsAreSpreadEvenly(t *testing.T) {
	for _, tt := range []struct {
		value   string
		o       Options
		part    func(out string) string
		classes int
		reason  string
	}{
		{`{"BOOL":true}`, Options{}, whole, 2, "true says nothing"},
		{`{"BOOL":false}`, Options{}, whole, 2, "false says nothing"},
		{`{"N":"0"}`, Options{}, whole, 10, "a digit, 0"},
		{`{"N":"7"}`, Options{}, whole, 10, "a digit"},
		{`{"N":"-7"}`, Options{}, whole, 9, "a negative digit"},
		{`{"N":"42"}`, Options{}, whole, 90, "an age"},
		{`{"N":"0.25"}`, Options{}, whole, 81, "two decimals, neither 0 at the ends"},
		{`{"N":"123456789012345678901234567890"}`, Options{}, at(20), 10, "a digit from the second draw"},
		{`{"S":"a"}`, Options{}, at(0), 62, "the first character of a token"},
		{`{"S":"a"}`, Options{}, at(3), 62, "the last character of a token"},
		{`{"S":"sixteen bytes..."}`, Options{}, at(12), 62, "a character from the second draw"},
		{`{"S":"Jane 7"}`, Options{Shape: true}, at(0), 26, "an upper case letter"},
		{`{"S":"Jane 7"}`, Options{Shape: true}, at(2), 26, "a lower case letter"},
		{`{"S":"Jane 7"}`, Options{Shape: true}, at(5), 10, "a digit of a shape"},
		{`{"B":"AA=="}`, Options{ExactLength: true}, whole, 256, "a byte"},
		{`{"NS":["1","2","3"]}`, Options{}, whole, 120, "three of ten digits"},
	} {
		g := testGenerator(t)
		counts := map[string]int{}
		for i := range 20000 {
			g.StartItem(fmt.Append(nil, i))
			counts[tt.part(mustAppend(t, g, "p", tt.value, tt.o))]++
		}
		if len(counts) > tt.classes {
			t.Errorf("%s: %d different results of %d", tt.reason, len(counts), tt.classes)
		}
		// Under 1 in 10,000 for one degree of freedom, less for more.
		if x := chiSquared(counts, tt.classes); x > 10 {
			t.Errorf("%s: %.1f standard deviations from even", tt.reason, x)
		}
	}
}

func whole(out string) string { return out }

func at(i int) func(string) string {
	return func(out string) string { return scalar(out)[i : i+1] }
}

// One boolean at many places, and many at one place, look like coin tosses: not
// only even, but unrelated to the value and to each other.
func TestBooleansAreUnrelated(t *testing.T) {
	g := testGenerator(t)
	const items = 20000
	var same, runs int
	last := byte(0)
	for i := range items {
		g.StartItem(fmt.Append(nil, i))
		yes := mustAppend(t, g, "p", `{"BOOL":true}`, Options{})
		no := mustAppend(t, g, "p", `{"BOOL":false}`, Options{})
		if yes == no {
			same++
		}
		if yes[8] != last {
			runs++
		}
		last = yes[8]
	}
	// Six standard deviations: 1 in 500,000,000.
	bound := int(6 * math.Sqrt(items) / 2)
	if same < items/2-bound || same > items/2+bound {
		t.Errorf("true and false get the same in %d of %d items", same, items)
	}
	if runs < items/2-bound || runs > items/2+bound {
		t.Errorf("%d changes between neighbours in %d items", runs, items)
	}
}

// Strings that resemble each other get tokens that don't.
func TestSimilarValuesGetUnrelatedTokens(t *testing.T) {
	g := testGenerator(t)
	const n = 5000
	equal := 0
	prev := strings.Repeat("-", 16)
	for i := range n {
		tok := scalar(mustAppend(t, g, "p", fmt.Sprintf(`{"S":"customer-%05d"}`, i), Options{}))
		for j := range tok {
			if tok[j] == prev[j] {
				equal++
			}
		}
		prev = tok
	}
	// 16 characters each, equal by chance in one of 62; six standard deviations.
	mean := float64(16*n) / 62
	if d := math.Abs(float64(equal) - mean); d > 6*math.Sqrt(mean) {
		t.Errorf("neighbours agree in %d characters, want about %.0f", equal, mean)
	}
}

func TestTokensDoNotRepeat(t *testing.T) {
	g := testGenerator(t)
	seen := map[string]bool{}
	for i := range 50000 {
		g.StartItem(fmt.Append(nil, i))
		tok := mustAppend(t, g, "p", `{"S":"12345678"}`, Options{})
		if seen[tok] {
			t.Fatalf("a token of 8 characters repeats after %d", i) // 1 in 170,000
		}
		seen[tok] = true
	}
}

// The bounded draws are exact: with a bound that makes half of the draws miss,
// a biased method shows at once.
func TestBelow(t *testing.T) {
	g := testGenerator(t)
	g.rand.startValue(wire.S, nil, nil)
	const n = 1<<63 + 1<<62 // three quarters of all
	counts := map[string]int{}
	for range 30000 {
		x := g.rand.below(n)
		if x >= n {
			t.Fatalf("%d is not below %d", x, uint64(n))
		}
		counts[fmt.Sprint(x/(n/3))]++
	}
	if x := chiSquared(counts, 3); x > 10 {
		t.Errorf("%.1f standard deviations from even", x)
	}
}
