package rawapi

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/dynsync/dynsync/internal/wire"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// readCall is what one ExecuteStatement or Scan shares with the attempts the
// SDK makes for it. A client may run the call more than once, at the same time
// even (to hedge against a slow answer), and return while an attempt is still
// reading. So every attempt has its memory to itself, and the one whose output
// the client returns is looked up by that output.
type readCall struct {
	route *route

	mu    sync.Mutex
	spare *store // the page's memory, while no attempt has it
	fills []fill // what attempts read, in order
}

// fill is what one attempt read.
type fill struct {
	out   smithy.Deserializable
	st    *store // on the raw path: the items
	flaws *flaws // on the typed path: what is wrong with out's items
}

// option installs the call in the client's options. It has to come last.
func (c *readCall) option(o *dynamodb.Options) {
	c.route.install(o, func(p *callProtocol) smithyhttp.ClientProtocol { return &readProtocol{p, c} })
}

// take returns memory for one attempt.
func (c *readCall) take() *store {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.spare
	c.spare = nil
	if st == nil {
		st = new(store)
	}
	return st
}

// giveBack returns the memory of an attempt that failed.
func (c *readCall) giveBack(st *store) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spare = st
}

func (c *readCall) filled(f fill) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fills = append(c.fills, f)
}

// result returns what was read for the output that the client returned, or for
// the last one where the client returned an output of its own making. It is
// empty if no attempt got so far.
func (c *readCall) result(out smithy.Deserializable) fill {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.fills) - 1; i >= 0; i-- {
		if c.fills[i].out == out {
			return c.fills[i]
		}
	}
	if n := len(c.fills); n > 0 {
		return c.fills[n-1]
	}
	return fill{}
}

// rest returns the page's memory if no attempt has it, else nil.
func (c *readCall) rest() *store {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.spare
	c.spare = nil
	return st
}

// readProtocol is the protocol of a client while it runs one read.
type readProtocol struct {
	*callProtocol
	call *readCall
}

// SerializeRequest implements smithyhttp.ClientProtocol.
func (p *readProtocol) SerializeRequest(ctx context.Context, schema *smithy.OperationSchema, in smithy.Serializable, req *smithyhttp.Request) error {
	lean, members, err := splitSurrogates(in)
	if err != nil {
		return &smithy.SerializationError{Err: err}
	}
	if members == nil {
		return p.ClientProtocol.SerializeRequest(ctx, schema, in, req)
	}
	if !p.raw {
		return &smithy.SerializationError{Err: ErrSurrogate}
	}
	return serializeWith(ctx, p.ClientProtocol, schema, lean, members, req)
}

// setBody makes b the body of req; the SDK rewinds it for every attempt.
func setBody(req *smithyhttp.Request, b []byte) error {
	with, err := req.SetStream(bytes.NewReader(b))
	if err != nil {
		return &smithy.SerializationError{Err: err}
	}
	*req = *with
	return nil
}

// DeserializeResponse implements smithyhttp.ClientProtocol. It runs once per
// attempt.
func (p *readProtocol) DeserializeResponse(ctx context.Context, schema *smithy.OperationSchema, reg *smithy.TypeRegistry, resp *smithyhttp.Response, out smithy.Deserializable) error {
	if resp.StatusCode/100 != 2 {
		return p.ClientProtocol.DeserializeResponse(ctx, schema, reg, resp, out)
	}
	st := p.call.take()
	if err := st.read(ctx, resp.Response); err != nil {
		p.call.giveBack(st)
		return err
	}
	var f *flaws
	body := st.page.Meta
	if !p.raw {
		f = flawsOf(&st.page)
		body = f.mend(&st.page)
	}
	if err := p.ClientProtocol.DeserializeResponse(ctx, schema, reg, withBody(resp, body), out); err != nil {
		p.call.giveBack(st)
		return err
	}
	if p.raw {
		p.call.filled(fill{out: out, st: st})
		return nil
	}
	p.call.filled(fill{out: out, flaws: f})
	p.call.giveBack(st)
	return nil
}

// withBody returns resp with another body.
func withBody(resp *smithyhttp.Response, body []byte) *smithyhttp.Response {
	r := *resp.Response
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.ContentLength = int64(len(body))
	return &smithyhttp.Response{Response: &r}
}

// flaws are what the SDK's own codec changes or hides without a word in a
// response: items it takes although they are not valid, and lone surrogates.
type flaws struct {
	items int           // in the response
	errs  map[int]error // by item
	meta  []byte        // the rest of the response, if it escapes a lone surrogate
}

// mend returns the response with an empty item in place of each flawed one, so
// that the SDK decodes the others and no changed value gets out.
func (f *flaws) mend(p *wire.Page) []byte {
	if f == nil || f.errs == nil {
		return p.Body
	}
	b := append(make([]byte, 0, len(p.Body)), `{"Items":[`...)
	for i := range p.Items {
		if i > 0 {
			b = append(b, ',')
		}
		if f.errs[i] != nil {
			b = append(b, `{}`...)
		} else {
			b = append(b, p.Item(i)...)
		}
	}
	return joinMembers(append(b[1:], ']'), p.Meta)
}

// flawsOf returns the flaws of a page, nil if it has none.
func flawsOf(p *wire.Page) *flaws {
	f := flaws{items: len(p.Items)}
	if escapesSurrogate(p.Meta) {
		f.meta = bytes.Clone(p.Meta)
	}
	for i := range p.Items {
		err := p.Items[i].Err
		if err == nil && escapesSurrogate(p.Item(i)) {
			err = ErrSurrogate
		}
		if err == nil {
			continue
		}
		if f.errs == nil {
			f.errs = make(map[int]error)
		}
		f.errs[i] = err
	}
	if f.errs == nil && f.meta == nil {
		return nil
	}
	return &f
}
