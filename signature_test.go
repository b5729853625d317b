package dynsync

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/dynsync/dynsync/dynsynctest"
)

// ways are the ways to copy a table: they send each request that a run can send.
var ways = map[string]struct {
	typed bool
	job   []Option
	table []TableOption
}{
	"put":        {},
	"typed":      {typed: true},
	"direct":     {job: []Option{WithDirectRequests()}},
	"insert":     {table: []TableOption{WithMode(ModeInsert)}},
	"merge":      {table: []TableOption{WithMode(ModeMerge)}},
	"segments":   {table: []TableOption{WithSegments(3)}},
	"typed scan": {typed: true, table: []TableOption{WithSegments(2), WithMode(ModeMerge)}},
	"shuffled":   {table: []TableOption{WithSegments(2), WithShuffle(2), WithMode(ModeInsert)}},
}

// copyBetween copies 200 items from one client's table to another's in one of the ways,
// and expects that nothing is lost.
func copyBetween(t *testing.T, w *world, way string, from, to *dynamodb.Client, opts ...Option) *Report {
	t.Helper()
	report, err := syncBetween(t, way, from, to, opts...)
	if err != nil || report.Tables[0].Written != 200 || !report.Tables[0].balanced() {
		t.Fatalf("%v\n%v", err, report)
	}
	if n := len(contents(t, w.plain, "Destination")); n != 200 {
		t.Errorf("%d of 200 items are there", n)
	}
	return report
}

func syncBetween(t *testing.T, way string, from, to *dynamodb.Client, opts ...Option) (*Report, error) {
	t.Helper()
	var source SourceClient = from
	var dest DestinationClient = to
	if ways[way].typed {
		source, dest = typedClient{from}, typedClient{to}
	}
	opts = append(opts, WithSource(source), WithDestination(dest), WithKey(testKey), WithTable("Source", "Destination", append([]TableOption{clearCopy(), keepAll(), keepKey(), WithPageSize(20)}, ways[way].table...)...))
	s, err := New(append(opts, ways[way].job...)...)
	if err != nil {
		t.Fatal(err)
	}
	return s.Sync(t.Context())
}

func (w *world) fillUsers(t *testing.T, n int) {
	t.Helper()
	items := map[string]map[string]any{}
	for _, u := range users(n) {
		items[u["Id"].(string)] = u
	}
	w.fill(t, w.source, "Source", items)
}

// The clock of the service and that of this machine part, in either direction, once or
// again and again, in the middle of a run: the SDK learns the difference from the answer
// that refuses, and no item is lost. A page may wait for its writes while the clock jumps
// many times, so no two times of a row are an hour apart: that is how long the server's
// paging tokens last by the same clock.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	for way := range ways {
		const hour, half = 59 * time.Minute, 29 * time.Minute
		for name, jumps := range map[string][]time.Duration{
			"ahead": {hour}, "behind": {-hour}, "ahead and back": {hour, 0}, "to and fro": {half, 0, -half, 0, half},
		} {
			t.Run(way+", "+name, func(t *testing.T) {
				var off, requests atomic.Int64
				clock := func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
				inBubble(t, func(t *testing.T, w *world) {
					w.fillUsers(t, 200)
					from, to := w.client(w.source), w.client(w.dest)
					jump := func(*dynsynctest.Request) dynsynctest.Action {
						if n := requests.Add(1); n%5 == 0 && int(n/5) <= len(jumps) {
							off.Store(int64(jumps[n/5-1]))
						}
						return dynsynctest.Action{}
					}
					w.source.Control("*", jump)
					w.dest.Control("*", jump)
					report := copyBetween(t, w, way, from, to, WithCheckpoint(FileCheckpoint(t.TempDir())))
					if report.Tables[0].Retries == 0 {
						t.Error("no request was refused")
					}
				}, dynsynctest.WithClock(clock), dynsynctest.WithSignatureDates(15*time.Minute))
			})
		}
	}
}

// A sleeper is an HTTP client that is asleep before some of its requests are sent, when
// they have been signed, as is a host that is suspended.
type sleeper struct {
	next     dynamodb.HTTPClient
	requests atomic.Int64
	sleeps   map[int64]time.Duration // by the number of the request
}

