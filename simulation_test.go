package dynsync

import (
	"flag"
	"runtime"
	"testing"
	"time"
)

var (
	simSequences = flag.Int("sequences", 200, "sequences of the simulation")
	simFirst     = flag.Uint64("seed", 1, "the seed of the simulation's first sequence")
)

// simFeatures are what the engine can do so far.
var simFeatures = struct {
	accounts, // TableReport.Job counts all runs
	beyond, // keys are known beyond the run
	together, // tables share a destination
	replay, // Replay keeps to the outcome
	startOver, // a checkpoint of a changed job is given up
	fresh bool // what is finished is copied anew after FreshFor
}{}

const claimsMade = allClaims

// TestSimulation runs sequences, each by a seed of its own.
func TestSimulation(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // what happens at one moment happens in one order
	began := time.Now()
	for i := range uint64(*simSequences) {
		q := drawSequence(*simFirst + i)
		if trouble, _ := simulate(t, q, claimsMade); len(trouble) > 0 {
			short, trouble := shrink(t, q, trouble)
			t.Fatalf("%v%v\nshrunk from %d steps", trouble, short, len(q.steps))
		}
	}
	t.Logf("%d sequences in %v", *simSequences, time.Since(began).Round(time.Millisecond))
}

// TestSimulationIsDeterministic runs sequences twice.
func TestSimulationIsDeterministic(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for i := range uint64(*simSequences) / 10 {
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
