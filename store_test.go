package dynsync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/testsize"
)

// A losingStore loses leases at its k-th point: a call of the store, or a request.
type losingStore struct {
	memoryStore
	which string // the name of the lease that is lost; "" for all

	mu      sync.Mutex
	k, n    int
	at      string // where it lost leases; "" for nowhere yet
	lost    chan struct{}
	changes []string // of leases that were lost before
}

// point is a place where leases can be lost.
func (s *losingStore) point(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n++; s.n == s.k {
		s.at = what
		close(s.lost)
	}
}

func (s *losingStore) isLost(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at != "" && (s.which == "" || s.which == name)
}

func (s *losingStore) Acquire(ctx context.Context, name string) (Lease, error) {
	s.point("acquire " + name)
	if s.isLost(name) {
		return nil, ErrCheckpointInUse
	}
	lease, err := s.memoryStore.Acquire(ctx, name)
	return &losingLease{lease, s, name}, err
}

type losingLease struct {
	Lease
	store *losingStore
	name  string
}

// call calls a method, unless the lease is lost.
func (l *losingLease) call(what string, do func() error) error {
	if l.store.isLost(l.name) && what != "release" {
		l.store.changes = append(l.store.changes, what+" "+l.name)
	}
	l.store.point(what + " " + l.name)
	if l.store.isLost(l.name) {
		return ErrCheckpointInUse
	}
	return do()
}

func (l *losingLease) Load(ctx context.Context) (data []byte, err error) {
	err = l.call("load", func() (err error) { data, err = l.Lease.Load(ctx); return err })
	return data, err
}

func (l *losingLease) Save(ctx context.Context, data []byte) error {
	return l.call("save", func() error { return l.Lease.Save(ctx, data) })
}

func (l *losingLease) Delete(ctx context.Context) error {
	return l.call("delete", func() error { return l.Lease.Delete(ctx) })
}

func (l *losingLease) Release(ctx context.Context) error {
	return errors.Join(l.Lease.Release(ctx), l.call("release", func() error { return nil }))
}

func (l *losingLease) Lost() <-chan struct{} {
	if l.store.which == "" || l.store.which == l.name {
		return l.store.lost
	}
	return nil
}

// A run loses a lease at every point: it ends and says so, saves nothing more and writes
// no more than what is under way, and the next run completes the copy.
func TestALeaseIsLostAtEveryPoint(t *testing.T) {
	t.Parallel()
	const items = 8
	for _, which := range []string{"", recordName, checkpoint.Name("Source")} {
		t.Run("lease "+which, func(t *testing.T) {
			for k, reached := 1, true; reached; k += testsize.Of(3, 1, 1) {
				inBubble(t, func(t *testing.T, w *world) { reached = loseLease(t, w, which, k, items) })
			}
		})
	}
}

// loseLease loses a lease at the k-th point of a run. It reports whether the run came to
// it.
func loseLease(t *testing.T, w *world, which string, k, items int) bool {
	w.fill(t, w.source, "Source", numbered(items, func(int) bool { return false }))
	store := &losingStore{which: which, k: k, lost: make(chan struct{})}
	var writes, after atomic.Int64
	watch := func(r *dynsynctest.Request) dynsynctest.Action {
		store.point(r.Op)
		if r.Op == "BatchWriteItem" {
			writes.Add(1)
			if store.isLost(which) && store.at != r.Op {
				after.Add(1)
			}
		}
		return dynsynctest.Delay(time.Millisecond) // so that goroutines get their turn
	}
	ends := []func(){w.source.Control("*", watch), w.dest.Control("*", watch)}
	n := newNightly(w)
	n.opts = []Option{WithCheckpoint(store)}
	report, err := n.syncer(t).Sync(t.Context())
	for _, end := range ends {
		end()
	}
	done := strings.HasPrefix(store.at, "release") || which == recordName && strings.HasPrefix(store.at, "delete") // all is saved
	switch {
	case store.at == "" || done:
		if err != nil {
			t.Errorf("k=%d (%s): %v", k, store.at, err)
		}
	case !errors.Is(err, ErrCheckpointInUse):
		t.Errorf("k=%d (%s): %v\n%v", k, store.at, err, report)
	}
	if len(store.changes) > 0 || after.Load() > 1 {
		t.Errorf("k=%d (%s): afterwards %v and %d writes", k, store.at, store.changes, after.Load())
	}
	reached := store.at != ""
	store.k, store.at, store.lost = 0, "", make(chan struct{})
	clear(store.held)
	if report, err = n.syncer(t).Sync(t.Context()); err != nil || report.Tables[0].Job.Read != int64(items) {
		t.Errorf("k=%d: the next run: %v\n%v", k, err, report)
	}
	if there, err := w.plain.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("Destination")}); err != nil || len(there.Items) != items {
		t.Errorf("k=%d: %d items, %v", k, len(there.Items), err)
	}
	return reached
}

