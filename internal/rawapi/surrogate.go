package rawapi

import (
	"bytes"
	"errors"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// ErrSurrogate reports a string that holds half of a surrogate pair. DynamoDB
// keeps such strings, but the SDK's codec would silently change them to U+FFFD,
// so what would have to go through it is refused. The raw path has no such
// limit.
var ErrSurrogate = errors.New("a string holds a lone surrogate, which the typed path can't carry")

// hasSurrogate reports whether a string anywhere in v (WTF-8, as this package
// decodes strings) holds a lone surrogate.
func hasSurrogate(v types.AttributeValue) bool {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v != nil && !utf8.ValidString(v.Value)
	case *types.AttributeValueMemberSS:
		if v != nil {
			for _, s := range v.Value {
				if !utf8.ValidString(s) {
					return true
				}
			}
		}
	case *types.AttributeValueMemberM:
		return v != nil && mapHasSurrogate(v.Value)
	case *types.AttributeValueMemberL:
		return v != nil && listHasSurrogate(v.Value)
	}
	return false
}

func mapHasSurrogate(m map[string]types.AttributeValue) bool {
	for name, v := range m {
		if !utf8.ValidString(name) || hasSurrogate(v) {
			return true
		}
	}
	return false
}

func listHasSurrogate(l []types.AttributeValue) bool {
	for _, v := range l {
		if hasSurrogate(v) {
			return true
		}
	}
	return false
}

// escapesSurrogate reports whether valid JSON text escapes half of a surrogate
// pair.
func escapesSurrogate(text []byte) bool {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 || i+1 >= len(text) {
			return false
		}
		r, ok := unicodeEscape(text[i:])
		if !ok {
			text = text[i+2:]
			continue
		}
		text = text[i+6:]
		if !utf16.IsSurrogate(r) {
			continue
		}
		low, ok := unicodeEscape(text)
		if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
			return true
		}
		text = text[6:]
	}
}

// unicodeEscape returns the code unit of the \uXXXX that text starts with.
func unicodeEscape(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range text[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
