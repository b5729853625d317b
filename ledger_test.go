package dynsync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/checkpoint"
)

// A nightly is a job with a checkpoint in a bubble. It reads one item a page, in
// one order.
type nightly struct {
	w     *world
	store *memoryStore
	opts  []Option
	table []TableOption
}

func newNightly(w *world) *nightly { return &nightly{w: w, store: &memoryStore{}} }

func (n *nightly) syncer(t *testing.T, opts ...Option) *Syncer {
	t.Helper()
	all := append([]Option{WithSource(n.w.client(n.w.source)), WithDestination(n.w.client(n.w.dest)), WithKey(testKey), WithWorkers(1), WithWriteConcurrency(1),
		WithCheckpoint(n.store), withRulesVersion("1"),
		WithTable("Source", "Destination", append([]TableOption{WithPageSize(1), clearCopy()}, n.table...)...)}, append(n.opts, opts...)...)
	s, err := New(all...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// breakAfter makes the source refuse reads after that many pages of a run.
func (n *nightly) breakAfter(pages int) (mend func()) {
	reads := 0
	return n.w.source.Control("ExecuteStatement", func(*dynsynctest.Request) (a dynsynctest.Action) {
		if reads++; reads > pages+1 { // the preflight reads, too
			a = dynsynctest.Deny("dynamodb:PartiQLSelect")
		}
		return a
	})
}

// numbered returns n items. Those in bad have the attribute Bad.
func numbered(n int, bad func(int) bool) map[string]map[string]any {
	items := map[string]map[string]any{}
	for i := range n {
		id := fmt.Sprintf("id-%03d", i)
		items[id] = map[string]any{"Id": id, "n": i}
		if bad(i) {
			items[id]["Bad"] = true
		}
	}
	return items
}

// TestAResumedJobRemembersWhatFailed interrupts a job behind every number of pages, and
// again, and compares the last run's account of the job with that of a run in peace.
func TestAResumedJobRemembersWhatFailed(t *testing.T) {
	t.Parallel()
	const items = 12
	lower := func(_ context.Context, s string) (string, error) { return s[:4] + s[5:], nil } // of id-000 to id-011, the pairs of 000 and 010, 001 and 011 collide
	tests := []struct {
		reason string
		table  []TableOption
		refuse string // a key that DynamoDB refuses
		want   Outcomes
	}{
		{"a rule rejects items", []TableOption{WithTransform("Bad", Reject())}, "", Outcomes{Read: 12, Written: 8, Failed: 4}},
		{"a transformer fails", []TableOption{WithTransform("Bad", Func(func(context.Context, bool) (bool, error) { return false, errors.New("no") }))}, "", Outcomes{Read: 12, Written: 8, Failed: 4}},
		{"a record transform fails", []TableOption{WithMode(ModeInsert), WithRecordTransform(func(_ context.Context, r *Record) error {
			if _, bad := r.Get("Bad"); bad {
				return errors.New("no")
			}
			return nil
		})}, "", Outcomes{Read: 12, Written: 8, Failed: 4}},
		{"an item that leaks", []TableOption{WithLeakCheck(), WithTransform("n", Func(func(_ context.Context, n int) (string, error) { return "x", nil })),
			WithTransform("Copy", Passthrough(), Optional()), WithTransform("Bad", Reject())}, "", Outcomes{Read: 12, Written: 8, Failed: 4}},
		{"DynamoDB refuses an item", nil, "id-005", Outcomes{Read: 12, Written: 11, Failed: 1}},
		{"items are filtered", []TableOption{WithFilter(func(r *Record) bool { _, bad := r.Get("Bad"); return !bad })}, "", Outcomes{Read: 12, Written: 8, Filtered: 4}},
		{"items collide, put", []TableOption{WithTransform("Id", Func(lower), AllowCollisions())}, "", Outcomes{Read: 12, Written: 10, Collided: 2}},
		{"items collide, insert", []TableOption{WithMode(ModeInsert), WithTransform("Id", Func(lower), AllowCollisions())}, "", Outcomes{Read: 12, Written: 10, Collided: 2}},
		{"items collide and fail", []TableOption{WithTransform("Bad", Reject()), WithTransform("Id", Func(lower), AllowCollisions())}, "", Outcomes{}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			want := tt.want
			for k := 0; k < items; k++ {
				inBubble(t, func(t *testing.T, w *world) {
					w.fill(t, w.source, "Source", numbered(items, func(i int) bool { return i%3 == 0 }))
					if tt.refuse != "" {
						defer w.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) (a dynsynctest.Action) {
							if strings.Contains(string(r.Body), tt.refuse) {
								a = dynsynctest.Fail(400, "ValidationException", "")
							}
							return a
						})()
					}
					n := newNightly(w)
					n.table = tt.table
					if want == (Outcomes{}) {
						alone := &nightly{w: w, store: &memoryStore{}, table: tt.table}
						report, _ := alone.syncer(t).Sync(t.Context())
						want = report.Tables[0].Job
						return
					}
					mend := n.breakAfter(k)
					first, err := n.syncer(t).Sync(t.Context())
					if err == nil || first.Tables[0].Err == nil || first.Tables[0].Job.Read > int64(k) {
						t.Fatalf("k=%d: %v\n%v", k, err, first)
					}
					mend()
					mend = n.breakAfter(1)
					_, _ = n.syncer(t).Sync(t.Context())
					mend()
					report, err := n.syncer(t).Sync(t.Context())
					rep := report.Tables[0]
					lost := want.lost()
					var failed *ItemsFailedError
					if rep.Job != want || errors.As(err, &failed) != (lost > 0) || rep.Err != nil || rep.Unsettled != 0 {
						t.Errorf("k=%d: want %v: %v\n%v", k, want, err, report)
					}
					if lost > 0 && rep.Failed+rep.Collided < lost && !strings.Contains(err.Error(), "in all runs of the job") {
						t.Errorf("k=%d: the error does not speak of the job: %v", k, err)
					}
					if n := rep.outcomes().lost() + int64(len(rep.LostBefore)); n != lost {
						t.Errorf("k=%d: %d keys of lost items, want %d", k, n, lost)
					}
					if text := fmt.Sprintf("%v %+v", report, rep.LostBefore); strings.Contains(text, "id-0") {
						t.Errorf("k=%d: the report prints a key: %s", k, text)
					}
					if n.store.data[checkpoint.Name(n.syncer(t).tables[0].cfg.name)] != nil {
						t.Errorf("k=%d: the job is complete, and its checkpoint is there", k)
					}
				})
			}
		})
	}
}

