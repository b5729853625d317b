package dynsync

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/dynsync/dynsync/dynsynctest"
)

// madeUp is the name of the source table of a scenario.
const madeUp = "SourceOfAnything"

// A scenario is a table, a job and what goes wrong, all made up.
type scenario struct {
	sorted bool // the table has a sort key, a number
	items  []map[string]any
	mode   Mode
	rules  []TableOption
	filter bool

	seed  uint64
	odds  float64
	way   string
	path  string
	sizes [4]int // workers, requests, page, segments
}

func drawScenario(t *rapid.T) *scenario {
	sc := &scenario{
		sorted: rapid.Bool().Draw(t, "sorted"),
		mode:   rapid.SampledFrom([]Mode{ModePut, ModeInsert, ModeMerge}).Draw(t, "mode"),
		filter: rapid.Bool().Draw(t, "filter"),
		seed:   rapid.Uint64().Draw(t, "seed"),
		odds:   rapid.SampledFrom([]float64{0, 0.1, 0.4}).Draw(t, "odds"),
		way:    rapid.SampledFrom([]string{"Sync", "Sync", "Write(Records)", "Write(Scan)"}).Draw(t, "way"),
		path:   rapid.SampledFrom(faultPaths).Draw(t, "path"),
		sizes: [4]int{rapid.IntRange(1, 6).Draw(t, "workers"), rapid.IntRange(1, 8).Draw(t, "requests"),
			rapid.IntRange(1, 20).Draw(t, "page"), rapid.IntRange(1, 30).Draw(t, "segments")},
	}
	n := rapid.IntRange(0, 40).Draw(t, "items")
	gen := itemGen(2)
	for i := range n {
		// Wide numbers of items of few keys; attributes of few names, so that rules match.
		item := map[string]any{"Id": fmt.Sprintf("id-%d", i)}
		if sc.sorted {
			item = map[string]any{"Id": fmt.Sprintf("id-%d", i/3), "Sort": i}
		}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "Name"}), 0, 4, rapid.ID).Draw(t, "names") {
			item[name] = rapid.SampledFrom([]any{"x", "", 1, -2.5, true, nil, []byte("b"), []string{"p", "q"}, []any{1, "two"}, map[string]any{"a": "deep", "z": 1}}).Draw(t, "value")
		}
		if rapid.IntRange(0, 3).Draw(t, "odd") == 0 {
			rec := gen.Example(int(sc.seed%1000) + i)
			if !strings.Contains(strings.ToLower(string(rec.item)), `\ud`) { // what typed clients cannot carry
				item["v"] = rec.goItem()
			}
		}
		sc.items = append(sc.items, item)
	}
	choices := map[string][]TableOption{
		"a":    {WithTransform("a", Remove(), Optional()), WithTransform("a", Constant(nil), Optional()), WithTransform("a", Pseudonym(), Optional())},
		"b":    {WithTransform("b", Reject(), Optional()), WithTransform("b", Passthrough(), Optional())},
		"deep": {WithTransform("**.z", Constant(nil), Optional()), WithTransform("c.a", Remove(), Optional())},
		"all":  {clearCopy()},
		"Id": {
			WithTransform("Id", Pseudonym(), AllowCollisions()),
			WithTransform("Id", Func(func(_ context.Context, s string) (string, error) { return "new-" + s, nil })),
			WithTransform("Id", Func(func(_ context.Context, s string) (string, error) {
				return fmt.Sprint("bucket-", crc32.ChecksumIEEE([]byte(s))%5), nil
			})),
			WithTransform("Id", Func(func(_ context.Context, s string) (string, error) {
				if strings.HasSuffix(s, "3") {
					return "", errors.New("no threes")
				}
				return s, nil
			})),
		},
	}
	for _, name := range []string{"a", "b", "deep", "all", "Id"} {
		if i := rapid.IntRange(-1, len(choices[name])-1).Draw(t, "rule for "+name); i >= 0 {
			sc.rules = append(sc.rules, choices[name][i])
		}
	}
	return sc
}

