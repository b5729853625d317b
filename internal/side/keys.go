package side

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// longLived begins the id of an access key of a user, which does not expire (IAM User
// Guide, "Unique identifiers"). Those of sessions begin with ASIA.
const longLived = "AKIA"

// HasLongLivedKeys reports whether a client's credentials are an access key that does not
// expire. It asks the client's provider, which may send requests to others than DynamoDB,
// and is false if the provider fails or the context ends, at a local endpoint, and for a
// client of which nothing is known.
func HasLongLivedKeys(ctx context.Context, client any) bool {
	holder, ok := client.(interface{ Options() dynamodb.Options })
	if !ok || isNil(client) || Of(client).Local() {
		return false
	}
	provider := holder.Options().Credentials
	if provider == nil {
		return false
	}
	creds, err := provider.Retrieve(ctx)
	return err == nil && !creds.CanExpire && creds.SessionToken == "" && strings.HasPrefix(creds.AccessKeyID, longLived)
}
