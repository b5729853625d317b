package send

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/rawapi"
	"github.com/dynsync/dynsync/internal/wire"
)

func TestMergeUpdates(t *testing.T) {
	t.Parallel()
	m := NewMerge(Config{Table: "Destination", Keys: &wire.Keys{Partition: "Id"}}).(*merge)
	sized := func(name string, n int) string { return fmt.Sprintf(`"%s":{"S":"%s"}`, name, strings.Repeat("x", n)) }
	tests := []struct {
		reason, item string
		removed      []string
		want         []string // expressions
		written      int      // of the first
	}{
		{"a key alone", `{"Id":{"S":"a"}}`, nil, []string{""}, 3},
		{"sets", `{"b":{"N":"1"},"Id":{"S":"a"},"c":{"S":"x"}}`, nil, []string{"SET #0=:0,#1=:1"}, 0},
		{"removals", `{"Id":{"S":"a"}}`, []string{"x", "y"}, []string{"REMOVE #0,#1"}, 3 + 2*2},
		{"both", `{"Id":{"S":"a"},"b":{"N":"1"}}`, []string{"x"}, []string{"SET #1=:1 REMOVE #0"}, 0},
		{"what is there again, and the key, is not removed", `{"Id":{"S":"a"},"b":{"N":"1"}}`, []string{"b", "Id"}, []string{"SET #0=:0"}, 0},
		{"as large as can be", `{"Id":{"S":"a"},` + sized("b", 409_600-3-19-1) + `}`, nil, []string{"SET #0=:0"}, 409_600},
		{"larger than any update", `{"Id":{"S":"a"},` + sized("b", 409_600-3-19) + `}`, nil, []string{"SET #0=:0"}, 409_601},
		{"larger in sum", `{"Id":{"S":"a"},` + sized("b", 204_800) + `,` + sized("c", 204_770) + `}`, nil, []string{"SET #0=:0", "SET #0=:0"}, 3 + 19 + 1 + 204_800},
		{"removals go first", `{"Id":{"S":"a"},` + sized("b", 409_600-3-19-1) + `}`, []string{"x"}, []string{"REMOVE #0", "SET #0=:0"}, 5},
	}
	for _, tt := range tests {
		rec, err := parse([]byte(tt.item))
		if err != nil {
			t.Fatal(err)
		}
		updates, err := m.updates(rec, tt.removed)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, u := range updates {
			got = append(got, aws.ToString(u.input("T", nil).UpdateExpression))
		}
		if !slices.Equal(got, tt.want) || tt.written > 0 && updates[0].written != tt.written {
			t.Errorf("%s: %q, %d bytes", tt.reason, got, updates[0].written)
		}
	}
	longest := 0
	for _, n := range []int{1, 9, 10, 99, 100, 460, 461, 462, 463, 464, 1000, 3000} {
		rec := manyNames(t, n)
		updates, err := m.updates(rec, slices.Collect(func(yield func(string) bool) {
			for i := range n / 3 {
				yield(fmt.Sprint("removed", i))
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		names := 0
		for _, u := range updates {
			longest = max(longest, len(aws.ToString(u.input("T", nil).UpdateExpression)))
			names += len(u.names)
		}
		if names != n+n/3 {
			t.Errorf("%d names of %d", names, n+n/3)
		}
	}
	if longest > maxExpression || longest < maxExpression-20 {
		t.Errorf("the longest expression has %d bytes", longest)
	}
}

// Only so much can be guarded.
func TestMergeRewriteGuards(t *testing.T) {
	t.Parallel()
	m := NewMerge(Config{Table: "Destination", Keys: &wire.Keys{Partition: "Id"}}).(*merge)
	item, err := parse([]byte(`{"Id":{"S":"a"},"b":{"N":"1"}}`))
	if err != nil {
		t.Fatal(err)
	}
	stored := func(n int) []byte { return manyNames(t, n).raw }
	in, err := m.rewritten(item, []string{"attribute-0000"}, stored(maxGuarded+1))
	if err != nil || len(in.Item) != 2+maxGuarded || len(aws.ToString(in.ConditionExpression)) > maxExpression || in.Item["attribute-0000"] != nil {
		t.Errorf("%v %d", err, len(in.Item))
	}
	var own *Refusal
	if _, err := m.rewritten(item, nil, stored(maxGuarded+1)); !errors.As(err, &own) {
		t.Errorf("%v", err)
	}
}

// manyNames is an item that has more names than a statement or an update expression can
// hold.
func manyNames(t *testing.T, n int) item {
	t.Helper()
	raw := []byte(`{"Id":{"S":"a"}`)
	for i := range n {
		raw = fmt.Appendf(raw, `,"attribute-%04d":{"N":"%d"}`, i, i)
	}
	it, err := parse(append(raw, '}'))
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// A rewrite holds what is stored twice, and is no larger than a request all the same.
func TestRewrittenNumbersFitIntoARequest(t *testing.T) {
	t.Parallel()
	m := NewMerge(Config{Table: "Destination", Keys: &wire.Keys{Partition: "Id"}}).(*merge)
	numbers := strings.TrimSuffix(strings.Repeat(`{"N":"1`+strings.Repeat("0", 125)+`"},`, 60_000), ",")
	it, err := parse([]byte(`{"Id":{"S":"1"},"new":{"L":[` + numbers + `]}}`))
	if err != nil {
		t.Fatal(err)
	}
	stored := []byte(`{"Id":{"S":"1"},"old":{"L":[` + numbers + `]}}`)
	in, err := m.rewritten(it, nil, stored)
	if err != nil {
		t.Fatal(err)
	}
	body := 0
	for _, held := range []map[string]types.AttributeValue{in.Item, in.ExpressionAttributeValues} {
		raw, err := rawapi.AppendItem(nil, held)
		if err != nil {
			t.Fatal(err)
		}
		body += len(raw)
	}
	if len(in.Item) != 3 || len(in.ExpressionAttributeValues) != 1 || body > maxTyped {
		t.Errorf("%d attributes, %d values of a condition, %d bytes", len(in.Item), len(in.ExpressionAttributeValues), body)
	}
}
