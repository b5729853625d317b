package partiql

import (
	"fmt"
	"slices"
	"strings"
)

// Explain says in words what a miss is, with its column in the text of the condition, and
// what was probably meant. It holds no value, and no name but what may be printed, and
// then one that an item has.
func (m Miss) Explain(text string, hints []Hint, may func(name string, items int) bool) string {
	at := fmt.Sprintf("column %d: ", m.Column(text))
	if !m.Missing {
		return at + m.unequalTypes()
	}
	what := "the attribute"
	if len(m.Path.Steps) > 1 {
		what = fmt.Sprintf("step %d of the path", m.Step+1)
	}
	return at + fmt.Sprintf("none of %d items has %s that the condition names there", m.Items, what) + m.meant(hints, may)
}

// Column returns the column of a miss in the text of the condition.
func (m Miss) Column(text string) int { return newError(text, m.Pos, "", "").Column }

// meant says what a path that names nothing may have been meant to be.
func (m Miss) meant(hints []Hint, may func(name string, items int) bool) string {
	if other := Sorted(m.Other); len(other) > 0 {
		return m.isLike(other[0], may)
	}
	if i := slices.IndexFunc(hints, func(h Hint) bool { return h.Pos == m.Pos }); i >= 0 {
		return "; " + hints[i].Remedy
	}
	parents := Sorted(m.Parent)
	if len(parents) == 0 {
		return ""
	}
	switch kind, elem := parents[0], m.Path.Steps[m.Step].Elem; {
	case kind == "L" && elem:
		return "; the lists there are shorter, and are counted from 0"
	case kind == "L":
		return "; it is a list there, whose elements are [0], [1] and so on"
	case kind == "SS" || kind == "NS" || kind == "BS":
		return "; it is a set there: use contains(name, value)"
	case kind == "M":
		return "; it is a map there, whose members have names"
	default:
		return "; what it should be in is of type " + kind
	}
}

// isLike says that items have a name like the missing one.
func (m Miss) isLike(name string, may func(name string, items int) bool) string {
	n, cased := m.Other[name], strings.EqualFold(name, m.Path.Steps[m.Step].Name)
	switch {
	case may(name, n) && cased:
		return fmt.Sprintf("; %d have %q, and case matters", n, name)
	case may(name, n):
		return fmt.Sprintf("; %d have %q", n, name)
	case cased:
		return fmt.Sprintf("; %d have one of the same letters in another case, and case matters", n)
	}
	return fmt.Sprintf("; %d have one with a name like it", n)
}

func (m Miss) unequalTypes() string {
	text := fmt.Sprintf("the condition compares with type %s what is of type ", orList(m.Wants))
	for i, kind := range Sorted(m.Has) {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s in %d of %d items", kind, m.Has[kind], m.Items)
	}
	return text + conversion(Sorted(m.Has)[0])
}

func orList(words []string) (text string) {
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			text += " or "
		default:
			text += ", "
		}
		text += w
	}
	return text
}

// conversion says how to write a value of the type that there is.
func conversion(has string) string {
	switch {
	case has == "N":
		return "; write a number without quotes, or pass one"
	case has == "S":
		return "; write text between two ', or pass a string"
	case has == "BOOL":
		return "; write true or false"
	case has == "B":
		return "; pass a []byte"
	case has == "NULL":
		return "; write null"
	case has == "L" || has == "SS" || has == "NS" || has == "BS":
		return "; use contains(name, value)"
	case has == "M":
		return "; name a member of the map"
	}
	return ""
}
