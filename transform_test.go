package dynsync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
)

// transformRow is one value under one rule at the path "v".
type transformRow struct {
	reason string
	t      Transformer
	in     any
	want   any    // a Go value, MissingValue(), or defaulted
	err    string // part of the item's error
}

// defaulted stands for "the default transformer took the value".
var defaulted = StringValue("default")

func (r transformRow) run(t *testing.T, def Transformer) {
	t.Helper()
	p := testPlan(t, WithTransform("v", r.t), WithDefaultTransform(def))
	rec, err := NewRecord(map[string]any{"Id": "1", "v": r.in})
	if err != nil {
		t.Fatal(err)
	}
	got, err := runPlan(p, rec)
	if r.err != "" {
		var item *ItemError
		if !errors.As(err, &item) || !strings.Contains(err.Error(), r.err) {
			t.Fatalf("error %v, want an ItemError with %q", err, r.err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	v, ok := got.Get("v")
	if !ok {
		v = MissingValue()
	}
	want, ok := r.want.(Value)
	if !ok {
		if want, err = ValueOf(r.want); err != nil {
			t.Fatal(err)
		}
	}
	if !v.Equal(want) {
		t.Fatalf("got %s, want %s", v.DynamoDBJSON(), want.DynamoDBJSON())
	}
}

func upper() Transformer {
	return Func(func(_ context.Context, s string) (string, error) { return strings.ToUpper(s), nil })
}

type animal struct {
	Name  string         `dynamodbav:"name"`
	Age   int            `dynamodbav:"age,omitempty"`
	Owner owner          `dynamodbav:"owner"`
	Toys  []toy          `dynamodbav:"toys"`
	Tags  []string       `dynamodbav:"tags,stringset,omitempty"`
	Any   map[string]any `dynamodbav:"any"`
}

type owner struct {
	Name string `dynamodbav:"name,omitempty"`
}

type toy struct{ Kind string }

type event struct {
	At   time.Time `dynamodbav:",omitempty"`
	Pair [2]string `dynamodbav:",omitempty"`
}

type ambiguous struct {
	A string `dynamodbav:"Email,omitempty"`
	B string `dynamodbav:"Email,omitempty"`
}

type taggedEmbedding struct {
	owner `dynamodbav:"owner"`
}

type tree map[string]tree

func rename(to string) Transformer {
	return Func(func(_ context.Context, a animal) (animal, error) {
		a.Name = to
		return a, nil
	})
}

func TestTransformers(t *testing.T) {
	t.Parallel()
	number := func(s string) attributevalue.Number { return attributevalue.Number(s) }
	isA := func(in Input) bool { s, _ := in.Value.Text(); return s == "a" }
	isB := func(in Input) bool { s, _ := in.Value.Text(); return s == "b" }
	prefix := func(p string) Transformer {
		return Func(func(_ context.Context, s string) (string, error) { return p + s, nil })
	}
	rows := []transformRow{
		{"a function of strings", upper(), "a", "A", ""},
		{"a function of strings and a number", upper(), 1, defaulted, ""},
		{"a function of strings over a set", upper(), []string{"a", "b"}, []string{"A", "B"}, ""},
		{"a function of strings and a map", upper(), map[string]any{"x": "a"}, map[string]any{"x": defaulted}, ""},
		{"a function of integers", Func(func(_ context.Context, n int64) (int64, error) { return n / 10 * 10, nil }), 34, 30, ""},
		{"an integer written with an exponent", Func(func(_ context.Context, n int64) (int64, error) { return n + 1, nil }), number("1E2"), 101, ""},
		{"an integer function and a fraction", Func(func(_ context.Context, n int64) (int64, error) { return n, nil }), number("12.5"), defaulted, ""},
		{"an integer function and 20 digits", Func(func(_ context.Context, n int64) (int64, error) { return n, nil }), number("12345678901234567890"), defaulted, ""},
		{"a small integer type and a large number", Func(func(_ context.Context, n int8) (int8, error) { return n, nil }), 300, defaulted, ""},
		{"a Number is exact", Func(func(_ context.Context, n attributevalue.Number) (attributevalue.Number, error) { return n + "1", nil }),
			number("1234567890123456789012345678901234567"), number("12345678901234567890123456789012345671"), ""},
		{"numbers over a set", Func(func(_ context.Context, n int) (int, error) { return n + 1, nil }), []attributevalue.Number{"1", "2"}, []attributevalue.Number{"2", "3"}, ""},
		{"a set as a Go slice", Func(func(_ context.Context, s []string) ([]string, error) { return append(s, "c"), nil }), []string{"a"}, []string{"a", "c"}, ""},
		{"a set through any", Func(func(_ context.Context, v any) (any, error) { return []any{"x", "y"}, nil }), []string{"a"}, []string{"x", "y"}, ""},
		{"a number set as a slice of ints", Func(func(_ context.Context, v any) (any, error) { return []int{1, 2}, nil }), []attributevalue.Number{"7"}, []attributevalue.Number{"1", "2"}, ""},
		{"a set that turns into strings and numbers", Func(func(_ context.Context, v any) (any, error) { return []any{"x", 1}, nil }), []string{"a"}, nil, "another data type"},
		{"a binary", Func(func(_ context.Context, b []byte) ([]byte, error) { return append(b, 9), nil }), []byte{1}, []byte{1, 9}, ""},
		{"a value", Func(func(_ context.Context, v Value) (Value, error) { return v, nil }), true, true, ""},
		{"a value that is missing is removed", Func(func(_ context.Context, v Value) (Value, error) { return MissingValue(), nil }), true, MissingValue(), ""},
		{"the zero Value", Func(func(_ context.Context, v string) (Value, error) { return Value{}, nil }), "a", nil, "invalid"},
		{"an emptied set", Func(func(_ context.Context, s []string) ([]string, error) { return nil, nil }), []string{"a"}, nil, "empty set"},
		{"equal members", Constant("x"), "a", "x", ""},
		{"equal members in a set", OnKind(KindSS, Each(Constant("x"))), []string{"a", "b"}, nil, "equal members"},
		{"numbers that are equal by value in a set", Func(func(_ context.Context, n any) (any, error) { return []attributevalue.Number{"1", "1.0"}, nil }), []attributevalue.Number{"7"}, nil, "equal members"},
		{"an error", Func(func(_ context.Context, s string) (string, error) { return "", errors.New("canary") }), "a", nil, "returned an error"},
		{"a panic", Func(func(_ context.Context, s string) (string, error) { panic("canary") }), "a", nil, "panicked"},
		{"a number out of range", Func(func(_ context.Context, s string) (float64, error) { return 1e200, nil }), "a", nil, "returned an error"},

		{"Constant", Constant(7), "a", 7, ""},
		{"Constant of nil", Constant(nil), "a", nil, ""},
		{"Remove", Remove(), "a", MissingValue(), ""},
		{"Passthrough", Passthrough(), "a", "a", ""},
		{"Reject", Reject(), "a", nil, "Reject"},

		{"Chain", Chain(upper(), upper()), "a", "A", ""},
		{"Chain over a set", Chain(upper(), upper()), []string{"a"}, []string{"A"}, ""},
		{"Chain whose second does not apply", Chain(Constant(1), upper()), "a", defaulted, ""},
		{"Chain that removes", Chain(Remove(), upper()), "a", MissingValue(), ""},
		{"FirstOf takes the second", FirstOf(OnKind(KindN, Constant(1)), upper()), "a", "A", ""},
		{"FirstOf without one that applies", FirstOf(OnKind(KindN, Constant(1)), OnKind(KindB, Constant(1))), "a", defaulted, ""},
		{"FirstOf divides a set", FirstOf(When(isA, upper()), prefix("x")), []string{"a", "b", "c"}, []string{"A", "xb", "xc"}, ""},
		{"FirstOf divides a set among three", FirstOf(When(isA, upper()), OnKind(KindN, Constant(nil)), When(isB, prefix("x")), Passthrough()), []string{"a", "b", "c"}, []string{"A", "xb", "c"}, ""},
		{"FirstOf removes members", FirstOf(When(isA, upper()), Remove()), []string{"a", "b", "c"}, []string{"A"}, ""},
		{"FirstOf keeps what is left", FirstOf(When(isA, OnKind(KindS, Remove())), upper()), []string{"a", "b"}, []string{"B"}, ""},
		{"FirstOf makes no set of the others", FirstOf(When(isA, upper()), Constant(nil)), []string{"a", "b"}, nil, ""},
		{"FirstOf makes no set of the first", FirstOf(When(isA, OnKind(KindS, Constant(1))), upper()), []string{"a", "b"}, nil, "another data type"},
		{"FirstOf divides a set of numbers", FirstOf(Func(func(_ context.Context, n int8) (int8, error) { return n + 1, nil }), Passthrough()), []attributevalue.Number{"1", "300", "3"}, []attributevalue.Number{"2", "300", "4"}, ""},
		{"FirstOf that makes members equal", FirstOf(When(isA, OnKind(KindS, Constant("b"))), Passthrough()), []string{"a", "b"}, nil, "equal members"},
		{"FirstOf whose others do not apply to the rest", FirstOf(When(isA, upper()), OnKind(KindN, Constant(nil))), []string{"a", "b"}, nil, "equal members"},
		{"FirstOf that fails on a member", FirstOf(When(isA, OnKind(KindS, Reject())), upper()), []string{"a", "b"}, nil, "Reject"},
		{"OnKind", OnKind(KindS, Constant(1)), "a", 1, ""},
		{"OnKind of another kind", OnKind(KindN, Constant(1)), "a", defaulted, ""},
		{"When it holds", When(isA, upper()), "a", "A", ""},
		{"When it does not", When(isA, upper()), "b", defaulted, ""},
		{"When for members of a set", When(isA, upper()), []string{"a"}, []string{"A"}, ""},
		{"When for a set of which one member does not hold", When(isA, upper()), []string{"a", "b"}, nil, "equal members"},
		{"IfMissing and there is one", IfMissing(Constant(1)), "a", defaulted, ""},
		{"Each over a list", Each(upper()), []any{"a", 1, nil, []any{"b"}}, []any{"A", defaulted, defaulted, []any{defaulted}}, ""},
		{"Each over a map", Each(upper()), map[string]any{"x": "a", "y": true}, map[string]any{"x": "A", "y": defaulted}, ""},
		{"Each over a set", Each(upper()), []string{"a", "b"}, []string{"A", "B"}, ""},
		{"Each over a set of another kind", Each(upper()), []attributevalue.Number{"1"}, nil, "another data type"},
		{"Each and a string", Each(upper()), "a", defaulted, ""},
		{"Each that removes", Each(When(isA, Remove())), []any{"a", "b", "a"}, []any{defaulted}, ""},
		{"Delimited", Delimited("#", Passthrough(), upper()), "user#ann", "user#ANN", ""},
		{"Delimited with a part too many", Delimited("#", Passthrough(), upper()), "user#ann#1", defaulted, ""},
		{"Delimited without the separator", Delimited("#", Passthrough(), upper()), "ann", defaulted, ""},
		{"Delimited and a part that does not apply", Delimited("#", When(isA, Passthrough()), upper()), "b#c", defaulted, ""},
		{"Delimited and a part that brings the separator", Delimited("#", Func(func(context.Context, string) (string, error) { return "x#y", nil }), upper()), "b#c", nil, "separator"},
		{"Delimited and a number", Delimited("#", Passthrough()), 1, defaulted, ""},

		{"a struct changes what it changes", rename("Max"),
			map[string]any{"name": "Rex", "age": number("3"), "owner": map[string]any{"name": "Ann"}},
			map[string]any{"name": "Max", "age": 3, "owner": map[string]any{"name": "Ann"}}, ""},
		{"a struct's undeclared members get the default", rename("Max"),
			map[string]any{"name": "Rex", "secret": "x", "skip": "y", "owner": map[string]any{"name": "Ann", "ssn": "1"}, "toys": []any{map[string]any{"Kind": "ball", "serial": "7"}}},
			map[string]any{"name": "Max", "secret": defaulted, "skip": defaulted, "owner": map[string]any{"name": "Ann", "ssn": defaulted}, "toys": []any{map[string]any{"Kind": "ball", "serial": defaulted}}}, ""},
		{"a struct's field does not take a member of another case", rename("Max"),
			map[string]any{"NAME": "Rex"}, map[string]any{"name": "Max", "NAME": defaulted}, ""},
		{"a struct keeps a set", rename("Max"),
			map[string]any{"name": "Rex", "tags": []string{"a"}}, map[string]any{"name": "Max", "tags": []string{"a"}}, ""},
		{"a struct and a string", rename("Max"), "Rex", defaulted, ""},
		{"a pointer to a struct", Func(func(_ context.Context, a *owner) (*owner, error) { a.Name = "Max"; return a, nil }),
			map[string]any{"name": "Rex", "NAME": "x"}, map[string]any{"name": "Max", "NAME": defaulted}, ""},
		{"structs in a list that grows", Func(func(_ context.Context, l []toy) ([]toy, error) { return append(l, toy{"new"}), nil }),
			[]any{map[string]any{"Kind": "ball", "serial": 7}}, []any{map[string]any{"Kind": "ball", "serial": defaulted}, map[string]any{"Kind": "new"}}, ""},
		{"structs in a map", Func(func(_ context.Context, m map[string]toy) (map[string]toy, error) { return m, nil }),
			map[string]any{"a": map[string]any{"Kind": "ball", "serial": 7}}, map[string]any{"a": map[string]any{"Kind": "ball", "serial": defaulted}}, ""},
		{"what changes in an any leaves the rest of it exact", Func(func(_ context.Context, a animal) (animal, error) { a.Any["x"] = "y"; return a, nil }),
			map[string]any{"any": map[string]any{"x": "a", "big": number("12345678901234567890123456789012345678"), "set": []string{"s"}}},
			map[string]any{"any": map[string]any{"x": "y", "big": number("12345678901234567890123456789012345678"), "set": []string{"s"}}}, ""},
		{"a map where the field holds a time", Func(func(_ context.Context, e event) (event, error) { return e, nil }),
			map[string]any{"At": map[string]any{"email": "x"}}, map[string]any{"At": map[string]any{"email": defaulted}}, ""},
		{"a list that is longer than the array", Func(func(_ context.Context, e event) (event, error) { return e, nil }),
			map[string]any{"Pair": []any{"a", "b", "c"}}, map[string]any{"Pair": []any{defaulted, defaulted, defaulted}}, ""},
		{"two fields of one name hold nothing", Func(func(_ context.Context, e ambiguous) (ambiguous, error) { return e, nil }),
			map[string]any{"Email": "x"}, map[string]any{"Email": defaulted}, ""},
		{"an embedded struct with a tag is a field", Func(func(_ context.Context, e taggedEmbedding) (taggedEmbedding, error) { return e, nil }),
			map[string]any{"name": "x"}, map[string]any{"name": defaulted}, ""},
		{"a type that holds itself", Func(func(_ context.Context, e tree) (tree, error) { return e, nil }),
			map[string]any{"a": map[string]any{}}, map[string]any{"a": map[string]any{}}, ""},
		{"a list that an array cannot hold", Func(func(_ context.Context, e [2]string) ([2]string, error) { return e, nil }),
			[]any{"a", "b", "c"}, []any{defaulted, defaulted, defaulted}, ""},
		{"a struct whose field is of another kind", rename("Max"), map[string]any{"name": 1, "age": "x"}, map[string]any{"name": defaulted, "age": defaulted}, ""},
	}
	for _, row := range rows {
		t.Run(row.reason, func(t *testing.T) { row.run(t, Constant("default")) })
	}
}

// TestNothingFallsOpen is the table of TestTransformers again, with Passthrough
// as the default: where the default would take a value, the item fails.
func TestNothingFallsOpen(t *testing.T) {
	t.Parallel()
	isA := func(in Input) bool { s, _ := in.Value.Text(); return s == "a" }
	rows := []transformRow{
		{"a function of strings and a number", upper(), 1, nil, ""},
		{"a function of strings and a map", upper(), map[string]any{"x": "a"}, nil, ""},
		{"an integer function and a fraction", Func(func(_ context.Context, n int64) (int64, error) { return n, nil }), attributevalue.Number("1.5"), nil, ""},
		{"When it does not hold", When(isA, upper()), "b", nil, ""},
		{"OnKind of another kind", OnKind(KindN, Constant(1)), "a", nil, ""},
		{"FirstOf without one that applies", FirstOf(OnKind(KindN, Constant(1))), "a", nil, ""},
		{"Chain whose second does not apply", Chain(Constant(1), upper()), "a", nil, ""},
		{"Each and an element that does not apply", Each(upper()), []any{"a", 1}, nil, ""},
		{"Each and a string", Each(upper()), "a", nil, ""},
		{"Delimited with a part too many", Delimited("#", upper()), "a#b", nil, ""},
		{"IfMissing and there is one", IfMissing(Constant(1)), "a", nil, ""},
		{"a struct's undeclared members", rename("Max"), map[string]any{"name": "Rex", "secret": "x"}, nil, ""},
	}
	for _, row := range rows {
		row.err = "Passthrough"
		t.Run(row.reason, func(t *testing.T) { row.run(t, Passthrough()) })
	}
}

func TestFuncOfImpossibleTypes(t *testing.T) {
	t.Parallel()
	type bad struct{ C chan int }
	type ignored struct {
		C chan int `dynamodbav:"-"`
	}
	tests := []struct {
		reason string
		t      Transformer
		ok     bool
	}{
		{"a channel goes in", Func(func(context.Context, chan int) (string, error) { return "", nil }), false},
		{"a channel comes out", Func(func(context.Context, string) (chan int, error) { return nil, nil }), false},
		{"a complex number", Func(func(context.Context, complex128) (string, error) { return "", nil }), false},
		{"an interface with methods", Func(func(context.Context, fmt.Stringer) (string, error) { return "", nil }), false},
		{"a struct with a channel", Func(func(context.Context, bad) (bad, error) { return bad{}, nil }), false},
		{"a struct that leaves its channel out", Func(func(context.Context, ignored) (ignored, error) { return ignored{}, nil }), true},
		{"a map with other keys than strings", Func(func(context.Context, map[int]string) (string, error) { return "", nil }), true},
		{"no function", Func[string, string](nil), false},
		{"a function of an impossible type deep inside", Chain(Each(Func[chan int, string](nil))), false},
		{"no transformer", nil, false},
		{"a condition that is nil", When(nil, Constant(nil)), false},
		{"an empty chain", Chain(), false},
		{"a chain with nil in it", Chain(Constant(nil), nil), false},
		{"OnKind whose transformer never takes the kind", OnKind(KindBOOL, upper()), false},
		{"OnKind of no kind", OnKind(KindMissing, Constant(nil)), false},
		{"Delimited without a separator", Delimited("", Constant(nil)), false},
		{"Delimited without parts", Delimited("#"), false},
		{"Constant of an impossible type", Constant(make(chan int)), false},
		{"a function of any", Func(func(context.Context, any) (any, error) { return nil, nil }), true},
	}
	for _, tt := range tests {
		_, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination", WithTransform("a", tt.t)))
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}

func TestIfMissing(t *testing.T) {
	t.Parallel()
	p := testPlan(t,
		WithTransform("Country", FirstOf(IfMissing(Constant("DE")), upper())),
		WithTransform("Pets.Rex.Age", IfMissing(Constant(3))),
		WithDefaultTransform(Passthrough()))
	for _, tt := range []struct{ reason, in, want string }{
		{"it is missing", `{"Id":{"S":"1"}}`, `{"Id":{"S":"1"},"Country":{"S":"DE"}}`},
		{"it is there", `{"Id":{"S":"1"},"Country":{"S":"fr"}}`, `{"Id":{"S":"1"},"Country":{"S":"FR"}}`},
		{"its map is there", `{"Id":{"S":"1"},"Country":{"S":"fr"},"Pets":{"M":{"Rex":{"M":{}}}}}`,
			`{"Id":{"S":"1"},"Country":{"S":"FR"},"Pets":{"M":{"Rex":{"M":{"Age":{"N":"3"}}}}}}`},
	} {
		rec, err := NewRecord([]byte(tt.in))
		if err != nil {
			t.Fatal(err)
		}
		got, err := runPlan(p, rec)
		if err != nil {
			t.Fatalf("%s: %v", tt.reason, err)
		}
		if s := string(got.DynamoDBJSON()); s != tt.want {
			t.Errorf("%s: %s, want %s", tt.reason, s, tt.want)
		}
	}
	if _, err := New(WithSource(&nopClient{}), WithTable("Source", "Destination", WithTransform("a.*", IfMissing(Constant(nil))))); err == nil {
		t.Error("New took IfMissing at a wildcard")
	}
}

func TestTransformKeysOfAMap(t *testing.T) {
	t.Parallel()
	rec, err := NewRecord([]byte(`{"Id":{"S":"1"},"Contacts":{"M":{"ann":{"S":"x"},"b\u006fb":{"M":{"Age":{"N":"1"}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	p := testPlan(t, WithTransformKeys("Contacts", upper()), WithTransform("Contacts.ann", Remove()), WithTransform("Contacts.bob.Age", Constant(2)))
	got, err := runPlan(p, rec)
	if err != nil {
		t.Fatal(err)
	}
	if s, want := string(got.DynamoDBJSON()), `{"Id":{"S":"1"},"Contacts":{"M":{"BOB":{"M":{"Age":{"N":"2"}}}}}}`; s != want {
		t.Errorf("%s, want %s", s, want)
	}
	clash := testPlan(t, WithTransformKeys("Contacts", Constant("x")))
	if _, err := runPlan(clash, rec); err == nil || !strings.Contains(err.Error(), "became equal, because the transformer reads them alike") {
		t.Errorf("two equal names: %v", err)
	}
	empty := testPlan(t, WithTransformKeys("Contacts", Constant("")))
	if _, err := runPlan(empty, rec); err == nil {
		t.Error("an empty name was written")
	}
}

func TestKeyAttributes(t *testing.T) {
	t.Parallel()
	rec, err := NewRecord([]byte(`{"Id":{"S":"1"},"gsi":{"S":"g"},"ttl":{"N":"1700000000"},"x":{"S":"y"}}`))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		reason string
		opt    TableOption
		want   string // part of the item
		err    string
	}{
		{"keys and TTL pass a default", WithDefaultTransform(Constant("D")), `{"Id":{"S":"1"},"gsi":{"S":"D"},"ttl":{"N":"1700000000"},"x":{"S":"D"}}`, ""},
		{"keys and TTL pass a wildcard", WithTransform("*", Constant("D")), `{"Id":{"S":"1"},"gsi":{"S":"D"},"ttl":{"N":"1700000000"},"x":{"S":"D"}}`, ""},
		{"keys and TTL pass any depth", WithTransform("**.Id", Constant("D")), `"Id":{"S":"1"}`, ""},
		{"keys and TTL survive Remove", WithDefaultTransform(Remove()), `{"Id":{"S":"1"},"ttl":{"N":"1700000000"}}`, ""},
		{"a literal rule names the key", WithTransform("Id", Constant("2")), `"Id":{"S":"2"}`, ""},
		{"a key changes its type", WithTransform("Id", Constant(2)), "", "keeps its type, here S, and is never emptied; take a transformer that makes a value of this type"},
		{"a key is emptied", WithTransform("Id", Constant("")), "", "never emptied"},
		{"a key is removed", WithTransform("Id", Func(func(context.Context, string) (Value, error) { return MissingValue(), nil })), "", "removed"},
		{"a key's transformer does not apply", WithTransform("Id", OnKind(KindN, Constant(nil))), "", "does not apply to this key"},
		{"an index key changes its type", WithTransform("gsi", Constant(1)), "", "index byGsi"},
		{"an index key is emptied", WithTransform("gsi", Constant("")), "", "index byGsi"},
		{"an index key may be removed", WithTransform("gsi", Remove()), `{"Id":{"S":"1"},"ttl"`, ""},
		{"the TTL under a literal rule", WithTransform("ttl", Constant(5)), `"ttl":{"N":"5"}`, ""},
		{"a record transform changes a key's type", WithRecordTransform(func(_ context.Context, r *Record) error { return r.Set("Id", true) }), "", "keeps its type"},
		{"a record transform removes a key", WithRecordTransform(func(_ context.Context, r *Record) error { return r.Delete("Id") }), "", "removed"},
		{"a record transform empties an index key", WithRecordTransform(func(_ context.Context, r *Record) error { return r.Set("gsi", StringValue("")) }), "", "never empty"},
		{"a record transform leaves an empty set", WithRecordTransform(func(_ context.Context, r *Record) error {
			v, err := ValueOf([]string{})
			if err != nil {
				return err
			}
			return r.Set("set", v)
		}), "", "empty set"},
		{"a record transform fails", WithRecordTransform(func(context.Context, *Record) error { return errors.New("canary") }), "", "returned an error"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			p := testPlan(t, tt.opt)
			p.TTL = "ttl"
			got, err := runPlan(p, rec)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "canary") {
					t.Fatalf("error %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if s := string(got.DynamoDBJSON()); !strings.Contains(s, tt.want) {
				t.Errorf("%s, want %s", s, tt.want)
			}
		})
	}
}

// TestRulesMeetHalfway holds rules that meet in one place to what they promise.
func TestRulesMeetHalfway(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		item   string
		opts   []TableOption
		want   string // the item, or part of the error
	}{
		{"a rule for members of a set keeps the set", `{"Id":{"S":"1"},"v":{"SS":["a"]}}`, []TableOption{WithTransform("v[*]", Constant("x"))}, `{"Id":{"S":"1"},"v":{"SS":["x"]}}`},
		{"a rule for members of a set removes them", `{"Id":{"S":"1"},"v":{"SS":["a"]}}`, []TableOption{WithTransform("v[*]", Remove())}, `{"Id":{"S":"1"}}`},
		{"a default takes the members of a set", `{"Id":{"S":"1"},"v":{"SS":["a"]}}`, []TableOption{WithDefaultTransform(Constant("x"), KindS)}, `{"Id":{"S":"1"},"v":{"SS":["x"]}}`},
		{"a TTL attribute that is no number is like any other", `{"Id":{"S":"1"},"ttl":{"M":{"x":{"S":"a"}}}}`, []TableOption{WithDefaultTransform(Constant("D"))}, `{"Id":{"S":"1"},"ttl":{"M":{"x":{"S":"D"}}}}`},
		{"a default that may pass does not, below a rule", `{"Id":{"S":"1"},"v":{"S":"a"}}`, []TableOption{WithTransform("v", OnKind(KindN, Constant(nil))), WithDefaultTransform(FirstOf(Passthrough()))}, "may keep it"},
		{"a rule for names and one for the whole map", `{"Id":{"S":"1"},"v":{"M":{"a":{"S":"b"}}}}`, []TableOption{WithTransform("v", Each(Constant(nil))), WithTransformKeys("*", upper())}, "a rule for this map's keys"},
		{"a rule for names below one that does not apply", `{"Id":{"S":"1"},"p":{"M":{"v":{"M":{"a":{"S":"b"}}}}}}`, []TableOption{WithTransform("p", upper()), WithTransformKeys("**.v", upper()), WithDefaultTransform(Constant("D"))}, `{"Id":{"S":"1"},"p":{"M":{"v":{"M":{"A":{"S":"D"}}}}}}`},
		{"what is missing under a name that another member was given", `{"Id":{"S":"1"},"m":{"M":{"a":{"S":"x"}}}}`,
			[]TableOption{clearCopy(), WithTransformKeys("m", Constant("b")), WithTransform("m.b", IfMissing(Constant("new")))}, `{"Id":{"S":"1"},"m":{"M":{"b":{"S":"x"}}}}`},
		{"a removed member's name is free", `{"Id":{"S":"1"},"m":{"M":{"a":{"S":"x"},"b":{"S":"y"}}}}`,
			[]TableOption{clearCopy(), WithTransformKeys("m", Constant("n")), WithTransform("m.a", Remove())}, `{"Id":{"S":"1"},"m":{"M":{"n":{"S":"y"}}}}`},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			p := testPlan(t, tt.opts...)
			p.TTL = "ttl"
			got, err := runPlan(p, mustRecord(t, tt.item))
			switch {
			case err != nil && !strings.Contains(err.Error(), tt.want), err == nil && string(got.item) != tt.want:
				t.Errorf("%v %v, want %s", got, err, tt.want)
			}
		})
	}
}

// TestSwallowedErrorsLeaveNoTrace guards against a path that stayed where a
// transformer failed inside another one, which took the next attribute for
// another.
func TestSwallowedErrorsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	inner := Each(transformerFunc(func(context.Context, Input) (Value, error) { return Value{}, errors.New("no") }))
	swallow := transformerFunc(func(ctx context.Context, in Input) (Value, error) {
		if v, err := inner.Transform(ctx, in); err == nil {
			return v, nil
		}
		return StringValue("n/a"), nil
	})
	rec := mustRecord(t, `{"v":{"L":[{"S":"x"}]},"Id":{"S":"1"},"w":{"S":"abc"}}`)
	got, err := runPlan(testPlan(t, WithTransform("v", swallow)), rec)
	if err != nil {
		t.Fatal(err)
	}
	want, err := runPlan(testPlan(t, WithTransform("v", Constant("n/a"))), rec)
	if err != nil || !got.Equal(want) {
		t.Errorf("%s, want %s, %v", got.item, want.item, err)
	}
	if _, err := runPlan(testPlan(t, WithTransform("v", swallow), WithTransform("Id", Constant(7))), rec); err == nil {
		t.Error("the key changed its type")
	}
}

func TestErrorPathsHideUnknownNames(t *testing.T) {
	t.Parallel()
	p := testPlan(t, WithTransform("Known.*.Email", Passthrough()), WithDefaultTransform(Reject()))
	for _, tt := range []struct{ item, want string }{
		{`{"Id":{"S":"1"},"canary":{"S":"x"}}`, "path * (S)"},
		{`{"Id":{"S":"1"},"Known":{"M":{"canary":{"M":{"Email":{"S":"x"},"canary":{"N":"1"}}}}}}`, "path Known.*.* (N)"},
		{`{"Id":{"S":"1"},"Known":{"M":{"canary":{"L":[{"S":"x"}]}}}}`, "path Known.*[0] (S)"},
		{`{"Id":{"S":"1"},"gsi":{"S":"x"}}`, "path gsi (S)"},
	} {
		rec, err := NewRecord([]byte(tt.item))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = runPlan(p, rec); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, want %q", tt.item, err, tt.want)
		}
	}
}

func TestDefaultsByKind(t *testing.T) {
	t.Parallel()
	p := testPlan(t, WithDefaultTransform(Remove(), KindN), WithDefaultTransform(Constant(nil), KindBOOL), WithDefaultTransform(upper(), KindS))
	rec, err := NewRecord([]byte(`{"Id":{"S":"1"},"a":{"L":[{"N":"1"},{"BOOL":true},{"S":"x"},{"NULL":true}]},"n":{"NS":["1"]},"s":{"SS":["x","y"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := runPlan(p, rec)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Id":{"S":"1"},"a":{"L":[{"NULL":true},{"S":"X"},{"NULL":true}]},"s":{"SS":["X","Y"]}}`
	if s := string(got.DynamoDBJSON()); s != want {
		t.Errorf("%s, want %s", s, want)
	}
}

// TestCombinatorsDescribeWhatTheyAreMadeOf: what a description says of collisions and of
// the item is derived of the transformers within.
func TestCombinatorsDescribeWhatTheyAreMadeOf(t *testing.T) {
	t.Parallel()
	practical := func(bits int) Transformer {
		return describedTransformer{Description{Name: "practical", Kinds: []Kind{KindS}, Uniqueness: UniquenessPractical, Bits: bits}}
	}
	perItem := describedTransformer{Description{Name: "perItem", Kinds: []Kind{KindS}, PerItem: true}}
	always := func(Input) bool { return true }
	for i, tt := range []struct {
		t       Transformer
		bits    int
		perItem bool
	}{
		{Passthrough(), 0, false},
		{Pseudonym(), 0, true},
		{Template("{Name}"), 0, true},
		{Chain(practical(70), practical(65)), 65, false},
		{Chain(practical(0), Passthrough()), 128, false},
		{Delimited("#", Passthrough(), practical(256)), 256, false},
		{Delimited("#", practical(70), perItem), 70, true},
		{FirstOf(practical(70), practical(0)), 70, false},
		{When(always, practical(70)), 70, false},
		{OnKind(KindS, practical(70)), 70, false},
		{Each(perItem), 0, true},
		{Chain(), 0, false},
		{Chain(nil), 0, false},
	} {
		if d := describe(tt.t); d.Bits != tt.bits || d.PerItem != tt.perItem {
			t.Errorf("%d: %s(%s) has %d bits and is per item: %t", i, d.Name, d.Options, d.Bits, d.PerItem)
		}
	}
	folds := describedTransformer{Description{Name: "folds", Kinds: []Kind{KindS}, Canonical: func(text string) (string, bool) { return strings.ToLower(text), text != "!" }}}
	for _, tr := range []Transformer{Chain(folds, perItem), OnKind(KindS, folds)} {
		canonical := describe(tr).Canonical
		if canonical == nil {
			t.Fatalf("%s has no canonical form", describe(tr).Name)
		}
		if got, ok := canonical("A"); got != "a" || !ok {
			t.Errorf("%s: the canonical form is %q, %t", describe(tr).Name, got, ok)
		}
	}
	for _, tr := range []Transformer{Chain(Passthrough(), folds), FirstOf(folds, folds), When(always, folds)} {
		if describe(tr).Canonical != nil {
			t.Errorf("%s has a canonical form, and reads the text exactly", describe(tr).Name)
		}
	}
}
