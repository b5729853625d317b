package rules

import (
	"fmt"
	"strings"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
)

// A classRow says how much of a value may stay: with an option, for some kinds, or in
// all cases.
type classRow struct{ when, class, few string }

// says returns the row of a transformer that has only one.
func says(class string) []classRow { return []classRow{{class: class}} }

// classText returns the class of a transformer for a kind, and what it keeps.
func classText(d dynsync.Description, k dynsync.Kind) string {
	class := d.ClassOf(k)
	if class == dynsync.ClassMayKeep && d.Keeps != "" {
		return class.String() + ": " + d.Keeps
	}
	return class.String()
}

// classRows returns the rows of an anonymizer: by kind where they differ, and one for
// each option with which more stays, or less.
func classRows(s catalog.Spec) []classRow {
	d := dynsync.Description{Kinds: s.Kinds, Class: s.Class, Classes: s.Classes, Keeps: s.Keeps}
	var rows []classRow
	for _, k := range s.Kinds {
		row := classRow{class: classText(d, k), few: s.Few}
		if len(s.Classes) > 0 {
			row.when = k.String()
		}
		if len(rows) == 0 || row.when != "" {
			rows = append(rows, row)
		}
	}
	for _, o := range s.Options {
		switch {
		case o.Keeps != "":
			rows = append(rows, classRow{when: "with " + o.Name, class: dynsync.ClassMayKeep.String() + ": " + o.Keeps})
		case o.Frees:
			rows = append(rows, classRow{when: "with " + o.Name, class: dynsync.ClassIndependent.String()})
		}
	}
	return rows
}

// classTable writes how much of a value each transformer may keep.
func classTable(b *strings.Builder) {
	heading(b, "What may stay of a value", "Independent: the result equals the value only by chance. The probability is one in the number of possible results, "+
		"which is at least 64 unless the last column states another number. Changes: the result never equals the value. "+
		"May keep: the part of the value that the third column names may stay. Empty strings, binaries, maps and lists, and NULL, may stay in any class.")
	b.WriteString("\n| transformer | case | class | results |\n|---|---|---|---|\n")
	for _, spec := range specs {
		for _, row := range spec.classes {
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", spec.name, cell(row.when), cell(row.class), cell(strings.NewReplacer("[", "", "]", "").Replace(row.few)))
		}
	}
}
