package dynsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/dynsync/dynsync/internal/capacity"
	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/guard"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/sample"
	"github.com/dynsync/dynsync/internal/side"
	"github.com/dynsync/dynsync/internal/tabledesc"
)

// A Plan says how a job will read and write each of its tables, and why. It contains no
// attribute value.
type Plan struct {
	Tables []*TablePlan
}

// A TablePlan says how a job will read and write one table. If the job has no source or no
// destination, the fields of that side are zero.
//
// Items, Bytes and the units are estimates from the item count and the size that
// DescribeTable reports, which DynamoDB updates about every six hours. A condition, a
// filter and a checkpoint lower the real numbers; the destination's indexes raise the
// write units. They are 0 if DescribeTable reports no items, as it does of a new table.
type TablePlan struct {
	Table       string // its name in the job
	Source      string
	Destination string
	// The ARNs that DescribeTable reported, and what the clients are known to use, or "".
	SourceARN, SourceRegion, SourceEndpoint                string
	DestinationARN, DestinationRegion, DestinationEndpoint string

	ReadBy     string // "ExecuteStatement" (PartiQL) or "Scan"
	ReadReason string
	Index      string // "" for the table itself
	Filter     string // the FilterExpression of a Scan, with placeholders
	Segments   int    // number of segments that the job reads; 1 for ExecuteStatement
	Readers    int    // number of pages that are read at a time; 0 if another share reads the table
	Consistent bool
	ReadLimit  string // capacity limit of the reads

	WriteBy               string // "BatchWriteItem", "BatchExecuteStatement" (PartiQL) or "UpdateItem"
	WriteReason           string
	WriteLimit            string        // capacity limit of the writes
	Keys                  []string      // the attributes of the primary key, and what happens to each
	Unique                bool          // whether different items certainly get different keys
	NotOneToOne           string        // why keys cannot be one-to-one, or "" (see WithCheckpoint)
	Guarded               bool          // an item fails if its key might not be one-to-one (see WithCheckpoint)
	KeyBits               int           // binary logarithm of the number of results that one-to-one keys are drawn from; 0 if none is drawn
	KeyChance             float64       // probability that any two of the table's items get one key, if keys are one-to-one
	Collisions            []string      // whether two items can get one key, why, and what follows
	Items, Bytes          int64         // estimate of the items to read, and of their size
	ReadUnits, WriteUnits int64         // estimate of the capacity units
	StreamRecords         int64         // the most records in the stream of the destination, by the item count or WithMaxItems; 0 if it is off or nothing is known
	Replicas              []string      // regions of the other replicas of the destination; WriteUnits are without them
	Least                 time.Duration // the shortest time that the limits allow for these units

	Findings []Finding
	Err      error // why the job could not copy the table, or nil

	readRate, writeRate float64 // ReadLimit and WriteLimit
}

// Plan checks all tables of the job, as [Syncer.Sync] does before its first write, and
// returns how the job will read and write them. It writes no item and reads at most 100 of
// a table, or 200 if the condition selects none (see [WithWhere]), and no checkpoint. It may
// run beside other calls. With only a source or a destination, it covers that side.
//
// The plan is never nil. The error joins a [*TableError] for each table that cannot be copied.
func (s *Syncer) Plan(ctx context.Context) (*Plan, error) {
	plan, err := &Plan{}, s.keys.Ready(ctx)
	if err != nil {
		return plan, err
	}
	var errs []error
	for _, r := range planned(ctx, s) {
		p := newTablePlan(r)
		plan.Tables = append(plan.Tables, p)
		errs = append(errs, p.Err)
	}
	return plan, errors.Join(errs...)
}

// planned checks all tables of a job for a call that writes nothing.
func planned(ctx context.Context, s *Syncer) []*run {
	return s.preflight(ctx, &job{call: callPlan}, s.tables, needs{source: s.reader != nil, destination: s.writer != nil})
}

// acceptOf marks the findings that the job accepts.
func acceptOf(r *run, findings []Finding) { accept(findings, &r.s.cfg.accepted, time.Now()) }

