package rawapi

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

// rot13 stands for encryption: it keeps no canary, and undoes itself.
func rot13(m map[string]types.AttributeValue) map[string]types.AttributeValue {
	out := make(map[string]types.AttributeValue, len(m))
	for name, v := range m {
		if s, ok := v.(*types.AttributeValueMemberS); ok {
			v = &types.AttributeValueMemberS{Value: strings.Map(func(r rune) rune {
				switch {
				case r >= 'a' && r <= 'z':
					return 'a' + (r-'a'+13)%26
				case r >= 'A' && r <= 'Z':
					return 'A' + (r-'A'+13)%26
				}
				return r
			}, s.Value)}
		}
		out[name] = v
	}
	return out
}

func rot13Requests(in map[string][]types.WriteRequest) map[string][]types.WriteRequest {
	out := make(map[string][]types.WriteRequest)
	for table, requests := range in {
		for _, r := range requests {
			out[table] = append(out[table], types.WriteRequest{PutRequest: &types.PutRequest{Item: rot13(r.PutRequest.Item)}})
		}
	}
	return out
}

func rot13Items(items []map[string]types.AttributeValue) []map[string]types.AttributeValue {
	var out []map[string]types.AttributeValue
	for _, item := range items {
		out = append(out, rot13(item))
	}
	return out
}

// encrypting embeds the client and keeps items secret, as encryption libraries
// do.
type encrypting struct{ *dynamodb.Client }

func (e encrypting) BatchWriteItem(ctx context.Context, in *dynamodb.BatchWriteItemInput, optFns ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	secret := *in
	secret.RequestItems = rot13Requests(in.RequestItems)
	out, err := e.Client.BatchWriteItem(ctx, &secret, optFns...)
	if err != nil {
		return nil, err
	}
	clear := *out
	clear.UnprocessedItems = rot13Requests(out.UnprocessedItems)
	return &clear, nil
}

func (e encrypting) ExecuteStatement(ctx context.Context, in *dynamodb.ExecuteStatementInput, optFns ...func(*dynamodb.Options)) (*dynamodb.ExecuteStatementOutput, error) {
	out, err := e.Client.ExecuteStatement(ctx, in, optFns...)
	if err != nil {
		return nil, err
	}
	clear := *out
	clear.Items = rot13Items(out.Items)
	return &clear, nil
}

// rewriting is middleware that does the same.
func rewriting(o *dynamodb.Options) {
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("encrypt", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			if input, ok := in.Parameters.(*dynamodb.BatchWriteItemInput); ok {
				secret := *input
				secret.RequestItems = rot13Requests(input.RequestItems)
				in.Parameters = &secret
			}
			out, md, err := next.HandleInitialize(ctx, in)
			switch output := out.Result.(type) {
			case *dynamodb.ExecuteStatementOutput:
				output.Items = rot13Items(output.Items)
			case *dynamodb.BatchWriteItemOutput:
				output.UnprocessedItems = rot13Requests(output.UnprocessedItems)
			}
			return out, md, err
		}), middleware.After)
	})
}

// intercepting does it with interceptors.
func intercepting(o *dynamodb.Options) {
	o.Interceptors.AddBeforeExecution(beforeExecution(func(input any) {
		if input, ok := input.(*dynamodb.BatchWriteItemInput); ok {
			input.RequestItems = rot13Requests(input.RequestItems)
		}
	}))
	o.Interceptors.AddAfterExecution(afterExecution(func(output any) {
		switch output := output.(type) {
		case *dynamodb.ExecuteStatementOutput:
			output.Items = rot13Items(output.Items)
		case *dynamodb.BatchWriteItemOutput:
			output.UnprocessedItems = rot13Requests(output.UnprocessedItems)
		}
	}))
}

type afterExecution func(any)

func (f afterExecution) AfterExecution(_ context.Context, in *smithyhttp.InterceptorContext) error {
	f(in.Output)
	return nil
}

