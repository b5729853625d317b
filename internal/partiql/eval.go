package partiql

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Eval reports whether item satisfies e. It gives DynamoDB's answers, which have
// no UNKNOWN: a comparison with a missing attribute, or of values of two types, is
// false, so that its NOT is true; <> is the NOT of =. NULL is a value of a type of
// its own, and equal to itself.
//
// A nil e is true. Eval expects what [Validate] accepts with the same params: it
// then returns no error.
func Eval(e Expr, item map[string]types.AttributeValue, params []types.AttributeValue) (bool, error) {
	ev := evaluation{item: item, params: params}
	ok := e == nil || ev.eval(e)
	return ok && ev.err == nil, ev.err
}

// An evaluation is one item against one condition. err is the first fault of the
// condition itself.
type evaluation struct {
	item   map[string]types.AttributeValue
	params []types.AttributeValue
	err    error
}

var errTree = errors.New("a condition with an operand, operator or function that conditions do not have")

func (ev *evaluation) fail(err error) {
	if ev.err == nil {
		ev.err = err
	}
}

func (ev *evaluation) eval(e Expr) bool {
	switch e := e.(type) {
	case And:
		return ev.eval(e.Left) && ev.eval(e.Right)
	case Or:
		return ev.eval(e.Left) || ev.eval(e.Right)
	case Not:
		return !ev.eval(e.X)
	case Compare:
		return ev.compare(e.Op, ev.resolve(e.Left), ev.resolve(e.Right))
	case Between:
		x := ev.resolve(e.X)
		return ev.compare(">=", x, ev.resolve(e.Low)) && ev.compare("<=", x, ev.resolve(e.High))
	case In:
		x := ev.resolve(e.X)
		return slices.ContainsFunc(e.List, func(o Operand) bool { return EqualValues(x, ev.resolve(o)) })
	case Call:
		return ev.call(e)
	case Is:
		letters, known := isLetters[e.Type]
		if !known {
			ev.fail(errTree)
		}
		return typeName(ev.resolve(e.X)) == letters
	}
	ev.fail(errTree)
	return false
}

// isLetters gives the types of IS in DynamoDB's letters; a missing value has none.
var isLetters = map[string]string{
	"MISSING": "", "NULL": "NULL", "BOOLEAN": "BOOL", "BLOB": "B", "STRING": "S", "NUMERIC": "N", "STRUCT": "M", "LIST": "L",
}

// compare compares two values. A missing value is nil.
func (ev *evaluation) compare(op string, a, b types.AttributeValue) bool {
	switch op {
	case "=":
		return EqualValues(a, b)
	case "<>":
		return !EqualValues(a, b)
	}
	c, ok := CompareValues(a, b)
	switch op {
	case "<":
		return ok && c < 0
	case "<=":
		return ok && c <= 0
	case ">":
		return ok && c > 0
	case ">=":
		return ok && c >= 0
	}
	ev.fail(errTree)
	return false
}

func (ev *evaluation) call(e Call) bool {
	want, known := arity[e.Func]
	if !known || len(e.Args) != want {
		ev.fail(errTree)
		return false
	}
	a := ev.resolve(e.Args[0])
	switch e.Func {
	case "attribute_exists":
		return a != nil
	case "attribute_not_exists":
		return a == nil
	}
	b := ev.resolve(e.Args[1])
	switch e.Func {
	case "begins_with":
		return beginsWith(a, b)
	case "contains":
		return contains(a, b)
	}
	letters, ok := b.(*types.AttributeValueMemberS) // attribute_type
	return ok && a != nil && typeName(a) == letters.Value
}

// arity holds how many arguments the functions of a condition take.
var arity = map[string]int{
	"begins_with": 2, "contains": 2, "attribute_type": 2, "attribute_exists": 1, "attribute_not_exists": 1,
}

func beginsWith(a, prefix types.AttributeValue) bool {
	switch a := a.(type) {
	case *types.AttributeValueMemberS:
		p, ok := prefix.(*types.AttributeValueMemberS)
		return ok && strings.HasPrefix(a.Value, p.Value)
	case *types.AttributeValueMemberB:
		p, ok := prefix.(*types.AttributeValueMemberB)
		return ok && bytes.HasPrefix(a.Value, p.Value)
	}
	return false
}

// contains looks for x in a string, a binary, a set or a list. Maps contain
// nothing.
func contains(a, x types.AttributeValue) bool {
	switch a := a.(type) {
	case *types.AttributeValueMemberS:
		x, ok := x.(*types.AttributeValueMemberS)
		return ok && strings.Contains(a.Value, x.Value)
	case *types.AttributeValueMemberB:
		x, ok := x.(*types.AttributeValueMemberB)
		return ok && bytes.Contains(a.Value, x.Value)
	case *types.AttributeValueMemberSS:
		x, ok := x.(*types.AttributeValueMemberS)
		return ok && slices.Contains(a.Value, x.Value)
	case *types.AttributeValueMemberNS:
		x, ok := x.(*types.AttributeValueMemberN)
		return ok && slices.ContainsFunc(a.Value, func(n string) bool { return compareNumbers(n, x.Value) == 0 })
	case *types.AttributeValueMemberBS:
		x, ok := x.(*types.AttributeValueMemberB)
		return ok && slices.ContainsFunc(a.Value, func(b []byte) bool { return bytes.Equal(b, x.Value) })
	case *types.AttributeValueMemberL:
		return slices.ContainsFunc(a.Value, func(v types.AttributeValue) bool { return EqualValues(v, x) })
	}
	return false
}

// resolve returns the value of o, nil for a missing one.
func (ev *evaluation) resolve(o Operand) types.AttributeValue {
	switch o := o.(type) {
	case Path:
		return follow(ev.item, o.Steps)
	case Literal:
		if o.Value == nil {
			ev.fail(errTree)
		}
		return o.Value
	case Param:
		if o.Index < 0 || o.Index >= len(ev.params) {
			ev.fail(errTooFewParams(o.Pos))
			return nil
		}
		return ev.params[o.Index]
	case Size:
		if n, ok := sizeOf(ev.resolve(o.X)); ok {
			return &types.AttributeValueMemberN{Value: strconv.Itoa(n)}
		}
		return nil
	}
	ev.fail(errTree)
	return nil
}

// follow returns the value at the end of a path, or nil.
func follow(item map[string]types.AttributeValue, steps []Step) types.AttributeValue {
	var v types.AttributeValue = &types.AttributeValueMemberM{Value: item}
	for _, s := range steps {
		switch at := v.(type) {
		case *types.AttributeValueMemberM:
			if s.Elem {
				return nil
			}
			v = at.Value[s.Name]
		case *types.AttributeValueMemberL:
			if !s.Elem || s.Index >= len(at.Value) {
				return nil
			}
			v = at.Value[s.Index]
		default:
			return nil
		}
	}
	return v
}

func errTooFewParams(pos int) *Error {
	return &Error{Pos: pos, Reason: "more parameters (?) than values for them", Message: msgParams}
}
