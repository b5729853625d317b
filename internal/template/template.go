// Package template has the templates by which keys are made of other attributes: fixed
// texts, and between each two a placeholder, which names an attribute and says how its
// text enters the key.
//
//	CUSTOMER#{Email|lower}#{Year}
package template

import (
	"strings"

	"github.com/dynsync/dynsync/internal/wire"
)

// A Template is a parsed template. It is immutable.
type Template struct {
	Fixed        []string // one more than there are placeholders; each may be empty
	Placeholders []Placeholder
}

// A Placeholder stands for the text of an attribute, as its modifiers make it.
type Placeholder struct {
	Path      []wire.Step
	Modifiers []Modifier

	text string // of the path, as it was given
}

// String returns the placeholder as a template has it, in braces.
func (p Placeholder) String() string {
	var b strings.Builder
	b.WriteString("{" + p.text)
	for _, m := range p.Modifiers {
		b.WriteString("|" + m.String())
	}
	return b.String() + "}"
}

// Loses returns what the modifiers lose of a text: texts that differ in nothing else have
// different results.
func (p Placeholder) Loses() Loss {
	var loss Loss
	for _, m := range p.Modifiers {
		loss |= m.kind.loses
	}
	return loss
}

// Text returns what the modifiers make of an attribute's text, or why one of them does not
// fit it.
func (p Placeholder) Text(attribute string) (text, misfit string) {
	text = attribute
	for _, m := range p.Modifiers {
		var ok bool
		if text, ok = m.apply(text); !ok {
			return "", "the value of " + p.String() + " does not fit: " + m.String() + " " + m.kind.takes
		}
	}
	return text, ""
}

// An Item returns the text of the string or number at a path, and whether there is one
// that is not empty.
type Item func(path []wire.Step) (text string, ok bool)

// Fits reports whether a value has the form of what the template makes: the fixed texts,
// with at least one byte between them.
func (t *Template) Fits(value string) bool {
	_, ok := t.Split(value)
	return ok
}

// Derive returns what the template makes of an item, or which placeholder has no text,
// without a value of the item.
func (t *Template) Derive(item Item) (made, misfit string) {
	var b strings.Builder
	for i, p := range t.Placeholders {
		attribute, ok := item(p.Path)
		if !ok {
			return "", noText(p)
		}
		text, misfit := p.Text(attribute)
		if misfit != "" {
			return "", misfit
		}
		b.WriteString(t.Fixed[i])
		b.WriteString(text)
	}
	b.WriteString(t.Fixed[len(t.Placeholders)])
	return b.String(), ""
}

// Unfit returns why the i-th placeholder cannot have a text of an attribute, or "": the text
// does not fit its modifiers, or holds the fixed text behind the placeholder, so that the
// end of the part would not be found.
func (t *Template) Unfit(i int, attribute string) (why string) {
	p, fixed := t.Placeholders[i], t.Fixed[i+1]
	text, misfit := p.Text(attribute)
	switch {
	case misfit != "" || fixed == "" || i == len(t.Placeholders)-1:
		return misfit
	case strings.Index((text + fixed)[1:], fixed) != len(text)-1:
		return "the value of " + p.String() + " holds the text that stands behind it"
	}
	return ""
}

// noText says that the item has no text for a placeholder.
func noText(p Placeholder) string {
	return "the item has no string or number at {" + p.text + "}"
}
