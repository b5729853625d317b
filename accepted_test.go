package dynsync

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/layout"
)

// acceptedFile returns a file of these lines.
func acceptedFile(t *testing.T, lines ...string) Option {
	t.Helper()
	path := filepath.Join(t.TempDir(), "accepted.txt")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return WithAcceptedFindings(path)
}

// findingTable has findings of several codes: rules that match nothing, or apply to
// nothing or in part, and originals that are left.
func findingTable(t *testing.T) (*pair, Option) {
	p := newPair(t)
	for i := range 40 {
		name := fmt.Sprintf("Name Number%d", i*7919)
		p.fill(t, map[string]any{"Id": fmt.Sprintf("user-%05d", i), "Name": name, "Age": i, "Mixed": []any{"a", i}[i%2], "Bio": "I am " + name})
	}
	return p, WithTable("Source", "Destination", keepKey(), WithSegments(4), WithTransform("Bio", Passthrough()), WithTransform("Gone", Pseudonym()),
		WithTransform("Age", OnKind(KindS, Remove())), WithTransform("Mixed", OnKind(KindS, Constant("x"))))
}

func ids(findings []Finding) (all []string) {
	for _, f := range findings {
		all = append(all, f.ID())
	}
	slices.Sort(all)
	return all
}

// IDs are equal over runs, however many workers race; accepted ones are information, and
// their table is done.
func TestAcceptedFindings(t *testing.T) {
	t.Parallel()
	p, table := findingTable(t)
	first, err := p.syncer(t, table, WithWorkers(1)).Sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := ids(first.Tables[0].Findings)
	codes := fmt.Sprint(all)
	for _, code := range []finding.Code{finding.RuleMatchedNothing, finding.RuleNeverApplied, finding.RuleAppliedInPart, finding.OriginalsLeft} {
		if !strings.Contains(codes, code.Kind().Name) {
			t.Errorf("no %s: %v", code.Kind().Name, first)
		}
	}
	if state := first.Tables[0].state(); state != layout.Warning {
		t.Errorf("the table is %v", state)
	}
	for range 5 {
		again, err := p.syncer(t, table, WithWorkers(4)).Sync(t.Context())
		if got := ids(again.Tables[0].Findings); err != nil || !slices.Equal(got, all) {
			t.Errorf("another run has the findings\n%v\n%v, %v", got, all, err)
		}
	}
	var lines []string
	for _, id := range all {
		lines = append(lines, id+" 2999-12-31 seen by Jo")
	}
	var log logged
	report, err := p.syncer(t, table, acceptedFile(t, lines...), log.option()).Sync(t.Context())
	if err != nil || report.Tables[0].state() != layout.Done || len(report.Findings) != 0 {
		t.Errorf("%v\n%v", err, report)
	}
	for _, f := range report.Tables[0].Findings {
		if f.Level != "info" || f.Accepted != "seen by Jo" || !strings.Contains(report.String(), "info: accepted: "+f.Text+"; seen by Jo ["+f.Code+"]") {
			t.Errorf("%+v", f)
		}
	}
	machine, err := json.Marshal(report)
	if err != nil || strings.Count(string(machine), `"Accepted":"seen by Jo"`) != len(all) {
		t.Errorf("%s, %v", machine, err)
	}
	records := log.of("finding")
	if len(records) != len(all) {
		t.Errorf("%d findings are accepted, and the log has %d", len(all), len(records))
	}
	for _, r := range records {
		if r.Level != slog.LevelInfo || attr(r, "accepted") != "seen by Jo" {
			t.Errorf("the log has %s at %v", attr(r, "code"), r.Level)
		}
	}
}

// One finding that nobody accepted still asks for a look, and lines without use are told.
func TestAcceptedFindingsThatAreOfNoUse(t *testing.T) {
	t.Parallel()
	p, table := findingTable(t)
	first, err := p.syncer(t, table).Sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := first.Tables[0].Findings
	var lines []string
	for _, f := range all {
		day := "2999-12-31"
		if f.Code == "rule-matched-nothing" {
			day = "2020-01-01"
		}
		lines = append(lines, f.ID()+" "+day+" seen")
	}
	report, err := p.syncer(t, table, acceptedFile(t, append(lines, "", "originals-left-000000000000 2999-12-31 gone")...)).Sync(t.Context())
	text := report.String()
	if err != nil || report.Tables[0].state() != layout.Warning || len(report.Findings) != 2 {
		t.Errorf("%v\n%v", err, report)
	}
	for _, want := range []string{
		fmt.Sprintf("info: line %d of the file of WithAcceptedFindings accepts originals-left-000000000000, which no finding of this run is", len(all)+2), "[accepted-unused]",
		"until 2020-01-01", "[accepted-expired]",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q:\n%s", want, text)
		}
	}
}

// What is an error is not accepted.
func TestErrorsAreNotAccepted(t *testing.T) {
	t.Parallel()
	bad := newFinding(finding.OriginalsLeft, "", "Users", "a", "x")
	bad.Level = finding.Error
	s, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination"), acceptedFile(t, bad.ID()+" 2999-12-31 why not"))
	if err != nil {
		t.Fatal(err)
	}
	report := newReport(s)
	report.Tables = []*TableReport{{Findings: []Finding{bad}}}
	if report.checkAccepted(); report.Tables[0].Findings[0] != bad || report.Tables[0].state() != layout.Warning {
		t.Errorf("%+v", report.Tables[0].Findings)
	}
}

func TestMistakesInAcceptedFindings(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct {
		file Option
		want string
	}{
		"no file":   {WithAcceptedFindings(filepath.Join(t.TempDir(), "none.txt")), "none.txt: no such file"},
		"no path":   {WithAcceptedFindings(""), "the path of the file is empty"},
		"no date":   {acceptedFile(t, "# x", "ttl-unknown-0123456789ab"), "accepted.txt, line 2: it has no date"},
		"no reason": {acceptedFile(t, "ttl-unknown-0123456789ab 2027-01-01"), "accepted.txt, line 1: it has no reason"},
		"no ID":     {acceptedFile(t, "ttl-unknown 2027-01-01 x"), "accepted.txt, line 1: it does not begin with the ID"},
	} {
		_, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination"), tt.file)
		if err == nil || ExitCode(err) != 2 || !strings.Contains(err.Error(), "dynsync: WithAcceptedFindings: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
