// Package goform converts Go values to DynamoDB JSON and back.
package goform

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
)

// An Own returns the DynamoDB JSON of a value of the caller's own types, which attributevalue
// would take for structs without fields. It returns nil for a value of another type, and an
// error for one that has no DynamoDB JSON.
type Own func(v any) ([]byte, error)

// Append appends the DynamoDB JSON of a Go value.
func (own Own) Append(dst []byte, v any) ([]byte, error) { return own.appendNested(dst, v, 1) }

// AppendItem appends the DynamoDB JSON of an item, names sorted.
func (own Own) AppendItem(dst []byte, item map[string]any) ([]byte, error) {
	return own.appendMembers(wire.NewItem(dst), item, 0)
}

// appendNested appends a value that stands at the given depth, which ends maps
// and slices that contain themselves.
func (own Own) appendNested(dst []byte, v any, depth int) ([]byte, error) {
	if depth > wire.MaxDepth {
		return nil, wire.ErrDepth
	}
	switch v := v.(type) {
	case nil:
		return wire.AppendNULL(dst), nil
	case types.AttributeValue:
		return rawapi.AppendAttributeValue(dst, v)
	case string:
		return wire.AppendS(dst, v), nil
	case bool:
		return wire.AppendBOOL(dst, v), nil
	case []byte:
		return wire.AppendB(dst, v), nil
	case map[string]any:
		return own.appendMembers(wire.NewMap(dst), v, depth)
	case []any:
		return own.appendList(dst, v, depth)
	case []string:
		return appendStringSet(dst, v), nil
	case []attributevalue.Number:
		return appendNumberSet(dst, v)
	case [][]byte:
		return appendBinarySet(dst, v), nil
	}
	if text, ok := NumberText(v); ok {
		return appendNumber(dst, text)
	}
	if raw, err := own(v); err != nil || raw != nil {
		return append(dst, raw...), err
	}
	return appendMarshaled(dst, v)
}

// NumberText returns the decimal text of Go's number types. NaN and infinities
// give a text that is not a number.
func NumberText(v any) (string, bool) {
	switch v := v.(type) {
	case attributevalue.Number:
		return v.String(), true
	case json.Number:
		return v.String(), true
	case int:
		return strconv.FormatInt(int64(v), 10), true
	case int8:
		return strconv.FormatInt(int64(v), 10), true
	case int16:
		return strconv.FormatInt(int64(v), 10), true
	case int32:
		return strconv.FormatInt(int64(v), 10), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case uint:
		return strconv.FormatUint(uint64(v), 10), true
	case uint8:
		return strconv.FormatUint(uint64(v), 10), true
	case uint16:
		return strconv.FormatUint(uint64(v), 10), true
	case uint32:
		return strconv.FormatUint(uint64(v), 10), true
	case uint64:
		return strconv.FormatUint(v, 10), true
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32), true
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), true
	}
	return "", false
}

func appendNumber(dst []byte, text string) ([]byte, error) {
	if err := CheckNumber(text); err != nil {
		return nil, err
	}
	return wire.AppendN(dst, text), nil
}

func appendStringSet(dst []byte, texts []string) []byte {
	set := wire.NewSet(dst, wire.SS)
	for _, text := range texts {
		set.Text(text)
	}
	return set.Finish()
}

func appendNumberSet(dst []byte, numbers []attributevalue.Number) ([]byte, error) {
	set := wire.NewSet(dst, wire.NS)
	for _, n := range numbers {
		if err := CheckNumber(n.String()); err != nil {
			return nil, err
		}
		set.Text(n.String())
	}
	return set.Finish(), nil
}

func appendBinarySet(dst []byte, binaries [][]byte) []byte {
	set := wire.NewSet(dst, wire.BS)
	for _, b := range binaries {
		set.Bytes(b)
	}
	return set.Finish()
}

// appendMembers appends a map, which stands at the given depth (0 for an item), names
// sorted.
func (own Own) appendMembers(w wire.MapWriter, m map[string]any, depth int) ([]byte, error) {
	return wire.FinishSorted(w, m, func(dst []byte, v any) ([]byte, error) {
		return own.appendNested(dst, v, depth+1)
	})
}

func (own Own) appendList(dst []byte, list []any, depth int) ([]byte, error) {
	w := wire.NewList(dst)
	for _, v := range list {
		w.Next()
		var err error
		if w.Dst, err = own.appendNested(w.Dst, v, depth+1); err != nil {
			return nil, err
		}
	}
	return w.Finish(), nil
}

// appendMarshaled appends what attributevalue makes of v. It leaves values within v to
// attributevalue's own rules.
func appendMarshaled(dst []byte, v any) ([]byte, error) {
	av, err := attributevalue.Marshal(v)
	if err != nil || av == nil { // nil of a type that has no data type, such as a channel
		return nil, NoForm(v)
	}
	return rawapi.AppendAttributeValue(dst, av)
}

// NoForm returns the error of a value whose type has no DynamoDB JSON.
func NoForm(v any) error {
	return fmt.Errorf("dynsync: Go type %T cannot be an attribute value", v)
}

// CheckNumber reports that DynamoDB does not take a text for a number.
func CheckNumber(text string) error {
	if _, err := wire.AppendNumber(nil, []byte(text)); err != nil {
		return fmt.Errorf("dynsync: not a DynamoDB number: %w", err)
	}
	return nil
}

// Of converts a validated value object to its Go type.
func Of(raw []byte) any {
	switch wire.KindOf(raw) {
	case wire.S:
		text, _ := wire.DecodeText(raw)
		return text
	case wire.N:
		text, _ := wire.DecodeText(raw)
		return attributevalue.Number(text)
	case wire.B:
		return wire.AppendBytes([]byte{}, raw)
	case wire.BOOL:
		return wire.BoolOf(raw)
	case wire.M:
		m := map[string]any{}
		for a := range wire.MembersOf(raw).All() {
			m[a.NameIn(raw)] = Of(a.Value.Of(raw))
		}
		return m
	case wire.L:
		list := []any{}
		for _, element := range wire.ElementsOf(raw).All() {
			list = append(list, Of(element))
		}
		return list
	case wire.SS:
		return stringsOf[string](raw)
	case wire.NS:
		return stringsOf[attributevalue.Number](raw)
	case wire.BS:
		return binariesOf(raw)
	}
	return nil
}

// stringsOf converts an SS or NS.
func stringsOf[T ~string](set []byte) []T {
	texts := []T{}
	for raw := range wire.StringsOf(set).All() {
		texts = append(texts, T(wire.AppendUnquote(nil, raw)))
	}
	return texts
}

func binariesOf(set []byte) [][]byte {
	binaries := [][]byte{}
	for raw := range wire.StringsOf(set).All() {
		binaries = append(binaries, wire.AppendBytes([]byte{}, wire.AppendRaw(nil, wire.B, raw)))
	}
	return binaries
}
