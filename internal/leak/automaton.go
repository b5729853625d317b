package leak

// A needleSet finds any of many byte strings, the needles, in texts. It is the
// automaton of Aho and Corasick ("Efficient string matching: an aid to
// bibliographic search", 1975), so that time is linear in the needles and the
// texts, whatever they hold. Fail links are made when a search comes to their
// node: most needles are not in the text. The memory is reused.
type needleSet struct {
	nodes []needleNode // the trie; the first is the root
	edges edgeTable    // those that do not lead to the node behind
	pairs [1 << 10]uint64
}

// A needleNode is a state: the text read last ends with the node's prefix of a
// needle, and with no longer one.
type needleNode struct {
	fail     uint32 // the longest suffix that is a node
	dict     uint32 // the longest proper suffix that is a needle, or the root
	needle   uint32 // 1 + the number of the needle that ends here, or 0
	label    byte   // of the edge that leads here
	chained  bool   // the node behind is a child
	branches bool   // there are children in the table of edges
	linked   bool   // fail and dict are known
}

func (s *needleSet) reset() {
	s.nodes = append(s.nodes[:0], needleNode{linked: true})
	s.edges.reset()
	clear(s.pairs[:])
}

// add adds a needle, which is not empty, and returns the node where it ends.
func (s *needleSet) add(text []byte) *needleNode {
	s.addPair(text)
	at, rest := uint32(0), text
	for len(rest) > 0 {
		next := s.child(at, rest[0])
		if next == 0 {
			break
		}
		at, rest = next, rest[1:]
	}
	if len(rest) > 0 {
		at = s.grow(at, rest)
	}
	return &s.nodes[at]
}

// grow adds a chain of nodes for text below a node, and returns the last.
func (s *needleSet) grow(at uint32, text []byte) uint32 {
	if int(at) == len(s.nodes)-1 {
		s.nodes[at].chained = true
	} else {
		s.nodes[at].branches = true
		s.edges.put(at, text[0], uint32(len(s.nodes)))
	}
	for i, c := range text {
		s.nodes = append(s.nodes, needleNode{label: c, chained: i+1 < len(text)})
	}
	return uint32(len(s.nodes) - 1)
}

// addPair notes the two bytes that a needle begins with.
func (s *needleSet) addPair(text []byte) {
	row := s.pairs[int(text[0])*4 : int(text[0])*4+4]
	if len(text) > 1 {
		row[text[1]>>6] |= 1 << (text[1] & 63)
		return
	}
	for i := range row {
		row[i] = ^uint64(0)
	}
}

// begins reports whether a needle can begin with these two bytes.
func (s *needleSet) begins(a, b byte) bool {
	return s.pairs[int(a)*4+int(b>>6)]>>(b&63)&1 == 1
}

// child returns the child of a node, or the root if there is none.
func (s *needleSet) child(at uint32, c byte) uint32 {
	n := &s.nodes[at]
	if n.chained && s.nodes[at+1].label == c {
		return at + 1
	}
	if n.branches {
		return s.edges.get(at, c)
	}
	return 0
}

// step returns the state behind a byte.
func (s *needleSet) step(at uint32, c byte) uint32 {
	for {
		if next := s.child(at, c); next != 0 {
			s.link(next, at, c)
			return next
		}
		if at == 0 {
			return 0
		}
		at = s.nodes[at].fail
	}
}

// link makes the links of a node, the child of parent by c. Those of the parent
// and of all nodes that its links lead to are made.
func (s *needleSet) link(at, parent uint32, c byte) {
	n := &s.nodes[at]
	if n.linked {
		return
	}
	n.linked = true
	for parent != 0 && n.fail == 0 {
		parent = s.nodes[parent].fail
		n.fail = s.child(parent, c)
	}
	if n.fail == 0 {
		return
	}
	s.link(n.fail, parent, c)
	n.dict = n.fail
	if f := s.nodes[n.fail]; f.needle == 0 {
		n.dict = f.dict
	}
}

// walk calls fn wherever a needle ends in text, with the node of the longest that
// does, until fn returns false. The shorter ones that end there are those of the
// dict links.
func (s *needleSet) walk(text []byte, fn func(v uint32, end int) bool) {
	at := uint32(0)
	for i := 0; i < len(text); i++ {
		if at == 0 {
			for i+1 < len(text) && !s.begins(text[i], text[i+1]) {
				i++
			}
		}
		at = s.step(at, text[i])
		v := at
		if s.nodes[v].needle == 0 {
			v = s.nodes[v].dict
		}
		if v != 0 && !fn(v, i+1) {
			return
		}
	}
}

// An edgeTable maps nodes and labels to children: a hash table with open
// addressing.
type edgeTable struct {
	keys     []uint32 // the nodes
	labels   []byte
	children []uint32 // 0 where there is no edge
	n        int
}

const minEdges = 64

func (t *edgeTable) reset() {
	if t.n > 0 {
		clear(t.children)
	}
	t.n = 0
}

// slot returns where the edge is, or is to be put.
func (t *edgeTable) slot(node uint32, c byte) int {
	mask := len(t.children) - 1
	h := (uint64(node)<<8 | uint64(c)) * 0x9E3779B97F4A7C15
	for i := int(h>>32) & mask; ; i = (i + 1) & mask {
		if t.children[i] == 0 || t.keys[i] == node && t.labels[i] == c {
			return i
		}
	}
}

func (t *edgeTable) get(node uint32, c byte) uint32 { return t.children[t.slot(node, c)] }

func (t *edgeTable) put(node uint32, c byte, child uint32) {
	if 2*t.n >= len(t.children) {
		t.enlarge()
	}
	i := t.slot(node, c)
	t.keys[i], t.labels[i], t.children[i] = node, c, child
	t.n++
}

func (t *edgeTable) enlarge() {
	old := *t
	size := max(2*len(old.children), minEdges)
	t.keys, t.labels, t.children = make([]uint32, size), make([]byte, size), make([]uint32, size)
	for i, child := range old.children {
		if child != 0 {
			j := t.slot(old.keys[i], old.labels[i])
			t.keys[j], t.labels[j], t.children[j] = old.keys[i], old.labels[i], child
		}
	}
}
