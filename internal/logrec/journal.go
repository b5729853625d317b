package logrec

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"
)

// Again is how long it takes until a record of progress or throttling is logged again.
const Again = time.Minute

// A Journal logs the records of one call. All methods may be called on nil, which logs
// nothing, and are safe for concurrent use.
type Journal struct {
	to     *slog.Logger
	call   string
	run    string
	began  time.Time
	source func() Start // of the record of the start

	mu        sync.Mutex
	started   bool
	ended     bool
	open      map[string]bool // tables that have begun and not ended
	throttles map[throttle]*throttled
	sum       Counts
	cost      Costs
	tables    [outcomes]int64 // that ended, by outcome
}

// A Start is what is known when a call begins.
type Start struct {
	Tables              int
	Source, Destination string // region and endpoint
	Key, Rules          string
	Scheme              int
	Version             string
	Plan                []string
}

// A Table is what is known when a table begins.
type Table struct {
	Name, Source, Destination string
	SourceARN, DestinationARN string
	Items                     int64
	ReadBy, Mode              string
}

// Counts count items, in the order of the table of records.
type Counts struct{ Read, Written, Filtered, Failed, Collided, Existing, Unsettled int64 }

// Costs are what requests consumed.
type Costs struct {
	ReadUnits, WriteUnits float64
	Retries, Throttled    int64
}

// An Outcome says how a table or a call ended.
type Outcome uint8

// The outcomes.
const (
	Done Outcome = iota
	ItemsFailed
	Stopped
	Failed
	Panicked
	outcomes
)

var outcomeTexts = [outcomes]string{"done", "items failed", "stopped", "failed", "panicked"}

// level returns the level of a record of the outcome.
func (o Outcome) level() slog.Level {
	switch o {
	case Done:
		return info
	case Stopped:
		return warn
	}
	return fault
}

// An Ending is how a table or a call ended, and why. The text holds no attribute value.
type Ending struct {
	Outcome  Outcome
	ExitCode int
	Error    string
	Code     string // of AWS
}

// Open returns the journal of a call, or nil if the logger takes none of its records.
// start is asked once, when the start is logged, unless Begin replaces it.
func Open(ctx context.Context, to *slog.Logger, call string, start func() Start) *Journal {
	if !to.Enabled(ctx, fault) {
		return nil
	}
	var id [8]byte
	_, _ = rand.Read(id[:])
	return &Journal{to: to, call: call, run: hex.EncodeToString(id[:]), source: start, began: time.Now(), open: map[string]bool{}, throttles: map[throttle]*throttled{}}
}

// Begin sets what the record of the start says. It is logged before the first record of a
// table, or by End.
func (j *Journal) Begin(start func() Start) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.source = start
}

// start logs the start of the call, once.
func (j *Journal) start(ctx context.Context) {
	if j.started {
		return
	}
	j.started = true
	s := j.source()
	j.log(ctx, info, RunStart, s.Tables, s.Source, s.Destination, s.Key, s.Rules, s.Scheme, s.Version, s.Plan)
}

// TableStart logs the start of a table, and returns true, unless it has begun before.
func (j *Journal) TableStart(ctx context.Context, t Table) bool {
	if j == nil {
		return false
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.start(ctx)
	if _, begun := j.open[t.Name]; begun {
		return false
	}
	j.open[t.Name] = true
	j.log(ctx, info, TableStart, t.Name, t.Source, t.Destination, t.SourceARN, t.DestinationARN, t.Items, t.ReadBy, t.Mode)
	return true
}

// Resume logs that a table goes on where an earlier run ended.
func (j *Journal) Resume(ctx context.Context, table string, settled int64, began time.Time) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.log(ctx, info, Resume, table, settled, began.UTC())
}

// Progress logs how far a table is.
func (j *Journal) Progress(ctx context.Context, table string, c Counts, perSecond, fraction float64, remaining time.Duration, cost Costs) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.log(ctx, info, TableProgress, slices.Concat([]any{table}, c.values(), []any{perSecond, fraction, remaining}, cost.values())...)
}

// A throttle is what DynamoDB throttles, and why.
type throttle struct{ table, side, reason, resource string }

