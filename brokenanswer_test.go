package dynsync

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/dynsynctest"
)

// An error's answer that breaks off has not said which error it is. Over HTTP/2, and
// where nothing of it came, it ended the table.

// errorBody is what DynamoDB says of a request that fails for good.
const errorBody = `{"__type":"com.amazon.coral.validate#ValidationException","message":"no"}`

func TestAnErrorAnswerThatBreaksOffIsAskedForAgain(t *testing.T) {
	t.Parallel()
	denied := dynsynctest.Fail(400, "ValidationException", "no")
	for _, tt := range []struct {
		fault  dynsynctest.Action
		reason string
	}{
		{denied.With(dynsynctest.CutBody(0)), "closed before the body"},
		{denied.With(dynsynctest.CutBody(1)), "closed after a byte"},
		{denied.With(dynsynctest.CutBody(40)), "closed behind the code"},
		{denied.With(dynsynctest.CutBody(0)).With(dynsynctest.Reset()), "reset before the body"},
		{denied.With(dynsynctest.CutBody(9)).With(dynsynctest.Reset()), "reset within the body"},
		{dynsynctest.Fail(403, "AccessDeniedException", "no").With(dynsynctest.CutBody(5)), "another status"},
		{dynsynctest.Fail(500, "InternalServerError", "no").With(dynsynctest.CutBody(5)), "a fault of the service, cut"},
		{dynsynctest.RespondRaw(400, nil), "no body at all"},
		{dynsynctest.RespondRaw(403, nil), "no body at all, of a proxy"},
		{dynsynctest.RespondRaw(400, []byte(errorBody[:30])), "half of it, as if it were all"},
	} {
		inBubble(t, func(t *testing.T, w *world) {
			w.fill(t, w.source, "Source", map[string]map[string]any{"1": {"Id": "1", "a": "b"}})
			for _, srv := range []*dynsynctest.Server{w.source, w.dest} {
				for _, op := range []string{"DescribeTable", "DescribeTimeToLive", "ExecuteStatement", "BatchWriteItem"} {
					srv.Control(op, dynsynctest.Script(tt.fault, tt.fault))
				}
			}
			if _, rep := w.copyOne(t, "a"); rep.Written != 1 || len(rep.Findings) > 0 {
				t.Errorf("%s: %d items were written, %v", tt.reason, rep.Written, rep.Findings)
			}
		})
	}
}

// An error that DynamoDB did say ends the table at once.
func TestAnErrorAnswerThatIsWholeIsNotAskedForAgain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ body, reason string }{
		{errorBody, "DynamoDB's"},
		{`{"message":"Forbidden"}`, "a proxy's, which has a text"},
		{`{}`, "an object that says nothing"},
		{`<html>forbidden</html>`, "a proxy's page"},
		{`{"__type":"x#AccessDeniedException"}`, "a code alone"},
	} {
		inBubble(t, func(t *testing.T, w *world) {
			n := 0
			w.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action {
				n++
				return dynsynctest.RespondRaw(400, []byte(tt.body))
			})
			s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithTable("Source", "Destination"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Sync(t.Context()); err == nil || n != 1 {
				t.Errorf("%s: asked %d times, %v", tt.reason, n, err)
			}
		})
	}
}

func TestAnErrorAnswerThatBreaksOffOverHTTP2(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		breakOff func(http.ResponseWriter, net.Conn)
		reason   string
	}{
		{func(w http.ResponseWriter, _ net.Conn) {
			begin(w, len(errorBody), errorBody[:20])
			panic(http.ErrAbortHandler)
		}, "the stream is reset within the body"},
		{func(w http.ResponseWriter, _ net.Conn) { begin(w, len(errorBody), ""); panic(http.ErrAbortHandler) }, "the stream is reset before the body"},
		{func(w http.ResponseWriter, _ net.Conn) { begin(w, 0, errorBody[:20]); panic(http.ErrAbortHandler) }, "reset, and the length is not known"},
		{func(w http.ResponseWriter, c net.Conn) { begin(w, len(errorBody), errorBody[:20]); goAway(c) }, "the server goes away within the body"},
		{func(w http.ResponseWriter, c net.Conn) { begin(w, 0, ""); goAway(c) }, "the server goes away before the body"},
		{func(w http.ResponseWriter, c net.Conn) { begin(w, len(errorBody), errorBody[:20]); _ = c.Close() }, "the connection is closed within the body"},
		{func(w http.ResponseWriter, _ net.Conn) { begin(w, len(errorBody), errorBody[:20]) }, "the body ends before its length"},
		{func(w http.ResponseWriter, _ net.Conn) { begin(w, 0, "") }, "there is no body"},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			p := newPair(t)
			p.fill(t, users(3)...)
			from, to := overHTTP2(t, p.source, tt.breakOff), overHTTP2(t, p.dest, tt.breakOff)
			s, err := New(WithSource(from), WithDestination(to), WithKey(testKey), WithTable("Source", "Destination"))
			if err != nil {
				t.Fatal(err)
			}
			report, err := s.Sync(context.Background())
			if err != nil || report.Tables[0].Written != 3 || len(report.Tables[0].Findings) > 0 {
				t.Errorf("%v\n%v", err, report)
			}
		})
	}
}

// begin sends the status, and a length unless it is 0, and how a body begins.
func begin(w http.ResponseWriter, length int, body string) {
	if length > 0 {
		w.Header().Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(400)
	_, _ = w.Write([]byte(body))
	_ = http.NewResponseController(w).Flush()
}

// goAway sends HTTP/2's GOAWAY, with an error, and closes the connection.
func goAway(c net.Conn) {
	_, _ = c.Write([]byte{0, 0, 8, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 2})
	_ = c.Close()
}

type http2Conn struct{}

// overHTTP2 returns a client of a server behind a proxy that speaks HTTP/2, and that
// breaks off the first answer to each kind of request.
func overHTTP2(t *testing.T, srv *dynsynctest.Server, breakOff func(http.ResponseWriter, net.Conn)) *dynamodb.Client {
	t.Helper()
	target, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	behind := &http.Transport{}
	through := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }, Transport: behind}
	var seen sync.Map
	proxy := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("the request came over %s", r.Proto)
		}
		if _, again := seen.LoadOrStore(r.Header.Get("X-Amz-Target"), true); !again {
			breakOff(w, r.Context().Value(http2Conn{}).(net.Conn))
			return
		}
		through.ServeHTTP(w, r)
	}))
	proxy.EnableHTTP2 = true
	proxy.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, http2Conn{}, c)
	}
	proxy.StartTLS()
	t.Cleanup(func() { proxy.Close(); behind.CloseIdleConnections() })
	return srv.Client(func(o *dynamodb.Options) { o.BaseEndpoint, o.HTTPClient = aws.String(proxy.URL), proxy.Client() })
}
