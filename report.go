package dynsync

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Report says what became of every item of a job. For each table,
// Read = Written + Filtered + Failed.
type Report struct {
	Tables []*TableReport
}

// A TableReport is the account of one table.
type TableReport struct {
	Table       string // its name in the job
	Source      string
	Destination string

	Read     int64 // items that arrived from the source or the stream
	Written  int64 // items whose write DynamoDB acknowledged
	Filtered int64 // items that WithFilter dropped
	Failed   int64 // items that were not written, or whose outcome is not known

	Pages     int64 // responses read
	Batches   int64 // batches written, retries not counted
	Retries   int64 // requests sent again
	BytesRead int64 // of items, as DynamoDB JSON
	Duration  time.Duration

	ReadPath  string // "raw", or why items were decoded by the SDK
	WritePath string // likewise

	// Unmatched are the patterns of rules that selected nothing.
	Unmatched []string
	// Notes are things to know: that the TTL attribute is not known, say.
	Notes []string
	// Failures are the first items that failed, 100 at most. WithOnFailure
	// receives all of them.
	Failures []Failure
	// Err is what ended the table early, or nil.
	Err error
}

// A Failure is an item that was not written.
type Failure struct {
	Table string  // the name of the table in the job
	Key   *Record // the item's key attributes, as read; it holds personal data where keys do
	Err   error   // an [*ItemError]; its text holds no values
}

// failuresKept bounds TableReport.Failures.
const failuresKept = 100

// String returns the report as text for people.
func (r *Report) String() string {
	var b strings.Builder
	for _, t := range r.Tables {
		t.print(&b)
	}
	return b.String()
}

func (t *TableReport) print(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %s → %s\n", t.Table, t.Source, t.Destination)
	fmt.Fprintf(b, "  read %d = written %d + filtered %d + failed %d  (%d pages, %d batches, %d retries, %v)\n",
		t.Read, t.Written, t.Filtered, t.Failed, t.Pages, t.Batches, t.Retries, t.Duration.Round(time.Millisecond))
	fmt.Fprintf(b, "  read path: %s; write path: %s\n", orNone(t.ReadPath), orNone(t.WritePath))
	for _, p := range t.Unmatched {
		fmt.Fprintf(b, "  rule %q matched nothing\n", p)
	}
	for _, n := range t.Notes {
		fmt.Fprintf(b, "  note: %s\n", n)
	}
	for _, f := range t.Failures {
		fmt.Fprintf(b, "  failed: %v\n", f.Err)
	}
	if more := t.Failed - int64(len(t.Failures)); more > 0 && len(t.Failures) > 0 {
		fmt.Fprintf(b, "  and %d more\n", more)
	}
	if t.Err != nil {
		fmt.Fprintf(b, "  ended: %v\n", t.Err)
	}
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// MarshalJSON returns the report for machines: the same facts as String, errors
// as text. It holds no keys of items.
func (t *TableReport) MarshalJSON() ([]byte, error) {
	type plain TableReport // without this method
	out := struct {
		*plain
		Duration float64 // seconds
		Failures []string
		Err      string `json:",omitempty"`
	}{plain: (*plain)(t), Duration: t.Duration.Seconds()}
	for _, f := range t.Failures {
		out.Failures = append(out.Failures, f.Err.Error())
	}
	if t.Err != nil {
		out.Err = t.Err.Error()
	}
	return json.Marshal(out)
}

// balanced reports whether every item is accounted for.
func (t *TableReport) balanced() bool { return t.Read == t.Written+t.Filtered+t.Failed }

// A tally counts while goroutines work.
type tally struct {
	read, written, filtered, failed atomic.Int64
	pages, batches, retries, bytes  atomic.Int64
	mu                              sync.Mutex
	failures                        []Failure
	matched                         []bool // by rule id; nil if no item went through the rules
}

// merge adds what a worker saw of the rules, if it saw an item.
func (t *tally) merge(x *exec) {
	if x.items == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	matched := x.matched
	if t.matched == nil {
		t.matched = make([]bool, len(matched))
	}
	for i, m := range matched {
		t.matched[i] = t.matched[i] || m
	}
}

// keep remembers a failure, if there is room.
func (t *tally) keep(f Failure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.failures) < failuresKept {
		t.failures = append(t.failures, f)
	}
}

// fill copies the counts into a report.
func (t *tally) fill(r *TableReport) {
	r.Read, r.Written, r.Filtered, r.Failed = t.read.Load(), t.written.Load(), t.filtered.Load(), t.failed.Load()
	r.Pages, r.Batches, r.Retries, r.BytesRead = t.pages.Load(), t.batches.Load(), t.retries.Load(), t.bytes.Load()
	t.mu.Lock()
	defer t.mu.Unlock()
	r.Failures = t.failures
}
