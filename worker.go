package dynsync

import (
	"cmp"
	"context"
	"encoding/hex"

	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/keyset"
	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/send"
	"github.com/dynsync/dynsync/internal/wire"
)

// A worker transforms items and packs them into batches. It settles every item that it
// gets, or passes it on in a batch. An error that it returns is an error of the run.
type worker struct {
	plan    *engine.Plan
	exec    *engine.Exec
	account *account
	free    rawapi.Pool // takes pages back
	writer  *writer
	batches chan<- *batch
	open    *batch

	mixes        int  // pages of different segments
	waits        bool // for pages to mix, also where none are there
	needsRemoved bool // the names of attributes that rules removed are written, too

	mark  *checkpoint.Mark // of the page of the item at hand
	mixed []chunk          // scratch: pages at hand
	key   []byte           // scratch: the key under which an item is written
}

// work takes chunks until there are no more. It holds no item back while it waits for
// one.
func (w *worker) work(ctx context.Context, chunks <-chan chunk) (err error) {
	defer func() {
		w.account.tally.merge(w.exec)
		w.writer.abandon(w.open)
	}()
	for {
		c, ok, err := w.next(ctx, chunks)
		if err != nil || !ok {
			return err
		}
		if c.page != nil {
			err = w.pages(ctx, w.mix(ctx, c, chunks))
		} else {
			err = w.records(ctx, c.records)
		}
		engine.Settle(w.exec)
		if err == nil {
			err = w.account.tooPersonal(w.plan.Survey)
		}
		if err != nil {
			return err
		}
	}
}

// closePage tells the checkpoint which rules matched in the page.
func (w *worker) closePage() {
	if w.mark != nil {
		w.account.tally.merge(w.exec)
		w.mark.Close()
	}
}

// next returns the next chunk. Before it waits for one, it sends what is open.
func (w *worker) next(ctx context.Context, chunks <-chan chunk) (c chunk, ok bool, err error) {
	select {
	case c, ok = <-chunks:
	default:
		if err := w.flush(ctx); err != nil {
			return c, false, err
		}
		select {
		case c, ok = <-chunks:
		case <-ctx.Done():
			return c, false, endOf(ctx)
		}
	}
	if !ok {
		return c, false, w.flush(ctx)
	}
	return c, true, nil
}

// mixedPages is how many pages of different segments a worker mixes.
const mixedPages = 4

// mix returns the page of a chunk and others to mix it with. The items of a page are
// neighbours in the order of the partition key's hash, at the source and at the
// destination, so writing them one after the other would load one partition after the
// other. mix takes pages of other segments if they are ready; with WithShuffle, it waits
// for them.
func (w *worker) mix(ctx context.Context, c chunk, chunks <-chan chunk) []chunk {
	w.mixed = append(w.mixed[:0], c)
	for len(w.mixed) < w.mixes {
		c, ok := more(ctx, chunks, w.waits)
		if !ok {
			break
		}
		w.mixed = append(w.mixed, c)
	}
	return w.mixed
}

// more returns another chunk if one is ready or, with wait, if one will come.
func more(ctx context.Context, chunks <-chan chunk, wait bool) (chunk, bool) {
	select {
	case c, ok := <-chunks:
		return c, ok
	default:
	}
	if !wait {
		return chunk{}, false
	}
	select {
	case c, ok := <-chunks:
		return c, ok
	case <-ctx.Done():
		return chunk{}, false
	}
}

// pages takes the items of the pages in turn.
func (w *worker) pages(ctx context.Context, pages []chunk) error {
	var err error
	for i, more := 0, true; more; i++ {
		more = false
		for _, c := range pages {
			if i < len(c.page.Items) {
				more = true
				w.mark = c.mark
				err = w.pageItem(ctx, &c.page.Page, i, err)
			}
		}
	}
	for _, c := range pages {
		w.free.Put(c.page)
		w.mark = c.mark
		w.closePage()
	}
	clear(pages)
	return err
}

// pageItem takes item i of a page, or drops it after an error.
func (w *worker) pageItem(ctx context.Context, p *wire.Page, i int, err error) error {
	key := func() *Record { return keyOf(w.plan.Keys, p, i) }
	switch broken := p.Items[i].Err; {
	case err != nil || ctx.Err() != nil:
		return w.drop(ctx, err)
	case broken != nil:
		return w.account.unwritten(ctx, w.mark, Failure{Key: key(), Err: w.account.malformed(broken)})
	}
	return w.item(ctx, p.Body, p.Items[i].Span, p.ItemAttrs(i), key)
}

func (w *worker) records(ctx context.Context, recs []streamed) error {
	var err error
	for i := range recs {
		rec := &recs[i].rec
		w.mark = recs[i].mark
		key := func() *Record { return rec.keyAsRead(w.plan.Keys) }
		switch {
		case err != nil || ctx.Err() != nil:
			err = w.drop(ctx, err)
		case rec.rules == w.plan.Rules:
			err = w.ready(ctx, rec, key)
		default:
			err = w.item(ctx, rec.item, wire.Span{End: uint32(len(rec.item))}, rec.attrs, key)
		}
	}
	return err
}

