package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dynsync/dynsync/internal/ledger"
	"github.com/dynsync/dynsync/internal/wire"
)

// longKey returns a key of the greatest length, which is long in JSON and not all UTF-8:
// of a table, or of an index and its table.
func longKey(attrs int) (item []byte, size int) {
	w := wire.NewItem(nil)
	size = 1
	for i := range attrs {
		name, value := strings.Repeat(string(rune('a'+i)), 255), strings.Repeat("\x01", 2048>>(i%2)-3)+"\xed\xa0\x80"
		w.Name(name)
		w.Dst = wire.AppendS(w.Dst, value)
		size += KeySize(name, len(value))
	}
	return w.Finish(), size
}

// The largest checkpoint of as many segments as are allowed fits.
func TestLargestCheckpointFits(t *testing.T) {
	t.Parallel()
	tests := []struct{ limit, attrs, least int }{
		{MinSize, 2, 15}, {128 << 10, 2, 30}, {400_000, 2, 100}, {MinSize, 4, 7}, {128 << 10, 4, 16}, {1 << 20, 4, 128},
	}
	for _, tt := range tests {
		key, size := longKey(tt.attrs)
		st := someState()
		st.Segments, st.At = 1_000_000, Frontier{Next: 1_000_000, End: 1_000_000}
		st.Ledger = ledger.Ledger{}
		for id := range 300 {
			st.Matched, st.Applied = append(st.Matched, 900+id), append(st.Applied, 900+id)
		}
		open := OpenWithin(tt.limit, size, len(st.Matched))
		for i := range open {
			st.At.Open = append(st.At.Open, Cursor{Segment: 900_000 + i, At: Position{Key: key}})
		}
		data, err := st.Seal(someKey(t), strings.Repeat("x", 255), tt.limit)
		if err != nil || len(data) > tt.limit || open < tt.least || open > MaxOpen {
			t.Errorf("%+v: %d segments in %d bytes: %v", tt, open, len(data), err)
		}
		st.At.Open = append(st.At.Open, st.At.Open...)
		for i := range st.At.Open {
			st.At.Open[i].Segment = i
		}
		if data, err := st.Seal(someKey(t), someTable, tt.limit); open < MaxOpen && !errors.Is(err, ErrTooLarge) {
			t.Errorf("%+v: twice as many: %d bytes, %v", tt, len(data), err)
		}
	}
	if n := OpenWithin(0, 1<<20, 0); n != MaxOpen {
		t.Errorf("without a limit, %d segments", n)
	}
}

// A SELECT with the longest token fits into the smallest store.
func TestLongestTokenFits(t *testing.T) {
	t.Parallel()
	st := someState()
	st.At.Open[0].At.Token, st.At.Open[0].At.Since = strings.Repeat("t", 32<<10), time.Now()
	st.At.Open[0].At.Key, _ = longKey(2)
	if data, err := st.Seal(someKey(t), someTable, MinSize); err != nil || len(data) > MinSize {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

// Where lost items have no room, they are counted.
func TestLostItemsThatHaveNoRoom(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ lost, token, wantLost, wantDropped int }{
		{100, 0, 64, 0},         // all fits
		{3000, 0, 64, 0},        // 51 KB
		{3000, 9_000, 0, 0},     // the keys make room
		{3000, 32_000, 0, 1000}, // and then digests
	} {
		st := someState()
		st.Ledger = ledger.Ledger{}
		st.At.Open[0].At.Token = strings.Repeat("t", tt.token)
		for i := range tt.lost {
			var counts ledger.Counts
			counts[ledger.Failed] = 1
			st.Ledger.Add([]ledger.Item{{Verdict: ledger.Failed, Key: item(fmt.Sprint(i)), Digest: ledger.Digest{1, byte(i), byte(i >> 8)}}}, counts)
		}
		data, err := st.Seal(someKey(t), someTable, MinSize)
		if err != nil || len(data) > MinSize {
			t.Fatalf("%+v: %d bytes, %v", tt, len(data), err)
		}
		got, err := Open(someKey(t), someTable, data)
		if err != nil {
			t.Fatal(err)
		}
		if kept := got.Ledger.Debts.Len(); kept+st.Dropped != tt.lost || st.Dropped < tt.wantDropped || (st.Dropped > 0) != (tt.wantDropped > 0) || got.Ledger.Counts[ledger.Failed] != int64(tt.lost) {
			t.Errorf("%+v: %d are kept, and %d dropped", tt, kept, st.Dropped)
		}
		if n := len(got.Ledger.Lost); n < tt.wantLost || n > 64 || tt.wantDropped > 0 && n > 0 {
			t.Errorf("%+v: %d keys", tt, n)
		}
	}
}

// A segment is under way until its items are settled: the checkpoint has it as long.
func TestQueueWaitsForItemsToSettle(t *testing.T) {
	t.Parallel()
	from := Frontier{End: 4}
	tracker := NewTracker(from, ledger.Ledger{})
	q := NewQueue(from, tracker, 2)
	var marks []*Mark
	readAll := func(c *Cursor) {
		c.At = Position{Done: true}
		marks = append(marks, tracker.Page(c.Segment, 1, c.At))
		q.PutBack(c)
	}
	first, second := q.Take(), q.Take()
	readAll(first)
	taken := make(chan *Cursor)
	go func() { taken <- q.Take() }() // the first is not settled, and the second is being read
	select {
	case c := <-taken:
		t.Fatalf("segment %d was begun", c.Segment)
	case <-time.After(10 * time.Millisecond):
	}
	marks[0].Settle(ledger.Written)
	marks[0].Close()
	third := <-taken
	readAll(second)
	readAll(third)
	if c := q.Take(); c == nil { // nothing else can be read: a worker may wait for it
		t.Error("the queue stands still")
	}
}

func TestTrimKeepsTheFirst(t *testing.T) {
	t.Parallel()
	var d ledger.Debts
	for i := range 5 {
		d = d.With(ledger.Item{Verdict: ledger.Failed, Digest: ledger.Digest{byte(i + 1)}})
	}
	for room, want := range map[int]int{-1: 0, 16: 0, 17: 1, 50: 2, 85: 5, 1000: 5} {
		got := d.Within(room)
		if got.Len() != want || !bytes.HasPrefix(d, got) || len(got.With(ledger.Item{Verdict: ledger.Failed, Digest: ledger.Digest{9}})) == 0 || d[len(d)-16] != 5 {
			t.Errorf("%d bytes hold %d", room, got.Len())
		}
	}
}
