package dynsync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/logrec"
)

// A logged is a log, record by record.
type logged struct {
	mu      sync.Mutex
	records []slog.Record
}

func (l *logged) Enabled(context.Context, slog.Level) bool { return true }
func (l *logged) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *logged) WithGroup(string) slog.Handler            { return l }

func (l *logged) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, r)
	return nil
}

// option returns the option by which a job writes the log.
func (l *logged) option() Option { return WithLogger(slog.New(l)) }

// of returns the records of a name.
func (l *logged) of(name string) (found []slog.Record) {
	for _, r := range l.records {
		if r.Message == logrec.Prefix+name {
			found = append(found, r)
		}
	}
	return found
}

// attr returns an attribute of a record as text, or "".
func attr(r slog.Record, name string) (text string) {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == name {
			text = a.Value.String()
		}
		return true
	})
	return text
}

// check compares the log of one call with the table of records: names, levels, attributes
// and their types, the order, and that no value is in it. It returns the names.
func (l *logged) check(t *testing.T) map[string]bool {
	t.Helper()
	names, open := map[string]bool{}, map[string]int{}
	for i, r := range l.records {
		name := strings.TrimPrefix(r.Message, logrec.Prefix)
		names[name] = true
		at := slices.IndexFunc(logrec.Records, func(of *logrec.Record) bool { return logrec.Prefix+of.Name == r.Message })
		if at < 0 {
			t.Errorf("%q is in no table", r.Message)
			continue
		}
		compareRecord(t, logrec.Records[at], r)
		if (name == "run.start") != (i == 0) || (name == "run.end") != (i == len(l.records)-1) {
			t.Errorf("record %d of %d is %s", i, len(l.records), name)
		}
		switch table := attr(r, "table"); name {
		case "table.start":
			open[table]++
		case "table.end":
			open[table] += 10
		}
	}
	for table, n := range open {
		if n != 11 {
			t.Errorf("%s: not one table.start and one table.end (%d)", table, n)
		}
	}
	return names
}

// compareRecord compares a record with the table.
func compareRecord(t *testing.T, want *logrec.Record, r slog.Record) {
	t.Helper()
	if !slices.Contains(want.Levels, r.Level) {
		t.Errorf("%s: the level %v", want.Name, r.Level)
	}
	left := map[string]logrec.Attr{}
	for _, a := range slices.Concat(logrec.Every, want.Attrs) {
		left[a.Name] = a
	}
	r.Attrs(func(a slog.Attr) bool {
		of, ok := left[a.Key]
		if !ok || a.Value.Kind() != of.Kind || leaks(a.Value.String()) {
			t.Errorf("%s: the attribute %s is a %v of %q", want.Name, a.Key, a.Value.Kind(), a.Value)
		}
		delete(left, a.Key)
		return true
	})
	for name, a := range left {
		if !a.Rare {
			t.Errorf("%s: there is no attribute %s", want.Name, name)
		}
	}
	if r.Level >= slog.LevelWarn && (want == logrec.TableEnd || want == logrec.RunEnd) && attr(r, "error") == "" || r.Level >= slog.LevelError && want != logrec.Finding && attr(r, "remedy") == "" {
		t.Errorf("%s: %v without an error or a remedy", want.Name, r.Level)
	}
}

// A logJob is a job whose log is compared with the table, and how it has to end.
type logJob struct {
	name  string
	opts  []Option
	table []TableOption
	edit  func(*testing.T, *world) // of the servers
	run   func(context.Context, *Syncer) error
	level slog.Level
	want  string // a part of the last record: "outcome, exit code"
}

// syncs calls Sync.
func syncs(ctx context.Context, s *Syncer) error {
	_, err := s.Sync(ctx)
	return err
}

// canaries are records with values that no log may hold.
func canaries(n int, end error) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		for i := range n {
			rec, err := NewRecord(map[string]any{"Id": fmt.Sprint("canary-", i), "Name": "canary"})
			if err != nil || !yield(rec, nil) {
				return
			}
		}
		if end != nil {
			yield(nil, end)
		}
	}
}

