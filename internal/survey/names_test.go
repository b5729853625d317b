package survey

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dynsync/dynsync/internal/wire"
)

// sampleText samples an item.
func sampleText(t *testing.T, l *Looker, item string) {
	t.Helper()
	attrs, err := new(wire.Scanner).Index(nil, []byte(item))
	if err != nil {
		t.Fatal(err)
	}
	l.Sample([]byte(item), attrs)
}

// A member may be printed if 20 items have it, in one place, however often each has it,
// and counts of several goroutines and of the first items are of other items.
func TestMayPrintMember(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reason string
		item   func(i int) string
		items  int
		depth  int
		name   string
		want   bool
	}{
		{"a member of many items", func(int) string { return `"A":{"M":{"since":{"S":"x"}}}` }, 20, 1, "since", true},
		{"of one item less", func(int) string { return `"A":{"M":{"since":{"S":"x"}}}` }, 19, 1, "since", false},
		{"often in one item", func(int) string {
			return `"A":{"L":[` + strings.Repeat(`{"M":{"since":{"S":"x"}}},`, 40) + `{"S":"x"}]}`
		}, 10, 2, "since", false},
		{"in a list", func(int) string { return `"A":{"L":[{"M":{"since":{"S":"x"}}}]}` }, 20, 2, "since", true},
		{"below names that are data", func(i int) string {
			return fmt.Sprintf(`"A":{"M":{"u%d":{"M":{"since":{"S":"x"}}}}}`, i)
		}, 20, 2, "since", true},
		{"a name that is data", func(i int) string {
			return fmt.Sprintf(`"A":{"M":{"u%d":{"M":{"since":{"S":"x"}}}}}`, i)
		}, 20, 1, "u7", false},
		{"a name of a person", func(int) string { return `"A":{"M":{"mary@example.com":{"S":"x"}}}` }, 30, 1, "mary@example.com", false},
		{"a name with an escape", func(int) string { return `"A":{"M":{"sin\u0063e":{"S":"x"}}}` }, 20, 1, "since", true},
		{"at another depth", func(int) string { return `"A":{"M":{"b":{"M":{"since":{"S":"x"}}}}}` }, 20, 1, "since", false},
		{"in another attribute", func(int) string { return `"B":{"M":{"since":{"S":"x"}}}` }, 20, 1, "since", false},
		{"far below", func(int) string {
			return `"A":{"M":{"b":{"L":[{"L":[{"M":{"c":{"M":{"since":{"S":"x"}}}}}]}]}}}`
		}, 20, 5, "since", true},
		{"among many names", func(i int) string {
			var b strings.Builder
			for n := range 300 {
				fmt.Fprintf(&b, `"u%d":{"S":"x"},`, 300*i+n)
			}
			return `"A":{"M":{` + b.String() + `"since":{"S":"x"}}}`
		}, 100, 1, "since", true},
	} {
		for _, lookers := range []int{1, 3} {
			survey, next := New(), New()
			all := []*Looker{NewLooker(survey), NewLooker(survey), NewLooker(survey)}[:lookers]
			for i := range tt.items {
				l := all[i%lookers]
				sampleText(t, l, `{`+tt.item(i)+`}`)
				if i%5 == 0 {
					survey.Take(l)
				}
			}
			for _, l := range all {
				survey.Take(l)
			}
			next.SawAs(survey)
			for _, s := range []*Survey{survey, next} {
				l := NewLooker(s) // it counts the item that asks
				if got := s.itemsWith(member{"A", tt.depth, tt.name}, 0) >= common && l.MayPrintMember([]byte("A"), tt.depth, []byte(tt.name)); got != tt.want {
					t.Errorf("%s, by %d: %v", tt.reason, lookers, got)
				}
			}
		}
	}
}

// Counts are bounded in memory, never above the truth, and below it by no more than the
// names by the room.
func TestMembersAreBounded(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(20, 1))
	var sum members
	truth, names := map[string]int64{}, 0
	for range 4 {
		var of members
		for nth := range int64(2000) {
			in := map[string]bool{}
			for n := range 1 + r.IntN(40) {
				name := fmt.Sprintf("n%d", int(r.ExpFloat64()*float64(1+n)*50))
				if !in[name] {
					in[name] = true
					truth[name]++
				}
				names++
				of.see([]byte("A"), 1, []byte(name), nth+1)
			}
			if len(of.rare) > maxMembers || len(of.common) > maxMembers {
				t.Fatalf("%d rare and %d common names", len(of.rare), len(of.common))
			}
		}
		sum.take(&of)
	}
	for name, n := range truth {
		if got := sum.of(member{"A", 1, name}); got > n {
			t.Errorf("%s: %d, of %d items", name, got, n)
		}
	}
	if len(sum.rare) > maxMembers || len(sum.common) > maxMembers || len(sum.common) < 20 {
		t.Errorf("%d rare and %d common names of %d", len(sum.rare), len(sum.common), names)
	}
}

// What is asked for is counted, once in an item, also after the first items and where
// nobody samples.
func TestAskingCounts(t *testing.T) {
	l := NewLooker(nil)
	for i := range 3 * sampledItems {
		sampleText(t, l, `{"A":{"S":"x"}}`)
		if i < 2*sampledItems {
			continue
		}
		for range 3 {
			if got, want := l.MayPrintMember([]byte("A"), 1, []byte("since")), i-2*sampledItems+1 >= common; got != want {
				t.Fatalf("after %d items: %v", i-2*sampledItems, got)
			}
		}
	}
}
