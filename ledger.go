package dynsync

import (
	"slices"

	"github.com/dynsync/dynsync/internal/wire"
)

// A verdict is what became of an item that was read.
type verdict uint8

const (
	wasWritten verdict = iota
	wasFiltered
	wasFailed
	wasCollided
	wasExisting
	wasUnsettled // the run ended before it knew
	verdicts     = iota
)

// verdict returns what an item of that outcome counts as.
func (o Outcome) verdict() verdict {
	switch o {
	case Collided:
		return wasCollided
	case Existing:
		return wasExisting
	}
	return wasFailed
}

// isLost reports whether an item with this verdict is missing at the destination,
// and no later run comes back to it.
func (v verdict) isLost() bool { return v == wasFailed || v == wasCollided }

// outcomes returns counts, one for each verdict, with their sum.
func outcomes(counts [verdicts]int64) Outcomes {
	o := Outcomes{
		Written: counts[wasWritten], Filtered: counts[wasFiltered], Failed: counts[wasFailed],
		Collided: counts[wasCollided], Existing: counts[wasExisting], Unsettled: counts[wasUnsettled],
	}
	for _, n := range counts {
		o.Read += n
	}
	return o
}

const (
	// maxLostKeys and maxLostBytes bound the keys of lost items in a checkpoint.
	maxLostKeys  = 64
	maxLostBytes = 16 << 10
	// maxDebts bounds the lost items that a ledger knows one by one.
	maxDebts = 8192
)

// A ledger is what became of the items of a table, in all runs of a job, as far as
// the checkpoint covers them.
type ledger struct {
	counts [verdicts]int64
	lost   []lostItem // the first, within maxLostKeys and maxLostBytes
	debts  debts      // the first maxDebts
}

// A lostItem is an item that failed or collided.
type lostItem struct {
	verdict verdict
	key     []byte    // DynamoDB JSON of the key attributes, as read
	digest  keyDigest // of the key; zero where the item has no valid key
}

// add counts an item of a page that is behind the position.
func (l *ledger) add(items []lostItem, counts [verdicts]int64) {
	for v, n := range counts {
		l.counts[v] += n
	}
	size := 0
	for _, item := range l.lost {
		size += len(item.key)
	}
	for _, item := range items {
		if size += len(item.key); len(l.lost) < maxLostKeys && size <= maxLostBytes {
			l.lost = append(l.lost, item)
		}
		l.debts = l.debts.with(item)
	}
}

// pay counts an item that was lost as written, if the ledger knows it. It reports
// whether it does.
func (l *ledger) pay(digest keyDigest) bool {
	v, ok := l.debts.remove(digest)
	if !ok {
		return false
	}
	l.counts[v]--
	l.counts[wasWritten]++
	l.lost = slices.DeleteFunc(l.lost, func(item lostItem) bool { return item.digest == digest })
	return true
}

// balanced reports whether the counts are possible.
func (l *ledger) balanced() bool {
	for _, n := range l.counts {
		if n < 0 {
			return false
		}
	}
	return l.counts[wasUnsettled] == 0 && int64(len(l.debts)/debtLen) <= l.counts[wasFailed]+l.counts[wasCollided]
}

// Debts are lost items, one behind the other: the verdict and the digest of each.
// They are only ever appended to while a run is under way, so that a copy of the
// slice is a copy of the debts.
type debts []byte

const debtLen = 1 + len(keyDigest{})

// with returns the debts with one more, if there is room and it has a digest.
func (d debts) with(item lostItem) debts {
	if item.digest == (keyDigest{}) || len(d) >= maxDebts*debtLen {
		return d
	}
	return append(append(d, byte(item.verdict)), item.digest[:]...)
}

// remove takes out a debt, in a slice of its own.
func (d *debts) remove(digest keyDigest) (verdict, bool) {
	for at := 0; at < len(*d); at += debtLen {
		if keyDigest((*d)[at+1:at+debtLen]) == digest {
			v := verdict((*d)[at])
			*d = slices.Concat((*d)[:at], (*d)[at+debtLen:])
			return v, true
		}
	}
	return 0, false
}

// legal reports whether the bytes are debts.
func (d debts) legal() bool {
	if len(d)%debtLen != 0 || len(d) > maxDebts*debtLen {
		return false
	}
	for at := 0; at < len(d); at += debtLen {
		if !verdict(d[at]).isLost() {
			return false
		}
	}
	return true
}

// lostItem returns what a ledger keeps of an item that was lost.
func (s *Syncer) lostItem(t *table, keys *keyNames, v verdict, key *Record) lostItem {
	item := lostItem{verdict: v, key: key.item}
	if digest, ok := s.debtDigest(t, keys, key); ok {
		item.digest = digest
	}
	return item
}

// debtDigest returns the digest under which a ledger knows the item of a key.
func (s *Syncer) debtDigest(t *table, keys *keyNames, key *Record) (digest keyDigest, ok bool) {
	canonical, err := appendItemKey(append([]byte(t.cfg.name), 0), keys, key.item, key.attrs)
	if err != nil {
		return digest, false
	}
	var buf [32]byte
	copy(digest[:], s.key.Mac(buf[:0], "lost", canonical))
	return digest, true
}

// failures returns the lost items for a report.
func (l *ledger) failures(table string) []Failure {
	var all []Failure
	for _, item := range l.lost {
		key := &Record{item: item.key}
		if key.index() != nil {
			continue
		}
		f := Failure{Table: table, Key: key, Outcome: Failed}
		if item.verdict == wasCollided {
			f.Outcome = Collided
		}
		f.Err = &ItemError{Table: table, Reason: "the item " + f.Outcome.String() + " in an earlier run of the job; its reason is in the file of WithDeadLetters, if the job has one"}
		all = append(all, f)
	}
	return all
}

// legal reports whether what a checkpoint holds of a lost item is possible.
func (item lostItem) legal(scan *wire.Scanner) bool {
	attrs, err := scan.Index(nil, item.key)
	return item.verdict.isLost() && err == nil && (len(attrs) > 0 || item.digest == keyDigest{})
}
