package dynsynctest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/iam"
)

// response is what is sent for a request.
type response struct {
	status int
	body   []byte
	html   bool // the body is no JSON, and not the service's: it has no checksum
}

func (e *apiError) response() response { return response{status: e.status, body: e.body()} }

// Fail answers with an error and does not carry out the request. The code is a bare
// name, such as "InternalServerError" (status 500), "ServiceUnavailable" (503) or
// "ValidationException" (400).
func Fail(status int, code, message string) Action {
	return failWith(&apiError{status: status, kind: namespaceOf(code) + code, message: message})
}

// namespaceOf returns where the service has an error of this name.
func namespaceOf(code string) string {
	switch code {
	case "ValidationException":
		return coralValidation
	case "AccessDeniedException", "ExpiredTokenException", "InvalidSignatureException", "SerializationException", "UnrecognizedClientException":
		return coralErrors
	case "ServiceUnavailable", "ServiceUnavailableException", "ThrottlingException":
		return coralAvailability
	}
	return dynamoDBErrors
}

func failWith(e *apiError) Action {
	return RespondRaw(e.status, e.body())
}

// RespondRaw answers with the status and the body, and does not carry out the request.
func RespondRaw(status int, body []byte) Action {
	return respond(response{status: status, body: body})
}

func respond(r response) Action {
	return Action{set: true, answer: func(*Server, *Request) response { return r }}
}

// TooLarge answers 413 with an HTML page, as a proxy before the service does. Without
// any action, the server answers a body of more than 16 MiB as DynamoDB does: with 413
// and JSON that has no error type.
func TooLarge() Action {
	const page = "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n" +
		"<body>\r\n<center><h1>413 Request Entity Too Large</h1></center>\r\n</body>\r\n</html>\r\n"
	return respond(response{status: http.StatusRequestEntityTooLarge, body: []byte(page), html: true})
}

const (
	throttledMessage = "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API."
	onDemandMessage  = "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly. " +
		"If exceptions persist, check if you have a hot key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"
	refusedMessage = "One or more parameter values were invalid: the test refuses the item"
	expiredMessage = "The security token included in the request is expired"
)

// Throttle answers ProvisionedThroughputExceededException with ThrottlingReasons, as a
// table does that has used up its provisioned capacity. A reason consists of what is
// throttled (Table, Index), the operation (Read, Write) and the limit
// (ProvisionedThroughputExceeded, AccountLimitExceeded, KeyRangeThroughputExceeded,
// MaxOnDemandThroughputExceeded), such as "IndexWriteKeyRangeThroughputExceeded". Its
// resource is the ARN of the request's table, or of the table's first global index.
// Without reasons, the reason is the table's provisioned capacity for reads or writes.
func Throttle(reasons ...string) Action {
	return throttle("ProvisionedThroughputExceededException", throttledMessage, "ProvisionedThroughputExceeded", reasons)
}

// ThrottleOnDemand answers ThrottlingException, as a table with on-demand capacity does
// at a limit. The reasons are those of [Throttle]. Without reasons, the reason is a
// partition that is read or written too often.
func ThrottleOnDemand(reasons ...string) Action {
	return throttle("ThrottlingException", onDemandMessage, "KeyRangeThroughputExceeded", reasons)
}

func throttle(code, message, limit string, reasons []string) Action {
	reasons = slices.Clone(reasons)
	return Action{set: true, answer: func(s *Server, r *Request) response {
		e := badRequest(namespaceOf(code)+code, message)
		named := reasons
		if len(named) == 0 {
			named = []string{"Table" + readOrWrite(r) + limit}
		}
		for _, reason := range named {
			e.reasons = append(e.reasons, throttlingReason{reason, s.resource(r, strings.HasPrefix(reason, "Index"))})
		}
		return e.response()
	}}
}

// readOrWrite tells what a request does; a statement that is no SELECT writes.
func readOrWrite(r *Request) string {
	switch r.Op {
	case "Scan", "Query", "GetItem", "BatchGetItem":
		return "Read"
	case "ExecuteStatement", "BatchExecuteStatement":
		if p, _ := decodeParams(r.Op, r.Body); strings.EqualFold(p.firstVerb(), "SELECT") {
			return "Read"
		}
	}
	return "Write"
}

