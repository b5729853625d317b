package dynsynctest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/dynsync/dynsync/dynsynctest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type item = map[string]types.AttributeValue

func s(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
func n(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} }
func b(v ...byte) types.AttributeValue {
	return &types.AttributeValueMemberB{Value: append([]byte{}, v...)}
}
func ss(v ...string) types.AttributeValue              { return &types.AttributeValueMemberSS{Value: v} }
func ns(v ...string) types.AttributeValue              { return &types.AttributeValueMemberNS{Value: v} }
func bs(v ...[]byte) types.AttributeValue              { return &types.AttributeValueMemberBS{Value: v} }
func l(v ...types.AttributeValue) types.AttributeValue { return &types.AttributeValueMemberL{Value: v} }
func m(v item) types.AttributeValue                    { return &types.AttributeValueMemberM{Value: v} }
func boolean(v bool) types.AttributeValue              { return &types.AttributeValueMemberBOOL{Value: v} }
func null() types.AttributeValue                       { return &types.AttributeValueMemberNULL{Value: true} }

// newServer starts a server that ends with the test, and a client of it that
// does not retry.
func newServer(t testing.TB, opts ...dynsynctest.Option) (*dynsynctest.Server, *dynamodb.Client) {
	srv := dynsynctest.NewServer(opts...)
	t.Cleanup(srv.Close)
	return srv, client(srv, "dynsynctest", "us-east-1")
}

func client(srv *dynsynctest.Server, accessKey, region string) *dynamodb.Client {
	return srv.Client(func(o *dynamodb.Options) {
		o.RetryMaxAttempts = 1
		o.Region = region
		o.Credentials = dynsynctest.Credentials(accessKey)
	})
}

// key describes one key schema: "pk:S", or "pk:S sk:N".
func schema(key string) ([]types.KeySchemaElement, []types.AttributeDefinition) {
	var keys []types.KeySchemaElement
	var attributes []types.AttributeDefinition
	for i, part := range strings.Fields(key) {
		name, kind, _ := strings.Cut(part, ":")
		role := types.KeyTypeHash
		if i > 0 {
			role = types.KeyTypeRange
		}
		keys = append(keys, types.KeySchemaElement{AttributeName: aws.String(name), KeyType: role})
		attributes = append(attributes, types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: types.ScalarAttributeType(kind)})
	}
	return keys, attributes
}

