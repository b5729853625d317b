package connect_test

import (
	"context"
	"flag"
	"fmt"

	"github.com/dynsync/dynsync/connect"
)

func ExampleOpen() {
	ctx := context.Background()
	source, err := connect.Open(ctx, connect.Side("source"), connect.Region("eu-central-1"),
		connect.Role("arn:aws:iam::111122223333:role/prod-read", connect.ExternalID("dynsync-prod-7f3a")))
	if err != nil {
		fmt.Println(err)
		return
	}
	destination, err := connect.Open(ctx, connect.Side("destination"), connect.Endpoint("http://localhost:8000"), connect.Region("eu-central-1"))
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = source // of which no request was sent yet
	fmt.Println(connect.Describe(destination))
	// Output:
	// region eu-central-1 (an option), endpoint http://localhost:8000 (local), credentials: access key dummyid of a local endpoint
}

// Options that contradict each other are faults of Open, with all others.
func ExampleOpen_faults() {
	_, err := connect.Open(context.Background(), connect.Side("source"), connect.Region("eu-central-1a"),
		connect.Profile("prod"), connect.Keys("AKIAIOSFODNN7EXAMPLE", "secret", ""))
	fmt.Println(err)
	// Output:
	// dynsync: connect source: Region is the availability zone "eu-central-1a"; the region is "eu-central-1"
	// dynsync: connect source: Keys and Profile contradict each other: each says where credentials come from; give one of them
}

func ExampleFlags() {
	fs := flag.NewFlagSet("copy", flag.ContinueOnError)
	source, dest := connect.Flags(fs, "source"), connect.Flags(fs, "dest")
	if err := fs.Parse([]string{"-source-endpoint", "http://localhost:8008", "-source-region", "us-east-1"}); err != nil {
		fmt.Println(err)
		return
	}
	client, err := source.Open(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(connect.Describe(client))
	fmt.Println(dest.Given())
	// Output:
	// region us-east-1 (an option), endpoint http://localhost:8008 (local), credentials: access key dummyid of a local endpoint
	// false
}

func ExampleTrustPolicy() {
	policy, err := connect.TrustPolicy("arn:aws:iam::444455556666:role/nightly-copy", "dynsync-prod-7f3a")
	fmt.Println(policy, err)
	// Output:
	// {
	//   "Version": "2012-10-17",
	//   "Statement": [
	//     {
	//       "Effect": "Allow",
	//       "Principal": {
	//         "AWS": "arn:aws:iam::444455556666:role/nightly-copy"
	//       },
	//       "Action": "sts:AssumeRole",
	//       "Condition": {
	//         "StringEquals": {
	//           "sts:ExternalId": "dynsync-prod-7f3a"
	//         }
	//       }
	//     }
	//   ]
	// } <nil>
}
