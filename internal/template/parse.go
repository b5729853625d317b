package template

import (
	"errors"
	"fmt"
	"strings"

	"github.com/dynsync/dynsync/internal/docpath"
)

// Parse parses a template. "{{" and "}}" stand for braces.
func Parse(text string) (*Template, error) {
	t := &Template{}
	var fixed strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '{' && c != '}' {
			fixed.WriteByte(c)
			continue
		}
		if i+1 < len(text) && text[i+1] == c {
			fixed.WriteByte(c)
			i++
			continue
		}
		end := endOf(text[i:], '}')
		if c == '}' || end < 0 {
			return nil, fmt.Errorf("the brace at column %d has no partner; double it to use it as text", i+1)
		}
		p, err := parsePlaceholder(text[:i+end], i+1)
		if err != nil {
			return nil, err
		}
		t.Fixed, t.Placeholders = append(t.Fixed, fixed.String()), append(t.Placeholders, p)
		fixed.Reset()
		i += end
	}
	t.Fixed = append(t.Fixed, fixed.String())
	if len(t.Placeholders) == 0 {
		return nil, errors.New("there is no placeholder, such as {Email}; use Constant for a fixed text")
	}
	return t, nil
}

// parsePlaceholder parses the placeholder that begins at text[at] and ends with text.
func parsePlaceholder(text string, at int) (Placeholder, error) {
	path := text[at:]
	if end := endOf(path, '|'); end >= 0 {
		path = path[:end]
	}
	steps, err := docpath.ParsePath(path)
	if err != nil {
		return Placeholder{}, fmt.Errorf("the placeholder at column %d: %w", at, err)
	}
	p := Placeholder{Path: steps, text: path}
	for at += len(path); at < len(text); {
		at++ // behind the bar
		modifier, _, _ := strings.Cut(text[at:], "|")
		m, err := newModifier(modifier)
		if err != nil {
			return Placeholder{}, fmt.Errorf("column %d: %w", at+1, err)
		}
		p.Modifiers = append(p.Modifiers, m)
		at += len(modifier)
	}
	return p, nil
}

// endOf returns the index of the first such byte outside quotes, or -1.
func endOf(text string, end byte) int {
	quoted := false
	for i := range len(text) {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == end && !quoted:
			return i
		}
	}
	return -1
}
