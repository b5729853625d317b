package dynsync

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/dynsynctest"
)

// lowerKey makes the items "A" and "a" collide.
func lowerKey() TableOption {
	return WithTransform("Id", Func(func(_ context.Context, s string) (string, error) { return strings.ToLower(s), nil }), AllowCollisions())
}

// tallied is what became of items, in the order written, collided, existing.
func tallied(o Outcomes) string {
	return fmt.Sprintf("%d written, %d collided, %d existing", o.Written, o.Collided, o.Existing)
}

// recordsOfIDs returns a stream of records with these keys, which say in v whose they are.
func recordsOfIDs(t testing.TB, ids ...string) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		for _, id := range ids {
			rec, err := NewRecord(map[string]any{"Id": id, "v": "of " + id})
			if err != nil {
				t.Fatal(err)
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// TestKeysBeyondACall writes items that collide with what an earlier call of the Syncer
// wrote, or what was there before.
func TestKeysBeyondACall(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason string
		opts   []TableOption
		calls  [][]string // keys given to Write, call by call
		want   string     // of the last call
		lost   bool       // it is an error
		owner  string     // of the item "a" in the end
	}{
		{"the first call knows its own keys", []TableOption{lowerKey()}, [][]string{{"a", "A"}}, "1 written, 1 collided, 0 existing", true, "a"},
		{"a second call meets a different item", []TableOption{lowerKey()}, [][]string{{"a"}, {"A"}}, "0 written, 1 collided, 0 existing", true, "a"},
		{"a second call meets an equal item", []TableOption{lowerKey()}, [][]string{{"a"}, {"a"}}, "1 written, 0 collided, 0 existing", false, "a"},
		{"a second call takes keys that are free", []TableOption{lowerKey()}, [][]string{{"b"}, {"A"}}, "1 written, 0 collided, 0 existing", false, "A"},
		{"a third call knows as little", []TableOption{lowerKey()}, [][]string{{"a"}, {"b"}, {"A", "B"}}, "0 written, 2 collided, 0 existing", true, "a"},
		{"within a second call", []TableOption{lowerKey()}, [][]string{{"b"}, {"A", "a"}}, "1 written, 1 collided, 0 existing", true, "A"},
		{"ModeInsert does not call a collision existing", []TableOption{lowerKey(), WithMode(ModeInsert)}, [][]string{{"a"}, {"A"}}, "0 written, 1 collided, 0 existing", true, "a"},
		{"ModeInsert meets an equal item", []TableOption{lowerKey(), WithMode(ModeInsert)}, [][]string{{"a"}, {"a"}}, "1 written, 0 collided, 0 existing", false, "a"},
		{"ModeMerge does not merge two source items", []TableOption{lowerKey(), WithMode(ModeMerge)}, [][]string{{"a"}, {"A"}}, "0 written, 1 collided, 0 existing", true, "a"},
		{"ModeMerge meets what it merged", []TableOption{lowerKey(), WithMode(ModeMerge)}, [][]string{{"a"}, {"a"}}, "1 written, 0 collided, 0 existing", false, "a"},
		{"allowed: ModePut writes over it", []TableOption{lowerKey(), WithAllowExisting()}, [][]string{{"a"}, {"A"}}, "1 written, 0 collided, 0 existing", false, "A"},
		{"allowed: ModeInsert leaves it", []TableOption{lowerKey(), WithMode(ModeInsert), WithAllowExisting()}, [][]string{{"a"}, {"A"}}, "0 written, 0 collided, 1 existing", false, "a"},
		{"allowed: within a call it is a collision all the same", []TableOption{lowerKey(), WithAllowExisting()}, [][]string{{"b"}, {"a", "A"}}, "1 written, 1 collided, 0 existing", true, "a"},
		{"where nothing collides, a second call writes over it", nil, [][]string{{"a"}, {"a"}}, "1 written, 0 collided, 0 existing", false, "a"},
		{"an injective rule does not collide", []TableOption{WithTransform("Id", injectiveUpper{})}, [][]string{{"a"}, {"a"}}, "1 written, 0 collided, 0 existing", false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			p := newPair(t)
			s := p.syncer(t, WithKey(testKey), WithWorkers(1), WithWriteConcurrency(1), WithTable("Source", "Destination", append(tt.opts, clearCopy())...))
			var rep *TableReport
			var err error
			for i, ids := range tt.calls {
				if rep, err = s.Write(t.Context(), "Source", recordsOfIDs(t, ids...)); err != nil && i < len(tt.calls)-1 {
					t.Fatal(err)
				}
			}
			var failed *ItemsFailedError
			if got := tallied(rep.outcomes()); got != tt.want || errors.As(err, &failed) != tt.lost || !tt.lost && err != nil || !rep.balanced() {
				t.Errorf("%s, want %s; %v", got, tt.want, err)
			}
			if got := contents(t, p.to, "Destination")["a"]["v"]; tt.owner != "" && got != "of "+tt.owner {
				t.Errorf("the item at the destination is %v, want that of %s", got, tt.owner)
			}
		})
	}
}

