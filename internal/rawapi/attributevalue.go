package rawapi

import (
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"

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
	out, err := appendMembers(wire.NewItem(dst), item, 0)
	if err != nil {
		return dst, err
	}
	return out, nil
}

// AppendAttributeValue appends a value as DynamoDB JSON, {"S":"text"} for
// example. Its errors are those of AppendItem.
func AppendAttributeValue(dst []byte, v types.AttributeValue) ([]byte, error) {
	out, err := appendValue(dst, v, 1)
	if err != nil {
		return dst, err
	}
	return out, nil
}

// appendMembers appends a map that stands at the given depth, 0 for an item. The
// limit also ends maps and lists that contain themselves.
func appendMembers(w wire.MapWriter, m map[string]types.AttributeValue, depth int) ([]byte, error) {
	if depth >= wire.MaxDepth {
		return nil, wire.ErrDepth
	}
	return wire.FinishSorted(w, m, func(dst []byte, v types.AttributeValue) ([]byte, error) {
		return appendValue(dst, v, depth+1)
	})
}

func appendElements(w wire.ListWriter, l []types.AttributeValue, depth int) ([]byte, error) {
	if depth >= wire.MaxDepth {
		return nil, wire.ErrDepth
	}
	for _, v := range l {
		w.Next()
		var err error
		if w.Dst, err = appendValue(w.Dst, v, depth+1); err != nil {
			return nil, err
		}
	}
	return w.Finish(), nil
}

// appendValue appends a value that stands at the given depth; an attribute's
// value stands at 1.
func appendValue(dst []byte, v types.AttributeValue, depth int) ([]byte, error) {
	if isNil(v) {
		return nil, errNilValue
	}
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return wire.AppendS(dst, v.Value), nil
	case *types.AttributeValueMemberN:
		return wire.AppendN(dst, v.Value), nil
	case *types.AttributeValueMemberB:
		return wire.AppendB(dst, v.Value), nil
	case *types.AttributeValueMemberBOOL:
		return wire.AppendBOOL(dst, v.Value), nil
	case *types.AttributeValueMemberNULL:
		if !v.Value {
			return nil, errNullFalse
		}
		return wire.AppendNULL(dst), nil
	case *types.AttributeValueMemberM:
		return appendMembers(wire.NewMap(dst), v.Value, depth)
	case *types.AttributeValueMemberL:
		return appendElements(wire.NewList(dst), v.Value, depth)
	case *types.AttributeValueMemberSS:
		return appendStrings(wire.NewSet(dst, wire.SS), v.Value), nil
	case *types.AttributeValueMemberNS:
		return appendStrings(wire.NewSet(dst, wire.NS), v.Value), nil
	case *types.AttributeValueMemberBS:
		return appendBinaries(wire.NewSet(dst, wire.BS), v.Value), nil
	}
	return nil, fmt.Errorf("an attribute value is of unknown type %T", v)
}

// isNil reports whether there is no value: none at all, or a nil pointer.
func isNil(v types.AttributeValue) bool {
	if v == nil {
		return true
	}
	p := reflect.ValueOf(v)
	return p.Kind() == reflect.Pointer && p.IsNil()
}

// appendStrings appends the members of a set. Numbers are quoted like strings:
// whatever they hold, the result is JSON.
func appendStrings(w wire.SetWriter, members []string) []byte {
	for _, s := range members {
		w.Text(s)
	}
	return w.Finish()
}

func appendBinaries(w wire.SetWriter, members [][]byte) []byte {
	for _, b := range members {
		w.Bytes(b)
	}
	return w.Finish()
}

// ItemMap decodes an item that package wire validated. It shares no memory with
// item. Strings hold lone surrogates in WTF-8.
func ItemMap(item []byte) (map[string]types.AttributeValue, error) {
	return decodeMembers(item, wire.ItemMembers(item))
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
		m, err := decodeMembers(value, wire.MembersOf(value))
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

func decodeMembers(text []byte, members wire.Members) (map[string]types.AttributeValue, error) {
	m := make(map[string]types.AttributeValue)
	for a := range members.All() {
		v, err := AttributeValue(a.Value.Of(text))
		if err != nil {
			return nil, err
		}
		m[a.NameIn(text)] = v
	}
	return m, nil
}

func decodeList(value []byte) ([]types.AttributeValue, error) {
	l := []types.AttributeValue{}
	for _, element := range wire.ElementsOf(value).All() {
		v, err := AttributeValue(element)
		if err != nil {
			return nil, err
		}
		l = append(l, v)
	}
	return l, nil
}

func decodeStrings(value []byte) []string {
	set := []string{}
	for raw := range wire.StringsOf(value).All() {
		set = append(set, unquote(raw))
	}
	return set
}

func decodeBinaries(value []byte) (types.AttributeValue, error) {
	set := [][]byte{}
	for raw := range wire.StringsOf(value).All() {
		text := wire.AppendUnquote(nil, raw)
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