// Replay ends, too, when its lease is lost.
func TestReplayLosesItsLease(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(3)...)
	store := &losingStore{lost: make(chan struct{})}
	p.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action {
		store.mu.Lock()
		store.k = store.n + 1
		store.mu.Unlock()
		store.point("request")
		return dynsynctest.Delay(100 * time.Millisecond).Once()
	})
	s := p.syncer(t, WithKey(testKey), WithCheckpoint(store), WithTable("Source", "Destination"))
	report, err := s.Replay(t.Context(), letters(t, "user-00000:failed", "user-00001:failed"))
	if !errors.Is(err, ErrCheckpointInUse) || len(contents(t, p.to, "Destination")) > 0 {
		t.Errorf("%v\n%v", err, report)
	}
}

// A store that takes little has as many segments under way as it has room for, and so has
// a run that resumes.
func TestSmallStoresResume(t *testing.T) {
	t.Parallel()
	const segments, least = 60, 16
	p := newPair(t)
	keys := func(in *dynamodb.CreateTableInput) {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("At"), AttributeType: types.ScalarAttributeTypeS})
		in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String("At"), KeyType: types.KeyTypeRange})
	}
	p.create(t, p.source.Client(), "SourceLong", keys)
	p.create(t, p.to, "Copy", keys)
	items := testsize.Of(250, 400, 400)
	for i := range items {
		p.fillTable(t, "SourceLong", map[string]any{"Id": fmt.Sprintf("%04d%s", i, strings.Repeat("\x01", 2044)), "At": strings.Repeat("\x02", 1024)})
	}
	store := &memoryStore{max: 128 << 10}
	opts := []Option{WithKey(testKey), WithCheckpoint(store), WithTable("SourceLong", "Copy", clearCopy(), WithSegments(segments), WithPageSize(1))}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var scans atomic.Int64
	remove := p.source.Control("Scan", func(*dynsynctest.Request) dynsynctest.Action {
		if scans.Add(1) == 150 {
			cancel()
		}
		return dynsynctest.Action{}
	})
	if _, err := p.syncer(t, opts...).Sync(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	remove()
	s := p.syncer(t, opts...)
	data := store.data[checkpoint.Name("SourceLong")]
	st, err := checkpoint.Open(s.key, "SourceLong", data)
	if err != nil || len(data) > store.max || len(st.At.Open) < least || st.At.Next == segments {
		t.Fatalf("%d bytes, %d segments are under way, next is %d: %v", len(data), len(st.At.Open), st.At.Next, err)
	}
	plan, err := s.Plan(t.Context())
	if p := plan.Tables[0]; err != nil || p.Readers >= segments || p.Readers < least || !strings.Contains(p.ReadReason, "since the store of WithCheckpoint takes 131072 bytes") {
		t.Errorf("%v, %v", plan, err)
	}
	report, err := s.Sync(t.Context())
	if rep := report.Tables[0]; err != nil || rep.Resumed == 0 || rep.Job.Written != int64(items) {
		t.Errorf("%v\n%v", err, report)
	}
}

