package dynsynctest

import (
	"strconv"

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
			u.sets = append(u.sets, partiql.Assignment{Target: target, Value: p.sum()})
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

// sum reads the right side of an assignment: one operand, or two with + or -.
func (p *parser) sum() partiql.Operand {
	pos := p.peek().pos
	left := p.updateOperand()
	for _, op := range []string{"+", "-"} {
		if p.take(op) {
			right := p.updateOperand()
			p.checkLiterals(op, "N", left, right)
			return partiql.Arith{Op: op, Left: left, Right: right, Pos: pos}
		}
	}
	return left
}

func (p *parser) updateOperand() partiql.Operand {
	if p.err != nil {
		return nil
	}
	switch t := p.peek(); {
	case p.take("("):
		o := p.sum()
		p.expect(")")
		return o
	case t.kind == tokenWord && p.peekAt(1).is("("):
		return p.updateFunction()
	case t.kind == tokenWord, t.kind == tokenName:
		return p.path()
	case t.kind == tokenValue:
		return p.value()
	}
	p.unexpected()
	return nil
}

func (p *parser) updateFunction() partiql.Operand {
	name := p.next()
	p.expect("(")
	args := []partiql.Operand{p.updateOperand()}
	for p.take(",") {
		args = append(args, p.updateOperand())
	}
	p.expect(")")
	call := partiql.UpdateCall{Func: name.text, Args: args, Pos: name.pos}
	_, conditional := arity[name.text]
	switch {
	case conditional:
		p.fail("The function is not allowed in an update expression; function: " + name.text)
	case name.text != "list_append" && name.text != "if_not_exists":
		p.fail("Invalid function name; function: " + name.text)
	case len(args) != 2:
		p.fail("Incorrect number of operands for operator or function; operator or function: " + name.text + ", number of operands: " + strconv.Itoa(len(args)))
	case name.text == "list_append":
		p.checkLiterals(name.text, "L", args...)
	default:
		if _, ok := args[0].(partiql.Path); !ok {
			p.fail("Operator or function requires a document path; operator or function: " + name.text)
		}
	}
	return call
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
