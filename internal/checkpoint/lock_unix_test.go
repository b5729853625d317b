//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package checkpoint

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// childTask is the environment variable that makes a process of the test
// binary a child: what it does, and the directory of its store.
const childTask = "DYNSYNC_TEST_CHECKPOINT"

// TestChild is what a child runs. In other processes it does nothing.
func TestChild(t *testing.T) {
	task, dir, ok := strings.Cut(os.Getenv(childTask), "=")
	if !ok {
		return
	}
	ctx := context.Background()
	store := &Dir{Path: dir}
	switch task {
	case "umask 0":
		syscall.Umask(0)
	case "umask 0777":
		syscall.Umask(0o777)
	}
	one, err := store.Acquire(ctx, "one")
	if err != nil && task != "umask 0777" {
		t.Fatal(err)
	}
	switch task {
	case "hold":
		fmt.Println("locked")
		_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
	case "umask 0", "umask 0777":
		if err := store.save("one", []byte("new")); err != nil {
			t.Fatal(err)
		}
	default: // a step of Save, to be killed after
		store.step = func(done string) error {
			if done == task {
				return syscall.Kill(os.Getpid(), syscall.SIGKILL)
			}
			return nil
		}
		if err := store.save("one", []byte("new")); err != nil {
			t.Fatal(err)
		}
	}
	_ = one
}

func child(task, dir string) *osexec.Cmd {
	cmd := osexec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childTask+"="+task+"="+dir, "GORACE=atexit_sleep_ms=0")
	return cmd
}

func TestLockExcludesProcesses(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := t.TempDir()
	holder := child("hold", dir)
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("%q, %v", line, err)
	}
	store := &Dir{Path: dir}
	if _, err := store.Acquire(ctx, "one"); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprintf("process %d)", holder.Process.Pid)) {
		t.Errorf("while another process holds it: %v", err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait() // it was killed
	one, err := store.Acquire(ctx, "one")
	if err != nil {
		t.Fatalf("after it was killed: %v", err)
	}
	if err := one.Release(ctx); err != nil {
		t.Fatal(err)
	}
}

// A process is killed after each step of a save. The next one finds the old
// checkpoint or the new, a free lock, and nothing else once it has the lock.
func TestSaveSurvivesKill(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for i, step := range saveSteps {
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			store := &Dir{Path: dir}
			if err := store.save("one", []byte("old")); err != nil {
				t.Fatal(err)
			}
			out, err := child(step, dir).CombinedOutput()
			var exit *osexec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("%v: %s", err, out)
			}
			want, files := "old", 3 // the checkpoint, the lock, the temporary file
			if step == "rename" {
				want, files = "new", 2
			}
			if left, _ := os.ReadDir(dir); len(left) != files {
				t.Errorf("step %d leaves %v", i, left)
			}
			one := acquire(t, store, "one")
			if got, err := store.Load(ctx, "one"); err != nil || string(got) != want {
				t.Errorf("%q, %v, want %q", got, err, want)
			}
			if left, _ := os.ReadDir(dir); len(left) != 2 {
				t.Errorf("the lock's holder finds %v", left)
			}
			if err := errors.Join(one.Save(ctx, []byte("newer")), one.Release(ctx)); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFilesAreTheirOwners(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		task   string
		exists bool // the directory
	}{{"umask 0", false}, {"umask 0", true}, {"umask 0777", true}} {
		dir := filepath.Join(t.TempDir(), "a", "b")
		want := map[string]fs.FileMode{"": 0o700, "/..": 0o700, "/one.checkpoint": 0o600, "/dynsync.lock": 0o600}
		if tt.exists {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if tt.task == "umask 0777" {
			delete(want, "/dynsync.lock") // of which less is readable, and which holds nothing
		}
		if out, err := child(tt.task, dir).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for path, mode := range want {
			info, err := os.Stat(dir + path)
			if err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s, exists %v: %q: %v, %v, want %v", tt.task, tt.exists, path, info.Mode(), err, mode)
			}
		}
	}
}
