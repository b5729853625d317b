package capacity

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// How a meter works. Rates are units a second.
const (
	// tokensPerUnit are the tokens of the bucket in a unit: it counts whole ones.
	tokensPerUnit = 1000
	// maxTokens bounds the bucket and the cost of a request, at some 500,000 units,
	// so that sums of them fit into every int.
	maxTokens = 1 << 29
	// saved is what the bucket holds, as time at the rate.
	saved = 500 * time.Millisecond
	// cutFactor is what is left of the rate when the service throttles,
	// at most once in cutPause: requests that are under way together are throttled
	// together.
	cutFactor = 0.5
	cutPause  = time.Second
	// slowest is the part of the limit that is left at least.
	slowest = 1.0 / 16
	// recovery is how long the rate would take to grow from nothing to the limit.
	recovery = 20 * time.Second
	// recoveryStep is how often it is raised at least while requests wait.
	recoveryStep = time.Second
)

// A Meter keeps the consumption of all goroutines of a job on one table and its
// indexes within a rate: over any 10 seconds it is at most 10.5 seconds' worth and
// one request, wherever between its beginning and its end a request is counted, if
// none costs more than the worst that Begin was told. A Meter is safe for
// concurrent use.
//
// It has a token bucket, as the service has (Elhemali et al., "Amazon DynamoDB: A
// Scalable, Predictably Performant, and Fully Managed NoSQL Database Service",
// USENIX ATC 2022), which holds half a second of the rate where the service saves
// up five minutes: those belong to the table's other users. What a request costs is
// known when it is answered, and is taken out then, as debt if need be. A
// request may begin if the bucket covers the worst of those in flight, without
// itself: so at most one is not covered, and with none in flight it is enough to
// have no debt. Requests that take longer than half a second, or cost far less than
// their worst, therefore keep a meter below its rate: the bucket must hold what may
// be answered at any moment.
//
// Throttling cuts the rate to half, and it grows back at a constant pace
// (additive increase and multiplicative decrease, as in a [Pacer]).
type Meter struct {
	unlimited atomic.Bool

	mu     sync.Mutex
	bucket *rate.Limiter
	limit  float64   // that is set
	rate   float64   // in force: less than the limit after throttling
	cut    time.Time // when the service last throttled
	raised time.Time // up to when the rate has grown

	reserved int // the worst cost of the requests in flight, together, in tokens
	// prepaid is what the bucket held for requests in flight and lost when the rate
	// fell. Without it, a fall from 100,000 to 1 would leave a debt of many hours.
	prepaid int

	waiting []*waiter   // first come, first served
	timer   *time.Timer // lets the first of them begin
}

// A Grant is the permission for one request. That of a request which began while
// there was no limit is the zero grant: it is not charged.
type Grant struct {
	worst   int // in tokens
	metered bool
}

// A waiter is a request that waits. The channel is closed as it may begin.
type waiter struct {
	come  chan struct{}
	worst int
}

// NewMeter returns a Meter with that rate, which can be infinite.
func NewMeter(perSecond float64) *Meter {
	m := &Meter{limit: perSecond, rate: perSecond}
	m.bucket = rate.NewLimiter(limitOf(perSecond), burstOf(perSecond))
	m.unlimited.Store(math.IsInf(perSecond, 1))
	return m
}

// SetRate replaces the limit, also for who waits. Requests in flight are charged to
// what the bucket held for them. After throttling, the rate grows towards a higher
// limit.
func (m *Meter) SetRate(perSecond float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.regrow(now)
	throttled := m.rate < m.limit && !math.IsInf(perSecond, 1)
	m.limit = perSecond
	if throttled {
		m.apply(now, m.rate)
	} else {
		m.apply(now, perSecond)
	}
	m.unlimited.Store(math.IsInf(perSecond, 1))
	m.admit(now)
}

// Limit returns the rate that was set last.
func (m *Meter) Limit() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.limit
}

// Begin waits until a request that costs at most that many units may be sent. The
// error is the cause of ctx's end; the request must not be sent then, and has no
// End.
func (m *Meter) Begin(ctx context.Context, worst float64) (Grant, error) {
	if ctx.Err() != nil {
		return Grant{}, context.Cause(ctx)
	}
	if m.unlimited.Load() {
		return Grant{}, nil
	}
	g := Grant{worst: tokensOf(worst), metered: true}
	turn := m.enter(g)
	if turn == nil {
		return g, nil
	}
	select {
	case <-turn.come:
		return g, nil
	case <-ctx.Done():
		m.leave(turn)
		return Grant{}, context.Cause(ctx)
	}
}

// enter puts a request in flight, or returns the turn that it must wait for.
func (m *Meter) enter(g Grant) *waiter {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.regrow(now)
	if len(m.waiting) == 0 && m.covered(now) {
		m.reserved += g.worst
		return nil
	}
	turn := &waiter{come: make(chan struct{}), worst: g.worst}
	m.waiting = append(m.waiting, turn)
	if len(m.waiting) == 1 { // for those behind it, the first is seen to
		m.admit(now)
	}
	return turn
}

