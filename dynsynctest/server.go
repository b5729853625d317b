// Package dynsynctest is an in-process, in-memory DynamoDB for tests and examples. It
// speaks DynamoDB's JSON protocol over HTTP, so that the client under test is the
// client of the SDK:
//
//	srv := dynsynctest.NewServer()
//	defer srv.Close()
//	client := srv.Client()
//
// It has tables with global and local secondary indexes, item operations with their
// expressions, Query, Scan with segments, and PartiQL statements. It refuses what
// DynamoDB refuses, and ends pages where DynamoDB ends them. [Server.Control] makes any
// request fail as a network or a loaded service does: by hand, by [Script], or by
// [Faults] from a seed.
//
// Every access key may do everything, unless [Server.Authorize] gives it policies of IAM.
//
// It is a test double. It keeps no data after the process ends, checks of signatures no
// more than their date ([WithSignatureDates]) unless it has an [STS], and counts capacity but
// never enforces it.
//
// Where DynamoDB and DynamoDB Local are known to differ, it follows DynamoDB:
//
//   - The key of a global index may have up to four HASH and four RANGE attributes.
//   - UPDATED_NEW and UPDATED_OLD return of an attribute only what the paths of the
//     update select.
//   - UpdateTable creates and deletes a global index at once. Items whose values cannot
//     be its keys are not in it.
//   - An INSERT of an existing key fails with DuplicateItemException; see
//     [WithLocalDuplicates].
//   - Numbers are normalized at every depth; see [WithLocalNumbers].
//   - UpdateItem accepts what DynamoDB accepts.
//   - A NextToken belongs to its statement.
//   - A read of an index returns no attribute that the index does not project.
//
// Error messages quote items and statements as the service's do. In all else it follows
// DynamoDB Local.
//
// It does not have transactions, records of streams, replicas, backups, tags, items that
// expire, or statuses that change by themselves, and it refuses the parameters that
// preceded expressions. A table is ACTIVE at once, reads of an index are never stale,
// and ItemCount is always exact; [Server.EditDescription] changes what a description
// says, and [Server.EditBackups] what is said of backups.
package dynsynctest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/iam"
)

// An Option configures a [Server]. A second use of an option replaces the first.
type Option interface{ apply(*Server) }

type optionFunc func(*Server)

func (f optionFunc) apply(s *Server) { f(s) }

// WithClock sets the clock of the server, which determines the age of a NextToken and
// the creation time of a table. The default is [time.Now]. Several goroutines may call
// the function at once.
func WithClock(now func() time.Time) Option {
	return optionFunc(func(s *Server) { s.now = now })
}

// WithSharedTables gives all access keys and regions the same tables, as DynamoDB
// Local's -sharedDb does. By default each pair of access key and region, which the
// request's signature names, is an account with its own tables.
func WithSharedTables() Option {
	return optionFunc(func(s *Server) { s.shared = true })
}

// WithLocalNumbers keeps numbers below the top level of an item as they were written,
// as DynamoDB Local does. By default the server normalizes numbers at every depth, as
// DynamoDB does: 1.50 becomes 1.5, and 1E2 becomes 100.
func WithLocalNumbers() Option {
	return optionFunc(func(s *Server) { s.normalizer.localNumbers = true })
}

// WithLocalDuplicates makes an INSERT of an existing key fail with the error
// DuplicateItem, as DynamoDB Local does. By default the error is
// DuplicateItemException, as DynamoDB's is; the SDK returns a
// [types.DuplicateItemException] only for the latter. A slot of BatchExecuteStatement
// has the code DuplicateItem in both cases.
func WithLocalDuplicates() Option {
	return optionFunc(func(s *Server) { s.localDuplicates = true })
}

// WithSignatureDates refuses requests whose date, the X-Amz-Date that is signed with
// them, is further from the server's clock than the tolerance, as DynamoDB does with one
// of 15 minutes: InvalidSignatureException. Answers then have the Date of the clock, from
// which clients learn how far off they are. With [WithClock] the server's clock can be
// wrong, or jump. By default the server looks at no dates.
func WithSignatureDates(tolerance time.Duration) Option {
	return optionFunc(func(s *Server) { s.datesChecked, s.tolerance = true, tolerance })
}

// A Server is an in-memory DynamoDB that listens on 127.0.0.1. It is safe for
// concurrent use.
type Server struct {
	now             func() time.Time
	shared          bool
	localDuplicates bool
	normalizer      normalizer
	datesChecked    bool
	tolerance       time.Duration // of the dates

	listener net.Listener
	http     *http.Server
	stop     context.CancelFunc // ends the requests' contexts
	served   chan struct{}      // closed when the accept loop has ended
	conns    sync.WaitGroup     // open connections
	open     atomic.Int64       // how many they are
	active   sync.WaitGroup     // requests being answered, added to under mu
	closed   bool               // guarded by mu: no request is begun any more

	requests atomic.Int64 // how many there were
	control  control
	access   access

	mu       sync.RWMutex
	accounts map[home]*account
	edits    map[string]func(*types.TableDescription)
	backups  map[string]func(*Backups)
}

// NewServer starts a server on a free port of 127.0.0.1. Like
// [net/http/httptest.NewServer], it panics if it cannot listen, and if an option is nil.
// The caller must call [Server.Close].
func NewServer(opts ...Option) *Server {
	s := &Server{
		now:      time.Now,
		served:   make(chan struct{}),
		accounts: make(map[home]*account),
		edits:    make(map[string]func(*types.TableDescription)),
		backups:  make(map[string]func(*Backups)),
		access:   access{callers: make(map[string]*caller), tables: make(map[string]*iam.Document)},
	}
	for i, o := range opts {
		if o == nil {
			panic(fmt.Sprintf("dynsynctest: option %d of NewServer is nil", i+1))
		}
		o.apply(s)
	}
	var err error
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		panic("dynsynctest: cannot listen on a port of 127.0.0.1: " + err.Error())
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
		s.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.open.Add(-1)
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

// Connections returns the number of open connections. A connection stays open until the
// server has answered what arrived on it: after a client process was killed, its last
// requests take effect before its connections close.
func (s *Server) Connections() int { return int(s.open.Load()) }

// Close stops the server. It ends the waits and slow answers of [Server.Control],
// answers requests under way and closes connections. It returns when no goroutine of
// the server is left. Further calls do nothing.
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

// EditDescription makes DescribeTable return what edit made of the description, for
// every table of this name in any account and region: another TableStatus, Replicas, an
// older CreationDateTime. While the edited status is CREATING, the server refuses reads
// and writes as for a table that does not exist; with any other status they work. A nil
// edit restores the description.
//
// Several goroutines may call edit at once.
func (s *Server) EditDescription(table string, edit func(*types.TableDescription)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if edit == nil {
		delete(s.edits, table)
		return
	}
	s.edits[table] = edit
}
