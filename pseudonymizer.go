package dynsync

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/dynsync/dynsync/internal/given"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/reason"
)

// Pseudonym replaces a string, number, binary or boolean by one that looks random. It is
// the default transformer. The result is derived, under the job's key, from the table's
// name ([WithName], or else the source's name), the item's key, the path and the value.
// Equal values in different tables, items or attributes therefore get different results.
//
// A string becomes 16 letters and digits. If it has more than 16 bytes, it becomes as
// many letters and digits as the next power of two. Binaries become random bytes of the
// same lengths. So all short words look alike, and the length of a longer one shows only
// up to a factor of two. An item that would exceed 400 KB keeps its lengths.
// TableReport.PseudonymBytes tells how many bytes this adds to items.
//
// A number keeps its sign, digit count and scale, so that code that reads ages or amounts
// still works: 9 and 10 become different numbers, and so do -1 and 1. The members of a
// set stay distinct. NULL and empty strings, binaries, maps and lists stay as they are.
func Pseudonym(opts ...PseudonymOption) Transformer {
	p := &pseudonymizer{shape: pseudonym.Options{AtLeast: pseudonym.DefaultLeast}}
	for _, o := range given.Options("Pseudonym", opts, &p.faults) {
		o.applyPseudonym(p)
	}
	return p
}

// A PseudonymOption configures [Pseudonym].
type PseudonymOption interface{ applyPseudonym(*pseudonymizer) }

// KeepShape keeps the format of a string: upper case letters become upper case letters,
// lower case letters lower case letters, and digits digits; ASCII punctuation and spaces
// are kept. The default is a token of letters and digits. A string with at most one
// letter or digit still becomes a token, because there are fewer than 64 strings of its
// format. A format can identify: a phone number still looks like one.
func KeepShape() PseudonymOption { return keepShape{} }

type keepShape struct{}

func (keepShape) applyPseudonym(p *pseudonymizer) { p.shape.Shape = true }

// AtLeast sets the minimum length of a pseudonym: characters of a string, bytes of a
// binary. The default is 16. It must be 1 to 1,024. A value of up to that many bytes gets
// a pseudonym of this length. The pseudonym of a longer value has the length of the next
// power of two. AtLeast does not apply to numbers, or to strings under [KeepShape].
//
// A smaller minimum reveals more by the length: with AtLeast(1), "male" and "female"
// differ. A larger one makes items longer, and each further 1 KB of an item costs a write
// unit.
func AtLeast(n int) PseudonymOption { return atLeast(n) }

type atLeast int

func (n atLeast) applyPseudonym(p *pseudonymizer) { p.shape.AtLeast = int(n) }

// mostLeast is the maximum of AtLeast.
const mostLeast = 1024

type pseudonymizer struct {
	shape  pseudonym.Options
	faults []error // of the options
}

func (p *pseudonymizer) Describe() Description {
	d := Description{
		Name:       "Pseudonym",
		Kinds:      []Kind{KindS, KindN, KindB, KindBOOL, KindNULL, KindSS, KindNS, KindBS},
		Uniqueness: UniquenessNone,
		PerItem:    true,
		Redraws:    true,
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
	d.Err = errors.Join(p.faults...)
	if least := p.shape.AtLeast; least < 1 || least > mostLeast {
		d.Err = fmt.Errorf("Pseudonym: AtLeast must be 1 to %d, not %d", mostLeast, least)
	}
	return d
}

func (p *pseudonymizer) Transform(_ context.Context, in Input) (Value, error) {
	if !in.call.IsRun() {
		return Value{}, reason.Error("Pseudonym works within a run only: it is keyed by the item")
	}
	raw, err := in.call.AppendPseudonym(nil, &p.shape, in.Value.raw)
	if err != nil {
		return Value{}, err
	}
	return borrow(raw), nil
}
