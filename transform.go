package dynsync

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Transformer replaces one value by another.
//
// Transform receives the value at a place its rule selects and returns what is
// written there: a Value of any kind, or [MissingValue] to remove it. It is
// called from several goroutines at once. An error fails the item, with two
// exceptions: [ErrNotApplicable] gives the value to the default transformer, and
// an error of ctx ends the run. A panic fails the item. Neither the text of the
// error nor the panic is ever printed by this package.
//
// A Transformer may also be a [Describer].
type Transformer interface {
	Transform(ctx context.Context, in Input) (Value, error)
}

// ErrNotApplicable is what a Transformer returns for a value that it is not
// made for. The default transformer takes over. If that may keep the value or a part
// of it ([MayKeep]), the item fails, as it does for a key attribute: a value that a rule
// names is never written as it was.
var ErrNotApplicable = errors.New("dynsync: the transformer does not apply to this value")

// A Describer is a Transformer that says what it is. [New] checks rules against
// what it says, and errors and fingerprints name it.
type Describer interface {
	Describe() Description
}

// A Description says what a [Transformer] is.
type Description struct {
	// Name identifies the transformer in errors and reports: "Func[string, string]".
	Name string
	// Options is the text of its configuration, for fingerprints. It must not
	// hold secrets.
	Options string
	// Kinds are the kinds it takes; none means every kind. A value of another
	// kind goes to the default transformer. A transformer that takes S, N or B
	// and is given a set of them is applied to each member.
	Kinds []Kind
	// Uniqueness says whether different inputs can have equal outputs.
	Uniqueness Uniqueness
	// TakesMissing asks for a call with [MissingValue] where the item has no
	// value at the rule's path, which must then be literal.
	TakesMissing bool
	// Last asks for a call after all other rules, whose work [Input.Transformed]
	// then shows. The rule's path must be the name of an attribute. Attributes of
	// which the transformer is Last don't see each other.
	Last bool
	// Drawn says that the result is drawn by keyed randomness, or moved by a drawn
	// distance: nothing of the value's text is in it, but by chance.
	// [WithLeakCheck] does not search it.
	Drawn bool
	// Class says how much of a value its result can hold, for every kind that it takes
	// and that Classes does not name. An empty string, binary, map or list and NULL may
	// stay as they are in any class: there is nothing to hide in them.
	Class Class
	// Classes are the kinds for which it is in another class.
	Classes map[Kind]Class
	// Keeps says what it keeps of a value, where a class is [MayKeep]: "the domain of
	// the address". It is empty for a transformer of which that is not known, which may
	// hold anything, also of the rest of the item.
	Keeps string
	// Err is what is wrong with the arguments that the transformer was made
	// with. [New] reports it.
	Err error
}

// A Class says how much of a value the result of a transformer can hold.
type Class uint8

const (
	// MayKeep means that the result may hold the value or a part of it. It is the class
	// of transformers that don't say.
	MayKeep Class = iota
	// Changes means that the result never equals the value.
	Changes
	// Independent means that the result does not depend on the value but as a seed: it
	// equals the value only by chance, one time in the size of the domain.
	Independent
)

// String returns the class as words.
func (c Class) String() string {
	switch c {
	case MayKeep:
		return "may keep"
	case Changes:
		return "changes"
	case Independent:
		return "independent"
	}
	return fmt.Sprintf("Class(%d)", uint8(c))
}

// ClassOf returns the class for values of a kind. A set of members that the
// transformer takes is in the members' class.
func (d Description) ClassOf(k Kind) Class {
	takes := kindsOf(d.Kinds)
	if elem, isSet := k.element(); isSet && !takes.has(k) {
		k = elem
	}
	if c, ok := d.Classes[k]; ok {
		return c
	}
	return d.Class
}

// Uniqueness says how far a transformer keeps different values different.
type Uniqueness uint8

const (
	// UniquenessUnknown is for transformers that don't say.
	UniquenessUnknown Uniqueness = iota
	// Injective means that different inputs always have different outputs.
	Injective
	// PracticallyUnique means that a clash is as unlikely as a collision of a
	// cryptographic hash.
	PracticallyUnique
	// ManyToOne means that different inputs are expected to clash.
	ManyToOne
)

