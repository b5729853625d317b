package rawapi

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

// itemAPI is a client of all that a Writer calls.
type itemAPI interface {
	DestinationAPI
	BatchExecuteStatementAPI
	PutItemAPI
	UpdateItemAPI
	GetItemAPI
}

func av(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func avItem(s string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"Id": av(s)}
}

func inserts(n int) *dynamodb.BatchExecuteStatementInput {
	in := &dynamodb.BatchExecuteStatementInput{ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal}
	for range n {
		in.Statements = append(in.Statements, types.BatchStatementRequest{Statement: aws.String(`INSERT INTO "T" VALUE {'Id':?}`), Parameters: []types.AttributeValue{av("a")}})
	}
	return in
}

// The calls for items, with the answer that DynamoDB gives to each.
var itemOperations = []struct {
	name   string
	answer string
	call   func(*Writer) error
}{{
	name: "BatchExecuteStatement", answer: `{"Responses":[{"TableName":"T"},{"Error":{"Code":"DuplicateItem","Message":"m"},"TableName":"T"}]}`,
	call: func(w *Writer) error {
		_, err := w.BatchExecuteStatement(context.Background(), inserts(2))
		return err
	},
}, {
	name: "PutItem", answer: `{"ConsumedCapacity":{"TableName":"T","CapacityUnits":1}}`,
	call: func(w *Writer) error {
		_, err := w.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("T"), Item: avItem("a")})
		return err
	},
}, {
	name: "UpdateItem", answer: `{"ConsumedCapacity":{"TableName":"T","CapacityUnits":1}}`,
	call: func(w *Writer) error {
		_, err := w.UpdateItem(context.Background(), &dynamodb.UpdateItemInput{TableName: aws.String("T"), Key: avItem("a")})
		return err
	},
}, {
	name: "GetItem", answer: `{"Item":{"Id":{"S":"a"}},"ConsumedCapacity":{"TableName":"T","CapacityUnits":0.5}}`,
	call: func(w *Writer) error {
		_, err := w.GetItem(context.Background(), &dynamodb.GetItemInput{TableName: aws.String("T"), Key: avItem("a")})
		return err
	},
}}

// callItem makes a call on a path, and counts the requests it takes.
func callItem(t *testing.T, call func(*Writer) error, path string, requests int, replies ...reply) error {
	t.Helper()
	s := serve(t, answers(replies...))
	var client itemAPI = s.client()
	if path == "typed" {
		client = struct{ itemAPI }{client}
	}
	err := call(NewWriter(client, nil))
	if n := len(s.got()); n != requests {
		t.Errorf("%d requests, want %d", n, requests)
	}
	return err
}

// An answer that is damaged, or somebody else's, is not taken for success.
func TestItemCallsForeignAnswers(t *testing.T) {
	replies := []struct {
		name, why string
		reply     reply
	}{
		{"nothing", "the SDK takes no bytes for an answer with all members absent", reply{noCRC: true}},
		{"empty object", "it says nothing", reply{body: `{}`, noCRC: true}},
		{"message", "what gateways send", reply{body: `{"message":"` + canary + `"}`, noCRC: true}},
		{"null", "it is no object", ok(`null`)},
		{"array", "likewise", ok(`[]`)},
		{"HTML", "a captive portal", ok(`<html>` + canary + `</html>`)},
		{"null members", "they say nothing", reply{body: `{"Responses":null,"ConsumedCapacity":null}`, noCRC: true}},
		{"members of another kind", "they are not what DynamoDB sends", reply{body: `{"Responses":{},"ConsumedCapacity":[]}`, noCRC: true}},
		{"other case", "names are exact", reply{body: `{"responses":[{},{}],"consumedCapacity":{}}`, noCRC: true}},
		{"twice", "of two members the SDK keeps the last", ok(`{"Responses":[{"Error":{"Code":"DuplicateItem"}},{}],"Responses":[{},{}],"ConsumedCapacity":{},"ConsumedCapacity":{}}`)},
		{"wrong checksum", "the body was changed on its way", reply{body: `{"Responses":[{},{}],"ConsumedCapacity":{}}`, wrongCRC: true}},
		{"cut short", "the connection broke", reply{body: `{"Responses":[{},{}],"ConsumedCapacity":{}}`, cut: 20}},
	}
	for _, op := range itemOperations {
		for _, path := range []string{"raw", "typed"} {
			for _, tt := range replies {
				t.Run(op.name+"/"+path+"/"+tt.name, func(t *testing.T) {
					wantBodyError(t, callItem(t, op.call, path, 3, tt.reply))
					if err := callItem(t, op.call, path, 2, tt.reply, ok(op.answer)); err != nil {
						t.Errorf("error %v although DynamoDB answered in the end; %s", err, tt.why)
					}
				})
			}
			t.Run(op.name+"/"+path, func(t *testing.T) {
				if err := callItem(t, op.call, path, 1, ok(op.answer)); err != nil {
					t.Error(err)
				}
				if err := callItem(t, op.call, path, 1, reply{body: op.answer, noCRC: true}); err != nil {
					t.Errorf("without a checksum: %v", err)
				}
				err := callItem(t, op.call, path, 1, exception(400, "ValidationException", canary))
				var api interface{ ErrorCode() string }
				if !errors.As(err, &api) || api.ErrorCode() != "ValidationException" {
					t.Errorf("%v", err)
				}
			})
		}
	}
}

