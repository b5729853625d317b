package connect

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/reason"
)

// A story is what an error of a provider has to tell of it. No text of it is a secret.
type story struct {
	side     string // "" if no option names it
	way      way
	role     string // ARN of the role that is assumed; "" for none, or if it is not known
	external bool   // an external id is sent
	local    bool   // the key is dummyid, or the role is assumed with it
	profile  string // "" for none
	half     bool   // one variable of the key is set and the other is not
	tokenOf  string // the variable that names the file of the token; "" if it is another
}

// tell words the error of a provider. It takes from the answers of services what it knows
// by form, and nothing else. Errors that are worded already, and those of a context that
// ended, pass as they are.
func (s *story) tell(ctx context.Context, err error) error {
	var told *awserr.CredentialsError
	if errors.As(err, &told) || ctx.Err() != nil {
		return err
	}
	text, class := s.text(err)
	return &awserr.CredentialsError{Side: s.side, Text: text, Class: class, Err: err}
}

// text says what is wrong, and what has to happen before the credentials can be had.
func (s *story) text(err error) (string, reason.Class) {
	var token *tokenError
	switch {
	case errors.As(err, &token):
		return fmt.Sprintf("%s with a web identity: the file of the token, %q, %s; check the path that WebIdentity names, and what writes the file", s.failed(), token.file, token.why()), reason.Access
	case s.way == byToken && strings.Contains(err.Error(), "failed to retrieve jwt"):
		return fmt.Sprintf("%s with a web identity: the file of the token cannot be read; check %s, and what writes the file", s.failed(), s.tokenFrom()), reason.Access
	case s.way == byMachine && s.half:
		return "of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set, and no other credentials were found; set both", reason.Access
	case s.way == byMachine:
		return "no credentials were found: none in the environment, in a profile, of a container or of an EC2 instance; set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give Profile, Keys or Role", reason.Access
	}
	if answer, ok := codeOf(err); ok {
		return s.answered(answer)
	}
	if class := awserr.ClassOf(inService(err)); class == reason.Resumable || class == reason.Configuration {
		return s.failed() + ", since " + s.service() + " does not answer: " + remedy(err), class
	}
	return s.otherwise(err), reason.Access
}

// inService returns the error of the service that was asked, without the operation, which
// tells that it is not DynamoDB.
func inService(err error) error {
	var op *smithy.OperationError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// remedy says what is wrong with the way to a service.
func remedy(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("a request took longer than %v; check the network", providerTimeout)
	}
	return awserr.Remedy(inService(err))
}

// tokenFrom names what names the file of the token.
func (s *story) tokenFrom() string {
	if s.tokenOf != "" {
		return s.tokenOf
	}
	return "web_identity_token_file of the profile"
}

// failed says what could not be done.
func (s *story) failed() string {
	switch {
	case s.way == byRole || s.way == byToken:
		return strings.TrimSuffix("role "+s.role, " ") + " cannot be assumed"
	case s.profile != "" && s.way != byHost:
		return fmt.Sprintf("the profile %q gives no credentials", s.profile)
	}
	return "there are no credentials"
}

// service names who gives the credentials.
func (s *story) service() string {
	switch s.way {
	case byRole, byToken:
		return "AWS STS (STSEndpoint and AWS_ENDPOINT_URL_STS set its endpoint)"
	case byLogin:
		return "single sign-on"
	case byHost:
		return "the container's endpoint (AWS_CONTAINER_CREDENTIALS_FULL_URI)"
	}
	return "its provider"
}

// otherwise words an error about which nothing else is known.
func (s *story) otherwise(err error) string {
	var process *processcreds.ProviderError
	switch {
	case s.way == byLogin:
		return s.failed() + ": its login has expired or was never made; run " + s.login() + " and start the job again"
	case errors.As(err, &process):
		return s.failed() + ": its credential_process fails, or prints no credentials; run the command by itself"
	case s.way == byHost:
		return s.failed() + ": the container's endpoint of credentials refuses or fails; check the role of the task or the pod (Unwrap has the cause)"
	}
	return s.failed() + " (Unwrap has the cause); check profile, environment, role or single sign-on"
}

// login returns the command by which a person logs in.
func (s *story) login() string {
	if s.profile == "" {
		return "aws sso login"
	}
	return "aws sso login --profile " + s.profile
}

// An answer is what is known of a refusal of STS or single sign-on.
type answer struct {
	code   string
	status int
	text   string
}

