package dynsynctest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/dynsync/dynsync/dynsynctest"
)

// writesOf are the requests that write the item {pk: key, x: "new"}, by
// operation. Again is what the same request fails with when it comes again.
var writesOf = []struct {
	op, again string
	do        func(ctx context.Context, c *dynamodb.Client, key string) error
}{
	{"PutItem", "", func(ctx context.Context, c *dynamodb.Client, key string) error {
		_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: newItem(key)})
		return err
	}},
	{"PutItem", "ConditionalCheckFailedException", func(ctx context.Context, c *dynamodb.Client, key string) error {
		_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: newItem(key), ConditionExpression: aws.String("attribute_not_exists(pk)")})
		return err
	}},
	{"UpdateItem", "", func(ctx context.Context, c *dynamodb.Client, key string) error {
		_, err := c.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: aws.String("Users"), Key: item{"pk": s(key)},
			UpdateExpression: aws.String("SET x = :x REMOVE y"), ExpressionAttributeValues: item{":x": s("new")}})
		return err
	}},
	{"BatchWriteItem", "", func(ctx context.Context, c *dynamodb.Client, key string) error {
		_, err := c.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Users": {{PutRequest: &types.PutRequest{Item: newItem(key)}}}}})
		return err
	}},
	{"ExecuteStatement", "DuplicateItemException", func(ctx context.Context, c *dynamodb.Client, key string) error {
		_, err := c.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: aws.String(insertNew(key))})
		return err
	}},
	{"BatchExecuteStatement", "DuplicateItem", func(ctx context.Context, c *dynamodb.Client, key string) error {
		out, err := c.BatchExecuteStatement(ctx, &dynamodb.BatchExecuteStatementInput{Statements: []types.BatchStatementRequest{{Statement: aws.String(insertNew(key))}}})
		if err == nil && out.Responses[0].Error != nil {
			return &slotError{*out.Responses[0].Error}
		}
		return err
	}},
}

func newItem(key string) item { return item{"pk": s(key), "x": s("new")} }

func insertNew(key string) string {
	return `INSERT INTO "Users" VALUE {'pk': '` + key + `', 'x': 'new'}`
}

// slotError makes an error of a statement one of AWS.
type slotError struct{ types.BatchStatementError }

func (e *slotError) Error() string        { return e.ErrorCode() + ": " + e.ErrorMessage() }
func (e *slotError) ErrorCode() string    { return string(e.Code) }
func (e *slotError) ErrorMessage() string { return aws.ToString(e.Message) }
func (e *slotError) ErrorFault() smithy.ErrorFault {
	return smithy.FaultUnknown
}

// Every way in which an answer is lost leaves what was asked done, for every
// operation that writes.
func TestAnswersAreLost(t *testing.T) {
	for _, test := range []struct {
		reason string
		action dynsynctest.Action
		cancel bool // no answer comes until the client gives up
	}{
		{"closed", dynsynctest.ApplyThenDrop(), false},
		{"reset", dynsynctest.ApplyThen(dynsynctest.Reset()), false},
		{"hanging", dynsynctest.ApplyThen(dynsynctest.Hang()), true},
		{"late", dynsynctest.ApplyThen(dynsynctest.Delay(time.Hour)), true},
		{"500", dynsynctest.ApplyThen(dynsynctest.Fail(500, "InternalServerError", "")), false},
		{"503", dynsynctest.ApplyThen(dynsynctest.Fail(503, "ServiceUnavailable", "")), false},
		{"a page of a proxy", dynsynctest.ApplyThen(dynsynctest.RespondRaw(502, []byte("<html>"))), false},
		{"cut in the headers' wake", dynsynctest.CutBody(0), false},
		{"cut", dynsynctest.CutBody(1), false},
		{"reset within the body", dynsynctest.CutBody(1).With(dynsynctest.Reset()), false},
		{"a body that stalls", dynsynctest.Trickle(1, time.Hour), true},
	} {
		srv, c := newServer(t)
		createTable(t, c, "Users", "pk:S")
		for i, w := range writesOf {
			key := string(rune('a' + i))
			remove := srv.Control(w.op, always(test.action))
			ctx, cancel := context.WithCancel(context.Background())
			stopped := make(chan struct{})
			go func() {
				defer close(stopped)
				for test.cancel && get(t, c, "Users", item{"pk": s(key)}) == nil {
				}
				if test.cancel {
					cancel()
				}
			}()
			if err := w.do(ctx, c, key); err == nil {
				t.Errorf("%s: %s was answered", test.reason, w.op)
			}
			<-stopped
			cancel()
			remove()
			equal(t, get(t, c, "Users", item{"pk": s(key)}), newItem(key))
			switch err := w.do(context.Background(), c, key); {
			case w.again != "":
				fails(t, err, w.again, "")
			case err != nil:
				t.Error(err)
			}
			if t.Failed() {
				t.Fatalf("%s: %s", test.reason, w.op)
			}
		}
	}
}

