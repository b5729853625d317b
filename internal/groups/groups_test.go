package groups

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/testsize"
)

// Items are in one group if they failed for one reason at one place, whatever tells them
// apart.
func TestGroupings(t *testing.T) {
	t.Parallel()
	digest := func(n int) string { return strings.Repeat("0123456789abcdef"[n:n+1], 32) }
	tests := []struct {
		name string
		of   func(n int) Cause // of the n-th item
		want int               // groups of 10 items
		text string            // reason of the first group
		path string
	}{
		{"one reason", func(int) Cause { return Cause{Reason: "it is no date"} }, 1, "it is no date", ""},
		{"a list's elements", func(n int) Cause { return Cause{Path: fmt.Sprintf("Orders[%d].Price", n), Reason: "x"} }, 1, "x", "Orders[*].Price"},
		{"lists within lists", func(n int) Cause { return Cause{Path: fmt.Sprintf("A[%d][%d]", n, n+1), Reason: "x"} }, 1, "x", "A[*][*]"},
		{"a name that looks like an index", func(n int) Cause { return Cause{Path: fmt.Sprintf(`"A[%d]"`, n), Reason: "x"} }, 10, "x", `"A[0]"`},
		{"a name with a quote", func(n int) Cause { return Cause{Path: fmt.Sprintf(`"A""[%d]"`, n), Reason: "x"} }, 10, "x", `"A""[0]"`},
		{"an index behind a name in quotes", func(n int) Cause { return Cause{Path: fmt.Sprintf(`"a.b"[%d]`, n), Reason: "x"} }, 1, "x", `"a.b"[*]`},
		{"other attributes", func(n int) Cause { return Cause{Path: fmt.Sprintf("A%d", n), Reason: "x"} }, 10, "x", "A0"},
		{"other transformers", func(n int) Cause { return Cause{Op: fmt.Sprint("anon.Email", n%2), Reason: "x"} }, 2, "x", ""},
		{"other outcomes", func(n int) Cause { return Cause{Outcome: fmt.Sprint(n % 2), Reason: "x"} }, 2, "x", ""},
		{"other codes", func(n int) Cause { return Cause{Code: fmt.Sprint("Code", n%3), Reason: "x"} }, 3, "x", ""},
		{"sizes", func(n int) Cause {
			return Cause{Reason: fmt.Sprintf("the item has %d,%03d bytes, 409,600 is the limit", 410+n, n)}
		}, 1, "the item has … bytes, … is the limit", ""},
		{"offsets", func(n int) Cause {
			return Cause{Reason: fmt.Sprintf("not valid DynamoDB JSON, at byte %d of the response", 7*n)}
		}, 1, "not valid DynamoDB JSON, at byte … of the response", ""},
		{"a size that is always the same", func(int) Cause { return Cause{Reason: "larger than DynamoDB's 400 KB (409,600 bytes)"} }, 1, "larger than DynamoDB's 400 KB (409,600 bytes)", ""},
		{"digests of keys", func(n int) Cause { return Cause{Reason: "the same key first (key digest " + digest(n) + ")"} }, 1, "the same key first (key digest …)", ""},
		{"lines of a script", func(n int) Cause {
			return Cause{Reason: fmt.Sprintf("threw a TypeError at line %d, column 4", n%2)}
		}, 2, "threw a TypeError at line 0, column 4", ""},
		{"columns of a script", func(n int) Cause {
			return Cause{Reason: fmt.Sprintf("threw a TypeError at line 1, column %d", n%5)}
		}, 5, "threw a TypeError at line 1, column 0", ""},
		{"patterns in quotes", func(n int) Cause { return Cause{Reason: fmt.Sprintf(`the rule "A[%d].7" keeps it`, n)} }, 10, `the rule "A[0].7" keeps it`, ""},
		{"requests by UUID", func(n int) Cause {
			return Cause{Reason: fmt.Sprintf("the role is refused [AccessDenied, HTTP 403, request b%d1fff6-d97f-49%02d-b834-e%dc1]", n, n%90, n)}
		}, 1, "the role is refused [AccessDenied, HTTP 403, request …]", ""},
		{"requests", func(n int) Cause {
			return Cause{Reason: fmt.Sprintf("DynamoDB refuses the item [ValidationException, HTTP 400, request REQ%dA]", n)}
		}, 1, "DynamoDB refuses the item [ValidationException, HTTP 400, request …]", ""},
		{"names with digits", func(n int) Cause { return Cause{Reason: fmt.Sprintf("no string at {Address%d}", n)} }, 10, "no string at {Address0}", ""},
		{"fractions", func(n int) Cause { return Cause{Reason: fmt.Sprintf("it took %d.5 seconds", n)} }, 1, "it took … seconds", ""},
		{"two numbers, of which one differs", func(n int) Cause { return Cause{Reason: fmt.Sprintf("%d of 10 parts", n)} }, 1, "… of … parts", ""},
	}
	for _, tt := range tests {
		var g Groups
		for n := range 10 {
			g.Add(tt.of(n), func() string { return fmt.Sprint(n) })
		}
		all, other := g.All()
		if len(all) != tt.want || other != 0 || all[0].Reason != tt.text || all[0].Path != tt.path || all[0].First != "0" {
			t.Errorf("%s: %d groups, %d others, %+v", tt.name, len(all), other, all[0])
		}
	}
}

// What is beyond the groups is counted, and every item is counted once.
func TestBound(t *testing.T) {
	t.Parallel()
	var g Groups
	for n := range 1000 {
		g.Add(Cause{Path: fmt.Sprintf("A%d", n%100), Reason: "x"}, func() string { return "" })
	}
	for range 7 {
		g.Add(Cause{Path: "A5", Reason: "x"}, func() string { t.Error("a first item of a known group"); return "" })
	}
	all, other := g.All()
	sum := other
	for _, of := range all {
		sum += of.Count
	}
	if len(all) != Max || other != 360 || sum != 1007 || all[0].Path != "A5" || all[0].Count != 17 || all[1].Path != "A0" {
		t.Errorf("%d groups, %d others, %d items, %+v", len(all), other, sum, all[:2])
	}
}

// A further item of a group costs little: a million items can fail.
func TestKnownGroupIsCheap(t *testing.T) {
	var g Groups
	c := Cause{Outcome: "failed", Path: "Orders[3].Price", Op: "anon.Email", Reason: "it is no e-mail address"}
	if n := testing.AllocsPerRun(100, func() { g.Add(c, func() string { return "" }) }); n > 20 && !testsize.Race {
		t.Errorf("%v allocations", n)
	}
}
