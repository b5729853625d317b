package dynsync

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/testsize"
)

// killRuns is how many jobs TestPromiseAKilledJobAccounts kills in each way.
var killRuns = flag.Int("kills", 0, "jobs that are killed again and again, in each way of writing; 0 is by the size of the tests")

// TestPromiseAKilledJobAccounts kills the process of a job at random requests, again and
// again, and lets it end at last. Some items fail and some collide: the last run's account
// of the job is that of a job in peace, and the dead letters name all that is missing.
func TestPromiseAKilledJobAccounts(t *testing.T) {
	t.Parallel()
	const items = 230
	want := lossyOutcomes(items)
	for name, j := range map[string]childJob{
		"put":              {Lossy: true},
		"direct":           {Lossy: true, Direct: true},
		"insert":           {Lossy: true, Mode: ModeInsert},
		"segments":         {Lossy: true, Segments: 5},
		"insert, segments": {Lossy: true, Mode: ModeInsert, Segments: 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range cmp.Or(*killRuns, testsize.Of(1, 1, 3)) {
				t.Run(fmt.Sprint(seed), func(t *testing.T) { killAgainAndAgain(t, j, uint64(seed), want) })
			}
		})
	}
}

// lossyOutcomes returns what becomes of items under lossyRules.
func lossyOutcomes(items int) Outcomes {
	o := Outcomes{Read: int64(items)}
	taken := map[string]bool{}
	for _, user := range users(items) {
		switch id := lossyID(user["Id"].(string)); {
		case strings.HasSuffix(user["Name"].(string), "3"):
			o.Failed++
		case taken[id]:
			o.Collided++
		default:
			taken[id] = true
			o.Written++
		}
	}
	return o
}

func killAgainAndAgain(t *testing.T, j childJob, seed uint64, want Outcomes) {
	p := newPair(t)
	p.fill(t, users(int(want.Read))...)
	j.Source, j.Dest, j.Dir = p.source.URL(), p.dest.URL(), t.TempDir()
	rnd := rand.New(rand.NewPCG(seed, 14))
	var r *TableReport
	var err error
	killed := true
	for kills := 1 + rnd.IntN(4); killed && kills > 0; kills-- {
		killed, r, err = killOnce(t, p, j, int64(3+rnd.IntN(25)))
	}
	if killed { // let it end at last
		_, wait := j.start(t)
		r, err = wait()
	}
	if r == nil || r.Job != want || err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d of %d items failed", want.Failed, want.Read)) {
		t.Fatalf("%+v, %v", r, err)
	}
	missing := map[string]bool{} // by key as read
	there := contents(t, p.to, "Destination")
	for _, user := range users(int(want.Read)) {
		id := user["Id"].(string)
		if got := there[lossyID(id)]; got == nil || !gocmp.Equal(got["Age"], asStored(user)["Age"]) {
			missing[id] = true
		}
	}
	dead := map[string]bool{}
	for l, err := range OpenDeadLetters(filepath.Join(j.Dir, "dead.jsonl"), testKey) {
		if err != nil {
			t.Fatal(err)
		}
		id, _ := l.Key.Get("Id")
		text, _ := id.Text()
		dead[text] = true
	}
	if int64(len(there)) != want.Written || int64(len(missing)) != want.lost() {
		t.Errorf("%d items are there, and %d are missing", len(there), len(missing))
	}
	for _, id := range slices.Sorted(maps.Keys(missing)) {
		if !dead[id] {
			t.Errorf("item %s is missing, and is no dead letter", id)
		}
	}
}

// killOnce runs the job and kills it at its k-th request, or returns what it says if it
// ended before.
func killOnce(t *testing.T, p *pair, j childJob, k int64) (killed bool, r *TableReport, err error) {
	var n atomic.Int64
	started, dead := make(chan *osexec.Cmd, 1), make(chan struct{})
	kill := func(*dynsynctest.Request) dynsynctest.Action {
		if n.Add(1) != k {
			return dynsynctest.Action{}
		}
		cmd := <-started
		_ = cmd.Process.Kill()
		if k%2 == 0 {
			return dynsynctest.ApplyThenDrop()
		}
		return dynsynctest.Wait(dead).With(dynsynctest.Reset())
	}
	defer p.source.Control("*", kill)()
	defer p.dest.Control("*", kill)()
	open := p.source.Connections() + p.dest.Connections()
	cmd, wait := j.start(t)
	started <- cmd
	r, err = wait()
	close(dead)
	// What a killed process had sent is applied before the next one begins.
	for deadline := time.Now().Add(time.Minute); p.source.Connections()+p.dest.Connections() > open; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the connections of the process stay open")
		}
	}
	return err != nil && strings.Contains(err.Error(), "killed"), r, err
}
