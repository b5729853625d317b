package dynsync

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	osexec "os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"github.com/dynsync/dynsync/dynsynctest"
)

// A childJob is a job that a process of its own does, so that it can be killed.
type childJob struct {
	Source, Dest string // URLs
	Dir          string // of the checkpoint
	Direct       bool
	Scan         bool // WithScanResume
}

const childEnv = "DYNSYNC_TEST_CHILD"

func init() {
	if text := os.Getenv(childEnv); text != "" {
		os.Exit(runChild(text))
	}
}

// runChild does a job and prints its report.
func runChild(text string) int {
	var j childJob
	err := json.Unmarshal([]byte(text), &j)
	var report *Report
	if err == nil {
		var s *Syncer
		if s, err = j.syncer(); err == nil {
			report, err = s.Sync(context.Background())
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		return 1
	}
	return 0
}

func (j childJob) syncer() (*Syncer, error) {
	opts := []Option{
		WithSource(clientAt(j.Source)), WithDestination(clientAt(j.Dest)), WithKey(testKey),
		WithCheckpoint(FileCheckpoint(j.Dir)), WithWriteConcurrency(3), WithWorkers(2),
		WithTable("Source", "Destination", WithPageSize(10),
			WithTransform("Age", Passthrough()), WithTransform("Tags", Pseudonym(KeepShape()))),
	}
	if j.Direct {
		opts = append(opts, WithDirectRequests())
	}
	if j.Scan {
		opts = append(opts, WithScanResume())
	}
	s, err := New(opts...)
	if err == nil {
		s.cfg.checkpointEvery = time.Millisecond
	}
	return s, err
}

func clientAt(url string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(url),
		Credentials:  credentials.NewStaticCredentialsProvider("dynsynctest", "secret", ""),
	})
}

// start starts the job in a process. The result ends when that does.
func (j childJob) start(t *testing.T) (cmd *osexec.Cmd, wait func() (*TableReport, error)) {
	t.Helper()
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd = osexec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+string(text))
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, func() (*TableReport, error) {
		if err := cmd.Wait(); err != nil {
			return nil, fmt.Errorf("%w: %s", err, stderr.String())
		}
		var r struct {
			Tables []*struct{ Read, Written, Resumed, Existing int64 }
		}
		if err := json.Unmarshal(out.Bytes(), &r); err != nil {
			return nil, err
		}
		got := r.Tables[0]
		return &TableReport{Read: got.Read, Written: got.Written, Resumed: got.Resumed, Existing: got.Existing}, nil
	}
}

// TestPromiseAKilledJobResumes kills a process at its k-th write, starts another
// on the same checkpoint, and compares with a job that was left in peace.
func TestPromiseAKilledJobResumes(t *testing.T) {
	const items = 230
	tests := []struct {
		name string
		job  childJob
		op   string // that writes
	}{
		{"put", childJob{}, "BatchWriteItem"},
		{"put directly", childJob{Direct: true}, "BatchWriteItem"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := peacefulCopy(t, tt.job, items)
			resumed := 0
			for _, k := range []int64{1, 2, 4, 7, 9, 12} {
				resumed += int(killAndResume(t, tt.job, tt.op, k, want))
			}
			if resumed == 0 {
				t.Error("no job went on where the killed one was")
			}
		})
	}
}

// peacefulCopy returns what the job writes if nobody disturbs it.
func peacefulCopy(t *testing.T, j childJob, items int) (want map[string]map[string]any) {
	t.Run("in peace", func(t *testing.T) {
		p := newPair(t)
		p.fill(t, users(items)...)
		j.Source, j.Dest, j.Dir = p.source.URL(), p.dest.URL(), t.TempDir()
		_, wait := j.start(t)
		if r, err := wait(); err != nil || r.Written != int64(items) {
			t.Fatalf("%+v, %v", r, err)
		}
		want = contents(t, p.to, "Destination")
		if left, _ := os.ReadDir(j.Dir); len(left) > 1 { // the lock stays
			t.Errorf("a complete job left its checkpoint: %v", left)
		}
	})
	return want
}

// killAndResume returns how many items the second process did not read again.
func killAndResume(t *testing.T, j childJob, op string, k int64, want map[string]map[string]any) (resumed int64) {
	t.Run(fmt.Sprintf("k=%d", k), func(t *testing.T) { resumed = killedAt(t, j, op, k, want) })
	return resumed
}

func killedAt(t *testing.T, j childJob, op string, k int64, want map[string]map[string]any) int64 {
	items := len(want)
	p := newPair(t)
	p.fill(t, users(items)...)
	j.Source, j.Dest, j.Dir = p.source.URL(), p.dest.URL(), t.TempDir()
	var n atomic.Int64
	started, dead := make(chan *osexec.Cmd, 1), make(chan struct{})
	remove := p.dest.Control(op, func(*dynsynctest.Request) dynsynctest.Action {
		if n.Add(1) != k {
			return dynsynctest.Action{}
		}
		cmd := <-started
		_ = cmd.Process.Kill()
		if k%2 == 0 {
			return dynsynctest.ApplyThenDrop()
		}
		return dynsynctest.Wait(dead).With(dynsynctest.Reset())
	})
	cmd, wait := j.start(t)
	started <- cmd
	_, err := wait()
	close(dead)
	remove()
	if err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the process was not killed: %v", err)
	}
	_, wait = j.start(t)
	r, err := wait()
	if err != nil {
		t.Fatal(err)
	}
	if r.Resumed+r.Read != int64(items) || r.Written+r.Existing != r.Read {
		t.Errorf("%+v", r)
	}
	if diff := cmp.Diff(want, contents(t, p.to, "Destination")); diff != "" {
		t.Errorf("the resumed job wrote something else (-peaceful +resumed):\n%.2000s", diff)
	}
	return r.Resumed
}
