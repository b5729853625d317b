package gotype

import (
	"encoding"
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// isKey reports whether attributevalue makes the name of a member of a map's key, and, if
// the checker decodes, the key of the name.
func (c *checker) isKey(t reflect.Type) bool {
	encodes := isScalar(t) || hasText(t)
	return encodes && (!c.decodes || isScalar(t) || readsText(t))
}

func isScalar(t reflect.Type) bool {
	switch k := t.Kind(); k {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64:
		return true
	default:
		return k >= reflect.Int && k <= reflect.Uint64
	}
}

func hasText(t reflect.Type) bool { return t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) }

func readsText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// HoldsName returns a function that reports whether the name of a member of a map is the
// same again after a key of the type held it: 7 is for an integer, 007 and x are not. It
// returns nil for keys that hold every name.
func HoldsName(key reflect.Type) func(name string) bool {
	if key.Kind() == reflect.String && !hasText(key) && !readsText(key) && !key.Implements(reflect.TypeFor[fmt.Stringer]()) && !key.Implements(reflect.TypeFor[fmt.Formatter]()) {
		return nil
	}
	t := reflect.MapOf(key, reflect.TypeFor[bool]())
	return func(name string) bool {
		one := &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{name: &types.AttributeValueMemberBOOL{Value: true}}}
		held := reflect.New(t)
		if attributevalue.Unmarshal(one, held.Interface()) != nil {
			return false
		}
		again, err := attributevalue.Marshal(held.Elem().Interface())
		if err != nil {
			return false
		}
		m, ok := again.(*types.AttributeValueMemberM)
		return ok && len(m.Value) == 1 && m.Value[name] != nil
	}
}
