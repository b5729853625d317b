package partiql

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPinsKey(t *testing.T) {
	for _, tt := range []struct {
		where  string
		want   []string
		reason string
	}{
		{"pk = 'x'", []string{"'x'"}, "equality"},
		{"'x' = pk", []string{"'x'"}, "the other way round"},
		{`"pk" = ?`, []string{"?"}, "a parameter"},
		{"(pk) = ('x')", []string{"'x'"}, "parentheses"},
		{"pk IN ('x', ?, 'x')", []string{"'x'", "?", "'x'"}, "IN, in order, with what is in it twice"},
		{"pk = 'x' AND c = 1", []string{"'x'"}, "AND"},
		{"c = 1 AND pk = 'x'", []string{"'x'"}, "AND, the other way round"},
		{"pk IN ('x', 'y') AND pk = 'x'", []string{"'x'"}, "the stricter side of AND"},
		{"pk = 'x' OR pk = 'y'", []string{"'x'", "'y'"}, "OR of equalities"},
		{"pk = 'x' AND c = 1 OR pk IN ('y', 'z')", []string{"'x'", "'y'", "'z'"}, "in every branch"},
		{"(pk = 'x' OR c = 1) AND pk = 'y'", []string{"'y'"}, "one branch without, but AND"},
		{"pk = 'x' OR c = 1", nil, "a branch without it"},
		{"c = 1", nil, "another attribute"},
		{"PK = 'x'", nil, "another case"},
		{"pk.x = 'x'", nil, "a path into it"},
		{"x.pk = 'x'", nil, "a member of its name"},
		{"pk = c", nil, "another attribute's value"},
		{"pk = size(c)", nil, "a size"},
		{"pk IN ('x', c)", nil, "another attribute in IN"},
		{"pk <> 'x'", nil, "inequality"},
		{"pk >= 'x'", nil, "a range"},
		{"pk BETWEEN 'x' AND 'x'", nil, "BETWEEN, even of one value"},
		{"begins_with(pk, 'x')", nil, "a prefix"},
		{"NOT pk = 'x'", nil, "NOT"},
		{"NOT pk <> 'x'", nil, "the service does not see through NOT"},
		{"NOT NOT pk = 'x'", nil, "… not even twice"},
		{"'x' IN (pk)", nil, "IN the other way round"},
	} {
		w, err := ParseWhere(tt.where)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.PinsKey("pk"); got != (tt.want != nil) {
			t.Errorf("%s (%s): %v", tt.where, tt.reason, got)
		}
		var got []string
		for _, o := range Pins(w.Expr, "pk") {
			got = append(got, printOperand(o))
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s (%s) (-want +got):\n%s", tt.where, tt.reason, d)
		}
	}
	if (&Where{}).PinsKey("pk") {
		t.Error("no condition pins a key")
	}
}

// TestPinsAreEnough: an item that satisfies a condition has one of the key values
// that the condition pins.
func TestPinsAreEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := generator{T: t, names: []string{"pk", "c"}, scalar: true}
		e := g.expr(3)
		params := make([]types.AttributeValue, g.params)
		for i := range params {
			params[i] = g.value(0)
		}
		pins := Pins(e, "pk")
		// An item of the condition's own values, so that it may well match.
		pool := append(slices.Clone(params), s("a"), n("1"))
		for _, o := range pins {
			pool = append(pool, Constant(o, params))
		}
		it := item{
			"pk": rapid.SampledFrom(pool).Draw(t, "pk"),
			"c":  rapid.SampledFrom(pool).Draw(t, "c"),
		}
		ok, err := Eval(e, it, params)
		if err != nil {
			t.Fatal(err)
		}
		if !ok || pins == nil {
			return
		}
		if !slices.ContainsFunc(pins, func(o Operand) bool { return EqualValues(it["pk"], Constant(o, params)) }) {
			t.Fatalf("an item outside the pinned keys satisfies %s", printExpr(e))
		}
	})
}
