package anon

import (
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/dynsync/dynsync"
)

// enough is how many results there are at least for a value, so that one that stays as
// it is does so by chance. What is drawn never depends on that: to leave out the value
// itself would tell something of it. An option that follows the value and leaves fewer
// is given up for that value, or the anonymizer does not apply to it. Those that have
// few by nature say so in [entry.few].
const enough = 64

// classify says in a description in which class results are with these options, and
// whether all of them is drawn.
func (e *entry) classify(cfg *config, d *dynsync.Description) {
	kept, freed := e.kept(cfg)
	d.Class, d.Drawn = e.class, e.drawn && kept == nil || freed
	if e.keeps != "" && !freed {
		kept = append([]string{e.keeps}, kept...)
	}
	if len(kept) == 0 {
		return
	}
	d.Class, d.Keeps = dynsync.ClassMayKeep, strings.Join(kept, ", and ")
	if len(kept) > 1 || kept[0] != e.keeps || e.keepsOf == 0 {
		return
	}
	d.Classes = map[dynsync.Kind]dynsync.Class{}
	for _, k := range e.kinds {
		if k != e.keepsOf {
			for _, k := range withSets([]dynsync.Kind{k}) {
				d.Classes[k] = e.class
			}
		}
	}
}

// kept returns what the options keep of a value, and whether one makes results free of
// it.
func (e *entry) kept(cfg *config) (kept []string, freed bool) {
	for _, s := range e.options {
		v := cfg.values[s.Name]
		if texts, ok := v.([]string); v == nil || ok && len(texts) == 0 || !ok && reflect.ValueOf(v).IsZero() {
			continue
		}
		if s.Keeps != "" && !slices.Contains(kept, s.Keeps) {
			kept = append(kept, s.Keeps)
		}
		freed = freed || s.Frees
	}
	return kept, freed
}

// of returns a size that is the same for all values.
func of(n float64) func(*call) float64 { return func(*call) float64 { return n } }

// bitsOf returns the binary logarithm, rounded down, of how many texts of n characters an
// alphabet of so many has.
func bitsOf(alphabet, n int) int { return int(float64(n) * math.Log2(float64(alphabet))) }

// power returns how many texts of n characters an alphabet of so many has.
func power(alphabet, n int) float64 {
	size := 1.0
	for range min(n, 1000) { // more is no float64
		size *= float64(alphabet)
	}
	return size
}
