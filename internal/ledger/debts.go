package ledger

import "slices"

// Debts are lost items, one behind the other: the verdict and the digest of each.
// They are only ever appended to while a run is under way, so that a copy of the
// slice is a copy of the debts.
type Debts []byte

const debtLen = 1 + len(Digest{})

// With returns the debts with one more, if there is room and it has a digest.
func (d Debts) With(item Item) Debts {
	if item.Digest == (Digest{}) || len(d) >= maxDebts*debtLen {
		return d
	}
	return append(append(d, byte(item.Verdict)), item.Digest[:]...)
}

// Len returns how many items there are.
func (d Debts) Len() int { return len(d) / debtLen }

// Within returns the first debts, as many as that many bytes hold.
func (d Debts) Within(room int) Debts {
	if room >= len(d) {
		return d
	}
	n := max(0, room) / debtLen * debtLen
	return d[:n:n]
}

// Remove takes out a debt, in a slice of its own.
func (d *Debts) Remove(digest Digest) (Verdict, bool) {
	for at := 0; at < len(*d); at += debtLen {
		if Digest((*d)[at+1:at+debtLen]) == digest {
			v := Verdict((*d)[at])
			*d = slices.Concat((*d)[:at], (*d)[at+debtLen:])
			return v, true
		}
	}
	return 0, false
}

// Legal reports whether the bytes are debts.
func (d Debts) Legal() bool {
	if len(d)%debtLen != 0 || len(d) > maxDebts*debtLen {
		return false
	}
	for at := 0; at < len(d); at += debtLen {
		if !Verdict(d[at]).IsLost() {
			return false
		}
	}
	return true
}
