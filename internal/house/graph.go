package main

// A graph has an edge from a file to each that declares something it uses.
type graph [][]int

// graph returns the graph of the package's files.
func (p *pkg) graph() graph {
	g := make(graph, len(p.files))
	seen := map[[2]int]bool{}
	for _, u := range p.uses {
		e := [2]int{p.decls[u.from].file, p.decls[u.to].file}
		if e[0] != e[1] && !seen[e] {
			seen[e] = true
			g[e[0]] = append(g[e[0]], e[1])
		}
	}
	return g
}

// edges returns the number of edges.
func (g graph) edges() int {
	n := 0
	for _, to := range g {
		n += len(to)
	}
	return n
}

// cycle returns the largest set of nodes that all reach each other (Tarjan).
func (g graph) cycle() []int {
	t := tarjan{g: g, index: make([]int, len(g)), low: make([]int, len(g))}
	for v := range g {
		if t.index[v] == 0 {
			t.visit(v)
		}
	}
	return t.largest
}

type tarjan struct {
	g          graph
	index, low []int // from 1 in the order of visits; the lowest that is reached; done is past all
	visits     int
	stack      []int
	largest    []int
}

func (t *tarjan) visit(v int) {
	t.visits++
	t.index[v], t.low[v] = t.visits, t.visits
	base := len(t.stack)
	t.stack = append(t.stack, v)
	for _, w := range t.g[v] {
		if t.index[w] == 0 {
			t.visit(w)
		}
		t.low[v] = min(t.low[v], t.low[w])
	}
	if t.low[v] != t.index[v] {
		return
	}
	component := t.stack[base:]
	t.stack = t.stack[:base]
	for _, w := range component {
		t.low[w] = len(t.g) + 1
	}
	if len(component) > len(t.largest) {
		t.largest = append([]int(nil), component...)
	}
}
