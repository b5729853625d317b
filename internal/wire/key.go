package wire

import (
	"bytes"
	"errors"
)

// ErrKeyKind: a value that is no S, N or B cannot be a key.
var ErrKeyKind = errors.New("not of a kind that a key can have")

// AppendKey appends canonical bytes of a validated value of a key attribute: S,
// N or B for its kind, then the decoded string, the number's normal form or the
// bytes. Two values have equal bytes exactly if DynamoDB takes them for the same
// key. The bytes do not tell their own length. The error is [ErrKeyKind] or one
// of [AppendNumber]'s; dst is then returned as it was.
func AppendKey(dst, value []byte) ([]byte, error) {
	kind, raw := textOf(value)
	switch kind {
	case S:
		return AppendUnquote(append(dst, 'S'), raw), nil
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

// appendRawNumber is AppendNumber for text that may have JSON escapes.
func appendRawNumber(dst, raw []byte) ([]byte, error) {
	if bytes.IndexByte(raw, '\\') >= 0 {
		raw = AppendUnquote(make([]byte, 0, len(raw)), raw)
	}
	return AppendNumber(dst, raw)
}
