package wire

// A shape is the names of an object that was read, in their order. The items of a
// page, and the maps in them, are mostly of few shapes. So the names of the next
// object that starts alike are compared with the shape byte for byte, from the
// opening quote up to the value. That is less work than to validate and hash them.
//
// The names of a shape are known to be valid and distinct. An object follows it as
// long as each of its names stands in the shape behind the one before, so its
// names are distinct too, even if it lacks some. At the first name that is not in
// the rest of the shape it leaves the shape, its names up to there are hashed, and
// in the end it is the shape that later objects follow.
//
// A shape serves one depth. So nothing within an object replaces the shape that
// the object follows.
type shape struct {
	first uint64 // the eight bytes from the first name's opening quote on
	names []name
}

// A level holds the shapes of one depth.
type level struct {
	shapes [shapesPerLevel]shape
	n      int // how many of these there are
}

const (
	shapesPerLevel = 1 << 3 // 3 = 64-61, in add

	// maxShape bounds the names of a shape, and so the memory for shapes and what
	// an object pays that turns out to have another.
	maxShape = 256
)

// An object is one whose names are being read.
type object struct {
	base   int // its first name on the stack
	filter nameFilter
	shape  *shape // where its names are left if it follows none, nil for nowhere
	names  []name // of the shape that it follows, nil if it follows none
	next   int    // the first of these that is behind the last name read
	pushed bool   // the names read are on the stack; if not, they are names[:next]
}

// reset makes s ready for another text, in which objects may follow shapes or
// not. Only a page has enough objects for that to be worth the memory.
func (s *nameSet) reset(shapes bool) {
	s.stack = s.stack[:0]
	if s.shaped = shapes; !shapes {
		return
	}
	if s.levels == nil {
		s.levels = make([]level, MaxDepth+1)
	}
	for i := range s.levels {
		s.levels[i].n = 0 // they refer to the text before
	}
}

// open begins an object at the given depth, whose first name is at b[i]. That
// name decides about the shape.
func (s *nameSet) open(o *object, b []byte, i, depth int) {
	o.base = len(s.stack)
	if !s.shaped || len(b)-i < 8 {
		return
	}
	first := load(b, i)
	l := &s.levels[depth]
	for k := range l.shapes[:l.n] {
		if l.shapes[k].first == first {
			o.shape = &l.shapes[k]
			o.names = o.shape.names
			return
		}
	}
	o.shape = l.add(first)
}

// add returns a place for a shape with that start. Where there is none, one makes
// room.
func (l *level) add(first uint64) *shape {
	k := l.n
	if k < len(l.shapes) {
		l.n++
	} else {
		k = int(first * 0x9E3779B97F4A7C15 >> 61)
	}
	l.shapes[k].first = first
	l.shapes[k].names = l.shapes[k].names[:0]
	return &l.shapes[k]
}

// follow is find, for what is almost always there: the next name of the shape,
// with a value right behind it. It answers nil for anything else.
func (o *object) follow(b []byte, i int) (h *name, n int) {
	if o.next >= len(o.names) || o.pushed {
		return nil, 0
	}
	h = &o.names[o.next]
	n = h.header()
	if !equalAt(b, i, int(h.Start)-1, n) || b[i+n] != '{' {
		return nil, 0
	}
	o.next++
	return h, i + n
}

// find consumes the name and the colon at b[i] if they are in the rest of the
// shape of o. It returns the name in the shape and the index of what is behind.
func (s *nameSet) find(b []byte, i int, o *object) (h *name, n int) {
	for k := o.next; k < len(o.names); k++ {
		h = &o.names[k]
		n = h.header()
		if !equalAt(b, i, int(h.Start)-1, n) {
			continue
		}
		if k > o.next {
			s.pushFollowed(o)
		}
		if o.pushed {
			s.stack = append(s.stack, *h)
		}
		o.next = k + 1
		return h, i + n
	}
	return nil, 0
}

// header returns the length of the name with its quotes and the colon.
func (n *name) header() int { return int(n.value-n.Start) + 1 }

// equalAt reports whether the n bytes at b[i] and b[j] are the same, j being the
// lesser. It answers false for anything that ends within eight bytes of the end
// of b, so that whole words can be compared: the shift drops what the last word
// has too much, and all of it if that is n = 0.
func equalAt(b []byte, i, j, n int) bool {
	if len(b)-i < n+8 {
		return false
	}
	for ; n >= 8; n -= 8 {
		if load(b, i) != load(b, j) {
			return false
		}
		i += 8
		j += 8
	}
	return (load(b, i)^load(b, j))<<(64-8*n) == 0
}

// pushFollowed pushes the names read so far, if they are not there.
func (s *nameSet) pushFollowed(o *object) {
	if !o.pushed {
		s.stack = append(s.stack, o.names[:o.next]...)
		o.pushed = true
	}
}

// leave does for the names up to here what push does for others.
func (s *nameSet) leave(b []byte, o *object) {
	s.pushFollowed(o)
	o.names = nil
	for k := range s.stack[o.base:] {
		o.filter |= s.hash(b, &s.stack[o.base+k])
	}
}

// remember keeps the names of an object, which are distinct, as a shape.
func (s *nameSet) remember(o *object, names []name) {
	if len(names) <= maxShape {
		o.shape.names = append(o.shape.names[:0], names...)
	}
}
