package shape

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dynsync/dynsync/internal/docpath"
	"github.com/dynsync/dynsync/internal/near"
	"github.com/dynsync/dynsync/internal/survey"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Question asks what a pattern that selects nothing was meant to be.
type Question struct {
	Pattern docpath.Pattern
	Names   bool                       // it is to select maps, for their names
	Known   func(name string) bool     // whether a rule, the key schema or an index holds a name, which may then be printed
	Taken   func(docpath.Pattern) bool // whether another rule has the pattern, which is then not meant
}

// A Hint is what a pattern was probably meant to be.
type Hint struct {
	Text string // a clause; "" where nothing is like it
	Sure bool   // nothing else can be meant
}

// enough is how many items have to be built in one way before that is no accident.
const enough = 20

// maxFaults bounds the faults of one pattern that are mended.
const maxFaults = 3

// A fix mends one fault of a pattern.
type fix struct {
	pattern docpath.Pattern
	why     string // what is wrong, as a clause; "" where the mended pattern says it
	sure    bool
}

// Nearest returns what a pattern that selects nothing was probably meant to be.
func (s *Shape) Nearest(q Question) Hint {
	mended, fits := s.mend(&q, q.Pattern, maxFaults)
	if !fits {
		return Hint{Text: mended.why, Sure: mended.why != "" && mended.sure}
	}
	items := s.Selects(mended.pattern, q.Names)
	text, path := mended.why, s.print(&q, mended.pattern)
	shown := path == mended.pattern.String()
	switch {
	case text == "" && shown:
		text = fmt.Sprintf("%d of %d items have %s", items, s.items, path)
	case text == "":
		text = fmt.Sprintf("%d of %d items have what is like it", items, s.items)
	}
	if shown {
		text += ": write " + path
	}
	return Hint{text, mended.sure && items >= enough}
}

// print returns the text of a pattern, with * for names that may not be printed: those that
// the question does not have, and that few items do.
func (s *Shape) print(q *Question, p docpath.Pattern) string {
	shown := slices.Clone(p)
	for i, segment := range p {
		if segment.Kind != docpath.Name || slices.ContainsFunc(q.Pattern, func(g docpath.Segment) bool { return g.Kind == docpath.Name && g.Name == segment.Name }) {
			continue
		}
		if !q.Known(segment.Name) && !survey.MayPrint(segment.Name, s.Selects(p[:i+1], false)) {
			shown[i] = anyName
		}
	}
	return shown.String()
}

// mend returns the first fix of a pattern after which it selects something, with further
// ones where it needs them. If there is none, fits is false, and why says what is wrong.
func (s *Shape) mend(q *Question, p docpath.Pattern, faults int) (mended fix, fits bool) {
	if faults == 0 {
		return fix{}, false
	}
	for _, f := range s.fixes(q, p) {
		if f.pattern == nil {
			if mended.why == "" {
				mended = f
			}
			continue
		}
		if len(f.pattern) == 0 || q.Taken(f.pattern) {
			continue
		}
		if s.Selects(f.pattern, q.Names) > 0 {
			return f, true
		}
		if further, fits := s.mend(q, f.pattern, faults-1); fits {
			return fix{further.pattern, joined(f.why, further.why), f.sure && further.sure}, true
		}
	}
	return mended, false
}

func joined(a, b string) string {
	switch {
	case a == b:
		return a
	case a == "" || b == "":
		return a + b
	}
	return a + ", and " + b
}

// fixes returns what may mend the first fault of a pattern, the most likely first.
func (s *Shape) fixes(q *Question, p docpath.Pattern) []fix {
	places := []*node{&s.root}
	for i, segment := range p {
		found := next(places, segment)
		if len(found) == 0 {
			return fixesAt(s.faultOf(q, p, i, places))
		}
		places = found
	}
	return fixesOfNames(s.faultOf(q, p, len(p), places))
}

// A fault is a segment of a pattern that selects nothing in the places that those before it
// select.
type fault struct {
	pattern docpath.Pattern
	at      int
	places  []*node
	place   string // where they are
	of      int    // items
}

func (s *Shape) faultOf(q *Question, p docpath.Pattern, at int, places []*node) fault {
	f := fault{p, at, places, "the item", s.items}
	if at > 0 {
		f.place = s.print(q, p[:at])
	}
	return f
}

// with returns the pattern with others in the place of n segments at the fault.
func (f fault) with(n int, others ...docpath.Segment) docpath.Pattern {
	return slices.Concat(f.pattern[:f.at:f.at], others, f.pattern[f.at+n:])
}

// only reports whether the places are of these types alone, in enough items.
func (f fault) only(kinds ...wire.Kind) bool {
	for kind := wire.S; kind <= wire.BS; kind++ {
		if !slices.Contains(kinds, kind) && has(f.places, kind) > 0 {
			return false
		}
	}
	return has(f.places, kinds...) >= enough
}

var anyElem, anyName = docpath.Segment{Kind: docpath.AnyElem}, docpath.Segment{Kind: docpath.AnyName}

var (
	sets    = []wire.Kind{wire.SS, wire.NS, wire.BS}
	scalars = []wire.Kind{wire.S, wire.N, wire.B, wire.BOOL, wire.NULL}
	nested  = slices.Concat(sets, []wire.Kind{wire.M, wire.L})
)