// Without ApplyThen nothing is done.
func TestFaultsWithoutEffect(t *testing.T) {
	all := func(string, item) bool { return true }
	for _, test := range []struct {
		reason string
		action dynsynctest.Action
		code   string // empty: there is no answer
	}{
		{"reset", dynsynctest.Reset(), ""},
		{"500", dynsynctest.Fail(500, "InternalServerError", ""), "InternalServerError"},
		{"503", dynsynctest.Fail(503, "ServiceUnavailable", ""), "ServiceUnavailable"},
		{"throttled", dynsynctest.Throttle(), "ProvisionedThroughputExceededException"},
		{"throttled on demand", dynsynctest.ThrottleOnDemand(), "ThrottlingException"},
		{"denied", dynsynctest.Deny("dynamodb:PutItem"), "AccessDeniedException"},
		{"expired", dynsynctest.ExpiredCredentials(), "ExpiredTokenException"},
		{"invalid", dynsynctest.Fail(400, "ValidationException", ""), "ValidationException"},
		{"refused", dynsynctest.Refuse(all), "Validation"},
	} {
		srv, c := newServer(t)
		createTable(t, c, "Users", "pk:S")
		for _, w := range writesOf {
			remove := srv.Control(w.op, always(test.action))
			err := w.do(context.Background(), c, "a")
			remove()
			switch {
			case test.code == "" && (err == nil || errors.Is(err, io.EOF)):
				t.Errorf("got %v; want a connection that was reset", err)
			case test.code == "Validation" && w.op == "BatchExecuteStatement":
				fails(t, err, "ValidationError", "refuses")
			case test.code == "Validation":
				fails(t, err, "ValidationException", "refuses")
			case test.code != "":
				fails(t, err, test.code, "")
			}
			if t.Failed() {
				t.Fatalf("%s: %s", test.reason, w.op)
			}
		}
		if items := scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}); len(items) > 0 {
			t.Errorf("%s: something was written", test.reason)
		}
	}
}

func TestHang(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	ctx, cancel := context.WithCancel(context.Background())
	srv.Control("PutItem", func(*dynsynctest.Request) dynsynctest.Action {
		cancel()
		return dynsynctest.Hang()
	})
	if err := writesOf[0].do(ctx, c, "a"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if items := scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}); len(items) > 0 {
		t.Error("it was carried out")
	}
}

// Close does not wait for what hangs or trickles.
func TestCloseEndsSlowAnswers(t *testing.T) {
	for reason, action := range map[string]dynsynctest.Action{
		"hangs": dynsynctest.Hang(), "hangs once it is done": dynsynctest.ApplyThen(dynsynctest.Hang()), "trickles": dynsynctest.Trickle(1, time.Hour),
	} {
		srv := dynsynctest.NewServer()
		c := client(srv, "dynsynctest", "us-east-1")
		reached := make(chan struct{})
		srv.Control("ListTables", func(*dynsynctest.Request) dynsynctest.Action {
			close(reached)
			return action
		})
		failed := make(chan error)
		go func() {
			_, err := c.ListTables(context.Background(), &dynamodb.ListTablesInput{})
			failed <- err
		}()
		<-reached
		srv.Close()
		if err := <-failed; err == nil {
			t.Errorf("what %s was answered", reason)
		}
	}
}

