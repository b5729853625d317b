package partiql

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// sum parses an operand and, in an assignment, what is added to it.
func (p *parser) sum() node {
	left := p.signed()
	for p.updating && (p.tok.is("+") || p.tok.is("-")) {
		op := p.tok.word
		p.operator()
		p.advance()
		left = node{operand: Arith{Op: op, Left: p.value(left), Right: p.value(p.signed()), Pos: left.pos}, pos: left.pos}
	}
	switch t := p.tok; t.word {
	case "+", "-", "*", "/", "%", "||":
		p.fail(t.pos, "DynamoDB has no operator "+t.word+" here", unsupportedOperator(t.word, p.updating))
	}
	return left
}

// signed parses an operand behind any number of signs. Only a number may have
// one: DynamoDB folds it into the literal.
func (p *parser) signed() node {
	sign, negative := p.tok, false
	for p.tok.is("+") || p.tok.is("-") {
		negative = negative != p.tok.is("-")
		p.advance()
	}
	n := p.primary()
	if !sign.is("+") && !sign.is("-") {
		return n
	}
	lit, _ := n.operand.(Literal)
	num, ok := lit.Value.(*types.AttributeValueMemberN)
	if !ok {
		p.fail(sign.pos, "a sign before something that is no number", unsupportedOperator(sign.word, p.updating))
		return n
	}
	if negative && num.Value != "0" {
		text, doubled := strings.CutPrefix(num.Value, "-")
		if !doubled {
			text = "-" + text
		}
		lit.Value = &types.AttributeValueMemberN{Value: text}
	}
	lit.Pos = sign.pos
	return node{operand: lit, pos: sign.pos}
}

// primary parses an operand without a sign, or a condition that has brackets of
// its own.
func (p *parser) primary() node {
	t := p.tok
	switch {
	case t.kind == tokenName, t.kind == tokenQuoted:
		p.advance()
		if p.tok.is("(") {
			return p.call(t, strings.ToLower(p.nameOf(t)))
		}
		return p.path(t)
	case t.kind == tokenKeyword:
		return p.primaryKeyword(t)
	case t.is("("):
		return p.parenthesis()
	}
	n := p.literal(t)
	if p.tok.is(".") || p.tok.is("[") {
		p.failAt(t, "a path that does not begin with a name", "Unexpected path component")
	}
	return n
}

// literal parses a literal that is no keyword, or a parameter.
func (p *parser) literal(t token) node {
	switch {
	case t.kind == tokenString:
		p.advance()
		return scalar(t, &types.AttributeValueMemberS{Value: unquote(p.text[t.pos:t.end])})
	case t.kind == tokenNumber:
		p.advance()
		return scalar(t, p.number(t))
	case t.kind == tokenParam:
		index := p.params - 1
		p.advance()
		return node{operand: Param{Index: index, Pos: t.pos}, pos: t.pos}
	case t.kind == tokenIon:
		p.fail(t.pos, "DynamoDB takes no Ion literals", "Ion Literals are not supported")
	case t.is("["):
		return p.list()
	case t.is("{"):
		return p.mapLiteral()
	case t.is("<<"):
		return p.bag()
	case t.is("@"):
		p.doubt(t.pos, "@ where a value or a name is expected", "")
	}
	p.unexpected("a value or a name")
	return node{pos: t.pos}
}

func (p *parser) primaryKeyword(t token) node {
	p.advance()
	if p.tok.is("(") && t.word != "AND" && t.word != "OR" && t.word != "NOT" {
		return p.call(t, strings.ToLower(t.word))
	}
	switch t.word {
	case "TRUE", "FALSE":
		return scalar(t, &types.AttributeValueMemberBOOL{Value: t.word == "TRUE"})
	case "NULL":
		return scalar(t, &types.AttributeValueMemberNULL{Value: true})
	case "MISSING":
		p.fail(t.pos, "MISSING is compared by IS only", msgMissing)
	case "NOT":
		p.doubt(t.pos, "NOT where a value is expected", "")
	case "CASE", "SELECT", "DATE", "TIME":
		p.fail(t.pos, "DynamoDB has no "+t.word+" in a condition", "")
	default:
		p.fail(t.pos, t.describe()+" where a value or a name is expected (a name that is a keyword needs double quotes)", "")
	}
	return node{pos: t.pos}
}

func scalar(t token, v types.AttributeValue) node {
	return node{operand: Literal{Value: v, Pos: t.pos}, pos: t.pos}
}

// parenthesis parses ( … ): a condition, an operand, the first step of a path, or
// a list of several literals.
func (p *parser) parenthesis() node {
	p.enter()
	defer p.leave()
	open := p.tok
	p.advance()
	first := p.tok
	n := p.expr()
	if p.tok.is(",") {
		return p.tuple(open, first, n)
	}
	p.expect(")")
	n.pos = open.pos
	if path, ok := n.operand.(Path); ok && len(path.Steps) == 1 {
		n.operand = p.steps(path)
	}
	return n
}

