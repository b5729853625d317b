package dynsync

import (
	"sync"
	"sync/atomic"
)

// A progress knows up to where a table is read and every item settled. It is
// safe for concurrent use. All methods may be called on nil, which is a run
// without a checkpoint.
type progress struct {
	mu      sync.Mutex
	open    []*mark  // pages under way, in the order in which they were read
	at      position // behind the last page in front of which everything is settled
	settled int64    // items of the pages in front of at
	moved   chan struct{}
}

// A mark counts the items of a page that are not settled yet. All methods may be
// called on nil.
type mark struct {
	of    *progress
	items int64
	left  atomic.Int64
	lost  atomic.Bool
	next  position // behind the page
}

// newProgress returns the progress of a run that begins at a position, with what
// earlier runs settled.
func newProgress(at position, settled int64) *progress {
	return &progress{at: at, settled: settled, moved: make(chan struct{}, 1)}
}

// page notes that a page was read, and returns its mark. A page with items is
// settled when they are and the mark was closed.
func (p *progress) page(items int, next position) *mark {
	if p == nil {
		return nil
	}
	m := &mark{of: p, items: int64(items), next: next}
	if items > 0 {
		m.left.Store(m.items + 1)
	}
	p.mu.Lock()
	p.open = append(p.open, m)
	p.mu.Unlock()
	if items == 0 {
		p.advance()
	}
	return m
}

// restart forgets what earlier runs settled: the table is read from its beginning.
func (p *progress) restart() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at, p.settled = position{}, 0
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
func (p *progress) advance() {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := len(p.open)
	for len(p.open) > 0 && p.open[0].left.Load() == 0 && !p.open[0].lost.Load() {
		p.at = p.open[0].next
		p.settled += p.open[0].items
		p.open[0] = nil
		p.open = p.open[1:]
	}
	if len(p.open) < before {
		select {
		case p.moved <- struct{}{}:
		default:
		}
	}
}

// reached returns the position and how many items were settled on the way to it.
func (p *progress) reached() (position, int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at, p.settled
}
