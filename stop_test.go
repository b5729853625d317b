package dynsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dynsync/dynsync/dynsynctest"
)

// slowed makes a server take so long for each request of some operations, and counts the
// reads.
func slowed(s *dynsynctest.Server, d time.Duration, reads *atomic.Int64, ops ...string) {
	for _, op := range ops {
		s.Control(op, func(r *dynsynctest.Request) dynsynctest.Action {
			if reads != nil {
				reads.Add(1)
			}
			return dynsynctest.Delay(d)
		})
	}
}

// Stop after some time, resume, and so on until the job is done: that is one uninterrupted
// copy, in which no item is read twice.
func TestStopAfterAndResumeUntilDoneIsOneCopy(t *testing.T) {
	if testing.Short() {
		t.Skip()
	}
	seed := rand.Uint64()
	for i := range 40 {
		rnd := rand.New(rand.NewPCG(seed, uint64(i)))
		t.Run(fmt.Sprintf("%d/%d", seed, i), func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) { stopUntilDone(t, w, rnd) })
		})
	}
}

// stopUntilDone draws a table and a sequence of times to stop after.
func stopUntilDone(t *testing.T, w *world, rnd *rand.Rand) {
	var reads atomic.Int64
	items := map[string]map[string]any{}
	for i, item := range users(1 + rnd.IntN(300)) {
		item["Age"] = i
		items[item["Id"].(string)] = item
	}
	w.fill(t, w.source, "Source", items)
	slowed(w.source, time.Duration(1+rnd.IntN(200))*time.Millisecond, &reads, "ExecuteStatement", "Scan")
	slowed(w.dest, time.Duration(rnd.IntN(400))*time.Millisecond, nil, "BatchWriteItem")
	size, segments := 1+rnd.IntN(30), rnd.IntN(9)
	table := []TableOption{clearCopy(), WithPageSize(size)}
	if segments > 0 {
		table = append(table, WithSegments(segments))
	}
	store, before := FileCheckpoint(t.TempDir()), int64(0)
	for run := 1; ; run++ {
		after := time.Duration(1 + rnd.Int64N(3e9))
		if run > 20 {
			after = time.Hour
		}
		s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey),
			WithCheckpoint(store), WithStopAfter(after), WithTable("Source", "Destination", table...))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		report, err := s.Sync(t.Context())
		rep := report.Tables[0]
		if rep.Unsettled != 0 || rep.Resumed != before || !rep.balanced() {
			t.Fatalf("run %d, after %v: %v", run, after, rep)
		}
		if took := time.Since(began); took > after+10*time.Second {
			t.Errorf("run %d, after %v: it took %v", run, after, took)
		}
		before += rep.Read
		if err == nil {
			break
		}
		if !errors.Is(err, ErrStopAfter) || ExitCode(err) != 6 || !strings.Contains(err.Error(), "run the job again to resume") {
			t.Fatalf("run %d, after %v: %v", run, after, err)
		}
	}
	if before != int64(len(items)) {
		t.Errorf("all runs read %d items, and the table has %d", before, len(items))
	}
	got := rawContents(t, w.plain, "Destination")
	for id, want := range recordsOf(t, slices.Collect(maps.Values(items))...) {
		if got[id] == nil || !got[id].Equal(want) {
			t.Errorf("%s: %v", id, got[id])
		}
	}
	if len(got) != len(items) {
		t.Errorf("%d items, want %d", len(got), len(items))
	}
	synctest.Wait()
}

// Without a checkpoint the error says what is lost, and later tables are not begun.
func TestStopAfterWithoutACheckpoint(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		items := map[string]map[string]any{}
		for _, item := range users(100) {
			items[item["Id"].(string)] = item
		}
		w.fill(t, w.source, "Source", items)
		slowed(w.source, time.Second, nil, "ExecuteStatement")
		s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey), WithStopAfter(5500*time.Millisecond),
			WithTable("Source", "Destination", clearCopy(), WithPageSize(10)), WithTable("Source", "Destination", WithName("Later"), clearCopy()))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		report, err := s.Sync(t.Context())
		first, later := report.Tables[0], report.Tables[1]
		if !errors.Is(err, ErrStopAfter) || ExitCode(err) != 6 || !strings.Contains(err.Error(), "copies the table from its beginning") {
			t.Errorf("exit code %d: %v", ExitCode(err), err)
		}
		if first.Written == 0 || first.Written != first.Read || first.Written == 100 || later.Read != 0 {
			t.Errorf("%v%v", first, later)
		}
		if took := time.Since(began); took > 6*time.Second {
			t.Errorf("it took %v", took)
		}
		if got := len(contents(t, w.plain, "Destination")); int64(got) != first.Written {
			t.Errorf("%d items, want %d", got, first.Written)
		}
		for rec, err := range s.Scan(t.Context(), "Source") { // the time is that of each call
			if rec != nil {
				continue
			}
			if !errors.Is(err, ErrStopAfter) {
				t.Error(err)
			}
		}
	})
}

