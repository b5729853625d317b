package dynsync

import (
	"maps"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/gotype"
	"github.com/dynsync/dynsync/internal/survey"
	"github.com/dynsync/dynsync/internal/wire"
)

// A goShape holds the map members that a Go type declares. It is nil for a type that
// declares all, such as a string or any.
type goShape struct {
	fields map[string]*goShape    // of a struct
	elem   *goShape               // of a slice, array or map
	holds  func(name string) bool // whether a map's key holds a name exactly; nil for all
}

func shapeOf(t reflect.Type, seen map[reflect.Type]*goShape) *goShape {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if s, ok := seen[t]; ok {
		return s
	}
	if gotype.DecodesItself(t) {
		return nil
	}
	s := &goShape{}
	switch t.Kind() {
	case reflect.Map:
		s.holds = gotype.HoldsName(t.Key())
		fallthrough
	case reflect.Slice, reflect.Array:
		seen[t] = s // for a type that holds itself
		if s.elem = shapeOf(t.Elem(), seen); s.elem != nil || s.holds != nil {
			return s
		}
		seen[t] = nil
	case reflect.Struct:
		s.fields = map[string]*goShape{}
		seen[t] = s
		for _, f := range gotype.Fields(t) {
			s.fields[f.Name] = shapeOf(f.Type, seen)
		}
		return s
	}
	return nil
}

// member returns the shape of a map member, and whether it is declared. A map declares
// every member whose name its keys hold.
func (s *goShape) member(name string) (*goShape, bool) {
	switch {
	case s == nil:
		return nil, true
	case s.fields == nil:
		return s.elem, s.holds == nil || s.holds(name)
	}
	m, ok := s.fields[name]
	return m, ok
}

func (s *goShape) element() *goShape {
	if s == nil {
		return nil
	}
	return s.elem
}

// appendDeclared appends the value without its undeclared members. attributevalue ignores
// case, and would fill a field from a member of another name.
func (s *goShape) appendDeclared(dst, raw []byte) []byte {
	switch kind := wire.KindOf(raw); {
	case s != nil && kind == wire.M:
		return s.appendDeclaredMembers(dst, raw)
	case s != nil && s.elem != nil && kind == wire.L:
		return s.appendDeclaredElements(dst, raw)
	}
	return append(dst, raw...)
}

func (s *goShape) appendDeclaredMembers(dst, raw []byte) []byte {
	w := wire.NewMap(dst)
	for a := range wire.MembersOf(raw).All() {
		if inner, declared := s.member(a.NameIn(raw)); declared {
			w.QuotedName(a.Quoted().Of(raw))
			w.Dst = inner.appendDeclared(w.Dst, a.Value.Of(raw))
		}
	}
	return w.Finish()
}

func (s *goShape) appendDeclaredElements(dst, raw []byte) []byte {
	w := wire.NewList(dst)
	for _, element := range wire.ElementsOf(raw).All() {
		w.Next()
		w.Dst = s.elem.appendDeclared(w.Dst, element)
	}
	return w.Finish()
}

// merge returns the value as fn left it. Undeclared members of a map, and values that the
// Go type did not hold, go to the default transformer. Unchanged values stay, changed
// ones are replaced, values that fn emptied under omitempty are removed, and new ones are
// added. A list that became shorter contains only what the Go type holds.
func (s *goShape) merge(in Input, was, is types.AttributeValue) (Value, error) {
	if is == nil {
		return MissingValue(), nil
	}
	switch was := was.(type) {
	case *types.AttributeValueMemberM:
		if is, ok := is.(*types.AttributeValueMemberM); ok && in.Value.kind == KindM {
			return s.mergeMembers(in, was.Value, is.Value)
		}
	case *types.AttributeValueMemberL:
		is, ok := is.(*types.AttributeValueMemberL)
		if ok && in.Value.kind == KindL && len(was.Value) == countElements(in.Value) && len(is.Value) >= len(was.Value) {
			return s.mergeElements(in, was.Value, is.Value)
		}
	}
	switch {
	case !sameLength(was, in.Value):
		return in.fallback(in.Value)
	case !sameAttribute(was, is):
		return changed(is, in.Value.kind)
	case holds(was, in.Value), isText(was) && in.Value.kind == KindS:
		return in.Value, nil
	}
	return in.fallback(in.Value)
}

