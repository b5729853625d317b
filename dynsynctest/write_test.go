package dynsynctest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// big returns an item of the table "pk:S" that counts exactly size bytes.
func big(pk string, size int) item {
	return item{"pk": s(pk), "x": s(strings.Repeat("x", size-len("pk")-len(pk)-len("x")))}
}

// refusedItems are items that a table "pk:S sk:N" with indexes on g and l
// refuses, however they are written.
var refusedItems = []struct {
	reason string
	change item // put over a good item; nil values take away
	text   string
}{
	{"no sort key", item{"sk": nil}, "Missing the key sk in the item"},
	{"a key of another type", item{"sk": s("1")}, "Type mismatch for key sk expected: N actual: S"},
	{"a set for a key", item{"pk": ss("1")}, "Type mismatch for key pk expected: S actual: SS"},
	{"an empty key", item{"pk": s("")}, "cannot contain an empty string value. Key: pk"},
	{"a long partition key", item{"pk": s(strings.Repeat("x", 2049))}, "Size of hashkey has exceeded"},
	{"an index key of another type", item{"g": n("1")}, "Type mismatch for Index Key g Expected: S Actual: N IndexName: byG"},
	{"an empty index key", item{"g": s("")}, "IndexName: byG, IndexKey: g"},
	{"a long index sort key", item{"l": s(strings.Repeat("x", 1025))}, "Aggregated size of all range keys has exceeded"},
	{"no number", item{"a": n("one")}, "cannot be converted to a numeric value: one"},
	{"no number for a key", item{"sk": n("1_0")}, "cannot be converted to a numeric value: 1_0"},
	{"39 digits", item{"a": n(strings.Repeat("1", 39))}, "precision up to 38 digits"},
	{"a number out of range, in a list", item{"a": l(n("1e126"))}, "Number overflow"},
	{"a number out of range, in a map", item{"a": m(item{"b": n("1e-131")})}, "Number underflow"},
	{"an empty string set", item{"a": ss()}, "An string set  may not be empty"},
	{"an empty number set", item{"a": ns()}, "An number set  may not be empty"},
	{"an empty binary set", item{"a": bs()}, "Binary sets should not be empty"},
	{"an empty set, nested", item{"a": l(m(item{"b": ss()}))}, "An string set  may not be empty"},
	{"equal strings in a set", item{"a": ss("x", "y", "x")}, "Input collection [x, y, x] contains duplicates"},
	{"numbers in a set that are equal by value", item{"a": ns("1", "1.0")}, "contains duplicates"},
	{"equal binaries in a set", item{"a": bs([]byte{1}, []byte{1})}, "of type BS contains duplicates"},
	{"NULL that is false", item{"a": &types.AttributeValueMemberNULL{Value: false}}, "Null attribute value types must have the value of true"},
	{"an attribute without a name", item{"": s("x")}, "Empty attribute name"},
	{"an entry of a map without a name", item{"a": m(item{"": s("x")})}, "Empty attribute name"},
	{"a name of 65,536 bytes", item{strings.Repeat("x", 65536): s("x")}, "Attribute name is too large"},
	{"409,601 bytes", item{"x": s(strings.Repeat("x", 409_601-8))}, "Item size has exceeded the maximum allowed size"},
}

func TestWritesRefuseItems(t *testing.T) {
	_, c := newServer(t)
	ctx := context.Background()
	createIndexed(t, c, "Users")
	for _, test := range refusedItems {
		bad := item{"pk": s("p"), "sk": n("1")}
		for name, v := range test.change {
			if bad[name] = v; v == nil {
				delete(bad, name)
			}
		}
		_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: bad})
		if fails(t, err, "ValidationException", test.text); t.Failed() {
			t.Fatalf("PutItem: %s", test.reason)
		}
		good := item{"pk": s("q"), "sk": n("1")}
		_, err = c.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Users": {
			{PutRequest: &types.PutRequest{Item: good}}, {PutRequest: &types.PutRequest{Item: bad}},
		}}})
		if fails(t, err, "ValidationException", test.text); t.Failed() {
			t.Fatalf("BatchWriteItem: %s", test.reason)
		}
	}
	if items := scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}); len(items) > 0 {
		t.Errorf("%d items of refused batches were stored", len(items))
	}
}

