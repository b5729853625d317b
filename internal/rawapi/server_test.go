package rawapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// canary stands for personal data: no error may hold it.
const canary = "canary-4711@example.com"

// reply is one answer of the scripted server. The zero reply is a 200 with a
// right checksum.
type reply struct {
	status   int
	body     string
	noCRC    bool
	wrongCRC bool
	gzip     bool
	chunked  bool // no Content-Length
	cut      int  // announce this many bytes more than are sent
	abort    bool // close the connection without an answer
	header   map[string]string
}

func ok(body string) reply { return reply{body: body} }

func exception(status int, code, message string) reply {
	return reply{status: status, body: fmt.Sprintf(`{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":%q}`, code, message)}
}

// recorded is one request the server got.
type recorded struct {
	op     string
	body   string
	length int64
	header http.Header
}

// server answers requests from a script.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []recorded
	conns    int
}

// serve starts a server that answers request i (from 0) with script(i, r).
func serve(t testing.TB, script func(i int, r recorded) reply) *server {
	t.Helper()
	s := new(server)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		_, op, _ := strings.Cut(req.Header.Get("X-Amz-Target"), ".")
		r := recorded{op: op, body: string(body), length: req.ContentLength, header: req.Header.Clone()}
		s.mu.Lock()
		i := len(s.requests)
		s.requests = append(s.requests, r)
		s.mu.Unlock()
		script(i, r).write(w, i)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.mu.Lock()
			s.conns++
			s.mu.Unlock()
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// answers serves the replies in turn, the last one for ever.
func answers(replies ...reply) func(int, recorded) reply {
	return func(i int, _ recorded) reply { return replies[min(i, len(replies)-1)] }
}

func (s *server) got() []recorded {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[:len(s.requests):len(s.requests)]
}

func (r reply) write(w http.ResponseWriter, i int) {
	if r.abort {
		panic(http.ErrAbortHandler)
	}
	body := []byte(r.body)
	if r.gzip {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(body)
		z.Close()
		body = b.Bytes()
		w.Header().Set("Content-Encoding", "gzip")
	}
	sum := crc32.ChecksumIEEE(body)
	if r.wrongCRC {
		sum++
	}
	if !r.noCRC {
		w.Header().Set("X-Amz-Crc32", fmt.Sprint(sum))
	}
	w.Header().Set("X-Amzn-RequestId", fmt.Sprintf("REQ%d", i))
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if !r.chunked {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)+r.cut))
	}
	for name, value := range r.header {
		w.Header().Set(name, value)
	}
	if r.status != 0 {
		w.WriteHeader(r.status)
	}
	w.Write(body)
	if r.chunked {
		w.(http.Flusher).Flush()
		if r.cut > 0 {
			panic(http.ErrAbortHandler)
		}
	}
}

// client returns an SDK client of the server that retries without waiting.
func (s *server) client(optFns ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.New(options(s.URL), optFns...)
}

func options(url string) dynamodb.Options {
	return dynamodb.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(url),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "SECRET"}, nil
		}),
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.RateLimiter = ratelimit.None
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		}),
	}
}

// items returns the text of a page's items.
func (p *Page) texts() []string {
	var texts []string
	for i := range p.Items {
		if p.Items[i].Err != nil {
			texts = append(texts, "error")
			continue
		}
		texts = append(texts, string(p.Item(i)))
	}
	return texts
}

// wantPrivate fails the test if err shows the canary.
func wantPrivate(t *testing.T, err error) {
	t.Helper()
	for _, format := range []string{"%v", "%+v", "%q"} {
		if text := fmt.Sprintf(format, err); strings.Contains(text, canary) {
			t.Errorf("error printed with %s shows the canary: %s", format, text)
		}
	}
}

// inMemory returns a client that is answered without a network.
func inMemory(script func(*http.Request) reply, optFns ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.New(options("http://in.memory"), append(optFns, func(o *dynamodb.Options) {
		o.HTTPClient = doFunc(func(r *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			script(r).write(w, 0)
			return w.Result(), nil
		})
	})...)
}
