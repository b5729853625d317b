// Package dynamolocal runs the real DynamoDB Local for tests.
//
// [Start] gives a test a server of its own, [Shared] one that all tests of a
// test binary use. Both look for DynamoDB Local in this order:
//
//  1. DYNAMODB_ENDPOINT, the URL of a server that already runs on this machine.
//     Nothing is started. Tests create, fill and delete tables there, so any
//     host but a loopback address is refused.
//  2. DYNAMODB_LOCAL_HOME, the directory that holds DynamoDBLocal.jar.
//  3. A copy under [os.UserCacheDir], in dynsync.
//  4. The npm package amplify-dynamodb-simulator, fetched with npm into that
//     directory (56 MB, once) and compared with a pinned checksum.
//
// It runs with Java 17 or later, in memory, on a free port; clients talk to
// 127.0.0.1 only. A test skips, saying so, where Java or npm is missing or the
// package cannot be fetched. Under CI=true that is a failure.
//
// # Isolation
//
// Unless [SharedDB] is given, DynamoDB Local keeps tables apart by access key
// and region: two clients of one server that differ in either see different
// tables, as two AWS accounts do. Two servers started by [Start] share nothing.
// Where one server serves many, as with [Shared] and DYNAMODB_ENDPOINT, each
// [Server] stands for an account of its own on it: the access keys that a test
// gives are replaced by keys that no other Server and no other run uses. (That
// needs an endpoint that runs without -sharedDb.) Tables left there stay there.
//
// # Evidence
//
// Where DYNSYNC_LOCAL_EVIDENCE names a file, each server that answered adds a
// line to it: test binary, test, version, address. CI uses it to prove that
// integration tests had a real server.
package dynamolocal

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Goroutine names the function of the one goroutine that a shared server keeps
// until the test binary ends, for goleak.IgnoreAnyFunction.
const Goroutine = "github.com/dynsync/dynsync/internal/dynamolocal.(*process).run"

const (
	// startTimeout bounds one attempt to start a server. It answers within two
	// seconds on an idle machine; CI runs several test binaries on two cores.
	startTimeout = 90 * time.Second

	// fetchTimeout bounds the npm download, and the wait for another test
	// binary's download.
	fetchTimeout = 5 * time.Minute

	// endpointTimeout bounds the first request to DYNAMODB_ENDPOINT.
	endpointTimeout = 10 * time.Second
)

// An Option changes how [Start] runs a server.
type Option interface{ apply(*config) }

type config struct{ sharedDB bool }

type sharedDB struct{}

func (sharedDB) apply(c *config) { c.sharedDB = true }

// SharedDB runs the server with -sharedDb: every access key and region sees the
// same tables. The default is that each pair sees its own.
func SharedDB() Option { return sharedDB{} }

// Server is a DynamoDB Local that answers. It is safe for concurrent use.
type Server struct {
	url       string
	version   string // "" for DYNAMODB_ENDPOINT
	sharedDB  bool
	namespace string // distinguishes Servers that are one process, else ""
	http      *http.Client
	proc      *process // nil for DYNAMODB_ENDPOINT
}

// Start returns a server that belongs to t and ends with it: all tables are
// gone then. It also ends when the test binary dies (on Unix systems).
// It skips or fails t where there is none; see the package comment.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	s, err := start(t, opts)
	if err != nil {
		giveUp(t, err)
	}
	t.Cleanup(s.stop)
	return s
}

var shared struct {
	mu     sync.Mutex
	server *Server
	err    error
}

// Shared returns an account on the server that all tests of this test binary
// share, started by the first that asks. It ends when the test binary does. No
// two calls see the same tables.
// It skips or fails t where there is none; see the package comment.
//
// Where the operating system cannot tie a server's life to the test binary's
// (anything but Unix), Shared is [Start].
func Shared(t testing.TB) *Server {
	t.Helper()
	if !endsWithParent && os.Getenv("DYNAMODB_ENDPOINT") == "" {
		return Start(t)
	}
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = start(t, nil)
	}
	if shared.err != nil {
		giveUp(t, shared.err)
	}
	if p := shared.server.proc; p != nil && p.ended() {
		t.Fatalf("the shared DynamoDB Local ended before its time:\n%s", p.output())
	}
	t.Cleanup(shared.server.http.CloseIdleConnections)
	account := *shared.server
	account.namespace = rand.Text()
	return &account
}

// missingError says what a machine lacks to run DynamoDB Local.
type missingError struct{ what string }

func (e *missingError) Error() string { return e.what }

// giveUp skips t where something is missing on this machine and fails it for
// every other error. In CI both are failures: tests that quietly stop running
// look exactly like tests that pass.
func giveUp(t testing.TB, err error) {
	t.Helper()
	if _, ok := errors.AsType[*missingError](err); ok && os.Getenv("CI") != "true" {
		t.Skipf("skipped for want of DynamoDB Local: %v", err)
	}
	t.Fatalf("DynamoDB Local: %v", err)
}