// The limit of failures is for each run: a job with more that fail goes on, run by run,
// and its account holds all of them.
func TestMaxFailuresBoundsOneRun(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		w.fill(t, w.source, "Source", numbered(9, func(int) bool { return true }))
		n := newNightly(w)
		n.table, n.opts = []TableOption{WithTransform("Bad", Reject())}, []Option{WithMaxFailures(2)}
		for run := 1; ; run++ {
			report, err := n.syncer(t).Sync(t.Context())
			rep := report.Tables[0]
			if rep.Err == nil {
				if rep.Job.Failed != 9 || err == nil || run < 3 {
					t.Errorf("run %d: %v\n%v", run, err, report)
				}
				return
			}
			if rep.Failed != 3 || run > 9 {
				t.Fatalf("run %d: %v\n%v", run, err, report)
			}
		}
	})
}

// Of many lost items a checkpoint keeps some keys, and counts all.
func TestCheckpointBoundsLostKeys(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ items, size, want int }{{100, 0, 64}, {40, 1500, 10}} {
		inBubble(t, func(t *testing.T, w *world) {
			items := map[string]map[string]any{}
			for i := range tt.items {
				id := fmt.Sprintf("id-%03d", i) + strings.Repeat("x", tt.size)
				items[id] = map[string]any{"Id": id, "Bad": true}
			}
			w.fill(t, w.source, "Source", items)
			n := newNightly(w)
			n.table = []TableOption{WithTransform("Bad", Reject())}
			mend := n.breakAfter(tt.items - 1)
			_, _ = n.syncer(t).Sync(t.Context())
			mend()
			report, err := n.syncer(t).Sync(t.Context())
			rep := report.Tables[0]
			if err == nil || rep.Job.Failed != int64(tt.items) || len(rep.LostBefore) != tt.want {
				t.Errorf("%d keys, want %d: %v\n%v", len(rep.LostBefore), tt.want, err, report)
			}
			for _, f := range rep.LostBefore {
				if id, ok := f.Key.Get("Id"); !ok || id.Kind() != KindS || f.Outcome != OutcomeFailed || f.Table != "Source" {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// TestFreshness lets time pass between two runs of a job that has a table which fails.
func TestFreshness(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		opts   []CheckpointOption
		pass   time.Duration
		read   int64 // of the good table, by the second run
		note   string
	}{
		{"the next minute", nil, time.Minute, 0, "not read again"},
		{"just in time", nil, 12*time.Hour - time.Second, 0, "not read again"},
		{"the next night", nil, 24 * time.Hour, 3, "it is copied again"},
		{"exactly 12 hours", nil, 12 * time.Hour, 3, "it is copied again"},
		{"a longer time", []CheckpointOption{FreshFor(48 * time.Hour)}, 24 * time.Hour, 0, "not read again"},
		{"never", []CheckpointOption{FreshFor(0)}, 0, 3, "it is copied again"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				p := &pair{}
				p.create(t, w.client(w.source), "SourceBad")
				p.create(t, w.plain, "Bad")
				w.fill(t, w.source, "Source", numbered(3, func(i int) bool { return i == 0 }))
				w.fill(t, w.source, "SourceBad", numbered(2, func(int) bool { return false }))
				w.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) (a dynsynctest.Action) {
					if r.Table == "Bad" {
						a = dynsynctest.Deny("dynamodb:BatchWriteItem")
					}
					return a
				})
				n := newNightly(w)
				n.table = []TableOption{WithTransform("Bad", Reject())}
				n.opts = []Option{WithTable("SourceBad", "Bad"), WithCheckpoint(n.store, tt.opts...)}
				if report, _ := n.syncer(t).Sync(t.Context()); report.Tables[0].Failed != 1 || report.Tables[1].Err == nil {
					t.Fatal(report)
				}
				finished := time.Now()
				time.Sleep(tt.pass)
				report, err := n.syncer(t).Sync(t.Context())
				good := report.Tables[0]
				notes := findingsText(good.Findings)
				if good.Read != tt.read || !strings.Contains(notes, tt.note) || good.Job != (Outcomes{Read: 3, Written: 2, Failed: 1}) {
					t.Errorf("%v", report)
				}
				if when := finished.UTC().Format("2006-01-02T15:04"); !strings.Contains(notes, when) {
					t.Errorf("the notes do not say %s: %s", when, notes)
				}
				var failed *ItemsFailedError
				if !errors.As(err, &failed) {
					t.Errorf("the item that failed is forgotten: %v", err)
				}
			})
		})
	}
}

