package dynsync

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/dynsynctest"
)

// drained ranges over a stream, and returns how many it yielded and its error.
func drained[T any](seq iter.Seq2[T, error]) (n *int, err error) {
	n = new(int)
	for _, e := range seq {
		if e != nil {
			err = errors.Join(err, e)
			continue
		}
		*n++
	}
	return n, err
}

// A verbCall is a call of a verb, and how a program ends that does it.
type verbCall struct {
	verb, reason string
	exit         int // ExitCode of the error; 0 where the answer is good
	call         func(t *testing.T, p *pair) (result any, err error)
}

// verbCalls have each verb in each way it can end.
func verbCalls() []verbCall {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	job := WithTable("Source", "Destination", clearCopy())
	denied := dynsynctest.Fail(400, "AccessDeniedException", "no")
	deny := func(p *pair, ops ...string) {
		for _, op := range ops {
			p.source.Control(op, answerAll(denied))
			p.dest.Control(op, answerAll(denied))
		}
	}
	failing := WithTable("Source", "Destination", WithDefaultTransform(Passthrough()), WithTransform("Age", Reject(), Optional()))
	without := func(t *testing.T, opts ...Option) *Syncer {
		s, err := New(append(opts, job)...)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	replay := func(t *testing.T, p *pair, s *Syncer, ctx context.Context) (any, error) {
		file := filepath.Join(t.TempDir(), "dead")
		if _, err := p.syncer(t, failing, WithDeadLetters(file)).Sync(t.Context()); err == nil {
			t.Fatal("no item failed")
		}
		return s.Replay(ctx, file)
	}
	record := func(t *testing.T) *Record {
		rec, err := NewRecord(map[string]any{"Id": "1", "Age": 7})
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	store := func() CheckpointStore { return &memoryStore{data: map[string][]byte{}} }
	return []verbCall{
		{"Sync", "done", 0, func(t *testing.T, p *pair) (any, error) { return p.syncer(t, job).Sync(t.Context()) }},
		{"Sync", "no source", 2, func(t *testing.T, p *pair) (any, error) { return without(t, WithDestination(p.to)).Sync(t.Context()) }},
		{"Sync", "no destination", 2, func(t *testing.T, p *pair) (any, error) { return without(t, WithSource(p.from)).Sync(t.Context()) }},
		{"Sync", "the context has ended", 6, func(t *testing.T, p *pair) (any, error) { return p.syncer(t, job).Sync(ended) }},
		{"Sync", "access is denied", 3, func(t *testing.T, p *pair) (any, error) {
			deny(p, "DescribeTable")
			return p.syncer(t, job).Sync(t.Context())
		}},
		{"Sync", "no credentials", 3, func(t *testing.T, p *pair) (any, error) {
			lack := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, errNop })
			from := p.source.Client(func(o *dynamodb.Options) { o.Credentials = lack })
			return p.syncer(t, job, WithSource(from)).Sync(t.Context())
		}},
		{"Sync", "no such table", 2, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, WithTable("Nowhere", "Destination")).Sync(t.Context())
		}},
		{"Sync", "items fail", 4, func(t *testing.T, p *pair) (any, error) { return p.syncer(t, failing).Sync(t.Context()) }},
		{"Sync", "the store fails", 1, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, job, WithCheckpoint(&memoryStore{err: errStore})).Sync(t.Context())
		}},
		{"Sync", "the file of dead letters cannot be made", 2, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, job, WithDeadLetters(filepath.Join(t.TempDir(), "no", "dir"))).Sync(t.Context())
		}},
		{"Write", "done", 0, func(t *testing.T, p *pair) (any, error) {
			s := p.syncer(t, job)
			return s.Write(t.Context(), "Source", s.Scan(t.Context(), "Source"))
		}},
		{"Write", "nothing to write", 0, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, job).Write(t.Context(), "Source", func(func(*Record, error) bool) {})
		}},
		{"Write", "no such table in the job", 2, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, job).Write(t.Context(), "Nowhere", func(func(*Record, error) bool) {})
		}},
		{"Write", "no stream", 2, func(t *testing.T, p *pair) (any, error) { return p.syncer(t, job).Write(t.Context(), "Source", nil) }},
		{"Write", "no destination", 2, func(t *testing.T, p *pair) (any, error) {
			return without(t, WithSource(p.from)).Write(t.Context(), "Source", func(func(*Record, error) bool) {})
		}},
		{"Write", "the context has ended", 6, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, job).Write(ended, "Source", func(func(*Record, error) bool) {})
		}},
		{"Write", "the stream fails", 1, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, job).Write(t.Context(), "Source", func(yield func(*Record, error) bool) { yield(nil, errNop) })
		}},
		{"Write", "access is denied", 3, func(t *testing.T, p *pair) (any, error) {
			deny(p, "BatchWriteItem")
			s := p.syncer(t, job)
			return s.Write(t.Context(), "Source", s.Scan(t.Context(), "Source"))
		}},
		{"Replay", "done", 0, func(t *testing.T, p *pair) (any, error) { return replay(t, p, p.syncer(t, job), t.Context()) }},
		{"Replay", "items fail again", 4, func(t *testing.T, p *pair) (any, error) { return replay(t, p, p.syncer(t, failing), t.Context()) }},
		{"Replay", "the context has ended", 6, func(t *testing.T, p *pair) (any, error) { return replay(t, p, p.syncer(t, job), ended) }},
		{"Replay", "no file", 2, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, job).Replay(t.Context(), filepath.Join(t.TempDir(), "none"))
		}},
		{"Replay", "no source", 2, func(t *testing.T, p *pair) (any, error) {
			return without(t, WithDestination(p.to)).Replay(t.Context(), "none")
		}},
		{"Replay", "a table that the job lacks", 2, func(t *testing.T, p *pair) (any, error) {
			return replay(t, p, p.syncer(t, WithTable("Other", "Destination")), t.Context())
		}},
		{"Replay", "another key", 7, func(t *testing.T, p *pair) (any, error) {
			return replay(t, p, p.syncer(t, WithKey(otherTestKey), job), t.Context())
		}},
		{"Scan", "done", 0, func(t *testing.T, p *pair) (any, error) { return drained(p.syncer(t, job).Scan(t.Context(), "Source")) }},
		{"Scan", "no such table in the job", 2, func(t *testing.T, p *pair) (any, error) {
			return drained(p.syncer(t, job).Scan(t.Context(), "Nowhere"))
		}},
		{"Scan", "no source", 2, func(t *testing.T, p *pair) (any, error) {
			return drained(without(t, WithDestination(p.to)).Scan(t.Context(), "Source"))
		}},
		{"Scan", "the context has ended", 6, func(t *testing.T, p *pair) (any, error) { return drained(p.syncer(t, job).Scan(ended, "Source")) }},
		{"Transformed", "done", 0, func(t *testing.T, p *pair) (any, error) {
			return drained(p.syncer(t, job).Transformed(t.Context(), "Source"))
		}},
		{"Transformed", "items fail", 4, func(t *testing.T, p *pair) (any, error) {
			return drained(p.syncer(t, failing).Transformed(t.Context(), "Source"))
		}},
		{"Transform", "done", 0, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, job).Transform(t.Context(), "Source", record(t))
		}},
		{"Transform", "no clients", 0, func(t *testing.T, p *pair) (any, error) {
			return without(t).Transform(t.Context(), "Source", record(t))
		}},
		{"Transform", "no destination", 0, func(t *testing.T, p *pair) (any, error) {
			return without(t, WithSource(p.from)).Transform(t.Context(), "Source", record(t))
		}},
		{"Transform", "no source", 0, func(t *testing.T, p *pair) (any, error) {
			return without(t, WithDestination(p.to)).Transform(t.Context(), "Source", record(t))
		}},
		{"Transform", "the item fails", 4, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, failing).Transform(t.Context(), "Source", record(t))
		}},
		{"Transform", "no record", 2, func(t *testing.T, p *pair) (any, error) { return without(t).Transform(t.Context(), "Source", nil) }},
		{"Transform", "no such table in the job", 2, func(t *testing.T, p *pair) (any, error) {
			return without(t).Transform(t.Context(), "Nowhere", record(t))
		}},
		{"Transform", "no such table", 2, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, WithTable("Nowhere", "Destination")).Transform(t.Context(), "Nowhere", record(t))
		}},
		{"Transform", "the context has ended", 6, func(t *testing.T, p *pair) (any, error) {
			return without(t).Transform(ended, "Source", record(t))
		}},
		{"Transform", "a leak", 5, func(t *testing.T, p *pair) (any, error) {
			s, err := New(WithTable("Source", "Destination", WithTransform("Id", Passthrough()), WithTransform("Name", Passthrough()), WithTransform("Copy", Func(func(context.Context, string) (string, error) { return "jane doe", nil })), WithLeakCheck()))
			if err != nil {
				t.Fatal(err)
			}
			rec, err := NewRecord(map[string]any{"Id": "1", "Name": "x", "Other": "jane doe", "Copy": "y"})
			if err != nil {
				t.Fatal(err)
			}
			return s.Transform(t.Context(), "Source", rec)
		}},
		{"Sync", "no clients", 2, func(t *testing.T, p *pair) (any, error) { return without(t).Sync(t.Context()) }},
		{"LastRun", "done", 0, func(t *testing.T, p *pair) (any, error) {
			s := p.syncer(t, job, WithCheckpoint(store()))
			if _, err := s.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
			return s.LastRun(t.Context())
		}},
		{"LastRun", "there is no record", 0, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, job, WithCheckpoint(store())).LastRun(t.Context())
		}},
		{"LastRun", "no checkpoint", 2, func(t *testing.T, p *pair) (any, error) { return p.syncer(t, job).LastRun(t.Context()) }},
		{"LastRun", "the store fails", 1, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, job, WithCheckpoint(&memoryStore{err: errStore})).LastRun(t.Context())
		}},
		{"Policy", "done", 0, func(t *testing.T, p *pair) (any, error) { return p.syncer(t, job).Policy(t.Context()) }},
		{"Policy", "access is denied", 0, func(t *testing.T, p *pair) (any, error) {
			deny(p, "DescribeTable")
			return p.syncer(t, job).Policy(t.Context())
		}},
		{"Policy", "the context has ended", 6, func(t *testing.T, p *pair) (any, error) { return p.syncer(t, job).Policy(ended) }},
		{"Plan", "done", 0, func(t *testing.T, p *pair) (any, error) { return p.syncer(t, job).Plan(t.Context()) }},
		{"Plan", "no destination", 0, func(t *testing.T, p *pair) (any, error) { return without(t, WithSource(p.from)).Plan(t.Context()) }},
		{"Plan", "no source", 0, func(t *testing.T, p *pair) (any, error) { return without(t, WithDestination(p.to)).Plan(t.Context()) }},
		{"Plan", "no such table", 2, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, job, WithTable("Nowhere", "Destination")).Plan(t.Context())
		}},
		{"Plan", "keys look personal", 7, func(t *testing.T, p *pair) (any, error) {
			p.put(t, map[string]any{"Id": "x"})
			for i := range 10 {
				p.fill(t, map[string]any{"Id": fmt.Sprintf("jane%d@leak.example", i)})
			}
			return p.syncer(t, WithTable("Source", "Destination", clearCopy())).Plan(t.Context())
		}},
		{"Plan", "the context has ended", 6, func(t *testing.T, p *pair) (any, error) { return p.syncer(t, job).Plan(ended) }},
		{"Plan", "access is denied", 3, func(t *testing.T, p *pair) (any, error) {
			deny(p, "ExecuteStatement")
			return p.syncer(t, job).Plan(t.Context())
		}},
		{"Check", "done", 0, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, job).Check(t.Context())
		}},
		{"Check", "no such table", 2, func(t *testing.T, p *pair) (any, error) {
			return p.syncer(t, WithTable("Nowhere", "Destination")).Check(t.Context())
		}},
		{"Check", "denied", 3, func(t *testing.T, p *pair) (any, error) {
			p.dest.Control("BatchWriteItem", answerAll(dynsynctest.Deny("dynamodb:BatchWriteItem")))
			return p.syncer(t, job).Check(t.Context())
		}},
		{"SetReadCapacity", "done", 0, func(t *testing.T, p *pair) (any, error) {
			return p, p.syncer(t, job).SetReadCapacity("Source", Units(5))
		}},
		{"SetReadCapacity", "no such table in the job", 2, func(t *testing.T, p *pair) (any, error) {
			return p, p.syncer(t, job).SetReadCapacity("Nowhere", Units(5))
		}},
		{"SetWriteCapacity", "no number", 2, func(t *testing.T, p *pair) (any, error) {
			return p, p.syncer(t, job).SetWriteCapacity("Source", Units(-5))
		}},
		{"OpenDeadLetters", "done", 0, func(t *testing.T, p *pair) (any, error) {
			file := filepath.Join(t.TempDir(), "dead")
			if _, err := p.syncer(t, failing, WithDeadLetters(file)).Sync(t.Context()); err == nil {
				t.Fatal("no item failed")
			}
			return drained(OpenDeadLetters(file, testKey))
		}},
		{"OpenDeadLetters", "no file", 2, func(t *testing.T, p *pair) (any, error) {
			return drained(OpenDeadLetters(filepath.Join(t.TempDir(), "none"), testKey))
		}},
		{"OpenDeadLetters", "no key", 2, func(t *testing.T, p *pair) (any, error) {
			return drained(OpenDeadLetters(filepath.Join(t.TempDir(), "none"), []byte("short")))
		}},
	}
}

