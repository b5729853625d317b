package personal

import (
	"math/bits"
	"strings"
)

//go:generate go test -run ^TestNamesAreGenerated$ -update

// The bounds of the names that are listed, in letters.
const (
	leastListed = 3
	mostListed  = 12
)

// A nameTable is a set of hashes of words, in open addressing.
type nameTable [1 << 13]uint32

// listed has the listed names.
var listed = func() (t nameTable) {
	for name := range strings.FieldsSeq(listedNames) {
		h := uint32(hashStart)
		for i := range len(name) {
			h = hashLetter(h, name[i])
		}
		at := h % uint32(len(t))
		for t[at] != 0 {
			at = (at + 1) % uint32(len(t))
		}
		t[at] = h
	}
	return t
}()

const hashStart = 2166136261

// hashLetter adds a letter in lower case to a hash.
func hashLetter(h uint32, b byte) uint32 { return bits.RotateLeft32((h^uint32(b))*0x9E3779B1, 13) }

func (t *nameTable) has(h uint32) bool {
	for at := h % uint32(len(t)); t[at] != 0; at = (at + 1) % uint32(len(t)) {
		if t[at] == h {
			return true
		}
	}
	return false
}

// names looks for words of letters that are listed names.
func (s *scan) names() (found Look) {
	text := s.text
	for i := 0; i < len(text); {
		if classes[text[i]] != isLetter {
			i++
			continue
		}
		start, h := i, uint32(hashStart)
		for i < len(text) && classes[text[i]] == isLetter {
			h = hashLetter(h, text[i]|0x20)
			i++
		}
		if n := i - start; n < leastListed || n > mostListed || !listed.has(h) {
			continue
		}
		if s.isNameAlone(Span{start, i}) {
			found = stronger(found, Look{Name, s.strength(start, tellsName)})
		}
	}
	return found
}

// isNameAlone reports whether a word is written as a name is, with no digit or letter of
// another script beside it.
func (s *scan) isNameAlone(at Span) bool {
	before, after := ByteAt(s.text, at.Start-1), ByteAt(s.text, at.End)
	return !IsDigit(before) && !IsDigit(after) && before < 0x80 && after < 0x80
}
