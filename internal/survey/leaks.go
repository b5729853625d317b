package survey

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Step is a step of a path, to be printed when more is known of the table.
type Step struct {
	Name  string
	Elem  bool // any element of a list
	Known bool // a rule, the key schema or an index holds the name
}

// A Leak is an original value that is still present in items.
type Leak struct {
	From, To []Step
	Kind     wire.Kind // of the value at To
	Part     bool      // the original is a part of the value at From
	Name     bool      // it is in the name of a member
	Little   bool      // it says little of anybody

	n     int64
	items int64 // that have finds
	last  int64 // the item of the last find, by its number in the looker
}

// Leaks are counted by a key that tells those of different places apart.
type leaks map[string]*Leak

// maxLeaks is how many places leaks are told apart by. All others are one.
const maxLeaks = 1000

// others is the key of the leaks that are not told apart.
const others = ""

// add counts n finds in so many items.
func (of leaks) add(key string, leak *Leak, n, items int64) *Leak {
	if of[key] == nil {
		first := *leak
		if len(of) >= maxLeaks {
			key, first = others, Leak{From: []Step{{}}, To: []Step{{}}}
		}
		if of[key] == nil {
			first.n, first.items = 0, 0
			of[key] = &first
		}
	}
	of[key].n += n
	of[key].items += items
	return of[key]
}

// CountLeak counts a find whose places a key tells from others. It returns false if the
// key is not known yet.
func (l *Looker) CountLeak(key []byte) bool {
	of := l.leaks[string(key)]
	if of == nil && len(l.leaks) > maxLeaks {
		of = l.leaks[others]
	}
	if of == nil {
		return false
	}
	of.n++
	if of.last != l.item {
		of.items++
		of.last = l.item
	}
	return true
}

// NoteLeak counts the first find of a key.
func (l *Looker) NoteLeak(key []byte, leak Leak) {
	l.leaks.add(string(key), &leak, 1, 1).last = l.item
}

// NoteCut counts an item that the leak check did not search to the end.
func (l *Looker) NoteCut() { l.cut++ }

// takeLeaks takes over the finds that a looker has counted.
func (s *Survey) takeLeaks(l *Looker) {
	for key, leak := range l.leaks {
		s.leaks.add(key, leak, leak.n, leak.items)
		leak.n, leak.items = 0, 0
	}
	s.cut += l.cut
	l.cut = 0
}

// A Left is what items still contain, as it may be printed.
type Left struct {
	From, To string
	Part     bool
	Name     bool
	Little   bool
	N        int64 // finds
}

// String says what was found: 6,712 × Type in SK.
func (l Left) String() string {
	what, in := l.From, " in "
	if l.Part {
		what = "a part of " + what
	}
	if l.Name {
		in = " in the map key "
	}
	return thousands(l.N) + " × " + what + in + l.To
}

// thousands returns a number with commas.
func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Left returns where originals are still present, the most frequent first, and how many
// items were not searched to the end.
func (s *Survey) Left() (left []Left, cut int64) {
	if s == nil {
		return nil, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[Left]int64{}
	for _, l := range s.leaks {
		if l.n > 0 {
			all[Left{s.print(l.From, l.items), s.print(l.place(), l.items), l.Part, l.Name, l.Little, 0}] += l.n
		}
	}
	for l, n := range all {
		l.N = n
		left = append(left, l)
	}
	slices.SortFunc(left, func(a, b Left) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.To, b.To), cmp.Compare(a.From, b.From))
	})
	return left, s.cut
}

// place returns where the original is. A name that holds it is data, however many items
// have it.
func (l *Leak) place() []Step {
	if !l.Name || len(l.To) == 0 {
		return l.To
	}
	last := len(l.To) - 1
	return append(l.To[:last:last], Step{})
}

// print returns the path of finds in so many items, with its names as far as they may be
// printed.
func (s *Survey) print(path []Step, items int64) string {
	var b []byte
	for i, step := range path {
		p := docpath.Segment{Kind: docpath.Name, Name: step.Name}
		switch {
		case step.Elem:
			p = docpath.Segment{Kind: docpath.AnyElem}
		case step.Known, step.Name != "" && (i == 0 && s.has(step.Name) || i > 0 && MayPrint(step.Name, max(items, s.with(member{path[0].Name, i, step.Name}, 0)))):
		default:
			p = docpath.Segment{Kind: docpath.AnyName}
		}
		b = p.Append(b)
	}
	return string(b)
}
