package dynsynctest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/dynsync/dynsync/dynsynctest"
)

// always is a hook that does the same to every request.
func always(a dynsynctest.Action) func(*dynsynctest.Request) dynsynctest.Action {
	return func(*dynsynctest.Request) dynsynctest.Action { return a }
}

func scanUsers(c *dynamodb.Client) (*dynamodb.ScanOutput, error) {
	return c.Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String("Users")})
}

func TestHooksSeeRequests(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	var seen []dynsynctest.Request
	srv.Control("*", func(r *dynsynctest.Request) dynsynctest.Action {
		seen = append(seen, *r)
		return dynsynctest.Action{}
	})
	other := client(srv, "someone", "eu-west-1")
	_, _ = scanUsers(other)
	fill(t, c, "Users", 1, nil)
	_, _ = c.ExecuteStatement(context.Background(), &dynamodb.ExecuteStatementInput{Statement: aws.String(`SELECT * FROM "Users"."byG"`)})
	_, _ = c.BatchExecuteStatement(context.Background(), &dynamodb.BatchExecuteStatementInput{Statements: []types.BatchStatementRequest{{Statement: aws.String(`DELETE FROM "Users" WHERE pk = '1'`)}}})
	_, _, _ = post(t, srv, "Scan", `not JSON`)
	type request struct {
		op, table, accessKey, region string
		number                       int64
	}
	var got []request
	for _, r := range seen {
		got = append(got, request{r.Op, r.Table, r.AccessKey, r.Region, r.Number})
	}
	want := []request{
		{"Scan", "Users", "someone", "eu-west-1", 2},
		{"BatchWriteItem", "Users", "dynsynctest", "us-east-1", 3},
		{"ExecuteStatement", "Users", "dynsynctest", "us-east-1", 4},
		{"BatchExecuteStatement", "Users", "dynsynctest", "us-east-1", 5},
		{"Scan", "", "dynsynctest", "us-east-1", 6},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if string(seen[0].Body) != `{"TableName":"Users"}` {
		t.Errorf("body: %s", seen[0].Body)
	}
}

func TestHooksAreTriedInOrder(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	var order []string
	hook := func(name string, a dynsynctest.Action) func(*dynsynctest.Request) dynsynctest.Action {
		return func(*dynsynctest.Request) dynsynctest.Action {
			order = append(order, name)
			return a
		}
	}
	srv.Control("PutItem", hook("another operation", dynsynctest.Throttle()))
	srv.Control("Scan", hook("looks", dynsynctest.Action{}))
	srv.Control("Scan", hook("once", dynsynctest.Fail(500, "InternalServerError", "once").Once()))
	remove := srv.Control("*", hook("stays", dynsynctest.Fail(400, "LimitExceededException", "stays")))
	srv.Control("Scan", hook("never", dynsynctest.Throttle()))

	_, err := scanUsers(c)
	fails(t, err, "InternalServerError", "once")
	for range 2 {
		_, err = scanUsers(c)
		fails(t, err, "LimitExceededException", "stays")
	}
	equal(t, order, []string{"looks", "once", "looks", "stays", "looks", "stays"})
	remove()
	remove()
	_, err = scanUsers(c)
	fails(t, err, "ProvisionedThroughputExceededException", "")
}

func TestOnceIsOnceUnderLoad(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	srv.Control("Scan", always(dynsynctest.Throttle().Once()))
	var failed atomic.Int64
	done := make(chan struct{})
	for range 16 {
		go func() {
			if _, err := scanUsers(c); err != nil {
				failed.Add(1)
			}
			done <- struct{}{}
		}()
	}
	for range 16 {
		<-done
	}
	if failed.Load() != 1 {
		t.Errorf("%d requests failed", failed.Load())
	}
}

func TestErrorsAreTyped(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	remove := srv.Control("Scan", always(dynsynctest.Throttle()))
	_, err := scanUsers(c)
	if _, ok := unwrap[*types.ProvisionedThroughputExceededException](err); !ok {
		t.Errorf("throttled: %v", err)
	}
	remove()
	remove = srv.Control("Scan", always(dynsynctest.Deny("dynamodb:Scan")))
	_, err = scanUsers(c)
	fails(t, err, "AccessDeniedException", "user/dynsynctest is not authorized to perform: dynamodb:Scan on resource: arn:aws:dynamodb:us-east-1:")
	fails(t, err, "AccessDeniedException", ":table/Users because no identity-based policy allows the dynamodb:Scan action")
	remove()
	srv.Control("Scan", always(dynsynctest.RespondRaw(http.StatusServiceUnavailable, []byte("<html>"))))
	_, err = scanUsers(c)
	if resp, ok := unwrap[*smithyhttp.ResponseError](err); !ok || resp.HTTPStatusCode() != 503 {
		t.Errorf("raw: %v", err)
	}
}

// The SDK retries what a server under load answers.
func TestClientRetries(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	srv.Control("Scan", always(dynsynctest.Fail(500, "InternalServerError", "").Once()))
	_, err := scanUsers(srv.Client(func(o *dynamodb.Options) {
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	}))
	if err != nil {
		t.Error(err)
	}
}

func TestUnprocessed(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	var requests []types.WriteRequest
	for i := range 10 {
		requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: item{"pk": s("k" + strconv.Itoa(i)), "n": n("1.0")}}})
	}
	requests = append(requests, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: item{"pk": s("k99")}}})
	write := func(requests []types.WriteRequest) map[string][]types.WriteRequest {
		t.Helper()
		out, err := c.BatchWriteItem(context.Background(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Users": requests}})
		if err != nil {
			t.Fatal(err)
		}
		return out.UnprocessedItems
	}
	srv.Control("BatchWriteItem", always(dynsynctest.Unprocessed(func(table string, i item) bool {
		return table == "Users" && strings.HasSuffix(texts([]item{i}, "pk")[0], "9")
	}).Once()))
	left := write(requests)["Users"]
	if len(left) != 2 || left[0].PutRequest == nil || left[1].DeleteRequest == nil {
		t.Fatalf("%d requests are left", len(left))
	}
	equal(t, left[0].PutRequest.Item, item{"pk": s("k9"), "n": n("1")})
	equal(t, sorted(texts(scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}), "pk")), numbered(9))

	srv.Control("BatchWriteItem", always(dynsynctest.UnprocessedLast(1).Once()))
	if left = write(left)["Users"]; len(left) != 1 || left[0].DeleteRequest == nil {
		t.Errorf("%d requests are left", len(left))
	}
	srv.Control("BatchWriteItem", always(dynsynctest.UnprocessedLast(100).Once()))
	if left = write(left)["Users"]; len(left) != 1 {
		t.Errorf("%d requests are left", len(left))
	}
	if left = write(left)["Users"]; len(left) != 0 {
		t.Errorf("%d requests are left", len(left))
	}
}

