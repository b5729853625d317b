package dynsync

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/dynsync/dynsync/dynsynctest"
)

func TestWriteTransformsOnce(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(60)...)
	once := WithTransform("Name", Func(func(_ context.Context, s string) (string, error) { return s + "!", nil }))
	s := p.syncer(t, WithTable("Source", "Destination", clearCopy(), once))
	other := p.syncer(t, WithTable("Source", "Destination", clearCopy(), once))
	for name, seq := range map[string]iter.Seq2[*Record, error]{
		"records of the same job are transformed already": s.Transformed(context.Background(), "Source"),
		"records as read are transformed":                 s.Scan(context.Background(), "Source"),
	} {
		rep, err := s.Write(context.Background(), "Source", seq)
		if err != nil || rep.Written != 60 {
			t.Fatalf("%s: %v %v", name, rep, err)
		}
		for id, item := range contents(t, p.to, "Destination") {
			if got := item["Name"].(string); strings.Count(got, "!") != 1 {
				t.Fatalf("%s: item %s has Name %q", name, id, got)
			}
		}
	}
	if rep, err := s.Write(context.Background(), "Source", other.Transformed(context.Background(), "Source")); err != nil || rep.Written != 60 {
		t.Fatal(rep, err)
	}
	for _, item := range contents(t, p.to, "Destination") {
		if got := item["Name"].(string); strings.Count(got, "!") != 2 {
			t.Fatalf("records of another job are transformed: Name is %q", got)
		}
	}
}

func TestWriteTakesARecordAsItIsWhenYielded(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	s := p.syncer(t, WithTable("Source", "Destination", clearCopy()))
	rec := mustRecord(t, `{"Id":{"S":"0"},"n":{"N":"0"}}`)
	rep, err := s.Write(context.Background(), "Source", func(yield func(*Record, error) bool) {
		for i := range 100 {
			n, err := ValueOf(i)
			if err := errors.Join(err, rec.Set("Id", StringValue(fmt.Sprint(i))), rec.Set("n", n)); err != nil || !yield(rec, err) {
				return
			}
		}
	})
	if err != nil || rep.Written != 100 || len(contents(t, p.to, "Destination")) != 100 {
		t.Errorf("%+v %v", rep, err)
	}
}

func TestWriteReturnsTheStreamsError(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	s := p.syncer(t, WithTable("Source", "Destination"))
	broken := errors.New("the stream broke")
	rep, err := s.Write(context.Background(), "Source", func(yield func(*Record, error) bool) {
		for i := range 30 {
			rec, err := NewRecord(map[string]any{"Id": fmt.Sprint(i), "Name": "x"})
			if err != nil || !yield(rec, nil) {
				return
			}
		}
		yield(nil, broken)
	})
	if !errors.Is(err, broken) || !errors.Is(rep.Err, broken) || rep.Read != 30 || rep.Written != 30 {
		t.Errorf("%+v %v; want what was accepted written, and the stream's error", rep, err)
	}
}

func TestBreakingOutStopsAllWork(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(100)...)
	s := p.syncer(t, WithTable("Source", "Destination", WithPageSize(10)))
	for range 3 {
		n := 0
		for rec, err := range s.Scan(context.Background(), "Source") {
			if err != nil || rec == nil {
				t.Fatal(err)
			}
			if n++; n == 15 {
				break
			}
		}
	}
	func() {
		defer func() { _ = recover() }()
		for range s.Transformed(context.Background(), "Source") {
			panic("out of the loop")
		}
	}()
	// newPair looks for goroutines that are left.
}

func TestEmptyPagesAreNormal(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(50)...)
	n := 0
	p.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action {
		if n++; n%2 == 0 {
			return dynsynctest.EmptyPage()
		}
		return dynsynctest.Action{}
	})
	report, err := p.syncer(t, WithTable("Source", "Destination", WithPageSize(10))).Sync(context.Background())
	if err != nil || report.Tables[0].Written != 50 {
		t.Errorf("%v %v", report, err)
	}
}

