package dynamolocal

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

const helperEnv = "DYNAMOLOCAL_TEST_HELPER"

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction(Goroutine))
}

func createTable(t *testing.T, c *dynamodb.Client, name string) {
	t.Helper()
	_, err := c.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:            aws.String(name),
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}},
		BillingMode:          types.BillingModePayPerRequest,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func tables(t *testing.T, c *dynamodb.Client) []string {
	t.Helper()
	out, err := c.ListTables(t.Context(), &dynamodb.ListTablesInput{})
	if err != nil {
		t.Fatal(err)
	}
	return out.TableNames
}

// checkIsolation creates a table in one account of a and says who sees it.
func checkIsolation(t *testing.T, a, b *Server, want map[string]bool) {
	t.Helper()
	createTable(t, a.Client("one", "us-east-1"), "Users")
	got := map[string]bool{}
	for name, c := range map[string]*dynamodb.Client{
		"same account":      a.Client("one", "us-east-1"),
		"other access key":  a.Client("two", "us-east-1"),
		"other region":      a.Client("one", "eu-west-1"),
		"the second server": b.Client("one", "us-east-1"),
	} {
		got[name] = len(tables(t, c)) == 1
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("who sees the table (-want +got):\n%s", diff)
	}
}

func TestStartTwoServersShareNothing(t *testing.T) {
	checkIsolation(t, Start(t), Shared(t), map[string]bool{
		"same account": true, "other access key": false, "other region": false, "the second server": false,
	})
}

func TestSharedDBIgnoresAccessKeyAndRegion(t *testing.T) {
	checkIsolation(t, Start(t, SharedDB()), Shared(t), map[string]bool{
		"same account": true, "other access key": true, "other region": true, "the second server": false,
	})
}

func TestSharedIsOneServer(t *testing.T) {
	a, b := Shared(t), Shared(t)
	if a.URL() != b.URL() {
		t.Error("Shared started two servers")
	}
	createTable(t, a.Client("one", "us-east-1"), "OfA")
	if got := tables(t, b.Client("one", "us-east-1")); len(got) != 0 {
		t.Errorf("it has %d tables of another caller's", len(got))
	}
}

// With DYNAMODB_ENDPOINT there is one server for everybody, so every Server has
// to be an account of its own on it, and tables of earlier runs are not seen.
func TestEndpointServersShareNothing(t *testing.T) {
	endpoint := Shared(t)
	createTable(t, endpoint.Client("earlier", "us-east-1"), "LeftByAnEarlierRun")
	t.Setenv("DYNAMODB_ENDPOINT", endpoint.URL())
	checkIsolation(t, Start(t), Start(t), map[string]bool{
		"same account": true, "other access key": false, "other region": false, "the second server": false,
	})
	checkIsolation(t, Start(t, SharedDB()), Start(t, SharedDB()), map[string]bool{
		"same account": true, "other access key": true, "other region": true, "the second server": false,
	})
}

func TestCheckLoopback(t *testing.T) {
	for _, tt := range []struct {
		endpoint string
		ok       bool
		reason   string
	}{
		{"http://127.0.0.1:8000", true, "the usual one"},
		{"http://[::1]:8000/", true, "IPv6 loopback"},
		{"http://localhost:8000", true, "names this machine by definition"},
		{"https://dynamodb.us-east-1.amazonaws.com", false, "tests must never create tables on AWS"},
		{"http://10.0.0.1:8000", false, "another machine"},
		{"http://localhost.example.com:8000", false, "only looks like this machine"},
		{"http://0.0.0.0:8000", false, "is not an address to connect to"},
		{"127.0.0.1:8000", false, "no URL"},
		{"http://", false, "no host"},
	} {
		if err := checkLoopback(tt.endpoint); (err == nil) != tt.ok {
			t.Errorf("checkLoopback(%q) = %v, want ok = %v: %s", tt.endpoint, err, tt.ok, tt.reason)
		}
	}
}

func TestClientConnectsToLoopbackOnly(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	c := newHTTPClient()
	for _, addr := range otherAddresses(t) {
		resp, err := c.Get("http://" + net.JoinHostPort(addr, port))
		if err == nil {
			resp.Body.Close()
			t.Error("the client connected to an address that is not a loopback address")
		} else if !strings.Contains(err.Error(), "not a loopback address") {
			t.Errorf("refused for another reason: %v", err)
		}
	}
}

// otherAddresses returns this machine's IPv4 addresses that are not loopback
// addresses; there may be none.
func otherAddresses(t *testing.T) []string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && n.IP.IsGlobalUnicast() {
			found = append(found, n.IP.String())
		}
	}
	return found
}

