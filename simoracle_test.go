package dynsync

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"time"
)

// A claim is a part of the model, see simulation_test.go.
type claim uint32

const (
	claimBalance  claim = 1 << iota // what was read is the sum of what became of it
	claimNil                        // err is nil only if nothing is lost, and then nothing is unsettled
	claimComplete                   // what is missing after a job is counted
	claimCounts                     // a job reads, filters and loses as many items as there are
	claimTold                       // what is missing after a job is in the dead letters
	claimTrue                       // what is written is as the rules made it, of what the source had at the time
	claimKept                       // nothing that counts as written is overwritten
	claimEnds                       // when the trouble is over, a job completes
	allClaims     = claimEnds<<1 - 1
)

func (c claim) String() string {
	for i, name := range []string{"balance", "nil", "complete", "counts", "told", "true", "kept", "ends"} {
		if c == 1<<i {
			return name
		}
	}
	return fmt.Sprint(uint32(c))
}

// A simOracle holds what the destination has against what the source had.
type simOracle struct {
	w        *simWorld
	accounts [][]simAccount         // of the jobs under way, by share and table
	seen     []map[string]simStored // the destination tables at the last look
}

// A simAccount is what is known of a job's table, or a share of one.
type simAccount struct {
	begun    time.Time       // the first run
	lines    [2]int          // of dead letters before it
	rules    int             // the version of the rules
	began    time.Time       // the last run
	finished time.Time       // when a run was seen to have completed the table, while the job went on
	spoiled  bool            // others wrote over the items
	held     map[string]bool // keys of the destination that were taken before it
	written  bool            // others wrote to the destination
}

func newOracle(w *simWorld) *simOracle {
	o := &simOracle{w: w, seen: make([]map[string]simStored, mostTables)}
	for range w.q.shares {
		o.accounts = append(o.accounts, make([]simAccount, len(w.q.tables)))
	}
	return o
}

// watch goes through the sequence, and then sees to it that the job completes.
func (o *simOracle) watch(t *testing.T) {
	o.look(t, time.Now(), nil)
	for i := range o.w.q.steps {
		if o.w.step = i; len(o.w.trouble) > 0 {
			return
		}
		time.Sleep(time.Millisecond)
		o.do(t, o.w.q.steps[i])
	}
	if len(o.w.trouble) == 0 {
		o.w.step++
		o.close(t)
	}
}

// close ends all trouble and runs the job until it is complete.
func (o *simOracle) close(t *testing.T) {
	o.w.ailing = nil
	for range 2 {
		time.Sleep(time.Millisecond)
		if o.sync(t, simStep{}) {
			break
		}
	}
	for share := range o.w.q.shares {
		for i := range o.w.q.tables {
			if o.w.q.checkpoint && o.w.stores[share].holds(i) {
				o.w.bad(claimEnds, "share %d of table %d has a checkpoint, and nothing stands in its way", share, i)
			}
		}
	}
	if len(o.w.trouble) > 0 {
		return
	}
	for share := range o.w.q.shares {
		o.replay(t, simStep{share: share})
	}
	o.sync(t, simStep{})
}

// lines counts the dead letters of a share.
func (o *simOracle) lines(t *testing.T, share int) (n [2]int) {
	for i, name := range simLetters {
		n[i] = len(o.linesIn(t, o.w.path(share, name)))
	}
	return n
}

// linesAfter returns the dead letters of a share behind those.
func (o *simOracle) linesAfter(t *testing.T, share int, before [2]int) (all []simLine) {
	for i, name := range simLetters {
		all = append(all, o.linesIn(t, o.w.path(share, name))[before[i]:]...)
	}
	return all
}

func (o *simOracle) linesIn(t *testing.T, path string) []simLine {
	var lines []simLine
	for l, err := range OpenDeadLetters(path, testKey) {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			o.w.bad(claimTold, "the dead letters cannot be read: %v", err)
			return lines
		}
		id, _ := l.Key.Get("Id")
		text, _ := id.Text()
		lines = append(lines, simLine{l.Table, text, l.Outcome.String()})
	}
	return lines
}

