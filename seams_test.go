package dynsync

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/checkpoint"
)

// These tests hold jobs, calls and tables against each other where each is right by
// itself.

// merging returns a pair with two tables, Source and SourceB, that have items of one key.
func merging(t *testing.T) *pair {
	p := newPair(t)
	p.fill(t, map[string]any{"Id": "x", "v": "of A"}, map[string]any{"Id": "y", "v": "of A"})
	p.create(t, p.source.Client(), "SourceB")
	p.fillTable(t, "SourceB", map[string]any{"Id": "x", "v": "of B"}, map[string]any{"Id": "z", "v": "of B"})
	return p
}

// A job that lacks a table with which it shared a destination would write over the items
// of that: it is refused, resumed or not, unless it is to be a new job.
func TestAJobThatLacksATableOfItsDestination(t *testing.T) {
	t.Parallel()
	for _, cut := range []string{"Source", "SourceB"} { // the table that does not end in the first run
		p := merging(t)
		store := &memoryStore{}
		a, b := WithTable("Source", "Destination"), WithTable("SourceB", "Destination")
		job := func(opts ...Option) (*Report, error) {
			return p.syncer(t, append(opts, WithKey(testKey), WithAllTables(clearCopy(), WithPageSize(1)))...).Sync(t.Context())
		}
		reads := 0
		remove := p.source.Control("ExecuteStatement", func(r *dynsynctest.Request) (act dynsynctest.Action) {
			if strings.Contains(string(r.Body), `\"`+cut+`\"`) {
				if reads++; reads > 2 {
					act = dynsynctest.Deny("dynamodb:PartiQLSelect")
				}
			}
			return act
		})
		if _, err := job(a, b, WithCheckpoint(store)); err == nil {
			t.Fatalf("%s: the first run was to end early", cut)
		}
		remove()
		before := contents(t, p.to, "Destination")
		report, err := job(b, WithCheckpoint(store))
		if after := contents(t, p.to, "Destination"); err == nil || after["x"]["v"] != before["x"]["v"] || len(after) != len(before) {
			t.Errorf("%s: %v\n%v", cut, err, report)
		}
		if report, err := job(b, WithCheckpoint(store, StartOver())); err != nil {
			t.Errorf("%s, a new job: %v\n%v", cut, err, report)
		}
	}
}

// A file of dead letters says how its job made keys: a job that makes others inserts only.
func TestReplayByAnotherJob(t *testing.T) {
	t.Parallel()
	fails := func(on *bool) TableOption {
		return WithTransform("v", Func(func(_ context.Context, v string) (string, error) {
			if *on && v == "bad" {
				return "", errors.New("bad")
			}
			return v, nil
		}))
	}
	tests := []struct {
		reason     string
		tables     func(bad TableOption) []Option // of the job
		replays    func(bad TableOption) []Option
		wantOfBoth string // at the destination, under x
	}{
		{"it lacks the other table of the destination", func(bad TableOption) []Option {
			return []Option{WithTable("Source", "Destination", bad), WithTable("SourceB", "Destination", bad)}
		}, func(bad TableOption) []Option { return []Option{WithTable("Source", "Destination", bad)} }, "of B"},
		{"it keeps keys that the job changed", func(bad TableOption) []Option {
			return []Option{WithTable("Source", "Destination", bad, WithTransform("Id", Func(func(_ context.Context, id string) (string, error) {
				return strings.Replace(id, "y", "x", 1), nil
			}), AllowCollisions()))}
		}, func(bad TableOption) []Option { return []Option{WithTable("Source", "Destination", bad)} }, "of y"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			p := merging(t)
			p.fill(t, map[string]any{"Id": "x", "v": "bad"}, map[string]any{"Id": "y", "v": "of y"})
			file := filepath.Join(t.TempDir(), "dead")
			on := true
			opts := []Option{WithKey(testKey), WithAllTables(clearCopy())}
			if report, err := p.syncer(t, append(append(opts, WithDeadLetters(file)), tt.tables(fails(&on))...)...).Sync(t.Context()); err == nil {
				t.Fatal(report)
			}
			on = false
			report, err := p.syncer(t, append(opts, tt.replays(fails(&on))...)...).Replay(t.Context(), file)
			if got := contents(t, p.to, "Destination")["x"]["v"]; got != tt.wantOfBoth || err == nil {
				t.Errorf("the item is %v: %v\n%v", got, err, report)
			}
		})
	}
}

// What Replay writes elsewhere is not taken off what the job in the store has lost.
func TestReplayElsewherePaysNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		p := &pair{}
		p.create(t, w.plain, "Elsewhere")
		w.fill(t, w.source, "Source", numbered(4, func(i int) bool { return i == 0 }))
		n := newNightly(w)
		file := filepath.Join(t.TempDir(), "dead")
		n.table = []TableOption{WithTransform("Bad", Reject())}
		n.opts = []Option{WithDeadLetters(file)}
		mend := n.breakAfter(3)
		_, _ = n.syncer(t).Sync(t.Context())
		mend()
		elsewhere, err := New(WithSource(w.client(w.source)), WithDestination(w.plain), WithKey(testKey), WithCheckpoint(n.store), withRulesVersion("1"),
			WithTable("Source", "Elsewhere", clearCopy()))
		if err != nil {
			t.Fatal(err)
		}
		if report, err := elsewhere.Replay(t.Context(), file); err != nil || report.Tables[0].Written != 1 {
			t.Fatalf("%v\n%v", err, report)
		}
		if report, err := n.syncer(t).Sync(t.Context()); err == nil || report.Tables[0].Job.Failed != 1 {
			t.Errorf("%v\n%v", err, report)
		}
	})
}

// A record of Records that fails is told by the key as it was read.
func TestWriteTellsKeysAsRead(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, map[string]any{"Id": "a"})
	p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Fail(400, "ValidationException", "") })
	var key string
	s := p.syncer(t, WithKey(testKey), WithOnFailure(func(_ context.Context, f Failure) error {
		id, _ := f.Key.Get("Id")
		key, _ = id.Text()
		return nil
	}), WithTable("Source", "Destination", WithTransform("Id", Func(func(_ context.Context, id string) (string, error) { return "new " + id, nil }))))
	if _, err := s.Write(t.Context(), "Source", s.Transformed(t.Context(), "Source")); err == nil || key != "a" {
		t.Errorf("the key is %q; %v", key, err)
	}
}

// The items of dead letters came past WithMaxItems once.
func TestReplayHasNoLimit(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(5)...)
	s := p.syncer(t, WithKey(testKey), WithTable("Source", "Destination", clearCopy(), WithMaxItems(2)))
	report, err := s.Replay(t.Context(), letters(t, "user-00000:failed", "user-00001:failed", "user-00002:failed"))
	if err != nil || report.Tables[0].Written != 3 {
		t.Errorf("%v\n%v", err, report)
	}
}

// A table that is finished in the future, by another host's clock, is not fresh.
func TestAFutureIsNotFresh(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		p := &pair{}
		p.create(t, w.plain, "Bad")
		w.fill(t, w.source, "Source", numbered(2, func(int) bool { return false }))
		w.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) (a dynsynctest.Action) {
			if r.Table == "Bad" {
				a = dynsynctest.Deny("dynamodb:BatchWriteItem")
			}
			return a
		})
		n := newNightly(w)
		n.opts = []Option{WithTable("Source", "Bad", WithName("bad"))}
		_, _ = n.syncer(t).Sync(t.Context())
		s := n.syncer(t)
		name := checkpoint.Name(s.tables[0].cfg.name)
		st, err := checkpoint.Open(s.key, s.tables[0].cfg.name, n.store.data[name])
		if err != nil {
			t.Fatal(err)
		}
		st.Finished = time.Now().Add(time.Hour)
		if n.store.data[name], err = st.Seal(s.key, s.tables[0].cfg.name, 0); err != nil {
			t.Fatal(err)
		}
		if report, _ := s.Sync(t.Context()); report.Tables[0].Read != 2 {
			t.Errorf("%v", report)
		}
	})
}

// A line whose key no item can have keeps nobody from the others.
func TestReplayPassesKeysThatCannotBe(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(1)...)
	file := letters(t, "user-00000:failed")
	for _, key := range []string{`{"Id":{"N":"1"}}`, `{"Id":{"NULL":true}}`, `{"Other":{"S":"x"}}`, `{"Id":{"S":""}}`, `{"Id":{"S":"x"},"More":{"S":"x"}}`} {
		appendText(t, file, `{"table":"Source","key":`+key+`,"outcome":"failed","reason":"x"}`+"\n")
	}
	report, err := p.syncer(t, WithKey(testKey), WithTable("Source", "Destination")).Replay(t.Context(), file)
	if rep := report.Tables[0]; err != nil || rep.Written != 1 || rep.Replay.NoKey != 5 {
		t.Errorf("%v\n%v", err, report)
	}
}

// Under ModeInsert too, an item that is there already as it should be is no debt any more.
func TestReplayPaysForWhatIsThere(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		w.fill(t, w.source, "Source", numbered(3, func(i int) bool { return i == 0 }))
		n := newNightly(w)
		file := filepath.Join(t.TempDir(), "dead")
		fails := true
		n.table = []TableOption{WithMode(ModeInsert), WithTransform("Bad", Func(func(_ context.Context, b bool) (bool, error) {
			if fails {
				return b, errors.New("no")
			}
			return b, nil
		}))}
		n.opts = []Option{WithDeadLetters(file)}
		_, _ = n.syncer(t).Sync(t.Context())
		fails = false
		w.fill(t, w.dest, "Destination", numbered(1, func(int) bool { return true })) // as Replay would write it
		if report, err := n.syncer(t).Replay(t.Context(), file); err != nil || report.Tables[0].Written != 1 {
			t.Errorf("%v\n%v", err, report)
		}
		if rec, err := n.syncer(t).LastRun(t.Context()); err != nil || rec.Outcome != runDone || rec.Tables[0].Job.Failed != 0 {
			t.Errorf("%+v, %v", rec, err)
		}
	})
}

// A stream that panics leaves nothing behind that makes later calls insert only.
func TestAStreamThatPanicsIsForgotten(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, map[string]any{"Id": "a", "v": "1"})
	s := p.syncer(t, WithKey(testKey), WithTable("Source", "Destination", lowerKey(), clearCopy()))
	func() {
		defer func() { _ = recover() }()
		_, _ = s.Write(t.Context(), "Source", func(func(*Record, error) bool) { panic("the caller's") })
	}()
	for v := range 2 {
		p.fill(t, map[string]any{"Id": "a", "v": fmt.Sprint(v)})
		if report, err := s.Sync(t.Context()); err != nil {
			t.Errorf("%v\n%v", err, report)
		}
	}
}

// Keys are compared by value: the same number, or the same text, however it is written.
func TestReplayKnowsOneKeyFromAnother(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(1)...)
	file := letters(t, "user-00000:failed")
	appendText(t, file, `{"table":"Source","key":{"\u0049d":{"S":"user-0000\u0030"}},"outcome":"failed","reason":"x"}`+"\n")
	report, err := p.syncer(t, WithKey(testKey), WithTable("Source", "Destination")).Replay(t.Context(), file)
	if rep := report.Tables[0]; err != nil || rep.Written != 1 || rep.Replay.Repeated != 1 {
		t.Errorf("%v\n%v", err, report)
	}
}
