package dynsync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/engine"
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
// of it ([ClassMayKeep]), the item fails, as it does for a key attribute: a value that a rule
// names is never written as it was.
var ErrNotApplicable = engine.ErrNotApplicable

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
	// Keeps says what it keeps of a value, where a class is [ClassMayKeep]: "the domain of
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
	// ClassMayKeep means that the result may hold the value or a part of it. It is the class
	// of transformers that don't say.
	ClassMayKeep Class = iota
	// ClassChanges means that the result never equals the value.
	ClassChanges
	// ClassIndependent means that the result does not depend on the value but as a seed: it
	// equals the value only by chance, one time in the size of the domain.
	ClassIndependent
)

// String returns the class as words.
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

// ClassOf returns the class for values of a kind. A set of members that the
// transformer takes is in the members' class.
func (d Description) ClassOf(k Kind) Class {
	if elem, isSet := k.element(); isSet && !d.takes(k) {
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
	// UniquenessExact means that different inputs always have different outputs.
	UniquenessExact
	// UniquenessPractical means that a clash is as unlikely as a collision of a
	// cryptographic hash.
	UniquenessPractical
	// UniquenessNone means that different inputs are expected to clash.
	UniquenessNone
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

	call engine.Call
}

// Path returns the document path of the value, in the item as it was read; "" outside of
// a run. It is built by the call. Names of map members can be personal data.
func (in Input) Path() string { return docpath.Text(in.call.Path()) }

// Record returns the item as it was read, borrowed; an empty record outside of
// a run.
func (in Input) Record() *Record { return recordOf(in.call) }

// recordOf returns the item of a call, as it was read.
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

// Transformed returns the item as all rules but those whose transformer is Last
// left it, borrowed; attributes that such a rule names are not in it. Only a
// transformer that describes itself as Last may call it: for others, and outside
// of a run, the record is empty.
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

// Seed returns keyed randomness for the value: HMAC-SHA-256, under a subkey of
// the job's key, of the domain and the value. Equal values (numbers by value)
// have equal seeds in every item, table, run and process that has the key, and
// in one domain only.
func (in Input) Seed(domain string) [32]byte { return in.call.Seed(domain, in.Value.raw) }

// ItemSeed is like [Input.Seed], for the value at its place: the table's name (that of
// [WithName], or else the source's), the item's key and the path go in too, so that
// equal values in different tables and items don't show as equal.
func (in Input) ItemSeed(domain string) [32]byte { return in.call.ItemSeed(domain, in.Value.raw) }

// Part applies a transformer to a part of the value, as a rule applies it to a value
// of its own: to the members of a set if it takes their kind, and not at all if it
// takes neither, with [ErrNotApplicable]. The default transformer has no say.
//
// Transformers that apply others to what they find within a value, such as an
// address in text, do it by Part, so that [WithLeakCheck] searches the part too and
// knows what of the result is drawn. One that returns its value as it was, and means
// to, says so by giving the value to [Passthrough].
func (in Input) Part(ctx context.Context, t Transformer, part Value) (Value, error) {
	d := describe(t)
	op := engine.Op{Takes: kindsOf(d.Kinds), Drawn: d.Drawn, Run: runOf(t)}
	return in.fromEngine(in.call.RunPart(ctx, &op, toEngine(part)))
}

// toEngine returns a value as the engine has it.
func toEngine(v Value) engine.Value { return engine.Value{Kind: wire.Kind(v.kind), Raw: v.raw} }

// inputOf returns the input of a call with a value.
func inputOf(c engine.Call, v engine.Value) Input { return Input{Value{Kind(v.Kind), v.Raw}, c} }

// returned returns to the engine what a transformer returned.
func returned(c engine.Call, out Value, err error) (engine.Value, error) {
	if err != nil {
		err = faultOf(c, err)
	}
	return toEngine(out), err
}

// fromEngine returns what the engine returned.
func (in Input) fromEngine(v engine.Value, err error) (Value, error) {
	if err != nil {
		return Value{}, itemErrorOf(in.call.Table(), err)
	}
	return Value{Kind(v.Kind), v.Raw}, nil
}

// run applies an op to the value, as a rule does.
func (in Input) run(ctx context.Context, op *engine.Op) (Value, error) {
	return in.fromEngine(in.call.Run(ctx, op, toEngine(in.Value)))
}

// runOrMake is run, also where the value is missing.
func (in Input) runOrMake(ctx context.Context, op *engine.Op) (Value, error) {
	if in.Value.IsMissing() {
		return in.fromEngine(op.Run(ctx, in.call, toEngine(in.Value)))
	}
	return in.run(ctx, op)
}

// runOrDefault applies an op to a part of the value, and the default transformer where
// it does not apply to that.
func (in Input) runOrDefault(ctx context.Context, op *engine.Op, part Value) (Value, error) {
	return in.fromEngine(in.call.RunOrDefault(ctx, op, toEngine(part)))
}

// fallback returns what the default transformer makes of a part of the value.
func (in Input) fallback(part Value) (Value, error) {
	return in.fromEngine(in.call.Default(toEngine(part)))
}

// keepWhole says that the value may well be the result.
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

// A classing says in which class a transformer is for values of a kind, and what it
// keeps where that is ClassMayKeep.
type classing func(Kind) (c Class, keeps string)

// setClasses makes the description say what of says of the kinds that the transformer
// takes: Class is the weakest, and Classes are those of the kinds in a stronger one.
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

// classing returns what a description says.
func (d Description) classing() classing {
	return func(k Kind) (Class, string) {
		if c := d.ClassOf(k); c != ClassMayKeep {
			return c, ""
		}
		return ClassMayKeep, d.Keeps
	}
}

// mayPass reports whether a value of that kind, or a part of it, may come out of a
// transformer as it was. A value for which no rule decides so may not be given to it.
func mayPass(t Transformer, k Kind) bool { return describe(t).ClassOf(k) == ClassMayKeep }

// takesKind reports whether the transformer is applied to values of a kind, or to the
// members of such a set.
func (d Description) takesKind(k Kind) bool {
	elem, isSet := k.element()
	return d.takes(k) || isSet && d.takes(elem)
}

// takes reports whether the transformer is applied to values of a kind as they are.
func (d Description) takes(k Kind) bool { return kindsOf(d.Kinds).Has(wire.Kind(k)) }

// weakestOf returns the class of one of several transformers: the weakest of those
// that take the kind. Where none does, none gives a result.
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

// keptOr stands between what different transformers keep.
const keptOr = ", or "

// joinKept returns what several transformers keep as one phrase, and "" where that is
// not known of one of them.
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

// anyKind returns the weakest class over all kinds that a transformer takes, for values
// whose kind is not known.
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

// ofChain returns the class of transformers that are applied one after the other. What
// comes out of an independent one has nothing of the value, and neither has what others
// make of that, unless they may hold anything of the item. Of other chains nothing
// holds: one step can undo what another changed.
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

// ofElements returns the class of t applied to the elements of a container. Elements
// that t does not apply to get the default transformer, whose class is its own matter.
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
