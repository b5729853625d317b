package keyset

import (
	"sync"
	"sync/atomic"

	"github.com/dynsync/dynsync/internal/pseudonym"
)

// Destinations are the tables to which the runs of a Syncer write and where items can
// collide.
type Destinations struct {
	mu    sync.Mutex
	open  map[string]*Destination // by ARN, or name
	inAll atomic.Int64            // keys that are remembered, of all of them
}

// A Destination is a table to which runs write.
type Destination struct {
	Taken  *Set        // keys of the runs under way
	runs   map[any]int // those under way, by call
	Before bool        // a run wrote to it and has ended
}

// Keys returns how many keys are remembered, of all destinations.
func (ds *Destinations) Keys() int64 { return ds.inAll.Load() }

// Enter registers a run of a call at a destination, and reports whether another call
// already writes to it.
func (ds *Destinations) Enter(name string, call any, key *pseudonym.Key, maxKeys int) (d *Destination, others bool) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if d = ds.open[name]; d == nil {
		d = &Destination{runs: map[any]int{}}
		if ds.open == nil {
			ds.open = map[string]*Destination{}
		}
		ds.open[name] = d
	}
	others = len(d.runs) > min(d.runs[call], 1)
	if d.Taken == nil {
		d.Taken = New(key, maxKeys, &ds.inAll)
	}
	d.runs[call]++
	return d, others
}

// Leave unregisters a run of a call, and records whether it wrote.
func (ds *Destinations) Leave(d *Destination, call any, wrote bool) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	d.Before = d.Before || wrote
	if d.runs[call]--; d.runs[call] == 0 {
		delete(d.runs, call)
	}
	if len(d.runs) == 0 {
		d.Taken.Free()
		d.Taken = nil
	}
}