func TestResetWithinBody(t *testing.T) {
	srv, _ := newServer(t)
	srv.Control("ListTables", always(dynsynctest.CutBody(5).With(dynsynctest.Reset())))
	req, err := http.NewRequest(http.MethodPost, srv.URL(), strings.NewReader(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Target", "DynamoDB_20120810.ListTables")
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	if err == nil || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		t.Errorf("got %v; want a connection that was reset", err)
	}
}

// A body that trickles is the same body.
func TestTrickle(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	fill(t, c, "Users", 10, nil)
	_, want, _ := post(t, srv, "Scan", `{"TableName":"Users"}`)
	for _, n := range []int{-1, 1, 7, len(want) - 1, len(want), 1 << 20} {
		remove := srv.Control("Scan", always(dynsynctest.Trickle(n, time.Nanosecond)))
		status, got, _ := post(t, srv, "Scan", `{"TableName":"Users"}`)
		if status != 200 || got != want {
			t.Errorf("%d bytes at a time: %d %s", n, status, got)
		}
		if _, err := scanUsers(c); err != nil {
			t.Errorf("%d bytes at a time: %v", n, err)
		}
		remove()
	}
}

func TestTooLarge(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	srv.Control("BatchWriteItem", always(dynsynctest.TooLarge()))
	status, answer, header := post(t, srv, "BatchWriteItem", `{}`)
	if status != 413 || !strings.HasPrefix(answer, "<html>") || header.Get("Content-Type") != "text/html" || header.Get("X-Amz-Crc32") != "" {
		t.Errorf("%d %s %v", status, answer, header)
	}
	err := writesOf[3].do(context.Background(), c, "a")
	if resp, ok := unwrap[*smithyhttp.ResponseError](err); !ok || resp.HTTPStatusCode() != 413 {
		t.Errorf("the SDK: %v", err)
	}
}

func TestExpiredToken(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	fill(t, c, "Users", 3, nil)
	srv.Control("*", always(dynsynctest.ExpiredToken()))
	in := &dynamodb.ExecuteStatementInput{Statement: aws.String(`SELECT * FROM "Users"`), Limit: aws.Int32(1)}
	out, err := c.ExecuteStatement(context.Background(), in)
	if err != nil || out.NextToken == nil {
		t.Fatal(out, err)
	}
	in.NextToken = out.NextToken
	_, err = c.ExecuteStatement(context.Background(), in)
	fails(t, err, "ValidationException", "Given NextToken has already expired")
	in.NextToken = aws.String("garbage")
	_, err = c.ExecuteStatement(context.Background(), in)
	fails(t, err, "ValidationException", "Invalid NextToken")
	if items := scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users"), Limit: aws.Int32(1)}); len(items) != 3 {
		t.Errorf("a scan saw %d items", len(items))
	}
}

