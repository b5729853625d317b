package wire

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// findOracle is Find in the model.
func findOracle(members []member, path []Step) (n node, ok bool) {
	n = node{kind: M, members: members}
	for _, step := range path {
		if n, ok = n.child(step); !ok {
			return node{}, false
		}
	}
	return n, len(path) > 0
}

func (n node) child(step Step) (node, bool) {
	if step.Elem {
		if n.kind != L || step.Index < 0 || step.Index >= len(n.elems) {
			return node{}, false
		}
		return n.elems[step.Index], true
	}
	for _, m := range n.members {
		if m.name == step.Name {
			return m.value, true
		}
	}
	return node{}, false
}

// edited returns n with the value at path changed by f, which gets nil for a
// member that is missing and returns nil to remove the value.
func (n node) edited(path []Step, f func(*node) *node) (node, bool) {
	step := path[0]
	old, ok := n.child(step)
	var value *node
	switch {
	case ok && len(path) > 1:
		if old, ok = old.edited(path[1:], f); !ok {
			return node{}, false
		}
		value = &old
	case ok:
		value = f(&old)
	case len(path) == 1 && n.kind == M && !step.Elem:
		if value = f(nil); value == nil {
			return node{}, false
		}
		n.members = append(slices.Clone(n.members), member{step.Name, *value})
		return n, true
	default:
		return node{}, false
	}
	// Built anew: what has nothing is nil, as readNode has it.
	elems, members := n.elems, n.members
	n.elems, n.members = nil, nil
	for i, e := range elems {
		if !step.Elem || i != step.Index {
			n.elems = append(n.elems, e)
		} else if value != nil {
			n.elems = append(n.elems, *value)
		}
	}
	for _, m := range members {
		if step.Elem || m.name != step.Name {
			n.members = append(n.members, m)
		} else if value != nil {
			n.members = append(n.members, member{m.name, *value})
		}
	}
	return n, true
}

// genPath returns a path that leads somewhere more often than not.
func genPath(c chooser, members []member) (path []Step) {
	n := node{kind: M, members: members}
	for {
		var step Step
		switch {
		case len(n.members) > 0 && c.IntN(8) > 0:
			step.Name = n.members[c.IntN(len(n.members))].name
		case len(n.elems) > 0 && c.IntN(8) > 0:
			step = Step{Index: c.IntN(len(n.elems)), Elem: true}
		case c.IntN(2) == 0:
			step = Step{Index: c.IntN(6) - 1, Elem: true}
		default:
			step.Name = genText(c)
		}
		path = append(path, step)
		var ok bool
		if n, ok = n.child(step); !ok || c.IntN(3) == 0 {
			return path
		}
	}
}

func TestFindReplaceRemoveProperties(t *testing.T) {
	checkProperty(t, func(t *rapid.T, c chooser) {
		members := genMembers(c, 4)
		item := render(c, style{c.IntN(50), c.IntN(50)}, members)
		checkEdits(t, c, item, members, genPath(c, members))
	})
}

// checkEdits holds Find, AppendReplaced and AppendRemoved at path against the
// model.
func checkEdits(t interface {
	Helper()
	Fatalf(string, ...any)
}, c chooser, item []byte, members []member, path []Step) {
	t.Helper()
	whole := node{kind: M, members: members}
	before := bytes.Clone(item)

	span, ok := Find(item, path)
	want, wantOK := findOracle(members, path)
	if ok != wantOK || ok && !reflect.DeepEqual(readNode(span.Of(item)), want) {
		t.Fatalf("Find(%s, %v) = %v, %v; want %+v, %v", item, path, span, ok, want, wantOK)
	}

	value := genNode(c, 1)
	got, ok := AppendReplaced([]byte("-"), item, path, renderValue(c, compact, value))
	replaced, wantOK := whole.edited(path, func(*node) *node { return &value })
	checkEdited(t, "AppendReplaced", got, ok, replaced, wantOK)
	if span.Len() > 0 {
		same, _ := AppendReplaced(nil, item, path, span.Of(item))
		if !bytes.Equal(same, item) {
			t.Fatalf("a value replaced by itself makes %s of %s", same, item)
		}
	}

	got, ok = AppendRemoved([]byte("-"), item, path)
	removed, wantOK := whole.edited(path, func(*node) *node { return nil })
	checkEdited(t, "AppendRemoved", got, ok, removed, wantOK)

	if !bytes.Equal(before, item) {
		t.Fatalf("the item was changed")
	}
}

func checkEdited(t interface {
	Helper()
	Fatalf(string, ...any)
}, what string, got []byte, ok bool, want node, wantOK bool) {
	t.Helper()
	if ok != wantOK || got[0] != '-' || !ok && len(got) != 1 {
		t.Fatalf("%s: %v, %s; want %v", what, ok, got, wantOK)
	}
	if !ok {
		return
	}
	mustIndex(t, got[1:])
	if members := readMembers(got[1:], ItemMembers(got[1:])); !reflect.DeepEqual(members, want.members) {
		t.Fatalf("%s gives %s, want %+v", what, got[1:], want.members)
	}
}

