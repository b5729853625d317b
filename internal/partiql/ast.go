package partiql

import "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

// An Expr is a condition: it is true or false of an item. The types that
// implement it are [And], [Or], [Not], [Compare], [Between], [In], [Call] and
// [Is], as values, never as pointers.
//
// A tree is immutable and safe for concurrent use. The Pos of an expression or an
// operand is the byte offset of its first token in the parsed text.
type Expr interface{ expr() }

// And is true where both sides are.
type And struct{ Left, Right Expr }

// Or is true where one side is.
type Or struct{ Left, Right Expr }

// Not is true where X is not. DynamoDB has no third truth value: NOT of a
// comparison with a missing attribute is true.
type Not struct{ X Expr }

// Compare is one of the six comparisons. Op is "=", "<>", "<", "<=", ">" or
// ">="; != parses to "<>".
type Compare struct {
	Op          string
	Left, Right Operand
	Pos         int
}

// Between is X BETWEEN Low AND High. NOT BETWEEN is a Not of it.
type Between struct {
	X, Low, High Operand
	Pos          int
}

// In is X IN (…), with at least one operand in the list. NOT IN is a Not of it.
type In struct {
	X    Operand
	List []Operand
	Pos  int
}

// Call is a function that is a condition. Func is one of "begins_with",
// "contains", "attribute_type", "attribute_exists" and
// "attribute_not_exists", in lower case; size is an operand, [Size].
type Call struct {
	Func string
	Args []Operand
	Pos  int
}

// Is is X IS Type. Type is one of "MISSING", "NULL", "BOOLEAN", "STRING",
// "NUMERIC", "BLOB", "LIST" and "STRUCT": BOOL and TUPLE parse to BOOLEAN and
// STRUCT. IS NOT is a Not of it.
type Is struct {
	X    Operand
	Type string
	Pos  int
}

func (And) expr()     {}
func (Or) expr()      {}
func (Not) expr()     {}
func (Compare) expr() {}
func (Between) expr() {}
func (In) expr()      {}
func (Call) expr()    {}
func (Is) expr()      {}

// walk visits the conditions that e is made of from left to right, each after its
// sides.
func walk(e Expr, visit func(Expr)) {
	switch e := e.(type) {
	case And:
		walk(e.Left, visit)
		walk(e.Right, visit)
	case Or:
		walk(e.Left, visit)
		walk(e.Right, visit)
	case Not:
		walk(e.X, visit)
	}
	visit(e)
}

// An Operand is what a condition compares: [Path], [Literal], [Param] or
// [Size] and, on the right of an assignment in UPDATE only, [Arith] and
// [UpdateCall]. All are values, never pointers.
type Operand interface{ operand() }

// Path names an attribute, or a place inside one. It has at least one step,
// and its first step is a name.
type Path struct {
	Steps []Step
	Pos   int
}

// Step is one step of a path: a member name or, where Elem is set, the
// 0-based index of a list element.
type Step struct {
	Name  string
	Index int
	Elem  bool
}

// Literal is a value written in the text (or bound under a name, as a
// FilterExpression does it). Numbers hold the text DynamoDB would store.
type Literal struct {
	Value types.AttributeValue
	Pos   int
}

// Param is a question mark: Index is its 0-based number in the text.
type Param struct {
	Index, Pos int
}

// Size is size(X).
type Size struct {
	X   Operand
	Pos int
}

// Arith is Left + Right or Left - Right. Op is "+" or "-".
type Arith struct {
	Op          string
	Left, Right Operand
	Pos         int
}

// UpdateCall is a function that makes a value for an assignment. Func is
// "list_append", "if_not_exists", "set_add" or "set_delete", in lower case.
type UpdateCall struct {
	Func string
	Args []Operand
	Pos  int
}

func (Path) operand()       {}
func (Literal) operand()    {}
func (Param) operand()      {}
func (Size) operand()       {}
func (Arith) operand()      {}
func (UpdateCall) operand() {}

// A Where is a parsed WHERE text.
type Where struct {
	Expr    Expr
	OrderBy []Order // empty without ORDER BY
	Params  int     // how many question marks the text has
}

// An Order is one key of an ORDER BY.
type Order struct {
	Name string
	Desc bool
	Pos  int
}

// A Statement is one of [Select], [Insert], [Update] and [Delete], as a
// pointer.
type Statement interface{ statement() }

// Select is SELECT … FROM "Table"."Index" WHERE … ORDER BY ….
type Select struct {
	Table, Index string // Index is empty for the table itself
	Columns      []Path // nil is *
	Where        Expr   // nil without WHERE
	OrderBy      []Order
	Params       int
}

// Insert is INSERT INTO "Table" VALUE {…}. The operands are Literal or Param.
type Insert struct {
	Table  string
	Item   map[string]Operand
	Params int
}

// Update is UPDATE "Table" SET … REMOVE … WHERE ….
type Update struct {
	Table     string
	Sets      []Assignment
	Removes   []Path
	Where     Expr
	Returning string // "", or "ALL OLD", "ALL NEW", "MODIFIED OLD", "MODIFIED NEW"
	Params    int
}

// Assignment is one Target = Value of an UPDATE.
type Assignment struct {
	Target Path
	Value  Operand
}

// Delete is DELETE FROM "Table" WHERE ….
type Delete struct {
	Table     string
	Where     Expr
	Returning string // "", or "ALL OLD"
	Params    int
}

func (*Select) statement() {}
func (*Insert) statement() {}
func (*Update) statement() {}
func (*Delete) statement() {}
