package engine

import (
	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/wire"
)

// decide carries out a rule on the whole value at span, and gives the value to
// the default op if the rule's does not apply.
func (w *walk) decide(r *Rule, v wire.Span, kind wire.Kind, lo, hi int) (fate, error) {
	if kind == wire.M && r.Op.mayKeepNames() && w.x.nameRule(lo, hi) != nil {
		err := w.x.fault(wire.M, namesOfWhole, nil)
		w.x.failed(r, err)
		return kept, err
	}
	done, err := w.carryOut(r, v, kind)
	return settle(w, r, v, kind, lo, hi, done, err)
}

// settle counts what a rule did with the value at span, and gives the value to the default
// op if the rule's does not apply.
func settle(w *walk, r *Rule, v wire.Span, kind wire.Kind, lo, hi int, done fate, err error) (fate, error) {
	switch {
	case err == nil:
		w.x.applied(r)
	case isDeclined(err):
		why := err
		done, err = w.fallback(v, kind, lo, hi, why)
		w.x.declined(r, Value{kind, v.Of(w.src)}, why, err)
	default:
		w.x.failed(r, err)
	}
	return done, err
}

// decideMembers carries out the rule of a [*] on the members of a set.
func (w *walk) decideMembers(r *Rule, v wire.Span, kind wire.Kind) (fate, error) {
	if r.Op.Act != Apply {
		done, err := w.carryOut(r, v, kind)
		return settle(w, r, v, kind, 0, 0, done, err)
	}
	w.x.running, w.from = r.Op.Name, leak.Source{Canonical: r.Op.Canonical}
	done, err := w.call(r.Op, r.Op.Takes&^sets, v, kind)
	return settle(w, r, v, kind, 0, 0, done, err)
}

// carryOut carries out a rule on the whole value at span. The error is
// ErrNotApplicable if the rule's op does not apply.
func (w *walk) carryOut(r *Rule, v wire.Span, kind wire.Kind) (fate, error) {
	w.x.running, w.from = r.Op.Name, leak.Source{Canonical: r.Op.Canonical}
	return w.act(r.Op, r.Op.Takes, v, kind)
}

// act carries out an op on a value of these kinds.
func (w *walk) act(op *Op, takes Kinds, v wire.Span, kind wire.Kind) (fate, error) {
	switch op.Act {
	case Pass:
		return kept, nil
	case Remove:
		return w.remove(v), nil
	case Reject:
		return kept, w.x.fault(kind, string(ErrRejected), nil)
	}
	return w.call(op, takes, v, kind)
}

// call runs an op on the value at span, if it is of these kinds, and writes the result.
func (w *walk) call(op *Op, takes Kinds, v wire.Span, kind wire.Kind) (fate, error) {
	if op.Shape != nil && takes.Has(kind) {
		return w.pseudonymize(op, v)
	}
	out, err := w.x.invoke(op, takes, Value{kind, v.Of(w.src)})
	if err != nil {
		return kept, err
	}
	done, err := w.emit(v, out)
	if w.x.leak != nil {
		w.tell(v, out.Raw, done == replaced, op.Makes)
	}
	return done, err
}

// remove is what becomes of the value at span where nothing is to be left of it.
func (w *walk) remove(v wire.Span) fate {
	if w.x.leak != nil {
		w.tell(v, nil, false, leak.Made)
	}
	return removed
}

// tell tells the leak check what was made of the value at span, and whether that was
// written, last, and how it was made.
func (w *walk) tell(v wire.Span, out []byte, written bool, by leak.Making) {
	w.x.leak.Took(w.src, v, wire.KindOf(v.Of(w.src)), out, w.from)
	if written {
		w.x.leak.Wrote(w.ed.Dst, w.latest, by)
	}
}

// emit writes what an op returned in place of the value at span.
func (w *walk) emit(v wire.Span, out Value) (fate, error) {
	if out.Kind == Missing {
		return removed, nil
	}
	if err := w.x.accept(out); err != nil {
		return kept, err
	}
	w.ed.CopyTo(v.Start)
	w.latest, w.whole = len(w.ed.Dst), v.Start
	w.ed.Dst = append(w.ed.Dst, out.Raw...)
	w.ed.SkipTo(v.End)
	return replaced, nil
}

