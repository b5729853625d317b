package script

import (
	"math/big"
	"reflect"
	"strings"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"
)

// The functions that bound operators, by names that no code can spell, and so
// none can hide.
const (
	boundedName = "sandbox bounded"
	powerName   = "sandbox power"
	shiftName   = "sandbox shift"
)

// boundOperator returns the call for an operator, or nil if it needs none.
func boundOperator(op token.Token, whole, left, right ast.Expression) *ast.CallExpression {
	switch op {
	case token.PLUS, token.MULTIPLY:
		return callOf(boundedName, whole)
	case token.EXPONENT:
		return callOf(powerName, left, right)
	case token.SHIFT_LEFT:
		return callOf(shiftName, left, right)
	}
	return nil
}

// boundAssignment returns the call for an operator that assigns. Where the
// target is a variable, a **= b becomes a = power(a, b); elsewhere the result is
// bounded after the fact.
func boundAssignment(x *ast.AssignExpression) *ast.CallExpression {
	switch x.Operator {
	case token.PLUS, token.MULTIPLY:
		return callOf(boundedName, x)
	case token.EXPONENT, token.SHIFT_LEFT:
		if _, ok := x.Left.(*ast.Identifier); ok {
			x.Right = boundOperator(x.Operator, nil, x.Left, x.Right)
			x.Operator = token.ASSIGN
			return nil
		}
		return callOf(boundedName, x)
	}
	return nil
}

func callOf(name string, args ...ast.Expression) *ast.CallExpression {
	first, last := args[0].Idx0(), args[len(args)-1].Idx1()
	callee := &ast.Identifier{Name: unistring.String(name), Idx: first}
	return &ast.CallExpression{Callee: callee, LeftParenthesis: first, ArgumentList: args, RightParenthesis: last}
}

// isLiteral reports whether x is the literal of a string or number, but not of
// a BigInt.
func isLiteral(x ast.Expression) bool {
	switch x := x.(type) {
	case *ast.StringLiteral:
		return true
	case *ast.NumberLiteral:
		return !strings.HasSuffix(x.Literal, "n")
	}
	return false
}

const (
	maxText   = 1 << 22 // characters of a string
	maxBigInt = 1 << 16 // bits of a BigInt
	maxLength = 1 << 20 // of an array that is spread
	maxLevels = 500     // of text that JSON.parse reads
)

// bounded returns its argument, unless that is too large.
func (h *host) bounded(c goja.FunctionCall) goja.Value {
	v := c.Argument(0)
	if s, ok := v.(goja.String); ok {
		if s.Length() > maxText {
			h.refuseSize()
		}
		return v
	}
	if o, ok := v.(*goja.Object); ok && o.ClassName() == "Array" && o.Get("length").ToInteger() > maxLength {
		h.refuseSize()
	}
	if bitsOf(v) > maxBigInt {
		h.refuseSize()
	}
	return v
}

var bigIntType = reflect.TypeFor[*big.Int]()

// bitsOf returns the length of a BigInt, 0 for anything else.
func bitsOf(v goja.Value) int {
	if _, isObject := v.(*goja.Object); isObject || v.ExportType() != bigIntType {
		return 0
	}
	return v.Export().(*big.Int).BitLen()
}

// fits reports whether the BigInt v may be raised to, or shifted by, the BigInt
// n; other values may.
func fits(v, n goja.Value, shift bool) bool {
	size, by := int64(bitsOf(v)), int64(0)
	if size == 0 || bitsOf(n) == 0 {
		return true
	}
	if x := n.Export().(*big.Int); x.Sign() < 0 {
		return true
	} else if by = x.Int64(); x.BitLen() > 32 {
		return size == 1 && !shift // 1n and -1n stay small
	}
	if shift {
		return size+by <= maxBigInt
	}
	return size == 1 || size*by <= maxBigInt
}

// exceeds is how the sandbox asks whether a ** b, or a << b if the third
// argument is true, is too large.
func (h *host) exceeds(c goja.FunctionCall) goja.Value {
	return h.rt.ToValue(!fits(c.Argument(0), c.Argument(1), c.Argument(2).ToBoolean()))
}

// nestsDeep is how the sandbox asks whether JSON text nests deeper than it may. The
// engine reads it by recursion, and too many levels would end the process.
func (h *host) nestsDeep(c goja.FunctionCall) goja.Value {
	return h.rt.ToValue(levels(c.Argument(0).String()) > maxLevels)
}

// levels returns how deep text nests, if it is JSON.
func levels(text string) int {
	deepest, depth, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
			deepest = max(deepest, depth)
		case c == ']' || c == '}':
			depth--
		}
	}
	return deepest
}

func (h *host) refuseSize() { h.throwAs(string(refusals["size"]), refusals["size"]) }