// A throttled counts the requests of a throttle.
type throttled struct {
	requests int64
	told     time.Time
}

// Throttle counts a request that DynamoDB throttled, and logs it the first time, and then
// at most once in the time of Again.
func (j *Journal) Throttle(ctx context.Context, table, side, reason, resource string) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	of := throttle{table, side, reason, resource}
	t := j.throttles[of]
	if t == nil {
		t = &throttled{}
		j.throttles[of] = t
	}
	t.requests++
	if !j.started || !t.told.IsZero() && time.Since(t.told) < Again { // the preflight comes before the start
		return
	}
	t.told = time.Now()
	j.log(ctx, warn, Throttle, table, side, reason, resource, t.requests)
}

// Finding logs a finding. The level is one of package finding.
func (j *Journal) Finding(ctx context.Context, level, table, code, id, side, path, text, remedy, accepted string) {
	if j == nil {
		return
	}
	at := map[string]slog.Level{"info": info, "warning": warn}
	l, ok := at[level]
	if !ok {
		l = fault
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.start(ctx)
	j.log(ctx, l, Finding, table, code, id, side, path, text, remedy, accepted)
}

// TableEnd logs the end of a table that has begun.
func (j *Journal) TableEnd(ctx context.Context, table string, e Ending, took time.Duration, c Counts, cost Costs, readPath, writePath string) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.open[table] = false
	j.sum.add(c)
	j.cost.add(cost)
	j.tables[e.Outcome]++
	j.log(ctx, e.Outcome.level(), TableEnd, slices.Concat([]any{table}, e.values(took), c.values(), cost.values(), []any{readPath, writePath})...)
}

// End logs the end of the call, once, and before it that of each table that has not ended.
func (j *Journal) End(ctx context.Context, e Ending) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ended {
		return
	}
	j.ended = true
	j.start(ctx)
	for _, table := range j.left() {
		j.tables[e.Outcome]++
		j.log(ctx, e.Outcome.level(), TableEnd, slices.Concat([]any{table}, e.values(time.Since(j.began)), Counts{}.values(), Costs{}.values(), []any{"", ""})...)
	}
	var all int64
	for _, n := range j.tables {
		all += n
	}
	stopped := j.tables[Stopped]
	j.log(ctx, e.Outcome.level(), RunEnd, slices.Concat(e.values(time.Since(j.began)), []any{all, all - j.tables[Done] - stopped, stopped}, j.sum.values(), j.cost.values())...)
}

// left returns the tables that have begun and not ended.
func (j *Journal) left() (names []string) {
	for name, open := range j.open {
		if open {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// log logs a record with the values of its attributes, in the order of the table.
func (j *Journal) log(ctx context.Context, level slog.Level, r *Record, values ...any) {
	ctx = context.WithoutCancel(ctx) // a handler may refuse records of a context that has ended
	if !j.to.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{slog.String(Every[0].Name, j.run), slog.String(Every[1].Name, j.call)}
	for i, a := range r.Attrs {
		if !a.Rare || !reflect.ValueOf(values[i]).IsZero() {
			attrs = append(attrs, slog.Any(a.Name, values[i]))
		}
	}
	j.to.LogAttrs(ctx, level, Prefix+r.Name, attrs...)
}

func (e Ending) values(took time.Duration) []any {
	remedy := remedies[e.ExitCode]
	return []any{outcomeTexts[e.Outcome], e.ExitCode, e.Error, e.Code, remedy, took}
}

func (c Counts) values() []any {
	return []any{c.Read, c.Written, c.Filtered, c.Failed, c.Collided, c.Existing, c.Unsettled}
}

func (c *Counts) add(d Counts) {
	c.Read += d.Read
	c.Written += d.Written
	c.Filtered += d.Filtered
	c.Failed += d.Failed
	c.Collided += d.Collided
	c.Existing += d.Existing
	c.Unsettled += d.Unsettled
}

func (c Costs) values() []any { return []any{c.ReadUnits, c.WriteUnits, c.Retries, c.Throttled} }

func (c *Costs) add(d Costs) {
	c.ReadUnits += d.ReadUnits
	c.WriteUnits += d.WriteUnits
	c.Retries += d.Retries
	c.Throttled += d.Throttled
}
