package dynsync

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Kind is the type of an attribute value, named as DynamoDB names it.
type Kind uint8

// The kinds of a value. KindInvalid is the kind of the zero [Value];
// KindMissing that of [MissingValue].
const (
	KindInvalid = Kind(wire.Invalid)
	KindS       = Kind(wire.S)
	KindN       = Kind(wire.N)
	KindB       = Kind(wire.B)
	KindBOOL    = Kind(wire.BOOL)
	KindNULL    = Kind(wire.NULL)
	KindM       = Kind(wire.M)
	KindL       = Kind(wire.L)
	KindSS      = Kind(wire.SS)
	KindNS      = Kind(wire.NS)
	KindBS      = Kind(wire.BS)
	KindMissing = KindBS + 1
)

// String returns DynamoDB's name of the kind ("S" … "BS"), "missing" or
// "invalid".
func (k Kind) String() string {
	if k == KindMissing {
		return "missing"
	}
	return wire.Kind(k).String()
}

// element returns the kind of the members of a set, and whether k is a set.
func (k Kind) element() (Kind, bool) {
	switch k {
	case KindSS:
		return KindS, true
	case KindNS:
		return KindN, true
	case KindBS:
		return KindB, true
	}
	return KindInvalid, false
}

func (k Kind) isContainer() bool { return k == KindM || k == KindL }

// A Value is one attribute value, held as the DynamoDB JSON it is on the wire:
// numbers are decimal text of any length and never pass through a float.
//
// The Go types of a value, both ways:
//
//	S   string                    SS  []string
//	N   attributevalue.Number     NS  []attributevalue.Number
//	B   []byte                    BS  [][]byte
//	BOOL bool                     L   []any
//	NULL nil                      M   map[string]any
//
// A Value is immutable and safe for concurrent use. The zero Value is invalid:
// a transformer that returns it fails the item. It is not the same as
// [MissingValue]. A Value that a callback receives borrows the item's bytes and
// is good until the callback returns; [Value.Clone] keeps it.
//
// Printing a Value, with any verb or by slog, shows its kind and size only.
type Value struct {
	kind Kind
	raw  []byte // the validated {"S":…} object; nil for invalid and missing
}

// MissingValue is the value of an attribute that is not there. A transformer
// that returns it removes the attribute; with [IfMissing] one receives it.
func MissingValue() Value { return Value{kind: KindMissing} }

// StringValue returns s as an S. Bytes of s that are not UTF-8 become U+FFFD,
// as in encoding/json, apart from encoded lone surrogates, which are kept.
func StringValue(s string) Value {
	return Value{KindS, wire.AppendS(make([]byte, 0, len(s)+len(`{"S":""}`)), s)}
}

// BytesValue returns b, which it copies, as a B.
func BytesValue(b []byte) Value { return Value{KindB, wire.AppendB(nil, b)} }

// BoolValue returns b as a BOOL.
func BoolValue(b bool) Value { return Value{KindBOOL, wire.AppendBOOL(nil, b)} }

// NullValue returns the value NULL, which is a value, unlike [MissingValue].
func NullValue() Value { return Value{KindNULL, wire.AppendNULL(nil)} }

// NumberValue returns the number with the given decimal text as an N. It is an
// error if the text is no number, has more than 38 significant digits, or lies
// outside DynamoDB's range (1E-130 to 9.99…E+125 and their negatives, and 0).
func NumberValue(text string) (Value, error) {
	if _, err := wire.AppendNumber(nil, []byte(text)); err != nil {
		return Value{}, fmt.Errorf("dynsync: not a DynamoDB number: %w", err)
	}
	return Value{KindN, wire.AppendN(make([]byte, 0, len(text)+len(`{"N":""}`)), text)}, nil
}

// ValueOf returns a Go value as a Value. Beside the types in the table of
// [Value] it takes a Value, a types.AttributeValue, integers and floats (the
// shortest decimal that reads back), json.Number, and whatever
// attributevalue.Marshal takes: structs with dynamodbav tags, for one.
// Maps and slices may nest these. The Value does not share memory with v.
//
// Errors name Go types, never values.
func ValueOf(v any) (Value, error) {
	switch v := v.(type) { // the commonest cannot be malformed
	case Value:
		if v.raw != nil {
			return v.Clone(), nil
		}
	case string:
		return StringValue(v), nil
	case bool:
		return BoolValue(v), nil
	}
	if text, ok := numberText(v); ok {
		return NumberValue(text)
	}
	raw, err := appendGo(nil, v)
	if err != nil {
		return Value{}, err
	}
	return newValue(raw)
}

