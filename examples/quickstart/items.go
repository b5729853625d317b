package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
)

// customers are the items of the source: no two of the same shape, as in real
// tables. The first is the example of Neosync's documentation.
var customers = []string{
	`{"Id":{"S":"1"},"Name":{"S":"John Doe"},"Age":{"N":"34"},"Country":{"S":"DE"},
	  "Pets":{"M":{"Judith":{"M":{"Type":{"S":"cat"},"Age":{"N":"12"}}}}}}`,
	`{"Id":{"S":"2"},"Name":{"S":"Alice Müller"},"Email":{"S":"alice@example.com"},"Country":{"S":"DE"},"Plan":{"S":"pro"},
	  "GSI1":{"S":"USER#alice@example.com"},"Phones":{"SS":["+49 30 901820","+49 171 5550123"]},"Scores":{"NS":["7","12.5","100"]},
	  "Photo":{"B":"iVBORw0KGgo="},"Active":{"BOOL":true},"Deleted":{"NULL":true}}`,
	`{"Id":{"S":"3"},"Name":{"S":"Bob Schmidt"},"Country":{"S":"DE"},"Balance":{"N":"12345678901234567890.123456789012345678"},
	  "Orders":{"L":[{"M":{"Sku":{"S":"A-1"},"Price":{"N":"19.99"},"ship.to":{"S":"Unter den Linden 1, Berlin"}}},
	                 {"M":{"Sku":{"S":"B-7"},"Price":{"N":"5"},"gift":{"BOOL":false}}}]}}`,
	`{"Id":{"S":"4"},"Name":{"S":"Chloé Dubois"},"Country":{"S":"FR"}}`,
}

// createTables creates both tables where they do not exist, and puts the
// customers into the source.
func createTables(ctx context.Context, source, destination *dynamodb.Client) error {
	if err := createTable(ctx, source, sourceTable); err != nil {
		return err
	}
	if err := createTable(ctx, destination, destTable); err != nil {
		return err
	}
	for _, text := range customers {
		rec, err := dynsync.NewRecord([]byte(text))
		if err != nil {
			return err
		}
		if _, err := source.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(sourceTable), Item: rec.AttributeValues()}); err != nil {
			return err
		}
	}
	return nil
}

func createTable(ctx context.Context, client *dynamodb.Client, name string) error {
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            aws.String(name),
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
	})
	var exists *types.ResourceInUseException
	if err != nil && !errors.As(err, &exists) {
		return err
	}
	return dynamodb.NewTableExistsWaiter(client).Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(name)}, time.Minute)
}

// showItems prints the copied customers, before and after.
func showItems(ctx context.Context, out io.Writer, source, destination *dynamodb.Client) error {
	for _, id := range []string{"1", "2", "3"} {
		before, err := getItem(ctx, source, sourceTable, id)
		if err != nil {
			return err
		}
		after, err := getItem(ctx, destination, destTable, id)
		if err != nil {
			return err
		}
		printBoth(out, before, after)
	}
	return nil
}

func getItem(ctx context.Context, client *dynamodb.Client, table, id string) (dynsync.Flat, error) {
	got, err := client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      aws.String(table),
		Key:            map[string]types.AttributeValue{"Id": &types.AttributeValueMemberS{Value: id}},
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return dynsync.Flat{}, err
	}
	rec, err := dynsync.NewRecord(got.Item)
	if err != nil {
		return dynsync.Flat{}, err
	}
	return rec.Flatten(), nil
}

func printBoth(out io.Writer, before, after dynsync.Flat) {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	defer w.Flush()
	fmt.Fprintf(w, "\nPATH\tTYPE\t%s\t%s\n", sourceTable, destTable)
	var paths []string
	for p := range before.Values {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	for _, p := range paths {
		fmt.Fprintf(w, "%s\t%v\t%s\t%s\n", p, before.Kinds[p], cell(before, p), cell(after, p))
	}
}

func cell(f dynsync.Flat, path string) string {
	kind, ok := f.Kinds[path]
	switch {
	case !ok:
		return "(removed)"
	case kind == dynsync.KindNULL:
		return "null"
	case kind == dynsync.KindB:
		return fmt.Sprintf("0x%x", f.Values[path])
	}
	return fmt.Sprint(f.Values[path])
}
