package dynsynctest

import (
	"fmt"
	"net/http"
	"strings"
)

// Where the service's error types live.
const (
	dynamoDBErrors    = "com.amazonaws.dynamodb.v20120810#"
	coralErrors       = "com.amazon.coral.service#"
	coralValidation   = "com.amazon.coral.validate#"
	coralAvailability = "com.amazon.coral.availability#"
)

// apiError is an answer other than 200. Its message may echo what the request
// held, since the real service's do: whoever logs it leaks.
type apiError struct {
	status  int
	kind    string // with its namespace
	message string
	item    []byte // JSON of the item a failed condition shows, or nil
	reasons []throttlingReason
}

// throttlingReason is what is throttled, and the ARN of the table or index.
type throttlingReason struct{ reason, resource string }

func (e *apiError) Error() string { return e.kind + ": " + e.message }

func (e *apiError) body() []byte {
	var w writer
	w.object(func() {
		w.stringMember("__type", e.kind)
		w.stringMember("message", e.message)
		if len(e.reasons) > 0 {
			w.name(e.reasonsMember())
			w.array(func() {
				for _, r := range e.reasons {
					w.object(func() {
						w.stringMember("reason", r.reason)
						w.stringMember("resource", r.resource)
					})
				}
			})
		}
		if e.item != nil {
			w.name("Item")
			w.raw(e.item)
		}
	})
	return w.buf
}

// reasonsMember is written small in one error and large in the others.
func (e *apiError) reasonsMember() string {
	if strings.HasSuffix(e.kind, "#ThrottlingException") {
		return "throttlingReasons"
	}
	return "ThrottlingReasons"
}

func badRequest(kind, message string) *apiError {
	return &apiError{status: http.StatusBadRequest, kind: kind, message: message}
}

func validationError(message string) *apiError {
	return badRequest(coralValidation+"ValidationException", message)
}

func validationErrorf(format string, args ...any) *apiError {
	return validationError(fmt.Sprintf(format, args...))
}

// invalidValues is the usual way the service says what is wrong with an item.
func invalidValues(message string) *apiError {
	return validationError("One or more parameter values were invalid: " + message)
}

func serializationError(message string) *apiError {
	return badRequest(coralErrors+"SerializationException", message)
}

func notFound(message string) *apiError {
	return badRequest(dynamoDBErrors+"ResourceNotFoundException", message)
}

func noSuchTable() *apiError { return notFound("Requested resource not found") }

func conditionFailed(shown []byte) *apiError {
	e := badRequest(dynamoDBErrors+"ConditionalCheckFailedException", "The conditional request failed")
	e.item = shown
	return e
}

const duplicateMessage = "Duplicate primary key exists in table"

// duplicateItem is the error of an INSERT of a key that is there.
func (s *Server) duplicateItem() *apiError {
	if s.localDuplicates {
		return badRequest(dynamoDBErrors+"DuplicateItem", duplicateMessage)
	}
	return badRequest(dynamoDBErrors+"DuplicateItemException", duplicateMessage)
}
