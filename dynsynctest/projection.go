package dynsynctest

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/partiql"
)

// projection reads a ProjectionExpression; nil text is everything.
func (e *expressions) projection(text *string) ([]partiql.Path, *apiError) {
	if text == nil {
		return nil, nil
	}
	p, err := e.parser("ProjectionExpression", *text)
	if err != nil {
		return nil, err
	}
	paths := []partiql.Path{p.path()}
	for p.take(",") {
		paths = append(paths, p.path())
	}
	p.expectEnd()
	p.checkOverlap(paths)
	return paths, p.err
}

// checkOverlap refuses two paths if one lies within the other or if not both can
// exist. The service names the two in the order of the text, which is
// the other way round from how it names those of a statement.
func (p *parser) checkOverlap(paths []partiql.Path) {
	paths = slices.Clone(paths)
	slices.Reverse(paths)
	if err := invalidExpression(p.kind, partiql.CheckPaths(paths)); err != nil && p.err == nil {
		p.err = err
	}
}

// project returns of an item what the paths name; nil paths name everything.
// Elements of a list move together, in their order.
func project(i item, paths []partiql.Path) item {
	if paths == nil {
		return i
	}
	found := branch{}
	for _, p := range paths {
		if v := find(i, p.Steps); v != nil {
			found.add(p.Steps, v)
		}
	}
	projected := make(item)
	for step, child := range found.children {
		projected[step.Name] = child.value()
	}
	return projected
}

// branch is a node of the tree that the found paths make. A leaf has a value.
type branch struct {
	children map[partiql.Step]*branch
	leaf     types.AttributeValue
}

func (b *branch) add(steps []partiql.Step, v types.AttributeValue) {
	for _, s := range steps {
		if b.children == nil {
			b.children = map[partiql.Step]*branch{}
		}
		if b.children[s] == nil {
			b.children[s] = &branch{}
		}
		b = b.children[s]
	}
	b.leaf = v
}

func (b *branch) value() types.AttributeValue {
	if b.leaf != nil {
		return b.leaf
	}
	steps := slices.SortedFunc(maps.Keys(b.children), func(a, b partiql.Step) int { return cmp.Compare(a.Index, b.Index) })
	if steps[0].Elem {
		list := make([]types.AttributeValue, len(steps))
		for i, s := range steps {
			list[i] = b.children[s].value()
		}
		return &types.AttributeValueMemberL{Value: list}
	}
	m := make(item, len(steps))
	for _, s := range steps {
		m[s.Name] = b.children[s].value()
	}
	return &types.AttributeValueMemberM{Value: m}
}

// find returns the value at a path, nil if there is none.
func find(i item, steps []partiql.Step) types.AttributeValue {
	v := i[steps[0].Name]
	for _, s := range steps[1:] {
		switch container := v.(type) {
		case *types.AttributeValueMemberM:
			if s.Elem {
				return nil
			}
			v = container.Value[s.Name]
		case *types.AttributeValueMemberL:
			if !s.Elem || s.Index >= len(container.Value) {
				return nil
			}
			v = container.Value[s.Index]
		default:
			return nil
		}
	}
	return v
}

// columns returns the JSON of what a SELECT's columns name. A column is called by
// the last name of its path; one that goes through a list by the list's name
// and the index, with what is below the element nested in it.
func (r *row) columns(paths []partiql.Path) []byte {
	if paths == nil {
		return r.json
	}
	whole, selected := decodeItem(r.json), item{}
	for _, p := range paths {
		v := find(whole, p.Steps)
		if v == nil {
			continue
		}
		name := p.Steps[len(p.Steps)-1].Name
		if i := slices.IndexFunc(p.Steps, func(s partiql.Step) bool { return s.Elem }); i > 0 {
			name = p.Steps[i-1].Name + "[" + strconv.Itoa(p.Steps[i].Index) + "]"
			below := branch{}
			below.add(p.Steps[i+1:], v)
			v = below.value()
		}
		selected[name] = v
	}
	return appendItem(nil, selected)
}
