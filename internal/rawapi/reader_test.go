package rawapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/wire"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

const twoItems = `{"Items":[{"Id":{"S":"` + canary + `"},"N":{"N":"1E+2"}},{ "Id" : {"S":"b\u0041"} }],` +
	`"NextToken":"more","ConsumedCapacity":{"TableName":"T","CapacityUnits":1.5}}`

var wantTwoItems = []string{`{"Id":{"S":"` + canary + `"},"N":{"N":"1E+2"}}`, `{ "Id" : {"S":"b\u0041"} }`}

func statement(text string) *dynamodb.ExecuteStatementInput {
	return &dynamodb.ExecuteStatementInput{Statement: aws.String(text)}
}

// What an attempt of a read may meet, and what the caller gets in the end. The
// same must hold on both paths, but for the bytes of the items.
func TestReaderResponses(t *testing.T) {
	bodyError := func(reason string) func(error) bool {
		return func(err error) bool {
			var e *BodyError
			return errors.As(err, &e) && e.Reason == reason
		}
	}
	tests := []struct {
		name    string
		why     string
		replies []reply
		gzip    bool // the client asks for it
		want    []string
		wantErr func(error) bool
		wantReq int
	}{{
		name:    "plain",
		why:     "the base case",
		replies: []reply{ok(twoItems)},
		want:    wantTwoItems, wantReq: 1,
	}, {
		name:    "chunked",
		why:     "a body without Content-Length has to grow the buffer",
		replies: []reply{{body: twoItems, chunked: true}},
		want:    wantTwoItems, wantReq: 1,
	}, {
		name:    "checksum wrong once",
		why:     "the SDK itself would return these bytes as data",
		replies: []reply{{body: twoItems, wrongCRC: true}, ok(twoItems)},
		want:    wantTwoItems, wantReq: 2,
	}, {
		name:    "checksum always wrong",
		why:     "after the last attempt there is an error, and no data",
		replies: []reply{{body: twoItems, wrongCRC: true}},
		wantErr: bodyError("not matching its checksum"), wantReq: 3,
	}, {
		name:    "checksum missing",
		why:     "the SDK compares a missing checksum with zero; endpoints that omit it must work",
		replies: []reply{{body: twoItems, noCRC: true}},
		want:    wantTwoItems, wantReq: 1,
	}, {
		name:    "cut short once",
		why:     "the SDK itself fails at once",
		replies: []reply{{body: twoItems, cut: 10}, ok(twoItems)},
		want:    wantTwoItems, wantReq: 2,
	}, {
		name:    "cut short in a chunk",
		why:     "no Content-Length tells that something is missing",
		replies: []reply{{body: twoItems[:40], chunked: true, cut: 1}, ok(twoItems)},
		want:    wantTwoItems, wantReq: 2,
	}, {
		name:    "always cut short",
		why:     "the error names the cause",
		replies: []reply{{body: twoItems, cut: 10}},
		wantErr: func(err error) bool { return bodyError("cut short")(err) && errors.Is(err, io.ErrUnexpectedEOF) }, wantReq: 3,
	}, {
		name:    "cut short behind our back",
		why:     "an intermediary may end a body early and make its length fit",
		replies: []reply{{body: twoItems[:60], noCRC: true}, ok(twoItems)},
		want:    wantTwoItems, wantReq: 2,
	}, {
		name:    "gzip",
		why:     "the checksum is of the compressed bytes",
		replies: []reply{{body: twoItems, gzip: true}}, gzip: true,
		want: wantTwoItems, wantReq: 1,
	}, {
		name:    "gzip, checksum wrong once",
		why:     "the check is in the body below the one that decompresses",
		replies: []reply{{body: twoItems, gzip: true, wrongCRC: true}, {body: twoItems, gzip: true}}, gzip: true,
		want: wantTwoItems, wantReq: 2,
	}, {
		name:    "gzip, cut short once",
		why:     "a compressed body can end early as well",
		replies: []reply{{body: twoItems, gzip: true, cut: 3}, {body: twoItems, gzip: true}}, gzip: true,
		want: wantTwoItems, wantReq: 2,
	}, {
		name:    "not JSON",
		why:     "a proxy answers 200 with a page of its own",
		replies: []reply{{body: "<html>" + canary, noCRC: true}},
		wantErr: bodyError("not a page of items"), wantReq: 3,
	}, {
		name:    "empty",
		why:     "the SDK takes no bytes at all for an empty page, which would end a scan early",
		replies: []reply{{body: "", noCRC: true}, ok(twoItems)},
		want:    wantTwoItems, wantReq: 2,
	}, {
		name:    "no items",
		why:     "a page may be empty and have a token",
		replies: []reply{ok(`{"Items":[],"NextToken":"t"}`)},
		wantReq: 1,
	}, {
		name: "a bad item among good ones",
		why:  "one bad item never blocks the others",
		replies: []reply{ok(`{"Items":[{"a":{"S":"x"}},{"a":{"Q":"` + canary + `"}},{"a":{"S":"x"},"a":{"S":"y"}},` +
			`null,{"b":{"S":"y"},"c":{}},{"a":{"N":"1"}}]}`)},
		want: []string{`{"a":{"S":"x"}}`, "error", "error", "error", "error", `{"a":{"N":"1"}}`}, wantReq: 1,
	}, {
		name:    "retryable exception",
		why:     "the SDK keeps deciding what is retried",
		replies: []reply{exception(400, "ProvisionedThroughputExceededException", "slow down"), ok(twoItems)},
		want:    wantTwoItems, wantReq: 2,
	}, {
		name:    "internal error",
		why:     "likewise, by status",
		replies: []reply{{status: 500, body: `{"__type":"InternalServerError"}`}, ok(twoItems)},
		want:    wantTwoItems, wantReq: 2,
	}, {
		name:    "typed exception",
		why:     "callers classify the SDK's types, and print the request id",
		replies: []reply{exception(400, "ResourceNotFoundException", "no table")},
		wantErr: func(err error) bool {
			var notFound *types.ResourceNotFoundException
			var resp *awshttp.ResponseError
			var op *smithy.OperationError
			return errors.As(err, &notFound) && notFound.ErrorMessage() == "no table" &&
				errors.As(err, &resp) && resp.ServiceRequestID() == "REQ0" && resp.HTTPStatusCode() == 400 &&
				errors.As(err, &op) && op.Operation() == "ExecuteStatement"
		}, wantReq: 1,
	}}
	for _, tt := range tests {
		for _, path := range []string{"raw", "typed"} {
			t.Run(tt.name+"/"+path, func(t *testing.T) {
				s := serve(t, answers(tt.replies...))
				client := s.client(func(o *dynamodb.Options) { o.EnableAcceptEncodingGzip = tt.gzip })
				var api SourceAPI = client
				want := tt.want
				if path == "typed" {
					api = struct{ SourceAPI }{client}
					want = normalize(t, want)
				}
				r := NewReader(api, nil)
				var p Page
				err := r.ExecuteStatement(context.Background(), statement("SELECT"), &p)
				wantPrivate(t, err)
				switch {
				case tt.wantErr == nil && err != nil:
					t.Fatalf("error %v; %s", err, tt.why)
				case tt.wantErr != nil && (err == nil || !tt.wantErr(err)):
					t.Fatalf("error %v; %s", err, tt.why)
				}
				if diff := cmp.Diff(want, p.texts()); diff != "" {
					t.Errorf("items (-want +got):\n%s%s", diff, tt.why)
				}
				if got := len(s.got()); got != tt.wantReq {
					t.Errorf("%d requests, want %d; %s", got, tt.wantReq, tt.why)
				}
				if got := r.Path(); got.Raw != (path == "raw" && err == nil) {
					t.Errorf("path %v", got)
				}
			})
		}
	}
}

