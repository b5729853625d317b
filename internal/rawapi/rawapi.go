// Package rawapi sends ExecuteStatement, Scan and BatchWriteItem through the
// user's AWS SDK client and keeps the items as the DynamoDB JSON they are on
// the wire. Calls for single items (GetItem, PutItem, UpdateItem) and
// BatchExecuteStatement take typed input, and their answers are checked alike.
//
// The SDK still resolves the endpoint, signs, retries, logs and maps errors.
// For the length of one call this package wraps the client's protocol (and its
// HTTP client): the response's items are split into raw bytes instead of being
// decoded, and the request body of a batch is the one that [Batch] encoded.
// The rest of a response, with the items cut out, still goes through the SDK's
// own decoder.
//
// A call takes this raw path only where nothing can tell the difference: the
// client's dynamic type is exactly *dynamodb.Client, its protocol is the SDK's
// own, it has no interceptors, and every step of its middleware stack is known
// (or vouched for by the user). Anything else could rewrite typed input or
// output, to encrypt items for example, so it is given typed input and output:
// the typed path. All paths give equal results.
//
// A batch may also go past the SDK's middleware stack, if the user of this package
// asks for it and the client has nothing in it but what the SDK puts there: the
// direct path repeats, with another body, a request that the SDK made, and hands
// the batch back to the SDK at the first sign of trouble. See [NewDirectWriter].
//
// On all paths a response body that is cut short, that does not match its
// checksum or that is not JSON is an error the SDK retries, never data.
//
// So is the JSON of somebody else. Status 200 with {} or {"message":"…"} is what
// a proxy, a captive portal or a wrong endpoint sends, and the SDK takes it for
// an answer whose members are all absent: a page without items and token, which
// would end a scan early, or a batch without unprocessed items, which would
// count as written. DynamoDB always sends Items, or UnprocessedItems, so an
// answer without is refused; and so is one that has two members of one name
// where it lists unprocessed items, since the SDK hides the first.
package rawapi

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// SourceAPI is what a source client must offer: the read methods of
// *dynamodb.Client.
type SourceAPI interface {
	ExecuteStatement(context.Context, *dynamodb.ExecuteStatementInput, ...func(*dynamodb.Options)) (*dynamodb.ExecuteStatementOutput, error)
	Scan(context.Context, *dynamodb.ScanInput, ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
}

// DestinationAPI is what a destination client must offer: the write methods of
// *dynamodb.Client.
type DestinationAPI interface {
	BatchWriteItem(context.Context, *dynamodb.BatchWriteItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error)
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
}

// Path says which way calls take.
type Path struct {
	Raw    bool   // items stay bytes; otherwise they go through the SDK's types
	Direct bool   // and batches go past the SDK's middleware stack
	Reason string // why calls are typed, or raw where they might be direct. Names types, middleware steps and headers, never data
}

// String returns "direct", "raw" (with ": " and the reason, if there is one), or
// "typed: " and the reason, or "none" where no call has been answered yet.
func (p Path) String() string {
	switch {
	case p.Direct:
		return "direct"
	case p.Raw && p.Reason != "":
		return "raw: " + p.Reason
	case p.Raw:
		return "raw"
	case p.Reason == "":
		return "none"
	}
	return "typed: " + p.Reason
}

// rawPath is shared by all routes, so that a call stores a path without
// allocating one.
var rawPath = &Path{Raw: true}

// route decides, for the calls of one Reader or Writer, which path they take.
// The decision to go typed is for good: a client that once showed something
// this package does not know is not trusted again, and does not pay for
// building its middleware stack twice per call. Safe for concurrent use.
type route struct {
	vouched map[string]bool
	once    bool                 // calls are not retried by the SDK
	typed   atomic.Pointer[Path] // set once a call had to be typed
	raw     atomic.Bool          // a call went raw
}

// newRoute returns the route of a client. Only the dynamic type counts: a
// struct that embeds *dynamodb.Client has its methods, and overrides some.
func newRoute(api any, vouched []string) *route {
	r := &route{vouched: make(map[string]bool, len(vouched))}
	for _, id := range vouched {
		r.vouched[id] = true
	}
	if _, ok := api.(*dynamodb.Client); !ok {
		r.refuse(fmt.Sprintf("the client is not exactly *dynamodb.Client (it is %T)", api))
	}
	return r
}

// refuse makes all further calls typed. The first reason stays.
func (r *route) refuse(reason string) {
	r.typed.CompareAndSwap(nil, &Path{Reason: reason})
}

// adjust sets the options that every call has in common.
func (r *route) adjust(o *dynamodb.Options) {
	if r.once {
		Once(o)
	}
}

// Once is the option under which the SDK sends a request once, and an error's answer
// without a body is one that broke off.
func Once(o *dynamodb.Options) {
	o.Retryer = aws.NopRetryer{}
	if o.HTTPClient != nil {
		o.HTTPClient = bodyClient{o.HTTPClient}
	}
}

// mayBeRaw reports whether a call may still try the raw path.
func (r *route) mayBeRaw() bool { return r.typed.Load() == nil }

// wentRaw records that a call was answered on the raw path.
func (r *route) wentRaw() {
	if !r.raw.Load() {
		r.raw.Store(true)
	}
}

// path returns the path of the last calls.
func (r *route) path() Path {
	if p := r.typed.Load(); p != nil {
		return *p
	}
	if r.raw.Load() {
		return *rawPath
	}
	return Path{}
}