func TestWhereBindsParameters(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(100)...)
	tests := []struct {
		reason string
		where  string
		params []any
		want   int
	}{
		{"Go values", `Age >= ? AND Age < ?`, []any{10, 20.0}, 10},
		{"a Value", `Name = ?`, []any{StringValue("Name 5")}, 1},
		{"a value of the SDK", `Age = ?`, []any{&types.AttributeValueMemberN{Value: "5"}}, 2},
		{"a value that looks like a condition", `Name = ?`, []any{`x' OR 'a'='a`}, 0},
		{"no parameter", `"Age" = 5`, nil, 2},
		{"the partition key", `Id = ?`, []any{"user-00042"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			n := 0
			for _, err := range p.syncer(t, WithTable("Source", "Destination", WithWhere(tt.where, tt.params...))).Scan(context.Background(), "Source") {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			if n != tt.want {
				t.Errorf("%d items, want %d", n, tt.want)
			}
		})
	}
}

func TestTheNextPageIsFetchedWhileOneIsWorkedOn(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(30)...)
	requests := make(chan struct{}, 10)
	s := p.syncer(t, WithTable("Source", "Destination", WithPageSize(10)))
	p.source.Control("ExecuteStatement", func(*dynsynctest.Request) dynsynctest.Action {
		requests <- struct{}{}
		return dynsynctest.Action{}
	})
	first := true
	for _, err := range s.Scan(context.Background(), "Source") {
		if err != nil {
			t.Fatal(err)
		}
		if first { // the loop stands at the first item until the second page was asked for
			<-requests
			<-requests
			first = false
		}
	}
}

func TestReadingAnIndex(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.create(t, p.source.Client(), "SourceIndexed", func(in *dynamodb.CreateTableInput) {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("Team"), AttributeType: types.ScalarAttributeTypeS})
		in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{{
			IndexName:  aws.String("by-team"),
			KeySchema:  []types.KeySchemaElement{{AttributeName: aws.String("Team"), KeyType: types.KeyTypeHash}},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}}
	})
	for i, item := range []string{`{"Id":{"S":"1"},"Team":{"S":"red"},"a":{"S":"x"}}`, `{"Id":{"S":"2"}}`, `{"Id":{"S":"3"},"Team":{"S":"blue"}}`} {
		if _, err := p.source.Client().PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("SourceIndexed"), Item: mustRecord(t, item).AttributeValues()}); err != nil {
			t.Fatal(i, err)
		}
	}
	report, err := p.syncer(t, WithTable("SourceIndexed", "Destination", WithIndex("by-team"))).Sync(context.Background())
	if err != nil || report.Tables[0].Written != 2 {
		t.Fatalf("%v %v", report, err)
	}
	for id, item := range contents(t, p.to, "Destination") {
		if team, _ := item["Team"].(string); team == "" || team == "red" || team == "blue" {
			t.Errorf("item %s: the index key became %q, want a pseudonym", id, team)
		}
	}
	_, err = p.syncer(t, WithTable("SourceIndexed", "Destination", WithIndex("by-team"), WithConsistentRead())).Sync(context.Background())
	if err == nil || !strings.Contains(err.Error(), "global") {
		t.Errorf("a consistent read of a global index: %v", err)
	}
}

func TestInput(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, map[string]any{"Id": "1", "m": map[string]any{"a.b": []any{"x", "x"}}, "y": "x"}, map[string]any{"Id": "2", "y": "x"})
	var mu sync.Mutex
	seeds, places := map[[32]byte]int{}, map[[32]byte]int{}
	var paths []string
	see := transformerFunc(func(_ context.Context, in Input) (Value, error) {
		mu.Lock()
		defer mu.Unlock()
		seeds[in.Seed("test")]++
		places[in.ItemSeed("test")]++
		id, _ := in.Record().Get("Id")
		text, _ := id.Text()
		paths = append(paths, text+": "+in.Path())
		return in.Value, nil
	})
	s := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithTransform("m.*", Each(see)), WithTransform("y", see)))
	if _, err := s.Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
	slices.Sort(paths)
	if diff := cmp.Diff([]string{`1: m."a.b"[0]`, `1: m."a.b"[1]`, `1: y`, `2: y`}, paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
	if len(seeds) != 1 || len(places) != 4 {
		t.Errorf("%d seeds of one value, %d of its four places", len(seeds), len(places))
	}
	if got := (Input{Value: StringValue("x")}); got.Path() != "" || got.Record() == nil || got.Seed("a") == got.Seed("b") {
		t.Error("an Input outside of a run")
	}
}

// transformerFunc is a Transformer that does not describe itself.
type transformerFunc func(context.Context, Input) (Value, error)

func (f transformerFunc) Transform(ctx context.Context, in Input) (Value, error) { return f(ctx, in) }
