package script

import (
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"

	"github.com/dynsync/dynsync/internal/near"
)

// checkNames refuses code that uses a name which nothing declares: no variable, function,
// class or parameter that is seen there, and no global of the sandbox. Only a call would
// find it otherwise, item by item. A name that the code asks for with typeof may be missing.
func checkNames(tree *ast.Program) error {
	r := resolver{asked: map[string]bool{}}
	eachExpression(tree, func(v reflect.Value) {
		if name, ok := askedName(v.Interface()); ok {
			r.asked[name] = true
		}
	})
	r.walk(reflect.ValueOf(&tree.Body).Elem(), &names{declared: globals()})
	if r.first == nil {
		return nil
	}
	return at(position(tree, r.first.Idx), fmt.Sprintf("nothing declares %s%s", r.first.Name, r.remedy))
}

func position(tree *ast.Program, idx file.Idx) file.Position {
	return tree.File.Position(int(idx) - tree.File.Base())
}

// askedName returns the name in typeof name.
func askedName(x any) (string, bool) {
	unary, ok := x.(*ast.UnaryExpression)
	if !ok || unary.Operator != token.TYPEOF {
		return "", false
	}
	name, ok := unary.Operand.(*ast.Identifier)
	if !ok {
		return "", false
	}
	return name.Name.String(), true
}

// globals returns what the sandbox declares.
var globals = sync.OnceValue(func() map[string]bool {
	all := map[string]bool{"arguments": true} // the code is the body of a function
	h, err := newHost()
	if err != nil {
		return all
	}
	for _, name := range h.rt.GlobalObject().GetOwnPropertyNames() {
		all[name] = true
	}
	return all
})

// names are what a part of the code declares, within what stands around it.
type names struct {
	declared map[string]bool
	outer    *names
}

func (n *names) have(name string) bool {
	for ; n != nil; n = n.outer {
		if n.declared[name] {
			return true
		}
	}
	return false
}

// all returns the names that are seen, the nearest first.
func (n *names) all() (list []string) {
	for ; n != nil; n = n.outer {
		inner := make([]string, 0, len(n.declared))
		for name := range n.declared {
			inner = append(inner, name)
		}
		slices.Sort(inner)
		list = append(list, inner...)
	}
	return list
}

// within returns names for a part of what n is for.
func (n *names) within() *names { return &names{map[string]bool{}, n} }

// bind declares the names of a target: an identifier, or a pattern of them.
func (n *names) bind(target any) {
	switch t := target.(type) {
	case *ast.Identifier:
		if t != nil {
			n.declared[t.Name.String()] = true
		}
	case *ast.Binding:
		n.bind(t.Target)
	case *ast.AssignExpression: // a target with a default
		n.bind(t.Left)
	case *ast.ArrayPattern:
		for _, e := range t.Elements {
			n.bind(e)
		}
		n.bind(t.Rest)
	case *ast.ObjectPattern:
		for _, p := range t.Properties {
			n.bind(p)
		}
		n.bind(t.Rest)
	case *ast.PropertyShort:
		n.declared[t.Name.Name.String()] = true
	case *ast.PropertyKeyed:
		n.bind(t.Value)
	}
}

func (n *names) bindAll(list []*ast.Binding) {
	for _, b := range list {
		n.bind(b)
	}
}

// declare declares what statements declare for all of their block.
func (n *names) declare(list []ast.Statement) {
	for _, s := range list {
		if labelled, ok := s.(*ast.LabelledStatement); ok {
			s = labelled.Statement
		}
		switch s := s.(type) {
		case *ast.LexicalDeclaration:
			n.bindAll(s.List)
		case *ast.FunctionDeclaration:
			n.bind(s.Function.Name)
		case *ast.ClassDeclaration:
			n.bind(s.Class.Name)
		}
	}
}

// hoist declares the variables of var, which are those of the whole function.
func (n *names) hoist(list []*ast.VariableDeclaration) {
	for _, d := range list {
		n.bindAll(d.List)
	}
}

// A resolver finds the first name, in the order of the code, that nothing declares.
type resolver struct {
	asked  map[string]bool // by typeof
	first  *ast.Identifier
	remedy string
}

