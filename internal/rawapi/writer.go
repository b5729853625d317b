package rawapi

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// Writer sends batches of raw items through a destination client. It is safe
// for concurrent use, as the client is; a Batch is not.
type Writer struct {
	api    DestinationAPI
	route  *route
	direct *direct // nil unless direct requests are permitted
}

// NewWriter returns a Writer for api. The user vouches for the middleware steps
// with the given ids: that they neither read nor change items.
func NewWriter(api DestinationAPI, vouched []string) *Writer {
	return &Writer{api: api, route: newRoute(api, vouched)}
}

// NewDirectWriter returns a Writer like NewWriter that, where it may, sends
// batches past the SDK's middleware stack: a call then costs a third
// of the allocations. The first batch for each table, and every
// one that meets with trouble, goes through the SDK. A batch may so be sent once
// more than the retryer's limit, which is safe for puts.
//
// Path tells whether calls are direct. They never are for a client that traces,
// meters, logs or has middleware, an endpoint resolver or a signer of its own,
// and a call with options of its own is not. Of the SDK's values in the context,
// an HTTP client sees none on a direct request; and Result.ResultMetadata holds
// nothing but the request id.
func NewDirectWriter(api DestinationAPI, vouched []string) *Writer {
	w := NewWriter(api, vouched)
	if client, ok := api.(*dynamodb.Client); ok && client != nil {
		w.direct = newDirect(client.Options())
	}
	return w
}

// NoRetries makes the SDK send each request once. It returns w, and is called
// before the first request.
func (w *Writer) NoRetries() *Writer {
	w.route.once = true
	if w.direct != nil {
		w.direct.options.Retryer = aws.NopRetryer{}
	}
	return w
}

// Path returns which way the last calls went. It is safe for concurrent use.
func (w *Writer) Path() Path { return w.direct.path(w.route.path()) }

// Result is DynamoDB's answer to a batch. It owns what it refers to.
type Result struct {
	// Unprocessed are the items that were not written, each as DynamoDB sent it
	// back. All others were.
	Unprocessed [][]byte

	// ConsumedCapacity has one element per table.
	ConsumedCapacity []types.ConsumedCapacity

	// ResultMetadata holds the request id, and what else the SDK keeps there.
	ResultMetadata middleware.Metadata
}

// ItemError reports an item of a batch that can't be written on the typed path.
// Nothing of the batch was sent.
type ItemError struct {
	Index int // in the batch
	Err   error
}

// Error names the item by its index.
func (e *ItemError) Error() string { return fmt.Sprintf("item %d of the batch: %v", e.Index, e.Err) }

// Unwrap returns what is wrong with the item, ErrSurrogate for example.
func (e *ItemError) Unwrap() error { return e.Err }

var (
	errTable    = errors.New("the batch was made for another table")
	errRefused  = errors.New("this batch goes the typed way")
	errTooMany  = errors.New("more unprocessed items than were sent")
	errNotAPut  = errors.New("an unprocessed request that is not one of the batch's")
	errNotReset = errors.New("the batch was not Reset")
)

// BatchWrite puts the items of b into table, which must be the one b was Reset
// for. It returns the client's errors unchanged; after one, any of the items
// may have been written. A batch without items is not sent.
func (w *Writer) BatchWrite(ctx context.Context, table string, b *Batch, optFns ...func(*dynamodb.Options)) (Result, error) {
	switch {
	case b.head == 0:
		return Result{}, errNotReset
	case b.table != table:
		return Result{}, errTable
	case b.Len() == 0:
		return Result{}, nil
	}
	if w.route.mayBeRaw() {
		if res, done := w.direct.write(ctx, table, b, optFns); done {
			return res, nil
		}
		res, done, err := w.writeRaw(ctx, table, b, optFns)
		if done {
			return res, err
		}
	}
	return w.writeTyped(ctx, table, b, optFns)
}

// writeRaw sends the batch on the raw path. It is not done where the batch has
// to be sent again, typed: nothing of it reached DynamoDB, as far as we know,
// and puts may be repeated.
func (w *Writer) writeRaw(ctx context.Context, table string, b *Batch, optFns []func(*dynamodb.Options)) (_ Result, done bool, _ error) {
	call := &writeCall{route: w.route, raw: true, limit: b.Len(), lesson: w.direct.lesson(table, optFns)}
	call.body, call.lease = b.lend()
	// What the stack validates, and finds the endpoint by: a table without
	// items. It never goes out, the protocol puts call.body in its place.
	in := &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: nil}}
	out, err := w.api.BatchWriteItem(ctx, in, call.with(optFns)...)
	if call.refused.Load() {
		return Result{}, false, nil
	}
	if err != nil {
		return Result{}, true, err
	}
	if out == nil {
		return Result{}, true, errNoOutput
	}
	unprocessed, answered := call.result(out)
	if !answered {
		// A step answered in DynamoDB's stead. It has seen no items.
		w.route.refuse("the client answered without using its protocol")
		return Result{}, false, nil
	}
	w.route.wentRaw()
	w.direct.learn(ctx, table, call.lesson, call.body)
	return Result{
		Unprocessed:      unprocessed,
		ConsumedCapacity: out.ConsumedCapacity,
		ResultMetadata:   out.ResultMetadata,
	}, true, nil
}

// writeTyped sends the batch as the SDK's types.
func (w *Writer) writeTyped(ctx context.Context, table string, b *Batch, optFns []func(*dynamodb.Options)) (Result, error) {
	in, err := typedInput(table, b)
	if err != nil {
		return Result{}, err
	}
	call := &writeCall{route: w.route}
	out, err := w.api.BatchWriteItem(ctx, in, call.with(optFns)...)
	if err == nil && out == nil {
		err = errNoOutput
	}
	if err != nil {
		return Result{}, err
	}
	unprocessed, err := untype(out.UnprocessedItems)
	if err == nil && len(unprocessed) > b.Len() {
		err = errTooMany
	}
	if err != nil {
		return Result{}, err
	}
	return Result{
		Unprocessed:      unprocessed,
		ConsumedCapacity: out.ConsumedCapacity,
		ResultMetadata:   out.ResultMetadata,
	}, nil
}

// typedInput decodes a batch.
func typedInput(table string, b *Batch) (*dynamodb.BatchWriteItemInput, error) {
	requests := make([]types.WriteRequest, b.Len())
	for i := range requests {
		item, err := ItemMap(b.Item(i))
		if err == nil && mapHasSurrogate(item) {
			err = ErrSurrogate
		}
		if err != nil {
			return nil, &ItemError{Index: i, Err: err}
		}
		requests[i].PutRequest = &types.PutRequest{Item: item}
	}
	return &dynamodb.BatchWriteItemInput{
		RequestItems:           map[string][]types.WriteRequest{table: requests},
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	}, nil
}

// untype encodes the items of the requests that were not processed.
func untype(tables map[string][]types.WriteRequest) ([][]byte, error) {
	var items [][]byte
	for _, requests := range tables {
		for _, r := range requests {
			if r.PutRequest == nil || r.DeleteRequest != nil {
				return nil, errNotAPut
			}
			item, err := AppendItem(nil, r.PutRequest.Item)
			if err != nil {
				return nil, fmt.Errorf("unprocessed item: %w", err)
			}
			items = append(items, item)
		}
	}
	return items, nil
}
