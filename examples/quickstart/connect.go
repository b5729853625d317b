package main

import (
	"context"
	"net"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/dynsynctest"
)

// connect returns the clients of both sides: of an in-memory DynamoDB that is
// created with its tables where no flag names another.
func (f *flags) connect(ctx context.Context) (source, destination *dynamodb.Client, cleanup func(), err error) {
	if f.source == (side{}) && f.dest == (side{}) {
		server := dynsynctest.NewServer()
		f.create = true
		account := func(name string) *dynamodb.Client {
			return server.Client(func(o *dynamodb.Options) { o.Credentials = dynsynctest.Credentials(name) })
		}
		return account("production"), account("staging"), server.Close, nil
	}
	if source, err = f.source.client(ctx, "production"); err != nil {
		return nil, nil, nil, err
	}
	if destination, err = f.dest.client(ctx, "staging"); err != nil {
		return nil, nil, nil, err
	}
	return source, destination, func() {}, nil
}

// client returns a client of AWS, or of DynamoDB Local where the endpoint is
// this machine and no profile is named: Local takes any credentials, and keeps
// the tables of each access key apart.
func (s side) client(ctx context.Context, account string) (*dynamodb.Client, error) {
	opts := []func(*config.LoadOptions) error{config.WithHTTPClient(dynsync.HTTPClient(32))}
	if s.region != "" {
		opts = append(opts, config.WithRegion(s.region))
	}
	if s.profile != "" {
		opts = append(opts, config.WithSharedConfigProfile(s.profile))
	}
	if s.profile == "" && isLoopback(s.endpoint) {
		opts = append(opts, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(account, "local", "")))
		if s.region == "" {
			opts = append(opts, config.WithRegion("us-east-1"))
		}
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return nil, err
	}
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		if s.endpoint != "" {
			o.BaseEndpoint = aws.String(s.endpoint)
		}
	}), nil
}

func isLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
