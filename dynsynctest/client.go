package dynsynctest

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Client returns a client of the server with region us-east-1 and static credentials
// with the access key "dynsynctest". The functions may change both; a client with other
// credentials or another region sees other tables.
func (s *Server) Client(optFns ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(s.URL()),
		Credentials:  Credentials("dynsynctest"),
		HTTPClient:   wholeBodies{awshttp.NewBuildableClient()},
	}, optFns...)
}

// Credentials returns static credentials with the access key and a meaningless secret.
// Unless the server has [WithSharedTables], they select an account.
func Credentials(accessKey string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: "not-a-secret", Source: "dynsynctest"}, nil
	})
}

// wholeBodies hands net/http the request's body as plain bytes.
//
// The SDK's own body answers io.EOF to a WriteTo that comes after the answer
// has begun, which net/http takes for a failed write: it closes the connection
// while the answer is being read. A server on the same machine is quick enough
// for that to fail one large answer in some hundreds.
type wholeBodies struct{ next aws.HTTPClient }

func (w wholeBodies) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.GetBody != nil { // with GetBody it is plain already
		return w.next.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_ = r.Body.Close()
	plain := r.WithContext(r.Context())
	plain.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	plain.Body, _ = plain.GetBody()
	return w.next.Do(plain)
}
