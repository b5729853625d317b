package side

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

func TestHasLongLivedKeys(t *testing.T) {
	t.Parallel()
	with := func(creds aws.Credentials, err error) func(*dynamodb.Options) {
		return func(o *dynamodb.Options) {
			o.Credentials = aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return creds, err }))
		}
	}
	user := aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "s"}
	session := aws.Credentials{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: "s", SessionToken: "t", CanExpire: true}
	tokened := user
	tokened.SessionToken = "t"
	for name, tt := range map[string]struct {
		client any
		want   bool
	}{
		"a user":            {client("eu-central-1", "", with(user, nil)), true},
		"a user, embedded":  {struct{ *dynamodb.Client }{client("eu-central-1", "", with(user, nil))}, true},
		"a private link":    {client("eu-central-1", "https://vpce-1.dynamodb.eu-central-1.vpce.amazonaws.com", with(user, nil)), true},
		"a session":         {client("eu-central-1", "", with(session, nil)), false},
		"a user with token": {client("eu-central-1", "", with(tokened, nil)), false},
		"at Local":          {client("eu-central-1", "http://localhost:8000", with(user, nil)), false},
		"another key":       {client("eu-central-1", "", with(aws.Credentials{AccessKeyID: "dummyid", SecretAccessKey: "s"}, nil)), false},
		"a failure":         {client("eu-central-1", "", with(user, errors.New("canary"))), false},
		"no credentials":    {client("eu-central-1", "", func(o *dynamodb.Options) { o.Credentials = nil }), false},
		"no client":         {nil, false},
		"another client":    {struct{}{}, false},
	} {
		if got := HasLongLivedKeys(t.Context(), tt.client); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
