package send

import (
	"bytes"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Batch is items of different keys, encoded, for one request.
type Batch struct {
	Doubt bool // a request with these items was sent and not answered: they may be there

	raw     rawapi.Batch
	keys    []byte     // canonical keys, one behind the other
	ends    []int      // where each ends in keys
	removed [][]string // names of top-level attributes that each item had as read, and lost
}

// Reset empties the batch, for a table.
func (b *Batch) Reset(table string) {
	b.raw.Reset(table)
	clear(b.keys)
	clear(b.removed)
	b.keys, b.ends, b.removed, b.Doubt = b.keys[:0], b.ends[:0], b.removed[:0], false
}

// Len returns how many items there are, and Size how many bytes they have.
func (b *Batch) Len() int  { return b.raw.Len() }
func (b *Batch) Size() int { return b.raw.Size() }

// Add adds an item with its canonical key and the names of attributes that it lost. An
// item that no request could hold is added with short numbers.
func (b *Batch) Add(item, key []byte, removed []string) {
	if b.raw.Size()+len(item) > maxRequest-putCost {
		item = wire.AppendShort(nil, item)
	}
	if removed != nil || len(b.removed) > 0 {
		b.removed = append(b.removed, make([][]string, len(b.ends)-len(b.removed))...)
		b.removed = append(b.removed, removed)
	}
	b.raw.Add(item)
	b.keys = append(b.keys, key...)
	b.ends = append(b.ends, len(b.keys))
}

// Item returns item i.
func (b *Batch) Item(i int) []byte { return b.raw.Item(i) }

// Key returns the canonical key of item i.
func (b *Batch) Key(i int) []byte {
	start := 0
	if i > 0 {
		start = b.ends[i-1]
	}
	return b.keys[start:b.ends[i]]
}

// Find returns the index of the item with that canonical key, or -1.
func (b *Batch) Find(key []byte) int {
	for i := range b.ends {
		if bytes.Equal(b.Key(i), key) {
			return i
		}
	}
	return -1
}

// Removed returns the top-level attributes that item i had as it was read, and was to
// lose.
func (b *Batch) Removed(i int) []string {
	if i < len(b.removed) {
		return b.removed[i]
	}
	return nil
}

// Indexes returns the indexes of n items.
func Indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// The limit of a request. Only numbers that are written out let one item pass it: 1E125
// takes 3 bytes of an item in a list and 135 of its text.
const (
	maxRequest = 16 << 20 // bytes of the body
	putCost    = 64       // bytes for one more item in a BatchWriteItem, at most

	// maxTyped is how many bytes of items a request that the SDK encodes has at most. The
	// rest of maxRequest is room for names and strings, 400 KB at most, whose characters
	// the SDK writes with up to six bytes each.
	maxTyped = 8 << 20
)

// short returns an item for a request in which so many bytes of items stand.
func short(item []byte, bytes int) []byte {
	if bytes <= maxTyped {
		return item
	}
	return wire.AppendShort(nil, item)
}

// An item is an encoded item and where its attributes stand.
type item struct {
	raw   []byte
	attrs []wire.Attr
}

func parse(raw []byte) (item, error) {
	attrs, err := new(wire.Scanner).Index(nil, raw)
	return item{raw, attrs}, err
}

// value returns the value of a top-level attribute.
func (it item) value(name string) (value []byte, ok bool) {
	for _, a := range it.attrs {
		if wire.EqualName(a.Name.Of(it.raw), a.Escaped, name) {
			return a.Value.Of(it.raw), true
		}
	}
	return nil, false
}

// key returns the item's key attributes.
func (it item) key(keys *wire.Keys) (map[string]types.AttributeValue, error) {
	key := map[string]types.AttributeValue{}
	for _, a := range it.attrs {
		name := a.NameIn(it.raw)
		if !keys.Holds(name) {
			continue
		}
		var err error
		if key[name], err = rawapi.AttributeValue(a.Value.Of(it.raw)); err != nil {
			return nil, err
		}
	}
	return key, nil
}
