package rawapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/dynsync/dynsync/internal/wire"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"
)

// writeCall is what one BatchWriteItem shares with the attempts the SDK makes
// for it. See readCall for why answers are kept by output.
type writeCall struct {
	route   *route
	raw     bool
	body    []byte // raw: the request, under lease
	lease   *lease
	limit   int     // raw: how many items may come back
	lesson  *lesson // raw: nil unless the request is wanted as a template
	refused atomic.Bool

	mu      sync.Mutex
	answers []answer
}

type answer struct {
	out         smithy.Deserializable
	unprocessed [][]byte
}

// with returns the caller's options and, last, the call's own.
func (c *writeCall) with(optFns []func(*dynamodb.Options)) []func(*dynamodb.Options) {
	return append(optFns[:len(optFns):len(optFns)], c.option)
}

// option installs the call in the client's options. It has to come last.
func (c *writeCall) option(o *dynamodb.Options) {
	c.route.adjust(o)
	if c.raw {
		c.rawOption(o)
		return
	}
	if own, ok := o.Protocol.(*awsjson.Protocol); ok {
		o.Protocol = &writeProtocol{ClientProtocol: own, call: c}
		if o.HTTPClient != nil {
			o.HTTPClient = copyClient{o.HTTPClient}
		}
	}
}

// rawOption installs the raw path, or a step that fails the call before it is
// sent: its typed input is empty.
func (c *writeCall) rawOption(o *dynamodb.Options) {
	if reason := refuseOptions(o); reason != "" {
		o.APIOptions = append(o.APIOptions, func(*middleware.Stack) error { return c.refuse(reason) })
		return
	}
	if len(o.APIOptions) > 0 {
		o.APIOptions = append(o.APIOptions, c.checkStack)
	}
	o.Protocol = &writeProtocol{ClientProtocol: o.Protocol, call: c}
	if o.HTTPClient != nil {
		o.HTTPClient = &leaseClient{next: o.HTTPClient, body: c.body, lease: c.lease}
		if c.lesson != nil {
			o.HTTPClient = &watchClient{next: o.HTTPClient, seen: &c.lesson.seen}
		}
	}
}

func (c *writeCall) refuse(reason string) error {
	c.route.refuse(reason)
	c.refused.Store(true)
	return errRefused
}

// checkStack is the last function to see the middleware stack.
func (c *writeCall) checkStack(s *middleware.Stack) error {
	if reason := refuseStack(s, c.route.vouched); reason != "" {
		return c.refuse(reason)
	}
	return nil
}

// result returns the unprocessed items of the answer that the client returned,
// or of the last one where it returned an output of its own making, and whether
// there was an answer at all.
func (c *writeCall) result(out smithy.Deserializable) ([][]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.answers) - 1; i >= 0; i-- {
		if c.answers[i].out == out {
			return c.answers[i].unprocessed, true
		}
	}
	if n := len(c.answers); n > 0 {
		return c.answers[n-1].unprocessed, true
	}
	return nil, false
}

// writeProtocol is the protocol of a client while it runs one BatchWriteItem.
type writeProtocol struct {
	smithyhttp.ClientProtocol
	call *writeCall
}

// SerializeRequest implements smithyhttp.ClientProtocol. On the raw path the
// SDK's protocol sets the headers, and the batch's own bytes are the body.
func (p *writeProtocol) SerializeRequest(ctx context.Context, schema *smithy.OperationSchema, in smithy.Serializable, req *smithyhttp.Request) error {
	if err := p.ClientProtocol.SerializeRequest(ctx, schema, in, req); err != nil {
		return err
	}
	if !p.call.raw {
		return nil
	}
	return setBody(req, p.call.body)
}

