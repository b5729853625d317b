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
	var names []string
	for _, p := range pathsOf(e) {
		names = append(names, p.Steps[0].Name)
	}
	return names
}

// pathsOf returns the paths of a condition, wherever they stand in it.
func pathsOf(e partiql.Expr) []partiql.Path {
	switch e := e.(type) {
	case partiql.And:
		return append(pathsOf(e.Left), pathsOf(e.Right)...)
	case partiql.Or:
		return append(pathsOf(e.Left), pathsOf(e.Right)...)
	case partiql.Not:
		return pathsOf(e.X)
	case partiql.Compare:
		return operandPaths(e.Left, e.Right)
	case partiql.Between:
		return operandPaths(e.X, e.Low, e.High)
	case partiql.In:
		return append(operandPaths(e.X), operandPaths(e.List...)...)
	case partiql.Call:
		return operandPaths(e.Args...)
	case partiql.Is:
		return operandPaths(e.X)
	}
	return nil
}

// operandPaths returns the paths of operands, of conditions or of updates.
func operandPaths(operands ...partiql.Operand) []partiql.Path {
	var paths []partiql.Path
	for _, o := range operands {
		switch o := o.(type) {
		case partiql.Path:
			paths = append(paths, o)
		case partiql.Size:
			paths = append(paths, operandPaths(o.X)...)
		case partiql.Arith:
			paths = append(paths, operandPaths(o.Left, o.Right)...)
		case partiql.UpdateCall:
			paths = append(paths, operandPaths(o.Args...)...)
		}
	}
	return paths
}

// checkScalars refuses paths of one expression that lead below a key attribute: keys
// are scalars. Keys of the table are named before those of local, and these before those of
// global indexes.
func (t *table) checkScalars(paths []partiql.Path) *apiError {
	below := map[string]bool{}
	for _, p := range paths {
		if len(p.Steps) > 1 {
			below[p.Steps[0].Name] = true
		}
	}
	if len(below) == 0 {
		return nil
	}
	for _, a := range t.keys.attributes() {
		if below[a.name] {
			return noScalar("Key", a.name)
		}
	}
	for _, global := range []bool{false, true} {
		for _, x := range t.settings().indexes {
			for _, a := range x.keys.attributes() {
				if below[a.name] && x.global == global {
					return noScalar("IndexKey", a.name)
				}
			}
		}
	}
	return nil
}

func noScalar(key, name string) *apiError {
	return validationErrorf("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: %s: %s", key, name)
}
