package dynsynctest

import (
	"errors"
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
	keyWhere   partiql.Expr // the part of where that only looks at keys; rows that fail it are not read
	parameters []types.AttributeValue
	paths      []partiql.Path
}

// selectStatement runs a SELECT of ExecuteStatement.
func (c *call) selectStatement(s *partiql.Select) *apiError {
	plan, err := c.planSelect(s, c.parameters, c.consistent)
	if err != nil {
		return err
	}
	mark := fingerprint(c.account, *c.statement, c.parameters)
	start := nextToken{}
	if c.nextToken != nil {
		if start, err = parseToken(*c.nextToken, mark, c.server.now()); err != nil {
			return err
		}
	}
	p := page{filter: plan.where, params: plan.parameters}
	if c.limit != nil {
		p.limit = int(*c.limit)
	}
	next := c.selectPage(plan, &p, start)
	if p.err != nil {
		return statementError(p.err)
	}
	selection := selection{paths: plan.paths}
	if err := plan.checkProjected(&selection); err != nil {
		return err
	}
	c.writeUsage(plan.usage(p.size, c.consistent))
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
			if s.wants(r) && !yield(at, r) {
				stopped = true
			}
			return !stopped
		})
	}
}

// wants reports whether a keyed read looks at the row at all.
func (s *selectPlan) wants(r *row) bool {
	if s.keyWhere == nil {
		return true
	}
	ok, err := partiql.Eval(s.keyWhere, decodeItem(r.json), s.parameters)
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
	plan := &selectPlan{view: v, where: s.Where, parameters: parameters, paths: s.Columns}
	if s.Where == nil {
		return plan, plan.order(s.OrderBy)
	}
	if err := partiql.Validate(s.Where, parameters); err != nil {
		return nil, statementError(err)
	}
	plan.partitions = plan.pinned(s.Where)
	if err := plan.checkKeyTypes(s.Where); err != nil {
		return nil, err
	}
	if plan.partitions != nil {
		plan.keyWhere = plan.keyPart(s.Where)
	}
	return plan, plan.order(s.OrderBy)
}

// pinned returns the partition keys that a condition lists, nil if it does not
// limit them: equality, IN, OR of such, and AND with anything.
func (s *selectPlan) pinned(e partiql.Expr) []types.AttributeValue {
	switch e := e.(type) {
	case partiql.And:
		if left := s.pinned(e.Left); left != nil {
			return left
		}
		return s.pinned(e.Right)
	case partiql.Or:
		left, right := s.pinned(e.Left), s.pinned(e.Right)
		if left == nil || right == nil {
			return nil
		}
		return append(left, right...)
	case partiql.Compare:
		if e.Op == "=" && s.isKey(e.Left, s.keys.hash) {
			return s.constants(e.Right)
		}
		if e.Op == "=" && s.isKey(e.Right, s.keys.hash) {
			return s.constants(e.Left)
		}
	case partiql.In:
		if s.isKey(e.X, s.keys.hash) {
			return s.constants(e.List...)
		}
	}
	return nil
}

// isKey reports whether an operand is the bare key attribute.
func (s *selectPlan) isKey(o partiql.Operand, key keyAttribute) bool {
	p, ok := o.(partiql.Path)
	return ok && key.name != "" && len(p.Steps) == 1 && p.Steps[0].Name == key.name
}

// constants returns the values of operands, nil if one is not a constant.
func (s *selectPlan) constants(operands ...partiql.Operand) []types.AttributeValue {
	var values []types.AttributeValue
	for _, o := range operands {
		switch o := o.(type) {
		case partiql.Literal:
			values = append(values, o.Value)
		case partiql.Param:
			values = append(values, s.parameters[o.Index])
		default:
			return nil
		}
	}
	return values
}

// keyPart returns the conjuncts of a condition that look at key attributes
// alone, nil if there is none.
func (s *selectPlan) keyPart(e partiql.Expr) partiql.Expr {
	and, ok := e.(partiql.And)
	if !ok {
		if s.onlyKeys(e) {
			return e
		}
		return nil
	}
	left, right := s.keyPart(and.Left), s.keyPart(and.Right)
	switch {
	case left == nil:
		return right
	case right == nil:
		return left
	}
	return partiql.And{Left: left, Right: right}
}

