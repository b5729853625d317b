package rawapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/dynsync/dynsync/internal/wire"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// The calls in this file write and read single items. They are typed on either
// path: the SDK encodes the request and decodes the answer, so middleware sees
// both. What they share with the others is that an answer is DynamoDB's and
// whole, or an error that is worth another try; and, where the raw path may be
// taken, lone surrogates.

// The methods of a destination client beyond [DestinationAPI], one by one.
type (
	// BatchExecuteStatementAPI is a client that runs statements.
	BatchExecuteStatementAPI interface {
		BatchExecuteStatement(context.Context, *dynamodb.BatchExecuteStatementInput, ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error)
	}
	// PutItemAPI is a client that puts single items.
	PutItemAPI interface {
		PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	}
	// UpdateItemAPI is a client that updates items.
	UpdateItemAPI interface {
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	}
	// GetItemAPI is a client that reads single items.
	GetItemAPI interface {
		GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	}
)

// BatchExecuteStatement runs statements that write. The answer has a slot for
// each. The errors are the client's, unchanged; after one, any of the statements
// may have been run. Statements hold no lone surrogate.
func (w *Writer) BatchExecuteStatement(ctx context.Context, in *dynamodb.BatchExecuteStatementInput, optFns ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	api, ok := w.api.(BatchExecuteStatementAPI)
	if !ok {
		return nil, w.lacks("BatchExecuteStatement")
	}
	for _, s := range in.Statements {
		if listHasSurrogate(s.Parameters) {
			return nil, ErrSurrogate
		}
	}
	c, err := w.route.beginItem(in, func(_ http.Header, body []byte) error { return checkSlots(body, len(in.Statements)) })
	if err != nil {
		return nil, err
	}
	out, err := api.BatchExecuteStatement(ctx, in, c.with(optFns)...)
	switch {
	case err != nil:
		return nil, err
	case out == nil:
		return nil, errNoOutput
	case len(out.Responses) != len(in.Statements):
		return nil, deserialization(&BodyError{Reason: "not an answer to the statements", Err: errSlots})
	}
	return out, nil
}

// PutItem puts an item. The errors are the client's, unchanged. The capacity
// consumed is asked for in any case, since an answer shows by it whose it is.
func (w *Writer) PutItem(ctx context.Context, in *dynamodb.PutItemInput, optFns ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	api, ok := w.api.(PutItemAPI)
	if !ok {
		return nil, w.lacks("PutItem")
	}
	in = withCapacity(in, func(in *dynamodb.PutItemInput) *types.ReturnConsumedCapacity { return &in.ReturnConsumedCapacity })
	c, err := w.route.beginItem(in, checkItemAnswer)
	if err != nil {
		return nil, err
	}
	out, err := api.PutItem(ctx, in, c.with(optFns)...)
	if err == nil && out == nil {
		err = errNoOutput
	}
	return out, err
}

// UpdateItem updates an item. Errors, and the capacity, are those of PutItem.
func (w *Writer) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, optFns ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	api, ok := w.api.(UpdateItemAPI)
	if !ok {
		return nil, w.lacks("UpdateItem")
	}
	in = withCapacity(in, func(in *dynamodb.UpdateItemInput) *types.ReturnConsumedCapacity { return &in.ReturnConsumedCapacity })
	c, err := w.route.beginItem(in, checkItemAnswer)
	if err != nil {
		return nil, err
	}
	out, err := api.UpdateItem(ctx, in, c.with(optFns)...)
	if err == nil && out == nil {
		err = errNoOutput
	}
	return out, err
}

// GotItem is DynamoDB's answer to GetItem. It owns what it refers to.
type GotItem struct {
	Item             []byte // as DynamoDB JSON, validated; nil where there is none
	ConsumedCapacity *types.ConsumedCapacity
}

// GetItem reads an item. Errors, and the capacity, are those of PutItem. An item
// that holds a lone surrogate is ErrSurrogate where the raw path is not taken.
func (w *Writer) GetItem(ctx context.Context, in *dynamodb.GetItemInput, optFns ...func(*dynamodb.Options)) (GotItem, error) {
	api, ok := w.api.(GetItemAPI)
	if !ok {
		return GotItem{}, w.lacks("GetItem")
	}
	return getItem(ctx, w.route, api, in, optFns)
}

