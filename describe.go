package dynsync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/checkpoint"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/guard"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/side"
	"github.com/dynsync/dynsync/internal/wire"
)

// A described is what DescribeTable said of a table, or why it did not.
type described struct {
	table *types.TableDescription
	err   error
}

// tableDescriber is the method that both clients have.
type tableDescriber interface {
	DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error)
}

// errNoTable reports an answer that is not DynamoDB's, a proxy's say.
var errNoTable = &smithy.DeserializationError{Err: reason.Refuse(reason.Resumable, "the answer to DescribeTable describes no table; check the client's endpoint, and proxies that answer in DynamoDB's place")}

// describeTable returns the description of a table that can be used. giveUp is that of
// [WithGiveUpAfter]. It completes t, which names the table in errors.
func describeTable(ctx context.Context, client tableDescriber, giveUp time.Duration, t *side.Table) (*types.TableDescription, error) {
	var out *dynamodb.DescribeTableOutput
	began := time.Now()
	err := awserr.RetryTransient(ctx, giveUp, client, func(ctx context.Context) (err error) {
		out, err = client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &t.Name}, awserr.Once)
		switch {
		case err != nil || out != nil && out.Table != nil:
			return err
		case time.Since(began) > time.Second: // this answer does not change
			return errNoTable.Err
		}
		return errNoTable
	})
	if err != nil {
		return nil, &awserr.CallError{What: t.String(), Err: err}
	}
	t.ARN = aws.ToString(out.Table.TableArn)
	switch status := out.Table.TableStatus; status {
	case types.TableStatusActive, types.TableStatusUpdating, "":
		return out.Table, nil
	default:
		return nil, reason.Refuse(statusClass(status), "%v cannot be used while it is %s; wait until it is ACTIVE", t, status)
	}
}

// statusClass says what has to happen to a table that cannot be used.
func statusClass(status types.TableStatus) reason.Class {
	switch status {
	case types.TableStatusCreating:
		return reason.Resumable
	case types.TableStatusInaccessibleEncryptionCredentials:
		return reason.Access
	}
	return reason.Configuration
}

// keysOf returns the names of a table's key attributes.
func keysOf(t *types.TableDescription) *wire.Keys { return keyNamesOf(t.KeySchema) }

func keyNamesOf(schema []types.KeySchemaElement) *wire.Keys {
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

// keyKinds returns the types of the key attributes of a table, or of an index.
func keyKinds(t *types.TableDescription, index string) map[string]types.ScalarAttributeType {
	kinds := map[string]types.ScalarAttributeType{}
	for _, k := range schemaOf(t, index) {
		kinds[aws.ToString(k.AttributeName)] = attributeType(t, aws.ToString(k.AttributeName))
	}
	return kinds
}

func attributeType(t *types.TableDescription, name string) types.ScalarAttributeType {
	for _, d := range t.AttributeDefinitions {
		if aws.ToString(d.AttributeName) == name {
			return d.AttributeType
		}
	}
	return ""
}

// arnOf returns the ARN of a table, "" if it is not known.
func arnOf(d *types.TableDescription) string {
	if d == nil {
		return ""
	}
	return aws.ToString(d.TableArn)
}

// ttlDescriber is a client that can be asked for a table's TTL attribute.
type ttlDescriber interface {
	DescribeTimeToLive(context.Context, *dynamodb.DescribeTimeToLiveInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTimeToLiveOutput, error)
}

// lookUpTTL asks for the TTL attribute of a table, where the client can and may. Where
// it cannot be known it returns why.
func lookUpTTL(ctx context.Context, client any, giveUp time.Duration, t side.Table) (ttl, unknown string, err error) {
	asked, ok := client.(ttlDescriber)
	if !ok {
		return "", "the client has no DescribeTimeToLive", nil
	}
	err = awserr.RetryTransient(ctx, giveUp, client, func(ctx context.Context) error {
		out, err := asked.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &t.Name}, awserr.Once)
		if err == nil {
			ttl, err = ttlOf(out)
		}
		return err
	})
	switch {
	case err == nil:
		return ttl, "", nil
	case ctx.Err() == nil && awserr.IsDamaged(err):
		return "", "the answer to DescribeTimeToLive is not DynamoDB's, or not whole", nil
	case ctx.Err() != nil || awserr.Retryable(err):
		return "", "", &awserr.CallError{What: fmt.Sprintf("DescribeTimeToLive of %v", t), Err: err}
	}
	return "", strings.TrimSpace("DescribeTimeToLive failed " + awserr.Text(err)), nil
}

// errNoTTL reports an answer that is not DynamoDB's, a proxy's say: to take it for
// "there is none" would give the attribute a pseudonym, by which DynamoDB deletes
// items of the copy.
var errNoTTL = &smithy.DeserializationError{Err: reason.Refuse(reason.Resumable, "the answer to DescribeTimeToLive does not say what the TTL attribute is")}

// ttlOf returns the TTL attribute that an answer names, "" if TTL is disabled. While
// it is being enabled or disabled, items can be deleted already or still.
func ttlOf(out *dynamodb.DescribeTimeToLiveOutput) (string, error) {
	if out == nil || out.TimeToLiveDescription == nil {
		return "", errNoTTL
	}
	status, name := out.TimeToLiveDescription.TimeToLiveStatus, aws.ToString(out.TimeToLiveDescription.AttributeName)
	switch {
	case status == types.TimeToLiveStatusDisabled:
		return "", nil
	case status == "" || name == "":
		return "", errNoTTL
	}
	return name, nil
}

