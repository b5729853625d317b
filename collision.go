package dynsync

import (
	"encoding/hex"
	"sync"
	"sync/atomic"

	"github.com/dynsync/dynsync/internal/pseudonym"
)

// A keySet remembers the keys of a run's items, each by the first 128 bits of a
// keyed hash: among n keys, two have one digest with a probability of about
// n²/2¹²⁹, 10⁻¹⁹ for ten billion. It takes some 32 bytes a key. It is safe for
// concurrent use; a nil one holds nothing and takes everything.
type keySet struct {
	key   *pseudonym.Key
	limit int // of keys in all

	shards [64]keyShard
	n      atomic.Int64 // keys in all shards
	full   error
}

type keyShard struct {
	mu   sync.Mutex
	seen map[keyDigest]struct{}
}

type keyDigest [16]byte

// newKeySet returns a set of at most limit keys. full is the error of one more.
func newKeySet(key *pseudonym.Key, limit int, full error) *keySet {
	s := &keySet{key: key, limit: limit, full: full}
	for i := range s.shards {
		s.shards[i].seen = map[keyDigest]struct{}{}
	}
	return s
}

// claim adds a key, given in canonical bytes. It is not fresh if it was there.
func (s *keySet) claim(canonical []byte) (digest keyDigest, fresh bool, err error) {
	if s == nil {
		return digest, true, nil
	}
	var buf [32]byte
	copy(digest[:], s.key.Mac(buf[:0], "collision", canonical))
	shard := &s.shards[digest[0]%64]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if _, there := shard.seen[digest]; there {
		return digest, false, nil
	}
	if s.n.Add(1) > int64(s.limit) {
		s.n.Add(-1)
		return digest, false, s.full
	}
	shard.seen[digest] = struct{}{}
	return digest, true, nil
}

// collision returns an item that lost its key to another one of the run.
func (r *run) collision(d keyDigest, key *Record, item []byte) Failure {
	return Failure{
		Key:     key,
		Outcome: Collided,
		Err:     r.itemError("another item of the run ended on the same key, and was taken (key digest "+hex.EncodeToString(d[:])+")", nil),
		item:    item,
	}
}

// trackKeys makes the run remember its keys if two items can end on one.
func (r *run) trackKeys() error {
	if !r.plan.canCollide {
		return nil
	}
	limit := r.s.cfg.maxTrackedKeys
	full := refuse("a rule changes key attributes, so that items can collide, and there are more than the %d items that WithMaxTrackedKeys lets a run remember; raise it (32 bytes an item), or use ModeInsert and a transformer that is Injective", limit)
	if r.source != nil && r.source.ItemCount != nil && *r.source.ItemCount > int64(limit) {
		return full
	}
	r.taken = newKeySet(r.plan.key, limit, newTableError(r.table.cfg.name, "write", full))
	return nil
}