func createTable(t testing.TB, c *dynamodb.Client, table, key string) *types.TableDescription {
	t.Helper()
	keys, attributes := schema(key)
	out, err := c.CreateTable(context.Background(), &dynamodb.CreateTableInput{
		TableName: aws.String(table), KeySchema: keys, AttributeDefinitions: attributes, BillingMode: types.BillingModePayPerRequest,
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.TableDescription
}

// createIndexed makes a table pk:S sk:N with a global index "byG" on g, which
// projects a, and a local index "byL" on l, which projects the keys.
func createIndexed(t testing.TB, c *dynamodb.Client, table string) {
	t.Helper()
	keys, attributes := schema("pk:S sk:N")
	global, g := schema("g:S")
	_, local := schema("l:S")
	_, err := c.CreateTable(context.Background(), &dynamodb.CreateTableInput{
		TableName: aws.String(table), KeySchema: keys, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: append(append(attributes, g...), local...),
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName: aws.String("byG"), KeySchema: global,
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: []string{"a"}},
		}},
		LocalSecondaryIndexes: []types.LocalSecondaryIndex{{
			IndexName: aws.String("byL"),
			KeySchema: []types.KeySchemaElement{
				{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}, {AttributeName: aws.String("l"), KeyType: types.KeyTypeRange},
			},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, c *dynamodb.Client, table string, items ...item) {
	t.Helper()
	for _, i := range items {
		if _, err := c.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String(table), Item: i}); err != nil {
			t.Fatal(err)
		}
	}
}

func get(t testing.TB, c *dynamodb.Client, table string, key item) item {
	t.Helper()
	out, err := c.GetItem(context.Background(), &dynamodb.GetItemInput{TableName: aws.String(table), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

// fill puts items k0 … with a number each, in batches.
func fill(t testing.TB, c *dynamodb.Client, table string, count int, extra item) {
	t.Helper()
	for from := 0; from < count; from += 25 {
		var requests []types.WriteRequest
		for i := from; i < min(from+25, count); i++ {
			put := item{"pk": s("k" + strconv.Itoa(i)), "number": n(strconv.Itoa(i))}
			for name, v := range extra {
				put[name] = v
			}
			requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: put}})
		}
		_, err := c.BatchWriteItem(context.Background(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: requests}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// texts returns one string or number attribute of each item.
func texts(items []item, name string) []string {
	list := []string{}
	for _, i := range items {
		switch v := i[name].(type) {
		case *types.AttributeValueMemberS:
			list = append(list, v.Value)
		case *types.AttributeValueMemberN:
			list = append(list, v.Value)
		default:
			list = append(list, "-")
		}
	}
	return list
}

func sorted(list []string) []string {
	sort.Strings(list)
	return list
}

var sdkTypes = cmpopts.IgnoreUnexported(
	types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{}, types.AttributeValueMemberBOOL{},
	types.AttributeValueMemberNULL{}, types.AttributeValueMemberSS{}, types.AttributeValueMemberNS{}, types.AttributeValueMemberBS{},
	types.AttributeValueMemberL{}, types.AttributeValueMemberM{}, types.ConsumedCapacity{}, types.Capacity{},
)

func equal(t testing.TB, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, sdkTypes, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// fails checks the code of an AWS error, and that its message holds the text.
func fails(t testing.TB, err error, code, text string) {
	t.Helper()
	var api smithy.APIError
	switch {
	case err == nil:
		t.Errorf("no error; want %s: %s", code, text)
	case !errors.As(err, &api):
		t.Errorf("got %v; want %s", err, code)
	case api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), text):
		t.Errorf("got  %s: %s\nwant %s: %s", api.ErrorCode(), api.ErrorMessage(), code, text)
	}
}

// post sends a body as it is, for what the SDK would not send.
func post(t testing.TB, srv *dynsynctest.Server, op, body string) (status int, answer string, header http.Header) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, srv.URL(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Target", "DynamoDB_20120810."+op)
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=dynsynctest/20260102/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
	return send(t, req)
}

func send(t testing.TB, req *http.Request) (status int, answer string, header http.Header) {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var buf bytes.Buffer
	if _, err := io.Copy(&buf, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, buf.String(), resp.Header
}

// scanAll reads a table, or one segment of it, to the end.
func scanAll(t testing.TB, c *dynamodb.Client, in dynamodb.ScanInput) []item {
	t.Helper()
	var items []item
	for {
		out, err := c.Scan(context.Background(), &in)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, out.Items...)
		if out.LastEvaluatedKey == nil {
			return items
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// selectAll reads a statement to the end and returns the items and the pages.
func selectAll(t testing.TB, c *dynamodb.Client, in dynamodb.ExecuteStatementInput) (items []item, pages int) {
	t.Helper()
	for {
		out, err := c.ExecuteStatement(context.Background(), &in)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		items = append(items, out.Items...)
		if out.NextToken == nil {
			return items, pages
		}
		in.NextToken = out.NextToken
	}
}

func numbered(count int) []string {
	var list []string
	for i := range count {
		list = append(list, fmt.Sprint("k", i))
	}
	return sorted(list)
}

// unwrap is errors.As for a type of error.
func unwrap[T error](err error) (target T, ok bool) {
	ok = errors.As(err, &target)
	return target, ok
}

func contains(s, part string) bool { return strings.Contains(s, part) }

func repeat(s string, count int) string { return strings.Repeat(s, count) }
