package dynsynctest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dynsync/dynsync/internal/partiql"
)

// update is what an UpdateExpression, or a PartiQL UPDATE, does to an item.
// Every value is taken from the item as it was before.
type update struct {
	sets, adds, deletes []partiql.Assignment
	removes             []partiql.Path
}

// paths returns all places that the update touches.
func (u *update) paths() []partiql.Path {
	var paths []partiql.Path
	for _, list := range [][]partiql.Assignment{u.sets, u.adds, u.deletes} {
		for _, a := range list {
			paths = append(paths, a.Target)
		}
	}
	return append(paths, u.removes...)
}

// operandPaths returns the places that the update reads.
func (u *update) operandPaths() []partiql.Path {
	var paths []partiql.Path
	for _, list := range [][]partiql.Assignment{u.sets, u.adds, u.deletes} {
		for _, a := range list {
			paths = append(paths, operandPaths(a.Value)...)
		}
	}
	return paths
}

// update reads an UpdateExpression; nil text does nothing.
func (e *expressions) update(text *string) (*update, *apiError) {
	if text == nil {
		return &update{}, nil
	}
	p, err := e.parser("UpdateExpression", *text)
	if err != nil {
		return nil, err
	}
	u := &update{}
	seen := map[string]bool{}
	for p.err == nil && (p.peek().kind != tokenEnd || len(seen) == 0) {
		p.section(u, seen)
	}
	p.checkOverlap(u.paths())
	return u, p.err
}

// section reads one of SET, REMOVE, ADD and DELETE with what belongs to it.
func (p *parser) section(u *update, seen map[string]bool) {
	for _, name := range []string{"SET", "REMOVE", "ADD", "DELETE"} {
		if !p.take(name) {
			continue
		}
		if seen[name] {
			p.fail(`The "` + name + `" section can only be used once in an update expression;`)
		}
		seen[name] = true
		p.clauses(u, name)
		return
	}
	p.unexpected()
}

func (p *parser) clauses(u *update, section string) {
	for {
		target := p.path()
		switch section {
		case "SET":
			p.expect("=")
			u.sets = append(u.sets, partiql.Assignment{Target: target, Value: p.assigned()})
		case "REMOVE":
			u.removes = append(u.removes, target)
		case "ADD":
			u.adds = append(u.adds, partiql.Assignment{Target: target, Value: p.setOperand("ADD", "N", "SS", "NS", "BS")})
		case "DELETE":
			u.deletes = append(u.deletes, partiql.Assignment{Target: target, Value: p.setOperand("DELETE", "SS", "NS", "BS")})
		}
		if !p.take(",") {
			return
		}
	}
}

// kindWords are the names of types in messages about ADD and DELETE.
var kindWords = map[string]string{
	"S": "STRING", "N": "NUMBER", "B": "BINARY", "BOOL": "BOOLEAN", "NULL": "NULL",
	"SS": "STRING_SET", "NS": "NUMBER_SET", "BS": "BINARY_SET", "L": "LIST", "M": "MAP",
}

// setOperand reads the value after ADD path or DELETE path.
func (p *parser) setOperand(operator string, kinds ...string) partiql.Operand {
	if p.peek().kind != tokenValue {
		p.unexpected()
		return nil
	}
	o := p.value()
	kind := literalKind(o)
	for _, k := range kinds {
		if k == kind {
			return o
		}
	}
	p.fail("Incorrect operand type for operator or function; operator: " + operator + ", operand type: " + kindWords[kind] + ", typeSet: ALLOWED_FOR_" + operator + "_OPERAND")
	return o
}

// literalKind is the type letter of a literal, empty for other operands.
func literalKind(o partiql.Operand) string {
	if literal, ok := o.(partiql.Literal); ok {
		return kindOf(literal.Value)
	}
	return ""
}

// assigned reads the right side of an assignment: one operand, or two with + or -, each
// or all of it perhaps in parentheses.
func (p *parser) assigned() partiql.Operand { return p.sum().operand }

// term is a part of what is assigned.
type term struct {
	operand partiql.Operand
	sum     bool // it is one, which is no operand of another
	parens  bool // it stood in parentheses
}

