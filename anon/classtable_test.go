package anon

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write CLASSES.md")

// TestClassTable: the table of classes in the documentation is that of the catalog.
func TestClassTable(t *testing.T) {
	const path = "CLASSES.md"
	want := classTable()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s is not current; run go test ./anon -run ClassTable -update (%v)", path, err)
	}
}

// classTable returns the classes of the catalog as Markdown: a row for each anonymizer,
// and one for each option with which more of a value stays, or less.
func classTable() string {
	var b strings.Builder
	b.WriteString("<!-- Made by go test ./anon -run ClassTable -update; do not edit. -->\n\n# What may stay of a value\n\n" +
		"- Independent: the result equals the value only by chance. The probability is one in the number of possible results, which is at least 64 unless the last column states another number.\n" +
		"- Changes: the result never equals the value.\n" +
		"- May keep: the part of the value that the fourth column names may stay.\n\n" +
		"Whatever the class, a value that holds nothing to hide may stay: an empty one, and a time that stands for none, such as 0001-01-01T00:00:00Z or 9999-12-31.\n\n" +
		"| anonymizer | option | class | keeps | results |\n|---|---|---|---|---|\n")
	for _, e := range entries {
		d := newAnonymizer(e, requiredOf(e)).desc
		class := d.Class.String()
		for _, k := range d.Kinds {
			if c, other := d.Classes[k]; other {
				class += fmt.Sprintf("; %v: %v", k, c)
			}
		}
		few := strings.NewReplacer("[", "`", "]", "`").Replace(e.few)
		fmt.Fprintf(&b, "| `%s` | | %s | %s | %s |\n", e.goName(), class, d.Keeps, few)
		for _, s := range e.options {
			if s.Keeps != "" || s.Frees {
				d := newAnonymizer(e, append(requiredOf(e), option{s.Name, optionValues(s)[0]})).desc
				fmt.Fprintf(&b, "| `%s` | `%s` | %v | %s | |\n", e.goName(), s.Name, d.Class, d.Keeps)
			}
		}
	}
	return b.String()
}

// requiredOf returns the options that an entry must have.
func requiredOf(e *entry) (opts []Option) {
	for _, s := range e.options {
		if s.Required {
			opts = append(opts, option{s.Name, optionValues(s)[0]})
		}
	}
	return opts
}
