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
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/awserr"
)

// What WithOnFailure returns ends the job, even if it looks like an error that is
// worth another try: a callback that writes to a queue which is throttled, say.
// Such an error was taken for DynamoDB's, and the run went on as if nothing was.
func TestOnFailureErrorsThatLookTransient(t *testing.T) {
	t.Parallel()
	for name, cause := range map[string]error{
		"throttling":          &types.ProvisionedThroughputExceededException{},
		"a timeout":           context.DeadlineExceeded,
		"expired credentials": apiError("ExpiredTokenException"),
		"a refusal":           apiError("ValidationException"),
	} {
		for _, mode := range []Mode{ModePut, ModeInsert, ModeMerge} {
			inBubble(t, func(t *testing.T, w *world) {
				items := map[string]map[string]any{}
				for _, item := range users(60) {
					items[item["Id"].(string)] = item
				}
				w.fill(t, w.source, "Source", items)
				w.fill(t, w.dest, "Destination", map[string]map[string]any{"user-00007": {"Id": "user-00007"}})
				w.dest.Control("*", func(r *dynsynctest.Request) dynsynctest.Action {
					return dynsynctest.Refuse(func(_ string, item map[string]types.AttributeValue) bool { return idOf(item) == "user-00033" })
				})
				s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey), WithWriteConcurrency(1),
					WithTable("Source", "Destination", WithMode(mode), clearCopy()),
					WithOnFailure(func(context.Context, Failure) error { return cause }))
				if err != nil {
					t.Fatal(err)
				}
				report, err := s.Sync(t.Context())
				if rep := report.Tables[0]; rep.Err == nil || !strings.Contains(rep.Err.Error(), "WithOnFailure") || !errors.Is(err, cause) || !rep.balanced() || rep.Retries > 0 {
					t.Errorf("%s, %v: %v\n%v", name, mode, err, report)
				}
			})
		}
	}
}

func apiError(code string) error { return &codedError{code} }

type codedError struct{ code string }

func (e *codedError) Error() string     { return e.code }
func (e *codedError) ErrorCode() string { return e.code }

// An endpoint that takes requests and says nothing ends the table in time, though
// the HTTP client has no timeout; a connection that died is replaced by another.
// Both hung for ever.
func TestRequestsThatAreNeverAnswered(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"DescribeTable", "DescribeTimeToLive", "ExecuteStatement", "BatchWriteItem"} {
		for name, silent := range map[string]int64{"one": 1, "all": 1 << 40} {
			for _, path := range faultPaths {
				op := op
				if path == "segments" && op == "ExecuteStatement" {
					op = "Scan"
				}
				inBubble(t, func(t *testing.T, w *world) {
					x := newFaultRun(3, ModePut, path, op)
					w.fill(t, w.source, "Source", x.items)
					var n atomic.Int64
					hook := func(r *dynsynctest.Request) dynsynctest.Action {
						if n.Add(1) <= silent && !x.over.Load() {
							return dynsynctest.Hang()
						}
						return dynsynctest.Action{}
					}
					w.source.Control(op, hook)
					w.dest.Control(op, hook)
					start := time.Now()
					report, err := x.syncer(t, w).Sync(t.Context())
					took := time.Since(start)
					rep := report.Tables[0]
					x.over.Store(true)
					ended := rep.Err != nil && strings.Contains(err.Error(), "not answered") && !errors.Is(err, context.Canceled)
					if ended != (name == "all") || !rep.balanced() || took > 6*awserr.GiveUpAfter {
						t.Errorf("%s of %s unanswered, %s: it took %v; %v\n%v", name, op, path, took, err, report)
					}
				})
			}
		}
	}
}

