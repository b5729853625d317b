package dynsynctest

import (
	"errors"
	"math"

	"github.com/dynsync/dynsync/internal/partiql"
)

// maxStatement is the longest statement, in bytes.
const maxStatement = 8192

func (c *call) executeStatement() *apiError {
	if c.params.statement == nil {
		return missingMember("statement")
	}
	var wrong constraints
	wrong.between("limit", c.limit, 1, math.MaxInt32)
	if err := wrong.err(); err != nil {
		return err
	}
	p := statementParams{text: *c.params.statement, parameters: c.parameters, consistent: c.consistent, returnOnFailure: c.returnOnFailure}
	s, err := c.parseStatement(p)
	if err != nil {
		return err
	}
	if s, ok := s.(*partiql.Select); ok {
		return c.selectStatement(s)
	}
	plan, err := c.planStatement(s, p)
	if err != nil {
		return err
	}
	shown, used, err := plan.run()
	if err != nil {
		return err
	}
	c.writeUsage(used)
	c.out.name("Items")
	c.out.array(func() {
		if shown != nil {
			c.out.raw(shown)
		}
	})
	return nil
}

// parseStatement reads one statement and checks its parameters.
func (c *call) parseStatement(p statementParams) (partiql.Statement, *apiError) {
	if len(p.text) > maxStatement {
		return nil, validationErrorf("1 validation error detected: Value '%s' at 'statement' failed to satisfy constraint: Member must have length less than or equal to %d", p.text, maxStatement)
	}
	for _, v := range p.parameters {
		if err := c.server.normalizer.value(v, false); err != nil {
			return nil, err
		}
	}
	s, err := partiql.ParseStatement(p.text)
	var e *partiql.Error
	switch {
	case err == nil:
	case errors.As(err, &e) && e.Message != "":
		return nil, validationError(e.Message)
	default:
		return nil, validationError("Statement wasn't well formed, can't be processed: " + p.text)
	}
	if paramsOf(s) > len(p.parameters) {
		return nil, validationError("Number of parameters in request and statement don't match.")
	}
	return s, nil
}

func paramsOf(s partiql.Statement) int {
	switch s := s.(type) {
	case *partiql.Select:
		return s.Params
	case *partiql.Insert:
		return s.Params
	case *partiql.Update:
		return s.Params
	case *partiql.Delete:
		return s.Params
	}
	return 0
}

// statementError turns what partiql refuses into what the service answers.
func statementError(err error) *apiError {
	var e *partiql.Error
	if errors.As(err, &e) && e.Message != "" {
		return validationError(e.Message)
	}
	return validationError(err.Error())
}

// statementPlan is a statement about one item that was found good.
type statementPlan struct {
	table *table
	key   row
	run   func() (shown []byte, used usage, err *apiError)
}

// planStatement checks a statement that reads or writes one item.
func (c *call) planStatement(s partiql.Statement, p statementParams) (*statementPlan, *apiError) {
	switch s := s.(type) {
	case *partiql.Select:
		return c.planSingleSelect(s, p)
	case *partiql.Insert:
		return c.planInsert(s, p)
	case *partiql.Update:
		return c.planUpdate(s, p)
	case *partiql.Delete:
		return c.planDelete(s, p)
	}
	return nil, validationError("Unsupported statement")
}

// planSingleSelect plans a SELECT of a batch, which must name the whole key and
// nothing else.
func (c *call) planSingleSelect(s *partiql.Select, p statementParams) (*statementPlan, *apiError) {
	plan, err := c.planSelect(s, p.parameters, p.consistent)
	if err != nil {
		return nil, err
	}
	key := plan.wholeKey()
	if key == nil || s.Index != "" || len(conjuncts(s.Where)) != len(key) {
		return nil, validationError("Only single item select is supported")
	}
	r := plan.keys.row(key)
	return &statementPlan{plan.table, r, func() ([]byte, usage, *apiError) {
		plan.table.mu.RLock()
		defer plan.table.mu.RUnlock()
		found := plan.rows.get(&r)
		used := usage{table: plan.table, units: itemUnits(found, p.consistent)}
		if found == nil {
			return nil, used, nil
		}
		return found.columns(plan.columns), used, nil
	}}, nil
}

// wholeKey returns the key if the WHERE demands equality of all of it.
func (s *selectPlan) wholeKey() item {
	key := item{}
	for _, a := range s.keys.attributes() {
		for _, e := range conjuncts(s.where) {
			if e, ok := e.(partiql.Compare); ok {
				if v := s.equality(e, a); v != nil && key[a.name] == nil {
					key[a.name] = cloneValue(v)
				}
			}
		}
		if key[a.name] == nil {
			return nil
		}
	}
	return key
}

