package dynsync

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/dynsync/dynsync/internal/wire"
)

// WithLimit ends the reading of the table after that many items came past
// [WithWhere], [WithSample], [WithoutExpired] and [WithFilter], overriding the
// default of no limit. Which they are is not determined. What was read beyond
// counts as filtered. It must be 1 or more, and cannot be used with
// [WithCheckpoint]. Every share of a job ([WithShare]) has the limit for itself. A
// second use replaces the first.
func WithLimit(items int64) TableOption {
	return tableOption(func(c *tableConfig) { c.limit, c.limitSet = items, true })
}

// WithSample takes a fraction of the table's items, overriding the default of
// all: those whose primary key has a SHA-256 hash in that part of its range, so
// that every run, process and job takes the same items, and a larger fraction
// takes them and more. The others are read, paid for and counted as filtered. It
// must be more than 0 and at most 1. A second use replaces the first.
func WithSample(fraction float64) TableOption {
	return tableOption(func(c *tableConfig) { c.sample, c.sampleSet = fraction, true })
}

// WithoutExpired leaves out items that are past their time to live and that
// DynamoDB has not deleted yet, which can take days, overriding the default of
// taking them. They count as filtered. The time is that at which the run began. As
// for DynamoDB, only a number counts as a time to live, and none that is more than
// five years past. The attribute is that of [WithTTLAttribute], or what
// DescribeTimeToLive says.
func WithoutExpired() TableOption {
	return tableOption(func(c *tableConfig) { c.withoutExpired = true })
}

// WithBudget ends a [Syncer.Sync] when it has consumed that many capacity units,
// read and written, over all tables, and a stream likewise, overriding the default
// of no budget. The preflight is not counted, and [Syncer.Write] takes all that it
// is given. Items that were read are still written. The tables that are not complete end with
// [ErrBudgetSpent]; with [WithCheckpoint], the next run of the job goes on there,
// with a budget of its own. It must be more than 0. A second use replaces the
// first.
func WithBudget(units float64) Option {
	return jobOption(func(c *jobConfig) { c.budget, c.budgetSet = units, true })
}

// ErrBudgetSpent is the error of a table that is not complete since the job's
// [WithBudget] is used up.
var ErrBudgetSpent = errors.New("dynsync: the budget of capacity units is spent; run the job again to go on")

// checkSampling returns what is wrong with a table's limit or sample, for New.
func (s *Syncer) checkSampling(t *table) []error {
	cfg := t.cfg
	var errs []error
	if cfg.limitSet && cfg.limit < 1 {
		errs = append(errs, fmt.Errorf("WithLimit must be 1 or more, not %d", cfg.limit))
	}
	if cfg.limitSet && s.cfg.checkpoint.set {
		errs = append(errs, errors.New("WithLimit cannot be used with WithCheckpoint: a resumed run does not know which items the one before took"))
	}
	if cfg.sampleSet && !(cfg.sample > 0 && cfg.sample <= 1) {
		errs = append(errs, fmt.Errorf("WithSample must be more than 0 and at most 1, not %v", cfg.sample))
	}
	return errs
}

// A sample is the set of keys whose hash is at most bound. The zero sample holds
// all keys.
type sample struct {
	bound uint64
	set   bool
}

func newSample(fraction float64) sample {
	if fraction >= 1 {
		return sample{}
	}
	return sample{uint64(fraction * math.MaxUint64), true}
}

// holds reports whether the item of that canonical key is in the sample.
func (s sample) holds(key []byte) bool {
	if !s.set {
		return true
	}
	sum := sha256.Sum256(key)
	return binary.BigEndian.Uint64(sum[:]) <= s.bound
}

// keepsExpired is how far past a time to live may be for DynamoDB to delete the
// item (Developer Guide, "Using time to live in DynamoDB").
const keepsExpired = 5 * 365 * 24 * time.Hour

// takePart adds to a plan which part of the items it takes.
func (r *run) takePart(p *plan) {
	cfg := r.table.cfg
	if cfg.sampleSet {
		p.sample = newSample(cfg.sample)
	}
	if cfg.withoutExpired {
		p.now = time.Now()
	}
	if cfg.limitSet && r.job.call != callReplay { // the lines came past it
		p.quota = new(atomic.Int64)
		p.quota.Store(cfg.limit)
	}
}

// exhausted reports whether the run need not read on.
func (r *run) exhausted() bool { return r.plan.quota != nil && r.plan.quota.Load() <= 0 }

// spent takes capacity units from the job's budget.
func (r *run) spent(units float64) { r.job.spent.Add(int64(math.Ceil(2 * units))) }

// overBudget reports whether the job has spent its budget.
func (r *run) overBudget() bool {
	return r.s.cfg.budgetSet && float64(r.job.spent.Load()) >= 2*r.s.cfg.budget
}

// expired reports whether the item at hand is past its time to live.
func (x *exec) expired() bool {
	since := x.plan.now
	if since.IsZero() || x.plan.ttl == "" {
		return false
	}
	for _, a := range x.attrs {
		if a.Kind == wire.N && wire.EqualName(a.Name.Of(x.src), a.Escaped, x.plan.ttl) {
			_, quoted := wire.Payload(a.Value.Of(x.src))
			at, err := strconv.ParseFloat(string(quoted[1:len(quoted)-1]), 64)
			age := float64(since.Unix()) - at
			return err == nil && age > 0 && age < keepsExpired.Seconds()
		}
	}
	return false
}

// takes reports whether the item at hand, whose key is known, belongs to the copy
// as far as sample and time to live go.
func (x *exec) takes() bool { return x.plan.sample.holds(x.itemKey) && !x.expired() }

// admit takes the item at hand from the table's limit.
func (x *exec) admit() bool { return x.plan.quota == nil || x.plan.quota.Add(-1) >= 0 }
