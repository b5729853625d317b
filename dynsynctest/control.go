package dynsynctest

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
)

// Request is a request as a hook of [Server.Control] sees it. It is valid
// until the hook returns; Body must not be changed.
type Request struct {
	Op        string // such as "Scan"
	Table     string // the table, or the first one of a batch; empty if the request is not understood
	Body      []byte // as sent, JSON if the client behaved
	AccessKey string
	Region    string
	Number    int64 // counts the requests to the server from 1

	ctx context.Context
}

// Context ends when the client goes away or the server is closed. A hook that
// blocks must watch it.
func (r *Request) Context() context.Context { return r.ctx }

// Action is what is to happen to a request. The zero Action is no opinion.
// Actions are values and may be used again.
type Action struct {
	set  bool
	once bool

	wait        func(context.Context) error
	answer      func(*Server, *Request) (status int, body []byte) // instead of the operation
	unprocessed func(n int) func(table string, i item) bool
	emptyPage   bool

	drop  bool
	cut   bool
	cutAt int
	crc   crcMode
}

type crcMode uint8

const (
	crcRight crcMode = iota
	crcWrong
	crcNone
)

// control holds the hooks.
type control struct {
	mu    sync.Mutex
	hooks []*hook
}

type hook struct {
	op string
	fn func(*Request) Action
}

// Control adds a hook for an operation, such as "BatchWriteItem", or for every
// request with "*". Each request is shown to the hooks in the order they were
// added, until one returns an Action that is not zero; that one happens. A hook
// that returns the zero Action has only looked.
//
// A hook stays until the function that Control returns is called, or until it
// has returned an action made with [Action.Once]. Hooks are called on the
// request's goroutine, several at a time, before the request is read or checked
// in any way; they may block, and may add or remove hooks.
func (s *Server) Control(op string, fn func(*Request) Action) (remove func()) {
	h := &hook{op: op, fn: fn}
	s.control.mu.Lock()
	defer s.control.mu.Unlock()
	s.control.hooks = append(s.control.hooks, h)
	return func() { s.control.remove(h) }
}

// remove takes out the hook and reports whether it was still there.
func (c *control) remove(h *hook) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.hooks, h)
	if i < 0 {
		return false
	}
	// A copy, since requests walk the old slice without the lock.
	c.hooks = slices.Concat(c.hooks[:i], c.hooks[i+1:])
	return true
}

func (c *control) decide(r *Request) Action {
	c.mu.Lock()
	hooks := c.hooks
	c.mu.Unlock()
	for _, h := range hooks {
		if h.op != "*" && h.op != r.Op {
			continue
		}
		if r.Table == "" {
			r.Table = tableOf(r.Body)
		}
		a := h.fn(r)
		if !a.set {
			continue
		}
		if a.once && !c.remove(h) {
			continue // another request was quicker
		}
		return a
	}
	return Action{}
}

// Once makes the hook that returns the action answer this request and no other.
func (a Action) Once() Action {
	a.once = true
	return a
}

// With joins two actions: Delay(d).With(Throttle()) throttles after a delay,
// EmptyPage().With(WrongCRC()) sends an empty page with a wrong checksum. Where
// both say something about one thing, other wins.
func (a Action) With(other Action) Action {
	a.set = a.set || other.set
	a.once = a.once || other.once
	if other.wait != nil {
		a.wait = other.wait
	}
	if other.answer != nil {
		a.answer = other.answer
	}
	if other.unprocessed != nil {
		a.unprocessed = other.unprocessed
	}
	a.emptyPage = a.emptyPage || other.emptyPage
	a.drop = a.drop || other.drop
	if other.cut {
		a.cut, a.cutAt = true, other.cutAt
	}
	if other.crc != crcRight {
		a.crc = other.crc
	}
	return a
}

// Fail answers with an error, without doing anything. The code is a bare name,
// such as "InternalServerError".
func Fail(status int, code, message string) Action {
	return failWith(&apiError{status: status, kind: dynamoDBErrors + code, message: message})
}

func failWith(e *apiError) Action {
	return RespondRaw(e.status, e.body())
}

// RespondRaw answers with any status and body, without doing anything.
func RespondRaw(status int, body []byte) Action {
	return Action{set: true, answer: func(*Server, *Request) (int, []byte) { return status, body }}
}

