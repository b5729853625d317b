package dynsynctest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestDescribeTable(t *testing.T) {
	_, c := newServer(t)
	ctx := context.Background()
	createIndexed(t, c, "Users")
	put(t, c, "Users", item{"pk": s("1"), "sk": n("1"), "g": s("x"), "z": s("0123456789")}, item{"pk": s("1"), "sk": n("2"), "l": s("y")})
	out, err := c.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("Users")})
	if err != nil {
		t.Fatal(err)
	}
	d := out.Table
	equal(t, []any{d.TableStatus, *d.ItemCount, *d.TableSizeBytes, d.BillingModeSummary.BillingMode, *d.ProvisionedThroughput.ReadCapacityUnits},
		[]any{types.TableStatusActive, int64(2), int64(7 + 2 + 11 + 7 + 2), types.BillingModePayPerRequest, int64(0)})
	if len(d.KeySchema) != 2 || len(d.AttributeDefinitions) != 4 {
		t.Errorf("%d keys, %d attributes", len(d.KeySchema), len(d.AttributeDefinitions))
	}
	g, l := d.GlobalSecondaryIndexes[0], d.LocalSecondaryIndexes[0]
	equal(t, []any{*g.IndexName, *g.ItemCount, g.IndexStatus, g.Projection.NonKeyAttributes, *l.IndexName, *l.ItemCount, *l.IndexArn},
		[]any{"byG", int64(1), types.IndexStatusActive, []string{"a"}, "byL", int64(1), *d.TableArn + "/index/byL"})
}

func TestProvisionedTable(t *testing.T) {
	_, c := newServer(t)
	keys, attributes := schema("pk:B")
	out, err := c.CreateTable(context.Background(), &dynamodb.CreateTableInput{
		TableName: aws.String("Users"), KeySchema: keys, AttributeDefinitions: attributes,
		ProvisionedThroughput: &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(5), WriteCapacityUnits: aws.Int64(7)},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := out.TableDescription
	equal(t, []any{d.BillingModeSummary.BillingMode, *d.ProvisionedThroughput.ReadCapacityUnits, *d.ProvisionedThroughput.WriteCapacityUnits},
		[]any{types.BillingModeProvisioned, int64(5), int64(7)})
}

func TestCreateTableRefuses(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Exists", "pk:S")
	index := func(key string, p types.ProjectionType) types.LocalSecondaryIndex {
		keys, _ := schema(key)
		return types.LocalSecondaryIndex{IndexName: aws.String("idx"), KeySchema: keys, Projection: &types.Projection{ProjectionType: p}}
	}
	for _, test := range []struct {
		reason     string
		change     func(*dynamodb.CreateTableInput)
		code, text string
	}{
		{"it exists", func(in *dynamodb.CreateTableInput) { in.TableName = aws.String("Exists") }, "ResourceInUseException", "Table already exists: Exists"},
		{"the name is short", func(in *dynamodb.CreateTableInput) { in.TableName = aws.String("ab") }, "ValidationException", "length greater than or equal to 3"},
		{"the name has a space", func(in *dynamodb.CreateTableInput) { in.TableName = aws.String("a b c") }, "ValidationException", "regular expression pattern"},
		{"a key is not defined", func(in *dynamodb.CreateTableInput) { in.AttributeDefinitions = in.AttributeDefinitions[:1] }, "ValidationException", "Some index key attributes are not defined"},
		{"an attribute is not used", func(in *dynamodb.CreateTableInput) {
			_, more := schema("x:S")
			in.AttributeDefinitions = append(in.AttributeDefinitions, more...)
		}, "ValidationException", "Number of attributes in KeySchema does not exactly match"},
		{"an attribute is defined twice", func(in *dynamodb.CreateTableInput) {
			in.AttributeDefinitions = append(in.AttributeDefinitions, in.AttributeDefinitions[0])
		}, "ValidationException", "Duplicate AttributeName"},
		{"a key of a type that is no key", func(in *dynamodb.CreateTableInput) { in.AttributeDefinitions[0].AttributeType = "BOOL" }, "ValidationException", "enum value set: [B, N, S]"},
		{"two hash keys", func(in *dynamodb.CreateTableInput) { in.KeySchema[1].KeyType = types.KeyTypeHash }, "ValidationException", "must be HASH, the second RANGE"},
		{"no throughput", func(in *dynamodb.CreateTableInput) { in.BillingMode = "" }, "ValidationException", "No provisioned throughput"},
		{"throughput nobody pays for", func(in *dynamodb.CreateTableInput) {
			in.ProvisionedThroughput = &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(1), WriteCapacityUnits: aws.Int64(1)}
		}, "ValidationException", "BillingMode is PAY_PER_REQUEST"},
		{"a local index with another partition key", func(in *dynamodb.CreateTableInput) {
			in.LocalSecondaryIndexes = append(in.LocalSecondaryIndexes, index("sk:N pk:S", types.ProjectionTypeAll))
		}, "ValidationException", "same leading hash key"},
		{"a local index without a sort key", func(in *dynamodb.CreateTableInput) {
			in.LocalSecondaryIndexes = append(in.LocalSecondaryIndexes, index("pk:S", types.ProjectionTypeAll))
		}, "ValidationException", "does not have a range key"},
		{"two indexes of one name", func(in *dynamodb.CreateTableInput) {
			x := index("pk:S sk:N", types.ProjectionTypeAll)
			in.LocalSecondaryIndexes = append(in.LocalSecondaryIndexes, x, x)
		}, "ValidationException", "Duplicate index name: idx"},
		{"a projection of nothing in particular", func(in *dynamodb.CreateTableInput) {
			in.LocalSecondaryIndexes = append(in.LocalSecondaryIndexes, index("pk:S sk:N", types.ProjectionTypeInclude))
		}, "ValidationException", "NonKeyAttributes is not specified"},
	} {
		keys, attributes := schema("pk:S sk:N")
		in := &dynamodb.CreateTableInput{TableName: aws.String("Fresh"), KeySchema: keys, AttributeDefinitions: attributes, BillingMode: types.BillingModePayPerRequest}
		test.change(in)
		_, err := c.CreateTable(context.Background(), in)
		if fails(t, err, test.code, test.text); t.Failed() {
			t.Fatal(test.reason)
		}
	}
}

