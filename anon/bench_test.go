package anon_test

import (
	"context"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/internal/catalog"
)

// BenchmarkCatalog measures every anonymizer within a run, on a value of each scalar
// kind that it takes.
func BenchmarkCatalog(b *testing.B) {
	for _, spec := range catalog.All() {
		for _, kind := range spec.Kinds {
			if _, isSet := setElement[kind]; isSet {
				continue
			}
			b.Run(spec.Name+"/"+kind.String(), func(b *testing.B) {
				benchmark(b, made(b, spec, "strict"), samples[spec.Name].value(kind, 1))
			})
		}
	}
}

// benchmark applies a transformer to a value over and over, within a run.
func benchmark(b *testing.B, t dynsync.Transformer, value any) {
	b.Helper()
	w := newWorld(b)
	w.create(b, "Table")
	w.put(b, "Table", map[string]any{"Id": "1", "V": value})
	records(b, w.syncer(b, testKey, "Table", dynsync.WithTransform("V", repeated{b, t})), "Table")
}

// repeated is a transformer that a benchmark is about.
type repeated struct {
	b *testing.B
	dynsync.Transformer
}

func (r repeated) Describe() dynsync.Description {
	return r.Transformer.(describer).Describe()
}

func (r repeated) Transform(ctx context.Context, in dynsync.Input) (out dynsync.Value, err error) {
	r.b.ReportAllocs()
	for r.b.Loop() {
		if out, err = r.Transformer.Transform(ctx, in); err != nil {
			return out, err
		}
	}
	return out, nil
}