func (p *parser) sum() term {
	pos := p.peek().pos
	left := p.term()
	if left.sum {
		return left
	}
	for _, op := range []string{"+", "-"} {
		if p.take(op) {
			p.checkNested(left.operand)
			right := p.nested()
			p.checkLiterals(op, "N", left.operand, right)
			return term{operand: partiql.Arith{Op: op, Left: left.operand, Right: right, Pos: pos}, sum: true}
		}
	}
	return left
}

func (p *parser) term() term {
	if !p.take("(") {
		return term{operand: p.updateOperand(false)}
	}
	t := p.sum()
	p.expect(")")
	p.checkParens(t.parens)
	t.parens = true
	return t
}

func (p *parser) checkParens(twice bool) {
	if twice {
		p.fail("The expression has redundant parentheses;")
	}
}

// nested reads an operand of a sum or of a function.
func (p *parser) nested() partiql.Operand {
	if p.err != nil || !p.take("(") {
		return p.updateOperand(true)
	}
	twice := p.peek().is("(")
	o := p.nested()
	p.expect(")")
	p.checkParens(twice)
	return o
}

// onlyWhole are the functions that can only be all of what is assigned.
var onlyWhole = map[string]bool{"list_append": true}

// checkNested refuses what is no operand of a sum.
func (p *parser) checkNested(o partiql.Operand) {
	if call, ok := o.(partiql.UpdateCall); ok && onlyWhole[call.Func] {
		p.misused(call.Func)
	}
}

// updateOperand reads an operand without parentheses; nested says that it is one of a
// sum or of a function.
func (p *parser) updateOperand(nested bool) partiql.Operand {
	if p.err != nil {
		return nil
	}
	switch t := p.peek(); {
	case t.kind == tokenWord && p.peekAt(1).is("("):
		return p.updateFunction(nested)
	case t.kind == tokenWord, t.kind == tokenName:
		return p.path()
	case t.kind == tokenValue:
		return p.value()
	}
	p.unexpected()
	return nil
}

func (p *parser) updateFunction(nested bool) partiql.Operand {
	name := p.next()
	switch _, conditional := arity[name.text]; {
	case conditional:
		p.fail("The function is not allowed in an update expression; function: " + name.text)
	case name.text != "list_append" && name.text != "if_not_exists":
		p.fail("Invalid function name; function: " + name.text)
	case nested && onlyWhole[name.text]:
		p.misused(name.text)
	}
	p.expect("(")
	args := []partiql.Operand{p.nested()}
	for p.take(",") {
		args = append(args, p.nested())
	}
	p.expect(")")
	call := partiql.UpdateCall{Func: name.text, Args: args, Pos: name.pos}
	switch {
	case len(args) != 2:
		p.fail("Incorrect number of operands for operator or function; operator or function: " + name.text + ", number of operands: " + strconv.Itoa(len(args)))
	case name.text == "list_append":
		p.checkLiterals(name.text, "L", args...)
	default:
		if _, ok := args[0].(partiql.Path); !ok {
			p.fail("Operator or function requires a document path; operator or function: " + name.text)
		}
		if message := sameOperand(call); message != "" {
			p.fail(message)
		}
	}
	return call
}

// sameOperand says that both operands of if_not_exists are one path, nothing if not.
func sameOperand(call partiql.UpdateCall) string {
	first, ok := call.Args[0].(partiql.Path)
	second, ok2 := call.Args[1].(partiql.Path)
	if call.Func != "if_not_exists" || !ok || !ok2 || !slices.Equal(first.Steps, second.Steps) {
		return ""
	}
	var steps []string
	for _, s := range first.Steps {
		if s.Elem {
			s.Name = "[" + strconv.Itoa(s.Index) + "]"
		}
		steps = append(steps, s.Name)
	}
	return "The first operand must be distinct from the remaining operands for this operator or function; operator: if_not_exists, first operand: [" + strings.Join(steps, ", ") + "]"
}

// checkLiterals refuses values of the wrong type where that can be seen
// without an item.
func (p *parser) checkLiterals(function, want string, operands ...partiql.Operand) {
	for _, o := range operands {
		if kind := literalKind(o); kind != "" && kind != want {
			p.fail("Incorrect operand type for operator or function; operator or function: " + function + ", operand type: " + kind)
		}
	}
}
