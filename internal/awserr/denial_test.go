package awserr

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/dynsync/dynsync/internal/reason"
)

// answered is an error of an operation, as the SDK has it.
func answered(operation, code, message string) error {
	return &smithy.OperationError{ServiceID: "DynamoDB", OperationName: operation, Err: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: 400}}, Err: &smithy.GenericAPIError{Code: code, Message: message},
	}}
}

// A denial names action, resource and kind of policy, and nothing else of the message.
func TestDenials(t *testing.T) {
	t.Parallel()
	const (
		table = "arn:aws:dynamodb:eu-central-1:111122223333:table/Users"
		user  = "User: arn:aws:sts::111122223333:assumed-role/canary/canary@example.com is not authorized to perform: "
		key   = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	)
	for _, tt := range []struct{ operation, message, want string }{
		{"Scan", user + "dynamodb:Scan on resource: " + table + " because no identity-based policy allows the dynamodb:Scan action",
			"access is denied: dynamodb:Scan on " + table + " (no identity-based policy allows it); grant it to the client's role"},
		{"Scan", user + "dynamodb:Scan on resource: " + table + "/index/byAge because no resource-based policy allows the dynamodb:Scan action",
			"access is denied: dynamodb:Scan on " + table + "/index/byAge (no resource-based policy allows it); grant it to the client's role"},
		{"BatchWriteItem", user + "dynamodb:BatchWriteItem on resource: " + table + " with an explicit deny in a service control policy",
			"access is denied: dynamodb:BatchWriteItem on " + table + " (an explicit deny in a service control policy); remove the deny"},
		{"ExecuteStatement", user + "dynamodb:PartiQLSelect on resource: " + table + " with an explicit deny in an identity-based policy",
			"access is denied: dynamodb:PartiQLSelect on " + table + " (an explicit deny in an identity-based policy); remove the deny (one with the condition dynamodb:FullTableScan"},
		{"UpdateItem", user + "dynamodb:UpdateItem on resource: " + table + " because no permissions boundary allows the dynamodb:UpdateItem action", "(no permissions boundary allows it)"},
		{"PutItem", user + "dynamodb:PutItem on resource: " + table + " because no session policy allows the dynamodb:PutItem action", "(no session policy allows it)"},
		{"GetItem", user + "dynamodb:GetItem on resource: " + table + " because no VPC endpoint policy allows the dynamodb:GetItem action", "(no VPC endpoint policy allows it)"},
		{"GetItem", user + "dynamodb:GetItem on resource: " + table + " with an explicit deny in a resource control policy", "(an explicit deny in a resource control policy)"},
		{"GetItem", user + "dynamodb:GetItem on resource: " + table + " with an explicit deny", "access is denied: dynamodb:GetItem on " + table + " (an explicit deny); remove the deny"},
		{"DescribeTable", user + "dynamodb:DescribeTable on resource: arn:aws-us-gov:dynamodb:us-gov-west-1:111122223333:table/Users", "dynamodb:DescribeTable on arn:aws-us-gov:dynamodb:us-gov-west-1:111122223333:table/Users; grant it"},
		{"BatchExecuteStatement", "", "access is denied: dynamodb:PartiQLInsert; grant it"},
		{"ExecuteStatement", "canary", "access is denied: dynamodb:PartiQLSelect; grant it"},
		{"DescribeTimeToLive", "canary", "access is denied: dynamodb:DescribeTimeToLive; grant it"},
		{"", "canary", "access is denied; grant the client's role the actions of docs/permissions.md"},
		{"CanaryOperation", "canary", "access is denied; grant"},

		// Not as the service writes.
		{"Scan", user + "dynamodb:Canary on resource: " + table, "access is denied: dynamodb:Scan; grant it"},
		{"Scan", user + "s3:GetObject on resource: arn:aws:s3:::canary/canary", "access is denied: dynamodb:Scan; grant it"},
		{"Scan", user + "dynamodb:Scan on resource: canary@example.com because no identity-based policy allows it", "access is denied: dynamodb:Scan (no identity-based policy allows it)"},
		{"Scan", user + "dynamodb:Scan on resource: arn:aws:dynamodb:eu-central-1:canary:table/Users because", "access is denied: dynamodb:Scan; grant it"},
		{"Scan", user + "dynamodb:Scan on resource: arn:aws:dynamodb:eu-central-1:111122223333:table/canary@example.com because", "access is denied: dynamodb:Scan; grant it"},
		{"Scan", user + "dynamodb:Scan on resource: arn:aws:dynamodb:eu-central-1:111122223333:table/Users/canary because", "access is denied: dynamodb:Scan; grant it"},
		{"Scan", user + "dynamodb:Scan on resource: arn:aws:dynamodb:eu-central-1:111122223333:table/" + strings.Repeat("canary", 100) + " because", "access is denied: dynamodb:Scan; grant it"},
		{"Scan", user + "dynamodb:Scan on resource: " + table + " because no canary policy allows canary", "access is denied: dynamodb:Scan on " + table + "; grant it"},

		{"Scan", user + "kms:Decrypt on resource: " + key + " because no resource-based policy allows the kms:Decrypt action",
			"the KMS key of the table is disabled, deleted or denied: kms:Decrypt on " + key + " is denied (no resource-based policy allows it); enable the key"},
		{"Scan", "KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException: canary", "the KMS key of the table is disabled, deleted or denied; enable the key"},
		{"Scan", "The ciphertext refers to a customer master key that does not exist: canary", "the KMS key of the table is disabled"},
	} {
		err := answered(tt.operation, "AccessDeniedException", tt.message)
		got := Remedy(err)
		if !strings.Contains(got, tt.want) || strings.Contains(got+fmt.Sprint(At("x", err)), "canary") || ClassOf(err) != reason.Access {
			t.Errorf("%s: %.200s\ngot  %s\nwant %s", tt.operation, tt.message, got, tt.want)
		}
	}
	for _, code := range []string{"KMSAccessDeniedException", "KMSDisabledException", "KMSInvalidStateException", "KMSNotFoundException", "KMSInternalException"} {
		if err := answered("Scan", code, "canary"); !strings.Contains(Remedy(err), "KMS key") || ClassOf(err) != reason.Access {
			t.Errorf("%s: %s", code, Remedy(err))
		}
	}
	if err := OfSlot("AccessDenied", user+"dynamodb:PartiQLInsert on resource: "+table); !strings.Contains(Remedy(err), "dynamodb:PartiQLInsert on "+table) {
		t.Error(Remedy(err))
	}
	if err := OfSlot("AccessDenied", ""); !strings.Contains(Remedy(err), "dynamodb:PartiQLInsert") {
		t.Error(Remedy(err))
	}
}
