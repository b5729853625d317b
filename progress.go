package dynsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/logrec"
	"github.com/dynsync/dynsync/internal/rate"
	"github.com/dynsync/dynsync/internal/reason"
)

const progressEvery = 250 * time.Millisecond

// String returns the progress as a line of text.
func (p Progress) String() string {
	t := &p.Table
	if p.Done {
		how := "done"
		if t.Err != nil {
			how = "ended early"
		}
		return fmt.Sprintf("%s: %s, %v in %v", t.Table, how, t.outcomes(), t.Duration.Round(time.Millisecond))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: read %d, written %d", t.Table, t.Read, t.Written)
	for _, rare := range []struct {
		name string
		n    int64
	}{{"filtered", t.Filtered}, {"failed", t.Failed}, {"collided", t.Collided}, {"existing", t.Existing}, {"resumed", t.Resumed}} {
		if rare.n > 0 {
			fmt.Fprintf(&b, ", %s %d", rare.name, rare.n)
		}
	}
	if p.Fraction > 0 {
		fmt.Fprintf(&b, ", %.0f%%", 100*p.Fraction)
	}
	fmt.Fprintf(&b, ", %.0f items/s", p.ItemsPerSecond)
	if p.Remaining > 0 {
		fmt.Fprintf(&b, ", %v left", p.Remaining)
	}
	if t.Retries > 0 {
		fmt.Fprintf(&b, ", %d retries", t.Retries)
	}
	if n := throttled(t); n > 0 {
		fmt.Fprintf(&b, ", throttled %d times", n)
	}
	return b.String()
}

// throttled returns how many requests of a table DynamoDB throttled.
func throttled(t *TableReport) (n int64) {
	for _, times := range t.Throttles {
		n += times
	}
	return n
}

// A watcher reports the progress of a run, to the function of [WithOnProgress] and to the
// log. Without both it does nothing.
type watcher struct {
	tell    func(Progress) // nil where nobody is told, or it panicked
	log     *logrec.Journal
	account *account
	reader  *reader
	about   Progress  // what does not change
	filters bool      // a condition selects fewer items than the table has
	began   time.Time // when the run began
	logged  time.Time // when the progress was logged last
	meter   rate.Meter
}

// during runs work and reports its progress.
func (w *watcher) during(ctx context.Context, work func() error) error {
	if !w.watches() {
		return work()
	}
	w.logged = time.Now()
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for w.look(ctx) {
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

// watches reports whether somebody is told of the progress.
func (w *watcher) watches() bool { return w.tell != nil || w.log != nil }

// look tells of the progress, and reports whether it is to be called again.
func (w *watcher) look(ctx context.Context) bool {
	p := w.progress()
	if time.Since(w.logged) >= logrec.Again {
		w.logged = time.Now()
		w.log.Progress(ctx, p.Table.Table, logrec.Counts(p.Table.outcomes()), p.ItemsPerSecond, p.Fraction, p.Remaining, costsOf(&p.Table))
	}
	if w.tell != nil {
		w.told(p)
	}
	return w.watches()
}

// costsOf returns what a table consumed, for the log.
func costsOf(t *TableReport) logrec.Costs {
	return logrec.Costs{ReadUnits: t.ReadUnits, WriteUnits: t.WriteUnits, Retries: t.Retries, Throttled: throttled(t)}
}

// endingOf says for the log how a table or a call ended. returned is false if the call
// panicked, or ended its goroutine.
func endingOf(ctx context.Context, err error, returned bool) logrec.Ending {
	own, code := ownErrors(err), ExitCode(err)
	switch {
	case !returned:
		return logrec.Ending{Outcome: logrec.Panicked, ExitCode: 1, Error: "a function of the caller's panicked, or ended its goroutine"}
	case err == nil:
		return logrec.Ending{}
	case len(own) == 0:
		own = []error{reason.Refuse(reason.Unstated, "a function or a stream of the caller's returned an error, whose text is not logged, since it may hold values")}
	}
	told := own[max(0, slices.IndexFunc(own, func(e error) bool { return ExitCode(e) == code }))]
	e := logrec.Ending{Outcome: logrec.Failed, ExitCode: code, Error: told.Error(), Code: awserr.Code(told)}
	if len(own) > 1 {
		e.Error += fmt.Sprintf(" (and %d more)", len(own)-1)
	}
	lost := func(e error) bool { _, ok := e.(*ItemsFailedError); return ok }
	switch {
	case !slices.ContainsFunc(own, func(e error) bool { return !lost(e) }):
		e.Outcome = logrec.ItemsFailed
	case code == 6 && (ctx.Err() != nil || errors.Is(err, ErrStopAfter) || errors.Is(err, errCapacitySpent)):
		e.Outcome = logrec.Stopped
	}
	return e
}

// logEnd logs how a table ended, and its findings.
func logEnd(ctx context.Context, log *logrec.Journal, t *TableReport, e logrec.Ending) {
	logFindings(ctx, log, t.Findings)
	log.TableEnd(ctx, t.Table, e, t.Duration, logrec.Counts(t.outcomes()), costsOf(t), t.ReadPath, t.WritePath)
}

// logFindings logs findings of a table, or of the job.
func logFindings(ctx context.Context, log *logrec.Journal, findings []Finding) {
	for _, f := range findings {
		log.Finding(ctx, f.Level, f.Table, f.Code, f.ID(), f.Side, f.Path, f.Text, f.Remedy, f.Accepted)
	}
}

// ownErrors returns the errors in err that dynsync made. Their texts hold no value.
func ownErrors(err error) (own []error) {
	if _, ok := err.(blaming); ok || err != nil && reason.Stated(err) != reason.Unstated {
		return []error{err}
	}
	switch wrap := err.(type) {
	case interface{ Unwrap() []error }:
		for _, inner := range wrap.Unwrap() {
			own = append(own, ownErrors(inner)...)
		}
	case interface{ Unwrap() error }:
		own = ownErrors(wrap.Unwrap())
	}
	return own
}

// end reports the end of the table.
func (w *watcher) end(rep *TableReport) {
	if w.tell == nil {
		return
	}
	w.meter = rate.Meter{}
	p := w.progress()
	p.Table, p.Done, p.Remaining = *rep, true, 0
	if p.Fraction = w.sample(&p).Fraction(); rep.Err == nil {
		p.Fraction = 1
	}
	if seconds := rep.Duration.Seconds(); seconds > 0 {
		p.ItemsPerSecond, p.BytesPerSecond = float64(rep.Read-rep.Unsettled)/seconds, float64(rep.BytesRead)/seconds
		p.ReadUnitsPerSecond, p.WriteUnitsPerSecond = rep.ReadUnits/seconds, rep.WriteUnits/seconds
	}
	w.told(p)
}

// told calls the caller's function. If the function panics, told returns false and never
// calls it again.
func (w *watcher) told(p Progress) (ok bool) {
	defer func() {
		if !ok {
			caught := reason.Caught(recover())
			w.tell = nil
			w.account.find(finding.ProgressPanicked, "WithOnProgress panicked%s, and was not called again for the table", caught.Place)
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
	p.Table.Failures = nil
	p.Table.Resumed = w.account.resumed()
	p.Table.Duration = time.Since(w.began)
	r := w.meter.Add(w.sample(&p))
	p.ItemsPerSecond, p.BytesPerSecond, p.ReadUnitsPerSecond, p.WriteUnitsPerSecond = r.Items, r.Bytes, r.ReadUnits, r.WriteUnits
	p.Fraction, p.Remaining = w.sample(&p).Fraction(), w.meter.Remaining()
	return p
}

// sample returns how far the run is now.
func (w *watcher) sample(p *Progress) rate.Sample {
	t := &p.Table
	return rate.Sample{
		At: time.Now(), Read: t.Read, Resumed: t.Resumed, Bytes: t.BytesRead, ReadUnits: t.ReadUnits, WriteUnits: t.WriteUnits,
		Settled: t.Written + t.Filtered + t.Failed + t.Collided + t.Existing,
		AllRead: w.reader.allRead.Load(), ReadFraction: w.readFraction(p),
	}
}

// readFraction returns how much of what there is to read has been read, or 0 if that is
// not known.
func (w *watcher) readFraction(p *Progress) float64 {
	const most = 0.99 // before the end: the count of items is old
	switch all := float64(p.ApproximateItems); {
	case p.Segments > 1 && p.SegmentsDone > 0: // those that are under way are half done
		under := min(w.reader.atATime(), p.Segments-p.SegmentsDone)
		return min((float64(p.SegmentsDone)+float64(under)/2)/float64(p.Segments), most)
	case p.Segments <= 1 && !w.filters && all > 0:
		return min(float64(p.Table.Read+p.Table.Resumed)/all, most)
	}
	return 0
}
