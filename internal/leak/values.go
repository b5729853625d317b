package leak

import (
	"github.com/dynsync/dynsync/internal/wire"
)

// Values are what is known of the values at the places of a table's items: a value of
// which there are few at its place, such as a type or a state, says little of anybody.
// After the last Sample it serves all goroutines.
type Values struct{ at map[uint64]*values }

// values are the different values at a place.
type values struct {
	n     int // values
	kinds map[uint64]struct{}
}

const (
	leastSampled = 20 // values of a place that tell anything
	mostFew      = 16 // different ones that are few
	perFew       = 3  // values of each of these, on average
)

// Sample takes in an item.
func (v *Values) Sample(item []byte) {
	eachMemberLeaf(item, 0, wire.ItemMembers(item), 0, func(f leaf) bool {
		if f.kind == wire.S && !f.name {
			v.add(f.place, f.hashIn(item))
		}
		return true
	})
}

func (v *Values) add(place, value uint64) {
	if v.at == nil {
		v.at = map[uint64]*values{}
	}
	at := v.at[place]
	if at == nil {
		at = &values{kinds: map[uint64]struct{}{}}
		v.at[place] = at
	}
	at.n++
	if len(at.kinds) <= mostFew {
		at.kinds[value] = struct{}{}
	}
}

// areFew reports whether there are few different values at a place.
func (v *Values) areFew(place uint64) bool {
	if v == nil || v.at[place] == nil {
		return false
	}
	at := v.at[place]
	return at.n >= leastSampled && len(at.kinds) <= mostFew && at.n >= perFew*len(at.kinds)
}

// isOneOfFew reports whether an original of the default is one of few values at its place.
func (l *Check) isOneOfFew(o *original) (few bool) {
	if !o.Default || o.part || o.kind != wire.S || l.Values == nil {
		return false
	}
	eachMemberLeaf(l.read, 0, wire.ItemMembers(l.read), 0, func(f leaf) bool {
		if f.at.Start+l.readAt == o.of {
			few = l.Values.areFew(f.place)
			return false
		}
		return true
	})
	return few
}
