package dynsync

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// A sequence is all that happens in a simulated world: data alone, so that it can
// be printed and shrunk. What it does not say is drawn from its seed.
type sequence struct {
	seed       uint64
	tables     []simTable
	shares     int // 1 for a job that is not divided
	checkpoint bool
	scanResume bool
	direct     bool
	lags       bool          // the stores' saves
	every      time.Duration // between saves of the checkpoint
	tuning     simTuning
	steps      []simStep
}

// A simTuning is the options that change nothing of what a job does.
type simTuning struct{ workers, requests, page int }

// A simTable is a table of the source, and how the job copies it.
type simTable struct {
	dest     int // the destination table
	mode     Mode
	keys     keyRule
	segments int      // 0 for a SELECT
	items    []string // ids of the items before the first step
	theirs   []string // ids of items that the destination has before
}

// A stepKind is what happens in a step.
type stepKind uint8

const (
	stepSync    stepKind = iota
	stepChange           // others change the source
	stepAil              // an item begins to fail, for a while
	stepPass             // time passes
	stepTune             // the options change that change nothing
	stepVersion          // the rules change
	stepReplay
	stepWrite
)

// An ending is how a call of a step is ended.
type ending uint8

const (
	endsItself ending = iota
	endsKilled
	endsCancelled
	endsBroke // by its budget
	endsLost  // by the loss of its leases
)

func (e ending) String() string {
	return []string{"", "killed", "cancelled", "within a budget", "robbed of its leases"}[e]
}

// A simStep is a step of a sequence.
type simStep struct {
	kind    stepKind
	ending  ending
	share   int           // the one that is killed or cancelled; the others are left alone
	after   time.Duration // the time of the ending, from the beginning of the step; or how much passes
	budget  float64
	faults  []simFault
	changes []simChange
	ails    []simAil
	store   int // every so manieth call of a checkpoint store fails; 0 for none
	tuning  simTuning
	table   int // to write to
	ids     []string
}

// A simChange is what others do to an item of the source.
type simChange struct {
	table  int
	id     string
	remove bool
	after  time.Duration // the beginning of a Sync; 0 for between steps
}

// A simAil is an item that fails from then on.
type simAil struct {
	table int
	id    string
	how   ailment
	until time.Duration // from the step; 0 for until the end
}

// An ailment is why an item fails.
type ailment uint8

const (
	ailRule    ailment = iota // a transformer returns an error
	ailRefused                // DynamoDB finds it invalid
	ailSlow                   // DynamoDB never has the capacity for it
)

func (a ailment) String() string { return []string{"fails in a rule", "is refused", "is throttled"}[a] }

// A simFault is a fault of dynsynctest that some requests of a step meet.
type simFault struct {
	name string // of allFaults
	op   string
	odds uint64 // one request in so many
}

// drawSequence returns the sequence of a seed.
func drawSequence(seed uint64) *sequence {
	rnd := rand.New(rand.NewPCG(seed, 14))
	q := &sequence{
		seed: seed, shares: 1, checkpoint: rnd.IntN(8) > 0, scanResume: rnd.IntN(2) == 0, direct: rnd.IntN(6) == 0,
		every: time.Millisecond + time.Duration(rnd.IntN(8_000_000)), tuning: drawTuning(rnd),
	}
	if rnd.IntN(5) == 0 {
		q.shares = 2 + rnd.IntN(2)
	}
	q.drawTables(rnd)
	for range 3 + rnd.IntN(10) {
		q.steps = append(q.steps, q.drawStep(rnd))
	}
	if !slices.ContainsFunc(q.steps, func(s simStep) bool { return s.kind == stepSync }) {
		q.steps = append(q.steps, simStep{kind: stepSync})
	}
	q.lags = q.checkpoint && rnd.IntN(3) == 0
	return q
}

func drawTuning(rnd *rand.Rand) simTuning {
	return simTuning{1 + rnd.IntN(3), 1 + rnd.IntN(4), 1 + rnd.IntN(8)}
}

// mostTables is how many tables a job has at most.
const mostTables = 3

func (q *sequence) drawTables(rnd *rand.Rand) {
	n := 1 + rnd.IntN(mostTables)
	together := n > 1 && rnd.IntN(3) == 0
	mode := Mode(rnd.IntN(3))
	for i := range n {
		t := simTable{dest: i, mode: mode, keys: keyRule(max(0, rnd.IntN(int(lastKeys)+3)-2))}
		if together {
			t.dest = rnd.IntN(n)
		}
		if q.shares > 1 || rnd.IntN(4) == 0 {
			t.segments = q.shares + rnd.IntN(5)
		}
		for k := range 1 + rnd.IntN(24) {
			t.items = append(t.items, drawID(rnd, k))
		}
		t.items = distinct(t.items)
		if rnd.IntN(4) == 0 {
			t.theirs = []string{"id-00", "id-b1", fmt.Sprintf("id-%02d", rnd.IntN(20))}
			t.theirs = distinct(t.theirs)
		}
		q.tables = append(q.tables, t)
	}
	for i := range q.tables {
		q.tables[i].mode = q.allowed(i, q.tables[i].mode)
	}
}

