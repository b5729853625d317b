package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

// ErrNotApplicable is what Run returns for a value that the op is not made for.
var ErrNotApplicable = errors.New("dynsync: the transformer does not apply to this value")

// A declined is ErrNotApplicable with a reason, which it makes when it is asked.
type declined struct {
	why   func() string
	takes Kinds     // without why, of the op
	kind  wire.Kind // of the value, which is none of these
}

// Decline returns ErrNotApplicable with a reason, which faults print. It must hold no
// attribute value. why is called while the item is at hand.
func Decline(why func() string) error { return &declined{why: why} }

// DeclineAs is Decline with a reason that is always the same.
func DeclineAs(why string) error { return Decline(func() string { return why }) }

func (d *declined) Error() string { return ErrNotApplicable.Error() }
func (d *declined) Unwrap() error { return ErrNotApplicable }

// Declined returns ErrNotApplicable with the reasons of several.
func Declined(errs ...error) error {
	if len(errs) == 1 {
		if d, ok := errs[0].(*declined); ok {
			return d
		}
	}
	errs = slices.DeleteFunc(errs, func(err error) bool { return !tells(err) })
	switch len(errs) {
	case 0:
		return ErrNotApplicable
	case 1:
		return errs[0]
	}
	return Decline(func() string {
		var all []string
		for _, err := range errs {
			if why := whyDeclined(err); !slices.Contains(all, why) {
				all = append(all, why)
			}
		}
		return strings.Join(all, "; ")
	})
}

// tells reports whether an error is one of Decline.
func tells(err error) bool {
	var d *declined
	return errors.As(err, &d)
}

// whyDeclined returns the reason of an error of Decline, "" for another one.
func whyDeclined(err error) string {
	var d *declined
	if !errors.As(err, &d) {
		return ""
	}
	if d.why == nil {
		takes := d.takes
		if some := takes &^ sets; some != 0 { // it takes sets of these as well
			takes = some
		}
		return "it takes " + takes.String() + ", not " + d.kind.String()
	}
	return d.why()
}

// Missing is the kind of a value that is not there.
const Missing = wire.BS + 1

// A Value is a value object with its kind. Raw is nil for Missing, and for the zero
// Value, which is invalid.
type Value struct {
	Kind wire.Kind
	Raw  []byte
}

// isDeclined reports whether an op did not apply.
func isDeclined(err error) bool { return err != nil && errors.Is(err, ErrNotApplicable) }

var missing = Value{Kind: Missing}

// valueOf returns the value of a validated value object.
func valueOf(raw []byte) Value { return Value{wire.KindOf(raw), raw} }

// isEmpty reports whether v is a string or binary of no bytes, which no key may be.
func (v Value) isEmpty() bool {
	_, payload := wire.Payload(v.Raw)
	return (v.Kind == wire.S || v.Kind == wire.B) && len(payload) == len(`""`)
}

// An Action is what a rule does that the engine does itself, without a call.
type Action uint8

// The actions.
const (
	Apply     Action = iota // run the op
	byDefault               // what the default of the kind does
	keepAll                 // keep the value, since every default does
	Pass                    // keep the value
	Remove
	Reject
)

// An Op is what a rule does with a value.
type Op struct {
	Name         string // as faults name it
	Takes        Kinds
	Act          Action
	Last         bool               // it comes after all other rules
	TakesMissing bool               // it acts where the value is missing
	Redraws      bool               // it has another result for a value at each attempt: see Attempt
	Exact        bool               // different values have different results
	Merges       bool               // different values may have equal results
	Makes        leak.Making        // how its results are made
	MayPass      Kinds              // of these, it may keep a value or a part of it
	Shape        *pseudonym.Options // of the built-in pseudonym, which the engine makes itself; or nil

	// Canonical returns the form of a text that the op reads: of an S, of an N in normal
	// form, or of the bytes of a B. It is nil if the op reads the text itself.
	Canonical func(text string) (canonical string, ok bool)

	// Run makes a new value of v, which is of a kind in Takes, or Missing. It returns
	// ErrNotApplicable for a value that it is not made for.
	Run func(ctx context.Context, c Call, v Value) (Value, error)
}

