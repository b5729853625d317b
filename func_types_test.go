package dynsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// weekday is a map key with a text of its own.
type weekday int

func (d weekday) MarshalText() ([]byte, error) { return []byte([]string{"mon", "tue"}[d]), nil }

func (d *weekday) UnmarshalText(text []byte) error {
	switch string(text) {
	case "mon":
		*d = 0
	case "tue":
		*d = 1
	default:
		return errors.New("no weekday")
	}
	return nil
}

// level is a map key that prints as what it cannot be read from.
type level int

func (l level) String() string { return fmt.Sprintf("level %d", int(l)) }

// cents encodes itself as a string, by methods of the pointer.
type cents struct{ n int }

func (c *cents) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	return &types.AttributeValueMemberS{Value: fmt.Sprintf("%d ct", c.n)}, nil
}

func (c *cents) UnmarshalDynamoDBAttributeValue(av types.AttributeValue) error {
	s, ok := av.(*types.AttributeValueMemberS)
	if !ok {
		return errors.New("no string")
	}
	_, err := fmt.Sscanf(s.Value, "%d ct", &c.n)
	return err
}

// roman only decodes itself.
type roman struct{ n int }

func (r *roman) UnmarshalDynamoDBAttributeValue(av types.AttributeValue) error {
	s, ok := av.(*types.AttributeValueMemberS)
	if ok {
		r.n = len(s.Value)
	}
	return nil
}

// onlyOut only encodes itself, and holds what no attribute can.
type onlyOut struct {
	//lint:ignore U1000 it is not for use
	c chan int
}

func (onlyOut) MarshalDynamoDBAttributeValue() (types.AttributeValue, error) {
	return &types.AttributeValueMemberS{Value: "out"}, nil
}

type (
	stamp time.Time
	base  struct{ ID, Note string }
	Shown struct{ Shade string }
	node  struct {
		Value int
		Next  *node
	}
	treeNode struct {
		Name     string
		Children map[weekday]*treeNode
	}
	embeds struct {
		base
		*Shown
		Note int
	}
	times struct {
		At    time.Time
		Unix  time.Time `dynamodbav:",unixtime"`
		Ends  attributevalue.UnixTime
		Stamp stamp
		For   time.Duration
	}
	omits struct {
		A string         `dynamodbav:",omitempty"`
		P *int           `dynamodbav:",omitempty"`
		M map[int]string `dynamodbav:",omitempty"`
		N string         `dynamodbav:"-"`
		T int            `dynamodbav:",string"`
		S []int          `dynamodbav:",numberset,omitempty"`
	}
	arrays struct {
		ID    [4]byte
		Pair  [2]int
		Boxes [2]struct{ X int }
	}
	nested      []nested
	both[T any] struct {
		V T
		M map[int]T
	}
	years struct {
		Name   string         `dynamodbav:"name"`
		ByYear map[int]string `dynamodbav:"byYear"`
	}
)

// unchanged returns fn that returns what it gets.
func unchanged[T any]() Transformer {
	return Func(func(_ context.Context, v T) (T, error) { return v, nil })
}

