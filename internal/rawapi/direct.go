package rawapi

import (
	"context"
	"crypto/rand"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/schemas"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/metrics"
	smithyrand "github.com/aws/smithy-go/rand"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// The direct path leaves out the middleware stack, which the SDK builds and walks
// anew for each call at a cost that is most of a small batch's. It does as little
// as possible in its place. A request is the SDK's own one for that table, with
// another body, date and signature (see template). An answer counts if it is what
// the raw path takes for one, by the same functions. Everything else, be it an
// exception, a broken connection or a proxy's page, is not looked into: the batch
// goes out again at once, through the SDK, which retries, waits, maps errors and
// corrects its clock as always. That is safe, for what is sent twice is puts of
// the same items. After such a failure there are no direct requests to the table
// until the SDK has been answered at its first attempt: a throttled table sees
// the SDK's backoff.

// maxUnserved is how many templates in a row may fail at their first use. Then
// it is taken for certain that direct requests never pass, and each costs a
// request more than none.
const maxUnserved = 8

var (
	errNotPlain = errors.New("not a plain answer")
	errAccount  = errors.New("credentials of another account")

	batchWriteItem = smithy.NewOperationSchema(schemas.BatchWriteItem, schemas.BatchWriteItemInput, schemas.BatchWriteItemOutput)
)

// direct sends the direct requests of one client. It is safe for concurrent use.
// All methods may be called on nil, where none are permitted.
type direct struct {
	options dynamodb.Options // the client's; only read
	refused atomic.Pointer[string]
	went    atomic.Bool // a request was answered

	mu       sync.Mutex
	tables   map[string]*slot
	unserved int
}

// slot is what is known of one table.
type slot struct {
	template *template // nil until the SDK left one, and after a failure
	failures int
}

// newDirect returns what sends the direct requests of a client with these
// options.
func newDirect(o dynamodb.Options) *direct {
	d := &direct{options: o, tables: make(map[string]*slot)}
	if reason := refuseDirect(&o); reason != "" {
		d.refuse(reason)
	}
	return d
}

// refuse ends direct requests for good. The first reason stays.
func (d *direct) refuse(reason string) { d.refused.CompareAndSwap(nil, &reason) }

// refuseDirect returns why calls with these options can't be direct, or "": each
// is something that the SDK does, or asks the user's code to do, for every call.
func refuseDirect(o *dynamodb.Options) string {
	if reason := refuseOptions(o); reason != "" {
		return reason
	}
	_, ownSigner := o.HTTPSignerV4.(*v4.Signer)
	switch {
	case len(o.APIOptions) > 0:
		return "the client has API options (middleware)"
	case !isNop(o.TracerProvider, o.MeterProvider):
		return "the client is traced or metered"
	case o.ClientLogMode != 0:
		return "the client logs requests"
	case o.EnableAcceptEncodingGzip:
		return "the client asks for compressed answers"
	//lint:ignore SA1019 a client that sets it is not sent direct requests
	case o.EndpointResolver != nil || !trusted(o.EndpointResolverV2):
		return "the client has an endpoint resolver of its own"
	case o.EndpointDiscovery.EnableEndpointDiscovery == aws.EndpointDiscoveryEnabled:
		return "the client discovers endpoints"
	case !ownSigner || !trustedSchemes(o):
		return "the client has an authentication of its own"
	case o.Credentials == nil:
		return "the client has no credentials"
	case o.HTTPClient == nil || o.Retryer == nil:
		return "the client has no HTTP client or no retryer"
	}
	for _, name := range []string{"AWS_LAMBDA_FUNCTION_NAME", "_X_AMZN_TRACE_ID"} {
		if _, set := os.LookupEnv(name); set {
			return name + " is set, so requests carry a trace id"
		}
	}
	return ""
}

func isNop(t tracing.TracerProvider, m metrics.MeterProvider) bool {
	switch t.(type) {
	case nil, tracing.NopTracerProvider, *tracing.NopTracerProvider:
	default:
		return false
	}
	switch m.(type) {
	case nil, metrics.NopMeterProvider, *metrics.NopMeterProvider:
		return true
	}
	return false
}

func trustedSchemes(o *dynamodb.Options) bool {
	for _, s := range o.AuthSchemes {
		if !trusted(s) {
			return false
		}
	}
	return trusted(o.AuthSchemeResolver)
}

// path completes what a Writer says of its path.
func (d *direct) path(p Path) Path {
	if d == nil || !p.Raw {
		return p
	}
	if reason := d.refused.Load(); reason != nil {
		p.Reason = *reason
		return p
	}
	p.Direct = d.went.Load()
	return p
}

// open returns the slot of a table. The caller holds d.mu.
func (d *direct) open(table string) *slot {
	s := d.tables[table]
	if s == nil {
		s = new(slot)
		d.tables[table] = s
	}
	return s
}

// template returns the template for a call, nil if it has to go through the SDK.
// Options of the call could change anything.
func (d *direct) template(table string, optFns []func(*dynamodb.Options)) *template {
	if d == nil || len(optFns) > 0 || d.refused.Load() != nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open(table).template
}

// A lesson is what a call through the SDK may leave a template by.
type lesson struct {
	seen     sent
	failures int // of the table, before the call
}

// lesson returns nil if no template is wanted.
func (d *direct) lesson(table string, optFns []func(*dynamodb.Options)) *lesson {
	if d == nil || len(optFns) > 0 || d.refused.Load() != nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.open(table)
	if s.template != nil {
		return nil
	}
	return &lesson{failures: s.failures}
}

// learn makes a template of the request by which the SDK sent a body, unless a
// direct request failed since: then this success is an old one.
func (d *direct) learn(ctx context.Context, table string, l *lesson, body []byte) {
	if l == nil || l.seen.header == nil {
		return
	}
	creds, err := d.options.Credentials.Retrieve(ctx)
	if err != nil {
		return
	}
	t, reason := newTemplate(ctx, &l.seen, body, creds, d.options.HTTPSignerV4)
	if reason != "" {
		d.refuse(reason)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.open(table); s.failures == l.failures && s.template == nil {
		s.template = t
	}
}

// failed records that a request made by a template failed.
func (d *direct) failed(table string, t *template) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.open(table)
	s.failures++
	if s.template != t {
		return // another call was faster
	}
	s.template = nil
	if d.unserved++; t.served.Load() {
		d.unserved = 0
	}
	if d.unserved >= maxUnserved {
		d.refuse("direct requests fail where the SDK's own pass")
	}
}

// write sends a batch directly. It is not done where the batch has to go through
// the SDK, because it may not be sent directly, or because that failed. A call
// whose context has ended goes there too: the SDK returns its error without
// sending anything.
func (d *direct) write(ctx context.Context, table string, b *Batch, optFns []func(*dynamodb.Options)) (_ Result, done bool) {
	t := d.template(table, optFns)
	if t == nil || ctx.Err() != nil {
		return Result{}, false
	}
	res, err := d.attempt(ctx, t, b)
	if err != nil {
		if ctx.Err() == nil {
			d.failed(table, t)
		}
		return Result{}, false
	}
	if !t.served.Load() {
		t.served.Store(true)
		d.went.Store(true)
	}
	return res, true
}

// attempt makes one request, under the rate that the client's retryer allows.
func (d *direct) attempt(ctx context.Context, t *template, b *Batch) (res Result, err error) {
	release, err := attemptToken(ctx, d.options.Retryer)
	if err != nil {
		return Result{}, err
	}
	res, err = d.send(ctx, t, b)
	release(err) // as in the SDK, what it returns matters to failures only
	return res, err
}

func attemptToken(ctx context.Context, r aws.Retryer) (release func(error) error, err error) {
	if r, ok := r.(aws.RetryerV2); ok {
		return r.GetAttemptToken(ctx)
	}
	return r.GetInitialToken(), nil
}

func (d *direct) send(ctx context.Context, t *template, b *Batch) (Result, error) {
	creds, err := d.options.Credentials.Retrieve(ctx)
	if err != nil {
		return Result{}, err
	}
	if creds.AccountID != t.accountID {
		return Result{}, errAccount
	}
	id, err := smithyrand.NewUUID(rand.Reader).GetUUID()
	if err != nil {
		return Result{}, err
	}
	body, lease := b.lend()
	r, err := t.request(ctx, creds, body, moment{id, t.attempt, time.Now().Add(t.skew)})
	if err != nil {
		return Result{}, err
	}
	resp, err := (&leaseClient{next: d.options.HTTPClient, body: body, lease: lease}).Do(r)
	if err != nil {
		discard(resp)
		return Result{}, err
	}
	return d.answer(ctx, resp, b.Len())
}

// answer reads a response as the raw path does, from the bytes to the SDK's own
// decoder for what is not an item.
func (d *direct) answer(ctx context.Context, resp *http.Response, limit int) (Result, error) {
	if !isPlain(resp) || !d.checksum(resp) {
		discard(resp)
		return Result{}, errNotPlain
	}
	call := &writeCall{raw: true, limit: limit}
	p := writeProtocol{ClientProtocol: d.options.Protocol, call: call}
	out := new(dynamodb.BatchWriteItemOutput)
	if err := p.DeserializeResponse(ctx, batchWriteItem, dynamodb.TypeRegistry, &smithyhttp.Response{Response: resp}, out); err != nil {
		return Result{}, err
	}
	unprocessed, _ := call.result(out)
	res := Result{Unprocessed: unprocessed, ConsumedCapacity: out.ConsumedCapacity}
	for _, name := range []string{"X-Amzn-Requestid", "X-Amz-Requestid"} { // the SDK's order
		if id := resp.Header.Get(name); id != "" {
			awsmiddleware.SetRequestIDMetadata(&res.ResultMetadata, id)
			break
		}
	}
	return res, nil
}

// maxDiscarded is how much of a body is read to keep the connection, in bytes.
const maxDiscarded = 64 << 10

// discard ends a response that is of no use.
func discard(resp *http.Response) {
	if resp == nil || resp.Body == nil {
		return
	}
	_, _ = io.CopyN(io.Discard, resp.Body, maxDiscarded)
	_ = resp.Body.Close()
}

// checksum puts the check of the SDK's checksum step in the response's body. It
// reports false if the header is none.
func (d *direct) checksum(resp *http.Response) bool {
	text := resp.Header.Get(crcHeader)
	if text == "" || resp.Body == nil || d.options.DisableValidateResponseChecksum {
		return true
	}
	want, err := strconv.ParseUint(text, 10, 32)
	resp.Body = &crcBody{body: resp.Body, hash: crc32.NewIEEE(), want: uint32(want)}
	return err == nil
}

// crcBody fails to close if it is not what it should be.
type crcBody struct {
	body io.ReadCloser
	hash hash.Hash32
	want uint32
}

func (b *crcBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	b.hash.Write(p[:n])
	return n, err
}

func (b *crcBody) Close() error {
	if err := b.body.Close(); err != nil {
		return err
	}
	if b.hash.Sum32() != b.want {
		return errChecksum
	}
	return nil
}

var errChecksum = errors.New("another checksum than the header's")
