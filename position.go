package dynsync

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/dynsync/dynsync/internal/rawapi"
)

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
	if err == nil || !refusesToken(err) || at.token == "" {
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
		next.key = keyOf(r.plan, &p.Page, n-1)
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
	case r.table.read.filterErr != nil || r.table.read.pins(r.plan.keys.partition):
		return "start the job again: this WHERE does not read in the order of a Scan"
	}
	return ""
}

// refusesToken reports whether DynamoDB refuses a NextToken, for its age mostly.
func refusesToken(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "ValidationException" && strings.Contains(api.ErrorMessage(), "NextToken")
}