func TestListAndDeleteTables(t *testing.T) {
	_, c := newServer(t)
	ctx := context.Background()
	for i := range 5 {
		createTable(t, c, fmt.Sprint("Table", i), "pk:S")
	}
	out, err := c.ListTables(ctx, &dynamodb.ListTablesInput{Limit: aws.Int32(3)})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, out.TableNames, []string{"Table0", "Table1", "Table2"})
	out, err = c.ListTables(ctx, &dynamodb.ListTablesInput{ExclusiveStartTableName: out.LastEvaluatedTableName})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, out.TableNames, []string{"Table3", "Table4"})
	if out.LastEvaluatedTableName != nil {
		t.Error("there is more after the end")
	}
	deleted, err := c.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String("Table1")})
	if err != nil || deleted.TableDescription.TableStatus != types.TableStatusDeleting {
		t.Fatal(deleted, err)
	}
	_, err = c.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String("Table1")})
	fails(t, err, "ResourceNotFoundException", "Table: Table1 not found")
	_, err = c.ListTables(ctx, &dynamodb.ListTablesInput{Limit: aws.Int32(101)})
	fails(t, err, "ValidationException", "less than or equal to 100")
}

func TestDeletionProtection(t *testing.T) {
	_, c := newServer(t)
	keys, attributes := schema("pk:S")
	ctx := context.Background()
	if _, err := c.CreateTable(ctx, &dynamodb.CreateTableInput{TableName: aws.String("Users"), KeySchema: keys, AttributeDefinitions: attributes,
		BillingMode: types.BillingModePayPerRequest, DeletionProtectionEnabled: aws.Bool(true)}); err != nil {
		t.Fatal(err)
	}
	_, err := c.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String("Users")})
	fails(t, err, "ValidationException", "protected against deletion")
}

func TestTimeToLive(t *testing.T) {
	_, c := newServer(t)
	ctx := context.Background()
	createTable(t, c, "Users", "pk:S")
	described := func() types.TimeToLiveDescription {
		out, err := c.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: aws.String("Users")})
		if err != nil {
			t.Fatal(err)
		}
		return *out.TimeToLiveDescription
	}
	update := func(attribute string, enabled bool) error {
		_, err := c.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{TableName: aws.String("Users"),
			TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &attribute, Enabled: &enabled}})
		return err
	}
	if d := described(); d.TimeToLiveStatus != types.TimeToLiveStatusDisabled {
		t.Errorf("at first: %v", d.TimeToLiveStatus)
	}
	fails(t, update("expires", false), "ValidationException", "already disabled")
	if err := update("expires", true); err != nil {
		t.Fatal(err)
	}
	if d := described(); d.TimeToLiveStatus != types.TimeToLiveStatusEnabled || *d.AttributeName != "expires" {
		t.Errorf("once enabled: %+v", d)
	}
	fails(t, update("expires", true), "ValidationException", "already enabled")
	fails(t, update("other", false), "ValidationException", "different AttributeName")
	if err := update("expires", false); err != nil {
		t.Fatal(err)
	}
}

func TestEditDescription(t *testing.T) {
	srv, c := newServer(t)
	ctx := context.Background()
	createTable(t, c, "Users", "pk:S")
	created := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	srv.EditDescription("Users", func(d *types.TableDescription) {
		d.TableStatus = types.TableStatusUpdating
		d.CreationDateTime = &created
		d.Replicas = []types.ReplicaDescription{{RegionName: aws.String("eu-west-1"), ReplicaStatus: types.ReplicaStatusActive}}
		d.GlobalTableVersion = aws.String("2019.11.21")
	})
	out, err := c.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("Users")})
	if err != nil {
		t.Fatal(err)
	}
	d := out.Table
	equal(t, []any{d.TableStatus, d.CreationDateTime.Equal(created), *d.Replicas[0].RegionName, d.Replicas[0].ReplicaStatus, *d.GlobalTableVersion},
		[]any{types.TableStatusUpdating, true, "eu-west-1", types.ReplicaStatusActive, "2019.11.21"})
	put(t, c, "Users", item{"pk": s("a table that is being updated works")})

	srv.EditDescription("Users", func(d *types.TableDescription) { d.TableStatus = types.TableStatusCreating })
	_, err = c.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("Users")})
	fails(t, err, "ResourceNotFoundException", "Requested resource not found")

	srv.EditDescription("Users", nil)
	if items := scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}); len(items) != 1 {
		t.Errorf("got %d items", len(items))
	}
}
