package dynsync

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
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

// A Progress is how far [Syncer.Sync] is with a table.
type Progress struct {
	// Table is the account of the table so far. What only the end shows (failures,
	// notes, unmatched rules, Err) is empty until Done.
	Table TableReport

	Segments     int // parts that the table is read in, by this job; 1 where it is read by SELECT
	SegmentsDone int // of them, those that are read to their end

	// Means of the last 5 seconds, or less at the beginning.
	ItemsPerSecond      float64 // read
	BytesPerSecond      float64 // read, of items as DynamoDB JSON
	ReadUnitsPerSecond  float64
	WriteUnitsPerSecond float64

	// ApproximateItems is DescribeTable's count of the source table or index, which
	// is up to six hours old; 0 if it is not known. A condition selects fewer.
	ApproximateItems int64

	// Remaining is an estimate of the time left; 0 if there is none yet. It follows
	// the segments that are done, or else, where everything is read,
	// ApproximateItems.
	Remaining time.Duration

	Done bool // the table has ended; no other Progress of it follows
}

const (
	progressEvery  = 250 * time.Millisecond
	progressWindow = 5 * time.Second
)

// A watcher tells the user how far a run is.
type watcher struct {
	run    *run
	recent []moment // of the last progressWindow
}

// A moment is what rates are computed of.
type moment struct {
	at           time.Time
	items, bytes int64
	read, write  float64
}

// watched runs work, and tells the user of it meanwhile.
func (r *run) watched(ctx context.Context, work func(context.Context) error) error {
	if r.s.cfg.onProgress == nil {
		return work(ctx)
	}
	w := &watcher{run: r}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			if !r.tellProgress(w.progress()) {
				return
			}
			select {
			case <-tick.C:
			case <-end:
				return
			}
		}
	}()
	defer func() {
		close(end)
		<-ended
	}()
	return work(ctx)
}

// tellEnd tells the user of the end of a table.
func (r *run) tellEnd() {
	if r.s.cfg.onProgress == nil {
		return
	}
	w := &watcher{run: r}
	p := w.progress()
	p.Table, p.Done, p.Remaining = *r.report, true, 0
	if seconds := p.Table.Duration.Seconds(); seconds > 0 {
		p.ItemsPerSecond, p.BytesPerSecond = float64(p.Table.Read)/seconds, float64(p.Table.BytesRead)/seconds
		p.ReadUnitsPerSecond, p.WriteUnitsPerSecond = p.Table.ReadUnits/seconds, p.Table.WriteUnits/seconds
	}
	r.tellProgress(p)
}

// tellProgress calls the user's function. It returns false if that
// panicked, or did before.
func (r *run) tellProgress(p Progress) (ok bool) {
	if r.deaf.Load() {
		return false
	}
	defer func() {
		if !ok {
			_ = recover()
			r.deaf.Store(true)
			r.note("WithProgress panicked, and was not called again for the table")
		}
	}()
	r.s.cfg.onProgress(p)
	return true
}

// progress returns how far the run is.
func (w *watcher) progress() Progress {
	r := w.run
	p := Progress{
		Table:            TableReport{Table: r.table.cfg.name, Source: r.table.cfg.source, Destination: r.table.cfg.destination},
		Segments:         r.reads.end - r.reads.first,
		SegmentsDone:     int(r.segmentsDone.Load()),
		ApproximateItems: r.approximateItems(),
	}
	r.tally.fill(&p.Table)
	p.Table.Failures, p.Table.Throttles = nil, maps.Clone(p.Table.Throttles)
	r.noteMu.Lock()
	p.Table.Resumed = r.report.Resumed
	r.noteMu.Unlock()
	p.Table.Duration = time.Since(r.start)
	w.rate(&p)
	p.Remaining = r.remaining(&p)
	return p
}

// rate completes the rates.
func (w *watcher) rate(p *Progress) {
	now := moment{time.Now(), p.Table.Read, p.Table.BytesRead, p.Table.ReadUnits, p.Table.WriteUnits}
	w.recent = append(w.recent, now)
	for now.at.Sub(w.recent[0].at) > progressWindow {
		w.recent = w.recent[1:]
	}
	then := w.recent[0]
	seconds := now.at.Sub(then.at).Seconds()
	if seconds == 0 {
		return
	}
	p.ItemsPerSecond = float64(now.items-then.items) / seconds
	p.BytesPerSecond = float64(now.bytes-then.bytes) / seconds
	p.ReadUnitsPerSecond = (now.read - then.read) / seconds
	p.WriteUnitsPerSecond = (now.write - then.write) / seconds
}

// approximateItems returns DescribeTable's count of what is read.
func (r *run) approximateItems() int64 {
	if r.source == nil {
		return 0
	}
	count := r.source.ItemCount
	for _, g := range r.source.GlobalSecondaryIndexes {
		if deref(g.IndexName) == r.table.cfg.index {
			count = g.ItemCount
		}
	}
	for _, l := range r.source.LocalSecondaryIndexes {
		if deref(l.IndexName) == r.table.cfg.index {
			count = l.ItemCount
		}
	}
	if count == nil {
		return 0
	}
	return *count
}

// remaining estimates how long the run still takes: as long as it took for what is
// done, in proportion.
func (r *run) remaining(p *Progress) time.Duration {
	var done float64
	switch all := float64(p.ApproximateItems); {
	case p.Segments > 1: // those that are under way are half done
		under := min(r.readers(), p.Segments-p.SegmentsDone)
		done = (float64(p.SegmentsDone) + float64(under)/2) / float64(p.Segments)
		if p.SegmentsDone == 0 {
			return 0
		}
	case r.table.cfg.where == "" && all > 0:
		done = float64(p.Table.Read+p.Table.Resumed) / all
	}
	if done <= 0 || done >= 1 {
		return 0
	}
	return time.Duration(float64(p.Table.Duration) * (1 - done) / done).Round(time.Second)
}
