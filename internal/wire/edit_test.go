package wire

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestEditorWithoutEditsCopies(t *testing.T) {
	checkProperty(t, func(t *rapid.T, c chooser) {
		item := render(c, loose, genMembers(c, 3))
		e := NewEditor([]byte("-"), item)
		for range c.IntN(5) {
			e.CopyTo(uint32(c.IntN(len(item) + 10)))
		}
		if got := e.Finish(); string(got) != "-"+string(item) {
			t.Fatalf("got %s, want %s", got, item)
		}
	})
}

// An identity walk, every value replaced by itself, gives the same bytes.
func TestEditorIdentity(t *testing.T) {
	checkProperty(t, func(t *rapid.T, c chooser) {
		item := render(c, loose, genMembers(c, 3))
		var e Editor
		e.Reset(nil, item)
		for _, a := range mustIndex(t, item) {
			e.Replace(a.Value, a.Value.Of(item))
		}
		if got := e.Finish(); !bytes.Equal(got, item) {
			t.Fatalf("got %s, want %s", got, item)
		}
	})
}

func TestEditorPlaces(t *testing.T) {
	for _, test := range []struct {
		reason string
		edit   func(e *Editor)
		want   string
	}{
		{"copy, append, skip", func(e *Editor) { e.CopyTo(3); e.Dst = append(e.Dst, "-"...); e.SkipTo(6) }, "012-6789"},
		{"replace", func(e *Editor) { e.Replace(Span{2, 4}, []byte("abc")) }, "01abc456789"},
		{"replace nothing", func(e *Editor) { e.Replace(Span{2, 2}, []byte("abc")) }, "01abc23456789"},
		{"replace all", func(e *Editor) { e.Replace(Span{0, 10}, nil) }, ""},
		{"an offset behind is where it stands", func(e *Editor) { e.CopyTo(5); e.CopyTo(2); e.SkipTo(3) }, "0123456789"},
		{"an offset past the end is the end", func(e *Editor) { e.CopyTo(4); e.SkipTo(99) }, "0123"},
		{"skip twice", func(e *Editor) { e.SkipTo(2); e.SkipTo(4) }, "456789"},
		{"finish twice", func(e *Editor) { e.CopyTo(2); e.Finish() }, "0123456789"},
	} {
		t.Run(test.reason, func(t *testing.T) {
			e := NewEditor([]byte("> "), []byte("0123456789"))
			test.edit(&e)
			if got := e.Finish(); string(got) != "> "+test.want {
				t.Errorf("got %s, want > %s", got, test.want)
			}
		})
	}
}

func TestRemoveMember(t *testing.T) {
	for _, test := range []struct {
		reason, item string
		remove       []int
		want         string
	}{
		{"the only one", `{"a":{"S":""}}`, []int{0}, `{}`},
		{"the only one with space", `{ "a":{"S":""} }`, []int{0}, `{  }`},
		{"the first", `{"a":{"S":""},"b":{"S":""},"c":{"S":""}}`, []int{0}, `{"b":{"S":""},"c":{"S":""}}`},
		{"one in the middle", `{"a":{"S":""},"b":{"S":""},"c":{"S":""}}`, []int{1}, `{"a":{"S":""},"c":{"S":""}}`},
		{"the last", `{"a":{"S":""},"b":{"S":""},"c":{"S":""}}`, []int{2}, `{"a":{"S":""},"b":{"S":""}}`},
		{"the last two", `{"a":{"S":""},"b":{"S":""},"c":{"S":""}}`, []int{1, 2}, `{"a":{"S":""}}`},
		{"first and last", `{"a":{"S":""},"b":{"S":""},"c":{"S":""}}`, []int{0, 2}, `{"b":{"S":""}}`},
		{"all", `{"a":{"S":""},"b":{"S":""},"c":{"S":""}}`, []int{0, 1, 2}, `{}`},
		{"the first with its space", `{ "a":{"S":""} , "b":{"S":""} }`, []int{0}, `{ "b":{"S":""} }`},
		{"the last with its space", `{ "a":{"S":""} , "b":{"S":""} }`, []int{1}, `{ "a":{"S":""} }`},
		{"all with their space", `{ "a":{"S":""} , "b":{"S":""} }`, []int{0, 1}, `{  }`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			item := []byte(test.item)
			attrs := mustIndex(t, item)
			e := NewEditor([]byte(","), item) // a comma in front is not the item's
			for _, i := range test.remove {
				e.RemoveMember(attrs[i].Name.Start-1, attrs[i].Value.End)
			}
			if got := string(e.Finish()); got != ","+test.want {
				t.Errorf("got %s, want %s", got[1:], test.want)
			}
		})
	}
}

// Every subset of the members of an item, and at the same time of the members
// and elements of its maps and lists, removed in one pass with one Editor, with
// and without white space, and with or without a member added behind.
func TestRemoveMemberOfEverySubset(t *testing.T) {
	rng := newRand(10)
	for width := range 6 {
		for removed := range 1 << width {
			for round := range 8 {
				st, add := style{space: 40 * (round % 2)}, round&2 != 0
				item := render(rng, st, twoLevels(width))
				e := NewEditor(nil, item)
				removeSubset(&e, item, removed, add)
				got := e.Finish()
				want := keepSubset(twoLevels(width), removed, add)
				if members, ok := oracleItem(got); !ok || !reflect.DeepEqual(members, want) {
					t.Fatalf("%b of %s gives %s, want %+v", removed, item, got, want)
				}
			}
		}
	}
}

