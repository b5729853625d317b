package wire

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What the writers write, encoding/json reads back as the model that it was
// written from, whichever way each name and member was given.
func TestWritersAgreeWithEncodingJSON(t *testing.T) {
	checkProperty(t, func(t *rapid.T, c chooser) {
		want := genMembers(c, 3)
		item := writeMembers(c, NewItem([]byte("-")), want)
		if got, ok := oracleItem(item[1:]); !ok || !reflect.DeepEqual(got, want) || item[0] != '-' {
			t.Fatalf("%s is read as %+v, want %+v", item, got, want)
		}
		for _, m := range want {
			if m.value.kind != M {
				continue
			}
			value := writeNode(c, nil, m.value)
			extended := ExtendMap(value)
			extended.Name("added")
			extended.Dst = AppendNULL(extended.Dst)
			m.value.members = append(slices.Clip(m.value.members), member{"added", node{kind: NULL}})
			if got := readNode(extended.Finish()); !reflect.DeepEqual(got, m.value) {
				t.Fatalf("%+v, want %+v", got, m.value)
			}
		}
	})
}

func writeMembers(c chooser, w MapWriter, members []member) []byte {
	for _, m := range members {
		quoted := AppendQuote(nil, m.name)
		switch c.IntN(3) {
		case 0:
			w.Name(m.name)
			w.Dst = writeNode(c, w.Dst, m.value)
		case 1:
			w.QuotedName(quoted)
			w.Dst = writeNode(c, w.Dst, m.value)
		default:
			w.Append(writeNode(c, append(quoted, ':'), m.value))
		}
	}
	return w.Finish()
}

func writeNode(c chooser, dst []byte, n node) []byte {
	switch n.kind {
	case S, N:
		quoted := AppendQuote(nil, n.text)
		return AppendRaw(dst, n.kind, quoted[1:len(quoted)-1])
	case B:
		return AppendB(dst, []byte(n.text))
	case BOOL:
		return AppendBOOL(dst, n.flag)
	case M:
		return writeMembers(c, NewMap(dst), n.members)
	case L:
		w := NewList(dst)
		for _, e := range n.elems {
			if c.IntN(2) == 0 {
				w.Append(writeNode(c, nil, e))
				continue
			}
			w.Next()
			w.Dst = writeNode(c, w.Dst, e)
		}
		return w.Finish()
	case SS, NS, BS:
		return writeSet(c, NewSet(dst, n.kind), n)
	}
	return AppendNULL(dst)
}

func writeSet(c chooser, w SetWriter, n node) []byte {
	for _, m := range n.set {
		quoted := AppendQuote(nil, m)
		switch form := c.IntN(3); {
		case n.kind == BS:
			w.Bytes([]byte(m))
		case form == 0:
			w.Text(m)
		case form == 1:
			w.Quoted(quoted)
		default:
			w.Raw(quoted[1 : len(quoted)-1])
		}
	}
	return w.Finish()
}

func TestFinishSorted(t *testing.T) {
	upper := func(dst []byte, s string) ([]byte, error) { return AppendS(dst, strings.ToUpper(s)), nil }
	got, err := FinishSorted(NewMap([]byte("-")), map[string]string{"b": "x", "a\"": "y", "": "z"}, upper)
	if want := `-{"M":{"":{"S":"Z"},"a\"":{"S":"Y"},"b":{"S":"X"}}}`; string(got) != want || err != nil {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	refused := errors.New("refused")
	refuse := func([]byte, string) ([]byte, error) { return nil, refused }
	if _, err := FinishSorted(NewItem(nil), map[string]string{"a": ""}, refuse); err != refused {
		t.Errorf("error %v", err)
	}
}

// All yields what Next returns, from where it stands, and ends where the loop
// does.
func TestAllAgreesWithNext(t *testing.T) {
	checkProperty(t, func(t *rapid.T, c chooser) {
		item := render(c, loose, genMembers(c, 3))
		checkMembers(t, c, ItemMembers(item))
		for a := range ItemMembers(item).All() {
			value := a.Value.Of(item)
			checkMembers(t, c, MembersOf(value))
			checkElements(t, c, ElementsOf(value))
			checkStrings(t, c, StringsOf(value))
		}
	})
}

func checkMembers(t *rapid.T, c chooser, it Members) {
	for skip := c.IntN(3); skip > 0; skip-- {
		it.Next()
	}
	got, byNext := slices.Collect(it.All()), it
	for _, a := range got {
		if want, _ := byNext.Next(); a != want {
			t.Fatalf("%+v, want %+v", a, want)
		}
		for first := range it.All() {
			if first != got[0] {
				t.Fatalf("a second loop begins with %+v, want %+v", first, got[0])
			}
			break
		}
	}
	if a, ok := byNext.Next(); ok {
		t.Fatalf("All left out %+v", a)
	}
}

func checkElements(t *rapid.T, c chooser, it Elements) {
	for skip := c.IntN(3); skip > 0; skip-- {
		it.Next()
	}
	got, byNext := maps.Collect(it.All()), it
	for i := range len(got) {
		if want, _ := byNext.Next(); string(got[i]) != string(want.Of(it.b)) {
			t.Fatalf("element %d is %s, want %s", i, got[i], want.Of(it.b))
		}
	}
	if _, ok := byNext.Next(); ok {
		t.Fatal("All left out an element")
	}
}

func checkStrings(t *rapid.T, c chooser, it Strings) {
	for skip := c.IntN(3); skip > 0; skip-- {
		it.Next()
	}
	byNext := it
	for text := range it.All() {
		if want, _ := byNext.Next(); string(text) != string(want.Of(it.b)) {
			t.Fatalf("%s, want %s", text, want.Of(it.b))
		}
	}
	if _, ok := byNext.Next(); ok {
		t.Fatal("All left out a member")
	}
}
