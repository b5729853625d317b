package dynsynctest

import (
	"hash/maphash"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
)

// Script returns a hook that does the actions one after the other, one for each
// request that it is shown, and nothing from then on. The zero Action in between
// lets a request through. The hook keeps count of all servers that it is given
// to together.
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

// Faults returns a hook that gives a request one of the actions, each as likely
// as the others, with the probability odds (0 is never, 1 is always), and lets
// it through otherwise. An action that is listed twice is twice as likely.
//
// What happens to a request depends on the seed and on [Request.Number] alone,
// so that a client that sends one request after the other meets the same faults
// again. Of several requests at a time it is chance which one has which number,
// but not how many of the first n meet a fault, nor which faults those are.
//
// A client that gives up after some failures can be so unlucky. [AtMost] bounds
// its bad luck.
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

// AtMost returns a hook that leaves a request alone where the given hook had an
// action for it k times in a row: a client that retries gets through at its k+1st
// attempt. Requests are the same if they are of one operation and account and
// hold the same members and values, in whatever order. What is left of a batch
// after a part of it was done is another request.
//
// Each request that is never sent again after its last fault keeps a few bytes.
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
