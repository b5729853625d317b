package partiql

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"pgregory.net/rapid"
)

// filterText translates a condition, and writes placeholders and what they stand
// for behind it.
func filterText(t testing.TB, where string, params ...types.AttributeValue) string {
	t.Helper()
	w, err := ParseWhere(where)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	f, err := Translate(w.Expr, params)
	if err != nil {
		return "error: " + withoutRemedy(Locate(err, where))
	}
	text := f.Expression
	for _, p := range slices.Sorted(maps.Keys(f.Names)) {
		text += " " + p + "=" + f.Names[p]
	}
	for _, p := range slices.Sorted(maps.Keys(f.Values)) {
		text += " " + p + "=" + typeName(f.Values[p])
		if _, binary := f.Values[p].(*types.AttributeValueMemberB); !binary {
			text += " " + printValue(f.Values[p])
		}
	}
	return text
}

func TestTranslate(t *testing.T) {
	params := []types.AttributeValue{b("x"), s("y")}
	for _, tt := range []struct{ where, want, reason string }{
		{"a = 1", "#0 = :0 #0=a :0=N 1", "a comparison"},
		{"a != 1", "#0 <> :0 #0=a :0=N 1", "!= has one spelling"},
		{"1 < a", ":0 < #0 #0=a :0=N 1", "a constant on the left stays there"},
		{"a <= c", "#0 <= #1 #0=a #1=c", "two attributes, and no values"},
		{"1 = 1", ":0 = :1 :0=N 1 :1=N 1", "two constants, and no names"},
		{"a = ? OR a = ?", "#0 = :0 OR #0 = :1 #0=a :0=B :1=S 'y'", "parameters, and one placeholder for a name"},
		{"a BETWEEN 1 AND 2 AND c NOT BETWEEN 'a' AND 'b'", "#0 BETWEEN :0 AND :1 AND NOT #1 BETWEEN :2 AND :3 #0=a #1=c :0=N 1 :1=N 2 :2=S 'a' :3=S 'b'", "BETWEEN"},
		{"a IN (1, 'x')", "#0 IN (:0,:1) #0=a :0=N 1 :1=S 'x'", "IN"},
		{"a IN [1]", "#0 IN (:0) #0=a :0=N 1", "IN with other brackets"},
		{"a IN <<1>>", "#0 IN (:0) #0=a :0=N 1", "… and others"},
		{"a NOT IN (c)", "NOT #0 IN (#1) #0=a #1=c", "NOT IN"},
		{"BEGINS_WITH(a, 'x') AND contains(c, a)", "begins_with(#0,:0) AND contains(#1,#0) #0=a #1=c :0=S 'x'", "functions, in lower case"},
		{"attribute_type(a, 'S')", "attribute_type(#0,:0) #0=a :0=S 'S'", "attribute_type"},
		{"attribute_exists(a) OR attribute_not_exists(a)", "attribute_exists(#0) OR attribute_not_exists(#0) #0=a", "the two of paths"},
		{"size(a) > 1 AND size('abc') = 3", "size(#0) > :0 AND size(:1) = :2 #0=a :0=N 1 :1=S 'abc' :2=N 3", "size"},
		{"a IS MISSING", "attribute_not_exists(#0) #0=a", "MISSING"},
		{"a IS NOT MISSING", "attribute_exists(#0) #0=a", "… and its NOT"},
		{"NOT a IS NOT MISSING", "NOT attribute_exists(#0) #0=a", "… and the NOT of that"},
		{"a IS NULL", "attribute_type(#0,:0) #0=a :0=S 'NULL'", "NULL is a type"},
		{"a IS NOT NULL", "NOT attribute_type(#0,:0) #0=a :0=S 'NULL'", "… and its NOT holds of a missing attribute"},
		{"1 IS STRING", "attribute_type(:0,:1) :0=N 1 :1=S 'S'", "the type of a constant"},
		{"a IS STRING", "attribute_type(#0,:0) #0=a :0=S 'S'", "types"},
		{"a IS NUMERIC", "attribute_type(#0,:0) #0=a :0=S 'N'", "types"},
		{"a IS BOOL", "attribute_type(#0,:0) #0=a :0=S 'BOOL'", "types"},
		{"a IS BLOB", "attribute_type(#0,:0) #0=a :0=S 'B'", "types"},
		{"a IS LIST", "attribute_type(#0,:0) #0=a :0=S 'L'", "types"},
		{"a IS STRUCT", "attribute_type(#0,:0) #0=a :0=S 'M'", "types"},
		{"a IS TUPLE", "attribute_type(#0,:0) #0=a :0=S 'M'", "types"},
		{`a.b['a'][0]."x.y" = 1`, `#0.#1.#0[0].#2 = :0 #0=a #1=b #2=x.y :0=N 1`, "a path: a placeholder for each name, dots or not"},
		{`"size" = 1 AND "#0" = 2`, `#0 = :0 AND #1 = :1 #0=size #1=#0 :0=N 1 :1=N 2`, "names that mean something in expressions"},
		{"a = [1, {'x': <<1>>}]", "#0 = :0 #0=a :0=L [1,{'x':<<1>>}]", "literals of many values are one value"},
		{"((a)) = ((1))", "#0 = :0 #0=a :0=N 1", "no parentheses round operands"},
		{"((a = 1)) AND (c = 1)", "#0 = :0 AND #1 = :1 #0=a #1=c :0=N 1 :1=N 1", "… nor round conditions"},
		{"NOT ((a = 1))", "NOT #0 = :0 #0=a :0=N 1", "… nor after NOT"},
		{"a = 1 AND (b = 1 AND c = 1) OR (d = 1 OR e = 1)", "#0 = :0 AND #1 = :1 AND #2 = :2 OR #3 = :3 OR #4 = :4 #0=a #1=b #2=c #3=d #4=e :0=N 1 :1=N 1 :2=N 1 :3=N 1 :4=N 1", "AND and OR need none among themselves"},
		{"(a = 1 OR b = 1) AND (c = 1 OR d = 1)", "(#0 = :0 OR #1 = :1) AND (#2 = :2 OR #3 = :3) #0=a #1=b #2=c #3=d :0=N 1 :1=N 1 :2=N 1 :3=N 1", "OR in AND needs them"},
		{"NOT (a = 1 AND NOT (b = 1 OR c = 1))", "NOT (#0 = :0 AND NOT (#1 = :1 OR #2 = :2)) #0=a #1=b #2=c :0=N 1 :1=N 1 :2=N 1", "AND and OR in NOT need them"},
		{"NOT NOT a = 1", "NOT NOT #0 = :0 #0=a :0=N 1", "NOT of NOT"},
		{"a = 1 -- c\n;", "#0 = :0 #0=a :0=N 1", "comments and the semicolon are gone"},
	} {
		if got := filterText(t, tt.where, params...); got != tt.want {
			t.Errorf("%s (%s):\n got %s\nwant %s", tt.where, tt.reason, got, tt.want)
		}
	}
	if f, err := Translate(nil, nil); f != nil || err != nil {
		t.Errorf("no condition: %v, %v", f, err)
	}
}

