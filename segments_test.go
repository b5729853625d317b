package dynsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/dynsynctest"
)

// idsOf returns the ids of what a job reads of the table "Source", in order.
func idsOf(t testing.TB, s *Syncer) []string {
	t.Helper()
	var ids []string
	for rec, err := range s.Scan(context.Background(), "Source") {
		if err != nil {
			t.Fatal(err)
		}
		id, _ := rec.Get("Id")
		text, _ := id.Text()
		ids = append(ids, text)
	}
	slices.Sort(ids)
	return ids
}

// Whatever the number of segments and of shares, every item is read once.
func TestSegmentsAndSharesAreCompleteAndDisjoint(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(300)...)
	want := idsOf(t, p.syncer(t, WithTable("Source", "Destination")))
	if len(want) != 300 {
		t.Fatal(len(want))
	}
	rapid.Check(t, func(rt *rapid.T) {
		segments := rapid.OneOf(rapid.IntRange(1, 12), rapid.IntRange(1, 400)).Draw(rt, "segments")
		shares := rapid.IntRange(1, min(segments, 7)).Draw(rt, "shares")
		size := rapid.IntRange(1, 50).Draw(rt, "page size")
		var got []string
		for i := range shares {
			s := p.syncer(t, WithKey(testKey), WithShare(i, shares), WithTable("Source", "Destination", WithSegments(segments), WithPageSize(size)))
			got = append(got, idsOf(t, s)...)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			rt.Fatalf("%d segments in %d shares: %d items", segments, shares, len(got))
		}
	})
}

// A share is a part of the segments, and all shares are all of them.
func TestSharesDivideSegments(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		segments := rapid.IntRange(1, maxSegments).Draw(t, "segments")
		n := rapid.IntRange(1, segments).Draw(t, "shares")
		i := rapid.IntRange(0, n-1).Draw(t, "share")
		first, end := share{i, n}.of(segments)
		before, after := 0, segments
		if i > 0 {
			_, before = share{i - 1, n}.of(segments)
		}
		if i < n-1 {
			after, _ = share{i + 1, n}.of(segments)
		}
		if first != before || end != after || first >= end {
			t.Errorf("share %d of %d of %d segments: [%d, %d) between %d and %d", i, n, segments, first, end, before, after)
		}
	})
}

// A condition selects the same items by SELECT and in segments.
func TestSegmentsTakeTheCondition(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(120)...)
	for _, where := range []TableOption{
		WithWhere(`Age BETWEEN ? AND ? AND NOT Name = ?`, 10, 70, "Name 30"),
		WithWhere(`Nope IS MISSING AND Age > 50`),
		WithWhere(`Nope <> 1 AND (begins_with(Name, 'Name 1') OR Age IN (3, 4))`),
	} {
		want := idsOf(t, p.syncer(t, WithTable("Source", "Destination", where)))
		got := idsOf(t, p.syncer(t, WithTable("Source", "Destination", where, WithSegments(5), WithPageSize(7))))
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%d items by SELECT and %d in segments", len(want), len(got))
		}
	}
}

// An index is read in segments like a table, and a condition that fixes its
// partition key is a Query.
func TestSegmentsOfAnIndex(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.create(t, p.source.Client(), "SourceByCountry", func(in *dynamodb.CreateTableInput) {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("Country"), AttributeType: types.ScalarAttributeTypeS})
		in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{{
			IndexName:  aws.String("Countries"),
			KeySchema:  []types.KeySchemaElement{{AttributeName: aws.String("Country"), KeyType: types.KeyTypeHash}},
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll},
		}}
	})
	for i := range 60 {
		item := map[string]types.AttributeValue{"Id": &types.AttributeValueMemberS{Value: fmt.Sprint(i)}}
		if i%3 > 0 {
			item["Country"] = &types.AttributeValueMemberS{Value: []string{"", "DE", "FR"}[i%3]}
		}
		if _, err := p.source.Client().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("SourceByCountry"), Item: item}); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		opts      []TableOption
		items     int
		operation string
	}{
		{[]TableOption{WithIndex("Countries"), WithPageSize(7)}, 40, "Scan"},
		{[]TableOption{WithIndex("Countries"), WithWhere(`Country > 'E'`)}, 20, "Scan"},
		{[]TableOption{WithIndex("Countries"), WithWhere(`Country = 'DE'`)}, 20, "ExecuteStatement"},
		{[]TableOption{WithConsistentRead(), WithWhere(`Country = 'DE'`)}, 20, "Scan"},
	}
	for _, tt := range tests {
		s := p.syncer(t, WithTable("SourceByCountry", "Destination", append(tt.opts, clearCopy(), WithSegments(5))...))
		plan, err := s.Plan(t.Context())
		if err != nil || plan.Tables[0].ReadBy != tt.operation {
			t.Errorf("%v, %v", plan, err)
		}
		if report, err := s.Sync(t.Context()); err != nil || report.Tables[0].Written != int64(tt.items) {
			t.Errorf("%v\n%v", err, report)
		}
	}
	_, err := p.syncer(t, WithTable("SourceByCountry", "Destination", WithIndex("Countries"), WithSegments(2), WithWhere(`Country > 5`))).Plan(t.Context())
	if err == nil || !strings.Contains(err.Error(), `the key attribute "Country", which is of type S`) {
		t.Errorf("%v", err)
	}
}