// allowed returns a mode of table i that the job is not refused for.
func (q *sequence) allowed(i int, mode Mode) Mode {
	switch {
	case !q.collides(i):
		return mode
	case q.shares > 1:
		return ModeInsert
	case q.checkpoint && mode == ModeMerge:
		return ModeInsert
	}
	return mode
}

// collides reports whether items of table i can end on the key of others.
func (q *sequence) collides(i int) bool {
	return q.keys(i).collides() || q.sharesDestination(i)
}

// collideInHalves puts, into the halves of ids, two items of the table that end on one
// key, if it has such.
func (q *sequence) collideInHalves(ids []string, table int) {
	first := map[string]string{} // by key
	for _, id := range q.tables[table].items {
		key := q.keyAfter(table, id)
		if other, ok := first[key]; ok && len(ids) > 1 {
			ids[0], ids[len(ids)-1] = other, id
			return
		}
		first[key] = id
	}
}

func distinct(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// drawID returns an id, of some of which others differ by case alone. What its last
// letter says of the item, see [fateOf].
func drawID(rnd *rand.Rand, k int) string {
	id := fmt.Sprintf("id-%02d", k)
	switch rnd.IntN(12) {
	case 0:
		id += "d"
	case 1:
		id += "r"
	case 2:
		id += "x"
	}
	if rnd.IntN(8) == 0 { // of which others have the other case, or none
		id = fmt.Sprintf("id-%02d%s", rnd.IntN(k+1), []string{"q", "Q"}[rnd.IntN(2)])
	}
	if rnd.IntN(4) == 0 {
		id = strings.ToUpper(fmt.Sprintf("id-%02d", rnd.IntN(k+1)))
	}
	return id
}

func (q *sequence) drawStep(rnd *rand.Rand) simStep {
	s := simStep{kind: []stepKind{stepSync, stepSync, stepSync, stepSync, stepSync, stepSync, stepChange, stepChange, stepAil, stepPass, stepPass,
		stepTune, stepVersion, stepReplay, stepReplay, stepWrite}[rnd.IntN(16)]}
	s.table = rnd.IntN(len(q.tables))
	switch s.kind {
	case stepSync, stepReplay, stepWrite:
		q.drawCall(rnd, &s)
	case stepChange:
		s.changes = q.drawChanges(rnd)
	case stepAil:
		for range 1 + rnd.IntN(3) {
			t := rnd.IntN(len(q.tables))
			s.ails = append(s.ails, simAil{t, q.someID(rnd, t), ailment(rnd.IntN(3)), time.Duration(rnd.IntN(2)*rnd.IntN(60)) * time.Minute})
		}
	case stepPass:
		s.after = time.Duration(1+rnd.IntN(90)) * time.Minute
		if rnd.IntN(3) == 0 {
			s.after = time.Duration(1+rnd.IntN(30)) * time.Hour
		}
	case stepTune:
		s.tuning = drawTuning(rnd)
	}
	return s
}

// drawCall draws what goes on during a call of the Syncer.
func (q *sequence) drawCall(rnd *rand.Rand, s *simStep) {
	if s.kind == stepWrite {
		for range 1 + rnd.IntN(8) {
			s.ids = append(s.ids, q.someID(rnd, s.table))
		}
		if s.ids = distinct(s.ids); rnd.IntN(2) == 0 {
			q.collideInHalves(s.ids, s.table)
		}
	}
	s.after = time.Duration(rnd.ExpFloat64() * float64(30*time.Millisecond))
	s.share = rnd.IntN(q.shares)
	switch rnd.IntN(6) {
	case 0, 1:
		s.ending = endsKilled
	case 2:
		s.ending = endsCancelled
	case 3:
		if s.kind == stepSync && rnd.IntN(2) == 0 {
			s.ending, s.budget = endsBroke, float64(1+rnd.IntN(30))
		}
	}
	if rnd.IntN(5) == 0 {
		s.changes = q.drawChanges(rnd)
		for i := range s.changes {
			s.changes[i].after = time.Duration(1 + rnd.ExpFloat64()*float64(20*time.Millisecond))
		}
		slices.SortFunc(s.changes, func(a, b simChange) int { return cmp.Compare(a.after, b.after) })
	}
	for range max(0, rnd.IntN(4)-1) {
		s.faults = append(s.faults, q.drawFault(rnd, s.table))
	}
	if q.checkpoint && rnd.IntN(10) == 0 {
		s.store = 1 + rnd.IntN(9)
	}
	if q.checkpoint && s.kind != stepWrite && s.ending == endsItself && rnd.IntN(5) == 0 {
		s.ending = endsLost
	}
}

func (q *sequence) drawFault(rnd *rand.Rand, table int) simFault {
	t := &q.tables[table]
	path := "raw"
	if t.segments > 0 {
		path = "segments"
	}
	ops := operations(t.mode, path)
	for {
		f := allFaults[1+rnd.IntN(len(allFaults)-1)]
		op := ops[rnd.IntN(len(ops))]
		if f.kind == permanent && rnd.IntN(3) > 0 || f.ops != nil && !slices.Contains(f.ops, op) {
			continue
		}
		return simFault{f.name, op, 1 + rnd.Uint64N(6)}
	}
}

func (q *sequence) drawChanges(rnd *rand.Rand) []simChange {
	var all []simChange
	for range 1 + rnd.IntN(5) {
		t := rnd.IntN(len(q.tables))
		all = append(all, simChange{table: t, id: q.someID(rnd, t), remove: rnd.IntN(4) == 0})
	}
	return all
}

// someID returns the id of an item that a table has or could have.
func (q *sequence) someID(rnd *rand.Rand, table int) string {
	if items := q.tables[table].items; len(items) > 0 && rnd.IntN(4) > 0 {
		return items[rnd.IntN(len(items))]
	}
	return drawID(rnd, rnd.IntN(40))
}

// String prints the sequence as a list.
func (q *sequence) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d", q.seed)
	for _, on := range []struct {
		is   bool
		text string
	}{{q.checkpoint, "checkpoint"}, {q.scanResume, "ScanResume"}, {q.direct, "WithDirectRequests"}, {q.lags, "saves that lag"}} {
		if on.is {
			b.WriteString(", " + on.text)
		}
	}
	fmt.Fprintf(&b, ", %d shares, saves every %v, %v\n", q.shares, q.every, q.tuning)
	for i, t := range q.tables {
		fmt.Fprintf(&b, "  table %d → %d, %v, %v, %d segments: %s\n", i, t.dest, t.mode, q.keys(i), t.segments, strings.Join(t.items, " "))
		if len(t.theirs) > 0 {
			fmt.Fprintf(&b, "    there already: %s\n", strings.Join(t.theirs, " "))
		}
	}
	for i, s := range q.steps {
		fmt.Fprintf(&b, "  %2d. %v\n", i+1, s)
	}
	return b.String()
}

