package partiql

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/near"
)

// A Miss is a part of a condition that selects none of some items, whatever they hold.
type Miss struct {
	Pos     int            // of the path
	Items   int            // that were looked at
	Path    Path           // what no item has, or what has other types
	Missing bool           // no item has the path; else no value there is of a type that compares
	Has     map[string]int // how many items have which type there, if not Missing
	Wants   []string       // the types that would compare, if not Missing
	Other   map[string]int // the name that is most like the step that is missing, with its items
	Parent  map[string]int // types of what the missing step should stand in, if it is no map or list as it ought to be
	Step    int            // the index of the missing step in Path
}

// Against returns the parts of e that select none of the items by their names or types
// alone, by the rules of [Eval], in the order of the text. What a condition asks to be
// missing or to differ is no miss.
func Against(e Expr, params []types.AttributeValue, items []map[string]types.AttributeValue) []Miss {
	a := against{params: params, items: items}
	if e != nil && len(items) > 0 {
		a.expr(e, true)
	}
	slices.SortStableFunc(a.misses, func(x, y Miss) int { return x.Pos - y.Pos })
	return a.misses
}

type against struct {
	params []types.AttributeValue
	items  []map[string]types.AttributeValue
	misses []Miss
}

// expr looks at a condition that has to hold, or to fail if want is false.
func (a *against) expr(e Expr, want bool) {
	switch e := e.(type) {
	case And:
		a.expr(e.Left, want)
		a.expr(e.Right, want)
	case Or:
		a.expr(e.Left, want)
		a.expr(e.Right, want)
	case Not:
		a.expr(e.X, !want)
	default:
		a.leaf(e, want)
	}
}

// leaf looks at a comparison. One that holds where nothing is compared tells nothing.
func (a *against) leaf(e Expr, want bool) {
	if holdsOfNothing(e) == want {
		return
	}
	missing := false
	for _, o := range operandsOf(e) {
		if p, ok := pathOf(o); ok && !a.any(p) {
			a.missing(p)
			missing = true
		}
	}
	if !missing {
		a.types(e)
	}
}

// holdsOfNothing reports whether a comparison is true where its path names nothing.
func holdsOfNothing(e Expr) bool {
	switch e := e.(type) {
	case Compare:
		return e.Op == "<>"
	case Is:
		return e.Type == "MISSING"
	case Call:
		return e.Func == "attribute_not_exists"
	}
	return false
}

// any reports whether an item has something at a path.
func (a *against) any(p Path) bool {
	return slices.ContainsFunc(a.items, func(it map[string]types.AttributeValue) bool { return follow(it, p.Steps) != nil })
}

// missing adds a miss of a path that names nothing, with what its first missing step
// could have meant.
func (a *against) missing(p Path) {
	m := Miss{Pos: p.Pos, Items: len(a.items), Path: p, Missing: true, Other: map[string]int{}, Parent: map[string]int{}}
	for m.Step+1 < len(p.Steps) && a.any(Path{Steps: p.Steps[:m.Step+1]}) {
		m.Step++
	}
	step := p.Steps[m.Step]
	names := map[string]int{}
	for _, it := range a.items {
		var parent types.AttributeValue = &types.AttributeValueMemberM{Value: it}
		if m.Step > 0 {
			parent = follow(it, p.Steps[:m.Step])
		}
		if inside, ok := parent.(*types.AttributeValueMemberM); ok && !step.Elem {
			for name := range inside.Value {
				names[name]++
			}
		} else if kind := typeName(parent); kind != "" {
			m.Parent[kind]++
		}
	}
	if name := near.Name(step.Name, Sorted(names)); name != "" {
		m.Other[name] = names[name]
	}
	a.misses = append(a.misses, m)
}

// types adds a miss where a path and what it is compared with are never of types that
// compare.
func (a *against) types(e Expr) {
	for _, p := range comparedPairs(e) {
		path, ok := p.path.(Path)
		wants := a.wants(p)
		if !ok || wants == nil {
			continue
		}
		has, met := map[string]int{}, false
		for _, it := range a.items {
			if v := follow(it, path.Steps); v != nil {
				has[typeName(v)]++
				met = met || slices.Contains(wants, typeName(v))
			}
		}
		if !met {
			a.misses = append(a.misses, Miss{Pos: path.Pos, Items: len(a.items), Path: path, Has: has, Wants: wants})
			return
		}
	}
}

// A pair is a path and the constants with one of which it is compared.
type pair struct {
	path     Operand
	with     []Operand
	contains bool // the path holds what it is compared with
}

// comparedPairs returns what is compared in a condition.
func comparedPairs(e Expr) []pair {
	switch e := e.(type) {
	case Compare:
		return []pair{{path: e.Left, with: []Operand{e.Right}}, {path: e.Right, with: []Operand{e.Left}}}
	case Between:
		return []pair{{path: e.X, with: []Operand{e.Low}}, {path: e.X, with: []Operand{e.High}}, {path: e.Low, with: []Operand{e.X}}, {path: e.High, with: []Operand{e.X}}}
	case In:
		pairs := []pair{{path: e.X, with: e.List}}
		if len(e.List) == 1 {
			pairs = append(pairs, pair{path: e.List[0], with: []Operand{e.X}})
		}
		return pairs
	case Call:
		switch e.Func {
		case "begins_with":
			return []pair{{path: e.Args[0], with: e.Args[1:]}, {path: e.Args[1], with: e.Args[:1]}}
		case "contains":
			return []pair{{path: e.Args[0], with: e.Args[1:], contains: true}}
		}
	}
	return nil
}

// containers has the types that can contain a value of a type, besides lists.
var containers = map[string][]string{"S": {"S", "SS"}, "N": {"NS"}, "B": {"B", "BS"}}

// wants returns the types that the path of a pair must be of to be compared, nil if that
// is not known.
func (a *against) wants(p pair) (wants []string) {
	for _, o := range p.with {
		kind := typeName(Constant(o, a.params))
		switch {
		case kind == "":
			return nil
		case p.contains:
			wants = append(wants, append(containers[kind][:len(containers[kind]):len(containers[kind])], "L")...)
		case !slices.Contains(wants, kind):
			wants = append(wants, kind)
		}
	}
	return wants
}

// Sorted returns the keys of counts, the most frequent first.
func Sorted(counts map[string]int) []string {
	names := slices.Sorted(maps.Keys(counts))
	slices.SortStableFunc(names, func(a, b string) int { return counts[b] - counts[a] })
	return names
}
