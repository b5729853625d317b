package dynsync

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// failsLast returns a rule that fails the last n of 100 users.
func failsLast(n int) TableOption {
	return WithTransform("Name", Func(func(_ context.Context, name string) (string, error) {
		if i, err := strconv.Atoi(strings.TrimPrefix(name, "Name ")); err != nil || i >= 100-n {
			return "", errors.New("canary")
		}
		return "Somebody", nil
	}))
}

// Up to as many failed items as WithTolerate says, a table succeeds; beyond, or where
// anything else is wrong, it fails as it does without.
func TestTolerance(t *testing.T) {
	t.Parallel()
	const items = 100
	tests := []struct {
		name   string
		failed int
		limit  float64
		opts   []TableOption
		code   int // exit code
	}{
		{"none failed, none tolerated", 0, 0, nil, 0},
		{"none failed", 0, 5, nil, 0},
		{"no tolerance", 1, 0, nil, 4},
		{"a fraction, fewer", 3, 0.05, nil, 0},
		{"a fraction, exactly", 29, 0.29, nil, 0},
		{"a fraction, exactly, as a float is inexact", 7, 0.07, nil, 0},
		{"a fraction, one more", 30, 0.29, nil, 4},
		{"a small fraction", 1, 0.001, nil, 4},
		{"almost all", 90, 0.99, nil, 0},
		{"a number, fewer", 3, 5, nil, 0},
		{"a number, exactly", 5, 5, nil, 0},
		{"a number, one more", 6, 5, nil, 4},
		{"one is a number, not all", 2, 1, nil, 4},
		{"one", 1, 1, nil, 0},
		{"a number with a fraction", 2, 2.5, nil, 0},
		{"a number with a fraction, one more", 3, 2.5, nil, 4},
		{"more than there are", 90, 1000, nil, 0},
		{"of the items read, not of those written", 5, 0.05, []TableOption{WithFilter(func(r *Record) bool { id, _ := r.Get("Id"); text, _ := id.Text(); return text >= "user-00050" })}, 0},
		{"a leak", 1, 50, []TableOption{WithTransform("Age", Passthrough()), WithTransform("Secret", Constant("x")), WithTransform("Note", Passthrough()), WithLeakCheck()}, 5},
		{"a collision", 1, 99, []TableOption{WithTransform("Id", firstLetter())}, 4},
		{"another error", 1, 50, []TableOption{clearCopy(), WithTransform("Emial", Constant("x"))}, 5},
		{"with segments", 3, 5, []TableOption{WithSegments(4)}, 0},
		{"by inserts", 3, 5, []TableOption{WithMode(ModeInsert)}, 0},
		{"by merges", 3, 5, []TableOption{WithMode(ModeMerge)}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			all := users(items)
			for i := range all {
				all[i]["Secret"], all[i]["Note"] = "sesame-opens", "nothing"
			}
			all[0]["Note"] = "it says sesame-opens"
			p.fill(t, all...)
			told := 0
			s := p.syncer(t, WithKey(testKey), WithOnFailure(func(context.Context, Failure) error { told++; return nil }),
				WithTable("Source", "Destination", append([]TableOption{failsLast(tt.failed), WithTolerate(tt.limit)}, tt.opts...)...))
			report, err := s.Sync(t.Context())
			rep := report.Tables[0]
			if ExitCode(err) != tt.code || report.ExitCode != tt.code || (err == nil) != (tt.code == 0) {
				t.Fatalf("exit code %d, in the report %d: %v", ExitCode(err), report.ExitCode, err)
			}
			if rep.outcomes().lost() < int64(tt.failed) || int64(told) != rep.outcomes().lost() || !rep.balanced() {
				t.Errorf("told of %d: %v", told, rep)
			}
			tolerated := tt.code == 0 && tt.failed > 0
			if (rep.Tolerated > 0) != tolerated || strings.Contains(rep.String(), "(tolerated)") != tolerated || strings.Contains(rep.String(), "[tolerated]") != tolerated {
				t.Errorf("tolerated %d: %v", rep.Tolerated, rep)
			}
			if tolerated && (report.Outcome != runDone || rep.Tolerated != int64(tt.failed)) {
				t.Errorf("%s: %v", report.Outcome, rep)
			}
		})
	}
}

