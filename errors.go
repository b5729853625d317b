package dynsync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dynsync/dynsync/internal/awserr"
	"github.com/dynsync/dynsync/internal/deadletter"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/groups"
	"github.com/dynsync/dynsync/internal/layout"
	"github.com/dynsync/dynsync/internal/reason"
)

// An ItemError says why an item was not written. It prints the table, the path, the data
// type and the transformer, never a value. A name in the path prints as "*" unless a rule
// or the key schema contains it. It does not print the cause, which may quote values;
// Unwrap returns the cause.
type ItemError struct {
	Table       string // the name of the table in the job
	Path        string // document path of the value; "" for the item as a whole
	Kind        Kind   // data type of the value; zero for the item as a whole
	Transformer string // name of the transformer that failed, or ""
	Reason      string // what is wrong
	Err         error  // the cause, or nil

	fault *engine.Fault // what it was made of, or nil
}

func (e *ItemError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "dynsync: table %s", e.Table)
	if e.Path != "" {
		fmt.Fprintf(&b, ", path %s", e.Path)
	}
	if e.Kind != 0 {
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

func (e *ItemError) Unwrap() error { return e.Err }

// Format prints what Error returns for every verb.
func (e *ItemError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// MarshalText returns the text of Error, so that JSON does not contain the cause.
func (e *ItemError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// A TableError says why a table, or a stream of its items, ended early. It prints the
// table, the operation, DynamoDB's error code, HTTP status and request ID, and the
// remedy. It does not print DynamoDB's own text, which quotes statements and items;
// Unwrap returns the cause, which contains it.
//
// The operation is one of
//
//   - "preflight", "check", "checkpoint", "read" or "write";
//   - "sync": an earlier table kept this one from being started;
//   - "stream": the caller's stream of records returned an error;
//   - "callback" or "failure": a function of the caller failed;
//   - "rules": a rule matched nothing, or keys or names of too many items look like PII;
//   - "accounting": the counts of items do not add up.
type TableError struct {
	Table  string // the name of the table in the job
	Op     string // the operation, such as "read"
	Reason string // what is wrong and what to do about it
	Err    error  // the cause, or nil

	class reason.Class
}

func (e *TableError) Error() string {
	return "dynsync: table " + e.Table + ": " + e.withoutTable()
}

// withoutTable returns the text of the error without the table.
func (e *TableError) withoutTable() string {
	text := e.Op + ": " + e.Reason
	if s := awserr.Text(e.Err); s != "" {
		text += " [" + s + "]"
	}
	return text
}

func (e *TableError) Unwrap() error { return e.Err }

// Format prints what Error returns for every verb.
func (e *TableError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// MarshalText returns the text of Error, so that JSON does not contain the cause.
func (e *TableError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// stated returns Leak if an item of this run held an original value, and Refused if the
// key or a name of one looks personal.
func (e *ItemsFailedError) stated() reason.Class {
	has := func(n func(*TableReport) int64) bool {
		return slices.ContainsFunc(e.tables(), func(t *TableReport) bool { return t != nil && n(t) > 0 })
	}
	switch {
	case has(func(t *TableReport) int64 { return t.Leaked }):
		return reason.Leak
	case has(func(t *TableReport) int64 { return t.Refused }):
		return reason.Refused
	}
	return reason.Items
}

// An ItemsFailedError is the error of a job or stream that could not write some items.
// Report says how many and why. If something else ended the job or stream early, that
// error is joined with this one.
type ItemsFailedError struct {
	Report *Report
}

// tables returns the tables of the report. The zero error has none.
func (e *ItemsFailedError) tables() []*TableReport {
	if e.Report == nil {
		return nil
	}
	return e.Report.Tables
}

func (e *ItemsFailedError) Error() string {
	var told []string
	n := 0
	for _, t := range e.tables() {
		if t == nil || t.untolerated() == 0 {
			continue
		}
		if n++; n <= tablesTold {
			told = append(told, t.failed())
		}
	}
	switch {
	case n == 0:
		return "dynsync: items failed"
	case n > tablesTold:
		told = append(told, fmt.Sprintf("and %d more of the %d tables, see the report", n-tablesTold, len(e.tables())))
	}
	return "dynsync: " + strings.Join(told, "; ")
}

// tablesTold is how many tables an ItemsFailedError names.
const tablesTold = 5

// failed says how many items of the table were lost, and why the first of them was.
func (t *TableReport) failed() string {
	text := "table " + t.Table + ": " + t.lost()
	if len(t.Failures) > 0 {
		text += fmt.Sprintf(", first: %v", t.Failures[0].Err)
	}
	return text
}

// Format prints what Error returns for every verb.
func (e *ItemsFailedError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// end completes the report of a job that has ended, and returns the job's error. errs are
// the errors that no table's report contains.
func (r *Report) end(errs ...error) error {
	r.Ended = time.Now().UTC()
	r.Outcome = runOutcome(r, errors.Join(errs...))
	r.Source = layout.Side(arns(r.Tables, func(t *TableReport) string { return t.SourceARN }), r.Source)
	r.Destination = layout.Side(arns(r.Tables, func(t *TableReport) string { return t.DestinationARN }), r.Destination)
	failed := false
	for _, t := range r.Tables {
		if t.Err != nil {
			errs = append(errs, t.Err)
		}
		failed = failed || t.untolerated() > 0
	}
	if failed {
		errs = append(errs, &ItemsFailedError{r})
	}
	err := errors.Join(errs...)
	r.ExitCode = ExitCode(err)
	return err
}

func arns(tables []*TableReport, of func(*TableReport) string) (all []string) {
	for _, t := range tables {
		all = append(all, of(t))
	}
	return all
}

// end returns the error of a call for this table alone.
func (t *TableReport) end() error {
	return t.endWith(t.Err)
}

// endWith returns the error of a call for this table alone that another error may have
// ended. Items that failed are told of beside it: one of them may be a leak.
func (t *TableReport) endWith(err error) error {
	if t.untolerated() == 0 {
		return err
	}
	lost := &ItemsFailedError{&Report{Tables: []*TableReport{t}}}
	if err == nil {
		return lost
	}
	return errors.Join(err, lost)
}

// A FailureGroup counts the items of a table that failed or collided for one cause. It
// contains no attribute value.
type FailureGroup struct {
	Outcome     Outcome // [OutcomeFailed] or [OutcomeCollided]
	Path        string  `json:",omitempty"` // document path, with [*] for an index; "" for the item as a whole
	Transformer string  `json:",omitempty"` // that failed, or ""
	Reason      string  // what is wrong, with … for a number that differs from item to item
	Code        string  `json:",omitempty"` // error code and HTTP status of DynamoDB, or ""
	Count       int64   // items
	// Key is a digest of the key of the first of them, under the job's key. It is equal in
	// all runs, and "" for an item without a valid key.
	Key string `json:",omitempty"`
}

// String returns the group as one line of text.
func (g FailureGroup) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d × %v: ", g.Count, g.Outcome)
	if g.Path != "" {
		fmt.Fprintf(&b, "path %s, ", g.Path)
	}
	if g.Transformer != "" {
		fmt.Fprintf(&b, "%s: ", g.Transformer)
	}
	b.WriteString(g.Reason)
	if g.Code != "" {
		fmt.Fprintf(&b, " [%s]", g.Code)
	}
	if g.Key != "" {
		fmt.Fprintf(&b, " (first: key digest %s)", g.Key)
	}
	return b.String()
}

// cause returns what the failures of a group have in common.
func (f Failure) cause() groups.Cause {
	c := groups.Cause{Outcome: f.Outcome.String()}
	if e, ok := f.Err.(*ItemError); ok {
		c.Path, c.Op, c.Reason, c.Code = e.Path, e.Transformer, e.Reason, awserr.Answer(e.Err)
	}
	return c
}

// newTableError returns the error that ends a table's work in op, with a reason derived
// from err.
func newTableError(table, op string, err error) *TableError {
	var known *TableError
	var plain *reason.Plain
	var own reason.Error
	var call *awserr.CallError
	var letters *deadletter.Error
	var file interface {
		blaming
		reason() string
	}
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &letters):
		return tableFault(letters.Stated(), table, op, letters.Reason(), err)
	case errors.As(err, &file):
		return tableFault(file.stated(), table, op, file.reason(), err)
	case errors.As(err, &call):
		return tableFault(call.Class(), table, op, call.Error(), call.Err)
	case errors.As(err, &plain):
		return tableFault(plain.Class, table, op, plain.Text, plain.Unwrap())
	case errors.As(err, &own):
		return tableFault(reason.Unexpected, table, op, string(own), nil)
	}
	return tableFault(awserr.ClassOf(err), table, op, awserr.Remedy(err), err)
}

// tableFault returns the error of a table. If the class is Unstated, that of the cause
// applies.
func tableFault(c reason.Class, table, op, why string, cause error) *TableError {
	return &TableError{Table: table, Op: op, Reason: why, Err: cause, class: c}
}

// lostGoroutine returns the error of a table one of whose goroutines ended unexpectedly.
func lostGoroutine(table string) *TableError {
	return tableFault(reason.Unexpected, table, "callback", "a callback ended its goroutine (runtime.Goexit)", nil)
}

// ErrStopAfter is the error of a table that is not complete because the time of
// [WithStopAfter] is over.
var ErrStopAfter = reason.Refuse(reason.Resumable, "the time of WithStopAfter is over")

// errCapacitySpent is the error of a table that is not complete because the job has
// consumed the units of [WithMaxCapacity].
var errCapacitySpent = reason.Refuse(reason.Resumable, "WithMaxCapacity is spent; run the job again to resume")

// stopFault returns the error of such a table. A run without a checkpoint does not resume.
func stopFault(table, op string, resumes bool) *TableError {
	todo := "run the job again to resume"
	if !resumes {
		todo = "without WithCheckpoint, a later run copies the table from its beginning"
	}
	return tableFault(reason.Resumable, table, op, "the time of WithStopAfter is over; "+todo, ErrStopAfter)
}

// Retryable reports whether err is transient, so that the same request can succeed later:
// throttling, a fault of the service, a lost or damaged answer, a broken connection, or
// an attempt that timed out. It does not tell whether the caller's own context has ended.
func Retryable(err error) bool { return awserr.Retryable(err) }

// endOf returns why a context ended: the run's own error, or the caller's cancellation
// with its cause. It returns nil if the context has not ended.
func endOf(ctx context.Context) error {
	cause := context.Cause(ctx)
	var own *TableError
	if cause == ctx.Err() || errors.As(cause, &own) {
		return cause
	}
	return errors.Join(ctx.Err(), cause)
}

// ownText returns the text that this module wrote of an error, and its class.
func ownText(err error) (string, reason.Class) {
	var plain *reason.Plain
	if errors.As(err, &plain) {
		return plain.Text, plain.Class
	}
	var own reason.Error
	errors.As(err, &own)
	return string(own), reason.Unexpected
}

// An optionsError is the error of [New]. It joins all faults of the options.
type optionsError struct{ errs []error }

func (e *optionsError) Error() string   { return errors.Join(e.errs...).Error() }
func (e *optionsError) Unwrap() []error { return e.errs }

// Format prints what Error returns for every verb.
func (e *optionsError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

// ExitCode returns the exit status of a program whose job returned err. err may come from
// a method of a [Syncer] or a function of this package, and may be joined or wrapped.
//
//	0  done: err is nil
//	1  unexpected: somebody has to look
//	2  the configuration is wrong: options, rules, arguments or tables
//	3  access is denied, or credentials are rejected
//	4  items failed or collided, perhaps more than WithMaxFailures allows; all others
//	   are done, unless a TableError says that its table ended early
//	5  a leak: an item contained an original value, or a rule matched nothing and may
//	   have left some in the copy
//	6  resumable: a deadline, WithStopAfter, a capacity limit, throttling, the network
//	   or a cancellation ended the job, or another run holds its checkpoint; run it again
//	7  refused for safety: keys or names that look like PII and that no rule decides
//	   about, another key than the last run's, a destination that is a source or that
//	   WithDestination does not allow, too many records of its stream
//
// If several apply, ExitCode returns the first of 5, 3, 2, 7, 4, 6 and 1. A job in which
// items failed before its context ended therefore returns 4. Running it again, once the
// cause of the failures is corrected, also resumes it.
//
// ExitCode classifies other errors, such as those of the caller's callbacks and streams,
// by what the AWS SDK and package context tell about them. An error of [WithOnFailure]
// comes together with the failed item, so the code is 4 or one that precedes it.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	var found [reason.Classes]bool
	findClasses(err, &found)
	for _, c := range exitCodes {
		if found[c.class] {
			return c.code
		}
	}
	return 1
}

// exitCodes are the codes of the classes, the most pressing first.
var exitCodes = []struct {
	class reason.Class
	code  int
}{
	{reason.Leak, 5},
	{reason.Access, 3},
	{reason.Configuration, 2},
	{reason.Refused, 7},
	{reason.Items, 4},
	{reason.Resumable, 6},
	{reason.Unexpected, 1},
}

// findClasses notes the classes of an error: of each error in it that states one, and of
// each chain of other errors.
func findClasses(err error, found *[reason.Classes]bool) {
	for e := err; e != nil; {
		if c := statedClass(e); c != reason.Unstated {
			found[c] = true
			return
		}
		switch wrap := e.(type) {
		case interface{ Unwrap() []error }:
			for _, inner := range wrap.Unwrap() {
				if inner != nil {
					findClasses(inner, found)
				}
			}
			return
		case interface{ Unwrap() error }:
			e = wrap.Unwrap()
		default:
			e = nil
		}
	}
	c := awserr.ClassOf(err)
	if errors.Is(err, reason.Misconfigured) {
		c = reason.Configuration
	}
	found[c] = true
}

// statedClass returns the class that an error itself says.
func statedClass(err error) reason.Class {
	if e, ok := err.(blaming); ok {
		return e.stated()
	}
	return reason.Stated(err)
}

// A blaming error is one that says its class, without a look at its cause.
type blaming interface{ stated() reason.Class }

func (e *TableError) stated() reason.Class   { return e.class }
func (e *optionsError) stated() reason.Class { return reason.Configuration }

func (e *ItemError) stated() reason.Class {
	if e.fault != nil && e.fault.Class != reason.Unstated {
		return e.fault.Class
	}
	return reason.Items
}

// itemErrorOf returns the item error of a fault of the engine. It returns other errors
// unchanged.
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
