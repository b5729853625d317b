package dynsynctest

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
)

// selectPlan is how a SELECT is read: the partitions that its WHERE lists, one
// after the other, or everything.
type selectPlan struct {
	view
	partitions []types.AttributeValue // nil is a scan
	descending bool
	where      partiql.Expr
	sortWhere  partiql.Expr // the one condition on the sort key that limits what is read
	parameters []types.AttributeValue
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
		part := partitionOf(keyBytes(s.partitions[at]))
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
	plan := &selectPlan{view: v, where: s.Where, parameters: parameters, columns: s.Columns}
	if err := partiql.Validate(s.Where, parameters); err != nil {
		return nil, statementError(err)
	}
	plan.pin()
	if err := plan.checkKeys(s.Where); err != nil {
		return nil, err
	}
	if plan.partitions != nil {
		if err := v.checkQueryProjection(s.Where); err != nil {
			return nil, err
		}
	}
	return plan, plan.order(s.OrderBy)
}

// conjuncts takes apart what AND joins.
func conjuncts(e partiql.Expr) []partiql.Expr {
	if and, ok := e.(partiql.And); ok {
		return append(conjuncts(and.Left), conjuncts(and.Right)...)
	}
	if e == nil {
		return nil
	}
	return []partiql.Expr{e}
}

// pin finds the partitions to read: those of an equality or IN on the partition
// key that everything else is joined to with AND. With an equality, a single
// condition on the sort key limits what is read, too. Anything else is a scan;
// OR of equalities is, as in DynamoDB Local.
func (s *selectPlan) pin() {
	list := conjuncts(s.where)
	for _, e := range list {
		switch e := e.(type) {
		case partiql.Compare:
			if v := s.equality(e, s.keys.hash); v != nil {
				s.partitions = []types.AttributeValue{v}
				s.sortWhere = s.sortCondition(list)
				return
			}
		case partiql.In:
			if s.partitions == nil && s.isKey(e.X, s.keys.hash) {
				s.partitions = s.constants(e.List)
			}
		}
	}
}

// equality returns what a comparison demands of a key attribute, nil if it is
// no equality of it with a constant.
func (s *selectPlan) equality(e partiql.Compare, key keyAttribute) types.AttributeValue {
	switch {
	case e.Op != "=":
	case s.isKey(e.Left, key):
		return partiql.Constant(e.Right, s.parameters)
	case s.isKey(e.Right, key):
		return partiql.Constant(e.Left, s.parameters)
	}
	return nil
}

func (s *selectPlan) sortCondition(list []partiql.Expr) partiql.Expr {
	var found partiql.Expr
	for _, e := range list {
		if s.isSortCondition(e) {
			if found != nil {
				return nil
			}
			found = e
		}
	}
	return found
}

// isSortCondition reports whether a Query could take the condition for one of
// its sort key.
func (s *selectPlan) isSortCondition(e partiql.Expr) bool {
	switch e := e.(type) {
	case partiql.Compare:
		return e.Op != "<>" && (s.isKey(e.Left, s.keys.sort) && partiql.Constant(e.Right, s.parameters) != nil ||
			s.isKey(e.Right, s.keys.sort) && partiql.Constant(e.Left, s.parameters) != nil)
	case partiql.Between:
		return s.isKey(e.X, s.keys.sort)
	case partiql.Call:
		return e.Func == "begins_with" && s.isKey(e.Args[0], s.keys.sort)
	}
	return false
}

// isKey reports whether an operand is the bare key attribute.
func (s *selectPlan) isKey(o partiql.Operand, key keyAttribute) bool {
	p, ok := o.(partiql.Path)
	return ok && key.name != "" && len(p.Steps) == 1 && p.Steps[0].Name == key.name
}

// constants returns the values of operands, nil if one is not a constant.
func (s *selectPlan) constants(operands []partiql.Operand) []types.AttributeValue {
	var values []types.AttributeValue
	for _, o := range operands {
		v := partiql.Constant(o, s.parameters)
		if v == nil {
			return nil
		}
		values = append(values, v)
	}
	return values
}

// checkKeys refuses comparisons of a key attribute with a value of another type
// or with an empty one, where a filter would just find nothing.
func (s *selectPlan) checkKeys(where partiql.Expr) *apiError {
	for _, e := range conjuncts(where) {
		if err := s.checkCondition(e, s.partitions != nil); err != nil {
			return err
		}
	}
	return nil
}

// checkCondition checks one condition. A conjunct of a keyed read may be a key
// condition, for which the service has other words.
func (s *selectPlan) checkCondition(e partiql.Expr, conjunct bool) *apiError {
	switch e := e.(type) {
	case partiql.And:
		return firstError(s.checkCondition(e.Left, false), s.checkCondition(e.Right, false))
	case partiql.Or:
		return firstError(s.checkCondition(e.Left, false), s.checkCondition(e.Right, false))
	case partiql.Not:
		return s.checkCondition(e.X, false)
	case partiql.Compare:
		keyed := conjunct && (s.equality(e, s.keys.hash) != nil || s.isSortCondition(e))
		return firstError(s.checkOperand(e.Left, keyed, e.Right), s.checkOperand(e.Right, keyed, e.Left))
	case partiql.Between:
		return s.checkOperand(e.X, conjunct && s.isSortCondition(e), e.Low, e.High)
	case partiql.In:
		return s.checkOperand(e.X, false, e.List...)
	case partiql.Call:
		if e.Func == "begins_with" {
			return s.checkOperand(e.Args[0], conjunct && s.isSortCondition(e), e.Args[1])
		}
	case partiql.Is:
		if e.Type == "NULL" { // is taken for an equality with null
			return s.checkOperand(e.X, conjunct, partiql.Literal{Value: &types.AttributeValueMemberNULL{Value: true}})
		}
	}
	return nil
}

func firstError(errs ...*apiError) *apiError {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *selectPlan) checkOperand(o partiql.Operand, keyed bool, with ...partiql.Operand) *apiError {
	p, ok := o.(partiql.Path)
	if !ok || !s.keys.has(p.Steps[0].Name) {
		return nil
	}
	if len(p.Steps) > 1 {
		return validationErrorf("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: %s", p.Steps[0].Name)
	}
	key := s.keys.hash
	if p.Steps[0].Name == s.keys.sort.name {
		key = s.keys.sort
	}
	for _, w := range with {
		v := partiql.Constant(w, s.parameters)
		switch {
		case v == nil:
		case kindOf(v) != key.kind && keyed:
			return validationErrorf("Key attribute's data type should match its data type in table's schema: Key %s", key.name)
		case kindOf(v) != key.kind:
			return invalidValues("Condition parameter type does not match schema type")
		case keyBytes(v) == "":
			return emptyKey(key)
		}
	}
	return nil
}

// order reads ORDER BY, which may name keys only, of a keyed read only.
func (s *selectPlan) order(by []partiql.Order) *apiError {
	for _, o := range by {
		switch {
		case s.partitions == nil:
			return validationError("Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.")
		case o.Name == s.keys.hash.name:
			slices.SortStableFunc(s.partitions, func(a, b types.AttributeValue) int {
				if o.Desc {
					a, b = b, a
				}
				return strings.Compare(keyBytes(a), keyBytes(b))
			})
		case o.Name == s.keys.sort.name:
			s.descending = o.Desc
		default:
			return validationErrorf("Variable reference %s in ORDER BY clause must be part of the primary key", o.Name)
		}
	}
	return nil
}
