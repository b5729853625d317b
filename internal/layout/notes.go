package layout

import (
	"fmt"
	"strings"

	"github.com/dynsync/dynsync/internal/groups"
)

// A common note is one that many tables have.
type common struct {
	first  string // its text for the first table
	text   string // what the texts have in common, or ""
	tables []string
}

// notes returns the notes that many tables have, a line for each kind, and, where there
// are too many tables for the details of all, those of tables without details. told has
// the kinds.
func notes(tables []Table) (lines []string, told map[string]bool) {
	var kinds []string
	byKind := map[string]*common{}
	add := func(t *Table, n Note) {
		if n.Text == "" {
			return
		}
		c := byKind[n.Kind]
		if c == nil {
			c = &common{first: n.Text, text: n.Text}
			byKind[n.Kind], kinds = c, append(kinds, n.Kind)
		}
		if n.Text != c.text {
			if c.text = groups.Reason(c.text); c.text != groups.Reason(n.Text) {
				c.text = ""
			}
		}
		if len(c.tables) == 0 || c.tables[len(c.tables)-1] != t.Name {
			c.tables = append(c.tables, t.Name)
		}
	}
	for i := range tables {
		t := &tables[i]
		add(t, t.Ended)
		for _, n := range t.Notes {
			add(t, n)
		}
	}
	told = map[string]bool{}
	for _, kind := range kinds {
		if c := byKind[kind]; len(c.tables) >= shared {
			told[kind] = true
			lines = append(lines, c.String())
		}
	}
	if len(tables) > manyTables {
		lines = append(lines, single(tables, told)...)
	}
	return lines, told
}

// single returns the notes of tables that are done and have no details.
func single(tables []Table, told map[string]bool) (lines []string) {
	for i := range tables {
		t := &tables[i]
		if t.State != Done {
			continue
		}
		for _, n := range t.Notes {
			if !told[n.Kind] {
				lines = append(lines, "table "+t.Name+": "+n.Text)
			}
		}
	}
	return lines
}

// String returns the note with its tables.
func (c *common) String() string {
	names := strings.Join(c.tables[:min(len(c.tables), namesListed)], ", ")
	if n := len(c.tables) - namesListed; n > 0 {
		names += fmt.Sprintf(" and %d more", n)
	}
	if c.text == "" {
		return fmt.Sprintf("%d tables (%s): the first: %s", len(c.tables), names, c.first)
	}
	return fmt.Sprintf("%d tables (%s): %s", len(c.tables), names, c.text)
}