// describe returns what t says of itself, or its Go type.
func describe(t Transformer) Description {
	if d, ok := t.(Describer); ok {
		return d.Describe()
	}
	return Description{Name: typeName(t)}
}

// An Input is what a [Transformer] receives. It is good until Transform returns.
type Input struct {
	// Value is the value to transform. It borrows the item's bytes.
	Value Value

	exec *exec
}

// Path returns where the value stands, in the item as it was read. It is built
// by the call. Names of map members can be personal data.
func (in Input) Path() Path {
	if in.exec == nil {
		return Path{}
	}
	return in.exec.path()
}

// Record returns the item as it was read, borrowed; an empty record outside of
// a run.
func (in Input) Record() *Record {
	if in.exec == nil {
		return &Record{item: []byte("{}")}
	}
	return in.exec.record()
}

// Transformed returns the item as all rules but those whose transformer is Last
// left it, borrowed; attributes that such a rule names are not in it. Only a
// transformer that describes itself as Last may call it: for others, and outside
// of a run, the record is empty.
func (in Input) Transformed() *Record {
	if in.exec == nil || in.exec.transformed == nil {
		return &Record{item: []byte("{}")}
	}
	return in.exec.transformed
}

// Seed returns keyed randomness for the value: HMAC-SHA-256, under a subkey of
// the job's key, of the domain and the value. Equal values (numbers by value)
// have equal seeds in every item, table, run and process that has the key, and
// in one domain only.
func (in Input) Seed(domain string) [32]byte {
	return in.mac("value", domain, nil)
}

// ItemSeed is like [Input.Seed], for the value at its place: the table's name (that of
// [WithName], or else the source's), the item's key and the path go in too, so that
// equal values in different tables and items don't show as equal.
func (in Input) ItemSeed(domain string) [32]byte {
	var place []byte
	if in.exec != nil {
		place = in.exec.place()
	}
	return in.mac("item", domain, place)
}

// mac returns the seed of the value at a place. Outside of a run there is no key.
func (in Input) mac(scope, domain string, place []byte) (seed [32]byte) {
	key := noKey()
	if in.exec != nil {
		key = in.exec.plan.key
	}
	key.MacValue(seed[:0], scope, domain, place, in.Value.raw)
	return seed
}

// noKey returns the key of values that belong to no run, which everybody knows.
var noKey = sync.OnceValue(func() *pseudonym.Key {
	key, err := pseudonym.NewKey([]byte("there is no key outside of a run."))
	if err != nil {
		panic(err)
	}
	return key
})

func (in Input) with(v Value) Input {
	in.Value = v
	return in
}

// keepWhole says that the value may well be the result.
func (in Input) keepWhole() {
	if in.exec != nil {
		in.exec.leak.Keep(in.Value.raw)
	}
}

// meant reports whether a part that came out as out did not just stay as it was.
func (in Input) meant(part, out Value) bool {
	return in.exec == nil || in.exec.leak.Meant(part.raw, out.raw)
}

// fallback returns what the default transformer makes of a part of the value,
// at the path pushed last.
func (in Input) fallback(v Value) (Value, error) {
	if in.exec == nil {
		return Value{}, ErrNotApplicable
	}
	return in.exec.fallbackValue(v, 0, 0)
}

// apply runs t on a part of the value, and the default transformer where t does
// not apply to it.
func (in Input) apply(ctx context.Context, t Transformer, v Value) (Value, error) {
	if in.exec != nil {
		in.exec.leak.Give(v.raw)
	}
	out, err := transformAs(ctx, t, in.with(v))
	if errors.Is(err, ErrNotApplicable) {
		return in.fallback(v)
	}
	return out, err
}

// enter and leave bracket the work on a part of the value, so that paths and
// item seeds are those of the part.
func (in Input) enter(s wire.Step) {
	if in.exec != nil {
		in.exec.pushStep(s)
	}
}

func (in Input) leave() {
	if in.exec != nil {
		in.exec.pop()
	}
}

