package dynsync

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// A Capacity limits how much of a table's throughput a job takes, in capacity
// units a second. [Units], [Percent] and [Unlimited] make one; the zero Capacity
// stands for the default of the option that takes it.
type Capacity struct {
	kind   capacityKind
	amount float64
}

type capacityKind uint8

const (
	capacityDefault capacityKind = iota
	capacityUnits
	capacityPercent
	capacityUnlimited
)

// Units is that many capacity units a second, more than 0. One is a read of up to
// 4 KB, strongly consistent, or two that are eventually consistent; or a write of
// up to 1 KB.
func Units(perSecond float64) Capacity { return Capacity{capacityUnits, perSecond} }

// Percent is that part of the table's provisioned throughput: more than 0, at most
// 100. An on-demand table has none, and is refused.
func Percent(p float64) Capacity { return Capacity{capacityPercent, p} }

// Unlimited is no limit.
func Unlimited() Capacity { return Capacity{kind: capacityUnlimited} }

// String returns "1500 units/s", "50 % of the provisioned units", "unlimited" or
// "default".
func (c Capacity) String() string {
	switch c.kind {
	case capacityUnits:
		return fmt.Sprintf("%.6g units/s", c.amount)
	case capacityPercent:
		return fmt.Sprintf("%.6g %% of the provisioned units", c.amount)
	case capacityUnlimited:
		return "unlimited"
	}
	return "default"
}

// check returns what is wrong with the numbers.
func (c Capacity) check() error {
	legal := c.amount > 0 && !math.IsInf(c.amount, 0) // and no NaN
	switch {
	case c.kind == capacityUnits && !legal:
		return refuse("a limit must be more than 0 units a second, not %v; Unlimited is no limit", c.amount)
	case c.kind == capacityPercent && !(legal && c.amount <= 100):
		return refuse("a limit must be more than 0 and at most 100 percent, not %v", c.amount)
	}
	return nil
}

// perSecond returns the rate for a table of that provisioned throughput, 0 for an
// on-demand table. It is +Inf for Unlimited.
func (c Capacity) perSecond(provisioned int64) (float64, error) {
	switch {
	case c.kind == capacityUnlimited:
		return math.Inf(1), nil
	case c.kind == capacityPercent && provisioned == 0:
		return 0, refuse("%v: the table is on demand, and has none; use Units", c)
	case c.kind == capacityPercent:
		return c.amount / 100 * float64(provisioned), nil
	}
	return c.amount, nil
}

const (
	// worstPage is what a page of 1 MB costs, read eventually consistently.
	worstPage = 128
	// tokensPerUnit: an eventually consistent read costs half units.
	tokensPerUnit = 2
	// burstTime is how much of its rate a meter saves up.
	burstTime = 500 * time.Millisecond
	// meterTick is how long who waits sleeps at most.
	meterTick = 250 * time.Millisecond
)

// readUnits returns what a page of that size costs.
func readUnits(bytes int, consistent bool) float64 {
	units := math.Ceil(float64(bytes) / 4096)
	if !consistent {
		units /= 2
	}
	return units
}

// writeUnits returns what an item of that size costs, without indexes.
func writeUnits(bytes int) float64 { return math.Ceil(float64(bytes) / 1024) }

// A meter keeps what all goroutines of a job consume of a table within a rate. What
// a request costs is known when it is answered, so a token bucket is charged then,
// and may get into debt. A request is let go if the bucket covers the worst case of
// all that are under way, or if none is and there is no debt: within any time, the
// consumption stays within the rate, what the bucket holds and one request. Who
// came first goes first.
//
// When the service throttles, the rate is halved, once a second at most and to no
// less than a sixteenth, and grows back by a twentieth of the limit a second.
type meter struct {
	free atomic.Bool   // there is no limit
	turn chan struct{} // held by the one who waits for the bucket
	wake chan struct{} // something has changed

	mu       sync.Mutex
	bucket   *rate.Limiter
	limit    float64 // capacity units a second
	rate     float64 // in force: less than the limit after throttling
	changed  time.Time
	inFlight int
	worst    float64 // of those in flight, together
}

func newMeter(perSecond float64) *meter {
	m := &meter{turn: make(chan struct{}, 1), wake: make(chan struct{}, 1), bucket: rate.NewLimiter(1, 1)}
	m.setRate(perSecond)
	return m
}

// setRate replaces the limit, also for who waits.
func (m *meter) setRate(perSecond float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if perSecond == m.limit {
		return
	}
	m.free.Store(math.IsInf(perSecond, 1))
	m.limit = perSecond
	if !m.free.Load() {
		m.apply(perSecond, time.Now())
	}
	m.notify()
}

// apply puts a rate in force.
func (m *meter) apply(perSecond float64, now time.Time) {
	m.rate, m.changed = perSecond, now
	tokens := perSecond * tokensPerUnit
	m.bucket.SetLimitAt(now, rate.Limit(tokens))
	m.bucket.SetBurstAt(now, max(1, int(tokens*burstTime.Seconds())))
}

func (m *meter) notify() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// A grant is the permission for one request.
type grant struct {
	worst   float64
	metered bool
}

// begin blocks until a request may go that costs worst units at most. The error is
// why ctx ended.
func (m *meter) begin(ctx context.Context, worst float64) (grant, error) {
	if m.free.Load() {
		return grant{}, ctx.Err()
	}
	select {
	case m.turn <- struct{}{}:
	case <-ctx.Done():
		return grant{}, endOf(ctx)
	}
	defer func() { <-m.turn }()
	for {
		wait := m.take(worst)
		if wait == 0 {
			return grant{worst, true}, nil
		}
		timer := time.NewTimer(min(wait, meterTick))
		select {
		case <-timer.C:
		case <-m.wake:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return grant{}, endOf(ctx)
		}
	}
}

// take lets a request go, or returns how long to wait before the next try.
func (m *meter) take(worst float64) (wait time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.grow(now)
	units := m.bucket.TokensAt(now) / tokensPerUnit
	short := m.worst + worst - units
	if m.inFlight == 0 {
		short = -units
	}
	if short > 0 && !m.free.Load() {
		return max(time.Millisecond, time.Duration(short/m.rate*float64(time.Second)))
	}
	m.inFlight++
	m.worst += worst
	return 0
}

// grow brings the rate back to the limit after throttling.
func (m *meter) grow(now time.Time) {
	if since := now.Sub(m.changed); m.rate < m.limit && since >= time.Second {
		m.apply(min(m.limit, m.rate+m.limit/20*since.Seconds()), now)
	}
}

// end charges what a request cost, 0 if it failed.
func (m *meter) end(g grant, units float64) {
	if !g.metered {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inFlight--
	if m.worst -= g.worst; m.inFlight == 0 {
		m.worst = 0 // and not what rounding left
	}
	now := time.Now()
	for tokens := int(math.Ceil(units * tokensPerUnit)); tokens > 0; { // a bucket is charged its size at a time
		n := min(tokens, m.bucket.Burst())
		m.bucket.ReserveN(now, n)
		tokens -= n
	}
	m.notify()
}

// throttled makes the meter give way.
func (m *meter) throttled() {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if m.free.Load() || now.Sub(m.changed) < time.Second {
		return
	}
	m.apply(max(m.rate/2, m.limit/16), now)
}
