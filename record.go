package dynsync

import (
	"bytes"
	"fmt"
	"iter"
	"log/slog"
	"slices"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/goform"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Record is one item, held as the DynamoDB JSON in which it arrived.
//
// A Record that a stream of this package yields owns its bytes and belongs to the caller.
// A Record that a callback receives (a filter, a record transform, [Input.Record], a
// [Failure]) borrows its bytes until the callback returns. [Record.Clone] keeps it. A
// Record is safe for concurrent use as long as no method changes it.
//
// Printing a Record with any verb, or logging it with slog, shows data types and sizes.
// It shows no attribute names and no values.
type Record struct {
	item  []byte
	attrs []wire.Attr
	keys  *wire.Keys    // of the table it was read from, or nil
	rules *engine.Rules // those that transformed it, or nil

	removed []string // under ModeMerge: top-level attributes that they removed
	from    *Record  // the key as read, where rules may have changed it
}

// NewRecord returns a record with its own bytes. The item is a
// map[string]types.AttributeValue, a map[string]any (of values that [ValueOf] takes),
// DynamoDB JSON as []byte or json.RawMessage ({"Id":{"S":"…"},…}), or a struct or map
// that attributevalue.MarshalMap takes. It returns an error for other types and for an
// item that is not valid.
//
// No transformer has seen such a record: [Syncer.Write] transforms it like a record from
// [Syncer.Scan].
func NewRecord(item any) (*Record, error) {
	raw, err := rawItem(item)
	if err != nil {
		return nil, err
	}
	rec := &Record{item: raw}
	if err := rec.index(); err != nil {
		return nil, err
	}
	return rec, nil
}

// index validates the item and finds its attributes.
func (r *Record) index() error {
	attrs, err := new(wire.Scanner).Index(r.attrs[:0], r.item)
	if err != nil {
		return fmt.Errorf("dynsync: not a DynamoDB item: %w", err)
	}
	r.attrs = attrs
	return nil
}

// Clone returns a copy of r that owns its bytes.
func (r *Record) Clone() *Record {
	c := *r
	c.item = bytes.Clone(r.item)
	c.attrs = slices.Clone(r.attrs)
	return &c
}

// Get returns the value at a document path, such as "Pets.Judith.Age" or
// "Orders[0].Email". It returns false if the item has no value there or if the path does
// not parse. The value shares the record's bytes.
func (r *Record) Get(path string) (Value, bool) {
	p, err := docpath.ParsePath(path)
	if err != nil {
		return Value{}, false
	}
	return r.at(p)
}

func (r *Record) at(path []wire.Step) (Value, bool) {
	span, ok := wire.Find(r.item, path)
	if !ok {
		return Value{}, false
	}
	return borrow(r.item[span.Start:span.End]), true
}

// Set puts v at a document path. v is a [Value], or of another type that [ValueOf] takes.
// The last segment may name a new member of a map; everything before it must exist.
// Values and records that were taken from r earlier do not change.
//
// Set returns an error for a path that does not parse or has no place in the item, and
// for a value that is invalid, missing, or nested deeper than DynamoDB's 32 levels.
func (r *Record) Set(path string, v any) error {
	p, err := docpath.ParsePath(path)
	if err != nil {
		return err
	}
	value, ok := v.(Value)
	if !ok {
		if value, err = ValueOf(v); err != nil {
			return err
		}
	}
	if value.raw == nil {
		return fmt.Errorf("dynsync: cannot set a value of kind %v", value.kind)
	}
	item, ok := wire.AppendReplaced(make([]byte, 0, len(r.item)+len(value.raw)+len(path)+8), r.item, p, value.raw)
	if !ok {
		return fmt.Errorf("dynsync: the item has no place for that path: its map or list does not exist")
	}
	next := Record{item: item}
	if err := next.index(); err != nil {
		return err
	}
	r.item, r.attrs = next.item, next.attrs
	return nil
}

// Delete removes the value at a document path, if there is one. It returns an error if
// the path does not parse.
func (r *Record) Delete(path string) error {
	p, err := docpath.ParsePath(path)
	if err != nil {
		return err
	}
	item, ok := wire.AppendRemoved(make([]byte, 0, len(r.item)), r.item, p)
	if !ok {
		return nil
	}
	next := Record{item: item}
	if err := next.index(); err != nil {
		return err
	}
	r.item, r.attrs = next.item, next.attrs
	return nil
}

// Key returns a new record that contains only the key attributes of r and owns its bytes.
// It is empty for a record that came from no table, such as one from [NewRecord].
func (r *Record) Key() *Record { return r.keyIn(r.keys) }

func (r *Record) keyIn(keys *wire.Keys) *Record {
	item := wire.NewItem(nil)
	for _, a := range r.attrs {
		if keys.Holds(a.NameIn(r.item)) {
			item.Append(a.Whole().Of(r.item))
		}
	}
	key := &Record{item: item.Finish(), keys: keys}
	if err := key.index(); err != nil { // members of a valid item make a valid item
		return &Record{item: []byte("{}")}
	}
	return key
}

// keyAsRead returns the key attributes as they were read from the source.
func (r *Record) keyAsRead(keys *wire.Keys) *Record {
	if r.from != nil {
		return r.from
	}
	return r.keyIn(keys)
}

// Attributes ranges over the attributes of the item in the order in which they arrived.
// The values share the record's bytes.
func (r *Record) Attributes() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		for _, a := range r.attrs {
			v := Value{Kind(a.Kind), r.item[a.Value.Start:a.Value.End]}
			if !yield(a.NameIn(r.item), v) {
				return
			}
		}
	}
}

