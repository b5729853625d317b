package dynsync

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/rawapi"
)

const (
	// maxReaders is how many pages of a table are read at a time.
	maxReaders = 64
	// maxOpen is how many segments are under way at a time: pages of so many are
	// mixed, and a checkpoint remembers a key for each.
	maxOpen = 128
)

// A reading is where the reading of a table stands. A segment is done, under way
// or not begun; a table that is read by SELECT is one segment.
type reading struct {
	open      []cursor // the segments under way, in ascending order
	next, end int      // those that are not begun: [next, end)
}

func (rd reading) done() bool { return len(rd.open) == 0 && rd.next == rd.end }

// A cursor reads a segment page by page.
type cursor struct {
	segment int
	at      position
	fresh   bool // this run has read nothing of the segment
}

// A segmentQueue hands out cursors, one after the other, each to one reader at a
// time. The segment that has waited longest comes first, so that those with many
// items do not keep readers from the others.
type segmentQueue struct {
	progress *progress

	mu        sync.Mutex
	changed   sync.Cond
	waiting   []*cursor
	next, end int
	busy      int
	stopped   bool
	reason    error // why it was stopped before the end, if that is an error
}

func newSegmentQueue(from reading, p *progress) *segmentQueue {
	q := &segmentQueue{progress: p, next: from.next, end: from.end}
	q.changed.L = &q.mu
	for _, c := range from.open {
		c.fresh = true
		q.waiting = append(q.waiting, &c)
	}
	return q
}

// take returns the cursor whose page is to be read next, nil when there is none
// any more. It blocks while all are taken.
func (q *segmentQueue) take() *cursor {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.stopped:
			return nil
		case q.next < q.end && len(q.waiting)+q.busy < maxOpen:
			c := &cursor{segment: q.next, fresh: true}
			q.progress.begin(c.segment)
			q.next++
			q.busy++
			return c
		case len(q.waiting) > 0:
			c := q.waiting[0]
			q.waiting = q.waiting[1:]
			q.busy++
			return c
		case q.busy == 0:
			return nil
		}
		q.changed.Wait()
	}
}

// putBack returns a cursor after its page was read.
func (q *segmentQueue) putBack(c *cursor) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.busy--
	if !c.at.done {
		q.waiting = append(q.waiting, c)
	}
	q.changed.Broadcast()
}

// stop makes take return nil: no further page is read. The reason is nil where none
// is wanted.
func (q *segmentQueue) stop(reason error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.reason == nil {
		q.reason = reason
	}
	q.stopped = true
	q.changed.Broadcast()
}

