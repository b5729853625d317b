package dynsync

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/testsize"
)

var faultRuns = flag.Int("faults", 0, "rounds of the fault matrix, each of some 1,000 runs; 0 is by the size of the tests")

// faultSize returns how often the matrix goes over its cells, and of how many it
// runs one. A plain test meets each fault in each mode, on some of the paths.
func faultSize() (rounds, oneOf int) {
	if *faultRuns > 0 {
		return *faultRuns, 1
	}
	return 1, testsize.Of(12, 4, 2)
}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// A faultRun is one run of a job under faults.
type faultRun struct {
	seed   uint64
	rnd    *rand.Rand
	mode   Mode
	path   string
	op     string
	faults []fault
	poison map[string]bool

	items, before, want map[string]map[string]any // as read, at the destination before, after
	existing            map[string]bool           // ids that must count as existing
	opts                []Option
	giveUp              time.Duration
	pageSize            int
	kind                faultKind
	over                atomic.Bool
	hits                atomic.Int64

	mu       sync.Mutex
	failures map[string][]Failure
}

func (x *faultRun) String() string {
	var names []string
	for _, f := range x.faults {
		names = append(names, f.name)
	}
	return fmt.Sprintf("seed %d, %v, %s, %s: %s", x.seed, x.mode, x.path, x.op, strings.Join(names, " + "))
}

// faultPaths are the ways of reading and writing.
var faultPaths = []string{"raw", "typed", "direct", "segments"}

// operations returns the requests of a mode.
func operations(mode Mode, path string) []string {
	read := "ExecuteStatement"
	if path == "segments" {
		read = "Scan"
	}
	if mode == ModePut {
		return []string{read, "BatchWriteItem", "DescribeTable"}
	}
	return append([]string{read}, mode.spec().needs...)
}

// TestFaultMatrix runs every fault at every operation in every mode on every path,
// at random moments.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	var runs, hits atomic.Int64
	began := time.Now()
	rounds, oneOf := faultSize()
	t.Cleanup(func() {
		t.Logf("%d runs, of which %d met a fault, in %v", runs.Load(), hits.Load(), time.Since(began).Round(time.Millisecond))
	})
	for mode := range Mode(len(modeSpecs)) {
		for p, path := range faultPaths {
			if mode != ModePut && path == "direct" {
				continue // only batches go past the SDK
			}
			t.Run(mode.String()+"/"+path, func(t *testing.T) {
				t.Parallel()
				for round := range rounds {
					for o, op := range operations(mode, path) {
						for i, f := range allFaults {
							if f.ops != nil && !slices.Contains(f.ops, op) || (i+p+o)%oneOf != 0 {
								continue
							}
							seed := uint64(round)<<32 | uint64(mode)<<24 | uint64(i)<<8 | uint64(len(path)+len(op))
							x := newFaultRun(seed, mode, path, op, f)
							x.run(t)
							runs.Add(1)
							if x.hits.Load() > 0 {
								hits.Add(1)
							}
							if t.Failed() {
								return
							}
						}
					}
				}
			})
		}
	}
}