// drop leaves an item unsettled because the run has ended, and returns the run's error.
func (w *worker) drop(ctx context.Context, err error) error {
	w.account.leave(w.mark)
	return cmp.Or(err, endOf(ctx))
}

// fail fails an item.
func (w *worker) fail(ctx context.Context, item []byte, key func() *Record, err error) error {
	return w.account.unwritten(ctx, w.mark, Failure{Key: key(), Err: itemErrorOf(w.account.table, err), item: item})
}

// item transforms an item and, if it is to be written, adds it to a batch.
func (w *worker) item(ctx context.Context, src []byte, span wire.Span, attrs []wire.Attr, key func() *Record) error {
	out, keep, err := w.exec.Process(ctx, src, span, attrs)
	switch {
	case err != nil && ctx.Err() != nil:
		return w.drop(ctx, nil)
	case err != nil:
		return w.fail(ctx, span.Of(src), key, err)
	case !keep:
		w.account.settle(w.mark, ledger.Filtered)
		return nil
	}
	canonical := w.exec.Key()
	if w.writer.changesKeys {
		if canonical, err = w.keyAfter(out); err != nil {
			return w.fail(ctx, out, key, err)
		}
	}
	var removed []string
	if w.needsRemoved {
		removed = removedNames(w.plan, src, attrs, out)
	}
	return w.add(ctx, out, canonical, key, removed)
}

// ready adds a record that this table's rules have already transformed to a batch.
func (w *worker) ready(ctx context.Context, rec *Record, key func() *Record) error {
	canonical, err := w.keyAfter(rec.item)
	if err == nil {
		err = engine.CheckReady(w.exec, rec.item, rec.attrs)
	}
	if err != nil {
		return w.fail(ctx, rec.item, key, err)
	}
	return w.add(ctx, rec.item, canonical, key, rec.removed)
}

// keyAfter returns the canonical key of a transformed item.
func (w *worker) keyAfter(item []byte) ([]byte, error) {
	var err error
	w.key, err = w.exec.AppendKey(w.key[:0], item)
	return w.key, err
}

// add adds an item to the open batch. It first sends the batch on if the item does not
// fit into it. An item whose key another item of the run has is a collision.
func (w *worker) add(ctx context.Context, item, canonical []byte, key func() *Record, removed []string) error {
	switch digest, fresh, err := w.writer.claim(canonical); {
	case err != nil:
		return w.drop(ctx, err)
	case !fresh:
		return w.account.unwritten(ctx, w.mark, w.collision(digest, key(), item))
	}
	if !w.open.fits(item, canonical) {
		if err := w.flush(ctx); err != nil {
			return w.drop(ctx, err)
		}
	}
	var asRead *Record
	if w.writer.changesKeys {
		asRead = key()
	}
	w.open.add(item, canonical, asRead, w.mark, removed)
	return nil
}

// flush sends the open batch on.
func (w *worker) flush(ctx context.Context) error {
	if w.open.Len() == 0 {
		return nil
	}
	if err := handOver(ctx, w.batches, w.open); err != nil {
		return err // work abandons the batch
	}
	w.open = w.writer.batches.get()
	return nil
}

// removedNames returns the names of the attributes of src that the rules removed from the
// transformed item, and not those that a plan leaves out. It returns nil for most items.
func removedNames(p *engine.Plan, src []byte, attrs []wire.Attr, item []byte) []string {
	kept := map[string]struct{}{}
	members := wire.ItemMembers(item)
	for a, more := members.Next(); more; a, more = members.Next() {
		kept[a.NameIn(item)] = struct{}{}
	}
	var removed []string
	for _, a := range attrs {
		if name := a.NameIn(src); !has(kept, name) && !p.LeavesOut(name) {
			removed = append(removed, name)
		}
	}
	return removed
}

func has(set map[string]struct{}, name string) bool {
	_, ok := set[name]
	return ok
}

// collision returns the failure of an item whose key another item of the job has.
func (w *worker) collision(d keyset.Digest, key *Record, item []byte) Failure {
	return Failure{
		Key:     key,
		Outcome: OutcomeCollided,
		Err:     w.account.itemError("another item of the job got the same key first (key digest "+hex.EncodeToString(d[:])+")"+engine.KeyMakers(w.plan), nil),
		item:    item,
	}
}

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

// key returns the key record, as read, of item i.
func (b *batch) key(keys *wire.Keys, i int) *Record {
	if i < len(b.read) {
		return b.read[i]
	}
	rec := &Record{item: b.Item(i), keys: keys}
	if rec.index() != nil {
		return &Record{item: []byte("{}"), keys: keys}
	}
	return rec.Key()
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
