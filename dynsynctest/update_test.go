package dynsynctest_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestUpdateItem(t *testing.T) {
	_, c := newServer(t)
	createIndexed(t, c, "Users")
	key := item{"pk": s("p"), "sk": n("1")}
	before := item{"pk": s("p"), "sk": n("1"), "a": n("5"), "s": s("x"), "li": l(s("0"), s("1"), s("2")),
		"map": m(item{"x": n("1"), "deep": l(n("1"))}), "ss": ss("a", "b"), "ns": ns("1", "2"), "bs": bs([]byte{1}, []byte{2})}
	for _, test := range []struct {
		reason, update string
		values         item
		changed        item   // nil values are gone
		text           string // of the error
	}{
		{reason: "values are those from before", update: "SET a = s, s = a", changed: item{"a": s("x"), "s": n("5")}},
		{reason: "arithmetic", update: "SET a = a + :v, b = :v - a", values: item{":v": n("0.5")}, changed: item{"a": n("5.5"), "b": n("-4.5")}},
		{reason: "arithmetic in parentheses", update: "SET a = (a - :v)", values: item{":v": n("5")}, changed: item{"a": n("0")}},
		{reason: "a default", update: "SET a = if_not_exists(a, :v), b = if_not_exists(b, :v) + :v", values: item{":v": n("1")}, changed: item{"b": n("2")}},
		{reason: "lists grow at both ends", update: "SET li = list_append(if_not_exists(absent, li), :v), s = list_append(:v, li)", values: item{":v": l(s("n"))}, changed: item{"li": l(s("0"), s("1"), s("2"), s("n")), "s": l(s("n"), s("0"), s("1"), s("2"))}},
		{reason: "elements", update: "SET li[1] = :v, li[9] = :v REMOVE li[0], li[2]", values: item{":v": s("n")}, changed: item{"li": l(s("n"), s("n"))}},
		{reason: "within a map", update: "SET #m.x = :v, #m.y = :v REMOVE #m.deep[0]", values: item{":v": n("2")}, changed: item{"map": m(item{"x": n("2"), "y": n("2"), "deep": l()})}},
		{reason: "ADD to a number, and where there is none", update: "ADD a :v, b :v, #m.x :v", values: item{":v": n("2")}, changed: item{"a": n("7"), "b": n("2"), "map": m(item{"x": n("3"), "deep": l(n("1"))})}},
		{reason: "ADD to sets", update: "ADD ss :s, ns :n, bs :b", values: item{":s": ss("b", "c"), ":n": ns("2.0", "3"), ":b": bs([]byte{2}, []byte{3})},
			changed: item{"ss": ss("a", "b", "c"), "ns": ns("1", "2", "3"), "bs": bs([]byte{1}, []byte{2}, []byte{3})}},
		{reason: "DELETE from sets, the last member too", update: "DELETE ss :s, ns :n, bs :b, nothing :s", values: item{":s": ss("a", "z"), ":n": ns("1", "2"), ":b": bs([]byte{1})},
			changed: item{"ss": ss("b"), "ns": nil, "bs": bs([]byte{2})}},
		{reason: "REMOVE what is not there", update: "REMOVE nothing, li[7]"},
		{reason: "every section", update: "set a = :v remove s add b :v delete ss :s", values: item{":v": n("1"), ":s": ss("a")}, changed: item{"a": n("1"), "s": nil, "b": n("1"), "ss": ss("b")}},
		{reason: "numbers are normalized", update: "SET a = :v", values: item{":v": m(item{"x": n("1.50")})}, changed: item{"a": m(item{"x": n("1.5")})}},

		{reason: "a key", update: "SET pk = :v", values: item{":v": s("p")}, text: "Cannot update attribute pk. This attribute is part of the key"},
		{reason: "an index key of another type", update: "SET g = :v", values: item{":v": n("1")}, text: "attempted to update the secondary index key to unsupported type"},
		{reason: "an empty index key", update: "SET g = :v", values: item{":v": s("")}, text: "IndexName: byG, IndexKey: g"},
		{reason: "what is not there", update: "SET a = nothing", text: "refers to an attribute that does not exist in the item"},
		{reason: "below what is not there", update: "SET nothing.x = :v", values: item{":v": s("")}, text: "The document path provided in the update expression is invalid for update"},
		{reason: "a member of a list", update: "SET li.x = :v", values: item{":v": s("")}, text: "is invalid for update"},
		{reason: "an element of a map", update: "REMOVE #m[0]", text: "is invalid for update"},
		{reason: "a sum of a string", update: "SET a = s + :v", values: item{":v": n("1")}, text: "An operand in the update expression has an incorrect data type"},
		{reason: "a sum of a literal string", update: "SET a = a + :v", values: item{":v": s("1")}, text: "operator or function: +, operand type: S"},
		{reason: "a list_append of no list", update: "SET li = list_append(li, s)", text: "incorrect data type"},
		{reason: "ADD of a string", update: "ADD a :v", values: item{":v": s("1")}, text: "operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"},
		{reason: "ADD of another kind of set", update: "ADD ss :v", values: item{":v": ns("1")}, text: "incorrect data type"},
		{reason: "DELETE of a number", update: "DELETE a :v", values: item{":v": n("1")}, text: "operator: DELETE, operand type: NUMBER"},
		{reason: "a sum of more than 38 digits", update: "SET a = a + :v", values: item{":v": n("1e-50")}, text: "precision up to 38 digits"},
		{reason: "a sum out of range", update: "SET a = :v + :v", values: item{":v": n("9e125")}, text: "Number overflow"},
		{reason: "one path twice", update: "SET a = :v REMOVE a", values: item{":v": s("")}, text: "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]"},
		{reason: "a path within another", update: "SET #m = :v, #m.x = :v", values: item{":v": s("")}, text: "path one: [map], path two: [map, x]"},
		{reason: "a map that is a list", update: "SET #m.x = :v, #m[0] = :v", values: item{":v": s("")}, text: "Two document paths conflict with each other"},
		{reason: "a section twice", update: "SET a = :v SET b = :v", values: item{":v": s("")}, text: `The "SET" section can only be used once in an update expression;`},
		{reason: "no section", update: "CHANGE a = :v", values: item{":v": s("")}, text: `Syntax error; token: "CHANGE", near: "CHANGE a"`},
		{reason: "nothing", update: "", text: "The expression can not be empty;"},
		{reason: "a comma at the end", update: "SET a = :v,", values: item{":v": s("")}, text: `Syntax error; token: "<EOF>", near: ","`},
		{reason: "three terms", update: "SET a = :v + :v + :v", values: item{":v": n("1")}, text: `Syntax error; token: "+", near: ":v + :v"`},
		{reason: "a function of conditions", update: "SET a = size(s)", text: "The function is not allowed in an update expression; function: size"},
		{reason: "a default of a value", update: "SET a = if_not_exists(:v, :v)", values: item{":v": s("")}, text: "requires a document path; operator or function: if_not_exists"},
		{reason: "an empty set", update: "SET a = :v", values: item{":v": ss()}, text: "An string set  may not be empty"},
		{reason: "nesting of 33 levels", update: "SET #m.y = :v", values: item{":v": deep(31)}, text: "Nesting Levels have exceeded supported limits"},
	} {
		put(t, c, "Users", before)
		in := &dynamodb.UpdateItemInput{TableName: aws.String("Users"), Key: key, UpdateExpression: &test.update, ExpressionAttributeValues: test.values, ReturnValues: types.ReturnValueAllNew}
		if contains(test.update, "#m") {
			in.ExpressionAttributeNames = map[string]string{"#m": "map"}
		}
		want := item{}
		for name, v := range before {
			want[name] = v
		}
		out, err := c.UpdateItem(context.Background(), in)
		if test.text != "" {
			fails(t, err, "ValidationException", test.text)
		} else if err != nil {
			t.Error(err)
		} else {
			for name, v := range test.changed {
				if want[name] = v; v == nil {
					delete(want, name)
				}
			}
			equal(t, out.Attributes, want)
		}
		equal(t, get(t, c, "Users", key), want)
		if t.Failed() {
			t.Fatal(test.reason)
		}
	}
}

