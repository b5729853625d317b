package dynsynctest

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/dynsync/dynsync/internal/partiql"
)

const (
	maxExpression  = 4096
	maxPlaceholder = 255 // bytes of a #name or :value, where it is declared
	maxPathDepth   = 32
)

// expressions reads the expressions of one request, which share their names
// and values. Conditions become the syntax tree that PartiQL's do, so that
// both are evaluated by the same code.
type expressions struct {
	names  map[string]string
	values item
	used   map[string]bool // #names and :values
}

var (
	legalNameKey  = regexp.MustCompile(`^#[A-Za-z0-9_]+$`)
	legalValueKey = regexp.MustCompile(`^:[A-Za-z0-9_]+$`)
)

// expressions takes the names and values of a request; given says that there is
// an expression to use the names.
func (c *call) expressions(names map[string]string, values item, given bool) (*expressions, *apiError) {
	if names != nil {
		if !given {
			return nil, validationError("ExpressionAttributeNames can only be specified when using expressions")
		}
		if err := checkNames(names); err != nil {
			return nil, err
		}
	}
	if values != nil {
		if missed := c.missedByValues(); missed != "" {
			return nil, validationError("ExpressionAttributeValues can only be specified when using expressions: " + missed)
		}
		if err := c.server.normalizer.checkValues(values); err != nil {
			return nil, err
		}
	}
	return &expressions{names: names, values: values, used: map[string]bool{}}, nil
}

// checkNames checks what ExpressionAttributeNames holds.
func checkNames(names map[string]string) *apiError {
	if len(names) == 0 {
		return validationError("ExpressionAttributeNames must not be empty")
	}
	for _, key := range sortedNames(names) {
		if err := checkPlaceholder("ExpressionAttributeNames", key, legalNameKey); err != nil {
			return err
		}
		switch name := names[key]; {
		case name == "":
			return validationErrorf("ExpressionAttributeNames contains invalid value: Empty attribute name for key %s", key)
		case len(name) > maxAttributeName:
			return validationErrorf("ExpressionAttributeNames contains invalid value: %s for key %s", errLongName, key)
		}
	}
	return nil
}

// checkValues checks what ExpressionAttributeValues holds, and normalizes it.
func (n normalizer) checkValues(values item) *apiError {
	if len(values) == 0 {
		return validationError("ExpressionAttributeValues must not be empty")
	}
	for _, key := range sortedNames(values) {
		if err := checkPlaceholder("ExpressionAttributeValues", key, legalValueKey); err != nil {
			return err
		}
		if err := n.value(values[key], false); err != nil {
			return validationErrorf("ExpressionAttributeValues contains invalid value: %s for key %s", err.message, key)
		}
	}
	return nil
}

// checkPlaceholder checks a #name or :value where it is declared.
func checkPlaceholder(member, key string, legal *regexp.Regexp) *apiError {
	switch {
	case len(key) > maxPlaceholder:
		return validationErrorf("%s contains invalid key: The expression attribute map contains a key that is too long; size of key: %d", member, len(key))
	case !legal.MatchString(key):
		return validationError(member + ` contains invalid key: Syntax error; key: "` + key + `"`)
	}
	return nil
}

// valuedExpressions are the expressions of each operation in which values can stand.
var valuedExpressions = map[string][]string{
	"DeleteItem": {"ConditionExpression"}, "PutItem": {"ConditionExpression"}, "Query": {"FilterExpression", "KeyConditionExpression"},
	"Scan": {"FilterExpression"}, "UpdateItem": {"UpdateExpression", "ConditionExpression"},
}

// missedByValues says which expressions are not there for values to stand in,
// nothing if one is.
func (c *call) missedByValues() string {
	texts, missed := c.expressionTexts(), valuedExpressions[c.op]
	for _, name := range missed {
		if texts[name] != nil {
			return ""
		}
	}
	if len(missed) == 1 {
		return missed[0] + " is null"
	}
	return strings.Join(missed, " and ") + " are null"
}

// finish checks that nothing was declared in vain.
func (e *expressions) finish() *apiError {
	for _, declared := range []struct {
		member string
		keys   []string
	}{
		{"ExpressionAttributeNames", sortedNames(e.names)},
		{"ExpressionAttributeValues", sortedNames(e.values)},
	} {
		for _, key := range declared.keys {
			if !e.used[key] {
				return validationErrorf("Value provided in %s unused in expressions: keys: {%s}", declared.member, key)
			}
		}
	}
	return nil
}