// leave takes a request out of the queue, or, if its turn had come, out of flight.
func (m *Meter) leave(turn *waiter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := slices.Index(m.waiting, turn); i >= 0 {
		m.waiting = slices.Delete(m.waiting, i, i+1)
	} else {
		m.release(turn.worst, 0)
	}
	m.admit(time.Now())
}

// End takes a request out of flight and charges what it cost. It is called once
// after every Begin without an error, with 0 units if the request failed.
func (m *Meter) End(g Grant, units float64) {
	if !g.metered {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.charge(now, m.release(g.worst, tokensOf(units)))
	m.admit(now)
}

// release gives back what was reserved for a request, and returns what there is to
// charge of its cost.
func (m *Meter) release(worst, cost int) int {
	m.reserved -= worst
	paid := min(cost, m.prepaid)
	m.prepaid -= min(max(worst, cost), m.prepaid)
	return cost - paid
}

// Throttled tells that the service throttled a request.
func (m *Meter) Throttled() {
	if m.unlimited.Load() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if now.Sub(m.cut) < cutPause || math.IsInf(m.limit, 1) {
		return
	}
	m.regrow(now)
	m.cut, m.raised = now, now
	m.apply(now, m.rate*cutFactor)
	m.admit(now)
}

// admit starts the waiting requests that the bucket covers, in the order in which they
// came, and sets a timer for the next one.
func (m *Meter) admit(now time.Time) {
	m.regrow(now)
	for len(m.waiting) > 0 && m.covered(now) {
		m.reserved += m.waiting[0].worst
		close(m.waiting[0].come)
		m.waiting = m.waiting[1:]
	}
	if m.timer != nil {
		m.timer.Stop()
	}
	if len(m.waiting) == 0 || m.reserved > m.bucket.Burst() {
		return // the next to come, or to end, sees to it
	}
	if m.timer == nil {
		m.timer = time.AfterFunc(m.untilCovered(now), m.wake)
		return
	}
	m.timer.Reset(m.untilCovered(now))
}

func (m *Meter) wake() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.admit(time.Now())
}

// covered reports whether the bucket covers what the requests in flight may cost.
func (m *Meter) covered(now time.Time) bool {
	return math.IsInf(m.limit, 1) || m.bucket.TokensAt(now) >= float64(m.reserved)
}

// untilCovered returns after how long covered should be asked again.
func (m *Meter) untilCovered(now time.Time) time.Duration {
	longest := time.Hour // a duration has an end, the debt at a tiny rate has not
	if m.rate < m.limit {
		longest = recoveryStep
	}
	seconds := (float64(m.reserved) - m.bucket.TokensAt(now)) / float64(m.bucket.Limit())
	if seconds > longest.Seconds() {
		return longest
	}
	return time.Duration(seconds*float64(time.Second)) + 1
}

// charge takes tokens out of the bucket, more than it holds if need be.
func (m *Meter) charge(now time.Time, cost int) {
	if math.IsInf(m.limit, 1) {
		return
	}
	burst := m.bucket.Burst()
	if cost > burst { // a Limiter refuses it
		m.bucket.SetBurstAt(now, cost)
		defer m.bucket.SetBurstAt(now, burst)
	}
	m.bucket.ReserveN(now, cost)
}

// regrow raises the rate by what has grown since it last was.
func (m *Meter) regrow(now time.Time) {
	if m.rate >= m.limit {
		return
	}
	grown := m.limit * now.Sub(m.raised).Seconds() / recovery.Seconds()
	m.raised = now
	m.apply(now, m.rate+grown)
}

// apply puts a rate in force, within its bounds, and sets the bucket to it.
func (m *Meter) apply(now time.Time, perSecond float64) {
	m.rate = m.limit
	if !math.IsInf(m.limit, 1) {
		m.rate = min(max(perSecond, m.limit*slowest), m.limit)
	}
	burst := burstOf(m.rate)
	if lost := m.bucket.TokensAt(now) - float64(burst); lost > 0 {
		m.prepaid = min(m.prepaid+int(lost), m.reserved)
	}
	m.bucket.SetLimitAt(now, limitOf(m.rate))
	m.bucket.SetBurstAt(now, burst)
}

// limitOf returns a rate in tokens. To a Limiter, the largest number is no limit,
// and infinity would make NaN of its tokens.
func limitOf(perSecond float64) rate.Limit {
	return min(rate.Limit(perSecond*tokensPerUnit), rate.Inf)
}

// burstOf returns what the bucket holds at a rate, in tokens.
func burstOf(perSecond float64) int {
	return int(min(perSecond*saved.Seconds()*tokensPerUnit, maxTokens))
}

// tokensOf returns units as tokens.
func tokensOf(units float64) int {
	return int(min(math.Ceil(max(units, 0)*tokensPerUnit), maxTokens))
}