// What is reported as not done was done.
func TestApplyThenPart(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	srv.Control("BatchWriteItem", always(dynsynctest.ApplyThen(dynsynctest.UnprocessedLast(1))))
	out, err := c.BatchWriteItem(context.Background(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Users": {{PutRequest: &types.PutRequest{Item: newItem("a")}}}}})
	if err != nil || len(out.UnprocessedItems) != 1 || get(t, c, "Users", item{"pk": s("a")}) == nil {
		t.Error(out, err)
	}
	srv.Control("BatchExecuteStatement", always(dynsynctest.ApplyThen(dynsynctest.FailStatements(
		func(string, item) types.BatchStatementErrorCodeEnum { return "InternalServerError" }))))
	fails(t, writesOf[5].do(context.Background(), c, "b"), "InternalServerError", "")
	if get(t, c, "Users", item{"pk": s("b")}) == nil {
		t.Error("the statement was not run")
	}
}

func TestFailStatements(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	put(t, c, "Users", newItem("old"))
	statements := []struct {
		text string
		code types.BatchStatementErrorCodeEnum // the hook's
		want types.BatchStatementErrorCodeEnum
		part string // of the message
	}{
		{insertNew("0"), "ThrottlingError", "ThrottlingError", "hot key"},
		{insertNew("1"), "", "", ""},
		{insertNew("2"), "ProvisionedThroughputExceeded", "ProvisionedThroughputExceeded", "The level of configured provisioned throughput"},
		{insertNew("3"), "DuplicateItem", "DuplicateItem", "Duplicate primary key exists in table"},
		{insertNew("old"), "", "DuplicateItem", "Duplicate primary key exists in table"},
		{`INSERT`, "ThrottlingError", "ValidationError", "well formed"},
		{insertNew("6"), "AccessDenied", "AccessDenied", "user/dynsynctest is not authorized to perform: dynamodb:PartiQLInsert on resource: arn:aws:dynamodb:us-east-1:"},
		{`UPDATE "Users" SET x = 'y' WHERE pk = '7'`, "AccessDenied", "AccessDenied", "dynamodb:PartiQLUpdate"},
		{`DELETE FROM "Users" WHERE pk = '8'`, "AccessDenied", "AccessDenied", "dynamodb:PartiQLDelete"},
		{insertNew("9"), "RequestLimitExceeded", "RequestLimitExceeded", "account"},
		{insertNew("10"), "TransactionConflict", "TransactionConflict", "ongoing"},
		{insertNew("11"), "Unheard", "Unheard", ""},
	}
	in := &dynamodb.BatchExecuteStatementInput{}
	for _, st := range statements {
		in.Statements = append(in.Statements, types.BatchStatementRequest{Statement: &st.text})
	}
	var seen []item
	srv.Control("BatchExecuteStatement", always(dynsynctest.FailStatements(func(table string, i item) types.BatchStatementErrorCodeEnum {
		seen = append(seen, i)
		for _, st := range statements {
			if table == "Users" && strings.Contains(st.text, "'"+texts([]item{i}, "pk")[0]+"'") {
				return st.code
			}
		}
		return ""
	}).Once()))
	out, err := c.BatchExecuteStatement(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	for i, st := range statements {
		var got types.BatchStatementErrorCodeEnum
		var message string
		if e := out.Responses[i].Error; e != nil {
			got, message = e.Code, aws.ToString(e.Message)
		}
		if got != st.want || !strings.Contains(message, st.part) {
			t.Errorf("%s: %s: %s", st.text, got, message)
		}
	}
	equal(t, texts(seen, "pk"), []string{"0", "1", "2", "3", "old", "6", "7", "8", "9", "10", "11"})
	equal(t, seen[0], newItem("0"))
	equal(t, seen[6], item{"pk": s("7")})
	equal(t, sorted(texts(scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}), "pk")), []string{"1", "old"})

	// Reads can fail, too.
	srv.Control("BatchExecuteStatement", always(dynsynctest.FailStatements(
		func(string, item) types.BatchStatementErrorCodeEnum { return "AccessDenied" })))
	out, err = c.BatchExecuteStatement(context.Background(), &dynamodb.BatchExecuteStatementInput{Statements: []types.BatchStatementRequest{{Statement: aws.String(`SELECT * FROM "Users" WHERE pk = 'old'`)}}})
	if err != nil || out.Responses[0].Item != nil || !contains(*out.Responses[0].Error.Message, "dynamodb:PartiQLSelect") {
		t.Error(out, err)
	}
}

// One bad item refuses a whole batch, and only its own statement.
func TestRefuse(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	put(t, c, "Users", item{"pk": s("kept"), "poison": s("old")})
	srv.Control("*", always(dynsynctest.Refuse(func(table string, i item) bool {
		_, bad := i["poison"]
		clear(i) // it is a copy
		return table == "Users" && bad
	})))
	ctx := context.Background()
	bad := item{"pk": s("bad"), "poison": s("")}
	write := func(requests ...types.WriteRequest) error {
		_, err := c.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Users": requests}})
		return err
	}
	good := types.WriteRequest{PutRequest: &types.PutRequest{Item: newItem("a")}}
	fails(t, write(good, types.WriteRequest{PutRequest: &types.PutRequest{Item: bad}}), "ValidationException", "One or more parameter values were invalid")
	equal(t, texts(scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}), "pk"), []string{"kept"})
	if err := write(good); err != nil {
		t.Error(err)
	}
	_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: bad})
	fails(t, err, "ValidationException", "")

	// An update is refused for the item that it would leave.
	for pk, refused := range map[string]bool{"kept": true, "new": false} {
		_, err = c.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: aws.String("Users"), Key: item{"pk": s(pk)}, UpdateExpression: aws.String("SET x = :x"), ExpressionAttributeValues: item{":x": s("y")}})
		if refused {
			fails(t, err, "ValidationException", "")
		} else if err != nil {
			t.Error(err)
		}
	}
	if _, err = c.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: aws.String("Users"), Key: item{"pk": s("kept")}, UpdateExpression: aws.String("REMOVE poison")}); err != nil {
		t.Error(err)
	}

	statements := []string{insertNew("b"), `INSERT INTO "Users" VALUE {'pk': 'bad', 'poison': 1}`, `UPDATE "Users" SET poison = 1 WHERE pk = 'a'`, `DELETE FROM "Users" WHERE pk = 'new'`}
	in := &dynamodb.BatchExecuteStatementInput{}
	for _, text := range statements {
		in.Statements = append(in.Statements, types.BatchStatementRequest{Statement: &text})
	}
	out, err := c.BatchExecuteStatement(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, r := range out.Responses {
		code := ""
		if r.Error != nil {
			code = string(r.Error.Code)
		}
		codes = append(codes, code)
	}
	equal(t, codes, []string{"", "ValidationError", "ValidationError", ""})
	_, err = c.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: &statements[1]})
	fails(t, err, "ValidationException", "")
	equal(t, sorted(texts(scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}), "pk")), []string{"a", "b", "kept"})
}

