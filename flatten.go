package dynsync

import (
	"fmt"
	"slices"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Flat is the flat view of an item. It has one entry for every value that is not a map
// or list, and for every empty map or list, under its document path:
//
//	Values["Pets.Judith.Age"] = attributevalue.Number("12")
//	Values["Tags"]            = []string{"a", "b"}
//	Kinds["Tags"]             = KindSS
//
// The Go types are those listed at [Value]. Kinds contains what the Go type does not
// show, for example that a slice of strings was a set.
type Flat struct {
	Values map[string]any
	Kinds  map[string]Kind
}

// Flatten returns the flat view of the item. [Flat.Record] restores the item exactly.
func (r *Record) Flatten() Flat {
	f := Flat{Values: map[string]any{}, Kinds: map[string]Kind{}}
	for name, v := range r.Attributes() {
		f.add(docpath.AppendStep(nil, wire.Step{Name: name}), v.raw)
	}
	return f
}

func (f Flat) add(path, raw []byte) {
	leaf := true
	for a := range wire.MembersOf(raw).All() {
		f.add(docpath.AppendStep(slices.Clip(path), wire.Step{Name: a.NameIn(raw)}), a.Value.Of(raw))
		leaf = false
	}
	for i, element := range wire.ElementsOf(raw).All() {
		f.add(docpath.AppendStep(slices.Clip(path), wire.Step{Index: i, Elem: true}), element)
		leaf = false
	}
	if leaf {
		f.Values[string(path)] = goValue(raw)
		f.Kinds[string(path)] = Kind(wire.KindOf(raw))
	}
}

// Record returns the item that a flat view describes. A path without an entry in Kinds
// has the data type of its Go value, as listed at [Value]. Record returns an error if an
// entry in Kinds differs from the Go value, if two paths overlap, or if the indexes of a
// list are not complete from 0. No transformer has seen the record that it returns.
func (f Flat) Record() (*Record, error) {
	root := &branch{}
	for path, v := range f.Values {
		if err := root.put(path, v, f.Kinds); err != nil {
			return nil, err
		}
	}
	item, err := root.appendMembers(wire.NewItem(nil))
	if err != nil {
		return nil, err
	}
	return NewRecord(item)
}

// A branch is a map, a list or a leaf of the tree that Flat.Record builds.
type branch struct {
	leaf    []byte
	names   map[string]*branch
	indexes map[int]*branch
}

func (b *branch) put(text string, v any, kinds map[string]Kind) error {
	p, err := docpath.ParsePath(text)
	if err != nil {
		return err
	}
	for _, s := range p {
		if b, err = b.child(s); err != nil {
			return err
		}
	}
	raw, err := appendGo(nil, v)
	if err != nil {
		return err
	}
	if want, ok := kinds[text]; ok {
		if raw, err = asKind(raw, want); err != nil {
			return err
		}
	}
	if b.leaf != nil || b.names != nil || b.indexes != nil {
		return errOverlap
	}
	b.leaf = raw
	return nil
}

var errOverlap = fmt.Errorf("dynsync: two paths of the flat view overlap: one has a value where another has a map or list")

func (b *branch) child(s wire.Step) (*branch, error) {
	if b.leaf != nil || s.Elem && b.names != nil || !s.Elem && b.indexes != nil {
		return nil, errOverlap
	}
	if s.Elem {
		return grow(&b.indexes, s.Index), nil
	}
	return grow(&b.names, s.Name), nil
}

// grow returns the entry of the map under k, and adds it if there is none.
func grow[K comparable, V any](m *map[K]*V, k K) *V {
	if *m == nil {
		*m = map[K]*V{}
	}
	v := (*m)[k]
	if v == nil {
		v = new(V)
		(*m)[k] = v
	}
	return v
}

// asKind returns raw if it has that data type.
func asKind(raw []byte, want Kind) ([]byte, error) {
	got := Kind(wire.KindOf(raw))
	if got == want {
		return raw, nil
	}
	return nil, fmt.Errorf("dynsync: a Go value of the flat view has type %v, but Kinds says %v", got, want)
}

func (b *branch) append(dst []byte) ([]byte, error) {
	switch {
	case b.leaf != nil:
		return append(dst, b.leaf...), nil
	case b.indexes != nil:
		return b.appendElements(wire.NewList(dst))
	}
	return b.appendMembers(wire.NewMap(dst))
}

func (b *branch) appendElements(w wire.ListWriter) ([]byte, error) {
	for i := range len(b.indexes) {
		e := b.indexes[i]
		if e == nil {
			return nil, fmt.Errorf("dynsync: a list of the flat view has %d elements but none at index %d", len(b.indexes), i)
		}
		w.Next()
		var err error
		if w.Dst, err = e.append(w.Dst); err != nil {
			return nil, err
		}
	}
	return w.Finish(), nil
}

func (b *branch) appendMembers(w wire.MapWriter) ([]byte, error) {
	return wire.FinishSorted(w, b.names, func(dst []byte, member *branch) ([]byte, error) { return member.append(dst) })
}
