package dynsync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// memoryStore is a CheckpointStore of the simplest kind, whose methods fail with
// err if it is set.
type memoryStore struct {
	mu   sync.Mutex
	data map[string][]byte
	err  error
}

func (m *memoryStore) Lock(context.Context) (func() error, error) {
	return func() error { return m.err }, m.err
}

func (m *memoryStore) Load(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Clone(m.data[name]), m.err
}

func (m *memoryStore) Save(ctx context.Context, name string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.data == nil {
		m.data = map[string][]byte{}
	}
	m.data[name] = bytes.Clone(data)
	return errors.Join(m.err, ctx.Err())
}

func (m *memoryStore) Delete(ctx context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.data, name)
	return errors.Join(m.err, ctx.Err())
}

func TestCheckpointNames(t *testing.T) {
	t.Parallel()
	tests := []struct{ reason, table, prefix string }{
		{"a plain name stays readable", "ProdUsers", "ProdUsers-"},
		{"DynamoDB's other characters do, too", "prod.users_eu-1", "prod.users_eu-1-"},
		{"a name of the caller's can hold anything", "../a/b\\c: d\x00ü", "_./a"[:1] + "._a_b_c__d___-"},
		{"no hidden files", ".hidden", "_hidden-"},
		{"nothing that looks like an option", "-rf", "_rf-"},
		{"file names have a limit", strings.Repeat("x", 255), strings.Repeat("x", 64) + "-"},
	}
	seen := map[string]bool{}
	for _, tt := range tests {
		name := checkpointName(&table{cfg: &tableConfig{name: tt.table}})
		if !strings.HasPrefix(name, tt.prefix) || len(name) != len(tt.prefix)+16 {
			t.Errorf("%s: %q", tt.reason, name)
		}
		if _, err := new(fileStore).path(name); err != nil {
			t.Errorf("%s: %q: %v", tt.reason, name, err)
		}
		seen[strings.ToLower(name)] = true
	}
	for _, other := range []string{"produsers", "prod_users_eu-1", strings.Repeat("x", 254)} {
		if seen[strings.ToLower(checkpointName(&table{cfg: &tableConfig{name: other}}))] {
			t.Errorf("%q has the name of another table", other)
		}
	}
}

