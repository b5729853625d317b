package wire

import "iter"

// KindOf returns the kind of a validated value object, {"S":…}.
func KindOf(value []byte) Kind {
	kind, _ := valueType(value, 0)
	return kind
}

// Payload returns the kind of a validated value object and the JSON behind the
// type, without white space round it: "x" with its quotes, true, {…} or […].
func Payload(value []byte) (Kind, []byte) {
	kind, i := valueType(value, 0)
	if kind == Invalid {
		return Invalid, nil
	}
	end := len(value)
	for end > i && value[end-1] != '}' {
		end--
	}
	for end--; end > i && isSpace(value[end-1]); end-- {
	}
	return kind, value[i:max(i, end)]
}

// valueType returns the kind of the validated value object at b[i] and the
// index of its payload.
func valueType(b []byte, i int) (kind Kind, payload int) {
	if kind, payload = plainType(b, i); kind != Invalid {
		return kind, payload
	}
	kind, payload, err := consumeType(b, skipSpace(b, i))
	if err != nil {
		return Invalid, len(b)
	}
	return kind, payload
}

// skipBrackets returns the index behind the object or array, validated, at
// b[i].
func skipBrackets(b []byte, i int) int {
	for depth := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i, _ = skipString(b, i+1)
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return i + 1
			}
		}
	}
	return len(b)
}

// skipSeparators returns the index of the first byte from b[i] on that is
// neither white space nor a comma.
func skipSeparators(b []byte, i int) int {
	for i < len(b) && (b[i] == ',' || isSpace(b[i])) {
		i++
	}
	return i
}

// Members iterates over the members of an item or an M. The zero Members has
// none. It allocates nothing.
type Members struct {
	b []byte
	i int
}

// MembersOf returns the members of a validated M, none for a value of another
// kind.
func MembersOf(value []byte) Members {
	if kind, i := valueType(value, 0); kind == M {
		return Members{value, i + 1}
	}
	return Members{}
}

// ItemMembers returns the attributes of a validated item.
func ItemMembers(item []byte) Members {
	return Members{item, skipSpace(item, 0) + 1}
}

// Next returns the next member, and false after the last. Offsets are relative
// to the slice given to [MembersOf] or [ItemMembers].
func (m *Members) Next() (Attr, bool) {
	i := skipSeparators(m.b, m.i)
	if i >= len(m.b) || m.b[i] != '"' {
		m.i = i
		return Attr{}, false
	}
	start := i + 1
	end, escaped := skipString(m.b, start)
	i = skipSpace(m.b, end+1)
	i = skipSpace(m.b, i+1)
	kind, payload := valueType(m.b, i)
	if kind == S || kind == N || kind == B { // most values: no brackets but the last
		m.i, _ = skipString(m.b, payload+1)
		m.i = min(skipSpace(m.b, m.i+1)+1, len(m.b))
	} else {
		m.i = skipBrackets(m.b, i)
	}
	return Attr{
		Name:    Span{uint32(start), uint32(end)},
		Value:   Span{uint32(min(i, m.i)), uint32(m.i)},
		Kind:    kind,
		Escaped: escaped,
	}, true
}

// All ranges over the members that Next has not returned. Offsets are those of
// Next.
func (m Members) All() iter.Seq[Attr] {
	return func(yield func(Attr) bool) {
		for a, ok := m.Next(); ok && yield(a); a, ok = m.Next() {
		}
	}
}

// find goes on to the member with the given name, decoded.
func (m *Members) find(name string) (Attr, bool) {
	for {
		a, ok := m.Next()
		if !ok || EqualName(a.Name.Of(m.b), a.Escaped, name) {
			return a, ok
		}
	}
}

// Elements iterates over the elements of an L. The zero Elements has none. It
// allocates nothing.
type Elements struct {
	b []byte
	i int
}

// ElementsOf returns the elements of a validated L, none for a value of another
// kind.
func ElementsOf(value []byte) Elements {
	if kind, i := valueType(value, 0); kind == L {
		return Elements{value, i + 1}
	}
	return Elements{}
}

// Next returns the next element, a value object, and false after the last. The
// span is relative to the slice given to [ElementsOf].
func (e *Elements) Next() (Span, bool) {
	i := skipSeparators(e.b, e.i)
	if i >= len(e.b) || e.b[i] != '{' {
		e.i = i
		return Span{}, false
	}
	e.i = skipBrackets(e.b, i)
	return Span{uint32(i), uint32(e.i)}, true
}

// All ranges over the elements that Next has not returned, value objects, with
// their indexes counted from there.
func (e Elements) All() iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		i := 0
		for span, ok := e.Next(); ok && yield(i, span.Of(e.b)); span, ok = e.Next() {
			i++
		}
	}
}

// at goes on to the element with the given index, counted from here.
func (e *Elements) at(index int) (Span, bool) {
	for ; index >= 0; index-- {
		span, ok := e.Next()
		if !ok || index == 0 {
			return span, ok
		}
	}
	return Span{}, false
}

// Strings iterates over the members of a set. The zero Strings has none. It
// allocates nothing.
type Strings struct {
	b []byte
	i int
}

// StringsOf returns the members of a validated SS, NS or BS, none for a value of
// another kind.
func StringsOf(value []byte) Strings {
	if kind, i := valueType(value, 0); kind >= SS {
		return Strings{value, i + 1}
	}
	return Strings{}
}

// Next returns the next member, its text between the quotes with its escapes,
// and false after the last. The span is relative to the slice given to
// [StringsOf].
func (e *Strings) Next() (Span, bool) {
	i := skipSeparators(e.b, e.i)
	if i >= len(e.b) || e.b[i] != '"' {
		e.i = i
		return Span{}, false
	}
	end, _ := skipString(e.b, i+1)
	e.i = min(end+1, len(e.b))
	return Span{uint32(i + 1), uint32(end)}, true
}

// All ranges over the members that Next has not returned, the text of each
// between its quotes with its escapes.
func (e Strings) All() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for span, ok := e.Next(); ok && yield(span.Of(e.b)); span, ok = e.Next() {
		}
	}
}
