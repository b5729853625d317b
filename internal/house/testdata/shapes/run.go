package shapes

func (r *run) begin() {}
func (r *run) end()   {}
func (run) Name()     {}

type small struct{}

func (small) only() {}
