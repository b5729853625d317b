package engine

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

// literal returns the path that segments select, if none is a wildcard.
func literal(segs []Segment) ([]wire.Step, bool) {
	steps := make([]wire.Step, 0, len(segs))
	for _, s := range segs {
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
