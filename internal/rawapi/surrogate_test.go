package rawapi

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

const loneHigh = "\xed\xa0\x80" // \ud800 in WTF-8

const withSurrogates = `{"Items":[{"Id":{"S":"a"}},{"Id":{"S":"` + canary + `\uD800"}},{"\udc00":{"N":"1"}},{"Id":{"S":"\ud83d\ude00"}}],` +
	`"Count":4,"ScannedCount":4,"LastEvaluatedKey":{"Id":{"S":"k\uD800"}}}`

// The raw path carries strings that the SDK's codec would change: items, the
// key that a scan stopped at, and the same key when the scan goes on.
func TestSurrogatesRaw(t *testing.T) {
	s := serve(t, answers(ok(withSurrogates)))
	r := NewReader(s.client(), nil)
	var p Page
	in := &dynamodb.ScanInput{TableName: aws.String("T")}
	if err := r.Scan(context.Background(), in, &p); err != nil {
		t.Fatal(err)
	}
	if got := string(p.Item(1)); got != `{"Id":{"S":"`+canary+`\uD800"}}` {
		t.Errorf("item %s", got)
	}
	want := map[string]types.AttributeValue{"Id": &types.AttributeValueMemberS{Value: "k" + loneHigh}}
	if diff := cmp.Diff(want, p.LastEvaluatedKey, cmpSDK); diff != "" {
		t.Error(diff)
	}
	in.ExclusiveStartKey = p.LastEvaluatedKey
	in.ExpressionAttributeValues = map[string]types.AttributeValue{":v": &types.AttributeValueMemberS{Value: loneHigh}}
	if err := r.Scan(context.Background(), in, &p); err != nil {
		t.Fatal(err)
	}
	const sent = `{"ExclusiveStartKey":{"Id":{"S":"k\ud800"}},"ExpressionAttributeValues":{":v":{"S":"\ud800"}},"TableName":"T"}`
	got := s.got()[1]
	if got.body != sent {
		t.Errorf("sent %s\nwant %s", got.body, sent)
	}
	checkRequest(t, s, got)
	params := statement("SELECT * FROM T WHERE Id = ?")
	params.Parameters = []types.AttributeValue{&types.AttributeValueMemberL{Value: []types.AttributeValue{&types.AttributeValueMemberSS{Value: []string{"x" + loneHigh}}}}}
	if err := r.ExecuteStatement(context.Background(), params, &p); err != nil {
		t.Fatal(err)
	}
	if got := s.got()[2].body; got != `{"Parameters":[{"L":[{"SS":["x\ud800"]}]}],"Statement":"SELECT * FROM T WHERE Id = ?"}` {
		t.Errorf("sent %s", got)
	}
	if in.ExclusiveStartKey == nil || params.Parameters == nil {
		t.Error("the caller's input was changed")
	}
}

// The typed path can't carry them, and says so instead of changing them: a read
// item fails alone, and a scan that would go on at another place does not.
func TestSurrogatesTyped(t *testing.T) {
	clients := map[string]func(*server) SourceAPI{
		"wrapped":    func(s *server) SourceAPI { return struct{ SourceAPI }{s.client()} },
		"copying":    func(s *server) SourceAPI { return encrypting{s.client()} },
		"middleware": func(s *server) SourceAPI { return s.client(withStep(noTouch{"mine"})) },
	}
	for name, client := range clients {
		t.Run(name, func(t *testing.T) {
			s := serve(t, answers(ok(withSurrogates)))
			api := client(s)
			r := NewReader(api, nil)
			ctx := context.Background()
			var p Page
			if err := r.ExecuteStatement(ctx, statement("SELECT"), &p); err != nil {
				t.Fatal(err)
			}
			if len(p.Items) != 4 || p.Items[0].Err != nil || p.Items[3].Err != nil {
				t.Errorf("items %v", p.texts())
			}
			for _, i := range []int{1, 2} {
				if !errors.Is(p.Items[i].Err, ErrSurrogate) || strings.Contains(string(p.Item(i)), "\uFFFD") {
					t.Errorf("item %d: error %v", i, p.Items[i].Err)
				}
			}
			if err := r.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("T")}, &p); err != nil {
				t.Fatal(err)
			}
			n := len(s.got())
			err := r.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("T"), ExclusiveStartKey: p.LastEvaluatedKey}, &p)
			if !errors.Is(err, ErrSurrogate) || len(p.Items) != 0 {
				t.Errorf("going on: %d items, error %v", len(p.Items), err)
			}
			// A client that is only seen to be typed when its stack is built.
			fresh := NewReader(api, nil)
			err = fresh.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("T"), ExclusiveStartKey: map[string]types.AttributeValue{"Id": &types.AttributeValueMemberS{Value: loneHigh}}}, &p)
			if !errors.Is(err, ErrSurrogate) {
				t.Errorf("starting: error %v", err)
			}
			if len(s.got()) != n {
				t.Error("a changed key was sent")
			}
		})
	}
}

// Of a batch, the item is named, and nothing is sent.
func TestSurrogatesTypedWrite(t *testing.T) {
	s := serve(t, answers(ok(written)))
	w := NewWriter(struct{ DestinationAPI }{s.client()}, nil)
	b := batchOf(item(0), []byte(`{"Id":{"L":[{"S":"`+canary+`\ud800"}]}}`), []byte(`{"\udc00":{"S":"a"}}`))
	_, err := w.BatchWrite(context.Background(), "T", b)
	var itemErr *ItemError
	if !errors.As(err, &itemErr) || itemErr.Index != 1 || !errors.Is(err, ErrSurrogate) || len(s.got()) != 0 {
		t.Errorf("error %v, %d requests", err, len(s.got()))
	}
	wantPrivate(t, err)
	raw := NewWriter(s.client(), nil)
	if _, err := raw.BatchWrite(context.Background(), "T", b); err != nil {
		t.Fatal(err)
	}
	if got := s.got()[0].body; got != string(b.Bytes()) {
		t.Errorf("sent %s", got)
	}
}

// Where the client returns other items than DynamoDB sent, a flawed one can't
// be told among them, so the page fails.
func TestFlawedItemsFiltered(t *testing.T) {
	s := serve(t, answers(ok(withSurrogates)))
	client := s.client(withStep(noTouch{"mine"}), func(o *dynamodb.Options) {
		o.Interceptors.AddAfterExecution(afterExecution(func(out any) {
			if out, ok := out.(*dynamodb.ExecuteStatementOutput); ok {
				out.Items = out.Items[1:]
			}
		}))
	})
	var p Page
	err := NewReader(client, nil).ExecuteStatement(context.Background(), statement("SELECT"), &p)
	if !errors.Is(err, errFlawed) || len(p.Items) != 0 {
		t.Errorf("%d items, error %v", len(p.Items), err)
	}
}
