package awserr

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/dynsync/dynsync/internal/reason"
)

func TestCodes(t *testing.T) {
	tests := []struct {
		code                          string
		retryable, throttled, applied bool // applied: it may have been carried out
		parts                         bool // parts of the request may pass
		remedy                        string
		reason                        string
	}{
		{"InternalServerError", true, false, true, false, "its own fault", "the service's own fault"},
		{"ServiceUnavailable", true, false, true, false, "its own fault", "likewise, by another name"},
		{"TransactionConflictException", true, false, false, false, "for now", "a transaction holds the item for a moment"},
		{"RequestTimeTooSkewed", false, false, false, false, "clock", "signed again, by Renewal"},
		{"ProvisionedThroughputExceededException", true, true, false, false, "too little capacity", "the SDK's list"},
		{"LimitExceededException", true, true, false, false, "too little capacity", "the SDK's list"},
		{"ThrottlingError", true, true, false, false, "too little capacity", "in the slot of a batch"},
		{"UnprocessedItems", true, true, false, false, "too little capacity", "ours"},
		{"ExpiredTokenException", false, false, false, false, "have expired", "new credentials can be had, by Renewal"},
		{"InvalidSignatureException", false, false, false, false, "clock", "the same request would be refused again; it is signed anew, by Renewal"},
		{"ValidationException", false, false, false, true, "refuses the request as invalid", "one item can be to blame"},
		{"ItemCollectionSizeLimitExceededException", false, false, false, true, "Unwrap has the cause", "one item can be to blame"},
		{"AccessDeniedException", false, false, false, false, "grant", "permanent"},
		{"ResourceNotFoundException", false, false, false, false, "does not exist", "permanent"},
		{"SomethingNew", false, false, false, false, "Unwrap has the cause", "what is not known is permanent"},
	}
	for _, tt := range tests {
		err := fmt.Errorf("it failed: %w", &smithy.GenericAPIError{Code: tt.code, Message: "canary"})
		if got := Retryable(err); got != tt.retryable {
			t.Errorf("%s: Retryable is %v: %s", tt.code, got, tt.reason)
		}
		if got := len(ThrottleReasons(err)) > 0; got != tt.throttled {
			t.Errorf("%s: throttled is %v: %s", tt.code, got, tt.reason)
		}
		if got := MayHaveApplied(err); got != tt.applied {
			t.Errorf("%s: MayHaveApplied is %v: %s", tt.code, got, tt.reason)
		}
		if got := RefusesItems(err); got != tt.parts {
			t.Errorf("%s: RefusesItems is %v: %s", tt.code, got, tt.reason)
		}
		if got := Remedy(err); !strings.Contains(got, tt.remedy) || strings.Contains(got+Text(err), "canary") {
			t.Errorf("%s: %s", tt.code, got)
		}
	}
}

// What a slot of a batch says is what the exception of the meaning says.
func TestOfSlot(t *testing.T) {
	for slot, want := range map[string]string{"ValidationError": "ValidationException", "ThrottlingError": "ThrottlingError", "AccessDenied": "AccessDeniedException"} {
		if got := Code(OfSlot(slot, "")); got != want {
			t.Errorf("%s: %s", slot, got)
		}
	}
	for slot, exception := range slots {
		if classOf(exception) == permanent && codes[exception].remedy == "" {
			t.Errorf("%s stands for %s, of which nothing is known", slot, exception)
		}
	}
}

// A caller's own end is not transient; an attempt that was cut off is.
func TestEndsAreNotTransient(t *testing.T) {
	if Retryable(context.Canceled) || Retryable(nil) || Retryable(errors.New("x")) {
		t.Error("what is not DynamoDB's is not transient")
	}
	if !Retryable(unanswered(1)) || Remedy(unanswered(1)) == "" {
		t.Error("an attempt without an answer is")
	}
}

