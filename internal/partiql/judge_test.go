package partiql

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// What no item can satisfy, or what no attribute decides, is refused; what an item can
// satisfy never is.
func TestJudge(t *testing.T) {
	params := []types.AttributeValue{n("5"), s("x"), n("5.0")}
	const constant, excluded = "a comparison of constants", "what no value satisfies"
	for _, tt := range []struct{ where, want string }{
		{"1 = 1", "column 1: " + constant},
		{"2024 > 10", "column 1: " + constant},
		{"'a' = 'b'", "column 1: " + constant},
		{"a = 1 AND ? = ?", "column 11: " + constant},
		{"a = 1 OR 1 = 1", "column 10: " + constant},
		{"NOT 'a' IN ('a', 'b')", "column 5: " + constant},
		{"2 BETWEEN 1 AND 3", "column 1: " + constant},
		{"begins_with('abc', 'a')", "column 13: " + constant},
		{"contains('abc', 'a')", "column 10: " + constant},
		{"size('abc') = 3", "column 1: " + constant},
		{"1 IS NUMERIC", "column 1: " + constant},
		{"a = 1 AND a = 2", "column 11: " + excluded},
		{"a = 'DE' AND b = 1 AND a = 'FR'", "column 24: " + excluded},
		{"a = 5 AND a > 7", "column 11: " + excluded},
		{"a > 7 AND a = 5", "column 11: " + excluded},
		{"a > 30 AND a < 20", "column 12: " + excluded},
		{"a > 20 AND a < 20", "column 12: " + excluded},
		{"a >= 20 AND 20 > a", "column 13: " + excluded},
		{"a BETWEEN 1 AND 2 AND a >= 3", "column 23: " + excluded},
		{"a BETWEEN 1 AND 2 AND a BETWEEN 3 AND 4", "column 23: " + excluded},
		{"a > 1 AND a < 'x'", "column 11: " + excluded},
		{"a IN (1, 2) AND a = 3", "column 17: " + excluded},
		{"a IN (1, 2) AND a IN (3, 4)", "column 17: " + excluded},
		{"a = 1 AND a IS MISSING", "column 11: " + excluded},
		{"a > 1 AND attribute_not_exists(a)", "column 32: " + excluded},
		{"a = 1 AND a IS STRING", "column 11: " + excluded},
		{"a = 1 AND a <> 1", "column 11: " + excluded},
		{"a = 1 AND NOT a = 1", "column 15: " + excluded},
		{"begins_with(a, 'x') AND begins_with(a, 'y')", "column 37: " + excluded},
		{"begins_with(a, 'x') AND a = 'yes'", "column 25: " + excluded},
		{"a.b[3].c = 1 AND a.b[3].c = 2", "column 18: " + excluded},
		{"a = ? AND a = ?", "column 11: " + excluded},

		{"a = 1", ""},
		{"a = 1 OR a = 2", ""},
		{"a = 1 AND b = 2", ""},
		{"a = 1 AND a = 1.0", ""},
		{"a.b = 1 AND a.c = 2", ""},
		{`"a.b" = 1 AND a.b = 2`, ""},
		{"a[1] = 1 AND a[2] = 2", ""},
		{"a > 20 AND a < 30", ""},
		{"a >= 20 AND a <= 20", ""},
		{"a BETWEEN 1 AND 3 AND a BETWEEN 3 AND 4", ""},
		{"a > 'a' AND a < 'b'", ""},
		{"a IN (1, 2) AND a IN (2, 3)", ""},
		{"a = 'x' AND begins_with(a, 'x')", ""},
		{"begins_with(a, 'x') AND begins_with(a, 'xy')", ""},
		{"contains(a, 1) AND contains(a, 2)", ""},
		{"contains(a, 'x') AND a = 'y'", "column 22: " + excluded},
		{"size(a) = 1 AND a = 'xy'", ""},
		{"size(a) > 1", ""},
		{"(a = 1 OR a = 2) AND (a = 2 OR a = 3)", ""},
		{"(a = 1 AND a = 2) OR b = 1", ""}, // some program's branch that is dead
		{"NOT (a = 1 AND a = 2)", ""},
		{"a = b AND b = a", ""},
		{"a[2000] = 1 AND a[2000] = 2", ""}, // not tried out
		{"a <> 1 AND a <> 2", ""},
		{"a IS MISSING AND b = 1", ""},
		{"attribute_exists(a) AND a > 1", ""},
	} {
		w, err := ParseWhere(tt.where)
		if err != nil {
			t.Fatalf("%s: %v", tt.where, err)
		}
		switch err := Locate(Judge(w.Expr, params), tt.where); {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)):
			t.Errorf("%s:\n got %v\nwant %s", tt.where, err, tt.want)
		}
	}
}

