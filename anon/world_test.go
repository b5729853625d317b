package anon_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
)

// testKey is the key of every test that needs one.
var testKey = []byte("Gq3vT8yXw0nZbR5uJ1sKfD7mPa9hLcE2")

// A world is a source and a destination in this process.
type world struct {
	from, to *dynamodb.Client
}

func newWorld(t testing.TB) *world {
	t.Helper()
	source, destination := dynsynctest.NewServer(), dynsynctest.NewServer()
	t.Cleanup(source.Close)
	t.Cleanup(destination.Close)
	return &world{source.Client(), destination.Client()}
}

// create creates a table with the partition key Id on both sides, and indexes on
// these attributes.
func (w *world) create(t testing.TB, name string, indexed ...string) {
	t.Helper()
	def := &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: ptr("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: ptr("Id"), KeyType: types.KeyTypeHash}},
	}
	for _, a := range indexed {
		def.AttributeDefinitions = append(def.AttributeDefinitions, types.AttributeDefinition{AttributeName: ptr(a), AttributeType: types.ScalarAttributeTypeS})
		def.GlobalSecondaryIndexes = append(def.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: ptr("by" + a), Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
			KeySchema: []types.KeySchemaElement{{AttributeName: ptr(a), KeyType: types.KeyTypeHash}},
		})
	}
	for _, client := range []*dynamodb.Client{w.from, w.to} {
		if _, err := client.CreateTable(t.Context(), def); err != nil {
			t.Fatal(err)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func (w *world) put(t testing.TB, table string, item map[string]any) {
	t.Helper()
	rec, err := dynsync.NewRecord(item)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.from.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: rec.AttributeValues()}); err != nil {
		t.Fatal(err)
	}
}

// all returns the items of a table of the destination, by Id, as DynamoDB JSON.
func (w *world) all(t testing.TB, table string) map[string]*dynsync.Record {
	t.Helper()
	out, err := w.to.Scan(t.Context(), &dynamodb.ScanInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	items := map[string]*dynsync.Record{}
	for _, item := range out.Items {
		rec, err := dynsync.NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		id, _ := rec.Get("Id")
		items[fmt.Sprint(id.Any())] = rec
	}
	return items
}

func (w *world) syncer(t testing.TB, key []byte, table string, opts ...dynsync.TableOption) *dynsync.Syncer {
	t.Helper()
	s, err := dynsync.New(dynsync.WithSource(w.from), dynsync.WithDestination(w.to), dynsync.WithKey(key), dynsync.WithTable(table, table, opts...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// records returns the transformed items of a table, by Id.
func records(t testing.TB, s *dynsync.Syncer, table string) map[string]*dynsync.Record {
	t.Helper()
	items := map[string]*dynsync.Record{}
	for rec, err := range s.Transformed(t.Context(), table) {
		if err != nil {
			t.Fatal(err)
		}
		id, _ := rec.Get("Id")
		items[fmt.Sprint(id.Any())] = rec
	}
	return items
}