// An answer that does not tell of every statement tells of none.
func TestItemCallsSlots(t *testing.T) {
	bodies := map[string]string{
		"too few":              `{"Responses":[{"TableName":"T"}]}`,
		"too many":             `{"Responses":[{},{},{}]}`,
		"none":                 `{"Responses":[]}`,
		"null":                 `{"Responses":[{},null]}`,
		"text":                 `{"Responses":[{},"ok"]}`,
		"error without a code": `{"Responses":[{},{"Error":{"Message":"` + canary + `"}}]}`,
		"error with no code":   `{"Responses":[{},{"Error":{"Code":""}}]}`,
		"code of another kind": `{"Responses":[{},{"Error":{"Code":4}}]}`,
		"error that is text":   `{"Responses":[{},{"Error":"` + canary + `"}]}`,
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			wantBodyError(t, callItem(t, itemOperations[0].call, "raw", 3, ok(body)))
		})
	}
}

// mockItems answers without a network, and so without a protocol.
type mockItems struct {
	itemAPI
	responses []types.BatchStatementResponse
}

func (m *mockItems) BatchExecuteStatement(context.Context, *dynamodb.BatchExecuteStatementInput, ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	return &dynamodb.BatchExecuteStatementOutput{Responses: m.responses}, nil
}

func (m *mockItems) PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	return nil, nil
}

func (m *mockItems) GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return &dynamodb.GetItemOutput{Item: avItem("b")}, nil
}

func TestItemCallsMock(t *testing.T) {
	w := NewWriter(&mockItems{responses: make([]types.BatchStatementResponse, 1)}, nil)
	if err := itemOperations[0].call(w); err == nil {
		t.Error("one slot for two statements")
	}
	if err := itemOperations[1].call(w); !errors.Is(err, errNoOutput) {
		t.Errorf("no output: %v", err)
	}
	got, err := w.GetItem(context.Background(), &dynamodb.GetItemInput{Key: avItem("a")})
	if err != nil || string(got.Item) != `{"Id":{"S":"b"}}` {
		t.Errorf("%s %v", got.Item, err)
	}
	if _, err := NewWriter(struct{ DestinationAPI }{}, nil).GetItem(context.Background(), &dynamodb.GetItemInput{Key: avItem("a")}); err == nil || !strings.Contains(err.Error(), "no method GetItem") {
		t.Errorf("a client without the method: %v", err)
	}
}

