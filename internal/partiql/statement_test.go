package partiql

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

func TestParseStatement(t *testing.T) {
	one := lit(n("1"))
	for _, tt := range []struct {
		text   string
		want   Statement
		reason string
	}{
		{`SELECT * FROM "my.table-1"`, &Select{Table: "my.table-1"}, "a table"},
		{`select * from Tab;`, &Select{Table: "Tab"}, "lower case, no quotes, a semicolon"},
		{`SELECT * FROM "Tab"."idx" WHERE a = ?`, &Select{Table: "Tab", Index: "idx", Where: Compare{Op: "=", Left: path("a"), Right: Param{}}, Params: 1}, "an index"},
		{`SELECT * FROM Tab.idx`, &Select{Table: "Tab", Index: "idx"}, "an index without quotes"},
		{`SELECT a, b.c, "d"[0] FROM Tab`, &Select{Table: "Tab", Columns: []Path{path("a"), path("b", "c"), {Steps: []Step{{Name: "d"}, {Elem: true}}}}}, "columns"},
		{`SELECT ALL (a) FROM Tab`, &Select{Table: "Tab", Columns: []Path{path("a")}}, "ALL, and a column in parentheses"},
		{`SELECT * FROM Tab WHERE a = 1 ORDER BY s DESC`, &Select{Table: "Tab", Where: eq("a", "1"), OrderBy: []Order{{Name: "s", Desc: true}}}, "ORDER BY"},
		{`INSERT INTO "Tab" VALUE {'it''s': ?, 'b': [1, <<'x'>>], 'c': (1), 'd': -1}`, &Insert{Table: "Tab", Params: 1, Item: map[string]Operand{
			"it's": Param{},
			"b":    lit(&types.AttributeValueMemberL{Value: []types.AttributeValue{n("1"), &types.AttributeValueMemberSS{Value: []string{"x"}}}}),
			"c":    one,
			"d":    lit(n("-1")),
		}}, "INSERT"},
		{`INSERT INTO Tab VALUE ({});`, &Insert{Table: "Tab", Item: map[string]Operand{}}, "an empty item, in parentheses; the table's keys are not the parser's business"},
		{`UPDATE Tab SET a = 1 WHERE b = 1`, &Update{Table: "Tab", Sets: []Assignment{{path("a"), one}}, Where: eq("b", "1")}, "UPDATE"},
		{`UPDATE Tab SET a = 1, b.c = ? SET d = e REMOVE f REMOVE g[0]`, &Update{Table: "Tab", Params: 1,
			Sets:    []Assignment{{path("a"), one}, {path("b", "c"), Param{}}, {path("d"), path("e")}},
			Removes: []Path{path("f"), {Steps: []Step{{Name: "g"}, {Elem: true}}}},
		}, "several clauses"},
		{`UPDATE Tab REMOVE a SET b = 1`, &Update{Table: "Tab", Sets: []Assignment{{path("b"), one}}, Removes: []Path{path("a")}}, "REMOVE first"},
		{`UPDATE Tab SET a = a + 1 - (b + ?)`, &Update{Table: "Tab", Params: 1, Sets: []Assignment{{path("a"), Arith{Op: "-",
			Left:  Arith{Op: "+", Left: path("a"), Right: one},
			Right: Arith{Op: "+", Left: path("b"), Right: Param{}}}}}}, "arithmetic leans left"},
		{`UPDATE Tab SET a = LIST_APPEND(if_not_exists(a, []), [1])`, &Update{Table: "Tab", Sets: []Assignment{{path("a"), UpdateCall{Func: "list_append", Args: []Operand{
			UpdateCall{Func: "if_not_exists", Args: []Operand{path("a"), lit(&types.AttributeValueMemberL{Value: []types.AttributeValue{}})}},
			lit(&types.AttributeValueMemberL{Value: []types.AttributeValue{n("1")}}),
		}}}}}, "functions"},
		{`UPDATE Tab SET a = set_add(a, <<1>>), b = set_delete(b, ?)`, &Update{Table: "Tab", Params: 1, Sets: []Assignment{
			{path("a"), UpdateCall{Func: "set_add", Args: []Operand{path("a"), lit(&types.AttributeValueMemberNS{Value: []string{"1"}})}}},
			{path("b"), UpdateCall{Func: "set_delete", Args: []Operand{path("b"), Param{}}}},
		}}, "sets"},
		{`UPDATE Tab SET a = 1 WHERE b = 1 RETURNING modified new *;`, &Update{Table: "Tab", Sets: []Assignment{{path("a"), one}}, Where: eq("b", "1"), Returning: "MODIFIED NEW"}, "RETURNING"},
		{`DELETE FROM "Tab" WHERE a = 1 RETURNING ALL OLD *`, &Delete{Table: "Tab", Where: eq("a", "1"), Returning: "ALL OLD"}, "DELETE"},
		{`DELETE FROM Tab`, &Delete{Table: "Tab"}, "DELETE without a condition; the service wants the whole key, which the parser does not know"},
	} {
		got, err := ParseStatement(tt.text)
		if err != nil {
			t.Errorf("%s (%s): %v", tt.text, tt.reason, err)
			continue
		}
		if d := cmp.Diff(tt.want, got, sameTree); d != "" {
			t.Errorf("%s (%s) (-want +got):\n%s", tt.text, tt.reason, d)
		}
	}
}

