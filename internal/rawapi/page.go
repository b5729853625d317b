package rawapi

import (
	"context"
	"net/http"

	"github.com/dynsync/dynsync/internal/wire"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// Page is one answer to ExecuteStatement or Scan: its items as raw DynamoDB
// JSON, and the rest of the answer decoded. The zero value is ready for use.
//
// A Page given to another call is overwritten and reuses its memory (buffers
// over 8 MiB are dropped; what remains of an earlier page is cleared, since it
// held personal data). The embedded wire.Page, that is all items and their
// attributes, belongs to the Page until then; the other fields own what they
// refer to. After a failed call a Page is empty. It is not safe for concurrent
// use.
type Page struct {
	wire.Page

	// NextToken continues an ExecuteStatement; empty on the last page.
	NextToken string

	// LastEvaluatedKey continues a Scan; nil on the last page. Strings hold
	// lone surrogates in WTF-8, and Scan sends them as they were.
	LastEvaluatedKey map[string]types.AttributeValue

	// ConsumedCapacity is nil unless it was asked for.
	ConsumedCapacity *types.ConsumedCapacity

	// Count and ScannedCount are the numbers of items a Scan returned and
	// read; 0 for ExecuteStatement.
	Count, ScannedCount int32

	// ResultMetadata holds the request id, and what else the SDK keeps there.
	ResultMetadata middleware.Metadata

	st *store
}

// reset empties the page and returns its memory for the next call.
func (p *Page) reset() *store {
	st := p.st
	*p = Page{}
	if st == nil {
		st = new(store)
	}
	return st
}

// adopt makes the page show what a call left in st.
func (p *Page) adopt(st *store) {
	p.st = st
	if st != nil {
		p.Page = st.page
	}
}

// store is the memory of a page. Every attempt of a call has one to itself.
type store struct {
	buf  []byte // the response body
	used int    // how far buf ever held something
	scan wire.Scanner
	page wire.Page
}

// recycle makes the memory ready for another body.
func (st *store) recycle() {
	if cap(st.buf) > maxKept {
		st.buf, st.used = nil, 0
	}
	if cap(st.page.Meta) > maxKept {
		st.page.Meta = nil
	}
	if cap(st.page.Items)*itemSize > maxKept {
		st.page.Items = nil
	}
	if cap(st.page.Attrs)*attrSize > maxKept {
		st.page.Attrs = nil
	}
	if poisoned.Load() {
		wipe(st.buf[:st.used])
		wipe(st.page.Meta[:cap(st.page.Meta)])
	}
}

// Sizes in bytes, rounded up, to bound what recycle keeps.
const (
	itemSize = 40
	attrSize = 24
)

// fill makes body, which is in buf, the content of the store. What an earlier
// body left behind its end is cleared.
func (st *store) fill(body []byte) {
	if cap(body) != cap(st.buf) { // grown
		st.used = 0
	}
	if st.used > len(body) {
		wipe(body[len(body):st.used])
	}
	st.buf, st.used = body, len(body)
}

// read reads a response and splits it into its items.
func (st *store) read(ctx context.Context, resp *http.Response) error {
	st.recycle()
	body, err := readBody(ctx, resp, st.buf)
	if err != nil {
		st.buf, st.used = nil, 0
		return err
	}
	st.fill(body)
	if err := st.scan.Page(&st.page, body); err != nil {
		return deserialization(&BodyError{Reason: "not a page of items", Err: err})
	}
	wipe(st.page.Meta[len(st.page.Meta):cap(st.page.Meta)]) // it holds keys
	return nil
}
