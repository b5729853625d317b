package partiql

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// MaxStatement is how long a statement is at most, in bytes of UTF-8.
const MaxStatement = 8192

// ParseStatement parses one SELECT, INSERT, UPDATE or DELETE, with an optional
// semicolon at its end. It does not check the condition, see [Validate], nor what
// depends on the table.
//
// The error is a [*LexError] if the text cannot be split into tokens, else an
// [*Error] at the first token that is not understood or that the service refuses.
// The service answers a refusal with Message, and a statement without one with
// "Statement wasn't well formed, can't be processed".
func ParseStatement(text string) (Statement, error) {
	p := newParser(text)
	var s Statement
	switch {
	case p.takeWord("SELECT"):
		s = p.selectStatement()
	case p.takeWord("INSERT"):
		s = p.insertStatement()
	case p.takeWord("UPDATE"):
		s = p.updateStatement()
	case p.takeWord("DELETE"):
		s = p.deleteStatement()
	default:
		p.unexpected("SELECT, INSERT, UPDATE or DELETE")
	}
	p.finish()
	if p.err != nil {
		return nil, p.err
	}
	return s, nil
}

func (p *parser) selectStatement() Statement {
	s := &Select{Columns: p.columns()}
	p.expectWord("FROM")
	pos := p.tok.pos
	s.Table, s.Index = p.source()
	p.checkIndex(pos, s.Index)
	s.Where = p.where()
	at := p.tok.pos
	s.OrderBy = p.orderBy()
	if s.OrderBy != nil && s.Where == nil {
		p.fail(at, "ORDER BY without WHERE", "Must have WHERE clause in the statement when using ORDER BY clause.")
	}
	s.Params = p.params
	return s
}

// where parses an optional WHERE.
func (p *parser) where() Expr {
	if !p.takeWord("WHERE") {
		return nil
	}
	return p.condition()
}

// columns parses what SELECT is to return: nil for *.
func (p *parser) columns() []Path {
	switch t := p.tok; {
	case p.take("*"):
		return nil
	case t.isWord("DISTINCT"):
		p.fail(t.pos, "DynamoDB has no DISTINCT", "Unsupported token in expression: DISTINCT")
	case t.isWord("VALUE"), t.isWord("PIVOT"):
		p.fail(t.pos, "DynamoDB has no SELECT "+t.word, "Select projection doesn't support value or pivot keywords")
	}
	p.takeWord("ALL")
	var list []Path
	for {
		list = append(list, p.column())
		if !p.take(",") {
			break
		}
	}
	for i, c := range list {
		if slices.ContainsFunc(list[:i], func(e Path) bool { return slices.Equal(e.Steps, c.Steps) }) {
			name := c.Steps[len(c.Steps)-1].Name
			p.fail(c.Pos, "a column for the second time", "Duplicate identifiers in select clause: "+name)
		}
	}
	p.failWith(CheckPaths(list))
	return list
}

// failWith fails with what CheckPaths found.
func (p *parser) failWith(err error) {
	if e, ok := err.(*Error); ok {
		p.fail(e.Pos, e.Reason, e.Message)
	}
}

func (p *parser) column() Path {
	t := p.tok
	if t.kind == tokenParam || t.kind == tokenString || t.kind == tokenNumber || t.isWord("COUNT") {
		p.failAt(t, t.describe()+" where a path is expected", "Unexpected path component")
	}
	n := p.sum()
	path, ok := n.operand.(Path)
	switch at := p.tok; {
	case !ok:
		p.failAt(t, "SELECT of something that is no path", "Unexpected path component")
	case at.isWord("AS"), at.kind == tokenName, at.kind == tokenQuoted:
		p.fail(at.pos, "a column with an alias", msgAlias)
	}
	if !ok {
		return Path{Steps: []Step{{}}, Pos: t.pos}
	}
	return path
}