// TestTranslateRefuses: what no filter can say is named, with its column and
// without a value.
func TestTranslateRefuses(t *testing.T) {
	for _, tt := range []struct{ where, want, reason string }{
		{`"é" = 1 OR 'secret' IS MISSING`, "error: column 12: IS MISSING needs a path", "columns count characters"},
		{"NOT 1 IS MISSING", "error: column 5: IS MISSING needs a path", "… under NOT, too"},
		{"a = ? AND a = ?", "error: column 15: more parameters (?) than values for them", "what Validate refuses"},
		{"c = 1 AND a < true", "error: column 15: an operand of type BOOL that < does not take", "… of types"},
	} {
		if got := filterText(t, tt.where, s("p")); got != tt.want {
			t.Errorf("%s (%s):\n got %s\nwant %s", tt.where, tt.reason, got, tt.want)
		}
	}
	a := path("a")
	for _, tt := range []struct {
		e            Expr
		want, reason string
	}{
		{Compare{Op: "=", Left: a, Right: Arith{Op: "+", Left: a, Right: a, Pos: 4}}, "column 5: the operator +, which only an assignment of UPDATE has", "arithmetic"},
		{In{X: a, List: []Operand{UpdateCall{Func: "list_append", Pos: 6}}}, "column 7: the function list_append, which only an assignment of UPDATE has", "functions of UPDATE"},
		{Compare{Op: "=", Left: Path{Steps: []Step{{Elem: true}}}, Right: a}, "column 1: " + errTree.Error(), "a path that begins with an index"},
		{Compare{Op: "=", Left: Path{}, Right: a}, "column 1: " + errTree.Error(), "a path without steps"},
		{&Compare{Op: "=", Left: a, Right: path("c")}, "column 1: " + errTree.Error(), "no node of this package"},
	} {
		f, err := Translate(tt.e, nil)
		if f != nil || err == nil {
			t.Errorf("%s: %v, %v", tt.reason, f, err)
			continue
		}
		if got := withoutRemedy(Locate(err, "some text")); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.reason, got, tt.want)
		}
	}
}

