package dynsynctest

import "github.com/dynsync/dynsync/internal/partiql"

// parseCondition reads the ConditionExpression of a write that has no other
// expression.
func (c *call) parseCondition(*table) (partiql.Expr, *apiError) {
	e, err := c.expressions(c.names, c.values)
	if err != nil {
		return nil, err
	}
	condition, err := e.condition("ConditionExpression", c.condition)
	if err != nil {
		return nil, err
	}
	return condition, e.finish()
}

// checkCondition evaluates a condition on the item that is there, or on none.
func (c *call) checkCondition(condition partiql.Expr, old *row) *apiError {
	if condition == nil {
		return nil
	}
	i := item{}
	if old != nil {
		i = decodeItem(old.json)
	}
	ok, err := partiql.Eval(condition, i, nil)
	switch {
	case err != nil:
		return invalidExpression("ConditionExpression", err)
	case ok:
		return nil
	case c.returnOnFailure == "ALL_OLD" && old != nil:
		return conditionFailed(old.json)
	}
	return conditionFailed(nil)
}
