package engine

import (
	"context"
	"sync"

	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/wire"
)

// This file is what an op may ask of the Exec that runs it. All of it works on a nil
// Exec too, which stands for no run: there is no place, no item, no default, and a key
// that everybody knows.

// Path returns where the value stands, in the item as it was read.
func (x *Exec) Path() []wire.Step {
	if x == nil {
		return nil
	}
	return x.path()
}

// Item returns the item as it was read, and its attributes. Both are borrowed.
func (x *Exec) Item() ([]byte, []wire.Attr) {
	if x == nil {
		return []byte("{}"), nil
	}
	if x.own == nil {
		x.own = make([]wire.Attr, len(x.attrs))
		for i, a := range x.attrs {
			x.own[i] = a.Within(x.item)
		}
	}
	return x.src[x.item.Start:x.item.End:x.item.End], x.own
}

// Transformed returns the item as all rules but those that come last left it, and its
// attributes, borrowed. For an op that does not come last it is empty.
func (x *Exec) Transformed() ([]byte, []wire.Attr) {
	if x == nil || x.transformed == nil {
		return []byte("{}"), nil
	}
	return x.transformed, x.made
}

// Keys returns the names of the table's key attributes, or nil.
func (x *Exec) Keys() *wire.Keys {
	if x == nil {
		return nil
	}
	return x.plan.Keys
}

// Seed returns keyed randomness for a value in a domain: the same in every item.
func (x *Exec) Seed(domain string, raw []byte) [32]byte { return x.mac("value", domain, nil, raw) }

// ItemSeed returns keyed randomness for a value at the place where the Exec is.
func (x *Exec) ItemSeed(domain string, raw []byte) [32]byte {
	var place []byte
	if x != nil {
		place = x.place(x.key)
	}
	return x.mac("item", domain, place, raw)
}

func (x *Exec) mac(scope, domain string, place, raw []byte) (seed [32]byte) {
	key := noKey()
	if x != nil {
		key = x.plan.Key
	}
	key.MacValue(seed[:0], scope, domain, place, raw)
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

// Enter and Leave bracket the work on a part of the value, so that paths and item seeds
// are those of the part.
func (x *Exec) Enter(s wire.Step) {
	if x != nil {
		x.pushStep(s)
	}
}

// Leave ends what Enter began.
func (x *Exec) Leave() {
	if x != nil {
		x.pop()
	}
}

// Run runs an op on a value if it takes its kind, and on the members of a set if it
// takes theirs. The error is ErrNotApplicable if it takes neither.
func (x *Exec) Run(ctx context.Context, op *Op, v Value) (Value, error) {
	before := x.check().Mark()
	out, err := x.runKinds(ctx, op, op.Takes, v)
	if isDeclined(err) {
		x.check().Undo(before)
	}
	return x.drawnBy(op, out, err)
}

// RunPart is Run for a part of the value, whose result is a part of the op's result.
func (x *Exec) RunPart(ctx context.Context, op *Op, part Value) (Value, error) {
	out, err := x.Run(ctx, op, part)
	if err == nil {
		x.check().TookPart(part.Raw, out.Raw)
	}
	return out, err
}

// RunMembers runs an op on the members of a set. The error is ErrNotApplicable if it
// does not take their kind.
func (x *Exec) RunMembers(ctx context.Context, op *Op, set Value) (Value, error) {
	elem, isSet := set.Kind.Element()
	if !isSet || !op.Takes.Has(elem) {
		return Value{}, ErrNotApplicable
	}
	out, err := x.runMembers(ctx, op, set, elem)
	return x.drawnBy(op, out, err)
}

// RunOrDefault runs an op on a part of the value, and the default op where it does not
// apply to it.
func (x *Exec) RunOrDefault(ctx context.Context, op *Op, part Value) (Value, error) {
	x.check().Give(part.Raw)
	out, err := x.Run(ctx, op, part)
	if isDeclined(err) {
		return x.Default(part)
	}
	return out, err
}

// Default returns what the default op makes of a part of the value, at the path entered
// last.
func (x *Exec) Default(part Value) (Value, error) {
	if x == nil {
		return Value{}, ErrNotApplicable
	}
	return x.fallbackValue(part, 0, 0)
}

// drawnBy passes on what an op returned that another may make a part of its result.
func (x *Exec) drawnBy(op *Op, out Value, err error) (Value, error) {
	if err == nil && op.Drawn {
		x.check().DrewPart(out.Raw)
	}
	return out, err
}

// Try returns a function that forgets what ops did since.
func (x *Exec) Try() (undo func()) {
	check := x.check()
	before := check.Mark()
	return func() { check.Undo(before) }
}

// Keep says that a value may well be the result.
func (x *Exec) Keep(v Value) { x.check().Keep(v.Raw) }

// Meant reports whether a part that came out as out did not just stay as it was.
func (x *Exec) Meant(part, out Value) bool { return x == nil || x.leak.Meant(part.Raw, out.Raw) }

func (x *Exec) check() *leak.Check {
	if x == nil {
		return nil
	}
	return x.leak
}