// A copied is what a job did: its report, what failed and the table after it.
type copied struct {
	report *TableReport
	failed []string // keys and outcomes, in order
	table  map[string]*Record
}

// do runs the job in a world, either in peace and one thing after the other, or
// as the scenario has it.
func (sc *scenario) do(t *testing.T, w *world, dest string, peace bool) copied {
	from, to := w.client(w.source), w.client(w.dest)
	var o copied
	var mu sync.Mutex
	opts := []Option{WithSource(from), WithDestination(to), WithKey(testKey),
		WithOnFailure(func(_ context.Context, f Failure) error {
			mu.Lock()
			defer mu.Unlock()
			o.failed = append(o.failed, fmt.Sprintf("%v %s", f.Outcome, canonicalKey(f.Key)))
			return nil
		})}
	table := append([]TableOption{WithMode(sc.mode)}, sc.rules...)
	if sc.filter {
		table = append(table, WithFilter(func(r *Record) bool { return crc32.ChecksumIEEE([]byte(canonicalKey(r)))%4 != 0 }))
	}
	way := "Sync"
	if peace {
		opts = append(opts, WithWorkers(1), WithWriteConcurrency(1))
	} else {
		way = sc.way
		opts = append(opts, WithWorkers(sc.sizes[0]), WithWriteConcurrency(sc.sizes[1]))
		table = append(table, WithPageSize(sc.sizes[2]))
		switch sc.path {
		case "typed":
			opts = append(opts, WithSource(typedClient{from}), WithDestination(typedClient{to}))
		case "direct":
			opts = append(opts, WithDirectRequests())
		case "segments":
			table = append(table, WithSegments(sc.sizes[3]))
		}
		trouble := func(seed uint64) func(*dynsynctest.Request) dynsynctest.Action {
			return dynsynctest.AtMost(3, dynsynctest.Faults(seed, sc.odds, dynsynctest.Throttle(), dynsynctest.UnprocessedLast(2), dynsynctest.Reset(),
				dynsynctest.ApplyThenDrop(), dynsynctest.CutBody(5), dynsynctest.Fail(500, "InternalServerError", ""), dynsynctest.EmptyPage(), dynsynctest.Delay(time.Second)))
		}
		for _, op := range []string{"ExecuteStatement", "Scan", "BatchWriteItem", "BatchExecuteStatement", "UpdateItem", "GetItem", "PutItem"} {
			defer w.source.Control(op, trouble(sc.seed))()
			if op != "Scan" { // at the destination only the test itself scans
				defer w.dest.Control(op, trouble(sc.seed+1))()
			}
		}
	}
	s, err := New(append(opts, WithTable(madeUp, dest, table...))...)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	switch way {
	case "Sync":
		var report *Report
		report, err = s.Sync(ctx)
		o.report = report.Tables[0]
	case "Write(Scan)":
		o.report, err = s.Write(ctx, madeUp, s.Scan(ctx, madeUp))
	case "Write(Records)": // two halves: what one of them loses, the other does not see
		o.report, err = s.Write(ctx, madeUp, s.Transformed(ctx, madeUp))
	}
	var dropped *ItemsFailedError // by the stream, before Write saw them
	if streamed := way == "Write(Records)" && errors.As(err, &dropped); o.report.Err != nil && !streamed || !o.report.balanced() {
		t.Errorf("%s: %v\n%v", way, err, &Report{Tables: []*TableReport{o.report}})
	}
	slices.Sort(o.failed)
	o.table = recordsIn(t, w.plain, dest)
	return o
}

func canonicalKey(r *Record) string {
	id, _ := r.Get("Id")
	sort, _ := r.Get("Sort")
	a, _ := id.Text()
	b, _ := sort.Text()
	return a + "/" + b
}

