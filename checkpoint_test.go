package dynsync

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dynsync/dynsync/dynsynctest"
)

// interrupted runs a job that is stopped at its n-th item which fails, and
// returns the store with its checkpoint.
func interrupted(t *testing.T, p *pair, after int64, opts ...Option) CheckpointStore {
	t.Helper()
	store := FileCheckpoint(t.TempDir())
	var written atomic.Int64
	ctx, cancel := context.WithCancel(t.Context())
	remove := p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
		if written.Add(1) == after {
			cancel()
		}
		return dynsynctest.Action{}
	})
	defer remove()
	report, err := p.syncer(t, append(opts, WithCheckpoint(store))...).Sync(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("the job was not interrupted: %v\n%v", err, report)
	}
	return store
}

// When DynamoDB no longer takes a token, the reading goes on by Scan if that is
// allowed and comes to the same items; else it starts over, and says so.
func TestExpiredTokens(t *testing.T) {
	t.Parallel()
	copyOf := func(more ...TableOption) Option {
		return WithTable("Source", "Destination", append(more, clearCopy(), WithPageSize(10))...)
	}
	odd := WithWhere(`Age BETWEEN ? AND ? AND NOT Name = ?`, 10, 70, "Name 30")
	tests := []struct {
		name  string
		opts  []Option
		items int
		note  string // of the report, or
		err   string // of the job
		again bool   // everything is read again
	}{
		{"by scan", []Option{withCheckpointOption(ScanResume()), copyOf()}, 200, "a Scan continued", "", false},
		{"by scan with a condition", []Option{withCheckpointOption(ScanResume()), copyOf(odd)}, 131, "a Scan continued", "", false},
		{"not allowed", []Option{copyOf()}, 200, "from its beginning", "", true},
		{"a query", []Option{withCheckpointOption(ScanResume()), copyOf(WithWhere(`Id IN (?, ?) AND Age >= 0`, "user-00001", "user-00002"))}, 2, "", "", false},
	}
	for _, tt := range tests {
		t.Run("resumed "+tt.name, func(t *testing.T) {
			p := newPair(t)
			p.fill(t, users(200)...)
			var pages atomic.Int64
			remove := p.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action {
				if pages.Add(1) == 22 { // the last page, behind the preflight's: the job cannot end without it
					return dynsynctest.Wait(make(chan struct{}))
				}
				return dynsynctest.Action{}
			})
			store := interrupted(t, p, 1, append(tt.opts, WithWorkers(1), WithWriteConcurrency(1))...)
			remove()
			var selects, scans atomic.Int64
			p.source.Control("ExecuteStatement", func(r *dynsynctest.Request) dynsynctest.Action {
				if selects.Add(1) == 2 { // the first is the preflight's
					return dynsynctest.ExpiredToken()
				}
				return dynsynctest.Action{}
			})
			p.source.Control("Scan", func(*dynsynctest.Request) dynsynctest.Action { scans.Add(1); return dynsynctest.Action{} })
			report, err := p.syncer(t, append([]Option{WithCheckpoint(store)}, tt.opts...)...).Sync(t.Context())
			if err != nil {
				t.Fatalf("%v\n%v", err, report)
			}
			if got := contents(t, p.to, "Destination"); len(got) != tt.items {
				t.Errorf("%d items arrived, want %d", len(got), tt.items)
			}
			if tt.note != "" && !strings.Contains(findingsText(report.Tables[0].Findings), tt.note) {
				t.Errorf("the report does not say %q:\n%v", tt.note, report)
			}
			if rep := report.Tables[0]; tt.again != (rep.Resumed == 0 && rep.Read == int64(tt.items)) && tt.note != "" {
				t.Errorf("read %d, resumed %d", rep.Read, rep.Resumed)
			}
		})
		if tt.note == "" {
			continue
		}
		t.Run("in the run "+tt.name, func(t *testing.T) {
			p := newPair(t)
			p.fill(t, users(200)...)
			var selects atomic.Int64
			p.source.Control("ExecuteStatement", func(r *dynsynctest.Request) dynsynctest.Action {
				if selects.Add(1) == 5 {
					return dynsynctest.ExpiredToken()
				}
				return dynsynctest.Action{}
			})
			report, err := p.syncer(t, tt.opts...).Sync(t.Context())
			if tt.again {
				if err == nil || !strings.Contains(err.Error(), "ScanResume") {
					t.Errorf("%v", err)
				}
				return
			}
			if got := contents(t, p.to, "Destination"); err != nil || len(got) != tt.items {
				t.Errorf("%d items arrived, want %d: %v\n%v", len(got), tt.items, err, report)
			}
		})
	}
}

