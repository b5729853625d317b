package dynsync

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
)

// maxSegments is how many segments DynamoDB divides a table into at most.
const maxSegments = 1_000_000

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
// [Syncer.Scan] or a [Syncer.Records] of the job would read it. It reads no item.
func (s *Syncer) ReadPlan(ctx context.Context, name string) (*ReadPlan, error) {
	t, err := s.table(name)
	if err != nil {
		return nil, err
	}
	if s.reader == nil {
		return nil, errors.New("dynsync: reading needs WithSource")
	}
	r := s.preflight(ctx, &job{}, []*table{t}, needs{source: true})[0]
	if r.report.Err != nil {
		return nil, r.report.Err
	}
	return r.readPlan(), nil
}

// A readMethod is how a table is read: by SELECT, or by Scan in segments.
type readMethod struct {
	segments int // of the table; 0 for SELECT
	first    int // the segments of this job are [first, end)
	end      int
	reason   string
}

func (m readMethod) segmented() bool { return m.segments > 0 }

// bySelect reads the table by one SELECT.
func bySelect(reason string) readMethod { return readMethod{end: 1, reason: reason} }

// planReads decides how the table is read.
func (r *run) planReads() error {
	st := r.table.read
	asked := r.table.cfg.segments
	switch partition := r.readsPartition(); {
	case asked == 0:
		r.reads = bySelect("PartiQL, since the job asks for no segments (WithSegments, WithAutoSegments)")
	case st.pins(partition):
		r.reads = bySelect(fmt.Sprintf("PartiQL, since the condition fixes the partition key %q: that is a Query", partition))
	case st.filterErr != nil:
		return refuse("WithSegments: %v", st.filterErr)
	case asked == autoSegments:
		n, why := r.countSegments()
		r.reads = readMethod{segments: n, end: n, reason: why}
	default:
		r.reads = readMethod{segments: asked, reason: "the job asks for segments"}
		r.reads.first, r.reads.end = r.s.cfg.share.of(asked)
	}
	if sh := r.s.cfg.share; !r.reads.segmented() && sh.i > 0 {
		r.reads.end = 0
		r.reads.reason += "; share 0 of the job reads it"
		r.note(r.table.cfg.name + " is read by share 0 alone, since its condition fixes the partition key")
	}
	r.from = reading{next: r.reads.first, end: r.reads.end}
	if !r.reads.segmented() || st.cond == nil {
		return nil
	}
	if err := partiql.CheckKeys(st.cond, st.params, r.keyKinds()); err != nil {
		return refuse("WithWhere: %v", partiql.Locate(err, st.where))
	}
	return nil
}

// readsPartition returns the partition key of what is read, the table or an index.
func (r *run) readsPartition() string {
	schema := r.source.KeySchema
	for _, g := range r.source.GlobalSecondaryIndexes {
		if deref(g.IndexName) == r.table.cfg.index {
			schema = g.KeySchema
		}
	}
	return keyNamesOf(schema).Partition
}

// keyKinds returns the types of the key attributes of what is read.
func (r *run) keyKinds() map[string]types.ScalarAttributeType {
	schema := r.source.KeySchema
	for _, g := range r.source.GlobalSecondaryIndexes {
		if deref(g.IndexName) == r.table.cfg.index {
			schema = g.KeySchema
		}
	}
	for _, l := range r.source.LocalSecondaryIndexes {
		if deref(l.IndexName) == r.table.cfg.index {
			schema = l.KeySchema
		}
	}
	kinds := map[string]types.ScalarAttributeType{}
	for _, k := range schema {
		kinds[deref(k.AttributeName)] = attributeType(r.source, deref(k.AttributeName))
	}
	return kinds
}

const (
	// autoSegments is what WithAutoSegments sets instead of a number.
	autoSegments = -1
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
	if rate := r.askedRate(); rate > 0 {
		if most := segmentsPerReader * math.Ceil(rate/cursorUnits); most < float64(n) {
			n = int(most)
			why = fmt.Sprintf("%d segments, for a limit of %.6g capacity units/s", n, rate)
		}
	}
	return n, why
}

// askedRate returns the limit of reads of the whole job, in capacity units a
// second, 0 where it follows the readers.
func (r *run) askedRate() float64 {
	units := provisioned(r.source, readSide)
	c := r.asked(readSide, units)
	if c == (Capacity{}) {
		return defaultReadShare * float64(units)
	}
	rate, err := c.perSecond(units)
	if err != nil || math.IsInf(rate, 1) { // the meter reports the error
		return 0
	}
	return rate
}

// readPlan returns the run's way of reading for people.
func (r *run) readPlan() *ReadPlan {
	cfg := r.table.cfg
	p := &ReadPlan{
		Table: cfg.name, Source: cfg.source, Index: cfg.index, Consistent: cfg.consistent,
		Segments: r.reads.end - r.reads.first, Readers: r.readers(), Limit: r.readLimit(), Reason: r.reads.reason,
	}
	if !r.reads.segmented() {
		p.Operation = "ExecuteStatement"
		return p
	}
	p.Operation = "Scan"
	if f := r.table.read.filter; f != nil {
		p.Filter = f.Expression
	}
	return p
}

// scanInput returns the request for the page of a Scan at a cursor. This is the
// only place that builds one.
func (r *run) scanInput(c *cursor) *dynamodb.ScanInput {
	cfg := r.table.cfg
	in := &dynamodb.ScanInput{
		TableName:              &cfg.source,
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	}
	if c.at.key != nil {
		in.ExclusiveStartKey = c.at.key.Item()
	}
	if cfg.index != "" {
		in.IndexName = &cfg.index
	}
	if cfg.consistent {
		in.ConsistentRead = &cfg.consistent
	}
	if n := int32(cfg.pageSize); n > 0 {
		in.Limit = &n
	}
	if f := r.table.read.filter; f != nil {
		in.FilterExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues = &f.Expression, f.Names, f.Values
	}
	if r.reads.segmented() {
		segment, of := int32(c.segment), int32(r.reads.segments)
		in.Segment, in.TotalSegments = &segment, &of
	}
	return in
}

// A share is a part of a job that is divided among processes: the part i of n. The
// zero share is the whole job.
type share struct{ i, n int }

func (s share) divided() bool { return s.n > 1 }

// of returns the part [first, end) of that many segments.
func (s share) of(segments int) (first, end int) {
	if !s.divided() {
		return 0, segments
	}
	return int(int64(segments) * int64(s.i) / int64(s.n)), int(int64(segments) * int64(s.i+1) / int64(s.n))
}