func TestWritesAcceptTheLimits(t *testing.T) {
	_, c := newServer(t)
	createIndexed(t, c, "Users")
	for _, test := range []struct {
		reason string
		with   item
	}{
		{"409,600 bytes", item{"x": s(strings.Repeat("x", 409_600-8))}},
		{"a partition key of 2,048 bytes", item{"pk": s(strings.Repeat("x", 2048))}},
		{"an index sort key of 1,024 bytes", item{"l": s(strings.Repeat("x", 1024))}},
		{"an attribute name of 65,535 bytes", item{strings.Repeat("x", 65535): s("x")}},
		{"empty values that are no keys", item{"s": s(""), "b": b(), "l2": l(), "m": m(nil), "ss": ss(""), "bs": bs([]byte{})}},
		{"every type, nested", item{"a": m(item{"l": l(s("x"), n("1"), b(1), boolean(false), null(), ss("x"), ns("1"), bs([]byte{1}), m(item{"deep": l()}))})}},
	} {
		want := item{"pk": s("p"), "sk": n("1")}
		for name, v := range test.with {
			want[name] = v
		}
		put(t, c, "Users", want)
		if got := get(t, c, "Users", item{"pk": want["pk"], "sk": want["sk"]}); len(got) != len(want) {
			t.Errorf("%s: %d attributes of %d", test.reason, len(got), len(want))
		} else {
			equal(t, got, want)
		}
	}
}

func TestBatchWriteRefuses(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:N")
	createTable(t, c, "Other", "pk:N")
	put := func(pk string) types.WriteRequest {
		return types.WriteRequest{PutRequest: &types.PutRequest{Item: item{"pk": n(pk), "secret": s("canary")}}}
	}
	del := func(pk string) types.WriteRequest {
		return types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: item{"pk": n(pk)}}}
	}
	var many []types.WriteRequest
	for i := range 26 {
		many = append(many, put(fmt.Sprint(i)))
	}
	for _, test := range []struct {
		reason     string
		items      map[string][]types.WriteRequest
		code, text string
	}{
		{"26 requests, which it echoes", map[string][]types.WriteRequest{"Users": many}, "ValidationException", "canary"},
		{"26 requests to two tables", map[string][]types.WriteRequest{"Users": many[:20], "Other": many[20:]}, "ValidationException", "Too many items requested for the BatchWriteItem call"},
		{"none", map[string][]types.WriteRequest{}, "ValidationException", "The requestItems parameter is required for BatchWriteItem"},
		{"none for a table", map[string][]types.WriteRequest{"Users": {}}, "ValidationException", "greater than or equal to 1"},
		{"a request that asks for nothing", map[string][]types.WriteRequest{"Users": {{}}}, "ValidationException", ""},
		{"one key twice", map[string][]types.WriteRequest{"Users": {put("1"), put("1")}}, "ValidationException", "Provided list of item keys contains duplicates"},
		{"one key, written in two ways", map[string][]types.WriteRequest{"Users": {put("100"), put("1e2")}}, "ValidationException", "duplicates"},
		{"zero and minus zero", map[string][]types.WriteRequest{"Users": {put("0"), del("-0")}}, "ValidationException", "duplicates"},
		{"a table that is not there", map[string][]types.WriteRequest{"Nobody": {put("1")}}, "ResourceNotFoundException", "Requested resource not found"},
		{"a key that is no key", map[string][]types.WriteRequest{"Users": {{DeleteRequest: &types.DeleteRequest{Key: item{"id": n("1")}}}}}, "ValidationException", "The provided key element does not match the schema"},
	} {
		_, err := c.BatchWriteItem(context.Background(), &dynamodb.BatchWriteItemInput{RequestItems: test.items})
		if fails(t, err, test.code, test.text); t.Failed() {
			t.Fatal(test.reason)
		}
	}
}

