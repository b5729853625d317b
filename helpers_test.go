package dynsync

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

// testKey is the key of every test that needs one.
var testKey = []byte("Gq3vT8yXw0nZbR5uJ1sKfD7mPa9hLcE2")

// anotherKey returns a key for each n.
func anotherKey(n byte) []byte { return append(bytes.Clone(testKey), n) }

// A pair is a source and a destination, two accounts on two servers, with the
// tables "Source" and "Destination".
type pair struct {
	source, dest *dynsynctest.Server
	from, to     *dynamodb.Client
}

// The test fails if it leaves a goroutine behind.
func newPair(t testing.TB) *pair {
	t.Helper()
	wantNoGoroutines(t)
	p := &pair{source: dynsynctest.NewServer(), dest: dynsynctest.NewServer()}
	t.Cleanup(p.source.Close)
	t.Cleanup(p.dest.Close)
	p.source.Control("*", onlyReads(t))
	quick := func(o *dynamodb.Options) {
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return time.Millisecond, nil })
		})
	}
	p.from, p.to = p.source.Client(quick), p.dest.Client(quick)
	p.create(t, p.source.Client(), "Source")
	p.create(t, p.to, "Destination")
	return p
}

// onlyReads fails the test on anything that dynsync must not send to a source.
// The tests themselves fill the source as another user.
func onlyReads(t testing.TB) func(*dynsynctest.Request) dynsynctest.Action {
	return func(r *dynsynctest.Request) dynsynctest.Action {
		switch r.Op {
		case "ExecuteStatement":
			if !bytes.Contains(r.Body, []byte(`"Statement":"SELECT `)) {
				t.Errorf("the source was sent the statement of %s", r.Body)
			}
		case "Scan", "DescribeTable", "DescribeTimeToLive":
		case "GetItem":
			if !bytes.Contains(r.Body, []byte(`"Key":{"#`)) && !bytes.Contains(r.Body, []byte(`"Key":{":`)) {
				t.Errorf("the source was sent the GetItem %s", r.Body)
			}
		case "CreateTable", "BatchWriteItem", "PutItem", "UpdateTimeToLive":
			if !bytes.Contains(r.Body, []byte(`"Source`)) {
				t.Errorf("the source was sent %s", r.Op)
			}
		default:
			t.Errorf("the source was sent %s", r.Op)
		}
		return dynsynctest.Action{}
	}
}

func (p *pair) create(t testing.TB, client *dynamodb.Client, name string, edit ...func(*dynamodb.CreateTableInput)) {
	t.Helper()
	in := &dynamodb.CreateTableInput{
		TableName:            &name,
		BillingMode:          types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
	}
	for _, e := range edit {
		e(in)
	}
	if _, err := client.CreateTable(context.Background(), in); err != nil {
		t.Fatal(err)
	}
}

// fill puts items into the table "Source".
func (p *pair) fill(t testing.TB, items ...map[string]any) {
	t.Helper()
	p.fillTable(t, "Source", items...)
}

// fillTable puts items into a table of the source.
func (p *pair) fillTable(t testing.TB, table string, items ...map[string]any) {
	t.Helper()
	client := p.source.Client()
	for chunk := range slices.Chunk(items, 25) {
		var puts []types.WriteRequest
		for _, item := range chunk {
			rec, err := NewRecord(item)
			if err != nil {
				t.Fatal(err)
			}
			puts = append(puts, types.WriteRequest{PutRequest: &types.PutRequest{Item: rec.AttributeValues()}})
		}
		out, err := client.BatchWriteItem(context.Background(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: puts}})
		if err != nil || len(out.UnprocessedItems) > 0 {
			t.Fatal(err, len(out.UnprocessedItems))
		}
	}
}

// users returns n items of one shape.
func users(n int) []map[string]any {
	items := make([]map[string]any, n)
	for i := range items {
		items[i] = map[string]any{"Id": fmt.Sprintf("user-%05d", i), "Name": fmt.Sprintf("Name %d", i), "Age": i % 90, "Tags": []string{"a", fmt.Sprint(i)}}
	}
	return items
}

