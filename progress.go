package dynsync

import (
	"maps"
	"time"

	"github.com/dynsync/dynsync/internal/finding"
)

const (
	progressEvery  = 250 * time.Millisecond
	progressWindow = 5 * time.Second
)

// A watcher reports the progress of a run. Without [WithOnProgress] it does nothing.
type watcher struct {
	tell    func(Progress) // nil where nobody is told, or it panicked
	account *account
	reader  *reader
	about   Progress  // what does not change
	filters bool      // a condition selects fewer items than the table has
	began   time.Time // when the run began
	recent  []moment  // of the last progressWindow
}

// A moment is a sample from which rates are computed.
type moment struct {
	at           time.Time
	items, bytes int64
	read, write  float64
}

// during runs work and reports its progress.
func (w *watcher) during(work func() error) error {
	if w.tell == nil {
		return work()
	}
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for w.told(w.progress()) {
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
	return work()
}

// end reports the end of the table.
func (w *watcher) end(rep *TableReport) {
	if w.tell == nil {
		return
	}
	w.recent = nil
	p := w.progress()
	p.Table, p.Done, p.Remaining = *rep, true, 0
	if seconds := p.Table.Duration.Seconds(); seconds > 0 {
		p.ItemsPerSecond, p.BytesPerSecond = float64(p.Table.Read)/seconds, float64(p.Table.BytesRead)/seconds
		p.ReadUnitsPerSecond, p.WriteUnitsPerSecond = p.Table.ReadUnits/seconds, p.Table.WriteUnits/seconds
	}
	w.told(p)
}

// told calls the caller's function. If the function panics, told returns false and never
// calls it again.
func (w *watcher) told(p Progress) (ok bool) {
	defer func() {
		if !ok {
			_ = recover()
			w.tell = nil
			w.account.find(finding.ProgressPanicked, "WithOnProgress panicked, and was not called again for the table")
		}
	}()
	w.tell(p)
	return true
}

// progress returns the progress of the run.
func (w *watcher) progress() Progress {
	p := w.about
	p.SegmentsDone = int(w.reader.segmentsDone.Load())
	w.account.tally.fill(&p.Table)
	p.Table.Failures, p.Table.Throttles = nil, maps.Clone(p.Table.Throttles)
	p.Table.Resumed = w.account.resumed()
	p.Table.Duration = time.Since(w.began)
	w.rate(&p)
	p.Remaining = w.remaining(&p)
	return p
}

// rate sets the rates.
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

// remaining estimates the time left in proportion to the time spent.
func (w *watcher) remaining(p *Progress) time.Duration {
	var done float64
	switch all := float64(p.ApproximateItems); {
	case p.Segments > 1: // those that are under way are half done
		under := min(w.reader.atATime(), p.Segments-p.SegmentsDone)
		done = (float64(p.SegmentsDone) + float64(under)/2) / float64(p.Segments)
		if p.SegmentsDone == 0 {
			return 0
		}
	case !w.filters && all > 0:
		done = float64(p.Table.Read+p.Table.Resumed) / all
	}
	if done <= 0 || done >= 1 {
		return 0
	}
	return time.Duration(float64(p.Table.Duration) * (1 - done) / done).Round(time.Second)
}
