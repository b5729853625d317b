package wire

import (
	"bytes"
	"slices"
)

// AppendFromPlain appends the M or L that plain JSON, an object or array, means:
// a string as S, a number as N, an object as M, an array as L. White space
// between them goes. Strings and numbers stay exactly as they are, escapes too;
// only a lone surrogate that is not escaped becomes an escape, and other bytes
// that are not UTF-8 become U+FFFD. It reports false, and returns dst as it was,
// if text is no such JSON, names a member twice, nests deeper than [MaxDepth] or
// holds a number out of DynamoDB's range.
func AppendFromPlain(dst, text []byte) ([]byte, bool) {
	i := skipSpace(text, 0)
	if i >= len(text) || text[i] != '{' && text[i] != '[' {
		return dst, false
	}
	out, i, ok := appendFromPlain(slices.Grow(dst, 2*len(text)), text, i, 1)
	if !ok || skipSpace(text, i) < len(text) {
		return dst, false
	}
	if _, err := new(Scanner).Value(out[len(dst):]); err != nil {
		return dst, false
	}
	return out, true
}

// appendFromPlain appends the value that the JSON value at b[i] means, which
// stands at the given depth, and returns the index behind it.
func appendFromPlain(dst, b []byte, i, depth int) (out []byte, n int, ok bool) {
	if i >= len(b) || depth > MaxDepth {
		return nil, 0, false
	}
	switch c := b[i]; c {
	case '{':
		return appendObjectFrom(dst, b, i+1, depth)
	case '[':
		return appendArrayFrom(dst, b, i+1, depth)
	case '"':
		dst, n, ok = appendStringFrom(appendType(dst, S), b, i)
		return append(dst, '}'), n, ok
	case 't', 'f':
		n, err := consumeJSON(b, i, depth)
		return AppendBOOL(dst, c == 't'), n, err == nil
	case 'n':
		n, err := consumeJSON(b, i, depth)
		return AppendNULL(dst), n, err == nil
	}
	n, err := consumeJSONNumber(b, i)
	if err != nil || checkNumber(b[i:n], i) != nil {
		return nil, 0, false
	}
	return AppendRaw(dst, N, b[i:n]), n, true
}

func appendObjectFrom(dst, b []byte, i, depth int) (out []byte, n int, ok bool) {
	w := NewMap(dst)
	if i = skipSpace(b, i); i < len(b) && b[i] == '}' {
		return w.Finish(), i + 1, true
	}
	for more := true; more; {
		if i >= len(b) || b[i] != '"' {
			return nil, 0, false
		}
		w.Dst = appendComma(w.Dst)
		if w.Dst, i, ok = appendStringFrom(w.Dst, b, i); !ok {
			return nil, 0, false
		}
		if i = skipSpace(b, i); i >= len(b) || b[i] != ':' {
			return nil, 0, false
		}
		w.Dst = append(w.Dst, ':')
		if w.Dst, i, ok = appendFromPlain(w.Dst, b, skipSpace(b, i+1), depth+1); !ok {
			return nil, 0, false
		}
		var err error
		if i, more, err = consumeSeparator(b, i, '}'); err != nil {
			return nil, 0, false
		}
	}
	return w.Finish(), i, true
}

func appendArrayFrom(dst, b []byte, i, depth int) (out []byte, n int, ok bool) {
	w := NewList(dst)
	if i = skipSpace(b, i); i < len(b) && b[i] == ']' {
		return w.Finish(), i + 1, true
	}
	for more := true; more; {
		w.Next()
		if w.Dst, i, ok = appendFromPlain(w.Dst, b, i, depth+1); !ok {
			return nil, 0, false
		}
		var err error
		if i, more, err = consumeSeparator(b, i, ']'); err != nil {
			return nil, 0, false
		}
	}
	return w.Finish(), i, true
}

// appendStringFrom appends the string at b[i] as it stands, with its quotes, if
// it is UTF-8, and returns the index behind it.
func appendStringFrom(dst, b []byte, i int) (out []byte, n int, ok bool) {
	if end, _, err := consumeString(b, i+1); err == nil {
		return append(dst, b[i:end+1]...), end + 1, true
	}
	end, _ := skipString(b, i+1)
	if end >= len(b) {
		return nil, 0, false
	}
	literal := b[i+1 : end+1]
	readable := bytes.ToValidUTF8(literal, []byte("?"))
	if n, _, err := consumeString(readable, 0); err != nil || n != len(readable)-1 {
		return nil, 0, false
	}
	return AppendQuote(dst, AppendUnquote(nil, literal[:len(literal)-1])), end + 1, true
}

// AppendPlain appends a validated value as plain JSON. A B becomes its base64
// text, a set an array, and a number its normal form where JSON does not take it
// as it is.
func AppendPlain(dst, value []byte) []byte {
	kind, payload := Payload(value)
	switch kind {
	case N:
		_, raw := textOf(value)
		return appendPlainNumber(dst, raw)
	case NULL:
		return append(dst, "null"...)
	case M:
		dst = append(dst, '{')
		for a := range MembersOf(value).All() {
			dst = append(appendComma(dst), a.Quoted().Of(value)...)
			dst = AppendPlain(append(dst, ':'), a.Value.Of(value))
		}
		return append(dst, '}')
	case L:
		dst = append(dst, '[')
		for _, element := range ElementsOf(value).All() {
			dst = AppendPlain(appendComma(dst), element)
		}
		return append(dst, ']')
	case NS:
		dst = append(dst, '[')
		for raw := range StringsOf(value).All() {
			dst = appendPlainNumber(appendComma(dst), raw)
		}
		return append(dst, ']')
	}
	return append(dst, payload...) // a string, true, base64 text, or an array of strings
}

// appendPlainNumber appends a number, raw between the quotes it had.
func appendPlainNumber(dst, raw []byte) []byte {
	text := AppendUnquote(nil, raw)
	if n, err := consumeJSON(text, 0, 0); err != nil || n < len(text) {
		text, _ = AppendNumber(nil, text)
	}
	return append(dst, text...)
}
