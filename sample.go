package dynsync

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"sync/atomic"
	"time"

	"github.com/dynsync/dynsync/internal/engine"
)

// sampleOf returns what tells whether the item of a canonical key is in a sample: the
// keys whose hash is low enough. It is nil where all are.
func sampleOf(fraction float64) func(key []byte) bool {
	if fraction >= 1 {
		return nil
	}
	bound := uint64(fraction * math.MaxUint64)
	return func(key []byte) bool {
		sum := sha256.Sum256(key)
		return binary.BigEndian.Uint64(sum[:]) <= bound
	}
}

// takePart adds to a plan which part of the items it takes.
func (r *run) takePart(p *engine.Plan) {
	cfg := r.table.cfg
	if cfg.sampleSet {
		p.Sample = sampleOf(cfg.sample)
	}
	if cfg.withoutExpired {
		p.Now = time.Now()
	}
	if cfg.limitSet && r.job.call != callReplay { // the lines came past it
		p.Quota = new(atomic.Int64)
		p.Quota.Store(cfg.limit)
	}
}

// exhausted reports whether the run need not read on.
func (r *run) exhausted() bool { return r.plan.Quota != nil && r.plan.Quota.Load() <= 0 }