// condition reads a FilterExpression, ConditionExpression or
// KeyConditionExpression; nil text is no condition.
func (e *expressions) condition(kind string, text *string) (partiql.Expr, *apiError) {
	if text == nil {
		return nil, nil
	}
	p, err := e.parser(kind, *text)
	if err != nil {
		return nil, err
	}
	condition := p.conditionOf(p.or())
	if p.expectEnd(); p.err != nil {
		return nil, p.err
	}
	return condition, invalidExpression(kind, partiql.Validate(condition, nil))
}

// invalidExpression turns what partiql refuses into what the service answers.
func invalidExpression(kind string, err error) *apiError {
	if err == nil {
		return nil
	}
	message := err.Error()
	var e *partiql.Error
	if errors.As(err, &e) && e.Message != "" {
		message = e.Message
	}
	return validationErrorf("Invalid %s: %s", kind, message)
}

// parser reads one expression. The first error stays; after it tokens are
// used up quietly.
type parser struct {
	*expressions
	kind   string // such as FilterExpression, for messages
	text   string
	tokens []token
	at     int // the token that is next
	err    *apiError
}

func (e *expressions) parser(kind, text string) (*parser, *apiError) {
	if text == "" {
		return nil, validationErrorf("Invalid %s: The expression can not be empty;", kind)
	}
	if len(text) > maxExpression {
		return nil, validationErrorf("Invalid %s: Expression size has exceeded the maximum allowed size; expression size: %d", kind, len(text))
	}
	return &parser{expressions: e, kind: kind, text: text, tokens: lex(text)}, nil
}

func (p *parser) fail(message string) {
	if p.err == nil {
		p.err = validationErrorf("Invalid %s: %s", p.kind, message)
	}
}

// unexpected reports the next token, between its neighbours as the service
// does.
func (p *parser) unexpected() {
	from, to := p.tokens[max(p.at-1, 0)], p.peekAt(1)
	near := strings.TrimRight(p.text[from.pos:to.end()], " \t\r\n")
	p.fail(`Syntax error; token: "` + p.peek().text + `", near: "` + near + `"`)
}

func (p *parser) peek() token { return p.peekAt(0) }

// peekAt looks further ahead; the last token has no end.
func (p *parser) peekAt(n int) token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

func (p *parser) next() token {
	t := p.peek()
	p.at = min(p.at+1, len(p.tokens)-1)
	return t
}

func (p *parser) take(text string) bool {
	if p.err != nil || !p.peek().is(text) {
		return false
	}
	p.next()
	return true
}

func (p *parser) expect(text string) {
	if !p.take(text) {
		p.unexpected()
	}
}

func (p *parser) expectEnd() {
	if p.err == nil && p.peek().kind != tokenEnd {
		p.unexpected()
	}
}

// node is a condition or an operand: at an opening parenthesis the grammar
// does not yet know which will come.
type node struct {
	expr    partiql.Expr
	operand partiql.Operand
	parens  bool // it stood in parentheses
}

func (p *parser) or() node {
	left := p.and()
	for p.take("OR") {
		right := p.and()
		left = node{expr: partiql.Or{Left: p.conditionOf(left), Right: p.conditionOf(right)}}
	}
	return left
}

func (p *parser) and() node {
	left := p.not()
	for p.take("AND") {
		right := p.not()
		left = node{expr: partiql.And{Left: p.conditionOf(left), Right: p.conditionOf(right)}}
	}
	return left
}

func (p *parser) not() node {
	if p.take("NOT") {
		return node{expr: partiql.Not{X: p.conditionOf(p.not())}}
	}
	return p.comparison()
}

func (p *parser) conditionOf(n node) partiql.Expr {
	if _, ok := n.operand.(partiql.Size); ok {
		p.misused("size")
	}
	if n.expr == nil {
		p.unexpected()
	}
	return n.expr
}

// misused reports a condition where an operand is wanted, or the reverse.
func (p *parser) misused(function string) {
	p.fail("The function is not allowed to be used this way in an expression; function: " + function)
}

func isComparator(t token) bool {
	return t.is("=") || t.is("<>") || t.is("<") || t.is("<=") || t.is(">") || t.is(">=")
}

func (p *parser) comparison() node {
	pos := p.peek().pos
	left := p.primary()
	switch t := p.peek(); {
	case p.err != nil:
		return left
	case left.operand == nil:
		if call, ok := left.expr.(partiql.Call); ok && isComparator(t) {
			p.misused(call.Func)
		}
		return left
	case isComparator(t):
		p.next()
		return node{expr: partiql.Compare{Op: t.text, Left: left.operand, Right: p.operand(), Pos: pos}}
	case p.take("BETWEEN"):
		low := p.operand()
		p.expect("AND")
		return node{expr: partiql.Between{X: left.operand, Low: low, High: p.operand(), Pos: pos}}
	case p.take("IN"):
		p.expect("(")
		list := p.operands()
		p.expect(")")
		return node{expr: partiql.In{X: left.operand, List: list, Pos: pos}}
	}
	return left
}

