package wire

import "encoding/binary"

// The starts of values as DynamoDB writes them: {"S": and so on, as the low
// bytes of a word. The mask leaves out the letter and what follows the colon, or,
// of a quoted payload, what follows its opening quote.
const (
	letterMask = 0x0000FFFF00FFFF
	letterText = '{' | '"'<<8 | '"'<<24 | ':'<<32

	quotedMask = letterMask | 0xFF<<40
	quotedText = letterText | '"'<<40

	pairMask = 0xFFFF0000FFFF
	pairText = '{' | '"'<<8 | '"'<<32 | ':'<<40

	boolText = '{' | '"'<<8 | 'B'<<16 | 'O'<<24 | 'O'<<32 | 'L'<<40 | '"'<<48 | ':'<<56
	nullText = '{' | '"'<<8 | 'N'<<16 | 'U'<<24 | 'L'<<32 | 'L'<<40 | '"'<<48 | ':'<<56

	// The ends of values.
	quotedEnd = '"' | '}'<<8
	trueEnd   = 't' | 'r'<<8 | 'u'<<16 | 'e'<<24 | '}'<<32
	trueMask  = 1<<40 - 1
	falseEnd  = 'f' | 'a'<<8 | 'l'<<16 | 's'<<24 | 'e'<<32 | '}'<<40
	falseMask = 1<<48 - 1
)

// plainType returns the kind of the value at b[i] and the index of its payload
// if there is neither white space nor an escape up to there, and Invalid for
// anything else.
func plainType(b []byte, i int) (kind Kind, payload int) {
	if len(b)-i < len(`{"S":""}`) {
		return Invalid, 0
	}
	v := load(b, i)
	switch {
	case v&letterMask == letterText:
		kind, payload = letterKind[byte(v>>16)], i+len(`{"S":`)
	case v&pairMask == pairText && byte(v>>24) == 'S':
		kind, payload = pairKind(byte(v>>16)), i+len(`{"SS":`)
	case v == boolText:
		kind, payload = BOOL, i+len(`{"BOOL":`)
	case v == nullText:
		kind, payload = NULL, i+len(`{"NULL":`)
	default:
		return Invalid, 0
	}
	if payload >= len(b) || b[payload] <= ' ' {
		return Invalid, 0
	}
	return kind, payload
}

var letterKind = [256]Kind{'S': S, 'N': N, 'B': B, 'M': M, 'L': L}

func pairKind(c byte) Kind {
	switch c {
	case 'S':
		return SS
	case 'N':
		return NS
	case 'B':
		return BS
	}
	return Invalid
}

// consumeType consumes the opening brace of a value, its type and the colon,
// and returns the kind and the index of the payload.
func consumeType(b []byte, i int) (kind Kind, payload int, err error) {
	if i >= len(b) || b[i] != '{' {
		return Invalid, 0, errorAt(b, i, "expected a value, an object")
	}
	i = skipSpace(b, i+1)
	if i >= len(b) || b[i] != '"' {
		return Invalid, 0, errorAt(b, i, "expected the type of a value")
	}
	start := i + 1
	end, escaped, err := consumeString(b, start)
	if err != nil {
		return Invalid, 0, err
	}
	if kind = kindNamed(b[start:end], escaped); kind == Invalid {
		return Invalid, 0, errorAt(b, start, "not a type of DynamoDB")
	}
	if i = skipSpace(b, end+1); i >= len(b) || b[i] != ':' {
		return Invalid, 0, errorAt(b, i, "expected ':'")
	}
	return kind, skipSpace(b, i+1), nil
}

// consumeValue validates the value object at b[i], which is at the given level
// of nesting, and returns the index behind it.
func (s *Scanner) consumeValue(b []byte, i, depth int) (n int, kind Kind, err error) {
	kind, payload := plainType(b, i)
	if kind == Invalid {
		if kind, payload, err = consumeType(b, i); err != nil {
			return 0, Invalid, err
		}
	}
	if (kind == M || kind == L) && depth >= MaxDepth {
		err = causeAt(i, ErrDepth)
	} else {
		i, err = s.consumePayload(b, payload, kind, depth)
	}
	if err != nil {
		return 0, Invalid, err
	}
	if i = skipSpace(b, i); i >= len(b) || b[i] != '}' {
		return 0, Invalid, errorAt(b, i, "expected '}' after the only member of a value")
	}
	return i + 1, kind, nil
}

// consumePlainValue consumes the value at b[i] if it is a scalar written as
// DynamoDB writes it: without white space, the number without sign plus and
// exponent. It answers Invalid for anything else, valid or not.
func consumePlainValue(b []byte, i int) (n int, kind Kind) {
	if len(b)-i < 8 {
		return 0, Invalid
	}
	v := load(b, i)
	if v&quotedMask != quotedText {
		return consumePlainWord(b, i, v)
	}
	i += len(`{"S":"`)
	switch byte(v >> 16) {
	case 'S':
		n, kind = skipPlain(b, i), S
		if n < len(b) && b[n] != '"' {
			n, _, _ = consumeString(b, n) // what was skipped is ASCII and cannot matter
		}
	case 'N':
		n, kind = consumePlainNumber(b, i), N
	case 'B':
		n, kind = consumeBase64(b, i), B
	default:
		return 0, Invalid
	}
	if n > 0 && len(b)-n >= 2 && binary.LittleEndian.Uint16(b[n:]) == quotedEnd {
		return n + 2, kind
	}
	return 0, Invalid
}