// source parses the table, and the index, after FROM.
func (p *parser) source() (table, index string) {
	t := p.tok
	var path Path
	switch t.kind {
	case tokenName, tokenQuoted:
		p.advance()
		path, _ = p.path(t).operand.(Path)
	case tokenKeyword, tokenEnd, tokenFailed:
		p.unexpected("a table name")
		return "", ""
	default:
		p.fail(t.pos, t.describe()+" where a table name is expected", msgFrom)
		return "", ""
	}
	switch last := path.Steps[len(path.Steps)-1]; {
	case last.Elem:
		p.fail(t.pos, "a list index after a table name", "Invalid list expression in source.")
	case len(path.Steps) > 2:
		p.fail(t.pos, "more than a table and an index", msgFromSteps)
	case len(path.Steps) == 2:
		index = last.Name
	}
	switch at := p.tok; {
	case at.isWord("AS"), at.isWord("AT"), at.isWord("BY"), at.kind == tokenName, at.kind == tokenQuoted:
		p.fail(at.pos, "a table with an alias", msgAlias)
	case at.is("-"):
		p.fail(at.pos, "- after a table name (a name with - needs double quotes)", msgFrom)
	case at.is(","), at.isWord("JOIN"), at.isWord("INNER"), at.isWord("LEFT"), at.isWord("RIGHT"), at.isWord("FULL"), at.isWord("CROSS"):
		p.fail(at.pos, "more than one table", msgOneTable)
	}
	table = path.Steps[0].Name
	if !isTableName(table) {
		p.fail(t.pos, "a table name that DynamoDB does not allow", msgTableName)
	}
	return table, index
}

// checkIndex checks the name of an index, if there is one.
func (p *parser) checkIndex(pos int, index string) {
	if index != "" && !isTableName(index) {
		p.fail(pos, "an index name that DynamoDB does not allow", msgTableName)
	}
}

func isTableName(s string) bool {
	return 3 <= len(s) && len(s) <= 255 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == ""
}

// table parses the table of a statement that writes.
func (p *parser) table(message string) string {
	pos := p.tok.pos
	table, index := p.source()
	if message == msgOnIndex { // INSERT does not look at the name
		p.checkIndex(pos, index)
	}
	if index != "" {
		p.fail(pos, "a write to an index", message)
	}
	return table
}

func (p *parser) insertStatement() Statement {
	p.expectWord("INTO")
	s := &Insert{Table: p.table(msgInsertIndex), Item: map[string]Operand{}}
	p.expectWord("VALUE")
	parens := 0
	for p.take("(") {
		parens++
	}
	if p.tok.kind == tokenParam || p.tok.is("<<") || p.tok.is("[") || p.tok.kind == tokenString || p.tok.kind == tokenNumber {
		p.failAt(p.tok, p.tok.describe()+" where { is expected", msgInsertValue)
	}
	p.members(func(name string) {
		s.Item[name] = p.insertValue()
	}, func(name string) bool {
		_, dup := s.Item[name]
		return dup
	})
	for range parens {
		p.expect(")")
	}
	switch at := p.tok; {
	case at.isWord("RETURNING"):
		p.fail(at.pos, "INSERT has no RETURNING", "RETURNING is not supported in INSERT")
	case at.isWord("ON"):
		p.fail(at.pos, "INSERT has no ON CONFLICT", "Unsupported clause: ON CONFLICT")
	}
	s.Params = p.params
	return s
}

// insertValue parses the value of one attribute: a literal or a parameter.
func (p *parser) insertValue() Operand {
	first := p.tok
	n := p.expr()
	switch o := n.operand.(type) {
	case Param:
		return o
	case Literal:
		return o
	}
	p.failAt(first, kindOf(n).reason+" as the value of an attribute", "Unsupported data type under key root")
	return nil
}

