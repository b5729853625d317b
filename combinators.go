package dynsync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/onetoone"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/survey"
	"github.com/dynsync/dynsync/internal/wire"
)

// Why transformers do not apply.
var (
	notListed = engine.DeclineAs("the value is none of those that are listed")
	untrue    = engine.DeclineAs("the condition of When does not hold")
	there     = engine.DeclineAs("there is a value, and it takes a missing one")
)

// Passthrough keeps the value as it is. A rule with Passthrough covers everything below
// its path, except for what deeper rules select.
func Passthrough() Transformer { return &directive{engine.Pass, "Passthrough"} }

// PassthroughOnly keeps a value that equals one of these, of types that [ValueOf] makes an S,
// N, B or BOOL of. It does not apply to others, which get the default transformer, and so lets
// only an enumeration pass: PassthroughOnly("OPEN", "CLOSED"). A set passes as a whole or not.
func PassthroughOnly(values ...any) Transformer {
	list, _ := ValueOf(values)
	b := &builtin{described: true, constant: list, desc: Description{Name: "PassthroughOnly", Uniqueness: UniquenessExact, Keeps: "the values that it lists"}}
	listed := make([]Value, len(values))
	for i, v := range values {
		listed[i], _ = ValueOf(v)
		b.desc.Kinds = append(b.desc.Kinds, listed[i].kind)
		if !slices.Contains([]Kind{KindS, KindN, KindB, KindBOOL}, listed[i].kind) {
			b.desc.Err = fmt.Errorf("PassthroughOnly: value %d makes none of S, N, B and BOOL", i+1)
		}
	}
	if len(values) == 0 {
		b.desc.Err = errors.New("PassthroughOnly needs a value")
	}
	b.fn = func(ctx context.Context, in Input) (Value, error) {
		if !slices.ContainsFunc(listed, in.Value.Equal) {
			return Value{}, notListed
		}
		return Passthrough().Transform(ctx, in)
	}
	return b
}

// Remove removes the value. A rule with Remove covers everything below its path, except
// for what deeper rules select. A map or list that becomes empty is removed too.
func Remove() Transformer { return &directive{engine.Remove, "Remove"} }

// Reject fails the item with an error that names the path. As the default transformer it
// fails every item that has an attribute without a rule.
func Reject() Transformer { return &directive{engine.Reject, "Reject"} }

// Constant replaces every value by v, of any type that [ValueOf] takes. nil is NULL.
// [New] reports an error for any other type.
func Constant(v any) Transformer {
	value, err := ValueOf(v)
	holds := func(part string) bool {
		text, ok := value.Text()
		return ok && strings.Contains(text, part)
	}
	return &builtin{
		described: true, constant: value, taken: engine.Every,
		desc: Description{Name: "Constant", Options: fmt.Sprintf("%T", v), Uniqueness: UniquenessNone, Drawn: true, Class: ClassIndependent, Holds: holds, Err: err},
		fn:   func(context.Context, Input) (Value, error) { return value, nil },
	}
}

// Chain applies the transformers one after the other. It ends early if one returns
// [MissingValue], and does not apply ([ErrNotApplicable]) if one of them does not. Keys are
// one-to-one ([WithCheckpoint]) if all make them so; none may be a [Template].
func Chain(ts ...Transformer) Transformer {
	b := &builtin{described: true, join: onetoone.Chain, desc: Description{Name: "Chain", Options: options(ts), Uniqueness: weakest(ts)}}
	if len(ts) == 0 {
		b.desc.Err = errors.New("Chain needs a transformer")
	} else if ts[0] != nil {
		first := describe(ts[0])
		b.desc.Kinds, b.desc.TakesMissing, b.desc.Canonical = first.Kinds, first.TakesMissing, first.Canonical
	}
	if !slices.ContainsFunc(ts, func(t Transformer) bool { return taken(t) != engine.Every }) {
		b.taken = engine.Every
	}
	ops := opsOf(ts)
	b.fn = func(ctx context.Context, in Input) (Value, error) {
		rounds := 1
		if b.desc.Uniqueness == UniquenessExact { // the steps are one permutation, which goes on
			rounds += in.Attempt()
			in.call = engine.AtAttempt(in.call, 0)
		}
		for range rounds {
			if err := chain(ctx, ops, &in); err != nil || in.Value.IsMissing() {
				return in.Value, err
			}
		}
		return in.Value, nil
	}
	b.around(ts...)
	if len(ts) > 0 && ts[len(ts)-1] != nil {
		b.desc.Holds = describe(ts[len(ts)-1]).Holds
	}
	b.desc.setClasses(ofChain(ts))
	return b
}

