// Package uses counts what the rules of a table were used for, and words what is odd about
// that.
package uses

import (
	"fmt"
	"strings"

	"github.com/dynsync/dynsync/internal/wire"
)

// A Table has a Use for each rule of a table, by the rule's ID.
type Table []Use

// A Use counts the values that a rule selected, by what became of them. A set counts as one
// value, and so does a map whose names the rule makes.
type Use struct {
	Applied int64 // the rule made, kept or removed these
	Default int64 // it did not apply to these, and they went to the default
	Failed  int64 // it failed the item
	Seen    bool  // it selected a value, perhaps one of an item that failed at another, or in an earlier run
	Before  bool  // it applied in an earlier run

	nulls int64     // of Default, those that are NULL
	kinds [11]bool  // of the others
	first Exception // of them
}

// An Exception is a value to which a rule does not apply.
type Exception struct {
	Kind wire.Kind
	Why  string   // a clause; "" if nobody knows
	Fits []string // the names of transformers that would apply
}

// Matched returns how many values the rule selected.
func (u *Use) Matched() int64 { return u.Applied + u.Default + u.Failed }

// Except counts n values to which the rule did not apply. It calls explain for the first one
// that is not NULL.
func (u *Use) Except(n int64, kind wire.Kind, explain func() Exception) {
	u.Default += n
	if kind == wire.NULL {
		u.nulls += n
		return
	}
	if u.first.Kind == wire.Invalid {
		u.first = explain()
	}
	u.kinds[kind] = true
}

// New returns what so many rules were used for in earlier runs, by the IDs of those that
// selected something, and of those that applied. It ignores the IDs of other rules.
func New(rules int, seen, applied []int) Table {
	t := make(Table, rules)
	for _, id := range seen {
		if id >= 0 && id < rules {
			t[id].Seen = true
		}
	}
	for _, id := range applied {
		if id >= 0 && id < rules {
			t[id].Before = true
		}
	}
	return t
}

// Take adds the counts of from, which it sets to 0, and returns the sum. A nil t is that of
// as many rules.
func (t Table) Take(from Table) Table {
	if t == nil {
		t = make(Table, len(from))
	}
	for id := range from {
		t[id].take(&from[id])
	}
	return t
}

func (u *Use) take(from *Use) {
	from.Seen = from.Seen || from.Matched() > 0
	u.Applied += from.Applied
	u.Default += from.Default
	u.Failed += from.Failed
	u.nulls += from.nulls
	u.Seen = u.Seen || from.Seen
	if u.first.Kind == wire.Invalid {
		u.first = from.first
	}
	for k, is := range from.kinds {
		u.kinds[k] = u.kinds[k] || is
	}
	from.Applied, from.Default, from.Failed, from.nulls = 0, 0, 0, 0
}

// Open reports whether a rule has selected nothing so far.
func (t Table) Open() bool {
	for id := range t {
		if u := &t[id]; !u.Seen && u.Matched() == 0 {
			return true
		}
	}
	return false
}

// Seen returns the IDs of the rules that selected something, in this run or an earlier one.
func (t Table) Seen() []int { return t.which(func(u *Use) bool { return u.Seen }) }

// Applied returns the IDs of the rules that applied, in this run or an earlier one.
func (t Table) Applied() []int {
	return t.which(func(u *Use) bool { return u.Before || u.Applied > 0 })
}

func (t Table) which(is func(*Use) bool) (ids []int) {
	for id := range t {
		if is(&t[id]) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Excepts reports whether the rule did not apply to a value other than NULL.
func (u *Use) Excepts() bool { return u.Default > u.nulls }

// Odd says of a rule that did not apply to values other than NULL how many there were, of
// which kinds, why it did not apply and what would. Of another rule it returns "". never
// reports that the rule has applied to no value, in any run, and failed for none.
func (u *Use) Odd() (text string, never bool) {
	if !u.Excepts() {
		return "", false
	}
	others := u.Default - u.nulls
	never = u.Applied == 0 && u.Failed == 0 && !u.Before
	text = fmt.Sprintf("matched %d values and did not apply to %d", u.Matched(), others)
	if never {
		text = fmt.Sprintf("matched %d values and applied to none", u.Matched())
	}
	text += ": these are " + u.kindNames()
	if u.first.Why != "" {
		text += ", and " + u.first.Why
	}
	if len(u.first.Fits) > 0 {
		text += "; " + strings.Join(u.first.Fits, " or ") + " would apply"
	}
	return text, never
}

func (u *Use) kindNames() string {
	var names []string
	for k, is := range u.kinds {
		if is {
			names = append(names, wire.Kind(k).String())
		}
	}
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
