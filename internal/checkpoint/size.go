package checkpoint

import (
	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/seal"
)

const (
	// MinSize is the least size that a store takes: a token of the greatest length, of
	// 32 KiB, and a key have room in it.
	MinSize = 64 << 10

	// MaxOpen is how many segments are under way at a time at most: pages of so many are
	// mixed, and a checkpoint remembers a key for each.
	MaxOpen = 128

	// Bounds of what an encoded state has, in bytes.
	fixedSize = 4 << 10 // header, and what does not grow
	partSize  = 128     // a part, without its token and its key
	ruleSize  = 16      // the id of a rule that matched, and again if it applied
	lostSize  = 48      // a lost item, without its key and its digest
)

// OpenWithin returns how many segments can be under way so that a checkpoint, with a key
// of that size in each and that many rules, has no more than limit bytes. Without a
// limit, which is 0, it is MaxOpen.
func OpenWithin(limit, keySize, rules int) int {
	if limit == 0 {
		return MaxOpen
	}
	room := limit - seal.Overhead - fixedSize - rules*ruleSize
	return max(1, min(MaxOpen, room/(partSize+keySize)))
}

// KeySize returns the most bytes of a key attribute in a checkpoint, whose value has at
// most that many.
func KeySize(name string, value int) int { return len(name) + value + 7 } // two lengths, a kind

// trim forgets the lost items, the last first, that do not fit into that many bytes. It
// forgets their keys before their digests.
func (st *State) trim(room int) {
	before := st.Ledger.Debts.Len()
	st.Ledger.Debts = st.Ledger.Debts.Within(room)
	st.Dropped = before - st.Ledger.Debts.Len()
	room -= len(st.Ledger.Debts)
	for i, item := range st.Ledger.Lost {
		room -= lostSize + len(appendPacked(nil, item.Key)) + len(ledger.Digest{})
		if room < 0 {
			st.Ledger.Lost = st.Ledger.Lost[:i]
			return
		}
	}
}
