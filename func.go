package dynsync

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/gotype"
	"github.com/dynsync/dynsync/internal/wire"
)

// Func returns a [Transformer] that calls a typed function. In and Out may be the Go
// types listed at [Value], integers, floats, Value, any, and every other type that
// attributevalue decodes and encodes: structs, pointers, arrays, times, types with
// methods of their own, maps whose keys are strings, numbers, booleans or have MarshalText
// and UnmarshalText. Out need not be decoded. [New] reports any other type and the field
// that has it, such as a channel. Several goroutines call fn at once.
//
// The transformer takes the data types that In can hold, and sets of these member by
// member. It does not apply ([ErrNotApplicable]) to a value that In cannot hold exactly,
// such as 12.5 for an integer or 300 for an int8. A float takes the nearest number. If
// the value is a set and fn returns a slice, the result is a set of the same data type.
//
// If In and Out are the same type and contain a struct or a map whose keys are not plain
// strings, directly or in a pointer, slice or map, only the attributes whose fields changed
// are replaced. A map member that no field declares goes to the default transformer, as
// does one whose name a key cannot hold exactly, such as 007 for an integer; if its name
// looks personal, the item fails. Map keys must match field names exactly. A list or set
// that a Go array cannot hold goes to the default transformer. A time stays as it is
// written, unless fn changes it. If fn shortens a list,
// dynsync cannot tell which elements are left: the result contains only what the structs
// declare.
//
// The class of the transformer is [ClassMayKeep], because dynsync cannot know what fn
// keeps of a value.
func Func[In, Out any](fn func(ctx context.Context, v In) (Out, error)) Transformer {
	in, out := reflect.TypeFor[In](), reflect.TypeFor[Out]()
	b := &builtin{desc: Description{Name: fmt.Sprintf("Func[%v, %v]", in, out), Kinds: kindsHeldBy(in)}}
	switch {
	case fn == nil:
		b.desc.Err = fmt.Errorf("%s needs a function", b.desc.Name)
	case gotype.CheckIn(in) != nil:
		b.desc.Err = fmt.Errorf("%s: %w", b.desc.Name, gotype.CheckIn(in))
	case out != reflect.TypeFor[types.AttributeValue]() && gotype.CheckOut(out) != nil:
		b.desc.Err = fmt.Errorf("%s: %w", b.desc.Name, gotype.CheckOut(out))
	}
	if shape := shapeOf(in, map[reflect.Type]*goShape{}); in == out && shape != nil {
		b.fn = func(ctx context.Context, input Input) (Value, error) { return transformStruct(ctx, input, shape, fn) }
		return b
	}
	b.fn = func(ctx context.Context, input Input) (Value, error) {
		v, ok := decodeExactly[In](input.Value)
		if !ok {
			return Value{}, inexact
		}
		result, err := fn(ctx, v)
		if err != nil {
			return Value{}, err
		}
		if out.Kind() == reflect.Struct { // methods of the pointer may encode it
			return valueLike(new(result), input.Value.kind)
		}
		return valueLike(any(result), input.Value.kind)
	}
	return b
}

var inexact = engine.DeclineAs("the Go type does not hold the value exactly")

// transformStruct applies fn, whose result has the type of its argument, and changes only
// what fn changed.
func transformStruct[In, Out any](ctx context.Context, in Input, shape *goShape, fn func(context.Context, In) (Out, error)) (Value, error) {
	var before In
	if decode(borrow(shape.appendDeclared(nil, in.Value.raw)), &before) != nil {
		return Value{}, inexact
	}
	was, err := marshal(&before) // before fn runs, since it may change what before points to
	if err != nil {
		return Value{}, err
	}
	after, err := fn(ctx, before)
	if err != nil {
		return Value{}, err
	}
	is, err := marshal(&after)
	if err != nil {
		return Value{}, err
	}
	return shape.merge(in, was, is)
}

// kindsHeldBy returns the data types that a Go type holds, or nil for all.
func kindsHeldBy(t reflect.Type) []Kind {
	switch t {
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
	}
	switch {
	case gotype.DecodesItself(t):
		return nil
	case gotype.HoldsNumber(t):
		return []Kind{KindN}
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
	case reflect.Struct, reflect.Map:
		return []Kind{KindM}
	}
	return nil
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
	if decode(v, &out) != nil {
		return out, false
	}
	if t := reflect.TypeFor[T](); gotype.DecodesItself(t) && !gotype.EncodesItself(t) {
		return out, true // what it holds, only its own code knows
	}
	held, err := marshal(&out)
	if err != nil {
		return out, false
	}
	if isScalar := v.kind <= KindNULL; isScalar { // a time can be written in other words
		h, err := ValueOf(held)
		return out, err == nil && h.kind == v.kind
	}
	return out, holds(held, v)
}

// decode decodes a value with attributevalue, which panics at a binary that is not as long
// as an array.
func decode(v Value, out any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(*reflect.ValueError); !ok {
				panic(p)
			}
			err = ErrNotApplicable
		}
	}()
	return v.Decode(out)
}

// marshal encodes a Go value with attributevalue, which calls methods of the pointer to a
// struct only if it is given one.
func marshal[T any](v *T) (types.AttributeValue, error) {
	if reflect.TypeFor[T]().Kind() == reflect.Struct {
		return attributevalue.Marshal(v)
	}
	return attributevalue.Marshal(*v)
}
