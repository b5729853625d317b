package partiql

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/wire"
)

// A Filter is a condition as a Scan takes it. Every name and every constant of
// the condition stands behind a placeholder, and every placeholder is used.
type Filter struct {
	Expression string                          // at most 4096 bytes; holds no name and no value
	Names      map[string]string               // the names behind #0, #1, …; nil if there are none
	Values     map[string]types.AttributeValue // the constants behind :0, :1, …; nil if there are none
}

const (
	// maxFilter is how long a FilterExpression may be, in bytes.
	maxFilter = 4096

	// maxExpandedFilter is how long it may be with each placeholder counted as
	// what it stands for, as often as it is used, in bytes: a name by its length,
	// a value as in an item. DynamoDB documents 2 MB for the sum of names and
	// values; DynamoDB Local refuses at this bound, before that sum could get
	// there.
	maxExpandedFilter = 1 << 20
)

// Translate returns the FilterExpression that selects the items that [Eval]
// accepts, and PartiQL with the same condition on attributes that are no keys; for
// keys see [CheckKeys]. The same condition always makes the same text. A nil e
// needs no filter: the result is nil.
//
// A filter can say whatever [Validate] accepts, and takes the same operators,
// but less of them: the error is an [*Error] without a column, which [Locate]
// adds, and is what Validate says, or that the expression has more than 4096
// bytes, or more than 1 MB with its names and values.
func Translate(e Expr, params []types.AttributeValue) (*Filter, error) {
	if e == nil {
		return nil, nil
	}
	if err := Validate(e, params); err != nil {
		return nil, err
	}
	t := translation{checker: checker{params: params}, names: map[string]string{}}
	t.expr(e, looseBinding)
	if t.err != nil {
		return nil, t.err
	}
	t.filter.Expression = t.text.String()
	return &t.filter, nil
}

// Locate completes an [*Error] about a tree with its column in the text that the
// tree was parsed from. It returns any other error as it is.
func Locate(err error, text string) error {
	var e *Error
	if !errors.As(err, &e) || e.Column > 0 || e.Pos > len(text) {
		return err
	}
	located := newError(text, e.Pos, e.Reason, e.Message)
	located.Sure, located.Remedy = e.Sure, e.Remedy
	remedy(located, text)
	return located
}

// A translation writes a condition that Validate accepts from left to right. Its
// checker keeps the first error and knows the parameters.
type translation struct {
	checker
	filter   Filter
	text     strings.Builder
	names    map[string]string // a name's placeholder
	expanded int               // what the placeholders written stand for, in bytes
}

// A binding is how tight an operator holds its sides together.
type binding int

const (
	looseBinding binding = iota // OR
	andBinding
	notBinding
	tightBinding // of what is no operator on conditions
)

func bindingOf(e Expr) binding {
	switch e := e.(type) {
	case Or:
		return looseBinding
	case And:
		return andBinding
	case Not:
		if _, ok := isMissing(e.X); !ok {
			return notBinding
		}
	}
	return tightBinding
}

// expr writes e, in parentheses if it binds looser than what it stands in. Others
// would be redundant, which a Scan refuses where they are doubled. AND and OR
// need none on either side, since the order in which they are evaluated does not
// show.
func (t *translation) expr(e Expr, within binding) {
	if bindingOf(e) >= within {
		t.bare(e)
		return
	}
	t.write("(")
	t.bare(e)
	t.write(")")
}

// bare writes e without parentheses round it.
func (t *translation) bare(e Expr) {
	switch e := e.(type) {
	case Or:
		t.binary(e.Left, " OR ", e.Right, looseBinding)
	case And:
		t.binary(e.Left, " AND ", e.Right, andBinding)
	case Not:
		t.not(e)
	case Compare:
		t.operands("", " "+e.Op+" ", "", e.Left, e.Right)
	case Between:
		t.operands("", " BETWEEN ", "", e.X, e.Low)
		t.operands(" AND ", "", "", e.High)
	case In:
		t.operand(e.X)
		t.operands(" IN (", ",", ")", e.List...)
	case Call:
		t.operands(e.Func+"(", ",", ")", e.Args...)
	case Is:
		t.is(e)
	}
}

func (t *translation) binary(left Expr, operator string, right Expr, b binding) {
	t.expr(left, b)
	t.write(operator)
	t.expr(right, b)
}

