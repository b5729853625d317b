package dynsynctest_test

import (
	"context"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

func TestAccountsAreApart(t *testing.T) {
	srv, a := newServer(t)
	ctx := context.Background()
	createTable(t, a, "Users", "pk:S")
	put(t, a, "Users", item{"pk": s("1")})
	for _, test := range []struct{ reason, accessKey, region string }{
		{"another access key", "someone", "us-east-1"},
		{"another region", "dynsynctest", "eu-west-1"},
		{"an access key with a slash", "a/b", "us-east-1"},
	} {
		c := client(srv, test.accessKey, test.region)
		_, err := c.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("Users")})
		if fails(t, err, "ResourceNotFoundException", "Requested resource not found"); t.Failed() {
			t.Fatal(test.reason)
		}
		d := createTable(t, c, "Users", "pk:S")
		if !strings.HasPrefix(*d.TableArn, "arn:aws:dynamodb:"+test.region+":") {
			t.Errorf("%s: ARN %s", test.reason, *d.TableArn)
		}
		if items := scanAll(t, c, dynamodb.ScanInput{TableName: aws.String("Users")}); len(items) > 0 {
			t.Errorf("%s sees %d items", test.reason, len(items))
		}
	}
}

func TestTableByARN(t *testing.T) {
	srv, a := newServer(t)
	arn := createTable(t, a, "Users", "pk:S").TableArn
	put(t, a, "Users", item{"pk": s("1")})
	other := client(srv, "someone", "us-east-1")
	if items := scanAll(t, other, dynamodb.ScanInput{TableName: arn}); len(items) != 1 {
		t.Errorf("got %d items", len(items))
	}
	_, err := other.DescribeTable(context.Background(), &dynamodb.DescribeTableInput{TableName: aws.String(*arn + "X")})
	fails(t, err, "ResourceNotFoundException", "not found")
}

func TestSharedTables(t *testing.T) {
	srv, a := newServer(t, dynsynctest.WithSharedTables())
	createTable(t, a, "Users", "pk:S")
	put(t, client(srv, "someone", "eu-west-1"), "Users", item{"pk": s("1")})
	if items := scanAll(t, a, dynamodb.ScanInput{TableName: aws.String("Users")}); len(items) != 1 {
		t.Errorf("got %d items", len(items))
	}
}

// Two servers give tables of one name equal ARNs, as two DynamoDB Locals do;
// the id and the time of creation tell them apart.
func TestTableIDsAreUnique(t *testing.T) {
	_, a := newServer(t)
	_, b := newServer(t)
	x, y := createTable(t, a, "Users", "pk:S"), createTable(t, b, "Users", "pk:S")
	if *x.TableArn != *y.TableArn || *x.TableId == *y.TableId || len(*x.TableId) != 36 {
		t.Errorf("%s %s, %s %s", *x.TableArn, *x.TableId, *y.TableArn, *y.TableId)
	}
}

func TestAnswersCarryChecksumAndRequestID(t *testing.T) {
	srv, _ := newServer(t)
	for _, test := range []struct {
		reason, op, body string
		status           int
	}{
		{"a success", "ListTables", `{}`, 200},
		{"an error", "Scan", `{"TableName":"none"}`, 400},
	} {
		status, answer, header := post(t, srv, test.op, test.body)
		if status != test.status {
			t.Errorf("%s: status %d", test.reason, status)
		}
		if got, want := header.Get("X-Amz-Crc32"), strconv.Itoa(int(crc32.ChecksumIEEE([]byte(answer)))); got != want {
			t.Errorf("%s: checksum %s; want %s", test.reason, got, want)
		}
		if id := header.Get("X-Amzn-Requestid"); len(id) != 52 {
			t.Errorf("%s: request id %q", test.reason, id)
		}
	}
}