// normalize returns what the typed path makes of items: equal ones, in its own
// notation.
func normalize(t *testing.T, items []string) []string {
	var texts []string
	var scan wire.Scanner
	for _, item := range items {
		if item == "error" {
			texts = append(texts, item)
			continue
		}
		if _, err := scan.Index(nil, []byte(item)); err != nil {
			t.Fatal(err)
		}
		m, err := ItemMap([]byte(item))
		if err != nil {
			t.Fatal(err)
		}
		text, err := AppendItem(nil, m)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

// What a response holds besides items arrives decoded by the SDK.
func TestReaderMeta(t *testing.T) {
	for _, path := range []string{"raw", "typed"} {
		t.Run(path, func(t *testing.T) {
			s := serve(t, func(_ int, r recorded) reply {
				if r.op == "ExecuteStatement" {
					return ok(twoItems)
				}
				return ok(`{"Count":2,"ScannedCount":7,"LastEvaluatedKey":{"Id":{"S":"k"}},"Items":[{"Id":{"S":"j"}},{"Id":{"S":"k"}}],"ConsumedCapacity":{"TableName":"T","CapacityUnits":0.5}}`)
			})
			var api SourceAPI = s.client()
			if path == "typed" {
				api = struct{ SourceAPI }{api}
			}
			r := NewReader(api, nil)
			var p Page
			if err := r.ExecuteStatement(context.Background(), statement("SELECT"), &p); err != nil {
				t.Fatal(err)
			}
			if p.NextToken != "more" || aws.ToFloat64(p.ConsumedCapacity.CapacityUnits) != 1.5 || p.LastEvaluatedKey != nil {
				t.Errorf("ExecuteStatement: token %q, capacity %v, key %v", p.NextToken, p.ConsumedCapacity, p.LastEvaluatedKey)
			}
			if id, _ := awsmiddleware.GetRequestIDMetadata(p.ResultMetadata); id != "REQ0" {
				t.Errorf("request id %q", id)
			}
			if err := r.Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String("T")}, &p); err != nil {
				t.Fatal(err)
			}
			want := map[string]types.AttributeValue{"Id": &types.AttributeValueMemberS{Value: "k"}}
			if diff := cmp.Diff(want, p.LastEvaluatedKey, cmpSDK...); diff != "" {
				t.Error(diff)
			}
			if p.Count != 2 || p.ScannedCount != 7 || len(p.Items) != 2 || p.NextToken != "" || aws.ToFloat64(p.ConsumedCapacity.CapacityUnits) != 0.5 {
				t.Errorf("Scan: %d, %d, %d items, %q, %v", p.Count, p.ScannedCount, len(p.Items), p.NextToken, p.ConsumedCapacity)
			}
			if got := p.ItemAttrs(1); len(got) != 1 || string(got[0].Name.Of(p.Body)) != "Id" || got[0].Kind != wire.S {
				t.Errorf("attributes %v", got)
			}
		})
	}
}

