package dynsync

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/wire"
)

// testPlan compiles table options as New and the preflight would for a table
// with the partition key "Id".
func testPlan(t testing.TB, opts ...TableOption) *engine.Plan {
	t.Helper()
	tab, errs := newTable(&tableConfig{source: "Source", destination: "Destination", name: "Source", opts: opts}, nil)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	key, err := pseudonym.NewKey(testKey)
	if err != nil {
		t.Fatal(err)
	}
	p := tab.plan(key, &wire.Keys{Partition: "Id"})
	p.Indexed["gsi"] = engine.IndexKey{Index: "byGsi", Kind: wire.S, Max: 2048}
	return p
}

// run takes a record through a plan.
func runPlan(p *engine.Plan, rec *Record) (*Record, error) {
	out, _, err := engine.New(p).Process(context.Background(), rec.item, wire.Span{End: uint32(len(rec.item))}, rec.attrs)
	if err != nil {
		return nil, itemErrorOf("Source", err)
	}
	return NewRecord(slices.Clone(out))
}

func (r *Record) goItem() map[string]any {
	m := map[string]any{}
	for name, v := range r.Attributes() {
		m[name] = v.Any()
	}
	return m
}

// names are attribute names that need every kind of care.
var names = []string{"a", "b", "c", "a.b", "x[0]", `say "hi"`, "*", "é", "日本", "o'clock", "\x01", "\U0001F600"}

// itemGen generates items with the key attribute "Id".
func itemGen(depth int) *rapid.Generator[*Record] {
	return rapid.Custom(func(t *rapid.T) *Record {
		m := map[string]any{"Id": rapid.StringMatching(`[a-z0-9]{1,12}`).Draw(t, "Id")}
		for range rapid.IntRange(0, 5).Draw(t, "attributes") {
			m[rapid.SampledFrom(names).Draw(t, "name")] = goGen(t, depth)
		}
		rec, err := NewRecord(m)
		if err != nil {
			t.Fatal(err)
		}
		rec.keys = &wire.Keys{Partition: "Id"}
		return rec
	})
}

func mustRecord(t testing.TB, item string) *Record {
	t.Helper()
	rec, err := NewRecord([]byte(item))
	if err != nil {
		t.Fatal(err)
	}
	return rec
}
