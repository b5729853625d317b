package partiql

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Judge returns what in a condition that [Validate] accepts cannot be meant, though the
// service takes it: a part that no attribute decides, and parts joined by AND that no
// item can satisfy together. The error is an [*Error] without a column, which [Locate] adds.
func Judge(e Expr, params []types.AttributeValue) error {
	if e == nil {
		return nil
	}
	j := judge{params: params}
	walk(e, j.constants)
	j.conjunctions(e)
	if j.err != nil {
		return j.err
	}
	return nil
}

// A judge keeps the leftmost of its verdicts.
type judge struct {
	params []types.AttributeValue
	err    *Error
}

func (j *judge) refuse(pos int, reason, remedy string) {
	if j.err == nil || pos < j.err.Pos {
		j.err = &Error{Pos: pos, Reason: reason, Remedy: remedy, Sure: true}
	}
}

// constants refuses a comparison of constants.
func (j *judge) constants(e Expr) {
	switch e.(type) {
	case And, Or, Not:
		return
	}
	operands := operandsOf(e)
	if slices.ContainsFunc(operands, func(o Operand) bool { _, ok := pathOf(o); return ok }) {
		return
	}
	remedy := "leave it out, or name an attribute: a name stands in no quotes or between two \""
	j.refuse(operandPos(operands[0]), "a comparison of constants, which is the same for all items", remedy)
}

// conjunctions refuses what AND joins about one path, if no value satisfies all of it and
// so no item the condition.
func (j *judge) conjunctions(e Expr) {
	var order []string
	about := map[string][]Expr{}
	for _, c := range conjuncts(e) {
		if p, ok := onlyPath(c); ok {
			name := fmt.Sprintf("%#v", p.Steps)
			if about[name] == nil {
				order = append(order, name)
			}
			about[name] = append(about[name], c)
		}
	}
	for _, name := range order {
		for n := 2; n <= len(about[name]); n++ {
			if parts := about[name][:n]; !j.satisfiable(parts) {
				j.refuse(operandPos(operandsOf(leaf(parts[n-1]))[0]), "what no value satisfies together with what AND joins to it about the same attribute", "join them with OR, or leave one out")
				break
			}
		}
	}
}

func conjuncts(e Expr) []Expr {
	if and, ok := e.(And); ok {
		return append(conjuncts(and.Left), conjuncts(and.Right)...)
	}
	return []Expr{e}
}

// leaf returns the leftmost comparison of a condition.
func leaf(e Expr) Expr {
	switch e := e.(type) {
	case And:
		return leaf(e.Left)
	case Or:
		return leaf(e.Left)
	case Not:
		return leaf(e.X)
	}
	return e
}

// farthest is the highest index of a list for which a value is tried out.
const farthest = 1000

// onlyPath returns the one path that all of a condition is about, if it has no other
// and compares no size.
func onlyPath(e Expr) (only Path, ok bool) {
	ok = true
	found := false
	walk(e, func(e Expr) {
		for _, o := range operandsOf(e) {
			_, isSize := o.(Size)
			switch p, isPath := o.(Path); {
			case isSize, isPath && slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Index > farthest }):
				ok = false
			case isPath && found && !slices.Equal(p.Steps, only.Steps):
				ok = false
			case isPath:
				only, found = p, true
			}
		}
	})
	return only, ok && found
}

// operandsOf returns the operands of a condition that is no AND, OR or NOT.
func operandsOf(e Expr) []Operand {
	switch e := e.(type) {
	case Compare:
		return []Operand{e.Left, e.Right}
	case Between:
		return []Operand{e.X, e.Low, e.High}
	case In:
		return append([]Operand{e.X}, e.List...)
	case Call:
		return e.Args
	case Is:
		return []Operand{e.X}
	}
	return nil
}

// pathOf returns the path that an operand is or measures.
func pathOf(o Operand) (Path, bool) {
	if s, ok := o.(Size); ok {
		o = s.X
	}
	p, ok := o.(Path)
	return p, ok
}

// satisfiable reports whether a value can satisfy all conditions, each about one and the
// same path, and false only where that is certain.
func (j *judge) satisfiable(parts []Expr) bool {
	for _, e := range parts {
		if pins := j.pins(e); pins != nil {
			return slices.ContainsFunc(pins, func(v types.AttributeValue) bool { return j.all(parts, v) })
		}
	}
	missing := slices.ContainsFunc(parts, func(e Expr) bool { return demandsMissing(e) })
	if missing {
		return j.all(parts, nil)
	}
	var r span
	for _, e := range parts {
		if !r.narrow(j, e) {
			return false
		}
	}
	return true
}

// demandsMissing reports whether a condition holds only where its path names nothing.
func demandsMissing(e Expr) bool {
	switch e := e.(type) {
	case Is:
		return e.Type == "MISSING"
	case Call:
		return e.Func == "attribute_not_exists"
	}
	return false
}

// pins returns the values to which = or IN limits the one path of a condition, nil if it
// does not.
func (j *judge) pins(e Expr) (values []types.AttributeValue) {
	var list []Operand
	switch e := e.(type) {
	case Compare:
		if e.Op == "=" {
			list = []Operand{e.Right}
			if _, ok := e.Right.(Path); ok {
				list = []Operand{e.Left}
			}
		}
	case In:
		if _, ok := e.X.(Path); ok {
			list = e.List
		}
	}
	for _, o := range list {
		v := Constant(o, j.params)
		if v == nil {
			return nil
		}
		values = append(values, v)
	}
	return values
}

