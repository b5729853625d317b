package wire

import (
	"testing"
	"unicode/utf8"
)

func TestValidUTF8AgreesWithTheStandardLibrary(t *testing.T) {
	check := func(b []byte) {
		t.Helper()
		if got, want := validUTF8(b), utf8.Valid(b); got != want {
			t.Fatalf("validUTF8(% x) = %v", b, got)
		}
		if utf8.Valid(b) != (invalidUTF8(b) == len(b)) {
			t.Fatalf("invalidUTF8(% x) = %d", b, invalidUTF8(b))
		}
	}
	// All sequences of two bytes; of three and four, all leads with the bytes
	// at the edges of the automaton's classes behind them.
	edges := []byte{0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xF4, 0xFF}
	for c := range 256 {
		for d := range 256 {
			check([]byte{byte(c), byte(d)})
		}
		for _, d := range edges {
			for _, e := range edges {
				check([]byte{byte(c), d, e})
				for _, f := range edges {
					check([]byte{byte(c), d, e, f})
				}
			}
		}
	}
	// Characters across the words in which ASCII is skipped.
	rng := newRand(2)
	pieces := []string{"a", "é", "漢", "😀", "abcdefgh", "\x80", "\xe6\xbc", "\xed\xa0\x80"}
	for range 20_000 {
		var b []byte
		for n := rng.IntN(12); n > 0; n-- {
			b = append(b, pieces[rng.IntN(len(pieces)-rng.IntN(2)*3)]...)
		}
		check(b)
	}
}
