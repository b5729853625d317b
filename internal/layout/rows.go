package layout

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

var columns = []string{"state", "table", "read", "written", "failed", "time", "units"}

// rows returns a line for each table under a header.
func rows(tables []Table) []string {
	cells := [][]string{columns}
	for _, t := range tables {
		cells = append(cells, []string{t.State.String(), t.Name, number(t.Read), number(t.Written), number(t.Lost),
			Time(t.Time), strconv.FormatFloat(t.Units, 'f', 1, 64)})
	}
	return aligned(cells)
}

// aligned returns rows of cells in aligned columns: the first two to the left, the others to
// the right.
func aligned(cells [][]string) []string {
	width := make([]int, len(cells[0]))
	for _, row := range cells {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var lines []string
	for _, row := range cells {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			switch {
			case i == 0:
				b.WriteString(cell + pad)
			case i == 1:
				b.WriteString("  " + cell + pad)
			default:
				b.WriteString("  " + pad + cell)
			}
		}
		lines = append(lines, b.String())
	}
	return lines
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// Time returns a duration in as many digits as a reader compares.
func Time(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}