// A page is empty after a failed call, and its memory serves the next one.
func TestPageAfterError(t *testing.T) {
	s := serve(t, answers(ok(twoItems), exception(400, "ValidationException", canary), ok(twoItems)))
	r := NewReader(s.client(), nil)
	var p Page
	ctx := context.Background()
	if err := r.ExecuteStatement(ctx, statement("SELECT"), &p); err != nil {
		t.Fatal(err)
	}
	before := &p.Body[0]
	if err := r.ExecuteStatement(ctx, statement("SELECT"), &p); err == nil {
		t.Fatal("no error")
	}
	if len(p.Items) != 0 || p.NextToken != "" || p.ConsumedCapacity != nil || p.Body != nil {
		t.Errorf("page not empty after an error: %d items", len(p.Items))
	}
	if err := r.ExecuteStatement(ctx, statement("SELECT"), &p); err != nil {
		t.Fatal(err)
	}
	if &p.Body[0] != before {
		t.Error("the page's memory was not used again")
	}
}

// Nothing of an earlier page is left in the memory of a later one.
func TestPageMemoryCleared(t *testing.T) {
	long := `{"Items":[{"Id":{"S":"` + strings.Repeat(canary, 100) + `"}}]}`
	s := serve(t, answers(ok(long), ok(`{"Items":[]}`), reply{body: long, wrongCRC: true}))
	r := NewReader(s.client(), nil)
	var p Page
	ctx := context.Background()
	for range 2 {
		if err := r.ExecuteStatement(ctx, statement("SELECT"), &p); err != nil {
			t.Fatal(err)
		}
	}
	if buf := p.st.buf; strings.Contains(string(buf[:cap(buf)]), canary) {
		t.Error("an earlier page's bytes are still in the buffer")
	}
	if err := r.ExecuteStatement(ctx, statement("SELECT"), &p); err == nil {
		t.Fatal("no error")
	}
	if p.st != nil && p.st.buf != nil {
		t.Error("the buffer of a failed read is used again: a reader that gave up may still write to it")
	}
}

// A poisoned page shows anything that outlives the page's next use.
func TestPagePoisoned(t *testing.T) {
	Poison(true)
	defer Poison(false)
	s := serve(t, answers(ok(twoItems), ok(`{"Items":[]}`)))
	r := NewReader(s.client(), nil)
	var p Page
	if err := r.ExecuteStatement(context.Background(), statement("SELECT"), &p); err != nil {
		t.Fatal(err)
	}
	kept := p.Item(0)
	if err := r.ExecuteStatement(context.Background(), statement("SELECT"), &p); err != nil {
		t.Fatal(err)
	}
	for i, c := range kept[20:] { // the new body is shorter than that
		if c != 0xDB {
			t.Fatalf("byte %d is %#x", i, c)
		}
	}
}

// A page of exceptional size must not pin its memory.
func TestPageMemoryBounded(t *testing.T) {
	huge := `{"Items":[{"Id":{"S":"` + strings.Repeat("x", maxKept) + `"}}]}`
	s := serve(t, answers(ok(huge), ok(`{"Items":[]}`)))
	r := NewReader(s.client(), nil)
	var p Page
	for range 2 {
		if err := r.ExecuteStatement(context.Background(), statement("SELECT"), &p); err != nil {
			t.Fatal(err)
		}
	}
	if got := cap(p.st.buf); got > maxKept {
		t.Errorf("%d bytes are kept", got)
	}
}

// A Content-Length is a promise, not a reason to allocate.
func TestReaderHugeContentLength(t *testing.T) {
	buf, err := readAll(strings.NewReader("short"), 1<<40, nil)
	if err != nil || string(buf) != "short" || cap(buf) > maxPrealloc {
		t.Errorf("%q, %v, capacity %d", buf, err, cap(buf))
	}
}

// Cancelling the context ends a read that hangs in the body, without a retry.
func TestReaderCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	client := dynamodb.New(options("http://unused.invalid"), func(o *dynamodb.Options) {
		o.HTTPClient = doFunc(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: -1, Body: hangingBody{r.Context(), cancel}}, nil
		})
	})
	var p Page
	err := NewReader(client, nil).ExecuteStatement(ctx, statement("SELECT"), &p)
	var canceled *smithy.CanceledError
	if !errors.As(err, &canceled) || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

// hangingBody blocks until its request is cancelled, which it sees to itself.
type hangingBody struct {
	ctx    context.Context
	cancel func()
}

func (b hangingBody) Read([]byte) (int, error) {
	b.cancel()
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func (b hangingBody) Close() error { return nil }
