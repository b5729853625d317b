package wire

// CheckValue reports what DynamoDB would refuse in a validated value, at any
// depth: an empty set, equal members of a set (numbers compared by value,
// binaries decoded), a number out of range or with more than 38 significant
// digits. The error is a [*SyntaxError] with the offset in value and one of
// [ErrEmptySet], [ErrDuplicate], [ErrRange], [ErrPrecision]; nil means there is
// nothing of the kind.
func CheckValue(value []byte) error {
	return checkValue(value, 0)
}

// checkValue checks the value at b[i].
func checkValue(b []byte, i int) error {
	kind, payload := valueType(b, i)
	switch kind {
	case N:
		end, _ := skipString(b, payload+1)
		return checkNumber(b, Span{uint32(payload + 1), uint32(end)})
	case M:
		for members := (Members{b, payload + 1}); ; {
			a, ok := members.Next()
			if !ok {
				return nil
			}
			if err := checkValue(b, int(a.Value.Start)); err != nil {
				return err
			}
		}
	case L:
		for elements := (Elements{b, payload + 1}); ; {
			span, ok := elements.Next()
			if !ok {
				return nil
			}
			if err := checkValue(b, int(span.Start)); err != nil {
				return err
			}
		}
	case SS, NS, BS:
		return checkSet(b, payload, kind)
	}
	return nil
}

func checkNumber(b []byte, s Span) error {
	var buf [maxExponent - minExponent + 8]byte
	if _, err := appendRawNumber(buf[:0], s.Of(b)); err != nil {
		return causeAt(int(s.Start), err)
	}
	return nil
}

// checkSet checks the set whose payload is at b[i]. It writes the members one
// behind the other in a form in which equal ones have equal bytes.
func checkSet(b []byte, i int, kind Kind) error {
	var err error
	var form []byte
	seen := map[string]bool{}
	for members := (Strings{b, i + 1}); ; {
		span, ok := members.Next()
		if !ok {
			break
		}
		switch raw := span.Of(b); kind {
		case SS:
			form = AppendUnquote(form[:0], raw)
		case NS:
			if form, err = appendRawNumber(form[:0], raw); err != nil {
				return causeAt(int(span.Start), err)
			}
		default:
			form = appendBinary(form[:0], raw)
		}
		if seen[string(form)] {
			return causeAt(int(span.Start), ErrDuplicate)
		}
		seen[string(form)] = true
	}
	if len(seen) == 0 {
		return causeAt(i, ErrEmptySet)
	}
	return nil
}
