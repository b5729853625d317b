package dynsync

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/wire"
)

func TestFlatten(t *testing.T) {
	t.Parallel()
	rec, err := NewRecord([]byte(`{"Id":{"S":"1"},"user.email":{"S":"a"},"Tags":{"SS":["x","y"]},
		"Pets":{"M":{"Judith":{"M":{"Age":{"N":"12"}}},"none":{"M":{}}}},
		"Orders":{"L":[{"M":{"Email":{"S":"e"}}},{"L":[]},{"NULL":true}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := Flat{
		Values: map[string]any{
			`Id`:              "1",
			`"user.email"`:    "a",
			`Tags`:            []string{"x", "y"},
			`Pets.Judith.Age`: attributevalue.Number("12"),
			`Pets.none`:       map[string]any{},
			`Orders[0].Email`: "e",
			`Orders[1]`:       []any{},
			`Orders[2]`:       nil,
		},
		Kinds: map[string]Kind{
			`Id`: KindS, `"user.email"`: KindS, `Tags`: KindSS, `Pets.Judith.Age`: KindN,
			`Pets.none`: KindM, `Orders[0].Email`: KindS, `Orders[1]`: KindL, `Orders[2]`: KindNULL,
		},
	}
	if diff := cmp.Diff(want, rec.Flatten()); diff != "" {
		t.Errorf("Flatten (-want +got):\n%s", diff)
	}
}

func TestUnflattenRestoresTheItem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rec := itemGen(4).Draw(t, "item")
		back, err := rec.Flatten().Record()
		if err != nil {
			t.Fatalf("%s: %v", rec.DynamoDBJSON(), err)
		}
		if !back.Equal(rec) {
			t.Fatalf("%s came back as %s", rec.DynamoDBJSON(), back.DynamoDBJSON())
		}
	})
}

func TestUnflattenRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		flat   Flat
	}{
		{"a list with a hole", Flat{Values: map[string]any{"L[1]": "a"}}},
		{"a value where a map is", Flat{Values: map[string]any{"a": "x", "a.b": "y"}}},
		{"a map that is a list, too", Flat{Values: map[string]any{"a[0]": "x", "a.b": "y"}}},
		{"a kind that the Go value is not", Flat{Values: map[string]any{"a": "x"}, Kinds: map[string]Kind{"a": KindN}}},
		{"a Go value that is no attribute value", Flat{Values: map[string]any{"a": make(chan int)}}},
		{"a wildcard", Flat{Values: map[string]any{"a.*": "x"}}},
	}
	for _, tt := range tests {
		if rec, err := tt.flat.Record(); err == nil {
			t.Errorf("%s: %s", tt.reason, rec.DynamoDBJSON())
		}
	}
	_, err := Flat{Values: map[string]any{"a.*": "x"}}.Record()
	var pe *docpath.Error
	if !errors.As(err, &pe) {
		t.Errorf("a wildcard: %v, want a docpath.Error", err)
	}
}

// goGen draws a Go value of any kind, nested at most depth deep.
func goGen(t *rapid.T, depth int) any {
	kinds := 8
	if depth > 0 {
		kinds = 10
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "\xed\xa0\x80", "\"\\/\b\f\n\r\t\x00", "it's"})).Draw(t, "S")
	case 1:
		return numberGen().Draw(t, "N")
	case 2:
		return rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "B")
	case 3:
		return rapid.Bool().Draw(t, "BOOL")
	case 4:
		return nil
	case 5:
		return rapid.SliceOfNDistinct(rapid.String(), 1, 4, rapid.ID).Draw(t, "SS")
	case 6:
		return rapid.SliceOfNDistinct(numberGen(), 1, 4, func(n attributevalue.Number) string {
			v, err := NumberValue(n.String())
			if err != nil {
				t.Fatal(err)
			}
			key, err := wire.AppendKey(nil, v.raw)
			if err != nil {
				t.Fatal(err)
			}
			return string(key)
		}).Draw(t, "NS")
	case 7:
		return rapid.SliceOfNDistinct(rapid.SliceOfN(rapid.Byte(), 0, 8), 1, 4, func(b []byte) string { return string(b) }).Draw(t, "BS")
	case 8:
		m := map[string]any{}
		for range rapid.IntRange(0, 3).Draw(t, "members") {
			m[rapid.SampledFrom(names).Draw(t, "name")] = goGen(t, depth-1)
		}
		return m
	default:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "elements") {
			list = append(list, goGen(t, depth-1))
		}
		return list
	}
}

// numberGen generates numbers in DynamoDB's normal form: what Local and the
// service return, at the top level, for what was put.
func numberGen() *rapid.Generator[attributevalue.Number] {
	return rapid.Custom(func(t *rapid.T) attributevalue.Number {
		return attributevalue.Number(rapid.OneOf(
			rapid.StringMatching(`-?[1-9][0-9]{0,37}`),
			rapid.StringMatching(`-?0\.0{0,20}[1-9]`),
			rapid.StringMatching(`-?[1-9][0-9]{0,17}\.[0-9]{0,18}[1-9]`),
			rapid.SampledFrom([]string{"0", "1" + strings.Repeat("0", 125), "0." + strings.Repeat("0", 129) + "1", "9007199254740993", "-1"}),
		).Draw(t, "number"))
	})
}

// A Go value that is no item, or no value, is an error that names its type. None becomes
// an empty map.
func TestGoTypesThatAreNotValues(t *testing.T) {
	t.Parallel()
	rec := mustRecord(t, `{"Id":{"S":"1"}}`)
	for _, v := range []any{nil, 42, "canary", true, []string{"canary"}, rec, *rec, rec.Flatten(), StringValue("canary"), make(chan int)} {
		if made, err := NewRecord(v); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%T", v)) || leaks(err.Error()) {
			t.Errorf("NewRecord of %T: %v, %v", v, made, err)
		}
	}
	for _, v := range []any{rec, *rec, rec.Flatten(), map[string]any{"a": rec}} {
		if err := rec.Set("v", v); err == nil || !strings.Contains(err.Error(), "dynsync.") {
			t.Errorf("Set of %T: %v: %s", v, err, rec.DynamoDBJSON())
		}
	}
	for _, v := range []any{struct{ Id string }{"1"}, &struct{ Id string }{"1"}, map[string]string{"Id": "1"}} {
		if made, err := NewRecord(v); err != nil || !made.Equal(rec) {
			t.Errorf("NewRecord of %T: %v, %v", v, made, err)
		}
	}
}