func TestAutoSegments(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.source.EditDescription("Source", func(d *types.TableDescription) { d.TableSizeBytes = aws.Int64(1 << 40) })
	for want, opts := range map[string][]Option{
		"256 segments, for the table's size of about 1048576 MB": {WithWorkers(32)},
		"64 segments, for 2 workers":                             {WithWorkers(2)},
		"8 segments, for a limit of 2000 capacity units/s":       {WithAllTables(WithReadCapacity(Units(2000)))},
	} {
		plan, err := p.syncer(t, append(opts, WithTable("Source", "Destination", WithSegments(AutoSegments)))...).Plan(t.Context())
		if err != nil || !strings.Contains(plan.String(), want) {
			t.Errorf("%v, %v; want %s", plan, err, want)
		}
	}
}

func TestSegmentsThatCannotBe(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(10)...)
	tests := []struct {
		job  []Option
		opts []TableOption
		want string
	}{
		{nil, []TableOption{WithSegments(0)}, "WithSegments must be 1 to 1000000"},
		{nil, []TableOption{WithSegments(1_000_001)}, "WithSegments must be 1 to 1000000"},
		{nil, []TableOption{WithSegments(2), WithWhere(`Id IN ('canary') ORDER BY Id`)}, ""},
		{nil, []TableOption{WithSegments(2), WithWhere(`Age > 1 ORDER BY Id`)}, "ORDER BY"},
		{nil, []TableOption{WithSegments(2), WithWhere(`Age LIKE 'canary%'`)}, "column"},
		{nil, []TableOption{WithSegments(2), WithWhere(`Id > 5`)}, `Id`},
		{[]Option{WithShare(2, 2)}, []TableOption{WithSegments(2)}, "WithShare(2, 2)"},
		{[]Option{WithShare(0, 2)}, nil, "WithShare needs WithSegments of 2 or more"},
		{[]Option{WithShare(0, 2)}, []TableOption{WithSegments(AutoSegments)}, "the processes must agree"},
		{[]Option{WithShare(0, 2)}, []TableOption{WithSegments(2), WithTransform("Id", Pseudonym(), AllowCollisions())}, "WithMode(ModeInsert)"},
	}
	for _, tt := range tests {
		opts := append(tt.job, WithSource(p.from), WithDestination(p.to), WithKey(testKey), WithTable("Source", "Destination", tt.opts...))
		s, err := New(opts...)
		if err == nil {
			_, err = s.Sync(t.Context())
		}
		switch {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)), err != nil && strings.Contains(err.Error(), "canary"):
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
	_, err := New(WithSource(p.from), WithShare(0, 2), WithTable("Source", "Destination", WithSegments(2)))
	if err == nil || !strings.Contains(err.Error(), "WithKey") {
		t.Errorf("a share without a key: %v", err)
	}
}

// Neighbours of a page do not follow each other into a batch.
func TestPagesAreMixed(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(400)...)
	order := map[string]int{} // in which the source has them
	for rec, err := range p.syncer(t, WithTable("Source", "Destination")).Scan(t.Context(), "Source") {
		if err != nil {
			t.Fatal(err)
		}
		id, _ := rec.Get("Id")
		text, _ := id.Text()
		order[text] = len(order)
	}
	var mu sync.Mutex
	var spread []int // of each batch
	p.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) dynsynctest.Action {
		var in struct {
			RequestItems map[string][]struct {
				PutRequest struct {
					Item struct{ Id struct{ S string } }
				}
			}
		}
		if err := json.Unmarshal(r.Body, &in); err != nil {
			t.Error(err)
		}
		lo, hi := len(order), 0
		for _, put := range in.RequestItems["Destination"] {
			at := order[put.PutRequest.Item.Id.S]
			lo, hi = min(lo, at), max(hi, at)
		}
		mu.Lock()
		defer mu.Unlock()
		spread = append(spread, hi-lo)
		return dynsynctest.Action{}
	})
	for _, tt := range []struct {
		opts []TableOption
		wide bool
	}{
		{nil, false},
		{[]TableOption{WithShuffle(8)}, true},
		{[]TableOption{WithSegments(8), WithShuffle(4)}, true},
	} {
		spread = nil
		_, err := p.syncer(t, WithWorkers(1), WithTable("Source", "Destination", append(tt.opts, clearCopy(), WithPageSize(50))...)).Sync(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(spread)
		if median := spread[len(spread)/2]; (median > 100) != tt.wide {
			t.Errorf("wide %v: batches reach over %v neighbours", tt.wide, spread)
		}
	}
}

