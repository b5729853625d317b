package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/rules"
)

//go:embed rules.yaml
var exampleRules []byte

// exampleItems are the items of the sources, by table.
var exampleItems = map[string][]string{
	"ProdCustomers": {
		`{"PK":{"S":"CUSTOMER#lena@corp.test"},"SK":{"S":"PROFILE"},"Email":{"S":"lena@corp.test"},"Name":{"S":"Lena Maier"},"Plan":{"S":"pro"},
		  "Phones":{"SS":["+49 30 901820","+49 171 5550123"]},"Born":{"S":"1984-05-17"},"Notes":{"S":"Call Lena at 030 901820, or write to lena@corp.test."}}`,
	},
	"ProdOrders": {
		`{"PK":{"S":"CUSTOMER#lena@corp.test"},"SK":{"S":"ORDER#1001"},"Email":{"S":"lena@corp.test"},"Name":{"S":"Maier, Lena"},"Placed":{"S":"2026-03-01"},"Total":{"N":"127.35"},
		  "Payload":{"S":"{\"customer\":{\"email\":\"lena@corp.test\",\"ip\":\"10.1.2.3\"},\"items\":[{\"sku\":\"A-1\",\"count\":3}]}"}}`,
		`{"PK":{"S":"CUSTOMER#lena@corp.test"},"SK":{"S":"ORDER#0007"},"Email":{"S":"lena@corp.test"},"Name":{"S":"Maier, Lena"},"Placed":{"S":"2019-03-01"},"Total":{"N":"5"},"Payload":{"S":"{}"}}`,
	},
}

// play copies the tables of the example in memory, and shows their items.
func play(ctx context.Context, out io.Writer) error {
	server := dynsynctest.NewServer()
	defer server.Close()
	account := func(name string) *dynamodb.Client {
		return server.Client(func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials(name) })
	}
	source, destination := account("production"), account("staging")
	file, err := rules.Parse(exampleRules, "rules.yaml")
	if err != nil {
		return err
	}
	for _, t := range file.Tables() {
		if err := fill(ctx, source, t.Source, exampleItems[t.Source]); err != nil {
			return err
		}
		if err := fill(ctx, destination, t.Destination, nil); err != nil {
			return err
		}
	}
	key := []byte("not a secret, for an example only")
	if err := copyTables(ctx, file, source, destination, key, out); err != nil {
		return err
	}
	for _, t := range file.Tables() {
		if err := show(ctx, out, source, t.Source); err != nil {
			return err
		}
	}
	for _, t := range file.Tables() {
		if err := show(ctx, out, destination, t.Destination); err != nil {
			return err
		}
	}
	return nil
}

// fill creates a table and puts items into it.
func fill(ctx context.Context, client *dynamodb.Client, table string, items []string) error {
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:   &table,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("PK"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("SK"), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("PK"), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String("SK"), KeyType: types.KeyTypeRange},
		},
	})
	if err != nil {
		return err
	}
	for _, text := range items {
		rec, err := dynsync.NewRecord([]byte(text))
		if err != nil {
			return err
		}
		if _, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: rec.AttributeValues()}); err != nil {
			return err
		}
	}
	return nil
}

// show prints the items of a table, attribute by attribute.
func show(ctx context.Context, out io.Writer, client *dynamodb.Client, table string) error {
	got, err := client.Scan(ctx, &dynamodb.ScanInput{TableName: &table})
	if err != nil {
		return err
	}
	for _, item := range got.Items {
		rec, err := dynsync.NewRecord(item)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\n%s\n", table)
		flat := rec.Flatten()
		for _, path := range slices.Sorted(maps.Keys(flat.Values)) {
			fmt.Fprintf(out, "  %-8s %s\n", path, strings.TrimSpace(fmt.Sprint(flat.Values[path])))
		}
	}
	return nil
}