// recordsIn returns the items of a table by key.
func recordsIn(t testing.TB, client *dynamodb.Client, table string) map[string]*Record {
	t.Helper()
	all := map[string]*Record{}
	pages := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: &table})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Items {
			rec, err := NewRecord(item)
			if err != nil {
				t.Fatal(err)
			}
			all[canonicalKey(rec)] = rec
		}
	}
	return all
}

// TestPropertyAnyJob makes up tables, rules and trouble. What arrives depends on
// none of concurrency, order, path and faults, but for which of several items
// that collide wins; every item is accounted for; and a second run changes
// nothing.
func TestPropertyAnyJob(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		sc := drawScenario(rt)
		var trouble string
		inBubble(t, func(t *testing.T, w *world) { trouble = sc.compare(t, w) })
		if trouble != "" {
			rt.Fatal(trouble)
		}
	})
}

func (sc *scenario) compare(t *testing.T, w *world) string {
	p := &pair{}
	schema := func(in *dynamodb.CreateTableInput) {
		if sc.sorted {
			in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("Sort"), AttributeType: types.ScalarAttributeTypeN})
			in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String("Sort"), KeyType: types.KeyTypeRange})
		}
	}
	source := w.client(w.source)
	p.create(t, source, madeUp, schema)
	for _, name := range []string{"Peace", "Storm"} {
		p.create(t, w.plain, name, schema)
	}
	for _, item := range sc.items {
		rec, err := NewRecord(item)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := source.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(madeUp), Item: rec.AttributeValues()}); err != nil {
			t.Fatal(err)
		}
	}
	peace, storm := sc.do(t, w, "Peace", true), sc.do(t, w, "Storm", false)
	if diff := sc.differ(peace, storm); diff != "" {
		return "in peace and in the storm: " + diff
	}
	again := sc.do(t, w, "Storm", sc.mode == ModeInsert)
	if sc.mode == ModeInsert { // what is there stays, and counts so (but in a storm: a lost answer may have been that it was written)
		if again.report.Written != 0 || again.report.Existing != storm.report.Written {
			return fmt.Sprintf("the second run wrote %d items, and met %d of %d", again.report.Written, again.report.Existing, storm.report.Written)
		}
		return sameItems(storm.table, again.table)
	}
	if diff := sc.differ(storm, again); diff != "" {
		return "once and again: " + diff
	}
	return ""
}

// differ says in what two outcomes differ that may not.
func (sc *scenario) differ(a, b copied) string {
	type counts struct{ Read, Written, Filtered, Failed, Collided, Existing int64 }
	of := func(r *TableReport) counts {
		return counts{r.Read, r.Written, r.Filtered, r.Failed, r.Collided, r.Existing}
	}
	if sc.way != "Write(Records)" { // where a stream dropped some before Write read them
		if x, y := of(a.report), of(b.report); x != y {
			return fmt.Sprintf("%+v and %+v", x, y)
		}
	}
	if a.report.Collided == 0 {
		if diff := gocmp.Diff(a.failed, b.failed); diff != "" {
			return diff
		}
		return sameItems(a.table, b.table)
	}
	if len(a.failed) != len(b.failed) {
		return fmt.Sprintf("%d and %d failures", len(a.failed), len(b.failed))
	}
	for key := range a.table {
		if b.table[key] == nil {
			return "only one has " + key
		}
	}
	if len(a.table) != len(b.table) {
		return fmt.Sprintf("%d and %d items", len(a.table), len(b.table))
	}
	return ""
}

func sameItems(a, b map[string]*Record) string {
	for key, rec := range a {
		if b[key] == nil || !rec.Equal(b[key]) {
			return fmt.Sprintf("item %s: %v and %v", key, rec, b[key])
		}
	}
	if len(a) != len(b) {
		return fmt.Sprintf("%d and %d items", len(a), len(b))
	}
	return ""
}
