package personal

import "strings"

//go:generate go test -run ^TestNamesAreGenerated$ -update

// The bounds of the names that are listed, in letters.
const (
	leastListed = 3
	mostListed  = 12
)

// A nameTable is a set of packed names, in open addressing.
type nameTable [1 << 12]uint64

// listed has the listed names.
var listed = func() (t nameTable) {
	for name := range strings.FieldsSeq(listedNames) {
		_, packed := wordEnd([]byte(name), 0)
		at := slot(packed)
		for t[at] != 0 {
			at = (at + 1) % uint64(len(t))
		}
		t[at] = packed
	}
	return t
}()

// slot returns where a packed name is to be looked for first.
func slot(packed uint64) uint64 { return packed * 0x9E3779B97F4A7C15 >> (64 - 12) }

func (t *nameTable) has(packed uint64) bool {
	for at := slot(packed); t[at] != 0; at = (at + 1) % uint64(len(t)) {
		if t[at] == packed {
			return true
		}
	}
	return false
}

// wordEnd returns where the word of letters ends that stands at a place, and the word
// without case, packed with five bits for each of its last letters.
func wordEnd(text []byte, at int) (end int, packed uint64) {
	for at < len(text) && classes[text[at]] == isLetter {
		packed = packed<<5 | uint64(text[at]&0x1f)
		at++
	}
	return at, packed
}

// names looks for words of letters that are listed names.
func (s *scan) names() (found Look) {
	text := s.text
	before := -1 // where the name before ends
	for i := 0; i < len(text); {
		if classes[text[i]] != isLetter {
			i++
			continue
		}
		start := i
		end, packed := wordEnd(text, i)
		i = end
		if n := i - start; n < leastListed || n > mostListed || !listed.has(packed) {
			continue
		}
		if s.isNameAlone(Span{start, i}) {
			found = stronger(found, s.name(start, before))
			before = end
		}
	}
	return found
}

// name returns the look of a listed name at a place, behind another one that ends before.
// In an attribute that has names of somebody or something, two together are somebody's.
func (s *scan) name(start, before int) Look {
	const apart = len(", ")
	if s.attributeTells()&tellsAName != 0 && before >= 0 && start-before <= apart {
		return Look{Name, StrongLook}
	}
	return Look{Name, s.strength(start, tellsName)}
}

// isNameAlone reports whether a word is written as a name is, with no digit or letter of
// another script beside it.
func (s *scan) isNameAlone(at Span) bool {
	before, after := ByteAt(s.text, at.Start-1), ByteAt(s.text, at.End)
	return !IsDigit(before) && !IsDigit(after) && before < 0x80 && after < 0x80
}
