package checkpoint

import "sync"

// maxOpen is how many segments are under way at a time: pages of so many are mixed,
// and a checkpoint remembers a key for each.
const maxOpen = 128

// A Queue hands out cursors, one after the other, each to one reader at a time. The
// segment that has waited longest comes first, so that those with many items do not
// keep readers from the others. It is safe for concurrent use.
type Queue struct {
	tracker *Tracker

	mu        sync.Mutex
	changed   sync.Cond
	waiting   []*Cursor
	next, end int
	busy      int
	stopped   bool
	reason    error
}

// NewQueue returns the queue of a run that begins at the frontier. The tracker, or
// nil, is told of the segments that are begun.
func NewQueue(from Frontier, t *Tracker) *Queue {
	q := &Queue{tracker: t, next: from.Next, end: from.End}
	q.changed.L = &q.mu
	for _, c := range from.Open {
		c.Fresh = true
		q.waiting = append(q.waiting, &c)
	}
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
		case q.next < q.end && len(q.waiting)+q.busy < maxOpen:
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
