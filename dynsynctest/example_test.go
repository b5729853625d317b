package dynsynctest_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

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

// A server on which every third request fails, the same ones in every run. Half
// of the failed writes are done all the same. Nobody has to try a request more
// than three times.
func ExampleFaults() {
	srv := dynsynctest.NewServer()
	defer srv.Close()
	client := srv.Client(func(o *dynamodb.Options) { o.RetryMaxAttempts = 1 })
	ctx := context.Background()

	srv.Control("PutItem", dynsynctest.AtMost(2, dynsynctest.Faults(1, 1./3,
		dynsynctest.Throttle(),
		dynsynctest.Reset(),
		dynsynctest.ApplyThen(dynsynctest.Reset()),
		dynsynctest.ApplyThen(dynsynctest.Fail(500, "InternalServerError", "Internal server error")),
	)))
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            aws.String("Users"),
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeN}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
		BillingMode:          types.BillingModePayPerRequest,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	failures := 0
	for id := range 100 {
		for {
			_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: map[string]types.AttributeValue{
				"Id": &types.AttributeValueMemberN{Value: strconv.Itoa(id)},
			}})
			if err == nil {
				break
			}
			failures++
		}
	}
	out, err := client.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("Users"), Select: types.SelectCount})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out.Count, "items, in spite of failures:", failures > 0)
	// Output: 100 items, in spite of failures: true
}

// A test gives an access key the policy that a role is to have, and sees what is missing.
func ExampleServer_Authorize() {
	srv := dynsynctest.NewServer()
	defer srv.Close()
	err := srv.Authorize("reader", `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": ["dynamodb:DescribeTable", "dynamodb:PartiQLSelect"], "Resource": "arn:aws:dynamodb:*:*:table/Users"}
	]}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	client := srv.Client(func(o *dynamodb.Options) {
		o.Credentials, o.RetryMaxAttempts = dynsynctest.Credentials("reader"), 1
	})
	_, err = client.Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String("Users")})
	var api smithy.APIError
	if errors.As(err, &api) {
		fmt.Println(api.ErrorCode())
	}
	for _, a := range srv.Asked("reader") {
		fmt.Println(a.Action, "on", a.Resource, "allowed:", a.Allowed)
	}
	// Output:
	// AccessDeniedException
	// dynamodb:Scan on arn:aws:dynamodb:us-east-1:624857156572:table/Users allowed: false
}

// Sessions of a role last a second, so that a test sees whether keys are refreshed.
func ExampleNewSTS() {
	srv := dynsynctest.NewServer()
	defer srv.Close()
	service := dynsynctest.NewSTS(srv, dynsynctest.WithSessionLifetime(time.Second))
	defer service.Close()
	const (
		policy = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`
		trust  = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
			"Principal": {"AWS": "111111111111"}, "Condition": {"StringEquals": {"sts:ExternalId": "nightly-7f3a"}}}]}`
	)
	err := errors.Join(
		service.AddUser("AKIAANN", "secret", "arn:aws:iam::111111111111:user/ann", policy),
		service.AddRole("arn:aws:iam::222222222222:role/reader", trust, policy),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	roles := sts.New(sts.Options{Region: "us-east-1", BaseEndpoint: aws.String(service.URL()), Credentials: credentials.NewStaticCredentialsProvider("AKIAANN", "secret", "")})
	session := stscreds.NewAssumeRoleProvider(roles, "arn:aws:iam::222222222222:role/reader", func(o *stscreds.AssumeRoleOptions) {
		o.ExternalID = aws.String("nightly-7f3a")
	})
	client := srv.Client(func(o *dynamodb.Options) { o.Credentials = aws.NewCredentialsCache(session) })
	out, err := client.ListTables(context.Background(), &dynamodb.ListTablesInput{})
	fmt.Println(len(out.TableNames), "tables in the account of the role,", err)
	// Output: 0 tables in the account of the role, <nil>
}
