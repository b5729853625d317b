package wire

import "bytes"

// CheckValue reports what DynamoDB would refuse in a validated value, at any
// depth: an empty set, equal members of a set (numbers compared by value,
// binaries decoded), a number out of range or with more than 38 significant
// digits, a name in a map that is empty or too long. The error is a
// [*SyntaxError] with the offset in value and one of [ErrEmptySet],
// [ErrDuplicate], [ErrRange], [ErrPrecision], [ErrName]; nil means there is
// nothing of the kind.
func CheckValue(value []byte) error {
	return checkValue(value, 0, 1)
}

// checkValue checks the value at b[i]. depth, its level, bounds the recursion
// should the text not be a valid value.
func checkValue(b []byte, i, depth int) error {
	kind, payload := valueType(b, i)
	if (kind == M || kind == L) && depth >= MaxDepth {
		return causeAt(i, ErrDepth)
	}
	switch kind {
	case N:
		end, _ := skipString(b, payload+1)
		return checkNumber(b[min(payload+1, end):end], payload+1)
	case M:
		members := Members{b, payload + 1}
		for a, ok := members.Next(); ok; a, ok = members.Next() {
			if n := textSize(a.Name.Of(b), a.Escaped); n == 0 || n > maxNameLen {
				return causeAt(int(a.Name.Start), ErrName)
			}
			if err := checkValue(b, int(a.Value.Start), depth+1); err != nil {
				return err
			}
		}
	case L:
		elements := Elements{b, payload + 1}
		for span, ok := elements.Next(); ok; span, ok = elements.Next() {
			if err := checkValue(b, int(span.Start), depth+1); err != nil {
				return err
			}
		}
	case SS, NS, BS:
		return checkSet(b, payload, kind)
	}
	return nil
}

// checkNumber checks a number text at offset at.
func checkNumber(raw []byte, at int) error {
	var buf [normalLen]byte
	if _, err := appendRawNumber(buf[:0], raw); err != nil {
		return causeAt(at, err)
	}
	return nil
}

// maxNameLen is the length of the longest name of an attribute, in bytes.
const maxNameLen = 65535

// smallSet is how many members are compared one by one, which saves the
// allocations of a map.
const smallSet = 16

// checkSet checks the set whose payload is at b[i]. It writes the members one
// behind the other in a form in which equal ones have equal bytes.
func checkSet(b []byte, i int, kind Kind) error {
	var formBuf [256]byte
	var smallBuf [smallSet]Span
	forms, small := formBuf[:0], smallBuf[:0]
	var large map[string]struct{}
	members := Strings{b, i + 1}
	for span, ok := members.Next(); ok; span, ok = members.Next() {
		start := len(forms)
		var err error
		switch raw := span.Of(b); kind {
		case SS:
			forms = AppendUnquote(forms, raw)
		case NS:
			forms, err = appendRawNumber(forms, raw)
		default:
			forms = appendBinary(forms, raw)
		}
		if err != nil {
			return causeAt(int(span.Start), err)
		}
		form := forms[start:]
		for _, other := range small {
			if bytes.Equal(other.Of(forms), form) {
				return causeAt(int(span.Start), ErrDuplicate)
			}
		}
		if len(small) < smallSet {
			small = append(small, Span{uint32(start), uint32(len(forms))})
			continue
		}
		if large == nil {
			large = make(map[string]struct{})
		}
		if _, ok := large[string(form)]; ok {
			return causeAt(int(span.Start), ErrDuplicate)
		}
		large[string(form)] = struct{}{}
		forms = forms[:start]
	}
	if len(small) == 0 {
		return causeAt(i, ErrEmptySet)
	}
	return nil
}
