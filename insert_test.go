package dynsync

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

func TestInsertKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	testInsertKeepsWhatIsThere(t, p)
	ops := watch(p.dest)
	r, err := p.copied(t, ModeInsert)
	if err != nil || r.Existing != r.Read || r.WritePath != "typed: ModeInsert writes by PartiQL" {
		t.Errorf("again: %v %v", err, r)
	}
	if ops("BatchWriteItem") > 0 || ops("UpdateItem") > 0 || ops("GetItem") > 0 || ops("BatchExecuteStatement") == 0 || ops("PutItem") != 2 {
		t.Error("other requests than those that are due")
	}
}

func testInsertKeepsWhatIsThere(t *testing.T, p *pair) {
	items := append(users(70), manyNames("wide-new", 800), manyNames("wide-old", 800))
	p.fill(t, items...)
	old := []map[string]any{
		{"Id": "user-00003", "Name": "older", "only": "here"},
		{"Id": "user-00068"},
		{"Id": "wide-old", "mine": true},
		{"Id": "unrelated", "x": 1},
	}
	p.put(t, old...)
	var existing []string
	s := p.syncer(t, WithOnFailure(func(_ context.Context, f Failure) error {
		id, _ := f.Key.Get("Id")
		existing = append(existing, fmt.Sprint(f.Outcome, " ", id.Any()))
		return nil
	}), WithTable("Source", "Destination", clearCopy(), WithMode(ModeInsert)))
	report, err := s.Sync(context.Background())
	r := report.Tables[0]
	if err != nil || r.Read != 72 || r.Written != 69 || r.Existing != 3 || !r.balanced() {
		t.Errorf("%v\n%v", err, report)
	}
	if len(existing) != 3 || !strings.HasPrefix(existing[0], "existing ") {
		t.Errorf("handed over: %q", existing)
	}
	want := recordsOf(t, items...)
	for id, item := range recordsOf(t, old...) {
		want[id] = item
	}
	p.wantContents(t, want)
}

// A write was carried out and its answer lost. The retry met its own items, and
// reported them as if others had written them.
func TestInsertLostAnswer(t *testing.T) {
	t.Parallel()
	lost := map[string]dynsynctest.Action{
		"closed":    dynsynctest.ApplyThenDrop(),
		"reset":     dynsynctest.ApplyThen(dynsynctest.Reset()),
		"500":       dynsynctest.ApplyThen(dynsynctest.Fail(500, "InternalServerError", "")),
		"cut":       dynsynctest.CutBody(10),
		"wrong CRC": dynsynctest.WrongCRC(),
		"slot error": dynsynctest.ApplyThen(dynsynctest.FailStatements(func(string, map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum {
			return "InternalServerError"
		})),
	}
	lost["some slots"] = dynsynctest.ApplyThen(dynsynctest.FailStatements(func(_ string, item map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum {
		if hasID(item, "user-00001") || hasID(item, "user-00003") {
			return "InternalServerError"
		}
		return ""
	}))
	for name, action := range lost {
		t.Run(name, func(t *testing.T) {
			p := newPair(t)
			items := append(users(30), manyNames("wide-new", 800), manyNames("wide-old", 800),
				map[string]any{"Id": "numbers", "n": 1.50, "l": []any{2, map[string]any{"x": 100}}, "s": []string{"b", "a"}})
			p.fill(t, items...)
			p.put(t, map[string]any{"Id": "user-00003", "Name": "older"}, map[string]any{"Id": "wide-old"})
			var mu sync.Mutex
			seen := map[string]int{}
			fault := func(r *dynsynctest.Request) dynsynctest.Action {
				mu.Lock()
				defer mu.Unlock()
				if seen[r.Op]++; seen[r.Op] <= 2 {
					return action
				}
				return dynsynctest.Action{}
			}
			p.dest.Control("BatchExecuteStatement", fault)
			p.dest.Control("PutItem", fault)
			p.dest.Control("GetItem", func(r *dynsynctest.Request) dynsynctest.Action {
				if !bytes.Contains(r.Body, []byte(`"ConsistentRead":true`)) {
					t.Errorf("GetItem %s", r.Body)
				}
				return fault(r) // reading back can fail too
			})
			r, err := p.copied(t, ModeInsert)
			if err != nil || r.Written != 31 || r.Existing != 2 {
				t.Errorf("%v\n%v", err, r)
			}
			want := recordsOf(t, items...)
			for id, item := range recordsOf(t, map[string]any{"Id": "user-00003", "Name": "older"}, map[string]any{"Id": "wide-old"}) {
				want[id] = item
			}
			p.wantContents(t, want)
		})
	}
}

// Where the run goes on behind a checkpoint, the run before it may have written
// items that it did not settle.
func TestInsertResumed(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(10)...)
	p.put(t, users(4)...)
	p.put(t, map[string]any{"Id": "user-00007"})
	s := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithMode(ModeInsert)))
	j, err := s.newJob(t.Context(), callSync)
	if err != nil {
		t.Fatal(err)
	}
	r := s.preflight(context.Background(), j, s.tables, needs{source: true, destination: true})[0]
	r.resumed = true
	if rep := r.sync(context.Background()); rep.Written != 9 || rep.Existing != 1 {
		t.Errorf("%v", rep)
	}
}

