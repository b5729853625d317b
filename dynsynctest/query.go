package dynsynctest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
)

func (c *call) query() *apiError {
	v, err := c.readView()
	if err != nil {
		return err
	}
	if c.keyCondition == nil {
		return validationError("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	}
	e, err := c.expressions(c.names, c.values, c.hasExpression())
	if err != nil {
		return err
	}
	condition, err := e.condition("KeyConditionExpression", c.keyCondition)
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
	if err := firstError(v.table.checkScalars(pathsOf(filter)), v.table.checkScalars(pathsOf(condition)), v.table.checkScalars(returned.paths)); err != nil {
		return err
	}
	if err := v.checkQueryFilter(filter); err != nil {
		return err
	}
	part, wanted, err := v.keyRange(condition)
	if err != nil {
		return err
	}
	p := c.newPage(filter, nil)
	next, err := c.queryPage(v, p, part, wanted)
	if err != nil {
		return err
	}
	c.writePage(v, p, next, returned)
	return nil
}

// checkQueryFilter refuses a filter on key attributes, which a Scan's may name.
func (v view) checkQueryFilter(filter partiql.Expr) *apiError {
	for _, name := range attributesOf(filter) {
		if v.keys.has(name) {
			return validationErrorf("Filter Expression can only contain non-primary key attributes: Primary key attribute: %s", name)
		}
	}
	return v.checkQueryProjection(filter)
}

// checkQueryProjection refuses a condition on what the index does not project.
// In a Scan such an attribute is just missing.
func (v view) checkQueryProjection(e partiql.Expr) *apiError {
	for _, name := range attributesOf(e) {
		if v.index != nil && !v.index.projects(v.table, name) {
			return invalidValues("Secondary index " + v.index.name + " does not project one or more filter attributes: [" + name + "]")
		}
	}
	return nil
}

// queryPage fills the page and returns the key to go on from, nil at the end.
func (c *call) queryPage(v view, p *page, part partition, wanted sortRange) (item, *apiError) {
	forward := c.forward == nil || *c.forward
	from := part.first(!forward)
	if forward {
		from.sk = wanted.low
	}
	if c.startKey != nil {
		if err := v.checkStartKey(c.server.normalizer, c.startKey); err != nil {
			return nil, err
		}
		switch from = v.from(c.startKey); {
		case !part.has(from):
			return nil, validationError("The provided starting key is outside query boundaries based on provided conditions")
		case !wanted.has(from.sk):
			return nil, validationError("The provided starting key does not match the range key predicate")
		}
	}
	v.table.mu.RLock()
	defer v.table.mu.RUnlock()
	v.walk(from, c.startKey != nil, forward, func(r *row) bool {
		if !part.has(r) {
			return false
		}
		return !wanted.has(r.sk) || p.add(r)
	})
	if p.err != nil {
		return nil, invalidExpression("FilterExpression", p.err)
	}
	if p.last == nil {
		return nil, nil
	}
	return v.startKey(p.last), nil
}

// sortRange is the sort keys, as bytes, that a key condition lets through: from low on,
// below high unless that is empty, and with the prefix. The zero value is all of them.
type sortRange struct{ low, high, prefix string }

func (s sortRange) has(sk string) bool {
	return sk >= s.low && (s.high == "" || sk < s.high) && strings.HasPrefix(sk, s.prefix)
}

// keyCondition is one comparison of a KeyConditionExpression, with the key on
// the left.
type keyCondition struct {
	key    string
	op     string
	values []types.AttributeValue
}

// keyRange turns a KeyConditionExpression into the rows it means.
func (v view) keyRange(e partiql.Expr) (partition, sortRange, *apiError) {
	list, err := keyConditions(e)
	if err != nil {
		return partition{}, sortRange{}, err
	}
	conditions := map[string]*keyCondition{}
	for i, k := range list {
		switch {
		case !v.keys.has(k.key):
			return partition{}, sortRange{}, missedKey(v.missing(list))
		case conditions[k.key] != nil:
			return partition{}, sortRange{}, validationError("KeyConditionExpressions must only contain one condition per key")
		}
		conditions[k.key] = &list[i]
	}
	part, err := v.hashRange(conditions)
	if err != nil {
		return partition{}, sortRange{}, err
	}
	wanted, err := v.sortRange(conditions)
	return part, wanted, err
}

func missedKey(name string) *apiError {
	return validationError("Query condition missed key schema element: " + name)
}

// hashRange returns the partition: conditions are an equality of each HASH attribute.
func (v view) hashRange(conditions map[string]*keyCondition) (partition, *apiError) {
	key := item{}
	for _, a := range v.keys.hash {
		k := conditions[a.name]
		switch {
		case k == nil:
			return partition{}, missedKey(a.name)
		case k.op != "=":
			return partition{}, validationError("Query key condition not supported")
		}
		if err := k.check(a); err != nil {
			return partition{}, err
		}
		key[a.name] = k.values[0]
	}
	return partitionOf(joined(v.keys.hash, key)), nil
}

// sortRange returns the range of sort keys: conditions are on RANGE attributes from the
// first on, and all but the last one of these are equalities.
func (v view) sortRange(conditions map[string]*keyCondition) (wanted sortRange, err *apiError) {
	fixed, free, ended := "", "", false
	for _, a := range v.keys.sort {
		k := conditions[a.name]
		switch {
		case k == nil:
			free = cmp.Or(free, a.name)
			continue
		case free != "":
			return wanted, missedKey(free)
		case ended:
			return wanted, validationError("Query key condition not supported")
		}
		if err := k.check(a); err != nil {
			return wanted, err
		}
		wanted = k.sortRange(fixed, len(v.keys.sort) > 1)
		if ended = k.op != "="; !ended {
			fixed = wanted.low
		}
	}
	return wanted, nil
}

// missing names the key attribute that a bad condition should have used.
func (v view) missing(list []keyCondition) string {
	attributes := v.keys.attributes()
	for _, a := range attributes {
		if !slices.ContainsFunc(list, func(k keyCondition) bool { return k.key == a.name }) {
			return a.name
		}
	}
	return attributes[len(attributes)-1].name
}

func (k keyCondition) check(key keyAttribute) *apiError {
	for _, v := range k.values {
		if kindOf(v) != key.kind {
			return invalidValues("Condition parameter type does not match schema type")
		}
		if keyBytes(v) == "" {
			return emptyKey(key)
		}
	}
	return nil
}

// sortRange returns the range behind the bytes of what equalities fix; several says that
// the sort key has several attributes.
func (k keyCondition) sortRange(fixed string, several bool) sortRange {
	a := keyPart{keyBytes(k.values[0]), several}
	r := sortRange{low: fixed, prefix: fixed}
	switch k.op {
	case "<":
		r.high = fixed + a.first()
	case "<=":
		r.high = fixed + a.past()
	case ">":
		r.low += a.past()
	case ">=":
		r.low += a.first()
	case "BETWEEN":
		r.low += a.first()
		r.high = fixed + keyPart{keyBytes(k.values[1]), several}.past()
	case "begins_with":
		r.low += a.prefix()
		r.prefix = r.low
	default:
		r.low += a.first()
		r.high = fixed + a.past()
	}
	return r
}

// keyConditions takes apart a KeyConditionExpression.
func keyConditions(e partiql.Expr) ([]keyCondition, *apiError) {
	switch e := e.(type) {
	case partiql.And:
		left, err := keyConditions(e.Left)
		if err != nil {
			return nil, err
		}
		right, err := keyConditions(e.Right)
		return append(left, right...), err
	case partiql.Or:
		return nil, badKeyOperator("OR")
	case partiql.Not:
		return nil, badKeyOperator("NOT")
	case partiql.In:
		return nil, badKeyOperator("IN")
	case partiql.Compare:
		if e.Op == "<>" {
			return nil, badKeyOperator("<>")
		}
		if _, ok := e.Right.(partiql.Path); ok {
			return keyConditionOf(flipped[e.Op], e.Right, e.Left)
		}
		return keyConditionOf(e.Op, e.Left, e.Right)
	case partiql.Between:
		return keyConditionOf("BETWEEN", e.X, e.Low, e.High)
	case partiql.Call:
		if e.Func != "begins_with" {
			return nil, badKeyOperator(e.Func)
		}
		return keyConditionOf(e.Func, e.Args...)
	}
	return nil, badKeyOperator("?")
}

var flipped = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func badKeyOperator(op string) *apiError {
	return validationErrorf("Invalid operator used in KeyConditionExpression: %s", op)
}

func keyConditionOf(op string, operands ...partiql.Operand) ([]keyCondition, *apiError) {
	path, ok := operands[0].(partiql.Path)
	if !ok {
		return nil, validationError("KeyConditionExpressions cannot contain nested operations")
	}
	if len(path.Steps) > 1 {
		return nil, validationError("KeyConditionExpressions cannot have conditions on nested attributes")
	}
	k := keyCondition{key: path.Steps[0].Name, op: op}
	for _, o := range operands[1:] {
		if _, ok := o.(partiql.Path); ok {
			return nil, validationError("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition")
		}
		literal, ok := o.(partiql.Literal)
		if !ok {
			return nil, validationError("KeyConditionExpressions cannot contain nested operations")
		}
		k.values = append(k.values, literal.Value)
	}
	return []keyCondition{k}, nil
}
