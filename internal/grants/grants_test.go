package grants

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestRows(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^dynamodb:[A-Z][A-Za-z]+$`)
	for _, g := range All() {
		if !form.MatchString(g.Action) || g.Why == "" || g.Optional != (g.Lost != "") || g.On > Account {
			t.Errorf("%+v is no grant: it needs an action of DynamoDB and a reason, and what is lost exactly if it is optional", g)
		}
		if !Known(g.Action) {
			t.Errorf("%s is not known", g.Action)
		}
	}
	for _, action := range Tested() {
		if !form.MatchString(action) || !Known(action) {
			t.Errorf("%s is not known", action)
		}
	}
	for _, action := range []string{"", "dynamodb:*", "dynamodb:CreateTable", "dynamodb:scan", "Scan", "kms:Decrypt"} {
		if Known(action) {
			t.Errorf("%q is known", action)
		}
	}
}

// text has the grants as "Action", with "?" behind an optional one and "/index" or " *" for
// its target.
func text(grants []Grant) string {
	var words []string
	for _, g := range grants {
		word := strings.TrimPrefix(g.Action, "dynamodb:") + [...]string{"", "/index", "*"}[g.On]
		if g.Optional {
			word += "?"
		}
		words = append(words, word)
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

func TestJobs(t *testing.T) {
	t.Parallel()
	const look = "DescribeContinuousBackups? DescribeTable DescribeTimeToLive? "
	for _, tt := range []struct {
		name                string
		job                 Job
		source, destination string
	}{
		{"nothing", Job{}, "", ""},
		{"a SELECT", Job{Read: Select, Write: Put}, "DescribeTable DescribeTimeToLive? PartiQLSelect", "BatchWriteItem " + look + "ListBackups*? Scan?"},
		{"TTL is named", Job{Read: Select, TTLNamed: true}, "DescribeTable PartiQLSelect", ""},
		{"a Scan", Job{Read: Scan}, "DescribeTable DescribeTimeToLive? Scan", ""},
		{"either", Job{Read: Either}, "DescribeTable DescribeTimeToLive? PartiQLSelect Scan", ""},
		{"an index", Job{Read: Either, Index: true, ScanResume: true, ReplaysBySelect: true}, "DescribeTable DescribeTimeToLive? PartiQLSelect/index Scan/index", ""},
		{"ScanResume", Job{Read: Select, ScanResume: true}, "DescribeTable DescribeTimeToLive? PartiQLSelect Scan", ""},
		{"ScanResume of a Scan", Job{Read: Scan, ScanResume: true}, "DescribeTable DescribeTimeToLive? Scan", ""},
		{"Replay after a Scan", Job{Read: Scan, ReplaysBySelect: true}, "DescribeTable DescribeTimeToLive? PartiQLSelect Scan", ""},
		{"Replay by GetItem", Job{Read: Scan, ReplaysByGet: true}, "DescribeTable DescribeTimeToLive? GetItem Scan", ""},
		{"a stream", Job{Write: Put}, "", "BatchWriteItem " + look + "ListBackups*? Scan?"},
		{"ModeInsert", Job{Read: Select, Write: Insert, TTLNamed: true}, "DescribeTable PartiQLSelect", look + "GetItem ListBackups*? PartiQLInsert PutItem Scan?"},
		{"ModeInsert without statements", Job{Write: Insert, NoStatement: true}, "", look + "GetItem ListBackups*? PutItem Scan?"},
		{"ModeMerge", Job{Write: Merge}, "", look + "GetItem ListBackups*? PutItem Scan? UpdateItem"},
		{"ModeMerge that inserts later", Job{Write: Merge, InsertsLater: true}, "", look + "GetItem ListBackups*? PartiQLInsert PutItem Scan? UpdateItem"},
		{"a run that inserts later", Job{Write: Put, InsertsLater: true}, "", "BatchWriteItem " + look + "GetItem ListBackups*? PartiQLInsert PutItem Scan?"},
		{"one without statements", Job{Write: Put, InsertsLater: true, NoStatement: true}, "", "BatchWriteItem " + look + "GetItem ListBackups*? PutItem Scan?"},
	} {
		if got := text(Source(tt.job)); got != tt.source {
			t.Errorf("%s: the source needs %q, want %q", tt.name, got, tt.source)
		}
		if got := text(Destination(tt.job)); got != tt.destination {
			t.Errorf("%s: the destination needs %q, want %q", tt.name, got, tt.destination)
		}
	}
}

// A grant that two rows have is required if one requires it, and has the reasons of all.
func TestJoined(t *testing.T) {
	t.Parallel()
	always := func(Job) bool { return true }
	rows := []row{
		{Grant{Action: "a", Why: "1", When: "x", Optional: true, Lost: "l"}, always},
		{Grant{Action: "a", Why: "2", When: "y", Optional: true, Lost: "m"}, always},
		{Grant{Action: "a", Why: "3", On: Index}, always},
		{Grant{Action: "b", Why: "4", Optional: true, Lost: "l"}, always},
		{Grant{Action: "b", Why: "5", When: "z"}, always},
		{Grant{Action: "b", Why: "6", Optional: true, Lost: "l"}, always},
		{Grant{Action: "b", Why: "7"}, always},
	}
	want := []Grant{
		{Action: "a", Why: "1; 2", When: "x; y", Optional: true, Lost: "l; m"},
		{Action: "a", Why: "3", On: Index},
		{Action: "b", Why: "5; 7"},
	}
	if got := of(rows, Job{}); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}
