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
	s := &search{t: t, value: value, choices: make([][]choice, len(t.Placeholders))}
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
	w := s.cheapest()
	if w == nil {
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
	for _, m := range steps(attribute, value, maxKey) {
		c.add([]Modifier{m.Modifier}, m.text)
		most := maxKey
		if m.kind.most > 0 { // pairs of all numbers would take long
			most = manyCharacters
		}
		for _, second := range steps(m.text, value, most) {
			c.add([]Modifier{m.Modifier, second.Modifier}, second.text)
		}
	}
	if own, misfit := p.Text(attribute); misfit == "" {
		for _, m := range steps(own, value, maxKey) {
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

// steps returns what each modifier makes of a text, of those that take a number up to most
// characters.
func steps(text, value string, most int) (all []step) {
	for _, k := range kinds {
		if k.most == 0 {
			if out, ok := (Modifier{kind: k}).apply(text); ok {
				all = append(all, step{Modifier{kind: k}, out})
			}
			continue
		}
		last := ""
		for n := k.least(text); n <= min(k.most, most); n++ {
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
}

// A way makes the value from a position on: from a placeholder on, or nothing more.
type way struct {
	choice *choice // nil if none makes this part
	next   *way
	cost   int
}

// cheapest returns the cheapest way to make the value, or nil.
func (s *search) cheapest() *way {
	// behind has, by offset, the ways behind the placeholder at hand.
	behind := make([]*way, len(s.value)+1)
	behind[len(s.value)] = &way{}
	for p := len(s.t.Placeholders) - 1; p >= 0; p-- {
		behind = s.ways(p, behind)
	}
	if !strings.HasPrefix(s.value, s.t.Fixed[0]) {
		return nil
	}
	return behind[len(s.t.Fixed[0])]
}

// ways returns, by offset, the cheapest ways from a placeholder on, of those behind the
// fixed text behind it.
func (s *search) ways(p int, behind []*way) []*way {
	all, fixed := make([]*way, len(behind)), s.t.Fixed[p+1]
	var other *way // whose part ends somewhere behind, and is made by no choice
	for at := len(s.value) - 1; at >= 0; at-- {
		if end := at + 1; strings.HasPrefix(s.value[end:], fixed) {
			if next := behind[end+len(fixed)]; next != nil && (other == nil || next.cost+costOfNone <= other.cost) {
				other = &way{nil, next, next.cost + costOfNone}
			}
		}
		if all[at] = other; other != nil && strings.HasSuffix(s.value[:at], s.t.Fixed[p]) {
			all[at] = s.chosen(p, at, behind, other)
		}
	}
	return all
}

// chosen returns the cheapest way from a placeholder on, with a choice, or else another.
func (s *search) chosen(p, at int, behind []*way, other *way) *way {
	best, rest, fixed := other, s.value[at:], s.t.Fixed[p+1]
	for i := range s.choices[p] {
		c := &s.choices[p][i]
		if !strings.HasPrefix(rest, c.text) || !strings.HasPrefix(rest[len(c.text):], fixed) {
			continue
		}
		next := behind[at+len(c.text)+len(fixed)]
		if next != nil && (c.cost+next.cost < best.cost || best == other && c.cost+next.cost == best.cost) {
			best = &way{c, next, c.cost + next.cost}
		}
	}
	return best
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
