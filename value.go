package dynsync

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/goform"
	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/reason"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Kind is the data type of an attribute value. Its names are DynamoDB's.
type Kind uint8

// The data types. The zero Kind is that of the zero [Value], and KindMissing that of
// [MissingValue].
const (
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
	KindMissing = Kind(engine.Missing)
)

// String returns DynamoDB's name of the data type ("S" … "BS"), "missing" or "invalid".
func (k Kind) String() string {
	if k == KindMissing {
		return "missing"
	}
	return wire.Kind(k).String()
}

// element returns the data type of the members of a set, and whether k is a set.
func (k Kind) element() (Kind, bool) {
	switch k {
	case KindSS:
		return KindS, true
	case KindNS:
		return KindN, true
	case KindBS:
		return KindB, true
	}
	return 0, false
}

// A Value is one attribute value, held as DynamoDB JSON. Numbers are decimal text of any
// length; no method converts them to a float.
//
// The data types correspond to these Go types, in both directions:
//
//	S   string                    SS  []string
//	N   attributevalue.Number     NS  []attributevalue.Number
//	B   []byte                    BS  [][]byte
//	BOOL bool                     L   []any
//	NULL nil                      M   map[string]any
//
// A Value is immutable and safe for concurrent use. The zero Value is invalid, unlike
// [MissingValue]; a transformer that returns it fails the item. A Value that a callback
// receives borrows the item's bytes until the callback returns. [Value.Clone] keeps it.
//
// Printing a Value with any verb, or logging it with slog, shows its data type and size
// only.
type Value struct {
	kind Kind
	raw  []byte // the validated {"S":…} object; nil for invalid and missing
}

// MissingValue returns the value of an attribute that does not exist. A transformer
// returns it to remove the attribute. With [IfMissing] a transformer receives it.
func MissingValue() Value { return Value{kind: KindMissing} }

// StringValue returns s as an S. Bytes of s that are not UTF-8 become U+FFFD, as in
// encoding/json, except encoded lone surrogates, which are kept.
func StringValue(s string) Value {
	return Value{KindS, wire.AppendS(make([]byte, 0, len(s)+wire.TextOverhead), s)}
}

// NumberValue returns decimal text as an N. It returns an error if the text is not a
// number, has more than 38 significant digits, or is outside DynamoDB's range: 1E-130 to
// 9.99…E+125, their negatives, and 0.
func NumberValue(text string) (Value, error) {
	if err := goform.CheckNumber(text); err != nil {
		return Value{}, err
	}
	return Value{KindN, wire.AppendN(make([]byte, 0, len(text)+wire.TextOverhead), text)}, nil
}

// ValueOf returns a Go value as a Value. It takes the Go types listed at [Value], a
// Value, a types.AttributeValue, integers, floats (as the shortest decimal that reads
// back), json.Number, and every type that attributevalue.Marshal takes, such as structs
// with dynamodbav tags. Maps and slices may nest these. The Value does not share memory
// with v.
//
// It returns an error for any other type, and for a number outside DynamoDB's range.
// Errors name Go types, never values. Within a struct, and within maps and slices other
// than map[string]any and []any, attributevalue.Marshal leaves out what has no data type,
// such as a channel or a function, and so does ValueOf.
func ValueOf(v any) (Value, error) {
	switch v := v.(type) { // the commonest cannot be malformed
	case Value:
		if v.raw != nil {
			return v.Clone(), nil
		}
	case string:
		return StringValue(v), nil
	case bool:
		return Value{KindBOOL, wire.AppendBOOL(nil, v)}, nil
	}
	if text, ok := goform.NumberText(v); ok {
		return NumberValue(text)
	}
	raw, err := ownForm.Append(nil, v)
	if err != nil {
		return Value{}, err
	}
	return newValue(raw)
}

