package dynsync

import (
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

func TestValueOf(t *testing.T) {
	t.Parallel()
	type pet struct {
		Name string `dynamodbav:"name"`
		Age  int
	}
	tests := []struct {
		reason string
		in     any
		want   string // DynamoDB JSON; "" for an error
		back   any    // what Any returns, if not in
	}{
		{"a string", "a", `{"S":"a"}`, nil},
		{"an empty string", "", `{"S":""}`, nil},
		{"a string that needs escapes", "\"\n\x00", `{"S":"\"\n\u0000"}`, nil},
		{"a lone surrogate stays one", "\xed\xa0\x80", `{"S":"\ud800"}`, nil},
		{"a 38-digit number stays text", attributevalue.Number("12345678901234567890123456789012345678"), `{"N":"12345678901234567890123456789012345678"}`, nil},
		{"an int", 7, `{"N":"7"}`, attributevalue.Number("7")},
		{"the largest uint64", uint64(math.MaxUint64), `{"N":"18446744073709551615"}`, attributevalue.Number("18446744073709551615")},
		{"a float", 0.1, `{"N":"0.1"}`, attributevalue.Number("0.1")},
		{"a float32 in its own digits", float32(0.1), `{"N":"0.1"}`, attributevalue.Number("0.1")},
		{"bytes", []byte{1, 2}, `{"B":"AQI="}`, nil},
		{"no bytes", []byte{}, `{"B":""}`, nil},
		{"a bool", true, `{"BOOL":true}`, nil},
		{"nil", nil, `{"NULL":true}`, nil},
		{"a map", map[string]any{"b": 1, "a": "x"}, `{"M":{"a":{"S":"x"},"b":{"N":"1"}}}`, map[string]any{"a": "x", "b": attributevalue.Number("1")}},
		{"a list", []any{"a", nil}, `{"L":[{"S":"a"},{"NULL":true}]}`, nil},
		{"a string set", []string{"a", ""}, `{"SS":["a",""]}`, nil},
		{"a number set", []attributevalue.Number{"1", "2.5"}, `{"NS":["1","2.5"]}`, nil},
		{"a binary set", [][]byte{{1}, {}}, `{"BS":["AQ==",""]}`, nil},
		{"a value", Value{KindBOOL, []byte(`{"BOOL":false}`)}, `{"BOOL":false}`, false},
		{"a value of the SDK", &types.AttributeValueMemberSS{Value: []string{"a"}}, `{"SS":["a"]}`, []string{"a"}},
		{"a struct", pet{"Rex", 3}, `{"M":{"Age":{"N":"3"},"name":{"S":"Rex"}}}`, map[string]any{"name": "Rex", "Age": attributevalue.Number("3")}},

		{"NaN is no number of DynamoDB", math.NaN(), "", nil},
		{"39 digits", attributevalue.Number("123456789012345678901234567890123456789"), "", nil},
		{"a number out of range", 1e300, "", nil},
		{"text that is no number", attributevalue.Number("1_000"), "", nil},
		{"the zero Value", Value{}, "", nil},
		{"a missing value", MissingValue(), "", nil},
		{"a bad number inside a map", map[string]any{"a": []any{math.Inf(1)}}, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			v, err := ValueOf(tt.in)
			if tt.want == "" {
				if err == nil {
					t.Fatalf("ValueOf = %s, want an error", v.DynamoDBJSON())
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := string(v.DynamoDBJSON()); got != tt.want {
				t.Fatalf("ValueOf = %s, want %s", got, tt.want)
			}
			want := tt.back
			if want == nil {
				want = tt.in
			}
			if diff := cmp.Diff(want, v.Any()); diff != "" {
				t.Fatalf("Any (-want +got):\n%s", diff)
			}
			if again, err := ValueOf(v.AttributeValue()); !strings.Contains(tt.want, `\ud800`) && (err != nil || !again.Equal(v)) {
				t.Fatalf("through the SDK's type: %s, %v", again.DynamoDBJSON(), err)
			}
		})
	}
}

// A Go type that has no data type is named, at any depth of the maps and lists of any.
func TestValueOfNamesTypesWithoutADataType(t *testing.T) {
	t.Parallel()
	for want, in := range map[string]any{"chan int": make(chan int), "func()": func() {}, "complex128": 1i, "uintptr": uintptr(1)} {
		want = "dynsync: Go type " + want + " cannot be an attribute value"
		for _, v := range []any{in, []any{in}, map[string]any{"a": map[string]any{"b": in}}} {
			if _, err := ValueOf(v); err == nil || err.Error() != want {
				t.Errorf("%T: %v, want %s", v, err, want)
			}
		}
		if _, err := New(WithTable("Source", "Destination", WithTransform("a", Constant(in)))); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("Constant: %v", err)
		}
	}
	v, err := ValueOf(struct {
		C chan int
		N int
	}{make(chan int), 1})
	if got := string(v.DynamoDBJSON()); err != nil || got != `{"M":{"N":{"N":"1"}}}` {
		t.Errorf("attributevalue leaves out a field without a data type: %s, %v", got, err)
	}
}

func TestValueEqual(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		a, b   any
		want   bool
	}{
		{"numbers by value", attributevalue.Number("1.50"), attributevalue.Number("15e-1"), true},
		{"a string is no number", "1", 1, false},
		{"sets in any order", []string{"a", "b"}, []string{"b", "a"}, true},
		{"number sets by value", []attributevalue.Number{"1", "2"}, []attributevalue.Number{"2.0", "1.0"}, true},
		{"binary sets in any order", [][]byte{{1}, {2}}, [][]byte{{2}, {1}}, true},
		{"lists in order", []any{"a", "b"}, []any{"b", "a"}, false},
		{"a longer list", []any{"a"}, []any{"a", "b"}, false},
		{"maps by member", map[string]any{"a": 1, "b": 2}, map[string]any{"b": 2.0, "a": 1}, true},
		{"a map with a member more", map[string]any{"a": 1}, map[string]any{"a": 1, "b": 2}, false},
		{"NULL", nil, nil, true},
		{"booleans", true, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			a, errA := ValueOf(tt.a)
			b, errB := ValueOf(tt.b)
			if errA != nil || errB != nil {
				t.Fatal(errA, errB)
			}
			if got := a.Equal(b); got != tt.want {
				t.Errorf("Equal = %v, want %v", got, tt.want)
			}
			if a.Equal(b) != b.Equal(a) {
				t.Error("Equal is not symmetric")
			}
		})
	}
	if (Value{}).Equal(MissingValue()) {
		t.Error("the zero Value equals a missing one")
	}
}

