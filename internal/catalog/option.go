package catalog

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A Type is what an option's value is.
type Type string

// The types of options, as JSON has them.
const (
	Bool    Type = "boolean"
	Int     Type = "integer"
	Float   Type = "number"
	String  Type = "string"
	Strings Type = "array of strings"
)

// An Option describes an option of an anonymizer.
type Option struct {
	Name string
	Type Type
	Doc  string
	// Default is the value where the option is not given; nil for none.
	Default any
	// Enum are the legal values of a string, if there are only these.
	Enum []string
	// Min and Max are the legal range of a number, or of the number of strings.
	// Both are 0 where there is none.
	Min, Max float64
	// Required options have no default.
	Required bool
	// Keeps is what of a value stays where the option is given, and not false, 0 or
	// empty: the anonymizer may keep then, which it may not otherwise.
	Keeps string
	// Frees says that nothing of a value stays where the option is given, and all is
	// drawn.
	Frees bool
}

// Check returns v as the option has it (an int64, float64, bool, string or
// []string), or what is wrong with it.
func (s *Option) Check(v any) (any, error) {
	out, ok := s.Convert(v)
	if !ok {
		return nil, fmt.Errorf("%s must be of type %s", s.Name, s.Type)
	}
	size, ranged := 0.0, s.Min != 0 || s.Max != 0
	switch v := out.(type) {
	case int64:
		size = float64(v)
	case float64:
		size = v
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%s must be a finite number", s.Name)
		}
	case []string:
		size = float64(len(v))
	case string:
		ranged = false
		if len(s.Enum) > 0 && !slices.Contains(s.Enum, v) {
			return nil, fmt.Errorf("%s must be one of %s", s.Name, strings.Join(s.Enum, ", "))
		}
	}
	if ranged && (size < s.Min || size > s.Max) {
		return nil, fmt.Errorf("%s must be %v to %v", s.Name, s.Min, s.Max)
	}
	return out, nil
}

// Convert returns v as the option has it, and whether it is of the option's type.
func (s *Option) Convert(v any) (any, bool) {
	switch s.Type {
	case Bool:
		b, ok := v.(bool)
		return b, ok
	case Int:
		return toInt(v)
	case Float:
		return toFloat(v)
	case String:
		text, ok := v.(string)
		return text, ok
	}
	return toStrings(v)
}

func toInt(v any) (any, bool) {
	if text, ok := v.(json.Number); ok {
		n, err := strconv.ParseInt(string(text), 10, 64)
		return n, err == nil
	}
	switch v := reflect.ValueOf(v); {
	case v.CanInt():
		return v.Int(), true
	case v.CanUint():
		return int64(v.Uint()), v.Uint() <= math.MaxInt64
	case v.CanFloat():
		return int64(v.Float()), v.Float() == math.Trunc(v.Float()) && math.Abs(v.Float()) <= 1<<53
	}
	return nil, false
}

func toFloat(v any) (any, bool) {
	if text, ok := v.(json.Number); ok {
		f, err := text.Float64()
		return f, err == nil
	}
	switch v := reflect.ValueOf(v); {
	case v.CanInt():
		return float64(v.Int()), true
	case v.CanUint():
		return float64(v.Uint()), true
	case v.CanFloat():
		return v.Float(), true
	}
	return nil, false
}

func toStrings(v any) (any, bool) {
	switch v := v.(type) {
	case []string:
		return slices.Clone(v), true
	case []any:
		out := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, false
			}
			out[i] = s
		}
		return out, true
	}
	return nil, false
}
