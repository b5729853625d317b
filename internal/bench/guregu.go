package main

import (
	"context"
	"iter"
	"sync/atomic"

	"github.com/guregu/dynamo/v2"

	"github.com/dynsync/dynsync/internal/rawapi"
)

// newGuregu is a loop over guregu/dynamo, with items as attribute values: the
// form in which it need not convert them and loses nothing.
func newGuregu(e *env) (mover, error) {
	db := dynamo.NewFromIface(e.sdk(true))
	var n atomic.Int64
	newWorker := func() worker[[]item] {
		return &gureguWorker{
			typedWorker: typedWorker{env: e, mask: newMasker(), n: &n},
			table:       db.Table(e.destination),
		}
	}
	pages := func(ctx context.Context) iter.Seq2[[]item, error] { return gureguItems(ctx, db.Table(e.source)) }
	if e.Workload == workWrite {
		items, err := newWriteItems(e, rawapi.ItemMap)
		if err != nil {
			return nil, err
		}
		pages = func(context.Context) iter.Seq2[[]item, error] { return items.all }
	}
	return func(ctx context.Context) (int, error) {
		err := spread(ctx, e.workers, pages(ctx), newWorker)
		return int(n.Swap(0)), err
	}, nil
}

// gureguItems yields the items of a table, of which the library hands out one
// at a time, in chunks of a batch.
func gureguItems(ctx context.Context, table dynamo.Table) iter.Seq2[[]item, error] {
	return func(yield func([]item, error) bool) {
		it := table.Scan().Iter()
		var chunk []item
		for {
			var next item
			if !it.Next(ctx, &next) {
				break
			}
			if chunk = append(chunk, next); len(chunk) == batchSize {
				if !yield(chunk, nil) {
					return
				}
				chunk = nil
			}
		}
		if err := it.Err(); err != nil {
			yield(nil, err)
		} else if len(chunk) > 0 {
			yield(chunk, nil)
		}
	}
}

type gureguWorker struct {
	typedWorker
	table dynamo.Table
}

func (w *gureguWorker) page(ctx context.Context, items []item) error {
	w.n.Add(int64(len(items)))
	if w.Workload == workRead {
		return nil
	}
	batch := w.table.Batch("Id").Write()
	for _, it := range items {
		if err := w.change(it); err != nil {
			return err
		}
		batch.Put(it)
	}
	_, err := batch.Run(ctx)
	return err
}

func (w *gureguWorker) flush(context.Context) error { return nil }
