package dynsync

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/dynsynctest"
)

// What an adversary found in the reading of segments and in the limits.

// A limit beyond all integers made a number of segments that read nothing.
func TestAutoSegmentsUnderAHugeLimit(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(50)...)
	report, err := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithSegments(AutoSegments), WithReadCapacity(Units(math.MaxFloat64)))).Sync(t.Context())
	if err != nil || report.Tables[0].Written != 50 {
		t.Errorf("%v\n%v", err, report)
	}
}

// Segments that an earlier run read count as done.
func TestSegmentsDoneAfterResume(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(400)...)
	table := WithTable("Source", "Destination", clearCopy(), WithSegments(300), WithPageSize(9))
	store := interrupted(t, p, 9, WithKey(testKey), table)
	var last Progress
	_, err := p.syncer(t, WithKey(testKey), table, WithCheckpoint(store), WithOnProgress(func(p Progress) { last = p })).Sync(t.Context())
	if err != nil || last.SegmentsDone != 300 || last.Segments != 300 {
		t.Errorf("%d of %d segments are done; %v", last.SegmentsDone, last.Segments, err)
	}
}

// A budget that the preflight alone would spend gets a page further in every run.
func TestSmallBudgetsGetOn(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(5)...)
	opts := []Option{WithKey(testKey), WithMaxCapacity(0.5), WithCheckpoint(FileCheckpoint(t.TempDir())), WithTable("Source", "Destination", clearCopy(), WithPageSize(1))}
	for range 10 {
		if _, err := p.syncer(t, opts...).Sync(t.Context()); err == nil {
			return
		}
	}
	t.Error("ten runs did not copy five items")
}

// The lower of two limits for one table holds, whichever run began last.
func TestTheLowerLimitHolds(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.create(t, p.to, "Other")
	s := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithReadCapacity(Units(6))),
		WithTable("Source", "Other", WithName("other"), clearCopy(), WithReadCapacity(Units(60))), WithTable("Source", "Other", WithName("third"), clearCopy()))
	for _, r := range s.preflight(t.Context(), &job{}, s.tables, needs{source: true, destination: true}) {
		if r.reader.meter.Limit() != 6 {
			t.Errorf("%s is read at %v units a second", r.table.cfg.name, r.reader.meter.Limit())
		}
	}
}

// A stream whose context ends in the middle of a page says that, and not that its
// sums do not add up.
func TestStreamsThatAreCancelledBalance(t *testing.T) {
	t.Parallel()
	for _, segments := range []int{1, 8} {
		p := newPair(t)
		p.fill(t, users(100)...)
		s := p.syncer(t, WithTable("Source", "Destination", WithPageSize(10), WithSegments(segments)))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var last error
		n := 0
		for _, err := range s.Scan(ctx, "Source") {
			last = err
			if n++; n == 15 {
				cancel()
			}
		}
		if !errors.Is(last, context.Canceled) || strings.Contains(last.Error(), "accounting") {
			t.Errorf("%d segments: %v", segments, last)
		}
	}
}

// goexit is an HTTP client that ends its goroutine at one request.
type goexit struct {
	dynamodb.HTTPClient
	left *atomic.Int64
}

func (g goexit) Do(r *http.Request) (*http.Response, error) {
	target := r.Header.Get("X-Amz-Target")
	if (strings.Contains(target, "Scan") || strings.Contains(target, "ExecuteStatement")) && g.left.Add(-1) == 0 {
		runtime.Goexit()
	}
	return g.HTTPClient.Do(r)
}

// A reader's goroutine that ends without a word neither hangs a job nor ends a
// stream as if it were complete.
func TestReadersThatVanish(t *testing.T) {
	t.Parallel()
	for _, segments := range []int{0, 8} {
		for _, way := range []string{"Sync", "Scan"} {
			if segments == 0 && way == "Sync" {
				continue // it reads on the caller's goroutine
			}
			t.Run(fmt.Sprint(segments, way), func(t *testing.T) {
				p := newPair(t)
				p.fill(t, users(100)...)
				opts := []TableOption{clearCopy(), WithPageSize(5)}
				if segments > 0 {
					opts = append(opts, WithSegments(segments))
				}
				left := new(atomic.Int64)
				left.Store(6)
				from := p.source.Client(func(o *dynamodb.Options) { o.HTTPClient = goexit{o.HTTPClient, left} })
				s, err := New(WithSource(from), WithDestination(p.to), WithTable("Source", "Destination", opts...))
				if err != nil {
					t.Fatal(err)
				}
				if way == "Sync" {
					_, err = s.Sync(t.Context())
				} else {
					for _, e := range s.Scan(t.Context(), "Source") {
						err = e
					}
				}
				if err == nil || !strings.Contains(err.Error(), "Goexit") {
					t.Errorf("%v", err)
				}
			})
		}
	}
}

// Writes whose answers are lost may have been carried out, and count against the
// limit; and no batch is given up on because others had the limit.
func TestLostAnswersCountAgainstTheLimit(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		items := map[string]map[string]any{}
		for i := range 600 {
			items[fmt.Sprint(i)] = map[string]any{"Id": fmt.Sprint(i), "Name": strings.Repeat("x", 3000)}
		}
		w.fill(t, w.source, "Source", items)
		var mu sync.Mutex
		var requests, puts int
		defer w.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) dynsynctest.Action {
			mu.Lock()
			defer mu.Unlock()
			puts += strings.Count(string(r.Body), "PutRequest")
			if requests++; requests%4 != 0 {
				return dynsynctest.ApplyThenDrop()
			}
			return dynsynctest.Action{}
		})()
		s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithTable("Source", "Destination", clearCopy(), WithWriteCapacity(Units(40))))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if report, err := s.Sync(t.Context()); err != nil {
			t.Fatalf("%v\n%v", err, report)
		}
		if took, used := time.Since(began).Seconds(), float64(3*puts); used > 1.05*40*took+100 {
			t.Errorf("%v units in %v s, at 40 a second", used, took)
		}
	})
}
