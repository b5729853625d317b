package partiql

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// The printer stands here and not beside the parser: a condition with its
// literals has no business outside tests.

// printExpr writes e with no more parentheses than it needs.
func printExpr(e Expr) string {
	switch e := e.(type) {
	case Or:
		return printExpr(e.Left) + " OR " + parens(e.Right, isOr(e.Right))
	case And:
		return parens(e.Left, isOr(e.Left)) + " AND " + parens(e.Right, isOr(e.Right) || isAnd(e.Right))
	case Not:
		return "NOT " + parens(e.X, isOr(e.X) || isAnd(e.X))
	case Compare:
		return printOperand(e.Left) + " " + e.Op + " " + printOperand(e.Right)
	case Between:
		return fmt.Sprintf("%s BETWEEN %s AND %s", printOperand(e.X), printOperand(e.Low), printOperand(e.High))
	case In:
		return printOperand(e.X) + " IN " + printList("(", e.List, ")")
	case Call:
		return e.Func + printList("(", e.Args, ")")
	case Is:
		return printOperand(e.X) + " IS " + e.Type
	}
	panic(fmt.Sprintf("%T", e))
}

func isOr(e Expr) bool  { _, ok := e.(Or); return ok }
func isAnd(e Expr) bool { _, ok := e.(And); return ok }

func parens(e Expr, needed bool) string {
	if needed {
		return "(" + printExpr(e) + ")"
	}
	return printExpr(e)
}

func printList(open string, list []Operand, closing string) string {
	parts := make([]string, len(list))
	for i, o := range list {
		parts[i] = printOperand(o)
	}
	return open + strings.Join(parts, ",") + closing
}

func printOperand(o Operand) string {
	switch o := o.(type) {
	case Path:
		var b strings.Builder
		for i, s := range o.Steps {
			switch {
			case s.Elem:
				fmt.Fprintf(&b, "[%d]", s.Index)
			case i == 0:
				b.WriteString(quoted(s.Name, `"`))
			default:
				b.WriteString("." + quoted(s.Name, `"`))
			}
		}
		return b.String()
	case Literal:
		return printValue(o.Value)
	case Param:
		return "?"
	case Size:
		return "size(" + printOperand(o.X) + ")"
	}
	panic(fmt.Sprintf("%T", o))
}

func quoted(text, quote string) string {
	return quote + strings.ReplaceAll(text, quote, quote+quote) + quote
}

func printValue(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return quoted(v.Value, "'")
	case *types.AttributeValueMemberN:
		return v.Value
	case *types.AttributeValueMemberBOOL:
		return fmt.Sprint(v.Value)
	case *types.AttributeValueMemberNULL:
		return "null"
	case *types.AttributeValueMemberL:
		parts := make([]string, len(v.Value))
		for i, e := range v.Value {
			parts[i] = printValue(e)
		}
		return "[" + strings.Join(parts, ",") + "]"
	case *types.AttributeValueMemberM:
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(v.Value)) {
			parts = append(parts, quoted(k, "'")+":"+printValue(v.Value[k]))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case *types.AttributeValueMemberSS:
		parts := make([]string, len(v.Value))
		for i, e := range v.Value {
			parts[i] = quoted(e, "'")
		}
		return "<<" + strings.Join(parts, ",") + ">>"
	case *types.AttributeValueMemberNS:
		return "<<" + strings.Join(v.Value, ",") + ">>"
	}
	panic(fmt.Sprintf("%T", v))
}

// sameTree compares trees but for their positions.
var sameTree = cmp.Options{
	cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Pos" }, cmp.Ignore()),
	cmp.Comparer(func(a, b types.AttributeValue) bool { return reflect.DeepEqual(a, b) }),
}

// TestPrintParse: any condition that can be said in PartiQL is parsed as it was
// meant.
func TestPrintParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := generator{T: t}
		want := g.expr(4)
		text := printExpr(want)
		w, err := ParseWhere(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if d := cmp.Diff(want, w.Expr, sameTree); d != "" {
			t.Fatalf("%s (-meant +parsed):\n%s", text, d)
		}
		if w.Params != g.params {
			t.Fatalf("%s: %d parameters", text, w.Params)
		}
	})
}

// A generator draws conditions. It numbers parameters in the order of the text.
type generator struct {
	*rapid.T
	params int
	names  []string // of attributes; any name if empty
	scalar bool     // no lists, maps and sets

	// With values, constants are of them or much like them, paths of paths, and
	// most predicates such as the service accepts.
	values []types.AttributeValue
	paths  []Path
}

func (g *generator) expr(depth int) Expr {
	if depth > 0 {
		switch rapid.IntRange(0, 4).Draw(g.T, "shape") {
		case 0:
			return And{g.expr(depth - 1), g.expr(depth - 1)}
		case 1:
			return Or{g.expr(depth - 1), g.expr(depth - 1)}
		case 2:
			return Not{g.expr(depth - 1)}
		}
	}
	e := g.predicate()
	if g.values == nil || rapid.IntRange(0, 40).Draw(g.T, "as it is") == 0 {
		return e
	}
	for Validate(e, nil) != nil {
		e = g.predicate()
	}
	return e
}

