package awskey

import (
	"context"
	"errors"
	"reflect"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/reason"
)

// These are the forms of ARNs and ids in the references of Secrets Manager and AWS KMS. The
// name of a secret has the characters that CreateSecret takes.
var (
	secretARN       = regexp.MustCompile(`^arn:aws(-[a-z]+)*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]{1,519}$`)
	keyName         = regexp.MustCompile(`^(arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:[0-9]{12}:(key/` + keyUUID + `|` + alias + `)|` + keyUUID + `|` + alias + `)$`)
	environmentName = regexp.MustCompile(`^[ -~]{0,64}$`)
)

const (
	keyUUID = `([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|mrk-[0-9a-f]{32})`
	alias   = `alias/[A-Za-z0-9/_-]{1,250}`
)

// A request is a request for a key.
type request struct {
	action   string // such as "kms:GenerateMac"
	resource string
}

func (r request) String() string { return r.action + " on " + r.resource }

// check checks the client and the form of the resource.
func (r request) check(client any, form *regexp.Regexp, want string) error {
	if v := reflect.ValueOf(client); client == nil || v.Kind() == reflect.Pointer && v.IsNil() {
		return reason.Refuse(reason.Configuration, "%s: the client is nil", r.action)
	}
	if !form.MatchString(r.resource) {
		return reason.Refuse(reason.Configuration, "%s needs %s, not %.200q", r.action, want, r.resource)
	}
	return nil
}

// checkClient checks that an ARN is of the client's region, and that the client has
// credentials, which its request then finds in its cache.
func (r request) checkClient(ctx context.Context, region string, from aws.CredentialsProvider) error {
	if parts := strings.SplitN(r.resource, ":", 5); len(parts) == 5 && region != "" && parts[3] != region {
		return reason.Refuse(reason.Configuration, "%s: the client is of region %s; give a client of region %s", r, region, parts[3])
	}
	if from == nil {
		return nil
	}
	_, err := from.Retrieve(ctx)
	var lack *awserr.CredentialsError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &lack), ctx.Err() != nil:
		return r.failed(err)
	}
	return reason.Because(reason.Access, err, "%s: there are no credentials (Unwrap has the cause); check profile, environment, role or single sign-on", r)
}

// A refusal is what an error code means.
type refusal struct {
	class  reason.Class
	remedy string
}

const (
	renew   = "the credentials have expired; renew them, or give the client a provider that does"
	unknown = "the access key is not accepted; check that it exists and is active, and is of this partition"
	sign    = "the signature is not accepted; check the secret access key, and the clock of this machine"
	allow   = "is denied; allow the action on it in the caller's policies and in the policy of the resource"
	later   = "fails for now; start the job again later"
)

// refusals are the error codes of Secrets Manager, of AWS KMS and of both. The remedy
// follows the action and the resource.
var refusals = map[string]refusal{
	"ResourceNotFoundException": {reason.Configuration, "finds no such secret, or no version of that stage; check the ARN, its account and region"},
	"InvalidRequestException":   {reason.Configuration, "is refused: the secret is marked for deletion, or is managed by another service; restore it"},
	"InvalidParameterException": {reason.Configuration, "is refused: a parameter is not valid; check the ARN and the stage"},
	"DecryptionFailure":         {reason.Access, "cannot decrypt the secret; allow kms:Decrypt on its KMS key, and check that the key is enabled"},
	"InternalServiceError":      {reason.Resumable, later},

	"NotFoundException":          {reason.Configuration, "finds no such key; check the ARN, its account and region"},
	"InvalidArnException":        {reason.Configuration, "is refused: the ARN is not valid"},
	"DisabledException":          {reason.Access, "finds the key disabled; enable it"},
	"KMSInvalidStateException":   {reason.Access, "finds the key in a state that allows no use, such as pending deletion; restore and enable it"},
	"InvalidKeyUsageException":   {reason.Configuration, "needs a key of usage GENERATE_VERIFY_MAC and specification HMAC_256, and this one is another; make such a key"},
	"InvalidGrantTokenException": {reason.Access, "is refused: a grant token is not valid"},
	"KeyUnavailableException":    {reason.Resumable, later},
	"DependencyTimeoutException": {reason.Resumable, later},
	"KMSInternalException":       {reason.Resumable, later},

	"AccessDeniedException":         {reason.Access, allow},
	"AccessDenied":                  {reason.Access, allow},
	"UnrecognizedClientException":   {reason.Access, "fails: " + unknown},
	"InvalidClientTokenId":          {reason.Access, "fails: " + unknown},
	"MissingAuthenticationToken":    {reason.Access, "fails: the request has no credentials; give the client some"},
	"ExpiredTokenException":         {reason.Access, "fails: " + renew},
	"ExpiredToken":                  {reason.Access, "fails: " + renew},
	"InvalidSignatureException":     {reason.Access, "fails: " + sign},
	"SignatureDoesNotMatch":         {reason.Access, "fails: " + sign},
	"IncompleteSignature":           {reason.Access, "fails: " + sign},
	"RequestExpired":                {reason.Access, "fails: " + sign},
	"OptInRequired":                 {reason.Access, "fails: the account has not subscribed to the service"},
	"ValidationException":           {reason.Configuration, "is refused: a parameter is not valid; check the ARN"},
	"ThrottlingException":           {reason.Resumable, later},
	"LimitExceededException":        {reason.Resumable, later},
	"ServiceUnavailable":            {reason.Resumable, later},
	"ServiceUnavailableException":   {reason.Resumable, later},
	"InternalFailure":               {reason.Resumable, later},
	"UnknownOperationException":     {reason.Configuration, "is unknown at the client's endpoint; check that it is that of the service"},
	"SubscriptionRequiredException": {reason.Access, "fails: the account has not subscribed to the service"},
}

// failed returns the error of a request that failed. It says nothing of the answer but what
// its code means.
func (r request) failed(err error) error {
	var lack *awserr.CredentialsError
	var api smithy.APIError
	var resp *smithyhttp.ResponseError
	switch {
	case errors.As(err, &lack):
		return reason.Because(lack.Class, err, "%s: %s", r, lack.Text)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return reason.Because(reason.Resumable, err, "%s was not answered in time; check the network and the client's endpoint", r)
	case errors.As(err, &api) && refusals[api.ErrorCode()].remedy != "":
		known := refusals[api.ErrorCode()]
		return reason.Because(known.class, err, "%s %s", r, known.remedy+r.further(known))
	case awserr.IsDamaged(err):
		return reason.Because(reason.Configuration, err, "%s: the answer is damaged, or not the service's; check the client's endpoint, and what is in between", r)
	case errors.As(err, &resp) && resp.HTTPStatusCode() >= 500:
		return reason.Because(reason.Resumable, err, "%s %s", r, later)
	case errors.As(err, &resp) && resp.HTTPStatusCode() != 0:
		return reason.Because(reason.Access, err, "%s fails with HTTP status %d; check that the client's endpoint is that of the service, and the credentials (Unwrap has the cause)", r, resp.HTTPStatusCode())
	}
	return reason.Because(classOf(err), err, "%s is not answered: %s", r, awserr.Remedy(err))
}

// further returns what else a denied request may need.
func (r request) further(why refusal) string {
	if why.remedy != allow || !strings.HasPrefix(r.action, "secretsmanager:") {
		return ""
	}
	return "; a secret under a KMS key of the account also needs kms:Decrypt on that key"
}

// classOf returns the class of an error without an answer.
func classOf(err error) reason.Class {
	if c := awserr.ClassOf(err); c != reason.Unexpected {
		return c
	}
	return reason.Access
}
