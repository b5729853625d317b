package dynsync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/onetoone"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/template"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Transformer replaces one value by another.
//
// Transform receives a value that its rule selects and returns the value to write in its
// place. It returns a Value of any data type, or [MissingValue] to remove the value.
// Several goroutines call it at once.
//
// An error or a panic fails the item, with two exceptions: [ErrNotApplicable] passes the
// value to the default transformer, and an error of ctx ends the run. This package never
// prints the text of the error or the panic.
//
// A Transformer may also have the method
//
//	Describe() Description
//
// [New] then checks rules against its [Description]; errors and fingerprints contain the
// Name. A Transformer without it is described by its Go type.
type Transformer interface {
	Transform(ctx context.Context, in Input) (Value, error)
}

// ErrNotApplicable is the error of a Transformer that does not apply to a value. The
// value then goes to the default transformer. If the default transformer may keep the
// value ([ClassMayKeep]), or if the value is a key attribute or in the TTL attribute, the
// item fails: dynsync never falls back to the original.
var ErrNotApplicable = engine.ErrNotApplicable

// A describer is a Transformer that describes itself.
type describer interface {
	Describe() Description
}

// A Description describes a [Transformer].
type Description struct {
	// Name identifies the transformer in errors and reports: "Func[string, string]".
	Name string
	// Options is the configuration as text, for fingerprints. It must not contain
	// secrets.
	Options string
	// Kinds lists the data types that the transformer takes; none means all. A value of
	// another data type goes to the default transformer. A transformer that takes S, N or
	// B and not the sets of them is applied to each member of a set.
	Kinds []Kind
	// Uniqueness says whether different inputs can have equal outputs.
	Uniqueness Uniqueness
	// Bits is the binary logarithm of how many results a UniquenessPractical transformer
	// has; 0 means 128. Any two of n values collide with a probability below n²/2^Bits.
	Bits int
	// Canonical returns the canonical form of a non-empty value: the text of an S or N, the
	// bytes of a B. Texts with equal canonical forms have equal results. If ok is
	// false, the transformer does not apply. nil means that it reads the text exactly.
	Canonical func(text string) (canonical string, ok bool)
	// PerItem says that the result depends on more than the value: on the item, its key or
	// the path.
	PerItem bool
	// TakesMissing makes dynsync call the transformer with [MissingValue] if the item has
	// no value at the rule's path. The path must be literal.
	TakesMissing bool
	// Redraws says that the transformer has another result for a value at each
	// [Input.Attempt], and Holds, if it is not nil, whether all results contain a text.
	Redraws bool
	Holds   func(text string) bool
	// Last makes dynsync call the transformer after all rules that are not Last, whose
	// results [Input.Transformed] returns. The rule's path must be the name of an
	// attribute. A Last transformer does not see the attributes of other Last rules.
	Last bool
	// Drawn says that keyed randomness draws the result, or moves it by a drawn distance,
	// so that the result contains text of the value only by chance. [WithLeakCheck] does
	// not search it.
	Drawn bool
	// Class says how much of a value the result can contain. It applies to every data
	// type that the transformer takes and that Classes does not list. Whatever the class,
	// NULL, an empty string, binary, map or list, a time that stands for none, such as
	// 0001-01-01T00:00:00Z or 9999-12-31, and a text that stands for no name, such as
	// "N/A", may stay as they are, because they contain nothing to hide.
	Class Class
	// Classes holds the data types whose class is not Class.
	Classes map[Kind]Class
	// Keeps describes what the result keeps of a value if the class is [ClassMayKeep]:
	// "the domain of the address". If it is empty, that is unknown, and the result may
	// contain anything, even other parts of the item.
	Keeps string
	// Err is an error in the arguments of the transformer. [New] reports it.
	Err error
}

// A Class says how much of a value the result of a transformer can contain.
type Class uint8

const (
	// ClassMayKeep means that the result may contain the value or a part of it. It is the
	// class of a transformer without the method Describe.
	ClassMayKeep Class = iota
	// ClassChanges means that the result never equals the value.
	ClassChanges
	// ClassIndependent means that the result depends on the value only as a seed. It
	// equals the value only by chance, with a probability of one in the size of the
	// domain.
	ClassIndependent
)

