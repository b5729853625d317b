package awserr

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/dynsync/dynsync/internal/reason"
)

// The answer of a service of credentials is never taken for DynamoDB's.
func TestCredentialsErrors(t *testing.T) {
	t.Parallel()
	client := dynamodb.New(dynamodb.Options{Region: "eu-central-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("there are none")
	})})
	for _, code := range []string{"ExpiredToken", "ExpiredTokenException", "AccessDenied", "SignatureDoesNotMatch", "ThrottlingException", "ValidationException", "InternalFailure", "ResourceNotFoundException", "UnprocessedItems", "ServiceUnavailable"} {
		for _, class := range []reason.Class{reason.Access, reason.Configuration, reason.Resumable} {
			lack := &CredentialsError{Side: "source", Text: "the role may not be assumed", Class: class, Err: &smithyhttp.ResponseError{
				Response: &smithyhttp.Response{Response: &http.Response{StatusCode: 503}}, Err: &smithy.GenericAPIError{Code: code, Message: "canary"}}}
			err := error(&smithy.OperationError{ServiceID: "DynamoDB", OperationName: "Scan", Err: fmt.Errorf("get identity: %w", lack)})
			if got := ClassOf(err); got != class {
				t.Errorf("%s: class %v, not %v", code, got, class)
			}
			if Code(err) != "" || MayHaveApplied(err) || RefusesItems(err) || len(ThrottleReasons(err)) > 0 || Retryable(err) != (class == reason.Resumable) {
				t.Errorf("%s, class %v: it is taken for DynamoDB's", code, class)
			}
			if (&Renewal{}).Try(err) {
				t.Errorf("%s: another signature helps", code)
			}
			if again := (&Renewal{Client: client}).Explain(context.Background(), err); again != err {
				t.Errorf("%s: it is explained as %v", code, again)
			}
			for _, e := range []error{err, lack, &CredentialsError{Text: lack.Text, Err: errors.New("canary")}} {
				at := At("source table", e)
				if want := "source table: the role may not be assumed"; at.Error() != want || fmt.Sprintf("%#v", at) != want {
					t.Errorf("%s: %v", code, at)
				}
			}
			if strings.Contains(fmt.Sprintf("%v %+v %#v", lack, lack, lack), "canary") {
				t.Errorf("%s: the answer's text is printed", code)
			}
		}
	}
}