func TestPrintingShowsNoValue(t *testing.T) {
	t.Parallel()
	v, err := ValueOf(map[string]any{canary: canary})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := NewRecord(map[string]any{canary: canary, "Id": canary})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	logger.Info("x", "value", v, "record", rec)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&log, verb, v)
		fmt.Fprintf(&log, verb, rec)
		fmt.Fprintf(&log, verb, []Value{v})
		fmt.Fprintf(&log, verb, Failure{Key: rec})
	}
	if strings.Contains(log.String(), canary) || strings.Contains(log.String(), fmt.Sprintf("%x", canary)) {
		t.Errorf("printed: %s", log.String())
	}
}

func TestRecordSetAndDelete(t *testing.T) {
	t.Parallel()
	rec, err := NewRecord([]byte(`{"Id":{"S":"1"}, "Pets":{"M":{"Rex":{"M":{"Age":{"N":"3"}}}}}, "L":{"L":[{"S":"a"},{"S":"b"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	before, _ := rec.Get("Pets.Rex.Age")
	steps := []struct {
		path string
		v    any // nil deletes
		want string
	}{
		{"Pets.Rex.Age", 4, `"Age":{"N":"4"}`},
		{"Pets.Rex.Name", "Rex", `"Name":{"S":"Rex"}`},
		{"New", []string{"a"}, `"New":{"SS":["a"]}`},
		{"L[1]", "c", `{"S":"c"}`},
		{"L[0]", nil, `"L":{"L":[{"S":"c"}]}`},
	}
	for _, s := range steps {
		if s.v == nil {
			err = rec.Delete(s.path)
		} else {
			v, verr := ValueOf(s.v)
			if verr != nil {
				t.Fatal(verr)
			}
			err = rec.Set(s.path, v)
		}
		if err != nil {
			t.Fatalf("%s: %v", s.path, err)
		}
		if got := string(rec.DynamoDBJSON()); !strings.Contains(got, s.want) {
			t.Fatalf("%s: %s does not hold %s", s.path, got, s.want)
		}
	}
	if got := string(before.DynamoDBJSON()); got != `{"N":"3"}` {
		t.Errorf("a value taken before changed to %s", got)
	}
	if err := rec.Set("None.Rex", nil); err == nil {
		t.Error("Set made a place in a map that does not exist")
	}
	if err := rec.Set("Id", MissingValue()); err == nil {
		t.Error("Set took a missing value")
	}
	if _, ok := rec.Get("Pets.*"); ok {
		t.Error("Get took a pattern")
	}
	if err := rec.Delete("Nowhere"); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
}

func TestNewRecordRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ reason, item string }{
		{"two members of one name", `{"a":{"S":"x"},"\u0061":{"S":"y"}}`},
		{"no type", `{"a":{}}`},
		{"an unknown type", `{"a":{"X":"1"}}`},
		{"a cut item", `{"a":{"S":"x"`},
		{"33 levels", `{"a":` + strings.Repeat(`{"L":[`, 32) + `{"S":"x"}` + strings.Repeat(`]}`, 32) + `}`},
	}
	for _, tt := range tests {
		if _, err := NewRecord([]byte(tt.item)); err == nil {
			t.Errorf("%s: accepted", tt.reason)
		}
	}
}
