package wire

import (
	"bytes"
	"unicode/utf8"
)

// MaxItemSize is the most that [ItemSize] may be of an item that DynamoDB
// stores, in bytes.
const MaxItemSize = 409600

// ItemSize returns the size of a validated item as DynamoDB counts it, in bytes:
// names and strings in UTF-8, a lone surrogate as 1; binaries decoded; a number
// 1, and 1 for each pair of digits, and 1 for a minus, 21 at most; a boolean and
// NULL 1; a map or list 3, and 1 for each value in it; a set the sum of its
// members. All of this was measured at the limit of DynamoDB Local, which
// refuses an item of [MaxItemSize] plus 1.
func ItemSize(item []byte) int {
	n, _ := membersSize(item, skipSpace(item, 0)+1, 0, 1)
	return n
}

// ValueSize returns what a validated value object counts for in [ItemSize].
func ValueSize(value []byte) int {
	n, _ := valueSize(value, skipSpace(value, 0), 1)
	return n
}

// membersSize returns the size of the members from b[i] on, each with extra
// bytes added, and the index behind their closing brace. depth, the level of
// their values, bounds the recursion should the text not be a valid item.
func membersSize(b []byte, i, extra, depth int) (size, n int) {
	for {
		i = skipSeparators(b, i)
		if i >= len(b) || b[i] != '"' || depth > MaxDepth {
			return size, i + 1
		}
		end, escaped := skipString(b, i+1)
		size += extra + textSize(b[i+1:end], escaped)
		i = skipSpace(b, end+1)
		i = skipSpace(b, i+1)
		var value int
		value, i = valueSize(b, i, depth)
		size += value
	}
}

func elementsSize(b []byte, i, depth int) (size, n int) {
	for {
		i = skipSeparators(b, i)
		if i >= len(b) || b[i] != '{' || depth > MaxDepth {
			return size, i + 1
		}
		var value int
		value, i = valueSize(b, i, depth)
		size += 1 + value
	}
}

func setSize(b []byte, i int, kind Kind) (size, n int) {
	for {
		i = skipSeparators(b, i)
		if i >= len(b) || b[i] != '"' {
			return size, i + 1
		}
		end, escaped := skipString(b, i+1)
		size += scalarSize(kind, b[i+1:end], escaped)
		i = end + 1
	}
}

// valueSize returns the size of the value at b[i] and the index behind it.
func valueSize(b []byte, i, depth int) (size, n int) {
	kind, payload := valueType(b, i)
	switch kind {
	case S, N, B:
		end, escaped := skipString(b, payload+1)
		size, n = scalarSize(kind, b[min(payload+1, end):end], escaped), end+1
	case M:
		size, n = membersSize(b, payload+1, 1, depth+1)
		size += 3
	case L:
		size, n = elementsSize(b, payload+1, depth+1)
		size += 3
	case SS, NS, BS:
		size, n = setSize(b, payload+1, kind-SS+S)
	default:
		return 1, skipBrackets(b, i)
	}
	return size, skipSpace(b, n) + 1
}

// scalarSize returns the size of an S, N or B, or of a member of a set of such,
// given what is between its quotes.
func scalarSize(kind Kind, raw []byte, escaped bool) int {
	switch kind {
	case N:
		return decimalOf(raw).size()
	case B:
		if escaped {
			raw = AppendUnquote(nil, raw)
		}
		return base64Len(raw)
	}
	return textSize(raw, escaped)
}

// textSize returns the length of the decoded text of raw in UTF-8. A lone
// surrogate, which has no UTF-8, counts as the '?' that Java makes of it.
func textSize(raw []byte, escaped bool) int {
	n := len(raw)
	for escaped {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			break
		}
		r, escape := decodeEscape(raw[i:])
		n -= escape - max(utf8.RuneLen(r), 1)
		raw = raw[i+escape:]
	}
	return n
}
