package rawapi

import "github.com/dynsync/dynsync/internal/wire"

// The parts of a BatchWriteItem request round its items. What comes behind the
// items is the same for every table.
const (
	batchHead   = `{"ReturnConsumedCapacity":"TOTAL","RequestItems":{`
	batchPut    = `{"PutRequest":{"Item":`
	batchPutEnd = `}}`
	batchTail   = `]}}`
)

// Batch is the body of one BatchWriteItem request that puts items into one
// table, encoded while the items are added. The limits of a request (25 items,
// 16 MiB, no key twice) are the caller's business, and so is that the items are
// valid: what is not would make the whole request invalid.
//
// Reset makes a Batch ready for use; the zero value is not. A Batch owns its
// memory and keeps it for the next batch (up to 8 MiB, cleared). It is not safe
// for concurrent use, and it must not be changed while it is being sent.
type Batch struct {
	table  string
	buf    []byte      // head, then items with commas between; the tail is put behind its end
	items  []wire.Span // in buf
	head   int         // length of the head, 0 before Reset
	sealed bool        // the tail is in place
	opened bool        // what Open returned was not committed
	used   int         // how far buf ever held something; all of it if opened
	lease  *lease      // set once buf was given to an HTTP client
}

// Reset empties the batch and sets the table (a name or an ARN) its items go to.
func (b *Batch) Reset(table string) {
	b.mark()
	switch {
	case b.lease != nil && !b.lease.revoke(): // still being sent: given up
		b.buf = nil
	case cap(b.buf) > maxKept:
		b.buf = nil
	default:
		wipe(b.buf[:b.used])
	}
	b.lease = nil
	b.table = table
	b.buf = append(b.buf[:0], batchHead...)
	b.buf = wire.AppendQuote(b.buf, table)
	b.buf = append(b.buf, `:[`...)
	b.head = len(b.buf)
	b.items = b.items[:0]
	b.sealed, b.used = false, 0
}

// Add appends a copy of an item, a DynamoDB JSON object like {"Id":{"S":"a"}}.
func (b *Batch) Add(item []byte) {
	b.Commit(append(b.Open(), item...))
}

// Open returns the slice to append one item to; Commit adds what was appended:
//
//	dst := batch.Open()
//	dst, err := encode(dst, record)
//	if err == nil {
//		batch.Commit(dst)
//	}
//
// Without Commit, or after any other call that changes the batch, nothing is
// added.
func (b *Batch) Open() []byte {
	b.own()
	b.mark()
	b.opened, b.sealed = true, false
	dst := b.buf
	if len(b.items) > 0 {
		dst = append(dst, ',')
	}
	return append(dst, batchPut...)
}

// Commit adds the item that was appended to what the last Open returned. If
// nothing was appended, nothing is added.
func (b *Batch) Commit(dst []byte) {
	start := len(b.buf) + len(batchPut)
	if len(b.items) > 0 {
		start++
	}
	if len(dst) <= start {
		return
	}
	b.items = append(b.items, wire.Span{Start: uint32(start), End: uint32(len(dst))})
	b.buf = append(dst, batchPutEnd...)
	b.opened = false
	b.mark()
}

// Truncate removes all items but the first n. It does nothing if there are no
// more than that.
func (b *Batch) Truncate(n int) {
	if n < 0 || n >= len(b.items) {
		return
	}
	b.mark()
	b.items = b.items[:n]
	b.buf = b.buf[:b.head]
	if n > 0 {
		b.buf = b.buf[:int(b.items[n-1].End)+len(batchPutEnd)]
	}
	b.sealed = false
}

// Len returns the number of items.
func (b *Batch) Len() int { return len(b.items) }

// Size returns the length of the request body in bytes.
func (b *Batch) Size() int { return len(b.buf) + len(batchTail) }

// Item returns item i (0 ≤ i < Len) as it was added. The bytes belong to the
// batch until it is changed.
func (b *Batch) Item(i int) []byte {
	s := b.items[i]
	return b.buf[s.Start:s.End:s.End]
}

// Bytes returns the request body. The bytes belong to the batch until it is
// changed.
func (b *Batch) Bytes() []byte {
	n := len(b.buf) + len(batchTail)
	if !b.sealed {
		b.own()
		b.buf = append(b.buf, batchTail...)[:n-len(batchTail)]
		b.sealed = true
		b.used = max(b.used, n)
	}
	return b.buf[:n:n]
}

// lend returns the request body and the lease it is under, for as long as the
// batch is not changed.
func (b *Batch) lend() ([]byte, *lease) {
	body := b.Bytes()
	if b.lease == nil {
		b.lease = new(lease)
	}
	return body, b.lease
}

// own makes sure that nobody else reads buf, so that it may be written to.
func (b *Batch) own() {
	if b.lease == nil {
		return
	}
	if !b.lease.revoke() {
		b.buf = append([]byte(nil), b.buf...)
		b.used = len(b.buf)
	}
	b.lease = nil
}

// mark notes how much of buf has to be wiped before it is used again. What was
// written behind its end without a Commit can't be told.
func (b *Batch) mark() {
	b.used = max(b.used, len(b.buf))
	if b.opened {
		b.used = cap(b.buf)
		b.opened = false
	}
}