// What is deleted can be refused by its key.
func TestRefuseDeletion(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	put(t, c, "Users", newItem("a"))
	srv.Control("*", always(dynsynctest.Refuse(func(_ string, key item) bool { return len(key) == 1 })))
	ctx, key := context.Background(), item{"pk": s("a")}
	_, err := c.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String("Users"), Key: key})
	fails(t, err, "ValidationException", "")
	_, err = c.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Users": {{DeleteRequest: &types.DeleteRequest{Key: key}}}}})
	fails(t, err, "ValidationException", "")
	_, err = c.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: aws.String(`DELETE FROM "Users" WHERE pk = 'a'`)})
	fails(t, err, "ValidationException", "")
	if get(t, c, "Users", key) == nil {
		t.Error("it was deleted")
	}
}

func TestThrottlingReasons(t *testing.T) {
	srv, c := newServer(t)
	createIndexed(t, c, "Users")
	ctx := context.Background()
	scan := func() error {
		_, err := scanUsers(c)
		return err
	}
	put := func() error {
		_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("Users"), Item: item{}})
		return err
	}
	statement := func(text string) func() error {
		return func() error {
			_, err := c.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: &text})
			return err
		}
	}
	batch := func(text string) func() error {
		return func() error {
			_, err := c.BatchExecuteStatement(ctx, &dynamodb.BatchExecuteStatementInput{Statements: []types.BatchStatementRequest{{Statement: &text}}})
			return err
		}
	}
	for _, test := range []struct {
		reason string
		action dynsynctest.Action
		do     func() error
		want   []string // reasons, each with the end of its resource
	}{
		{"a read", dynsynctest.Throttle(), scan, []string{"TableReadProvisionedThroughputExceeded :table/Users"}},
		{"a write", dynsynctest.Throttle(), put, []string{"TableWriteProvisionedThroughputExceeded :table/Users"}},
		{"a SELECT", dynsynctest.Throttle(), statement(`select * FROM "Users"`), []string{"TableReadProvisionedThroughputExceeded :table/Users"}},
		{"an INSERT", dynsynctest.ThrottleOnDemand(), statement(`INSERT INTO "Users" VALUE {'pk': 'a'}`), []string{"TableWriteKeyRangeThroughputExceeded :table/Users"}},
		{"a batch of SELECT", dynsynctest.ThrottleOnDemand(), batch(`SELECT * FROM "Users" WHERE pk = 'a'`), []string{"TableReadKeyRangeThroughputExceeded :table/Users"}},
		{"a batch of INSERT", dynsynctest.Throttle(), batch(`INSERT INTO "Users" VALUE {'pk': 'a'}`), []string{"TableWriteProvisionedThroughputExceeded :table/Users"}},
		{"an index", dynsynctest.Throttle("IndexWriteProvisionedThroughputExceeded"), put, []string{"IndexWriteProvisionedThroughputExceeded :table/Users/index/byG"}},
		{"several", dynsynctest.ThrottleOnDemand("TableWriteMaxOnDemandThroughputExceeded", "TableWriteAccountLimitExceeded"), put,
			[]string{"TableWriteMaxOnDemandThroughputExceeded :table/Users", "TableWriteAccountLimitExceeded :table/Users"}},
	} {
		srv.Control("*", always(test.action.Once()))
		err := test.do()
		var reasons []types.ThrottlingReason
		if e, ok := unwrap[*types.ProvisionedThroughputExceededException](err); ok {
			reasons = e.ThrottlingReasons
		} else if e, ok := unwrap[*types.ThrottlingException](err); ok {
			reasons = e.ThrottlingReasons
		} else {
			t.Errorf("%s: %v", test.reason, err)
		}
		var got []string
		for _, r := range reasons {
			arn := aws.ToString(r.Resource)
			got = append(got, aws.ToString(r.Reason)+" "+arn[strings.LastIndex(arn, ":"):])
			if !strings.HasPrefix(arn, "arn:aws:dynamodb:us-east-1:") {
				t.Errorf("%s: %s", test.reason, arn)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q; want %q", test.reason, got, test.want)
		}
	}

	// A request that is not understood has no table.
	srv.Control("*", always(dynsynctest.Throttle("IndexReadAccountLimitExceeded").Once()))
	status, answer, _ := post(t, srv, "Scan", `no JSON`)
	if status != 400 || !contains(answer, `"ThrottlingReasons":[{"reason":"IndexReadAccountLimitExceeded","resource":"arn:aws:dynamodb:us-east-1:`) {
		t.Errorf("%d %s", status, answer)
	}
}

