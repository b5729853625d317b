package anon

import (
	"testing"

	"github.com/dynsync/dynsync"
)

// Everything returns every anonymizer of the catalog, with no options, each value of
// each option, and each pair of them.
func Everything(t testing.TB) (all []dynsync.Transformer) {
	for _, e := range entries {
		for _, opts := range combinations(t, e) {
			all = append(all, newAnonymizer(e, opts))
		}
	}
	return all
}
