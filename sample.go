package dynsync

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/dynsync/dynsync/internal/wire"
)

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