// chain runs ops one after the other, each on the result of the one before.
func chain(ctx context.Context, ops []*engine.Op, in *Input) (err error) {
	for _, op := range ops {
		in.Value, err = in.runOrMake(ctx, op)
		if err != nil || in.Value.IsMissing() {
			return err
		}
	}
	return nil
}

// ofChain returns the class of a chain of transformers. The result of an independent
// transformer contains nothing of the value, and neither do results made from it, unless
// a later transformer may return anything of the item. No other chain has a class,
// because one step can undo what another changed.
func ofChain(ts []Transformer) classing {
	return func(k Kind) (Class, string) {
		independent, kept := false, []string{}
		for i, t := range ts {
			if t == nil {
				return ClassMayKeep, ""
			}
			d := describe(t)
			c, keeps := d.classing()(k)
			if i > 0 { // the step before may have made another kind of it
				c, keeps = anyKind(d)
			}
			switch {
			case c == ClassIndependent:
				independent, kept = true, nil
			case c == ClassMayKeep && (keeps == "" || d.Last):
				independent, kept = false, append(kept, keeps)
			case len(ts) == 1:
				return c, keeps
			default:
				kept = append(kept, cmp.Or(keeps, "what one of its steps undoes of another"))
			}
		}
		if independent {
			return ClassIndependent, ""
		}
		return ClassMayKeep, joinKept(kept)
	}
}

// FirstOf applies the first of the transformers that applies to the value. Use it to say
// what happens otherwise:
//
//	FirstOf(When(isTest, Passthrough()), anon.Email())
//
// [New] reports an error for a transformer behind one that takes every value.
// A [Passthrough] behind other transformers is for keys of which the others take no form.
// If it would keep a key attribute, also of a secondary index, or a part of one, that is
// clearly personal, the item fails: no branch was written for a key of that form. To keep
// such keys, use When(cond, Passthrough()), or a rule that is Passthrough alone.
//
// If a transformer applies to some members of a set only, FirstOf divides the set: the
// transformer gets these members as a set, and the following transformers get the rest.
// If the result for the rest is not a set of the same data type, the following
// transformers get the whole set instead: FirstOf(anon.Email(), Constant(nil)) makes NULL
// of a set with one member that is no e-mail address.
//
// Put the more specific branches first. Where keys must be one-to-one ([WithCheckpoint]), an
// item also fails if its result would be taken by an earlier branch, or not by its own: a
// key that already looks like the result could then become the same.
func FirstOf(ts ...Transformer) Transformer {
	b := &builtin{described: true, join: onetoone.First, desc: Description{Name: "FirstOf", Options: options(ts)}}
	if len(ts) == 0 {
		b.desc.Err = errors.New("FirstOf needs a transformer")
	}
	for _, t := range ts {
		if t != nil && describe(t).TakesMissing {
			b.desc.TakesMissing = true
		}
	}
	ops := opsOf(ts)
	b.fn = func(ctx context.Context, in Input) (Value, error) { return firstOf(ctx, ops, in) }
	b.around(ts...)
	if weakest(ts) == UniquenessNone { // else it is unknown: results of one may collide with another's
		b.desc.Uniqueness = UniquenessNone
	}
	b.branches(ts)
	return b
}

// branches notes that b runs the first of the transformers that applies. One is never
// reached if one in front of it takes all that it takes.
func (b *builtin) branches(ts []Transformer) {
	for i, t := range ts {
		for j, before := range ts[:i] {
			if t == nil || before == nil || kindsOf(describe(t).Kinds)&^taken(before) != 0 || describe(t).TakesMissing && !describe(before).TakesMissing {
				continue
			}
			b.desc.Err = cmp.Or(b.desc.Err, fmt.Errorf("FirstOf: transformer %d (%s) is never reached, because transformer %d (%s) takes every value; put it last", i+1, describe(t).Name, j+1, describe(before).Name))
		}
		b.taken |= taken(t)
	}
}

func firstOf(ctx context.Context, ops []*engine.Op, in Input) (Value, error) {
	later := engine.SetLater(in.call, false)
	defer engine.SetLater(in.call, later)
	var done []Value      // of what was divided off
	var declined [4]error // of the first branches
	whole := in
	for i, op := range ops {
		if in.Value.IsMissing() && !op.TakesMissing {
			continue
		}
		engine.SetLater(in.call, later || i > 0)
		out, err := in.runOrMake(ctx, op)
		switch {
		case err == nil && len(done) == 0:
			return out, in.checkBranch(ctx, ops[:i+1], out)
		case err == nil && !out.IsMissing() && out.kind != in.Value.kind:
			return firstOfWhole(ctx, ops[i:], whole)
		case err == nil:
			return union(in.Value.kind, append(done, out))
		case !errors.Is(err, ErrNotApplicable):
			return Value{}, err
		}
		if i < len(declined) {
			declined[i] = err // it may say why
		}
		those, rest, err := divide(ctx, op, in)
		if err != nil {
			return Value{}, err
		}
		if len(those) == 0 || len(rest) == 0 {
			continue
		}
		if out, err = in.with(setOf(in.Value.kind, those)).run(ctx, op); err != nil {
			return Value{}, err
		}
		done, in.Value = append(done, out), setOf(in.Value.kind, rest)
	}
	return Value{}, engine.Declined(slices.Clone(declined[:])...)
}

