package partiql

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

func path(names ...string) Path {
	var p Path
	for _, n := range names {
		p.Steps = append(p.Steps, Step{Name: n})
	}
	return p
}

func lit(v types.AttributeValue) Literal { return Literal{Value: v} }

func eq(name, value string) Compare {
	return Compare{Op: "=", Left: path(name), Right: lit(n(value))}
}

// TestUnderstood: everything DynamoDB is known to take after WHERE.
func TestUnderstood(t *testing.T) {
	a := path("a")
	one, two := lit(n("1")), lit(n("2"))
	for _, tt := range []struct {
		where  string
		want   Expr
		reason string
	}{
		{"a = 1", eq("a", "1"), "equality"},
		{"a <> 1", Compare{Op: "<>", Left: a, Right: one}, "inequality in SQL's spelling"},
		{"a != 1", Compare{Op: "<>", Left: a, Right: one}, "inequality in C's spelling is the same operator"},
		{"a < 1", Compare{Op: "<", Left: a, Right: one}, "less"},
		{"a <= 1", Compare{Op: "<=", Left: a, Right: one}, "less or equal"},
		{"a > 1", Compare{Op: ">", Left: a, Right: one}, "greater"},
		{"a >= 1", Compare{Op: ">=", Left: a, Right: one}, "greater or equal"},
		{"1 = a", Compare{Op: "=", Left: one, Right: a}, "operands in either order"},
		{"a = b", Compare{Op: "=", Left: a, Right: path("b")}, "two attributes"},
		{"a BETWEEN 1 AND 2", Between{X: a, Low: one, High: two}, "BETWEEN"},
		{"a NOT BETWEEN 1 AND 2", Not{Between{X: a, Low: one, High: two}}, "NOT BETWEEN"},
		{"a IN (1, 2)", In{X: a, List: []Operand{one, two}}, "IN with parentheses"},
		{"a IN [1, 2]", In{X: a, List: []Operand{one, two}}, "IN with brackets"},
		{"a IN <<1, 2>>", In{X: a, List: []Operand{one, two}}, "IN with a bag"},
		{"a IN <<1, 'a', null>>", In{X: a, List: []Operand{one, lit(s("a")), lit(&types.AttributeValueMemberNULL{Value: true})}}, "IN's bag is no set: it may mix types"},
		{"a NOT IN (1)", Not{In{X: a, List: []Operand{one}}}, "NOT IN"},
		{"a = 1 AND b = 2 OR NOT c = 3", Or{And{eq("a", "1"), eq("b", "2")}, Not{eq("c", "3")}}, "AND, OR, NOT"},
		{"((a = 1))", eq("a", "1"), "redundant parentheses vanish: a FilterExpression refuses them"},
		{"((a)) = ((1))", eq("a", "1"), "parentheses round operands"},
		{"BEGINS_WITH(a, 'x')", Call{Func: "begins_with", Args: []Operand{a, lit(s("x"))}}, "functions in any case"},
		{`"contains" (a, 'x')`, Call{Func: "contains", Args: []Operand{a, lit(s("x"))}}, "functions in quotes"},
		{"attribute_type(a, 'S')", Call{Func: "attribute_type", Args: []Operand{a, lit(s("S"))}}, "attribute_type"},
		{"attribute_exists(a.b)", Call{Func: "attribute_exists", Args: []Operand{path("a", "b")}}, "attribute_exists"},
		{"attribute_not_exists(a)", Call{Func: "attribute_not_exists", Args: []Operand{a}}, "attribute_not_exists"},
		{"size(a) > 1", Compare{Op: ">", Left: Size{X: a}, Right: one}, "size, though SIZE is a keyword"},
		{"a = begins_with", Compare{Op: "=", Left: a, Right: path("begins_with")}, "a function's name is a name where no parenthesis follows"},
		{"a IS MISSING", Is{X: a, Type: "MISSING"}, "IS MISSING"},
		{"a IS NOT MISSING", Not{Is{X: a, Type: "MISSING"}}, "IS NOT MISSING"},
		{"a IS NULL", Is{X: a, Type: "NULL"}, "IS NULL"},
		{"a IS NOT NULL", Not{Is{X: a, Type: "NULL"}}, "IS NOT NULL"},
		{"a IS BOOL", Is{X: a, Type: "BOOLEAN"}, "BOOL is BOOLEAN"},
		{"a IS boolean", Is{X: a, Type: "BOOLEAN"}, "types in any case"},
		{"a IS BLOB", Is{X: a, Type: "BLOB"}, "binary"},
		{"a IS STRING", Is{X: a, Type: "STRING"}, "string"},
		{"a IS NUMERIC", Is{X: a, Type: "NUMERIC"}, "number"},
		{"a IS STRUCT", Is{X: a, Type: "STRUCT"}, "map"},
		{"a IS TUPLE", Is{X: a, Type: "STRUCT"}, "TUPLE is STRUCT"},
		{"a IS LIST", Is{X: a, Type: "LIST"}, "list"},
		{"a.b = 1", Compare{Op: "=", Left: path("a", "b"), Right: one}, "path"},
		{"a['b'] = 1", Compare{Op: "=", Left: path("a", "b"), Right: one}, "path with a string"},
		{`a["b"] = 1`, Compare{Op: "=", Left: path("a", "b"), Right: one}, "path with a quoted name in brackets"},
		{"a[b] = 1", Compare{Op: "=", Left: path("a", "b"), Right: one}, "a bare name in brackets is a name, not a variable"},
		{`"a"."b" = 1`, Compare{Op: "=", Left: path("a", "b"), Right: one}, "path of quoted names"},
		{`a."x.y" = 1`, Compare{Op: "=", Left: path("a", "x.y"), Right: one}, "a dot inside quotes is no step"},
		{`a."0" = 1`, Compare{Op: "=", Left: path("a", "0"), Right: one}, "a name of digits"},
		{`"a""b" = 1`, Compare{Op: "=", Left: path(`a"b`), Right: one}, "a doubled quote in a name"},
		{"a[1].x = 1", Compare{Op: "=", Left: Path{Steps: []Step{{Name: "a"}, {Index: 1, Elem: true}, {Name: "x"}}}, Right: one}, "list index"},
		{"(a)[0] = 1", Compare{Op: "=", Left: Path{Steps: []Step{{Name: "a"}, {Elem: true}}}, Right: one}, "first step in parentheses"},
		{"a . b [ 0 ] = 1", Compare{Op: "=", Left: Path{Steps: []Step{{Name: "a"}, {Name: "b"}, {Elem: true}}}, Right: one}, "white space between steps"},
		{"A = 1", eq("A", "1"), "names keep their case"},
		{"$a = 1", eq("$a", "1"), "$ begins a name: no positional parameter"},
		{"a = 1 -- AND ?\n AND b = 2", And{eq("a", "1"), eq("b", "2")}, "line comment, ended by the line"},
		{"a /* ' ? */ = 1", eq("a", "1"), "block comment with a quote and a question mark in it"},
		{"a=1AND b=2", And{eq("a", "1"), eq("b", "2")}, "a number ends where its digits do"},
		{"a = 1;", eq("a", "1"), "one semicolon"},
		{"a = ''", Compare{Op: "=", Left: a, Right: lit(s(""))}, "empty string"},
		{"a = 'it''s'", Compare{Op: "=", Left: a, Right: lit(s("it's"))}, "doubled quote"},
		{`a = '\u00e9\'`, Compare{Op: "=", Left: a, Right: lit(s(`\u00e9\`))}, "no backslash escapes"},
		{"a = 'x\n\x00é'", Compare{Op: "=", Left: a, Right: lit(s("x\n\x00é"))}, "newline, NUL and non-ASCII in a string"},
		{"a = '\xed\xa0\x80'", Compare{Op: "=", Left: a, Right: lit(s("\xed\xa0\x80"))}, "lone surrogate"},
		{"a = 1.0", eq("a", "1"), "numbers in their normal form"},
		{"a = 1e3", eq("a", "1000"), "exponent"},
		{"a = 01", eq("a", "1"), "leading zero"},
		{"a = +1", eq("a", "1"), "plus"},
		{"a = - 1", eq("a", "-1"), "a sign may stand apart"},
		{"a = -(1)", eq("a", "-1"), "sign before a parenthesis"},
		{"a = - - 1", eq("a", "1"), "two signs"},
		{"a = -0", eq("a", "0"), "no negative zero"},
		{"a = .5", eq("a", "0.5"), "no digit before the point"},
		{"a = 1.", eq("a", "1"), "no digit after the point"},
		{"a = TRUE", Compare{Op: "=", Left: a, Right: lit(&types.AttributeValueMemberBOOL{Value: true})}, "boolean literals in any case"},
		{"a = null", Compare{Op: "=", Left: a, Right: lit(&types.AttributeValueMemberNULL{Value: true})}, "null is a value"},
		{"a = []", Compare{Op: "=", Left: a, Right: lit(&types.AttributeValueMemberL{Value: []types.AttributeValue{}})}, "empty list"},
		{"a = (1, [2])", Compare{Op: "=", Left: a, Right: lit(&types.AttributeValueMemberL{Value: []types.AttributeValue{n("1"), &types.AttributeValueMemberL{Value: []types.AttributeValue{n("2")}}}})}, "list in parentheses"},
		{"a = (1)", eq("a", "1"), "one value in parentheses is no list"},
		{"a = {'k': -1}", Compare{Op: "=", Left: a, Right: lit(&types.AttributeValueMemberM{Value: item{"k": n("-1")}})}, "map"},
		{"a = <<1, 2.0>>", Compare{Op: "=", Left: a, Right: lit(&types.AttributeValueMemberNS{Value: []string{"1", "2"}})}, "number set"},
		{"a = <<'x'>>", Compare{Op: "=", Left: a, Right: lit(&types.AttributeValueMemberSS{Value: []string{"x"}})}, "string set"},
		{"a = ? AND b IN (?, ?)", And{Compare{Op: "=", Left: a, Right: Param{Index: 0}}, In{X: path("b"), List: []Operand{Param{Index: 1}, Param{Index: 2}}}}, "parameters are numbered in the order of the text"},
		{"a BETWEEN ? AND ? OR contains(a, ?)", Or{Between{X: a, Low: Param{Index: 0}, High: Param{Index: 1}}, Call{Func: "contains", Args: []Operand{a, Param{Index: 2}}}}, "parameters in BETWEEN and functions"},
	} {
		w, err := ParseWhere(tt.where)
		if err != nil {
			t.Errorf("%s (%s): %v", tt.where, tt.reason, err)
			continue
		}
		if d := cmp.Diff(tt.want, w.Expr, sameTree); d != "" {
			t.Errorf("%s (%s) (-want +got):\n%s", tt.where, tt.reason, d)
		}
	}
}

// TestNotUnderstood: everything DynamoDB is known to refuse after WHERE. The
// service is asked all the same, so these must not be lexical errors.
func TestNotUnderstood(t *testing.T) {
	for _, tt := range []struct{ where, err, reason string }{
		{"a == 1", "column 4: = where a value or a name is expected", "C's equality"},
		{"a = 1 && b = 2", "column 7: & where the end is expected", "C's and"},
		{"a = 1 || b = 2", "column 7: DynamoDB has no operator || here", "C's or is PartiQL's concatenation"},
		{"!a = 1", "column 1: ! where a value or a name is expected", "C's not"},
		{"a = 1 XOR b = 2", "column 7: a name where the end is expected", "XOR is not even a keyword"},
		{"a LIKE 'x%'", "column 3: DynamoDB has no LIKE", "LIKE"},
		{"a NOT LIKE 'x%'", "column 7: DynamoDB has no LIKE", "NOT LIKE"},
		{"a + 1 = 2", "column 3: DynamoDB has no operator + here", "arithmetic"},
		{"a = b - 1", "column 7: DynamoDB has no operator - here", "arithmetic on the right"},
		{"a = -b", "column 5: a sign before something that is no number", "negation of an attribute"},
		{"CAST(a AS INT) = 1", "column 1: a function that DynamoDB does not have", "CAST"},
		{"CASE WHEN a = 1 THEN true END", "column 1: DynamoDB has no CASE in a condition", "CASE"},
		{"COALESCE(a, 1) = 1", "column 1: a function that DynamoDB does not have", "COALESCE"},
		{"upper(a) = 'A'", "column 1: a function that DynamoDB does not have", "upper"},
		{"lower(a) = 'A'", "column 1: a function that DynamoDB does not have", "lower"},
		{"substring(a, 1) = 'A'", "column 1: a function that DynamoDB does not have", "substring"},
		{"char_length(a) = 1", "column 1: a function that DynamoDB does not have", "char_length"},
		{`EXISTS(SELECT * FROM "T")`, "column 1: a function that DynamoDB does not have", "EXISTS"},
		{`a IN (SELECT b FROM "T")`, "column 7: DynamoDB has no SELECT in a condition", "sub-select"},
		{"a = 1 UNION SELECT 1", "column 7: the keyword UNION where the end is expected", "UNION"},
		{"list_append(a, [1]) = 1", "column 1: a function that does not belong in a condition expression", "a function of UPDATE"},
		{"a IS TRUE", "column 6: the keyword TRUE where a type is expected", "IS TRUE"},
		{"a IS INT", "column 3: IS does not know the type INT", "a type of PartiQL's"},
		{"a IS b", "column 6: a name where a type is expected", "IS with a name"},
		{"? IS STRING", "column 1: IS needs a path or a scalar literal on its left", "IS of a parameter"},
		{"a IS ?", "column 6: a parameter (?) where a type is expected", "parameter as a type"},
		{"a = MISSING", "column 5: MISSING is compared by IS only", "= MISSING"},
		{"true", "column 1: a value where a condition is expected", "bare boolean"},
		{"a", "column 1: a value where a condition is expected", "bare attribute"},
		{"a AND b = 1", "column 1: a value where AND or OR needs a condition", "bare attribute before AND"},
		{"a = 1 OR b", "column 10: a value where AND or OR needs a condition", "bare attribute after OR"},
		{"NOT a", "column 5: a value where NOT needs a condition", "bare attribute after NOT"},
		{"(a = 1) = true", "column 1: a condition where a value is expected is not understood", "a condition as an operand"},
		{"a = 1 LIMIT 5", "column 7: DynamoDB has no LIMIT", "LIMIT"},
		{"a = 1 GROUP BY b", "column 7: DynamoDB has no GROUP BY", "GROUP BY"},
		{"a = 1 HAVING b = 1", "column 7: DynamoDB has no HAVING", "HAVING"},
		{"a = 1 OFFSET 1", "column 7: a name where the end is expected", "OFFSET is not even a keyword"},
		{"a[-1] = 1", "column 4: a negative list index", "negative index"},
		{"a[2147483648] = 1", "column 3: a list index over 2147483647", "index beyond 31 bits"},
		{"a[?] = 1", "column 3: a parameter (?) where an index is expected", "parameter as an index"},
		{"a.* = 1", "column 3: .* in a path", "wildcard member"},
		{"a[*] = 1", "column 3: [*] in a path", "wildcard element"},
		{"a.size = 1", "column 3: the keyword SIZE where a name is expected (a name that is a keyword needs double quotes)", "keyword as a step"},
		{"value = 1", "column 1: the keyword VALUE where a value or a name is expected (a name that is a keyword needs double quotes)", "keyword as a name"},
		{`"" = 1`, "column 1: an empty name", "empty name"},
		{"'a'.b = 1", "column 1: a path that does not begin with a name", "path from a literal"},
		{"a = `1`", "column 5: DynamoDB takes no Ion literals", "Ion"},
		{"a = 0x1F", "column 6: a name where the end is expected", "hexadecimal"},
		{"a = DATE '2020-01-01'", "column 5: DynamoDB has no DATE in a condition", "DATE literal"},
		{"a = :v", "column 5: : where a value or a name is expected", "a FilterExpression's placeholder"},
		{"a = ?1", "column 6: a number where the end is expected", "numbered parameter"},
		{"a = 1e", "column 6: a name where the end is expected", "exponent without digits"},
		{"a = 123456789012345678901234567890123456789", "column 5: a number of more than 38 digits", "39 digits"},
		{"a = 1e126", "column 5: a number out of range", "overflow"},
		{"a = 1e-131", "column 5: a number out of range", "underflow"},
		{"a = <<>>", "column 5: an empty set", "empty set"},
		{"a = <<1, 'a'>>", "column 5: a set of strings and numbers", "mixed set"},
		{"a = <<1, 1.0>>", "column 5: a set that holds a member twice", "duplicates by value"},
		{"a = <<null>>", "column 7: a set holds strings or numbers", "set of nulls"},
		{"a = [?]", "column 6: a parameter (?) inside a literal", "parameter in a list"},
		{"a = {'k': b}", "column 11: a name inside a literal", "attribute in a map"},
		{`a = {"k": 1}`, "column 6: a member name that does not stand in single quotes", "map key in double quotes"},
		{"a = {?: 1}", "column 6: a parameter (?) as a member name", "parameter as a map key"},
		{"a = {1: 1}", "column 6: a number where a member name in single quotes is expected", "number as a map key"},
		{"a = {'k': 1,}", "column 13: } where a member name in single quotes is expected", "a comma too many"},
		{"a = NOT b", "column 5: NOT where a value is expected", "NOT of a value"},
		{"a = 1" + strings.Repeat("0", 1100), "column 5: a number that DynamoDB does not read", "a number longer than any it stores"},
		{"a = {'k': 1, 'k': 2}", "column 14: a member name for the second time", "duplicate map key"},
		{"a IN ?", "column 6: a parameter (?) where IN needs a list", "parameter as the whole list"},
		{"a IN b", "column 6: a name where IN needs a list", "attribute as the list"},
		{"a IN ()", "column 7: ) where a value or a name is expected", "empty parentheses"},
		{"a IN []", "column 7: an empty list after IN", "empty brackets"},
		{"size(a, b) = 1", "column 1: size needs one argument", "two arguments of size"},
		{"a NOT = 1", "column 7: = where IN or BETWEEN is expected", "NOT before ="},
		{"a = 1 b = 2", "column 7: a name where the end is expected", "a forgotten AND"},
		{"a b", "column 3: a name where a comparison is expected", "a forgotten operator"},
		{"(a = 1", "column 7: the end of the text where ) is expected", "unclosed parenthesis"},
		{"a = 1)", "column 6: ) where the end is expected", "unopened parenthesis"},
		{"()", "column 2: ) where a value or a name is expected", "empty parentheses as a condition"},
		{"", "column 1: the end of the text where a value or a name is expected", "no condition"},
		{"a = 1;;", "column 7: ; where the end is expected", "two semicolons"},
		{`a = 1; DELETE FROM "T"`, "column 8: the keyword DELETE where the end is expected", "a second statement"},
		{"a = 1 ORDER BY b.c", "column 16: ORDER BY needs the name of a key attribute", "ORDER BY a path"},
	} {
		_, err := ParseWhere(tt.where)
		if err == nil || withoutRemedy(err) != tt.err {
			t.Errorf("%s (%s):\n got %v\nwant %s", tt.where, tt.reason, err, tt.err)
		}
		if _, ok := errors.AsType[*LexError](err); ok {
			t.Errorf("%s (%s): a lexical error", tt.where, tt.reason)
		}
	}
}

// TestLexErrors: what no reader of SQL can take, with the column in characters.
func TestLexErrors(t *testing.T) {
	for _, tt := range []struct{ where, err, reason string }{
		{"a = 'x", "column 5: a string without its closing '", "unterminated string"},
		{"a = 'x''", "column 5: a string without its closing '", "its last quote is a doubled one"},
		{`"é" = 1 AND "a = 1`, `column 13: a quoted name without its closing "`, "columns count characters, not bytes"},
		{"'\xed\xa0\x80' = a AND 'x", "column 13: a string without its closing '", "a lone surrogate is one character"},
		{"a = 1 /* x", "column 7: a comment without its closing */", "unterminated comment"},
		{"a = 1 /*/", "column 7: a comment without its closing */", "/*/ opens and does not close"},
		{"a = `1", "column 5: an Ion literal without its closing `", "unterminated Ion literal"},
		{"é = 1", "column 1: a character that SQL does not have outside quotes", "a letter beyond ASCII outside quotes"},
		{"a\u00a0= 1", "column 2: a character that SQL does not have outside quotes", "a no-break space, as word processors paste it"},
		{"a = ‘x’", "column 5: a character that SQL does not have outside quotes", "typographic quotes"},
		{"a = 1 # x", "column 7: a character that SQL does not have outside quotes", "a comment of another dialect"},
		{`a = \'x\'`, "column 5: a character that SQL does not have outside quotes", "an escape that a shell left over"},
		{"a = 1 \x00", "column 7: a character that SQL does not have outside quotes", "NUL outside quotes"},
		{"a = '\xff'", "column 6: a byte that is not UTF-8", "no UTF-8"},
		{"a = '\xed\xa0'", "column 6: a byte that is not UTF-8", "half a surrogate"},
		{"LIKE LIKE 'x", "column 11: a string without its closing '", "a lexical error behind one of grammar"},
	} {
		_, err := ParseWhere(tt.where)
		if _, ok := errors.AsType[*LexError](err); !ok || withoutRemedy(err) != tt.err {
			t.Errorf("%q (%s):\n got %T %v\nwant %s", tt.where, tt.reason, err, err, tt.err)
		}
		if _, err := CountParams(tt.where); err == nil || withoutRemedy(err) != tt.err {
			t.Errorf("%q (%s): CountParams: %v", tt.where, tt.reason, err)
		}
	}
}

// TestPrecedence: NOT binds tighter than AND, AND tighter than OR, comparisons
// tighter than all of them, and chains lean to the left.
func TestPrecedence(t *testing.T) {
	a, b, c := eq("a", "1"), eq("b", "1"), eq("c", "1")
	between := Between{X: path("a"), Low: lit(n("1")), High: lit(n("2"))}
	for _, tt := range []struct {
		where  string
		want   Expr
		reason string
	}{
		{"a=1 OR b=1 AND c=1", Or{a, And{b, c}}, "AND before OR on its right"},
		{"a=1 AND b=1 OR c=1", Or{And{a, b}, c}, "AND before OR on its left"},
		{"(a=1 OR b=1) AND c=1", And{Or{a, b}, c}, "parentheses first"},
		{"NOT a=1 AND b=1", And{Not{a}, b}, "NOT takes one comparison"},
		{"NOT (a=1 AND b=1)", Not{And{a, b}}, "NOT of a parenthesis"},
		{"NOT NOT a=1", Not{Not{a}}, "NOT twice"},
		{"a=1 AND NOT b=1 OR c=1", Or{And{a, Not{b}}, c}, "NOT after AND"},
		{"a=1 AND b=1 AND c=1", And{And{a, b}, c}, "AND leans left"},
		{"a=1 OR b=1 OR c=1", Or{Or{a, b}, c}, "OR leans left"},
		{"a=1 OR (b=1 OR c=1)", Or{a, Or{b, c}}, "parentheses keep the shape"},
		{"a BETWEEN 1 AND 2 AND b=1", And{between, b}, "the first AND is BETWEEN's"},
		{"b=1 AND a BETWEEN 1 AND 2 OR c=1", Or{And{b, between}, c}, "BETWEEN inside a chain"},
		{"NOT a BETWEEN 1 AND 2 AND b=1", And{Not{between}, b}, "NOT of BETWEEN"},
		{"NOT a IN (1) AND b=1", And{Not{In{X: path("a"), List: []Operand{lit(n("1"))}}}, b}, "NOT of IN"},
		{"NOT a IS NOT NULL", Not{Not{Is{X: path("a"), Type: "NULL"}}}, "NOT of IS NOT"},
	} {
		w, err := ParseWhere(tt.where)
		if err != nil {
			t.Errorf("%s (%s): %v", tt.where, tt.reason, err)
			continue
		}
		if d := cmp.Diff(tt.want, w.Expr, sameTree); d != "" {
			t.Errorf("%s (%s) (-want +got):\n%s", tt.where, tt.reason, d)
		}
	}
}

func TestOrderBy(t *testing.T) {
	w, err := ParseWhere(`pk = ? ORDER BY pk, "sort.key" DESC, x ASC ;`)
	if err != nil {
		t.Fatal(err)
	}
	want := []Order{{Name: "pk"}, {Name: "sort.key", Desc: true}, {Name: "x"}}
	if d := cmp.Diff(want, w.OrderBy, sameTree); d != "" || w.Params != 1 {
		t.Errorf("%d parameters, order (-want +got):\n%s", w.Params, d)
	}
}

// TestPositions: a node's Pos is where its first token begins.
func TestPositions(t *testing.T) {
	w, err := ParseWhere("'é' = x AND  - 5 < (b)")
	if err != nil {
		t.Fatal(err)
	}
	and := w.Expr.(And)
	left, right := and.Left.(Compare), and.Right.(Compare)
	got := []int{left.Pos, left.Right.(Path).Pos, right.Pos, right.Left.(Literal).Pos, right.Right.(Path).Pos}
	if d := cmp.Diff([]int{0, 7, 14, 14, 21}, got); d != "" {
		t.Error(d)
	}
}

func TestCountParams(t *testing.T) {
	for _, tt := range []struct {
		text   string
		want   int
		reason string
	}{
		{"", 0, "nothing"},
		{"a = ?", 1, "one"},
		{"a IN (?,?) AND b = ?", 3, "three"},
		{"a = '?' AND b = ?", 1, "one is in a string"},
		{`"?" = ?`, 1, "one is in a name"},
		{"a = ? -- ?\n AND b = ? /* ? */", 2, "two are in comments"},
		{"a LIKE ? + ?", 2, "the grammar does not matter"},
		{"a = `?`", 0, "one is in an Ion literal"},
	} {
		if got, err := CountParams(tt.text); got != tt.want || err != nil {
			t.Errorf("%s (%s): %d, %v; want %d", tt.text, tt.reason, got, err, tt.want)
		}
	}
}

// TestHugeText: no text exhausts the stack, however deep or long it is.
func TestHugeText(t *testing.T) {
	const many = 200_000
	for _, tt := range []struct{ where, reason string }{
		{strings.Repeat("(", many) + "a = 1" + strings.Repeat(")", many), "parentheses"},
		{strings.Repeat("NOT ", many) + "a = 1", "NOT"},
		{"a = " + strings.Repeat("[", many), "lists"},
		{"a = " + strings.Repeat("{'x':", many), "maps"},
		{"a = " + strings.Repeat("<<", many), "sets"},
		{"a IN " + strings.Repeat("(", many), "IN lists"},
		{strings.Repeat("size(", many) + "a", "function calls"},
		{"a = " + strings.Repeat("(1,", many), "lists in parentheses"},
		{"a = 1" + strings.Repeat(" OR a = 1", many), "a chain of OR"},
		{"a = 1" + strings.Repeat(" AND a = 1", many), "a chain of AND"},
		{"a" + strings.Repeat(".b", many) + " = 1", "a path"},
		{"a[" + strings.Repeat("(", many) + "0" + strings.Repeat(")", many) + "] = 1 2", "an index in parentheses"},
	} {
		if _, err := ParseWhere(tt.where); err == nil {
			t.Errorf("%s: no error", tt.reason)
		}
	}
	signs := "a = " + strings.Repeat("- ", many) + "1"
	if _, err := ParseWhere(signs); err != nil {
		t.Errorf("signs fold, however many: %v", err)
	}
	within := strings.Repeat("(", 400) + "a = 1" + strings.Repeat(")", 400)
	if _, err := ParseWhere(within); err != nil {
		t.Errorf("400 parentheses fit: %v", err)
	}
}

// TestLiteralLevels: a literal has 31 lists round a scalar at most.
func TestLiteralLevels(t *testing.T) {
	for _, levels := range []int{31, 32} {
		_, err := ParseWhere("a = " + strings.Repeat("[", levels) + "1" + strings.Repeat("]", levels))
		if (err == nil) != (levels == 31) {
			t.Errorf("%d levels: %v", levels, err)
		}
	}
}

// withoutRemedy returns an error's text up to its remedy.
func withoutRemedy(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	return strings.TrimSuffix(e.Error(), "; "+e.Remedy)
}
