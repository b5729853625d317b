package anon

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"

	"github.com/dynsync/dynsync"
)

// A draw is the keyed randomness that one pseudonym is made of: a row of 64-bit
// words. The first four are a seed, little-endian; the others are those of ChaCha8, as
// https://c2sp.org/chacha8rand specifies it, under another seed. How they are used is
// part of what a release keeps: the same key and value give the same pseudonym.
type draw struct {
	source source
	first  [32]byte // the first words, once one was drawn or seed was called
	made   bool     // first is
	next   int      // how many bytes of first were given out
	more   *rand.ChaCha8
}

// A source is what the seeds of a draw are made of: a domain, a use of it, the value of an
// input, and, with perItem, the place of the input.
type source struct {
	in      dynsync.Input
	cfg     *config
	use     string
	perItem bool
}

// seed returns the seed for a use.
func (s *source) seed(use string) [32]byte {
	scope := s.cfg.value
	if use != ofValue {
		scope = s.cfg.scope(use)
	}
	if s.perItem {
		return s.in.ItemSeed(scope)
	}
	return s.in.Seed(scope)
}

// draw returns what is drawn from a source. It costs nothing until the first word.
func (s source) draw() draw { return draw{source: s} }

// drawOf returns what is drawn from a key that nothing else is made of.
func drawOf(key [32]byte) *draw { return &draw{next: len(key), more: rand.NewChaCha8(key)} }

// seed returns the first four words.
func (d *draw) seed() *[32]byte {
	if !d.made {
		d.first, d.made = d.source.seed(d.source.use), true
	}
	return &d.first
}

func (d *draw) word() uint64 {
	if d.next < len(d.first) {
		w := binary.LittleEndian.Uint64(d.seed()[d.next:])
		d.next += 8
		return w
	}
	if d.more == nil {
		d.more = rand.NewChaCha8(d.source.seed(d.source.use + "-more"))
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
	out := make([]byte, 0, n)
	for len(out) < n {
		out = d.appendWord(out, alphabet, min(n-len(out), perWord(len(alphabet))))
	}
	return string(out)
}

// appendWord appends n characters of an alphabet that one word gives, lowest first.
func (d *draw) appendWord(out []byte, alphabet string, n int) []byte {
	size := uint64(len(alphabet))
	span := uint64(1)
	for range n {
		span *= size
	}
	for x := d.below(span); n > 0; n-- {
		out = append(out, alphabet[x%size])
		x /= size
	}
	return out
}

// perWord returns how many characters of an alphabet of that size a word gives: as many as
// 60 bits hold.
func perWord(size int) int { return 60 / bits.Len(uint(size-1)) }
