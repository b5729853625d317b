package partiql

import (
	"fmt"
	"strings"
)

// The parser never builds a tree deeper than maxNesting below parentheses, NOT
// and brackets, nor one of more than maxOperators operators in a chain, so that
// neither it nor what walks the tree can run out of stack. DynamoDB takes 300
// operators and 32 levels of a value, in 8192 bytes.
const (
	maxNesting   = 512
	maxOperators = 8192
)

// A parser reads one text by recursive descent. The first error sticks: it turns
// the current token into tokenFailed, which no rule accepts, so that the rules
// need not look at errors one by one.
type parser struct {
	lexer
	tok       token
	err       error
	nesting   int
	operators int
	keys      []string // where in a literal the parser stands, for the service's messages
	updating  bool     // in the value of an assignment, where + and - are allowed
}

func newParser(text string) *parser {
	p := &parser{lexer: newLexer(text)}
	p.advance()
	return p
}

// A node is what an expression turned out to be: a condition or, where cond is
// nil, an operand. Which of the two a parenthesis holds shows only at its end.
type node struct {
	cond    Expr
	operand Operand
	pos     int
	levels  int // of lists and maps, if operand is a literal
}

// ParseWhere parses what may follow WHERE: a condition, an ORDER BY, one
// semicolon. It does not check what [Validate] checks.
//
// The error is a [*LexError] if the text cannot be split into tokens, else an
// [*Error] at the first token that the parser does not understand.
func ParseWhere(text string) (*Where, error) {
	p := newParser(text)
	w := &Where{Expr: p.condition()}
	w.OrderBy = p.orderBy()
	p.finish()
	if p.err != nil {
		return nil, p.err
	}
	w.Params = p.params
	return w, nil
}

// finish takes an optional semicolon and the end of the text. Where the parser
// stopped early it looks through the rest for what no lexer can read: that is
// the graver error.
func (p *parser) finish() {
	p.take(";")
	if p.tok.kind != tokenEnd {
		p.leftOver()
	}
	for p.lexErr == nil && p.next().kind != tokenEnd {
	}
	if p.lexErr != nil {
		p.err = p.lexErr
	}
	remedy(p.err, p.text)
}

// leftOver fails at a token that follows a complete condition.
func (p *parser) leftOver() {
	switch t := p.tok; t.word {
	case "LIMIT", "HAVING":
		p.advance() // the service names the place of what follows
		p.fail(t.pos, "DynamoDB has no "+t.word, "Unsupported clause: "+t.word+" at "+place(p.text, p.tok.pos, p.tok.end))
	case "GROUP":
		p.fail(t.pos, "DynamoDB has no GROUP BY", "Unsupported clause: GROUP BY")
	}
	p.unexpected("the end")
}

// advance reads the next token.
func (p *parser) advance() {
	if p.err != nil {
		return
	}
	p.tok = p.next()
	if p.tok.kind == tokenFailed {
		p.err = p.lexErr
	}
}

// take passes the token if it is the symbol.
func (p *parser) take(symbol string) bool {
	if !p.tok.is(symbol) {
		return false
	}
	p.advance()
	return true
}

