package awserr

import (
	"errors"
	"fmt"

	"github.com/aws/smithy-go"

	"github.com/dynsync/dynsync/internal/reason"
)

// A CallError is the error of a request, and what the request was about.
type CallError struct {
	What string
	Err  error
}

func (e *CallError) Error() string { return e.What + ": " + OwnText(e.Err) }
func (e *CallError) Unwrap() error { return e.Err }

// Format prints what Error returns for every verb.
func (e *CallError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// Class returns what has to happen before the request can succeed.
func (e *CallError) Class() reason.Class {
	var plain *reason.Plain
	var own reason.Error
	switch {
	case errors.As(e.Err, &plain):
		return plain.Class
	case errors.As(e.Err, &own):
		return reason.Unexpected
	}
	return ClassOf(e.Err)
}

// At returns the error of a request as one about what. Other errors it returns as they
// are: those that this module wrote, and those of a context that ended between requests;
// and all errors if what is "".
func At(what string, err error) error {
	if what == "" {
		return err
	}
	var call *CallError
	if errors.As(err, &call) {
		return &CallError{what + ": " + call.What, call.Err}
	}
	var api smithy.APIError
	var op *smithy.OperationError
	var late unanswered
	var over *gaveUp
	if lackIn(err) != nil || errors.As(err, &api) || errors.As(err, &op) || errors.As(err, &late) || errors.As(err, &over) {
		return &CallError{what, err}
	}
	return err
}

// OwnText returns what may be printed of the error of a request: the text that this module
// wrote of it, or else what [Remedy] says.
func OwnText(err error) string {
	var call *CallError
	var plain *reason.Plain
	var own reason.Error
	switch {
	case errors.As(err, &call):
		return call.Error()
	case errors.As(err, &plain):
		return plain.Text
	case errors.As(err, &own):
		return string(own)
	}
	return Remedy(err)
}
