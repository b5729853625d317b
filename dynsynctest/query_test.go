package dynsynctest_test

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

func TestQuery(t *testing.T) {
	_, c := newServer(t)
	createIndexed(t, c, "Users")
	for i := range 6 {
		for _, pk := range []string{"p", "q"} {
			put(t, c, "Users", item{"pk": s(pk), "sk": n(strconv.Itoa(i)), "g": s("g" + strconv.Itoa(i%2)), "l": s("l" + strconv.Itoa(9-i)), "a": n(strconv.Itoa(i))})
		}
	}
	for _, test := range []struct {
		reason, condition string
		values            item
		change            func(*dynamodb.QueryInput)
		want              []string // sort keys
	}{
		{reason: "a partition", condition: "pk = :p", want: []string{"0", "1", "2", "3", "4", "5"}},
		{reason: "backwards", condition: "pk = :p", change: func(in *dynamodb.QueryInput) { in.ScanIndexForward = aws.Bool(false) }, want: []string{"5", "4", "3", "2", "1", "0"}},
		{reason: "one item, the value first", condition: ":p = pk AND :x = sk", values: item{":x": n("3.0")}, want: []string{"3"}},
		{reason: "a range", condition: "pk = :p AND sk BETWEEN :x AND :y", values: item{":x": n("2"), ":y": n("4")}, want: []string{"2", "3", "4"}},
		{reason: "less", condition: "pk = :p AND sk < :x", values: item{":x": n("2")}, want: []string{"0", "1"}},
		{reason: "less or equal, backwards", condition: "pk = :p AND sk <= :x", values: item{":x": n("2")}, change: func(in *dynamodb.QueryInput) { in.ScanIndexForward = aws.Bool(false) }, want: []string{"2", "1", "0"}},
		{reason: "greater, the value first", condition: "pk = :p AND :x < sk", values: item{":x": n("3")}, want: []string{"4", "5"}},
		{reason: "greater or equal", condition: "pk = :p AND sk >= :x", values: item{":x": n("4")}, want: []string{"4", "5"}},
		{reason: "nothing there", condition: "pk = :p AND sk > :x", values: item{":x": n("100")}, want: nil},
		{reason: "a filter", condition: "pk = :p", values: item{":x": n("4")}, change: func(in *dynamodb.QueryInput) { in.FilterExpression = aws.String("a = :x OR a < :x") }, want: []string{"0", "1", "2", "3", "4"}},
		{reason: "a local index", condition: "pk = :p AND begins_with(l, :x)", values: item{":x": s("l")}, change: func(in *dynamodb.QueryInput) { in.IndexName = aws.String("byL") }, want: []string{"5", "4", "3", "2", "1", "0"}},
	} {
		in := &dynamodb.QueryInput{TableName: aws.String("Users"), KeyConditionExpression: &test.condition, ExpressionAttributeValues: item{":p": s("p")}}
		for name, v := range test.values {
			in.ExpressionAttributeValues[name] = v
		}
		if test.change != nil {
			test.change(in)
		}
		for _, limit := range []*int32{nil, aws.Int32(1), aws.Int32(2)} {
			in.Limit, in.ExclusiveStartKey = limit, nil
			var got []string
			for {
				out, err := c.Query(context.Background(), in)
				if err != nil {
					t.Fatalf("%s: %v", test.reason, err)
				}
				got = append(got, texts(out.Items, "sk")...)
				if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
					break
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%s: got %v; want %v", test.reason, got, test.want)
			}
		}
	}
}