// An error is in the namespace in which the service has it.
func TestFailNamespaces(t *testing.T) {
	srv, _ := newServer(t)
	for code, want := range map[string]string{
		"ValidationException": "com.amazon.coral.validate#", "ExpiredTokenException": "com.amazon.coral.service#",
		"ThrottlingException": "com.amazon.coral.availability#", "InternalServerError": "com.amazonaws.dynamodb.v20120810#",
	} {
		srv.Control("Scan", always(dynsynctest.Fail(400, code, "").Once()))
		if _, answer, _ := post(t, srv, "Scan", `{}`); !contains(answer, `"__type":"`+want+code+`"`) {
			t.Error(answer)
		}
	}
}

func TestLocalDuplicates(t *testing.T) {
	for _, test := range []struct {
		opts []dynsynctest.Option
		code string
	}{
		{nil, "DuplicateItemException"},
		{[]dynsynctest.Option{dynsynctest.WithLocalDuplicates()}, "DuplicateItem"},
	} {
		_, c := newServer(t, test.opts...)
		createTable(t, c, "Users", "pk:S")
		put(t, c, "Users", newItem("a"))
		err := writesOf[4].do(context.Background(), c, "a")
		fails(t, err, test.code, "Duplicate primary key exists in table")
		if _, typed := unwrap[*types.DuplicateItemException](err); typed != (len(test.opts) == 0) {
			t.Errorf("%v", err)
		}
		fails(t, writesOf[5].do(context.Background(), c, "a"), "DuplicateItem", "Duplicate primary key exists in table")
	}
}

// Of two actions joined, each does its part.
func TestPartialFailuresJoin(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	is := func(key string) func(string, item) bool {
		return func(_ string, i item) bool { return texts([]item{i}, "pk")[0] == key }
	}
	srv.Control("*", always(dynsynctest.Reset().With(dynsynctest.CutBody(1<<20)).With(dynsynctest.Trickle(9, time.Nanosecond)).With(dynsynctest.ExpiredToken()).
		With(dynsynctest.Refuse(is("a"))).With(dynsynctest.Unprocessed(is("b"))).With(dynsynctest.FailStatements(
		func(_ string, i item) types.BatchStatementErrorCodeEnum {
			if is("b")("", i) {
				return "ThrottlingError"
			}
			return ""
		}))))
	out, err := c.BatchWriteItem(context.Background(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"Users": {{PutRequest: &types.PutRequest{Item: newItem("b")}}}}})
	if err != nil || len(out.UnprocessedItems) != 1 {
		t.Error(out, err)
	}
	fails(t, writesOf[3].do(context.Background(), c, "a"), "ValidationException", "refuses")
	fails(t, writesOf[5].do(context.Background(), c, "a"), "ValidationError", "refuses")
	fails(t, writesOf[5].do(context.Background(), c, "b"), "ThrottlingError", "")
	if err := writesOf[5].do(context.Background(), c, "c"); err != nil {
		t.Error(err)
	}
}
