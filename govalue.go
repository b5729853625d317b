package dynsync

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
)

// appendGo appends the DynamoDB JSON of a Go value.
func appendGo(dst []byte, v any) ([]byte, error) { return appendNested(dst, v, 1) }

// appendNested appends a value that stands at the given depth, which ends maps
// and slices that contain themselves.
func appendNested(dst []byte, v any, depth int) ([]byte, error) {
	if depth > wire.MaxDepth {
		return nil, wire.ErrDepth
	}
	switch v := v.(type) {
	case nil:
		return wire.AppendNULL(dst), nil
	case Value:
		if v.raw == nil {
			return nil, fmt.Errorf("dynsync: a Value of kind %v cannot be written", v.kind)
		}
		return append(dst, v.raw...), nil
	case types.AttributeValue:
		return rawapi.AppendAttributeValue(dst, v)
	case string:
		return wire.AppendS(dst, v), nil
	case bool:
		return wire.AppendBOOL(dst, v), nil
	case []byte:
		return wire.AppendB(dst, v), nil
	case map[string]any:
		return appendMembers(wire.NewMap(dst), v, depth)
	case []any:
		return appendGoList(dst, v, depth)
	case []string:
		return appendStringSet(dst, v), nil
	case []attributevalue.Number:
		return appendNumberSet(dst, v)
	case [][]byte:
		return appendBinarySet(dst, v), nil
	}
	if text, ok := numberText(v); ok {
		return appendNumber(dst, text)
	}
	return appendMarshaled(dst, v)
}

// numberText returns the decimal text of Go's number types. NaN and infinities
// give a text that is not a number.
func numberText(v any) (string, bool) {
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
	if err := checkNumber(text); err != nil {
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
		if err := checkNumber(n.String()); err != nil {
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
func appendMembers(w wire.MapWriter, m map[string]any, depth int) ([]byte, error) {
	return wire.FinishSorted(w, m, func(dst []byte, v any) ([]byte, error) {
		return appendNested(dst, v, depth+1)
	})
}

func appendGoList(dst []byte, list []any, depth int) ([]byte, error) {
	w := wire.NewList(dst)
	for _, v := range list {
		w.Next()
		var err error
		if w.Dst, err = appendNested(w.Dst, v, depth+1); err != nil {
			return nil, err
		}
	}
	return w.Finish(), nil
}

// appendMarshaled appends what attributevalue makes of v, with Values inside
// it left to attributevalue's own rules.
func appendMarshaled(dst []byte, v any) ([]byte, error) {
	av, err := attributevalue.Marshal(v)
	if err != nil || av == nil || isOwn(v) { // nil of a type that has no data type, such as a channel
		return nil, fmt.Errorf("dynsync: Go type %T cannot be an attribute value", v)
	}
	return rawapi.AppendAttributeValue(dst, av)
}

// isOwn reports whether v has a type of this package that attributevalue would take for a
// struct without fields.
func isOwn(v any) bool {
	switch v.(type) {
	case Record, *Record, Value, *Value, Flat, *Flat:
		return true
	}
	return false
}

// goValue converts a validated value object to its Go type.
func goValue(raw []byte) any {
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
			m[a.NameIn(raw)] = goValue(a.Value.Of(raw))
		}
		return m
	case wire.L:
		list := []any{}
		for _, element := range wire.ElementsOf(raw).All() {
			list = append(list, goValue(element))
		}
		return list
	case wire.SS:
		return goStrings[string](raw)
	case wire.NS:
		return goStrings[attributevalue.Number](raw)
	case wire.BS:
		return goBinaries(raw)
	}
	return nil
}

// goStrings converts an SS or NS.
func goStrings[T ~string](set []byte) []T {
	texts := []T{}
	for raw := range wire.StringsOf(set).All() {
		texts = append(texts, T(wire.AppendUnquote(nil, raw)))
	}
	return texts
}

func goBinaries(set []byte) [][]byte {
	binaries := [][]byte{}
	for raw := range wire.StringsOf(set).All() {
		binaries = append(binaries, wire.AppendBytes([]byte{}, wire.AppendRaw(nil, wire.B, raw)))
	}
	return binaries
}
