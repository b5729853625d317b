package partiql

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/wire"
)

// maxLevels is how many lists and maps may stand round a scalar.
const maxLevels = wire.MaxDepth - 1

// number returns the value of a number token, in DynamoDB's normal form.
func (p *parser) number(t token) types.AttributeValue {
	text := []byte(p.text[t.pos:t.end])
	normal, err := wire.AppendNumber(nil, text)
	switch {
	case err == nil:
	case errors.Is(err, wire.ErrPrecision):
		p.fail(t.pos, "a number of more than 38 digits", msgPrecision)
	case errors.Is(err, wire.ErrRange) && wire.CompareNumber(text, []byte("1")) > 0:
		p.fail(t.pos, "a number out of range", msgOverflow)
	case errors.Is(err, wire.ErrRange):
		p.fail(t.pos, "a number out of range", msgUnderflow)
	default:
		p.fail(t.pos, "a number that DynamoDB does not read", "")
	}
	return &types.AttributeValueMemberN{Value: string(normal)}
}

// element parses one value of a list, map or bag literal. Parameters and paths
// are not allowed there.
func (p *parser) element(levels *int) types.AttributeValue {
	first := p.tok
	return p.constant(p.expr(), first, levels)
}

// constant returns the value of n, which began at token first, and raises levels
// to its own.
func (p *parser) constant(n node, first token, levels *int) types.AttributeValue {
	lit, ok := n.operand.(Literal)
	if !ok {
		p.failAt(first, nodeKind(n).reason+" inside a literal", "Unsupported data type: "+nodeKind(n).service+" under key root")
		return nil
	}
	*levels = max(*levels, n.levels)
	return lit.Value
}

type nodeName struct{ reason, service string }

func nodeKind(n node) nodeName {
	switch n.operand.(type) {
	case Path:
		return nodeName{"a name", "VariableReference"}
	case Param:
		return nodeName{"a parameter (?)", "Parameter"}
	}
	return nodeName{"an expression", "NAry"}
}

// container returns the node of a list or map whose elements have levels.
func (p *parser) container(pos int, v types.AttributeValue, levels int) node {
	levels++
	if levels > maxLevels {
		p.fail(pos, fmt.Sprintf("more than %d levels of a value", maxLevels), msgNesting)
	}
	return node{operand: Literal{Value: v, Pos: pos}, pos: pos, levels: levels}
}

// list parses a list literal from its opening bracket on. Or, where head is given,
// from the comma after its first element: (x, … shows only there to be a list.
func (p *parser) list(open token, closing string, head *node) node {
	p.enter()
	defer p.leave()
	list, levels := []types.AttributeValue{}, 0
	if head != nil {
		list = append(list, p.constant(*head, token{pos: head.pos, end: head.pos}, &levels))
	}
	p.advance() // the bracket, or that comma
	for head != nil || !p.tok.is(closing) {
		list = append(list, p.element(&levels))
		if !p.take(",") {
			break
		}
		if p.tok.is(closing) {
			p.unexpected("a value")
		}
	}
	p.expect(closing)
	return p.container(open.pos, &types.AttributeValueMemberL{Value: list}, levels)
}

// mapLiteral parses {'name': value, …}.
func (p *parser) mapLiteral() node {
	pos, levels := p.tok.pos, 0
	members := map[string]types.AttributeValue{}
	p.members(func(name string) {
		members[name] = p.element(&levels)
	}, func(name string) bool {
		_, dup := members[name]
		return dup
	})
	return p.container(pos, &types.AttributeValueMemberM{Value: members}, levels)
}

// members parses the braces and names of a map literal, and has value parse what
// follows each colon.
func (p *parser) members(value func(name string), seen func(name string) bool) {
	p.enter()
	defer p.leave()
	open := p.tok
	p.expect("{")
	for !p.tok.is("}") {
		t := p.tok
		if t.kind != tokenString {
			p.unexpected("a member name in single quotes")
			return
		}
		name := p.nameStep(t, unquote(p.text[t.pos:t.end])).Name
		if seen(name) {
			p.fail(t.pos, "a member name for the second time", "Duplicate keys in tuple. Key: "+name+" under root at "+place(p.text, open.pos, open.end))
		}
		p.advance()
		p.expect(":")
		value(name)
		if !p.take(",") {
			break
		}
		if p.tok.is("}") {
			p.unexpected("a member name in single quotes")
		}
	}
	p.expect("}")
}

// bag parses << … >>: a string set or a number set.
func (p *parser) bag() node {
	p.enter()
	defer p.leave()
	open, levels := p.tok, 0
	p.advance()
	if p.tok.is(">>") {
		p.failAt(open, "an empty set", "Empty bags are not supported")
	}
	var strings, numbers []string
	for {
		first := p.tok
		switch v := p.element(&levels).(type) {
		case *types.AttributeValueMemberS:
			strings = append(strings, v.Value)
		case *types.AttributeValueMemberN:
			numbers = append(numbers, v.Value)
		default:
			p.failAt(first, "a set holds strings or numbers", msgBag)
		}
		if !p.take(",") {
			break
		}
	}
	p.expect(">>")
	var set types.AttributeValue = &types.AttributeValueMemberNS{Value: numbers}
	if strings != nil {
		set = &types.AttributeValueMemberSS{Value: strings}
	}
	switch {
	case strings != nil && numbers != nil:
		p.fail(open.pos, "a set of strings and numbers", msgBag)
	case hasDuplicates(strings) || hasDuplicates(numbers):
		p.fail(open.pos, "a set that holds a member twice", "Input collection contains duplicates")
	}
	return node{operand: Literal{Value: set, Pos: open.pos}, pos: open.pos}
}

// hasDuplicates takes numbers in their normal form, where equal ones are the same
// text.
func hasDuplicates(set []string) bool {
	seen := make(map[string]bool, len(set))
	for _, s := range set {
		if seen[s] {
			return true
		}
		seen[s] = true
	}
	return false
}