// mayKeepNames reports whether the op makes something of a map in which names of its
// members may stay.
func (op *Op) mayKeepNames() bool {
	return op.Act == Apply && op.Takes.Has(wire.M) && op.MayPass.Has(wire.M)
}

// builtin is what becomes of a value that no other op applies to.
var builtin = &Op{Makes: leak.Fixed, Shape: &pseudonym.Options{}}

// Kinds is a set of kinds.
type Kinds uint16

const (
	// Every is the set of all kinds that an item holds.
	Every = Kinds(1<<(wire.BS+1) - 2)
	sets  = Kinds(1<<wire.SS | 1<<wire.NS | 1<<wire.BS)
)

// Has reports whether a kind is in the set.
func (s Kinds) Has(k wire.Kind) bool { return s>>k&1 == 1 }

// With returns the set with one more kind.
func (s Kinds) With(k wire.Kind) Kinds { return s | 1<<k }

// String returns the kinds as errors name them: "S, N or B".
func (s Kinds) String() string {
	var names []string
	for k := wire.S; k <= wire.BS; k++ {
		if s.Has(k) {
			names = append(names, k.String())
		}
	}
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// AndSets returns the set with the kinds of sets whose members are in it.
func (s Kinds) AndSets() Kinds {
	for k := wire.SS; k <= wire.BS; k++ {
		if elem, _ := k.Element(); s.Has(elem) {
			s = s.With(k)
		}
	}
	return s
}

// runOn runs an op on a value of these kinds, and on each member of a set of them.
func (op *Op) runOn(ctx context.Context, c Call, takes Kinds, v Value) (Value, error) {
	if takes.Has(v.Kind) {
		if err := op.checkForm(c, v); err != nil {
			return Value{}, err
		}
		return op.Run(ctx, c, v)
	}
	if elem, ok := v.Kind.Element(); ok && takes.Has(elem) {
		return op.runOnMembers(ctx, c, v, elem)
	}
	return Value{}, &declined{takes: op.Takes, kind: v.Kind}
}

// How many results an op makes of one value, at most, until one fits.
const (
	maxAttempts  = 1000
	leastMost    = 20      // of long results
	attemptBytes = 1 << 18 // of all results together
)

// A Fit is what the place of a result demands of it. Each function returns what is wrong
// with a result, or "", and may be nil.
type Fit struct {
	Must   func(Value) string // or the item fails
	Should func(Value) string // if nothing is wrong with the value, either
}

// Attempt returns how many results for the value at hand did not fit.
func Attempt(c Call) int { return c.attempt }

// AtAttempt returns the call for another attempt.
func AtAttempt(c Call, n int) Call {
	c.attempt = n
	return c
}

// RunPartToFit is [Call.RunPart] for a part whose result must fit.
func RunPartToFit(ctx context.Context, c Call, op *Op, part Value, fit Fit) (Value, error) {
	return untilFit(ctx, c, op, part, fit, func(c Call, v Value) (Value, error) { return c.RunPart(ctx, op, v) })
}

// untilFit runs an op on a value until the result fits.
func untilFit(ctx context.Context, c Call, op *Op, v Value, fit Fit, run func(Call, Value) (Value, error)) (Value, error) {
	trial := c.trial()
	out, err := run(c, v)
	if err != nil {
		return out, err
	}
	return toFit(ctx, c, trial, op, v, out, fit, run)
}

// toFit returns the first result of an op for a value, which was made within a trial, or
// another that fits. An op with random results makes another at each attempt. One that
// permutes values is followed along the cycle of the permutation: from a value that fits
// to the next one that does, and from another to the next one that does not, so that
// different values keep different results.
func toFit(ctx context.Context, c Call, trial trial, op *Op, v, first Value, fit Fit, run func(Call, Value) (Value, error)) (Value, error) {
	should := wrong(fit.Should, v) == ""
	good := func(out Value) bool {
		return wrong(fit.Must, out) == "" && (wrong(fit.Should, out) == "") == should
	}
	if good(first) {
		return first, nil
	}
	most := min(maxAttempts, max(leastMost, attemptBytes/(1+len(first.Raw))))
	for again := AtAttempt(c, c.attempt+1); again.attempt < most && op.hasOthers(should) && ctx.Err() == nil; again.attempt++ {
		trial.back()
		if out, err := run(again, v); err != nil || good(out) {
			return out, err
		}
	}
	if why := wrong(fit.Must, first); why != "" {
		return first, op.unfit(why, most)
	}
	trial.back()
	return run(c, v)
}

// wrong returns what a function says of a value, "" if there is none.
func wrong(with func(Value) string, v Value) string {
	if with == nil {
		return ""
	}
	return with(v)
}

// hasOthers reports whether the op has other results that may be like the value, with which
// something is wrong or not.
func (op *Op) hasOthers(fits bool) bool { return op.Redraws && (fits || op.Exact) }

// unfit returns the error for a value of which no result fits.
func (op *Op) unfit(why string, attempts int) error {
	if op.Redraws {
		why += fmt.Sprintf("; so it was with all of %d that %s made of the value; use a transformer of which more results fit here", attempts, op.Name)
	}
	return reason.Error(why)
}

// runOnMembers runs an op on each member of a set. Every result must be of the members'
// kind, or missing, which drops the member.
func (op *Op) runOnMembers(ctx context.Context, c Call, set Value, elem wire.Kind) (Value, error) {
	out := wire.NewSet(make([]byte, 0, len(set.Raw)), set.Kind)
	var member []byte
	var taken map[string]bool
	if op.Redraws {
		taken = map[string]bool{}
	}
	for text := range op.inOrder(set) {
		member = wire.AppendRaw(member[:0], elem, text)
		got, err := op.runOnMember(ctx, c, Value{elem, member}, taken)
		switch {
		case err != nil:
			return Value{}, err
		case got.Kind == Missing:
			continue
		case got.Kind != elem:
			return Value{}, ErrMember
		}
		_, quoted := wire.Payload(got.Raw)
		out.Quoted(quoted)
	}
	return Value{set.Kind, out.Finish()}, nil
}

// inOrder returns the members of a set as they stand in it, or in the order of their texts
// if the results depend on the order.
func (op *Op) inOrder(set Value) iter.Seq[[]byte] {
	members := wire.StringsOf(set.Raw).All()
	if !op.Redraws {
		return members
	}
	return slices.Values(slices.SortedFunc(members, bytes.Compare))
}

// runOnMember runs an op on a member of a set until the result is none that is taken, and
// takes it.
func (op *Op) runOnMember(ctx context.Context, c Call, member Value, taken map[string]bool) (Value, error) {
	if !op.Redraws {
		return op.Run(ctx, c, member)
	}
	fit := Fit{Must: func(out Value) string {
		if out.Kind == member.Kind && taken[formOf(out)] {
			return "two members of the set became equal"
		}
		return ""
	}}
	got, err := untilFit(ctx, c, op, member, fit, func(c Call, v Value) (Value, error) { return op.Run(ctx, c, v) })
	if err == nil && got.Kind == member.Kind {
		taken[formOf(got)] = true
	}
	return got, err
}

// checkForm returns an error if a guarded op reads a canonical form of the value that the
// value does not have: another value with the same form would have the same result.
func (op *Op) checkForm(c Call, v Value) error {
	if op.Canonical == nil || !c.Guarded() {
		return nil
	}
	text := formOf(v)
	if text == "" {
		return nil
	}
	if form, ok := op.Canonical(text); ok && form != text {
		return reason.Error(op.Name + ": " + notCanonical)
	}
	return nil
}

// formOf returns the text of an S, an N in normal form, or the bytes of a B.
func formOf(v Value) string {
	switch v.Kind {
	case wire.S:
		text, _ := wire.DecodeText(v.Raw)
		return text
	case wire.N:
		_, quoted := wire.Payload(v.Raw)
		normal, err := wire.AppendNumber(nil, quoted[1:len(quoted)-1])
		if err != nil {
			return ""
		}
		return string(normal)
	case wire.B:
		return string(wire.AppendBytes(nil, v.Raw))
	}
	return ""
}

const notCanonical = "the key is not in the canonical form that the transformer reads: it reads other spellings of the text alike, such as capitals and small letters, so another key could get the same result, and a job with WithCheckpoint or WithShare would not notice; write the key in that form at the source, or take a transformer that reads it exactly, such as anon.Token, for the key and its attribute"
