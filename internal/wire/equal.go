package wire

import (
	"bytes"
	"slices"
)

// Equal reports whether two valid value objects have the same value: numbers by value,
// sets and maps in any order, strings and binaries by what they stand for.
func Equal(a, b []byte) bool { return bytes.Equal(a, b) || equal(a, b) }

func equal(a, b []byte) bool {
	kind := KindOf(a)
	if kind != KindOf(b) {
		return false
	}
	switch kind {
	case M:
		return equalMembers(MembersOf(a), MembersOf(b), a, b)
	case L:
		return equalElements(a, b)
	case SS, NS, BS:
		return slices.Equal(setKeys(a, kind), setKeys(b, kind))
	case NULL:
		return true
	case BOOL:
		return BoolOf(a) == BoolOf(b)
	}
	return scalarKey(a) == scalarKey(b)
}

// scalarKey returns the canonical form of an S, N or B.
func scalarKey(raw []byte) string {
	key, err := AppendKey(nil, raw)
	if err != nil { // a number outside DynamoDB's range has only its text
		return string(raw)
	}
	return string(key)
}

func setKeys(raw []byte, kind Kind) []string {
	letter := map[Kind]string{SS: "S", NS: "N", BS: "B"}[kind]
	var keys []string
	for it := StringsOf(raw); ; {
		span, ok := it.Next()
		if !ok {
			slices.Sort(keys)
			return keys
		}
		keys = append(keys, scalarKey(slices.Concat([]byte(`{"`+letter+`":"`), span.Of(raw), []byte(`"}`))))
	}
}

// EqualItems is Equal for items.
func EqualItems(a, b []byte) bool {
	return bytes.Equal(a, b) || equalMembers(ItemMembers(a), ItemMembers(b), a, b)
}

// equalMembers compares the members of maps or items, which stand in a and b.
func equalMembers(ofA, ofB Members, a, b []byte) bool {
	others := map[string][]byte{}
	for m, ok := ofB.Next(); ok; m, ok = ofB.Next() {
		others[m.NameIn(b)] = m.Value.Of(b)
	}
	n := 0
	for m, ok := ofA.Next(); ok; m, ok = ofA.Next() {
		other, found := others[m.NameIn(a)]
		if !found || !equal(m.Value.Of(a), other) {
			return false
		}
		n++
	}
	return n == len(others)
}

func equalElements(a, b []byte) bool {
	ia, ib := ElementsOf(a), ElementsOf(b)
	for {
		ea, oka := ia.Next()
		eb, okb := ib.Next()
		if oka != okb {
			return false
		}
		if !oka {
			return true
		}
		if !equal(ea.Of(a), eb.Of(b)) {
			return false
		}
	}
}
