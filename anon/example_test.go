package anon_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/dynsynctest"
)

func Example() {
	prod, stop := setUp(`{"PK":{"S":"CUSTOMER#ann@corp.test"},"Name":{"S":"Ann Lee"},"Email":{"S":"Ann@Corp.test"},
		"Phones":{"SS":["+49 30 901820","+49 171 5550123"]},"Born":{"S":"1984-05-17"},"Note":{"S":"Ann writes from ann@corp.test."}}`)
	defer stop()
	syncer, err := dynsync.New(
		dynsync.WithSource(prod),
		dynsync.WithKey(bytes.Repeat([]byte("a key from a secret store, "), 2)),
		dynsync.WithTable("ProdUsers", "StageUsers",
			dynsync.WithLeakCheck(),
			dynsync.WithTransform("Name", anon.FullName()),
			dynsync.WithTransform("Email", anon.Email()),
			dynsync.WithTransform("PK", dynsync.Template("CUSTOMER#{Email|lower}")),
			dynsync.WithTransform("Phones", anon.Phone()),
			dynsync.WithTransform("Born", anon.TruncateTime(anon.Unit("year"))),
			dynsync.WithTransform("Note", anon.Text(anon.Find("email", "recordNames"), anon.NamesAt("Name"))),
		),
	)
	if err != nil {
		log.Fatal(err)
	}
	for rec, err := range syncer.Transformed(context.Background(), "ProdUsers") {
		if err != nil {
			log.Fatal(err)
		}
		for _, path := range []string{"PK", "Name", "Email", "Phones", "Born", "Note"} {
			v, _ := rec.Get(path)
			fmt.Println(path, v.Any())
		}
	}
	// Output:
	// PK CUSTOMER#bernadine.pearson.stlsaw4vkl@example.com
	// Name Chasity Knight
	// Email bernadine.pearson.stlsaw4vkl@example.com
	// Phones [+49 30 23125159 +49 69 90009333]
	// Born 1984-01-01
	// Note Chasity writes from bernadine.pearson.stlsaw4vkl@example.com.
}

// setUp returns a source in memory whose table ProdUsers holds an item.
func setUp(item string) (client *dynamodb.Client, stop func()) {
	server := dynsynctest.NewServer()
	client = server.Client()
	ctx := context.Background()
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            aws.String("ProdUsers"),
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("PK"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("PK"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		log.Fatal(err)
	}
	rec, err := dynsync.NewRecord([]byte(item))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("ProdUsers"), Item: rec.AttributeValues()}); err != nil {
		log.Fatal(err)
	}
	return client, server.Close
}