func TestCheckpointFileKeepsWhatWasSavedLast(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := FileCheckpoint(filepath.Join(t.TempDir(), "a", "b"))
	expect := func(name, want string) {
		t.Helper()
		got, err := store.Load(ctx, name)
		if err != nil || string(got) != want || (got == nil) != (want == "") {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	expect("one", "") // before the directory exists
	unlock, err := store.Lock(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{"first", "a longer second", "3rd"} {
		if err := store.Save(ctx, "one", []byte(data)); err != nil {
			t.Fatal(err)
		}
		expect("one", data)
	}
	expect("two", "")
	for range 2 { // the second time there is nothing to delete
		if err := store.Delete(ctx, "one"); err != nil {
			t.Fatal(err)
		}
		expect("one", "")
	}
	for range 2 {
		if err := unlock(); err != nil {
			t.Errorf("unlock: %v", err)
		}
	}
}

func TestCheckpointFileStaysInItsDirectory(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	store := FileCheckpoint(filepath.Join(dir, "in"))
	if _, err := store.Lock(ctx); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", ".", "..", "../out", "/tmp/out", "a/b", `a\b`, "a\x00", "*", strings.Repeat("x", 101)} {
		_, loadErr := store.Load(ctx, name)
		if err := store.Save(ctx, name, []byte("x")); err == nil || loadErr == nil || store.Delete(ctx, name) == nil {
			t.Errorf("%q is taken as a name", name)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v %v", files, err)
	}
}

// A save that fails half way leaves the old checkpoint and no other file.
func TestCheckpointFileSurvivesFailedSteps(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, step := range saveSteps {
		dir := t.TempDir()
		store := &fileStore{dir: dir}
		if err := store.Save(ctx, "one", []byte("old")); err != nil {
			t.Fatal(err)
		}
		full := errors.New("disk full")
		reached := false
		store.step = func(done string) error {
			if done != step {
				return nil
			}
			reached = true
			return full
		}
		if err := store.Save(ctx, "one", []byte("new")); !errors.Is(err, full) || !reached {
			t.Errorf("%s: %v", step, err)
		}
		want := "old"
		if step == "rename" {
			want = "new"
		}
		if got, err := store.Load(ctx, "one"); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", step, got, err)
		}
		if files, _ := os.ReadDir(dir); len(files) != 1 {
			t.Errorf("%s: %v", step, files)
		}
	}
}

// saveSteps are the steps of fileStore.Save after which it can be stopped.
var saveSteps = []string{"create", "write a half", "write", "sync", "rename"}

func TestCheckpointFileIsNeverSeenHalfWritten(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := FileCheckpoint(t.TempDir())
	versions := [][]byte{bytes.Repeat([]byte("a"), 40_000), bytes.Repeat([]byte("b"), 70_000)}
	if err := store.Save(ctx, "one", versions[0]); err != nil {
		t.Fatal(err)
	}
	var savers sync.WaitGroup
	for _, data := range versions {
		savers.Go(func() {
			for range 20 {
				if err := store.Save(ctx, "one", data); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { savers.Wait(); close(done) }()
	for {
		got, err := store.Load(ctx, "one")
		if err != nil || !bytes.Equal(got, versions[0]) && !bytes.Equal(got, versions[1]) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		select {
		case <-done:
			return
		default:
		}
	}
}

func TestCheckpointLockSweepsOnlyWhatIsOurs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ours := []string{"one-0011.checkpoint.1234.tmp", "two.x-0011.checkpoint.99.tmp"}
	others := []string{"one-0011.checkpoint", "data.tmp", "one.checkpoint.tmp", "one.checkpoint.12a.tmp", "x.checkpoint.1.tmp.bak"}
	for _, name := range append(ours, others...) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "dir.checkpoint.1.tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := FileCheckpoint(dir).Lock(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, name := range ours {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is left: %v", name, err)
		}
	}
	for _, name := range append(others, "dir.checkpoint.1.tmp") {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckpointLockExcludesWithinAProcess(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	s, _ := checkpointSyncer(t, FileCheckpoint(dir))
	unlock, err := s.lockStore(ctx)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := checkpointSyncer(t, FileCheckpoint(dir))
	if _, err := other.lockStore(ctx); !errors.Is(err, ErrCheckpointInUse) || !strings.Contains(err.Error(), fmt.Sprintf("process %d)", os.Getpid())) {
		t.Errorf("the second lock: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	unlock, err = other.lockStore(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.lockStore(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("the context has ended: %v", err)
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
	_, lockErr := s.lockStore(ctx)
	_, loadErr := s.loadCheckpoint(ctx, tab, "")
	for op, err := range map[string]error{
		"lock": lockErr, "load": loadErr,
		"save": s.saveCheckpoint(ctx, tab, someState(s, tab)), "delete": s.deleteCheckpoint(ctx, tab),
	} {
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
		{"the store is in use", fmt.Errorf("%s: %w", secret, ErrCheckpointInUse), "in use by another run"},
		{"the store took too long", fmt.Errorf("%s: %w", secret, context.DeadlineExceeded), "the context ended"},
	}
	for _, tt := range tests {
		s, tab := checkpointSyncer(t, &memoryStore{err: tt.err})
		_, lockErr := s.lockStore(ctx)
		_, loadErr := s.loadCheckpoint(ctx, tab, "")
		for op, err := range map[string]error{
			"lock": lockErr, "load": loadErr,
			"save": s.saveCheckpoint(ctx, tab, someState(s, tab)), "delete": s.deleteCheckpoint(ctx, tab),
		} {
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
	if err := s.saveCheckpoint(ctx, tab, someState(s, tab)); err != nil || len(store.data) != 1 {
		t.Errorf("save: %v", err)
	}
	if err := s.deleteCheckpoint(ctx, tab); err != nil || len(store.data) != 0 {
		t.Errorf("delete: %v", err)
	}
}

func TestCheckpointIsOptional(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, tab := checkpointSyncer(t, nil)
	unlock, err := s.lockStore(ctx)
	if err != nil || unlock() != nil {
		t.Errorf("lock: %v", err)
	}
	if st, err := s.loadCheckpoint(ctx, tab, ""); st != nil || err != nil {
		t.Errorf("load: %v, %v", st, err)
	}
	if s.saveCheckpoint(ctx, tab, someState(s, tab)) != nil || s.deleteCheckpoint(ctx, tab) != nil {
		t.Error("save and delete do nothing")
	}
}
