package dynsync

import (
	"encoding/hex"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/dynsync/dynsync/internal/pseudonym"
)

// A keySet remembers the keys that runs write to one destination, each by the first
// 128 bits of a keyed hash: among n keys, two have one digest with a probability of
// about n²/2¹²⁹, 10⁻¹⁹ for ten billion. It takes some 32 bytes a key. It is safe for
// concurrent use; a nil one holds nothing and takes everything.
type keySet struct {
	key    *pseudonym.Key
	limit  int           // of keys in all sets
	inAll  *atomic.Int64 // keys in all sets
	shards [64]keyShard
	n      atomic.Int64 // keys in all shards
}

type keyShard struct {
	mu   sync.Mutex
	seen map[keyDigest]bool // whether whoever claimed it writes over what is there
}

type keyDigest [16]byte

// newKeySet returns a set that, with the others that count in inAll, holds at most
// limit keys.
func newKeySet(key *pseudonym.Key, limit int, inAll *atomic.Int64) *keySet {
	s := &keySet{key: key, limit: limit, inAll: inAll}
	for i := range s.shards {
		s.shards[i].seen = map[keyDigest]bool{}
	}
	return s
}

// claim adds a key, given in canonical bytes. It is not fresh if it was there; but
// of those that only insert items, each may have it, since the destination decides.
func (s *keySet) claim(canonical []byte, inserts bool) (digest keyDigest, fresh bool, err error) {
	if s == nil {
		return digest, true, nil
	}
	var buf [32]byte
	copy(digest[:], s.key.Mac(buf[:0], "collision", canonical))
	shard := &s.shards[digest[0]%64]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if over, there := shard.seen[digest]; there {
		return digest, inserts && !over, nil
	}
	if s.inAll.Add(1) > int64(s.limit) {
		s.inAll.Add(-1)
		return digest, false, errTooManyKeys
	}
	s.n.Add(1)
	shard.seen[digest] = !inserts
	return digest, true, nil
}

// free gives back the room that the set takes.
func (s *keySet) free() { s.inAll.Add(-s.n.Swap(0)) }

// errTooManyKeys is the error of a key for which a keySet has no room.
var errTooManyKeys = errors.New("dynsync: too many keys to remember")

// tooManyKeys returns the error of a table with more keys than may be remembered.
func (r *run) tooManyKeys() error {
	return newTableError(r.table.cfg.name, "write", refuse("items can collide, and there are more than the %d that WithMaxTrackedKeys lets the job remember; raise it (32 bytes an item), or use transformers that are Injective on key attributes", r.s.cfg.maxTrackedKeys))
}

// collision returns an item that lost its key to another one of the job.
func (r *run) collision(d keyDigest, key *Record, item []byte) Failure {
	return Failure{
		Key:     key,
		Outcome: Collided,
		Err:     r.itemError("another item of the job ended on the same key, and was taken (key digest "+hex.EncodeToString(d[:])+")", nil),
		item:    item,
	}
}