// A client that encrypts items must be given typed items: with raw ones, clear
// text would reach the destination without anybody noticing.
func TestNoClearTextOnTheWire(t *testing.T) {
	clients := map[string]func(*server) interface {
		SourceAPI
		DestinationAPI
	}{
		"embedding": func(s *server) interface {
			SourceAPI
			DestinationAPI
		} {
			return encrypting{s.client()}
		},
		"middleware": func(s *server) interface {
			SourceAPI
			DestinationAPI
		} {
			return s.client(rewriting)
		},
		"interceptors": func(s *server) interface {
			SourceAPI
			DestinationAPI
		} {
			return s.client(intercepting)
		},
	}
	secretItem, err := AppendItem(nil, rot13(map[string]types.AttributeValue{"Id": &types.AttributeValueMemberS{Value: canary}}))
	if err != nil {
		t.Fatal(err)
	}
	clear := `{"Id":{"S":"` + canary + `"}}`
	for name, client := range clients {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(_ int, r recorded) reply {
				if r.op == "BatchWriteItem" {
					return ok(unprocessed(string(secretItem)))
				}
				return ok(`{"Items":[` + string(secretItem) + `]}`)
			})
			api := client(s)
			r, w := NewReader(api, nil), NewWriter(api, nil)
			var p Page
			if err := r.ExecuteStatement(context.Background(), statement("SELECT"), &p); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{clear}, p.texts()); diff != "" {
				t.Error(diff)
			}
			for range 3 {
				res, err := w.BatchWrite(context.Background(), "T", batchOf([]byte(clear)))
				if err != nil {
					t.Fatal(err)
				}
				if len(res.Unprocessed) != 1 || string(res.Unprocessed[0]) != clear {
					t.Errorf("unprocessed %q", res.Unprocessed)
				}
			}
			for _, r := range s.got() {
				if strings.Contains(r.body, canary) {
					t.Errorf("clear text went out: %s", r.body)
				}
				if r.op == "BatchWriteItem" && len(bodyItems(t, []byte(r.body), "T")) != 1 {
					t.Errorf("an incomplete request went out: %s", r.body)
				}
			}
			if n := len(s.got()); n != 4 {
				t.Errorf("%d requests, want 4", n)
			}
			if r.Path().Raw || w.Path().Raw {
				t.Errorf("paths %v and %v", r.Path(), w.Path())
			}
		})
	}
}

// mock implements the interfaces without an SDK client. Options mean nothing to
// it, whether it applies them or not.
type mock struct {
	SourceAPI
	DestinationAPI
	batches []*dynamodb.BatchWriteItemInput
}

func (*mock) DescribeTable(context.Context, *dynamodb.DescribeTableInput, ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error) {
	return nil, errors.New("not here")
}

func (*mock) ExecuteStatement(context.Context, *dynamodb.ExecuteStatementInput, ...func(*dynamodb.Options)) (*dynamodb.ExecuteStatementOutput, error) {
	return &dynamodb.ExecuteStatementOutput{
		Items: []map[string]types.AttributeValue{
			{"Id": &types.AttributeValueMemberS{Value: "a"}},
			{"Id": nil},
			nil,
			{"Id": (*types.AttributeValueMemberS)(nil)},
			{"Id": &types.AttributeValueMemberN{Value: canary}},
		},
		NextToken: aws.String("t"),
	}, nil
}

func (*mock) Scan(_ context.Context, _ *dynamodb.ScanInput, optFns ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	for _, fn := range optFns {
		fn(new(dynamodb.Options))
	}
	return nil, nil
}

func (m *mock) BatchWriteItem(_ context.Context, in *dynamodb.BatchWriteItemInput, optFns ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	for _, fn := range optFns { // as clients do that take some of the options over
		fn(new(dynamodb.Options))
	}
	m.batches = append(m.batches, in)
	return &dynamodb.BatchWriteItemOutput{UnprocessedItems: map[string][]types.WriteRequest{"T": in.RequestItems["T"][:1]}}, nil
}

// A mock must not report success for items it never saw.
func TestMockClient(t *testing.T) {
	m := new(mock)
	ctx := context.Background()
	r, w := NewReader(m, nil), NewWriter(m, nil)
	var p Page
	if err := r.ExecuteStatement(ctx, statement("SELECT"), &p); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`{"Id":{"S":"a"}}`, "error", "{}", "error", "error"}, p.texts()); diff != "" || p.NextToken != "t" {
		t.Errorf("token %q\n%s", p.NextToken, diff)
	}
	for i := range p.Items {
		wantPrivate(t, p.Items[i].Err)
	}
	if err := r.Scan(ctx, nil, &p); err == nil {
		t.Error("an output of nil was taken for a page")
	}
	res, err := w.BatchWrite(ctx, "T", batchOf(item(0), item(1)))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.batches) != 1 || len(m.batches[0].RequestItems["T"]) != 2 || m.batches[0].ReturnConsumedCapacity != types.ReturnConsumedCapacityTotal {
		t.Errorf("the mock got %v", m.batches)
	}
	if want := normalize(t, []string{string(item(0))}); len(res.Unprocessed) != 1 || string(res.Unprocessed[0]) != want[0] {
		t.Errorf("unprocessed %q", res.Unprocessed)
	}
	if r.Path().Raw || w.Path().Raw {
		t.Errorf("paths %v and %v", r.Path(), w.Path())
	}
}

