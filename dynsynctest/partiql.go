package dynsynctest

import (
	"errors"
	"math"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

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
	if err := c.checkParameters(p); err != nil {
		return nil, err
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

// checkParameters normalizes the parameters of a statement.
func (c *call) checkParameters(p statementParams) *apiError {
	for _, v := range p.parameters {
		if err := c.server.normalizer.value(v, false); err != nil {
			return err
		}
	}
	return nil
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
	verb  string // such as Insert, as in the names of IAM's actions
	item  item   // what is inserted, or the key
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
// nothing else. It is a GetItem: an index is not looked at, and columns are a
// projection.
func (c *call) planSingleSelect(s *partiql.Select, p statementParams) (*statementPlan, *apiError) {
	t, err := c.table(s.Table)
	if err != nil {
		return nil, err
	}
	where := keyWhere{t.keys, s.Where, p.parameters}
	key, rest := where.wholeKey()
	if len(rest) > 0 || len(key) == 0 || notKeyable(t.keys, key) != "" {
		return nil, validationError("Only single item select is supported")
	}
	if err := where.check(true); err != nil {
		return nil, err
	}
	r := t.keys.row(key)
	return &statementPlan{t, r, "Select", key, func() ([]byte, usage, *apiError) {
		t.mu.RLock()
		defer t.mu.RUnlock()
		found := t.rows.get(&r)
		used := usage{table: t, units: itemUnits(found, p.consistent)}
		if found == nil {
			return nil, used, nil
		}
		return found.projected(s.Columns), used, nil
	}}, nil
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
		if i[a.name] == nil {
			return nil, validationErrorf("Key attribute should be present in the item: Key %s", a.name)
		}
		if err := undefinedName([]string{a.name}); err != nil {
			return nil, err
		}
	}
	if err := t.keys.checkTypes(i); err != nil {
		return nil, err
	}
	if depthOf(i) > maxDepth {
		return nil, validationError(errNesting)
	}
	r, late := c.checkedRow(t, i)
	if late != nil {
		key := t.keys.row(i)
		r = &key
	}
	return &statementPlan{t, *r, "Insert", i, func() ([]byte, usage, *apiError) {
		if err := firstError(late, c.refusal(t, i)); err != nil {
			return nil, usage{}, err
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		if old := t.rows.get(r); old != nil {
			if p.returnOnFailure == "ALL_OLD" && c.op == "ExecuteStatement" {
				return nil, usage{}, conditionFailed(old.json)
			}
			return nil, usage{}, c.server.duplicateItem()
		}
		return nil, t.replace(nil, r, i), nil
	}}, nil
}

// notKeyable returns the first attribute of a key whose value cannot be one in
// any table, empty if there is none.
func notKeyable(k keySchema, key item) string {
	for _, a := range k.attributes() {
		if !isKeyKind(kindOf(key[a.name])) {
			return a.name
		}
	}
	return ""
}

// checkKinds is checkTypes in the words that UPDATE and DELETE have for what can
// be no key.
func (k keySchema) checkKinds(key item) *apiError {
	if name := notKeyable(k, key); name != "" {
		return validationErrorf("Key value must be of type S, N, or B. Key name: %s, Key type: %s", name, kindOf(key[name]))
	}
	return k.checkTypes(key)
}

// checkTypes checks the types of the key attributes in a statement's words.
func (k keySchema) checkTypes(key item) *apiError {
	for _, a := range k.attributes() {
		if kindOf(key[a.name]) != a.kind {
			return wrongKeyType(a)
		}
	}
	return nil
}

// keyedWrite is the item that an UPDATE or DELETE names, and on what condition.
type keyedWrite struct {
	statementParams
	table *table
	key   item
	row   row
	rest  []partiql.Expr // the WHERE without the key
	late  *apiError      // what is wrong with the statement, found once it is run
}

func (c *call) keyedWrite(table string, where partiql.Expr, p statementParams) (*keyedWrite, *apiError) {
	t, err := c.table(table)
	if err != nil {
		return nil, err
	}
	if err := partiql.Validate(where, p.parameters); err != nil {
		return nil, statementError(err)
	}
	k := keyWhere{t.keys, where, p.parameters}
	w := &keyedWrite{statementParams: p, table: t}
	for _, a := range t.keys.attributes() {
		if len(k.demanded(a)) == 0 {
			return nil, validationError("Where clause does not contain a mandatory equality on all key attributes")
		}
		if k.demandsTwo(a) {
			return nil, validationErrorf("Multiple conditions on same key %s. Only single item Update/Insert/Delete are supported", a.name)
		}
	}
	w.key, w.rest = k.wholeKey()
	if err := t.keys.checkKinds(w.key); err != nil {
		return nil, err
	}
	w.late = firstError(t.keys.checkSizes(w.key), t.checkScalars(pathsOf(where)), k.check(true))
	w.row = t.keys.row(w.key)
	return w, nil
}

// check evaluates the conditions on the item that is there, or on none.
func (w *keyedWrite) check(old *row) *apiError {
	i := item{}
	if old != nil {
		i = decodeItem(old.json)
	}
	if w.late != nil {
		return w.late
	}
	for _, e := range w.rest {
		ok, err := partiql.Eval(e, i, w.parameters)
		switch {
		case err != nil:
			return statementError(err)
		case ok:
		case w.returnOnFailure == "ALL_OLD" && old != nil:
			return conditionFailed(old.json)
		default:
			return conditionFailed(nil)
		}
	}
	return nil
}

func (c *call) planUpdate(s *partiql.Update, p statementParams) (*statementPlan, *apiError) {
	u := &update{sets: s.Sets, removes: s.Removes}
	for _, a := range u.sets {
		if err := checkValue(a.Value, p.parameters); err != nil {
			return nil, err
		}
	}
	w, err := c.keyedWrite(s.Table, s.Where, p)
	if err != nil {
		return nil, err
	}
	t := w.table
	return &statementPlan{t, w.row, "Update", w.key, func() ([]byte, usage, *apiError) {
		t.mu.Lock()
		defer t.mu.Unlock()
		old := t.rows.get(&w.row)
		if err := w.check(old); err != nil {
			return nil, usage{}, err
		}
		if old == nil {
			return nil, usage{}, conditionFailed(nil)
		}
		before, after, used, err := c.applyUpdate(t, u, w.key, old, p.parameters)
		if err != nil {
			return nil, usage{}, err
		}
		return returned(s.Returning, u, before, after), used, nil
	}}, nil
}

// checkValue refuses constants of the wrong type on the right of an assignment.
func checkValue(o partiql.Operand, params []types.AttributeValue) *apiError {
	switch o := o.(type) {
	case partiql.Arith:
		return firstError(checkConstants(o.Op, "N", params, o.Left, o.Right), checkValue(o.Left, params), checkValue(o.Right, params))
	case partiql.UpdateCall:
		for _, a := range o.Args {
			if err := checkValue(a, params); err != nil {
				return err
			}
		}
		switch o.Func {
		case "if_not_exists":
			if message := sameOperand(o); message != "" {
				return validationError(message)
			}
		case "list_append":
			return checkConstants(o.Func, "L", params, o.Args...)
		case "set_add", "set_delete":
			if kind := kindOf(partiql.Constant(o.Args[1], params)); kind != "SS" && kind != "NS" && kind != "BS" {
				return validationErrorf("The second argument to %s must be a value with type SET", strings.ToUpper(o.Func))
			}
		}
	}
	return nil
}

func checkConstants(function, want string, params []types.AttributeValue, operands ...partiql.Operand) *apiError {
	for _, o := range operands {
		if kind := kindOf(partiql.Constant(o, params)); kind != "" && kind != want {
			return validationErrorf("Incorrect operand type for operator or function; operator or function: %s, operand type: %s", function, kind)
		}
	}
	return nil
}

// returned is what RETURNING asks for, nil for nothing.
func returned(clause string, u *update, before, after item) []byte {
	var shown item
	switch clause {
	case "ALL OLD":
		shown = before
	case "ALL NEW":
		shown = after
	case "MODIFIED OLD":
		shown = u.touched(before)
	case "MODIFIED NEW":
		shown = u.touched(after)
	}
	if len(shown) == 0 {
		return nil
	}
	return appendItem(nil, shown)
}

// planDelete plans a DELETE. Unlike an UPDATE it succeeds where there is no
// item, if the conditions hold of none.
func (c *call) planDelete(s *partiql.Delete, p statementParams) (*statementPlan, *apiError) {
	w, err := c.keyedWrite(s.Table, s.Where, p)
	if err != nil {
		return nil, err
	}
	t := w.table
	return &statementPlan{t, w.row, "Delete", w.key, func() ([]byte, usage, *apiError) {
		if err := c.refusal(t, w.key); err != nil {
			return nil, usage{}, err
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		old := t.rows.get(&w.row)
		if err := w.check(old); err != nil {
			return nil, usage{}, err
		}
		used := t.replace(old, nil, nil)
		if old != nil && s.Returning == "ALL OLD" {
			return old.json, used, nil
		}
		return nil, used, nil
	}}, nil
}
