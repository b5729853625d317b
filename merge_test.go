package dynsync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
)

func TestMergeKeepsWhatOnlyTheDestinationHas(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	testMergeKeeps(t, p)
}

func TestLocalMergeKeepsWhatOnlyTheDestinationHas(t *testing.T) {
	t.Parallel()
	testMergeKeeps(t, localModes(t, "keeps"))
}

func testMergeKeeps(t *testing.T, p *pair) {
	source := append(users(40),
		map[string]any{"Id": "old", "a": 1, "b": []any{1, 2}, "m": map[string]any{"x": 1}, "gone": "source", "never": "x"},
		map[string]any{"Id": "key only"},
		map[string]any{"Id": "key only, old"},
		map[string]any{"Id": "odd", "'": 1, `"`: 2, "a.b": 3, "#0": 4, ":0": 5, "é\U0001F600": 6, "SET": 7, " ": 8, "[0]": 9, "": 10})
	delete(source[len(source)-1], "") // DynamoDB has no such name
	seed(t, p.from, recordsOf(t, source...))
	p.put(t,
		map[string]any{"Id": "old", "a": "was text", "m": map[string]any{"y": 2}, "gone": "destination", "mine": []string{"x", "y"}, "never": "kept? no"},
		map[string]any{"Id": "key only, old", "mine": true},
		map[string]any{"Id": "unrelated", "gone": 1})
	r, err := p.copied(t, ModeMerge, WithTransform("gone", Remove()), WithTransform("never", Remove()), WithTransform("nowhere", Remove(), Optional()))
	if err != nil || r.Written != 44 || r.WritePath != "typed: ModeMerge writes by UpdateItem" || len(r.Findings) > 0 || r.WriteUnits == 0 {
		t.Errorf("%v\n%v", err, r)
	}
	want := recordsOf(t, append(source,
		map[string]any{"Id": "old", "a": 1, "b": []any{1, 2}, "m": map[string]any{"x": 1}, "mine": []string{"x", "y"}},
		map[string]any{"Id": "key only, old", "mine": true},
		map[string]any{"Id": "unrelated", "gone": 1})...)
	p.wantContents(t, want)
}

// What rules removed is removed there too, whatever way the record took.
func TestMergeRemoves(t *testing.T) {
	t.Parallel()
	remove := func(_ context.Context, rec *Record) error { return rec.Delete("b") }
	ways := map[string]func(*Syncer) error{
		"Sync": func(s *Syncer) error { _, err := s.Sync(context.Background()); return err },
		"Write(Scan)": func(s *Syncer) error {
			_, err := s.Write(context.Background(), "Source", s.Scan(context.Background(), "Source"))
			return err
		},
		"Write(Records)": func(s *Syncer) error {
			_, err := s.Write(context.Background(), "Source", s.Transformed(context.Background(), "Source"))
			return err
		},
	}
	for name, write := range ways {
		p := newPair(t)
		var items, old []map[string]any
		for i := range 60 {
			items = append(items, map[string]any{"Id": fmt.Sprint(i), "a": 1, "b": 2, "c": 3})
			old = append(old, map[string]any{"Id": fmt.Sprint(i), "a": "old", "b": "old", "mine": i})
		}
		for i := range 30 { // the first batches have nothing to remove
			delete(items[i], "a")
			delete(items[i], "b")
		}
		p.fill(t, items...)
		p.put(t, old...)
		var mu sync.Mutex
		n := 0
		p.dest.Control("UpdateItem", func(r *dynsynctest.Request) dynsynctest.Action {
			mu.Lock()
			defer mu.Unlock()
			if n++; n%3 == 0 { // what is left of a batch keeps what is to be removed
				return dynsynctest.Throttle()
			}
			return dynsynctest.Action{}
		})
		s := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithMode(ModeMerge), WithTransform("a", Remove()), WithRecordTransform(remove)))
		if err := write(s); err != nil {
			t.Fatal(name, err)
		}
		var want []map[string]any
		for i := range 60 {
			item := map[string]any{"Id": fmt.Sprint(i), "c": 3, "mine": i}
			if i < 30 {
				item["a"], item["b"] = "old", "old"
			}
			want = append(want, item)
		}
		p.wantContents(t, recordsOf(t, want...))
	}
}

func TestMergeRemovedNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		reason, src, item string
		want              []string
	}{
		{"nothing", `{"Id":{"S":"a"},"b":{"S":"x"}}`, `{"Id":{"S":"a"},"b":{"N":"1"}}`, nil},
		{"some", `{"Id":{"S":"a"},"b":{"S":"x"},"c":{"S":"x"}}`, `{"Id":{"S":"a"},"d":{"N":"1"}}`, []string{"b", "c"}},
		{"names are compared decoded", `{"Id":{"S":"a"},"\u0062":{"S":"x"},"c\"":{"S":"x"}}`, `{"I\u0064":{"S":"a"},"b":{"N":"1"}}`, []string{`c"`}},
		{"what is left out was not removed", `{"Id":{"S":"a"},"b":{"S":"x"},"aws:rep:deleting":{"BOOL":false}}`, `{"Id":{"S":"a"}}`, []string{"b"}},
		{"nested names are not meant", `{"Id":{"S":"a"},"m":{"M":{"x":{"S":"x"}}}}`, `{"Id":{"S":"a"},"m":{"M":{}}}`, nil},
	}
	for _, tt := range tests {
		src, err := NewRecord([]byte(tt.src))
		if err != nil {
			t.Fatal(err)
		}
		if got := removedNames(testPlan(t), src.item, src.attrs, []byte(tt.item)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q", tt.reason, got)
		}
	}
}

// An update takes some 460 attributes; more are merged by several, and the
// report says that this is not atomic.
func TestMergeWideItems(t *testing.T) {
	t.Parallel()
	testMergeWide(t, newPair(t))
}

func TestLocalMergeWideItems(t *testing.T) {
	t.Parallel()
	testMergeWide(t, localModes(t, "wide"))
}

func testMergeWide(t *testing.T, p *pair) {
	var source []map[string]any
	for i, n := range []int{455, 470, 1000, 5000} {
		item := manyNames(fmt.Sprint("wide-", i), n)
		for j := range n / 2 {
			item[fmt.Sprintf("removed-%04d", j)] = j
		}
		source = append(source, item)
	}
	seed(t, p.from, recordsOf(t, source...))
	p.put(t, map[string]any{"Id": "wide-2", "mine": 1, "removed-0001": 1, "removed-0499": 1, "attribute-0000": "old", "attribute-0999": "old"})
	r, err := p.copied(t, ModeMerge, WithRecordTransform(func(_ context.Context, rec *Record) error {
		item := rec.goItem()
		maps.DeleteFunc(item, func(name string, _ any) bool { return strings.HasPrefix(name, "removed") })
		kept, err := NewRecord(item)
		if err != nil {
			return err
		}
		rec.item, rec.attrs = kept.item, kept.attrs
		return nil
	}))
	if err != nil || r.Written != 4 || len(r.Findings) != 1 || !strings.Contains(r.Findings[0].String(), "but not all together") {
		t.Errorf("%v\n%v", err, r)
	}
	for _, item := range source {
		for j := range 2500 {
			delete(item, fmt.Sprintf("removed-%04d", j))
		}
	}
	source[2]["mine"] = 1
	p.wantContents(t, recordsOf(t, source...))
}