// GetItem reads an item of the source, as [Writer.GetItem] does of the destination.
func (r *Reader) GetItem(ctx context.Context, in *dynamodb.GetItemInput, optFns ...func(*dynamodb.Options)) (GotItem, error) {
	api, ok := r.api.(GetItemAPI)
	if !ok {
		return GotItem{}, fmt.Errorf("the source client (%T) has no method GetItem", r.api)
	}
	return getItem(ctx, r.route, api, in, optFns)
}

func getItem(ctx context.Context, r *route, api GetItemAPI, in *dynamodb.GetItemInput, optFns []func(*dynamodb.Options)) (GotItem, error) {
	in = withCapacity(in, func(in *dynamodb.GetItemInput) *types.ReturnConsumedCapacity { return &in.ReturnConsumedCapacity })
	c, err := r.beginItem(in, checkItemAnswer)
	if err != nil {
		return GotItem{}, err
	}
	out, err := api.GetItem(ctx, in, c.with(optFns)...)
	if err == nil && out == nil {
		err = errNoOutput
	}
	if err != nil {
		return GotItem{}, err
	}
	got := GotItem{ConsumedCapacity: out.ConsumedCapacity}
	got.Item, err = c.item(out)
	return got, err
}

func (w *Writer) lacks(method string) error {
	return fmt.Errorf("the destination client (%T) has no method %s", w.api, method)
}

// withCapacity returns a copy of a request that asks for the capacity consumed.
func withCapacity[T any](in *T, member func(*T) *types.ReturnConsumedCapacity) *T {
	var copied T
	if in != nil {
		copied = *in
	}
	if c := member(&copied); *c == "" || *c == types.ReturnConsumedCapacityNone {
		*c = types.ReturnConsumedCapacityTotal
	}
	return &copied
}

// itemCall is what one call for items shares with the attempts the SDK makes
// for it. See readCall for why answers are kept by output.
type itemCall struct {
	route   *route
	check   func(header http.Header, body []byte) error // of an answer, valid JSON in which no name stands twice
	lean    smithy.Serializable                         // the input without what the SDK's codec would change
	members []byte                                      // which is here, as JSON; nil where there is none

	mu      sync.Mutex
	answers []itemAnswer
}

// itemAnswer is the body of an answer, and whether the SDK's codec may be passed
// by.
type itemAnswer struct {
	out  smithy.Deserializable
	body []byte
	raw  bool
}

// beginItem starts a call. Where the call is bound to go without our protocol,
// input that would be changed on the way is refused.
func (r *route) beginItem(in smithy.Serializable, check func(http.Header, []byte) error) (*itemCall, error) {
	c := &itemCall{route: r, check: check}
	var err error
	c.lean, c.members, err = splitItem(in)
	if err == nil && c.members != nil && !r.mayBeRaw() {
		err = ErrSurrogate
	}
	return c, err
}

// with returns the caller's options and, last, the call's own.
func (c *itemCall) with(optFns []func(*dynamodb.Options)) []func(*dynamodb.Options) {
	return append(optFns[:len(optFns):len(optFns)], c.option)
}

// option installs the call in the client's options. It has to come last.
func (c *itemCall) option(o *dynamodb.Options) {
	installed := c.route.install(o, func(p *callProtocol) smithyhttp.ClientProtocol { return &itemProtocol{p, c} })
	if !installed && c.members != nil { // nobody else would notice
		o.APIOptions = append(o.APIOptions, func(*middleware.Stack) error { return ErrSurrogate })
	}
}

