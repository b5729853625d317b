package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

const (
	maxSize  = 1 << 20 // of a file, in bytes
	maxDepth = 64      // of mappings and lists in each other
)

type kind uint8

const (
	faulty kind = iota // its faults say what is wrong
	mapping
	sequence
	text
	number
	boolean
	null
)

// A node is a value of the file, with scalars as the package documentation has them.
type node struct {
	kind         kind
	text         string // of a text, number or boolean, as it is written
	line, column int
	keys         []*node // of a mapping, each a text and different from the others
	items        []*node // of a sequence; of a mapping, the value of each key
	faults       []fault
}

// A fault is what is wrong with a node or a key of it, until announce reports it.
type fault struct {
	line, column int
	text         string
}

func (n *node) fail(format string, args ...any) {
	n.faults = append(n.faults, fault{n.line, n.column, fmt.Sprintf(format, args...)})
}

// announce reports the faults of n, and of what it holds, that are not reported yet.
func (p *parser) announce(n *node) {
	if n == nil {
		return
	}
	for _, f := range n.faults {
		p.failAt(f.line, f.column, "%s", f.text)
	}
	n.faults = nil
	for _, item := range n.items {
		p.announce(item)
	}
}

// load returns the file's only document, or nil.
func (p *parser) load(data []byte) *node {
	if len(data) > maxSize {
		p.failAt(1, 1, "the file has %d bytes; the limit is %d", len(data), maxSize)
		return nil
	}
	if i := invalidUTF8(data); i >= 0 {
		line, column := position(data, i)
		p.failAt(line, column, "this is not UTF-8")
		return nil
	}
	if i := bytes.IndexFunc(data, endsSomeLines); i >= 0 {
		line, column := position(data, i)
		p.failAt(line, column, "only some versions of YAML end a line at this character; write it as an escape in double quotes, such as \\u2028")
		return nil
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if json.Valid(data) {
		data, p.joined = joinSurrogates(data)
	}
	first, second := yaml.Node{}, yaml.Node{}
	docs, err := yaml.NewLoader(bytes.NewReader(data))
	if err == nil {
		err = docs.Load(&first)
	}
	if err == nil {
		err = docs.Load(&second)
	}
	switch {
	case errors.Is(err, io.EOF) && len(first.Content) > 0:
		return source{lineEnd.Split(string(data), -1)}.node(first.Content[0], 1)
	case errors.Is(err, io.EOF):
		p.failAt(1, 1, "the file is empty")
	case err != nil:
		p.failSyntax(data, err)
	default:
		p.failAt(max(1, second.Line), max(1, second.Column), "a second document begins here; a file must hold one document")
	}
	return nil
}

func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// endsSomeLines reports whether r ends a line in YAML 1.1, but not in YAML 1.2: what
// stands behind it in a comment would be read by one and not by the other.
func endsSomeLines(r rune) bool { return r == '\u0085' || r == '\u2028' || r == '\u2029' }

// position returns the line and column of a byte.
func position(data []byte, offset int) (line, column int) {
	before := data[:min(max(offset, 0), len(data))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1
}

// joinSurrogates writes the escapes of surrogate pairs, which JSON has, as YAML has
// them. It also returns, by line, the columns that these then have.
func joinSurrogates(data []byte) (out []byte, columns map[int][]int) {
	columns = map[int][]int{}
	line, column := 1, 1
	for rest := data; ; {
		i := bytes.IndexByte(rest, '\\')
		if i < 0 || i+1 >= len(rest) {
			return append(out, rest...), columns
		}
		down, right := position(rest[:i], i)
		if down > 1 {
			line, column = line+down-1, 1
		}
		column += right - 1
		out, rest = append(out, rest[:i]...), rest[i:]
		if r := utf16.DecodeRune(halfOf(rest), halfOf(rest[min(6, len(rest)):])); r != utf8.RuneError {
			columns[line] = append(columns[line], column)
			out, rest = fmt.Appendf(out, `\U%08X`, r), rest[12:]
			column += 10
			continue
		}
		out, rest = append(out, rest[:2]...), rest[2:]
		column += 2
	}
}

// halfOf returns the code unit that an escape at the beginning of text stands for.
func halfOf(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0
	}
	n, _ := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(n)
}

// failSyntax reports what the YAML parser says, without what it quotes.
func (p *parser) failSyntax(data []byte, err error) {
	var fault *yaml.LoadError
	if !errors.As(err, &fault) {
		p.failAt(1, 1, "this is not YAML")
		return
	}
	line, column := fault.Mark.Line, fault.Mark.Column
	if line == 0 {
		line, column = position(data, fault.Mark.Index)
	}
	if last, end := position(data, len(data)); line > last {
		line, column = last, end
	}
	p.failAt(line, max(1, column), "this is not YAML: %s", withoutQuotes(fault))
}

func withoutQuotes(fault *yaml.LoadError) string {
	switch {
	case strings.Contains(fault.Message, "anchor"):
		return "an alias without an anchor; put quotes around a string"
	case strings.Contains(fault.Message, "alphabetic"):
		return "an alias or anchor without a name; put quotes around a string, such as a pattern with * or [ ]"
	}
	message, _, _ := strings.Cut(fault.Message, " (value:")
	return message
}

// A source is the text that YAML nodes were read from.
type source struct{ lines []string }

var lineEnd = regexp.MustCompile(`\r\n?|\n`)

// node returns n and what it holds.
func (s source) node(n *yaml.Node, depth int) *node {
	out := &node{line: n.Line, column: n.Column}
	switch {
	case depth > maxDepth:
		out.fail("this is nested deeper than %d levels", maxDepth)
	case n.Kind == yaml.AliasNode:
		out.fail("aliases are not supported; write the value out, move it to defaults, or put quotes around a string")
	case n.Anchor != "":
		out.fail("anchors are not supported; remove the anchor, or put quotes around a string")
	case n.Style&yaml.TaggedStyle != 0:
		out.fail("tags are not supported; remove the tag, or put quotes around a string")
	case n.Kind == yaml.MappingNode:
		out.kind = mapping
		s.fill(out, n, depth)
	case n.Kind == yaml.SequenceNode:
		out.kind = sequence
		for _, item := range n.Content {
			out.items = append(out.items, s.item(item, depth+1))
		}
	case strings.Contains(n.Value, "\b"):
		out.fail(`\b in double quotes is a backspace; for a regular expression write \\b, or use single quotes`)
	case n.Kind == yaml.ScalarNode:
		out.text = n.Value
		if out.kind = scalarKind(n); out.kind == faulty {
			out.fail("versions of YAML read this differently; put quotes around a string, and write any other value as in JSON")
		}
	}
	return out
}

// item returns an element of a sequence. One without quotes that goes on in another
// line looks like two, and often lacks the comma or the dash that made it two.
func (s source) item(n *yaml.Node, depth int) *node {
	out := s.node(n, depth)
	if n.Kind == yaml.ScalarNode && n.Style == 0 && out.kind != faulty && !s.inOneLine(n) {
		out.kind = faulty
		out.fail("this continues on the next line; add the missing comma or dash, correct the indentation, or put quotes around a string of several lines")
	}
	return out
}

// inOneLine reports whether a scalar without quotes, which has no escapes, stands where
// it begins.
func (s source) inOneLine(n *yaml.Node) bool {
	if n.Line > len(s.lines) {
		return false
	}
	line := []rune(s.lines[n.Line-1])
	return strings.HasPrefix(string(line[min(n.Column-1, len(line)):]), n.Value)
}

// fill takes the keys of a mapping.
func (s source) fill(out *node, n *yaml.Node, depth int) {
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := s.key(n.Content[i], depth+1), s.node(n.Content[i+1], depth+1)
		if first := lines[key.text]; first > 0 {
			key.fail("duplicate key; the first is in line %d", first)
		}
		if out.faults = append(out.faults, key.faults...); len(key.faults) > 0 {
			continue
		}
		lines[key.text] = key.line
		out.keys, out.items = append(out.keys, key), append(out.items, value)
	}
}