// A job that was changed starts over only where that is wanted, and says what changed.
func TestStartOver(t *testing.T) {
	t.Parallel()
	for _, over := range []bool{false, true} {
		inBubble(t, func(t *testing.T, w *world) {
			w.fill(t, w.source, "Source", numbered(4, func(i int) bool { return i == 0 }))
			n := newNightly(w)
			n.table = []TableOption{WithTransform("Bad", Reject())}
			mend := n.breakAfter(3)
			_, _ = n.syncer(t).Sync(t.Context())
			mend()
			n.table = append(n.table, WithTransform("n", Constant(nil)))
			if over {
				n.opts = []Option{WithCheckpoint(n.store, StartOver())}
			}
			report, err := n.syncer(t).Sync(t.Context())
			rep := report.Tables[0]
			if !over {
				if rep.Err == nil || !strings.Contains(err.Error(), "changed: the rules") || !strings.Contains(err.Error(), "StartOver") || rep.Read != 0 {
					t.Errorf("%v\n%v", err, report)
				}
				return
			}
			notes := findingsText(rep.Findings)
			if rep.Err != nil || rep.Job != (Outcomes{Read: 4, Written: 3, Failed: 1}) || rep.Read != 4 || !strings.Contains(notes, "the rules") {
				t.Errorf("%v\n%v", err, report)
			}
		})
	}
}
