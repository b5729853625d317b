package dynsynctest

import (
	"fmt"
	"net/http"
)

// Where the service's error types live.
const (
	dynamoDBErrors  = "com.amazonaws.dynamodb.v20120810#"
	coralErrors     = "com.amazon.coral.service#"
	coralValidation = "com.amazon.coral.validate#"
)

// apiError is an answer other than 200. Its message may echo what the request
// held, since the real service's do: whoever logs it leaks.
type apiError struct {
	status  int
	kind    string // with its namespace
	message string
	item    []byte // JSON of the item a failed condition shows, or nil
}

func (e *apiError) Error() string { return e.kind + ": " + e.message }

func (e *apiError) body() []byte {
	var w writer
	w.object(func() {
		w.stringMember("__type", e.kind)
		w.stringMember("message", e.message)
		if e.item != nil {
			w.name("Item")
			w.raw(e.item)
		}
	})
	return w.buf
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
