package script

import (
	"reflect"

	"github.com/dop251/goja/ast"
)

// A rewriter changes a program where the engine would do what it should not.
//
// No operator makes a string or BigInt of more than twice its bound: a loop that
// doubles one would fill the memory within a Timeout. a + b becomes bounded(a + b),
// and so do a * b, a += b and templates; a ** b becomes power(a, b), which looks
// first. An operand that is a literal of a number or string adds no more than its
// length, and is left alone. ...a becomes ...bounded(a), since the engine makes
// values of all holes of an array at once.
//
// The patterns of regular expressions become faithful ones.
type rewriter struct {
	seen map[any]bool
}

var (
	astPackage     = reflect.TypeFor[ast.Program]().PkgPath()
	expressionType = reflect.TypeFor[ast.Expression]()
)

func rewrite(tree *ast.Program) {
	r := rewriter{seen: map[any]bool{}}
	r.walk(reflect.ValueOf(&tree.Body).Elem())
}

// walk rewrites the expressions below v, innermost first.
func (r *rewriter) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			r.walk(v.Index(i))
		}
	case reflect.Struct:
		if v.Type().PkgPath() == astPackage {
			for i := range v.NumField() {
				r.walk(v.Field(i))
			}
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Kind() == reflect.Struct && !r.seen[v.Interface()] {
			r.seen[v.Interface()] = true
			r.walk(v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			r.walk(v.Elem())
			r.rewrite(v)
		}
	}
}

// rewrite changes the expression in v, or replaces it by the call that bounds it.
func (r *rewriter) rewrite(v reflect.Value) {
	if v.Type() != expressionType {
		return
	}
	switch x := v.Interface().(type) {
	case *ast.BinaryExpression:
		if !isLiteral(x.Left) && !isLiteral(x.Right) {
			set(v, boundOperator(x.Operator, x, x.Left, x.Right))
		}
	case *ast.AssignExpression:
		if !isLiteral(x.Right) {
			set(v, boundAssignment(x))
		}
	case *ast.SpreadElement:
		x.Expression = callOf(boundedName, x.Expression)
	case *ast.TemplateLiteral:
		if len(x.Expressions) > 1 && x.Tag == nil {
			set(v, callOf(boundedName, x))
		}
	case *ast.RegExpLiteral:
		x.Pattern = faithful(x.Pattern, x.Flags)
	}
}

func set(v reflect.Value, call *ast.CallExpression) {
	if call != nil {
		v.Set(reflect.ValueOf(call))
	}
}
