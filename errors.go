package dynsync

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/reason"
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

	fault *engine.Fault // what it was made of
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
	if s := awserr.Text(e.Err); s != "" {
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
	if s := awserr.Text(e.Err); s != "" {
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
	var call *awserr.CallError
	var file interface{ reason() string }
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &file):
		return &TableError{Table: table, Op: op, Reason: file.reason(), Err: err}
	case errors.As(err, &own):
		return &TableError{Table: table, Op: op, Reason: string(own)}
	case errors.As(err, &call):
		return &TableError{Table: table, Op: op, Reason: call.What + ": " + awserr.Remedy(call.Err), Err: call.Err}
	}
	return &TableError{Table: table, Op: op, Reason: awserr.Remedy(err), Err: err}
}

// Retryable reports whether err is transient, so that the same request can
// succeed later: throttling, the service's own faults, a lost or damaged answer,
// a broken connection. An attempt that timed out is transient; whether the
// caller's own context has ended is for the caller to check.
func Retryable(err error) bool { return awserr.Retryable(err) }

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

// A reasonError is a cause whose text this module wrote and may print.
type reasonError = reason.Error

// refuse returns a reason, without a cause, why a table cannot be used.
func refuse(format string, args ...any) error { return reasonError(fmt.Sprintf(format, args...)) }

// itemErrorOf returns the error of an item of a table for a fault of the engine; another
// error as it is.
func itemErrorOf(table string, err error) error {
	f, ok := err.(*engine.Fault)
	if !ok {
		return err
	}
	return &ItemError{Table: table, Path: f.Path, Kind: Kind(f.Kind), Transformer: f.Op, Reason: f.Reason, Err: f.Err, fault: f}
}

// faultOf returns the fault that the engine made last, where err is what itemErrorOf made
// of it; another error as it is.
func faultOf(c engine.Call, err error) error {
	if e, ok := err.(*ItemError); ok && c.IsLast(e.fault) {
		return e.fault
	}
	return err
}
