package dynsync

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/dynsynctest"
)

// letters returns a file of dead letters with these keys and outcomes: "a:failed".
func letters(t testing.TB, lines ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dead.jsonl")
	var text strings.Builder
	for _, l := range lines {
		id, outcome, _ := strings.Cut(l, ":")
		key := fmt.Sprintf(`{"Id":{"S":%q}}`, id)
		if id == "" {
			key = "{}" // of an item that was not well formed
		}
		fmt.Fprintf(&text, `{"table":"Source","key":%s,"outcome":%q,"reason":"x"}`+"\n", key, outcome)
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestReplayKeepsToTheOutcome replays lines whose keys are free at the destination, or
// taken by another item.
func TestReplayKeepsToTheOutcome(t *testing.T) {
	t.Parallel()
	const there = "a" // at the destination, of another item
	tests := []struct {
		reason string
		opts   []TableOption
		lines  []string
		source []string
		want   string // of the report, with the lines
		owner  string // of the item "a" in the end
	}{
		{"nothing collides: an item is written by the mode", nil, []string{"a:failed"}, []string{"a"}, "1 written, 0 collided, 0 existing of 1", "a"},
		{"keys can collide: it is only inserted", []TableOption{lowerKey()}, []string{"A:failed"}, []string{"A"}, "0 written, 1 collided, 0 existing of 1", ""},
		{"keys can collide, and the key is free", []TableOption{lowerKey()}, []string{"B:failed"}, []string{"B"}, "1 written, 0 collided, 0 existing of 1", ""},
		{"keys can collide, in ModeInsert", []TableOption{lowerKey(), WithMode(ModeInsert)}, []string{"A:failed"}, []string{"A"}, "0 written, 1 collided, 0 existing of 1", ""},
		{"keys can collide, in ModeMerge", []TableOption{lowerKey(), WithMode(ModeMerge)}, []string{"A:failed"}, []string{"A"}, "0 written, 1 collided, 0 existing of 1", ""},
		{"an existing item is accepted", []TableOption{lowerKey(), WithAllowExisting()}, []string{"A:failed"}, []string{"A"}, "1 written, 0 collided, 0 existing of 1", "A"},
		{"a collision is never written over", []TableOption{lowerKey(), WithAllowExisting()}, []string{"A:collided"}, []string{"A"}, "0 written, 1 collided, 0 existing of 1", ""},
		{"a collision, whatever the rules have become", nil, []string{"a:collided"}, []string{"a"}, "0 written, 1 collided, 0 existing of 1", ""},
		{"a collision whose key is free", []TableOption{lowerKey()}, []string{"B:collided"}, []string{"B"}, "1 written, 0 collided, 0 existing of 1", ""},
		{"of two, the first has the key", []TableOption{lowerKey()}, []string{"B:collided", "b:collided"}, []string{"B", "b"}, "1 written, 1 collided, 0 existing of 2", ""},
		{"failed and collided: the collision counts", []TableOption{lowerKey(), WithAllowExisting()}, []string{"A:failed", "A:collided"}, []string{"A"}, "0 written, 1 collided, 0 existing of 2, 1 repeated", ""},
		{"lines repeat", nil, []string{"b:failed", "c:failed", "b:failed", "b:failed"}, []string{"b", "c"}, "2 written, 0 collided, 0 existing of 4, 2 repeated", ""},
		{"an item is gone", nil, []string{"b:failed", "c:failed"}, []string{"c"}, "1 written, 0 collided, 0 existing of 2, 1 gone", ""},
		{"an item is not selected any more", []TableOption{WithWhere("Id <> ?", "b")}, []string{"b:failed", "c:failed"}, []string{"b", "c"}, "1 written, 0 collided, 0 existing of 2, 1 unselected", ""},
		{"an item that never had a key", nil, []string{":failed", "c:failed"}, []string{"c"}, "1 written, 0 collided, 0 existing of 2, 1 without a key", ""},
		{"an item that existed", []TableOption{WithMode(ModeInsert)}, []string{"a:existing"}, []string{"a"}, "0 written, 0 collided, 0 existing of 1, 1 existed", ""},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			p := newPair(t)
			for _, id := range tt.source {
				p.fill(t, map[string]any{"Id": id, "v": "of " + id})
			}
			p.put(t, map[string]any{"Id": there, "v": "of another"})
			s := p.syncer(t, WithKey(testKey), WithTable("Source", "Destination", append(tt.opts, clearCopy())...))
			report, err := s.Replay(t.Context(), letters(t, tt.lines...))
			rep := report.Tables[0]
			c := rep.Replay
			got := fmt.Sprintf("%s of %d", tallied(rep.outcomes()), c.Lines)
			for _, n := range []struct {
				n    int64
				name string
			}{{c.Repeated, "repeated"}, {c.Existed, "existed"}, {c.NoKey, "without a key"}, {c.Gone, "gone"}, {c.Unselected, "unselected"}, {c.Untried, "untried"}} {
				if n.n > 0 {
					got += fmt.Sprintf(", %d %s", n.n, n.name)
				}
			}
			if got != tt.want || (err != nil) != (rep.Collided > 0) || c.Lines != c.Repeated+c.Existed+c.NoKey+c.Gone+c.Unselected+c.Untried+rep.Read {
				t.Errorf("%s, want %s; %v\n%v", got, tt.want, err, report)
			}
			want := "of another"
			if tt.owner != "" {
				want = "of " + tt.owner
			}
			if v := contents(t, p.to, "Destination")["a"]["v"]; v != want {
				t.Errorf("the item at the destination is %v, want %s", v, want)
			}
		})
	}
}

