// Package stages runs the goroutines of a pipeline, stage by stage.
package stages

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Stages are the goroutines of a pipeline. The first error of one ends the context of all.
type Stages struct {
	group  *errgroup.Group
	ctx    context.Context // ends with the first error of a goroutine
	parent context.Context // ends if a goroutine ends without a word
	cancel context.CancelCauseFunc
	lost   error
}

// New returns stages without goroutines, which must be ended by Run. If a goroutine ends
// without a word, by runtime.Goexit, the stages end with the error lost.
func New(ctx context.Context, lost error) *Stages {
	s := &Stages{lost: lost}
	s.parent, s.cancel = context.WithCancelCause(ctx)
	s.group, s.ctx = errgroup.WithContext(s.parent)
	return s
}

// Context returns the context of the goroutines.
func (s *Stages) Context() context.Context { return s.ctx }

// Start runs work on n goroutines. If one returns an error or ends, the stages end with an
// error.
func (s *Stages) Start(n int, work func(context.Context) error) {
	for range n {
		s.group.Go(func() error {
			returned := false
			defer func() {
				if !returned {
					s.cancel(s.lost)
				}
			}()
			err := work(s.ctx)
			returned = true
			return err
		})
	}
}

// Feed is Start for goroutines that send to out. It closes out when all have ended.
func Feed[T any](s *Stages, n int, out chan T, work func(context.Context, chan<- T) error) {
	var all sync.WaitGroup
	all.Add(n)
	s.Start(n, func(ctx context.Context) error {
		defer all.Done()
		return work(ctx, out)
	})
	s.group.Go(func() error {
		all.Wait()
		close(out)
		return nil
	})
}

// Run calls produce on the caller's goroutine, closes out, and returns when all goroutines
// have ended. An error of produce does not end what the goroutines do with what it sent
// before. If produce panics, Run leaves no goroutine behind.
func Run[T any](s *Stages, out chan T, produce func(context.Context, chan<- T) error) error {
	produced := false
	defer func() {
		s.cancel(nil)
		if !produced {
			close(out)
			_ = s.group.Wait()
		}
	}()
	err := produce(s.ctx, out)
	produced = true
	close(out)
	if failed := s.group.Wait(); failed != nil {
		return failed
	}
	if errors.Is(context.Cause(s.parent), s.lost) { // all others had finished
		return s.lost
	}
	return err
}
