package rawapi

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

var (
	noInfo httptrace.WroteRequestInfo
	noConn httptrace.GotConnInfo
)

const written = `{"UnprocessedItems":{},"ConsumedCapacity":[{"TableName":"T","CapacityUnits":2}]}`

func unprocessed(items ...string) string {
	var puts []string
	for _, item := range items {
		puts = append(puts, `{"PutRequest":{"Item":`+item+`}}`)
	}
	return `{"UnprocessedItems":{"T":[` + strings.Join(puts, ",") + `]}}`
}

// What an attempt of a write may meet, and what the caller gets in the end.
func TestWriterResponses(t *testing.T) {
	i0, i1 := string(item(0)), string(item(1))
	bodyError := func(err error) bool {
		var e *BodyError
		return errors.As(err, &e)
	}
	tests := []struct {
		name    string
		why     string
		replies []reply
		want    []string
		wantErr func(error) bool
		wantReq int
		rawOnly bool
	}{{
		name: "written", why: "the base case",
		replies: []reply{ok(written)}, wantReq: 1,
	}, {
		name: "nothing said", why: "a proxy's answer does not say that anything was written",
		replies: []reply{ok(`{}`), ok(`{"message":"overloaded"}`), ok(written)}, wantReq: 3,
	}, {
		name: "null said", why: "likewise",
		replies: []reply{ok(`{"UnprocessedItems":null}`), ok(`{"Output":{"UnprocessedItems":{}}}`), ok(written)}, wantReq: 3,
	}, {
		name: "said last", why: "members stand in any order",
		replies: []reply{ok(`{"ConsumedCapacity":[],"UnprocessedItems":{}}`)}, wantReq: 1,
	}, {
		name: "some unprocessed", why: "they come back as they are",
		replies: []reply{ok(unprocessed(i1, i0))}, want: []string{i1, i0}, wantReq: 1,
	}, {
		name: "unprocessed, spaced and escaped", why: "any notation of the same JSON",
		replies: []reply{ok(` { "Unprocess\u0065dItems" : { "T" : [ { "PutRequest" : { "Item" : ` + i0 + ` } } ] } } `)},
		want:    []string{i0}, wantReq: 1,
	}, {
		name: "more unprocessed than sent", why: "an answer to something else",
		replies: []reply{ok(unprocessed(i0, i0, i0))},
		wantErr: func(err error) bool { return err != nil }, wantReq: 3, rawOnly: true,
	}, {
		name: "an unprocessed item that is none", why: "it could not be sent again",
		replies: []reply{ok(unprocessed(`{"a":{"Q":"` + canary + `"}}`))},
		wantErr: bodyError, wantReq: 3, rawOnly: true,
	}, {
		name: "an unprocessed delete", why: "nobody asked for one",
		replies: []reply{ok(`{"UnprocessedItems":{"T":[{"DeleteRequest":{"Key":` + i0 + `}}]}}`)},
		wantErr: bodyError, wantReq: 3, rawOnly: true,
	}, {
		name: "checksum wrong once", why: "a corrupt answer acknowledges nothing; puts may be repeated",
		replies: []reply{{body: written, wrongCRC: true}, ok(written)}, wantReq: 2,
	}, {
		name: "checksum missing", why: "some endpoints omit it",
		replies: []reply{{body: written, noCRC: true}}, wantReq: 1,
	}, {
		name: "cut short", why: "the list of unprocessed items may be missing",
		replies: []reply{{body: written, cut: 4}, ok(unprocessed(i0))}, want: []string{i0}, wantReq: 2,
	}, {
		name: "cut short behind our back", why: "likewise, without checksum and with a length that fits",
		replies: []reply{{body: written[:21], noCRC: true}, ok(unprocessed(i0))}, want: []string{i0}, wantReq: 2,
	}, {
		name: "empty answer", why: "no bytes are no acknowledgement, though the SDK takes them for one",
		replies: []reply{{noCRC: true}, ok(unprocessed(i0))}, want: []string{i0}, wantReq: 2,
	}, {
		name: "retryable exception", why: "the SDK decides",
		replies: []reply{exception(400, "ThrottlingException", "slow down"), {status: 503, body: `{}`}, ok(written)}, wantReq: 3,
	}, {
		name: "typed exception", why: "callers classify it; the service echoes items in its message",
		replies: []reply{exception(400, "ResourceNotFoundException", "no table")},
		wantErr: func(err error) bool {
			var e *types.ResourceNotFoundException
			return errors.As(err, &e)
		}, wantReq: 1,
	}}
	for _, tt := range tests {
		for _, path := range []string{"raw", "typed"} {
			if path == "typed" && tt.rawOnly {
				continue
			}
			t.Run(tt.name+"/"+path, func(t *testing.T) {
				s := serve(t, answers(tt.replies...))
				var api DestinationAPI = s.client()
				want := tt.want
				if path == "typed" {
					api = struct{ DestinationAPI }{api}
					want = normalize(t, want)
				}
				w := NewWriter(api, nil)
				b := batchOf(item(0), item(1))
				res, err := w.BatchWrite(context.Background(), "T", b)
				wantPrivate(t, err)
				switch {
				case tt.wantErr == nil && err != nil:
					t.Fatalf("error %v; %s", err, tt.why)
				case tt.wantErr != nil && (err == nil || !tt.wantErr(err)):
					t.Fatalf("error %v; %s", err, tt.why)
				}
				var got []string
				for _, item := range res.Unprocessed {
					got = append(got, string(item))
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("unprocessed (-want +got):\n%s%s", diff, tt.why)
				}
				if len(s.got()) != tt.wantReq {
					t.Errorf("%d requests, want %d; %s", len(s.got()), tt.wantReq, tt.why)
				}
				if got := w.Path(); got.Raw != (path == "raw" && err == nil) {
					t.Errorf("path %v", got)
				}
				for _, r := range s.got() {
					checkRequest(t, s, r)
					if path == "raw" && r.body != string(b.Bytes()) {
						t.Errorf("sent %s", r.body)
					}
					if diff := cmp.Diff([]string{string(item(0)), string(item(1))}, normalizeOrder(t, bodyItems(t, []byte(r.body), "T"), path)); diff != "" {
						t.Error(diff)
					}
				}
			})
		}
	}
}

