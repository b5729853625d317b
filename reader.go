package dynsync

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/capacity"
	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/finding"
	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/partiql"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

// maxReaders is how many pages of a table are read at a time.
const maxReaders = 64

// A reader reads the pages of a table's source. It is safe for concurrent use once
// the preflight has completed it.
type reader struct {
	client     *rawapi.Reader
	renewal    *awserr.Renewal // of the client's credentials
	query      *statement
	patience   time.Duration // how long a request is tried
	scanResume bool          // a Scan may go on where a SELECT ended
	account    *account
	progress   *checkpoint.Tracker // nil without a checkpoint
	pages      rawapi.Pool

	keys   *wire.Keys
	look   *keyLook      // at what passes through though no rule says so
	quota  *atomic.Int64 // how many items are still to be taken; nil for no limit
	method readMethod
	meter  *metered
	from   checkpoint.Frontier // where the reading begins
	most   int                 // segments under way at a time

	segmentsDone atomic.Int64 // by all runs
	allRead      atomic.Bool  // the reading has ended
	hash         []string     // the attributes of the partition key of what is read
	selection    partiql.Selection
}

// A chunk is what a worker takes at a time: a page of the source, or records of
// a stream.
type chunk struct {
	page    *rawapi.Page
	mark    *checkpoint.Mark // of the page
	records []streamed
}

// A streamed is a record of a stream.
type streamed struct {
	rec  Record
	mark *checkpoint.Mark // nil but for Replay
}