// transformAs calls t if it takes the value's kind, applies it to the members
// of a set whose kind it takes, and otherwise reports that it does not apply.
func transformAs(ctx context.Context, t Transformer, in Input) (Value, error) {
	desc := describe(t)
	if in.exec == nil {
		return transformKinds(ctx, t, kindsOf(desc.Kinds), in)
	}
	before := in.exec.leak.Mark()
	out, err := transformKinds(ctx, t, kindsOf(desc.Kinds), in)
	if errors.Is(err, ErrNotApplicable) {
		in.exec.leak.Undo(before)
	}
	return in.drawnBy(desc, out, err)
}

// drawnBy passes on what a transformer returned that another may make a part of its
// result.
func (in Input) drawnBy(desc Description, out Value, err error) (Value, error) {
	if err == nil && desc.Drawn && in.exec != nil {
		in.exec.leak.DrewPart(out.raw)
	}
	return out, err
}

// Part applies a transformer to a part of the value, as a rule applies it to a value
// of its own: to the members of a set if it takes their kind, and not at all if it
// takes neither, with [ErrNotApplicable]. The default transformer has no say.
//
// Transformers that apply others to what they find within a value, such as an
// address in text, do it by Part, so that [WithLeakCheck] searches the part too and
// knows what of the result is drawn. One that returns its value as it was, and means
// to, says so by giving the value to [Passthrough].
func (in Input) Part(ctx context.Context, t Transformer, part Value) (Value, error) {
	out, err := transformAs(ctx, t, in.with(part))
	if err == nil && in.exec != nil {
		in.exec.leak.TookPart(part.raw, out.raw)
	}
	return out, err
}

func transformKinds(ctx context.Context, t Transformer, takes kindSet, in Input) (Value, error) {
	if takes.has(in.Value.kind) {
		return t.Transform(ctx, in)
	}
	if elem, ok := in.Value.kind.element(); ok && takes.has(elem) {
		return liftOverSet(ctx, t, in, elem)
	}
	return Value{}, ErrNotApplicable
}

// liftOverSet applies t to each member of a set. Every result must be of the
// members' kind, or missing, which drops the member.
func liftOverSet(ctx context.Context, t Transformer, in Input, elem Kind) (Value, error) {
	set := in.Value
	out := append(append(make([]byte, 0, len(set.raw)), `{"`...), set.kind.String()...)
	out = append(out, `":[`...)
	n := 0
	var member []byte
	for it := wire.StringsOf(set.raw); ; {
		span, ok := it.Next()
		if !ok {
			break
		}
		member = append(append(append(member[:0], `{"`...), elem.String()...), `":"`...)
		member = append(append(member, set.raw[span.Start:span.End]...), `"}`...)
		got, err := t.Transform(ctx, in.with(Value{elem, member}))
		if err != nil {
			return Value{}, err
		}
		if got.kind == KindMissing {
			continue
		}
		if got.kind != elem {
			return Value{}, errSetMember
		}
		if n++; n > 1 {
			out = append(out, ',')
		}
		_, payload := wire.Payload(got.raw)
		out = append(out, payload...)
	}
	return Value{set.kind, append(out, "]}"...)}, nil
}

var errSetMember = reasonError("a member of a set was transformed to another kind")

// A kindSet is a set of kinds as bits.
type kindSet uint16

const everyKind = kindSet(1<<(KindBS+1) - 2)

// kindsOf returns the set of the kinds a Description lists; none means every
// kind.
func kindsOf(kinds []Kind) kindSet {
	if len(kinds) == 0 {
		return everyKind
	}
	var set kindSet
	for _, k := range kinds {
		set |= 1 << k
	}
	return set
}

func (s kindSet) has(k Kind) bool { return s>>k&1 == 1 }

// A reasonError is a cause whose text this module wrote and may print.
type reasonError = reason.Error

// typeName returns the Go type of a transformer that does not describe itself.
func typeName(t Transformer) string { return fmt.Sprintf("%T", t) }

var errInvalidValue = reasonError("the transformer returned an invalid value (the zero Value); MissingValue removes, ErrNotApplicable declines")
