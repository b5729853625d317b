package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"text/tabwriter"
)

// A caseID is a mode in a scenario.
type caseID struct {
	scenario
	mode string
}

// results is everything that was measured.
type results struct {
	scenarios []scenario
	modes     []string
	byCase    map[caseID]series
	failures  []error // of client processes, each of which was run again
	cut       bool    // the time ended before the rounds
}

func (r *results) add(s scenario, mode string, round int, m measurement) {
	id := caseID{s, mode}
	if r.byCase[id] == nil {
		r.byCase[id] = series{}
	}
	r.byCase[id][round] = m
}

func (r *results) of(s scenario, mode string) series { return r.byCase[caseID{s, mode}] }

func (r *results) print(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, s := range r.scenarios {
		r.printScenario(tw, s)
	}
	r.printTargets(tw)
	if err := tw.Flush(); err != nil {
		return err
	}
	r.printBytes(w)
	for _, err := range r.failures {
		fmt.Fprintln(w, "a client failed and was run again:", err)
	}
	if r.cut {
		fmt.Fprintln(w, "the time was up before all rounds were measured")
	}
	return nil
}

func (r *results) printScenario(w io.Writer, s scenario) {
	fmt.Fprintf(w, "\n%v\n", s)
	fmt.Fprintln(w, "mode\tus CPU/item\tquartiles\titems/CPU s\tx dynsync\tquartiles\tallocs/item\tbytes/item\tpeak MB\trounds\t")
	for _, mode := range r.modes {
		m := r.of(s, mode)
		if len(m) == 0 {
			continue
		}
		cpu, times := m.quartiles(cpuOf), ratio(m, r.of(s, modeDynsync), cpuOf)
		fmt.Fprintf(w, "%s\t%s\t%s\t%.0f\t%s\t%s\t%s\t%.0f\t%.1f\t%d\t\n", mode,
			short(cpu.median), between(cpu), 1e6/cpu.median, short(times.median), between(times),
			short(m.quartiles(allocsOf).median), m.quartiles(bytesOf).median, m.quartiles(peakOf).median/(1<<20), len(m))
	}
}

