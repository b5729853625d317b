package dynsynctest

import "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

// view is what a read walks over: a table, or one of its indexes.
type view struct {
	table *table
	index *index // nil for the table
	keys  keySchema
	rows  *rows
}

func (t *table) view(indexName *string) (view, bool) {
	if indexName == nil {
		return view{table: t, keys: t.keys, rows: &t.rows}, true
	}
	x := t.index(*indexName)
	if x == nil {
		return view{}, false
	}
	return view{table: t, index: x, keys: x.keys, rows: &x.rows}, true
}

func (v view) global() bool { return v.index != nil && v.index.global }

// from returns the place that a start key names. It need not hold an item.
func (v view) from(key item) *row {
	r := v.keys.row(key)
	if v.index != nil {
		base := v.table.keys.row(key)
		r.tablePK, r.tableSK = base.pk, base.sk
	}
	return &r
}

// startKey returns what LastEvaluatedKey says of a row: the key of the table
// and, on an index, that of the index.
func (v view) startKey(r *row) item {
	i := decodeItem(r.json)
	key := v.table.keys.key(i)
	for _, a := range v.keys.attributes() {
		key[a.name] = i[a.name]
	}
	return key
}

// checkStartKey normalizes an ExclusiveStartKey and checks that it is one.
func (v view) checkStartKey(n normalizer, key item) *apiError {
	if err := n.item(key); err != nil {
		return err
	}
	want := map[string]string{}
	for _, a := range append(v.keys.attributes(), v.table.keys.attributes()...) {
		want[a.name] = a.kind
	}
	ok := len(key) == len(want)
	for name, kind := range want {
		ok = ok && kindOf(key[name]) == kind && keyBytes(key[name]) != ""
	}
	if !ok {
		return validationError("The provided starting key is invalid: The provided key element does not match the schema")
	}
	return nil
}

// walk calls yield for the rows from a place on, until it returns false.
// The caller holds the lock.
func (v view) walk(from *row, exclusive, forward bool, yield func(*row) bool) {
	p := v.rows.seek(from)
	here := v.rows.at(p)
	exact := here != nil && here.compare(from) == 0
	if forward {
		if exact && exclusive {
			p = v.rows.next(p)
		}
		for r := v.rows.at(p); r != nil && yield(r); r = v.rows.at(p) {
			p = v.rows.next(p)
		}
		return
	}
	if exact && !exclusive && !yield(here) {
		return
	}
	for {
		var ok bool
		if p, ok = v.rows.before(p); !ok || !yield(v.rows.at(p)) {
			return
		}
	}
}

// usage is the capacity that reading size bytes took.
func (v view) usage(size int64, consistent bool) usage {
	u := usage{table: v.table}
	units := readUnits(size, consistent)
	if v.index == nil {
		u.units = units
	} else {
		u.indexes = []indexUsage{{v.index, units}}
	}
	return u
}

// projectsAll reports whether rows of the view are whole items.
func (v view) projectsAll() bool {
	return v.index == nil || v.index.projection.ProjectionType == types.ProjectionTypeAll
}

// partition is where the rows of one partition key are.
type partition struct {
	hash uint64
	pk   string
}

func partitionOf(pk string) partition { return partition{hashOf(pk), pk} }

// first returns a place before the partition's rows or, for a walk backwards,
// after them.
func (p partition) first(descending bool) *row {
	if descending {
		// No key lies between pk and pk followed by a zero byte.
		return &row{hash: p.hash, pk: p.pk + "\x00"}
	}
	return &row{hash: p.hash, pk: p.pk}
}

func (p partition) has(r *row) bool { return r.hash == p.hash && r.pk == p.pk }
