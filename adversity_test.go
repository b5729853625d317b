package dynsync

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/awserr"
)

// fakeClient is a source of n items in pages of 100 and a destination, without a
// network, so that time can be made up round it.
type fakeClient struct {
	nopClient
	n     int
	id    string                    // tells its table apart
	stuck func(id string) bool      // items that stay unprocessed
	slow  func(ctx context.Context) // before each page
}

func (f *fakeClient) DescribeTable(_ context.Context, in *dynamodb.DescribeTableInput, _ ...func(*dynamodb.Options)) (*dynamodb.DescribeTableOutput, error) {
	return &dynamodb.DescribeTableOutput{Table: &types.TableDescription{
		TableName: in.TableName, TableArn: aws.String("arn:aws:dynamodb:us-east-1:000000000000:table/" + *in.TableName), TableId: &f.id,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("Id"), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("Id"), KeyType: types.KeyTypeHash}},
	}}, nil
}

func (f *fakeClient) ExecuteStatement(ctx context.Context, in *dynamodb.ExecuteStatementInput, _ ...func(*dynamodb.Options)) (*dynamodb.ExecuteStatementOutput, error) {
	if f.slow != nil {
		f.slow(ctx)
	}
	first := 0
	if in.NextToken != nil {
		if _, err := fmt.Sscan(*in.NextToken, &first); err != nil {
			return nil, err
		}
	}
	out := &dynamodb.ExecuteStatementOutput{}
	for i := first; i < min(first+100, f.n); i++ {
		out.Items = append(out.Items, map[string]types.AttributeValue{"Id": &types.AttributeValueMemberS{Value: fmt.Sprint(i)}})
	}
	if first+100 < f.n {
		out.NextToken = aws.String(fmt.Sprint(first + 100))
	}
	return out, ctx.Err()
}

func (f *fakeClient) BatchWriteItem(ctx context.Context, in *dynamodb.BatchWriteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	out := &dynamodb.BatchWriteItemOutput{}
	for table, requests := range in.RequestItems {
		for _, r := range requests {
			if f.stuck != nil && f.stuck(r.PutRequest.Item["Id"].(*types.AttributeValueMemberS).Value) {
				out.UnprocessedItems = map[string][]types.WriteRequest{table: append(out.UnprocessedItems[table], r)}
			}
		}
	}
	return out, ctx.Err()
}

// TestAnItemThatStaysUnprocessedFailsAlone guards against a table that ended
// because one of its items was never taken.
func TestAnItemThatStaysUnprocessedFailsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		page := func(context.Context) { time.Sleep(time.Second) } // so that others are written all the while
		source := &fakeClient{n: 30_000, id: "a", slow: page}
		dest := &fakeClient{id: "b", stuck: func(id string) bool { return id == "77" }}
		s, err := New(WithSource(source), WithDestination(dest, AnyDestination()), WithTable("Source", "Destination"))
		if err != nil {
			t.Fatal(err)
		}
		report, err := s.Sync(context.Background())
		r := report.Tables[0]
		if r.Err != nil || r.Failed != 1 || r.Written != 29_999 || err == nil {
			t.Errorf("%v\n%v", report, err)
		}
	})
}

// TestATableThatTakesNothingEnds is its opposite: nothing is taken at all.
func TestATableThatTakesNothingEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dest := &fakeClient{id: "b", stuck: func(string) bool { return true }}
		s, err := New(WithSource(&fakeClient{n: 3000, id: "a"}), WithDestination(dest, AnyDestination()), WithTable("Source", "Destination"))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		report, err := s.Sync(context.Background())
		if d := time.Since(start); d < awserr.GiveUpAfter || d > 2*awserr.GiveUpAfter {
			t.Errorf("it took %v", d)
		}
		if r := report.Tables[0]; r.Err == nil || r.Written != 0 || !r.balanced() || !strings.Contains(err.Error(), "capacity") {
			t.Errorf("%v\n%v", report, err)
		}
	})
}

