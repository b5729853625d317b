package dynsynctest

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

// row is one item of a table, or of an index, at its place. Rows are never
// changed once stored, so a read may keep them after it let go of the lock.
type row struct {
	hash   uint64 // of pk
	pk, sk string // keyBytes of this table's or index's own key
	// An index orders items of equal keys by their key in the table.
	tablePK, tableSK string
	json             []byte // the item as a read answers it
	size             int    // as DynamoDB counts
}

// compare is scan order: hash order of the partition key, then ascending sort
// key.
func (r *row) compare(b *row) int {
	if c := cmp.Compare(r.hash, b.hash); c != 0 {
		return c
	}
	if c := strings.Compare(r.pk, b.pk); c != 0 {
		return c
	}
	if c := strings.Compare(r.sk, b.sk); c != 0 {
		return c
	}
	if c := strings.Compare(r.tablePK, b.tablePK); c != 0 {
		return c
	}
	return strings.Compare(r.tableSK, b.tableSK)
}

// chunkSize is how many rows a chunk holds before it is halved: small enough
// that an insertion moves little, large enough that chunks are few.
const chunkSize = 256

// rows is an ordered set of rows, kept in chunks of bounded size. A table of
// millions has some ten thousand chunks, so that both levels are cheap to
// search and to insert into.
type rows struct {
	chunks [][]*row // none is empty
	n      int
	bytes  int64
}

// position is a place between rows: before chunks[chunk][at]. The end is
// {len(chunks), 0}.
type position struct{ chunk, at int }

// seek returns the place of the first row that is not before key.
func (r *rows) seek(key *row) position {
	c := sort.Search(len(r.chunks), func(i int) bool {
		last := r.chunks[i][len(r.chunks[i])-1]
		return last.compare(key) >= 0
	})
	if c == len(r.chunks) {
		return position{chunk: c}
	}
	at, _ := slices.BinarySearchFunc(r.chunks[c], key, (*row).compare)
	return position{c, at}
}

// at returns the row after the place, nil at the end.
func (r *rows) at(p position) *row {
	if p.chunk >= len(r.chunks) {
		return nil
	}
	return r.chunks[p.chunk][p.at]
}

func (r *rows) next(p position) position {
	if p.at+1 < len(r.chunks[p.chunk]) {
		return position{p.chunk, p.at + 1}
	}
	return position{chunk: p.chunk + 1}
}

// before returns the place one row earlier; false at the beginning.
func (r *rows) before(p position) (position, bool) {
	switch {
	case p.at > 0:
		return position{p.chunk, p.at - 1}, true
	case p.chunk > 0:
		return position{p.chunk - 1, len(r.chunks[p.chunk-1]) - 1}, true
	}
	return p, false
}

// get returns the row with this key, or nil.
func (r *rows) get(key *row) *row {
	if found := r.at(r.seek(key)); found != nil && found.compare(key) == 0 {
		return found
	}
	return nil
}

// put stores the row in the place of an equal one, which it returns.
func (r *rows) put(added *row) (old *row) {
	p := r.seek(added)
	if found := r.at(p); found != nil && found.compare(added) == 0 {
		r.chunks[p.chunk][p.at] = added
		r.bytes += int64(added.size - found.size)
		return found
	}
	r.n++
	r.bytes += int64(added.size)
	if len(r.chunks) == 0 {
		r.chunks = [][]*row{{added}}
		return nil
	}
	if p.chunk == len(r.chunks) {
		p = position{p.chunk - 1, len(r.chunks[p.chunk-1])}
	}
	chunk := slices.Insert(r.chunks[p.chunk], p.at, added)
	r.chunks[p.chunk] = chunk
	if half := len(chunk) / 2; len(chunk) > chunkSize {
		upper := append(make([]*row, 0, chunkSize+1), chunk[half:]...)
		clear(chunk[half:])
		r.chunks[p.chunk] = chunk[:half]
		r.chunks = slices.Insert(r.chunks, p.chunk+1, upper)
	}
	return nil
}

// remove takes the row with this key out and returns it, or nil.
func (r *rows) remove(key *row) (old *row) {
	p := r.seek(key)
	old = r.at(p)
	if old == nil || old.compare(key) != 0 {
		return nil
	}
	r.n--
	r.bytes -= int64(old.size)
	r.chunks[p.chunk] = slices.Delete(r.chunks[p.chunk], p.at, p.at+1)
	if len(r.chunks[p.chunk]) == 0 {
		r.chunks = slices.Delete(r.chunks, p.chunk, p.chunk+1)
	}
	return old
}
