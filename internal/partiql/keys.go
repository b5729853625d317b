package partiql

import "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

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
