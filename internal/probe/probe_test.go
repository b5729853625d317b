package probe

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/time/rate"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/dynamolocal"
	"github.com/dynsync/dynsync/internal/grants"
	"github.com/dynsync/dynsync/internal/testsize"
)

// fast is a Prober without a pace.
func fast() *Prober { return &Prober{rate.NewLimiter(rate.Inf, 1)} }

// shapes are the tables of the tests: every type of a partition key alone, and with every
// type of a sort key.
func shapes() []*dynamodb.CreateTableInput {
	var all []*dynamodb.CreateTableInput
	kinds := []types.ScalarAttributeType{"S", "N", "B"}
	for _, hash := range kinds {
		for _, sort := range append([]types.ScalarAttributeType{""}, kinds...) {
			in := &dynamodb.CreateTableInput{
				TableName: aws.String(fmt.Sprintf("Probed_%s%s", hash, sort)), BillingMode: types.BillingModePayPerRequest,
				AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("hash key"), AttributeType: hash}, {AttributeName: aws.String("g"), AttributeType: "S"}},
				KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("hash key"), KeyType: types.KeyTypeHash}},
				GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
					IndexName: aws.String("byG"), Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
					KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("g"), KeyType: types.KeyTypeHash}},
				}},
			}
			if sort != "" {
				in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("size"), AttributeType: sort})
				in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String("size"), KeyType: types.KeyTypeRange})
			}
			all = append(all, in)
		}
	}
	return all
}

// value returns the i-th value of a key.
func value(kind types.ScalarAttributeType, i int) types.AttributeValue {
	switch text := fmt.Sprint(i); kind {
	case "N":
		return &types.AttributeValueMemberN{Value: text}
	case "B":
		return &types.AttributeValueMemberB{Value: []byte(text)}
	default:
		return &types.AttributeValueMemberS{Value: text}
	}
}

// A state is all that a client can see of a table.
type state struct {
	Items  map[string]map[string]types.AttributeValue
	Index  int
	Table  types.TableDescription
	TTL    types.TimeToLiveDescription
	Tables []string
}

func stateOf(t *testing.T, c *dynamodb.Client, table string) state {
	t.Helper()
	ctx, s := context.Background(), state{Items: map[string]map[string]types.AttributeValue{}}
	items, err := c.Scan(ctx, &dynamodb.ScanInput{TableName: &table, ConsistentRead: aws.Bool(true)})
	check(t, err)
	for i, item := range items.Items {
		s.Items[fmt.Sprint(i)] = item
	}
	index, err := c.Scan(ctx, &dynamodb.ScanInput{TableName: &table, IndexName: aws.String("byG")})
	check(t, err)
	described, err := c.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &table})
	check(t, err)
	ttl, err := c.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &table})
	check(t, err)
	list, err := c.ListTables(ctx, &dynamodb.ListTablesInput{})
	check(t, err)
	s.Index, s.Table, s.TTL, s.Tables = len(index.Items), *described.Table, *ttl.TimeToLiveDescription, list.TableNames
	return s
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// makeTable creates a table with so many items and returns what probes may know of it.
func makeTable(t *testing.T, c *dynamodb.Client, in *dynamodb.CreateTableInput, items int) Table {
	t.Helper()
	out, err := c.CreateTable(context.Background(), in)
	check(t, err)
	for i := range items {
		item := map[string]types.AttributeValue{"g": value("S", i), "dynsync-probe": value("N", i), "Name": value("S", i)}
		for _, k := range Of(out.TableDescription, "").Keys {
			item[k.Name] = value(k.Type, i)
		}
		_, err := c.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: in.TableName, Item: item})
		check(t, err)
	}
	return Of(out.TableDescription, "")
}

// Every probe of every action leaves every table as it was: its items, its description, its
// indexes and its TTL, empty or full, whatever its keys are. All are allowed, but for those
// that an endpoint does not have.
func testHarmless(t *testing.T, c *dynamodb.Client, lacks ...string) {
	for _, in := range shapes() {
		for _, items := range []int{0, 7} {
			in.TableName = aws.String(fmt.Sprintf("%.10s_%d", *in.TableName+"__", items))
			table := makeTable(t, c, in, items)
			table.Writable = true
			before := stateOf(t, c, table.Name)
			for _, action := range Actions() {
				for _, index := range []string{"", "byG"} {
					for _, pinned := range []bool{false, true} {
						at := table
						at.Index, at.Pinned = index, pinned
						if index != "" {
							at.IndexKey = Key{"g", "S"}
						}
						got := fast().Ask(context.Background(), c, action, at)
						want := Allowed
						if slices.Contains(lacks, action) {
							want = Unknown
						}
						if got.Verdict != want {
							t.Errorf("%s of %s, index %q: %+v", action, table.Name, index, got)
						}
					}
				}
			}
			if after := stateOf(t, c, table.Name); !reflect.DeepEqual(before, after) {
				t.Errorf("%s, %d items: the probes changed\n%+v\ninto\n%+v", table.Name, items, before, after)
			}
		}
	}
}

