package rawapi

// A Pool has the pages that are free. It keeps as many as its capacity.
type Pool chan *Page

// Get returns a free page, or else a new one.
func (pool Pool) Get() *Page {
	select {
	case p := <-pool:
		return p
	default:
		return new(Page)
	}
}

// Put gives a page back.
func (pool Pool) Put(p *Page) {
	select {
	case pool <- p:
	default:
	}
}
