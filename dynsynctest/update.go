package dynsynctest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
)

const (
	errWrongOperand = "An operand in the update expression has an incorrect data type"
	errNoAttribute  = "The provided expression refers to an attribute that does not exist in the item"
	errUpdateSize   = "Item size to update has exceeded the maximum allowed size"
	errBadPath      = "The document path provided in the update expression is invalid for update"
)

func (c *call) updateItem() *apiError {
	t, err := c.table(c.tableName)
	if err != nil {
		return err
	}
	if c.key == nil {
		return missingMember("key")
	}
	e, err := c.expressions(c.names, c.values, c.hasExpression())
	if err != nil {
		return err
	}
	u, err := e.update(c.params.update)
	if err != nil {
		return err
	}
	condition, err := e.condition("ConditionExpression", c.condition)
	if err != nil {
		return err
	}
	if err := e.finish(); err != nil {
		return err
	}
	key, err := c.checkedKey(t, c.key)
	if err != nil {
		return err
	}
	if err := t.checkScalars(pathsOf(condition)); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.rows.get(&key)
	if err := c.checkCondition(condition, old); err != nil {
		return err
	}
	if u.written(old, c.key) > maxItemSize {
		return validationError(errUpdateSize)
	}
	before, after, used, err := c.applyUpdate(t, u, c.key, old, nil)
	if err != nil {
		return err
	}
	c.writeUpdated(u, old != nil, before, after)
	c.writeUsage(used)
	c.writeMetrics(t, c.key)
	return nil
}

// applyUpdate changes the item with this key, or makes it, and stores it.
// The caller holds the lock; old is the row that is there, or nil.
func (c *call) applyUpdate(t *table, u *update, key item, old *row, params []types.AttributeValue) (before, after item, used usage, err *apiError) {
	for _, p := range u.paths() {
		if t.keys.has(p.Steps[0].Name) {
			return nil, nil, used, invalidValues("Cannot update attribute " + p.Steps[0].Name + ". This attribute is part of the key")
		}
	}
	if err := t.checkScalars(append(u.paths(), u.operandPaths()...)); err != nil {
		return nil, nil, used, err
	}
	before = key
	if old != nil {
		before = decodeItem(old.json)
	}
	after = cloneItem(before)
	if err := u.apply(before, after, params); err != nil {
		return nil, nil, used, err
	}
	if err := c.server.normalizer.item(after); err != nil {
		return nil, nil, used, err
	}
	size := itemSize(after)
	if size > maxItemSize {
		return nil, nil, used, validationError(errUpdateSize)
	}
	for _, x := range t.settings().indexes {
		if err := x.checkUpdatedKeys(after); err != nil {
			return nil, nil, used, err
		}
	}
	if depthOf(after) > maxDepth {
		return nil, nil, used, validationError(errNesting)
	}
	if err := c.refusal(t, after); err != nil {
		return nil, nil, used, err
	}
	return before, after, t.replace(old, t.newRow(after, size), after), nil
}

// written is the size that UpdateItem, unlike PartiQL's UPDATE, limits apart from
// the item's: names and values written, 3 bytes, 19 for each SET and ADD, and 2
// for each REMOVE and DELETE. An item of many attributes can be too large for it
// and still small enough to be put.
func (u *update) written(old *row, key item) int {
	x := updater{before: key}
	if old != nil {
		x.before = decodeItem(old.json)
	}
	size := 3
	for _, a := range append(slices.Clone(u.sets), u.adds...) {
		size += 19 + len(a.Target.Steps[len(a.Target.Steps)-1].Name)
		if v, err := x.value(a.Value); err == nil {
			size += valueSize(v)
		}
	}
	return size + 2*(len(u.removes)+len(u.deletes))
}

// checkUpdatedKeys is checkKeys in the words that updates use.
func (x *index) checkUpdatedKeys(i item) *apiError {
	for _, a := range x.keys.attributes() {
		if v := i[a.name]; v != nil && kindOf(v) != a.kind {
			return validationError("The update expression attempted to update the secondary index key to unsupported type")
		}
	}
	return x.checkKeys(i)
}