// Items that failed before the time was over come first in the exit code. The error still
// is ErrStopAfter.
func TestStopAfterItemsFailed(t *testing.T) {
	for _, tt := range []struct {
		name  string
		table []TableOption
		code  int
	}{
		{"none fails", []TableOption{keepKey()}, 6},
		{"some fail", append(lossyRules()[:1:1], keepKey()), 4},
		{"some collide", lossyRules()[1:], 4},
		{"some do both", lossyRules(), 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.fillUsers(t, 100)
				slowed(w.source, time.Second, nil, "ExecuteStatement")
				s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey), WithStopAfter(8500*time.Millisecond),
					WithTable("Source", "Destination", append(tt.table, clearCopy(), WithPageSize(10))...))
				if err != nil {
					t.Fatal(err)
				}
				if report, err := s.Sync(t.Context()); ExitCode(err) != tt.code || !errors.Is(err, ErrStopAfter) {
					t.Errorf("exit code %d: %v\n%v", ExitCode(err), err, report)
				}
			})
		})
	}
}

// A request that is reading, or waits to be tried again, does not outlast the time.
func TestStopAfterCutsOffARequestThatReads(t *testing.T) {
	for name, action := range map[string]dynsynctest.Action{"hangs": dynsynctest.Hang(), "is throttled": dynsynctest.Throttle()} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.fill(t, w.source, "Source", map[string]map[string]any{"a": {"Id": "a"}})
				var requests atomic.Int64
				w.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action {
					if requests.Add(1) == 1 { // of the preflight
						return dynsynctest.Action{}
					}
					return action
				})
				s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey), WithStopAfter(3*time.Second),
					WithTable("Source", "Destination", clearCopy()))
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				_, err = s.Sync(t.Context())
				if took := time.Since(began); !errors.Is(err, ErrStopAfter) || took > 3*time.Second+time.Millisecond {
					t.Errorf("%v, after %v", err, took)
				}
			})
		})
	}
}

// A request that is cut off does not stop the other readers of the table: what they have
// read waits for slow writes, and is written.
func TestStopAfterCutsOffOneReaderOfTwo(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.fillUsers(t, 1000)
		var hung, others, probes atomic.Int64
		w.source.Control("Scan", func(r *dynsynctest.Request) dynsynctest.Action {
			var in struct{ Segment int }
			if err := json.Unmarshal(r.Body, &in); err != nil {
				t.Error(err)
			}
			switch {
			case probes.Add(1) <= 2: // of the preflight
				return dynsynctest.Action{}
			case in.Segment == 0:
				hung.Add(1)
				return dynsynctest.Hang()
			}
			others.Add(1)
			return dynsynctest.Action{}
		})
		slowed(w.dest, 10*time.Second, nil, "BatchWriteItem")
		s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey), WithStopAfter(3*time.Second),
			WithWorkers(1), WithWriteConcurrency(1), WithTable("Source", "Destination", clearCopy(), WithSegments(2), WithPageSize(10)))
		if err != nil {
			t.Fatal(err)
		}
		report, err := s.Sync(t.Context())
		rep := report.Tables[0]
		if !errors.Is(err, ErrStopAfter) || rep.Unsettled != 0 || rep.Read == 0 || rep.Written != rep.Read || rep.Read != 10*rep.Pages || !rep.balanced() {
			t.Errorf("%v\n%v", err, report)
		}
		if hung.Load() != 1 || others.Load() != rep.Pages || rep.Pages > 40 { // 500 items are of a segment
			t.Errorf("%d requests hung, and %d did not, for %d pages", hung.Load(), others.Load(), rep.Pages)
		}
		if got := len(rawContents(t, w.plain, "Destination")); int64(got) != rep.Read {
			t.Errorf("%d items, want %d", got, rep.Read)
		}
	})
}

// What ended the context is told, with the length of the time that the call had.
func TestWhatEndedTheContextIsTold(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(context.Context) (context.Context, context.CancelFunc)
		want string
	}{
		{"deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 1500*time.Millisecond)
		}, "the context's deadline passed, 1.5s after the call began"},
		{"deadline with a cause", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeoutCause(ctx, 20*time.Second, errors.New("canary"))
		}, "the context's deadline passed, 20s after the call began"},
		{"cancelled", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(time.Second, func() { cancel(errors.New("canary")) })
			return ctx, func() { cancel(nil) }
		}, "the context was cancelled"},
		{"deadline of another call", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithDeadline(ctx, time.Now().Add(-time.Second))
		}, "the context's deadline had passed before the call began"},
	} {
		for place, slow := range map[string]string{"preflight": "DescribeTable", "read": "ExecuteStatement", "write": "BatchWriteItem"} {
			t.Run(tt.name+", "+place, func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					w.fill(t, w.source, "Source", map[string]map[string]any{"a": {"Id": "a"}})
					for _, s := range []*dynsynctest.Server{w.source, w.dest} {
						s.Control(slow, func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Hang() })
					}
					s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey), WithTable("Source", "Destination", clearCopy()))
					if err != nil {
						t.Fatal(err)
					}
					ctx, cancel := tt.end(t.Context())
					defer cancel()
					_, err = s.Sync(ctx)
					_, planErr := s.Plan(ctx)
					if err == nil || !strings.HasSuffix(err.Error(), ": "+tt.want) || ExitCode(err) != 6 || leaks(err.Error()) || !errors.Is(err, ctx.Err()) {
						t.Errorf("exit code %d: %v", ExitCode(err), err)
					}
					if !strings.Contains(planErr.Error(), "context") || ExitCode(planErr) != 6 {
						t.Errorf("Plan: %v", planErr)
					}
				})
			})
		}
	}
}
