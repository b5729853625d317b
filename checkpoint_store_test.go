package dynsync

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/jobkey"
	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/scheme"
	"github.com/dynsync/dynsync/internal/seal"
	"github.com/dynsync/dynsync/internal/wire"
)

// checkpointSyncer returns a job with a table as New would, without its checks.
// Its options may be any of Option and TableOption.
func checkpointSyncer(t testing.TB, store CheckpointStore, opts ...any) (*Syncer, *table) {
	t.Helper()
	cfg := defaultConfig()
	for _, o := range append([]any{WithKey(testKey), WithCheckpoint(store)}, opts...) {
		if o, ok := o.(Option); ok {
			o.applyJob(cfg)
		}
	}
	tc := &tableConfig{source: "Source", destination: "Destination", name: "Source"}
	if len(cfg.tables) > 0 {
		tc = cfg.tables[0]
	}
	for _, o := range opts {
		if o, ok := o.(TableOption); ok {
			tc.opts = append(tc.opts, o)
		}
	}
	tab, errs := newTable(tc, cfg.defaults)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	keys, key, err := jobkey.New(cfg.key, cfg.giveUp)
	if err == nil {
		err = keys.Ready(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return &Syncer{cfg: cfg, keys: keys, key: key, keeper: &keeper{&cfg.checkpoint, key, scheme.Number}}, tab
}

const (
	canaryKey   = "alice.canary@example.com"
	canaryToken = "token-of-alice.canary@example.com"
)

// someState returns the progress of a table of the job that testPlan describes.
func someState(s *Syncer, t *table) *checkpoint.State {
	key := []byte(`{"Id":{"S":"` + canaryKey + `"}}`)
	return &checkpoint.State{
		Job: s.fingerprintOf(facts{t: t, keys: &wire.Keys{Partition: "Id"}}),
		At: checkpoint.Frontier{Next: 1, End: 1, Open: []checkpoint.Cursor{
			{At: checkpoint.Position{Token: canaryToken, Since: time.Unix(1_700_000_000, 0).UTC(), Key: key}},
		}},
		Ledger: ledger.Ledger{
			Counts: ledger.Counts{ledger.Written: 1200, ledger.Failed: 34},
			Lost:   []ledger.Item{{Verdict: ledger.Failed, Key: key, Digest: ledger.Digest{1}}},
		},
		Matched: []int{0, 2},
	}
}

// A checkpoint lies on disks and in backups. It contains no attribute value, in any
// spelling.
func TestCheckpointHoldsNoValue(t *testing.T) {
	t.Parallel()
	store := &memoryStore{}
	const condition = "condition-canary"
	s, tab := checkpointSyncer(t, store, WithWhere(`a = '`+condition+`' AND b = ?`, canaryKey), withRulesVersion("release-canary"),
		WithTransform("a", Constant(canaryKey)))
	if err := holdAll(t, s, tab).save(context.Background(), tab, someState(s, tab)); err != nil {
		t.Fatal(err)
	}
	data := store.data[checkpoint.Name(tab.cfg.name)]
	haystack := bytes.ToLower(data)
	for _, secret := range []string{canaryKey, canaryToken, "alice", "example", condition, "release-canary", string(testKey), `"Id"`} {
		forms := []string{secret, hex.EncodeToString([]byte(secret)), fmt.Sprintf("%q", secret)}
		for shift := range 3 { // base64 has three forms, by where the text begins
			enc := base64.StdEncoding.EncodeToString([]byte("xxx"[:shift] + secret))
			if enc = enc[:len(enc)-4]; shift > 0 {
				enc = enc[4:]
			}
			if len(enc) >= 8 { // fewer characters stand there by chance, once in some hundred runs
				forms = append(forms, enc)
			}
		}
		for _, form := range forms {
			if bytes.Contains(haystack, bytes.ToLower([]byte(form))) {
				t.Errorf("the file holds %q, as %q", secret, form)
			}
		}
	}
}

func TestCheckpointErrorsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := &memoryStore{}
	s, tab := checkpointSyncer(t, store)
	if err := holdAll(t, s, tab).save(ctx, tab, someState(s, tab)); err != nil {
		t.Fatal(err)
	}
	name := checkpoint.Name(tab.cfg.name)
	saved := store.data[name]
	job := someState(s, tab).Job
	edit := func(old, new string) func([]byte) []byte {
		return func(b []byte) []byte {
			if !bytes.Contains(b, []byte(old)) {
				t.Fatalf("%q is not in the checkpoint", old)
			}
			return bytes.Replace(b, []byte(old), []byte(new), 1)
		}
	}
	same := func(b []byte) []byte { return b }
	otherTable := WithName("Other")
	tests := []struct {
		reason string
		edit   func([]byte) []byte
		opts   []any
		want   string
	}{
		{"as it was saved", same, nil, ""},
		{"an empty file", func([]byte) []byte { return []byte{} }, nil, "damaged: it is empty"},
		{"a header alone", func(b []byte) []byte { return bytes.SplitAfter(b, []byte("\n"))[0] }, nil, "damaged: it was cut off"},
		{"a file of zeros, as a power failure leaves it", func(b []byte) []byte { return make([]byte, len(b)) }, nil, "damaged: it is cut off"},
		{"a file without its end", func(b []byte) []byte { return b[:len(b)-10] }, nil, "damaged: it was cut off"},
		{"half a header", func(b []byte) []byte { return b[:100] }, nil, "damaged: it is cut off"},
		{"a file and a half", func(b []byte) []byte { return append(b, b...) }, nil, "damaged: it was cut off or changed"},
		{"another JSON", func([]byte) []byte { return []byte(`{"format":"x"}` + "\nx") }, nil, "never was one"},
		{"a later format", edit(`"version":5`, `"version":6`), nil, "format 6, and this version of dynsync reads format 5; use the version that wrote it"},
		{"a count that was edited", edit(`"settled":1234`, `"settled":9234`), nil, "changed after it was written"},
		{"a table marked as done", edit(`"done":false`, `"done":true`), nil, "changed after it was written"},
		{"a header of other types", edit(`"settled":1234`, `"settled":"1"`), nil, "changed after it was written"},
		{"another key", same, []any{WithKey(anotherKey('K'))}, "another key"},
		{"another table's, copied", same, []any{otherTable}, "to another table"},
	}
	for _, tt := range tests {
		s, tab := checkpointSyncer(t, store, tt.opts...)
		store := &memoryStore{data: map[string][]byte{checkpoint.Name(tab.cfg.name): tt.edit(bytes.Clone(saved))}}
		s.keeper.store = store
		st, err := holdAll(t, s, tab).load(ctx, tab, job)
		if tt.want == "" {
			if err != nil || outcomes(st.Ledger.Counts).Read != 1234 || string(st.At.Open[0].At.Key) != `{"Id":{"S":"`+canaryKey+`"}}` {
				t.Errorf("%s: %+v, %v", tt.reason, st, err)
			}
			continue
		}
		var table *TableError
		if st != nil || !errors.As(err, &table) || table.Op != "checkpoint" {
			t.Errorf("%s: %+v, %v", tt.reason, st, err)
			continue
		}
		text := err.Error()
		remedy := "; to start over, use StartOver"
		if seal.IsOtherKey(err) {
			remedy = "or give the checkpoint up by NewKey"
		}
		if !strings.Contains(text, tt.want) || !strings.HasSuffix(text, fmt.Sprintf("%s, or delete %q from the store", remedy, checkpoint.Name(tab.cfg.name))) || strings.Contains(text, "canary") {
			t.Errorf("%s: %s", tt.reason, text)
		}
	}
	files, _ := checkpointSyncer(t, FileCheckpoint("/var/lib/job"))
	if got := files.keeper.place(checkpoint.Name(tab.cfg.name)); got != "/var/lib/job/"+name+".checkpoint" {
		t.Errorf("the file to delete is %s", got)
	}
}

// memoryStore is a CheckpointStore of the simplest kind, whose methods fail with
// err if it is set.
type memoryStore struct {
	mu   sync.Mutex
	data map[string][]byte
	held map[string]bool
	err  error
	max  int // CheckpointLimits.MaxBytes
}

func (m *memoryStore) Limits() CheckpointLimits { return CheckpointLimits{MaxBytes: m.max} }

func (m *memoryStore) Acquire(_ context.Context, name string) (Lease, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.err != nil:
		return nil, m.err
	case m.held[name]:
		return nil, ErrCheckpointInUse
	case m.held == nil:
		m.held = map[string]bool{}
	}
	m.held[name] = true
	return &memoryLease{m, name}, nil
}