// not writes a negation. That of IS MISSING has a function of its own.
func (t *translation) not(e Not) {
	if is, ok := isMissing(e.X); ok {
		t.operands("attribute_exists(", "", ")", is.X)
		return
	}
	t.write("NOT ")
	t.expr(e.X, notBinding)
}

func isMissing(e Expr) (Is, bool) {
	is, ok := e.(Is)
	return is, ok && is.Type == "MISSING"
}

// is writes a test of a type. NULL is one like the others.
func (t *translation) is(e Is) {
	letters := isLetters[e.Type]
	if letters == "" {
		t.operands("attribute_not_exists(", "", ")", e.X)
		return
	}
	t.operands("attribute_type(", ",", ")", e.X, Literal{Value: &types.AttributeValueMemberS{Value: letters}, Pos: e.Pos})
}

// operands writes operands between what begins, separates and ends them.
func (t *translation) operands(begin, separator, end string, list ...Operand) {
	t.write(begin)
	for i, o := range list {
		if i > 0 {
			t.write(separator)
		}
		t.operand(o)
	}
	t.write(end)
}

func (t *translation) operand(o Operand) {
	t.pos = operandPos(o)
	switch o := o.(type) {
	case Path:
		t.path(o)
	case Size:
		t.operands("size(", "", ")", o.X)
	default:
		t.value(t.constant(o))
	}
}

// path writes a path with a placeholder for each name, so that neither a dot in a
// name nor a reserved word can be misread.
func (t *translation) path(p Path) {
	for i, s := range p.Steps {
		switch {
		case s.Elem:
			t.write("[" + strconv.Itoa(s.Index) + "]")
		case i == 0:
			t.name(s.Name)
		default:
			t.write(".")
			t.name(s.Name)
		}
	}
}

func (t *translation) name(name string) {
	placeholder, known := t.names[name]
	if !known {
		placeholder = "#" + number36(len(t.names))
		t.names[name] = placeholder
		if t.filter.Names == nil {
			t.filter.Names = map[string]string{}
		}
		t.filter.Names[placeholder] = name
	}
	t.placeholder(placeholder, len(name))
}

// value writes a placeholder of its own for each constant: which of them are equal
// is not worth finding out.
func (t *translation) value(v types.AttributeValue) {
	if t.filter.Values == nil {
		t.filter.Values = map[string]types.AttributeValue{}
	}
	placeholder := ":" + number36(len(t.filter.Values))
	t.filter.Values[placeholder] = v
	t.placeholder(placeholder, byteSize(v))
}

// number36 keeps long lists short.
func number36(n int) string { return strconv.FormatInt(int64(n), 36) }

// placeholder writes what stands for that many bytes.
func (t *translation) placeholder(text string, bytes int) {
	t.expanded += bytes
	t.write(text)
}

// write appends to the expression. The operand that is being written, or was
// written last, is where the condition gets too long.
func (t *translation) write(text string) {
	t.text.WriteString(text)
	switch n := t.text.Len(); {
	case n > maxFilter:
		t.tooLong(fmt.Sprintf("the condition is too long for a Scan: here its FilterExpression passes %d bytes", maxFilter))
	case n+t.expanded > maxExpandedFilter:
		t.tooLong(fmt.Sprintf("the values are too large for a Scan: here its FilterExpression with names and values passes %d bytes", maxExpandedFilter))
	}
}

// tooLong fails at what a SELECT may take.
func (t *translation) tooLong(reason string) {
	if t.err == nil {
		t.err = &Error{Pos: t.pos, Reason: reason}
	}
}

// CheckKeys refuses conditions on key attributes that cannot be meant, as the
// service does in PartiQL and not in a Scan, whose filter would just find nothing:
// one that compares the attribute with a constant that is empty or of another
// type, be it by an operator, BETWEEN, IN, begins_with, contains or IS NULL. A path
// into a key attribute is refused too, which neither takes. kinds holds the types
// of the key attributes by name.
//
// PartiQL looks at some of the values of IN only; this looks at all. PartiQL also
// refuses some conditions that a filter answers well, which pass: tests of the
// type of keys that are no strings, and keys looked for in a set or list.
//
// The error is an [*Error] that names the attribute, without a column, which
// [Locate] adds.
func CheckKeys(e Expr, params []types.AttributeValue, kinds map[string]types.ScalarAttributeType) error {
	c := keyChecker{checker{params: params}, kinds}
	walk(e, c.expr)
	if c.err != nil {
		return c.err
	}
	return nil
}

