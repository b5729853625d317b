package engine

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/dynsync/dynsync/internal/leak"
	"github.com/dynsync/dynsync/internal/pseudonym"
	"github.com/dynsync/dynsync/internal/survey"
	"github.com/dynsync/dynsync/internal/wire"
)

// A Plan is everything that happens to the items of one table. All goroutines share it,
// and nothing but Quota changes.
type Plan struct {
	Table    string // as errors name it
	SeedName string // what default pseudonyms and seeds of an item depend on
	Rules    *Rules
	Secret   *pseudonym.Key      // that pseudonyms and seeds are derived from
	Keys     *wire.Keys          // the names of the key attributes
	TTL      string              // the attribute that holds the time to live, or ""
	Indexed  map[string]IndexKey // key attributes of secondary indexes, those of the table left out
	// MaxKeyBytes has how long DynamoDB lets key attributes be, those of indexes too.
	MaxKeyBytes map[string]int

	Filter func(Call) bool // nil takes every item
	// Finish is the record transform, or nil. It gets and returns an item with its
	// attributes.
	Finish func(ctx context.Context, c Call, item []byte, attrs []wire.Attr) ([]byte, []wire.Attr, error)
	Sample func(key []byte) bool // nil takes every key
	Quota  *atomic.Int64         // how many items are still to be taken; nil for no limit
	Now    time.Time             // items that had expired then are left out; zero for none

	// OneToOne demands that an item's key is a one-to-one function of its key as read, and
	// fails every item of which that is not certain.
	OneToOne bool

	Survey *survey.Survey // of what keys and names look like; nil for none

	// Fits returns the names of transformers that would take the value of a key, of kind S,
	// N or B, for errors. It is nil if nobody knows.
	Fits func(kind, text string) []string

	CheckLeaks bool         // originals are searched in the results
	LeaksFail  bool         // an item that still has one fails; else it is only counted
	LeakLength int          // of the shortest original that is searched
	Values     *leak.Values // what the first items tell of their values; nil for nothing
}

// identity reports whether the plan leaves every item as it is.
func (p *Plan) identity() bool {
	return p.Rules.cover == keepAll && len(p.Rules.rules) == 0 && p.Finish == nil
}

// LeavesOut reports whether a top-level attribute is no part of a copy, since it belongs to
// the replication of a global table. One that a literal rule names is under that rule.
func (p *Plan) LeavesOut(name string) bool {
	return wire.IsReplication(name) && !p.Keys.Holds(name) && !p.Rules.Names(name)
}

// fitting returns the names of transformers that would take the value of a key.
func (p *Plan) fitting(v Value) []string {
	switch {
	case p.Fits == nil:
		return nil
	case v.Kind == wire.B:
		return p.Fits(v.Kind.String(), string(wire.AppendBytes(nil, v.Raw)))
	}
	text, _ := wire.DecodeText(v.Raw)
	return p.Fits(v.Kind.String(), text)
}

// An IndexKey is what an index of the destination demands of an attribute. The zero IndexKey,
// of an index that only the source has, demands nothing.
type IndexKey struct {
	Index string // its name
	Kind  wire.Kind
	Max   int // bytes of an S or B
}

// demandOf returns what an index demands of the attribute of that name, nil for nothing.
func (p *Plan) demandOf(name string) *IndexKey {
	if k := p.Indexed[name]; k.Kind != wire.Invalid {
		return &k
	}
	return nil
}

// demandOfRules is demandOf for what the rules make: a record transform may still mend it.
func (p *Plan) demandOfRules(name string) *IndexKey {
	if p.Finish != nil {
		return nil
	}
	return p.demandOf(name)
}

// wrong returns why the index refuses an item with a value, or "". A nil k takes every value.
func (k *IndexKey) wrong(v Value) string {
	switch {
	case k == nil || v.Kind == Missing:
		return ""
	case v.Kind != k.Kind:
		return "the key of the index " + k.Index + " is of type " + k.Kind.String()
	case v.isEmpty():
		return "the key of the index " + k.Index + " is never empty"
	case k.Kind != wire.N && len(v.Raw) > k.Max && wire.ValueSize(v.Raw) > k.Max:
		return fmt.Sprintf("the key of the index %s has at most %d bytes", k.Index, k.Max)
	}
	return ""
}

func (p *Plan) isIndexKey(name string) bool {
	_, ok := p.Indexed[name]
	return ok
}

// fitAt returns what is demanded of the result for the value at a path of the item.
func (p *Plan) fitAt(path []wire.Step) (fit Fit) {
	for _, w := range p.Rules.wants {
		if slices.Equal(w.Path, path) {
			fit.Should = both(fit.Should, w.Should)
		}
	}
	if len(path) == 1 && !path[0].Elem {
		if most := p.MaxKeyBytes[path[0].Name]; most > 0 {
			of := "this key"
			if k := p.demandOf(path[0].Name); k != nil {
				of = "the key of the index " + k.Index
			}
			fit.Must = func(v Value) string { return tooLongKey(v, most, of) }
		}
	}
	return fit
}

// both joins two demands, of which the first may be nil.
func both(a, b func(Value) string) func(Value) string {
	if a == nil {
		return b
	}
	return func(v Value) string {
		if why := a(v); why != "" {
			return why
		}
		return b(v)
	}
}

// tooLongKey says that the value of a key attribute has more bytes than DynamoDB takes.
func tooLongKey(v Value, most int, of string) string {
	if v.Kind != wire.S && v.Kind != wire.B || len(v.Raw) <= most || wire.ValueSize(v.Raw) <= most {
		return ""
	}
	return fmt.Sprintf("the result is longer than the %d bytes that DynamoDB takes for %s", most, of)
}

// LeakWords says what becomes of an item that still has an original.
func (p *Plan) LeakWords() string {
	switch {
	case !p.CheckLeaks:
		return "off"
	case p.LeaksFail:
		return "fails items"
	}
	return "counts"
}
