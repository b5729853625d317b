package dynsynctest

import (
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
)

// maxPage is how many bytes of items a page reads. The item that crosses it
// still belongs to the page.
const maxPage = 1 << 20

// maxSegments is how many segments a parallel scan may have.
const maxSegments = 1_000_000

// page collects the rows one request evaluates. The filter decides what of
// them is returned, not where the page ends.
type page struct {
	limit   int // rows to evaluate; 0 is any number
	filter  partiql.Expr
	names   []string               // the attributes that the filter looks at
	params  []types.AttributeValue // of the filter
	rows    []*row                 // what passed it
	scanned int
	size    int64
	last    *row // the last row evaluated, if the page ended there
	err     error
}

func (c *call) newPage(filter partiql.Expr, params []types.AttributeValue) *page {
	p := &page{filter: filter, names: attributesOf(filter), params: params}
	if c.limit != nil {
		p.limit = int(*c.limit)
	}
	return p
}

// add evaluates one row, and reports whether the page has room for another.
func (p *page) add(r *row) bool {
	p.scanned++
	p.size += int64(r.size)
	matches := true
	if p.filter != nil {
		if matches, p.err = partiql.Eval(p.filter, decodeNamed(r.json, p.names), p.params); p.err != nil {
			return false
		}
	}
	if matches {
		p.rows = append(p.rows, r)
	}
	if p.size >= maxPage || p.scanned == p.limit {
		p.last = r
		return false
	}
	return true
}

func (c *call) scan() *apiError {
	v, err := c.readView()
	if err != nil {
		return err
	}
	first, last, err := c.segmentRange()
	if err != nil {
		return err
	}
	e, err := c.expressions(c.names, c.values, c.hasExpression())
	if err != nil {
		return err
	}
	filter, err := e.condition("FilterExpression", c.filter)
	if err != nil {
		return err
	}
	returned, err := c.selected(v, e)
	if err != nil {
		return err
	}
	if err := e.finish(); err != nil {
		return err
	}
	from := &row{hash: first}
	if c.startKey != nil {
		if err := v.checkStartKey(c.server.normalizer, c.startKey); err != nil {
			return err
		}
		if from = v.from(c.startKey); from.hash < first || from.hash > last {
			return validationError("The provided starting key is invalid: Exclusive start key must lie within the segment")
		}
	}
	if err := firstError(v.table.checkScalars(pathsOf(filter)), v.table.checkScalars(returned.paths)); err != nil {
		return err
	}
	p := c.newPage(filter, nil)
	next := c.scanPage(v, p, from, last)
	if p.err != nil {
		return invalidExpression("FilterExpression", p.err)
	}
	c.writePage(v, p, next, returned)
	return nil
}

// scanPage fills the page and returns the key to go on from, nil at the end.
func (c *call) scanPage(v view, p *page, from *row, last uint64) item {
	v.table.mu.RLock()
	defer v.table.mu.RUnlock()
	if c.action.emptyPage {
		return v.emptyPage(from, c.startKey, last)
	}
	v.walk(from, c.startKey != nil, true, func(r *row) bool {
		return r.hash <= last && p.add(r)
	})
	if p.last == nil {
		return nil
	}
	return v.startKey(p.last)
}

// emptyPage returns the key with which a page without items goes on, nil if no
// row is left. A start key is good for another turn; without one, a key is made
// up that lies before the first row.
func (v view) emptyPage(from *row, start item, last uint64) item {
	var first *row
	v.walk(from, start != nil, true, func(r *row) bool {
		first = r
		return false
	})
	switch {
	case first == nil || first.hash > last:
		return nil
	case start != nil:
		return start
	}
	return v.keyBetween(from.hash, first)
}

// keyBetween makes up a key whose place lies after low and before a row of the
// same view. With n items in the table that takes about n tries.
func (v view) keyBetween(low uint64, before *row) item {
	key, made := v.startKey(before), v.keys.hash[0]
	for n := int64(1); ; n++ {
		key[made.name] = madeUpKey(made.kind, n)
		if hash := v.keys.row(key).hash; hash >= low && hash < before.hash {
			return key
		}
	}
}

func madeUpKey(kind string, n int64) types.AttributeValue {
	text := strconv.FormatInt(n, 10)
	switch kind {
	case "N":
		return &types.AttributeValueMemberN{Value: text}
	case "B":
		return &types.AttributeValueMemberB{Value: []byte(text)}
	}
	return &types.AttributeValueMemberS{Value: text}
}

// segmentRange returns the first and last hash of the segment asked for.
func (c *call) segmentRange() (first, last uint64, err *apiError) {
	switch {
	case c.segment == nil && c.totalSegments == nil:
		return 0, math.MaxUint64, nil
	case c.totalSegments == nil:
		return 0, 0, validationError("The TotalSegments parameter is required but was not present in the request when Segment parameter is present")
	case c.segment == nil:
		return 0, 0, validationError("The Segment parameter is required but was not present in the request when parameter TotalSegments is present")
	}
	var wrong constraints
	wrong.between("segment", c.segment, 0, maxSegments-1)
	wrong.between("totalSegments", c.totalSegments, 1, maxSegments)
	if err := wrong.err(); err != nil {
		return 0, 0, err
	}
	segment, total := uint64(*c.segment), uint64(*c.totalSegments)
	if segment >= total {
		return 0, 0, validationErrorf("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: %d is not less than TotalSegments: %d", segment, total)
	}
	return segmentStart(segment, total), segmentStart(segment+1, total) - 1, nil
}