// codeOf returns the refusal in an error.
func codeOf(err error) (answer, bool) {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return answer{}, false
	}
	a := answer{code: api.ErrorCode(), text: api.ErrorMessage()}
	var resp *smithyhttp.ResponseError
	if errors.As(err, &resp) && resp.Response != nil && resp.Response.Response != nil {
		a.status = resp.HTTPStatusCode()
	}
	return a, a.code != ""
}

// noCode is the code that the SDK gives an error in which it finds none.
const noCode = "UnknownError"

// answered words a refusal.
func (s *story) answered(a answer) (string, reason.Class) {
	if s.way == byLogin || s.way == byHost || s.way == byProcess {
		return s.otherwise(nil), reason.Access
	}
	switch a.code {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation":
		return s.denied(a), reason.Access
	case "ExpiredToken", "ExpiredTokenException":
		if s.way == byToken {
			return s.failed() + ": the token of the web identity has expired; check what writes its file", reason.Access
		}
		return s.failed() + ": the credentials that assume it have expired; renew them", reason.Access
	case "InvalidClientTokenId", "UnrecognizedClientException":
		if s.local {
			return s.failed() + ": the local endpoint does not accept the access key " + localKey + "; a key of the environment is not sent there, so give one by Keys or Profile", reason.Access
		}
		return s.failed() + ": the access key that assumes it is not accepted; check that it exists and is active, and is of this partition", reason.Access
	case "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "RequestExpired":
		return s.failed() + ": the signature is not accepted; check the secret access key, and the clock of this machine", reason.Access
	case "InvalidIdentityToken", "IDPRejectedClaim":
		return s.failed() + ": the token of the web identity is not accepted; check the identity provider and the audience in the account, and what writes the file", reason.Access
	case "RegionDisabledException":
		return s.failed() + ": AWS STS is not enabled in this region for the account; enable it, or set STSEndpoint to another region's", reason.Access
	case "PackedPolicyTooLarge", "PackedPolicyTooLargeException":
		return s.failed() + ": its session tags are too large together; use fewer or shorter ones", reason.Configuration
	case "ValidationError", "ValidationException", "InvalidParameterValue":
		return s.invalid(a), reason.Configuration
	}
	if a.status >= http.StatusInternalServerError || a.code == "Throttling" || a.code == "ThrottlingException" || a.code == "IDPCommunicationError" {
		return s.failed() + " for now, since AWS STS is busy or fails; start the job again later", reason.Resumable
	}
	if a.code == noCode {
		return s.failed() + ", since what answers is not AWS STS; check STSEndpoint and AWS_ENDPOINT_URL_STS, and a proxy in between", reason.Configuration
	}
	return s.failed() + ": AWS STS refuses (Unwrap has the cause); check the role and its trust policy", reason.Access
}

var (
	askedAction = regexp.MustCompile(`\bis not authorized to perform: (sts:(?:AssumeRole|AssumeRoleWithWebIdentity|TagSession|SetSourceIdentity))\b`)
	caller      = regexp.MustCompile(`^User: (arn:aws(?:-[a-z]+){0,3}:(?:iam|sts)::[0-9]{12}:(?:user|role|assumed-role|root)[A-Za-z0-9_+=,.@/-]{0,600}) is not authorized`)
)

// denied words a refusal to assume the role.
func (s *story) denied(a answer) string {
	action, who := "sts:AssumeRole", "the caller"
	if s.way == byToken {
		action = "sts:AssumeRoleWithWebIdentity"
	}
	if m := askedAction.FindStringSubmatch(a.text); m != nil {
		action = m[1]
	}
	if m := caller.FindStringSubmatch(a.text); m != nil {
		who = m[1]
	}
	text := fmt.Sprintf("%s: %s is denied; check that the role exists and that its trust policy allows the action to %s",
		strings.Replace(s.failed(), "cannot", "may not", 1), action, who)
	switch {
	case s.way == byToken:
		return text + ", with the token's issuer, audience and subject"
	case s.external:
		return text + ", that the external id is the one in its condition, and that the caller's own policies allow the action on the role"
	}
	return text + ", that it asks for no external id (none was given), and that the caller's own policies allow the action on the role"
}

// invalid words a refusal of a request to assume the role.
func (s *story) invalid(a answer) string {
	if strings.Contains(a.text, "DurationSeconds exceeds") {
		return s.failed() + ": the session is to last longer than the role allows (MaxSessionDuration), or than the 1 hour of a role assumed by a role; lower Duration"
	}
	return s.failed() + ": AWS STS refuses the request as invalid; check the ARN, session name, external id, tags and duration (Unwrap has the cause)"
}
