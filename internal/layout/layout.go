// Package layout prints the report of a run: a head, a line for each table, what many
// tables have in common, and the details of the tables that need a look.
package layout

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A State says how a table ended. Tables are printed in the order of their states.
type State uint8

// The states, the most pressing first.
const (
	Leak       State = iota // an item contained an original value
	Ended                   // an error ended the table early
	Refused                 // keys or names look personal
	Failed                  // items failed or collided
	Unfinished              // the next run goes on
	Tolerated               // items failed, within WithTolerate
	Warning                 // all is done, and somebody should look at a finding
	Done
)

var words = [...]string{"leak", "ended", "refused", "failed", "unfinished", "tolerated", "warning", "done"}

// String returns the state in one word.
func (s State) String() string { return words[s] }

// A Note is a line about a table. Notes of one kind are told together if many tables have
// them.
type Note struct {
	Kind string
	Text string
}

// A Table is what is printed of a table.
type Table struct {
	State               State
	Name                string
	Read, Written, Lost int64 // items
	Time                time.Duration
	Units               float64 // capacity units, read and written

	Title string   // how it ended, in a line
	Ended Note     // why it ended early, or zero
	Facts []string // lines of their own
	Notes []Note   // findings
	Costs []string // further lines
}

// String returns all details of the table, a title and indented lines.
func (t *Table) String() string {
	return t.details(map[string]bool{})
}

// details returns the details without the notes of the kinds that were told.
func (t *Table) details(told map[string]bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", t.Name, t.Title)
	line := func(text string) { fmt.Fprintf(&b, "  %s\n", text) }
	if t.Ended.Text != "" && !told[t.Ended.Kind] {
		line(t.Ended.Text)
	}
	for _, fact := range t.Facts {
		line(fact)
	}
	for _, n := range t.Notes {
		if !told[n.Kind] {
			line(n.Text)
		}
	}
	for _, cost := range t.Costs {
		line(cost)
	}
	return b.String()
}

// needsDetails reports whether more is to be told of the table than its line and the
// notes that were told.
func (t *Table) needsDetails(told map[string]bool) bool {
	switch t.State {
	case Done:
		return false
	case Ended, Unfinished:
		return t.Lost > 0 || !told[t.Ended.Kind]
	case Warning:
		return len(t.Notes) == 0 || slices.ContainsFunc(t.Notes, func(n Note) bool { return !told[n.Kind] })
	}
	return true
}

// A Run is what is printed of a run.
type Run struct {
	Head   []string // lines about the run as a whole
	Tables []Table
	Foot   []string
}

const (
	manyTables  = 20 // with more, the tables that are done have no details
	shared      = 2  // so many tables have a note in common that is told once
	namesListed = 5  // of them
)

// String returns the report as text.
func (r *Run) String() string {
	var b strings.Builder
	line := func(text string) { b.WriteString(text + "\n") }
	each(r.Head, line)
	tables := slices.Clone(r.Tables)
	slices.SortStableFunc(tables, func(a, b Table) int { return int(a.State) - int(b.State) })
	if len(tables) > 1 {
		if b.Len() > 0 {
			line("")
		}
		each(rows(tables), line)
	}
	common, told := notes(tables)
	if len(common) > 0 {
		line("")
		each(common, line)
	}
	for i := range tables {
		if t := &tables[i]; len(tables) <= manyTables || t.needsDetails(told) {
			if b.Len() > 0 {
				line("")
			}
			b.WriteString(t.details(told))
		}
	}
	each(r.Foot, line)
	return b.String()
}

func each(lines []string, do func(string)) {
	for _, l := range lines {
		do(l)
	}
}

// Count says how many tables are in which state: "2 failed, 198 done".
func Count(tables []Table) string {
	var n [len(words)]int
	for _, t := range tables {
		n[t.State]++
	}
	var parts []string
	for s, count := range n {
		if count > 0 {
			parts = append(parts, fmt.Sprintf("%d %v", count, State(s)))
		}
	}
	return strings.Join(parts, ", ")
}
