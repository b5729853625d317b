package dynsync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dynsync/dynsync/dynsynctest"
)

// keyVerbs has each verb that takes a context, as a call on a job with a record, dead
// letters and a table Source.
var keyVerbs = map[string]func(ctx context.Context, s *Syncer) error{
	"Sync": func(ctx context.Context, s *Syncer) error { _, err := s.Sync(ctx); return err },
	"Write": func(ctx context.Context, s *Syncer) error {
		_, err := s.Write(ctx, "Source", func(func(*Record, error) bool) {})
		return err
	},
	"Scan": func(ctx context.Context, s *Syncer) error { _, err := drained(s.Scan(ctx, "Source")); return err },
	"Transformed": func(ctx context.Context, s *Syncer) error {
		_, err := drained(s.Transformed(ctx, "Source"))
		return err
	},
	"Transform": func(ctx context.Context, s *Syncer) error {
		_, err := s.Transform(ctx, "Source", mustKey("1"))
		return err
	},
	"Replay":  func(ctx context.Context, s *Syncer) error { _, err := s.Replay(ctx, s.cfg.deadLetterPath); return err },
	"LastRun": func(ctx context.Context, s *Syncer) error { _, err := s.LastRun(ctx); return err },
	"Plan":    func(ctx context.Context, s *Syncer) error { _, err := s.Plan(ctx); return err },
	"Check":   func(ctx context.Context, s *Syncer) error { _, err := s.Check(ctx); return err },
}

// jobFromKey returns a job whose key is asked for, with whatever else needs a key.
func jobFromKey(t *testing.T, p *pair, ask func(context.Context) ([]byte, error), opts ...Option) *Syncer {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dead")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := New(append([]Option{WithSource(p.from), WithDestination(p.to), WithKeyFrom(ask), WithDeadLetters(file),
		WithCheckpoint(&memoryStore{}), WithTable("Source", "Destination", WithTransform("Id", Pseudonym(), AllowCollisions()))}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryVerbIsInKeyVerbs(t *testing.T) {
	t.Parallel()
	of := reflect.TypeFor[*Syncer]()
	for i := range of.NumMethod() {
		m := of.Method(i)
		takes := m.Type.NumIn() > 1 && m.Type.In(1) == reflect.TypeFor[context.Context]()
		if takes && keyVerbs[m.Name] == nil && keyless[m.Name] == nil {
			t.Errorf("Syncer.%s takes a context and is neither in keyVerbs nor in keyless: what does it do while the key is not there?", m.Name)
		}
	}
}

// keyless has the verbs that need no key.
var keyless = map[string]func(ctx context.Context, s *Syncer) error{
	"Policy": func(ctx context.Context, s *Syncer) error { _, err := s.Policy(ctx); return err },
}

// Who has no key yet, or no right to it, can do what needs none.
func TestKeylessVerbsAskForNoKey(t *testing.T) {
	t.Parallel()
	for verb, call := range keyless {
		p := newPair(t)
		s := jobFromKey(t, p, func(context.Context) ([]byte, error) {
			t.Errorf("%s asks for the key", verb)
			return nil, errors.New("none")
		}, WithAllTables(WithLeakCheck(), WithSample(0.5), WithDefaultTransform(Pseudonym()), WithTransformKeys("a", Pseudonym())))
		if err := call(t.Context(), s); err != nil {
			t.Errorf("%s: %v", verb, err)
		}
	}
}

