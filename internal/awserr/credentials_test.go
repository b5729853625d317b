package awserr

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

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

// A job that is cancelled while its provider asks for credentials can be resumed.
func TestCancelledProvider(t *testing.T) {
	t.Parallel()
	err := At("source table", &smithy.OperationError{ServiceID: "DynamoDB", OperationName: "Scan", Err: &smithy.OperationError{ServiceID: "STS", OperationName: "AssumeRole", Err: context.Canceled}})
	if ClassOf(err) != reason.Resumable || OwnText(err) != "source table: the context ended" {
		t.Errorf("class %v: %v", ClassOf(err), err)
	}
}

// A request that was cut off while its provider asked for credentials failed for what the
// provider says.
func TestProviderThatIsSlow(t *testing.T) {
	t.Parallel()
	for _, lack := range []error{
		&CredentialsError{Text: "the role may not be assumed", Class: reason.Resumable, Err: errors.New("canary")},
		fmt.Errorf("canary: %w", &CredentialsError{Text: "the role may not be assumed", Class: reason.Resumable, Err: errors.New("canary")}),
	} {
		client := dynamodb.New(dynamodb.Options{Region: "eu-central-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, lack })})
		err := (&Renewal{Client: client}).Explain(t.Context(), unanswered(time.Second))
		if OwnText(err) != "the role may not be assumed" || ClassOf(err) != reason.Resumable {
			t.Error(err)
		}
	}
}

// The providers of the SDK put the answer of their service into the error of a request.
func TestAnswersOfOtherServices(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		service, operation, code string
		status                   int
		class                    reason.Class
		want                     string
	}{
		{"STS", "AssumeRole", "AccessDenied", 403, reason.Access, "AWS STS refuses or does not answer; check the role"},
		{"STS", "AssumeRole", "ExpiredToken", 403, reason.Access, "AWS STS"},
		{"STS", "AssumeRoleWithWebIdentity", "InvalidIdentityToken", 400, reason.Access, "AWS STS"},
		{"STS", "AssumeRole", "ValidationException", 400, reason.Access, "AWS STS"},
		{"STS", "AssumeRole", "Throttling", 400, reason.Resumable, "AWS STS"},
		{"STS", "AssumeRole", "ServiceUnavailable", 503, reason.Resumable, "AWS STS"},
		{"SSO", "GetRoleCredentials", "UnauthorizedException", 401, reason.Access, "single sign-on refuses"},
		{"SSO OIDC", "CreateToken", "InvalidGrantException", 400, reason.Access, "single sign-on refuses"},
		{"Signin", "CreateOAuth2Token", "AccessDeniedException", 403, reason.Access, "the login refuses"},
		{"ec2imds", "GetMetadata", "ResourceNotFoundException", 404, reason.Access, "the metadata service of the EC2 instance"},
		{"DynamoDB", "Scan", "AccessDeniedException", 400, reason.Access, "access is denied: dynamodb:Scan"},
		{"DynamoDB", "Scan", "ResourceNotFoundException", 400, reason.Configuration, "the table does not exist"},
	} {
		inner := &smithy.OperationError{ServiceID: tt.service, OperationName: tt.operation, Err: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: tt.status}}, Err: &smithy.GenericAPIError{Code: tt.code, Message: "canary"}}}
		err := At("source table", &smithy.OperationError{ServiceID: "DynamoDB", OperationName: "Scan", Err: fmt.Errorf("get identity: %w", inner)})
		if ClassOf(err) != tt.class || Retryable(err) != (tt.class == reason.Resumable) || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s, %s: class %v, %v", tt.service, tt.code, ClassOf(err), err)
		}
		if other := tt.service != "DynamoDB"; other && (Code(err) != "" || MayHaveApplied(err) || (&Renewal{}).Try(err)) {
			t.Errorf("%s, %s: it is taken for DynamoDB's", tt.service, tt.code)
		}
	}
}