// TestCancelEndsEverythingWithinASecond cancels while each kind of call is slow.
func TestCancelEndsEverythingWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := &fakeClient{n: 100_000, id: "a"}
		s, err := New(WithSource(source), WithDestination(&fakeClient{id: "b"}, AnyDestination()), WithTable("Source", "Destination"))
		if err != nil {
			t.Fatal(err)
		}
		slowly := func(ctx context.Context, seq iter.Seq2[*Record, error]) error {
			for _, err := range seq {
				if err != nil {
					return err
				}
				time.Sleep(100 * time.Millisecond)
			}
			return ctx.Err()
		}
		for name, work := range map[string]func(context.Context) error{
			"Scan":    func(ctx context.Context) error { return slowly(ctx, s.Scan(ctx, "Source")) },
			"Records": func(ctx context.Context) error { return slowly(ctx, s.Transformed(ctx, "Source")) },
			"Write": func(ctx context.Context) error {
				_, err := s.Write(ctx, "Source", func(yield func(*Record, error) bool) {
					for i := 0; yield(mustRecord(t, fmt.Sprintf(`{"Id":{"S":"%d"}}`, i)), nil); i++ {
						time.Sleep(100 * time.Millisecond)
					}
				})
				return err
			},
			"Sync": func(ctx context.Context) error {
				source.slow = func(ctx context.Context) {
					select {
					case <-ctx.Done():
					case <-time.After(time.Hour):
					}
				}
				defer func() { source.slow = nil }()
				_, err := s.Sync(ctx)
				return err
			},
		} {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			start := time.Now()
			err := work(ctx)
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", name, err)
			}
			if d := time.Since(start); d > 6*time.Second {
				t.Errorf("%s took %v", name, d)
			}
		}
	})
}

