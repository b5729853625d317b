package connect

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/side"
)

// callerTime bounds how long [Caller] asks.
const callerTime = 15 * time.Second

// Caller returns the account and the ARN of a client's credentials, as AWS STS says by
// GetCallerIdentity, which needs no right. It asks the STS that the options of [Open] or
// the environment name; for a client that Open did not return, AWS's of the client's
// region. It blocks for 15 seconds at most.
//
// At a local endpoint, whose key no account has, it sends nothing and returns an error; so
// it does where STS alone is local and the credentials are those of the environment.
func Caller(ctx context.Context, client *dynamodb.Client) (account, arn string, err error) {
	asked, named := stsOf(client)
	switch {
	case asked == nil && side.Of(client).Local():
		return "", "", reason.Refuse(reason.Configuration, "the client's endpoint is local and no STS is named, so that nobody knows the caller; set STSEndpoint or AWS_ENDPOINT_URL_STS")
	case asked == nil:
		return "", "", reason.Refuse(reason.Configuration, "the endpoint of AWS STS is local, and no key of the environment is sent to a local endpoint, so that nobody knows the caller; name the credentials by Profile, Keys or Role, or check STSEndpoint and AWS_ENDPOINT_URL_STS")
	}
	limited, cancel := context.WithTimeout(ctx, callerTime)
	defer cancel()
	who, err := asked.GetCallerIdentity(limited, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", "", explainCaller(ctx, named, err)
	}
	return aws.ToString(who.Account), aws.ToString(who.Arn), nil
}

// stsOf returns the client of STS for the credentials of a client, nil if it has none, and
// the side that an option names.
func stsOf(client *dynamodb.Client) (asked *sts.Client, named string) {
	options := client.Options()
	if p, ok := options.Credentials.(*provider); ok {
		return p.sts, p.story.side
	}
	if side.Of(client).Local() {
		return nil, ""
	}
	return sts.New(sts.Options{
		Region: options.Region, Credentials: options.Credentials, RetryMaxAttempts: 2,
		HTTPClient: awshttp.NewBuildableClient().WithTimeout(providerTimeout),
	}), ""
}

// explainCaller words the error of GetCallerIdentity.
func explainCaller(ctx context.Context, named string, err error) error {
	var told *awserr.CredentialsError
	if errors.As(err, &told) {
		return told
	}
	text, class := remedy(err), awserr.ClassOf(inService(err))
	if ctx.Err() != nil {
		text, class = "the context ended", reason.Resumable
	}
	return &awserr.CredentialsError{Side: named, Text: "AWS STS does not say who the caller is: " + text, Class: class, Err: err}
}
