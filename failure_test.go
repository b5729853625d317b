package dynsync

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/dynsync/dynsync/dynsynctest"
)

// firstLetter makes keys collide.
func firstLetter() Transformer {
	return Func(func(_ context.Context, s string) (string, error) { return s[len(s)-1:], nil })
}

// Of items that end on one key one is written, and the others are reported with
// their own keys and one digest.
func TestCollisions(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(100)...) // ten last digits
	var digests, keys sameOrNot
	s := p.syncer(t, WithWorkers(4), WithTable("Source", "Destination", clearCopy(), WithPageSize(7), WithTransform("Id", firstLetter())),
		WithOnFailure(func(_ context.Context, f Failure) error {
			if f.Outcome != OutcomeCollided {
				t.Errorf("%v: %v", f.Outcome, f.Err)
			}
			text := f.Err.Error()
			digests.add(text[strings.Index(text, "digest"):])
			keys.add(string(f.Key.DynamoDBJSON()))
			return nil
		}))
	report, err := s.Sync(t.Context())
	var failed *ItemsFailedError
	if !errors.As(err, &failed) {
		t.Errorf("items collided, and the error is %v", err)
	}
	if want := "table Source: 90 of 100 items collided, first: "; !strings.Contains(err.Error(), want) {
		t.Errorf("the error is %v, not %q", err, want)
	}
	rep := report.Tables[0]
	if rep.Read != 100 || rep.Written != 10 || rep.Collided != 90 || rep.Failed != 0 {
		t.Errorf("%v", report)
	}
	if len(digests) != 10 || len(keys) != 90 {
		t.Errorf("%d digests of %d items", len(digests), len(keys))
	}
	if n := len(contents(t, p.to, "Destination")); n != 10 {
		t.Errorf("%d items arrived", n)
	}
}

type sameOrNot map[string]bool

func (s *sameOrNot) add(text string) {
	if *s == nil {
		*s = sameOrNot{}
	}
	(*s)[text] = true
}

func TestCollisionMemoryIsBounded(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(300)...)
	same := Func(func(_ context.Context, s string) (string, error) { return s + "!", nil })
	table := WithTable("Source", "Destination", clearCopy(), WithTransform("Id", same))
	report, err := p.syncer(t, table, WithMaxTrackedKeys(64)).Sync(t.Context())
	if err == nil || !strings.Contains(err.Error(), "WithMaxTrackedKeys") {
		t.Errorf("%v\n%v", err, report)
	}
	if report, err := p.syncer(t, table, WithMaxTrackedKeys(3000)).Sync(t.Context()); err != nil || report.Tables[0].Written != 300 {
		t.Errorf("%v\n%v", err, report)
	}
}

func TestMaxFailuresStopsTheJob(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(100)...)
	p.create(t, p.to, "Other")
	table := func(dest, name string) Option {
		return WithTable("Source", dest, WithName(name), clearCopy(), WithPageSize(10), WithTransform("Name", Reject()))
	}
	report, err := p.syncer(t, table("Destination", "first"), table("Other", "second"), WithMaxFailures(5), WithWorkers(1)).Sync(t.Context())
	if err == nil || !strings.Contains(err.Error(), "limit of WithMaxFailures") || ExitCode(err) != 4 {
		t.Errorf("%d: %v", ExitCode(err), err)
	}
	first, second := report.Tables[0], report.Tables[1]
	if first.Failed < 6 || first.Read == 0 || second.Read != 0 || second.Err == nil {
		t.Errorf("%v", report)
	}
	if _, err := p.syncer(t, table("Destination", "first"), WithMaxFailures(100)).Sync(t.Context()); err == nil || strings.Contains(err.Error(), "limit") {
		t.Errorf("as many failures as allowed: %v", err)
	}
}

// An error of WithOnFailure comes with the item that failed.
func TestExitCodeOfOnFailure(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(3)...)
	for _, tt := range []struct {
		err  error
		code int
	}{
		{errors.New("the caller's"), 4},
		{context.Canceled, 4},
		{&smithy.GenericAPIError{Code: "AccessDeniedException"}, 3},
	} {
		tell := func(context.Context, Failure) error { return tt.err }
		table := WithTable("Source", "Destination", clearCopy(), WithTransform("Name", Reject()))
		_, err := p.syncer(t, table, WithOnFailure(tell)).Sync(t.Context())
		if got := ExitCode(err); !errors.Is(err, tt.err) || got != tt.code {
			t.Errorf("%v: %d, want %d: %v", tt.err, got, tt.code, err)
		}
	}
}

