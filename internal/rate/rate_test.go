package rate

import (
	"math"
	"testing"
	"time"
)

// run adds a sample each quarter of a second. at returns how far the table is after so
// many seconds.
func run(seconds float64, at func(s float64) Sample) (Rates, float64, time.Duration) {
	var m Meter
	var r Rates
	var last Sample
	for s := 0.0; s <= seconds; s += 0.25 {
		last = at(s)
		last.At = time.Unix(0, 0).Add(time.Duration(s * float64(time.Second)))
		r = m.Add(last)
	}
	return r, last.Fraction(), m.Remaining()
}

// The rate and the time left are those of the slower of reading and writing.
func TestTheSlowerCounts(t *testing.T) {
	items := func(s, perSecond, most float64) int64 { return int64(min(s*perSecond, most)) }
	for _, tt := range []struct {
		name    string
		seconds float64
		at      func(s float64) Sample
		rate    float64
		done    float64
		left    time.Duration
	}{
		{"reading limits", 10, func(s float64) Sample {
			return Sample{Read: items(s, 100, 4000), Settled: items(s, 100, 4000), ReadFraction: s / 40}
		}, 100, 0.25, 30 * time.Second},
		{"writing limits, while there is something to read", 10, func(s float64) Sample {
			return Sample{Read: items(s, 100, 4000), Settled: items(s, 50, 4000), ReadFraction: s / 40}
		}, 50, 0.125, 70 * time.Second},
		{"writing goes on after the reading", 10, func(s float64) Sample {
			return Sample{Read: items(s, 1000, 1000), Settled: items(s, 50, 1000), AllRead: s >= 1, ReadFraction: min(s, 1)}
		}, 50, 0.5, 10 * time.Second},
		{"all is settled", 25, func(s float64) Sample {
			return Sample{Read: 1000, Settled: items(s, 50, 1000), AllRead: true}
		}, 0, 1, 0},
		{"a condition: what is left is not known", 10, func(s float64) Sample {
			return Sample{Read: items(s, 100, 4000), Settled: items(s, 100, 4000)}
		}, 100, 0, 0},
		{"a condition: known after the reading", 10, func(s float64) Sample {
			return Sample{Read: items(s, 1000, 1000), Settled: items(s, 50, 1000), AllRead: s >= 1}
		}, 50, 0.5, 10 * time.Second},
		{"a resumed run: what earlier runs did took none of its time", 10, func(s float64) Sample {
			return Sample{Read: items(s, 100, 1000), Settled: items(s, 100, 1000), Resumed: 2000, ReadFraction: (2000 + 100*s) / 4000}
		}, 100, 0.75, 10 * time.Second},
		{"writing stands still", 10, func(s float64) Sample {
			return Sample{Read: 1000, Settled: 500, AllRead: true}
		}, 0, 0.5, 0},
		{"the writing of what was read before catches up", 10, func(s float64) Sample {
			return Sample{Read: 1000 + items(s, 10, 1000), Settled: items(s, 100, 1000), ReadFraction: 0.5}
		}, 100, 0.5 * 1000 / 1100, 12 * time.Second},
		{"an empty table", 1, func(float64) Sample { return Sample{AllRead: true} }, 0, 1, 0},
		{"the first sample", 0, func(float64) Sample { return Sample{} }, 0, 0, 0},
	} {
		r, done, left := run(tt.seconds, tt.at)
		if math.Abs(r.Items-tt.rate) > 1e-6 || math.Abs(done-tt.done) > 1e-6 || left != tt.left {
			t.Errorf("%s: %v/s, %v done, %v left; want %v, %v, %v", tt.name, r.Items, done, left, tt.rate, tt.done, tt.left)
		}
	}
}

// Rates are means of the last five seconds.
func TestRatesAreOfTheLastSeconds(t *testing.T) {
	r, _, _ := run(20, func(s float64) Sample {
		return Sample{Read: int64(10 * s * s), Settled: int64(10 * s * s), Bytes: int64(100 * s), ReadUnits: 2 * s, WriteUnits: 3 * s}
	})
	if r.Items != 350 || r.Bytes != 100 || r.ReadUnits != 2 || r.WriteUnits != 3 {
		t.Errorf("%+v", r)
	}
}
