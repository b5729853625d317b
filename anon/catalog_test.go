package anon_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
	"github.com/dynsync/dynsync/internal/catalog"
)

// catalogItems are items with an attribute for each anonymizer and kind, and the
// rules for them.
func catalogItems(t testing.TB, n int, more ...string) (items []map[string]any, rules []dynsync.TableOption) {
	t.Helper()
	for i := range n {
		items = append(items, map[string]any{"Id": fmt.Sprintf("item-%d", i)})
	}
	for _, spec := range catalog.All() {
		for _, kind := range spec.Kinds {
			s, name := samples[spec.Name], fmt.Sprintf("%s_%v", spec.Name, kind)
			if _, isSet := setElement[kind]; isSet && s.merges {
				continue
			}
			if kind == dynsync.KindN && !isNumber(s) {
				t.Errorf("%s takes numbers, and has no sample of one", spec.Name)
				continue
			}
			rules = append(rules, dynsync.WithTransform(name, made(t, spec, append(more, "strict")...)))
			for i, item := range items {
				item[name] = s.value(kind, i)
			}
		}
	}
	return items, rules
}

var setElement = map[dynsync.Kind]dynsync.Kind{dynsync.KindSS: dynsync.KindS, dynsync.KindNS: dynsync.KindN, dynsync.KindBS: dynsync.KindB}

func isNumber(s sample) bool {
	if s.text == nil {
		return false
	}
	_, err := dynsync.NumberValue(s.text(0))
	return err == nil
}

// TestCatalogKeepsKinds: every anonymizer keeps the kind of each value, sets and
// the number of their members included, and depends on the key and on the value.
func TestCatalogKeepsKinds(t *testing.T) {
	w := newWorld(t)
	w.create(t, "People")
	items, rules := catalogItems(t, 12)
	for _, item := range items {
		w.put(t, "People", item)
	}
	one := records(t, w.syncer(t, testKey, "People", rules...), "People")
	other := records(t, w.syncer(t, append([]byte("o"), testKey...), "People", rules...), "People")
	if len(one) != len(items) {
		t.Fatalf("%d of %d items", len(one), len(items))
	}
	for name := range items[0] {
		anonymizer, _, rule := strings.Cut(name, "_")
		if !rule {
			continue
		}
		sameAsOther, sameAsSource := 0, 0
		for _, item := range items {
			id := item["Id"].(string)
			was, _ := dynsync.ValueOf(item[name])
			got, _ := one[id].Get(name)
			elsewhere, _ := other[id].Get(name)
			if got.Kind() != was.Kind() || members(got) != members(was) {
				t.Fatalf("%s: %v became %v", name, was, got)
			}
			if got.Equal(elsewhere) {
				sameAsOther++
			}
			if got.Equal(was) {
				sameAsSource++
			}
		}
		if s := samples[anonymizer]; sameAsOther == len(items) != s.keyless {
			t.Errorf("%s: %d of %d values are the same under another key", name, sameAsOther, len(items))
		}
		if sameAsSource > len(items)*3/4 && anonymizer != "bool" {
			t.Errorf("%s: %d of %d values stayed", name, sameAsSource, len(items))
		}
	}
}

// members returns how many distinct members a set has; 1 for what is no set.
func members(v dynsync.Value) int {
	switch set := v.Any().(type) {
	case []string:
		slices.Sort(set)
		return len(slices.Compact(set))
	case []attributevalue.Number:
		slices.Sort(set)
		return len(slices.Compact(set))
	case [][]byte:
		return len(set)
	}
	return 1
}

// withoutBool returns items without what [anon.Bool] made.
func withoutBool(t *testing.T, items map[string]*dynsync.Record) map[string]*dynsync.Record {
	t.Helper()
	for _, item := range items {
		if err := item.Delete("bool_BOOL"); err != nil {
			t.Fatal(err)
		}
	}
	return items
}

