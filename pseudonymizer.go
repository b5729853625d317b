package dynsync

import (
	"context"

	"github.com/dynsync/dynsync/internal/pseudonym"
)

// Pseudonym is the default transformer: it replaces a string, number, binary or
// boolean by one that looks random and is derived, with the job's key, from the
// item's key, the path and the value. Equal values in different items, or in
// different attributes, don't show as equal.
//
// A string becomes letters and digits, as many as its length in bytes rounded
// up to 4, 8, 16, 32, …; a number keeps its sign, digit count and scale; bytes
// become random bytes of a length rounded up likewise. Lengths are not rounded
// where that would take the item past 400 KB. Members of a set stay distinct.
// NULL, and empty strings, binaries, maps and lists stay as they are.
func Pseudonym(opts ...PseudonymOption) Transformer {
	p := &pseudonymizer{}
	for _, o := range opts {
		o.applyPseudonym(p)
	}
	return p
}

// A PseudonymOption is an option of [Pseudonym].
type PseudonymOption interface{ applyPseudonym(*pseudonymizer) }

// KeepShape makes [Pseudonym] keep the shape of a string: upper case letters
// stay upper case, lower case lower case, digits digits, and ASCII punctuation
// and spaces stay. A string with no more than one letter or digit becomes a token, as
// by default, since there are fewer than 64 of its shape. Shape can identify: a phone
// number still looks like one.
func KeepShape() PseudonymOption { return keepShape{} }

type keepShape struct{}

func (keepShape) applyPseudonym(p *pseudonymizer) { p.shape = true }

type pseudonymizer struct{ shape bool }

func (p *pseudonymizer) Describe() Description {
	d := Description{
		Name:       "Pseudonym",
		Kinds:      []Kind{KindS, KindN, KindB, KindBOOL, KindNULL, KindSS, KindNS, KindBS},
		Uniqueness: ManyToOne,
		Drawn:      true,
		Class:      Independent,
	}
	if p.shape {
		d.Options = "KeepShape"
	}
	return d
}

func (p *pseudonymizer) Transform(_ context.Context, in Input) (Value, error) {
	if in.exec == nil {
		return Value{}, reasonError("Pseudonym works within a run only: it is keyed by the item")
	}
	raw, err := p.append(nil, in.exec, in.Value.raw)
	if err != nil {
		return Value{}, err
	}
	return borrow(raw), nil
}

// append appends the pseudonym of a value object, without going through a Value.
func (p *pseudonymizer) append(dst []byte, x *exec, raw []byte) ([]byte, error) {
	if !x.started {
		x.gen.StartItem(x.itemKey)
		x.started = true
	}
	x.rounded = true
	return x.gen.AppendValue(dst, x.places, raw, pseudonym.Options{Shape: p.shape, ExactLength: x.exact})
}
