package script

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
)

// value returns DynamoDB JSON as a Value.
func value(t testing.TB, raw string) dynsync.Value {
	t.Helper()
	rec, err := dynsync.NewRecord([]byte(`{"v":` + raw + `}`))
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	v, _ := rec.Get("v")
	return v
}

// run runs a transformer on DynamoDB JSON, "" for a missing value, and returns
// the result's, or "missing".
func run(t testing.TB, tr dynsync.Transformer, raw string) (string, error) {
	t.Helper()
	in := dynsync.Input{Value: dynsync.MissingValue()}
	if raw != "" {
		in.Value = value(t, raw)
	}
	out, err := tr.Transform(t.Context(), in)
	if out.IsMissing() {
		return "missing", err
	}
	return string(out.DynamoDBJSON()), err
}

func faultOf(tr dynsync.Transformer) error { return tr.(describer).Describe().Err }

// must returns a transformer that has no fault.
func must(t testing.TB, tr dynsync.Transformer) dynsync.Transformer {
	t.Helper()
	if err := faultOf(tr); err != nil {
		t.Fatal(err)
	}
	return tr
}

// job copies items from the table Source to the table Target, keyed by Id, and returns
// what arrived, by key.
func job(t testing.TB, items []string, opts []dynsync.Option, rules ...dynsync.TableOption) (map[string]*dynsync.Record, error) {
	t.Helper()
	server := dynsynctest.NewServer()
	t.Cleanup(server.Close)
	client := server.Client()
	for _, name := range []string{"Source", "Target"} {
		createTable(t, client, name)
	}
	for _, item := range items {
		put(t, client, item)
	}
	rules = append([]dynsync.TableOption{dynsync.WithDefaultTransform(dynsync.Passthrough())}, rules...)
	opts = append([]dynsync.Option{dynsync.WithSource(client), dynsync.WithDestination(client), dynsync.WithKey([]byte("Gq3vT8yXw0nZbR5uJ1sKfD7mPa9hLcE2")),
		dynsync.WithTable("Source", "Target", rules...)}, opts...)
	syncer, err := dynsync.New(opts...)
	if err != nil {
		return nil, err
	}
	_, err = syncer.Sync(t.Context())
	return scan(t, client, "Target"), err
}

func createTable(t testing.TB, client *dynamodb.Client, name string) {
	t.Helper()
	_, err := client.CreateTable(context.Background(), &dynamodb.CreateTableInput{
		TableName:            aws.String(name),
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, client *dynamodb.Client, item string) {
	t.Helper()
	rec, err := dynsync.NewRecord([]byte(item))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("Source"), Item: rec.AttributeValues()}); err != nil {
		t.Fatal(err)
	}
}

func scan(t testing.TB, client *dynamodb.Client, table string) map[string]*dynsync.Record {
	t.Helper()
	all := map[string]*dynsync.Record{}
	pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: &table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			rec, err := dynsync.NewRecord(item)
			if err != nil {
				t.Fatal(err)
			}
			all[textAt(rec, "Id")] = rec
		}
	}
	return all
}

func textAt(rec *dynsync.Record, path string) string {
	v, ok := rec.Get(path)
	if !ok {
		return ""
	}
	text, ok := v.Text()
	if !ok {
		return fmt.Sprint(v)
	}
	return text
}
