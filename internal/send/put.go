package send

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"

	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
)

// put writes by BatchWriteItem: an item of the same key is replaced.
type put struct{ *Config }

// NewPut returns the sender that replaces an item of the same key.
func NewPut(c Config) Sender { return put{&c} }

func (p put) Path() string { return p.Client.Path().String() }

func (p put) Send(ctx context.Context, b *Batch) (Sent, error) {
	res, err := once(ctx, p.Config, &b.raw, func(ctx context.Context, items *rawapi.Batch, _ ...func(*dynamodb.Options)) (rawapi.Result, error) {
		return p.Client.BatchWrite(ctx, p.Table, items)
	})
	if err != nil {
		return Sent{}, err
	}
	var out Sent
	for _, c := range res.ConsumedCapacity {
		if c.CapacityUnits != nil {
			out.WriteUnits += *c.CapacityUnits
		}
	}
	for _, item := range res.Unprocessed {
		i := p.indexIn(b, item)
		if i < 0 || slices.Contains(out.Left, i) {
			return Sent{}, ErrForeign
		}
		out.Left = append(out.Left, i)
	}
	if len(out.Left) > 0 {
		out.Why = errUnprocessed
	}
	return out, nil
}

// indexIn returns the index of an item that DynamoDB sent back, by its key: the
// order of items and the text of numbers need not be those that were sent.
func (p put) indexIn(b *Batch, raw []byte) int {
	it, err := parse(raw)
	if err != nil {
		return -1
	}
	key, err := wire.AppendItemKey(nil, p.Keys, it.raw, it.attrs)
	if err != nil {
		return -1
	}
	return b.Find(key)
}

// errUnprocessed says that DynamoDB left a part of a batch. It does so when it
// throttles.
var errUnprocessed = &smithy.GenericAPIError{Code: "UnprocessedItems"}