// firstVerb is the first word of the first statement.
func (p *params) firstVerb() string {
	switch {
	case p.statement != nil:
		return verb(*p.statement)
	case len(p.statements) > 0:
		return verb(p.statements[0].text)
	}
	return ""
}

func verb(statement string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(statement), " ")
	return word
}

// resource is the ARN of the request's table, or of its first global index.
func (s *Server) resource(r *Request, ofIndex bool) string {
	a := s.account(accountID{r.AccessKey, r.Region})
	arn := a.arn + "/" + r.Table
	if !ofIndex {
		return arn
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	if t := a.tables[r.Table]; t != nil {
		for _, x := range t.settings().indexes {
			if x.global {
				return arn + "/index/" + x.name
			}
		}
	}
	return arn
}

// Deny answers AccessDeniedException. The action is the missing IAM action, such as
// "dynamodb:PartiQLSelect". DynamoDB denies each statement of a BatchExecuteStatement
// in its slot; see [FailStatements].
func Deny(action string) Action {
	return Action{set: true, answer: func(s *Server, r *Request) response {
		return badRequest(coralErrors+"AccessDeniedException", s.deniedMessage(r.AccessKey, action, s.resource(r, false))).response()
	}}
}

func (s *Server) deniedMessage(accessKey, action, resource string) string {
	arn := "arn:aws:iam::" + s.accountNumber(accessKey) + ":user/" + accessKey
	if c := s.access.caller(accessKey); c != nil {
		arn = c.arn
	}
	return notAuthorized(arn, action, resource, iam.NoIdentityPolicy)
}

// ExpiredCredentials answers ExpiredTokenException, as DynamoDB does for an expired
// session token. A client that refreshes its credentials signs with another
// [Request.AccessKey].
func ExpiredCredentials() Action {
	return failWith(badRequest(coralErrors+"ExpiredTokenException", expiredMessage))
}

// slotMessages are the texts of errors within a BatchExecuteStatement.
var slotMessages = map[types.BatchStatementErrorCodeEnum]string{
	types.BatchStatementErrorCodeEnumConditionalCheckFailed:        "The conditional request failed",
	types.BatchStatementErrorCodeEnumDuplicateItem:                 duplicateMessage,
	types.BatchStatementErrorCodeEnumInternalServerError:           "Internal server error",
	types.BatchStatementErrorCodeEnumProvisionedThroughputExceeded: throttledMessage,
	types.BatchStatementErrorCodeEnumRequestLimitExceeded:          "Throughput exceeds the current throughput limit for your account.",
	types.BatchStatementErrorCodeEnumResourceNotFound:              "Requested resource not found",
	types.BatchStatementErrorCodeEnumThrottlingError:               onDemandMessage,
	types.BatchStatementErrorCodeEnumTransactionConflict:           "Transaction is ongoing for the item",
	types.BatchStatementErrorCodeEnumValidationError:               refusedMessage,
}

// slotFailure is the error that a hook wants for a statement, nil for none. Its
// kind is the code, since nothing but the slot will show it.
func (c *call) slotFailure(plan *statementPlan) *apiError {
	if c.action.slotError == nil {
		return nil
	}
	code := c.action.slotError(plan.table.name, cloneItem(plan.item))
	switch code {
	case "":
		return nil
	case types.BatchStatementErrorCodeEnumAccessDenied:
		return badRequest(string(code), c.server.deniedMessage(c.accessKey, "dynamodb:PartiQL"+plan.verb, plan.table.arn))
	}
	return badRequest(string(code), slotMessages[code])
}

// refusal is the error of an item that a hook takes for invalid, or nil.
func (c *call) refusal(t *table, i item) *apiError {
	if c.action.refused == nil || !c.action.refused(t.name, cloneItem(i)) {
		return nil
	}
	return validationError(refusedMessage)
}
