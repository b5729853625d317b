package wire

// A Page is a response split into its items. It refers to the body it was made
// from. A Page may be used for one response after another: its slices are
// truncated and filled again.
type Page struct {
	Body  []byte
	Items []Item
	Attrs []Attr // of all items; offsets relative to Body
	Meta  []byte // a JSON object of every member of the response but Items, as they stood there
}

// An Item is one element of a Page.
type Item struct {
	Span            // in Page.Body
	First, N uint32 // its attributes are Page.Attrs[First:First+N]
	Err      error  // a *SyntaxError if this is not a valid item: it has no attributes, and only its extent is known
}

// Item returns the text of item i.
func (p *Page) Item(i int) []byte { return p.Items[i].Of(p.Body) }

// ItemAttrs returns the attributes of item i. Their offsets are relative to
// p.Body.
func (p *Page) ItemAttrs(i int) []Attr {
	it := p.Items[i]
	return p.Attrs[it.First : it.First+it.N : it.First+it.N]
}

func (p *Page) reset(body []byte) {
	*p = Page{Body: body, Items: p.Items[:0], Attrs: p.Attrs[:0], Meta: p.Meta[:0]}
}

// maxMetaDepth bounds the nesting of what is not an item. LastEvaluatedKey and
// ConsumedCapacity, the deepest there are, take four levels.
const maxMetaDepth = 64

// Page splits the body of a response, an object whose member Items is an array
// of items; a body without it is not DynamoDB's. It fills p, which refers to
// body from then on. Each item is validated and indexed as by [Scanner.Index]
// while it is passed. The offsets in errors are relative to body.
//
// An item that is not valid gets its Err, and the scan goes on behind it, as
// long as its strings end and its brackets match, so that it is certain where
// that is. However deep such an item is nested, that takes one more walk over
// it and no stack. Where the extent of an item is not certain, and where the
// body itself is broken or truncated, the whole page is refused: the error is a
// [*SyntaxError], [io.ErrUnexpectedEOF] if the body ended too soon, and p holds
// no items.
func (s *Scanner) Page(p *Page, body []byte) error {
	p.reset(body)
	err := checkLen(uint64(len(body)))
	if err == nil {
		err = s.consumePage(p, body)
	}
	if err != nil {
		p.reset(body)
	}
	return err
}

func (s *Scanner) consumePage(p *Page, b []byte) (err error) {
	i := skipSpace(b, 0)
	if i >= len(b) || b[i] != '{' {
		return errorAt(b, i, "expected a response, an object")
	}
	s.names.reset(true)
	var o object
	p.Meta = append(p.Meta, '{')
	s.sawItems = false
	if i = skipSpace(b, i+1); i < len(b) && b[i] == '}' {
		i++
	} else {
		for more := true; more; {
			if i, err = s.consumePageMember(p, b, i, &o); err != nil {
				return err
			}
			if i, more, err = consumeSeparator(b, i, '}'); err != nil {
				return err
			}
		}
	}
	p.Meta = append(p.Meta, '}')
	if at := s.names.pop(b, &o); at >= 0 {
		return causeAt(at, ErrDuplicate)
	}
	if i = skipSpace(b, i); i < len(b) {
		return errorAt(b, i, "text after the response")
	}
	if !s.sawItems {
		return &SyntaxError{Offset: i, Reason: "the response has no Items"}
	}
	return nil
}

func (s *Scanner) consumePageMember(p *Page, b []byte, i int, o *object) (n int, err error) {
	start := i
	span, escaped, i, err := consumeName(b, i)
	if err != nil {
		return 0, err
	}
	if !s.names.push(b, o, name{Span: span, escaped: escaped}) {
		return 0, causeAt(int(span.Start), ErrDuplicate)
	}
	if EqualName(span.Of(b), escaped, "Items") {
		s.sawItems = true
		return s.consumeItems(p, b, i)
	}
	if n, err = consumeJSON(b, i, 1); err != nil {
		return 0, err
	}
	if len(p.Meta) > 1 {
		p.Meta = append(p.Meta, ',')
	}
	p.Meta = append(p.Meta, b[start:n]...)
	return n, nil
}

// consumeItems splits the array of items at b[i].
func (s *Scanner) consumeItems(p *Page, b []byte, i int) (n int, err error) {
	if i >= len(b) || b[i] != '[' {
		return 0, errorAt(b, i, "expected an array of items")
	}
	if i = skipSpace(b, i+1); i < len(b) && b[i] == ']' {
		return i + 1, nil
	}
	for more := true; more; {
		start, firstAttr := i, len(p.Attrs)
		p.Attrs, i, err = s.consumeItem(p.Attrs, b, i)
		if err != nil {
			p.Attrs = p.Attrs[:firstAttr]
			var ok bool
			if i, ok = s.frame(b, start); !ok {
				if i >= len(b) {
					err = errorAt(b, i, "")
				}
				return 0, err
			}
		}
		p.Items = append(p.Items, Item{
			Span:  Span{uint32(start), uint32(i)},
			First: uint32(firstAttr),
			N:     uint32(len(p.Attrs) - firstAttr),
			Err:   err,
		})
		if i, more, err = consumeSeparator(b, i, ']'); err != nil {
			return 0, err
		}
	}
	return i, nil
}

// frame finds the end of the element at b[i], which need not be valid JSON: it
// is enough that its strings end and its brackets match. Where they don't, i is
// where that was seen, len(b) if b was at its end.
func (s *Scanner) frame(b []byte, i int) (n int, ok bool) {
	for depth := 0; i < len(b); {
		switch c := b[i]; c {
		case '"':
			if i, _ = skipString(b, i+1); i >= len(b) {
				return len(b), false
			}
			i++
		case '{', '[':
			s.setBracket(depth, c == '{')
			depth++
			i++
		case '}', ']':
			if depth == 0 || s.bracket(depth-1) != (c == '}') {
				return i, false
			}
			depth--
			i++
		default:
			if depth == 0 {
				n = skipWord(b, i)
				return n, n > i
			}
			i++
		}
		if depth == 0 {
			return i, true
		}
	}
	return len(b), false
}

// skipWord returns the index of the first byte from b[i] on that cannot be part
// of a number or a literal.
func skipWord(b []byte, i int) int {
	for i < len(b) && (b[i]-'0' <= 9 || b[i]|0x20 >= 'a' && b[i]|0x20 <= 'z' || b[i] == '+' || b[i] == '-' || b[i] == '.') {
		i++
	}
	return i
}

func (s *Scanner) setBracket(depth int, brace bool) {
	word, bit := depth/64, uint64(1)<<(depth%64)
	if word == len(s.framing) {
		s.framing = append(s.framing, 0)
	}
	s.framing[word] &^= bit
	if brace {
		s.framing[word] |= bit
	}
}

func (s *Scanner) bracket(depth int) bool {
	return s.framing[depth/64]>>(depth%64)&1 != 0
}
