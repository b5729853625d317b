package template

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Explain says why the template does not give a value from an item, and names the
// modifiers with which it would. The text holds nothing of the value or the item.
func (t *Template) Explain(value string, item Item) string {
	made, misfit := t.Derive(item)
	if misfit == "" && made == value {
		return ""
	}
	s := &search{t: t, value: value, choices: make([][]choice, len(t.Placeholders)), found: map[position]*way{}}
	for i, p := range t.Placeholders {
		attribute, ok := item(p.Path)
		switch {
		case !ok:
			return noText(p)
		case len(value) > maxKey || len(attribute) > 2*maxKey: // it would take long
			return notGiven + "its attributes"
		}
		s.choices[i] = p.choices(attribute, value)
	}
	w, ok := s.behind(position{0, 0})
	if !ok {
		return "the value lacks the fixed texts of the template"
	}
	return s.tell(w, misfit)
}

const notGiven = "the template does not give the old value from "

// A choice is a placeholder with perhaps other modifiers, and what it makes.
type choice struct {
	p    Placeholder
	text string
	cost int
}

// What a choice costs. The template's own modifiers cost nothing. Of others, fewer are
// better, and what any text has, its first characters, explains less than what not every
// text has.
const (
	costOfOther    = 1
	costOfModifier = 10
	costOfMax      = 1
	costOfNone     = 1000 // no choice makes that part of the value
)

// choices returns the placeholders for the same attribute whose texts stand in a value:
// the placeholder itself, and those with none, one or two other modifiers, or with one
// more.
func (p Placeholder) choices(attribute, value string) []choice {
	c := collector{p, value, map[string]choice{}}
	c.add(nil, attribute)
	ones := steps(attribute, value)
	for _, m := range ones {
		c.add([]Modifier{m.Modifier}, m.text)
		for _, second := range steps(m.text, value) {
			c.add([]Modifier{m.Modifier, second.Modifier}, second.text)
		}
	}
	if own, misfit := p.Text(attribute); misfit == "" {
		for _, m := range steps(own, value) {
			c.add(append(slices.Clip(p.Modifiers), m.Modifier), m.text)
		}
		c.keep(choice{p: p, text: own})
	}
	return slices.SortedFunc(maps.Values(c.found), func(a, b choice) int {
		return cmp.Or(a.cost-b.cost, strings.Compare(a.text, b.text))
	})
}

// A collector collects the cheapest choice for each text in a value.
type collector struct {
	p     Placeholder
	value string
	found map[string]choice
}

func (c *collector) add(modifiers []Modifier, text string) {
	cost := costOfOther + costOfModifier*len(modifiers)
	for _, m := range modifiers {
		if m.kind.name == "max" {
			cost += costOfMax
		}
	}
	c.keep(choice{Placeholder{c.p.Path, modifiers, c.p.text}, text, cost})
}

func (c *collector) keep(other choice) {
	old, known := c.found[other.text]
	if strings.Contains(c.value, other.text) && (!known || other.cost < old.cost) {
		c.found[other.text] = other
	}
}

// A step is a modifier and what it makes of a text.
type step struct {
	Modifier
	text string
}

// manyCharacters is the number from which on a modifier is tried only as long as its
// results stand in the value.
const manyCharacters = 20

// steps returns what each modifier makes of a text.
func steps(text, value string) (all []step) {
	for _, k := range kinds {
		if k.most == 0 {
			if out, ok := (Modifier{kind: k}).apply(text); ok {
				all = append(all, step{Modifier{kind: k}, out})
			}
			continue
		}
		last := ""
		for n := k.least(text); n <= k.most; n++ {
			m := Modifier{k, n}
			out, ok := m.apply(text)
			if !ok || out == last || n > manyCharacters && !strings.Contains(value, out) {
				break // so it is with greater numbers
			}
			all = append(all, step{m, out})
			last = out
		}
	}
	return all
}

// A search looks for the choices that together make a value.
type search struct {
	t       *Template
	value   string
	choices [][]choice
	found   map[position]*way
}

// A position is the offset in the value at which a placeholder begins.
type position struct{ at, placeholder int }

// A way makes the value from a position on.
type way struct {
	choice *choice // nil if none makes this part
	next   *way
	cost   int
}

// from returns the cheapest way to make the value from a position on, or nil.
func (s *search) from(p position) *way {
	if w, known := s.found[p]; known {
		return w
	}
	s.found[p] = nil
	var best *way
	try := func(c *choice, cost, end int) {
		if next, ok := s.behind(position{end, p.placeholder + 1}); ok {
			if next != nil {
				cost += next.cost
			}
			if best == nil || cost < best.cost {
				best = &way{c, next, cost}
			}
		}
	}
	rest := s.value[p.at:]
	for i := range s.choices[p.placeholder] {
		if c := &s.choices[p.placeholder][i]; strings.HasPrefix(rest, c.text) {
			try(c, c.cost, p.at+len(c.text))
		}
	}
	for end := p.at + 1; end <= len(s.value); end++ {
		if strings.HasPrefix(s.value[end:], s.t.Fixed[p.placeholder+1]) {
			try(nil, costOfNone, end)
		}
	}
	s.found[p] = best
	return best
}

// behind returns the cheapest way from the end of a placeholder's part on, nil at the end
// of the value, and whether there is one.
func (s *search) behind(p position) (*way, bool) {
	fixed := s.t.Fixed[p.placeholder]
	rest, ok := strings.CutPrefix(s.value[p.at:], fixed)
	switch {
	case !ok:
		return nil, false
	case p.placeholder == len(s.t.Placeholders):
		return nil, rest == ""
	}
	w := s.from(position{p.at + len(fixed), p.placeholder})
	return w, w != nil
}

// tell says which placeholders do not make their parts, and which would. misfit says
// which does not fit its attribute, if one does not.
func (s *search) tell(w *way, misfit string) string {
	var wrong, right []string
	for _, p := range s.t.Placeholders {
		if w.choice == nil || w.choice.cost > 0 {
			wrong = append(wrong, p.String())
		}
		if w.choice != nil && w.choice.cost > 0 {
			right = append(right, w.choice.p.String())
		}
		w = w.next
	}
	text := notGiven + strings.Join(wrong, " and ")
	switch {
	case len(right) == len(wrong):
		return text + ", but " + strings.Join(right, " and ") + " would"
	case misfit != "":
		return text + ": " + misfit
	}
	return text + ", and no modifier would"
}
