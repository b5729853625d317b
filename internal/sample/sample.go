// Package sample tells which items are in a sample of a table, by their keys.
package sample

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// Of returns what tells whether the item of a canonical key is in a sample: the keys whose
// hash is low enough. It is nil where all are.
func Of(fraction float64) func(key []byte) bool {
	if fraction >= 1 {
		return nil
	}
	bound := uint64(fraction * math.MaxUint64)
	return func(key []byte) bool {
		sum := sha256.Sum256(key)
		return binary.BigEndian.Uint64(sum[:]) <= bound
	}
}