// writeUpdated writes what ReturnValues asks for.
func (c *call) writeUpdated(u *update, existed bool, before, after item) {
	var shown item
	switch c.returnValues {
	case "ALL_OLD":
		if existed {
			shown = before
		}
	case "ALL_NEW":
		shown = after
	case "UPDATED_OLD":
		shown = u.touched(before)
	case "UPDATED_NEW":
		shown = u.touched(after)
	}
	if len(shown) > 0 {
		c.out.itemMember("Attributes", shown)
	}
}

// touched returns the places that the update touches and that are there, within the
// maps and lists that lead to them.
func (u *update) touched(i item) item {
	paths := u.paths()
	if paths == nil {
		return nil
	}
	return project(i, paths)
}

// apply changes after. All values are read from before, and every index of a list means
// what it means there: elements are replaced in place, then what lies past the end of a
// list is appended, in the order of the indexes and whatever clause it stands in, then
// elements are taken out.
func (u *update) apply(before, after item, params []types.AttributeValue) *apiError {
	// A missing place is named before a missing value.
	for _, target := range u.paths() {
		if !hasPlace(before, target.Steps) {
			return validationError(errBadPath)
		}
	}
	changes, err := u.changes(updater{before: before, params: params})
	if err != nil {
		return err
	}
	var appended, removed []change
	for _, c := range changes {
		switch past := isPastEnd(before, c.steps); {
		case past && c.value != nil:
			appended = append(appended, c)
		case past:
		case c.value == nil:
			removed = append(removed, c)
		default:
			setPath(after, c.steps, c.value)
		}
	}
	slices.SortStableFunc(appended, func(a, b change) int { return comparePlaces(a.steps, b.steps) })
	for _, c := range appended {
		setPath(after, c.steps, c.value)
	}
	// From the back, so that an index still means what it meant before.
	slices.SortStableFunc(removed, func(a, b change) int { return comparePlaces(b.steps, a.steps) })
	for _, c := range removed {
		setPath(after, c.steps, nil)
	}
	return nil
}

// change is one place and what stands there after the update; nil is nothing.
type change struct {
	steps []partiql.Step
	value types.AttributeValue
}

// changes evaluates the clauses.
func (u *update) changes(x updater) ([]change, *apiError) {
	var changes []change
	for _, a := range u.sets {
		v, err := x.value(a.Value)
		if err != nil {
			return nil, err
		}
		changes = append(changes, change{a.Target.Steps, cloneValue(v)})
	}
	for _, section := range []struct {
		assignments []partiql.Assignment
		combine     func(old, operand types.AttributeValue) (types.AttributeValue, bool)
	}{{u.adds, addValues}, {u.deletes, deleteValues}} {
		for _, a := range section.assignments {
			v, err := x.combine(a, section.combine)
			if err != nil {
				return nil, err
			}
			changes = append(changes, change{a.Target.Steps, v})
		}
	}
	for _, p := range u.removes {
		changes = append(changes, change{steps: p.Steps})
	}
	return changes, nil
}

// isPastEnd reports whether a path ends at an element that the list does not have.
func isPastEnd(before item, steps []partiql.Step) bool {
	last := steps[len(steps)-1]
	if !last.Elem {
		return false
	}
	list, ok := find(before, steps[:len(steps)-1]).(*types.AttributeValueMemberL)
	return ok && last.Index >= len(list.Value)
}

// comparePlaces orders paths by the first step in which they differ.
func comparePlaces(a, b []partiql.Step) int {
	return slices.CompareFunc(a, b, func(a, b partiql.Step) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), cmp.Compare(a.Index, b.Index))
	})
}

// combine evaluates ADD and DELETE. A nil result takes the attribute away.
func (x *updater) combine(a partiql.Assignment, f func(old, operand types.AttributeValue) (types.AttributeValue, bool)) (types.AttributeValue, *apiError) {
	operand, err := x.value(a.Value)
	if err != nil {
		return nil, err
	}
	v, ok := f(find(x.before, a.Target.Steps), operand)
	if !ok {
		return nil, validationError(errWrongOperand)
	}
	return cloneValue(v), nil
}

