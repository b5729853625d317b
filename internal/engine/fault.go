package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Fault is why an item cannot be written. It prints no attribute value, and no name
// that neither a rule nor a key schema holds.
type Fault struct {
	Path   string    // where in the item; names that are not known are '*'
	Kind   wire.Kind // of the value, or Missing or wire.Invalid
	Op     string    // the name of the transformer, if one ran
	Reason string
	Err    error        // the cause, which is not printed
	Class  reason.Class // Leak, Refused, or Unstated
}

func (f *Fault) Error() string { return "dynsync: " + f.Reason }
func (f *Fault) Unwrap() error { return f.Err }

// Format prints what Error returns for every verb.
func (f *Fault) Format(s fmt.State, _ rune) { reason.Print(s, f.Error()) }

// fault returns the fault of the item at the place where the Exec is.
func (x *Exec) fault(kind wire.Kind, why string, cause error) *Fault {
	x.last = &Fault{
		Path:   x.safePath(),
		Kind:   kind,
		Op:     x.running,
		Reason: strings.TrimPrefix(why, x.running+": "),
		Err:    cause,
	}
	return x.last
}

// panicFault returns the fault of user code that panicked at the place where x is.
func panicFault(x *Exec, caught *reason.Panic) *Fault {
	return x.fault(wire.Invalid, "it panicked"+caught.Place, caught)
}

// Attributes that get no default pseudonym where their rule does not apply.
const (
	keyAttribute = "key attribute" // a pseudonym of ours could merge two items
	ttlAttribute = "TTL attribute" // a pseudonym is no time, or one by which DynamoDB deletes the item
)

// declines says that a rule does not apply to such an attribute, and why, or else which
// transformers would take the value, as far as that is known.
func declines(attribute string, declined error, fits []string) string {
	return "the transformer does not apply to this " + attribute + because(declined, fits) + "; add a branch for keys of this form by FirstOf, with Reject as its last branch"
}

// because says why an op declined, and which transformers would take the value, as far as
// that is known.
func because(declined error, fits []string) (text string) {
	if why := whyDeclined(declined); why != "" {
		text = ": " + why
	}
	if len(fits) > 0 {
		text += "; " + strings.Join(fits, " or ") + " would"
	}
	return text
}

// callFault returns the error for what user code returned. Its text is not printed,
// unless this module wrote it. A fault that the engine itself made, further in, passes;
// so does the end of the run.
func (x *Exec) callFault(kind wire.Kind, err error) error {
	if f, ok := err.(*Fault); ok && f == x.last {
		return f
	}
	if x.ctx.Err() != nil {
		return endOf(x.ctx)
	}
	var printable reason.Error
	if errors.As(err, &printable) {
		return x.fault(kind, string(printable), err)
	}
	return x.fault(kind, "the transformer returned an error", err)
}

// endOf returns why a context ended, as an error of it.
func endOf(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != ctx.Err() {
		return errors.Join(ctx.Err(), cause)
	}
	return ctx.Err()
}

// keyFault returns the fault of a key attribute.
func (x *Exec) keyFault(name string, kind wire.Kind, why string) *Fault {
	x.steps = append(x.steps[:0], pathStep{name: []byte(name), known: true})
	return x.fault(kind, why, nil)
}

// formFault returns the fault of an item that is no longer well formed after user code
// had it.
func (x *Exec) formFault(err error) *Fault {
	if errors.Is(err, wire.ErrDepth) {
		return x.fault(wire.Invalid, "the transformed item nests deeper than DynamoDB's 32 levels", err)
	}
	return x.fault(wire.Invalid, malformed, err)
}

// tooLargeText is why an item is refused that DynamoDB would not take for its size.
const tooLargeText = "the item is larger than DynamoDB's 400 KB (409,600 bytes)"

// The faults of transformers.
const (
	ErrRejected = reason.Error("Reject: no value is expected at this path")

	// ErrInvalid is returned for the zero value, and ErrMember for a member of a set that
	// became a value of another kind.
	ErrInvalid = reason.Error("the transformer returned an invalid value (the zero Value); MissingValue removes, ErrNotApplicable declines")
	ErrMember  = reason.Error("a set member was transformed to another data type")
)

const (
	malformed    = "the transformed item is malformed"
	namesOfWhole = "a rule for this map's keys cannot apply, because another rule transforms the whole map and may keep them"
	keyRemoved   = "a key attribute cannot be removed; replace or keep it, or leave the item out by WithFilter"
)

// keyChanged says that a key attribute of this type became what it cannot be.
func keyChanged(was wire.Kind) string {
	return "a key attribute keeps its type, here " + was.String() + ", and is never emptied; take a transformer that makes a value of this type"
}

// refused returns what DynamoDB would refuse in a result.
func refused(err error) reason.Error {
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
