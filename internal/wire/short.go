package wire

import "strconv"

// AppendShort appends an item with each number as short as DynamoDB takes it: with an
// exponent where that is shorter than its text, 1E125 for 1 and 125 zeros. The numbers
// keep their values. Everything else, and a number whose text is no longer than that,
// stays byte for byte.
func AppendShort(dst, item []byte) []byte {
	e := NewEditor(dst, item)
	shortenMembers(&e, ItemMembers(item), 0)
	return e.Finish()
}

// shortenMembers shortens the numbers of members whose offsets count from start.
func shortenMembers(e *Editor, members Members, start uint32) {
	for a := range members.All() {
		shortenValue(e, a.Value.Shift(start))
	}
}

// shortenValue shortens the numbers of the value object at s.
func shortenValue(e *Editor, s Span) {
	switch value := s.Of(e.src); KindOf(value) {
	case N:
		_, i := valueType(value, 0)
		end, _ := skipString(value, i+1)
		shortenNumber(e, Span{uint32(i + 1), uint32(end)}.Shift(s.Start))
	case NS:
		numbers := StringsOf(value)
		for n, more := numbers.Next(); more; n, more = numbers.Next() {
			shortenNumber(e, n.Shift(s.Start))
		}
	case M:
		shortenMembers(e, MembersOf(value), s.Start)
	case L:
		elements := ElementsOf(value)
		for v, more := elements.Next(); more; v, more = elements.Next() {
			shortenValue(e, v.Shift(s.Start))
		}
	}
}

// shortenNumber shortens the number whose text, between its quotes, is at s.
func shortenNumber(e *Editor, s Span) {
	var room [normalLen]byte
	if short := decimalOf(s.Of(e.src)).appendShort(room[:0]); len(short) < int(s.End-s.Start) {
		e.Replace(s, short)
	}
}

// appendShort appends the digits of d as an integer, and an exponent unless it is 0.
func (d decimal) appendShort(dst []byte) []byte {
	if d.n == 0 {
		return append(dst, '0')
	}
	if d.neg {
		dst = append(dst, '-')
	}
	dst = d.appendDigits(dst, -1)
	if exp := d.exp - d.n + 1; exp != 0 {
		dst = strconv.AppendInt(append(dst, 'E'), int64(exp), 10)
	}
	return dst
}