func (s *selectPlan) onlyKeys(e partiql.Expr) bool {
	for _, o := range operandsOf(e) {
		if p, ok := o.(partiql.Path); ok && !s.keys.has(p.Steps[0].Name) {
			return false
		}
	}
	return true
}

// operandsOf returns every operand in a condition, those within size() too.
func operandsOf(e partiql.Expr) []partiql.Operand {
	var list []partiql.Operand
	add := func(operands ...partiql.Operand) {
		for _, o := range operands {
			for size, ok := o.(partiql.Size); ok; size, ok = o.(partiql.Size) {
				o = size.X
			}
			list = append(list, o)
		}
	}
	switch e := e.(type) {
	case partiql.And:
		return append(operandsOf(e.Left), operandsOf(e.Right)...)
	case partiql.Or:
		return append(operandsOf(e.Left), operandsOf(e.Right)...)
	case partiql.Not:
		return operandsOf(e.X)
	case partiql.Compare:
		add(e.Left, e.Right)
	case partiql.Between:
		add(e.X, e.Low, e.High)
	case partiql.In:
		add(e.X)
		add(e.List...)
	case partiql.Call:
		add(e.Args...)
	case partiql.Is:
		add(e.X)
	}
	return list
}

// checkKeyTypes refuses comparisons of a key attribute with a value of another
// type, or with an empty one. The service does not just find nothing.
func (s *selectPlan) checkKeyTypes(e partiql.Expr) *apiError {
	switch e := e.(type) {
	case partiql.And:
		return firstError(s.checkKeyTypes(e.Left), s.checkKeyTypes(e.Right))
	case partiql.Or:
		return firstError(s.checkKeyTypes(e.Left), s.checkKeyTypes(e.Right))
	case partiql.Not:
		return s.checkKeyTypes(e.X)
	case partiql.Compare:
		return firstError(s.checkKeyType(e.Left, e.Op == "=", e.Right), s.checkKeyType(e.Right, e.Op == "=", e.Left))
	case partiql.Between:
		return s.checkKeyType(e.X, false, e.Low, e.High)
	case partiql.In:
		return s.checkKeyType(e.X, true, e.List...)
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

func (s *selectPlan) checkKeyType(o partiql.Operand, equality bool, with ...partiql.Operand) *apiError {
	for _, key := range s.keys.attributes() {
		if !s.isKey(o, key) {
			continue
		}
		for _, v := range s.constants(with...) {
			switch {
			case kindOf(v) != key.kind && equality:
				return validationError("Key attribute's data type should match its data type in table's schema: Key " + key.name)
			case kindOf(v) != key.kind:
				return invalidValues("Condition parameter type does not match schema type")
			case keyBytes(v) == "":
				return validationErrorf("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty %s value. Key: %s", kindWord(key.kind), key.name)
			}
		}
	}
	return nil
}

// order reads ORDER BY, which may name keys only, of a keyed read only.
func (s *selectPlan) order(by []partiql.Order) *apiError {
	if len(by) == 0 {
		return nil
	}
	if s.partitions == nil {
		return validationError("Must have WHERE clause in the statement when using ORDER BY clause.")
	}
	for _, o := range by {
		switch {
		case s.isKey(o.Path, s.keys.hash):
			slices.SortStableFunc(s.partitions, func(a, b types.AttributeValue) int {
				c := strings.Compare(keyBytes(a), keyBytes(b))
				if o.Desc {
					c = -c
				}
				return c
			})
		case s.isKey(o.Path, s.keys.sort):
			s.descending = o.Desc
		default:
			return validationErrorf("Variable reference %s in ORDER BY clause must be part of the primary key", o.Path.Steps[0].Name)
		}
	}
	return nil
}

// statementError turns what partiql refuses into what the service answers.
func statementError(err error) *apiError {
	var e *partiql.Error
	if errors.As(err, &e) && e.Message != "" {
		return validationError(e.Message)
	}
	return validationError(err.Error())
}
