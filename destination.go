package dynsync

import (
	"cmp"
	"encoding/hex"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dynsync/dynsync/internal/pseudonym"
)

// Where two items can end on one key, runs that write to one table have to know of
// each other. What runs of one Syncer write at the same time, and what the tables of
// one Sync write, they know by the keys. What was written before, by another
// process, or by another share, they find at the destination: such a run only
// inserts, and compares what is there (run.inserts).

// destinations are the tables to which the runs of a Syncer write, where items can
// collide.
type destinations struct {
	mu    sync.Mutex
	open  map[string]*destination // by ARN, or name
	inAll atomic.Int64            // keys that are remembered, of all of them
}

// A destination is a table to which runs write.
type destination struct {
	taken  *keySet      // keys of the runs under way
	runs   map[*job]int // those under way, by call
	before bool         // a run wrote to it and has ended
}

// trackKeys makes the run remember its keys if two items can end on one.
func (r *run) trackKeys() error {
	if r.target == nil {
		return nil
	}
	if err := r.checkUnfinishedSharers(); err != nil {
		return err
	}
	r.canCollide = r.canCollide || r.sharesDestination() || r.job.otherKeys(r)
	if !r.canCollide {
		return nil
	}
	if err := r.checkKeysBeyond(); err != nil {
		return err
	}
	others := r.s.destinations.enter(r)
	if others || r.s.cfg.share.divided() || r.job.call == callReplay || r.job.call == callWrite && r.dest.before {
		r.goBeyond(others)
	}
	if r.inserts() {
		return r.checkInserts("this run")
	}
	return nil
}

// goBeyond says that the run does not know all keys that the job wrote. A run that only
// inserts need not remember keys, since DynamoDB keeps items apart, unless another call
// that writes over items is under way.
func (r *run) goBeyond(others bool) {
	r.beyond = true
	if r.inserts() && !others {
		r.taken = nil
	}
}

// otherKeys reports whether the run replays items of a job that put items on other keys
// than this one does.
func (j *job) otherKeys(r *run) bool {
	for tag := range j.keyTags[r.table.cfg.name] {
		if tag != r.keyTag() {
			return true
		}
	}
	return false
}

// enter notes that a run writes to its destination, and reports whether another call
// does so already.
func (ds *destinations) enter(r *run) (others bool) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	name := r.destinationName()
	d := ds.open[name]
	if d == nil {
		d = &destination{runs: map[*job]int{}}
		if ds.open == nil {
			ds.open = map[string]*destination{}
		}
		ds.open[name] = d
	}
	others = len(d.runs) > min(d.runs[r.job], 1)
	if d.taken == nil {
		d.taken = newKeySet(r.plan.Key, r.s.cfg.maxTrackedKeys, &ds.inAll)
	}
	d.runs[r.job]++
	r.dest, r.taken = d, d.taken
	return others
}

// leave notes that a run has ended.
func (ds *destinations) leave(r *run) {
	if r.dest == nil {
		return
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	d := r.dest
	counts := &r.tally.counts
	d.before = d.before || counts[wasWritten].Load()+counts[wasUnsettled].Load() > 0
	if d.runs[r.job]--; d.runs[r.job] == 0 {
		delete(d.runs, r.job)
	}
	if len(d.runs) == 0 {
		d.taken.free()
		d.taken = nil
	}
	r.dest, r.taken = nil, nil
}

// destinationName returns what the destination is known by: another table of the job
// may have it by its name, or by its ARN.
func (r *run) destinationName() string {
	return cmp.Or(deref(r.target.TableArn), r.table.cfg.destination)
}

// sharesDestination reports whether another table of the job is written to the same
// table.
func (r *run) sharesDestination() bool { return len(r.sharers()) > 0 }

// sharers returns the names of the other tables of the job that are written to the same
// table.
func (r *run) sharers() (names []string) {
	if r.target == nil {
		return nil
	}
	destinations := []string{r.table.cfg.destination, deref(r.target.TableArn), deref(r.target.TableName)}
	for _, t := range r.s.tables {
		if t != r.table && slices.Contains(destinations, t.cfg.destination) {
			names = append(names, t.cfg.name)
		}
	}
	slices.Sort(names)
	return names
}

// checkUnfinishedSharers refuses a job that lacks a table which the job's last run did
// not complete, and wrote to the same destination: this job would write over its items.
func (r *run) checkUnfinishedSharers() error {
	last := r.job.last
	if last == nil || r.s.cfg.checkpoint.startOver || last.Outcome != RunRunning && last.Outcome != RunEndedEarly {
		return nil
	}
	for _, t := range last.Tables {
		if r.s.byName[t.Table] == nil && t.DestinationARN != "" && t.DestinationARN == deref(r.target.TableArn) {
			return refuse("the job's last run did not end, and had the table %s, which it wrote to the same destination; run the job as it was, or begin a new one by StartOver", t.Table)
		}
	}
	return nil
}

// checkKeysBeyond refuses a job whose later runs, or other shares, could neither know
// the keys that were written nor find them at the destination.
func (r *run) checkKeysBeyond() error {
	mode := r.table.cfg.mode
	if mode == ModeInsert || r.table.cfg.allowExisting {
		return nil
	}
	const canCollide = "where two items can end on one key (a rule or a record transform changes a key attribute and is not Injective, or two tables of the job have one destination): "
	switch {
	case r.s.cfg.share.divided():
		return refuse("WithShare needs WithMode(ModeInsert) " + canCollide + "no process knows the keys that the others wrote, and an item could overwrite another; or accept that by WithAllowExisting")
	case r.s.cfg.checkpoint.set && mode == ModeMerge:
		return refuse("WithCheckpoint needs ModePut or ModeInsert " + canCollide + "a run that resumes does not know the keys that the one before wrote, and would merge an item into another; or accept that by WithAllowExisting")
	case r.s.cfg.checkpoint.set:
		return r.checkInserts("WithCheckpoint")
	}
	return nil
}

// checkInserts checks that the client has what a run needs that only inserts.
func (r *run) checkInserts(why string) error {
	if errs := checkMode(ModeInsert, r.s.cfg.destination); len(errs) > 0 {
		return refuse("two items can end on one key, so that %s inserts only: %v", why, errs[0])
	}
	return nil
}

// goBeyond tells the runs of a Sync that earlier runs may have written to their
// destinations.
func goBeyond(runs []*run) {
	earlier := slices.ContainsFunc(runs, func(r *run) bool {
		return r.metEarlierKeys() || r.report.Err != nil && r.s.cfg.checkpoint.set
	})
	for _, r := range runs {
		if r.dest != nil && !r.beyond && (r.metEarlierKeys() || earlier && r.sharesDestination()) {
			r.goBeyond(false)
		}
	}
}

// metEarlierKeys reports whether items that earlier runs wrote hold keys that this
// run does not know. A run that reads all items again, and writes over what is there,
// comes to know all keys.
func (r *run) metEarlierKeys() bool {
	return r.resumed && (!r.readsAnew || r.table.cfg.mode == ModeInsert)
}

// noteInserts says in the report that the run only inserts, and why.
func (r *run) noteInserts() {
	if r.inserts() && r.table.cfg.mode != ModeInsert {
		r.note("two items can end on one key, and this run does not know all keys that the job wrote: it inserted items instead of writing over them, and one that met a different item counts as collided (see WithAllowExisting)")
	}
}

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
