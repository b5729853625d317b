package main

import (
	"context"
	_ "embed"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/connect"
	"github.com/dynsync/dynsync/dynsynctest"
)

// The accounts of the stand-ins.
const (
	prodAccount  = "111122223333"
	stageAccount = "444455556666"
	jobAccount   = "777788889999"
	region       = "eu-west-1"
)

// The policies of the roles.
var (
	//go:embed prod-read.json
	prodRead string
	//go:embed stage-write.json
	stageWrite string
)

// items are those of the source.
var items = []string{
	`{"Id":{"S":"1"},"Name":{"S":"John Doe"},"Email":{"S":"john@corp.test"},"Age":{"N":"34"}}`,
	`{"Id":{"S":"2"},"Name":{"S":"Alice Miller"},"Email":{"S":"alice@corp.test"}}`,
	`{"Id":{"S":"3"},"Name":{"S":"Bob Smith"},"Tags":{"SS":["new","vip"]}}`,
}

// play sets up both accounts on stand-ins, and the program for them.
func (p *program) play(ctx context.Context) (stop func(), err error) {
	srv := dynsynctest.NewServer()
	sts := dynsynctest.NewSTS(srv)
	stop = func() { sts.Close(); srv.Close() }
	defer func() {
		if err != nil {
			stop()
		}
	}()
	if err := sts.AddUser("AKIAJOB", "secret-of-job", "arn:aws:iam::"+jobAccount+":user/job", allow("sts:AssumeRole")); err != nil {
		return nil, err
	}
	p.principal, p.account, p.copies = jobAccount, stageAccount, true
	p.more = []connect.Option{connect.Keys("AKIAJOB", "secret-of-job", "")}
	p.source.RoleARN, p.source.ExternalID = "arn:aws:iam::"+prodAccount+":role/prod-read", "prod-7f3a"
	p.dest.RoleARN, p.dest.ExternalID = "arn:aws:iam::"+stageAccount+":role/stage-write", "stage-c41d"
	for side, policy := range map[*connect.FlagOptions]string{p.source: prodRead, p.dest: stageWrite} {
		side.Region, side.Endpoint, side.STSEndpoint = region, srv.URL(), sts.URL()
		trust, err := connect.TrustPolicy(jobAccount, side.ExternalID)
		if err != nil {
			return nil, err
		}
		if err := sts.AddRole(side.RoleARN, trust, policy); err != nil {
			return nil, err
		}
	}
	return stop, createTables(ctx, srv, sts)
}

// allow returns a policy that allows an action everywhere.
func allow(action string) string {
	return `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "` + action + `", "Resource": "*"}]}`
}

// createTables creates the table of each account, as its administrator does, and puts the
// items into the source.
func createTables(ctx context.Context, srv *dynsynctest.Server, sts *dynsynctest.STS) error {
	prod, err := administrator(srv, sts, prodAccount)
	if err != nil {
		return err
	}
	stage, err := administrator(srv, sts, stageAccount)
	if err != nil {
		return err
	}
	if err := createTable(ctx, prod, sourceTable); err != nil {
		return err
	}
	if err := createTable(ctx, stage, destTable); err != nil {
		return err
	}
	for _, text := range items {
		rec, err := dynsync.NewRecord([]byte(text))
		if err != nil {
			return err
		}
		if _, err := prod.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(sourceTable), Item: rec.AttributeValues()}); err != nil {
			return err
		}
	}
	return nil
}

// administrator returns a client that may do everything in an account.
func administrator(srv *dynsynctest.Server, sts *dynsynctest.STS, account string) (*dynamodb.Client, error) {
	id := "AKIA" + account
	if err := sts.AddUser(id, "secret-of-"+account, "arn:aws:iam::"+account+":user/administrator", allow("*")); err != nil {
		return nil, err
	}
	return srv.Client(func(o *dynamodb.Options) {
		o.Region = region
		o.Credentials = credentials.NewStaticCredentialsProvider(id, "secret-of-"+account, "")
	}), nil
}

func createTable(ctx context.Context, client *dynamodb.Client, name string) error {
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            aws.String(name),
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		return err
	}
	return dynamodb.NewTableExistsWaiter(client).Wait(ctx, &dynamodb.DescribeTableInput{TableName: aws.String(name)}, time.Minute)
}
