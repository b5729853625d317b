// Package account connects the example programs to AWS or DynamoDB Local.
package account

import (
	"context"
	"flag"
	"net"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync"
)

// An Account is where a side's tables are. The zero Account is the one that the
// environment names.
type Account struct{ Endpoint, Region, Profile, ID string }

// Flags defines the flags of an account: side-endpoint, side-region and
// side-profile.
func (a *Account) Flags(fs *flag.FlagSet, side, text string) {
	fs.StringVar(&a.Endpoint, side+"-endpoint", "", "URL of the "+text+"'s DynamoDB endpoint")
	fs.StringVar(&a.Region, side+"-region", "", "AWS region of the "+text)
	fs.StringVar(&a.Profile, side+"-profile", "", "AWS profile of the "+text)
}

// GuardFlag defines the flag dest-account, which a destination at AWS needs.
func (a *Account) GuardFlag(fs *flag.FlagSet) {
	fs.StringVar(&a.ID, "dest-account", "", "AWS account of the destination, 12 digits; nothing is written to another")
}

// Guard returns what keeps a job from writing to another account.
func (a *Account) Guard() []dynsync.DestinationOption {
	if a.ID == "" {
		return nil
	}
	return []dynsync.DestinationOption{dynsync.Account(a.ID)}
}

// Client returns a client of AWS, or of DynamoDB Local where the endpoint is
// this machine and no profile is named: Local takes any credentials, and keeps
// the tables of each access key, here the name, apart.
func (a Account) Client(ctx context.Context, name string) (*dynamodb.Client, error) {
	opts := []func(*config.LoadOptions) error{config.WithHTTPClient(dynsync.HTTPClient(64))}
	if a.Region != "" {
		opts = append(opts, config.WithRegion(a.Region))
	}
	if a.Profile != "" {
		opts = append(opts, config.WithSharedConfigProfile(a.Profile))
	}
	if a.Profile == "" && isLoopback(a.Endpoint) {
		opts = append(opts, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(name, "local", "")))
		if a.Region == "" {
			opts = append(opts, config.WithRegion("us-east-1"))
		}
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return nil, err
	}
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		if a.Endpoint != "" {
			o.BaseEndpoint = aws.String(a.Endpoint)
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