// A function takes each Go type that attributevalue takes, and what it does not change
// stays as it was.
func TestFuncOfEveryType(t *testing.T) {
	t.Parallel()
	n := func(text string) attributevalue.Number { return attributevalue.Number(text) }
	tests := []struct {
		reason string
		t      Transformer
		in     any
	}{
		{"a map with int keys", unchanged[map[int]string](), map[string]any{"2024": "a", "-1": "b"}},
		{"int8", unchanged[map[int8]string](), map[string]any{"-128": "a"}},
		{"uint keys", unchanged[map[uint]int](), map[string]any{"0": n("1"), "7": n("2")}},
		{"uint64 keys", unchanged[map[uint64]string](), map[string]any{"18446744073709551615": "a"}},
		{"bool keys", unchanged[map[bool]string](), map[string]any{"true": "a", "false": "b"}},
		{"float keys", unchanged[map[float64]string](), map[string]any{"1.5": "a", "1e+21": "b"}},
		{"keys that are Numbers", unchanged[map[attributevalue.Number]string](), map[string]any{"1.50": "a"}},
		{"keys that are json.Numbers", unchanged[map[json.Number]string](), map[string]any{"1.50": "a"}},
		{"keys with a text of their own", unchanged[map[weekday]int](), map[string]any{"mon": n("1"), "tue": n("2")}},
		{"keys of a named string type", unchanged[map[Code]string](), map[string]any{"any-name": "x"}},
		{"structs by number", unchanged[map[int]owner](), map[string]any{"1": map[string]any{"name": "x"}}},
		{"maps of maps", unchanged[map[int]map[bool][]map[weekday]owner](), map[string]any{"1": map[string]any{"true": []any{map[string]any{"mon": map[string]any{"name": "x"}}}}}},
		{"a map with number keys in a struct", unchanged[years](), map[string]any{"name": "x", "byYear": map[string]any{"2024": "a"}}},
		{"a pointer to such a map", unchanged[*map[int]string](), map[string]any{"1": "a"}},
		{"structs that embed", unchanged[embeds](), map[string]any{"ID": "1", "Note": n("2"), "Shade": "red"}},
		{"structs that hold themselves", unchanged[node](), map[string]any{"Value": n("1"), "Next": map[string]any{"Value": n("2"), "Next": nil}}},
		{"maps that hold themselves", unchanged[treeNode](), map[string]any{"Name": "a", "Children": map[string]any{"tue": map[string]any{"Name": "b", "Children": nil}}}},
		{"pointers to pointers", unchanged[struct{ P **int }](), map[string]any{"P": n("1")}},
		{"a time", unchanged[time.Time](), "2024-01-15T10:00:00Z"},
		{"a type of a time", unchanged[stamp](), "2024-01-15T10:00:00Z"},
		{"Unix time", unchanged[attributevalue.UnixTime](), n("1700000000")},
		{"times in a struct", unchanged[times](), map[string]any{"At": "2024-01-15T10:00:00Z", "Unix": n("1700000000"), "Ends": n("1700000000"), "Stamp": "2024-01-15T10:00:00Z", "For": n("7")}},
		{"times in other words in a struct", unchanged[times](), map[string]any{"At": "2024-01-15T10:00:00.120Z", "Unix": n("1700000000"), "Ends": n("1700000000"), "Stamp": "2024-01-15T10:00:00.000000+00:00", "For": n("7")}},
		{"times in other words in a list", unchanged[[]struct{ At *time.Time }](), []any{map[string]any{"At": "2024-01-15T10:00:00.000Z"}, map[string]any{"At": nil}}},
		{"times in other words in a map", unchanged[map[int]time.Time](), map[string]any{"1": "2024-01-15T10:00:00.10+00:00"}},
		{"a number in a string in other words", unchanged[omits](), map[string]any{"T": "012"}},
		{"maps by what has a text of its own", unchanged[map[netip.Addr]map[time.Time]int](), map[string]any{"192.0.2.1": map[string]any{"2024-01-15T10:00:00Z": n("1")}, "2001:db8::1": map[string]any{}}},
		{"pointers to what is missing", unchanged[struct {
			A *string
			B *[]int
			C *map[bool]int
			D **owner
		}](), map[string]any{"A": nil, "B": []any{n("1")}, "C": map[string]any{"true": n("1")}, "D": map[string]any{"name": "x"}}},
		{"sets of a tag", unchanged[struct {
			S []string `dynamodbav:",stringset"`
			B [][]byte `dynamodbav:",binaryset,omitempty"`
			N []int64  `dynamodbav:",numberset"`
		}](), map[string]any{"S": []string{"a", "b"}, "B": [][]byte{{1}, {2}}, "N": []attributevalue.Number{"1", "2"}}},
		{"lists that hold themselves", unchanged[nested](), []any{[]any{}, []any{[]any{}}}},
		{"types with parameters", unchanged[both[both[int]]](), map[string]any{"V": map[string]any{"V": n("1"), "M": map[string]any{"2": n("3")}}, "M": map[string]any{}}},
		{"arrays of arrays by number", unchanged[map[uint16][2][2]int](), map[string]any{"65": []any{[]any{n("1"), n("2")}, []any{n("3"), n("4")}}}},
		{"omitted fields", unchanged[omits](), map[string]any{"T": "12"}},
		{"omitted fields that are there", unchanged[omits](), map[string]any{"A": "", "P": n("0"), "M": map[string]any{"1": "a"}, "T": "12", "S": []attributevalue.Number{"1", "2"}}},
		{"arrays", unchanged[arrays](), map[string]any{"ID": []byte{1, 2, 3, 4}, "Pair": []any{n("1"), n("2")}, "Boxes": []any{map[string]any{"X": n("1")}, map[string]any{"X": n("2")}}}},
		{"an array of bytes", unchanged[[4]byte](), []byte{1, 2, 3, 4}},
		{"any", unchanged[any](), map[string]any{"a": []any{n("12345678901234567890123456789012345678")}}},
		{"any in a struct", unchanged[struct{ X any }](), map[string]any{"X": map[string]any{"a": n("12345678901234567890123456789012345678")}}},
		{"a type with methods of its own", unchanged[cents](), "12 ct"},
		{"a pointer to one", unchanged[*cents](), "12 ct"},
		{"such types in a struct", unchanged[struct {
			C cents
			L []cents
		}](), map[string]any{"C": "12 ct", "L": []any{"1 ct", "2 ct"}}},
		{"a Value in a struct", unchanged[struct{ V Value }](), map[string]any{"V": n("1.5")}},
		{"sets of structs", unchanged[map[string]struct{}](), map[string]any{"a": map[string]any{}}},
	}
	for _, tt := range tests {
		row := transformRow{reason: tt.reason, t: tt.t, in: tt.in, want: tt.in}
		t.Run(tt.reason, func(t *testing.T) { row.run(t, Constant("default")) })
	}
}