// AttributeValues returns the item as the SDK's types.
func (r *Record) AttributeValues() map[string]types.AttributeValue {
	item, err := rawapi.ItemMap(r.item)
	if err != nil { // r.item was validated when r was made
		return nil
	}
	return item
}

// Decode stores the item in the struct or map that out points to, as
// attributevalue.UnmarshalMap does. Numbers stored in an any are of type
// attributevalue.Number. The error names Go types, not values.
func (r *Record) Decode(out any) error {
	if err := attributevalue.UnmarshalMapWithOptions(r.AttributeValues(), out, exactNumbers); err != nil {
		return &opaqueError{fmt.Sprintf("dynsync: cannot decode an item into %T", out), err}
	}
	return nil
}

// DynamoDBJSON returns a copy of the item as DynamoDB JSON, such as {"Id":{"S":"…"},…}.
// An unchanged attribute is byte for byte as the source sent it.
func (r *Record) DynamoDBJSON() []byte { return bytes.Clone(r.item) }

// Equal reports whether r and o have the same attributes with equal values, as
// [Value.Equal] compares them.
func (r *Record) Equal(o *Record) bool { return wire.EqualItems(r.item, o.item) }

// Format prints the data types of the attributes and the size of the item for every verb.
func (r Record) Format(f fmt.State, _ rune) { reason.Print(f, r.summary()) }

// LogValue returns the data types of the attributes and the size of the item, for slog.
func (r Record) LogValue() slog.Value { return slog.StringValue(r.summary()) }

func (r Record) summary() string {
	kinds := make([]Kind, len(r.attrs))
	for i, a := range r.attrs {
		kinds[i] = Kind(a.Kind)
	}
	return fmt.Sprintf("item%v(%d bytes)", kinds, len(r.item))
}

// keyOf returns the key record of an item of a page, empty for one that could
// not be read.
func keyOf(keys *wire.Keys, p *wire.Page, i int) *Record {
	rec := &Record{item: p.Item(i), keys: keys}
	if p.Items[i].Err != nil || rec.index() != nil {
		return &Record{item: []byte("{}"), keys: keys}
	}
	return rec.Key()
}

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
		f.Values[string(path)] = goform.Of(raw)
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
	raw, err := ownForm.Append(nil, v)
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
