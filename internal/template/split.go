package template

import (
	"slices"
	"strings"
)

// Split returns the parts of a value that has the form of what the template makes, one for
// each placeholder. A part ends before the first fixed text that can follow it.
func (t *Template) Split(value string) (parts []string, ok bool) {
	rest, ok := strings.CutPrefix(value, t.Fixed[0])
	if !ok {
		return nil, false
	}
	last := len(t.Fixed) - 1
	for _, fixed := range t.Fixed[1:last] {
		if rest == "" {
			return nil, false
		}
		i := strings.Index(rest[1:], fixed)
		if i < 0 {
			return nil, false
		}
		parts, rest = append(parts, rest[:1+i]), rest[1+i+len(fixed):]
	}
	part, ok := strings.CutSuffix(rest, t.Fixed[last])
	return append(parts, part), ok && part != ""
}

// Join returns the value of which Split returns these parts, and whether there is one.
func (t *Template) Join(parts []string) (value string, ok bool) {
	var b strings.Builder
	for i, part := range parts {
		b.WriteString(t.Fixed[i])
		b.WriteString(part)
	}
	b.WriteString(t.Fixed[len(parts)])
	again, ok := t.Split(b.String())
	return b.String(), ok && slices.Equal(again, parts)
}

// FoldsFirst reports whether the modifiers that lose something stand before all others.
func (p Placeholder) FoldsFirst() bool {
	_, rest := p.folding()
	return !slices.ContainsFunc(rest, func(m Modifier) bool { return m.kind.loses != 0 })
}

// folding divides the modifiers behind the first ones that lose something.
func (p Placeholder) folding() (first, rest []Modifier) {
	n := slices.IndexFunc(p.Modifiers, func(m Modifier) bool { return m.kind.loses == 0 })
	if n < 0 {
		n = len(p.Modifiers)
	}
	return p.Modifiers[:n], p.Modifiers[n:]
}

// Folded returns what the first modifiers, those that lose something, leave of an
// attribute's text. It is empty if the text does not fit one.
func (p Placeholder) Folded(attribute string) string {
	first, _ := p.folding()
	text, _ := Placeholder{Path: p.Path, Modifiers: first}.Text(attribute)
	return text
}
