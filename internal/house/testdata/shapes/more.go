package shapes

func (r *run) more() {}

func (s *Syncer) more() {}