// renamingClient answers duplicates by the codes of other endpoints.
type renamingClient struct {
	*dynamodb.Client
	code types.BatchStatementErrorCodeEnum
}

func (c renamingClient) BatchExecuteStatement(ctx context.Context, in *dynamodb.BatchExecuteStatementInput, opts ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	out, err := c.Client.BatchExecuteStatement(ctx, in, opts...)
	if err == nil {
		for _, slot := range out.Responses {
			if slot.Error != nil {
				slot.Error.Code = c.code
			}
		}
	}
	return out, err
}

func TestInsertDuplicateCodes(t *testing.T) {
	t.Parallel()
	for _, code := range []types.BatchStatementErrorCodeEnum{
		"DuplicateItem", "DuplicateItemException", "ConditionalCheckFailed", "ConditionalCheckFailedException",
		"com.amazonaws.dynamodb.v20120810#DuplicateItem", "com.amazonaws.dynamodb.v20120810#DuplicateItemException",
	} {
		p := newPair(t)
		p.fill(t, users(5)...)
		p.put(t, map[string]any{"Id": "user-00002"})
		s, err := New(WithSource(p.from), WithDestination(renamingClient{p.to, code}), WithTable("Source", "Destination", clearCopy(), WithMode(ModeInsert)))
		if err != nil {
			t.Fatal(err)
		}
		report, err := s.Sync(context.Background())
		if r := report.Tables[0]; err != nil || r.Existing != 1 || r.Written != 4 {
			t.Errorf("%s: %v %v", code, err, report)
		}
	}
}

func TestInsertThrottledSlots(t *testing.T) {
	t.Parallel()
	for _, code := range []types.BatchStatementErrorCodeEnum{"ThrottlingError", "RequestLimitExceeded", "ProvisionedThroughputExceeded", "TransactionConflict"} {
		p := newPair(t)
		p.fill(t, users(60)...)
		var mu sync.Mutex
		n := map[string]int{}
		p.dest.Control("BatchExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action {
			return dynsynctest.FailStatements(func(_ string, item map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum {
				mu.Lock()
				defer mu.Unlock()
				id := item["Id"].(*types.AttributeValueMemberS).Value
				if n[id]++; n[id] == 1 && id > "user-00020" {
					return code
				}
				return ""
			})
		})
		r, err := p.copied(t, ModeInsert)
		throttles := r.Throttles[string(code)]
		if err != nil || r.Written != 60 || r.Retries == 0 || (throttles > 0) != (code != "TransactionConflict") {
			t.Errorf("%s: %v\n%v", code, err, r)
		}
		if r.WriteUnits != 60 {
			t.Errorf("%s: %v write units", code, r.WriteUnits)
		}
	}
}

// Where DynamoDB says that nothing was done, nothing is read back: an item that
// is there was there, equal or not.
func TestInsertWithoutDoubt(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(20)...)
	p.put(t, users(10)...)
	ops := watch(p.dest)
	p.dest.Control("BatchExecuteStatement", dynsynctest.Script(
		dynsynctest.FailStatements(func(string, map[string]types.AttributeValue) types.BatchStatementErrorCodeEnum {
			return "ThrottlingError"
		}),
		dynsynctest.Throttle(), dynsynctest.Fail(400, "LimitExceededException", "")))
	r, err := p.copied(t, ModeInsert)
	if err != nil || r.Written != 10 || r.Existing != 10 || ops("GetItem") > 0 {
		t.Errorf("%v\n%v", err, r)
	}
}

// PartiQL takes no ARN, PutItem does.
func TestInsertByARN(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(30)...)
	p.put(t, map[string]any{"Id": "user-00003"})
	out, err := p.to.DescribeTable(context.Background(), &dynamodb.DescribeTableInput{TableName: aws.String("Destination")})
	if err != nil {
		t.Fatal(err)
	}
	ops := watch(p.dest)
	report, err := p.syncer(t, WithTable("Source", *out.Table.TableArn, clearCopy(), WithMode(ModeInsert))).Sync(context.Background())
	r := report.Tables[0]
	if err != nil || r.Written != 29 || r.Existing != 1 || ops("BatchExecuteStatement") > 0 || !strings.Contains(r.WritePath, "ARN") {
		t.Errorf("%v\n%v", err, report)
	}
}

// An answer that does not say what became of each item is no answer.
func TestInsertForeignAnswer(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, append(users(30), manyNames("wide", 800))...)
	var mu sync.Mutex
	n := 0
	p.dest.Control("*", func(r *dynsynctest.Request) dynsynctest.Action {
		mu.Lock()
		defer mu.Unlock()
		if r.Op != "BatchExecuteStatement" && r.Op != "PutItem" {
			return dynsynctest.Action{}
		}
		if n++; n < 6 {
			return dynsynctest.CutBody(0).With(dynsynctest.NoCRC())
		}
		return dynsynctest.Action{}
	})
	if r, err := p.copied(t, ModeInsert); err != nil || r.Written != 31 {
		t.Errorf("%v\n%v", err, r)
	}
}

