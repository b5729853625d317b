package dynsynctest

import (
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// writer builds an answer. Members are written in the order of the calls; the
// comma is put where the byte before asks for one.
type writer struct{ buf []byte }

func (w *writer) separate() {
	if n := len(w.buf); n > 0 && w.buf[n-1] != '{' && w.buf[n-1] != '[' && w.buf[n-1] != ':' {
		w.buf = append(w.buf, ',')
	}
}

func (w *writer) name(name string) {
	w.separate()
	w.buf = append(appendString(w.buf, name), ':')
}

// raw writes an element or a member's value that is JSON already.
func (w *writer) raw(json []byte) {
	w.separate()
	w.buf = append(w.buf, json...)
}

func (w *writer) open(bracket byte)  { w.separate(); w.buf = append(w.buf, bracket) }
func (w *writer) close(bracket byte) { w.buf = append(w.buf, bracket) }

// object writes {…} with the members that body writes.
func (w *writer) object(body func()) {
	w.open('{')
	body()
	w.close('}')
}

// array writes […] with the elements that body writes.
func (w *writer) array(body func()) {
	w.open('[')
	body()
	w.close(']')
}

func (w *writer) string(s string)                { w.separate(); w.buf = appendString(w.buf, s) }
func (w *writer) int(n int64)                    { w.separate(); w.buf = strconv.AppendInt(w.buf, n, 10) }
func (w *writer) float(f float64)                { w.separate(); w.buf = strconv.AppendFloat(w.buf, f, 'f', -1, 64) }
func (w *writer) bool(b bool)                    { w.separate(); w.buf = strconv.AppendBool(w.buf, b) }
func (w *writer) item(i item)                    { w.separate(); w.buf = appendItem(w.buf, i) }
func (w *writer) stringMember(name, s string)    { w.name(name); w.string(s) }
func (w *writer) intMember(name string, n int64) { w.name(name); w.int(n) }
func (w *writer) itemMember(name string, i item) { w.name(name); w.item(i) }

// item is one item, or a key, as the SDK's types hold it.
type item = map[string]types.AttributeValue

// appendItem appends an item with its attributes in the order of their names,
// so that equal items are equal bytes.
func appendItem(dst []byte, i item) []byte {
	dst = append(dst, '{')
	names := slices.AppendSeq(make([]string, 0, len(i)), maps.Keys(i))
	slices.Sort(names)
	for n, name := range names {
		if n > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, name), ':')
		dst = appendValue(dst, i[name])
	}
	return append(dst, '}')
}

func appendValue(dst []byte, v types.AttributeValue) []byte {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		dst = appendString(append(dst, `{"S":`...), v.Value)
	case *types.AttributeValueMemberN:
		dst = appendString(append(dst, `{"N":`...), v.Value)
	case *types.AttributeValueMemberB:
		dst = appendBase64(append(dst, `{"B":`...), v.Value)
	case *types.AttributeValueMemberBOOL:
		dst = strconv.AppendBool(append(dst, `{"BOOL":`...), v.Value)
	case *types.AttributeValueMemberNULL:
		dst = strconv.AppendBool(append(dst, `{"NULL":`...), v.Value)
	case *types.AttributeValueMemberSS:
		dst = appendList(append(dst, `{"SS":`...), v.Value, appendString)
	case *types.AttributeValueMemberNS:
		dst = appendList(append(dst, `{"NS":`...), v.Value, appendString)
	case *types.AttributeValueMemberBS:
		dst = appendList(append(dst, `{"BS":`...), v.Value, appendBase64)
	case *types.AttributeValueMemberL:
		dst = appendList(append(dst, `{"L":`...), v.Value, appendValue)
	case *types.AttributeValueMemberM:
		dst = appendItem(append(dst, `{"M":`...), v.Value)
	}
	return append(dst, '}')
}

func appendList[T any](dst []byte, list []T, element func([]byte, T) []byte) []byte {
	dst = append(dst, '[')
	for i, e := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = element(dst, e)
	}
	return append(dst, ']')
}

func appendBase64(dst, b []byte) []byte {
	dst = base64.StdEncoding.AppendEncode(append(dst, '"'), b)
	return append(dst, '"')
}

const upperHex = "0123456789ABCDEF"

// appendString writes a string as DynamoDB Local does: short escapes where
// there are any, \u00XX upper-case for other controls, characters beyond the
// basic plane as surrogate pairs, and everything else as it is.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		if plain := plainPrefix(s[i:]); plain > 0 {
			dst = append(dst, s[i:i+plain]...)
			i += plain
			continue
		}
		c := s[i]
		if c < utf8.RuneSelf {
			dst = appendASCII(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r >= 0x10000:
			high, low := utf16.EncodeRune(r)
			dst = appendEscape(appendEscape(dst, high), low)
		case r == utf8.RuneError && n == 1:
			r, n = decodeSurrogate(s[i:])
			dst = appendEscape(dst, r)
		default:
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	return append(dst, '"')
}

// plainPrefix counts the ASCII characters at the start of s that stand for
// themselves.
func plainPrefix(s string) int {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return i
		}
	}
	return len(s)
}

// decodeSurrogate reads one half of a surrogate pair as WTF-8 has it. Bytes
// that are not even that become U+FFFD, one at a time.
func decodeSurrogate(s string) (rune, int) {
	if len(s) < 3 || s[0] != 0xED || s[1]&0xE0 != 0xA0 || s[2]&0xC0 != 0x80 {
		return utf8.RuneError, 1
	}
	return 0xD000 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F), 3
}

func appendASCII(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\t':
		return append(dst, '\\', 't')
	case '\n':
		return append(dst, '\\', 'n')
	case '\f':
		return append(dst, '\\', 'f')
	case '\r':
		return append(dst, '\\', 'r')
	}
	if c < ' ' {
		return appendEscape(dst, rune(c))
	}
	return append(dst, c)
}

func appendEscape(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', upperHex[r>>12&15], upperHex[r>>8&15], upperHex[r>>4&15], upperHex[r&15])
}