func fixesAt(f fault) (fixes []fix) {
	segment := f.pattern[f.at]
	add := func(p docpath.Pattern, sure bool, format string, args ...any) {
		fixes = append(fixes, fix{pattern: p, sure: sure, why: fmt.Sprintf(format, args...)})
	}
	if segment.Kind == docpath.Name {
		fixes = append(fixes, misspelt(f)...)
		if isType(segment.Name) {
			add(f.with(1), true, "the letters of types, such as %s, are no part of a path", segment.Name)
		}
	}
	if f.at > 0 && f.pattern[f.at-1].Kind == docpath.Deep { // it begins anywhere
		return fixes
	}
	switch n := has(f.places, wire.L); {
	case n == 0:
	case segment.Kind == docpath.Name:
		if index, err := strconv.Atoi(segment.Name); err == nil && index >= 0 {
			add(f.with(1, docpath.Segment{Kind: docpath.Index, Index: index}), f.only(wire.L), "%s is a list in %d of %d items", f.place, n, f.of)
		}
		add(f.with(0, anyElem), f.only(wire.L), "%s is a list in %d of %d items", f.place, n, f.of)
	case segment.Kind == docpath.AnyName:
		add(f.with(1, anyElem), f.only(wire.L), "%s is a list in %d of %d items", f.place, n, f.of)
	case segment.Kind == docpath.Index:
		add(f.with(1, anyElem), false, "lists at %s have at most %s, counted from 0", f.place, elements(longest(f.places)))
	}
	if n := has(f.places, sets...); n > 0 && segment.Kind != docpath.AnyElem {
		add(f.with(1, anyElem), f.only(sets...), "%s is a set in %d of %d items, whose members have no names and no order", f.place, n, f.of)
	}
	if n := has(f.places, wire.M); n > 0 && f.at > 0 && (segment.Kind == docpath.Index || segment.Kind == docpath.AnyElem) {
		if f.at < len(f.pattern)-1 {
			add(f.with(1), f.only(wire.M), "%s is a map in %d of %d items, and no list", f.place, n, f.of)
		}
		add(f.with(1, anyName), f.only(wire.M), "%s is a map in %d of %d items, and no list", f.place, n, f.of)
	}
	if n := has(f.places, scalars...); n > 0 && f.at > 0 && has(f.places, nested...) == 0 {
		add(f.with(1), f.only(scalars...), "%s is of type %s in %d of %d items, which has nothing within", f.place, kindsIn(f.places), n, f.of)
	}
	if segment.Kind == docpath.Name {
		fixes = append(fixes, misplaced(f)...)
	}
	return append(fixes, facts(fixes)...)
}

// facts returns what is wrong without a remedy, where some fix says it.
func facts(fixes []fix) []fix {
	for _, f := range fixes {
		if f.why != "" {
			return []fix{{why: f.why, sure: f.sure}}
		}
	}
	return nil
}

// misspelt returns fixes by a name like the one that is missing.
func misspelt(f fault) (fixes []fix) {
	given := f.pattern[f.at].Name
	names := namesIn(f.places)
	for list := byCount(names); len(list) > 0; {
		name := near.Name(given, list)
		if name == "" {
			break
		}
		fixes = append(fixes, fix{pattern: f.with(1, docpath.Segment{Name: name}), sure: near.Sure(given, name) && names[name] >= enough})
		list = slices.DeleteFunc(list, func(n string) bool { return n == name })
	}
	return fixes
}

// misplaced returns fixes by the same name one level deeper or higher.
func misplaced(f fault) (fixes []fix) {
	for _, name := range byCount(namesIn(f.places)) {
		in := next(f.places, docpath.Segment{Name: name})
		if len(next(in, f.pattern[f.at])) > 0 {
			fixes = append(fixes, fix{pattern: f.with(0, docpath.Segment{Name: name})})
		}
		if elems := next(in, anyElem); len(next(elems, f.pattern[f.at])) > 0 {
			fixes = append(fixes, fix{pattern: f.with(0, docpath.Segment{Name: name}, anyElem)})
		}
	}
	if f.at < len(f.pattern)-1 {
		fixes = append(fixes, fix{pattern: f.with(1)})
	}
	if f.at > 0 {
		above := fault{pattern: f.pattern, at: f.at - 1}
		fixes = append(fixes, fix{pattern: above.with(1)})
	}
	return fixes
}

// fixesOfNames returns fixes of a pattern that selects something, but no map.
func fixesOfNames(f fault) (fixes []fix) {
	of := fmt.Sprintf("%s is of type %s, and only a map has keys", f.place, kindsIn(f.places))
	sure := f.only(slices.Concat(sets, scalars, []wire.Kind{wire.L})...)
	whole := of
	if f.only(slices.Concat(sets, scalars)...) {
		whole += ": its values take a rule without keys, as of WithTransform"
	}
	if len(next(f.places, anyElem)) > 0 {
		fixes = append(fixes, fix{pattern: f.with(0, anyElem), why: of, sure: sure})
	}
	if f.at > 1 {
		above := fault{pattern: f.pattern, at: f.at - 1}
		fixes = append(fixes, fix{pattern: above.with(1), why: of})
	}
	return append(fixes, fix{why: whole, sure: sure})
}

// isType reports whether a name is that of a type, as in the JSON of DynamoDB.
func isType(name string) bool {
	return slices.Contains(strings.Fields("S N B BOOL NULL M L SS NS BS"), name)
}

// kindsIn returns the types of places, joined by or.
func kindsIn(places []*node) string {
	all := map[string]int{}
	for _, n := range places {
		for kind, c := range n.kinds {
			if c.items > 0 {
				all[wire.Kind(kind).String()] = max(all[wire.Kind(kind).String()], c.items)
			}
		}
	}
	return strings.Join(byCount(all), " or ")
}

func longest(places []*node) (n int) {
	for _, p := range places {
		n = max(n, p.longest)
	}
	return n
}

func elements(n int) string {
	if n == 1 {
		return "1 element"
	}
	return fmt.Sprintf("%d elements", n)
}