// control makes a server do something with an operation.
func control(dest bool, op string, a dynsynctest.Action) func(*testing.T, *world) {
	return func(_ *testing.T, w *world) {
		s := w.source
		if dest {
			s = w.dest
		}
		s.Control(op, func(*dynsynctest.Request) dynsynctest.Action { return a })
	}
}

// panics calls fn, which panics or ends its goroutine.
func panics(fn func()) {
	var all sync.WaitGroup
	all.Go(func() {
		defer func() { _ = recover() }()
		fn()
	})
	all.Wait()
}

var logJobs = []logJob{
	{name: "copied", want: "done, 0"},
	{name: "denied reading", edit: control(false, "ExecuteStatement", dynsynctest.Deny("dynamodb:PartiQLSelect")), level: slog.LevelError, want: "failed, 3"},
	{name: "denied writing", edit: control(true, "BatchWriteItem", dynsynctest.Deny("dynamodb:BatchWriteItem")), level: slog.LevelError, want: "failed, 3"},
	{name: "the preflight fails", edit: control(true, "DescribeTable", dynsynctest.Fail(400, "ResourceNotFoundException", "canary")), level: slog.LevelError, want: "failed, 2"},
	{name: "items fail", table: []TableOption{WithTransform("Age", Reject())}, level: slog.LevelError, want: "items failed, 4"},
	{name: "an item leaks", table: []TableOption{WithLeakCheck(), WithTransform("Copy", Passthrough()), WithDefaultTransform(Constant("x")), WithRecordTransform(func(_ context.Context, r *Record) error {
		return r.Set("Other", "canary of Ann")
	})}, level: slog.LevelError, want: "items failed, 5"},
	{name: "segments", table: []TableOption{WithSegments(4)}, want: "done, 0"},
	{name: "the context is cancelled", edit: control(true, "BatchWriteItem", dynsynctest.Delay(time.Minute)), run: func(ctx context.Context, s *Syncer) error {
		ctx, cancel := context.WithCancelCause(ctx)
		time.AfterFunc(time.Second, func() { cancel(errors.New("canary")) })
		return syncs(ctx, s)
	}, level: slog.LevelWarn, want: "stopped, 6"},
	{name: "the deadline passes in the preflight", edit: control(false, "DescribeTable", dynsynctest.Hang()), run: func(ctx context.Context, s *Syncer) error {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		return syncs(ctx, s)
	}, level: slog.LevelWarn, want: "stopped, 6"},
	{name: "WithStopAfter", opts: []Option{WithStopAfter(time.Second)}, table: []TableOption{WithPageSize(1)}, edit: control(false, "ExecuteStatement", dynsynctest.Delay(300*time.Millisecond)), level: slog.LevelWarn, want: "stopped, 6"},
	{name: "WithMaxCapacity", opts: []Option{WithMaxCapacity(0.5)}, table: []TableOption{WithPageSize(1)}, level: slog.LevelWarn, want: "stopped, 6"},
	{name: "throttled for minutes", opts: []Option{WithGiveUpAfter(time.Hour)}, edit: func(_ *testing.T, w *world) {
		began := time.Now()
		w.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
			if time.Since(began) > 3*time.Minute {
				return dynsynctest.Action{}
			}
			return dynsynctest.Throttle()
		})
	}, want: "done, 0"},
	{name: "throttled for too long", opts: []Option{WithGiveUpAfter(10 * time.Second)}, edit: control(true, "BatchWriteItem", dynsynctest.Throttle()), level: slog.LevelError, want: "failed, 6"},
	{name: "a finding", edit: control(false, "DescribeTimeToLive", dynsynctest.Deny("dynamodb:DescribeTimeToLive")), want: "done, 0"},
	{name: "a callback returns an error", table: []TableOption{WithTransform("Age", Reject())}, opts: []Option{WithOnFailure(func(context.Context, Failure) error { return errors.New("canary") })}, level: slog.LevelError, want: "failed, 4"},
	{name: "a callback ends its goroutine", table: []TableOption{WithTransform("Age", Reject())}, opts: []Option{WithOnFailure(func(context.Context, Failure) error { runtime.Goexit(); return nil })}, level: slog.LevelError, want: "failed, "},
	{name: "no destination", run: func(ctx context.Context, s *Syncer) error {
		_, err := s.Write(ctx, "Nobody", canaries(1, nil))
		return err
	}, level: slog.LevelError, want: "failed, 2"},
	{name: "Write", run: func(ctx context.Context, s *Syncer) error {
		_, err := s.Write(ctx, "Source", canaries(3, nil))
		return err
	}, want: "done, 0"},
	{name: "the stream of Write fails", run: func(ctx context.Context, s *Syncer) error {
		_, err := s.Write(ctx, "Source", canaries(3, errors.New("canary")))
		return err
	}, level: slog.LevelError, want: "failed, 1"},
	{name: "the stream of Write panics", run: func(ctx context.Context, s *Syncer) error {
		panics(func() { _, _ = s.Write(ctx, "Source", func(func(*Record, error) bool) { panic("canary") }) })
		return nil
	}, level: slog.LevelError, want: "panicked, 1"},
	{name: "the stream of Write ends its goroutine", run: func(ctx context.Context, s *Syncer) error {
		panics(func() { _, _ = s.Write(ctx, "Source", func(func(*Record, error) bool) { runtime.Goexit() }) })
		return nil
	}, level: slog.LevelError, want: "panicked, 1"},
	{name: "Scan", run: func(ctx context.Context, s *Syncer) error {
		for range s.Scan(ctx, "Source") {
		}
		return nil
	}, want: "done, 0"},
	{name: "Transformed, left", run: func(ctx context.Context, s *Syncer) error {
		for range s.Transformed(ctx, "Source") {
			break
		}
		return nil
	}, want: "done, 0"},
	{name: "Transformed, panics", run: func(ctx context.Context, s *Syncer) error {
		panics(func() {
			for range s.Transformed(ctx, "Source") {
				panic("canary")
			}
		})
		return nil
	}, level: slog.LevelError, want: "panicked, 1"},
	{name: "Scan is denied", edit: control(false, "ExecuteStatement", dynsynctest.Deny("dynamodb:PartiQLSelect")), run: func(ctx context.Context, s *Syncer) (err error) {
		for _, err = range s.Scan(ctx, "Source") {
		}
		return err
	}, level: slog.LevelError, want: "failed, 3"},
}