// DeserializeResponse implements smithyhttp.ClientProtocol. It runs once per
// attempt.
func (p *writeProtocol) DeserializeResponse(ctx context.Context, schema *smithy.OperationSchema, reg *smithy.TypeRegistry, resp *smithyhttp.Response, out smithy.Deserializable) error {
	if resp.StatusCode/100 != 2 {
		return p.ClientProtocol.DeserializeResponse(ctx, schema, reg, resp, out)
	}
	// An answer is small unless the batch came back, and then the items in it
	// are handed on: it has a buffer of its own.
	body, err := readBody(ctx, resp.Response, nil)
	if err != nil {
		return err
	}
	if !json.Valid(body) {
		return deserialization(&BodyError{Reason: "not JSON"})
	}
	if err := checkAnswer(body); err != nil {
		return deserialization(&BodyError{Reason: "not an answer to a batch", Err: err})
	}
	a := answer{out: out}
	if p.call.raw {
		if a.unprocessed, body, err = splitUnprocessed(body, p.call.limit); err != nil {
			return deserialization(&BodyError{Reason: "not an answer to a batch", Err: err})
		}
	}
	if err := p.ClientProtocol.DeserializeResponse(ctx, schema, reg, withBody(resp, body), out); err != nil {
		return err
	}
	if p.call.raw {
		if o, ok := out.(*dynamodb.BatchWriteItemOutput); !ok || len(o.UnprocessedItems) > 0 {
			return deserialization(&BodyError{Reason: "not an answer to a batch", Err: errShape})
		}
	}
	p.call.mu.Lock()
	defer p.call.mu.Unlock()
	p.call.answers = append(p.call.answers, a)
	return nil
}

// Why an answer is not DynamoDB's, which always says what became of the batch,
// and once: a proxy's {"message":"…"} must not count as success. Of two members
// of one name the SDK keeps the last, so what the first lists would count as
// written.
var (
	errNoUnprocessed = errors.New("no UnprocessedItems")
	errTwice         = errors.New("two members of one name")
)

// checkAnswer checks that an answer, which is valid JSON, has the member
// UnprocessedItems, an object, and that nothing in it is said twice.
func checkAnswer(body []byte) error {
	if nothingUnprocessed(body) {
		return nil
	}
	value, err := member(body, "UnprocessedItems")
	switch {
	case err != nil:
		return err
	case len(value) == 0 || value[0] != '{':
		return errNoUnprocessed
	}
	return namedOnce(body)
}

// splitUnprocessed takes the items that were not written out of an answer and
// returns the rest of it. The items alias body.
func splitUnprocessed(body []byte, limit int) (items [][]byte, rest []byte, err error) {
	if nothingUnprocessed(body) {
		return nil, body, nil
	}
	var scan wire.Scanner
	var attrs []wire.Attr
	rest = append(rest, '{')
	err = eachMember(body, func(name string, value []byte) error {
		if name != "UnprocessedItems" {
			if len(rest) > 1 {
				rest = append(rest, ',')
			}
			rest = append(wire.AppendQuote(rest, name), ':')
			rest = append(rest, value...)
			return nil
		}
		return eachPut(value, func(item []byte) error {
			var err error
			if attrs, err = scan.Index(attrs[:0], item); err != nil {
				return err
			}
			if items = append(items, item); len(items) > limit {
				return errTooMany
			}
			return nil
		})
	})
	return items, append(rest, '}'), err
}

// nothingUnprocessed reports, without parsing, that an answer, which is valid
// JSON, has no items to hand back: its first or last member says so, in the only
// place where the name stands. Answers that could be read in two ways are not
// among them.
func nothingUnprocessed(body []byte) bool {
	if bytes.IndexByte(body, '\\') >= 0 || bytes.Count(body, []byte(`nprocessedItems"`)) != 1 {
		return false
	}
	body = bytes.TrimSpace(body)
	return bytes.HasPrefix(body, []byte(`{"UnprocessedItems":{}`)) || bytes.HasSuffix(body, []byte(`"UnprocessedItems":{}}`))
}

// eachPut calls fn for every item in {"Table":[{"PutRequest":{"Item":{…}}}]}.
func eachPut(unprocessed []byte, fn func(item []byte) error) error {
	return eachMember(unprocessed, func(_ string, requests []byte) error {
		return eachElement(requests, func(request []byte) error {
			puts := 0
			err := eachMember(request, func(name string, put []byte) error {
				if name != "PutRequest" || puts > 0 {
					return errNotAPut
				}
				puts++
				item, err := member(put, "Item")
				if err == nil && item == nil {
					err = errNotAPut
				}
				if err != nil {
					return err
				}
				return fn(item)
			})
			if err == nil && puts == 0 {
				err = errNotAPut
			}
			return err
		})
	})
}