func (p *parser) updateStatement() Statement {
	s := &Update{Table: p.table(msgOnIndex)}
	var paths []Path // in the order of the text, in which the service compares them
	set := func() {
		a := p.assignment()
		s.Sets, paths = append(s.Sets, a), append(paths, a.Target)
	}
	for {
		switch {
		case p.takeWord("SET"):
			set()
			for p.take(",") {
				set()
			}
			continue
		case p.takeWord("REMOVE"):
			path := p.target()
			s.Removes, paths = append(s.Removes, path), append(paths, path)
			continue
		case s.Sets == nil && s.Removes == nil:
			p.unexpected("SET or REMOVE")
		}
		break
	}
	p.failWith(CheckPaths(paths))
	s.Where = p.where()
	s.Returning = p.returning()
	s.Params = p.params
	return s
}

// target parses a path that is to change.
func (p *parser) target() Path {
	t := p.tok
	if t.kind != tokenName && t.kind != tokenQuoted {
		p.unexpected("an attribute name")
		return Path{Pos: t.pos}
	}
	p.advance()
	path, _ := p.path(t).operand.(Path)
	return path
}

// assignment parses target = value.
func (p *parser) assignment() Assignment {
	a := Assignment{Target: p.target()}
	p.expect("=")
	p.updating = true
	a.Value = p.value(p.sum())
	p.updating = false
	if call, ok := a.Value.(UpdateCall); ok {
		p.checkSetCall(call, a.Target)
	}
	return a
}

// checkSetCall checks the arguments of set_add and set_delete, which are how
// PartiQL writes ADD and DELETE: the first is the target itself.
func (p *parser) checkSetCall(call UpdateCall, target Path) {
	name := strings.ToUpper(call.Func)
	if name != "SET_ADD" && name != "SET_DELETE" {
		return
	}
	at := token{pos: call.Pos, end: call.Pos + len(name)}
	if len(call.Args) != 2 {
		p.failAt(at, name+" needs two arguments", name+" must have exactly two arguments")
		return
	}
	if first, ok := call.Args[0].(Path); !ok || !slices.Equal(first.Steps, target.Steps) {
		p.fail(call.Pos, "the first argument of "+name+" is not the path it is assigned to", fmt.Sprintf("The first argument to %s must equal the assignment value", name))
	}
	switch v := call.Args[1].(type) {
	case Param:
		return
	case Literal:
		switch v.Value.(type) {
		case *types.AttributeValueMemberSS, *types.AttributeValueMemberNS:
			return
		}
	}
	p.fail(call.Pos, "the second argument of "+name+" is not a set", fmt.Sprintf("The second argument to %s must be a value with type SET", name))
}

func (p *parser) deleteStatement() Statement {
	p.expectWord("FROM")
	s := &Delete{Table: p.table(msgOnIndex), Where: p.where()}
	at := p.tok.pos
	s.Returning = p.returning()
	if s.Returning != "" && s.Returning != "ALL OLD" {
		p.fail(at, "DELETE returns ALL OLD only", fmt.Sprintf("Invalid returning clause: RETURNING %s *. Only RETURNING ALL OLD * is allowed in DELETE statements.", s.Returning))
	}
	s.Params = p.params
	return s
}

// returning parses RETURNING ALL|MODIFIED OLD|NEW *.
func (p *parser) returning() string {
	if !p.takeWord("RETURNING") {
		return ""
	}
	what, which := p.tok, token{}
	if !p.takeWord("ALL") && !p.takeWord("MODIFIED") {
		p.unexpected("ALL or MODIFIED")
	}
	which = p.tok
	if !p.takeWord("OLD") && !p.takeWord("NEW") {
		p.unexpected("OLD or NEW")
	}
	if !p.take("*") {
		p.fail(p.tok.pos, p.tok.describe()+" where * is expected", "Expected '*' after ( MODIFIED | ALL ) ( NEW | OLD ) in RETURNING clause")
	}
	if p.tok.is(",") {
		p.fail(p.tok.pos, "more than one RETURNING", "Invalid syntax with multiple returning elements in RETURNING clause")
	}
	return what.word + " " + which.word
}
