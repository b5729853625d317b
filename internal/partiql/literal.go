package partiql

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

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

// element parses the value of the list or map literal that stands at key, an
// index or a name. Parameters and paths are not allowed there.
func (p *parser) element(key string, levels *int) types.AttributeValue {
	first := p.tok
	p.keys = append(p.keys, key)
	v := p.constant(p.expr(), first, levels)
	p.keys = p.keys[:len(p.keys)-1]
	return v
}

// constant returns the value of n, which began at token first, and raises levels
// to its own.
func (p *parser) constant(n node, first token, levels *int) types.AttributeValue {
	lit, ok := n.operand.(Literal)
	if !ok {
		kind := kindOf(n)
		p.failAt(first, kind.reason+" inside a literal", "Unsupported data type: "+kind.service+" under key "+p.root())
		return nil
	}
	*levels = max(*levels, n.levels)
	return lit.Value
}

// root names the place in a literal as the service does in its messages.
func (p *parser) root() string { return strings.Join(append([]string{"root"}, p.keys...), ".") }

// A nodeKind is what stands where a literal should: in our words and in the
// service's.
type nodeKind struct{ reason, service string }

func kindOf(n node) nodeKind {
	switch n.operand.(type) {
	case Path:
		return nodeKind{"a name", "VariableReference"}
	case Param:
		return nodeKind{"a parameter (?)", "Parameter"}
	}
	return nodeKind{"an expression", "NAry"}
}

// container returns the node of a list or map whose elements have levels.
func (p *parser) container(pos int, v types.AttributeValue, levels int) node {
	levels++
	if levels > maxLevels {
		p.fail(pos, fmt.Sprintf("more than %d levels of a value", maxLevels), msgNesting)
	}
	return node{operand: Literal{Value: v, Pos: pos}, pos: pos, levels: levels}
}

// list parses a list literal in brackets.
func (p *parser) list() node {
	p.enter()
	defer p.leave()
	open := p.tok
	p.advance()
	if p.take("]") {
		return p.container(open.pos, &types.AttributeValueMemberL{Value: []types.AttributeValue{}}, 0)
	}
	return p.elements(open, "]", nil, 0)
}

// tuple parses a list literal in parentheses, whose first element, head, began at
// the token first. It shows only at the comma after it that this is a list.
func (p *parser) tuple(open, first token, head node) node {
	levels := 0
	p.keys = append(p.keys, "0")
	v := p.constant(head, first, &levels)
	p.keys = p.keys[:len(p.keys)-1]
	p.expect(",")
	return p.elements(open, ")", []types.AttributeValue{v}, levels)
}

// elements parses what a list holds beyond the elements given, one at least.
func (p *parser) elements(open token, closing string, list []types.AttributeValue, levels int) node {
	for {
		list = append(list, p.element(strconv.Itoa(len(list)), &levels))
		if !p.take(",") {
			break
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
		members[name] = p.element(name, &levels)
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
		switch t.kind {
		case tokenString:
		case tokenName, tokenQuoted:
			p.failAt(t, "a member name that does not stand in single quotes", "Tuple keys must be of type String. Actual type: VariableReference under "+p.root())
		case tokenParam:
			p.failAt(t, "a parameter (?) as a member name", "Tuple keys must be of type String. Actual type: Parameter under "+p.root())
		default:
			p.unexpected("a member name in single quotes")
		}
		if p.err != nil {
			return
		}
		name := p.nameStep(t, unquote(p.text[t.pos:t.end])).Name
		if seen(name) {
			p.fail(t.pos, "a member name for the second time", "Duplicate keys in tuple. Key: "+name+" under "+p.root()+" at "+place(p.text, open.pos, open.end))
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
	var texts, numbers []string
	for {
		first := p.tok
		switch v := p.constant(p.expr(), first, &levels).(type) {
		case *types.AttributeValueMemberS:
			texts = append(texts, v.Value)
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
	if texts != nil {
		set = &types.AttributeValueMemberSS{Value: texts}
	}
	switch {
	case texts != nil && numbers != nil:
		p.fail(open.pos, "a set of strings and numbers", msgBag)
	case hasDuplicates(texts) || hasDuplicates(numbers):
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