// What has to happen is known of every code, of what the network says and of contexts.
func TestClassOf(t *testing.T) {
	api := func(code string) error { return &smithy.GenericAPIError{Code: code} }
	status := func(code int) error {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: code}}, Err: errors.New("x")}
	}
	for _, tt := range []struct {
		err    error
		want   reason.Class
		reason string
	}{
		{api("AccessDeniedException"), reason.Access, "denied"},
		{api("UnrecognizedClientException"), reason.Access, "credentials that are not accepted"},
		{api("MissingAuthenticationTokenException"), reason.Access, "a request without credentials, as DynamoDB answers it"},
		{api("IncompleteSignatureException"), reason.Access, "a signature that lacks a part"},
		{api("SignatureDoesNotMatch"), reason.Access, "a secret that is not the key's"},
		{api("ExpiredTokenException"), reason.Access, "credentials that could not be renewed"},
		{status(403), reason.Access, "a proxy's answer has no code"},
		{api("ResourceNotFoundException"), reason.Configuration, "a table's name, an account or a region"},
		{api("ValidationException"), reason.Configuration, "a condition, mostly"},
		{&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}, reason.Configuration, "an endpoint that does not exist"},
		{api("ThrottlingException"), reason.Resumable, "throttled"},
		{api("InternalServerError"), reason.Resumable, "the service's own fault"},
		{status(503), reason.Resumable, "a load balancer's answer has no code"},
		{unanswered(1), reason.Resumable, "no answer in time"},
		{&net.OpError{Op: "read", Err: errors.New("reset")}, reason.Resumable, "the network"},
		{fmt.Errorf("x: %w", context.Canceled), reason.Resumable, "a cancellation"},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), reason.Resumable, "a deadline"},
		{api("SomethingNew"), reason.Unexpected, "nothing is known of it"},
		{errors.New("x"), reason.Unexpected, "nor of that"},
	} {
		if got := ClassOf(fmt.Errorf("it failed: %w", tt.err)); got != tt.want {
			t.Errorf("%v: class %d, want %d: %s", tt.err, got, tt.want, tt.reason)
		}
	}
	for name, c := range codes {
		if got := ClassOf(api(name)); got == reason.Unexpected || got == reason.Unstated {
			t.Errorf("%s: class %d, though it stands in the table (%d)", name, got, c.class)
		}
	}
}

// Without credentials the SDK's error has no type to go by.
func TestWithoutCredentials(t *testing.T) {
	lacks := errors.New("canary")
	asked := func(credentials aws.CredentialsProvider) error {
		client := dynamodb.New(dynamodb.Options{Region: "eu-central-1", Credentials: credentials, BaseEndpoint: aws.String("http://127.0.0.1:1")})
		return RetryTransient(t.Context(), time.Millisecond, client, func(ctx context.Context) error {
			_, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("Users")}, Once)
			return err
		})
	}
	err := asked(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, lacks }))
	if ClassOf(err) != reason.Access || !strings.Contains(Remedy(err), "no credentials") || !errors.Is(err, lacks) || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), "canary") {
		t.Errorf("%v: class %d, %s", err, ClassOf(err), Remedy(err))
	}
	err = asked(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b"}, nil
	}))
	if ClassOf(err) != reason.Resumable {
		t.Errorf("nobody answers: %v: class %d", err, ClassOf(err))
	}
}

// A syscall.Errno is a net.Error, whatever it is of.
func TestRetryableErrno(t *testing.T) {
	file := func(err error) error { return &fs.PathError{Op: "open", Path: "/x", Err: err} }
	link := func(err error) error { return &os.LinkError{Op: "rename", Old: "/x", New: "/y", Err: err} }
	call := func(err error) error { return os.NewSyscallError("read", err) }
	conn := func(err error) error { return &net.OpError{Op: "read", Net: "tcp", Err: call(err)} }
	sent := func(err error) error { return &smithyhttp.RequestSendError{Err: err} }
	bare := func(err error) error { return err }
	for name, tt := range map[string]struct {
		wrap          func(error) error
		network, file bool // whether errnos of connections and of files are transient in it
	}{
		"bare":             {bare, true, false},
		"SyscallError":     {call, true, false},
		"PathError":        {file, false, false},
		"LinkError":        {link, false, false},
		"OpError":          {conn, true, true},
		"RequestSendError": {sent, true, true},
	} {
		check := func(errno syscall.Errno, want bool) {
			for _, err := range []error{tt.wrap(errno), fmt.Errorf("it failed: %w", tt.wrap(errno)), errors.Join(errors.New("x"), tt.wrap(errno))} {
				if got := Retryable(err); got != want {
					t.Errorf("%s of %v: Retryable is %v", name, errno, got)
				}
				if got := ClassOf(err) == reason.Resumable; got != want {
					t.Errorf("%s of %v: class %d", name, errno, ClassOf(err))
				}
			}
		}
		for _, errno := range brokenConnection {
			check(errno, tt.network)
		}
		for _, errno := range append(badPath, syscall.EACCES, syscall.EPERM, syscall.EEXIST, syscall.ENOSPC, syscall.EROFS, syscall.EIO, syscall.EMFILE, syscall.EINVAL) {
			check(errno, tt.file)
		}
	}
	_, err := os.Open("/proc/nope/x")
	if !IsBadPath(err) || IsBadPath(file(syscall.ENOSPC)) || Retryable(err) {
		t.Errorf("a file that does not exist: %v", err)
	}
}