// A store that takes too little is refused before anything is asked.
func TestStoresThatAreTooSmall(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	job := []Option{WithSource(p.source.Client()), WithDestination(p.to), WithKey(testKey), WithTable("Source", "Destination")}
	for _, size := range []int{-1, 1, 4 << 10, checkpoint.MinSize - 1} {
		_, err := New(append(job, WithCheckpoint(&memoryStore{max: size}))...)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("must be 0 or at least 65536, not %d", size)) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
	if _, err := New(append(job, WithCheckpoint(&memoryStore{max: checkpoint.MinSize}))...); err != nil {
		t.Error(err)
	}
}

// The record of a run fits, too: it forgets lost items, and a job with too many tables is
// refused before its first write.
func TestRecordsFitIntoTheirStore(t *testing.T) {
	t.Parallel()
	store := &memoryStore{max: checkpoint.MinSize}
	s, tab := checkpointSyncer(t, store)
	rec := &RunRecord{Job: "job"}
	for i := range 20 {
		rec.Tables = append(rec.Tables, TableRecord{Table: fmt.Sprint("T", i), Err: strings.Repeat("x", 5000), debts: []byte(strings.Repeat("\x02xxxxxxxxxxxxxxxx", 8192))})
	}
	h := holdAll(t, s, tab)
	if err := h.saveRecord(t.Context(), rec); err != nil || len(store.data[recordName]) > store.max {
		t.Errorf("%d bytes: %v", len(store.data[recordName]), err)
	}
	got, err := s.LastRun(t.Context())
	if err != nil || len(got.Tables) != 20 || len(got.Tables[19].Err) < recordErr {
		t.Errorf("%+v, %v", got, err)
	}
	rec.Tables = make([]TableRecord, 100)
	if err := h.checkSize(rec); err == nil || !strings.Contains(err.Error(), "a run of 100 tables can be larger than the 65536 bytes") {
		t.Error(err)
	}
	rec.Tables = make([]TableRecord, 30)
	if err := h.checkSize(rec); err != nil {
		t.Error(err)
	}
}

// What has no room in a checkpoint is counted, and the report tells of it.
func TestLostItemsWithoutRoomAreTold(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	items := users(4500)
	p.fill(t, items...)
	store := &memoryStore{max: checkpoint.MinSize}
	s := p.syncer(t, WithKey(testKey), WithCheckpoint(store), WithTable("Source", "Destination", clearCopy(), WithTransform("Name", Reject())))
	report, err := s.Sync(t.Context())
	if rep := report.Tables[0]; err == nil || rep.Job.Failed != 4500 || !strings.Contains(report.String(), "the job only counts") {
		t.Errorf("%v\n%v", err, report)
	}
}

// The record keeps as many lost items as there is room for, and the report tells once how
// many it does not.
func TestRecordsForgetNoMoreThanTheyMust(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	const n = 3200
	p.fill(t, users(n)...)
	store := &memoryStore{max: checkpoint.MinSize}
	s := p.syncer(t, WithKey(testKey), WithCheckpoint(store), WithTable("Source", "Destination", clearCopy(), WithTransform("Name", Reject())))
	report, _ := s.Sync(t.Context())
	rec, err := s.LastRun(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kept := rec.Tables[0].debts.Len()
	if want := fmt.Sprintf("only counts %d items", n-kept); kept < 2700 || kept == n || strings.Count(report.String(), want) != 1 {
		t.Errorf("%d are kept; %v", kept, report)
	}
	store.max = 100
	if err := holdAll(t, s, s.tables[0]).saveRecord(t.Context(), rec); ExitCode(err) != 2 || !strings.Contains(err.Error(), "divide the job") {
		t.Error(err)
	}
}
