package dynsynctest

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
)

// keyWhere is the WHERE of a statement, seen as what it says about a key.
type keyWhere struct {
	schema     keySchema
	where      partiql.Expr
	parameters []types.AttributeValue
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

// point reports whether the WHERE demands equality of the partition key.
func (k *keyWhere) point() bool { return k.partition() != nil }

// partition returns the partition key that the WHERE demands, nil if it leaves some of
// it open.
func (k *keyWhere) partition() item {
	key := item{}
	for _, a := range k.schema.hash {
		values := k.demanded(a)
		if len(values) == 0 {
			return nil
		}
		key[a.name] = values[0]
	}
	return key
}

// demanded returns the values that conjuncts demand of a key attribute.
func (k *keyWhere) demanded(key keyAttribute) []types.AttributeValue {
	var values []types.AttributeValue
	for _, e := range conjuncts(k.where) {
		if v := k.equality(e, key); v != nil {
			values = append(values, v)
		}
	}
	return values
}

// demandsTwo reports whether a key attribute is to equal two values.
func (k *keyWhere) demandsTwo(key keyAttribute) bool {
	values := k.demanded(key)
	return slices.ContainsFunc(values, func(v types.AttributeValue) bool { return !partiql.EqualValues(v, values[0]) })
}

// equality returns what a condition demands of a key attribute, nil if it is
// no equality of it with a constant.
func (k *keyWhere) equality(e partiql.Expr, key keyAttribute) types.AttributeValue {
	c, ok := e.(partiql.Compare)
	switch {
	case !ok || c.Op != "=":
	case k.isKey(c.Left, key):
		return partiql.Constant(c.Right, k.parameters)
	case k.isKey(c.Right, key):
		return partiql.Constant(c.Left, k.parameters)
	}
	return nil
}

// wholeKey returns the key that the WHERE demands, nil if it leaves some of it
// open or demands two, and the conditions that are not about its equality.
func (k *keyWhere) wholeKey() (key item, rest []partiql.Expr) {
	key = item{}
	for _, a := range k.schema.attributes() {
		values := k.demanded(a)
		if len(values) == 0 || k.demandsTwo(a) {
			return nil, nil
		}
		key[a.name] = cloneValue(values[0])
	}
	return key, k.rest()
}

// rest returns the conjuncts that demand no equality of a key attribute.
func (k *keyWhere) rest() []partiql.Expr {
	return slices.DeleteFunc(conjuncts(k.where), func(e partiql.Expr) bool {
		return k.equates(e, k.schema.attributes())
	})
}

// equates reports whether a condition demands equality of one of the attributes.
func (k *keyWhere) equates(e partiql.Expr, attributes []keyAttribute) bool {
	return slices.ContainsFunc(attributes, func(a keyAttribute) bool { return k.equality(e, a) != nil })
}

// isKey reports whether an operand is the bare key attribute.
func (k *keyWhere) isKey(o partiql.Operand, key keyAttribute) bool {
	p, ok := o.(partiql.Path)
	return ok && len(p.Steps) == 1 && p.Steps[0].Name == key.name
}

// isHash reports whether an operand is a bare attribute of the partition key.
func (k *keyWhere) isHash(o partiql.Operand) bool {
	return slices.ContainsFunc(k.schema.hash, func(a keyAttribute) bool { return k.isKey(o, a) })
}

// constants returns the values of operands, nil if one is not a constant.
func (k *keyWhere) constants(operands []partiql.Operand) []types.AttributeValue {
	var values []types.AttributeValue
	for _, o := range operands {
		v := partiql.Constant(o, k.parameters)
		if v == nil {
			return nil
		}
		values = append(values, v)
	}
	return values
}

// sortCondition returns the conjuncts that a Query could take for its conditions on the
// sort key: one for each attribute, all but the last of them equalities. It is nil if
// there are none or several for the first attribute.
func (k *keyWhere) sortCondition() (limits partiql.Expr) {
	for _, a := range k.schema.sort {
		list := slices.DeleteFunc(conjuncts(k.where), func(e partiql.Expr) bool { return !k.isConditionOn(a, e) })
		if len(list) != 1 {
			break
		}
		if limits == nil {
			limits = list[0]
		} else {
			limits = partiql.And{Left: limits, Right: list[0]}
		}
		if k.equality(list[0], a) == nil {
			break
		}
	}
	return limits
}

// isSortCondition reports whether a Query could take the condition for one on the sort
// key.
func (k *keyWhere) isSortCondition(e partiql.Expr) bool {
	return slices.ContainsFunc(k.schema.sort, func(a keyAttribute) bool { return k.isConditionOn(a, e) })
}

func (k *keyWhere) isConditionOn(sort keyAttribute, e partiql.Expr) bool {
	switch e := e.(type) {
	case partiql.Compare:
		return e.Op != "<>" && (k.isKey(e.Left, sort) && partiql.Constant(e.Right, k.parameters) != nil ||
			k.isKey(e.Right, sort) && partiql.Constant(e.Left, k.parameters) != nil)
	case partiql.Between:
		return k.isKey(e.X, sort)
	case partiql.Call:
		return e.Func == "begins_with" && k.isKey(e.Args[0], sort)
	}
	return false
}

// concernsHash reports whether a condition is one on each attribute of the partition key.
func (k *keyWhere) concernsHash(e partiql.Expr) bool {
	return !slices.ContainsFunc(k.schema.hash, func(a keyAttribute) bool { return !concerns(e, a) })
}

// concerns reports whether a condition is one on the key attribute, in every branch of
// an OR. A path below the key counts, though it is refused.
func concerns(e partiql.Expr, hash keyAttribute) bool {
	switch e := e.(type) {
	case partiql.And:
		return concerns(e.Left, hash) || concerns(e.Right, hash)
	case partiql.Or:
		return concerns(e.Left, hash) && concerns(e.Right, hash)
	case partiql.Not:
		return concerns(e.X, hash)
	case partiql.Compare:
		return leadsWith(e.Left, hash) || leadsWith(e.Right, hash)
	case partiql.Between:
		return leadsWith(e.X, hash)
	case partiql.In:
		return leadsWith(e.X, hash)
	case partiql.Call:
		return leadsWith(e.Args[0], hash) && e.Func != "attribute_exists" && e.Func != "attribute_not_exists"
	case partiql.Is:
		return leadsWith(e.X, hash) && e.Type != "MISSING"
	}
	return false
}

// leadsWith reports whether an operand is a path that begins with the key attribute.
func leadsWith(o partiql.Operand, key keyAttribute) bool {
	p, ok := o.(partiql.Path)
	return ok && p.Steps[0].Name == key.name
}

// check refuses comparisons of a key attribute with a value of another type or
// with an empty one, where a filter would just find nothing. For a conjunct that
// is a key condition the service has other words; those on the sort key are only
// if the partition is a single one.
func (k *keyWhere) check(point bool) *apiError {
	for _, e := range conjuncts(k.where) {
		if err := k.checkCondition(e, true, point); err != nil {
			return err
		}
	}
	return nil
}

func (k *keyWhere) checkCondition(e partiql.Expr, conjunct, point bool) *apiError {
	sort := point && k.isSortCondition(e)
	switch e := e.(type) {
	case partiql.And:
		return firstError(k.checkCondition(e.Left, false, false), k.checkCondition(e.Right, false, false))
	case partiql.Or:
		return firstError(k.checkCondition(e.Left, false, false), k.checkCondition(e.Right, false, false))
	case partiql.Not:
		return k.checkCondition(e.X, false, false)
	case partiql.Compare:
		keyed := conjunct && k.equates(e, k.schema.hash) || sort
		return firstError(k.checkOperand(e.Left, keyed, e.Right), k.checkOperand(e.Right, keyed, e.Left))
	case partiql.Between:
		return k.checkOperand(e.X, sort, e.Low, e.High)
	case partiql.In:
		if !conjunct || len(conjuncts(k.where)) > 1 {
			return k.checkOperand(e.X, false, e.List[0]) // the others are not looked at
		}
		return k.checkOperand(e.X, false, e.List...)
	case partiql.Call:
		if e.Func == "begins_with" || e.Func == "attribute_type" {
			return k.checkOperand(e.Args[0], sort, e.Args[1])
		}
		return k.checkOperand(e.Args[0], sort)
	case partiql.Is:
		return k.checkIs(e, conjunct && (point || k.isHash(e.X)))
	}
	return nil
}

// checkIs checks IS, which is taken for an equality with null, or else for a
// function of the type's name.
func (k *keyWhere) checkIs(e partiql.Is, keyed bool) *apiError {
	switch e.Type {
	case "MISSING":
		return k.checkOperand(e.X, false)
	case "NULL":
		return k.checkOperand(e.X, keyed, partiql.Literal{Value: &types.AttributeValueMemberNULL{Value: true}})
	}
	return k.checkOperand(e.X, false, partiql.Literal{Value: &types.AttributeValueMemberS{Value: e.Type}})
}

func firstError(errs ...*apiError) *apiError {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (k *keyWhere) checkOperand(o partiql.Operand, keyed bool, with ...partiql.Operand) *apiError {
	p, ok := o.(partiql.Path)
	if !ok || !k.schema.has(p.Steps[0].Name) {
		return nil
	}
	key := k.schema.attribute(p.Steps[0].Name)
	for _, w := range with {
		v := partiql.Constant(w, k.parameters)
		switch {
		case v == nil:
		case kindOf(v) != key.kind && keyed:
			return wrongKeyType(key)
		case kindOf(v) != key.kind:
			return invalidValues("Condition parameter type does not match schema type")
		case keyBytes(v) == "":
			return emptyKey(key)
		}
	}
	return nil
}

func isKeyKind(kind string) bool { return kind == "S" || kind == "N" || kind == "B" }

func wrongKeyType(key keyAttribute) *apiError {
	return validationErrorf("Key attribute's data type should match its data type in table's schema: Key %s", key.name)
}
