package checkpoint

import (
	"testing"

	"github.com/dynsync/dynsync/internal/ledger"
)

// The position passes a page once all before it are settled, and stays in front of
// one with an item that was given up on.
func TestTrackerPassesSettledPages(t *testing.T) {
	t.Parallel()
	tr := NewTracker(Frontier{End: 2}, ledger.Ledger{})
	tr.Begin(0)
	behind := func(key string) Position { return Position{Key: item(key)} }
	first, second, empty, last := tr.Page(0, 2, behind("1")), tr.Page(0, 1, behind("2")), tr.Page(0, 0, behind("3")), tr.Page(0, 1, Position{Done: true})
	expect := func(reason, key string, settled int64) {
		t.Helper()
		at, l := tr.Reached()
		if got := string(at.Open[0].At.Key); key != "" && got != string(item(key)) || key == "" && got != "" || l.Counts.Sum() != settled {
			t.Errorf("%s: behind %q with %d items settled", reason, got, l.Counts.Sum())
		}
	}
	second.Settle(ledger.Written)
	second.Close()
	expect("the second page is settled before the first", "", 0)
	first.Settle(ledger.Filtered)
	first.Note(ledger.Item{Verdict: ledger.Failed, Key: item("x"), Digest: ledger.Digest{1}})
	first.Settle(ledger.Failed)
	expect("the first page is not closed", "", 0)
	first.Close()
	expect("the empty page counts as settled", "3", 3)
	select {
	case <-tr.Moved():
	default:
		t.Error("nobody was told")
	}
	last.Stay()
	last.Settle(ledger.Written)
	last.Close()
	expect("an item of the last page was given up on", "3", 3)
	if _, l := tr.Reached(); len(l.Lost) != 1 || len(l.Debts) == 0 {
		t.Errorf("%+v", l)
	}
	if empty == nil {
		t.Error("no mark")
	}
}

func TestTrackerDone(t *testing.T) {
	t.Parallel()
	tr := NewTracker(Frontier{End: 1}, ledger.Ledger{})
	tr.Begin(0)
	m := tr.Page(0, 1, Position{Done: true})
	if at, _ := tr.Reached(); at.Done() {
		t.Error("done before its item is settled")
	}
	m.Settle(ledger.Written)
	m.Close()
	if at, l := tr.Reached(); !at.Done() || l.Counts[ledger.Written] != 1 {
		t.Errorf("%+v, %+v", at, l)
	}
}
