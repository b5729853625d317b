package dynsync

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/partiql"
	"github.com/dynsync/dynsync/internal/reason"
)

// A ReadPlan says how a table will be read, and why. It holds no attribute value.
type ReadPlan struct {
	Table      string // as the job names it
	Source     string
	Index      string // "" for the table itself
	Operation  string // "ExecuteStatement" (PartiQL) or "Scan"
	Filter     string // the FilterExpression of a Scan, with placeholders
	Segments   int    // how many parts of the table the job reads, each page by page; 1 for ExecuteStatement
	Readers    int    // how many pages are read at a time
	Consistent bool
	Limit      string // of capacity
	Reason     string
}

// String returns the plan as one line for people.
func (p *ReadPlan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s of %s", p.Table, p.Operation, p.Source)
	if p.Index != "" {
		fmt.Fprintf(&b, ", index %s", p.Index)
	}
	if p.Segments > 1 {
		fmt.Fprintf(&b, ", %d segments, %d pages at a time", p.Segments, p.Readers)
	}
	if p.Consistent {
		b.WriteString(", consistent")
	}
	if p.Limit != "" {
		fmt.Fprintf(&b, ", at most %s", p.Limit)
	}
	if p.Filter != "" {
		fmt.Fprintf(&b, ", where %s", p.Filter)
	}
	fmt.Fprintf(&b, "; %s", p.Reason)
	return b.String()
}

// ReadPlan asks DynamoDB what the table is and returns how a [Syncer.Sync], a
// [Syncer.Scan] or a [Syncer.Transformed] of the job would read it. It reads no item.
func (s *Syncer) ReadPlan(ctx context.Context, name string) (*ReadPlan, error) {
	r, err := s.open(ctx, name)
	if err != nil {
		return &ReadPlan{Table: name}, err
	}
	return r.readPlan(), nil
}

// planReads decides how the table is read.
func (r *run) planReads() error {
	st := r.table.read
	asked := r.table.cfg.segments
	switch partition := keyNamesOf(schemaOf(r.source, r.table.cfg.index)).Partition; {
	case asked == 0:
		r.reader.method = bySelect("PartiQL, since the job asks for no segments (WithSegments)")
	case st.pins(partition):
		r.reader.method = bySelect(fmt.Sprintf("PartiQL, since the condition fixes the partition key %q: that is a Query", partition))
	case st.filterErr != nil:
		return reason.Refuse(reason.Configuration, "WithSegments: %v", st.filterErr)
	case asked == AutoSegments:
		n, why := r.countSegments()
		r.reader.method = readMethod{segments: n, end: n, reason: why}
	default:
		r.reader.method = readMethod{segments: asked, reason: "the job asks for segments"}
		r.reader.method.first, r.reader.method.end = r.s.cfg.share.of(asked)
	}
	if sh := r.s.cfg.share; !r.reader.method.segmented() && sh.i > 0 {
		r.reader.method.end = 0
		r.reader.method.reason += "; share 0 of the job reads it"
		r.account.find(finding.ReadByOneShare, "share 0 alone reads the table, since its condition fixes the partition key")
	}
	r.reader.from = checkpoint.Frontier{Next: r.reader.method.first, End: r.reader.method.end}
	if !r.reader.method.segmented() || st.cond == nil {
		return nil
	}
	if err := partiql.CheckKeys(st.cond, st.params, keyKinds(r.source, r.table.cfg.index)); err != nil {
		return reason.Refuse(reason.Configuration, "WithWhere: %v", partiql.Locate(err, st.where))
	}
	return nil
}

const (
	// segmentBytes is how much of a table makes a segment of its own worth the
	// request in which it ends.
	segmentBytes = 16 << 20
	// cursorUnits is what one reader, page after page, is expected to take of a
	// table, in capacity units a second: half of what one partition serves.
	cursorUnits = 1500
	// readersPerWorker is how many readers, of some 12 MB a second each, keep a
	// worker busy.
	readersPerWorker = 8
	// segmentsPerReader makes segments short enough for readers to end together.
	segmentsPerReader = 4
)

// countSegments returns how many segments suit the table, and why: as many as its
// size makes worth while, and no more than the limit of reads and the workers can
// do with.
func (r *run) countSegments() (n int, why string) {
	var size int64
	if r.source.TableSizeBytes != nil {
		size = *r.source.TableSizeBytes
	}
	n = int(min(max(1, size/segmentBytes), maxReaders*segmentsPerReader))
	why = fmt.Sprintf("%d segments, for the table's size of about %d MB", n, size>>20)
	if most := segmentsPerReader * readersPerWorker * r.s.cfg.workers; most < n {
		n, why = most, fmt.Sprintf("%d segments, for %d workers", most, r.s.cfg.workers)
	}
	if rate := r.askedReadRate(); rate > 0 {
		if most := segmentsPerReader * math.Ceil(rate/cursorUnits); most < float64(n) {
			n = int(most)
			why = fmt.Sprintf("%d segments, for a limit of %.6g capacity units/s", n, rate)
		}
	}
	return n, why
}

// askedReadRate returns the limit of reads of the whole job, in capacity units a
// second, 0 where it follows the readers.
func (r *run) askedReadRate() float64 {
	units := provisioned(r.source, readSide)
	return r.s.limits.askedRate(r.table.physical(readSide), units, defaultReadShare*float64(units))
}

// readPlan returns the run's way of reading for people.
func (r *run) readPlan() *ReadPlan {
	cfg := r.table.cfg
	p := &ReadPlan{
		Table: cfg.name, Source: cfg.source, Index: cfg.index, Consistent: cfg.consistent,
		Segments: r.reader.method.end - r.reader.method.first, Readers: r.reader.atATime(), Limit: fmt.Sprintf("%.6g capacity units/s", r.reader.meter.Limit()), Reason: r.reader.method.reason,
	}
	if !r.reader.method.segmented() {
		p.Operation = "ExecuteStatement"
		return p
	}
	p.Operation = "Scan"
	if f := r.table.read.filter; f != nil {
		p.Filter = f.Expression
	}
	return p
}

// takePart adds to a plan which part of the items it takes.
func takePart(p *engine.Plan, cfg *tableConfig, c call) {
	if cfg.sampleSet {
		p.Sample = sampleOf(cfg.sample)
	}
	if cfg.withoutExpired {
		p.Now = time.Now()
	}
	if cfg.limitSet && c != callReplay { // the lines came past it
		p.Quota = new(atomic.Int64)
		p.Quota.Store(cfg.limit)
	}
}

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

// keyKinds returns the types of the key attributes of a table, or of an index.
func keyKinds(t *types.TableDescription, index string) map[string]types.ScalarAttributeType {
	kinds := map[string]types.ScalarAttributeType{}
	for _, k := range schemaOf(t, index) {
		kinds[deref(k.AttributeName)] = attributeType(t, deref(k.AttributeName))
	}
	return kinds
}
