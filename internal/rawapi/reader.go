package rawapi

import (
	"context"
	"errors"

	"github.com/dynsync/dynsync/internal/wire"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// Reader reads pages of raw items through a source client. It is safe for
// concurrent use, as the client is; a Page is not.
type Reader struct {
	api   SourceAPI
	route *route
}

// NewReader returns a Reader for api. The user vouches for the middleware steps
// with the given ids: that they neither read nor change items.
func NewReader(api SourceAPI, vouched []string) *Reader {
	return &Reader{api: api, route: newRoute(api, vouched)}
}

// NoRetries makes the SDK send each request once. It returns r, and is called
// before the first request.
func (r *Reader) NoRetries() *Reader {
	r.route.once = true
	return r
}

// Path returns which way the last calls went. It is safe for concurrent use.
func (r *Reader) Path() Path { return r.route.path() }

// ExecuteStatement runs a statement and fills p with the items of its answer.
// The errors are the client's, unchanged; what this package finds wrong with a
// response is a *BodyError among them. An item that can't be used (because it
// is not a valid one, mostly) does not fail the page: it has an Err of its own.
func (r *Reader) ExecuteStatement(ctx context.Context, in *dynamodb.ExecuteStatementInput, p *Page, optFns ...func(*dynamodb.Options)) error {
	if in == nil {
		in = new(dynamodb.ExecuteStatementInput)
	}
	call, err := r.begin(in, p)
	if err != nil {
		return err
	}
	out, err := r.api.ExecuteStatement(ctx, in, call.with(optFns)...)
	if err == nil && out == nil {
		err = errNoOutput
	}
	if err != nil {
		p.st = call.rest()
		return err
	}
	p.NextToken = deref(out.NextToken)
	p.LastEvaluatedKey = out.LastEvaluatedKey
	p.ConsumedCapacity = out.ConsumedCapacity
	p.ResultMetadata = out.ResultMetadata
	return call.finish(p, call.result(out), out.Items)
}

// Scan scans a table, or one segment of it, and fills p with the items of the
// answer. Errors are those of ExecuteStatement.
func (r *Reader) Scan(ctx context.Context, in *dynamodb.ScanInput, p *Page, optFns ...func(*dynamodb.Options)) error {
	if in == nil {
		in = new(dynamodb.ScanInput)
	}
	call, err := r.begin(in, p)
	if err != nil {
		return err
	}
	out, err := r.api.Scan(ctx, in, call.with(optFns)...)
	if err == nil && out == nil {
		err = errNoOutput
	}
	if err != nil {
		p.st = call.rest()
		return err
	}
	p.LastEvaluatedKey = out.LastEvaluatedKey
	p.ConsumedCapacity = out.ConsumedCapacity
	p.Count, p.ScannedCount = out.Count, out.ScannedCount
	p.ResultMetadata = out.ResultMetadata
	return call.finish(p, call.result(out), out.Items)
}

// begin empties the page and starts a call. Where the call is bound to be
// typed, input that would be changed on the way is refused.
func (r *Reader) begin(in smithy.Serializable, p *Page) (*readCall, error) {
	call := &readCall{route: r.route, spare: p.reset()}
	if r.route.mayBeRaw() {
		return call, nil
	}
	_, members, err := splitSurrogates(in)
	if err == nil && members != nil {
		err = ErrSurrogate
	}
	if err != nil {
		p.st = call.rest()
		return nil, err
	}
	return call, nil
}

var (
	errNoOutput = errors.New("the client returned neither an output nor an error")
	errMixed    = errors.New("a middleware step added items to a raw response")
	errFlawed   = errors.New("the response holds items that are not valid, and the client returned other items")
)

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// with returns the caller's options and, last, the call's own.
func (c *readCall) with(optFns []func(*dynamodb.Options)) []func(*dynamodb.Options) {
	return append(optFns[:len(optFns):len(optFns)], c.option)
}

// finish fills the page from what the attempt read, or from the client's typed
// items.
func (c *readCall) finish(p *Page, f fill, items []map[string]types.AttributeValue) error {
	var err error
	switch {
	case f.st == nil:
		err = c.finishTyped(p, f.flaws, items)
	case len(items) > 0:
		err = errMixed
	default:
		c.route.wentRaw()
		p.adopt(f.st)
		if p.LastEvaluatedKey != nil && escapesSurrogate(p.Meta) {
			err = p.restoreKey(p.Meta)
		}
	}
	if err != nil {
		*p = Page{st: p.st}
	}
	return err
}

// finishTyped encodes typed items into the page.
func (c *readCall) finishTyped(p *Page, f *flaws, items []map[string]types.AttributeValue) error {
	c.route.refuse("the client answered without using its protocol")
	if p.st = c.rest(); p.st == nil {
		p.st = new(store)
	}
	if f != nil && f.errs != nil && f.items != len(items) {
		return errFlawed
	}
	errs := p.st.encode(items)
	if err := p.st.scan.Page(&p.st.page, p.st.buf); err != nil {
		return deserialization(&BodyError{Reason: "not a page of items", Err: err})
	}
	p.adopt(p.st)
	p.setErrs(errs)
	if f == nil {
		return nil
	}
	p.setErrs(f.errs)
	if p.LastEvaluatedKey != nil && f.meta != nil {
		return p.restoreKey(f.meta)
	}
	return nil
}

func (p *Page) setErrs(errs map[int]error) {
	for i, err := range errs {
		p.Items[i].Err = err
	}
}

// encode writes typed items as a response body. An item that can't be encoded
// leaves a null, and its error is returned by index.
func (st *store) encode(items []map[string]types.AttributeValue) map[int]error {
	st.recycle()
	var errs map[int]error
	b := append(st.buf[:0], `{"Items":[`...)
	for i, item := range items {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = AppendItem(b, item); err != nil {
			if errs == nil {
				errs = make(map[int]error)
			}
			errs[i] = err
			b = append(b, `null`...)
		}
	}
	st.fill(append(b, `]}`...))
	return errs
}

// restoreKey decodes the key to continue from, in which the SDK's codec has
// replaced a lone surrogate: from the key it made, a scan would go on at
// another place.
func (p *Page) restoreKey(meta []byte) error {
	raw, err := member(meta, "LastEvaluatedKey")
	if err == nil {
		var s wire.Scanner
		if _, err = s.Index(nil, raw); err == nil {
			p.LastEvaluatedKey, err = ItemMap(raw)
		}
	}
	if err != nil {
		return deserialization(&BodyError{Reason: "not a key to continue from", Err: err})
	}
	return nil
}
