package dynsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/wire"
)

// Func returns a [Transformer] that calls a typed function. In and Out may be the Go
// types listed at [Value], integers, floats, Value, any, and structs or other types that
// attributevalue can decode. [New] reports an error for any other type. Several
// goroutines call fn at once.
//
// The transformer takes the data types that In can hold, and sets of these member by
// member. It does not apply ([ErrNotApplicable]) to a value that In cannot hold exactly,
// such as 12.5 for an integer or 300 for an int8. A float takes the nearest number. If
// the value is a set and fn returns a slice, the result is a set of the same data type.
//
// If In and Out are the same type and contain a struct, directly or in a pointer, slice
// or map, only the attributes whose fields changed are replaced. A map member that no
// field declares goes to the default transformer; if its name looks personal, the item
// fails. Map keys must match field names exactly. If fn shortens a list, dynsync cannot
// tell which elements are left: the result contains only what the structs declare.
//
// The class of the transformer is [ClassMayKeep], because dynsync cannot know what fn
// keeps of a value.
func Func[In, Out any](fn func(ctx context.Context, v In) (Out, error)) Transformer {
	in, out := reflect.TypeFor[In](), reflect.TypeFor[Out]()
	b := &builtin{desc: Description{Name: fmt.Sprintf("Func[%v, %v]", in, out), Kinds: kindsHeldBy(in)}}
	switch {
	case fn == nil:
		b.desc.Err = fmt.Errorf("%s needs a function", b.desc.Name)
	case !canBeValue(in):
		b.desc.Err = fmt.Errorf("%s: Go type %v cannot hold an attribute value", b.desc.Name, in)
	case !canBeValue(out) && out != reflect.TypeFor[types.AttributeValue]():
		b.desc.Err = fmt.Errorf("%s: Go type %v cannot be an attribute value", b.desc.Name, out)
	}
	if shape := shapeOf(in, map[reflect.Type]*goShape{}); in == out && shape != nil {
		b.fn = func(ctx context.Context, input Input) (Value, error) { return transformStruct(ctx, input, shape, fn) }
		return b
	}
	b.fn = func(ctx context.Context, input Input) (Value, error) {
		v, ok := decodeExactly[In](input.Value)
		if !ok {
			return Value{}, ErrNotApplicable
		}
		result, err := fn(ctx, v)
		if err != nil {
			return Value{}, err
		}
		return valueLike(any(result), input.Value.kind)
	}
	return b
}

// kindsHeldBy returns the data types that a Go type holds, or nil for all.
func kindsHeldBy(t reflect.Type) []Kind {
	switch t {
	case reflect.TypeFor[attributevalue.Number](), reflect.TypeFor[json.Number]():
		return []Kind{KindN}
	case reflect.TypeFor[[]attributevalue.Number]():
		return []Kind{KindNS}
	case reflect.TypeFor[[]string]():
		return []Kind{KindSS}
	case reflect.TypeFor[[]byte]():
		return []Kind{KindB}
	case reflect.TypeFor[[][]byte]():
		return []Kind{KindBS}
	case reflect.TypeFor[[]any]():
		return []Kind{KindL}
	case reflect.TypeFor[Value]():
		return nil
	}
	switch t.Kind() {
	case reflect.String:
		return []Kind{KindS}
	case reflect.Bool:
		return []Kind{KindBOOL}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		return []Kind{KindN}
	case reflect.Struct:
		if !isSpecial(t) {
			return []Kind{KindM}
		}
	case reflect.Map:
		return []Kind{KindM}
	}
	return nil
}

// isSpecial reports whether a struct type decodes itself, from any data type.
func isSpecial(t reflect.Type) bool {
	return t == reflect.TypeFor[Value]() || t.PkgPath() == "time" ||
		reflect.PointerTo(t).Implements(reflect.TypeFor[attributevalue.Unmarshaler]())
}

// canBeValue reports whether attributevalue has an encoding for the type.
func canBeValue(t reflect.Type) bool { return canBe(t, map[reflect.Type]bool{}) }

func canBe(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] || isSpecial(t) {
		return true
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.Uintptr, reflect.UnsafePointer:
		return false
	case reflect.Interface:
		return t.NumMethod() == 0
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return canBe(t.Elem(), seen)
	case reflect.Map:
		return t.Key().Kind() == reflect.String && canBe(t.Elem(), seen)
	case reflect.Struct:
		for f := range t.Fields() {
			if name, _ := fieldName(f); f.IsExported() && name != "-" && !canBe(f.Type, seen) {
				return false
			}
		}
	}
	return true
}

