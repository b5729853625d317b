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
