package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
)

var colors = map[string]string{
	modeDynsync: "#0a7d5a", modeTyped: "#c0504d", modeNeosync: "#8064a2",
	modeGuregu: "#d98b28", modeRaw: "#7f7f7f", modeSigned: "#b0b0b0",
}

// The measures of the plot, in pixels.
const (
	plotWidth = 760
	plotLeft  = 230
	plotRight = 120
	barHeight = 16
	barGap    = 3
	groupGap  = 18
)

// writeSVG plots the CPU time per item as bars, with the quartiles as a line,
// on a logarithmic scale.
func (r *results) writeSVG(w io.Writer) error {
	low, high := r.cpuRange()
	x := func(v float64) float64 {
		return plotLeft + math.Log(v/low)/math.Log(high/low)*(plotWidth-plotLeft-plotRight)
	}
	var b bytes.Buffer
	y := 56.0
	for _, s := range r.scenarios {
		if !r.measured(s) {
			continue
		}
		fmt.Fprintf(&b, "<text x=\"12\" y=\"%.0f\" class=\"h\">%v</text>\n", y, s)
		y += 8
		for _, mode := range r.modes {
			m := r.of(s, mode)
			if len(m) == 0 {
				continue
			}
			q := m.quartiles(cpuOf)
			mid := y + barHeight/2
			fmt.Fprintf(&b, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n", plotLeft-8, mid+4, mode)
			fmt.Fprintf(&b, "<rect x=\"%d\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", plotLeft, y, x(q.median)-plotLeft, barHeight, colors[mode])
			fmt.Fprintf(&b, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%[3]v\" stroke=\"#222\"/>\n", x(q.low), x(q.high), mid)
			times := ratio(m, r.of(s, modeDynsync), cpuOf)
			fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%.1f\">%s µs", x(q.high)+6, mid+4, short(q.median))
			if mode != modeDynsync && !math.IsNaN(times.median) {
				fmt.Fprintf(&b, " (%s×)", short(times.median))
			}
			b.WriteString("</text>\n")
			y += barHeight + barGap
		}
		y += groupGap
	}
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%.0f" viewBox="0 0 %[1]d %.0[2]f">
<style>text{font:12px sans-serif;fill:#222}.h{font-weight:bold}</style>
<rect width="100%%" height="100%%" fill="#fff"/>
<text x="12" y="24" class="h">CPU time of the client per item, medians and quartiles (logarithmic; in brackets: times dynsync)</text>
%s</svg>
`, plotWidth, y, b.String())
	return err
}

func (r *results) measured(s scenario) bool {
	for _, mode := range r.modes {
		if len(r.of(s, mode)) > 0 {
			return true
		}
	}
	return false
}

// cpuRange returns the ends of the scale.
func (r *results) cpuRange() (low, high float64) {
	low, high = math.Inf(1), 0
	for _, s := range r.scenarios {
		for _, mode := range r.modes {
			if m := r.of(s, mode); len(m) > 0 {
				q := m.quartiles(cpuOf)
				low, high = min(low, q.low), max(high, q.high)
			}
		}
	}
	return low / 2, high
}
