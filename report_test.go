package dynsync

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dynsync/dynsync/internal/finding"
)

// findingsText returns findings as people read them.
func findingsText(all []Finding) string {
	var b strings.Builder
	for _, f := range all {
		b.WriteString(f.String() + "\n")
	}
	return b.String()
}

// Who silences or compares findings does so by their IDs.
func TestFindingID(t *testing.T) {
	t.Parallel()
	f := newFinding(finding.TTLUnknown, finding.Source, "Users", "expires", "one text")
	if got, want := f.ID(), "ttl-unknown-90e2b37184e3"; got != want {
		t.Errorf("the ID is %s and was %s: it is equal over releases, too", got, want)
	}
	same := f
	same.Text, same.Remedy, same.Level = "another text", "another remedy", "info"
	if f.ID() != same.ID() {
		t.Error("a text is no part of the ID")
	}
	seen := map[string]bool{f.ID(): true}
	for reason, other := range map[string]Finding{
		"code":        newFinding(finding.Resumed, finding.Source, "Users", "expires", ""),
		"side":        newFinding(finding.TTLUnknown, finding.Destination, "Users", "expires", ""),
		"table":       newFinding(finding.TTLUnknown, finding.Source, "Orders", "expires", ""),
		"path":        newFinding(finding.TTLUnknown, finding.Source, "Users", "ttl", ""),
		"table, path": newFinding(finding.TTLUnknown, finding.Source, `Users" "expires`, "", ""),
	} {
		if seen[other.ID()] {
			t.Errorf("another %s, the same ID", reason)
		}
		seen[other.ID()] = true
	}
}

func TestFindingPrints(t *testing.T) {
	t.Parallel()
	f := newFinding(finding.TTLUnknown, finding.Source, "Users", "", "it is not known")
	if got, want := f.String(), "table Users: warning: it is not known; name it with WithTTLAttribute, or allow dynamodb:DescribeTimeToLive [ttl-unknown]"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	r := &Report{Tables: []*TableReport{{Table: "Users", Findings: []Finding{f}}}}
	r.find(finding.KeyNotCompared, "there is no record")
	r.find(finding.KeyNotCompared, "a second of one ID is left out")
	text := r.String()
	if len(r.Findings) != 1 || strings.Count(text, "[key-not-compared]") != 1 || !strings.Contains(text, "\n  warning: it is not known;") {
		t.Errorf("%s", text)
	}
	machine, err := json.Marshal(f)
	if err != nil || string(machine) != `{"ID":"`+f.ID()+`","Level":"warning","Code":"ttl-unknown","Side":"source","Table":"Users","Text":"it is not known","Remedy":"`+f.Remedy+`"}` {
		t.Errorf("%s, %v", machine, err)
	}
	var back Finding
	if err := json.Unmarshal(machine, &back); err != nil || back != f {
		t.Errorf("%+v, %v", back, err)
	}
}

