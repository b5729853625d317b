package survey

import (
	"github.com/dynsync/dynsync/internal/personal"
	"github.com/dynsync/dynsync/internal/wire"
)

// common is how many items have a name that tells nothing of one of them.
const common = 20

// IsPersonal reports whether a name looks personal, if only weakly. It is printed only if
// a rule, the key schema or an index holds it, however many items have it.
func IsPersonal(name string) bool {
	return personal.LookAt([]byte(name), "").Strength != personal.NoLook
}

// MayPrint reports whether a name that so many items have may be printed: it tells nothing
// of one of them, and does not look personal.
func MayPrint[N int | int64](name string, items N) bool { return items >= common && !IsPersonal(name) }

// MayPrintName reports whether the name of an attribute may be printed, as far as the
// items tell that were looked at: so many have it that it tells nothing of one of them,
// and it does not look personal.
func (l *Looker) MayPrintName(name []byte) bool {
	t := l.tops[string(name)]
	return t != nil && l.survey.isCommon(t)
}

// MayPrintMember is MayPrintName for the name of a member so many steps from the item, in
// the attribute top. It counts the member in the item at hand.
func (l *Looker) MayPrintMember(top []byte, depth int, name []byte) bool {
	l.members.see(top, depth, name, l.nth)
	m := member{string(top), depth, string(name)}
	items := l.members.of(m)
	if items < common {
		items = l.survey.itemsWith(m, items)
	}
	return MayPrint(m.name, items)
}

// Sample counts the names of members in an item with these attributes, once for each item
// that is looked at, and before other methods for it. After the first items it costs
// nothing: MayPrintMember then counts only the names that are asked for.
func (l *Looker) Sample(src []byte, attrs []wire.Attr) {
	l.nth++
	if l.nth > sampledItems {
		return
	}
	for _, a := range attrs {
		if a.Kind.IsContainer() && l.sampled < sampledNames {
			l.sample([]byte(a.NameIn(src)), 1, a.Value.Of(src), a.Kind)
		}
	}
}

// How many items of a looker are sampled, and how many names in them.
const (
	sampledItems = 1000
	sampledNames = 100_000
)

// sample counts the names in a map or list, whose members are so many steps from the item.
func (l *Looker) sample(top []byte, depth int, value []byte, kind wire.Kind) {
	if kind == wire.L {
		for _, e := range wire.ElementsOf(value).All() {
			if k := wire.KindOf(e); k.IsContainer() {
				l.sample(top, depth+1, e, k)
			}
		}
		return
	}
	for a := range wire.MembersOf(value).All() {
		if l.sampled++; l.sampled > sampledNames {
			return
		}
		name := a.Name.Of(value)
		if a.Escaped {
			name = wire.AppendUnquote(nil, name)
		}
		l.members.see(top, depth, name, l.nth)
		if a.Kind.IsContainer() {
			l.sample(top, depth+1, a.Value.Of(value), a.Kind)
		}
	}
}

// itemsWith returns how many items have a member, at least, with those that the survey was
// not told of yet.
func (s *Survey) itemsWith(m member, untold int64) int64 {
	if s == nil {
		return untold
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.with(m, untold)
}

// with is itemsWith where the survey is locked. The first items are read again.
func (s *Survey) with(m member, untold int64) int64 {
	return max(s.members.of(m)+untold, s.earlyMembers.of(m))
}

// A member is where names are counted together: a name at a depth below an attribute. So
// what stands below names that are data, such as byUser.*.since, has one count.
type member struct {
	top   string
	depth int
	name  string
}

// A members counts the items that have members, in bounded memory: where a table has more
// names than there is room for, all rare ones lose an item each time there is no room for
// another. So a count may be too small, by the number of names by the room, and is never
// too large.
type members struct {
	rare   map[member]*seen
	common map[member]struct{} // that so many items have that they are no longer counted
}

// A seen is how many items have a member.
type seen struct{ items, last int64 }

// maxMembers is how many rare names there is room for, and how many common ones.
const maxMembers = 1000

// of returns how many items have a member, at least.
func (of *members) of(m member) int64 {
	if _, ok := of.common[m]; ok {
		return common
	}
	if s := of.rare[m]; s != nil {
		return s.items
	}
	return 0
}

// see counts a member in the nth item, once.
func (of *members) see(top []byte, depth int, name []byte, nth int64) {
	if _, ok := of.common[member{string(top), depth, string(name)}]; ok {
		return
	}
	s := of.rare[member{string(top), depth, string(name)}]
	switch {
	case s == nil:
		of.add(member{string(top), depth, string(name)}, 1, nth)
	case s.last != nth:
		s.items, s.last = s.items+1, nth
		if s.items >= common {
			of.settle(member{string(top), depth, string(name)})
		}
	}
}

// add counts a member in so many further items, of which the nth was the last.
func (of *members) add(m member, items, nth int64) {
	if _, ok := of.common[m]; ok {
		return
	}
	if of.rare == nil {
		of.rare, of.common = map[member]*seen{}, map[member]struct{}{}
	}
	s := of.rare[m]
	if s == nil {
		if len(of.rare) == maxMembers && !of.thin() {
			return
		}
		s = new(seen)
		of.rare[m] = s
	}
	s.items, s.last = s.items+items, nth
	if s.items >= common {
		of.settle(m)
	}
}

// settle makes a rare member a common one, if there is room.
func (of *members) settle(m member) {
	if len(of.common) < maxMembers {
		delete(of.rare, m)
		of.common[m] = struct{}{}
	}
}

// thin takes an item from each rare member, and reports whether there is room then.
func (of *members) thin() bool {
	for m, s := range of.rare {
		if s.items--; s.items <= 0 {
			delete(of.rare, m)
		}
	}
	return len(of.rare) < maxMembers
}

// take moves the counts of other, which counted other items, to of.
func (of *members) take(other *members) {
	for m := range other.common {
		of.add(m, common, 0)
	}
	for m, s := range other.rare {
		of.add(m, s.items, 0)
	}
	clear(other.common)
	clear(other.rare)
}
