package dynsync

import (
	"errors"
	"fmt"
)

// A share is a part of a job that is divided among processes: the part i of n. The
// zero share is the whole job.
type share struct{ i, n int }

func (s share) divided() bool { return s.n > 1 }

// of returns the part [first, end) of that many segments.
func (s share) of(segments int) (first, end int) {
	if !s.divided() {
		return 0, segments
	}
	return int(int64(segments) * int64(s.i) / int64(s.n)), int(int64(segments) * int64(s.i+1) / int64(s.n))
}

// WithShare makes this process read the i-th of n parts of every table of the job
// (0 ≤ i < n), overriding the default of the whole: n processes with the same
// options otherwise, each with its own i, copy the tables together. Each reads
// segments of its own and takes an n-th of the limits of capacity.
//
// Every table needs [WithSegments], with the same number of at least n in every
// process. A table whose condition fixes its partition key is read by share 0
// alone. The job needs [WithKey], a share that has a checkpoint needs a store of
// its own. One whose items can collide needs [ModeInsert] or [WithAllowExisting]: no
// process knows the keys that the others wrote, and an item that meets a different one
// counts as [Collided]. A second use replaces the first.
func WithShare(i, n int) Option {
	return jobOption(func(c *jobConfig) { c.share, c.shareSet = share{i, n}, true })
}

// checkShare returns what is wrong with the job's share.
func (s *Syncer) checkShare() []error {
	sh := s.cfg.share
	if !s.cfg.shareSet {
		return nil
	}
	var errs []error
	if sh.n < 1 || sh.n > maxSegments || sh.i < 0 || sh.i >= sh.n {
		errs = append(errs, fmt.Errorf("dynsync: WithShare(%d, %d): the first number is 0 or more and less than the second, which is 1 to 1000000", sh.i, sh.n))
	}
	if !s.cfg.keySet {
		errs = append(errs, errors.New("dynsync: WithShare needs WithKey: under random keys the processes would make different pseudonyms"))
	}
	return errs
}

// checkTableShare returns what keeps a table from being shared, for New.
func (s *Syncer) checkTableShare(t *table) []error {
	sh := s.cfg.share
	switch {
	case !sh.divided():
		return nil
	case t.cfg.segments == autoSegments:
		return []error{errors.New("WithAutoSegments cannot be used together with WithShare: the processes must agree on a number; use WithSegments")}
	case t.cfg.segments < sh.n:
		return []error{fmt.Errorf("WithShare needs WithSegments of %d or more, the number of shares", sh.n)}
	}
	return nil
}
