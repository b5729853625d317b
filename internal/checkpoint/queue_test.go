package checkpoint

import "testing"

// A segment with half of the items does not keep the readers from the others:
// its pages come in turn with theirs.
func TestSegmentsTakeTurns(t *testing.T) {
	t.Parallel()
	q := NewQueue(Frontier{End: 300}, nil, MaxOpen)
	taken := map[int]int{}
	for range 1000 {
		c := q.Take()
		taken[c.Segment]++
		c.At.Done = c.Segment != 0 && taken[c.Segment] == 3
		q.PutBack(c)
		if open := len(q.waiting) + q.busy; open > MaxOpen {
			t.Fatalf("%d segments are under way", open)
		}
	}
	if len(taken) != 300 || taken[0] > 1000-299*3 {
		t.Errorf("%d segments were begun; the first had %d turns", len(taken), taken[0])
	}
}
