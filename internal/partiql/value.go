package partiql

import (
	"bytes"
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/dynsync/dynsync/internal/wire"
)

// typeName returns DynamoDB's name of the type of v, or "" for nil and types that
// it does not have.
func typeName(v types.AttributeValue) string {
	switch v.(type) {
	case *types.AttributeValueMemberS:
		return "S"
	case *types.AttributeValueMemberN:
		return "N"
	case *types.AttributeValueMemberB:
		return "B"
	case *types.AttributeValueMemberBOOL:
		return "BOOL"
	case *types.AttributeValueMemberNULL:
		return "NULL"
	case *types.AttributeValueMemberM:
		return "M"
	case *types.AttributeValueMemberL:
		return "L"
	case *types.AttributeValueMemberSS:
		return "SS"
	case *types.AttributeValueMemberNS:
		return "NS"
	case *types.AttributeValueMemberBS:
		return "BS"
	}
	return ""
}

// typeNames returns DynamoDB's names of the types of values.
func typeNames(values []types.AttributeValue) (names []string) {
	for _, v := range values {
		names = append(names, typeName(v))
	}
	return names
}

func isScalar(v types.AttributeValue) bool {
	switch typeName(v) {
	case "S", "N", "B", "BOOL", "NULL":
		return true
	}
	return false
}

// CompareValues orders two values of one type, as <, BETWEEN and sort keys do:
// numbers by value, strings and binaries by their bytes. It reports false for
// values of two types and for types that have no order.
//
// A string's bytes are those of its UTF-8; where lone surrogates come in, of
// their three-byte form, which DynamoDB does not document.
//
// Numbers must be ones that [wire.AppendNumber] accepts.
func CompareValues(a, b types.AttributeValue) (int, bool) {
	switch a := a.(type) {
	case *types.AttributeValueMemberS:
		if b, ok := b.(*types.AttributeValueMemberS); ok {
			return cmp.Compare(a.Value, b.Value), true
		}
	case *types.AttributeValueMemberN:
		if b, ok := b.(*types.AttributeValueMemberN); ok {
			return compareNumbers(a.Value, b.Value), true
		}
	case *types.AttributeValueMemberB:
		if b, ok := b.(*types.AttributeValueMemberB); ok {
			return bytes.Compare(a.Value, b.Value), true
		}
	}
	return 0, false
}

func compareNumbers(a, b string) int { return wire.CompareNumber([]byte(a), []byte(b)) }

// EqualValues reports whether a = b: types and contents equal, numbers by value,
// sets in any order, lists in order, maps by member. NULL equals NULL. The number
// rule of [CompareValues] holds at every depth.
func EqualValues(a, b types.AttributeValue) bool {
	switch a := a.(type) {
	case *types.AttributeValueMemberBOOL:
		b, ok := b.(*types.AttributeValueMemberBOOL)
		return ok && a.Value == b.Value
	case *types.AttributeValueMemberNULL:
		_, ok := b.(*types.AttributeValueMemberNULL)
		return ok
	case *types.AttributeValueMemberSS:
		b, ok := b.(*types.AttributeValueMemberSS)
		return ok && equalSets(a.Value, b.Value, cmp.Compare[string])
	case *types.AttributeValueMemberNS:
		b, ok := b.(*types.AttributeValueMemberNS)
		return ok && equalSets(a.Value, b.Value, compareNumbers)
	case *types.AttributeValueMemberBS:
		b, ok := b.(*types.AttributeValueMemberBS)
		return ok && equalSets(a.Value, b.Value, bytes.Compare)
	case *types.AttributeValueMemberL:
		b, ok := b.(*types.AttributeValueMemberL)
		return ok && slices.EqualFunc(a.Value, b.Value, EqualValues)
	case *types.AttributeValueMemberM:
		b, ok := b.(*types.AttributeValueMemberM)
		return ok && equalMaps(a.Value, b.Value)
	}
	c, ok := CompareValues(a, b)
	return ok && c == 0
}

func equalSets[T any](a, b []T, compare func(T, T) int) bool {
	if len(a) != len(b) {
		return false
	}
	a, b = slices.Clone(a), slices.Clone(b)
	slices.SortFunc(a, compare)
	slices.SortFunc(b, compare)
	return slices.EqualFunc(a, b, func(x, y T) bool { return compare(x, y) == 0 })
}

func equalMaps(a, b map[string]types.AttributeValue) bool {
	if len(a) != len(b) {
		return false
	}
	for name, x := range a {
		if y, ok := b[name]; !ok || !EqualValues(x, y) {
			return false
		}
	}
	return true
}

// sizeOf returns size(v), and false for the types that have none.
//
// A string's size counts UTF-16 units, as DynamoDB Local has it: a character
// outside the BMP counts 2. The service documents only "the string length".
func sizeOf(v types.AttributeValue) (int, bool) {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return utf16Len(v.Value), true
	case *types.AttributeValueMemberB:
		return len(v.Value), true
	case *types.AttributeValueMemberSS:
		return len(v.Value), true
	case *types.AttributeValueMemberNS:
		return len(v.Value), true
	case *types.AttributeValueMemberBS:
		return len(v.Value), true
	case *types.AttributeValueMemberL:
		return len(v.Value), true
	case *types.AttributeValueMemberM:
		return len(v.Value), true
	}
	return 0, false
}

// utf16Len counts the UTF-16 units of s: one for each lead byte, two for that of
// four bytes. A lone surrogate is one unit.
func utf16Len(s string) int {
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c < utf8.RuneSelf, 0xC0 <= c && c < 0xF0:
			n++
		case c >= 0xF0:
			n += 2
		}
	}
	return n
}

// isEmpty reports whether v is an empty string or binary, which no key may be.
func isEmpty(v types.AttributeValue) bool {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value == ""
	case *types.AttributeValueMemberB:
		return len(v.Value) == 0
	}
	return false
}

// byteSize returns how many bytes v counts in an item, as [wire.ItemSize] has it.
func byteSize(v types.AttributeValue) int {
	size := 0
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return numberSize(v.Value)
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberSS:
		for _, s := range v.Value {
			size += len(s)
		}
		return size
	case *types.AttributeValueMemberNS:
		for _, n := range v.Value {
			size += numberSize(n)
		}
		return size
	case *types.AttributeValueMemberBS:
		for _, b := range v.Value {
			size += len(b)
		}
		return size
	case *types.AttributeValueMemberL:
		for _, e := range v.Value {
			size += 1 + byteSize(e)
		}
		return 3 + size
	case *types.AttributeValueMemberM:
		for name, e := range v.Value {
			size += 1 + len(name) + byteSize(e)
		}
		return 3 + size
	}
	return 1 // BOOL and NULL
}

// numberSize counts 1, and 1 for each pair of digits from the first that is not 00
// to the last, and 1 for a minus. Pairs begin at the decimal point.
func numberSize(text string) int {
	normal, err := wire.AppendNumber(nil, []byte(text))
	if err != nil {
		return len(text) // the service will refuse it
	}
	digits, negative := bytes.CutPrefix(normal, []byte("-"))
	whole, fraction, _ := bytes.Cut(digits, []byte("."))
	first, last := -1, -1
	for i, c := range slices.Concat(whole, fraction) {
		if c == '0' {
			continue
		}
		pair := (i + len(whole)%2) / 2
		if first < 0 {
			first = pair
		}
		last = pair
	}
	size := 1
	if first >= 0 {
		size += last - first + 1
	}
	if negative {
		size++
	}
	return size
}