func (s *sleeper) Do(r *http.Request) (*http.Response, error) {
	time.Sleep(s.sleeps[s.requests.Add(1)])
	return s.next.Do(r)
}

// A host is suspended for ten minutes between the signature of a request and its way, and
// the table is throttled before and after: the signature has expired, no time of patience
// has passed.
func TestHostSuspended(t *testing.T) {
	t.Parallel()
	for way := range ways {
		for _, at := range []int64{4, 5, 9} {
			t.Run(fmt.Sprintf("%s, request %d", way, at), func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					w.fillUsers(t, 200)
					asleep := func(o *dynamodb.Options) {
						o.HTTPClient = &sleeper{next: o.HTTPClient, sleeps: map[int64]time.Duration{at: 10 * time.Minute}}
					}
					from, to := w.client(w.source), w.client(w.dest)
					from, to = dynamodb.New(from.Options(), asleep), dynamodb.New(to.Options(), asleep)
					throttled := func() func(*dynsynctest.Request) dynsynctest.Action {
						var n atomic.Int64
						return func(r *dynsynctest.Request) dynsynctest.Action {
							if i := n.Add(1); i > 2 && i < 14 && i%3 != 0 && !strings.HasPrefix(r.Op, "Describe") {
								return dynsynctest.Throttle()
							}
							return dynsynctest.Action{}
						}
					}
					w.source.Control("*", throttled())
					w.dest.Control("*", throttled())
					copyBetween(t, w, way, from, to, WithGiveUpAfter(40*time.Second), WithWriteConcurrency(1), WithCheckpoint(FileCheckpoint(t.TempDir())))
				}, dynsynctest.WithSignatureDates(5*time.Minute))
			})
		}
	}
}

// signatureCodes are the codes of requests that are to be signed again.
var signatureCodes = []string{"InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", "AuthFailure", "RequestTimeTooSkewed"}

// One refusal of a signature costs a request, whatever the request was; refusals without
// end cost seconds, and name what to check.
func TestRefusedSignatures(t *testing.T) {
	t.Parallel()
	for way := range ways {
		for _, code := range signatureCodes {
			t.Run(way+", "+code, func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					w.fillUsers(t, 200)
					once := func() func(*dynsynctest.Request) dynsynctest.Action {
						var mu sync.Mutex
						seen := map[string]int{}
						return func(r *dynsynctest.Request) dynsynctest.Action {
							mu.Lock()
							defer mu.Unlock()
							if seen[r.Op]++; seen[r.Op] == 2 || r.Op == "DescribeTable" && seen[r.Op] == 1 {
								return dynsynctest.Fail(400, code, "canary")
							}
							return dynsynctest.Action{}
						}
					}
					w.source.Control("*", once())
					w.dest.Control("*", once())
					copyBetween(t, w, way, w.client(w.source), w.client(w.dest))
				})
			})
			t.Run(way+", "+code+" without end", func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					w.fillUsers(t, 200)
					from, to := w.client(w.source), w.client(w.dest)
					w.dest.Control("*", func(r *dynsynctest.Request) dynsynctest.Action {
						if r.Op == "DescribeTable" {
							return dynsynctest.Action{}
						}
						return dynsynctest.Fail(400, code, "canary")
					})
					began := time.Now()
					_, err := syncBetween(t, way, from, to)
					if took := time.Since(began); err == nil || took > 30*time.Second || ExitCode(err) != 3 {
						t.Errorf("after %v, exit code %d: %v", took, ExitCode(err), err)
					}
					wantText(t, err, "secret access key", "clock", code)
				})
			})
		}
	}
}

// wantText fails the test unless the text of an error, in every verb, has those parts. No
// error has the canary.
func wantText(t testing.TB, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(fmt.Sprint(err), part) {
			t.Errorf("no %q in: %v", part, err)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(verb, err); strings.Contains(text, "canary") {
			t.Errorf("%s prints the service's text: %s", verb, text)
		}
	}
}
