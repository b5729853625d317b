// Package ledger counts what became of the items of a table, in all runs of a job,
// and remembers those that are lost.
package ledger

import (
	"encoding/hex"
	"slices"

	"github.com/dynsync/dynsync/internal/wire"
)

// A Verdict is what became of an item that was read.
type Verdict uint8

// What can become of an item.
const (
	Written Verdict = iota
	Filtered
	Failed
	Collided
	Existing
	Unsettled // the run ended before it knew
	Barred    // failed, for a leak or a name that looks personal: no tolerance covers it
	Verdicts  = iota
)

// IsLost reports whether an item with this verdict is missing at the destination,
// and no later run comes back to it.
func (v Verdict) IsLost() bool { return v == Failed || v == Collided || v == Barred }

// Counts are numbers of items, by verdict.
type Counts [Verdicts]int64

// Sum returns how many items there are.
func (c *Counts) Sum() (n int64) {
	for _, of := range c {
		n += of
	}
	return n
}

const (
	// maxLost and maxLostBytes bound the keys of lost items in a ledger.
	maxLost      = 64
	maxLostBytes = 16 << 10
	// maxDebts bounds the lost items that a ledger knows one by one.
	maxDebts = 8192
)

// A Ledger is what became of the items of a table, in all runs of a job, as far as
// the checkpoint covers them.
type Ledger struct {
	Counts Counts
	Lost   []Item // the first, within maxLost and maxLostBytes
	Debts  Debts  // the first maxDebts
}

// An Item is one that failed or collided.
type Item struct {
	Verdict Verdict
	Key     []byte // DynamoDB JSON of the key attributes, as read
	Digest  Digest // of the key; zero where the item has no valid key
}

// A Digest is a keyed hash of an item's key.
type Digest [16]byte

// String returns the digest as hexadecimal digits, "" for the zero digest.
func (d Digest) String() string {
	if d == (Digest{}) {
		return ""
	}
	return hex.EncodeToString(d[:])
}

// Add counts the items of a page that is behind the position.
func (l *Ledger) Add(lost []Item, counts Counts) {
	for v, n := range counts {
		l.Counts[v] += n
	}
	size := 0
	for _, item := range l.Lost {
		size += len(item.Key)
	}
	for _, item := range lost {
		if size += len(item.Key); len(l.Lost) < maxLost && size <= maxLostBytes {
			l.Lost = append(l.Lost, item)
		}
		l.Debts = l.Debts.With(item)
	}
}

// Pay counts an item that was lost as written, if the ledger knows it. It reports
// whether it does.
func (l *Ledger) Pay(digest Digest) bool {
	v, ok := l.Debts.Remove(digest)
	if !ok {
		return false
	}
	l.Counts[v]--
	l.Counts[Written]++
	l.Lost = slices.DeleteFunc(l.Lost, func(item Item) bool { return item.Digest == digest })
	return true
}

// Clone returns a copy that goes on by itself.
func (l *Ledger) Clone() Ledger {
	c := *l
	c.Lost = slices.Clone(l.Lost)
	return c
}

// Legal reports whether a run can have left the ledger.
func (l *Ledger) Legal() bool {
	if !l.balanced() || !l.Debts.Legal() || len(l.Lost) > maxLost {
		return false
	}
	var scan wire.Scanner
	for _, item := range l.Lost {
		if !item.legal(&scan) {
			return false
		}
	}
	return true
}

// balanced reports whether the counts are possible.
func (l *Ledger) balanced() bool {
	for _, n := range l.Counts {
		if n < 0 {
			return false
		}
	}
	return l.Counts[Unsettled] == 0 && int64(len(l.Debts)/debtLen) <= l.Counts[Failed]+l.Counts[Collided]+l.Counts[Barred]
}

func (item *Item) legal(scan *wire.Scanner) bool {
	attrs, err := scan.Index(nil, item.Key)
	return item.Verdict.IsLost() && err == nil && (len(attrs) > 0 || item.Digest == Digest{})
}
