package checkpoint

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func acquire(t *testing.T, store *Dir, name string) *FileLease {
	t.Helper()
	lease, err := store.Acquire(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return lease
}

// A name has one lease at a time. The directory is another Dir's when all are released.
func TestLeasesExcludeEachOther(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	store := &Dir{Path: t.TempDir()}
	other := &Dir{Path: store.Path}
	one, two := acquire(t, store, "one"), acquire(t, store, "two")
	refused := func(d *Dir, name string) {
		t.Helper()
		if _, err := d.Acquire(ctx, name); !errors.Is(err, ErrInUse) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused(store, "one")
	refused(other, "one")
	refused(other, "three")
	if err := one.Release(ctx); err != nil {
		t.Fatal(err)
	}
	refused(store, "two")
	refused(other, "one")
	if err := two.Release(ctx); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(two.Release(ctx), acquire(t, other, "two").Release(ctx)); err != nil {
		t.Error(err)
	}
}

func TestDirKeepsWhatWasSavedLast(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := &Dir{Path: filepath.Join(t.TempDir(), "a", "b")}
	expect := func(name, want string) {
		t.Helper()
		got, err := store.Load(ctx, name)
		if err != nil || string(got) != want || (got == nil) != (want == "") {
			t.Errorf("%s: %q, %v, want %q", name, got, err, want)
		}
	}
	expect("one", "") // before the directory exists
	one := acquire(t, store, "one")
	for _, data := range []string{"first", "a longer second", "3rd"} {
		if err := one.Save(ctx, []byte(data)); err != nil {
			t.Fatal(err)
		}
		expect("one", data)
	}
	expect("two", "")
	if got, err := one.Load(ctx); err != nil || string(got) != "3rd" {
		t.Errorf("%q, %v", got, err)
	}
	for range 2 { // the second time there is nothing to delete
		if err := one.Delete(ctx); err != nil {
			t.Fatal(err)
		}
		expect("one", "")
	}
	for range 2 {
		if err := one.Release(ctx); err != nil {
			t.Errorf("release: %v", err)
		}
	}
}

func TestDirStaysInItsDirectory(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	store := &Dir{Path: filepath.Join(dir, "in")}
	acquire(t, store, "one")
	for _, name := range []string{"", ".", "..", "../out", "/tmp/out", "a/b", `a\b`, "a\x00", "*", strings.Repeat("x", 101)} {
		_, loadErr := store.Load(ctx, name)
		if _, err := store.Acquire(ctx, name); err == nil || loadErr == nil {
			t.Errorf("%q is taken as a name", name)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("%v %v", files, err)
	}
}

// A save that fails half way leaves the old checkpoint and no other file.
func TestDirSurvivesFailedSteps(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, step := range saveSteps {
		dir := t.TempDir()
		store := &Dir{Path: dir}
		one := acquire(t, store, "one")
		if err := one.Save(ctx, []byte("old")); err != nil {
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
		if err := one.Save(ctx, []byte("new")); !errors.Is(err, full) || !reached {
			t.Errorf("%s: %v", step, err)
		}
		want := "old"
		if step == "rename" {
			want = "new"
		}
		if got, err := store.Load(ctx, "one"); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", step, got, err)
		}
		if files, _ := os.ReadDir(dir); len(files) != 2 { // and the lock
			t.Errorf("%s: %v", step, files)
		}
	}
}

// saveSteps are the steps of Dir.Save after which it can be stopped.
var saveSteps = []string{"create", "write a half", "write", "sync", "rename"}

func TestDirIsNeverSeenHalfWritten(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := &Dir{Path: t.TempDir()}
	one := acquire(t, store, "one")
	versions := [][]byte{bytes.Repeat([]byte("a"), 40_000), bytes.Repeat([]byte("b"), 70_000)}
	if err := one.Save(ctx, versions[0]); err != nil {
		t.Fatal(err)
	}
	var savers sync.WaitGroup
	for _, data := range versions {
		savers.Go(func() {
			for range 20 {
				if err := one.Save(ctx, data); err != nil {
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

func TestLockSweepsOnlyWhatIsOurs(t *testing.T) {
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
	acquire(t, &Dir{Path: dir}, "two")
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
