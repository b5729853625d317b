package dynsync

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/wire"
)

// A progress knows up to where a table is read and every item settled. It is
// safe for concurrent use. All methods may be called on nil, which is a run
// without a checkpoint.
type progress struct {
	mu        sync.Mutex
	tracks    map[int]*track // by segment: those under way
	next, end int            // segments that are not begun
	ledger    ledger         // of the pages in front of the tracks' positions, and of segments that are done
	moved     chan struct{}
}

// A track is the progress of a segment.
type track struct {
	of      *progress
	segment int
	open    []*mark  // pages under way, in the order in which they were read
	at      position // behind the last page in front of which everything is settled
}

// A mark counts what becomes of the items of a page. All methods may be called on
// nil.
type mark struct {
	of     *track
	counts [verdicts]atomic.Int64
	left   atomic.Int64 // items that are not settled yet
	stays  atomic.Bool  // the position stays in front of the page for good
	next   position     // behind the page

	mu   sync.Mutex
	lost []lostItem
}

// newProgress returns the progress of a run that begins where that reading
// stands, with the ledger of earlier runs.
func newProgress(from reading, l ledger) *progress {
	p := &progress{tracks: map[int]*track{}, next: from.next, end: from.end, ledger: l, moved: make(chan struct{}, 1)}
	for _, c := range from.open {
		p.tracks[c.segment] = &track{of: p, segment: c.segment, at: c.at}
	}
	return p
}

// begin notes that a segment, the next one, is under way.
func (p *progress) begin(segment int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tracks[segment] = &track{of: p, segment: segment}
	p.next = segment + 1
}

// page notes that a page of a segment was read, and returns its mark. A page with
// items is settled when they are and the mark was closed.
func (p *progress) page(segment, items int, next position) *mark {
	if p == nil {
		return nil
	}
	m := &mark{next: next}
	if items > 0 {
		m.left.Store(int64(items) + 1)
	}
	p.mu.Lock()
	m.of = p.tracks[segment]
	m.of.open = append(m.of.open, m)
	p.mu.Unlock()
	if items == 0 {
		m.of.advance()
	}
	return m
}

// restart forgets what earlier runs settled of a table that is read by SELECT: it
// is read from its beginning.
func (p *progress) restart() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.tracks {
		t.at = position{}
	}
	p.ledger = ledger{}
}

// settle counts one item of the page for which nothing is left to do.
func (m *mark) settle(v verdict) {
	if m != nil {
		m.counts[v].Add(1)
		m.done()
	}
}

// note remembers an item of the page that is lost, before it is settled.
func (m *mark) note(item lostItem) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lost = append(m.lost, item)
}

// close says that the page's items went through the rules.
func (m *mark) close() {
	if m != nil {
		m.done()
	}
}

func (m *mark) done() {
	if m.left.Add(-1) == 0 {
		m.of.advance()
	}
}

// stay says that an item of the page is given up on without being settled: the
// position stays in front of the page for good.
func (m *mark) stay() {
	if m != nil {
		m.stays.Store(true)
	}
}

// account returns what became of the page's items, all of which are settled.
func (m *mark) account() (lost []lostItem, counts [verdicts]int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for v := range m.counts {
		counts[v] = m.counts[v].Load()
	}
	return m.lost, counts
}

// advance moves the position past the settled pages, and adds their items to the
// ledger.
func (t *track) advance() {
	p := t.of
	p.mu.Lock()
	defer p.mu.Unlock()
	before := len(t.open)
	for len(t.open) > 0 && t.open[0].left.Load() == 0 && !t.open[0].stays.Load() {
		t.at = t.open[0].next
		p.ledger.add(t.open[0].account())
		t.open[0] = nil
		t.open = t.open[1:]
	}
	if len(t.open) == before {
		return
	}
	if t.at.done {
		delete(p.tracks, t.segment)
	}
	select {
	case p.moved <- struct{}{}:
	default:
	}
}

// reached returns where the reading stands as far as everything is settled, and
// what became of the items on the way to it.
func (p *progress) reached() (reading, ledger) {
	p.mu.Lock()
	defer p.mu.Unlock()
	rd := reading{next: p.next, end: p.end}
	for _, segment := range slices.Sorted(maps.Keys(p.tracks)) {
		rd.open = append(rd.open, cursor{segment: segment, at: p.tracks[segment].at})
	}
	l := p.ledger
	l.lost = slices.Clone(l.lost)
	return rd, l
}

