package difftest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
)

// A partiqlPrinter writes a condition as PartiQL, spelling it now this way, now
// that. Words stand apart from each other. What has no literal becomes a
// parameter, and so do some of the others.
type partiqlPrinter struct {
	*rand.Rand
	params []types.AttributeValue
}

func (p *partiqlPrinter) expr(e partiql.Expr) string {
	text := p.bare(e)
	if chance(p.Rand, 12) {
		return "( " + text + " )"
	}
	return text
}

func (p *partiqlPrinter) bare(e partiql.Expr) string {
	switch e := e.(type) {
	case partiql.Or:
		return p.expr(e.Left) + p.word(" OR ") + p.grouped(e.Right)
	case partiql.And:
		return p.grouped(e.Left) + p.word(" AND ") + p.grouped(e.Right)
	case partiql.Not:
		return p.not(e)
	case partiql.Compare:
		op := e.Op
		if op == "<>" {
			op = pick(p.Rand, "<>", "!=")
		}
		return p.operand(e.Left) + " " + op + " " + p.operand(e.Right)
	case partiql.Between:
		return p.operand(e.X) + p.word(" BETWEEN ") + p.operand(e.Low) + p.word(" AND ") + p.operand(e.High)
	case partiql.In:
		brackets := pick(p.Rand, "( )", "[ ]", "<< >>")
		open, closing, _ := strings.Cut(brackets, " ")
		return p.operand(e.X) + p.word(" IN ") + open + " " + p.list(e.List) + " " + closing
	case partiql.Call:
		return p.word(e.Func) + "( " + p.list(e.Args) + " )"
	case partiql.Is:
		return p.operand(e.X) + p.word(" IS ") + p.typeName(e.Type)
	}
	panic(fmt.Sprintf("%T", e))
}

func (p *partiqlPrinter) not(e partiql.Not) string {
	if chance(p.Rand, 2) {
		switch x := e.X.(type) {
		case partiql.Between:
			return p.operand(x.X) + " NOT BETWEEN " + p.operand(x.Low) + " AND " + p.operand(x.High)
		case partiql.In:
			return p.operand(x.X) + " NOT IN ( " + p.list(x.List) + " )"
		case partiql.Is:
			return p.operand(x.X) + " IS NOT " + p.typeName(x.Type)
		}
	}
	return p.word("NOT ") + p.grouped(e.X)
}

func (p *partiqlPrinter) grouped(e partiql.Expr) string {
	switch e.(type) {
	case partiql.And, partiql.Or:
		return "( " + p.bare(e) + " )"
	}
	return p.expr(e)
}

// word writes a keyword, in lower case at times.
func (p *partiqlPrinter) word(w string) string {
	switch p.IntN(6) {
	case 0:
		return strings.ToLower(w)
	case 1:
		return strings.ToUpper(w)
	}
	return w
}

func (p *partiqlPrinter) typeName(name string) string {
	switch name {
	case "BOOLEAN":
		return p.word(pick(p.Rand, "BOOLEAN", "BOOL"))
	case "STRUCT":
		return p.word(pick(p.Rand, "STRUCT", "TUPLE"))
	}
	return p.word(name)
}

func (p *partiqlPrinter) list(operands []partiql.Operand) string {
	parts := make([]string, len(operands))
	for i, o := range operands {
		parts[i] = p.operand(o)
	}
	return strings.Join(parts, " , ")
}

func (p *partiqlPrinter) operand(o partiql.Operand) string {
	switch o := o.(type) {
	case partiql.Path:
		return p.path(o)
	case partiql.Size:
		return p.word("size") + "( " + p.operand(o.X) + " )"
	case partiql.Literal:
		text, ok := literal(o.Value)
		if ok && !chance(p.Rand, 3) {
			return text
		}
		p.params = append(p.params, o.Value)
		return "?"
	}
	panic(fmt.Sprintf("%T", o))
}

// plainName matches names that need no quotes, some of which are keywords.
var plainName = regexp.MustCompile(`^[ac]$|^zzz$`)

func (p *partiqlPrinter) path(o partiql.Path) string {
	var b strings.Builder
	for i, s := range o.Steps {
		quoted := quote(s.Name, `"`)
		if plainName.MatchString(s.Name) && chance(p.Rand, 2) {
			quoted = s.Name
		}
		switch {
		case s.Elem:
			fmt.Fprintf(&b, "[%d]", s.Index)
		case i == 0:
			b.WriteString(quoted)
		case chance(p.Rand, 3):
			b.WriteString("[" + quote(s.Name, "'") + "]")
		default:
			b.WriteString("." + quoted)
		}
	}
	return b.String()
}

func quote(text, with string) string { return with + strings.ReplaceAll(text, with, with+with) + with }