// sameTable compares what two servers cannot share: two DynamoDB Locals give
// their tables equal ARNs, but not equal ids or creation times.
func sameTable(a, b *types.TableDescription) bool {
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

// replicas reports whether two tables are replicas of one global table. They have the
// same name, are in one account or in one that the table's replicas name, and are in two
// regions. One of the tables lists the region of the other.
func replicas(a, b *types.TableDescription) bool {
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

// schemaOf returns the key schema of a table, or of an index.
func schemaOf(t *types.TableDescription, index string) []types.KeySchemaElement {
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

// checkNotSource refuses a destination that is a source of the job, a replica of
// one, or cannot be told apart from one.
func checkNotSource(target *types.TableDescription, sources map[string]described) error {
	if target == nil {
		return nil
	}
	for name, source := range sources {
		switch {
		case source.err != nil && aws.ToString(target.TableName) == name:
			return reason.Refuse(reason.Refused, "the destination %s has the name of the source table %q, which cannot be described, so the two cannot be told apart", guard.ARN(target), name)
		case source.err != nil:
		case sameTable(source.table, target):
			return reason.Refuse(reason.Refused, "the destination %s is the table %q that the job reads; dynsync does not write to a source", guard.ARN(target), name)
		case replicas(source.table, target):
			return reason.Refuse(reason.Refused, "the destination %s is a replica of the global table %q (%s) that the job reads; writes to it reach the source", guard.ARN(target), name, guard.ARN(source.table))
		}
	}
	return nil
}

// approximateBytes returns DescribeTable's size of a table, or of an index.
func approximateBytes(t *types.TableDescription, index string) int64 {
	_, bytes := approximate(t, index)
	return bytes
}

// approximateItems returns DescribeTable's count of the items of a table, or of an index.
func approximateItems(t *types.TableDescription, index string) int64 {
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

// indexKeys returns what the secondary indexes of a table, which may be nil, demand of their
// key attributes: the first index of each attribute.
func indexKeys(t *types.TableDescription) map[string]engine.IndexKey {
	keys := map[string]engine.IndexKey{}
	if t == nil {
		return keys
	}
	most := keyBytes(t)
	add := func(index string, schema []types.KeySchemaElement) {
		for _, k := range schema {
			name := aws.ToString(k.AttributeName)
			if _, known := keys[name]; !known {
				keys[name] = engine.IndexKey{Index: index, Kind: kindOfKey[attributeType(t, name)], Max: most[name]}
			}
		}
	}
	for _, g := range t.GlobalSecondaryIndexes {
		add(aws.ToString(g.IndexName), g.KeySchema)
	}
	for _, l := range t.LocalSecondaryIndexes {
		add(aws.ToString(l.IndexName), l.KeySchema)
	}
	return keys
}

var kindOfKey = map[types.ScalarAttributeType]wire.Kind{
	types.ScalarAttributeTypeS: wire.S, types.ScalarAttributeTypeN: wire.N, types.ScalarAttributeTypeB: wire.B,
}

// keyBytes returns how many bytes the S and B of key attributes of a table, and of its
// indexes, may have.
func keyBytes(t *types.TableDescription) map[string]int {
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

// keySize returns the most bytes, in a checkpoint, of the key behind which a Scan of a
// table, or of an index, goes on: it has the key attributes of both.
func keySize(t *types.TableDescription, index string) int {
	sizes := map[string]int{}
	for _, k := range slices.Concat(schemaOf(t, ""), schemaOf(t, index)) {
		name, size := aws.ToString(k.AttributeName), maxPartitionKey
		switch {
		case attributeType(t, name) == types.ScalarAttributeTypeN:
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

// checkIndex checks that the index to read exists, and can be read as asked.
func checkIndex(cfg *tableConfig, source *types.TableDescription) error {
	if cfg.index == "" || source == nil {
		return nil
	}
	for _, g := range source.GlobalSecondaryIndexes {
		if aws.ToString(g.IndexName) != cfg.index {
			continue
		}
		if cfg.consistent {
			return reason.Refuse(reason.Configuration, "WithConsistentRead: the index %q is global, and a global secondary index cannot be read consistently", cfg.index)
		}
		return nil
	}
	for _, l := range source.LocalSecondaryIndexes {
		if aws.ToString(l.IndexName) == cfg.index {
			return nil
		}
	}
	return reason.Refuse(reason.Configuration, "WithIndex: the source table %q has no index %q; %s", cfg.source, cfg.index, knownIndexes(source))
}

// knownIndexes says which indexes a table has.
func knownIndexes(t *types.TableDescription) string {
	var names []string
	for _, g := range t.GlobalSecondaryIndexes {
		names = append(names, aws.ToString(g.IndexName))
	}
	for _, l := range t.LocalSecondaryIndexes {
		names = append(names, aws.ToString(l.IndexName))
	}
	if len(names) == 0 {
		return "it has none: leave the option out, or check the name of the table"
	}
	slices.Sort(names)
	return "it has " + strings.Join(names, ", ")
}

// sameKeys checks that the tables have the same key schema.
func sameKeys(source, target *types.TableDescription) error {
	a, b := describeKeys(source), describeKeys(target)
	if a == b {
		return nil
	}
	return reason.Refuse(reason.Configuration, "the key schemas differ: the source %s has %s, the destination %s has %s; create the destination with the source's key schema", guard.ARN(source), a, guard.ARN(target), b)
}

func describeKeys(t *types.TableDescription) string {
	keys := keysOf(t)
	text := fmt.Sprintf("partition key %s (%s)", keys.Partition, attributeType(t, keys.Partition))
	if keys.Sort != "" {
		text += fmt.Sprintf(", sort key %s (%s)", keys.Sort, attributeType(t, keys.Sort))
	}
	return text
}
