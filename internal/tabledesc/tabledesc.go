// Package tabledesc reads what DescribeTable says of a table.
package tabledesc

import (
	"cmp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/wire"
)

// Keys returns the names of a table's key attributes.
func Keys(t *types.TableDescription) *wire.Keys { return keysOf(t.KeySchema) }

func keysOf(schema []types.KeySchemaElement) *wire.Keys {
	keys := &wire.Keys{}
	for _, k := range schema {
		name := aws.ToString(k.AttributeName)
		if k.KeyType == types.KeyTypeHash {
			keys.Partition = name
		} else {
			keys.Sort = name
		}
	}
	return keys
}

// KeyKinds returns the types of the key attributes of a table, or of an index.
func KeyKinds(t *types.TableDescription, index string) map[string]types.ScalarAttributeType {
	kinds := map[string]types.ScalarAttributeType{}
	for _, k := range Schema(t, index) {
		kinds[aws.ToString(k.AttributeName)] = AttributeType(t, aws.ToString(k.AttributeName))
	}
	return kinds
}

// AttributeType returns the data type of a key attribute of a table or of its indexes, "" if it
// is none.
func AttributeType(t *types.TableDescription, name string) types.ScalarAttributeType {
	for _, d := range t.AttributeDefinitions {
		if aws.ToString(d.AttributeName) == name {
			return d.AttributeType
		}
	}
	return ""
}

// ARN returns the ARN of a table, "" if it is not known.
func ARN(d *types.TableDescription) string {
	if d == nil {
		return ""
	}
	return aws.ToString(d.TableArn)
}

// Same compares what two servers cannot share: two DynamoDB Locals give
// their tables equal ARNs, but not equal ids or creation times.
func Same(a, b *types.TableDescription) bool {
	if aws.ToString(a.TableArn) != aws.ToString(b.TableArn) {
		return false
	}
	if a.TableId != nil && b.TableId != nil && *a.TableId != *b.TableId {
		return false
	}
	if a.CreationDateTime == nil || b.CreationDateTime == nil {
		return true
	}
	return a.CreationDateTime.Equal(*b.CreationDateTime)
}

// AreReplicas reports whether two tables are replicas of one global table. They have the
// same name, are in one account or in one that the table's replicas name, and are in two
// regions. One of the tables lists the region of the other.
func AreReplicas(a, b *types.TableDescription) bool {
	arnA, errA := arn.Parse(aws.ToString(a.TableArn))
	arnB, errB := arn.Parse(aws.ToString(b.TableArn))
	if errA != nil || errB != nil || arnA.Resource != arnB.Resource || arnA.Region == arnB.Region {
		return false
	}
	return lists(a, arnA, arnB) || lists(b, arnB, arnA)
}

func lists(t *types.TableDescription, own, other arn.ARN) bool {
	for _, rep := range t.Replicas {
		if full := aws.ToString(rep.ReplicaArn); full != "" {
			if full == other.String() {
				return true
			}
			continue
		}
		if aws.ToString(rep.RegionName) == other.Region && own.AccountID == other.AccountID {
			return true
		}
	}
	return false
}

// Schema returns the key schema of a table, or of an index.
func Schema(t *types.TableDescription, index string) []types.KeySchemaElement {
	for _, g := range t.GlobalSecondaryIndexes {
		if aws.ToString(g.IndexName) == index {
			return g.KeySchema
		}
	}
	for _, l := range t.LocalSecondaryIndexes {
		if aws.ToString(l.IndexName) == index {
			return l.KeySchema
		}
	}
	return t.KeySchema
}

// Bytes returns DescribeTable's size of a table, or of an index.
func Bytes(t *types.TableDescription, index string) int64 {
	_, bytes := approximate(t, index)
	return bytes
}

// Items returns DescribeTable's count of the items of a table, or of an index.
func Items(t *types.TableDescription, index string) int64 {
	items, _ := approximate(t, index)
	return items
}

// approximate returns DescribeTable's count of items and size of a table, or of an index.
// They are 0 if the description lacks them, or if there is none.
func approximate(t *types.TableDescription, index string) (items, bytes int64) {
	if t == nil {
		return 0, 0
	}
	count, size := t.ItemCount, t.TableSizeBytes
	for _, g := range t.GlobalSecondaryIndexes {
		if aws.ToString(g.IndexName) == index {
			count, size = g.ItemCount, g.IndexSizeBytes
		}
	}
	for _, l := range t.LocalSecondaryIndexes {
		if aws.ToString(l.IndexName) == index {
			count, size = l.ItemCount, l.IndexSizeBytes
		}
	}
	return aws.ToInt64(count), aws.ToInt64(size)
}

// The greatest sizes of values of key attributes, in bytes.
const (
	maxPartitionKey = 2048
	maxSortKey      = 1024
	maxKeyNumber    = 256 // as text, with all zeros that DynamoDB writes out
)

// KeyBytes returns how many bytes the S and B of key attributes of a table, and of its
// indexes, may have.
func KeyBytes(t *types.TableDescription) map[string]int {
	most := map[string]int{}
	add := func(schema []types.KeySchemaElement) {
		for _, k := range schema {
			name, size := aws.ToString(k.AttributeName), maxPartitionKey
			if k.KeyType == types.KeyTypeRange {
				size = maxSortKey
			}
			most[name] = min(cmp.Or(most[name], size), size)
		}
	}
	add(t.KeySchema)
	for _, g := range t.GlobalSecondaryIndexes {
		add(g.KeySchema)
	}
	for _, l := range t.LocalSecondaryIndexes {
		add(l.KeySchema)
	}
	return most
}

// KeySize returns the most bytes, in a checkpoint, of the key behind which a Scan of a
// table, or of an index, goes on: it has the key attributes of both.
func KeySize(t *types.TableDescription, index string) int {
	sizes := map[string]int{}
	for _, k := range slices.Concat(Schema(t, ""), Schema(t, index)) {
		name, size := aws.ToString(k.AttributeName), maxPartitionKey
		switch {
		case AttributeType(t, name) == types.ScalarAttributeTypeN:
			size = maxKeyNumber
		case k.KeyType == types.KeyTypeRange:
			size = maxSortKey
		}
		sizes[name] = max(sizes[name], checkpoint.KeySize(name, size))
	}
	sum := 1
	for _, size := range sizes {
		sum += size
	}
	return sum
}

// Provisioned returns the capacity units a second that a table has, 0 of an on-demand table.
func Provisioned(t *types.TableDescription) (read, write int64) {
	p := t.ProvisionedThroughput
	if b := t.BillingModeSummary; p == nil || b != nil && b.BillingMode == types.BillingModePayPerRequest {
		return 0, 0
	}
	return aws.ToInt64(p.ReadCapacityUnits), aws.ToInt64(p.WriteCapacityUnits)
}
