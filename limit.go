package dynsync

import (
	"context"
	"math"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// A Capacity limits how much of a table's throughput a job takes, in capacity
// units a second: read units, of 4 KB read consistently or 8 KB read eventually
// consistently, or write units, of 1 KB. The zero Capacity is the default of the
// option that takes it. Capacities can be compared with ==.
type Capacity struct {
	kind capacityKind
	n    float64 // units a second, or percent
}

type capacityKind uint8

const (
	capacityDefault capacityKind = iota
	capacityUnits
	capacityPercent
	capacityUnlimited
)

// Units is a number of capacity units a second, more than 0. A fraction is
// allowed: Units(0.5) is one unit every 2 seconds.
func Units(perSecond float64) Capacity { return Capacity{capacityUnits, perSecond} }

// Percent is a part of the table's provisioned throughput, more than 0 and at most
// 100. An on-demand table has none, and is an error. Percent(50) is what the Amazon
// EMR DynamoDB connector takes by default (dynamodb.throughput.read.percent 0.5).
func Percent(p float64) Capacity { return Capacity{capacityPercent, p} }

// Unlimited is no limit: the job takes what the service gives, from a provisioned
// table at the expense of its other users.
func Unlimited() Capacity { return Capacity{kind: capacityUnlimited} }

// String returns the limit as text for people: "1500 units/s".
func (c Capacity) String() string {
	n := strconv.FormatFloat(c.n, 'f', -1, 64)
	switch c.kind {
	case capacityUnits:
		return n + " units/s"
	case capacityPercent:
		return n + " % of the provisioned units"
	case capacityUnlimited:
		return "unlimited"
	}
	return "the default"
}

// check returns what is wrong with the number, for New.
func (c Capacity) check() error {
	switch ok := c.n > 0 && !math.IsInf(c.n, 1); { // NaN is not more than 0
	case c.kind == capacityUnits && !ok:
		return refuse("Units must be more than 0 and finite, not %v", c.n)
	case c.kind == capacityPercent && (!ok || c.n > 100):
		return refuse("Percent must be more than 0 and at most 100, not %v", c.n)
	}
	return nil
}

// perSecond returns the rate for a table, +Inf for Unlimited. The table's
// provisioned units a second are 0 if it is on-demand.
func (c Capacity) perSecond(provisioned int64) (float64, error) {
	switch c.kind {
	case capacityUnits:
		return c.n, nil
	case capacityPercent:
		if provisioned <= 0 {
			return 0, refuse("%v: the table is on demand and has none; use Units, or Unlimited", c)
		}
		return c.n / 100 * float64(provisioned), nil
	case capacityUnlimited:
		return math.Inf(1), nil
	}
	return 0, refuse("no limit of capacity was chosen for the table")
}

// What DynamoDB counts as a unit, in bytes of items (AWS, "DynamoDB read and write
// operations", Amazon DynamoDB Developer Guide).
const (
	readUnitBytes  = 4 << 10
	writeUnitBytes = 1 << 10
)

// worstPage is how many units a page of 1 MB costs at most if it is read eventually
// consistently; consistently, it is twice that. The item with which a page passes
// 1 MB is a part of it, and has up to 400 KB. Pages of small items cost 128.5.
const worstPage = float64(1<<20+400<<10) / readUnitBytes / 2

// readUnits returns what a page costs for which the service read items of so many
// bytes, before its filter. A page without items costs as much as one with a small
// item.
func readUnits(bytes int, consistent bool) float64 {
	units := blocks(bytes, readUnitBytes)
	if !consistent {
		units /= 2
	}
	return units
}

// writeUnits returns what it costs to write an item of so many bytes, or to replace
// one of at most as many, in a table without indexes.
func writeUnits(itemBytes int) float64 { return blocks(itemBytes, writeUnitBytes) }

func blocks(bytes, size int) float64 { return float64(max(1, (bytes+size-1)/size)) }

// How a meter works. Rates are units a second.
const (
	// tokensPerUnit are the tokens of the bucket in a unit: it counts whole ones.
	tokensPerUnit = 1000
	// maxTokens bounds the bucket and the cost of a request, at some 500,000 units,
	// so that sums of them fit into every int.
	maxTokens = 1 << 29
	// meterBurst is what the bucket holds, as time at the rate.
	meterBurst = 500 * time.Millisecond
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

// A meter keeps the consumption of all goroutines of a job on one table and its
// indexes within a rate: over any 10 seconds it is at most 10.5 seconds' worth and
// one request, wherever between its beginning and its end a request is counted, if
// none costs more than the worst that begin was told. A meter is safe for
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
// (additive increase and multiplicative decrease, as in a pacer).
type meter struct {
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

	waiting []*meterTurn // first come, first served
	timer   *time.Timer  // lets the first of them begin
}

// A grant is the permission for one request. That of a request which began while
// there was no limit is the zero grant: it is not charged.
type grant struct {
	worst   int // in tokens
	metered bool
}

// A meterTurn is a request that waits. The channel is closed as it may begin.
type meterTurn struct {
	come  chan struct{}
	worst int
}

func newMeter(perSecond float64) *meter {
	m := &meter{limit: perSecond, rate: perSecond}
	m.bucket = rate.NewLimiter(limitOf(perSecond), burstOf(perSecond))
	m.unlimited.Store(math.IsInf(perSecond, 1))
	return m
}

// setRate replaces the limit, also for who waits. Requests in flight are charged to
// what the bucket held for them. After throttling, the rate grows towards a higher
// limit.
func (m *meter) setRate(perSecond float64) {
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

// begin waits until a request that costs at most that many units may be sent. The
// error is why ctx ended; the request must not be sent then, and has no end.
func (m *meter) begin(ctx context.Context, worst float64) (grant, error) {
	if ctx.Err() != nil {
		return grant{}, endOf(ctx)
	}
	if m.unlimited.Load() {
		return grant{}, nil
	}
	g := grant{worst: tokensOf(worst), metered: true}
	turn := m.enter(g)
	if turn == nil {
		return g, nil
	}
	select {
	case <-turn.come:
		return g, nil
	case <-ctx.Done():
		m.leave(turn)
		return grant{}, endOf(ctx)
	}
}

// enter puts a request in flight, or returns the turn that it must wait for.
func (m *meter) enter(g grant) *meterTurn {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.regrow(now)
	if len(m.waiting) == 0 && m.covered(now) {
		m.reserved += g.worst
		return nil
	}
	turn := &meterTurn{come: make(chan struct{}), worst: g.worst}
	m.waiting = append(m.waiting, turn)
	if len(m.waiting) == 1 { // for those behind it, the first is seen to
		m.admit(now)
	}
	return turn
}

// leave takes a request out of the queue, or, if its turn had come, out of flight.
func (m *meter) leave(turn *meterTurn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := slices.Index(m.waiting, turn); i >= 0 {
		m.waiting = slices.Delete(m.waiting, i, i+1)
	} else {
		m.release(turn.worst, 0)
	}
	m.admit(time.Now())
}

// end takes a request out of flight and charges what it cost. It is called once
// after every begin without an error, with 0 units if the request failed.
func (m *meter) end(g grant, units float64) {
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
func (m *meter) release(worst, cost int) int {
	m.reserved -= worst
	paid := min(cost, m.prepaid)
	m.prepaid -= min(max(worst, cost), m.prepaid)
	return cost - paid
}

// throttled tells that the service throttled a request.
func (m *meter) throttled() {
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

// admit lets those begin who may, in the order in which they came, and sees to it
// that the next may in time.
func (m *meter) admit(now time.Time) {
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

func (m *meter) wake() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.admit(time.Now())
}

// covered reports whether the bucket covers what the requests in flight may cost.
func (m *meter) covered(now time.Time) bool {
	return math.IsInf(m.limit, 1) || m.bucket.TokensAt(now) >= float64(m.reserved)
}

// untilCovered returns after how long covered should be asked again.
func (m *meter) untilCovered(now time.Time) time.Duration {
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
func (m *meter) charge(now time.Time, cost int) {
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
func (m *meter) regrow(now time.Time) {
	if m.rate >= m.limit {
		return
	}
	grown := m.limit * now.Sub(m.raised).Seconds() / recovery.Seconds()
	m.raised = now
	m.apply(now, m.rate+grown)
}

// apply puts a rate in force, within its bounds, and sets the bucket to it.
func (m *meter) apply(now time.Time, perSecond float64) {
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
	return int(min(perSecond*meterBurst.Seconds()*tokensPerUnit, maxTokens))
}

// tokensOf returns units as tokens.
func tokensOf(units float64) int {
	return int(min(math.Ceil(max(units, 0)*tokensPerUnit), maxTokens))
}
