package embedded

func (i *inner) close() { i.n++ }
