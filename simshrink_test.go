package dynsync

import (
	"slices"
	"testing"
)

// shrink returns the shortest part of q that it finds to break the same claim, and
// what is wrong with it. Each try is a run of its own.
func shrink(t *testing.T, q *sequence, trouble simTrouble) (*sequence, simTrouble) {
	broken := trouble[0].claim
	q = q.clone()
	q.steps = q.steps[:min(len(q.steps), trouble[0].step+1)]
	for tries, again := 0, true; again; {
		again = false
		for i := 0; ; i++ {
			smaller := q.without(i)
			if smaller == nil {
				break
			}
			if tries++; tries > 3000 {
				return q, trouble
			}
			found, _ := simulate(t, smaller, broken)
			if len(found) > 0 {
				q, trouble, again = smaller, found, true
				i--
			}
		}
	}
	return q, trouble
}

func (q *sequence) clone() *sequence {
	c := *q
	c.tables, c.steps = slices.Clone(q.tables), slices.Clone(q.steps)
	return &c
}

// without returns the sequence without its i-th part, nil if it has no more.
func (q *sequence) without(i int) *sequence {
	c := q.clone()
	if c.drop(&i) {
		return c
	}
	return nil
}

// A dropper leaves a part out of a sequence, the i-th from here on. It counts i
// down by the parts that it passes.
func (q *sequence) drop(i *int) bool {
	for s := len(q.steps) - 1; s >= 0; s-- {
		if simPart(i) {
			q.steps = slices.Delete(q.steps, s, s+1)
			return true
		}
	}
	if n := len(q.tables) - 1; n > 0 && simPart(i) {
		q.dropTable(n)
		return true
	}
	for s := range q.steps {
		if q.steps[s].drop(i) {
			return true
		}
	}
	for n := range q.tables {
		if q.tables[n].drop(i) {
			return true
		}
	}
	return q.dropOptions(i)
}

// simPart counts down to the part that is left out.
func simPart(i *int) bool {
	*i--
	return *i < 0
}

// dropTable leaves out the last table.
func (q *sequence) dropTable(n int) {
	q.tables = q.tables[:n]
	q.steps = slices.DeleteFunc(q.steps, func(s simStep) bool { return s.table == n })
	for i := range q.steps {
		s := &q.steps[i]
		s.changes = slices.DeleteFunc(slices.Clone(s.changes), func(c simChange) bool { return c.table == n })
		s.ails = slices.DeleteFunc(slices.Clone(s.ails), func(a simAil) bool { return a.table == n })
	}
}

func (s *simStep) drop(i *int) bool {
	switch {
	case s.ending != endsItself && simPart(i):
		s.ending = endsItself
	case s.store > 0 && simPart(i):
		s.store = 0
	case dropOne(&s.faults, i), dropOne(&s.changes, i), dropOne(&s.ails, i), dropOne(&s.ids, i):
	default:
		return false
	}
	return true
}

func (t *simTable) drop(i *int) bool {
	if half := len(t.items) / 2; half > 1 && simPart(i) {
		t.items = t.items[half:]
		return true
	}
	if half := len(t.items) / 2; half > 1 && simPart(i) {
		t.items = t.items[:half]
		return true
	}
	return dropOne(&t.items, i) || dropOne(&t.theirs, i)
}

func (q *sequence) dropOptions(i *int) bool {
	switch {
	case q.shares > 1 && simPart(i):
		q.shares--
		for s := range q.steps {
			q.steps[s].share = min(q.steps[s].share, q.shares-1)
		}
	case q.direct && simPart(i):
		q.direct = false
	case q.scanResume && simPart(i):
		q.scanResume = false
	case q.lags && simPart(i):
		q.lags = false
	case q.checkpoint && simPart(i):
		q.checkpoint, q.lags = false, false
	case q.tuning.workers > 1 && simPart(i):
		q.tuning.workers = 1
	case q.tuning.requests > 1 && simPart(i):
		q.tuning.requests = 1
	default:
		return false
	}
	return true
}

// dropOne leaves out one of a list.
func dropOne[T any](list *[]T, i *int) bool {
	for n := range *list {
		if simPart(i) {
			*list = slices.Delete(slices.Clone(*list), n, n+1)
			return true
		}
	}
	return false
}
