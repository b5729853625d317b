// Package docpath has the document paths of DynamoDB items, and the patterns that select
// them.
//
// A path names one place in an item: an attribute, a member of a map or an element of a
// list. Its text has no type letters: Name, Pets.Judith.Age, Orders[0].Email,
// "user.email". A name that holds '.', '[', '*' or '"', or is empty, is quoted, and a
// quote inside it is doubled. A pattern may hold wildcards: * for any member of a map,
// [*] for any element of a list or member of a set, and ** for any number of segments.
package docpath

import (
	"strconv"
	"strings"

	"github.com/dynsync/dynsync/internal/wire"
)

// A SegmentKind is what a segment selects.
type SegmentKind uint8

// The kinds of segment, most specific first: precedence compares them as numbers.
const (
	Name    SegmentKind = iota // the member of that name
	Index                      // the element of that index
	AnyName                    // *: any member of a map
	AnyElem                    // [*]: any element of a list, or member of a set
	Deep                       // **: any number of segments, none included
)

// A Segment is one step of a rule's pattern.
type Segment struct {
	Kind  SegmentKind
	Name  string // of a Name
	Index int    // of an Index
}

// Append appends the text of the segment behind that of those before it.
func (s Segment) Append(b []byte) []byte {
	switch s.Kind {
	case Name:
		return AppendStep(b, wire.Step{Name: s.Name})
	case Index:
		return AppendStep(b, wire.Step{Index: s.Index, Elem: true})
	case AnyElem:
		return append(b, "[*]"...)
	}
	if len(b) > 0 {
		b = append(b, '.')
	}
	if s.Kind == AnyName {
		return append(b, '*')
	}
	return append(b, "**"...)
}

// AppendStep appends the text of a step of a path behind that of those before it. A
// name that would not read back as one name is quoted.
func AppendStep(b []byte, s wire.Step) []byte {
	if s.Elem {
		b = append(b, '[')
		b = strconv.AppendInt(b, int64(s.Index), 10)
		return append(b, ']')
	}
	if len(b) > 0 {
		b = append(b, '.')
	}
	if s.Name != "" && !strings.ContainsAny(s.Name, `.[*"`) {
		return append(b, s.Name...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(s.Name, `"`, `""`)...)
	return append(b, '"')
}

// A Pattern selects places in items. It is immutable.
type Pattern []Segment

// String returns the text of p, which [Parse] parses back to an equal pattern.
func (p Pattern) String() string {
	var b []byte
	for _, s := range p {
		b = s.Append(b)
	}
	if foreign(string(b)) != "" { // the first name has to be quoted
		first := len(p[0].Append(nil))
		return `"` + string(b[:first]) + `"` + string(b[first:])
	}
	return string(b)
}

// Of returns the pattern that selects the place of a path.
func Of(path []wire.Step) Pattern {
	p := make(Pattern, len(path))
	for i, step := range path {
		p[i] = Segment{Kind: Name, Name: step.Name}
		if step.Elem {
			p[i] = Segment{Kind: Index, Index: step.Index}
		}
	}
	return p
}

// Literal returns the path that p selects, if it holds no wildcard.
func (p Pattern) Literal() ([]wire.Step, bool) {
	steps := make([]wire.Step, 0, len(p))
	for _, s := range p {
		switch s.Kind {
		case Name:
			steps = append(steps, wire.Step{Name: s.Name})
		case Index:
			steps = append(steps, wire.Step{Index: s.Index, Elem: true})
		default:
			return nil, false
		}
	}
	return steps, true
}

// Attribute returns the name of the item's attribute that p is, if it is one literal
// name.
func (p Pattern) Attribute() (string, bool) {
	if len(p) == 1 && p[0].Kind == Name {
		return p[0].Name, true
	}
	return "", false
}

// DeepName returns the name that p selects at any depth, if it is ** and a name.
func (p Pattern) DeepName() (string, bool) {
	if len(p) == 2 && p[0].Kind == Deep && p[1].Kind == Name {
		return p[1].Name, true
	}
	return "", false
}

// Text returns the text of a path.
func Text(path []wire.Step) string {
	var b []byte
	for _, s := range path {
		b = AppendStep(b, s)
	}
	return string(b)
}
