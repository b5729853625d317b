package dynsynctest_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func units(v float64) *types.Capacity { return &types.Capacity{CapacityUnits: &v} }

func TestConsumedCapacity(t *testing.T) {
	_, c := newServer(t)
	ctx := context.Background()
	createIndexed(t, c, "Users")
	table := aws.String("Users")
	key := item{"pk": s("p"), "sk": n("1")}
	indexed := item{"pk": s("p"), "sk": n("1"), "g": s("g1"), "l": s("l1"), "a": n("1")}
	const mode = types.ReturnConsumedCapacityIndexes
	// consumed is what the table, byG and byL took; zero leaves an index out.
	consumed := func(table, global, local float64) *types.ConsumedCapacity {
		want := &types.ConsumedCapacity{TableName: aws.String("Users"), CapacityUnits: aws.Float64(table + global + local), Table: units(table)}
		if global > 0 {
			want.GlobalSecondaryIndexes = map[string]types.Capacity{"byG": *units(global)}
		}
		if local > 0 {
			want.LocalSecondaryIndexes = map[string]types.Capacity{"byL": *units(local)}
		}
		return want
	}
	putItem := func(i item) func() (*types.ConsumedCapacity, error) {
		return func() (*types.ConsumedCapacity, error) {
			out, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: i, ReturnConsumedCapacity: mode})
			if err != nil {
				return nil, err
			}
			return out.ConsumedCapacity, nil
		}
	}
	with := func(changes item) item {
		i := item{}
		for name, v := range indexed {
			i[name] = v
		}
		for name, v := range changes {
			i[name] = v
		}
		return i
	}
	scan := func(change func(*dynamodb.ScanInput)) func() (*types.ConsumedCapacity, error) {
		return func() (*types.ConsumedCapacity, error) {
			in := &dynamodb.ScanInput{TableName: table, ReturnConsumedCapacity: mode}
			change(in)
			out, err := c.Scan(ctx, in)
			if err != nil {
				return nil, err
			}
			return out.ConsumedCapacity, nil
		}
	}
	statement := func(text string) func() (*types.ConsumedCapacity, error) {
		return func() (*types.ConsumedCapacity, error) {
			out, err := c.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: &text, ReturnConsumedCapacity: mode})
			if err != nil {
				return nil, err
			}
			return out.ConsumedCapacity, nil
		}
	}
	for _, test := range []struct {
		reason string
		call   func() (*types.ConsumedCapacity, error)
		want   *types.ConsumedCapacity
	}{
		{"an empty table costs nothing to scan", scan(func(*dynamodb.ScanInput) {}), consumed(0, 0, 0)},
		{"a new item is in every index it has the keys of", putItem(indexed), consumed(1, 1, 1)},
		{"the same again changes no index", putItem(indexed), consumed(1, 0, 0)},
		{"an attribute that no index projects", putItem(with(item{"z": s("z")})), consumed(1, 0, 0)},
		{"one that an index projects", putItem(with(item{"a": n("2")})), consumed(1, 1, 0)},
		{"another index key is a deletion and a put", putItem(with(item{"g": s("g2")})), consumed(1, 2, 0)},
		{"out of an index", putItem(item{"pk": s("p"), "sk": n("1"), "l": s("l1")}), consumed(1, 1, 0)},
		{"a unit for each KiB begun", putItem(with(item{"z": s(repeat("z", 3000))})), consumed(3, 1, 0)},
		{"of the larger one", putItem(indexed), consumed(3, 0, 0)},
		{"UpdateItem", func() (*types.ConsumedCapacity, error) {
			out, err := c.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: table, Key: key, UpdateExpression: aws.String("SET l = :l"), ExpressionAttributeValues: item{":l": s("l2")}, ReturnConsumedCapacity: mode})
			if err != nil {
				return nil, err
			}
			return out.ConsumedCapacity, nil
		}, consumed(1, 0, 2)},
		{"INSERT", statement(`INSERT INTO "Users" VALUE {'pk': 'q', 'sk': 1, 'g': 'g1'}`), consumed(1, 1, 0)},
		{"SELECT of one", statement(`SELECT * FROM "Users" WHERE pk = 'q' AND sk = 1`), consumed(0.5, 0, 0)},
		{"GetItem", func() (*types.ConsumedCapacity, error) {
			out, err := c.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: key, ReturnConsumedCapacity: mode})
			if err != nil {
				return nil, err
			}
			return out.ConsumedCapacity, nil
		}, consumed(0.5, 0, 0)},
		{"GetItem of nothing, consistently", func() (*types.ConsumedCapacity, error) {
			out, err := c.GetItem(ctx, &dynamodb.GetItemInput{TableName: table, Key: item{"pk": s("x"), "sk": n("1")}, ConsistentRead: aws.Bool(true), ReturnConsumedCapacity: mode})
			if err != nil {
				return nil, err
			}
			return out.ConsumedCapacity, nil
		}, consumed(1, 0, 0)},
		{"a scan, consistently", scan(func(in *dynamodb.ScanInput) { in.ConsistentRead = aws.Bool(true) }), consumed(1, 0, 0)},
		{"a scan of an index", scan(func(in *dynamodb.ScanInput) { in.IndexName = aws.String("byG") }), consumed(0, 0.5, 0)},
		{"BatchGetItem counts each item", func() (*types.ConsumedCapacity, error) {
			out, err := c.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{ReturnConsumedCapacity: mode, RequestItems: map[string]types.KeysAndAttributes{
				"Users": {Keys: []map[string]types.AttributeValue{key, {"pk": s("q"), "sk": n("1")}, {"pk": s("x"), "sk": n("1")}}},
			}})
			if err != nil {
				return nil, err
			}
			return &out.ConsumedCapacity[0], nil
		}, consumed(1.5, 0, 0)},
		{"BatchWriteItem", func() (*types.ConsumedCapacity, error) {
			out, err := c.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{ReturnConsumedCapacity: mode, RequestItems: map[string][]types.WriteRequest{
				"Users": {{DeleteRequest: &types.DeleteRequest{Key: key}}, {PutRequest: &types.PutRequest{Item: item{"pk": s("r"), "sk": n("1"), "g": s("g")}}}},
			}})
			if err != nil {
				return nil, err
			}
			return &out.ConsumedCapacity[0], nil
		}, consumed(2, 2, 1)},
		{"BatchExecuteStatement", func() (*types.ConsumedCapacity, error) {
			out, err := c.BatchExecuteStatement(ctx, &dynamodb.BatchExecuteStatementInput{ReturnConsumedCapacity: mode, Statements: []types.BatchStatementRequest{
				{Statement: aws.String(`DELETE FROM "Users" WHERE pk = 'r' AND sk = 1`)}, {Statement: aws.String(`INSERT INTO "Users" VALUE {'pk': 's', 'sk': 1}`)},
			}})
			if err != nil {
				return nil, err
			}
			equal(t, out.ConsumedCapacity[1], *consumed(1, 0, 0))
			return &out.ConsumedCapacity[0], nil
		}, consumed(1, 1, 0)},
		{"DeleteItem of nothing", func() (*types.ConsumedCapacity, error) {
			out, err := c.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: table, Key: key, ReturnConsumedCapacity: mode})
			if err != nil {
				return nil, err
			}
			return out.ConsumedCapacity, nil
		}, consumed(1, 0, 0)},
	} {
		got, err := test.call()
		if err != nil {
			t.Fatalf("%s: %v", test.reason, err)
		}
		if equal(t, got, test.want); t.Failed() {
			t.Fatal(test.reason)
		}
	}
}

