package dynsync

import (
	"bytes"
	"slices"

	"github.com/dynsync/dynsync/internal/wire"
)

// Equal reports whether v and w are the same value: numbers compare by value,
// sets without regard to order, maps without regard to the order of members.
func (v Value) Equal(w Value) bool {
	if v.raw == nil || w.raw == nil {
		return v.kind == w.kind
	}
	return bytes.Equal(v.raw, w.raw) || equalRaw(v.raw, w.raw)
}

func equalRaw(a, b []byte) bool {
	kind := wire.KindOf(a)
	if kind != wire.KindOf(b) {
		return false
	}
	switch kind {
	case wire.M:
		return equalMembers(a, b)
	case wire.L:
		return equalElements(a, b)
	case wire.SS, wire.NS, wire.BS:
		return slices.Equal(setKeys(a, kind), setKeys(b, kind))
	case wire.NULL:
		return true
	case wire.BOOL:
		return wire.BoolOf(a) == wire.BoolOf(b)
	}
	return scalarKey(a) == scalarKey(b)
}

// scalarKey returns the canonical form of an S, N or B.
func scalarKey(raw []byte) string {
	key, err := wire.AppendKey(nil, raw)
	if err != nil { // a number outside DynamoDB's range has only its text
		return string(raw)
	}
	return string(key)
}

func setKeys(raw []byte, kind wire.Kind) []string {
	letter := map[wire.Kind]string{wire.SS: "S", wire.NS: "N", wire.BS: "B"}[kind]
	var keys []string
	for it := wire.StringsOf(raw); ; {
		span, ok := it.Next()
		if !ok {
			slices.Sort(keys)
			return keys
		}
		keys = append(keys, scalarKey(slices.Concat([]byte(`{"`+letter+`":"`), raw[span.Start:span.End], []byte(`"}`))))
	}
}

func equalMembers(a, b []byte) bool {
	other := map[string][]byte{}
	for it := wire.MembersOf(b); ; {
		m, ok := it.Next()
		if !ok {
			break
		}
		other[nameOf(b, m)] = b[m.Value.Start:m.Value.End]
	}
	n := 0
	for it := wire.MembersOf(a); ; {
		m, ok := it.Next()
		if !ok {
			return n == len(other)
		}
		w, found := other[nameOf(a, m)]
		if !found || !equalRaw(a[m.Value.Start:m.Value.End], w) {
			return false
		}
		n++
	}
}

func equalElements(a, b []byte) bool {
	ia, ib := wire.ElementsOf(a), wire.ElementsOf(b)
	for {
		ea, oka := ia.Next()
		eb, okb := ib.Next()
		if oka != okb {
			return false
		}
		if !oka {
			return true
		}
		if !equalRaw(a[ea.Start:ea.End], b[eb.Start:eb.End]) {
			return false
		}
	}
}
