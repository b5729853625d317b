package awserr

import (
	"maps"
	"sync"
)

// Throttles count throttled requests by the reasons of [ThrottleReasons]. The zero value
// has none. It is safe for concurrent use.
type Throttles struct {
	mu     sync.Mutex
	counts map[string]int64
}

// Count counts err if it is throttling, and reports whether it is.
func (t *Throttles) Count(err error) bool {
	reasons := ThrottleReasons(err)
	if len(reasons) == 0 {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int64{}
	}
	for _, reason := range reasons {
		t.counts[reason]++
	}
	return true
}

// Counts returns a copy of the counts; nil if there are none.
func (t *Throttles) Counts() map[string]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts)
}

// EachThrottle calls fn with each reason for which DynamoDB throttled a request, as
// [ThrottleReasons] has it, and the ARN of the table or index that it names, or "".
func EachThrottle(err error, fn func(reason, resource string)) {
	details := detailsOf(err)
	for _, reason := range ThrottleReasons(err) {
		told := false
		for _, d := range details {
			if d.Reason != nil && *d.Reason == reason {
				fn(reason, arnIn(d.Resource))
				told = true
			}
		}
		if !told {
			fn(reason, "")
		}
	}
}

// arnIn returns the text where it is an ARN and no more, or "".
func arnIn(text *string) string {
	if text == nil || !isARN.MatchString(*text) {
		return ""
	}
	return *text
}
