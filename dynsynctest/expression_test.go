package dynsynctest_test

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

func TestExpressionsOfAScan(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	put(t, c, "Users",
		item{"pk": s("number"), "a": n("10")},
		item{"pk": s("string"), "a": s("abc"), "c": s("abc")},
		item{"pk": s("map"), "a": m(item{"x.y": n("1"), "l": l(s("zero"), s("one"))})},
		item{"pk": s("set"), "a": ss("abc", "x")},
		item{"pk": s("null"), "a": null()},
		item{"pk": s("missing")},
	)
	values := item{":n": n("1e1"), ":s": s("abc"), ":one": s("one"), ":k": n("1"), ":t": s("M"), ":z": null(), ":m": n("3")}
	names := map[string]string{"#a": "a", "#d": "x.y"}
	for _, test := range []struct {
		reason, filter string
		want           []string
	}{
		{"numbers by value", "a = :n", []string{"number"}},
		{"<> holds for other types and for what is missing", "a <> :n", []string{"map", "missing", "null", "set", "string"}},
		{"NOT of a comparison with what is missing", "NOT a = :n", []string{"map", "missing", "null", "set", "string"}},
		{"no order between types", "a > :k", []string{"number"}},
		{"a dot in a name", "#a.#d = :k", []string{"map"}},
		{"an element", "a.l[1] = :one", []string{"map"}},
		{"two attributes", "a = c", []string{"string"}},
		{"contains, of strings and sets", "contains(a, :s)", []string{"set", "string"}},
		{"begins_with", "begins_with(a, :s)", []string{"string"}},
		{"size", "size(a) = :m", []string{"string"}},
		{"a type", "attribute_type(a, :t)", []string{"map"}},
		{"null is a value", "a = :z", []string{"null"}},
		{"exists", "attribute_exists(a) AND NOT attribute_exists(c)", []string{"map", "null", "number", "set"}},
		{"precedence of AND", "a = :n OR a = :s AND c = :s", []string{"number", "string"}},
		{"parentheses", "(a = :n OR a = :s) AND c = :s", []string{"string"}},
		{"IN", "a IN (:n, :z)", []string{"null", "number"}},
		{"BETWEEN, keywords in any case", "a between :k and :n", []string{"number"}},
		{"keys, which a Scan may filter by", "pk = :s OR pk = :t", nil},
	} {
		in := dynamodb.ScanInput{TableName: aws.String("Users"), FilterExpression: &test.filter, ExpressionAttributeValues: item{}, ExpressionAttributeNames: map[string]string{}}
		for name, v := range values {
			if contains(test.filter, name) {
				in.ExpressionAttributeValues[name] = v
			}
		}
		for name, v := range names {
			if contains(test.filter, name) {
				in.ExpressionAttributeNames[name] = v
			}
		}
		if len(in.ExpressionAttributeNames) == 0 {
			in.ExpressionAttributeNames = nil
		}
		if len(in.ExpressionAttributeValues) == 0 {
			in.ExpressionAttributeValues = nil
		}
		got := sorted(texts(scanAll(t, c, in), "pk"))
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %s gave %v; want %v", test.reason, test.filter, got, test.want)
		}
	}
}

func TestExpressionsRefuse(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	for _, test := range []struct {
		reason, filter string
		text           string
	}{
		{"empty", "", "Invalid FilterExpression: The expression can not be empty;"},
		{"4097 bytes", "a = :v" + string(make([]byte, 4091)), "Expression size has exceeded the maximum allowed size; expression size: 4097"},
		{"nothing after the operator", "a =", `Syntax error; token: "<EOF>", near: "="`},
		{"two operators", "a = = :v", `Syntax error; token: "=", near: "= = :v"`},
		{"a character that no expression has", "a = :v;", `Syntax error; token: ";", near: ":v;"`},
		{"a name that begins with an underscore", "_a = :v", `Syntax error; token: "_", near: "_a"`},
		{"a parenthesis too few", "(a = :v", `Syntax error; token: "<EOF>"`},
		{"a parenthesis too many", "a = :v)", `Syntax error; token: ")"`},
		{"parentheses twice", "((a = :v))", "The expression has redundant parentheses;"},
		{"an operand that is no condition", "a", `Syntax error; token: "<EOF>", near: "a"`},
		{"a reserved word", "status = :v", "Attribute name is a reserved keyword; reserved keyword: status"},
		{"a reserved word within a path", "a.Name = :v", "reserved keyword: Name"},
		{"an index that is none", "a[x] = :v", `Syntax error; token: "x"`},
		{"an index beyond all lists", "a[4294967296] = :v", "List index is not within the allowable range; index: [4294967296]"},
		{"a path of 33 levels", "a" + repeat(".b", 32) + " = :v", "too many nesting levels"},
		{"a function nobody knows", "lower(a) = :v", "Invalid function name; function: lower"},
		{"a function of updates", "if_not_exists(a, :v) = :v", "The function is not allowed in a condition expression; function: if_not_exists"},
		{"too few arguments", "begins_with(a)", "Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1"},
		{"a condition as an operand", "attribute_exists(a) = :v", "The function is not allowed to be used this way in an expression; function: attribute_exists"},
		{"an operand as a condition", "size(a)", "The function is not allowed to be used this way in an expression; function: size"},
		{"a name that is not defined", "#x = :v", "An expression attribute name used in the document path is not defined; attribute name: #x"},
		{"a value that is not defined", "a = :x", "An expression attribute value used in expression is not defined; attribute value: :x"},
		{"operands that are one", "a = a", "The first operand must be distinct from the remaining operands"},
		{"101 values", "a IN (:v" + repeat(", :v", 100) + ")", "too many operands"},
		{"301 operators", "a = :v" + repeat(" OR a = :v", 150), "too many operators; operator count: 301"},
	} {
		in := &dynamodb.ScanInput{TableName: aws.String("Users"), FilterExpression: &test.filter}
		if contains(test.filter, ":v") {
			in.ExpressionAttributeValues = item{":v": s("x")}
		}
		_, err := c.Scan(context.Background(), in)
		if fails(t, err, "ValidationException", test.text); t.Failed() {
			t.Fatal(test.reason)
		}
	}
}

