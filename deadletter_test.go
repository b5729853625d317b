package dynsync

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dynsync/dynsync/internal/deadletter"
)

// asPlainText is InTheClear for a file that a test has yet to name.
func asPlainText() Option { return jobOption(func(c *jobConfig) { c.deadLetterClear = true }) }

// deadLetterFile returns a file of dead letters that hold these keys.
func deadLetterFile(t testing.TB, opts []Option, keys ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dead.jsonl")
	d := openDead(t, file, opts...)
	for _, key := range keys {
		if err := writeLetter(d, failure(t, key)); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

// openDead opens a file as a job does.
func openDead(t testing.TB, file string, opts ...Option) *deadletter.File {
	t.Helper()
	s, err := New(append([]Option{WithSource(&nopClient{}), WithKey(testKey), WithDeadLetters(file), WithTable("Source", "Destination")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	j, err := s.newJob(t.Context(), callSync)
	if err != nil {
		t.Fatal(err)
	}
	return j.dead
}

func failure(t testing.TB, id string) Failure {
	t.Helper()
	key, err := NewRecord(map[string]any{"Id": id})
	if err != nil {
		t.Fatal(err)
	}
	return Failure{Table: "Source", Key: key, Outcome: OutcomeCollided, Err: &ItemError{Table: "Source", Reason: "for a reason"}}
}

// deadKeys returns the keys of a file, and the error that comes last.
func deadKeys(t testing.TB, file string, key []byte) (ids []string, err error) {
	t.Helper()
	for l, e := range OpenDeadLetters(file, key) {
		if err != nil {
			t.Error("something comes after the error")
		}
		if err = e; e == nil {
			ids = append(ids, textAt(l.Key, "Id"))
		}
	}
	return ids, err
}

func textAt(r *Record, path string) string {
	v, _ := r.Get(path)
	text, _ := v.Text()
	return text
}

// leaksAnywhere returns what of a file gives the canary away, in base64 at each of
// the three offsets that it can have there.
func leaksAnywhere(text []byte) bool {
	for i := range 3 {
		shifted := base64.StdEncoding.EncodeToString(append(make([]byte, i), canary...))
		if bytes.Contains(text, []byte(shifted[4:20])) {
			return true
		}
	}
	return leaks(string(text)) || bytes.Contains(bytes.ToLower(text), []byte(hex.EncodeToString([]byte(canary))))
}

// A file holds nothing of keys and items unless the job says so, and who has the key
// reads all of it.
func TestDeadLettersAreSealed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		opts   []Option
		key    []byte
		clear  bool
		items  bool
	}{
		{reason: "keys are personal data", key: testKey},
		{reason: "items are encrypted as keys are", opts: []Option{withDeadLetterOption(WholeItems())}, key: testKey, items: true},
		{reason: "plain text is a choice", opts: []Option{asPlainText()}, clear: true},
		{reason: "plain text needs no key, and a key does no harm", opts: []Option{asPlainText()}, key: testKey, clear: true},
		{reason: "plain text holds whole items if they are asked for", opts: []Option{asPlainText(), withDeadLetterOption(WholeItems())}, clear: true, items: true},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			p := newPair(t)
			want := map[string]*Record{}
			for i := range 30 {
				item := canaryItem(fmt.Sprint(i))
				p.fill(t, item)
				rec, err := NewRecord(item)
				if err != nil {
					t.Fatal(err)
				}
				want[textAt(rec, "Id")] = rec
			}
			file := filepath.Join(t.TempDir(), "dead.jsonl")
			opts := append([]Option{WithTable("Source", "Destination", keepAll(), keepKey(), WithTransform("n", Reject())), WithDeadLetters(file)}, tt.opts...)
			if report, err := p.syncer(t, opts...).Sync(t.Context()); err == nil || report.Tables[0].Failed != 30 {
				t.Fatalf("%v\n%v", err, report)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if leaksAnywhere(text) != tt.clear {
				t.Errorf("the file gives keys away: %v\n%.1000s", !tt.clear, text)
			}
			for line := range bytes.Lines(text) {
				var l struct{ Table, Outcome, Reason string }
				if err := json.Unmarshal(line, &l); err != nil || l.Table != "Source" || l.Outcome != "failed" || !strings.Contains(l.Reason, "no value is expected") {
					t.Errorf("a line does not say what happened: %v: %.300s", err, line)
				}
			}
			for l, err := range OpenDeadLetters(file, tt.key) {
				if err != nil {
					t.Fatal(err)
				}
				item := want[textAt(l.Key, "Id")]
				if item == nil || l.Table != "Source" || l.Outcome != OutcomeFailed || l.Reason == "" || (l.Item != nil) != tt.items || tt.items && !l.Item.Equal(item) {
					t.Errorf("%v, or twice", l)
				}
				delete(want, textAt(l.Key, "Id"))
			}
			if len(want) > 0 {
				t.Errorf("%d items are not in the file", len(want))
			}
		})
	}
}

func TestNewChecksDeadLetters(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		opts   []Option
		want   []string // parts of the error; none for no error
	}{
		{"nobody could read the file", []Option{WithDeadLetters("dead")}, []string{"WithDeadLetters needs WithKey", "InTheClear"}},
		{"the file is encrypted", []Option{WithDeadLetters("dead"), WithKey(testKey)}, nil},
		{"the file is plain text", []Option{WithDeadLetters("dead", InTheClear())}, nil},
		{"the second use replaces the first, options and all", []Option{WithDeadLetters("dead", InTheClear()), WithDeadLetters("dead")}, []string{"WithDeadLetters needs WithKey"}},
		{"every fault is told at once", []Option{WithDeadLetters("dead"), WithWorkers(0)}, []string{"WithDeadLetters needs WithKey", "WithWorkers"}},
	}
	for _, tt := range tests {
		_, err := New(append(tt.opts, WithSource(&nopClient{}), WithTable("Source", "Destination"))...)
		if (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v", tt.reason, err)
		}
		for _, want := range tt.want {
			if err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error does not say %q: %v", tt.reason, want, err)
			}
		}
	}
}

