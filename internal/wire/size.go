package wire

import (
	"bytes"
	"unicode/utf8"
)

// MaxItemSize is the most that [ItemSize] may be of an item that DynamoDB
// stores, in bytes.
const MaxItemSize = 409600

// ItemSize returns the size of a validated item as DynamoDB counts it, in bytes:
// names and strings in UTF-8; binaries decoded; a number 1, and 1 for every two
// significant digits on either side of its point, and 1 for a minus; a boolean
// and NULL 1; a map or list 3, and 1 for each value in it; a set the sum of its
// members.
func ItemSize(item []byte) int {
	n := 0
	for members := ItemMembers(item); ; {
		a, ok := members.Next()
		if !ok {
			return n
		}
		n += textSize(a.Name.Of(item)) + valueSize(item, int(a.Value.Start))
	}
}

// valueSize returns the size of the value at b[i].
func valueSize(b []byte, i int) int {
	kind, payload := valueType(b, i)
	switch kind {
	case S, N, B:
		end, _ := skipString(b, payload+1)
		return scalarSize(kind, b[payload+1:end])
	case M:
		n := 3
		for members := (Members{b, payload + 1}); ; {
			a, ok := members.Next()
			if !ok {
				return n
			}
			n += 1 + textSize(a.Name.Of(b)) + valueSize(b, int(a.Value.Start))
		}
	case L:
		n := 3
		for elements := (Elements{b, payload + 1}); ; {
			span, ok := elements.Next()
			if !ok {
				return n
			}
			n += 1 + valueSize(b, int(span.Start))
		}
	case SS, NS, BS:
		n := 0
		for members := (Strings{b, payload + 1}); ; {
			span, ok := members.Next()
			if !ok {
				return n
			}
			n += scalarSize(kind-SS+S, span.Of(b))
		}
	}
	return 1
}

// scalarSize returns the size of an S, N or B, or of a member of a set of such,
// given what is between its quotes.
func scalarSize(kind Kind, raw []byte) int {
	switch kind {
	case N:
		return decimalOf(raw).size()
	case B:
		if bytes.IndexByte(raw, '\\') >= 0 {
			raw = AppendUnquote(nil, raw)
		}
		return base64Len(raw)
	}
	return textSize(raw)
}

// textSize returns the length of the decoded text of raw in UTF-8.
func textSize(raw []byte) int {
	n := len(raw)
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return n
		}
		r, escape := decodeEscape(raw[i:])
		n -= escape - runeLen(r)
		raw = raw[i+escape:]
	}
}

// runeLen is the length of what appendRune appends.
func runeLen(r rune) int {
	if n := utf8.RuneLen(r); n > 0 {
		return n
	}
	return 3
}
