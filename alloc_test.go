package dynsync

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/wire"
)

// wideItem is an item of about 1 KB with 30 attributes.
func wideItem(t testing.TB) *Record {
	t.Helper()
	m := map[string]any{"Id": "item-1"}
	for i := range 24 {
		m[fmt.Sprintf("attr%02d", i)] = strings.Repeat("x", 10+i)
	}
	m["m"] = map[string]any{"n": 1, "l": []any{"a", true, nil}}
	m["ss"] = []string{"a", "b"}
	m["n"] = 12345
	rec, err := NewRecord(m)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// allocsOf returns the allocations of taking the record through the rules.
func allocsOf(t *testing.T, rec *Record, opts ...TableOption) float64 {
	t.Helper()
	x := engine.New(testPlan(t, opts...))
	span := wire.Span{End: uint32(len(rec.item))}
	return testing.AllocsPerRun(200, func() {
		if _, _, err := x.Process(context.Background(), rec.item, span, rec.attrs); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPromiseUntouchedCostsACopy(t *testing.T) {
	rec := wideItem(t)
	if got := allocsOf(t, rec, clearCopy()); got > 0 {
		t.Errorf("an untouched item costs %v allocations", got)
	}
	if got := allocsOf(t, rec, clearCopy(), WithTransform("attr05", Passthrough()), WithTransform("**.none", Remove()), WithTransform("none.*.x", Constant(nil))); got > 0 {
		t.Errorf("an item that rules look at and leave costs %v allocations", got)
	}
	for _, item := range []*Record{rec, mustRecord(t, `{ "Id" : {"S":"1"} , "a":{"L":[ {"N":"1.50"} ]},"b\u0062":{"S":"\ud83d\ude00\ud800\/"}}`)} {
		out, _, err := engine.New(testPlan(t, clearCopy(), WithTransform("**.none", Constant(nil)))).Process(context.Background(), item.item, wire.Span{End: uint32(len(item.item))}, item.attrs)
		if err != nil || !bytes.Equal(out, item.item) {
			t.Errorf("an untouched item changed: %s", out)
		}
	}
}

func TestAllocationsOfTransformedPaths(t *testing.T) {
	rec := wideItem(t)
	if got := allocsOf(t, rec); got > 0 {
		t.Errorf("pseudonyms of every attribute cost %v allocations", got)
	}
	paths := []string{"attr01", "attr02", "m.n", "ss"}
	var opts []TableOption
	for _, p := range paths {
		opts = append(opts, WithTransform(p, Pseudonym()))
	}
	if got := allocsOf(t, rec, append(opts, clearCopy())...); got > 0 {
		t.Errorf("four pseudonyms cost %v allocations", got)
	}
	opts = opts[:0]
	keep := Func(func(_ context.Context, s string) (string, error) { return s, nil })
	for _, p := range []string{"attr01", "attr02", "attr03", "attr04"} {
		opts = append(opts, WithTransform(p, keep))
	}
	// For each: the decoded string, what Func decodes into, and the encoding.
	if got := allocsOf(t, rec, append(opts, clearCopy())...); got > 3*4 {
		t.Errorf("four typed functions cost %v allocations", got)
	}
}

// recordReader looks at the record of its item, and at what other rules made of it, as
// often as it says.
type recordReader int

func (n recordReader) Transform(_ context.Context, in Input) (Value, error) {
	for range n {
		in.Record().Attributes()
		in.Transformed().Attributes()
	}
	return in.Value, nil
}

func (recordReader) Describe() Description { return Description{Name: "recordReader", Last: true} }

func TestRecordsOfAnItemAreMadeOnce(t *testing.T) {
	rec := wideItem(t)
	read := func(n int) float64 {
		return allocsOf(t, rec, clearCopy(), WithTransform("attr01", recordReader(n)), WithTransform("attr02", recordReader(n)))
	}
	if once, often := read(1), read(5); often > once {
		t.Errorf("to ask for a record costs %v allocations, and five times as often %v", once, often)
	}
}

func TestAllocationsOfNames(t *testing.T) {
	same := Func(func(_ context.Context, v Value) (Value, error) { return v, nil })
	allocs := func(item string) float64 {
		return allocsOf(t, mustRecord(t, item), clearCopy(), WithTransformKeys("m", same))
	}
	one := allocs(`{"Id":{"S":"1"},"m":{"M":{"a":{"S":"x"}}}}`)
	three := allocs(`{"Id":{"S":"1"},"m":{"M":{"a":{"S":"x"},"b":{"S":"x"},"c":{"S":"x"}}}}`)
	// For each: the name, the value that the transformer gets, and the name that it returns.
	if each := (three - one) / 2; each > 3 {
		t.Errorf("a name costs %v allocations", each)
	}
}

// TestIdentityGivesTheSameBytes runs every attribute through a transformer that
// returns what it got.
func TestIdentityGivesTheSameBytes(t *testing.T) {
	identity := Func(func(_ context.Context, v Value) (Value, error) { return v, nil })
	gen := itemGen(5)
	for i := range 500 {
		rec := gen.Example(i)
		for _, opt := range []TableOption{WithTransform("*", identity), WithDefaultTransform(identity)} {
			got, err := runPlan(testPlan(t, opt), rec)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.item, rec.item) {
				t.Fatalf("%s became %s", rec.item, got.item)
			}
		}
	}
}