// operands reads a list with commas, of at least one operand.
func (p *parser) operands() []partiql.Operand {
	list := []partiql.Operand{p.operand()}
	for p.take(",") {
		list = append(list, p.operand())
	}
	return list
}

func (p *parser) operand() partiql.Operand {
	n := p.primary()
	if call, ok := n.expr.(partiql.Call); ok {
		p.misused(call.Func)
	}
	if n.operand == nil {
		p.unexpected()
	}
	return n.operand
}

func (p *parser) primary() node {
	if p.err != nil {
		return node{}
	}
	t := p.peek()
	switch {
	case p.take("("):
		n := p.or()
		p.expect(")")
		if n.parens {
			p.fail("The expression has redundant parentheses;")
		}
		n.parens = true
		return n
	case t.kind == tokenWord && p.peekAt(1).is("("):
		return p.function()
	case t.kind == tokenWord, t.kind == tokenName:
		return node{operand: p.path()}
	case t.kind == tokenValue:
		return node{operand: p.value()}
	}
	p.unexpected()
	return node{}
}

// arity is how many operands a function of conditions takes.
var arity = map[string]int{
	"attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2, "contains": 2, "size": 1,
}

func (p *parser) function() node {
	name := p.next()
	p.expect("(")
	args := p.operands()
	p.expect(")")
	want, known := arity[name.text]
	switch {
	case p.err != nil:
	case !known && (name.text == "if_not_exists" || name.text == "list_append"):
		p.fail("The function is not allowed in a condition expression; function: " + name.text)
	case !known:
		p.fail("Invalid function name; function: " + name.text)
	case len(args) != want:
		p.fail("Incorrect number of operands for operator or function; operator or function: " + name.text + ", number of operands: " + strconv.Itoa(len(args)))
	case name.text == "size":
		return node{operand: partiql.Size{X: args[0], Pos: name.pos}}
	default:
		return node{expr: partiql.Call{Func: name.text, Args: args, Pos: name.pos}}
	}
	return node{}
}

// path reads a document path: a.#b[3].c.
func (p *parser) path() partiql.Path {
	path := partiql.Path{Pos: p.peek().pos}
	path.Steps = append(path.Steps, partiql.Step{Name: p.name()})
	for p.err == nil {
		switch {
		case p.take("."):
			path.Steps = append(path.Steps, partiql.Step{Name: p.name()})
		case p.take("["):
			path.Steps = append(path.Steps, partiql.Step{Index: p.index(), Elem: true})
			p.expect("]")
		default:
			if len(path.Steps) > maxPathDepth {
				p.fail("The document path has too many nesting levels; nesting levels: " + strconv.Itoa(len(path.Steps)))
			}
			return path
		}
	}
	return path
}

func (p *parser) index() int {
	t := p.peek()
	if t.kind != tokenNumber {
		p.unexpected()
		return 0
	}
	p.next()
	n, err := strconv.ParseInt(t.text, 10, 32)
	if err != nil {
		p.fail("List index is not within the allowable range; index: [" + t.text + "]")
	}
	return int(n)
}

// name reads one member of a path, bare or #named.
func (p *parser) name() string {
	switch t := p.peek(); {
	case t.kind == tokenName:
		p.next()
		name, defined := p.names[t.text]
		if !defined {
			p.fail("An expression attribute name used in the document path is not defined; attribute name: " + t.text)
		}
		p.used[t.text] = true
		return name
	case t.kind == tokenWord:
		if isKeyword(t) {
			p.unexpected()
		}
		if reserved[strings.ToUpper(t.text)] {
			p.fail("Attribute name is a reserved keyword; reserved keyword: " + t.text)
		}
		p.next()
		return t.text
	}
	p.unexpected()
	return ""
}

// isKeyword reports whether a word is part of the grammar, and not just
// reserved.
func isKeyword(t token) bool {
	return t.is("AND") || t.is("OR") || t.is("NOT") || t.is("BETWEEN") || t.is("IN")
}

func (p *parser) value() partiql.Operand {
	t := p.next()
	v, defined := p.values[t.text]
	if !defined {
		p.fail("An expression attribute value used in expression is not defined; attribute value: " + t.text)
	}
	p.used[t.text] = true
	return partiql.Literal{Value: v, Pos: t.pos}
}
