// Package connect opens clients of DynamoDB for a job: of another account by a role, of a
// profile, of keys, or by whatever the process has.
//
//	source, err := connect.Open(ctx, connect.Side("source"),
//		connect.Region("eu-central-1"),
//		connect.Role("arn:aws:iam::111122223333:role/prod-read", connect.ExternalID(id)))
//
// Without options, [Open] uses the default chain of the AWS SDK: keys in the environment, a
// profile, a web identity (IRSA), the container's role (ECS, EKS Pod Identity) and the role
// of the EC2 instance.
//
// A client keeps its credentials in memory and renews them while a job runs. Nothing in
// this package stores a credential, prints one or puts one into an error.
//
// # Local endpoints
//
// An endpoint is local if its host is a loopback or private address or a name without a
// dot, as of DynamoDB Local. There, unless an option gives keys, a profile, a role or a web
// identity, the access key is dummyid and the secret dummysecret: a key of the environment
// is not used. The region is us-west-2 if none is set. Both hold for endpoints of
// AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_DYNAMODB, too. [Describe] says so.
package connect