// deep nests a string in lists.
func deep(levels int) types.AttributeValue {
	v := s("x")
	for range levels {
		v = l(v)
	}
	return v
}

func TestUpdateItemReturns(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	for _, test := range []struct {
		values    types.ReturnValue
		want, new item // of an update, of one that makes the item
	}{
		{"", nil, nil},
		{types.ReturnValueNone, nil, nil},
		{types.ReturnValueAllOld, item{"pk": s("1"), "a": n("1"), "z": n("0")}, nil},
		{types.ReturnValueAllNew, item{"pk": s("1"), "a": n("2"), "b": n("2"), "z": n("0")}, item{"pk": s("2"), "a": n("2"), "b": n("2")}},
		{types.ReturnValueUpdatedOld, item{"a": n("1")}, nil},
		{types.ReturnValueUpdatedNew, item{"a": n("2"), "b": n("2")}, item{"a": n("2"), "b": n("2")}},
	} {
		put(t, c, "Users", item{"pk": s("1"), "a": n("1"), "z": n("0")})
		if _, err := c.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{TableName: aws.String("Users"), Key: item{"pk": s("2")}}); err != nil {
			t.Fatal(err)
		}
		for pk, want := range map[string]item{"1": test.want, "2": test.new} {
			out, err := c.UpdateItem(context.Background(), &dynamodb.UpdateItemInput{TableName: aws.String("Users"), Key: item{"pk": s(pk)},
				UpdateExpression: aws.String("SET a = :v, b = :v"), ExpressionAttributeValues: item{":v": n("2")}, ReturnValues: test.values})
			if err != nil {
				t.Fatal(err)
			}
			equal(t, out.Attributes, want)
		}
	}
}