// A write whose answer was lost, and that is given up later for another reason,
// says that the outcome is not known.
// TestGiveUpAfter: a job waits for as long as it was told to, and not longer.
func TestGiveUpAfter(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		patience, throttled time.Duration
		arrive              bool
	}{
		{10 * time.Minute, 9 * time.Minute, true},
		{2 * time.Minute, 9 * time.Minute, false},
		{time.Second, 10 * time.Second, false},
	} {
		for _, op := range []string{"ExecuteStatement", "BatchWriteItem"} {
			t.Run(fmt.Sprintf("%v of %v, %s", tt.patience, tt.throttled, op), func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					w.fill(t, w.source, "Source", map[string]map[string]any{"a": {"Id": "a"}})
					var began time.Time // by the second request: the first may be the preflight's
					throttle := func(*dynsynctest.Request) (a dynsynctest.Action) {
						switch {
						case began.IsZero():
							began = time.Now()
						case time.Since(began) < tt.throttled:
							a = dynsynctest.Throttle()
						}
						return a
					}
					if op == "BatchWriteItem" {
						began = time.Now()
					}
					defer w.source.Control(op, throttle)()
					defer w.dest.Control(op, throttle)()
					s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithGiveUpAfter(tt.patience), WithTable("Source", "Destination"))
					if err != nil {
						t.Fatal(err)
					}
					if _, err := s.Sync(t.Context()); (err == nil) != tt.arrive {
						t.Errorf("%v", err)
					}
					if took := time.Since(began); took > max(tt.throttled, 2*tt.patience)+awserr.MaxDelay {
						t.Errorf("it took %v", took)
					}
				})
			})
		}
	}
}

// An item whose answer was lost counts as unsettled when the run ends before it knows
// more: neither as written nor as failed.
func TestDoubtStaysWithTheItems(t *testing.T) {
	t.Parallel()
	table := []struct {
		name string
		path string
		then []dynsynctest.Action
	}{
		{"then denied", "raw", []dynsynctest.Action{dynsynctest.ApplyThenDrop(), dynsynctest.Deny("x")}},
		{"then halved, and the first half denied", "raw", []dynsynctest.Action{dynsynctest.ApplyThenDrop(), dynsynctest.TooLarge(), dynsynctest.Deny("x")}},
		{"a direct attempt, then throttled, then denied", "direct",
			[]dynsynctest.Action{{}, dynsynctest.ApplyThenDrop(), dynsynctest.Throttle(), dynsynctest.Deny("x"), dynsynctest.Deny("x")}},
		{"a direct attempt, then left, then denied", "direct",
			[]dynsynctest.Action{{}, dynsynctest.ApplyThenDrop(), dynsynctest.UnprocessedLast(25), dynsynctest.Deny("x"), dynsynctest.Deny("x")}},
	}
	for _, tt := range table {
		inBubble(t, func(t *testing.T, w *world) {
			items := map[string]map[string]any{}
			for _, item := range users(50) {
				items[item["Id"].(string)] = item
			}
			w.fill(t, w.source, "Source", items)
			w.dest.Control("BatchWriteItem", dynsynctest.Script(tt.then...))
			x := newFaultRun(1, ModePut, tt.path, "BatchWriteItem")
			x.opts = []Option{WithWriteConcurrency(1), WithWorkers(1)}
			report, _ := x.syncer(t, w).Sync(t.Context())
			there := int64(len(contents(t, w.plain, "Destination")))
			r := report.Tables[0]
			if there <= r.Written || there > r.Written+r.Unsettled || len(x.failures) > 0 {
				t.Errorf("%s: %d items are there, %d told of, and the report says: %v", tt.name, there, len(x.failures), report)
			}
		})
	}
}