// A limit is a bound on filters: the largest condition within it, and the
// smallest past it. The tests against servers use them, too.
type limit struct {
	reason     string
	within     string
	withParams []types.AttributeValue
	past       string
	pastParams []types.AttributeValue
	want       string // the error past it
}

func limits() []limit {
	repeat := func(term, op string, times int) string {
		return strings.Repeat(term+" "+op+" ", times-1) + term
	}
	zeros := func(n int) string { return strings.TrimSuffix(strings.Repeat("0,", n), ",") }
	// 150 terms make 3745 bytes, a step .a 3 more and [10] 4.
	terms := func(names, indexes int) string {
		list := slices.Repeat([]string{"attribute_exists(a"}, 150)
		for i := range names {
			list[i] += ".a"
		}
		for i := range indexes {
			list[names+i] += "[10]"
		}
		return strings.Join(list, ") AND ") + ")"
	}
	sized := func(n int) []types.AttributeValue { return []types.AttributeValue{s(strings.Repeat("x", n))} }
	name := strings.Repeat("n", 1000)
	return []limit{
		{"300 operators", strings.Repeat("NOT ", 299) + "a = 1", nil, strings.Repeat("NOT ", 300) + "a = 1", nil,
			"column 1205: more than 300 operators"},
		{"299 operators, 301", repeat("a = 1", "OR", 150), nil, repeat("a = 1", "OR", 151), nil, "column 1355: more than 300 operators"},
		{"100 values in IN", "a IN (" + zeros(100) + ")", nil, "a IN (" + zeros(101) + ")", nil, "column 1: more than 100 values after IN"},
		{"4096 bytes", terms(117, 0), nil, terms(116, 1), nil,
			"column 3830: the condition is too long for a Scan: here its FilterExpression passes 4096 bytes"},
		{"1 MB with values", "a = ?", sized(maxExpandedFilter - len("#0 = :0") - 1), "a = ?", sized(maxExpandedFilter - len("#0 = :0")),
			"column 5: the values are too large for a Scan: here its FilterExpression with names and values passes 1048576 bytes"},
		{"1 MB with names", `"` + name + `" = ? AND "` + name + `" <> 1`, sized(maxExpandedFilter - len("#0 = :0 AND #0 <> :1") - 2000 - 2),
			`"` + name + `" = ? AND "` + name + `" <> 100.5`, sized(maxExpandedFilter - len("#0 = :0 AND #0 <> :1") - 2000 - 2),
			"column 2018: the values are too large for a Scan: here its FilterExpression with names and values passes 1048576 bytes"},
	}
}

func TestTranslateLimits(t *testing.T) {
	for _, tt := range limits() {
		if got := filterText(t, tt.within, tt.withParams...); strings.HasPrefix(got, "error") {
			t.Errorf("within %s: %s", tt.reason, got)
		}
		got := filterText(t, tt.past, tt.pastParams...)
		if got != "error: "+tt.want {
			t.Errorf("past %s:\n got %.200s\nwant %s", tt.reason, got, tt.want)
		}
	}
}

var placeholders = regexp.MustCompile(`[#:][0-9a-z]+`)

