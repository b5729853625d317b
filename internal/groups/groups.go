// Package groups counts the items of a table that were not written by the reason, so that
// a report has a line for each reason and not one for each item.
package groups

import (
	"cmp"
	"slices"
)

// Max is the number of groups that are told apart. Items of further reasons are only
// counted.
const Max = 64

// A Cause is why an item was not written. Items with causes that differ only in the
// indexes of the path, or in numbers and digests of the reason, are in one group.
type Cause struct {
	Outcome string // what became of the item
	Path    string // document path; "" for the item as a whole
	Op      string // name of the transformer, or ""
	Reason  string // what is wrong
	Code    string // code and HTTP status of DynamoDB's answer, or ""
}

// shape returns what all causes of a group have in common.
func (c Cause) shape() Cause {
	c.Path, c.Reason = Path(c.Path), Reason(c.Reason)
	return c
}

// A Group is a number of items with one cause. Its path has [*] for indexes, and its
// reason has … for numbers that differ from item to item.
type Group struct {
	Cause
	Count int64
	First string // what tells the first item from others, as Add was given it
}

// Groups are the groups of a table. The zero value has none. It is not safe for
// concurrent use.
type Groups struct {
	at    map[Cause]int // index in all, by the shape
	all   []Group
	other int64
}

// Add counts an item. It calls first only for the first item of a group.
func (g *Groups) Add(c Cause, first func() string) {
	shape := c.shape()
	i, known := g.at[shape]
	switch {
	case known:
		g.all[i].Count++
		if g.all[i].Reason != c.Reason {
			g.all[i].Reason = shape.Reason
		}
	case len(g.all) == Max:
		g.other++
	default:
		if g.at == nil {
			g.at = map[Cause]int{}
		}
		g.at[shape] = len(g.all)
		c.Path = shape.Path
		g.all = append(g.all, Group{Cause: c, Count: 1, First: first()})
	}
}

// All returns a copy of the groups, the largest first, and of equal ones the one that
// began first. other is the number of items that are in none.
func (g *Groups) All() (all []Group, other int64) {
	all = slices.Clone(g.all)
	slices.SortStableFunc(all, func(a, b Group) int { return cmp.Compare(b.Count, a.Count) })
	return all, g.other
}