// checkBranch checks, if the value is of a key that must be one-to-one, that the last of
// the ops would be the first to apply to its result, too. So no other op has that result.
func (in Input) checkBranch(ctx context.Context, ops []*engine.Op, out Value) error {
	if !in.call.Guarded() || in.call.Trial() || out.IsMissing() {
		return nil
	}
	for i, op := range ops {
		if applies := in.call.Applies(ctx, op, toEngine(out)); applies != (i == len(ops)-1) {
			return reason.Error("FirstOf: " + strayResult)
		}
	}
	return nil
}

const strayResult = "the result has the form of another branch, or no longer that of its own, so another key could get it too; put the more specific branches first, or use ModeInsert, or accept lost items with WithAllowExisting"

// firstOfWhole is like firstOf, but does not divide a set.
func firstOfWhole(ctx context.Context, ops []*engine.Op, in Input) (Value, error) {
	for _, op := range ops {
		if out, err := in.run(ctx, op); !errors.Is(err, ErrNotApplicable) {
			return out, err
		}
	}
	return Value{}, ErrNotApplicable
}

// union returns the union of sets of that data type. Sets may be missing.
func union(kind Kind, sets []Value) (Value, error) {
	var members [][]byte
	for _, set := range sets {
		if !set.IsMissing() && set.kind != kind {
			return Value{}, engine.ErrMember
		}
		members = append(members, quotedMembers(set)...)
	}
	if len(members) == 0 {
		return MissingValue(), nil
	}
	return setOf(kind, members), nil
}

// divide returns the members of a set to which an op applies, and the others. It returns
// no members if the value is not a set.
func divide(ctx context.Context, op *engine.Op, in Input) (those, rest [][]byte, err error) {
	if _, isSet := in.Value.kind.element(); !isSet {
		return nil, nil, nil
	}
	defer in.call.Try()()
	for _, member := range quotedMembers(in.Value) {
		switch _, err := in.with(setOf(in.Value.kind, [][]byte{member})).run(ctx, op); {
		case errors.Is(err, ErrNotApplicable):
			rest = append(rest, member)
		case err != nil:
			return nil, nil, err
		default:
			those = append(those, member)
		}
	}
	return those, rest, nil
}

// OnKind applies t only to values of that data type. [New] reports an error if kind is
// not one of KindS to KindBS, or if t never takes it. Keys are one-to-one
// ([WithCheckpoint]) if t makes them so.
func OnKind(kind Kind, t Transformer) Transformer {
	b := &builtin{described: true, join: onetoone.Apart}
	b.desc = Description{Name: "OnKind", Options: kind.String() + " " + options([]Transformer{t}), Kinds: []Kind{kind}, Uniqueness: weakest([]Transformer{t})}
	switch elem, _ := kind.element(); {
	case kind < KindS || kind > KindBS:
		b.desc.Kinds = nil
		b.desc.Err = fmt.Errorf("OnKind needs one of KindS … KindBS, not %v", kind)
	case t != nil && !takesAny(t, kind, elem):
		b.desc.Err = fmt.Errorf("OnKind(%v): %s never takes that kind", kind, describe(t).Name)
	}
	if t != nil {
		b.desc.Canonical = describe(t).Canonical
		b.taken = taken(t) & kindsOf(b.desc.Kinds).AndSets() // of sets it takes the members
	}
	op, otherKind := opOf(t), engine.DeclineAs("it takes "+kind.String()+" alone")
	b.fn = func(ctx context.Context, in Input) (Value, error) {
		if in.Value.kind != kind {
			return Value{}, otherKind
		}
		return in.run(ctx, op)
	}
	return b.around(t)
}

func takesAny(t Transformer, kinds ...Kind) bool {
	return slices.ContainsFunc(kinds, describe(t).takes)
}