// TestCatalogAgreesEverywhere: Sync, Records, another number of segments, another
// table and another process give the same.
func TestCatalogAgreesEverywhere(t *testing.T) {
	digest := func(items map[string]*dynsync.Record) string {
		sum := sha256.New()
		for _, id := range slices.Sorted(maps.Keys(items)) {
			f := items[id].Flatten()
			for _, path := range slices.Sorted(maps.Keys(f.Values)) {
				fmt.Fprintf(sum, "%s %s %v\n", id, path, canonical(f.Values[path]))
			}
		}
		return hex.EncodeToString(sum.Sum(nil))
	}
	w := newWorld(t)
	for _, table := range []string{"People", "Others"} {
		w.create(t, table)
		items, _ := catalogItems(t, 8)
		for _, item := range items {
			w.put(t, table, item)
		}
	}
	_, rules := catalogItems(t, 0)
	want := digest(records(t, w.syncer(t, testKey, "People", rules...), "People"))
	if os.Getenv("ANON_CHILD") != "" {
		fmt.Println("digest", want)
		return
	}
	if got := digest(records(t, w.syncer(t, testKey, "People", append(rules, dynsync.WithSegments(5))...), "People")); got != want {
		t.Error("another number of segments gives other values")
	}
	// Bool works per item, and so per table.
	perTable := append(slices.Clone(rules), dynsync.WithName("People"))
	if got := digest(records(t, w.syncer(t, testKey, "Others", perTable...), "People")); got != want {
		t.Error("another table of the same name in the job gives other values")
	}
	if one, other := records(t, w.syncer(t, testKey, "People", rules...), "People"), records(t, w.syncer(t, testKey, "Others", rules...), "Others"); digest(withoutBool(t, one)) != digest(withoutBool(t, other)) {
		t.Error("another table gives other values")
	}
	if _, err := w.syncer(t, testKey, "People", rules...).Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := digest(w.all(t, "People")); got != want {
		t.Error("Sync gives other values than Records")
	}
	child := exec.Command(os.Args[0], "-test.run", "^TestCatalogAgreesEverywhere$")
	child.Env = append(os.Environ(), "ANON_CHILD=1")
	out, err := child.Output()
	if err != nil || !strings.Contains(string(out), "digest "+want+"\n") {
		t.Errorf("another process gives other values (%v)", err)
	}
}

