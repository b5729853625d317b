package dynsync

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

// inProcess is an HTTP client that calls a server without a socket, so that a
// run can take place in a bubble of testing/synctest: waiting costs no time, and
// a run that ends with a goroutine blocked fails.
type inProcess struct {
	server  http.Handler
	timeout time.Duration // of one request; 0 is none
	drop    atomic.Int64  // how connections broke so far, for variety
}

func (c *inProcess) Do(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if c.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.timeout)
		defer cancel()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	if trace != nil && trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	in := r.Clone(ctx)
	in.Body = io.NopCloser(bytes.NewReader(body))
	in.RequestURI = "/"
	out := &answerWriter{header: http.Header{}}
	broken := c.serve(out, in)
	if err := ctx.Err(); err != nil { // whatever the server did
		return nil, err
	}
	if broken && out.status == 0 {
		cause := []error{io.EOF, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, io.ErrUnexpectedEOF}
		return nil, cause[c.drop.Add(1)%3]
	}
	rest := io.Reader(bytes.NewReader(out.body.Bytes()))
	if broken {
		rest = io.MultiReader(rest, brokenReader{})
	}
	length, _ := strconv.ParseInt(out.header.Get("Content-Length"), 10, 64)
	return &http.Response{
		Status: strconv.Itoa(out.status), StatusCode: out.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: out.header, Body: io.NopCloser(rest), ContentLength: length, Request: r,
	}, nil
}

func (c *inProcess) serve(w http.ResponseWriter, r *http.Request) (broken bool) {
	defer func() {
		if p := recover(); p == http.ErrAbortHandler {
			broken = true
		} else if p != nil {
			panic(p)
		}
	}()
	c.server.ServeHTTP(w, r)
	return false
}

type answerWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *answerWriter) Header() http.Header    { return w.header }
func (w *answerWriter) WriteHeader(status int) { w.status = status }

func (w *answerWriter) Write(b []byte) (int, error) { return w.body.Write(b) }
func (w *answerWriter) Flush()                      {}

type brokenReader struct{}

// inBubble runs fn in a bubble with a pair of servers that it reaches without
// sockets.
func inBubble(t *testing.T, fn func(t *testing.T, w *world), opts ...dynsynctest.Option) {
	opts = append(opts, dynsynctest.WithSharedTables())
	w := &world{source: dynsynctest.NewServer(opts...), dest: dynsynctest.NewServer(opts...)}
	defer w.source.Close()
	defer w.dest.Close()
	synctest.Test(t, func(t *testing.T) {
		w.source.Control("*", onlyReads(t))
		w.create(t)
		fn(t, w)
		synctest.Wait()
		if left := bubbleGoroutines(); len(left) > 3 { // this one, and two of synctest's
			t.Errorf("goroutines are left behind, which are these but for three:\n%s", strings.Join(left, "\n\n"))
		}
	})
}

// stackBuffers hold the stacks of all goroutines, those of tests that wait for their
// turn among them.
var stackBuffers = sync.Pool{New: func() any { return new(make([]byte, 1<<20)) }}

// bubbleGoroutines returns the stacks of the goroutines of the bubble.
func bubbleGoroutines() (stacks []string) {
	buf := stackBuffers.Get().(*[]byte)
	defer stackBuffers.Put(buf)
	n := runtime.Stack(*buf, true)
	for n == len(*buf) {
		*buf = make([]byte, 2*n)
		n = runtime.Stack(*buf, true)
	}
	all := string((*buf)[:n])
	header, _, _ := strings.Cut(all, "\n") // this goroutine comes first
	_, tag, ok := strings.Cut(header, "synctest bubble ")
	if !ok {
		panic("not in a bubble: " + header)
	}
	tag, _, _ = strings.Cut(tag, "]")
	for stack := range strings.SplitSeq(all, "\n\n") {
		if strings.Contains(stack, "synctest bubble "+tag+"]:") {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}

// A world is a source and a destination in a bubble.
type world struct {
	source, dest *dynsynctest.Server
	timeout      time.Duration
	plain        *dynamodb.Client // sees the destination as others do
}

func (w *world) client(s *dynsynctest.Server, opts ...func(*dynamodb.Options)) *dynamodb.Client {
	through := &inProcess{server: s, timeout: w.timeout}
	return s.Client(append(opts, func(o *dynamodb.Options) { o.HTTPClient = through })...)
}

func (w *world) create(t testing.TB) {
	p := &pair{}
	p.create(t, w.client(w.source), "Source")
	w.plain = w.client(w.dest)
	p.create(t, w.plain, "Destination")
}

// fill puts items into a table of a server.
func (w *world) fill(t testing.TB, s *dynsynctest.Server, table string, items map[string]map[string]any) {
	t.Helper()
	client := w.client(s)
	ids := slices.Sorted(maps.Keys(items))
	for chunk := range slices.Chunk(ids, 25) {
		var puts []types.WriteRequest
		for _, id := range chunk {
			rec, err := NewRecord(items[id])
			if err != nil {
				t.Fatal(err)
			}
			puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: rec.AttributeValues()}})
		}
		out, err := client.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: puts}})
		if err != nil || len(out.UnprocessedItems) > 0 {
			t.Fatal(err, len(out.UnprocessedItems))
		}
	}
}