// newTablePlan returns what a run will do, after its preflight.
func newTablePlan(r *run) *TablePlan {
	rep := r.account.report
	acceptOf(r, rep.Findings)
	p := &TablePlan{Table: rep.Table, Source: rep.Source, Destination: rep.Destination, Findings: rep.Findings, Err: rep.Err}
	from, to := side.Of(r.s.cfg.source), side.Of(r.s.cfg.destination)
	p.SourceARN, p.SourceRegion, p.SourceEndpoint = tabledesc.ARN(r.source), from.Region, from.Endpoint
	p.DestinationARN, p.DestinationRegion, p.DestinationEndpoint = tabledesc.ARN(r.target), to.Region, to.Endpoint
	if p.Err != nil {
		return p
	}
	if r.source != nil {
		p.read(r)
	}
	if r.target != nil {
		p.write(r)
	}
	p.keys(r)
	return p
}

func (p *TablePlan) keys(r *run) {
	v := r.effects.verdict
	p.Keys, p.Unique = keyTexts(r), !r.effects.collide && len(r.sharers()) == 0
	if p.Guarded, p.NotOneToOne = r.plan.OneToOne, v.Why; v.Holds() {
		p.KeyBits, p.KeyChance = v.Bits(), v.Chance
	}
	switch {
	case p.Unique:
		p.Collisions = []string{"keys are one-to-one"}
	case p.Guarded:
		p.Collisions = []string{"keys are one-to-one" + v.ChanceText(tabledesc.Items(r.source, "") > 0)}
	default:
		p.Collisions = append([]string{"items can collide; one of two items with one key is not written"}, whyCollide(r)...)
	}
}

// whyCollide says why keys are not one-to-one, and what follows, or what would make them
// so.
func whyCollide(r *run) []string {
	cfg, why, overwrites := r.table.cfg, r.effects.verdict.Why, r.table.cfg.mode.spec().overwrite
	switch {
	case why == "" && overwrites && !manyRuns(r.s):
		return []string{"keys could be one-to-one with WithCheckpoint or WithShare"}
	case why == "":
		return nil
	case r.s.cfg.checkpoint.set && overwrites && cfg.allowExisting:
		why += "; a run that resumes overwrites what the run before wrote, and finds no collisions with it (see WithAllowExisting)"
	case r.s.cfg.checkpoint.set && overwrites:
		why += "; a run that resumes only inserts (see WithCheckpoint)"
	}
	return []string{"keys are not one-to-one: " + why}
}

func (p *TablePlan) read(r *run) {
	cfg, method := r.table.cfg, r.reader.method
	p.ReadBy, p.ReadReason, p.Index, p.Consistent = "ExecuteStatement", method.reason, cfg.index, cfg.consistent
	p.readRate = r.reader.meter.Limit()
	p.Segments, p.Readers, p.ReadLimit = method.end-method.first, min(r.reader.atATime(), method.end-method.first), limitText(p.readRate)
	if method.segmented() {
		p.ReadBy = "Scan"
		if f := r.table.read.filter; f != nil {
			p.Filter = f.Expression
		}
	}
	e := newEstimate(r)
	p.Items, p.Bytes, p.ReadUnits = e.items, e.bytes, e.readUnits
	p.atLeast(e.readUnits, p.readRate)
}

func (p *TablePlan) write(r *run) {
	mode := r.table.cfg.mode
	p.writeRate = r.writer.meter.Limit()
	p.WriteReason, p.WriteLimit = fmt.Sprintf("%v, which %s", mode, mode.spec().means), limitText(p.writeRate)
	if r.inserts() && mode.spec().overwrite {
		mode = ModeInsert
		p.WriteReason = "items can collide, and the run cannot know all keys, so it only inserts (see WithAllowExisting)"
	}
	p.WriteBy, p.Replicas = mode.spec().operation, guard.Replicas(r.target)
	if r.source != nil {
		p.WriteUnits, p.StreamRecords = newEstimate(r).writeUnits, effectsOf(r, true).Records()
		p.atLeast(p.WriteUnits, p.writeRate)
	}
}

// atLeast makes the plan take as long as a limit leaves for so many units.
func (p *TablePlan) atLeast(units int64, rate float64) {
	if rate > 0 && !math.IsInf(rate, 1) {
		p.Least = max(p.Least, time.Duration(float64(units)/rate*float64(time.Second)))
	}
}

// limitText returns a capacity limit as text.
func limitText(rate float64) string {
	if math.IsInf(rate, 1) {
		return "no limit"
	}
	return fmt.Sprintf("%.6g capacity units/s", rate)
}

