package partiql

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A Filter is a condition as a Scan takes it.
type Filter struct {
	Expression string                          // the FilterExpression
	Names      map[string]string               // what its #n stand for; nil if it has none
	Values     map[string]types.AttributeValue // what its :n stand for; nil if it has none
}

// maxFilter is how long a FilterExpression may be, in bytes.
const maxFilter = 4096

// Translate returns the FilterExpression that selects the items which e selects.
// The two languages agree on every condition that this package reads; only the
// limits of a Scan are narrower. Every name and value is behind a placeholder,
// numbered in the order of the text.
//
// The error is an [*Error] with Pos, to be completed by [Locate]: what [Validate]
// refuses, or an expression of more than 4096 bytes.
func Translate(e Expr, params []types.AttributeValue) (*Filter, error) {
	if err := Validate(e, params); err != nil {
		return nil, err
	}
	t := &translation{params: params, names: map[string]string{}}
	text := t.expr(e)
	switch {
	case t.err != nil:
		return nil, t.err
	case len(text) > maxFilter:
		return nil, &Error{Reason: fmt.Sprintf("the condition makes a FilterExpression of %d bytes, and a Scan takes %d", len(text), maxFilter)}
	}
	f := &Filter{Expression: text, Values: t.values}
	for name, alias := range t.names {
		if f.Names == nil {
			f.Names = map[string]string{}
		}
		f.Names[alias] = name
	}
	return f, nil
}

// Locate adds the column to an error about a tree that was parsed from text.
func Locate(err error, text string) error {
	var e *Error
	if !errors.As(err, &e) || e.Column > 0 || e.Pos > len(text) {
		return err
	}
	return newError(text, e.Pos, e.Reason, e.Message)
}

// A translation writes a condition as a FilterExpression.
type translation struct {
	params []types.AttributeValue
	names  map[string]string // their placeholders
	values map[string]types.AttributeValue
	err    error
}

// expr writes e with the parentheses that it needs: a Scan refuses doubled ones.
func (t *translation) expr(e Expr) string {
	switch e := e.(type) {
	case Or:
		return t.expr(e.Left) + " OR " + t.within(e.Right, is[Or](e.Right))
	case And:
		return t.within(e.Left, is[Or](e.Left)) + " AND " + t.within(e.Right, is[Or](e.Right) || is[And](e.Right))
	case Not:
		return "NOT " + t.within(e.X, is[Or](e.X) || is[And](e.X))
	case Compare:
		return t.operand(e.Left) + " " + e.Op + " " + t.operand(e.Right)
	case Between:
		return t.operand(e.X) + " BETWEEN " + t.operand(e.Low) + " AND " + t.operand(e.High)
	case In:
		return t.operand(e.X) + " IN (" + t.list(e.List) + ")"
	case Call:
		return e.Func + "(" + t.list(e.Args) + ")"
	case Is:
		return t.is(e)
	}
	t.fail(&Error{Reason: errTree.Error()})
	return ""
}

func is[T Expr](e Expr) bool {
	_, ok := e.(T)
	return ok
}

func (t *translation) within(e Expr, parentheses bool) string {
	if parentheses {
		return "(" + t.expr(e) + ")"
	}
	return t.expr(e)
}

// is writes a test of a value's type.
func (t *translation) is(e Is) string {
	letters := isLetters[e.Type]
	if letters == "" {
		return "attribute_not_exists(" + t.operand(e.X) + ")"
	}
	return "attribute_type(" + t.operand(e.X) + "," + t.value(&types.AttributeValueMemberS{Value: letters}) + ")"
}

func (t *translation) list(operands []Operand) string {
	parts := make([]string, len(operands))
	for i, o := range operands {
		parts[i] = t.operand(o)
	}
	return strings.Join(parts, ",")
}

func (t *translation) operand(o Operand) string {
	switch o := o.(type) {
	case Path:
		return t.path(o)
	case Literal:
		return t.value(o.Value)
	case Param:
		return t.value(t.params[o.Index])
	case Size:
		return "size(" + t.operand(o.X) + ")"
	case Arith:
		t.fail(&Error{Pos: o.Pos, Reason: "a condition has no " + o.Op})
	case UpdateCall:
		t.fail(&Error{Pos: o.Pos, Reason: "a condition has no " + o.Func})
	}
	return ""
}

func (t *translation) path(p Path) string {
	var b strings.Builder
	for i, s := range p.Steps {
		switch {
		case s.Elem:
			fmt.Fprintf(&b, "[%d]", s.Index)
			continue
		case i > 0:
			b.WriteByte('.')
		}
		b.WriteString(t.name(s.Name))
	}
	return b.String()
}

// name returns the placeholder of a name.
func (t *translation) name(name string) string {
	alias := t.names[name]
	if alias == "" {
		alias = "#" + strconv.Itoa(len(t.names))
		t.names[name] = alias
	}
	return alias
}

// value returns a placeholder for a value.
func (t *translation) value(v types.AttributeValue) string {
	if t.values == nil {
		t.values = map[string]types.AttributeValue{}
	}
	alias := ":" + strconv.Itoa(len(t.values))
	t.values[alias] = v
	return alias
}

func (t *translation) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}

// CheckKeys checks the constants that a condition compares key attributes with, as
// ExecuteStatement does: they are of the key's type and not empty. A Scan takes
// others, and selects nothing. Kinds holds the types of the key attributes, by
// name. The error is an [*Error] with Pos.
func CheckKeys(e Expr, params []types.AttributeValue, kinds map[string]types.ScalarAttributeType) error {
	c := keyChecker{checker{params: params}, kinds}
	c.walk(e)
	if c.err != nil {
		return c.err
	}
	return nil
}

type keyChecker struct {
	checker
	kinds map[string]types.ScalarAttributeType
}

func (c *keyChecker) walk(e Expr) {
	switch e := e.(type) {
	case And:
		c.walk(e.Left)
		c.walk(e.Right)
	case Or:
		c.walk(e.Left)
		c.walk(e.Right)
	case Not:
		c.walk(e.X)
	case Compare:
		c.key(e.Left, e.Right)
		c.key(e.Right, e.Left)
	case Between:
		c.key(e.X, e.Low, e.High)
	case In:
		c.key(e.X, e.List...)
	}
}

// key checks what is compared with an operand, if that is a key attribute.
func (c *keyChecker) key(o Operand, with ...Operand) {
	p, ok := o.(Path)
	if !ok || len(p.Steps) != 1 {
		return
	}
	kind, isKey := c.kinds[p.Steps[0].Name]
	for _, w := range with {
		v := c.constant(w)
		if !isKey || v == nil {
			continue
		}
		if got := typeName(v); got != string(kind) {
			c.fail(p.Pos, fmt.Sprintf("the key attribute %q is of type %s, and is compared with a value of type %s", p.Steps[0].Name, kind, got), "")
		}
		if isEmpty(v) {
			c.fail(p.Pos, fmt.Sprintf("the key attribute %q is compared with an empty value, which no key is", p.Steps[0].Name), "")
		}
	}
}

func isEmpty(v types.AttributeValue) bool {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value == ""
	case *types.AttributeValueMemberB:
		return len(v.Value) == 0
	}
	return false
}
