//go:build unix

package dynamolocal

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The programs that this package runs are shell scripts here.

// Systems other than Linux have no parent death signal; a shell that watches a
// pipe takes its place. Its output pipe ends when the last process that holds
// it does, which is the one under watch.
func TestWatchParentKillsTheChild(t *testing.T) {
	cmd := exec.Command(shell(t), "-c", `echo up; exec sleep 1000`)
	stdin, err := watchParent(cmd)
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(stdout)
	if line, err := r.ReadString('\n'); line != "up\n" || err != nil {
		t.Fatalf("the child printed %q, %v", line, err)
	}
	if err := stdin.Close(); err != nil { // as the kernel does when the parent dies
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(r); len(rest) != 0 || err != nil {
		t.Errorf("then it printed %q, %v", rest, err)
	}
	if err := cmd.Wait(); err == nil {
		t.Error("the child ended in peace, want that it was killed")
	}
}

func TestWatchParentPassesTheStatusOn(t *testing.T) {
	cmd := exec.Command(shell(t), "-c", `exit 3`)
	stdin, err := watchParent(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	if err := cmd.Run(); err == nil || cmd.ProcessState.ExitCode() != 3 {
		t.Errorf("exit code %d, want 3", cmd.ProcessState.ExitCode())
	}
}

func TestAServerThatEndsEarlySaysWhy(t *testing.T) {
	sh := shell(t)
	s := &Server{http: newHTTPClient()}
	err := s.launch(t.Context(), script(t, sh, `echo "no such library" >&2; exit 3`), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "no such library") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("launch = %v, want the server's output and status", err)
	}
}

func TestAServerThatNeverAnswersIsKilled(t *testing.T) {
	sh := shell(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &Server{http: newHTTPClient()}
	err := s.launch(ctx, script(t, sh, `exec sleep 1000`), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "did not answer in time") {
		t.Errorf("launch = %v, want that it did not answer", err)
	}
}

func TestFindJava(t *testing.T) {
	sh := shell(t)
	for _, tt := range []struct {
		script  string
		want    string
		missing bool
		reason  string
	}{
		{`echo 'openjdk version "17.0.15" 2025-04-15' >&2`, "", false, "the oldest that will do; it prints to stderr"},
		{`echo 'java version "21" 2023-09-19' >&2`, "", false, "a first release has no minor number"},
		{`echo 'openjdk version "11.0.2" 2019-01-15' >&2`, "Java 11 is too old", true, "DynamoDB Local needs 17"},
		{`echo 'java version "1.8.0_292"' >&2`, "Java 1 is too old", true, "the old numbering"},
		{`echo hello`, "names no version", true, "not Java"},
		{`exit 1`, "exit status 1", true, "macOS has a stub that only says how to install Java"},
	} {
		home := t.TempDir()
		if err := os.Mkdir(home+"/bin", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(script(t, sh, tt.script), home+"/bin/java"); err != nil {
			t.Fatal(err)
		}
		t.Setenv("JAVA_HOME", home)
		_, err := findJava(t.Context())
		checkMissing(t, err, tt.want, tt.missing, tt.reason)
	}
	t.Setenv("JAVA_HOME", "")
	t.Setenv("PATH", t.TempDir())
	_, err := findJava(t.Context())
	checkMissing(t, err, "no Java", true, "an empty PATH")
}

func TestNpmFails(t *testing.T) {
	sh := shell(t)
	dir := t.TempDir()
	if err := os.Rename(script(t, sh, `echo "registry unreachable" >&2; exit 1`), filepath.Join(dir, "npm")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	_, err := npmPack(t.Context(), t.TempDir())
	checkMissing(t, err, "registry unreachable", true, "no network")
}

// shell returns the shell that the fake programs of these tests run on.
func shell(t *testing.T) string {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatalf("these tests need a shell: %v", err)
	}
	return sh
}

// script writes a program of one line.
func script(t *testing.T, sh, line string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(name, []byte("#!"+sh+"\n"+line+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}
