package leak

import (
	"bytes"

	"github.com/dynsync/dynsync/internal/wire"
)

// eachLeafToSearch calls fn for each leaf of the item that is searched, in order, until fn
// returns false, but for the names that are no data and that no transformer made.
func (l *Check) eachLeafToSearch(fn func(leaf) bool) {
	if at := bytes.IndexByte(l.item, '{'); at >= 0 {
		l.walkMembers(at, fn)
	}
}

// walkMembers goes through the members behind the bracket or comma at a place in the item.
func (l *Check) walkMembers(at int, fn func(leaf) bool) bool {
	for l.item[at] != '}' {
		if end := l.walkExpected(at, fn); end != 0 {
			if end < 0 {
				return false
			}
			at = end
			continue
		}
		it := wire.ItemMembers(l.item[at:])
		a, ok := it.Next()
		if !ok {
			return true
		}
		value := a.Value.Shift(uint32(at))
		if !fn(leaf{at: a.Name.Shift(uint32(at)), kind: wire.S, name: true}) || !l.walkValue(value, a.Kind, fn) {
			return false
		}
		at = int(value.End)
	}
	return true
}

// walkValue goes through a value in the item.
func (l *Check) walkValue(v wire.Span, kind wire.Kind, fn func(leaf) bool) bool {
	value := v.Of(l.item)
	switch kind {
	case wire.M:
		_, payload := wire.Payload(value)
		return l.walkMembers(int(v.Start)+cap(value)-cap(payload), fn) // payload is a part of value
	case wire.L:
		for it := wire.ElementsOf(value); ; {
			s, ok := it.Next()
			if !ok {
				return true
			}
			if !l.walkValue(s.Shift(v.Start), wire.KindOf(s.Of(value)), fn) {
				return false
			}
		}
	}
	return eachLeaf(l.item, v, kind, placeless, fn)
}

// walkExpected goes through the member behind the bracket or comma at a place, and returns
// the place of that behind it: 0 if the member is not the expected one, and -1 to stop.
func (l *Check) walkExpected(at int, fn func(leaf) bool) (end int) {
	next := l.names.last.next
	if next == nil {
		return 0
	}
	text, kind, end := wire.ExpectedMember(l.item, at, next.raw)
	if kind == wire.Invalid {
		return 0
	}
	start := uint32(at) + 2
	name := leaf{at: wire.Span{Start: start, End: start + uint32(len(next.raw))}, kind: wire.S, name: true}
	if (next.data || l.resultAt(name) != nil) && !fn(name) {
		return -1
	}
	l.names.last = next
	if !fn(leaf{at: text, kind: kind}) {
		return -1
	}
	return end
}
