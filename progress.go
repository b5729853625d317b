package dynsync

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
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
