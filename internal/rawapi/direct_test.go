package rawapi

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
	"github.com/google/go-cmp/cmp"
)

// isDirect reports whether the next batch for table T will be sent directly.
func (w *Writer) isDirect() bool { return w.direct.template("T", nil) != nil }

// write sends a batch of two items to table T.
func (w *Writer) write(ctx context.Context, optFns ...func(*dynamodb.Options)) (Result, error) {
	return w.BatchWrite(ctx, "T", batchOf(item(0), item(1)), optFns...)
}

// warm returns a Writer whose next batch is sent directly.
func warm(t *testing.T, api DestinationAPI) *Writer {
	t.Helper()
	w := NewDirectWriter(api, nil)
	if _, err := w.write(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !w.isDirect() {
		t.Fatalf("the SDK's call left no template; path %v", w.Path())
	}
	return w
}

// wantPath fails the test unless that is the Writer's path.
func wantPath(t *testing.T, w *Writer, path string) {
	t.Helper()
	if got := w.Path().String(); got != path {
		t.Errorf("path %q, want %q", got, path)
	}
}

// A direct request can't be told from the SDK's.
func TestDirectRequest(t *testing.T) {
	s := serve(t, answers(ok(written)))
	w := NewDirectWriter(s.client(), nil)
	wantPath(t, w, "none")
	for i, path := range []string{"raw", "direct", "direct"} {
		b := batchOf(item(i), item(i+1))
		if _, err := w.BatchWrite(context.Background(), "T", b); err != nil {
			t.Fatal(err)
		}
		wantPath(t, w, path)
		if got := s.got()[i].body; got != string(b.Bytes()) {
			t.Errorf("sent %s", got)
		}
	}
	fixed := func(r recorded) http.Header {
		h := r.header.Clone()
		for name, anew := range requestHeaders {
			if anew && name != attemptHeader {
				if len(h[name]) != 1 && name != tokenHeader {
					t.Errorf("%s is %q", name, h[name])
				}
				delete(h, name)
			}
		}
		return h
	}
	seen := make(map[string]bool)
	for _, r := range s.got() {
		checkRequest(t, s, r)
		if diff := cmp.Diff(fixed(s.got()[0]), fixed(r)); diff != "" {
			t.Errorf("headers differ:\n%s", diff)
		}
		id := r.header.Get(invocationHeader)
		if seen[id] || len(id) != 36 || id[14] != '4' {
			t.Errorf("invocation id %q", id)
		}
		seen[id] = true
	}
	if n := len(s.got()); n != 3 || s.conns != 1 {
		t.Errorf("%d requests on %d connections", n, s.conns)
	}
}

// What DynamoDB answers means the same on the direct path as on the raw one.
func TestDirectResults(t *testing.T) {
	i0, i1 := string(item(0)), string(item(1))
	capacity := `"ConsumedCapacity":[{"TableName":"T","CapacityUnits":2.5,"WriteCapacityUnits":2.5,"Table":{"CapacityUnits":1},"GlobalSecondaryIndexes":{"g":{"CapacityUnits":0.5}},"LocalSecondaryIndexes":{"l":{"CapacityUnits":1}}}]`
	tests := []struct {
		name  string
		why   string
		reply reply
	}{
		{"written", "the base case", ok(written)},
		{"nothing else", "no capacity was reported", ok(`{"UnprocessedItems":{}}`)},
		{"capacity", "every member of it", ok(`{` + capacity + `,"UnprocessedItems":{}}`)},
		{"unprocessed", "they come back as they are", ok(unprocessed(i1, i0))},
		{"unprocessed and capacity", "the rest is decoded without them", ok(`{` + capacity + `,"UnprocessedItems":{"T":[{"PutRequest":{"Item":` + i1 + `}}]}}`)},
		{"spaced and escaped", "any notation of the same JSON", ok(` { "Unprocess\u0065dItems" : { "T" : [ { "PutRequest" : { "Item" : ` + i0 + ` } } ] } } `)},
		{"collections", "a member that is of no interest", ok(`{"ItemCollectionMetrics":{"T":[{"ItemCollectionKey":{"Id":{"S":"x"}},"SizeEstimateRangeGB":[0,1]}]},` + written[1:])},
		{"unknown member", "a later DynamoDB", ok(`{"New":[1,{"a":null}],` + written[1:])},
		{"no checksum", "some endpoints omit it", reply{body: written, noCRC: true}},
		{"chunked", "no length is announced", reply{body: written, chunked: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, func(i int, _ recorded) reply {
				if i == 0 {
					return ok(written)
				}
				return tt.reply
			})
			ctx := context.Background()
			w := warm(t, s.client())
			got, err := w.write(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if !w.isDirect() || len(s.got()) != 2 {
				t.Fatalf("%d requests: the answer was not taken; %s", len(s.got()), tt.why)
			}
			want, err := NewWriter(s.client(), nil).write(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if id, _ := awsmiddleware.GetRequestIDMetadata(got.ResultMetadata); id != "REQ1" {
				t.Errorf("request id %q", id)
			}
			got.ResultMetadata, want.ResultMetadata = middleware.Metadata{}, middleware.Metadata{}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v\n%s", got, want, tt.why)
			}
		})
	}
}

// What is not a plain answer is not looked into: the batch goes to the SDK at
// once, and the next one is direct again if the SDK needed one attempt.
func TestDirectFallsBack(t *testing.T) {
	i0 := string(item(0))
	tests := []struct {
		name  string
		why   string
		reply reply
	}{
		{"throttled", "only the SDK backs off", exception(400, "ThrottlingException", canary)},
		{"internal error", "likewise", exception(500, "InternalServerError", canary)},
		{"unavailable", "likewise, and not DynamoDB's", reply{status: 503, body: "<html>" + canary}},
		{"no answer", "the SDK knows which errors to repeat", reply{abort: true}},
		{"cut short", "the list of unprocessed items may be missing", reply{body: written, cut: 4}},
		{"cut short in a chunk", "likewise", reply{body: written[:20], chunked: true, cut: 1}},
		{"cut short behind our back", "it is not JSON", reply{body: written[:21], noCRC: true}},
		{"checksum wrong", "a corrupt answer acknowledges nothing", reply{body: written, wrongCRC: true}},
		{"checksum unreadable", "the SDK refuses it", reply{body: written, header: map[string]string{"X-Amz-Crc32": "?"}}},
		{"empty", "no bytes are no acknowledgement", reply{noCRC: true}},
		{"proxy's JSON", "it does not say that anything was written", ok(`{"message":"` + canary + `"}`)},
		{"proxy's page", "likewise", reply{body: "<html>" + canary, noCRC: true}},
		{"compressed", "nobody asked for it", reply{body: written, gzip: true}},
		{"other success", "DynamoDB answers 200", reply{body: written, status: 202}},
		{"redirect", "the SDK decides whom to follow", reply{body: written, status: 302, header: map[string]string{"Location": "/elsewhere"}}},
		{"said twice", "the SDK would drop the first", ok(`{"UnprocessedItems":{"T":[{"PutRequest":{"Item":` + i0 + `}}]},"UnprocessedItems":{}}`)},
		{"too many unprocessed", "an answer to something else", ok(unprocessed(i0, i0, i0))},
		{"bad unprocessed item", "it could not be sent again", ok(unprocessed(`{"a":{"Q":"` + canary + `"}}`))},
		{"bad capacity", "the SDK's decoder refuses it", ok(`{"UnprocessedItems":{},"ConsumedCapacity":"` + canary + `"}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, answers(ok(written), tt.reply, ok(unprocessed(i0)), ok(written)))
			w := warm(t, s.client())
			res, err := w.write(context.Background())
			if err != nil {
				t.Fatalf("error %v; %s", err, tt.why)
			}
			if len(res.Unprocessed) != 1 || string(res.Unprocessed[0]) != i0 {
				t.Errorf("unprocessed %q; %s", res.Unprocessed, tt.why)
			}
			got := s.got()
			if len(got) != 3 || got[1].body != got[2].body {
				t.Fatalf("%d requests; %s", len(got), tt.why)
			}
			if got[1].header.Get(invocationHeader) == got[2].header.Get(invocationHeader) {
				t.Error("the SDK's call has the direct request's id")
			}
			if !w.isDirect() {
				t.Error("the SDK was answered at once, and left no template")
			}
			if _, err := w.write(context.Background()); err != nil || len(s.got()) != 4 {
				t.Errorf("then: error %v, %d requests", err, len(s.got()))
			}
		})
	}
}

// Errors are the SDK's.
func TestDirectException(t *testing.T) {
	s := serve(t, answers(ok(written), exception(400, "ResourceNotFoundException", "no table")))
	w := warm(t, s.client())
	for requests := 3; requests < 5; requests++ { // one to fall back, none to try again
		_, err := w.write(context.Background())
		var notFound *types.ResourceNotFoundException
		if !errors.As(err, &notFound) || len(s.got()) != requests {
			t.Errorf("error %v after %d requests, want %d", err, len(s.got()), requests)
		}
	}
}

// A redirect that the HTTP client follows would send each direct request twice,
// so there are none.
func TestDirectRedirectFollowed(t *testing.T) {
	s := serve(t, answers(reply{status: 307, header: map[string]string{"Location": "/"}}, ok(written)))
	w := NewDirectWriter(s.client(), nil)
	if _, err := w.write(context.Background()); err != nil || w.isDirect() || len(s.got()) != 2 {
		t.Errorf("error %v, %d requests, direct %v", err, len(s.got()), w.isDirect())
	}
	w = warm(t, s.client())
	s2 := serve(t, answers(reply{status: 307, header: map[string]string{"Location": s.URL}}))
	tmpl := w.direct.template("T", nil)
	tmpl.url.Host = strings.TrimPrefix(s2.URL, "http://")
	if _, err := w.write(context.Background()); err != nil || tmpl.served.Load() {
		t.Errorf("error %v, the answer from elsewhere was taken: %v", err, tmpl.served.Load())
	}
}

// A table that throttles sees the SDK's attempts, with the SDK's waits between
// them, and at most one request more. Direct requests come back when the SDK
// was answered at its first attempt.
func TestDirectThrottled(t *testing.T) {
	slow := exception(400, "ProvisionedThroughputExceededException", "slow down")
	s := serve(t, answers(ok(written),
		slow, slow, slow, slow, // direct, and the SDK's three
		slow, slow, slow,
		slow, ok(written),
		ok(written),
		ok(written)))
	w := warm(t, s.client())
	var throttled *types.ProvisionedThroughputExceededException
	for i, tt := range []struct {
		requests int
		fails    bool
		direct   bool // afterwards
	}{{4, true, false}, {3, true, false}, {2, false, false}, {1, false, true}, {1, false, true}} {
		before := len(s.got())
		_, err := w.write(context.Background())
		if errors.As(err, &throttled) != tt.fails || !tt.fails && err != nil {
			t.Fatalf("call %d: error %v", i, err)
		}
		if n := len(s.got()) - before; n != tt.requests || w.isDirect() != tt.direct {
			t.Errorf("call %d: %d requests, want %d; then direct %v", i, n, tt.requests, w.isDirect())
		}
	}
	var attempts []string
	for _, r := range s.got()[1:] {
		attempts = append(attempts, strings.TrimSuffix(strings.TrimPrefix(r.header.Get(attemptHeader), "attempt="), "; max=3"))
	}
	if got := strings.Join(attempts, ""); got != "1"+"123"+"123"+"12"+"1"+"1" {
		t.Errorf("attempts %s", got)
	}
}

// A success of the SDK that is older than a direct failure proves nothing.
func TestDirectOldSuccess(t *testing.T) {
	var w atomic.Pointer[Writer]
	var failed atomic.Pointer[template]
	s := serve(t, func(i int, _ recorded) reply {
		switch i {
		case 1:
			failed.Store(w.Load().direct.template("T", nil))
			return reply{abort: true}
		case 2: // the SDK's: another call's direct request fails in the meantime
			w.Load().direct.failed("T", failed.Load())
		}
		return ok(written)
	})
	w.Store(warm(t, s.client()))
	for _, direct := range []bool{false, true} {
		w := w.Load()
		if _, err := w.write(context.Background()); err != nil || w.isDirect() != direct {
			t.Errorf("error %v, then direct %v, want %v", err, w.isDirect(), direct)
		}
	}
}

// Where each direct request fails and the SDK's all pass, there is an end.
func TestDirectNeverPasses(t *testing.T) {
	s := serve(t, func(i int, _ recorded) reply {
		if i%2 == 1 && i < 2*maxUnserved {
			return exception(400, "ThrottlingException", "")
		}
		return ok(written)
	})
	w := NewDirectWriter(s.client(), nil)
	for range maxUnserved + 5 {
		if _, err := w.write(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	wantPath(t, w, "raw: direct requests fail where the SDK's own pass")
	if n := len(s.got()); n != 2*maxUnserved+5 {
		t.Errorf("%d requests", n)
	}
}

// A template that served is no sign of that, however many there were.
func TestDirectFailsNowAndThen(t *testing.T) {
	s := serve(t, func(i int, _ recorded) reply {
		if i%3 == 2 { // the SDK, direct, direct that fails
			return exception(400, "ThrottlingException", "")
		}
		return ok(written)
	})
	w := NewDirectWriter(s.client(), nil)
	for range 3 * maxUnserved {
		if _, err := w.write(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	wantPath(t, w, "direct")
}

// A client that does not check checksums does not on the direct path either.
func TestDirectChecksumDisabled(t *testing.T) {
	s := serve(t, answers(reply{body: written, wrongCRC: true}))
	w := warm(t, s.client(func(o *dynamodb.Options) { o.DisableValidateResponseChecksum = true }))
	if _, err := w.write(context.Background()); err != nil || len(s.got()) != 2 {
		t.Errorf("error %v, %d requests", err, len(s.got()))
	}
	wantPath(t, w, "direct")
}

// Each table has a template of its own: endpoint rules may look at it.
func TestDirectTables(t *testing.T) {
	s := serve(t, answers(ok(written)))
	w := warm(t, s.client())
	if w.direct.template("U", nil) != nil {
		t.Error("another table has the template")
	}
	b := new(Batch)
	b.Reset("U")
	b.Add(item(0))
	if _, err := w.BatchWrite(context.Background(), "U", b); err != nil || w.direct.template("U", nil) == nil {
		t.Errorf("error %v", err)
	}
}

// A call with options of its own goes through the SDK, and teaches nothing.
func TestDirectCallOptions(t *testing.T) {
	s := serve(t, answers(ok(written)))
	other := func(o *dynamodb.Options) { o.AppID = "mine" }
	w := NewDirectWriter(s.client(), nil)
	for _, optFns := range [][]func(*dynamodb.Options){{other}, nil, {other}, nil} {
		if _, err := w.write(context.Background(), optFns...); err != nil {
			t.Fatal(err)
		}
	}
	var mine []bool
	for _, r := range s.got() {
		mine = append(mine, strings.Contains(r.header.Get("User-Agent"), "app/mine"))
	}
	if !slices.Equal(mine, []bool{true, false, true, false}) {
		t.Errorf("options heeded: %v", mine)
	}
	wantPath(t, w, "direct")
}

// A context that ended ends the call with the SDK's error, and nothing is sent
// once more.
func TestDirectCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := serve(t, func(i int, _ recorded) reply {
		if i == 1 {
			cancel()
			return reply{abort: true}
		}
		return ok(written)
	})
	w := warm(t, s.client())
	for range 2 { // while the request is under way, and before there is one
		if _, err := w.write(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	}
	if n := len(s.got()); n != 2 || !w.isDirect() {
		t.Errorf("%d requests, then direct %v", n, w.isDirect())
	}
	requests := 0
	w = warm(t, inMemory(func(*http.Request) reply { // does not heed the context
		requests++
		return ok(written)
	}))
	if _, err := w.write(ctx); !errors.Is(err, context.Canceled) || requests != 1 {
		t.Errorf("error %v after %d requests", err, requests)
	}
}

// A Writer serves many goroutines, whatever the table answers.
func TestDirectConcurrentUse(t *testing.T) {
	Poison(true)
	defer Poison(false)
	s := serve(t, func(i int, _ recorded) reply {
		switch i % 7 {
		case 3:
			return exception(400, "ThrottlingException", "")
		case 5:
			return reply{body: written, wrongCRC: true}
		}
		return ok(written)
	})
	w := NewDirectWriter(s.client(func(o *dynamodb.Options) { o.RetryMaxAttempts = 20 }), nil)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			b := new(Batch)
			for i := range 40 {
				b.Reset("T")
				b.Add(item(100*g + i))
				if _, err := w.BatchWrite(context.Background(), "T", b); err != nil {
					t.Error(err)
				}
				_ = w.Path()
			}
		})
	}
	wg.Wait()
	sent := make(map[string]bool)
	for _, r := range s.got() {
		checkRequest(t, s, r)
		for _, text := range bodyItems(t, []byte(r.body), "T") {
			sent[text] = true
		}
	}
	if len(sent) != 160 {
		t.Errorf("%d items were sent", len(sent))
	}
}
