package connect

import (
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/dynsync/dynsync/internal/iam"
	"github.com/dynsync/dynsync/internal/reason"
)

var principalForm = regexp.MustCompile(`^(?:root|(?:user|role)/(?:[!-.0-~]+/)*[A-Za-z0-9_+=,.@-]{1,64})$`)

// TrustPolicy returns the trust policy of a role that a job assumes, as JSON indented by
// two spaces. It allows sts:AssumeRole to principal: an AWS account of 12 digits, or the
// ARN of an account's root, a user or a role. With an externalID, the role may only be
// assumed by those who give the same one (see [ExternalID]); "" asks for none.
//
// An account, or its root, as principal lets that account's administrators decide who may
// assume the role. An error says which argument is malformed.
func TrustPolicy(principal, externalID string) (string, error) {
	if accountForm.MatchString(principal) {
		principal = "arn:aws:iam::" + principal + ":root"
	}
	if why := checkPrincipal(principal); why != "" {
		return "", reason.Refuse(reason.Configuration, "TrustPolicy: %s", why)
	}
	if externalID != "" && !isExternalID(externalID) {
		return "", reason.Refuse(reason.Configuration, "TrustPolicy: the external id must be 2 to 1,224 letters, digits and characters of _+=,.@:/-")
	}
	allow := iam.Statement{
		Effect:    iam.Allow,
		Principal: iam.Principal{Names: map[string]iam.Strings{"AWS": iam.One(principal)}},
		Action:    iam.One("sts:AssumeRole"),
	}
	if externalID != "" {
		allow.Condition = iam.Conditions{"StringEquals": {"sts:ExternalId": iam.One(externalID)}}
	}
	doc := &iam.Document{Version: iam.Version, Statement: []iam.Statement{allow}}
	return doc.JSON()
}

// checkPrincipal says what is wrong with the ARN of a principal, "" if nothing is.
func checkPrincipal(text string) string {
	const example = "; give an account of 12 digits, or an ARN like arn:aws:iam::111122223333:role/job"
	parsed, err := arn.Parse(text)
	switch {
	case text == "*":
		return "the principal * would let everybody assume the role" + example
	case err != nil || len(text) > mostARN || !printable(text):
		return "the principal is neither an account nor an ARN" + example
	case !partitionForm.MatchString(parsed.Partition):
		return "the principal has a partition that is none of AWS's (aws, aws-cn, aws-us-gov)" + example
	case parsed.Service == "sts":
		return "the principal is a session, which ends; give the role of the session" + example
	case parsed.Service != "iam" || parsed.Region != "":
		return fmt.Sprintf("the principal is an ARN of the service %q, and not of iam without a region", parsed.Service) + example
	case !accountForm.MatchString(parsed.AccountID):
		return "the account in the principal's ARN is not 12 digits" + example
	case !principalForm.MatchString(parsed.Resource):
		return "the principal is neither root, a user nor a role" + example
	}
	return ""
}