// readPages reads the table from where the run begins and emits every page that
// has items. A page belongs to who receives it, until release. Pages of several
// segments are read at a time; emit has to be safe for that.
func (r *run) readPages(ctx context.Context, emit func(*rawapi.Page, *mark) error) error {
	q := newSegmentQueue(r.from, r.progress)
	readers := r.readers()
	if readers == 1 {
		r.readFrom(ctx, q, emit)
		return q.reason
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	for range readers {
		all.Go(func() {
			if !r.readFrom(ctx, q, emit) {
				cancel()
			}
		})
	}
	all.Wait()
	return q.reason
}

// readers returns how many pages are read at a time.
func (r *run) readers() int {
	return max(1, min(len(r.from.open)+r.from.end-r.from.next, maxReaders))
}

// readFrom reads pages until the queue has no more. It returns false after an error.
func (r *run) readFrom(ctx context.Context, q *segmentQueue, emit func(*rawapi.Page, *mark) error) (ok bool) {
	returned := false
	defer func() {
		if !returned {
			q.stop(r.lostGoroutine())
		}
	}()
	for c := q.take(); c != nil; c = q.take() {
		switch {
		case r.exhausted():
			q.stop(nil)
		case r.overBudget():
			q.stop(&TableError{Table: r.table.cfg.name, Op: "read", Reason: "the budget of capacity units (WithBudget) is spent; run the job again to go on", Err: ErrBudgetSpent})
		default:
			if err := r.readNext(ctx, c, emit); err != nil {
				q.stop(err)
				returned = true
				return false
			}
		}
		q.putBack(c)
	}
	returned = true
	return true
}

// readNext reads the page at a cursor, moves the cursor, and emits the page.
func (r *run) readNext(ctx context.Context, c *cursor, emit func(*rawapi.Page, *mark) error) error {
	p := r.freePage()
	next, err := r.readPage(ctx, c, p)
	if err != nil {
		return err
	}
	if err := r.lookAtKeys(ctx, p); err != nil {
		return newTableError(r.table.cfg.name, "read", err)
	}
	c.at, c.fresh = next, false
	if next.done {
		r.segmentsDone.Add(1)
	}
	n := int64(len(p.Items))
	r.tally.pages.Add(1)
	r.tally.read.Add(n)
	r.tally.bytes.Add(sizeOf(p))
	m := r.progress.page(c.segment, int(n), next)
	if n == 0 {
		r.release(p)
		return nil
	}
	if err := emit(p, m); err != nil {
		r.tally.counts[wasUnsettled].Add(n) // nobody received it
		return err
	}
	return nil
}

// A position is where the reading of a table goes on. The zero position is the
// beginning. With a token it goes on by ExecuteStatement; without, behind the
// key, by Scan: a SELECT returns the items of a table in the order of a Scan,
// and a key does not expire, as a token does.
type position struct {
	token string
	since time.Time // when the token was made
	key   *Record   // of the last item that is known to have been read, or nil
	done  bool      // the table ended
}

// tokenLife is how long DynamoDB takes a NextToken (an hour; see the statement of
// AWS's support on re:Post), less what a slow request may take.
const tokenLife = 58 * time.Minute

// scans reports whether the reading goes on by Scan.
func (at position) scans() bool { return at.token == "" && at.key != nil }

// readPage reads the page at a cursor, and returns the next position.
func (r *run) readPage(ctx context.Context, c *cursor, p *rawapi.Page) (position, error) {
	at := c.at
	if r.reads.segmented() || at.scans() {
		return r.scanPage(ctx, c, p)
	}
	next, err := r.selectPage(ctx, at, p)
	if err == nil || !awserr.RefusesToken(err) || at.token == "" {
		return next, err
	}
	reason := r.whyNoScan(at)
	if reason != "" && c.fresh {
		r.note("DynamoDB no longer took the checkpoint's token, and the table was read from its beginning")
		r.startOver()
		r.progress.restart()
		return r.selectPage(ctx, position{}, p)
	}
	if reason != "" {
		return at, &TableError{Table: r.table.cfg.name, Op: "read", Err: err,
			Reason: "DynamoDB no longer takes the token to go on with, an hour after it was made; " + reason}
	}
	r.note("DynamoDB no longer took the token to go on with; the reading went on by Scan, behind the last key")
	return r.scanPage(ctx, &cursor{at: position{key: at.key}}, p)
}

// startOver says that what earlier runs settled does not count.
func (r *run) startOver() {
	r.noteMu.Lock()
	defer r.noteMu.Unlock()
	r.report.Resumed, r.report.LostBefore = 0, nil
}

// selectPage reads a page by ExecuteStatement.
func (r *run) selectPage(ctx context.Context, at position, p *rawapi.Page) (position, error) {
	in := r.readInput(at)
	err := r.request(ctx, r.s.cfg.giveUp, p, func(ctx context.Context) error { return r.s.reader.ExecuteStatement(ctx, in, p) })
	if err != nil {
		return at, r.readError(ctx, err)
	}
	r.countRead(p)
	next := position{token: p.NextToken, since: time.Now(), key: at.key, done: p.NextToken == ""}
	if n := len(p.Items); n > 0 && p.Items[n-1].Err == nil {
		next.key = keyOf(r.plan.Keys, &p.Page, n-1)
	}
	return next, nil
}

func (r *run) readInput(at position) *dynamodb.ExecuteStatementInput {
	st := r.table.read
	in := &dynamodb.ExecuteStatementInput{
		Statement:              &st.text,
		Parameters:             st.params,
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	}
	if r.table.cfg.consistent {
		in.ConsistentRead = &r.table.cfg.consistent
	}
	if n := int32(r.table.cfg.pageSize); n > 0 {
		in.Limit = &n
	}
	if at.token != "" {
		in.NextToken = &at.token
	}
	return in
}

// scanPage reads a page by Scan.
func (r *run) scanPage(ctx context.Context, c *cursor, p *rawapi.Page) (position, error) {
	in := r.scanInput(c)
	err := r.request(ctx, r.s.cfg.giveUp, p, func(ctx context.Context) error { return r.s.reader.Scan(ctx, in, p) })
	if err != nil {
		return c.at, r.readError(ctx, err)
	}
	r.countRead(p)
	next := position{key: c.at.key, done: len(p.LastEvaluatedKey) == 0}
	if !next.done {
		if next.key, err = NewRecord(p.LastEvaluatedKey); err != nil {
			return c.at, r.readError(ctx, err)
		}
	}
	return next, nil
}

// countRead counts what a page cost.
func (r *run) countRead(p *rawapi.Page) {
	if c := p.ConsumedCapacity; c != nil && c.CapacityUnits != nil {
		r.tally.units(*c.CapacityUnits, 0)
	}
}

// whyNoScan returns why the reading cannot go on by Scan at a position, or "".
func (r *run) whyNoScan(at position) string {
	switch {
	case !r.s.cfg.checkpoint.scanResume:
		return "start the job again, or let it go on by Scan (WithScanResume)"
	case at.key == nil:
		return "start the job again: no key is known to go on behind"
	case r.table.cfg.index != "":
		return "start the job again: an index is not read on by Scan"
	case r.table.read.filterErr != nil || r.table.read.pins(r.plan.Keys.Partition):
		return "start the job again: this WHERE does not read in the order of a Scan"
	}
	return ""
}