// cached is a step the user vouched for that answers itself: the response never
// comes by. What it returns for a read counts; a write must reach DynamoDB.
func cached(out any) func(*dynamodb.Options) {
	return withStep(middleware.InitializeMiddlewareFunc("cache", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		if input, ok := in.Parameters.(*dynamodb.BatchWriteItemInput); ok && len(input.RequestItems["T"]) > 0 {
			return next.HandleInitialize(ctx, in)
		}
		return middleware.InitializeOutput{Result: out}, middleware.Metadata{}, nil
	}))
}

func TestVouchedStepAnswers(t *testing.T) {
	s := serve(t, answers(ok(written)))
	ctx := context.Background()
	r := NewReader(s.client(cached(&dynamodb.ExecuteStatementOutput{
		Items: []map[string]types.AttributeValue{{"Id": &types.AttributeValueMemberS{Value: "a"}}},
	})), []string{"cache"})
	var p Page
	if err := r.ExecuteStatement(ctx, statement("SELECT"), &p); err != nil || len(p.Items) != 1 {
		t.Errorf("%d items, error %v", len(p.Items), err)
	}
	w := NewWriter(s.client(cached(&dynamodb.BatchWriteItemOutput{})), []string{"cache"})
	if _, err := w.BatchWrite(ctx, "T", batchOf(item(0))); err != nil {
		t.Fatal(err)
	}
	if got := s.got(); len(got) != 1 || len(bodyItems(t, []byte(got[0].body), "T")) != 1 {
		t.Errorf("%d requests reached the server", len(got))
	}
	if r.Path().Raw || w.Path().Raw {
		t.Errorf("paths %v and %v", r.Path(), w.Path())
	}
}

// A vouched step that adds items of its own to a raw response would be half
// believed.
func TestVouchedStepAddsItems(t *testing.T) {
	s := serve(t, answers(ok(twoItems)))
	client := s.client(withStep(middleware.InitializeMiddlewareFunc("add", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		out, md, err := next.HandleInitialize(ctx, in)
		if page, ok := out.Result.(*dynamodb.ExecuteStatementOutput); ok {
			page.Items = append(page.Items, map[string]types.AttributeValue{})
		}
		return out, md, err
	})))
	var p Page
	if err := NewReader(client, []string{"add"}).ExecuteStatement(context.Background(), statement("SELECT"), &p); !errors.Is(err, errMixed) || len(p.Items) != 0 {
		t.Errorf("%d items, error %v", len(p.Items), err)
	}
}

// hedging runs every call twice and returns the first answer, while the other
// goes on.
type hedging struct {
	*dynamodb.Client
	wg *sync.WaitGroup
}

func hedge[In, Out any](wg *sync.WaitGroup, ctx context.Context, in In, optFns []func(*dynamodb.Options), call func(context.Context, In, ...func(*dynamodb.Options)) (Out, error)) (Out, error) {
	type answer struct {
		out Out
		err error
	}
	answers := make(chan answer, 2)
	for range 2 {
		wg.Go(func() {
			out, err := call(ctx, in, optFns...)
			answers <- answer{out, err}
		})
	}
	a := <-answers
	return a.out, a.err
}

func (h hedging) ExecuteStatement(ctx context.Context, in *dynamodb.ExecuteStatementInput, optFns ...func(*dynamodb.Options)) (*dynamodb.ExecuteStatementOutput, error) {
	return hedge(h.wg, ctx, in, optFns, h.Client.ExecuteStatement)
}

func (h hedging) BatchWriteItem(ctx context.Context, in *dynamodb.BatchWriteItemInput, optFns ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	return hedge(h.wg, ctx, in, optFns, h.Client.BatchWriteItem)
}

