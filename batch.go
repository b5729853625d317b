package dynsync

import (
	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/send"
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
	send.Batch
	read  []*Record          // key records as read, where rules may change keys
	marks []*checkpoint.Mark // of the pages that the items came with
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
	part.Doubt = b.Doubt
	for _, i := range indexes {
		var asRead *Record
		if i < len(b.read) {
			asRead = b.read[i]
		}
		part.add(b.Item(i), b.Key(i), asRead, b.marks[i], b.Removed(i))
	}
	return part
}

// clear empties a batch.
func (pool *batchPool) clear(b *batch) {
	b.Reset(pool.table)
	clear(b.read)
	clear(b.marks)
	b.read, b.marks = b.read[:0], b.marks[:0]
}

// fits reports whether an item can go into this batch: there is room, and no
// item of the same key.
func (b *batch) fits(item, key []byte) bool {
	n := b.Len()
	return n == 0 || n < maxBatchItems && b.Size()+len(item) <= maxBatchBytes && b.Find(key) < 0
}

func (b *batch) add(item, key []byte, asRead *Record, m *checkpoint.Mark, removed []string) {
	b.Add(item, key, removed)
	b.marks = append(b.marks, m)
	if asRead != nil {
		b.read = append(b.read, asRead)
	}
}

// inDoubt adds to the reason why items failed what is not known of them.
func (b *batch) inDoubt(reason string) string {
	if b.Doubt {
		return reason + " (a request with the item was not answered: whether it was written is not known)"
	}
	return reason
}
