package awserr

import (
	"fmt"

	"github.com/dynsync/dynsync/internal/reason"
)

// A CallError is the error of a request, and what the request was about.
type CallError struct {
	What string
	Err  error
}

func (e *CallError) Error() string { return e.What + ": " + Remedy(e.Err) }
func (e *CallError) Unwrap() error { return e.Err }

// Format prints what Error returns for every verb.
func (e *CallError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }
