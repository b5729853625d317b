package dynsync

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dynsync/dynsync/dynsynctest"
	"github.com/dynsync/dynsync/internal/testsize"
)

// soakItems is how many items the soak copies; a million takes a minute or so.
var soakItems = flag.Int("soak", 0, "items of TestSoak; 0 is by the size of the tests")

// TestSoak copies many small items, which no server keeps, while 5 % of the
// requests fail: what the heap holds at a tenth of the way it holds at the end,
// and every item arrives.
func TestSoak(t *testing.T) {
	const pageItems = 500
	items := cmp.Or(*soakItems, testsize.Of(10_000, 30_000, 30_000))
	p := newPair(t)
	var heap [2]uint64 // after a tenth, and at the end
	measure := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	p.source.Control("ExecuteStatement", func(r *dynsynctest.Request) dynsynctest.Action {
		if rand.IntN(20) == 0 {
			return dynsynctest.Throttle()
		}
		var in struct{ NextToken string }
		_ = json.Unmarshal(r.Body, &in)
		first, _ := strconv.Atoi(in.NextToken)
		last := min(first+pageItems, items)
		if bytes.Contains(r.Body, []byte(`"Limit":1`)) { // the preflight's
			last = 1
		}
		switch {
		case first <= items/10 && items/10 < last && heap[0] == 0:
			heap[0] = measure()
		case last == items:
			heap[1] = measure()
		}
		page := []byte(`{"Items":[`)
		for i := first; i < last; i++ {
			if i > first {
				page = append(page, ',')
			}
			page = fmt.Appendf(page, `{"Id":{"S":"%08d"},"Name":{"S":"name of %d"},"Age":{"N":"%d"}}`, i, i, i%90)
		}
		page = append(page, ']')
		if last < items {
			page = fmt.Appendf(page, `,"NextToken":"%d"`, last)
		}
		return dynsynctest.RespondRaw(200, append(page, '}'))
	})
	var mu sync.Mutex
	arrived := make([]uint64, items/64+1)
	mark := func(body []byte) {
		mu.Lock()
		defer mu.Unlock()
		for {
			i := bytes.Index(body, []byte(`"Id":{"S":"`))
			if i < 0 {
				return
			}
			body = body[i+len(`"Id":{"S":"`):]
			n, err := strconv.Atoi(string(body[:8]))
			if err != nil || n >= items {
				t.Errorf("item %q arrived", body[:8])
				return
			}
			arrived[n/64] |= 1 << (n % 64)
		}
	}
	p.dest.Control("BatchWriteItem", func(r *dynsynctest.Request) dynsynctest.Action {
		switch rand.IntN(100) {
		case 0:
			return dynsynctest.Throttle()
		case 1:
			return dynsynctest.Fail(500, "InternalServerError", "")
		case 2:
			mark(r.Body)
			return dynsynctest.Reset()
		case 3:
			return dynsynctest.Reset()
		case 4: // the last item is left
			var in struct {
				RequestItems map[string][]json.RawMessage
			}
			_ = json.Unmarshal(r.Body, &in)
			puts := in.RequestItems["Destination"]
			mark(bytes.Join(bytesOf(puts[:len(puts)-1]), nil))
			return dynsynctest.RespondRaw(200, fmt.Appendf(nil, `{"UnprocessedItems":{"Destination":[%s]}}`, puts[len(puts)-1]))
		}
		mark(r.Body)
		return dynsynctest.RespondRaw(200, []byte(`{"UnprocessedItems":{}}`))
	})
	began := time.Now()
	report, err := p.syncer(t, WithTable("Source", "Destination", clearCopy(), WithReadCapacity(Unlimited()), WithTransform("Name", Pseudonym()))).Sync(t.Context())
	if err != nil {
		t.Fatalf("%v\n%v", err, report)
	}
	rep := report.Tables[0]
	missing := 0
	for i := range items {
		if arrived[i/64]>>(i%64)&1 == 0 {
			missing++
		}
	}
	if missing > 0 || rep.Read != int64(items) || rep.Written != int64(items) {
		t.Errorf("%d of %d items did not arrive\n%v", missing, items, report)
	}
	t.Logf("%d items in %v, %d retries; heap %.1f MB after a tenth, %.1f MB at the end", items, time.Since(began).Round(time.Millisecond), rep.Retries,
		float64(heap[0])/1e6, float64(heap[1])/1e6)
	if heap[1] > heap[0]*3/2+4<<20 {
		t.Errorf("the heap grew from %d to %d bytes", heap[0], heap[1])
	}
}

func bytesOf(raw []json.RawMessage) [][]byte {
	all := make([][]byte, len(raw))
	for i, r := range raw {
		all[i] = r
	}
	return all
}

// BenchmarkPoison measures what one item that fails costs 10,000 others: the
// metric is the time relative to a run without it.
func BenchmarkPoison(b *testing.B) {
	const items, bad = 10_000, "user-05003"
	refused := func(r *dynsynctest.Request) dynsynctest.Action {
		if bytes.Contains(r.Body, []byte(bad)) {
			return dynsynctest.Fail(400, "ValidationException", "refused")
		}
		return dynsynctest.Action{}
	}
	tooLarge := func(r *dynsynctest.Request) dynsynctest.Action {
		if bytes.Contains(r.Body, []byte(bad)) {
			return dynsynctest.TooLarge()
		}
		return dynsynctest.Action{}
	}
	none := func(*dynsynctest.Request) dynsynctest.Action { return dynsynctest.Action{} }
	p := newPair(b)
	p.fill(b, users(items)...)
	for _, bench := range []struct {
		name   string
		hook   func(*dynsynctest.Request) dynsynctest.Action
		grown  bool // past 400 KB, by a rule
		failed int64
	}{
		{"refused by the service", refused, false, 1},
		{"refused by a proxy (413)", tooLarge, false, 1},
		{"too large", none, true, 1},
		{"none", none, false, 0}, // how much of the ratio is chance
	} {
		b.Run(bench.name, func(b *testing.B) {
			run := func(hook func(*dynsynctest.Request) dynsynctest.Action, grown bool, failed int64) time.Duration {
				remove := p.dest.Control("BatchWriteItem", hook)
				defer remove()
				table := []TableOption{clearCopy(), WithTransform("Id", Passthrough())}
				if grown {
					table = append(table, WithTransform("Name", Func(func(_ context.Context, s string) (string, error) {
						if s == "Name 5003" {
							return strings.Repeat("x", 500_000), nil
						}
						return s, nil
					})))
				}
				s := p.syncer(b, WithTable("Source", "Destination", table...))
				began := time.Now()
				report, _ := s.Sync(b.Context())
				took := time.Since(began)
				if r := report.Tables[0]; r.Failed != failed || r.Written != items-failed || r.Err != nil {
					b.Fatalf("%v", report)
				}
				return took
			}
			run(none, false, 0)
			var with, without time.Duration
			for b.Loop() {
				with += run(bench.hook, bench.grown, bench.failed)
				without += run(none, false, 0)
			}
			b.ReportMetric(float64(with)/float64(without), "ratio")
		})
	}
}