// hasPlace reports whether the last step of a path has something to stand in.
func hasPlace(i item, steps []partiql.Step) bool {
	last := len(steps) - 1
	if last == 0 {
		return true
	}
	switch find(i, steps[:last]).(type) {
	case *types.AttributeValueMemberM:
		return !steps[last].Elem
	case *types.AttributeValueMemberL:
		return steps[last].Elem
	}
	return false
}

// setPath puts v in its place, or takes out what is there if v is nil. All of the path but
// its last step exists.
func setPath(i item, steps []partiql.Step, v types.AttributeValue) {
	last := len(steps) - 1
	if last == 0 {
		setMember(i, steps[0].Name, v)
		return
	}
	switch parent := find(i, steps[:last]).(type) {
	case *types.AttributeValueMemberM:
		setMember(parent.Value, steps[last].Name, v)
	case *types.AttributeValueMemberL:
		switch at := steps[last].Index; {
		case at >= len(parent.Value):
			parent.Value = append(parent.Value, v)
		case v == nil:
			parent.Value = slices.Delete(parent.Value, at, at+1)
		default:
			parent.Value[at] = v
		}
	}
}

func setMember(m item, name string, v types.AttributeValue) {
	if v == nil {
		delete(m, name)
	} else {
		m[name] = v
	}
}

// updater evaluates the right sides of an update.
type updater struct {
	before item
	params []types.AttributeValue
}

func (x *updater) value(o partiql.Operand) (types.AttributeValue, *apiError) {
	switch o := o.(type) {
	case partiql.Literal:
		return o.Value, nil
	case partiql.Param:
		return x.params[o.Index], nil
	case partiql.Path:
		if v := find(x.before, o.Steps); v != nil {
			return v, nil
		}
		return nil, validationError(errNoAttribute)
	case partiql.Arith:
		return x.arith(o)
	case partiql.UpdateCall:
		return x.call(o)
	}
	return nil, validationError(errWrongOperand)
}

func (x *updater) arith(o partiql.Arith) (types.AttributeValue, *apiError) {
	left, err := x.value(o.Left)
	if err != nil {
		return nil, err
	}
	right, err := x.value(o.Right)
	if err != nil {
		return nil, err
	}
	a, ok := left.(*types.AttributeValueMemberN)
	b, ok2 := right.(*types.AttributeValueMemberN)
	if !ok || !ok2 {
		return nil, validationError(errWrongOperand)
	}
	return sumOf(a, b, o.Op == "-"), nil
}

// sumOf adds without rounding; the range and precision of the result are
// checked with the rest of the item.
func sumOf(a, b *types.AttributeValueMemberN, subtract bool) types.AttributeValue {
	x, _ := scanDecimal(a.Value)
	y, _ := scanDecimal(b.Value)
	if subtract {
		y = y.negated()
	}
	return &types.AttributeValueMemberN{Value: x.add(y).String()}
}

func (x *updater) call(o partiql.UpdateCall) (types.AttributeValue, *apiError) {
	left, err := x.value(o.Args[0])
	if err != nil && (err.message != errNoAttribute || o.Func == "list_append") {
		return nil, err // the others take a missing attribute
	}
	right, err := x.value(o.Args[1])
	if err != nil {
		return nil, err // of if_not_exists, too, whether its value is needed or not
	}
	if o.Func == "if_not_exists" && left != nil {
		return left, nil
	}
	v, ok := right, true
	switch o.Func {
	case "list_append":
		v, ok = appendLists(left, right)
	case "set_add":
		v, ok = addValues(left, right)
	case "set_delete":
		v, ok = deleteValues(left, right)
	}
	if !ok {
		return nil, validationError(errWrongOperand)
	}
	return v, nil
}

func appendLists(left, right types.AttributeValue) (types.AttributeValue, bool) {
	a, ok := left.(*types.AttributeValueMemberL)
	b, ok2 := right.(*types.AttributeValueMemberL)
	if !ok || !ok2 {
		return nil, false
	}
	return &types.AttributeValueMemberL{Value: slices.Concat(a.Value, b.Value)}, true
}