// consumePlainWord is consumePlainValue for a BOOL and a NULL. The value's first
// eight bytes are v.
func consumePlainWord(b []byte, i int, v uint64) (n int, kind Kind) {
	if v != boolText && v != nullText || len(b)-i < 16 {
		return 0, Invalid
	}
	w := load(b, i+8)
	switch {
	case v == nullText && w&trueMask == trueEnd:
		return i + len(`{"NULL":true}`), NULL
	case v == boolText && w&trueMask == trueEnd:
		return i + len(`{"BOOL":true}`), BOOL
	case v == boolText && w&falseMask == falseEnd:
		return i + len(`{"BOOL":false}`), BOOL
	}
	return 0, Invalid
}

// consumePayload validates what stands behind the type of a value.
func (s *Scanner) consumePayload(b []byte, i int, kind Kind, depth int) (n int, err error) {
	switch kind {
	case S, N, B:
		return s.consumeText(b, i, kind)
	case BOOL:
		if i < len(b) && b[i] == 'f' {
			return consumeWord(b, i, "false")
		}
		return consumeWord(b, i, "true")
	case NULL:
		return consumeWord(b, i, "true")
	case M:
		if i >= len(b) || b[i] != '{' {
			return 0, errorAt(b, i, "expected an object")
		}
		_, n, err = s.consumeMembers(nil, b, i+1, depth+1)
		return n, err
	case L:
		return s.consumeArray(b, i, Invalid, depth+1)
	case SS:
		return s.consumeArray(b, i, S, depth)
	case NS:
		return s.consumeArray(b, i, N, depth)
	}
	return s.consumeArray(b, i, B, depth)
}

// consumeText validates a quoted string that stands for a value of kind S, N
// or B.
func (s *Scanner) consumeText(b []byte, i int, kind Kind) (n int, err error) {
	if i >= len(b) || b[i] != '"' {
		return 0, errorAt(b, i, "expected a string")
	}
	i++
	switch kind {
	case S:
		n = skipPlain(b, i)
	case N:
		n = consumePlainNumber(b, i)
	case B:
		n = consumeBase64(b, i)
	}
	if n > 0 && n < len(b) && b[n] == '"' {
		return n + 1, nil
	}
	end, escaped, err := consumeString(b, i)
	if err != nil {
		return 0, err
	}
	if kind != S {
		err = s.checkText(b, i, end, kind, escaped)
	}
	return end + 1, err
}

// checkText checks the contents b[i:end] of a string that is known to be JSON.
func (s *Scanner) checkText(b []byte, i, end int, kind Kind, escaped bool) error {
	text := b[i:end]
	if escaped {
		s.text = AppendUnquote(s.text[:0], text)
		text = s.text
	}
	if kind == N {
		if _, ok := parseDecimal(text); !ok {
			return errorAt(b, i, "not the text of a number")
		}
		return nil
	}
	if len(text) > 0 && consumeBase64(text, 0) != len(text) {
		return errorAt(b, i, "not base64")
	}
	return nil
}

// consumePlainNumber consumes a number without sign plus and without exponent.
// It answers 0 for anything else, valid or not.
func consumePlainNumber(b []byte, i int) int {
	limit := i + maxNumberLen
	if i < len(b) && b[i] == '-' {
		i++
	}
	start := i
	if i = consumeDigits(b, i); i == start {
		return 0
	}
	if i < len(b) && b[i] == '.' {
		i = consumeDigits(b, i+1)
	}
	if i > limit {
		return 0
	}
	return i
}

// consumeArray validates the payload of a set, strings for members of the given
// kind, or, if that is Invalid, of a list.
func (s *Scanner) consumeArray(b []byte, i int, member Kind, depth int) (n int, err error) {
	if i >= len(b) || b[i] != '[' {
		return 0, errorAt(b, i, "expected an array")
	}
	if i = skipSpace(b, i+1); i < len(b) && b[i] == ']' {
		return i + 1, nil
	}
	for more := true; more; {
		plain := 0
		if member == Invalid {
			plain, _ = consumePlainValue(b, i)
		}
		switch {
		case plain > 0:
			i = plain
		case member == Invalid:
			i, _, err = s.consumeValue(b, i, depth)
		default:
			i, err = s.consumeText(b, i, member)
		}
		if err != nil {
			return 0, err
		}
		if len(b)-i >= 2 && b[i] == ',' && b[i+1] > ' ' {
			i++
		} else if i, more, err = consumeSeparator(b, i, ']'); err != nil {
			return 0, err
		}
	}
	return i, nil
}