// New refuses a tolerance that is none.
func TestToleranceIsChecked(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{-1, -0.1, math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination", WithTolerate(limit)))
		if err == nil || ExitCode(err) != 2 || !strings.Contains(err.Error(), "WithTolerate must be 0 or more and finite") {
			t.Errorf("%v: %v", limit, err)
		}
	}
	for _, limit := range []float64{0, math.SmallestNonzeroFloat64, 0.5, 1, 1e18} {
		if _, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination", WithTolerate(limit))); err != nil {
			t.Errorf("%v: %v", limit, err)
		}
	}
}

// With a checkpoint, the items of all runs of the job count, and a leak of an earlier run
// is never tolerated. The record and a later Replay follow.
func TestToleranceOverRuns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		limit float64
		opts  []TableOption
		first int // exit codes
		then  int
	}{
		{"within", 4, nil, 4, 0},
		{"a fraction of all runs", 0.04, nil, 4, 0},
		{"beyond", 3, nil, 4, 4},
		{"a leak before", 90, []TableOption{WithTransform("Secret", Constant("x")), WithTransform("Note", Passthrough()), WithLeakCheck()}, 5, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPair(t)
			all := users(100)
			for i := range all {
				all[i]["Secret"], all[i]["Note"] = "sesame-opens", "nothing"
			}
			all[50]["Note"] = "it says sesame-opens"
			p.fill(t, all...)
			store, dead := FileCheckpoint(t.TempDir()), filepath.Join(t.TempDir(), "dead")
			night := func(ctx context.Context, opts ...Option) (*Syncer, *Report, error) {
				s := p.syncer(t, append(opts, WithKey(testKey), WithWorkers(1), WithWriteConcurrency(1), WithCheckpoint(store, RulesVersion("1")), WithDeadLetters(dead),
					WithTable("Source", "Destination", append([]TableOption{keepKey(), failsLast(4), WithTolerate(tt.limit), WithPageSize(4), WithReadCapacity(Unlimited())}, tt.opts...)...))...)
				report, err := s.Sync(ctx)
				return s, report, err
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			failures, last := 0, 4
			if len(tt.opts) > 0 {
				last++ // with the leak
			}
			_, report, err := night(ctx, WithOnFailure(func(context.Context, Failure) error {
				if failures++; failures == last {
					go func() { time.Sleep(20 * time.Millisecond); cancel() }()
					<-ctx.Done()
				}
				return nil
			}))
			if tt.first != ExitCode(err) || report.Tables[0].Tolerated != 0 {
				t.Fatalf("exit code %d: %v", ExitCode(err), report)
			}
			s, report, err := night(t.Context())
			rep := report.Tables[0]
			if rep.Leaked > 0 { // the page of the leak was read again
				tt.then = 5
			}
			if ExitCode(err) != tt.then || (rep.Tolerated > 0) != (tt.then == 0) || rep.Resumed == 0 {
				t.Fatalf("exit code %d: %v", ExitCode(err), report)
			}
			record, err := s.LastRun(t.Context())
			want := runItemsFailed
			if tt.then == 0 {
				want = runDone
			}
			if err != nil || record.Outcome != want || record.Tables[0].Job.Failed != rep.Job.Failed || rep.Job.Failed < 4 {
				t.Errorf("%v: %+v", err, record)
			}
			replayed, err := s.Replay(t.Context(), dead)
			if ExitCode(err) == 0 || replayed.Tables[0].Tolerated != 0 || replayed.Tables[0].Failed < 4 {
				t.Errorf("the replay is there for what failed: %v, %v", err, replayed)
			}
		})
	}
}

// The tables of a job are judged one by one.
func TestToleranceIsOfATable(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.create(t, p.source.Client(), "SourceB")
	p.create(t, p.to, "DestinationB")
	p.fill(t, users(100)...)
	p.fillTable(t, "SourceB", users(100)...)
	report, err := p.syncer(t, WithKey(testKey), WithAllTables(keepKey(), WithTolerate(3)),
		WithTable("Source", "Destination", failsLast(3)), WithTable("SourceB", "DestinationB", failsLast(4))).Sync(t.Context())
	var failed *ItemsFailedError
	if !errors.As(err, &failed) || strings.Contains(failed.Error(), "table Source:") || !strings.Contains(failed.Error(), "table SourceB: 4 of 100 items failed") {
		t.Errorf("%v", err)
	}
	if report.Tables[0].Tolerated != 3 || report.Tables[1].Tolerated != 0 || !strings.Contains(report.String(), "2 tables: 1 failed, 1 tolerated") {
		t.Errorf("%v", report)
	}
}