// Code is a string, and no more.
type Code string

// A function changes what it changes, and what its types cannot hold exactly gets the
// default.
func TestFuncChangesWithinEveryType(t *testing.T) {
	t.Parallel()
	n := func(text string) attributevalue.Number { return attributevalue.Number(text) }
	rows := []transformRow{
		{"a map with int keys", Func(func(_ context.Context, m map[int]string) (map[int]string, error) {
			m[2024] += "!"
			m[7] = "new"
			return m, nil
		}), map[string]any{"2024": "a", "1": "b"}, map[string]any{"2024": "a!", "1": "b", "7": "new"}, ""},
		{"a member that is removed", Func(func(_ context.Context, m map[bool]int) (map[bool]int, error) {
			delete(m, true)
			return m, nil
		}), map[string]any{"true": n("1"), "false": n("0")}, map[string]any{"false": n("0")}, ""},
		{"names that no key holds exactly", unchanged[map[int]string](), map[string]any{"007": "a", "7": "b", "x": "c", "+1": "d"}, map[string]any{"007": defaulted, "7": "b", "x": defaulted, "+1": defaulted}, ""},
		{"such names in a struct", unchanged[years](), map[string]any{"name": "x", "byYear": map[string]any{"02024": "a"}}, map[string]any{"name": "x", "byYear": map[string]any{"02024": defaulted}}, ""},
		{"names of no weekday", unchanged[map[weekday]int](), map[string]any{"mon": n("1"), "sun": n("2")}, map[string]any{"mon": n("1"), "sun": defaulted}, ""},
		{"floats in other words", unchanged[map[float64]int](), map[string]any{"1.50": n("1"), "2": n("2")}, map[string]any{"1.50": defaulted, "2": n("2")}, ""},
		{"booleans in other words", unchanged[map[bool]int](), map[string]any{"T": n("1"), "true": n("2")}, map[string]any{"T": defaulted, "true": n("2")}, ""},
		{"keys that print as what they cannot be read from", unchanged[map[level]int](), map[string]any{"1": n("1")}, map[string]any{"1": defaulted}, ""},
		{"the outer field of a name counts", Func(func(_ context.Context, e embeds) (embeds, error) {
			e.Note++
			e.ID = "2"
			return e, nil
		}), map[string]any{"ID": "1", "Note": n("2"), "Shade": "red"}, map[string]any{"ID": "2", "Note": n("3"), "Shade": "red"}, ""},
		{"Unix time", Func(func(_ context.Context, e times) (times, error) {
			e.Unix = e.Unix.Add(time.Hour)
			return e, nil
		}), map[string]any{"Unix": n("1700000000"), "At": "2024-01-15T10:00:00Z", "Stamp": "2024-01-15T10:00:00Z", "Ends": n("1"), "For": n("7")},
			map[string]any{"Unix": n("1700003600"), "At": "2024-01-15T10:00:00Z", "Stamp": "2024-01-15T10:00:00Z", "Ends": n("1"), "For": n("7")}, ""},
		{"a list that is longer than an array, and changes", Func(func(_ context.Context, a arrays) (arrays, error) {
			a.Pair[0]++
			return a, nil
		}), map[string]any{"ID": []byte{1, 2, 3, 4}, "Pair": []any{n("1"), n("2"), n("3")}, "Boxes": []any{map[string]any{"X": n("1")}, map[string]any{"X": n("2")}}},
			map[string]any{"ID": []byte{1, 2, 3, 4}, "Pair": []any{defaulted, defaulted, defaulted}, "Boxes": []any{map[string]any{"X": n("1")}, map[string]any{"X": n("2")}}}, ""},
		{"a binary that is longer than an array", unchanged[[4]byte](), []byte{1, 2, 3, 4, 5}, defaulted, ""},
		{"a binary that is shorter", unchanged[struct{ ID [4]byte }](), map[string]any{"ID": []byte{1}}, map[string]any{"ID": defaulted}, ""},
		{"a type with methods of the pointer", Func(func(_ context.Context, c cents) (cents, error) { c.n *= 2; return c, nil }), "12 ct", "24 ct", ""},
		{"a type with methods, and another kind", unchanged[cents](), n("12"), defaulted, ""},
		{"a type that only decodes itself", Func(func(_ context.Context, r roman) (int, error) { return r.n, nil }), "xiv", 3, ""},
		{"a type that only encodes itself", Func(func(context.Context, string) (onlyOut, error) { return onlyOut{}, nil }), "x", "out", ""},
		{"an interface comes out", Func(func(context.Context, string) (fmt.Stringer, error) { return level(3), nil }), "x", n("3"), ""},
		{"a list of a set", Func(func(_ context.Context, l []level) ([]level, error) { l[0]++; return l, nil }), []attributevalue.Number{"1"}, []attributevalue.Number{"2"}, ""},
	}
	for _, row := range rows {
		t.Run(row.reason, func(t *testing.T) { row.run(t, Constant("default")) })
	}
}