func TestEnvelope(t *testing.T) {
	srv, _ := newServer(t)
	for _, test := range []struct {
		reason, op, body string
		want             string // of the answer
	}{
		{"an unknown operation", "Frobnicate", `{}`, `"__type":"com.amazon.coral.service#UnknownOperationException"`},
		{"malformed JSON", "Scan", `{"TableName":`, `"__type":"com.amazon.coral.service#SerializationException"`},
		{"a number where a string belongs", "Scan", `{"TableName":1}`, `#SerializationException`},
		{"a limit that is no 32-bit number", "Scan", `{"TableName":"abc","Limit":3000000000}`, `#SerializationException`},
		{"an N that is a JSON number", "PutItem", `{"TableName":"abc","Item":{"pk":{"N":1}}}`, `#SerializationException`},
		{"base64 without padding", "PutItem", `{"TableName":"abc","Item":{"pk":{"B":"AA"}}}`, `#SerializationException`},
		{"a null member is an absent one", "Scan", `{"TableName":"abc","IndexName":null}`, `#ResourceNotFoundException`},
		{"a member nobody knows", "Scan", `{"TableName":"abc","Nonsense":[{}]}`, `#ResourceNotFoundException`},
		{"of equal members the last counts", "Scan", `{"TableName":1e5,"TableName":"abc"}`, `#SerializationException`},
		{"a value without a type", "PutItem", `{"TableName":"abc","Item":{"pk":{}}}`, `Supplied AttributeValue is empty`},
		{"a value of a type nobody knows", "PutItem", `{"TableName":"abc","Item":{"pk":{"X":"1"}}}`, `Supplied AttributeValue is empty`},
		{"a value of two types", "PutItem", `{"TableName":"abc","Item":{"pk":{"S":"1","N":"1"}}}`, `Supplied AttributeValue has more than one datatypes set`},
		{"a value that nests too deeply", "PutItem", `{"TableName":"abc","Item":{"pk":` + strings.Repeat(`{"L":[`, 32) + `{"S":""}` + strings.Repeat(`]}`, 32) + `}}`, `Nesting Levels have exceeded supported limits`},
	} {
		status, answer, _ := post(t, srv, test.op, test.body)
		if status != 400 || !strings.Contains(answer, test.want) {
			t.Errorf("%s: %d %s", test.reason, status, answer)
		}
	}
}

