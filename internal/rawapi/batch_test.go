package rawapi

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func item(i int) []byte {
	return fmt.Appendf(nil, `{"Id":{"S":"%s-%d"},"Age":{"N":"%d"}}`, canary, i, i)
}

func batchOf(items ...[]byte) *Batch {
	b := new(Batch)
	b.Reset("T")
	for _, item := range items {
		b.Add(item)
	}
	return b
}

// body is what BatchWriteItem takes, as encoding/json reads it.
type body struct {
	ReturnConsumedCapacity string
	RequestItems           map[string][]struct {
		PutRequest struct{ Item json.RawMessage }
	}
}

func bodyItems(t interface{ Fatalf(string, ...any) }, text []byte, table string) []string {
	var b body
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatalf("the body is not JSON: %v", err)
	}
	if len(b.RequestItems) != 1 || b.ReturnConsumedCapacity != "TOTAL" {
		t.Fatalf("the body is %s", text)
	}
	var items []string
	for _, r := range b.RequestItems[table] {
		items = append(items, string(r.PutRequest.Item))
	}
	return items
}

func TestBatchBody(t *testing.T) {
	b := batchOf([]byte(`{"a":{"S":"x"}}`), []byte(`{"b":{"N":"1"}}`))
	want := `{"ReturnConsumedCapacity":"TOTAL","RequestItems":{"T":[{"PutRequest":{"Item":{"a":{"S":"x"}}}},{"PutRequest":{"Item":{"b":{"N":"1"}}}}]}}`
	if got := string(b.Bytes()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if b.Size() != len(want) || b.Len() != 2 || string(b.Item(1)) != `{"b":{"N":"1"}}` {
		t.Errorf("size %d, %d items, item 1 %s", b.Size(), b.Len(), b.Item(1))
	}
	b.Reset(`arn:"x"`)
	b.Add([]byte(`{}`))
	if got := bodyItems(t, b.Bytes(), `arn:"x"`); len(got) != 1 {
		t.Errorf("items %v", got)
	}
}

// Whatever is done to a batch, its body is that of its items: the oracle is a
// slice of them.
func TestBatchModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b Batch
		var items []string
		table := "T"
		b.Reset(table)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			next := string(item(rapid.IntRange(0, 9999).Draw(t, "item")))
			switch rapid.IntRange(0, 7).Draw(t, "step") {
			case 0, 1:
				b.Add([]byte(next))
				items = append(items, next)
			case 2:
				b.Commit(append(b.Open(), next...))
				items = append(items, next)
			case 3: // given up
				_ = append(b.Open(), next...)
			case 4:
				b.Commit(b.Open())
			case 5:
				n := rapid.IntRange(0, len(items)).Draw(t, "n")
				b.Truncate(n)
				items = items[:n]
			case 6: // sent, and read by a transport that may or may not be done
				body, l := b.lend()
				l.lend()
				if rapid.Bool().Draw(t, "done") {
					l.wroteRequest(noInfo)
				}
				defer func(want string) {
					if l.revoke() {
						return
					}
					if string(body) != want {
						t.Fatalf("a body that is still being read was changed")
					}
				}(string(body))
			case 7:
				table = rapid.SampledFrom([]string{"T", "Longer"}).Draw(t, "table")
				b.Reset(table)
				items = nil
			}
			if b.Len() != len(items) || b.Size() != len(b.Bytes()) {
				t.Fatalf("%d items, want %d; size %d", b.Len(), len(items), b.Size())
			}
			if diff := cmp.Diff(items, bodyItems(t, b.Bytes(), table), cmpopts.EquateEmpty()); diff != "" {
				t.Fatal(diff)
			}
			for i := range items {
				if string(b.Item(i)) != items[i] {
					t.Fatalf("item %d is %s", i, b.Item(i))
				}
			}
		}
	})
}

// What a batch held is cleared when its memory is used again, also what was
// written and not committed.
func TestBatchMemoryCleared(t *testing.T) {
	b := batchOf(item(1), item(2), item(3))
	b.Truncate(1)
	b.buf = slices.Grow(b.buf, 1000) // so that it is written behind all the others
	_ = append(b.Open(), strings.Repeat(canary, 20)...)
	b.Reset("T")
	if text := string(b.buf[:cap(b.buf)]); strings.Contains(text, canary) {
		t.Errorf("the buffer still holds an item: %q", text)
	}
}

func TestBatchMemoryBounded(t *testing.T) {
	b := batchOf([]byte(strings.Repeat("x", maxKept+1)))
	b.Reset("T")
	if got := cap(b.buf); got > maxKept {
		t.Errorf("%d bytes are kept", got)
	}
}

// After warm-up, building a batch allocates nothing.
func TestBatchAllocs(t *testing.T) {
	b := new(Batch)
	it := item(1)
	got := testing.AllocsPerRun(100, func() {
		b.Reset("T")
		for range 25 {
			b.Add(it)
		}
		b.Bytes()
	})
	if got != 0 {
		t.Errorf("%v allocations for a batch of 25 items", got)
	}
}

// A lease is free once everything that was lent was written, and never again
// lends once it ended.
func TestLease(t *testing.T) {
	tests := []struct {
		name string
		why  string
		do   func(*lease)
		free bool
	}{
		{"never lent", "the call failed before it was sent", func(*lease) {}, true},
		{"sent", "the base case", func(l *lease) { l.lend(); l.gotConn(noConn); l.wroteRequest(noInfo) }, true},
		{"being written", "the answer came first", func(l *lease) { l.lend(); l.gotConn(noConn) }, false},
		{"no trace", "an HTTP client that reports nothing may do anything", func(l *lease) { l.lend() }, false},
		{"sent again", "a hedging client lends a second body, which no connection has yet", func(l *lease) {
			l.lend()
			l.gotConn(noConn)
			l.wroteRequest(noInfo)
			l.lend()
		}, false},
		{"second connection", "net/http sends the untouched body again after a dead connection", func(l *lease) {
			l.lend()
			l.gotConn(noConn)
			l.wroteRequest(noInfo)
			l.gotConn(noConn)
		}, false},
	}
	for _, tt := range tests {
		l := new(lease)
		tt.do(l)
		if got := l.revoke(); got != tt.free {
			t.Errorf("%s: free %v; %s", tt.name, got, tt.why)
		}
		if l.lend() {
			t.Errorf("%s: lent after its end", tt.name)
		}
	}
}