// A job that was interrupted in many segments goes on with those that are left.
func TestSegmentsResume(t *testing.T) {
	t.Parallel()
	for _, segments := range []int{1, 3, 40, 300} {
		t.Run(fmt.Sprint(segments), func(t *testing.T) {
			p := newPair(t)
			p.fill(t, users(400)...)
			table := WithTable("Source", "Destination", clearCopy(), WithSegments(segments), WithPageSize(9))
			store := interrupted(t, p, 9, WithKey(testKey), table)
			report, err := p.syncer(t, WithKey(testKey), table, WithCheckpoint(store)).Sync(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if rep := report.Tables[0]; rep.Read+rep.Resumed != 400 {
				t.Errorf("%v", report)
			}
			if diff := cmp.Diff(contents(t, p.source.Client(), "Source"), contents(t, p.to, "Destination")); diff != "" {
				t.Error(diff)
			}
			_, err = p.syncer(t, WithKey(testKey), WithCheckpoint(interrupted(t, p, 3, WithKey(testKey), table)),
				WithTable("Source", "Destination", clearCopy(), WithSegments(segments+1), WithPageSize(9))).Sync(t.Context())
			if err == nil || !strings.Contains(err.Error(), "segments") {
				t.Errorf("with another number of segments: %v", err)
			}
		})
	}
}

// Shares of a job are interrupted and go on, each from its own checkpoint.
func TestSharesResume(t *testing.T) {
	t.Parallel()
	const shares = 3
	p := newPair(t)
	p.fill(t, users(400)...)
	var read int64
	for i := range shares {
		opts := []Option{WithKey(testKey), WithShare(i, shares), WithWriteConcurrency(1), WithTable("Source", "Destination", clearCopy(), WithSegments(20), WithPageSize(9))}
		store := interrupted(t, p, 3, opts...)
		other := []Option{WithKey(testKey), WithShare((i+1)%shares, shares), WithCheckpoint(store), opts[3]}
		if _, err := p.syncer(t, other...).Sync(t.Context()); err == nil || !strings.Contains(err.Error(), "the share of the job") {
			t.Errorf("another share went on from the checkpoint of share %d: %v", i, err)
		}
		report, err := p.syncer(t, append(opts, WithCheckpoint(store))...).Sync(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		read += report.Tables[0].Read + report.Tables[0].Resumed
	}
	if diff := cmp.Diff(contents(t, p.source.Client(), "Source"), contents(t, p.to, "Destination")); diff != "" || read != 400 {
		t.Errorf("%d items: %s", read, diff)
	}
}

func TestSampleIsTheSameAlways(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(1000)...)
	copied := func(opts ...TableOption) []string {
		t.Helper()
		report, err := p.syncer(t, WithTable("Source", "Destination", append(opts, clearCopy())...)).Sync(t.Context())
		if err != nil || report.Tables[0].Read == 0 {
			t.Fatalf("%v\n%v", err, report)
		}
		ids := slices.Sorted(maps.Keys(contents(t, p.to, "Destination")))
		for _, id := range ids {
			if _, err := p.to.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String("Destination"),
				Key: map[string]types.AttributeValue{"Id": &types.AttributeValueMemberS{Value: id}}}); err != nil {
				t.Fatal(err)
			}
		}
		return ids
	}
	tenth := copied(WithSample(0.1))
	if n := len(tenth); n < 60 || n > 140 {
		t.Errorf("a tenth of 1,000 items is %d", n)
	}
	if again := copied(WithSample(0.1), WithSegments(7)); !slices.Equal(tenth, again) {
		t.Error("another run took others")
	}
	half := copied(WithSample(0.5))
	if n := len(half); n < 420 || n > 580 {
		t.Errorf("half of 1,000 items is %d", n)
	}
	for _, id := range tenth {
		if !slices.Contains(half, id) {
			t.Errorf("%s is in a tenth, and not in the half", id)
		}
	}
	if n := len(copied(WithSample(1))); n != 1000 {
		t.Errorf("all of 1,000 items is %d", n)
	}
	if n := len(copied(WithMaxItems(37), WithPageSize(10))); n != 37 {
		t.Errorf("37 items are %d", n)
	}
	for _, opt := range []TableOption{WithSample(0), WithSample(1.1), WithMaxItems(0), WithMaxItems(-1)} {
		if _, err := New(WithSource(p.from), WithTable("Source", "Destination", opt)); err == nil {
			t.Error("an impossible part of the table was taken")
		}
	}
}