// all reports whether a value of their path, nil for none, satisfies all conditions.
func (j *judge) all(parts []Expr, v types.AttributeValue) bool {
	for _, e := range parts {
		p, _ := onlyPath(e)
		item := map[string]types.AttributeValue{}
		if v != nil {
			item = holding(p.Steps, v)
		}
		if ok, err := Eval(e, item, j.params); err == nil && !ok {
			return false
		}
	}
	return true
}

// holding returns an item that has a value at the end of a path.
func holding(steps []Step, v types.AttributeValue) map[string]types.AttributeValue {
	for i := len(steps) - 1; i > 0; i-- {
		if steps[i].Elem {
			list := make([]types.AttributeValue, steps[i].Index+1)
			for k := range list {
				list[k] = &types.AttributeValueMemberNULL{Value: true}
			}
			list[len(list)-1] = v
			v = &types.AttributeValueMemberL{Value: list}
			continue
		}
		v = &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{steps[i].Name: v}}
	}
	return map[string]types.AttributeValue{steps[0].Name: v}
}

// A span is what ranges leave of the values.
type span struct {
	low, high             types.AttributeValue // nil for no bound
	lowStrict, highStrict bool
}

// narrow takes what a condition leaves out. It returns false if nothing is left.
func (r *span) narrow(j *judge, e Expr) bool {
	switch e := e.(type) {
	case Compare:
		op, c := e.Op, Constant(e.Right, j.params)
		if _, ok := e.Left.(Path); !ok {
			op, c = mirrored[e.Op], Constant(e.Left, j.params)
		}
		switch {
		case c == nil:
		case op == ">" || op == ">=":
			return r.above(c, op == ">")
		case op == "<" || op == "<=":
			return r.below(c, op == "<")
		}
	case Between:
		low, high := Constant(e.Low, j.params), Constant(e.High, j.params)
		if _, ok := e.X.(Path); ok && low != nil && high != nil {
			return r.above(low, false) && r.below(high, false)
		}
	case Call:
		prefix, text := Constant(e.Args[len(e.Args)-1], j.params).(*types.AttributeValueMemberS)
		if _, ok := e.Args[0].(Path); ok && text && e.Func == "begins_with" {
			return r.above(prefix, false) && r.below(&types.AttributeValueMemberS{Value: prefix.Value + "\xff"}, true)
		}
	}
	return true
}

var mirrored = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}

func (r *span) above(v types.AttributeValue, strict bool) bool {
	if r.low != nil {
		c, ok := CompareValues(v, r.low)
		if !ok {
			return false
		}
		if c < 0 || c == 0 && !strict {
			return r.holds()
		}
	}
	r.low, r.lowStrict = v, strict
	return r.holds()
}

func (r *span) below(v types.AttributeValue, strict bool) bool {
	if r.high != nil {
		c, ok := CompareValues(v, r.high)
		if !ok {
			return false
		}
		if c > 0 || c == 0 && !strict {
			return r.holds()
		}
	}
	r.high, r.highStrict = v, strict
	return r.holds()
}

// holds reports whether anything lies between the bounds.
func (r *span) holds() bool {
	if r.low == nil || r.high == nil {
		return true
	}
	c, ok := CompareValues(r.low, r.high)
	return ok && (c < 0 || c == 0 && !r.lowStrict && !r.highStrict)
}

// Repeated returns the first constant of those to which a condition limits the top-level
// attribute name that is equal to an earlier one, as an [*Error] without a column. Such a
// value cannot be meant for a partition key: DynamoDB returns its items twice.
func Repeated(e Expr, params []types.AttributeValue, name string) error {
	pins := Pins(e, name)
	for i, o := range pins {
		v := Constant(o, params)
		same := func(other Operand) bool {
			w := Constant(other, params)
			return v != nil && w != nil && EqualValues(v, w)
		}
		if k := slices.IndexFunc(pins[:i], same); k >= 0 {
			what := fmt.Sprintf("value %d of the partition key %q is equal to value %d", i+1, name, k+1)
			if p, ok := o.(Param); ok {
				what = fmt.Sprintf("parameter %d, for the partition key %q, is equal to an earlier value", p.Index+1, name)
			}
			return &Error{Pos: operandPos(o), Reason: what + ", and DynamoDB returns the items of each", Remedy: "name it once", Sure: true}
		}
	}
	return nil
}

// A Hint says what is probably wrong where a name of a condition, at Pos, names nothing.
type Hint struct {
	Pos    int
	Remedy string
}

// Hints returns what is likely to be wrong in a condition whose names turn out to name
// nothing. Text is what e was parsed from, and table the table's name.
func Hints(e Expr, text, table string) (hints []Hint) {
	walk(e, func(e Expr) {
		for i, o := range operandsOf(e) {
			p, ok := pathOf(o)
			if !ok {
				continue
			}
			if remedy := hint(p, i, text, table); remedy != "" {
				hints = append(hints, Hint{p.Pos, remedy})
			}
		}
	})
	slices.SortStableFunc(hints, func(a, b Hint) int { return cmp.Compare(a.Pos, b.Pos) })
	return hints
}

// hint says what operand i of a comparison probably was meant to be.
func hint(p Path, i int, text, table string) string {
	first := p.Steps[0].Name
	switch digits := strings.TrimPrefix(first, "$"); {
	case len(p.Steps) > 1 && strings.EqualFold(first, table):
		return "leave out the name of the table and the point"
	case digits != first && digits != "" && strings.Trim(digits, "0123456789") == "":
		return bindIt
	case i == 0:
		return ""
	case p.Pos < len(text) && text[p.Pos] == '"':
		return "if it is text, write it between two '; what stands between two \" is the name of an attribute"
	case len(p.Steps) == 1:
		return "if it is text, write it between two '; without them it is the name of an attribute"
	}
	return ""
}