// takeWord passes the token if it is the keyword.
func (p *parser) takeWord(word string) bool {
	if !p.tok.isWord(word) {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expect(symbol string) {
	if !p.take(symbol) {
		p.unexpected(symbol)
	}
}

func (p *parser) expectWord(word string) {
	if !p.takeWord(word) {
		p.unexpected(word)
	}
}

func (p *parser) unexpected(wanted string) {
	reason := p.tok.describe() + " where " + wanted + " is expected"
	if p.tok.kind == tokenKeyword && strings.HasSuffix(wanted, "name") {
		reason += ` (a name that is a keyword needs double quotes)`
	}
	p.fail(p.tok.pos, reason, "")
}

// fail records an error at pos, unless there is one. Message is the service's
// text for it, if it has one.
func (p *parser) fail(pos int, reason, message string) {
	if p.err == nil {
		p.err = newError(p.text, pos, reason, message)
	}
	p.tok = token{kind: tokenFailed, pos: len(p.text), end: len(p.text)}
}

// doubt fails at what this package does not understand, and the service may.
func (p *parser) doubt(pos int, reason, message string) {
	known := p.err != nil
	p.fail(pos, reason, message)
	if e, ok := p.err.(*Error); ok && !known {
		e.Sure = false
	}
}

// failAt fails at a token, whose place the service adds to the message.
func (p *parser) failAt(t token, reason, message string) {
	if p.err != nil {
		return
	}
	p.fail(t.pos, reason, message+" at "+place(p.text, t.pos, t.end))
}

// enter counts a level of nesting; leave must follow.
func (p *parser) enter() {
	if p.nesting++; p.nesting > maxNesting {
		p.doubt(p.tok.pos, fmt.Sprintf("more than %d levels of nesting", maxNesting), msgNesting)
	}
}

func (p *parser) leave() { p.nesting-- }

// operator counts an operator of a chain.
func (p *parser) operator() {
	if p.operators++; p.operators > maxOperators {
		p.fail(p.tok.pos, fmt.Sprintf("more than %d operators", maxOperators), msgOperators)
	}
}

// condition parses an expression that must be a condition.
func (p *parser) condition() Expr {
	n := p.expr()
	switch {
	case n.cond != nil:
	case p.tok.kind == tokenEnd || p.tok.is(";"):
		p.fail(n.pos, "a value where a condition is expected", msgNotBoolean)
	default:
		p.unexpected("a comparison")
	}
	return n.cond
}

// From the loosest to the tightest: OR, AND, NOT, one comparison, + and -, a
// sign. A comparison of comparisons, which the service takes (a = 1 = true), is
// not understood here.
func (p *parser) expr() node {
	left := p.conjunction()
	for p.tok.isWord("OR") {
		left.cond = Or{p.side(left), p.right(p.conjunction)}
	}
	return left
}

func (p *parser) conjunction() node {
	left := p.negation()
	for p.tok.isWord("AND") {
		left.cond = And{p.side(left), p.right(p.negation)}
	}
	return left
}

// side returns the condition on one side of AND or OR.
func (p *parser) side(n node) Expr {
	if n.cond == nil {
		p.fail(n.pos, "a value where AND or OR needs a condition", msgAndOr)
	}
	return n.cond
}

// right passes AND or OR and parses its right side.
func (p *parser) right(rule func() node) Expr {
	p.operator()
	p.advance()
	return p.side(rule())
}

func (p *parser) negation() node {
	if !p.tok.isWord("NOT") {
		return p.predicate()
	}
	p.enter()
	defer p.leave()
	pos := p.tok.pos
	p.advance()
	n := p.negation()
	if n.cond == nil {
		p.fail(n.pos, "a value where NOT needs a condition", msgNot)
	}
	return node{cond: Not{n.cond}, pos: pos}
}

// predicate parses an operand, or a comparison of operands.
func (p *parser) predicate() node {
	left := p.sum()
	if !p.atComparison() {
		return left
	}
	cond := p.comparison(left)
	if p.atComparison() {
		p.doubt(p.tok.pos, "a comparison of a comparison is not understood", "")
	}
	return node{cond: cond, pos: left.pos}
}

func (p *parser) atComparison() bool {
	switch p.tok.kind {
	case tokenSymbol:
		return comparisons[p.tok.word] != ""
	case tokenKeyword:
		switch p.tok.word {
		case "IS", "IN", "BETWEEN", "NOT", "LIKE":
			return true
		}
	}
	return false
}

var comparisons = map[string]string{"=": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

// comparison parses what follows the left operand, from its operator on.
func (p *parser) comparison(left node) Expr {
	x, pos := p.value(left), left.pos
	p.operator()
	if op := comparisons[p.tok.word]; op != "" {
		p.advance()
		return Compare{Op: op, Left: x, Right: p.value(p.sum()), Pos: pos}
	}
	if p.tok.isWord("IS") {
		return p.is(left)
	}
	negated := p.takeWord("NOT")
	var cond Expr
	switch {
	case p.takeWord("IN"):
		cond = In{X: x, List: p.inList(), Pos: pos}
	case p.takeWord("BETWEEN"):
		low := p.value(p.sum())
		p.expectWord("AND")
		cond = Between{X: x, Low: low, High: p.value(p.sum()), Pos: pos}
	case p.tok.isWord("LIKE"):
		p.fail(p.tok.pos, "DynamoDB has no LIKE", unsupportedOperator("like", p.updating))
	default:
		p.unexpected("IN or BETWEEN")
	}
	if negated {
		cond = Not{cond}
	}
	return cond
}

// value returns the operand that n is.
func (p *parser) value(n node) Operand {
	if n.cond != nil {
		p.doubt(n.pos, "a condition where a value is expected is not understood", "")
	}
	return n.operand
}

// is parses IS [NOT] type.
func (p *parser) is(left node) Expr {
	if !canBeIs(left.operand) {
		p.fail(left.pos, "IS needs a path or a scalar literal on its left", msgIsLeft)
	}
	at := p.tok
	p.advance()
	negated := p.takeWord("NOT")
	name, other := isTypes[p.tok.word], otherTypes[p.tok.word]
	switch {
	case other != "":
		p.failAt(at, "IS does not know the type "+p.tok.word, fmt.Sprintf(msgIsType, other))
	case name == "":
		p.unexpected("a type")
	}
	p.advance()
	if p.tok.is("(") {
		p.doubt(p.tok.pos, "a precision of a type, which means nothing to DynamoDB", "")
	}
	var cond Expr = Is{X: left.operand, Type: name, Pos: left.pos}
	if negated {
		cond = Not{cond}
	}
	return cond
}

// canBeIs reports whether the service takes o on the left of IS.
func canBeIs(o Operand) bool {
	switch o := o.(type) {
	case Path:
		return true
	case Literal:
		return isScalar(o.Value)
	}
	return false
}

var isTypes = map[string]string{
	"MISSING": "MISSING", "NULL": "NULL", "BOOL": "BOOLEAN", "BOOLEAN": "BOOLEAN", "BLOB": "BLOB", "STRING": "STRING",
	"NUMERIC": "NUMERIC", "STRUCT": "STRUCT", "TUPLE": "STRUCT", "LIST": "LIST",
}

// otherTypes are PartiQL's types that DynamoDB has not, under the names by which
// the service refuses them.
var otherTypes = map[string]string{
	"BAG": "BAG", "CHAR": "CHARACTER", "CHARACTER": "CHARACTER", "CLOB": "CLOB", "DATE": "DATE", "DEC": "DECIMAL",
	"DECIMAL": "DECIMAL", "FLOAT": "FLOAT", "INT": "INTEGER", "INTEGER": "INTEGER", "REAL": "REAL", "SEXP": "SEXP",
	"SMALLINT": "SMALLINT", "SYMBOL": "SYMBOL", "TIME": "TIME", "TIMESTAMP": "TIMESTAMP", "VARCHAR": "CHARACTER_VARYING",
}

// inList parses the values of IN, in any of the three brackets.
func (p *parser) inList() []Operand {
	var closing string
	switch {
	case p.take("("):
		closing = ")"
	case p.take("["):
		closing = "]"
	case p.take("<<"):
		closing = ">>"
	default:
		p.fail(p.tok.pos, p.tok.describe()+" where IN needs a list", msgInList)
		return nil
	}
	if closing != ")" && p.tok.is(closing) {
		p.fail(p.tok.pos, "an empty list after IN", msgInList)
	}
	p.enter()
	defer p.leave()
	var list []Operand
	for {
		list = append(list, p.value(p.expr()))
		if !p.take(",") {
			break
		}
	}
	p.expect(closing)
	return list
}

// orderBy parses an optional ORDER BY.
func (p *parser) orderBy() []Order {
	if !p.takeWord("ORDER") {
		return nil
	}
	p.expectWord("BY")
	var keys []Order
	for {
		n := p.predicate()
		path, ok := n.operand.(Path)
		if !ok || len(path.Steps) != 1 {
			p.fail(n.pos, "ORDER BY needs the name of a key attribute", msgOrderBy)
			return nil
		}
		desc := p.takeWord("DESC")
		if !desc {
			p.takeWord("ASC")
		}
		keys = append(keys, Order{Name: path.Steps[0].Name, Desc: desc, Pos: path.Pos})
		if !p.take(",") {
			return keys
		}
	}
}
