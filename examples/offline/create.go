package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
)

// tableName is the name of the table on both sides.
const tableName = "ExampleTable"

// items are those of the source.
var items = []string{
	`{"Id":{"S":"1"},"Name":{"S":"John Doe"},"Age":{"N":"34"},"Pets":{"M":{"Judith":{"M":{"Type":{"S":"cat"}}}}}}`,
	`{"Id":{"S":"2"},"Name":{"S":"Alice Miller"},"Email":{"S":"alice@corp.test"}}`,
	`{"Id":{"S":"3"},"Name":{"S":"Bob Smith"},"Email":{"S":"bob@corp.test"},"Notes":{"L":[{"S":"called on Monday"}]}}`,
}

// createTables creates the table on both sides where it does not exist, and puts the items
// into the source.
func createTables(ctx context.Context, from, to *dynamodb.Client, out io.Writer) error {
	for _, client := range []*dynamodb.Client{from, to} {
		if err := createTable(ctx, client); err != nil {
			return err
		}
	}
	for _, text := range items {
		rec, err := dynsync.NewRecord([]byte(text))
		if err != nil {
			return err
		}
		if _, err := from.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: rec.AttributeValues()}); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "%s is on both sides; the source has %d items\n", tableName, len(items))
	return nil
}

func createTable(ctx context.Context, client *dynamodb.Client) error {
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:             aws.String(tableName),
		ProvisionedThroughput: &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(5), WriteCapacityUnits: aws.Int64(5)},
		AttributeDefinitions:  []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:             []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
	})
	var exists *types.ResourceInUseException
	if err != nil && !errors.As(err, &exists) {
		return err
	}
	return dynamodb.NewTableExistsWaiter(client).Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(tableName)}, time.Minute)
}
