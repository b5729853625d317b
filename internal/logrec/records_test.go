package logrec

import (
	"flag"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/logs.md")

// Somebody searches logs by names: none is empty, none stands twice in a record.
func TestRecords(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	seen := map[string]bool{}
	for _, r := range Records {
		if seen[r.Name] || len(r.Levels) == 0 || r.When == "" || strings.HasSuffix(r.When, ".") {
			t.Errorf("%s: it stands twice, or it has no level, or no time with a full stop to add", r.Name)
		}
		seen[r.Name] = true
		attrs := map[string]bool{}
		for _, a := range join(Every, r.Attrs) {
			if !name.MatchString(a.Name) || attrs[a.Name] || a.Means == "" || strings.HasSuffix(a.Means, ".") || kinds[a.Kind] == "" {
				t.Errorf("%s: the attribute %q is not legal, stands twice, or means nothing", r.Name, a.Name)
			}
			attrs[a.Name] = true
		}
	}
}

// The page of records is the table.
func TestPage(t *testing.T) {
	const page = "../../docs/logs.md"
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
		t.Errorf("%s is not the table of records; write it by go test ./internal/logrec -update", page)
	}
}

// kinds are the words for types.
var kinds = map[slog.Kind]string{
	slog.KindString: "text", slog.KindInt64: "integer", slog.KindFloat64: "number", slog.KindBool: "boolean",
	slog.KindDuration: "duration", slog.KindTime: "time, UTC", slog.KindAny: "list of texts",
}

// document returns the page of records.
func document() string {
	var b strings.Builder
	b.WriteString(`# Log records

` + "`WithLogger`" + ` gives a job a ` + "`*slog.Logger`" + `. [Sync](https://pkg.go.dev/github.com/dynsync/dynsync#Syncer.Sync), Write, Replay, Scan and Transformed log the records of this page to it, and no others; Plan and Transform log nothing. The message of a record is ` + "`dynsync: `" + ` and its name. No record holds an attribute value or a key of an item.

A call logs ` + "`run.start`" + ` first and ` + "`run.end`" + ` last, each exactly once, and for every table ` + "`table.start`" + ` and ` + "`table.end`" + `. To be told of a bad night, wait for a ` + "`run.end`" + ` of the level ` + "`ERROR`" + `, and for one that does not come: a killed process logs nothing.

Attributes in parentheses are left out where they are zero or empty. A duration is what the handler makes of a ` + "`time.Duration`" + `: nanoseconds in JSON.

<!-- Written by go test ./internal/logrec -update from the table in records.go. -->

## Every record

`)
	attrs(&b, Every)
	for _, r := range Records {
		var levels []string
		for _, l := range r.Levels {
			levels = append(levels, "`"+l.String()+"`")
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s. Level: %s.\n\n", r.Name, r.When, strings.Join(levels, ", "))
		attrs(&b, r.Attrs)
	}
	return b.String()
}

// attrs writes a table of attributes.
func attrs(b *strings.Builder, all []Attr) {
	b.WriteString("| attribute | type | what it is |\n|---|---|---|\n")
	for _, a := range all {
		name := "`" + a.Name + "`"
		if a.Rare {
			name = "(" + name + ")"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", name, kinds[a.Kind], a.Means)
	}
}
