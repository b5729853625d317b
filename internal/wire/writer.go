package wire

import (
	"encoding/base64"
	"maps"
	"slices"
)

// A ListWriter appends an L to Dst, element by element:
//
//	list := wire.NewList(dst)
//	for _, text := range texts {
//		list.Next()
//		list.Dst = wire.AppendS(list.Dst, text)
//	}
//	dst = list.Finish()
//
// Like every writer it allocates nothing but room in Dst, and it serves
// [NewList]'s result only, not a zero ListWriter.
type ListWriter struct{ Dst []byte }

// NewList begins an L at the end of dst.
func NewList(dst []byte) ListWriter { return ListWriter{append(dst, `{"L":[`...)} }

// Next readies Dst for an element, a value object, which the caller then
// appends.
func (w *ListWriter) Next() { w.Dst = appendComma(w.Dst) }

// Append appends an element.
func (w *ListWriter) Append(value []byte) { w.Dst = append(appendComma(w.Dst), value...) }

// Finish ends the L and returns Dst.
func (w *ListWriter) Finish() []byte { return append(w.Dst, "]}"...) }

// A MapWriter appends an M or an item to Dst, member by member: the caller
// appends a value object to Dst after each name.
//
//	m := wire.NewMap(dst)
//	m.Name("Email")
//	m.Dst = wire.AppendS(m.Dst, email)
//	dst = m.Finish()
//
// It does not look for names that are there twice.
type MapWriter struct {
	Dst  []byte
	isIn bool // in an object {"M":…}, which ends with it
}

// NewMap begins an M at the end of dst.
func NewMap(dst []byte) MapWriter { return MapWriter{append(dst, `{"M":{`...), true} }

// NewItem begins an item at the end of dst.
func NewItem(dst []byte) MapWriter { return MapWriter{append(dst, '{'), false} }

// ExtendMap returns a writer that adds members to value, an M that a MapWriter
// made. It overwrites value.
func ExtendMap(value []byte) MapWriter { return MapWriter{value[:len(value)-len("}}")], true} }

// Name appends the name of a member, quoted as by [AppendQuote].
func (w *MapWriter) Name(name string) {
	w.Dst = append(AppendQuote(appendComma(w.Dst), name), ':')
}

// QuotedName appends the name of a member, which has its quotes: see
// [Attr.Quoted].
func (w *MapWriter) QuotedName(quoted []byte) {
	w.Dst = append(append(appendComma(w.Dst), quoted...), ':')
}

// Append appends a member as it stands, name and value: see [Attr.Whole].
func (w *MapWriter) Append(member []byte) { w.Dst = append(appendComma(w.Dst), member...) }

// Finish ends the M or item and returns Dst.
func (w *MapWriter) Finish() []byte {
	if w.isIn {
		return append(w.Dst, "}}"...)
	}
	return append(w.Dst, '}')
}

// FinishSorted appends the members of a Go map, sorted by name, and finishes.
// appendValue appends the value object of a member; its error ends the work.
func FinishSorted[V any](w MapWriter, members map[string]V, appendValue func(dst []byte, v V) ([]byte, error)) ([]byte, error) {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		w.Name(name)
		var err error
		if w.Dst, err = appendValue(w.Dst, members[name]); err != nil {
			return nil, err
		}
	}
	return w.Finish(), nil
}

// A SetWriter appends an SS, NS or BS to Dst, member by member. It looks neither
// for equal members nor for whether there are any.
type SetWriter struct{ Dst []byte }

// NewSet begins a set of that kind at the end of dst.
func NewSet(dst []byte, kind Kind) SetWriter { return SetWriter{append(appendType(dst, kind), '[')} }

// Raw appends a member, the text between its quotes as it stands: see
// [Strings.Next].
func (w *SetWriter) Raw(member []byte) {
	w.Dst = append(append(append(appendComma(w.Dst), '"'), member...), '"')
}

// Quoted appends a member, which has its quotes: see [Payload].
func (w *SetWriter) Quoted(member []byte) { w.Dst = append(appendComma(w.Dst), member...) }

// Text appends a string or a number text, quoted as by [AppendQuote].
func (w *SetWriter) Text(s string) { w.Dst = AppendQuote(appendComma(w.Dst), s) }

// Bytes appends a binary, as base64.
func (w *SetWriter) Bytes(b []byte) {
	w.Dst = base64.StdEncoding.AppendEncode(append(appendComma(w.Dst), '"'), b)
	w.Dst = append(w.Dst, '"')
}

// Finish ends the set and returns Dst.
func (w *SetWriter) Finish() []byte { return append(w.Dst, "]}"...) }

// appendComma appends a comma, unless dst ends with the bracket that opens a
// container.
func appendComma(dst []byte) []byte {
	if c := dst[len(dst)-1]; c == '[' || c == '{' {
		return dst
	}
	return append(dst, ',')
}

// appendType appends the start of a value object, up to its payload.
func appendType(dst []byte, kind Kind) []byte { return append(dst, typeTexts[kind]...) }

// typeTexts holds the start of a value object of each kind.
var typeTexts = func() (t [len(kindNames)]string) {
	for k, name := range kindNames {
		t[k] = `{"` + name + `":`
	}
	return t
}()
