package grants

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of docs/permissions.md")

// The page of permissions has the table of actions.
func TestPage(t *testing.T) {
	t.Parallel()
	const page, begin, end = "../../docs/permissions.md", "<!-- Written by go test ./internal/grants -update from the table in table.go. -->\n\n", "<!-- end -->\n"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		t.Fatalf("%s has no place for the tables", page)
	}
	want := before + begin + table("source", sourceRows) + table("destination", destinationRows) + end + after
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Errorf("%s does not have the table of actions; write it by go test ./internal/grants -update", page)
	}
}

// table returns the grants of a side as Markdown.
func table(side string, rows []row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| at the %s | on | it | in which calls and runs | without it |\n|---|---|---|---|---|\n", side)
	for _, r := range rows {
		when, lost := r.When, "the job fails"
		if when == "" {
			when = "all"
		}
		if r.Optional {
			lost = r.Lost
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.Action, [...]string{"the table", "the index", "`*`"}[r.On], r.Why, when, lost)
	}
	b.WriteString("\n")
	return b.String()
}
