package wire

import (
	"bytes"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrKeyKind says that a value which is no S, N or B cannot be a key.
var ErrKeyKind = errors.New("not of a kind that a key can have")

// AppendKey appends canonical bytes of a validated value of a key attribute: S,
// N or B for its kind, then the decoded string, the number's normal form or the
// bytes. Two values have equal bytes exactly if DynamoDB takes them for the same
// key. (It does so for any two lone surrogates: a string in a key is stored in
// UTF-8, with '?' in their places, and so it is here.) The bytes do not tell
// their own length. The error is [ErrKeyKind] or one
// of [AppendNumber]'s; dst is then returned as it was.
func AppendKey(dst, value []byte) ([]byte, error) {
	kind, raw := textOf(value)
	switch kind {
	case S:
		return appendKeyText(append(dst, 'S'), raw), nil
	case N:
		key, err := appendRawNumber(append(dst, 'N'), raw)
		if err != nil {
			return dst, err
		}
		return key, nil
	case B:
		return appendBinary(append(dst, 'B'), raw), nil
	}
	return dst, ErrKeyKind
}

// appendKeyText appends the decoded text of raw as UTF-8.
func appendKeyText(dst, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return append(dst, raw...)
		}
		r, n := decodeEscape(raw[i:])
		if utf16.IsSurrogate(r) {
			r = '?'
		}
		dst = utf8.AppendRune(append(dst, raw[:i]...), r)
		raw = raw[i+n:]
	}
}

// appendRawNumber is AppendNumber for text that may have JSON escapes.
func appendRawNumber(dst, raw []byte) ([]byte, error) {
	if bytes.IndexByte(raw, '\\') >= 0 {
		raw = AppendUnquote(make([]byte, 0, len(raw)), raw)
	}
	return AppendNumber(dst, raw)
}
