package main

import (
	"strings"
	"testing"
	"time"
)

// A small run copies every item, whatever the width, and prints each row.
func TestLatencyBench(t *testing.T) {
	l := &latencyBench{page: time.Millisecond, batch: time.Millisecond, pageItems: 4, seconds: 0.02, rounds: 1, widths: []int{1, 4}}
	var out strings.Builder
	rows, err := l.run(t.Context(), &out)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3+2+2 {
		t.Errorf("%d rows", len(rows))
	}
	for _, r := range rows {
		if r.Items <= 0 || r.Bound <= 0 || r.Part <= 0 || !strings.Contains(out.String(), r.Name) {
			t.Errorf("%+v", r)
		}
	}
	var svg strings.Builder
	if err := writeLatencySVG(rows)(&svg); err != nil || strings.Count(svg.String(), "polyline") != 4 || strings.Contains(svg.String(), "%!") {
		t.Errorf("%v: %s", err, &svg)
	}
}
