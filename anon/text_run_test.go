package anon

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
)

// TestTextInARun copies an item whose text names what other attributes hold.
func TestTextInARun(t *testing.T) {
	ctx := context.Background()
	srv := dynsynctest.NewServer()
	defer srv.Close()
	account := func(name string) *dynamodb.Client {
		return srv.Client(func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials(name) })
	}
	source, destination := account("prod"), account("stage")
	for _, client := range []*dynamodb.Client{source, destination} {
		if _, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
			TableName: aws.String("Texts"), BillingMode: types.BillingModePayPerRequest,
			AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
			KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	item, err := dynsync.NewRecord([]byte(`{"Id":{"S":"1"},"First":{"S":"Lena"},"Note":{"S":"LENA wrote from lena@example.com."}}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := source.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Texts"), Item: item.AttributeValues()}); err != nil {
		t.Fatal(err)
	}
	syncer, err := dynsync.New(
		dynsync.WithSource(source), dynsync.WithDestination(destination), dynsync.WithKey(testKey),
		dynsync.WithTable("Texts", "Texts", dynsync.WithLeakCheck(),
			dynsync.WithTransform("Id", dynsync.Passthrough()),
			dynsync.WithTransform("First", FirstName()),
			dynsync.WithTransform("Note", Text(Find("recordNames", "email"), NamesAt("First")))),
	)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := syncer.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	out, err := destination.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("Texts"), Key: map[string]types.AttributeValue{"Id": &types.AttributeValueMemberS{Value: "1"}}})
	if err != nil {
		t.Fatal(err)
	}
	first := out.Item["First"].(*types.AttributeValueMemberS).Value
	note := out.Item["Note"].(*types.AttributeValueMemberS).Value
	if !strings.HasPrefix(note, first+" wrote from ") || strings.Contains(note, "lena@") {
		t.Errorf("%q, and the first name is %q", note, first)
	}
}
