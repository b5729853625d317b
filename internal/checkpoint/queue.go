package checkpoint

import "sync"

// A Queue hands out cursors, one after the other, each to one reader at a time. The
// segment that has waited longest comes first, so that those with many items do not
// keep readers from the others. It is safe for concurrent use.
type Queue struct {
	tracker *Tracker
	most    int // segments under way at a time

	mu        sync.Mutex
	changed   sync.Cond
	waiting   []*Cursor
	next, end int
	busy      int
	stopped   bool
	reason    error
}

// NewQueue returns the queue of a run that begins at the frontier, with that many
// segments under way at most. The tracker, or nil, is told of the segments that are
// begun, and tells of those that have ended.
func NewQueue(from Frontier, t *Tracker, most int) *Queue {
	q := &Queue{tracker: t, most: most, next: from.Next, end: from.End}
	q.changed.L = &q.mu
	for _, c := range from.Open {
		c.Fresh = true
		q.waiting = append(q.waiting, &c)
	}
	t.onEnd(q.wake)
	return q
}

// Take returns the cursor whose page is to be read next, nil when there is none any
// more. It blocks while all are taken.
func (q *Queue) Take() *Cursor {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.stopped:
			return nil
		case q.next < q.end && q.mayBegin():
			c := &Cursor{Segment: q.next, Fresh: true}
			q.tracker.Begin(c.Segment)
			q.next++
			q.busy++
			return c
		case len(q.waiting) > 0:
			c := q.waiting[0]
			q.waiting = q.waiting[1:]
			q.busy++
			return c
		case q.busy == 0:
			return nil
		}
		q.changed.Wait()
	}
}

// mayBegin reports whether one more segment may be under way. A segment that is read to
// its end is under way until its items are settled: a checkpoint has its key as long.
// Where nothing else can be read, one may begin all the same, since a worker may wait
// for more pages before it settles any.
func (q *Queue) mayBegin() bool {
	reading := len(q.waiting) + q.busy
	return reading == 0 || max(reading, q.tracker.open()) < q.most
}

// wake lets those that wait in Take look again.
func (q *Queue) wake() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.changed.Broadcast()
}

// PutBack returns a cursor after its page was read.
func (q *Queue) PutBack(c *Cursor) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.busy--
	if !c.At.Done {
		q.waiting = append(q.waiting, c)
	}
	q.changed.Broadcast()
}

// Stop makes Take return nil: no further page is read. The reason is nil where none
// is wanted.
func (q *Queue) Stop(reason error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.reason == nil {
		q.reason = reason
	}
	q.stopped = true
	q.changed.Broadcast()
}

// Reason returns the first reason for which the queue was stopped, or nil.
func (q *Queue) Reason() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.reason
}