// injectiveUpper is a transformer that says it is one-to-one.
type injectiveUpper struct{}

func (injectiveUpper) Transform(_ context.Context, in Input) (Value, error) {
	s, _ := in.Value.Text()
	return StringValue("x" + s), nil
}
func (injectiveUpper) Describe() Description {
	return Description{Name: "injectiveUpper", Uniqueness: UniquenessExact}
}

// TestOneDestinationOfTwoTables merges two tables that share a key into one.
func TestOneDestinationOfTwoTables(t *testing.T) {
	t.Parallel()
	arn := func(p *pair) string {
		out, err := p.to.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String("Destination")})
		if err != nil {
			t.Fatal(err)
		}
		return *out.Table.TableArn
	}
	tests := []struct {
		reason string
		opts   []Option
		second func(*pair) string // the destination of the second table
		want   string             // of the second table; "" where the job is refused
	}{
		{"by one name", nil, nil, "1 written, 1 collided, 0 existing"},
		{"by name and ARN", nil, arn, "1 written, 1 collided, 0 existing"},
		{"insert", []Option{WithAllTables(WithMode(ModeInsert))}, nil, "1 written, 1 collided, 0 existing"},
		{"merge", []Option{WithAllTables(WithMode(ModeMerge))}, nil, "1 written, 1 collided, 0 existing"},
		{"a merge that may have to resume is refused", []Option{WithAllTables(WithMode(ModeMerge)), WithKey(testKey), WithCheckpoint(&memoryStore{})}, nil, ""},
		{"shares that would write over each other are refused", []Option{WithShare(0, 2), WithKey(testKey), WithAllTables(WithSegments(2))}, nil, ""},
		{"the bound of keys is the job's", []Option{WithMaxTrackedKeys(3)}, nil, ""},
		{"a bound that is enough for the keys, which are fewer than the items", []Option{WithMaxTrackedKeys(4), WithAllTables(WithWhere("Id <> 'x'"))}, nil, "1 written, 1 collided, 0 existing"},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			p := newPair(t)
			p.fill(t, map[string]any{"Id": "1", "v": "EU"}, map[string]any{"Id": "2", "v": "EU"}, map[string]any{"Id": "x", "v": "EU"})
			p.create(t, p.source.Client(), "Source2")
			p.fillTable(t, "Source2", map[string]any{"Id": "1", "v": "US"}, map[string]any{"Id": "3", "v": "US"})
			to := "Destination"
			if tt.second != nil {
				to = tt.second(p)
			}
			s := p.syncer(t, append([]Option{WithAllTables(clearCopy()), WithTable("Source", "Destination"), WithTable("Source2", to)}, tt.opts...)...)
			report, err := s.Sync(t.Context())
			second := report.Tables[1]
			if tt.want == "" {
				var table *TableError
				if !errors.As(err, &table) || second.Err == nil {
					t.Errorf("%v\n%v", err, report)
				}
				return
			}
			var failed *ItemsFailedError
			if got := tallied(second.outcomes()); got != tt.want || !errors.As(err, &failed) {
				t.Errorf("%s, want %s; %v", got, tt.want, err)
			}
			if got := contents(t, p.to, "Destination")["1"]["v"]; got != "EU" {
				t.Errorf("the item of the first table is %v", got)
			}
		})
	}
}

