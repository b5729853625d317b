package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
)

var colors = map[string]string{
	modeDynsync: "#0a7d5a", modeDirect: "#0fb583", modeUnchecked: "#3f9c80", modeWrapped: "#74b49b", modeTyped: "#c0504d", modeNeosync: "#8064a2",
	modeGuregu: "#d98b28", modeRaw: "#7f7f7f", modeSigned: "#b0b0b0",
}

// The measures of the plot, in pixels. There is a column for each number of
// processors.
const (
	plotTop     = 64
	columnWidth = 500
	barLeft     = 104
	barWidth    = 270 // of the longest bar of a group
	barHeight   = 15
	barGap      = 3
	groupGap    = 34
)

// writeSVG plots the CPU time per item as bars, with the quartiles as lines.
// It shows the base case, or everything if that was not measured. Every group
// has a scale of its own.
func (r *results) writeSVG(w io.Writer) error {
	var b bytes.Buffer
	var bottom [2]float64
	columns := 1
	for _, s := range r.plotted() {
		column := min(s.Procs, 2) - 1
		columns = max(columns, column+1)
		if bottom[column] == 0 {
			bottom[column] = plotTop
		}
		bottom[column] = r.plotGroup(&b, s, float64(column*columnWidth), bottom[column]) + groupGap
	}
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%.0f" viewBox="0 0 %[1]d %.0[2]f">
<style>text{font:12px sans-serif;fill:#222}.h{font-weight:bold}</style>
<rect width="100%%" height="100%%" fill="#fff"/>
<text x="12" y="20" class="h">CPU time of the client per item, in µs: medians, quartiles, and times dynsync</text>
<text x="12" y="36">Each group has its own scale.</text>
%s</svg>
`, columns*columnWidth, max(bottom[0], bottom[1]), b.String())
	return err
}

// plotted returns the scenarios that the plot shows.
func (r *results) plotted() []scenario {
	var all, ofBase []scenario
	for _, s := range r.scenarios {
		if r.longest(s) == 0 {
			continue
		}
		all = append(all, s)
		if s.shape == base && !s.TLS {
			ofBase = append(ofBase, s)
		}
	}
	if len(ofBase) > 0 {
		return ofBase
	}
	return all
}

// longest returns the upper end of a scenario's scale; 0 if it was not
// measured.
func (r *results) longest(s scenario) float64 {
	high := 0.0
	for _, mode := range r.modes {
		if m := r.of(s, mode); len(m) > 0 {
			high = max(high, m.quartiles(cpuOf).high)
		}
	}
	return high
}

// plotGroup plots a scenario and returns where it ends.
func (r *results) plotGroup(b *bytes.Buffer, s scenario, left, y float64) float64 {
	scale := barWidth / r.longest(s)
	fmt.Fprintf(b, "<text x=\"%.0f\" y=\"%.0f\" class=\"h\">%v</text>\n", left+12, y, s)
	y += 7
	for _, mode := range r.modes {
		m := r.of(s, mode)
		if len(m) == 0 {
			continue
		}
		q, zero, mid := m.quartiles(cpuOf), left+barLeft, y+barHeight/2+0.5
		fmt.Fprintf(b, "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", zero-6, mid+4, mode)
		fmt.Fprintf(b, "<rect x=\"%.0f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", zero, y, q.median*scale, barHeight, colors[mode])
		fmt.Fprintf(b, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#222\"/>\n", zero+q.low*scale, zero+q.high*scale, mid, mid)
		fmt.Fprintf(b, "<text x=\"%.1f\" y=\"%.1f\">%s", zero+q.high*scale+6, mid+4, short(q.median))
		times := ratio(m, r.of(s, modeDynsync), cpuOf)
		if mode != modeDynsync && !math.IsNaN(times.median) {
			fmt.Fprintf(b, " (%s×)", short(times.median))
		}
		b.WriteString("</text>\n")
		y += barHeight + barGap
	}
	return y
}
