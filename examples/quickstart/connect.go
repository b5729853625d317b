package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/dynsynctest"
)

// connect returns the clients of both sides: of an in-memory DynamoDB that is
// created with its tables where no flag names another.
func (f *flags) connect(ctx context.Context) (source, destination *dynamodb.Client, cleanup func(), err error) {
	if !f.source.Given() && !f.dest.Given() {
		server := dynsynctest.NewServer()
		f.create = true
		account := func(name string) *dynamodb.Client {
			return server.Client(func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials(name) })
		}
		return account("production"), account("staging"), server.Close, nil
	}
	if source, err = f.source.Open(ctx); err != nil {
		return nil, nil, nil, err
	}
	if destination, err = f.dest.Open(ctx); err != nil {
		return nil, nil, nil, err
	}
	return source, destination, func() {}, nil
}
