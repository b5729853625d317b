package main

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/rawapi"
)

// An item is one as the SDK has it.
type item = map[string]types.AttributeValue

// newTyped is the loop over the SDK as a careful user writes it.
func newTyped(e *env) (mover, error) {
	client := e.sdk(true)
	var n atomic.Int64
	worker := func() worker[[]item] {
		return &typedWorker{env: e, out: &typedWriter{client: client, table: e.destination}, mask: newMasker(), n: &n}
	}
	pages := typedPages(client, e.source)
	if e.Workload == workWrite {
		items, err := newWriteItems(e, rawapi.ItemMap)
		if err != nil {
			return nil, err
		}
		pages = func(context.Context) iter.Seq2[[]item, error] { return items.all }
	}
	return func(ctx context.Context) (int, error) {
		err := spread(ctx, e.workers, pages(ctx), worker)
		return int(n.Swap(0)), err
	}, nil
}

// typedPages reads a table by ExecuteStatement.
func typedPages(client *dynamodb.Client, table string) func(context.Context) iter.Seq2[[]item, error] {
	statement := `SELECT * FROM "` + table + `"`
	return func(ctx context.Context) iter.Seq2[[]item, error] {
		return func(yield func([]item, error) bool) {
			in := &dynamodb.ExecuteStatementInput{Statement: &statement}
			for {
				out, err := client.ExecuteStatement(ctx, in)
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield(out.Items, nil) || out.NextToken == nil {
					return
				}
				in.NextToken = out.NextToken
			}
		}
	}
}

// typedWorker changes items and writes them.
type typedWorker struct {
	*env
	out  *typedWriter
	mask *masker
	path []byte
	n    *atomic.Int64
}

func (w *typedWorker) page(ctx context.Context, items []item) error {
	w.n.Add(int64(len(items)))
	if w.Workload == workRead {
		return nil
	}
	for _, it := range items {
		if err := w.change(it); err != nil {
			return err
		}
		if err := w.out.put(ctx, it); err != nil {
			return err
		}
	}
	return nil
}

func (w *typedWorker) flush(ctx context.Context) error { return w.out.flush(ctx) }

var errKey = errors.New("an item has no string Id")

// change replaces what the workload says.
func (w *typedWorker) change(it item) error {
	if w.Workload != workCopy4 && w.Workload != workDefaults {
		return nil
	}
	id, ok := it["Id"].(*types.AttributeValueMemberS)
	if !ok {
		return errKey
	}
	if w.Workload == workDefaults {
		for name, v := range it {
			if name != "Id" {
				w.path = append(w.path[:0], name...)
				w.changeAll(id.Value, v)
			}
		}
		return nil
	}
	for _, name := range []string{"Name", "Email", "Phone"} {
		w.changeText(id.Value, name, it[name])
	}
	if address, ok := it["Address"].(*types.AttributeValueMemberM); ok {
		w.changeText(id.Value, "Address.Street", address.Value["Street"])
	}
	return nil
}

func (w *typedWorker) changeText(key, path string, v types.AttributeValue) {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		s.Value = w.mask.text(key, path, s.Value)
	}
}

// changeAll replaces every scalar of a value, in place.
func (w *typedWorker) changeAll(key string, v types.AttributeValue) {
	path := string(w.path)
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		v.Value = w.mask.text(key, path, v.Value)
	case *types.AttributeValueMemberN:
		v.Value = w.mask.number(key, path, v.Value)
	case *types.AttributeValueMemberB:
		v.Value = w.mask.bytes(key, path, v.Value)
	case *types.AttributeValueMemberBOOL:
		v.Value = w.mask.bool(key, path, v.Value)
	case *types.AttributeValueMemberSS:
		for i, s := range v.Value {
			v.Value[i] = w.mask.text(key, path, s)
		}
	case *types.AttributeValueMemberNS:
		for i, s := range v.Value {
			v.Value[i] = w.mask.number(key, path, s)
		}
	case *types.AttributeValueMemberBS:
		for i, b := range v.Value {
			v.Value[i] = w.mask.bytes(key, path, b)
		}
	case *types.AttributeValueMemberM:
		for name, member := range v.Value {
			mark := len(w.path)
			w.path = append(append(w.path, '.'), name...)
			w.changeAll(key, member)
			w.path = w.path[:mark]
		}
	case *types.AttributeValueMemberL:
		for i, elem := range v.Value {
			mark := len(w.path)
			w.path = append(strconv.AppendInt(append(w.path, '['), int64(i), 10), ']')
			w.changeAll(key, elem)
			w.path = w.path[:mark]
		}
	}
}

// typedWriter writes items by BatchWriteItem.
type typedWriter struct {
	client  *dynamodb.Client
	table   string
	pending []types.WriteRequest
}

func (w *typedWriter) put(ctx context.Context, it item) error {
	w.pending = append(w.pending, types.WriteRequest{PutRequest: &types.PutRequest{Item: it}})
	if len(w.pending) < batchSize {
		return nil
	}
	return w.flush(ctx)
}

// flush writes what is pending, and again what DynamoDB does not take.
func (w *typedWriter) flush(ctx context.Context) error {
	if len(w.pending) == 0 {
		return nil
	}
	requests := map[string][]types.WriteRequest{w.table: w.pending}
	for wait := 50 * time.Millisecond; len(requests) > 0; wait = min(2*wait, 5*time.Second) {
		out, err := w.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: requests})
		if err != nil {
			return err
		}
		if requests = out.UnprocessedItems; len(requests) == 0 {
			break
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	clear(w.pending)
	w.pending = w.pending[:0]
	return nil
}
