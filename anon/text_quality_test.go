package anon

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dynsync/dynsync"
)

// quality counts what a detector gets right, span by span.
type quality struct {
	right, wrong, missed int
	unclaimed, caught    int // what it does not claim to find, and found of it
}

func (q quality) precision() float64 { return ratio(q.right, q.right+q.wrong) }
func (q quality) recall() float64    { return ratio(q.right, q.right+q.missed) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

// sentenceFinder returns a Text that finds everything, for sentences of a region.
func sentenceFinder(t testing.TB, region string) *texter {
	names := append(append([]string(nil), latinNames...), cjkNames...)
	cfg, err := lookUp("text").configure([]Option{Find("all"), Names(names...), option{"region", region}})
	if err != nil {
		t.Fatal(err)
	}
	finder, err := newTexter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return finder
}

// TestDetectorsOnLabelledSentences measures the detectors on the labelled set, with
// exact bounds and types, and holds them to floors. The comment of Text states the
// measurements.
func TestDetectorsOnLabelledSentences(t *testing.T) {
	hold(t, measure(t, readSentences(t)))
}

// TestDetectorsOnOtherValues measures on 20 sets more: the same templates with
// values that the detectors were not corrected on.
func TestDetectorsOnOtherValues(t *testing.T) {
	var all []sentence
	for seed := range uint64(20) {
		all = append(all, generateSentences(1000+seed)...)
	}
	hold(t, measure(t, all))
}

// floors are the bounds of the detectors, on either set: what was measured on the
// worse one, less 0.01 to 0.02.
var floors = map[string]struct{ precision, recall float64 }{
	"email": {0.99, 0.99}, "iban": {0.99, 0.99}, "card": {0.97, 0.99}, "ssn": {0.99, 0.99},
	"phone": {0.98, 0.98}, "ip": {0.97, 0.97}, "names": {0.96, 0.99},
}

func hold(t *testing.T, got map[string]quality) {
	var table strings.Builder
	fmt.Fprintf(&table, "%-8s %6s %6s %6s %9s %9s %s\n", "type", "right", "wrong", "missed", "precision", "recall", "found of what is not claimed")
	for kind := findEmail; kind <= findName; kind++ {
		name := findingNames[kind]
		q := got[name]
		fmt.Fprintf(&table, "%-8s %6d %6d %6d %9.3f %9.3f %d/%d\n", name, q.right, q.wrong, q.missed, q.precision(), q.recall(), q.caught, q.unclaimed)
		if floor := floors[name]; q.precision() < floor.precision || q.recall() < floor.recall {
			t.Errorf("%s: precision %.3f and recall %.3f are below %.3f and %.3f", name, q.precision(), q.recall(), floor.precision, floor.recall)
		}
	}
	t.Log("\n" + table.String())
}

func measure(t *testing.T, sentences []sentence) map[string]quality {
	finders := map[string]*texter{}
	got := map[string]quality{}
	for _, s := range sentences {
		if finders[s.Region] == nil {
			finders[s.Region] = sentenceFinder(t, s.Region)
		}
		measureOne(t, s, finders[s.Region].find(s.Text, dynsync.Input{}), got)
	}
	return got
}

func measureOne(t *testing.T, s sentence, found []finding, got map[string]quality) {
	labels := map[span]bool{}
	for _, f := range found {
		labels[span{Type: findingNames[f.kind], Start: f.start, End: f.end}] = true
	}
	for _, want := range s.Spans {
		q := got[want.Type]
		key := want
		key.Unclaimed = false
		hit := labels[key]
		delete(labels, key)
		switch {
		case want.Unclaimed && hit:
			q.unclaimed, q.caught = q.unclaimed+1, q.caught+1
		case want.Unclaimed:
			q.unclaimed++
		case hit:
			q.right++
		default:
			q.missed++
			logFirst(t, q.missed, "missed %s %q in %q", want.Type, s.Text[want.Start:want.End], s.Text)
		}
		got[want.Type] = q
	}
	for extra := range labels {
		q := got[extra.Type]
		q.wrong++
		got[extra.Type] = q
		logFirst(t, q.wrong, "wrong %s %q in %q", extra.Type, s.Text[extra.Start:extra.End], s.Text)
	}
}

// logFirst logs the first ten of a type.
func logFirst(t *testing.T, n int, format string, args ...any) {
	if n <= 10 {
		t.Logf(format, args...)
	}
}
