package engine

import (
	"context"
	"sync"

	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Call is what an op may ask of the Exec that runs it. The zero Call stands for no
// run: there is no place, no item, no default, and a key that everybody knows.
type Call struct{ x *Exec }

// IsRun reports whether an Exec runs the op.
func (c Call) IsRun() bool { return c.x != nil }

// Table returns the name of the table.
func (c Call) Table() string {
	if c.x == nil {
		return ""
	}
	return c.x.plan.Table
}

// Views are what the caller of the engine made of the item at hand, to have it again:
// the engine empties it, and does not look at it.
type Views struct{ Item, Transformed any }

// Views returns the views of the item at hand; nil outside of a run.
func (c Call) Views() *Views {
	if c.x == nil {
		return nil
	}
	return c.x.views
}

// IsLast reports whether f is the fault that the Exec made last. An op that returns it
// passes it on, with its place.
func (c Call) IsLast(f *Fault) bool { return f != nil && c.x != nil && f == c.x.last }

// Path returns where the value stands, in the item as it was read.
func (c Call) Path() []wire.Step {
	if c.x == nil {
		return nil
	}
	return c.x.path()
}

// Item returns the item as it was read, borrowed, and new attributes of it; nil outside
// of a run.
func (c Call) Item() ([]byte, []wire.Attr) {
	if c.x == nil {
		return nil, nil
	}
	attrs := make([]wire.Attr, len(c.x.attrs))
	for i, a := range c.x.attrs {
		attrs[i] = a.Within(c.x.item)
	}
	return c.x.src[c.x.item.Start:c.x.item.End:c.x.item.End], attrs
}

// Transformed returns the item as all rules but those that come last left it, and its
// attributes, borrowed; nil for an op that does not come last.
func (c Call) Transformed() ([]byte, []wire.Attr) {
	if c.x == nil {
		return nil, nil
	}
	return c.x.late.item, c.x.late.attrs
}

// Keys returns the names of the table's key attributes, or nil.
func (c Call) Keys() *wire.Keys {
	if c.x == nil {
		return nil
	}
	return c.x.plan.Keys
}

// Seed returns keyed randomness for a value in a domain: the same in every item.
func (c Call) Seed(domain string, raw []byte) [32]byte { return c.mac("value", domain, nil, raw) }

// ItemSeed returns keyed randomness for a value at the place where the Exec is.
func (c Call) ItemSeed(domain string, raw []byte) [32]byte {
	var place []byte
	if c.x != nil {
		place = c.x.place(c.x.key)
	}
	return c.mac("item", domain, place, raw)
}

func (c Call) mac(scope, domain string, place, raw []byte) (seed [32]byte) {
	key := noKey()
	if c.x != nil {
		key = c.x.plan.Secret
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
func (c Call) Enter(s wire.Step) {
	if c.x != nil {
		c.x.pushStep(s)
	}
}

// Leave ends what Enter began.
func (c Call) Leave() {
	if c.x != nil {
		c.x.pop()
	}
}

// Run runs an op on a value if it takes its kind, and on the members of a set if it
// takes theirs. The error is ErrNotApplicable if it takes neither.
func (c Call) Run(ctx context.Context, op *Op, v Value) (Value, error) {
	check := c.check()
	if check == nil {
		return op.runOn(ctx, c, op.Takes, v)
	}
	before := check.Mark()
	out, err := op.runOn(ctx, c, op.Takes, v)
	if isDeclined(err) {
		check.Undo(before)
	}
	return c.drawnBy(op, out, err)
}

// RunPart is Run for a part of the value. What comes of it is a part of what the op
// returns.
func (c Call) RunPart(ctx context.Context, op *Op, part Value) (Value, error) {
	out, err := c.Run(ctx, op, part)
	if check := c.check(); check != nil && err == nil {
		check.TookPart(part.Raw, out.Raw)
	}
	return out, err
}

// RunMembers runs an op on the members of a set. The error is ErrNotApplicable if it
// does not take their kind.
func (c Call) RunMembers(ctx context.Context, op *Op, set Value) (Value, error) {
	elem, isSet := set.Kind.Element()
	if !isSet || !op.Takes.Has(elem) {
		return Value{}, ErrNotApplicable
	}
	out, err := op.runOnMembers(ctx, c, set, elem)
	return c.drawnBy(op, out, err)
}

// RunOrDefault runs an op on a part of the value, and the default op where it does not
// apply to it.
func (c Call) RunOrDefault(ctx context.Context, op *Op, part Value) (Value, error) {
	c.check().Give(part.Raw)
	out, err := c.Run(ctx, op, part)
	if isDeclined(err) {
		return c.Default(part)
	}
	return out, err
}

// Default returns what the default op makes of a part of the value, at the path entered
// last.
func (c Call) Default(part Value) (Value, error) {
	if c.x == nil {
		return Value{}, ErrNotApplicable
	}
	return c.x.fallbackValue(part, 0, 0)
}

// drawnBy passes on what an op returned that another may make a part of its result.
func (c Call) drawnBy(op *Op, out Value, err error) (Value, error) {
	if err == nil && op.Drawn {
		c.check().DrewPart(out.Raw)
	}
	return out, err
}

// AppendPseudonym appends the built-in pseudonym of a value object, at the place where
// the Exec is. Outside of a run the error is ErrNotApplicable.
func (c Call) AppendPseudonym(dst []byte, shape *pseudonym.Options, raw []byte) ([]byte, error) {
	if c.x == nil {
		return dst, ErrNotApplicable
	}
	return c.x.appendPseudonym(dst, shape, raw)
}

// Within applies rules to a map or list that an op took out of the item. If the value
// comes out as it was, that is meant unless a rule returned what it was given. It
// applies within a run only.
func (c Call) Within(rules *Rules, v Value) (out Value, meant bool, err error) {
	if c.x == nil {
		return Value{}, false, ErrNotApplicable
	}
	return c.x.within(rules, v)
}

// Try begins a trial: the leak check forgets what ops do until undo is called.
func (c Call) Try() (undo func()) {
	check := c.check()
	before := check.Mark()
	return func() { check.Undo(before) }
}

// Keep says that the op returns a value as it was, and means to.
func (c Call) Keep(v Value) { c.check().Keep(v.Raw) }

// Meant reports whether an op that made out of a part changed it, or said by Keep that
// it may stay.
func (c Call) Meant(part, out Value) bool { return c.x == nil || c.x.leak.Meant(part.Raw, out.Raw) }

func (c Call) check() *leak.Check {
	if c.x == nil {
		return nil
	}
	return c.x.leak
}
