package dynsync

import (
	"fmt"
	"math"
	"strconv"
	"sync"

	"github.com/dynsync/dynsync/internal/capacity"
	"github.com/dynsync/dynsync/internal/reason"
)

// A Capacity limits the throughput that a job consumes, in capacity units a second. A
// read unit reads 4 KB consistently or 8 KB eventually consistently; a write unit writes
// 1 KB. The zero Capacity means the default of the option that takes it. Capacities can
// be compared with ==.
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

// Units returns a limit in capacity units a second. It must be more than 0 and finite. A
// fraction is allowed: Units(0.5) is one unit every 2 seconds.
func Units(perSecond float64) Capacity { return Capacity{capacityUnits, perSecond} }

// Percent returns a limit in percent of the table's provisioned throughput. It must be
// more than 0 and at most 100. It is an error for an on-demand table, which has no
// provisioned throughput. Percent(50) is the default of the Amazon EMR DynamoDB connector
// (dynamodb.throughput.read.percent 0.5).
func Percent(p float64) Capacity { return Capacity{capacityPercent, p} }

// Unlimited returns no limit: the job consumes what the service gives. On a provisioned
// table this takes throughput from its other users.
func Unlimited() Capacity { return Capacity{kind: capacityUnlimited} }

// String returns the limit as text, such as "1500 units/s".
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

// check returns the error of an illegal number, for New.
func (c Capacity) check() error {
	switch ok := c.n > 0 && !math.IsInf(c.n, 1); { // NaN is not more than 0
	case c.kind == capacityUnits && !ok:
		return reason.Refuse(reason.Configuration, "Units must be more than 0 and finite, not %v", c.n)
	case c.kind == capacityPercent && (!ok || c.n > 100):
		return reason.Refuse(reason.Configuration, "Percent must be more than 0 and at most 100, not %v", c.n)
	}
	return nil
}

// perSecond returns the rate for a table, +Inf for Unlimited. provisioned is the table's
// provisioned units a second, 0 for an on-demand table.
func (c Capacity) perSecond(provisioned int64) (float64, error) {
	switch c.kind {
	case capacityUnits:
		return c.n, nil
	case capacityPercent:
		if provisioned <= 0 {
			return 0, reason.Refuse(reason.Configuration, "%v: an on-demand table has none; use Units or Unlimited", c)
		}
		return c.n / 100 * float64(provisioned), nil
	case capacityUnlimited:
		return math.Inf(1), nil
	}
	return 0, reason.Refuse(reason.Unexpected, "the table has no capacity limit")
}

// A direction tells whether a limit is for reads or writes.
type direction uint8

const (
	readSide direction = iota
	writeSide
)

// A meterName identifies a table and side to which capacity belongs, whatever tables of
// the job use it.
type meterName struct {
	side  direction
	table string
}

// A metered is a table's meter, which all runs of a Syncer share, with the facts needed
// to change its rate.
type metered struct {
	*capacity.Meter
	of          meterName
	provisioned int64   // capacity units a second; 0 of an on-demand table
	byDefault   float64 // the rate of the zero Capacity, of all shares of the job
}

// limits hold the meters of a Syncer and their settings. They are safe for concurrent
// use.
type limits struct {
	shares int                      // number of shares of the job
	asked  map[meterName][]Capacity // by the options of the tables

	mu     sync.Mutex
	set    map[meterName]Capacity // by SetReadCapacity and SetWriteCapacity
	meters map[meterName]*metered
}

func newLimits(shares int) *limits {
	return &limits{shares: max(shares, 1), asked: map[meterName][]Capacity{}, set: map[meterName]Capacity{}, meters: map[meterName]*metered{}}
}

// ask adds the limit that an option of a table sets. The lowest applies.
func (l *limits) ask(of meterName, c Capacity) {
	if c != (Capacity{}) {
		l.asked[of] = append(l.asked[of], c)
	}
}

// replace replaces the limit of a table. The error names the table by its name in the
// job.
func (l *limits) replace(of meterName, table string, c Capacity) error {
	if err := c.check(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.meters[of]; m != nil {
		rate, err := l.rate(m, c)
		if err != nil {
			return reason.Blame(reason.Configuration, fmt.Errorf("dynsync: table %s: %w", table, err))
		}
		m.SetRate(rate)
	}
	l.set[of] = c
	return nil
}

// meter returns the meter of a table, with the default rate that a run has for it. Runs
// share it; a call that no run is to notice gets one of its own.
func (l *limits) meter(of meterName, provisioned int64, byDefault float64, shared bool) (*metered, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := &metered{of: of, provisioned: provisioned, byDefault: byDefault}
	rate, err := l.rate(m, l.current(of, provisioned))
	if err != nil {
		return nil, err
	}
	old := l.meters[of]
	if old == nil || !shared {
		m.Meter = capacity.NewMeter(rate)
	} else { // another run may be using it
		m.Meter = old.Meter
		m.SetRate(rate)
	}
	if shared {
		l.meters[of] = m
	}
	return m, nil
}

// renew sets another default rate for a meter that meter returned. If several runs use
// one table, the last call sets the rate.
func (l *limits) renew(m *metered, byDefault float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m.byDefault = byDefault
	l.meters[m.of] = m
	if rate, err := l.rate(m, l.current(m.of, m.provisioned)); err == nil { // there is none: meter and replace have checked it
		m.SetRate(rate)
	}
}

// rate returns this process's part of a limit, in capacity units a second.
func (l *limits) rate(m *metered, c Capacity) (float64, error) {
	rate := m.byDefault
	if c != (Capacity{}) {
		var err error
		if rate, err = c.perSecond(m.provisioned); err != nil {
			return 0, err
		}
	}
	return rate / float64(l.shares), nil
}

// current returns the limit that replace last set, or else the lowest of the options. The
// caller holds mu.
func (l *limits) current(of meterName, provisioned int64) Capacity {
	if c, ok := l.set[of]; ok {
		return c
	}
	var lowest Capacity
	least := math.Inf(1)
	for _, c := range l.asked[of] {
		rate, err := c.perSecond(provisioned)
		if err != nil {
			return c // the meter reports it
		}
		if rate <= least {
			lowest, least = c, rate
		}
	}
	return lowest
}

// askedRate returns the limit of the whole job in capacity units a second: the default
// rate if no option sets one, and 0 if there is no limit.
func (l *limits) askedRate(of meterName, provisioned int64, byDefault float64) float64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.current(of, provisioned)
	if c == (Capacity{}) {
		return byDefault
	}
	rate, err := c.perSecond(provisioned)
	if err != nil || math.IsInf(rate, 1) { // the meter reports the error
		return 0
	}
	return rate
}

// defaultReadShare is the part of a provisioned table's read capacity that a job consumes
// by default. It is that of AWS's EMR connector for DynamoDB
// (dynamodb.throughput.read.percent).
const defaultReadShare = 0.5
