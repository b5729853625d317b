// Package shapes has types with methods in several files.
package shapes

type Syncer struct{}

func (s *Syncer) Sync()  {}
func (s *Syncer) check() {}
func (s Syncer) stream() {}

type run struct{}
