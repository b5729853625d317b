// Package awserr knows what errors of DynamoDB, of its SDK and of the network mean: which
// of them another attempt can mend, what a user should do about the others, and what may
// be printed of them. It also has the policy of such attempts.
package awserr

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

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

	"UnrecognizedClientException":         {class: credentials},
	"IncompleteSignatureException":        {class: credentials},
	"IncompleteSignature":                 {class: credentials},
	"MissingAuthenticationTokenException": {class: credentials},
	"MissingAuthenticationToken":          {class: credentials},
	"InvalidClientTokenId":                {class: credentials},

	"ValidationException":                      {item, "DynamoDB refuses the request as invalid; Unwrap has its text, which can quote the statement and items", reason.Configuration},
	"ItemCollectionSizeLimitExceededException": {class: item, blame: reason.Items},

	"AccessDeniedException":     {permanent, "access is denied; grant the action (reading: dynamodb:PartiQLSelect and dynamodb:DescribeTable; writing: dynamodb:DescribeTable and dynamodb:BatchWriteItem, or with ModeInsert dynamodb:PartiQLInsert, PutItem and GetItem, with ModeMerge dynamodb:UpdateItem, PutItem and GetItem; a policy on dynamodb:FullTableScan refuses a SELECT that does not pin the partition key)", reason.Access},
	"ResourceNotFoundException": {permanent, "the table does not exist in this account and region; check its name, and the client's region and credentials (DynamoDB Local keeps tables apart by access key and region unless it runs with -sharedDb)", reason.Configuration},
}

// classOf returns the class of an error code, by the table or the SDK's lists.
func classOf(name string) class {
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

// OfSlot returns the error of a slot of a batch, by its code, as an exception of that
// meaning would be.
func OfSlot(code, message string) error {
	if exception := slots[code]; exception != "" {
		code = exception
	}
	return &smithy.GenericAPIError{Code: code, Message: message}
}

// Code returns the error code of DynamoDB's answer, or "".
func Code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
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
	var unsigned *noCredentials
	switch c := codes[name]; {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return reason.Resumable
	case errors.As(err, &unsigned):
		return reason.Access
	case c.blame != reason.Unstated:
		return c.blame
	case errors.As(err, &dns) && dns.IsNotFound:
		return reason.Configuration
	case Retryable(err):
		return reason.Resumable
	case errors.As(err, &resp) && (resp.HTTPStatusCode() == 401 || resp.HTTPStatusCode() == 403):
		return reason.Access
	}
	switch classOf(name) {
	case expired, credentials, signature:
		return reason.Access
	}
	return reason.Unexpected
}

// Remedy returns what a user should do about an error of DynamoDB.
func Remedy(err error) string {
	var late unanswered
	var op *smithy.OperationError
	var unsigned *noCredentials
	switch {
	case errors.As(err, &unsigned):
		return "the client has no credentials; check its profile, environment or role (Unwrap has the cause)"
	case errors.As(err, &late):
		return fmt.Sprintf("requests were not answered, the last one not within %v; check the network and the client's endpoint", time.Duration(late))
	case errors.Is(err, context.DeadlineExceeded) && errors.As(err, &op):
		return "the context ended, or the HTTP client's timeout; check the network and the client's endpoint"
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return "the context ended"
	}
	name := Code(err)
	if c := codes[name]; c.remedy != "" {
		return c.remedy
	}
	switch classOf(name) {
	case throttle:
		return "DynamoDB throttled requests, or left items unprocessed, for too long; the table has too little capacity, or others use it"
	case expired:
		return "the credentials have expired, and the client gets no newer ones; renew them, or give the client a provider that does"
	case signature:
		return "the signature is not accepted, also when the request is signed again; check the secret access key, and the clock of this machine"
	case credentials:
		return "the credentials are not accepted; check or renew them"
	}
	var dns *net.DNSError
	var dial *net.OpError
	if name == "" && (errors.As(err, &dns) || errors.As(err, &dial)) {
		return "the endpoint cannot be reached; check the client's region and endpoint"
	}
	return "the request failed; Unwrap has the cause"
}
