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
		if _, err := FileCheckpoint(t.TempDir()).Load(t.Context(), name); err != nil {
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