// keyTexts says of each key attribute what becomes of it.
func keyTexts(r *run) (keys []string) {
	for _, name := range []string{r.plan.Keys.Partition, r.plan.Keys.Sort} {
		if name == "" {
			continue
		}
		text := printable(name) + ": as read"
		for _, rule := range keyRules(r.plan.Keys, r.table.rules) {
			if of, _ := rule.Pattern.Attribute(); of == name {
				text = fmt.Sprintf("%s: %s", printable(name), rule.desc.Name)
				if !r.effects.verdict.Holds() { // or that says it
					text += " (" + uniquenessTexts[rule.desc.Uniqueness] + ")"
				}
			}
		}
		keys = append(keys, text)
	}
	if r.plan.Finish != nil {
		keys = append(keys, "WithRecordTransform may change the key")
	}
	return keys
}

// uniquenessTexts say what a transformer may do to keys.
var uniquenessTexts = map[Uniqueness]string{
	UniquenessUnknown:   "it does not say whether two values can become one",
	UniquenessExact:     "different values stay different",
	UniquenessPractical: "two values become one by an unlikely chance only",
	UniquenessNone:      "different values can become one",
}

// An estimate is what a table costs about.
type estimate struct{ items, bytes, readUnits, writeUnits int64 }

// newEstimate returns what a run costs about, by the source's description.
func newEstimate(r *run) estimate {
	cfg, method := r.table.cfg, r.reader.method
	items, bytes := float64(tabledesc.Items(r.source, cfg.index)), float64(tabledesc.Bytes(r.source, cfg.index))
	size := 0.0
	if items > 0 {
		size = bytes / items
	}
	if method.segmented() {
		items *= float64(method.end-method.first) / float64(method.segments)
	}
	sample := 1.0
	if cfg.sampleSet {
		sample = cfg.sample
	}
	written := items * sample
	if cfg.limitSet { // it counts what the sample, a condition and a filter leave
		written = min(written, float64(cfg.limit))
		if cfg.where == "" && cfg.filter == nil && !cfg.withoutExpired {
			items = min(items, math.Ceil(float64(cfg.limit)/sample))
		}
	}
	if items == 0 || method.end == method.first {
		return estimate{} // it is not known, or another share reads the table
	}
	return estimate{
		items:      int64(math.Ceil(items)),
		bytes:      int64(items * size),
		readUnits:  int64(math.Ceil(capacity.ReadUnits(int(items*size), cfg.consistent))),
		writeUnits: int64(math.Ceil(written * capacity.WriteUnits(int(math.Ceil(size))))),
	}
}

// String returns the plan as text, a few lines per table.
func (p *Plan) String() string {
	var b strings.Builder
	for _, t := range p.Tables {
		b.WriteString(t.String())
	}
	b.WriteString("Items and units are estimates, by counts that DynamoDB makes every six hours or so.\n")
	return b.String()
}

// String returns the plan of the table as text.
func (p *TablePlan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s → %s\n", printable(p.Table), printable(p.Source), printable(p.Destination))
	line := func(label, format string, args ...any) {
		fmt.Fprintf(&b, "  %-6s "+format+"\n", append([]any{label}, args...)...)
	}
	if at := side.Where(p.SourceARN, p.SourceRegion, p.SourceEndpoint); at != "" {
		line("from", "%s", at)
	}
	if at := side.Where(p.DestinationARN, p.DestinationRegion, p.DestinationEndpoint); at != "" {
		line("to", "%s", at)
	}
	if p.ReadBy != "" {
		line("read", "%s; %s", p.reading(), p.ReadReason)
	}
	if p.Filter != "" {
		line("where", "%s", p.Filter)
	}
	if p.WriteBy != "" {
		line("write", "%s, %s; %s", p.WriteBy, p.WriteLimit, p.WriteReason)
	}
	for _, key := range p.Keys {
		line("key", "%s", key)
	}
	for _, text := range p.Collisions {
		line("", "%s", text)
	}
	p.costs(line)
	if p.Least >= time.Second {
		line("", "%v or more, by the limits", p.Least.Round(time.Second))
	}
	for _, f := range p.Findings {
		fmt.Fprintf(&b, "  %s\n", f.line())
	}
	if p.Err != nil {
		fmt.Fprintf(&b, "  cannot be copied: %v\n", p.Err)
	}
	return b.String()
}

