package dynsync

import (
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"
)

// do does a step.
func (o *simOracle) do(t *testing.T, s simStep) {
	w := o.w
	w.note("step %d: %v", w.step+1, s)
	switch s.kind {
	case stepSync:
		o.sync(t, s)
	case stepReplay:
		o.replay(t, s)
	case stepWrite:
		o.write(t, s)
	case stepChange:
		for _, c := range s.changes {
			w.change(t, c)
		}
	case stepAil:
		for _, a := range s.ails {
			end := time.Time{}
			if a.until > 0 {
				end = time.Now().Add(a.until)
			}
			w.ailing = append(w.ailing, simAilment{a, end})
		}
	case stepPass:
		time.Sleep(s.after)
	case stepTune:
		w.tuning = s.tuning
	case stepVersion:
		w.version++
	}
}

// perform runs a call in processes, and what goes on meanwhile.
func (w *simWorld) perform(t *testing.T, s simStep, ps []*simProcess, call func(p *simProcess)) {
	began := time.Now()
	w.faults = s.faults
	for _, store := range w.stores {
		store.every, store.calls = s.store, 0
	}
	ended := make([]chan struct{}, len(ps))
	var all sync.WaitGroup
	for i, p := range ps {
		ended[i] = make(chan struct{})
		all.Go(func() {
			defer close(ended[i])
			p.pause(p.ctx, 2*time.Millisecond, "begin", fmt.Sprint(p.n), 0)
			call(p)
		})
	}
	all.Go(func() {
		for _, c := range s.changes {
			time.Sleep(time.Until(began.Add(c.after)))
			w.change(t, c)
		}
	})
	for i, p := range ps {
		how, after := s.ending, s.after
		if p.share != s.share || how != endsKilled && how != endsCancelled && how != endsLost {
			how, after = endsItself, longestCall
		}
		all.Go(func() {
			timer := time.NewTimer(after)
			defer timer.Stop()
			select {
			case <-ended[i]:
			case <-timer.C:
				p.stop(how)
			}
		})
	}
	all.Wait()
	w.faults = nil
	for _, store := range w.stores {
		store.every = 0
	}
	for _, p := range ps {
		p.bury(t)
	}
	if s.ending == endsKilled { // how long the remains went on is chance
		time.Sleep(time.Until(began.Add(s.after + burial)))
	}
}

// burial is more than what a killed process does takes to come to an end.
const burial = time.Minute

// longestCall is more than any call may take.
const longestCall = 30 * time.Minute

func (p *simProcess) stop(how ending) {
	switch how {
	case endsKilled:
		p.kill()
		return
	case endsLost:
		p.store.lose()
		return
	case endsItself:
		p.w.bad(claimEnds, "a call goes on and on")
	}
	p.w.note("p%d is cancelled", p.n)
	p.end()
}

// killed reports whether the process did not live to say anything.
func (p *simProcess) killed() bool { return p.dead.Load() }

// excused reports whether a call may return an error that no table of its report has.
func (s *simStep) excused() bool {
	return s.store > 0 || s.ending == endsCancelled || s.ending == endsLost
}

// A simResult is what a call returned.
type simResult struct {
	report *Report
	err    error
}

// sync runs the job, each share in a process, and checks what came of it. It
// reports whether the job is complete.
func (o *simOracle) sync(t *testing.T, s simStep) bool {
	w, began := o.w, time.Now()
	var ps []*simProcess
	for share := range w.q.shares {
		ps = append(ps, w.process(share))
		o.begin(t, share)
	}
	results := make([]simResult, len(ps))
	w.perform(t, s, ps, func(p *simProcess) {
		var opts []Option
		if s.ending == endsBroke {
			opts = append(opts, WithMaxCapacity(s.budget))
		}
		r := &results[p.share]
		r.report, r.err = p.syncer(t, "dead", opts...).Sync(p.ctx)
		w.noteResult(p, r)
	})
	resumed := map[string]bool{}
	for _, p := range ps {
		if p.killed() {
			continue
		}
		r := results[p.share]
		o.checkReport(r.report, r.err, s.excused())
		for _, rep := range r.report.Tables {
			resumed[rep.Table] = resumed[rep.Table] || rep.Resumed > 0
		}
	}
	changes := o.look(t, began, &s)
	o.checkKept(changes, func(table int) bool { return w.q.shares > 1 || resumed[fmt.Sprintf("T%d", table)] })
	complete := true
	for i := range w.q.tables {
		complete = o.checkTable(t, i, ps, results) && complete
	}
	return complete
}

// begin notes which jobs begin with a Sync of a share.
func (o *simOracle) begin(t *testing.T, share int) {
	w := o.w
	for i := range w.q.tables {
		acc := &o.accounts[share][i]
		anew := simAccount{begun: time.Now(), lines: o.lines(t, share), rules: w.version, held: map[string]bool{}}
		for key := range o.seen[w.q.tables[i].dest] {
			anew.held[key] = true
		}
		stale := !acc.finished.IsZero() && time.Since(acc.finished) > freshFor
		switch {
		case !w.q.checkpoint || !w.stores[share].holds(i) || acc.rules != w.version || stale:
			*acc = anew
		case time.Since(acc.began) > freshFor: // a run that was killed may have completed the table
			maps.Copy(acc.held, anew.held)
		}
		acc.began = time.Now()
	}
}

