package difftest

import (
	"flag"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/dynamolocal"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction(dynamolocal.Goroutine))
}

// tests are the parts of TestDifferential, each with tables of its own.
var tests = []struct {
	name string
	run  func(*duel)
}{
	{"measured conditions", (*duel).measuredConditions},
	{"generated conditions", (*duel).generatedConditions},
	{"misspelt conditions", (*duel).misspeltConditions},
	{"filters", (*duel).filters},
	{"writes", (*duel).writes},
	{"batches", (*duel).batches},
	{"statements", (*duel).statements},
	{"statement batches", (*duel).statementBatches},
	{"statement edges", (*duel).statementEdges},
	{"keyed conditions", (*duel).keyedConditions},
	{"queries", (*duel).queries},
	{"scans", (*duel).scans},
	{"large pages", (*duel).largePages},
	{"write edges", (*duel).writeEdges},
	{"request edges", (*duel).requestEdges},
	{"schemas", (*duel).schemas},
	{"requests", (*duel).requestFiles},
	{"drawn updates", (*duel).drawnUpdates},
	{"drawn reads", (*duel).drawnReads},
	{"drawn schemas", (*duel).drawnSchemas},
	{"known differences", (*duel).knownDifferences},
	{"capacities", (*duel).capacities},
	{"inserts", (*duel).inserts},
	{"updates", (*duel).updates},
	{"conditional puts", (*duel).conditionalPuts},
	{"numbers", (*duel).numbers},
	{"local duplicates", (*duel).localDuplicates},
	{"SDK", (*duel).sdk},
}

// TestDifferential requires DynamoDB Local and dynsynctest to give equal
// answers, and every row of the table of differences to be needed.
func TestDifferential(t *testing.T) {
	dynamolocal.Shared(t)
	fake := dynsynctest.NewServer()
	t.Cleanup(fake.Close)
	local := dynsynctest.NewServer(dynsynctest.WithLocalNumbers(), dynsynctest.WithLocalDuplicates())
	t.Cleanup(local.Close)
	t.Run("part", func(t *testing.T) {
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				d := newDuel(t, fake)
				switch tt.name {
				case "numbers", "local duplicates": // which the options are about
					d = newDuel(t, local)
				}
				tt.run(d)
				t.Logf("%d requests, of which DynamoDB Local refused %d", d.requests, d.refused)
			})
		}
	})
	if run := flag.Lookup("test.run").Value.String(); strings.Contains(run, "/") || t.Failed() {
		return // not everything ran
	}
	for i, d := range compiled {
		if d.seen.Load() == 0 {
			t.Errorf("no answer needs the difference: %s (%s)", differences[i].reason, differences[i].real)
		}
	}
}