// String returns the class in words.
func (c Class) String() string {
	switch c {
	case ClassMayKeep:
		return "may keep"
	case ClassChanges:
		return "changes"
	case ClassIndependent:
		return "independent"
	}
	return fmt.Sprintf("Class(%d)", uint8(c))
}

// ClassOf returns the class for a data type. For a set whose members the transformer
// takes, it returns the class of the members.
func (d Description) ClassOf(k Kind) Class {
	if elem, isSet := k.element(); isSet && !d.takes(k) {
		k = elem
	}
	if c, ok := d.Classes[k]; ok {
		return c
	}
	return d.Class
}

// Uniqueness says whether a transformer keeps different values different.
type Uniqueness uint8

const (
	// UniquenessUnknown is the uniqueness of a transformer that does not declare it.
	UniquenessUnknown Uniqueness = iota
	// UniquenessExact means that different inputs always have different outputs: the
	// transformer is injective.
	UniquenessExact
	// UniquenessPractical means that a collision is as unlikely as that of a
	// cryptographic hash.
	UniquenessPractical
	// UniquenessNone means that different inputs are expected to collide.
	UniquenessNone
)

// describe returns the description of t; without one, the name is its Go type.
func describe(t Transformer) Description {
	if d, ok := t.(describer); ok {
		return d.Describe()
	}
	return Description{Name: typeName(t)}
}

// An Input is the argument of [Transformer].Transform. It is valid until Transform
// returns.
type Input struct {
	// Value is the value to transform. It borrows the item's bytes.
	Value Value

	call engine.Call
}

// Path returns the document path of the value in the item as read, or "" outside of a
// run. Each call builds it anew. Map keys in it can be PII.
func (in Input) Path() string { return docpath.Text(in.call.Path()) }

// Record returns the item as read, or an empty record outside of a run. The record is
// borrowed until Transform returns.
func (in Input) Record() *Record { return recordOf(in.call) }

// recordOf returns the item of a call as read.
func recordOf(c engine.Call) *Record {
	views := c.Views()
	if views == nil {
		return &Record{item: []byte("{}")}
	}
	rec, ok := views.Item.(*Record)
	if !ok {
		item, attrs := c.Item()
		rec = &Record{item: item, attrs: attrs, keys: c.Keys()}
		views.Item = rec
	}
	return rec
}

// Transformed returns the item as transformed by all rules but those whose transformer is
// Last ([Description].Last), without the attributes that those rules name. Only such a
// transformer may call it; for any other, and outside of a run, it returns an empty record. The record is
// borrowed until Transform returns.
func (in Input) Transformed() *Record {
	item, attrs := in.call.Transformed()
	if item == nil {
		return &Record{item: []byte("{}")}
	}
	views := in.call.Views()
	rec, ok := views.Transformed.(*Record)
	if !ok {
		rec = &Record{item: item, attrs: attrs, keys: in.call.Keys()}
		views.Transformed = rec
	}
	return rec
}

// Seed returns keyed randomness for the value: a SHA-256 of the value and of a key that is
// made of the domain and the job's key. Equal values, numbers compared by value, have equal
// seeds in every item, table, run and process with the same key. Seeds of different domains
// are unrelated. Only the goroutine that calls Transform may call it.
func (in Input) Seed(domain string) [32]byte { return in.call.Seed(domain, in.Value.raw) }

// ItemSeed is like [Input.Seed], but the seed also depends on the table's name
// ([WithName], or else the source's name), the item's key and the path. Equal values in
// different tables and items therefore get different seeds.
func (in Input) ItemSeed(domain string) [32]byte { return in.call.ItemSeed(domain, in.Value.raw) }

// Attempt returns how many results for this value, from 0 to 999, could not be used: one
// contained the separator of [Delimited] or the text that follows in a [Template], was too
// long for a key, or equaled another member of a set. A transformer that draws its results
// should draw from another seed for each attempt, such as Seed(fmt.Sprint(domain, attempt)),
// and have [Description].Redraws. If it is UniquenessExact, it should apply its permutation
// attempt times more. It is called until a result can be used, at most 1,000 times. Without
// Redraws the item fails at once.
func (in Input) Attempt() int { return engine.Attempt(in.call) }

