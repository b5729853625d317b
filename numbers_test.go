package dynsync

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/testsize"
)

// listOf is an item whose list holds n numbers.
func listOf(n int, number string) map[string]any {
	list := make([]any, n)
	for i := range list {
		list[i] = attributevalue.Number(number)
	}
	return map[string]any{"Id": "1", "L": list}
}

// numberSet returns a set of n numbers of four digits and many zeros.
func numberSet(n int) []attributevalue.Number {
	set := make([]attributevalue.Number, n)
	for i := range set {
		set[i] = attributevalue.Number(fmt.Sprintf("%dE%d", 1000+i%9000, 122-i/9000*2))
	}
	return set
}

// An item is written however long DynamoDB writes its numbers, in every mode, over what is
// there, and equal.
func TestNumbersLongerThanARequest(t *testing.T) {
	t.Parallel()
	wide := map[string]any{"Id": "1"}
	for i := range 1300 {
		wide[fmt.Sprintf("member-%04d", i)] = listOf(95, "1E125")["L"]
	}
	items := []struct {
		reason string
		item   map[string]any
	}{
		{"the largest", listOf(130_000, "1E125")},
		{"a set", map[string]any{"Id": "1", "Set": numberSet(120_000)}},
		{"an item of 400 KB, which UpdateItem does not take", listOf(136_525, "1E125")},
		{"the largest, negative", listOf(78_000, "-9.99E125")},
		{"the smallest", listOf(130_000, "1E-130")},
		{"deep inside", map[string]any{"Id": "1", "M": map[string]any{"a": []any{listOf(130_000, "-1E-130")["L"].([]any)[:98_000]}}}},
		{"in many attributes", wide},
	}
	for i, tt := range items {
		for _, mode := range []Mode{ModePut, ModeInsert, ModeMerge} {
			if i > 0 && (testing.Short() || testsize.Race) || i > 2 && mode != ModePut {
				continue
			}
			t.Run(fmt.Sprint(tt.reason, "/", mode), func(t *testing.T) {
				p := newPair(t)
				p.fill(t, tt.item)
				if r, err := p.copied(t, mode, WithSegments(1)); err != nil || r.Written != 1 {
					t.Fatalf("%v\n%v", err, r)
				}
				p.wantContents(t, recordsOf(t, tt.item))
				if mode != ModeMerge {
					return
				}
				if r, err := p.copied(t, mode); err != nil || r.Written != 1 {
					t.Errorf("merged into itself: %v\n%v", err, r)
				}
			})
		}
	}
}

func TestLocalNumbersLongerThanARequest(t *testing.T) {
	t.Parallel()
	server := sharedLocal(t)
	p := localPair(t, server.Client("numbers-from", "eu-central-1"), server.Client("numbers-to", "eu-central-1"))
	want := recordsOf(t, listOf(130_000, "1E125"))
	seed(t, p.from, want)
	for _, mode := range []Mode{ModeInsert, ModePut, ModeMerge} {
		if r, err := p.copied(t, mode); err != nil || r.Written != 1 {
			t.Fatalf("%v: %v\n%v", mode, err, r)
		}
		p.wantContents(t, want)
	}
}

// What fits into a request goes as the source sent it.
func TestNumbersStayAsTheyWereSent(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	p.fill(t, map[string]any{"Id": "0", "N": attributevalue.Number("1E125")}, map[string]any{"Id": "1", "Set": numberSet(20_000)}, map[string]any{"Id": "2", "L": listOf(100_000, "1E125")["L"]})
	var mu sync.Mutex
	longest := 0
	p.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) dynsynctest.Action {
		mu.Lock()
		defer mu.Unlock()
		longest = max(longest, len(r.Body))
		if bytes.Contains(r.Body, []byte("E1")) {
			t.Errorf("a request of %d bytes has numbers with exponents", len(r.Body))
		}
		return dynsynctest.Action{}
	})
	if r, err := p.copied(t, ModePut); err != nil || r.Written != 3 {
		t.Fatalf("%v\n%v", err, r)
	}
	if longest < 13_000_000 || longest > 16<<20 {
		t.Errorf("the longest request has %d bytes", longest)
	}
}

// A key is the same in any text of its number.
func TestNumbersInKeys(t *testing.T) {
	t.Parallel()
	for _, number := range []string{"1E125", "-9.99E125", "1E-130", "9.9999999999999999999999999999999999999E125", "-1E-130", "1E37", "100000", "0", "-12.50", "1E2"} {
		p := newPair(t)
		for _, c := range []struct {
			name   string
			server *dynsynctest.Server
		}{{"Source-N", p.source}, {"Destination-N", p.dest}} {
			p.create(t, c.server.Client(), c.name, numberKeyed)
		}
		item := listOf(3, number)
		item["Id"] = attributevalue.Number(number)
		p.fillTable(t, "Source-N", item)
		for _, mode := range []Mode{ModePut, ModeMerge, ModeInsert} {
			report, err := p.syncer(t, WithTable("Source-N", "Destination-N", clearCopy(), keepKey(), WithMode(mode))).Sync(context.Background())
			r := report.Tables[0]
			if err != nil && mode != ModeInsert || r.Written+r.Existing != 1 || !r.balanced() {
				t.Errorf("%s, %v: %v\n%v", number, mode, err, r)
			}
		}
	}
}

func numberKeyed(in *dynamodb.CreateTableInput) {
	in.AttributeDefinitions[0].AttributeType = types.ScalarAttributeTypeN
}