func (r *resolver) use(id *ast.Identifier, seen *names) {
	name := id.Name.String()
	if seen.have(name) || r.asked[name] || r.first != nil && r.first.Idx <= id.Idx {
		return
	}
	r.first, r.remedy = id, absent[name]
	if r.remedy == "" {
		r.remedy = near.Suggest(name, slices.DeleteFunc(seen.all(), isInternal))
	}
	if r.remedy == "" {
		r.remedy = "; declare it with const or let, or write text between quotes"
	}
}

// isInternal reports whether a global has a name that code cannot write.
func isInternal(name string) bool {
	return name == boundedName || name == powerName || name == shiftName
}

// walk resolves what stands in a part of the tree.
func (r *resolver) walk(v reflect.Value, seen *names) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			r.walk(v.Index(i), seen)
		}
	case reflect.Interface:
		if !v.IsNil() {
			r.walk(v.Elem(), seen)
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Kind() == reflect.Struct && v.Elem().Type().PkgPath() == astPackage {
			r.node(v, seen)
		}
	case reflect.Struct:
		if v.Type().PkgPath() == astPackage {
			r.node(v.Addr(), seen)
		}
	}
}

// fields resolves what stands in the fields of a node.
func (r *resolver) fields(node reflect.Value, seen *names) {
	for i := range node.Elem().NumField() {
		r.walk(node.Elem().Field(i), seen)
	}
}

// each resolves parts of a node.
func (r *resolver) each(seen *names, parts ...any) {
	for _, p := range parts {
		r.walk(reflect.ValueOf(p), seen)
	}
}

// node resolves a node: those that declare names, and those that hold names which are no
// variables, in their own way.
func (r *resolver) node(v reflect.Value, seen *names) {
	switch x := v.Interface().(type) {
	case *ast.Identifier:
		r.use(x, seen)
	case *ast.PropertyShort:
		r.use(&x.Name, seen)
		r.each(seen, x.Initializer)
	case *ast.DotExpression:
		r.each(seen, x.Left)
	case *ast.PrivateDotExpression:
		r.each(seen, x.Left)
	case *ast.PrivateIdentifier, *ast.MetaProperty, *ast.BranchStatement, *ast.VariableDeclaration:
	case *ast.LabelledStatement:
		r.each(seen, x.Statement)
	case *ast.FunctionLiteral:
		inner := seen.within()
		inner.bind(x.Name)
		r.function(inner, x.ParameterList, x.DeclarationList, x.Body)
	case *ast.ArrowFunctionLiteral:
		r.function(seen.within(), x.ParameterList, x.DeclarationList, x.Body)
	case *ast.ClassLiteral:
		inner := seen.within()
		inner.bind(x.Name)
		r.each(inner, x.SuperClass, x.Body)
	case *ast.ClassStaticBlock:
		inner := seen.within()
		inner.hoist(x.DeclarationList)
		r.each(inner, x.Block)
	default:
		r.block(v, seen)
	}
}

// function resolves a function whose own name is declared. A default of a parameter sees
// no variable of the body.
func (r *resolver) function(inner *names, params *ast.ParameterList, variables []*ast.VariableDeclaration, body any) {
	inner.bindAll(params.List)
	inner.bind(params.Rest)
	r.each(inner, params.List, params.Rest)
	inner = inner.within()
	inner.hoist(variables)
	r.each(inner, body)
}

// block resolves a node with the names that hold within it alone.
func (r *resolver) block(v reflect.Value, seen *names) {
	inner := seen.within()
	switch x := v.Interface().(type) {
	case *ast.BlockStatement:
		inner.declare(x.List)
	case *ast.SwitchStatement:
		for _, c := range x.Body {
			inner.declare(c.Consequent)
		}
	case *ast.CatchStatement:
		inner.bind(x.Parameter)
	case *ast.ForStatement:
		if lexical, ok := x.Initializer.(*ast.ForLoopInitializerLexicalDecl); ok {
			inner.bindAll(lexical.LexicalDeclaration.List)
		}
	case *ast.ForOfStatement:
		inner.bindInto(x.Into)
	case *ast.ForInStatement:
		inner.bindInto(x.Into)
	}
	r.fields(v, inner)
}

// bindInto declares what a loop over values declares.
func (n *names) bindInto(into ast.ForInto) {
	if d, ok := into.(*ast.ForDeclaration); ok {
		n.bind(d.Target)
	}
}
