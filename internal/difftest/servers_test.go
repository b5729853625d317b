package difftest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/dynamolocal"
	"github.com/dynsync/dynsync/internal/rawapi"
)

// obj is a JSON object of a request.
type obj = map[string]any

type item = map[string]types.AttributeValue

// A server is one of the two: where it is, and as whom it is asked.
type server struct {
	url, accessKey string
	client         *dynamodb.Client
	http           *http.Client
}

func newServer(t testing.TB, url string, client *dynamodb.Client) server {
	credentials, err := client.Options().Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 4}
	t.Cleanup(transport.CloseIdleConnections)
	return server{url: url, accessKey: credentials.AccessKeyID, client: client, http: &http.Client{Transport: transport}}
}

// call sends a request that looks signed. Neither server checks signatures.
func (s server) call(ctx context.Context, op string, body []byte) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("X-Amz-Target", "DynamoDB_20120810."+op)
	req.Header.Set("X-Amz-Date", "20260102T030405Z")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+s.accessKey+
		"/20260102/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0000")
	resp, err := s.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	return newAnswer(resp.StatusCode, text)
}

// A duel is one test's pair of servers. Each has an account of its own on both,
// so that tests can run at the same time with the same table names.
type duel struct {
	*testing.T
	*rand.Rand
	real, fake server

	table     string // that send names where a request names none
	requests  int
	refused   int
	different int // how many mismatches were reported

	diverged bool // one server did what the other, rightly or not, refused
}

// maxReported is how many mismatches one test reports before it stops.
const maxReported = 20

// newDuel gives the test an account on both servers and random numbers that are
// the same in every run.
func newDuel(t *testing.T, fake *dynsynctest.Server) *duel {
	local := dynamolocal.Shared(t)
	var seed [32]byte
	copy(seed[:], t.Name()[len("TestDifferential/part/"):])
	key := strings.NewReplacer("/", "", "_", "").Replace(t.Name())
	return &duel{
		T:    t,
		Rand: rand.New(rand.NewChaCha8(seed)),
		real: newServer(t, local.URL(), local.Client(key, "us-east-1")),
		fake: newServer(t, fake.URL(), fake.Client(func(o *dynamodb.Options) {
			o.Credentials = dynsynctest.Credentials(key)
			o.RetryMaxAttempts = 1
		})),
	}
}

// body is the JSON of a request. Those that name no table mean d.table.
func (d *duel) body(op string, request any) []byte {
	d.Helper()
	if text, ok := request.(string); ok {
		return []byte(text)
	}
	if o, ok := request.(obj); ok && !tableless[op] && o["TableName"] == nil {
		o["TableName"] = d.table
	}
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false) // the table of differences matches requests
	if err := e.Encode(request); err != nil {
		d.Fatal(err)
	}
	return text.Bytes()
}

var tableless = map[string]bool{
	"BatchWriteItem": true, "BatchGetItem": true, "ExecuteStatement": true, "BatchExecuteStatement": true, "ListTables": true,
}

// ask sends a request to both servers at once and compares nothing.
func (d *duel) ask(op string, request any) (real, fake answer) {
	d.Helper()
	body := d.body(op, request)
	var realErr error
	done := make(chan struct{})
	go func() {
		defer close(done)
		real, realErr = d.real.call(d.Context(), op, body)
	}()
	fake, err := d.fake.call(d.Context(), op, body)
	<-done
	if realErr != nil || err != nil {
		d.Fatalf("%s %s\nDynamoDB Local: %v\ndynsynctest: %v", op, shortened(body), realErr, err)
	}
	d.requests++
	if real.status != http.StatusOK {
		d.refused++
	}
	return real, fake
}

// send sends a request to both servers and requires equal answers.
func (d *duel) send(op string, request any) (real, fake answer) {
	d.Helper()
	body := d.body(op, request)
	real, fake = d.ask(op, string(body))
	if diff := d.compare(op, body, real, fake); diff != "" {
		d.report("%s %s\n%s", op, shortened(body), diff)
	}
	if d.diverged {
		d.diverged = false
		d.empty()
	}
	return real, fake
}

// must is send for a request that has to succeed on both.
func (d *duel) must(op string, request any) (real, fake answer) {
	d.Helper()
	body := d.body(op, request)
	real, fake = d.send(op, string(body))
	if real.status != http.StatusOK || fake.status != http.StatusOK {
		d.Fatalf("%s %s\nDynamoDB Local: %v\ndynsynctest: %v", op, shortened(body), real, fake)
	}
	return real, fake
}

// report is Errorf, until there were enough of them.
func (d *duel) report(format string, args ...any) {
	d.Helper()
	d.Errorf(format, args...)
	if d.different++; d.different >= maxReported {
		d.Fatal("too many differences")
	}
}

func shortened(text []byte) string {
	const most = 1500
	if len(text) <= most {
		return string(text)
	}
	return fmt.Sprintf("%s … (%d bytes)", text[:most], len(text))
}

// av is the JSON of a value.
func av(v types.AttributeValue) json.RawMessage {
	text, err := rawapi.AppendAttributeValue(nil, v)
	if err != nil {
		panic(err) // the tests make no value that has no JSON
	}
	return text
}

func avs(values []types.AttributeValue) []json.RawMessage {
	list := make([]json.RawMessage, len(values))
	for i, v := range values {
		list[i] = av(v)
	}
	return list
}

func avMap(values item) map[string]json.RawMessage {
	m := make(map[string]json.RawMessage, len(values))
	for name, v := range values {
		m[name] = av(v)
	}
	return m
}

func str(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
func num(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} }
func bin(v string) types.AttributeValue { return &types.AttributeValueMemberB{Value: []byte(v)} }
func ss(v ...string) types.AttributeValue {
	return &types.AttributeValueMemberSS{Value: v}
}
func ns(v ...string) types.AttributeValue {
	return &types.AttributeValueMemberNS{Value: v}
}
func bs(v ...string) types.AttributeValue {
	set := make([][]byte, len(v))
	for i, m := range v {
		set[i] = []byte(m)
	}
	return &types.AttributeValueMemberBS{Value: set}
}
func list(v ...types.AttributeValue) types.AttributeValue {
	return &types.AttributeValueMemberL{Value: v}
}
func dict(v item) types.AttributeValue { return &types.AttributeValueMemberM{Value: v} }
func boolean(v bool) types.AttributeValue {
	return &types.AttributeValueMemberBOOL{Value: v}
}
func null() types.AttributeValue { return &types.AttributeValueMemberNULL{Value: true} }

// pick returns one of them.
func pick[T any](d *rand.Rand, from ...T) T { return from[d.IntN(len(from))] }

// chance is true in one of n cases.
func chance(d *rand.Rand, n int) bool { return d.IntN(n) == 0 }