func (t simTuning) String() string {
	return fmt.Sprintf("%d workers, %d requests, pages of %d", t.workers, t.requests, t.page)
}

func (s simStep) String() string {
	var parts []string
	switch s.kind {
	case stepSync:
		parts = append(parts, "Sync")
	case stepReplay:
		parts = append(parts, "Replay")
	case stepWrite:
		parts = append(parts, fmt.Sprintf("Write to %d: %s", s.table, strings.Join(s.ids, " ")))
	case stepChange:
		parts = append(parts, "change")
	case stepAil:
		for _, a := range s.ails {
			parts = append(parts, fmt.Sprintf("item %d/%s %v for %v", a.table, a.id, a.how, a.until))
		}
	case stepPass:
		parts = append(parts, fmt.Sprintf("%v pass", s.after))
	case stepTune:
		parts = append(parts, s.tuning.String())
	case stepVersion:
		parts = append(parts, "new rules")
	}
	switch s.ending {
	case endsKilled, endsCancelled, endsLost:
		parts = append(parts, fmt.Sprintf("%v after %v (share %d)", s.ending, s.after, s.share))
	case endsBroke:
		parts = append(parts, fmt.Sprintf("%v of %v", s.ending, s.budget))
	}
	for _, c := range s.changes {
		verb := "put"
		if c.remove {
			verb = "delete"
		}
		parts = append(parts, fmt.Sprintf("%s %d/%s at %v", verb, c.table, c.id, c.after))
	}
	for _, f := range s.faults {
		parts = append(parts, fmt.Sprintf("%s at 1 of %d %s", f.name, f.odds, f.op))
	}
	if s.store > 0 {
		parts = append(parts, fmt.Sprintf("every %d. call of the store fails", s.store))
	}
	return strings.Join(parts, "; ")
}
