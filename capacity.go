package dynsync

import (
	"fmt"
	"math"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/capacity"
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

// SetReadLimit replaces the limit of [WithReadLimit], also while the table is
// read: within a second. It is safe for concurrent use. The error is about the
// table's name, the numbers, or a percentage of an on-demand table.
func (s *Syncer) SetReadLimit(table string, c Capacity) error { return s.setLimit(table, readSide, c) }

// SetWriteLimit replaces the limit of [WithWriteLimit], likewise.
func (s *Syncer) SetWriteLimit(table string, c Capacity) error {
	return s.setLimit(table, writeSide, c)
}

// A side is what of a table a limit is for.
type side uint8

const (
	readSide side = iota
	writeSide
)

// A metered is a table's meter, which all runs of a Syncer share, and what is
// needed to change its rate.
type metered struct {
	*capacity.Meter
	provisioned int64   // capacity units a second; 0 of an on-demand table
	byDefault   float64 // the rate of the zero Capacity
	share       share
}

// limit sets the rate.
func (m *metered) limit(c Capacity) error {
	rate, err := m.rate(c)
	if err == nil {
		m.SetRate(rate)
	}
	return err
}

func (m *metered) rate(c Capacity) (float64, error) {
	rate := m.byDefault
	if c != (Capacity{}) {
		var err error
		if rate, err = c.perSecond(m.provisioned); err != nil {
			return 0, err
		}
	}
	return rate / float64(max(m.share.n, 1)), nil
}

// limits are the meters of a Syncer.
type limits struct {
	mu     sync.Mutex
	set    map[meterName]Capacity // by SetReadLimit and SetWriteLimit
	meters map[meterName]*metered
}

// A meterName names what capacity belongs to: a table, not its use in a job.
type meterName struct {
	side  side
	table string
}

func (s *Syncer) setLimit(name string, of side, c Capacity) error {
	t, err := s.table(name)
	if err == nil {
		err = c.check()
	}
	if err != nil {
		return err
	}
	l := &s.limits
	l.mu.Lock()
	defer l.mu.Unlock()
	key := meterName{of, t.physical(of)}
	if m := l.meters[key]; m != nil {
		if err := m.limit(c); err != nil {
			return fmt.Errorf("dynsync: table %s: %w", name, err)
		}
	}
	if l.set == nil {
		l.set = map[meterName]Capacity{}
	}
	l.set[key] = c
	return nil
}

// physical returns the name of the table itself.
func (t *table) physical(of side) string {
	if of == readSide {
		return t.cfg.source
	}
	return t.cfg.destination
}

// meterFor returns the meter of a table.
func (r *run) meterFor(of side, described *types.TableDescription, byDefault float64) (*metered, error) {
	asked := r.asked(of, provisioned(described, of))
	l := &r.s.limits
	l.mu.Lock()
	defer l.mu.Unlock()
	key := meterName{of, r.table.physical(of)}
	m := &metered{provisioned: provisioned(described, of), byDefault: byDefault, share: r.s.cfg.share}
	rate, err := m.rate(asked)
	if err != nil {
		return nil, err
	}
	if old := l.meters[key]; old != nil { // another run may be using it
		m.Meter = old.Meter
		m.SetRate(rate)
	} else {
		m.Meter = capacity.NewMeter(rate)
	}
	if l.meters == nil {
		l.meters = map[meterName]*metered{}
	}
	l.meters[key] = m
	return m, nil
}

// provisioned returns a table's provisioned throughput, 0 of an on-demand table.
func provisioned(t *types.TableDescription, of side) int64 {
	p := t.ProvisionedThroughput
	if b := t.BillingModeSummary; p == nil || b != nil && b.BillingMode == types.BillingModePayPerRequest {
		return 0
	}
	units := p.ReadCapacityUnits
	if of == writeSide {
		units = p.WriteCapacityUnits
	}
	if units == nil {
		return 0
	}
	return *units
}

// defaultReadShare is the part of a provisioned table's read capacity that a job
// takes by default: what AWS's EMR connector for DynamoDB takes
// (dynamodb.throughput.read.percent).
const defaultReadShare = 0.5

// meter makes the run keep to the limits of its tables.
func (r *run) meter() (err error) {
	if r.source != nil {
		byDefault := defaultReadShare * float64(provisioned(r.source, readSide))
		if byDefault == 0 {
			byDefault = float64(cursorUnits * r.readers() * max(r.s.cfg.share.n, 1))
		}
		if r.reading, err = r.meterFor(readSide, r.source, byDefault); err != nil {
			return refuse("WithReadLimit: %v", err)
		}
	}
	if r.target != nil {
		unlimited, _ := Unlimited().perSecond(0)
		if r.writing, err = r.meterFor(writeSide, r.target, unlimited); err != nil {
			return refuse("WithWriteLimit: %v", err)
		}
	}
	return nil
}

// readLimit returns the limit of reads for people.
func (r *run) readLimit() string {
	return fmt.Sprintf("%.6g capacity units/s", r.reading.Limit())
}

// asked returns the limit that was asked for: by SetReadLimit or SetWriteLimit last,
// or else the lowest of the job's tables that are the same table.
func (r *run) asked(of side, provisioned int64) Capacity {
	l := &r.s.limits
	l.mu.Lock()
	c, ok := l.set[meterName{of, r.table.physical(of)}]
	l.mu.Unlock()
	if ok {
		return c
	}
	var lowest Capacity
	least := math.Inf(1)
	for _, t := range r.s.tables {
		c := t.cfg.readLimit
		if of == writeSide {
			c = t.cfg.writeLimit
		}
		if t.physical(of) != r.table.physical(of) || c == (Capacity{}) {
			continue
		}
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
