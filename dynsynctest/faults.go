package dynsynctest

import (
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
)

// Script returns a hook that returns the actions in order, one for each request that it
// sees, and then lets all requests through. A zero Action among them lets one request
// through. A hook given to several servers counts their requests together.
func Script(actions ...Action) func(*Request) Action {
	actions = slices.Clone(actions)
	var shown atomic.Int64
	return func(*Request) Action {
		if n := shown.Add(1); n <= int64(len(actions)) {
			return actions[n-1]
		}
		return Action{}
	}
}

// Faults returns a hook that returns one of the actions with probability odds, from 0
// (never) to 1 (always), and lets the request through otherwise. All actions are
// equally likely; one that is listed twice is twice as likely.
//
// The outcome depends only on the seed and on [Request.Number]. A client that sends one
// request after the other therefore meets the same faults again. Concurrent requests
// get their numbers by chance, but the number of faults among the first n requests, and
// which faults those are, stay the same.
//
// A client that gives up after several failures may meet that many by chance. [AtMost]
// prevents that.
func Faults(seed uint64, odds float64, actions ...Action) func(*Request) Action {
	actions = slices.Clone(actions)
	return func(r *Request) Action {
		draw := rand.New(rand.NewPCG(seed, uint64(r.Number)))
		if len(actions) == 0 || draw.Float64() >= odds {
			return Action{}
		}
		return actions[draw.IntN(len(actions))]
	}
}

// AtMost returns a hook that lets a request through after the given hook returned an
// action for it k times in a row: a client that retries succeeds by attempt k+1.
// Requests are equal if they have the same operation and account and the same members
// and values, in any order. The rest of a batch that was partly done is another
// request.
//
// The hook keeps a few bytes for each request that is never sent again after its last
// fault.
func AtMost(k int, hook func(*Request) Action) func(*Request) Action {
	m := &mercy{seed: maphash.MakeSeed(), faults: make(map[uint64]int)}
	return func(r *Request) Action {
		a := hook(r)
		if (a.set || m.knowsAny()) && m.spares(r, k, a.set) {
			return Action{}
		}
		return a
	}
}

// mercy counts how often in a row each request had a fault.
type mercy struct {
	seed   maphash.Seed
	mu     sync.Mutex
	faults map[uint64]int // by digest; none is 0
}

// knowsAny saves the digest of most requests.
func (m *mercy) knowsAny() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.faults) > 0
}

// spares counts the request and reports whether it has had enough.
func (m *mercy) spares(r *Request, k int, fault bool) bool {
	digest := m.digest(r)
	m.mu.Lock()
	defer m.mu.Unlock()
	if fault && m.faults[digest] < k {
		m.faults[digest]++
		return false
	}
	delete(m.faults, digest)
	return true
}

// digest is a sum over the words of the body, whatever their order: the SDK
// writes members in another order each time.
func (m *mercy) digest(r *Request) uint64 {
	sum := maphash.String(m.seed, r.Op+" "+r.AccessKey+" "+r.Region)
	from := 0
	for i, c := range r.Body {
		switch c {
		case '"', '{', '}', '[', ']', ':', ',':
			sum += maphash.Bytes(m.seed, r.Body[from:i])
			from = i + 1
		}
	}
	return sum
}