// segmentStart is segment/total of the hash ring; the end wraps round to 0.
func segmentStart(segment, total uint64) uint64 {
	start, _ := bits.Div64(segment%total, 0, total)
	return start
}

// readView returns what a Scan or Query reads.
func (c *call) readView() (view, *apiError) {
	t, err := c.table(c.tableName)
	if err != nil {
		return view{}, err
	}
	if c.limit != nil && *c.limit < 1 {
		return view{}, c.badLimit()
	}
	v, ok := t.view(c.indexName)
	switch {
	case !ok:
		return view{}, validationErrorf("The table does not have the specified index: %s", *c.indexName)
	case v.global() && c.consistent:
		return view{}, validationError("Consistent reads are not supported on global secondary indexes")
	}
	return v, nil
}

// badLimit words it as the operation does.
func (c *call) badLimit() *apiError {
	value, member := " '"+strconv.FormatInt(*c.limit, 10)+"'", "limit"
	if c.op == "Query" {
		value, member = "", "Limit"
	}
	return validationErrorf("1 validation error detected: Value%s at '%s' failed to satisfy constraint: Member must have value greater than or equal to 1", value, member)
}

// selection is what a read returns of each row.
type selection struct {
	paths     []partiql.Path // nil is all
	countOnly bool
	base      bool // take it from the table, since the index does not have it all
	asColumns bool // as PartiQL names columns: by the end of their path
}

// selected reads Select and ProjectionExpression.
func (c *call) selected(v view, e *expressions) (s selection, err *apiError) {
	if s.paths, err = e.projection(c.projection); err != nil {
		return s, err
	}
	switch {
	case s.paths != nil && c.selects != "" && c.selects != "SPECIFIC_ATTRIBUTES":
		return s, validationErrorf("Cannot specify the ProjectionExpression when choosing to get %s", c.selects)
	case s.paths == nil && c.selects == "SPECIFIC_ATTRIBUTES":
		return s, validationError("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES")
	case c.selects == "ALL_PROJECTED_ATTRIBUTES" && v.index == nil:
		return s, validationError("One or more parameter values were invalid: Select type ALL_PROJECTED_ATTRIBUTES is not supported for non-index queries or scans")
	case c.selects == "ALL_ATTRIBUTES" && v.global() && !v.projectsAll():
		return s, invalidValues("Select type ALL_ATTRIBUTES is not supported for global secondary index " + v.index.name + " because its projection type is not ALL")
	}
	s.countOnly = c.selects == "COUNT"
	s.base = c.selects == "ALL_ATTRIBUTES" && !v.projectsAll()
	return s, v.checkProjected(&s)
}

// checkProjected looks for paths that the index does not project: from a
// global index they cannot be had, from a local one the table is read.
func (v view) checkProjected(s *selection) *apiError {
	if v.projectsAll() {
		return nil
	}
	for _, p := range s.paths {
		if name := p.Steps[0].Name; !v.index.projects(v.table, name) {
			if v.global() {
				return invalidValues("Global secondary index " + v.index.name + " does not project [" + name + "]")
			}
			s.base = true
		}
	}
	return nil
}

// write writes one row as a read returns it. The caller does not hold the
// lock: a row that is gone from the table by now is returned as the index has
// it.
func (v view) write(w *writer, r *row, s selection) {
	if s.base {
		v.table.mu.RLock()
		base := v.table.rows.get(&row{hash: hashOf(r.tablePK), pk: r.tablePK, sk: r.tableSK})
		v.table.mu.RUnlock()
		if base != nil {
			r = base
		}
	}
	if s.asColumns {
		w.raw(r.columns(s.paths))
		return
	}
	w.raw(r.projected(s.paths))
}

// grow makes room for the text of rows.
func (w *writer) grow(list []*row) {
	size := 0
	for _, r := range list {
		size += len(r.json) + 1
	}
	w.buf = slices.Grow(w.buf, size+1<<10)
}

// writePage writes the answer of a Scan or Query.
func (c *call) writePage(v view, p *page, next item, s selection) {
	c.writeUsage(v.usage(p.size, c.consistent))
	c.out.grow(p.rows)
	c.out.intMember("Count", int64(len(p.rows)))
	if !s.countOnly {
		c.out.name("Items")
		c.out.array(func() {
			for _, r := range p.rows {
				v.write(&c.out, r, s)
			}
		})
	}
	if next != nil {
		c.out.itemMember("LastEvaluatedKey", next)
	}
	c.out.intMember("ScannedCount", int64(p.scanned))
}