// answerAll answers every request so.
func answerAll(a dynsynctest.Action) func(*dynsynctest.Request) dynsynctest.Action {
	return func(*dynsynctest.Request) dynsynctest.Action { return a }
}

// The rule for all verbs: the result is never nil, and the error is nil exactly if the
// answer is good.
func TestEveryVerbAnswers(t *testing.T) {
	t.Parallel()
	for _, tt := range verbCalls() {
		t.Run(tt.verb+"/"+tt.reason, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			p.fill(t, users(3)...)
			result, err := tt.call(t, p)
			if v := reflect.ValueOf(result); !v.IsValid() || v.IsNil() {
				t.Error("the result is nil")
			}
			if got := ExitCode(err); got != tt.exit || (got == 0) != (err == nil) {
				t.Errorf("exit code %d, want %d: %v", got, tt.exit, err)
			}
			if rep, ok := result.(*TableReport); ok && (rep.Err != nil) != (tt.exit != 0) {
				t.Errorf("the error is %v, and the report has %v", err, rep.Err)
			}
		})
	}
}

// Each verb of the Syncer has rows of its own. Format is none.
func TestEveryVerbIsCalled(t *testing.T) {
	t.Parallel()
	called := map[string]bool{}
	for _, tt := range verbCalls() {
		called[tt.verb] = true
	}
	syncer := reflect.TypeFor[*Syncer]()
	for i := range syncer.NumMethod() {
		if name := syncer.Method(i).Name; !called[name] && name != "Format" {
			t.Errorf("no row calls %s", name)
		}
	}
}
