package dynsync

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"

	"github.com/dynsync/dynsync/internal/rawapi"
)

// putSender writes by BatchWriteItem: an item of the same key is replaced.
type putSender struct{ run *run }

func (p putSender) send(ctx context.Context, b *batch) (sent, error) {
	res, err := request(ctx, p.run, &b.raw, func(ctx context.Context, items *rawapi.Batch, _ ...func(*dynamodb.Options)) (rawapi.Result, error) {
		return p.run.s.writer.BatchWrite(ctx, p.run.table.cfg.destination, items)
	})
	if err != nil {
		return sent{}, err
	}
	var out sent
	for _, c := range res.ConsumedCapacity {
		if c.CapacityUnits != nil {
			out.units += *c.CapacityUnits
		}
	}
	for _, item := range res.Unprocessed {
		i := p.run.indexIn(b, item)
		if i < 0 || slices.Contains(out.left, i) {
			return sent{}, errForeign
		}
		out.left = append(out.left, i)
	}
	if len(out.left) > 0 {
		out.why = errUnprocessed
	}
	return out, nil
}

// errUnprocessed says that DynamoDB left a part of a batch. It does so when it
// throttles.
var errUnprocessed = &smithy.GenericAPIError{Code: "UnprocessedItems"}

// errForeign reports an answer that names what the request did not hold.
var errForeign = refuse("DynamoDB's answer names unprocessed items that were not in the request")