// normalizeOrder undoes the sorting of names in the typed path's items, for
// items made by the function item.
func normalizeOrder(t *testing.T, items []string, path string) []string {
	if path == "raw" {
		return items
	}
	var out []string
	for _, text := range items {
		m, err := ItemMap([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		id := m["Id"].(*types.AttributeValueMemberS).Value
		age := m["Age"].(*types.AttributeValueMemberN).Value
		out = append(out, fmt.Sprintf(`{"Id":{"S":"%s"},"Age":{"N":"%s"}}`, id, age))
	}
	return out
}

// checkRequest checks length and signature of a request.
func checkRequest(t *testing.T, s *server, r recorded) {
	t.Helper()
	checkSignature(t, s, r, aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "SECRET"})
}

func checkSignature(t *testing.T, s *server, r recorded, creds aws.Credentials) {
	t.Helper()
	if r.length != int64(len(r.body)) {
		t.Errorf("Content-Length %d, body %d", r.length, len(r.body))
	}
	auth := r.header.Get("Authorization")
	_, rest, _ := strings.Cut(auth, "SignedHeaders=")
	signed, _, _ := strings.Cut(rest, ",")
	req, err := http.NewRequest(http.MethodPost, s.URL+"/", strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Split(signed, ";") {
		if v := r.header.Values(name); name != "host" && name != "content-length" && len(v) > 0 {
			req.Header[http.CanonicalHeaderKey(name)] = v
		}
	}
	at, err := time.Parse("20060102T150405Z", r.header.Get("X-Amz-Date"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(r.body))
	if err := v4.NewSigner().SignHTTP(context.Background(), creds, req, hex.EncodeToString(sum[:]), "dynamodb", "us-east-1", at); err != nil {
		t.Fatal(err)
	}
	if got := req.Header.Get("Authorization"); got != auth {
		t.Errorf("signature\n%s, want\n%s", auth, got)
	}
}

func TestWriterResult(t *testing.T) {
	for _, path := range []string{"raw", "typed"} {
		s := serve(t, answers(ok(written)))
		var api DestinationAPI = s.client()
		if path == "typed" {
			api = struct{ DestinationAPI }{api}
		}
		res, err := NewWriter(api, nil).BatchWrite(context.Background(), "T", batchOf(item(0)))
		if err != nil {
			t.Fatal(err)
		}
		id, _ := awsmiddleware.GetRequestIDMetadata(res.ResultMetadata)
		if len(res.ConsumedCapacity) != 1 || aws.ToFloat64(res.ConsumedCapacity[0].CapacityUnits) != 2 || id != "REQ0" {
			t.Errorf("%s: capacity %v, request id %q", path, res.ConsumedCapacity, id)
		}
	}
}

func TestWriterMisuse(t *testing.T) {
	s := serve(t, answers(ok(written)))
	w := NewWriter(s.client(), nil)
	ctx := context.Background()
	if _, err := w.BatchWrite(ctx, "T", new(Batch)); err == nil {
		t.Error("a batch that was not Reset was taken")
	}
	if _, err := w.BatchWrite(ctx, "Other", batchOf(item(0))); err == nil {
		t.Error("a batch for another table was taken")
	}
	if _, err := w.BatchWrite(ctx, "T", batchOf()); err != nil {
		t.Error(err)
	}
	if n := len(s.got()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// The same batch can be sent again, and added to, after a call that failed.
func TestBatchSentAgain(t *testing.T) {
	s := serve(t, answers(exception(400, "ValidationException", "no"), ok(written)))
	w := NewWriter(s.client(), nil)
	b := batchOf(item(0), item(1))
	ctx := context.Background()
	if _, err := w.BatchWrite(ctx, "T", b); err == nil {
		t.Fatal("no error")
	}
	b.Truncate(1)
	b.Add(item(2))
	if _, err := w.BatchWrite(ctx, "T", b); err != nil {
		t.Fatal(err)
	}
	want := []string{string(item(0)), string(item(2))}
	if diff := cmp.Diff(want, bodyItems(t, []byte(s.got()[1].body), "T")); diff != "" {
		t.Error(diff)
	}
}

// A transport may still be writing a request when its answer is there and the
// call is over. What it writes must not change when the batch is used again,
// and the memory is used again once the transport is done.
func TestWriterLateTransport(t *testing.T) {
	t.Run("raw", func(t *testing.T) { testLateTransport(t, NewWriter) })
	t.Run("direct", func(t *testing.T) { testLateTransport(t, NewDirectWriter) })
}

func testLateTransport(t *testing.T, newWriter func(DestinationAPI, []string) *Writer) {
	type sent struct {
		body string
		err  error
	}
	goOn, done := make(chan struct{}), make(chan sent)
	client := dynamodb.New(options("http://in.memory"), func(o *dynamodb.Options) {
		o.HTTPClient = doFunc(func(r *http.Request) (*http.Response, error) {
			trace := httptrace.ContextClientTrace(r.Context())
			trace.GotConn(noConn)
			go func() {
				<-goOn
				body, err := io.ReadAll(r.Body)
				trace.WroteRequest(noInfo)
				done <- sent{string(body), err}
			}()
			w := httptest.NewRecorder()
			ok(written).write(w, 0)
			return w.Result(), nil
		})
	})
	w := newWriter(client, nil)
	b := new(Batch)
	var want string
	for i := range 4 {
		b.Reset("T")
		b.Add(item(i))
		if i > 0 {
			goOn <- struct{}{}
			if got := <-done; got.body != want || got.err != nil {
				t.Errorf("the transport wrote %s, error %v; want %s", got.body, got.err, want)
			}
		}
		want = string(b.Bytes())
		if _, err := w.BatchWrite(context.Background(), "T", b); err != nil {
			t.Fatal(err)
		}
	}
	goOn <- struct{}{}
	<-done
	before := &b.buf[0]
	if b.Reset("T"); &b.buf[0] != before {
		t.Error("the memory was given up, although the request was written")
	}
}

// A real transport, and a server that answers before it reads the request: the
// server checks what it gets, and the race detector watches.
func TestWriterEarlyAnswer(t *testing.T) {
	writers := map[string]func(DestinationAPI, []string) *Writer{"raw": NewWriter, "direct": NewDirectWriter}
	for path, newWriter := range writers {
		t.Run(path, func(t *testing.T) { testEarlyAnswer(t, path, newWriter) })
	}
}

func testEarlyAnswer(t *testing.T, path string, newWriter func(DestinationAPI, []string) *Writer) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var srv earlyServer
	var server, writers sync.WaitGroup
	server.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			server.Go(func() { srv.answer(c) })
		}
	})
	client := dynamodb.New(options("http://"+l.Addr().String()), func(o *dynamodb.Options) {
		o.HTTPClient = &http.Client{Transport: &http.Transport{DialContext: dialSmall}}
	})
	w := newWriter(client, nil)
	for g := range 2 {
		writers.Go(func() {
			b := new(Batch)
			for i := range 8 {
				b.Reset("T") // overwrites what the call before is still writing
				letter := string(rune('a' + 8*g + i))
				for range 25 {
					b.Add([]byte(`{"Id":{"S":"` + strings.Repeat(letter, 40_000) + `"}}`))
				}
				if _, err := w.BatchWrite(context.Background(), "T", b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	if w.Path().String() != path {
		t.Errorf("path %v", w.Path())
	}
	client.Options().HTTPClient.(*http.Client).CloseIdleConnections()
	l.Close()
	server.Wait()
	if srv.mixed {
		t.Error("a request held items of the next batch")
	}
}

// dialSmall makes connections that take little before a write blocks, so that a
// body of a megabyte is in memory for long.
func dialSmall(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err == nil {
		c.(*net.TCPConn).SetWriteBuffer(32 << 10)
	}
	return c, err
}

// earlyServer answers each request once its header is read.
type earlyServer struct {
	mu    sync.Mutex
	mixed bool
}

func (s *earlyServer) answer(c net.Conn) {
	defer c.Close()
	c.(*net.TCPConn).SetReadBuffer(32 << 10)
	r := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n\r\n%s", len(written), written)
		// The transport closes the connection if it can't finish soon, so the
		// body may be cut.
		body, err := io.ReadAll(req.Body)
		letters := make(map[byte]bool)
		for _, run := range bytes.Split(body, []byte(`"S":"`))[1:] {
			run, _, _ = bytes.Cut(run, []byte(`"`))
			for _, c := range run {
				letters[c] = true
			}
		}
		if len(letters) > 1 {
			s.mu.Lock()
			s.mixed = true
			s.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// The body that smithy makes of a request ends in io.EOF once the SDK closed
// it, which it does as soon as there is an answer. A transport that looks for
// the end of the body after that takes it for a failed write, and closes the
// connection under the answer. The bodies of this package stay readable.
func TestRequestBodyAfterAnswer(t *testing.T) {
	calls := []struct {
		name  string
		reply string
		do    func(*dynamodb.Client) error
	}{
		{"read", twoItems, func(c *dynamodb.Client) error {
			return NewReader(c, nil).ExecuteStatement(context.Background(), statement("SELECT"), new(Page))
		}},
		{"typed read", twoItems, func(c *dynamodb.Client) error {
			return NewReader(struct{ SourceAPI }{c}, nil).ExecuteStatement(context.Background(), statement("SELECT"), new(Page))
		}},
		{"write", written, func(c *dynamodb.Client) error {
			_, err := NewWriter(c, nil).BatchWrite(context.Background(), "T", batchOf(item(0)))
			return err
		}},
		{"typed write", written, func(c *dynamodb.Client) error {
			_, err := NewWriter(struct{ DestinationAPI }{c}, nil).BatchWrite(context.Background(), "T", batchOf(item(0)))
			return err
		}},
	}
	for _, tt := range calls {
		var late *http.Request
		err := tt.do(inMemory(func(r *http.Request) reply {
			late = r
			return ok(tt.reply)
		}))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		n, err := io.Copy(io.Discard, late.Body)
		if err != nil || n != late.ContentLength {
			t.Errorf("%s: read %d of %d bytes, error %v", tt.name, n, late.ContentLength, err)
		}
		again, err := late.GetBody()
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if n, err := io.Copy(io.Discard, again); err != nil || n != late.ContentLength {
			t.Errorf("%s: again, read %d of %d bytes, error %v", tt.name, n, late.ContentLength, err)
		}
	}
}

// Once a batch is used again, nobody gets its earlier bytes any more.
func TestGetBodyAfterReset(t *testing.T) {
	var late *http.Request
	client := inMemory(func(r *http.Request) reply {
		late = r
		return ok(written)
	})
	b := batchOf(item(0))
	if _, err := NewWriter(client, nil).BatchWrite(context.Background(), "T", b); err != nil {
		t.Fatal(err)
	}
	b.Reset("T")
	if _, err := late.GetBody(); err == nil {
		t.Error("a body was lent after the batch was Reset")
	}
}

// Requests go out on kept connections, from kept memory: the transport closes
// none of them, and reports in time that it wrote them.
func TestWriterKeeps(t *testing.T) {
	s := serve(t, answers(ok(written)))
	w := NewWriter(s.client(), nil)
	var kept atomic.Int32
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			b := batchOf()
			for range 200 {
				before := &b.buf[0]
				if b.Reset("T"); before == &b.buf[0] {
					kept.Add(1)
				}
				b.Add(item(1))
				if _, err := w.BatchWrite(context.Background(), "T", b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if s.conns > 8 || len(s.got()) != 400 || kept.Load() < 200 {
		t.Errorf("%d connections for %d requests, memory kept %d times", s.conns, len(s.got()), kept.Load())
	}
}

// A vouched step may change the request as a whole; what it made of it is what
// is signed and sent.
func TestWriterVouchedStepChangesBody(t *testing.T) {
	s := serve(t, answers(ok(written)))
	client := s.client(dynamodb.WithAPIOptions(func(stack *middleware.Stack) error {
		return stack.Build.Add(middleware.BuildMiddlewareFunc("pad", func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
			req := in.Request.(*smithyhttp.Request)
			body, err := io.ReadAll(req.GetStream())
			if err != nil {
				t.Error(err)
			}
			if req, err = req.SetStream(bytes.NewReader(append(body, ' '))); err != nil {
				t.Error(err)
			}
			in.Request = req
			return next.HandleBuild(ctx, in)
		}), middleware.After)
	}))
	w := NewWriter(client, []string{"pad"})
	b := batchOf(item(0))
	if _, err := w.BatchWrite(context.Background(), "T", b); err != nil {
		t.Fatal(err)
	}
	got := s.got()[0]
	checkRequest(t, s, got)
	if got.body != string(b.Bytes())+" " || !w.Path().Raw {
		t.Errorf("path %v, sent %s", w.Path(), got.body)
	}
}
