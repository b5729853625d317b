package dynsynctest

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/dynsync/dynsync/internal/partiql"
)

// A Request is what a hook of [Server.Control] sees of a request. It is valid until the
// hook returns. The hook must not change Body.
type Request struct {
	Op        string // such as "Scan"
	Table     string // the table, or the first one of a batch; empty if the server cannot parse the request
	Body      []byte // as the client sent it, usually JSON
	AccessKey string
	Region    string
	Number    int64 // the position among the server's requests, from 1

	ctx context.Context
}

// Context returns a context that ends when the client goes away or the server closes. A
// hook that blocks must watch it.
func (r *Request) Context() context.Context { return r.ctx }

// control holds the hooks.
type control struct {
	mu    sync.Mutex
	hooks []*hook
}

type hook struct {
	op string
	fn func(*Request) Action
}

// Control adds a hook for an operation, such as "BatchWriteItem", or with "*" for all
// requests. The server calls the hooks for a request in the order in which they were
// added, until one returns an Action that is not zero, and carries out that Action. A
// hook that returns the zero Action only observes.
//
// A hook stays until the caller calls remove, or the hook returns an action of
// [Action.Once]. The server calls hooks on the goroutine of the request, several at a
// time, before it reads or checks the request. Hooks may block, and may add or remove
// hooks. [Script] and [Faults] return hooks.
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
