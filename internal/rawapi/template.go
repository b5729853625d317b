package rawapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Why a template can be trusted. It is not built from the client's options but
// from a request that the SDK made of them and DynamoDB answered, so endpoint
// rules, user agent and signing names are the SDK's own. It holds no header that
// is not known to be the same in every request of a table or to be made anew for
// each. And before it is used, it has to make that very request once more, byte
// for byte, the signature included: a signer, a scheme or a setting that this
// package does not know of makes another one, and there is no template.

const (
	invocationHeader = "Amz-Sdk-Invocation-Id"
	attemptHeader    = "Amz-Sdk-Request"
	dateHeader       = "X-Amz-Date"
	tokenHeader      = "X-Amz-Security-Token"
	authHeader       = "Authorization"

	dateFormat = "20060102T150405Z"

	// minSkew is the smallest clock offset, either way, that counts as the SDK's
	// correction. Less is the second that X-Amz-Date is cut to, or a pause of the
	// process; DynamoDB allows minutes.
	minSkew = 5 * time.Second
)

// requestHeaders are the headers the SDK sends with a BatchWriteItem: true for
// those that are made anew for each request.
var requestHeaders = map[string]bool{
	"Accept-Encoding": false,
	"Content-Type":    false,
	"User-Agent":      false,
	"X-Amz-Target":    false,
	invocationHeader:  true,
	attemptHeader:     true,
	dateHeader:        true,
	tokenHeader:       true,
	authHeader:        true,
}

// sent is a request as the SDK handed it to the HTTP client.
type sent struct {
	url    url.URL
	host   string
	header http.Header
	at     time.Time // local time
}

// watchClient keeps a copy of the last request that was answered as a direct one
// has to be. It is for the attempts of one call, which come one after the other.
type watchClient struct {
	next dynamodb.HTTPClient
	seen *sent
}

// Do implements dynamodb.HTTPClient. The request is copied first: what comes
// behind may add headers of its own, and will again.
func (c *watchClient) Do(r *http.Request) (*http.Response, error) {
	copied := sent{url: *r.URL, host: r.Host, header: r.Header.Clone(), at: time.Now()}
	resp, err := c.next.Do(r)
	if err == nil && isPlain(resp) {
		*c.seen = copied
	}
	return resp, err
}

// isPlain reports whether a response came as it is, from where the request went,
// with the one status that means success.
func isPlain(resp *http.Response) bool {
	redirected := resp != nil && resp.Request != nil && resp.Request.Response != nil
	return resp != nil && resp.StatusCode == http.StatusOK && !redirected &&
		!resp.Uncompressed && resp.Header.Get("Content-Encoding") == ""
}

// template is a request of the SDK, taken apart, to make others like it. It is
// safe for concurrent use: nothing of it is changed or given away.
type template struct {
	url             url.URL
	host            string
	header          http.Header // what is the same in every request
	attempt         string      // attemptHeader of a first attempt
	region, service string      // what the signature is for
	accountID       string      // of the credentials; the endpoint may depend on it
	skew            time.Duration
	signer          dynamodb.HTTPSignerV4
	served          atomic.Bool // made a request that was answered
}

// moment is what tells requests of one template apart, beside their bodies.
type moment struct {
	invocation string
	attempt    string
	at         time.Time
}

// newTemplate takes apart the request s, which was signed with creds and had
// that body. It returns no template where another request might do, or, with a
// reason, where none will.
func newTemplate(ctx context.Context, s *sent, body []byte, creds aws.Credentials, signer dynamodb.HTTPSignerV4) (_ *template, reason string) {
	for name, values := range s.header {
		if _, known := requestHeaders[name]; !known || len(values) != 1 {
			return nil, fmt.Sprintf("the SDK sends a header that is not known (%s)", name)
		}
	}
	scope, ok := parseScope(s.header.Get(authHeader))
	if !ok {
		return nil, "requests are not signed by plain SigV4"
	}
	at, err := time.Parse(dateFormat, s.header.Get(dateHeader))
	if err != nil {
		return nil, "requests carry no date"
	}
	// The deadline of the context, in the SDK's opinion; a hint that may be absent.
	attempt, _, _ := strings.Cut(s.header.Get(attemptHeader), "; ttl=")
	switch {
	case scope.accessKey != creds.AccessKeyID || s.header.Get(tokenHeader) != creds.SessionToken:
		return nil, "" // the credentials have just changed
	case attempt != "attempt=1" && !strings.HasPrefix(attempt, "attempt=1; "):
		return nil, "" // the table needed more than one: wait for a better time
	}
	t := &template{
		url: s.url, host: s.host, header: s.header.Clone(), attempt: attempt,
		region: scope.region, service: scope.service,
		accountID: creds.AccountID, skew: skewOf(at, s.at), signer: signer,
	}
	for name := range t.header {
		if requestHeaders[name] {
			delete(t.header, name)
		}
	}
	again, err := t.request(ctx, creds, body, moment{s.header.Get(invocationHeader), s.header.Get(attemptHeader), at})
	if err != nil || !s.equal(again) {
		return nil, "the SDK's request can't be made again"
	}
	return t, ""
}

// equal reports whether r is the request s.
func (s *sent) equal(r *http.Request) bool {
	if len(r.Header) != len(s.header) || r.Host != s.host || *r.URL != s.url {
		return false
	}
	for name, values := range s.header {
		if !slices.Equal(values, r.Header[name]) {
			return false
		}
	}
	return true
}

// request makes and signs a request with that body. The body itself is left to
// the HTTP client that lends it.
func (t *template) request(ctx context.Context, creds aws.Credentials, body []byte, m moment) (*http.Request, error) {
	u := t.url // the signer writes to it
	header := t.header.Clone()
	header[invocationHeader] = []string{m.invocation}
	header[attemptHeader] = []string{m.attempt}
	r := (&http.Request{
		Method: http.MethodPost, URL: &u, Host: t.host, Header: header,
		Body: http.NoBody, ContentLength: int64(len(body)),
	}).WithContext(ctx)
	sum := sha256.Sum256(body)
	err := t.signer.SignHTTP(ctx, creds, r, hex.EncodeToString(sum[:]), t.service, t.region, m.at, quietSigner)
	return r, err
}

// quietSigner is what the SDK tells the signer for each request of a client that
// does not log.
func quietSigner(o *v4.SignerOptions) { o.LogSigning = false }

// skewOf returns by how much the SDK's clock differs from the local one.
func skewOf(signed, local time.Time) time.Duration {
	skew := signed.Sub(local.Truncate(time.Second)) // as the date in a request is
	if skew.Abs() < minSkew {
		return 0
	}
	return skew
}

// scope is what a signature is made with and for.
type scope struct{ accessKey, region, service string }

// parseScope reads an Authorization header:
// AWS4-HMAC-SHA256 Credential=key/date/region/service/aws4_request, …
func parseScope(auth string) (scope, bool) {
	rest, ok := strings.CutPrefix(auth, "AWS4-HMAC-SHA256 Credential=")
	credential, _, found := strings.Cut(rest, ",")
	parts := strings.Split(credential, "/")
	n := len(parts)
	if !ok || !found || n < 5 || parts[n-1] != "aws4_request" {
		return scope{}, false
	}
	return scope{strings.Join(parts[:n-4], "/"), parts[n-3], parts[n-2]}, true
}