// The records of all sorts of jobs are those of the table, and each record of the table
// is logged by one of them.
func TestLogsAreTheTable(t *testing.T) {
	seen := map[string]bool{}
	for _, job := range logJobs {
		t.Run(job.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				items := map[string]map[string]any{}
				for i := range 12 {
					id := fmt.Sprint("canary-", i)
					items[id] = map[string]any{"Id": id, "Name": "canary of Ann", "Age": i}
				}
				w.fill(t, w.source, "Source", items)
				if job.edit != nil {
					job.edit(t, w)
				}
				log := &logged{}
				s, err := New(append([]Option{WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey), log.option(),
					WithTable("Source", "Destination", append([]TableOption{keepKey(), WithWriteCapacity(Unlimited())}, job.table...)...)}, job.opts...)...)
				if err != nil {
					t.Fatal(err)
				}
				if job.run == nil {
					job.run = syncs
				}
				err = job.run(t.Context(), s)
				for name := range log.check(t) {
					seen[name] = true
				}
				last := log.records[len(log.records)-1]
				got := attr(last, "outcome") + ", " + attr(last, "exit_code")
				if last.Level != job.level || !strings.HasPrefix(got, job.want) {
					t.Errorf("%v %s (%v), want %v %s", last.Level, got, err, job.level, job.want)
				}
				if _, planErr := s.Plan(t.Context()); planErr == nil && len(log.of("run.end")) != 1 {
					t.Errorf("%d records of the end", len(log.of("run.end")))
				}
			})
		})
	}
	if t.Run("resume", func(t *testing.T) { logOfAResumedJob(t, seen) }); !t.Failed() {
		for _, r := range logrec.Records {
			if !seen[r.Name] {
				t.Errorf("no job logs %s", r.Name)
			}
		}
	}
}