// Credentials that run out while a table is copied are renewed, on both sides and
// in the preflight; where the new ones are refused too, it is over in seconds.
func TestCredentialsThatExpire(t *testing.T) {
	t.Parallel()
	for _, renewable := range []bool{true, false} {
		inBubble(t, func(t *testing.T, w *world) {
			items := map[string]map[string]any{}
			for _, item := range users(200) {
				items[item["Id"].(string)] = item
			}
			w.fill(t, w.source, "Source", items)
			var served, fetched atomic.Int64
			creds := aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: fmt.Sprint("key-", fetched.Add(1)), SecretAccessKey: "s"}, nil
			}))
			hook := func(r *dynsynctest.Request) dynsynctest.Action {
				n := served.Add(1)
				if r.AccessKey == "key-1" && n > 3 || r.AccessKey == "key-2" && n > 20 || !renewable && n > 20 {
					return dynsynctest.ExpiredCredentials()
				}
				return dynsynctest.Delay(time.Duration(n%5) * 10 * time.Millisecond)
			}
			w.source.Control("*", hook)
			w.dest.Control("*", hook)
			with := func(o *dynamodb.Options) { o.Credentials = creds }
			s, err := New(WithSource(w.client(w.source, with)), WithDestination(w.client(w.dest, with)), WithKey(testKey),
				WithTable("Source", "Destination", clearCopy(), WithPageSize(10)))
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			report, err := s.Sync(t.Context())
			rep, took := report.Tables[0], time.Since(start)
			if renewable && (err != nil || rep.Written != 200 || fetched.Load() < 3) {
				t.Errorf("%d credentials were fetched; %v\n%v", fetched.Load(), err, report)
			}
			if !renewable && (rep.Err == nil || !strings.Contains(err.Error(), "renew") || !rep.balanced() || took > 3*awserr.GiveUpEarly) {
				t.Errorf("it took %v; %v\n%v", took, err, report)
			}
		})
	}
}

// Consumed capacity is the sum of what every answer said, also of those that left
// a part, and the reasons of throttling are counted one by one, in every mode.
func TestAccountOfCapacityAndThrottling(t *testing.T) {
	t.Parallel()
	for mode, op := range map[Mode]string{ModePut: "BatchWriteItem", ModeInsert: "BatchExecuteStatement", ModeMerge: "UpdateItem"} {
		inBubble(t, func(t *testing.T, w *world) {
			items := map[string]map[string]any{}
			for _, item := range users(75) {
				items[item["Id"].(string)] = item
			}
			w.fill(t, w.source, "Source", items)
			w.dest.Control(op, dynsynctest.Script(dynsynctest.Throttle("TableWriteKeyRangeThroughputExceeded", "IndexWriteAccountLimitExceeded"),
				dynsynctest.ThrottleOnDemand("TableWriteMaxOnDemandThroughputExceeded"), dynsynctest.UnprocessedLast(3)))
			x := newFaultRun(1, mode, "raw", op)
			x.opts = []Option{WithWriteConcurrency(1), WithWorkers(1)}
			s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey), WithWriteConcurrency(1), WithWorkers(1),
				WithTable("Source", "Destination", WithMode(mode), clearCopy()))
			if err != nil {
				t.Fatal(err)
			}
			report, err := s.Sync(t.Context())
			if err != nil {
				t.Fatalf("%v: %v\n%v", mode, err, report)
			}
			rep := report.Tables[0]
			for _, reason := range []string{"TableWriteKeyRangeThroughputExceeded", "IndexWriteAccountLimitExceeded", "TableWriteMaxOnDemandThroughputExceeded"} {
				if rep.Throttles[reason] == 0 {
					t.Errorf("%v: %s is not counted: %v", mode, reason, rep.Throttles)
				}
			}
			if rep.WriteUnits != 75 || rep.ReadUnits == 0 || rep.BytesWritten != rep.BytesRead {
				t.Errorf("%v: %v units written, %v read, %d and %d bytes", mode, rep.WriteUnits, rep.ReadUnits, rep.BytesWritten, rep.BytesRead)
			}
		})
	}
}