// What is unprocessed is validated all the same: a batch that DynamoDB would
// refuse is refused.
func TestUnprocessedIsValidated(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	srv.Control("BatchWriteItem", always(dynsynctest.UnprocessedLast(1)))
	_, err := c.BatchWriteItem(context.Background(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Users": {
		{PutRequest: &types.PutRequest{Item: item{"pk": s("")}}},
	}}})
	fails(t, err, "ValidationException", "empty string")
}

func TestUnprocessedKeys(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	fill(t, c, "Users", 3, nil)
	srv.Control("BatchGetItem", always(dynsynctest.UnprocessedLast(2).Once()))
	request := map[string]types.KeysAndAttributes{"Users": {
		Keys: []map[string]types.AttributeValue{{"pk": s("k0")}, {"pk": s("k1")}, {"pk": s("k2")}}, ConsistentRead: aws.Bool(true),
		ProjectionExpression: aws.String("#n"), ExpressionAttributeNames: map[string]string{"#n": "number"},
	}}
	var got []string
	for rounds := 0; len(request) > 0; rounds++ {
		out, err := c.BatchGetItem(context.Background(), &dynamodb.BatchGetItemInput{RequestItems: request})
		if err != nil || rounds > 1 {
			t.Fatal(rounds, err)
		}
		got = append(got, texts(out.Responses["Users"], "number")...)
		request = out.UnprocessedKeys
	}
	equal(t, got, []string{"0", "1", "2"})
}

func TestApplyThenDrop(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	srv.Control("PutItem", always(dynsynctest.ApplyThenDrop()))
	_, err := c.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: item{"pk": s("1")}})
	if err == nil {
		t.Error("there was an answer")
	}
	if got := get(t, c, "Users", item{"pk": s("1")}); got == nil {
		t.Error("nothing was applied")
	}
}