func (c *call) planInsert(s *partiql.Insert, p statementParams) (*statementPlan, *apiError) {
	t, err := c.table(s.Table)
	if err != nil {
		return nil, err
	}
	i := make(item, len(s.Item))
	for name, o := range s.Item {
		i[name] = cloneValue(partiql.Constant(o, p.parameters))
	}
	for _, a := range t.keys.attributes() {
		switch {
		case i[a.name] == nil:
			return nil, validationErrorf("Key attribute should be present in the item: Key %s", a.name)
		case kindOf(i[a.name]) != a.kind:
			return nil, validationErrorf("Key attribute's data type should match its data type in table's schema: Key %s", a.name)
		}
	}
	if depthOf(i) > maxDepth {
		return nil, validationError(errNesting)
	}
	r, err := c.checkedRow(t, i)
	if err != nil {
		return nil, err
	}
	return &statementPlan{t, *r, func() ([]byte, usage, *apiError) {
		t.mu.Lock()
		defer t.mu.Unlock()
		if old := t.rows.get(r); old != nil {
			if p.returnOnFailure == "ALL_OLD" {
				return nil, usage{}, conditionFailed(old.json)
			}
			return nil, usage{}, badRequest(dynamoDBErrors+"DuplicateItemException", "Duplicate primary key exists in table")
		}
		return nil, t.replace(nil, r, i), nil
	}}, nil
}

// keyedStatement finds the item that an UPDATE or DELETE names.
func (c *call) keyedStatement(table string, where partiql.Expr, p statementParams) (*selectPlan, item, *apiError) {
	plan, err := c.planSelect(&partiql.Select{Table: table, Where: where}, p.parameters, false)
	if err != nil {
		return nil, nil, err
	}
	key := plan.wholeKey()
	if key == nil {
		return nil, nil, validationError("Where clause does not contain a mandatory equality on all key attributes")
	}
	return plan, key, nil
}

// checkWhere evaluates the WHERE of a write on the item that is there.
func (s *selectPlan) checkWhere(old *row, p statementParams) *apiError {
	if old == nil {
		return conditionFailed(nil)
	}
	ok, err := partiql.Eval(s.where, decodeItem(old.json), s.parameters)
	switch {
	case err != nil:
		return statementError(err)
	case ok:
		return nil
	case p.returnOnFailure == "ALL_OLD":
		return conditionFailed(old.json)
	}
	return conditionFailed(nil)
}

func (c *call) planUpdate(s *partiql.Update, p statementParams) (*statementPlan, *apiError) {
	plan, key, err := c.keyedStatement(s.Table, s.Where, p)
	if err != nil {
		return nil, err
	}
	u := &update{sets: s.Sets, removes: s.Removes}
	t, r := plan.table, plan.keys.row(key)
	return &statementPlan{t, r, func() ([]byte, usage, *apiError) {
		t.mu.Lock()
		defer t.mu.Unlock()
		old := t.rows.get(&r)
		if err := plan.checkWhere(old, p); err != nil {
			return nil, usage{}, err
		}
		before, after, used, err := c.applyUpdate(t, u, key, old, p.parameters)
		if err != nil {
			return nil, usage{}, err
		}
		return returned(s.Returning, u, before, after), used, nil
	}}, nil
}

// returned is what RETURNING asks for, nil for nothing.
func returned(clause string, u *update, before, after item) []byte {
	switch clause {
	case "ALL OLD":
		return appendItem(nil, before)
	case "ALL NEW":
		return appendItem(nil, after)
	case "MODIFIED OLD":
		return appendItem(nil, u.touched(before))
	case "MODIFIED NEW":
		return appendItem(nil, u.touched(after))
	}
	return nil
}

// planDelete plans a DELETE. Unlike an UPDATE it succeeds where there is no
// item, unless it asks for more than the key.
func (c *call) planDelete(s *partiql.Delete, p statementParams) (*statementPlan, *apiError) {
	plan, key, err := c.keyedStatement(s.Table, s.Where, p)
	if err != nil {
		return nil, err
	}
	conditional := len(conjuncts(s.Where)) > len(key)
	t, r := plan.table, plan.keys.row(key)
	return &statementPlan{t, r, func() ([]byte, usage, *apiError) {
		t.mu.Lock()
		defer t.mu.Unlock()
		old := t.rows.get(&r)
		if old != nil || conditional {
			if err := plan.checkWhere(old, p); err != nil {
				return nil, usage{}, err
			}
		}
		used := t.replace(old, nil, nil)
		if old != nil && s.Returning == "ALL OLD" {
			return old.json, used, nil
		}
		return nil, used, nil
	}}, nil
}