// same reports whether an item is there as it was made. Others' attributes stay by
// ModeMerge.
func (w *simWorld) same(mode Mode, there, want simStored) bool {
	if mode == ModeMerge {
		there.own = ""
	}
	return there == want
}

// isPresent reports whether one of the versions of an item is there.
func (w *simWorld) isPresent(table int, id string, versions []simVersion, there map[string]simStored) bool {
	tab := &w.q.tables[table]
	s, ok := there[w.q.keyAfter(table, id)]
	return ok && slices.ContainsFunc(versions, func(v simVersion) bool {
		return w.same(tab.mode, s, made(table, id, v.n, w.version))
	})
}

// A simChanged is an item of the destination that a step changed.
type simChanged struct {
	dest     int
	key      string
	was, now simStored
}

// look reads the destination, checks that everything there was made by the rules,
// and by a call that began then if it was not there before; a call of others is nil.
func (o *simOracle) look(t *testing.T, began time.Time, call *simStep) []simChanged {
	w := o.w
	var all []simChanged
	for dest := range mostTables {
		if !slices.ContainsFunc(w.q.tables, func(t simTable) bool { return t.dest == dest }) {
			continue
		}
		there, before := w.stored(t, dest), o.seen[dest]
		for key := range before {
			if _, ok := there[key]; !ok {
				w.bad(claimTrue, "item %s of the destination %d is gone", key, dest)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(there)) {
			was, now := before[key], there[key]
			if was == now || before == nil {
				continue
			}
			if was.table != "" && (was.table != now.table || was.source != now.source) && w.q.guarded(tableOf(now)) && !w.q.collides(tableOf(now)) {
				w.bad(claimKept, "item %s of the destination %d was %s/%s and was overwritten by %s/%s", key, dest, was.table, was.source, now.table, now.source)
			}
			if why := o.notMade(dest, key, now, began); why != "" {
				w.bad(claimTrue, "item %s of the destination %d became %+v: %s", key, dest, now, why)
			}
			all = append(all, simChanged{dest, key, was, now})
		}
		o.seen[dest] = there
	}
	return all
}

// notMade says why an item cannot have been made since then.
func (o *simOracle) notMade(dest int, key string, s simStored, since time.Time) string {
	w := o.w
	var table int
	if _, err := fmt.Sscan(s.table, &table); err != nil || table >= len(w.q.tables) {
		return "it is nobody's"
	}
	tab := &w.q.tables[table]
	if tab.dest != dest || w.q.keyAfter(table, s.source) != key {
		return "it belongs elsewhere"
	}
	if fate := fateOf(s.source); fate == fateFiltered || fate == fateRejected {
		return "it ought not to be there"
	}
	for _, v := range w.history.within(table, s.source, since, time.Now()) {
		if w.same(tab.mode, s, made(table, s.source, v.n, w.version)) && !w.q.strays(table, s.source, v.n) {
			return ""
		}
	}
	return "the source did not hold it, or the rules do not make it so"
}

// checkReport checks the account of a call.
func (o *simOracle) checkReport(report *Report, err error, excused bool) {
	w := o.w
	lost, broken := false, false
	for _, r := range report.Tables {
		if sum := r.Written + r.Filtered + r.Failed + r.Collided + r.Existing + r.Unsettled; r.Read != sum || r.Read < 0 {
			w.bad(claimBalance, "table %s read %d items and accounts for %d", r.Table, r.Read, sum)
		}
		if !r.Job.balanced() {
			w.bad(claimBalance, "table %s: the job is not balanced: %+v", r.Table, r.Job)
		}
		if r.Err == nil && r.Unsettled != 0 {
			w.bad(claimNil, "table %s is complete, with %d items unsettled", r.Table, r.Unsettled)
		}
		broken = broken || r.Err != nil
		lost = lost || r.Failed+r.Collided+r.Job.lost() > 0
	}
	switch {
	case err == nil && (lost || broken):
		w.bad(claimNil, "no error, and\n%v", report)
	case err != nil && !lost && !broken && !excused:
		w.bad(claimNil, "an error without a reason: %v\n%v", err, report)
	}
}

// checkComplete holds a table that all shares completed against the source.
func (o *simOracle) checkComplete(t *testing.T, table int, jobs []Outcomes) {
	w := o.w
	begun, now := time.Now(), time.Now()
	var job Outcomes
	var told []simLine
	for share := range jobs {
		acc := &o.accounts[share][table]
		if acc.spoiled {
			return
		}
		if acc.begun.Before(begun) {
			begun = acc.begun
		}
		job.add(jobs[share])
		told = append(told, o.linesAfter(t, share, acc.lines)...)
	}
	lines := map[string]bool{}
	for _, l := range told {
		if l.table == fmt.Sprintf("T%d", table) {
			lines[l.id] = true
		}
	}
	tab := &w.q.tables[table]
	var all, required, filtered, missing, held int64
	for _, id := range slices.Sorted(maps.Keys(w.history[table])) {
		versions := w.history.within(table, id, begun, now)
		if len(versions) == 0 {
			continue
		}
		all++
		if o.wasHeld(table, w.q.keyAfter(table, id)) || len(versions) > 1 { // or its own older version holds it
			held++
		}
		if !w.history.throughout(table, id, begun, now) {
			continue
		}
		required++
		if fateOf(id) == fateFiltered {
			filtered++
			continue
		}
		if w.isPresent(table, id, versions, o.seen[tab.dest]) {
			continue
		}
		missing++
		if !lines[id] {
			w.bad(claimTold, "item %d/%s is missing, and not among the dead letters", table, id)
		}
	}
	if counted := job.Failed + job.Collided + job.Existing; missing > counted {
		w.bad(claimComplete, "table %d misses %d items and counts %d: %+v", table, missing, counted, job)
	}
	if job.lost() > int64(len(lines)) {
		w.bad(claimCounts, "table %d counts %d lost items, and told of %d: %+v", table, job.lost(), len(lines), job)
	}
	if job.Existing > held {
		w.bad(claimCounts, "table %d counts %d existing items, and %d keys were taken before it: %+v", table, job.Existing, held, job)
	}
	if job.Read < required || job.Read > all {
		w.bad(claimCounts, "table %d read %d items, and there were %d to %d: %+v", table, job.Read, required, all, job)
	}
	if required == all && job.Filtered != filtered {
		w.bad(claimCounts, "table %d filtered %d items, and ought to have %d: %+v", table, job.Filtered, filtered, job)
	}
}

// wasHeld reports whether a key was taken before the job began, or by others since.
func (o *simOracle) wasHeld(table int, key string) bool {
	for share := range o.accounts {
		if acc := &o.accounts[share][table]; acc.written || acc.held[key] {
			return true
		}
	}
	return false
}

// checkKept checks that a call that only inserts wrote over no item of another
// source item.
func (o *simOracle) checkKept(changes []simChanged, beyond func(table int) bool) {
	for _, c := range changes {
		var table int
		if _, err := fmt.Sscan(c.now.table, &table); err != nil || !beyond(table) || !o.w.q.collides(table) || c.was == (simStored{}) {
			continue
		}
		if c.was.table != c.now.table || c.was.source != c.now.source {
			o.w.bad(claimKept, "item %s of the destination %d was %s/%s and was overwritten by %s/%s", c.key, c.dest, c.was.table, c.was.source, c.now.table, c.now.source)
		}
	}
}

// spoil says that others wrote to the destination of a table.
func (o *simOracle) spoil(table int) {
	for share := range o.accounts {
		for i := range o.accounts[share] {
			if acc := &o.accounts[share][i]; o.w.q.tables[i].dest == o.w.q.tables[table].dest {
				acc.written, acc.spoiled = true, acc.spoiled || o.w.q.collides(table)
			}
		}
	}
}

// tableOf returns the table of an item of the destination, or 0 if it is nobody's.
func tableOf(s simStored) (table int) {
	_, _ = fmt.Sscan(s.table, &table)
	return table
}