func TestPlaceholdersRefuse(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	for _, test := range []struct {
		reason string
		in     dynamodb.ScanInput
		text   string
	}{
		{"a value for nothing", dynamodb.ScanInput{FilterExpression: aws.String("a = :v"), ExpressionAttributeValues: item{":v": s(""), ":w": s("")}},
			"Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}"},
		{"values without an expression", dynamodb.ScanInput{ExpressionAttributeValues: item{":v": s("")}},
			"ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null"},
		{"names without an expression", dynamodb.ScanInput{ExpressionAttributeNames: map[string]string{"#v": "a"}},
			"ExpressionAttributeNames can only be specified when using expressions"},
		{"a name without #", dynamodb.ScanInput{FilterExpression: aws.String("a = :v"), ExpressionAttributeNames: map[string]string{"v": "a"}},
			`ExpressionAttributeNames contains invalid key: Syntax error; key: "v"`},
		{"a value without a colon", dynamodb.ScanInput{FilterExpression: aws.String("a = :v"), ExpressionAttributeValues: item{"v": s("")}},
			`ExpressionAttributeValues contains invalid key: Syntax error; key: "v"`},
		{"a value that is none", dynamodb.ScanInput{FilterExpression: aws.String("a = :v"), ExpressionAttributeValues: item{":v": ns("1", "1.0")}},
			"ExpressionAttributeValues contains invalid value: One or more parameter values were invalid: Input collection [1, 1.0] contains duplicates."},
		{"a name for no name", dynamodb.ScanInput{FilterExpression: aws.String("attribute_exists(#v)"), ExpressionAttributeNames: map[string]string{"#v": ""}},
			"ExpressionAttributeNames contains invalid value: Empty attribute name for key #v"},
		{"a name of 65,536 bytes", dynamodb.ScanInput{FilterExpression: aws.String("attribute_exists(#v)"), ExpressionAttributeNames: map[string]string{"#v": repeat("n", 65536)}},
			"ExpressionAttributeNames contains invalid value: Attribute name is too large, must be less than 65536 bytes for key #v"},
		{"256 bytes with #", dynamodb.ScanInput{FilterExpression: aws.String("attribute_exists(a)"), ExpressionAttributeNames: map[string]string{"#" + repeat("v", 255): "a"}},
			"ExpressionAttributeNames contains invalid key: The expression attribute map contains a key that is too long; size of key: 256"},
		{"256 bytes with a colon", dynamodb.ScanInput{FilterExpression: aws.String("attribute_exists(a)"), ExpressionAttributeValues: item{":" + repeat("v", 255): s("")}},
			"ExpressionAttributeValues contains invalid key: The expression attribute map contains a key that is too long; size of key: 256"},
		{"names without an expression, and none of them", dynamodb.ScanInput{ExpressionAttributeNames: map[string]string{}, ExpressionAttributeValues: item{}},
			"ExpressionAttributeNames can only be specified when using expressions"},
		{"values where only a projection could use them", dynamodb.ScanInput{ProjectionExpression: aws.String("a"), ExpressionAttributeValues: item{":v": s("")}},
			"ExpressionAttributeValues can only be specified when using expressions: FilterExpression is null"},
		{"no names", dynamodb.ScanInput{FilterExpression: aws.String("attribute_exists(a)"), ExpressionAttributeNames: map[string]string{}},
			"ExpressionAttributeNames must not be empty"},
	} {
		test.in.TableName = aws.String("Users")
		_, err := c.Scan(context.Background(), &test.in)
		if fails(t, err, "ValidationException", test.text); t.Failed() {
			t.Fatal(test.reason)
		}
	}
}
