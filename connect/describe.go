package connect

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/internal/side"
)

// Describe says where a client leads and what its credentials are, in one line for a log:
//
//	region eu-central-1 (the environment), endpoint https://dynamodb.eu-central-1.amazonaws.com, credentials: role arn:aws:iam::111122223333:role/prod-read assumed with an external id, by profile "ci"
//
// It sends no request and never names an access key but dummyid, nor an external id. Of a
// client that [Open] did not return it says less.
func Describe(client *dynamodb.Client) string {
	if client == nil {
		return "no client"
	}
	where := side.Of(client)
	p, ours := client.Options().Credentials.(*provider)
	var parts []string
	if where.Region != "" {
		region := "region " + where.Region
		if ours {
			region += " (" + p.origin + ")"
		}
		parts = append(parts, region)
	}
	if where.Endpoint != "" {
		endpoint := "endpoint " + where.Endpoint
		if where.Local() {
			endpoint += " (local)"
		}
		parts = append(parts, endpoint)
	}
	credentials := "credentials: not of Open"
	if ours {
		credentials = "credentials: " + p.kind
	}
	return strings.Join(append(parts, credentials), ", ")
}