func TestBatchWrite(t *testing.T) {
	_, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	createTable(t, c, "Other", "pk:S")
	put(t, c, "Users", item{"pk": s("old")}, item{"pk": s("gone")})
	out, err := c.BatchWriteItem(context.Background(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{
		"Users": {
			{PutRequest: &types.PutRequest{Item: item{"pk": s("new")}}},
			{PutRequest: &types.PutRequest{Item: item{"pk": s("old"), "a": n("1")}}},
			{DeleteRequest: &types.DeleteRequest{Key: item{"pk": s("gone")}}},
			{DeleteRequest: &types.DeleteRequest{Key: item{"pk": s("never there")}}},
		},
		"Other": {{PutRequest: &types.PutRequest{Item: item{"pk": s("new")}}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if out.UnprocessedItems == nil || len(out.UnprocessedItems) > 0 {
		t.Errorf("unprocessed: %v", out.UnprocessedItems)
	}
	equal(t, sorted(texts(scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}), "pk")), []string{"new", "old"})
	equal(t, get(t, c, "Users", item{"pk": s("old")}), item{"pk": s("old"), "a": n("1")})
	equal(t, get(t, c, "Other", item{"pk": s("new")}), item{"pk": s("new")})
}

func TestReturnValues(t *testing.T) {
	_, c := newServer(t)
	ctx := context.Background()
	createTable(t, c, "Users", "pk:S")
	table, first, second := aws.String("Users"), item{"pk": s("1"), "a": n("1")}, item{"pk": s("1"), "a": n("2")}
	out, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: first, ReturnValues: types.ReturnValueAllOld})
	if err != nil || out.Attributes != nil {
		t.Fatalf("nothing was there: %v, %v", out, err)
	}
	out, err = c.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: second, ReturnValues: types.ReturnValueAllOld})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, out.Attributes, first)
	_, err = c.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: second, ReturnValues: types.ReturnValueAllNew})
	fails(t, err, "ValidationException", "Return values set to invalid value")
	deleted, err := c.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: table, Key: item{"pk": s("1")}, ReturnValues: types.ReturnValueAllOld})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, deleted.Attributes, second)
}

func TestConditions(t *testing.T) {
	_, c := newServer(t)
	ctx := context.Background()
	createTable(t, c, "Users", "pk:S")
	there := item{"pk": s("1"), "a": n("1")}
	put(t, c, "Users", there)
	putIf := func(pk, condition string) error {
		_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: item{"pk": s(pk)}, ConditionExpression: &condition,
			ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld})
		return err
	}
	err := putIf("1", "attribute_not_exists(pk)")
	fails(t, err, "ConditionalCheckFailedException", "The conditional request failed")
	if failed, ok := unwrap[*types.ConditionalCheckFailedException](err); !ok {
		t.Errorf("got %T", err)
	} else {
		equal(t, failed.Item, there)
	}
	fails(t, putIf("2", "attribute_exists(pk)"), "ConditionalCheckFailedException", "")
	if err := putIf("2", "attribute_not_exists(pk)"); err != nil {
		t.Error(err)
	}
	_, err = c.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String("Users"), Key: item{"pk": s("1")},
		ConditionExpression: aws.String("a = :two"), ExpressionAttributeValues: item{":two": n("2")}})
	fails(t, err, "ConditionalCheckFailedException", "")
	equal(t, get(t, c, "Users", item{"pk": s("1")}), there)
}

