// Package gotype knows which Go types attributevalue encodes and decodes, and how it names
// their fields and keys.
package gotype

import (
	"fmt"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// CheckIn reports that attributevalue cannot decode an attribute value into the type and
// encode it again. The error names the field at fault.
func CheckIn(t reflect.Type) error {
	return report((&checker{decodes: true, seen: map[reflect.Type]bool{}}).check(t, ""))
}

// CheckOut reports that attributevalue cannot encode the type. The error names the field at
// fault.
func CheckOut(t reflect.Type) error {
	return report((&checker{seen: map[reflect.Type]bool{}}).check(t, ""))
}

// DecodesItself reports whether a type decodes an attribute value of any data type by code
// of its own, or is a time.
func DecodesItself(t reflect.Type) bool {
	return isTime(t) || reflect.PointerTo(t).Implements(reflect.TypeFor[attributevalue.Unmarshaler]())
}

// HoldsNumber reports whether attributevalue takes a string type for a number, as it does
// json.Number.
func HoldsNumber(t reflect.Type) bool {
	type number interface {
		Float64() (float64, error)
		Int64() (int64, error)
		String() string
	}
	return t.Kind() == reflect.String && t.Implements(reflect.TypeFor[number]())
}

func isTime(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.ConvertibleTo(reflect.TypeFor[time.Time]())
}

// EncodesItself reports whether attributevalue calls code of the type's own. It finds
// methods of the pointer as well, where a value is addressable.
func EncodesItself(t reflect.Type) bool {
	marshaler := reflect.TypeFor[attributevalue.Marshaler]()
	return isTime(t) || t.Implements(marshaler) || t.Kind() == reflect.Struct && reflect.PointerTo(t).Implements(marshaler)
}

// A fault is a type that cannot be an attribute value, and where it stands.
type fault struct {
	field  string // as in Pets[*].Owner; "" for the whole type
	typ    reflect.Type
	reason string
}

func report(f *fault) error {
	switch {
	case f == nil:
		return nil
	case f.field == "":
		//lint:ignore ST1005 Go is a name
		return fmt.Errorf("Go type %v %s", f.typ, f.reason)
	}
	//lint:ignore ST1005 Go is a name
	return fmt.Errorf("Go type %v of field %s %s", f.typ, f.field, f.reason)
}

type checker struct {
	decodes bool                  // the type is decoded, too
	seen    map[reflect.Type]bool // types that hold themselves end here
}

// check returns the first fault of the type of a field.
func (c *checker) check(t reflect.Type, field string) *fault {
	if c.seen[t] || DecodesItself(t) && c.decodes || EncodesItself(t) && !c.decodes {
		return nil
	}
	c.seen[t] = true
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.Uintptr, reflect.UnsafePointer:
		return &fault{field, t, "cannot hold an attribute value"}
	case reflect.Interface:
		return c.checkInterface(t, field)
	case reflect.Pointer:
		return c.check(t.Elem(), field)
	case reflect.Slice, reflect.Array:
		return c.check(t.Elem(), field+"[*]")
	case reflect.Map:
		if !c.isKey(t.Key()) {
			return &fault{field, t, "cannot hold an attribute value, since its keys are neither strings, numbers nor booleans, nor have MarshalText and UnmarshalText"}
		}
		return c.check(t.Elem(), field+"[*]")
	case reflect.Struct:
		return c.checkFields(t, field)
	}
	return nil
}

func (c *checker) checkInterface(t reflect.Type, field string) *fault {
	switch {
	case t == reflect.TypeFor[types.AttributeValue]():
		return &fault{field, t, "is a struct to attributevalue: use a dynsync.Value"}
	case c.decodes && t.NumMethod() > 0:
		return &fault{field, t, "cannot hold an attribute value: it is not known which type to decode"}
	}
	return nil
}

func (c *checker) checkFields(t reflect.Type, field string) *fault {
	for _, f := range Fields(t) {
		name := f.Go
		if field != "" {
			name = field + "." + name
		}
		if f.hidden {
			return &fault{name, f.Type, "cannot be set, since it is embedded and not exported"}
		}
		if found := c.check(f.Type, name); found != nil {
			return found
		}
	}
	return nil
}