// A run that resumes neither writes over an item of the run before it, nor takes
// one for an item that was there before the job.
func TestAResumedRunFindsCollisions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		mode  Mode
		opts  []TableOption
		want  string // all runs
		owner string // "" is the first
	}{
		{ModePut, nil, "2 written, 1 collided, 0 existing", ""},
		{ModeInsert, nil, "2 written, 1 collided, 0 existing", ""},
		{ModePut, []TableOption{WithAllowExisting()}, "3 written, 0 collided, 0 existing", "second"},
		{ModeInsert, []TableOption{WithAllowExisting()}, "2 written, 0 collided, 1 existing", ""},
		{ModeMerge, []TableOption{WithAllowExisting()}, "3 written, 0 collided, 0 existing", "second"},
	} {
		t.Run(fmt.Sprint(tt.mode, len(tt.opts)), func(t *testing.T) {
			p := newPair(t)
			p.fill(t, map[string]any{"Id": "a", "v": "a"}, map[string]any{"Id": "A", "v": "A"}, map[string]any{"Id": "b"})
			order := idsInOrder(t, p)
			store := &memoryStore{}
			job := func() (*Report, error) {
				return p.syncer(t, WithKey(testKey), WithCheckpoint(store), withRulesVersion("1"), WithTable("Source", "Destination",
					append(tt.opts, lowerKey(), WithMode(tt.mode), WithPageSize(1), clearCopy())...)).Sync(t.Context())
			}
			// The first page with one of the two that collide passes, and then the source is down.
			first := slices.IndexFunc(order, func(id string) bool { return strings.ToLower(id) == "a" })
			reads := 0
			remove := p.source.Control("ExecuteStatement", func(*dynsynctest.Request) (a dynsynctest.Action) {
				if reads++; reads > first+2 { // the preflight reads, too
					a = dynsynctest.Deny("dynamodb:PartiQLSelect")
				}
				return a
			})
			if _, err := job(); err == nil {
				t.Fatal("the first run was to end early")
			}
			remove()
			report, err := job()
			got := report.Tables[0]
			if tallied(got.Job) != tt.want || (err != nil) != (got.Job.Collided > 0) || got.Job.Read != 3 {
				t.Errorf("%v: want %s\n%v", err, tt.want, report)
			}
			if owner := contents(t, p.to, "Destination")["a"]["v"]; (owner == order[first]) != (tt.owner == "") {
				t.Errorf("the item at the destination is that of %v; %s was first", owner, order[first])
			}
		})
	}
}

// idsInOrder returns the keys of the source in the order in which they are read.
func idsInOrder(t *testing.T, p *pair) (ids []string) {
	for rec, err := range p.syncer(t, WithTable("Source", "Destination")).Scan(t.Context(), "Source") {
		if err != nil {
			t.Fatal(err)
		}
		id, _ := rec.Get("Id")
		text, _ := id.Text()
		ids = append(ids, text)
	}
	return ids
}

// A client that only writes batches cannot insert.
func TestInsertingNeedsMethods(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	s := p.syncer(t, WithKey(testKey), WithDestination(batchesOnly{p.to}, AnyDestination()), WithCheckpoint(&memoryStore{}), withRulesVersion("1"),
		WithTable("Source", "Destination", lowerKey()))
	if _, err := s.Sync(t.Context()); err == nil || !strings.Contains(err.Error(), "WithCheckpoint inserts only") {
		t.Errorf("%v", err)
	}
}

type batchesOnly struct{ DestinationClient }

// Two calls at once on one destination know of each other.
func TestTwoCallsAtOnce(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	s := p.syncer(t, WithKey(testKey), WithWorkers(1), WithTable("Source", "Destination", lowerKey(), clearCopy()))
	slow := make(chan struct{})
	entered := make(chan struct{})
	p.dest.Control("BatchWriteItem", func(*dynsynctest.Request) dynsynctest.Action {
		close(entered)
		return dynsynctest.Wait(slow)
	})
	type result struct {
		rep *TableReport
		err error
	}
	first := make(chan result)
	go func() {
		rep, err := s.Write(t.Context(), "Source", recordsOfIDs(t, "a"))
		first <- result{rep, err}
	}()
	<-entered // the first call's put is under way, and is not carried out yet
	rep, err := s.Write(t.Context(), "Source", recordsOfIDs(t, "A", "b"))
	close(slow)
	if got := tallied(rep.outcomes()); got != "1 written, 1 collided, 0 existing" || err == nil {
		t.Errorf("the second call: %s; %v", got, err)
	}
	if r := <-first; r.err != nil || r.rep.Written != 1 {
		t.Errorf("the first call: %v", r.err)
	}
	if got := contents(t, p.to, "Destination")["a"]["v"]; got != "of a" {
		t.Errorf("the item is %v", got)
	}
	if n := s.destinations.Keys(); n != 0 {
		t.Errorf("%d keys are remembered when all calls have ended", n)
	}
}
