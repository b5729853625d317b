package dynsynctest

import (
	"bytes"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// table is one table of one account and region.
type table struct {
	name, arn, id string
	created       time.Time
	keys          keySchema
	current       atomic.Pointer[settings]

	mu   sync.RWMutex // guards the rows of the table and of its indexes, ttl and changes of current
	rows rows
	ttl  string // the attribute, or empty
}

// settings are what UpdateTable changes. They are replaced as a whole: who has read them
// goes on with what was there.
type settings struct {
	attributes []types.AttributeDefinition
	billing    types.BillingMode
	onDemand   time.Time // when billing became on-demand; zero if it never did
	// throughput is that of the table, under the empty name, and of its global indexes;
	// on-demand tables have none.
	throughput map[string]*types.ProvisionedThroughput
	protected  bool
	stream     *types.StreamSpecification // nil is none
	streamed   time.Time                  // when the latest stream began; zero if there was none
	indexes    []*index
}

func (t *table) settings() *settings { return t.current.Load() }

// index is a global or local secondary index.
type index struct {
	name, arn  string
	global     bool
	keys       keySchema
	projection types.Projection
	rows       rows
}

func (t *table) index(name string) *index { return t.settings().index(name) }

func (s *settings) index(name string) *index {
	for _, x := range s.indexes {
		if x.name == name {
			return x
		}
	}
	return nil
}

// newRow makes the row of a normalized item of the given size.
func (t *table) newRow(i item, size int) *row {
	r := t.keys.row(i)
	// The text of an item is somewhat longer than the item.
	json := appendItem(make([]byte, 0, size+size/2+64), i)
	r.json, r.size = slices.Clip(json), size
	return &r
}

// row makes the index row of an item, nil if the item lacks a key attribute of
// the index: indexes are sparse. An item older than the index may have a value that
// cannot be a key.
func (x *index) row(t *table, base *row, i item) *row {
	for _, a := range x.keys.attributes() {
		if i[a.name] == nil {
			return nil
		}
	}
	if x.checkKeys(i) != nil {
		return nil
	}
	r := x.keys.row(i)
	r.tablePK, r.tableSK = base.pk, base.sk
	r.json, r.size = base.json, base.size
	if x.projection.ProjectionType != types.ProjectionTypeAll {
		projected := make(item)
		for name, v := range i {
			if x.projects(t, name) {
				projected[name] = v
			}
		}
		r.json, r.size = appendItem(nil, projected), itemSize(projected)
	}
	return &r
}

// projects reports whether items of the index have the attribute.
func (x *index) projects(t *table, name string) bool {
	return x.projection.ProjectionType == types.ProjectionTypeAll ||
		t.keys.has(name) || x.keys.has(name) || slices.Contains(x.projection.NonKeyAttributes, name)
}

// replace stores added, or removes old where added is nil, keeps the indexes in
// step, and returns what that cost. Caller holds the lock; old is the row that
// is there, nil if none. The item belongs to added.
func (t *table) replace(old, added *row, i item) usage {
	u := usage{table: t, units: writeUnits(old, added)}
	if added != nil {
		t.rows.put(added)
	} else if old != nil {
		t.rows.remove(old)
	}
	if len(t.settings().indexes) == 0 {
		return u
	}
	var before item
	if old != nil {
		before = decodeItem(old.json)
	}
	for _, x := range t.settings().indexes {
		var was, is *row
		if old != nil {
			was = x.row(t, old, before)
		}
		if added != nil {
			is = x.row(t, added, i)
		}
		if units := x.replace(was, is); units > 0 {
			u.indexes = append(u.indexes, indexUsage{x, units})
		}
	}
	return u
}

func (x *index) replace(was, is *row) (units float64) {
	switch {
	case was == nil && is == nil:
		return 0
	case was != nil && is != nil && was.compare(is) == 0:
		x.rows.put(is)
		if bytes.Equal(was.json, is.json) {
			return 0
		}
		return writeUnits(was, is)
	}
	if was != nil {
		x.rows.remove(was)
		units += writeUnits(was, nil)
	}
	if is != nil {
		x.rows.put(is)
		units += writeUnits(nil, is)
	}
	return units
}