// A scan that goes on from every possible place of a SELECT, with conditions,
// comes to the same items.
func TestScanGoesOnWhereASelectEnded(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(60)...)
	for _, where := range []TableOption{WithWhere(""), WithWhere(`Age < 20`), WithWhere(`contains(Name, '1') OR Age = 33`)} {
		all := map[string]bool{}
		s := p.syncer(t, withCheckpointOption(ScanResume()), WithTable("Source", "Destination", where))
		for rec, err := range s.Scan(t.Context(), "Source") {
			if err != nil {
				t.Fatal(err)
			}
			all[string(rec.Key().DynamoDBJSON())] = true
		}
		for at := 2; at < 9; at++ {
			var selects atomic.Int64
			remove := p.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action {
				if selects.Add(1) == int64(at) {
					return dynsynctest.ExpiredToken()
				}
				return dynsynctest.Action{}
			})
			got := map[string]bool{}
			s := p.syncer(t, withCheckpointOption(ScanResume()), WithTable("Source", "Destination", where, WithPageSize(7)))
			for rec, err := range s.Scan(t.Context(), "Source") {
				if err != nil {
					t.Fatal(err)
				}
				id := string(rec.Key().DynamoDBJSON())
				if got[id] {
					t.Errorf("expired at request %d: an item came twice", at)
				}
				got[id] = true
			}
			remove()
			if diff := cmp.Diff(all, got); diff != "" {
				t.Errorf("expired at request %d (-select +scan):\n%s", at, diff)
			}
		}
	}
}

func TestTwoRunsOnOneCheckpointExcludeEachOther(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(100)...)
	dir := t.TempDir()
	table := WithTable("Source", "Destination", clearCopy(), WithPageSize(10))
	held, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
		once.Do(func() { close(held) })
		return dynsynctest.Wait(release).Once()
	})
	first := make(chan error, 1)
	go func() {
		_, err := p.syncer(t, table, WithCheckpoint(FileCheckpoint(dir))).Sync(t.Context())
		first <- err
	}()
	<-held
	if _, err := p.syncer(t, table, WithCheckpoint(FileCheckpoint(dir))).Sync(t.Context()); !errors.Is(err, ErrCheckpointInUse) {
		t.Errorf("the second run: %v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Errorf("the first run: %v", err)
	}
	if report, err := p.syncer(t, table, WithCheckpoint(FileCheckpoint(dir))).Sync(t.Context()); err != nil || report.Tables[0].Written != 100 {
		t.Errorf("after it, the job begins anew: %v\n%v", err, report)
	}
}

// Requests that are under way when the context ends may finish, so that what
// they wrote counts as written.
func TestCancelDrainsRequestsUnderWay(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(200)...)
	ctx, cancel := context.WithCancel(t.Context())
	p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
		cancel()
		return dynsynctest.Delay(100 * time.Millisecond)
	})
	report, err := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithPageSize(25)), WithWorkers(1), WithWriteConcurrency(1)).Sync(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	rep, there := report.Tables[0], len(contents(t, p.to, "Destination"))
	if rep.Written != int64(there) || there == 0 {
		t.Errorf("%d items are written, and the report says\n%v", there, report)
	}
	for _, f := range rep.Failures {
		if strings.Contains(f.Err.Error(), "not known") {
			t.Errorf("an item's outcome is not known: %v", f.Err)
		}
	}
}