// decodeExactly decodes a value into a Go type if the type can hold it unchanged.
func decodeExactly[T any](v Value) (out T, ok bool) {
	switch p := any(&out).(type) {
	case *string:
		*p, ok = v.Text()
		return out, ok && v.kind == KindS
	case *attributevalue.Number:
		text, _ := v.Text()
		*p = attributevalue.Number(text)
		return out, v.kind == KindN
	case *int64:
		text, _ := v.Text()
		*p, ok = decodeInt(text)
		return out, ok && v.kind == KindN
	case *float64:
		text, _ := v.Text()
		*p, ok = decodeFloat(text)
		return out, ok && v.kind == KindN
	case *[]byte:
		*p, ok = v.Bytes()
		return out, ok
	case *bool:
		*p, ok = v.Bool()
		return out, ok
	case *Value:
		*p = v
		return out, true
	case *any:
		*p = v.Any()
		return out, true
	case *map[string]any:
		*p, ok = v.Any().(map[string]any)
		return out, ok
	case *[]any:
		*p, ok = v.Any().([]any)
		return out, ok
	case *[]string:
		*p, ok = v.Any().([]string)
		return out, ok
	case *[]attributevalue.Number:
		*p, ok = v.Any().([]attributevalue.Number)
		return out, ok
	case *[][]byte:
		*p, ok = v.Any().([][]byte)
		return out, ok
	}
	return decodeMarshaled[T](v)
}

// decodeInt returns the integer that a decimal text denotes, and whether int64 holds it.
func decodeInt(text string) (int64, bool) {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, true
	}
	normal, err := wire.AppendNumber(nil, []byte(text))
	if err != nil {
		return 0, false
	}
	i, err := strconv.ParseInt(string(normal), 10, 64)
	return i, err == nil
}

// decodeFloat returns the float64 nearest to the number, and whether it is finite.
func decodeFloat(text string) (float64, bool) {
	f, err := strconv.ParseFloat(text, 64)
	if errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return f, err == nil && !math.IsInf(f, 0)
}

// decodeMarshaled decodes with attributevalue. Unlike attributevalue, an integer type
// takes 1E2 and 7.0. It does not take 12.5.
func decodeMarshaled[T any](v Value) (out T, ok bool) {
	if k := reflect.TypeFor[T]().Kind(); v.kind == KindN && k >= reflect.Int && k <= reflect.Uint64 {
		text, _ := v.Text()
		normal, err := wire.AppendNumber(nil, []byte(text))
		if err != nil {
			return out, false
		}
		v = Value{KindN, wire.AppendN(nil, string(normal))}
	}
	if v.Decode(&out) != nil {
		return out, false
	}
	held, err := attributevalue.Marshal(out)
	if err != nil {
		return out, false
	}
	if isScalar := v.kind <= KindNULL; isScalar { // a time can be written in other words
		h, err := ValueOf(held)
		return out, err == nil && h.kind == v.kind
	}
	return out, holds(held, v)
}

// valueLike returns the result of a typed function as a Value. If the input was a set and
// the result is a list of its members' data type, valueLike returns a set again.
func valueLike(result any, input Kind) (Value, error) {
	v, ok := result.(Value)
	if !ok {
		var err error
		if v, err = ValueOf(result); err != nil {
			return Value{}, err
		}
	}
	elem, wasSet := input.element()
	if !wasSet || v.kind != KindL {
		return v, nil
	}
	set := wire.NewSet(nil, wire.Kind(input))
	for _, element := range wire.ElementsOf(v.raw).All() {
		kind, quoted := wire.Payload(element)
		if Kind(kind) != elem {
			return Value{}, engine.ErrMember
		}
		set.Quoted(quoted)
	}
	return Value{input, set.Finish()}, nil
}

// fieldName returns the attribute name of a struct field, or "-" for none, as
// attributevalue derives it: from the dynamodbav tag, or else from the field's name.
func fieldName(f reflect.StructField) (name string, tagged bool) {
	name, _, _ = strings.Cut(f.Tag.Get("dynamodbav"), ",")
	if name == "" {
		return f.Name, false
	}
	return name, true
}