// TestRefusedStatement: the messages are DynamoDB Local's; "" is a statement that
// is not well formed.
func TestRefusedStatement(t *testing.T) {
	for _, tt := range []struct{ text, message, reason string }{
		{"", "", "nothing"},
		{";", "", "no statement"},
		{`EXPLAIN SELECT * FROM "Tab"`, "", "another statement"},
		{`SELECT *`, "", "no table"},
		{`SELECT FROM Tab`, "", "no column"},
		{`SELECT a, FROM Tab`, "", "no column after the comma"},
		{`SELECT *, a FROM Tab`, "", "a column beside *"},
		{`SELECT * FROM Tab WHERE`, "", "no condition"},
		{`SELECT * FROM Tab WHERE a = 1; DELETE FROM Tab`, "", "two statements"},
		{`SELECT * FROM Select`, "", "a keyword as a table"},
		{`SELECT * FROM my-t`, "Unexpected from source", "a dash without quotes"},
		{`SELECT * FROM "Tab\"Case"`, "", "a backslash in a table name"},
		{`SELECT * FROM 'Tab'`, "Unexpected from source", "a string as a table"},
		{`SELECT * FROM ?`, msgFrom, "a parameter as a table"},
		{`SELECT * FROM (SELECT * FROM Tab)`, msgFrom, "a sub-select"},
		{`SELECT * FROM ""`, "Path component cannot be an empty string", "an empty table name"},
		{`SELECT * FROM "ab"`, msgTableName, "a short table name"},
		{`SELECT * FROM "Table""Case"`, "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'.", "a quote in a table name"},
		{`SELECT * FROM "arn:aws:dynamodb:us-east-1:1:table/Tab"`, msgTableName, "an ARN"},
		{`SELECT * FROM "Tab"."i"."x"`, "A path may contain at most 2 components in the FROM clause", "three components"},
		{`SELECT * FROM "Tab"."i"`, msgTableName, "a short index name"},
		{`SELECT * FROM "Tab"[0]`, "Invalid list expression in source.", "an element of a table"},
		{`SELECT * FROM Tab t`, "Aliasing is not supported", "an alias"},
		{`SELECT * FROM Tab AS t`, msgAlias, "an alias with AS"},
		{`SELECT a AS b FROM Tab`, msgAlias, "a column's alias"},
		{`SELECT a b FROM Tab`, msgAlias, "… without AS"},
		{`SELECT * FROM Tab, Tub`, "Only select from a single table or index is supported.", "two tables"},
		{`SELECT * FROM Tab JOIN Tub ON 1=1`, msgOneTable, "a join"},
		{`SELECT COUNT(*) FROM "Tab"`, "Unexpected path component at 1:8:5", "COUNT"},
		{`SELECT size(a) FROM "Tab"`, "Unexpected path component at 1:8:4", "a function"},
		{`SELECT 1 FROM "Tab"`, "Unexpected path component at 1:8:1", "a number"},
		{`SELECT DISTINCT a FROM Tab`, "Unsupported token in expression: DISTINCT", "DISTINCT"},
		{`SELECT VALUE a FROM Tab`, "Select projection doesn't support value or pivot keywords", "SELECT VALUE"},
		{`SELECT a, a FROM Tab`, "Duplicate identifiers in select clause: a", "a column twice"},
		{`SELECT m, m.x FROM Tab`, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m, x], path two: [m]", "a column inside another"},
		{`SELECT * FROM Tab LIMIT 1`, "Unsupported clause: LIMIT at 1:25:1", "LIMIT"},
		{`SELECT * FROM Tab WHERE a = 1 GROUP BY a`, "Unsupported clause: GROUP BY", "GROUP BY"},
		{`SELECT * FROM Tab ORDER BY a`, "Must have WHERE clause in the statement when using ORDER BY clause.", "ORDER BY alone"},
		{"SELECT *\nFROM Tab\r\nWHERE a = <<>>", "Empty bags are not supported at 3:11:2", "the place counts lines"},
		{`INSERT INTO Tab VALUE ?`, "Unsupported format in item expression. Please use struct format {...} to express item values for insert statement. at 1:23:1", "a parameter for the item"},
		{`INSERT INTO Tab VALUES {'a': 1}`, "", "VALUES"},
		{`INSERT INTO Tab {'a': 1}`, "", "no VALUE"},
		{`INSERT INTO Tab VALUE {'a': 1}, {'a': 2}`, "", "two items"},
		{`INSERT INTO Tab VALUE {'a': [?]}`, "Unsupported data type: Parameter under key root.0 at 1:30:1", "a parameter in a list"},
		{`INSERT INTO Tab VALUE {'a': 1, 'a': 2}`, "Duplicate keys in tuple. Key: a under root at 1:23:1", "a name twice"},
		{`INSERT INTO Tab VALUE {a: 1}`, "Tuple keys must be of type String. Actual type: VariableReference under root at 1:24:1", "a bare name"},
		{`INSERT INTO Tab VALUE {'': 1}`, msgEmptyName, "an empty name"},
		{`INSERT INTO Tab VALUE {'a': 1} RETURNING ALL OLD *`, "RETURNING is not supported in INSERT", "RETURNING"},
		{`INSERT INTO Tab VALUE {'a': 1} ON CONFLICT DO NOTHING`, "Unsupported clause: ON CONFLICT", "ON CONFLICT"},
		{`INSERT INTO Tab.idx VALUE {'a': 1}`, "FROM clause may only contain a single table name in data manipulation statements", "an index"},
		{`UPDATE Tab`, "", "nothing to do"},
		{`UPDATE Tab SET`, "", "nothing to set"},
		{`UPDATE Tab SET 'a' = 1`, "", "a string as a target"},
		{`UPDATE Tab REMOVE a, b`, "", "REMOVE takes one path"},
		{`UPDATE Tab ADD a 1`, "", "ADD"},
		{`UPDATE Tab.i SET a = 1`, msgTableName, "an index whose name is too short"},
		{`INSERT INTO Tab.i VALUE {'a': 1}`, msgInsertIndex, "… which INSERT does not look at"},
		{`UPDATE Tab.idx SET a = 1`, "This operation is not supported on an index", "an index"},
		{`UPDATE Tab SET a = 1 SET a = 2`, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]", "a target twice"},
		{`UPDATE Tab SET a = 1 REMOVE a.b`, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a]", "a target inside another"},
		{`UPDATE Tab REMOVE a.b SET a = 1`, "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]", "… in the order of the text"},
		{`UPDATE Tab SET a = b * 2`, "Unsupported operator in Update Expression. Operator: *", "multiplication"},
		{`UPDATE Tab SET a = size(b)`, "The function is not allowed in an update expression; function: size", "a function of conditions"},
		{`UPDATE Tab SET a = foo(b)`, "Unrecognized function: foo", "an unknown function"},
		{`UPDATE Tab SET a = set_add(b, <<1>>)`, "The first argument to SET_ADD must equal the assignment value", "a set of another attribute"},
		{`UPDATE Tab SET a = set_delete(a, 1)`, "The second argument to SET_DELETE must be a value with type SET", "a number for a set"},
		{`UPDATE Tab SET a = set_add(a)`, "SET_ADD must have exactly two arguments at 1:20:7", "one argument"},
		{`UPDATE Tab SET a = 1 WHERE b = 1 RETURNING ALL OLD a`, "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause", "RETURNING a path"},
		{`UPDATE Tab SET a = 1 WHERE b = 1 RETURNING *`, "", "RETURNING everything"},
		{`UPDATE Tab SET a = 1 WHERE b = 1 RETURNING ALL OLD *, ALL NEW *`, "Invalid syntax with multiple returning elements in RETURNING clause", "RETURNING twice"},
		{`DELETE Tab WHERE a = 1`, "", "no FROM"},
		{`DELETE FROM Tab.idx WHERE a = 1`, "This operation is not supported on an index", "an index"},
		{`DELETE FROM Tab WHERE a = 1 ORDER BY a`, "", "ORDER BY"},
		{`DELETE FROM Tab WHERE a = 1 RETURNING ALL NEW *`, "Invalid returning clause: RETURNING ALL NEW *. Only RETURNING ALL OLD * is allowed in DELETE statements.", "RETURNING what is gone"},
	} {
		stmt, err := ParseStatement(tt.text)
		e, ok := errors.AsType[*Error](err)
		if !ok || stmt != nil {
			t.Errorf("%s (%s): %T, %v", tt.text, tt.reason, stmt, err)
		} else if e.Message != tt.message {
			t.Errorf("%s (%s): %v\n got %s\nwant %s", tt.text, tt.reason, err, e.Message, tt.message)
		}
	}
}
