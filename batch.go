package dynsync

import (
	"bytes"

	"github.com/dynsync/dynsync/internal/capacity"
	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
)

// The limits of a batch. DynamoDB takes 25 items and 16 MiB of JSON; the second
// bound is lower to bound memory, and does not hold for a single item.
const (
	maxBatchItems = 25
	maxBatchBytes = 4 << 20
)

// A batch is the items of one BatchWriteItem request, encoded, and what is
// needed to settle each of them.
type batch struct {
	raw     rawapi.Batch
	keys    []byte             // canonical keys, one behind the other
	ends    []int              // where each ends in keys
	read    []*Record          // key records as read, where the plan changes keys
	marks   []*checkpoint.Mark // of the pages that the items came with
	removed [][]string         // under ModeMerge: names of top-level attributes that each item had as read
	doubt   bool               // a request with these items was sent and not answered: they may be there
}

// A batchPool has the batches that are free, for one destination.
type batchPool struct {
	table string
	free  chan *batch
}

func (pool *batchPool) get() *batch {
	select {
	case b := <-pool.free:
		return b
	default:
		b := new(batch)
		pool.clear(b)
		return b
	}
}

func (pool *batchPool) put(b *batch) {
	pool.clear(b)
	select {
	case pool.free <- b:
	default:
	}
}

// copyOf returns a batch of the items of those indexes.
func (pool *batchPool) copyOf(b *batch, indexes []int) *batch {
	part := pool.get()
	part.doubt = b.doubt
	for _, i := range indexes {
		var asRead *Record
		if i < len(b.read) {
			asRead = b.read[i]
		}
		part.add(b.raw.Item(i), b.key(i), asRead, b.marks[i], b.removedFrom(i))
	}
	return part
}

// clear empties a batch.
func (pool *batchPool) clear(b *batch) {
	b.raw.Reset(pool.table)
	clear(b.keys)
	clear(b.read)
	clear(b.marks)
	clear(b.removed)
	b.keys, b.ends, b.read, b.marks, b.removed, b.doubt = b.keys[:0], b.ends[:0], b.read[:0], b.marks[:0], b.removed[:0], false
}

func (b *batch) key(i int) []byte {
	start := 0
	if i > 0 {
		start = b.ends[i-1]
	}
	return b.keys[start:b.ends[i]]
}

// fits reports whether an item can go into this batch: there is room, and no
// item of the same key.
func (b *batch) fits(item, key []byte) bool {
	n := b.raw.Len()
	return n == 0 || n < maxBatchItems && b.raw.Size()+len(item) <= maxBatchBytes && b.find(key) < 0
}

// find returns the index of the item with that canonical key, or -1.
func (b *batch) find(key []byte) int {
	for i := range b.ends {
		if bytes.Equal(b.key(i), key) {
			return i
		}
	}
	return -1
}

func (b *batch) add(item, key []byte, asRead *Record, m *checkpoint.Mark, removed []string) {
	if removed != nil || len(b.removed) > 0 {
		b.removed = append(b.removed, make([][]string, len(b.ends)-len(b.removed))...)
		b.removed = append(b.removed, removed)
	}
	b.raw.Add(item)
	b.marks = append(b.marks, m)
	b.keys = append(b.keys, key...)
	b.ends = append(b.ends, len(b.keys))
	if asRead != nil {
		b.read = append(b.read, asRead)
	}
}

// keyRecord returns the key record, as read, of item i.
func (b *batch) keyRecord(keys *wire.Keys, i int) *Record {
	if i < len(b.read) {
		return b.read[i]
	}
	rec := &Record{item: b.raw.Item(i), keys: keys}
	if rec.index() != nil {
		return &Record{item: []byte("{}"), keys: keys}
	}
	return rec.Key()
}

// inDoubt adds to the reason why items failed what is not known of them.
func (b *batch) inDoubt(reason string) string {
	if b.doubt {
		return reason + " (a request with the item was not answered: whether it was written is not known)"
	}
	return reason
}

// estimate returns what the writing of a batch costs at most, but for indexes. An
// item is not larger than its JSON.
func (b *batch) estimate() float64 {
	var units float64
	for i := range b.raw.Len() {
		units += capacity.WriteUnits(len(b.raw.Item(i)))
	}
	return units
}

// removedFrom returns the top-level attributes that item i had as it was read,
// and was to lose.
func (b *batch) removedFrom(i int) []string {
	if i < len(b.removed) {
		return b.removed[i]
	}
	return nil
}

// indexes returns the indexes of n items.
func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
