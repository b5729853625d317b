package anon

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
)

// A draw is the keyed randomness that one pseudonym is made of: a row of 64-bit
// words. The first four are the seed, little-endian; the others are those of
// ChaCha8 under the SHA-256 of the seed, as https://c2sp.org/chacha8rand
// specifies it. How they are used is part of what a release keeps: the same key
// and value give the same pseudonym.
type draw struct {
	seed [32]byte
	next int
	more *rand.ChaCha8
}

func newDraw(seed [32]byte) *draw { return &draw{seed: seed} }

func (d *draw) word() uint64 {
	if d.next < len(d.seed) {
		w := binary.LittleEndian.Uint64(d.seed[d.next:])
		d.next += 8
		return w
	}
	if d.more == nil {
		d.more = rand.NewChaCha8(sha256.Sum256(d.seed[:]))
	}
	return d.more.Uint64()
}

// below returns a number below n, each with the same probability, by the
// multiplication of D. Lemire, "Fast random integer generation in an interval",
// ACM TOMACS 29(1), 2019. n is not 0.
func (d *draw) below(n uint64) uint64 {
	hi, lo := bits.Mul64(d.word(), n)
	if lo < n {
		for least := -n % n; lo < least; {
			hi, lo = bits.Mul64(d.word(), n)
		}
	}
	return hi
}

// between returns a number from lo to hi, both included.
func (d *draw) between(lo, hi int64) int64 {
	n := uint64(hi) - uint64(lo) + 1
	if n == 0 { // all of them
		return int64(d.word())
	}
	return int64(uint64(lo) + d.below(n))
}

// unit returns a number of [0, 1), a multiple of 2⁻⁵³.
func (d *draw) unit() float64 { return float64(d.word()>>11) / (1 << 53) }

// pick returns one of the list, which is not empty.
func (d *draw) pick(list []string) string { return list[d.below(uint64(len(list)))] }

const (
	digits   = "0123456789"
	lowers   = "abcdefghijklmnopqrstuvwxyz"
	uppers   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	alphanum = digits + lowers
)

// from returns n characters of an ASCII alphabet.
func (d *draw) from(alphabet string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = alphabet[d.below(uint64(len(alphabet)))]
	}
	return string(out)
}

// number returns n digits, the first of which is not 0.
func (d *draw) number(n int) string { return d.from(digits[1:], 1) + d.from(digits, n-1) }

// fill replaces each # of a pattern by a digit, and each ? by a lower-case
// letter.
func (d *draw) fill(pattern string) string {
	out := []byte(pattern)
	for i, c := range out {
		switch c {
		case '#':
			out[i] = digits[d.below(10)]
		case '?':
			out[i] = lowers[d.below(26)]
		}
	}
	return string(out)
}