func (m *memoryStore) Load(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Clone(m.data[name]), m.err
}

func (m *memoryStore) save(ctx context.Context, name string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.data == nil {
		m.data = map[string][]byte{}
	}
	m.data[name] = bytes.Clone(data)
	return errors.Join(m.err, ctx.Err())
}

func (m *memoryStore) remove(ctx context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.data, name)
	return errors.Join(m.err, ctx.Err())
}

func (m *memoryStore) release(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.held, name)
	return m.err
}

// A memoryLease is a lease of a memoryStore, which is never lost.
type memoryLease struct {
	store *memoryStore
	name  string
}

func (l *memoryLease) Load(ctx context.Context) ([]byte, error) { return l.store.Load(ctx, l.name) }
func (l *memoryLease) Save(ctx context.Context, data []byte) error {
	return l.store.save(ctx, l.name, data)
}
func (l *memoryLease) Delete(ctx context.Context) error { return l.store.remove(ctx, l.name) }
func (l *memoryLease) Release(context.Context) error    { return l.store.release(l.name) }
func (l *memoryLease) Lost() <-chan struct{}            { return nil }

// holdAll acquires the leases of a job with one table.
func holdAll(t *testing.T, s *Syncer, tab *table) *holder {
	t.Helper()
	h, err := s.keeper.hold(t.Context(), []*table{tab})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// holding returns a holder for a job with one table, with leases that nobody asked the store for.
func holding(t *testing.T, s *Syncer, tab *table, lease func(name string) Lease) *holder {
	t.Helper()
	acquire := func(_ context.Context, name string) (checkpoint.Lease, error) { return lease(name), nil }
	leases, err := checkpoint.Acquire(t.Context(), acquire, recordName, []string{checkpoint.Name(tab.cfg.name)})
	if err != nil {
		t.Fatal(err)
	}
	return newHolder(t.Context(), s.keeper, leases, nil)
}

func TestCheckpointLeasesExcludeWithinAProcess(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	s, tab := checkpointSyncer(t, FileCheckpoint(dir))
	held := holdAll(t, s, tab)
	other, _ := checkpointSyncer(t, FileCheckpoint(dir))
	if _, err := other.keeper.hold(ctx, []*table{tab}); !errors.Is(err, ErrCheckpointInUse) || !strings.Contains(err.Error(), fmt.Sprintf("process %d)", os.Getpid())) {
		t.Errorf("the second run: %v", err)
	}
	if err := held.release(); err != nil {
		t.Fatal(err)
	}
	held = holdAll(t, other, tab)
	for range 2 {
		if err := held.release(); err != nil {
			t.Fatal(err)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.keeper.hold(ended, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("the context has ended: %v", err)
	}
}

// Where one lease cannot be had, none is kept.
func TestLeasesAreAcquiredTogether(t *testing.T) {
	t.Parallel()
	store := &memoryStore{}
	s, tab := checkpointSyncer(t, store)
	taken, err := store.Acquire(t.Context(), checkpoint.Name(tab.cfg.name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.keeper.hold(t.Context(), []*table{tab}); !errors.Is(err, ErrCheckpointInUse) || len(store.held) != 1 {
		t.Errorf("%v is held: %v", store.held, err)
	}
	if err := taken.Release(t.Context()); err != nil {
		t.Error(err)
	}
	if err := holdAll(t, s, tab).release(); err != nil || len(store.held) > 0 {
		t.Errorf("%v is held: %v", store.held, err)
	}
}

func TestCheckpointErrorsOfFilesNameThem(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s, tab := checkpointSyncer(t, FileCheckpoint(filepath.Join(file, "dir"))) // a directory that cannot be
	_, acquireErr := s.keeper.hold(ctx, []*table{tab})
	_, loadErr := s.LastRun(ctx)
	for op, err := range map[string]error{"acquire": acquireErr, "load": loadErr} {
		if err == nil || !strings.Contains(err.Error(), file) || !strings.Contains(err.Error(), "not a directory") {
			t.Errorf("%s: %v", op, err)
		}
	}
}

// What a store of the user's says can hold anything, so it is not printed.
func TestCheckpointErrorsOfStoresAreNotPrinted(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	const secret = "alice@example.com"
	tests := []struct {
		reason string
		err    error
		want   string
	}{
		{"an error of the store's own", errors.New(secret), "Unwrap has the cause"},
		{"the store's own file error", &fs.PathError{Op: "open", Path: secret, Err: fs.ErrPermission}, "Unwrap has the cause"},
		{"the store is in use", fmt.Errorf("%s: %w", secret, ErrCheckpointInUse), "another run"},
		{"the store took too long", fmt.Errorf("%s: %w", secret, context.DeadlineExceeded), "the store did not answer in time"},
		{"the store cancelled by itself", fmt.Errorf("%s: %w", secret, context.Canceled), "was cancelled within its own call"},
	}
	for _, tt := range tests {
		s, tab := checkpointSyncer(t, &memoryStore{err: tt.err})
		held := func() *holder {
			return holding(t, s, tab, func(name string) Lease { return &memoryLease{s.cfg.checkpoint.store.(*memoryStore), name} })
		}
		_, acquireErr := s.keeper.hold(ctx, []*table{tab})
		_, loadErr := held().load(ctx, tab, "")
		for op, err := range map[string]error{
			"acquire": acquireErr, "load": loadErr,
			"save": held().save(ctx, tab, someState(s, tab)), "delete": held().delete(ctx, tab), "release": held().release(),
		} {
			if op == "release" && errors.Is(tt.err, ErrCheckpointInUse) {
				continue
			}
			if err == nil || !errors.Is(err, tt.err) || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %s: %v", tt.reason, op, err)
			}
		}
	}
}

func TestCheckpointIsSavedAfterTheContextEnded(t *testing.T) {
	t.Parallel()
	store := &memoryStore{}
	s, tab := checkpointSyncer(t, store)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	held := holdAll(t, s, tab)
	if err := held.save(ctx, tab, someState(s, tab)); err != nil || len(store.data) != 1 {
		t.Errorf("save: %v", err)
	}
	if err := held.delete(ctx, tab); err != nil || len(store.data) != 0 {
		t.Errorf("delete: %v", err)
	}
}

func TestCheckpointIsOptional(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, tab := checkpointSyncer(t, nil)
	held, err := s.keeper.hold(ctx, []*table{tab})
	if err != nil || held.release() != nil {
		t.Errorf("acquire: %v", err)
	}
	if st, err := held.load(ctx, tab, ""); st != nil || err != nil {
		t.Errorf("load: %v, %v", st, err)
	}
	if held.save(ctx, tab, someState(s, tab)) != nil || held.delete(ctx, tab) != nil {
		t.Error("save and delete do nothing")
	}
}
