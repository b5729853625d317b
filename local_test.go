package dynsync

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/internal/dynamolocal"
	"github.com/dynsync/dynsync/internal/testsize"
)

// sharedLocal returns an account on DynamoDB Local. Tests with -short do without.
func sharedLocal(t *testing.T) *dynamolocal.Server {
	t.Helper()
	testsize.SkipShort(t, "DynamoDB Local takes seconds")
	return dynamolocal.Shared(t)
}

// localPair returns a source and a destination with their tables on DynamoDB
// Local.
func localPair(t *testing.T, from, to *dynamodb.Client) *pair {
	t.Helper()
	p := &pair{from: from, to: to}
	p.create(t, from, "Source")
	p.create(t, to, "Destination")
	return p
}

func TestLocalTypeFidelity(t *testing.T) {
	t.Parallel()
	accounts, source := sharedLocal(t), sharedLocal(t)
	dest := dynamolocal.Start(t)
	tests := []struct {
		reason   string
		items    int
		from, to *dynamodb.Client
		path     string // of writing
		opts     []Option
	}{
		{"two servers", testsize.Of(1000, 1000, 10_000), source.Client("production", "eu-central-1"), dest.Client("staging", "eu-central-1"), "raw", nil},
		{"two accounts on one server", 500, accounts.Client("production", "eu-central-1"), accounts.Client("staging", "eu-central-1"), "raw", nil},
		{"direct requests", 500, accounts.Client("production", "eu-west-1"), accounts.Client("staging", "eu-west-1"), "direct", []Option{WithDirectRequests()}},
		{"in segments", 1000, accounts.Client("production", "us-west-2"), accounts.Client("staging", "us-west-2"), "raw", []Option{WithAllTables(WithSegments(9))}},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			p := localPair(t, tt.from, tt.to)
			want := generatedItems(t, tt.items)
			seed(t, p.from, want)
			report, err := p.syncer(t, append(tt.opts, WithTable("Source", "Destination", clearCopy()))...).Sync(context.Background())
			if err != nil {
				t.Fatalf("%v\n%v", err, report)
			}
			if r := report.Tables[0]; r.Written != int64(len(want)) || r.ReadPath != "raw" || r.WritePath != tt.path {
				t.Fatalf("%v", report)
			}
			read, copied := rawContents(t, p.from, "Source"), rawContents(t, p.to, "Destination")
			if len(copied) != len(want) {
				t.Fatalf("%d items arrived, of %d", len(copied), len(want))
			}
			for id, rec := range want {
				if !copied[id].Equal(rec) {
					t.Fatalf("item %s was %.2000s and arrived as %.2000s", id, rec.DynamoDBJSON(), copied[id].DynamoDBJSON())
				}
				if !copied[id].Equal(read[id]) {
					t.Fatalf("item %s differs between the tables", id)
				}
			}
			compareBySDK(t, p)
		})
	}
}

// generatedItems returns n items of every type and size, by Id.
func generatedItems(t *testing.T, n int) map[string]*Record {
	items := map[string]*Record{}
	gen := itemGen(5)
	for i := range n {
		rec := gen.Example(i)
		if err := rec.Set("Id", StringValue(fmt.Sprintf("item-%05d", i))); err != nil {
			t.Fatal(err)
		}
		items[fmt.Sprintf("item-%05d", i)] = rec
	}
	for i, big := range []any{
		strings.Repeat("x", 409_000),
		strings.Repeat("\x01", 400_000),
		strings.Repeat("é\U0001F600", 68_000),
		make([]byte, 409_000),
		strings.Repeat(`"\`, 204_000),
	} {
		id := fmt.Sprintf("big-%d", i)
		rec, err := NewRecord(map[string]any{"Id": id, "big": big})
		if err != nil {
			t.Fatal(err)
		}
		items[id] = rec
	}
	return items
}

// seed writes items as they are to the table "Source".
func seed(t *testing.T, client *dynamodb.Client, items map[string]*Record) {
	t.Helper()
	s, err := New(WithDestination(client), WithTable("Seed", "Source", clearCopy()))
	if err != nil {
		t.Fatal(err)
	}
	rep, err := s.Write(context.Background(), "Seed", func(yield func(*Record, error) bool) {
		for _, rec := range items {
			if !yield(rec, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatalf("%v\n%+v", err, rep.Failures)
	}
}

// compareBySDK compares the tables as a program on the SDK alone sees them.
func compareBySDK(t *testing.T, p *pair) {
	t.Helper()
	from, to := contents(t, p.from, "Source"), contents(t, p.to, "Destination")
	if len(from) != len(to) {
		t.Fatalf("%d and %d items", len(from), len(to))
	}
	for id, item := range from {
		a, errA := NewRecord(item)
		b, errB := NewRecord(to[id])
		if errA != nil || errB != nil || !a.Equal(b) {
			t.Fatalf("item %s differs for the SDK: %v %v", id, errA, errB)
		}
	}
}

func TestLocalWhereAndIndex(t *testing.T) {
	t.Parallel()
	client := sharedLocal(t).Client("where", "eu-central-1")
	p := localPair(t, client, client)
	items := map[string]*Record{}
	for i := range 50 {
		rec, err := NewRecord(map[string]any{"Id": fmt.Sprint(i), "Age": i, "Name": fmt.Sprint("n", i%5)})
		if err != nil {
			t.Fatal(err)
		}
		items[fmt.Sprint(i)] = rec
	}
	seed(t, client, items)
	report, err := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithPageSize(7), WithConsistentRead(),
		WithWhere(`Age BETWEEN ? AND ? AND "Name" <> ?`, 10, 29, "n3"))).Sync(context.Background())
	if err != nil || report.Tables[0].Written != 16 || report.Tables[0].Pages < 7 {
		t.Errorf("%v\n%v", err, report)
	}
	_, err = p.syncer(t, WithTable("Source", "Nowhere")).Sync(context.Background())
	if err == nil || !strings.Contains(err.Error(), "access key and region") {
		t.Errorf("a missing table: %v", err)
	}
	_, err = p.syncer(t, WithTable("Source", "Source")).Sync(context.Background())
	if err == nil || !strings.Contains(err.Error(), "does not write to a source") {
		t.Errorf("the destination is the source: %v", err)
	}
	_, err = New(WithSource(p.from), WithDestination(p.to), WithKey(testKey), WithTable("Source", "Destination", WithWhere(`canary ~ 'canary'`)))
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("a condition that is refused: %v", err)
	}
}
