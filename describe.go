package dynsync

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/guard"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/side"
	"github.com/dynsync/dynsync/internal/tablearn"
	"github.com/dynsync/dynsync/internal/tabledesc"
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
		what := t.String()
		if tablearn.Is(t.Name) && awserr.Code(err) == "ValidationException" {
			what += " (some servers take no ARN, as DynamoDB Local; name the table instead)"
		}
		return nil, &awserr.CallError{What: what, Err: err}
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
	if d, denied := awserr.Refused(err); denied {
		return "", strings.TrimSuffix("dynamodb:DescribeTimeToLive is denied: "+d.Why, ": "), nil
	}
	return "", strings.TrimSpace("DescribeTimeToLive failed: " + awserr.Text(err)), nil
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

// checkNotSource refuses a destination that is a source of the job, a replica of
// one, or cannot be told apart from one.
func checkNotSource(target *types.TableDescription, sources map[string]described) error {
	if target == nil {
		return nil
	}
	for name, source := range sources {
		switch {
		case source.err != nil && aws.ToString(target.TableName) == tablearn.NameOf(name):
			return reason.Refuse(reason.Refused, "the destination %s has the name of the source table %q, which cannot be described, so the two cannot be told apart", guard.ARN(target), name)
		case source.err != nil:
		case tabledesc.Same(source.table, target):
			return reason.Refuse(reason.Refused, "the destination %s is the table %q that the job reads; dynsync does not write to a source", guard.ARN(target), name)
		case tabledesc.AreReplicas(source.table, target):
			return reason.Refuse(reason.Refused, "the destination %s is a replica of the global table %q (%s) that the job reads; writes to it reach the source", guard.ARN(target), name, guard.ARN(source.table))
		}
	}
	return nil
}

// indexKeys returns what the secondary indexes of a table, which may be nil, demand of their
// key attributes: the first index of each attribute.
func indexKeys(t *types.TableDescription) map[string]engine.IndexKey {
	keys := map[string]engine.IndexKey{}
	if t == nil {
		return keys
	}
	most := tabledesc.KeyBytes(t)
	add := func(index string, schema []types.KeySchemaElement) {
		for _, k := range schema {
			name := aws.ToString(k.AttributeName)
			if _, known := keys[name]; !known {
				keys[name] = engine.IndexKey{Index: index, Kind: kindOfKey[tabledesc.AttributeType(t, name)], Max: most[name]}
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

// checkIndex checks that the source table has the index to read, if one is named, and that
// it can be read as asked.
func checkIndex(source *types.TableDescription, table, index string, consistent bool) error {
	if index == "" || source == nil {
		return nil
	}
	for _, g := range source.GlobalSecondaryIndexes {
		if aws.ToString(g.IndexName) != index {
			continue
		}
		if consistent {
			return reason.Refuse(reason.Configuration, "WithConsistentRead: the index %q is global, and a global secondary index cannot be read consistently", index)
		}
		return nil
	}
	for _, l := range source.LocalSecondaryIndexes {
		if aws.ToString(l.IndexName) == index {
			return nil
		}
	}
	return reason.Refuse(reason.Configuration, "WithIndex: the source table %q has no index %q; %s", table, index, knownIndexes(source))
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
	keys := tabledesc.Keys(t)
	text := fmt.Sprintf("partition key %s (%s)", keys.Partition, tabledesc.AttributeType(t, keys.Partition))
	if keys.Sort != "" {
		text += fmt.Sprintf(", sort key %s (%s)", keys.Sort, tabledesc.AttributeType(t, keys.Sort))
	}
	return text
}