// debts returns the lost items that are known one by one.
func (p *progress) debts() debts {
	if p == nil {
		return nil
	}
	_, l := p.reached()
	return l.debts
}

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

// isLost reports whether an item with this verdict is missing at the destination,
// and no later run comes back to it.
func (v verdict) isLost() bool { return v == wasFailed || v == wasCollided }

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

// A keyDigest is the first 128 bits of a keyed hash of a key.
type keyDigest [16]byte

// debtDigest returns the digest under which a ledger knows the item of a key, in the
// table that the job knows by that name.
func debtDigest(secret *pseudonym.Key, table string, keys *wire.Keys, key *Record) (digest keyDigest, ok bool) {
	canonical, err := wire.AppendItemKey(append([]byte(table), 0), keys, key.item, key.attrs)
	if err != nil {
		return digest, false
	}
	var buf [32]byte
	copy(digest[:], secret.Mac(buf[:0], "lost", canonical))
	return digest, true
}

// legal reports whether what a checkpoint holds of a lost item is possible.
func (item lostItem) legal(scan *wire.Scanner) bool {
	attrs, err := scan.Index(nil, item.key)
	return item.verdict.isLost() && err == nil && (len(attrs) > 0 || item.digest == keyDigest{})
}

// maxOpen is how many segments are under way at a time: pages of so many are
// mixed, and a checkpoint remembers a key for each.
const maxOpen = 128

// A reading is where the reading of a table stands. A segment is done, under way
// or not begun; a table that is read by SELECT is one segment.
type reading struct {
	open      []cursor // the segments under way, in ascending order
	next, end int      // those that are not begun: [next, end)
}

func (rd reading) done() bool { return len(rd.open) == 0 && rd.next == rd.end }

// A cursor reads a segment page by page.
type cursor struct {
	segment int
	at      position
	fresh   bool // this run has read nothing of the segment
}

// A segmentQueue hands out cursors, one after the other, each to one reader at a
// time. The segment that has waited longest comes first, so that those with many
// items do not keep readers from the others.
type segmentQueue struct {
	progress *progress

	mu        sync.Mutex
	changed   sync.Cond
	waiting   []*cursor
	next, end int
	busy      int
	stopped   bool
	reason    error // why it was stopped before the end, if that is an error
}

func newSegmentQueue(from reading, p *progress) *segmentQueue {
	q := &segmentQueue{progress: p, next: from.next, end: from.end}
	q.changed.L = &q.mu
	for _, c := range from.open {
		c.fresh = true
		q.waiting = append(q.waiting, &c)
	}
	return q
}

// take returns the cursor whose page is to be read next, nil when there is none
// any more. It blocks while all are taken.
func (q *segmentQueue) take() *cursor {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.stopped:
			return nil
		case q.next < q.end && len(q.waiting)+q.busy < maxOpen:
			c := &cursor{segment: q.next, fresh: true}
			q.progress.begin(c.segment)
			q.next++
			q.busy++
			return c
		case len(q.waiting) > 0:
			c := q.waiting[0]
			q.waiting = q.waiting[1:]
			q.busy++
			return c
		case q.busy == 0:
			return nil
		}
		q.changed.Wait()
	}
}

// putBack returns a cursor after its page was read.
func (q *segmentQueue) putBack(c *cursor) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.busy--
	if !c.at.done {
		q.waiting = append(q.waiting, c)
	}
	q.changed.Broadcast()
}

// stop makes take return nil: no further page is read. The reason is nil where none
// is wanted.
func (q *segmentQueue) stop(reason error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.reason == nil {
		q.reason = reason
	}
	q.stopped = true
	q.changed.Broadcast()
}

// A position is where the reading of a table goes on. The zero position is the
// beginning. With a token it goes on by ExecuteStatement; without, behind the
// key, by Scan: a SELECT returns the items of a table in the order of a Scan,
// and a key does not expire, as a token does.
type position struct {
	token string
	since time.Time // when the token was made
	key   *Record   // of the last item that is known to have been read, or nil
	done  bool      // the table ended
}

// tokenLife is how long DynamoDB takes a NextToken (an hour; see the statement of
// AWS's support on re:Post), less what a slow request may take.
const tokenLife = 58 * time.Minute

// scans reports whether the reading goes on by Scan.
func (at position) scans() bool { return at.token == "" && at.key != nil }