func TestEvidenceNamesTheTest(t *testing.T) {
	name := filepath.Join(t.TempDir(), "evidence")
	t.Setenv("DYNSYNC_LOCAL_EVIDENCE", name)
	s := Start(t)
	if s.proc == nil {
		return // DYNAMODB_ENDPOINT: nothing is started
	}
	t.Setenv("DYNAMODB_ENDPOINT", s.URL())
	Start(t)
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Base(os.Args[0])
	want := fmt.Sprintf("%s %s started DynamoDB Local 1.25.1 at %s\n%[1]s %[2]s used DYNAMODB_ENDPOINT at %[3]s\n",
		binary, t.Name(), s.URL())
	if os.Getenv("DYNAMODB_LOCAL_HOME") != "" {
		want = strings.Replace(want, "1.25.1", s.version, 1) // whatever the user has
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
}

// A test binary that is killed, panics or runs into its time limit runs no
// cleanups. Its servers must not stay behind.
func TestServerEndsWithTheTestBinary(t *testing.T) {
	s := Shared(t) // skips, or fetches, before the helper has to
	if s.proc == nil || !endsWithParent {
		return // DYNAMODB_ENDPOINT, or see process_other.go
	}
	helper := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHelperServe$")
	helper.Env = append(os.Environ(), helperEnv+"=1", "CI=true", "DYNAMODB_ENDPOINT=")
	stdin, err := helper.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	stdout, err := helper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the helper started no server: %v", err)
	}
	conn, err := net.Dial("tcp", strings.TrimSpace(strings.TrimPrefix(line, "http://")))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	if err := helper.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = helper.Wait() // reports the kill
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	// The connection is idle, so the read ends when the server does.
	if _, err := conn.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
		t.Errorf("the server outlived its test binary: read: %v", err)
	}
}

// TestHelperServe is the test binary that TestServerEndsWithTheTestBinary kills.
func TestHelperServe(t *testing.T) {
	if os.Getenv(helperEnv) == "" {
		return
	}
	fmt.Println(Shared(t).URL())
	_, _ = io.Copy(io.Discard, os.Stdin) // until killed
}

func TestPortClashIsRecognised(t *testing.T) {
	s := Shared(t)
	if s.proc == nil {
		return // DYNAMODB_ENDPOINT: nothing is started
	}
	p, err := startProcess(s.proc.cmd.Path, s.proc.cmd.Dir, javaArgs(s.proc.port.port, false), &reservation{udp: nopPacketConn{}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	// Not the address of the first server, which would answer at once.
	second := &Server{url: "http://127.0.0.1:1", http: newHTTPClient()}
	if err := second.await(t.Context(), p); err != errPortTaken {
		t.Errorf("await = %v, want errPortTaken", err)
	}
}

type nopPacketConn struct{ net.PacketConn }

func (nopPacketConn) Close() error { return nil }

func TestReservedPortIsNotGivenTwice(t *testing.T) {
	seen := map[int]bool{}
	for range 20 {
		r, err := reservePort()
		if err != nil {
			t.Fatal(err)
		}
		defer r.release()
		if seen[r.port] {
			t.Errorf("port %d was given twice", r.port)
		}
		seen[r.port] = true
	}
}

func checkMissing(t *testing.T, err error, want string, missing bool, reason string) {
	t.Helper()
	_, isMissing := err.(*missingError)
	if isMissing != missing || (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q, missing = %v: %s", err, want, missing, reason)
	}
}

// recorder is a test that notes how it ended.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Helper() {}
func (r *recorder) Skipf(format string, args ...any) {
	r.ended = "skip: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}
func (r *recorder) Fatalf(format string, args ...any) {
	r.ended = "fatal: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestGiveUp(t *testing.T) {
	missing := &missingError{"no Java"}
	for _, tt := range []struct {
		ci     string
		err    error
		want   string
		reason string
	}{
		{"", missing, "skip: skipped for want of DynamoDB Local: no Java", "a machine without Java can run the other tests"},
		{"true", missing, "fatal: DynamoDB Local: no Java", "in CI a skip would go unseen"},
		{"", fmt.Errorf("wrapped: %w", missing), "skip: skipped for want of DynamoDB Local: wrapped: no Java", "found through wrapping"},
		{"", io.ErrUnexpectedEOF, "fatal: DynamoDB Local: unexpected EOF", "a broken server is never a skip"},
	} {
		t.Setenv("CI", tt.ci)
		r := &recorder{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			giveUp(r, tt.err)
		}()
		<-done
		if r.ended != tt.want {
			t.Errorf("giveUp with CI=%q: %q, want %q: %s", tt.ci, r.ended, tt.want, tt.reason)
		}
	}
}
