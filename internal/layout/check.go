package layout

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Health says what a check found of a table.
type Health uint8

// The healths, the most pressing first.
const (
	Bad     Health = iota // the table cannot be copied
	Suspect               // it can, and somebody should look at a finding
	Sound
)

var healthWords = [...]string{"error", "warning", "ok"}

// String returns the health in one word.
func (h Health) String() string { return healthWords[h] }

// A Checked is what is printed of a table that was checked.
type Checked struct {
	Health             Health
	Name, To           string // of the table in the job, and at the destination
	Items, Read, Write int64  // items, and units, about
	Time               time.Duration
	Allowed, Asked     int // permissions
	Notes              []Note
}

// A Check is what is printed of a check: a head, a line for each table, what several tables
// have in common, and what only one has.
type Check struct {
	Head   []string
	Tables []Checked
	Foot   []string
}

// String returns the check as text.
func (c *Check) String() string {
	var b strings.Builder
	line := func(text string) { b.WriteString(text + "\n") }
	each(c.Head, line)
	checked := slices.Clone(c.Tables)
	slices.SortStableFunc(checked, func(a, b Checked) int { return int(a.Health) - int(b.Health) })
	if len(checked) > 0 {
		line("")
		each(aligned(checkedCells(checked)), line)
	}
	tables := make([]Table, len(checked))
	for i, t := range checked {
		tables[i] = Table{State: Warning, Name: t.Name, Notes: t.Notes}
	}
	common, told := notes(tables)
	if len(common) > 0 {
		line("")
		each(common, line)
	}
	for _, t := range checked {
		own := slices.DeleteFunc(slices.Clone(t.Notes), func(n Note) bool { return told[n.Kind] })
		if len(own) == 0 {
			continue
		}
		line("\n" + t.Name + ":")
		for _, n := range own {
			line("  " + n.Text)
		}
	}
	each(c.Foot, line)
	return b.String()
}

// checkedCells returns a row for each table under a header.
func checkedCells(tables []Checked) [][]string {
	cells := [][]string{{"answer", "table", "items", "read units", "write units", "time", "allowed"}}
	for _, t := range tables {
		name := t.Name
		if t.To != "" {
			name += " → " + t.To
		}
		cells = append(cells, []string{t.Health.String(), name, about(t.Items), about(t.Read), about(t.Write), least(t.Time), fmt.Sprintf("%d of %d", t.Allowed, t.Asked)})
	}
	return cells
}

// Tables returns a number of tables in words.
func Tables(n int) string { return counted(int64(n), "table", "tables") }

// about returns an estimate, where there is one.
func about(n int64) string {
	if n == 0 {
		return "-"
	}
	return number(n)
}

// least returns how long a copy takes at least, where that is known.
func least(d time.Duration) string {
	if d <= 0 {
		return "-"
	}
	return Time(d)
}