// Part applies a transformer to a part of the value, as a rule applies it to a whole
// value. If the transformer takes only the members of a set, Part applies it to each
// member. If it takes neither, Part returns [ErrNotApplicable]. Part never calls the
// default transformer. It returns an error for a transformer that [New] would refuse.
//
// A transformer that applies others to parts of its value, such as an address in a text,
// should use Part. [WithLeakCheck] then searches for the part too and knows which parts
// of the result are Drawn. To keep a value on purpose, pass it to [Passthrough].
func (in Input) Part(ctx context.Context, t Transformer, part Value) (Value, error) {
	if t == nil {
		return Value{}, reason.Error("Part was given a transformer that is nil")
	}
	op := engine.Op{Takes: engine.Every, Run: runOf(t)}
	if d, ok := t.(describer); ok {
		desc := d.Describe()
		if err := unfit(t, desc); err != nil {
			return Value{}, err
		}
		op.Name, op.Takes, op.Makes, op.Merges = desc.Name, kindsOf(desc.Kinds), making(t, desc), desc.Uniqueness == UniquenessNone
		op.Canonical = desc.Canonical
	}
	defer engine.SetLater(in.call, engine.SetLater(in.call, false))
	return in.fromEngine(in.call.RunPart(ctx, &op, toEngine(part)))
}

// unfit returns an error if New would refuse the transformer. What is wrong with it is
// the cause, which is not printed: the transformer may have been made of a value.
func unfit(t Transformer, desc Description) error {
	err := desc.Err
	if b, ok := t.(*builtin); ok {
		err = errors.Join(b.knownFaults()...)
	}
	if err == nil {
		return nil
	}
	return errors.Join(reason.Error("Part was given a transformer that New refuses ("+desc.Name+"); Unwrap has the cause"), err)
}

// fallback applies the default transformer to a part of the value.
func (in Input) fallback(part Value) (Value, error) {
	return in.fromEngine(in.call.Default(toEngine(part)))
}

// keepWhole marks that the result may equal the value on purpose.
func (in Input) keepWhole() { in.call.Keep(toEngine(in.Value)) }

// leave leaves the part of the value that was entered last, and returns what became of
// it, which may be missing, but not invalid.
func (in Input) leave(got Value, err error) (Value, error) {
	if err != nil {
		return Value{}, err // the engine leaves for it
	}
	in.call.Leave()
	if got.raw == nil && !got.IsMissing() {
		return Value{}, engine.ErrInvalid
	}
	return got, nil
}

func (in Input) with(v Value) Input {
	in.Value = v
	return in
}

// kindsOf returns the set of the kinds a Description lists; none means every
// kind.
func kindsOf(kinds []Kind) engine.Kinds {
	if len(kinds) == 0 {
		return engine.Every
	}
	var set engine.Kinds
	for _, k := range kinds {
		set = set.With(wire.Kind(k))
	}
	return set
}

// typeName returns the Go type of a transformer that does not describe itself.
func typeName(t Transformer) string { return fmt.Sprintf("%T", t) }

// A classing returns the class of a transformer for a data type and, for ClassMayKeep,
// what it keeps.
type classing func(Kind) (c Class, keeps string)

// setClasses sets Class to the weakest class of the data types that the transformer
// takes, and Classes to the data types of a stronger class.
func (d *Description) setClasses(of classing) {
	classes, kept := map[Kind]Class{}, []string{}
	d.Class, d.Classes, d.Keeps = ClassIndependent, nil, ""
	for k := KindS; k <= KindBS; k++ {
		if !d.takesKind(k) {
			continue
		}
		c, keeps := of(k)
		classes[k], d.Class = c, min(d.Class, c)
		if c == ClassMayKeep {
			kept = append(kept, keeps)
		}
	}
	d.Keeps = joinKept(kept)
	maps.DeleteFunc(classes, func(_ Kind, c Class) bool { return c == d.Class })
	if len(classes) > 0 {
		d.Classes = classes
	}
}

// classing returns the classes of a description.
func (d Description) classing() classing {
	return func(k Kind) (Class, string) {
		if c := d.ClassOf(k); c != ClassMayKeep {
			return c, ""
		}
		return ClassMayKeep, d.Keeps
	}
}

