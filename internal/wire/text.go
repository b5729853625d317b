package wire

import "bytes"

// DecodeText returns the decoded string of a validated S or the text of an N,
// not normalised, and the kind of the value. Of other kinds the text is
// empty. It allocates the string only.
func DecodeText(value []byte) (string, Kind) {
	kind, raw := textOf(value)
	switch {
	case kind != S && kind != N:
		return "", kind
	case bytes.IndexByte(raw, '\\') < 0:
		return string(raw), kind
	}
	return string(AppendUnquote(make([]byte, 0, len(raw)), raw)), kind
}

// AppendText appends the decoded string of a validated S or the text of an N,
// and nothing for other kinds.
func AppendText(dst, value []byte) []byte {
	if kind, raw := textOf(value); kind == S || kind == N {
		return AppendUnquote(dst, raw)
	}
	return dst
}

// AppendBytes appends the bytes of a validated B, decoded from base64, and
// nothing for other kinds.
func AppendBytes(dst, value []byte) []byte {
	if kind, raw := textOf(value); kind == B {
		return appendBinary(dst, raw)
	}
	return dst
}

// BoolOf returns the boolean of a validated BOOL, false for other kinds.
func BoolOf(value []byte) bool {
	kind, payload := Payload(value)
	return kind == BOOL && len(payload) > 0 && payload[0] == 't'
}

// textOf returns the kind of a value and, for S, N and B, what is between the
// quotes of its payload.
func textOf(value []byte) (Kind, []byte) {
	kind, i := valueType(value, 0)
	if kind != S && kind != N && kind != B || i >= len(value) {
		return kind, nil
	}
	end, _ := skipString(value, i+1)
	return kind, value[min(i+1, end):end]
}

// appendBinary appends the bytes that raw stands for, base64 between quotes,
// maybe with escapes: some JSON writers escape '/', '+' or '='.
func appendBinary(dst, raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') >= 0 {
		raw = AppendUnquote(make([]byte, 0, len(raw)), raw)
	}
	return appendBase64(dst, raw)
}
