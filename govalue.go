package dynsync

import (
	"encoding/json"
	"fmt"
	"slices"
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
		return appendGoMap(dst, v, depth)
	case []any:
		return appendGoList(dst, v, depth)
	case []string:
		return appendSet(dst, "SS", v, func(b []byte, s string) []byte { return wire.AppendQuote(b, s) }), nil
	case []attributevalue.Number:
		return appendNumberSet(dst, v)
	case [][]byte:
		return appendSet(dst, "BS", v, appendQuotedBase64), nil
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
	v, err := NumberValue(text)
	if err != nil {
		return nil, err
	}
	return append(dst, v.raw...), nil
}

func appendNumberSet(dst []byte, numbers []attributevalue.Number) ([]byte, error) {
	for _, n := range numbers {
		if _, err := NumberValue(n.String()); err != nil {
			return nil, err
		}
	}
	return appendSet(dst, "NS", numbers, func(b []byte, n attributevalue.Number) []byte {
		return wire.AppendQuote(b, n.String())
	}), nil
}

func appendQuotedBase64(b, member []byte) []byte {
	value := wire.AppendB(nil, member)
	_, quoted := wire.Payload(value)
	return append(b, quoted...)
}

func appendSet[T any](dst []byte, kind string, members []T, appendMember func([]byte, T) []byte) []byte {
	dst = append(append(append(dst, `{"`...), kind...), `":[`...)
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendMember(dst, m)
	}
	return append(dst, "]}"...)
}

func appendGoMap(dst []byte, m map[string]any, depth int) ([]byte, error) {
	var err error
	dst = append(dst, `{"M":`...)
	if dst, err = appendMembers(dst, m, depth); err != nil {
		return nil, err
	}
	return append(dst, '}'), nil
}

// appendMembers appends a map, which stands at the given depth (0 for an item),
// as a JSON object of value objects, names sorted.
func appendMembers(dst []byte, m map[string]any, depth int) ([]byte, error) {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	var err error
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(wire.AppendQuote(dst, name), ':')
		if dst, err = appendNested(dst, m[name], depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

func appendGoList(dst []byte, list []any, depth int) ([]byte, error) {
	var err error
	dst = append(dst, `{"L":[`...)
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendNested(dst, v, depth+1); err != nil {
			return nil, err
		}
	}
	return append(dst, "]}"...), nil
}

// appendMarshaled appends what attributevalue makes of v, with Values inside
// it left to attributevalue's own rules.
func appendMarshaled(dst []byte, v any) ([]byte, error) {
	av, err := attributevalue.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("dynsync: Go type %T cannot be an attribute value", v)
	}
	return rawapi.AppendAttributeValue(dst, av)
}

// goValue converts a validated value object to its Go type.
func goValue(raw []byte) any {
	switch kind := wire.KindOf(raw); kind {
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
		return goMap(raw, wire.MembersOf(raw))
	case wire.L:
		list := []any{}
		for it := wire.ElementsOf(raw); ; {
			span, ok := it.Next()
			if !ok {
				return list
			}
			list = append(list, goValue(raw[span.Start:span.End]))
		}
	case wire.SS, wire.NS, wire.BS:
		return goSet(raw, kind)
	}
	return nil
}

func goMap(src []byte, it wire.Members) map[string]any {
	m := map[string]any{}
	for {
		a, ok := it.Next()
		if !ok {
			return m
		}
		m[a.NameIn(src)] = goValue(src[a.Value.Start:a.Value.End])
	}
}

func goSet(raw []byte, kind wire.Kind) any {
	strs, nums, bins := []string{}, []attributevalue.Number{}, [][]byte{}
	for it := wire.StringsOf(raw); ; {
		span, ok := it.Next()
		if !ok {
			break
		}
		quoted := raw[span.Start:span.End]
		switch kind {
		case wire.SS:
			strs = append(strs, string(wire.AppendUnquote(nil, quoted)))
		case wire.NS:
			nums = append(nums, attributevalue.Number(wire.AppendUnquote(nil, quoted)))
		default:
			member := slices.Concat([]byte(`{"B":"`), quoted, []byte(`"}`))
			bins = append(bins, wire.AppendBytes([]byte{}, member))
		}
	}
	switch kind {
	case wire.SS:
		return strs
	case wire.NS:
		return nums
	}
	return bins
}
