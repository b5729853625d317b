package dynsync

import (
	"fmt"
	"strconv"
	"strings"

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
		switch s.kind {
		case segName:
			steps[i] = wire.Step{Name: s.name}
		case segIndex:
			steps[i] = wire.Step{Index: s.index, Elem: true}
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
		b = appendStep(b, s)
	}
	return string(b)
}

// IsZero reports whether p names nothing.
func (p Path) IsZero() bool { return len(p.steps) == 0 }

func appendStep(b []byte, s wire.Step) []byte {
	if s.Elem {
		b = append(b, '[')
		b = strconv.AppendInt(b, int64(s.Index), 10)
		return append(b, ']')
	}
	if len(b) > 0 {
		b = append(b, '.')
	}
	return appendName(b, s.Name)
}

func appendName(b []byte, name string) []byte {
	if name != "" && !strings.ContainsAny(name, `.[*"`) {
		return append(b, name...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(name, `"`, `""`)...)
	return append(b, '"')
}

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
	segs []segment
}

// ParsePattern parses the text of a pattern; what is wrong is a [*PathError].
func ParsePattern(text string) (Pattern, error) {
	segs, err := parseSegments(text)
	if err != nil {
		return Pattern{}, err
	}
	deep := 0
	for _, s := range segs {
		if s.kind == segDeep {
			deep++
		}
		if deep > 1 {
			return Pattern{}, &PathError{text, s.pos, "a pattern may hold ** once"}
		}
	}
	if last := segs[len(segs)-1]; last.kind == segDeep {
		return Pattern{}, &PathError{text, last.pos, "** needs a segment after it; a rule on a map or list already covers everything below it"}
	}
	return Pattern{segs}, nil
}

// String returns the text of p, which [ParsePattern] parses back to an equal
// pattern.
func (p Pattern) String() string {
	var b []byte
	for _, s := range p.segs {
		b = s.append(b)
	}
	return string(b)
}

// literal returns the path that p selects, if it holds no wildcard.
func (p Pattern) literal() (Path, bool) {
	steps := make([]wire.Step, 0, len(p.segs))
	for _, s := range p.segs {
		switch s.kind {
		case segName:
			steps = append(steps, wire.Step{Name: s.name})
		case segIndex:
			steps = append(steps, wire.Step{Index: s.index, Elem: true})
		default:
			return Path{}, false
		}
	}
	return Path{steps}, true
}

// attribute returns the name of the item's attribute that p is, if it is one
// literal name.
func (p Pattern) attribute() (string, bool) {
	if len(p.segs) == 1 && p.segs[0].kind == segName {
		return p.segs[0].name, true
	}
	return "", false
}

// deepName returns the name that p selects at any depth, if it is ** and a name.
func (p Pattern) deepName() (string, bool) {
	if len(p.segs) == 2 && p.segs[0].kind == segDeep && p.segs[1].kind == segName {
		return p.segs[1].name, true
	}
	return "", false
}

type segKind uint8

// The kinds of segment, most specific first: precedence compares them as
// numbers.
const (
	segName segKind = iota
	segIndex
	segStar // *
	segElem // [*]
	segDeep // **
)

type segment struct {
	kind  segKind
	name  string
	index int
	pos   int // byte offset in the text, for errors
}

func (s segment) append(b []byte) []byte {
	switch s.kind {
	case segName:
		return appendStep(b, wire.Step{Name: s.name})
	case segIndex:
		return appendStep(b, wire.Step{Index: s.index, Elem: true})
	case segElem:
		return append(b, "[*]"...)
	}
	if len(b) > 0 {
		b = append(b, '.')
	}
	if s.kind == segStar {
		return append(b, '*')
	}
	return append(b, "**"...)
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
		return segment{kind: segStar, pos: start}, nil
	case name == "**":
		return segment{kind: segDeep, pos: start}, nil
	}
	if i := strings.IndexAny(name, `*"`); i >= 0 {
		return segment{}, p.fail(start+i, "a name that holds '*' or '\"' is written in double quotes, with quotes inside it doubled")
	}
	return segment{kind: segName, name: name, pos: start}, nil
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
		return segment{kind: segName, name: name.String(), pos: start}, nil
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
		return segment{kind: segElem, pos: start}, nil
	}
	index, err := strconv.Atoi(inside)
	if err != nil || index < 0 || strconv.Itoa(index) != inside {
		return segment{}, p.fail(start+1, "expected a list index (0, 1, 2, …) or *")
	}
	return segment{kind: segIndex, index: index, pos: start}, nil
}
