package wire

import (
	"bytes"
	"hash/maphash"
	"math"
	"math/bits"
)

// A nameSet finds duplicate names in objects, nested ones as well: each object
// pushes its names on one stack and pops them when it ends.
//
// A small object pays for a hash and one bit of a filter per name, and compares
// names only where that bit was set. One with over smallObject members is
// checked at its end with a hash table. In a page most objects pay for neither:
// see shape.
type nameSet struct {
	stack []name
	table []uint32 // index into the object's names, plus 1

	a, b []byte // names being compared, decoded

	levels []level // shapes, by depth
	shaped bool    // objects follow and leave shapes
}

type name struct {
	Span
	value   uint32 // where the member's value starts
	hash    uint32 // not set as long as the object follows a shape
	escaped bool
}

const smallObject = 16

// A nameFilter holds one bit of each name of an object.
type nameFilter uint64

// push adds a name in b to the object o. It reports whether the name may stand:
// always, in a large object, which pop checks.
func (s *nameSet) push(b []byte, o *object, n name) bool {
	if o.names != nil {
		s.leave(b, o)
	}
	bit := s.hash(b, &n)
	if o.filter&bit != 0 && len(s.stack)-o.base <= smallObject {
		for _, other := range s.stack[o.base:] {
			if other.hash == n.hash && s.equal(b, other, n) {
				return false
			}
		}
	}
	o.filter |= bit
	s.stack = append(s.stack, n)
	return true
}

// hash sets the hash of a name and returns its bit of a filter.
func (s *nameSet) hash(b []byte, n *name) nameFilter {
	var h uint64
	if n.escaped {
		s.a = AppendUnquote(s.a[:0], n.Of(b))
		h = hashName(s.a, 0, len(s.a))
	} else {
		h = hashName(b, int(n.Start), int(n.End))
	}
	n.hash = uint32(h >> 32)
	return 1 << (h >> 58)
}

// pop removes the names of the object o, which ends. It returns the index in b
// of one that stands there twice, or -1.
func (s *nameSet) pop(b []byte, o *object) int {
	dup := -1
	if o.names == nil {
		names := s.stack[o.base:]
		if len(names) > smallObject {
			dup = s.findDuplicate(b, names)
		}
		if dup < 0 && o.shape != nil {
			s.remember(o, names)
		}
	}
	s.stack = s.stack[:o.base]
	return dup
}

// findDuplicate puts the names into a hash table. The cheap hash looks at the
// ends of a name only; where it turns out not to tell the names apart, a strong
// one is used.
func (s *nameSet) findDuplicate(b []byte, names []name) int {
	size := 1 << bits.Len(uint(2*len(names)))
	if cap(s.table) < size {
		s.table = make([]uint32, size)
	}
	dup, ok := s.fill(b, names, size, 8*len(names))
	if ok {
		return dup
	}
	for i := range names {
		names[i].hash = s.strongHash(b, names[i])
	}
	dup, _ = s.fill(b, names, size, math.MaxInt)
	return dup
}

// fill puts names into a table of the given size, a power of two. It gives up
// after a number of collisions.
func (s *nameSet) fill(b []byte, names []name, size, collisions int) (dup int, ok bool) {
	table := s.table[:size]
	clear(table)
	shift := 32 - bits.Len(uint(size-1))
	for i, n := range names {
		slot := int(n.hash >> shift)
		for ; table[slot] != 0; slot = (slot + 1) & (size - 1) {
			other := names[table[slot]-1]
			if other.hash == n.hash && s.equal(b, other, n) {
				return int(n.Start), true
			}
			if collisions--; collisions < 0 {
				return 0, false
			}
		}
		table[slot] = uint32(i) + 1
	}
	return -1, true
}

func (s *nameSet) equal(b []byte, x, y name) bool {
	if !x.escaped && !y.escaped {
		return string(x.Of(b)) == string(y.Of(b))
	}
	s.a = AppendUnquote(s.a[:0], x.Of(b))
	s.b = AppendUnquote(s.b[:0], y.Of(b))
	return bytes.Equal(s.a, s.b)
}

var nameSeed = maphash.MakeSeed()

func (s *nameSet) strongHash(b []byte, n name) uint32 {
	raw := n.Of(b)
	if n.escaped {
		s.a = AppendUnquote(s.a[:0], raw)
		raw = s.a
	}
	return uint32(maphash.Bytes(nameSeed, raw))
}

// hashName returns a hash of b[start:end], made of its length and its first and
// last eight bytes.
func hashName(b []byte, start, end int) uint64 {
	n := end - start
	var v uint64
	switch {
	case n >= 8:
		v = load(b, start) + bits.RotateLeft64(load(b, end-8), 29)
	case len(b)-start >= 8:
		v = load(b, start) & (1<<(8*n) - 1)
	default:
		for _, c := range b[start:end] {
			v = v>>8 | uint64(c)<<56
		}
		v >>= 64 - 8*n
	}
	hi, lo := bits.Mul64(v^uint64(n)*0xBF58476D1CE4E5B9, 0x9E3779B97F4A7C15)
	return hi ^ lo
}