// Lines tell as much of a long key as of a short one.
func TestDeadLettersHideLengths(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(deadLetterFile(t, nil, "x", strings.Repeat("x", 50), strings.Repeat("x", 200)))
	if err != nil {
		t.Fatal(err)
	}
	lengths := map[int]bool{}
	for line := range bytes.Lines(text) {
		lengths[len(line)] = true
	}
	if len(lengths) != 1 {
		t.Errorf("the lines have lengths %v", lengths)
	}
}

func TestDeadLettersNeedTheirKey(t *testing.T) {
	t.Parallel()
	sealed := deadLetterFile(t, nil, "canary 1", "canary 2")
	tests := []struct {
		reason string
		key    []byte
		want   string
	}{
		{"another key", anotherKey('x'), "line 1 was written under another key"},
		{"no key", nil, "line 2 is encrypted; give the key"},
		{"an empty key", []byte{}, "line 2 is encrypted; give the key"},
		{"half a key", testKey[:16], "the key has 16 bytes"},
	}
	for _, tt := range tests {
		ids, err := deadKeys(t, sealed, tt.key)
		if len(ids) > 0 || err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, %v", tt.reason, ids, err)
		}
	}
}

// Lines of both forms stand in one file, the one of earlier versions among them.
func TestDeadLettersOfBothForms(t *testing.T) {
	t.Parallel()
	file := deadLetterFile(t, nil, "1")
	d := openDead(t, file, asPlainText())
	if err := errors.Join(writeLetter(d, failure(t, "2")), d.Close()); err != nil {
		t.Fatal(err)
	}
	const old = `{"table":"Source","key":{"Id":{"S":"3"}},"outcome":"existing","reason":"r"}` + "\r\n\n"
	appendText(t, file, old)
	if ids, err := deadKeys(t, file, testKey); err != nil || !slices.Equal(ids, []string{"1", "2", "3"}) {
		t.Errorf("%v, %v", ids, err)
	}
	ids, err := deadKeys(t, file, nil)
	if !slices.Equal(ids, []string{"2", "3"}) || err == nil || strings.Contains(err.Error(), "line 2") {
		t.Errorf("without the key: %v, %v", ids, err)
	}
}

// The file is readable by its owner alone before the first line is in it.
func TestDeadLettersAreReadableByTheirOwnerAlone(t *testing.T) {
	t.Parallel()
	for before, want := range map[fs.FileMode]fs.FileMode{0o644: 0o600, 0o666: 0o600, 0o640: 0o600, 0o777: 0o600, 0o600: 0o600} {
		file := filepath.Join(t.TempDir(), "dead.jsonl")
		if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Chmod(file, before)); err != nil {
			t.Fatal(err)
		}
		d := openDead(t, file, asPlainText())
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%v: the mode is %v, want %v; %v", before, info.Mode(), want, err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A file that cannot be used ends the job before anything is read, with an error
// that names it.
func TestDeadLettersThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for reason, path := range map[string]string{
		"a directory":                   dir,
		"in a directory that is not":    filepath.Join(dir, "none", "dead.jsonl"),
		"in a directory that is a file": filepath.Join(plain, "dead.jsonl"),
	} {
		refusesDeadLetters(t, reason, path, "cannot be opened")
	}
}

