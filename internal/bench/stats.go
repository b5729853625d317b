package main

import (
	"math"
	"slices"
)

// A quartiles value is a median with its quartiles.
type quartiles struct{ low, median, high float64 }

// quartilesOf interpolates between the sorted values; NaN if there are none.
func quartilesOf(values []float64) quartiles {
	if len(values) == 0 {
		return quartiles{math.NaN(), math.NaN(), math.NaN()}
	}
	s := slices.Sorted(slices.Values(values))
	at := func(q float64) float64 {
		x := q * float64(len(s)-1)
		i := int(x)
		if i+1 == len(s) {
			return s[i]
		}
		return s[i] + (x-float64(i))*(s[i+1]-s[i])
	}
	return quartiles{at(0.25), at(0.5), at(0.75)}
}

// A series is the measurements of one mode in one scenario, by round.
type series map[int]measurement

func (s series) quartiles(of func(measurement) float64) quartiles {
	values := make([]float64, 0, len(s))
	for _, m := range s {
		values = append(values, of(m))
	}
	return quartilesOf(values)
}

// ratio divides measurements of the same round.
func ratio(a, b series, of func(measurement) float64) quartiles {
	var values []float64
	for round, m := range a {
		if n, ok := b[round]; ok && of(n) > 0 {
			values = append(values, of(m)/of(n))
		}
	}
	return quartilesOf(values)
}

func cpuOf(m measurement) float64    { return m.CPU }
func allocsOf(m measurement) float64 { return m.Allocs }
func bytesOf(m measurement) float64  { return m.Bytes }
func peakOf(m measurement) float64   { return float64(m.PeakRSS) }
func decodeOf(m measurement) float64 { return m.DecodeX }