// literal writes a value without spaces, other than in strings. Binaries have no
// literal.
func literal(v types.AttributeValue) (text string, ok bool) {
	var parts []string
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return quote(v.Value, "'"), true
	case *types.AttributeValueMemberN:
		return v.Value, true
	case *types.AttributeValueMemberBOOL:
		return fmt.Sprint(v.Value), true
	case *types.AttributeValueMemberNULL:
		return "null", true
	case *types.AttributeValueMemberL:
		for _, e := range v.Value {
			text, ok := literal(e)
			if !ok {
				return "", false
			}
			parts = append(parts, text)
		}
		return "[" + strings.Join(parts, ",") + "]", true
	case *types.AttributeValueMemberM:
		for _, name := range slices.Sorted(maps.Keys(v.Value)) {
			text, ok := literal(v.Value[name])
			if !ok {
				return "", false
			}
			parts = append(parts, quote(name, "'")+":"+text)
		}
		return "{" + strings.Join(parts, ",") + "}", true
	case *types.AttributeValueMemberSS:
		for _, e := range v.Value {
			parts = append(parts, quote(e, "'"))
		}
		return "<<" + strings.Join(parts, ",") + ">>", true
	case *types.AttributeValueMemberNS:
		return "<<" + strings.Join(v.Value, ",") + ">>", true
	}
	return "", false
}

// An expressionPrinter writes conditions as DynamoDB's expressions: every name
// and every value under a placeholder. The zero value is ready.
type expressionPrinter struct {
	names  map[string]string // placeholder to name
	values item
}

// request returns the members of a request that hold the condition.
func (p expressionPrinter) request(member string, e partiql.Expr) obj {
	q := newExpressionPrinter()
	request := obj{member: q.expr(e)}
	q.addTo(request)
	return request
}

func newExpressionPrinter() *expressionPrinter {
	return &expressionPrinter{names: map[string]string{}, values: item{}}
}

// addTo adds what the placeholders stand for.
func (p *expressionPrinter) addTo(request obj) {
	if len(p.names) > 0 {
		request["ExpressionAttributeNames"] = p.names
	}
	if len(p.values) > 0 {
		request["ExpressionAttributeValues"] = avMap(p.values)
	}
}

func (p *expressionPrinter) expr(e partiql.Expr) string {
	switch e := e.(type) {
	case partiql.Or:
		return p.expr(e.Left) + " OR " + p.grouped(e.Right)
	case partiql.And:
		return p.grouped(e.Left) + " AND " + p.grouped(e.Right)
	case partiql.Not:
		return "NOT " + p.grouped(e.X)
	case partiql.Compare:
		return p.operand(e.Left) + " " + e.Op + " " + p.operand(e.Right)
	case partiql.Between:
		return p.operand(e.X) + " BETWEEN " + p.operand(e.Low) + " AND " + p.operand(e.High)
	case partiql.In:
		return p.operand(e.X) + " IN (" + p.list(e.List) + ")"
	case partiql.Call:
		return e.Func + "(" + p.list(e.Args) + ")"
	case partiql.Is:
		return p.is(e)
	}
	panic(fmt.Sprintf("%T", e))
}

func (p *expressionPrinter) is(e partiql.Is) string {
	x := p.operand(e.X)
	if e.Type == "MISSING" {
		return "attribute_not_exists(" + x + ")"
	}
	letters := map[string]string{"NULL": "NULL", "BOOLEAN": "BOOL", "STRING": "S", "NUMERIC": "N", "BLOB": "B", "LIST": "L", "STRUCT": "M"}
	return "attribute_type(" + x + "," + p.value(str(letters[e.Type])) + ")"
}

func (p *expressionPrinter) grouped(e partiql.Expr) string {
	switch e.(type) {
	case partiql.And, partiql.Or:
		return "(" + p.expr(e) + ")"
	}
	return p.expr(e)
}

func (p *expressionPrinter) list(operands []partiql.Operand) string {
	parts := make([]string, len(operands))
	for i, o := range operands {
		parts[i] = p.operand(o)
	}
	return strings.Join(parts, ",")
}

func (p *expressionPrinter) operand(o partiql.Operand) string {
	switch o := o.(type) {
	case partiql.Path:
		return p.path(o)
	case partiql.Size:
		return "size(" + p.operand(o.X) + ")"
	case partiql.Literal:
		return p.value(o.Value)
	}
	panic(fmt.Sprintf("%T", o))
}

func (p *expressionPrinter) path(o partiql.Path) string {
	var parts []string
	for _, s := range o.Steps {
		if s.Elem {
			parts[len(parts)-1] += fmt.Sprintf("[%d]", s.Index)
			continue
		}
		parts = append(parts, p.name(s.Name))
	}
	return strings.Join(parts, ".")
}

func (p *expressionPrinter) name(name string) string {
	for key, n := range p.names {
		if n == name {
			return key
		}
	}
	key := fmt.Sprintf("#n%d", len(p.names))
	p.names[key] = name
	return key
}

func (p *expressionPrinter) value(v types.AttributeValue) string {
	key := fmt.Sprintf(":v%d", len(p.values))
	p.values[key] = v
	return key
}