// What failed goes into the file; once the cause is gone, a replay writes it.
func TestDeadLettersAndReplay(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(100)...)
	file := filepath.Join(t.TempDir(), "dead.jsonl")
	remove := p.dest.Control("BatchWriteItem", dynsynctest.Script())
	remove()
	refuse := p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
		return dynsynctest.Refuse(func(_ string, item map[string]types.AttributeValue) bool {
			id := item["Id"].(*types.AttributeValueMemberS).Value
			return strings.HasSuffix(id, "7")
		})
	})
	broken := Func(func(_ context.Context, age int64) (int64, error) {
		if age == 13 {
			return 0, errors.New("canary")
		}
		return age, nil
	})
	table := func(age Transformer) Option {
		return WithTable("Source", "Destination", clearCopy(), WithTransform("Age", age))
	}
	report, err := p.syncer(t, table(broken), WithDeadLetters(file)).Sync(t.Context())
	if err == nil || report.Tables[0].Failed != 11 {
		t.Fatalf("%v\n%v", err, report)
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Count(string(text), "\n") != 11 || strings.Contains(string(text), "canary") || strings.Contains(string(text), `"item"`) || strings.Contains(string(text), "Name ") {
		t.Errorf("%v\n%s", err, text)
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v", info.Mode())
	}
	refuse()
	report, err = p.syncer(t, table(Passthrough())).Replay(t.Context(), file)
	if err != nil || len(report.Tables) != 1 || report.Tables[0].Written != 11 {
		t.Errorf("%v\n%v", err, report)
	}
	if n := len(contents(t, p.to, "Destination")); n != 100 {
		t.Errorf("%d items are there", n)
	}
	for _, bad := range []string{"not JSON\n", `{"table":"Elsewhere","key":{"Id":{"S":"1"}}}` + "\n", `{"table":"Source","key":{"Id":{"S":1}}}` + "\n", `{"table":"Source","key":{"X":{"S":"canary"}}}` + "\n"} {
		if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := p.syncer(t, table(Passthrough())).Replay(t.Context(), file); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// Replay writes nothing that Sync would not read.
func TestReplayReadsWhatSyncDoes(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(10)...)
	file := filepath.Join(t.TempDir(), "dead.jsonl")
	table := func(opts ...TableOption) Option {
		return WithTable("Source", "Destination", append(opts, clearCopy())...)
	}
	if report, err := p.syncer(t, table(WithTransform("Age", Reject())), WithDeadLetters(file)).Sync(t.Context()); err == nil || report.Tables[0].Failed != 10 {
		t.Fatalf("%v\n%v", err, report)
	}
	report, err := p.syncer(t, table(WithWhere("Age < ? -- and not more", 5))).Replay(t.Context(), file)
	if err != nil || report.Tables[0].Written != 5 {
		t.Errorf("%v\n%v", err, report)
	}
	for name, opt := range map[string]TableOption{"WithIndex": WithIndex("ByAge"), "WithWhere": WithWhere("Age BETWEEN 1 AND 2 = true")} {
		if _, err := p.syncer(t, table(opt)).Replay(t.Context(), file); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The report names what DynamoDB throttled, and what it said was consumed.
func TestReportTellsThrottlesAndCapacity(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(50)...)
	var writes, reads atomic.Int64
	p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
		switch writes.Add(1) {
		case 1:
			return dynsynctest.Throttle("TableWriteKeyRangeThroughputExceeded")
		case 2:
			return dynsynctest.UnprocessedLast(5)
		}
		return dynsynctest.Action{}
	})
	p.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action {
		if reads.Add(1) == 2 { // the first is the preflight's
			return dynsynctest.Throttle("TableReadProvisionedThroughputExceeded")
		}
		return dynsynctest.Action{}
	})
	report, err := p.syncer(t, WithTable("Source", "Destination", clearCopy()), WithWriteConcurrency(1)).Sync(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rep := report.Tables[0]
	want := map[string]int64{"TableWriteKeyRangeThroughputExceeded": 1, "TableReadProvisionedThroughputExceeded": 1, "UnprocessedItems": 1}
	if fmt.Sprint(rep.Throttles) != fmt.Sprint(want) || rep.WriteUnits != 50 || rep.ReadUnits == 0 || rep.Retries != 3 || rep.BytesWritten != rep.BytesRead {
		t.Errorf("%v\n%+v", report, rep)
	}
}
