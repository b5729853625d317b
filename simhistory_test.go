package dynsync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// A simHistory is what the source held, when: every version of every item, by table
// and id. Beside the sequence it is all that the oracle knows.
type simHistory []map[string][]simVersion

// A simVersion is an item as it was for a while.
type simVersion struct {
	n        int       // of the item
	from, to time.Time // to is zero while it lasts
}

// put notes that an item is written at that time, and returns its version.
func (h simHistory) put(table int, id string, at time.Time) int {
	h.remove(table, id, at)
	n := len(h[table][id]) + 1
	h[table][id] = append(h[table][id], simVersion{n: n, from: at})
	return n
}

func (h simHistory) remove(table int, id string, at time.Time) {
	if all := h[table][id]; len(all) > 0 && all[len(all)-1].to.IsZero() {
		all[len(all)-1].to = at
	}
}

// within returns the versions of an item that lasted at some time of a period.
func (h simHistory) within(table int, id string, from, to time.Time) []simVersion {
	var all []simVersion
	for _, v := range h[table][id] {
		if !v.from.After(to) && (v.to.IsZero() || !v.to.Before(from)) {
			all = append(all, v)
		}
	}
	return all
}

// throughout reports whether there was an item for all of a period, in whatever
// versions.
func (h simHistory) throughout(table int, id string, from, to time.Time) bool {
	at := from
	for _, v := range h[table][id] {
		if !v.from.After(at) && (v.to.IsZero() || v.to.After(at)) {
			if v.to.IsZero() || v.to.After(to) {
				return true
			}
			at = v.to
		}
	}
	return false
}

// A fate is what the job's rules do to an item, which its id says.
type fate uint8

const (
	fateWritten  fate = iota
	fateFiltered      // "d": dropped by the filter
	fateRejected      // "r": a rule fails it
	fateRefused       // "x": DynamoDB finds it invalid
)

func fateOf(id string) fate {
	return map[byte]fate{'d': fateFiltered, 'r': fateRejected, 'x': fateRefused}[id[len(id)-1]]
}

// A simStored is an item of the destination, as the oracle knows it.
type simStored struct {
	table   string // "" for one that others wrote
	source  string
	version string
	name    string
	own     string // the attribute of others
	secret  bool
	others  int // attributes that are none of these
}

// The oracle's rules.

// made returns what the rules of a version make of an item.
func made(table int, id string, version, rules int) simStored {
	return simStored{
		table: fmt.Sprint(table), source: id, version: fmt.Sprint(version),
		name: fmt.Sprintf("NAME %d/%s V%d", table, id, rules),
	}
}

// The job's rules. They are written apart from the oracle's, which checks them.

// rules returns the options of a table.
func (p *simProcess) rules(i int) []TableOption {
	w, t := p.w, &p.w.q.tables[i]
	opts := []TableOption{
		clearCopy(), WithMode(t.mode), WithPageSize(w.tuning.page), WithName(fmt.Sprintf("T%d", i)),
		WithFilter(p.filter),
		WithTransform("Secret", Remove(), Optional()),
		WithTransform("Name", Func(w.name), Optional()),
	}
	if t.segments > 0 {
		opts = append(opts, WithSegments(t.segments))
	}
	return append(opts, w.q.keyRules(i)...)
}

// filter drops items, and takes the time that an item takes: without it, workers
// would do at one moment what has no order then.
func (p *simProcess) filter(rec *Record) bool {
	name, _ := rec.Get("Name")
	text, _ := name.Text()
	time.Sleep(time.Duration(p.w.draw("transform", text, p.n) % 200_000))
	return !strings.HasSuffix(text, "d")
}

// name is the rule for the attribute Name.
func (w *simWorld) name(_ context.Context, name string) (string, error) {
	if strings.HasSuffix(name, "r") || w.ails(name, ailRule) {
		return "", errors.New("it fails")
	}
	return fmt.Sprintf("NAME %s V%d", name, w.version), nil
}
