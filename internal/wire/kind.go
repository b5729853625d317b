package wire

// A Kind is the type of an attribute value. The zero Kind is Invalid.
type Kind uint8

// The kinds, named as DynamoDB names them.
const (
	Invalid Kind = iota
	S            // string
	N            // number
	B            // binary
	BOOL         // boolean
	NULL         // null
	M            // map
	L            // list
	SS           // string set
	NS           // number set
	BS           // binary set
)

var kindNames = [...]string{"invalid", "S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"}

// String returns DynamoDB's name of the kind, "S" to "BS", or "invalid".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[Invalid]
}

// kindNamed returns the kind with the given name, which still has its escapes.
func kindNamed(raw []byte, escaped bool) Kind {
	if escaped {
		const longest = len("BOOL") * len(`\u0000`)
		if len(raw) > longest {
			return Invalid
		}
		var buf [longest]byte
		raw = AppendUnquote(buf[:0], raw)
	}
	switch string(raw) {
	case "S":
		return S
	case "N":
		return N
	case "B":
		return B
	case "BOOL":
		return BOOL
	case "NULL":
		return NULL
	case "M":
		return M
	case "L":
		return L
	case "SS":
		return SS
	case "NS":
		return NS
	case "BS":
		return BS
	}
	return Invalid
}

// Element returns the kind of the members of a set.
func (k Kind) Element() (elem Kind, isSet bool) {
	switch k {
	case SS:
		return S, true
	case NS:
		return N, true
	case BS:
		return B, true
	}
	return 0, false
}

// IsContainer reports whether values of the kind are maps or lists.
func (k Kind) IsContainer() bool { return k == M || k == L }

// A Span is the half-open range [Start, End) of bytes in the slice it was made
// from.
type Span struct{ Start, End uint32 }

// Len returns the number of bytes in the span.
func (s Span) Len() int { return int(s.End) - int(s.Start) }

// Of returns the bytes of the span in b, the slice it was made from.
func (s Span) Of(b []byte) []byte { return b[s.Start:s.End] }

// Shift returns the span moved by that many bytes.
func (s Span) Shift(by uint32) Span { return Span{s.Start + by, s.End + by} }

// An Attr is one member of an item or of an M: a name and an attribute value.
// The member's text runs from Name.Start-1, its opening quote, to Value.End.
type Attr struct {
	Name    Span // between the quotes, escapes still in it
	Value   Span // the whole value object, {"S":…}
	Kind    Kind
	Escaped bool // a backslash stands in Name
}

// NameIn returns the member's name, decoded. src is the slice that the member stands in.
func (a Attr) NameIn(src []byte) string {
	if !a.Escaped {
		return string(a.Name.Of(src))
	}
	return string(AppendUnquote(nil, a.Name.Of(src)))
}

// Quoted returns the member's name with its quotes.
func (a Attr) Quoted() Span { return Span{a.Name.Start - 1, a.Name.End + 1} }

// Whole returns the member's text, from the opening quote of its name to the end of its
// value.
func (a Attr) Whole() Span { return Span{a.Name.Start - 1, a.Value.End} }

// Within returns the attribute as it stands in a slice that begins where outer does.
func (a Attr) Within(outer Span) Attr {
	a.Name = Span{a.Name.Start - outer.Start, a.Name.End - outer.Start}
	a.Value = Span{a.Value.Start - outer.Start, a.Value.End - outer.Start}
	return a
}