func TestQueryGlobalIndex(t *testing.T) {
	_, c := newServer(t)
	createIndexed(t, c, "Users")
	for i := range 20 {
		put(t, c, "Users", item{"pk": s("p" + strconv.Itoa(i%3)), "sk": n(strconv.Itoa(i)), "g": s("same")})
	}
	in := &dynamodb.QueryInput{TableName: aws.String("Users"), IndexName: aws.String("byG"), Limit: aws.Int32(3),
		KeyConditionExpression: aws.String("g = :g"), ExpressionAttributeValues: item{":g": s("same")}}
	var seen []string
	for {
		out, err := c.Query(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, texts(out.Items, "sk")...)
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			break
		}
	}
	slices.Sort(seen)
	if len(slices.Compact(seen)) != 20 {
		t.Errorf("%d items", len(seen))
	}
}

func TestQueryRefuses(t *testing.T) {
	_, c := newServer(t)
	createIndexed(t, c, "Users")
	values := item{":p": s("p"), ":n": n("1"), ":empty": s("")}
	for _, test := range []struct {
		reason, condition, filter, index string
		start                            item
		text                             string
	}{
		{reason: "no condition", text: "Either the KeyConditions or KeyConditionExpression parameter must be specified"},
		{reason: "no partition key", condition: "sk = :n", text: "Query condition missed key schema element: pk"},
		{reason: "another attribute", condition: "pk = :p AND a = :n", text: "Query condition missed key schema element: sk"},
		{reason: "a range of partition keys", condition: "pk > :p", text: "Query key condition not supported"},
		{reason: "OR", condition: "pk = :p OR sk = :n", text: "Invalid operator used in KeyConditionExpression: OR"},
		{reason: "NOT", condition: "NOT pk = :p", text: "Invalid operator used in KeyConditionExpression: NOT"},
		{reason: "IN", condition: "pk = :p AND sk IN (:n)", text: "Invalid operator used in KeyConditionExpression: IN"},
		{reason: "<>", condition: "pk = :p AND sk <> :n", text: "Invalid operator used in KeyConditionExpression: <>"},
		{reason: "a function that is no range", condition: "pk = :p AND contains(sk, :n)", text: "Invalid operator used in KeyConditionExpression: contains"},
		{reason: "size", condition: "pk = :p AND size(sk) = :n", text: "KeyConditionExpressions cannot contain nested operations"},
		{reason: "two attributes", condition: "pk = sk", text: "Multiple attribute names used in one condition"},
		{reason: "a path", condition: "pk.x = :p", text: "Key attributes must be scalars"},
		{reason: "two conditions on the sort key", condition: "pk = :p AND sk > :n AND sk < :n", text: "must only contain one condition per key"},
		{reason: "another type", condition: "pk = :n", text: "Condition parameter type does not match schema type"},
		{reason: "an empty key", condition: "pk = :empty", text: "cannot contain an empty string value. Key: pk"},
		{reason: "a filter on a key", condition: "pk = :p", filter: "sk = :n", text: "Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"},
		{reason: "a filter on what the index lacks", condition: "g = :p", index: "byG", filter: "z = :n", text: "does not project one or more filter attributes: [z]"},
		{reason: "a start key in another partition", condition: "pk = :p", start: item{"pk": s("q"), "sk": n("1")}, text: "outside query boundaries"},
		{reason: "a start key out of range", condition: "pk = :p AND sk > :n", start: item{"pk": s("p"), "sk": n("0")}, text: "does not match the range key predicate"},
	} {
		in := &dynamodb.QueryInput{TableName: aws.String("Users"), ExclusiveStartKey: test.start, ExpressionAttributeValues: item{}}
		for name, v := range values {
			if contains(test.condition+" "+test.filter, name) {
				in.ExpressionAttributeValues[name] = v
			}
		}
		if len(in.ExpressionAttributeValues) == 0 {
			in.ExpressionAttributeValues = nil
		}
		for text, into := range map[string]**string{test.condition: &in.KeyConditionExpression, test.filter: &in.FilterExpression, test.index: &in.IndexName} {
			if text != "" {
				*into = aws.String(text)
			}
		}
		_, err := c.Query(context.Background(), in)
		if fails(t, err, "ValidationException", test.text); t.Failed() {
			t.Fatal(test.reason)
		}
	}
}