// What Replay wrote is no longer among what the job has lost: exactly once, whatever the
// file holds, and however often it is replayed.
func TestReplayPaysTheJobsDebts(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		w.fill(t, w.source, "Source", numbered(10, func(i int) bool { return i%3 == 0 }))
		file := filepath.Join(t.TempDir(), "dead.jsonl")
		n := newNightly(w)
		n.opts = []Option{WithDeadLetters(file)}
		bad := func(ids ...string) TableOption {
			return WithTransform("Id", Func(func(_ context.Context, id string) (string, error) {
				if slices.Contains(ids, id) {
					return "", errors.New("it fails")
				}
				return id, nil
			}))
		}
		n.table = []TableOption{bad("id-000", "id-003", "id-006", "id-009")}
		mend := n.breakAfter(8)
		report, err := n.syncer(t).Sync(t.Context())
		mend()
		lost := report.Tables[0].Job.Failed
		if err == nil || lost == 0 {
			t.Fatalf("%v\n%v", err, report)
		}
		n.table = []TableOption{bad("id-003")} // the others do not fail any more
		other := filepath.Join(t.TempDir(), "again.jsonl")
		for range 3 { // the second and third time, there is nothing to take off
			s := n.syncer(t, WithDeadLetters(other))
			if report, err = s.Replay(t.Context(), file); report.Tables[0].Err != nil {
				t.Fatalf("%v\n%v", err, report)
			}
		}
		report, err = n.syncer(t).Sync(t.Context())
		job := report.Tables[0].Job
		if job != (Outcomes{Read: 10, Written: 9, Failed: 1}) || err == nil {
			t.Errorf("%d were lost before: %v\n%v", lost, err, report)
		}
		for _, f := range report.Tables[0].LostBefore {
			if id, _ := f.Key.Get("Id"); !id.Equal(StringValue("id-003")) {
				t.Error("an item that was replayed is told as lost")
			}
		}
	})
}

// Under another key than the job's last run had, every pseudonym would be another one.
func TestReplayKeepsToTheKey(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(1)...)
	store := &memoryStore{}
	table := WithTable("Source", "Destination", clearCopy())
	if _, err := p.syncer(t, WithKey(testKey), WithCheckpoint(store), table).Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := writes(p.dest)
	_, err := p.syncer(t, WithKey(otherTestKey), WithCheckpoint(store), table).Replay(t.Context(), letters(t, "user-00000:failed"))
	if err == nil || !strings.Contains(err.Error(), "NewKey") || n.Load() > 0 {
		t.Errorf("%d writes, %v", n.Load(), err)
	}
}

// An empty page is not the last one: the item is not gone.
func TestReplayReadsBehindEmptyPages(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(2)...)
	remove := p.source.Control("ExecuteStatement", dynsynctest.Script(dynsynctest.EmptyPage(), dynsynctest.EmptyPage(), dynsynctest.Action{}, dynsynctest.EmptyPage()))
	defer remove()
	s := p.syncer(t, WithKey(testKey), WithTable("Source", "Destination", clearCopy()))
	report, err := s.Replay(t.Context(), letters(t, "user-00000:failed", "user-00001:failed"))
	if rep := report.Tables[0]; err != nil || rep.Written != 2 || rep.Replay.Gone != 0 {
		t.Errorf("%v\n%v", err, report)
	}
}

// Replay and Sync of one job exclude each other: both change the checkpoint.
func TestReplayTakesTheLease(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(1)...)
	store := FileCheckpoint(t.TempDir())
	if _, err := store.Acquire(t.Context(), recordName); err != nil {
		t.Fatal(err)
	}
	s := p.syncer(t, WithKey(testKey), WithCheckpoint(store), WithTable("Source", "Destination"))
	if _, err := s.Replay(t.Context(), letters(t, "user-00000:failed")); !errors.Is(err, ErrCheckpointInUse) {
		t.Errorf("%v", err)
	}
	if n := len(contents(t, p.to, "Destination")); n > 0 {
		t.Errorf("%d items were written", n)
	}
}

// A replay that ends early says how many lines it did not come to, and a damaged line
// keeps nobody from the others.
func TestReplayEndsEarly(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(5)...)
	file := letters(t, "user-00000:failed", "user-00001:failed", "user-00002:failed", "user-00003:failed")
	reads := 0
	remove := p.source.Control("ExecuteStatement", func(*dynsynctest.Request) (a dynsynctest.Action) {
		if reads++; reads > 2 {
			a = dynsynctest.Deny("dynamodb:PartiQLSelect")
		}
		return a
	})
	s := p.syncer(t, WithKey(testKey), WithTable("Source", "Destination"))
	report, err := s.Replay(t.Context(), file)
	rep := report.Tables[0]
	if err == nil || rep.Err == nil || rep.Read != 2 || rep.Written+rep.Unsettled != 2 || rep.Replay.Untried != 2 {
		t.Errorf("%v\n%v", err, report)
	}
	remove()
	text, _ := os.ReadFile(file)
	if err := os.WriteFile(file, append([]byte("damaged\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	report, err = s.Replay(t.Context(), file)
	if err == nil || !strings.Contains(err.Error(), "line 1 ") || report.Tables[0].Written != 4 {
		t.Errorf("%v\n%v", err, report)
	}
}
