package checkpoint

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/dynsync/dynsync/internal/ledger"
)

// A Tracker knows up to where a table is read and every item settled. It is safe for
// concurrent use. All methods but Reached and Moved may be called on nil, which is a
// run without a checkpoint.
type Tracker struct {
	mu        sync.Mutex
	tracks    map[int]*track // by segment: those under way
	next, end int            // segments that are not begun
	ledger    ledger.Ledger  // of the pages in front of the tracks' positions, and of segments that are done
	moved     chan struct{}
	ended     func() // called when a segment is not under way any more; or nil
}

// A track is the progress of a segment.
type track struct {
	of      *Tracker
	segment int
	open    []*Mark  // pages under way, in the order in which they were read
	at      Position // behind the last page in front of which everything is settled
}

// NewTracker returns the tracker of a run that begins at the frontier, with the
// ledger of earlier runs.
func NewTracker(from Frontier, l ledger.Ledger) *Tracker {
	t := &Tracker{tracks: map[int]*track{}, next: from.Next, end: from.End, ledger: l, moved: make(chan struct{}, 1)}
	for _, c := range from.Open {
		t.tracks[c.Segment] = &track{of: t, segment: c.Segment, at: c.At}
	}
	return t
}

// Begin notes that a segment, the next one, is under way.
func (t *Tracker) Begin(segment int) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tracks[segment] = &track{of: t, segment: segment}
	t.next = segment + 1
}

// onEnd sets what is called when a segment is not under way any more.
func (t *Tracker) onEnd(ended func()) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = ended
}

// open returns how many segments are under way.
func (t *Tracker) open() int {
	if t == nil {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.tracks)
}

// Page notes that a page of a segment was read, and returns its mark. A page with
// items is settled when they are and the mark was closed.
func (t *Tracker) Page(segment, items int, next Position) *Mark {
	if t == nil {
		return nil
	}
	m := &Mark{next: next}
	if items > 0 {
		m.left.Store(int64(items) + 1)
	}
	t.mu.Lock()
	m.of = t.tracks[segment]
	m.of.open = append(m.of.open, m)
	t.mu.Unlock()
	if items == 0 {
		m.of.advance()
	}
	return m
}

// Restart forgets what earlier runs settled of a table that is read by SELECT: it is
// read from its beginning.
func (t *Tracker) Restart() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, tr := range t.tracks {
		tr.at = Position{}
	}
	t.ledger = ledger.Ledger{}
}

// Moved returns the channel that receives when Reached has changed.
func (t *Tracker) Moved() <-chan struct{} { return t.moved }

// Reached returns where the reading stands as far as everything is settled, and what
// became of the items on the way to it.
func (t *Tracker) Reached() (Frontier, ledger.Ledger) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := Frontier{Next: t.next, End: t.end}
	for _, segment := range slices.Sorted(maps.Keys(t.tracks)) {
		f.Open = append(f.Open, Cursor{Segment: segment, At: t.tracks[segment].at})
	}
	return f, t.ledger.Clone()
}

// Debts returns the lost items that are known one by one.
func (t *Tracker) Debts() ledger.Debts {
	if t == nil {
		return nil
	}
	_, l := t.Reached()
	return l.Debts
}

// advance moves the position past the settled pages, and adds their items to the
// ledger.
func (tr *track) advance() {
	if ended := tr.pass(); ended != nil {
		ended() // without the lock, since it takes the queue's
	}
}

// pass does it, and returns what is to be called where the segment has ended.
func (tr *track) pass() (ended func()) {
	t := tr.of
	t.mu.Lock()
	defer t.mu.Unlock()
	before := len(tr.open)
	for len(tr.open) > 0 && tr.open[0].settled() {
		tr.at = tr.open[0].next
		t.ledger.Add(tr.open[0].account())
		tr.open[0] = nil
		tr.open = tr.open[1:]
	}
	if len(tr.open) == before {
		return nil
	}
	if tr.at.Done {
		delete(t.tracks, tr.segment)
		ended = t.ended
	}
	select {
	case t.moved <- struct{}{}:
	default:
	}
	return ended
}

// A Mark counts what becomes of the items of a page. Settle, Close and Stay may be
// called on nil.
type Mark struct {
	of     *track // nil of a loose mark
	counts [ledger.Verdicts]atomic.Int64
	left   atomic.Int64 // items that are not settled yet
	stays  atomic.Bool  // the position stays in front of the page for good
	next   Position     // behind the page

	mu   sync.Mutex
	lost []ledger.Item
}

// Loose returns a mark for an item that is of no page.
func Loose() *Mark {
	m := new(Mark)
	m.left.Store(2) // it is never closed
	return m
}

// Settle counts one item of the page for which nothing is left to do.
func (m *Mark) Settle(v ledger.Verdict) {
	if m != nil {
		m.counts[v].Add(1)
		m.done()
	}
}

// Note remembers an item of the page that is lost, before it is settled.
func (m *Mark) Note(item ledger.Item) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lost = append(m.lost, item)
}

// Close says that the page's items went through the rules.
func (m *Mark) Close() {
	if m != nil {
		m.done()
	}
}

// Stay says that an item of the page is given up on without being settled: the
// position stays in front of the page for good.
func (m *Mark) Stay() {
	if m != nil {
		m.stays.Store(true)
	}
}

// Count returns how many items were settled so.
func (m *Mark) Count(v ledger.Verdict) int64 { return m.counts[v].Load() }

func (m *Mark) done() {
	if m.left.Add(-1) == 0 {
		m.of.advance()
	}
}

func (m *Mark) settled() bool { return m.left.Load() == 0 && !m.stays.Load() }

// account returns what became of the page's items, all of which are settled.
func (m *Mark) account() (lost []ledger.Item, counts ledger.Counts) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for v := range m.counts {
		counts[v] = m.counts[v].Load()
	}
	return m.lost, counts
}