// TestCatalogPassesTheLeakCheck: what an anonymizer keeps, it means to keep, and
// what it draws is no leak.
func TestCatalogPassesTheLeakCheck(t *testing.T) {
	w := newWorld(t)
	for _, spec := range catalog.All() {
		table := "Of." + spec.Name
		w.create(t, table)
		s, rules := samples[spec.Name], []dynsync.TableOption{dynsync.WithLeakCheck()}
		for _, kind := range spec.Kinds {
			rules = append(rules, dynsync.WithTransform(kind.String(), made(t, spec)))
		}
		for i := range 8 {
			item := map[string]any{"Id": fmt.Sprintf("item-%d", i)}
			for _, kind := range spec.Kinds {
				if _, isSet := setElement[kind]; !isSet || !s.merges {
					item[kind.String()] = s.value(kind, i)
				}
			}
			w.put(t, table, item)
		}
		if _, err := w.syncer(t, testKey, table, rules...).Sync(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestNeighboursPassTheLeakCheck: values of an item that lie close together, which
// moves and draws turn into each other by chance, are no leaks.
func TestNeighboursPassTheLeakCheck(t *testing.T) {
	const items, values = 20, 30
	series := map[string]struct {
		t     dynsync.Transformer
		value func(i int) any
	}{
		"Days":      {anon.ShiftTime(), func(i int) any { return fmt.Sprintf("2024-01-%02d", 1+i) }},
		"Weeks":     {anon.ShiftTime(anon.Granularity("week")), func(i int) any { return fmt.Sprintf("2024-%02d-%02d", 1+i/4, 1+7*(i%4)) }},
		"Salaries":  {anon.Noise(), func(i int) any { return 2000 + 20*i }},
		"Latitude":  {anon.Latitude(), func(i int) any { return fmt.Sprintf("52.%02d", 10+i) }},
		"Longitude": {anon.Longitude(), func(i int) any { return fmt.Sprintf("13.%02d", 10+i) }},
		"Codes":     {anon.Scramble(), func(i int) any { return fmt.Sprint(1000 + 137*i) }},
	}
	w := newWorld(t)
	w.create(t, "Series")
	rules := []dynsync.TableOption{dynsync.WithLeakCheck()}
	for name, s := range series {
		rules = append(rules, dynsync.WithTransform(name+"[*]", s.t))
	}
	for i := range items {
		item := map[string]any{"Id": fmt.Sprint("item-", i)}
		for name, s := range series {
			var list []any
			for j := range values {
				list = append(list, s.value(j))
			}
			item[name] = list
		}
		w.put(t, "Series", item)
	}
	if _, err := w.syncer(t, testKey, "Series", rules...).Sync(t.Context()); err != nil {
		t.Error(err)
	}
}

// canonical returns a value as text that is equal for equal numbers and sets.
func canonical(v any) string {
	switch v := v.(type) {
	case attributevalue.Number:
		n, _ := new(big.Rat).SetString(string(v))
		return n.RatString()
	case []attributevalue.Number:
		return canonicalSet(v)
	case [][]byte:
		return canonicalSet(v)
	case []string:
		return canonicalSet(v)
	}
	return fmt.Sprint(v)
}

func canonicalSet[T any](members []T) string {
	out := make([]string, len(members))
	for i, m := range members {
		out[i] = canonical(m)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// TestCatalogOnAnything: empty, NULL, missing, unicode, very long and already
// anonymized values, and those that do not fit.
func TestCatalogOnAnything(t *testing.T) {
	long := strings.Repeat("long. ", 15_000)
	for _, spec := range catalog.All() {
		t.Run(spec.Name, func(t *testing.T) {
			s := samples[spec.Name]
			loose, strict := made(t, spec), made(t, spec, "strict")
			for _, v := range []any{"", []byte{}, nil} {
				value, _ := dynsync.ValueOf(v)
				out, err := loose.Transform(t.Context(), dynsync.Input{Value: value})
				if err == nil && !out.Equal(value) || err != nil && !errors.Is(err, dynsync.ErrNotApplicable) {
					t.Errorf("%v became %v (%v)", value, out, err)
				}
			}
			if out, err := loose.Transform(t.Context(), dynsync.Input{Value: dynsync.MissingValue()}); !errors.Is(err, dynsync.ErrNotApplicable) {
				t.Errorf("a missing value became %v (%v)", out, err)
			}
			for _, v := range []any{"ß日本 😀\u202e\x00", long, "alice@example.com", "x", attributevalue.Number("-0.000001"), attributevalue.Number("1E+125"), []byte{0, 255}, true,
				[]string{"", "a", "b"}, []any{"a"}, map[string]any{"a": "b"}} {
				value, err := dynsync.ValueOf(v)
				if err != nil {
					t.Fatal(err)
				}
				tryValue(t, loose, strict, spec, value)
			}
			for _, kind := range spec.Kinds {
				v := dynsync.Value{}
				if _, isSet := setElement[kind]; !isSet {
					v, _ = dynsync.ValueOf(s.value(kind, 1))
					tryValue(t, loose, strict, spec, tryValue(t, loose, strict, spec, v))
				}
			}
		})
	}
}

// tryValue applies an anonymizer and checks that the value is either replaced by
// one of its kind or refused.
func tryValue(t *testing.T, loose, strict dynsync.Transformer, spec catalog.Spec, v dynsync.Value) dynsync.Value {
	t.Helper()
	if v.Kind() == 0 {
		return v
	}
	out, err := loose.Transform(context.Background(), dynsync.Input{Value: v})
	_, strictErr := strict.Transform(context.Background(), dynsync.Input{Value: v})
	takes := slices.Contains(spec.Kinds, v.Kind())
	switch {
	case err == nil && takes && (out.Kind() != v.Kind() || strictErr != nil):
		t.Errorf("%v became %v (%v)", v, out, strictErr)
	case err != nil && takes && strictErr == nil:
		t.Errorf("%v: %v, and not under Strict", v, err)
	case strictErr != nil && strings.Contains(strictErr.Error(), "alice"):
		t.Errorf("the error holds the value: %v", strictErr)
	}
	return out
}

// TestPerItem: equal values in different items are different, the same in every
// run, for everything that depends on the key.
func TestPerItem(t *testing.T) {
	w := newWorld(t)
	w.create(t, "People")
	items, rules := catalogItems(t, 8, "perItem")
	for i := range items {
		for name := range items[0] {
			if name != "Id" {
				items[i][name] = items[0][name]
			}
		}
		w.put(t, "People", items[i])
	}
	got := records(t, w.syncer(t, testKey, "People", rules...), "People")
	again := records(t, w.syncer(t, testKey, "People", rules...), "People")
	for name := range items[0] {
		anonymizer, _, rule := strings.Cut(name, "_")
		if !rule || samples[anonymizer].keyless {
			continue
		}
		distinct := map[string]struct{}{}
		for id, rec := range got {
			v, _ := rec.Get(name)
			repeated, _ := again[id].Get(name)
			if !v.Equal(repeated) {
				t.Errorf("%s differs from run to run", name)
			}
			distinct[string(v.DynamoDBJSON())] = struct{}{}
		}
		if len(distinct) == 1 {
			t.Errorf("%s: equal values show as equal", name)
		}
	}
}

// TestCatalogNeedsNoVersion: the description of an anonymizer tells all of it, so that a
// checkpoint of a job needs no RulesVersion; also not within other transformers.
func TestCatalogNeedsNoVersion(t *testing.T) {
	t.Parallel()
	for _, spec := range catalog.All() {
		tr := made(t, spec)
		_, err := dynsync.New(dynsync.WithKey(testKey), dynsync.WithCheckpoint(dynsync.FileCheckpoint(t.TempDir())),
			dynsync.WithTable("A", "B",
				dynsync.WithTransform("a", tr),
				dynsync.WithTransform("b", dynsync.JSON(dynsync.WithTransform("c", dynsync.FirstOf(dynsync.Chain(tr), dynsync.Constant(1))))),
				dynsync.WithTransform("d", dynsync.FirstOf(dynsync.Template("X#{a|lower}"), dynsync.Delimited("#", dynsync.Passthrough(), tr)))))
		if err != nil && strings.Contains(err.Error(), "RulesVersion") {
			t.Errorf("%s: %v", spec.Name, err)
		}
	}
}
