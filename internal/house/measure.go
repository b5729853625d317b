package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
)

// A figure is a number, and what makes it so: the worst first.
type figure struct {
	value float64
	worst []string
}

// A score is a thing with a number of its own.
type score struct {
	n    int
	text string
}

// ranked returns the texts, highest score first.
func ranked(scores []score) []string {
	slices.SortFunc(scores, func(a, b score) int { return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(a.text, b.text)) })
	var texts []string
	for _, s := range scores {
		texts = append(texts, fmt.Sprintf("%d %s", s.n, s.text))
	}
	return texts
}

// count is the figure of how many things there are.
func count(scores []score) figure { return figure{float64(len(scores)), ranked(scores)} }

// most is the figure of the highest score.
func most(scores []score) figure {
	f := figure{worst: ranked(scores)}
	if len(scores) > 0 {
		f.value = float64(scores[0].n)
	}
	return f
}

func (p *pkg) where(pos token.Pos) string {
	at := p.fset.Position(pos)
	return fmt.Sprintf("%s:%d", filepath.Base(at.Filename), at.Line)
}

// linesOf returns how many lines a node stands on.
func (p *pkg) linesOf(n ast.Node) int {
	return p.fset.Position(n.End()).Line - p.fset.Position(n.Pos()).Line + 1
}

func countFiles(p *pkg) figure { return figure{value: float64(len(p.files))} }

func (p *pkg) fileLines(over int) []score {
	var scores []score
	for _, f := range p.files {
		if f.lines > over {
			scores = append(scores, score{f.lines, f.name})
		}
	}
	return scores
}

func longFiles(p *pkg) figure { return count(p.fileLines(maxLines)) }

func longestFile(p *pkg) figure { return most(p.fileLines(0)) }

func largestCycle(p *pkg) figure {
	c := p.graph().cycle()
	if len(c) < 2 {
		return figure{}
	}
	var names []string
	for _, i := range c {
		names = append(names, p.files[i].name)
	}
	slices.Sort(names)
	return figure{float64(len(c)), []string{strings.Join(names, " ")}}
}

func edgesPerFile(p *pkg) figure {
	g := p.graph()
	users := make([]int, len(g))
	for _, to := range g {
		for _, w := range to {
			users[w]++
		}
	}
	var scores []score
	for v, to := range g {
		scores = append(scores, score{len(to), fmt.Sprintf("%s, %d use it", p.files[v].name, users[v])})
	}
	return figure{math.Round(10*float64(g.edges())/float64(len(g))) / 10, ranked(scores)}
}

// A shape is what belongs to a type.
type shape struct {
	methods, unexported int
	files               map[int]bool // of the type and its methods
}

func (p *pkg) shapes() map[string]*shape {
	shapes := map[string]*shape{}
	for _, d := range p.decls {
		name := d.recv
		if _, ok := d.node.(*ast.TypeSpec); ok {
			name = d.name
		}
		if name == "" {
			continue
		}
		if shapes[name] == nil {
			shapes[name] = &shape{files: map[int]bool{}}
		}
		s := shapes[name]
		s.files[d.file] = true
		if f, ok := d.node.(*ast.FuncDecl); ok {
			s.methods++
			if !f.Name.IsExported() {
				s.unexported++
			}
		}
	}
	return shapes
}

// types scores the types, without the central one.
func (p *pkg) types(of func(*shape) int) figure {
	shapes := p.shapes()
	delete(shapes, central)
	var scores []score
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		s := shapes[name]
		scores = append(scores, score{of(s), fmt.Sprintf("%s (%d methods, %d files)", name, s.methods, len(s.files))})
	}
	return most(scores)
}

func mostMethods(p *pkg) figure { return p.types(func(s *shape) int { return s.methods }) }

func mostFiles(p *pkg) figure { return p.types(func(s *shape) int { return len(s.files) }) }

func syncerMethods(p *pkg) figure {
	var scores []score
	for _, d := range p.decls {
		if f, ok := d.node.(*ast.FuncDecl); ok && d.recv == central && !f.Name.IsExported() {
			scores = append(scores, score{p.linesOf(f), fmt.Sprintf("lines: %s %s", d.name, p.where(d.pos))})
		}
	}
	return count(scores)
}

func wideStructs(p *pkg) figure {
	var scores []score
	for _, d := range p.decls {
		ast.Inspect(d.node, func(n ast.Node) bool {
			s, ok := n.(*ast.StructType)
			if ok && s.Fields.NumFields() > maxFields && wide[d.name] == "" {
				scores = append(scores, score{s.Fields.NumFields(), d.name + " " + p.where(s.Pos())})
			}
			return true
		})
	}
	return count(scores)
}

func longFuncs(p *pkg) figure {
	var scores []score
	note := func(name string, n ast.Node) {
		if lines := p.linesOf(n); lines > maxFuncLines {
			scores = append(scores, score{lines, name + " " + p.where(n.Pos())})
		}
	}
	for _, d := range p.decls {
		if f, ok := d.node.(*ast.FuncDecl); ok && !isTable(f.Body) {
			note(d.name, f)
			continue
		}
		ast.Inspect(d.node, func(n ast.Node) bool {
			lit, ok := n.(*ast.FuncLit)
			if ok && !isTable(lit.Body) {
				note(d.name, lit)
			}
			return !ok
		})
	}
	return count(scores)
}

// isTable reports whether a body returns one composite literal and does nothing
// else. The functions in the literal are measured one by one.
func isTable(body *ast.BlockStmt) bool {
	if body == nil || len(body.List) != 1 {
		return false
	}
	ret, ok := body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return false
	}
	e := ret.Results[0]
	if u, ok := e.(*ast.UnaryExpr); ok && u.Op == token.AND {
		e = u.X
	}
	_, ok = e.(*ast.CompositeLit)
	return ok
}

// usedOnceElsewhere returns a whole percentage of the unexported functions and
// methods. A function's mention of itself does not count; a call through an
// interface uses the interface's method.
func usedOnceElsewhere(p *pkg) figure {
	users := map[int][]int{}
	for _, u := range p.uses {
		if f, ok := p.decls[u.to].node.(*ast.FuncDecl); ok && f.Name.Pos() == u.name {
			users[u.to] = append(users[u.to], u.from)
		}
	}
	all := 0
	var scores []score
	for i, d := range p.decls {
		f, ok := d.node.(*ast.FuncDecl)
		if !ok || f.Name.IsExported() {
			continue
		}
		all++
		if u := users[i]; len(u) == 1 && p.decls[u[0]].file != d.file {
			user := p.decls[u[0]]
			scores = append(scores, score{p.linesOf(f), fmt.Sprintf("lines: %s %s, by %s in %s", d.name, p.where(d.pos), user.name, p.files[user.file].name)})
		}
	}
	return figure{math.Round(100 * float64(len(scores)) / float64(max(all, 1))), ranked(scores)}
}