func TestHarmless(t *testing.T) {
	t.Parallel()
	srv := dynsynctest.NewServer()
	defer srv.Close()
	testHarmless(t, srv.Client())
}

func TestHarmlessAtLocal(t *testing.T) {
	t.Parallel()
	testsize.SkipShort(t, "DynamoDB Local takes seconds")
	testHarmless(t, dynamolocal.Shared(t).Client("probes", "eu-central-1"), "dynamodb:DescribeContinuousBackups", "dynamodb:ListBackups")
}

// A probe that is denied says so, with the resource, and what policy, and nothing else of
// the answer's text.
func TestDenied(t *testing.T) {
	t.Parallel()
	srv := dynsynctest.NewServer()
	defer srv.Close()
	table := makeTable(t, srv.Client(), shapes()[1], 3)
	table.Writable = true
	denied := ""
	srv.Control("*", func(r *dynsynctest.Request) dynsynctest.Action {
		if actionOf(r) != denied {
			return dynsynctest.Action{}
		}
		return dynsynctest.Fail(http.StatusBadRequest, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/canary is not authorized to perform: "+denied+
			" on resource: arn:aws:dynamodb:eu-central-1:111122223333:table/Probed because no identity-based policy allows the "+denied+" action: canary")
	})
	for _, denied = range Actions() {
		for _, action := range Actions() {
			got := fast().Ask(context.Background(), srv.Client(), action, table)
			want := Answer{Verdict: Allowed}
			if action == denied {
				want = Answer{Denied, "arn:aws:dynamodb:eu-central-1:111122223333:table/Probed", "no identity-based policy allows it"}
			}
			if got != want {
				t.Errorf("%s is denied, and %s is %+v", denied, action, got)
			}
		}
	}
}

// actionOf returns the action that a request needs.
func actionOf(r *dynsynctest.Request) string {
	if r.Op != "ExecuteStatement" {
		return "dynamodb:" + r.Op
	}
	for word, action := range map[string]string{"SELECT": "Select", "UPDATE": "Update", "DELETE": "Delete"} {
		if strings.Contains(string(r.Body), `"Statement":"`+word) {
			return "dynamodb:PartiQL" + action
		}
	}
	return ""
}

