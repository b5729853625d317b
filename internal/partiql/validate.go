package partiql

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	maxServiceOperators = 300
	maxInOperands       = 100
)

// Validate checks what the service checks before it reads an item: that every
// parameter has a value, argument counts, the types of literals and parameters
// where an operator or function restricts them, operands that must differ, the
// bounds of BETWEEN, and the limits of 300 operators, 100 values in IN, and 32
// levels of a path. A nil e is valid. More params than e uses are not an error,
// as they are none to the service.
//
// The error is an [*Error] with the service's Message, without a column, which
// [Locate] adds.
func Validate(e Expr, params []types.AttributeValue) error {
	if e == nil {
		return nil
	}
	c := checker{params: params}
	walk(e, c.expr)
	if c.err != nil {
		return c.err
	}
	return nil
}

// CheckPaths checks that no two of paths name the same place, one a place inside
// the other, or the same place once as a map and once as a list, as the service
// demands of the targets of an update and of a projection.
func CheckPaths(paths []Path) error {
	for i, p := range paths {
		for _, earlier := range paths[:i] {
			if message := collision(earlier, p); message != "" {
				return &Error{Pos: p.Pos, Reason: "a path that overlaps an earlier one", Message: fmt.Sprintf(message, pathText(p), pathText(earlier))}
			}
		}
	}
	return nil
}

// collision returns the message for two paths that cannot both be used, or "".
func collision(a, b Path) string {
	for i := range min(len(a.Steps), len(b.Steps)) {
		x, y := a.Steps[i], b.Steps[i]
		switch {
		case x.Elem != y.Elem:
			return msgConflict
		case x != y:
			return ""
		}
	}
	return msgOverlap
}

