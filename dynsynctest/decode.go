package dynsynctest

import (
	"encoding/base64"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// maxJSONDepth bounds the recursion of the decoder, far above what an item
// may nest.
const maxJSONDepth = 10_000

// maxDepth is how deep an attribute value may nest; a scalar has depth 1.
const maxDepth = 32

const errNesting = "Nesting Levels have exceeded supported limits"

// decoder reads JSON. It is written to be obvious rather than fast, and apart
// from the library's own codec, so that the two do not share a mistake.
//
// Strings are WTF-8: an unpaired \ud800 becomes the three bytes ED A0 80,
// which encoding/json would turn into U+FFFD.
type decoder struct {
	data    []byte
	pos     int
	depth   int
	err     *apiError // the first syntax error; everything after it is a no-op
	invalid *apiError // the first attribute value that is JSON, but no value
}

func (d *decoder) fail(reason string) {
	if d.err == nil {
		d.err = serializationError(reason + " at offset " + strconv.Itoa(d.pos))
	}
}

func (d *decoder) failValue(message string) {
	if d.invalid == nil {
		d.invalid = validationError(message)
	}
}

// finish checks that nothing follows, and returns the first error.
func (d *decoder) finish() *apiError {
	if d.space(); d.err == nil && d.pos != len(d.data) {
		d.fail("Unexpected data after the document")
	}
	if d.err != nil {
		return d.err
	}
	return d.invalid
}

func (d *decoder) space() {
	for d.pos < len(d.data) {
		switch d.data[d.pos] {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return
		}
	}
}

// peek returns the next byte that is not white space, 0 at the end.
func (d *decoder) peek() byte {
	if d.err != nil {
		return 0
	}
	d.space()
	if d.pos == len(d.data) {
		return 0
	}
	return d.data[d.pos]
}

// take consumes c if it is next.
func (d *decoder) take(c byte) bool {
	if d.peek() != c {
		return false
	}
	d.pos++
	return true
}

func (d *decoder) word(w string) bool {
	d.peek()
	if d.err != nil || len(d.data)-d.pos < len(w) || string(d.data[d.pos:d.pos+len(w)]) != w {
		return false
	}
	d.pos += len(w)
	return true
}

// null consumes a null, which everywhere means: as if the member were absent.
func (d *decoder) null() bool { return d.peek() == 'n' && d.word("null") }

// object calls member for each member; member consumes the value. Of equal
// names the last one counts, since it is the last one called for.
func (d *decoder) object(member func(name string)) {
	d.nested('{', '}', "Start of structure or map found where not expected", func() {
		name := d.string()
		if !d.take(':') {
			d.fail("Expected ':'")
			return
		}
		member(name)
	})
}

// array calls element for each element, which consumes it.
func (d *decoder) array(element func()) {
	d.nested('[', ']', "Start of list found where not expected", element)
}

func (d *decoder) nested(open, closing byte, otherwise string, each func()) {
	if !d.take(open) {
		d.fail(otherwise)
		return
	}
	if d.depth++; d.depth > maxJSONDepth {
		d.fail("Nested too deeply")
		return
	}
	defer func() { d.depth-- }()
	if d.take(closing) {
		return
	}
	for {
		each()
		if d.take(',') {
			continue
		}
		if !d.take(closing) {
			d.fail("Expected ',' or the end of the structure")
		}
		return
	}
}

// string consumes a JSON string.
func (d *decoder) string() string {
	if !d.take('"') {
		d.fail("Expected a string")
		return ""
	}
	start := d.pos
	for d.pos < len(d.data) {
		switch c := d.data[d.pos]; {
		case c == '"':
			raw := d.data[start:d.pos]
			d.pos++
			return d.text(raw)
		case c == '\\':
			return d.escaped(start)
		case c < ' ':
			d.fail("Unescaped control character")
			return ""
		}
		d.pos++
	}
	d.fail("Unterminated string")
	return ""
}

func (d *decoder) text(raw []byte) string {
	if !utf8.Valid(raw) {
		d.fail("Invalid UTF-8")
		return ""
	}
	return string(raw)
}

// escaped finishes a string that starts at start and has its first backslash
// at d.pos.
func (d *decoder) escaped(start int) string {
	out := append([]byte(nil), d.text(d.data[start:d.pos])...)
	for d.err == nil && d.pos < len(d.data) {
		switch c := d.data[d.pos]; {
		case c == '"':
			d.pos++
			return string(out)
		case c == '\\':
			out = d.escape(out)
		case c < ' ':
			d.fail("Unescaped control character")
		case c < utf8.RuneSelf:
			out = append(out, c)
			d.pos++
		default:
			r, n := utf8.DecodeRune(d.data[d.pos:])
			if r == utf8.RuneError && n == 1 {
				d.fail("Invalid UTF-8")
				return ""
			}
			out = append(out, d.data[d.pos:d.pos+n]...)
			d.pos += n
		}
	}
	d.fail("Unterminated string")
	return ""
}

const (
	shortEscapes = `"\/bfnrt`
	shortMeaning = "\"\\/\b\f\n\r\t"
)

func (d *decoder) escape(out []byte) []byte {
	if d.pos+1 < len(d.data) {
		for i := range len(shortEscapes) {
			if d.data[d.pos+1] == shortEscapes[i] {
				d.pos += 2
				return append(out, shortMeaning[i])
			}
		}
	}
	r, ok := d.unicodeEscape(d.pos)
	if !ok {
		d.fail("Invalid escape")
		return out
	}
	d.pos += 6
	if utf16.IsSurrogate(r) {
		if low, ok := d.unicodeEscape(d.pos); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				d.pos += 6
				return utf8.AppendRune(out, pair)
			}
		}
		return append(out, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(out, r)
}

// unicodeEscape reads the \uXXXX at pos.
func (d *decoder) unicodeEscape(pos int) (rune, bool) {
	if pos+6 > len(d.data) || d.data[pos] != '\\' || d.data[pos+1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(d.data[pos+2:pos+6]), 16, 16)
	return rune(n), err == nil
}

func (d *decoder) bool() bool {
	switch d.peek() {
	case 't':
		if d.word("true") {
			return true
		}
	case 'f':
		if d.word("false") {
			return false
		}
	}
	d.fail("Expected a boolean")
	return false
}

// int consumes a whole number of 32 bits, as Limit and Segment are.
func (d *decoder) int() int64 { return d.integer(32) }

// long consumes a whole number of 64 bits.
func (d *decoder) long() int64 { return d.integer(64) }

func (d *decoder) integer(bits int) int64 {
	n, err := strconv.ParseInt(d.numberText(), 10, bits)
	if err != nil {
		d.fail("Expected an integer")
	}
	return n
}

func (d *decoder) numberText() string {
	d.peek()
	start := d.pos
	for d.err == nil && d.pos < len(d.data) {
		switch c := d.data[d.pos]; {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
			d.pos++
			continue
		}
		break
	}
	text := string(d.data[start:d.pos])
	if !isJSONNumber(text) {
		d.fail("Unexpected token")
	}
	return text
}

// isJSONNumber reports whether text follows JSON's grammar for numbers:
// -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
func isJSONNumber(s string) bool {
	if s != "" && s[0] == '-' {
		s = s[1:]
	}
	whole := digitsOf(s)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return false
	}
	s = s[len(whole):]
	if s != "" && s[0] == '.' {
		fraction := digitsOf(s[1:])
		if fraction == "" {
			return false
		}
		s = s[1+len(fraction):]
	}
	if s == "" {
		return true
	}
	_, ok := scanExponent(s)
	return ok
}