func TestGetItem(t *testing.T) {
	_, c := newServer(t)
	ctx := context.Background()
	createIndexed(t, c, "Users")
	put(t, c, "Users", item{"pk": s("1"), "sk": n("1"), "a": m(item{"b": l(n("0"), n("1"), n("2")), "c": s("x")}), "d": s("y")})
	for _, test := range []struct {
		reason     string
		key        item
		projection string
		names      map[string]string
		want       item
		text       string // of the error
	}{
		{reason: "the key in another form", key: item{"pk": s("1"), "sk": n("1.0")}, projection: "d", want: item{"d": s("y")}},
		{reason: "paths, elements of a list together", key: item{"pk": s("1"), "sk": n("1")}, projection: "a.b[2], a.b[0], #c.nothing, nothing", names: map[string]string{"#c": "d"}, want: item{"a": m(item{"b": l(n("0"), n("2"))})}},
		{reason: "nothing there", key: item{"pk": s("2"), "sk": n("1")}, projection: "d"},
		{reason: "half a key", key: item{"pk": s("1")}, text: "The provided key element does not match the schema"},
		{reason: "more than a key", key: item{"pk": s("1"), "sk": n("1"), "d": s("y")}, text: "does not match the schema"},
		{reason: "a key of another type", key: item{"pk": s("1"), "sk": s("1")}, text: "does not match the schema"},
		{reason: "paths that overlap", key: item{"pk": s("1"), "sk": n("1")}, projection: "a, a.b", text: "path one: [a], path two: [a, b]"},
		{reason: "a name for nothing", key: item{"pk": s("1"), "sk": n("1")}, projection: "a", names: map[string]string{"#x": "d"}, text: "unused in expressions: keys: {#x}"},
		{reason: "a reserved word", key: item{"pk": s("1"), "sk": n("1")}, projection: "Name", text: "reserved keyword: Name"},
	} {
		in := &dynamodb.GetItemInput{TableName: aws.String("Users"), Key: test.key, ExpressionAttributeNames: test.names}
		if test.projection != "" {
			in.ProjectionExpression = &test.projection
		}
		out, err := c.GetItem(ctx, in)
		switch {
		case test.text != "":
			fails(t, err, "ValidationException", test.text)
		case err != nil:
			t.Error(err)
		default:
			equal(t, out.Item, test.want)
		}
		if t.Failed() {
			t.Fatal(test.reason)
		}
	}
}

func TestBatchGet(t *testing.T) {
	_, c := newServer(t)
	ctx := context.Background()
	createTable(t, c, "Users", "pk:S")
	fill(t, c, "Users", 30, nil)
	keys := func(names ...string) types.KeysAndAttributes {
		k := types.KeysAndAttributes{Keys: []map[string]types.AttributeValue{}}
		for _, name := range names {
			k.Keys = append(k.Keys, item{"pk": s(name)})
		}
		return k
	}
	want := keys("k1", "k29", "nobody")
	want.ProjectionExpression = aws.String("#n")
	want.ExpressionAttributeNames = map[string]string{"#n": "number"}
	out, err := c.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"Users": want}})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, sorted(texts(out.Responses["Users"], "number")), []string{"1", "29"})
	var many []string
	for i := range 101 {
		many = append(many, fmt.Sprint(i))
	}
	for _, test := range []struct {
		reason string
		items  map[string]types.KeysAndAttributes
		text   string
	}{
		{"101 keys", map[string]types.KeysAndAttributes{"Users": keys(many...)}, "less than or equal to 100"},
		{"one key twice", map[string]types.KeysAndAttributes{"Users": keys("k1", "k1")}, "duplicates"},
		{"no keys", map[string]types.KeysAndAttributes{"Users": keys()}, "greater than or equal to 1"},
	} {
		_, err := c.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: test.items})
		if fails(t, err, "ValidationException", test.text); t.Failed() {
			t.Fatal(test.reason)
		}
	}
}

// 41 items of 400 KB are more than the 16 MB a batch returns.
func TestBatchGetStopsAt16MB(t *testing.T) {
	_, c := newServer(t)
	ctx := context.Background()
	createTable(t, c, "Users", "pk:S")
	var keys []map[string]types.AttributeValue
	for i := range 45 {
		pk := fmt.Sprint("item", i)
		put(t, c, "Users", big(pk, 409_600))
		keys = append(keys, item{"pk": s(pk)})
	}
	seen, rounds := 0, 0
	for request := map[string]types.KeysAndAttributes{"Users": {Keys: keys, ConsistentRead: aws.Bool(true)}}; len(request) > 0; rounds++ {
		out, err := c.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: request})
		if err != nil {
			t.Fatal(err)
		}
		seen += len(out.Responses["Users"])
		request = out.UnprocessedKeys
	}
	if seen != 45 || rounds != 2 {
		t.Errorf("%d items in %d rounds", seen, rounds)
	}
}