// UpdateItem takes less than PutItem: what it writes counts with 19 bytes for
// each attribute. Only AWS and dynsynctest keep to that.
func TestMergeLargeItems(t *testing.T) {
	t.Parallel()
	filled := func(id string, attributes, size int) map[string]any {
		item := map[string]any{"Id": id}
		for i := range attributes {
			item[fmt.Sprintf("a%04d", i)] = strings.Repeat("x", size/attributes-5)
		}
		return item
	}
	p := newPair(t)
	const giant = 409_600 - 2 - 1 - len("giant") - 7
	source := []map[string]any{
		filled("many", 100, 409_400),
		{"Id": "giant", "b": strings.Repeat("x", giant)},
		{"Id": "giant2", "b": strings.Repeat("x", giant-1)},
	}
	p.fill(t, source...)
	p.put(t, map[string]any{"Id": "many", "mine": 1}, map[string]any{"Id": "giant", "m": 1, "b": "old"})
	ops := watch(p.dest)
	r, err := p.copied(t, ModeMerge)
	if err != nil || r.Written != 3 || len(r.Findings) != 1 || ops("PutItem") != 2 || ops("GetItem") != 2 {
		t.Errorf("%v\n%v", err, r)
	}
	source[0]["mine"], source[1]["m"] = 1, 1
	p.wantContents(t, recordsOf(t, source...))
}

// Between two updates an item can be larger than before and after.
func TestMergeLargeInBetween(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	item, old := manyNames("wide", 900), manyNames("wide", 900)
	item["attribute-0000"], old["attribute-0899"] = strings.Repeat("x", 300_000), strings.Repeat("x", 300_000)
	item["attribute-0899"], old["attribute-0000"] = "small", "small"
	old["mine"] = "stays"
	swapped := recordsOf(t, item)["wide"]
	names := slices.Collect(func(yield func(string) bool) {
		for name := range swapped.Attributes() {
			yield(name)
		}
	})
	if slices.Index(names, "attribute-0000") > slices.Index(names, "attribute-0899") {
		t.Fatal("the attributes do not come by name")
	}
	p.fill(t, item)
	p.put(t, old)
	ops := watch(p.dest)
	r, err := p.copied(t, ModeMerge)
	if err != nil || r.Written != 1 || ops("PutItem") != 1 {
		t.Errorf("%v\n%v", err, r)
	}
	item["mine"] = "stays"
	p.wantContents(t, recordsOf(t, item))
}

// Others change an item while it is being rewritten.
func TestMergeRewriteRace(t *testing.T) {
	t.Parallel()
	big := map[string]any{"Id": "giant", "b": strings.Repeat("x", 409_600-20)}
	tests := []struct {
		reason string
		times  int // that others are quicker
		change func(n int) map[string]any
		want   func(n int) map[string]any
	}{
		{"changed", 3, func(n int) map[string]any { return map[string]any{"Id": "giant", "m": n} }, func(n int) map[string]any { return map[string]any{"m": n} }},
		{"changed for longer than one try", 8, func(n int) map[string]any { return map[string]any{"Id": "giant", "m": n} }, func(n int) map[string]any { return map[string]any{"m": n} }},
		{"made anew without it", 1, func(n int) map[string]any { return map[string]any{"Id": "giant"} }, func(n int) map[string]any { return nil }},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			p := newPair(t)
			p.fill(t, big)
			p.put(t, map[string]any{"Id": "giant", "m": 0})
			other := p.dest.Client()
			n := 0
			p.dest.Control("PutItem", func(r *dynsynctest.Request) dynsynctest.Action {
				if n < tt.times && bytes.Contains(r.Body, []byte("ConditionExpression")) {
					n++
					rec, err := NewRecord(tt.change(n))
					if err != nil {
						t.Error(err)
					}
					if _, err := other.PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String("Destination"), Item: rec.AttributeValues()}); err != nil {
						t.Error(err)
					}
				}
				return dynsynctest.Action{}
			})
			r, err := p.copied(t, ModeMerge)
			if err != nil || r.Written != 1 || n != tt.times {
				t.Errorf("%v\n%v", err, r)
			}
			want := map[string]any{"Id": "giant", "b": big["b"]}
			for name, v := range tt.want(n) {
				want[name] = v
			}
			p.wantContents(t, recordsOf(t, want))
		})
	}
	t.Run("deleted", func(t *testing.T) {
		p := newPair(t)
		p.fill(t, big)
		p.put(t, map[string]any{"Id": "giant", "m": 0})
		other := p.dest.Client()
		var once sync.Once
		p.dest.Control("PutItem", func(*dynsynctest.Request) dynsynctest.Action {
			once.Do(func() {
				if _, err := other.DeleteItem(context.Background(), &dynamodb.DeleteItemInput{TableName: aws.String("Destination"), Key: map[string]types.AttributeValue{"Id": &types.AttributeValueMemberS{Value: "giant"}}}); err != nil {
					t.Error(err)
				}
			})
			return dynsynctest.Action{}
		})
		if r, err := p.copied(t, ModeMerge); err != nil || r.Written != 1 {
			t.Errorf("%v\n%v", err, r)
		}
		p.wantContents(t, recordsOf(t, big))
	})
}