// Whatever a verb needs the key for, an error of WithKeyFrom ends it in time, before any
// request, without the function's text, with a class, and is asked again by the next call.
func TestVerbsWithoutTheirKey(t *testing.T) {
	t.Parallel()
	cases := []struct {
		what string
		ask  func(context.Context) ([]byte, error)
		want string
		exit int
	}{
		{"an error", func(context.Context) ([]byte, error) { return nil, quoting{canary} }, "WithKeyFrom returned an error", 3},
		{"too short", func(context.Context) ([]byte, error) { return []byte(canary[:10]), nil }, "returned 10", 2},
		{"blocks", func(ctx context.Context) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }, "the context ended before", 6},
		{"panics", func(context.Context) ([]byte, error) { panic(canary) }, "WithKeyFrom panicked at keyfrom_test.go", 1},
	}
	for verb, call := range keyVerbs {
		for _, tt := range cases {
			t.Run(verb+", "+tt.what, func(t *testing.T) {
				t.Parallel()
				p := newPair(t)
				p.fill(t, users(3)...)
				var asked, requests atomic.Int32
				for _, srv := range []*dynsynctest.Server{p.source, p.dest} {
					srv.Control("*", func(*dynsynctest.Request) dynsynctest.Action { requests.Add(1); return dynsynctest.Action{} })
				}
				s := jobFromKey(t, p, func(ctx context.Context) ([]byte, error) {
					if asked.Add(1) == 3 {
						return testKey, nil
					}
					return tt.ask(ctx)
				})
				for range 2 {
					ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
					if tt.what != "blocks" {
						ctx = t.Context()
					}
					err := call(ctx, s)
					cancel()
					if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(fmt.Sprintf("%v %#v", err, err), canary[:10]) {
						t.Errorf("%v", err)
					}
					if got := ExitCode(err); got != tt.exit {
						t.Errorf("the exit code is %d, want %d: %v", got, tt.exit, err)
					}
				}
				if n := requests.Load(); n > 0 {
					t.Errorf("%d requests were sent", n)
				}
				if err := call(t.Context(), s); err != nil || asked.Load() != 3 {
					t.Errorf("asked %d times, then: %v", asked.Load(), err)
				}
			})
		}
	}
}

// All verbs of a job ask once, whichever are first, and do what they do under WithKey.
func TestVerbsAskForTheirKeyOnce(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(20)...)
	var asked atomic.Int32
	s := jobFromKey(t, p, func(context.Context) ([]byte, error) {
		asked.Add(1)
		time.Sleep(10 * time.Millisecond)
		return testKey, nil
	}, WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))
	if asked.Load() != 0 {
		t.Error("New asks for the key")
	}
	var all sync.WaitGroup
	for _, verb := range []string{"Plan", "Transform", "Transformed", "LastRun"} {
		for range 3 {
			all.Go(func() {
				if err := keyVerbs[verb](t.Context(), s); err != nil {
					t.Errorf("%s: %v", verb, err)
				}
			})
		}
	}
	all.Go(func() { // and the log of a call that fails before has no key yet
		for range 20 {
			if _, err := s.Write(t.Context(), "none", nil); err == nil {
				t.Error("a table was written that the job does not have")
			}
			time.Sleep(time.Millisecond)
		}
	})
	all.Wait()
	if err := keyVerbs["Sync"](t.Context(), s); err != nil {
		t.Error(err)
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
	if got, want := s.key.Fingerprint(), p.syncer(t, WithTable("Source", "Destination")).key.Fingerprint(); got != want {
		t.Errorf("the key %s is another one than under WithKey, %s", got, want)
	}
}

// One value has one pseudonym in an environment, however the key is given, and another in
// each other environment and in none.
func TestEnvironmentsCannotBeJoined(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, name := range []string{"", "staging", "demo", "Demo", "demo 2"} {
		var opts []Option
		if name != "" {
			opts = append(opts, WithEnvironment(name))
		}
		opts = append(opts, WithTable("Source", "Destination", WithTransform("Id", Pseudonym()), WithTransform("Email", Pseudonym())))
		var made []string
		for _, key := range []Option{WithKey(testKey), WithKeyFrom(func(context.Context) ([]byte, error) { return testKey, nil })} {
			s, err := New(append([]Option{key}, opts...)...)
			if err != nil {
				t.Fatal(err)
			}
			rec, err := NewRecord(map[string]any{"Id": "1", "Email": "alice@example.com"})
			if err != nil {
				t.Fatal(err)
			}
			out, err := s.Transform(t.Context(), "Source", rec)
			if err != nil {
				t.Fatal(err)
			}
			made = append(made, textAt(out, "Id")+" "+textAt(out, "Email")+" "+s.key.Fingerprint())
		}
		if made[0] != made[1] {
			t.Errorf("%q: WithKey and WithKeyFrom make %q", name, made)
		}
		for _, part := range strings.Fields(made[0]) {
			if other, twice := seen[part]; twice {
				t.Errorf("%q is made in %q and in %q", part, other, name)
			}
			seen[part] = name
		}
	}
}

