// Package capacity keeps a job to a part of a table's throughput. A [Meter] keeps
// what requests consume within a rate of capacity units; a [Pacer] finds out how
// many requests a table takes at a time. Both are told of throttling.
package capacity

// What DynamoDB counts as a unit, in bytes of items (AWS, "DynamoDB read and write
// operations", Amazon DynamoDB Developer Guide).
const (
	readUnitBytes  = 4 << 10
	WriteUnitBytes = 1 << 10
)

// WorstPage is how many units a page of 1 MB costs at most if it is read eventually
// consistently; consistently, it is twice that. The item with which a page passes
// 1 MB is a part of it, and has up to 400 KB. Pages of small items cost 128.5.
const WorstPage = float64(1<<20+400<<10) / readUnitBytes / 2

// ReadUnits returns what a page costs for which the service read items of so many
// bytes, before its filter. A page without items costs as much as one with a small
// item.
func ReadUnits(bytes int, consistent bool) float64 {
	units := blocks(bytes, readUnitBytes)
	if !consistent {
		units /= 2
	}
	return units
}

// WriteUnits returns what it costs to write an item of so many bytes, or to replace
// one of at most as many, in a table without indexes.
func WriteUnits(itemBytes int) float64 { return blocks(itemBytes, WriteUnitBytes) }

func blocks(bytes, size int) float64 { return float64(max(1, (bytes+size-1)/size)) }