// key returns the key of a mapping, which is text, whatever it looks like.
func (s source) key(n *yaml.Node, depth int) *node {
	if n.Kind == yaml.ScalarNode && n.Anchor == "" && n.Style&yaml.TaggedStyle == 0 && (n.Value != "<<" || scalarKind(n) == text) {
		return &node{kind: text, text: n.Value, line: n.Line, column: n.Column}
	}
	key := s.node(n, depth)
	if len(key.faults) == 0 {
		key.fail("a key must be a string")
	}
	return key
}

var (
	jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

	// otherwise matches what is not text, or not what it is to JSON, by the types of
	// YAML 1.1 (yaml.org/type) or the core schema of YAML 1.2 (section 10.3). The
	// letters y and n, which YAML 1.1 has as booleans, are text to its common
	// parsers, and N is a kind of DynamoDB's.
	otherwise = regexp.MustCompile(`^(` + strings.Join([]string{
		`(?i:yes|no|on|off|true|false|null)`,
		`[-+]?[0-9][0-9_]*`,
		`[-+]?0[bB][01_]+`, `[-+]?0[oO][0-7_]+`, `[-+]?0[xX][0-9a-fA-F_]+`,
		`[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`,
		`[-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?`,
		`[-+]?\.(?i:inf)`, `\.(?i:nan)`,
		`[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?`,
		`=`, `<<`,
	}, "|") + `)$`)
)

// scalarKind returns what a scalar is, and faulty if that is not certain.
func scalarKind(n *yaml.Node) kind {
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return text
	}
	switch n.Value {
	case "", "~", "null":
		return null
	case "true", "false":
		return boolean
	}
	switch {
	case jsonNumber.MatchString(n.Value):
		return number
	case otherwise.MatchString(n.Value):
		return faulty
	}
	return text
}