func TestUnsignedRequests(t *testing.T) {
	srv, _ := newServer(t)
	for header, want := range map[string]string{
		"":                          "MissingAuthenticationTokenException",
		"Basic abc":                 "IncompleteSignatureException",
		"AWS4-HMAC Credential=a/b,": "IncompleteSignatureException",
	} {
		req, err := http.NewRequest(http.MethodPost, srv.URL(), strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Amz-Target", "DynamoDB_20120810.ListTables")
		req.Header.Set("Authorization", header)
		if status, answer, _ := send(t, req); status != 400 || !strings.Contains(answer, want) {
			t.Errorf("%q: %d %s", header, status, answer)
		}
	}
}

func TestBodySize(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	const limit = 16 << 20
	request := `{"TableName":"Users"}`
	status, answer, _ := post(t, srv, "Scan", request+strings.Repeat(" ", limit-len(request)))
	if status != 200 {
		t.Errorf("16 MiB: %d %s", status, answer)
	}
	status, answer, _ = post(t, srv, "Scan", request+strings.Repeat(" ", limit-len(request)+1))
	if status != 413 || answer != `{"Message":""}` {
		t.Errorf("a byte more: %d %s", status, answer)
	}
}

// An unpaired surrogate and numbers with trailing zeros come back as stored,
// escapes and white space in requests make no difference.
func TestWireFidelity(t *testing.T) {
	srv, c := newServer(t)
	createTable(t, c, "Users", "pk:S")
	status, answer, _ := post(t, srv, "PutItem", "{\"TableName\":\"Users\", \"Item\" :\n{ \"\\u0070k\":{\"S\":\"\\ud800\"},\"m\":{\"M\":{\"\\udfff\":{\"N\":\"1.50\"},\"s\":{\"NS\":[\"3\",\"2e1\",\"-1\"]}}}}}")
	if status != 200 {
		t.Fatal(answer)
	}
	status, answer, _ = post(t, srv, "GetItem", `{"TableName":"Users","Key":{"pk":{"S":"\uD800"}}}`)
	want := `{"Item":{"m":{"M":{"s":{"NS":["-1","3","20"]},"\uDFFF":{"N":"1.5"}}},"pk":{"S":"\uD800"}}}`
	if status != 200 || answer != want {
		t.Errorf("got  %d %s\nwant %s", status, answer, want)
	}
}

func TestLocalNumbers(t *testing.T) {
	_, c := newServer(t, dynsynctest.WithLocalNumbers())
	createTable(t, c, "Users", "pk:N")
	put(t, c, "Users", item{"pk": n("1.0"), "top": n("1.50"), "list": l(n("1.50"), ns("2e1", "1.50"))})
	equal(t, get(t, c, "Users", item{"pk": n("1")}), item{"pk": n("1"), "top": n("1.5"), "list": l(n("1.50"), ns("1.50", "2E+1"))})
}

func TestClock(t *testing.T) {
	now := time.Date(2026, 2, 3, 4, 5, 6, 789e6, time.UTC)
	_, c := newServer(t, dynsynctest.WithClock(func() time.Time { return now }))
	if d := createTable(t, c, "Users", "pk:S"); !d.CreationDateTime.Equal(now) {
		t.Errorf("created %v", d.CreationDateTime)
	}
}

func TestCloseTwice(t *testing.T) {
	srv := dynsynctest.NewServer()
	createTable(t, srv.Client(), "Users", "pk:S")
	srv.Close()
	srv.Close()
	c := client(srv, "dynsynctest", "us-east-1")
	if _, err := c.ListTables(context.Background(), &dynamodb.ListTablesInput{}); err == nil {
		t.Error("a closed server answered")
	}
}

// A request that waits must not keep Close waiting.
func TestCloseEndsDelays(t *testing.T) {
	srv := dynsynctest.NewServer()
	waiting := make(chan struct{})
	srv.Control("ListTables", func(*dynsynctest.Request) dynsynctest.Action {
		close(waiting)
		return dynsynctest.Delay(time.Hour)
	})
	done := make(chan error)
	go func() {
		_, err := client(srv, "dynsynctest", "us-east-1").ListTables(context.Background(), &dynamodb.ListTablesInput{})
		done <- err
	}()
	<-waiting
	srv.Close()
	if <-done == nil {
		t.Error("the delayed request was answered")
	}
}

func TestEveryOperationIsKnownToTheSDK(t *testing.T) {
	_, c := newServer(t)
	ctx := context.Background()
	createTable(t, c, "Users", "pk:S")
	key := item{"pk": s("1")}
	put(t, c, "Users", item{"pk": s("1"), "a": n("1")})
	table := aws.String("Users")
	statement := aws.String(`SELECT * FROM "Users"`)
	for name, call := range map[string]func() error{
		"UpdateItem": func() error {
			_, err := c.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: table, Key: key})
			return err
		},
		"Query": func() error {
			_, err := c.Query(ctx, &dynamodb.QueryInput{TableName: table, KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: item{":p": s("1")}})
			return err
		},
		"BatchGetItem": func() error {
			_, err := c.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{"Users": {Keys: []map[string]types.AttributeValue{key}}}})
			return err
		},
		"ExecuteStatement": func() error {
			_, err := c.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{Statement: statement})
			return err
		},
		"BatchExecuteStatement": func() error {
			_, err := c.BatchExecuteStatement(ctx, &dynamodb.BatchExecuteStatementInput{Statements: []types.BatchStatementRequest{{Statement: statement}}})
			return err
		},
		"DescribeTimeToLive": func() error {
			_, err := c.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: table})
			return err
		},
		"TableExists waiter": func() error {
			return dynamodb.NewTableExistsWaiter(c).Wait(ctx, &dynamodb.DescribeTableInput{TableName: table}, time.Minute)
		},
	} {
		if err := call(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConnectionsCountsWhatIsOpen(t *testing.T) {
	s := dynsynctest.NewServer()
	defer s.Close()
	client := &http.Client{Transport: &http.Transport{}}
	resp, err := client.Get(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if n := s.Connections(); n != 1 {
		t.Errorf("%d connections are open after a request", n)
	}
	client.CloseIdleConnections()
	for s.Connections() > 0 { // the test's time is the limit
		time.Sleep(time.Millisecond)
	}
}

func TestANilOptionPanicsByName(t *testing.T) {
	defer func() {
		if got := recover(); got != "dynsynctest: option 2 of NewServer is nil" {
			t.Errorf("%v", got)
		}
	}()
	dynsynctest.NewServer(dynsynctest.WithSharedTables(), nil)
}
