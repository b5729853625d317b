package partiql

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"pgregory.net/rapid"
)

// A drawnWhere is a generated condition: its text, with parameters for some of its
// constants.
type drawnWhere struct {
	text   string
	params []types.AttributeValue
}

// fitting draws conditions about the attributes and values of items, few of them
// such as the service refuses.
func fitting(items []item) *rapid.Generator[drawnWhere] {
	values := valuesOf(items)
	return rapid.Custom(func(t *rapid.T) drawnWhere {
		g := &generator{T: t, values: values, paths: oddPaths}
		b := binder{T: t}
		e := b.expr(g.expr(rapid.IntRange(0, 4).Draw(t, "depth")))
		return drawnWhere{printExpr(e), b.params}
	})
}

// oddPaths are the places of the mixed items that a condition may look at, some of
// them more often.
var oddPaths = func() []Path {
	elem := func(p Path, i int, names ...string) Path {
		p.Steps = append(p.Steps, Step{Index: i, Elem: true})
		for _, n := range names {
			p.Steps = append(p.Steps, Step{Name: n})
		}
		return p
	}
	a := path("a")
	return []Path{a, a, a, a, path("c"), path("c"), path("a", "x"), path("a", "y"), path("a", "x", "y"), path("a", "0"), elem(a, 0), elem(a, 1), elem(a, 0, "x"),
		path("zzz"), path("A"), path("size"), path("value"), path("a.b"), path("a-b"), path(`a"b`), path("a'b"), path("日本"), path("$d"), path("a", "a.b")}
}()

// valuesOf returns the values of the attributes that are no keys, and some that
// are near them.
func valuesOf(items []item) []types.AttributeValue {
	values := []types.AttributeValue{n("1.0"), n("3"), n("-0"), n("1E-130"), n("9.9E125"), s("ab"), s("\uE000"), s(`"`), b("\x01"),
		&types.AttributeValueMemberNS{Value: []string{"2.0", "1"}}, &types.AttributeValueMemberSS{Value: []string{"b", "a"}}}
	for _, it := range items {
		for _, name := range slices.Sorted(maps.Keys(it)) {
			if name != "pk" {
				values = append(values, it[name])
			}
		}
	}
	return values
}

// A binder makes parameters of constants: of those that PartiQL cannot write, and
// of others by chance.
type binder struct {
	*rapid.T
	params []types.AttributeValue
}

func (b *binder) expr(e Expr) Expr {
	switch e := e.(type) {
	case And:
		left := b.expr(e.Left)
		return And{left, b.expr(e.Right)}
	case Or:
		left := b.expr(e.Left)
		return Or{left, b.expr(e.Right)}
	case Not:
		return Not{b.expr(e.X)}
	case Compare:
		o := b.operands(e.Left, e.Right)
		return Compare{Op: e.Op, Left: o[0], Right: o[1]}
	case Between:
		o := b.operands(e.X, e.Low, e.High)
		return Between{X: o[0], Low: o[1], High: o[2]}
	case In:
		o := b.operands(append([]Operand{e.X}, e.List...)...)
		return In{X: o[0], List: o[1:]}
	case Call:
		return Call{Func: e.Func, Args: b.operands(e.Args...)}
	case Is: // takes no parameter
		return e
	}
	panic(fmt.Sprintf("%T", e))
}

func (b *binder) operands(list ...Operand) []Operand {
	out := make([]Operand, len(list))
	for i, o := range list {
		switch o := o.(type) {
		case Size:
			out[i] = Size{X: b.operands(o.X)[0]}
		case Literal:
			out[i] = b.constant(o)
		default:
			out[i] = o
		}
	}
	return out
}

func (b *binder) constant(l Literal) Operand {
	if writable(l.Value) && rapid.Bool().Draw(b.T, "written") {
		return l
	}
	b.params = append(b.params, l.Value)
	return Param{Index: len(b.params) - 1}
}

// writable reports whether PartiQL has a literal for v.
func writable(v types.AttributeValue) bool {
	switch v := v.(type) {
	case *types.AttributeValueMemberB, *types.AttributeValueMemberBS:
		return false
	case *types.AttributeValueMemberL:
		return !slices.ContainsFunc(v.Value, func(e types.AttributeValue) bool { return !writable(e) })
	case *types.AttributeValueMemberM:
		for _, e := range v.Value {
			if !writable(e) {
				return false
			}
		}
	}
	return true
}

// drawnItems draws items with the attributes of the mixed ones.
func drawnItems(count int) []item {
	one := rapid.Custom(func(t *rapid.T) item {
		g := &generator{T: t}
		it := item{}
		for _, name := range []string{"a", "a", "c", "size", "a.b"} {
			if rapid.IntRange(0, 3).Draw(t, "missing") > 0 {
				it[name] = storable(g.value(3))
			}
		}
		return it
	})
	items := make([]item, count)
	for i := range items {
		items[i] = one.Example(i)
		items[i]["pk"] = s(fmt.Sprintf("drawn%03d", i))
	}
	return items
}

// storable takes from v what no client can send: characters that are none.
func storable(v types.AttributeValue) types.AttributeValue {
	clean := func(text string) string { return strings.ToValidUTF8(text, "?") }
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return s(clean(v.Value))
	case *types.AttributeValueMemberSS:
		return &types.AttributeValueMemberSS{Value: []string{clean(v.Value[0]), v.Value[1]}}
	case *types.AttributeValueMemberL:
		for i := range v.Value {
			v.Value[i] = storable(v.Value[i])
		}
	case *types.AttributeValueMemberM:
		for name := range v.Value {
			v.Value[name] = storable(v.Value[name])
		}
	}
	return v
}
