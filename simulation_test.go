package dynsync

import (
	"cmp"
	"flag"
	"runtime"
	"testing"
	"time"

	"github.com/dynsync/dynsync/internal/testsize"
)

// The simulation runs made-up sequences of calls, kills, changes and faults in a
// world of virtual time, and holds each against a model.
//
// A job, of a table, begins with a Sync that finds no checkpoint of it, or one that
// is given up (the rules changed, it was finished too long ago), and lasts until its
// checkpoint is deleted. Its runs are the Syncs from then on; without a checkpoint
// each Sync is a job. Of a divided job every share has a checkpoint of its own; the
// job is complete after a Sync that ended the table without an error in all shares.
//
// The items of a job are those that the source held at some time since it began.
// Those that it held throughout, in whatever versions, the job must have read; the
// others it may have. An item is present if the destination has, under the key that
// the rules make of its own, what they make of a version of that time. (By ModeMerge
// the item may have attributes of others, too.)
//
// When a job is complete, then of the items that it must have read
//
//	told      each is present, filtered or among the dead letters of the job
//	complete  as many as are neither present nor filtered, or more, are counted by
//	          Job as failed, collided or existing
//	counts    Job.Read is the number of the job's items, Job.Filtered that of those
//	          that the filter drops; Job.Failed and Job.Collided are not more than
//	          the job's dead letters have items, and Job.Existing not more than the
//	          items whose key was held when it began
//
// and after every call, whatever became of it,
//
//	balance   Read of every report, and of its Job, is the sum of the others
//	nil       err is nil only if no table has an error and nothing is lost, in the
//	          run or in the job; a table without an error has nothing unsettled
//	true      what the call changed at the destination is what the rules make of
//	          what the source held during the call
//	kept      where keys can collide, a run that resumes, a share, a second Write
//	          and a Replay put no item in the place of another source item
//
// and after a Replay without an error, every item of the file that the source holds
// is present. A killed call says nothing, and its work is the next run's; what it
// lost shows when the job is complete, and
//
//	ends      when the trouble is over, two Syncs complete every job
//
// A process that loses its leases changes nothing more in its store; its work is the next
// run's, like that of a killed one. Where saves lag, a killed process leaves in the store
// what some save of its leases kept, from the first on.
//
// A Write by a Syncer that knows of no key may put items in the place of others: what
// a job wrote there nobody can claim any more.

var (
	simSequences = flag.Int("sequences", 0, "sequences of the simulation; 0 is by the size of the tests")
	simFirst     = flag.Uint64("seed", 1, "the seed of the simulation's first sequence")
)

const claimsMade = allClaims

func simSize() uint64 { return uint64(cmp.Or(*simSequences, testsize.Of(10, 50, 100))) }

// TestSimulation runs sequences, each by a seed of its own.
func TestSimulation(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // what happens at one moment happens in one order
	began := time.Now()
	sequences := simSize()
	for i := range sequences {
		q := drawSequence(*simFirst + i)
		if trouble, _ := simulate(t, q, claimsMade); len(trouble) > 0 {
			short, trouble := shrink(t, q, trouble)
			t.Fatalf("%v%v\nshrunk from %d steps", trouble, short, len(q.steps))
		}
	}
	t.Logf("%d sequences in %v", sequences, time.Since(began).Round(time.Millisecond))
}

// TestSimulationIsDeterministic runs sequences twice.
func TestSimulationIsDeterministic(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for i := range simSize() / 10 {
		q := drawSequence(*simFirst + i)
		_, one := simulate(t, q, claimsMade)
		_, two := simulate(t, q, claimsMade)
		for k := range max(len(one), len(two)) {
			if k >= len(one) || k >= len(two) || one[k] != two[k] {
				t.Errorf("seed %d: event %d of %d and %d differs:\n%v\n%v", q.seed, k, len(one), len(two), around(one, k), around(two, k))
				break
			}
		}
	}
}

func around(log []simEvent, k int) []simEvent {
	return log[max(0, min(k-3, len(log))):min(k+3, len(log))]
}
