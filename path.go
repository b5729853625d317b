package dynsync

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dynsync/dynsync/internal/engine"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Path names one place in an item: an attribute, a member of a map or an
// element of a list. Its text has no type letters:
//
//	Name
//	Pets.Judith.Age
//	Orders[0].Email
//	"user.email"
//
// A name that holds '.', '[', '*' or '"', or is empty, is quoted, and a quote
// inside it is doubled. Names are compared decoded. A Path is immutable and safe
// for concurrent use; the zero Path names nothing.
//
// Names of map members can themselves be personal data. dynsync prints a path
// in an error only after it has replaced every name that no rule and no key
// schema holds by '*'; a caller who prints Path.String decides for itself.
type Path struct {
	steps []wire.Step
}

// ParsePath parses the text of a concrete path. Wildcards are an error of type
// [*PathError]; see [ParsePattern] for them.
func ParsePath(text string) (Path, error) {
	segs, err := parseSegments(text)
	if err != nil {
		return Path{}, err
	}
	steps := make([]wire.Step, len(segs))
	for i, s := range segs {
		switch s.Kind {
		case engine.Name:
			steps[i] = wire.Step{Name: s.Name}
		case engine.Index:
			steps[i] = wire.Step{Index: s.Index, Elem: true}
		default:
			return Path{}, &PathError{text, s.pos, "a path names one place and cannot hold a wildcard; quote the name if it contains '*'"}
		}
	}
	return Path{steps}, nil
}

// String returns the text of p, which [ParsePath] parses back to an equal path.
func (p Path) String() string {
	var b []byte
	for _, s := range p.steps {
		b = engine.AppendStep(b, s)
	}
	return string(b)
}

// IsZero reports whether p names nothing.
func (p Path) IsZero() bool { return len(p.steps) == 0 }

// A Pattern selects places in items. It is a [Path] that may hold wildcards:
//
//	Pets.*.Name      * is any member of a map
//	Orders[*].Email  [*] is any element of a list, or member of a set
//	**.Email         ** is any number of segments, none included; one a pattern, and not the last segment
//
// Where several patterns select a place, the most specific wins, compared
// segment by segment from the left: a literal name, then an index, then * or
// [*], then **. A Pattern is immutable and safe for concurrent use.
type Pattern struct {
	segs []engine.Segment
}

// ParsePattern parses the text of a pattern; what is wrong is a [*PathError].
func ParsePattern(text string) (Pattern, error) {
	segs, err := parseSegments(text)
	if err != nil {
		return Pattern{}, err
	}
	deep := 0
	for _, s := range segs {
		if s.Kind == engine.Deep {
			deep++
		}
		if deep > 1 {
			return Pattern{}, &PathError{text, s.pos, "a pattern may hold ** once"}
		}
	}
	if last := segs[len(segs)-1]; last.Kind == engine.Deep {
		return Pattern{}, &PathError{text, last.pos, "** needs a segment after it; a rule on a map or list already covers everything below it"}
	}
	p := Pattern{make([]engine.Segment, len(segs))}
	for i, s := range segs {
		p.segs[i] = s.Segment
	}
	return p, nil
}

// String returns the text of p, which [ParsePattern] parses back to an equal
// pattern.
func (p Pattern) String() string {
	var b []byte
	for _, s := range p.segs {
		b = s.Append(b)
	}
	return string(b)
}

// literal returns the path that p selects, if it holds no wildcard.
func (p Pattern) literal() (Path, bool) {
	steps := make([]wire.Step, 0, len(p.segs))
	for _, s := range p.segs {
		switch s.Kind {
		case engine.Name:
			steps = append(steps, wire.Step{Name: s.Name})
		case engine.Index:
			steps = append(steps, wire.Step{Index: s.Index, Elem: true})
		default:
			return Path{}, false
		}
	}
	return Path{steps}, true
}