// newValue takes ownership of the bytes of one value object.
func newValue(raw []byte) (Value, error) {
	if err := checkForm(raw); err != nil {
		return Value{}, err
	}
	return Value{Kind(wire.KindOf(raw)), raw}, nil
}

// checkForm validates a value object built from Go values.
func checkForm(raw []byte) error {
	if _, err := new(wire.Scanner).Value(raw); err != nil {
		return fmt.Errorf("dynsync: not a DynamoDB value: %w", err)
	}
	return nil
}

// appendGo appends the DynamoDB JSON of a Go value.
func appendGo(dst []byte, v any) ([]byte, error) {
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
		return appendGoMap(dst, v)
	case []any:
		return appendGoList(dst, v)
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

func appendGoMap(dst []byte, m map[string]any) ([]byte, error) {
	var err error
	dst = append(dst, `{"M":`...)
	if dst, err = appendMembers(dst, m); err != nil {
		return nil, err
	}
	return append(dst, '}'), nil
}

// appendMembers appends a map as a JSON object of value objects, names sorted.
func appendMembers(dst []byte, m map[string]any) ([]byte, error) {
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
		if dst, err = appendGo(dst, m[name]); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

func appendGoList(dst []byte, list []any) ([]byte, error) {
	var err error
	dst = append(dst, `{"L":[`...)
	for i, v := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendGo(dst, v); err != nil {
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

// MarshalDynamoDBAttributeValue lets a Value stand in a struct that
// attributevalue.Marshal takes.
func (v Value) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	if v.raw == nil {
		return nil, fmt.Errorf("dynsync: a Value of kind %v cannot be written", v.kind)
	}
	return rawapi.AttributeValue(v.raw)
}

// UnmarshalDynamoDBAttributeValue lets a Value stand in a struct that
// attributevalue.Unmarshal fills.
func (v *Value) UnmarshalDynamoDBAttributeValue(av types.AttributeValue) error {
	got, err := ValueOf(av)
	*v = got
	return err
}

// Kind returns the kind of v.
func (v Value) Kind() Kind { return v.kind }

// IsMissing reports whether v is [MissingValue].
func (v Value) IsMissing() bool { return v.kind == KindMissing }

// Clone returns a Value that owns its bytes.
func (v Value) Clone() Value {
	v.raw = bytes.Clone(v.raw)
	return v
}

// Text returns the string of an S or the decimal text of an N, and whether v
// is one of them. A lone surrogate, which DynamoDB allows and UTF-8 does not,
// stands in the string as its three bytes (WTF-8).
func (v Value) Text() (string, bool) {
	if v.kind != KindS && v.kind != KindN {
		return "", false
	}
	text, _ := wire.DecodeText(v.raw)
	return text, true
}

// AppendText appends what [Value.Text] returns to dst.
func (v Value) AppendText(dst []byte) ([]byte, bool) {
	if v.kind != KindS && v.kind != KindN {
		return dst, false
	}
	return wire.AppendText(dst, v.raw), true
}

// Bytes returns a copy of the bytes of a B, and whether v is one.
func (v Value) Bytes() ([]byte, bool) {
	if v.kind != KindB {
		return nil, false
	}
	return wire.AppendBytes([]byte{}, v.raw), true
}

// Bool returns the value of a BOOL, and whether v is one.
func (v Value) Bool() (value, ok bool) {
	return v.kind == KindBOOL && wire.BoolOf(v.raw), v.kind == KindBOOL
}

// Any returns v as the Go type of the table at [Value]; nil for NULL, and for
// an invalid or missing value.
func (v Value) Any() any {
	if v.raw == nil {
		return nil
	}
	return goValue(v.raw)
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
		m[nameOf(src, a)] = goValue(src[a.Value.Start:a.Value.End])
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

// nameOf returns the decoded name of an attribute of src.
func nameOf(src []byte, a wire.Attr) string {
	raw := src[a.Name.Start:a.Name.End]
	if !a.Escaped {
		return string(raw)
	}
	return string(wire.AppendUnquote(nil, raw))
}

// AttributeValue returns v as the SDK's type; nil for an invalid or missing
// value.
func (v Value) AttributeValue() types.AttributeValue {
	if v.raw == nil {
		return nil
	}
	av, err := rawapi.AttributeValue(v.raw)
	if err != nil { // v.raw was validated when v was made
		return nil
	}
	return av
}

// Decode stores v in the value that out points to, by the rules of
// attributevalue.Unmarshal. The error names Go types and kinds, not values.
func (v Value) Decode(out any) error {
	av := v.AttributeValue()
	if av == nil {
		return fmt.Errorf("dynsync: cannot decode a value of kind %v", v.kind)
	}
	if err := attributevalue.Unmarshal(av, out); err != nil {
		return &opaqueError{fmt.Sprintf("dynsync: cannot decode a value of kind %v into %T", v.kind, out), err}
	}
	return nil
}

// Equal reports whether v and w are the same value: numbers compare by value,
// sets without regard to order, maps without regard to the order of members.
func (v Value) Equal(w Value) bool {
	if v.raw == nil || w.raw == nil {
		return v.kind == w.kind
	}
	return bytes.Equal(v.raw, w.raw) || equalRaw(v.raw, w.raw)
}

func equalRaw(a, b []byte) bool {
	kind := wire.KindOf(a)
	if kind != wire.KindOf(b) {
		return false
	}
	switch kind {
	case wire.M:
		return equalMembers(a, b)
	case wire.L:
		return equalElements(a, b)
	case wire.SS, wire.NS, wire.BS:
		return slices.Equal(setKeys(a, kind), setKeys(b, kind))
	case wire.NULL:
		return true
	case wire.BOOL:
		return wire.BoolOf(a) == wire.BoolOf(b)
	}
	return scalarKey(a) == scalarKey(b)
}

// scalarKey returns the canonical form of an S, N or B.
func scalarKey(raw []byte) string {
	key, err := wire.AppendKey(nil, raw)
	if err != nil { // a number outside DynamoDB's range has only its text
		return string(raw)
	}
	return string(key)
}

func setKeys(raw []byte, kind wire.Kind) []string {
	letter := map[wire.Kind]string{wire.SS: "S", wire.NS: "N", wire.BS: "B"}[kind]
	var keys []string
	for it := wire.StringsOf(raw); ; {
		span, ok := it.Next()
		if !ok {
			slices.Sort(keys)
			return keys
		}
		keys = append(keys, scalarKey(slices.Concat([]byte(`{"`+letter+`":"`), raw[span.Start:span.End], []byte(`"}`))))
	}
}

func equalMembers(a, b []byte) bool {
	other := map[string][]byte{}
	for it := wire.MembersOf(b); ; {
		m, ok := it.Next()
		if !ok {
			break
		}
		other[nameOf(b, m)] = b[m.Value.Start:m.Value.End]
	}
	n := 0
	for it := wire.MembersOf(a); ; {
		m, ok := it.Next()
		if !ok {
			return n == len(other)
		}
		w, found := other[nameOf(a, m)]
		if !found || !equalRaw(a[m.Value.Start:m.Value.End], w) {
			return false
		}
		n++
	}
}

func equalElements(a, b []byte) bool {
	ia, ib := wire.ElementsOf(a), wire.ElementsOf(b)
	for {
		ea, oka := ia.Next()
		eb, okb := ib.Next()
		if oka != okb {
			return false
		}
		if !oka {
			return true
		}
		if !equalRaw(a[ea.Start:ea.End], b[eb.Start:eb.End]) {
			return false
		}
	}
}

// Format prints the kind and the size of v for every verb, so that a value
// cannot reach a log through fmt.
func (v Value) Format(f fmt.State, _ rune) { fmt.Fprint(f, v.summary()) }

// LogValue is what slog logs: the kind and the size of v.
func (v Value) LogValue() slog.Value { return slog.StringValue(v.summary()) }

func (v Value) summary() string {
	if v.raw == nil {
		return v.kind.String()
	}
	return fmt.Sprintf("%v(%d bytes)", v.kind, len(v.raw))
}

// DynamoDBJSON returns a copy of the value as DynamoDB JSON, {"S":"…"}; nil
// for an invalid or missing value.
func (v Value) DynamoDBJSON() []byte { return bytes.Clone(v.raw) }

// opaqueError has a text of its own and a cause that is never printed, since
// causes may quote values.
type opaqueError struct {
	text  string
	cause error
}

func (e *opaqueError) Error() string { return e.text }
func (e *opaqueError) Unwrap() error { return e.cause }

// decodeInt returns the integer that the decimal text of an N denotes, and
// whether it denotes one that int64 holds.
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

// decodeFloat returns the float64 nearest to the number, and whether it is
// finite.
func decodeFloat(text string) (float64, bool) {
	f, err := strconv.ParseFloat(text, 64)
	if errors.Is(err, strconv.ErrRange) {
		return 0, false
	}
	return f, err == nil && !math.IsInf(f, 0)
}