func short(f float64) string {
	switch {
	case math.IsNaN(f):
		return "-"
	case f >= 1000:
		return fmt.Sprintf("%.0f", f)
	case f >= 100:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

func between(q quartiles) string {
	if math.IsNaN(q.low) {
		return "-"
	}
	return "[" + short(q.low) + ".." + short(q.high) + "]"
}

// A target is a line of what must be reached: a bound for one and for two
// processors.
type target struct {
	text    string
	measure func(r *results, s scenario) quartiles
	least   bool // a lower bound
	bounds  [2]float64
	moon    float64 // what would be splendid; 0 for nothing
}

func faster(rival string) func(*results, scenario) quartiles {
	return func(r *results, s scenario) quartiles { return ratio(r.of(s, rival), r.of(s, modeDynsync), cpuOf) }
}

var targets = []target{
	{"faster than the typed SDK loop", faster(modeTyped), true, [2]float64{3, 4}, 5},
	{"faster than Neosync's way", faster(modeNeosync), true, [2]float64{5, 7}, 8},
	{"times the raw HTTP limit", func(r *results, s scenario) quartiles {
		return ratio(r.of(s, modeDynsync), r.of(s, modeRaw), cpuOf)
	}, false, [2]float64{3, 3.2}, 1.7},
	{"allocations per item", func(r *results, s scenario) quartiles {
		return r.of(s, modeDynsync).quartiles(allocsOf)
	}, false, [2]float64{16, 16}, 5},
	{"peak memory against the typed loop", func(r *results, s scenario) quartiles {
		return ratio(r.of(s, modeDynsync), r.of(s, modeTyped), peakOf)
	}, false, [2]float64{1, 1}, 0},
	{"faster decode of a page in process", func(r *results, s scenario) quartiles {
		if s.Procs > 1 {
			return quartilesOf(nil)
		}
		return r.of(scenario{}, modeDecode).quartiles(decodeOf)
	}, true, [2]float64{10, 0}, 0},
}

// printTargets prints the targets for a copy with four keyed paths; a copy of
// untouched items is to be better.
func (r *results) printTargets(w io.Writer) {
	fmt.Fprintln(w, "\nmust be reached (medians, with quartiles; 1 KB items)")
	fmt.Fprintln(w, "\tprocessors\tbound\tsplendid\tcopy4\tquartiles\t\tcopy\tquartiles\t")
	for _, t := range targets {
		for procs := 1; procs <= 2; procs++ {
			bound := t.bounds[procs-1]
			got := t.measure(r, scenario{workCopy4, base, procs, false})
			if bound == 0 || math.IsNaN(got.median) {
				continue
			}
			copied := t.measure(r, scenario{workCopy, base, procs, false})
			sign, reached := "≤", got.median <= bound
			if t.least {
				sign, reached = "≥", got.median >= bound
			}
			verdict := "reached"
			if !reached {
				verdict = "MISSED"
			}
			splendid := "-"
			if t.moon > 0 {
				splendid = fmt.Sprintf("%s %g", sign, t.moon)
			}
			fmt.Fprintf(w, "%s\t%d\t%s %g\t%s\t%s\t%s\t%s\t%s\t%s\t\n", t.text, procs, sign, bound, splendid,
				short(got.median), between(got), verdict, short(copied.median), between(copied))
		}
	}
}

// printBytes compares kinds of text by the bytes of JSON that they make.
func (r *results) printBytes(w io.Writer) {
	perByte := map[string]float64{}
	for _, text := range []string{"ascii", "escape", "binary"} {
		p := newPages(shape{base.ItemBytes, text})[0]
		perByte[text] = float64(len(p.items)) / float64(len(p.body))
	}
	for _, s := range r.scenarios {
		if s.Strings == base.Strings {
			continue
		}
		plain := s
		plain.Strings = base.Strings
		q := ratio(r.of(s, modeDynsync), r.of(plain, modeDynsync), cpuOf)
		f := perByte[s.Strings] / perByte[base.Strings]
		q = quartiles{q.low * f, q.median * f, q.high * f}
		fmt.Fprintf(w, "%v: per byte of JSON %s %s times the cost of ASCII (at most 2)\n", s, short(q.median), between(q))
	}
}

// A row is a line of the JSON output; all but the rounds are medians.
type row struct {
	Workload  string  `json:"workload"`
	ItemBytes int     `json:"item_bytes"`
	Procs     int     `json:"procs"`
	TLS       bool    `json:"tls"`
	Mode      string  `json:"mode"`
	CPU       float64 `json:"cpu_us_per_item"`
	PerSecond float64 `json:"items_per_cpu_s"`
	Allocs    float64 `json:"allocs_per_item"`
	Bytes     float64 `json:"bytes_per_item"`
	PeakRSS   int64   `json:"peak_rss_bytes"`
	Rounds    int     `json:"rounds"`
	Strings   string  `json:"strings"`
	CPULow    float64 `json:"cpu_us_per_item_q1"`
	CPUHigh   float64 `json:"cpu_us_per_item_q3"`
}

func (r *results) writeJSON(w io.Writer) error {
	rows := []row{}
	for _, s := range r.scenarios {
		for _, mode := range r.modes {
			m := r.of(s, mode)
			if len(m) == 0 {
				continue
			}
			cpu := m.quartiles(cpuOf)
			rows = append(rows, row{
				s.Workload, s.ItemBytes, s.Procs, s.TLS, mode,
				cpu.median, 1e6 / cpu.median, m.quartiles(allocsOf).median, m.quartiles(bytesOf).median,
				int64(m.quartiles(peakOf).median), len(m), s.Strings, cpu.low, cpu.high,
			})
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(rows)
}
