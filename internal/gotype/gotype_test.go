package gotype

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type (
	low    struct{ A, Deep string }
	Mid    struct{ low }
	left   struct{ Name, Left string }
	right  struct{ Name, Right string }
	tagged struct {
		Other string `dynamodbav:"Name"`
	}
	Code string
)

// TestFields compares the fields with the names that attributevalue makes.
func TestFields(t *testing.T) {
	t.Parallel()
	for _, v := range []any{
		struct{}{},
		struct{ A, b string }{},
		struct {
			A string `dynamodbav:"-"`
			B string `dynamodbav:"-,omitempty"`
			C string `dynamodbav:",string"`
			D string `dynamodbav:"x.y"`
			E string `json:"other"`
		}{},
		struct{ low }{},
		struct{ Mid }{},
		struct {
			Mid
			A string
		}{},
		struct {
			left
			right
		}{},
		struct {
			left
			tagged
		}{},
		struct {
			tagged
			Name string
		}{},
		struct {
			left `dynamodbav:"l"`
			Mid  `dynamodbav:"m"`
		}{},
		struct {
			Mid
			low
		}{},
		struct{ *Mid }{&Mid{}},
		struct{ Code }{},
		struct {
			A string `dynamodbav:"n"`
			B string `dynamodbav:"n"`
		}{},
	} {
		av, err := attributevalue.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.Sorted(maps.Keys(av.(*types.AttributeValueMemberM).Value))
		var got []string
		for _, f := range Fields(reflect.TypeOf(v)) {
			got = append(got, f.Name)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%T has the fields %q, and attributevalue makes %q", v, got, want)
		}
	}
}

func TestHoldsName(t *testing.T) {
	t.Parallel()
	for _, key := range []reflect.Type{reflect.TypeFor[string](), reflect.TypeFor[Code]()} {
		if HoldsName(key) != nil {
			t.Errorf("%v holds every name", key)
		}
	}
	tests := []struct {
		key    reflect.Type
		name   string
		wanted bool
	}{
		{reflect.TypeFor[int](), "7", true},
		{reflect.TypeFor[int](), "-7", true},
		{reflect.TypeFor[int](), "007", false},
		{reflect.TypeFor[int](), "7.0", false},
		{reflect.TypeFor[int](), "", false},
		{reflect.TypeFor[int8](), "128", false},
		{reflect.TypeFor[uint](), "-1", false},
		{reflect.TypeFor[bool](), "true", true},
		{reflect.TypeFor[bool](), "TRUE", false},
		{reflect.TypeFor[float32](), "1.5", true},
		{reflect.TypeFor[float32](), "NaN", true},
		{reflect.TypeFor[float32](), "1e99", false},
		{reflect.TypeFor[attributevalue.Number](), "1.50", true},
	}
	for _, tt := range tests {
		if got := HoldsName(tt.key)(tt.name); got != tt.wanted {
			t.Errorf("%v and %q: %v", tt.key, tt.name, got)
		}
	}
}