// twoLevels returns an item of maps and lists, each of scalars, all of the same
// width.
func twoLevels(width int) (outer []member) {
	for i := range width {
		value := node{kind: M}
		if i%2 == 1 {
			value.kind = L
		}
		for k := range width {
			leaf := node{kind: S, text: fmt.Sprint(k)}
			if value.kind == L {
				value.elems = append(value.elems, leaf)
			} else {
				value.members = append(value.members, member{fmt.Sprint("name", k), leaf})
			}
		}
		outer = append(outer, member{fmt.Sprint("outer", i), value})
	}
	return outer
}

// keepSubset does to the model what removeSubset does to the text.
func keepSubset(members []member, removed int, add bool) (kept []member) {
	for i, m := range members {
		if removed>>i&1 != 0 {
			continue
		}
		if m.value.kind == M {
			m.value.members = keepSubset(m.value.members, removed, add)
		}
		var elems []node
		for k, e := range m.value.elems {
			if removed>>k&1 == 0 {
				elems = append(elems, e)
			}
		}
		m.value.elems = elems
		kept = append(kept, m)
	}
	if add {
		kept = append(kept, member{"added", node{kind: NULL}})
	}
	return kept
}

// removeSubset removes the members whose bit is set in removed, and from the
// others their members and elements likewise, and adds a member to each object.
func removeSubset(e *Editor, item []byte, removed int, add bool) {
	removeMembers(e, item, skipSpace(item, 0), removed, add)
}

func removeMembers(e *Editor, b []byte, open, removed int, add bool) {
	members := Members{b, open + 1}
	i := 0
	for m, ok := members.Next(); ok; m, ok = members.Next() {
		_, payload := valueType(b, int(m.Value.Start))
		switch {
		case removed>>i&1 != 0:
			e.RemoveMember(m.Name.Start-1, m.Value.End)
		case m.Kind == M:
			removeMembers(e, b, payload, removed, add)
		case m.Kind == L:
			removeElements(e, b, payload, removed)
		}
		i++
	}
	if add {
		e.AddMember(uint32(skipBrackets(b, open) - 1))
		e.Dst = append(e.Dst, `"added":{"NULL":true}`...)
	}
}

func removeElements(e *Editor, b []byte, open, removed int) {
	elements := Elements{b, open + 1}
	i := 0
	for s, ok := elements.Next(); ok; s, ok = elements.Next() {
		if removed>>i&1 != 0 {
			e.RemoveMember(s.Start, s.End)
		}
		i++
	}
}

func TestAddMember(t *testing.T) {
	for _, test := range []struct {
		reason, item string
		n            int
		want         string
	}{
		{"to none", `{}`, 1, `{"x":{}}`},
		{"to none with space", `{ }`, 1, `{ "x":{}}`},
		{"to one", `{"a":{"S":""}}`, 1, `{"a":{"S":""},"x":{}}`},
		{"to one with space", `{ "a":{"S":""} }`, 1, `{ "a":{"S":""},"x":{}}`},
		{"two to none", `{}`, 2, `{"x":{},"x":{}}`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			e := NewEditor([]byte("]"), []byte(test.item))
			for range test.n {
				e.AddMember(uint32(len(test.item) - 1))
				e.Dst = append(e.Dst, `"x":{}`...)
			}
			if got := string(e.Finish()); got != "]"+test.want {
				t.Errorf("got %s, want %s", got[1:], test.want)
			}
		})
	}
}

func TestRewind(t *testing.T) {
	item := []byte(`{"a":{"S":""},"m":{"M":{"x":{"S":""},"y":{"S":""}}},"z":{"S":""}}`)
	attrs := mustIndex(t, item)
	edits := func(e *Editor) {
		e.CopyTo(attrs[1].Name.Start)
		e.Dst = append(e.Dst, "renamed"...)
		e.SkipTo(attrs[1].Name.End)
		members := Members{item, int(attrs[1].Value.Start) + len(`{"M":`) + 1}
		for m, ok := members.Next(); ok; m, ok = members.Next() {
			e.RemoveMember(m.Name.Start-1, m.Value.End)
		}
	}
	for _, test := range []struct {
		reason string
		then   func(e *Editor)
		want   string
	}{
		{"as if nothing had been done", func(*Editor) {}, string(item)},
		{"then the whole member goes", func(e *Editor) { e.RemoveMember(attrs[1].Name.Start-1, attrs[1].Value.End) }, `{"a":{"S":""},"z":{"S":""}}`},
		{"then it is done again", edits, `{"a":{"S":""},"renamed":{"M":{}},"z":{"S":""}}`},
	} {
		t.Run(test.reason, func(t *testing.T) {
			e := NewEditor([]byte("-"), item)
			mark := e.Mark()
			edits(&e)
			e.Rewind(mark)
			test.then(&e)
			if got := string(e.Finish()); got != "-"+test.want {
				t.Errorf("got %s, want %s", got[1:], test.want)
			}
		})
	}
}
