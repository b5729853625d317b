package wire

import (
	"bytes"
	"encoding/binary"
)

// What stands between the name of a member and its text, but for the letter of its kind.
const (
	textOpens = `":{"?":"`
	kindAt    = 4
	anyKind   = 0xff << (8 * kindAt)
)

var textOpening = binary.LittleEndian.Uint64([]byte(textOpens)) | anyKind

// ofLetter has the kinds of strings, numbers and binaries by their letters.
var ofLetter = [256]Kind{'S': S, 'N': N, 'B': B}

// ExpectedMember returns the text, between its quotes, and the kind of the member behind
// the bracket or comma at b[at], of a validated item, and the index of the comma or bracket
// behind it. The kind is Invalid unless the member has the name, as it is written, and is a
// string, number or binary without white space, and without a quote in its text. That takes
// less time than [Members.Next] for items that mostly have the same names.
func ExpectedMember(b []byte, at int, name string) (text Span, kind Kind, end int) {
	start := at + len(`{"`)
	nameEnd := start + len(name)
	from := nameEnd + len(textOpens)
	if from >= len(b) || b[at+1] != '"' || string(b[start:nameEnd]) != name || load(b, nameEnd)|anyKind != textOpening {
		return Span{}, Invalid, 0
	}
	to := from + bytes.IndexByte(b[from:], '"')
	end = to + len(`"}`)
	if to < from || b[to-1] == '\\' || end >= len(b) || b[end-1] != '}' || b[end] != ',' && b[end] != '}' {
		return Span{}, Invalid, 0
	}
	return Span{uint32(from), uint32(to)}, ofLetter[b[nameEnd+kindAt]], end
}
