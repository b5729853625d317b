package awserr

import (
	"errors"
	"regexp"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/dynsync/dynsync/internal/grants"
)

// A denial is what may be said of a request that was denied.
type denial struct {
	action   string // such as "dynamodb:Scan"; "" if it is not known
	resource string // the ARN of a table, an index or a key of KMS; "" if the message names none
	why      string // which policy decided; "" if the message does not say
	explicit bool   // a policy denies it; otherwise none allows it
	key      bool   // it is the KMS key of the table that cannot be used
}

// denialOf reads the message of an error that denies access. It takes an action, a
// resource and a reason that it knows by their forms, and nothing else of the message. The
// operation tells the action where the message does not.
func denialOf(err error) denial {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return denial{}
	}
	d := denial{key: strings.HasPrefix(api.ErrorCode(), "KMS")}
	text := api.ErrorMessage()
	if m := deniedAction.FindStringSubmatch(text); m != nil && mayPrint(m[1]) {
		d.action = m[1]
		if m := deniedResource.FindStringSubmatch(text); m != nil {
			d.resource = m[1]
		}
		d.why, d.explicit = policyOf(text)
	}
	d.key = d.key || strings.HasPrefix(d.action, "kms:") || d.action == "" && ofKeyService.MatchString(text)
	var op *smithy.OperationError
	if d.action == "" && !d.key && errors.As(err, &op) {
		d.action = actionOf(op.OperationName)
	}
	return d
}

var (
	deniedAction   = regexp.MustCompile(`\bis not authorized to perform: ([a-z]+:[A-Za-z]+) on resource: `)
	deniedResource = regexp.MustCompile(` on resource: (` + arnPattern + `)(?:[ .,;]|$)`)
	isARN          = regexp.MustCompile(`^` + arnPattern + `$`)
	ofKeyService   = regexp.MustCompile(`\bKMS\b|\bAWSKMS|\bcustomer master key\b`)
)

// arnPattern is the form of an ARN of a table, a part of a table, or a KMS key.
const arnPattern = `arn:aws(?:-[a-z]+){0,3}:(?:dynamodb:[a-z0-9-]{1,25}:[0-9]{12}:table/[A-Za-z0-9_.-]{3,255}(?:/(?:index|stream)/[A-Za-z0-9_.:-]{1,255})?|kms:[a-z0-9-]{1,25}:[0-9]{12}:key/[A-Za-z0-9-]{1,40})`

// mayPrint reports whether an action may be printed: one of dynsync's requests, or of the
// key of a table.
func mayPrint(action string) bool { return grants.Known(action) || keyActions[action] }

// keyActions are what DynamoDB does with the KMS key of a table.
var keyActions = map[string]bool{
	"kms:Decrypt": true, "kms:Encrypt": true, "kms:DescribeKey": true, "kms:GenerateDataKey": true, "kms:CreateGrant": true,
	"kms:ReEncryptFrom": true, "kms:ReEncryptTo": true, "kms:GenerateDataKeyWithoutPlaintext": true,
}

// actionOf returns the action that an operation of dynsync needs.
func actionOf(operation string) string {
	switch operation {
	case "ExecuteStatement":
		return "dynamodb:PartiQLSelect"
	case "BatchExecuteStatement":
		return "dynamodb:PartiQLInsert"
	}
	if action := "dynamodb:" + operation; mayPrint(action) {
		return action
	}
	return ""
}

// policies are the kinds of policies that a message names.
var policies = []string{
	"identity-based policy", "resource-based policy", "service control policy", "resource control policy",
	"permissions boundary", "session policy", "VPC endpoint policy",
}

// policyOf says which kind of policy decided.
func policyOf(text string) (why string, explicit bool) {
	for _, kind := range policies {
		for _, deny := range []string{"an explicit deny in a " + kind, "an explicit deny in an " + kind} {
			if strings.Contains(text, "with "+deny) {
				return deny, true
			}
		}
		if strings.Contains(text, "because no "+kind+" allows") {
			return "no " + kind + " allows it", false
		}
	}
	return "", strings.Contains(text, "with an explicit deny")
}

// remedy says what was denied, and what to do.
func (d denial) remedy() string {
	if d.key {
		return d.keyRemedy()
	}
	text := "access is denied"
	if d.action != "" {
		text += ": " + d.action
	}
	if d.resource != "" {
		text += " on " + d.resource
	}
	switch {
	case d.explicit && d.action == "dynamodb:PartiQLSelect":
		text += d.reason("an explicit deny") + "; remove the deny (one with the condition dynamodb:FullTableScan refuses each SELECT that does not fix the partition key; WithSegments reads by Scan)"
	case d.explicit:
		text += d.reason("an explicit deny") + "; remove the deny"
	case d.action == "":
		text += "; grant the client's role the actions of docs/permissions.md"
	default:
		text += d.reason("") + "; grant it to the client's role"
	}
	return text
}

// keyRemedy is remedy for the KMS key of a table.
func (d denial) keyRemedy() string {
	text := "the KMS key of the table is disabled, deleted or denied"
	if d.action != "" {
		text += ": " + strings.TrimSuffix(d.action+" on "+d.resource, " on ") + " is denied" + d.reason("")
	}
	return text + "; enable the key, and allow the client's role kms:Decrypt, kms:DescribeKey and kms:CreateGrant on it"
}

// reason returns the reason in brackets, or that one if the message has none.
func (d denial) reason(otherwise string) string {
	why := d.why
	if why == "" {
		why = otherwise
	}
	if why == "" {
		return ""
	}
	return " (" + why + ")"
}
