package wire

// MaxDepth is how deep DynamoDB nests values: an attribute's value is at level
// 1, the members of its maps and the elements of its lists at level 2. At the
// last level only scalars and sets may stand, not even an empty map or list. So
// 31 maps or lists may stand round a scalar.
const MaxDepth = 32

// A Scanner validates DynamoDB JSON. It holds scratch memory and no state, so
// one Scanner serves any texts in turn. The zero Scanner is ready; it must not
// be used from two goroutines at once.
//
// What a Scanner accepts is JSON and UTF-8, holds no object with two members of
// one name (compared decoded: "\u0045mail" is "Email"), and each value in it is
// an object of one type letter with a payload of that type: a string for S; the
// text of a number, in a string, for N; padded standard base64 for B; true or
// false for BOOL; true for NULL; an object of values for M; an array of values
// for L; an array of such strings for SS, NS and BS. A set may be empty, may
// hold equal members, and a number may be out of DynamoDB's range: to copy such
// a value is fine, and [CheckValue] refuses to have it made.
//
// JSON's white space may stand wherever JSON allows it.
type Scanner struct {
	names   nameSet
	text    []byte   // a payload without its escapes
	framing []uint64 // open brackets of a value that is only framed, a bit each

	sawItems bool // the page at hand has had its member Items
}

// Index validates one item and appends its top-level attributes to dst, their
// offsets relative to item. White space may stand around the item. The error is
// a [*SyntaxError]; dst is then returned as it was. Nesting over [MaxDepth] is
// [ErrDepth], a name that stands twice [ErrDuplicate].
func (s *Scanner) Index(dst []Attr, item []byte) ([]Attr, error) {
	if err := checkLen(uint64(len(item))); err != nil {
		return dst, err
	}
	s.names.reset(false)
	attrs, i, err := s.consumeItem(dst, item, skipSpace(item, 0))
	if err != nil {
		return dst, err
	}
	if i = skipSpace(item, i); i < len(item) {
		return dst, errorAt(item, i, "text after the item")
	}
	return attrs, nil
}

// Value validates one attribute value, as [Scanner.Index] validates those of an
// item, and returns its kind.
func (s *Scanner) Value(value []byte) (Kind, error) {
	if err := checkLen(uint64(len(value))); err != nil {
		return Invalid, err
	}
	s.names.reset(false)
	i, kind, err := s.consumeValue(value, skipSpace(value, 0), 1)
	if err != nil {
		return Invalid, err
	}
	if i = skipSpace(value, i); i < len(value) {
		return Invalid, errorAt(value, i, "text after the value")
	}
	return kind, nil
}

// consumeItem validates the item at b[i]. If there is an error, dst is returned
// with attributes of that item appended.
func (s *Scanner) consumeItem(dst []Attr, b []byte, i int) ([]Attr, int, error) {
	if i >= len(b) || b[i] != '{' {
		return dst, 0, errorAt(b, i, "expected an item, an object")
	}
	base := len(s.names.stack)
	dst, i, err := s.consumeMembers(dst, b, i+1, 1)
	s.names.stack = s.names.stack[:base]
	return dst, i, err
}

// consumeMembers validates the members of an item or an M, from behind the
// opening brace, and returns the index behind the closing one. depth is the
// level of the members' values. At level 1 the members are appended to dst.
func (s *Scanner) consumeMembers(dst []Attr, b []byte, i, depth int) ([]Attr, int, error) {
	if i = skipSpace(b, i); i < len(b) && b[i] == '}' {
		return dst, i + 1, nil
	}
	var o object
	s.names.open(&o, b, i, depth)
	for more := true; more; {
		name, n := o.follow(b, i)
		if name == nil {
			var err error
			if name, n, err = s.consumeMemberName(b, i, &o); err != nil {
				return dst, 0, err
			}
		}
		end, kind := consumePlainValue(b, n)
		if kind == Invalid {
			var err error
			if end, kind, err = s.consumeValue(b, n, depth); err != nil {
				return dst, 0, err
			}
		}
		if depth == 1 {
			dst = append(dst, Attr{
				Name:    Span{uint32(i + 1), uint32(i + 1 + name.Len())},
				Value:   Span{uint32(n), uint32(end)},
				Kind:    kind,
				Escaped: name.escaped,
			})
		}
		if len(b)-end >= 2 && b[end] == ',' && b[end+1] > ' ' {
			i = end + 1
			continue
		}
		var err error
		if i, more, err = consumeSeparator(b, end, '}'); err != nil {
			return dst, 0, err
		}
	}
	if at := s.names.pop(b, &o); at >= 0 {
		return dst, 0, causeAt(at, ErrDuplicate)
	}
	return dst, i, nil
}

// consumeMemberName consumes the name of a member of o and the colon. It returns
// the name, maybe as it stood in another object, and the index of the member's
// value.
func (s *Scanner) consumeMemberName(b []byte, i int, o *object) (h *name, n int, err error) {
	if h, n := s.names.find(b, i, o); h != nil {
		return h, skipSpace(b, n), nil
	}
	span, escaped, n, err := consumeName(b, i)
	if err != nil {
		return nil, 0, err
	}
	if !s.names.push(b, o, name{Span: span, value: uint32(n), escaped: escaped}) {
		return nil, 0, causeAt(int(span.Start), ErrDuplicate)
	}
	return &s.names.stack[len(s.names.stack)-1], n, nil
}

// consumeName consumes the name of a member and the colon, and returns the index
// of the member's value.
func consumeName(b []byte, i int) (name Span, escaped bool, n int, err error) {
	if i >= len(b) || b[i] != '"' {
		return Span{}, false, 0, errorAt(b, i, "expected a member name")
	}
	end, escaped, err := consumeString(b, i+1)
	if err != nil {
		return Span{}, false, 0, err
	}
	name = Span{uint32(i + 1), uint32(end)}
	if i = skipSpace(b, end+1); i >= len(b) || b[i] != ':' {
		return Span{}, false, 0, errorAt(b, i, "expected ':'")
	}
	return name, escaped, skipSpace(b, i+1), nil
}

// consumeSeparator consumes the comma between two members or elements with the
// white space round it, or the closing bracket of the container.
func consumeSeparator(b []byte, i int, closing byte) (n int, more bool, err error) {
	i = skipSpace(b, i)
	switch {
	case i < len(b) && b[i] == ',':
		return skipSpace(b, i+1), true, nil
	case i < len(b) && b[i] == closing:
		return i + 1, false, nil
	case closing == '}':
		return 0, false, errorAt(b, i, "expected ',' or '}'")
	}
	return 0, false, errorAt(b, i, "expected ',' or ']'")
}

// skipSpace returns the index of the first byte from b[i] on that is not white
// space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && isSpace(b[i]) {
		i++
	}
	return i
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }
