package dynsync

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/dynsync/dynsync/internal/pseudonym"
)

// Pseudonym is the default transformer: it replaces a string, number, binary or
// boolean by one that looks random and is derived, with the job's key, from the
// table's name (that of [WithName], or else the source's), the item's key, the path
// and the value. Equal values in different tables, items or attributes don't show as
// equal.
//
// A string becomes 16 letters and digits, or for one of more bytes as many as the next
// power of two; bytes become random bytes of such a length. So short words look alike,
// and longer ones to a factor of two. Lengths are kept where the item would otherwise
// pass 400 KB. TableReport.PseudonymBytes tells what this adds to items. A number keeps
// its sign, digit count and scale, since what reads ages and amounts would break on
// others: 9 and 10 differ, and so do -1 and 1. Members of a set stay distinct. NULL,
// and empty strings, binaries, maps and lists stay as they are.
func Pseudonym(opts ...PseudonymOption) Transformer {
	p := &pseudonymizer{pseudonym.Options{AtLeast: pseudonym.DefaultLeast}}
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

func (keepShape) applyPseudonym(p *pseudonymizer) { p.shape.Shape = true }

// AtLeast sets how many characters of a string, or bytes of a binary, a [Pseudonym] has
// at least, overriding the default of 16. It must be 1 to 1,024. Values of up to that
// many bytes get pseudonyms of that length, longer ones of the next power of two. With
// fewer, lengths tell more: of AtLeast(1), "male" from "female". It adds to items: one
// that passes another 1 KB costs a write unit more. It says nothing of numbers, nor of
// strings under [KeepShape].
func AtLeast(n int) PseudonymOption { return atLeast(n) }

type atLeast int

func (n atLeast) applyPseudonym(p *pseudonymizer) { p.shape.AtLeast = int(n) }

// mostLeast is the greatest number that AtLeast takes.
const mostLeast = 1024

type pseudonymizer struct {
	shape pseudonym.Options
}

func (p *pseudonymizer) Describe() Description {
	d := Description{
		Name:       "Pseudonym",
		Kinds:      []Kind{KindS, KindN, KindB, KindBOOL, KindNULL, KindSS, KindNS, KindBS},
		Uniqueness: UniquenessNone,
		Drawn:      true,
		Class:      ClassIndependent,
	}
	var opts []string
	if p.shape.Shape {
		opts = append(opts, "KeepShape")
	}
	if least := p.shape.AtLeast; least != pseudonym.DefaultLeast {
		opts = append(opts, fmt.Sprintf("AtLeast(%d)", least))
	}
	d.Options = strings.Join(opts, ", ")
	if least := p.shape.AtLeast; least < 1 || least > mostLeast {
		d.Err = fmt.Errorf("Pseudonym: AtLeast must be 1 to %d, not %d", mostLeast, least)
	}
	return d
}

func (p *pseudonymizer) Transform(_ context.Context, in Input) (Value, error) {
	if !in.call.IsRun() {
		return Value{}, reasonError("Pseudonym works within a run only: it is keyed by the item")
	}
	raw, err := in.call.AppendPseudonym(nil, &p.shape, in.Value.raw)
	if err != nil {
		return Value{}, err
	}
	return borrow(raw), nil
}

// seedName returns the name of a table that default pseudonyms depend on: not an ARN,
// so that they agree whether a job has a table by its name or by its ARN.
func seedName(name string) string {
	if parsed, err := arn.Parse(name); err == nil {
		_, name, _ = strings.Cut(parsed.Resource, "/")
		name, _, _ = strings.Cut(name, "/")
	}
	return name
}
