package dynsync

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dynsync/dynsync/internal/dynamolocal"
)

// TestMain fails if any goroutine is left when all tests have ended.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // there is little that lives, and much garbage
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel.Value.String() == parallel.DefValue { // tests wait more than they work
		_ = flag.Set("test.parallel", fmt.Sprint(2*runtime.GOMAXPROCS(0)))
	}
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction(dynamolocal.Goroutine))
}

// pooled are the goroutines of connections. A connection belongs to its HTTP client:
// one that was dialled and not needed can stay with a server that tests share.
var pooled = regexp.MustCompile(`net/http\.\(\*persistConn\)\.(readLoop|writeLoop)|net/http\.\(\*Transport\)\.dialConnFor`)

var labels atomic.Int64

// wantNoGoroutines fails a test that leaves a goroutine behind. A goroutine has the
// profiler label of the one that started it, so tests in parallel don't see each
// other's.
func wantNoGoroutines(t testing.TB) {
	label := fmt.Sprintf("%s %d", t.Name(), labels.Add(1))
	pprof.SetGoroutineLabels(pprof.WithLabels(t.Context(), pprof.Labels("test", label)))
	t.Cleanup(func() {
		pprof.SetGoroutineLabels(context.Background())
		var left []string
		for wait := time.Millisecond; wait < time.Second; wait *= 2 {
			if left = goroutinesOf(label); len(left) == 0 {
				return
			}
			time.Sleep(wait)
		}
		t.Errorf("goroutines are left behind:\n%s", strings.Join(left, "\n\n"))
	})
}

// goroutinesOf returns the stacks of the goroutines with that label.
func goroutinesOf(label string) (stacks []string) {
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		panic(err)
	}
	for stack := range strings.SplitSeq(all.String(), "\n\n") {
		if strings.Contains(stack, fmt.Sprintf("{%q:%q}", "test", label)) && !pooled.MatchString(stack) {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}
