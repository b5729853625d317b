package capacity

import (
	"context"
	"sync"
	"time"
)

// A Pacer bounds how many requests are in flight. The bound follows the service by
// additive increase and multiplicative decrease (Chiu and Jain, "Analysis of the
// Increase and Decrease Algorithms for Congestion Avoidance", 1989): a full round
// of answers without throttling raises it by one, and throttling halves it, once
// for all requests that were under way at the time. A Pacer is safe for concurrent
// use.
type Pacer struct {
	max int

	mu       sync.Mutex
	limit    float64
	inFlight int
	waiting  []chan struct{} // closed one by one, in order, as requests may begin
	cut      time.Time       // when the limit was last halved
}

// gentleStart is how many requests are in flight at first: an on-demand table that
// was idle needs time to divide its partitions.
const gentleStart = 4

// NewPacer returns a Pacer that allows for at most max requests at a time, and
// always for one.
func NewPacer(max int) *Pacer { return &Pacer{max: max, limit: float64(min(max, gentleStart))} }

// Acquire waits until a request may begin. The error is the cause of ctx's end.
func (p *Pacer) Acquire(ctx context.Context) error {
	p.mu.Lock()
	if p.inFlight < int(p.limit) {
		p.inFlight++
		p.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	p.waiting = append(p.waiting, turn)
	p.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, w := range p.waiting {
		if w == turn {
			p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
			return context.Cause(ctx)
		}
	}
	p.end() // its turn had come meanwhile
	return context.Cause(ctx)
}

// Release ends a request that began at that time.
func (p *Pacer) Release(began time.Time, throttled bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !throttled:
		p.limit = min(p.limit+1/p.limit, float64(p.max))
	case began.After(p.cut):
		p.limit = max(p.limit/2, 1)
		p.cut = time.Now()
	}
	p.end()
}

// end takes a request out of flight and starts the waiting requests that now may begin.
func (p *Pacer) end() {
	p.inFlight--
	for len(p.waiting) > 0 && p.inFlight < int(p.limit) {
		close(p.waiting[0])
		p.waiting = p.waiting[1:]
		p.inFlight++
	}
}