// Lone surrogates go out and come back as they are, past the SDK's codec, where
// the client is known; elsewhere they are refused.
func TestItemCallsSurrogates(t *testing.T) {
	const lone = "k" + loneHigh
	calls := []struct {
		op, body string
		call     func(*Writer) error
	}{
		{"PutItem", `{"Item":{"Id":{"S":"k\ud800"}},"ExpressionAttributeNames":{"#a":"k\ud800","#b":"b"},`, func(w *Writer) error {
			_, err := w.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("T"), Item: avItem(lone),
				ExpressionAttributeNames: map[string]string{"#b": "b", "#a": lone}})
			return err
		}},
		{"UpdateItem", `{"Key":{"Id":{"S":"k\ud800"}},"ExpressionAttributeValues":{":v":{"S":"k\ud800"}},`, func(w *Writer) error {
			_, err := w.UpdateItem(context.Background(), &dynamodb.UpdateItemInput{TableName: aws.String("T"), Key: avItem(lone),
				ExpressionAttributeValues: map[string]types.AttributeValue{":v": av(lone)}, ExpressionAttributeNames: map[string]string{"#a": "a"}})
			return err
		}},
		{"GetItem", `{"Key":{"Id":{"S":"k\ud800"}},`, func(w *Writer) error {
			got, err := w.GetItem(context.Background(), &dynamodb.GetItemInput{TableName: aws.String("T"), Key: avItem(lone)})
			if err == nil && string(got.Item) != `{"Id":{"S":"k\uD800"}}` {
				t.Errorf("item %s", got.Item)
			}
			return err
		}},
	}
	answer := ok(`{"Item":{"Id":{"S":"k\uD800"}},"ConsumedCapacity":{"TableName":"T"}}`)
	for _, tt := range calls {
		t.Run(tt.op, func(t *testing.T) {
			s := serve(t, answers(answer))
			if err := tt.call(NewWriter(s.client(), nil)); err != nil {
				t.Fatal(err)
			}
			got := s.got()[0]
			if !strings.HasPrefix(got.body, tt.body) || strings.Contains(got.body, "\ufffd") {
				t.Errorf("sent %s\nwant %s", got.body, tt.body)
			}
			checkRequest(t, s, got)
			clients := map[string]DestinationAPI{
				"wrapped":     struct{ itemAPI }{s.client()},
				"middleware":  s.client(withStep(noTouch{"mine"})),
				"interceptor": s.client(intercepting),
			}
			for name, client := range clients {
				w := NewWriter(client, nil)
				for range 2 {
					if err := tt.call(w); !errors.Is(err, ErrSurrogate) {
						t.Errorf("%s: %v", name, err)
					}
				}
			}
			if n := len(s.got()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
	in := inserts(1)
	in.Statements[0].Parameters[0] = av(lone)
	if _, err := NewWriter(inMemory(nil), nil).BatchExecuteStatement(context.Background(), in); !errors.Is(err, ErrSurrogate) {
		t.Errorf("a statement: %v", err)
	}
}

// What is read back through the SDK's codec must not hold what it changed.
func TestGetItemSurrogateTyped(t *testing.T) {
	s := serve(t, answers(ok(`{"Item":{"Id":{"S":"a"},"s":{"S":"\udc00"}},"ConsumedCapacity":{"TableName":"T"}}`)))
	for name, client := range map[string]DestinationAPI{"wrapped": struct{ itemAPI }{s.client()}, "middleware": s.client(withStep(noTouch{"mine"}))} {
		_, err := NewWriter(client, nil).GetItem(context.Background(), &dynamodb.GetItemInput{TableName: aws.String("T"), Key: avItem("a")})
		if !errors.Is(err, ErrSurrogate) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGetItem(t *testing.T) {
	tests := []struct{ reason, body, item string }{
		{"as it was sent", `{"ConsumedCapacity":{"TableName":"T"},"Item":{ "n":{"N":"1.0"}}}`, `{ "n":{"N":"1.0"}}`},
		{"none", `{"ConsumedCapacity":{"TableName":"T"}}`, ``},
		{"null is none", `{"ConsumedCapacity":{"TableName":"T"},"Item":null}`, ``},
	}
	for _, tt := range tests {
		s := serve(t, answers(ok(tt.body)))
		in := &dynamodb.GetItemInput{TableName: aws.String("T"), Key: avItem("a")}
		got, err := NewWriter(s.client(), nil).GetItem(context.Background(), in)
		if err != nil || string(got.Item) != tt.item || got.ConsumedCapacity == nil {
			t.Errorf("%s: %s %v", tt.reason, got.Item, err)
		}
		if !strings.Contains(s.got()[0].body, `"ReturnConsumedCapacity":"TOTAL"`) || in.ReturnConsumedCapacity != "" {
			t.Errorf("sent %s", s.got()[0].body)
		}
	}
	s := serve(t, answers(ok(`{"ConsumedCapacity":{"TableName":"T"},"Item":{"n":{"X":"1"}}}`)))
	if _, err := NewWriter(s.client(), nil).GetItem(context.Background(), &dynamodb.GetItemInput{TableName: aws.String("T"), Key: avItem("a")}); err == nil {
		t.Error("an item that is none")
	}
}

// The SDK retries no call of a Writer that retries by itself.
func TestItemCallsOnce(t *testing.T) {
	for _, op := range itemOperations {
		s := serve(t, answers(exception(500, "InternalServerError", canary)))
		if err := op.call(NewWriter(s.client(), nil).NoRetries()); err == nil {
			t.Error(op.name)
		}
		if n := len(s.got()); n != 1 {
			t.Errorf("%s: %d requests", op.name, n)
		}
	}
}

// Middleware sees what it would see without this package.
func TestItemCallsTypedInput(t *testing.T) {
	s := serve(t, answers(ok(itemOperations[1].answer)))
	w := NewWriter(s.client(withStep(noTouch{"mine"})), nil)
	if err := itemOperations[1].call(w); err != nil {
		t.Fatal(err)
	}
	want := `{"TableName":"T","Item":{"Id":{"S":"a"}},"ReturnConsumedCapacity":"TOTAL"}`
	if diff := cmp.Diff(oracleJSON(t, want), oracleJSON(t, s.got()[0].body)); diff != "" {
		t.Error(diff)
	}
}

func oracleJSON(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
