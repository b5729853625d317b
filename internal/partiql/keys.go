package partiql

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// PinsKey reports whether the condition limits the attribute named partitionKey
// to values it lists, so that the service runs it as a Query and not as a Scan.
// See [Pins].
func (w *Where) PinsKey(partitionKey string) bool { return len(Pins(w.Expr, partitionKey)) > 0 }

// Pins returns the constants, each a [Literal] or a [Param], to which e limits the
// top-level attribute name: those of = and IN, either side of an AND, both sides
// of an OR. Nil means that e does not limit it. The service sees neither through
// NOT nor through BETWEEN, and so neither does Pins.
//
// The constants are in the order of the text, and one may come twice. Where both
// sides of an AND limit the attribute, they are those of the side with fewer.
func Pins(e Expr, name string) []Operand {
	switch e := e.(type) {
	case And:
		left, right := Pins(e.Left, name), Pins(e.Right, name)
		if left == nil || right != nil && len(right) < len(left) {
			return right
		}
		return left
	case Or:
		left, right := Pins(e.Left, name), Pins(e.Right, name)
		if left == nil || right == nil {
			return nil
		}
		return append(left[:len(left):len(left)], right...)
	case Compare:
		switch {
		case e.Op != "=":
		case isAttribute(e.Left, name) && isConstant(e.Right):
			return []Operand{e.Right}
		case isAttribute(e.Right, name) && isConstant(e.Left):
			return []Operand{e.Left}
		}
	case In:
		if !isAttribute(e.X, name) {
			return nil
		}
		for _, o := range e.List {
			if !isConstant(o) {
				return nil
			}
		}
		return e.List
	}
	return nil
}

// CheckOrder refuses an ORDER BY that the service refuses: of what is no key attribute, or
// under a condition that says nothing about an attribute of the partition key. hash and
// sort are the names of the key attributes. The error is an [*Error] without a column,
// which [Locate] adds.
func CheckOrder(e Expr, by []Order, hash, sort []string) error {
	for _, o := range by {
		switch {
		case !slices.Contains(hash, o.Name) && !slices.Contains(sort, o.Name):
			return &Error{Pos: o.Pos, Reason: "ORDER BY something that is no key attribute", Remedy: "a copy needs no order: leave ORDER BY out", Sure: true}
		case !slices.ContainsFunc(hash, func(name string) bool { return concerns(e, name) }):
			return &Error{Pos: o.Pos, Reason: "ORDER BY under a condition that does not limit the partition key", Remedy: "a copy needs no order: leave ORDER BY out", Sure: true}
		}
	}
	return nil
}

// concerns reports whether a condition says something about the value of a top-level
// attribute, in every branch of an OR.
func concerns(e Expr, name string) bool {
	switch e := e.(type) {
	case And:
		return concerns(e.Left, name) || concerns(e.Right, name)
	case Or:
		return concerns(e.Left, name) && concerns(e.Right, name)
	case Not:
		return concerns(e.X, name)
	}
	return slices.ContainsFunc(operandsOf(e), func(o Operand) bool { return isAttribute(o, name) })
}

func isAttribute(o Operand, name string) bool {
	p, ok := o.(Path)
	return ok && len(p.Steps) == 1 && p.Steps[0] == Step{Name: name}
}

func isConstant(o Operand) bool {
	switch o.(type) {
	case Literal, Param:
		return true
	}
	return false
}

// Constant returns the value of a [Literal] or a [Param], and nil for any other
// operand and for a parameter that params does not hold.
func Constant(o Operand, params []types.AttributeValue) types.AttributeValue {
	c := checker{params: params}
	return c.constant(o)
}
