package dynsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Who cannot write in a directory, or cannot make a file their own, is told before
// anything is read.
func TestDeadLettersOfOthers(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "others")
	if err := os.Mkdir(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	asNobody(t, func() {
		refusesDeadLetters(t, "a directory that cannot be written in", filepath.Join(dir, "dead.jsonl"), "cannot be opened")
	})
	// This file is a regular one of mode 0644, and the kernel changes no mode there.
	refusesDeadLetters(t, "a mode that cannot be changed", "/proc/self/comm", "can be read by others, and its mode cannot be changed")
}

// asNobody runs fn as a user whom permissions hold for: root is one whom they don't.
func asNobody(t *testing.T, fn func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		fn()
		return
	}
	for d := t.TempDir(); d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and the thread ends with the goroutine
		err := syscall.Setfsuid(65534)
		if err == nil {
			fn()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// What is no regular file is not synced, and has no mode of ours.
func TestDeadLettersThatAreNoFile(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	d := openDead(t, fmt.Sprintf("/proc/self/fd/%d", w.Fd()))
	if err := errors.Join(writeLetter(d, failure(t, "1")), d.Sync(), d.Close()); err != nil {
		t.Error(err)
	}
}

// A fullDisk is a job in a process of its own, whose files find no room from some
// size on.
type fullDisk struct {
	Job   childJob
	File  string // of dead letters
	Limit uint64 // bytes of a file
}

const fullDiskEnv = "DYNSYNC_TEST_FULL_DISK"

func init() {
	if text := os.Getenv(fullDiskEnv); text != "" {
		os.Exit(runFullDisk(text))
	}
}

// runFullDisk does the job and prints its error and its report.
func runFullDisk(text string) int {
	var j fullDisk
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return 1
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: j.Limit, Max: j.Limit}); err != nil {
		return 1
	}
	s, err := j.syncer()
	if err != nil {
		return 1
	}
	report, err := s.Sync(context.Background())
	fmt.Printf("%v\n%v", err, report)
	return 0
}

func (j fullDisk) syncer() (*Syncer, error) {
	opts := []Option{WithSource(j.Job.client(j.Job.Source)), WithDestination(j.Job.client(j.Job.Dest)), WithKey(testKey),
		WithCheckpoint(FileCheckpoint(j.Job.Dir)), WithWorkers(2),
		WithTable("Source", "Destination", WithPageSize(10), clearCopy(), WithTransform("Name", Reject()))}
	if j.File != "" {
		opts = append(opts, WithDeadLetters(j.File))
	}
	s, err := New(opts...)
	if err == nil {
		s.cfg.checkpointEvery = time.Millisecond
	}
	return s, err
}

// run runs the job in a process of its own and returns what that prints.
func (j fullDisk) run(t *testing.T) string {
	t.Helper()
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fullDiskEnv+"="+string(text), "GORACE=atexit_sleep_ms=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// A job whose file is full ends and says so, and counts nothing as done that the
// file does not have: when there is room again, the next run writes the rest. The
// limit of a process is such a disk; it cuts lines, and Go ignores its signal.
func TestAJobEndsWhenItsDeadLettersFindNoRoom(t *testing.T) {
	t.Parallel()
	const items = 200
	for _, limit := range []uint64{9_000, 20_001, 33_333} {
		p := newPair(t)
		p.fill(t, users(items)...)
		dir := t.TempDir()
		j := fullDisk{File: filepath.Join(dir, "dead.jsonl"), Limit: limit,
			Job: childJob{Source: p.source.URL(), Dest: p.dest.URL(), Dir: filepath.Join(dir, "checkpoint")}}
		out := j.run(t)
		if !strings.Contains(out, "the file of WithDeadLetters cannot be written: write "+j.File+": file too large") {
			t.Errorf("the job was not told: %s", out)
		}
		first, err := deadKeys(t, j.File, testKey)
		if err != nil || len(first) == 0 || len(first) == items {
			t.Errorf("%d bytes: %d lines, %v", limit, len(first), err)
		}
		s, err := j.syncer()
		if err != nil {
			t.Fatal(err)
		}
		report, _ := s.Sync(t.Context())
		ids, err := deadKeys(t, j.File, testKey)
		all := map[string]bool{}
		for _, id := range ids {
			all[id] = true
		}
		if err != nil || len(all) != items {
			t.Errorf("%d bytes: %d of %d items are in the file, after %d: %v\n%s\n%v", limit, len(all), items, len(first), err, out, report)
		}
	}
}

// A job whose checkpoint finds no room ends and says so: before the first write if it
// never had room, and later with what it has settled. The next run accounts for all.
func TestAJobEndsWhenItsCheckpointFindsNoRoom(t *testing.T) {
	t.Parallel()
	const items = 300 // each fails, and takes room in the checkpoint
	for _, limit := range []uint64{500, 4_000, 6_000} {
		p := newPair(t)
		p.fill(t, users(items)...)
		j := fullDisk{Limit: limit, Job: childJob{Source: p.source.URL(), Dest: p.dest.URL(), Dir: filepath.Join(t.TempDir(), "checkpoint")}}
		if out := j.run(t); !strings.Contains(out, "file too large") {
			t.Errorf("%d bytes: the job was not told: %s", limit, out)
		}
		s, err := j.syncer()
		if err != nil {
			t.Fatal(err)
		}
		report, err := s.Sync(t.Context())
		if job := report.Tables[0].Job; err == nil || job.Failed != items || job.Read != items {
			t.Errorf("%d bytes: %v\n%v", limit, err, report)
		}
	}
}

// A directory in which nothing can be written ends the job before anything is read.
func TestAJobEndsWhereItsCheckpointCannotBe(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(3)...)
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for reason, at := range map[string]string{"an unwritable directory": dir, "a file": file, "below a file": filepath.Join(file, "x"), "not to be made": filepath.Join(dir, "x")} {
		asNobody(t, func() {
			report, err := p.syncer(t, WithKey(testKey), WithCheckpoint(FileCheckpoint(at)), WithTable("Source", "Destination")).Sync(t.Context())
			if err == nil || !strings.Contains(err.Error(), filepath.Dir(at)) || len(report.Tables) > 0 {
				t.Errorf("%s: %v\n%v", reason, err, report)
			}
		})
	}
	if n := len(contents(t, p.to, "Destination")); n > 0 {
		t.Errorf("%d items were written", n)
	}
}