// When applies t only if cond returns true. Several goroutines call cond at once. If t
// takes the members of a set and not the set, cond receives each member; otherwise it
// receives the set. For a key that must be one-to-one ([WithCheckpoint]), cond must not read
// the item, or the item fails.
func When(cond func(Input) bool, t Transformer) Transformer {
	b := &builtin{join: onetoone.Apart}
	b.desc = Description{Name: "When", Options: options([]Transformer{t}), Uniqueness: weakest([]Transformer{t})}
	if t != nil {
		b.desc.Kinds = describe(t).Kinds
	}
	if cond == nil {
		b.desc.Err = errors.New("When needs a condition")
	}
	op := opOf(t)
	b.fn = func(ctx context.Context, in Input) (Value, error) {
		if !cond(in) {
			return Value{}, untrue
		}
		defer engine.SetLater(in.call, engine.SetLater(in.call, false)) // what cond chooses may stay
		return in.run(ctx, op)
	}
	return b.around(t)
}

// IfMissing applies t only if the item has no value at the rule's path. t receives
// [MissingValue]. The path must be literal, and the map that would contain the value must
// exist. To handle existing values too, combine it with another transformer by [FirstOf].
func IfMissing(t Transformer) Transformer {
	b := &builtin{described: true}
	b.desc = Description{Name: "IfMissing", Options: options([]Transformer{t}), TakesMissing: true, Uniqueness: UniquenessNone}
	if t != nil && len(describe(t).Kinds) > 0 {
		b.desc.Err = fmt.Errorf("IfMissing: %s needs a value to work on", describe(t).Name)
	}
	op := opOf(t)
	b.fn = func(ctx context.Context, in Input) (Value, error) {
		if !in.Value.IsMissing() {
			return Value{}, there
		}
		return in.runOrMake(ctx, op)
	}
	return b.around(t)
}

// Each applies t to every element of a list, every member of a set and every value of a
// map. An element that t does not apply to goes to the default transformer. An element
// for which t returns [MissingValue] is removed.
func Each(t Transformer) Transformer {
	b := &builtin{described: true}
	b.desc = Description{Name: "Each", Options: options([]Transformer{t}), Kinds: []Kind{KindL, KindM, KindSS, KindNS, KindBS}, Uniqueness: weakest([]Transformer{t})}
	op := opOf(t)
	b.fn = func(ctx context.Context, in Input) (Value, error) {
		switch in.Value.kind {
		case KindL:
			return eachElement(ctx, op, in)
		case KindM:
			return eachMember(in, func(_ string, v Value) (Value, error) {
				out, err := in.runOrDefault(ctx, op, v)
				if err == nil && !out.IsMissing() && op.Act != engine.Pass {
					in.call.NameStays(survey.InEach)
				}
				return out, err
			})
		}
		return in.fromEngine(in.call.RunMembers(ctx, op, toEngine(in.Value)))
	}
	b.around(t)
	b.desc.Drawn = false // names stay, and elements may get the default
	b.desc.setClasses(ofElements(t))
	return b
}

// ofElements returns the class of t applied to the elements of a container. Elements that
// t does not take go to the default transformer, whose class is checked on its own.
func ofElements(t Transformer) classing {
	return func(k Kind) (Class, string) {
		if t == nil {
			return ClassMayKeep, ""
		}
		d := describe(t)
		if elem, isSet := k.element(); isSet {
			return d.classing()(elem)
		}
		c, keeps := anyKind(d)
		const names = "the names of members"
		switch {
		case k != KindM:
			return c, keeps
		case c == ClassMayKeep:
			return ClassMayKeep, joinKept([]string{names, keeps})
		}
		return ClassMayKeep, names
	}
}

func eachElement(ctx context.Context, op *engine.Op, in Input) (Value, error) {
	raw := in.Value.raw
	list := wire.NewList(make([]byte, 0, len(raw)))
	for i, element := range wire.ElementsOf(raw).All() {
		in.call.Enter(wire.Step{Index: i, Elem: true})
		got, err := in.leave(in.runOrDefault(ctx, op, borrow(element)))
		if err != nil {
			return Value{}, err
		}
		if !got.IsMissing() {
			list.Append(got.raw)
		}
	}
	return Value{KindL, list.Finish()}, nil
}

// eachMember returns the map with fn applied to its members.
func eachMember(in Input, fn func(name string, v Value) (Value, error)) (Value, error) {
	raw := in.Value.raw
	m := wire.NewMap(make([]byte, 0, len(raw)))
	for a := range wire.MembersOf(raw).All() {
		name := a.NameIn(raw)
		in.call.Enter(wire.Step{Name: name})
		got, err := in.leave(fn(name, borrow(a.Value.Of(raw))))
		if err != nil {
			return Value{}, err
		}
		if !got.IsMissing() {
			m.QuotedName(a.Quoted().Of(raw))
			m.Dst = append(m.Dst, got.raw...)
		}
	}
	return Value{KindM, m.Finish()}, nil
}