// With the race detector: the loser of a hedged call may still be at work when
// the page and the batch are used again.
func TestHedgingClient(t *testing.T) {
	s := serve(t, func(_ int, r recorded) reply {
		if r.op == "BatchWriteItem" {
			return ok(written)
		}
		return ok(twoItems)
	})
	var wg sync.WaitGroup
	client := hedging{s.client(), &wg}
	r, w := NewReader(client, nil), NewWriter(client, nil)
	var p Page
	var b Batch
	for i := range 30 {
		if err := r.ExecuteStatement(context.Background(), statement("SELECT"), &p); err != nil || len(p.Items) != 2 {
			t.Fatalf("%d items, error %v", len(p.Items), err)
		}
		b.Reset("T")
		b.Add(item(i))
		if _, err := w.BatchWrite(context.Background(), "T", &b); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
}

// Two attempts of one raw call at the same time each have their own memory, and
// the page shows what was read for the output that the client returned.
func TestRawAttemptsAtOnce(t *testing.T) {
	s := serve(t, func(i int, r recorded) reply {
		return ok(`{"Items":[` + string(item(i)) + `]}`)
	})
	client := s.client()
	for range 20 {
		var page Page
		call := &readCall{route: newRoute(client, nil), spare: page.reset()}
		var wg sync.WaitGroup
		outs := make(chan *dynamodb.ExecuteStatementOutput, 2)
		for range 2 {
			wg.Go(func() {
				out, err := client.ExecuteStatement(context.Background(), statement("SELECT"), call.option)
				if err != nil {
					t.Error(err)
				}
				outs <- out
			})
		}
		out := <-outs
		if err := call.finish(&page, call.result(out), out.Items); err != nil || len(page.Items) != 1 {
			t.Errorf("%d items, error %v", len(page.Items), err)
		}
		first := string(page.Item(0))
		wg.Wait()
		if got := string(page.Item(0)); got != first {
			t.Errorf("the page was changed to %s", got)
		}
		other := call.result(<-outs)
		if text := string(other.st.page.Item(0)); text == first {
			t.Error("both attempts show the same item")
		}
	}
}

// What an attempt read is found by its output; a client that returns a copy gets
// what was read last.
func TestResultByOutput(t *testing.T) {
	var outs [3]dynamodb.ExecuteStatementOutput
	read := &readCall{fills: []fill{{out: &outs[0], st: new(store)}, {out: &outs[1], st: new(store)}}}
	var answered [3]dynamodb.BatchWriteItemOutput
	write := &writeCall{answers: []answer{{out: &answered[0]}, {out: &answered[1], unprocessed: [][]byte{nil}}}}
	for i, want := range []int{0, 1, 1} {
		if got := read.result(&outs[i]); got.st != read.fills[want].st {
			t.Errorf("output %d does not get what was read for %d", i, want)
		}
		if got, ok := write.result(&answered[i]); !ok || len(got) != want {
			t.Errorf("output %d does not get what was answered to %d", i, want)
		}
	}
	if got := new(readCall).result(&outs[0]); got.st != nil || got.flaws != nil {
		t.Error("something was read without an attempt")
	}
	if _, ok := new(writeCall).result(&answered[0]); ok {
		t.Error("something was answered without an attempt")
	}
}

// Readers and writers serve many goroutines.
func TestConcurrentUse(t *testing.T) {
	Poison(true)
	defer Poison(false)
	s := serve(t, func(_ int, r recorded) reply {
		if r.op == "BatchWriteItem" {
			return ok(written)
		}
		return ok(twoItems)
	})
	client := s.client()
	r, w := NewReader(client, nil), NewWriter(client, nil)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var p Page
			var b Batch
			for range 25 {
				if err := r.ExecuteStatement(context.Background(), statement("SELECT"), &p); err != nil {
					t.Error(err)
					return
				}
				b.Reset("T")
				for i := range p.Items {
					b.Add(p.Item(i))
				}
				if _, err := w.BatchWrite(context.Background(), "T", &b); err != nil {
					t.Error(err)
				}
				_, _ = r.Path(), w.Path()
			}
		})
	}
	wg.Wait()
	for _, r := range s.got() {
		if r.op == "BatchWriteItem" && !strings.Contains(r.body, wantTwoItems[0]) {
			t.Errorf("a request was overwritten: %q", r.body)
		}
	}
}