// logOfAResumedJob looks at the log of a run that goes on where one ended, and of Replay.
func logOfAResumedJob(t *testing.T, seen map[string]bool) {
	inBubble(t, func(t *testing.T, w *world) {
		items := map[string]map[string]any{}
		for i, item := range users(10) {
			item["Age"] = i
			items[item["Id"].(string)] = item
		}
		w.fill(t, w.source, "Source", items)
		w.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Delay(time.Second) })
		dir := t.TempDir()
		var failing atomic.Bool
		opts := []Option{WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey), WithCheckpoint(FileCheckpoint(dir), RulesVersion("1")),
			WithTable("Source", "Destination", WithPageSize(2), keepKey(), WithTransform("Age", Func(func(_ context.Context, n int) (int, error) {
				if failing.CompareAndSwap(true, false) {
					return 0, errors.New("canary")
				}
				return n, nil
			})))}
		for i, want := range []string{"stopped", "items failed", "done"} {
			log := &logged{}
			more := []Option{log.option(), WithDeadLetters(filepath.Join(dir, "dead"))}
			if i == 0 {
				more = append(more, WithStopAfter(4*time.Second))
			}
			if i == 2 {
				more[1] = WithDeadLetters(filepath.Join(dir, "dead again"))
			}
			s, err := New(append(opts, more...)...)
			if err != nil {
				t.Fatal(err)
			}
			failing.Store(i == 1) // the first item
			if i < 2 {
				_, err = s.Sync(t.Context())
			} else {
				_, err = s.Replay(t.Context(), filepath.Join(dir, "dead"))
			}
			for name := range log.check(t) {
				seen[name] = true
			}
			if got := attr(log.records[len(log.records)-1], "outcome"); got != want {
				t.Errorf("%s, want %s: %v", got, want, err)
			}
			if resumed := len(log.of("resume")); resumed != i%2 {
				t.Errorf("run %d: %d records of resuming", i, resumed)
			}
		}
	})
}

// Throttling is logged the first time, and then each minute.
func TestThrottlingIsLoggedEachMinute(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.fill(t, w.source, "Source", map[string]map[string]any{"a": {"Id": "a"}})
		began := time.Now()
		w.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
			if time.Since(began) > 5*time.Minute {
				return dynsynctest.Action{}
			}
			return dynsynctest.Throttle()
		})
		log := &logged{}
		s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithGiveUpAfter(time.Hour), log.option(), WithTable("Source", "Destination", clearCopy()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		throttles, progress := log.of("throttle"), log.of("table.progress")
		if len(throttles) < 4 || len(throttles) > 6 || len(progress) != 5 {
			t.Errorf("%d records of throttling, %d of progress in 5 minutes", len(throttles), len(progress))
		}
		for i, r := range throttles {
			if i > 0 && r.Time.Sub(throttles[i-1].Time) < logrec.Again || attr(r, "side") != "destination" || attr(r, "reason") == "" {
				t.Errorf("%v: %s, %s", r.Time, attr(r, "side"), attr(r, "reason"))
			}
		}
	})
}

// The log of a night over 200 tables: one start and one end, the seven tables that fail
// at ERROR, with their errors, and no other. LOG200 names a file to write it to.
func TestLogOfANightOf200Tables(t *testing.T) {
	t.Parallel()
	log := &logged{}
	handler := slog.Handler(log)
	if path := os.Getenv("LOG200"); path != "" {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		handler = logTo{log, slog.NewTextHandler(io.Writer(f), nil)}
	}
	_, _ = nightOf200(t, WithLogger(slog.New(handler))).Sync(t.Context())
	log.check(t)
	failed := map[string]bool{}
	for _, r := range log.of("table.end") {
		if r.Level != slog.LevelInfo {
			failed[attr(r, "table")] = true
		}
	}
	for i := range nightTables {
		if failed[nightName(i)] != (nightFailures[i] != "") {
			t.Errorf("%s: failed is %v", nightName(i), failed[nightName(i)])
		}
	}
	end := log.records[len(log.records)-1]
	if attr(end, "tables") != "200" || attr(end, "tables_failed") != "7" || end.Level != slog.LevelError {
		t.Errorf("%v, %s tables, %s failed", end.Level, attr(end, "tables"), attr(end, "tables_failed"))
	}
}

// A logTo is a log that is also written.
type logTo struct {
	*logged
	to slog.Handler
}

func (b logTo) Handle(ctx context.Context, r slog.Record) error {
	return errors.Join(b.logged.Handle(ctx, r), b.to.Handle(ctx, r))
}
