package dynsynctest

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A sorted slice is the oracle of the chunked one.
func TestRowsAgreeWithSortedSlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var store rows
		var model []*row
		position := func(r *row) (int, bool) { return slices.BinarySearchFunc(model, r, (*row).compare) }
		newRow := func(name string) *row {
			pk := rapid.StringMatching(`[a-f]{1,3}`).Draw(t, name)
			return &row{hash: hashOf(pk), pk: pk, sk: rapid.StringMatching(`[a-c]?`).Draw(t, "sk"), size: rapid.IntRange(1, 9).Draw(t, "size")}
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				r := newRow("put")
				i, found := position(r)
				old := store.put(r)
				if found {
					if old != model[i] {
						t.Fatal("another row was replaced")
					}
					model[i] = r
					return
				}
				if old != nil {
					t.Fatal("a row was replaced that was not there")
				}
				model = slices.Insert(model, i, r)
			},
			"many": func(t *rapid.T) {
				if len(model) > 2*chunkSize {
					return // large enough to have been split
				}
				base := rapid.StringMatching(`[a-z]{4}`).Draw(t, "base")
				for n := range 300 {
					pk := fmt.Sprint(base, n)
					r := &row{hash: hashOf(pk), pk: pk, size: 1}
					i, found := position(r)
					store.put(r)
					if found {
						model[i] = r
					} else {
						model = slices.Insert(model, i, r)
					}
				}
			},
			"remove": func(t *rapid.T) {
				r := newRow("remove")
				if len(model) > 0 && rapid.Bool().Draw(t, "existing") {
					r = model[rapid.IntRange(0, len(model)-1).Draw(t, "at")]
				}
				i, found := position(r)
				if old := store.remove(r); (old != nil) != found {
					t.Fatalf("removed: %v; was there: %v", old != nil, found)
				}
				if found {
					model = slices.Delete(model, i, i+1)
				}
			},
			"": func(t *rapid.T) { checkRows(t, &store, model) },
		})
	})
}

func checkRows(t *rapid.T, store *rows, model []*row) {
	size := int64(0)
	var walked []*row
	for p := store.seek(&row{}); store.at(p) != nil; p = store.next(p) {
		walked = append(walked, store.at(p))
	}
	if !slices.Equal(walked, model) {
		t.Fatal("walking forwards differs")
	}
	walked = nil
	for p, ok := store.before(position{chunk: len(store.chunks)}); ok; p, ok = store.before(p) {
		walked = append(walked, store.at(p))
	}
	slices.Reverse(walked)
	if !slices.Equal(walked, model) {
		t.Fatal("walking backwards differs")
	}
	for _, r := range model {
		size += int64(r.size)
		if store.get(r) != r {
			t.Fatal("a row is not found")
		}
	}
	if store.n != len(model) || store.bytes != size {
		t.Fatalf("counts %d rows of %d bytes; has %d of %d", store.n, store.bytes, len(model), size)
	}
}