// checkFilter checks what holds of every filter.
func checkFilter(t interface {
	Helper()
	Fatalf(string, ...any)
}, f *Filter) {
	t.Helper()
	used := map[string]bool{}
	for _, p := range placeholders.FindAllString(f.Expression, -1) {
		used[p] = true
		_, named := f.Names[p]
		_, valued := f.Values[p]
		if named == valued {
			t.Fatalf("%s: %s is declared as a name: %v, as a value: %v", f.Expression, p, named, valued)
		}
	}
	if len(used) != len(f.Names)+len(f.Values) {
		t.Fatalf("%s: %d placeholders used, %d and %d declared", f.Expression, len(used), len(f.Names), len(f.Values))
	}
	if f.Names != nil && len(f.Names) == 0 || f.Values != nil && len(f.Values) == 0 {
		t.Fatalf("%s: a map without members, which no server takes", f.Expression)
	}
	names := slices.Sorted(maps.Values(f.Names))
	if len(slices.Compact(names)) != len(f.Names) {
		t.Fatalf("%s: two placeholders for one name", f.Expression)
	}
	if doubled(f.Expression) || len(f.Expression) > maxFilter {
		t.Fatalf("%s: doubled parentheses, or too long", f.Expression)
	}
}

// doubled reports whether a pair of parentheses stands right inside another.
func doubled(text string) bool {
	var open []int
	inner := [2]int{-1, -1} // the pair closed last
	for i, c := range text {
		switch c {
		case '(':
			open = append(open, i)
		case ')':
			pair := [2]int{open[len(open)-1], i}
			if pair == [2]int{inner[0] - 1, inner[1] + 1} {
				return true
			}
			open, inner = open[:len(open)-1], pair
		}
	}
	return false
}

// TestTranslateIsStable: a filter declares what it uses, and a condition printed
// and parsed again makes the same.
func TestTranslateIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := generator{T: t}
		e := g.expr(4)
		params := make([]types.AttributeValue, g.params)
		for i := range params {
			params[i] = g.value(1)
		}
		f, err := Translate(e, params)
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("an error of type %T", err)
			}
			return
		}
		checkFilter(t, f)
		w, err := ParseWhere(printExpr(e))
		if err != nil {
			t.Fatal(err)
		}
		again, err := Translate(w.Expr, params)
		if err != nil || !reflect.DeepEqual(f, again) {
			t.Fatalf("first %s, then %s, %v", f.Expression, again.Expression, err)
		}
	})
}