func TestFind(t *testing.T) {
	const item = ` {"a":{"S":"x"},"user.email":{"S":"y"},"\u0045mail":{"S":"z"},"m":{"M":{"l":{"L":[{"N":"1"},{"M":{"k":{"S":"deep"}}}]}}},"ss":{"SS":["x"]},"":{"S":"empty name"}}`
	name := func(s string) Step { return Step{Name: s} }
	elem := func(i int) Step { return Step{Index: i, Elem: true} }
	for _, test := range []struct {
		reason string
		path   []Step
		want   string
	}{
		{"an attribute", []Step{name("a")}, `{"S":"x"}`},
		{"a dot in a name is no step", []Step{name("user.email")}, `{"S":"y"}`},
		{"names are compared decoded", []Step{name("Email")}, `{"S":"z"}`},
		{"not as they are written", []Step{name(`\u0045mail`)}, ``},
		{"an empty name", []Step{name("")}, `{"S":"empty name"}`},
		{"a map", []Step{name("m")}, `{"M":{"l":{"L":[{"N":"1"},{"M":{"k":{"S":"deep"}}}]}}}`},
		{"down to an element", []Step{name("m"), name("l"), elem(0)}, `{"N":"1"}`},
		{"and past it", []Step{name("m"), name("l"), elem(1), name("k")}, `{"S":"deep"}`},
		{"nowhere", nil, ``},
		{"a missing attribute", []Step{name("b")}, ``},
		{"an element of an item", []Step{elem(0)}, ``},
		{"an element past the end", []Step{name("m"), name("l"), elem(2)}, ``},
		{"a negative element", []Step{name("m"), name("l"), elem(-1)}, ``},
		{"an element of a map", []Step{name("m"), elem(0)}, ``},
		{"a member of a list", []Step{name("m"), name("l"), name("0")}, ``},
		{"an element of a set", []Step{name("ss"), elem(0)}, ``},
		{"a member of a string", []Step{name("a"), name("S")}, ``},
		{"a type letter is no step", []Step{name("m"), name("M")}, ``},
	} {
		t.Run(test.reason, func(t *testing.T) {
			span, ok := Find([]byte(item), test.path)
			if got := string(span.Of([]byte(item))); got != test.want || ok != (test.want != "") {
				t.Errorf("got %s, %v, want %s", got, ok, test.want)
			}
		})
	}
}

func TestAppendReplaced(t *testing.T) {
	value := []byte(`{"S":"new"}`)
	for _, test := range []struct {
		reason, item string
		path         []Step
		want         string
	}{
		{"what is there", `{"a":{"S":""},"b":{"S":""}}`, []Step{{Name: "a"}}, `{"a":{"S":"new"},"b":{"S":""}}`},
		{"the name stays as it is written", `{"\u0061" : {"S":""} }`, []Step{{Name: "a"}}, `{"\u0061" : {"S":"new"} }`},
		{"a missing attribute is added", `{"a":{"S":""}}`, []Step{{Name: "b"}}, `{"a":{"S":""},"b":{"S":"new"}}`},
		{"to an empty item as well", ` {} `, []Step{{Name: "b"}}, ` {"b":{"S":"new"}} `},
		{"to a map within", `{"m":{"M":{}},"z":{"S":"}"}}`, []Step{{Name: "m"}, {Name: "b"}}, `{"m":{"M":{"b":{"S":"new"}}},"z":{"S":"}"}}`},
		{"quoted as it must be", `{}`, []Step{{Name: "\"\xed\xa0\x80"}}, `{"\"\ud800":{"S":"new"}}`},
		{"not under a missing parent", `{"a":{"S":""}}`, []Step{{Name: "m"}, {Name: "b"}}, ``},
		{"not in a list", `{"l":{"L":[]}}`, []Step{{Name: "l"}, {Elem: true}}, ``},
		{"not in a string", `{"a":{"S":""}}`, []Step{{Name: "a"}, {Name: "b"}}, ``},
		{"not by a name that JSON cannot hold, which would change into another", `{"` + "\ufffd" + `":{"S":""}}`, []Step{{Name: "\xff"}}, ``},
		{"nor by a pair in two halves", `{"😀":{"S":""}}`, []Step{{Name: "\xed\xa0\xbd\xed\xb8\x80"}}, ``},
		{"nowhere", `{"a":{"S":""}}`, nil, ``},
	} {
		t.Run(test.reason, func(t *testing.T) {
			got, ok := AppendReplaced([]byte("-"), []byte(test.item), test.path, value)
			if string(got) != "-"+test.want || ok != (test.want != "") {
				t.Errorf("got %s, %v, want %s", got[1:], ok, test.want)
			}
			if ok {
				mustIndex(t, got[1:])
			}
		})
	}
}
