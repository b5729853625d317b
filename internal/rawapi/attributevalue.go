package rawapi

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/dynsync/dynsync/internal/wire"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Errors of values that can't be encoded. They hold no values.
var (
	errNilValue     = errors.New("an attribute value is nil")
	errNullFalse    = errors.New("a NULL attribute value is not true")
	errNotValidated = errors.New("not a valid attribute value")
)

// AppendItem appends an item as DynamoDB JSON, its attributes sorted by name.
// A nil value, or one of a type the SDK does not declare, is an error, and dst
// is returned as it was. What is appended is JSON, but not necessarily an item
// DynamoDB takes: numbers are copied as they are.
func AppendItem(dst []byte, item map[string]types.AttributeValue) ([]byte, error) {
	return appendMap(dst, item, 0)
}

// AppendAttributeValue appends a value as DynamoDB JSON, {"S":"text"} for
// example. Its errors are those of AppendItem.
func AppendAttributeValue(dst []byte, v types.AttributeValue) ([]byte, error) {
	return appendValue(dst, v, 1)
}

// appendMap appends a map that stands at the given depth, 0 for an item. The
// limit also ends maps and lists that contain themselves.
func appendMap(dst []byte, m map[string]types.AttributeValue, depth int) ([]byte, error) {
	if depth >= wire.MaxDepth {
		return dst, wire.ErrDepth
	}
	out := append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			out = append(out, ',')
		}
		out = wire.AppendQuote(out, name)
		out = append(out, ':')
		var err error
		if out, err = appendValue(out, m[name], depth+1); err != nil {
			return dst, err
		}
	}
	return append(out, '}'), nil
}

func appendList(dst []byte, l []types.AttributeValue, depth int) ([]byte, error) {
	if depth >= wire.MaxDepth {
		return dst, wire.ErrDepth
	}
	out := append(dst, '[')
	for i, v := range l {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendValue(out, v, depth+1); err != nil {
			return dst, err
		}
	}
	return append(out, ']'), nil
}

// appendValue appends a value that stands at the given depth; an attribute's
// value stands at 1.
func appendValue(dst []byte, v types.AttributeValue, depth int) ([]byte, error) {
	if isNil(v) {
		return dst, errNilValue
	}
	var err error
	out := dst
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return wire.AppendS(dst, v.Value), nil
	case *types.AttributeValueMemberN:
		return append(wire.AppendQuote(append(dst, `{"N":`...), v.Value), '}'), nil
	case *types.AttributeValueMemberB:
		return wire.AppendB(dst, v.Value), nil
	case *types.AttributeValueMemberBOOL:
		return wire.AppendBOOL(dst, v.Value), nil
	case *types.AttributeValueMemberNULL:
		if !v.Value {
			return dst, errNullFalse
		}
		return wire.AppendNULL(dst), nil
	case *types.AttributeValueMemberM:
		out, err = appendMap(append(dst, `{"M":`...), v.Value, depth)
	case *types.AttributeValueMemberL:
		out, err = appendList(append(dst, `{"L":`...), v.Value, depth)
	case *types.AttributeValueMemberSS:
		out = appendStrings(append(dst, `{"SS":[`...), v.Value)
	case *types.AttributeValueMemberNS:
		out = appendStrings(append(dst, `{"NS":[`...), v.Value)
	case *types.AttributeValueMemberBS:
		out = appendBinaries(append(dst, `{"BS":[`...), v.Value)
	default:
		return dst, fmt.Errorf("an attribute value is of unknown type %T", v)
	}
	if err != nil {
		return dst, err
	}
	return append(out, '}'), nil
}

// isNil reports whether there is no value: none at all, or a nil pointer.
func isNil(v types.AttributeValue) bool {
	if v == nil {
		return true
	}
	p := reflect.ValueOf(v)
	return p.Kind() == reflect.Pointer && p.IsNil()
}

// appendStrings appends the members of a set, and the array's end. Numbers are
// quoted like strings: whatever they hold, the result is JSON.
func appendStrings(dst []byte, members []string) []byte {
	for i, s := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.AppendQuote(dst, s)
	}
	return append(dst, ']')
}

func appendBinaries(dst []byte, members [][]byte) []byte {
	for i, b := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, b)
		dst = append(dst, '"')
	}
	return append(dst, ']')
}

// ItemMap decodes an item that package wire validated. It shares no memory with
// item. Strings hold lone surrogates in WTF-8.
func ItemMap(item []byte) (map[string]types.AttributeValue, error) {
	members := wire.ItemMembers(item)
	return decodeMembers(item, &members)
}

// AttributeValue decodes a value that package wire validated, {"S":"text"} for
// example. It shares no memory with value. Strings hold lone surrogates in
// WTF-8.
func AttributeValue(value []byte) (types.AttributeValue, error) {
	switch kind := wire.KindOf(value); kind {
	case wire.S:
		text, _ := wire.DecodeText(value)
		return &types.AttributeValueMemberS{Value: text}, nil
	case wire.N:
		text, _ := wire.DecodeText(value)
		return &types.AttributeValueMemberN{Value: text}, nil
	case wire.B:
		return &types.AttributeValueMemberB{Value: wire.AppendBytes([]byte{}, value)}, nil
	case wire.BOOL:
		return &types.AttributeValueMemberBOOL{Value: wire.BoolOf(value)}, nil
	case wire.NULL:
		return &types.AttributeValueMemberNULL{Value: true}, nil
	case wire.M:
		members := wire.MembersOf(value)
		m, err := decodeMembers(value, &members)
		return &types.AttributeValueMemberM{Value: m}, err
	case wire.L:
		l, err := decodeList(value)
		return &types.AttributeValueMemberL{Value: l}, err
	case wire.SS:
		return &types.AttributeValueMemberSS{Value: decodeStrings(value)}, nil
	case wire.NS:
		return &types.AttributeValueMemberNS{Value: decodeStrings(value)}, nil
	case wire.BS:
		return decodeBinaries(value)
	default:
		return nil, errNotValidated
	}
}

func decodeMembers(text []byte, members *wire.Members) (map[string]types.AttributeValue, error) {
	m := make(map[string]types.AttributeValue)
	for attr, ok := members.Next(); ok; attr, ok = members.Next() {
		v, err := AttributeValue(attr.Value.Of(text))
		if err != nil {
			return nil, err
		}
		m[unquote(attr.Name.Of(text))] = v
	}
	return m, nil
}

func decodeList(value []byte) ([]types.AttributeValue, error) {
	l := []types.AttributeValue{}
	elements := wire.ElementsOf(value)
	for e, ok := elements.Next(); ok; e, ok = elements.Next() {
		v, err := AttributeValue(e.Of(value))
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	return l, nil
}

func decodeStrings(value []byte) []string {
	set := []string{}
	members := wire.StringsOf(value)
	for s, ok := members.Next(); ok; s, ok = members.Next() {
		set = append(set, unquote(s.Of(value)))
	}
	return set
}

func decodeBinaries(value []byte) (types.AttributeValue, error) {
	set := [][]byte{}
	members := wire.StringsOf(value)
	for s, ok := members.Next(); ok; s, ok = members.Next() {
		text := wire.AppendUnquote(nil, s.Of(value))
		b := make([]byte, 0, base64.StdEncoding.DecodedLen(len(text)))
		b, err := base64.StdEncoding.AppendDecode(b, text)
		if err != nil {
			return nil, errNotValidated
		}
		set = append(set, b)
	}
	return &types.AttributeValueMemberBS{Value: set}, nil
}

func unquote(raw []byte) string { return string(wire.AppendUnquote(nil, raw)) }
