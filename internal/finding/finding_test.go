package finding

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/findings.md")

// A user acts on a code, its level and its remedy: none is empty, none stands twice.
func TestCodes(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := map[string]bool{}
	for i, k := range kinds {
		if !name.MatchString(k.Name) || seen[k.Name] {
			t.Errorf("code %d: the name %q is not legal, or stands twice", i, k.Name)
		}
		seen[k.Name] = true
		if k.Level != Info && k.Level != Warning && k.Level != Error {
			t.Errorf("%s: the level %q does not exist", k.Name, k.Level)
		}
		if k.Level != Info && k.Remedy == "" {
			t.Errorf("%s: it does not say what to do", k.Name)
		}
		if k.Means == "" || strings.HasSuffix(k.Means, ".") || strings.HasSuffix(k.Remedy, ".") {
			t.Errorf("%s: its meaning and its remedy have no full stop", k.Name)
		}
	}
}

// The page of codes is the table.
func TestPage(t *testing.T) {
	const page = "../../docs/findings.md"
	want := []byte(document())
	if *update {
		if err := os.WriteFile(page, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s is not the table of codes; write it by go test ./internal/finding -update", page)
	}
}

// document returns the page of codes.
func document() string {
	var b strings.Builder
	b.WriteString(`# Findings

A ` + "`Finding`" + ` is something worth knowing that is no error: reports and plans hold them. Its code says which kind it is, and is what a program should compare; texts may change. ` + "`Finding.ID`" + ` is made of code, side, table and path, and is equal over runs. A finding holds no attribute value.

The level is ` + "`info`" + ` where nothing has to be done, ` + "`warning`" + ` where somebody should look at it though the job did what it was asked, and ` + "`error`" + ` where the answer is bad.

A finding that somebody has looked at can be accepted. ` + "`WithAcceptedFindings(\"accepted.txt\")`" + ` reads a file that belongs under review, beside the rules. A line has the ID, the last day (UTC) and the reason, and ` + "`#`" + ` begins a comment:

` + "```" + `
# Users.Bio quotes the company's name, which is public.
originals-left-3f0c2a9b71d4 2027-03-31 public names only, seen by Jo
` + "```" + `

IDs stand in the JSON of a report and in the log. An accepted finding is printed behind "accepted:", has the level ` + "`info`" + ` and the reason in ` + "`Finding.Accepted`" + `, and its table counts as done. A finding of the level ` + "`error`" + ` cannot be accepted, nor can an error, such as an item with an original value that ` + "`WithLeakCheck`" + ` found, a collision, or a key that looks personal.

<!-- Written by go test ./internal/finding -update from the table in finding.go. -->

| code | level | what it means | what to do |
|---|---|---|---|
`)
	for _, k := range kinds {
		remedy := "nothing"
		if k.Remedy != "" {
			remedy = k.Remedy
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s. | %s. |\n", k.Name, k.Level, k.Means, strings.ToUpper(remedy[:1])+remedy[1:])
	}
	return b.String()
}