// pathText writes a path as the service does in its messages: [a, b, [0]].
func pathText(p Path) string {
	parts := make([]string, len(p.Steps))
	for i, s := range p.Steps {
		parts[i] = s.Name
		if s.Elem {
			parts[i] = "[" + strconv.Itoa(s.Index) + "]"
		}
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

// A checker is shown conditions from left to right and keeps the first error.
type checker struct {
	params    []types.AttributeValue
	operators int
	pos       int // of the operand that was looked at last
	err       *Error
}

func (c *checker) fail(pos int, reason, message string) {
	if c.err == nil {
		c.err = &Error{Pos: pos, Reason: reason, Message: message, Sure: true}
	}
}

func (c *checker) operator() {
	if c.operators++; c.operators > maxServiceOperators {
		c.fail(c.pos, fmt.Sprintf("more than %d operators", maxServiceOperators), msgOperators)
	}
}

// expr checks a condition whose sides, if it has any, were checked before.
func (c *checker) expr(e Expr) {
	switch e := e.(type) {
	case And, Or, Not:
	case Compare:
		c.compare(e)
	case Between:
		c.between(e)
	case In:
		c.in(e)
	case Call:
		c.call(e)
	case Is:
		c.is(e)
	default:
		c.fail(0, errTree.Error(), "")
	}
	c.operator()
}

func (c *checker) compare(e Compare) {
	if comparisons[e.Op] != e.Op {
		c.fail(e.Pos, errTree.Error(), "")
	}
	c.operands(e.Left, e.Right)
	c.distinct(e.Op, e.Left, e.Right)
	if e.Op != "=" && e.Op != "<>" {
		c.types(e.Op, "S N B", e.Left, e.Right)
	}
}

func (c *checker) between(e Between) {
	c.operands(e.X, e.Low, e.High)
	c.distinct("BETWEEN", e.X, e.Low, e.High)
	c.types("BETWEEN", "S N B", e.X, e.Low, e.High)
	low, high := c.constant(e.Low), c.constant(e.High)
	if low == nil || high == nil {
		return
	}
	order, ok := CompareValues(low, high)
	switch {
	case !ok:
		c.fail(e.Pos, "bounds of BETWEEN of two types", fmt.Sprintf(msgBetweenType, boundText(low), boundText(high)))
	case order > 0:
		c.fail(e.Pos, "a lower bound of BETWEEN above the upper one", fmt.Sprintf(msgBetweenLow, boundText(low), boundText(high)))
	}
}

// boundText writes a bound as the service does.
func boundText(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return "{S:" + v.Value + "}"
	case *types.AttributeValueMemberN:
		return "{N:" + v.Value + "}"
	case *types.AttributeValueMemberB:
		return fmt.Sprintf("{B:java.nio.HeapByteBuffer[pos=0 lim=%d cap=%[1]d]}", len(v.Value))
	}
	return "{" + typeName(v) + "}"
}

func (c *checker) in(e In) {
	switch n := len(e.List); {
	case n == 0:
		c.fail(e.Pos, "an empty list after IN", msgInList)
	case n > maxInOperands:
		c.fail(e.Pos, fmt.Sprintf("more than %d values after IN", maxInOperands), fmt.Sprintf(msgInCount, n))
	}
	c.operands(e.X)
	c.operands(e.List...)
	c.distinct("IN", e.X, e.List...)
}

func (c *checker) is(e Is) {
	c.operands(e.X)
	if _, known := isLetters[e.Type]; !known {
		c.fail(e.Pos, errTree.Error(), "")
	}
	if _, ok := e.X.(Path); !ok && e.Type == "MISSING" {
		c.fail(e.Pos, "IS MISSING needs a path", fmt.Sprintf(msgNeedsPath, "attribute_not_exists"))
	}
}

func (c *checker) call(e Call) {
	want, known := arity[e.Func]
	switch {
	case !known:
		c.fail(e.Pos, errTree.Error(), "")
		return
	case len(e.Args) != want:
		c.fail(e.Pos, fmt.Sprintf("%s needs %d arguments and has %d", e.Func, want, len(e.Args)), fmt.Sprintf(msgArity, e.Func, len(e.Args)))
		return
	}
	c.operands(e.Args...)
	c.distinct(e.Func, e.Args[0], e.Args[1:]...)
	switch e.Func {
	case "attribute_exists", "attribute_not_exists":
		if _, ok := e.Args[0].(Path); !ok {
			c.fail(e.Pos, e.Func+" needs a path", fmt.Sprintf(msgNeedsPath, e.Func))
		}
	case "begins_with":
		c.types(e.Func, "S B", e.Args...)
	case "attribute_type":
		c.typeLetters(e)
	}
}

// typeLetters checks the second argument of attribute_type.
func (c *checker) typeLetters(e Call) {
	if _, ok := e.Args[1].(Path); ok {
		c.fail(e.Pos, "attribute_type needs a constant type", fmt.Sprintf(msgOperandType, e.Func, msgTypeOperand))
	}
	c.types(e.Func, "S", e.Args[1])
	s, ok := c.constant(e.Args[1]).(*types.AttributeValueMemberS)
	switch {
	case !ok:
	case s.Value == "S", s.Value == "N", s.Value == "B", s.Value == "BOOL", s.Value == "NULL",
		s.Value == "M", s.Value == "L", s.Value == "SS", s.Value == "NS", s.Value == "BS":
	default:
		c.fail(e.Pos, "attribute_type of a type that DynamoDB does not have", fmt.Sprintf(msgTypeName, s.Value))
	}
}

// operands checks each operand by itself.
func (c *checker) operands(list ...Operand) {
	for _, o := range list {
		c.pos = operandPos(o)
		switch o := o.(type) {
		case Path:
			switch n := len(o.Steps); {
			case n == 0 || o.Steps[0].Elem:
				c.fail(o.Pos, errTree.Error(), "")
			case n > maxLevels+1:
				c.fail(o.Pos, "a path of too many steps", fmt.Sprintf(msgPathLevels, n))
			}
		case Param:
			if o.Index < 0 || o.Index >= len(c.params) {
				e := errTooFewParams(o.Pos)
				c.fail(e.Pos, e.Reason, e.Message)
			}
		case Size:
			c.operator()
			c.operands(o.X)
			c.types("size", "S B SS NS BS L M", o.X)
		case Literal:
			if o.Value == nil {
				c.fail(o.Pos, errTree.Error(), "")
			}
		case Arith:
			c.fail(o.Pos, "the operator "+o.Op+", which only an assignment of UPDATE has", unsupportedOperator(o.Op, false))
		case UpdateCall:
			c.fail(o.Pos, "the function "+o.Func+", which only an assignment of UPDATE has", "The function is not allowed in a condition expression; function: "+o.Func)
		default:
			c.fail(0, errTree.Error(), "")
		}
	}
}

// types checks that the operands whose type is known are of an allowed one.
func (c *checker) types(function, allowed string, list ...Operand) {
	for _, o := range list {
		t := typeName(c.constant(o))
		if _, ok := o.(Size); ok {
			t = "N"
		}
		if t != "" && !slices.Contains(strings.Fields(allowed), t) {
			reason := "an operand of type " + t + " that " + function + " does not take"
			if p, ok := o.(Param); ok {
				reason = fmt.Sprintf("parameter %d is of type %s, which %s does not take", p.Index+1, t, function)
			}
			c.fail(operandPos(o), reason, fmt.Sprintf(msgOperandType, function, t))
		}
	}
}

// distinct checks that no path of rest is first again. The service does not mind
// equal literals.
func (c *checker) distinct(operator string, first Operand, rest ...Operand) {
	p, ok := first.(Path)
	if !ok {
		return
	}
	for _, o := range rest {
		if q, ok := o.(Path); ok && slices.Equal(p.Steps, q.Steps) {
			c.fail(q.Pos, "the first operand of "+operator+" for the second time", fmt.Sprintf(msgDistinct, operator, pathText(p)))
		}
	}
}

// constant returns the value of a literal or a parameter, nil for other operands.
func (c *checker) constant(o Operand) types.AttributeValue {
	switch o := o.(type) {
	case Literal:
		return o.Value
	case Param:
		if 0 <= o.Index && o.Index < len(c.params) {
			return c.params[o.Index]
		}
	}
	return nil
}

func operandPos(o Operand) int {
	switch o := o.(type) {
	case Path:
		return o.Pos
	case Literal:
		return o.Pos
	case Param:
		return o.Pos
	case Size:
		return o.Pos
	case Arith:
		return o.Pos
	case UpdateCall:
		return o.Pos
	}
	return 0
}
