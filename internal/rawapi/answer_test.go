package rawapi

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"
)

// api is both of a client's roles.
type api interface {
	SourceAPI
	DestinationAPI
}

// The calls of this package, with the answer that DynamoDB gives to each.
var operations = []struct {
	name   string
	answer string
	call   func(api) error
}{{
	name: "ExecuteStatement", answer: twoItems,
	call: func(c api) error {
		return NewReader(c, nil).ExecuteStatement(context.Background(), statement("SELECT"), new(Page))
	},
}, {
	name: "Scan", answer: twoItems,
	call: func(c api) error {
		return NewReader(c, nil).Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String("T")}, new(Page))
	},
}, {
	name: "BatchWriteItem", answer: written,
	call: func(c api) error {
		_, err := NewWriter(c, nil).BatchWrite(context.Background(), "T", batchOf(item(0), item(1)))
		return err
	},
}}

// A proxy answered 200 with something of its own, and the SDK took it for an
// answer: a scan ended early without an error, and a batch counted as written.
// No such answer is data; asking again may reach DynamoDB.
func TestForeignAnswers(t *testing.T) {
	bodies := []struct{ name, why, body string }{
		{"nothing", "the SDK takes no bytes for an answer with all members absent", ``},
		{"empty object", "it says nothing", `{}`},
		{"message", "what gateways send", `{"message":"` + canary + `"}`},
		{"null", "it is no object", `null`},
		{"array", "likewise", `[]`},
		{"string", "likewise", `"` + canary + `"`},
		{"HTML", "a captive portal", `<html>` + canary + `</html>`},
		{"null members", "they say nothing", `{"Items":null,"UnprocessedItems":null}`},
		{"members of another kind", "they are not what DynamoDB sends", `{"Items":{},"UnprocessedItems":[]}`},
		{"wrapped", "it is another API's form", `{"Output":{"Items":[],"UnprocessedItems":{}}}`},
		{"other case", "names are exact", `{"items":[],"unprocessedItems":{}}`},
	}
	for _, op := range operations {
		for _, path := range []string{"raw", "typed"} {
			for _, tt := range bodies {
				t.Run(op.name+"/"+path+"/"+tt.name, func(t *testing.T) {
					foreign := reply{body: tt.body, noCRC: true}
					err := callPath(t, op.call, path, 3, foreign)
					wantBodyError(t, err)
					if err := callPath(t, op.call, path, 2, foreign, ok(op.answer)); err != nil {
						t.Errorf("error %v although DynamoDB answered in the end; %s", err, tt.why)
					}
				})
			}
		}
	}
}

// Of two members of one name the SDK keeps the last: what the first lists as
// unprocessed would count as written.
func TestAnswersSaidTwice(t *testing.T) {
	put := `{"PutRequest":{"Item":` + string(item(0)) + `}}`
	bodies := []struct{ name, body string }{
		{"then nothing", `{"UnprocessedItems":{"T":[` + put + `]},"UnprocessedItems":{}}`},
		{"nothing first", `{"UnprocessedItems":{},"UnprocessedItems":{"T":[` + put + `]}}`},
		{"twice nothing", `{"UnprocessedItems":{},"UnprocessedItems":{}}`},
		{"escaped", `{"UnprocessedItems":{"T":[` + put + `]},"Unprocess\u0065dItems":{}}`},
		{"then null", `{"UnprocessedItems":{"T":[` + put + `]},"UnprocessedItems":null}`},
		{"table", `{"UnprocessedItems":{"T":[` + put + `],"\u0054":[]}}`},
		{"put", `{"UnprocessedItems":{"T":[{"PutRequest":{"Item":` + string(item(0)) + `},"PutRequest":{"Item":` + string(item(1)) + `}}]}}`},
		{"item", `{"UnprocessedItems":{"T":[{"PutRequest":{"Item":` + string(item(0)) + `,"Item":` + string(item(1)) + `}}]}}`},
		{"attribute", `{"UnprocessedItems":{"T":[{"PutRequest":{"Item":{"Id":{"S":"a"},"Id":{"S":"b"}}}}]}}`},
	}
	for _, path := range []string{"raw", "typed"} {
		for _, tt := range bodies {
			t.Run(path+"/"+tt.name, func(t *testing.T) {
				wantBodyError(t, callPath(t, operations[2].call, path, 3, ok(tt.body)))
			})
		}
	}
}

// callPath makes a call on a path, and counts the requests it takes.
func callPath(t *testing.T, call func(api) error, path string, requests int, replies ...reply) error {
	t.Helper()
	s := serve(t, answers(replies...))
	var client api = s.client()
	if path == "typed" {
		client = struct{ api }{client}
	}
	err := call(client)
	if n := len(s.got()); n != requests {
		t.Errorf("%d requests, want %d", n, requests)
	}
	return err
}

// wantBodyError fails the test unless err is what the SDK makes of a response
// that it can't decode, with this package's error inside.
func wantBodyError(t *testing.T, err error) {
	t.Helper()
	wantPrivate(t, err)
	var outer *smithy.DeserializationError
	var inner *BodyError
	if !errors.As(err, &outer) || !errors.As(outer.Err, &inner) {
		t.Errorf("error %v (%T)", err, err)
	}
}
