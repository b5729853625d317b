package dynsync

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

var updateReport = flag.Bool("update-report", false, "write testdata/report200.txt")

// unsteady has what differs from run to run, or from machine to machine, with what stands
// for it in the golden report.
var unsteady = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`in \S+ from \S+ \S+ UTC`), "in TIME from DATE UTC"},
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+`), "http://127.0.0.1:PORT"},
	{regexp.MustCompile(` in \d[^ ]*s: `), " in TIME: "},
	{regexp.MustCompile(` {2,}\d[0-9.hm]*(µs|ms|s) `), "  TIME "},
	{regexp.MustCompile(`  +time `), "  time "},
	{regexp.MustCompile(`(ended: \w+: ).*`), "${1}REASON"}, // other tests hold these
	{regexp.MustCompile(`(?m)^  rule .*\n`), ""},
	{regexp.MustCompile(`key digest [0-9a-f]+`), "key digest DIGEST"},
}

func steady(text string) string {
	for _, u := range unsteady {
		text = u.pattern.ReplaceAllString(text, u.by)
	}
	return text
}

// The report of a night over 200 tables is a line for each, the failed ones first, and
// details of these alone.
func TestReportOf200Tables(t *testing.T) {
	t.Parallel()
	const golden = "testdata/report200.txt"
	report, err := nightOf200(t, WithKey(testKey)).Sync(t.Context())
	text := report.String()
	if *updateReport {
		if err := os.WriteFile(golden, []byte(steady(text)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, readErr := os.ReadFile(golden)
	if readErr != nil {
		t.Fatal(readErr)
	}
	if got := steady(text); got != string(want) {
		t.Errorf("the report is another; write it by go test -run ReportOf200 -update-report, and read it:\n%s", got)
	}
	summary, details, _ := strings.Cut(text, "\n\n"+nightName(80)+": ")
	if n := strings.Count(summary, "\n"); n > 210 || details == "" {
		t.Errorf("%d lines before the details", n)
	}
	if n := len(err.Error()); n > 4000 {
		t.Errorf("the error has %d bytes", n)
	}
	machine, jsonErr := json.Marshal(report)
	if jsonErr != nil || strings.Contains(string(machine), "user-0") {
		t.Errorf("%v, or a key is in the JSON", jsonErr)
	}
	if path := os.Getenv("DYNSYNC_REPORT"); path != "" {
		_ = os.WriteFile(path, []byte(text), 0o644)
	}
}

// An error of many tables names the first.
func TestItemsFailedErrorNamesFewTables(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 5, 6, 200} {
		report := &Report{}
		for i := range n {
			report.Tables = append(report.Tables, &TableReport{Table: fmt.Sprint("T", i), Read: 3, Failed: 1})
		}
		text := (&ItemsFailedError{report}).Error()
		named := strings.Count(text, "1 of 3 items failed")
		more := ""
		if n > 5 {
			more = fmt.Sprintf("; and %d more of the %d tables, see the report", n-5, n)
		}
		if named != min(n, 5) || !strings.HasSuffix(text, "1 of 3 items failed"+more) {
			t.Errorf("%d tables: %s", n, text)
		}
	}
}

// Items that DynamoDB refuses have one line and one group, whatever the ids of the
// requests, and all are counted, not the first 100.
func TestRefusalsAreOneGroup(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(150)...)
	report, err := p.syncer(t, WithKey(testKey), WithTable("Source", "Destination", keepKey(), WithTransform("Age", Reject()))).Sync(t.Context())
	rep := report.Tables[0]
	if err == nil || len(rep.Groups) != 1 || rep.Groups[0].Count != 150 || rep.Groups[0].Path != "Age" || len(rep.Groups[0].Key) != 32 || len(rep.Failures) != 100 {
		t.Errorf("%v, %+v", err, rep.Groups)
	}
	if n := strings.Count(report.String(), "no value is expected"); n != 1 {
		t.Errorf("%d lines:\n%v", n, report)
	}
	machine, err := json.Marshal(report)
	if n := strings.Count(string(machine), "no value is expected"); err != nil || n != 1 || !strings.Contains(string(machine), `"Outcome":"failed"`) {
		t.Errorf("%d times, %v: %s", n, err, machine)
	}
}

// A night in which nothing is written says so, and why that can be.
func TestNightsThatWriteNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mistake string
		items   int
		opts    []TableOption
		nights  int
		want    string // finding; "" for none
		text    string
	}{
		{"another key in a second night of inserts", 30, []TableOption{WithMode(ModeInsert)}, 2, "nothing-written", "existing 30"},
		{"a filter that drops all", 30, []TableOption{WithFilter(func(*Record) bool { return false })}, 1, "nothing-written", "filtered 30"},
		{"a sample of none", 30, []TableOption{WithSample(1e-9)}, 1, "nothing-written", "filtered 30"},
		{"an empty source", 0, nil, 1, "nothing-read", "there was no item to read"},
		{"an empty source in segments", 0, []TableOption{WithSegments(4)}, 1, "nothing-read", "there was no item to read"},
		{"an empty source under a condition", 0, []TableOption{WithWhere("Age > 3")}, 1, "nothing-read", "there was no item to read"},
		{"a condition that selects none", 30, []TableOption{WithWhere("Age > 300")}, 1, "condition-selected-none", ""},
		{"a filter that drops most", 30, []TableOption{WithFilter(func(r *Record) bool { id, _ := r.Get("Id"); text, _ := id.Text(); return text == "user-00007" })}, 1, "", ""},
		{"a second night of puts", 30, nil, 2, "", ""},
		{"items that fail", 30, []TableOption{WithTransform("Age", Reject())}, 1, "", ""},
	} {
		t.Run(tt.mistake, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			p.fill(t, users(tt.items)...)
			var report *Report
			var err error
			for night := range tt.nights {
				s := p.syncer(t, WithKey(anotherKey(byte(night))), WithTable("Source", "Destination", append(tt.opts, keepKey())...))
				report, err = s.Sync(t.Context())
			}
			found := findingsText(report.Tables[0].Findings)
			if tt.want == "" {
				if strings.Contains(found, "[nothing-") {
					t.Errorf("%s", found)
				}
				return
			}
			if err != nil || strings.Count(found, "["+tt.want+"]") != 1 || !strings.Contains(found, tt.text) || strings.Count(found, "[nothing-") > 1 || leaks(found) {
				t.Errorf("%v: %s", err, found)
			}
			if tt.want == "condition-selected-none" && strings.Contains(found, "[nothing-") {
				t.Errorf("told twice: %s", found)
			}
		})
	}
}
