package wire

// A Step leads from an item, an M or an L to a value in it.
type Step struct {
	Name  string // of a member, decoded
	Index int    // of an element, from 0
	Elem  bool   // Index counts, not Name
}

// Find returns the span of the value object at path in a validated item, and
// whether there is one. An empty path leads nowhere. Find allocates nothing.
func Find(item []byte, path []Step) (Span, bool) {
	p, ok := find(item, path)
	return p.value, ok
}

// A place is where in an item a value is.
type place struct {
	start uint32 // of the member or element: its opening quote or brace
	value Span
}

func find(item []byte, path []Step) (p place, ok bool) {
	kind, open := M, skipSpace(item, 0)
	for _, step := range path {
		switch {
		case !step.Elem && kind == M:
			members := Members{item, open + 1}
			a, ok := members.find(step.Name)
			if !ok {
				return place{}, false
			}
			p = place{a.Name.Start - 1, a.Value}
		case step.Elem && kind == L:
			elements := Elements{item, open + 1}
			span, ok := elements.at(step.Index)
			if !ok {
				return place{}, false
			}
			p = place{span.Start, span}
		default:
			return place{}, false
		}
		kind, open = valueType(item, int(p.value.Start))
	}
	return p, len(path) > 0
}

// AppendReplaced appends a copy of a validated item with value, a value object,
// at path. What else is in the item is copied byte for byte. A missing member
// of an item or M that is there is added behind the others. It reports false,
// and returns dst as it was, if there is no such place: a part of the path is
// missing, or is not of the kind that has members or elements, or the name to
// be added is not WTF-8.
func AppendReplaced(dst, item []byte, path []Step, value []byte) ([]byte, bool) {
	if p, ok := find(item, path); ok {
		e := NewEditor(dst, item)
		e.Replace(p.value, value)
		return e.Finish(), true
	}
	open, ok := parentMap(item, path)
	if !ok {
		return dst, false
	}
	name := path[len(path)-1].Name
	e := NewEditor(dst, item)
	e.AddMember(uint32(skipBrackets(item, open) - 1))
	start := len(e.Dst) + 1
	e.Dst = AppendQuote(e.Dst, name)
	if !EqualName(e.Dst[start:len(e.Dst)-1], true, name) {
		return dst, false
	}
	e.Dst = append(e.Dst, ':')
	e.Dst = append(e.Dst, value...)
	return e.Finish(), true
}

// parentMap returns the index of the opening brace of the item or M that the
// last step of path asks for a member.
func parentMap(item []byte, path []Step) (open int, ok bool) {
	last := len(path) - 1
	if last < 0 || path[last].Elem {
		return 0, false
	}
	if last == 0 {
		return skipSpace(item, 0), true
	}
	p, ok := find(item, path[:last])
	if !ok {
		return 0, false
	}
	kind, open := valueType(item, int(p.value.Start))
	return open, kind == M
}

// AppendRemoved appends a copy of a validated item without the member or
// element at path; the elements behind that move up. It reports false, and
// returns dst as it was, if there is none.
func AppendRemoved(dst, item []byte, path []Step) ([]byte, bool) {
	p, ok := find(item, path)
	if !ok {
		return dst, false
	}
	e := NewEditor(dst, item)
	e.RemoveMember(p.start, p.value.End)
	return e.Finish(), true
}
