package main

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

// play copies a made-up table in memory, one share after the other.
func play(ctx context.Context, p *part, out io.Writer) error {
	server := dynsynctest.NewServer()
	defer server.Close()
	client := server.Client()
	p.source, p.destination = "ProdUsers", "StageUsers"
	for _, table := range []string{p.source, p.destination} {
		if err := create(ctx, client, table); err != nil {
			return err
		}
	}
	for i := range 1000 {
		if err := put(ctx, client, p.source, i); err != nil {
			return err
		}
	}
	key := []byte("not a secret, for an example only")
	for p.share = range p.shares {
		fmt.Fprintf(out, "share %d of %d\n", p.share, p.shares)
		if err := p.copy(ctx, client, client, key, out); err != nil {
			return err
		}
	}
	return nil
}

func create(ctx context.Context, client *dynamodb.Client, table string) error {
	_, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName:            &table,
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
	})
	return err
}

func put(ctx context.Context, client *dynamodb.Client, table string, i int) error {
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &table, Item: map[string]types.AttributeValue{
		"Id":      text(fmt.Sprintf("user-%04d", i)),
		"Name":    text(fmt.Sprintf("Ann %d", i)),
		"Email":   text(fmt.Sprintf("ann-%d@example.com", i)),
		"Country": text("DE"),
	}})
	return err
}