// What some value satisfies is never refused: all pairs of such conditions are held
// against values in, between and beyond their constants.
func TestJudgeRefusesNothingThatAValueSatisfies(t *testing.T) {
	var parts []string
	for _, c := range []string{"1", "2", "3", "'a'", "'ab'", "'b'", "null", "true"} {
		for _, op := range []string{"=", "<>", "<", "<=", ">", ">="} {
			parts = append(parts, "a "+op+" "+c, c+" "+op+" a")
		}
		parts = append(parts, "a IN ("+c+", 2)", "NOT a = "+c, "contains(a, "+c+")", "begins_with(a, "+c+")", "(a = "+c+" OR a = 1)")
	}
	parts = append(parts, "a BETWEEN 1 AND 2", "a BETWEEN 2 AND 3", "a BETWEEN 'a' AND 'ab'", "NOT a BETWEEN 1 AND 2", "a IS MISSING", "a IS NOT MISSING", "a IS STRING", "a IS NUMERIC", "a IS NULL",
		"attribute_exists(a)", "attribute_not_exists(a)", "attribute_type(a, 'S')", "size(a) = 1", "size(a) > 2")
	items := []item{{}}
	for _, text := range []string{"0", "1", "1.5", "2", "2.5", "3", "4"} {
		items = append(items, item{"a": n(text)})
	}
	for _, text := range []string{"", "a", "aa", "ab", "abc", "b", "ba", "c"} {
		items = append(items, item{"a": s(text)})
	}
	items = append(items, item{"a": &types.AttributeValueMemberNULL{Value: true}}, item{"a": &types.AttributeValueMemberBOOL{Value: true}}, item{"a": &types.AttributeValueMemberL{Value: []types.AttributeValue{n("1"), s("a")}}},
		item{"a": &types.AttributeValueMemberNS{Value: []string{"1", "3"}}}, item{"a": &types.AttributeValueMemberSS{Value: []string{"a", "b"}}}, item{"a": b("a")})
	refused, dead := 0, 0
	for _, x := range parts {
		for _, y := range parts {
			where := x + " AND " + y
			w, err := ParseWhere(where)
			if err != nil || Validate(w.Expr, nil) != nil {
				continue
			}
			selects := slices.ContainsFunc(items, func(it item) bool { ok, _ := Eval(w.Expr, it, nil); return ok })
			err = Judge(w.Expr, nil)
			switch {
			case err != nil && selects:
				t.Errorf("%s is satisfied, but %v", where, err)
			case err != nil:
				refused++
			}
			if !selects {
				dead++
			}
		}
	}
	if refused < dead*2/3 {
		t.Errorf("only %d of %d conditions that nothing satisfies are refused", refused, dead)
	}
	t.Logf("%d of %d conditions that nothing satisfies are refused", refused, dead)
}

// Equal constants for a partition key are found by value, in every spelling.
func TestRepeated(t *testing.T) {
	params := []types.AttributeValue{s("u-1"), s("u-2"), s("u-1"), n("1.0"), b("x"), b("x")}
	for _, tt := range []struct{ where, want string }{
		{"pk IN ('u-1', 'u-1')", "column 15: value 2"},
		{"pk IN ('u-1', 'u-2', 'u-2')", "column 22: value 3"},
		{"pk IN (?, ?, ?)", "column 14: parameter 3"},
		{"pk IN ('u-1', ?)", "column 15: parameter 1"},
		{"pk IN (1, 1.0)", "column 11: value 2"},
		{"pk IN (100, 1e2)", "column 13: value 2"},
		{"pk = 'a' OR pk = 'a'", "column 18: value 2"},
		{"pk IN ('a', 'b') OR 'b' = pk", "column 21: value 3"},
		{"pk IN ('a', 'a') AND c > 1", "column 13: value 2"},
		{"(pk IN ('a', 'a'))", "column 14: value 2"},
		{"pk IN ('a', 'b')", ""},
		{"pk IN ('1', 1)", ""},
		{"c IN ('a', 'a')", ""},
		{"NOT pk IN ('a', 'a')", ""},
		{"pk = 'a' AND pk = 'a'", ""},
		{"pk IN (?, ?)", ""},
	} {
		w, err := ParseWhere(tt.where)
		if err != nil {
			t.Fatal(err)
		}
		switch err := Locate(Repeated(w.Expr, params, "pk"), tt.where); {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)):
			t.Errorf("%s:\n got %v\nwant %s", tt.where, err, tt.want)
		}
	}
}

// An ORDER BY that the service refuses is refused.
func TestCheckOrder(t *testing.T) {
	for _, tt := range []struct {
		where string
		ok    bool
	}{
		{"h = 'a' ORDER BY r", true}, {"h = 'a' ORDER BY h DESC", true}, {"h IN ('a', 'b') ORDER BY h, r", true}, {"h > 'a' ORDER BY r", true},
		{"h = 'a'", true}, {"h = 'a' ORDER BY age", false}, {"age > 1 ORDER BY r", false}, {"h = 'a' OR age > 1 ORDER BY r", false}, {"(h = 'a' OR h = 'b') AND age = 1 ORDER BY r", true},
	} {
		w, err := ParseWhere(tt.where)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckOrder(w.Expr, w.OrderBy, []string{"h"}, []string{"r"}); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.where, err)
		}
	}
}