// A keyChecker is shown conditions from left to right and keeps the first error.
type keyChecker struct {
	checker
	kinds map[string]types.ScalarAttributeType
}

func (c *keyChecker) expr(e Expr) {
	switch e := e.(type) {
	case Compare:
		c.scalars(e.Left, e.Right)
		c.compared(e.Left, e.Right)
		c.compared(e.Right, e.Left)
	case Between:
		c.scalars(e.X, e.Low, e.High)
		c.compared(e.X, e.Low, e.High)
		c.compared(e.Low, e.X)
		c.compared(e.High, e.X)
	case In:
		c.scalars(e.X)
		c.scalars(e.List...)
		c.compared(e.X, e.List...)
		for _, o := range e.List {
			c.compared(o, e.X)
		}
	case Call:
		c.call(e)
	case Is:
		c.scalars(e.X)
		c.is(e)
	}
}

func (c *keyChecker) call(e Call) {
	c.scalars(e.Args...)
	switch e.Func {
	case "begins_with":
		c.compared(e.Args[0], e.Args[1])
		c.compared(e.Args[1], e.Args[0])
	case "contains":
		c.compared(e.Args[0], e.Args[1])
	}
}

// scalars refuses paths into key attributes.
func (c *keyChecker) scalars(list ...Operand) {
	for _, o := range list {
		if size, ok := o.(Size); ok {
			o = size.X
		}
		p, ok := o.(Path)
		if !ok || len(p.Steps) < 2 {
			continue
		}
		if _, ok := c.kinds[p.Steps[0].Name]; ok {
			c.fail(p.Pos, fmt.Sprintf("a path into the key attribute %q, which is no map and no list", p.Steps[0].Name), "")
		}
	}
}

// compared refuses constants that o, if it is a key attribute, cannot meet.
func (c *keyChecker) compared(o Operand, with ...Operand) {
	name, kind := c.key(o)
	if kind == "" {
		return
	}
	for _, w := range with {
		switch v := c.constant(w); {
		case v == nil:
		case typeName(v) != kind:
			c.refuse(w, "a value of type "+typeName(v), name, "of type "+kind)
		case isEmpty(v):
			c.refuse(w, "an empty value", name, "never empty")
		}
	}
}

// refuse refuses a constant for a key attribute, with what both are.
func (c *keyChecker) refuse(o Operand, what, name, key string) {
	if p, ok := o.(Param); ok {
		what = fmt.Sprintf("%s as parameter %d", what, p.Index+1)
	}
	c.fail(operandPos(o), fmt.Sprintf("%s for the key attribute %q, which is %s", what, name, key), "")
}

func (c *keyChecker) is(e Is) {
	if name, kind := c.key(e.X); kind != "" && e.Type == "NULL" {
		c.fail(e.Pos, fmt.Sprintf("IS NULL of the key attribute %q, which is of type %s", name, kind), "")
	}
}

// key returns the name and type of the key attribute that o is, or nothing.
func (c *keyChecker) key(o Operand) (name, kind string) {
	p, ok := o.(Path)
	if !ok || len(p.Steps) != 1 {
		return "", ""
	}
	name = p.Steps[0].Name
	return name, string(c.kinds[name])
}

// TakesName reports whether a statement can name an attribute. DynamoDB Local takes a name
// that begins with # or :, in quotes as well, for a placeholder that nothing defines.
func TakesName(name string) bool {
	return !strings.HasPrefix(name, "#") && !strings.HasPrefix(name, ":")
}

// TakesKeys reports whether a statement can name the key attributes of a table.
func TakesKeys(keys *wire.Keys) bool { return TakesName(keys.Partition) && TakesName(keys.Sort) }

// TakesNames reports whether a statement can name all attributes and members of the
// filter. A filter itself has placeholders for them.
func (f *Filter) TakesNames() bool {
	for _, name := range f.Names {
		if !TakesName(name) {
			return false
		}
	}
	return true
}
