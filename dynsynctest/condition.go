package dynsynctest

import "github.com/dynsync/dynsync/internal/partiql"

// parseCondition reads the ConditionExpression of a write that has no other
// expression.
func (c *call) parseCondition(*table) (partiql.Expr, *apiError) {
	e, err := c.expressions(c.names, c.values, c.hasExpression())
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

// attributesOf returns the top-level attributes that a condition names.
func attributesOf(e partiql.Expr) []string {
	switch e := e.(type) {
	case partiql.And:
		return append(attributesOf(e.Left), attributesOf(e.Right)...)
	case partiql.Or:
		return append(attributesOf(e.Left), attributesOf(e.Right)...)
	case partiql.Not:
		return attributesOf(e.X)
	case partiql.Compare:
		return operandNames(e.Left, e.Right)
	case partiql.Between:
		return operandNames(e.X, e.Low, e.High)
	case partiql.In:
		return append(operandNames(e.X), operandNames(e.List...)...)
	case partiql.Call:
		return operandNames(e.Args...)
	case partiql.Is:
		return operandNames(e.X)
	}
	return nil
}

func operandNames(operands ...partiql.Operand) []string {
	var names []string
	for _, o := range operands {
		if size, ok := o.(partiql.Size); ok {
			o = size.X
		}
		if p, ok := o.(partiql.Path); ok {
			names = append(names, p.Steps[0].Name)
		}
	}
	return names
}