// pseudonymize writes the pseudonym that op describes in place of the value at span.
func (w *walk) pseudonymize(op *Op, v wire.Span) (fate, error) {
	w.ed.CopyTo(v.Start)
	w.latest, w.whole = len(w.ed.Dst), v.Start
	dst, err := w.x.appendPseudonym(w.ed.Dst, op.Shape, v.Of(w.src))
	if err != nil {
		return kept, w.x.fault(wire.Invalid, "the value has no pseudonym", err)
	}
	w.ed.Dst = dst
	w.ed.SkipTo(v.End)
	if w.x.leak != nil {
		w.tell(v, nil, true, leak.Fixed)
	}
	return replaced, nil
}

// byDefault gives a value to the default op of its kind.
func (w *walk) byDefault(v wire.Span, kind wire.Kind) (fate, error) {
	k := kind
	if elem, ok := kind.Element(); ok {
		k = elem
	}
	op := w.x.plan.Rules.defaults[k]
	w.from = leak.Source{Default: !w.strict}
	if op != nil {
		w.from.Canonical = op.Canonical
	}
	if w.strict && op != nil && op.MayPass.Has(k) && k != wire.NULL && op.Shape == nil {
		return kept, w.passed.fault(w.x, op)
	}
	w.x.running = "default"
	switch {
	case op == nil: // NULL
		return kept, nil
	case op.Shape != nil:
		return w.pseudonymize(op, v)
	}
	takes := op.Takes
	if k != kind {
		takes &^= sets
	}
	done, err := w.act(op, takes, v, kind)
	switch {
	case isDeclined(err) && k == wire.NULL:
		return kept, nil
	case isDeclined(err):
		return w.pseudonymize(builtin, v)
	}
	return done, err
}

// A passedOver is a value to which a rule did not apply.
type passedOver struct {
	Value
	why   error
	steps int    // to it
	op    string // of the rule
}

// fault returns the fault of the value where op is the default for it or a part of it, and
// may keep that.
func (v *passedOver) fault(x *Exec, op *Op) error {
	steps, running := x.steps, x.running
	x.steps, x.running = steps[:v.steps], v.op
	err := x.fault(v.Kind, passesByFallback(op, v.why, x.plan.fitting(v.Value)), nil)
	x.steps, x.running = steps, running
	return err
}

// passesByFallback is why a value that a rule does not apply to, as declined says, may not be
// given to the default.
func passesByFallback(op *Op, declined error, fits []string) string {
	return "the rule does not apply to this value" + because(declined, fits) + "; and the default, " + op.Name + ", may keep it or a part of it: add a branch for such values by FirstOf, with Reject as its last branch, or take a default that keeps nothing"
}

// fallback gives a value that a rule selects, but does not apply to, as declined says, to
// the default op. Of the active nodes [lo, hi) only the rules for names hold.
func (w *walk) fallback(v wire.Span, kind wire.Kind, lo, hi int, declined error) (fate, error) {
	strict, passed := w.strict, w.passed
	w.strict, w.passed = true, passedOver{Value{kind, v.Of(w.src)}, declined, len(w.x.steps), w.x.running}
	var done fate
	var err error
	if kind.IsContainer() {
		done, err = w.container(v, kind, lo, hi, byDefault)
	} else {
		done, err = w.byDefault(v, kind)
	}
	w.strict, w.passed = strict, passed
	return done, err
}

// fallbackValue is what fallback makes of a value that an op holds in its hands.
func (x *Exec) fallbackValue(v Value, lo, hi int, declined error) (Value, error) {
	running := x.running
	x.leak.EnterPart()
	defer func() {
		x.running = running
		x.leak.LeavePart()
	}()
	w := walk{x: x}
	w.begin(make([]byte, 0, len(v.Raw)+16), v.Raw)
	done, err := w.fallback(wire.Span{End: uint32(len(v.Raw))}, v.Kind, lo, hi, declined)
	switch {
	case err != nil:
		return Value{}, err
	case done == removed:
		return missing, nil
	case done == kept:
		return v, nil
	}
	return valueOf(w.ed.Finish()), nil
}
