package dynsync

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/testsize"
)

// A childJob is a job that a process of its own does, so that it can be killed.
type childJob struct {
	Source, Dest string // URLs
	Dir          string // of the checkpoint
	Region       string // "" is us-east-1
	AccessKey    string // "" is dynsynctest's own
	Mode         Mode
	Direct       bool
	Scan         bool // ScanResume
	Segments     int  // 0 for a SELECT
	Lossy        bool // see lossyRules
}

func lossyID(id string) string { return strings.Replace(id, "9", "8", 1) }

// lossyRules make some items fail and some collide: with ids of user-00000 to
// user-00009, user-00003 fails, and of user-00008 and user-00009 one is written.
func lossyRules() []TableOption {
	return []TableOption{
		WithTransform("Name", Func(func(_ context.Context, name string) (string, error) {
			if strings.HasSuffix(name, "3") {
				return "", errors.New("no threes")
			}
			return name, nil
		})),
		WithTransform("Id", Func(func(_ context.Context, id string) (string, error) { return lossyID(id), nil }), AllowCollisions()),
	}
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
	if report != nil {
		err = errors.Join(err, json.NewEncoder(os.Stdout).Encode(report))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func (j childJob) syncer() (*Syncer, error) {
	opts := []Option{
		WithSource(j.client(j.Source)), WithDestination(j.client(j.Dest)), WithKey(testKey),
		WithCheckpoint(FileCheckpoint(j.Dir)), WithWriteConcurrency(3), WithWorkers(2),
		WithTable("Source", "Destination", WithPageSize(10), WithMode(j.Mode),
			WithTransform("Age", Passthrough()), WithTransform("Tags", Pseudonym(KeepShape()))),
	}
	if j.Lossy {
		opts = append(opts, WithAllTables(lossyRules()...), withRulesVersion("1"), WithDeadLetters(filepath.Join(j.Dir, "dead.jsonl")))
	}
	if j.Segments > 0 {
		opts = append(opts, WithAllTables(WithSegments(j.Segments)))
	}
	if j.Direct {
		opts = append(opts, WithDirectRequests())
	}
	if j.Scan {
		opts = append(opts, withCheckpointOption(ScanResume()))
	}
	s, err := New(opts...)
	if err == nil {
		s.cfg.checkpointEvery = time.Millisecond
	}
	return s, err
}

func (j childJob) client(url string) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:       cmp.Or(j.Region, "us-east-1"),
		BaseEndpoint: aws.String(url),
		Credentials:  credentials.NewStaticCredentialsProvider(cmp.Or(j.AccessKey, "dynsynctest"), "secret", ""),
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
	// Under -race a process sleeps for a second before it ends, unless told otherwise.
	cmd.Env = append(os.Environ(), childEnv+"="+string(text), "GORACE=atexit_sleep_ms=0")
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, func() (*TableReport, error) {
		ended := cmd.Wait()
		if ended != nil {
			ended = fmt.Errorf("%w: %s", ended, stderr.String())
		}
		var r struct {
			Tables []*struct {
				Read, Written, Resumed, Existing int64
				Job                              Outcomes
			}
		}
		if err := json.Unmarshal(out.Bytes(), &r); err != nil || len(r.Tables) == 0 {
			return nil, cmp.Or(ended, err)
		}
		got := r.Tables[0]
		return &TableReport{Read: got.Read, Written: got.Written, Resumed: got.Resumed, Existing: got.Existing, Job: got.Job}, ended
	}
}

// TestPromiseAKilledJobResumes kills a process at its k-th write, starts another
// on the same checkpoint, and compares with a job that was left in peace.
func TestPromiseAKilledJobResumes(t *testing.T) {
	t.Parallel()
	const items = 230
	tests := []struct {
		name string
		job  childJob
		op   string // that writes
	}{
		{"put", childJob{}, "BatchWriteItem"},
		{"put directly", childJob{Direct: true}, "BatchWriteItem"},
		{"insert", childJob{Mode: ModeInsert}, "BatchExecuteStatement"},
		{"merge", childJob{Mode: ModeMerge}, "UpdateItem"},
		{"segments", childJob{Segments: 7}, "BatchWriteItem"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := peacefulCopy(t, tt.job, items)
			resumed := 0
			moments := []int64{1, 2, 4, 7, 9, 12}
			step := testsize.Of(3, 2, 1)
			for i := step - 1; i < len(moments); i += step {
				k := moments[i]
				if tt.job.Mode == ModeMerge {
					k *= 19 // a request for each item
				}
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
		if left, _ := os.ReadDir(j.Dir); len(left) > 2 { // the lock and the record of the run stay
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

// killedAt tries a few times: on a busy machine all other writes may be done before a
// checkpoint is seen, and then there is no further one to kill at.
func killedAt(t *testing.T, j childJob, op string, k int64, want map[string]map[string]any) int64 {
	for range 3 {
		if resumed, killed := killedOnce(t, j, op, k, want); killed {
			return resumed
		}
	}
	t.Fatal("the process was never killed")
	return 0
}

func killedOnce(t *testing.T, j childJob, op string, k int64, want map[string]map[string]any) (resumed int64, killed bool) {
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
		if k >= 7 && !awaitCheckpoint(j.Dir) { // this write keeps the first page from being settled: kill at the next
			started <- cmd
			n.Store(k - 1)
			return dynsynctest.Action{}
		}
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
	switch {
	case err == nil:
		return 0, false
	case !strings.Contains(err.Error(), "killed"):
		t.Fatal(err)
	}
	_, wait = j.start(t)
	r, err := wait()
	if err != nil {
		t.Fatal(err)
	}
	if r.Resumed+r.Read != int64(items) || r.Written+r.Existing != r.Read {
		t.Errorf("%+v", r)
	}
	if diff := gocmp.Diff(want, contents(t, p.to, "Destination")); diff != "" {
		t.Errorf("the resumed job wrote something else (-peaceful +resumed):\n%.2000s", diff)
	}
	return r.Resumed, true
}

// awaitCheckpoint waits until a checkpoint says that something is settled. It returns false
// if none does for some seconds.
func awaitCheckpoint(dir string) bool {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for limit := time.After(5 * time.Second); ; {
		saved, _ := filepath.Glob(filepath.Join(dir, "Source-*.checkpoint"))
		for _, path := range saved {
			if text, _ := os.ReadFile(path); len(text) > 0 && !bytes.Contains(text, []byte(`"settled":0,`)) {
				return true
			}
		}
		select {
		case <-tick.C:
		case <-limit:
			return false
		}
	}
}

// The same on DynamoDB Local, through a proxy that counts the writes.
func TestLocalKilledJobResumes(t *testing.T) {
	t.Parallel()
	local := sharedLocal(t)
	want := peacefulCopy(t, childJob{}, 120)
	for i, k := range []int64{2, 4} {
		region := fmt.Sprintf("eu-central-%d", i+1) // tables of its own
		client := local.Client("resume", region)
		creds, err := client.Options().Credentials.Retrieve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		p := localPair(t, client, client)
		items := map[string]*Record{}
		for i, item := range users(120) {
			if items[fmt.Sprint(i)], err = NewRecord(item); err != nil {
				t.Fatal(err)
			}
		}
		seed(t, client, items)
		started := make(chan *osexec.Cmd, 1)
		proxy := killAtWrite(t, local.URL(), k, started)
		j := childJob{Source: local.URL(), Dest: proxy, Dir: t.TempDir(), Region: region, AccessKey: creds.AccessKeyID}
		cmd, wait := j.start(t)
		started <- cmd
		if _, err := wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("k=%d: the process was not killed: %v", k, err)
		}
		_, wait = j.start(t)
		r, err := wait()
		if err != nil || r.Resumed+r.Read != 120 {
			t.Fatalf("k=%d: %+v, %v", k, r, err)
		}
		if diff := gocmp.Diff(want, contents(t, p.to, "Destination")); diff != "" {
			t.Errorf("k=%d: the resumed job wrote something else (-peaceful +resumed):\n%.2000s", k, diff)
		}
	}
}

// killAtWrite returns the URL of a proxy that kills the process at its k-th
// write, and forwards that write all the same.
func killAtWrite(t *testing.T, to string, k int64, process <-chan *osexec.Cmd) string {
	target, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	var n atomic.Int64
	forward := httputil.NewSingleHostReverseProxy(target)
	forward.ErrorLog = log.New(io.Discard, "", 0) // the killed process's broken connections
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".BatchWriteItem") && n.Add(1) == k {
			cmd := <-process
			_ = cmd.Process.Kill()
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}