// call parses the arguments of a function.
func (p *parser) call(t token, name string) node {
	p.enter()
	defer p.leave()
	p.expect("(")
	kind, known := functions[name]
	if !known {
		p.fail(t.pos, "a function that DynamoDB does not have", "Unrecognized function: "+name)
	}
	if kind == updateFunction != p.updating {
		where := "a condition expression"
		if p.updating {
			where = "an update expression"
		}
		p.fail(t.pos, "a function that does not belong in "+where, "The function is not allowed in "+where+"; function: "+name)
	}
	var args []Operand
	for !p.tok.is(")") {
		args = append(args, p.value(p.expr()))
		if !p.take(",") {
			break
		}
		if p.tok.is(")") {
			p.unexpected("a value or a name")
		}
	}
	p.expect(")")
	switch {
	case kind == updateFunction:
		return node{operand: UpdateCall{Func: name, Args: args, Pos: t.pos}, pos: t.pos}
	case name != "size":
		return node{cond: Call{Func: name, Args: args, Pos: t.pos}, pos: t.pos}
	case len(args) != 1:
		p.fail(t.pos, "size needs one argument", fmt.Sprintf(msgArity, name, len(args)))
		return node{pos: t.pos}
	}
	p.operator()
	return node{operand: Size{X: args[0], Pos: t.pos}, pos: t.pos}
}

type functionKind uint8

const (
	conditionFunction functionKind = iota
	updateFunction
)

var functions = map[string]functionKind{
	"begins_with": conditionFunction, "contains": conditionFunction, "size": conditionFunction,
	"attribute_type": conditionFunction, "attribute_exists": conditionFunction, "attribute_not_exists": conditionFunction,
	"list_append": updateFunction, "if_not_exists": updateFunction, "set_add": updateFunction, "set_delete": updateFunction,
}

// nameOf returns the text of a tokenName or tokenQuoted.
func (p *parser) nameOf(t token) string {
	text := p.text[t.pos:t.end]
	if t.kind == tokenQuoted {
		return unquote(text)
	}
	return text
}

// path parses the rest of a path whose first name is t.
func (p *parser) path(t token) node {
	first := Path{Steps: []Step{p.nameStep(t, p.nameOf(t))}, Pos: t.pos}
	return node{operand: p.steps(first), pos: t.pos}
}

func (p *parser) nameStep(t token, name string) Step {
	if name == "" {
		p.fail(t.pos, "an empty name", msgEmptyName)
	}
	return Step{Name: name}
}

// steps parses .name and […] as often as they come.
func (p *parser) steps(path Path) Path {
	for {
		switch {
		case p.take("."):
			t := p.tok
			switch {
			case t.kind == tokenName || t.kind == tokenQuoted:
				p.advance()
				path.Steps = append(path.Steps, p.nameStep(t, p.nameOf(t)))
			case t.is("*"):
				p.failAt(t, ".* in a path", "Unpivot path component like a.*.b are not supported")
			default:
				p.unexpected("a name")
			}
		case p.take("["):
			path.Steps = append(path.Steps, p.subscript())
			p.expect("]")
		default:
			if n := len(path.Steps); n > maxLevels+1 {
				p.fail(path.Pos, "a path of too many steps", fmt.Sprintf(msgPathLevels, n))
			}
			return path
		}
	}
}

// subscript parses what stands between the brackets of a path: an index, or a
// name in either kind of quotes, or bare.
func (p *parser) subscript() Step {
	parens := 0
	for p.take("(") {
		parens++
	}
	t := p.tok
	if p.take("+") {
		t = p.tok
	}
	var step Step
	switch {
	case t.is("+"), t.is("("), t.is("-") && p.takesMore():
		p.doubt(t.pos, "more than one sign before an index", "")
	case t.kind == tokenNumber && !strings.ContainsAny(p.text[t.pos:t.end], ".eE"):
		step = p.index(t)
	case t.kind == tokenName, t.kind == tokenQuoted:
		step = p.nameStep(t, p.nameOf(t))
	case t.kind == tokenString:
		step = p.nameStep(t, unquote(p.text[t.pos:t.end]))
	case t.is("*"):
		p.failAt(t, "[*] in a path", "Wildcard path component like a[*].b are not supported")
	case t.is("-"):
		p.advance()
		p.failIndex(p.tok, "a negative list index", "-")
	case t.is("]"):
		p.unexpected("an index")
	case t.is("@"):
		p.doubt(t.pos, "@ where an index is expected", "")
	default:
		p.failAt(t, t.describe()+" where an index is expected", "Unexpected path component")
	}
	p.advance()
	for range parens {
		p.expect(")")
	}
	return step
}

// takesMore reports whether what follows the minus of an index is no number.
func (p *parser) takesMore() bool {
	after := p.lexer
	return after.next().kind != tokenNumber
}

func (p *parser) index(t token) Step {
	n, err := strconv.ParseUint(p.text[t.pos:t.end], 10, 31)
	if err != nil {
		p.failIndex(t, fmt.Sprintf("a list index over %d", math.MaxInt32), "")
	}
	return Step{Index: int(n), Elem: true}
}

func (p *parser) failIndex(t token, reason, sign string) {
	p.failAt(t, reason, "List index is not within the allowable range; index: ["+sign+p.text[t.pos:t.end]+"]")
}
