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
	settled   int64          // items of the pages in front of the tracks' positions, and of segments that are done
	moved     chan struct{}
}

// A track is the progress of a segment.
type track struct {
	of      *progress
	segment int
	open    []*mark  // pages under way, in the order in which they were read
	at      position // behind the last page in front of which everything is settled
}

// A mark counts the items of a page that are not settled yet. All methods may be
// called on nil.
type mark struct {
	of    *track
	items int64
	left  atomic.Int64
	lost  atomic.Bool
	next  position // behind the page
}

// newProgress returns the progress of a run that begins where that reading
// stands, with what earlier runs settled.
func newProgress(from reading, settled int64) *progress {
	p := &progress{tracks: map[int]*track{}, next: from.next, end: from.end, settled: settled, moved: make(chan struct{}, 1)}
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
	m := &mark{items: int64(items), next: next}
	if items > 0 {
		m.left.Store(m.items + 1)
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
	p.settled = 0
}

// settle counts one item of the page for which nothing is left to do.
func (m *mark) settle() {
	if m != nil && m.left.Add(-1) == 0 {
		m.of.advance()
	}
}

// close says that the page's items went through the rules.
func (m *mark) close() { m.settle() }

// lose says that an item of the page is given up on without being settled: the
// position stays in front of the page for good.
func (m *mark) lose() {
	if m != nil {
		m.lost.Store(true)
	}
}

// advance moves the position past the settled pages.
func (t *track) advance() {
	p := t.of
	p.mu.Lock()
	defer p.mu.Unlock()
	before := len(t.open)
	for len(t.open) > 0 && t.open[0].left.Load() == 0 && !t.open[0].lost.Load() {
		t.at = t.open[0].next
		p.settled += t.open[0].items
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
// how many items were settled on the way to it.
func (p *progress) reached() (reading, int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	rd := reading{next: p.next, end: p.end}
	for _, segment := range slices.Sorted(maps.Keys(p.tracks)) {
		rd.open = append(rd.open, cursor{segment: segment, at: p.tracks[segment].at})
	}
	return rd, p.settled
}
