package ledger

import (
	"bytes"
	"slices"
	"testing"
)

func someLedger() *Ledger {
	return &Ledger{
		Counts: Counts{Written: 1200, Failed: 34},
		Lost:   []Item{{Verdict: Failed, Key: []byte(`{"Id":{"S":"a"}}`), Digest: Digest{1}}},
	}
}

func TestLegal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		edit   func(*Ledger)
	}{
		{"a negative count", func(l *Ledger) { l.Counts[Filtered] = -1 }},
		{"items that are not settled", func(l *Ledger) { l.Counts[Unsettled] = 1 }},
		{"a lost item that is not counted", func(l *Ledger) { l.Debts = bytes.Repeat([]byte{byte(Failed)}, 35*debtLen) }},
		{"a lost item that was written", func(l *Ledger) { l.Debts = make([]byte, debtLen) }},
		{"half a lost item", func(l *Ledger) { l.Debts = []byte{byte(Failed)} }},
		{"a lost key that is no item", func(l *Ledger) { l.Lost[0].Key = []byte("{") }},
		{"more keys than are kept", func(l *Ledger) { l.Lost = slices.Repeat(l.Lost, maxLost+1) }},
	}
	if !someLedger().Legal() {
		t.Error("a ledger that can be")
	}
	for _, tt := range tests {
		l := someLedger()
		tt.edit(l)
		if l.Legal() {
			t.Errorf("%s is legal", tt.reason)
		}
	}
}

func TestPay(t *testing.T) {
	t.Parallel()
	var l Ledger
	lost := []Item{{Failed, []byte(`{"Id":{"S":"a"}}`), Digest{1}}, {Collided, []byte(`{"Id":{"S":"b"}}`), Digest{2}}}
	l.Add(lost, Counts{Written: 3, Failed: 1, Collided: 1})
	before := l.Clone()
	if !l.Pay(Digest{2}) || l.Pay(Digest{2}) || l.Pay(Digest{3}) {
		t.Error("a debt is paid once")
	}
	if want := (Counts{Written: 4, Failed: 1}); l.Counts != want || len(l.Lost) != 1 || !l.Legal() {
		t.Errorf("%+v", l)
	}
	if before.Counts.Sum() != l.Counts.Sum() || len(before.Lost) != 2 || !before.Legal() {
		t.Errorf("the copy was paid too: %+v", before)
	}
}
