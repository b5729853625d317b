package wire

// consumeJSON validates the JSON value of any shape at b[i] and returns the
// index behind it.
func consumeJSON(b []byte, i, depth int) (n int, err error) {
	if i >= len(b) {
		return 0, errorAt(b, i, "")
	}
	switch c := b[i]; c {
	case '{':
		return consumeJSONObject(b, i+1, depth)
	case '[':
		return consumeJSONArray(b, i+1, depth)
	case '"':
		i, _, err = consumeString(b, i+1)
		return i + 1, err
	case 't':
		return consumeWord(b, i, "true")
	case 'f':
		return consumeWord(b, i, "false")
	case 'n':
		return consumeWord(b, i, "null")
	}
	return consumeJSONNumber(b, i)
}

func consumeJSONObject(b []byte, i, depth int) (n int, err error) {
	if depth > maxMetaDepth {
		return 0, errorAt(b, i-1, "nesting too deep")
	}
	if i = skipSpace(b, i); i < len(b) && b[i] == '}' {
		return i + 1, nil
	}
	for more := true; more; {
		if _, _, i, err = consumeName(b, i); err != nil {
			return 0, err
		}
		if i, err = consumeJSON(b, i, depth+1); err != nil {
			return 0, err
		}
		if i, more, err = consumeSeparator(b, i, '}'); err != nil {
			return 0, err
		}
	}
	return i, nil
}

func consumeJSONArray(b []byte, i, depth int) (n int, err error) {
	if depth > maxMetaDepth {
		return 0, errorAt(b, i-1, "nesting too deep")
	}
	if i = skipSpace(b, i); i < len(b) && b[i] == ']' {
		return i + 1, nil
	}
	for more := true; more; {
		if i, err = consumeJSON(b, i, depth+1); err != nil {
			return 0, err
		}
		if i, more, err = consumeSeparator(b, i, ']'); err != nil {
			return 0, err
		}
	}
	return i, nil
}

// consumeWord consumes one of JSON's literals.
func consumeWord(b []byte, i int, word string) (int, error) {
	for k := range len(word) {
		if i+k >= len(b) || b[i+k] != word[k] {
			return 0, errorAt(b, i+k, "expected "+word)
		}
	}
	return i + len(word), nil
}

// consumeJSONNumber validates a number of JSON's grammar, narrower than that of
// DynamoDB's number texts.
func consumeJSONNumber(b []byte, i int) (n int, err error) {
	if b[i] == '-' {
		i++
	}
	start := i
	if i = consumeDigits(b, i); i == start || b[start] == '0' && i > start+1 {
		return 0, errorAt(b, start, "expected a JSON value")
	}
	if i < len(b) && b[i] == '.' {
		start = i + 1
		if i = consumeDigits(b, start); i == start {
			return 0, errorAt(b, i, "expected a digit")
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		start = i
		if i = consumeDigits(b, i); i == start {
			return 0, errorAt(b, i, "expected a digit")
		}
	}
	return i, nil
}
