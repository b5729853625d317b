package rules_test

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/rules"
)

// setUp returns a client of a server in memory, on which the table ProdUsers holds
// an item.
func setUp() (client *dynamodb.Client, stop func()) {
	server := dynsynctest.NewServer()
	client, ctx := server.Client(), context.Background()
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            aws.String("ProdUsers"),
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		log.Fatal(err)
	}
	rec, err := dynsync.NewRecord([]byte(`{"Id":{"S":"1"},"Country":{"S":"DE"},"Plan":{"S":"pro#2024#ann"},"Notes":{"S":"calls at night"}}`))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("ProdUsers"), Item: rec.AttributeValues()}); err != nil {
		log.Fatal(err)
	}
	return client, server.Close
}

func ExampleParse() {
	prod, stop := setUp()
	defer stop()
	file, err := rules.Parse([]byte(`
version: 1
tables:
  - source: ProdUsers
    destination: StageUsers
    where: Country = ?
    params: [DE]
    leakCheck: true
    rules:
      - {path: Country, use: passthrough}
      - {path: Notes, use: remove}
      - path: Plan
        use: delimited
        with:
          separator: "#"
          parts: [passthrough, passthrough, {use: constant, with: {value: someone}}]
`), "rules.yaml")
	if err != nil {
		log.Fatal(err)
	}
	syncer, err := dynsync.New(append(file.Options(), dynsync.WithSource(prod))...)
	if err != nil {
		log.Fatal(err)
	}
	for rec, err := range syncer.Transformed(context.Background(), "ProdUsers") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s\n", rec.DynamoDBJSON())
	}
	// Output:
	// {"Country":{"S":"DE"},"Id":{"S":"1"},"Plan":{"S":"pro#2024#someone"}}
}

func ExampleParse_faults() {
	_, err := rules.Parse([]byte(`
version: 1
tables:
  - source: ProdUsers
    destination: StageUsers
    where: Country = ? AND Age >= ?
    params: [NO, 18, yes]
    rules:
      - {path: Name, use: fristName}
      - {path: Pets, use: firstName, with: {in: [person]}}
      - {path: Country..Code, use: passthrough}
`), "rules.yaml")
	fmt.Println(err)
	// Output:
	// rules.yaml:7:14: table ProdUsers: versions of YAML read this differently; put quotes around a string, and write any other value as in JSON
	// rules.yaml:7:22: table ProdUsers: versions of YAML read this differently; put quotes around a string, and write any other value as in JSON
	// rules.yaml:9:27: table ProdUsers: rule "Name": unknown transformer "fristName"; did you mean firstName?
	// rules.yaml:10:49: table ProdUsers: rule "Pets": firstName: this must be a string; put quotes around one that looks like another value
	// rules.yaml:11:16: table ProdUsers: rule "Country..Code": invalid path "Country..Code" at column 9: a name is missing here
}