// What a job of another environment keeps is another key's: its record, and its dead
// letters for Replay. OpenDeadLetters has the key, and reads the lines of all.
func TestEnvironmentsKeepApart(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(5)...)
	store, file := &memoryStore{}, filepath.Join(t.TempDir(), "dead")
	job := func(rule Transformer, opts ...Option) *Syncer {
		return p.syncer(t, append(opts, WithCheckpoint(store), WithDeadLetters(file), WithTable("Source", "Destination", WithTransform("Age", rule)))...)
	}
	if _, err := job(Reject(), WithEnvironment("staging")).Sync(t.Context()); ExitCode(err) != 4 {
		t.Fatal(err)
	}
	for what, opts := range map[string][]Option{"another environment": {WithEnvironment("demo")}, "none": nil} {
		s := job(Reject(), opts...)
		if _, err := s.LastRun(t.Context()); err == nil || !strings.Contains(err.Error(), "is of another key") || !strings.Contains(err.Error(), "WithEnvironment") {
			t.Errorf("%s: LastRun: %v", what, err)
		}
		if report, err := s.Sync(t.Context()); ExitCode(err) != 7 || len(report.Tables) > 0 {
			t.Errorf("%s: Sync: %v\n%v", what, err, report)
		}
		if _, err := p.syncer(t, append(opts, WithTable("Source", "Destination", clearCopy()))...).Replay(t.Context(), file); err == nil || !strings.Contains(err.Error(), "line 1 was written under another key") || !strings.Contains(err.Error(), "WithEnvironment") {
			t.Errorf("%s: Replay: %v", what, err)
		}
	}
	letters := slices.Collect(func(yield func(string) bool) {
		for l, err := range OpenDeadLetters(file, testKey) {
			if err != nil {
				t.Error(err)
				return
			}
			yield(textAt(l.Key, "Id"))
		}
	})
	if len(letters) != 5 {
		t.Errorf("OpenDeadLetters reads %q", letters)
	}
	report, err := job(Passthrough(), WithEnvironment("staging")).Replay(t.Context(), file)
	if err != nil || report.Tables[0].Written != 5 {
		t.Errorf("in the same environment: %v\n%v", err, report)
	}
}

// No verb prints a job's key, or keeps what it was made of.
func TestNoVerbPrintsTheKey(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	key := []byte("KEYCANARY0123456789abcdefghijklm")
	whole := fmt.Sprint(key[:9])
	forms := []string{"KEYCANARY", whole[1 : len(whole)-1], fmt.Sprintf("%x", key[:9]), fmt.Sprintf("%X", key[:9]), "0x4b, 0x45, 0x59"}
	for _, opt := range []Option{WithKey(key), WithKeyFrom(func(context.Context) ([]byte, error) { return key, nil })} {
		s, err := New(WithSource(p.from), WithDestination(p.to), opt, WithTable("Source", "Destination", clearCopy(), WithLeakCheck()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Plan(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t"} {
			for _, v := range []any{s, s.cfg, s.key, s.keys, struct{ S *Syncer }{s}, struct{ s *Syncer }{s}, []*Syncer{s}, map[string]*Syncer{"s": s}, opt, []Option{opt}} {
				text := fmt.Sprintf(verb, v)
				for _, form := range forms {
					if strings.Contains(text, form) {
						t.Errorf("%s of %T prints the key", verb, v)
					}
				}
				if v == any(s) && text != "dynsync.Syncer" && verb != "%p" {
					t.Errorf("%s prints %s", verb, text)
				}
			}
		}
	}
}

// What needs a key takes one that is asked for, and New tells what is wrong with it.
func TestNewChecksKeyOptions(t *testing.T) {
	t.Parallel()
	ask := func(context.Context) ([]byte, error) { return nil, errors.New("nobody asks") }
	table := WithTable("Source", "Destination", WithSegments(4))
	tests := []struct {
		what string
		opts []Option
		want string
	}{
		{"a checkpoint, dead letters and a share", []Option{WithKeyFrom(ask), WithCheckpoint(&memoryStore{}), WithDeadLetters("x"), WithShare(0, 2)}, ""},
		{"nil", []Option{WithKeyFrom(nil)}, "the function of WithKeyFrom is nil"},
		{"both", []Option{WithKey(testKey), WithKeyFrom(ask)}, "WithKey and WithKeyFrom are both given"},
		{"both, and an environment without a name", []Option{WithKeyFrom(ask), WithKey(nil), WithEnvironment("")}, "WithEnvironment needs a name"},
		{"an environment with a line end", []Option{WithKey(testKey), WithEnvironment("a\n")}, "WithEnvironment needs a name"},
		{"an environment of a random key", []Option{WithEnvironment("demo")}, ""},
	}
	for _, tt := range tests {
		_, err := New(append(tt.opts, WithSource(&nopClient{}), table)...)
		if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || ExitCode(err) != 2) {
			t.Errorf("%s: %v, want %q", tt.what, err, tt.want)
		}
	}
}
