package dynsync

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/wire"
)

// transformStruct applies fn, of a struct to the same struct, to a map, and
// changes only what fn changed.
func transformStruct[In, Out any](ctx context.Context, in Input, fn func(context.Context, In) (Out, error)) (Value, error) {
	shape := shapeOf(reflect.TypeFor[In](), map[reflect.Type]*goShape{})
	var before In
	if borrow(shape.appendDeclared(nil, in.Value.raw)).Decode(&before) != nil {
		return Value{}, ErrNotApplicable
	}
	was, err := attributevalue.Marshal(before) // before fn runs, since it may change what before points to
	if err != nil {
		return Value{}, err
	}
	after, err := fn(ctx, before)
	if err != nil {
		return Value{}, err
	}
	is, err := attributevalue.Marshal(after)
	if err != nil {
		return Value{}, err
	}
	return shape.merge(in, was, is)
}

// A goShape says which members of maps a Go type declares. It is nil for a type
// that holds all of a value, such as a string or any.
type goShape struct {
	fields map[string]*goShape // of a struct
	elem   *goShape            // of a slice, array or map
}

func shapeOf(t reflect.Type, seen map[reflect.Type]*goShape) *goShape {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if s, ok := seen[t]; ok {
		return s
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array, reflect.Map:
		if elem := shapeOf(t.Elem(), seen); elem != nil {
			return &goShape{elem: elem}
		}
	case reflect.Struct:
		if isSpecial(t) {
			return nil
		}
		s := &goShape{fields: map[string]*goShape{}}
		seen[t] = s
		s.declare(t, seen)
		return s
	}
	return nil
}

func (s *goShape) declare(t reflect.Type, seen map[reflect.Type]*goShape) {
	for f := range t.Fields() {
		name := fieldName(f)
		switch {
		case f.Anonymous && name == f.Name:
			if embedded := shapeOf(f.Type, seen); embedded != nil {
				maps.Copy(s.fields, embedded.fields)
			}
		case f.IsExported() && name != "-":
			s.fields[name] = shapeOf(f.Type, seen)
		}
	}
}

// member returns the shape of a member of a map, and whether it is declared.
func (s *goShape) member(name string) (*goShape, bool) {
	if s.fields == nil {
		return s.elem, true
	}
	m, ok := s.fields[name]
	return m, ok
}

// appendDeclared appends the value without its undeclared members, so that
// attributevalue, which ignores case, cannot fill a field from a member of
// another name.
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
	dst = append(dst, `{"M":{`...)
	start := len(dst)
	for it := wire.MembersOf(raw); ; {
		a, ok := it.Next()
		if !ok {
			return append(dst, "}}"...)
		}
		inner, declared := s.member(nameOf(raw, a))
		if !declared {
			continue
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = append(append(dst, raw[a.Name.Start-1:a.Name.End+1]...), ':')
		dst = inner.appendDeclared(dst, raw[a.Value.Start:a.Value.End])
	}
}

func (s *goShape) appendDeclaredElements(dst, raw []byte) []byte {
	dst = append(dst, `{"L":[`...)
	start := len(dst)
	for it := wire.ElementsOf(raw); ; {
		span, ok := it.Next()
		if !ok {
			return append(dst, "]}"...)
		}
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = s.elem.appendDeclared(dst, raw[span.Start:span.End])
	}
}

// merge returns the value as fn left it: an undeclared member of a map goes to
// the default transformer, a declared one that did not change stays as it is,
// one that changed is replaced, one that fn emptied under omitempty is removed,
// and one that fn filled is added.
func (s *goShape) merge(in Input, was, is types.AttributeValue) (Value, error) {
	switch {
	case is == nil:
		return MissingValue(), nil
	case s != nil && in.Value.kind == KindM:
		wasMap, ok1 := was.(*types.AttributeValueMemberM)
		isMap, ok2 := is.(*types.AttributeValueMemberM)
		if ok1 && ok2 {
			return s.mergeMembers(in, wasMap.Value, isMap.Value)
		}
	case s != nil && in.Value.kind == KindL:
		wasList, ok1 := was.(*types.AttributeValueMemberL)
		isList, ok2 := is.(*types.AttributeValueMemberL)
		if ok1 && ok2 && len(wasList.Value) == len(isList.Value) {
			return s.mergeElements(in, wasList.Value, isList.Value)
		}
	case sameAttribute(was, is):
		return in.Value, nil
	}
	v, err := ValueOf(is)
	if err != nil {
		return Value{}, err
	}
	return valueLike(v, in.Value.kind)
}

func (s *goShape) mergeMembers(in Input, was, is map[string]types.AttributeValue) (Value, error) {
	present := map[string]bool{}
	kept, err := eachMember(in, func(name string, v Value) (Value, error) {
		present[name] = true
		inner, declared := s.member(name)
		if !declared {
			return in.fallback(v)
		}
		if was[name] == nil && is[name] == nil { // omitempty left it out before and after
			if inner != nil {
				return in.fallback(v) // what it holds, no field declares
			}
			return v, nil
		}
		return inner.merge(in.with(v), was[name], is[name])
	})
	if err != nil {
		return Value{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if present[name] || sameAttribute(was[name], is[name]) {
			continue
		}
		added, err := ValueOf(is[name])
		if err != nil {
			return Value{}, err
		}
		if kept.raw, err = addMember(kept.raw, name, added); err != nil {
			return Value{}, err
		}
	}
	return kept, nil
}

func (s *goShape) mergeElements(in Input, was, is []types.AttributeValue) (Value, error) {
	raw := in.Value.raw
	out := append(make([]byte, 0, len(raw)), `{"L":[`...)
	i := 0
	for it := wire.ElementsOf(raw); ; i++ {
		span, ok := it.Next()
		if !ok {
			return Value{KindL, append(out, "]}"...)}, nil
		}
		in.enter(wire.Step{Index: i, Elem: true})
		got, err := s.elem.merge(in.with(borrow(raw[span.Start:span.End])), was[i], is[i])
		if err != nil {
			return Value{}, err
		}
		in.leave()
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, got.raw...)
	}
}

func sameAttribute(a, b types.AttributeValue) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	va, errA := ValueOf(a)
	vb, errB := ValueOf(b)
	return errA == nil && errB == nil && va.Equal(vb)
}

func addMember(raw []byte, name string, v Value) ([]byte, error) {
	_, members := wire.Payload(raw)
	out, ok := wire.AppendReplaced(nil, members, []wire.Step{{Name: name}}, v.raw)
	if !ok {
		return nil, errInvalidValue
	}
	return append(append([]byte(`{"M":`), out...), '}'), nil
}