// Who is woken at night reads the first lines.
func TestTableReportPrints(t *testing.T) {
	t.Parallel()
	good := TableReport{Table: "Users", Source: "ProdUsers", Destination: "StageUsers", Read: 3, Written: 3, Pages: 1, Batches: 1, Duration: 2 * time.Second, ReadPath: "raw", WritePath: "raw"}
	bad := good
	bad.Read, bad.Failed, bad.Leaked, bad.Unsettled = 210, 205, 2, 2
	bad.Err = &TableError{Table: "Users", Op: "write", Reason: "access is denied"}
	bad.Findings = []Finding{newFinding(finding.TTLUnknown, finding.Source, "Users", "", "it is not known")}
	bad.Groups = []FailureGroup{{Path: "Age", Reason: "one", Count: 120, Key: "1ec6"}, {Outcome: OutcomeCollided, Transformer: "anon.Email", Reason: "two", Code: "ValidationException, HTTP 400", Count: 80}}
	bad.Ungrouped = 5
	many := good
	many.Read, many.Failed = 15, 12
	for i := range 12 {
		many.Groups = append(many.Groups, FailureGroup{Path: "Age", Reason: strings.Repeat("x", i+1), Count: 1})
	}
	for _, tt := range []struct {
		rep  *TableReport
		want string
	}{
		{&good, `Users: done
  ProdUsers → StageUsers in 2s: read 3 = written 3 + filtered 0 + failed 0
  1 page, 1 batch, 0 retries; read path: raw; write path: raw
`},
		{&bad, `Users: ended early, 205 of 210 items failed, 2 of them contain an original value and were not written (WithLeakCheck)
  ended: write: access is denied
  ProdUsers → StageUsers in 2s: read 210 = written 3 + filtered 0 + failed 205 + unsettled 2
  120 × failed: path Age, one (first: key digest 1ec6)
  80 × collided: anon.Email: two [ValidationException, HTTP 400]
  and 5 more; WithDeadLetters and WithOnFailure tell of all
  warning: it is not known; ` + bad.Findings[0].Remedy + ` [ttl-unknown]
  1 page, 1 batch, 0 retries; read path: raw; write path: raw
`},
		{&many, `Users: done, 12 of 15 items failed
  ProdUsers → StageUsers in 2s: read 15 = written 3 + filtered 0 + failed 12
  1 × failed: path Age, x
  1 × failed: path Age, xx
  1 × failed: path Age, xxx
  1 × failed: path Age, xxxx
  1 × failed: path Age, xxxxx
  1 × failed: path Age, xxxxxx
  1 × failed: path Age, xxxxxxx
  1 × failed: path Age, xxxxxxxx
  1 × failed: path Age, xxxxxxxxx
  1 × failed: path Age, xxxxxxxxxx
  and 2 more; WithDeadLetters and WithOnFailure tell of all
  1 page, 1 batch, 0 retries; read path: raw; write path: raw
`},
	} {
		if diff := cmp.Diff(tt.want, tt.rep.String()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if all := (&Report{Tables: []*TableReport{tt.rep}}).String(); all != tt.want {
			t.Errorf("the report prints the table in another way: %s", all)
		}
	}
}

// findingArgs are what findings print beside their own text, and why each is no value of
// an attribute.
var findingArgs = map[string]string{
	"other.Key":             "the fingerprint of a key",
	"e.ID":                  "the ID of an accepted finding",
	"e.Over()":              "a line, an ID and a day of the file of accepted findings",
	"e.Unused()":            "a line and an ID of that file",
	"caught.Place":          "file, line and name of code",
	"k.key.Fingerprint()":   "a fingerprint, too",
	"last.Scheme":           "the number of a scheme",
	"k.scheme":              "a number, too",
	"at(st.Finished)":       "a time of the job",
	"at(st.Saved)":          "a time of the job",
	"at(st.Began)":          "a time of the job",
	"fresh":                 "an option",
	"lag":                   "words",
	"r.kept.maxBytes()":     "what the store says of itself",
	"rc.kept.maxBytes()":    "a number of bytes",
	"string(over)":          "what differs between two jobs, by the names of options",
	"n":                     "a number of lines",
	"in.torn[0]":            "the number of a line",
	"r.table.cfg.name":      "the name of a table",
	"r.effects.verdict.Why": "rules, transformers and tables, by their names",
	"a.table":               "the name of a table",
	"of.Name":               "source or destination",
	"code":                  "a code",
	"at.Role":               "source or destination",
	"t.Table":               "the name of a table",
	"told.Pattern":          "the pattern of a rule",
	"odd":                   "counts, types and transformers, and why one did not apply, which holds no value",
	"f.Path":                "a path whose names are known or common, others are *",
	"f.String()":            "the same path, looks and counts",
	"l.To":                  "a path whose names are known or common, others are *",
	"path":                  "a column of a condition",
	"text":                  "what a selection says of names and types, or a look-up of tables",
	"none":                  "the number of items that a condition did not select",
	"l.String()":            "two such paths and a count",
	"rep.Tolerated":         "a number of items",
	"tolerated":             "an option",
	"rep.outcomes()":        "numbers of items",
	`fmt.Sprintf("%d items were not searched to the end for original values", cut)`: "a count",
	"fmt.Sprintf(format, args...)": "the arguments of find, which stand here",
	`"the TTL attribute is not known (" + unknown + "), so it is treated like any other"`: "an error code or a text of lookUpTTL",
}

// Every argument of a finding is known to hold no attribute value.
func TestFindingsHoldNoValue(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !makesFinding(call) {
				return true
			}
			for _, arg := range call.Args {
				var b strings.Builder
				if err := printer.Fprint(&b, fset, arg); err != nil {
					t.Fatal(err)
				}
				_, literal := arg.(*ast.BasicLit)
				if text := b.String(); literal || strings.HasPrefix(text, "finding.") || text == "c" {
					continue
				} else if findingArgs[text] == "" {
					t.Errorf("%s: a finding prints %s; say in findingArgs why that holds no attribute value", fset.Position(arg.Pos()), text)
				} else {
					used[text] = true
				}
			}
			return true
		})
	}
	for text := range findingArgs {
		if !used[text] {
			t.Errorf("no finding prints %s", text)
		}
	}
}

// makesFinding reports whether a call is one of newFinding, or of a method find.
func makesFinding(call *ast.CallExpr) bool {
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		return fn.Name == "newFinding"
	case *ast.SelectorExpr:
		return fn.Sel.Name == "find"
	}
	return false
}
