package engine

import (
	"github.com/dynsync/dynsync/internal/capacity"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/wire"
)

// pseudonyms makes the built-in pseudonyms of the item at hand, and counts what they add
// to it.
type pseudonyms struct {
	seeds   *pseudonym.Seeder // of transformers that make others
	gen     *pseudonym.Generator
	started bool // gen knows the item's key
	exact   bool // they keep the exact length
	rounded bool // one was made, so that exact may make the item smaller
	grown   int  // how many bytes they added to the item

	bytes, units int64 // what they added to items, since it was last taken
}

// appendPseudonym appends the built-in pseudonym of a value object, at the place where
// the Exec is.
func (x *Exec) appendPseudonym(dst []byte, shape *pseudonym.Options, raw []byte) ([]byte, error) {
	if !x.made.started {
		x.made.gen.StartItem(x.key)
		x.made.started = true
	}
	x.made.rounded = true
	x.guard.read = x.guard.read || x.guard.on
	opts := *shape
	opts.ExactLength = x.made.exact
	before := len(dst)
	dst, err := x.made.gen.AppendValue(dst, x.pathBytes, raw, opts)
	if err == nil {
		x.made.grown += growth(raw, dst[before:])
	}
	return dst, err
}

// growth returns how many bytes more than the value a pseudonym counts, by its length.
func growth(value, made []byte) int {
	switch wire.KindOf(value) {
	case wire.S, wire.B, wire.SS, wire.BS:
		return wire.ValueSize(made) - wire.ValueSize(value)
	}
	return 0
}

// To measure an item costs as much as some pseudonyms, so that after the first
// unitsExact items of an Exec only every unitsSample-th is measured, for all of them.
const (
	unitsExact  = 1000
	unitsSample = 16
)

// countGrowth adds to the sums what pseudonyms made of the item at hand, the n-th.
func (p *pseudonyms) countGrowth(out []byte, n int) {
	if p.grown <= 0 {
		return
	}
	p.bytes += int64(p.grown)
	stands := 1.0
	if n > unitsExact {
		stands = unitsSample
	}
	if len(out) <= capacity.WriteUnitBytes || stands > 1 && n%unitsSample != 0 { // an item is smaller than its JSON
		return
	}
	size := wire.ItemSize(out)
	p.units += int64(stands * (capacity.WriteUnits(size) - capacity.WriteUnits(size-p.grown)))
}

// TakeGrowth returns how many bytes, and write capacity units, pseudonyms added to items
// since the last call.
func (x *Exec) TakeGrowth() (bytes, units int64) {
	bytes, units = x.made.bytes, x.made.units
	x.made.bytes, x.made.units = 0, 0
	return bytes, units
}
