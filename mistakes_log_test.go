package dynsync

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dynsync/dynsync/dynsynctest"
)

// Mistakes about the time of a call, and what its end says of them.
func TestMistakesAboutTime(t *testing.T) {
	within := func(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
		return func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, d) }
	}
	none := func(ctx context.Context) (context.Context, context.CancelFunc) { return ctx, func() {} }
	checkpointed := func(t *testing.T) Option { return WithCheckpoint(FileCheckpoint(t.TempDir())) }
	stop := func(d time.Duration) func(*testing.T) Option {
		return func(*testing.T) Option { return WithStopAfter(d) }
	}
	for _, tt := range []struct {
		mistake string
		context func(context.Context) (context.Context, context.CancelFunc)
		opts    []func(*testing.T) Option
		must    string
		mustNot string
	}{
		{"a deadline shorter than the copy", within(time.Second), nil, "table Source: sync: the context's deadline passed, 1s after the call began", "cancelled"},
		{"the same with a checkpoint", within(2 * time.Second), []func(*testing.T) Option{checkpointed}, "the context's deadline passed, 2s after the call began", "cancelled"},
		{"a deadline in the preflight", within(time.Millisecond), nil, "preflight: the context's deadline passed, 1ms after the call began", "does not exist"},
		{"a context of an earlier request", within(-time.Hour), nil, "the context's deadline had passed before the call began", "after the call"},
		{"a cancellation", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		}, nil, "the context was cancelled", "deadline"},
		{"a cancellation with a cause", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			time.AfterFunc(time.Second, func() { cancel(errors.New("canary")) })
			return ctx, func() { cancel(nil) }
		}, nil, "the context was cancelled", "canary"},
		{"a deadline with a cause", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeoutCause(ctx, 3*time.Second, errors.New("canary"))
		}, nil, "the context's deadline passed, 3s after the call began", "canary"},
		{"WithStopAfter shorter than the preflight", none, []func(*testing.T) Option{stop(time.Nanosecond)}, "sync: the time of WithStopAfter is over", "context"},
		{"WithStopAfter without a checkpoint", none, []func(*testing.T) Option{stop(3 * time.Second)}, "without WithCheckpoint, a later run copies the table from its beginning", "to resume"},
		{"WithStopAfter with a checkpoint", none, []func(*testing.T) Option{stop(3 * time.Second), checkpointed}, "the time of WithStopAfter is over; run the job again to resume", "beginning"},
		{"WithStopAfter longer than the deadline", within(2 * time.Second), []func(*testing.T) Option{stop(time.Hour)}, "the context's deadline passed, 2s after the call began", "WithStopAfter"},
	} {
		t.Run(tt.mistake, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				items := map[string]map[string]any{}
				for _, item := range users(20) {
					items[item["Id"].(string)] = item
				}
				w.fill(t, w.source, "Source", items)
				w.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Delay(400 * time.Millisecond) })
				w.source.Control("DescribeTable", func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Delay(10 * time.Millisecond) })
				log := &logged{}
				opts := []Option{WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey), log.option(), WithTable("Source", "Destination", clearCopy(), WithPageSize(1))}
				for _, o := range tt.opts {
					opts = append(opts, o(t))
				}
				s, err := New(opts...)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := tt.context(t.Context())
				defer cancel()
				report, err := s.Sync(ctx)
				if err == nil || !strings.Contains(err.Error(), tt.must) || strings.Contains(err.Error(), tt.mustNot) || ExitCode(err) != 6 {
					t.Errorf("exit code %d: %v", ExitCode(err), err)
				}
				if lost := report.Tables[0].lostItems(); lost > 0 {
					t.Errorf("%d items failed", lost)
				}
				end := log.of("run.end")[0]
				if end.Level != slog.LevelWarn || !strings.Contains(attr(end, "error"), tt.must) || attr(end, "outcome") != "stopped" {
					t.Errorf("%v", end)
				}
			})
		})
	}
}

