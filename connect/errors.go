package connect

import (
	"errors"
	"fmt"

	"github.com/dynsync/dynsync/internal/reason"
)

// An openError is the error of [Open]. It joins all faults of the options.
type openError struct{ errs []error }

// newOpenError returns the error of a client of that side, "" if no option names it.
func newOpenError(side string, faults ...error) *openError {
	what := "dynsync: connect"
	if side != "" {
		what += " " + side
	}
	e := &openError{}
	for _, err := range faults {
		e.errs = append(e.errs, reason.Blame(reason.Configuration, fmt.Errorf("%s: %w", what, err)))
	}
	return e
}

func (e *openError) Error() string   { return errors.Join(e.errs...).Error() }
func (e *openError) Unwrap() []error { return e.errs }

// Format prints what Error returns for every verb.
func (e *openError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// A loadError is an error of the SDK's configuration, in words of this package.
type loadError struct {
	text string
	err  error
}

func (e *loadError) Error() string { return e.text }
func (e *loadError) Unwrap() error { return e.err }

// Format prints what Error returns for every verb.
func (e *loadError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }
