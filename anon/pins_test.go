package anon_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/dynsync/dynsync"
	"github.com/dynsync/dynsync/anon"
)

var updatePins = flag.Bool("update-pins", false, "write what the anonymizers give now to testdata/pins.json")

// TestPins: the same key and value give the same pseudonym in every release of a scheme.
// A copy that is refreshed, or joined to an older one, relies on it, so that a change here
// raises the number of the scheme once a release has it, and users must be told.
func TestPins(t *testing.T) {
	const path = "testdata/pins.json"
	w := newWorld(t)
	w.create(t, "People")
	items, rules := catalogItems(t, 3)
	for _, item := range items {
		w.put(t, "People", item)
	}
	got := map[string][]string{}
	out := records(t, w.syncer(t, testKey, "People", rules...), "People")
	for name := range items[0] {
		for _, item := range items {
			v, _ := out[fmt.Sprint(item["Id"])].Get(name)
			got[name] = append(got[name], string(v.DynamoDBJSON()))
		}
	}
	if *updatePins {
		writePins(t, path, got)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for name := range got {
		for i := range got[name] {
			if len(want[name]) != len(items) || !sameJSON(t, got[name][i], want[name][i]) {
				t.Errorf("%s of item %d is %s, and not what is pinned for scheme %d; see internal/scheme, and -update-pins", name, i, got[name][i], anon.Scheme)
			}
		}
	}
	if len(want) != len(got) {
		t.Errorf("%d results are pinned, and there are %d", len(want), len(got))
	}
}

func writePins(t *testing.T, path string, pins map[string][]string) {
	t.Helper()
	text, err := json.MarshalIndent(pins, "", "\t")
	if err == nil {
		err = os.WriteFile(path, append(text, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// sameJSON reports whether two values are equal, sets in any order.
func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	values := make([]dynsync.Value, 2)
	for i, text := range []string{a, b} {
		rec, err := dynsync.NewRecord([]byte(`{"v":` + text + `}`))
		if err != nil {
			t.Fatal(err)
		}
		values[i], _ = rec.Get("v")
	}
	return values[0].Equal(values[1])
}