// What is no denial is never told as one, nor as a permission.
func TestUnknown(t *testing.T) {
	t.Parallel()
	srv := dynsynctest.NewServer()
	table := makeTable(t, srv.Client(), shapes()[0], 0)
	table.Writable = true
	for _, tt := range []struct {
		name, why string
		answer    dynsynctest.Action
	}{
		{"throttled", "for now", dynsynctest.Fail(400, "ThrottlingException", "canary")},
		{"too many", "for now", dynsynctest.Fail(400, "RequestLimitExceeded", "canary")},
		{"no throughput", "for now", dynsynctest.Throttle()},
		{"its own fault", "for now", dynsynctest.Fail(500, "InternalServerError", "canary")},
		{"no such operation", "does not have the operation", dynsynctest.Fail(400, "UnknownOperationException", "canary")},
		{"no such table", "does not exist", dynsynctest.Fail(400, "ResourceNotFoundException", "canary")},
		{"refused", "does not tell [ValidationException", dynsynctest.Fail(400, "ValidationException", "canary")},
		{"another key", "the access key is not accepted", dynsynctest.Fail(400, "UnrecognizedClientException", "canary")},
		{"expired", "the credentials have expired", dynsynctest.Fail(400, "ExpiredTokenException", "canary")},
		{"a proxy", "no answer of DynamoDB", dynsynctest.RespondRaw(403, []byte("<html>canary</html>"))},
		{"a web page", "not DynamoDB's", dynsynctest.RespondRaw(200, []byte("<html>canary</html>"))},
		{"something new", "does not tell [SomethingNewException", dynsynctest.Fail(400, "SomethingNewException", "canary")},
	} {
		remove := srv.Control("*", func(*dynsynctest.Request) dynsynctest.Action { return tt.answer })
		for _, action := range Actions() {
			if got := fast().Ask(context.Background(), srv.Client(), action, table); got.Verdict != Unknown || !strings.Contains(got.Why, tt.why) || strings.Contains(fmt.Sprint(got), "canary") {
				t.Errorf("%s, %s: %+v", tt.name, action, got)
			}
		}
		remove()
	}
	remove := srv.Control("*", func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.RespondRaw(200, []byte("{}")) })
	for _, action := range []string{"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"} {
		if got := fast().Ask(context.Background(), srv.Client(), action, table); got.Verdict != Unknown || !strings.Contains(got.Why, "not DynamoDB's") {
			t.Errorf("%s succeeds: %+v", action, got)
		}
	}
	remove()
	srv.Close()
	if got := fast().Ask(context.Background(), srv.Client(), "dynamodb:Scan", table); got.Verdict != Unknown || !strings.Contains(got.Why, "cannot be reached") {
		t.Errorf("the server is gone: %+v", got)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if got := fast().Ask(ended, srv.Client(), "dynamodb:Scan", table); got != (Answer{Why: "the context ended before"}) {
		t.Errorf("the context has ended: %+v", got)
	}
	if got := fast().Ask(context.Background(), struct{}{}, "dynamodb:Scan", table); got != (Answer{Why: "the client has no method for it"}) {
		t.Errorf("no method: %+v", got)
	}
}

// A table that is only read gets reads, and what has no harmless request gets none.
func TestOnlyReads(t *testing.T) {
	t.Parallel()
	srv := dynsynctest.NewServer()
	defer srv.Close()
	table := makeTable(t, srv.Client(), shapes()[0], 1)
	var mu sync.Mutex
	var asked []string
	srv.Control("*", func(r *dynsynctest.Request) dynsynctest.Action {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, actionOf(r))
		return dynsynctest.Action{}
	})
	known := map[string]bool{}
	for _, action := range slices.Concat(Actions(), grants.Tested(), []string{"dynamodb:PartiQLInsert", "dynamodb:TransactWriteItems", "dynamodb:DeleteTable", ""}) {
		writes, has := Writes(action)
		known[action] = has && !writes
		if got := fast().Ask(context.Background(), srv.Client(), action, table); (got.Verdict == Allowed) != known[action] {
			t.Errorf("%s: %+v", action, got)
		}
	}
	for _, action := range asked {
		if !known[action] {
			t.Errorf("a table that is only read was asked for %s", action)
		}
	}
	if table.Keys, table.Writable = nil, true; fast().Ask(context.Background(), srv.Client(), "dynamodb:PutItem", table).Why != "the table's keys are not known" {
		t.Error("a table without known keys was written")
	}
}

// Every action of the catalog has a probe, but for those that cannot have one.
func TestActionsOfTheCatalog(t *testing.T) {
	t.Parallel()
	without := map[string]bool{}
	all := grants.Tested()
	for _, g := range grants.All() {
		all = append(all, g.Action)
	}
	for _, action := range all {
		if _, known := Writes(action); !known {
			without[action] = true
		}
	}
	if got := slices.Sorted(maps.Keys(without)); !slices.Equal(got, []string{"dynamodb:PartiQLInsert"}) {
		t.Errorf("these have no probe: %v", got)
	}
}

// Keys that are drawn fill what a key may hold, and never repeat.
func TestAbsentKeys(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		n := absentNumber()
		if _, ok := new(big.Int).SetString(n, 10); !ok || len(n) != 38 || n[0] == '0' || seen[n] {
			t.Fatalf("the number %s", n)
		}
		seen[n] = true
		for _, kind := range []types.ScalarAttributeType{"S", "B"} {
			text := fmt.Sprintf("%+v", absentValue(kind))
			if seen[text] {
				t.Fatalf("%s is drawn twice", text)
			}
			seen[text] = true
		}
	}
}

// A Prober sends no more than it says, whoever asks.
func TestPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, began := New(), time.Now()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 10 {
					_ = p.LookUp(t.Context(), nil, func(context.Context) error { return nil })
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took < 39*time.Second/PerSecond || took > 41*time.Second/PerSecond {
			t.Errorf("40 requests took %v", took)
		}
	})
}
