// Package dynsynctest is an in-process, in-memory DynamoDB for tests and
// examples. It speaks DynamoDB's JSON protocol over HTTP, so the client under
// test is the real SDK client:
//
//	srv := dynsynctest.NewServer()
//	defer srv.Close()
//	client := srv.Client()
//
// It knows tables with global and local secondary indexes, item operations
// with their expressions, Query, Scan with segments, and PartiQL statements; it
// refuses what DynamoDB refuses, and cuts pages where DynamoDB cuts them.
// [Server.Control] makes any request fail in the ways a network and a loaded
// service do: by hand, by [Script], or by [Faults] from a seed.
//
// It is a test double. Everything is gone when the process ends, signatures
// are not checked, and capacity is counted but never enforced. Nobody should
// keep data in it.
//
// Where DynamoDB and DynamoDB Local are known to differ it follows DynamoDB:
// DuplicateItemException (but see [WithLocalDuplicates]), numbers normalized at every
// depth (but see [WithLocalNumbers]), what an UpdateItem may write, a NextToken that is
// bound to its statement, index reads without attributes that are not projected. Error
// messages repeat items and statements as the service's do. What neither tells is like
// DynamoDB Local.
//
// What it does not have: transactions, streams, backups, UpdateTable, tags,
// the parameters from before expressions (they are refused), items that expire,
// statuses that pass by themselves. A table is ACTIVE at once, index reads are
// never stale, and ItemCount is always right; [Server.EditDescription] can tell
// otherwise.
package dynsynctest

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Option configures a [Server].
type Option interface{ apply(*Server) }

type optionFunc func(*Server)

func (f optionFunc) apply(s *Server) { f(s) }

// WithClock sets where the server takes the time from: the age of a NextToken
// and the creation time of a table. The default is time.Now. The function is
// called from several goroutines.
func WithClock(now func() time.Time) Option {
	return optionFunc(func(s *Server) { s.now = now })
}

// WithSharedTables makes all access keys and regions see the same tables, as
// DynamoDB Local's -sharedDb does. By default each access key and region, read
// from the request's signature, is an account with tables of its own.
func WithSharedTables() Option {
	return optionFunc(func(s *Server) { s.shared = true })
}

// WithLocalNumbers leaves numbers below the top level of an item as they were
// written, as DynamoDB Local does. By default they are brought to the normal
// form (1.50 becomes 1.5, 1E2 becomes 100) at every depth, as DynamoDB does.
func WithLocalNumbers() Option {
	return optionFunc(func(s *Server) { s.normalizer.localNumbers = true })
}

// WithLocalDuplicates answers an INSERT of a key that is there with the error
// DuplicateItem, as DynamoDB Local does. By default it is DuplicateItemException,
// as DynamoDB's; types.DuplicateItemException is made of that one only. In a
// slot of BatchExecuteStatement the code is DuplicateItem in any case.
func WithLocalDuplicates() Option {
	return optionFunc(func(s *Server) { s.localDuplicates = true })
}

// Server is one in-memory DynamoDB that listens on 127.0.0.1. Its methods may
// be called from several goroutines.
type Server struct {
	now             func() time.Time
	shared          bool
	localDuplicates bool
	normalizer      normalizer

	listener net.Listener
	http     *http.Server
	stop     context.CancelFunc // ends the requests' contexts
	served   chan struct{}      // closed when the accept loop has ended
	conns    sync.WaitGroup     // open connections
	active   sync.WaitGroup     // requests being answered, added to under mu
	closed   bool               // guarded by mu: no request is begun any more

	requests atomic.Int64 // how many there were
	control  control

	mu       sync.RWMutex
	accounts map[accountID]*account
	edits    map[string]func(*types.TableDescription)
}

// NewServer starts a server on a free port of 127.0.0.1. It panics if there is
// none, like [net/http/httptest.NewServer]. Close it when done.
func NewServer(opts ...Option) *Server {
	s := &Server{
		now:      time.Now,
		served:   make(chan struct{}),
		accounts: make(map[accountID]*account),
		edits:    make(map[string]func(*types.TableDescription)),
	}
	for _, o := range opts {
		o.apply(s)
	}
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		panic("dynsynctest: no port to listen on: " + err.Error())
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.http = &http.Server{
		Handler:     http.HandlerFunc(s.serve),
		BaseContext: func(net.Listener) context.Context { return ctx },
		ConnContext: withConn,
		ConnState:   s.connState,
	}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(s.listener) // ErrServerClosed, once Close was called
	}()
	return s
}

// connState counts the open connections. Serve reports a new one before it
// starts its goroutine, so that the count never lags.
func (s *Server) connState(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.conns.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.conns.Done()
	}
}

// begin counts a request in; false once the server is being closed.
func (s *Server) begin() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return false
	}
	s.active.Add(1)
	return true
}

// URL returns the base URL, such as http://127.0.0.1:43211.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close stops the server: waits and slow answers set by [Server.Control] end at
// once, requests under way are answered, and connections are closed. It returns when no
// goroutine of the server is left. Calling it again does nothing.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.active.Wait()
	_ = s.http.Close()
	<-s.served
	s.conns.Wait()
}

// EditDescription makes DescribeTable answer for every table of this name, in
// whatever account and region, with what edit made of the description: another
// TableStatus, Replicas, an older CreationDateTime. While the edited status is
// CREATING, reads and writes are refused as for a table that does not exist;
// under all others they work. A nil edit restores the truth.
//
// Edit may be called from several goroutines.
func (s *Server) EditDescription(table string, edit func(*types.TableDescription)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if edit == nil {
		delete(s.edits, table)
		return
	}
	s.edits[table] = edit
}
