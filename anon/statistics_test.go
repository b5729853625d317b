package anon_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
	"github.com/dynsync/dynsync/internal/testsize"
)

// outside returns what an anonymizer makes of a string outside of a run, where
// everybody knows the key: the seeds are as random as with any.
func outside(t testing.TB, tr dynsync.Transformer, text string) string {
	t.Helper()
	out, err := tr.Transform(t.Context(), dynsync.Input{Value: dynsync.StringValue(text)})
	if err != nil {
		t.Fatalf("%T: %v", tr, err)
	}
	got, ok := out.Text()
	if !ok {
		t.Fatalf("%v", out)
	}
	return got
}

func use(t testing.TB, name string, options map[string]any) dynsync.Transformer {
	t.Helper()
	tr, err := catalog.New(name, options)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// unrelated are the anonymizers whose results say nothing of the value, and
// values they take whose length and beginning are free.
var unrelated = map[string]func(tail string) string{
	"businessName": same, "city": same, "country": same, "firstName": same, "fullAddress": same, "fullName": same, "hash": same, "lastName": same,
	"state": same, "streetAddress": same, "string": same, "token": same, "username": same,
	"email": func(tail string) string { return tail + "@corp.test" },
	"url":   func(tail string) string { return "https://" + tail + ".test" },
}

func same(s string) string { return s }

// TestLengthsDoNotCorrelate: over 4,000 values of 1 to 60 characters the length of
// a result and that of the value are not correlated. Of independent lengths, the
// coefficient has a standard deviation of 1/√4000 = 0.016; the bound is five of
// them.
func TestLengthsDoNotCorrelate(t *testing.T) {
	const n = 4000
	for name, wrap := range unrelated {
		if name == "url" { // as many tokens as the URL has parts
			continue
		}
		tr := use(t, name, nil)
		x, y := make([]float64, n), make([]float64, n)
		for i := range n {
			in := strings.Repeat("a", 1+i*7919%56) + fmt.Sprintf("%04d", i)
			x[i] = float64(len(in))
			y[i] = float64(len(outside(t, tr, wrap(in))))
		}
		if r := correlation(x, y); math.Abs(r) > 5/math.Sqrt(n) {
			t.Errorf("%s: the lengths correlate by %.3f", name, r)
		}
	}
}

func correlation(x, y []float64) float64 {
	mx, my := mean(x), mean(y)
	var xy, xx, yy float64
	for i := range x {
		xy += (x[i] - mx) * (y[i] - my)
		xx += (x[i] - mx) * (x[i] - mx)
		yy += (y[i] - my) * (y[i] - my)
	}
	if yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// TestPrefixesDoNotCarryOver: the results of 2,000 pairs of values that differ in
// their last character have no longer common beginning, on the average, than those
// of pairs that have nothing in common; five standard errors are allowed.
func TestPrefixesDoNotCarryOver(t *testing.T) {
	const n = 2000
	for name, wrap := range unrelated {
		tr := use(t, name, nil)
		near, far := make([]float64, n), make([]float64, n)
		for i := range n {
			a := outside(t, tr, wrap(fmt.Sprintf("someone%dx", i)))
			near[i] = common(a, outside(t, tr, wrap(fmt.Sprintf("someone%dy", i))))
			far[i] = common(a, outside(t, tr, wrap(fmt.Sprintf("%dother", n-i))))
		}
		bound := 5 * math.Sqrt((variance(near)+variance(far))/n)
		if d := mean(near) - mean(far); math.Abs(d) > bound+1e-9 {
			t.Errorf("%s: near values have %.3f characters more in common at their beginning, beyond %.3f", name, d, bound)
		}
	}
}

func common(a, b string) float64 {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return float64(n)
}

func variance(x []float64) float64 {
	m, sum := mean(x), 0.0
	for _, v := range x {
		sum += (v - m) * (v - m)
	}
	return sum / float64(len(x)-1)
}

// TestChoiceIsUniform: of 64,000 draws among 8, χ² with 7 degrees of freedom is
// below 44.6, which chance exceeds once in 6 million times.
func TestChoiceIsUniform(t *testing.T) {
	choices := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	tr := use(t, "oneOf", map[string]any{"choices": choices})
	const n = 64_000
	counts := map[string]float64{}
	for i := range n {
		counts[outside(t, tr, fmt.Sprint("value", i))]++
	}
	chi, expected := 0.0, float64(n)/float64(len(choices))
	for _, c := range choices {
		chi += (counts[c] - expected) * (counts[c] - expected) / expected
	}
	if chi > 44.6 {
		t.Errorf("χ² is %.1f: %v", chi, counts)
	}
}

// TestCollisionsAreThoseOfChance: n values drawn among m names of equal odds hit
// m·(1-(1-1/m)ⁿ) of them; the standard deviation of that count is below
// √(m·e⁻ⁿ⁄ᵐ), and five are allowed. Names that a list holds twice are counted as
// often as they stand there.
func TestCollisionsAreThoseOfChance(t *testing.T) {
	for name, list := range map[string][]string{"firstName": firstNames, "lastName": lastNames} {
		tr := use(t, name, nil)
		n, weight := len(list), map[string]float64{}
		for _, s := range list {
			weight[s]++
		}
		seen := map[string]struct{}{}
		for i := range n {
			seen[outside(t, tr, fmt.Sprint("somebody", i))] = struct{}{}
		}
		expected := 0.0
		for _, w := range weight {
			expected += 1 - math.Pow(1-w/float64(len(list)), float64(n))
		}
		if bound := 5 * math.Sqrt(float64(len(list))/math.E); math.Abs(float64(len(seen))-expected) > bound {
			t.Errorf("%s: %d values hit %d names, expected %.0f ± %.0f", name, n, len(seen), expected, bound)
		}
	}
}

// TestTokensDoNotCollide: what claims to be practically unique has no two equal
// results among 100,000.
func TestTokensDoNotCollide(t *testing.T) {
	for _, spec := range catalog.All() {
		if spec.Uniqueness != dynsync.UniquenessPractical {
			continue
		}
		s, tr := samples[spec.Name], made(t, spec)
		seen := map[string]struct{}{}
		inputs := map[string]struct{}{}
		for i := range testsize.Of(10_000, 40_000, 50_000) {
			in := s.text(i)
			if spec.Name != "uuid" && spec.Name != "email" && spec.Name != "url" {
				in = fmt.Sprint("value", i)
			}
			inputs[in] = struct{}{}
			seen[outside(t, tr, in)] = struct{}{}
		}
		if len(seen) != len(inputs) {
			t.Errorf("%s: %d values have %d results", spec.Name, len(inputs), len(seen))
		}
	}
}
