package docpath

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dynsync/dynsync/internal/wire"
)

// ParsePath parses the text of a path. Wildcards are an error of type [*Error].
func ParsePath(text string) ([]wire.Step, error) {
	segs, err := parseSegments(text)
	if err != nil {
		return nil, err
	}
	steps := make([]wire.Step, len(segs))
	for i, s := range segs {
		switch s.Kind {
		case Name:
			steps[i] = wire.Step{Name: s.Name}
		case Index:
			steps[i] = wire.Step{Index: s.Index, Elem: true}
		default:
			return nil, &Error{text, s.pos, "a path names one place and cannot hold a wildcard; quote the name if it contains '*'"}
		}
	}
	return steps, nil
}

// Parse parses the text of a pattern. The error is an [*Error].
func Parse(text string) (Pattern, error) {
	if reason := foreign(text); reason != "" {
		return nil, &Error{text, 0, reason}
	}
	segs, err := parseSegments(text)
	if err != nil {
		return nil, err
	}
	deep := 0
	p := make(Pattern, len(segs))
	for i, s := range segs {
		p[i] = s.Segment
		if s.Kind == Deep {
			deep++
		}
		if deep > 1 {
			return nil, &Error{text, s.pos, "a pattern may hold ** once"}
		}
	}
	if last := segs[len(segs)-1]; last.Kind == Deep {
		return nil, &Error{text, last.pos, "** needs a segment after it; a rule on a map or list already covers everything below it"}
	}
	return p, nil
}

// foreign says what to write instead of a path of another language, "" for one that is
// none: a JSONPath, or a JSON pointer. A name that begins as they do is quoted.
func foreign(text string) string {
	switch {
	case strings.HasPrefix(text, "$.."):
		return "a JSONPath is no path here; write **." + text[len("$.."):] + `, or "$" in double quotes for a name`
	case strings.HasPrefix(text, "$.") && len(text) > len("$."):
		return "a path begins with the name of an attribute, and $ is none; write " + text[len("$."):] + `, or "$" in double quotes for a name`
	case strings.HasPrefix(text, "$["):
		return `a path begins with the name of an attribute, and $ is none; write Name[0].Member and the like, or "$" in double quotes for a name`
	case strings.HasPrefix(text, "/") && len(text) > 1:
		return "the names of a path are separated by dots; write " + strings.ReplaceAll(text[1:], "/", ".") + ", or put a name that begins with / in double quotes"
	}
	return ""
}

// A segment is a segment of a pattern as it is parsed.
type segment struct {
	Segment
	pos int // byte offset in the text, for errors
}

// An Error says why a path or pattern cannot be parsed.
type Error struct {
	Text   string // the path or pattern as it was given
	Offset int    // in bytes, from 0
	Reason string
}

func (e *Error) Error() string {
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
	return &Error{p.text, pos, reason}
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
		return segment{Segment{Kind: AnyName}, start}, nil
	case name == "**":
		return segment{Segment{Kind: Deep}, start}, nil
	}
	if i := strings.IndexAny(name, `*"`); i >= 0 {
		return segment{}, p.fail(start+i, "a name that holds '*' or '\"' is written in double quotes, with quotes inside it doubled")
	}
	return segment{Segment{Kind: Name, Name: name}, start}, nil
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
		return segment{Segment{Kind: Name, Name: name.String()}, start}, nil
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
		return segment{Segment{Kind: AnyElem}, start}, nil
	}
	index, err := strconv.Atoi(inside)
	if err != nil || index < 0 || strconv.Itoa(index) != inside {
		return segment{}, p.fail(start+1, "expected a list index (0, 1, 2, …) or *")
	}
	return segment{Segment{Kind: Index, Index: index}, start}, nil
}