// Mistakes in the options are told by New.
func TestMistakesInOptionsOfTimeAndLog(t *testing.T) {
	t.Parallel()
	for want, opt := range map[string]Option{
		"WithStopAfter must be more than 0, not 0s":    WithStopAfter(0),
		"WithStopAfter must be more than 0, not -1m0s": WithStopAfter(-time.Minute),
		"WithLogger needs a logger":                    WithLogger(nil),
	} {
		_, err := New(WithTable("Source", "Destination"), opt)
		if err == nil || !strings.Contains(err.Error(), want) || ExitCode(err) != 2 {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// A destination that takes little is what the progress tells of, before the reading has
// ended and after.
func TestProgressIsThatOfTheSlowerSide(t *testing.T) {
	for name, tt := range map[string]struct {
		read, write time.Duration // of a request
		rate        float64       // items a second
	}{
		"writing is slow":        {10 * time.Millisecond, 5 * time.Second, 5},
		"reading is slow":        {5 * time.Second, 10 * time.Millisecond, 10},
		"both are slow":          {2 * time.Second, 10 * time.Second, 2.5},
		"writing is much slower": {time.Millisecond, 20 * time.Second, 1.25},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				items := map[string]map[string]any{}
				for _, item := range users(500) {
					items[item["Id"].(string)] = item
				}
				w.fill(t, w.source, "Source", items)
				w.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Delay(tt.read) })
				w.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Delay(tt.write) })
				var mu sync.Mutex
				var told []Progress
				s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey), WithWriteConcurrency(1), WithWorkers(1),
					WithTable("Source", "Destination", clearCopy(), WithPageSize(50)),
					WithOnProgress(func(p Progress) {
						mu.Lock()
						defer mu.Unlock()
						told = append(told, p)
					}))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := s.Sync(t.Context()); err != nil {
					t.Fatal(err)
				}
				wantProgress(t, told, tt.rate)
			})
		})
	}
}

// wantProgress compares progress with how the run went: in its second half, the fraction is
// what was settled, and the time left is what it took within a factor of two.
func wantProgress(t *testing.T, told []Progress, rate float64) {
	t.Helper()
	took := told[len(told)-1].Table.Duration
	var sum float64
	var n int
	for _, p := range told[len(told)/2 : len(told)-1] {
		sum, n = sum+p.ItemsPerSecond, n+1
		left := took - p.Table.Duration
		if p.Remaining > 0 && left > took/10 && (p.Remaining < left/2 || p.Remaining > left*2) {
			t.Errorf("%v: %v, and it took %v more", p.Table.Duration, p, left)
		}
		if settled := float64(p.Table.Written) / 500; p.Fraction > 0 && (p.Fraction < settled*0.98 || p.Fraction > settled*1.02) {
			t.Errorf("%v: %v, and %v of the table is written", p.Table.Duration, p, settled)
		}
	}
	if mean := sum / float64(n); rate > 0 && (mean < rate*0.8 || mean > rate*1.25) {
		t.Errorf("%.2f items/s on the mean, want %v", mean, rate)
	}
	if zero := slices.IndexFunc(told[len(told)/2:], func(p Progress) bool { return p.Remaining == 0 && !p.Done && p.Fraction < 0.9 }); zero >= 0 {
		t.Errorf("no time left: %v", told[len(told)/2+zero])
	}
	last := told[len(told)-1]
	if last.Fraction != 1 || !strings.HasPrefix(last.String(), "Source: done, read 500 = written 500") {
		t.Errorf("at the end: %v, %v done", last, last.Fraction)
	}
}

// The text of a progress is a line that people read.
func TestProgressAsText(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]Progress{
		"Users: read 0, written 0, 0 items/s": {Table: TableReport{Table: "Users"}},
		"Users: read 630, written 225, 36%, 45 items/s, 9s left, 3 retries, throttled 12 times": {
			Table:          TableReport{Table: "Users", Read: 630, Written: 225, Retries: 3, Throttles: map[string]int64{"a": 5, "b": 7}},
			ItemsPerSecond: 45.2, Fraction: 0.357, Remaining: 9 * time.Second,
		},
		"Users: read 10, written 1, filtered 2, failed 3, collided 4, existing 5, resumed 6, 1 items/s": {
			Table: TableReport{Table: "Users", Read: 10, Written: 1, Filtered: 2, Failed: 3, Collided: 4, Existing: 5, Resumed: 6}, ItemsPerSecond: 1,
		},
		"Users: done, read 2 = written 1 + filtered 0 + failed 1 in 1.5s": {
			Table: TableReport{Table: "Users", Read: 2, Written: 1, Failed: 1, Duration: 1500 * time.Millisecond}, Done: true,
		},
		"Users: ended early, read 2 = written 1 + filtered 0 + failed 0 + unsettled 1 in 1s": {
			Table: TableReport{Table: "Users", Read: 2, Written: 1, Unsettled: 1, Duration: time.Second, Err: errors.New("canary")}, Done: true,
		},
	} {
		if got := p.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