// An item near the limit can be put, but not written by UpdateItem, which counts
// more for each attribute.
func TestUpdateItemSize(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	update := func(size int) error {
		_, err := c.UpdateItem(context.Background(), &dynamodb.UpdateItemInput{TableName: aws.String("Users"), Key: item{"pk": s("1")},
			UpdateExpression: aws.String("SET a = :v"), ExpressionAttributeValues: item{":v": s(repeat("x", size))}})
		return err
	}
	if err := update(409_600 - 1 - 3 - 19); err != nil {
		t.Error(err)
	}
	fails(t, update(409_600-1-3-18), "ValidationException", "Item size to update has exceeded the maximum allowed size")
	put(t, c, "Users", big("2", 409_600))
	_, err := c.UpdateItem(context.Background(), &dynamodb.UpdateItemInput{TableName: aws.String("Users"), Key: item{"pk": s("2")},
		UpdateExpression: aws.String("SET a = :v"), ExpressionAttributeValues: item{":v": s("")}})
	fails(t, err, "ValidationException", "Item size to update has exceeded")
}

// What an UpdateItem can set is limited by the 4,096 bytes of its expression, not
// by the 300 operators of a condition: 463 attributes whose aliases are hexadecimal.
func TestUpdateItemExpressionSize(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	update := func(attributes int) error {
		in := &dynamodb.UpdateItemInput{TableName: aws.String("Users"), Key: item{"pk": s("1")}, ExpressionAttributeNames: map[string]string{}, ExpressionAttributeValues: item{}}
		text := "SET "
		for i := range attributes {
			alias := strconv.FormatInt(int64(i), 16)
			in.ExpressionAttributeNames["#"+alias], in.ExpressionAttributeValues[":"+alias] = "attribute "+alias, n("1")
			text += "#" + alias + "=:" + alias + ","
		}
		in.UpdateExpression = aws.String(strings.TrimSuffix(text, ","))
		_, err := c.UpdateItem(context.Background(), in)
		return err
	}
	if err := update(463); err != nil {
		t.Error(err)
	}
	if got := get(t, c, "Users", item{"pk": s("1")}); len(got) != 464 {
		t.Errorf("%d attributes", len(got))
	}
	fails(t, update(464), "ValidationException", "Expression size has exceeded the maximum allowed size; expression size: 409")
}