// skip consumes any value.
func (d *decoder) skip() {
	switch c := d.peek(); c {
	case '{':
		d.object(func(string) { d.skip() })
	case '[':
		d.array(d.skip)
	case '"':
		d.string()
	case 't', 'f':
		d.bool()
	case 'n':
		if !d.null() {
			d.fail("Unexpected token")
		}
	default:
		d.numberText()
	}
}

// item consumes an object of attribute values.
func (d *decoder) item() map[string]types.AttributeValue {
	return d.attributes(1)
}

func (d *decoder) attributes(depth int) map[string]types.AttributeValue {
	m := make(map[string]types.AttributeValue)
	d.object(func(name string) { m[name] = d.value(depth) })
	return m
}

// value consumes one attribute value, {"S":"…"}. It checks form only; what
// DynamoDB refuses in a value is the validator's business.
func (d *decoder) value(depth int) types.AttributeValue {
	var v types.AttributeValue
	first := ""
	d.object(func(kind string) {
		if d.null() {
			return
		}
		u := d.typed(kind, depth)
		switch {
		case u == nil:
		case first != "" && first != kind:
			d.failValue("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
		default:
			first, v = kind, u
		}
	})
	if first == "" {
		d.failValue("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	}
	return v
}

// typed consumes what stands after a type letter, nil for an unknown one.
func (d *decoder) typed(kind string, depth int) types.AttributeValue {
	switch kind {
	case "S":
		return &types.AttributeValueMemberS{Value: d.string()}
	case "N":
		return &types.AttributeValueMemberN{Value: d.string()}
	case "B":
		return &types.AttributeValueMemberB{Value: d.bytes()}
	case "BOOL":
		return &types.AttributeValueMemberBOOL{Value: d.bool()}
	case "NULL":
		return &types.AttributeValueMemberNULL{Value: d.bool()}
	case "SS":
		return &types.AttributeValueMemberSS{Value: d.strings()}
	case "NS":
		return &types.AttributeValueMemberNS{Value: d.strings()}
	case "BS":
		set := [][]byte{}
		d.array(func() { set = append(set, d.bytes()) })
		return &types.AttributeValueMemberBS{Value: set}
	case "M", "L":
		return d.container(kind, depth)
	}
	d.skip()
	return nil
}

// container consumes a map or a list. Even an empty one needs a level below it.
func (d *decoder) container(kind string, depth int) types.AttributeValue {
	if depth == maxDepth {
		d.failValue(errNesting)
		d.skip()
		return nil
	}
	if kind == "M" {
		return &types.AttributeValueMemberM{Value: d.attributes(depth + 1)}
	}
	list := []types.AttributeValue{}
	d.array(func() { list = append(list, d.value(depth+1)) })
	return &types.AttributeValueMemberL{Value: list}
}

func (d *decoder) strings() []string {
	list := []string{}
	d.array(func() { list = append(list, d.string()) })
	return list
}

func (d *decoder) bytes() []byte {
	b, err := base64.StdEncoding.Strict().DecodeString(d.string())
	if err != nil {
		d.fail("Invalid base64")
	}
	return b
}

// decodeItem reads back an item the server encoded itself.
func decodeItem(json []byte) map[string]types.AttributeValue {
	d := decoder{data: json}
	return d.item()
}

// decodeNamed is decodeItem for some of the attributes.
func decodeNamed(json []byte, names []string) map[string]types.AttributeValue {
	d := decoder{data: json}
	m := make(map[string]types.AttributeValue, len(names))
	d.object(func(name string) {
		if slices.Contains(names, name) {
			m[name] = d.value(1)
		} else {
			d.skip()
		}
	})
	return m
}
