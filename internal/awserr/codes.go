// Package awserr knows what errors of DynamoDB, of its SDK and of the network mean: which
// of them another attempt can mend, what a user should do about the others, and what may
// be printed of them. It also has the policy of such attempts.
package awserr

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/dynsync/dynsync/internal/reason"
)

// A class says what is to be done about an error code.
type class uint8

const (
	permanent   class = iota // it stays; remedy says what a user should do
	transient                // the same request can succeed later
	fault                    // transient, of the service itself: the request may have been carried out
	throttle                 // transient, and the destination takes less
	expired                  // the credentials have expired, and new ones can be had
	signature                // the signature is refused; a new one, of another time, may not be
	credentials              // they are not accepted
	denied                   // the request's action is denied
	item                     // the request is refused for what is in it, so that a part of it may pass
)

// A code is what is known of an error code.
type code struct {
	class  class
	remedy string       // "" for that of the class
	blame  reason.Class // Unstated for that of the class
}

// codes are the error codes that matter. Those that the SDK's own retry policy lists are
// transient, or throttle, without an entry.
var codes = map[string]code{
	"InternalServerError":         {class: fault},
	"InternalFailure":             {class: fault}, // as some endpoints spell it
	"ServiceUnavailable":          {class: fault},
	"ServiceUnavailableException": {class: fault},

	"ReplicatedWriteConflictException": {class: transient}, // a replica of a global table is being written
	"TransactionConflictException":     {class: transient}, // a transaction holds the item

	"UnprocessedItems":              {class: throttle}, // ours: a part of a batch was left
	"ThrottlingError":               {class: throttle}, // in the slot of a batch
	"ProvisionedThroughputExceeded": {class: throttle}, // in the slot of a batch
	"RequestLimitExceeded":          {class: throttle}, // in the slot of a batch

	"ExpiredTokenException": {class: expired},
	"ExpiredToken":          {class: expired},

	"InvalidSignatureException": {class: signature}, // for a date that is off, and for another secret
	"SignatureDoesNotMatch":     {class: signature},
	"RequestExpired":            {class: signature},
	"RequestTimeTooSkewed":      {class: signature},
	"AuthFailure":               {class: signature},

	"UnrecognizedClientException":         {class: credentials, remedy: unknownKey},
	"InvalidClientTokenId":                {class: credentials, remedy: unknownKey},
	"IncompleteSignatureException":        {class: credentials, remedy: incomplete},
	"IncompleteSignature":                 {class: credentials, remedy: incomplete},
	"MissingAuthenticationTokenException": {class: credentials, remedy: unsigned},
	"MissingAuthenticationToken":          {class: credentials, remedy: unsigned},
	"OptInRequired":                       {class: credentials, remedy: notEnabled},
	"SubscriptionRequiredException":       {class: credentials, remedy: notEnabled},

	"AccessDeniedException": {class: denied},
	"AccessDenied":          {class: denied},
	"UnauthorizedOperation": {class: denied},

	"ValidationException":                      {item, "DynamoDB refuses the request as invalid; Unwrap has its text, which can quote the statement and items", reason.Configuration},
	"ItemCollectionSizeLimitExceededException": {class: item, blame: reason.Items},

	"ResourceNotFoundException": {permanent, "the table does not exist in this account and region; check its name, and the client's region and credentials (DynamoDB Local keeps tables apart by access key and region unless it runs with -sharedDb)", reason.Configuration},
}

// The remedies of credentials that are not accepted.
const (
	unknownKey = "the access key is not accepted; check that it exists and is active, that it is of this partition (aws, aws-cn, aws-us-gov), and that its account has enabled the region, if that is one to opt in to"
	incomplete = "the signature lacks a part; check the client's credentials for line breaks, and proxies that change headers"
	unsigned   = "the request is not signed, since the client has no credentials, or anonymous ones; set a profile, environment variables or a role"
	notEnabled = "the account has not enabled DynamoDB in this region; enable the region in the account's settings, or use another"
)

// classOf returns the class of an error code, by the table or the SDK's lists.
func classOf(name string) class {
	if strings.HasPrefix(name, "KMS") { // the key that encrypts the table
		return denied
	}
	if c, ok := codes[name]; ok {
		return c.class
	}
	if _, ok := retry.DefaultThrottleErrorCodes[name]; ok {
		return throttle
	}
	if _, ok := retry.DefaultRetryableErrorCodes[name]; ok {
		return transient
	}
	return permanent
}

// slots are the error codes in slots of batches whose exceptions go by another name.
var slots = map[string]string{
	"ValidationError":                 "ValidationException",
	"AccessDenied":                    "AccessDeniedException",
	"ResourceNotFound":                "ResourceNotFoundException",
	"TransactionConflict":             "TransactionConflictException",
	"ItemCollectionSizeLimitExceeded": "ItemCollectionSizeLimitExceededException",
}

// OfSlot returns the error of a slot of BatchExecuteStatement, by its code, as an
// exception of that meaning would be.
func OfSlot(code, message string) error {
	if exception := slots[code]; exception != "" {
		code = exception
	}
	return &smithy.OperationError{ServiceID: "DynamoDB", OperationName: "BatchExecuteStatement", Err: &smithy.GenericAPIError{Code: code, Message: message}}
}

// Code returns the error code of DynamoDB's answer, or "".
func Code(err error) string {
	var api smithy.APIError
	if lackIn(err) == nil && errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// ThrottleReasons returns why DynamoDB throttled a request: its reasons, or else the
// error's code; nothing if it did not.
func ThrottleReasons(err error) []string {
	name := Code(err)
	if err == nil || classOf(name) != throttle {
		return nil
	}
	var reasons []string
	for _, r := range detailsOf(err) {
		if r.Reason != nil && isCode(*r.Reason) && !slices.Contains(reasons, *r.Reason) {
			reasons = append(reasons, *r.Reason)
		}
	}
	if len(reasons) == 0 {
		reasons = []string{name}
	}
	return reasons
}

func detailsOf(err error) []types.ThrottlingReason {
	var provisioned *types.ProvisionedThroughputExceededException
	var throttling *types.ThrottlingException
	var limit *types.RequestLimitExceeded
	switch {
	case errors.As(err, &provisioned):
		return provisioned.ThrottlingReasons
	case errors.As(err, &throttling):
		return throttling.ThrottlingReasons
	case errors.As(err, &limit):
		return limit.ThrottlingReasons
	}
	return nil
}

// ClassOf returns what has to happen before a request that failed so can succeed, by the
// code of the answer, or else by what the SDK and package context say.
func ClassOf(err error) reason.Class {
	name := Code(err)
	var resp *smithyhttp.ResponseError
	var dns *net.DNSError
	lack := lackIn(err)
	switch c := codes[name]; {
	case lack != nil:
		return lack.Class
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return reason.Resumable
	case c.blame != reason.Unstated:
		return c.blame
	case errors.As(err, &dns) && dns.IsNotFound, ofCertificate(err) != "", errors.Is(err, http.ErrSchemeMismatch):
		return reason.Configuration
	case Retryable(err):
		return reason.Resumable
	case name == "" && errors.As(err, &resp):
		return classOfStatus(resp.HTTPStatusCode())
	}
	switch classOf(name) {
	case expired, credentials, signature, denied:
		return reason.Access
	}
	return reason.Unexpected
}

// classOfStatus is ClassOf for an answer without a code, which is none of DynamoDB's.
func classOfStatus(status int) reason.Class {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusProxyAuthRequired:
		return reason.Access
	case status >= 300:
		return reason.Configuration
	}
	return reason.Unexpected
}