// A dead-letter file holds what was handed over, line by line; a replay under
// faults writes it, and a file that cannot be written stops the job.
func TestDeadLettersUnderFaults(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		file := filepath.Join(t.TempDir(), "dead.jsonl")
		inBubble(t, func(t *testing.T, w *world) {
			x := newFaultRun(seed, ModePut, faultPaths[seed%4], "BatchWriteItem")
			clear(x.before)
			w.fill(t, w.source, "Source", x.items)
			w.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
				if x.over.Load() {
					return dynsynctest.Action{}
				}
				return dynsynctest.Refuse(poisonous(x))
			})
			x.opts = []Option{WithDeadLetters(file)}
			report, _ := x.syncer(t, w).Sync(t.Context())
			first := report.Tables[0]
			text, err := os.ReadFile(file)
			if err != nil || int64(strings.Count(string(text), "\n")) != first.Failed || !first.balanced() {
				t.Errorf("seed %d: %v: %d lines\n%v", seed, err, strings.Count(string(text), "\n"), report)
			}
			x.over.Store(true)
			transient := dynsynctest.AtMost(3, dynsynctest.Faults(seed, 0.3, dynsynctest.Throttle(), dynsynctest.Reset(), dynsynctest.ApplyThenDrop()))
			w.source.Control("ExecuteStatement", transient)
			w.dest.Control("BatchWriteItem", transient)
			x.opts = nil
			s := x.syncer(t, w)
			for range 2 { // it can be done again
				if report, err = s.Replay(t.Context(), file); err != nil {
					t.Errorf("seed %d: %v\n%v", seed, err, report)
				}
				if first.Failed > 0 && (len(report.Tables) != 1 || report.Tables[0].Written != first.Failed) {
					t.Errorf("seed %d: %d items failed, and then\n%v", seed, first.Failed, report)
				}
			}
			written := 0
			for id := range x.items {
				if x.want[id] != nil && x.items[id]["Age"] != 7 {
					written++
				}
			}
			if n := len(contents(t, w.plain, "Destination")); n != written {
				t.Errorf("seed %d: %d items are there, of %d", seed, n, written)
			}
		})
	}
}

func TestDeadLettersThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	p := newPair(t)
	p.fill(t, users(60)...)
	report, err := p.syncer(t, WithDeadLetters("/dev/full"), WithTable("Source", "Destination", clearCopy(), WithTransform("Name", Reject()))).Sync(t.Context())
	if rep := report.Tables[0]; rep.Err == nil || !strings.Contains(err.Error(), "WithDeadLetters") || !rep.balanced() {
		t.Errorf("%v\n%v", err, report)
	}
	if _, err := p.syncer(t, WithDeadLetters(filepath.Join(t.TempDir(), "no", "such", "directory")), WithTable("Source", "Destination")).Sync(t.Context()); err == nil {
		t.Error("a file that cannot be made")
	}
}

// WithMaxFailures ends the job soon, whatever fails, and accounts for the rest.
func TestMaxFailuresWhateverFails(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		inBubble(t, func(t *testing.T, w *world) {
			x := newFaultRun(seed, Mode(seed%3), "raw", "*")
			x.kind = anything
			w.fill(t, w.source, "Source", x.items)
			w.fill(t, w.dest, "Destination", x.before)
			w.dest.Control("*", func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Refuse(poisonous(x)) })
			x.opts = []Option{WithMaxFailures(1)}
			start := time.Now()
			report, err := x.syncer(t, w).Sync(t.Context())
			x.check(t, w, report, err, time.Since(start))
			if rep := report.Tables[0]; rep.Failed > 1 && (rep.Err == nil || !strings.Contains(rep.Err.Error(), "WithMaxFailures")) {
				t.Errorf("seed %d: %v", seed, report)
			}
		})
	}
}

// One item that is refused costs its batch some requests more, and no others.
func TestPoisonCostsAHandfulOfRequests(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(2000)...)
	count := func(refused string) (requests int64) {
		var n atomic.Int64
		defer p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
			n.Add(1)
			return dynsynctest.Refuse(func(_ string, item map[string]types.AttributeValue) bool { return idOf(item) == refused })
		})()
		report, _ := p.syncer(t, WithWorkers(1), WithTable("Source", "Destination", clearCopy())).Sync(t.Context())
		if want := int64(len(refused) / len("user-00000")); report.Tables[0].Failed != want || report.Tables[0].Written != 2000-want {
			t.Errorf("%v", report)
		}
		return n.Load()
	}
	without := count("")
	if with := count("user-01003"); with > without+2*5 {
		t.Errorf("%d requests, and %d with one item that is refused", without, with)
	}
}
