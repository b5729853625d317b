package wire

// The start of a value with a type of one letter, as DynamoDB writes it, with
// the letter and the byte behind the colon left out.
const (
	letterMask = 0x0000FFFF00FFFF
	letterText = '{' | '"'<<8 | '"'<<24 | ':'<<32
	letterAt   = 16
	nextAt     = 40

	boolText = '{' | '"'<<8 | 'B'<<16 | 'O'<<24 | 'O'<<32 | 'L'<<40 | '"'<<48 | ':'<<56
	nullText = '{' | '"'<<8 | 'N'<<16 | 'U'<<24 | 'L'<<32 | 'L'<<40 | '"'<<48 | ':'<<56
)

// consumeValue validates the value object at b[i], which is at the given level
// of nesting, and returns the index behind it.
func (s *Scanner) consumeValue(b []byte, i, depth int) (n int, kind Kind, err error) {
	if n, kind = consumePlainScalar(b, i); n > 0 && depth <= MaxDepth {
		return n, kind, nil
	}
	if i >= len(b) || b[i] != '{' {
		return 0, Invalid, errorAt(b, i, "expected a value, an object")
	}
	if depth > MaxDepth {
		return 0, Invalid, causeAt(i, ErrDepth)
	}
	i, kind, err = consumeType(b, i)
	if err != nil {
		return 0, Invalid, err
	}
	if i, err = s.consumePayload(b, i, kind, depth); err != nil {
		return 0, Invalid, err
	}
	if i = skipSpace(b, i); i >= len(b) || b[i] != '}' {
		return 0, Invalid, errorAt(b, i, "expected '}' after the only member of a value")
	}
	return i + 1, kind, nil
}

// consumePlainScalar consumes a scalar value without white space, and without
// escapes but for those of an S. It answers 0 for anything else, valid or not.
func consumePlainScalar(b []byte, i int) (n int, kind Kind) {
	if len(b)-i < 8 {
		return 0, Invalid
	}
	v := load(b, i)
	if v&letterMask != letterText {
		return consumePlainBool(b, i, v)
	}
	if byte(v>>nextAt) != '"' {
		return 0, Invalid
	}
	i += len(`{"S":"`)
	switch byte(v >> letterAt) {
	case 'S':
		var err error
		if i, _, err = consumeString(b, i); err != nil {
			return 0, Invalid
		}
		kind = S
	case 'N':
		i, kind = consumePlainNumber(b, i), N
	case 'B':
		i, kind = consumeBase64(b, i), B
	default:
		return 0, Invalid
	}
	if i == 0 || len(b)-i < 2 || b[i] != '"' || b[i+1] != '}' {
		return 0, Invalid
	}
	return i + 2, kind
}

func consumePlainBool(b []byte, i int, v uint64) (n int, kind Kind) {
	rest := b[i+8:]
	switch {
	case v == boolText && len(rest) >= 5 && string(rest[:5]) == "true}":
		return i + 13, BOOL
	case v == boolText && len(rest) >= 6 && string(rest[:6]) == "false}":
		return i + 14, BOOL
	case v == nullText && len(rest) >= 5 && string(rest[:5]) == "true}":
		return i + 13, NULL
	}
	return 0, Invalid
}

// consumePlainNumber consumes a number without exponent and answers the index
// behind it, 0 for anything else.
func consumePlainNumber(b []byte, i int) int {
	limit := i + maxNumberLen
	if i < len(b) && b[i] == '-' {
		i++
	}
	start := i
	i = consumeDigits(b, i)
	if i == start {
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

// consumeType consumes the opening brace of a value, its type and the colon,
// and returns the index of the payload.
func consumeType(b []byte, i int) (n int, kind Kind, err error) {
	i = skipSpace(b, i+1)
	if i >= len(b) || b[i] != '"' {
		return 0, Invalid, errorAt(b, i, "expected the type of a value")
	}
	start := i + 1
	end, escaped, err := consumeString(b, start)
	if err != nil {
		return 0, Invalid, err
	}
	if kind = kindNamed(b[start:end], escaped); kind == Invalid {
		return 0, Invalid, errorAt(b, start, "not a type of DynamoDB")
	}
	if i = skipSpace(b, end+1); i >= len(b) || b[i] != ':' {
		return 0, Invalid, errorAt(b, i, "expected ':'")
	}
	return skipSpace(b, i+1), kind, nil
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
		if member == Invalid {
			i, _, err = s.consumeValue(b, i, depth)
		} else {
			i, err = s.consumeText(b, i, member)
		}
		if err != nil {
			return 0, err
		}
		if i, more, err = consumeSeparator(b, i, ']'); err != nil {
			return 0, err
		}
	}
	return i, nil
}

// consumeText validates a quoted string that stands for a value of kind S, N
// or B.
func (s *Scanner) consumeText(b []byte, i int, kind Kind) (n int, err error) {
	if i >= len(b) || b[i] != '"' {
		return 0, errorAt(b, i, "expected a string")
	}
	i++
	end, escaped, err := consumeString(b, i)
	if err != nil || kind == S {
		return end + 1, err
	}
	text := b[i:end]
	if escaped {
		s.text = AppendUnquote(s.text[:0], text)
		text = s.text
	}
	if kind == N {
		if _, ok := parseDecimal(text); !ok {
			return 0, errorAt(b, i, "not the text of a number")
		}
		return end + 1, nil
	}
	if len(text) > 0 && consumeBase64(text, 0) != len(text) {
		return 0, errorAt(b, i, "not base64")
	}
	return end + 1, nil
}
