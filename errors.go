package dynsync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

// An ItemError says why one item was not written. It prints the table, the
// path, the kind and the transformer, never a value: names in the path that no
// rule and no key schema holds print as "*". The cause, which may quote values,
// is not printed; Unwrap returns it.
type ItemError struct {
	Table       string // the name of the table in the job
	Path        string // "" for the item as a whole
	Kind        Kind   // of the value, if one is to blame
	Transformer string // "" if none is to blame
	Reason      string
	Err         error
}

func (e ItemError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "dynsync: table %s", e.Table)
	if e.Path != "" {
		fmt.Fprintf(&b, ", path %s", e.Path)
	}
	if e.Kind != KindInvalid {
		fmt.Fprintf(&b, " (%v)", e.Kind)
	}
	if e.Transformer != "" {
		fmt.Fprintf(&b, ", %s", e.Transformer)
	}
	fmt.Fprintf(&b, ": %s", e.Reason)
	if s := serviceText(e.Err); s != "" {
		fmt.Fprintf(&b, " [%s]", s)
	}
	return b.String()
}

func (e ItemError) Unwrap() error { return e.Err }

// Format prints what Error returns for every verb.
func (e ItemError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// As lets errors.As find an ItemError in a *ItemError, which is what errors are.
func (e ItemError) As(target any) bool {
	out, ok := target.(*ItemError)
	if ok {
		*out = e
	}
	return ok
}

// MarshalText returns what Error does, so that JSON does not hold the cause.
func (e ItemError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// A TableError says why a table, or a stream of it, ended early. It prints the
// table, the operation, what DynamoDB's answer was (error code, HTTP status,
// request id) and what to do, but never the service's own text, which echoes
// statements and items; Unwrap returns the cause that has it.
//
// The operation is "preflight", "checkpoint", "read" or "write"; "sync" of a table that
// an earlier one kept from being begun; "stream" of records, "callback" or "failure" of
// what the caller gave; "rules" that matched nothing; or the "accounting" of items.
type TableError struct {
	Table  string // the name of the table in the job
	Op     string // what was being done, see above
	Reason string // what is wrong and what to do about it
	Err    error
}

func (e TableError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "dynsync: table %s: %s: %s", e.Table, e.Op, e.Reason)
	if s := serviceText(e.Err); s != "" {
		fmt.Fprintf(&b, " [%s]", s)
	}
	return b.String()
}

func (e TableError) Unwrap() error { return e.Err }

// Format prints what Error returns for every verb.
func (e TableError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// As lets errors.As find a TableError in a *TableError, which is what errors are.
func (e TableError) As(target any) bool {
	out, ok := target.(*TableError)
	if ok {
		*out = e
	}
	return ok
}

// MarshalText returns what Error does, so that JSON does not hold the cause.
func (e TableError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// newTableError returns the error that ends a table's work in op, with a reason
// made of what is known of err.
func newTableError(table, op string, err error) *TableError {
	var known *TableError
	var own reasonError
	var call *callError
	var file *deadLetterError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &file):
		return &TableError{Table: table, Op: op, Reason: file.reason(), Err: err}
	case errors.As(err, &own):
		return &TableError{Table: table, Op: op, Reason: string(own)}
	case errors.As(err, &call):
		return &TableError{Table: table, Op: op, Reason: call.what + ": " + remedy(call.err), Err: call.err}
	}
	return &TableError{Table: table, Op: op, Reason: remedy(err), Err: err}
}

// A callError is the error of a request, and what the request was about.
type callError struct {
	what string
	err  error
}

func (e *callError) Error() string { return e.what + ": " + remedy(e.err) }
func (e *callError) Unwrap() error { return e.err }

// Format prints what Error returns for every verb.
func (e *callError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// An ItemsFailedError is the error of a job or stream that did what it could
// and left items unwritten. Report says how many and why.
type ItemsFailedError struct {
	Report *Report
}

func (e *ItemsFailedError) Error() string {
	var b strings.Builder
	b.WriteString("dynsync: ")
	n := 0
	for _, t := range e.Report.Tables {
		if t.lostItems() == 0 {
			continue
		}
		if n++; n > 1 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "table %s: %s", t.Table, t.lost())
		if len(t.Failures) > 0 {
			fmt.Fprintf(&b, ", first: %v", t.Failures[0].Err)
		}
	}
	if n == 0 {
		b.WriteString("items failed")
	}
	return b.String()
}

// Format prints what Error returns for every verb.
func (e *ItemsFailedError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// serviceText returns what may be printed of an error of the SDK: the error
// code, the HTTP status and the request id.
func serviceText(err error) string {
	var parts []string
	var api smithy.APIError
	if errors.As(err, &api) && isCode(api.ErrorCode()) {
		parts = append(parts, api.ErrorCode())
	}
	var resp *smithyhttp.ResponseError
	if errors.As(err, &resp) && resp.Response != nil && resp.Response.Response != nil && resp.HTTPStatusCode() > 0 {
		parts = append(parts, fmt.Sprintf("HTTP %d", resp.HTTPStatusCode()))
	}
	var id interface{ ServiceRequestID() string }
	if errors.As(err, &id) && isCode(id.ServiceRequestID()) {
		parts = append(parts, "request "+id.ServiceRequestID())
	}
	return strings.Join(parts, ", ")
}

// isCode reports whether s looks like an error code or a request id, and not
// like text that an endpoint put in their place.
func isCode(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
		if !ok {
			return false
		}
	}
	return true
}

// errorCode returns the error code of DynamoDB's answer, or "".
func errorCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// transientCodes are the error codes that the SDK's own retry policy does not
// list, and that are transient all the same.
var transientCodes = map[string]bool{
	"InternalServerError":              true, // the service's own fault
	"InternalFailure":                  true, // likewise, as some endpoints spell it
	"ServiceUnavailable":               true, // likewise
	"ServiceUnavailableException":      true, // likewise
	"ReplicatedWriteConflictException": true, // a replica of a global table is being written
	"TransactionConflictException":     true, // a transaction holds the item
	"LimitExceededException":           true, // too many operations on tables at once
	"RequestTimeTooSkewed":             true, // the SDK has learned the clock's skew for the next attempt
}

// throttleReasons returns why DynamoDB throttled a request: its reasons, or else
// the error's code; nothing if it did not.
func throttleReasons(err error) []string {
	if err == nil {
		return nil
	}
	code := errorCode(err)
	if _, ok := retry.DefaultThrottleErrorCodes[code]; !ok && !throttleCodes[code] {
		return nil
	}
	var reasons []string
	for _, r := range detailsOf(err) {
		if reason := deref(r.Reason); isCode(reason) && !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	if len(reasons) == 0 {
		reasons = []string{code}
	}
	return reasons
}

// throttleCodes are those that the SDK's list lacks.
var throttleCodes = map[string]bool{
	"UnprocessedItems":              true, // ours: a part of a batch was left
	"ThrottlingError":               true, // in the slot of a batch
	"ProvisionedThroughputExceeded": true, // likewise
	"RequestLimitExceeded":          true, // likewise
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

// Retryable reports whether err is transient, so that the same request can
// succeed later: throttling, the service's own faults, a lost or damaged answer,
// a broken connection. An attempt that timed out is transient; whether the
// caller's own context has ended is for the caller to check.
func Retryable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	code := errorCode(err)
	_, throttled := retry.DefaultThrottleErrorCodes[code]
	_, retryable := retry.DefaultRetryableErrorCodes[code]
	if throttled || retryable || transientCodes[code] || throttleCodes[code] {
		return true
	}
	if cutShort(err) {
		return true // whatever it was to say
	}
	var resp *smithyhttp.ResponseError
	if errors.As(err, &resp) && resp.HTTPStatusCode() >= 400 { // a proxy's or load balancer's answer has no code
		status := resp.HTTPStatusCode()
		return status >= 500 || status == 429 || status == 408
	}
	var deserialize *smithy.DeserializationError
	if errors.As(err, &deserialize) {
		return true // a body cut short, or one with a wrong checksum
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return false // a wrong region or endpoint
	}
	var netErr net.Error
	var send *smithyhttp.RequestSendError
	return errors.As(err, &send) || errors.As(err, &netErr)
}

// cutShort reports whether an error's answer ended before it said which error. The
// SDK keeps a snapshot of an answer that it could not decode; where there is none, it
// could not read the answer. What the transport says then has no type to go by: that
// of HTTP/2 exports none.
func cutShort(err error) bool {
	var deserialize *smithy.DeserializationError
	return errors.As(err, &deserialize) && (len(deserialize.Snapshot) == 0 || errors.Is(deserialize.Err, io.ErrUnexpectedEOF))
}

// isDamaged reports whether an answer that says it is a success is not DynamoDB's, or
// not whole.
func isDamaged(err error) bool {
	var deserialize *smithy.DeserializationError
	var resp *smithyhttp.ResponseError
	return errors.As(err, &deserialize) && !(errors.As(err, &resp) && resp.HTTPStatusCode() >= 400)
}

// endOf returns why a context ended: the run's own error, or the caller's
// cancellation with its cause; nil while it has not.
func endOf(ctx context.Context) error {
	cause := context.Cause(ctx)
	var own *TableError
	if cause == ctx.Err() || errors.As(cause, &own) {
		return cause
	}
	return errors.Join(ctx.Err(), cause)
}

// remedy returns what a user should do about an error of DynamoDB.
func remedy(err error) string {
	var late unanswered
	var op *smithy.OperationError
	switch {
	case errors.As(err, &late):
		return fmt.Sprintf("requests were not answered, the last one not within %v; check the network and the client's endpoint", time.Duration(late))
	case errors.Is(err, context.DeadlineExceeded) && errors.As(err, &op):
		return "the context ended, or the HTTP client's timeout; check the network and the client's endpoint"
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "the context ended"
	}
	if len(throttleReasons(err)) > 0 {
		return "DynamoDB throttled requests, or left items unprocessed, for too long; the table has too little capacity, or others use it"
	}
	switch code := errorCode(err); code {
	case "AccessDeniedException":
		return "access is denied; grant the action (reading: dynamodb:PartiQLSelect and dynamodb:DescribeTable; writing: dynamodb:DescribeTable and dynamodb:BatchWriteItem, or with ModeInsert dynamodb:PartiQLInsert, PutItem and GetItem, with ModeMerge dynamodb:UpdateItem, PutItem and GetItem; a policy on dynamodb:FullTableScan refuses a SELECT that does not pin the partition key)"
	case "ResourceNotFoundException":
		return "the table does not exist in this account and region; check its name, and the client's region and credentials (DynamoDB Local keeps tables apart by access key and region unless it runs with -sharedDb)"
	case "ValidationException":
		return "DynamoDB refuses the request as invalid; Unwrap has its text, which can quote the statement and items"
	case "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException", "ExpiredToken", "MissingAuthenticationToken", "InvalidClientTokenId":
		return "the credentials are not accepted; check or renew them"
	case "":
		var dns *net.DNSError
		var op *net.OpError
		if errors.As(err, &dns) || errors.As(err, &op) {
			return "the endpoint cannot be reached; check the client's region and endpoint"
		}
		return "the request failed; Unwrap has the cause"
	default:
		return "the request failed; Unwrap has the cause"
	}
}

// refuse returns a reason, without a cause, why a table cannot be used.
func refuse(format string, args ...any) error { return reasonError(fmt.Sprintf(format, args...)) }

// panicError keeps what user code panicked with, for Unwrap; its text says
// nothing of it.
type panicError struct{ value any }

func (*panicError) Error() string { return "dynsync: a callback panicked" }

// Format prints what Error returns for every verb.
func (e *panicError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// refusedValue returns what DynamoDB would refuse in a value.
func refusedValue(err error) reasonError {
	switch {
	case errors.Is(err, wire.ErrEmptySet):
		return "the result holds an empty set"
	case errors.Is(err, wire.ErrDuplicate):
		return "the result holds a set with equal members"
	case errors.Is(err, wire.ErrPrecision), errors.Is(err, wire.ErrRange), errors.Is(err, wire.ErrNumber):
		return "the result holds a number that is out of DynamoDB's range or has more than 38 digits"
	case errors.Is(err, wire.ErrDepth):
		return "the result nests deeper than DynamoDB's 32 levels"
	}
	return "the result holds what DynamoDB refuses"
}
