package partiql

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// TestValidate: what the service refuses before it reads, and in which words.
func TestValidate(t *testing.T) {
	repeat := func(term, op string, times int) string {
		return strings.Repeat(term+" "+op+" ", times-1) + term
	}
	numbers := func(n int) string { return strings.Trim(fmt.Sprint(make([]int, n)), "[]") }
	list := func(n int) string { return strings.ReplaceAll(numbers(n), " ", ", ") }
	operandType := func(f, typ string) string { return fmt.Sprintf(msgOperandType, f, typ) }
	params := []types.AttributeValue{n("2"), n("1"), b("b"), &types.AttributeValueMemberBS{Value: [][]byte{{1}}}}

	for _, tt := range []struct{ where, message, reason string }{
		{"a = true AND a <> null AND a = []", "", "= and <> take every type"},
		{"a < true", "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL", "no order of booleans"},
		{"true >= a", operandType(">=", "BOOL"), "… on either side"},
		{"a < null", operandType("<", "NULL"), "no order of NULL"},
		{"a > [1]", operandType(">", "L"), "no order of lists"},
		{"a <= {'x': 1}", operandType("<=", "M"), "no order of maps"},
		{"a < <<1>>", operandType("<", "NS"), "no order of sets"},
		{"a IN (?, ?, ?) AND a < ?", operandType("<", "BS"), "no order of binary sets, given as a parameter"},
		{"a = a", "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]", "an attribute with itself"},
		{`a.x[0] <> "a"."x"[0]`, fmt.Sprintf(msgDistinct, "<>", "[a, x, [0]]"), "a path with itself"},
		{"a BETWEEN 1 AND a", fmt.Sprintf(msgDistinct, "BETWEEN", "[a]"), "in BETWEEN"},
		{"a IN (1, a)", fmt.Sprintf(msgDistinct, "IN", "[a]"), "in IN"},
		{"contains(a, a)", fmt.Sprintf(msgDistinct, "contains", "[a]"), "in a function"},
		{"1 = 1 AND size(a) = size(a) AND a = a.x", "", "equal literals and sizes may meet"},
		{"a BETWEEN 2 AND 1", "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}", "bounds the wrong way round"},
		{"a BETWEEN ? AND ?", fmt.Sprintf(msgBetweenLow, "{N:2}", "{N:1}"), "… as parameters"},
		{"a BETWEEN 1 AND 'x'", fmt.Sprintf(msgBetweenType, "{N:1}", "{S:x}"), "bounds of two types"},
		{"a BETWEEN true AND true", operandType("BETWEEN", "BOOL"), "bounds without an order"},
		{"null BETWEEN 1 AND 2", operandType("BETWEEN", "NULL"), "a value without an order"},
		{"a BETWEEN c AND c AND a BETWEEN 2 AND size(c)", "", "bounds that only an item has"},
		{"a IN (" + list(100) + ")", "", "100 values in IN"},
		{"a IN (" + list(101) + ")", "The IN operator is provided with too many operands; number of operands: 101", "101"},
		{repeat("a = 1", "OR", 150), "", "299 operators"},
		{repeat("a = 1", "OR", 151), "The expression contains too many operators; operator count: 301", "301 operators"},
		{repeat("a = 1", "AND", 152), msgOperators, "the service stops counting at 301"},
		{strings.Repeat("NOT ", 299) + "a = 1", "", "NOT counts: 300"},
		{strings.Repeat("NOT ", 300) + "a = 1", msgOperators, "NOT counts: 301"},
		{repeat("a IS NOT NULL", "OR", 100), "", "IS NOT is two operators: 299"},
		{repeat("a IS NOT NULL", "OR", 101), msgOperators, "IS NOT is two operators: 302"},
		{repeat("size(a) = 1", "OR", 100), "", "size counts: 299"},
		{repeat("size(a) = 1", "OR", 101), msgOperators, "size counts: 302"},
		{repeat("a BETWEEN 1 AND 2", "OR", 150), "", "BETWEEN is one"},
		{repeat("a IN (1, 2)", "OR", 150), "", "IN is one"},
		{repeat("contains(a, 'x')", "OR", 150), "", "a function is one"},
		{"begins_with(a)", "Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1", "one argument of two"},
		{"attribute_exists(a, b)", fmt.Sprintf(msgArity, "attribute_exists", 2), "two arguments of one"},
		{"begins_with(a, 1)", operandType("begins_with", "N"), "begins_with a number"},
		{"begins_with(size(a), 'x')", operandType("begins_with", "N"), "size is a number"},
		{"begins_with(a, <<'x'>>)", operandType("begins_with", "SS"), "begins_with a set"},
		{"contains(a, 1) AND contains(a, [1]) AND contains(true, a)", "", "contains takes every type"},
		{"attribute_exists('a')", "Operator or function requires a document path; operator or function: attribute_exists", "a literal for a path"},
		{"attribute_not_exists(size(a))", fmt.Sprintf(msgNeedsPath, "attribute_not_exists"), "a size for a path"},
		{"'a' IS MISSING", fmt.Sprintf(msgNeedsPath, "attribute_not_exists"), "IS MISSING is that function"},
		{"1 IS NOT MISSING", fmt.Sprintf(msgNeedsPath, "attribute_not_exists"), "… and so is its NOT"},
		{"'a' IS STRING AND null IS NULL", "", "other types of literals"},
		{"attribute_type(a, 'X')", "Invalid attribute type name found; type: X, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}", "no such type"},
		{"attribute_type(a, 1)", operandType("attribute_type", "N"), "a number for a type"},
		{"attribute_type(a, b)", operandType("attribute_type", msgTypeOperand), "a path for a type"},
		{"size(1) = 1", operandType("size", "N"), "size of a number"},
		{"size(null) = 1", operandType("size", "NULL"), "size of NULL"},
		{"size(size(a)) = 1", operandType("size", "N"), "size of a size"},
		{"size('a') = 1 AND size([]) = 0", "", "size of literals that have one"},
		{"a IN (?, ?, ?, ?, ?)", "Number of parameters in request and statement don't match.", "too few values"},
		{"a" + strings.Repeat(".b", 31) + " = 1", "", "a path of 32 steps"},
		{"a < true AND a = a", operandType("<", "BOOL"), "the leftmost fault is reported"},
	} {
		w, err := ParseWhere(tt.where)
		if err != nil {
			t.Errorf("%s (%s): %v", tt.where, tt.reason, err)
			continue
		}
		err = Validate(w.Expr, params)
		e, ok := errors.AsType[*Error](err)
		switch {
		case tt.message == "" && err != nil:
			t.Errorf("%s (%s): %v", tt.where, tt.reason, err)
		case tt.message != "" && (!ok || e.Message != tt.message):
			t.Errorf("%s (%s):\n got %v\nwant %s", tt.where, tt.reason, err, tt.message)
		}
	}
	if err := Validate(nil, nil); err != nil {
		t.Errorf("no condition: %v", err)
	}
	if e, ok := errors.AsType[*Error](Validate(In{X: path("a")}, nil)); !ok || e.Message != msgInList {
		t.Errorf("IN without values: %v", e)
	}
	long := path(strings.Fields(strings.Repeat("b ", 33))...)
	e, ok := errors.AsType[*Error](Validate(Compare{Op: "=", Left: long, Right: lit(n("1"))}, nil))
	if !ok || e.Message != "The document path has too many nesting levels; nesting levels: 33" {
		t.Errorf("a path of 33 steps: %v", e)
	}
}

func TestCheckPaths(t *testing.T) {
	elem := func(i int) Path { return Path{Steps: []Step{{Name: "m"}, {Index: i, Elem: true}}} }
	for _, tt := range []struct {
		paths           []Path
		message, reason string
	}{
		{[]Path{path("a"), path("b"), path("m", "x"), path("m", "y")}, "", "siblings"},
		{[]Path{path("a"), path("a")}, fmt.Sprintf(msgOverlap, "[a]", "[a]"), "the same path"},
		{[]Path{path("m"), path("m", "x")}, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, x], path two: [m]", "a path inside another"},
		{[]Path{path("m", "x"), path("m")}, fmt.Sprintf(msgOverlap, "[m]", "[m, x]"), "a path round another"},
		{[]Path{path("m", "x"), elem(0)}, "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, [0]], path two: [m, x]", "a map and a list"},
		{[]Path{elem(0), elem(1)}, "", "two elements"},
		{[]Path{elem(0), elem(0)}, fmt.Sprintf(msgOverlap, "[m, [0]]", "[m, [0]]"), "one element twice"},
	} {
		err := CheckPaths(tt.paths)
		e, _ := errors.AsType[*Error](err)
		if (err != nil) != (tt.message != "") || e != nil && e.Message != tt.message {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}
