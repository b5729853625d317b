package script_test

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/script"
)

// setUp returns a source in memory whose table Users holds these items.
func setUp(items ...string) (client *dynamodb.Client, stop func()) {
	server := dynsynctest.NewServer()
	client = server.Client()
	ctx := context.Background()
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            aws.String("Users"),
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range items {
		rec, err := dynsync.NewRecord([]byte(item))
		if err != nil {
			log.Fatal(err)
		}
		if _, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: rec.AttributeValues()}); err != nil {
			log.Fatal(err)
		}
	}
	return client, server.Close
}

func Example() {
	client, stop := setUp(`{"Id":{"S":"1"},"Email":{"S":"Ann@Example.com"},"Country":{"S":"DE"},"Born":{"S":"1984-05-17"},"Tags":{"SS":["vip","new"]}}`)
	defer stop()
	syncer, err := dynsync.New(
		dynsync.WithSource(client),
		dynsync.WithTable("Users", "StageUsers",
			dynsync.WithLeakCheck(),
			dynsync.WithDefaultTransform(dynsync.Passthrough()),
			dynsync.WithTransform("Email", script.Transform(`
				const [name, domain] = value.split("@");
				return name[0].toLowerCase() + "***@" + domain.toLowerCase()`)),
			dynsync.WithTransform("Born", script.Transform(`return new Date(value).getFullYear()`)),
			dynsync.WithTransform("Tags", script.Transform(`return value.map(tag => tag.toUpperCase())`)),
			dynsync.WithTransform("Label", script.Generate(`return record.Country + "-" + record.Id.padStart(3, "0")`)),
		),
	)
	if err != nil {
		log.Fatal(err)
	}
	for rec, err := range syncer.Transformed(context.Background(), "Users") {
		if err != nil {
			log.Fatal(err)
		}
		for _, path := range []string{"Email", "Born", "Tags", "Label"} {
			v, _ := rec.Get(path)
			fmt.Printf("%s %s\n", path, v.DynamoDBJSON())
		}
	}
	// Output:
	// Email {"S":"a***@example.com"}
	// Born {"N":"1984"}
	// Tags {"SS":["NEW","VIP"]}
	// Label {"S":"DE-001"}
}

func ExampleTransform_fault() {
	_, err := dynsync.New(
		dynsync.WithSource(dynamodb.New(dynamodb.Options{BaseEndpoint: aws.String("http://localhost:8000")})),
		dynsync.WithTable("Users", "StageUsers",
			dynsync.WithLeakCheck(),
			dynsync.WithTransform("Email", script.Transform("const parts = value.split('@');\nreturn parts[0"))),
	)
	fmt.Println(err)
	// Output:
	// dynsync: table Users: rule "Email": script.Transform: line 2, column 15, the end of the script: ] is missing
}