func TestCutBody(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	for _, length := range []int{0, 1, 10, 1 << 20} {
		remove := srv.Control("Scan", always(dynsynctest.CutBody(length)))
		req, err := http.NewRequest(http.MethodPost, srv.URL(), strings.NewReader(`{"TableName":"Users"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Amz-Target", "DynamoDB_20120810.Scan")
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=dynsynctest/20260102/us-east-1/dynamodb/aws4_request")
		transport := &http.Transport{}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		transport.CloseIdleConnections()
		whole := int(resp.ContentLength)
		if want := min(length, whole); len(got) != want || (want < whole) != errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes: got %d of %d, %v", length, len(got), whole, err)
		}
		remove()
	}
}

func TestChecksumActions(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	_, right, header := post(t, srv, "Scan", `{"TableName":"Users"}`)
	for _, test := range []struct {
		reason string
		action dynsynctest.Action
		wrong  bool
		none   bool
	}{
		{"a wrong one", dynsynctest.WrongCRC(), true, false},
		{"none", dynsynctest.NoCRC(), true, true},
	} {
		srv.Control("Scan", always(test.action.Once()))
		_, answer, got := post(t, srv, "Scan", `{"TableName":"Users"}`)
		crc := got.Get("X-Amz-Crc32")
		if answer != right || (crc != header.Get("X-Amz-Crc32")) != test.wrong || (crc == "") != test.none {
			t.Errorf("%s: %s %q", test.reason, answer, crc)
		}
	}
}

func TestDelay(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	srv.Control("Scan", always(dynsynctest.Delay(time.Nanosecond).Once()))
	if _, err := scanUsers(c); err != nil {
		t.Error(err)
	}
	// A delayed request that the client gives up on is not carried out.
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan struct{})
	srv.Control("PutItem", func(r *dynsynctest.Request) dynsynctest.Action {
		context.AfterFunc(r.Context(), func() { close(gone) })
		cancel()
		return dynsynctest.Delay(time.Hour)
	})
	if _, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: item{"pk": s("1")}}); err == nil {
		t.Error("a cancelled request was answered")
	}
	<-gone
	if items := scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}); len(items) > 0 {
		t.Error("it was carried out")
	}
}

func TestWait(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	ready := make(chan struct{})
	srv.Control("Scan", always(dynsynctest.Wait(ready).With(dynsynctest.Throttle()).Once()))
	done := make(chan error)
	go func() {
		_, err := scanUsers(c)
		done <- err
	}()
	put(t, c, "Users", item{"pk": s("others go on")})
	close(ready)
	fails(t, <-done, "ProvisionedThroughputExceededException", "")
}

// Empty pages must neither lose an item nor end the reading, wherever they come.
func TestEmptyPages(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Empty", "pk:S")
	for _, kind := range []string{"S", "N", "B"} {
		table := "Users" + kind
		createTable(t, c, table, "pk:"+kind+" sk:N")
		for i := range 30 {
			pk := map[string]types.AttributeValue{"S": s(strconv.Itoa(i % 10)), "N": n(strconv.Itoa(i % 10)), "B": b(byte(i % 10))}[kind]
			put(t, c, table, item{"pk": pk, "sk": n(strconv.Itoa(i))})
		}
		var requests int
		everySecond := func(*dynsynctest.Request) dynsynctest.Action {
			if requests++; requests%2 == 1 {
				return dynsynctest.EmptyPage()
			}
			return dynsynctest.Action{}
		}
		removeScan, removeSelect := srv.Control("Scan", everySecond), srv.Control("ExecuteStatement", everySecond)
		count := func(items []item) int {
			seen := texts(items, "sk")
			slices.Sort(seen)
			return len(slices.Compact(seen))
		}
		var whole []item
		for segment := range int32(4) {
			whole = append(whole, scanAll(t, c, dynamodb.ScanInput{TableName: &table, Segment: &segment, TotalSegments: aws.Int32(4), Limit: aws.Int32(4)})...)
		}
		if len(whole) != 30 || count(whole) != 30 {
			t.Errorf("%s: a scan saw %d items, %d different ones", kind, len(whole), count(whole))
		}
		for _, statement := range []string{`SELECT * FROM "` + table + `"`, `SELECT * FROM "` + table + `" WHERE sk >= 0`} {
			items, pages := selectAll(t, c, dynamodb.ExecuteStatementInput{Statement: &statement, Limit: aws.Int32(10)})
			if len(items) != 30 || count(items) != 30 || pages < 6 {
				t.Errorf("%s: %d items on %d pages", statement, len(items), pages)
			}
		}
		removeScan()
		removeSelect()
	}
	srv.Control("Scan", always(dynsynctest.EmptyPage()))
	out, err := c.Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String("Empty")})
	if err != nil || out.LastEvaluatedKey != nil {
		t.Errorf("an empty table: %v, %v", out, err)
	}
}

func TestActionsJoin(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	fill(t, c, "Users", 3, nil)
	srv.Control("Scan", always(dynsynctest.EmptyPage().With(dynsynctest.NoCRC()).With(dynsynctest.Delay(time.Nanosecond)).Once()))
	_, answer, header := post(t, srv, "Scan", `{"TableName":"Users"}`)
	if !strings.HasPrefix(answer, `{"Count":0,"Items":[],"LastEvaluatedKey":{"pk":{"S":"`) || header.Get("X-Amz-Crc32") != "" {
		t.Errorf("%s %v", answer, header)
	}
	var none dynsynctest.Action
	srv.Control("Scan", always(none.With(none)))
	if _, err := scanUsers(c); err != nil {
		t.Error(err)
	}
}