func start(t testing.TB, opts []Option) (*Server, error) {
	var c config
	for _, o := range opts {
		o.apply(&c)
	}
	s := &Server{sharedDB: c.sharedDB, http: newHTTPClient()}
	if endpoint := os.Getenv("DYNAMODB_ENDPOINT"); endpoint != "" {
		if err := s.use(t.Context(), endpoint); err != nil {
			return nil, err
		}
	} else if err := s.run(t.Context()); err != nil {
		return nil, err
	}
	if err := s.recordEvidence(t.Name()); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// use makes s an account on the server at endpoint.
func (s *Server) use(ctx context.Context, endpoint string) error {
	if err := checkLoopback(endpoint); err != nil {
		return err
	}
	s.url, s.namespace = endpoint, rand.Text()
	ctx, cancel := context.WithTimeout(ctx, endpointTimeout)
	defer cancel()
	if err := s.probe(ctx); err != nil {
		return fmt.Errorf("DYNAMODB_ENDPOINT does not answer: %w", err)
	}
	return nil
}

// run finds DynamoDB Local and starts it.
func (s *Server) run(ctx context.Context) error {
	java, err := findJava(ctx)
	if err != nil {
		return err
	}
	home, err := findHome(ctx)
	if err != nil {
		return err
	}
	return s.launch(ctx, java, home)
}

// stop ends the server and waits until it is gone.
func (s *Server) stop() {
	s.http.CloseIdleConnections()
	if s.proc != nil {
		s.proc.stop()
	}
}

// URL returns the server's address, such as "http://127.0.0.1:8000".
func (s *Server) URL() string { return s.url }

// Client returns a client of the server. The access key and the region choose
// the set of tables it sees; see the package comment. The access key consists
// of ASCII letters and digits. The client retries as the SDK does by default.
func (s *Server) Client(accessKey, region string) *dynamodb.Client {
	return dynamodb.New(s.options(accessKey, region))
}

func (s *Server) options(accessKey, region string) dynamodb.Options {
	accessKey, region = s.account(accessKey, region)
	return dynamodb.Options{
		BaseEndpoint: aws.String(s.url),
		Region:       region,
		HTTPClient:   s.http,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: "local"}, nil
		}),
	}
}

// probe asks for one table name. It does not retry.
func (s *Server) probe(ctx context.Context) error {
	o := s.options("probe", "us-east-1")
	o.Retryer = aws.NopRetryer{}
	_, err := dynamodb.New(o).ListTables(ctx, &dynamodb.ListTablesInput{Limit: aws.Int32(1)})
	return err
}

// account maps the access key and region that a test chose to those that are
// sent. They differ only where several Servers are one process.
func (s *Server) account(accessKey, region string) (string, string) {
	if s.namespace == "" {
		return accessKey, region
	}
	if s.sharedDB {
		accessKey, region = "", "us-east-1"
	}
	sum := sha256.Sum256([]byte(s.namespace + "/" + accessKey))
	return "DYNSYNC" + hex.EncodeToString(sum[:12]), region
}

// recordEvidence adds a line to the file that DYNSYNC_LOCAL_EVIDENCE names. One
// write of one short line to a file opened for appending is atomic enough for
// test binaries that run at the same time.
func (s *Server) recordEvidence(test string) (err error) {
	name := os.Getenv("DYNSYNC_LOCAL_EVIDENCE")
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("DYNSYNC_LOCAL_EVIDENCE: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	what := "used DYNAMODB_ENDPOINT"
	if s.proc != nil {
		what = "started DynamoDB Local " + s.version
	}
	_, err = fmt.Fprintf(f, "%s %s %s at %s\n", filepath.Base(os.Args[0]), test, what, s.url)
	return err
}

// newHTTPClient returns a client that connects to loopback addresses only and
// through no proxy.
func newHTTPClient() *http.Client {
	var d net.Dialer
	return &http.Client{Transport: &http.Transport{
		MaxIdleConns:        128,
		MaxIdleConnsPerHost: 128,
		IdleConnTimeout:     30 * time.Second,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := d.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
				return nil, errors.Join(errors.New("not a loopback address"), conn.Close())
			}
			return conn, nil
		},
	}}
}

// checkLoopback refuses an endpoint that may be another machine.
func checkLoopback(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return errors.New("DYNAMODB_ENDPOINT is not an http URL")
	}
	if u.Hostname() == "localhost" {
		return nil
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err != nil || !addr.IsLoopback() {
		return errors.New("DYNAMODB_ENDPOINT is not on this machine: tests create and delete tables, so only 127.0.0.1, [::1] and localhost are used")
	}
	return nil
}