// New names the field whose type cannot be an attribute value.
func TestFuncNamesTheField(t *testing.T) {
	t.Parallel()
	type deep struct{ C chan int }
	type hidden struct{ *base }
	tests := []struct {
		t    Transformer
		want string // "" if New takes it
	}{
		{unchanged[chan int](), "Go type chan int cannot hold an attribute value"},
		{unchanged[struct{ F func() }](), "Go type func() of field F cannot hold"},
		{unchanged[struct{ A struct{ B []deep } }](), "Go type chan int of field A.B[*].C cannot hold"},
		{unchanged[struct{ M map[int]*deep }](), "of field M[*].C cannot hold"},
		{unchanged[[]complex128](), "Go type complex128 of field [*] cannot hold"},
		{unchanged[struct{ P uintptr }](), "Go type uintptr of field P cannot hold"},
		{unchanged[struct{ deep }](), "of field C cannot hold"},
		{unchanged[struct{ M map[[2]int]string }](), "Go type map[[2]int]string of field M cannot hold an attribute value, since its keys"},
		{unchanged[struct{ M map[any]string }](), "of field M cannot hold an attribute value, since its keys"},
		{unchanged[struct{ S fmt.Stringer }](), "Go type fmt.Stringer of field S cannot hold"},
		{unchanged[struct{ V types.AttributeValue }](), "of field V is a struct to attributevalue: use a dynsync.Value"},
		{unchanged[hidden](), "of field base cannot be set, since it is embedded and not exported"},
		{unchanged[onlyOut](), ""},
		{unchanged[struct{ c chan int }](), ""},
		{unchanged[struct {
			C chan int `dynamodbav:"-"`
		}](), ""},
		{Func(func(context.Context, string) (struct{ C []chan int }, error) { panic("") }), "Go type chan int of field C[*] cannot hold"},
		{Func(func(context.Context, string) (map[*int]string, error) { panic("") }), "since its keys"},
		{Func(func(context.Context, string) ([]fmt.Stringer, error) { panic("") }), ""},
		{Func(func(context.Context, *node) (map[weekday]onlyOut, error) { panic("") }), ""},
	}
	for _, tt := range tests {
		_, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination", WithTransform("a", tt.t)))
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
}