// valueLike returns the result of a typed function as a Value. If the input was a set and
// the result is a list of its members' data type, valueLike returns a set again.
func valueLike(result any, input Kind) (Value, error) {
	var v Value
	switch result := result.(type) {
	case Value:
		v = result
	case *Value:
		v = *result
	default:
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

// newValue takes ownership of the bytes of one value object and validates them.
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

// MarshalDynamoDBAttributeValue implements attributevalue.Marshaler, so that a struct may
// have fields of type Value. It returns an error for an invalid or missing value.
func (v Value) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	if v.raw == nil {
		return nil, fmt.Errorf("dynsync: a Value of kind %v cannot be written", v.kind)
	}
	return rawapi.AttributeValue(v.raw)
}

// UnmarshalDynamoDBAttributeValue implements attributevalue.Unmarshaler, so that a struct
// may have fields of type Value.
func (v *Value) UnmarshalDynamoDBAttributeValue(av types.AttributeValue) error {
	got, err := ValueOf(av)
	*v = got
	return err
}

// Kind returns the data type of v.
func (v Value) Kind() Kind { return v.kind }

// IsMissing reports whether v is [MissingValue].
func (v Value) IsMissing() bool { return v.kind == KindMissing }

// Clone returns a Value that owns its bytes.
func (v Value) Clone() Value {
	v.raw = bytes.Clone(v.raw)
	return v
}

// Text returns the string of an S or the decimal text of an N, and whether v is one of
// them. DynamoDB allows lone surrogates, which UTF-8 does not: the string contains such a
// surrogate as three bytes (WTF-8).
func (v Value) Text() (string, bool) {
	if v.kind != KindS && v.kind != KindN {
		return "", false
	}
	text, _ := wire.DecodeText(v.raw)
	return text, true
}

// AppendText appends the result of [Value.Text] to dst, and reports whether v is an S or
// N.
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

// Bool returns the boolean of a BOOL, and whether v is one.
func (v Value) Bool() (value, ok bool) {
	return v.kind == KindBOOL && wire.BoolOf(v.raw), v.kind == KindBOOL
}

// Any returns v as the Go type listed at [Value]. It returns nil for NULL and for an
// invalid or missing value.
func (v Value) Any() any {
	if v.raw == nil {
		return nil
	}
	return goform.Of(v.raw)
}

// AttributeValue returns v as the SDK's type, or nil for an invalid or missing value.
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

// Decode stores v in the value that out points to, as attributevalue.Unmarshal does.
// Numbers stored in an any are of type attributevalue.Number. The error names Go types
// and data types, not values.
func (v Value) Decode(out any) error {
	av := v.AttributeValue()
	if av == nil {
		return fmt.Errorf("dynsync: cannot decode a value of kind %v", v.kind)
	}
	if err := attributevalue.UnmarshalWithOptions(av, out, exactNumbers); err != nil {
		return &opaqueError{fmt.Sprintf("dynsync: cannot decode a value of kind %v into %T", v.kind, out), err}
	}
	return nil
}

// Format prints the data type and the size of v for every verb, so that fmt cannot print
// the value to a log.
func (v Value) Format(f fmt.State, _ rune) { reason.Print(f, v.summary()) }

// LogValue returns the data type and the size of v, for slog.
func (v Value) LogValue() slog.Value { return slog.StringValue(v.summary()) }

func (v Value) summary() string {
	if v.raw == nil {
		return v.kind.String()
	}
	return fmt.Sprintf("%v(%d bytes)", v.kind, len(v.raw))
}

// DynamoDBJSON returns a copy of v as DynamoDB JSON, such as {"S":"…"}, or nil for an
// invalid or missing value.
func (v Value) DynamoDBJSON() []byte { return bytes.Clone(v.raw) }

// opaqueError prints its own text and never its cause, because causes may quote values.
type opaqueError struct {
	text  string
	cause error
}

func (e *opaqueError) Error() string { return e.text }
func (e *opaqueError) Unwrap() error { return e.cause }

// Format prints what Error returns for every verb.
func (e *opaqueError) Format(f fmt.State, _ rune) { reason.Print(f, e.Error()) }

func exactNumbers(o *attributevalue.DecoderOptions) { o.UseNumber = true }

// Equal reports whether v and w are the same value. Numbers compare by value. The order
// of set members and of map members does not matter.
func (v Value) Equal(w Value) bool {
	if v.raw == nil || w.raw == nil {
		return v.kind == w.kind
	}
	return wire.Equal(v.raw, w.raw)
}

// quotedMembers returns the members of a set between their quotes.
func quotedMembers(set Value) [][]byte { return slices.Collect(wire.StringsOf(set.raw).All()) }

// setOf returns a set of members between their quotes.
func setOf(kind Kind, members [][]byte) Value {
	set := wire.NewSet(nil, wire.Kind(kind))
	for _, m := range members {
		set.Raw(m)
	}
	return Value{kind, set.Finish()}
}

// borrow returns validated bytes as a Value.
func borrow(raw []byte) Value { return Value{Kind(wire.KindOf(raw)), raw} }

func emptyKey(v Value) bool {
	_, payload := wire.Payload(v.raw)
	return (v.kind == KindS || v.kind == KindB) && len(payload) == len(`""`)
}

// rawItem returns an item of a Go value as DynamoDB JSON.
func rawItem(item any) ([]byte, error) {
	switch item := item.(type) {
	case map[string]types.AttributeValue:
		return rawapi.AppendItem(nil, item)
	case map[string]any:
		return ownForm.AppendItem(nil, item)
	case []byte:
		return bytes.Clone(item), nil
	case json.RawMessage:
		return bytes.Clone(item), nil
	}
	av, err := attributevalue.Marshal(item)
	m, ok := av.(*types.AttributeValueMemberM)
	if own, ownErr := formOf(item); err != nil || !ok || own != nil || ownErr != nil {
		return nil, &opaqueError{fmt.Sprintf("dynsync: Go type %T cannot be an item", item), err}
	}
	return rawapi.AppendItem(nil, m.Value)
}

// ownForm encodes Go values, those of this package among them.
var ownForm = goform.Own(formOf)

// formOf returns the DynamoDB JSON of a Value, nil for a type of another package, and an
// error for what has none.
func formOf(v any) ([]byte, error) {
	switch v := v.(type) {
	case Value:
		if v.raw == nil {
			return nil, fmt.Errorf("dynsync: a Value of kind %v cannot be written", v.kind)
		}
		return v.raw, nil
	case Record, *Record, *Value, Flat, *Flat:
		return nil, goform.NoForm(v)
	}
	return nil, nil
}