func TestForeignAnswersAreNotDynamoDBs(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"message":"upstream overloaded"}`, `{"Items":null}`, `null`, `[]`, `""`, ``, `<html>`,
		`{"Output":{"__type":"com.amazon.coral.service#InternalFailure"},"Version":"1.0"}`} {
		p := newPair(t)
		p.fill(t, users(60)...)
		var reads, writes atomic.Int64
		p.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action {
			if reads.Add(1) == 4 {
				return dynsynctest.RespondRaw(200, []byte(body))
			}
			return dynsynctest.Action{}
		})
		p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
			if writes.Add(1) == 2 {
				return dynsynctest.RespondRaw(200, []byte(body))
			}
			return dynsynctest.Action{}
		})
		report, err := p.syncer(t, WithTable("Source", "Destination", WithPageSize(10))).Sync(context.Background())
		if n := len(contents(t, p.to, "Destination")); err != nil || n != 60 || report.Tables[0].Written != 60 {
			t.Errorf("%q: %d items arrived of 60\n%v%v", body, n, report, err)
		}
	}
}

func TestNoWriteToAnySourceOfTheJob(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.create(t, p.to, "ProdA")
	p.create(t, p.to, "ProdB")
	s, err := New(WithSource(p.to), WithDestination(p.to), WithTable("ProdA", "Destination"), WithTable("ProdB", "ProdA"))
	if err != nil {
		t.Fatal(err)
	}
	rec := mustRecord(t, `{"Id":{"S":"1"}}`)
	one := func(yield func(*Record, error) bool) { yield(rec, nil) }
	if _, err := s.Write(context.Background(), "ProdB", one); err == nil || !strings.Contains(err.Error(), "does not write to a source") {
		t.Errorf("Write to another table's source: %v", err)
	}
	var n atomic.Int64
	p.dest.Control("DescribeTable", func(r *dynsynctest.Request) dynsynctest.Action {
		if r.Table == "ProdA" && n.Add(1) == 1 { // as a source
			return dynsynctest.Deny("dynamodb:DescribeTable")
		}
		return dynsynctest.Action{}
	})
	report, err := s.Sync(context.Background())
	if err == nil || report.Tables[0].Err == nil || report.Tables[1].Err == nil {
		t.Errorf("a source that cannot be described: %v", report)
	}
	if got := contents(t, p.to, "ProdA"); len(got) != 0 {
		t.Errorf("%d items were written to a source", len(got))
	}
}

func TestPreflightRetriesWhatIsTransient(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(3)...)
	for _, srv := range []*dynsynctest.Server{p.source, p.dest} {
		for _, op := range []string{"DescribeTable", "DescribeTimeToLive"} {
			var n atomic.Int64
			srv.Control(op, func(*dynsynctest.Request) dynsynctest.Action {
				if n.Add(1) < 5 {
					return dynsynctest.Throttle()
				}
				return dynsynctest.Action{}
			})
		}
	}
	report, err := p.syncer(t, WithTable("Source", "Destination")).Sync(context.Background())
	if err != nil || len(report.Tables[0].Findings) > 0 {
		t.Errorf("%v\n%v", report, err)
	}
}

func TestFailuresComeOneAtATime(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(200)...)
	var inside atomic.Int64
	fails := func(in Input) bool { s, _ := in.Value.Text(); return strings.HasSuffix(s, "1") }
	s := p.syncer(t, WithTable("Source", "Destination", WithTransform("Name", FirstOf(When(fails, Reject()), Constant(nil)))),
		WithOnFailure(func(context.Context, Failure) error {
			if inside.Add(1) > 1 {
				t.Error("two calls at once")
			}
			runtime.Gosched()
			inside.Add(-1)
			return nil
		}))
	ctx := context.Background()
	if _, err := s.Write(ctx, "Source", s.Transformed(ctx, "Source")); err == nil {
		t.Error("nothing failed")
	}
	if _, err := s.Write(ctx, "Source", s.Scan(ctx, "Source")); err == nil {
		t.Error("nothing failed")
	}
}

func TestCallbacksThatPanicOrGoAway(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(50)...)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s := p.syncer(t, WithTable("Source", "Destination", WithDefaultTransform(Reject())), WithOnFailure(func(context.Context, Failure) error { panic(canary) }))
	report, err := s.Sync(ctx)
	if err == nil || !report.Tables[0].balanced() || leaks(everythingPrinted(err, report)) || ctx.Err() != nil {
		t.Errorf("a panic: %v\n%v", report, err)
	}
	s = p.syncer(t, WithTable("Source", "Destination", WithFilter(func(*Record) bool { runtime.Goexit(); return true })))
	if report, err := s.Sync(ctx); err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "Goexit") {
		t.Errorf("runtime.Goexit: %v\n%v", report, err)
	}
	p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
		return dynsynctest.Fail(400, "ValidationException", "")
	})
	s = p.syncer(t, WithWriteConcurrency(1), WithTable("Source", "Destination"), WithOnFailure(func(context.Context, Failure) error { runtime.Goexit(); return nil }))
	if report, err := s.Sync(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("runtime.Goexit in a writer: %v\n%v", report, err)
	}
}

func TestACancellationKeepsItsCause(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(50)...)
	shutdown := errors.New("shutdown")
	ctx, cancel := context.WithCancelCause(context.Background())
	p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
		cancel(shutdown)
		return dynsynctest.Throttle()
	})
	report, err := p.syncer(t, WithTable("Source", "Destination")).Sync(ctx)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, shutdown) || !strings.Contains(err.Error(), "the context was cancelled") {
		t.Errorf("%v\n%v", report, err)
	}
}

func TestUserErrorsThatLookLikeOurs(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, canaryItem("1"))
	for name, err := range map[string]error{
		"an ItemError of the user's":        &ItemError{Reason: canary},
		"a wrapped ItemError":               fmt.Errorf(canary+": %w", &ItemError{Reason: "r"}),
		"a TableError of the user's":        &TableError{Reason: canary},
		"a wrapped ErrNotApplicable":        fmt.Errorf(canary+": %w", ErrNotApplicable),
		"a wrapped cancellation":            fmt.Errorf(canary+": %w", context.Canceled),
		"an ItemsFailedError of the user's": &ItemsFailedError{&Report{Tables: []*TableReport{{Table: canary, Failed: 1}}}},
	} {
		for place, opt := range map[string]TableOption{
			"transformer":      WithTransform("s", Func(func(context.Context, string) (string, error) { return "", err })),
			"nested":           WithTransform("l", Each(FirstOf(Func(func(context.Context, string) (string, error) { return "", err })))),
			"record transform": WithRecordTransform(func(context.Context, *Record) error { return err }),
		} {
			report, got := p.syncer(t, WithTable("Source", "Destination", opt)).Sync(context.Background())
			if leaks(fmt.Sprintf("%v %+v", got, got) + everythingPrinted(nil, report)) {
				t.Errorf("%s from a %s: %v", name, place, got)
			}
			for _, f := range report.Tables[0].Failures {
				if item := (*ItemError)(nil); !errors.As(f.Err, &item) || item.Table != "Source" {
					t.Errorf("%s from a %s: the failure is %T", name, place, f.Err)
				}
			}
		}
	}
}
