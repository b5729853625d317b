package dynsync

import (
	"context"
	"maps"
	"time"
)

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

// WithProgress sets a function that is told how far Sync is, four times a second
// and once at the end of each table, overriding the default of none. Calls come one
// at a time; one that blocks delays the next, and the table's end. It should not
// use the Syncer, but may change its limits. A second use replaces the first.
func WithProgress(fn func(Progress)) Option {
	return jobOption(func(c *jobConfig) { c.onProgress = fn })
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
