// Package keyset remembers the keys that runs write to a destination, so that no two items
// end on one.
package keyset

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/dynsync/dynsync/internal/pseudonym"
)

// A Set remembers the keys that runs write to one destination, each by the first
// 128 bits of a keyed hash: among n keys, two have one digest with a probability of
// about n²/2¹²⁹, 10⁻¹⁹ for ten billion. It takes some 32 bytes a key. It is safe for
// concurrent use; a nil one holds nothing and takes everything.
type Set struct {
	key    *pseudonym.Key
	limit  int           // of keys in all sets
	inAll  *atomic.Int64 // keys in all sets
	shards [64]shard
	n      atomic.Int64 // keys in all shards
}

// A Digest is a keyed hash of an item's key.
type Digest [16]byte

type shard struct {
	mu   sync.Mutex
	seen map[Digest]bool // whether whoever claimed it writes over what is there
}

// New returns a set that holds at most limit keys, together with the other sets
// that count in inAll.
func New(key *pseudonym.Key, limit int, inAll *atomic.Int64) *Set {
	s := &Set{key: key, limit: limit, inAll: inAll}
	for i := range s.shards {
		s.shards[i].seen = map[Digest]bool{}
	}
	return s
}

// Claim adds a key in canonical bytes. It is not fresh if the set contains it. But if
// both items are only inserted, each is fresh, because the destination decides.
func (s *Set) Claim(canonical []byte, inserts bool) (digest Digest, fresh bool, err error) {
	if s == nil {
		return digest, true, nil
	}
	var buf [32]byte
	copy(digest[:], s.key.Mac(buf[:0], "collision", canonical))
	part := &s.shards[digest[0]%64]
	part.mu.Lock()
	defer part.mu.Unlock()
	if over, there := part.seen[digest]; there {
		return digest, inserts && !over, nil
	}
	if s.inAll.Add(1) > int64(s.limit) {
		s.inAll.Add(-1)
		return digest, false, ErrTooMany
	}
	s.n.Add(1)
	part.seen[digest] = !inserts
	return digest, true, nil
}

// Free returns the room of the set to the limit.
func (s *Set) Free() { s.inAll.Add(-s.n.Swap(0)) }

// ErrTooMany is the error of a key for which a Set has no room.
var ErrTooMany = errors.New("dynsync: too many keys to remember")

// Limit returns how many keys the set holds at most, together with those that count with it.
func (s *Set) Limit() int { return s.limit }
