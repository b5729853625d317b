package dynsynctest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

func Example() {
	srv := dynsynctest.NewServer()
	defer srv.Close()
	client := srv.Client()
	ctx := context.Background()

	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            aws.String("Users"),
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
		BillingMode:          types.BillingModePayPerRequest,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: map[string]types.AttributeValue{
		"Id":  &types.AttributeValueMemberS{Value: "u1"},
		"Age": &types.AttributeValueMemberN{Value: "36.0"},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, err := client.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{
		Statement:  aws.String(`SELECT Age FROM "Users" WHERE Id = ?`),
		Parameters: []types.AttributeValue{&types.AttributeValueMemberS{Value: "u1"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out.Items[0]["Age"].(*types.AttributeValueMemberN).Value)
	// Output: 36
}

// Two requests are throttled, the third is answered.
func ExampleServer_Control() {
	srv := dynsynctest.NewServer()
	defer srv.Close()
	client := srv.Client(func(o *dynamodb.Options) { o.RetryMaxAttempts = 1 })

	left := 2
	srv.Control("ListTables", func(*dynsynctest.Request) dynsynctest.Action {
		if left == 0 {
			return dynsynctest.Action{}
		}
		left--
		return dynsynctest.Throttle()
	})
	for range 3 {
		_, err := client.ListTables(context.Background(), &dynamodb.ListTablesInput{})
		var throttled *types.ProvisionedThroughputExceededException
		fmt.Println(errors.As(err, &throttled))
	}
	// Output:
	// true
	// true
	// false
}