func TestTotalCapacity(t *testing.T) {
	_, c := newServer(t)
	createIndexed(t, c, "Users")
	for mode, want := range map[types.ReturnConsumedCapacity]*types.ConsumedCapacity{
		"":                                nil,
		types.ReturnConsumedCapacityNone:  nil,
		types.ReturnConsumedCapacityTotal: {TableName: aws.String("Users"), CapacityUnits: aws.Float64(2)},
	} {
		if _, err := c.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{TableName: aws.String("Users"), Key: item{"pk": s("p"), "sk": n("1")}}); err != nil {
			t.Fatal(err)
		}
		out, err := c.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: item{"pk": s("p"), "sk": n("1"), "l": s("x")}, ReturnConsumedCapacity: mode})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, out.ConsumedCapacity, want)
	}
}

func TestItemCollectionMetrics(t *testing.T) {
	_, c := newServer(t)
	createIndexed(t, c, "Users")
	out, err := c.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: item{"pk": s("p"), "sk": n("1")}, ReturnItemCollectionMetrics: types.ReturnItemCollectionMetricsSize})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, out.ItemCollectionMetrics.ItemCollectionKey, item{"pk": s("p")})
	equal(t, out.ItemCollectionMetrics.SizeEstimateRangeGB, []float64{0, 1})
}

// Batches tell the capacity of each table, statements that of each one that was
// run, in their order.
func TestBatchCapacity(t *testing.T) {
	_, c := newServer(t)
	ctx := context.Background()
	createTable(t, c, "Users", "pk:S")
	createTable(t, c, "Other", "pk:S")
	const mode = types.ReturnConsumedCapacityTotal
	total := func(table string, units float64) types.ConsumedCapacity {
		return types.ConsumedCapacity{TableName: &table, CapacityUnits: &units}
	}
	put := func(pk string) types.WriteRequest {
		return types.WriteRequest{PutRequest: &types.PutRequest{Item: item{"pk": s(pk)}}}
	}
	byTable := cmpopts.SortSlices(func(a, b types.ConsumedCapacity) bool { return *a.TableName < *b.TableName })
	written, err := c.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{ReturnConsumedCapacity: mode, RequestItems: map[string][]types.WriteRequest{"Users": {put("1"), put("2")}, "Other": {put("1")}}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]types.ConsumedCapacity{total("Other", 1), total("Users", 2)}, written.ConsumedCapacity, sdkTypes, byTable); diff != "" {
		t.Errorf("BatchWriteItem (-want +got)\n%s", diff)
	}
	var statements []types.BatchStatementRequest
	for _, text := range []string{
		`INSERT INTO "Users" VALUE {'pk': '3', 'x': '` + repeat("x", 3000) + `'}`, `INSERT INTO "Users" VALUE {'pk': '1'}`,
		`INSERT INTO "Other" VALUE {'pk': '3'}`, `INSERT INTO "Users" VALUE {'pk': '4'}`,
	} {
		statements = append(statements, types.BatchStatementRequest{Statement: &text})
	}
	run, err := c.BatchExecuteStatement(ctx, &dynamodb.BatchExecuteStatementInput{ReturnConsumedCapacity: mode, Statements: statements})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, run.ConsumedCapacity, []types.ConsumedCapacity{total("Users", 3), total("Other", 1), total("Users", 1)})
}