func TestInsertSendsTypedParameters(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, map[string]any{"Id": "1", "o'c": "x"})
	var sent []byte
	p.dest.Control("BatchExecuteStatement", func(r *dynsynctest.Request) dynsynctest.Action {
		sent = bytes.Clone(r.Body)
		return dynsynctest.Action{}
	})
	if r, err := p.copied(t, ModeInsert); err != nil {
		t.Fatal(err, r)
	}
	for _, want := range []string{`'o''c':?`, `"Parameters":[`, `{"S":"x"}`, `"ReturnConsumedCapacity":"TOTAL"`} {
		if !bytes.Contains(sent, []byte(want)) {
			t.Errorf("sent %s, without %s", sent, want)
		}
	}
}

// localModes returns tables on DynamoDB Local of their own.
func localModes(t *testing.T, account string) *pair {
	accounts := sharedLocal(t)
	return localPair(t, accounts.Client(account+"from", "eu-central-1"), accounts.Client(account+"to", "eu-central-1"))
}

func TestLocalInsert(t *testing.T) {
	t.Parallel()
	p := localModes(t, "insert")
	odd := map[string]any{"Id": "odd", "'": 1, "''": 2, `"`: 3, "a.b": 4, "[0]": 5, "é\U0001F600": 6, "\n\t": 7, `\`: 8, "?": 9, " ": 10, "\x00": 11, "SELECT": 12, "{": 13, "--": 14}
	items := generatedItems(t, 300)
	seed(t, p.from, items)
	rec, err := NewRecord(odd)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := NewRecord(manyNames("wide", 2000))
	if err != nil {
		t.Fatal(err)
	}
	seed(t, p.from, map[string]*Record{"odd": rec, "wide": wide})
	p.put(t, map[string]any{"Id": "item-00007", "mine": "stays"})
	r, err := p.copied(t, ModeInsert)
	if err != nil || r.Existing != 1 || r.Written != int64(len(items)+1) {
		t.Fatalf("%v\n%v", err, r)
	}
	read, copied := rawContents(t, p.from, "Source"), rawContents(t, p.to, "Destination")
	for id, rec := range read {
		if same := copied[id].Equal(rec); same != (id != "item-00007") {
			t.Errorf("item %s: equal is %v", id, same)
		}
	}
	r, err = p.copied(t, ModeInsert)
	if err != nil || r.Existing != r.Read || r.Read != int64(len(items)+2) {
		t.Errorf("again: %v\n%v", err, r)
	}
}

// What DynamoDB stores is not what was sent, byte for byte: numbers are
// normalised and sets sorted.
func TestLocalInsertReadsBack(t *testing.T) {
	t.Parallel()
	p := localModes(t, "readback")
	items := map[string]*Record{}
	for i := range 60 {
		rec, err := NewRecord([]byte(fmt.Sprintf(`{"Id":{"S":"item-%05d"},"n":{"N":"00%d.50"},"e":{"N":"1e3"},"ns":{"NS":["3","1.0","-2"]},"ss":{"SS":["b","a"]},"bs":{"BS":["Ag==","AQ=="]},"m":{"M":{"l":{"L":[{"N":"1.0"},{"S":""},{"NULL":true}]}}},"b":{"B":""}}`, i, i)))
		if err != nil {
			t.Fatal(err)
		}
		items[fmt.Sprintf("item-%05d", i)] = rec
	}
	wide := manyNames("wide", 2000)
	items["wide"] = recordsOf(t, wide)["wide"]
	client := &deafClient{Client: p.to, lose: 4}
	s, err := New(WithDestination(client), WithTable("Source", "Destination", clearCopy(), WithMode(ModeInsert)))
	if err != nil {
		t.Fatal(err)
	}
	p.put(t, map[string]any{"Id": "item-00007", "mine": "stays"})
	r, err := s.Write(context.Background(), "Source", func(yield func(*Record, error) bool) {
		for _, rec := range items {
			if !yield(rec, nil) {
				return
			}
		}
	})
	if err != nil || r.Existing != 1 || r.Written != int64(len(items)-1) || r.Retries == 0 || client.lose > 0 {
		t.Fatalf("%v\n%v", err, r)
	}
}

// deafClient loses the first answers.
type deafClient struct {
	*dynamodb.Client
	mu   sync.Mutex
	lose int
}

func (c *deafClient) BatchExecuteStatement(ctx context.Context, in *dynamodb.BatchExecuteStatementInput, opts ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	out, err := c.Client.BatchExecuteStatement(ctx, in, opts...)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lose--; c.lose >= 0 {
		return nil, &lostAnswer{}
	}
	return out, err
}

// lostAnswer is a net.Error.
type lostAnswer struct{}

func (*lostAnswer) Error() string   { return "i/o timeout" }
func (*lostAnswer) Timeout() bool   { return true }
func (*lostAnswer) Temporary() bool { return true }
