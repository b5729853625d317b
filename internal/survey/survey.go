// Package survey counts what the keys and the names of a table's items look like where
// they pass as they are, and says when that is no accident: a look is a guess about one
// text, and of many texts it is knowledge. It holds names of attributes and no values,
// and prints a name only where that tells nobody anything.
package survey

import (
	"cmp"
	"slices"
	"sync"

	"github.com/dynsync/dynsync/internal/personal"
)

// A Sort is a sort of text that is looked at.
type Sort uint8

// The sorts.
const (
	Key       Sort = iota // the value of a key attribute
	Attribute             // the name of an attribute of the item
	Member                // the name of a member of a map
	InJSON                // the name of a member of an object in JSON text
	InEach                // the name of a member of a map of which Each transforms the values
	InStruct              // the name of a member of a map that Func takes as a struct, and the struct does not declare
)

// isMember reports whether texts of the sort are names of members of maps of the item.
func (s Sort) isMember() bool { return s == Member || s == InEach || s == InStruct }

// A Place is where texts of one sort are counted together.
type Place struct {
	Sort  Sort
	Top   string // the attribute that is the key, or below which the names stand; "" for names of attributes, and where Top itself looks personal
	Depth int    // of names, in steps from the item
}

// A Count counts the texts of a place.
type Count struct {
	Place
	Known  bool   // a rule or a key schema has the name Top
	Below  string // the pattern from Top down to the names, of the first one that was found
	Within string // of those in JSON text: the pattern of their object in it

	Looked int64 // at so many texts
	weak   [personal.Kinds]int64
	strong [personal.Kinds]int64
}

// found counts a text that looks like something.
func (c *Count) found(l personal.Look) {
	switch l.Strength {
	case personal.StrongLook:
		c.strong[l.Kind]++
	case personal.WeakLook:
		c.weak[l.Kind]++
	}
}

// take moves the numbers of other to c.
func (c *Count) take(other *Count) {
	c.Looked += other.Looked
	for k := range personal.Kinds {
		c.weak[k] += other.weak[k]
		c.strong[k] += other.strong[k]
	}
	if c.Below == "" {
		c.Below, c.Within = other.Below, other.Within
	}
	other.Looked, other.weak, other.strong = 0, [personal.Kinds]int64{}, [personal.Kinds]int64{}
}

// A Survey counts for all goroutines of a run. A nil Survey counts nothing.
type Survey struct {
	mu     sync.Mutex
	items  int64
	struck int64
	counts map[Place]*Count
	seen   map[string]int64 // items that have an attribute, by its name
	early  map[string]int64 // the same of the first items, which are read again
	leaks  leaks            // originals that are still present
	cut    int64            // items that were not searched for them to the end

	members      members // in items that were sampled, or failed
	earlyMembers members // in the first items
}

// New returns an empty survey.
func New() *Survey {
	return &Survey{counts: map[Place]*Count{}, seen: map[string]int64{}, early: map[string]int64{}, leaks: leaks{}}
}

// Take takes over what a looker has counted.
func (s *Survey) Take(t *Looker) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items += t.items
	s.struck += t.struck
	t.items, t.struck = 0, 0
	for _, c := range t.counts {
		if c.Looked == 0 {
			continue
		}
		if s.counts[c.Place] == nil {
			s.counts[c.Place] = &Count{Place: c.Place, Known: c.Known}
		}
		s.counts[c.Place].take(c)
	}
	s.takeLeaks(t)
	for _, top := range t.tops {
		s.seen[top.name] += top.items - top.told
		top.told = top.items
	}
	s.members.take(&t.members)
}

// isCommon reports whether so many items have an attribute that its name may be printed.
func (s *Survey) isCommon(t *Top) bool {
	if s == nil || t.items >= common {
		return t.items >= common
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.has(t.name)
}

// has reports whether so many items have an attribute that its name may be printed.
func (s *Survey) has(name string) bool { return max(s.seen[name], s.early[name]) >= common }

// SawAs counts the items of another survey that have an attribute or a member, and takes
// over its counts. Their names are not counted otherwise.
func (s *Survey) SawAs(other *Survey) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, n := range other.seen {
		s.early[name] = max(s.early[name], n)
	}
	s.earlyMembers = other.members
}

// When strong looks are no accident.
const (
	leastItems  = 10_000 // that a run has looked at
	leastFound  = 10     // texts of a place: one odd item may be the only one that has the map
	leastStruck = 10     // of the first items
	perNames    = 100    // one name of so many
	perKeys     = 1000   // one key of so many
)

// TooMany returns the places at which too many texts have a strong look, the most
// striking first, once enough items were looked at.
func (s *Survey) TooMany() []Finding {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.items < leastItems {
		return nil
	}
	return s.tooMany(leastFound)
}

// EarlyTooMany is TooMany for the first items of a table.
func (s *Survey) EarlyTooMany() []Finding {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.struck < leastStruck {
		return nil
	}
	return s.tooMany(1)
}

// tooMany returns the places at which too many texts have a strong look, and so many at
// least.
func (s *Survey) tooMany(least int64) (found []Finding) {
	for _, c := range s.counts {
		per := int64(perNames)
		if c.Sort == Key {
			per = perKeys
		}
		if n := sum(&c.strong); n >= least && n*per >= c.Looked {
			found = append(found, s.finding(c, &c.strong))
		}
	}
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.sum()*a.Of, a.sum()*b.Of), cmp.Compare(a.Path, b.Path))
	})
	return found
}

func sum(of *[personal.Kinds]int64) (all int64) {
	for _, n := range of {
		all += n
	}
	return all
}

// leastWeak is how many texts of a place have the same weak look before that is told.
const leastWeak = 10

// Weak returns what is to be told of weak looks: one finding for each place and kind.
func (s *Survey) Weak() (found []Finding) {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.counts {
		for _, l := range s.finding(c, &c.weak).Looks {
			if l.N >= leastWeak && l.N*perNames >= c.Looked {
				f := s.finding(c, &c.weak)
				f.Looks = []Seen{l}
				found = append(found, f)
			}
		}
	}
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Looks[0].Kind, b.Looks[0].Kind))
	})
	return found
}

// finding returns what is known of a place and of texts that are so many of each kind.
func (s *Survey) finding(c *Count, of *[personal.Kinds]int64) Finding {
	top := ""
	if c.Known || s.has(c.Top) {
		top = c.Top
	}
	f := Finding{Of: c.Looked, Sight: NewSight(c.Sort, top, c.Below, c.Within)}
	for k, n := range of {
		if n > 0 {
			f.Looks = append(f.Looks, Seen{personal.Kind(k), n})
		}
	}
	slices.SortFunc(f.Looks, func(a, b Seen) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Kind, b.Kind)) })
	return f
}