// checkTable holds a table against the source if all shares completed it.
func (o *simOracle) checkTable(t *testing.T, table int, ps []*simProcess, results []simResult) bool {
	var jobs []Outcomes
	for share, p := range ps {
		rep := results[share].of(table)
		if p.killed() || rep == nil || rep.Err != nil {
			return false
		}
		acc := &o.accounts[share][table]
		acc.finished = time.Now()
		jobs = append(jobs, rep.Job)
	}
	o.checkComplete(t, table, jobs)
	return true
}

func (r simResult) of(table int) *TableReport {
	if r.report != nil {
		for _, rep := range r.report.Tables {
			if rep.Table == fmt.Sprintf("T%d", table) {
				return rep
			}
		}
	}
	return nil
}

// noteResult notes what a process says.
func (w *simWorld) noteResult(p *simProcess, r *simResult) {
	if p.killed() {
		return
	}
	for _, t := range r.report.Tables {
		w.note("p%d: %s read %d = %d written %d filtered %d failed %d collided %d existing %d unsettled; job %v; %v", p.n, t.Table,
			t.Read, t.Written, t.Filtered, t.Failed, t.Collided, t.Existing, t.Unsettled, t.Job, t.Err != nil)
	}
	w.note("p%d: error %v", p.n, r.err != nil)
}

// replay replays the dead letters of a share.
func (o *simOracle) replay(t *testing.T, s simStep) {
	w, began := o.w, time.Now()
	p := w.process(s.share)
	path := w.path(s.share, "dead")
	before := o.linesIn(t, path)
	if len(before) == 0 {
		return
	}
	var r simResult
	w.perform(t, s, []*simProcess{p}, func(p *simProcess) {
		r.report, r.err = p.syncer(t, "again").Replay(p.ctx, path)
		w.noteResult(p, &r)
	})
	changes := o.look(t, began, &s)
	o.checkKept(changes, func(int) bool { return true })
	if p.killed() {
		return
	}
	o.checkReport(r.report, r.err, s.excused())
	if r.err == nil {
		o.checkReplayed(before, began)
	}
}

// checkReplayed checks that everything a Replay without an error read is there.
func (o *simOracle) checkReplayed(lines []simLine, began time.Time) {
	w := o.w
	for _, l := range lines {
		var table int
		if _, err := fmt.Sscanf(l.table, "T%d", &table); err != nil {
			w.bad(claimTold, "a line of the table %q", l.table)
			continue
		}
		tab := &w.q.tables[table]
		there := o.seen[tab.dest]
		_, held := there[w.q.keyAfter(table, l.id)]
		if !w.history.throughout(table, l.id, began, time.Now()) || fateOf(l.id) == fateFiltered || tab.mode == ModeInsert && held {
			continue
		}
		if !w.isPresent(table, l.id, w.history.within(table, l.id, began, time.Now()), there) {
			w.bad(claimComplete, "item %d/%s was replayed without an error, and is not there", table, l.id)
		}
	}
}

// write writes items of the source by two calls of a Syncer.
func (o *simOracle) write(t *testing.T, s simStep) {
	w := o.w
	p := w.process(s.share)
	halves := [][]string{s.ids[:len(s.ids)/2], s.ids[len(s.ids)/2:]}
	if s.ending != endsItself {
		halves = [][]string{s.ids}
	}
	var syncer *Syncer
	wrote := false // by the Syncer, before
	for i, ids := range halves {
		if i > 0 {
			p.live()
		}
		began := time.Now()
		var r simResult
		w.perform(t, s, []*simProcess{p}, func(p *simProcess) {
			if syncer == nil {
				syncer = p.syncer(t, "again")
			}
			var rep *TableReport
			rep, r.err = syncer.Write(p.ctx, fmt.Sprintf("T%d", s.table), w.records(s.table, ids))
			r.report = &Report{Tables: []*TableReport{rep}}
			w.noteResult(p, &r)
		})
		changes := o.look(t, began, &s)
		o.spoil(s.table)
		o.checkKept(changes, func(int) bool { return wrote })
		if p.killed() {
			return
		}
		o.checkReport(r.report, r.err, s.excused())
		wrote = wrote || r.report.Tables[0].Written+r.report.Tables[0].Unsettled > 0
	}
}

// records yields items as they are in the source now.
func (w *simWorld) records(table int, ids []string) func(func(*Record, error) bool) {
	now := time.Now()
	return func(yield func(*Record, error) bool) {
		for _, id := range ids {
			for _, v := range w.history.within(table, id, now, now) {
				rec, err := NewRecord(w.q.item(table, id, v.n))
				if !yield(rec, err) {
					return
				}
			}
		}
	}
}

// A simLine is a dead letter.
type simLine struct{ table, id, outcome string }