// An item that is refused half way says so.
func TestMergeRefusedHalfWay(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, append(users(3), manyNames("wide", 900))...)
	n := 0
	p.dest.Control("UpdateItem", func(r *dynsynctest.Request) dynsynctest.Action {
		if bytes.Contains(r.Body, []byte("attribute-0899")) {
			n++
			return dynsynctest.Fail(400, "ItemCollectionSizeLimitExceededException", "canary")
		}
		return dynsynctest.Action{}
	})
	r, err := p.copied(t, ModeMerge)
	if err == nil || r.Failed != 1 || r.Written != 3 || n != 1 || !strings.Contains(r.Failures[0].Err.Error(), "a part of the item's attributes") || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v\n%v", err, r)
	}
}

// To merge twice changes nothing, and neither does a lost answer.
func TestLocalMerge(t *testing.T) {
	t.Parallel()
	p := localModes(t, "merge")
	items := generatedItems(t, 300)
	seed(t, p.from, items)
	p.put(t, map[string]any{"Id": "item-00007", "mine": "stays"})
	for range 2 {
		r, err := p.copied(t, ModeMerge)
		if err != nil || r.Written != int64(len(items)) {
			t.Fatalf("%v\n%v", err, r)
		}
	}
	read, copied := rawContents(t, p.from, "Source"), rawContents(t, p.to, "Destination")
	if err := read["item-00007"].Set("mine", StringValue("stays")); err != nil {
		t.Fatal(err)
	}
	for id, rec := range read {
		if !copied[id].Equal(rec) {
			t.Errorf("item %s differs", id)
		}
	}
}

// Large items on DynamoDB Local, which does not count as AWS does.
func TestLocalMergeLargeItems(t *testing.T) {
	t.Parallel()
	p := localModes(t, "large")
	items := map[string]*Record{}
	for id, rec := range generatedItems(t, 1) {
		if strings.HasPrefix(id, "big") {
			items[id] = rec
		}
	}
	for i, n := range []int{409_575, 409_580, 409_590} {
		id := fmt.Sprint("giant-", i)
		items[id] = recordsOf(t, map[string]any{"Id": id, "b": strings.Repeat("x", n)})[id]
	}
	seed(t, p.from, items)
	p.put(t, map[string]any{"Id": "giant-2", "b": 1})
	r, err := p.copied(t, ModeMerge)
	if err != nil || r.Written != int64(len(items)) {
		t.Errorf("%v\n%v", err, r)
	}
	copied := rawContents(t, p.to, "Destination")
	for id, rec := range items {
		if copied[id] == nil || !copied[id].Equal(rec) {
			t.Errorf("item %s differs", id)
		}
	}
}

// Of an item that is merged by several updates a part may be there, although
// the update that failed changed nothing.
func TestMergeCancelledHalfWay(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, manyNames("wide", 900))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	p.dest.Control("UpdateItem", func(*dynsynctest.Request) dynsynctest.Action {
		if n++; n == 1 {
			return dynsynctest.Action{}
		}
		cancel()
		return dynsynctest.Throttle()
	})
	report, err := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithMode(ModeMerge))).Sync(ctx)
	if r := report.Tables[0]; !errors.Is(err, context.Canceled) || r.Unsettled != 1 || r.Failed > 0 {
		t.Errorf("%v\n%v", err, report)
	}
}