// mayPass reports whether t may return a value of that data type, or a part of it, as it
// was.
func mayPass(t Transformer, k Kind) bool { return describe(t).ClassOf(k) == ClassMayKeep }

// alwaysHolds reports whether all results contain a text.
func (d Description) alwaysHolds(text string) bool { return d.Holds != nil && d.Holds(text) }

// takesKind reports whether the transformer takes values of a data type, or the members
// of such a set.
func (d Description) takesKind(k Kind) bool {
	elem, isSet := k.element()
	return d.takes(k) || isSet && d.takes(elem)
}

// takes reports whether the transformer takes whole values of a data type.
func (d Description) takes(k Kind) bool { return kindsOf(d.Kinds).Has(wire.Kind(k)) }

// weakestOf returns the class of one of several transformers: the weakest class of those
// that take the data type. If none takes it, there is no result.
func weakestOf(ts []Transformer) classing {
	return func(k Kind) (Class, string) {
		weakest, kept := ClassIndependent, []string{}
		for _, t := range ts {
			if t == nil {
				return ClassMayKeep, ""
			}
			d := describe(t)
			if !d.takesKind(k) {
				continue
			}
			c, keeps := d.classing()(k)
			if weakest = min(weakest, c); c == ClassMayKeep {
				kept = append(kept, keeps)
			}
		}
		return weakest, joinKept(kept)
	}
}

// keptOr joins the phrases of what different transformers keep.
const keptOr = ", or "

// joinKept joins what several transformers keep to one phrase. It returns "" if that is
// unknown for one of them.
func joinKept(all []string) string {
	if slices.Contains(all, "") {
		return ""
	}
	var phrases []string
	for _, keeps := range all {
		for phrase := range strings.SplitSeq(keeps, keptOr) { // it may be one of several, too
			if !slices.Contains(phrases, phrase) {
				phrases = append(phrases, phrase)
			}
		}
	}
	return strings.Join(phrases, keptOr)
}

// anyKind returns the weakest class over all data types that a transformer takes.
func anyKind(d Description) (c Class, keeps string) {
	c = ClassIndependent
	for k := KindS; k <= KindBS; k++ {
		if d.takesKind(k) {
			c = min(c, d.ClassOf(k))
		}
	}
	if c == ClassMayKeep {
		keeps = d.Keeps
	}
	return c, keeps
}

// A builtin is a transformer of this package, with the transformers inside it.
type builtin struct {
	desc      Description
	fn        func(ctx context.Context, in Input) (Value, error)
	inner     []Transformer
	described bool                    // desc, inner and constant tell all of it: it runs no code of the caller's
	constant  Value                   // that it returns, which desc must not hold
	join      onetoone.Join           // how it runs inner
	taken     engine.Kinds            // those of which it takes every value
	template  *template.Template      // that it fills in, or nil
	checked   atomic.Pointer[[]error] // its faults, once Part has looked for them
}

// around sets the inner transformers of b. b is Last, PerItem or Redraws if one of them is,
// its result is Drawn if the results of all are, and its class and its Bits are the
// weakest of theirs.
func (b *builtin) around(inner ...Transformer) *builtin {
	b.inner = inner
	b.desc.Drawn = len(inner) > 0
	for _, t := range inner {
		if t != nil {
			d := describe(t)
			b.desc.Last = b.desc.Last || d.Last
			b.desc.PerItem = b.desc.PerItem || d.PerItem
			b.desc.Drawn = b.desc.Drawn && d.Drawn
			b.desc.Redraws = b.desc.Redraws || d.Redraws
			if d.Uniqueness == UniquenessPractical {
				b.desc.Bits = min(cmp.Or(b.desc.Bits, math.MaxInt), cmp.Or(d.Bits, 128))
			}
		}
	}
	b.desc.Holds = func(text string) bool {
		return len(inner) > 0 && !slices.ContainsFunc(inner, func(t Transformer) bool { return t == nil || !describe(t).alwaysHolds(text) })
	}
	b.desc.setClasses(weakestOf(inner))
	return b
}

func (b *builtin) Transform(ctx context.Context, in Input) (Value, error) { return b.fn(ctx, in) }
func (b *builtin) Describe() Description                                  { return b.desc }
