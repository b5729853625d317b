package script

import (
	"reflect"

	"github.com/dop251/goja/ast"
)

// rewrite changes a program where the engine would do what it should not.
//
// No operator makes a string or BigInt of more than twice its bound: a loop that
// doubles one would fill the memory within a Timeout. a + b becomes bounded(a + b),
// and so do a * b, a += b and templates; a ** b becomes power(a, b), which looks
// first. An operand that is a literal of a number or string adds no more than its
// length, and is left alone. ...a becomes ...bounded(a), since the engine makes
// values of all holes of an array at once.
//
// The patterns of regular expressions become faithful ones. rewrite returns what
// these were made of.
func rewrite(tree *ast.Program) (patterns map[string]string) {
	patterns = map[string]string{}
	eachExpression(tree, func(v reflect.Value) {
		if x, ok := v.Interface().(*ast.RegExpLiteral); ok {
			given := x.Pattern
			x.Pattern = distinct(faithful(given, x.Flags), given, func(p string) (string, bool) {
				was, ok := patterns[p]
				return was, ok
			})
			patterns[x.Pattern] = given
			return
		}
		rewriteExpression(v)
	})
	return patterns
}

// eachExpression calls visit for every expression of a program, innermost first.
// visit may put another in its place.
func eachExpression(tree *ast.Program, visit func(reflect.Value)) {
	w := walker{visit, map[any]bool{}}
	w.walk(reflect.ValueOf(&tree.Body).Elem())
}

type walker struct {
	visit func(reflect.Value)
	seen  map[any]bool
}

var (
	astPackage     = reflect.TypeFor[ast.Program]().PkgPath()
	expressionType = reflect.TypeFor[ast.Expression]()
)

func (w *walker) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			w.walk(v.Index(i))
		}
	case reflect.Struct:
		if v.Type().PkgPath() == astPackage {
			for i := range v.NumField() {
				w.walk(v.Field(i))
			}
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Kind() == reflect.Struct && !w.seen[v.Interface()] {
			w.seen[v.Interface()] = true
			w.walk(v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() {
			w.walk(v.Elem())
			if v.Type() == expressionType {
				w.visit(v)
			}
		}
	}
}

// rewriteExpression changes the expression in v, or replaces it by the call that bounds it.
func rewriteExpression(v reflect.Value) {
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
	}
}

func set(v reflect.Value, call *ast.CallExpression) {
	if call != nil {
		v.Set(reflect.ValueOf(call))
	}
}
