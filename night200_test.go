package dynsync

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/dynsync/dynsync/dynsynctest"
)

// nightTables is the number of tables of a night, and nightFailures says which of them fail
// and how: 7 tables, in 5 ways.
const nightTables = 200

var nightFailures = map[int]string{
	20: "no destination",
	40: "every item fails", 41: "every item fails",
	60: "reading is denied",
	80: "a misspelt rule", 81: "a misspelt rule",
	100: "writing is denied",
}

// nightName returns the name of the i-th table in the job.
func nightName(i int) string { return fmt.Sprintf("Source-%03d", i) }

// nightOf200 returns a job over 200 tables of 3 items each. Seven fail as nightFailures
// says; the others are copied.
func nightOf200(t testing.TB, opts ...Option) *Syncer {
	t.Helper()
	p := newPair(t)
	source := p.source.Client()
	var denied [2]string // the tables that cannot be read and written
	for i := range nightTables {
		from, to := nightName(i), fmt.Sprintf("Stage-%03d", i)
		table := []TableOption{keepKey()}
		p.create(t, source, from)
		p.fillTable(t, from, users(3)...)
		switch nightFailures[i] {
		case "every item fails":
			table = append(table, WithTransform("Age", Reject()))
		case "reading is denied":
			denied[0] = from
		case "a misspelt rule":
			table = append(table, clearCopy(), WithTransform("Emial", Constant("x")))
		case "writing is denied":
			denied[1] = to
		}
		if nightFailures[i] != "no destination" {
			p.create(t, p.to, to)
		}
		opts = append(opts, WithTable(from, to, table...))
	}
	p.source.Control("ExecuteStatement", func(r *dynsynctest.Request) dynsynctest.Action {
		if bytes.Contains(r.Body, []byte(denied[0])) {
			return dynsynctest.Deny("dynamodb:PartiQLSelect")
		}
		return dynsynctest.Action{}
	})
	p.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) dynsynctest.Action {
		if bytes.Contains(r.Body, []byte(denied[1])) {
			return dynsynctest.Deny("dynamodb:BatchWriteItem")
		}
		return dynsynctest.Action{}
	})
	return p.syncer(t, opts...)
}

// Of a night over 200 tables, 7 fail in 5 ways, and all others are copied.
func TestNightOf200Tables(t *testing.T) {
	t.Parallel()
	report, err := nightOf200(t).Sync(t.Context())
	ways := map[string]bool{}
	for i, rep := range report.Tables {
		if failed := rep.end() != nil; failed != (nightFailures[i] != "") {
			t.Errorf("%s: %v", rep.Table, rep)
		} else if failed {
			ways[nightFailures[i]] = true
		}
	}
	if len(report.Tables) != nightTables || len(ways) != 5 || err == nil {
		t.Errorf("%d tables, %d ways to fail, %v", len(report.Tables), len(ways), err)
	}
}