func (g *generator) predicate() Expr {
	switch rapid.IntRange(0, 6).Draw(g.T, "predicate") {
	case 0:
		return Between{X: g.operand(), Low: g.operand(), High: g.operand()}
	case 1:
		in := In{X: g.operand()}
		for range rapid.IntRange(1, 4).Draw(g.T, "values") {
			in.List = append(in.List, g.operand())
		}
		return in
	case 2:
		f := rapid.SampledFrom([]string{"begins_with", "contains", "attribute_type"}).Draw(g.T, "function")
		if f == "attribute_type" && g.values != nil {
			return Call{Func: f, Args: []Operand{g.operand(), Literal{Value: s(rapid.SampledFrom(letters).Draw(g.T, "type"))}}}
		}
		return Call{Func: f, Args: []Operand{g.operand(), g.operand()}}
	case 3:
		f := rapid.SampledFrom([]string{"attribute_exists", "attribute_not_exists"}).Draw(g.T, "function")
		return Call{Func: f, Args: []Operand{g.path()}}
	case 4:
		var x Operand = g.path()
		if v := g.value(0); rapid.Bool().Draw(g.T, "literal") && isScalar(v) && writable(v) {
			x = Literal{Value: v}
		}
		return Is{X: x, Type: rapid.SampledFrom(slices.Sorted(maps.Keys(isLetters))).Draw(g.T, "type")}
	}
	op := rapid.SampledFrom([]string{"=", "<>", "<", "<=", ">", ">="}).Draw(g.T, "op")
	return Compare{Op: op, Left: g.operand(), Right: g.operand()}
}

var letters = []string{"S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"}

func (g *generator) operand() Operand {
	switch rapid.IntRange(0, 4).Draw(g.T, "operand") {
	case 0:
		if g.values != nil {
			return Literal{Value: g.value(0)}
		}
		g.params++
		return Param{Index: g.params - 1}
	case 1:
		return Size{X: g.path()}
	case 2:
		return Literal{Value: g.value(2)}
	}
	return g.path()
}

func (g *generator) path() Path {
	if g.paths != nil {
		return rapid.SampledFrom(g.paths).Draw(g.T, "path")
	}
	if g.names != nil {
		return Path{Steps: []Step{{Name: rapid.SampledFrom(g.names).Draw(g.T, "name")}}}
	}
	p := Path{Steps: []Step{{Name: g.name()}}}
	for range rapid.IntRange(0, 3).Draw(g.T, "steps") {
		if rapid.Bool().Draw(g.T, "elem") {
			p.Steps = append(p.Steps, Step{Index: rapid.IntRange(0, 1<<31-1).Draw(g.T, "index"), Elem: true})
		} else {
			p.Steps = append(p.Steps, Step{Name: g.name()})
		}
	}
	return p
}

func (g *generator) name() string {
	return rapid.OneOf(rapid.SampledFrom([]string{"a", "Select", "user.email", `"`, "'", "--", "?"}), rapid.StringN(1, 8, -1)).Draw(g.T, "name")
}

func (g *generator) text() string {
	return rapid.OneOf(rapid.SampledFrom([]string{"", "a", "it's", "/*", "\x00", "\xed\xa0\x80"}), rapid.StringN(0, 8, -1)).Draw(g.T, "text")
}

func (g *generator) number() string {
	return rapid.OneOf(rapid.SampledFrom([]string{"0", "1", "-1", "12345678901234567890123456789012345678"}),
		rapid.StringMatching(`-?[1-9][0-9]{0,20}(\.[0-9]{0,5}[1-9])?`)).Draw(g.T, "number")
}

func (g *generator) value(depth int) types.AttributeValue {
	if g.values != nil {
		return rapid.SampledFrom(g.values).Draw(g.T, "value")
	}
	kinds := 8
	if depth == 0 || g.scalar {
		kinds = 4
	}
	switch rapid.IntRange(1, kinds).Draw(g.T, "kind") {
	case 1:
		return s(g.text())
	case 2:
		return n(g.number())
	case 3:
		return &types.AttributeValueMemberBOOL{Value: rapid.Bool().Draw(g.T, "bool")}
	case 4:
		return &types.AttributeValueMemberNULL{Value: true}
	case 5:
		list := []types.AttributeValue{}
		for range rapid.IntRange(0, 3).Draw(g.T, "elements") {
			list = append(list, g.value(depth-1))
		}
		return &types.AttributeValueMemberL{Value: list}
	case 6:
		members := item{}
		for range rapid.IntRange(0, 3).Draw(g.T, "members") {
			members[g.name()] = g.value(depth - 1)
		}
		return &types.AttributeValueMemberM{Value: members}
	case 7:
		return &types.AttributeValueMemberSS{Value: []string{g.text(), "other than any"}}
	}
	return &types.AttributeValueMemberNS{Value: []string{g.number(), "0.001"}}
}
