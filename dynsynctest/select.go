package dynsynctest

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
)

// selectPlan is how a SELECT is read: the partitions that its WHERE lists, one
// after the other, or everything.
type selectPlan struct {
	view
	keyWhere
	partitions []string // their keys, joined; nil is a scan
	descending bool
	sortWhere  partiql.Expr   // the one condition on the sort key that limits what is read
	columns    []partiql.Path // nil is *
}

// selectStatement runs a SELECT of ExecuteStatement.
func (c *call) selectStatement(s *partiql.Select) *apiError {
	plan, err := c.planSelect(s, c.parameters, c.consistent)
	if err != nil {
		return err
	}
	mark := fingerprint(c.account, *c.params.statement, c.parameters)
	start := nextToken{}
	if c.nextToken != nil {
		if start, err = parseToken(*c.nextToken, mark, c.server.now()); err != nil {
			return err
		}
		if c.action.oldToken {
			return expiredToken()
		}
	}
	p := c.newPage(plan.where, plan.parameters)
	next := c.selectPage(plan, p, start)
	if p.err != nil {
		return statementError(p.err)
	}
	selection := selection{paths: plan.columns, asColumns: true}
	if err := plan.checkProjected(&selection); err != nil {
		return err
	}
	c.writeUsage(plan.usage(p.size, c.consistent))
	c.out.grow(p.rows)
	c.out.name("Items")
	c.out.array(func() {
		for _, r := range p.rows {
			plan.write(&c.out, r, selection)
		}
	})
	if next != nil {
		next.created, next.statement = c.server.now(), mark
		c.out.stringMember("NextToken", next.String())
	}
	return nil
}

// selectPage fills the page and returns where to go on, nil at the end.
func (c *call) selectPage(plan *selectPlan, p *page, start nextToken) *nextToken {
	plan.table.mu.RLock()
	defer plan.table.mu.RUnlock()
	list := start.list
	plan.read(start, func(at int, r *row) bool {
		list = at
		if c.action.emptyPage {
			p.last = r
			return false
		}
		return p.add(r)
	})
	switch {
	case p.last == nil || p.err != nil:
		return nil
	case c.action.emptyPage:
		return &start
	}
	return &nextToken{list: list, after: plan.startKey(p.last)}
}

// read calls yield for the rows from a place on, with the number of the listed
// partition they are in.
func (s *selectPlan) read(start nextToken, yield func(at int, r *row) bool) {
	if s.partitions == nil {
		from := &row{}
		if start.after != nil {
			from = s.from(start.after)
		}
		s.walk(from, start.after != nil, true, func(r *row) bool { return yield(0, r) })
		return
	}
	stopped := false
	for at := start.list; at < len(s.partitions) && !stopped; at++ {
		part := partitionOf(s.partitions[at])
		from, exclusive := part.first(s.descending), false
		if at == start.list && start.after != nil {
			from, exclusive = s.from(start.after), true
		}
		s.walk(from, exclusive, !s.descending, func(r *row) bool {
			if !part.has(r) {
				return false
			}
			if s.reads(r) && !yield(at, r) {
				stopped = true
			}
			return !stopped
		})
	}
}

// reads reports whether a keyed read looks at the row at all.
func (s *selectPlan) reads(r *row) bool {
	if s.sortWhere == nil {
		return true
	}
	ok, err := partiql.Eval(s.sortWhere, decodeNamed(r.json, attributesOf(s.sortWhere)), s.parameters)
	return ok || err != nil // an error shows again when the whole WHERE is evaluated
}

// planSelect checks a SELECT against its table.
func (c *call) planSelect(s *partiql.Select, parameters []types.AttributeValue, consistent bool) (*selectPlan, *apiError) {
	t, err := c.table(s.Table)
	if err != nil {
		return nil, err
	}
	var indexName *string
	if s.Index != "" {
		indexName = &s.Index
	}
	v, ok := t.view(indexName)
	switch {
	case !ok:
		return nil, validationError("The table does not have the specified index")
	case v.global() && consistent:
		return nil, validationError("Strongly consistent read is not supported on Global Secondary Indexes")
	}
	if err := undefinedIn(s.Where, parameters); err != nil {
		return nil, err
	}
	plan := &selectPlan{view: v, keyWhere: keyWhere{schema: v.keys, where: s.Where, parameters: parameters}, columns: s.Columns}
	if err := partiql.Validate(s.Where, parameters); err != nil {
		return nil, statementError(err)
	}
	plan.pin()
	if err := firstError(plan.checkOrder(s.OrderBy), t.checkScalars(pathsOf(s.Where)), plan.check(plan.point()), t.checkScalars(s.Columns)); err != nil {
		return nil, err
	}
	if plan.partitions != nil {
		if err := v.checkQueryProjection(s.Where); err != nil {
			return nil, err
		}
	}
	return plan, plan.order(s.OrderBy)
}

// checkOrder refuses ORDER BY of a read whose WHERE says nothing about the partition key.
func (s *selectPlan) checkOrder(by []partiql.Order) *apiError {
	if len(by) > 0 && !s.concernsHash(s.where) {
		return validationError("Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.")
	}
	return nil
}

// order reads ORDER BY. It may name keys only, and has no effect on a scan.
func (s *selectPlan) order(by []partiql.Order) *apiError {
	for i, o := range by {
		switch {
		case i > 0 && len(s.keys.sort) > 1 && o.Desc != by[i-1].Desc:
			return validationError("ORDER BY of several key attributes has one direction")
		case s.keys.isHash(o.Name):
			slices.SortStableFunc(s.partitions, func(a, b string) int {
				if o.Desc {
					a, b = b, a
				}
				return strings.Compare(a, b)
			})
		case s.keys.has(o.Name):
			s.descending = o.Desc
		default:
			return validationErrorf("Variable reference %s in ORDER BY clause must be part of the primary key", o.Name)
		}
	}
	return nil
}

// pin finds the partitions to read, as DynamoDB Local does. If AND joins an equality
// of the partition key to everything else, it is that partition, and a single
// condition on the sort key may limit what is read. If IN is the whole condition, it
// is each partition listed, as often as it is listed. Anything else is a scan.
func (s *selectPlan) pin() {
	if key := s.partition(); key != nil {
		s.partitions = []string{joined(s.schema.hash, key)}
		s.sortWhere = s.sortCondition()
		return
	}
	if in, ok := s.where.(partiql.In); ok && len(s.schema.hash) == 1 && s.isHash(in.X) {
		for _, v := range s.constants(in.List) {
			s.partitions = append(s.partitions, keyBytes(v))
		}
	}
}

// undefinedIn refuses a condition with such a name; see undefinedName.
func undefinedIn(where partiql.Expr, parameters []types.AttributeValue) *apiError {
	if where == nil {
		return nil
	}
	f, err := partiql.Translate(where, parameters)
	if err != nil { // which is refused elsewhere
		return nil
	}
	return undefinedName(slices.Sorted(maps.Values(f.Names)))
}

// undefinedName refuses the first of the names that PartiQL takes for a placeholder: one
// that begins with # or :, as DynamoDB Local does.
func undefinedName(names []string) *apiError {
	for _, name := range names {
		if !partiql.TakesName(name) {
			return validationError("An expression attribute name used in the document path is not defined; attribute name: " + name)
		}
	}
	return nil
}