func TestLimitReadsNoFurther(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(1000)...)
	report, err := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithPageSize(10), WithMaxItems(20))).Sync(t.Context())
	if rep := report.Tables[0]; err != nil || rep.Written != 20 || rep.Read > 120 {
		t.Errorf("%v\n%v", err, report)
	}
}

func TestExpiredItemsStay(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	now := time.Now().Unix()
	p.fill(t,
		map[string]any{"Id": "none"},
		map[string]any{"Id": "future", "ttl": now + 1000},
		map[string]any{"Id": "past", "ttl": now - 1000},
		map[string]any{"Id": "fraction", "ttl": float64(now) - 1000.5},
		map[string]any{"Id": "ancient", "ttl": now - 6*365*24*3600},
		map[string]any{"Id": "text", "ttl": fmt.Sprint(now - 1000)})
	report, err := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithoutExpired(), WithTTLAttribute("ttl"))).Sync(t.Context())
	if err != nil || report.Tables[0].Filtered != 2 {
		t.Errorf("%v\n%v", err, report)
	}
	got := slices.Sorted(maps.Keys(contents(t, p.to, "Destination")))
	if want := []string{"ancient", "future", "none", "text"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// A job whose budget is spent goes on in the next run.
func TestBudget(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(300)...)
	opts := []Option{WithKey(testKey), WithMaxCapacity(100), WithCheckpoint(FileCheckpoint(t.TempDir())),
		WithTable("Source", "Destination", clearCopy(), WithPageSize(10))}
	runs := 0
	for {
		report, err := p.syncer(t, opts...).Sync(t.Context())
		if len(report.Tables) == 0 {
			t.Fatal(err)
		}
		rep := report.Tables[0]
		if runs++; err == nil {
			break
		}
		if !errors.Is(err, errCapacitySpent) || rep.Failed > 0 || rep.ReadUnits+rep.WriteUnits > 200 || runs > 10 {
			t.Fatalf("%v\n%v", err, report)
		}
	}
	if n := len(contents(t, p.to, "Destination")); n != 300 || runs < 2 { // how far a run reads past its budget depends on the machine
		t.Errorf("%d items after %d runs", n, runs)
	}
}

func TestProgressThatPanics(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, users(30)...)
	calls := 0
	report, err := p.syncer(t, WithTable("Source", "Destination", clearCopy()), WithOnProgress(func(Progress) {
		calls++
		panic("canary")
	})).Sync(t.Context())
	if err != nil || report.Tables[0].Written != 30 || calls != 1 || !strings.Contains(report.String(), "WithOnProgress panicked") || strings.Contains(report.String(), "canary") {
		t.Errorf("%d calls; %v\n%v", calls, err, report)
	}
}

func TestProgressIsTold(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, w *world) {
		items := map[string]map[string]any{}
		for i := range 200 {
			items[fmt.Sprint(i)] = map[string]any{"Id": fmt.Sprint(i), "Name": "x"}
		}
		w.fill(t, w.source, "Source", items)
		defer w.source.Control("Scan", func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Delay(time.Second) })()
		var mu sync.Mutex
		var told []Progress
		s, err := New(WithSource(w.client(w.source)), WithDestination(w.client(w.dest)), WithKey(testKey),
			WithTable("Source", "Destination", clearCopy(), WithSegments(10), WithPageSize(5)),
			WithOnProgress(func(p Progress) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, p)
			}))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := s.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		took := time.Since(began)
		if most := int(took/progressEvery) + 3; len(told) < 5 || len(told) > most {
			t.Errorf("told %d times in %v", len(told), took)
		}
		for i, p := range told {
			if i > 0 && (p.Table.Read < told[i-1].Table.Read || p.SegmentsDone < told[i-1].SegmentsDone) || p.Segments != 10 || p.Done != (i == len(told)-1) {
				t.Errorf("%+v", p)
			}
		}
		last := told[len(told)-1]
		if last.Table.Read != 200 || last.Table.Written != 200 || last.SegmentsDone != 10 || last.ApproximateItems != 200 || last.ItemsPerSecond == 0 {
			t.Errorf("%+v", last)
		}
		if mid := told[len(told)/2]; mid.ItemsPerSecond == 0 || mid.ReadUnitsPerSecond == 0 {
			t.Errorf("%+v", mid)
		}
	})
}
