package rawapi

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// The body that smithy gives net/http does harm in two ways. Its WriteTo
// returns io.EOF once closed, and smithy closes it as soon as a response is
// there: where that is before the transport's last look at the body, the
// transport takes it for a failed write and closes the connection under the
// response being read. And the transport does not know the body's type, so it
// sends the header in a packet of its own. Both clients here put a plain
// in-memory body in its place. It has no lock, and net/http may read it after
// Do returned (golang/go#30597), so whoever reuses its bytes needs a lease.

// maxCopied is the longest body that copyClient replaces, in bytes.
// BatchWriteItem accepts 16 MB.
const maxCopied = 64 << 20

// copyClient sends a private copy of each request body.
type copyClient struct{ next dynamodb.HTTPClient }

// Do implements dynamodb.HTTPClient.
func (c copyClient) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.ContentLength <= 0 || r.ContentLength > maxCopied {
		return c.next.Do(r)
	}
	b := make([]byte, r.ContentLength)
	if _, err := io.ReadFull(r.Body, b); err != nil {
		return nil, err
	}
	r2 := r.WithContext(r.Context())
	r2.Body = io.NopCloser(bytes.NewReader(b))
	r2.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
	return c.next.Do(r2)
}

// leaseClient sends body, and lends it out under a lease.
type leaseClient struct {
	next  dynamodb.HTTPClient
	body  []byte
	lease *lease
}

// Do implements dynamodb.HTTPClient.
func (c *leaseClient) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.ContentLength != int64(len(c.body)) {
		// A step that the user vouched for changed the body, and that is what
		// was signed.
		return c.next.Do(r)
	}
	getBody := func() (io.ReadCloser, error) {
		if !c.lease.lend() {
			return nil, errRevoked
		}
		return io.NopCloser(bytes.NewReader(c.body)), nil
	}
	body, err := getBody()
	if err != nil {
		return nil, err
	}
	r2 := r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn:      c.lease.gotConn,
		WroteRequest: c.lease.wroteRequest,
	}))
	r2.Body, r2.GetBody = body, getBody
	return c.next.Do(r2)
}

var errRevoked = errors.New("the request body was released")

// lease knows who may still be reading a request body: every body that was
// handed out is read until the transport reports that it wrote a request, and
// so is one for every connection that a request went to. Where these numbers
// differ (a write that hangs, an HTTP client that hedges, or one that is not
// net/http and reports nothing) the bytes are given up instead of reused.
type lease struct {
	mu      sync.Mutex
	lent    int
	conns   int
	written int
	revoked bool
}

func (l *lease) lend() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.revoked {
		return false
	}
	l.lent++
	return true
}

func (l *lease) gotConn(httptrace.GotConnInfo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns++
}

func (l *lease) wroteRequest(httptrace.WroteRequestInfo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.written++
}

// revoke ends the lease: nothing is lent any more. It reports whether nobody
// reads the body, so that its bytes may be overwritten.
func (l *lease) revoke() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.revoked = true
	return l.written >= l.lent && l.written >= l.conns
}

// bodyClient misses the body of an error's answer where there is none: DynamoDB's have
// one, and the SDK takes nothing for an error of no name. A status of 413 says all that
// there is to say.
type bodyClient struct{ next dynamodb.HTTPClient }

// Do implements dynamodb.HTTPClient.
func (c bodyClient) Do(r *http.Request) (*http.Response, error) {
	resp, err := c.next.Do(r)
	if err == nil && resp.StatusCode >= 400 && resp.StatusCode != http.StatusRequestEntityTooLarge {
		body := resp.Body
		if body == nil {
			body = http.NoBody
		}
		resp.Body = &expectedBody{ReadCloser: body}
	}
	return resp, err
}

// expectedBody is a body that must not be empty.
type expectedBody struct {
	io.ReadCloser
	began bool
}

func (b *expectedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.began = b.began || n > 0
	if err == io.EOF && !b.began {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