// readPages reads the table from where the run begins and sends every page that
// has items. A page belongs to who receives it, until it is put back into the pool.
// Pages of several segments are read at a time.
func (rd *reader) readPages(ctx context.Context, out chan<- chunk) error {
	defer rd.allRead.Store(true)
	q := checkpoint.NewQueue(rd.from, rd.progress, rd.most)
	readers := rd.atATime()
	if readers == 1 {
		rd.readFrom(ctx, q, out)
		return rd.ended(q)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	for range readers {
		all.Go(func() {
			if !rd.readFrom(ctx, q, out) {
				cancel()
			}
		})
	}
	all.Wait()
	return rd.ended(q)
}

// ended returns why the reading ended. Where it came to its end and the condition selected
// no item, it says so.
func (rd *reader) ended(q *checkpoint.Queue) error {
	none := rd.selection.None(rd.pinned())
	if q.Reason() == nil && none != "" && rd.account.resumed() == 0 {
		rd.tellMisses()
		rd.account.find(finding.ConditionSelectedNone, "%s", none)
	}
	return q.Reason()
}

// pinned reports whether the condition fixes the partition key, once the preflight knows it.
func (rd *reader) pinned() bool { return rd.query.pins(rd.hash...) }

// atATime returns how many pages are read at a time.
func (rd *reader) atATime() int {
	return max(1, min(rd.from.Left(), maxReaders, rd.most))
}

// readFrom reads pages until the queue has no more. It returns false after an error.
func (rd *reader) readFrom(ctx context.Context, q *checkpoint.Queue, out chan<- chunk) (ok bool) {
	returned := false
	defer func() {
		if !returned {
			q.Stop(lostGoroutine(rd.account.table))
		}
	}()
	for c := q.Take(); c != nil; c = q.Take() {
		switch {
		case rd.quota != nil && rd.quota.Load() <= 0:
			q.Stop(nil)
		case rd.account.job.span.Over():
			q.Stop(stopFault(rd.account.table, "read", rd.progress != nil))
		case rd.account.job.overBudget():
			q.Stop(tableFault(reason.Resumable, rd.account.table, "read", "WithMaxCapacity is spent; run the job again to resume", errCapacitySpent))
		default:
			if err := rd.readNext(ctx, c, out); err != nil {
				q.Stop(err)
				returned = true
				return rd.account.job.span.Over() // pages that others have read are settled
			}
		}
		q.PutBack(c)
	}
	returned = true
	return true
}

// readNext reads the page at a cursor, moves the cursor, and sends the page.
func (rd *reader) readNext(ctx context.Context, c *checkpoint.Cursor, out chan<- chunk) error {
	p := rd.pages.Get()
	reading, end := rd.account.job.span.Reading(ctx, stopFault(rd.account.table, "read", rd.progress != nil))
	next, err := rd.readPage(reading, c, p)
	end()
	if err != nil {
		return err
	}
	c.At, c.Fresh = next, false
	if next.Done {
		rd.segmentsDone.Add(1)
	}
	n := int64(len(p.Items))
	rd.selection.Pages.Add(1)
	rd.selection.Selected.Add(n)
	rd.account.tally.pages.Add(1)
	rd.account.arrived(n, sizeOf(p))
	m := rd.progress.Page(c.Segment, int(n), next)
	if n == 0 {
		rd.pages.Put(p)
		return nil
	}
	if err := handOver(ctx, out, chunk{page: p, mark: m}); err != nil {
		rd.account.leaveAll(n) // nobody received it
		return err
	}
	return nil
}

// readPage reads the page at a cursor, and returns the next position.
func (rd *reader) readPage(ctx context.Context, c *checkpoint.Cursor, p *rawapi.Page) (checkpoint.Position, error) {
	at := c.At
	if rd.method.segmented() || at.Scans() {
		return rd.scanPage(ctx, c, p)
	}
	next, err := rd.selectPage(ctx, at, p)
	if err == nil || !awserr.RefusesToken(err) || at.Token == "" {
		return next, err
	}
	noScan := rd.whyNoScan(at)
	switch {
	case noScan != "" && c.Fresh:
		rd.account.find(finding.ReadAgain, "DynamoDB rejected the checkpoint's token, and the table was read from its beginning")
		rd.account.goOn(ledger.Ledger{}) // what earlier runs settled does not count
		rd.progress.Restart()
		return rd.selectPage(ctx, checkpoint.Position{}, p)
	case noScan != "":
		return at, tableFault(reason.Resumable, rd.account.table, "read", "DynamoDB's paging token has expired, an hour after it was made; "+noScan, err)
	}
	rd.account.find(finding.ReadOnByScan, "DynamoDB's paging token has expired; a Scan continued after the last key")
	return rd.scanPage(ctx, &checkpoint.Cursor{At: checkpoint.Position{Key: at.Key}}, p)
}

// whyNoScan returns why the reading cannot go on by Scan at a position, or "".
func (rd *reader) whyNoScan(at checkpoint.Position) string {
	switch {
	case !rd.scanResume:
		return "start the job again, or allow ScanResume"
	case at.Key == nil:
		return "start the job again: the last key is not known"
	case rd.query.index != "":
		return "start the job again: ScanResume cannot read an index"
	case rd.query.filterErr != nil || rd.query.pins(rd.keys.Partition):
		return "start the job again: this WHERE does not read in the order of a Scan"
	}
	return ""
}

// selectPage reads a page by ExecuteStatement.
func (rd *reader) selectPage(ctx context.Context, at checkpoint.Position, p *rawapi.Page) (checkpoint.Position, error) {
	in := rd.query.selectInput(at)
	err := rd.request(ctx, rd.patience, p, func(ctx context.Context) error { return rd.client.ExecuteStatement(ctx, in, p) })
	if err != nil {
		return at, rd.fault(ctx, err)
	}
	rd.account.consumedRead(p.ConsumedCapacity)
	next := checkpoint.Position{Token: p.NextToken, Since: time.Now(), Key: at.Key, Done: p.NextToken == ""}
	if n := len(p.Items); n > 0 && p.Items[n-1].Err == nil {
		key := keyOf(rd.keys, &p.Page, n-1)
		if next.Key = key.item; len(key.attrs) == 0 {
			next.Key = nil
		}
	}
	return next, nil
}

// scanPage reads a page by Scan.
func (rd *reader) scanPage(ctx context.Context, c *checkpoint.Cursor, p *rawapi.Page) (checkpoint.Position, error) {
	in := rd.query.scanInput(c, rd.method.segments)
	err := rd.request(ctx, rd.patience, p, func(ctx context.Context) error { return rd.client.Scan(ctx, in, p) })
	if err != nil {
		return c.At, rd.fault(ctx, err)
	}
	rd.account.consumedRead(p.ConsumedCapacity)
	rd.selection.Scanned.Add(int64(p.ScannedCount))
	next := checkpoint.Position{Key: c.At.Key, Done: len(p.LastEvaluatedKey) == 0}
	if !next.Done {
		last, err := NewRecord(p.LastEvaluatedKey)
		if err != nil {
			return c.At, rd.fault(ctx, err)
		}
		next.Key = last.item
	}
	return next, nil
}

// probeSegments is how many segments the preflight reads items of.
const probeSegments = 4

// probe reads the first items of the source, so that a WHERE or a permission that the
// service refuses, and keys and names that look personal, are known before the first
// write.
func (rd *reader) probe(ctx context.Context) error {
	pages, err := rd.sample(ctx)
	defer rd.release(pages)
	if err != nil {
		return err
	}
	if err := rd.probeMisses(ctx, pages); err != nil {
		return err
	}
	if err := rd.look.checkMeant(pages); err != nil {
		return err
	}
	return rd.look.at(pages)
}

// sample reads the first items of some segments, whose pages the caller releases, also after
// an error.
func (rd *reader) sample(ctx context.Context) (pages []*rawapi.Page, err error) {
	segments := rd.probedSegments()
	few := int32(keySample / len(segments))
	if n := rd.query.pageSize; n > 0 {
		few = min(few, int32(n))
	}
	for _, segment := range segments {
		p := rd.pages.Get()
		pages = append(pages, p)
		if err := rd.probePage(ctx, rd.query, segment, few, p); err != nil {
			return pages, rd.fault(ctx, err)
		}
	}
	return pages, nil
}

// release gives pages of sample back.
func (rd *reader) release(pages []*rawapi.Page) {
	for _, p := range pages {
		rd.pages.Put(p)
	}
}

// probedSegments returns some of the segments that the job reads, at equal distances; the
// first one where it reads by SELECT.
func (rd *reader) probedSegments() []int {
	all := rd.method.end - rd.method.first
	n := min(max(all, 1), probeSegments)
	if !rd.method.segmented() {
		n = 1
	}
	segments := make([]int, n)
	for i := range n {
		segments[i] = rd.method.first + i*all/n
	}
	return segments
}

// probeMisses looks for why the condition selects none of its first items, where that is
// so: it reads some without the condition. Where that is denied, or fails otherwise, it
// says nothing.
func (rd *reader) probeMisses(ctx context.Context, pages []*rawapi.Page) error {
	selects := func(p *rawapi.Page) bool { return len(p.Items) > 0 }
	if rd.query.cond == nil || rd.pinned() || slices.ContainsFunc(pages, selects) || rd.method.end == rd.method.first {
		return nil
	}
	p := rd.pages.Get()
	defer rd.pages.Put(p)
	var items []map[string]types.AttributeValue
	segments := rd.probedSegments()
	for _, segment := range segments {
		if err := rd.probePage(ctx, rd.query.unconditional(), segment, int32(keySample/len(segments)), p); err != nil {
			return endOf(ctx)
		}
		items = append(items, itemsOf(p)...)
	}
	rd.selection.Look(items)
	if rd.account.job.call == callPlan { // a run knows at its end whether they matter
		rd.tellMisses()
	}
	return nil
}

// tellMisses adds a finding for each part of the condition that selects nothing.
func (rd *reader) tellMisses() {
	rd.selection.Misses(func(missing bool, column int, text string) {
		code := finding.ConditionNeverCompares
		if missing {
			code = finding.ConditionNamesNothing
		}
		rd.account.findAt(code, fmt.Sprintf("WithWhere, column %d", column), text)
	})
}

// probePage reads at most so many items of the beginning of a segment by a statement.
func (rd *reader) probePage(ctx context.Context, query *statement, segment int, few int32, p *rawapi.Page) error {
	statement, scan := query.selectInput(checkpoint.Position{}), query.scanInput(&checkpoint.Cursor{Segment: segment}, rd.method.segments)
	statement.Limit, scan.Limit = &few, &few
	err := rd.request(ctx, min(awserr.GiveUpEarly, rd.patience), p, func(ctx context.Context) error {
		if rd.method.segmented() {
			return rd.client.Scan(ctx, scan, p)
		}
		return rd.client.ExecuteStatement(ctx, statement, p)
	})
	if err != nil {
		return err
	}
	rd.account.consumedRead(p.ConsumedCapacity)
	return nil
}

// request sends a request for a page, when the limit allows for it, and again while
// that can help, for as long as patience.
func (rd *reader) request(ctx context.Context, patience time.Duration, p *rawapi.Page, send func(context.Context) error) error {
	b := awserr.Backoff{Patience: patience, Limit: rd.patience / 4}
	for {
		asked := time.Now()
		permit, err := rd.meter.Begin(ctx, rd.worstPage())
		if err != nil {
			return endOf(ctx)
		}
		b.Excuse(asked)
		err = awserr.Attempt(ctx, rd.patience, send)
		if err == nil {
			rd.renewal.Accepted()
			units := rd.costOf(p)
			rd.meter.End(permit, units)
			rd.account.job.spend(units)
			return nil
		}
		rd.meter.End(permit, 0)
		if rd.account.throttled(ctx, finding.Source, err) {
			rd.meter.Throttled()
		}
		if ctx.Err() != nil || !Retryable(err) && !rd.renewal.Try(err) {
			return rd.renewal.Explain(ctx, err)
		}
		if !b.Wait(ctx) {
			return rd.renewal.Explain(ctx, b.GaveUp(err))
		}
		rd.account.tally.retries.Add(1)
	}
}

// worstPage returns the most that a page may cost.
func (rd *reader) worstPage() float64 {
	if rd.query.consistent {
		return 2 * capacity.WorstPage
	}
	return capacity.WorstPage
}

// costOf returns what a page cost: what DynamoDB says, or what its size says,
// where it does not.
func (rd *reader) costOf(p *rawapi.Page) float64 {
	if c := p.ConsumedCapacity; c != nil && c.CapacityUnits != nil {
		return *c.CapacityUnits
	}
	return capacity.ReadUnits(int(sizeOf(p)), rd.query.consistent)
}

// fault returns the error of a request that failed for good.
func (rd *reader) fault(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return endOf(ctx)
	}
	e := rd.account.tableError("read", err)
	if awserr.Code(err) == "ValidationException" {
		e.Reason = rd.account.sides.Of("read") + ": " + rd.selection.Refused(rd.query.index, rd.query.condErr)
	}
	return e
}

// handOver sends v unless ctx ends first.
func handOver[T any](ctx context.Context, ch chan<- T, v T) error {
	if ctx.Err() != nil { // a select would choose by chance
		return endOf(ctx)
	}
	select {
	case ch <- v:
		return nil
	case <-ctx.Done():
		return endOf(ctx)
	}
}

// A readMethod is how a table is read: by SELECT, or by Scan in segments.
type readMethod struct {
	segments int // of the table; 0 for SELECT
	first    int // the segments of this job are [first, end)
	end      int
	reason   string
}

func (m readMethod) segmented() bool { return m.segments > 0 }

// String says how a table is read, for the log.
func (m readMethod) String() string {
	if m.segmented() {
		return fmt.Sprintf("Scan, %d segments", m.end-m.first)
	}
	return "SELECT"
}

// bySelect reads the table by one SELECT.
func bySelect(reason string) readMethod { return readMethod{end: 1, reason: reason} }