// contents returns the items of a table by their Id.
func contents(t testing.TB, client *dynamodb.Client, table string) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: &table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			rec, err := NewRecord(item)
			if err != nil {
				t.Fatal(err)
			}
			id, _ := rec.Get("Id")
			text, _ := id.Text()
			all[text] = rec.goItem()
		}
	}
	return all
}

func (p *pair) syncer(t testing.TB, opts ...Option) *Syncer {
	t.Helper()
	s, err := New(append([]Option{WithSource(p.from), WithDestination(p.to), WithKey(testKey)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func clearCopy() TableOption { return WithDefaultTransform(Passthrough()) }

// keepAll keeps names and values but those of key attributes, whatever they look like.
func keepAll() TableOption { return WithTransform("*", Passthrough()) }

// keepKey keeps the key attribute Id, whatever it looks like.
func keepKey() TableOption { return WithTransform("Id", Passthrough()) }

// put writes items to the table "Destination", as another program would.
func (p *pair) put(t testing.TB, items ...map[string]any) {
	t.Helper()
	for _, item := range items {
		rec, err := NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.to.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("Destination"), Item: rec.AttributeValues()}); err != nil {
			t.Fatal(err)
		}
	}
}

// copied runs a clear copy in a mode and returns the account.
func (p *pair) copied(t testing.TB, mode Mode, opts ...TableOption) (*TableReport, error) {
	t.Helper()
	report, err := p.syncer(t, WithTable("Source", "Destination", append([]TableOption{clearCopy(), WithMode(mode)}, opts...)...)).Sync(context.Background())
	r := report.Tables[0]
	if !r.balanced() {
		t.Errorf("%v", r)
	}
	return r, err
}

// wantContents compares the destination with the items that it ought to hold.
func (p *pair) wantContents(t testing.TB, want map[string]*Record) {
	t.Helper()
	got := rawContents(t, p.to, "Destination")
	for id, rec := range want {
		if got[id] == nil || !got[id].Equal(rec) {
			t.Errorf("item %s ought to be %.300s", id, rec.item)
			if got[id] != nil {
				t.Errorf("and is %.300s", got[id].item)
			}
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d items, want %d", len(got), len(want))
	}
}

// recordsOf returns items by Id.
func recordsOf(t testing.TB, items ...map[string]any) map[string]*Record {
	t.Helper()
	all := map[string]*Record{}
	for _, item := range items {
		rec, err := NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		all[item["Id"].(string)] = rec
	}
	return all
}

// hasID reports whether an item has that Id.
func hasID(item map[string]types.AttributeValue, id string) bool {
	s, ok := item["Id"].(*types.AttributeValueMemberS)
	return ok && s.Value == id
}

// manyNames is an item that has more names than a statement or an update expression can hold.
func manyNames(id string, n int) map[string]any {
	item := map[string]any{"Id": id}
	for i := range n {
		item[fmt.Sprintf("attribute-%04d", i)] = i
	}
	return item
}

func rawContents(t testing.TB, client *dynamodb.Client, table string) map[string]*Record {
	t.Helper()
	s, err := New(WithSource(client), WithTable(table, "unused"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*Record{}
	for rec, err := range s.Scan(context.Background(), table) {
		if err != nil {
			t.Fatal(err)
		}
		id, _ := rec.Get("Id")
		text, _ := id.Text()
		all[text] = rec
	}
	return all
}

// asStored returns an item in the types of [contents].
func asStored(item map[string]any) map[string]any {
	rec, err := NewRecord(item)
	if err != nil {
		panic(err)
	}
	return rec.goItem()
}

// withCheckpointOption is an option of WithCheckpoint, for a job that gets the store by an
// option before.
func withCheckpointOption(o CheckpointOption) Option {
	return jobOption(func(c *jobConfig) { o.applyCheckpoint(&c.checkpoint) })
}

func withRulesVersion(version string) Option { return withCheckpointOption(RulesVersion(version)) }

// withDeadLetterOption is an option of WithDeadLetters, for a job that gets the file by an
// option before.
func withDeadLetterOption(o DeadLetterOption) Option {
	return jobOption(func(c *jobConfig) { o.applyDeadLetters(c) })
}