// item returns the item of the answer that the client returned. On the raw path
// it is as DynamoDB sent it.
func (c *itemCall) item(out *dynamodb.GetItemOutput) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.answers {
		if a.out != smithy.Deserializable(out) {
			continue
		}
		raw, err := member(a.body, "Item")
		if err != nil {
			return nil, deserialization(&BodyError{Reason: "not an item", Err: err})
		}
		if a.raw {
			return validItem(raw)
		}
		if escapesSurrogate(raw) {
			return nil, ErrSurrogate
		}
	}
	if len(out.Item) == 0 {
		return nil, nil
	}
	return AppendItem(nil, out.Item)
}

// validItem checks an item; null and nothing are none.
func validItem(raw []byte) ([]byte, error) {
	if raw == nil || string(raw) == "null" {
		return nil, nil
	}
	var s wire.Scanner
	if _, err := s.Index(nil, raw); err != nil {
		return nil, deserialization(&BodyError{Reason: "not an item", Err: err})
	}
	return raw, nil
}

// itemProtocol is the protocol of a client while it runs one call for items.
type itemProtocol struct {
	*callProtocol
	call *itemCall
}

// SerializeRequest implements smithyhttp.ClientProtocol.
func (p *itemProtocol) SerializeRequest(ctx context.Context, schema *smithy.OperationSchema, in smithy.Serializable, req *smithyhttp.Request) error {
	members := p.call.members
	switch {
	case members == nil:
		return p.ClientProtocol.SerializeRequest(ctx, schema, in, req)
	case !p.raw:
		return &smithy.SerializationError{Err: ErrSurrogate}
	}
	return serializeWith(ctx, p.ClientProtocol, schema, p.call.lean, members, req)
}

// DeserializeResponse implements smithyhttp.ClientProtocol. It runs once per
// attempt.
func (p *itemProtocol) DeserializeResponse(ctx context.Context, schema *smithy.OperationSchema, reg *smithy.TypeRegistry, resp *smithyhttp.Response, out smithy.Deserializable) error {
	if resp.StatusCode/100 != 2 {
		return p.ClientProtocol.DeserializeResponse(ctx, schema, reg, resp, out)
	}
	body, err := readBody(ctx, resp.Response, nil)
	if err != nil {
		return err
	}
	if !json.Valid(body) {
		return deserialization(&BodyError{Reason: "not JSON"})
	}
	if err = namedOnce(body); err == nil {
		err = p.call.check(resp.Header, body)
	}
	if err != nil {
		return deserialization(&BodyError{Reason: "not an answer to the request", Err: err})
	}
	if err := p.ClientProtocol.DeserializeResponse(ctx, schema, reg, withBody(resp, body), out); err != nil {
		return err
	}
	p.call.mu.Lock()
	defer p.call.mu.Unlock()
	p.call.answers = append(p.call.answers, itemAnswer{out: out, body: body, raw: p.raw})
	return nil
}

// Why an answer is not DynamoDB's.
var (
	errSlots      = errors.New("not one slot for each statement")
	errNoCode     = errors.New("an error without a code")
	errNoCapacity = errors.New("neither ConsumedCapacity nor a checksum")
)

// checkSlots checks that an answer to n statements has a slot for each, and that
// what failed in it says how.
func checkSlots(body []byte, n int) error {
	responses, err := member(body, "Responses")
	if err != nil {
		return err
	}
	if responses == nil {
		return errSlots
	}
	slots := 0
	err = eachElement(responses, func(slot []byte) error {
		slots++
		failure, err := member(slot, "Error")
		if err != nil || failure == nil || string(failure) == "null" {
			return err
		}
		code, err := member(failure, "Code")
		if err == nil && (len(code) <= len(`""`) || code[0] != '"') {
			err = errNoCode
		}
		return err
	})
	if err == nil && slots != n {
		err = errSlots
	}
	return err
}

// checkItemAnswer checks the answer to a request for one item: an object that
// says what was consumed, which was asked for. Where an endpoint does not say,
// its checksum, which was checked, tells it from a proxy.
func checkItemAnswer(header http.Header, body []byte) error {
	capacity, err := member(body, "ConsumedCapacity")
	if err == nil && (len(capacity) == 0 || capacity[0] != '{') && header.Get(crcHeader) == "" {
		err = errNoCapacity
	}
	return err
}
