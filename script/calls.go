package script

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"

	"github.com/dynsync/dynsync/internal/near"
)

// checkCalls checks what the code calls as dynsync.<name>: that there is such a
// function, and, where they are literals, that the options are what it takes.
func checkCalls(tree *ast.Program) error {
	known := map[string]*function{"keep": nil, "remove": nil, "skip": nil, "decimal": nil}
	for _, f := range library() {
		known[f.name] = &f
	}
	var first error
	fail := func(idx file.Idx, format string, args ...any) {
		if first == nil {
			first = at(position(tree, idx), fmt.Sprintf(format, args...))
		}
	}
	eachExpression(tree, func(v reflect.Value) {
		switch x := v.Interface().(type) {
		case *ast.DotExpression:
			if name, ok := helperName(x); ok {
				if _, ok := known[name]; !ok {
					fail(x.Identifier.Idx, "there is no function dynsync.%s%s", name, near.Suggest(name, slices.Sorted(maps.Keys(known))))
				}
			}
		case *ast.CallExpression:
			name, _ := helperName(x.Callee)
			if f := known[name]; f != nil {
				if err := checkOptions(*f, x.ArgumentList); err != nil {
					fail(x.Idx0(), "dynsync.%s: %v", name, err)
				}
			}
		}
	})
	return first
}

// helperName returns the name in dynsync.<name>.
func helperName(x ast.Expression) (string, bool) {
	dot, ok := x.(*ast.DotExpression)
	if !ok {
		return "", false
	}
	left, ok := dot.Left.(*ast.Identifier)
	return dot.Identifier.Name.String(), ok && left.Name == "dynsync"
}

// checkOptions returns what is wrong with the options of a call, (value, options), if
// that can be told from the code.
func checkOptions(f function, args []ast.Expression) error {
	var options map[string]any
	switch len(args) {
	case 1:
		if _, spread := args[0].(*ast.SpreadElement); spread {
			return nil
		}
	case 2:
		var ok bool
		if options, ok = literalObject(args[1]); !ok {
			return nil
		}
	default:
		return nil
	}
	_, err := newAnonymizer(f, options)
	return err
}

// literalObject returns the members of {a: 1, b: ["x"]}, if all are literals.
func literalObject(x ast.Expression) (map[string]any, bool) {
	object, ok := x.(*ast.ObjectLiteral)
	if !ok {
		return nil, false
	}
	fields := map[string]any{}
	for _, p := range object.Value {
		keyed, ok := p.(*ast.PropertyKeyed)
		if !ok || keyed.Computed || keyed.Kind != ast.PropertyKindValue {
			return nil, false
		}
		key, ok := keyed.Key.(*ast.StringLiteral)
		if !ok {
			return nil, false
		}
		if fields[key.Value.String()], ok = literal(keyed.Value); !ok {
			return nil, false
		}
	}
	return fields, true
}

// literal returns the value of a boolean, number, string, or an array of these.
func literal(x ast.Expression) (any, bool) {
	switch x := x.(type) {
	case *ast.BooleanLiteral:
		return x.Value, true
	case *ast.StringLiteral:
		return x.Value.String(), true
	case *ast.NumberLiteral:
		return numberLiteral(x, 1)
	case *ast.UnaryExpression:
		if n, ok := x.Operand.(*ast.NumberLiteral); ok && x.Operator == token.MINUS {
			return numberLiteral(n, -1)
		}
	case *ast.ArrayLiteral:
		list := make([]any, len(x.Value))
		for i, e := range x.Value {
			var ok bool
			if list[i], ok = literal(e); !ok {
				return nil, false
			}
		}
		return list, true
	}
	return nil, false
}

// numberLiteral returns a number with its sign, and false for a BigInt.
func numberLiteral(x *ast.NumberLiteral, sign int64) (any, bool) {
	switch n := x.Value.(type) {
	case int64:
		return sign * n, true
	case float64:
		return float64(sign) * n, true
	}
	return nil, false
}