// isText reports whether a Go value is encoded as an S, which a type of its own can write
// in other words than those that it was read from: a time has no zeros at its end.
func isText(held types.AttributeValue) bool {
	_, ok := held.(*types.AttributeValueMemberS)
	return ok
}

// changed returns the result of fn for a value of that data type.
func changed(is types.AttributeValue, kind Kind) (Value, error) {
	v, err := ValueOf(is)
	if err != nil {
		return Value{}, err
	}
	return valueLike(v, kind)
}

// holds reports whether a Go value, encoded as held, contains all of v. A float may round
// a number.
func holds(held types.AttributeValue, v Value) bool {
	h, err := changed(held, v.kind)
	return err == nil && (h.Equal(v) || h.kind == KindN && v.kind == KindN)
}

// sameLength reports whether a Go value, encoded as held, has all elements of a list or
// set: an array of Go may have room for fewer.
func sameLength(held types.AttributeValue, v Value) bool {
	h, err := changed(held, v.kind)
	return err == nil && (h.kind != v.kind || countElements(h) == countElements(v))
}

// countElements returns the number of elements of a list or members of a set, 0 for any
// other value.
func countElements(v Value) (n int) {
	for range wire.ElementsOf(v.raw).All() {
		n++
	}
	for range wire.StringsOf(v.raw).All() {
		n++
	}
	return n
}

func (s *goShape) mergeMembers(in Input, was, is map[string]types.AttributeValue) (Value, error) {
	present := map[string]bool{}
	kept, err := eachMember(in, func(name string, v Value) (Value, error) {
		present[name] = true
		inner, declared := s.member(name)
		switch {
		case !declared:
			return in.undeclared(v)
		case was[name] == nil && is[name] == nil: // omitempty left it out before and after
			if isZero(v) {
				return v, nil
			}
			return in.fallback(v)
		}
		return inner.merge(in.with(v), was[name], is[name])
	})
	if err != nil {
		return Value{}, err
	}
	members := wire.ExtendMap(kept.raw)
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if present[name] || sameAttribute(was[name], is[name]) {
			continue
		}
		added, err := ValueOf(is[name])
		if err != nil {
			return Value{}, err
		}
		members.Name(name)
		members.Dst = append(members.Dst, added.raw...)
	}
	return Value{KindM, members.Finish()}, nil
}

// undeclared returns what becomes of a member that the struct does not declare. Where it
// stays, so does its name, about which fn decides nothing.
func (in Input) undeclared(v Value) (Value, error) {
	out, err := in.fallback(v)
	if err == nil && !out.IsMissing() {
		in.call.NameStays(survey.InStruct)
	}
	return out, err
}

// isZero reports whether v is the encoding of the zero value of a Go type.
func isZero(v Value) bool {
	for _, zero := range []any{nil, "", 0, false, []byte{}, []any{}, map[string]any{}} {
		if z, err := ValueOf(zero); err == nil && z.Equal(v) {
			return true
		}
	}
	return false
}

func (s *goShape) mergeElements(in Input, was, is []types.AttributeValue) (Value, error) {
	out := wire.NewList(make([]byte, 0, len(in.Value.raw)))
	for i, element := range wire.ElementsOf(in.Value.raw).All() {
		in.call.Enter(wire.Step{Index: i, Elem: true})
		got, err := s.element().merge(in.with(borrow(element)), was[i], is[i])
		if err != nil {
			return Value{}, err
		}
		in.call.Leave()
		if got.raw == nil {
			return Value{}, engine.ErrInvalid
		}
		out.Append(got.raw)
	}
	for _, more := range is[len(was):] {
		added, err := ValueOf(more)
		if err != nil {
			return Value{}, err
		}
		out.Append(added.raw)
	}
	return Value{KindL, out.Finish()}, nil
}

func sameAttribute(a, b types.AttributeValue) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	va, errA := ValueOf(a)
	vb, errB := ValueOf(b)
	return errA == nil && errB == nil && va.Equal(vb)
}