// attribute returns the name of the item's attribute that p is, if it is one
// literal name.
func (p Pattern) attribute() (string, bool) {
	if len(p.segs) == 1 && p.segs[0].Kind == engine.Name {
		return p.segs[0].Name, true
	}
	return "", false
}

// deepName returns the name that p selects at any depth, if it is ** and a name.
func (p Pattern) deepName() (string, bool) {
	if len(p.segs) == 2 && p.segs[0].Kind == engine.Deep && p.segs[1].Kind == engine.Name {
		return p.segs[1].Name, true
	}
	return "", false
}

// A segment is a segment of a pattern as it is parsed.
type segment struct {
	engine.Segment
	pos int // byte offset in the text, for errors
}

// A PathError says why a path or pattern cannot be parsed.
type PathError struct {
	Text   string // the path or pattern as it was given
	Offset int    // in bytes, from 0
	Reason string
}

func (e *PathError) Error() string {
	return fmt.Sprintf("dynsync: invalid path %q at column %d: %s", e.Text, e.Offset+1, e.Reason)
}

// pathParser holds the text and how much of it has been parsed.
type pathParser struct {
	text string
	pos  int
}

func parseSegments(text string) ([]segment, error) {
	p := pathParser{text: text}
	var segs []segment
	for {
		s, err := p.name()
		if err != nil {
			return nil, err
		}
		segs = append(segs, s)
		for p.pos < len(text) && text[p.pos] == '[' {
			if s, err = p.brackets(); err != nil {
				return nil, err
			}
			segs = append(segs, s)
		}
		if p.pos == len(text) {
			return segs, nil
		}
		if text[p.pos] != '.' {
			return nil, p.fail(p.pos, "expected '.', '[' or the end")
		}
		p.pos++
	}
}

func (p *pathParser) fail(pos int, reason string) error {
	return &PathError{p.text, pos, reason}
}

func (p *pathParser) name() (segment, error) {
	start := p.pos
	if start < len(p.text) && p.text[start] == '"' {
		return p.quoted()
	}
	end := strings.IndexAny(p.text[start:], `.[`)
	if end < 0 {
		end = len(p.text) - start
	}
	name := p.text[start : start+end]
	p.pos += end
	switch {
	case name == "":
		return segment{}, p.fail(start, "a name is missing here")
	case name == "*":
		return segment{engine.Segment{Kind: engine.AnyName}, start}, nil
	case name == "**":
		return segment{engine.Segment{Kind: engine.Deep}, start}, nil
	}
	if i := strings.IndexAny(name, `*"`); i >= 0 {
		return segment{}, p.fail(start+i, "a name that holds '*' or '\"' is written in double quotes, with quotes inside it doubled")
	}
	return segment{engine.Segment{Kind: engine.Name, Name: name}, start}, nil
}

func (p *pathParser) quoted() (segment, error) {
	start := p.pos
	var name strings.Builder
	for i := start + 1; i < len(p.text); i++ {
		if p.text[i] != '"' {
			name.WriteByte(p.text[i])
			continue
		}
		if i+1 < len(p.text) && p.text[i+1] == '"' {
			name.WriteByte('"')
			i++
			continue
		}
		p.pos = i + 1
		return segment{engine.Segment{Kind: engine.Name, Name: name.String()}, start}, nil
	}
	return segment{}, p.fail(start, "this quote is not closed")
}

func (p *pathParser) brackets() (segment, error) {
	start := p.pos
	end := strings.IndexByte(p.text[start:], ']')
	if end < 0 {
		return segment{}, p.fail(start, "this '[' is not closed")
	}
	inside := p.text[start+1 : start+end]
	p.pos += end + 1
	if inside == "*" {
		return segment{engine.Segment{Kind: engine.AnyElem}, start}, nil
	}
	index, err := strconv.Atoi(inside)
	if err != nil || index < 0 || strconv.Itoa(index) != inside {
		return segment{}, p.fail(start+1, "expected a list index (0, 1, 2, …) or *")
	}
	return segment{engine.Segment{Kind: engine.Index, Index: index}, start}, nil
}
