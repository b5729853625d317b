package wire

// A Mark is a state of an Editor that it can go back to.
type Mark struct{ dst, pos int }

// Mark returns where e stands.
func (e *Editor) Mark() Mark { return Mark{len(e.Dst), e.pos} }

// Rewind takes back everything since Mark returned m, provided nothing before
// it was removed meanwhile: the members of the container at hand, that is.
func (e *Editor) Rewind(m Mark) { e.Dst, e.pos = e.Dst[:m.dst], m.pos }