func TestCheckKeys(t *testing.T) {
	kinds := map[string]types.ScalarAttributeType{"pk": "S", "n": "N", "b": "B"}
	params := []types.AttributeValue{b(""), b("x")}
	for _, tt := range []struct{ where, want, reason string }{
		{"a = 1 AND a = '' AND a.pk = 1 AND a IS NULL", "", "attributes that are no keys"},
		{"pk = 'x' AND n > -1 AND c = ? AND ? <= b", "", "constants of the key's type"},
		{"pk <> n AND size(pk) > 1 AND c IN (n, 'x') AND c BETWEEN n AND 'x'", "", "constants that a key does not meet"},
		{"contains(<<1, 2>>, pk) AND contains([1], n)", "", "a key looked for in a set or list"},
		{"pk IS STRING AND n IS NUMERIC AND n IS NOT STRING AND attribute_type(n, 'N') AND pk IS NOT MISSING", "", "tests of the type, which a filter answers"},
		{"c = 1 AND pk = 1", `column 16: a value of type N for the key attribute "pk", which is of type S`, "another type"},
		{"1 = pk", `column 1: a value of type N for the key attribute "pk", which is of type S`, "… on the left"},
		{"pk <> null", `column 7: a value of type NULL for the key attribute "pk", which is of type S`, "… with <>"},
		{"NOT (c = 1 OR n >= 'secret')", `column 20: a value of type S for the key attribute "n", which is of type N`, "… under NOT and OR"},
		{"n BETWEEN 1 AND c AND pk BETWEEN 'a' AND 2", `column 42: a value of type N for the key attribute "pk", which is of type S`, "… in BETWEEN"},
		{"pk IN ('a', 'b', 3)", `column 18: a value of type N for the key attribute "pk", which is of type S`, "… in IN"},
		{"c = 1 OR 'a' IN (c, n)", `column 10: a value of type S for the key attribute "n", which is of type N`, "… on the other side of it"},
		{"2 BETWEEN c AND pk", `column 1: a value of type N for the key attribute "pk", which is of type S`, "… of BETWEEN"},
		{"begins_with('secret', n)", `column 13: a value of type S for the key attribute "n", which is of type N`, "… of begins_with"},
		{"contains(pk, 1)", `column 14: a value of type N for the key attribute "pk", which is of type S`, "… in contains"},
		{"begins_with(n, 'a')", `column 16: a value of type S for the key attribute "n", which is of type N`, "… in begins_with"},
		{"pk = ''", `column 6: an empty value for the key attribute "pk", which is never empty`, "an empty string"},
		{"b = ?", `column 5: an empty value as parameter 1 for the key attribute "b", which is never empty`, "an empty binary"},
		{"pk = ?", `column 6: a value of type B as parameter 1 for the key attribute "pk", which is of type S`, "a parameter"},
		{"c = 1 OR n IS NOT NULL", `column 10: IS NULL of the key attribute "n", which is of type N`, "IS NULL"},
		{"size(pk.x) = 1", `column 6: a path into the key attribute "pk", which is no map and no list`, "a path into a key"},
		{"c IN (1, pk[0])", `column 10: a path into the key attribute "pk", which is no map and no list`, "… wherever it stands"},
		{"n = 'x' AND pk = 1", `column 5: a value of type S for the key attribute "n", which is of type N`, "the leftmost fault is reported"},
	} {
		w, err := ParseWhere(tt.where)
		if err != nil {
			t.Fatalf("%s: %v", tt.where, err)
		}
		got := ""
		if err := CheckKeys(w.Expr, params, kinds); err != nil {
			got = withoutRemedy(Locate(err, tt.where))
		}
		if got != tt.want {
			t.Errorf("%s (%s):\n got %s\nwant %s", tt.where, tt.reason, got, tt.want)
		}
	}
}

func TestLocate(t *testing.T) {
	plain := errors.New("plain")
	located := &Error{Pos: 1, Column: 7, Reason: "r"}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{plain, "plain"},
		{located, "column 7: r"},
		{&Error{Pos: 3, Reason: "r"}, "column 3: r"},
		{&Error{Pos: 5, Reason: "r"}, "r"},
	} {
		if got := Locate(tt.err, "é x"); fmt.Sprint(got) != tt.want {
			t.Errorf("%v: %v", tt.err, got)
		}
	}
	if err := Locate(nil, "x"); err != nil {
		t.Error(err)
	}
}

func TestByteSize(t *testing.T) {
	for text, want := range map[string]int{"0": 1, "-0": 1, "1": 2, "12": 2, "123": 3, "-1": 3, "100": 2, "1.5": 3, "-12.345": 5, "0.001": 2,
		"1e125": 2, "1E-130": 2, "12345678901234567890123456789012345678": 20, "x": 1} {
		if got := byteSize(n(text)); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
	for _, tt := range []struct {
		v    types.AttributeValue
		want int
	}{
		{s("é😀"), 6}, {b("abc"), 3}, {&types.AttributeValueMemberBOOL{}, 1}, {&types.AttributeValueMemberNULL{Value: true}, 1},
		{&types.AttributeValueMemberSS{Value: []string{"a", "bc"}}, 3}, {&types.AttributeValueMemberNS{Value: []string{"1", "123"}}, 5},
		{&types.AttributeValueMemberBS{Value: [][]byte{{1}, {}}}, 1}, {&types.AttributeValueMemberL{}, 3}, {&types.AttributeValueMemberM{}, 3},
		{&types.AttributeValueMemberL{Value: []types.AttributeValue{s("abc"), n("1")}}, 10},
		{&types.AttributeValueMemberM{Value: item{"ab": s("cde")}}, 9},
	} {
		if got := byteSize(tt.v); got != tt.want {
			t.Errorf("%T: %d, want %d", tt.v, got, tt.want)
		}
	}
}
