package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
)

// A cut is a distribution of the declarations over the files.
type cut struct {
	p     *pkg
	at    []int   // the file of each declaration
	lines []int   // of each file
	count [][]int // how many uses one file makes of another
	uses  [][]use // by each declaration, and of it
	gone  []bool  // declarations that were taken away
}

func newCut(p *pkg) *cut {
	files, decls := len(p.files), len(p.decls)
	c := &cut{p: p, at: make([]int, decls), lines: make([]int, files), count: make([][]int, files),
		uses: make([][]use, decls), gone: make([]bool, decls)}
	for i, f := range p.files {
		c.lines[i] = f.lines
		c.count[i] = make([]int, files)
	}
	for i, d := range p.decls {
		c.at[i] = d.file
	}
	for _, u := range p.uses {
		c.uses[u.from] = append(c.uses[u.from], u)
		c.uses[u.to] = append(c.uses[u.to], u)
		c.count[c.at[u.from]][c.at[u.to]]++
	}
	return c
}

// move puts a declaration into another file.
func (c *cut) move(d, to int) {
	c.add(d, -1)
	lines := c.p.linesOf(c.p.decls[d].node)
	c.lines[c.at[d]] -= lines
	c.lines[to] += lines
	c.at[d] = to
	c.add(d, 1)
}

// graph returns the graph of the files.
func (c *cut) graph() graph {
	g := make(graph, len(c.count))
	for a, row := range c.count {
		for b, n := range row {
			if n > 0 && a != b {
				g[a] = append(g[a], b)
			}
		}
	}
	return g
}

// cost is lower for a smaller cycle and for fewer edges. An edge of few uses
// counts less than one of many: it is closer to being none.
func (c *cut) cost() float64 {
	sum := float64(len(c.graph().cycle()))
	for a, row := range c.count {
		for b, n := range row {
			if n > 0 && a != b {
				sum += 1 - math.Exp2(-float64(n))
			}
		}
	}
	return sum
}

func (c *cut) String() string {
	files, g := 0, c.graph()
	for _, lines := range c.lines {
		files += min(1, lines)
	}
	return fmt.Sprintf("%d files, %d edges, %.1f per file, cycle %d", files, g.edges(), float64(g.edges())/float64(files), len(g.cycle()))
}

// degree returns how many files a file uses, and is used by.
func (c *cut) degree(f int) int {
	n := 0
	for x := range c.count {
		if x != f {
			n += min(1, c.count[f][x]) + min(1, c.count[x][f])
		}
	}
	return n
}

// neighbors returns the files that a declaration uses or that use it.
func (c *cut) neighbors(d int) []int {
	var files []int
	for _, u := range c.uses[d] {
		for _, e := range []int{u.from, u.to} {
			if f := c.at[e]; f != c.at[d] && !slices.Contains(files, f) {
				files = append(files, f)
			}
		}
	}
	return files
}

// suggest prints at most n steps, one after the other, and what is left of the
// package after each. A step takes itself, and says what it is, or "" where none
// is left.
func suggest(w io.Writer, p *pkg, what string, n int, step func(*cut) string) {
	c := newCut(p)
	fmt.Fprintf(w, "\n%s, from %v\n", what, c)
	for range n {
		text := step(c)
		if text == "" {
			return
		}
		fmt.Fprintf(w, "%s: %v\n", text, c)
	}
}

// suggestMoves prints the moves of single declarations that lower the cost most. A
// file must not get more edges by what moves into it: otherwise everything would end
// in the file that is used most.
func suggestMoves(w io.Writer, p *pkg, n int) {
	suggest(w, p, "moves", n, func(c *cut) string {
		d, to := c.bestMove()
		if d < 0 {
			return ""
		}
		from := c.at[d]
		c.move(d, to)
		return fmt.Sprintf("%s from %s to %s", p.decls[d].name, p.files[from].name, p.files[to].name)
	})
}

func (c *cut) bestMove() (decl, to int) {
	decl, best := -1, c.cost()-1e-9
	for d, from := range c.at {
		for _, f := range c.neighbors(d) {
			degree := c.degree(f)
			c.move(d, f)
			if c.lines[f] <= maxLines && c.degree(f) <= degree {
				if cost := c.cost(); cost < best {
					decl, to, best = d, f, cost
				}
			}
			c.move(d, from)
		}
	}
	return decl, to
}

// suggestMerges prints the pairs of files that save most edges when they become
// one of at most 600 lines.
func suggestMerges(w io.Writer, p *pkg, n int) {
	suggest(w, p, "merges", n, func(c *cut) string {
		from, to := c.bestMerge()
		if from < 0 {
			return ""
		}
		c.merge(from, to)
		return fmt.Sprintf("%s into %s", p.files[from].name, p.files[to].name)
	})
}

func (c *cut) bestMerge() (from, to int) {
	from, best := -1, 0
	for a := range c.lines {
		for b := range c.lines {
			if a == b || c.count[a][b]+c.count[b][a] == 0 || c.lines[a] > c.lines[b] || c.lines[a]+c.lines[b] > maxLines {
				continue
			}
			if saved := c.saved(a, b); saved > best {
				from, to, best = a, b, saved
			}
		}
	}
	return from, to
}

// saved returns how many edges end when two files become one.
func (c *cut) saved(a, b int) int {
	n := 0
	for x := range c.count {
		if x == a || x == b {
			continue
		}
		if c.count[a][x] > 0 && c.count[b][x] > 0 {
			n++
		}
		if c.count[x][a] > 0 && c.count[x][b] > 0 {
			n++
		}
	}
	return n + min(1, c.count[a][b]) + min(1, c.count[b][a])
}

func (c *cut) merge(from, to int) {
	for d, f := range c.at {
		if f == from {
			c.move(d, to)
		}
	}
	c.lines[to] += c.lines[from]
	c.lines[from] = 0
}

// suggestSplits prints what holds the largest cycle together: the functions, and
// the types with their methods, whose absence lowers the cost most, one after
// the other.
func suggestSplits(w io.Writer, p *pkg, n int) {
	c := newCut(p)
	fmt.Fprintf(w, "\nsplits, from %v\n", c)
	groups := map[string][]int{}
	for i, d := range p.decls {
		name := d.name
		if d.recv != "" {
			name = d.recv
		}
		groups[name] = append(groups[name], i)
	}
	names := slices.Sorted(maps.Keys(groups))
	for range n {
		best, cost := "", c.cost()-1e-9
		for _, name := range names {
			c.take(groups[name])
			if now := c.cost(); now < cost {
				best, cost = name, now
			}
			c.put(groups[name])
		}
		if best == "" {
			return
		}
		c.take(groups[best])
		fmt.Fprintf(w, "without %s: %v\n", best, c)
		names = slices.DeleteFunc(names, func(s string) bool { return s == best })
	}
}

// take removes declarations with all their uses.
func (c *cut) take(decls []int) {
	for _, d := range decls {
		c.gone[d] = true
		c.add(d, -1)
	}
}

// put undoes take.
func (c *cut) put(decls []int) {
	for _, d := range slices.Backward(decls) {
		c.add(d, 1)
		c.gone[d] = false
	}
}

// add adds n for each use between a declaration and one that is not gone.
func (c *cut) add(d, n int) {
	for _, u := range c.uses[d] {
		if other := u.from + u.to - d; !c.gone[other] {
			c.count[c.at[u.from]][c.at[u.to]] += n
		}
	}
}