// costs prints the estimate.
func (p *TablePlan) costs(line func(label, format string, args ...any)) {
	switch {
	case p.ReadBy == "":
	case p.Readers == 0:
		line("about", "no items: another share reads the table")
	case p.Items == 0:
		line("about", "unknown: DescribeTable reports no items, as of a new table")
	default:
		line("about", "%d items, %.1f MB, %d read units", p.Items, float64(p.Bytes)/1e6, p.ReadUnits)
		if p.WriteBy != "" {
			line("", "%d write units, without those of indexes", p.WriteUnits)
		}
		if n := int64(1 + len(p.Replicas)); n > 1 {
			line("", "%d write units with those of the replicas in %s", n*p.WriteUnits, strings.Join(p.Replicas, ", "))
		}
	}
}

// printable returns a name as it is, or quoted if it has characters that do not print.
func printable(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(name)
	}
	return name
}

// reading returns how the table is read, without the reason.
func (p *TablePlan) reading() string {
	text := p.ReadBy
	if p.Index != "" {
		text += " of the index " + printable(p.Index)
	}
	if p.Segments > 1 {
		text += fmt.Sprintf(", %d segments, %d pages at a time", p.Segments, p.Readers)
	}
	if p.Consistent {
		text += ", consistent"
	}
	return text + ", " + p.ReadLimit
}

// MarshalJSON returns the plan as JSON, with Least in seconds and the error as text.
func (p *TablePlan) MarshalJSON() ([]byte, error) {
	type plain TablePlan // without this method
	out := struct {
		*plain
		Least float64
		Err   string `json:",omitempty"`
	}{plain: (*plain)(p), Least: p.Least.Seconds()}
	if p.Err != nil {
		out.Err = p.Err.Error()
	}
	return json.Marshal(out)
}

// planReads decides how the table is read.
func (r *run) planReads() error {
	st := r.table.read
	asked, why := r.table.cfg.segments, "the job asks for segments"
	if asked == 0 && st.needsScan() {
		asked, why = 1, "PartiQL takes no name that begins with # or :, such as one of the condition"
	}
	hash, err := st.checkKeys(tabledesc.Schema(r.source, st.index), tabledesc.KeyKinds(r.source, st.index))
	if err != nil {
		return err
	}
	r.reader.hash = hash
	r.reader.selection.Of(st.where, st.cond, st.params, st.source, tabledesc.Items(r.source, st.index))
	switch {
	case asked == 0:
		r.reader.method = bySelect("PartiQL, since the job asks for no segments (WithSegments)")
	case st.pins(hash...):
		r.reader.method = bySelect(fmt.Sprintf("PartiQL, since the condition fixes the partition key %s: that is a Query", strings.Trim(fmt.Sprintf("%q", hash), "[]")))
	case st.filterErr != nil:
		return reason.Refuse(reason.Configuration, "WithSegments: %v", st.filterErr)
	case asked == AutoSegments:
		n, why := r.countSegments()
		r.reader.method = readMethod{segments: n, end: n, reason: why + st.scanReason(hash)}
	default:
		r.reader.method = readMethod{segments: asked, reason: why + st.scanReason(hash)}
		r.reader.method.first, r.reader.method.end = r.s.cfg.share.of(asked)
	}
	if sh := r.s.cfg.share; !r.reader.method.segmented() && sh.i > 0 {
		r.reader.method.end = 0
		r.reader.method.reason += "; share 0 of the job reads it"
		r.account.find(finding.ReadByOneShare, "share 0 alone reads the table, since its condition fixes the partition key")
	}
	limit := r.s.keeper.maxBytes()
	r.reader.most = checkpoint.OpenWithin(limit, tabledesc.KeySize(r.source, r.table.cfg.index), len(r.table.rules.rules))
	if most := r.reader.most; most < min(checkpoint.MaxOpen, r.reader.method.end-r.reader.method.first) {
		r.reader.method.reason += fmt.Sprintf("; at most %d segments at a time, since the store of WithCheckpoint takes %d bytes", most, limit)
	}
	r.reader.from = checkpoint.Frontier{Next: r.reader.method.first, End: r.reader.method.end}
	return nil
}

const (
	// segmentBytes is how much of a table is worth a segment, with its last request.
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

// takePart adds to a plan which part of the items it takes.
func takePart(p *engine.Plan, cfg *tableConfig, c call) {
	if cfg.sampleSet {
		p.Sample = sample.Of(cfg.sample)
	}
	if cfg.withoutExpired {
		p.Now = time.Now()
	}
	if cfg.limitSet && c != callReplay { // the lines came past it
		p.Quota = new(atomic.Int64)
		p.Quota.Store(cfg.limit)
	}
}