func refusesDeadLetters(t *testing.T, reason, path, want string) {
	t.Helper()
	s, err := New(WithSource(&nopClient{}), WithDestination(&nopClient{}, AnyDestination()), WithKey(testKey), WithDeadLetters(path), WithTable("Source", "Destination"))
	if err != nil {
		t.Fatal(err)
	}
	report, err := s.Sync(t.Context())
	if err == nil || len(report.Tables) > 0 || !strings.Contains(err.Error(), "WithDeadLetters "+want) || !strings.Contains(err.Error(), path) {
		t.Errorf("%s: %v\n%v", reason, err, report)
	}
}

// Whoever writes at the same time, and however long lines are, they stay in one
// piece.
func TestDeadLettersConcurrently(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "dead.jsonl")
	long := []byte(`{"Id":{"S":"1"},"Text":{"S":"` + strings.Repeat("x", 100_000) + `"}}`)
	var all sync.WaitGroup
	for process := range 2 {
		d := openDead(t, file, withDeadLetterOption(WholeItems()))
		t.Cleanup(func() {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
		for g := range 4 {
			all.Go(func() {
				for i := range 10 {
					f := failure(t, fmt.Sprint(process, g, i))
					if i%3 == 0 {
						f.item = long
					}
					if err := writeLetter(d, f); err != nil {
						t.Error(err)
					}
					if err := d.Sync(); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	seen := map[string]bool{}
	ids, err := deadKeys(t, file, testKey)
	for _, id := range ids {
		seen[id] = true
	}
	if err != nil || len(ids) != 80 || len(seen) != 80 {
		t.Errorf("%d lines, %d keys: %v", len(ids), len(seen), err)
	}
}

// The longest item that DynamoDB has fits into a line; what is no item, or larger
// than any, is left out; and a line that is longer still is told.
func TestLongDeadLetters(t *testing.T) {
	t.Parallel()
	item := func(n int) []byte {
		return []byte(`{"Text":{"S":"` + strings.Repeat(`\u0001`, n) + `"}}`)
	}
	for _, opts := range [][]Option{{withDeadLetterOption(WholeItems())}, {asPlainText(), withDeadLetterOption(WholeItems())}} {
		file := filepath.Join(t.TempDir(), "dead.jsonl")
		d := openDead(t, file, opts...)
		for _, item := range [][]byte{item(400 << 10), item(2 << 20), []byte(`{"Text":{"S":"cut off`), nil} {
			f := failure(t, "1")
			f.item = item
			if err := writeLetter(d, f); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		appendText(t, file, strings.Repeat("x", 17<<20)+"\n")
		appendText(t, file, `{"table":"Source","key":{"Id":{"S":"2"}},"outcome":"failed","reason":"r"}`+"\n")
		var sizes []int
		for l, err := range OpenDeadLetters(file, testKey) {
			switch {
			case err != nil && !strings.Contains(err.Error(), "line 5 is damaged: it is longer than 16 MiB"):
				t.Error(err)
			case err == nil && l.Item != nil:
				sizes = append(sizes, len(l.Item.item))
			case err == nil:
				sizes = append(sizes, 0)
			}
		}
		if diff := cmp.Diff([]int{len(item(400 << 10)), 0, 0, 0, 0}, sizes); diff != "" {
			t.Error(diff)
		}
	}
}

// Each range starts a new scan, and the loop can be left.
func TestOpenDeadLettersRangesAgain(t *testing.T) {
	t.Parallel()
	letters := OpenDeadLetters(deadLetterFile(t, nil, "1", "2", "3"), testKey)
	for range 2 {
		n := 0
		for _, err := range letters {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == 2 {
				break
			}
		}
	}
	n := 0
	for range letters {
		n++
	}
	if n != 3 {
		t.Errorf("%d letters", n)
	}
}

func TestDeadLetterPrintsNoKey(t *testing.T) {
	t.Parallel()
	f := failure(t, canary)
	l := &DeadLetter{Table: f.Table, Key: f.Key, Outcome: f.Outcome, Reason: "for a reason", Item: f.Key}
	var b strings.Builder
	for _, v := range []any{l, *l, []*DeadLetter{l}, []DeadLetter{*l}} {
		fmt.Fprintf(&b, "%v\n%+v\n%#v\n%s\n%q\n%x\n", v, v, v, v, v, v)
		slog.New(slog.NewTextHandler(&b, nil)).Error("x", "v", v)
		slog.New(slog.NewJSONHandler(&b, nil)).Error("x", "v", v)
		if err := json.NewEncoder(&b).Encode(v); err != nil {
			t.Error(err)
		}
	}
	if leaksAnywhere([]byte(b.String())) || !strings.HasPrefix(b.String(), "Source: collided: for a reason\n") {
		t.Error(b.String())
	}
}
