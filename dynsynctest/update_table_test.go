package dynsynctest_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

// createIndex is an UpdateTable that adds a global index on the keys of a schema.
func createIndex(name, key string) *dynamodb.UpdateTableInput {
	keys, attributes := schema(key)
	return &dynamodb.UpdateTableInput{TableName: aws.String("Users"), AttributeDefinitions: attributes,
		GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{{Create: &types.CreateGlobalSecondaryIndexAction{
			IndexName: aws.String(name), KeySchema: keys, Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll}}}}}
}

func deleteIndex(name string) *dynamodb.UpdateTableInput {
	return &dynamodb.UpdateTableInput{TableName: aws.String("Users"),
		GlobalSecondaryIndexUpdates: []types.GlobalSecondaryIndexUpdate{{Delete: &types.DeleteGlobalSecondaryIndexAction{IndexName: aws.String(name)}}}}
}

// What UpdateTable changes is what it answers and what DescribeTable says.
func TestUpdateTableDescribes(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)
	_, c := newServer(t, dynsynctest.WithClock(func() time.Time { return now }))
	createTable(t, c, "Users", "pk:S")
	put(t, c, "Users", item{"pk": s("1"), "g": s("a"), "h": n("1")})
	put(t, c, "Users", item{"pk": s("2"), "g": s("a")})
	now = now.Add(time.Hour)
	units := &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(5), WriteCapacityUnits: aws.Int64(6)}
	for _, test := range []struct {
		reason string
		update *dynamodb.UpdateTableInput
		is     func(*types.TableDescription) bool
	}{
		{"a new index", createIndex("byG", "g:S h:N"), func(d *types.TableDescription) bool {
			x := d.GlobalSecondaryIndexes[0]
			return *x.IndexName == "byG" && *x.ItemCount == 1 && x.IndexStatus == types.IndexStatusActive && len(x.KeySchema) == 2 && len(d.AttributeDefinitions) == 3
		}},
		{"another", createIndex("byH", "h:N"), func(d *types.TableDescription) bool {
			return len(d.GlobalSecondaryIndexes) == 2 && len(d.AttributeDefinitions) == 3
		}},
		{"one index less", deleteIndex("byH"), func(d *types.TableDescription) bool {
			return len(d.GlobalSecondaryIndexes) == 1 && len(d.AttributeDefinitions) == 3
		}},
		{"no index", deleteIndex("byG"), func(d *types.TableDescription) bool {
			return d.GlobalSecondaryIndexes == nil && len(d.AttributeDefinitions) == 1
		}},
		{"a throughput", &dynamodb.UpdateTableInput{BillingMode: types.BillingModeProvisioned, ProvisionedThroughput: units}, func(d *types.TableDescription) bool {
			return d.BillingModeSummary.BillingMode == types.BillingModeProvisioned && *d.ProvisionedThroughput.WriteCapacityUnits == 6
		}},
		{"on-demand again", &dynamodb.UpdateTableInput{BillingMode: types.BillingModePayPerRequest}, func(d *types.TableDescription) bool {
			b := d.BillingModeSummary
			return b.BillingMode == types.BillingModePayPerRequest && *d.ProvisionedThroughput.WriteCapacityUnits == 0 && b.LastUpdateToPayPerRequestDateTime.Equal(now)
		}},
		{"a stream", &dynamodb.UpdateTableInput{StreamSpecification: &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewImage}}, func(d *types.TableDescription) bool {
			return *d.StreamSpecification.StreamEnabled && *d.LatestStreamLabel == "2026-01-02T04:04:05.678" && *d.LatestStreamArn == *d.TableArn+"/stream/2026-01-02T04:04:05.678"
		}},
		{"no stream", &dynamodb.UpdateTableInput{StreamSpecification: &types.StreamSpecification{StreamEnabled: aws.Bool(false)}}, func(d *types.TableDescription) bool {
			return d.StreamSpecification == nil && d.LatestStreamArn != nil
		}},
		{"protection", &dynamodb.UpdateTableInput{DeletionProtectionEnabled: aws.Bool(true)}, func(d *types.TableDescription) bool { return *d.DeletionProtectionEnabled }},
		{"no protection", &dynamodb.UpdateTableInput{DeletionProtectionEnabled: aws.Bool(false)}, func(d *types.TableDescription) bool { return !*d.DeletionProtectionEnabled }},
	} {
		test.update.TableName = aws.String("Users")
		updated, err := c.UpdateTable(context.Background(), test.update)
		if err != nil {
			t.Fatal(test.reason, err)
		}
		described, err := c.DescribeTable(context.Background(), &dynamodb.DescribeTableInput{TableName: aws.String("Users")})
		if err != nil {
			t.Fatal(test.reason, err)
		}
		if !test.is(updated.TableDescription) || !test.is(described.Table) {
			t.Errorf("%s: %+v", test.reason, described.Table)
		}
	}
}

// An update that fails changes nothing of what it was to change.
func TestUpdateTableIsWhole(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	in := deleteIndex("none")
	in.DeletionProtectionEnabled = aws.Bool(true)
	in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeKeysOnly}
	_, err := c.UpdateTable(context.Background(), in)
	fails(t, err, "ResourceNotFoundException", "Requested resource not found")
	out, err := c.DescribeTable(context.Background(), &dynamodb.DescribeTableInput{TableName: aws.String("Users")})
	if err != nil || *out.Table.DeletionProtectionEnabled || out.Table.StreamSpecification != nil {
		t.Errorf("%+v %v", out.Table, err)
	}
}

// Items that are written while an index is created are in it, once.
func TestUpdateTableWhileWriting(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	const writers, each = 4, 100
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				put(t, c, "Users", item{"pk": s(strconv.Itoa(w*each + i)), "g": s(strconv.Itoa(i % 7))})
			}
		})
	}
	wg.Go(func() {
		for range 20 {
			for _, in := range []*dynamodb.UpdateTableInput{createIndex("byG", "g:S"), deleteIndex("byG")} {
				if _, err := c.UpdateTable(context.Background(), in); err != nil {
					t.Error(err)
				}
			}
		}
		if _, err := c.UpdateTable(context.Background(), createIndex("byG", "g:S")); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	if got := len(scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users"), IndexName: aws.String("byG")})); got != writers*each {
		t.Errorf("the index has %d items, want %d", got, writers*each)
	}
}

// A key of several attributes is described as it was given.
func TestDescribeIndexKeys(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	in := createIndex("deep", "a:S b:N c:B d:S e:N")
	keys := in.GlobalSecondaryIndexUpdates[0].Create.KeySchema
	keys[1].KeyType = types.KeyTypeHash
	out, err := c.UpdateTable(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range out.TableDescription.GlobalSecondaryIndexes[0].KeySchema {
		got = append(got, *k.AttributeName+" "+string(k.KeyType))
	}
	if want := []string{"a HASH", "b HASH", "c RANGE", "d RANGE", "e RANGE"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
