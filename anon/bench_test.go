package anon_test

import (
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
)

// BenchmarkCatalog measures every anonymizer on a value of each scalar kind that
// it takes. Outside of a run the seed is an HMAC made anew for each value, which
// costs some 400 ns and 6 allocations more than within one.
func BenchmarkCatalog(b *testing.B) {
	for _, spec := range anon.Catalog() {
		for _, kind := range spec.Kinds {
			if _, isSet := setElement[kind]; isSet || kind == dynsync.KindN && !isNumber(samples[spec.Name]) {
				continue
			}
			b.Run(spec.Name+"/"+kind.String(), func(b *testing.B) {
				tr := made(b, spec)
				v, err := dynsync.ValueOf(samples[spec.Name].value(kind, 1))
				if err != nil {
					b.Fatal(err)
				}
				in := dynsync.Input{Value: v}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := tr.Transform(b.Context(), in); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