// TestFaultMixtures meets several faults in one run.
func TestFaultMixtures(t *testing.T) {
	t.Parallel()
	rounds, oneOf := faultSize()
	for _, path := range faultPaths {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(60 * rounds / oneOf) {
				rnd := rand.New(rand.NewPCG(seed, 7))
				mode := Mode(rnd.IntN(len(modeSpecs)))
				ops := operations(mode, path)
				op := ops[rnd.IntN(len(ops))]
				var fs []fault
				for range 2 + rnd.IntN(3) {
					if f := allFaults[rnd.IntN(len(allFaults))]; !f.alone && (f.ops == nil || slices.Contains(f.ops, op)) {
						fs = append(fs, f)
					}
				}
				// What is refused is refused whatever else happens.
				slices.SortStableFunc(fs, func(a, b fault) int { return cmp.Compare(b.rank(), a.rank()) })
				x := newFaultRun(seed, mode, path, op, fs...)
				x.kind = anything
				x.run(t)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// TestStopAtAnyMoment ends the context of runs whose requests take their time, and
// some of which are never answered.
func TestStopAtAnyMoment(t *testing.T) {
	t.Parallel()
	rounds, oneOf := faultSize()
	for mode := range Mode(len(modeSpecs)) {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(60 * rounds / oneOf) {
				x := newFaultRun(seed, mode, faultPaths[seed%4], "*")
				x.kind = anything
				inBubble(t, func(t *testing.T, w *world) { x.stopped(t, w) })
				if t.Failed() {
					return
				}
			}
		})
	}
}

// stopped runs the job until a deadline, or until somebody cancels.
func (x *faultRun) stopped(t *testing.T, w *world) {
	w.fill(t, w.source, "Source", x.items)
	w.fill(t, w.dest, "Destination", x.before)
	seed := x.rnd.Uint64()
	hook := func(r *dynsynctest.Request) dynsynctest.Action {
		draw := rand.New(rand.NewPCG(seed, uint64(r.Number)))
		slow := dynsynctest.Delay(time.Duration(draw.IntN(600)) * time.Millisecond)
		switch {
		case x.over.Load():
			return dynsynctest.Action{}
		case draw.IntN(25) == 0:
			return dynsynctest.ApplyThen(dynsynctest.Hang())
		case draw.IntN(12) == 0:
			return slow.With(dynsynctest.Throttle())
		case draw.IntN(4) == 0:
			return dynsynctest.ApplyThen(slow)
		}
		return slow
	}
	defer w.source.Control("*", hook)()
	defer w.dest.Control("*", hook)()
	limit := time.Duration(x.rnd.IntN(8000)) * time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	if x.rnd.IntN(2) == 0 {
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(limit, cancel)
	}
	defer cancel()
	start := time.Now()
	report, err := x.syncer(t, w).Sync(ctx)
	took := time.Since(start)
	x.over.Store(true)
	if took > limit+time.Second {
		t.Errorf("%v: it took %v after the context ended", x, took-limit)
	}
	if ctx.Err() == nil && err != nil && len(x.failures) == 0 {
		t.Errorf("%v: %v", x, err)
	}
	x.check(t, w, report, err, took)
	cancel()
	time.Sleep(limit) // for AfterFunc's goroutine
}

func newFaultRun(seed uint64, mode Mode, path, op string, faults ...fault) *faultRun {
	x := &faultRun{seed: seed, rnd: rand.New(rand.NewPCG(seed, 11)), mode: mode, path: path, op: op, faults: faults,
		items: map[string]map[string]any{}, before: map[string]map[string]any{}, want: map[string]map[string]any{},
		existing: map[string]bool{}, poison: map[string]bool{}, failures: map[string][]Failure{}, giveUp: 40 * time.Second}
	n := 1 + x.rnd.IntN(30)
	big := mode == ModeMerge && (op == "PutItem" || op == "GetItem") && x.rnd.IntN(6) == 0
	wide := mode == ModeInsert && (op != "ExecuteStatement" && op != "Scan" && x.rnd.IntN(2) == 0 || x.rnd.IntN(9) == 0)
	if big || wide { // to sign and compare them takes long
		n = 1 + n/5
	}
	for i := range n {
		id := fmt.Sprintf("id-%03d", i)
		item := map[string]any{"Id": id, "Name": fmt.Sprintf("name %d", i), "Age": i % 10, "Secret": "s", "M": map[string]any{"a": []any{i, true, nil}}}
		if x.rnd.IntN(8) == 0 {
			delete(item, "Secret")
		}
		if wide && x.rnd.IntN(2) == 0 {
			for k := range 300 { // more names than a statement holds
				item[fmt.Sprintf("%030d", k)] = k
			}
		}
		if big && i == 0 {
			item["Big"] = strings.Repeat("x", 409_480) // more than UpdateItem takes
		}
		x.items[id] = item
		if x.rnd.IntN(max(n/3, 1)) == 0 {
			x.poison[id] = true
		}
		after := maps.Clone(item)
		after["Name"] = "NAME " + fmt.Sprint(i)
		delete(after, "Secret")
		if item["Age"] == 7 {
			after = nil // filtered
		}
		if x.rnd.IntN(6) == 0 && item["Big"] == nil {
			before := asStored(map[string]any{"Id": id, "Name": "old", "Secret": "old", "Own": []any{"kept"}})
			x.before[id] = before
			switch {
			case after == nil:
				after = before
			case mode == ModeInsert:
				x.existing[id] = true
				after = before
			case mode == ModeMerge:
				after["Own"] = before["Own"]
				if _, had := item["Secret"]; !had { // no rule removed it
					after["Secret"] = "old"
				}
			}
		}
		if after != nil {
			x.want[id] = asStored(after)
		}
	}
	for i := range x.rnd.IntN(4) { // what the source does not have stays
		id := fmt.Sprintf("other-%d", i)
		x.before[id] = asStored(map[string]any{"Id": id, "x": i})
		x.want[id] = x.before[id]
	}
	x.pageSize = max(1+x.rnd.IntN(12), n/8)
	for _, f := range faults {
		x.kind = max(x.kind, f.kind)
	}
	return x
}

func (x *faultRun) run(t *testing.T) {
	t.Helper()
	inBubble(t, func(t *testing.T, w *world) { x.inWorld(t, w) })
}

func (x *faultRun) inWorld(t *testing.T, w *world) {
	w.fill(t, w.source, "Source", x.items)
	w.fill(t, w.dest, "Destination", x.before)
	if x.rnd.IntN(2) == 0 {
		w.timeout = 7 * time.Second
	}
	for _, f := range x.faults {
		x.inject(w, f)
	}
	start := time.Now()
	report, err := x.syncer(t, w).Sync(t.Context())
	took := time.Since(start)
	x.check(t, w, report, err, took)
	if t.Failed() || x.kind == passing && x.rnd.IntN(8) > 0 {
		return
	}
	// Once the trouble is over, a second run completes the table.
	x.over.Store(true)
	x.failures = map[string][]Failure{}
	w.source.Control("*", onlyReads(t))
	report, err = x.syncer(t, w).Sync(t.Context())
	rep := report.Tables[0]
	if rep.Err != nil || rep.Failed+rep.Collided > 0 || !rep.balanced() || rep.Read != int64(len(x.items)) {
		t.Errorf("%v: the second run: %v\n%v", x, err, report)
	}
	if diff := gocmp.Diff(x.want, contents(t, w.plain, "Destination")); diff != "" {
		t.Errorf("%v: after the second run (-want +got)\n%.3000s", x, diff)
	}
}

// inject makes requests of the run's operation meet a fault.
func (x *faultRun) inject(w *world, f fault) {
	action := f.act(x)
	seed, style, k := x.rnd.Uint64(), x.rnd.IntN(4), 1+x.rnd.IntN(4)
	var n atomic.Int64
	hook := func(r *dynsynctest.Request) dynsynctest.Action {
		if x.over.Load() || r.Op == "CreateTable" || f.when != nil && !f.when(x, r) {
			return dynsynctest.Action{}
		}
		number := n.Add(1)
		hit := false
		switch {
		case f.when != nil || f.kind == perItem:
			hit = true // always
		case f.kind == permanent:
			hit = number >= int64(k)
		case style == 0: // the first ones
			hit = number <= int64(k)
		case style == 1: // one
			hit = number == int64(k)
		default:
			hit = rand.New(rand.NewPCG(seed, uint64(number))).IntN(3) == 0
		}
		if !hit {
			return dynsynctest.Action{}
		}
		x.hits.Add(1)
		return action
	}
	if f.kind == passing && f.when == nil {
		hook = dynsynctest.AtMost(cmp.Or(f.most, 4), hook)
	}
	w.source.Control(x.op, hook)
	if x.op != "Scan" { // at the destination only the test itself scans
		w.dest.Control(x.op, hook)
	}
}

func (x *faultRun) syncer(t *testing.T, w *world) *Syncer {
	renewing := slices.ContainsFunc(x.faults, func(f fault) bool { return strings.Contains(f.name, "renewed") })
	creds := func(o *dynamodb.Options) {
		if !renewing {
			return
		}
		var n atomic.Int64
		o.Credentials = aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			key := "old"
			if n.Add(1) > 1 {
				key = "new"
			}
			return aws.Credentials{AccessKeyID: key, SecretAccessKey: "secret"}, nil
		}))
	}
	from, to := w.client(w.source, creds), w.client(w.dest, creds)
	opts := []Option{WithSource(from), WithDestination(to), WithKey(testKey), WithGiveUpAfter(x.giveUp),
		WithWorkers(1 + x.rnd.IntN(3)), WithWriteConcurrency(1 + x.rnd.IntN(5)),
		WithTable("Source", "Destination", clearCopy(), WithMode(x.mode), WithPageSize(x.pageSize),
			WithFilter(func(r *Record) bool { v, _ := r.Get("Age"); n, _ := v.Text(); return n != "7" }),
			WithTransform("Secret", Remove(), Optional()),
			WithTransform("Name", Func(func(_ context.Context, s string) (string, error) { return strings.ToUpper(s), nil }), Optional())),
		WithOnFailure(func(_ context.Context, f Failure) error {
			f.Key = f.Key.Clone()
			id, _ := f.Key.Get("Id")
			text, _ := id.Text()
			x.mu.Lock()
			defer x.mu.Unlock()
			x.failures[text] = append(x.failures[text], f)
			return nil
		}),
	}
	switch x.path {
	case "typed":
		opts = append(opts, WithSource(typedClient{from}), WithDestination(typedClient{to}))
	case "direct":
		opts = append(opts, WithDirectRequests())
	case "segments":
		opts = append(opts, WithAllTables(WithSegments(1+x.rnd.IntN(9))))
	}
	s, err := New(append(opts, x.opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const unknownOutcome = "not known"

// check holds what the run said against what is there.
func (x *faultRun) check(t *testing.T, w *world, report *Report, err error, took time.Duration) {
	t.Helper()
	rep := report.Tables[0]
	bad := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%v: %s\n%v%v", x, fmt.Sprintf(format, args...), report, err)
	}
	if !rep.balanced() {
		bad("not balanced")
	}
	if limit := 15 * x.giveUp; took > limit {
		bad("it took %v", took)
	}
	if (err == nil) != (rep.Err == nil && rep.Failed+rep.Collided == 0) {
		bad("the error does not follow from the report")
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	var failed, existing int64
	for id, fs := range x.failures {
		if len(fs) != 1 || x.items[id] == nil {
			bad("item %q was reported %d times", id, len(fs))
		}
		switch fs[0].Outcome {
		case OutcomeFailed:
			failed++
		case OutcomeExisting:
			existing++
			if !x.existing[id] {
				bad("item %q was written by the run, and counts as existing", id)
			}
		default:
			bad("item %q %v", id, fs[0].Outcome)
		}
	}
	if failed != rep.Failed || existing != rep.Existing {
		bad("%d failed and %d existing items were handed over", failed, existing)
	}
	var written int64
	got := contents(t, w.plain, "Destination")
	for id := range x.items {
		before, there := x.before[id]
		now := got[id]
		isBefore, isAfter := gocmp.Equal(before, now), gocmp.Equal(x.want[id], now)
		if there && isAfter && isBefore { // filtered, or existing
			continue
		}
		fs := x.failures[id]
		switch {
		case isAfter && len(fs) == 0:
			if x.want[id] != nil {
				written++
			}
		case isAfter && strings.Contains(fs[0].Err.Error(), unknownOutcome):
		case isBefore && (len(fs) > 0 || rep.Err != nil):
			// not written: it failed, or was not read
		default:
			said := "nothing"
			if len(fs) > 0 {
				said = fs[0].Err.Error()
			}
			bad("item %q was %v, is %v, should be %v, and the report said: %s", id, short(before), short(now), short(x.want[id]), said)
		}
	}
	if written < rep.Written || written > rep.Written+rep.Unsettled {
		bad("%d items arrived", written)
	}
	for id := range got {
		if x.items[id] == nil && !gocmp.Equal(got[id], x.before[id]) {
			bad("item %q is nobody's", id)
		}
	}
	if rep.Err == nil && rep.Read != int64(len(x.items)) {
		bad("%d items were read, of %d", rep.Read, len(x.items))
	}
	x.checkKind(t, rep, err, took, bad)
}

func (x *faultRun) checkKind(t *testing.T, rep *TableReport, err error, took time.Duration, bad func(string, ...any)) {
	t.Helper()
	switch x.kind {
	case passing:
		if err != nil {
			bad("a passing fault became an error")
		}
	case perItem:
		for id := range x.failures {
			if x.failures[id][0].Outcome == OutcomeFailed && !x.poison[id] {
				bad("item %q failed, and nothing is wrong with it", id)
			}
		}
		if rep.Err != nil {
			bad("an item ended the table")
		}
	case permanent:
		if x.hits.Load() > 0 && rep.Err == nil {
			bad("the table did not end")
		}
		if took > 12*time.Second {
			bad("it took %v to see that it is over", took)
		}
	}
}

func short(v any) string {
	s := fmt.Sprint(v)
	return s[:min(len(s), 200)]
}