// Throttle answers as a table without capacity does:
// ProvisionedThroughputExceededException.
func Throttle() Action {
	return Fail(http.StatusBadRequest, "ProvisionedThroughputExceededException",
		"The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.")
}

// Deny answers AccessDeniedException. The action is the IAM one that is
// missing, such as "dynamodb:PartiQLSelect".
func Deny(action string) Action {
	return Action{set: true, answer: func(s *Server, r *Request) (int, []byte) {
		id := accountID{r.AccessKey, r.Region}
		e := badRequest(coralErrors+"AccessDeniedException",
			"User: arn:aws:iam::"+accountNumber(r.AccessKey)+":user/"+r.AccessKey+" is not authorized to perform: "+action+
				" on resource: "+s.account(id).arn+"/"+r.Table+" because no identity-based policy allows the "+action+" action")
		return e.status, e.body()
	}}
}

// Unprocessed does only part of a BatchWriteItem or BatchGetItem: the requests
// for which left returns true are returned as unprocessed. Left gets the item
// to put, or the key to delete or to read. It is called once for each, in order.
func Unprocessed(left func(table string, item map[string]types.AttributeValue) bool) Action {
	return Action{set: true, unprocessed: func(int) func(string, item) bool { return left }}
}

// UnprocessedLast is Unprocessed for the last n requests, or all if there are
// fewer.
func UnprocessedLast(n int) Action {
	return Action{set: true, unprocessed: func(total int) func(string, item) bool {
		seen := 0
		return func(string, item) bool {
			seen++
			return seen > total-n
		}
	}}
}

// EmptyPage makes a Scan or a SELECT return no item, but a token that goes on
// where this page would have begun. Where nothing is left to read it returns
// the end of the scan. Other operations take no notice.
func EmptyPage() Action { return Action{set: true, emptyPage: true} }

// ApplyThenDrop does what the request asks and closes the connection without an
// answer, as a timeout on the way back looks.
func ApplyThenDrop() Action { return Action{set: true, drop: true} }

// CutBody does what the request asks, sends n bytes of the answer's body and
// closes the connection. The headers announce all of it.
func CutBody(n int) Action { return Action{set: true, cut: true, cutAt: max(n, 0)} }

// WrongCRC does what the request asks and sends a wrong X-Amz-Crc32.
func WrongCRC() Action { return Action{set: true, crc: crcWrong} }

// NoCRC does what the request asks and sends no X-Amz-Crc32.
func NoCRC() Action { return Action{set: true, crc: crcNone} }

// Delay waits before the request is looked at. It ends early, without an
// answer, when the client goes away or the server is closed.
func Delay(d time.Duration) Action {
	return Action{set: true, wait: func(ctx context.Context) error {
		t := time.NewTimer(d)
		defer t.Stop()
		return await(ctx, t.C)
	}}
}

// Wait is Delay until the channel is closed, or a value comes.
func Wait(ready <-chan struct{}) Action {
	return Action{set: true, wait: func(ctx context.Context) error { return await(ctx, ready) }}
}

func await[T any](ctx context.Context, ready <-chan T) error {
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tableOf finds the table's name in a body, or the first one's of a batch.
func tableOf(body []byte) (table string) {
	d := &decoder{data: body}
	d.object(func(name string) {
		found := ""
		switch {
		case name == "TableName" && d.peek() == '"':
			found = d.string()
		case name == "Statement" && d.peek() == '"':
			found = statementTable(d.string())
		case name == "RequestItems" && d.peek() == '{':
			d.object(func(name string) {
				found = cmp.Or(found, name)
				d.skip()
			})
		case name == "Statements" && d.peek() == '[':
			d.array(func() { found = cmp.Or(found, statementTable(d.statement().text)) })
		default:
			d.skip()
		}
		table = cmp.Or(table, found)
	})
	if _, name, found := cutLast(table, "/"); found {
		return name // it was an ARN
	}
	return table
}

// statementTable returns the table of a statement, empty if it cannot be read.
func statementTable(text string) string {
	s, _ := partiql.ParseStatement(text)
	switch s := s.(type) {
	case *partiql.Select:
		return s.Table
	case *partiql.Insert:
		return s.Table
	case *partiql.Update:
		return s.Table
	case *partiql.Delete:
		return s.Table
	}
	return ""
}
